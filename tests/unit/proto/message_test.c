#include "proto/message.h"

#include "proto/hash.h"
#include "proto/mem.h"
#include "proto/record.h"
#include "tests/support/notation.h"
#include "tests/support/strict.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(message, .init = start_crypto);

typedef enum smk_err decode_fn(struct smk_value v);

static enum smk_err hello(struct smk_value v)
{
    struct smk_hello m;
    return smk_hello_decode(v, &m);
}

static enum smk_err join(struct smk_value v)
{
    struct smk_join m;
    return smk_join_decode(v, &m);
}

static enum smk_err welcome(struct smk_value v)
{
    struct smk_welcome m;
    return smk_welcome_decode(v, &m);
}

static enum smk_err roots(struct smk_value v)
{
    struct smk_roots m;
    return smk_roots_decode(v, &m);
}

static enum smk_err tree(struct smk_value v)
{
    struct smk_tree_message m;
    return smk_tree_message_decode(v, &m);
}

static enum smk_err want(struct smk_value v)
{
    struct smk_want m;
    return smk_want_decode(v, &m);
}

static enum smk_err ack(struct smk_value v)
{
    struct smk_ack m;
    return smk_ack_decode(v, &m);
}

static enum smk_err lack(struct smk_value v)
{
    struct smk_lack m;
    return smk_lack_decode(v, &m);
}

static enum smk_err done(struct smk_value v)
{
    uint64_t round;
    return smk_done_decode(v, &round);
}

static enum smk_err compare(struct smk_value v)
{
    struct smk_compare m;
    return smk_compare_decode(v, &m);
}

static enum smk_err receipt(struct smk_value v)
{
    struct smk_receipt m;
    return smk_receipt_decode(v, &m);
}

static enum smk_err receipt_answer(struct smk_value v)
{
    bool has_moved;
    uint8_t signature[SMK_SIGNATURE_BYTES];
    return smk_receipt_answer_decode(v, &has_moved, signature);
}

static enum smk_err again(struct smk_value v)
{
    return smk_again_decode(v);
}

static enum smk_err close_message(struct smk_value v)
{
    struct smk_close m;
    return smk_close_decode(v, &m);
}

/* ---- what is taken and what is not ---- */

#define HEAD "[#32x01 #16x02 7 #32x05 0 0]"
#define HASHES "nil nil #32x09 nil nil nil nil nil nil nil nil nil nil nil nil #32x08"

