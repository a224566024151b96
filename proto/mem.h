/* proto/mem.h: the only door to the heap for proto/ and store/.
 *
 * Shape    thin wrappers over the C library, through one table that a test may replace to let the n-th
 *          allocation fail or to count what is live.
 * Memory   as malloc and free.   Secrets  smk_mem_wipe is never optimised away.
 * Threads  any; smk_mem_use only while no other thread allocates.
 */
#ifndef SMK_PROTO_MEM_H
#define SMK_PROTO_MEM_H

#include <stddef.h>

struct smk_mem_ops {
    void *(*alloc)(size_t size);            /* zeroed memory, or NULL */
    void *(*resize)(void *at, size_t size); /* as realloc; the new tail is not zeroed */
    void (*release)(void *at);
};

/* GIVES zeroed memory (release with smk_mem_free); NULL when there is none. size 0 is taken as 1. */
void *smk_mem_new(size_t size);

/* GIVES a zeroed array; NULL when there is none or count * size overflows. */
void *smk_mem_array(size_t count, size_t size);

/* As realloc: on failure NULL, and the old block stays valid. */
void *smk_mem_resize(void *at, size_t size);

/* Releases; NULL does nothing. */
void smk_mem_free(void *at);

/* Overwrites secrets; never optimised away. at may be NULL when size is 0. */
void smk_mem_wipe(void *at, size_t size);

/* Installs another table (BORROWED for as long as it is in use); NULL brings the C library back. */
void smk_mem_use(const struct smk_mem_ops *ops);

#define SMK_CLEANUP(fn) __attribute__((cleanup(fn)))

#endif
