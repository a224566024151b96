#include "proto/mem.h"
#include "store/audit_state.h"
#include "store/damage.h"
#include "store/local_rows.h"

#include <string.h>

enum { GAPS_MAX = 65536, ACCUSED_MAX = 16 };

/* A walk through one table that ends, whatever the file says, and looks up each key that it meets: a reader that goes
 * straight to a key must find the same row. */
struct walk {
    struct smk_audit *audit;
    struct smk_cursor cursor;
    enum smk_table table;
    uint64_t count;  /* rows met */
    uint64_t stated; /* rows as the file counts them */
    bool is_sound;
    bool is_found; /* the newest row, by its key */
    uint8_t last_key[64];
    size_t last_len;
};

static void walk_begin(struct walk *w, struct smk_audit *a, enum smk_table table)
{
    *w = (struct walk){.audit = a, .table = table, .stated = smk_txn_count(&a->txn, table), .is_sound = true};
    smk_cursor_open(&w->cursor, &a->txn, table);
}

static bool walk_is_rising(struct walk *w)
{
    struct smk_bytes key = w->cursor.key;
    if (key.len > sizeof w->last_key ||
        (w->count > 1 && smk_bytes_compare((struct smk_bytes){w->last_key, w->last_len}, key) >= 0))
        return false;
    if (key.len > 0)
        memcpy(w->last_key, key.data, key.len);
    w->last_len = key.len;
    return true;
}

/* True when there is another row. */
static bool walk_next(struct walk *w)
{
    struct smk_bytes value;
    bool is_row = w->count == 0 ? smk_cursor_first(&w->cursor) : smk_cursor_next(&w->cursor);
    if (!is_row)
        return false;
    w->count++;
    bool is_found = w->count <= w->stated && walk_is_rising(w) &&
                    smk_txn_get(&w->audit->txn, w->table, w->cursor.key, &value) &&
                    value.data == w->cursor.value.data && value.len == w->cursor.value.len;
    w->is_found = is_found;
    if (!is_found && w->is_sound) {
        smk_audit_say(w->audit, SMK_FINDING_INDEX, "the rows of a table are not in order");
        w->is_sound = false;
    }
    return w->count <= w->stated;
}

static enum smk_err walk_end(struct walk *w)
{
    smk_cursor_close(&w->cursor);
    if (w->is_sound && w->count != w->stated)
        smk_audit_say(w->audit, SMK_FINDING_INDEX, "a table has another number of rows than it says");
    return w->audit->txn.err;
}

/* ---- names, `meta`, `local` ---- */

/* All tables of a store, and no other; the derived ones may be missing. What these say is looked at by nobody: whoever
 * doubts it makes them anew. */
static void names_check(struct smk_audit *a)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    bool is_met[SMK_TABLE_COUNT] = {false}, is_whole = true;
    size_t count = 0;
    smk_cursor_open_main(&c, &a->txn);
    for (bool is_row = smk_cursor_first(&c); is_row && count <= SMK_TABLE_COUNT;
         is_row = smk_cursor_next(&c)) {
        bool is_known = false;
        count++;
        for (int i = 0; i < SMK_TABLE_COUNT; i++)
            if (smk_bytes_is_equal(c.key, smk_bytes_of_text(smk_table_name((enum smk_table)i))))
                is_met[i] = is_known = true;
        is_whole = is_whole && is_known;
    }
    for (int i = 0; i < SMK_TABLE_DERIVED; i++)
        is_whole = is_whole && is_met[i];
    if (!is_whole)
        smk_audit_say(a, SMK_FINDING_FILE, "the store file has other tables than those of a store");
}

static bool is_session_key(struct smk_bytes key)
{
    return key.len == 1 + 8;
}

static enum smk_err welcome_check(struct smk_audit *a, struct smk_bytes value)
{
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    enum smk_err err = smk_tree_decode(value, SMK_WALK_PAYLOAD, &tree);
    return err == SMK_OK ? smk_roster_add_certificate(a->roster, tree.root) : err;
}

static enum smk_err own_check(struct smk_bytes value)
{
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    enum smk_err err = smk_tree_decode(value, SMK_WALK_PAYLOAD, &tree);
    if (err == SMK_OK &&
        (smk_value_count(tree.root) != 7 || smk_value_uint(smk_value_item(tree.root, 0)) != 1))
        err = SMK_ERR_STORE_DAMAGED;
    return err;
}

