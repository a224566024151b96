/* The index at one moment: documents by name, records by id, totals, folds of single documents. */
#include "store/index_read.h"

#include "proto/mem.h"
#include "store/index_part.h"

#include <string.h>

enum { FOLLOWS_MAX = 4, DIGITS_MIN = 8 };

void smk_index_close(struct smk_index *x)
{
    if (x == NULL)
        return;
    smk_txn_abort(&x->txn);
    smk_index_language_close(&x->language);
    smk_mem_free(x);
}

enum smk_err smk_index_err(const struct smk_index *x)
{
    return x->txn.err;
}

/* Somebody may write between following and reading: after a few attempts what is there is good enough. */
static enum smk_err open_at(struct smk_index *x, enum smk_err followed, bool *ret_is_behind)
{
    for (int i = 0;; i++) {
        struct smk_index_cursor cursor;
        smk_txn_begin_read(&x->txn, x->store->db);
        bool is_current = smk_index_is_current(&x->txn, x->language.version);
        bool is_there = smk_index_cursor_get(&x->txn, x->language.version, &cursor);
        if (x->txn.err != SMK_OK)
            return smk_txn_end(&x->txn);
        if (is_current || (is_there && (followed != SMK_OK || i == FOLLOWS_MAX))) {
            *ret_is_behind = !is_current;
            return SMK_OK;
        }
        smk_txn_abort(&x->txn);
        if (followed == SMK_OK)
            followed = smk_index_follow(x->store);
        if (followed != SMK_OK && (followed != SMK_ERR_STORE_FULL || !is_there))
            return followed;
    }
}

enum smk_err smk_index_open(struct smk_store *s, struct smk_index **ret_index, bool *ret_is_behind)
{
    struct smk_index *x = smk_mem_new(sizeof *x);
    if (x == NULL)
        return SMK_ERR_NOMEM;
    x->store = s;
    enum smk_err err = smk_index_language_open(&x->language);
    if (err == SMK_OK)
        err = open_at(x, SMK_OK, ret_is_behind);
    if (err == SMK_OK)
        *ret_index = x;
    else
        smk_index_close(x);
    return err;
}

/* ---- documents ---- */

static bool doc_get(struct smk_index *x, uint32_t number, struct smk_bytes *ret_value)
{
    struct smk_index_key k;
    smk_index_number_key(&k, SMK_INDEX_DOC, number);
    return smk_txn_get(&x->txn, SMK_TABLE_INDEX, smk_index_key_view(&k), ret_value);
}

static bool doc_is_sound(struct smk_index *x, bool is_sound)
{
    if (!is_sound && x->txn.err == SMK_OK)
        x->txn.err = SMK_ERR_STORE_DAMAGED;
    return is_sound;
}

bool smk_index_doc(struct smk_index *x, uint32_t number, struct smk_doc_row *ret_row)
{
    struct smk_bytes value;
    return doc_is_sound(x, doc_get(x, number, &value) && smk_doc_row_read(value, ret_row));
}

bool smk_index_glance(struct smk_index *x, uint32_t number, struct smk_doc_row *ret_row)
{
    struct smk_bytes value;
    return doc_is_sound(x, doc_get(x, number, &value) && smk_doc_row_glance(value, ret_row));
}

bool smk_index_fits(const struct smk_doc_row *row, const struct smk_index_filter *filter, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct smk_span_iter it = smk_span_each(row->facets);
        struct smk_index_filter f;
        bool has_it = false;
        while (!has_it && smk_doc_row_next_facet(&it, &f))
            has_it = f.facet == filter[i].facet && smk_bytes_is_equal(f.value, filter[i].value);
        if (!has_it)
            return false;
    }
    return true;
}

