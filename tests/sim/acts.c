#include "tests/sim/acts.h"

#include "proto/check.h"
#include "proto/fold.h"
#include "tests/sim/node.h"
#include "tests/sim/papers.h"
#include "tests/support/notation.h"

#include <stdio.h>
#include <string.h>

enum {
    DOCUMENTS_MAX = 24, /* looked at for one act */
    FIELDS_BYTES = 1024,
    ITEMS_MAX = 3,
    ARGS = 4 + ITEMS_MAX,
    CARELESS_PERCENT = 10,
    CANCEL_PERCENT = 3,
    LEFT_PERCENT = 10, /* done by nobody at that moment, so that something else is */
};

/* ---- what a node holds, read for one person ---- */

struct desk {
    struct world *w;
    struct node *n;
    struct smk_fold *fold;
    const struct smk_scope *scope; /* to write into */
    const struct smk_device *device;
};

bool act_is_possible(const struct smk_scope *scope)
{
    bool is_worked_on =
        scope->kind == SMK_SCOPE_DM || scope->kind == SMK_SCOPE_PROV || scope->kind == SMK_SCOPE_PUB;
    return is_worked_on && !scope->is_wit;
}

/* What is done in pub rests on what stands in the district and the province where most is done. */
static bool is_read(const struct smk_scope *to, const struct smk_scope *from)
{
    bool is_rested_on = strcmp(from->text, "dm:0202") == 0 || strcmp(from->text, "prov:02") == 0;
    return smk_scope_is_equal(to, from) || (to->kind == SMK_SCOPE_PUB && is_rested_on);
}

static bool desk_read(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct desk *d = ctx;
    (void)arrival;
    if (!is_read(d->scope, &r->header.scope))
        return true;
    enum smk_err err = smk_fold_add(d->fold, r);
    SMK_ASSERT(err == SMK_OK);
    return true;
}

/* False when nobody at the node has an office, by what it knows. */
static bool desk_open(struct desk *d, struct world *w, struct node *n, const struct smk_scope *scope)
{
    struct smk_roster *roster = disk_roster(&n->disk);
    const struct smk_view *view = disk_view(&n->disk);
    *d = (struct desk){.w = w, .n = n, .scope = scope};
    d->device = smk_roster_device(roster, n->device.sign.public_key);
    if (d->device == NULL || d->device->office_count == 0)
        return false;
    enum smk_err err = smk_fold_new(roster, &d->fold);
    SMK_ASSERT(err == SMK_OK);
    err = view->read_arrivals(view->ctx, 0, desk_read, d);
    SMK_ASSERT(err == SMK_OK);
    err = smk_fold_finish(d->fold);
    SMK_ASSERT(err == SMK_OK);
    return true;
}

static bool pack_record(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct smk_buf whole = {.max = 2 * SMK_PAYLOAD_BYTES_MAX};
    (void)arrival;
    smk_record_encode(r, &whole);
    SMK_ASSERT(whole.err == SMK_OK);
    smk_pack_bin(ctx, smk_buf_view(&whole));
    smk_buf_deinit(&whole);
    return false; /* the first one is all */
}

static void pack_evidence(const struct desk *d, const struct smk_fold_doc *doc, const char *act,
                          struct smk_buf *b)
{
    const struct smk_fold_entry *entry[SMK_EVIDENCE_MAX];
    const struct smk_view *view = disk_view(&d->n->disk);
    size_t count = smk_fold_evidence(d->fold, doc, act, entry);
    if (count > 0)
        smk_pack_array(b, count);
    for (size_t i = 0; i < count; i++) {
        enum smk_err err = view->read_log(view->ctx, entry[i]->log->log_id, entry[i]->seq, pack_record, b);
        SMK_ASSERT(err == SMK_OK);
    }
}

static void draft_builds_on(struct smk_draft *draft, const struct smk_fold_deps *deps)
{
    for (size_t i = 0; i < deps->count; i++) {
        size_t at = draft->dep_count++;
        for (; at > 0 && memcmp(draft->dep[at - 1], deps->entry[i]->id, SMK_ID_BYTES) > 0; at--)
            memcpy(draft->dep[at], draft->dep[at - 1], SMK_ID_BYTES);
        memcpy(draft->dep[at], deps->entry[i]->id, SMK_ID_BYTES);
        if (deps->entry[i]->time > draft->dep_time)
            draft->dep_time = deps->entry[i]->time;
    }
}