static enum smk_err local_row_check(struct smk_audit *a, struct smk_bytes key, struct smk_bytes value)
{
    struct smk_invitation_row invitation;
    struct smk_peer_row peer;
    struct smk_session_row session;
    struct smk_damage damage;
    enum smk_err err = SMK_ERR_STORE_DAMAGED;
    if (key.len == 0 || value.len > SMK_LOCAL_ROW_BYTES_MAX)
        return err;
    if (key.data[0] == 'c' && key.len == 1) {
        err = own_check(value);
    } else if (key.data[0] == 'w' && key.len == 1) {
        err = welcome_check(a, value);
    } else if (key.data[0] == 'd') {
        err = smk_damage_row_decode(key, value, &damage);
    } else if (key.data[0] == 'i' && key.len == 1 + SMK_INVITATION_ID_BYTES) {
        err = smk_invitation_row_decode(key.data + 1, value, &invitation);
        smk_mem_wipe(&invitation, sizeof invitation);
    } else if (key.data[0] == 'p' && key.len == 1 + SMK_KEY_BYTES) {
        err = smk_peer_row_decode(key.data + 1, value, &peer);
        if (err == SMK_OK)
            smk_buf_deinit(&peer.receipt);
    } else if (key.data[0] == 's' && is_session_key(key)) {
        err = smk_session_row_decode(value, &session);
    }
    return err;
}

enum smk_err smk_audit_small_tables(struct smk_audit *a)
{
    struct walk w;
    names_check(a);
    walk_begin(&w, a, SMK_TABLE_META);
    while (walk_next(&w))
        continue; /* the four that must be there were read before */
    if (w.count != 4 && w.is_sound)
        smk_audit_say(a, SMK_FINDING_INDEX, "the table `meta` has rows that do not belong there");
    enum smk_err err = walk_end(&w);
    walk_begin(&w, a, SMK_TABLE_LOCAL);
    while (err == SMK_OK && walk_next(&w)) {
        enum smk_err row = local_row_check(a, w.cursor.key, w.cursor.value);
        if (row == SMK_ERR_NOMEM)
            err = row;
        else if (row != SMK_OK)
            smk_audit_say(a, SMK_FINDING_INDEX, "a row of the table `local` is not in form");
    }
    enum smk_err end = walk_end(&w);
    return err != SMK_OK ? err : end;
}

/* ---- `rec`, `log`, `logid` ---- */

/* The roster learns every decision that is signed well; which record it stood in is looked at later. */
static enum smk_err decision_learn(struct smk_audit *a, struct smk_bytes value)
{
    struct smk_rec_row row;
    struct smk_header header;
    if (smk_rec_row_read(value, &row) != SMK_OK || row.salt == NULL)
        return SMK_OK;
    enum smk_err err = smk_header_decode(row.header, &header);
    if (err != SMK_OK)
        return err == SMK_ERR_NOMEM ? err : SMK_OK;
    if (header.type != SMK_RECORD_DECISION || header.scope.kind != SMK_SCOPE_GOV || header.scope.is_wit)
        return SMK_OK;
    err = smk_roster_add(a->roster, row.payload);
    return err == SMK_ERR_NOMEM ? err : SMK_OK;
}

/* A row that is not found by its key, or whose key is no arrival number that can stand there. */
static enum smk_err key_accuse(struct smk_audit *a, uint64_t arrival, struct smk_bytes row)
{
    struct smk_finding finding = {.kind = SMK_FINDING_DAMAGED_RECORD,
                                  .arrival = arrival,
                                  .what = "it does not stand under its arrival number"};
    struct smk_audit_link link;
    enum smk_err err = smk_audit_link_read(a, 0, arrival, row, &link);
    if (err != SMK_OK || !link.has_record || !link.is_tagged)
        return err;
    finding.has_id = true;
    finding.seq = link.record.header.seq;
    finding.scope = link.record.header.scope;
    memcpy(finding.id, link.record.id, sizeof finding.id);
    memcpy(finding.author, link.record.header.author, sizeof finding.author);
    smk_audit_report(a, &finding);
    return SMK_OK;
}

static enum smk_err rec_walk(struct smk_audit *a)
{
    struct walk w;
    enum smk_err err = SMK_OK;
    bool is_unbroken = true;
    unsigned accused = 0;
    walk_begin(&w, a, SMK_TABLE_REC);
    while (err == SMK_OK && walk_next(&w)) {
        a->arrival_max = smk_row_read_u64(w.cursor.key);
        if (!w.is_found || a->arrival_max != w.count) {
            is_unbroken = false;
            if (accused++ < ACCUSED_MAX)
                err = key_accuse(a, a->arrival_max, w.cursor.value);
        }
        if (err == SMK_OK)
            err = decision_learn(a, w.cursor.value);
    }
    a->rec_count = w.count;
    if (a->arrival_max < w.count || a->arrival_max > 2 * w.count + GAPS_MAX)
        a->arrival_max = w.count;
    if (!is_unbroken)
        smk_audit_say(a, SMK_FINDING_INDEX, "the arrival numbers have a gap");
    enum smk_err end = walk_end(&w);
    return err != SMK_OK ? err : end;
}