/* Of the documents of one id and type the one in its own scope, else the last one. */
static bool is_its_own(struct smk_index *x, const struct smk_doc_row *row)
{
    struct smk_index_key k;
    struct smk_bytes value, number;
    struct smk_group_row group;
    const struct smk_kind *kind = smk_kind_find(row->kind);
    struct smk_scope scope;
    if (kind != NULL && smk_scope_parse(row->scope, &scope) && smk_kind_is_own_scope(kind, &scope))
        return true;
    smk_index_doc_id_key(&k, SMK_INDEX_GROUP, row->id);
    if (!smk_txn_get(&x->txn, SMK_TABLE_INDEX, smk_index_key_view(&k), &value) ||
        !smk_group_row_read(value, &group))
        return false;
    struct smk_span_iter it = smk_span_each(group.docs);
    while (smk_span_next(&it, NULL, &number)) {
        struct smk_doc_row other;
        if (!smk_index_doc(x, (uint32_t)smk_span_uint(number), &other))
            return false;
        if (!smk_bytes_is_equal(other.kind, row->kind) || smk_bytes_is_equal(other.scope, row->scope))
            continue;
        bool is_own =
            kind != NULL && smk_scope_parse(other.scope, &scope) && smk_kind_is_own_scope(kind, &scope);
        if (is_own || smk_bytes_compare(other.scope, row->scope) > 0)
            return false;
    }
    return true;
}

static size_t find_by(struct smk_index *x, enum smk_facet facet, struct smk_bytes word, bool is_beginning,
                      struct smk_bytes kind, struct smk_doc_row *ret_rows, size_t max)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    const struct smk_index_filter f = {facet, word};
    struct smk_index_key prefix;
    size_t count = 0;
    smk_index_facet_prefix(&prefix, SMK_INDEX_FACET, &f);
    prefix.len -= is_beginning ? 1 : 0; /* the value may go on */
    smk_cursor_open(&c, &x->txn, SMK_TABLE_INDEX);
    for (bool is_row = smk_cursor_seek(&c, smk_index_key_view(&prefix));
         is_row && smk_index_key_begins(c.key, &prefix); is_row = smk_cursor_next(&c)) {
        struct smk_doc_row row;
        if (!smk_index_doc(x, smk_index_key_number(c.key), &row))
            return count;
        bool is_wanted = kind.len == 0 || smk_bytes_is_equal(kind, row.kind);
        if (!is_wanted || !is_its_own(x, &row))
            continue;
        if (count < max)
            ret_rows[count] = row;
        count++;
    }
    return count;
}

/* Small letters, at most so many; empty when there are more. */
static struct smk_bytes lower(const char *word, char *to, size_t room)
{
    size_t len = strlen(word);
    if (len > room)
        return (struct smk_bytes){0};
    for (size_t i = 0; i < len; i++)
        to[i] = word[i] >= 'A' && word[i] <= 'Z' ? (char)(word[i] - 'A' + 'a') : word[i];
    return (struct smk_bytes){(const uint8_t *)to, len};
}

static bool is_hex(struct smk_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!((text.data[i] >= '0' && text.data[i] <= '9') || (text.data[i] >= 'a' && text.data[i] <= 'f')))
            return false;
    return text.len >= DIGITS_MIN;
}

size_t smk_index_find(struct smk_index *x, struct smk_bytes kind, const char *word,
                      struct smk_doc_row *ret_rows, size_t max)
{
    char small[SMK_INDEX_VALUE_BYTES_MAX];
    struct smk_bytes value = lower(word, small, sizeof small);
    if (value.len == 0)
        return 0;
    size_t count = find_by(x, SMK_FACET_REF, value, false, kind, ret_rows, max);
    if (count == 0 && is_hex(value))
        count = find_by(x, SMK_FACET_ID, value, true, kind, ret_rows, max);
    return count;
}

/* ---- records ---- */

