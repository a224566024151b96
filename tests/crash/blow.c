#include "tests/crash/blow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SPAN_FIRST_US = 150 * 1000,
    LINES_MAX = 3,
    AFTER_LINE_US = 3000,
    PUTS_MAX = 12,
    FRESH_PUTS = 3,
    TRIES_MAX = 3
};

const char *const crash_blow_name[CRASH_BLOWS] = {
    [CRASH_BLOW_IMPORT] = "import",
    [CRASH_BLOW_SYNC] = "sync",
    [CRASH_BLOW_RECEIVER] = "receiving samakid",
    [CRASH_BLOW_SENDER] = "giving samakid",
    [CRASH_BLOW_PUT] = "put",
};

/* ---- the instant ---- */

/* Either after a time, or a moment after the n-th promise, whichever was drawn. */
struct instant {
    uint64_t at_us;    /* from when on, by the clock */
    unsigned lines;    /* 0 = by the clock alone */
    uint64_t after_us; /* behind that line */
};

static struct instant draw_instant(struct test_rng *rng, uint64_t span_us)
{
    struct instant i = {.at_us = crash_now_us() + test_rng_below(rng, span_us + span_us / 4 + 1)};
    if (!test_rng_chance(rng, 50))
        return i;
    i.lines = 1 + (unsigned)test_rng_below(rng, LINES_MAX);
    i.after_us = test_rng_below(rng, AFTER_LINE_US);
    i.at_us += span_us * 2; /* for when there are not so many lines */
    return i;
}

static void note(struct crash_world *w, enum crash_blow blow, const char *text)
{
    json_t *line = json_loads(text, 0, NULL);
    if (blow == CRASH_BLOW_SYNC || blow == CRASH_BLOW_RECEIVER)
        crash_noted_add_acknowledged(&w->node[0].noted, line);
    else
        crash_noted_add_written(&w->node[1].noted, line);
    json_decref(line);
}

/* Notes what the program promises until the instant; true when the instant came before its end. */
static bool note_until(struct crash_world *w, enum crash_blow blow, struct crash_child *child,
                       struct instant *instant)
{
    const char *text;
    for (;;) {
        enum crash_line line = crash_child_read(child, instant->at_us, &text);
        if (line != CRASH_LINE_WHOLE)
            return line == CRASH_LINE_NOT_YET;
        note(w, blow, text);
        if (instant->lines > 0 && --instant->lines == 0)
            instant->at_us = crash_now_us() + instant->after_us;
    }
}

/* What was said before the end counts, whoever was killed. */
static void note_rest(struct crash_world *w, enum crash_blow blow, struct crash_child *child)
{
    const char *text;
    uint64_t until_us = crash_now_us() + CRASH_ANSWER_MS * (uint64_t)1000;
    while (crash_child_read(child, until_us, &text) == CRASH_LINE_WHOLE)
        note(w, blow, text);
}

/* ---- what is left ---- */

static void check(struct crash_world *w, struct crash_tally *tally)
{
    for (size_t i = 0; i < CRASH_NODES; i++)
        tally->lost += crash_world_count_lost(w, i, &tally->failed_opens);
}

/* A daemon that cannot open its store after a kill is a failed open; the run ends with it. */
static bool restart(struct crash_world *w, size_t node, const char *peer, struct crash_tally *tally)
{
    if (crash_child_is_alive(&w->node[node].daemon) || crash_world_start(w, node, peer))
        return true;
    tally->failed_opens++;
    return false;
}

static void count_kill(struct crash_tally *tally, enum crash_blow blow, bool was_alive)
{
    tally->kills += was_alive ? 1 : 0;
    tally->kills_of[blow] += was_alive ? 1 : 0;
}

/* ---- blows ---- */

/* The longest counts most: the shorter ones had little to do. */
static void learn_pace(struct crash_pace *pace, enum crash_blow blow, uint64_t took_us)
{
    uint64_t before_us = pace->span_us[blow] / 4 * 3;
    pace->span_us[blow] = took_us > before_us ? took_us : before_us;
}

static bool write_event(const struct crash_world *w, unsigned number, char ret_path[CRASH_PATH_MAX])
{
    (void)snprintf(ret_path, CRASH_PATH_MAX, "%.900s/event.json", w->dir);
    FILE *file = fopen(ret_path, "we");
    if (file == NULL)
        return false;
    (void)fprintf(file,
                  "{\"kind\":\"event\",\"fields\":{\"kind\":\"other\",\"title\":{\"en\":\"Event %u\"}}}\n",
                  number);
    return fclose(file) == 0;
}

/* Starts one `samaki put` at the member. */
static bool begin_put(struct crash_world *w, unsigned number, struct crash_child *ret_child)
{
    char path[CRASH_PATH_MAX];
    return write_event(w, number, path) &&
           crash_world_ask(w, 1, CRASH_WORDS("--as", "ctod-fo1", "put", path), ret_child);
}

