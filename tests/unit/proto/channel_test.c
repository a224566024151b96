#include "proto/channel.h"
#include "proto/hash.h"
#include "tests/support/fault.h"
#include "tests/support/rng.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    TAG = SMK_FRAME_TAG_BYTES,
    HEAD = 5,
    FRAME_PLAIN = SMK_FRAME_BYTES_MAX - TAG,
    BODY_MAX = SMK_MESSAGE_BYTES_MAX - 1,
    LINE_MAX = 8 * 1024 * 1024,
};

static const struct smk_noise_cipher direction = {.key = {1, 2, 3}}, back = {.key = {3, 2, 1}};

static void channels(struct smk_channel *ret_from, struct smk_channel *ret_to)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    smk_channel_init(ret_from, &direction, &back);
    smk_channel_init(ret_to, &back, &direction);
}

static uint8_t *body_of(size_t len)
{
    uint8_t *body = malloc(len > 0 ? len : 1);
    cr_assert(ne(ptr, body, NULL));
    for (size_t i = 0; i < len; i++)
        body[i] = (uint8_t)(i * 31 + len);
    return body;
}

static void send_one(struct smk_channel *c, uint8_t type, size_t len, struct smk_buf *line)
{
    uint8_t *body = body_of(len);
    cr_assert(eq(int, smk_channel_send(c, type, (struct smk_bytes){body, len}, line), SMK_OK), "%zu bytes",
              len);
    free(body);
}

static void expect_one(struct smk_channel *c, uint8_t type, size_t len)
{
    struct smk_message_view view;
    bool has = false;
    cr_assert(eq(int, smk_channel_next(c, &has, &view), SMK_OK));
    cr_assert(has, "%zu bytes", len);
    cr_assert(eq(u8, view.type, type));
    cr_assert(eq(sz, view.body.len, len));
    uint8_t *body = body_of(len);
    cr_assert(smk_bytes_is_equal(view.body, (struct smk_bytes){body, len}), "%zu bytes", len);
    free(body);
}

static void expect_none(struct smk_channel *c)
{
    struct smk_message_view view;
    bool has = true;
    cr_assert(eq(int, smk_channel_next(c, &has, &view), SMK_OK));
    cr_assert(not(has));
}

static void is_dead(struct smk_channel *c, const char *why)
{
    struct smk_buf line = {.max = 1000};
    struct smk_message_view view;
    bool has;
    cr_assert(eq(int, smk_channel_send(c, 1, smk_bytes_of_text("x"), &line), SMK_ERR_DEAD), "%s", why);
    cr_assert(eq(int, smk_channel_receive(c, smk_bytes_of_text("x")), SMK_ERR_DEAD), "%s", why);
    cr_assert(eq(int, smk_channel_next(c, &has, &view), SMK_ERR_DEAD), "%s", why);
    cr_assert(eq(sz, line.len, 0), "%s", why);
}

/* Appends a frame with these opened bytes, as a peer could send it. */
static void put_frame(struct smk_noise_cipher *c, struct smk_bytes plain, struct smk_buf *line)
{
    uint8_t *sealed = malloc(plain.len + TAG);
    cr_assert(ne(ptr, sealed, NULL));
    cr_assert(eq(int, smk_noise_cipher_seal(c, plain, sealed), SMK_OK));
    smk_buf_write_be16(line, (uint16_t)(plain.len + TAG));
    smk_buf_write(line, sealed, plain.len + TAG);
    cr_assert(eq(int, line->err, SMK_OK));
    free(sealed);
}

static void put_message(struct smk_buf *plain, uint8_t type, size_t len)
{
    uint8_t *body = body_of(len);
    smk_buf_write_be32(plain, (uint32_t)(len + 1));
    smk_buf_write_u8(plain, type);
    smk_buf_write(plain, body, len);
    cr_assert(eq(int, plain->err, SMK_OK));
    free(body);
}

