#include "proto/schema.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CHOICES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define PARTS(array) .part = (array), .part_count = COUNT(array)

/* One field a line: name, what else its type needs, and how it stands: OPTIONAL, or a sum of the other three words. */
#define OPTIONAL 0
#define REQUIRED SMK_FIELD_IS_REQUIRED
#define LIST SMK_FIELD_IS_LIST
#define NULLABLE SMK_FIELD_MAY_BE_UNKNOWN
/* clang-format off */
#define TEXT(n, how) {.name = (n), .type = SMK_FIELD_TEXT, .flags = (how)}
#define BILINGUAL(n, how) {.name = (n), .type = SMK_FIELD_BILINGUAL, .flags = (how)}
#define NAME(n, how) {.name = (n), .type = SMK_FIELD_NAME, .flags = (how)}
#define ORG(n, how) {.name = (n), .type = SMK_FIELD_SLUG, .flags = (how), .kind = "organisation"}
#define OFFICE(n, how) {.name = (n), .type = SMK_FIELD_SLUG, .flags = (how), .kind = "office"}
#define CHOICE(n, how, ...) CHOICE_(n, how, __VA_ARGS__)
#define CHOICE_(n, how, v, c) {.name = (n), .type = SMK_FIELD_CHOICE, .flags = (how), .vocabulary = (v), .choices = (c)}
#define AREA(n, how, lo, hi) {.name = (n), .type = SMK_FIELD_AREA, .flags = (how), .min = (lo), .max = (hi)}
#define INTEGER(n, how, lo, hi) {.name = (n), .type = SMK_FIELD_INTEGER, .flags = (how), .min = (lo), .max = (hi)}
#define AMOUNT(n, how) {.name = (n), .type = SMK_FIELD_AMOUNT, .flags = (how)}
#define DATE(n, how) {.name = (n), .type = SMK_FIELD_DATE, .flags = (how)}
#define TALLY(n, how) {.name = (n), .type = SMK_FIELD_TALLY, .flags = (how)}
#define REFERENCE(n, how, k) {.name = (n), .type = SMK_FIELD_REFERENCE, .flags = (how), .kind = (k)}
#define SHA256(n, how) {.name = (n), .type = SMK_FIELD_SHA256, .flags = (how)}
#define ANSWERS(n, how) {.name = (n), .type = SMK_FIELD_ANSWERS, .flags = (how)}
#define PROVENANCE {.name = "provenance", .type = SMK_FIELD_PROVENANCE}
#define GROUP(n, how, parts) {.name = (n), .type = SMK_FIELD_GROUP, .flags = (how), PARTS(parts)}
/* clang-format on */
#define ALWAYS NAME("ref", OPTIONAL), NAME("km_review", OPTIONAL), BILINGUAL("remarks", OPTIONAL), PROVENANCE

/* A vocabulary is its name in labels_table.c and its words. */
#define MECHANISMS                                                                                      \
    "mechanism", CHOICES("council_meeting", "dc_forum", "public_forum", "owso", "ombudsman", "diw",     \
                         "rolling_programme", "cip", "cdp", "cs_fund", "social_accountability", "jaap", \
                         "budget", "partnership_meeting", "wccc", "info_disclosure", "inclusion")
#define METHODS "method", CHOICES("individual", "focus_group", "phone")
#define LEVELS "level", CHOICES("commune", "district", "province", "national")
#define PRECISIONS "date_precision", CHOICES("unknown", "year", "month", "day")

/* ---- documents ---- */

static const struct smk_field finding[] = {
    NAME("id", REQUIRED),
    BILINGUAL("text", REQUIRED),
    CHOICE("mechanism", OPTIONAL, MECHANISMS),
};

