/* Target: the handshake, as initiator and as responder, with real keys.
 * Input: faults, role (0 the initiator is tested, 1 the responder), then for each message:
 *   what is done to a good message of the other side (nothing, one byte changed, cut, made longer, replaced by raw
 *   bytes), with its arguments and its payload.
 *
 * Only good messages lead on; after any other the handshake is dead. */
#include "proto/noise.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/builders.h"

#include <string.h>

enum change { LEFT_ALONE, ONE_BYTE, CUT, LONGER, RAW, SWAPPED_TURN, CHANGES };

struct world {
    struct smk_noise tested, other;
    struct smk_bytes said; /* payload of the message at hand */
};

static void world_init(struct world *w, bool is_initiator)
{
    static struct test_device device[4]; /* two identities, two ephemeral pairs; derived once */
    static bool is_made;
    static const uint8_t prologue[] = "SAMAKI/1 and a coalition";
    for (size_t i = 0; !is_made && i < 4; i++)
        test_device_init(&device[i], 100 + i);
    is_made = true;
    smk_noise_init(&w->tested, is_initiator, SMK_BYTES(prologue), &device[0].transport, &device[1].transport);
    smk_noise_init(&w->other, !is_initiator, SMK_BYTES(prologue), &device[2].transport, &device[3].transport);
}

/* Changes the message; true when it is still what was written. */
static bool change(struct smk_buf *message, struct smk_reader *in, enum change what)
{
    size_t at = message->len > 0 ? (size_t)fuzz_below(in, message->len) : 0;
    uint8_t mask = smk_read_u8(in);
    struct smk_bytes raw = what == RAW ? fuzz_bytes(in, 2 * (size_t)smk_read_u8(in)) : (struct smk_bytes){0};
    switch (what) {
    case ONE_BYTE: message->data[at] ^= mask; return mask == 0;
    case CUT: message->len = at; return false;
    case LONGER: smk_buf_write_u8(message, mask); return false;
    case RAW:
        smk_buf_reset(message);
        smk_buf_write_bytes(message, raw);
        return false;
    default: return true;
    }
}

static void check_dead(struct smk_noise *n)
{
    struct smk_buf b = {.max = 65536};
    SMK_ASSERT(!smk_noise_is_done(n));
    SMK_ASSERT(!smk_noise_is_write_turn(n));
    SMK_ASSERT(smk_noise_write(n, (struct smk_bytes){0}, &b) == SMK_ERR_UNEXPECTED);
    SMK_ASSERT(smk_noise_read(n, SMK_BYTES(n->hash), &b) == SMK_ERR_UNEXPECTED);
    smk_buf_deinit(&b);
}

/* The tested side reads. False: it is over. */
static bool take(struct world *w, const struct smk_buf *message, bool is_good)
{
    struct fuzz_block block = fuzz_block_of(smk_buf_view(message));
    struct smk_buf payload = {.max = 65536};
    test_fault_pause(false);
    enum smk_err err = smk_noise_read(&w->tested, fuzz_block_view(&block), &payload);
    test_fault_pause(true);
    fuzz_block_drop(&block);
    /* The first message is in the clear: a changed key, or more payload, is found out by the second or third. */
    bool is_first = w->tested.step == 1 && !w->tested.is_initiator && err == SMK_OK;
    if (err == SMK_OK) {
        SMK_ASSERT(is_good || is_first);
        SMK_ASSERT(!is_good || smk_bytes_is_equal(smk_buf_view(&payload), w->said));
    } else {
        bool is_memory = err == SMK_ERR_NOMEM && test_fault_hits() > 0;
        SMK_ASSERT(is_memory || err == SMK_ERR_HANDSHAKE);
        SMK_ASSERT(is_memory || !is_good);
        SMK_ASSERT(payload.len == 0);
        check_dead(&w->tested);
    }
    smk_buf_deinit(&payload);
    return err == SMK_OK && is_good;
}

