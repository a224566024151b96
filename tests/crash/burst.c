#define _GNU_SOURCE /* pipe2 */

#include "tests/crash/burst.h"

#include "proto/hash.h"
#include "store/home.h"
#include "tests/support/builders.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    DRAFTS_MAX = 4,
    LETTERS_MAX = 900,
    INSTANT_US = 12 * 1000,
    LINE_BYTES = 128,
    EXIT_LOST_MAX = 100,
    EXIT_NOT_OPEN = 101,
};

/* ---- the one that is killed ---- */

static void promise(int out, const uint8_t id[SMK_ID_BYTES])
{
    char hex[2 * SMK_ID_BYTES + 1], line[LINE_BYTES];
    smk_hex_format((struct smk_bytes){id, SMK_ID_BYTES}, hex);
    int len = snprintf(line, sizeof line, "{\"id\":\"%s\"}\n", hex);
    if (write(out, line, (size_t)len) != len)
        _exit(0); /* nobody listens any more */
}

static enum smk_err write_some(struct smk_home *h, struct test_rng *rng, int out)
{
    struct smk_draft draft[DRAFTS_MAX];
    struct smk_buf payload[DRAFTS_MAX];
    uint8_t id[DRAFTS_MAX][SMK_ID_BYTES];
    size_t count = 1 + (size_t)test_rng_below(rng, DRAFTS_MAX);
    for (size_t i = 0; i < count; i++) {
        payload[i] = (struct smk_buf){.max = SMK_PAYLOAD_BYTES_MAX};
        test_edit_payload(&payload[i], i, (size_t)test_rng_below(rng, LETTERS_MAX));
        draft[i] = (struct smk_draft){
            .scope = smk_scope_of("prov:02"),
            .type = SMK_RECORD_EDIT,
            .payload = smk_buf_view(&payload[i]),
        };
    }
    enum smk_err err = smk_store_write(h->store, &h->identity, draft, count, id);
    for (size_t i = 0; i < count; i++) {
        if (err == SMK_OK)
            promise(out, id[i]);
        smk_buf_deinit(&payload[i]);
    }
    return err;
}

static _Noreturn void write_until_killed(const char *path, uint64_t seed, int out)
{
    struct smk_home home;
    struct test_rng rng = test_rng_from(seed);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* it does not outlive the test */
    enum smk_err err = smk_home_open(path, &home);
    while (err == SMK_OK)
        err = write_some(&home, &rng, out);
    (void)fprintf(stderr, "crash_kill: a writer stopped by itself: %s\n", smk_err_text(err));
    _exit(1);
}

/* ---- what was promised ---- */

static void note_lines(struct crash_noted *noted, int in)
{
    FILE *lines = fdopen(in, "re");
    char text[LINE_BYTES];
    if (lines == NULL)
        return;
    while (fgets(text, sizeof text, lines) != NULL) {
        json_t *line = strchr(text, '\n') != NULL ? json_loads(text, 0, NULL) : NULL;
        crash_noted_add_written(noted, line);
        json_decref(line);
    }
    (void)fclose(lines);
}

/* ---- the look at what is left ---- */

static bool note_held(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    char id[2 * SMK_ID_BYTES + 1], author[2 * SMK_KEY_BYTES + 1], incarnation[2 * SMK_INCARNATION_BYTES + 1];
    (void)arrival;
    smk_hex_format(SMK_BYTES(r->id), id);
    smk_hex_format(SMK_BYTES(r->header.author), author);
    smk_hex_format(SMK_BYTES(r->header.incarnation), incarnation);
    json_t *line = json_pack("{s:s, s:s, s:s, s:s, s:I}", "id", id, "scope", r->header.scope.text, "author",
                             author, "incarnation", incarnation, "seq", (json_int_t)r->header.seq);
    crash_noted_add_held(ctx, line);
    json_decref(line);
    return true;
}

static int look(const char *path, const struct crash_noted *promised)
{
    struct smk_home home;
    struct smk_store_view *view = NULL;
    struct crash_noted held;
    crash_noted_init(&held);
    enum smk_err err = smk_home_open(path, &home);
    if (err == SMK_OK)
        err = smk_store_view_new(home.store, &view);
    if (err == SMK_OK) {
        const struct smk_view *v = smk_store_view_get(view);
        err = v->read_arrivals(v->ctx, 0, note_held, &held);
    }
    if (err != SMK_OK) {
        (void)fprintf(stderr, "FAILED OPEN: %s: %s\n", path, smk_err_text(err));
        return EXIT_NOT_OPEN;
    }
    uint64_t lost = crash_noted_count_lost(promised, &held);
    smk_store_view_free(view);
    smk_home_close(&home);
    crash_noted_deinit(&held);
    return lost < EXIT_LOST_MAX ? (int)lost : EXIT_LOST_MAX;
}

/* In a process of its own: a store is never open in one that forks. */
static void look_apart(const char *path, const struct crash_noted *promised, struct crash_burst *burst)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(look(path, promised));
    if (pid > 0)
        (void)waitpid(pid, &status, 0);
    if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) <= EXIT_LOST_MAX)
        burst->lost += (uint64_t)WEXITSTATUS(status);
    else
        burst->failed_opens++;
}

bool crash_burst_strike(struct crash_world *w, unsigned kills, struct test_rng *rng,
                        struct crash_burst *ret_burst)
{
    struct crash_burst burst = {0};
    struct crash_node *node = &w->node[1];
    for (unsigned i = 0; i < kills; i++) {
        int line[2];
        uint64_t seed = test_rng_u64(rng), after_us = test_rng_below(rng, INSTANT_US);
        if (pipe2(line, O_CLOEXEC) != 0)
            return false;
        pid_t pid = fork();
        if (pid == 0)
            write_until_killed(node->home, seed, line[1]);
        (void)close(line[1]);
        /* Some while the home is being opened, most after the first promise. */
        struct pollfd ready = {.fd = line[0], .events = POLLIN};
        if (pid > 0 && test_rng_chance(rng, 80))
            (void)poll(&ready, 1, CRASH_ANSWER_MS);
        (void)usleep((useconds_t)after_us);
        if (pid > 0 && kill(pid, SIGKILL) == 0)
            burst.kills++;
        note_lines(&node->noted, line[0]);
        if (pid < 0 || waitpid(pid, NULL, 0) != pid)
            return false;
        look_apart(node->home, &node->noted, &burst);
    }
    *ret_burst = burst;
    return true;
}
