#include "proto/hash.h"
#include "proto/mem.h"
#include "proto/noise.h"
#include "tests/support/fault.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

enum {
    TAG = SMK_FRAME_TAG_BYTES,
    MESSAGES = 3,
};

static const struct smk_bytes nothing;
static const size_t overhead[MESSAGES + 1] = {32, 96, 64, 0};

/* The two sides; the initiator writes messages 0 and 2. */
struct pair {
    struct smk_noise side[2]; /* 0 responder, 1 initiator */
    struct smk_dh_key key[2];
};

static struct smk_dh_key key_from(uint8_t fill)
{
    struct smk_dh_key key;
    uint8_t secret[SMK_KEY_BYTES];
    memset(secret, fill, sizeof secret);
    smk_dh_key_init(&key, secret);
    return key;
}

static struct pair pair_with(const char *prologue_0, const char *prologue_1)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    struct pair p = {.key = {key_from(1), key_from(2)}};
    const struct smk_dh_key ephemeral[2] = {key_from(3), key_from(4)};
    smk_noise_init(&p.side[0], false, smk_bytes_of_text(prologue_0), &p.key[0], &ephemeral[0]);
    smk_noise_init(&p.side[1], true, smk_bytes_of_text(prologue_1), &p.key[1], &ephemeral[1]);
    return p;
}

static struct smk_noise *writer_of(struct pair *p, unsigned message)
{
    return &p->side[message % 2 == 0 ? 1 : 0];
}

static struct smk_noise *reader_of(struct pair *p, unsigned message)
{
    return &p->side[message % 2 == 0 ? 0 : 1];
}

static void write_next(struct pair *p, unsigned message, struct smk_bytes payload,
                       struct smk_buf *ret_message)
{
    *ret_message = (struct smk_buf){.max = SMK_FRAME_BYTES_MAX};
    cr_assert(eq(int, smk_noise_write(writer_of(p, message), payload, ret_message), SMK_OK), "message %u",
              message);
}

/* Takes the pair to the point where `message` is to be written. */
static struct pair pair_before(unsigned message)
{
    struct pair p = pair_with("", "");
    for (unsigned i = 0; i < message; i++) {
        struct smk_buf sent, got = {.max = 1};
        write_next(&p, i, nothing, &sent);
        cr_assert(eq(int, smk_noise_read(reader_of(&p, i), smk_buf_view(&sent), &got), SMK_OK), "message %u",
                  i);
        smk_buf_deinit(&sent);
        smk_buf_deinit(&got);
    }
    return p;
}

Test(noise, three_messages_bring_keys_identities_and_one_hash)
{
    struct pair p = pair_with("same", "same");
    static const char *const payload[] = {"first", "", "the third one is longer"};
    struct smk_noise_cipher send[2], receive[2];
    for (unsigned i = 0; i < MESSAGES; i++) {
        struct smk_buf sent, got = {.max = 100};
        cr_assert(eq(sz, smk_noise_overhead(writer_of(&p, i)), overhead[i]));
        write_next(&p, i, smk_bytes_of_text(payload[i]), &sent);
        cr_assert(eq(sz, sent.len, overhead[i] + strlen(payload[i])));
        smk_buf_write(&got, "before:", 7);
        cr_assert(eq(int, smk_noise_read(reader_of(&p, i), smk_buf_view(&sent), &got), SMK_OK), "message %u",
                  i);
        cr_assert(eq(int, memcmp(got.data, "before:", 7), 0), "appended");
        smk_buf_drop(&got, 7);
        cr_assert(smk_bytes_is_equal(smk_buf_view(&got), smk_bytes_of_text(payload[i])), "message %u", i);
        smk_buf_deinit(&sent);
        smk_buf_deinit(&got);
    }
    cr_assert(eq(int, memcmp(p.side[0].hash, p.side[1].hash, SMK_HASH_BYTES), 0));
    for (unsigned i = 0; i < 2; i++) {
        cr_assert(p.side[i].has_peer_static);
        cr_assert(eq(int, memcmp(p.side[i].peer_static, p.key[1 - i].public_key, SMK_KEY_BYTES), 0));
        cr_assert(eq(int, smk_noise_split(&p.side[i], &send[i], &receive[i]), SMK_OK));
    }
    for (unsigned i = 0; i < 2; i++) {
        cr_assert(eq(int, memcmp(send[i].key, receive[1 - i].key, SMK_KEY_BYTES), 0));
        cr_assert(eq(u64, send[i].nonce + receive[i].nonce, 0));
    }
    cr_assert(ne(int, memcmp(send[0].key, receive[0].key, SMK_KEY_BYTES), 0), "two directions, two keys");
}

