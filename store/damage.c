#include "store/damage.h"

#include "proto/mem.h"
#include "store/local_rows.h"

#include <string.h>

enum { VERSION = 1, FIELDS = 5 };

/* ---- one place ---- */

static bool belongs(const struct smk_record *r, const struct smk_log *log, uint64_t seq)
{
    const struct smk_header *h = &r->header;
    return h->seq == seq && memcmp(h->author, log->author, SMK_KEY_BYTES) == 0 &&
           memcmp(h->incarnation, log->incarnation, SMK_INCARNATION_BYTES) == 0 &&
           smk_scope_is_equal(&h->scope, &log->scope);
}

bool smk_place_is_known(const struct smk_place *place)
{
    return place->state == SMK_PLACE_SOUND || place->state == SMK_PLACE_CUT;
}

enum smk_err smk_place_look(struct smk_txn *t, uint32_t log_no, const struct smk_log *log, uint64_t seq,
                            uint64_t arrival_max, struct smk_place *ret_place)
{
    struct smk_place place = {.state = SMK_PLACE_FAULTY, .what = "the index names no record for its place"};
    uint8_t key[SMK_PLACE_KEY_BYTES], arrival_key[SMK_ARRIVAL_KEY_BYTES];
    struct smk_bytes number, bytes;
    struct smk_rec_row row;
    smk_place_key(log_no, seq, key);
    if (smk_txn_get(t, SMK_TABLE_IDX, SMK_BYTES(key), &number))
        place.arrival = smk_row_read_u64(number);
    if (place.arrival > arrival_max)
        place.arrival = 0;
    if (place.arrival == 0) {
        *ret_place = place;
        return t->err;
    }
    place.state = SMK_PLACE_SPOILT;
    smk_row_write_u64(place.arrival, arrival_key);
    if (!smk_txn_get(t, SMK_TABLE_REC, SMK_BYTES(arrival_key), &bytes)) {
        place.what = "its row is missing";
        *ret_place = place;
        return t->err;
    }
    place.row_bytes = bytes.len;
    enum smk_err err = smk_rec_row_read(bytes, &row);
    if (err == SMK_OK)
        err = smk_rec_row_record(&row, &place.record);
    if (err == SMK_ERR_NOMEM)
        return err;
    if (err != SMK_OK) {
        place.what = "it is not what was stored";
    } else if (!belongs(&place.record, log, seq)) {
        place.state = SMK_PLACE_FAULTY;
        place.what = "the record of another place stands at its place";
    } else if (row.log_no != log_no) {
        place.what = "it names another log than the index does";
    } else if (smk_rec_row_is_cut(&row, log)) {
        place.state = SMK_PLACE_CUT;
        place.what = "the payload that was stored with it is gone";
    } else {
        place.state = SMK_PLACE_SOUND;
        place.what = NULL;
    }
    *ret_place = place;
    return SMK_OK;
}

/* ---- rows `d` ---- */

static void row_key(uint64_t arrival, uint8_t ret_key[SMK_DAMAGE_KEY_BYTES])
{
    ret_key[0] = 'd';
    smk_row_write_u64(arrival, ret_key + 1);
}

void smk_damage_row_put(struct smk_txn *t, const struct smk_damage *damage)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf b = {.max = SMK_LOCAL_ROW_BYTES_MAX};
    uint8_t key[SMK_DAMAGE_KEY_BYTES];
    row_key(damage->arrival, key);
    smk_pack_array(&b, FIELDS);
    smk_pack_uint(&b, VERSION);
    smk_pack_uint(&b, damage->log_no);
    smk_pack_uint(&b, damage->seq);
    if (damage->has_id)
        smk_pack_bin(&b, SMK_BYTES(damage->id));
    else
        smk_pack_nil(&b);
    smk_pack_uint(&b, damage->found_ms);
    if (b.err != SMK_OK && t->err == SMK_OK)
        t->err = b.err;
    if (b.err == SMK_OK)
        smk_txn_put(t, SMK_TABLE_LOCAL, SMK_BYTES(key), smk_buf_view(&b));
}

