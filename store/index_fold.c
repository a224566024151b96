/* Folds documents anew and writes what has changed: rows of documents, facets, terms, totals, who asked about what. */
#include "store/index_state.h"

#include "proto/hash.h"
#include "proto/mem.h"
#include "store/index_apply.h"
#include "store/index_part.h"

#include <stdlib.h>
#include <string.h>

enum { ENTRIES_OF_STEP_MAX = 4096 };

/* ---- the documents of one id ---- */

/* Entries and documents of a fold by document id. */
struct by_id {
    const struct smk_fold_entry **entry;
    size_t entry_count;
    const struct smk_fold_doc **doc;
    size_t doc_count;
};

static const uint8_t *subject_of(const struct smk_fold_entry *e)
{
    return e->is_act ? e->act.doc : e->edit.doc;
}

static int compare_entries(const void *a, const void *b)
{
    const struct smk_fold_entry *const *left = a, *const *right = b;
    int order = memcmp(subject_of(*left), subject_of(*right), SMK_DOC_ID_BYTES);
    return order != 0 ? order : memcmp((*left)->id, (*right)->id, SMK_ID_BYTES);
}

static int compare_docs(const void *a, const void *b)
{
    const struct smk_fold_doc *const *left = a, *const *right = b;
    return memcmp((*left)->id, (*right)->id, SMK_DOC_ID_BYTES);
}

static void by_id_deinit(struct by_id *x)
{
    smk_mem_free(x->entry);
    smk_mem_free(x->doc);
}

static enum smk_err by_id_make(const struct smk_fold *f, struct by_id *x)
{
    size_t entries = smk_fold_entry_count(f), docs = smk_fold_doc_count(f);
    x->entry = smk_mem_array(entries + 1, sizeof(void *));
    x->doc = smk_mem_array(docs + 1, sizeof(void *));
    if (x->entry == NULL || x->doc == NULL)
        return SMK_ERR_NOMEM;
    for (size_t i = 0; i < entries; i++)
        if (smk_fold_entry_at(f, i)->is_decoded)
            x->entry[x->entry_count++] = smk_fold_entry_at(f, i);
    for (size_t i = 0; i < docs; i++)
        x->doc[x->doc_count++] = smk_fold_doc_at(f, i);
    qsort(x->entry, x->entry_count, sizeof(void *), compare_entries);
    qsort(x->doc, x->doc_count, sizeof(void *), compare_docs);
    return SMK_OK;
}

/* Where the entries (or documents) of an id begin; *ret_count of them stand side by side. */
static size_t find_entries(const struct by_id *x, const uint8_t *id, size_t *ret_count)
{
    size_t low = 0, high = x->entry_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(subject_of(x->entry[middle]), id, SMK_DOC_ID_BYTES) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (high = low; high < x->entry_count && memcmp(subject_of(x->entry[high]), id, SMK_DOC_ID_BYTES) == 0;)
        high++;
    *ret_count = high - low;
    return low;
}

static size_t find_docs(const struct by_id *x, const uint8_t *id, size_t *ret_count)
{
    size_t low = 0, high = x->doc_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(x->doc[middle]->id, id, SMK_DOC_ID_BYTES) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (high = low; high < x->doc_count && memcmp(x->doc[high]->id, id, SMK_DOC_ID_BYTES) == 0;)
        high++;
    *ret_count = high - low;
    return low;
}

/* ---- what is kept of them ---- */

/* Of everything that another judgement may find here. */
static void make_digest(const struct smk_fold_entry *const *entry, size_t entry_count,
                        const struct smk_fold_doc *const *doc, size_t doc_count, struct smk_buf *b,
                        uint8_t ret_digest[SMK_HASH_BYTES])
{
    smk_buf_reset(b);
    for (size_t i = 0; i < entry_count; i++) {
        smk_buf_write(b, entry[i]->id, SMK_ID_BYTES);
        smk_buf_write_u8(b, (uint8_t)entry[i]->reason);
        smk_buf_write_u8(b, (uint8_t)entry[i]->note);
    }
    for (size_t i = 0; i < doc_count; i++) {
        smk_buf_write_u8(b, doc[i]->counts);
        for (size_t k = 0; k < doc[i]->head_count; k++)
            smk_buf_write(b, doc[i]->head[k]->id, SMK_ID_BYTES);
        smk_buf_write_bytes(b, smk_bytes_of_text(smk_fold_status(doc[i])));
    }
    smk_sha256(smk_buf_view(b), (struct smk_bytes){0}, ret_digest);
}