/* ---- what an act says ---- */

#define SAID "{'en' 'as was said'}"

/* $0 and $1 are the meetings of pub, $2 is the act that is answered, $3 a page; @ becomes the recommendations, & what is
 * decided on each of them. */
static const struct {
    const char *kind, *act, *fields;
} saying[] = {
    {"meeting", "record_minutes", "{'minutes' " SAID "}"},
    {"case_study", "return", "{'reason' " SAID "}"},
    {"meeting", "cancel", "{'reason' " SAID "}"},
    {"joint_list", "endorse", "{'list_version' 1}"},
    {"joint_list", "attest_endorsement", "{'list_version' 1 'page' $3}"},
    {"joint_list", "accept", "{'items' [&]}"},
    {"joint_list", "attest_acceptance", "{'list_version' 1 'page' $3 'items' [&]}"},
    {"joint_list", "present_provincial", "{'meeting' $0 'recommendations' [@]}"},
    {"joint_list", "present_national", "{'meeting' $1 'recommendations' [@]}"},
    {"recommendation", "verify_progress", "{'follow_up' $2}"},
    {"recommendation", "dispute_progress", "{'follow_up' $2 'reason' " SAID "}"},
    {"event", "record", "{'participants' nil}"},
    {"project", "award", "{'grantee' 'as'}"},
    {"project", "close", "{'subgrant' $2 'reports' [$0]}"},
    {"audit_note", "answer", "{'answer' " SAID "}"},
};

static void say(struct world *w, const char *kind, const char *act, char *ret, size_t bytes)
{
    (void)snprintf(ret, bytes, "{}");
    if (strcmp(act, "report_progress") == 0 && test_rng_chance(&w->rng, 40))
        (void)snprintf(ret, bytes, "{'status' 'in_progress' 'percent' %u}",
                       (unsigned)test_rng_below(&w->rng, 101));
    else if (strcmp(act, "report_progress") == 0)
        (void)snprintf(ret, bytes, "{'status' 'done' 'percent' 100}");
    else if (strcmp(act, "withdraw") == 0)
        (void)snprintf(ret, bytes, "{'reason' " SAID "}");
    else if (strncmp(act, "prioritise_", 11) == 0)
        (void)snprintf(ret, bytes, "{'meeting' $%d 'rank' %u}", strcmp(act, "prioritise_national") == 0,
                       1 + (unsigned)test_rng_below(&w->rng, 3));
    for (size_t i = 0; i < sizeof saying / sizeof saying[0]; i++)
        if (strcmp(saying[i].kind, kind) == 0 && strcmp(saying[i].act, act) == 0)
            (void)snprintf(ret, bytes, "%s", saying[i].fields);
}

/* The recommendations of a text, at most ITEMS_MAX. */
static size_t items_of(struct smk_bytes text, const uint8_t *ret_item[ITEMS_MAX])
{
    struct smk_span_iter it = smk_span_each(text);
    struct smk_text_part part;
    size_t count = 0;
    bool has_list = smk_text_next_part(&it, &part);
    while (has_list && count < ITEMS_MAX && smk_text_next_part(&it, &part))
        ret_item[count++] = part.doc;
    return count;
}

static void spell_items(struct world *w, const char *form, size_t items, char *ret, size_t bytes)
{
    size_t at = 0;
    for (; *form != '\0'; form++) {
        if (*form != '@' && *form != '&')
            at += (size_t)snprintf(ret + at, bytes - at, "%c", *form);
        for (size_t i = 0; *form == '@' && i < items; i++)
            at += (size_t)snprintf(ret + at, bytes - at, "$%zu ", 4 + i);
        for (size_t i = 0; *form == '&' && i < items; i++)
            at += (size_t)snprintf(ret + at, bytes - at,
                                   "{'recommendation' $%zu 'decision' '%s 'reason' " SAID "}", 4 + i,
                                   test_rng_chance(&w->rng, 70) ? "accepted'" : "deferred'");
        SMK_ASSERT(at < bytes);
    }
}

/* The act that an answer is about: the newest report or award; zeros when there is none. */
static void answered_id(const struct smk_fold_doc *doc, uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    bool is_project = smk_bytes_is_equal(doc->kind_name, smk_bytes_of_text("project"));
    const struct smk_fold_entry *e = smk_fold_newest_act(doc, is_project ? "award" : "report_progress");
    memset(ret_id, 0, SMK_DOC_ID_BYTES);
    if (e != NULL)
        memcpy(ret_id, e->act.id, SMK_DOC_ID_BYTES);
}

