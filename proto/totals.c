#include "proto/totals.h"

#include "proto/mem.h"
#include "proto/order.h"
#include "proto/totals_rows.h"

#include <string.h>

const char *const smk_decision_word[SMK_DECISION_WORDS] = {"accepted", "accepted_with_changes", "deferred",
                                                           "referred_up", "not_accepted"};
const char *const smk_progress_word[SMK_PROGRESS_WORDS] = {"planned", "in_progress", "done", "stalled",
                                                           "dropped"};

static const struct smk_tally_sum one = {.count = 1};

static enum smk_err add_one(struct smk_totals *t, const char *table, struct smk_bytes name)
{
    return smk_totals_add(t, table, name, &one);
}

/* ---- documents ---- */

/* Appends a part of a cell's name; what is not there, or has no place in a name, is "?". */
static void name_part(char *name, size_t *len, struct smk_bytes part)
{
    bool is_plain = part.len > 0 && *len + 1 + part.len <= SMK_NAME_LETTERS_MAX;
    for (size_t i = 0; is_plain && i < part.len; i++)
        is_plain = part.data[i] > ' ' && part.data[i] < 0x7f && part.data[i] != '/' && part.data[i] != '?';
    struct smk_bytes shown = is_plain ? part : smk_bytes_of_text("?");
    if (*len > 0 && *len < SMK_NAME_LETTERS_MAX)
        name[(*len)++] = '/';
    for (size_t i = 0; i < shown.len && *len < SMK_NAME_LETTERS_MAX; i++)
        name[(*len)++] = (char)shown.data[i];
}

static struct smk_bytes district_of(struct smk_fold *f, const struct smk_fold_doc *doc)
{
    struct smk_bytes district = smk_span_str(smk_fold_first(f, doc, "district"));
    if (district.len == 0)
        district = smk_span_str(smk_fold_first(f, doc, "commune"));
    district.len = district.len > 4 ? 4 : district.len;
    return district;
}

static enum smk_err add_interview(struct smk_fold *f, const struct smk_fold_doc *doc, struct smk_totals *t)
{
    static const char *const dimension[] = {"respondent_type", "sex", "age_band", "disability"};
    char name[SMK_NAME_LETTERS_MAX];
    size_t len = 0;
    struct smk_bytes sex = smk_span_str(smk_fold_first(f, doc, "sex"));
    struct smk_tally_sum row = {.count = 1, .known = 1, .total = 1};
    row.female = smk_bytes_is_equal(sex, smk_bytes_of_text("female"));
    row.with_sex = row.female == 1 || smk_bytes_is_equal(sex, smk_bytes_of_text("male"));
    t->interview_rows++;
    name_part(name, &len, district_of(f, doc));
    for (size_t i = 0; i < sizeof dimension / sizeof dimension[0]; i++)
        name_part(name, &len, smk_span_str(smk_fold_first(f, doc, dimension[i])));
    enum smk_err err = smk_totals_add(t, "cells", (struct smk_bytes){(const uint8_t *)name, len}, &row);
    if (err != SMK_OK)
        return err;
    return smk_totals_add(t, "interviews.by_org", smk_bytes_of_text(smk_scope_argument(doc->scope)), &row);
}

static enum smk_err add_case_study(struct smk_fold *f, const struct smk_fold_doc *doc, struct smk_totals *t)
{
    struct smk_bytes tally = smk_fold_first(f, doc, "respondents");
    struct smk_tally_sum sum = {0};
    smk_sum_add_tally(&sum, tally);
    smk_sum_add_tally(&t->respondents, tally);
    enum smk_err err =
        smk_totals_add(t, "respondents.by_district", smk_span_str(smk_fold_first(f, doc, "district")), &sum);
    return err == SMK_OK ? smk_totals_add_breakdowns(t, "respondents", tally) : err;
}

static void agree(struct smk_agreed *agreed, const struct smk_fold_doc *doc, const char *sign,
                  const char *attest)
{
    bool is_signed = smk_fold_newest_act(doc, sign) != NULL;
    bool is_attested = !is_signed && smk_fold_newest_act(doc, attest) != NULL;
    agreed->by_signature += is_signed;
    agreed->by_attestation += is_attested;
    agreed->count += is_signed || is_attested;
}

static void add_decision(struct smk_totals *t, struct smk_bytes item)
{
    for (size_t i = 0; i < SMK_DECISION_WORDS; i++)
        if (smk_span_is_text(smk_span_find(item, "decision"), smk_decision_word[i]))
            t->decision[i]++;
}

