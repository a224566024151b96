#include "proto/record.h"
#include "tests/support/notation.h"
#include "tests/support/strict.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { HEADER_FIELDS = 13 };

/* A good header at seq 2 of every field. */
static const char *const good_field[HEADER_FIELDS] = {
    "1",     "16", "#32x0a", "#16x0b", "'prov:02'", "2", "#32x0c", "[#32x01 #32x02]",
    "65536", "0",  "nil",    "7",      "#32x0d",
};

/* The header with other text for field `at` (and for field `at2`, when that is not NULL). */
static void pack_header(struct smk_buf *b, size_t at, const char *text, size_t at2, const char *text2)
{
    smk_buf_reset(b);
    smk_pack_array(b, HEADER_FIELDS);
    for (size_t i = 0; i < HEADER_FIELDS; i++)
        test_pack(b, i == at ? text : text2 != NULL && i == at2 ? text2 : good_field[i], NULL);
}

static enum smk_err decode_header(struct smk_bytes bytes)
{
    struct smk_header h;
    return smk_header_decode(bytes, &h);
}

Test(header, fields_arrive_as_they_were_written)
{
    struct smk_buf b = {.max = SMK_HEADER_BYTES_MAX}, again = {.max = SMK_HEADER_BYTES_MAX};
    struct smk_header h;
    pack_header(&b, 1, "300", 0, NULL);
    cr_assert(eq(int, smk_header_decode(smk_buf_view(&b), &h), SMK_OK));
    cr_assert(eq(u64, h.type, 300));
    cr_assert(eq(int, h.author[31], 0x0a));
    cr_assert(eq(int, h.incarnation[15], 0x0b));
    cr_assert(eq(str, h.scope.text, "prov:02"));
    cr_assert(eq(u64, h.seq, 2));
    cr_assert(eq(int, h.prev[0], 0x0c));
    cr_assert(eq(sz, h.dep_count, 2));
    cr_assert(eq(int, h.dep[1][31], 0x02));
    cr_assert(eq(u64, h.time, 65536));
    cr_assert(eq(u64, h.codec, 0));
    cr_assert(not(h.has_key_id));
    cr_assert(eq(u64, h.payload_len, 7));
    cr_assert(eq(int, h.payload_hash[0], 0x0d));
    smk_header_encode(&h, &again);
    cr_assert(smk_bytes_is_equal(smk_buf_view(&b), smk_buf_view(&again)));
    smk_buf_deinit(&b);
    smk_buf_deinit(&again);
}

