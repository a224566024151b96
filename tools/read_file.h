/* tools/read_file.h: a file as a whole, up to a limit; and as JSON.
 *
 * Shape    regular files only. JSON is strict: no name twice in one object, good UTF-8, one value and nothing behind it.
 * Memory   what is read is GIVEN.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_READ_FILE_H
#define SMK_TOOLS_READ_FILE_H

#include "proto/bytes.h"

#include <jansson.h>

enum {
    SMK_JSON_FILE_BYTES_MAX = 32 * 1024 * 1024,
    SMK_CSV_FILE_BYTES_MAX = 64 * 1024 * 1024,
    SMK_WHY_LETTERS_MAX = 255,
};

/* Why a file cannot be used: one sentence, fit for a terminal. */
struct smk_why {
    char text[SMK_WHY_LETTERS_MAX + 1];
};
__attribute__((format(printf, 2, 3))) void smk_why_say(struct smk_why *why, const char *format, ...);

enum smk_read {
    SMK_READ_DONE,
    SMK_READ_ABSENT,  /* there is no such file */
    SMK_READ_REFUSED, /* see ret_why */
};

/* ret_buf   GIVES the bytes (a byte order mark at the beginning is left out): smk_buf_deinit, in any case */
enum smk_read smk_read_file(const char *path, size_t bytes_max, struct smk_buf *ret_buf,
                            struct smk_why *ret_why);
/* ret_json   GIVES a reference */
enum smk_read smk_read_json(const char *path, json_t **ret_json, struct smk_why *ret_why);

#endif
