#define _GNU_SOURCE /* pipe2 */

#include "tests/crash/burst.h"

#include "proto/hash.h"
#include "store/home.h"
#include "tests/crash/indexing.h"
#include "tests/support/builders.h"
#include "tests/support/indexes.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    DRAFTS_MAX = 4,
    LETTERS_MAX = 900,
    INSTANT_US = 12 * 1000,
    LINE_BYTES = 128,
    STEPS_MAX = 6,
    FOLLOWER_PAUSE_US = 300,
};

/* What a look has found; shared with the process that looks. */
struct look {
    bool is_open; /* all could be read */
    uint64_t lost;
    bool is_same; /* the index that caught up is the one that is made anew */
    struct test_index_found index;
};

/* ---- those that are killed ---- */

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
        bool is_event = test_rng_chance(rng, 50);
        payload[i] = (struct smk_buf){.max = SMK_PAYLOAD_BYTES_MAX};
        if (is_event)
            crash_event_payload(rng, "ctod-fo1", &payload[i]);
        else
            test_edit_payload(&payload[i], i, (size_t)test_rng_below(rng, LETTERS_MAX));
        draft[i] = (struct smk_draft){
            .scope = smk_scope_of(is_event ? CRASH_EVENTS_SCOPE : "prov:02"),
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

/* Brings the index up to date while the other one writes, in small steps. */
static _Noreturn void follow_until_killed(const char *path, uint64_t seed)
{
    struct smk_home home;
    struct test_rng rng = test_rng_from(seed);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    enum smk_err err = smk_home_open(path, &home);
    while (err == SMK_OK) {
        bool is_done = false;
        err = crash_index_go_on(home.store, &rng, 1 + (size_t)test_rng_below(&rng, STEPS_MAX), &is_done);
        if (is_done)
            (void)usleep(FOLLOWER_PAUSE_US);
    }
    (void)fprintf(stderr, "crash_kill: an index stopped by itself: %s\n", smk_err_text(err));
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

static enum smk_err look_at_records(struct smk_store *s, const struct crash_noted *promised,
                                    uint64_t *ret_lost)
{
    struct smk_store_view *view = NULL;
    struct crash_noted held;
    enum smk_err err = smk_store_view_new(s, &view);
    if (err != SMK_OK)
        return err;
    crash_noted_init(&held);
    const struct smk_view *v = smk_store_view_get(view);
    err = v->read_arrivals(v->ctx, 0, note_held, &held);
    if (err == SMK_OK)
        *ret_lost = crash_noted_count_lost(promised, &held);
    smk_store_view_free(view);
    crash_noted_deinit(&held);
    return err;
}

static void look(const char *path, const struct crash_noted *promised, struct look *l)
{
    struct smk_home home;
    enum smk_err err = smk_home_open(path, &home);
    if (err == SMK_OK)
        err = look_at_records(home.store, promised, &l->lost);
    if (err == SMK_OK)
        err = test_index_compare(home.store, &l->index, &l->is_same);
    smk_home_close(&home);
    l->is_open = err == SMK_OK;
    if (err != SMK_OK)
        (void)fprintf(stderr, "FAILED OPEN: %s: %s\n", path, smk_err_text(err));
    else if (!l->is_same)
        (void)fprintf(stderr, "OTHER INDEX: %s: the one that caught up is not the one that is made anew\n",
                      path);
}

/* In a process of its own: a store is never open in one that forks. */
static void look_apart(const char *path, const struct crash_noted *promised, struct look *l,
                       struct crash_burst *burst)
{
    *l = (struct look){0};
    pid_t pid = fork();
    if (pid == 0) {
        look(path, promised, l);
        _exit(0);
    }
    int status = -1;
    if (pid > 0)
        (void)waitpid(pid, &status, 0);
    bool is_open = status == 0 && l->is_open;
    burst->failed_opens += !is_open;
    burst->lost += l->lost;
    burst->other_indexes += is_open && !l->is_same;
    burst->behind += l->index.was_behind;
    if (l->index.documents > burst->documents)
        burst->documents = l->index.documents;
}

/* ---- one strike ---- */

static uint64_t end(pid_t pid)
{
    return pid > 0 && kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid;
}

/* One that writes and one that follows, killed one behind the other in either order. */
static bool strike(struct crash_node *node, struct test_rng *rng, struct crash_burst *burst)
{
    int line[2];
    uint64_t seed = test_rng_u64(rng), after_us = test_rng_below(rng, INSTANT_US);
    uint64_t between_us = test_rng_below(rng, INSTANT_US / 4);
    bool is_follower_first = test_rng_chance(rng, 50);
    if (pipe2(line, O_CLOEXEC) != 0)
        return false;
    pid_t follower = fork();
    if (follower == 0)
        follow_until_killed(node->home, seed + 1);
    pid_t writer = fork();
    if (writer == 0)
        write_until_killed(node->home, seed, line[1]);
    (void)close(line[1]);
    /* Some while the home is being opened, most after the first promise. */
    struct pollfd ready = {.fd = line[0], .events = POLLIN};
    if (writer > 0 && test_rng_chance(rng, 80))
        (void)poll(&ready, 1, CRASH_ANSWER_MS);
    (void)usleep((useconds_t)after_us);
    uint64_t first = end(is_follower_first ? follower : writer);
    (void)usleep((useconds_t)between_us);
    uint64_t second = end(is_follower_first ? writer : follower);
    note_lines(&node->noted, line[0]);
    burst->kills += first + second;
    return first + second == 2;
}

bool crash_burst_strike(struct crash_world *w, unsigned strikes, struct test_rng *rng,
                        struct crash_burst *ret_burst)
{
    struct crash_burst burst = {0};
    struct crash_node *node = &w->node[1];
    struct look *l = mmap(NULL, sizeof *l, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool is_struck = l != MAP_FAILED;
    for (unsigned i = 0; i < strikes && is_struck; i++) {
        is_struck = strike(node, rng, &burst);
        if (is_struck)
            look_apart(node->home, &node->noted, l, &burst);
    }
    if (l != MAP_FAILED)
        (void)munmap(l, sizeof *l);
    *ret_burst = burst;
    return is_struck;
}
