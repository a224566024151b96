/* What had been done about a document when an act was written: only that decides where it stood then. */
#include "proto/fold_set.h"
#include "proto/hash.h"

#include <stdlib.h>
#include <string.h>

static bool is_text(struct smk_bytes bytes, const char *text)
{
    return smk_bytes_is_equal(bytes, smk_bytes_of_text(text));
}

/* ---- topics ---- */

void smk_fold_work_topic(const uint8_t *id, uint8_t ret_topic[SMK_DOC_ID_BYTES])
{
    for (size_t i = 0; i < SMK_DOC_ID_BYTES; i++)
        ret_topic[i] = (uint8_t)~id[i];
}

void smk_fold_rank_topic(const struct smk_act *act, uint8_t ret_topic[SMK_DOC_ID_BYTES])
{
    uint8_t hash[SMK_HASH_BYTES], packed[128];
    struct smk_bytes meeting = smk_span_find(act->fields, "meeting"),
                     rank = smk_span_find(act->fields, "rank");
    struct smk_bytes part[] = {act->act, meeting, rank};
    size_t len = 0;
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        size_t room = sizeof packed - len, take = part[i].len < room ? part[i].len : room;
        if (take > 0)
            memcpy(packed + len, part[i].data, take);
        len += take;
    }
    smk_hash(SMK_PERSONAL_TEXT, (struct smk_bytes){packed, len}, hash);
    memcpy(ret_topic, hash, SMK_DOC_ID_BYTES);
}

struct filing {
    struct smk_fold *f;
    struct fold_entry *act;
    size_t count;
};

static bool count_topic(void *ctx, const uint8_t *topic)
{
    (void)topic;
    ((struct filing *)ctx)->count++;
    return true;
}

static bool file_topic(void *ctx, const uint8_t *topic)
{
    struct filing *filing = ctx;
    struct fold_topic *t = &filing->f->topic[filing->f->topic_count++];
    memcpy(t->id, topic, sizeof t->id);
    t->act = filing->act;
    return true;
}

static int compare_topics(const void *a, const void *b)
{
    const struct fold_topic *left = a, *right = b;
    int order = memcmp(left->id, right->id, sizeof left->id);
    if (order == 0)
        order = memcmp(left->act->seen.id, right->act->seen.id, SMK_ID_BYTES);
    return order;
}

enum smk_err smk_fold_make_topics(struct smk_fold *f)
{
    struct filing filing = {.f = f};
    size_t kept = 0;
    f->topic_count = 0;
    for (size_t i = 0; i < f->entry_count; i++)
        if (f->entry[i]->seen.is_act && f->entry[i]->seen.is_decoded)
            smk_fold_each_topic_of(&f->entry[i]->seen, count_topic, &filing);
    f->topic = smk_arena_array(&f->derived, filing.count + 1, sizeof *f->topic);
    if (f->topic == NULL)
        return SMK_ERR_NOMEM;
    for (size_t i = 0; i < f->entry_count; i++) {
        filing.act = f->entry[i];
        if (filing.act->seen.is_act && filing.act->seen.is_decoded)
            smk_fold_each_topic_of(&filing.act->seen, file_topic, &filing);
    }
    qsort(f->topic, f->topic_count, sizeof *f->topic, compare_topics);
    for (size_t i = 0; i < f->topic_count; i++)
        if (kept == 0 || compare_topics(&f->topic[kept - 1], &f->topic[i]) != 0)
            f->topic[kept++] = f->topic[i];
    f->topic_count = kept;
    return SMK_OK;
}

