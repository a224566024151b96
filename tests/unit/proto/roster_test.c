#include "proto/roster.h"

#include "proto/hash.h"
#include "tests/support/builders.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(roster, .init = start_crypto);

static bool is_text(const char *text, const char *wanted)
{
    return strcmp(text, wanted) == 0;
}

static size_t in_force_on(struct test_coalition *c, const char *slug)
{
    uint8_t hashes[8][SMK_HASH_BYTES];
    return smk_roster_in_force(c->roster, SMK_DECIDE_ORGANISATION, smk_bytes_of_text(slug), hashes, 8);
}

Test(roster, a_decision_that_is_replaced_is_not_in_force)
{
    struct test_coalition c;
    uint8_t first[SMK_HASH_BYTES], second[SMK_HASH_BYTES], third[SMK_HASH_BYTES];
    test_coalition_init(&c, 1, 1);
    struct smk_decision d = test_organisation("ctod", "member", "02");
    test_decide(&c, &d, first);
    d = test_organisation("ctod", "member", "02 03");
    test_replace(&d, first);
    test_decide(&c, &d, second);
    cr_assert(eq(sz, smk_roster_organisation(c.roster, "ctod")->area_count, 2));
    cr_assert(eq(sz, in_force_on(&c, "ctod"), 1));
    d = test_organisation("ctod", "hub", "04");
    test_replace(&d,
                 second); /* the first stays replaced by the second, though that one is replaced as well */
    test_decide(&c, &d, third);
    cr_assert(is_text(smk_roster_organisation(c.roster, "ctod")->kind.text, "hub"));
    uint8_t hashes[2][SMK_HASH_BYTES];
    size_t count =
        smk_roster_in_force(c.roster, SMK_DECIDE_ORGANISATION, smk_bytes_of_text("ctod"), hashes, 2);
    cr_assert(eq(sz, count, 1));
    cr_assert(eq(int, memcmp(hashes[0], third, SMK_HASH_BYTES), 0));
    test_coalition_deinit(&c);
}

Test(roster, only_a_valid_decision_of_the_same_kind_and_subject_replaces)
{
    struct test_coalition c;
    struct smk_buf b = {.max = SMK_PAYLOAD_BYTES_MAX};
    uint8_t first[SMK_HASH_BYTES], hash[SMK_HASH_BYTES];
    test_coalition_init(&c, 1, 1);
    struct smk_decision d = test_organisation("ctod", "member", "02");
    test_decide(&c, &d, first);
    d = test_organisation("other", "member", "02");
    test_replace(&d, first);
    test_decide(&c, &d, hash);
    cr_assert(eq(sz, in_force_on(&c, "ctod"), 1), "another subject");
    d = test_office("ctod", "ctod", "auditor", "");
    test_replace(&d, first);
    test_decide(&c, &d, hash);
    cr_assert(eq(sz, in_force_on(&c, "ctod"), 1), "another kind");
    d = test_organisation("ctod", "donor", "");
    test_replace(&d, first);
    test_decision_payload(&c, &d, &b, hash);
    b.data[b.len - 1] ^= 1; /* the signature */
    cr_assert(eq(int, smk_roster_add(c.roster, smk_buf_view(&b)), SMK_ERR_BAD_DECISION));
    cr_assert(eq(sz, in_force_on(&c, "ctod"), 1), "an invalid one");
    cr_assert(is_text(smk_roster_organisation(c.roster, "ctod")->kind.text, "member"));
    smk_buf_deinit(&b);
    test_coalition_deinit(&c);
}

Test(roster, a_decision_may_name_what_is_not_here_yet)
{
    struct test_coalition c;
    struct smk_buf b = {.max = SMK_PAYLOAD_BYTES_MAX};
    uint8_t first[SMK_HASH_BYTES], second[SMK_HASH_BYTES];
    test_coalition_init(&c, 1, 1);
    struct smk_decision d = test_organisation("ctod", "donor", "");
    test_decision_payload(&c, &d, &b, first);
    d = test_organisation("ctod", "member", "02");
    test_replace(&d, first);
    test_decide(&c, &d, second);
    cr_assert(is_text(smk_roster_organisation(c.roster, "ctod")->kind.text, "member"));
    cr_assert(eq(int, smk_roster_add(c.roster, smk_buf_view(&b)), SMK_OK));
    cr_assert(eq(sz, in_force_on(&c, "ctod"), 1));
    cr_assert(is_text(smk_roster_organisation(c.roster, "ctod")->kind.text, "member"));
    smk_buf_deinit(&b);
    test_coalition_deinit(&c);
}

