/* store/scrub.h: looks for records that the disk has spoilt, and puts good ones in their place.
 *
 * Shape    a scrub reads every record by its place in its log, from the head down, so that each one is held against the
 *          id that the next one names; then by arrival, for those that stand in no place. Hashes only: signatures are
 *          the audit's. It reads in short transactions, beside whoever writes. What it finds is kept in rows `d`; a row
 *          is good again when a record with the very id that belongs there was given to smk_store_mend.
 * Source   SCHEMA.md section 6, row `d`.
 * Memory   copied in and out.   Secrets  none.   Threads  as store.h. Damaged pages may end the process: see db.h.
 */
#ifndef SMK_STORE_SCRUB_H
#define SMK_STORE_SCRUB_H

#include "store/store.h"

struct smk_damage {
    uint64_t arrival; /* of the spoilt row; 0 = a fault of the tables, which no record can mend */
    uint32_t log_no;  /* 0 = unknown, and then nothing of the log is */
    uint8_t log_id[SMK_ID_BYTES];
    uint8_t author[SMK_KEY_BYTES];
    uint8_t incarnation[SMK_INCARNATION_BYTES];
    struct smk_scope scope;
    uint64_t seq;
    bool has_id;
    uint8_t id[SMK_ID_BYTES]; /* that belongs there */
    uint64_t found_ms;        /* wall clock of the scrub */
    const char *what;         /* static sentence; NULL from smk_store_each_damaged */
};
typedef void smk_damage_fn(void *ctx, const struct smk_damage *damage);

enum { SMK_SCRUB_NOTED_MAX = 65536 }; /* damaged records that are kept in rows; more are only counted */

struct smk_scrub_counts {
    uint64_t logs;
    uint64_t records;
    uint64_t damaged; /* records */
    uint64_t faults;  /* of the tables */
    uint64_t mended;  /* were damaged at the last scrub, and are good now */
};

/* Looks at everything; calls fn, outside of transactions, for each thing that is wrong; keeps what it found, unless the
 * store is only read.
 * OK                     everything was looked at: ret_counts says what it is like
 * SMK_ERR_STORE_DAMAGED  the tables themselves cannot be read
 * SMK_ERR_STORE_IO, SMK_ERR_STORE_FULL (even the reserve), SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_store_scrub(struct smk_store *s, smk_damage_fn *fn, void *ctx,
                                          struct smk_scrub_counts *ret_counts);

/* What the last scrub found and nobody has mended.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_store_each_damaged(struct smk_store *s, smk_damage_fn *fn, void *ctx);

/* Takes records of one log, each the successor of the one before, and writes those that are damaged here into their
 * places, if they are what belongs there. All others are left alone, whatever they are. Needs no roster, so that a decision
 * can be mended as well. A record without its payload mends none that had one; one that had none here gets none, unless
 * a scrub has noted it because its log has more of those than it counts.
 *
 * ret_mended   how many; they are on the disk
 * OK
 * SMK_ERR_NOT_FOUND       this log is not here
 * SMK_ERR_STORE_DAMAGED   a place of these records is faulty in the tables: no record can mend that
 * SMK_ERR_NOT_ALLOWED_HERE (read-only), SMK_ERR_STORE_*, SMK_ERR_NOMEM; then nothing was written */
SMK_MUST_USE enum smk_err smk_store_mend(struct smk_store *s, const struct smk_record *records, size_t count,
                                         size_t *ret_mended);

#endif
