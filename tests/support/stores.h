/* tests/support/stores.h: homes with a coalition in them, and records carried from one store to another.
 *
 * Shape    a founder (secretariat `sec`, offices sec-approver and sec-editor) and devices that it admits, each in a
 *          home of its own under one temporary folder. What cannot fail in a test stops the program.
 * Memory   owned by the structs.   Secrets  none: the keys are thrown away.   Threads  one at a time per object.
 */
#ifndef SMK_TESTS_SUPPORT_STORES_H
#define SMK_TESTS_SUPPORT_STORES_H

#include "store/govern.h"
#include "store/home.h"
#include "store/store.h"
#include "tests/support/tempdir.h"

/* Founds a coalition in DIR/name; ret_home is open. */
void test_home_found(const struct test_dir *dir, const char *name, struct smk_home *ret_home);
/* Decides an organisation `org` of a kind with areas, its office `office` with a role. */
void test_home_decide(struct smk_home *founder, const char *org, const char *kind, const char *areas,
                      const char *office, const char *role);
/* Invites and admits a device of `org` with one office; makes its home DIR/name from the welcome and opens it. */
void test_home_join(const struct test_dir *dir, const char *name, struct smk_home *founder, const char *org,
                    const char *office, struct smk_home *ret_home);
/* Closes and opens again. */
void test_home_reopen(struct smk_home *h);

/* Writes count edits to a scope, all in one call. */
enum smk_err test_put(struct smk_home *h, const char *scope, size_t count);

/* `records` messages. */
struct test_mail {
    struct smk_buf *message;
    size_t count;
};
/* Everything of a scope that a store holds, in batches, log by log. */
void test_mail_of(struct smk_store *s, const char *scope, struct test_mail *ret_mail);
void test_mail_deinit(struct test_mail *m);
/* Takes all messages in one group; verdicts has a place for each. */
enum smk_err test_mail_take(struct smk_store *s, const struct test_mail *m,
                            struct smk_store_verdict *ret_verdicts);
/* Carries a scope over; stops the program unless every record is good there. Answers how many were new. */
uint64_t test_carry(struct smk_store *from, struct smk_store *to, const char *scope);

/* A hash over everything that reading gives: roster, logs, records, genesis. The order of arrival of logs, and
 * of records of different logs, is nobody's word and does not count.
 * OK, or the first error of reading */
enum smk_err test_store_digest(struct smk_store *s, uint8_t ret_digest[SMK_HASH_BYTES]);
/* Records held, by the log states. */
uint64_t test_store_records(struct smk_store *s);

#endif
