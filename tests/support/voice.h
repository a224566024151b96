/* tests/support/voice.h: what a peer that is no session has to prove before a session listens to it.
 *
 * Memory   everything is BORROWED for the call.   Secrets  the keys of a test device, which are public knowledge.
 * Threads  pure.
 */
#ifndef SMK_TESTS_SUPPORT_VOICE_H
#define SMK_TESTS_SUPPORT_VOICE_H

#include "tests/support/builders.h"

struct voice {
    const struct test_device *device; /* as whom it speaks */
    const uint8_t *coalition;
    const uint8_t *handshake_hash;
    bool is_initiator;
};

/* The device binding (PROTOCOL.md section 9.2). */
void voice_binding(const struct voice *v, uint8_t ret_signature[SMK_SIGNATURE_BYTES]);
/* Appends a good hello. roster: where the certificate is found; NULL = without one. */
void voice_hello(const struct voice *v, struct smk_roster *roster, const uint8_t digest[SMK_HASH_BYTES],
                 struct smk_buf *b);

#endif
