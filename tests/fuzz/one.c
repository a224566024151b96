#include "tests/fuzz/one.h"

#include "proto/hash.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define HAS_HOOKS
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(HAS_HOOKS)
/* Of the sanitizers' runtime; gcc has the functions, but not the header. */
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
                                              void (*on_free)(const volatile void *));
size_t __sanitizer_get_allocated_size(const volatile void *block);
#define HEAP_WATCH() (void)__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free)
#define BLOCK_BYTES(block) __sanitizer_get_allocated_size(block)
#else /* the builds without it are not the ones that look for trouble */
#define HEAP_WATCH() (void)on_malloc, (void)on_free
#define BLOCK_BYTES(block) ((size_t)((block) != NULL))
#endif

/* ---- one input ---- */

static uint64_t thread_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Of every block of the process, whoever asked for it: proto and store are counted by smk_mem as well, libraries are not. */
static struct {
    size_t live, most;
} heap;

static void on_malloc(const volatile void *block, size_t bytes)
{
    (void)block;
    heap.live += bytes;
    if (heap.live > heap.most)
        heap.most = heap.live;
}

static void on_free(const volatile void *block)
{
    size_t bytes = block != NULL ? BLOCK_BYTES((const void *)(uintptr_t)block) : 0;
    heap.live -= bytes < heap.live ? bytes : heap.live; /* it may be older than this count */
}

static bool is_within_bounds(struct smk_bytes input)
{
    uint64_t before_ms = thread_ms();
    heap.live = heap.most = 0;
    fuzz_one(input);
    uint64_t taken_ms = thread_ms() - before_ms;
    if (taken_ms > FUZZ_TIME_MS_MAX)
        fprintf(stderr, "fuzz: %llu ms for one input\n", (unsigned long long)taken_ms);
    if (heap.most > FUZZ_HEAP_BYTES_MAX)
        fprintf(stderr, "fuzz: %zu bytes for one input\n", heap.most);
    return taken_ms <= FUZZ_TIME_MS_MAX && heap.most <= FUZZ_HEAP_BYTES_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool is_warm; /* the first input pays for what a target keeps, so it is given again */
    struct smk_bytes input = {data, size};
    if (!is_warm) {
        HEAP_WATCH();
        fuzz_one(input);
    }
    is_warm = true;
    if (!is_within_bounds(input))
        abort();
    return 0;
}

/* ---- seeds ---- */

static const char *seeds_folder;

void fuzz_seed(const char *name, struct smk_bytes head, struct smk_bytes body)
{
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/%s", seeds_folder, name);
    SMK_ASSERT(len > 0 && (size_t)len < sizeof path);
    FILE *file = fopen(path, "wb");
    SMK_ASSERT(file != NULL);
    size_t written = fwrite(head.data, 1, head.len, file);
    if (body.len > 0)
        written += fwrite(body.data, 1, body.len, file);
    SMK_ASSERT(written == head.len + body.len);
    int rc = fclose(file);
    SMK_ASSERT(rc == 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    enum smk_err err = smk_crypto_start();
    SMK_ASSERT(err == SMK_OK);
    if (*argc != 3 || strcmp((*argv)[1], "--seeds") != 0)
        return 0;
    seeds_folder = (*argv)[2];
    int rc = mkdir(seeds_folder, 0777);
    SMK_ASSERT(rc == 0 || errno == EEXIST);
    fuzz_seeds();
    exit(0);
}