/* The same keys, computed by another implementation of the specification: hash, and the first empty frames. */
Test(noise, a_known_handshake_comes_out_as_known)
{
    static const char *const secret[] = {"4d9a558f30488553e51c17ef557672cfc70dc770f5fdc3c4e125d9cf91c47e83",
                                         "c7eb8529a8d582a73384241eb6abdc2114a78f6b595835610eb2cf50d1a4c883",
                                         "a4a81a15e7eae211cf5b1b795a1f1620e751d2d75aa64c5df6916596079090ac",
                                         "0690af56df0a4b61abbd455141fe03c2d1a964061dadfc60a0badc42df15da39"};
    static const char *const frame[] = {"bcfdda75e4aea30caf74f8fcb2730796",
                                        "467d10d5ed073b5f77617f4e7ce2b158"};
    struct smk_dh_key key[4];
    struct pair p;
    uint8_t bytes[SMK_KEY_BYTES], hash[SMK_HASH_BYTES], expected[TAG], sealed[TAG];
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    for (size_t i = 0; i < 4; i++) {
        cr_assert(smk_hex_parse(secret[i], bytes, sizeof bytes));
        smk_dh_key_init(&key[i], bytes);
    }
    smk_noise_init(&p.side[0], false, smk_bytes_of_text("samaki-test-prologue"), &key[0], &key[1]);
    smk_noise_init(&p.side[1], true, smk_bytes_of_text("samaki-test-prologue"), &key[2], &key[3]);
    for (unsigned i = 0; i < MESSAGES; i++) {
        struct smk_buf sent, got = {.max = 1};
        write_next(&p, i, nothing, &sent);
        cr_assert(eq(int, smk_noise_read(reader_of(&p, i), smk_buf_view(&sent), &got), SMK_OK));
        smk_buf_deinit(&sent);
    }
    cr_assert(
        smk_hex_parse("3882c4a332aaa75b4ca0070b3e274d657537b379bd0bc448e0042a4bf8606b02", hash, sizeof hash));
    for (unsigned side = 0; side < 2; side++) {
        struct smk_noise_cipher send, receive;
        cr_assert(eq(int, memcmp(p.side[side].hash, hash, sizeof hash), 0));
        cr_assert(eq(int, smk_noise_split(&p.side[side], &send, &receive), SMK_OK));
        cr_assert(smk_hex_parse(frame[side], expected, sizeof expected));
        cr_assert(eq(int, smk_noise_cipher_seal(&send, nothing, sealed), SMK_OK));
        cr_assert(eq(int, memcmp(sealed, expected, sizeof sealed), 0), "side %u", side);
    }
}

