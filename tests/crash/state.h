/* tests/crash/state.h: what a store holds, in one comparable value; and the lines in which a program promises it.
 *
 * Shape    `key HEX` when a home has its keys, `state RECORDS TURN HEX` when a write has been acknowledged: the number
 *          of records, a number kept in a local row, a hash over the frontier roots of all scopes.
 * Memory   by value.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_CRASH_STATE_H
#define SMK_TESTS_CRASH_STATE_H

#include "store/home.h"

struct crash_state {
    uint64_t records;
    uint64_t turn;
    uint8_t roots[SMK_HASH_BYTES];
};
bool crash_state_is_equal(const struct crash_state *a, const struct crash_state *b);

/* is_whole: every record is read as well, which checks it.
 * OK, every error of reading; SMK_ERR_STORE_DAMAGED as well when the records are not as many as the frontiers say */
SMK_MUST_USE enum smk_err crash_state_read(struct smk_home *h, bool is_whole, struct crash_state *ret_state);
/* Sets the number in the local row, in a transaction of its own. OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err crash_state_turn(struct smk_home *h, uint64_t turn);

enum { CRASH_LINE_BYTES = 160 };
/* Each line with its break. */
void crash_state_format(const struct crash_state *s, char ret_line[CRASH_LINE_BYTES]);
void crash_key_format(const uint8_t key[SMK_KEY_BYTES], char ret_line[CRASH_LINE_BYTES]);
/* False when it is no such line. */
bool crash_state_parse(const char *line, struct crash_state *ret_state);
bool crash_key_parse(const char *line, uint8_t ret_key[SMK_KEY_BYTES]);

#endif
