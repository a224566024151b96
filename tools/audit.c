#include "tools/audit.h"
#include "tools/cli.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct gathering {
    struct smk_audit_report *report;
    bool has_end;
    enum smk_err err; /* of this process: it says nothing about the file */
};

void smk_audit_report_deinit(struct smk_audit_report *report)
{
    json_decref(report->findings);
    *report = (struct smk_audit_report){0};
}

static uint64_t count_of(const json_t *line, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(line, key));
    return value > 0 ? (uint64_t)value : 0;
}

/* The child's memory may be spoilt: a line that is not understood is an answer like its death. */
static bool gather_line(struct gathering *g, const char *text, size_t len)
{
    json_t *line = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    bool is_good = line != NULL && !g->has_end;
    if (line == NULL && smk_json_has_lost()) /* jansson itself has no code for each of these */
        g->err = SMK_ERR_NOMEM;
    if (is_good && json_is_true(json_object_get(line, "end"))) {
        struct smk_audit_report *report = g->report;
        g->has_end = true;
        report->err = (enum smk_err)json_integer_value(json_object_get(line, "err"));
        report->counts.logs = count_of(line, "logs");
        report->counts.records = count_of(line, "records");
        report->counts.signatures_good = count_of(line, "signatures_good");
        report->counts.findings = count_of(line, "findings");
    } else if (is_good) {
        is_good = json_is_string(json_object_get(line, "kind")) &&
                  json_is_string(json_object_get(line, "what")) &&
                  json_array_size(g->report->findings) < SMK_AUDIT_FINDINGS_MAX;
        if (is_good && json_array_append(g->report->findings, line) != 0)
            g->err = SMK_ERR_NOMEM;
    }
    json_decref(line);
    return is_good;
}

/* Takes whole lines out of the buffer. */
static bool gather(struct gathering *g, struct smk_buf *b)
{
    const uint8_t *end;
    size_t used = 0;
    while ((end = b->len > used ? memchr(b->data + used, '\n', b->len - used) : NULL) != NULL) {
        size_t len = (size_t)(end - (b->data + used));
        if (!gather_line(g, (const char *)b->data + used, len))
            return false;
        used += len + 1;
    }
    smk_buf_drop(b, used);
    return b->len <= SMK_AUDIT_LINE_BYTES_MAX && b->err == SMK_OK;
}

static int left_ms(const struct timespec *start)
{
    struct timespec now;
    SMK_ASSERT(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    int64_t passed = (now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000;
    return passed < SMK_AUDIT_PARENT_MS ? (int)(SMK_AUDIT_PARENT_MS - passed) : 0;
}

/* Reads until the child has closed its end. False when it took too long or wrote what no sound child writes. */
static bool listen_to(struct gathering *g, int in)
{
    struct smk_buf b = {.max = 2 * 65536};
    struct timespec start;
    bool is_good = true, is_open = true;
    SMK_ASSERT(clock_gettime(CLOCK_MONOTONIC, &start) == 0);
    while (is_good && is_open) {
        char piece[16384];
        struct pollfd ready = {.fd = in, .events = POLLIN};
        int count = poll(&ready, 1, left_ms(&start));
        ssize_t len = count > 0 ? read(in, piece, sizeof piece) : -1;
        if (count != 0 && len < 0 && errno == EINTR)
            continue;
        if (count != 0 && len < 0)
            g->err = SMK_ERR_IO;
        if (len > 0)
            smk_buf_write(&b, piece, (size_t)len);
        is_open = len > 0;
        is_good = len >= 0 && gather(g, &b);
        if (b.err == SMK_ERR_NOMEM)
            g->err = SMK_ERR_NOMEM;
    }
    smk_buf_deinit(&b);
    return is_good && g->has_end;
}

static bool await_child(struct gathering *g, pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    if (WIFEXITED(status) && WEXITSTATUS(status) == SMK_EXIT_TRY_AGAIN)
        g->err = SMK_ERR_NOMEM;
    return WIFEXITED(status) && WEXITSTATUS(status) == SMK_EXIT_DONE;
}

enum smk_err smk_audit_read(const char *folder, struct smk_audit_report *ret_report)
{
    int line[2];
    *ret_report = (struct smk_audit_report){.findings = json_array()};
    struct gathering g = {.report = ret_report};
    (void)fflush(stdout);
    if (ret_report->findings == NULL)
        return SMK_ERR_NOMEM;
    if (pipe(line) != 0)
        return SMK_ERR_IO;
    pid_t child = fork();
    if (child == 0) {
        (void)close(line[0]);
        smk_audit_child(folder, line[1]);
    }
    (void)close(line[1]);
    bool is_good = child > 0 && listen_to(&g, line[0]);
    (void)close(line[0]);
    if (child > 0 && !is_good)
        (void)kill(child, SIGKILL);
    if (child > 0 && !await_child(&g, child))
        is_good = false;
    ret_report->has_died = !is_good;
    return child > 0 ? g.err : SMK_ERR_NOMEM;
}
