#include "store/rows.h"

#include "proto/check.h"
#include "proto/hash.h"

#include <string.h>

enum {
    FORM = 1, /* of a record */
    LOG_FORM = 2,
    REC_FIXED_BYTES = 1 + SMK_LOG_KEY_BYTES + SMK_TAG_BYTES + 2 + SMK_SIGNATURE_BYTES,
    REC_BYTES_MAX = REC_FIXED_BYTES + SMK_HEADER_BYTES_MAX + SMK_SALT_BYTES + SMK_PAYLOAD_BYTES_MAX,
    LOG_SCOPE_AT = 1 + SMK_KEY_BYTES + SMK_INCARNATION_BYTES,
};

_Static_assert(SMK_LOG_ROW_BYTES_MAX >= LOG_SCOPE_AT + 1 + SMK_SCOPE_LETTERS_MAX + 7 * 8 + SMK_ID_BYTES +
                                            SMK_ID_BYTES + SMK_HASH_BYTES +
                                            SMK_HASH_BYTES * SMK_LOG_PEAKS_MAX + SMK_TAG_BYTES,
               "the largest log state fits");

void smk_row_write_u32(uint32_t value, uint8_t ret_be[4])
{
    for (unsigned i = 0; i < 4; i++)
        ret_be[i] = (uint8_t)(value >> (24 - 8 * i));
}

void smk_row_write_u64(uint64_t value, uint8_t ret_be[8])
{
    for (unsigned i = 0; i < 8; i++)
        ret_be[i] = (uint8_t)(value >> (56 - 8 * i));
}

uint32_t smk_row_read_u32(struct smk_bytes be)
{
    struct smk_reader r = smk_reader_over(be);
    uint32_t value = smk_read_be32(&r);
    return smk_reader_finish(&r) == SMK_OK ? value : 0;
}

uint64_t smk_row_read_u64(struct smk_bytes be)
{
    struct smk_reader r = smk_reader_over(be);
    uint64_t value = smk_read_be64(&r);
    return smk_reader_finish(&r) == SMK_OK ? value : 0;
}

void smk_place_key(uint32_t log_no, uint64_t seq, uint8_t ret_key[SMK_PLACE_KEY_BYTES])
{
    smk_row_write_u32(log_no, ret_key);
    smk_row_write_u64(seq, ret_key + SMK_LOG_KEY_BYTES);
}

bool smk_place_read(struct smk_bytes key, uint32_t *ret_log_no, uint64_t *ret_seq)
{
    struct smk_reader r = smk_reader_over(key);
    uint32_t log_no = smk_read_be32(&r);
    uint64_t seq = smk_read_be64(&r);
    if (smk_reader_finish(&r) != SMK_OK)
        return false;
    *ret_log_no = log_no;
    *ret_seq = seq;
    return true;
}

/* ---- stored records ---- */

size_t smk_rec_row_bytes(const struct smk_record *r)
{
    return REC_FIXED_BYTES + r->header_bytes.len + (r->has_payload ? SMK_SALT_BYTES + r->payload.len : 0);
}

void smk_rec_row_write(const struct smk_record *r, uint32_t log_no, uint8_t *ret_row)
{
    SMK_ASSERT(r->header_bytes.len >= 1);
    SMK_ASSERT(r->header_bytes.len <= SMK_HEADER_BYTES_MAX);
    SMK_ASSERT(!r->has_payload || r->payload.len >= 1);
    uint8_t *at = ret_row;
    *at++ = FORM;
    smk_row_write_u32(log_no, at);
    at += SMK_LOG_KEY_BYTES;
    memcpy(at, r->id, SMK_TAG_BYTES);
    at += SMK_TAG_BYTES;
    *at++ = (uint8_t)(r->header_bytes.len >> 8);
    *at++ = (uint8_t)r->header_bytes.len;
    memcpy(at, r->header_bytes.data, r->header_bytes.len);
    at += r->header_bytes.len;
    memcpy(at, r->signature, SMK_SIGNATURE_BYTES);
    at += SMK_SIGNATURE_BYTES;
    if (!r->has_payload)
        return;
    memcpy(at, r->salt, SMK_SALT_BYTES);
    memcpy(at + SMK_SALT_BYTES, r->payload.data, r->payload.len);
}

