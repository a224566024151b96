#include "tests/support/deeds.h"

#include "proto/check.h"
#include "tests/support/notation.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t START_MS = TEST_DEEDS_START_MS;

static const struct {
    const char *slug, *kind, *areas;
} organisations[] = {
    {"sec", "secretariat", ""},   {"ctod", "member", "02"},    {"as", "member", "02"},
    {"hub", "hub", "02"},         {"banan", "sna_dm", "0201"}, {"bavel", "sna_dm", "0204"},
    {"ministry", "ministry", ""},
};

static const struct {
    const char *slug, *org, *role, *area;
} offices[] = {
    {"sec-approver", "sec", "secretariat_approver", ""}, {"sec-editor", "sec", "secretariat_editor", ""},
    {"sec-rap", "sec", "workshop_rapporteur", ""},       {"sec-auditor", "sec", "auditor", ""},
    {"ctod-editor", "ctod", "member_editor", ""},        {"ctod-approver", "ctod", "member_approver", ""},
    {"ctod-narrow", "ctod", "member_editor", "0203"},    {"as-editor", "as", "member_editor", ""},
    {"as-approver", "as", "member_approver", ""},        {"hub-coord", "hub", "provincial_coordinator", "02"},
    {"hub-rap", "hub", "workshop_rapporteur", "02"},     {"banan-gov", "banan", "sna_signatory", "0201"},
    {"banan-clerk", "banan", "sna_clerk", ""},           {"bavel-gov", "bavel", "sna_signatory", ""},
    {"sec-member", "sec", "member_approver", ""},
};

static const struct {
    const char *org, *offices;
} devices[TEST_WHO] = {
    [TEST_SEC] = {"sec", "sec-approver sec-editor sec-rap"},
    [TEST_CTOD] = {"ctod", "ctod-approver ctod-editor ctod-narrow"},
    [TEST_AS] = {"as", "as-approver as-editor"},
    [TEST_HUB] = {"hub", "hub-coord hub-rap"},
    [TEST_BANAN] = {"banan", "banan-clerk banan-gov"},
    [TEST_BAVEL] = {"bavel", "bavel-gov"},
    [TEST_AUDITOR] = {"sec", "sec-auditor"},
    [TEST_SEC_MEMBER] = {"sec", "sec-member"},
};

void test_deeds_init(struct test_deeds *w)
{
    uint8_t hash[SMK_HASH_BYTES];
    memset(w, 0, sizeof *w);
    test_coalition_init(&w->coalition, 1, 1);
    for (size_t i = 0; i < sizeof organisations / sizeof organisations[0]; i++) {
        struct smk_decision d =
            test_organisation(organisations[i].slug, organisations[i].kind, organisations[i].areas);
        test_decide(&w->coalition, &d, hash);
    }
    for (size_t i = 0; i < sizeof offices / sizeof offices[0]; i++) {
        struct smk_decision d =
            test_office(offices[i].slug, offices[i].org, offices[i].role, offices[i].area);
        if (strcmp(offices[i].slug, "hub-rap") == 0)
            memcpy(d.office.meeting, "MT-02", sizeof "MT-02");
        test_decide(&w->coalition, &d, hash);
    }
    for (size_t i = 0; i < TEST_WHO; i++) {
        test_device_init(&w->device[i], 100 + i);
        test_certify(&w->coalition, &w->device[i], devices[i].org, devices[i].offices);
    }
}

void test_deeds_deinit(struct test_deeds *w)
{
    for (size_t i = 0; i < w->run_count; i++) {
        test_run_deinit(w->run[i]);
        free(w->run[i]);
    }
    test_coalition_deinit(&w->coalition);
}

struct test_run *test_deeds_log_again(struct test_deeds *w, enum test_who who, const char *scope,
                                      uint64_t incarnation)
{
    SMK_ASSERT(w->run_count < TEST_DEEDS_RUNS_MAX);
    struct test_run *run = calloc(1, sizeof *run);
    SMK_ASSERT(run != NULL);
    test_run_init(run, &w->coalition, &w->device[who], scope, incarnation);
    test_run_open(run);
    w->run[w->run_count++] = run;
    return run;
}

struct test_run *test_deeds_log(struct test_deeds *w, enum test_who who, const char *scope)
{
    for (size_t i = 0; i < w->run_count; i++)
        if (w->run[i]->device == &w->device[who] && strcmp(w->run[i]->scope.text, scope) == 0)
            return w->run[i];
    return test_deeds_log_again(w, who, scope, w->run_count);
}

void test_doc_id(uint64_t number, uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    uint8_t seed[SMK_SEED_BYTES];
    test_seed_bytes("document", number, seed);
    memcpy(ret_id, seed, SMK_DOC_ID_BYTES);
}

