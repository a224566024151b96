#include "tests/conform/noise_side.h"

#include <stdio.h>
#include <string.h>

/* ---- one side that is fed messages, most of them spoiled ---- */

/* Feeds until something fails or nothing is left to do; says where it ended, in the words of the file. */
static void feed_side(struct side *s, const json_t *feed, char ret_outcome[static 24])
{
    size_t fed = 0;
    while (!smk_noise_is_done(&s->noise)) {
        unsigned message = s->noise.step + 1;
        smk_buf_reset(&s->out);
        smk_buf_reset(&s->in);
        if (smk_noise_is_write_turn(&s->noise)) {
            if (smk_noise_write(&s->noise, (struct smk_bytes){0}, &s->out) == SMK_OK)
                continue;
            (void)snprintf(ret_outcome, 24, "fail_before_msg%u", message);
            return;
        }
        SMK_CLEANUP(smk_buf_deinit) struct smk_buf bytes = {0};
        if (!conform_hex(json_array_get(feed, fed++), &bytes)) {
            (void)snprintf(ret_outcome, 24, "no message %u", message);
            return;
        }
        if (smk_noise_read(&s->noise, smk_buf_view(&bytes), &s->in) == SMK_OK)
            continue;
        (void)snprintf(ret_outcome, 24, "fail_at_msg%u", message);
        return;
    }
    (void)snprintf(ret_outcome, 24, "%s", fed == json_array_size(feed) ? "ok" : "ok too early");
}

/* A handshake that failed stays dead, whatever comes. */
static bool is_dead(struct side *s)
{
    static const uint8_t message[96] = {9};
    struct smk_noise_cipher one, two;
    return !smk_noise_is_done(&s->noise) && !smk_noise_is_write_turn(&s->noise) &&
           smk_noise_write(&s->noise, (struct smk_bytes){0}, &s->out) == SMK_ERR_UNEXPECTED &&
           smk_noise_read(&s->noise, SMK_BYTES(message), &s->in) == SMK_ERR_UNEXPECTED &&
           smk_noise_split(&s->noise, &one, &two) == SMK_ERR_UNEXPECTED;
}

static const char *run_negative(const json_t *item)
{
    SMK_CLEANUP(side_deinit) struct side s = {0};
    const char *role = conform_text(item, "dut_role"), *expect = conform_text(item, "expect");
    bool is_initiator = strcmp(role, "initiator") == 0;
    const json_t *prologue = json_object_get(item, "dut_prologue");
    if (!is_initiator && strcmp(role, "responder") != 0)
        return "dut_role is neither initiator nor responder";
    if (!json_is_array(json_object_get(item, "feed")))
        return "there is no list of messages in it";
    const char *why = side_init(&s, item, is_initiator ? "init" : "resp",
                                prologue != NULL ? prologue : json_object_get(item, "prologue"));
    if (why != NULL)
        return why;
    char outcome[24] = "";
    feed_side(&s, json_object_get(item, "feed"), outcome);
    if (strcmp(outcome, expect) != 0)
        return "it fails elsewhere than expected, or not at all";
    if (strcmp(outcome, "ok") != 0)
        return is_dead(&s) ? NULL : "it goes on after a failure";
    struct smk_dh_key peer = {0};
    why = side_key_of(item, is_initiator ? "resp" : "init", "static", &peer);
    if (why == NULL && memcmp(peer.public_key, s.noise.peer_static, SMK_KEY_BYTES) != 0)
        why = "it learns a wrong static key";
    smk_dh_key_deinit(&peer);
    return why;
}

void conform_noise_negative(struct conform_run *run, const struct conform_item *item)
{
    if (noise_is_settled_by_name(run, item))
        return;
    conform_count(run, run_negative(item->json), "%s #%zu %s %s", item->group, item->index,
                  conform_text(item->json, "id"), conform_text(item->json, "kind"));
}
