#include "tests/support/path.h"

#include "proto/check.h"
#include "tests/support/notation.h"

#include <string.h>

#define EDIT(w, s, o, k, d, f)                                    \
    {                                                             \
        w, s,                                                     \
        {                                                         \
            .office = (o), .kind = (k), .doc = (d), .fields = (f) \
        }                                                         \
    }
#define ACT(w, s, o, k, a, d, ...)                                          \
    {                                                                       \
        w, s,                                                               \
        {                                                                   \
            .office = (o), .kind = (k), .act = (a), .doc = (d), __VA_ARGS__ \
        }                                                                   \
    }
#define SAID "{'en' 'as was said'}"
#define PEOPLE "{'total' 31 'female' 14}"

/* clang-format off */
static const struct test_step path[] = {
    EDIT(TEST_AS, "prov:02", "as-editor", "case_study", 6, "{'district' '0201' 'lead_org' 'as' 'respondents' " PEOPLE "}"),
    ACT(TEST_AS, "prov:02", "as-editor", "case_study", "submit", 6, .id = 0),
    ACT(TEST_SEC, "prov:02", "sec-approver", "case_study", "verify", 6, .id = 0),
    EDIT(TEST_CTOD, "dm:0201", "ctod-editor", "meeting", 0,
         "{'kind' 'joint_consultation' 'level' 'district' 'area' '0201' 'date' '2024-04-16' 'participants' " PEOPLE "}"),
    ACT(TEST_CTOD, "dm:0201", "ctod-editor", "meeting", "record_minutes", 0, .fields = "{'minutes' " SAID "}"),
    ACT(TEST_CTOD, "dm:0201", "ctod-approver", "meeting", "close", 0, .id = 0),
    EDIT(TEST_CTOD, "dm:0201", "ctod-editor", "recommendation", 2, "{'ref' 'RC-1' 'from_findings' ['F1']}"),
    EDIT(TEST_CTOD, "dm:0201", "ctod-editor", "recommendation", 3, "{'ref' 'RC-2' 'from_findings' ['F1']}"),
    EDIT(TEST_CTOD, "dm:0201", "ctod-editor", "joint_list", 1,
         "{'version' 1 'negotiated_at' $0 'recommendations' [$2 $3]}"),
    ACT(TEST_CTOD, "dm:0201", "ctod-approver", "joint_list", "negotiate", 1, .id = 0),
    ACT(TEST_BANAN, "dm:0201", "banan-gov", "joint_list", "endorse", 1, .fields = "{'list_version' 1}"),
    EDIT(TEST_HUB, "pub", "hub-coord", "meeting", 4,
         "{'ref' 'MT-02' 'kind' 'provincial_workshop' 'level' 'province' 'area' '02' 'date' '2024-04' 'participants' nil}"),
    ACT(TEST_HUB, "pub", "hub-rap", "meeting", "record_minutes", 4, .fields = "{'minutes' " SAID "}"),
    ACT(TEST_HUB, "pub", "hub-coord", "joint_list", "present_provincial", 1, .area = "0201",
        .fields = "{'meeting' $4 'recommendations' [$2 $3]}"),
    ACT(TEST_HUB, "pub", "hub-rap", "recommendation", "prioritise_provincial", 2, .area = "0201",
        .fields = "{'meeting' $4 'rank' 1}"),
    EDIT(TEST_SEC, "pub", "sec-editor", "meeting", 5,
         "{'kind' 'national_workshop' 'level' 'national' 'participants' nil}"),
    ACT(TEST_SEC, "pub", "sec-editor", "meeting", "record_minutes", 5, .fields = "{'minutes' " SAID "}"),
    ACT(TEST_SEC, "pub", "sec-rap", "joint_list", "present_national", 1, .area = "0201",
        .fields = "{'meeting' $5 'recommendations' [$2 $3]}"),
    ACT(TEST_SEC, "pub", "sec-approver", "recommendation", "prioritise_national", 2, .area = "0201",
        .fields = "{'meeting' $5 'rank' 1}"),
    ACT(TEST_BANAN, "dm:0201", "banan-gov", "joint_list", "accept", 1,
        .fields = "{'items' [{'recommendation' $2 'decision' 'accepted'} {'recommendation' $3 'decision' 'deferred'"
                  " 'reason' " SAID "}]}"),
    ACT(TEST_CTOD, "dm:0201", "ctod-editor", "recommendation", "report_progress", 2, .id = 50,
        .fields = "{'status' 'done' 'percent' 100}"),
    ACT(TEST_AS, "dm:0201", "as-approver", "recommendation", "verify_progress", 2,
        .fields = "{'follow_up' $11}"),
    ACT(TEST_AS, "dm:0201", "as-approver", "recommendation", "dispute_progress", 2,
        .fields = "{'follow_up' $11 'reason' " SAID "}"),
    EDIT(TEST_SEC, "pub", "sec-editor", "event", 7, "{'kind' 'training'}"),
    ACT(TEST_SEC, "pub", "sec-editor", "event", "record", 7, .fields = "{'participants' nil}"),
    EDIT(TEST_SEC, "pub", "sec-approver", "project", 8, "{'lead' 'sec'}"),
    ACT(TEST_SEC, "pub", "sec-approver", "project", "award", 8, .id = 51, .fields = "{'grantee' 'as'}"),
    ACT(TEST_SEC, "pub", "sec-approver", "project", "close", 8, .fields = "{'subgrant' $12 'reports' [$9]}"),
    EDIT(TEST_AUDITOR, "dm:0201", "sec-auditor", "audit_note", 9, "{'target' $1 'text' " SAID "}"),
    ACT(TEST_CTOD, "dm:0201", "ctod-approver", "audit_note", "answer", 9, .fields = "{'answer' " SAID "}"),
    ACT(TEST_AUDITOR, "dm:0201", "sec-auditor", "audit_note", "close", 9, .id = 0),
};
/* clang-format on */
enum { STEPS = sizeof path / sizeof path[0] };

