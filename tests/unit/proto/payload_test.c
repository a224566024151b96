#include "proto/payload.h"
#include "proto/hash.h"
#include "proto/pairs.h"
#include "tests/support/fault.h"
#include "tests/support/notation.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(payload, .init = start_crypto);
TestSuite(text, .init = start_crypto);

static const uint8_t doc[SMK_DOC_ID_BYTES] = {1}, about[SMK_HASH_BYTES] = {2},
                     head[2][SMK_ID_BYTES] = {{3}, {4}};

static bool is_text(struct smk_bytes bytes, const char *text)
{
    return smk_bytes_is_equal(bytes, smk_bytes_of_text(text));
}

static struct smk_bytes packed(struct smk_buf *b, const char *notation)
{
    const struct smk_bytes args[] = {SMK_BYTES(doc), SMK_BYTES(about), SMK_BYTES(head[0]),
                                     SMK_BYTES(head[1])};
    smk_buf_reset(b);
    test_pack(b, notation, args);
    return smk_buf_view(b);
}

Test(payload, an_edit_comes_back_as_it_was_written)
{
    struct smk_buf fields = {.max = 4096}, from = {.max = 4096}, b = {.max = 4096};
    struct smk_edit e = {.kind = smk_bytes_of_text("event"), .office = smk_bytes_of_text("cpdd-pm")}, back;
    memcpy(e.doc, doc, sizeof doc);
    e.fields = packed(&fields, "{'kind' 'training'}");
    e.from = packed(&from, "[$2 $3]");
    for (int with_from = 1; with_from >= 0; with_from--) {
        smk_buf_reset(&b);
        e.from = with_from ? smk_buf_view(&from) : (struct smk_bytes){0};
        smk_edit_encode(&e, &b);
        cr_assert(eq(int, smk_walk(smk_buf_view(&b), SMK_WALK_PAYLOAD), SMK_OK));
        cr_assert(eq(int, smk_edit_decode(smk_buf_view(&b), &back), SMK_OK));
        cr_assert(eq(int, memcmp(back.doc, doc, sizeof doc), 0));
        cr_assert(is_text(back.kind, "event"));
        cr_assert(is_text(back.office, "cpdd-pm"));
        cr_assert(smk_bytes_is_equal(back.fields, e.fields));
        cr_assert(smk_bytes_is_equal(back.from, e.from));
    }
    smk_buf_deinit(&fields);
    smk_buf_deinit(&from);
    smk_buf_deinit(&b);
}

Test(payload, an_act_comes_back_as_it_was_written)
{
    struct smk_buf fields = {.max = 4096}, text = {.max = 4096}, b = {.max = 4096};
    for (int with = 0; with < 4; with++) {
        struct smk_act a = {.kind = smk_bytes_of_text("joint_list"), .office = smk_bytes_of_text("as-dir")},
                       back;
        a.act = smk_bytes_of_text("negotiate");
        memcpy(a.doc, doc, sizeof doc);
        memcpy(a.about, about, sizeof about);
        a.fields = packed(&fields, "{}");
        a.area = with & 1 ? smk_bytes_of_text("0201") : (struct smk_bytes){0};
        a.text = with & 2 ? packed(&text, "[[$0 [$2 $3]]]") : (struct smk_bytes){0};
        smk_buf_reset(&b);
        smk_act_encode(&a, &b);
        cr_assert(eq(int, smk_walk(smk_buf_view(&b), SMK_WALK_PAYLOAD), SMK_OK));
        cr_assert(eq(int, smk_act_decode(smk_buf_view(&b), &back), SMK_OK));
        cr_assert(is_text(back.act, "negotiate"));
        cr_assert(smk_bytes_is_equal(back.area, a.area));
        cr_assert(smk_bytes_is_equal(back.text, a.text));
        cr_assert(eq(int, memcmp(back.about, about, sizeof about), 0));
    }
    smk_buf_deinit(&fields);
    smk_buf_deinit(&text);
    smk_buf_deinit(&b);
}

