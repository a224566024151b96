#include "tests/sim/tally.h"

#include <inttypes.h>
#include <stdio.h>

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
    sum->worlds += more->worlds;
    sum->worlds_real_keys += more->worlds_real_keys;
    sum->worlds_real_stores += more->worlds_real_stores;
    sum->worlds_byzantine += more->worlds_byzantine;
    sum->worlds_converged += more->worlds_converged;
    sum->nodes += more->nodes;
    sum->lines += more->lines;
    sum->agreements += more->agreements;
    sum->records_written += more->records_written;
    sum->records_exchanged += more->records_exchanged;
    sum->proofs += more->proofs;
    sum->events += more->events;
    sum->folds += more->folds;
    sum->slowest_ms = larger(sum->slowest_ms, more->slowest_ms);
    sum->sessions_most = larger(sum->sessions_most, more->sessions_most);
}

static void line(uint64_t count, const char *what)
{
    printf("%12" PRIu64 "  %s\n", count, what);
}

void tally_print(const struct tally *t)
{
    printf("faults injected\n");
    for (unsigned i = 0; i < FAULTS; i++)
        line(t->fault[i], fault_text[i]);
    printf("worlds\n");
    line(t->worlds, "worlds");
    line(t->worlds_real_keys, "of them with real Ed25519 and X25519");
    line(t->worlds_real_stores, "of them with real stores");
    line(t->worlds_byzantine, "of them with Byzantine nodes");
    line(t->worlds_converged, "of them in which a core had to converge, and did");
    line(t->nodes, "nodes");
    line(t->lines, "lines between two nodes");
    line(t->agreements, "agreements of two nodes");
    line(t->folds, "pairs of nodes whose documents were compared");
    line(t->proofs, "proofs of forks that nodes came to keep");
    line(t->events, "events");
    line(t->slowest_ms / 1000, "simulated seconds of the slowest convergence");
    line(t->sessions_most, "sessions of one edge on the way there, at most");
    line(t->records_written, "records written");
    line(t->records_exchanged, "records exchanged");
}

bool tally_has_rare(const struct tally *t, uint64_t least)
{
    bool has_rare = false;
    for (unsigned i = 0; i < FAULTS; i++) {
        if (t->fault[i] >= least)
            continue;
        printf("too rare, %" PRIu64 " times: %s\n", t->fault[i], fault_text[i]);
        has_rare = true;
    }
    return has_rare;
}