/* Each state and each call: the cell says whether it is allowed. */
Test(noise, only_the_call_that_is_due_is_allowed)
{
    for (unsigned step = 0; step <= MESSAGES; step++)
        for (unsigned who = 0; who < 2; who++) {
            bool may_write = step < MESSAGES && who == (step % 2 == 0 ? 1u : 0u), is_done = step == MESSAGES;
            struct smk_noise_cipher one, two;
            struct pair p = pair_before(step);
            struct smk_noise *n = &p.side[who];
            struct smk_buf b = {.max = 1000};
            cr_assert(eq(int, smk_noise_is_write_turn(n), may_write), "step %u, side %u", step, who);
            cr_assert(eq(int, smk_noise_is_done(n), is_done), "step %u, side %u", step, who);
            cr_assert(eq(sz, smk_noise_overhead(n), overhead[step]));
            cr_assert(eq(int, smk_noise_split(n, &one, &two), is_done ? SMK_OK : SMK_ERR_UNEXPECTED));
            cr_assert(eq(int, smk_noise_split(n, &one, &two), SMK_ERR_UNEXPECTED), "not twice");
            cr_assert(eq(int, smk_noise_write(n, nothing, &b), may_write ? SMK_OK : SMK_ERR_UNEXPECTED));
            cr_assert(eq(int, b.len > 0, may_write));
            smk_buf_deinit(&b);
            if (may_write) {
                p = pair_before(step);
                cr_assert(eq(int, smk_noise_read(n, smk_bytes_of_text("x"), &b), SMK_ERR_UNEXPECTED));
                cr_assert(not(smk_noise_is_write_turn(n)), "a message out of turn is the end");
            }
        }
}

Test(noise, a_message_after_the_last_ends_what_was_done)
{
    struct pair p = pair_before(MESSAGES);
    struct smk_noise_cipher one, two;
    struct smk_buf b = {.max = 1000};
    cr_assert(smk_noise_is_done(&p.side[0]));
    cr_assert(eq(int, smk_noise_read(&p.side[0], smk_bytes_of_text("x"), &b), SMK_ERR_UNEXPECTED));
    cr_assert(not(smk_noise_is_done(&p.side[0])));
    cr_assert(eq(int, smk_noise_split(&p.side[0], &one, &two), SMK_ERR_UNEXPECTED));
    smk_buf_deinit(&b);
}

static void is_dead(struct smk_noise *n, const char *why)
{
    static const uint8_t message[96] = {9};
    struct smk_buf b = {.max = 1000};
    struct smk_noise_cipher one, two;
    cr_assert(not(smk_noise_is_done(n)), "%s", why);
    cr_assert(not(smk_noise_is_write_turn(n)), "%s", why);
    cr_assert(eq(int, smk_noise_write(n, nothing, &b), SMK_ERR_UNEXPECTED), "%s", why);
    cr_assert(eq(int, smk_noise_read(n, SMK_BYTES(message), &b), SMK_ERR_UNEXPECTED), "%s", why);
    cr_assert(eq(int, smk_noise_split(n, &one, &two), SMK_ERR_UNEXPECTED), "%s", why);
    cr_assert(eq(sz, b.len, 0), "%s", why);
}

/* Goes on with a pair whose message was spoiled; true when some later message is refused. */
static bool is_refused_later(struct pair *p, unsigned message)
{
    for (unsigned i = message; i < MESSAGES; i++) {
        struct smk_buf sent = {.max = 200}, got = {.max = 200};
        enum smk_err err = smk_noise_write(writer_of(p, i), nothing, &sent);
        if (err == SMK_OK)
            err = smk_noise_read(reader_of(p, i), smk_buf_view(&sent), &got);
        smk_buf_deinit(&sent);
        smk_buf_deinit(&got);
        if (err == SMK_ERR_HANDSHAKE)
            return true;
        cr_assert(eq(int, err, SMK_OK));
    }
    return false;
}

/* The first message is not sealed: what is wrong with it shows in the second. */
static void read_spoiled(unsigned message, struct pair p, struct smk_bytes bytes, const char *why,
                         size_t where)
{
    struct smk_buf got = {.max = 200};
    struct smk_noise *reader = reader_of(&p, message);
    enum smk_err err = smk_noise_read(reader, bytes, &got);
    if (message == 0 && bytes.len >= 32) {
        cr_assert(eq(int, err, SMK_OK), "%s, message 0, %zu", why, where);
        cr_assert(is_refused_later(&p, 1), "%s, message 0, %zu", why, where);
    } else {
        cr_assert(eq(int, err, SMK_ERR_HANDSHAKE), "%s, message %u, %zu", why, message, where);
        cr_assert(eq(sz, got.len, 0));
        is_dead(reader, why);
    }
    smk_buf_deinit(&got);
}

