#include "proto/decision.h"
#include "proto/hash.h"
#include "tests/support/builders.h"
#include "tests/support/fault.h"
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

TestSuite(decision, .init = start_crypto);

static enum smk_err decode_body(struct smk_bytes body)
{
    struct smk_decision d;
    return smk_decision_decode(body, &d);
}

/* Decodes one body of each kind from the text of its array. */
static enum smk_err decode_text(const char *text)
{
    struct smk_sign_key key;
    struct smk_buf b = {.max = 2 * SMK_DECISION_BYTES_MAX};
    test_sign_key("device", 1, &key);
    struct smk_bytes args[] = {SMK_BYTES(key.public_key)};
    test_pack(&b, text, args);
    enum smk_err err = decode_body(smk_buf_view(&b));
    smk_buf_deinit(&b);
    return err;
}

static void expect_round_trip(const struct smk_decision *d)
{
    struct smk_buf body = {.max = SMK_DECISION_BYTES_MAX}, again = {.max = SMK_DECISION_BYTES_MAX};
    struct smk_decision back;
    smk_decision_encode(d, &body);
    cr_assert(eq(int, body.err, SMK_OK));
    cr_assert(eq(int, smk_decision_decode(smk_buf_view(&body), &back), SMK_OK));
    cr_assert(eq(int, back.kind, d->kind));
    cr_assert(eq(int, memcmp(&back, d, sizeof back), 0), "kind %d", (int)d->kind);
    smk_decision_encode(&back, &again);
    cr_assert(smk_bytes_is_equal(smk_buf_view(&body), smk_buf_view(&again)));
    const char *why = test_strictness(smk_buf_view(&body), decode_body);
    cr_assert(eq(ptr, (void *)(uintptr_t)why, NULL), "%s", why);
    smk_buf_deinit(&body);
    smk_buf_deinit(&again);
}

/* A decision that is all zeros where nothing is set, so that memcmp compares it. */
static void blank(struct smk_decision *d, const struct smk_decision *from)
{
    memset(d, 0, sizeof *d);
    d->kind = from->kind;
    switch (from->kind) {
    case SMK_DECIDE_ORGANISATION: d->organisation = from->organisation; return;
    case SMK_DECIDE_OFFICE: d->office = from->office; return;
    case SMK_DECIDE_DEVICE: d->device = from->device; return;
    }
}

Test(decision, of_every_kind_comes_back_as_it_was_written)
{
    struct test_device device;
    uint8_t hash[SMK_HASH_BYTES] = {9};
    struct smk_decision made, d;
    test_device_init(&device, 1);
    made = test_organisation("ctod", "member", "02 0301 0302");
    blank(&d, &made);
    expect_round_trip(&d);
    memcpy(d.organisation.name.en, "Both", 5);
    test_replace(&d, hash);
    expect_round_trip(&d);
    made = test_office("ctod-editor", "ctod", "member_editor", "0201");
    blank(&d, &made);
    expect_round_trip(&d);
    memcpy(d.office.meeting, "annual", 7);
    d.office.area[0] = '\0';
    memset(d.office.area, 0, sizeof d.office.area);
    expect_round_trip(&d);
    made = test_device(&device, "ctod", "a b c-d");
    blank(&d, &made);
    expect_round_trip(&d);
    d.device.has_invitation = true;
    d.device.invitation[3] = 7;
    for (uint8_t i = 0; i < SMK_CERT_DECISIONS_MAX; i++) {
        hash[0] = (uint8_t)(200 - i);
        test_replace(&d, hash);
    }
    expect_round_trip(&d);
}