Test(roster, concurrent_decisions_on_an_organisation_keep_common_areas)
{
    static const struct {
        const char *kind[3];
        const char *areas[3];
        const char *common; /* NULL: no rights at all */
    } row[] = {
        {{"member", "member", NULL}, {"02 03", "03 04", NULL}, "03"},
        {{"member", "member", "member"}, {"02 03 05", "02 03 04", "03 05"}, "03"},
        {{"member", "member", NULL}, {"02", "0201", NULL}, ""},
        {{"member", "hub", NULL}, {"02", "02", NULL}, NULL},
        {{"member", "member", "hub"}, {"02", "02 03", "02"}, NULL},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct test_coalition c;
        uint8_t hash[SMK_HASH_BYTES];
        size_t count = 0;
        test_coalition_init(&c, 1, 1);
        for (; count < 3 && row[i].kind[count] != NULL; count++) {
            struct smk_decision d = test_organisation("ctod", row[i].kind[count], row[i].areas[count]);
            test_decide(&c, &d, hash);
        }
        const struct smk_organisation *o = smk_roster_organisation(c.roster, "ctod");
        cr_assert(eq(sz, in_force_on(&c, "ctod"), count), "row %zu", i);
        cr_assert(eq(int, o != NULL, row[i].common != NULL), "row %zu", i);
        if (o != NULL) {
            cr_assert(eq(sz, o->area_count, strlen(row[i].common) / 2), "row %zu", i);
            cr_assert(o->area_count == 0 || is_text(o->area[0], row[i].common), "row %zu", i);
        }
        test_coalition_deinit(&c);
    }
}

Test(roster, one_of_several_concurrent_decisions_is_enough_to_contradict)
{
    /* wherever the odd one stands among the others in order of hash */
    static const char *const areas[] = {"01", "02", "03", "04", "05", "06",
                                        "07", "08", "09", "10", "11", "12"};
    for (size_t i = 0; i + 3 <= sizeof areas / sizeof areas[0]; i++) {
        struct test_coalition c;
        uint8_t hash[SMK_HASH_BYTES];
        test_coalition_init(&c, 1, 1);
        for (size_t j = 0; j < 3; j++) {
            struct smk_decision d = test_organisation("ctod", j == 0 ? "hub" : "member", areas[i + j]);
            test_decide(&c, &d, hash);
        }
        cr_assert(eq(ptr, (void *)(uintptr_t)smk_roster_organisation(c.roster, "ctod"), NULL), "%zu", i);
        test_coalition_deinit(&c);
    }
}

Test(roster, concurrent_decisions_on_an_office_must_agree)
{
    static const struct {
        const char *org, *role, *area, *meeting, *title;
        bool is_known;
    } row[] = {
        {"ctod", "auditor", "02", "annual", "Another title", true},
        {"sec", "auditor", "02", "annual", "Office", false},
        {"ctod", "sna_clerk", "02", "annual", "Office", false},
        {"ctod", "auditor", "03", "annual", "Office", false},
        {"ctod", "auditor", "", "annual", "Office", false},
        {"ctod", "auditor", "02", "", "Office", false},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct test_coalition c;
        uint8_t hash[SMK_HASH_BYTES];
        test_coalition_init(&c, 1, 1);
        struct smk_decision d = test_office("seat", "ctod", "auditor", "02");
        memcpy(d.office.meeting, "annual", 7);
        test_decide(&c, &d, hash);
        cr_assert(ne(ptr, (void *)(uintptr_t)smk_roster_office(c.roster, "seat"), NULL));
        d = test_office("seat", row[i].org, row[i].role, row[i].area);
        memcpy(d.office.meeting, row[i].meeting, strlen(row[i].meeting));
        memcpy(d.office.title.en, row[i].title, strlen(row[i].title));
        test_decide(&c, &d, hash);
        cr_assert(eq(int, smk_roster_office(c.roster, "seat") != NULL, row[i].is_known), "row %zu", i);
        cr_assert(eq(sz, smk_roster_office_count(c.roster), row[i].is_known ? 1 : 0), "row %zu", i);
        test_coalition_deinit(&c);
    }
}

Test(roster, concurrent_decisions_on_a_device_keep_common_offices)
{
    struct test_world w;
    test_world_init(&w);
    struct smk_decision d = test_device(&w.ctod, "ctod", "another ctod-editor");
    uint8_t hash[SMK_HASH_BYTES];
    test_decide(&w.coalition, &d, hash);
    const struct smk_device *device = smk_roster_device(w.coalition.roster, w.ctod.sign.public_key);
    cr_assert(eq(sz, device->office_count, 1));
    cr_assert(is_text(device->office[0].text, "ctod-editor"));
    const struct smk_device *raw = smk_roster_device_of_decision(w.coalition.roster, hash);
    cr_assert(eq(sz, raw->office_count, 2), "a log's open names the decision, not what is common");
    d = test_device(&w.ctod, "ctod", "another");
    test_decide(&w.coalition, &d, hash);
    device = smk_roster_device(w.coalition.roster, w.ctod.sign.public_key);
    cr_assert(eq(sz, device->office_count, 0));
    test_world_deinit(&w);
}