Test(channel, messages_of_every_size_arrive_in_any_chunks, .timeout = 60)
{
    static const size_t len[] = {0,
                                 1,
                                 100,
                                 FRAME_PLAIN - HEAD - 1,
                                 FRAME_PLAIN - HEAD,
                                 FRAME_PLAIN - HEAD + 1,
                                 2 * FRAME_PLAIN - HEAD,
                                 2 * FRAME_PLAIN - HEAD + 1,
                                 BODY_MAX - 1,
                                 BODY_MAX,
                                 7};
    enum { COUNT = sizeof len / sizeof len[0] };
    static const size_t chunk[] = {997, 65536, SIZE_MAX};
    for (size_t k = 0; k < sizeof chunk / sizeof chunk[0]; k++) {
        struct smk_channel from, to;
        struct smk_buf line = {.max = LINE_MAX};
        size_t arrived = 0;
        channels(&from, &to);
        for (size_t i = 0; i < COUNT; i++)
            send_one(&from, (uint8_t)(200 + i), len[i], &line);
        for (size_t at = 0; at < line.len;) {
            size_t step = line.len - at < chunk[k] ? line.len - at : chunk[k];
            uint64_t before = to.messages_received;
            cr_assert(eq(int, smk_channel_receive(&to, (struct smk_bytes){line.data + at, step}), SMK_OK));
            for (; to.plain_used < to.plain_whole; arrived++)
                expect_one(&to, (uint8_t)(200 + arrived), len[arrived]);
            expect_none(&to);
            cr_assert(eq(u64, to.messages_received, arrived));
            cr_assert(ge(u64, to.messages_received, before));
            at += step;
        }
        cr_assert(eq(sz, arrived, COUNT));
        cr_assert(eq(u64, from.messages_sent, COUNT));
        cr_assert(eq(u64, from.frames_sent, to.frames_received));
        smk_buf_deinit(&line);
        smk_channel_deinit(&from);
        smk_channel_deinit(&to);
    }
}

Test(channel, a_message_takes_as_few_frames_as_it_can)
{
    static const struct {
        size_t len;
        uint64_t frames;
    } row[] = {{0, 1},
               {FRAME_PLAIN - HEAD, 1},
               {FRAME_PLAIN - HEAD + 1, 2},
               {2 * FRAME_PLAIN - HEAD, 2},
               {2 * FRAME_PLAIN - HEAD + 1, 3},
               {BODY_MAX, (HEAD + BODY_MAX + FRAME_PLAIN - 1) / FRAME_PLAIN}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_channel from, to;
        struct smk_buf line = {.max = LINE_MAX};
        channels(&from, &to);
        send_one(&from, 1, row[i].len, &line);
        cr_assert(eq(u64, from.frames_sent, row[i].frames), "%zu", row[i].len);
        cr_assert(eq(sz, line.len, HEAD + row[i].len + row[i].frames * (2 + TAG)), "%zu", row[i].len);
        smk_buf_deinit(&line);
        smk_channel_deinit(&from);
    }
}

Test(channel, what_is_too_big_or_has_no_room_changes_nothing)
{
    struct smk_channel from, to;
    uint8_t *body = body_of(BODY_MAX + 1);
    struct smk_buf line = {.max = LINE_MAX}, small = {.max = 40};
    channels(&from, &to);
    cr_assert(eq(int, smk_channel_send(&from, 1, (struct smk_bytes){body, BODY_MAX + 1}, &line),
                 SMK_ERR_TOO_BIG_HERE));
    cr_assert(
        eq(int, smk_channel_send(&from, 1, (struct smk_bytes){body, SIZE_MAX}, &line), SMK_ERR_TOO_BIG_HERE));
    cr_assert(eq(sz, line.len, 0));
    for (size_t len = 0; len < 30; len++) { /* 23 bytes go with a body */
        small = (struct smk_buf){.max = 40};
        uint64_t nonce = from.send.nonce;
        enum smk_err err = smk_channel_send(&from, 9, (struct smk_bytes){body, len}, &small);
        cr_assert(eq(int, err, len <= 17 ? SMK_OK : SMK_ERR_TOO_BIG_HERE), "%zu", len);
        cr_assert(eq(sz, small.len, err == SMK_OK ? 23 + len : 0), "%zu", len);
        cr_assert(eq(u64, from.send.nonce, nonce + (err == SMK_OK)), "%zu", len);
        cr_assert(eq(int, small.err, SMK_OK));
        smk_buf_deinit(&small);
    }
    cr_assert(eq(int, from.err, SMK_OK));
    free(body);
    smk_channel_deinit(&from);
}

