/* malloc and its kin: who calls is told by where the call returns to. */
#define _GNU_SOURCE

#include "tests/fault/calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { RANGES_MAX = 64, EARLY_BYTES = 64 * 1024 };

static const char *const libraries[] = {"liblmdb", "libmsgpack", "libjansson", "libuv", "libconfuse"};

static struct range {
    uintptr_t from, to;
    enum call call;
} range[RANGES_MAX];
static size_t range_count;

static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static void (*next_free)(void *);
static int (*next_posix_memalign)(void **, size_t, size_t);

/* What is asked for while the next functions are being looked up. Never given back. */
static _Alignas(16) char early[EARLY_BYTES];
static size_t early_len;
static bool is_looking_up;

void *calls_next(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL)
        abort();
    return found;
}

#define NEXT(name) ((__typeof__(&name))(uintptr_t)calls_next(#name))

static void look_up(void)
{
    is_looking_up = true;
    next_malloc = NEXT(malloc);
    next_calloc = NEXT(calloc);
    next_realloc = NEXT(realloc);
    next_free = NEXT(free);
    next_posix_memalign = NEXT(posix_memalign);
    is_looking_up = false;
}

static void *early_alloc(size_t size)
{
    size_t room = (size + 15) / 16 * 16;
    if (room > EARLY_BYTES - early_len)
        abort();
    void *at = early + early_len;
    early_len += room;
    return at;
}

static bool is_early(const void *at)
{
    return (const char *)at >= early && (const char *)at < early + EARLY_BYTES;
}

static void note_object(const struct dl_phdr_info *object, enum call call)
{
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || (part->p_flags & PF_X) == 0 || range_count == RANGES_MAX)
            continue;
        uintptr_t from = (uintptr_t)object->dlpi_addr + part->p_vaddr;
        range[range_count++] = (struct range){from, from + part->p_memsz, call};
    }
}

static int note_objects(struct dl_phdr_info *object, size_t size, void *ctx)
{
    (void)size;
    (void)ctx;
    if (object->dlpi_name[0] == 0)
        note_object(object, CALL_OWN_ALLOC); /* this program */
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++)
        if (strstr(object->dlpi_name, libraries[i]) != NULL)
            note_object(object, CALL_LIB_ALLOC);
    return 0;
}

void calls_alloc_begin(void)
{
    (void)dl_iterate_phdr(note_objects, NULL);
}

static bool is_hit(const void *caller, const char *function)
{
    for (size_t i = 0; i < range_count; i++)
        if ((uintptr_t)caller >= range[i].from && (uintptr_t)caller < range[i].to)
            return calls_hit(range[i].call, function);
    return false;
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t size)
{
    if (next_malloc == NULL && !is_looking_up)
        look_up();
    if (is_looking_up)
        return early_alloc(size);
    return is_hit(CALLER, "malloc") ? NULL : next_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    if (next_calloc == NULL && !is_looking_up)
        look_up();
    if (is_looking_up)
        return early_alloc(count * size); /* it was never used before */
    return is_hit(CALLER, "calloc") ? NULL : next_calloc(count, size);
}

void *realloc(void *at, size_t size)
{
    if (next_realloc == NULL)
        look_up();
    return is_hit(CALLER, "realloc") ? NULL : next_realloc(at, size);
}

void free(void *at)
{
    if (at == NULL || is_early(at))
        return;
    if (next_free == NULL)
        look_up();
    next_free(at);
}

int posix_memalign(void **ret_at, size_t alignment, size_t size)
{
    if (next_posix_memalign == NULL)
        look_up();
    return is_hit(CALLER, "posix_memalign") ? ENOMEM : next_posix_memalign(ret_at, alignment, size);
}

char *strdup(const char *text)
{
    size_t len = strlen(text) + 1;
    char *copy = is_hit(CALLER, "strdup") ? NULL : next_malloc(len);
    return copy != NULL ? memcpy(copy, text, len) : NULL;
}

char *strndup(const char *text, size_t len)
{
    len = strnlen(text, len);
    char *copy = is_hit(CALLER, "strndup") ? NULL : next_malloc(len + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, len);
    copy[len] = 0;
    return copy;
}