static void add_deps(struct smk_header *h, const struct test_deed *deed)
{
    for (size_t i = 0; i < deed->dep_count; i++) {
        size_t at = h->dep_count++;
        for (; at > 0 && memcmp(h->dep[at - 1], deed->dep[i], SMK_ID_BYTES) > 0; at--)
            memcpy(h->dep[at], h->dep[at - 1], SMK_ID_BYTES);
        memcpy(h->dep[at], deed->dep[i], SMK_ID_BYTES);
    }
}

/* $0 to $9 in the fields are documents 0 to 9; $10 is a page (32 bytes), $11 and $12 are the acts 50 and 51. */
static void pack_fields(struct smk_buf *b, const char *fields)
{
    static const uint8_t page[SMK_HASH_BYTES] = {1, 2, 3};
    uint8_t id[10][SMK_DOC_ID_BYTES], act[2][SMK_DOC_ID_BYTES];
    struct smk_bytes args[13];
    for (size_t i = 0; i < 10; i++) {
        test_doc_id(i, id[i]);
        args[i] = SMK_BYTES(id[i]);
    }
    args[10] = SMK_BYTES(page);
    for (size_t i = 0; i < 2; i++) {
        test_doc_id(50 + i, act[i]);
        args[11 + i] = SMK_BYTES(act[i]);
    }
    test_pack_in_order(b, fields != NULL ? fields : "{}", args);
    SMK_ASSERT(b->err == SMK_OK);
}

static void encode(const struct test_run *run, const struct test_deed *deed, struct smk_bytes fields,
                   struct smk_buf *b)
{
    struct smk_edit edit = {.kind = smk_bytes_of_text(deed->kind), .office = smk_bytes_of_text(deed->office)};
    struct smk_act act = {.kind = edit.kind, .office = edit.office, .fields = fields, .text = deed->text};
    act.evidence = edit.evidence = deed->evidence;
    edit.from = deed->from;
    test_doc_id(deed->doc, edit.doc);
    test_doc_id(deed->doc, act.doc);
    if (deed->act == NULL) {
        edit.fields = fields;
        smk_edit_encode(&edit, b);
        return;
    }
    uint64_t own = 1000 + run->count + 1000 * (run->record[0].id[0] + 256u * run->record[0].id[1]);
    test_doc_id(deed->id != 0 ? deed->id : own, act.id);
    act.act = smk_bytes_of_text(deed->act);
    if (deed->area != NULL)
        act.area = smk_bytes_of_text(deed->area);
    smk_text_about(deed->text, act.about);
    if (deed->about != NULL)
        memcpy(act.about, deed->about, sizeof act.about);
    smk_act_encode(&act, b);
}

const uint8_t *test_deed(struct test_run *run, const struct test_deed *deed)
{
    struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX}, payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_header h = test_run_next(run, deed->act == NULL ? SMK_RECORD_EDIT : SMK_RECORD_ACT);
    h.time = (START_MS + 1000 * run->count) << 16;
    add_deps(&h, deed);
    pack_fields(&fields, deed->fields);
    encode(run, deed, smk_buf_view(&fields), &payload);
    SMK_ASSERT(payload.err == SMK_OK);
    test_run_push(run, &h, smk_buf_view(&payload));
    smk_buf_deinit(&fields);
    smk_buf_deinit(&payload);
    return run->record[run->count - 1].id;
}

struct smk_fold *test_deeds_fold(struct test_deeds *w)
{
    struct smk_fold *f = NULL;
    enum smk_err err = smk_fold_new(w->coalition.roster, &f);
    for (size_t i = 0; err == SMK_OK && i < w->run_count; i++)
        for (size_t k = 0; err == SMK_OK && k < w->run[i]->count; k++)
            err = smk_fold_add(f, &w->run[i]->record[k]);
    if (err == SMK_OK)
        err = smk_fold_finish(f);
    SMK_ASSERT(err == SMK_OK);
    return f;
}

const struct smk_fold_doc *test_find_doc(const struct smk_fold *f, const char *kind, uint64_t doc,
                                         const char *scope)
{
    uint8_t id[SMK_DOC_ID_BYTES];
    struct smk_scope where = smk_scope_of(scope);
    test_doc_id(doc, id);
    return smk_fold_find_doc(f, smk_bytes_of_text(kind), id, &where);
}

void test_deeds_pin(struct test_deeds *w, const char *kind, uint64_t doc, struct smk_buf *b)
{
    uint8_t id[SMK_DOC_ID_BYTES];
    struct smk_fold *f = test_deeds_fold(w);
    test_doc_id(doc, id);
    const struct smk_fold_doc *found = smk_fold_find_doc(f, smk_bytes_of_text(kind), id, NULL);
    SMK_ASSERT(found != NULL);
    enum smk_err err = smk_fold_text(f, found, b, NULL);
    SMK_ASSERT(err == SMK_OK);
    SMK_ASSERT(b->err == SMK_OK);
    smk_fold_free(f);
}