static void pack_fields(const struct desk *d, const struct smk_fold_doc *doc, const char *act,
                        struct smk_bytes text, struct smk_buf *b)
{
    static const uint8_t page[SMK_HASH_BYTES] = {1, 2, 3};
    struct smk_scope everybody = smk_scope_of("pub");
    uint8_t meeting[2][SMK_DOC_ID_BYTES], answered[SMK_DOC_ID_BYTES];
    const uint8_t *item[ITEMS_MAX];
    char form[FIELDS_BYTES / 4], fields[FIELDS_BYTES];
    size_t items = items_of(text, item);
    paper_id(&everybody, PAPER_PROVINCIAL_MEETING, meeting[0]);
    paper_id(&everybody, PAPER_NATIONAL_MEETING, meeting[1]);
    answered_id(doc, answered);
    struct smk_bytes args[ARGS] = {SMK_BYTES(meeting[0]), SMK_BYTES(meeting[1]), SMK_BYTES(answered),
                                   SMK_BYTES(page)};
    for (size_t i = 0; i < items; i++)
        args[4 + i] = (struct smk_bytes){item[i], SMK_DOC_ID_BYTES};
    say(d->w, doc->kind->name, act, form, sizeof form);
    spell_items(d->w, form, items, fields, sizeof fields);
    test_pack_in_order(b, fields, args);
    SMK_ASSERT(b->err == SMK_OK);
}

/* ---- choosing ---- */

struct choice {
    const struct smk_fold_doc *doc;
    const struct smk_policy_rule *rule;
    const struct smk_fold_entry *half; /* another one's half of the same act */
    struct smk_act act;
    struct smk_buf text, fields, evidence;
};

static void choice_begin(struct choice *c)
{
    *c = (struct choice){.text = {.max = SMK_PAYLOAD_BYTES_MAX},
                         .fields = {.max = SMK_PAYLOAD_BYTES_MAX},
                         .evidence = {.max = SMK_PAYLOAD_BYTES_MAX}};
}

static void choice_end(struct choice *c)
{
    smk_buf_deinit(&c->text);
    smk_buf_deinit(&c->fields);
    smk_buf_deinit(&c->evidence);
}

/* A half of somebody of another organisation that waits for its other one. */
static const struct smk_fold_entry *waiting_half(const struct smk_fold_doc *doc, const char *act,
                                                 const struct smk_office *office)
{
    for (size_t i = 0; i < doc->act_count; i++) {
        const struct smk_fold_entry *e = doc->act[i];
        if (e->reason == SMK_REASON_HALF && smk_bytes_is_equal(e->act.act, smk_bytes_of_text(act)) &&
            e->office != NULL && strcmp(e->office->org.text, office->org.text) != 0)
            return e;
    }
    return NULL;
}

/* False when the document has no text. */
static bool choice_word(struct choice *c, const struct desk *d, const struct smk_office *office)
{
    enum smk_err err = smk_fold_text(d->fold, c->doc, &c->text, NULL);
    if (err != SMK_OK)
        return false;
    c->act = (struct smk_act){.act = smk_bytes_of_text(c->rule->act),
                              .kind = smk_bytes_of_text(c->doc->kind->name),
                              .office = smk_bytes_of_text(office->slug.text)};
    memcpy(c->act.doc, c->doc->id, sizeof c->act.doc);
    test_rng_bytes(&d->w->rng, c->act.id, sizeof c->act.id);
    smk_text_about(smk_buf_view(&c->text), c->act.about);
    pack_fields(d, c->doc, c->rule->act, smk_buf_view(&c->text), &c->fields);
    c->act.fields = smk_buf_view(&c->fields);
    c->act.text = smk_buf_view(&c->text);
    c->half = c->rule->is_half ? waiting_half(c->doc, c->rule->act, office) : NULL;
    if (c->half != NULL) {
        memcpy(c->act.id, c->half->act.id, sizeof c->act.id);
        memcpy(c->act.about, c->half->act.about, sizeof c->act.about);
        c->act.text = c->half->act.text;
        c->act.fields = c->half->act.fields;
    }
    if (c->rule->is_wider) {
        c->act.text = (struct smk_bytes){0};
        c->act.area = smk_bytes_of_text(smk_scope_argument(c->doc->scope));
        const struct smk_fold_doc *list = c->doc;
        if (strcmp(c->doc->kind->name, "joint_list") == 0)
            pack_evidence(d, list, c->rule->act, &c->evidence);
        c->act.evidence = smk_buf_view(&c->evidence);
    }
    return true;
}

