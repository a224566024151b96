#include "store/index_rows.h"

#include "proto/check.h"
#include "proto/hash.h"

#include <string.h>

enum { FORM = 1 };

_Static_assert(SMK_INDEX_KEY_BYTES_MAX < 511, "LMDB takes keys of so many bytes");
_Static_assert(2 + SMK_INDEX_VALUE_BYTES_MAX + 1 + SMK_INDEX_SORT_BYTES_MAX + 1 + SMK_NAME_LETTERS_MAX + 1 +
                       4 <
                   SMK_INDEX_KEY_BYTES_MAX,
               "the longest key of a facet fits");

/* ---- keys ---- */

struct smk_bytes smk_index_key_view(const struct smk_index_key *k)
{
    return (struct smk_bytes){k->at, k->len};
}

void smk_index_key_begin(struct smk_index_key *k, enum smk_index_letter letter)
{
    k->at[0] = (uint8_t)letter;
    k->len = 1;
}

void smk_index_key_add(struct smk_index_key *k, struct smk_bytes bytes)
{
    SMK_ASSERT(bytes.len <= sizeof k->at - k->len);
    if (bytes.len > 0)
        memcpy(k->at + k->len, bytes.data, bytes.len);
    k->len += bytes.len;
}

void smk_index_key_add_u8(struct smk_index_key *k, uint8_t value)
{
    smk_index_key_add(k, (struct smk_bytes){&value, 1});
}

void smk_index_key_add_u32(struct smk_index_key *k, uint32_t value)
{
    uint8_t be[4];
    smk_row_write_u32(value, be);
    smk_index_key_add(k, SMK_BYTES(be));
}

void smk_index_key_add_u64(struct smk_index_key *k, uint64_t value)
{
    uint8_t be[8];
    smk_row_write_u64(value, be);
    smk_index_key_add(k, SMK_BYTES(be));
}

bool smk_index_key_begins(struct smk_bytes key, const struct smk_index_key *prefix)
{
    return key.len >= prefix->len && memcmp(key.data, prefix->at, prefix->len) == 0;
}

void smk_index_doc_id_key(struct smk_index_key *k, enum smk_index_letter letter,
                          const uint8_t id[SMK_DOC_ID_BYTES])
{
    smk_index_key_begin(k, letter);
    smk_index_key_add(k, (struct smk_bytes){id, SMK_DOC_ID_BYTES});
}

void smk_index_number_key(struct smk_index_key *k, enum smk_index_letter letter, uint32_t number)
{
    smk_index_key_begin(k, letter);
    smk_index_key_add_u32(k, number);
}

uint32_t smk_index_key_number(struct smk_bytes key)
{
    return key.len >= 4 ? smk_row_read_u32((struct smk_bytes){key.data + key.len - 4, 4}) : 0;
}

/* ---- tags ---- */

static void add_tag(struct smk_buf *b, size_t from)
{
    uint8_t hash[SMK_HASH_BYTES];
    if (b->err != SMK_OK)
        return;
    smk_sha256((struct smk_bytes){b->data + from, b->len - from}, (struct smk_bytes){0}, hash);
    smk_buf_write(b, hash, SMK_TAG_BYTES);
}

/* The row without its tag; empty when it is spoilt. */
static struct smk_bytes check_tag(struct smk_bytes row)
{
    uint8_t hash[SMK_HASH_BYTES];
    if (row.len <= SMK_TAG_BYTES)
        return (struct smk_bytes){0};
    struct smk_bytes content = {row.data, row.len - SMK_TAG_BYTES};
    smk_sha256(content, (struct smk_bytes){0}, hash);
    bool is_sound = memcmp(hash, row.data + content.len, SMK_TAG_BYTES) == 0;
    return is_sound ? content : (struct smk_bytes){0};
}

/* ---- the cursor ---- */

void smk_index_cursor_write(const struct smk_index_cursor *c, struct smk_buf *b)
{
    size_t from = b->len;
    smk_buf_write_u8(b, FORM);
    smk_buf_write_be32(b, SMK_INDEX_VERSION);
    smk_buf_write_be64(b, c->arrival);
    smk_buf_write_be64(b, c->fork_number);
    smk_buf_write_u8(b, c->is_gov_stale);
    smk_buf_write_be64(b, c->epoch);
    smk_buf_write_be64(b, c->wait_count);
    smk_buf_write_be32(b, c->last_doc);
    smk_buf_write(b, c->language, sizeof c->language);
    add_tag(b, from);
}

