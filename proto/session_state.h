/* proto/session_state.h: what the files of the session share; nobody else includes it.
 *
 * Shape    one step = one event, then messages and dues one after the other until nothing moves, the caller has been
 *          given something, or the line holds enough. Two tables say what is allowed: phase x event (session.c) and
 *          role x phase x message (session_dispatch.c); an empty cell is a refusal.
 *
 *   session.c           new, free, step, status, wake-up times
 *   session_dispatch.c  the line: bytes -> messages -> the table; sending
 *   session_open.c      handshake, hello, binding
 *   session_join.c      join and welcome
 *   session_compare.c   shared scopes, digest, compare, agreement
 *   session_round.c     roots, tree, want, lack, done
 *   session_records.c   records, ack, what the caller stored
 *   session_live.c      local arrivals, again, what is due after agreement
 *   session_receipt.c   sync receipts
 *   session_end.c       stop, close, failure, silence
 *
 * Words    *due*: something this side has to say as soon as the line has room. *To move*: to do one due thing.
 */
#ifndef SMK_PROTO_SESSION_STATE_H
#define SMK_PROTO_SESSION_STATE_H

#include "proto/channel.h"
#include "proto/giving.h"
#include "proto/message.h"
#include "proto/reconcile.h"
#include "proto/session.h"
#include "proto/taking.h"

enum smk_phase {
    SMK_PHASE_NEW, /* there is no line yet */
    SMK_PHASE_HANDSHAKE,
    SMK_PHASE_JOINING,   /* initiator: join was sent */
    SMK_PHASE_ADMITTING, /* responder: the caller judges a join */
    SMK_PHASE_HELLO,     /* waits for the peer's hello */
    SMK_PHASE_ROOTS,     /* waits for the peer's roots */
    SMK_PHASE_ROUND,     /* walks, wants, records */
    SMK_PHASE_COMPARE,   /* waits for the peer's digest, or owes its own */
    SMK_PHASE_LIVE,      /* equal at the last comparison */
    SMK_PHASE_CLOSING,   /* close was sent */
    SMK_PHASE_OVER,
    SMK_PHASE_END,
};

enum {
    SMK_SESSION_LINE_BYTES = SMK_MESSAGE_BYTES_MAX, /* with so much to send nothing more is begun in a step */
    SMK_SESSION_LINE_BYTES_MAX = 4 * SMK_MESSAGE_BYTES_MAX,
    SMK_SESSION_INBOX_BYTES_MAX = 2 * SMK_CREDIT_BYTES, /* received by a caller that does not go on */
    SMK_SESSION_PEER_HAS_MAX = 4096,                    /* logs touched between two agreements */
    SMK_SESSION_CONFLICTS_MAX = 1024, /* logs in which the two differ and nobody knows where */
    SMK_SESSION_BACK_FACTOR = 16,     /* each time so many times further back */
    SMK_SESSION_ARRIVALS_PER_STEP = 4096,
    SMK_SESSION_AGREEMENT_TOLD_MS =
        10 * 60 * 1000,             /* a quiet session says so often that both are still equal */
    SMK_SESSION_END_MS = 10 * 1000, /* for the last acknowledgements; for the peer's close */
};

/* One scope of the round that is under way. */
struct smk_round_scope {
    struct smk_scope scope;
    struct smk_reconcile walk;
};

struct smk_session {
    /* as given */
    bool is_initiator;
    bool is_live;
    const struct smk_identity *identity;
    const struct smk_view *view; /* NULL only when joining */
    const struct smk_invitation *join;
    uint8_t expected_transport[SMK_KEY_BYTES];
    uint8_t coalition[SMK_ID_BYTES];

    /* this step */
    enum smk_phase phase;
    uint64_t now_ms;
    uint64_t wall_ms;
    struct smk_update up; /* grows during a step; its views point into line and lent */
    bool is_lending;      /* lent must stay as it is until the next step */

    /* the line */
    struct smk_noise noise;
    struct smk_channel channel;
    bool has_channel;
    struct smk_buf inbox; /* received, [inbox_used..) not yet looked at */
    size_t inbox_used;
    struct smk_buf line; /* to send, of this step */
    struct smk_buf body; /* the message being written; empty between two messages */
    struct smk_buf lent; /* a batch, welcome or receipt that the update lends */
    uint64_t start_ms;
    uint64_t heard_ms; /* the last sign of life */
    uint64_t spoke_ms; /* the last message sent */

