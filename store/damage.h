/* store/damage.h: a place of a log and what stands there; rows `d`; mending inside a transaction. Not for other rooms.
 *
 * Source   SCHEMA.md sections 4, 6.   Memory  as each function says.   Secrets  none.   Threads  as db.h.
 */
#ifndef SMK_STORE_DAMAGE_H
#define SMK_STORE_DAMAGE_H

#include "store/inside.h"
#include "store/scrub.h"

/* ---- one place ---- */

enum smk_place_state {
    SMK_PLACE_SOUND, /* the record is what was stored, and of this place */
    SMK_PLACE_CUT, /* it has lost its payload, and is otherwise sound: its log counts no record without one */
    SMK_PLACE_SPOILT, /* its row is missing or is not what was stored */
    SMK_PLACE_FAULTY, /* the index leads nowhere, or to the record of another place */
};
struct smk_place {
    enum smk_place_state state;
    uint64_t arrival;         /* 0 = the index names none */
    size_t row_bytes;         /* 0 = there is no row */
    struct smk_record record; /* when sound or cut; BORROWS until the transaction ends */
    const char *what;         /* unless it is sound; static */
};
/* Whether the place says which record it is, and which one comes before it. */
bool smk_place_is_known(const struct smk_place *place);
/* arrival_max   the newest arrival
 * OK, SMK_ERR_STORE_* (of reading), SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_place_look(struct smk_txn *t, uint32_t log_no, const struct smk_log *log,
                                         uint64_t seq, uint64_t arrival_max, struct smk_place *ret_place);

/* ---- rows `d` ---- */

enum { SMK_DAMAGE_KEY_BYTES = 9 };
bool smk_damage_row_is_there(struct smk_txn *t,
                             uint64_t arrival); /* errors stick in the transaction, as below */
void smk_damage_row_put(struct smk_txn *t, const struct smk_damage *damage);
void smk_damage_row_del(struct smk_txn *t, uint64_t arrival);
/* Fills arrival, log_no, seq, id and found_ms. OK, SMK_ERR_STORE_DAMAGED, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_damage_row_decode(struct smk_bytes key, struct smk_bytes value,
                                                struct smk_damage *ret_damage);

/* ---- mending ---- */

/* smk_store_mend inside a transaction, for a log that was found there.
 * OK, SMK_ERR_STORE_DAMAGED, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_mend_run(struct smk_txn *t, uint32_t log_no, const struct smk_log *log,
                                       const struct smk_record *records, size_t count, size_t *ret_mended);

#endif