Test(header, every_rule_of_every_field)
{
    static const struct {
        size_t at;
        const char *text;
        enum smk_err err;
        const char *why;
    } row[] = {
        {0, "0", SMK_ERR_NEWER_VERSION, "version 0"},
        {0, "2", SMK_ERR_NEWER_VERSION, "version 2"},
        {0, "'1'", SMK_ERR_MALFORMED, "version as text"},
        {1, "0", SMK_OK, "type 0 is only unknown"},
        {1, "18446744073709551615", SMK_OK, "the largest type"},
        {1, "-1", SMK_ERR_MALFORMED, "type below 0"},
        {2, "#31x0a", SMK_ERR_MALFORMED, "short author"},
        {2, "#33x0a", SMK_ERR_MALFORMED, "long author"},
        {2, "nil", SMK_ERR_MALFORMED, "no author"},
        {3, "#32x0b", SMK_ERR_MALFORMED, "long incarnation"},
        {4, "'prov:2'", SMK_ERR_MALFORMED, "no scope"},
        {4, "'wit:org:abcdefghijklmnopqrstuvwx'", SMK_OK, "the longest scope"},
        {4, "'wit:org:abcdefghijklmnopqrstuvwxy'", SMK_ERR_MALFORMED, "a scope too long"},
        {4, "#3x67", SMK_ERR_MALFORMED, "a scope as binary"},
        {5, "0", SMK_ERR_MALFORMED, "seq 0"},
        {5, "1", SMK_ERR_MALFORMED, "seq 1 with a predecessor"},
        {5, "9007199254740991", SMK_OK, "the largest seq"},
        {5, "9007199254740992", SMK_ERR_MALFORMED, "seq 2^53"},
        {6, "nil", SMK_ERR_MALFORMED, "no predecessor at seq 2"},
        {6, "#16x0c", SMK_ERR_MALFORMED, "a short predecessor"},
        {7, "[]", SMK_OK, "no deps"},
        {7, "nil", SMK_ERR_MALFORMED, "nil instead of deps"},
        {7, "[#32x02 #32x01]", SMK_ERR_MALFORMED, "deps that fall"},
        {7, "[#32x01 #32x01]", SMK_ERR_MALFORMED, "a dep twice"},
        {7, "[#31x01]", SMK_ERR_MALFORMED, "a short dep"},
        {7, "['a']", SMK_ERR_MALFORMED, "a dep as text"},
        {7, "[#32x1 #32x2 #32x3 #32x4 #32x5 #32x6 #32x7 #32x8]", SMK_OK, "8 deps"},
        {7, "[#32x1 #32x2 #32x3 #32x4 #32x5 #32x6 #32x7 #32x8 #32x9]", SMK_ERR_MALFORMED, "9 deps"},
        {8, "0", SMK_OK, "time 0"},
        {8, "18446744073709551615", SMK_OK, "the last time"},
        {8, "-1", SMK_ERR_MALFORMED, "time below 0"},
        {9, "1", SMK_ERR_MALFORMED, "codec 1 without a key id"},
        {9, "2", SMK_ERR_MALFORMED, "codec 2"},
        {10, "#16x0e", SMK_ERR_MALFORMED, "a key id with codec 0"},
        {11, "0", SMK_ERR_MALFORMED, "no payload bytes"},
        {11, "1", SMK_OK, "one payload byte"},
        {11, "65536", SMK_OK, "the largest payload"},
        {11, "65537", SMK_ERR_MALFORMED, "a payload too long"},
        {12, "#31x0d", SMK_ERR_MALFORMED, "a short hash"},
        {12, "nil", SMK_ERR_MALFORMED, "no hash"},
    };
    struct smk_buf b = {.max = SMK_HEADER_BYTES_MAX};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        pack_header(&b, row[i].at, row[i].text, 0, NULL);
        cr_assert(eq(int, decode_header(smk_buf_view(&b)), row[i].err), "%s", row[i].why);
    }
    pack_header(&b, 5, "1", 6, "nil");
    cr_assert(eq(int, decode_header(smk_buf_view(&b)), SMK_OK), "seq 1 without a predecessor");
    pack_header(&b, 9, "1", 10, "#16x0e");
    cr_assert(eq(int, decode_header(smk_buf_view(&b)), SMK_OK), "codec 1 with a key id");
    pack_header(&b, 9, "1", 10, "#15x0e");
    cr_assert(eq(int, decode_header(smk_buf_view(&b)), SMK_ERR_MALFORMED), "a short key id");
    smk_buf_deinit(&b);
}

Test(header, is_an_array_of_exactly_13)
{
    static const char *const row[] = {
        "[]",
        "[1]",
        "{}",
        "1",
        "nil",
        "[1 16 #32x0a #16x0b 'gov' 1 nil [] 9 0 nil 7]",
        "[1 16 #32x0a #16x0b 'gov' 1 nil [] 9 0 nil 7 #32x0d 0]",
    };
    struct smk_buf b = {.max = SMK_HEADER_BYTES_MAX};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        smk_buf_reset(&b);
        test_pack(&b, row[i], NULL);
        cr_assert(eq(int, decode_header(smk_buf_view(&b)), SMK_ERR_MALFORMED), "%s", row[i]);
    }
    smk_buf_reset(&b);
    test_pack(&b, "[2 'a later' 'version']", NULL);
    cr_assert(eq(int, decode_header(smk_buf_view(&b)), SMK_ERR_NEWER_VERSION));
    smk_buf_deinit(&b);
}

Test(header, ends_where_it_ends_and_has_at_most_768_bytes)
{
    struct smk_buf b = {.max = 2 * SMK_HEADER_BYTES_MAX};
    pack_header(&b, 1, "17", 0, NULL);
    const char *why = test_strictness(smk_buf_view(&b), decode_header);
    cr_assert(eq(ptr, (void *)(uintptr_t)why, NULL), "%s", why);
    smk_buf_reset(&b);
    test_pack(&b, "[2 #764x00]", NULL);
    cr_assert(eq(sz, b.len, 1 + 1 + 3 + 764)); /* 769 */
    cr_assert(eq(int, decode_header(smk_buf_view(&b)), SMK_ERR_TOO_BIG));
    smk_buf_reset(&b);
    test_pack(&b, "[2 #763x00]", NULL);
    cr_assert(eq(int, decode_header(smk_buf_view(&b)), SMK_ERR_NEWER_VERSION));
    smk_buf_deinit(&b);
}

Test(header, the_answer_is_untouched_on_failure)
{
    struct smk_buf b = {.max = SMK_HEADER_BYTES_MAX};
    struct smk_header h = {.seq = 77};
    pack_header(&b, 12, "nil", 0, NULL);
    cr_assert(eq(int, smk_header_decode(smk_buf_view(&b), &h), SMK_ERR_MALFORMED));
    cr_assert(eq(u64, h.seq, 77));
    smk_buf_deinit(&b);
}
