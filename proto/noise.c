#include "proto/noise.h"

#include "proto/check.h"
#include "proto/hash.h"
#include "proto/mem.h"

#include <string.h>

/* Words as in the specification: ck the chaining key, h the running hash, a token one step of a message. */

enum {
    STEPS = 3,
    TAG_BYTES = SMK_FRAME_TAG_BYTES,
    TOKENS_MAX = 4,
};

enum token { TOKEN_END, TOKEN_E, TOKEN_S, TOKEN_EE, TOKEN_ES, TOKEN_SE };

static const enum token xx[STEPS][TOKENS_MAX + 1] = {
    {TOKEN_E},
    {TOKEN_E, TOKEN_EE, TOKEN_S, TOKEN_ES},
    {TOKEN_S, TOKEN_SE},
};

/* ---- one direction ---- */

static enum smk_err cipher_seal(struct smk_noise_cipher *c, struct smk_bytes ad, struct smk_bytes plain,
                                uint8_t *ret_sealed)
{
    if (c->nonce == UINT64_MAX)
        return SMK_ERR_DEAD;
    smk_aead_seal(c->key, c->nonce, ad, plain, ret_sealed);
    c->nonce++;
    return SMK_OK;
}

static enum smk_err cipher_unseal(struct smk_noise_cipher *c, struct smk_bytes ad, struct smk_bytes sealed,
                                  uint8_t *ret_plain)
{
    if (c->nonce == UINT64_MAX)
        return SMK_ERR_DEAD;
    if (!smk_aead_unseal(c->key, c->nonce, ad, sealed, ret_plain))
        return SMK_ERR_DECRYPT;
    c->nonce++;
    return SMK_OK;
}

enum smk_err smk_noise_cipher_seal(struct smk_noise_cipher *c, struct smk_bytes plain, uint8_t *ret_sealed)
{
    return cipher_seal(c, (struct smk_bytes){0}, plain, ret_sealed);
}

enum smk_err smk_noise_cipher_unseal(struct smk_noise_cipher *c, struct smk_bytes sealed, uint8_t *ret_plain)
{
    return cipher_unseal(c, (struct smk_bytes){0}, sealed, ret_plain);
}

struct rekeyed {
    uint8_t bytes[SMK_KEY_BYTES + TAG_BYTES]; /* SECRET */
};

static void rekeyed_deinit(struct rekeyed *r)
{
    smk_mem_wipe(r, sizeof *r);
}

void smk_noise_cipher_rekey(struct smk_noise_cipher *c)
{
    static const uint8_t zeros[SMK_KEY_BYTES];
    SMK_CLEANUP(rekeyed_deinit) struct rekeyed fresh;
    smk_aead_seal(c->key, UINT64_MAX, (struct smk_bytes){0}, SMK_BYTES(zeros), fresh.bytes);
    memcpy(c->key, fresh.bytes, SMK_KEY_BYTES);
}

/* ---- the symmetric state ---- */

static void mix_hash(struct smk_noise *n, struct smk_bytes bytes)
{
    uint8_t h[SMK_HASH_BYTES];
    smk_sha256(SMK_BYTES(n->hash), bytes, h);
    memcpy(n->hash, h, sizeof h);
}

struct hkdf {
    uint8_t temp[SMK_HASH_BYTES];      /* SECRET, here and below */
    uint8_t first[SMK_HASH_BYTES + 1]; /* output 1, and the counter byte behind it */
    uint8_t second[SMK_HASH_BYTES];
};

static void hkdf_deinit(struct hkdf *k)
{
    smk_mem_wipe(k, sizeof *k);
}

/* HKDF(ck, input, 2). */
static void hkdf_two(struct hkdf *k, const uint8_t ck[SMK_HASH_BYTES], struct smk_bytes input)
{
    static const uint8_t one[] = {1};
    smk_hmac_sha256((struct smk_bytes){ck, SMK_HASH_BYTES}, input, k->temp);
    smk_hmac_sha256(SMK_BYTES(k->temp), SMK_BYTES(one), k->first);
    k->first[SMK_HASH_BYTES] = 2;
    smk_hmac_sha256(SMK_BYTES(k->temp), SMK_BYTES(k->first), k->second);
}

static void mix_key(struct smk_noise *n, struct smk_bytes input)
{
    SMK_CLEANUP(hkdf_deinit) struct hkdf k;
    hkdf_two(&k, n->chaining_key, input);
    memcpy(n->chaining_key, k.first, SMK_HASH_BYTES);
    memcpy(n->cipher.key, k.second, SMK_KEY_BYTES);
    n->cipher.nonce = 0;
    n->has_key = true;
}

