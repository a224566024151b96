#include "proto/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *libc_alloc(size_t size)
{
    return calloc(1, size);
}

static const struct smk_mem_ops libc_ops = {.alloc = libc_alloc, .resize = realloc, .release = free};
static const struct smk_mem_ops *ops_in_use = &libc_ops;

void *smk_mem_new(size_t size)
{
    return ops_in_use->alloc(size > 0 ? size : 1);
}

void *smk_mem_array(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return smk_mem_new(count * size);
}

void *smk_mem_resize(void *at, size_t size)
{
    return ops_in_use->resize(at, size > 0 ? size : 1);
}

void smk_mem_free(void *at)
{
    if (at != NULL)
        ops_in_use->release(at);
}

void smk_mem_wipe(void *at, size_t size)
{
    if (size == 0)
        return;
    memset(at, 0, size);
    __asm__ volatile("" : : "r"(at) : "memory"); /* the compiler must believe that someone reads it */
}

void smk_mem_use(const struct smk_mem_ops *ops)
{
    ops_in_use = ops != NULL ? ops : &libc_ops;
}
