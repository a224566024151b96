#include "proto/batch.h"

#include "proto/check.h"
#include "proto/lists.h"
#include "proto/mem.h"

#include <string.h>

enum {
    MESSAGE_FIELDS = 4,
    RUN_FIELDS = 4,
    ITEM_FIELDS = 8,
    HOLE_FIELDS = 2,
    /* what a run and an item add at most to their variable parts: heads, numbers, keys, signature, salt */
    RUN_BYTES_MAX = 1 + (2 + SMK_KEY_BYTES) + (2 + SMK_INCARNATION_BYTES) + 9 + 3,
    DEP_BYTES = 2 + SMK_ID_BYTES,
    ITEM_BYTES_MAX = 1 + 9 + 3 + 9 + 1 + (2 + 16) + (2 + SMK_SIGNATURE_BYTES) + (2 + SMK_SALT_BYTES) + 5,
    HOLE_BYTES_MAX = 1 + 5 + (2 + SMK_HASH_BYTES),
    MESSAGE_HEAD_BYTES_MAX = 1 + 9 + 2 + SMK_SCOPE_LETTERS_MAX + 3 + 3,
};

_Static_assert(SMK_BATCH_BYTES_MAX + MESSAGE_HEAD_BYTES_MAX <= SMK_MESSAGE_BYTES_MAX,
               "a batch fits a message");

/* ---- writing ---- */

void smk_batch_writer_init(struct smk_batch_writer *w, const struct smk_scope *scope)
{
    *w = (struct smk_batch_writer){
        .runs = {.max = SMK_MESSAGE_BYTES_MAX},
        .items = {.max = SMK_MESSAGE_BYTES_MAX},
        .forks = {.max = SMK_BATCH_FORKS_MAX * SMK_FORK_BYTES_MAX},
        .scope = *scope,
    };
}

void smk_batch_writer_deinit(struct smk_batch_writer *w)
{
    smk_buf_deinit(&w->runs);
    smk_buf_deinit(&w->items);
    smk_buf_deinit(&w->forks);
    *w = (struct smk_batch_writer){0};
}

/* Never less than what the record will take, its own run included. */
static size_t record_bytes_max(const struct smk_record *r)
{
    size_t content = r->has_payload ? r->payload.len : (size_t)HOLE_BYTES_MAX;
    return RUN_BYTES_MAX + ITEM_BYTES_MAX + r->header.dep_count * DEP_BYTES + content;
}

bool smk_batch_writer_has_room(const struct smk_batch_writer *w, const struct smk_record *r)
{
    return w->record_count < SMK_BATCH_RECORDS_MAX &&
           w->payload_bytes + record_bytes_max(r) <= SMK_BATCH_BYTES_MAX;
}

static void end_run(struct smk_batch_writer *w)
{
    if (!w->has_run)
        return;
    smk_pack_array(&w->runs, RUN_FIELDS);
    smk_pack_bin(&w->runs, SMK_BYTES(w->run_first.author));
    smk_pack_bin(&w->runs, SMK_BYTES(w->run_first.incarnation));
    smk_pack_uint(&w->runs, w->run_first.seq);
    smk_pack_array(&w->runs, w->item_count);
    smk_pack_raw(&w->runs, smk_buf_view(&w->items));
    if (w->err == SMK_OK)
        w->err = w->items.err != SMK_OK ? w->items.err : w->runs.err;
    smk_buf_reset(&w->items);
    w->item_count = 0;
    w->run_count++;
    w->has_run = false;
}

static void pack_item(struct smk_buf *b, const struct smk_record *r)
{
    const struct smk_header *h = &r->header;
    smk_pack_array(b, ITEM_FIELDS);
    smk_pack_uint(b, h->type);
    smk_list_pack_hashes(b, h->dep, h->dep_count);
    smk_pack_uint(b, h->time);
    smk_pack_uint(b, h->codec);
    if (h->has_key_id)
        smk_pack_bin(b, SMK_BYTES(h->key_id));
    else
        smk_pack_nil(b);
    smk_pack_bin(b, SMK_BYTES(r->signature));
    if (r->has_payload) {
        smk_pack_bin(b, SMK_BYTES(r->salt));
        smk_pack_bin(b, r->payload);
        return;
    }
    smk_pack_nil(b);
    smk_pack_array(b, HOLE_FIELDS);
    smk_pack_uint(b, h->payload_len);
    smk_pack_bin(b, SMK_BYTES(h->payload_hash));
}

