/* Where a document stands: from the acts that count, never stored. */
#include "proto/fold_set.h"

#include <string.h>

const struct smk_fold_entry *smk_fold_newest_act(const struct smk_fold_doc *doc, const char *act)
{
    const struct smk_fold_entry *newest = NULL;
    struct smk_bytes wanted = smk_bytes_of_text(act);
    for (size_t i = 0; i < doc->act_count; i++) {
        const struct smk_fold_entry *e = doc->act[i];
        if (e->reason != SMK_REASON_COUNTS || !smk_bytes_is_equal(e->act.act, wanted))
            continue;
        if (newest == NULL || smk_fold_is_newer(e, newest))
            newest = e;
    }
    return newest;
}

/* Rows of a ladder from the top: the first act that was done names the status. */
struct rung {
    const char *kind, *act, *status;
};

static const struct rung ladder[] = {
    {"meeting", "cancel", "cancelled"},
    {"meeting", "close", "closed"},
    {"meeting", "record_minutes", "held"},
    {"joint_list", "accept", "accepted"},
    {"joint_list", "attest_acceptance", "accepted"},
    {"joint_list", "endorse", "endorsed"},
    {"joint_list", "attest_endorsement", "endorsed"},
    {"joint_list", "negotiate", "negotiated"},
    {"event", "record", "held"},
    {"audit_note", "close", "closed"},
    {"audit_note", "answer", "answered"},
};

static const struct rung begun[] = {
    {"meeting", NULL, "planned"}, {"joint_list", NULL, "draft"}, {"event", NULL, "planned"},
    {"project", NULL, "active"},  {"audit_note", NULL, "open"},
};

static const struct rung rounds[] = {
    {"case_study", NULL, "draft"},
    {"case_study", "submit", "submitted"},
    {"case_study", "return", "returned"},
    {"case_study", "verify", "verified"},
};

static const char *const plain_words[] = {"published", "planned", "in_progress", "done",
                                          "stalled",   "dropped", "withdrawn"};
enum { PUBLISHED = 0, PROGRESS_FIRST = 1, PROGRESS_END = 6, WITHDRAWN = 6 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *smk_fold_status_word(size_t i)
{
    if (i < COUNT(ladder))
        return ladder[i].status;
    i -= COUNT(ladder);
    if (i < COUNT(begun))
        return begun[i].status;
    i -= COUNT(begun);
    if (i < COUNT(rounds))
        return rounds[i].status;
    i -= COUNT(rounds);
    return i < COUNT(plain_words) ? plain_words[i] : NULL;
}

/* submit, return and verify may come again: the newest of them names the status. */
static const char *case_study_status(const struct smk_fold_doc *doc)
{
    const struct smk_fold_entry *newest = NULL;
    const char *status = rounds[0].status;
    for (size_t i = 1; i < COUNT(rounds); i++) {
        const struct smk_fold_entry *e = smk_fold_newest_act(doc, rounds[i].act);
        if (e == NULL || (newest != NULL && !smk_fold_is_newer(e, newest)))
            continue;
        newest = e;
        status = rounds[i].status;
    }
    return status;
}

static const char *known_progress(struct smk_bytes status)
{
    for (size_t i = PROGRESS_FIRST; i < PROGRESS_END; i++)
        if (smk_span_is_text(status, plain_words[i]))
            return plain_words[i];
    return "";
}

/* The heads that an act's text names of its own document are those that stand now. */
static bool is_about_heads(const struct smk_act *act, const struct smk_fold_doc *doc)
{
    struct smk_span_iter it = smk_span_each(act->text);
    struct smk_text_part part;
    struct smk_bytes head;
    if (!smk_text_next_part(&it, &part) || smk_span_count(part.heads) != doc->head_count)
        return false;
    it = smk_span_each(part.heads);
    for (size_t i = 0; smk_span_next(&it, NULL, &head); i++)
        if (!smk_bytes_is_equal(smk_span_bin(head), SMK_BYTES(doc->head[i]->id)))
            return false;
    return true;
}

bool smk_fold_is_withdrawn(const struct smk_fold_doc *doc)
{
    struct smk_bytes withdraw = smk_bytes_of_text("withdraw");
    for (size_t i = 0; doc->counts && i < doc->act_count; i++)
        if (doc->act[i]->reason == SMK_REASON_COUNTS && smk_bytes_is_equal(doc->act[i]->act.act, withdraw) &&
            smk_scope_is_equal(&doc->act[i]->log->scope, doc->scope) &&
            is_about_heads(&doc->act[i]->act, doc))
            return true;
    return false;
}

const char *smk_fold_status(const struct smk_fold_doc *doc)
{
    if (!doc->counts || doc->kind == NULL)
        return "";
    if (smk_fold_is_withdrawn(doc))
        return plain_words[WITHDRAWN];
    if (strcmp(doc->kind->name, "case_study") == 0)
        return doc->scope->kind == SMK_SCOPE_PUB ? plain_words[PUBLISHED] : case_study_status(doc);
    if (strcmp(doc->kind->name, "recommendation") == 0) {
        const struct smk_fold_entry *report = smk_fold_newest_act(doc, "report_progress");
        return report != NULL ? known_progress(smk_span_find(report->act.fields, "status")) : "";
    }
    for (size_t i = 0; i < COUNT(ladder); i++)
        if (strcmp(doc->kind->name, ladder[i].kind) == 0 && smk_fold_newest_act(doc, ladder[i].act) != NULL)
            return ladder[i].status;
    for (size_t i = 0; i < COUNT(begun); i++)
        if (strcmp(doc->kind->name, begun[i].kind) == 0)
            return begun[i].status;
    return "";
}
