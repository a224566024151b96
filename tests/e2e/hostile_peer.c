/* tests/e2e/hostile_peer.c: a member that asks and asks and never reads an answer.
 *
 *   hostile_peer HOST:PORT HOME stuck LINKS QUESTIONS   as many connections as it gets: each asks so much, then breaks
 *                                                       the protocol, so that the other node ends the session
 *   hostile_peer HOST:PORT HOME flood MIB               one connection that sends up to so many MiB of questions
 *
 * HOME is that of a member; HOST is a number. It says what it has done, keeps its connections, and ends when stdin does.
 */
#include "proto/channel.h"
#include "proto/check.h"
#include "proto/hash.h"
#include "proto/mem.h"
#include "proto/message.h"
#include "store/home.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { RECEIVE_BYTES = 4096, PATIENCE_S = 3, LINKS_MAX = 400, QUESTION_ITEMS = 256 };

struct caller {
    const struct smk_home *home;
    int fd;
    struct smk_noise noise;
    struct smk_channel channel;
};

static void demand(enum smk_err err)
{
    SMK_ASSERT(err == SMK_OK);
}

/* ---- the line ---- */

static bool dial(struct caller *c, const char *address)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    const char *colon = strrchr(address, ':');
    char host[64] = "";
    int small = RECEIVE_BYTES;
    struct timeval patience = {.tv_sec = PATIENCE_S};
    if (colon == NULL || (size_t)(colon - address) >= sizeof host)
        return false;
    memcpy(host, address, (size_t)(colon - address));
    to.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    return inet_pton(AF_INET, host, &to.sin_addr) == 1 && c->fd >= 0 &&
           setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0 &&
           setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0 &&
           setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
           connect(c->fd, (struct sockaddr *)&to, sizeof to) == 0;
}

/* Counts what has gone; less than all of it when the other node takes no more for a while, or has closed. */
static size_t pour(const struct caller *c, struct smk_bytes bytes)
{
    size_t gone = 0;
    while (gone < bytes.len) {
        ssize_t count = send(c->fd, bytes.data + gone, bytes.len - gone, MSG_NOSIGNAL);
        if (count <= 0)
            break;
        gone += (size_t)count;
    }
    return gone;
}

static bool frame_read(const struct caller *c, uint8_t *ret_body, size_t max, size_t *ret_len)
{
    uint8_t head[2];
    if (recv(c->fd, head, 2, MSG_WAITALL) != 2)
        return false;
    *ret_len = (size_t)head[0] << 8 | head[1];
    return *ret_len <= max && recv(c->fd, ret_body, *ret_len, MSG_WAITALL) == (ssize_t)*ret_len;
}

/* ---- the handshake, as initiator ---- */

static bool shake_write(struct caller *c)
{
    struct smk_buf frame = {.max = 256};
    smk_buf_write_be16(&frame, (uint16_t)smk_noise_overhead(&c->noise));
    demand(smk_noise_write(&c->noise, (struct smk_bytes){0}, &frame));
    bool has_gone = pour(c, smk_buf_view(&frame)) == frame.len;
    smk_buf_deinit(&frame);
    return has_gone;
}

static bool shake(struct caller *c)
{
    uint8_t prologue[9 + SMK_ID_BYTES + 1] = "SAMAKI/1", secret[SMK_SEED_BYTES], answer[256];
    size_t len;
    struct smk_dh_key ephemeral;
    struct smk_buf nothing = {0};
    struct smk_noise_cipher sends, receives;
    memcpy(prologue + 9, smk_store_coalition(c->home->store), SMK_ID_BYTES);
    prologue[9 + SMK_ID_BYTES] = 1;
    smk_random(secret, sizeof secret);
    smk_dh_key_init(&ephemeral, secret);
    smk_noise_init(&c->noise, true, SMK_BYTES(prologue), &c->home->identity.transport, &ephemeral);
    if (!shake_write(c) || !frame_read(c, answer, sizeof answer, &len))
        return false;
    if (smk_noise_read(&c->noise, (struct smk_bytes){answer, len}, &nothing) != SMK_OK || !shake_write(c))
        return false;
    demand(smk_noise_split(&c->noise, &sends, &receives));
    smk_channel_init(&c->channel, &sends, &receives);
    return true;
}

/* ---- messages ---- */

static void pack(struct caller *c, uint8_t type, struct smk_buf *body, struct smk_buf *line)
{
    demand(body->err);
    demand(smk_channel_send(&c->channel, type, smk_buf_view(body), line));
    smk_buf_reset(body);
}

/* The digest is wrong on purpose, so that there is a round. */
static void hello_encode(const struct caller *c, struct smk_buf *b)
{
    struct smk_hello m = {.level = SMK_FEATURE_LEVEL, .lowest_level = SMK_FEATURE_LEVEL_LOWEST};
    struct smk_buf body = {.max = 256};
    uint8_t object[SMK_HASH_BYTES];
    smk_pack_array(&body, 3);
    smk_pack_bin(&body, SMK_BYTES(c->noise.hash));
    smk_pack_uint(&body, 0);
    smk_pack_bin(&body, SMK_BYTES(c->home->identity.transport.public_key));
    smk_hash(SMK_PERSONAL_OBJECT, smk_buf_view(&body), object);
    demand(smk_sign(&c->home->identity.sign, SMK_SIGN_BINDING, smk_store_coalition(c->home->store), object,
                    m.binding));
    smk_hello_encode(&m, b);
    smk_buf_deinit(&body);
}

