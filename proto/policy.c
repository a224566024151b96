#include "proto/policy.h"

#include <string.h>

#define EDITORS "member_editor", "secretariat_editor"
#define TABLE_EDITORS "member_editor", "sna_clerk", "secretariat_editor"
#define CLOSERS "member_approver", "provincial_coordinator", "secretariat_approver"
#define ATTESTORS "member_approver", "secretariat_approver"

enum { COUNTABLE = 0, EDIT = 1, WIDER = 2, HALF = 4 };
#define RULE(k, a, area_rule, how, ...)                                                      \
    {                                                                                        \
        .kind = (k), .act = (a), .area = SMK_AREA_##area_rule, .is_edit = ((how)&EDIT) != 0, \
        .is_wider = ((how)&WIDER) != 0, .is_half = ((how)&HALF) != 0, .role = {              \
            __VA_ARGS__,                                                                     \
            NULL                                                                             \
        }                                                                                    \
    }

static const struct smk_policy_rule rules[] = {
    RULE("interview", "create", OWN_ORGANISATION, EDIT, EDITORS),
    RULE("case_study", "create", OWN_ORGANISATION, EDIT, EDITORS),
    RULE("case_study", "submit", OWN_ORGANISATION, COUNTABLE, "member_editor"),
    RULE("case_study", "return", COALITION, COUNTABLE, "secretariat_editor", "secretariat_approver"),
    RULE("case_study", "verify", COALITION, COUNTABLE, "secretariat_approver"),
    RULE("case_study", "publish", COALITION, EDIT | WIDER, "secretariat_approver"),
    RULE("study_report", "create", OWN_ORGANISATION, EDIT, EDITORS),
    RULE("study_report", "publish", COALITION, EDIT | WIDER, "secretariat_approver"),
    RULE("meeting", "plan", OWN_AREA_OR_COALITION, EDIT, TABLE_EDITORS, "provincial_coordinator"),
    RULE("meeting", "record_minutes", OWN_AREA_OR_COALITION, COUNTABLE, TABLE_EDITORS, "workshop_rapporteur"),
    RULE("meeting", "close", OWN_AREA_OR_COALITION, COUNTABLE, CLOSERS),
    RULE("meeting", "cancel", OWN_AREA_OR_COALITION, COUNTABLE, CLOSERS),
    RULE("joint_list", "draft", OF_LIST, EDIT, TABLE_EDITORS),
    RULE("joint_list", "negotiate", OF_LIST, COUNTABLE, "member_approver"),
    RULE("joint_list", "endorse", EXACTLY_DISTRICT, COUNTABLE, "sna_signatory"),
    RULE("joint_list", "attest_endorsement", OF_LIST, HALF, ATTESTORS),
    RULE("joint_list", "present_provincial", PROVINCE_OF_LIST, WIDER, "provincial_coordinator",
         "workshop_rapporteur", "secretariat_editor"),
    RULE("joint_list", "present_national", NATIONAL, WIDER, "workshop_rapporteur", "secretariat_editor"),
    RULE("joint_list", "accept", EXACTLY_DISTRICT, COUNTABLE, "sna_signatory"),
    RULE("joint_list", "attest_acceptance", OF_LIST, HALF, ATTESTORS),
    RULE("recommendation", "draft", OF_LIST, EDIT, TABLE_EDITORS),
    RULE("recommendation", "prioritise_provincial", PROVINCE_OF_LIST, WIDER, "provincial_coordinator",
         "workshop_rapporteur"),
    RULE("recommendation", "prioritise_national", NATIONAL, WIDER, "workshop_rapporteur",
         "secretariat_approver"),
    RULE("recommendation", "report_progress", OF_LIST, COUNTABLE, "sna_clerk", "member_editor"),
    RULE("recommendation", "verify_progress", OF_LIST, COUNTABLE, CLOSERS),
    RULE("recommendation", "dispute_progress", OF_LIST, COUNTABLE, "member_approver", "sna_signatory"),
    RULE("event", "create", OWN_ORGANISATION_OR_COALITION, EDIT, EDITORS),
    RULE("event", "record", OWN_ORGANISATION_OR_COALITION, COUNTABLE, EDITORS),
    RULE("project", "create", COALITION, EDIT, "secretariat_approver"),
    RULE("project", "award", COALITION, COUNTABLE, "secretariat_approver"),
    RULE("project", "close", COALITION, COUNTABLE, "secretariat_approver"),
    RULE("attachment", "create", OF_SCOPE, EDIT, TABLE_EDITORS, "member_approver", "sna_signatory",
         "provincial_coordinator", "workshop_rapporteur", "secretariat_approver"),
    RULE("audit_note", "write", OF_SCOPE, EDIT, "auditor"),
};
enum { RULE_COUNT = sizeof rules / sizeof rules[0] };

static const char *const reason_code[] = {
#define X(name, code, text) code,
    SMK_REASON_MAP(X)
#undef X
};
static const char *const reason_text[] = {
#define X(name, code, text) text,
    SMK_REASON_MAP(X)
#undef X
};

