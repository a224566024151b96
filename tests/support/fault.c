#include "tests/support/fault.h"

#include "proto/mem.h"

#include <stdlib.h>

static enum test_fault fault_kind;
static unsigned long fault_nth;
static unsigned long seen;
static unsigned long hits;
static long live;

static bool is_hit(void)
{
    unsigned long number = seen++;
    bool hit = (fault_kind == TEST_FAULT_ONCE && number == fault_nth) ||
               (fault_kind == TEST_FAULT_STICKY && number >= fault_nth);
    hits += hit ? 1 : 0;
    return hit;
}

static void *fault_alloc(size_t size)
{
    void *at = is_hit() ? NULL : calloc(1, size);
    live += at != NULL ? 1 : 0;
    return at;
}

static void *fault_resize(void *at, size_t size)
{
    if (is_hit())
        return NULL;
    void *moved = realloc(at, size);
    live += at == NULL && moved != NULL ? 1 : 0;
    return moved;
}

static void fault_release(void *at)
{
    live--;
    free(at);
}

static const struct smk_mem_ops fault_ops = {
    .alloc = fault_alloc,
    .resize = fault_resize,
    .release = fault_release,
};

void test_fault_begin(enum test_fault kind, unsigned long nth)
{
    fault_kind = kind;
    fault_nth = nth;
    seen = 0;
    hits = 0;
    live = 0;
    smk_mem_use(&fault_ops);
}

void test_fault_end(void)
{
    smk_mem_use(NULL);
}

unsigned long test_fault_hits(void)
{
    return hits;
}

long test_fault_live(void)
{
    return live;
}
