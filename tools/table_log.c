/* What came of each row: told, counted, and kept in the home. */
#include "tools/table_import.h"

#include "tools/text.h"
#include "tools/when.h"

#include "proto/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *smk_row_outcome_word(enum smk_row_outcome outcome)
{
    static const char *const word[] = {
#define X(name, word) word,
        SMK_ROW_OUTCOME_MAP(X)
#undef X
    };
    return word[outcome];
}

/* ---- the log ---- */

static enum smk_exit fail_log(struct smk_table_import *t, const char *safe)
{
    return smk_cli_fail(t->cli, SMK_EXIT_REFUSED, "io",
                        "The log of the import cannot be written into the home.", safe,
                        "Make room on the disk, then import the file again: nothing is written twice.");
}

/* A line, or nothing: what is lost is found at the end. */
static void put_line(struct smk_table_import *t, json_t *line)
{
    char *text = line != NULL ? json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    if (t->log != NULL && text != NULL)
        (void)fprintf(t->log, "%s\n", text); /* smk_table_tell looks at ferror */
    if (text == NULL)
        t->err = SMK_ERR_NOMEM;
    free(text);
    json_decref(line);
}

bool smk_table_log_open(struct smk_table_import *t)
{
    uint8_t hash[SMK_HASH_BYTES];
    char hex[2 * SMK_HASH_BYTES + 1], name[64], folder[SMK_HOME_PATH_MAX];
    smk_table_files_hash(t, hash);
    smk_hex_format(SMK_BYTES(hash), hex);
    (void)snprintf(name, sizeof name, "imports/%" PRIu64 "-%.8s.jsonl", smk_wall_ms(), hex);
    bool is_good =
        smk_home_join(t->home.path, "imports", folder) && smk_home_join(t->home.path, name, t->log_path);
    if (is_good && mkdir(folder, 0700) != 0)
        is_good = errno == EEXIST;
    int fd = is_good ? open(t->log_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
    t->log = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (t->log == NULL) {
        if (fd >= 0)
            (void)close(fd); /* nothing was written */
        t->code = fail_log(t, "Nothing of the file was written.");
        return false;
    }
    json_t *path = smk_json_text(smk_bytes_of_text(t->path));
    put_line(t,
             json_pack("{s:o, s:s, s:o}", "file", path, "sha256", hex, "when", smk_when_json(smk_wall_ms())));
    return t->err == SMK_OK;
}

static json_t *text_or_null(const char *text)
{
    return text != NULL && text[0] != '\0' ? smk_json_text(smk_bytes_of_text(text)) : json_null();
}

static json_t *line_of(const struct smk_row_report *r)
{
    return json_pack("{s:o, s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "sheet", text_or_null(r->sheet), "row",
                     (json_int_t)r->number, "outcome", smk_row_outcome_word(r->outcome), "ref",
                     text_or_null(r->ref), "doc", text_or_null(r->doc), "record", text_or_null(r->record),
                     "column", text_or_null(r->column), "reason", text_or_null(r->code), "why",
                     text_or_null(r->why));
}

/* ---- telling ---- */

void smk_table_report(struct smk_table_import *t, const struct smk_row_report *r)
{
    struct smk_shown sheet, ref, column, why;
    t->sum[r->outcome]++;
    put_line(t, line_of(r));
    if (t->cli->is_json) {
        smk_cli_json(t->cli, json_pack("{s:o}", "row", line_of(r)));
        return;
    }
    bool is_news = r->outcome == SMK_ROW_REFUSED || r->outcome == SMK_ROW_SKIPPED || r->why[0] != '\0';
    if (!is_news || t->told++ >= SMK_TABLE_TOLD_MAX)
        return;
    smk_cli_say(t->cli, "%s%srow %zu%s%s%s%s: %s%s%s", smk_text_shown(r->sheet, &sheet),
                r->sheet[0] != '\0' ? ", " : "", r->number, r->ref[0] != '\0' ? ", " : "",
                smk_text_shown(r->ref, &ref), r->column[0] != '\0' ? ", column " : "",
                smk_text_shown(r->column, &column), smk_row_outcome_word(r->outcome),
                r->why[0] != '\0' ? ": " : "", smk_text_shown(r->why, &why));
}

static void say_sum(struct smk_table_import *t)
{
    struct smk_shown path;
    if (t->told > SMK_TABLE_TOLD_MAX)
        smk_cli_say(t->cli, "... and %" PRIu64 " more rows.", t->told - SMK_TABLE_TOLD_MAX);
    smk_cli_say(t->cli,
                "%s%" PRIu64 " new, %" PRIu64 " changed, %" PRIu64 " here already, %" PRIu64
                " skipped, %" PRIu64 " refused.",
                t->is_preview ? "Nothing was written. It would be: " : "", t->sum[SMK_ROW_CREATED],
                t->sum[SMK_ROW_CHANGED], t->sum[SMK_ROW_SAME], t->sum[SMK_ROW_SKIPPED],
                t->sum[SMK_ROW_REFUSED]);
    if (t->is_preview)
        smk_cli_say(t->cli, "The same command without --preview writes it.");
    else
        smk_cli_say(t->cli, "What came of each row: %s", smk_text_shown(t->log_path, &path));
    if (t->sum[SMK_ROW_REFUSED] > 0)
        smk_cli_say(t->cli,
                    "Correct the refused rows in the file and import it again: the others are passed over.");
}

enum smk_exit smk_table_tell(struct smk_table_import *t)
{
    json_t *sum = json_object();
    bool is_kept =
        t->log == NULL || (fflush(t->log) == 0 && ferror(t->log) == 0 && fsync(fileno(t->log)) == 0);
    say_sum(t);
    for (size_t i = 0; i < SMK_ROW_OUTCOMES; i++)
        (void)json_object_set_new(sum, smk_row_outcome_word((enum smk_row_outcome)i),
                                  json_integer((json_int_t)t->sum[i]));
    (void)json_object_set_new(sum, "preview", json_boolean(t->is_preview));
    (void)json_object_set_new(sum, "log", text_or_null(t->log_path));
    if (t->form_path != NULL)
        (void)json_object_set_new(sum, "form", smk_table_form_json(t));
    smk_cli_json(t->cli, json_pack("{s:o}", "summary", sum));
    if (!is_kept)
        return fail_log(
            t, "What is new or changed was brought in all the same; the log does not name all of it.");
    return t->sum[SMK_ROW_REFUSED] > 0 ? SMK_EXIT_REFUSED : SMK_EXIT_DONE;
}
