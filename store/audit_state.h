/* store/audit_state.h: what the parts of an audit share. Not for other rooms.
 *
 * Memory   records BORROW from the file for the one transaction of the audit.   Secrets  none.   Threads  one.
 */
#ifndef SMK_STORE_AUDIT_STATE_H
#define SMK_STORE_AUDIT_STATE_H

#include "store/audit.h"
#include "store/inside.h"

struct smk_audit {
    smk_finding_fn *fn;
    void *ctx;
    struct smk_txn txn;
    struct smk_meta meta;
    struct smk_roster *roster; /* of every decision that is signed well, wherever it lies */
    uint64_t rec_count;        /* rows that a walk through `rec` has met */
    uint64_t arrival_max;      /* the newest number among them, within reason */
    uint32_t log_count;        /* the same of `log` */
    uint64_t forked_count;     /* log states that tell of a fork */
    uint8_t *rec_seen;         /* a bit for each arrival number that an index row names */
    uint8_t *log_seen;         /* a bit for each log number that has index rows */
    struct smk_audit_counts counts;
};

/* Reports; finding->what is set. */
void smk_audit_report(struct smk_audit *a, const struct smk_finding *finding);
/* Reports something that is no matter of one record. */
void smk_audit_say(struct smk_audit *a, enum smk_finding_kind kind, const char *what);
/* Marks bit n; false when it was marked before or lies beyond max. */
bool smk_audit_mark(uint8_t *bits, uint64_t n, uint64_t max);
bool smk_audit_is_marked(const uint8_t *bits, uint64_t n);

/* ---- audit_tables.c: every row of every table, as rows ---- */

/* The names of the tables, the rows of `meta` and `local`.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_audit_small_tables(struct smk_audit *a);
/* Keys and counts of `rec`, `log` and `logid`; fills the roster, the counts and the bits.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_audit_numbers(struct smk_audit *a);
/* After the logs: records and log states that no index row names.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_audit_orphans(struct smk_audit *a);

/* ---- audit_logs.c: every log through the index ---- */

/* OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_audit_logs(struct smk_audit *a);

/* ---- audit_forks.c ---- */

/* Every proof of a fork: its form, its signatures, its log; a good one is a finding against its author.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_audit_proofs(struct smk_audit *a);
/* Every record of a second branch. OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_audit_branches(struct smk_audit *a);

/* ---- audit_chain.c: the records of one log, one after the other ---- */

/* One place of a log. */
struct smk_audit_link {
    uint64_t seq;
    uint64_t arrival;
    bool has_row;    /* the row is in form, */
    bool has_record; /* its header too, */
    bool is_signed;  /* its own signature is good, */
    bool is_tagged;  /* the kept beginning of its id fits */
    uint32_t log_no; /* as the row says */
    const uint8_t *tag;
    struct smk_record record;
};

/* A record with a bad signature. */
struct smk_audit_bad {
    uint64_t seq;
    uint64_t arrival;
    uint8_t id[SMK_ID_BYTES];
};

struct smk_audit_chain {
    struct smk_audit *audit;
    uint32_t log_no;
    bool has_state;       /* `log` has a row in form for it */
    struct smk_log state; /* that row */
    bool has_name; /* author, incarnation and scope are known, from the state or the first sound record */
    struct smk_log rebuilt;          /* what the records make of it */
    uint8_t fork_prev[SMK_ID_BYTES]; /* what the state ought to say, once that place was passed */
    uint8_t fork_root[SMK_HASH_BYTES];
    bool is_torn;    /* an id is unknown: `rebuilt` has no tree any more */
    bool is_damaged; /* so that its counts say nothing */
    bool has_link;
    struct smk_audit_link link;     /* the newest one, not judged before the next is there */
    struct smk_audit_bad *open_bad; /* not covered by a good signature yet */
    size_t open_bad_count;
    size_t open_bad_max;
};
/* Reads the row of `rec` for a place. The record is as sound as the flags say.
 * OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_audit_link_read(struct smk_audit *a, uint64_t seq, uint64_t arrival,
                                              struct smk_bytes row, struct smk_audit_link *ret_link);
/* The next place, in order. OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_audit_chain_add(struct smk_audit_chain *c, const struct smk_audit_link *link);
/* Behind the last one. OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_audit_chain_end(struct smk_audit_chain *c);
void smk_audit_chain_deinit(struct smk_audit_chain *c);

/* ---- audit_rights.c ---- */

/* Findings about a sound record: its author's rights at an open, the validity of a decision.
 * OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_audit_meaning(struct smk_audit *a, const struct smk_audit_link *link);

#endif
