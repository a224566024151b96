#include "store/index_apply.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <string.h>

/* ---- the change ---- */

void smk_index_change_deinit(struct smk_index_change *c)
{
    for (size_t i = 0; i < c->doc_capacity; i++)
        smk_index_summary_deinit(&c->doc[i].summary);
    smk_mem_free(c->doc);
    smk_buf_deinit(&c->reads);
    smk_buf_deinit(&c->names);
    smk_buf_deinit(&c->scopes);
    smk_buf_deinit(&c->shares);
    smk_buf_deinit(&c->old_group);
    smk_buf_deinit(&c->old_docs);
    smk_buf_deinit(&c->old_terms);
    smk_buf_deinit(&c->numbers);
    smk_buf_deinit(&c->new_terms);
    smk_buf_deinit(&c->new_group);
    smk_index_terms_deinit(&c->terms);
    smk_postings_deinit(&c->postings);
    smk_totals_deinit(&c->delta);
}

static void empty(struct smk_buf *b)
{
    b->max = SIZE_MAX; /* as much as there are entries */
    smk_buf_reset(b);
}

void smk_index_change_begin(struct smk_index_change *c, const uint8_t id[SMK_DOC_ID_BYTES], bool has_entries)
{
    memcpy(c->id, id, sizeof c->id);
    c->has_entries = has_entries;
    c->doc_count = 0;
    empty(&c->reads);
    empty(&c->names);
    empty(&c->scopes);
    empty(&c->shares);
}

enum smk_err smk_index_change_add_doc(struct smk_index_change *c, struct smk_index_language *l,
                                      struct smk_fold *f, const struct smk_fold_doc *doc)
{
    if (c->doc_count == c->doc_capacity) {
        size_t capacity = c->doc_capacity > 0 ? 2 * c->doc_capacity : 4;
        struct smk_index_change_doc *grown = smk_mem_resize(c->doc, capacity * sizeof *grown);
        if (grown == NULL)
            return SMK_ERR_NOMEM;
        memset(grown + c->doc_capacity, 0, (capacity - c->doc_capacity) * sizeof *grown);
        c->doc = grown;
        c->doc_capacity = capacity;
    }
    struct smk_index_change_doc *d = &c->doc[c->doc_count];
    enum smk_err err = smk_index_summarise(l, f, doc, &d->summary);
    if (err != SMK_OK)
        return err;
    SMK_ASSERT(smk_doc_row_read(smk_buf_view(&d->summary.row), &d->row));
    c->doc_count++;
    return SMK_OK;
}

/* ---- sets of rows ---- */

/* The key of a member of a set of this id. */
typedef void member_fn(struct smk_index_key *k, struct smk_bytes member, const uint8_t *id);

static void reader_key(struct smk_index_key *k, struct smk_bytes topic, const uint8_t *id)
{
    smk_index_key_begin(k, SMK_INDEX_READER);
    smk_index_key_add(k, smk_span_bin(topic));
    smk_index_key_add(k, (struct smk_bytes){id, SMK_DOC_ID_BYTES});
}

static void namer_key(struct smk_index_key *k, struct smk_bytes slug, const uint8_t *id)
{
    smk_index_key_begin(k, SMK_INDEX_NAMER);
    smk_index_key_add(k, smk_span_str(slug));
    smk_index_key_add_u8(k, 0);
    smk_index_key_add(k, (struct smk_bytes){id, SMK_DOC_ID_BYTES});
}

static void mixed_key(struct smk_index_key *k, struct smk_bytes scope, const uint8_t *id)
{
    smk_index_key_begin(k, SMK_INDEX_MIXED);
    smk_index_key_add(k, smk_span_str(scope));
    smk_index_key_add_u8(k, 0);
    smk_index_key_add(k, (struct smk_bytes){id, SMK_DOC_ID_BYTES});
}