bool smk_index_cursor_read(struct smk_bytes row, struct smk_index_cursor *ret_cursor)
{
    struct smk_index_cursor c = {0};
    struct smk_reader r = smk_reader_over(check_tag(row));
    bool is_known = smk_read_u8(&r) == FORM;
    is_known = smk_read_be32(&r) == SMK_INDEX_VERSION && is_known;
    c.arrival = smk_read_be64(&r);
    c.fork_number = smk_read_be64(&r);
    uint8_t is_gov_stale = smk_read_u8(&r);
    c.is_gov_stale = is_gov_stale == 1;
    c.epoch = smk_read_be64(&r);
    c.wait_count = smk_read_be64(&r);
    c.last_doc = smk_read_be32(&r);
    smk_read_copy(&r, c.language, sizeof c.language);
    if (smk_reader_finish(&r) != SMK_OK || !is_known || is_gov_stale > 1)
        return false;
    *ret_cursor = c;
    return true;
}

/* ---- rows of entries ---- */

bool smk_index_entry_read(struct smk_bytes key, struct smk_bytes value, struct smk_index_entry *ret_entry)
{
    struct smk_index_entry e;
    if (key.len != 1 + SMK_DOC_ID_BYTES + SMK_ARRIVAL_KEY_BYTES || !smk_place_read(value, &e.log_no, &e.seq))
        return false;
    e.arrival = smk_row_read_u64((struct smk_bytes){key.data + 1 + SMK_DOC_ID_BYTES, SMK_ARRIVAL_KEY_BYTES});
    if (e.arrival == 0)
        return false;
    *ret_entry = e;
    return true;
}

/* ---- fields of a canonical array, one after the other ---- */

struct fields {
    struct smk_span_iter it;
    bool is_whole;
};

static struct fields fields_of(struct smk_bytes content, size_t count)
{
    struct smk_bytes form;
    struct fields f = {.it = smk_span_each(content)};
    f.is_whole = !f.it.is_map && f.it.left == 1 + count && smk_span_next(&f.it, NULL, &form) &&
                 smk_span_uint(form) == FORM;
    return f;
}

static struct smk_bytes field_raw(struct fields *f, enum smk_value_type type)
{
    struct smk_bytes value = {0};
    f->is_whole = f->is_whole && smk_span_next(&f->it, NULL, &value) && smk_span_type(value) == type;
    return value;
}

static struct smk_bytes field_str(struct fields *f)
{
    return smk_span_str(field_raw(f, SMK_VALUE_STR));
}

static struct smk_bytes field_bin(struct fields *f)
{
    return smk_span_bin(field_raw(f, SMK_VALUE_BIN));
}

static uint64_t field_uint(struct fields *f)
{
    return smk_span_uint(field_raw(f, SMK_VALUE_UINT));
}

/* ---- documents ---- */

enum { DOC_FIELDS = 20 };

void smk_doc_row_write(const struct smk_doc_row *row, struct smk_buf *b)
{
    size_t from = b->len;
    smk_pack_array(b, 1 + DOC_FIELDS);
    smk_pack_uint(b, FORM);
    smk_pack_bin(b, (struct smk_bytes){row->id, SMK_DOC_ID_BYTES});
    smk_pack_str(b, row->kind);
    smk_pack_str(b, row->scope);
    smk_pack_str(b, row->ref);
    smk_pack_str(b, row->title_en);
    smk_pack_str(b, row->title_km);
    smk_pack_str(b, row->status);
    smk_pack_bool(b, row->counts);
    smk_pack_uint(b, row->reason);
    smk_pack_uint(b, row->endorsed);
    smk_pack_uint(b, row->note);
    smk_pack_uint(b, row->edit_count);
    smk_pack_uint(b, row->act_count);
    smk_pack_raw(b, row->heads);
    smk_pack_uint(b, row->conflicts);
    smk_pack_str(b, row->date);
    smk_pack_uint(b, row->touched);
    smk_pack_bin(b, row->sort);
    smk_pack_raw(b, row->facets);
    smk_pack_bin(b, row->print);
    add_tag(b, from);
}

