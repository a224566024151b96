/* proto/policy.h: which office may make, edit and do what, about which area.
 *
 * Shape    one row for each kind of document (its edits) and each act: roles, the rule for the area, where the document
 *          may stand, and guards. Acts about membership and keys are decisions of governance (PROTOCOL.md section 5)
 *          and stand in no row.
 * Source   PROTOCOL.md section 11.4.
 * Memory   static rows; the rest BORROWS for the call.   Secrets  none.   Threads  that of the roster.
 */
#ifndef SMK_PROTO_POLICY_H
#define SMK_PROTO_POLICY_H

#include "proto/roster.h"

/* Why an edit or act does not count, in the order in which it is asked: form, office, role, area, version, prerequisite,
 * state, then the guards. A word for programs, and a sentence in each language; the Khmer is ours and waits for a native
 * reader. */
/* clang-format off */
#define SMK_REASON_MAP(X) \
    X(COUNTS, "counts", "it counts", "វាមានសុពលភាព") \
    X(NO_PAYLOAD, "no_payload", "its payload is missing here", "ខ្លឹមសាររបស់វាមិនមាននៅទីនេះ") \
    X(SHAPE, "wrong_shape", "it is not in the form of an edit or act", "ទម្រង់របស់វាមិនត្រឹមត្រូវ") \
    X(NEWER, "newer_version", "it needs a newer Samaki", "វាត្រូវការ Samaki កំណែថ្មីជាងនេះ") \
    X(UNKNOWN_KIND, "unknown_kind", "this version knows no such type of document", "កំណែនេះមិនស្គាល់ប្រភេទឯកសារនេះ") \
    X(UNKNOWN_ACT, "unknown_act", "this version knows no such act about this type of document", "កំណែនេះមិនស្គាល់សកម្មភាពនេះលើប្រភេទឯកសារនេះ") \
    X(TALLY, "invalid_tally", "the tally does not add up", "ចំនួនមិនត្រូវគ្នា") \
    X(LEVEL, "wrong_level", "level and area do not go together", "ថ្នាក់ និងតំបន់មិនត្រូវគ្នា") \
    X(CONSENT, "no_consent", "an interview without consent is not kept", "សម្ភាសន៍ដែលគ្មានការយល់ព្រមមិនត្រូវរក្សាទុក") \
    X(SCOPE, "wrong_scope", "it does not belong into this scope", "វាមិនមែនសម្រាប់កន្លែងនេះ") \
    X(OFFICE, "wrong_office", "its log was not opened with this office", "កំណត់ហេតុរបស់វាមិនបានបើកដោយតំណែងនេះ") \
    X(NOT_IN_FORCE, "office_not_in_force", "the office or its organisation is not in force", "តំណែង ឬអង្គការរបស់វាមិនមានសុពលភាព") \
    X(ROLE, "wrong_role", "the role of this office may not do that", "តួនាទីនៃតំណែងនេះមិនអាចធ្វើបាន") \
    X(MEETING, "wrong_meeting", "the office was made for another meeting, or its meeting is over", "តំណែងនេះសម្រាប់កិច្ចប្រជុំផ្សេង ឬកិច្ចប្រជុំរបស់វាបានចប់") \
    X(OWNER, "wrong_organisation", "it belongs to another organisation", "វាជារបស់អង្គការផ្សេង") \
    X(AREA, "wrong_area", "the office has no say about this area", "តំណែងនេះគ្មានសិទ្ធិលើតំបន់នេះ") \
    X(NO_DOCUMENT, "missing_document", "the document it is about is not here", "ឯកសារដែលវាសំដៅមិនមាននៅទីនេះ") \
    X(NO_TEXT, "missing_text", "it does not name the text it is about", "វាមិនបញ្ជាក់អត្ថបទដែលវាសំដៅ") \
    X(VERSION, "unknown_version", "the version it names is not here", "កំណែដែលវាសំដៅមិនមាននៅទីនេះ") \
    X(ABOUT, "wrong_about", "it names another text than it was made for", "វាសំដៅអត្ថបទផ្សេងពីអត្ថបទដែលវាត្រូវបានធ្វើឡើង") \
    X(PREREQUISITE, "missing_prerequisite", "what has to come before it has not been done", "អ្វីដែលត្រូវធ្វើមុនវាមិនទាន់បានធ្វើ") \
    X(STATE, "wrong_state", "the document is beyond that already", "ឯកសារបានហួសជំហាននេះហើយ") \
    X(HALF, "needs_two_attestors", "the other attestor has not named the same text and page yet", "អ្នកបញ្ជាក់ម្នាក់ទៀត (អង្គការផ្សេង) មិនទាន់បញ្ជាក់អត្ថបទ និងទំព័រដដែល") \
    X(WHY, "reason_required", "it needs a reason or note", "ត្រូវបញ្ជាក់មូលហេតុ ឬកំណត់ចំណាំ") \
    X(DUTIES, "separation_of_duties", "another office or organisation has to do that than the one whose work it judges", "ត្រូវធ្វើដោយតំណែង ឬអង្គការផ្សេងពីអ្នកដែលបានធ្វើការងារនោះ") \
    X(PERSONAL, "personal_data", "a telephone number or an address of e-mail stands in the text", "មានលេខទូរស័ព្ទ ឬអាសយដ្ឋានអ៊ីមែលក្នុងអត្ថបទ") \
    X(FUTURE, "date_in_future", "its date lies in the future", "កាលបរិច្ឆេទរបស់វាស្ថិតនៅពេលអនាគត") \
    X(PARTICIPANTS, "participants_required", "it does not say how many took part and how many were women, or that this is unknown", "មិនបានបញ្ជាក់ចំនួនអ្នកចូលរួម និងចំនួនស្ត្រី ឬថាមិនដឹង") \
    X(MINUTES, "minutes_required", "there are no minutes", "គ្មានកំណត់ហេតុ") \
    X(LINK, "case_study_required", "it names no case study and no finding", "មិនបានបញ្ជាក់ករណីសិក្សា ឬលទ្ធផលរកឃើញ") \
    X(NO_ITEM, "no_items", "the list has no recommendation", "បញ្ជីគ្មានអនុសាសន៍") \
    X(PAGE, "missing_attachment", "it needs the signed page or the report attached", "ត្រូវភ្ជាប់ទំព័រដែលបានចុះហត្ថលេខា ឬរបាយការណ៍") \
    X(ITEMS, "undecided_item", "it does not decide every recommendation of the list exactly once", "មិនបានសម្រេចលើអនុសាសន៍នីមួយៗក្នុងបញ្ជីម្តង") \
    X(RANK, "rank_taken", "another recommendation has this rank at this meeting", "អនុសាសន៍ផ្សេងមានចំណាត់ថ្នាក់នេះក្នុងកិច្ចប្រជុំនេះហើយ") \
    X(RANGE, "out_of_range", "percent goes from 0 to 100", "ភាគរយត្រូវចាប់ពី ០ ដល់ ១០០") \
    X(DONE, "done_means_100", "done means 100 percent", "រួចរាល់ មានន័យថា ១០០ ភាគរយ") \
    X(GRANTEE, "unknown_organisation", "the grantee is no registered organisation", "អ្នកទទួលជំនួយមិនមែនជាអង្គការដែលបានចុះឈ្មោះ") \
    X(TARGET, "unknown_target", "what the note is about is not here", "អ្វីដែលកំណត់សម្គាល់នេះសំដៅមិនមាននៅទីនេះ") \
    X(BUILT_ON, "built_on", "another organisation made it, or has worked on it since", "អង្គការផ្សេងបានបង្កើតវា ឬបានធ្វើការលើវារួចហើយ")

