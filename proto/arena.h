/* proto/arena.h: memory for many small things that die together.
 *
 * Shape    blocks; zeroed, aligned for any type.   Memory  owns all it gave: smk_arena_deinit. Zero-initialise.
 * Secrets  none: nothing is wiped.   Threads  one at a time per object.
 */
#ifndef SMK_PROTO_ARENA_H
#define SMK_PROTO_ARENA_H

#include "proto/bytes.h"

struct smk_arena_block;

struct smk_arena {
    struct smk_arena_block *newest;
    size_t total; /* bytes of all blocks */
};

/* Zeroed; NULL when there is no memory. Released with the arena. */
void *smk_arena_new(struct smk_arena *a, size_t size);
/* NULL also when count * size overflows. */
void *smk_arena_array(struct smk_arena *a, size_t count, size_t size);
/* A copy; data NULL when there is no memory (and when bytes are empty). */
struct smk_bytes smk_arena_copy(struct smk_arena *a, struct smk_bytes bytes);
/* Releases everything; the arena may be used again. Works on a zeroed object. */
void smk_arena_deinit(struct smk_arena *a);

#endif