/* Both are ascending: what only the old one has goes, what only the new one has comes. */
static void replace_set(struct smk_txn *t, const uint8_t *id, struct smk_bytes old, struct smk_bytes fresh,
                        member_fn *key_of)
{
    struct smk_span_iter left = smk_span_each(old), right = smk_span_each(fresh);
    struct smk_bytes gone, come;
    struct smk_index_key k;
    bool has_gone = smk_span_next(&left, NULL, &gone), has_come = smk_span_next(&right, NULL, &come);
    while (has_gone || has_come) {
        int order = !has_gone ? 1 : !has_come ? -1 : smk_bytes_compare(gone, come);
        if (order < 0) {
            key_of(&k, gone, id);
            smk_txn_del(t, SMK_TABLE_INDEX, smk_index_key_view(&k));
        } else if (order > 0) {
            key_of(&k, come, id);
            smk_index_mark(t, &k);
        }
        has_gone = order <= 0 ? smk_span_next(&left, NULL, &gone) : has_gone;
        has_come = order >= 0 ? smk_span_next(&right, NULL, &come) : has_come;
    }
}

/* ---- one document ---- */

static bool is_unsorted(enum smk_facet facet)
{
    return facet == SMK_FACET_REF || facet == SMK_FACET_ID;
}

static bool is_timed(enum smk_facet facet)
{
    return facet == SMK_FACET_ALL || facet == SMK_FACET_KIND;
}

static void row_put(struct smk_txn *t, const struct smk_index_key *k, bool is_there)
{
    if (is_there)
        smk_index_mark(t, k);
    else
        smk_txn_del(t, SMK_TABLE_INDEX, smk_index_key_view(k));
}

static void facets_put(struct smk_txn *t, const struct smk_doc_row *row, uint32_t number, bool is_there)
{
    struct smk_span_iter it = smk_span_each(row->facets);
    struct smk_index_filter f;
    struct smk_index_key k;
    while (smk_doc_row_next_facet(&it, &f)) {
        smk_index_facet_key(&k, &f, is_unsorted(f.facet) ? (struct smk_bytes){0} : row->sort, number);
        row_put(t, &k, is_there);
        if (!is_timed(f.facet))
            continue;
        smk_index_time_key(&k, &f, row->touched, number);
        row_put(t, &k, is_there);
    }
}

static void term_del(struct smk_txn *t, struct smk_bytes term, uint32_t number)
{
    uint8_t key[SMK_INDEX_TERM_BYTES_MAX + 1 + 4];
    SMK_ASSERT(term.len <= SMK_INDEX_TERM_BYTES_MAX);
    memcpy(key, term.data, term.len);
    key[term.len] = 0;
    smk_row_write_u32(number, key + term.len + 1);
    smk_txn_del(t, SMK_TABLE_TERMS, (struct smk_bytes){key, term.len + 1 + 4});
}

/* Both rows are ascending. */
static enum smk_err terms_replace(struct smk_txn *t, struct smk_postings *come_to, struct smk_bytes old,
                                  struct smk_bytes fresh, uint32_t number)
{
    struct smk_bytes gone, come;
    size_t left = 0, right = 0;
    enum smk_err err = SMK_OK;
    bool has_gone = smk_index_terms_next(old, &left, &gone),
         has_come = smk_index_terms_next(fresh, &right, &come);
    while (err == SMK_OK && (has_gone || has_come)) {
        int order = !has_gone ? 1 : !has_come ? -1 : smk_bytes_compare(gone, come);
        if (order < 0)
            term_del(t, gone, number);
        else if (order > 0)
            err = smk_postings_add(come_to, t, come, number);
        has_gone = order <= 0 ? smk_index_terms_next(old, &left, &gone) : has_gone;
        has_come = order >= 0 ? smk_index_terms_next(fresh, &right, &come) : has_come;
    }
    return err;
}

static void row_of_number(struct smk_txn *t, enum smk_index_letter letter, uint32_t number,
                          struct smk_bytes value)
{
    struct smk_index_key k;
    smk_index_number_key(&k, letter, number);
    if (value.len > 0)
        smk_txn_put(t, SMK_TABLE_INDEX, smk_index_key_view(&k), value);
    else
        smk_txn_del(t, SMK_TABLE_INDEX, smk_index_key_view(&k));
}

/* The terms that are kept of a document, copied. */
static enum smk_err old_terms(struct smk_txn *t, uint32_t number, struct smk_buf *b)
{
    struct smk_index_key k;
    struct smk_bytes row;
    empty(b);
    smk_index_number_key(&k, SMK_INDEX_OWN, number);
    if (smk_txn_get(t, SMK_TABLE_INDEX, smk_index_key_view(&k), &row))
        smk_buf_write_bytes(b, row);
    return t->err != SMK_OK ? t->err : b->err;
}

