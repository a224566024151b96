#include "tests/conform/noise_side.h"

#include "proto/hash.h"

#include <stdio.h>
#include <string.h>

enum {
    MESSAGES_MAX = 1 << 20,
    RUNNING_BYTES_MAX = 256 * 1024 * 1024,
};

/* The numbers of the payload rule: length (k * step) mod size, byte j = (k + stride * j + d) mod base. */
struct payload_rule {
    unsigned step, size, stride, base;
};

static bool read_rule(const char *text, struct payload_rule *ret_rule)
{
    struct payload_rule r;
    char end;
    if (sscanf(text,
               "message k (from 0) in direction d (0 = initiator to responder) has length (k*%5u) mod %5u "
               "and byte j = (k + %5u*j + d) mod %5u%c",
               &r.step, &r.size, &r.stride, &r.base, &end) != 4)
        return false;
    if (r.size == 0 || r.size > SMK_FRAME_BYTES_MAX - SMK_FRAME_TAG_BYTES + 1 || r.base == 0 || r.base > 256)
        return false;
    *ret_rule = r;
    return true;
}

/* One direction: everything that it sealed, one behind the other, and where each message begins. */
struct direction {
    struct smk_buf running;
    size_t *start; /* count + 1 of them */
    uint64_t count;
};

static void direction_deinit(struct direction *d)
{
    smk_buf_deinit(&d->running);
    smk_mem_free(d->start);
}

static const char *pass_one(const struct payload_rule *rule, uint64_t k, unsigned d, struct side *from,
                            struct side *to, struct direction *sent)
{
    static uint8_t plain[SMK_FRAME_BYTES_MAX], sealed[SMK_FRAME_BYTES_MAX], opened[SMK_FRAME_BYTES_MAX];
    size_t len = (size_t)(k * rule->step % rule->size);
    for (size_t j = 0; j < len; j++)
        plain[j] = (uint8_t)((k + rule->stride * j + d) % rule->base);
    if (smk_noise_cipher_seal(&from->send, (struct smk_bytes){plain, len}, sealed) != SMK_OK)
        return "a message cannot be sealed";
    struct smk_bytes line = {sealed, len + SMK_FRAME_TAG_BYTES};
    smk_buf_write_bytes(&sent->running, line);
    if (sent->running.err != SMK_OK)
        return "more messages than there is memory for";
    if (smk_noise_cipher_unseal(&to->receive, line, opened) != SMK_OK)
        return "a message is refused";
    return memcmp(opened, plain, len) == 0 ? NULL : "a message arrives differently";
}

static const char *pass_all(const json_t *item, unsigned d, struct side *from, struct side *to,
                            struct direction *ret_sent)
{
    struct payload_rule rule;
    uint64_t count = 0, rekey_every = 0;
    if (!read_rule(conform_text(item, "payload_rule"), &rule))
        return "a payload rule that is not known";
    if (!conform_uint(json_object_get(item, "messages_per_direction"), &count) || count > MESSAGES_MAX ||
        !conform_uint(json_object_get(item, "rekey_every"), &rekey_every))
        return "no number of messages, or one that is too large";
    ret_sent->running.max = RUNNING_BYTES_MAX;
    ret_sent->count = count;
    ret_sent->start = smk_mem_array((size_t)count + 1, sizeof *ret_sent->start);
    if (ret_sent->start == NULL)
        return "out of memory";
    const char *why = NULL;
    for (uint64_t k = 0; why == NULL && k < count; k++) {
        if (k > 0 && rekey_every > 0 && k % rekey_every == 0) {
            smk_noise_cipher_rekey(&from->send);
            smk_noise_cipher_rekey(&to->receive);
        }
        why = pass_one(&rule, k, d, from, to, ret_sent);
        ret_sent->start[k + 1] = ret_sent->running.len;
    }
    return why;
}

static bool direction_of(const json_t *row, const struct direction sent[2], const struct direction **ret_sent)
{
    uint64_t d;
    if (!conform_uint(json_object_get(row, "dir"), &d) || d > 1)
        return false;
    *ret_sent = &sent[d];
    return true;
}

/* The whole ciphertext, or its beginning with the length of the whole. */
static const char *check_sample(const json_t *row, const struct direction sent[2])
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf shown = {0};
    const struct direction *d;
    uint64_t n = 0, len = 0;
    if (!direction_of(row, sent, &d) || !conform_uint(json_object_get(row, "n"), &n) || n >= d->count ||
        !conform_uint(json_object_get(row, "len"), &len) ||
        !conform_hex(json_object_get(row, "ciphertext"), &shown))
        return "a sample that cannot be read";
    size_t start = d->start[n], whole = d->start[n + 1] - start;
    if (whole != len || shown.len > whole || shown.len == 0)
        return "a sample has another length";
    struct smk_bytes sealed = {d->running.data + start, shown.len};
    return smk_bytes_is_equal(sealed, smk_buf_view(&shown)) ? NULL : "a message comes out differently";
}

