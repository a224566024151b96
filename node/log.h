/* node/log.h: the daemon's log lines, one event a line, to stderr.
 *
 * Shape    `LEVEL text`, or `<N>text` for journald when $JOURNAL_STREAM is set. Whatever is not printable ASCII is
 *          written as \xNN, so nothing foreign can end a line or move a terminal's cursor. Lines end at 512 bytes.
 * Memory   none kept.   Secrets  never log keys, payloads or names of people.   Threads  any.
 */
#ifndef SMK_NODE_LOG_H
#define SMK_NODE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum { SMK_LOG_PACE_MS = 60 * 1000 };

enum smk_log_level { SMK_LOG_ERROR, SMK_LOG_WARNING, SMK_LOG_INFO, SMK_LOG_DEBUG };

/* Lines above this level are dropped. Set once at start; INFO before. */
void smk_log_set_level(enum smk_log_level level);

/* For what may go on without end: zero-initialised it lets the first line through, then one a minute. */
struct smk_log_pace {
    uint64_t quiet_until_ms;
};
/* Whether the line is due now (monotonic milliseconds). */
bool smk_log_is_due(struct smk_log_pace *pace, uint64_t now_ms);

__attribute__((format(printf, 2, 3))) void smk_log_line(enum smk_log_level level, const char *format, ...);

#endif
