#include "proto/policy.h"

#include <string.h>

#define EDITORS "member_editor", "secretariat_editor"
#define TABLE_EDITORS "member_editor", "sna_clerk", "secretariat_editor"
#define CLOSERS "member_approver", "provincial_coordinator", "secretariat_approver"
#define ATTESTORS "member_approver", "secretariat_approver"

enum { ACT = 0, EDIT = 1, WIDER = 2, HALF = 4 };
#define ROLES(...)  \
    {               \
        __VA_ARGS__ \
    }
#define FROM(...)   \
    {               \
        __VA_ARGS__ \
    }
#define ANYWHERE \
    {            \
        NULL     \
    }
#define GUARDS(...) \
    {               \
        __VA_ARGS__ \
    }
#define NO_GUARD       \
    {                  \
        SMK_GUARD_NONE \
    }
#define RULE(k, a, area_rule, how, roles, froms, guards)                                            \
    {                                                                                               \
        .kind = (k), .act = (a), .area = SMK_AREA_##area_rule, .is_edit = ((how)&EDIT) != 0,        \
        .is_wider = ((how)&WIDER) != 0, .is_half = ((how)&HALF) != 0, .role = roles, .from = froms, \
        .guard = guards                                                                             \
    }
#define G(name) SMK_GUARD_##name
/* Whoever may make a document may take back what is its organisation's work alone. */
#define WITHDRAW(k, ...) \
    RULE(k, "withdraw", OWN_ORGANISATION, ACT, ROLES(__VA_ARGS__), ANYWHERE, GUARDS(G(REASON), G(OWN_WORK)))