static int compare_values(const void *a, const void *b)
{
    const struct smk_bytes *left = a, *right = b;
    return smk_bytes_compare(*left, *right);
}

/* Packs an array of values as a set: ascending, once each. values: canonical, one after the other. */
static enum smk_err pack_set(struct smk_bytes values, size_t count, struct smk_buf *b)
{
    struct smk_bytes *value = smk_mem_array(count + 1, sizeof *value);
    size_t kept = 0;
    if (value == NULL)
        return SMK_ERR_NOMEM;
    struct smk_span_iter it = {.rest = values, .left = count};
    for (size_t i = 0; i < count && smk_span_next(&it, NULL, &value[kept]); i++)
        kept++;
    qsort(value, kept, sizeof *value, compare_values);
    size_t unique = 0;
    for (size_t i = 0; i < kept; i++)
        if (unique == 0 || compare_values(&value[unique - 1], &value[i]) != 0)
            value[unique++] = value[i];
    smk_pack_array(b, unique);
    for (size_t i = 0; i < unique; i++)
        smk_pack_raw(b, value[i]);
    smk_mem_free(value);
    return b->err;
}

/* Topics that were asked about to judge these entries; its own document's is not needed: that makes it dirty anyway. */
static enum smk_err pack_reads(struct smk_fold *f, const uint8_t *id, struct smk_buf *spare,
                               struct smk_buf *b, size_t *ret_count)
{
    const struct smk_fold_question *asked = NULL;
    size_t asked_count = smk_fold_asked(f, &asked);
    *ret_count = 0;
    smk_buf_reset(spare);
    for (size_t i = 0; i < asked_count; i++) {
        if (memcmp(asked[i].by, id, SMK_DOC_ID_BYTES) != 0 ||
            memcmp(asked[i].topic, id, SMK_DOC_ID_BYTES) == 0)
            continue;
        smk_pack_bin(spare, (struct smk_bytes){asked[i].topic, SMK_DOC_ID_BYTES});
        ++*ret_count;
    }
    return spare->err != SMK_OK ? spare->err : pack_set(smk_buf_view(spare), *ret_count, b);
}

static enum smk_err pack_names(const struct smk_fold_entry *const *entry, size_t count, struct smk_buf *spare,
                               struct smk_buf *b)
{
    size_t names = 0;
    smk_buf_reset(spare);
    for (size_t i = 0; i < count; i++) {
        struct smk_bytes office = entry[i]->is_act ? entry[i]->act.office : entry[i]->edit.office;
        smk_index_pack_names(entry[i], spare, &names);
        if (smk_slug_is_valid(office)) {
            smk_pack_str(spare, office);
            names++;
        }
        if (entry[i]->log->has_rights) {
            smk_pack_text(spare, entry[i]->log->org.text);
            names++;
        }
    }
    return spare->err != SMK_OK ? spare->err : pack_set(smk_buf_view(spare), names, b);
}

/* Scopes in which its entries, or these and what was asked for them, stand in more than one log: what these had seen of one
 * another may change when a record comes that they name. */
static enum smk_err pack_scopes(const struct smk_fold_entry *const *entry, size_t count, bool has_asked,
                                struct smk_buf *spare, struct smk_buf *b)
{
    const struct smk_fold_log *first = NULL; /* of the scope at hand */
    size_t scopes = 0;
    smk_buf_reset(spare);
    for (size_t i = 0; i < count; i++) {
        const struct smk_fold_log *log = entry[i]->log;
        if (first == NULL || !smk_scope_is_equal(&first->scope, &log->scope)) {
            first = log;
            for (size_t k = 0; k < i; k++)
                if (smk_scope_is_equal(&entry[k]->log->scope, &log->scope)) {
                    first = entry[k]->log;
                    break;
                }
        }
        if (!has_asked && first == log)
            continue;
        smk_pack_text(spare, log->scope.text);
        scopes++;
    }
    return spare->err != SMK_OK ? spare->err : pack_set(smk_buf_view(spare), scopes, b);
}

struct sharing {
    struct smk_buf *b;
    size_t count;
};

