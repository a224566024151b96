#include "proto/check.h"
#include "proto/mem.h"
#include "store/home.h"
#include "store/inside.h"

#include <string.h>

enum { ROW_VERSION = 1, ROW_BYTES_MAX = 4096, OPEN_HEADS_MAX = 64, OPEN_BYTES_MAX = 16384 };

enum reason { REASON_NEW, REASON_RIGHTS, REASON_COPIED, REASON_CLOCK, REASON_FORKED, REASON_COUNT };
static const char *const reasons[REASON_COUNT] = {
    [REASON_NEW] = "new store", [REASON_RIGHTS] = "rights changed", [REASON_COPIED] = "copied store",
    [REASON_CLOCK] = "clock",   [REASON_FORKED] = "forked",
};

/* ---- the row `c` ---- */

struct own_row {
    uint8_t incarnation[SMK_INCARNATION_BYTES];
    const char *reason; /* static */
    size_t certificate_count;
    uint8_t certificate[SMK_CERT_DECISIONS_MAX][SMK_HASH_BYTES];
    uint8_t place[SMK_HASH_BYTES];
    uint64_t day;
    uint64_t drawn;
};

static const char *reason_known(struct smk_bytes text)
{
    for (size_t i = 0; i < REASON_COUNT; i++)
        if (smk_bytes_is_equal(text, smk_bytes_of_text(reasons[i])))
            return reasons[i];
    return reasons[REASON_NEW];
}

static bool row_decode(struct smk_value root, struct own_row *ret_row)
{
    struct own_row row = {0};
    struct smk_fields f = smk_fields_of(root, 7);
    bool is_known = smk_field_uint(&f, ROW_VERSION) == ROW_VERSION;
    smk_field_key(&f, row.incarnation, sizeof row.incarnation);
    row.reason = reason_known(smk_field_str(&f, 64));
    struct smk_fields hashes = smk_fields_from(smk_field_array(&f, SMK_CERT_DECISIONS_MAX), 0);
    smk_field_key(&f, row.place, sizeof row.place);
    row.day = smk_field_uint(&f, UINT64_MAX);
    row.drawn = smk_field_uint(&f, UINT64_MAX);
    row.certificate_count = smk_value_count(hashes.array);
    for (size_t i = 0; i < row.certificate_count && i < SMK_CERT_DECISIONS_MAX; i++)
        smk_field_key(&hashes, row.certificate[i], SMK_HASH_BYTES);
    if (!is_known || smk_fields_finish(&f) != SMK_OK || hashes.err != SMK_OK)
        return false;
    *ret_row = row;
    return true;
}

/* *ret_is_there is false when there is none in form: then it counts as a new store. Too little memory is no such thing. */
static enum smk_err row_read(struct smk_txn *t, bool *ret_is_there, struct own_row *ret_row)
{
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    struct smk_bytes value;
    *ret_is_there = false;
    if (!smk_txn_get(t, SMK_TABLE_LOCAL, smk_bytes_of_text("c"), &value))
        return t->err;
    enum smk_err err = smk_tree_decode(value, SMK_WALK_PAYLOAD, &tree);
    *ret_is_there = err == SMK_OK && row_decode(tree.root, ret_row);
    return err == SMK_ERR_NOMEM ? err : SMK_OK;
}

static enum smk_err row_write(struct smk_txn *t, const struct own_row *row)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf b = {.max = ROW_BYTES_MAX};
    smk_pack_array(&b, 7);
    smk_pack_uint(&b, ROW_VERSION);
    smk_pack_bin(&b, SMK_BYTES(row->incarnation));
    smk_pack_text(&b, row->reason);
    smk_pack_array(&b, row->certificate_count);
    for (size_t i = 0; i < row->certificate_count; i++)
        smk_pack_bin(&b, SMK_BYTES(row->certificate[i]));
    smk_pack_bin(&b, SMK_BYTES(row->place));
    smk_pack_uint(&b, row->day);
    smk_pack_uint(&b, row->drawn);
    if (b.err == SMK_OK)
        smk_txn_put(t, SMK_TABLE_LOCAL, smk_bytes_of_text("c"), smk_buf_view(&b));
    return b.err;
}

enum smk_err smk_own_move(struct smk_txn *t, const uint8_t from[SMK_HASH_BYTES],
                          const uint8_t to[SMK_HASH_BYTES])
{
    struct own_row row;
    bool is_there;
    enum smk_err err = row_read(t, &is_there, &row);
    if (err != SMK_OK || !is_there || memcmp(row.place, from, sizeof row.place) != 0)
        return err; /* nothing was written yet, or the old file was a copy already */
    memcpy(row.place, to, sizeof row.place);
    err = row_write(t, &row);
    return err != SMK_OK ? err : t->err;
}

