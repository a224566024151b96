#include "proto/check.h"
#include "proto/fold.h"
#include "tests/sim/checkers.h"

#include <string.h>

/* ---- hashes that need not be strong: nobody attacks the checkers ---- */

struct digest {
    uint64_t word;
};

static void digest_word(struct digest *d, uint64_t word)
{
    d->word = (d->word ^ word) * 0x9e3779b97f4a7c15U;
    d->word ^= d->word >> 29;
}

static void digest_bytes(struct digest *d, const void *data, size_t len)
{
    const uint8_t *at = data;
    for (; len >= 8; at += 8, len -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        digest_word(d, word);
    }
    for (; len > 0; at++, len--)
        digest_word(d, *at);
}

/* ---- rosters ---- */

uint64_t roster_digest(const struct world *w, struct smk_roster *roster)
{
    struct digest d = {0};
    for (size_t i = 0; i < smk_roster_device_count(roster); i++) {
        const struct smk_device *device = smk_roster_device_at(roster, i);
        uint8_t key[SMK_KEY_BYTES];
        memcpy(key, device->sign_key, sizeof key);
        digest_bytes(&d, device->sign_key, SMK_KEY_BYTES);
        digest_bytes(&d, device->transport_key, SMK_KEY_BYTES);
        digest_bytes(&d, device->org.text, strlen(device->org.text));
        for (size_t k = 0; k < device->office_count; k++)
            digest_bytes(&d, device->office[k].text, strlen(device->office[k].text));
        for (size_t k = 0; k < w->government.scope_count; k++)
            digest_word(&d, smk_roster_holds(roster, key, &w->government.scope[k]));
    }
    for (size_t i = 0; i < smk_roster_office_count(roster); i++) {
        const struct smk_office *office = smk_roster_office_at(roster, i);
        digest_bytes(&d, office->slug.text, strlen(office->slug.text));
        digest_bytes(&d, office->role.text, strlen(office->role.text));
        digest_bytes(&d, office->org.text, strlen(office->org.text));
        digest_bytes(&d, office->area, strlen(office->area));
        digest_bytes(&d, office->meeting, strlen(office->meeting));
    }
    for (size_t i = 0; i < smk_roster_organisation_count(roster); i++) {
        const struct smk_organisation *org = smk_roster_organisation_at(roster, i);
        digest_bytes(&d, org->slug.text, strlen(org->slug.text));
        digest_bytes(&d, org->kind.text, strlen(org->kind.text));
        for (size_t k = 0; k < org->area_count; k++)
            digest_bytes(&d, org->area[k], strlen(org->area[k]));
    }
    return d.word;
}

/* ---- documents ---- */

struct folding {
    const struct smk_scope *scope; /* NULL: everything */
    struct smk_fold *fold;
};

static bool fold_record(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct folding *f = ctx;
    (void)arrival;
    if (f->scope != NULL && !smk_scope_is_equal(&r->header.scope, f->scope))
        return true;
    enum smk_err err = smk_fold_add(f->fold, r);
    SMK_ASSERT(err == SMK_OK);
    return true;
}

static void digest_document(struct digest *d, struct smk_fold *fold, const struct smk_fold_doc *doc)
{
    struct smk_fold_value values[SMK_FOLD_VALUES_MAX];
    struct smk_bytes name[SMK_FOLD_NAMES_MAX];
    digest_bytes(d, doc->id, sizeof doc->id);
    digest_word(d, doc->counts);
    digest_word(d, doc->edit_count);
    for (size_t i = 0; i < doc->head_count; i++)
        digest_bytes(d, doc->head[i]->id, SMK_ID_BYTES);
    for (size_t i = 0; i < doc->act_count; i++)
        digest_bytes(d, doc->act[i]->id, SMK_ID_BYTES);
    size_t names = smk_fold_names(doc, name);
    for (size_t k = 0; k < names; k++) {
        size_t count = smk_fold_values(fold, doc, name[k], values);
        digest_bytes(d, name[k].data, name[k].len);
        digest_word(d, count);
        for (size_t i = 0; i < count; i++) {
            digest_bytes(d, values[i].edit->id, SMK_ID_BYTES);
            digest_word(d, values[i].value.len);
            digest_bytes(d, values[i].value.data, values[i].value.len);
        }
    }
    digest_bytes(d, smk_fold_status(doc), strlen(smk_fold_status(doc)));
}

/* ---- what counts ---- */

struct counted {
    uint64_t edits, edits_counting, acts, acts_counting;
    uint64_t act[TALLY_ACTS_MAX];
};

static void count_entry(struct counted *c, const struct smk_fold_entry *e)
{
    bool counts = e->reason == SMK_REASON_COUNTS;
    c->edits += !e->is_act;
    c->edits_counting += !e->is_act && counts;
    c->acts += e->is_act;
    c->acts_counting += e->is_act && counts;
    if (!counts)
        return;
    bool is_wider = !e->is_act && e->log->scope.kind == SMK_SCOPE_PUB;
    const struct smk_policy_rule *rule =
        e->is_act ? smk_policy_act(e->act.kind, e->act.act) : smk_policy_edit(e->edit.kind, is_wider);
    SMK_ASSERT(smk_policy_count() <= TALLY_ACTS_MAX);
    for (size_t i = 0; rule != NULL && i < TALLY_ACTS_MAX; i++)
        c->act[i] += smk_policy_at(i) == rule;
}