/* Puts the rule and office into words and asks whether that would count. */
static bool choice_try(struct choice *c, const struct desk *d, const struct smk_fold_doc *doc,
                       const struct smk_policy_rule *rule, const struct smk_office *office)
{
    choice_end(c);
    choice_begin(c);
    c->doc = doc;
    c->rule = rule;
    if (!choice_word(c, d, office))
        return false;
    uint64_t time = node_wall_ms(d->w, d->n) << 16;
    return smk_fold_judge_act(d->fold, &c->act, d->scope, office, time) == SMK_REASON_COUNTS;
}

/* The document stands where the rule begins. What a list gives to its recommendations is not told by their status, and an
 * act in pub does not know what has become of the document since. */
static bool begins_at(const struct smk_policy_rule *rule, const struct smk_fold_doc *doc)
{
    bool is_named = rule->from[0] == NULL || rule->is_wider || smk_fold_status(doc)[0] == '\0';
    for (size_t i = 0; i < SMK_POLICY_FROM_MAX && rule->from[i] != NULL; i++)
        is_named = is_named || strcmp(rule->from[i], smk_fold_status(doc)) == 0;
    return is_named;
}

/* Said already, by somebody, and nothing has been said since that takes the document back. */
static bool is_repeated(const struct smk_policy_rule *rule, const struct smk_fold_doc *doc)
{
    const struct smk_fold_entry *e = smk_fold_newest_act(doc, rule->act);
    return e != NULL && e->note != SMK_NOTE_EARLIER_VERSION;
}

/* People mostly do what leads on; now and then they try what was done before, or what it is too early for. */
static bool is_sensible(const struct smk_policy_rule *rule, const struct desk *d,
                        const struct smk_fold_doc *doc)
{
    bool takes_back = strcmp(rule->act, "cancel") == 0 || strcmp(rule->act, "withdraw") == 0;
    if (takes_back && !test_rng_chance(&d->w->rng, CANCEL_PERCENT))
        return false;
    bool leads_on =
        begins_at(rule, doc) && !is_repeated(rule, doc) && !test_rng_chance(&d->w->rng, LEFT_PERCENT);
    return leads_on || test_rng_chance(&d->w->rng, CARELESS_PERCENT);
}

static bool is_for(const struct smk_policy_rule *rule, const struct desk *d, const struct smk_fold_doc *doc)
{
    return !rule->is_edit && strcmp(rule->kind, doc->kind->name) == 0 &&
           rule->is_wider == !smk_scope_is_equal(doc->scope, d->scope);
}

/* An act about a document by an office here, the latest ones on its way first. */
static bool choose_about(struct choice *c, const struct desk *d, const struct smk_fold_doc *doc)
{
    for (size_t i = smk_policy_count(); i-- > 0;) {
        const struct smk_policy_rule *rule = smk_policy_at(i);
        if (!is_for(rule, d, doc) || !is_sensible(rule, d, doc))
            continue;
        for (size_t k = 0; k < d->device->office_count; k++) {
            const struct smk_office *office =
                smk_roster_office(smk_fold_roster(d->fold), d->device->office[k].text);
            if (office != NULL && smk_policy_has_role(rule, office->role.text) &&
                choice_try(c, d, doc, rule, office))
                return true;
        }
    }
    return false;
}

/* Documents from a random one on; at the end sometimes what was tried last, whether it counts or not. */
static bool choose(struct choice *c, const struct desk *d)
{
    size_t count = smk_fold_doc_count(d->fold);
    size_t start = count > 0 ? (size_t)test_rng_below(&d->w->rng, count) : 0;
    for (size_t i = 0; i < count && i < DOCUMENTS_MAX; i++) {
        const struct smk_fold_doc *doc = smk_fold_doc_at(d->fold, (start + i) % count);
        if (doc->counts && doc->kind != NULL && choose_about(c, d, doc))
            return true;
    }
    return c->act.act.len > 0 && test_rng_chance(&d->w->rng, CARELESS_PERCENT);
}