Test(payload, what_is_no_edit_is_refused)
{
    static const struct {
        const char *payload;
        enum smk_err err;
        const char *why;
    } row[] = {
        {"{'doc' $0 'kind' 'event' 'fields' {} 'office' 'a' 'schema' 1}", SMK_OK, "the least"},
        {"{'doc' $0 'kind' 'event' 'later' 7 'fields' {} 'office' 'a' 'schema' 1}", SMK_OK,
         "an unknown key is skipped"},
        {"{'doc' $0 'kind' 'event' 'fields' {} 'office' 'a' 'schema' 2}", SMK_ERR_NEWER_VERSION,
         "a later schema"},
        {"{'kind' 'event' 'fields' {} 'office' 'a' 'schema' 1}", SMK_ERR_MALFORMED, "no document"},
        {"{'doc' $1 'kind' 'event' 'fields' {} 'office' 'a' 'schema' 1}", SMK_ERR_MALFORMED,
         "an id of 32 bytes"},
        {"{'doc' $0 'kind' 'Event' 'fields' {} 'office' 'a' 'schema' 1}", SMK_ERR_MALFORMED,
         "a capital in the kind"},
        {"{'doc' $0 'kind' '' 'fields' {} 'office' 'a' 'schema' 1}", SMK_ERR_MALFORMED, "no kind"},
        {"{'doc' $0 'kind' 'event' 'fields' [] 'office' 'a' 'schema' 1}", SMK_ERR_MALFORMED,
         "fields are no map"},
        {"{'doc' $0 'kind' 'event' 'fields' {} 'office' 'A' 'schema' 1}", SMK_ERR_MALFORMED,
         "the office is no slug"},
        {"{'doc' $0 'kind' 'event' 'fields' {} 'office' 'a'}", SMK_ERR_MALFORMED, "no schema"},
        {"{'doc' $0 'from' [] 'kind' 'event' 'fields' {} 'office' 'a' 'schema' 1}", SMK_ERR_MALFORMED,
         "from nothing"},
        {"{'doc' $0 'from' [$3 $2] 'kind' 'event' 'fields' {} 'office' 'a' 'schema' 1}", SMK_ERR_MALFORMED,
         "order"},
        {"{'doc' $0 'from' [$2 $2] 'kind' 'event' 'fields' {} 'office' 'a' 'schema' 1}", SMK_ERR_MALFORMED,
         "twice"},
        {"[]", SMK_ERR_MALFORMED, "no map"},
    };
    struct smk_buf b = {.max = 4096};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_edit e = {.kind = smk_bytes_of_text("untouched")};
        cr_assert(eq(int, smk_edit_decode(packed(&b, row[i].payload), &e), row[i].err), "%s", row[i].why);
        cr_assert(eq(int, is_text(e.kind, "untouched"), row[i].err != SMK_OK), "%s", row[i].why);
    }
    smk_buf_deinit(&b);
}

Test(payload, what_is_no_act_is_refused)
{
    static const struct {
        const char *payload;
        enum smk_err err;
        const char *why;
    } row[] = {
        {"{'id' $0 'act' 'endorse' 'doc' $0 'kind' 'joint_list' 'about' $1 'fields' {} 'office' 'a' 'schema' "
         "1}",
         SMK_OK, "the least"},
        {"{'act' 'endorse' 'doc' $0 'kind' 'joint_list' 'about' $1 'fields' {} 'office' 'a' 'schema' 1}",
         SMK_ERR_MALFORMED, "no id"},
        {"{'id' $0 'act' 'endorse' 'doc' $0 'kind' 'joint_list' 'fields' {} 'office' 'a' 'schema' 1}",
         SMK_ERR_MALFORMED, "about nothing"},
        {"{'id' $0 'act' 'en dorse' 'doc' $0 'kind' 'joint_list' 'about' $1 'fields' {} 'office' 'a' "
         "'schema' 1}",
         SMK_ERR_MALFORMED, "a space in the act"},
        {"{'id' $0 'act' 'endorse' 'doc' $0 'area' '02x1' 'kind' 'joint_list' 'about' $1 'fields' {} "
         "'office' 'a' "
         "'schema' 1}",
         SMK_ERR_MALFORMED, "an area with a letter"},
        {"{'id' $0 'act' 'endorse' 'doc' $0 'kind' 'joint_list' 'text' {} 'about' $1 'fields' {} 'office' "
         "'a' 'schema' 1}",
         SMK_ERR_MALFORMED, "a text that is no array"},
        {"{'id' $0 'act' 'endorse' 'doc' $0 'kind' 'joint_list' 'about' $1 'fields' {} 'office' 'a' 'schema' "
         "9}",
         SMK_ERR_NEWER_VERSION, "a later schema"},
    };
    struct smk_buf b = {.max = 4096};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_act a;
        cr_assert(eq(int, smk_act_decode(packed(&b, row[i].payload), &a), row[i].err), "%s", row[i].why);
    }
    smk_buf_deinit(&b);
}

