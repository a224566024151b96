#include "proto/arena.h"

#include "proto/mem.h"

#include <stdalign.h>
#include <string.h>

enum { BLOCK_BYTES = 64 * 1024 };

struct smk_arena_block {
    struct smk_arena_block *older;
    size_t used, capacity; /* of bytes */
    alignas(16) uint8_t bytes[];
};

static struct smk_arena_block *block_new(size_t capacity)
{
    struct smk_arena_block *block = NULL;
    if (capacity <= SIZE_MAX - sizeof *block)
        block = smk_mem_new(sizeof *block + capacity);
    if (block != NULL)
        block->capacity = capacity;
    return block;
}

void *smk_arena_new(struct smk_arena *a, size_t size)
{
    if (size > SIZE_MAX - 16)
        return NULL;
    size_t rounded = (size + 15) / 16 * 16;
    struct smk_arena_block *block = a->newest;
    if (block == NULL || rounded > block->capacity - block->used) {
        block = block_new(rounded > BLOCK_BYTES / 4 ? rounded : BLOCK_BYTES);
        if (block == NULL)
            return NULL;
        /* a large thing gets a block of its own, behind the one that still has room */
        bool is_large = rounded > BLOCK_BYTES / 4 && a->newest != NULL;
        block->older = is_large ? a->newest->older : a->newest;
        if (is_large)
            a->newest->older = block;
        else
            a->newest = block;
        a->total += block->capacity;
    }
    void *at = block->bytes + block->used;
    block->used += rounded;
    return at;
}

void *smk_arena_array(struct smk_arena *a, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return smk_arena_new(a, count * size);
}

struct smk_bytes smk_arena_copy(struct smk_arena *a, struct smk_bytes bytes)
{
    uint8_t *copy = bytes.len > 0 ? smk_arena_new(a, bytes.len) : NULL;
    if (copy == NULL)
        return (struct smk_bytes){0};
    memcpy(copy, bytes.data, bytes.len);
    return (struct smk_bytes){copy, bytes.len};
}

void smk_arena_deinit(struct smk_arena *a)
{
    while (a->newest != NULL) {
        struct smk_arena_block *older = a->newest->older;
        smk_mem_free(a->newest);
        a->newest = older;
    }
    a->total = 0;
}
