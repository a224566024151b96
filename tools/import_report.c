#include "tools/import_report.h"

#include "proto/mem.h"
#include "tools/text.h"

#include <string.h>

void smk_import_report_deinit(struct smk_import_report *r)
{
    smk_mem_free(r->left);
    smk_mem_free(r->refusal);
    smk_mem_free(r->wait);
    memset(r, 0, sizeof *r);
}

/* Copies a name; letters that are no name become '?'. */
static void copy_shown(char *to, size_t room, const char *from)
{
    size_t len = 0;
    for (; from[len] != '\0' && len + 1 < room; len++)
        to[len] = from[len] > ' ' && from[len] < 0x7f ? from[len] : '?';
    to[len] = '\0';
}

/* The list with room for one more, or NULL; it doubles from 64. */
static void *list_grow(struct smk_import_report *r, void *list, size_t count, size_t item_size)
{
    bool is_full = count == 0 || (count >= 64 && (count & (count - 1)) == 0);
    if (!is_full)
        return list;
    void *grown = smk_mem_resize(list, (count == 0 ? 64 : 2 * count) * item_size);
    r->is_out_of_memory = r->is_out_of_memory || grown == NULL;
    return grown;
}

/* ---- counting ---- */

void smk_import_count_written(struct smk_import_report *r, const char *kind, const char *act)
{
    char name[SMK_NAME_LETTERS_MAX + 1];
    (void)snprintf(name, sizeof name, "%s%s%s", kind, act != NULL ? " " : "",
                   act != NULL ? act : ""); /* both short */
    r->written++;
    for (size_t i = 0; i < r->label_count; i++)
        if (strcmp(r->label[i].name, name) == 0) {
            r->label[i].count++;
            return;
        }
    if (r->label_count == SMK_IMPORT_LABELS_MAX)
        return;
    memcpy(r->label[r->label_count].name, name, sizeof name);
    r->label[r->label_count++].count = 1;
}

void smk_import_count_left(struct smk_import_report *r, const struct smk_slug *org, uint64_t count)
{
    size_t at = 0;
    while (at < r->left_count && strcmp(r->left[at].name, org->text) < 0)
        at++;
    if (at < r->left_count && strcmp(r->left[at].name, org->text) == 0) {
        r->left[at].count += count;
        return;
    }
    struct smk_import_count *grown = list_grow(r, r->left, r->left_count, sizeof *grown);
    if (grown == NULL)
        return;
    r->left = grown;
    memmove(r->left + at + 1, r->left + at, (r->left_count - at) * sizeof *r->left);
    r->left[at] = (struct smk_import_count){.count = count};
    copy_shown(r->left[at].name, sizeof r->left[at].name, org->text);
    r->left_count++;
}

void smk_import_refuse(struct smk_import_report *r, const char *file, const char *ref, const char *field,
                       const char *code, const char *why, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, why);
    (void)vsnprintf(text, sizeof text, why, arguments);
    va_end(arguments);
    r->refused++;
    if (r->refusal_count >= SMK_IMPORT_TOLD_MAX)
        return;
    struct smk_import_refusal *grown = list_grow(r, r->refusal, r->refusal_count, sizeof *grown);
    if (grown == NULL)
        return;
    r->refusal = grown;
    struct smk_import_refusal *fresh = &r->refusal[r->refusal_count++];
    copy_shown(fresh->file, sizeof fresh->file, file);
    copy_shown(fresh->ref, sizeof fresh->ref, ref);
    copy_shown(fresh->field, sizeof fresh->field, field);
    copy_shown(fresh->code, sizeof fresh->code, code);
    smk_why_say(&fresh->why, "%s", text);
}

void smk_import_note_wait(struct smk_import_report *r, const char *ref, const char *what,
                          const struct smk_slug *from)
{
    r->waiting++;
    if (r->wait_count >= SMK_IMPORT_TOLD_MAX)
        return;
    struct smk_import_wait *grown = list_grow(r, r->wait, r->wait_count, sizeof *grown);
    if (grown == NULL)
        return;
    r->wait = grown;
    struct smk_import_wait *fresh = &r->wait[r->wait_count++];
    copy_shown(fresh->ref, sizeof fresh->ref, ref);
    copy_shown(fresh->what, sizeof fresh->what, what);
    fresh->from = *from;
}

/* ---- telling ---- */

