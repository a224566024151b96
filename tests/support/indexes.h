/* tests/support/indexes.h: stores of made-up coalitions with an index, and all that an index says.
 *
 * Shape    a store gets the decisions of a world of deeds.h, then its records run by run. What cannot fail in a test stops
 *          the program.
 * Memory   as each function says.   Secrets  none.   Threads  one at a time per object.
 */
#ifndef SMK_TESTS_SUPPORT_INDEXES_H
#define SMK_TESTS_SUPPORT_INDEXES_H

#include "store/index.h"
#include "store/store.h"
#include "tests/support/deeds.h"
#include "tests/support/tempdir.h"

/* Makes the store DIR/name of the world's coalition, with every decision that is in force in its roster. GIVES. */
struct smk_store *test_index_store(const struct test_dir *dir, const char *name, struct test_deeds *w);
/* Opens one that is there. GIVES. */
struct smk_store *test_index_open(const struct test_dir *dir, const char *name);
/* Offers count records of a run, from index `first` on. Returns how many were taken. */
size_t test_index_offer(struct smk_store *s, const struct test_run *run, size_t first, size_t count);
/* Offers a record in the place of another one that is held. True when a fork was found that was not known, or a lower one. */
bool test_index_offer_fork(struct smk_store *s, const struct test_run *branch, size_t at);
/* Offers one more decision, as the next record of the log that has the others. */
void test_index_decide(struct smk_store *s, struct test_deeds *w, const struct smk_decision *d);

/* Brings the index up to date, by steps of random sizes: with a walk of its own, or with one that goes on. */
void test_index_follow(struct smk_store *s, uint64_t seed);
void test_index_go_on(struct smk_index_walk *w, uint64_t seed);

/* Appends everything that the index says about documents, sorted; numbers of its own are replaced by what they stand for.
 * Stops the program when rows contradict each other. */
void test_index_dump(struct smk_store *s, struct smk_buf *b);
/* Appends what the index has noted of the feed: every other row, the ids, and where the cursor stands. Places in a row of
 * deps are sorted; epoch and newest document number are left out, since they tell by which steps the index came here. */
void test_index_dump_feed(struct smk_store *s, struct smk_buf *b);
/* Appends the documents and totals alone: as the index has them, and as a fold of all records has them. */
void test_index_dump_docs(struct smk_store *s, struct smk_buf *b);
void test_index_dump_fold(struct smk_store *s, struct smk_buf *b);

/* What there was to compare. */
struct test_index_found {
    bool was_behind; /* the index was not up to date, or not there, or in the middle */
    uint64_t documents, terms;
};
/* Brings the index up to date, then throws it away and makes it anew. ret_is_same: both dumps, of documents and of the feed,
 * are the same bytes. OK, every error of smk_index_follow and smk_index_reset */
enum smk_err test_index_compare(struct smk_store *s, struct test_index_found *ret_found, bool *ret_is_same);

#endif
