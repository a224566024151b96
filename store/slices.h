/* store/slices.h: many short strings of bytes, one behind the other in one buffer, and their order.
 *
 * Shape    at most 4 GiB of bytes; sorted as bytes are compared, shorter first.
 * Memory   owned by the object: smk_slices_deinit. What is handed out is BORROWED until the next add.
 * Secrets  as what is put in.   Threads  one at a time per object.
 */
#ifndef SMK_STORE_SLICES_H
#define SMK_STORE_SLICES_H

#include "proto/bytes.h"

struct smk_slice {
    uint64_t first; /* eight bytes of it as a number: most are told apart by that */
    uint32_t at, len;
};

struct smk_slices {
    struct smk_buf bytes;
    struct smk_slice *slice; /* twice the capacity: sorting needs the other half */
    size_t count, capacity;
};
void smk_slices_deinit(struct smk_slices *s); /* works on a zeroed object */
/* Begins anew, with room for so many bytes, below UINT32_MAX. */
void smk_slices_reset(struct smk_slices *s, size_t bytes_max);
/* What stands in `bytes` from `at` on becomes the next slice.
 * OK
 * SMK_ERR_TOO_BIG_HERE   more bytes than there is room for
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_slices_add_from(struct smk_slices *s, size_t at);
void smk_slices_sort(struct smk_slices *s);
struct smk_bytes smk_slices_at(const struct smk_slices *s, size_t i);

#endif