Test(payload, every_cut_and_every_changed_byte_is_refused_or_still_an_edit)
{
    struct smk_buf b = {.max = 4096};
    struct smk_bytes whole =
        packed(&b, "{'doc' $0 'from' [$2] 'kind' 'event' 'fields' {'a' [1 2]} 'office' 'a' 'schema' 1}");
    for (size_t len = 0; len < whole.len; len++) {
        uint8_t *exact = malloc(len > 0 ? len : 1);
        struct smk_edit e;
        cr_assert(ne(ptr, exact, NULL));
        memcpy(exact, whole.data, len);
        enum smk_err err = smk_edit_decode((struct smk_bytes){exact, len}, &e);
        cr_assert(err == SMK_OK || err == SMK_ERR_MALFORMED || err == SMK_ERR_NEWER_VERSION, "cut at %zu",
                  len);
        free(exact);
    }
    for (size_t i = 0; i < whole.len; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            uint8_t *changed = malloc(whole.len);
            struct smk_edit e;
            cr_assert(ne(ptr, changed, NULL));
            memcpy(changed, whole.data, whole.len);
            changed[i] ^= (uint8_t)(1u << bit);
            struct smk_bytes bytes = {changed, whole.len};
            if (smk_walk(bytes, SMK_WALK_PAYLOAD) == SMK_OK && smk_edit_decode(bytes, &e) == SMK_OK)
                cr_assert(le(sz, e.fields.len, whole.len));
            free(changed);
        }
    smk_buf_deinit(&b);
}

Test(text, its_form_is_checked)
{
    static const struct {
        const char *text;
        bool is_good;
    } row[] = {
        {"[[$0 [$2]]]", true},
        {"[[$0 [$2 $3]] [$0 [$3]]]", true},
        {"[]", false},
        {"[[$0 []]]", false},
        {"[[$0 [$3 $2]]]", false},
        {"[[$0 [$2 $2]]]", false},
        {"[[$1 [$2]]]", false},
        {"[[$0 [$2] 1]]", false},
        {"[[$0]]", false},
        {"[$0]", false},
        {"{}", false},
        {"[[$0 [$0]]]", false},
        {"[[$0 {'a' $2}]]", false},
    };
    struct smk_buf b = {.max = 4096};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(int, smk_text_is_valid(packed(&b, row[i].text)), row[i].is_good), "%s", row[i].text);
    smk_buf_deinit(&b);
}

Test(text, it_has_at_most_256_documents_and_64_heads)
{
    struct smk_buf b = {.max = 1 << 20};
    for (size_t parts = SMK_TEXT_PARTS_MAX - 1; parts <= SMK_TEXT_PARTS_MAX + 1; parts++) {
        smk_buf_reset(&b);
        smk_pack_array(&b, parts);
        for (size_t i = 0; i < parts; i++)
            smk_text_pack_part(&b, doc, head, 1);
        cr_assert(eq(int, smk_text_is_valid(smk_buf_view(&b)), parts <= SMK_TEXT_PARTS_MAX), "%zu", parts);
    }
    for (size_t heads = SMK_TEXT_HEADS_MAX - 1; heads <= SMK_TEXT_HEADS_MAX + 1; heads++) {
        smk_buf_reset(&b);
        smk_pack_array(&b, 1);
        smk_pack_array(&b, 2);
        smk_pack_bin(&b, SMK_BYTES(doc));
        smk_pack_array(&b, heads);
        for (size_t i = 0; i < heads; i++) {
            uint8_t id[SMK_ID_BYTES] = {(uint8_t)i};
            smk_pack_bin(&b, SMK_BYTES(id));
        }
        cr_assert(eq(int, smk_text_is_valid(smk_buf_view(&b)), heads <= SMK_TEXT_HEADS_MAX), "%zu", heads);
    }
    smk_buf_deinit(&b);
}