static bool is_named(const struct test_step *step, const char *name)
{
    size_t kind = strlen(step->deed.kind);
    return step->deed.act != NULL && strncmp(name, step->deed.kind, kind) == 0 && name[kind] == '.' &&
           strcmp(name + kind + 1, step->deed.act) == 0;
}

const struct test_step *test_path_step(const char *name)
{
    for (size_t i = 0; i < STEPS; i++)
        if (is_named(&path[i], name))
            return &path[i];
    return NULL;
}

void test_path(struct test_deeds *w, const char *before)
{
    enum smk_reason asked = SMK_REASON_COUNTS;
    for (size_t i = 0; i < STEPS && asked == SMK_REASON_COUNTS; i++) {
        if (before != NULL && is_named(&path[i], before))
            return;
        test_path_force(w, &path[i], &asked);
    }
    SMK_ASSERT(asked == SMK_REASON_COUNTS);
    SMK_ASSERT(before == NULL);
}

static const struct smk_record *record_of(const struct test_deeds *w, const uint8_t *id)
{
    for (size_t i = 0; i < w->run_count; i++)
        for (size_t k = 0; k < w->run[i]->count; k++)
            if (memcmp(w->run[i]->record[k].id, id, SMK_ID_BYTES) == 0)
                return &w->run[i]->record[k];
    return NULL;
}

static void pack_evidence(struct test_deeds *w, struct smk_fold *f, const struct smk_fold_doc *doc,
                          const char *act, struct smk_buf *b)
{
    const struct smk_fold_entry *entry[SMK_EVIDENCE_MAX];
    size_t count = doc != NULL ? smk_fold_evidence(f, doc, act, entry) : 0;
    if (count > 0)
        smk_pack_array(b, count);
    for (size_t i = 0; i < count; i++) {
        struct smk_buf whole = {.max = 2 * SMK_PAYLOAD_BYTES_MAX};
        smk_record_encode(record_of(w, entry[i]->id), &whole);
        smk_pack_bin(b, smk_buf_view(&whole));
        smk_buf_deinit(&whole);
    }
}