Test(channel, frames_and_messages_need_not_end_together)
{
    struct smk_noise_cipher peer = direction;
    struct smk_channel from, to;
    struct smk_buf plain = {.max = 4000}, line = {.max = LINE_MAX};
    static const size_t len[] = {0, 3, 0, 900, 1, 0, 50};
    channels(&from, &to);
    for (size_t i = 0; i < 7; i++)
        put_message(&plain, (uint8_t)i, len[i]);
    for (size_t frame_bytes = 1; frame_bytes < plain.len + 40; frame_bytes += frame_bytes < 12 ? 1 : 83) {
        smk_buf_reset(&line);
        for (size_t at = 0; at < plain.len; at += frame_bytes) {
            size_t left = plain.len - at;
            put_frame(&peer, (struct smk_bytes){plain.data + at, left < frame_bytes ? left : frame_bytes},
                      &line);
        }
        cr_assert(eq(int, smk_channel_receive(&to, smk_buf_view(&line)), SMK_OK), "frames of %zu",
                  frame_bytes);
        for (size_t i = 0; i < 7; i++)
            expect_one(&to, (uint8_t)i, len[i]);
        expect_none(&to);
    }
    smk_buf_deinit(&plain);
    smk_buf_deinit(&line);
    smk_channel_deinit(&to);
}

Test(channel, every_changed_bit_of_a_frame_is_noticed)
{
    struct smk_channel from, to;
    struct smk_buf line = {.max = 1000};
    channels(&from, &to);
    send_one(&from, 1, 4, &line);
    for (size_t bit = 0; bit < 8 * line.len; bit++) {
        channels(&from, &to);
        line.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        enum smk_err err = smk_channel_receive(&to, smk_buf_view(&line));
        line.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (bit < 16 && err == SMK_OK)
            expect_none(&to); /* a longer frame is waited for */
        else
            cr_assert(err == SMK_ERR_DECRYPT || (bit < 16 && err == SMK_ERR_MALFORMED), "bit %zu: %d", bit,
                      err);
        if (err != SMK_OK)
            is_dead(&to, "a changed bit");
        smk_channel_deinit(&to);
    }
    smk_buf_deinit(&line);
}

