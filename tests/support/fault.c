#include "tests/support/fault.h"

#include "proto/mem.h"

#include <malloc.h>
#include <stdlib.h>

static enum test_fault fault_kind;
static unsigned long fault_nth;
static bool is_paused;
static unsigned long seen;
static unsigned long hits;
static long live;
static size_t live_bytes;
static size_t peak_bytes;

static bool is_hit(void)
{
    if (is_paused)
        return false;
    unsigned long number = seen++;
    bool hit = (fault_kind == TEST_FAULT_ONCE && number == fault_nth) ||
               (fault_kind == TEST_FAULT_STICKY && number >= fault_nth);
    hits += hit ? 1 : 0;
    return hit;
}

static void *note_new(void *at)
{
    if (at != NULL)
        live_bytes += malloc_usable_size(at);
    if (live_bytes > peak_bytes)
        peak_bytes = live_bytes;
    return at;
}

static void *fault_alloc(size_t size)
{
    void *at = is_hit() ? NULL : calloc(1, size);
    live += at != NULL ? 1 : 0;
    return note_new(at);
}

static void *fault_resize(void *at, size_t size)
{
    if (is_hit())
        return NULL;
    size_t before = at != NULL ? malloc_usable_size(at) : 0;
    void *moved = realloc(at, size);
    if (moved == NULL)
        return NULL;
    live += at == NULL ? 1 : 0;
    live_bytes -= before;
    return note_new(moved);
}

static void fault_release(void *at)
{
    live--;
    live_bytes -= malloc_usable_size(at);
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
    is_paused = false;
    seen = 0;
    hits = 0;
    live = 0;
    live_bytes = 0;
    peak_bytes = 0;
    smk_mem_use(&fault_ops);
}

void test_fault_pause(bool pause)
{
    is_paused = pause;
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

size_t test_fault_peak(void)
{
    return peak_bytes;
}
