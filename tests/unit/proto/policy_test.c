#include "proto/hash.h"
#include "proto/policy.h"
#include "proto/schema.h"
#include "tests/support/deeds.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(policy, .init = start_crypto);

static const char *const role[] = {"member_editor",      "member_approver",        "sna_clerk",
                                   "sna_signatory",      "provincial_coordinator", "workshop_rapporteur",
                                   "secretariat_editor", "secretariat_approver",   "auditor",
                                   "node_admin"};
enum { ROLES = sizeof role / sizeof role[0] };

/* One letter a role, in the order above: x may, - may not. */
Test(policy, every_act_and_every_role)
{
    static const struct {
        const char *kind, *act, *may;
    } row[] = {
        {"interview", "create", "x-----x---"},
        {"case_study", "create", "x-----x---"},
        {"case_study", "submit", "x---------"},
        {"case_study", "return", "------xx--"},
        {"case_study", "verify", "-------x--"},
        {"case_study", "publish", "-------x--"},
        {"study_report", "create", "x-----x---"},
        {"study_report", "publish", "-------x--"},
        {"meeting", "plan", "x-x-x-x---"},
        {"meeting", "record_minutes", "x-x--xx---"},
        {"meeting", "close", "-x--x--x--"},
        {"meeting", "cancel", "-x--x--x--"},
        {"joint_list", "draft", "x-x---x---"},
        {"joint_list", "negotiate", "-x--------"},
        {"joint_list", "endorse", "---x------"},
        {"joint_list", "attest_endorsement", "-x-----x--"},
        {"joint_list", "present_provincial", "----xxx---"},
        {"joint_list", "present_national", "-----xx---"},
        {"joint_list", "accept", "---x------"},
        {"joint_list", "attest_acceptance", "-x-----x--"},
        {"recommendation", "draft", "x-x---x---"},
        {"recommendation", "prioritise_provincial", "----xx----"},
        {"recommendation", "prioritise_national", "-----x-x--"},
        {"recommendation", "report_progress", "x-x-------"},
        {"recommendation", "verify_progress", "-x--x--x--"},
        {"recommendation", "dispute_progress", "-x-x------"},
        {"event", "create", "x-----x---"},
        {"event", "record", "x-----x---"},
        {"project", "create", "-------x--"},
        {"project", "award", "-------x--"},
        {"project", "close", "-------x--"},
        {"attachment", "create", "xxxxxxxx--"},
        {"audit_note", "write", "--------x-"},
        {"audit_note", "answer", "-xx----x--"},
        {"audit_note", "close", "--------x-"},
        {"interview", "withdraw", "x-----x---"},
        {"case_study", "withdraw", "x-----x---"},
        {"study_report", "withdraw", "x-----x---"},
        {"meeting", "withdraw", "x-x-x-x---"},
        {"joint_list", "withdraw", "x-x---x---"},
        {"recommendation", "withdraw", "x-x---x---"},
        {"event", "withdraw", "x-----x---"},
        {"project", "withdraw", "-------x--"},
        {"attachment", "withdraw", "xxxxxxxx--"},
        {"audit_note", "withdraw", "--------x-"},
    };
    cr_assert(eq(sz, smk_policy_count(), sizeof row / sizeof row[0]));
    for (size_t i = 0; i < smk_policy_count(); i++) {
        const struct smk_policy_rule *rule = smk_policy_at(i);
        cr_assert(eq(str, (char *)(uintptr_t)rule->kind, (char *)(uintptr_t)row[i].kind));
        cr_assert(eq(str, (char *)(uintptr_t)rule->act, (char *)(uintptr_t)row[i].act));
        for (size_t r = 0; r < ROLES; r++)
            cr_assert(eq(int, smk_policy_has_role(rule, role[r]), row[i].may[r] == 'x'), "%s %s: %s",
                      row[i].kind, row[i].act, role[r]);
        cr_assert(eq(int, smk_policy_has_role(rule, ""), false));
        cr_assert(eq(int, smk_policy_has_role(rule, "governor"), false));
    }
}

