#include "tests/support/puppet.h"

#include "proto/check.h"
#include "proto/hash.h"
#include "tests/support/voice.h"

#include <string.h>

enum { QUEUE_BYTES_MAX = 64 * 1024 * 1024 };

static void demand(enum smk_err err)
{
    SMK_ASSERT(err == SMK_OK);
}

/* ---- life ---- */

void puppet_begin(struct puppet *p, struct memory_node *node, const struct test_device *device,
                  struct puppet_options options)
{
    const struct smk_invitation *join = options.join;
    *p = (struct puppet){
        .node = node,
        .device = device,
        .is_initiator = options.is_initiator,
        .from_session = {.max = QUEUE_BYTES_MAX},
        .now_ms = 5000,
        .wall_ms = 1713312000000,
    };
    struct smk_session_options o = {
        .is_initiator = !options.is_initiator,
        .is_live = !options.is_short,
        .identity = &node->identity,
        .view = join != NULL ? NULL : &node->view,
        .join = join,
    };
    if (options.expected_transport != NULL)
        memcpy(o.expected_transport, options.expected_transport, sizeof o.expected_transport);
    uint8_t prologue[9 + SMK_ID_BYTES + 1] = "SAMAKI/1";
    struct smk_dh_key ephemeral;
    test_seed_bytes("session ephemeral", 0, o.ephemeral_secret);
    demand(smk_session_new(&o, &p->session));
    memcpy(prologue + 9, join != NULL ? join->coalition : smk_roster_coalition(node->roster), SMK_ID_BYTES);
    prologue[9 + SMK_ID_BYTES] = 1;
    uint8_t secret[SMK_SEED_BYTES];
    test_seed_bytes("puppet ephemeral", 0, secret);
    smk_dh_key_init(&ephemeral, secret);
    smk_noise_init(&p->noise, p->is_initiator, SMK_BYTES(prologue), &device->transport, &ephemeral);
    demand(puppet_event(p, (struct smk_event){.type = SMK_EV_START}));
}

void puppet_end(struct puppet *p)
{
    smk_session_free(p->session);
    if (p->has_channel)
        smk_channel_deinit(&p->channel);
    smk_noise_deinit(&p->noise);
    smk_buf_deinit(&p->from_session);
}

/* ---- events ---- */

enum smk_err puppet_event(struct puppet *p, struct smk_event ev)
{
    ev.now.ms = p->now_ms;
    ev.wall_ms = p->wall_ms;
    if (p->on_step != NULL)
        p->on_step(true);
    enum smk_err err = smk_session_step(p->session, &ev, &p->up);
    if (p->on_step != NULL)
        p->on_step(false);
    smk_session_status(p->session, &p->status);
    smk_buf_write_bytes(&p->from_session, p->up.to_send);
    demand(p->from_session.err);
    return err;
}

enum smk_err puppet_time(struct puppet *p, uint64_t ms_later)
{
    p->now_ms += ms_later;
    p->wall_ms += ms_later;
    return puppet_event(p, (struct smk_event){.type = SMK_EV_TIME});
}

enum smk_err puppet_deliver(struct puppet *p, struct smk_bytes line)
{
    return puppet_event(p, (struct smk_event){.type = SMK_EV_RECEIVED, .received = line});
}

/* ---- handshake ---- */

static enum smk_err shake_write(struct puppet *p)
{
    struct smk_buf frame = {.max = 256};
    smk_buf_write_be16(&frame, (uint16_t)smk_noise_overhead(&p->noise));
    demand(smk_noise_write(&p->noise, (struct smk_bytes){0}, &frame));
    enum smk_err err = puppet_deliver(p, smk_buf_view(&frame));
    smk_buf_deinit(&frame);
    return err;
}

static void shake_read(struct puppet *p)
{
    size_t len = smk_noise_overhead(&p->noise);
    struct smk_buf nothing = {0};
    SMK_ASSERT(p->from_session.len >= 2 + len);
    demand(smk_noise_read(&p->noise, (struct smk_bytes){p->from_session.data + 2, len}, &nothing));
    smk_buf_drop(&p->from_session, 2 + len);
}

static void begin_channel(struct puppet *p)
{
    struct smk_noise_cipher send, receive;
    demand(smk_noise_split(&p->noise, &send, &receive));
    smk_channel_init(&p->channel, &send, &receive);
    p->has_channel = true;
}

