/* proto/fork.h: the proof that an author wrote two records at one place of a log.
 *
 * Shape    canonical [branch, branch], a branch = [[header, signature], ...]: one to SMK_COVER_RECORDS_MAX records of one
 *          chain, the last with a good signature. Both begin at the same place (author, incarnation, scope, seq) with
 *          different ids, the smaller id first. A third party needs nothing but the coalition id to check it.
 * Source   PROTOCOL.md section 4.7.
 * Memory   a decoded proof copies.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_PROTO_FORK_H
#define SMK_PROTO_FORK_H

#include "proto/record.h"

/* Where the two records stand, and which they are. */
struct smk_fork {
    uint8_t log_id[SMK_ID_BYTES];
    uint8_t author[SMK_KEY_BYTES];
    uint8_t incarnation[SMK_INCARNATION_BYTES];
    struct smk_scope scope;
    uint64_t seq;
    uint64_t time[2];
    uint8_t id[2][SMK_ID_BYTES]; /* ascending */
};

/* Decodes a proof and checks all of it, signatures included.
 *
 * OK                       the author has forked this log at ret_fork->seq
 * the walker's errors, SMK_ERR_MALFORMED (a rule of the shape), SMK_ERR_BAD_SIGNATURE (a branch does not end in a good
 *                          one) -> peer fault or record refused: it proves nothing
 * SMK_ERR_NEWER_VERSION    a header of another version -> record refused
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_fork_decode(struct smk_bytes proof, const uint8_t coalition[SMK_ID_BYTES],
                                          struct smk_fork *ret_fork);

/* Makes the proof of two chains that begin at the same place with different ids; each is ended after its first good
 * signature.
 *
 * a, b   each record follows the one before; count >= 1
 * OK
 * SMK_ERR_BAD_SIGNATURE   one of them has no good signature among its first SMK_COVER_RECORDS_MAX
 * SMK_ERR_NOMEM, SMK_ERR_TOO_BIG_HERE   from ret_proof */
SMK_MUST_USE enum smk_err smk_fork_make(const struct smk_record *a, size_t a_count,
                                        const struct smk_record *b, size_t b_count,
                                        const uint8_t coalition[SMK_ID_BYTES], struct smk_buf *ret_proof);

#endif