/* The items that the newest acceptance decides; an item named twice counts as it is named last. */
static void add_decisions(struct smk_totals *t, const struct smk_fold_doc *doc)
{
    const struct smk_fold_entry *by_hand = smk_fold_newest_act(doc, "accept");
    const struct smk_fold_entry *newest =
        by_hand != NULL ? by_hand : smk_fold_newest_act(doc, "attest_acceptance");
    if (newest == NULL)
        return;
    struct smk_bytes items = smk_span_find(newest->act.fields, "items"), item, later;
    struct smk_span_iter it = smk_span_each(items);
    while (smk_span_next(&it, NULL, &item)) {
        struct smk_span_iter rest = it;
        struct smk_bytes id = smk_span_bin(smk_span_find(item, "recommendation"));
        bool is_last = true;
        while (is_last && smk_span_next(&rest, NULL, &later))
            is_last = !smk_bytes_is_equal(smk_span_bin(smk_span_find(later, "recommendation")), id);
        if (is_last)
            add_decision(t, item);
    }
}

static enum smk_err add_list(struct smk_fold *f, const struct smk_fold_doc *doc, struct smk_totals *t)
{
    struct smk_tally_sum sum = {.count = 1, .known = 1};
    sum.total = smk_span_count(smk_fold_first(f, doc, "recommendations"));
    t->lists++;
    agree(&t->endorsements, doc, "endorse", "attest_endorsement");
    agree(&t->acceptances, doc, "accept", "attest_acceptance");
    add_decisions(t, doc);
    return smk_totals_add(t, "recommendations.by_district", smk_bytes_of_text(smk_scope_argument(doc->scope)),
                          &sum);
}

static enum smk_err add_recommendation(struct smk_fold *f, const struct smk_fold_doc *doc,
                                       struct smk_totals *t)
{
    (void)f;
    const char *status = smk_fold_status(doc);
    t->recommendations++;
    for (size_t i = 0; i < SMK_PROGRESS_WORDS; i++)
        t->progress[i] += strcmp(status, smk_progress_word[i]) == 0;
    return SMK_OK;
}

/* What was counted at the meeting stands with the minutes, or in the document. */
static enum smk_err add_gathering(struct smk_fold *f, const struct smk_fold_doc *doc, const char *act,
                                  const char *name, struct smk_tally_sum *sum, struct smk_totals *t)
{
    const struct smk_fold_entry *record = smk_fold_newest_act(doc, act);
    struct smk_bytes tally = {0};
    if (record != NULL)
        tally = smk_span_find(record->act.fields, "participants");
    if (tally.len == 0)
        tally = smk_fold_first(f, doc, "participants");
    smk_sum_add_tally(sum, tally);
    return smk_totals_add_breakdowns(t, name, tally);
}

static enum smk_err add_meeting(struct smk_fold *f, const struct smk_fold_doc *doc, struct smk_totals *t)
{
    return add_gathering(f, doc, "record_minutes", "meetings", &t->meetings, t);
}

static enum smk_err add_event(struct smk_fold *f, const struct smk_fold_doc *doc, struct smk_totals *t)
{
    return add_gathering(f, doc, "record", "events", &t->events, t);
}

static enum smk_err add_project(struct smk_fold *f, const struct smk_fold_doc *doc, struct smk_totals *t)
{
    (void)f;
    (void)doc;
    t->projects++;
    return SMK_OK;
}

static enum smk_err add_attachment(struct smk_fold *f, const struct smk_fold_doc *doc, struct smk_totals *t)
{
    (void)f;
    (void)doc;
    t->attachments++;
    return SMK_OK;
}

typedef enum smk_err add_fn(struct smk_fold *f, const struct smk_fold_doc *doc, struct smk_totals *t);

static const struct {
    const char *kind;
    add_fn *add;
} adders[] = {
    {"interview", add_interview}, {"case_study", add_case_study},
    {"meeting", add_meeting},     {"recommendation", add_recommendation},
    {"joint_list", add_list},     {"event", add_event},
    {"project", add_project},     {"attachment", add_attachment},
};

/* KIND.STATUS as a row of the table `status`. */
static enum smk_err add_status(struct smk_totals *t, const struct smk_fold_doc *doc)
{
    char name[SMK_NAME_LETTERS_MAX + 1];
    const char *status = smk_fold_status(doc);
    size_t kind_len = strlen(doc->kind->name), len = strlen(status);
    if (len == 0 || kind_len + 1 + len >= sizeof name)
        return SMK_OK;
    memcpy(name, doc->kind->name, kind_len);
    name[kind_len] = '.';
    memcpy(name + kind_len + 1, status, len + 1);
    return add_one(t, "status", smk_bytes_of_text(name));
}

