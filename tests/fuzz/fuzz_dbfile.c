/* Target: the look at a store file before LMDB maps it, and the file of keys.
 * Input: which; 0: the length of the file (3 bytes), then changes to a good one (page, offset (2), byte); 1: a key file as it
 * is; 2: a key file with a good sum. */
#include "proto/hash.h"
#include "store/dbfile.h"
#include "store/keyfile.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/scratch.h"
#include "tests/support/tempdir.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_BYTES = 4096, FILE_BYTES_MAX = 64 * PAGE_BYTES };

/* ---- the store file: two meta pages, as LMDB's data format 1 has them (SCHEMA.md section 2) ---- */

static void put(uint8_t *at, size_t bytes, uint64_t value)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void meta_write(uint8_t *page, uint64_t number)
{
    put(page, 8, number);
    put(page + 10, 2, 8);               /* a meta page */
    put(page + 16, 4, 0xBEEFC0DE);      /* magic */
    put(page + 20, 4, 1);               /* format */
    put(page + 32, 8, 64 << 20);        /* map */
    put(page + 40, 4, PAGE_BYTES);      /* stands in the tree of free pages */
    put(page + 40 + 40, 8, UINT64_MAX); /* its root: empty */
    put(page + 88 + 40, 8, 2);          /* root of the main tree */
    put(page + 136, 8, 3);              /* last page */
    put(page + 144, 8, number);         /* transaction */
}

static void try_store_file(struct smk_reader *in)
{
    size_t len = (size_t)fuzz_below(in, FILE_BYTES_MAX);
    uint8_t *bytes = calloc(1, FILE_BYTES_MAX);
    struct smk_dbfile file;
    SMK_ASSERT(bytes != NULL);
    meta_write(bytes, 0);
    meta_write(bytes + PAGE_BYTES, 1);
    while (smk_reader_left(in) >= 4) {
        size_t page = (size_t)fuzz_below(in, 4) * PAGE_BYTES, at = smk_read_be16(in) % PAGE_BYTES;
        bytes[page + at] = smk_read_u8(in);
    }
    const char *path = scratch_write("data.mdb", (struct smk_bytes){bytes, len});
    memset(&file, 0, sizeof file);
    enum smk_err err = smk_dbfile_look(path, &file);
    SMK_ASSERT(err == SMK_OK || err == SMK_ERR_STORE_DAMAGED || err == SMK_ERR_STORE_VERSION);
    if (err == SMK_OK) {
        const struct smk_dbmeta *meta = &file.meta[file.newest];
        SMK_ASSERT(file.newest <= 1);
        SMK_ASSERT(file.bytes == len);
        SMK_ASSERT(file.page_bytes >= 256);
        SMK_ASSERT(meta->last_page < file.bytes / file.page_bytes);
        err = smk_dbfile_metas_agree(path, &file);
        SMK_ASSERT(err == SMK_OK || err == SMK_ERR_STORE_DAMAGED);
        SMK_ASSERT(smk_dbfile_map_bytes(&file, 0) > meta->last_page * file.page_bytes);
    }
    free(bytes);
}

/* ---- the key file ---- */

static void try_key_file(struct smk_bytes bytes, bool has_good_sum)
{
    struct smk_keyfile key, untouched;
    struct fuzz_block block = fuzz_block_of(bytes);
    if (has_good_sum && block.len >= SMK_HASH_BYTES) {
        uint8_t *sum = block.data + block.len - SMK_HASH_BYTES;
        smk_sha256((struct smk_bytes){block.data, block.len - SMK_HASH_BYTES}, (struct smk_bytes){0}, sum);
    }
    const char *path = scratch_write("device.key", fuzz_block_view(&block));
    for (int kind = SMK_KEYFILE_DEVICE; kind <= SMK_KEYFILE_ROOT; kind++) {
        memset(&key, 0xa5, sizeof key);
        untouched = key;
        enum smk_err err = smk_keyfile_read(path, (enum smk_keyfile_kind)kind, &key);
        SMK_ASSERT(err == SMK_OK || err == SMK_ERR_KEY_FILE);
        if (err != SMK_OK)
            SMK_ASSERT(memcmp(&key, &untouched, sizeof key) == 0);
        else
            SMK_ASSERT(key.count >= 1 && key.count <= SMK_KEYFILE_SECRETS_MAX);
    }
    fuzz_block_drop(&block);
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    uint64_t which = fuzz_below(&in, 3);
    if (which == 0)
        try_store_file(&in);
    else
        try_key_file(fuzz_rest(&in), which == 2);
}

void fuzz_seeds(void)
{
    static const uint8_t whole[] = {0, 0x00, 0x40, 0x00}, cut[] = {0, 0x00, 0x3f, 0xff};
    static const uint8_t other_format[] = {0, 0, 0x40, 0, 0, 0, 20, 2, 1, 0, 20, 2}, as_it_is[] = {1};
    static const uint8_t summed[] = {2};
    struct smk_keyfile key = {.kind = SMK_KEYFILE_DEVICE, .count = 3};
    uint8_t bytes[1024];
    size_t len = 0;
    fuzz_seed("whole", SMK_BYTES(whole), (struct smk_bytes){0});
    fuzz_seed("cut", SMK_BYTES(cut), (struct smk_bytes){0});
    fuzz_seed("other-format", SMK_BYTES(other_format), (struct smk_bytes){0});
    struct test_dir dir;
    test_dir_init(&dir);
    struct test_path path = test_dir_at(&dir, "key");
    enum smk_err err = smk_keyfile_write(path.text, &key);
    SMK_ASSERT(err == SMK_OK);
    for (; len < test_file_bytes(path.text); len++)
        bytes[len] = test_file_peek(path.text, len);
    test_dir_deinit(&dir);
    fuzz_seed("key-file", SMK_BYTES(as_it_is), (struct smk_bytes){bytes, len});
    fuzz_seed("summed-key-file", SMK_BYTES(summed), (struct smk_bytes){bytes, len});
}
