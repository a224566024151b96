#include "proto/channel.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <string.h>

enum {
    TAG_BYTES = SMK_FRAME_TAG_BYTES,
    FRAME_LENGTH_BYTES = 2,
    FRAME_PLAIN_BYTES_MAX = SMK_FRAME_BYTES_MAX - TAG_BYTES,
    MESSAGE_LENGTH_BYTES = 4,
    MESSAGE_HEAD_BYTES = MESSAGE_LENGTH_BYTES + 1, /* length and type */
};

_Static_assert(SMK_FRAME_BYTES_MAX == UINT16_MAX, "the length of a frame has two bytes");

void smk_channel_init(struct smk_channel *c, const struct smk_noise_cipher *send,
                      const struct smk_noise_cipher *receive)
{
    *c = (struct smk_channel){
        .send = *send,
        .receive = *receive,
        .line_in = {.max = FRAME_LENGTH_BYTES + SMK_FRAME_BYTES_MAX},
    };
}

void smk_channel_deinit(struct smk_channel *c)
{
    smk_buf_deinit(&c->line_in);
    smk_buf_deinit(&c->plain_in);
    smk_mem_wipe(c, sizeof *c);
}

static enum smk_err channel_fail(struct smk_channel *c, enum smk_err err)
{
    SMK_ASSERT(err != SMK_OK);
    c->err = err;
    return err;
}

/* Both sides count the frames of a direction, so they change its key between the same two frames. */
static void count_frame(struct smk_noise_cipher *direction, uint64_t *frames)
{
    *frames += 1;
    if (*frames % SMK_REKEY_EVERY_MESSAGES == 0)
        smk_noise_cipher_rekey(direction);
}

/* ---- sending ---- */

/* Appends one frame in the clear, with room for its tag: the next bytes of head and body. */
static void lay_frame(struct smk_reader *head, struct smk_reader *body, struct smk_buf *line)
{
    static const uint8_t tag_place[TAG_BYTES];
    size_t head_bytes = smk_reader_left(head);
    size_t body_bytes = smk_reader_left(body);
    SMK_ASSERT(head_bytes <= MESSAGE_HEAD_BYTES);
    if (body_bytes > FRAME_PLAIN_BYTES_MAX - head_bytes)
        body_bytes = FRAME_PLAIN_BYTES_MAX - head_bytes;
    smk_buf_write_be16(line, (uint16_t)(head_bytes + body_bytes + TAG_BYTES));
    smk_buf_write_bytes(line, smk_read_bytes(head, head_bytes));
    smk_buf_write_bytes(line, smk_read_bytes(body, body_bytes));
    smk_buf_write(line, tag_place, sizeof tag_place);
}

/* Seals the frames that stand in line from start on, in place. */
static enum smk_err seal_frames(struct smk_channel *c, struct smk_buf *line, size_t start)
{
    for (size_t at = start; at < line->len;) {
        size_t frame_bytes = (size_t)line->data[at] << 8 | line->data[at + 1];
        uint8_t *text = line->data + at + FRAME_LENGTH_BYTES;
        enum smk_err err =
            smk_noise_cipher_seal(&c->send, (struct smk_bytes){text, frame_bytes - TAG_BYTES}, text);
        if (err != SMK_OK)
            return err;
        count_frame(&c->send, &c->frames_sent);
        at += FRAME_LENGTH_BYTES + frame_bytes;
    }
    return SMK_OK;
}

enum smk_err smk_channel_send(struct smk_channel *c, uint8_t type, struct smk_bytes body,
                              struct smk_buf *line)
{
    if (c->err != SMK_OK)
        return SMK_ERR_DEAD;
    if (line->err != SMK_OK)
        return line->err;
    if (body.len > SMK_MESSAGE_BYTES_MAX - 1)
        return SMK_ERR_TOO_BIG_HERE;
    size_t plain_bytes = MESSAGE_HEAD_BYTES + body.len;
    size_t frame_count = (plain_bytes + FRAME_PLAIN_BYTES_MAX - 1) / FRAME_PLAIN_BYTES_MAX;
    size_t line_bytes = plain_bytes + frame_count * (FRAME_LENGTH_BYTES + TAG_BYTES);
    SMK_ASSERT(line->len <= line->max);
    if (line_bytes > line->max - line->len)
        return SMK_ERR_TOO_BIG_HERE;

    uint32_t length = (uint32_t)(1 + body.len);
    const uint8_t head[MESSAGE_HEAD_BYTES] = {(uint8_t)(length >> 24), (uint8_t)(length >> 16),
                                              (uint8_t)(length >> 8), (uint8_t)length, type};
    struct smk_reader head_left = smk_reader_over(SMK_BYTES(head)), body_left = smk_reader_over(body);
    size_t start = line->len;
    for (size_t i = 0; i < frame_count; i++)
        lay_frame(&head_left, &body_left, line);
    enum smk_err err = line->err;
    if (err == SMK_OK) {
        SMK_ASSERT(line->len - start == line_bytes);
        err = seal_frames(c, line, start);
        if (err != SMK_OK)
            c->err = err; /* some nonces are spent on frames that never leave */
    }
    if (err != SMK_OK) {
        smk_mem_wipe(line->data != NULL ? line->data + start : NULL, line->len - start);
        line->len = start;
        return err;
    }
    c->messages_sent++;
    return SMK_OK;
}