static bool doc_read(struct smk_bytes content, struct smk_doc_row *ret_row)
{
    struct smk_doc_row row = {0};
    struct fields f = fields_of(content, DOC_FIELDS);
    struct smk_bytes id = field_bin(&f);
    row.id = id.data;
    row.kind = field_str(&f);
    row.scope = field_str(&f);
    row.ref = field_str(&f);
    row.title_en = field_str(&f);
    row.title_km = field_str(&f);
    row.status = field_str(&f);
    row.counts = smk_span_bool(field_raw(&f, SMK_VALUE_BOOL));
    uint64_t reason = field_uint(&f);
    row.endorsed = field_uint(&f);
    uint64_t note = field_uint(&f);
    row.edit_count = field_uint(&f);
    row.act_count = field_uint(&f);
    row.heads = field_raw(&f, SMK_VALUE_ARRAY);
    row.conflicts = field_uint(&f);
    row.date = field_str(&f);
    row.touched = field_uint(&f);
    row.sort = field_bin(&f);
    row.facets = field_raw(&f, SMK_VALUE_ARRAY);
    row.print = field_bin(&f);
    if (!f.is_whole || id.len != SMK_DOC_ID_BYTES)
        return false;
    row.reason = (enum smk_reason)reason;
    row.note = (enum smk_note)note;
    *ret_row = row;
    return true;
}

bool smk_doc_row_read(struct smk_bytes bytes, struct smk_doc_row *ret_row)
{
    return doc_read(check_tag(bytes), ret_row);
}

bool smk_doc_row_glance(struct smk_bytes bytes, struct smk_doc_row *ret_row)
{
    return bytes.len > SMK_TAG_BYTES &&
           doc_read((struct smk_bytes){bytes.data, bytes.len - SMK_TAG_BYTES}, ret_row);
}

void smk_index_pack_facet(struct smk_buf *b, enum smk_facet facet, struct smk_bytes value)
{
    smk_pack_array(b, 2);
    smk_pack_uint(b, facet);
    smk_pack_str(b, value);
}

bool smk_doc_row_next_facet(struct smk_span_iter *it, struct smk_index_filter *ret_facet)
{
    struct smk_bytes pair;
    if (!smk_span_next(it, NULL, &pair))
        return false;
    ret_facet->facet = (enum smk_facet)smk_span_uint(smk_span_item(pair, 0));
    ret_facet->value = smk_span_str(smk_span_item(pair, 1));
    return true;
}

void smk_index_facet_prefix(struct smk_index_key *k, enum smk_index_letter letter,
                            const struct smk_index_filter *f)
{
    smk_index_key_begin(k, letter);
    smk_index_key_add_u8(k, (uint8_t)f->facet);
    smk_index_key_add(k, f->value);
    smk_index_key_add_u8(k, 0);
}

void smk_index_facet_key(struct smk_index_key *k, const struct smk_index_filter *f, struct smk_bytes sort,
                         uint32_t number)
{
    smk_index_facet_prefix(k, SMK_INDEX_FACET, f);
    smk_index_key_add(k, sort);
    smk_index_key_add_u32(k, number);
}

void smk_index_time_key(struct smk_index_key *k, const struct smk_index_filter *f, uint64_t touched,
                        uint32_t number)
{
    smk_index_facet_prefix(k, SMK_INDEX_TIME, f);
    smk_index_key_add_u64(k, touched);
    smk_index_key_add_u32(k, number);
}

/* ---- groups ---- */

enum { GROUP_FIELDS = 7, DIGEST_BYTES = 16 };

void smk_group_row_write(const struct smk_group_row *row, struct smk_buf *b)
{
    size_t from = b->len;
    smk_pack_array(b, 1 + GROUP_FIELDS);
    smk_pack_uint(b, FORM);
    smk_pack_raw(b, row->docs);
    smk_pack_bin(b, row->digest);
    smk_pack_uint(b, row->epoch);
    smk_pack_raw(b, row->reads);
    smk_pack_raw(b, row->names);
    smk_pack_raw(b, row->scopes);
    smk_pack_raw(b, row->shares);
    add_tag(b, from);
}