    /* the peer */
    uint8_t handshake_hash[SMK_HASH_BYTES];
    uint8_t peer_transport[SMK_KEY_BYTES];
    bool is_stranger;  /* responder: no device here has this transport key */
    bool has_peer_key; /* known from the roster or the certificate; proved once status.is_bound */
    uint8_t peer_key[SMK_KEY_BYTES];
    bool is_welcomed; /* joining: the answer has come */

    /* comparing */
    struct smk_scope_root *shared; /* as last computed, ascending */
    size_t shared_count;
    size_t shared_capacity;
    uint64_t shared_records;
    uint8_t digest[SMK_HASH_BYTES]; /* of shared, as sent */
    uint64_t digest_arrival;        /* of the view when digest was computed */
    bool owes_compare;              /* responder: the initiator's digest is in peer_digest */
    bool has_compared;              /* initiator: its compare is out */
    uint8_t peer_digest[SMK_HASH_BYTES];
    uint8_t agreed_digest[SMK_HASH_BYTES];
    uint64_t agreement_told_ms; /* monotonic */
    bool has_agreed;

    /* a round */
    uint64_t round;
    unsigned rounds_without_progress;
    bool has_progress;
    struct smk_round_scope *scope; /* ascending */
    size_t scope_count;
    size_t scope_begun; /* initiator: walks begun */
    size_t walks_open;
    size_t due_left; /* budget of all walks */
    bool is_done_sent;
    bool is_done_received;
    enum smk_err walk_err; /* from inside a sink */
    struct smk_logmap
        back; /* log -> how many records before our head the next want begins: where it differs */

    /* records */
    struct smk_giving giving;
    struct smk_taking taking;
    struct smk_log_run *acked; /* what the peer has acknowledged in this step */
    size_t acked_count;
    size_t acked_capacity;
    bool is_full; /* no room on this disk */
    bool is_peer_full;

    /* live */
    uint64_t cursor;              /* arrivals up to it were looked at */
    uint64_t fork_cursor;         /* the same of forks */
    uint64_t digest_forks;        /* newest fork of the view when digest was computed */
    struct smk_logmap peer_has;   /* log -> newest seq that moved since the last agreement, either way */
    struct smk_logmap peer_knows; /* log -> seq of the fork that moved since the last agreement, either way */
    bool is_blind;                /* nothing is pushed until the next agreement */
    bool is_compare_due;          /* initiator */
    bool is_again_due;            /* responder */
    bool is_again_sent;
    bool is_receipt_due; /* initiator */
    bool awaits_receipt;
    struct smk_buf receipt_body; /* as sent */
    uint8_t receipt_signature[SMK_SIGNATURE_BYTES];
    uint64_t receipt_ms; /* of the newest receipt with this device */
    uint8_t receipt_digest[SMK_HASH_BYTES];
    uint8_t refused_digest[SMK_HASH_BYTES]; /* the peer said 'moved' to it */

    /* the end */
    bool is_stopping;
    uint64_t stop_ms;
    bool is_close_sent;
    uint64_t close_ms;
    uint64_t close_code;

    struct smk_session_status status;
};

/* A message as its handler sees it. */
struct smk_incoming {
    struct smk_bytes body;
    struct smk_value root; /* decoded; NONE for `records`, which batch.h decodes */
};

/* Remembers a static text as the reason and answers err: SMK_OK never, else whatever error it was given. */
SMK_MUST_USE enum smk_err smk_session_refuse(struct smk_session *s, enum smk_err err, const char *why);
void smk_session_notify(struct smk_session *s, enum smk_notice notice);

/* ---- session_dispatch.c ---- */

/* Sends s->body as a message of this type and empties it.
 * OK, SMK_ERR_NOMEM, SMK_ERR_TOO_BIG_HERE, SMK_ERR_DEAD */
SMK_MUST_USE enum smk_err smk_session_send(struct smk_session *s, enum smk_message_type type);
/* Looks at the next piece of the inbox: a part of the handshake, or one message.
 * OK, every error of the session */
SMK_MUST_USE enum smk_err smk_session_take(struct smk_session *s, bool *ret_has_moved);
/* The part of the inbox that was not looked at. */
struct smk_bytes smk_session_unread(const struct smk_session *s);
/* Nothing more may be begun in this step. */
bool smk_session_is_held_up(const struct smk_session *s);

/* ---- session_open.c ---- */

/* SMK_EV_START. OK, every error of the session */
SMK_MUST_USE enum smk_err smk_session_begin(struct smk_session *s);
/* Takes one message of the handshake, if it is there. OK, every error of the session */
SMK_MUST_USE enum smk_err smk_session_shake(struct smk_session *s, bool *ret_has_moved);
/* The binding of a device key to this line. */
void smk_session_binding(const struct smk_session *s, bool is_initiator,
                         const uint8_t transport_key[SMK_KEY_BYTES], uint8_t ret_object[SMK_HASH_BYTES]);

