#include "tools/coalition_run.h"
#include "tools/coalition_child.h"
#include "tools/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MAX = 96, LOOK_MS = 20, LOG_TAIL_BYTES = 600 };

/* ---- saying ---- */

void smk_run_say(const struct smk_run *run, const char *format, ...)
{
    struct smk_shown shown;
    char text[700];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    uint64_t ms = smk_child_now_ms() - run->began_ms;
    (void)printf("%4" PRIu64 ".%" PRIu64 " s  %s\n", ms / 1000, ms % 1000 / 100,
                 smk_text_shown(text, &shown));
    (void)fflush(stdout);
}

bool smk_run_fail(const char *format, ...)
{
    struct smk_shown shown;
    char text[700];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)fflush(stdout);
    (void)fprintf(stderr, "coalition: %s\n", smk_text_shown(text, &shown));
    return false;
}

void smk_run_deinit(struct smk_run *run)
{
    for (size_t i = 0; i < SMK_PLAN_NODES_MAX; i++) {
        json_decref(run->node[i].holds);
        json_decref(run->node[i].status);
        json_decref(run->node[i].summary);
    }
    *run = (struct smk_run){0};
}

const char *smk_run_name(const struct smk_run *run, size_t node)
{
    return run->plan.node[node].name.text;
}

bool smk_run_path(const struct smk_run *run, const char *name, const char *tail,
                  char ret_path[SMK_HOME_PATH_MAX])
{
    int len = snprintf(ret_path, SMK_HOME_PATH_MAX, "%s/%s%s", run->dir, name, tail);
    return (len > 0 && len < SMK_HOME_PATH_MAX) ||
           smk_run_fail("The path of the folder %s is too long.", run->dir);
}

/* ---- asking ---- */

void smk_answer_deinit(struct smk_answer *answer)
{
    json_decref(answer->lines);
    *answer = (struct smk_answer){0};
}

json_t *smk_answer_last(const struct smk_answer *answer)
{
    size_t count = json_array_size(answer->lines);
    return count > 0 ? json_array_get(answer->lines, count - 1) : NULL;
}

/* One JSON object a line; false when a line is none. */
static bool parse_lines(struct smk_bytes text, json_t *lines)
{
    size_t at = 0;
    while (at < text.len) {
        const uint8_t *end = memchr(text.data + at, '\n', text.len - at);
        size_t len = end != NULL ? (size_t)(end - text.data) - at : text.len - at;
        json_t *object = json_loadb((const char *)text.data + at, len, 0, NULL);
        if (!json_is_object(object) || json_array_append(lines, object) != 0) {
            json_decref(object);
            return false;
        }
        json_decref(object);
        at += len + 1;
    }
    return true;
}

static int open_log(const struct smk_run *run, const char *name)
{
    char path[SMK_HOME_PATH_MAX];
    if (!smk_run_path(run, name, ".log", path))
        return -1;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        (void)smk_run_fail("The file %s cannot be written: %s", path, strerror(errno));
    return fd;
}

/* argv = BIN/PROGRAM --home DIR/NAME WORDS..., in room of the caller's. */
struct command {
    char program[SMK_HOME_PATH_MAX];
    char home[SMK_HOME_PATH_MAX];
    const char *argv[WORDS_MAX + 1];
    size_t count;
};

static bool make_command(const struct smk_run *run, const char *program, const char *name, struct command *c)
{
    c->count = 0;
    if (!smk_home_join(run->bin, program, c->program) || !smk_run_path(run, name, "", c->home))
        return false;
    c->argv[c->count++] = c->program;
    c->argv[c->count++] = "--home";
    c->argv[c->count++] = c->home;
    return true;
}

static bool add_words(struct command *c, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        if (c->count == WORDS_MAX)
            return smk_run_fail("The command '%s' would have too many words.", words[0]);
        c->argv[c->count++] = words[i];
    }
    c->argv[c->count] = NULL;
    return true;
}

bool smk_run_ask(const struct smk_run *run, const char *name, const char *const *words, unsigned limit_ms,
                 struct smk_answer *ret_answer)
{
    struct command c;
    struct smk_buf text = {.max = SMK_RUN_ANSWER_BYTES_MAX};
    *ret_answer = (struct smk_answer){.lines = json_array()};
    if (!make_command(run, "samaki", name, &c) || !add_words(&c, SMK_WORDS("--json")) ||
        !add_words(&c, words))
        return false;
    int log_fd = open_log(run, name);
    if (log_fd < 0)
        return false;
    bool is_run = smk_child_collect(c.argv, log_fd, limit_ms, &text, &ret_answer->code);
    int why = errno;
    (void)close(log_fd);
    bool is_good = is_run && parse_lines(smk_buf_view(&text), ret_answer->lines);
    smk_buf_deinit(&text);
    if (is_good)
        return true;
    smk_answer_deinit(ret_answer);
    if (!is_run && why == EINTR)
        return smk_run_fail("Interrupted.");
    if (!is_run && why == ETIMEDOUT)
        return smk_run_fail("'samaki %s' at %s did not end within %u s.", words[0], name, limit_ms / 1000);
    if (!is_run)
        return smk_run_fail("'samaki %s' at %s could not be run: %s", words[0], name, strerror(why));
    return smk_run_fail("'samaki %s' at %s ended with code %d and did not answer in JSON; see %s/%s.log.",
                        words[0], name, ret_answer->code, run->dir, name);
}