Test(payload, an_imported_id_follows_from_coalition_type_and_name)
{
    const uint8_t coalition[SMK_ID_BYTES] = {7}, other[SMK_ID_BYTES] = {8};
    uint8_t a[SMK_DOC_ID_BYTES], b[SMK_DOC_ID_BYTES], hash[SMK_HASH_BYTES];
    struct smk_buf wanted = {.max = 256};
    smk_import_id(coalition, "meeting", smk_bytes_of_text("MT-1"), a);
    smk_pack_array(&wanted, 3);
    smk_pack_bin(&wanted, SMK_BYTES(coalition));
    smk_pack_text(&wanted, "meeting");
    smk_pack_text(&wanted, "MT-1");
    smk_hash(SMK_PERSONAL_IMPORT, smk_buf_view(&wanted), hash);
    cr_assert(eq(int, memcmp(a, hash, sizeof a), 0));
    smk_import_id(coalition, "meeting", smk_bytes_of_text("MT-2"), b);
    cr_assert(ne(int, memcmp(a, b, sizeof a), 0));
    smk_import_id(coalition, "joint_list", smk_bytes_of_text("MT-1"), b);
    cr_assert(ne(int, memcmp(a, b, sizeof a), 0));
    smk_import_id(other, "meeting", smk_bytes_of_text("MT-1"), b);
    cr_assert(ne(int, memcmp(a, b, sizeof a), 0));
    smk_buf_deinit(&wanted);
}

/* ---- maps from pairs in any order ---- */

Test(pairs, a_map_comes_out_canonical_whatever_the_order)
{
    struct smk_pairs p = {0};
    struct smk_buf b = {.max = 4096};
    static const char *const key[] = {"office", "b", "aa", "kind", "a", "fields"};
    for (size_t turn = 0; turn < 6; turn++) {
        smk_buf_reset(&b);
        for (size_t i = 0; i < 6; i++)
            smk_pack_uint(smk_pairs_open_text(&p, key[(i + turn) % 6]), (i + turn) % 6);
        smk_pairs_close_into(&p, &b);
        cr_assert(eq(int, b.err, SMK_OK));
        cr_assert(eq(int, smk_walk(smk_buf_view(&b), SMK_WALK_PAYLOAD), SMK_OK));
        for (size_t i = 0; i < 6; i++)
            cr_assert(eq(sz, (size_t)smk_span_uint(smk_span_find(smk_buf_view(&b), key[i])), i));
    }
    smk_pack_nil(smk_pairs_open_text(&p, "x"));
    smk_pack_nil(smk_pairs_open_text(&p, "y"));
    smk_pairs_drop(&p);
    smk_buf_reset(&b);
    smk_pairs_close_into(&p, &b);
    cr_assert(eq(sz, smk_span_count(smk_buf_view(&b)), 1));
    smk_pairs_deinit(&p);
    smk_buf_deinit(&b);
}

Test(pairs, a_key_twice_and_a_key_without_value_are_refused)
{
    struct smk_pairs p = {0};
    struct smk_buf b = {.max = 4096};
    smk_pack_nil(smk_pairs_open_text(&p, "x"));
    smk_pack_nil(smk_pairs_open_text(&p, "x"));
    smk_pairs_close_into(&p, &b);
    cr_assert(eq(int, b.err, SMK_ERR_INVALID));
    smk_buf_reset(&b);
    (void)smk_pairs_open_text(&p, "x");
    smk_pairs_close_into(&p, &b);
    cr_assert(eq(int, b.err, SMK_ERR_INVALID));
    smk_buf_reset(&b);
    smk_pairs_close_into(&p, &b);
    cr_assert(eq(int, b.err, SMK_OK), "the builder can be used again");
    smk_pairs_deinit(&p);
    smk_buf_deinit(&b);
}

Test(pairs, too_little_memory_is_told_as_that)
{
    for (unsigned long nth = 0;; nth++) {
        struct smk_pairs p = {0};
        struct smk_buf b = {.max = 4096};
        static const uint8_t much[2000] = {0};
        test_fault_begin(TEST_FAULT_ONCE, nth);
        smk_pack_bin(smk_pairs_open_text(&p, "x"), SMK_BYTES(much));
        smk_pack_bin(smk_pairs_open_text(&p, "y"), SMK_BYTES(much));
        smk_pairs_close_into(&p, &b);
        smk_pairs_deinit(&p);
        test_fault_end();
        bool has_failed = test_fault_hits() > 0;
        cr_assert(eq(int, b.err, has_failed ? SMK_ERR_NOMEM : SMK_OK), "allocation %lu", nth);
        smk_buf_deinit(&b);
        if (!has_failed)
            break;
    }
}