static size_t topic_place(const struct smk_fold *f, const uint8_t *topic)
{
    size_t low = 0, high = f->topic_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(f->topic[middle].id, topic, SMK_DOC_ID_BYTES) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- acts that had been seen ---- */

static bool had_seen(const struct fold_moment *m, const struct fold_entry *e)
{
    return m->node == NULL || (m->node != e->node && smk_fold_node_has_seen(m->f, m->node, e->node));
}

struct fold_search smk_fold_search(const uint8_t *id, const char *kind, const char *act)
{
    struct fold_search s = {.kind = kind, .act = act};
    smk_fold_work_topic(id, s.topic);
    return s;
}

const struct fold_entry *smk_fold_search_next(const struct fold_moment *m, struct fold_search *s)
{
    struct smk_fold *f = m->f;
    if (!s->is_begun) {
        smk_fold_ask(f, s->topic, true);
        s->at = topic_place(f, s->topic);
        s->is_begun = true;
    }
    while (s->at < f->topic_count && memcmp(f->topic[s->at].id, s->topic, sizeof s->topic) == 0) {
        const struct fold_entry *e = f->topic[s->at++].act;
        const struct smk_act *act = &e->seen.act;
        bool is_meant = e->is_good && (s->kind == NULL || is_text(act->kind, s->kind)) &&
                        (s->act == NULL || is_text(act->act, s->act)) &&
                        (s->about == NULL || memcmp(act->about, s->about, SMK_HASH_BYTES) == 0);
        if (!is_meant || !had_seen(m, e))
            continue;
        const struct smk_policy_rule *rule = smk_policy_act(act->kind, act->act);
        if (!rule->is_half || smk_fold_has_other_half(f, m, e))
            return e;
    }
    return NULL;
}

const struct fold_entry *smk_fold_done_before(const struct fold_moment *m, const uint8_t *id,
                                              const char *kind, const char *act, const uint8_t *about)
{
    struct fold_search s = smk_fold_search(id, kind, act);
    s.about = about;
    return smk_fold_search_next(m, &s);
}

bool smk_fold_is_act_of(struct smk_fold *f, const uint8_t *act_id, const struct smk_scope *scope,
                        const char *org)
{
    smk_fold_ask(f, act_id, false);
    for (size_t i = topic_place(f, act_id);
         i < f->topic_count && memcmp(f->topic[i].id, act_id, SMK_DOC_ID_BYTES) == 0; i++) {
        const struct smk_fold_entry *e = &f->topic[i].act->seen;
        if (memcmp(e->act.id, act_id, SMK_DOC_ID_BYTES) == 0 && smk_scope_is_equal(&e->log->scope, scope) &&
            strcmp(e->log->org.text, org) == 0)
            return true;
    }
    return false;
}

/* ---- halves ---- */

static struct smk_bytes page_of(const struct fold_entry *e)
{
    return smk_span_bin(smk_span_find(e->seen.act.fields, "page"));
}

static bool is_same_thing(const struct fold_entry *a, const struct fold_entry *b)
{
    return smk_bytes_is_equal(a->seen.act.kind, b->seen.act.kind) &&
           smk_bytes_is_equal(a->seen.act.act, b->seen.act.act) &&
           memcmp(a->seen.act.doc, b->seen.act.doc, SMK_DOC_ID_BYTES) == 0 &&
           memcmp(a->seen.act.about, b->seen.act.about, SMK_HASH_BYTES) == 0 &&
           smk_scope_is_equal(&a->seen.log->scope, &b->seen.log->scope) &&
           smk_bytes_is_equal(page_of(a), page_of(b));
}

static bool is_by_secretariat(const struct fold_entry *e)
{
    return strcmp(e->seen.office->role.text, "secretariat_approver") == 0;
}

/* A pair may be complete without this half: then it is complete with it as well. */
bool smk_fold_has_other_half(struct smk_fold *f, const struct fold_moment *m, const struct fold_entry *half)
{
    const char *secretariat = NULL, *member = NULL;
    bool has_two_secretariats = false, has_two_members = false;
    uint8_t topic[SMK_DOC_ID_BYTES];
    smk_fold_work_topic(half->seen.act.doc, topic);
    smk_fold_ask(f, topic, true);
    for (size_t i = topic_place(f, topic);
         i < f->topic_count && memcmp(f->topic[i].id, topic, sizeof topic) == 0; i++) {
        const struct fold_entry *e = f->topic[i].act;
        bool is_asked = m == NULL ? e->is_placed : e->is_good && (had_seen(m, e) || e->node == m->node);
        if (!is_asked || !is_same_thing(e, half))
            continue;
        const char **org = is_by_secretariat(e) ? &secretariat : &member;
        bool *has_two = is_by_secretariat(e) ? &has_two_secretariats : &has_two_members;
        *has_two = *has_two || (*org != NULL && strcmp(*org, e->seen.office->org.text) != 0);
        *org = *org != NULL ? *org : e->seen.office->org.text;
    }
    if (secretariat == NULL || member == NULL)
        return false;
    return has_two_secretariats || has_two_members || strcmp(secretariat, member) != 0;
}

/* ---- where a document stood ---- */

bool smk_fold_is_newer(const struct smk_fold_entry *a, const struct smk_fold_entry *b)
{
    struct smk_bytes left = smk_span_str(smk_span_find(a->act.fields, "date"));
    struct smk_bytes right = smk_span_str(smk_span_find(b->act.fields, "date"));
    int order = left.len > 0 && right.len > 0 ? smk_bytes_compare(left, right) : 0;
    if (order == 0 && a->time != b->time)
        order = a->time < b->time ? -1 : 1;
    return (order != 0 ? order : memcmp(a->id, b->id, SMK_ID_BYTES)) > 0;
}

/* Clocks decide only between acts that had not seen each other. */
static bool is_later(const struct fold_moment *m, const struct fold_entry *a, const struct fold_entry *b,
                     bool by_date)
{
    struct smk_bytes left = smk_span_str(smk_span_find(a->seen.act.fields, "date"));
    struct smk_bytes right = smk_span_str(smk_span_find(b->seen.act.fields, "date"));
    int order = by_date && left.len > 0 && right.len > 0 ? smk_bytes_compare(left, right) : 0;
    if (order != 0)
        return order > 0;
    if (smk_fold_node_has_seen(m->f, a->node, b->node))
        return true;
    return !smk_fold_node_has_seen(m->f, b->node, a->node) && smk_fold_is_newer(&a->seen, &b->seen);
}

/* Of the acts with one of these names (ends with NULL), the newest. */
static const struct fold_entry *newest_of(const struct fold_moment *m, const uint8_t *id, const char *kind,
                                          const char *const *names, const uint8_t *about, bool by_date)
{
    const struct fold_entry *newest = NULL, *e;
    for (; *names != NULL; names++) {
        struct fold_search s = smk_fold_search(id, kind, *names);
        s.about = about;
        while ((e = smk_fold_search_next(m, &s)) != NULL)
            if (newest == NULL || is_later(m, e, newest, by_date))
                newest = e;
    }
    return newest;
}

const struct fold_entry *smk_fold_newest_report(const struct fold_moment *m, const uint8_t *recommendation)
{
    static const char *const reports[] = {"report_progress", NULL};
    return newest_of(m, recommendation, "recommendation", reports, NULL, true);
}

/* Of a ladder the highest rung that was reached. */
static const char *highest(const struct fold_moment *m, const char *kind, const uint8_t *doc,
                           const uint8_t *about)
{
    static const struct {
        const char *kind, *act, *state;
    } rung[] = {
        {"meeting", "cancel", "cancelled"},
        {"meeting", "close", "closed"},
        {"meeting", "record_minutes", "held"},
        {"meeting", NULL, "planned"},
        {"joint_list", "accept", "accepted"},
        {"joint_list", "attest_acceptance", "accepted"},
        {"joint_list", "endorse", "endorsed"},
        {"joint_list", "attest_endorsement", "endorsed"},
        {"joint_list", "negotiate", "negotiated"},
        {"joint_list", NULL, "draft"},
        {"event", "record", "held"},
        {"event", NULL, "planned"},
        {"project", NULL, "active"},
        {"audit_note", "close", "closed"},
        {"audit_note", "answer", "answered"},
        {"audit_note", NULL, "open"},
    };
    for (size_t i = 0; i < sizeof rung / sizeof rung[0]; i++)
        if (strcmp(rung[i].kind, kind) == 0 &&
            (rung[i].act == NULL || smk_fold_done_before(m, doc, kind, rung[i].act, about) != NULL))
            return rung[i].state;
    return "";
}

static const char *case_study_stood(const struct fold_moment *m, const uint8_t *doc, const uint8_t *about)
{
    static const char *const steps[] = {"submit", "return", "verify", NULL};
    static const char *const states[] = {"submitted", "returned", "verified"};
    const struct fold_entry *newest = newest_of(m, doc, "case_study", steps, about, false);
    for (size_t i = 0; newest != NULL && steps[i] != NULL; i++)
        if (is_text(newest->seen.act.act, steps[i]))
            return states[i];
    return "draft";
}

/* An acceptance that says yes to it, with changes or without. */
static bool was_accepted(const struct fold_moment *m, const uint8_t *recommendation)
{
    static const char *const names[] = {"accept", "attest_acceptance"};
    const struct fold_entry *e;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct fold_search s = smk_fold_search(recommendation, "joint_list", names[i]);
        while ((e = smk_fold_search_next(m, &s)) != NULL) {
            struct smk_span_iter it = smk_span_each(smk_span_find(e->seen.act.fields, "items"));
            struct smk_bytes item;
            while (smk_span_next(&it, NULL, &item)) {
                struct smk_bytes id = smk_span_bin(smk_span_find(item, "recommendation"));
                struct smk_bytes decision = smk_span_find(item, "decision");
                bool is_yes = smk_span_is_text(decision, "accepted") ||
                              smk_span_is_text(decision, "accepted_with_changes");
                if (is_yes && smk_bytes_is_equal(id, (struct smk_bytes){recommendation, SMK_DOC_ID_BYTES}))
                    return true;
            }
        }
    }
    return false;
}