/* ---- the incarnation ---- */

static enum smk_err incarnation_draw(struct smk_own *o, enum reason reason)
{
    uint64_t day = o->wall_ms / SMK_DAY_MS;
    uint64_t drawn = day == o->day ? o->drawn : 0;
    if (drawn >= SMK_INCARNATIONS_PER_DAY_MAX)
        return SMK_ERR_TOO_BIG_HERE;
    smk_random(o->incarnation, sizeof o->incarnation);
    o->reason = reasons[reason];
    o->day = day;
    o->drawn = drawn + 1;
    o->is_new = true;
    return SMK_OK;
}

static enum smk_err incarnation_choose(struct smk_own *o, struct smk_txn *t)
{
    struct own_row row;
    bool is_there;
    enum smk_err err = row_read(t, &is_there, &row);
    if (err != SMK_OK || !is_there)
        return err != SMK_OK ? err : incarnation_draw(o, REASON_NEW);
    o->day = row.day;
    o->drawn = row.drawn;
    if (row.certificate_count != o->certificate_count ||
        memcmp(row.certificate, o->certificate, o->certificate_count * SMK_HASH_BYTES) != 0)
        return incarnation_draw(o, REASON_RIGHTS);
    if (memcmp(row.place, o->append.store->place, SMK_HASH_BYTES) != 0)
        return incarnation_draw(o, REASON_COPIED);
    memcpy(o->incarnation, row.incarnation, sizeof o->incarnation);
    o->reason = row.reason;
    return SMK_OK;
}

enum smk_err smk_own_begin(struct smk_own *o, struct smk_store *s, struct smk_txn *t,
                           const struct smk_identity *identity)
{
    *o = (struct smk_own){
        .identity = identity,
        .wall_ms = s->wall_ms(),
        .header = {.max = SMK_HEADER_BYTES_MAX},
        .payload = {.max = OPEN_BYTES_MAX},
    };
    if (smk_roster_device(s->roster, identity->sign.public_key) == NULL)
        return SMK_ERR_NOT_ALLOWED_HERE;
    if (o->wall_ms == 0)
        return SMK_ERR_CLOCK;
    size_t count = smk_roster_in_force(s->roster, SMK_DECIDE_DEVICE, SMK_BYTES(identity->sign.public_key),
                                       o->certificate, SMK_CERT_DECISIONS_MAX);
    o->certificate_count = count < SMK_CERT_DECISIONS_MAX ? count : SMK_CERT_DECISIONS_MAX;
    enum smk_err err = smk_append_begin(&o->append, s, t);
    return err == SMK_OK ? incarnation_choose(o, t) : err;
}

static void log_flush(struct smk_own *o)
{
    if (o->has_log)
        smk_append_state(&o->append, o->log_no, &o->log);
    o->has_log = false;
}

enum smk_err smk_own_finish(struct smk_own *o)
{
    log_flush(o);
    if (!o->is_new)
        return SMK_OK;
    struct own_row row = {.reason = o->reason, .day = o->day, .drawn = o->drawn};
    memcpy(row.incarnation, o->incarnation, sizeof row.incarnation);
    memcpy(row.place, o->append.store->place, sizeof row.place);
    row.certificate_count = o->certificate_count;
    memcpy(row.certificate, o->certificate, sizeof row.certificate);
    return row_write(o->append.txn, &row);
}

void smk_own_deinit(struct smk_own *o)
{
    smk_buf_deinit(&o->header);
    smk_buf_deinit(&o->payload);
    *o = (struct smk_own){0};
}

/* ---- records ---- */

/* Signs one record at the end of the log at hand. */
static enum smk_err record_append(struct smk_own *o, struct smk_header *h, struct smk_bytes payload,
                                  uint8_t ret_id[SMK_ID_BYTES])
{
    struct smk_log *log = &o->log;
    struct smk_record r;
    uint8_t salt[SMK_SALT_BYTES];
    memcpy(h->author, log->author, sizeof h->author);
    memcpy(h->incarnation, log->incarnation, sizeof h->incarnation);
    h->scope = log->scope;
    h->seq = log->seq + 1;
    memcpy(h->prev, log->id, sizeof h->prev);
    smk_random(salt, sizeof salt);
    smk_buf_reset(&o->header);
    if (h->seq > SMK_SEQ_MAX)
        return SMK_ERR_TOO_BIG_HERE;
    enum smk_err err =
        smk_record_make(h, payload, salt, &o->identity->sign, o->append.store->coalition, &o->header, &r);
    if (err == SMK_OK)
        err = smk_record_check_payload(&r);
    if (err != SMK_OK)
        return err == SMK_ERR_MALFORMED ? SMK_ERR_INVALID : err;
    smk_append_record(&o->append, o->log_no, &r);
    if (log->verified_through == log->seq)
        log->verified_through = r.header.seq;
    log->seq = r.header.seq;
    log->time = r.header.time;
    memcpy(log->id, r.id, sizeof log->id);
    smk_logtree_append(&log->tree, &smk_logtree_samaki, SMK_BYTES(r.id));
    memcpy(ret_id, r.id, SMK_ID_BYTES);
    return SMK_OK;
}

