/* proto/channel.h: frames and messages after the handshake.
 *
 * Shape    line: frames of u16 BE length and that many bytes of one Noise message (17..65535). Inside: a byte
 *          stream of messages, u32 BE length, u8 type, canonical msgpack array; length counts type and array.
 *          A message may span frames and a frame may hold several messages. Each direction rekeys after
 *          SMK_REKEY_EVERY_MESSAGES frames.
 * Source   PROTOCOL.md section 8.2.
 * Memory   owns its two buffers, bounded by one message, one frame and the bytes of one smk_channel_receive.
 * Secrets  keys, wiped by smk_channel_deinit.   Threads  one at a time per object.
 */
#ifndef SMK_PROTO_CHANNEL_H
#define SMK_PROTO_CHANNEL_H

#include "proto/noise.h"

struct smk_channel {
    struct smk_noise_cipher send;
    struct smk_noise_cipher receive;
    uint64_t frames_sent;
    uint64_t frames_received;
    uint64_t messages_sent; /* for the counts in `close` */
    uint64_t messages_received;
    struct smk_buf line_in;  /* ciphertext of a frame that is not complete yet */
    struct smk_buf plain_in; /* opened bytes of messages that are not complete yet */
    size_t plain_used;       /* bytes of plain_in that belong to messages already given out */
    size_t plain_whole;      /* bytes of plain_in that belong to whole messages; plain_used <= plain_whole */
    enum smk_err err;        /* the first failure is final */
};

/* Takes over the two directions (copied; the caller wipes its own). */
void smk_channel_init(struct smk_channel *c, const struct smk_noise_cipher *send,
                      const struct smk_noise_cipher *receive);
void smk_channel_deinit(struct smk_channel *c);

/* Seals one message into frames and appends them to line.
 *
 * type, body   body is the canonical msgpack array; at most SMK_MESSAGE_BYTES_MAX - 1 bytes.
 * OK
 * SMK_ERR_TOO_BIG_HERE   the body is too long, or line has too little room: nothing was sealed, line is unchanged
 * SMK_ERR_NOMEM          the same; line keeps the error
 * SMK_ERR_DEAD           the channel has failed before, or its nonces are used up */
SMK_MUST_USE enum smk_err smk_channel_send(struct smk_channel *c, uint8_t type, struct smk_bytes body,
                                           struct smk_buf *line);

/* Takes received bytes: call with new bytes once, then smk_channel_next until it says there is none.
 * OK
 * SMK_ERR_DECRYPT     a frame does not open -> peer fault, final
 * SMK_ERR_MALFORMED   a frame of fewer than 17 bytes -> peer fault, final
 * SMK_ERR_TOO_BIG     a message longer than SMK_MESSAGE_BYTES_MAX -> peer fault, final (noticed from its length,
 *                     before its bytes are kept)
 * SMK_ERR_TOO_BIG_HERE   messages were left without smk_channel_next -> ours, final
 * SMK_ERR_NOMEM          final
 * SMK_ERR_DEAD           the channel has failed before, or its nonces are used up: final */
SMK_MUST_USE enum smk_err smk_channel_receive(struct smk_channel *c, struct smk_bytes line);

struct smk_message_view {
    uint8_t type;
    struct smk_bytes body; /* BORROWED until the next call on this channel */
};

/* Gives the next whole message; *ret_has is false when none is complete.
 * OK
 * SMK_ERR_MALFORMED   a message of length 0 -> peer fault, final
 * SMK_ERR_DEAD        the channel has failed before */
SMK_MUST_USE enum smk_err smk_channel_next(struct smk_channel *c, bool *ret_has,
                                           struct smk_message_view *ret_message);

#endif