static const char *check_running(const json_t *row, const struct direction sent[2])
{
    const struct direction *d;
    uint64_t after = 0;
    uint8_t expected[SMK_HASH_BYTES], hash[SMK_HASH_BYTES];
    if (!direction_of(row, sent, &d) || !conform_uint(json_object_get(row, "after"), &after) ||
        after > d->count || !conform_hex_exact(json_object_get(row, "sha256"), expected, sizeof expected))
        return "a running hash that cannot be read";
    smk_sha256((struct smk_bytes){d->running.data, d->start[after]}, (struct smk_bytes){0}, hash);
    return memcmp(hash, expected, sizeof hash) == 0 ? NULL : "a running hash comes out differently";
}

static const char *check_rows(const json_t *item, const struct direction sent[2])
{
    const json_t *samples = json_object_get(item, "samples");
    const json_t *running = json_object_get(item, "running_sha256_of_ciphertexts");
    const char *why = NULL;
    if (json_array_size(samples) == 0 && json_array_size(running) == 0)
        return "nothing to compare with";
    for (size_t i = 0; why == NULL && i < json_array_size(samples); i++)
        why = check_sample(json_array_get(samples, i), sent);
    for (size_t i = 0; why == NULL && i < json_array_size(running); i++)
        why = check_running(json_array_get(running, i), sent);
    return why;
}

/* What the three messages carry: nothing, in the words of the file or without any, or a list of three. */
static const char *check_payloads(const json_t *payloads)
{
    const char *text = json_string_value(payloads);
    bool is_none = payloads == NULL || (text != NULL && strcmp(text, "all empty") == 0);
    return is_none || json_array_size(payloads) == 3 ? NULL : "handshake payloads that are not known";
}

static const char *pass_payload(struct side *from, struct side *to, const json_t *payload)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf bytes = {0};
    if (payload != NULL && !conform_hex(payload, &bytes))
        return "a handshake payload is not hex";
    smk_buf_reset(&from->out);
    smk_buf_reset(&to->in);
    if (smk_noise_write(&from->noise, smk_buf_view(&bytes), &from->out) != SMK_OK ||
        smk_noise_read(&to->noise, smk_buf_view(&from->out), &to->in) != SMK_OK)
        return "the handshake fails";
    return smk_bytes_is_equal(smk_buf_view(&to->in), smk_buf_view(&bytes))
               ? NULL
               : "a handshake payload arrives differently";
}

static const char *shake_hands(struct side *init, struct side *resp, const json_t *payloads)
{
    const char *why = check_payloads(payloads);
    for (size_t i = 0; why == NULL && (!smk_noise_is_done(&init->noise) || !smk_noise_is_done(&resp->noise));
         i++) {
        bool is_init = smk_noise_is_write_turn(&init->noise);
        why = pass_payload(is_init ? init : resp, is_init ? resp : init, json_array_get(payloads, i));
    }
    if (why != NULL)
        return why;
    if (smk_noise_split(&init->noise, &init->send, &init->receive) != SMK_OK ||
        smk_noise_split(&resp->noise, &resp->send, &resp->receive) != SMK_OK)
        return "the handshake does not split";
    return NULL;
}

static const char *run_rekey(const json_t *item, struct direction sent[2])
{
    SMK_CLEANUP(side_deinit) struct side init = {0};
    SMK_CLEANUP(side_deinit) struct side resp = {0};
    uint8_t hash[SMK_HASH_BYTES];
    const json_t *prologue = json_object_get(item, "prologue");
    const json_t *goes_on = json_object_get(item, "nonce_not_reset_by_rekey");
    if (goes_on != NULL && !json_is_true(goes_on))
        return "a rekey that begins the nonces anew: it is not spoken here";
    const char *why = side_init(&init, item, "init", prologue);
    if (why == NULL)
        why = side_init(&resp, item, "resp", prologue);
    if (why == NULL)
        why = shake_hands(&init, &resp, json_object_get(item, "handshake_payloads"));
    if (why != NULL)
        return why;
    if (!conform_hex_exact(json_object_get(item, "handshake_hash"), hash, sizeof hash) ||
        memcmp(hash, init.noise.hash, sizeof hash) != 0 || memcmp(hash, resp.noise.hash, sizeof hash) != 0)
        return "the handshake hash comes out differently";
    why = pass_all(item, 0, &init, &resp, &sent[0]);
    if (why == NULL)
        why = pass_all(item, 1, &resp, &init, &sent[1]);
    return why == NULL ? check_rows(item, sent) : why;
}

void conform_noise_rekey(struct conform_run *run, const struct conform_item *item)
{
    if (noise_is_settled_by_name(run, item))
        return;
    struct direction sent[2] = {0};
    conform_count(run, run_rekey(item->json, sent), "%s #%zu rekey", item->group, item->index);
    direction_deinit(&sent[0]);
    direction_deinit(&sent[1]);
}