static enum smk_err pack_share(void *ctx, const struct smk_totals_row *row)
{
    struct sharing *s = ctx;
    smk_index_pack_share(s->b, row);
    s->count++;
    return s->b->err;
}

static enum smk_err pack_shares(struct smk_fold *f, const struct smk_fold_entry **entry, size_t entry_count,
                                const struct smk_fold_doc *const *doc, size_t doc_count,
                                struct smk_buf *spare, struct smk_buf *b)
{
    SMK_CLEANUP(smk_totals_deinit) struct smk_totals t = {0};
    struct sharing s = {.b = spare};
    const struct smk_fold_entry **order = smk_mem_array(2 * entry_count + 1, sizeof(void *));
    enum smk_err err = order != NULL ? SMK_OK : SMK_ERR_NOMEM;
    smk_buf_reset(spare);
    if (err == SMK_OK && entry_count > 0) {
        memcpy(order, entry, entry_count * sizeof(void *));
        smk_totals_add_entries(&t, order, order + entry_count, entry_count);
    }
    smk_mem_free(order);
    for (size_t i = 0; i < doc_count && err == SMK_OK; i++)
        err = smk_totals_add_document(f, doc[i], &t);
    if (err == SMK_OK)
        err = smk_totals_each(&t, pack_share, &s);
    if (err != SMK_OK)
        return err;
    smk_pack_array(b, s.count);
    smk_buf_write_bytes(b, smk_buf_view(spare));
    return b->err;
}

/* ---- one step ---- */

struct folding {
    struct smk_index_walk *walk;
    struct smk_txn *txn;
    struct smk_part part;
    struct by_id found;
    uint8_t (*target)[SMK_DOC_ID_BYTES];
    size_t target_count;
    struct smk_buf spare, digested;
    struct smk_index_change change;
};

static void folding_deinit(struct folding *x)
{
    by_id_deinit(&x->found);
    smk_part_deinit(&x->part);
    smk_mem_free(x->target);
    smk_buf_deinit(&x->spare);
    smk_buf_deinit(&x->digested);
    smk_index_change_deinit(&x->change);
}

/* Loads dirty ids until there are enough of them, or of their entries. */
static enum smk_err choose_targets(struct folding *x)
{
    struct smk_index_key at;
    x->target = smk_mem_array(x->walk->docs_max, sizeof *x->target);
    if (x->target == NULL)
        return SMK_ERR_NOMEM;
    smk_index_key_begin(&at, SMK_INDEX_DIRTY);
    while (x->target_count < x->walk->docs_max && x->part.node_count < ENTRIES_OF_STEP_MAX) {
        SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
        smk_cursor_open(&c, x->txn, SMK_TABLE_INDEX);
        if (!smk_cursor_seek(&c, smk_index_key_view(&at)) || c.key.data[0] != SMK_INDEX_DIRTY)
            break;
        if (c.key.len != 1 + SMK_DOC_ID_BYTES)
            return SMK_ERR_STORE_DAMAGED;
        uint8_t *id = x->target[x->target_count++];
        memcpy(id, c.key.data + 1, SMK_DOC_ID_BYTES);
        enum smk_err err = smk_part_want(&x->part, id);
        if (err != SMK_OK)
            return err;
        smk_index_doc_id_key(&at, SMK_INDEX_DIRTY, id);
        smk_index_key_add_u8(&at, 0);
    }
    return x->txn->err;
}

static enum smk_err outcome_of(struct folding *x, const uint8_t *id)
{
    struct smk_index_change *c = &x->change;
    struct smk_fold *f = x->part.fold;
    size_t entry_count, doc_count;
    const struct smk_fold_entry **entry = x->found.entry + find_entries(&x->found, id, &entry_count);
    const struct smk_fold_doc **doc = x->found.doc + find_docs(&x->found, id, &doc_count);
    uint8_t digest[SMK_HASH_BYTES];
    size_t reads = 0;
    smk_index_change_begin(c, id, entry_count > 0);
    make_digest(entry, entry_count, doc, doc_count, &x->digested, digest);
    memcpy(c->digest, digest, sizeof c->digest);
    enum smk_err err = x->digested.err;
    if (err == SMK_OK)
        err = pack_reads(f, id, &x->spare, &c->reads, &reads);
    if (err == SMK_OK)
        err = pack_names(entry, entry_count, &x->spare, &c->names);
    if (err == SMK_OK)
        err = pack_scopes(entry, entry_count, reads > 0, &x->spare, &c->scopes);
    if (err == SMK_OK)
        err = pack_shares(f, entry, entry_count, doc, doc_count, &x->spare, &c->shares);
    for (size_t i = 0; i < doc_count && err == SMK_OK; i++)
        err = smk_index_change_add_doc(c, &x->walk->language, f, doc[i]);
    return err;
}