/* EncryptAndHash, appended to the message. */
static enum smk_err seal_and_hash(struct smk_noise *n, struct smk_bytes plain, struct smk_buf *message)
{
    static const uint8_t tag_place[TAG_BYTES];
    size_t start = message->len;
    smk_buf_write_bytes(message, plain);
    if (n->has_key)
        smk_buf_write(message, tag_place, sizeof tag_place);
    if (message->err != SMK_OK)
        return message->err;
    SMK_ASSERT(message->data !=
               NULL); /* the first message begins with a key, the others with a tag at least */
    uint8_t *text = message->data + start;
    if (n->has_key) {
        enum smk_err err =
            cipher_seal(&n->cipher, SMK_BYTES(n->hash), (struct smk_bytes){text, plain.len}, text);
        if (err != SMK_OK)
            return err;
    }
    mix_hash(n, (struct smk_bytes){text, message->len - start});
    return SMK_OK;
}

/* DecryptAndHash; ret_plain takes sealed.len bytes, less the tag when there is a key. */
static enum smk_err unseal_and_hash(struct smk_noise *n, struct smk_bytes sealed, uint8_t *ret_plain)
{
    uint8_t h[SMK_HASH_BYTES];
    smk_sha256(SMK_BYTES(n->hash), sealed, h); /* before the place of sealed may be written over */
    if (n->has_key && cipher_unseal(&n->cipher, SMK_BYTES(n->hash), sealed, ret_plain) != SMK_OK)
        return SMK_ERR_HANDSHAKE;
    if (!n->has_key && sealed.len > 0)
        memmove(ret_plain, sealed.data, sealed.len);
    memcpy(n->hash, h, sizeof h);
    return SMK_OK;
}

/* ---- tokens ---- */

static enum smk_err mix_dh(struct smk_noise *n, const struct smk_dh_key *own,
                           const uint8_t peer[SMK_KEY_BYTES])
{
    SMK_CLEANUP(smk_dh_key_deinit) struct smk_dh_key shared = {0};
    if (!smk_dh(own->secret, peer, shared.secret))
        return SMK_ERR_HANDSHAKE;
    mix_key(n, SMK_BYTES(shared.secret));
    return SMK_OK;
}

/* ee, es, se: the first letter is the initiator's key, the second the responder's. */
static enum smk_err mix_dh_token(struct smk_noise *n, enum token token)
{
    bool initiator_static = token == TOKEN_SE, responder_static = token == TOKEN_ES;
    bool own_is_static = n->is_initiator ? initiator_static : responder_static;
    bool peer_is_static = n->is_initiator ? responder_static : initiator_static;
    return mix_dh(n, own_is_static ? &n->own_static : &n->own_ephemeral,
                  peer_is_static ? n->peer_static : n->peer_ephemeral);
}

static enum smk_err write_token(struct smk_noise *n, enum token token, struct smk_buf *message)
{
    if (token == TOKEN_S)
        return seal_and_hash(n, SMK_BYTES(n->own_static.public_key), message);
    if (token != TOKEN_E)
        return mix_dh_token(n, token);
    smk_buf_write_bytes(message, SMK_BYTES(n->own_ephemeral.public_key));
    mix_hash(n, SMK_BYTES(n->own_ephemeral.public_key));
    return message->err;
}

static enum smk_err read_token(struct smk_noise *n, enum token token, struct smk_reader *message)
{
    if (token == TOKEN_S) {
        struct smk_bytes sealed = smk_read_bytes(message, SMK_KEY_BYTES + TAG_BYTES);
        if (message->err != SMK_OK)
            return SMK_ERR_HANDSHAKE;
        n->has_peer_static = true;
        return unseal_and_hash(n, sealed, n->peer_static);
    }
    if (token != TOKEN_E)
        return mix_dh_token(n, token);
    smk_read_copy(message, n->peer_ephemeral, SMK_KEY_BYTES);
    if (message->err != SMK_OK)
        return SMK_ERR_HANDSHAKE;
    mix_hash(n, SMK_BYTES(n->peer_ephemeral));
    return SMK_OK;
}

/* ---- the handshake ---- */

void smk_noise_init(struct smk_noise *n, bool is_initiator, struct smk_bytes prologue,
                    const struct smk_dh_key *own_static, const struct smk_dh_key *own_ephemeral)
{
    static const char name[] = "Noise_XX_25519_ChaChaPoly_SHA256";
    _Static_assert(sizeof name - 1 == SMK_HASH_BYTES, "a name of 32 bytes is h itself");
    *n = (struct smk_noise){
        .is_initiator = is_initiator, .own_static = *own_static, .own_ephemeral = *own_ephemeral};
    memcpy(n->hash, name, SMK_HASH_BYTES);
    memcpy(n->chaining_key, name, SMK_HASH_BYTES);
    mix_hash(n, prologue);
}

void smk_noise_deinit(struct smk_noise *n)
{
    smk_mem_wipe(n, sizeof *n);
}

