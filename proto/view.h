/* proto/view.h: what a session may see of the local store. The store implements it; tests implement it in memory.
 *
 * Shape    a table of functions, all answering about one moment: the arrival number that `arrival` gives. It moves
 *          only between two steps of a session, never inside one.
 * Memory   as each function says.   Secrets  the invitation's secret.   Threads  that of the session.
 */
#ifndef SMK_PROTO_VIEW_H
#define SMK_PROTO_VIEW_H

#include "proto/frontier.h"
#include "proto/record.h"
#include "proto/roster.h"

/* The invitation that a joining device names; see PROTOCOL.md section 5.6. */
struct smk_invitation_terms {
    uint8_t secret[SMK_SECRET_BYTES]; /* SECRET */
    uint64_t expires_ms;
    bool is_used;
    uint8_t used_by[SMK_KEY_BYTES]; /* sign key that used it */
};

/* What is remembered of a peer device. */
struct smk_peer_memory {
    bool lacks_us;       /* it said that it does not know this device: it needs our certificate */
    uint64_t receipt_ms; /* time of the newest sync receipt; 0 = none */
    uint8_t receipt_digest[SMK_HASH_BYTES];
};

/* Takes one record during a read; false stops the read. The record BORROWS until the call returns. */
typedef bool smk_view_record_fn(void *ctx, uint64_t arrival, const struct smk_record *record);
typedef bool smk_view_scope_fn(void *ctx, const struct smk_scope *scope);

/* A log that its author has forked, with the proof that is kept: of the lowest such seq. */
struct smk_view_fork {
    uint8_t log_id[SMK_ID_BYTES];
    struct smk_scope scope;
    uint64_t seq;
    struct smk_bytes proof; /* BORROWED for the call; canonical, see fork.h */
};
/* Takes one fork during a read; false stops the read. */
typedef bool smk_view_fork_fn(void *ctx, uint64_t number, const struct smk_view_fork *fork);

struct smk_view {
    void *ctx;
    struct smk_roster *(*roster)(void *ctx); /* BORROWED until the next step */
    uint64_t (*arrival)(void *ctx);          /* number of the newest record of this moment; 0 = none */
    /* The frontier of a scope; NULL when nothing of it is here. BORROWED until the next step. */
    struct smk_frontier *(*frontier)(void *ctx, const struct smk_scope *scope);
    /* Every scope with at least one record, ascending by text. */
    void (*each_scope)(void *ctx, smk_view_scope_fn *fn, void *fn_ctx);
    /* Records of one log from seq on, ascending, up to the newest that is not in dispute. Every id is checked before it
     * is given.
     * OK, SMK_ERR_NOT_FOUND (the log or seq is not here), SMK_ERR_STORE_DAMAGED (a record that does not match its
     * id: the ones before it were given), SMK_ERR_STORE_IO, SMK_ERR_NOMEM */
    enum smk_err (*read_log)(void *ctx, const uint8_t log_id[SMK_ID_BYTES], uint64_t from_seq,
                             smk_view_record_fn *fn, void *fn_ctx);
    /* Records with an arrival number above `after`, ascending, up to `arrival`, without those in dispute. Errors as
     * read_log. */
    enum smk_err (*read_arrivals)(void *ctx, uint64_t after, smk_view_record_fn *fn, void *fn_ctx);
    /* Proofs of forks are counted as they come; a log whose fork moves to a lower seq gets a new number. 0 = none. */
    uint64_t (*fork_number)(void *ctx);
    /* Those with a number above `after`, ascending. OK, SMK_ERR_STORE_DAMAGED, SMK_ERR_STORE_IO, SMK_ERR_NOMEM */
    enum smk_err (*read_forks)(void *ctx, uint64_t after, smk_view_fork_fn *fn, void *fn_ctx);
    /* That of one log. Errors as read_forks, and SMK_ERR_NOT_FOUND */
    enum smk_err (*read_fork)(void *ctx, const uint8_t log_id[SMK_ID_BYTES], smk_view_fork_fn *fn,
                              void *fn_ctx);
    /* True when the invitation is known; ret_terms is then set. */
    bool (*find_invitation)(void *ctx, const uint8_t id[SMK_INVITATION_ID_BYTES],
                            struct smk_invitation_terms *ret_terms);
    /* Zeros for a stranger. */
    void (*peer_memory)(void *ctx, const uint8_t sign_key[SMK_KEY_BYTES], struct smk_peer_memory *ret_memory);
};

#endif