static const struct {
    decode_fn *decode;
    const char *text;
    bool is_good;
    const char *why;
} row[] = {
    {hello, "[1 1 #64x01 nil #32x02]", true, "without certificate"},
    {hello, "[1 1 #64x01 [[#3x01 []]] #32x02 'later']", true, "with one, and a later field"},
    {hello, "[2 1 #64x01 [] #32x02]", true, "an empty certificate is a certificate"},
    {hello, "[1 2 #64x01 nil #32x02]", false, "lowest above level"},
    {hello, "[1 1 #63x01 nil #32x02]", false, "a short binding"},
    {hello, "[1 1 #64x01 7 #32x02]", false, "a certificate that is none"},
    {hello, "[1 1 #64x01 nil #31x02]", false, "a short digest"},
    {hello, "[1 1 #64x01 nil]", false, "no digest"},
    {hello, "[-1 1 #64x01 nil #32x02]", false, "a level below zero"},
    {hello, "{'a' 1}", false, "a map"},

    {join, "[#16x01 #32x02 #32x03 #32x04 #64x05 #32x06]", true, "good"},
    {join, "[#15x01 #32x02 #32x03 #32x04 #64x05 #32x06]", false, "a short id"},
    {join, "[#16x01 #32x02 #32x03 #32x04 #64x05]", false, "no box proof"},

    {welcome, "[#9x01 [1]]", true, "good"},
    {welcome, "[#9x01 []]", false, "no decision"},
    {welcome, "[#2049x01 [1]]", false, "a genesis too long"},
    {welcome, "['a' [1]]", false, "a genesis that is none"},

    {roots, "[1 []]", true, "none"},
    {roots, "[1 [['gov' #32x01] ['pub' #32x02]]]", true, "two"},
    {roots, "[1 [['pub' #32x01] ['gov' #32x02]]]", false, "in the wrong order"},
    {roots, "[1 [['gov' #32x01] ['gov' #32x01]]]", false, "one twice"},
    {roots, "[1 [['gov' #32x01 1]]]", false, "an entry of three"},
    {roots, "[1 [['gov']]]", false, "an entry of one"},
    {roots, "[1 [['gouv' #32x01]]]", false, "no scope"},
    {roots, "[1 [['gov' #31x01]]]", false, "a short root"},
    {roots, "['a' []]", false, "a round that is none"},

    {tree, "['pub' [] false]", true, "nothing"},
    {tree, "['pub' [] true 1]", true, "a later field"},
    {tree, "['pub' []]", false, "no `more`"},
    {tree, "['pub' [[0 #1x00 [" HASHES "]]] false]", true, "children of the root"},
    {tree, "['pub' [[0 #2x01 [" HASHES "]]] false]", false, "an odd prefix whose rest is not 0"},
    {tree, "['pub' [[0 #3x02 [" HASHES "]]] false]", false, "more path than nibbles"},
    {tree, "['pub' [[0 #0x00 [" HASHES "]]] false]", false, "no prefix"},
    {tree, "['pub' [[0 #33x40 [" HASHES "]]] false]", false, "children of a leaf"},
    {tree, "['pub' [[0 #33x41 [" HASHES "]]] false]", false, "65 nibbles"},
    {tree, "['pub' [[0 #1x00 [nil]]] false]", false, "one child"},
    {tree, "['pub' [[0 #1x00 [" HASHES " nil]]] false]", false, "seventeen"},
    {tree, "['pub' [[0 #1x00 [#31x01 nil nil nil nil nil nil nil nil nil nil nil nil nil nil nil]]] false]",
     false, "a short hash"},
    {tree, "['pub' [[3 #1x00 []]] false]", false, "an unknown kind"},
    {tree, "['pub' [[1 #1x00 []]] false]", true, "no leaves"},
    {tree, "['pub' [[1 #1x00 [" HEAD "]]] false]", true, "a leaf that asks"},
    {tree, "['pub' [[2 #1x00 [" HEAD "]]] false]", true, "a leaf"},
    {tree, "['pub' [[2 #1x00 [" HEAD " " HEAD "]]] false]", false, "one leaf twice"},
    {tree, "['pub' [[2 #33x40 [" HEAD "]]] false]", false, "a leaf that does not stand there"},
    {tree, "['pub' [[2 #1x00 [[#32x01 #16x02 0 #32x05 0 0]]]] false]", false, "seq 0"},
    {tree, "['pub' [[2 #1x00 [[#32x01 #16x02 7 #32x05 3 0]]]] false]", false, "an unknown state"},
    {tree, "['pub' [[2 #1x00 [[#32x01 #16x02 7 #32x05 0]]]] false]", false, "a head of five"},
    {tree, "['pub' [[2 #1x00 [[#32x01 #16x02 7 #32x05 0 0 0]]]] false]", false, "a head of seven"},
    {tree, "['pub' [[2 #1x00 [[#32x01 #16x02 9007199254740992 #32x05 0 0]]]] false]", false,
     "beyond the last seq"},
    {tree, "['pub' [[2 #1x00 [[#32x01 #16x02 7 #32x05 1 8]]]] false]", true, "forked behind its head"},
    {tree, "['pub' [[2 #1x00 [[#32x01 #16x02 0 #32x00 1 1]]]] false]", true, "forked at its first record"},
    {tree, "['pub' [[2 #1x00 [[#32x01 #16x02 7 #32x05 1 7]]]] false]", false, "forked at its head"},
    {tree, "['pub' [[2 #1x00 [[#32x01 #16x02 7 #32x05 1 0]]]] false]", false, "forked nowhere"},
    {tree, "['pub' [[2 #1x00 [[#32x01 #16x02 7 #32x05 0 8]]]] false]", false, "whole, and forked"},
    {tree, "['pub' [[2 #1x00 [] 1]] false]", false, "an item of four"},
    {tree, "['pub' [[2 #1x00]] false]", false, "an item of two"},
    {tree, "['' [] false]", false, "no scope"},

    {want, "['pub' [[#32x01 #16x02 1 1]]]", true, "one record"},
    {want, "['pub' []]", false, "nothing"},
    {want, "['pub' [[#32x01 #16x02 2 1]]]", false, "from behind to"},
    {want, "['pub' [[#32x01 #16x02 0 1]]]", false, "from 0"},
    {want, "['pub' [[#32x01 #16x02 1 9007199254740992]]]", false, "beyond the last seq"},
    {want, "['pub' [[#32x01 #16x02 1 1 1]]]", false, "a run of five"},
    {want, "['pub' [[#32x01 #16x02 1]]]", false, "a run of three"},
    {want, "['pub' [[#32x01 #17x02 1 1]]]", false, "a long incarnation"},
    {want, "[1 [[#32x01 #16x02 1 1]]]", false, "no scope"},

    {ack, "[1 0]", true, "good"},
    {ack, "[1]", false, "no code"},
    {ack, "[1 -1]", false, "a code below zero"},

    {lack, "['pub' #32x01 #16x02 1 13]", true, "good"},
    {lack, "['pub' #32x01 #16x02 0 13]", false, "from 0"},
    {lack, "['pub' #32x01 #16x02 1]", false, "no code"},
    {lack, "['' #32x01 #16x02 1 13]", false, "no scope"},

    {done, "[1]", true, "good"},
    {done, "[]", false, "no round"},

    {compare, "[1 #32x01]", true, "good"},
    {compare, "[1 #33x01]", false, "a long digest"},

    {receipt, "[9 #64x02]", true, "good"},
    {receipt, "[9 #65x02]", false, "a long signature"},
    {receipt, "[nil #64x02]", false, "no time"},

    {receipt_answer, "[#64x01]", true, "signed"},
    {receipt_answer, "[nil]", true, "moved"},
    {receipt_answer, "[false]", false, "neither"},
    {receipt_answer, "[]", false, "nothing"},

    {again, "[]", true, "good"},
    {again, "[1]", true, "a later field"},
    {again, "nil", false, "no array"},

    {close_message, "[0 5]", true, "good"},
    {close_message, "[0]", false, "no count"},
};