bool smk_damage_row_is_there(struct smk_txn *t, uint64_t arrival)
{
    uint8_t key[SMK_DAMAGE_KEY_BYTES];
    struct smk_bytes value;
    row_key(arrival, key);
    return smk_txn_get(t, SMK_TABLE_LOCAL, SMK_BYTES(key), &value);
}

void smk_damage_row_del(struct smk_txn *t, uint64_t arrival)
{
    uint8_t key[SMK_DAMAGE_KEY_BYTES];
    row_key(arrival, key);
    smk_txn_del(t, SMK_TABLE_LOCAL, SMK_BYTES(key));
}

enum smk_err smk_damage_row_decode(struct smk_bytes key, struct smk_bytes value,
                                   struct smk_damage *ret_damage)
{
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    struct smk_damage damage = {0};
    bool has_no_id;
    if (key.len != SMK_DAMAGE_KEY_BYTES)
        return SMK_ERR_STORE_DAMAGED;
    damage.arrival = smk_row_read_u64((struct smk_bytes){key.data + 1, key.len - 1});
    enum smk_err err = smk_tree_decode(value, SMK_WALK_PAYLOAD, &tree);
    if (err != SMK_OK)
        return err == SMK_ERR_NOMEM ? err : SMK_ERR_STORE_DAMAGED;
    struct smk_fields f = smk_fields_of(tree.root, FIELDS);
    bool is_known = smk_field_uint(&f, VERSION) == VERSION;
    damage.log_no = (uint32_t)smk_field_uint(&f, UINT32_MAX);
    damage.seq = smk_field_uint(&f, SMK_SEQ_MAX);
    smk_field_key_or_nil(&f, damage.id, sizeof damage.id, &has_no_id);
    damage.has_id = !has_no_id;
    damage.found_ms = smk_field_uint(&f, UINT64_MAX);
    if (!is_known || smk_fields_finish(&f) != SMK_OK || damage.arrival == 0 || damage.log_no == 0)
        return SMK_ERR_STORE_DAMAGED;
    *ret_damage = damage;
    return SMK_OK;
}

/* ---- all of them ---- */

struct listing {
    struct smk_store *store;
    smk_damage_fn *fn;
    void *ctx;
};

/* Author, incarnation and scope of a log, by its local number. */
static enum smk_err log_name(struct smk_store *s, struct smk_damage *damage)
{
    struct smk_txn t;
    struct smk_bytes row;
    struct smk_log log;
    uint8_t key[SMK_LOG_KEY_BYTES];
    smk_row_write_u32(damage->log_no, key);
    smk_txn_begin_read(&t, s->db);
    enum smk_err err = smk_txn_get(&t, SMK_TABLE_LOG, SMK_BYTES(key), &row) ? smk_log_row_read(row, &log)
                                                                            : SMK_ERR_STORE_DAMAGED;
    enum smk_err end = smk_txn_end(&t);
    if (end != SMK_OK)
        err = end; /* a row that could not be read is not one that is missing */
    if (err != SMK_OK)
        return err;
    damage->scope = log.scope;
    memcpy(damage->log_id, log.log_id, sizeof damage->log_id);
    memcpy(damage->author, log.author, sizeof damage->author);
    memcpy(damage->incarnation, log.incarnation, sizeof damage->incarnation);
    return SMK_OK;
}

static enum smk_err list_row(void *ctx, struct smk_bytes key, struct smk_bytes value, bool *ret_goes_on)
{
    struct listing *l = ctx;
    struct smk_damage damage;
    enum smk_err err = smk_damage_row_decode(key, value, &damage);
    if (err == SMK_OK)
        err = log_name(l->store, &damage);
    if (err == SMK_OK)
        l->fn(l->ctx, &damage);
    *ret_goes_on = true;
    return err;
}

enum smk_err smk_store_each_damaged(struct smk_store *s, smk_damage_fn *fn, void *ctx)
{
    struct listing l = {.store = s, .fn = fn, .ctx = ctx};
    return smk_local_each(s, 'd', list_row, &l);
}
