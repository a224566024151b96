/* tests/crash/indexing.h: documents that an index has something to do with, and an index that follows in small steps.
 *
 * Memory   as each function says.   Secrets  none.   Threads  one at a time per store.
 */
#ifndef SMK_TESTS_CRASH_INDEXING_H
#define SMK_TESTS_CRASH_INDEXING_H

#include "store/store.h"
#include "tests/support/rng.h"

/* The scope of the events. */
#define CRASH_EVENTS_SCOPE "pub"

/* Appends the payload of a drawn edit of one of a few events: words of two languages, places, participants. An
 * organisation's editor may write it. */
void crash_event_payload(struct test_rng *rng, const char *office, struct smk_buf *b);

/* Brings the index on by at most `steps` transactions, whose bounds are drawn. ret_is_done: nothing was left to do.
 * OK, every error of smk_index_walk_new and smk_index_walk_step */
SMK_MUST_USE enum smk_err crash_index_go_on(struct smk_store *s, struct test_rng *rng, size_t steps,
                                            bool *ret_is_done);

#endif