Test(message, takes_what_is_in_form_and_refuses_the_rest)
{
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
        struct smk_tree t = {0};
        test_pack(&b, row[i].text, NULL);
        cr_assert(eq(int, smk_tree_decode(smk_buf_view(&b), SMK_WALK_PAYLOAD, &t), SMK_OK), "row %zu", i);
        enum smk_err wanted = row[i].is_good ? SMK_OK : SMK_ERR_MALFORMED;
        cr_assert(eq(int, row[i].decode(t.root), wanted), "row %zu, %s: %s", i, row[i].text, row[i].why);
        smk_tree_deinit(&t);
        smk_buf_deinit(&b);
    }
}

Test(message, never_looks_past_a_value_of_another_shape)
{
    static const char *const odd[] = {"[]",
                                      "nil",
                                      "7",
                                      "'a'",
                                      "#5x01",
                                      "{}",
                                      "[[[[]]]]",
                                      "[-1 nil nil nil nil nil]",
                                      "[[] [] [] [] [] []]",
                                      "['pub' [[]] true]",
                                      "['pub' [nil] true]",
                                      "[1 [1 -2]]",
                                      "['pub' [[1 #1x00 [1]]] true]",
                                      "[true true true true true true]"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        struct smk_buf b = {.max = 4096};
        struct smk_tree t = {0};
        test_pack(&b, odd[i], NULL);
        cr_assert(eq(int, smk_tree_decode(smk_buf_view(&b), SMK_WALK_PAYLOAD, &t), SMK_OK));
        for (size_t k = 0; k < sizeof row / sizeof row[0]; k++) {
            enum smk_err err = row[k].decode(t.root);
            cr_assert(err == SMK_ERR_MALFORMED || row[k].decode == again || row[k].decode == done, "%s: %s",
                      odd[i], row[k].text);
        }
        smk_tree_deinit(&t);
        smk_buf_deinit(&b);
    }
}