static enum smk_err text_write(struct smk_index_walk *w, struct smk_txn *t, struct smk_index_change *c,
                               struct smk_bytes fields, uint32_t number)
{
    enum smk_err err = smk_index_terms_find(&w->language, fields, &c->terms);
    if (err == SMK_OK)
        err = old_terms(t, number, &c->old_terms);
    empty(&c->new_terms);
    if (err == SMK_OK)
        smk_index_terms_write(&c->terms, &c->new_terms);
    if (err != SMK_OK || c->new_terms.err != SMK_OK)
        return err != SMK_OK ? err : c->new_terms.err;
    struct smk_bytes fresh = smk_buf_view(&c->new_terms);
    err = terms_replace(t, &c->postings, smk_buf_view(&c->old_terms), fresh, number);
    if (err != SMK_OK)
        return err;
    row_of_number(t, SMK_INDEX_OWN, number, fresh);
    row_of_number(t, SMK_INDEX_TEXT, number, smk_buf_view(&c->terms.text));
    return t->err;
}

static enum smk_err doc_remove(struct smk_txn *t, struct smk_index_change *c, const struct smk_doc_row *old,
                               uint32_t number)
{
    enum smk_err err = old_terms(t, number, &c->old_terms);
    if (err != SMK_OK)
        return err;
    facets_put(t, old, number, false);
    err = terms_replace(t, &c->postings, smk_buf_view(&c->old_terms), (struct smk_bytes){0}, number);
    if (err != SMK_OK)
        return err;
    row_of_number(t, SMK_INDEX_OWN, number, (struct smk_bytes){0});
    row_of_number(t, SMK_INDEX_TEXT, number, (struct smk_bytes){0});
    row_of_number(t, SMK_INDEX_DOC, number, (struct smk_bytes){0});
    return t->err;
}

/* old NULL: a new one. */
static enum smk_err doc_write(struct smk_index_walk *w, struct smk_txn *t, struct smk_index_change *c,
                              const struct smk_index_change_doc *d, const struct smk_doc_row *old,
                              struct smk_bytes old_bytes, uint32_t number)
{
    if (old != NULL && smk_bytes_is_equal(old_bytes, smk_buf_view(&d->summary.row)))
        return t->err;
    bool is_moved = old == NULL || !smk_bytes_is_equal(old->facets, d->row.facets) ||
                    !smk_bytes_is_equal(old->sort, d->row.sort) || old->touched != d->row.touched;
    if (old != NULL && is_moved)
        facets_put(t, old, number, false);
    if (is_moved)
        facets_put(t, &d->row, number, true);
    row_of_number(t, SMK_INDEX_DOC, number, smk_buf_view(&d->summary.row));
    if (old != NULL && smk_bytes_is_equal(old->print, d->row.print))
        return t->err;
    return text_write(w, t, c, smk_buf_view(&d->summary.text), number);
}

/* ---- all documents of an id ---- */

/* A document that the rows have now, copied. */
struct old_doc {
    uint32_t number;
    size_t at, len; /* of its row in old_docs */
    bool is_kept;
};

static enum smk_err old_docs_read(struct smk_txn *t, struct smk_index_change *c, struct smk_bytes numbers,
                                  struct old_doc *old)
{
    struct smk_span_iter it = smk_span_each(numbers);
    struct smk_bytes number, row;
    c->old_docs.max = SIZE_MAX;
    smk_buf_reset(&c->old_docs);
    for (size_t i = 0; smk_span_next(&it, NULL, &number); i++) {
        struct smk_index_key k;
        old[i] = (struct old_doc){.number = (uint32_t)smk_span_uint(number), .at = c->old_docs.len};
        smk_index_number_key(&k, SMK_INDEX_DOC, old[i].number);
        if (!smk_txn_get(t, SMK_TABLE_INDEX, smk_index_key_view(&k), &row))
            return t->err != SMK_OK ? t->err : SMK_ERR_STORE_DAMAGED;
        old[i].len = row.len;
        smk_buf_write_bytes(&c->old_docs, row);
    }
    return c->old_docs.err;
}

