/* tests/support/histories.h: random histories of documents and acts, and all that a fold says about them.
 *
 * Shape    a history is a world of deeds.h that follows from a seed: edits and acts of several devices in three scopes,
 *          some of which had seen each other.
 * Memory   owned by the world.   Secrets  none.   Threads  one at a time per object.
 */
#ifndef SMK_TESTS_SUPPORT_HISTORIES_H
#define SMK_TESTS_SUPPORT_HISTORIES_H

#include "tests/support/deeds.h"
#include "tests/support/rng.h"

enum { TEST_HISTORY_RECORDS_MAX = 400 };

/* Initialises w: test_deeds_deinit. */
void test_history(struct test_deeds *w, struct test_rng *r);
/* Every record of the world, log by log. Returns how many. */
size_t test_history_records(const struct test_deeds *w,
                            const struct smk_record *ret_records[TEST_HISTORY_RECORDS_MAX]);
void test_history_shuffle(const struct smk_record **record, size_t count, struct test_rng *r);

/* Appends what a fold says of entries, documents and totals, in an order of its own. */
void test_history_write(struct smk_fold *f, struct smk_buf *b);
/* The same of the documents of one id, and of their entries, alone. */
void test_history_write_doc(struct smk_fold *f, const uint8_t id[SMK_DOC_ID_BYTES], struct smk_buf *b);

#endif