/* Whether the report that says 'done' was verified or disputed since, and which of the two last. */
static const char *verdict(const struct fold_moment *m, const struct fold_entry *report)
{
    static const char *const names[] = {"verify_progress", "dispute_progress"};
    const struct smk_act *about = &report->seen.act;
    const struct fold_entry *newest = NULL, *e;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct fold_search s = smk_fold_search(about->doc, "recommendation", names[i]);
        while ((e = smk_fold_search_next(m, &s)) != NULL) {
            struct smk_bytes of = smk_span_bin(smk_span_find(e->seen.act.fields, "follow_up"));
            if (smk_bytes_is_equal(of, SMK_BYTES(about->id)) &&
                (newest == NULL || is_later(m, e, newest, false)))
                newest = e;
        }
    }
    if (newest == NULL)
        return "done";
    return is_text(newest->seen.act.act, "verify_progress") ? "verified" : "disputed";
}

static const char *recommendation_stood(const struct fold_moment *m, const uint8_t *doc)
{
    static const char *const words[] = {"planned", "in_progress", "stalled", "dropped"};
    const struct fold_entry *report = smk_fold_newest_report(m, doc);
    if (report == NULL)
        return was_accepted(m, doc) ? "accepted" : "";
    struct smk_bytes status = smk_span_find(report->seen.act.fields, "status");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (smk_span_is_text(status, words[i]))
            return words[i];
    return verdict(m, report);
}

