#include "proto/check.h"
#include "proto/mem.h"
#include "store/damage.h"

#include <string.h>

/* The id that belongs at a place, if the head or a sound record behind it tells. `next` is the record behind it when that is
 * among those at hand and known to be the right one. */
static enum smk_err id_expected(struct smk_txn *t, uint32_t log_no, const struct smk_log *log, uint64_t seq,
                                uint64_t arrival_max, const struct smk_record *next, bool *ret_has_id,
                                uint8_t ret_id[SMK_ID_BYTES])
{
    struct smk_place place;
    *ret_has_id = true;
    if (seq == log->seq) {
        memcpy(ret_id, log->id, SMK_ID_BYTES);
        return SMK_OK;
    }
    if (next != NULL) {
        memcpy(ret_id, next->header.prev, SMK_ID_BYTES);
        return SMK_OK;
    }
    enum smk_err err = smk_place_look(t, log_no, log, seq + 1, arrival_max, &place);
    *ret_has_id = err == SMK_OK && smk_place_is_known(&place);
    if (*ret_has_id)
        memcpy(ret_id, place.record.header.prev, SMK_ID_BYTES);
    return err;
}

static enum smk_err row_replace(struct smk_txn *t, uint32_t log_no, uint64_t arrival,
                                const struct smk_record *r)
{
    uint8_t key[SMK_ARRIVAL_KEY_BYTES];
    size_t len = smk_rec_row_bytes(r);
    uint8_t *row = smk_mem_new(len);
    if (row == NULL)
        return SMK_ERR_NOMEM;
    smk_row_write_u64(arrival, key);
    smk_rec_row_write(r, log_no, row);
    smk_txn_put(t, SMK_TABLE_REC, SMK_BYTES(key), (struct smk_bytes){row, len});
    smk_damage_row_del(t, arrival);
    smk_mem_free(row);
    return t->err;
}

/* Whether the record can stand where `row_bytes` bytes stood: with its payload if that one had it, else without. */
static bool shape_fit(struct smk_record *r, const struct smk_log *log, size_t row_bytes)
{
    struct smk_record bare = *r;
    bare.has_payload = false;
    if (log->holes > 0 && row_bytes == smk_rec_row_bytes(&bare))
        *r = bare;
    else if (!r->has_payload)
        return false;
    return true;
}

/* Whether the log has more records without payload than its state counts. */
static enum smk_err bare_count(struct smk_txn *t, uint32_t log_no, const struct smk_log *log,
                               bool *ret_is_over)
{
    uint64_t count = 0, arrival_max = smk_txn_last_arrival(t);
    for (uint64_t seq = 1; seq <= log->seq; seq++) {
        struct smk_place place;
        enum smk_err err = smk_place_look(t, log_no, log, seq, arrival_max, &place);
        if (err != SMK_OK)
            return err;
        count += smk_place_is_known(&place) && !place.record.has_payload;
    }
    *ret_is_over = count > log->holes;
    return SMK_OK;
}

/* A sound record without payload is left as it is, unless a scrub has noted it and there is still one too many. */
static enum smk_err is_wanting(struct smk_txn *t, uint32_t log_no, const struct smk_log *log,
                               const struct smk_place *place, const struct smk_record *r,
                               bool *ret_is_wanting)
{
    *ret_is_wanting = false;
    if (place->state != SMK_PLACE_SOUND || place->record.has_payload || !r->has_payload)
        return SMK_OK;
    if (!smk_damage_row_is_there(t, place->arrival))
        return t->err;
    return bare_count(t, log_no, log, ret_is_wanting);
}

/* Judges one record, and writes it when it is what belongs to its place and what stands there is not. */
static enum smk_err mend_one(struct smk_txn *t, uint32_t log_no, const struct smk_log *log,
                             const struct smk_record *given, const struct smk_record *next,
                             bool *ret_is_right, size_t *mended)
{
    struct smk_record record = *given;
    struct smk_place place;
    uint8_t id[SMK_ID_BYTES];
    uint64_t seq = record.header.seq, arrival_max = smk_txn_last_arrival(t);
    bool has_id, wants_payload = false;
    enum smk_err err = id_expected(t, log_no, log, seq, arrival_max, next, &has_id, id);
    if (err == SMK_OK)
        err = smk_place_look(t, log_no, log, seq, arrival_max, &place);
    if (err == SMK_OK && place.state == SMK_PLACE_FAULTY)
        err = SMK_ERR_STORE_DAMAGED;
    if (err != SMK_OK)
        return err;
    *ret_is_right = has_id && memcmp(record.id, id, sizeof id) == 0;
    if (!*ret_is_right || smk_record_check_payload(&record) != SMK_OK)
        return SMK_OK;
    err = is_wanting(t, log_no, log, &place, &record, &wants_payload);
    bool is_good = place.state == SMK_PLACE_SOUND && memcmp(place.record.id, record.id, SMK_ID_BYTES) == 0;
    if (err != SMK_OK || (is_good && !wants_payload) ||
        (!wants_payload && !shape_fit(&record, log, place.row_bytes)))
        return err;
    ++*mended;
    return row_replace(t, log_no, place.arrival, &record);
}

enum smk_err smk_mend_run(struct smk_txn *t, uint32_t log_no, const struct smk_log *log,
                          const struct smk_record *records, size_t count, size_t *ret_mended)
{
    const struct smk_record *next = NULL; /* the one behind, when it is right */
    size_t mended = 0;
    for (size_t i = count; i-- > 0;) { /* from the newest down: each tells the id of the one before it */
        bool is_right = false;
        uint64_t seq = records[i].header.seq;
        if (seq > log->seq)
            continue;
        if (next != NULL && next->header.seq != seq + 1)
            next = NULL;
        enum smk_err err = mend_one(t, log_no, log, &records[i], next, &is_right, &mended);
        if (err != SMK_OK)
            return err;
        next = is_right ? &records[i] : NULL;
    }
    *ret_mended = mended;
    return t->err;
}

struct mending {
    const struct smk_record *records;
    size_t count;
    size_t mended;
};

static enum smk_err mend(struct smk_txn *t, void *ctx)
{
    struct mending *m = ctx;
    const struct smk_header *h = &m->records[0].header;
    uint8_t log_id[SMK_ID_BYTES];
    uint32_t log_no;
    struct smk_log log;
    m->mended = 0;
    smk_log_id(h->author, h->incarnation, &h->scope, log_id);
    if (!smk_txn_find_log(t, log_id, &log_no, &log))
        return t->err != SMK_OK ? t->err : SMK_ERR_NOT_FOUND;
    return smk_mend_run(t, log_no, &log, m->records, m->count, &m->mended);
}

enum smk_err smk_store_mend(struct smk_store *s, const struct smk_record *records, size_t count,
                            size_t *ret_mended)
{
    struct mending m = {.records = records, .count = count};
    SMK_ASSERT(count >= 1);
    enum smk_err err = smk_db_write_vital(s->db, mend, &m);
    if (err == SMK_OK)
        *ret_mended = m.mended;
    return err;
}