Test(policy, every_kind_may_be_made_and_every_act_has_fields)
{
    for (size_t i = 0; i < smk_kind_count(); i++)
        cr_assert(
            ne(ptr, (void *)(uintptr_t)smk_policy_edit(smk_bytes_of_text(smk_kind_at(i)->name), false), NULL),
            "%s", smk_kind_at(i)->name);
    for (size_t i = 0; i < smk_policy_count(); i++) {
        const struct smk_policy_rule *rule = smk_policy_at(i);
        const struct smk_act_kind *fields =
            smk_act_kind_find(smk_bytes_of_text(rule->kind), smk_bytes_of_text(rule->act));
        cr_assert(eq(int, fields != NULL, !rule->is_edit), "%s %s", rule->kind, rule->act);
    }
    cr_assert(eq(ptr,
                 (void *)(uintptr_t)smk_policy_act(smk_bytes_of_text("event"), smk_bytes_of_text("create")),
                 NULL));
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_policy_edit(smk_bytes_of_text("event"), true), NULL));
}

/* ---- areas ---- */

struct area_row {
    const char *kind, *act, *office, *area;
    bool is_owner;
    enum smk_reason reason;
};

static void expect_area(struct test_deeds *w, const struct area_row *row, const char *scope)
{
    struct smk_scope where = smk_scope_of(scope);
    struct smk_place place = {.area = row->area, .scope = &where, .is_owner = row->is_owner};
    const struct smk_policy_rule *rule =
        smk_policy_act(smk_bytes_of_text(row->kind), smk_bytes_of_text(row->act));
    const struct smk_office *office = smk_roster_office(w->coalition.roster, row->office);
    if (rule == NULL)
        rule = smk_policy_edit(smk_bytes_of_text(row->kind), strcmp(row->act, "publish") == 0);
    cr_assert(ne(ptr, (void *)(uintptr_t)rule, NULL));
    cr_assert(ne(ptr, (void *)(uintptr_t)office, NULL));
    enum smk_reason reason = smk_policy_judge(w->coalition.roster, rule, office, &place);
    cr_assert(eq(int, reason, row->reason), "%s %s by %s about '%s'%s in %s: %s", row->kind, row->act,
              row->office, row->area, row->is_owner ? " (its own)" : "", scope, smk_reason_code(reason));
}