size_t smk_index_find_records(struct smk_index *x, const char *digits, uint8_t (*ret_ids)[SMK_ID_BYTES],
                              size_t max)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    char small[2 * SMK_ID_BYTES], shown[2 * SMK_ID_BYTES + 1];
    uint8_t first[SMK_ID_BYTES] = {0};
    struct smk_bytes wanted = lower(digits, small, sizeof small);
    size_t count = 0;
    if (!is_hex(wanted))
        return 0;
    for (size_t i = 0; i < wanted.len; i++) {
        uint8_t half = (uint8_t)(small[i] <= '9' ? small[i] - '0' : small[i] - 'a' + 10);
        first[i / 2] |= (uint8_t)(i % 2 == 0 ? half << 4 : half);
    }
    smk_cursor_open(&c, &x->txn, SMK_TABLE_IDS);
    for (bool is_row = smk_cursor_seek(&c, SMK_BYTES(first)); is_row && c.key.len == SMK_ID_BYTES;
         is_row = smk_cursor_next(&c)) {
        smk_hex_format(c.key, shown);
        if (memcmp(shown, small, wanted.len) != 0)
            break;
        if (count < max)
            memcpy(ret_ids[count], c.key.data, SMK_ID_BYTES);
        count++;
    }
    return count;
}

enum smk_err smk_index_place(struct smk_index *x, const uint8_t id[SMK_ID_BYTES],
                             uint8_t ret_log_id[SMK_ID_BYTES], uint64_t *ret_seq, bool *ret_has_doc,
                             uint8_t ret_doc[SMK_DOC_ID_BYTES])
{
    struct smk_bytes place;
    struct smk_index_log log = {0};
    struct smk_record record;
    uint32_t log_no = 0;
    if (!smk_txn_get(&x->txn, SMK_TABLE_IDS, (struct smk_bytes){id, SMK_ID_BYTES}, &place))
        return x->txn.err != SMK_OK ? x->txn.err : SMK_ERR_NOT_FOUND;
    if (!smk_place_read(place, &log_no, ret_seq))
        return SMK_ERR_STORE_DAMAGED;
    enum smk_err err = smk_index_log_find(&x->txn, log_no, &log);
    if (err == SMK_OK)
        err = smk_txn_record(&x->txn, log_no, *ret_seq, &record);
    if (err != SMK_OK)
        return err;
    memcpy(ret_log_id, log.log.log_id, SMK_ID_BYTES);
    *ret_has_doc = smk_index_subject(&record, ret_doc);
    return SMK_OK;
}

/* ---- totals ---- */

enum smk_err smk_index_totals(struct smk_index *x, struct smk_totals *ret_totals)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    struct smk_totals t = {0};
    struct smk_index_key prefix;
    enum smk_err err = SMK_OK;
    smk_index_key_begin(&prefix, SMK_INDEX_SUM);
    smk_cursor_open(&c, &x->txn, SMK_TABLE_INDEX);
    for (bool is_row = smk_cursor_seek(&c, smk_index_key_view(&prefix));
         err == SMK_OK && is_row && smk_index_key_begins(c.key, &prefix); is_row = smk_cursor_next(&c)) {
        struct smk_totals_row row;
        err = smk_index_sum_read(c.key, c.value, &row) ? smk_totals_add_row(&t, &row) : SMK_ERR_STORE_DAMAGED;
    }
    if (err == SMK_OK)
        err = x->txn.err;
    if (err == SMK_OK)
        *ret_totals = t;
    else
        smk_totals_deinit(&t);
    return err;
}

/* ---- folds ---- */

static enum smk_err note_dispute(void *ctx, uint32_t log_no, const struct smk_log *log)
{
    return smk_disputes_put(ctx, log_no, log->fork);
}

enum smk_err smk_index_fold(struct smk_index *x, struct smk_roster *roster,
                            const uint8_t (*ids)[SMK_DOC_ID_BYTES], size_t count, struct smk_fold **ret_fold)
{
    SMK_CLEANUP(smk_disputes_deinit) struct smk_disputes disputes = {0};
    SMK_CLEANUP(smk_past_deinit) struct smk_past past = {0};
    SMK_CLEANUP(smk_part_deinit) struct smk_part part = {0};
    enum smk_err err = smk_forks_each_log(&x->txn, 0, note_dispute, &disputes);
    smk_part_init(&part, &x->txn, roster, &disputes, &past);
    for (size_t i = 0; i < count && err == SMK_OK; i++)
        err = smk_part_want(&part, ids[i]);
    if (err == SMK_OK)
        err = smk_part_fold(&part);
    if (err == SMK_OK) {
        *ret_fold = part.fold;
        part.fold = NULL;
    }
    return err;
}