/* ---- limits: the last that is allowed, and one more ---- */

static enum smk_err decode_list(decode_fn *decode, const char *before, const char *entry, size_t count,
                                const char *after)
{
    size_t len = strlen(before) + count * (strlen(entry) + 1) + strlen(after) + 1;
    char *text = calloc(1, len);
    struct smk_buf b = {.max = 16 * SMK_MESSAGE_BYTES_MAX};
    struct smk_tree t = {0};
    char *at = text;
    at = memcpy(at, before, strlen(before));
    at += strlen(before);
    for (size_t i = 0; i < count; i++) {
        memcpy(at, entry, strlen(entry));
        at += strlen(entry);
        *at++ = ' ';
    }
    memcpy(at, after, strlen(after));
    test_pack(&b, text, NULL);
    cr_assert(eq(int, smk_tree_decode(smk_buf_view(&b), SMK_WALK_PAYLOAD, &t), SMK_OK));
    enum smk_err err = decode(t.root);
    smk_tree_deinit(&t);
    smk_buf_deinit(&b);
    free(text);
    return err;
}

Test(message, lists_end_at_their_limits, .timeout = 30)
{
    static const struct {
        decode_fn *decode;
        const char *before, *entry, *after;
        size_t max;
    } limit[] = {
        {hello, "[1 1 #64x01 [", "1", "] #32x02]", SMK_CERT_DECISIONS_MAX},
        {welcome, "[#9x01 [", "1", "]]", SMK_CERT_DECISIONS_MAX},
        {want, "['pub' [", "[#32x01 #16x02 1 1]", "]]", SMK_WANT_RUNS_MAX},
        {tree, "['pub' [", "[1 #1x00 []]", "] false]", SMK_TREE_ITEMS_MAX},
    };
    for (size_t i = 0; i < sizeof limit / sizeof limit[0]; i++) {
        cr_assert(
            eq(int,
               decode_list(limit[i].decode, limit[i].before, limit[i].entry, limit[i].max, limit[i].after),
               SMK_OK),
            "limit %zu", i);
        cr_assert(eq(int,
                     decode_list(limit[i].decode, limit[i].before, limit[i].entry, limit[i].max + 1,
                                 limit[i].after),
                     SMK_ERR_MALFORMED),
                  "limit %zu", i);
    }
}

static int compare_heads(const void *a, const void *b)
{
    return memcmp(((const struct smk_head *)a)->log_id, ((const struct smk_head *)b)->log_id, SMK_ID_BYTES);
}

/* A tree message with one item of count heads in their order. */
static enum smk_err decode_heads(enum smk_walk_kind kind, size_t count)
{
    struct smk_scope pub = smk_scope_of("pub");
    struct smk_head *head = calloc(count, sizeof *head);
    struct smk_buf items = {.max = SMK_MESSAGE_BYTES_MAX}, b = {.max = SMK_MESSAGE_BYTES_MAX};
    struct smk_prefix root = {0};
    struct smk_tree t = {0};
    for (size_t i = 0; i < count; i++) {
        head[i].seq = i + 1;
        memcpy(head[i].author, &i, sizeof i);
        smk_log_id(head[i].author, head[i].incarnation, &pub, head[i].log_id);
    }
    qsort(head, count, sizeof *head, compare_heads);
    smk_tree_item_begin(kind, &root, count, &items);
    for (size_t i = 0; i < count; i++)
        smk_tree_head_encode(&head[i], &items);
    smk_tree_message_encode(&pub, 1, smk_buf_view(&items), false, &b);
    cr_assert(eq(int, smk_tree_decode(smk_buf_view(&b), SMK_WALK_PAYLOAD, &t), SMK_OK));
    enum smk_err err = tree(t.root);
    if (err == SMK_OK) {
        struct smk_tree_message m;
        struct smk_head back;
        cr_assert(eq(int, smk_tree_message_decode(t.root, &m), SMK_OK));
        struct smk_tree_item item = smk_tree_message_at(&m, 0);
        cr_assert(eq(sz, item.head_count, count));
        smk_tree_item_head(&item, &pub, count - 1, &back);
        cr_assert(eq(int, memcmp(&back, &head[count - 1], sizeof back), 0));
    }
    smk_tree_deinit(&t);
    smk_buf_deinit(&items);
    smk_buf_deinit(&b);
    free(head);
    return err;
}