/* ---- readers ---- */

struct telling {
    struct smk_txn *txn;
    uint64_t epoch;
    enum smk_err err;
};

/* Folded before what now stands here could be seen. */
static bool is_behind(struct smk_txn *t, const uint8_t *id, uint64_t epoch)
{
    struct smk_index_key k;
    struct smk_bytes value;
    struct smk_group_row row;
    smk_index_doc_id_key(&k, SMK_INDEX_GROUP, id);
    bool is_there = smk_txn_get(t, SMK_TABLE_INDEX, smk_index_key_view(&k), &value);
    return !is_there || !smk_group_row_read(value, &row) || row.epoch < epoch;
}

static bool tell_readers_of_topic(void *ctx, const uint8_t *topic)
{
    struct telling *x = ctx;
    struct smk_index_key prefix, at;
    smk_index_doc_id_key(&prefix, SMK_INDEX_READER, topic);
    at = prefix;
    for (;;) { /* a cursor does not outlive what is written into its table */
        SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
        uint8_t id[SMK_DOC_ID_BYTES];
        smk_cursor_open(&c, x->txn, SMK_TABLE_INDEX);
        if (!smk_cursor_seek(&c, smk_index_key_view(&at)) || !smk_index_key_begins(c.key, &prefix))
            return x->txn->err == SMK_OK;
        if (c.key.len != prefix.len + sizeof id) {
            x->err = SMK_ERR_STORE_DAMAGED;
            return false;
        }
        memcpy(id, c.key.data + prefix.len, sizeof id);
        smk_cursor_close(&c);
        if (is_behind(x->txn, id, x->epoch))
            smk_index_make_dirty(x->txn, id);
        at = prefix;
        smk_index_key_add(&at, SMK_BYTES(id));
        smk_index_key_add_u8(&at, 0);
    }
}

/* Whoever asked about what these entries are about is folded anew, unless it was folded with all of this in view. */
static enum smk_err tell_readers(struct folding *x, const uint8_t *id)
{
    struct telling telling = {.txn = x->txn, .epoch = x->walk->cursor.epoch};
    size_t count;
    const struct smk_fold_entry **entry = x->found.entry + find_entries(&x->found, id, &count);
    (void)tell_readers_of_topic(&telling, id);
    for (size_t i = 0; i < count && telling.err == SMK_OK; i++)
        if (entry[i]->is_act) /* an edit is about its document alone */
            smk_fold_each_topic_of(entry[i], tell_readers_of_topic, &telling);
    return telling.err != SMK_OK ? telling.err : x->txn->err;
}

static enum smk_err apply_all(struct folding *x)
{
    enum smk_err err = SMK_OK;
    for (size_t i = 0; i < x->target_count && err == SMK_OK; i++) {
        bool has_changed = false;
        err = outcome_of(x, x->target[i]);
        if (err == SMK_OK)
            err = smk_index_apply(x->walk, x->txn, &x->change, &has_changed);
        if (err == SMK_OK && has_changed)
            err = tell_readers(x, x->target[i]);
    }
    if (err == SMK_OK && smk_fold_lacked_memory(x->part.fold))
        err = SMK_ERR_NOMEM;
    return err == SMK_OK ? smk_index_apply_rest(x->txn, &x->change) : err;
}

enum smk_err smk_index_fold_dirty(struct smk_index_walk *w, struct smk_txn *t, struct smk_roster *roster)
{
    SMK_CLEANUP(folding_deinit) struct folding x = {.walk = w, .txn = t};
    x.spare.max = x.digested.max = SIZE_MAX; /* as much as there are entries */
    smk_part_init(&x.part, t, roster, &w->disputes, &w->past);
    enum smk_err err = choose_targets(&x);
    if (err == SMK_OK)
        err = smk_part_fold(&x.part);
    if (err == SMK_OK)
        err = by_id_make(x.part.fold, &x.found);
    return err == SMK_OK ? apply_all(&x) : err;
}