uint32_t smk_rec_row_log(struct smk_bytes row)
{
    if (row.len < REC_FIXED_BYTES || row.data[0] != FORM)
        return 0;
    return smk_row_read_u32((struct smk_bytes){row.data + 1, SMK_LOG_KEY_BYTES});
}

enum smk_err smk_rec_row_read(struct smk_bytes row, struct smk_rec_row *ret_row)
{
    struct smk_reader r = smk_reader_over(row);
    if (row.len > REC_BYTES_MAX) /* a damaged length may lead out of the file */
        return SMK_ERR_STORE_DAMAGED;
    uint8_t form = smk_read_u8(&r);
    struct smk_rec_row read = {.log_no = smk_read_be32(&r)};
    read.tag = smk_read_bytes(&r, SMK_TAG_BYTES).data;
    size_t header_bytes = smk_read_be16(&r);
    read.header = smk_read_bytes(&r, header_bytes);
    read.signature = smk_read_bytes(&r, SMK_SIGNATURE_BYTES).data;
    if (smk_reader_left(&r) > 0) {
        read.salt = smk_read_bytes(&r, SMK_SALT_BYTES).data;
        read.payload = smk_read_bytes(&r, smk_reader_left(&r));
    }
    bool is_in_form = smk_reader_finish(&r) == SMK_OK && form == FORM && read.log_no != 0 &&
                      header_bytes >= 1 && header_bytes <= SMK_HEADER_BYTES_MAX &&
                      (read.salt == NULL || read.payload.len >= 1);
    if (!is_in_form)
        return SMK_ERR_STORE_DAMAGED;
    *ret_row = read;
    return SMK_OK;
}

enum smk_err smk_rec_row_record(const struct smk_rec_row *row, struct smk_record *ret_record)
{
    struct smk_record record;
    uint8_t hash[SMK_HASH_BYTES];
    enum smk_err err = smk_record_assemble(row->header, row->signature, row->salt, row->payload, &record);
    if (err != SMK_OK)
        return err == SMK_ERR_NOMEM ? err : SMK_ERR_STORE_DAMAGED;
    if (memcmp(record.id, row->tag, SMK_TAG_BYTES) != 0)
        return SMK_ERR_STORE_DAMAGED;
    if (record.has_payload) {
        smk_payload_hash(record.salt, record.payload, hash);
        if (record.payload.len != record.header.payload_len ||
            memcmp(hash, record.header.payload_hash, sizeof hash) != 0)
            return SMK_ERR_STORE_DAMAGED;
    }
    *ret_record = record;
    return SMK_OK;
}

/* ---- log states ---- */

/* Nothing else would notice when the disk changes a state: frontier roots are made of it. */
static void row_tag(struct smk_bytes row, uint8_t ret_tag[SMK_TAG_BYTES])
{
    uint8_t hash[SMK_HASH_BYTES];
    smk_sha256(row, (struct smk_bytes){0}, hash);
    memcpy(ret_tag, hash, SMK_TAG_BYTES);
}

/* Something that is held is in dispute. */
static bool is_frozen(const struct smk_log *log)
{
    return log->fork > 0 && log->fork <= log->seq;
}