static json_t *summary_json(const struct smk_import_report *r)
{
    json_t *left = json_object(), *waiting = json_array(), *refused = json_array();
    for (size_t i = 0; i < r->left_count; i++)
        (void)json_object_set_new(left, r->left[i].name, json_integer((json_int_t)r->left[i].count));
    for (size_t i = 0; i < r->wait_count; i++)
        (void)json_array_append_new(waiting, json_pack("{s:s, s:s, s:s}", "ref", r->wait[i].ref, "for",
                                                       r->wait[i].what, "from", r->wait[i].from.text));
    for (size_t i = 0; i < r->refusal_count; i++) {
        const struct smk_import_refusal *f = &r->refusal[i];
        (void)json_array_append_new(refused,
                                    json_pack("{s:s, s:s, s:s, s:s, s:s}", "file", f->file, "ref", f->ref,
                                              "field", f->field, "reason", f->code, "why", f->why.text));
    }
    json_t *summary = json_pack("{s:I, s:I, s:I}", "written", (json_int_t)r->written, "already",
                                (json_int_t)r->already, "decided", (json_int_t)r->decided);
    (void)json_object_set_new(summary, "left", left);
    (void)json_object_set_new(summary, "waiting", waiting);
    (void)json_object_set_new(summary, "refused", refused);
    return json_pack("{s:o}", "summary", summary);
}

/* Long lists are cut for people; the JSON has all of them. */
enum { LINES_SHOWN_MAX = 40 };

static void say_waiting(struct smk_cli *cli, const struct smk_import_report *r)
{
    for (size_t i = 0; i < r->wait_count && i < LINES_SHOWN_MAX; i++) {
        const struct smk_import_wait *w = &r->wait[i];
        smk_cli_say(cli, "  %s: waiting for %s%s%s%s", w->ref, w->what,
                    w->from.text[0] != '\0' ? " (from " : "", w->from.text,
                    w->from.text[0] != '\0' ? ")" : "");
    }
    if (r->waiting > LINES_SHOWN_MAX)
        smk_cli_say(cli, "  and %llu more", (unsigned long long)(r->waiting - LINES_SHOWN_MAX));
    if (r->waiting > 0)
        smk_cli_say(cli,
                    "What waits is taken by the next import, once it has arrived: sync, then import again.");
}

static void say_refused(struct smk_cli *cli, const struct smk_import_report *r)
{
    if (cli->is_json || r->refused == 0)
        return;
    (void)fflush(stdout);
    for (size_t i = 0; i < r->refusal_count && i < LINES_SHOWN_MAX; i++) {
        const struct smk_import_refusal *f = &r->refusal[i];
        (void)fprintf(stderr, "samaki: %s%s%s%s%s: %s (%s)\n", f->file, f->ref[0] != '\0' ? ", " : "", f->ref,
                      f->field[0] != '\0' ? ", field " : "", f->field, f->why.text, f->code);
    }
    if (r->refused > LINES_SHOWN_MAX)
        (void)fprintf(stderr, "samaki: and %llu more\n", (unsigned long long)(r->refused - LINES_SHOWN_MAX));
    (void)fprintf(
        stderr,
        "        Nothing of what was refused is in the store; everything else is safe there.\n"
        "        Correct the file and import the folder again: what is there already stays as it is.\n");
}

enum smk_exit smk_import_tell(struct smk_cli *cli, const struct smk_import_report *r)
{
    if (cli->is_json)
        smk_cli_json(cli, summary_json(r));
    if (r->decided > 0)
        smk_cli_say(cli, "Decided: %llu organisations and offices.", (unsigned long long)r->decided);
    smk_cli_say(cli, "Written: %llu records. Already there: %llu.", (unsigned long long)r->written,
                (unsigned long long)r->already);
    for (size_t i = 0; i < r->label_count; i++)
        smk_cli_say(cli, "  %6llu  %s", (unsigned long long)r->label[i].count, r->label[i].name);
    for (size_t i = 0; i < r->left_count; i++)
        smk_cli_say(cli, "Left to %s: %llu, which its own node brings in.", r->left[i].name,
                    (unsigned long long)r->left[i].count);
    say_waiting(cli, r);
    say_refused(cli, r);
    if (r->is_out_of_memory)
        return smk_cli_fail_err(cli, SMK_ERR_NOMEM, "importing");
    return r->refused > 0 ? SMK_EXIT_REFUSED : SMK_EXIT_DONE;
}
