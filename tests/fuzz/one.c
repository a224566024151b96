#include "tests/fuzz/one.h"

#include "proto/hash.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* ---- one input ---- */

static uint64_t thread_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool is_warm; /* the first input pays for what a target keeps */
    uint64_t before_ms = thread_ms();
    fuzz_one((struct smk_bytes){data, size});
    uint64_t taken_ms = thread_ms() - before_ms;
    if (is_warm && taken_ms > FUZZ_TIME_MS_MAX) {
        fprintf(stderr, "fuzz: %llu ms for one input\n", (unsigned long long)taken_ms);
        abort();
    }
    is_warm = true;
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
