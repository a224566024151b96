/* store/audit.h: checks every byte that a store says it holds.
 *
 * Shape    every record by arrival number: form, hashes, all signatures, chain; the index and the log states against
 *          the records, both ways; counts. Opens read-only, trusts nothing; the file may be damaged anywhere, so the
 *          caller runs this in a child process and takes a signal or a timeout for 'store file damaged'.
 * Memory   findings are lent during the callback.   Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_STORE_AUDIT_H
#define SMK_STORE_AUDIT_H

#include "store/store.h"

enum smk_finding_kind {
    SMK_FINDING_DAMAGED_RECORD, /* does not match its signature, hash or neighbours; id is the expected one */
    SMK_FINDING_MISSING_RECORD, /* a place in a log is empty */
    SMK_FINDING_BAD_SIGNATURE,  /* covered by a later one, but its own is bad: against its author */
    SMK_FINDING_INDEX,          /* index, log state or counts disagree with the records */
    SMK_FINDING_HOLE,           /* payload missing without an erasure */
    SMK_FINDING_DECISION,       /* a decision record that is not valid (it is a no-op) */
    SMK_FINDING_FILE,           /* the store file itself */
    SMK_FINDING_FORK,           /* two records of its author stand at one place: against the author */
    SMK_FINDING_RIGHTS,         /* its author had no certificate, or did not hold its scope */
};

struct smk_finding {
    enum smk_finding_kind kind;
    bool has_id;
    uint8_t id[SMK_ID_BYTES];      /* of the record, as the chain expects it */
    struct smk_scope scope;        /* text "" when unknown */
    uint8_t author[SMK_KEY_BYTES]; /* zeros when unknown */
    struct smk_slug author_org;    /* text "" when unknown; filled in by the audit for every finding */
    uint64_t seq;
    uint64_t arrival;
    const char *what; /* static sentence */
};
typedef void smk_finding_fn(void *ctx, const struct smk_finding *finding);

struct smk_audit_counts {
    uint64_t logs;
    uint64_t records;
    uint64_t signatures_good;
    uint64_t findings;
};

/* path   the folder that holds data.mdb
 * OK                     everything was looked at; ret_counts->findings says how much was wrong
 * SMK_ERR_STORE_DAMAGED  the file cannot be read as a store
 * SMK_ERR_STORE_MISSING, SMK_ERR_STORE_VERSION, SMK_ERR_STORE_IO, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_store_audit(const char *path, smk_finding_fn *fn, void *ctx,
                                          struct smk_audit_counts *ret_counts);

#endif
