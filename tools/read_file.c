#include "tools/read_file.h"

#include "tools/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void smk_why_say(struct smk_why *why, const char *format, ...)
{
    char text[1024];
    struct smk_shown shown;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    smk_text_shown(text, &shown);
    (void)snprintf(why->text, sizeof why->text, "%.*s", SMK_WHY_LETTERS_MAX, shown.text);
}

/* Reads to the end of an open file; more than expected is refused as well. */
static bool read_all(int fd, struct smk_buf *b)
{
    uint8_t piece[16 * 1024];
    for (;;) {
        ssize_t got = read(fd, piece, sizeof piece);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        smk_buf_write(b, piece, (size_t)got);
        if (b->err != SMK_OK)
            return false;
    }
}

static enum smk_read read_open(int fd, size_t bytes_max, struct smk_buf *b, struct smk_why *why)
{
    struct stat st;
    bool is_seen = fstat(fd, &st) == 0;
    if (!is_seen || !S_ISREG(st.st_mode)) {
        smk_why_say(why, is_seen ? "it is not a file" : "it cannot be looked at: %s", strerror(errno));
        return SMK_READ_REFUSED;
    }
    b->max = bytes_max;
    bool fits = (uint64_t)st.st_size <= bytes_max;
    if (!fits || !read_all(fd, b)) {
        if (!fits || b->err == SMK_ERR_TOO_BIG_HERE)
            smk_why_say(why, "it is larger than %zu MiB", bytes_max / (1024 * 1024));
        else
            smk_why_say(why, "it cannot be read to its end");
        return SMK_READ_REFUSED;
    }
    if (b->len >= 3 && memcmp(b->data, "\xEF\xBB\xBF", 3) == 0)
        smk_buf_drop(b, 3);
    return SMK_READ_DONE;
}

enum smk_read smk_read_file(const char *path, size_t bytes_max, struct smk_buf *ret_buf,
                            struct smk_why *ret_why)
{
    *ret_buf = (struct smk_buf){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return SMK_READ_ABSENT;
    if (fd < 0) {
        smk_why_say(ret_why, "it cannot be opened: %s", strerror(errno));
        return SMK_READ_REFUSED;
    }
    enum smk_read answer = read_open(fd, bytes_max, ret_buf, ret_why);
    (void)close(fd); /* nothing was written to it */
    return answer;
}

enum smk_read smk_read_json(const char *path, json_t **ret_json, struct smk_why *ret_why)
{
    struct smk_buf b;
    json_error_t error;
    enum smk_read answer = smk_read_file(path, SMK_JSON_FILE_BYTES_MAX, &b, ret_why);
    if (answer == SMK_READ_DONE) {
        json_t *json =
            json_loadb(b.len > 0 ? (const char *)b.data : "", b.len, JSON_REJECT_DUPLICATES, &error);
        if (json == NULL) {
            smk_why_say(ret_why, "line %d, column %d is not good JSON: %s", error.line, error.column,
                        error.text);
            answer = SMK_READ_REFUSED;
        } else {
            *ret_json = json;
        }
    }
    smk_buf_deinit(&b);
    return answer;
}
