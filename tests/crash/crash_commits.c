/* tests/crash/crash_commits.c: a node that is founded and written to, and says after each commit what it holds now: what
 * the power is cut to. It runs under the shim.
 *
 *   crash_commits BELOW ASIDE COMMITS COMPACT_EVERY SEED
 *
 * The home is BELOW/coalition/home; ASIDE has the home of a member whose records are taken. Its index follows now and then,
 * in steps of its own, of which nothing is promised. */
#include "proto/check.h"
#include "proto/hash.h"
#include "proto/mem.h"
#include "store/compact.h"
#include "store/index.h"
#include "tests/crash/indexing.h"
#include "tests/crash/state.h"
#include "tests/support/builders.h"
#include "tests/support/rng.h"
#include "tests/support/stores.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LETTERS_LARGE = 6000, TAKES_MAX = 12, EVENTS_OF_COMMIT_MAX = 5, STEPS_MAX = 4 };

struct commits {
    struct test_dir below, aside;
    struct smk_home home, member;
    struct test_rng rng;
    uint64_t turn, taken, decided;
};

static void demand(enum smk_err err, const char *what)
{
    if (err == SMK_OK)
        return;
    (void)fprintf(stderr, "crash_commits: %s: %s\n", what, smk_err_text(err));
    exit(1);
}

/* A promise: not buffered, so that it stands between what was written before and after it. */
static void say(const char *line)
{
    size_t len = strlen(line);
    if (write(STDOUT_FILENO, line, len) != (ssize_t)len)
        exit(1);
}

static void promise_state(struct commits *c)
{
    struct crash_state state;
    char line[CRASH_LINE_BYTES];
    demand(crash_state_read(&c->home, false, &state), "reading what is held");
    crash_state_format(&state, line);
    say(line);
}

static void found(struct commits *c)
{
    struct smk_decision org = test_organisation("sec", "secretariat", "");
    struct smk_office office[] = {
        test_office("sec-approver", "sec", "secretariat_approver", "").office,
        test_office("sec-editor", "sec", "secretariat_editor", "").office,
    };
    char line[CRASH_LINE_BYTES];
    demand(smk_home_prepare(test_dir_at(&c->below, "home").text, &c->home), "preparing the home");
    crash_key_format(c->home.identity.sign.public_key, line);
    say(line);
    demand(smk_home_found(&c->home, "Power", "Asia/Phnom_Penh", &org.organisation, office, 2), "founding");
    promise_state(c);
    test_home_decide(&c->home, "ctod", "member", "02", "ctod-editor", "member_editor");
    promise_state(c);
    test_home_join(&c->aside, "member", &c->home, "ctod", "ctod-editor", &c->member);
    promise_state(c);
}

/* ---- one commit ---- */

/* An edit that fills pages of its own. */
static void put_large(struct commits *c)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    uint8_t id[1][SMK_ID_BYTES];
    test_edit_payload(&payload, c->turn, (size_t)test_rng_below(&c->rng, LETTERS_LARGE));
    struct smk_draft draft = {
        .scope = smk_scope_of("pub"), .type = SMK_RECORD_EDIT, .payload = smk_buf_view(&payload)};
    demand(payload.err, "an edit");
    demand(smk_store_write(c->home.store, &c->home.identity, &draft, 1, id), "a large edit");
}

/* Edits of events, all in one commit. */
static void put_events(struct commits *c, struct smk_home *h, const char *office)
{
    struct smk_buf payload[EVENTS_OF_COMMIT_MAX] = {0};
    struct smk_draft draft[EVENTS_OF_COMMIT_MAX];
    uint8_t id[EVENTS_OF_COMMIT_MAX][SMK_ID_BYTES];
    size_t count = 1 + (size_t)test_rng_below(&c->rng, EVENTS_OF_COMMIT_MAX);
    for (size_t i = 0; i < count; i++) {
        payload[i].max = SMK_PAYLOAD_BYTES_MAX;
        crash_event_payload(&c->rng, office, &payload[i]);
        draft[i] = (struct smk_draft){.scope = smk_scope_of(CRASH_EVENTS_SCOPE),
                                      .type = SMK_RECORD_EDIT,
                                      .payload = smk_buf_view(&payload[i])};
    }
    demand(smk_store_write(h->store, &h->identity, draft, count, id), "events");
    for (size_t i = 0; i < count; i++)
        smk_buf_deinit(&payload[i]);
}