static const struct smk_field case_study[] = {
    ALWAYS,
    AREA("district", REQUIRED, 4, 4),
    BILINGUAL("title", REQUIRED),
    INTEGER("year", REQUIRED, 1990, 2200),
    ORG("lead_org", REQUIRED),
    ORG("compiled_by", OPTIONAL),
    CHOICE("methods", REQUIRED | LIST, METHODS),
    CHOICE("mechanisms_studied", LIST, MECHANISMS),
    GROUP("findings", REQUIRED | LIST, finding),
    TALLY("respondents", REQUIRED),
    REFERENCE("attachments", LIST, "attachment"),
};

/* What the studies of a project or a province say together. */
static const struct smk_field study_report[] = {
    ALWAYS,
    BILINGUAL("title", REQUIRED),
    INTEGER("year", REQUIRED, 1990, 2200),
    ORG("lead_org", REQUIRED),
    AREA("province", OPTIONAL, 2, 2),
    REFERENCE("project", OPTIONAL, "project"),
    REFERENCE("case_studies", REQUIRED | LIST, "case_study"),
    CHOICE("methods", LIST, METHODS),
    CHOICE("mechanisms_studied", LIST, MECHANISMS),
    BILINGUAL("summary", OPTIONAL),
    BILINGUAL("findings_overview", OPTIONAL),
    BILINGUAL("conclusions", OPTIONAL),
    TALLY("respondents", NULLABLE),
    REFERENCE("attachments", LIST, "attachment"),
};

static const struct smk_field interview[] = {
    ALWAYS,
    REFERENCE("case_study", REQUIRED, "case_study"),
    AREA("district", OPTIONAL, 4, 4),
    AREA("commune", OPTIONAL, 6, 6),
    DATE("date", REQUIRED),
    CHOICE("method", REQUIRED, METHODS),
    CHOICE("respondent_type", REQUIRED, "respondent_type", CHOICES("citizen", "cbo", "cso")),
    CHOICE("sex", REQUIRED, "sex", CHOICES("female", "male", "not_stated")),
    CHOICE("age_band", REQUIRED, "age_band",
           CHOICES("15_17", "18_30", "31_45", "46_59", "60_plus", "not_stated")),
    CHOICE("disability", OPTIONAL, "disability", CHOICES("yes", "no", "not_asked")),
    CHOICE("consent", REQUIRED, "yes_no", CHOICES("yes", "no")),
    CHOICE("guardian_consent", OPTIONAL, "yes_no", CHOICES("yes", "no")),
    ORG("collected_by", REQUIRED),
    ANSWERS("answers", OPTIONAL),
};

static const struct smk_field meeting[] = {
    ALWAYS,
    CHOICE("kind", REQUIRED, "meeting_kind",
           CHOICES("consultation", "joint_consultation", "partnership_technical", "provincial_workshop",
                   "national_workshop", "council", "forum")),
    CHOICE("level", REQUIRED, LEVELS),
    AREA("area", OPTIONAL, 2, 6),
    DATE("date", OPTIONAL),
    DATE("date_end", OPTIONAL),
    CHOICE("date_precision", OPTIONAL, PRECISIONS),
    BILINGUAL("title", OPTIONAL),
    BILINGUAL("venue", OPTIONAL),
    ORG("organisers", REQUIRED | LIST),
    OFFICE("chair_office", OPTIONAL),
    BILINGUAL("agenda", LIST),
    BILINGUAL("decisions", LIST),
    TALLY("participants", NULLABLE),
    REFERENCE("case_studies", LIST, "case_study"),
    REFERENCE("lists", LIST, "joint_list"),
    REFERENCE("attachments", LIST, "attachment"),
};

static const struct smk_field joint_list[] = {
    ALWAYS,
    AREA("district", REQUIRED, 4, 4),
    INTEGER("version", REQUIRED, 1, 10000),
    BILINGUAL("title", REQUIRED),
    ORG("parties", REQUIRED | LIST),
    REFERENCE("negotiated_at", REQUIRED, "meeting"),
    REFERENCE("recommendations", REQUIRED | LIST, "recommendation"),
    REFERENCE("case_studies", LIST, "case_study"),
};