Test(roster, concurrent_decisions_that_differ_in_organisation_or_key_undo_a_device)
{
    for (int i = 0; i < 3; i++) {
        struct test_world w;
        uint8_t hash[SMK_HASH_BYTES];
        test_world_init(&w);
        struct smk_roster *r = w.coalition.roster;
        struct smk_decision d = test_device(&w.ctod, i == 0 ? "sec" : "ctod", "ctod-editor");
        d.device.transport_key[0] ^= i == 1 ? 1 : 0;
        d.device.box_key[0] ^= i == 2 ? 1 : 0;
        test_decide(&w.coalition, &d, hash);
        cr_assert(eq(ptr, (void *)(uintptr_t)smk_roster_device(r, w.ctod.sign.public_key), NULL));
        const struct smk_device *found = smk_roster_device_by_transport(r, w.ctod.transport.public_key);
        cr_assert(eq(ptr, (void *)(uintptr_t)found, NULL));
        cr_assert(ne(ptr, (void *)(uintptr_t)smk_roster_device_of_decision(r, hash), NULL));
        cr_assert(eq(sz, smk_roster_device_count(r), 2));
        test_world_deinit(&w);
    }
}

Test(roster, a_device_counts_while_its_organisation_does)
{
    struct test_coalition c;
    struct test_device device;
    uint8_t hash[SMK_HASH_BYTES];
    struct smk_scope gov = smk_scope_of("gov");
    test_coalition_init(&c, 1, 1);
    test_device_init(&device, 1);
    test_certify(&c, &device, "late", "");
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_roster_device(c.roster, device.sign.public_key), NULL));
    cr_assert(not(smk_roster_holds(c.roster, device.sign.public_key, &gov)));
    struct smk_decision d = test_organisation("late", "member", "02");
    test_decide(&c, &d, hash);
    cr_assert(ne(ptr, (void *)(uintptr_t)smk_roster_device(c.roster, device.sign.public_key), NULL));
    cr_assert(smk_roster_holds(c.roster, device.sign.public_key, &gov));
    d = test_organisation("late", "hub", "02"); /* contradicts the other */
    test_decide(&c, &d, hash);
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_roster_device(c.roster, device.sign.public_key), NULL));
    test_coalition_deinit(&c);
}

Test(roster, of_two_devices_with_one_transport_key_none_is_known_by_it)
{
    static const char *const org[] = {"sec", "nowhere"}; /* even when that organisation does not exist */
    for (uint64_t i = 0; i < 2; i++) {
        struct test_world w;
        struct test_device thief;
        test_world_init(&w);
        struct smk_roster *r = w.coalition.roster;
        const uint8_t *key = w.ctod.transport.public_key;
        const struct smk_device *found = smk_roster_device_by_transport(r, key);
        cr_assert(ne(ptr, (void *)(uintptr_t)found, NULL));
        cr_assert(eq(int, memcmp(found->sign_key, w.ctod.sign.public_key, SMK_KEY_BYTES), 0));
        test_device_init(&thief, 99);
        thief.transport = w.ctod.transport;
        test_certify(&w.coalition, &thief, org[i], "");
        cr_assert(eq(ptr, (void *)(uintptr_t)smk_roster_device_by_transport(r, key), NULL), "%s", org[i]);
        cr_assert(ne(ptr, (void *)(uintptr_t)smk_roster_device(r, w.ctod.sign.public_key), NULL));
        struct smk_decision d = test_device(&thief, org[i], "");
        d.device.transport_key[5] ^= 1;
        test_replace(&d, thief.decision);
        test_decide(&w.coalition, &d, thief.decision);
        found = smk_roster_device_by_transport(r, key);
        cr_assert(ne(ptr, (void *)(uintptr_t)found, NULL), "the claim was replaced");
        struct smk_decision again = test_device(&w.ctod, "ctod", "");
        test_decide(&w.coalition, &again, w.ctod.decision);
        found = smk_roster_device_by_transport(r, key);
        cr_assert(ne(ptr, (void *)(uintptr_t)found, NULL), "two decisions on the same device");
        test_world_deinit(&w);
    }
}