Test(decision, organisation_rules)
{
    static const struct {
        const char *text;
        enum smk_err err;
    } row[] = {
        {"[1 1 'a' [] {'kind' 'member' 'name' {'en' 'A'} 'areas' []}]", SMK_OK},
        {"[1 1 'a' [] {'kind' 'future' 'name' {'km' 'A'} 'areas' ['02' '0301' '04']}]", SMK_OK},
        {"[1 1 'a' [] {'kind' 'member' 'more' 1 'name' {'en' 'A' 'fr' 1} 'areas' []}]", SMK_OK},
        {"[1 1 'A' [] {'kind' 'member' 'name' {'en' 'A'} 'areas' []}]", SMK_ERR_MALFORMED},
        {"[1 1 #1x61 [] {'kind' 'member' 'name' {'en' 'A'} 'areas' []}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] {'kind' '' 'name' {'en' 'A'} 'areas' []}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] {'kind' 'abcdefghijklmnopqrstuvwxy' 'name' {'en' 'A'} 'areas' []}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] {'name' {'en' 'A'} 'areas' []}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] {'kind' 'member' 'areas' []}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] {'kind' 'member' 'name' {'en' 'A'}}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] {'kind' 'member' 'name' {} 'areas' []}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] {'kind' 'member' 'name' {'en' ''} 'areas' []}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] {'kind' 'member' 'name' {'en' 'A' 'km' ''} 'areas' []}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] {'kind' 'member' 'name' {'en' nil} 'areas' []}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] {'kind' 'member' 'name' 'A' 'areas' []}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] {'kind' 'member' 'name' {'en' 'A'} 'areas' ['2']}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] {'kind' 'member' 'name' {'en' 'A'} 'areas' ['020']}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] {'kind' 'member' 'name' {'en' 'A'} 'areas' ['02011']}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] {'kind' 'member' 'name' {'en' 'A'} 'areas' ['0a']}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] {'kind' 'member' 'name' {'en' 'A'} 'areas' [2]}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] {'kind' 'member' 'name' {'en' 'A'} 'areas' ['03' '02']}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] {'kind' 'member' 'name' {'en' 'A'} 'areas' ['02' '02']}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] {'kind' 'member' 'name' {'en' 'A'} 'areas' nil}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [#32x02 #32x01] {'kind' 'member' 'name' {'en' 'A'} 'areas' []}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' nil {'kind' 'member' 'name' {'en' 'A'} 'areas' []}]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] []]", SMK_ERR_MALFORMED},
        {"[1 1 'a' [] {'kind' 'member' 'name' {'en' 'A'} 'areas' []} 1]", SMK_ERR_MALFORMED},
        {"[1 1 'a' []]", SMK_ERR_MALFORMED},
        {"[2 1 'a' [] {}]", SMK_ERR_NEWER_VERSION},
        {"[2]", SMK_ERR_NEWER_VERSION},
        {"[1 4 'a' [] {}]", SMK_ERR_NEWER_VERSION},
        {"[1 4 nil [] {}]", SMK_ERR_NEWER_VERSION},
        {"[1 0 'a' [] {}]", SMK_ERR_MALFORMED},
        {"[nil 1 'a' [] {}]", SMK_ERR_MALFORMED},
        {"{}", SMK_ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(int, decode_text(row[i].text), row[i].err), "%s", row[i].text);
}

Test(decision, office_and_device_rules)
{
    static const struct {
        const char *text;
        enum smk_err err;
    } row[] = {
        {"[1 2 'o' [] {'org' 'a' 'role' 'auditor' 'title' {'en' 'T'}}]", SMK_OK},
        {"[1 2 'o' [] {'org' 'a' 'area' '02' 'role' 'auditor' 'title' {'en' 'T'} 'meeting' 'm'}]", SMK_OK},
        {"[1 2 'o' [] {'org' 'a' 'role' 'a future role' 'title' {'en' 'T'}}]", SMK_OK},
        {"[1 2 'o' [] {'org' 'a' 'area' '' 'role' 'auditor' 'title' {'en' 'T'}}]", SMK_ERR_MALFORMED},
        {"[1 2 'o' [] {'org' 'a' 'area' '020' 'role' 'auditor' 'title' {'en' 'T'}}]", SMK_ERR_MALFORMED},
        {"[1 2 'o' [] {'org' 'a' 'area' nil 'role' 'auditor' 'title' {'en' 'T'}}]", SMK_ERR_MALFORMED},
        {"[1 2 'o' [] {'org' 'A' 'role' 'auditor' 'title' {'en' 'T'}}]", SMK_ERR_MALFORMED},
        {"[1 2 'o' [] {'role' 'auditor' 'title' {'en' 'T'}}]", SMK_ERR_MALFORMED},
        {"[1 2 'o' [] {'org' 'a' 'title' {'en' 'T'}}]", SMK_ERR_MALFORMED},
        {"[1 2 'o' [] {'org' 'a' 'role' 'auditor'}]", SMK_ERR_MALFORMED},
        {"[1 2 'o' [] {'org' 'a' 'role' 'auditor' 'title' {'en' 'T'} 'meeting' ''}]", SMK_ERR_MALFORMED},
        {"[1 2 'o' [] {'org' 'a' 'role' 'auditor' 'title' {'en' 'T'} 'meeting' "
         "'01234567890123456789012345678901234567890123456789012345678901234'}]",
         SMK_ERR_MALFORMED},
        {"[1 2 $0 [] {'org' 'a' 'role' 'auditor' 'title' {'en' 'T'}}]", SMK_ERR_MALFORMED},
        {"[1 3 $0 [] {'box' #32x01 'org' 'a' 'offices' [] 'transport' #32x02}]", SMK_OK},
        {"[1 3 $0 [] {'box' #32x01 'org' 'a' 'offices' ['x' 'y'] 'transport' #32x02 'invitation' #16x03}]",
         SMK_OK},
        {"[1 3 $0 [] {'box' #32x01 'org' 'a' 'offices' ['y' 'x'] 'transport' #32x02}]", SMK_ERR_MALFORMED},
        {"[1 3 $0 [] {'box' #32x01 'org' 'a' 'offices' ['x' 'x'] 'transport' #32x02}]", SMK_ERR_MALFORMED},
        {"[1 3 $0 [] {'box' #32x01 'org' 'a' 'offices' ['X'] 'transport' #32x02}]", SMK_ERR_MALFORMED},
        {"[1 3 $0 [] {'box' #32x01 'org' 'a' 'offices' nil 'transport' #32x02}]", SMK_ERR_MALFORMED},
        {"[1 3 $0 [] {'box' #32x01 'org' 'a' 'transport' #32x02}]", SMK_ERR_MALFORMED},
        {"[1 3 $0 [] {'box' #31x01 'org' 'a' 'offices' [] 'transport' #32x02}]", SMK_ERR_MALFORMED},
        {"[1 3 $0 [] {'org' 'a' 'offices' [] 'transport' #32x02}]", SMK_ERR_MALFORMED},
        {"[1 3 $0 [] {'box' #32x01 'org' 'a' 'offices' [] 'transport' '02'}]", SMK_ERR_MALFORMED},
        {"[1 3 $0 [] {'box' #32x01 'org' 'a' 'offices' []}]", SMK_ERR_MALFORMED},
        {"[1 3 $0 [] {'box' #32x01 'offices' [] 'transport' #32x02}]", SMK_ERR_MALFORMED},
        {"[1 3 $0 [] {'box' #32x01 'org' 'a' 'offices' [] 'transport' #32x02 'invitation' #17x03}]",
         SMK_ERR_MALFORMED},
        {"[1 3 $0 [] {'box' #32x01 'org' 'a' 'offices' [] 'transport' #32x02 'invitation' nil}]",
         SMK_ERR_MALFORMED},
        {"[1 3 'a' [] {'box' #32x01 'org' 'a' 'offices' [] 'transport' #32x02}]", SMK_ERR_MALFORMED},
        {"[1 3 #32x00 [] {'box' #32x01 'org' 'a' 'offices' [] 'transport' #32x02}]", SMK_ERR_MALFORMED},
        {"[1 3 #32xff [] {'box' #32x01 'org' 'a' 'offices' [] 'transport' #32x02}]", SMK_ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(int, decode_text(row[i].text), row[i].err), "%s", row[i].text);
}

Test(decision, a_device_key_outside_the_prime_order_group_is_refused)
{
    /* points of order 1, 2, 4 and 8, then one of mixed order: with such, two keys could stand for one */
    static const char *const row[] = {
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "9599999999999999999999999999999999999999999999999999999999999999", /* the base point and the point of order 2 */
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        uint8_t key[SMK_KEY_BYTES];
        struct smk_buf b = {.max = SMK_DECISION_BYTES_MAX};
        cr_assert(smk_hex_parse(row[i], key, sizeof key));
        struct smk_bytes args[] = {SMK_BYTES(key)};
        test_pack(&b, "[1 3 $0 [] {'box' #32x01 'org' 'a' 'offices' [] 'transport' #32x02}]", args);
        cr_assert(eq(int, decode_body(smk_buf_view(&b)), SMK_ERR_MALFORMED), "%s", row[i]);
        smk_buf_deinit(&b);
    }
}

Test(decision, limits_one_below_at_and_above)
{
    static const struct {
        const char *format; /* with the place of the letters */
        int letters;
    } row[] = {
        {"[1 1 'a' [] {'kind' 'member' 'name' {'en' '%.*s'} 'areas' []}]", 255},
        {"[1 1 'a' [] {'kind' 'member' 'name' {'km' '%.*s'} 'areas' []}]", 511},
        {"[1 1 'a' [] {'kind' '%.*s' 'name' {'km' 'A'} 'areas' []}]", 24},
        {"[1 1 '%.*s' [] {'kind' 'member' 'name' {'km' 'A'} 'areas' []}]", 24},
        {"[1 2 'o' [] {'org' 'a' 'role' '%.*s' 'title' {'en' 'T'}}]", 24},
        {"[1 2 'o' [] {'org' 'a' 'role' 'r' 'title' {'en' 'T'} 'meeting' '%.*s'}]", 64},
    };
    char letters[1024], text[2048];
    memset(letters, 'a', sizeof letters);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        for (int more = -1; more <= 1; more++) {
            int len = snprintf(text, sizeof text, row[i].format, row[i].letters + more, letters);
            cr_assert(lt(int, len, (int)sizeof text));
            cr_assert(eq(int, decode_text(text), more > 0 ? SMK_ERR_MALFORMED : SMK_OK), "row %zu, %d", i,
                      more);
        }
    }
}

/* An array of count texts, each "02", "03", ... or its slug form. */
static enum smk_err decode_with_list(bool is_device, int count)
{
    char text[4096] = "", item[16];
    size_t len = 0;
    for (int i = 0; i < count; i++, len += strlen(item)) {
        (void)snprintf(item, sizeof item, "'%02d' ", 2 + i); /* always fits */
        memcpy(text + len, item, strlen(item) + 1);
    }
    char body[8192];
    const char *format = is_device ? "[1 3 $0 [] {'box' #32x01 'org' 'a' 'offices' [%s] 'transport' #32x02}]"
                                   : "[1 1 'a' [] {'kind' 'member' 'name' {'en' 'A'} 'areas' [%s]}]";
    (void)snprintf(body, sizeof body, format, text); /* always fits */
    return decode_text(body);
}

Test(decision, at_most_32_areas_32_offices_and_4096_bytes)
{
    for (int is_device = 0; is_device < 2; is_device++) {
        cr_assert(eq(int, decode_with_list(is_device == 1, 31), SMK_OK));
        cr_assert(eq(int, decode_with_list(is_device == 1, 32), SMK_OK));
        cr_assert(eq(int, decode_with_list(is_device == 1, 33), SMK_ERR_MALFORMED));
    }
    cr_assert(eq(int, decode_text("[1 4 #4087x00 [] {}]"), SMK_ERR_NEWER_VERSION), "4095 bytes");
    cr_assert(eq(int, decode_text("[1 4 #4088x00 [] {}]"), SMK_ERR_NEWER_VERSION), "4096 bytes");
    cr_assert(eq(int, decode_text("[1 4 #4089x00 [] {}]"), SMK_ERR_TOO_BIG), "4097 bytes");
}

Test(decision, texts_contain_no_zero_byte)
{
    struct smk_buf b = {.max = SMK_DECISION_BYTES_MAX};
    test_pack(&b, "[1 1 'a' [] {'kind' 'member' 'name' {'en' 'AZB'} 'areas' []}]", NULL);
    cr_assert(eq(int, decode_body(smk_buf_view(&b)), SMK_OK));
    uint8_t *at = memchr(b.data, 'Z', b.len);
    cr_assert(ne(ptr, at, NULL));
    *at = 0;
    cr_assert(eq(int, decode_body(smk_buf_view(&b)), SMK_ERR_MALFORMED));
    smk_buf_deinit(&b);
}

Test(decision, signing_sorts_the_keys_and_every_signature_is_good)
{
    struct smk_sign_key key[SMK_ROOT_KEYS_MAX];
    uint8_t coalition[SMK_ID_BYTES] = {5}, hash[SMK_HASH_BYTES];
    struct smk_bytes body = smk_bytes_of_text("any bytes");
    smk_decision_hash(body, hash);
    for (size_t i = 0; i < SMK_ROOT_KEYS_MAX; i++)
        test_sign_key("root", i, &key[i]);
    for (size_t count = 0; count <= SMK_ROOT_KEYS_MAX; count++) {
        struct smk_buf b = {.max = SMK_PAYLOAD_BYTES_MAX};
        struct smk_tree tree;
        struct smk_decision_form form;
        cr_assert(eq(int, smk_decision_sign(body, key, count, coalition, &b), SMK_OK));
        cr_assert(eq(int, smk_tree_decode(smk_buf_view(&b), SMK_WALK_PAYLOAD, &tree), SMK_OK));
        cr_assert(eq(int, smk_decision_form_read(tree.root, &form), SMK_OK));
        cr_assert(smk_bytes_is_equal(form.body, body));
        cr_assert(eq(sz, form.sig_count, count));
        for (size_t i = 0; i < count; i++)
            cr_assert(smk_verify(form.sig[i].key, SMK_SIGN_DECISION, coalition, hash, form.sig[i].signature));
        smk_tree_deinit(&tree);
        smk_buf_deinit(&b);
    }
    struct smk_buf small = {.max = 20};
    cr_assert(eq(int, smk_decision_sign(body, key, 1, coalition, &small), SMK_ERR_TOO_BIG_HERE));
    smk_buf_deinit(&small);
}

Test(decision, stands_in_a_pair_or_a_map_with_pairs_of_key_and_signature)
{
    static const struct {
        const char *text;
        enum smk_err err;
    } row[] = {
        {"[#3x01 [[#32x02 #64x03]]]", SMK_OK},
        {"[#3x01 []]", SMK_OK},
        {"{'body' #3x01 'sigs' [[#32x02 #64x03]]}", SMK_OK},
        {"[#3x01 [[#32x02 #64x03]] 0]", SMK_ERR_MALFORMED},
        {"[#3x01 [] nil]", SMK_ERR_MALFORMED},
        {"[#3x01]", SMK_ERR_MALFORMED},
        {"[]", SMK_ERR_MALFORMED},
        {"[#3x01 [[#32x02 #64x03 0]]]", SMK_ERR_MALFORMED},
        {"[#3x01 [[#32x02]]]", SMK_ERR_MALFORMED},
        {"[#3x01 [[#31x02 #64x03]]]", SMK_ERR_MALFORMED},
        {"[#3x01 [[#32x02 #63x03]]]", SMK_ERR_MALFORMED},
        {"[#0x01 []]", SMK_ERR_MALFORMED},
        {"{'body' #3x01}", SMK_ERR_MALFORMED},
        {"{'sigs' []}", SMK_ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_buf b = {.max = 4096};
        struct smk_tree t = {0};
        struct smk_decision_form form;
        test_pack(&b, row[i].text, NULL);
        cr_assert(eq(int, smk_tree_decode(smk_buf_view(&b), SMK_WALK_PAYLOAD, &t), SMK_OK), "%s",
                  row[i].text);
        cr_assert(eq(int, smk_decision_form_read(t.root, &form), row[i].err), "%s", row[i].text);
        smk_tree_deinit(&t);
        smk_buf_deinit(&b);
    }
}

Test(decision, decode_survives_every_failing_allocation)
{
    struct smk_decision d = test_organisation("ctod", "member", "02"), back;
    struct smk_buf body = {.max = SMK_DECISION_BYTES_MAX};
    smk_decision_encode(&d, &body);
    enum smk_err err = SMK_ERR_NOMEM;
    for (unsigned long n = 0; n < 100 && err != SMK_OK; n++) {
        test_fault_begin(TEST_FAULT_STICKY, n);
        err = smk_decision_decode(smk_buf_view(&body), &back);
        test_fault_end();
        cr_assert(eq(long, test_fault_live(), 0));
        cr_assert(err == SMK_OK || err == SMK_ERR_NOMEM);
    }
    cr_assert(eq(int, err, SMK_OK));
    smk_buf_deinit(&body);
}
