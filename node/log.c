#include "node/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 512 };

static enum smk_log_level level_max = SMK_LOG_INFO;

void smk_log_set_level(enum smk_log_level level)
{
    level_max = level;
}

static int line_prefix(enum smk_log_level level, char *line, size_t size)
{
    static const char *const word[] = {"ERROR ", "WARNING ", "INFO ", "DEBUG "};
    static const int journal_level[] = {3, 4, 6, 7};
    if (getenv("JOURNAL_STREAM") != NULL)
        return snprintf(line, size, "<%d>", journal_level[level]);
    return snprintf(line, size, "%s", word[level]);
}

bool smk_log_is_due(struct smk_log_pace *pace, uint64_t now_ms)
{
    if (now_ms < pace->quiet_until_ms)
        return false;
    pace->quiet_until_ms = now_ms + SMK_LOG_PACE_MS;
    return true;
}

void smk_log_line(enum smk_log_level level, const char *format, ...)
{
    if (level > level_max)
        return;
    char text[LINE_BYTES_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args); /* a longer line is cut */
    va_end(args);

    char line[16 + 4 * LINE_BYTES_MAX];
    size_t len = (size_t)line_prefix(level, line, sizeof line);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c >= ' ' && *c <= '~')
            line[len++] = *c;
        else
            len += (size_t)snprintf(line + len, 5, "\\x%02x", (unsigned char)*c);
    }
    line[len++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, len); /* one call, so that lines of two threads do not mix */
    (void)written;                                     /* nowhere left to complain */
}
