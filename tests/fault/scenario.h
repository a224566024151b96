/* tests/fault/scenario.h: one operation that is tried again and again, each time with the next call failing.
 *
 * Shape    begin once; then for each run: arrange (nothing fails), act (the chosen call fails), check (nothing fails),
 *          clear; end once. State lives in the scenario's own file. What cannot fail in a test stops the program.
 * Memory   what begin makes may stay until end; what arrange makes is gone after clear: blocks, files, maps are counted.
 * Secrets  none.   Threads  one, unless the scenario says otherwise.
 */
#ifndef SMK_TESTS_FAULT_SCENARIO_H
#define SMK_TESTS_FAULT_SCENARIO_H

#include "proto/err.h"
#include "tests/fault/calls.h"
#include "tests/support/tempdir.h"

#define CALL_BIT(call) (1u << (call))
enum {
    CALLS_MEMORY = CALL_BIT(CALL_ALLOC) | CALL_BIT(CALL_LIB_ALLOC),
    CALLS_FILES = CALL_BIT(CALL_OPEN) | CALL_BIT(CALL_READ) | CALL_BIT(CALL_WRITE) | CALL_BIT(CALL_SYNC) |
                  CALL_BIT(CALL_MAP) | CALL_BIT(CALL_SIZE) | CALL_BIT(CALL_NAME) | CALL_BIT(CALL_UNLINK) |
                  CALL_BIT(CALL_LOOK) | CALL_BIT(CALL_LOCK) | CALL_BIT(CALL_CLOSE) | CALL_BIT(CALL_RANDOM) |
                  CALL_BIT(CALL_THREAD),
};

struct scenario {
    const char *name;
    unsigned calls;   /* CALL_BIT of what may fail here */
    bool is_vital;    /* it goes through on a full disk, by the reserve */
    bool is_tolerant; /* it may go well without what did not work: it shows less */
    bool is_long;     /* only in the full size, or when it is named */
    bool has_reserve; /* the reserve of the store may be hit */
    bool has_line;    /* a peer may have been lost */
    bool has_all_threads;
    bool arms_itself; /* act calls calls_arm and calls_disarm */
    unsigned long
        quick_step; /* in the quick size only every so many calls of the long loops fail; 0 = every one */
    void (*begin)(void); /* each may be NULL but act */
    void (*arrange)(void);
    enum smk_err (*act)(void);
    /* NULL, or what is wrong. err: what act answered. */
    const char *(*check)(enum smk_err err);
    void (*clear)(void);
    void (*end)(void);
};

/* Each file's scenarios; the lists end with a NULL name. */
extern const struct scenario proto_scenarios[], session_scenarios[], change_scenarios[], fork_scenarios[],
    home_scenarios[], upkeep_scenarios[], index_scenarios[], link_scenarios[], tools_scenarios[],
    files_scenarios[], node_scenarios[];

/* The folder of this program, empty when begin is called. */
const struct test_dir *scenario_dir(void);
/* A text that lives until the next call. */
__attribute__((format(printf, 1, 2))) const char *scenario_text(const char *format, ...);
/* Stops the program unless it went well. */
void scenario_demand(enum smk_err err);

#endif
