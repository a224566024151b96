/* tools/link.h: one blocking socket that drives one session machine to its end.
 *
 * Shape    smk_link_reach connects; smk_link_talk steps the session with what comes over the line, with the clock, and
 *          with what the store says, until the session is over. Either role: tests accept a line and answer on it.
 * Source   PROTOCOL.md sections 8, 9; proto/session.h.
 * Memory   a result is released with smk_link_result_deinit.
 * Secrets  the session's; a line is closed by whoever opened it.   Threads  one at a time per line.
 */
#ifndef SMK_TOOLS_LINK_H
#define SMK_TOOLS_LINK_H

#include "store/home.h"

enum smk_reach {
    SMK_REACH_OK,
    SMK_REACH_BAD_ADDRESS, /* not HOST:PORT */
    SMK_REACH_NO_HOST,     /* the name leads nowhere */
    SMK_REACH_REFUSED,     /* the machine is there, but nobody listens */
    SMK_REACH_TIMEOUT,     /* no answer */
    SMK_REACH_FAILED,      /* no way there, or this machine has no network */
};
/* A few words for people: "nobody listens there". */
const char *smk_reach_text(enum smk_reach reach);

/* Connects to HOST:PORT or [V6]:PORT; every address of the name is tried, each at most timeout_ms. Nobody listening is
 * tried again until patience_ms have passed (0: once). ret_fd is to be closed; set on SMK_REACH_OK only. */
enum smk_reach smk_link_reach(const char *address, unsigned timeout_ms, unsigned patience_ms, int *ret_fd);

struct smk_link_options {
    struct smk_home *home; /* its identity and store; the store may be missing when joining */
    bool is_initiator;
    const struct smk_invitation *join;         /* BORROWED; NULL = an ordinary session */
    uint8_t expected_transport[SMK_KEY_BYTES]; /* zeros = any device of the roster */
    /* Called as acknowledgements come: the peer has committed and synced these. NULL = nobody asks. */
    void (*acknowledged)(void *ctx, const struct smk_log_run *run, size_t count);
    void *acknowledged_ctx;
    const char *address; /* where we dialled, to be remembered; NULL as responder */
};

struct smk_link_result {
    enum smk_err err;       /* how the session ended; OK also when digests differ */
    enum smk_err store_err; /* the first refusal of the store, of a whole batch */
    struct smk_session_status status;
    bool has_fork;
    struct smk_buf welcome; /* joining: canonical [genesis, decisions] */
};
void smk_link_result_deinit(struct smk_link_result *result); /* works on a zeroed object */

/* Talks until the session is over; the outcome is in ret_result in any case. A session with a device that proved itself
 * is noted in the store.
 * OK                   there was a session: see ret_result->err
 * SMK_ERR_NOMEM, SMK_ERR_STORE_*   there could be none */
SMK_MUST_USE enum smk_err smk_link_talk(int fd, const struct smk_link_options *options,
                                        struct smk_link_result *ret_result);

#endif
