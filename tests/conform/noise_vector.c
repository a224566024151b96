#include "tests/conform/noise_side.h"

#include <string.h>

/* ---- whole sessions: messages with what they carry ---- */

static const char *pass_handshake(struct side *from, struct side *to, struct smk_bytes payload,
                                  struct smk_bytes ciphertext)
{
    smk_buf_reset(&from->out);
    smk_buf_reset(&to->in);
    size_t overhead = smk_noise_overhead(&from->noise);
    if (smk_noise_write(&from->noise, payload, &from->out) != SMK_OK)
        return "a handshake message cannot be written";
    if (!smk_bytes_is_equal(smk_buf_view(&from->out), ciphertext))
        return "a handshake message comes out differently";
    if (ciphertext.len != payload.len + overhead)
        return "a handshake message has another length than announced";
    if (smk_noise_read(&to->noise, ciphertext, &to->in) != SMK_OK)
        return "a handshake message is refused";
    return smk_bytes_is_equal(smk_buf_view(&to->in), payload) ? NULL : "a payload arrives differently";
}

static const char *pass_transport(struct side *from, struct side *to, struct smk_bytes payload,
                                  struct smk_bytes ciphertext)
{
    if (payload.len > SMK_FRAME_BYTES_MAX - SMK_FRAME_TAG_BYTES)
        return "a message is too long for Noise";
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf sealed = {.max = SMK_FRAME_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf opened = {.max = SMK_FRAME_BYTES_MAX};
    static const uint8_t tag_place[SMK_FRAME_TAG_BYTES];
    smk_buf_write_bytes(&sealed, payload);
    smk_buf_write(&sealed, tag_place, sizeof tag_place);
    smk_buf_write_bytes(&opened, smk_buf_view(&sealed)); /* only to have the room */
    if (sealed.err != SMK_OK || opened.err != SMK_OK)
        return "out of memory";
    if (smk_noise_cipher_seal(&from->send, payload, sealed.data) != SMK_OK)
        return "a message cannot be sealed";
    if (!smk_bytes_is_equal(smk_buf_view(&sealed), ciphertext))
        return "a message comes out differently";
    if (smk_noise_cipher_unseal(&to->receive, ciphertext, opened.data) != SMK_OK)
        return "a message is refused";
    if (payload.len > 0 && memcmp(opened.data, payload.data, payload.len) != 0)
        return "a message arrives differently";
    return NULL;
}

/* A static key that the vector says a side would learn, or had known. */
static const char *check_remote(const json_t *item, const char *key, const struct side *s)
{
    uint8_t expected[SMK_KEY_BYTES];
    const json_t *text = json_object_get(item, key);
    if (text == NULL)
        return NULL;
    if (!conform_hex_exact(text, expected, sizeof expected))
        return "a remote static key is not 32 bytes of hex";
    return memcmp(expected, s->noise.peer_static, SMK_KEY_BYTES) == 0 ? NULL
                                                                      : "another static key is learned";
}

static const char *finish_handshake(const json_t *item, struct side *init, struct side *resp)
{
    uint8_t expected[SMK_HASH_BYTES];
    const json_t *hash = json_object_get(item, "handshake_hash");
    if (!smk_noise_is_done(&init->noise) || !smk_noise_is_done(&resp->noise))
        return "the handshake does not end";
    if (memcmp(init->noise.hash, resp->noise.hash, SMK_HASH_BYTES) != 0)
        return "the sides have different handshake hashes";
    if (hash != NULL && !conform_hex_exact(hash, expected, sizeof expected))
        return "the handshake hash is not 32 bytes of hex";
    if (hash != NULL && memcmp(expected, init->noise.hash, sizeof expected) != 0)
        return "the handshake hash comes out differently";
    if (memcmp(init->noise.peer_static, resp->key.public_key, SMK_KEY_BYTES) != 0 ||
        memcmp(resp->noise.peer_static, init->key.public_key, SMK_KEY_BYTES) != 0)
        return "a side learns a wrong static key";
    const char *why = check_remote(item, "init_remote_static", init);
    if (why == NULL)
        why = check_remote(item, "resp_remote_static", resp);
    if (why != NULL)
        return why;
    if (smk_noise_split(&init->noise, &init->send, &init->receive) != SMK_OK ||
        smk_noise_split(&resp->noise, &resp->send, &resp->receive) != SMK_OK)
        return "the handshake does not split";
    return NULL;
}

static const char *read_message(const json_t *item, size_t i, struct smk_buf *ret_payload,
                                struct smk_buf *ret_ciphertext)
{
    const json_t *message = json_array_get(json_object_get(item, "messages"), i);
    if (!conform_hex(json_object_get(message, "payload"), ret_payload) ||
        !conform_hex(json_object_get(message, "ciphertext"), ret_ciphertext))
        return "a message without payload or ciphertext";
    return NULL;
}

static const char *pass_message(const json_t *item, size_t i, struct side *init, struct side *resp)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf payload = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf ciphertext = {0};
    const char *why = read_message(item, i, &payload, &ciphertext);
    if (why != NULL)
        return why;
    struct side *from = i % 2 == 0 ? init : resp, *to = i % 2 == 0 ? resp : init;
    if (i >= 3)
        return pass_transport(from, to, smk_buf_view(&payload), smk_buf_view(&ciphertext));
    why = pass_handshake(from, to, smk_buf_view(&payload), smk_buf_view(&ciphertext));
    return why == NULL && i == 2 ? finish_handshake(item, init, resp) : why;
}

