/* What an act rests on: the records that it names as seen, and those that it carries as evidence. */
#include "proto/fold_set.h"

#include <string.h>

static bool is_text(struct smk_bytes bytes, const char *text)
{
    return smk_bytes_is_equal(bytes, smk_bytes_of_text(text));
}

static void add_found(const struct fold_moment *now, struct fold_search s, const struct smk_scope *scope,
                      struct smk_fold_deps *d)
{
    const struct fold_entry *e;
    while ((e = smk_fold_search_next(now, &s)) != NULL)
        if (smk_scope_is_equal(&e->seen.log->scope, scope))
            smk_fold_add_dep(now->f, d, &e->seen);
}

void smk_fold_add_act_deps(struct smk_fold *f, struct smk_fold_deps *d, const struct smk_act *act,
                           const struct smk_scope *scope)
{
    const struct fold_moment now = {.f = f};
    const struct fold_doc *doc = smk_fold_doc_of(f, act->kind, act->doc, scope);
    struct smk_bytes meeting = smk_span_bin(smk_span_find(act->fields, "meeting"));
    struct fold_search rank = {.kind = NULL};
    add_found(&now, smk_fold_search(act->doc, NULL, NULL), scope, d);
    if (is_text(act->act, "negotiate"))
        meeting = smk_span_bin(smk_fold_value_in(f, doc, act->text, "negotiated_at"));
    if (meeting.len == SMK_DOC_ID_BYTES)
        add_found(&now, smk_fold_search(meeting.data, "meeting", NULL), scope, d);
    if (smk_span_find(act->fields, "rank").len == 0)
        return;
    smk_fold_rank_topic(act, rank.topic);
    add_found(&now, rank, scope, d);
}

/* ---- evidence ---- */

static bool is_secretariat(const struct fold_entry *e)
{
    return strcmp(e->seen.office->role.text, "secretariat_approver") == 0;
}

/* The half of the other role and another organisation, about the same text and page. */
static const struct fold_entry *other_half(const struct fold_moment *now, const struct fold_entry *half,
                                           const uint8_t *about)
{
    struct fold_search s = smk_fold_search(half->seen.act.doc, "joint_list", "attest_endorsement");
    const struct fold_entry *e;
    s.about = about;
    while ((e = smk_fold_search_next(now, &s)) != NULL)
        if (is_secretariat(e) != is_secretariat(half) &&
            strcmp(e->seen.office->org.text, half->seen.office->org.text) != 0 &&
            smk_bytes_is_equal(smk_span_find(e->seen.act.fields, "page"),
                               smk_span_find(half->seen.act.fields, "page")))
            return e;
    return NULL;
}

static size_t endorsement_of(const struct fold_moment *now, const struct smk_fold_doc *list,
                             const uint8_t *about, const struct smk_fold_entry **ret_entry)
{
    const struct fold_entry *first = smk_fold_done_before(now, list->id, "joint_list", "endorse", about);
    if (first != NULL) {
        ret_entry[0] = &first->seen;
        return 1;
    }
    struct fold_search s = smk_fold_search(list->id, "joint_list", "attest_endorsement");
    s.about = about;
    while ((first = smk_fold_search_next(now, &s)) != NULL) {
        const struct fold_entry *second = other_half(now, first, about);
        if (second == NULL)
            continue;
        ret_entry[0] = &first->seen;
        ret_entry[1] = &second->seen;
        return 2;
    }
    return 0;
}

size_t smk_fold_evidence(struct smk_fold *f, const struct smk_fold_doc *doc, const char *act,
                         const struct smk_fold_entry *ret_entry[SMK_EVIDENCE_MAX])
{
    const struct fold_moment now = {.f = f};
    uint8_t about[SMK_HASH_BYTES];
    struct fold_doc *own = smk_fold_doc_of(f, doc->kind_name, doc->id, doc->scope);
    if (own == NULL || !smk_fold_about_now(f, own, about))
        return 0;
    if (strncmp(act, "present_", 8) == 0)
        return endorsement_of(&now, doc, about, ret_entry);
    if (strcmp(act, "publish") != 0)
        return 0;
    const struct fold_entry *verified = smk_fold_done_before(&now, doc->id, "case_study", "verify", about);
    if (verified == NULL)
        return 0;
    ret_entry[0] = &verified->seen;
    return 1;
}
