/* proto/session.h: one conversation of two nodes: handshake, binding, comparing, giving and taking, receipts, close.
 *
 * Shape    a machine: smk_session_step(session, event) -> update. It reads the store through struct smk_view and
 *          touches nothing else: no clock, no randomness, no socket.
 *            start -> handshake -> (joining | hello -> round* -> agreed/live) -> closed
 * Source   PROTOCOL.md sections 8, 9.
 * Memory   owns its buffers, bounded by bounds.h; what an update lends is BORROWED until the next step.
 * Secrets  keys of the channel; wiped by smk_session_free.   Threads  one at a time per object.
 */
#ifndef SMK_PROTO_SESSION_H
#define SMK_PROTO_SESSION_H

#include "proto/cipher.h"
#include "proto/invitation.h"
#include "proto/log.h"
#include "proto/view.h"

struct smk_mono {
    uint64_t ms; /* monotonic milliseconds; never mixed with wall time */
};
#define SMK_MONO_NEVER ((struct smk_mono){UINT64_MAX})

/* What a node is when it speaks. */
struct smk_identity {
    struct smk_sign_key sign;    /* SECRET */
    struct smk_dh_key transport; /* SECRET */
    struct smk_dh_key box;       /* SECRET */
};

struct smk_session_options {
    bool is_initiator;
    bool is_live;                        /* stay and push after agreeing; otherwise close once equal */
    const struct smk_identity *identity; /* BORROWED for the life of the session */
    const struct smk_view *view; /* BORROWED for the life of the session; its roster gives the coalition */
    uint8_t ephemeral_secret[SMK_KEY_BYTES]; /* fresh random bytes, copied */
    /* Joining instead of syncing (initiator only); view may then be NULL. */
    const struct smk_invitation *join; /* BORROWED; see invitation.h; NULL = an ordinary session */
    /* Only this transport key may answer (dialling a known peer); zeros = any device of the roster. */
    uint8_t expected_transport[SMK_KEY_BYTES];
};

enum smk_event_type {
    SMK_EV_START,    /* the line is there */
    SMK_EV_RECEIVED, /* bytes came */
    SMK_EV_STORED,   /* a batch was committed and synced, or refused */
    SMK_EV_ADMITTED, /* the caller's answer to update.join */
    SMK_EV_ARRIVED,  /* the view has moved: new local records, or a new roster */
    SMK_EV_TIME,     /* update.wake_at has come */
    SMK_EV_SENT, /* the caller has room again after it had answered a step late; also harmless otherwise */
    SMK_EV_STOP, /* this node wants to end the session in good order */
    SMK_EV_LINE_CLOSED,
};

struct smk_event {
    enum smk_event_type type;
    struct smk_mono now; /* always set */
    uint64_t wall_ms;    /* always set; for receipts, invitations and times of comparisons only */
    /* More waits to be sent than the caller wants: the session takes the event, but neither looks at messages nor
     * begins anything; step again with SENT when there is room. */
    bool is_line_full;
    struct smk_bytes received; /* RECEIVED: BORROWED for the call */
    uint64_t ticket;           /* STORED: which batch */
    enum smk_err
        verdict; /* STORED, ADMITTED: OK or why not (STORED: the first refusal; the good runs are in) */
    uint64_t new_records; /* STORED: how many records were new here */
    bool has_fork;        /* STORED: a fork was found or proved that was not known here */
    uint8_t fork_log_id[SMK_ID_BYTES];
    bool has_conflict; /* STORED: a run does not fit to what is held before it: the two differ further down */
    uint8_t conflict_log_id[SMK_ID_BYTES];
    struct smk_bytes welcome; /* ADMITTED with OK: canonical [genesis, decisions] (section 5.6), BORROWED */
};

/* A batch that the peer sent: to be judged (log.h), committed and synced by the caller, then reported as STORED. */
struct smk_batch {
    uint64_t ticket;
    struct smk_bytes records_message; /* BORROWED until the next step: copy it; read it with smk_batch_read */
};

/* A device that proved an invitation: the caller certifies it and answers with ADMITTED. */
struct smk_join_request {
    uint8_t invitation[SMK_INVITATION_ID_BYTES];
    uint8_t sign_key[SMK_KEY_BYTES];
    uint8_t transport_key[SMK_KEY_BYTES];
    uint8_t box_key[SMK_KEY_BYTES];
};

enum smk_notice {
    SMK_NOTICE_NONE,
    SMK_NOTICE_BOUND,        /* the peer's device is known and proved: smk_session_peer */
    SMK_NOTICE_AGREED,       /* digests are equal now; status has the counts. Also every ten minutes */
    SMK_NOTICE_RECEIPT,      /* both signatures of a sync receipt are here: update.receipt, to be kept */
    SMK_NOTICE_FORK,         /* two records at one place of a log, newly proved: status.fork_log_id */
    SMK_NOTICE_WELCOME,      /* joining: update.welcome holds genesis and decisions, checked */
    SMK_NOTICE_ACKNOWLEDGED, /* the peer has committed and synced what update.acknowledged lists */
    SMK_NOTICE_PEER_CLOSED,  /* the peer ended in good order, or with status.peer_code */
};
enum { SMK_NOTICES = SMK_NOTICE_PEER_CLOSED + 1 };

