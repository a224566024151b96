/* tests/conform/noise_side.h: one side of a handshake, built from the keys of a vector.
 *
 * Memory   a side owns its buffers; side_deinit wipes and releases, and works on a zeroed side.
 */
#ifndef SMK_TESTS_CONFORM_NOISE_SIDE_H
#define SMK_TESTS_CONFORM_NOISE_SIDE_H

#include "proto/noise.h"
#include "tests/conform/conform.h"

struct side {
    struct smk_noise noise;
    struct smk_noise_cipher send, receive;
    struct smk_dh_key key; /* its static key */
    struct smk_buf out, in;
};

/* The name of the handshake, "" when there is none. */
const char *noise_name_of(const json_t *item);

/* Skips a case that is not for us, fails one whose name makes no sense; false when it is to be run. */
bool noise_is_settled_by_name(struct conform_run *run, const struct conform_item *item);

/* The key WHO_WHAT, such as init_static. NULL, or why not. */
const char *side_key_of(const json_t *item, const char *who, const char *what, struct smk_dh_key *ret_key);

/* who is "init" or "resp"; a prologue that is not there (NULL) is empty. NULL, or why not. */
const char *side_init(struct side *s, const json_t *item, const char *who, const json_t *prologue);
void side_deinit(struct side *s);

#endif