enum smk_err smk_totals_add_document(struct smk_fold *f, const struct smk_fold_doc *doc, struct smk_totals *t)
{
    /* a document that is here in two scopes is one; drafts are an organisation's own affair */
    if (!doc->counts || doc->kind == NULL || smk_fold_is_draft(doc) ||
        smk_fold_find_doc(f, doc->kind_name, doc->id, NULL) != doc)
        return SMK_OK;
    enum smk_err err = add_status(t, doc);
    for (size_t i = 0; err == SMK_OK && !smk_fold_is_withdrawn(doc) && i < sizeof adders / sizeof adders[0];
         i++)
        if (strcmp(adders[i].kind, doc->kind->name) == 0)
            err = adders[i].add(f, doc, t);
    return err;
}

/* ---- acts ---- */

static int compare_acts(const void *a, const void *b)
{
    const struct smk_fold_entry *left = a, *right = b;
    int order = smk_bytes_compare(left->act.act, right->act.act);
    return order != 0 ? order : memcmp(left->act.id, right->act.id, SMK_DOC_ID_BYTES);
}

static const uint8_t *doc_id_of(const struct smk_fold_entry *e)
{
    return e->is_act ? e->act.doc : e->edit.doc;
}

static int compare_doc_ids(const void *a, const void *b)
{
    return memcmp(doc_id_of(a), doc_id_of(b), SMK_DOC_ID_BYTES);
}

static void add_act(struct smk_totals *t, const struct smk_fold_entry *e)
{
    const struct {
        const char *act;
        uint64_t *count;
    } row[] = {
        {"present_provincial", &t->presentations_province},
        {"present_national", &t->presentations_national},
        {"prioritise_provincial", &t->priorities_province},
        {"prioritise_national", &t->priorities_national},
        {"report_progress", &t->follow_ups},
        {"verify_progress", &t->verified},
        {"dispute_progress", &t->disputed},
        {"award", &t->subgrants},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        if (smk_bytes_is_equal(e->act.act, smk_bytes_of_text(row[i].act)))
            ++*row[i].count;
}

/* One act may have been entered on two nodes before they met: the same id is counted once. */
void smk_totals_add_entries(struct smk_totals *t, const struct smk_fold_entry **entry,
                            const struct smk_fold_entry **spare, size_t count)
{
    size_t acts = 0;
    for (size_t i = 0; i < count; i++) {
        t->not_counting += entry[i]->reason != SMK_REASON_COUNTS;
        if (entry[i]->is_act && entry[i]->reason == SMK_REASON_COUNTS)
            entry[acts++] = entry[i];
    }
    smk_order((const void **)entry, (const void **)spare, acts, compare_acts);
    for (size_t i = 0; i < acts; i++)
        if (i == 0 || compare_acts(entry[i - 1], entry[i]) != 0)
            add_act(t, entry[i]);
}

static enum smk_err add_all_entries(const struct smk_fold *f, struct smk_totals *t)
{
    size_t entry_count = smk_fold_entry_count(f), count = 0;
    const struct smk_fold_entry **entry = smk_mem_array(entry_count, 2 * sizeof(void *));
    if (entry == NULL)
        return SMK_ERR_NOMEM;
    const struct smk_fold_entry **spare = entry + entry_count;
    for (size_t i = 0; i < entry_count; i++) {
        const struct smk_fold_entry *e = smk_fold_entry_at(f, i);
        t->not_counting += !e->is_decoded;
        if (e->is_decoded)
            entry[count++] = e;
    }
    smk_order((const void **)entry, (const void **)spare, count, compare_doc_ids);
    for (size_t at = 0; at < count;) {
        size_t end = at + 1;
        while (end < count && compare_doc_ids(entry[at], entry[end]) == 0)
            end++;
        smk_totals_add_entries(t, entry + at, spare, end - at);
        at = end;
    }
    smk_mem_free(entry);
    return SMK_OK;
}

enum smk_err smk_totals_make(struct smk_fold *f, struct smk_totals *ret_totals)
{
    struct smk_totals t = {0};
    enum smk_err err = add_all_entries(f, &t);
    for (size_t i = 0; err == SMK_OK && i < smk_fold_doc_count(f); i++)
        err = smk_totals_add_document(f, smk_fold_doc_at(f, i), &t);
    if (err == SMK_OK)
        *ret_totals = t;
    else
        smk_totals_deinit(&t);
    return err;
}