const char *smk_fold_stood(const struct fold_moment *m, struct smk_bytes kind, const uint8_t *doc,
                           const uint8_t *about)
{
    const struct smk_kind *known = smk_kind_find(kind);
    if (known == NULL)
        return "";
    if (strcmp(known->name, "case_study") == 0)
        return case_study_stood(m, doc, about);
    if (strcmp(known->name, "recommendation") == 0)
        return recommendation_stood(m, doc);
    return highest(m, known->name, doc, strcmp(known->name, "joint_list") == 0 ? about : NULL);
}

/* How far along a state is; words that several types share stand as far in each, but for one. */
static int rung_of(const char *kind, const char *state)
{
    static const struct {
        const char *state;
        int rung;
    } rung[] = {
        {"draft", 0},       {"returned", 0},  {"open", 0},      {"planned", 2},  {"active", 2},
        {"in_progress", 2}, {"stalled", 2},   {"submitted", 3}, {"held", 3},     {"negotiated", 3},
        {"answered", 3},    {"done", 3},      {"verified", 4},  {"endorsed", 4}, {"dropped", 4},
        {"closed", 5},      {"cancelled", 5}, {"disputed", 5},
    };
    if (strcmp(state, "accepted") == 0) /* the end of a list, the beginning of a recommendation's work */
        return strcmp(kind, "recommendation") == 0 ? 1 : 5;
    for (size_t i = 0; i < sizeof rung / sizeof rung[0]; i++)
        if (strcmp(rung[i].state, state) == 0)
            return rung[i].rung;
    return -1;
}

enum smk_reason smk_fold_judge_state(const struct smk_policy_rule *rule, const char *stood)
{
    bool is_behind = true;
    if (rule->from[0] == NULL)
        return SMK_REASON_COUNTS;
    for (size_t i = 0; i < SMK_POLICY_FROM_MAX && rule->from[i] != NULL; i++) {
        if (strcmp(rule->from[i], stood) == 0)
            return SMK_REASON_COUNTS;
        is_behind = is_behind && rung_of(rule->kind, stood) < rung_of(rule->kind, rule->from[i]);
    }
    return is_behind ? SMK_REASON_PREREQUISITE : SMK_REASON_STATE;
}