static void choice_write(const struct choice *c, const struct desk *d, struct smk_draft *draft,
                         struct smk_buf *payload)
{
    struct smk_fold_deps deps = {0};
    if (c->half != NULL)
        smk_fold_add_dep(d->fold, &deps, c->half);
    smk_fold_add_act_deps(d->fold, &deps, &c->act, d->scope);
    if (!c->rule->is_wider)
        smk_fold_add_text_deps(d->fold, &deps, c->doc);
    draft->type = SMK_RECORD_ACT;
    draft_builds_on(draft, &deps);
    smk_act_encode(&c->act, payload);
    SMK_ASSERT(payload->err == SMK_OK);
}

static bool is_missing(const struct desk *d, uint64_t paper)
{
    struct smk_bytes kind = smk_bytes_of_text(paper_kind(d->scope, paper));
    uint8_t id[SMK_DOC_ID_BYTES];
    paper_id(d->scope, paper, id);
    const struct smk_fold_doc *doc = smk_fold_find_doc(d->fold, kind, id, d->scope);
    return doc == NULL || !doc->counts;
}

static bool find_missing(const struct desk *d, uint64_t *ret_paper)
{
    for (uint64_t paper = 0; paper < PAPERS; paper++)
        for (size_t k = 0; k < d->device->office_count; k++)
            if (is_missing(d, paper) &&
                paper_is_for(d->n, d->scope, paper, smk_bytes_of_text(d->device->office[k].text))) {
                *ret_paper = paper;
                return true;
            }
    return false;
}

enum act_choice act_choose(struct world *w, struct node *n, struct smk_draft *draft, struct smk_buf *payload,
                           uint64_t *ret_paper)
{
    enum act_choice choice = ACT_NOTHING;
    struct desk d;
    struct choice c;
    if (!desk_open(&d, w, n, &draft->scope))
        return ACT_NOTHING;
    choice_begin(&c);
    if (choose(&c, &d)) {
        choice_write(&c, &d, draft, payload);
        choice = ACT_CHOSEN;
    } else if (find_missing(&d, ret_paper)) {
        choice = ACT_PAPER_MISSING;
    }
    choice_end(&c);
    smk_fold_free(d.fold);
    return choice;
}

/* ---- publishing ---- */

static void write_published(const struct desk *d, const struct smk_fold_doc *study, uint64_t number,
                            struct smk_draft *draft, struct smk_buf *payload)
{
    struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX}, from = fields, evidence = fields;
    struct smk_edit edit = {.kind = study->kind_name, .office = smk_bytes_of_text(d->device->office[0].text)};
    smk_pack_array(&from, study->head_count);
    for (size_t i = 0; i < study->head_count; i++)
        smk_pack_bin(&from, SMK_BYTES(study->head[i]->id));
    pack_evidence(d, study, "publish", &evidence);
    paper_fields(d->w, d->n, &draft->scope, number, &fields);
    memcpy(edit.doc, study->id, sizeof edit.doc);
    edit.fields = smk_buf_view(&fields);
    edit.from = smk_buf_view(&from);
    edit.evidence = smk_buf_view(&evidence);
    draft->type = SMK_RECORD_EDIT;
    smk_edit_encode(&edit, payload);
    SMK_ASSERT(payload->err == SMK_OK);
    smk_buf_deinit(&fields);
    smk_buf_deinit(&from);
    smk_buf_deinit(&evidence);
}

bool act_publish(struct world *w, struct node *n, struct smk_draft *draft, struct smk_buf *payload)
{
    struct desk d;
    struct smk_scope province = smk_scope_of("prov:02");
    uint64_t number = PAPER_PUBLISHED + test_rng_below(&w->rng, PAPERS - PAPER_PUBLISHED);
    uint8_t id[SMK_DOC_ID_BYTES];
    if (!desk_open(&d, w, n, &draft->scope))
        return false;
    paper_id(&draft->scope, number, id);
    const struct smk_fold_doc *study =
        smk_fold_find_doc(d.fold, smk_bytes_of_text(paper_kind(&draft->scope, number)), id, &province);
    bool is_there = study != NULL && study->counts && study->head_count > 0;
    if (is_there)
        write_published(&d, study, number, draft, payload);
    smk_fold_free(d.fold);
    return is_there;
}