/* Of one scope, on the node that holds the most of it. */
static void tally_counted(struct world *w, const struct counted *c)
{
    w->tally.edits += c->edits;
    w->tally.edits_counting += c->edits_counting;
    w->tally.acts += c->acts;
    w->tally.acts_counting += c->acts_counting;
    for (size_t i = 0; i < TALLY_ACTS_MAX; i++)
        w->tally.act[i] += c->act[i];
}

/* GIVES a fold of what a node holds of a scope, or of everything, as it arrived there, which is another order on each node. */
static struct smk_fold *fold_of(const struct node *n, const struct smk_scope *scope)
{
    struct folding f = {.scope = scope};
    const struct smk_view *view = disk_view(&n->disk);
    enum smk_err err = smk_fold_new(disk_roster(&n->disk), &f.fold);
    SMK_ASSERT(err == SMK_OK);
    err = view->read_arrivals(view->ctx, 0, fold_record, &f);
    SMK_ASSERT(err == SMK_OK);
    err = smk_fold_finish(f.fold);
    SMK_ASSERT(err == SMK_OK);
    return f.fold;
}

/* Which entries of the scope count and why not, in a fold of everything: what else a node holds must not matter. */
static void digest_reasons(struct digest *d, const struct smk_fold *everything, const struct smk_scope *scope)
{
    for (size_t i = 0; i < smk_fold_entry_count(everything); i++) {
        const struct smk_fold_entry *e = smk_fold_entry_at(everything, i);
        if (!smk_scope_is_equal(&e->log->scope, scope))
            continue;
        digest_bytes(d, e->id, sizeof e->id);
        digest_word(d, e->reason);
    }
}

/* What the documents of a scope say on a node, and which entries count and why not. */
static uint64_t fold_digest(const struct node *n, const struct smk_fold *everything,
                            const struct smk_scope *scope, struct counted *ret_counted)
{
    struct digest d = {0};
    struct smk_fold *fold = fold_of(n, scope);
    for (size_t i = 0; i < smk_fold_entry_count(fold); i++) {
        const struct smk_fold_entry *e = smk_fold_entry_at(fold, i);
        digest_bytes(&d, e->id, sizeof e->id);
        digest_word(&d, e->reason);
        digest_word(&d, e->note);
        count_entry(ret_counted, e);
    }
    for (size_t i = 0; i < smk_fold_doc_count(fold); i++)
        digest_document(&d, fold, smk_fold_doc_at(fold, i));
    digest_reasons(&d, everything, scope);
    smk_fold_free(fold);
    return d.word;
}

uint64_t scope_set(const struct node *n, const struct smk_scope *scope)
{
    const struct smk_view *view = disk_view(&n->disk);
    struct smk_frontier *f = view->frontier(view->ctx, scope);
    uint8_t root[SMK_HASH_BYTES];
    uint64_t word = 0;
    if (f != NULL && smk_frontier_count(f) > 0) {
        smk_frontier_root(f, root);
        memcpy(&word, root, sizeof word);
    }
    return word;
}

/* Everybody who holds the same set of a scope and knows the same decisions. */
static void check_documents_of(struct world *w, struct smk_fold *const *everything,
                               const struct smk_scope *scope)
{
    uint64_t set[WORLD_NODES_MAX], decided[WORLD_NODES_MAX], digest[WORLD_NODES_MAX];
    struct counted most = {0};
    size_t count = 0;
    for (size_t i = 0; i < w->node_count && !w->has_failed; i++) {
        const struct node *n = &w->node[i];
        struct counted counted = {0};
        if (!n->is_member || !node_is_honest(n) || scope_set(n, scope) == 0)
            continue;
        set[count] = scope_set(n, scope);
        decided[count] = n->holding.decided_hash;
        digest[count] = fold_digest(n, everything[i], scope, &counted);
        if (counted.edits + counted.acts > most.edits + most.acts)
            most = counted;
        for (size_t k = 0; k < count; k++) {
            bool is_equal = set[k] == set[count] && decided[k] == decided[count];
            w->tally.folds += is_equal;
            if (is_equal && digest[k] != digest[count])
                world_fail(w, "node %zu holds the same of %s as another node, but its documents differ", i,
                           scope->text);
        }
        count++;
    }
    tally_counted(w, &most);
}

void check_documents(struct world *w)
{
    struct smk_fold *everything[WORLD_NODES_MAX] = {0};
    for (size_t i = 0; i < w->node_count && !w->has_failed; i++)
        if (w->node[i].is_member && node_is_honest(&w->node[i]))
            everything[i] = fold_of(&w->node[i], NULL);
    for (size_t i = 1; i < w->government.scope_count && !w->has_failed; i++) /* behind gov */
        check_documents_of(w, everything, &w->government.scope[i]);
    for (size_t i = 0; i < w->node_count; i++)
        smk_fold_free(everything[i]);
}