static enum smk_err log_walk(struct smk_audit *a)
{
    struct walk w;
    walk_begin(&w, a, SMK_TABLE_LOG);
    while (walk_next(&w)) {
        struct smk_log log;
        struct smk_bytes number;
        if (smk_row_read_u32(w.cursor.key) != w.count)
            smk_audit_say(a, SMK_FINDING_INDEX, "the log numbers have a gap");
        if (smk_log_row_read(w.cursor.value, &log) != SMK_OK) {
            smk_audit_say(a, SMK_FINDING_INDEX, "the state of a log is not in form");
            continue;
        }
        a->forked_count += log.fork > 0;
        bool is_known = smk_txn_get(&a->txn, SMK_TABLE_LOGID, SMK_BYTES(log.log_id), &number) &&
                        smk_bytes_is_equal(number, w.cursor.key);
        if (!is_known)
            smk_audit_report(a, &(struct smk_finding){
                                    .kind = SMK_FINDING_INDEX,
                                    .scope = log.scope,
                                    .seq = log.seq,
                                    .what = "a log is not found by its id",
                                });
    }
    a->log_count = w.count <= UINT32_MAX ? (uint32_t)w.count : UINT32_MAX;
    return walk_end(&w);
}

static enum smk_err logid_walk(struct smk_audit *a)
{
    struct walk w;
    walk_begin(&w, a, SMK_TABLE_LOGID);
    while (walk_next(&w))
        if (w.cursor.key.len != SMK_ID_BYTES || w.cursor.value.len != SMK_LOG_KEY_BYTES)
            smk_audit_say(a, SMK_FINDING_INDEX, "a row of the table `logid` is not in form");
    if (w.is_sound && w.count != a->log_count)
        smk_audit_say(a, SMK_FINDING_INDEX, "the table `logid` names more or fewer logs than there are");
    return walk_end(&w);
}

enum smk_err smk_audit_numbers(struct smk_audit *a)
{
    enum smk_err err = rec_walk(a);
    if (err == SMK_OK)
        err = log_walk(a);
    if (err == SMK_OK)
        err = logid_walk(a);
    if (err != SMK_OK)
        return err;
    a->rec_seen = smk_mem_new((size_t)(a->arrival_max / 8 + 1));
    a->log_seen = smk_mem_new((size_t)a->log_count / 8 + 1);
    return a->rec_seen != NULL && a->log_seen != NULL ? SMK_OK : SMK_ERR_NOMEM;
}

/* ---- what nothing names ---- */

static enum smk_err orphan_report(struct smk_audit *a, uint64_t arrival)
{
    struct smk_finding finding = {.kind = SMK_FINDING_INDEX, .arrival = arrival};
    struct smk_audit_link link = {0};
    uint8_t key[SMK_ARRIVAL_KEY_BYTES];
    struct smk_bytes row;
    enum smk_err err = SMK_OK;
    smk_row_write_u64(arrival, key);
    if (!smk_txn_get(&a->txn, SMK_TABLE_REC, SMK_BYTES(key), &row))
        return SMK_OK; /* a gap, and reported as one */
    err = smk_audit_link_read(a, 0, arrival, row, &link);
    finding.what = "a record stands in no place of the index";
    if (link.is_signed || (link.has_record && link.is_tagged)) {
        const struct smk_header *h = &link.record.header;
        finding.has_id = true;
        memcpy(finding.id, link.record.id, SMK_ID_BYTES);
        memcpy(finding.author, h->author, SMK_KEY_BYTES);
        finding.scope = h->scope;
        finding.seq = h->seq;
    }
    smk_audit_report(a, &finding);
    return err;
}

/* Of a log that is forked here before anything of it came. */
static bool is_proof_alone(struct smk_audit *a, uint32_t log_no)
{
    uint8_t key[SMK_LOG_KEY_BYTES];
    struct smk_bytes row;
    struct smk_log log;
    smk_row_write_u32(log_no, key);
    return smk_txn_get(&a->txn, SMK_TABLE_LOG, SMK_BYTES(key), &row) &&
           smk_log_row_read(row, &log) == SMK_OK && log.seq == 0;
}

enum smk_err smk_audit_orphans(struct smk_audit *a)
{
    enum smk_err err = SMK_OK;
    for (uint64_t n = 1; n <= a->arrival_max && err == SMK_OK; n++)
        if (!smk_audit_is_marked(a->rec_seen, n))
            err = orphan_report(a, n);
    for (uint32_t n = 1; n != 0 && n <= a->log_count; n++)
        if (!smk_audit_is_marked(a->log_seen, n) && !is_proof_alone(a, n))
            smk_audit_say(a, SMK_FINDING_INDEX, "a log has a state, but no records");
    return err != SMK_OK ? err : a->txn.err;
}