static const struct smk_field cost[] = {
    AMOUNT("amount", REQUIRED),
    NAME("currency", REQUIRED),
};

static const struct smk_field recommendation[] = {
    ALWAYS,
    REFERENCE("list", OPTIONAL, "joint_list"),
    INTEGER("number", REQUIRED, 1, 10000),
    AREA("district", REQUIRED, 4, 4),
    BILINGUAL("title", REQUIRED),
    BILINGUAL("detail", OPTIONAL),
    NAME("theme", REQUIRED),
    CHOICE("mechanism", REQUIRED, MECHANISMS),
    OFFICE("responsible_office", REQUIRED),
    ORG("supporting_orgs", LIST),
    CHOICE("level", REQUIRED, LEVELS),
    CHOICE("timeframe", REQUIRED, "timeframe", CHOICES("short", "medium", "long")),
    NAME("target_groups", LIST),
    BILINGUAL("indicator", OPTIONAL),
    BILINGUAL("expected_result", OPTIONAL),
    GROUP("cost", OPTIONAL, cost),
    NAME("from_findings", REQUIRED | LIST),
};

static const struct smk_field session[] = {
    BILINGUAL("title", REQUIRED), DATE("date", OPTIONAL),          BILINGUAL("venue", OPTIONAL),
    AREA("area", OPTIONAL, 2, 8), TALLY("participants", NULLABLE),
};

static const struct smk_field event[] = {
    ALWAYS,
    CHOICE("kind", REQUIRED, "event_kind",
           CHOICES("training", "training_series", "annual_convention", "policy_briefing",
                   "reflective_workshop", "exchange", "other")),
    BILINGUAL("title", REQUIRED),
    DATE("date", OPTIONAL),
    DATE("date_end", OPTIONAL),
    CHOICE("date_precision", OPTIONAL, PRECISIONS),
    AREA("area", OPTIONAL, 2, 8),
    BILINGUAL("venue", OPTIONAL),
    ORG("organisers", LIST),
    ORG("partners", LIST),
    TALLY("participants", NULLABLE),
    GROUP("sessions", LIST, session),
    REFERENCE("project", OPTIONAL, "project"),
    REFERENCE("materials", LIST, "attachment"),
};

static const struct smk_field budget[] = {
    NAME("currency", REQUIRED),
    AMOUNT("approved", OPTIONAL),
    AMOUNT("spent", OPTIONAL),
};

static const struct smk_field project[] = {
    ALWAYS,
    BILINGUAL("name", REQUIRED),
    ORG("lead", REQUIRED),
    ORG("funder", OPTIONAL),
    DATE("start", OPTIONAL),
    DATE("end", OPTIONAL),
    AREA("areas", LIST, 2, 8),
    GROUP("budget", OPTIONAL, budget),
    BILINGUAL("indicators", LIST),
    REFERENCE("links", LIST, "any"),
};

static const struct smk_field attachment[] = {
    ALWAYS,
    SHA256("sha256", REQUIRED),
    INTEGER("bytes", REQUIRED, 0, 1ull << 40),
    NAME("media_type", REQUIRED),
    CHOICE("kind", REQUIRED, "attachment_kind",
           CHOICES("signed_page", "minutes", "photo", "report", "other")),
    REFERENCE("subject", REQUIRED, "any"),
    BILINGUAL("caption", OPTIONAL),
    CHOICE("visibility", REQUIRED, "visibility", CHOICES("public", "coalition", "parties", "organisation")),
};

static const struct smk_field audit_note[] = {
    ALWAYS,
    REFERENCE("target", REQUIRED, "any"),
    BILINGUAL("text", REQUIRED),
    CHOICE("severity", OPTIONAL, "severity", CHOICES("remark", "minor", "major")),
};

#define FIELDS(array) .field = (array), .field_count = COUNT(array)