static bool follows_run(const struct smk_batch_writer *w, const struct smk_header *h)
{
    return w->has_run && h->seq == w->next_seq &&
           memcmp(h->author, w->run_first.author, sizeof h->author) == 0 &&
           memcmp(h->incarnation, w->run_first.incarnation, sizeof h->incarnation) == 0;
}

void smk_batch_writer_add(struct smk_batch_writer *w, const struct smk_record *r)
{
    SMK_ASSERT(smk_scope_is_equal(&r->header.scope, &w->scope));
    SMK_ASSERT(smk_batch_writer_has_room(w, r));
    if (!follows_run(w, &r->header)) {
        end_run(w);
        w->has_run = true;
        w->run_first = r->header;
        w->payload_bytes += RUN_BYTES_MAX;
    }
    size_t before = w->items.len;
    pack_item(&w->items, r);
    w->payload_bytes += w->items.len - before;
    w->item_count++;
    w->record_count++;
    w->next_seq = r->header.seq + 1;
}

void smk_batch_writer_drop_run(struct smk_batch_writer *w)
{
    if (!w->has_run)
        return;
    w->payload_bytes -= RUN_BYTES_MAX + w->items.len;
    w->record_count -= w->item_count;
    w->item_count = 0;
    w->has_run = false;
    smk_buf_reset(&w->items);
}

bool smk_batch_writer_add_fork(struct smk_batch_writer *w, struct smk_bytes proof)
{
    SMK_ASSERT(proof.len <= SMK_FORK_BYTES_MAX);
    if (w->fork_count >= SMK_BATCH_FORKS_MAX || w->payload_bytes + proof.len > SMK_BATCH_BYTES_MAX)
        return false;
    smk_pack_raw(&w->forks, proof);
    w->fork_count++;
    w->payload_bytes += proof.len;
    return true;
}

enum smk_err smk_batch_writer_finish(struct smk_batch_writer *w, uint64_t number, struct smk_buf *b)
{
    SMK_ASSERT(w->record_count + w->fork_count >= 1);
    end_run(w);
    if (w->err == SMK_OK)
        w->err = w->forks.err;
    if (w->err == SMK_OK) {
        smk_pack_array(b, MESSAGE_FIELDS);
        smk_pack_uint(b, number);
        smk_pack_str(b, smk_scope_bytes(&w->scope));
        smk_pack_array(b, w->run_count);
        smk_pack_raw(b, smk_buf_view(&w->runs));
        smk_pack_array(b, w->fork_count);
        smk_pack_raw(b, smk_buf_view(&w->forks));
    }
    enum smk_err err = w->err != SMK_OK ? w->err : b->err;
    smk_buf_reset(&w->runs);
    smk_buf_reset(&w->items);
    smk_buf_reset(&w->forks);
    w->run_count = 0;
    w->fork_count = 0;
    w->record_count = 0;
    w->payload_bytes = 0;
    w->err = SMK_OK;
    return err;
}

/* ---- reading ---- */

/* One item without its place in the log. */
struct item {
    struct smk_header header; /* author, incarnation, scope, seq, prev are still open */
    uint8_t signature[SMK_SIGNATURE_BYTES];
    bool has_payload;
    uint8_t salt[SMK_SALT_BYTES];
    struct smk_bytes payload;
};

static void read_content(struct smk_fields *f, struct item *item)
{
    bool has_no_salt;
    smk_field_key_or_nil(f, item->salt, sizeof item->salt, &has_no_salt);
    item->has_payload = !has_no_salt;
    if (item->has_payload) {
        item->payload = smk_field_bin(f, SMK_PAYLOAD_BYTES_MAX);
        item->header.payload_len = item->payload.len;
        return;
    }
    struct smk_fields hole = smk_fields_of(smk_field_any(f), HOLE_FIELDS);
    item->header.payload_len = smk_field_uint(&hole, SMK_PAYLOAD_BYTES_MAX);
    smk_field_key(&hole, item->header.payload_hash, sizeof item->header.payload_hash);
    if (f->err == SMK_OK)
        f->err = smk_fields_finish(&hole);
}

