#include "proto/hash.h"
#include "proto/roster.h"
#include "tests/support/builders.h"
#include "tests/support/notation.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(rights, .init = start_crypto);
TestSuite(certificate, .init = start_crypto);

/* The columns of the tables below. */
static const char *const scope_column[] = {"gov",     "pub",     "nat",      "prov:02",
                                           "prov:03", "prov:04", "dm:0201",  "dm:0301",
                                           "dm:0302", "dm:0401", "org:mine", "org:yours"};
enum { SCOPES = sizeof scope_column / sizeof scope_column[0] };

static void decide(struct test_coalition *c, struct smk_decision d)
{
    uint8_t hash[SMK_HASH_BYTES];
    test_decide(c, &d, hash);
}

/* wanted has a 1 or 0 for each column; `wit:` of a scope goes with the scope. */
static void expect_scopes(struct test_coalition *c, const struct test_device *d, const char *wanted,
                          const char *why)
{
    for (size_t i = 0; i < SCOPES; i++) {
        char wit[64];
        (void)snprintf(wit, sizeof wit, "wit:%s", scope_column[i]); /* always fits */
        struct smk_scope plain = smk_scope_of(scope_column[i]), statements = smk_scope_of(wit);
        bool is_held = smk_roster_holds(c->roster, d->sign.public_key, &plain);
        cr_assert(eq(int, is_held, wanted[i] == '1'), "%s: %s", why, plain.text);
        is_held = smk_roster_holds(c->roster, d->sign.public_key, &statements);
        cr_assert(eq(int, is_held, wanted[i] == '1'), "%s: %s", why, wit);
    }
}