static void take_from_member(struct commits *c)
{
    const char *scope = test_rng_chance(&c->rng, 50) ? CRASH_EVENTS_SCOPE : "prov:02";
    if (c->taken++ == TAKES_MAX)
        return;
    if (strcmp(scope, CRASH_EVENTS_SCOPE) == 0)
        put_events(c, &c->member, "ctod-editor");
    else
        demand(test_put(&c->member, scope, 1 + (size_t)test_rng_below(&c->rng, 8)), "the member's edits");
    (void)test_carry(c->member.store, c->home.store, scope);
}

static void decide(struct commits *c)
{
    char slug[24], office[32];
    (void)snprintf(slug, sizeof slug, "org-%u", (unsigned)c->decided++);
    (void)snprintf(office, sizeof office, "%s-editor", slug);
    test_home_decide(&c->home, slug, "member", "02", office, "member_editor");
}

static void commit(struct commits *c)
{
    unsigned what = (unsigned)test_rng_below(&c->rng, 100);
    c->turn++;
    if (what < 30)
        put_events(c, &c->home, "sec-editor");
    else if (what < 60)
        demand(test_put(&c->home, what % 2 == 0 ? "pub" : "nat", 1 + (size_t)test_rng_below(&c->rng, 5)),
               "edits");
    else if (what < 70)
        put_large(c);
    else if (what < 80)
        take_from_member(c);
    else if (what < 85)
        decide(c);
    else
        demand(crash_state_turn(&c->home, c->turn), "a local row");
    promise_state(c);
}

/* The index comes a little further, or all the way, or begins anew. */
static void follow(struct commits *c)
{
    bool is_done;
    if (test_rng_chance(&c->rng, 5))
        demand(smk_index_reset(c->home.store), "throwing the index away");
    if (test_rng_chance(&c->rng, 60))
        demand(crash_index_go_on(c->home.store, &c->rng, 1 + (size_t)test_rng_below(&c->rng, STEPS_MAX),
                                 &is_done),
               "the index");
    else if (test_rng_chance(&c->rng, 25))
        demand(smk_index_follow(c->home.store), "all of the index");
}

static void compact(struct commits *c)
{
    struct smk_compaction done;
    smk_home_close(&c->home);
    demand(smk_home_open_alone(test_dir_at(&c->below, "home").text, &c->home), "opening alone");
    demand(smk_home_compact(&c->home, &done), "compacting");
    promise_state(c);
    test_home_reopen(&c->home);
}

static uint64_t number_of(const char *text)
{
    char *end;
    errno = 0;
    uint64_t number = strtoull(text, &end, 10);
    SMK_ASSERT(errno == 0);
    SMK_ASSERT(*end == 0 && end != text);
    return number;
}

int main(int argc, char **argv)
{
    static struct commits c;
    if (argc != 6) {
        (void)fputs("usage: crash_commits BELOW ASIDE COMMITS COMPACT_EVERY SEED\n", stderr);
        return 2;
    }
    uint64_t commits = number_of(argv[3]), compact_every = number_of(argv[4]);
    demand(smk_crypto_start(), "libsodium");
    (void)snprintf(c.below.path, sizeof c.below.path, "%s/coalition", argv[1]);
    (void)snprintf(c.aside.path, sizeof c.aside.path, "%s", argv[2]);
    c.rng = test_rng_from(number_of(argv[5]));
    found(&c);
    for (uint64_t i = 1; i <= commits; i++) {
        commit(&c);
        follow(&c);
        if (compact_every > 0 && i % compact_every == 0)
            compact(&c);
    }
    smk_home_close(&c.home);
    smk_home_close(&c.member);
    return 0;
}
