#define _GNU_SOURCE /* nftw */

#include "tests/crash/world.h"

#include "tests/support/tidy.h"

#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOOK_MS = 5, STOP_MS = 3000, OPEN_FOLDERS_MAX = 16 };

static bool fail(const char *what, const char *which)
{
    (void)fprintf(stderr, "crash_kill: %s: %s\n", what, which);
    return false;
}

static bool join(char ret_path[CRASH_PATH_MAX], const char *folder, const char *name)
{
    int len = snprintf(ret_path, CRASH_PATH_MAX, "%s/%s", folder, name);
    return (len > 0 && len < CRASH_PATH_MAX) || fail("too long a path", folder);
}

/* ---- asking ---- */

bool crash_world_ask(struct crash_world *w, size_t node, const char *const *words,
                     struct crash_child *ret_child)
{
    char program[CRASH_PATH_MAX];
    const char *argv[CRASH_WORDS_MAX + 1] = {program, "--home", w->node[node].home, "--json"};
    size_t count = 4;
    for (size_t i = 0; words[i] != NULL && count < CRASH_WORDS_MAX; i++)
        argv[count++] = words[i];
    return join(program, w->bin, "samaki") && crash_child_start(argv, w->node[node].log, ret_child);
}

int crash_world_run(struct crash_world *w, size_t node, const char *const *words, json_t **ret_last)
{
    struct crash_child child;
    const char *line;
    uint64_t until_us = crash_now_us() + CRASH_ANSWER_MS * (uint64_t)1000;
    json_t *last = NULL;
    if (!crash_world_ask(w, node, words, &child))
        return -1;
    while (crash_child_read(&child, until_us, &line) == CRASH_LINE_WHOLE) {
        json_decref(last);
        last = json_loads(line, 0, NULL);
    }
    int code = crash_child_wait(&child, crash_now_us() < until_us ? CRASH_ANSWER_MS : 0);
    crash_child_end(&child);
    if (ret_last != NULL)
        *ret_last = last;
    else
        json_decref(last);
    return code;
}

static bool demand(struct crash_world *w, size_t node, const char *const *words, json_t **ret_last)
{
    json_t *last = NULL;
    int code = crash_world_run(w, node, words, &last);
    if (code != 0) {
        char *text = json_dumps(last, JSON_COMPACT);
        (void)fprintf(stderr, "crash_kill: 'samaki %s' ended with %d: %s\n", words[0], code,
                      text != NULL ? text : "");
        free(text);
    }
    if (ret_last != NULL && code == 0)
        *ret_last = last;
    else
        json_decref(last);
    return code == 0;
}

/* ---- daemons ---- */

static bool read_address(struct crash_node *node)
{
    char path[CRASH_PATH_MAX], text[64];
    FILE *file = join(path, node->home, "run/listen") ? fopen(path, "re") : NULL;
    if (file == NULL)
        return false;
    size_t len = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[len] = 0;
    text[strcspn(text, "\n")] = 0;
    if (strchr(text, ':') == NULL)
        return false;
    memcpy(node->address, text, sizeof node->address);
    return true;
}

bool crash_world_start(struct crash_world *w, size_t node, const char *peer)
{
    struct crash_node *n = &w->node[node];
    char program[CRASH_PATH_MAX], path[CRASH_PATH_MAX];
    const char *address = n->address[0] != 0 ? n->address : "127.0.0.1:0";
    const char *argv[10] = {program, "--home", n->home, "--listen", address};
    if (peer != NULL) {
        argv[5] = "--peer";
        argv[6] = peer;
    }
    if (!join(program, w->bin, "samakid") || !join(path, n->home, "run/listen"))
        return false;
    (void)unlink(path); /* a daemon that was killed leaves it behind */
    crash_child_end(&n->daemon);
    if (!crash_child_start(argv, n->log, &n->daemon))
        return false;
    uint64_t until_us = crash_now_us() + CRASH_LISTEN_MS * (uint64_t)1000;
    while (!read_address(n)) {
        if (!crash_child_is_alive(&n->daemon))
            return fail("samakid did not start; see", n->log);
        if (crash_now_us() > until_us)
            return fail("samakid does not listen; see", n->log);
        (void)poll(NULL, 0, LOOK_MS);
    }
    return true;
}

/* ---- the world ---- */

