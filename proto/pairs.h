/* proto/pairs.h: a canonical map written from pairs that come in any order.
 *
 * Shape    smk_pairs_open(p, "key") gives the buffer to write the key's one value into; smk_pairs_close_into sorts the
 *          pairs and appends the map. A key given twice, an empty value and a failed write stick in the builder.
 * Source   PROTOCOL.md section 2, rule 4.
 * Memory   the builder owns keys and values: smk_pairs_deinit. Zero-initialise.
 * Secrets  none.   Threads  one at a time per object.
 */
#ifndef SMK_PROTO_PAIRS_H
#define SMK_PROTO_PAIRS_H

#include "proto/canon.h"

enum { SMK_PAIRS_MAX = 1024 };

struct smk_pair {
    size_t key_at, key_len;     /* in bytes */
    size_t value_at, value_len; /* the newest pair's length is settled by the next open or close */
};

struct smk_pairs {
    struct smk_buf bytes;  /* keys and values, one after the other */
    struct smk_pair *pair; /* in the order given */
    size_t count;
    size_t capacity;
    enum smk_err
        err; /* SMK_OK, SMK_ERR_NOMEM, SMK_ERR_TOO_BIG_HERE or SMK_ERR_INVALID (a key twice, no value) */
};

/* The buffer for the value of a new key; BORROWED until the next call. Write exactly one value. */
struct smk_buf *smk_pairs_open(struct smk_pairs *p, struct smk_bytes key);
struct smk_buf *smk_pairs_open_text(struct smk_pairs *p, const char *key);
/* Takes the newest pair back, with whatever was written for it. */
void smk_pairs_drop(struct smk_pairs *p);

/* Appends the map to b; on failure b->err is set. The builder is then empty again, and keeps its memory. */
void smk_pairs_close_into(struct smk_pairs *p, struct smk_buf *b);
void smk_pairs_deinit(struct smk_pairs *p); /* works on a zeroed object */

#endif