static struct smk_bytes old_row(const struct smk_index_change *c, const struct old_doc *old)
{
    return (struct smk_bytes){c->old_docs.data + old->at, old->len};
}

/* The same type in the same scope; NULL when there is none. */
static struct old_doc *find_old(const struct smk_index_change *c, struct old_doc *old, size_t count,
                                const struct smk_doc_row *fresh, struct smk_doc_row *ret_row)
{
    for (size_t i = 0; i < count; i++)
        if (smk_doc_row_read(old_row(c, &old[i]), ret_row) &&
            smk_bytes_is_equal(ret_row->kind, fresh->kind) &&
            smk_bytes_is_equal(ret_row->scope, fresh->scope))
            return &old[i];
    return NULL;
}

static enum smk_err docs_replace(struct smk_index_walk *w, struct smk_txn *t, struct smk_index_change *c,
                                 struct old_doc *old, size_t old_count)
{
    enum smk_err err = SMK_OK;
    struct smk_doc_row row;
    smk_pack_array(&c->numbers, c->doc_count);
    for (size_t i = 0; i < c->doc_count && err == SMK_OK; i++) {
        const struct smk_index_change_doc *d = &c->doc[i];
        struct old_doc *was = find_old(c, old, old_count, &d->row, &row);
        uint32_t number = was != NULL ? was->number : w->cursor.last_doc + 1;
        if (number == 0)
            return SMK_ERR_TOO_BIG_HERE; /* all numbers are used up: a rebuilt index begins anew */
        if (was != NULL)
            was->is_kept = true;
        else
            w->cursor.last_doc = number;
        err = doc_write(w, t, c, d, was != NULL ? &row : NULL,
                        was != NULL ? old_row(c, was) : (struct smk_bytes){0}, number);
        smk_pack_uint(&c->numbers, number);
    }
    for (size_t i = 0; i < old_count && err == SMK_OK; i++) {
        if (old[i].is_kept)
            continue;
        err = smk_doc_row_read(old_row(c, &old[i]), &row) ? doc_remove(t, c, &row, old[i].number)
                                                          : SMK_ERR_STORE_DAMAGED;
    }
    return err != SMK_OK ? err : c->numbers.err;
}

/* ---- totals ---- */

static enum smk_err add_shares(struct smk_totals *delta, struct smk_bytes shares, bool is_taken_back)
{
    struct smk_span_iter it = smk_span_each(shares);
    struct smk_bytes share;
    struct smk_totals_row row;
    enum smk_err err = SMK_OK;
    while (err == SMK_OK && smk_span_next(&it, NULL, &share)) {
        if (!smk_index_share_read(share, &row))
            return SMK_ERR_STORE_DAMAGED;
        if (is_taken_back) {
            row.sum.count = 0 - row.sum.count;
            row.sum.known = 0 - row.sum.known;
            row.sum.total = 0 - row.sum.total;
            row.sum.with_sex = 0 - row.sum.with_sex;
            row.sum.female = 0 - row.sum.female;
        }
        err = smk_totals_add_row(delta, &row);
    }
    return err;
}

static enum smk_err add_to_sum(void *ctx, const struct smk_totals_row *more)
{
    static const uint8_t nothing[SMK_INDEX_SUM_BYTES] = {0};
    struct smk_txn *t = ctx;
    struct smk_totals_row now = *more;
    struct smk_index_key k;
    struct smk_bytes value;
    uint8_t sum[SMK_INDEX_SUM_BYTES];
    smk_index_sum_key(&k, more);
    bool is_there = smk_txn_get(t, SMK_TABLE_INDEX, smk_index_key_view(&k), &value);
    if (is_there && !smk_index_sum_read(smk_index_key_view(&k), value, &now))
        return SMK_ERR_STORE_DAMAGED;
    if (is_there) {
        now.sum.count += more->sum.count;
        now.sum.known += more->sum.known;
        now.sum.total += more->sum.total;
        now.sum.with_sex += more->sum.with_sex;
        now.sum.female += more->sum.female;
    }
    smk_index_sum_write(&now.sum, sum);
    if (memcmp(sum, nothing, sizeof sum) != 0)
        smk_txn_put(t, SMK_TABLE_INDEX, smk_index_key_view(&k), SMK_BYTES(sum));
    else
        smk_txn_del(t, SMK_TABLE_INDEX, smk_index_key_view(&k));
    return t->err;
}

