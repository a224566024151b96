/* store/rows.h: the forms of keys and rows of `rec`, `idx`, `log` and `logid`.
 *
 * Source   SCHEMA.md sections 2, 4, 5.
 * Memory   what is read BORROWS from the row.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_STORE_ROWS_H
#define SMK_STORE_ROWS_H

#include "proto/log.h"

enum {
    SMK_ARRIVAL_KEY_BYTES = 8,
    SMK_LOG_KEY_BYTES = 4,
    SMK_PLACE_KEY_BYTES = 12,
    SMK_TAG_BYTES = 8, /* of a record id, kept beside the record; of a hash, at the end of a log state */
    SMK_LOG_ROW_BYTES_MAX = 210 + SMK_SCOPE_LETTERS_MAX + 32 * SMK_LOG_PEAKS_MAX,
};

void smk_row_write_u32(uint32_t value, uint8_t ret_be[4]);
void smk_row_write_u64(uint64_t value, uint8_t ret_be[8]);
/* 0 when the bytes are not of that length. */
uint32_t smk_row_read_u32(struct smk_bytes be);
uint64_t smk_row_read_u64(struct smk_bytes be);

/* The key of `idx`. */
void smk_place_key(uint32_t log_no, uint64_t seq, uint8_t ret_key[SMK_PLACE_KEY_BYTES]);
/* False when it has another length. */
bool smk_place_read(struct smk_bytes key, uint32_t *ret_log_no, uint64_t *ret_seq);

/* ---- stored records ---- */

size_t smk_rec_row_bytes(const struct smk_record *r);
/* Writes exactly smk_rec_row_bytes(r) bytes. */
void smk_rec_row_write(const struct smk_record *r, uint32_t log_no, uint8_t *ret_row);

struct smk_rec_row {
    uint32_t log_no;
    const uint8_t *tag; /* 8 bytes */
    struct smk_bytes header;
    const uint8_t *signature; /* 64 bytes */
    const uint8_t *salt;      /* 16 bytes, or NULL: the payload is missing */
    struct smk_bytes payload;
};
/* The local log number alone; 0 when the row is not in form. */
uint32_t smk_rec_row_log(struct smk_bytes row);
/* OK, SMK_ERR_STORE_DAMAGED (not in form) */
SMK_MUST_USE enum smk_err smk_rec_row_read(struct smk_bytes row, struct smk_rec_row *ret_row);
/* Puts the record together and checks its id and its payload against what is kept.
 * OK, SMK_ERR_STORE_DAMAGED, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_rec_row_record(const struct smk_rec_row *row, struct smk_record *ret_record);

/* ---- log states ---- */

size_t smk_log_row_write(const struct smk_log *log, uint8_t ret_row[SMK_LOG_ROW_BYTES_MAX]); /* its length */
/* OK, SMK_ERR_STORE_DAMAGED (not in form) */
SMK_MUST_USE enum smk_err smk_log_row_read(struct smk_bytes row, struct smk_log *ret_log);

/* Whether the row has lost the payload that it was stored with: its log counts no record without one. */
bool smk_rec_row_is_cut(const struct smk_rec_row *row, const struct smk_log *log);

/* Author and scope alone, for scans. False when the row is not in form. */
struct smk_log_row_name {
    const uint8_t *author;
    const uint8_t *incarnation;
    struct smk_bytes scope;
};
bool smk_log_row_name(struct smk_bytes row, struct smk_log_row_name *ret_name);

#endif