/* A study in pub is taken from that of the province, with what verified it. */
static void take_study(struct test_deeds *w, struct smk_fold *f, struct test_deed *deed, struct smk_buf *from,
                       struct smk_buf *evidence)
{
    const struct smk_fold_doc *study = test_find_doc(f, "case_study", deed->doc, "prov:02");
    if (study == NULL)
        return;
    smk_pack_array(from, study->head_count);
    for (size_t i = 0; i < study->head_count; i++)
        smk_pack_bin(from, SMK_BYTES(study->head[i]->id));
    pack_evidence(w, f, study, "publish", evidence);
    deed->from = smk_buf_view(from);
    deed->evidence = smk_buf_view(evidence);
}

static void name_text(struct smk_fold *f, const struct test_step *step, struct smk_buf *b)
{
    bool is_wider =
        smk_policy_act(smk_bytes_of_text(step->deed.kind), smk_bytes_of_text(step->deed.act))->is_wider;
    const struct smk_fold_doc *doc =
        test_find_doc(f, step->deed.kind, step->deed.doc, is_wider ? "dm:0201" : step->scope);
    if (doc != NULL)
        SMK_ASSERT(smk_fold_text(f, doc, b, NULL) == SMK_OK);
}

static enum smk_reason ask(struct smk_fold *f, const struct test_step *step, struct smk_bytes payload)
{
    struct smk_scope scope = smk_scope_of(step->scope);
    const struct smk_office *office = smk_roster_office(smk_fold_roster(f), step->deed.office);
    struct smk_act act;
    struct smk_edit edit;
    if (step->deed.act == NULL) {
        SMK_ASSERT(smk_edit_decode(payload, &edit) == SMK_OK);
        return smk_fold_judge_edit(f, &edit, &scope, office);
    }
    SMK_ASSERT(smk_act_decode(payload, &act) == SMK_OK);
    return smk_fold_judge_act(f, &act, &scope, office, TEST_DEEDS_START_MS << 16);
}

const uint8_t *test_path_force(struct test_deeds *w, const struct test_step *step, enum smk_reason *ret_asked)
{
    struct smk_buf text = {.max = SMK_PAYLOAD_BYTES_MAX}, evidence = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct test_deed deed = step->deed;
    uint8_t about[SMK_HASH_BYTES];
    struct test_run *run = test_deeds_log(w, step->who, step->scope);
    struct smk_fold *f = test_deeds_fold(w);
    for (size_t i = 0; i < w->run_count; i++) /* has seen all */
        if (w->run[i] != run && strcmp(w->run[i]->scope.text, step->scope) == 0 &&
            deed.dep_count < SMK_DEPS_MAX)
            deed.dep[deed.dep_count++] = w->run[i]->record[w->run[i]->count - 1].id;
    if (deed.act != NULL) {
        bool is_wider = smk_policy_act(smk_bytes_of_text(deed.kind), smk_bytes_of_text(deed.act))->is_wider;
        if (deed.text.len == 0)
            name_text(f, step, &text);
        if (deed.text.len == 0)
            deed.text = smk_buf_view(&text);
        smk_text_about(deed.text, about);
        deed.about = deed.about != NULL ? deed.about : about;
        if (is_wider)
            deed.text = (struct smk_bytes){0};
        if (is_wider && deed.evidence.len == 0) {
            pack_evidence(w, f, test_find_doc(f, "joint_list", deed.doc, "dm:0201"), deed.act, &evidence);
            deed.evidence = smk_buf_view(&evidence);
        }
    }
    if (deed.act == NULL && strcmp(deed.kind, "case_study") == 0 && strcmp(step->scope, "pub") == 0)
        take_study(w, f, &deed, &text, &evidence);
    (void)test_deed(run, &deed);
    struct smk_record *record = &run->record[run->count - 1];
    *ret_asked = ask(f, step, record->payload);
    smk_fold_free(f);
    smk_buf_deinit(&text);
    smk_buf_deinit(&evidence);
    return record->id;
}