bool smk_run_demand(const struct smk_run *run, const char *name, const char *const *words,
                    json_t **ret_object)
{
    struct smk_answer answer;
    if (!smk_run_ask(run, name, words, SMK_RUN_ANSWER_MS, &answer))
        return false;
    json_t *last = smk_answer_last(&answer);
    const char *what = json_string_value(json_object_get(last, "what"));
    bool is_good = answer.code == 0 && last != NULL;
    if (is_good)
        *ret_object = json_incref(last);
    else
        (void)smk_run_fail("'samaki %s' at %s ended with code %d: %s", words[0], name, answer.code,
                           what != NULL ? what : "it gave no reason");
    smk_answer_deinit(&answer);
    return is_good;
}

/* ---- daemons ---- */

/* Shows the end of what the node's programs said, so that a failure can be understood from the terminal. */
void smk_run_show_log(const struct smk_run *run, size_t node)
{
    const char *name = smk_run_name(run, node);
    char path[SMK_HOME_PATH_MAX], tail[LOG_TAIL_BYTES + 1];
    struct smk_shown shown;
    if (!smk_run_path(run, name, ".log", path))
        return;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    if (fseek(file, -LOG_TAIL_BYTES, SEEK_END) != 0)
        rewind(file);
    tail[fread(tail, 1, LOG_TAIL_BYTES, file)] = 0;
    (void)fclose(file);
    char *from = tail, *line, *rest = strchr(tail, '\n');
    if (strlen(tail) == LOG_TAIL_BYTES && rest != NULL)
        from = rest + 1; /* the first line is cut */
    while ((line = strsep(&from, "\n")) != NULL)
        if (line[0] != 0)
            (void)fprintf(stderr, "    %s says: %s\n", name, smk_text_shown(line, &shown));
}

/* HOME/run/listen, without its line break; false while it is not (wholly) there. */
static bool read_address(const struct smk_run *run, const char *name, char ret_address[64])
{
    char path[SMK_HOME_PATH_MAX], text[64];
    if (!smk_run_path(run, name, "/run/listen", path))
        return false;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    size_t len = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[len] = 0;
    text[strcspn(text, "\n")] = 0;
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon[1] == 0)
        return false;
    (void)snprintf(ret_address, 64, "%s", text);
    return true;
}

static bool await_listening(struct smk_run *run, size_t node)
{
    uint64_t until_ms = smk_child_now_ms() + SMK_RUN_START_MS;
    while (!read_address(run, smk_run_name(run, node), run->node[node].address)) {
        if (smk_child_is_interrupted())
            return smk_run_fail("Interrupted.");
        if (!smk_run_watch(run))
            return false;
        if (smk_child_now_ms() >= until_ms) {
            (void)smk_run_fail("Waited %d s for the daemon of %s to listen.", SMK_RUN_START_MS / 1000,
                               smk_run_name(run, node));
            smk_run_show_log(run, node);
            return false;
        }
        smk_child_wait(-1, LOOK_MS);
    }
    return true;
}

bool smk_run_start(struct smk_run *run, size_t node, const char *peer)
{
    struct command c;
    const char *name = smk_run_name(run, node);
    const char *listen = run->node[node].address[0] != 0 ? run->node[node].address : "127.0.0.1:0";
    if (!make_command(run, "samakid", name, &c) || !add_words(&c, SMK_WORDS("--listen", listen)) ||
        (peer != NULL && !add_words(&c, SMK_WORDS("--peer", peer))))
        return false;
    int log_fd = open_log(run, name);
    if (log_fd < 0)
        return false;
    pid_t pid = smk_child_start(c.argv, log_fd, log_fd);
    (void)close(log_fd);
    if (pid < 0)
        return smk_run_fail("The daemon of %s could not be started: %s", name, strerror(errno));
    run->node[node].daemon = pid;
    return await_listening(run, node);
}

bool smk_run_stop(struct smk_run *run, size_t node)
{
    if (run->node[node].daemon == 0)
        return true;
    int code = smk_child_end(run->node[node].daemon, SMK_RUN_STOP_MS);
    run->node[node].daemon = 0;
    if (code == 0)
        return true;
    (void)smk_run_fail("The daemon of %s did not stop in good order within %d s (code %d).",
                       smk_run_name(run, node), SMK_RUN_STOP_MS / 1000, code);
    smk_run_show_log(run, node);
    return false;
}

bool smk_run_watch(struct smk_run *run)
{
    int code;
    for (size_t i = 0; i < run->plan.node_count; i++) {
        if (run->node[i].daemon == 0 || !smk_child_is_over(run->node[i].daemon, &code))
            continue;
        run->node[i].daemon = 0;
        (void)smk_run_fail("The daemon of %s has ended by itself with code %d.", smk_run_name(run, i), code);
        smk_run_show_log(run, i);
        return false;
    }
    return true;
}