Test(noise, every_changed_byte_every_cut_and_every_byte_more_is_noticed)
{
    for (unsigned message = 0; message < MESSAGES; message++) {
        struct pair p = pair_before(message);
        struct smk_buf sent;
        write_next(&p, message, nothing, &sent);
        for (size_t i = 0; i < sent.len; i++) {
            sent.data[i] ^= (uint8_t)(1u << i % 7); /* bit 7 of a key's last byte does not count in X25519 */
            read_spoiled(message, p, smk_buf_view(&sent), "changed", i);
            sent.data[i] ^= (uint8_t)(1u << i % 7);
        }
        for (size_t len = 0; len < sent.len; len++)
            read_spoiled(message, p, (struct smk_bytes){sent.data, len}, "cut", len);
        smk_buf_write_u8(&sent, 0);
        read_spoiled(message, p, smk_buf_view(&sent), "one byte more", sent.len);
        smk_buf_deinit(&sent);
    }
}

Test(noise, the_unused_bit_of_an_ephemeral_key_is_noticed_too)
{
    struct pair p = pair_before(0);
    struct smk_buf sent;
    write_next(&p, 0, nothing, &sent);
    sent.data[31] ^= 0x80;
    read_spoiled(0, p, smk_buf_view(&sent), "the unused bit", 31);
    smk_buf_deinit(&sent);
}

Test(noise, different_prologues_do_not_meet)
{
    struct pair p = pair_with("SAMAKI/1 a", "SAMAKI/1 b");
    cr_assert(is_refused_later(&p, 0));
}

Test(noise, a_message_of_another_session_is_refused)
{
    struct pair p = pair_before(1), other = pair_with("other", "other");
    struct smk_buf sent, got = {.max = 100};
    write_next(&other, 0, nothing, &sent);
    cr_assert(eq(int, smk_noise_read(&other.side[0], smk_buf_view(&sent), &got), SMK_OK));
    smk_buf_deinit(&sent);
    write_next(&other, 1, nothing, &sent);
    cr_assert(eq(int, smk_noise_read(&p.side[1], smk_buf_view(&sent), &got), SMK_ERR_HANDSHAKE));
    smk_buf_deinit(&sent);
}

Test(noise, a_low_order_key_ends_the_handshake)
{
    static const char *const low[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    };
    for (size_t i = 0; i < sizeof low / sizeof low[0]; i++) {
        uint8_t first[32], second[96] = {0};
        struct smk_buf b = {.max = 200};
        struct pair p = pair_before(0), q = pair_before(1);
        cr_assert(smk_hex_parse(low[i], first, sizeof first));
        memcpy(second, first, sizeof first);
        cr_assert(eq(int, smk_noise_read(&p.side[0], SMK_BYTES(first), &b), SMK_OK));
        cr_assert(eq(int, smk_noise_write(&p.side[0], nothing, &b), SMK_ERR_HANDSHAKE), "%s", low[i]);
        is_dead(&p.side[0], low[i]);
        cr_assert(eq(int, smk_noise_read(&q.side[1], SMK_BYTES(second), &b), SMK_ERR_HANDSHAKE), "%s",
                  low[i]);
        is_dead(&q.side[1], low[i]);
        cr_assert(eq(sz, b.len, 0));
    }
}