/* clang-format off */
static const struct smk_policy_rule rules[] = {
    RULE("interview", "create", OWN_ORGANISATION, EDIT, ROLES(EDITORS), ANYWHERE, NO_GUARD),
    RULE("case_study", "create", OWN_ORGANISATION, EDIT, ROLES(EDITORS), ANYWHERE, NO_GUARD),
    RULE("case_study", "submit", OWN_ORGANISATION, ACT, ROLES("member_editor"), FROM("draft", "returned"),
         GUARDS(G(TALLY), G(CONSENT))),
    RULE("case_study", "return", COALITION, ACT, ROLES("secretariat_editor", "secretariat_approver"),
         FROM("submitted"), GUARDS(G(REASON))),
    RULE("case_study", "verify", COALITION, ACT, ROLES("secretariat_approver"), FROM("submitted"),
         GUARDS(G(NOT_AUTHOR))),
    RULE("case_study", "publish", COALITION, EDIT | WIDER, ROLES("secretariat_approver"), FROM("verified"),
         GUARDS(G(NO_PERSONAL_DATA))),
    RULE("study_report", "create", OWN_ORGANISATION, EDIT, ROLES(EDITORS), ANYWHERE, NO_GUARD),
    RULE("study_report", "publish", COALITION, EDIT | WIDER, ROLES("secretariat_approver"), ANYWHERE,
         GUARDS(G(NO_PERSONAL_DATA))),
    RULE("meeting", "plan", OWN_AREA_OR_COALITION, EDIT, ROLES(TABLE_EDITORS, "provincial_coordinator"), ANYWHERE,
         NO_GUARD),
    RULE("meeting", "record_minutes", OWN_AREA_OR_COALITION, ACT, ROLES(TABLE_EDITORS, "workshop_rapporteur"),
         FROM("planned", "held"), GUARDS(G(DATE), G(PARTICIPANTS_BOTH))),
    RULE("meeting", "close", OWN_AREA_OR_COALITION, ACT, ROLES(CLOSERS), FROM("held"),
         GUARDS(G(DATE), G(MINUTES), G(NOT_AUTHOR))),
    RULE("meeting", "cancel", OWN_AREA_OR_COALITION, ACT, ROLES(CLOSERS), FROM("planned"), GUARDS(G(REASON))),
    RULE("joint_list", "draft", OF_LIST, EDIT, ROLES(TABLE_EDITORS), ANYWHERE, GUARDS(G(CASE_STUDY))),
    RULE("joint_list", "negotiate", OF_LIST, ACT, ROLES("member_approver"), FROM("draft"),
         GUARDS(G(JOINT_MEETING), G(ONE_ITEM), G(CASE_STUDY))),
    RULE("joint_list", "endorse", EXACTLY_DISTRICT, ACT, ROLES("sna_signatory"), FROM("negotiated"),
         GUARDS(G(VERSION))),
    RULE("joint_list", "attest_endorsement", OF_LIST, HALF, ROLES(ATTESTORS), FROM("negotiated"),
         GUARDS(G(VERSION), G(PAGE), G(TWO))),
    RULE("joint_list", "present_provincial", PROVINCE_OF_LIST, WIDER,
         ROLES("provincial_coordinator", "workshop_rapporteur", "secretariat_editor"), FROM("endorsed"),
         GUARDS(G(PROVINCIAL_MEETING))),
    RULE("joint_list", "present_national", NATIONAL, WIDER, ROLES("workshop_rapporteur", "secretariat_editor"),
         FROM("endorsed"), GUARDS(G(NATIONAL_WORKSHOP))),
    RULE("joint_list", "accept", EXACTLY_DISTRICT, ACT, ROLES("sna_signatory"), FROM("endorsed"),
         GUARDS(G(ITEMS), G(ITEM_REASONS))),
    RULE("joint_list", "attest_acceptance", OF_LIST, HALF, ROLES(ATTESTORS), FROM("endorsed"),
         GUARDS(G(ITEMS), G(PAGE), G(TWO), G(VERSION), G(ITEM_REASONS))),
    RULE("recommendation", "draft", OF_LIST, EDIT, ROLES(TABLE_EDITORS), ANYWHERE, GUARDS(G(CASE_STUDY))),
    RULE("recommendation", "prioritise_provincial", PROVINCE_OF_LIST, WIDER,
         ROLES("provincial_coordinator", "workshop_rapporteur"), FROM("endorsed"), GUARDS(G(PRESENTED), G(RANK))),
    RULE("recommendation", "prioritise_national", NATIONAL, WIDER, ROLES("workshop_rapporteur", "secretariat_approver"),
         FROM("endorsed"), GUARDS(G(PRESENTED), G(RANK))),
    RULE("recommendation", "report_progress", OF_LIST, ACT, ROLES("sna_clerk", "member_editor"),
         FROM("accepted", "planned", "in_progress", "stalled"), GUARDS(G(PERCENT), G(DONE), G(NOTE))),
    RULE("recommendation", "verify_progress", OF_LIST, ACT, ROLES(CLOSERS), FROM("done"),
         GUARDS(G(NOT_REPORTER), G(OTHER_ORGANISATION))),
    RULE("recommendation", "dispute_progress", OF_LIST, ACT, ROLES("member_approver", "sna_signatory"),
         FROM("done", "verified"), GUARDS(G(REASON))),
    RULE("event", "create", OWN_ORGANISATION_OR_COALITION, EDIT, ROLES(EDITORS), ANYWHERE, NO_GUARD),
    RULE("event", "record", OWN_ORGANISATION_OR_COALITION, ACT, ROLES(EDITORS), FROM("planned"),
         GUARDS(G(PARTICIPANTS))),
    RULE("project", "create", COALITION, EDIT, ROLES("secretariat_approver"), ANYWHERE, NO_GUARD),
    RULE("project", "award", COALITION, ACT, ROLES("secretariat_approver"), FROM("active"), GUARDS(G(GRANTEE))),
    RULE("project", "close", COALITION, ACT, ROLES("secretariat_approver"), FROM("active"), GUARDS(G(FINAL_REPORT))),
    RULE("attachment", "create", OF_SCOPE, EDIT,
         ROLES(TABLE_EDITORS, "member_approver", "sna_signatory", "provincial_coordinator", "workshop_rapporteur",
               "secretariat_approver"), ANYWHERE, NO_GUARD),
    RULE("audit_note", "write", OF_SCOPE, EDIT, ROLES("auditor"), ANYWHERE, GUARDS(G(TARGET))),
    RULE("audit_note", "answer", OWNER_OF_TARGET, ACT, ROLES("member_approver", "secretariat_approver", "sna_clerk"),
         FROM("open"), NO_GUARD),
    RULE("audit_note", "close", OF_SCOPE, ACT, ROLES("auditor"), FROM("answered"), GUARDS(G(NOT_ANSWERER))),
    WITHDRAW("interview", EDITORS),
    WITHDRAW("case_study", EDITORS),
    WITHDRAW("study_report", EDITORS),
    WITHDRAW("meeting", TABLE_EDITORS, "provincial_coordinator"),
    WITHDRAW("joint_list", TABLE_EDITORS),
    WITHDRAW("recommendation", TABLE_EDITORS),
    WITHDRAW("event", EDITORS),
    WITHDRAW("project", "secretariat_approver"),
    WITHDRAW("attachment", TABLE_EDITORS, "member_approver", "sna_signatory", "provincial_coordinator",
             "workshop_rapporteur", "secretariat_approver"),
    WITHDRAW("audit_note", "auditor"),
};
/* clang-format on */
enum { RULE_COUNT = sizeof rules / sizeof rules[0] };

static const struct {
    const char *code, *en, *km;
} reasons[] = {
#define X(name, code, en, km) {code, en, km},
    SMK_REASON_MAP(X)
#undef X
};

static const char *const guard_word[SMK_GUARD_COUNT] = {"",
#define X(name, word) word,
                                                        SMK_GUARD_MAP(X)
#undef X
};

const char *smk_reason_code(enum smk_reason reason)
{
    return reasons[reason].code;
}

const char *smk_reason_text(enum smk_reason reason)
{
    return reasons[reason].en;
}

const char *smk_reason_text_km(enum smk_reason reason)
{
    return reasons[reason].km;
}

const char *smk_guard_word(enum smk_guard guard)
{
    return guard_word[guard];
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
    case SMK_AREA_OWNER_OF_TARGET:
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
    if (rule->area == SMK_AREA_OWNER_OF_TARGET)
        return place->is_owner ? SMK_REASON_COUNTS : SMK_REASON_OWNER;
    if (rule->area == SMK_AREA_OWN_ORGANISATION)
        return judge_owner(roster, office, place);
    if (rule->area == SMK_AREA_OWN_ORGANISATION_OR_COALITION && place->is_owner)
        return judge_owner(roster, office, place);
    return covers_by_rule(roster, rule->area, office, place) ? SMK_REASON_COUNTS : SMK_REASON_AREA;
}