/* ---- session_join.c ---- */

/* OK, every error of the session */
SMK_MUST_USE enum smk_err smk_session_join_send(struct smk_session *s);
/* SMK_EV_ADMITTED. OK, every error of the session */
SMK_MUST_USE enum smk_err smk_session_admitted(struct smk_session *s, const struct smk_event *ev);

/* ---- session_compare.c ---- */

struct smk_roster *smk_session_roster(const struct smk_session *s);
/* True when both devices hold the scope, by the roster of this moment. */
bool smk_session_shares(const struct smk_session *s, const struct smk_scope *scope);
/* Fills shared, shared_records, digest, digest_arrival. OK, SMK_ERR_NOMEM, SMK_ERR_TOO_BIG_HERE */
SMK_MUST_USE enum smk_err smk_session_sum_up(struct smk_session *s);
/* The two digests of a comparison are known. OK, every error of the session */
SMK_MUST_USE enum smk_err smk_session_judge(struct smk_session *s, const uint8_t peer_digest[SMK_HASH_BYTES]);
/* What is due in SMK_PHASE_COMPARE. OK, every error of the session */
SMK_MUST_USE enum smk_err smk_session_compare_due(struct smk_session *s, bool *ret_has_moved);

/* ---- session_round.c ---- */

/* Initiator: sends roots. OK, every error of the session */
SMK_MUST_USE enum smk_err smk_session_round_begin(struct smk_session *s);
void smk_session_round_drop(struct smk_session *s);
/* What is due in SMK_PHASE_ROUND. OK, every error of the session */
SMK_MUST_USE enum smk_err smk_session_round_due(struct smk_session *s, bool *ret_has_moved);

/* ---- session_records.c ---- */

/* Sends the next batch, or says what cannot be given. OK, every error of the session */
SMK_MUST_USE enum smk_err smk_session_give(struct smk_session *s, bool *ret_has_moved);
/* The next want of this log begins further back, since what follows our head there does not fit to it.
 * OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_session_go_back(struct smk_session *s, const uint8_t log_id[SMK_ID_BYTES]);
/* SMK_EV_STORED. OK, every error of the session */
SMK_MUST_USE enum smk_err smk_session_stored(struct smk_session *s, const struct smk_event *ev);

/* ---- session_live.c ---- */

/* What is due in SMK_PHASE_LIVE. OK, every error of the session */
SMK_MUST_USE enum smk_err smk_session_live_due(struct smk_session *s, bool *ret_has_moved);
/* The two sides may differ: the initiator compares again, the responder asks for it. */
void smk_session_doubt(struct smk_session *s);

/* ---- session_receipt.c ---- */

/* OK, every error of the session */
SMK_MUST_USE enum smk_err smk_session_receipt_send(struct smk_session *s);
/* After an agreement: is a receipt due? */
void smk_session_receipt_consider(struct smk_session *s);

/* ---- session_end.c ---- */

void smk_session_stop(struct smk_session *s); /* ends in good order as soon as nothing is under way */
/* What is due while stopping. OK, every error of the session */
SMK_MUST_USE enum smk_err smk_session_stop_due(struct smk_session *s, bool *ret_has_moved);
/* Sends close. OK, every error of smk_session_send */
SMK_MUST_USE enum smk_err smk_session_close_send(struct smk_session *s, uint64_t code);
/* Tells the peer why, when it may know, and is over. Answers the error that the caller is told: err, or
 * SMK_ERR_UNKNOWN_PEER for whatever a stranger did wrong. */
SMK_MUST_USE enum smk_err smk_session_fail(struct smk_session *s, enum smk_err err);
/* SMK_EV_TIME. OK, SMK_ERR_SILENT */
SMK_MUST_USE enum smk_err smk_session_look_at_clock(struct smk_session *s);
struct smk_mono smk_session_wake_at(const struct smk_session *s);

/* ---- handlers of messages; each answers OK or any error of the session ---- */

typedef enum smk_err smk_session_message_fn(struct smk_session *s, const struct smk_incoming *m);

smk_session_message_fn smk_session_on_hello, smk_session_on_join, smk_session_on_welcome,
    smk_session_on_roots, smk_session_on_tree, smk_session_on_want, smk_session_on_records,
    smk_session_on_ack, smk_session_on_lack, smk_session_on_done, smk_session_on_compare,
    smk_session_on_receipt, smk_session_on_receipt_answer, smk_session_on_again, smk_session_on_again_late,
    smk_session_on_close, smk_session_on_nothing;

#endif