/* Inserts into a sorted array of hashes without duplicates; no more than max. */
static void hashes_insert(uint8_t (*hashes)[SMK_HASH_BYTES], size_t *count, size_t max,
                          const uint8_t hash[SMK_HASH_BYTES])
{
    size_t at = 0;
    while (at < *count && memcmp(hashes[at], hash, SMK_HASH_BYTES) < 0)
        at++;
    if (*count == max || (at < *count && memcmp(hashes[at], hash, SMK_HASH_BYTES) == 0))
        return;
    memmove(hashes[at + 1], hashes[at], (*count - at) * SMK_HASH_BYTES);
    memcpy(hashes[at], hash, SMK_HASH_BYTES);
    ++*count;
}

static void under_add(struct smk_roster *roster, enum smk_decision_kind kind, const char *slug,
                      uint8_t (*under)[SMK_HASH_BYTES], size_t *count)
{
    uint8_t hashes[SMK_CERT_DECISIONS_MAX][SMK_HASH_BYTES];
    size_t found = smk_roster_in_force(roster, kind, smk_bytes_of_text(slug), hashes, SMK_CERT_DECISIONS_MAX);
    for (size_t i = 0; i < found && i < SMK_CERT_DECISIONS_MAX; i++)
        hashes_insert(under, count, SMK_CERT_DECISIONS_MAX, hashes[i]);
}

/* The device's decisions first: one of them must be named. */
static size_t under_find(struct smk_own *o, uint8_t (*under)[SMK_HASH_BYTES])
{
    struct smk_roster *roster = o->append.store->roster;
    size_t count = 0;
    for (size_t i = 0; i < o->certificate_count; i++)
        hashes_insert(under, &count, SMK_CERT_DECISIONS_MAX, o->certificate[i]);
    const struct smk_device *device = smk_roster_device(roster, o->identity->sign.public_key);
    if (device == NULL)
        return count;
    under_add(roster, SMK_DECIDE_ORGANISATION, device->org.text, under, &count);
    for (size_t i = 0; i < device->office_count; i++)
        under_add(roster, SMK_DECIDE_OFFICE, device->office[i].text, under, &count);
    return count;
}

/* The heads of our older incarnations of the scope; if there are too many, the newest ones. */
static enum smk_err heads_find(struct smk_own *o, struct smk_old_head *ret_heads, size_t *ret_count)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    uint64_t time[OPEN_HEADS_MAX];
    size_t count = 0;
    smk_cursor_open(&c, o->append.txn, SMK_TABLE_LOG);
    for (bool is_row = smk_cursor_first(&c); is_row; is_row = smk_cursor_next(&c)) {
        struct smk_log_row_name name;
        struct smk_log log;
        struct smk_head head;
        if (!smk_log_row_name(c.value, &name))
            return SMK_ERR_STORE_DAMAGED;
        if (memcmp(name.author, o->log.author, SMK_KEY_BYTES) != 0 ||
            !smk_bytes_is_equal(name.scope, smk_scope_bytes(&o->log.scope)) ||
            memcmp(name.incarnation, o->log.incarnation, SMK_INCARNATION_BYTES) == 0)
            continue;
        if (smk_log_row_read(c.value, &log) != SMK_OK)
            return SMK_ERR_STORE_DAMAGED;
        smk_log_head(&log, &head);
        if (head.seq == 0)
            continue; /* forked at its first record */
        size_t at = count;
        for (size_t i = 0; count == OPEN_HEADS_MAX && i < count; i++)
            if (time[i] < log.time && (at == count || time[i] < time[at]))
                at = i;
        if (at == OPEN_HEADS_MAX)
            continue;
        count += at == count;
        time[at] = log.time;
        ret_heads[at] = (struct smk_old_head){.scope = log.scope, .seq = head.seq};
        memcpy(ret_heads[at].incarnation, log.incarnation, SMK_INCARNATION_BYTES);
        memcpy(ret_heads[at].id, head.id, SMK_ID_BYTES);
    }
    *ret_count = count;
    return o->append.txn->err;
}

