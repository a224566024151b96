/* node/link.h: one TCP connection that drives one session machine.
 *
 * Shape    every callback builds an event and calls link_drive; what the update asks for is done there, once.
 * Memory   a link is freed in exactly one place: the close callback that brings its open handles to zero.
 * Secrets  inside the session.   Threads  the loop's.
 */
#ifndef SMK_NODE_LINK_H
#define SMK_NODE_LINK_H

#include "proto/session.h"

#include <uv.h>

struct smk_node;

enum {
    SMK_LINK_INBOX_BYTES = 64 * 1024,
    SMK_LINK_WRITE_HIGH_BYTES = 2 * 1024 * 1024, /* above this the session waits before it makes more ... */
    SMK_LINK_WRITE_BYTES_MAX = /* ... and beyond this the link is closed: it never gets there */
    SMK_LINK_WRITE_HIGH_BYTES + SMK_CREDIT_BYTES + 2 * SMK_MESSAGE_BYTES_MAX,
    SMK_LINK_UNREAD_HIGH_BYTES = SMK_CREDIT_BYTES, /* above this a link whose session waits reads no more */
    SMK_LINK_CONNECT_MS = 10 * 1000,
    SMK_LINK_FINISH_MS = 10 * 1000, /* for what is left to be written when the session is over */
};

struct smk_link {
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_connect_t connect;
    int connect_error;     /* of libuv; why it never stood */
    unsigned open_handles; /* handles whose close callback has not run yet */
    struct smk_node *node;
    uint64_t id;
    struct smk_session *session;
    bool is_initiator;
    bool has_begun;    /* the connection stands, and the session has started */
    bool is_stopping;  /* this node wants to end the session */
    bool is_finishing; /* the session is over; close once everything is written */
    bool is_closing;   /* the handles are being closed */
    bool is_reading;
    bool has_step_due; /* the session has more to say once the line has room */
    bool is_noted;     /* the writer has been told how the session ended */
    bool is_bound;
    bool is_limit_due;               /* it was bound in this step: its peer may have too many links now */
    uint8_t peer_key[SMK_KEY_BYTES]; /* once is_bound */
    size_t queued_bytes;             /* handed to libuv, not written yet */
    uint64_t refusals;               /* batches that were refused */
    size_t unread_bytes;             /* the session has them and has not looked at them yet */
    char address[256];               /* where it leads (dialled) or comes from */
    char source[64];                 /* number of the other host, for the limits of the listener */
    uint8_t inbox[SMK_LINK_INBOX_BYTES];
};

/* Takes an accepted connection; the listener has counted it. NULL when there is no memory or no place (closed). */
struct smk_link *smk_link_accept(struct smk_node *node, uv_stream_t *listener);
/* Starts the session of a link whose connection stands. */
void smk_link_begin(struct smk_link *link);
/* Connects to a numeric address. NULL when it cannot even be tried. */
struct smk_link *smk_link_dial(struct smk_node *node, const struct sockaddr *to, const char *address);

/* Events from outside: the view has moved, a job is done, the node stops. */
void smk_link_arrived(struct smk_link *link);
void smk_link_stored(struct smk_link *link, const struct smk_event *stored);
void smk_link_admitted(struct smk_link *link, enum smk_err verdict, struct smk_bytes welcome);
void smk_link_stop(struct smk_link *link);
/* Reads on after the writer had been full. */
void smk_link_resume(struct smk_link *link);
/* Closes at once. May be called twice. */
void smk_link_close(struct smk_link *link);

/* ---- between the files of the link ---- */

/* Keeps and logs what the session has noticed. */
void smk_link_notice(struct smk_link *link, enum smk_notice notice, const struct smk_update *up);
/* Logs why the session failed, and counts what is the peer's fault. */
void smk_link_say_failure(struct smk_link *link, enum smk_err err);
/* The same of a batch that was refused, while the session goes on; said at the 1st, 2nd, 4th, 8th, ... of a link. */
void smk_link_say_refusal(struct smk_link *link, enum smk_err err);

#endif