static const struct smk_kind kinds[] = {
    {"interview", SMK_LIVES_IN_ORGANISATION, "district", "collected_by", NULL, NULL, FIELDS(interview)},
    {"case_study", SMK_LIVES_IN_PROVINCE, "district", "lead_org", "title", "created_by", FIELDS(case_study)},
    {"study_report", SMK_LIVES_BY_AREA, "province", "lead_org", "title", "created_by", FIELDS(study_report)},
    {"meeting", SMK_LIVES_BY_LEVEL, "area", NULL, "title", "planned_by", FIELDS(meeting)},
    {"recommendation", SMK_LIVES_IN_DISTRICT, "district", NULL, "title", NULL, FIELDS(recommendation)},
    {"joint_list", SMK_LIVES_IN_DISTRICT, "district", NULL, "title", "drafted_by", FIELDS(joint_list)},
    {"event", SMK_LIVES_IN_PUBLIC, "area", NULL, "title", "created_by", FIELDS(event)},
    {"project", SMK_LIVES_IN_PUBLIC, NULL, NULL, "name", "created_by", FIELDS(project)},
    {"attachment", SMK_LIVES_WITH_SUBJECT, NULL, NULL, "caption", NULL, FIELDS(attachment),
     .subject_field = "subject"},
    {"audit_note", SMK_LIVES_WITH_SUBJECT, NULL, NULL, "text", NULL, FIELDS(audit_note),
     .subject_field = "target"},
};

/* ---- acts ---- */

static const struct smk_field plain_act[] = {ALWAYS};

static const struct smk_field reasoned_act[] = {
    ALWAYS,
    BILINGUAL("reason", REQUIRED),
};

static const struct smk_field minutes_act[] = {
    ALWAYS,
    BILINGUAL("minutes", REQUIRED),
    TALLY("participants", NULLABLE),
};

#define SIGNING                                                                             \
    ALWAYS, DATE("date", REQUIRED), ORG("by_org", OPTIONAL), OFFICE("by_office", OPTIONAL), \
        INTEGER("list_version", OPTIONAL, 0, 10000), REFERENCE("attachment", OPTIONAL, "attachment")
#define PAGE SHA256("page", REQUIRED)

static const struct smk_field endorse_act[] = {SIGNING};
static const struct smk_field attest_endorsement_act[] = {SIGNING, PAGE};

static const struct smk_field decided_item[] = {
    REFERENCE("recommendation", REQUIRED, "recommendation"),
    CHOICE("decision", REQUIRED, "status",
           CHOICES("accepted", "accepted_with_changes", "deferred", "referred_up", "not_accepted")),
    BILINGUAL("reason", OPTIONAL),
    BILINGUAL("revised_text", OPTIONAL),
    DATE("due", OPTIONAL),
};
#define ITEMS GROUP("items", REQUIRED | LIST, decided_item)

static const struct smk_field accept_act[] = {SIGNING, ITEMS};
static const struct smk_field attest_acceptance_act[] = {SIGNING, PAGE, ITEMS};

static const struct smk_field present_act[] = {
    ALWAYS,
    REFERENCE("meeting", REQUIRED, "meeting"),
    REFERENCE("recommendations", REQUIRED | LIST, "recommendation"),
    OFFICE("presented_by", OPTIONAL),
    INTEGER("list_version", OPTIONAL, 0, 10000),
};

static const struct smk_field prioritise_act[] = {
    ALWAYS,
    REFERENCE("meeting", REQUIRED, "meeting"),
    INTEGER("rank", REQUIRED, 1, 10000),
    INTEGER("votes", OPTIONAL, 0, 1000 * 1000),
    CHOICE("method", REQUIRED, "ranking_method",
           CHOICES("consensus", "dot_voting", "scoring", "show_of_hands")),
};

static const struct smk_field report_act[] = {
    ALWAYS,
    DATE("date", REQUIRED),
    CHOICE("status", REQUIRED, "status", CHOICES("planned", "in_progress", "done", "stalled", "dropped")),
    INTEGER("percent", OPTIONAL, 0, 100),
    BILINGUAL("note", OPTIONAL),
    OFFICE("on_behalf_of", OPTIONAL),
    REFERENCE("evidence", LIST, "attachment"),
    TEXT("budget_line", OPTIONAL),
};

