/* proto/batch.h: the `records` message: writing batches from a store, reading them back as records.
 *
 * Shape    [batch number, scope, runs, forks], a run [author, incarnation, first seq, items], a fork the proof of
 *          fork.h; PROTOCOL.md section 9.4.
 * Memory   a reader owns a decoded tree and one header buffer; records BORROW from the message and from it.
 * Secrets  none.   Threads  one at a time per object.
 */
#ifndef SMK_PROTO_BATCH_H
#define SMK_PROTO_BATCH_H

#include "proto/record.h"

/* ---- writing ---- */

struct smk_batch_writer {
    struct smk_buf runs; /* finished runs, encoded */
    size_t run_count;
    struct smk_buf items; /* items of the open run */
    size_t item_count;
    struct smk_buf forks; /* proofs */
    size_t fork_count;
    size_t record_count;  /* in the whole batch */
    size_t payload_bytes; /* in the whole batch, headers' parts included: what counts against the limit */
    bool has_run;
    struct smk_header run_first; /* author, incarnation, scope, seq of the open run */
    uint64_t next_seq;
    struct smk_scope scope; /* of the batch */
    enum smk_err err;       /* sticks */
};

void smk_batch_writer_init(struct smk_batch_writer *w, const struct smk_scope *scope);
void smk_batch_writer_deinit(struct smk_batch_writer *w);
/* True when one more record of these bytes fits the limits of a batch. */
bool smk_batch_writer_has_room(const struct smk_batch_writer *w, const struct smk_record *r);
/* Appends; a record that does not follow the one before begins a new run. */
void smk_batch_writer_add(struct smk_batch_writer *w, const struct smk_record *r);
/* Takes the open run out again: every record since the last one that began a run. */
void smk_batch_writer_drop_run(struct smk_batch_writer *w);
/* Appends a proof (canonical, as fork.h makes it). False when the batch has no room for it. */
bool smk_batch_writer_add_fork(struct smk_batch_writer *w, struct smk_bytes proof);
/* Writes the message body (at least one record or proof was added), then begins anew with the same scope.
 * OK, SMK_ERR_NOMEM, SMK_ERR_TOO_BIG_HERE */
SMK_MUST_USE enum smk_err smk_batch_writer_finish(struct smk_batch_writer *w, uint64_t number,
                                                  struct smk_buf *b);

/* ---- reading ---- */

struct smk_batch_run {
    uint8_t author[SMK_KEY_BYTES];
    uint8_t incarnation[SMK_INCARNATION_BYTES];
    uint64_t first_seq;
    size_t count;
};

struct smk_batch_reader {
    struct smk_tree tree;
    uint64_t number;
    struct smk_scope scope;
    size_t run_count;
    size_t fork_count;
    struct smk_buf headers; /* of the run being read */
};

/* Decodes and checks the shape of the whole message: limits, types, runs not empty. Proofs are not looked into.
 *
 * body   BORROWED for as long as the reader and its records are used.
 * OK, the walker's errors, SMK_ERR_MALFORMED, SMK_ERR_TOO_BIG (limits of a batch) -> peer fault; SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_batch_reader_init(struct smk_batch_reader *r, struct smk_bytes body);
void smk_batch_reader_deinit(struct smk_batch_reader *r); /* works on a zeroed object */

struct smk_batch_run smk_batch_reader_run(const struct smk_batch_reader *r, size_t run);

/* Re-makes the records of one run, from item `skip` on (items before it are already held here: duplicates).
 *
 * prev          id of the record before item `skip`; ignored when that item has seq 1
 * ret_records   array of count - skip; BORROWED from the reader until the next call or deinit
 * OK, SMK_ERR_MALFORMED (a field out of range -> peer fault), SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_batch_reader_records(struct smk_batch_reader *r, size_t run, size_t skip,
                                                   const uint8_t prev[SMK_ID_BYTES],
                                                   struct smk_record *ret_records);

/* Appends a proof's canonical bytes to ret_proof, for smk_fork_decode; errors stick there. */
void smk_batch_reader_fork(const struct smk_batch_reader *r, size_t i, struct smk_buf *ret_proof);

/* Calls fn for the payload of every decision item of the batch (type 2): what a receiver of `gov` reads first. */
typedef void smk_batch_payload_fn(void *ctx, struct smk_bytes payload);
void smk_batch_reader_each_decision(const struct smk_batch_reader *r, smk_batch_payload_fn *fn, void *ctx);

#endif