/* ---- receiving ---- */

static uint32_t length_at(const struct smk_channel *c, size_t at)
{
    struct smk_reader r = smk_reader_over((struct smk_bytes){c->plain_in.data + at, MESSAGE_LENGTH_BYTES});
    return smk_read_be32(&r);
}

/* Goes on from the first message that was not whole; a length is judged as soon as its four bytes are there. */
static enum smk_err find_whole_messages(struct smk_channel *c)
{
    while (c->plain_in.len - c->plain_whole >= MESSAGE_LENGTH_BYTES) {
        size_t length = length_at(c, c->plain_whole);
        if (length > SMK_MESSAGE_BYTES_MAX)
            return SMK_ERR_TOO_BIG;
        if (c->plain_in.len - c->plain_whole - MESSAGE_LENGTH_BYTES < length)
            break;
        c->plain_whole += MESSAGE_LENGTH_BYTES + length; /* a length of 0 waits for smk_channel_next */
    }
    return SMK_OK;
}

/* Opens the frame that is complete in line_in. */
static enum smk_err open_frame(struct smk_channel *c)
{
    struct smk_bytes sealed = {c->line_in.data + FRAME_LENGTH_BYTES, c->line_in.len - FRAME_LENGTH_BYTES};
    size_t start = c->plain_in.len;
    smk_buf_write(&c->plain_in, sealed.data, sealed.len - TAG_BYTES); /* makes the room */
    if (c->plain_in.err != SMK_OK)
        return c->plain_in.err;
    enum smk_err err = smk_noise_cipher_unseal(&c->receive, sealed, c->plain_in.data + start);
    if (err != SMK_OK)
        return err;
    count_frame(&c->receive, &c->frames_received);
    smk_buf_reset(&c->line_in);
    return find_whole_messages(c);
}

/* Bytes that the frame in line_in still lacks, as far as its length is known. */
static enum smk_err frame_lacks(const struct smk_channel *c, size_t *ret_lacking)
{
    if (c->line_in.len < FRAME_LENGTH_BYTES) {
        *ret_lacking = FRAME_LENGTH_BYTES - c->line_in.len;
        return SMK_OK;
    }
    size_t frame_bytes = (size_t)c->line_in.data[0] << 8 | c->line_in.data[1];
    if (frame_bytes <= TAG_BYTES)
        return SMK_ERR_MALFORMED;
    *ret_lacking = FRAME_LENGTH_BYTES + frame_bytes - c->line_in.len;
    return SMK_OK;
}

static enum smk_err take_line(struct smk_channel *c, struct smk_bytes line)
{
    struct smk_reader r = smk_reader_over(line);
    for (;;) {
        size_t lacking = 0;
        enum smk_err err = frame_lacks(c, &lacking);
        if (err != SMK_OK)
            return err;
        if (lacking == 0) {
            err = open_frame(c);
            if (err != SMK_OK)
                return err;
            continue;
        }
        size_t left = smk_reader_left(&r);
        if (left == 0)
            return SMK_OK;
        smk_buf_write_bytes(&c->line_in, smk_read_bytes(&r, left < lacking ? left : lacking));
        if (c->line_in.err != SMK_OK)
            return c->line_in.err;
    }
}

enum smk_err smk_channel_receive(struct smk_channel *c, struct smk_bytes line)
{
    if (c->err != SMK_OK)
        return SMK_ERR_DEAD;
    smk_buf_drop(&c->plain_in, c->plain_used);
    c->plain_whole -= c->plain_used;
    c->plain_used = 0;
    c->plain_in.max = MESSAGE_LENGTH_BYTES + SMK_MESSAGE_BYTES_MAX + c->line_in.len + line.len;
    enum smk_err err = take_line(c, line);
    return err == SMK_OK ? SMK_OK : channel_fail(c, err);
}

enum smk_err smk_channel_next(struct smk_channel *c, bool *ret_has, struct smk_message_view *ret_message)
{
    if (c->err != SMK_OK)
        return SMK_ERR_DEAD;
    if (c->plain_used == c->plain_whole) {
        *ret_has = false;
        return SMK_OK;
    }
    size_t length = length_at(c, c->plain_used);
    if (length == 0)
        return channel_fail(c, SMK_ERR_MALFORMED);
    const uint8_t *content = c->plain_in.data + c->plain_used + MESSAGE_LENGTH_BYTES;
    *ret_message = (struct smk_message_view){.type = content[0], .body = {content + 1, length - 1}};
    *ret_has = true;
    c->plain_used += MESSAGE_LENGTH_BYTES + length;
    SMK_ASSERT(c->plain_used <= c->plain_whole);
    c->messages_received++;
    return SMK_OK;
}