static const struct smk_field verify_progress_act[] = {
    ALWAYS,
    REFERENCE("follow_up", REQUIRED, "follow_up"),
    DATE("date", REQUIRED),
    BILINGUAL("reason", OPTIONAL),
};

static const struct smk_field dispute_progress_act[] = {
    ALWAYS,
    REFERENCE("follow_up", REQUIRED, "follow_up"),
    DATE("date", REQUIRED),
    BILINGUAL("reason", REQUIRED),
};

static const struct smk_field record_act[] = {
    ALWAYS,
    TALLY("participants", NULLABLE),
};

static const struct smk_field award_act[] = {
    ALWAYS,
    ORG("grantee", REQUIRED),
    AMOUNT("amount", OPTIONAL),
    NAME("currency", OPTIONAL),
    BILINGUAL("conditions", OPTIONAL),
};

static const struct smk_field close_grant_act[] = {
    ALWAYS,
    REFERENCE("subgrant", REQUIRED, "subgrant"),
    REFERENCE("reports", LIST, "attachment"),
};

static const struct smk_field answer_act[] = {
    ALWAYS,
    BILINGUAL("answer", REQUIRED),
};

static const struct smk_act_kind act_kinds[] = {
    {"case_study", "submit", FIELDS(plain_act)},
    {"case_study", "return", FIELDS(reasoned_act)},
    {"case_study", "verify", FIELDS(plain_act)},
    {"meeting", "record_minutes", FIELDS(minutes_act)},
    {"meeting", "close", FIELDS(plain_act)},
    {"meeting", "cancel", FIELDS(reasoned_act)},
    {"joint_list", "negotiate", FIELDS(plain_act)},
    {"joint_list", "endorse", FIELDS(endorse_act)},
    {"joint_list", "attest_endorsement", FIELDS(attest_endorsement_act)},
    {"joint_list", "present_provincial", FIELDS(present_act)},
    {"joint_list", "present_national", FIELDS(present_act)},
    {"joint_list", "accept", FIELDS(accept_act)},
    {"joint_list", "attest_acceptance", FIELDS(attest_acceptance_act)},
    {"recommendation", "prioritise_provincial", FIELDS(prioritise_act)},
    {"recommendation", "prioritise_national", FIELDS(prioritise_act)},
    {"recommendation", "report_progress", FIELDS(report_act)},
    {"recommendation", "verify_progress", FIELDS(verify_progress_act)},
    {"recommendation", "dispute_progress", FIELDS(dispute_progress_act)},
    {"event", "record", FIELDS(record_act)},
    {"project", "award", FIELDS(award_act)},
    {"project", "close", FIELDS(close_grant_act)},
    {"audit_note", "answer", FIELDS(answer_act)},
    {"audit_note", "close", FIELDS(plain_act)},
    {"interview", "withdraw", FIELDS(reasoned_act)},
    {"case_study", "withdraw", FIELDS(reasoned_act)},
    {"study_report", "withdraw", FIELDS(reasoned_act)},
    {"meeting", "withdraw", FIELDS(reasoned_act)},
    {"joint_list", "withdraw", FIELDS(reasoned_act)},
    {"recommendation", "withdraw", FIELDS(reasoned_act)},
    {"event", "withdraw", FIELDS(reasoned_act)},
    {"project", "withdraw", FIELDS(reasoned_act)},
    {"attachment", "withdraw", FIELDS(reasoned_act)},
    {"audit_note", "withdraw", FIELDS(reasoned_act)},
};

/* ---- what is no document ---- */

#define ORGANISATION_KINDS                                                                                \
    "organisation_kind", CHOICES("secretariat", "hub", "member", "sna_province", "sna_dm", "sna_commune", \
                                 "ministry", "national_committee", "donor", "other")
