#include "tests/sim/tally.h"

#include "proto/policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const fault_text[FAULTS] = {
#define X(name, text) [FAULT_##name] = text,
    FAULT_MAP(X)
#undef X
};

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void tally_add(struct tally *sum, const struct tally *more)
{
    for (unsigned i = 0; i < FAULTS; i++)
        sum->fault[i] += more->fault[i];
    for (unsigned i = 0; i < TALLY_ACTS_MAX; i++)
        sum->act[i] += more->act[i];
    sum->edits += more->edits;
    sum->edits_counting += more->edits_counting;
    sum->acts += more->acts;
    sum->acts_counting += more->acts_counting;
    sum->worlds += more->worlds;
    sum->worlds_real_keys += more->worlds_real_keys;
    sum->worlds_real_stores += more->worlds_real_stores;
    sum->worlds_byzantine += more->worlds_byzantine;
    sum->worlds_converged += more->worlds_converged;
    sum->pushes += more->pushes;
    sum->nodes += more->nodes;
    sum->lines += more->lines;
    sum->agreements += more->agreements;
    sum->records_written += more->records_written;
    sum->records_exchanged += more->records_exchanged;
    sum->proofs += more->proofs;
    sum->proofs_in_stores += more->proofs_in_stores;
    sum->forks_met += more->forks_met;
    sum->forks_met_by_stores += more->forks_met_by_stores;
    sum->events += more->events;
    sum->folds += more->folds;
    sum->slowest_ms = larger(sum->slowest_ms, more->slowest_ms);
    sum->sessions_most = larger(sum->sessions_most, more->sessions_most);
}

static void line(uint64_t count, const char *what)
{
    printf("%12" PRIu64 "  %s\n", count, what);
}

/* Its name is the rule's: "joint_list.endorse". */
static bool act_name(size_t rule, char *ret, size_t bytes)
{
    const struct smk_policy_rule *r = smk_policy_at(rule);
    bool is_act = r != NULL && (!r->is_edit || r->is_wider);
    if (is_act)
        (void)snprintf(ret, bytes, "%s.%s", r->kind, r->act);
    return is_act;
}

/* Not every kind is taken back in these worlds: on most of it somebody has built. */
static bool is_seldom(size_t rule)
{
    return strcmp(smk_policy_at(rule)->act, "withdraw") == 0;
}

static void acts_print(const struct tally *t)
{
    char name[80];
    printf("acts that count\n");
    for (size_t i = 0; i < smk_policy_count(); i++)
        if (act_name(i, name, sizeof name))
            line(t->act[i], name);
}

void tally_print(const struct tally *t)
{
    printf("faults injected\n");
    for (unsigned i = 0; i < FAULTS; i++)
        line(t->fault[i], fault_text[i]);
    acts_print(t);
    printf("worlds\n");
    line(t->worlds, "worlds");
    line(t->worlds_real_keys, "of them with real Ed25519 and X25519");
    line(t->worlds_real_stores, "of them with real stores");
    line(t->worlds_byzantine, "of them with Byzantine nodes");
    line(t->worlds_converged, "of them in which a core had to converge, and did");
    line(t->pushes, "of them in which one more record went over a line that stood");
    line(t->nodes, "nodes");
    line(t->lines, "lines between two nodes");
    line(t->agreements, "agreements of two nodes");
    line(t->folds, "pairs of nodes whose documents were compared");
    line(t->proofs, "proofs of forks that nodes came to keep");
    line(t->proofs_in_stores, "of them in real stores");
    line(t->forks_met, "logs of which a batch showed a fork");
    line(t->forks_met_by_stores, "of them to a real store");
    line(t->events, "events");
    line(t->slowest_ms / 1000, "simulated seconds of the slowest convergence");
    line(t->sessions_most, "sessions of one edge on the way there, at most");
    line(t->edits, "edits that were folded");
    line(t->edits_counting, "of them counting");
    line(t->acts, "acts that were folded");
    line(t->acts_counting, "of them counting");
    line(t->records_written, "records written");
    line(t->records_exchanged, "records exchanged");
}

/* Half of what comes about where each fault does so often, or less. */
static bool has_too_few(const struct tally *t, uint64_t least)
{
    const struct {
        uint64_t count;
        uint64_t percent; /* of least */
        const char *what;
    } row[] = {
        {t->worlds_converged, 250, "worlds that converged"},
        {t->pushes, 150, "records pushed over a line that stood"},
        {t->folds, 15000, "pairs of nodes whose documents were compared"},
        {t->proofs, 300, "proofs of forks"},
        {t->proofs_in_stores, 15, "proofs of forks in real stores"},
        {t->forks_met, 200, "logs of which a batch showed a fork"},
        {t->edits_counting, 12000, "edits that count"},
        {t->acts_counting, 3500, "acts that count"},
        {t->agreements, 40000, "agreements of two nodes"},
        {t->records_exchanged, 250000, "records exchanged"},
    };
    bool has_few = false;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        if (row[i].count * 100 >= row[i].percent * least)
            continue;
        printf("too few, %" PRIu64 ": %s\n", row[i].count, row[i].what);
        has_few = true;
    }
    return has_few;
}

bool tally_has_rare(const struct tally *t, uint64_t least)
{
    char name[80];
    bool has_rare = has_too_few(t, least);
    for (unsigned i = 0; i < FAULTS; i++) {
        if (t->fault[i] >= least)
            continue;
        printf("too rare, %" PRIu64 " times: %s\n", t->fault[i], fault_text[i]);
        has_rare = true;
    }
    for (size_t i = 0; i < smk_policy_count(); i++) {
        if (least == 0 || !act_name(i, name, sizeof name) || t->act[i] > 0 || is_seldom(i))
            continue;
        printf("never counted: %s\n", name);
        has_rare = true;
    }
    return has_rare;
}