Test(noise, a_message_is_at_most_65535_bytes)
{
    static uint8_t payload[SMK_FRAME_BYTES_MAX];
    for (unsigned message = 0; message < MESSAGES; message++) {
        struct pair p = pair_before(message);
        size_t most = SMK_FRAME_BYTES_MAX - overhead[message];
        struct smk_buf sent = {.max = 70000}, got = {.max = 70000};
        struct smk_noise *n = writer_of(&p, message);
        cr_assert(
            eq(int, smk_noise_write(n, (struct smk_bytes){payload, most + 1}, &sent), SMK_ERR_TOO_BIG_HERE));
        cr_assert(eq(sz, sent.len, 0));
        cr_assert(smk_noise_is_write_turn(n), "nothing has happened");
        cr_assert(eq(int, smk_noise_write(n, (struct smk_bytes){payload, most}, &sent), SMK_OK));
        cr_assert(eq(sz, sent.len, SMK_FRAME_BYTES_MAX));
        struct pair q = p;
        cr_assert(eq(int, smk_noise_read(reader_of(&p, message), smk_buf_view(&sent), &got), SMK_OK));
        cr_assert(eq(sz, got.len, most));
        smk_buf_write_u8(&sent, 0);
        cr_assert(
            eq(int, smk_noise_read(reader_of(&q, message), smk_buf_view(&sent), &got), SMK_ERR_HANDSHAKE));
        smk_buf_deinit(&sent);
        smk_buf_deinit(&got);
    }
}

Test(noise, a_buffer_without_room_leaves_the_writer_and_ends_the_reader)
{
    for (unsigned message = 0; message < MESSAGES; message++) {
        struct pair p = pair_before(message);
        struct smk_buf small = {.max = overhead[message]}, sent = {.max = 200}, none = {.max = 0};
        struct smk_noise *n = writer_of(&p, message), *m = reader_of(&p, message);
        cr_assert(eq(int, smk_noise_write(n, smk_bytes_of_text("x"), &small), SMK_ERR_TOO_BIG_HERE));
        cr_assert(eq(sz, small.len, 0));
        cr_assert(eq(int, smk_noise_write(n, smk_bytes_of_text("x"), &sent), SMK_OK), "still able");
        cr_assert(eq(int, smk_noise_read(m, smk_buf_view(&sent), &none), SMK_ERR_TOO_BIG_HERE));
        is_dead(m, "no room for the payload");
        smk_buf_deinit(&small);
        smk_buf_deinit(&sent);
    }
}

Test(noise, without_memory_the_writer_stays_and_the_reader_ends)
{
    for (unsigned message = 0; message < MESSAGES; message++)
        for (unsigned long nth = 0;; nth++) {
            cr_assert(lt(ulong, nth, 50));
            struct pair p = pair_before(message);
            struct smk_noise *n = writer_of(&p, message), *m = reader_of(&p, message);
            struct smk_buf sent = {.max = 500}, got = {.max = 500};
            test_fault_begin(TEST_FAULT_ONCE, nth);
            enum smk_err err = smk_noise_write(n, smk_bytes_of_text("payload"), &sent);
            if (err != SMK_OK) {
                cr_assert(eq(int, err, SMK_ERR_NOMEM));
                cr_assert(smk_noise_is_write_turn(n));
                smk_buf_reset(&sent);
                cr_assert(eq(int, smk_noise_write(n, smk_bytes_of_text("payload"), &sent), SMK_OK));
            }
            err = smk_noise_read(m, smk_buf_view(&sent), &got);
            bool has_failed = test_fault_hits() > 0;
            if (err != SMK_OK) {
                cr_assert(eq(int, err, SMK_ERR_NOMEM));
                is_dead(m, "no memory");
            }
            smk_buf_deinit(&sent);
            smk_buf_deinit(&got);
            cr_assert(eq(long, test_fault_live(), 0));
            test_fault_end();
            if (!has_failed)
                break;
        }
}

static bool is_zero(const void *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (((const uint8_t *)at)[i] != 0)
            return false;
    return true;
}