/* The last message of a case that fails: the side that it is for has to refuse it. */
static const char *refuse_message(const json_t *item, size_t i, struct side *init, struct side *resp)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf payload = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf ciphertext = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf opened = {.max = SMK_FRAME_BYTES_MAX};
    struct side *from = i % 2 == 0 ? init : resp, *to = i % 2 == 0 ? resp : init;
    const char *why = read_message(item, i, &payload, &ciphertext);
    if (why != NULL)
        return why;
    smk_buf_write_bytes(&opened, smk_buf_view(&ciphertext)); /* only to have the room */
    if (opened.err != SMK_OK)
        return "a message is too long for Noise";
    smk_buf_reset(&from->out);
    smk_buf_reset(&to->in);
    enum smk_err err;
    if (i >= 3)
        err = smk_noise_cipher_unseal(&to->receive, smk_buf_view(&ciphertext), opened.data);
    else if (smk_noise_write(&from->noise, smk_buf_view(&payload), &from->out) != SMK_OK)
        return "a handshake message cannot be written";
    else
        err = smk_noise_read(&to->noise, smk_buf_view(&ciphertext), &to->in);
    return err != SMK_OK ? NULL : "everything is accepted, and something should fail";
}

static const char *check_verdict(const json_t *item, size_t count)
{
    const json_t *fail = json_object_get(item, "fail");
    if (fail != NULL && !json_is_boolean(fail))
        return "fail is neither true nor false";
    if (json_is_true(fail))
        return count == 0 ? "something should fail, and there is no message in it" : NULL;
    return count < 3 ? "not even the handshake is in it" : NULL;
}

void conform_noise_vector(struct conform_run *run, const struct conform_item *item)
{
    if (noise_is_settled_by_name(run, item))
        return;
    SMK_CLEANUP(side_deinit) struct side init = {0};
    SMK_CLEANUP(side_deinit) struct side resp = {0};
    bool is_failing = json_is_true(json_object_get(item->json, "fail"));
    size_t i = 0, count = json_array_size(json_object_get(item->json, "messages"));
    const char *why = side_init(&init, item->json, "init", json_object_get(item->json, "init_prologue"));
    if (why == NULL)
        why = side_init(&resp, item->json, "resp", json_object_get(item->json, "resp_prologue"));
    if (why == NULL)
        why = check_verdict(item->json, count);
    for (; why == NULL && i < count; i++)
        why = is_failing && i + 1 == count ? refuse_message(item->json, i, &init, &resp)
                                           : pass_message(item->json, i, &init, &resp);
    conform_count(run, why, "%s #%zu %s, message %zu", item->group, item->index, noise_name_of(item->json),
                  i);
}