Test(channel, frames_in_another_order_lost_or_twice_are_noticed)
{
    static const struct {
        unsigned order[3];
        unsigned good; /* frames that pass */
        const char *why;
    } row[] = {
        {{0, 1, 2}, 3, "as sent"}, {{1, 0, 2}, 0, "swapped"},  {{0, 2, 1}, 1, "swapped later"},
        {{0, 0, 1}, 1, "twice"},   {{1, 2, 2}, 0, "one lost"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_channel from, to;
        struct smk_buf line = {.max = 1000};
        channels(&from, &to);
        for (unsigned k = 0; k < 3; k++)
            send_one(&from, (uint8_t)k, 5, &line); /* 28 bytes each */
        for (unsigned k = 0; k < 3; k++) {
            struct smk_bytes frame = {line.data + (size_t)28 * row[i].order[k], 28};
            enum smk_err err = smk_channel_receive(&to, frame);
            if (k < row[i].good) {
                cr_assert(eq(int, err, SMK_OK), "%s", row[i].why);
                expect_one(&to, (uint8_t)k, 5);
            } else {
                cr_assert(eq(int, err, k == row[i].good ? SMK_ERR_DECRYPT : SMK_ERR_DEAD), "%s", row[i].why);
            }
        }
        smk_buf_deinit(&line);
        smk_channel_deinit(&to);
    }
}

Test(channel, a_frame_without_content_is_malformed_as_soon_as_its_length_is_known)
{
    for (unsigned length = 0; length < 20; length++) {
        struct smk_channel from, to;
        uint8_t line[2] = {0, (uint8_t)length};
        channels(&from, &to);
        cr_assert(eq(int, smk_channel_receive(&to, (struct smk_bytes){line, 1}), SMK_OK));
        enum smk_err err = smk_channel_receive(&to, (struct smk_bytes){line + 1, 1});
        cr_assert(eq(int, err, length < 17 ? SMK_ERR_MALFORMED : SMK_OK), "%u", length);
        if (err != SMK_OK)
            is_dead(&to, "too short");
        smk_channel_deinit(&to);
    }
}

Test(channel, a_message_that_is_too_long_is_refused_by_its_length)
{
    static const struct {
        uint32_t length;
        enum smk_err err;
    } row[] = {{SMK_MESSAGE_BYTES_MAX, SMK_OK},
               {SMK_MESSAGE_BYTES_MAX + 1, SMK_ERR_TOO_BIG},
               {0x7fffffff, SMK_ERR_TOO_BIG},
               {0x80000000, SMK_ERR_TOO_BIG},
               {UINT32_MAX, SMK_ERR_TOO_BIG}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        for (unsigned in_front = 0; in_front < 2;
             in_front++) { /* a good message before it in the same frame */
            struct smk_noise_cipher peer = direction;
            struct smk_channel from, to;
            struct smk_buf plain = {.max = 100}, line = {.max = 200};
            channels(&from, &to);
            if (in_front != 0)
                put_message(&plain, 3, 2);
            smk_buf_write_be32(&plain, row[i].length);
            put_frame(&peer, (struct smk_bytes){plain.data, plain.len - 1}, &line);
            cr_assert(eq(int, smk_channel_receive(&to, smk_buf_view(&line)), SMK_OK),
                      "a byte of it is missing");
            if (in_front != 0)
                expect_one(&to, 3, 2);
            expect_none(&to);
            smk_buf_reset(&line);
            put_frame(&peer, (struct smk_bytes){plain.data + plain.len - 1, 1}, &line);
            cr_assert(eq(int, smk_channel_receive(&to, smk_buf_view(&line)), row[i].err), "%" PRIu32,
                      row[i].length);
            if (row[i].err == SMK_OK)
                expect_none(&to);
            else
                is_dead(&to, "too long");
            smk_buf_deinit(&plain);
            smk_buf_deinit(&line);
            smk_channel_deinit(&to);
        }
}

Test(channel, a_message_without_a_type_is_malformed_when_its_turn_comes)
{
    struct smk_noise_cipher peer = direction;
    struct smk_channel from, to;
    struct smk_buf plain = {.max = 100}, line = {.max = 200};
    struct smk_message_view view;
    bool has = false;
    channels(&from, &to);
    put_message(&plain, 5, 3);
    smk_buf_write_be32(&plain, 0);
    put_message(&plain, 6, 3);
    put_frame(&peer, smk_buf_view(&plain), &line);
    cr_assert(eq(int, smk_channel_receive(&to, smk_buf_view(&line)), SMK_OK));
    expect_one(&to, 5, 3);
    cr_assert(eq(int, smk_channel_next(&to, &has, &view), SMK_ERR_MALFORMED));
    is_dead(&to, "a message of length 0");
    smk_buf_deinit(&plain);
    smk_buf_deinit(&line);
    smk_channel_deinit(&to);
}

Test(channel, messages_that_nobody_takes_do_not_pile_up)
{
    struct smk_channel from, to;
    struct smk_buf line = {.max = LINE_MAX};
    enum smk_err err = SMK_OK;
    unsigned batches = 0;
    channels(&from, &to);
    for (; err == SMK_OK && batches < 10; batches++) {
        smk_buf_reset(&line);
        send_one(&from, 1, BODY_MAX, &line);
        err = smk_channel_receive(&to, smk_buf_view(&line));
    }
    cr_assert(eq(int, err, SMK_ERR_TOO_BIG_HERE));
    cr_assert(le(uint, batches, 3));
    is_dead(&to, "nobody took them");
    smk_buf_deinit(&line);
    smk_channel_deinit(&from);
    smk_channel_deinit(&to);
}

Test(channel, both_sides_change_keys_between_the_same_frames, .timeout = 60)
{
    struct smk_channel from, to;
    struct smk_buf line = {.max = LINE_MAX};
    channels(&from, &to);
    for (unsigned i = 1; i <= 2 * SMK_REKEY_EVERY_MESSAGES + 1; i++) {
        smk_buf_reset(&line);
        uint8_t key_before[SMK_KEY_BYTES];
        memcpy(key_before, from.send.key, SMK_KEY_BYTES);
        cr_assert(eq(int, smk_channel_send(&from, 1, smk_bytes_of_text("x"), &line), SMK_OK));
        cr_assert(eq(int, smk_channel_receive(&to, smk_buf_view(&line)), SMK_OK), "frame %u", i);
        bool is_new = memcmp(key_before, from.send.key, SMK_KEY_BYTES) != 0;
        if (is_new != (i % SMK_REKEY_EVERY_MESSAGES == 0))
            cr_fatal("frame %u", i);
        if (memcmp(from.send.key, to.receive.key, SMK_KEY_BYTES) != 0 || from.send.nonce != i)
            cr_fatal("frame %u", i);
        struct smk_message_view view;
        bool has = false;
        cr_assert(eq(int, smk_channel_next(&to, &has, &view), SMK_OK));
        cr_assert(has);
    }
    cr_assert(eq(int, memcmp(to.send.key, back.key, SMK_KEY_BYTES), 0),
              "the other direction has sent nothing");
    smk_buf_deinit(&line);
    smk_channel_deinit(&from);
    smk_channel_deinit(&to);
}

Test(channel, used_up_nonces_end_the_channel_without_a_half_sent_message)
{
    struct smk_noise_cipher last = direction;
    struct smk_channel c;
    struct smk_buf line = {.max = LINE_MAX};
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    last.nonce = UINT64_MAX - 1; /* one frame is left, and the message needs two */
    smk_channel_init(&c, &last, &back);
    smk_buf_write(&line, "before", 6);
    uint8_t *body = body_of(FRAME_PLAIN);
    cr_assert(eq(int, smk_channel_send(&c, 1, (struct smk_bytes){body, FRAME_PLAIN}, &line), SMK_ERR_DEAD));
    cr_assert(eq(sz, line.len, 6));
    is_dead(&c, "no nonce left");
    free(body);
    smk_buf_deinit(&line);
    smk_channel_deinit(&c);
}

Test(channel, without_memory_a_sender_goes_on_and_a_receiver_ends)
{
    unsigned long nth = 0;
    for (bool has_failed = true; has_failed; nth++) {
        cr_assert(lt(ulong, nth, 200));
        struct smk_channel from, to;
        struct smk_buf line = {.max = LINE_MAX};
        uint8_t *body = body_of(2 * FRAME_PLAIN);
        struct smk_bytes view = {body, 2 * FRAME_PLAIN};
        channels(&from, &to);
        test_fault_begin(TEST_FAULT_ONCE, nth);
        enum smk_err err = smk_channel_send(&from, 1, view, &line);
        if (err != SMK_OK) {
            cr_assert(eq(int, err, SMK_ERR_NOMEM));
            cr_assert(eq(sz, line.len, 0));
            cr_assert(eq(u64, from.send.nonce, 0));
            smk_buf_reset(&line);
            cr_assert(eq(int, smk_channel_send(&from, 1, view, &line), SMK_OK));
        }
        err = smk_channel_receive(&to, smk_buf_view(&line));
        has_failed = test_fault_hits() > 0;
        if (err != SMK_OK) {
            cr_assert(eq(int, err, SMK_ERR_NOMEM));
            is_dead(&to, "no memory");
        } else {
            expect_one(&to, 1, 2 * FRAME_PLAIN);
        }
        smk_buf_deinit(&line);
        smk_channel_deinit(&from);
        smk_channel_deinit(&to);
        cr_assert(eq(long, test_fault_live(), 0));
        test_fault_end();
        free(body);
    }
    cr_assert(gt(ulong, nth, 3), "something was there to fail");
}

Test(channel, nothing_secret_is_left)
{
    static const struct smk_channel empty;
    struct smk_channel from, to;
    struct smk_buf line = {.max = 1000};
    channels(&from, &to);
    send_one(&from, 1, 10, &line);
    cr_assert(eq(int, smk_channel_receive(&to, smk_buf_view(&line)), SMK_OK));
    smk_buf_deinit(&line);
    smk_channel_deinit(&from);
    smk_channel_deinit(&to);
    cr_assert(eq(int, memcmp(&from, &empty, sizeof from), 0));
    cr_assert(eq(int, memcmp(&to, &empty, sizeof to), 0));
    smk_channel_deinit(&to);
}

Test(channel, random_messages_in_random_chunks, .timeout = 60)
{
    uint64_t first = test_seed();
    for (uint64_t i = 0; i < 60; i++) {
        struct test_rng r = test_rng_from(first + i);
        struct smk_channel from, to;
        struct smk_buf line = {.max = LINE_MAX};
        size_t len[20], count = 1 + (size_t)test_rng_below(&r, 20), arrived = 0;
        channels(&from, &to);
        for (size_t k = 0; k < count; k++) {
            len[k] = (size_t)test_rng_below(&r, test_rng_chance(&r, 20) ? 140000 : 300);
            send_one(&from, (uint8_t)k, len[k], &line);
        }
        for (size_t at = 0; at < line.len;) {
            size_t step = (size_t)test_rng_below(&r, test_rng_chance(&r, 50) ? 50 : 80000);
            step = step < line.len - at ? step : line.len - at;
            cr_assert(eq(int, smk_channel_receive(&to, (struct smk_bytes){line.data + at, step}), SMK_OK));
            while (to.plain_used < to.plain_whole) {
                expect_one(&to, (uint8_t)arrived, len[arrived]);
                arrived++;
            }
            at += step;
        }
        cr_assert(eq(sz, arrived, count), "seed %" PRIu64, first + i);
        smk_buf_deinit(&line);
        smk_channel_deinit(&from);
        smk_channel_deinit(&to);
    }
}