/* Something to give for the session that follows: nobody else carries it away before. */
static bool prepare_session(struct crash_world *w)
{
    crash_child_end(&w->node[1].daemon);
    for (unsigned i = 0; i < FRESH_PUTS; i++) {
        struct crash_child child;
        if (!begin_put(w, i, &child))
            return false;
        note_rest(w, CRASH_BLOW_PUT, &child);
        (void)crash_child_wait(&child, CRASH_ANSWER_MS);
        crash_child_end(&child);
    }
    return true;
}

/* `samaki import` or `samaki sync` at the member; the one killed is it, or the daemon that answers. */
static bool strike_command(struct crash_world *w, enum crash_blow blow, struct test_rng *rng,
                           struct crash_pace *pace, struct crash_tally *tally)
{
    struct crash_child child;
    if (blow != CRASH_BLOW_IMPORT && !prepare_session(w))
        return false;
    uint64_t began_us = crash_now_us();
    const char *const *words = blow == CRASH_BLOW_IMPORT ? CRASH_WORDS("import", w->folder)
                                                         : CRASH_WORDS("sync", w->node[0].address);
    if (!crash_world_ask(w, 1, words, &child))
        return false;
    if (pace->span_us[blow] == 0)
        pace->span_us[blow] = SPAN_FIRST_US;
    struct instant instant = draw_instant(rng, pace->span_us[blow]);
    bool is_due = note_until(w, blow, &child, &instant);
    if (!is_due)
        learn_pace(pace, blow, crash_now_us() - began_us); /* it was done before */
    else if (blow == CRASH_BLOW_RECEIVER)
        count_kill(tally, blow, crash_child_kill(&w->node[0].daemon));
    else
        count_kill(tally, blow, crash_child_kill(&child));
    note_rest(w, blow, &child);
    (void)crash_child_wait(&child, CRASH_ANSWER_MS);
    crash_child_end(&child);
    return restart(w, 0, NULL, tally);
}

/* Puts one after the other until the instant, and kills then: the put that is just running, or the daemon beside it. */
static bool strike_puts(struct crash_world *w, enum crash_blow blow, struct test_rng *rng,
                        struct crash_pace *pace, struct crash_tally *tally)
{
    if (!restart(w, 1, w->node[0].address, tally))
        return false;
    if (pace->span_us[blow] == 0)
        pace->span_us[blow] = SPAN_FIRST_US;
    struct instant instant = draw_instant(rng, pace->span_us[blow]);
    bool is_due = false;
    for (unsigned i = 0; i < PUTS_MAX && !is_due; i++) {
        struct crash_child child;
        if (!begin_put(w, i, &child))
            return false;
        is_due = note_until(w, blow, &child, &instant);
        if (is_due)
            count_kill(tally, blow, crash_child_kill(blow == CRASH_BLOW_PUT ? &child : &w->node[1].daemon));
        note_rest(w, blow, &child);
        (void)crash_child_wait(&child, CRASH_ANSWER_MS);
        crash_child_end(&child);
    }
    return restart(w, 1, w->node[0].address, tally);
}

bool crash_blow_strike(struct crash_world *w, enum crash_blow blow, struct test_rng *rng,
                       struct crash_pace *pace, struct crash_tally *tally)
{
    uint64_t before = tally->kills;
    bool is_struck = true;
    /* Some instants come too late: whoever was to be killed had done its work. */
    for (unsigned i = 0; i < TRIES_MAX && is_struck && tally->kills == before; i++) {
        is_struck = blow == CRASH_BLOW_SENDER || blow == CRASH_BLOW_PUT
                        ? strike_puts(w, blow, rng, pace, tally)
                        : strike_command(w, blow, rng, pace, tally);
        check(w, tally);
    }
    return is_struck;
}

/* Runs a command that has to succeed now; says what it said when it does not. */
static bool succeed(struct crash_world *w, size_t node, const char *const *words)
{
    json_t *last = NULL;
    int code = crash_world_run(w, node, words, &last);
    char *text = json_dumps(last, JSON_COMPACT);
    if (code != 0)
        (void)fprintf(stderr, "crash_kill: 'samaki %s' at node %zu ended with %d: %s\n", words[0], node, code,
                      text != NULL ? text : "");
    free(text);
    json_decref(last);
    return code == 0;
}

bool crash_blow_finish(struct crash_world *w, struct crash_tally *tally)
{
    bool is_good = succeed(w, 1, CRASH_WORDS("import", w->folder));
    is_good = succeed(w, 1, CRASH_WORDS("sync", w->node[0].address)) && is_good;
    check(w, tally);
    for (size_t i = 0; i < CRASH_NODES; i++)
        tally->unclean_audits += succeed(w, i, CRASH_WORDS("audit")) ? 0 : 1;
    return is_good;
}
