/* proto/logmap.h: a bounded table from log id to a number.
 *
 * Shape    open addressing; grows by doubling up to max entries.
 * Memory   owns its slots.   Secrets  none.   Threads  one at a time per object.
 */
#ifndef SMK_PROTO_LOGMAP_H
#define SMK_PROTO_LOGMAP_H

#include "proto/bounds.h"
#include "proto/bytes.h"

struct smk_logmap_slot {
    uint8_t log_id[SMK_ID_BYTES];
    uint64_t value;
    bool is_used;
};

/* Zero-initialise with a limit: struct smk_logmap m = {.max = 1024}. */
struct smk_logmap {
    /* 1. count <= max.
     * 2. capacity is 0 or a power of two of at least 2 * count. */
    struct smk_logmap_slot *slot;
    size_t capacity;
    size_t count;
    size_t max;
};

void smk_logmap_deinit(struct smk_logmap *m); /* leaves it empty with the same max */
void smk_logmap_clear(struct smk_logmap *m);  /* keeps the memory */

/* False when the log is not there; ret_value is then untouched. */
bool smk_logmap_get(const struct smk_logmap *m, const uint8_t log_id[SMK_ID_BYTES], uint64_t *ret_value);

/* Adds or replaces.
 * OK
 * SMK_ERR_TOO_BIG_HERE   a new log beyond max
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_logmap_put(struct smk_logmap *m, const uint8_t log_id[SMK_ID_BYTES],
                                         uint64_t value);

void smk_logmap_del(struct smk_logmap *m, const uint8_t log_id[SMK_ID_BYTES]); /* absent: nothing happens */

#endif