Test(rights, every_kind_of_organisation_and_every_scope)
{
    static const struct {
        const char *kind;
        const char *areas;
        const char *wanted;
    } row[] = {
        {"secretariat", "", "111111111110"},
        {"secretariat", "02", "111111111110"},
        {"hub", "02 0301", "111110110010"},
        {"member", "02 0301", "111110110010"},
        {"member", "", "111000000010"},
        {"member", "02", "111100100010"},
        {"member", "0301", "111010010010"},
        {"sna_dm", "02 0301", "110000010010"},
        {"sna_dm", "0201 0302", "110000101010"},
        {"sna_dm", "02", "110000000010"},
        {"sna_province", "02 0301", "110000000010"},
        {"sna_commune", "02 0301", "110000000010"},
        {"ministry", "02 0301", "110000000010"},
        {"national_committee", "02 0301", "110000000010"},
        {"donor", "02 0301", "110000000010"},
        {"other", "02 0301", "110000000010"},
        {"of the future", "02 0301", "110000000010"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct test_coalition c;
        struct test_device device, stranger;
        test_coalition_init(&c, 1, 1);
        test_device_init(&device, 1);
        test_device_init(&stranger, 2);
        decide(&c, test_organisation("mine", row[i].kind, row[i].areas));
        decide(&c, test_office("seat", "mine", "member_editor", ""));
        test_certify(&c, &device, "mine", "seat");
        expect_scopes(&c, &device, row[i].wanted, row[i].kind);
        expect_scopes(&c, &stranger, "000000000000", "a stranger");
        test_coalition_deinit(&c);
    }
}

Test(rights, auditors_read_everything_but_the_private_scopes)
{
    static const char auditor[] = "111111111100", member[] = "111100100010", either[] = "111100100000";
    static const struct {
        const char *offices;
        const char *wanted;
        const char *why;
    } row[] = {
        {"audit-a", auditor, "one auditor's office"},
        {"audit-a audit-b", auditor, "two"},
        {"", member, "no office is no auditor"},
        {"audit-a edit", member, "an editor as well"},
        {"audit-a not-there", either, "an office that is not known here"},
        {"not-there", either, "none that is known here"},
        {"edit not-there", member, "an editor, whatever else"},
        {"audit-other", member, "an auditor's office of another organisation"},
        {"audit-a audit-other", member, "with one of another organisation"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct test_coalition c;
        struct test_device device;
        test_coalition_init(&c, 1, 1);
        test_device_init(&device, 1);
        decide(&c, test_organisation("mine", "member", "02"));
        decide(&c, test_organisation("yours", "member", "02"));
        decide(&c, test_office("audit-a", "mine", "auditor", ""));
        decide(&c, test_office("audit-b", "mine", "auditor", "02"));
        decide(&c, test_office("audit-other", "yours", "auditor", ""));
        decide(&c, test_office("edit", "mine", "member_editor", ""));
        test_certify(&c, &device, "mine", row[i].offices);
        expect_scopes(&c, &device, row[i].wanted, row[i].why);
        const struct smk_device *d = smk_roster_device(c.roster, device.sign.public_key);
        enum smk_standing wanted = row[i].wanted == auditor  ? SMK_STANDING_AUDITOR
                                   : row[i].wanted == either ? SMK_STANDING_UNSETTLED
                                                             : SMK_STANDING_ORDINARY;
        cr_assert(eq(int, smk_roster_standing(c.roster, d), wanted), "%s", row[i].why);
        test_coalition_deinit(&c);
    }
}

Test(rights, an_auditor_by_one_decision_only_holds_what_both_would_give)
{
    struct test_coalition c;
    struct test_device device;
    test_coalition_init(&c, 1, 1);
    test_device_init(&device, 1);
    decide(&c, test_organisation("mine", "member", "02"));
    decide(&c, test_office("audit", "mine", "auditor", ""));
    decide(&c, test_office("edit", "mine", "member_editor", ""));
    test_certify(&c, &device, "mine", "audit edit");
    expect_scopes(&c, &device, "111100100010", "editor and auditor");
    test_certify(&c, &device, "mine", "audit");
    expect_scopes(&c, &device, "111100100000", "only auditor, by another decision");
    struct smk_decision editor = test_device(&device, "mine", "edit");
    test_replace(&editor, device.decision);
    decide(&c, editor);
    expect_scopes(&c, &device, "111100100010", "the auditor's decision is replaced");
    test_coalition_deinit(&c);
}

Test(rights, an_office_covers_its_area_or_those_of_its_organisation)
{
    static const struct {
        const char *kind, *areas, *own, *area;
        bool covers;
    } row[] = {
        {"member", "02", "", "02", true},       {"member", "02", "", "0201", true},
        {"member", "02", "", "020101", true},   {"member", "02", "", "03", false},
        {"member", "02", "", "", false},        {"member", "0201", "", "02", false},
        {"member", "0201", "", "0201", true},   {"member", "0201", "", "0202", false},
        {"member", "02 04", "", "0401", true},  {"member", "", "", "02", false},
        {"member", "02", "0201", "0201", true}, {"member", "02", "0201", "0202", false},
        {"member", "02", "0201", "02", false},  {"member", "02", "03", "0301", true},
        {"secretariat", "", "", "02", true},    {"secretariat", "", "", "", true},
        {"secretariat", "", "02", "03", false}, {"secretariat", "", "02", "0201", true},
        {"secretariat", "", "02", "", false},   {"ministry", "", "", "02", false},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct test_coalition c;
        test_coalition_init(&c, 1, 1);
        decide(&c, test_organisation("mine", row[i].kind, row[i].areas));
        decide(&c, test_office("seat", "mine", "member_editor", row[i].own));
        decide(&c, test_office("lost", "nowhere", "member_editor", ""));
        const struct smk_office *office = smk_roster_office(c.roster, "seat");
        cr_assert(eq(int, smk_roster_office_covers(c.roster, office, row[i].area), row[i].covers), "row %zu",
                  i);
        office = smk_roster_office(c.roster, "lost");
        cr_assert(not(smk_roster_office_covers(c.roster, office, row[i].area)));
        test_coalition_deinit(&c);
    }
}

/* ---- certificates ---- */

static enum smk_err add_certificate(struct smk_roster *r, struct smk_bytes array)
{
    struct smk_tree tree;
    enum smk_err err = smk_tree_decode(array, SMK_WALK_PAYLOAD, &tree);
    cr_assert(eq(int, err, SMK_OK));
    err = smk_roster_add_certificate(r, tree.root);
    smk_tree_deinit(&tree);
    return err;
}

Test(certificate, makes_a_device_known_with_its_rights)
{
    struct test_world w;
    struct test_coalition fresh;
    struct smk_buf b = {.max = SMK_PAYLOAD_BYTES_MAX}, again = {.max = SMK_PAYLOAD_BYTES_MAX};
    test_world_init(&w);
    test_coalition_init(&fresh, 1, 1);
    const uint8_t *key = w.bavel.sign.public_key;
    cr_assert(eq(int, smk_roster_pack_certificate(w.coalition.roster, key, &b), SMK_OK));
    cr_assert(eq(int, add_certificate(fresh.roster, smk_buf_view(&b)), SMK_OK));
    cr_assert(eq(sz, smk_roster_organisation_count(fresh.roster), 1));
    cr_assert(eq(sz, smk_roster_office_count(fresh.roster), 1));
    cr_assert(eq(sz, smk_roster_device_count(fresh.roster), 1));
    struct smk_scope scope = smk_scope_of("dm:0202");
    cr_assert(smk_roster_holds(fresh.roster, key, &scope));
    cr_assert(eq(int, smk_roster_pack_certificate(fresh.roster, key, &again), SMK_OK));
    cr_assert(smk_bytes_is_equal(smk_buf_view(&b), smk_buf_view(&again)));
    cr_assert(eq(int, smk_roster_pack_certificate(fresh.roster, w.ctod.sign.public_key, &again),
                 SMK_ERR_NOT_FOUND));
    smk_buf_deinit(&b);
    smk_buf_deinit(&again);
    test_world_deinit(&w);
    test_coalition_deinit(&fresh);
}

Test(certificate, bytes_do_not_depend_on_which_signatures_came_first)
{
    struct smk_buf packed[2];
    for (size_t i = 0; i < 2; i++) {
        struct test_coalition c;
        struct test_device device;
        struct smk_buf one = {.max = SMK_PAYLOAD_BYTES_MAX}, two = {.max = SMK_PAYLOAD_BYTES_MAX};
        uint8_t hash[SMK_HASH_BYTES];
        test_coalition_init(&c, 3, 2);
        test_device_init(&device, 1);
        struct smk_decision d = test_organisation("mine", "member", "02");
        test_decision_payload(&c, &d, &one, hash);
        struct smk_sign_key first = c.root[0];
        c.root[0] = c.root[2];
        test_decision_payload(&c, &d, &two, hash);
        c.root[0] = first;
        cr_assert(eq(int, smk_roster_add(c.roster, smk_buf_view(i == 0 ? &one : &two)), SMK_OK));
        cr_assert(eq(int, smk_roster_add(c.roster, smk_buf_view(i == 0 ? &two : &one)), SMK_OK));
        test_certify(&c, &device, "mine", "");
        packed[i] = (struct smk_buf){.max = SMK_PAYLOAD_BYTES_MAX};
        cr_assert(eq(int, smk_roster_pack_certificate(c.roster, device.sign.public_key, &packed[i]), SMK_OK));
        smk_buf_deinit(&one);
        smk_buf_deinit(&two);
        test_coalition_deinit(&c);
    }
    cr_assert(smk_bytes_is_equal(smk_buf_view(&packed[0]), smk_buf_view(&packed[1])));
    smk_buf_deinit(&packed[0]);
    smk_buf_deinit(&packed[1]);
}

Test(certificate, stops_at_the_first_that_is_not_valid_and_passes_over_later_kinds)
{
    struct test_coalition c;
    struct smk_buf good = {.max = SMK_PAYLOAD_BYTES_MAX}, b = {.max = SMK_PAYLOAD_BYTES_MAX};
    static const uint8_t later[] = {0x95, 1, 4, 0xa1, 'a', 0x90, 0x80};
    uint8_t hash[SMK_HASH_BYTES];
    test_coalition_init(&c, 1, 1);
    struct smk_decision d = test_organisation("mine", "member", "02");
    test_decision_payload(&c, &d, &good, hash); /* the map form is taken as well */
    smk_pack_array(&b, 2);
    smk_pack_array(&b, 2);
    smk_pack_bin(&b, SMK_BYTES(later));
    smk_pack_array(&b, 0);
    smk_pack_raw(&b, smk_buf_view(&good));
    cr_assert(eq(int, add_certificate(c.roster, smk_buf_view(&b)), SMK_OK));
    cr_assert(eq(sz, smk_roster_organisation_count(c.roster), 1));
    smk_buf_reset(&b);
    test_pack(&b, "[[#1x00 []] nil]", NULL);
    cr_assert(eq(int, add_certificate(c.roster, smk_buf_view(&b)), SMK_ERR_BAD_DECISION));
    smk_buf_reset(&b);
    test_pack(&b, "[] ", NULL);
    cr_assert(eq(int, add_certificate(c.roster, smk_buf_view(&b)), SMK_OK));
    smk_buf_reset(&b);
    test_pack(&b, "{}", NULL);
    cr_assert(eq(int, add_certificate(c.roster, smk_buf_view(&b)), SMK_ERR_MALFORMED));
    smk_buf_deinit(&good);
    smk_buf_deinit(&b);
    test_coalition_deinit(&c);
}

/* An array of count times the same decision. */
static enum smk_err add_many(struct test_coalition *c, size_t count)
{
    struct smk_buf one = {.max = SMK_PAYLOAD_BYTES_MAX}, b = {.max = SMK_MESSAGE_BYTES_MAX};
    struct smk_decision d = test_organisation("mine", "member", "02");
    uint8_t hash[SMK_HASH_BYTES];
    test_decision_payload(c, &d, &one, hash);
    smk_pack_array(&b, count);
    for (size_t i = 0; i < count; i++)
        smk_pack_raw(&b, smk_buf_view(&one));
    enum smk_err err = add_certificate(c->roster, smk_buf_view(&b));
    smk_buf_deinit(&one);
    smk_buf_deinit(&b);
    return err;
}

Test(certificate, has_at_most_64_decisions)
{
    struct test_coalition c;
    struct test_device device;
    struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
    char offices[32 * 4 + 1] = "", slug[16];
    test_coalition_init(&c, 1, 1);
    cr_assert(eq(int, add_many(&c, 63), SMK_OK));
    cr_assert(eq(int, add_many(&c, 64), SMK_OK));
    cr_assert(eq(int, add_many(&c, 65), SMK_ERR_MALFORMED));
    for (int i = 0; i < 32; i++) {
        (void)snprintf(slug, sizeof slug, "o%02d", i); /* always fits */
        struct smk_decision d = test_office(slug, "mine", "auditor", "");
        decide(&c, d);
        d.office.title.en[0] = 'o';
        if (i > 0)
            decide(&c, d); /* 63 on offices */
        (void)snprintf(offices + 4 * i, sizeof offices - 4 * (size_t)i, "%s ", slug);
    }
    test_device_init(&device, 1);
    test_certify(&c, &device, "mine", offices);
    cr_assert(
        eq(int, smk_roster_pack_certificate(c.roster, device.sign.public_key, &b), SMK_ERR_TOO_BIG_HERE));
    cr_assert(eq(sz, b.len, 0));
    struct smk_decision fewer = test_device(&device, "mine", offices + 4);
    test_replace(&fewer, device.decision);
    decide(&c, fewer); /* 62 on offices */
    cr_assert(eq(int, smk_roster_pack_certificate(c.roster, device.sign.public_key, &b), SMK_OK));
    smk_buf_deinit(&b);
    test_coalition_deinit(&c);
}