/* What nobody needs after the split or a failure. */
static void secrets_wipe(struct smk_noise *n)
{
    smk_mem_wipe(&n->cipher, sizeof n->cipher);
    smk_mem_wipe(n->chaining_key, sizeof n->chaining_key);
    smk_dh_key_deinit(&n->own_static);
    smk_dh_key_deinit(&n->own_ephemeral);
    n->has_key = false;
}

static enum smk_err noise_fail(struct smk_noise *n, enum smk_err err)
{
    secrets_wipe(n);
    n->has_failed = true;
    return err;
}

static bool is_initiators_step(unsigned step)
{
    return step % 2 == 0;
}

bool smk_noise_is_write_turn(const struct smk_noise *n)
{
    return n->step < STEPS && !n->has_failed && is_initiators_step(n->step) == n->is_initiator;
}

bool smk_noise_is_done(const struct smk_noise *n)
{
    return n->step == STEPS && !n->has_failed;
}

size_t smk_noise_overhead(const struct smk_noise *n)
{
    static const size_t overhead[STEPS + 1] = {
        SMK_KEY_BYTES,
        SMK_KEY_BYTES + SMK_KEY_BYTES + TAG_BYTES + TAG_BYTES,
        SMK_KEY_BYTES + TAG_BYTES + TAG_BYTES,
        0,
    };
    SMK_ASSERT(n->step <= STEPS);
    return overhead[n->step];
}

static enum smk_err write_message(struct smk_noise *n, struct smk_bytes payload, struct smk_buf *message)
{
    enum smk_err err = SMK_OK;
    for (size_t i = 0; err == SMK_OK && xx[n->step][i] != TOKEN_END; i++)
        err = write_token(n, xx[n->step][i], message);
    if (err == SMK_OK)
        err = seal_and_hash(n, payload, message);
    n->step++;
    return err;
}

enum smk_err smk_noise_write(struct smk_noise *n, struct smk_bytes payload, struct smk_buf *b)
{
    if (!smk_noise_is_write_turn(n))
        return SMK_ERR_UNEXPECTED;
    SMK_CLEANUP(smk_noise_deinit) struct smk_noise next = *n;
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf message = {.max = SMK_FRAME_BYTES_MAX};
    enum smk_err err = write_message(&next, payload, &message);
    if (err == SMK_ERR_HANDSHAKE)
        return noise_fail(n, err);
    if (err != SMK_OK)
        return err;
    smk_buf_write_bytes(b, smk_buf_view(&message));
    if (b->err != SMK_OK)
        return b->err;
    *n = next;
    return SMK_OK;
}

static enum smk_err read_message(struct smk_noise *n, struct smk_bytes message, struct smk_buf *ret_payload)
{
    struct smk_reader r = smk_reader_over(message);
    for (size_t i = 0; xx[n->step][i] != TOKEN_END; i++) {
        enum smk_err err = read_token(n, xx[n->step][i], &r);
        if (err != SMK_OK)
            return err;
    }
    struct smk_bytes sealed = smk_read_bytes(&r, smk_reader_left(&r));
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf plain = {.max = SMK_FRAME_BYTES_MAX};
    smk_buf_write_bytes(&plain, sealed);
    if (plain.err != SMK_OK)
        return plain.err;
    enum smk_err err = unseal_and_hash(n, sealed, plain.data);
    if (err != SMK_OK)
        return err;
    smk_buf_write(ret_payload, plain.data, n->has_key ? sealed.len - TAG_BYTES : sealed.len);
    n->step++;
    return ret_payload->err;
}

enum smk_err smk_noise_read(struct smk_noise *n, struct smk_bytes message, struct smk_buf *ret_payload)
{
    if (n->has_failed || n->step >= STEPS || smk_noise_is_write_turn(n))
        return noise_fail(n, SMK_ERR_UNEXPECTED);
    if (message.len > SMK_FRAME_BYTES_MAX)
        return noise_fail(n, SMK_ERR_HANDSHAKE);
    SMK_CLEANUP(smk_noise_deinit) struct smk_noise next = *n;
    enum smk_err err = read_message(&next, message, ret_payload);
    if (err != SMK_OK)
        return noise_fail(n, err);
    *n = next;
    return SMK_OK;
}

enum smk_err smk_noise_split(struct smk_noise *n, struct smk_noise_cipher *ret_send,
                             struct smk_noise_cipher *ret_receive)
{
    if (!smk_noise_is_done(n) || !n->has_key) /* without a key it has been split before */
        return SMK_ERR_UNEXPECTED;
    SMK_CLEANUP(hkdf_deinit) struct hkdf k;
    hkdf_two(&k, n->chaining_key, (struct smk_bytes){0});
    *ret_send = (struct smk_noise_cipher){0};
    *ret_receive = (struct smk_noise_cipher){0};
    memcpy(ret_send->key, n->is_initiator ? k.first : k.second, SMK_KEY_BYTES);
    memcpy(ret_receive->key, n->is_initiator ? k.second : k.first, SMK_KEY_BYTES);
    secrets_wipe(n);
    return SMK_OK;
}