/* One message of either side. False: it is over. */
static bool pass(struct world *w, struct smk_reader *in)
{
    struct smk_buf message = {.max = 65536}, payload = {.max = 65536};
    enum change what = (enum change)fuzz_below(in, CHANGES);
    w->said = fuzz_bytes(in, smk_read_u8(in));
    bool is_ours = smk_noise_is_write_turn(&w->tested), goes_on;
    if (what == SWAPPED_TURN && !is_ours) {
        SMK_ASSERT(smk_noise_write(&w->tested, w->said, &message) == SMK_ERR_UNEXPECTED);
        SMK_ASSERT(message.len == 0);
    }
    if (is_ours) {
        enum smk_err err = smk_noise_write(&w->tested, w->said, &message);
        SMK_ASSERT(err == SMK_OK);
        err = smk_noise_read(&w->other, smk_buf_view(&message), &payload);
        SMK_ASSERT(err == SMK_OK);
        SMK_ASSERT(smk_bytes_is_equal(smk_buf_view(&payload), w->said));
        goes_on = true;
    } else {
        enum smk_err err = smk_noise_write(&w->other, w->said, &message);
        SMK_ASSERT(err == SMK_OK);
        bool is_good = change(&message, in, what);
        goes_on = take(w, &message, is_good);
    }
    smk_buf_deinit(&message);
    smk_buf_deinit(&payload);
    return goes_on;
}

static void check_end(struct world *w)
{
    struct smk_noise_cipher send, receive, other_send, other_receive;
    SMK_ASSERT(memcmp(w->tested.hash, w->other.hash, SMK_HASH_BYTES) == 0);
    enum smk_err err = smk_noise_split(&w->tested, &send, &receive);
    SMK_ASSERT(err == SMK_OK);
    err = smk_noise_split(&w->other, &other_send, &other_receive);
    SMK_ASSERT(err == SMK_OK);
    SMK_ASSERT(memcmp(send.key, other_receive.key, SMK_KEY_BYTES) == 0);
    SMK_ASSERT(memcmp(receive.key, other_send.key, SMK_KEY_BYTES) == 0);
    err = smk_noise_split(&w->tested, &send, &receive);
    SMK_ASSERT(err == SMK_ERR_UNEXPECTED);
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    struct world w;
    bool goes_on = true;
    world_init(&w, fuzz_below(&in, 2) == 0);
    fuzz_faults_begin(faults);
    while (goes_on && !smk_noise_is_done(&w.tested))
        goes_on = pass(&w, &in);
    if (goes_on)
        check_end(&w);
    smk_noise_deinit(&w.tested);
    smk_noise_deinit(&w.other);
    fuzz_faults_end();
}

void fuzz_seeds(void)
{
    static const uint8_t plain_initiator[] = {0, 0, 0}, plain_responder[] = {0, 0, 1};
    static const uint8_t payloads[] = {0, 0, 1, LEFT_ALONE, 3, 'a', 'b', 'c', 0, 0, LEFT_ALONE, 1, 'd'};
    static const uint8_t changed[] = {0, 0, 0, 0, 0, ONE_BYTE, 0, 40, 1};
    static const uint8_t raw[] = {0, 0, 1, RAW, 0, 0, 0, 16, 1, 2, 3};
    static const uint8_t turned[] = {0, 0, 1, SWAPPED_TURN, 0};
    fuzz_seed("initiator", SMK_BYTES(plain_initiator), (struct smk_bytes){0});
    fuzz_seed("responder", SMK_BYTES(plain_responder), (struct smk_bytes){0});
    fuzz_seed("payloads", SMK_BYTES(payloads), (struct smk_bytes){0});
    fuzz_seed("changed", SMK_BYTES(changed), (struct smk_bytes){0});
    fuzz_seed("raw", SMK_BYTES(raw), (struct smk_bytes){0});
    fuzz_seed("turned", SMK_BYTES(turned), (struct smk_bytes){0});
}