enum smk_reason {
#define X(name, code, en, km) SMK_REASON_##name,
    SMK_REASON_MAP(X)
#undef X
};
/* clang-format on */
const char *smk_reason_code(enum smk_reason reason);    /* "wrong_area" */
const char *smk_reason_text(enum smk_reason reason);    /* in English */
const char *smk_reason_text_km(enum smk_reason reason); /* in Khmer */

/* What an act has to fulfil besides office, version and state; asked in the order of its row. */
#define SMK_GUARD_MAP(X)                                       \
    X(TALLY, "tally_adds_up")                                  \
    X(CONSENT, "consent_recorded")                             \
    X(REASON, "reason")                                        \
    X(NOT_AUTHOR, "not_author")                                \
    X(NO_PERSONAL_DATA, "no_personal_data")                    \
    X(DATE, "date_not_future")                                 \
    X(PARTICIPANTS_BOTH, "participants_total_and_female")      \
    X(PARTICIPANTS, "participants_total")                      \
    X(MINUTES, "minutes")                                      \
    X(CASE_STUDY, "case_study_link")                           \
    X(JOINT_MEETING, "closed_joint_meeting")                   \
    X(ONE_ITEM, "at_least_one_item")                           \
    X(VERSION, "list_version_hash")                            \
    X(PAGE, "signed_page_attachment")                          \
    X(TWO, "two_distinct_organisations")                       \
    X(PROVINCIAL_MEETING, "closed_or_held_provincial_meeting") \
    X(NATIONAL_WORKSHOP, "closed_or_held_national_workshop")   \
    X(PRESENTED, "presented_at_same_meeting")                  \
    X(RANK, "rank_unique")                                     \
    X(ITEMS, "every_item_decided")                             \
    X(ITEM_REASONS, "reason_unless_accepted")                  \
    X(PERCENT, "percent_0_100")                                \
    X(DONE, "done_means_100")                                  \
    X(NOTE, "reason_if_dropped_or_stalled")                    \
    X(NOT_REPORTER, "not_reporter")                            \
    X(OTHER_ORGANISATION, "other_organisation_than_reporter")  \
    X(GRANTEE, "grantee_is_registered_org")                    \
    X(FINAL_REPORT, "final_report_attachment")                 \
    X(TARGET, "target")                                        \
    X(NOT_ANSWERER, "not_answerer")                            \
    X(OWN_WORK, "own_work_alone")