/* Makes the log at hand one of the current incarnation, with its open record. */
static enum smk_err log_open(struct smk_own *o, const struct smk_scope *scope)
{
    uint8_t under[SMK_CERT_DECISIONS_MAX][SMK_HASH_BYTES], id[SMK_ID_BYTES];
    struct smk_old_head heads[OPEN_HEADS_MAX];
    size_t head_count = 0;
    struct smk_header h = {.type = SMK_RECORD_OPEN};
    log_flush(o);
    smk_log_init(&o->log, o->identity->sign.public_key, o->incarnation, scope);
    enum smk_err err = smk_time_next(o->wall_ms, 0, 0, &h.time);
    if (err == SMK_OK)
        err = heads_find(o, heads, &head_count);
    if (err == SMK_OK)
        err = smk_append_log(&o->append, &o->log, &o->log_no);
    if (err != SMK_OK)
        return err;
    smk_buf_reset(&o->payload);
    size_t under_count = under_find(o, under);
    smk_open_encode((const uint8_t(*)[SMK_HASH_BYTES])under, under_count, heads, head_count, o->reason,
                    &o->payload);
    err = o->payload.err;
    if (err == SMK_OK)
        err = record_append(o, &h, smk_buf_view(&o->payload), id);
    o->has_log = err == SMK_OK;
    return err;
}

/* Makes the log at hand that of the scope. */
static enum smk_err log_choose(struct smk_own *o, const struct smk_scope *scope)
{
    uint8_t log_id[SMK_ID_BYTES];
    if (o->has_log && smk_scope_is_equal(&o->log.scope, scope))
        return SMK_OK;
    log_flush(o);
    smk_log_id(o->identity->sign.public_key, o->incarnation, scope, log_id);
    if (smk_txn_find_log(o->append.txn, log_id, &o->log_no, &o->log)) {
        o->has_log = o->log.fork == 0;
        if (o->has_log)
            return SMK_OK;
        enum smk_err err = incarnation_draw(o, REASON_FORKED); /* nobody would take what follows */
        return err == SMK_OK ? log_open(o, scope) : err;
    }
    return o->append.txn->err != SMK_OK ? o->append.txn->err : log_open(o, scope);
}

static enum smk_err draft_check(const struct smk_own *o, const struct smk_draft *draft)
{
    bool is_decision = draft->type == SMK_RECORD_DECISION;
    bool is_gov = draft->scope.kind == SMK_SCOPE_GOV && !draft->scope.is_wit;
    if (draft->type != SMK_RECORD_EDIT && draft->type != SMK_RECORD_ACT && !is_decision)
        return SMK_ERR_INVALID;
    if ((is_decision && !is_gov) || draft->dep_count > SMK_DEPS_MAX)
        return SMK_ERR_INVALID;
    return smk_roster_holds(o->append.store->roster, o->identity->sign.public_key, &draft->scope)
               ? SMK_OK
               : SMK_ERR_NOT_ALLOWED_HERE;
}

enum smk_err smk_own_write(struct smk_own *o, const struct smk_draft *draft, uint8_t ret_id[SMK_ID_BYTES])
{
    struct smk_header h = {.type = draft->type};
    enum smk_err err = draft_check(o, draft);
    if (err == SMK_OK)
        err = log_choose(o, &draft->scope);
    if (err != SMK_OK)
        return err;
    err = smk_time_next(o->wall_ms, o->log.time, draft->dep_time, &h.time);
    if (err == SMK_ERR_CLOCK) {
        /* Either our log was written while the clock was ahead, or the clock is off now. */
        err = incarnation_draw(o, REASON_CLOCK);
        if (err == SMK_OK)
            err = log_open(o, &draft->scope);
        if (err == SMK_OK)
            err = smk_time_next(o->wall_ms, o->log.time, draft->dep_time, &h.time);
    }
    if (err != SMK_OK)
        return err;
    for (size_t i = 0; i < draft->dep_count; i++)
        hashes_insert(h.dep, &h.dep_count, SMK_DEPS_MAX, draft->dep[i]);
    return record_append(o, &h, draft->payload, ret_id);
}

enum smk_err smk_own_write_decision(struct smk_own *o, struct smk_bytes payload, uint8_t ret_id[SMK_ID_BYTES])
{
    struct smk_draft draft = {.scope = smk_scope_of("gov"), .type = SMK_RECORD_DECISION, .payload = payload};
    return smk_own_write(o, &draft, ret_id);
}
