/* tests/crash/world.h: two nodes in a folder of their own: a secretariat with a daemon, and a member.
 *
 * Shape    node 0 founds and is dialled, node 1 joins and dials. Each has a home DIR/a, DIR/b and a log DIR/a.log, ...
 * Memory   crash_world_deinit ends all programs, releases, and removes the folder.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_CRASH_WORLD_H
#define SMK_TESTS_CRASH_WORLD_H

#include "tests/crash/child.h"
#include "tests/crash/noted.h"

enum {
    CRASH_PATH_MAX = 1024,
    CRASH_WORDS_MAX = 24,
    CRASH_NODES = 2,
    CRASH_ANSWER_MS = 60 * 1000,
    CRASH_LISTEN_MS = 20 * 1000,
};
#define CRASH_WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

struct crash_node {
    char home[CRASH_PATH_MAX], log[CRASH_PATH_MAX];
    char address[64]; /* of its daemon, the same from the first start on */
    struct crash_child daemon;
    struct crash_noted noted; /* what this node has to keep */
};

struct crash_world {
    char bin[CRASH_PATH_MAX];    /* samaki, samakid */
    char folder[CRASH_PATH_MAX]; /* the sample data */
    char dir[CRASH_PATH_MAX];
    struct crash_node node[CRASH_NODES];
    struct crash_noted seen; /* which record has ever stood where, at either node */
    uint64_t forks;          /* places at which another one stood later */
};

/* Where the programs and the sample are. False, having said what is missing. */
bool crash_world_find(struct crash_world *w);
/* A fresh folder; founds, and lets node 1 join. The daemon of node 0 runs then. False, having said why. */
bool crash_world_init(struct crash_world *w);
/* is_kept: the folder stays, and its name is said, so that one can look into it. */
void crash_world_deinit(struct crash_world *w, bool is_kept);

/* Starts samaki --home HOME --json WORDS... False, having said why. */
bool crash_world_ask(struct crash_world *w, size_t node, const char *const *words,
                     struct crash_child *ret_child);
/* Runs it to its end; ret_last (may be NULL) GIVES the last object that it printed, NULL when there is none. The exit
 * code, or -1 when it could not be run or did not end in time. */
int crash_world_run(struct crash_world *w, size_t node, const char *const *words, json_t **ret_last);
/* Starts the node's samakid, dialling peer unless that is NULL, and waits until it listens. False, having said why. */
bool crash_world_start(struct crash_world *w, size_t node, const char *peer);

/* How many promised records of the node are not there. Adds 1 to *failed_opens, having said why, when its store cannot
 * be read. */
uint64_t crash_world_count_lost(struct crash_world *w, size_t node, uint64_t *failed_opens);

#endif