Test(noise, secrets_go_when_they_have_done_their_work)
{
    struct pair p = pair_before(3);
    struct smk_noise *n = &p.side[1];
    struct smk_noise_cipher one, two;
    uint8_t hash[SMK_HASH_BYTES];
    memcpy(hash, n->hash, sizeof hash);
    cr_assert(eq(int, smk_noise_split(n, &one, &two), SMK_OK));
    cr_assert(is_zero(&n->own_static, sizeof n->own_static));
    cr_assert(is_zero(&n->own_ephemeral, sizeof n->own_ephemeral));
    cr_assert(is_zero(n->chaining_key, sizeof n->chaining_key));
    cr_assert(is_zero(&n->cipher, sizeof n->cipher));
    cr_assert(eq(int, memcmp(n->hash, hash, sizeof hash), 0), "the hash stays");
    cr_assert(eq(int, memcmp(n->peer_static, p.key[0].public_key, SMK_KEY_BYTES), 0), "and who it was");
    cr_assert(smk_noise_is_done(n));
    smk_noise_deinit(n);
    cr_assert(is_zero(n, sizeof *n));

    n = &p.side[0];
    cr_assert(eq(int, smk_noise_read(n, nothing, &(struct smk_buf){0}), SMK_ERR_UNEXPECTED));
    cr_assert(is_zero(&n->own_static, sizeof n->own_static), "a failure wipes as well");
    cr_assert(is_zero(n->chaining_key, sizeof n->chaining_key));
}

/* ---- one direction ---- */

Test(noise, the_nonce_moves_only_on_success)
{
    struct smk_noise_cipher send = {.key = {1}}, receive = {.key = {1}};
    uint8_t sealed[4][3 + TAG], place[3] = {7, 7, 7};
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    for (unsigned i = 0; i < 4; i++) {
        cr_assert(eq(int, smk_noise_cipher_seal(&send, smk_bytes_of_text("abc"), sealed[i]), SMK_OK));
        cr_assert(eq(u64, send.nonce, i + 1));
    }
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned other = 0; other < 4; other++) {
            if (other == i)
                continue;
            cr_assert(
                eq(int, smk_noise_cipher_unseal(&receive, SMK_BYTES(sealed[other]), place), SMK_ERR_DECRYPT),
                "%u in the place of %u", other, i);
            cr_assert(eq(u64, receive.nonce, i));
        }
        for (size_t len = 0; len < sizeof sealed[i]; len++)
            cr_assert(eq(int, smk_noise_cipher_unseal(&receive, (struct smk_bytes){sealed[i], len}, place),
                         SMK_ERR_DECRYPT));
        cr_assert(i > 0 || memcmp(place, "\7\7\7", 3) == 0, "nothing written");
        cr_assert(eq(int, smk_noise_cipher_unseal(&receive, SMK_BYTES(sealed[i]), place), SMK_OK));
        cr_assert(eq(int, memcmp(place, "abc", 3), 0));
    }
}

Test(noise, the_last_nonce_is_never_used)
{
    struct smk_noise_cipher send = {.key = {1}, .nonce = UINT64_MAX - 1}, receive = send;
    uint8_t sealed[1 + TAG], place[1];
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    cr_assert(eq(int, smk_noise_cipher_seal(&send, smk_bytes_of_text("x"), sealed), SMK_OK));
    cr_assert(eq(int, smk_noise_cipher_unseal(&receive, SMK_BYTES(sealed), place), SMK_OK));
    for (int i = 0; i < 2; i++) {
        cr_assert(eq(int, smk_noise_cipher_seal(&send, smk_bytes_of_text("x"), sealed), SMK_ERR_DEAD));
        cr_assert(eq(int, smk_noise_cipher_unseal(&receive, SMK_BYTES(sealed), place), SMK_ERR_DEAD));
    }
    cr_assert(eq(u64, send.nonce, UINT64_MAX));
    cr_assert(eq(u64, receive.nonce, UINT64_MAX));
}

Test(noise, rekey_is_the_beginning_of_a_sealed_block_of_zeros)
{
    struct smk_noise_cipher c = {.key = {9, 8, 7}, .nonce = 41};
    static const uint8_t zeros[SMK_KEY_BYTES];
    uint8_t expected[SMK_KEY_BYTES + TAG];
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    smk_aead_seal(c.key, UINT64_MAX, nothing, SMK_BYTES(zeros), expected);
    smk_noise_cipher_rekey(&c);
    cr_assert(eq(int, memcmp(c.key, expected, SMK_KEY_BYTES), 0));
    cr_assert(eq(u64, c.nonce, 41), "the nonce goes on");
}
