/* proto/log.h: the rules of one chain, and the intake of a run of records into it.
 *
 * Source   PROTOCOL.md sections 4.5, 6.
 * Memory   caller's struct, no allocation kept.   Secrets  none.   Threads  one at a time per object.
 */
#ifndef SMK_PROTO_LOG_H
#define SMK_PROTO_LOG_H

#include "proto/fork.h"
#include "proto/frontier.h"
#include "proto/logtree.h"
#include "proto/record.h"
#include "proto/roster.h"

/* All that is needed to go on with a log. seq 0 = nothing is held yet. */
struct smk_log {
    uint8_t log_id[SMK_ID_BYTES];
    uint8_t author[SMK_KEY_BYTES];
    uint8_t incarnation[SMK_INCARNATION_BYTES];
    struct smk_scope scope;
    uint64_t seq;
    uint8_t id[SMK_ID_BYTES];
    uint64_t time;
    uint64_t verified_through; /* all signatures up to this seq are good */
    uint64_t bad_signatures;   /* covered records whose own signature is bad: findings against the author */
    uint64_t holes;            /* records without payload */
    struct smk_logtree tree;   /* tree.size == seq */
    uint64_t fork;        /* the lowest seq at which two records are known; 0 = none. From there on all is in
                                * dispute: outside the frontier, given to nobody, counted nowhere */
    uint64_t fork_number; /* of the proof that is kept, as whoever keeps it counts; 0 = none */
    uint8_t fork_prev[SMK_ID_BYTES];   /* with 0 < fork <= seq: id of the record before; zeros at fork 1 */
    uint8_t fork_root[SMK_HASH_BYTES]; /* likewise: the log root over the records before */
};

/* A part of one log: what was asked for, given or acknowledged. */
struct smk_log_run {
    struct smk_scope scope;
    uint8_t author[SMK_KEY_BYTES];
    uint8_t incarnation[SMK_INCARNATION_BYTES];
    uint64_t from;
    uint64_t to; /* included */
};

void smk_log_init(struct smk_log *log, const uint8_t author[SMK_KEY_BYTES],
                  const uint8_t incarnation[SMK_INCARNATION_BYTES], const struct smk_scope *scope);
/* The newest seq that is not in dispute. */
uint64_t smk_log_settled(const struct smk_log *log);
/* The log's leaf for the frontier. log->seq >= 1, or a fork is known. */
void smk_log_head(const struct smk_log *log, struct smk_head *ret_head);

/* Judges a run: records[0] follows the head of log (or starts it), each next one the one before.
 *
 * records      of this log; those that are held already are the caller's to skip (the head again is a GAP).
 * roster       knows the author (for `gov`: the decisions of the batch have been added before).
 * ret_log      the log after the accepted part; may be the same object as log.
 * ret_taken    how many records were accepted, from the first on: up to the last one with a good signature that no
 *              refusal precedes. All signatures of that part are checked here.
 * ret_is_bad   array of count: true for accepted records whose own signature is bad.
 *
 * OK                       all were taken
 * SMK_ERR_UNKNOWN_AUTHOR, NOT_ENTITLED, GAP, BAD_PREV, BAD_OPEN, BAD_TIME, BAD_HASH, BAD_SIGNATURE (a type that
 *                          needs its own), NOT_COVERED (the tail), NEWER_VERSION, FORKED -> record refused
 * SMK_ERR_MALFORMED        a payload that breaks its rules -> peer fault
 * Of a log that has forked nothing is taken from the fork on: SMK_ERR_FORKED.
 * The error is that of the first record that was not taken; ret_taken and ret_log are set in any case. */
SMK_MUST_USE enum smk_err smk_log_take_run(const struct smk_log *log, struct smk_roster *roster,
                                           const struct smk_record *records, size_t count,
                                           struct smk_log *ret_log, size_t *ret_taken, bool *ret_is_bad);

/* Which code of PROTOCOL.md section 12 tells the peer about an error; and what we understand by a peer's code. */
uint64_t smk_wire_code(enum smk_err err);
const char *smk_wire_code_name(uint64_t code);

#endif