static enum smk_err item_read(struct smk_value v, struct item *ret_item)
{
    struct item item = {0};
    struct smk_header *h = &item.header;
    bool has_no_key_id;
    struct smk_fields f = smk_fields_of(v, ITEM_FIELDS);
    h->type = smk_field_uint(&f, UINT64_MAX);
    struct smk_value deps = smk_field_array(&f, SMK_DEPS_MAX);
    h->time = smk_field_uint(&f, UINT64_MAX);
    h->codec = smk_field_uint(&f, 1);
    smk_field_key_or_nil(&f, h->key_id, sizeof h->key_id, &has_no_key_id);
    smk_field_key(&f, item.signature, sizeof item.signature);
    read_content(&f, &item);
    enum smk_err err = smk_fields_finish(&f);
    if (err == SMK_OK)
        err = smk_list_read_hashes(deps, h->dep, SMK_DEPS_MAX, &h->dep_count);
    if (err != SMK_OK)
        return err;
    h->has_key_id = !has_no_key_id;
    if (h->payload_len < 1 || h->has_key_id != (h->codec == 1))
        return SMK_ERR_MALFORMED;
    *ret_item = item;
    return SMK_OK;
}

static struct smk_value run_at(const struct smk_batch_reader *r, size_t run)
{
    SMK_ASSERT(run < r->run_count);
    return smk_value_item(smk_value_item(r->tree.root, 2), run);
}

static struct smk_value items_of(struct smk_value run)
{
    return smk_value_item(run, 3);
}

static enum smk_err run_read(struct smk_value v, struct smk_batch_run *ret_run)
{
    struct smk_batch_run run = {0};
    struct smk_fields f = smk_fields_of(v, RUN_FIELDS);
    smk_field_key(&f, run.author, sizeof run.author);
    smk_field_key(&f, run.incarnation, sizeof run.incarnation);
    run.first_seq = smk_field_uint(&f, SMK_SEQ_MAX);
    run.count = smk_value_count(smk_field_array(&f, SIZE_MAX)); /* the batch has a limit for all its runs */
    enum smk_err err = smk_fields_finish(&f);
    if (err == SMK_OK && (run.first_seq < 1 || run.count < 1 || run.count - 1 > SMK_SEQ_MAX - run.first_seq))
        err = SMK_ERR_MALFORMED;
    if (err == SMK_OK)
        *ret_run = run;
    return err;
}

/* Limits of the whole batch, then the form of every item. */
static enum smk_err check_runs(struct smk_value runs)
{
    size_t record_count = 0, payload_bytes = 0;
    for (size_t i = 0; i < smk_value_count(runs); i++) {
        struct smk_value v = smk_value_item(runs, i);
        struct smk_batch_run run;
        enum smk_err err = run_read(v, &run);
        if (err != SMK_OK)
            return err;
        record_count += run.count;
        if (record_count > SMK_BATCH_RECORDS_MAX)
            return SMK_ERR_TOO_BIG;
        for (size_t k = 0; k < run.count; k++) {
            struct item item;
            err = item_read(smk_value_item(items_of(v), k), &item);
            if (err != SMK_OK)
                return err;
            payload_bytes += item.payload.len;
        }
    }
    return payload_bytes <= SMK_BATCH_BYTES_MAX ? SMK_OK : SMK_ERR_TOO_BIG;
}

enum smk_err smk_batch_reader_init(struct smk_batch_reader *r, struct smk_bytes body)
{
    struct smk_tree tree = {0};
    struct smk_scope scope = {0};
    enum smk_err err = smk_tree_decode(body, SMK_WALK_PAYLOAD, &tree);
    if (err != SMK_OK)
        return err;
    struct smk_fields f = smk_fields_from(tree.root, MESSAGE_FIELDS);
    uint64_t number = smk_field_uint(&f, UINT64_MAX);
    struct smk_bytes text = smk_field_str(&f, SMK_SCOPE_LETTERS_MAX);
    struct smk_value runs = smk_field_array(&f, SIZE_MAX);
    struct smk_value forks = smk_field_array(&f, SMK_BATCH_FORKS_MAX);
    err = smk_fields_finish(&f);
    if (err == SMK_OK &&
        (!smk_scope_parse(text, &scope) || smk_value_count(runs) + smk_value_count(forks) < 1))
        err = SMK_ERR_MALFORMED;
    if (err == SMK_OK)
        err = check_runs(runs);
    if (err != SMK_OK) {
        smk_tree_deinit(&tree);
        return err;
    }
    *r = (struct smk_batch_reader){
        .tree = tree,
        .number = number,
        .scope = scope,
        .run_count = smk_value_count(runs),
        .fork_count = smk_value_count(forks),
        .headers = {.max = (size_t)SMK_BATCH_RECORDS_MAX * SMK_HEADER_BYTES_MAX},
    };
    return SMK_OK;
}