/* As if nothing of `gov` were here: every item asks for everything. */
static void question_encode(struct smk_buf *b)
{
    struct smk_scope gov = smk_scope_of("gov");
    struct smk_buf items = {.max = SMK_MESSAGE_BYTES_MAX};
    struct smk_prefix everything = {0};
    for (size_t i = 0; i < QUESTION_ITEMS; i++)
        smk_tree_item_begin(SMK_WALK_LEAVES_ASK, &everything, 0, &items);
    demand(items.err);
    smk_tree_message_encode(&gov, QUESTION_ITEMS, smk_buf_view(&items), true, b);
    smk_buf_deinit(&items);
}

/* Up to the first round. */
static bool meet(struct caller *c, const char *address)
{
    struct smk_buf body = {.max = 4096}, line = {.max = 65536};
    struct smk_scope_root nothing = {.scope = smk_scope_of("gov")};
    uint8_t answer[4096];
    size_t len;
    bool is_met = dial(c, address) && shake(c);
    if (is_met) {
        hello_encode(c, &body);
        pack(c, SMK_MESSAGE_HELLO, &body, &line);
        is_met = pour(c, smk_buf_view(&line)) == line.len && frame_read(c, answer, sizeof answer, &len);
        smk_buf_reset(&line);
    }
    if (is_met) {
        smk_roots_encode(1, &nothing, 1, &body);
        pack(c, SMK_MESSAGE_ROOTS, &body, &line);
        is_met = pour(c, smk_buf_view(&line)) == line.len && frame_read(c, answer, sizeof answer, &len);
    }
    smk_buf_deinit(&body);
    smk_buf_deinit(&line);
    return is_met;
}

/* ---- what it does ---- */

static void stuck(const struct smk_home *home, const char *address, size_t links, size_t questions)
{
    static struct caller caller[LINKS_MAX];
    struct smk_buf body = {.max = SMK_MESSAGE_BYTES_MAX}, line = {.max = 64 * SMK_MESSAGE_BYTES_MAX};
    size_t made = 0;
    SMK_ASSERT(links <= LINKS_MAX);
    for (size_t i = 0; i < links; i++) {
        struct caller *c = &caller[i];
        c->home = home;
        if (!meet(c, address))
            continue; /* its connection stays open as well */
        made++;
        for (size_t k = 0; k < questions; k++) {
            question_encode(&body);
            pack(c, SMK_MESSAGE_TREE, &body, &line);
        }
        smk_pack_uint(&body, 7); /* no message of any kind */
        pack(c, SMK_MESSAGE_TREE, &body, &line);
        (void)pour(c, smk_buf_view(&line)); /* what does not go was not wanted */
        smk_buf_reset(&line);
    }
    smk_buf_deinit(&body);
    smk_buf_deinit(&line);
    (void)printf("stuck: %zu sessions\n", made);
}

static void flood(const struct smk_home *home, const char *address, size_t mib)
{
    static struct caller c;
    struct smk_buf body = {.max = SMK_MESSAGE_BYTES_MAX}, line = {.max = SMK_MESSAGE_BYTES_MAX};
    size_t gone = 0;
    bool is_taken = true;
    c.home = home;
    SMK_ASSERT(meet(&c, address));
    while (is_taken && gone < mib << 20) {
        question_encode(&body);
        pack(&c, SMK_MESSAGE_TREE, &body, &line);
        size_t now = pour(&c, smk_buf_view(&line));
        is_taken = now == line.len;
        gone += now;
        smk_buf_reset(&line);
    }
    smk_buf_deinit(&body);
    smk_buf_deinit(&line);
    (void)printf("flood: %zu KiB went, %s\n", gone >> 10, is_taken ? "all of it" : "then no more");
}

int main(int argc, char **argv)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    bool is_stuck = argc == 6 && strcmp(argv[3], "stuck") == 0;
    bool is_flood = argc == 5 && strcmp(argv[3], "flood") == 0;
    char nothing[256];
    if (!is_stuck && !is_flood) {
        (void)fputs("usage: hostile_peer HOST:PORT HOME stuck LINKS QUESTIONS | flood MIB\n", stderr);
        return 2;
    }
    (void)setvbuf(stdout, NULL, _IOLBF, 0); /* whoever waits for a line sees it at once */
    demand(smk_crypto_start());
    demand(smk_home_open(argv[2], &home));
    if (is_stuck)
        stuck(&home, argv[1], strtoul(argv[4], NULL, 10), strtoul(argv[5], NULL, 10));
    else
        flood(&home, argv[1], strtoul(argv[4], NULL, 10));
    while (read(STDIN_FILENO, nothing, sizeof nothing) > 0)
        continue;
    return 0;
}