struct smk_sync_receipt {
    struct smk_bytes body; /* canonical, BORROWED until the next step */
    uint8_t initiator_signature[SMK_SIGNATURE_BYTES];
    uint8_t responder_signature[SMK_SIGNATURE_BYTES];
    bool is_ours_initiator;
    uint8_t digest[SMK_HASH_BYTES];
};

struct smk_update {
    struct smk_bytes to_send; /* BORROWED until the next step */
    struct smk_mono wake_at;  /* step with SMK_EV_TIME no later than this */
    bool has_batch;
    struct smk_batch batch;
    bool has_join;
    struct smk_join_request join;
    unsigned notice_count;
    enum smk_notice notice[SMK_NOTICES];
    struct smk_sync_receipt receipt;        /* with SMK_NOTICE_RECEIPT */
    struct smk_bytes welcome;               /* with SMK_NOTICE_WELCOME: canonical [genesis, decisions] */
    const struct smk_log_run *acknowledged; /* with SMK_NOTICE_ACKNOWLEDGED: BORROWED until the next step */
    size_t acknowledged_count;
    bool has_more;       /* step again with SMK_EV_SENT as soon as to_send and the batch are taken care of */
    size_t unread_bytes; /* received, and not looked at yet: stop reading before it is twice the credit */
    bool is_finished;    /* the session is over: send to_send, then close the line */
};

/* For people, logs and reports; plain numbers, copied out. */
struct smk_session_status {
    bool is_bound;
    uint8_t peer_sign_key
        [SMK_KEY_BYTES];      /* proved once is_bound; before, whom the transport key names; or zeros */
    bool is_agreed;           /* the last comparison was equal and nothing is under way */
    bool was_agreed_at_hello; /* nothing had to be exchanged when the session began */
    bool is_complete;         /* ended with close code 0 on both sides */
    uint64_t peer_code;       /* code of the peer's close; 0 while there is none */
    uint64_t records_sent;
    uint64_t records_received;                               /* new ones, committed here */
    uint64_t handshake_bytes_sent, handshake_bytes_received; /* on the line, frames included */
    uint64_t line_bytes_sent, line_bytes_received;           /* all, handshake included */
    uint64_t we_lack; /* records known to be there and not yet here ... */
    uint64_t
        they_lack; /* ... and here that were asked for or pushed and not yet acknowledged; 0 when agreed */
    uint64_t shared_scopes;
    uint64_t compared_ms;    /* when the digests were last equal, wall clock; 0 = not in this session */
    uint64_t shared_records; /* records of the shared scopes at that comparison */
    const char *reason;      /* static text: why it failed; "" otherwise */
    uint8_t fork_log_id[SMK_ID_BYTES];
};

struct smk_session; /* opaque */

/* GIVES a session. OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_session_new(const struct smk_session_options *options,
                                          struct smk_session **ret_session);
void smk_session_free(struct smk_session *s); /* wipes; NULL does nothing */

/* One step. At most one batch or join request is handed out per step; while has_more is true the caller goes on with
 * SMK_EV_SENT; other events may come in between. Any error is final: the caller sends update.to_send (a close with the
 * code, if the peer may know one) and closes the line; every later step answers SMK_ERR_DEAD.
 *
 * OK
 * SMK_ERR_DEAD             the session has ended before
 * every peer fault         the peer broke the protocol; count it against the peer
 * SMK_ERR_UNKNOWN_PEER     a stranger: closed without a byte
 * SMK_ERR_SILENT, CUT_LINE the line died
 * SMK_ERR_PEER_ERROR       the peer gave up with status.peer_code: by that code it may be our fault
 * SMK_ERR_UNKNOWN_AUTHOR   the peer is not known here and brought no certificate: it is told so
 * SMK_ERR_NO_PROGRESS      eight rounds brought nothing new, yet the two differ
 * the verdict              of STORED, when it is about this machine; of ADMITTED
 * SMK_ERR_INVALID          an event that this state does not allow: the caller is wrong
 * SMK_ERR_NOMEM, SMK_ERR_TOO_BIG_HERE, SMK_ERR_CRYPTO, SMK_ERR_STORE_*  ours
 * ret_update is set in any case. */
SMK_MUST_USE enum smk_err smk_session_step(struct smk_session *s, const struct smk_event *ev,
                                           struct smk_update *ret_update);

void smk_session_status(const struct smk_session *s, struct smk_session_status *ret_status);

#endif
