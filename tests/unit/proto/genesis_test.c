#include "proto/hash.h"
#include "tests/support/builders.h"
#include "tests/support/notation.h"
#include "tests/support/strict.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(genesis, .init = start_crypto);

static enum smk_err decode_genesis(struct smk_bytes bytes)
{
    struct smk_genesis g;
    return smk_genesis_decode(bytes, &g);
}

Test(genesis, comes_back_as_it_was_written)
{
    struct test_coalition c;
    struct smk_genesis g;
    struct smk_buf again = {.max = SMK_GENESIS_BYTES_MAX};
    test_coalition_init(&c, SMK_ROOT_KEYS_MAX, 9);
    cr_assert(eq(int, smk_genesis_decode(smk_buf_view(&c.genesis), &g), SMK_OK));
    cr_assert(eq(str, g.name, "Test"));
    cr_assert(eq(str, g.time_zone, "Asia/Phnom_Penh"));
    cr_assert(eq(u64, g.k, 9));
    cr_assert(eq(sz, g.key_count, SMK_ROOT_KEYS_MAX));
    smk_genesis_encode(&g, &again);
    cr_assert(smk_bytes_is_equal(smk_buf_view(&c.genesis), smk_buf_view(&again)));
    const char *why = test_strictness(smk_buf_view(&c.genesis), decode_genesis);
    cr_assert(eq(ptr, (void *)(uintptr_t)why, NULL), "%s", why);
    smk_buf_deinit(&again);
    test_coalition_deinit(&c);
}

Test(genesis, every_rule_of_every_field)
{
    static const struct {
        const char *text;
        enum smk_err err;
    } row[] = {
        {"[1 'N' 'Asia/Phnom_Penh' #16x00 1 [$0]]", SMK_OK},
        {"[1 'N' 'Etc/GMT+7' #16x00 2 [$0 $1]]", SMK_OK},
        {"[1 'N' 'UTC' #16x00 2 [$0 $1 $2]]", SMK_OK},
        {"[1 'N' 'UTC' #16x00 3 [$0 $1 $2]]", SMK_OK},
        {"[1 'N' 'UTC' #16x00 0 [$0]]", SMK_ERR_MALFORMED},
        {"[1 'N' 'UTC' #16x00 2 [$0]]", SMK_ERR_MALFORMED},
        {"[1 'N' 'UTC' #16x00 1 [$0 $1]]", SMK_ERR_MALFORMED},
        {"[1 'N' 'UTC' #16x00 1 [$0 $1 $2]]", SMK_ERR_MALFORMED},
        {"[1 'N' 'UTC' #16x00 4 [$0 $1 $2]]", SMK_ERR_MALFORMED},
        {"[1 'N' 'UTC' #16x00 1 []]", SMK_ERR_MALFORMED},
        {"[1 'N' 'UTC' #16x00 0 []]", SMK_ERR_MALFORMED},
        {"[1 'N' 'UTC' #16x00 2 [$1 $0]]", SMK_ERR_MALFORMED},
        {"[1 'N' 'UTC' #16x00 2 [$0 $0]]", SMK_ERR_MALFORMED},
        {"[1 'N' 'UTC' #16x00 1 [#32x00]]", SMK_ERR_MALFORMED},
        {"[1 'N' 'UTC' #16x00 1 [#32xff]]", SMK_ERR_MALFORMED},
        {"[1 'N' 'UTC' #15x00 1 [$0]]", SMK_ERR_MALFORMED},
        {"[1 '' 'UTC' #16x00 1 [$0]]", SMK_ERR_MALFORMED},
        {"[1 'N' '' #16x00 1 [$0]]", SMK_ERR_MALFORMED},
        {"[1 'N' 'Asia Phnom' #16x00 1 [$0]]", SMK_ERR_MALFORMED},
        {"[1 'N' '../etc' #16x00 1 [$0]]", SMK_ERR_MALFORMED},
        {"[1 'N' 'UTC' #16x00 1 [$0] 1]", SMK_ERR_MALFORMED},
        {"[1 'N' 'UTC' #16x00 1]", SMK_ERR_MALFORMED},
        {"[1 nil 'UTC' #16x00 1 [$0]]", SMK_ERR_MALFORMED},
        {"['1' 'N' 'UTC' #16x00 1 [$0]]", SMK_ERR_MALFORMED},
        {"[2 'N' 'UTC' #16x00 1 [$0]]", SMK_ERR_NEWER_VERSION},
        {"[0]", SMK_ERR_NEWER_VERSION},
        {"[2 #2040x00]", SMK_ERR_NEWER_VERSION}, /* 2045 bytes */
        {"[2 #2043x00]", SMK_ERR_NEWER_VERSION},
        {"[2 #2044x00]", SMK_ERR_TOO_BIG},
        {"{}", SMK_ERR_MALFORMED},
    };
    struct test_coalition c;
    struct smk_buf b = {.max = 2 * SMK_GENESIS_BYTES_MAX};
    test_coalition_init(&c, 3, 2);
    struct smk_bytes args[3];
    for (size_t i = 0; i < 3; i++)
        args[i] = SMK_BYTES(c.root[i].public_key);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        smk_buf_reset(&b);
        test_pack(&b, row[i].text, args);
        cr_assert(eq(int, decode_genesis(smk_buf_view(&b)), row[i].err), "%s", row[i].text);
    }
    smk_buf_deinit(&b);
    test_coalition_deinit(&c);
}

Test(genesis, name_and_time_zone_lengths)
{
    static const struct {
        const char *format;
        int letters;
    } row[] = {{"[1 '%.*s' 'UTC' #16x00 1 [$0]]", 200}, {"[1 'N' '%.*s' #16x00 1 [$0]]", 64}};
    struct smk_sign_key key;
    char letters[256], text[512];
    test_sign_key("root", 0, &key);
    struct smk_bytes args[] = {SMK_BYTES(key.public_key)};
    memset(letters, 'a', sizeof letters);
    for (size_t i = 0; i < 2; i++) {
        for (int more = -1; more <= 1; more++) {
            struct smk_buf b = {.max = SMK_GENESIS_BYTES_MAX};
            (void)snprintf(text, sizeof text, row[i].format, row[i].letters + more,
                           letters); /* always fits */
            test_pack(&b, text, args);
            cr_assert(eq(int, decode_genesis(smk_buf_view(&b)), more > 0 ? SMK_ERR_MALFORMED : SMK_OK));
            smk_buf_deinit(&b);
        }
    }
}
