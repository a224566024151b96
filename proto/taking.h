/* proto/taking.h: what this side lacks and asks for, and the batches that it has received and not yet answered.
 *
 * Shape    a run is wanted from the head here + 1 up to the head there; asked for in `want` messages; it goes when
 *          its last record has come, when the other side says `lack`, or when a batch that touched it was refused.
 *          A received batch stays until the caller says that it is stored or refused: credit is counted until then.
 * Source   PROTOCOL.md section 9.4.
 * Memory   owns its list, at most SMK_TAKING_WANTED_MAX runs: more are left out, the next round finds them.
 * Secrets  none.   Threads  one at a time per object.
 */
#ifndef SMK_PROTO_TAKING_H
#define SMK_PROTO_TAKING_H

#include "proto/batch.h"
#include "proto/frontier.h"
#include "proto/logmap.h"

enum { SMK_TAKING_WANTED_MAX = 16384 };

struct smk_wanted {
    struct smk_scope scope;
    uint8_t log_id[SMK_ID_BYTES];
    uint8_t author[SMK_KEY_BYTES];
    uint8_t incarnation[SMK_INCARNATION_BYTES];
    uint64_t next; /* the first record that has not come */
    uint64_t to;
    uint64_t first_batch; /* numbers of the batches that brought some of it; 0 = none yet */
    uint64_t last_batch;
    bool is_asked;
};

struct smk_storing {
    uint64_t number; /* of the batch; also the caller's ticket */
    size_t bytes;
    struct smk_scope scope;
};

struct smk_taking {
    /* 1. index[wanted[i].log_id] == i, and nothing else is in index.
     * 2. asked_count counts is_asked, at most SMK_WANTED_RUNS_MAX.
     * 3. storing_bytes is the sum over storing[0..storing_count). */
    struct smk_wanted *wanted;
    size_t wanted_count;
    size_t wanted_capacity;
    size_t asked_count;
    struct smk_logmap index;
    struct smk_storing storing[SMK_BATCHES_UNDER_WAY_MAX];
    size_t storing_count;
    size_t storing_bytes;
    uint64_t last_number; /* of the newest batch; 0 = none yet */
};

void smk_taking_init(struct smk_taking *t);
void smk_taking_deinit(struct smk_taking *t);
void smk_taking_check(const struct smk_taking *t); /* asserts 1 to 3 */

/* Nothing is wanted and every received batch is answered. */
bool smk_taking_is_idle(const struct smk_taking *t);

/* Wants the records after our_seq of a log that the other side holds up to head->seq. A log that is wanted already,
 * and one too many, change nothing.
 * OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_taking_want(struct smk_taking *t, const struct smk_scope *scope,
                                          const struct smk_head *head, uint64_t our_seq);
/* Wants nothing any more. */
void smk_taking_forget_wanted(struct smk_taking *t);

/* True when a `want` message may be sent now; smk_taking_ask writes it. */
bool smk_taking_has_to_ask(const struct smk_taking *t);
/* OK, SMK_ERR_NOMEM, SMK_ERR_TOO_BIG_HERE */
SMK_MUST_USE enum smk_err smk_taking_ask(struct smk_taking *t, struct smk_buf *ret_body);

/* A batch has come, of so many bytes.
 * OK
 * SMK_ERR_UNEXPECTED   its number is not the next one              -> peer fault
 * SMK_ERR_CREDIT       more bytes or batches than may be under way -> peer fault */
SMK_MUST_USE enum smk_err smk_taking_batch(struct smk_taking *t, const struct smk_batch_reader *r,
                                           size_t bytes);

/* The caller has stored a batch, or refused it; what it touched is then given up.
 *
 * ret_scope   of the batch
 * OK
 * SMK_ERR_INVALID   no such batch: the caller is wrong */
SMK_MUST_USE enum smk_err smk_taking_answered(struct smk_taking *t, uint64_t number, bool is_refused,
                                              struct smk_scope *ret_scope);

/* The other side cannot give this log. */
void smk_taking_lack(struct smk_taking *t, const uint8_t log_id[SMK_ID_BYTES]);

#endif