const char *smk_reason_code(enum smk_reason reason)
{
    return reason_code[reason];
}

const char *smk_reason_text(enum smk_reason reason)
{
    return reason_text[reason];
}

size_t smk_policy_count(void)
{
    return RULE_COUNT;
}

const struct smk_policy_rule *smk_policy_at(size_t i)
{
    return i < RULE_COUNT ? &rules[i] : NULL;
}

static bool is_text(struct smk_bytes bytes, const char *text)
{
    return smk_bytes_is_equal(bytes, smk_bytes_of_text(text));
}

const struct smk_policy_rule *smk_policy_act(struct smk_bytes kind, struct smk_bytes act)
{
    for (size_t i = 0; i < RULE_COUNT; i++)
        if (!rules[i].is_edit && is_text(kind, rules[i].kind) && is_text(act, rules[i].act))
            return &rules[i];
    return NULL;
}

const struct smk_policy_rule *smk_policy_edit(struct smk_bytes kind, bool is_wider)
{
    for (size_t i = 0; i < RULE_COUNT; i++)
        if (rules[i].is_edit && rules[i].is_wider == is_wider && is_text(kind, rules[i].kind))
            return &rules[i];
    return NULL;
}

bool smk_policy_has_role(const struct smk_policy_rule *rule, const char *role)
{
    for (size_t i = 0; i < SMK_POLICY_ROLES_MAX && rule->role[i] != NULL; i++)
        if (strcmp(rule->role[i], role) == 0)
            return true;
    return false;
}

/* ---- areas ---- */

/* The office's own area, else each of its organisation's, is this district and no wider one. */
static bool is_exactly(struct smk_roster *roster, const struct smk_office *office, const char *district)
{
    if (strlen(district) != 4)
        return false;
    if (office->area[0] != '\0')
        return strcmp(office->area, district) == 0;
    const struct smk_organisation *org = smk_roster_organisation(roster, office->org.text);
    return org != NULL && org->area_count == 1 && strcmp(org->area[0], district) == 0;
}

static bool covers_province(struct smk_roster *roster, const struct smk_office *office, const char *area)
{
    if (strlen(area) < 2)
        return false;
    char province[3] = {area[0], area[1], '\0'};
    return smk_roster_office_covers(roster, office, province);
}

static bool covers_scope(struct smk_roster *roster, const struct smk_office *office,
                         const struct smk_scope *scope)
{
    const char *argument = smk_scope_argument(scope);
    if (scope->kind == SMK_SCOPE_ORG)
        return strcmp(office->org.text, argument) == 0;
    bool has_area = scope->kind == SMK_SCOPE_PROV || scope->kind == SMK_SCOPE_DM;
    return !has_area || smk_roster_office_covers(roster, office, argument);
}

/* An office with an area of its own stays inside it, whoever owns the document. */
static enum smk_reason judge_owner(struct smk_roster *roster, const struct smk_office *office,
                                   const struct smk_place *place)
{
    if (!place->is_owner)
        return SMK_REASON_OWNER;
    bool is_inside = office->area[0] == '\0' || place->area[0] == '\0' ||
                     smk_roster_office_covers(roster, office, place->area);
    return is_inside ? SMK_REASON_COUNTS : SMK_REASON_AREA;
}

static bool covers_by_rule(struct smk_roster *roster, enum smk_area_rule rule,
                           const struct smk_office *office, const struct smk_place *place)
{
    switch (rule) {
    case SMK_AREA_OWN_AREA_OR_COALITION: return smk_roster_office_covers(roster, office, place->area);
    case SMK_AREA_OF_LIST:
        return strlen(place->area) == 4 && smk_roster_office_covers(roster, office, place->area);
    case SMK_AREA_EXACTLY_DISTRICT: return is_exactly(roster, office, place->area);
    case SMK_AREA_PROVINCE_OF_LIST: return covers_province(roster, office, place->area);
    case SMK_AREA_OF_SCOPE: return covers_scope(roster, office, place->scope);
    case SMK_AREA_COALITION:
    case SMK_AREA_NATIONAL:
    case SMK_AREA_OWN_ORGANISATION:
    case SMK_AREA_OWN_ORGANISATION_OR_COALITION: break;
    }
    return smk_roster_office_covers(roster, office, "");
}

enum smk_reason smk_policy_judge(struct smk_roster *roster, const struct smk_policy_rule *rule,
                                 const struct smk_office *office, const struct smk_place *place)
{
    if (!smk_policy_has_role(rule, office->role.text))
        return SMK_REASON_ROLE;
    if (rule->area == SMK_AREA_OWN_ORGANISATION)
        return judge_owner(roster, office, place);
    if (rule->area == SMK_AREA_OWN_ORGANISATION_OR_COALITION && place->is_owner)
        return judge_owner(roster, office, place);
    return covers_by_rule(roster, rule->area, office, place) ? SMK_REASON_COUNTS : SMK_REASON_AREA;
}