Test(roster, devices_are_found_by_their_invitation)
{
    struct test_world w;
    uint8_t id[SMK_INVITATION_ID_BYTES] = {1, 2, 3}, unknown[SMK_INVITATION_ID_BYTES] = {1, 2, 4};
    struct test_device device[4];
    test_world_init(&w);
    for (uint8_t i = 0; i < 4; i++) {
        uint8_t hash[SMK_HASH_BYTES];
        test_device_init(&device[i], 10u + i);
        struct smk_decision d = test_device(&device[i], "ctod", "");
        d.device.has_invitation = true;
        memcpy(d.device.invitation, id, sizeof id);
        d.device.invitation[0] = (uint8_t)(i + 1);
        test_decide(&w.coalition, &d, hash);
    }
    for (uint8_t i = 0; i < 4; i++) {
        id[0] = (uint8_t)(i + 1);
        const struct smk_device *found = smk_roster_device_by_invitation(w.coalition.roster, id);
        cr_assert(ne(ptr, (void *)(uintptr_t)found, NULL));
        cr_assert(eq(int, memcmp(found->sign_key, device[i].sign.public_key, SMK_KEY_BYTES), 0));
    }
    const struct smk_device *none = smk_roster_device_by_invitation(w.coalition.roster, unknown);
    cr_assert(eq(ptr, (void *)(uintptr_t)none, NULL));
    test_world_deinit(&w);
}

Test(roster, enumerates_in_ascending_order_and_grows)
{
    struct test_coalition c;
    uint8_t hash[SMK_HASH_BYTES];
    char slug[] = "o-00";
    enum { COUNT = 70 };
    test_coalition_init(&c, 1, 1);
    for (int i = 0; i < COUNT; i++) {
        int number = i * 37 % COUNT;
        struct test_device device;
        slug[2] = (char)('0' + number / 10);
        slug[3] = (char)('0' + number % 10);
        struct smk_decision d = test_organisation(slug, "member", "02");
        test_decide(&c, &d, hash);
        d = test_office(slug, slug, "member_editor", "");
        test_decide(&c, &d, hash);
        test_device_init(&device, (uint64_t)i);
        test_certify(&c, &device, slug, slug);
        cr_assert(eq(sz, smk_roster_device_count(c.roster), (size_t)i + 1));
    }
    cr_assert(eq(sz, smk_roster_organisation_count(c.roster), COUNT));
    cr_assert(eq(sz, smk_roster_office_count(c.roster), COUNT));
    for (size_t i = 1; i < COUNT; i++) {
        const char *a = smk_roster_organisation_at(c.roster, i - 1)->slug.text;
        const char *b = smk_roster_organisation_at(c.roster, i)->slug.text;
        cr_assert(lt(int, strcmp(a, b), 0));
        a = smk_roster_office_at(c.roster, i - 1)->slug.text;
        b = smk_roster_office_at(c.roster, i)->slug.text;
        cr_assert(lt(int, strcmp(a, b), 0));
        const uint8_t *x = smk_roster_device_at(c.roster, i - 1)->sign_key;
        const uint8_t *y = smk_roster_device_at(c.roster, i)->sign_key;
        cr_assert(lt(int, memcmp(x, y, SMK_KEY_BYTES), 0));
    }
    test_coalition_deinit(&c);
}

Test(roster, in_force_counts_all_and_writes_at_most_max)
{
    struct test_coalition c;
    uint8_t hash[SMK_HASH_BYTES], found[3][SMK_HASH_BYTES] = {{0}};
    static const char *const areas[] = {"01", "02", "03"};
    test_coalition_init(&c, 1, 1);
    for (size_t i = 0; i < 3; i++) {
        struct smk_decision d = test_organisation("ctod", "member", areas[i]);
        test_decide(&c, &d, hash);
    }
    struct smk_bytes subject = smk_bytes_of_text("ctod");
    cr_assert(eq(sz, smk_roster_in_force(c.roster, SMK_DECIDE_ORGANISATION, subject, found, 2), 3));
    cr_assert(lt(int, memcmp(found[0], found[1], SMK_HASH_BYTES), 0));
    memset(hash, 0, sizeof hash);
    cr_assert(eq(int, memcmp(found[2], hash, SMK_HASH_BYTES), 0));
    cr_assert(eq(sz, smk_roster_in_force(c.roster, SMK_DECIDE_OFFICE, subject, found, 3), 0));
    cr_assert(eq(
        sz, smk_roster_in_force(c.roster, SMK_DECIDE_ORGANISATION, smk_bytes_of_text("cto"), found, 3), 0));
    cr_assert(eq(
        sz, smk_roster_in_force(c.roster, SMK_DECIDE_ORGANISATION, smk_bytes_of_text("ctodd"), found, 3), 0));
    test_coalition_deinit(&c);
}
