/* tests/support/fault.h: lets the n-th allocation of proto and store fail, and counts what is live.
 *
 * Shape    test_fault_begin installs a table by smk_mem_use, test_fault_end takes it away again. A fault loop runs
 *          an operation with nth = 0, 1, 2 ... until nothing failed, once with each kind of fault.
 * Memory   blocks come from the C library, so they may outlive test_fault_end.
 * Secrets  none.   Threads  one in the whole process.
 */
#ifndef SMK_TESTS_SUPPORT_FAULT_H
#define SMK_TESTS_SUPPORT_FAULT_H

#include <stdbool.h>
#include <stddef.h>

enum test_fault {
    TEST_FAULT_NONE,   /* only count */
    TEST_FAULT_ONCE,   /* the nth allocation fails, later ones work */
    TEST_FAULT_STICKY, /* the nth and every later one fail */
};

/* From now on; nth counts from 0. Live blocks and hits start at zero. */
void test_fault_begin(enum test_fault kind, unsigned long nth);

/* While it is paused nothing fails and nothing counts towards nth, but what is live goes on being counted: for what a test
 * does for itself in between. */
void test_fault_pause(bool is_paused);

/* Back to the C library; the counts stay readable. */
void test_fault_end(void);

unsigned long test_fault_hits(void); /* allocations that were made to fail */
long test_fault_live(void);          /* blocks taken minus blocks released, both since the beginning */
size_t test_fault_peak(void);        /* the most bytes that were live at once, as the C library counts them */

#endif