bool crash_world_find(struct crash_world *w)
{
    const char *bin = getenv("SMK_BIN"), *root = getenv("SMK_ROOT");
    char path[CRASH_PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", w->bin, sizeof w->bin - 1);
    if (len <= 0)
        return fail("this program does not find itself", "/proc/self/exe");
    w->bin[len] = 0;
    *strrchr(w->bin, '/') = 0;
    if (bin != NULL && bin[0] != 0 && strlen(bin) < sizeof w->bin)
        (void)snprintf(w->bin, sizeof w->bin, "%s", bin);
    if (root != NULL && root[0] != 0) {
        if (!join(w->folder, root, "tools/sample/battambang"))
            return false;
    } else if (!join(w->folder, w->bin, "../../../tools/sample/battambang")) {
        return false;
    }
    if (!join(path, w->bin, "samaki") || access(path, X_OK) != 0)
        return fail("there is no such program", path);
    return access(w->folder, R_OK) == 0 || fail("there is no such folder", w->folder);
}

static bool found(struct crash_world *w)
{
    json_t *invitation = NULL;
    if (!demand(w, 0,
                CRASH_WORDS("init", "--name", "Crash test", "--org", "cpdd", "--office",
                            "cpdd-ed:secretariat_approver", "--office", "cpdd-pm:secretariat_editor",
                            "--office", "cpdd-rap:workshop_rapporteur"),
                NULL) ||
        !demand(w, 0, CRASH_WORDS("import", w->folder), NULL) || !crash_world_start(w, 0, NULL) ||
        !demand(w, 0,
                CRASH_WORDS("invite", "--org", "ctod", "--address", w->node[0].address, "--office",
                            "ctod-dir", "--office", "ctod-fo1", "--office", "ctod-fo2"),
                &invitation))
        return false;
    const char *text = json_string_value(json_object_get(invitation, "invitation"));
    bool is_joined = text != NULL && demand(w, 1, CRASH_WORDS("join", text), NULL);
    json_decref(invitation);
    return is_joined;
}

bool crash_world_init(struct crash_world *w)
{
    static const char *const name[CRASH_NODES] = {"a", "b"};
    w->forks = 0;
    crash_noted_init(&w->seen);
    const char *temp = getenv("TMPDIR");
    if (!join(w->dir, temp != NULL && temp[0] != 0 ? temp : "/tmp", "samaki-crash-XXXXXX"))
        return false;
    test_tidy_folder(w->dir);
    if (mkdtemp(w->dir) == NULL)
        return fail("no folder for this run", strerror(errno));
    for (size_t i = 0; i < CRASH_NODES; i++) {
        struct crash_node *n = &w->node[i];
        *n = (struct crash_node){.daemon = {.out = -1}};
        crash_noted_init(&n->noted);
        if (!join(n->home, w->dir, name[i]) ||
            snprintf(n->log, sizeof n->log, "%s/%s.log", w->dir, name[i]) >= (int)sizeof n->log)
            return fail("too long a path", w->dir);
    }
    return found(w);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *place)
{
    (void)st;
    (void)place;
    return type == FTW_DP ? rmdir(path) : unlink(path);
}

void crash_world_deinit(struct crash_world *w, bool is_kept)
{
    for (size_t i = 0; i < CRASH_NODES; i++) {
        crash_child_end(&w->node[i].daemon);
        crash_noted_deinit(&w->node[i].noted);
    }
    crash_noted_deinit(&w->seen);
    if (is_kept)
        (void)fprintf(stderr, "crash_kill: the homes are in %s\n", w->dir);
    else if (w->dir[0] != 0)
        (void)nftw(w->dir, remove_entry, OPEN_FOLDERS_MAX, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    test_tidy_folder(NULL);
    w->dir[0] = 0;
}

uint64_t crash_world_count_lost(struct crash_world *w, size_t node, uint64_t *failed_opens)
{
    struct crash_child child;
    struct crash_noted held;
    const char *line;
    uint64_t until_us = crash_now_us() + CRASH_ANSWER_MS * (uint64_t)1000;
    if (!crash_world_ask(w, node, CRASH_WORDS("export"), &child)) {
        *failed_opens += 1;
        return 0;
    }
    crash_noted_init(&held);
    while (crash_child_read(&child, until_us, &line) == CRASH_LINE_WHOLE) {
        json_t *record = json_loads(line, 0, NULL);
        if (json_object_get(record, "error") != NULL)
            (void)fail("'samaki export' says", line);
        crash_noted_add_held(&held, record);
        json_decref(record);
    }
    int code = crash_child_wait(&child, CRASH_ANSWER_MS);
    crash_child_end(&child);
    uint64_t lost = code == 0 ? crash_noted_count_lost(&w->node[node].noted, &held) : 0;
    w->forks += crash_noted_count_forks(&w->seen, &held);
    if (code != 0) {
        (void)fprintf(stderr, "FAILED OPEN: reading the store of node %zu ended with %d\n", node, code);
        *failed_opens += 1;
    }
    crash_noted_deinit(&held);
    return lost;
}