Test(policy, an_office_acts_where_its_area_allows)
{
    static const struct area_row row[] = {
        {"case_study", "submit", "ctod-editor", "0201", true, SMK_REASON_COUNTS},
        {"case_study", "submit", "ctod-editor", "0201", false, SMK_REASON_OWNER},
        {"case_study", "submit", "ctod-narrow", "0203", true, SMK_REASON_COUNTS},
        {"case_study", "submit", "ctod-narrow", "0201", true, SMK_REASON_AREA},
        {"case_study", "verify", "sec-approver", "0201", false, SMK_REASON_COUNTS},
        {"meeting", "plan", "ctod-editor", "0201", false, SMK_REASON_COUNTS},
        {"meeting", "plan", "ctod-editor", "0301", false, SMK_REASON_AREA},
        {"meeting", "plan", "ctod-editor", "", false, SMK_REASON_AREA},
        {"meeting", "plan", "sec-editor", "", false, SMK_REASON_COUNTS},
        {"meeting", "plan", "hub-coord", "02", false, SMK_REASON_COUNTS},
        {"meeting", "plan", "ctod-narrow", "02", false, SMK_REASON_AREA},
        {"meeting", "plan", "banan-clerk", "0201", false, SMK_REASON_COUNTS},
        {"meeting", "plan", "banan-clerk", "0202", false, SMK_REASON_AREA},
        {"joint_list", "negotiate", "as-approver", "0207", false, SMK_REASON_COUNTS},
        {"joint_list", "negotiate", "as-approver", "1207", false, SMK_REASON_AREA},
        {"joint_list", "negotiate", "as-approver", "02", false, SMK_REASON_AREA},
        {"joint_list", "endorse", "banan-gov", "0201", false, SMK_REASON_COUNTS},
        {"joint_list", "endorse", "banan-gov", "0204", false, SMK_REASON_AREA},
        {"joint_list", "endorse", "bavel-gov", "0204", false, SMK_REASON_COUNTS},
        {"joint_list", "endorse", "bavel-gov", "0201", false, SMK_REASON_AREA},
        {"joint_list", "endorse", "bavel-gov", "", false, SMK_REASON_AREA},
        {"joint_list", "endorse", "province-gov", "0201", false, SMK_REASON_AREA},
        {"joint_list", "accept", "province-gov", "0201", false, SMK_REASON_AREA},
        {"joint_list", "endorse", "sec-approver", "0201", false, SMK_REASON_ROLE},
        {"joint_list", "attest_endorsement", "sec-approver", "0201", false, SMK_REASON_COUNTS},
        {"joint_list", "present_provincial", "hub-coord", "0201", false, SMK_REASON_COUNTS},
        {"joint_list", "present_provincial", "hub-coord", "0301", false, SMK_REASON_AREA},
        {"joint_list", "present_provincial", "hub-coord", "", false, SMK_REASON_AREA},
        {"joint_list", "present_provincial", "sec-editor", "0301", false, SMK_REASON_COUNTS},
        {"joint_list", "present_national", "sec-rap", "0201", false, SMK_REASON_COUNTS},
        {"joint_list", "present_national", "hub-rap", "0201", false, SMK_REASON_AREA},
        {"recommendation", "report_progress", "banan-clerk", "0201", false, SMK_REASON_COUNTS},
        {"recommendation", "report_progress", "ctod-narrow", "0201", false, SMK_REASON_AREA},
        {"event", "record", "ctod-editor", "", true, SMK_REASON_COUNTS},
        {"event", "record", "ctod-editor", "", false, SMK_REASON_AREA},
        {"event", "record", "sec-editor", "", false, SMK_REASON_COUNTS},
        {"project", "award", "sec-approver", "", false, SMK_REASON_COUNTS},
    };
    struct test_deeds w;
    test_deeds_init(&w);
    uint8_t hash[SMK_HASH_BYTES];
    struct smk_decision wide = test_office("province-gov", "banan", "sna_signatory", "02");
    test_decide(&w.coalition, &wide, hash);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        expect_area(&w, &row[i], "pub");
    test_deeds_deinit(&w);
}

Test(policy, an_attachment_belongs_to_those_of_its_scope)
{
    static const struct {
        struct area_row row;
        const char *scope;
    } row[] = {
        {{"attachment", "create", "banan-gov", "", false, SMK_REASON_COUNTS}, "dm:0201"},
        {{"attachment", "create", "bavel-gov", "", false, SMK_REASON_AREA}, "dm:0201"},
        {{"attachment", "create", "ctod-approver", "", false, SMK_REASON_COUNTS}, "dm:0201"},
        {{"attachment", "create", "ctod-narrow", "", false, SMK_REASON_AREA}, "prov:02"},
        {{"attachment", "create", "hub-coord", "", false, SMK_REASON_COUNTS}, "pub"},
        {{"attachment", "create", "as-editor", "", false, SMK_REASON_COUNTS}, "org:as"},
        {{"attachment", "create", "as-editor", "", false, SMK_REASON_AREA}, "org:ctod"},
        {{"attachment", "create", "sec-auditor", "", false, SMK_REASON_ROLE}, "pub"},
    };
    struct test_deeds w;
    test_deeds_init(&w);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        expect_area(&w, &row[i].row, row[i].scope);
    test_deeds_deinit(&w);
}
