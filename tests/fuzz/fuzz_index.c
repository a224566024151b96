/* Target: keys and rows of the derived tables, as a damaged file may give them.
 * Input: faults (unused), which row (enum which), then its bytes; where a row ends with a tag it gets a good one. A key and its
 * row: length of the key (1), key, row. */
#include "proto/hash.h"
#include "store/index_rows.h"
#include "tests/fuzz/decoder.h"

#include <stdlib.h>
#include <string.h>

enum which { CURSOR, DOCUMENT, GROUP, ENTRY, SHARE, SUM, WHICH };

/* ---- what is read stays inside the row, and is written as it was ---- */

static bool is_inside(struct smk_bytes part, struct smk_bytes row)
{
    return part.len == 0 || (part.data >= row.data && part.data + part.len <= row.data + row.len);
}

static void is_same(struct smk_buf *again, struct smk_bytes bytes)
{
    SMK_ASSERT(again->err == SMK_OK);
    SMK_ASSERT(smk_bytes_is_equal(smk_buf_view(again), bytes));
    smk_buf_deinit(again);
}

static void try_cursor(struct smk_bytes bytes)
{
    struct smk_index_cursor c;
    struct smk_buf again = {.max = 4096};
    if (!smk_index_cursor_read(bytes, &c))
        return;
    smk_index_cursor_write(&c, &again);
    is_same(&again, bytes);
}

static void try_document(struct smk_bytes bytes)
{
    struct smk_doc_row row, glanced;
    struct smk_index_filter facet;
    bool is_glanced = smk_doc_row_glance(bytes, &glanced);
    bool is_read = smk_doc_row_read(bytes, &row);
    SMK_ASSERT(is_glanced || !is_read);
    if (!is_glanced)
        return;
    const struct smk_bytes part[] = {glanced.kind,     glanced.scope,  glanced.ref,  glanced.title_en,
                                     glanced.title_km, glanced.status, glanced.date, glanced.heads,
                                     glanced.sort,     glanced.facets, glanced.print};
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++)
        SMK_ASSERT(is_inside(part[i], bytes));
    struct smk_span_iter it = smk_span_each(glanced.facets);
    for (size_t i = 0; i < 1024 && smk_doc_row_next_facet(&it, &facet); i++)
        SMK_ASSERT(is_inside(facet.value, bytes));
}

static void try_group(struct smk_bytes bytes)
{
    struct smk_group_row row;
    struct smk_totals_row share;
    struct smk_bytes value;
    if (!smk_group_row_read(bytes, &row))
        return;
    struct smk_span_iter it = smk_span_each(row.shares);
    for (size_t i = 0; i < 1024 && smk_span_next(&it, NULL, &value); i++)
        (void)smk_index_share_read(value, &share); /* checks itself */
}

static void try_entry(struct smk_bytes key, struct smk_bytes value)
{
    struct smk_index_entry e = {.arrival = 7}, before = e;
    if (!smk_index_entry_read(key, value, &e))
        SMK_ASSERT(memcmp(&e, &before, sizeof e) == 0);
    else
        SMK_ASSERT(e.arrival > 0);
}

static void try_share(struct smk_bytes bytes)
{
    struct smk_totals_row row, second;
    struct smk_buf again = {.max = 4096};
    if (!smk_index_share_read(bytes, &row))
        return;
    SMK_ASSERT(memchr(row.table, 0, sizeof row.table) != NULL);
    SMK_ASSERT(memchr(row.name, 0, sizeof row.name) != NULL);
    smk_index_pack_share(&again, &row);
    SMK_ASSERT(smk_index_share_read(smk_buf_view(&again), &second));
    SMK_ASSERT(strcmp(row.table, second.table) == 0);
    SMK_ASSERT(strcmp(row.name, second.name) == 0);
    SMK_ASSERT(row.sum.total == second.sum.total);
    smk_buf_deinit(&again);
}

static void try_sum(struct smk_bytes key, struct smk_bytes value)
{
    struct smk_totals_row row;
    struct smk_index_key k;
    uint8_t again[SMK_INDEX_SUM_BYTES];
    if (!smk_index_sum_read(key, value, &row))
        return;
    smk_index_sum_key(&k, &row);
    smk_index_sum_write(&row.sum, again);
    SMK_ASSERT(key.len == k.len);
    SMK_ASSERT(memcmp(key.data + 1, k.at + 1, k.len - 1) == 0);
    SMK_ASSERT(smk_bytes_is_equal(SMK_BYTES(again), value));
}