enum smk_guard {
    SMK_GUARD_NONE,
#define X(name, word) SMK_GUARD_##name,
    SMK_GUARD_MAP(X)
#undef X
        SMK_GUARD_COUNT
};
const char *smk_guard_word(enum smk_guard guard); /* "rank_unique"; "" for none */

enum smk_area_rule {
    SMK_AREA_OWN_ORGANISATION,
    SMK_AREA_OWN_ORGANISATION_OR_COALITION,
    SMK_AREA_OWN_AREA_OR_COALITION, /* the area of a meeting; a national one has none, so the coalition's office */
    SMK_AREA_COALITION,             /* an office that covers everything */
    SMK_AREA_OF_LIST,               /* covers the district of the list */
    SMK_AREA_EXACTLY_DISTRICT,      /* is for that district and for nothing else */
    SMK_AREA_PROVINCE_OF_LIST,      /* covers its whole province */
    SMK_AREA_NATIONAL,
    SMK_AREA_OF_SCOPE,        /* covers the area that the scope is for */
    SMK_AREA_OWNER_OF_TARGET, /* its organisation owns what the note is about */
};

enum { SMK_POLICY_ROLES_MAX = 10, SMK_POLICY_FROM_MAX = 4, SMK_POLICY_GUARDS_MAX = 5 };

struct smk_policy_rule {
    const char *kind; /* type of document */
    const char *act;
    enum smk_area_rule area;
    bool is_edit;                           /* makes or edits the document */
    bool is_wider;                          /* stands in a wider scope than the document (pub) */
    bool is_half;                           /* counts only with its other half (attested) */
    const char *role[SMK_POLICY_ROLES_MAX]; /* ends with NULL unless full */
    const char *from[SMK_POLICY_FROM_MAX];  /* where the document may stand before it; none: anywhere */
    enum smk_guard guard[SMK_POLICY_GUARDS_MAX];
};

size_t smk_policy_count(void);
const struct smk_policy_rule *smk_policy_at(size_t i);
/* The rule of an act, NULL when there is none. */
const struct smk_policy_rule *smk_policy_act(struct smk_bytes kind, struct smk_bytes act);
/* The rule for edits of a kind, in its own scope or in the wider one; NULL when there is none. */
const struct smk_policy_rule *smk_policy_edit(struct smk_bytes kind, bool is_wider);
bool smk_policy_has_role(const struct smk_policy_rule *rule, const char *role);

/* What is to be judged. */
struct smk_place {
    const char *area;              /* of the document: digits, "" = none or national */
    const struct smk_scope *scope; /* of the record */
    bool is_owner;                 /* the office's organisation owns the document, or makes it */
};

/* COUNTS, ROLE, OWNER or AREA. */
enum smk_reason smk_policy_judge(struct smk_roster *roster, const struct smk_policy_rule *rule,
                                 const struct smk_office *office, const struct smk_place *place);

#endif