Test(message, leaves_end_at_their_limits, .timeout = 30)
{
    cr_assert(eq(int, decode_heads(SMK_WALK_LEAVES_ASK, SMK_TREE_LEAVES_MAX), SMK_OK));
    cr_assert(eq(int, decode_heads(SMK_WALK_LEAVES_ASK, SMK_TREE_LEAVES_MAX + 1), SMK_ERR_MALFORMED));
    cr_assert(eq(int, decode_heads(SMK_WALK_LEAVES, SMK_TREE_REPLY_LEAVES_MAX), SMK_OK));
    cr_assert(eq(int, decode_heads(SMK_WALK_LEAVES, SMK_TREE_REPLY_LEAVES_MAX + 1), SMK_ERR_MALFORMED));
}

/* ---- there and back ---- */

static struct smk_tree decoded(struct smk_buf *b)
{
    struct smk_tree t = {0};
    cr_assert(eq(int, b->err, SMK_OK));
    cr_assert(eq(int, smk_tree_decode(smk_buf_view(b), SMK_WALK_PAYLOAD, &t), SMK_OK));
    return t;
}

Test(message, what_was_written_is_read_back)
{
    struct smk_buf b = {.max = 65536};
    struct smk_tree t;

    struct smk_lack lack_in = {.scope = smk_scope_of("dm:0201"), .from = 77, .code = 14}, lack_out;
    memset(lack_in.author, 3, sizeof lack_in.author);
    memset(lack_in.incarnation, 4, sizeof lack_in.incarnation);
    smk_lack_encode(&lack_in, &b);
    t = decoded(&b);
    cr_assert(eq(int, smk_lack_decode(t.root, &lack_out), SMK_OK));
    cr_assert(smk_scope_is_equal(&lack_in.scope, &lack_out.scope));
    cr_assert(eq(int, memcmp(lack_in.author, lack_out.author, SMK_KEY_BYTES), 0));
    cr_assert(lack_out.from == 77 && lack_out.code == 14);
    smk_tree_deinit(&t);
    smk_buf_reset(&b);

    struct smk_want_run run_in = {.author = {1}, .incarnation = {2}, .from = 3, .to = 4};
    struct smk_want want_out;
    smk_want_begin(&lack_in.scope, 1, &b);
    smk_want_run_encode(&run_in, &b);
    t = decoded(&b);
    cr_assert(eq(int, smk_want_decode(t.root, &want_out), SMK_OK));
    struct smk_want_run run_out = smk_want_at(&want_out, 0);
    cr_assert(eq(int, memcmp(&run_in, &run_out, sizeof run_in), 0));
    smk_tree_deinit(&t);
    smk_buf_reset(&b);

    struct smk_scope_root root_in[2] = {{smk_scope_of("gov"), {1}}, {smk_scope_of("pub"), {2}}};
    struct smk_roots roots_out;
    smk_roots_encode(9, root_in, 2, &b);
    t = decoded(&b);
    cr_assert(eq(int, smk_roots_decode(t.root, &roots_out), SMK_OK));
    cr_assert(roots_out.round == 9 && roots_out.count == 2);
    for (size_t i = 0; i < 2; i++) {
        struct smk_scope_root back = smk_roots_at(&roots_out, i);
        cr_assert(smk_scope_is_equal(&back.scope, &root_in[i].scope));
        cr_assert(eq(int, memcmp(back.root, root_in[i].root, SMK_HASH_BYTES), 0));
    }
    smk_tree_deinit(&t);
    smk_buf_deinit(&b);
}