enum smk_err smk_index_apply_rest(struct smk_txn *t, struct smk_index_change *c)
{
    enum smk_err err = smk_postings_put(&c->postings, t);
    if (err == SMK_OK)
        err = smk_totals_each(&c->delta, add_to_sum, t);
    smk_totals_deinit(&c->delta);
    return err;
}

/* ---- the id ---- */

static void group_write(struct smk_txn *t, struct smk_index_change *c, uint64_t epoch)
{
    struct smk_buf *b = &c->new_group;
    struct smk_index_key k;
    struct smk_group_row row = {
        .docs = smk_buf_view(&c->numbers),
        .digest = SMK_BYTES(c->digest),
        .epoch = epoch,
        .reads = smk_buf_view(&c->reads),
        .names = smk_buf_view(&c->names),
        .scopes = smk_buf_view(&c->scopes),
        .shares = smk_buf_view(&c->shares),
    };
    smk_index_doc_id_key(&k, SMK_INDEX_GROUP, c->id);
    empty(b);
    smk_group_row_write(&row, b);
    if (b->err == SMK_OK && c->has_entries)
        smk_txn_put(t, SMK_TABLE_INDEX, smk_index_key_view(&k), smk_buf_view(b));
    else
        smk_txn_del(t, SMK_TABLE_INDEX, smk_index_key_view(&k));
}

/* The row of the group as it is now, copied; an empty one when there is none. */
static enum smk_err group_read(struct smk_txn *t, struct smk_index_change *c, struct smk_group_row *ret_row)
{
    struct smk_index_key k;
    struct smk_bytes value;
    *ret_row = (struct smk_group_row){0};
    c->old_group.max = SIZE_MAX;
    smk_buf_reset(&c->old_group);
    smk_index_doc_id_key(&k, SMK_INDEX_GROUP, c->id);
    if (!smk_txn_get(t, SMK_TABLE_INDEX, smk_index_key_view(&k), &value))
        return t->err;
    smk_buf_write_bytes(&c->old_group, value);
    if (c->old_group.err != SMK_OK)
        return c->old_group.err;
    return smk_group_row_read(smk_buf_view(&c->old_group), ret_row) ? SMK_OK : SMK_ERR_STORE_DAMAGED;
}

enum smk_err smk_index_apply(struct smk_index_walk *w, struct smk_txn *t, struct smk_index_change *c,
                             bool *ret_has_changed)
{
    struct smk_group_row old;
    struct smk_index_key k;
    enum smk_err err = group_read(t, c, &old);
    size_t old_count = smk_span_count(old.docs);
    struct old_doc *old_doc = err == SMK_OK ? smk_mem_array(old_count + 1, sizeof *old_doc) : NULL;
    if (old_doc == NULL)
        return err != SMK_OK ? err : SMK_ERR_NOMEM;
    empty(&c->numbers);
    err = old_docs_read(t, c, old.docs, old_doc);
    if (err == SMK_OK)
        err = docs_replace(w, t, c, old_doc, old_count);
    smk_mem_free(old_doc);
    if (err == SMK_OK)
        err = add_shares(&c->delta, old.shares, true);
    if (err == SMK_OK)
        err = add_shares(&c->delta, smk_buf_view(&c->shares), false);
    if (err != SMK_OK)
        return err;
    replace_set(t, c->id, old.reads, smk_buf_view(&c->reads), reader_key);
    replace_set(t, c->id, old.names, smk_buf_view(&c->names), namer_key);
    replace_set(t, c->id, old.scopes, smk_buf_view(&c->scopes), mixed_key);
    *ret_has_changed = !smk_bytes_is_equal(old.digest, SMK_BYTES(c->digest));
    group_write(t, c, w->cursor.epoch);
    smk_index_doc_id_key(&k, SMK_INDEX_DIRTY, c->id);
    smk_txn_del(t, SMK_TABLE_INDEX, smk_index_key_view(&k));
    return c->new_group.err != SMK_OK ? c->new_group.err : t->err;
}
