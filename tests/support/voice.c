#include "tests/support/voice.h"

#include "proto/check.h"
#include "proto/hash.h"
#include "proto/message.h"

#include <string.h>

static void demand(enum smk_err err)
{
    SMK_ASSERT(err == SMK_OK);
}

void voice_binding(const struct voice *v, uint8_t ret_signature[SMK_SIGNATURE_BYTES])
{
    struct smk_buf body = {.max = 256};
    uint8_t object[SMK_HASH_BYTES];
    smk_pack_array(&body, 3);
    smk_pack_bin(&body, (struct smk_bytes){v->handshake_hash, SMK_HASH_BYTES});
    smk_pack_uint(&body, v->is_initiator ? 0 : 1);
    smk_pack_bin(&body, SMK_BYTES(v->device->transport.public_key));
    smk_hash(SMK_PERSONAL_OBJECT, smk_buf_view(&body), object);
    demand(smk_sign(&v->device->sign, SMK_SIGN_BINDING, v->coalition, object, ret_signature));
    smk_buf_deinit(&body);
}

void voice_hello(const struct voice *v, struct smk_roster *roster, const uint8_t digest[SMK_HASH_BYTES],
                 struct smk_buf *b)
{
    struct smk_buf certificate = {.max = 1 << 20};
    struct smk_hello m = {.level = SMK_FEATURE_LEVEL, .lowest_level = SMK_FEATURE_LEVEL_LOWEST};
    voice_binding(v, m.binding);
    memcpy(m.digest, digest, sizeof m.digest);
    if (roster != NULL) {
        demand(smk_roster_pack_certificate(roster, v->device->sign.public_key, &certificate));
        m.has_certificate = true;
        m.certificate_bytes = smk_buf_view(&certificate);
    }
    smk_hello_encode(&m, b);
    demand(b->err);
    smk_buf_deinit(&certificate);
}