enum smk_err puppet_shake(struct puppet *p)
{
    enum smk_err err = SMK_OK;
    if (p->is_initiator) {
        demand(shake_write(p));
        shake_read(p);
        err = shake_write(p);
    } else {
        shake_read(p);
        err = shake_write(p);
        if (err != SMK_OK)
            return err; /* the session broke off before message 3 */
        shake_read(p);
    }
    begin_channel(p);
    return err;
}

/* ---- messages ---- */

enum smk_err puppet_say(struct puppet *p, uint8_t type, struct smk_bytes body)
{
    struct smk_buf line = {.max = 4 * SMK_MESSAGE_BYTES_MAX};
    demand(smk_channel_send(&p->channel, type, body, &line));
    enum smk_err err = puppet_deliver(p, smk_buf_view(&line));
    smk_buf_deinit(&line);
    return err;
}

struct smk_message_view puppet_hear(struct puppet *p)
{
    struct smk_message_view m = {0};
    bool has = false;
    demand(smk_channel_next(&p->channel, &has, &m));
    if (!has && p->from_session.len > 0) {
        demand(smk_channel_receive(&p->channel, smk_buf_view(&p->from_session)));
        smk_buf_reset(&p->from_session);
        demand(smk_channel_next(&p->channel, &has, &m));
    }
    return has ? m : (struct smk_message_view){0};
}

bool puppet_await(struct puppet *p, uint8_t type, struct smk_bytes *ret_body)
{
    for (;;) {
        struct smk_message_view m = puppet_hear(p);
        if (m.type == 0)
            return false;
        if (m.type != type)
            continue;
        *ret_body = m.body;
        return true;
    }
}

/* ---- good ones ---- */

void puppet_digest(struct puppet *p, const char *scopes, uint8_t ret_digest[SMK_HASH_BYTES])
{
    struct smk_buf entries = {.max = 65536}, list = {.max = 65536};
    size_t count = 0;
    while (*scopes != '\0') {
        char word[SMK_SCOPE_LETTERS_MAX + 1] = {0};
        size_t len = strcspn(scopes, " ");
        SMK_ASSERT(len < sizeof word);
        memcpy(word, scopes, len);
        uint8_t root[SMK_HASH_BYTES];
        memory_node_root(p->node, word, root);
        smk_pack_array(&entries, 3);
        smk_pack_text(&entries, word);
        smk_pack_bin(&entries, SMK_BYTES(root));
        smk_pack_nil(&entries);
        count++;
        scopes += len;
        scopes += strspn(scopes, " ");
    }
    smk_pack_array(&list, count);
    smk_pack_raw(&list, smk_buf_view(&entries));
    demand(list.err);
    smk_hash(SMK_PERSONAL_DIGEST, smk_buf_view(&list), ret_digest);
    smk_buf_deinit(&entries);
    smk_buf_deinit(&list);
}

static struct voice voice_of(const struct puppet *p)
{
    return (struct voice){.device = p->device,
                          .coalition = smk_roster_coalition(p->node->roster),
                          .handshake_hash = p->noise.hash,
                          .is_initiator = p->is_initiator};
}

void puppet_hello(const struct puppet *p, const struct test_coalition *c,
                  const uint8_t digest[SMK_HASH_BYTES], struct smk_buf *b)
{
    struct voice v = voice_of(p);
    voice_hello(&v, c != NULL ? c->roster : NULL, digest, b);
}

void puppet_join(const struct puppet *p, const struct smk_invitation *inv, struct smk_buf *b)
{
    struct smk_join m = {0};
    struct voice voice = voice_of(p);
    uint8_t shared[SMK_KEY_BYTES], bytes[SMK_HASH_BYTES + 2 * SMK_KEY_BYTES];
    memcpy(m.invitation, inv->id, sizeof m.invitation);
    memcpy(m.sign_key, p->device->sign.public_key, SMK_KEY_BYTES);
    memcpy(m.box_key, p->device->box.public_key, SMK_KEY_BYTES);
    memcpy(bytes, p->noise.hash, SMK_HASH_BYTES);
    memcpy(bytes + SMK_HASH_BYTES, m.sign_key, SMK_KEY_BYTES);
    memcpy(bytes + SMK_HASH_BYTES + SMK_KEY_BYTES, m.box_key, SMK_KEY_BYTES);
    smk_hmac_sha256(SMK_BYTES(inv->secret), SMK_BYTES(bytes), m.mac);
    voice_binding(&voice, m.binding);
    bool is_good = smk_dh(p->device->box.secret, inv->box_key, shared);
    SMK_ASSERT(is_good);
    smk_hmac_sha256(SMK_BYTES(shared), SMK_BYTES(p->noise.hash), m.box_proof);
    smk_join_encode(&m, b);
    demand(b->err);
}
