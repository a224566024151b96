/* tests/support/puppet.h: a peer that says whatever a test wants, after a proper handshake.
 *
 * Shape    holds the other end of the line of one session. The test writes messages with the puppet and reads what
 *          the session says; nothing happens by itself.
 * Memory   owns session and channel; BORROWS node and device.   Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SUPPORT_PUPPET_H
#define SMK_TESTS_SUPPORT_PUPPET_H

#include "proto/channel.h"
#include "proto/message.h"
#include "tests/support/memory_node.h"

struct puppet {
    struct memory_node *node; /* of the session */
    struct smk_session *session;
    const struct test_device *device; /* as whom the puppet speaks */
    bool is_initiator;                /* the puppet */
    struct smk_noise noise;
    struct smk_channel channel;
    bool has_channel;
    struct smk_buf from_session; /* not yet looked at: bytes of the handshake, then of the channel */
    struct smk_update up;        /* of the newest step */
    struct smk_session_status status;
    uint64_t now_ms;
    uint64_t wall_ms;
    void (*on_step)(bool begins); /* may be set: called around every step of the session */
};

struct puppet_options {
    bool is_initiator;                 /* the puppet; the session is the other */
    bool is_short;                     /* the session is not live */
    const struct smk_invitation *join; /* the session joins with it */
    const uint8_t *expected_transport; /* of the session's options */
};

/* A session of node; the puppet is device. Both have started, nothing was delivered. */
void puppet_begin(struct puppet *p, struct memory_node *node, const struct test_device *device,
                  struct puppet_options options);
void puppet_end(struct puppet *p);

/* Goes through the handshake. What the session answers to its last message. */
enum smk_err puppet_shake(struct puppet *p);

/* One event for the session, whose bytes are kept. */
enum smk_err puppet_event(struct puppet *p, struct smk_event ev);
enum smk_err puppet_time(struct puppet *p, uint64_t ms_later);
/* Raw bytes for the session. */
enum smk_err puppet_deliver(struct puppet *p, struct smk_bytes line);
/* One message for the session, with all steps that it asks for. */
enum smk_err puppet_say(struct puppet *p, uint8_t type, struct smk_bytes body);
/* The next message of the session; type 0 when there is none. The body BORROWS until the next call. */
struct smk_message_view puppet_hear(struct puppet *p);
/* Drops messages until one of this type comes; false when none does. */
bool puppet_await(struct puppet *p, uint8_t type, struct smk_bytes *ret_body);

/* The digest of these scopes (words, ascending) as the session's node holds them. */
void puppet_digest(struct puppet *p, const char *scopes, uint8_t ret_digest[SMK_HASH_BYTES]);
/* Appends a good hello of the puppet's device. c NULL = without certificate. */
void puppet_hello(const struct puppet *p, const struct test_coalition *c,
                  const uint8_t digest[SMK_HASH_BYTES], struct smk_buf *b);
/* A good join of the puppet's device. */
void puppet_join(const struct puppet *p, const struct smk_invitation *inv, struct smk_buf *b);

#endif