void smk_batch_reader_deinit(struct smk_batch_reader *r)
{
    smk_tree_deinit(&r->tree);
    smk_buf_deinit(&r->headers);
    *r = (struct smk_batch_reader){0};
}

struct smk_batch_run smk_batch_reader_run(const struct smk_batch_reader *r, size_t run)
{
    struct smk_batch_run found = {0};
    enum smk_err err = run_read(run_at(r, run), &found);
    SMK_ASSERT(err == SMK_OK); /* init has read it before */
    return found;
}

/* Re-makes one header at the end of `headers` and puts the record together. */
static enum smk_err remake(struct smk_batch_reader *r, const struct smk_batch_run *run, uint64_t seq,
                           const uint8_t *prev, struct item *item, struct smk_record *ret_record)
{
    struct smk_header *h = &item->header;
    memcpy(h->author, run->author, sizeof h->author);
    memcpy(h->incarnation, run->incarnation, sizeof h->incarnation);
    h->scope = r->scope;
    h->seq = seq;
    if (seq > 1)
        memcpy(h->prev, prev, sizeof h->prev);
    if (item->has_payload)
        smk_payload_hash(item->salt, item->payload, h->payload_hash);
    size_t start = r->headers.len;
    smk_header_encode(h, &r->headers);
    if (r->headers.err != SMK_OK)
        return r->headers.err;
    struct smk_bytes header = {r->headers.data + start, r->headers.len - start};
    enum smk_err err = smk_record_assemble(header, item->signature, item->has_payload ? item->salt : NULL,
                                           item->payload, ret_record);
    return err == SMK_ERR_NOMEM || err == SMK_OK ? err : SMK_ERR_MALFORMED;
}

enum smk_err smk_batch_reader_records(struct smk_batch_reader *r, size_t run, size_t skip,
                                      const uint8_t prev[SMK_ID_BYTES], struct smk_record *ret_records)
{
    struct smk_batch_run head = smk_batch_reader_run(r, run);
    struct smk_value items = items_of(run_at(r, run));
    SMK_ASSERT(skip <= head.count);
    smk_buf_reset(&r->headers);
    for (size_t i = skip; i < head.count; i++) {
        struct item item;
        enum smk_err err = item_read(smk_value_item(items, i), &item);
        SMK_ASSERT(err == SMK_OK); /* init has read it before */
        const uint8_t *before = i == skip ? prev : ret_records[i - skip - 1].id;
        err = remake(r, &head, head.first_seq + i, before, &item, &ret_records[i - skip]);
        if (err != SMK_OK)
            return err;
    }
    /* The buffer may have moved while it grew: only now do the headers stand still. */
    const uint8_t *at = r->headers.data;
    for (size_t i = 0; i < head.count - skip; i++) {
        ret_records[i].header_bytes.data = at;
        at += ret_records[i].header_bytes.len;
    }
    return SMK_OK;
}

void smk_batch_reader_fork(const struct smk_batch_reader *r, size_t i, struct smk_buf *ret_proof)
{
    SMK_ASSERT(i < r->fork_count);
    smk_pack_value(ret_proof, smk_value_item(smk_value_item(r->tree.root, 3), i));
}

void smk_batch_reader_each_decision(const struct smk_batch_reader *r, smk_batch_payload_fn *fn, void *ctx)
{
    for (size_t run = 0; run < r->run_count; run++) {
        struct smk_value items = items_of(run_at(r, run));
        for (size_t i = 0; i < smk_value_count(items); i++) {
            struct item item;
            enum smk_err err = item_read(smk_value_item(items, i), &item);
            SMK_ASSERT(err == SMK_OK); /* init has read it before */
            if (item.header.type == SMK_RECORD_DECISION && item.has_payload)
                fn(ctx, item.payload);
        }
    }
}