bool smk_group_row_read(struct smk_bytes bytes, struct smk_group_row *ret_row)
{
    struct smk_group_row row;
    struct fields f = fields_of(check_tag(bytes), GROUP_FIELDS);
    row.docs = field_raw(&f, SMK_VALUE_ARRAY);
    row.digest = field_bin(&f);
    row.epoch = field_uint(&f);
    row.reads = field_raw(&f, SMK_VALUE_ARRAY);
    row.names = field_raw(&f, SMK_VALUE_ARRAY);
    row.scopes = field_raw(&f, SMK_VALUE_ARRAY);
    row.shares = field_raw(&f, SMK_VALUE_ARRAY);
    if (!f.is_whole || row.digest.len != DIGEST_BYTES)
        return false;
    *ret_row = row;
    return true;
}

/* ---- shares and sums ---- */

enum { NUMBERS = 5 };

static void numbers_of(const struct smk_tally_sum *sum, uint64_t ret_numbers[NUMBERS])
{
    ret_numbers[0] = sum->count;
    ret_numbers[1] = sum->known;
    ret_numbers[2] = sum->total;
    ret_numbers[3] = sum->with_sex;
    ret_numbers[4] = sum->female;
}

static struct smk_tally_sum sum_of(const uint64_t numbers[NUMBERS])
{
    return (struct smk_tally_sum){.count = numbers[0],
                                  .known = numbers[1],
                                  .total = numbers[2],
                                  .with_sex = numbers[3],
                                  .female = numbers[4]};
}

static bool copy_text(struct smk_bytes text, char *ret_text, size_t room)
{
    if (text.len >= room || (text.len > 0 && memchr(text.data, 0, text.len) != NULL))
        return false;
    if (text.len > 0)
        memcpy(ret_text, text.data, text.len);
    ret_text[text.len] = '\0';
    return true;
}

void smk_index_pack_share(struct smk_buf *b, const struct smk_totals_row *row)
{
    uint64_t number[NUMBERS];
    numbers_of(&row->sum, number);
    smk_pack_array(b, 2 + NUMBERS);
    smk_pack_text(b, row->table);
    smk_pack_text(b, row->name);
    for (size_t i = 0; i < NUMBERS; i++)
        smk_pack_uint(b, number[i]);
}

bool smk_index_share_read(struct smk_bytes share, struct smk_totals_row *ret_row)
{
    struct smk_span_iter it = smk_span_each(share);
    struct smk_bytes table, name, value;
    uint64_t number[NUMBERS];
    struct smk_totals_row row = {0};
    if (it.left != 2 + NUMBERS || !smk_span_next(&it, NULL, &table) || !smk_span_next(&it, NULL, &name))
        return false;
    for (size_t i = 0; i < NUMBERS; i++)
        number[i] = smk_span_next(&it, NULL, &value) ? smk_span_uint(value) : 0;
    row.sum = sum_of(number);
    if (!copy_text(smk_span_str(table), row.table, sizeof row.table) ||
        !copy_text(smk_span_str(name), row.name, sizeof row.name))
        return false;
    *ret_row = row;
    return true;
}

void smk_index_sum_key(struct smk_index_key *k, const struct smk_totals_row *row)
{
    smk_index_key_begin(k, SMK_INDEX_SUM);
    smk_index_key_add(k, smk_bytes_of_text(row->table));
    smk_index_key_add_u8(k, 0);
    smk_index_key_add(k, smk_bytes_of_text(row->name));
}

void smk_index_sum_write(const struct smk_tally_sum *sum, uint8_t ret_value[SMK_INDEX_SUM_BYTES])
{
    uint64_t number[NUMBERS];
    numbers_of(sum, number);
    for (size_t i = 0; i < NUMBERS; i++)
        smk_row_write_u64(number[i], ret_value + 8 * i);
}

bool smk_index_sum_read(struct smk_bytes key, struct smk_bytes value, struct smk_totals_row *ret_row)
{
    struct smk_totals_row row = {0};
    uint64_t number[NUMBERS];
    const uint8_t *zero = key.len > 1 ? memchr(key.data + 1, 0, key.len - 1) : NULL;
    if (zero == NULL || value.len != SMK_INDEX_SUM_BYTES)
        return false;
    struct smk_bytes table = {key.data + 1, (size_t)(zero - key.data) - 1};
    struct smk_bytes name = {zero + 1, key.len - table.len - 2};
    for (size_t i = 0; i < NUMBERS; i++)
        number[i] = smk_row_read_u64((struct smk_bytes){value.data + 8 * i, 8});
    row.sum = sum_of(number);
    if (!copy_text(table, row.table, sizeof row.table) || !copy_text(name, row.name, sizeof row.name))
        return false;
    *ret_row = row;
    return true;
}
