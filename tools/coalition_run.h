/* tools/coalition_run.h: the running coalition: its nodes' homes and daemons, and how they are asked.
 *
 * Shape    DIR/NAME is the home of a node, DIR/NAME.log what its programs said. A question is one run of `samaki --json`.
 * Source   README.md in this folder describes the JSON.
 * Memory   smk_run owns what it holds; freed by smk_run_deinit.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_COALITION_RUN_H
#define SMK_TOOLS_COALITION_RUN_H

#include "store/home.h"
#include "tools/coalition_plan.h"

#include <jansson.h>
#include <sys/types.h>

enum {
    SMK_RUN_ANSWER_MS = 60 * 1000,      /* one question */
    SMK_RUN_IMPORT_MS = 10 * 60 * 1000, /* bringing in a folder */
    SMK_RUN_START_MS = 20 * 1000,       /* until a daemon listens */
    SMK_RUN_STOP_MS = 2 * 1000,         /* until a daemon has stopped */
    SMK_RUN_SETTLE_MS = 120 * 1000,     /* until nodes that talk hold the same */
    SMK_RUN_ANSWER_BYTES_MAX = 256 * 1024 * 1024,
};

struct smk_run_node {
    const struct smk_plan_node *plan;
    pid_t daemon;          /* 0 = none runs */
    char address[64];      /* where its daemon listens; "" before the first start */
    json_t *holds;         /* the scopes that it holds by the rules; NULL before it was asked */
    json_t *status;        /* the last answer of `status`; NULL before */
    json_t *summary;       /* what the last `import` summed up; NULL before */
    uint64_t base_records; /* of scopes that others hold too, just after joining */
};

/* What happened on the way, for the report. */
struct smk_run_story {
    unsigned turns;
    bool has_cut; /* a line was cut, and both ends went on from there */
    uint64_t cut_after_bytes;
    size_t cut_away, cut_hub;
    bool has_live;
    char live_id[72]; /* the record's id, in hex */
    size_t live_at;   /* the node that it appeared at */
    uint64_t live_ms;
};

struct smk_run {
    char bin[SMK_HOME_PATH_MAX];    /* where the programs are */
    char dir[SMK_HOME_PATH_MAX];    /* what this run may write to */
    const char *shown_dir;          /* the same as people wrote it */
    char folder[SMK_HOME_PATH_MAX]; /* the data */
    bool is_without_sync;
    uint64_t began_ms;
    struct smk_plan plan;
    struct smk_run_node node[SMK_PLAN_NODES_MAX];
    struct smk_run_story story;
};

#define SMK_WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* One line of progress on stdout, with the seconds that have passed. */
__attribute__((format(printf, 2, 3))) void smk_run_say(const struct smk_run *run, const char *format, ...);
/* One sentence on stderr. Returns false. */
__attribute__((format(printf, 1, 2))) bool smk_run_fail(const char *format, ...);

void smk_run_deinit(struct smk_run *run);
const char *smk_run_name(const struct smk_run *run, size_t node);
/* DIR/NAME, or DIR/NAME with something behind it. False, having said why, when that is too long. */
bool smk_run_path(const struct smk_run *run, const char *name, const char *tail,
                  char ret_path[SMK_HOME_PATH_MAX]);

/* ---- asking ---- */

struct smk_answer {
    int code;      /* exit code */
    json_t *lines; /* array of what it printed, one object a line */
};
void smk_answer_deinit(struct smk_answer *answer); /* works on a zeroed object */
/* The last object; NULL when there is none. BORROWED from the answer. */
json_t *smk_answer_last(const struct smk_answer *answer);

/* Runs samaki --home DIR/NAME --json WORDS... to its end. False, having said why, when it could not be run, printed what
 * is no JSON, took too long, or the whole run was interrupted. The exit code is the caller's to judge. */
bool smk_run_ask(const struct smk_run *run, const char *name, const char *const *words, unsigned limit_ms,
                 struct smk_answer *ret_answer);
/* The same, and the exit code has to be 0; gives the last object printed (GIVES; never NULL). */
bool smk_run_demand(const struct smk_run *run, const char *name, const char *const *words,
                    json_t **ret_object);

/* ---- daemons ---- */

/* Starts samakid, dialling peer unless it is NULL, and waits until it listens. False having said why. */
bool smk_run_start(struct smk_run *run, size_t node, const char *peer);
/* False, having said so, when it did not stop in time or in order. */
bool smk_run_stop(struct smk_run *run, size_t node);
/* Shows on stderr the last lines that the node's programs said. */
void smk_run_show_log(const struct smk_run *run, size_t node);
/* False, having said so, when a daemon has ended by itself. */
bool smk_run_watch(struct smk_run *run);

/* ---- comparing ---- */

/* Asks for the status of one node, and what it holds when is_new. */
bool smk_run_look(struct smk_run *run, size_t node, bool is_new);
/* True when the node holds the scope by the rules. */
bool smk_run_holds(const struct smk_run *run, size_t node, const char *scope);
/* Every two nodes (only_online: whose daemons run), and every scope that both hold and that is not empty with one of
 * them: array of {"a","b","scope","same"}, by the last looks. GIVES. */
json_t *smk_run_pairs(const struct smk_run *run, bool only_online);
size_t smk_run_count_unequal(const json_t *pairs);
/* Waits until all whose daemons run hold the same; false having said who does not. */
bool smk_run_settle(struct smk_run *run);

#endif