#define ROLES                                                                              \
    "role", CHOICES("member_editor", "member_approver", "sna_clerk", "sna_signatory",      \
                    "provincial_coordinator", "workshop_rapporteur", "secretariat_editor", \
                    "secretariat_approver", "auditor", "node_admin")

static const struct smk_field organisation[] = {
    NAME("id", REQUIRED),
    CHOICE("kind", REQUIRED, ORGANISATION_KINDS),
    BILINGUAL("name", REQUIRED),
    AREA("areas", LIST, 2, 4),
};

static const struct smk_field office[] = {
    NAME("id", REQUIRED),         ORG("org", REQUIRED),      CHOICE("role", REQUIRED, ROLES),
    AREA("area", OPTIONAL, 2, 4), NAME("meeting", OPTIONAL), BILINGUAL("title", OPTIONAL),
};

static const struct smk_field place[] = {
    AREA("code", REQUIRED, 2, 8),
    CHOICE("level", REQUIRED, "level", CHOICES("province", "district", "commune", "village")),
    CHOICE(
        "kind", REQUIRED, "level",
        CHOICES("village", "commune", "sangkat", "district", "municipality", "khan", "province", "capital")),
    AREA("parent", OPTIONAL, 2, 6),
    BILINGUAL("name", REQUIRED),
    DATE("valid_from", OPTIONAL),
    DATE("valid_to", OPTIONAL),
    BILINGUAL("aliases", LIST),
};

static const struct smk_entity entities[] = {
    {"endorsement", "joint_list", {"endorse", "attest_endorsement"}, NULL, 0},
    {"presentation", "joint_list", {"present_provincial", "present_national"}, NULL, 0},
    {"priority", "recommendation", {"prioritise_provincial", "prioritise_national"}, NULL, 0},
    {"acceptance", "joint_list", {"accept", "attest_acceptance"}, NULL, 0},
    {"follow_up", "recommendation", {"report_progress"}, NULL, 0},
    {"verification", "recommendation", {"verify_progress", "dispute_progress"}, NULL, 0},
    {"subgrant", "project", {"award", "close"}, NULL, 0},
    {"organisation", NULL, {NULL}, FIELDS(organisation)},
    {"office", NULL, {NULL}, FIELDS(office)},
    {"place", NULL, {NULL}, FIELDS(place)},
};

size_t smk_entity_count(void)
{
    return COUNT(entities);
}

const struct smk_entity *smk_entity_at(size_t i)
{
    return i < COUNT(entities) ? &entities[i] : NULL;
}

const struct smk_entity *smk_entity_find(struct smk_bytes name)
{
    for (size_t i = 0; i < COUNT(entities); i++)
        if (smk_bytes_is_equal(smk_bytes_of_text(entities[i].name), name))
            return &entities[i];
    return NULL;
}

/* ---- looking things up ---- */

size_t smk_kind_count(void)
{
    return COUNT(kinds);
}

const struct smk_kind *smk_kind_at(size_t i)
{
    return i < COUNT(kinds) ? &kinds[i] : NULL;
}

const struct smk_kind *smk_kind_find(struct smk_bytes name)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (smk_bytes_is_equal(smk_bytes_of_text(kinds[i].name), name))
            return &kinds[i];
    return NULL;
}

const struct smk_field *smk_field_find(const struct smk_field *fields, size_t count, struct smk_bytes name)
{
    for (size_t i = 0; i < count; i++)
        if (smk_bytes_is_equal(smk_bytes_of_text(fields[i].name), name))
            return &fields[i];
    return NULL;
}

const struct smk_act_kind *smk_act_kind_find(struct smk_bytes kind, struct smk_bytes act)
{
    for (size_t i = 0; i < COUNT(act_kinds); i++)
        if (smk_bytes_is_equal(smk_bytes_of_text(act_kinds[i].kind), kind) &&
            smk_bytes_is_equal(smk_bytes_of_text(act_kinds[i].act), act))
            return &act_kinds[i];
    return NULL;
}