Test(message, children_are_read_slot_by_slot)
{
    struct smk_buf b = {.max = 65536}, items = {.max = 65536};
    struct smk_scope pub = smk_scope_of("pub");
    struct smk_prefix at = {.nibbles = 3, .path = {0xab, 0xc0}};
    struct smk_tree_message m;
    uint8_t hash[SMK_HASH_BYTES], zeros[SMK_HASH_BYTES] = {0};
    smk_tree_item_begin(SMK_WALK_CHILDREN, &at, 16, &items);
    for (unsigned i = 0; i < 16; i++) {
        memset(hash, (int)i + 1, sizeof hash);
        if (i % 5 == 0)
            smk_pack_nil(&items);
        else
            smk_pack_bin(&items, SMK_BYTES(hash));
    }
    smk_tree_message_encode(&pub, 1, smk_buf_view(&items), true, &b);
    struct smk_tree t = decoded(&b);
    cr_assert(eq(int, smk_tree_message_decode(t.root, &m), SMK_OK));
    cr_assert(m.has_more);
    struct smk_tree_item item = smk_tree_message_at(&m, 0);
    cr_assert(eq(int, memcmp(&item.prefix, &at, sizeof at), 0));
    for (unsigned i = 0; i < 16; i++) {
        uint8_t expected[SMK_HASH_BYTES];
        memset(expected, (int)i + 1, sizeof expected);
        smk_tree_item_child(&item, i, hash);
        cr_assert(eq(int, memcmp(hash, i % 5 == 0 ? zeros : expected, sizeof hash), 0));
    }
    smk_tree_deinit(&t);
    smk_buf_deinit(&items);
    smk_buf_deinit(&b);
}

/* The decoder of the kind at hand, for bytes. */
static decode_fn *strict_decode;

static enum smk_err decode_bytes(struct smk_bytes bytes)
{
    struct smk_tree t = {0};
    enum smk_err err = smk_tree_decode(bytes, SMK_WALK_PAYLOAD, &t);
    if (err == SMK_OK)
        err = strict_decode(t.root);
    smk_tree_deinit(&t);
    return err;
}

Test(message, every_prefix_is_truncated_and_one_byte_more_is_trailing, .timeout = 60)
{
    size_t tried = 0;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
        if (!row[i].is_good)
            continue;
        test_pack(&b, row[i].text, NULL);
        strict_decode = row[i].decode;
        const char *why = test_strictness(smk_buf_view(&b), decode_bytes);
        cr_assert(eq(ptr, (void *)(uintptr_t)why, NULL), "%s: %s", row[i].text, why);
        tried++;
        smk_buf_deinit(&b);
    }
    cr_assert(gt(sz, tried, 20));
}

/* A field less is none; a field more is one of a later version. */
Test(message, of_every_kind_needs_its_fields_and_takes_later_ones)
{
    static const struct {
        decode_fn *decode;
        const char *text;
    } whole[] = {
        {hello, "[1 1 #64x01 nil #32x02]"},
        {join, "[#16x01 #32x02 #32x03 #32x04 #64x05 #32x06]"},
        {welcome, "[#9x01 [1]]"},
        {roots, "[1 [['gov' #32x01]]]"},
        {tree, "['pub' [[2 #1x00 [" HEAD "]]] false]"},
        {want, "['pub' [[#32x01 #16x02 1 1]]]"},
        {ack, "[1 0]"},
        {lack, "['pub' #32x01 #16x02 1 13]"},
        {done, "[1]"},
        {compare, "[1 #32x01]"},
        {receipt, "[9 #64x02]"},
        {receipt_answer, "[#64x01]"},
        {again, "[]"},
        {close_message, "[0 12]"},
    };
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
        test_pack(&b, whole[i].text, NULL);
        strict_decode = whole[i].decode;
        const char *why = test_field_strictness(smk_buf_view(&b), decode_bytes, SMK_ERR_MALFORMED, SMK_OK);
        cr_assert(eq(ptr, (void *)(uintptr_t)why, NULL), "%s: %s", whole[i].text, why);
        smk_buf_deinit(&b);
    }
}