size_t smk_log_row_write(const struct smk_log *log, uint8_t ret_row[SMK_LOG_ROW_BYTES_MAX])
{
    SMK_ASSERT(log->seq >= 1 || log->fork > 0);
    SMK_ASSERT(log->tree.size == log->seq);
    SMK_ASSERT((log->fork > 0) == (log->fork_number > 0));
    struct smk_bytes scope = smk_scope_bytes(&log->scope);
    const uint64_t number[] = {log->time, log->verified_through, log->bad_signatures, log->holes,
                               log->fork, log->fork_number};
    size_t peak_bytes = smk_logtree_peak_count(log->seq) * SMK_HASH_BYTES;
    uint8_t *at = ret_row;
    *at++ = LOG_FORM;
    memcpy(at, log->author, SMK_KEY_BYTES);
    memcpy(at + SMK_KEY_BYTES, log->incarnation, SMK_INCARNATION_BYTES);
    at += SMK_KEY_BYTES + SMK_INCARNATION_BYTES;
    *at++ = (uint8_t)scope.len;
    memcpy(at, scope.data, scope.len);
    at += scope.len;
    smk_row_write_u64(log->seq, at);
    memcpy(at + 8, log->id, SMK_ID_BYTES);
    at += 8 + SMK_ID_BYTES;
    for (size_t i = 0; i < sizeof number / sizeof number[0]; i++, at += 8)
        smk_row_write_u64(number[i], at);
    if (is_frozen(log)) {
        memcpy(at, log->fork_prev, SMK_ID_BYTES);
        memcpy(at + SMK_ID_BYTES, log->fork_root, SMK_HASH_BYTES);
        at += SMK_ID_BYTES + SMK_HASH_BYTES;
    }
    memcpy(at, log->tree.peak, peak_bytes);
    at += peak_bytes;
    row_tag((struct smk_bytes){ret_row, (size_t)(at - ret_row)}, at);
    return (size_t)(at - ret_row) + SMK_TAG_BYTES;
}

enum smk_err smk_log_row_read(struct smk_bytes row, struct smk_log *ret_log)
{
    struct smk_reader r = smk_reader_over(row);
    struct smk_log log = {0};
    uint8_t tag[SMK_TAG_BYTES] = {1}, expected[SMK_TAG_BYTES] = {0};
    uint8_t form = smk_read_u8(&r);
    smk_read_copy(&r, log.author, sizeof log.author);
    smk_read_copy(&r, log.incarnation, sizeof log.incarnation);
    struct smk_bytes scope = smk_read_bytes(&r, smk_read_u8(&r));
    log.seq = smk_read_be64(&r);
    smk_read_copy(&r, log.id, sizeof log.id);
    log.time = smk_read_be64(&r);
    log.verified_through = smk_read_be64(&r);
    log.bad_signatures = smk_read_be64(&r);
    log.holes = smk_read_be64(&r);
    log.fork = smk_read_be64(&r);
    log.fork_number = smk_read_be64(&r);
    log.tree.size = log.seq;
    bool is_sound = log.seq <= SMK_SEQ_MAX && log.fork <= SMK_SEQ_MAX && (log.seq >= 1 || log.fork > 0) &&
                    (log.fork > 0) == (log.fork_number > 0);
    if (r.err != SMK_OK || form != LOG_FORM || !is_sound)
        return SMK_ERR_STORE_DAMAGED;
    if (is_frozen(&log)) {
        smk_read_copy(&r, log.fork_prev, sizeof log.fork_prev);
        smk_read_copy(&r, log.fork_root, sizeof log.fork_root);
    }
    smk_read_copy(&r, log.tree.peak[0], smk_logtree_peak_count(log.seq) * SMK_HASH_BYTES);
    smk_read_copy(&r, tag, sizeof tag);
    if (r.err == SMK_OK)
        row_tag((struct smk_bytes){row.data, row.len - sizeof tag}, expected);
    if (memcmp(tag, expected, sizeof tag) != 0)
        return SMK_ERR_STORE_DAMAGED;
    if (smk_reader_finish(&r) != SMK_OK || !smk_scope_parse(scope, &log.scope))
        return SMK_ERR_STORE_DAMAGED;
    smk_log_id(log.author, log.incarnation, &log.scope, log.log_id);
    *ret_log = log;
    return SMK_OK;
}

bool smk_rec_row_is_cut(const struct smk_rec_row *row, const struct smk_log *log)
{
    return row->salt == NULL && log->holes == 0;
}

bool smk_log_row_name(struct smk_bytes row, struct smk_log_row_name *ret_name)
{
    if (row.len < LOG_SCOPE_AT + 1 || row.data[0] != LOG_FORM ||
        row.len - LOG_SCOPE_AT - 1 < row.data[LOG_SCOPE_AT])
        return false;
    *ret_name = (struct smk_log_row_name){
        .author = row.data + 1,
        .incarnation = row.data + 1 + SMK_KEY_BYTES,
        .scope = {row.data + LOG_SCOPE_AT + 1, row.data[LOG_SCOPE_AT]},
    };
    return true;
}