/* ---- one input ---- */

static void try_pair(enum which which, struct smk_bytes bytes)
{
    struct smk_reader in = smk_reader_over(bytes);
    struct fuzz_block key = fuzz_block_of(fuzz_bytes(&in, smk_read_u8(&in)));
    struct fuzz_block value = fuzz_block_of(fuzz_rest(&in));
    if (which == ENTRY)
        try_entry(fuzz_block_view(&key), fuzz_block_view(&value));
    else
        try_sum(fuzz_block_view(&key), fuzz_block_view(&value));
    fuzz_block_drop(&key);
    fuzz_block_drop(&value);
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    (void)fuzz_faults_read(&in); /* nothing here allocates */
    enum which which = (enum which)fuzz_below(&in, WHICH);
    struct fuzz_block block = fuzz_block_of(fuzz_rest(&in));
    if (which == DOCUMENT)
        try_document(fuzz_block_view(&block)); /* with the tag that it has */
    if (which == CURSOR || which == DOCUMENT || which == GROUP)
        fuzz_block_set_tag(&block);
    switch (which) {
    case CURSOR: try_cursor(fuzz_block_view(&block)); break;
    case DOCUMENT: try_document(fuzz_block_view(&block)); break;
    case GROUP: try_group(fuzz_block_view(&block)); break;
    case SHARE: try_share(fuzz_block_view(&block)); break;
    default: try_pair(which, fuzz_block_view(&block)); break;
    }
    fuzz_block_drop(&block);
}

/* ---- seeds ---- */

static void seed(const char *name, enum which which, struct smk_buf *row)
{
    const uint8_t head[] = {0, 0, (uint8_t)which};
    SMK_ASSERT(row->err == SMK_OK);
    fuzz_seed(name, SMK_BYTES(head), smk_buf_view(row));
    smk_buf_reset(row);
}

void fuzz_seeds(void)
{
    static const uint8_t id[SMK_DOC_ID_BYTES] = {1}, digest[16] = {2}, empty[] = {0x90},
                         place[12] = {0, 0, 0, 1};
    struct smk_bytes none = SMK_BYTES(empty);
    struct smk_totals_row sum = {.table = "lists", .name = "0201", .sum = {.count = 1, .total = 52}};
    struct smk_buf b = {.max = 65536}, facets = {.max = 4096};
    struct smk_index_key k;
    uint8_t value[SMK_INDEX_SUM_BYTES];
    smk_index_cursor_write(&(struct smk_index_cursor){.arrival = 9, .last_doc = 3}, &b);
    seed("cursor", CURSOR, &b);
    smk_pack_array(&facets, 1);
    smk_index_pack_facet(&facets, (enum smk_facet)1, smk_bytes_of_text("0201"));
    smk_doc_row_write(&(struct smk_doc_row){.id = id,
                                            .kind = smk_bytes_of_text("joint_list"),
                                            .scope = smk_bytes_of_text("dm:0201"),
                                            .heads = none,
                                            .facets = smk_buf_view(&facets)},
                      &b);
    seed("document", DOCUMENT, &b);
    smk_group_row_write(&(struct smk_group_row){.docs = none,
                                                .digest = SMK_BYTES(digest),
                                                .reads = none,
                                                .names = none,
                                                .scopes = none,
                                                .shares = none},
                        &b);
    seed("group", GROUP, &b);
    smk_index_pack_share(&b, &sum);
    seed("share", SHARE, &b);
    smk_index_sum_key(&k, &sum);
    smk_index_sum_write(&sum.sum, value);
    smk_buf_write_u8(&b, (uint8_t)k.len);
    smk_buf_write_bytes(&b, smk_index_key_view(&k));
    smk_buf_write(&b, value, sizeof value);
    seed("sum", SUM, &b);
    smk_index_doc_id_key(&k, SMK_INDEX_ENTRY, id);
    smk_index_key_add_u64(&k, 5);
    smk_buf_write_u8(&b, (uint8_t)k.len);
    smk_buf_write_bytes(&b, smk_index_key_view(&k));
    smk_buf_write(&b, place, sizeof place);
    seed("entry", ENTRY, &b);
    smk_buf_deinit(&b);
    smk_buf_deinit(&facets);
}
