#include "tools/export_files.h"

#include "tools/args.h"
#include "tools/fold_load.h"
#include "tools/text.h"

#include <inttypes.h>
#include <string.h>

/* ---- which types ---- */

static enum smk_exit refuse_type(struct smk_cli *cli, const char *word)
{
    enum { NAMES_MAX = 64 };
    static struct smk_table_type type[NAMES_MAX];
    const char *name[NAMES_MAX];
    struct smk_shown shown;
    size_t count = 0;
    for (; count < smk_table_type_count() && count < NAMES_MAX; count++) {
        smk_table_type_at(count, &type[count]);
        name[count] = type[count].name;
    }
    const char *near = smk_args_nearest(word, name, count);
    (void)smk_args_refuse(cli,
                          near != NULL ? "There is no table of '%s'. Did you mean '%s'?"
                                       : "There is no table of '%s'; 'samaki docs' lists the types.",
                          smk_text_shown(word, &shown), near);
    return SMK_EXIT_USAGE;
}

static enum smk_exit find_types(struct smk_cli *cli, const struct smk_export_wish *wish,
                                struct smk_table_type *ret_type)
{
    for (size_t i = 0; i < wish->type_count; i++)
        if (!smk_table_type_find(smk_bytes_of_text(wish->type[i]), &ret_type[i]))
            return refuse_type(cli, wish->type[i]);
    return SMK_EXIT_DONE;
}

/* ---- what is said ---- */

static json_t *left_json(const struct smk_export_table *t)
{
    json_t *left = json_object();
    for (size_t i = 0; i < SMK_LEFT_OUT_WORDS; i++)
        if (t->left_out[i] > 0)
            (void)json_object_set_new(left, smk_left_out_code((enum smk_left_out)i),
                                      json_integer((json_int_t)t->left_out[i]));
    return left;
}

static json_t *behind_json(const struct smk_export_table *t)
{
    json_t *behind = json_object();
    for (size_t i = 0; i < SMK_LEFT_BEHIND_WORDS; i++)
        if (t->left_behind[i] > 0)
            (void)json_object_set_new(behind, smk_left_behind_code((enum smk_left_behind)i),
                                      json_integer((json_int_t)t->left_behind[i]));
    return behind;
}

static void say_table(struct smk_cli *cli, const struct smk_export_table *t, bool is_public)
{
    smk_cli_say(cli, "  %-16s %zu %s", t->type.name, t->count, t->count == 1 ? "row" : "rows");
    for (size_t i = 0; i < SMK_LEFT_OUT_WORDS && !is_public; i++)
        if (t->left_out[i] > 0)
            smk_cli_say(cli, "  %-16s %" PRIu64 " left out, which %s", "", t->left_out[i],
                        smk_left_out_text((enum smk_left_out)i));
    for (size_t i = 0; i < SMK_LEFT_BEHIND_WORDS && !is_public; i++)
        if (t->left_behind[i] > 0)
            smk_cli_say(cli, "  %-16s %" PRIu64 " of them %s %s", "", t->left_behind[i],
                        t->left_behind[i] == 1 ? "has" : "have",
                        smk_left_behind_text((enum smk_left_behind)i));
}

/* What a table never holds. */
static void say_never(struct smk_cli *cli, const struct smk_export *x)
{
    if (x->newer_documents > 0)
        smk_cli_say(cli,
                    "Not in it: %" PRIu64 " documents of types that only a newer version of Samaki knows.",
                    x->newer_documents);
    if (x->is_for_import)
        smk_cli_say(cli, "Not in it, since no import takes them: acts and the status that follows from them, "
                         "earlier texts, "
                         "who wrote what and when, organisations and offices, the bytes of attachments.");
}

/* How much a public package leaves out is nobody's business who stands at the screen of a town hall. */
static void tell(struct smk_cli *cli, const struct smk_export *x, const struct smk_export_wish *wish)
{
    struct smk_shown path;
    json_t *rows = json_object(), *left = json_object(), *behind = json_object();
    smk_cli_say(cli, "Written: %s", smk_text_shown(wish->target.path, &path));
    for (size_t i = 0; i < x->count; i++) {
        const struct smk_export_table *t = &x->table[i];
        say_table(cli, t, x->is_public);
        (void)json_object_set_new(rows, t->type.name, json_integer((json_int_t)t->count));
        if (!x->is_public) {
            (void)json_object_set_new(left, t->type.name, left_json(t));
            (void)json_object_set_new(behind, t->type.name, behind_json(t));
        }
    }
    if (x->count == 0)
        smk_cli_say(cli, "  It holds no table: nothing here %s.", x->is_public ? "is published" : "counts");
    if (!x->is_public)
        say_never(cli, x);
    json_t *name = smk_json_text(smk_bytes_of_text(wish->target.path));
    json_t *newer = x->is_public ? json_null() : json_integer((json_int_t)x->newer_documents);
    smk_cli_json(cli,
                 json_pack("{s:o, s:b, s:o, s:o, s:o, s:o}", "written", name, "public", x->is_public, "rows",
                           rows, "left_out", left, "left_behind", behind, "newer_documents", newer));
}

/* ---- what fails ---- */

static enum smk_exit refuse(struct smk_cli *cli, const char *error, const char *what, const char *todo)
{
    return smk_cli_fail(cli, SMK_EXIT_REFUSED, error, what, "Nothing was written.", todo);
}

static enum smk_exit refuse_misfit(struct smk_cli *cli, const struct smk_export_misfit *misfit)
{
    char what[1024];
    if (misfit->table == NULL)
        return refuse(cli, "too_big", "A workbook cannot hold this much, or the path is too long.",
                      "Name a shorter path, fewer types (--type), or use --json or --csv.");
    (void)snprintf(what, sizeof what, "A workbook cannot hold table %s, row %zu%s%s: the text is too long.",
                   misfit->table, misfit->row, misfit->column != NULL ? ", column " : "",
                   misfit->column != NULL ? misfit->column : "");
    return refuse(cli, "too_big", what, "Use --json or --csv, which can hold it.");
}

static enum smk_exit fail(struct smk_cli *cli, const struct smk_export_wish *wish, enum smk_err err,
                          const struct smk_export_misfit *misfit)
{
    char what[1024];
    struct smk_shown path;
    const char *shown = smk_text_shown(wish->target.path, &path);
    switch (err) {
    case SMK_ERR_EXISTS:
        (void)snprintf(what, sizeof what, "There is something at %s already.", shown);
        return refuse(cli, "exists", what, "Name another place, or say --force to replace it.");
    case SMK_ERR_INVALID:
        (void)snprintf(what, sizeof what, "What stands at %s is not what an export writes.", shown);
        return refuse(cli, "bad_path", what, "It was left as it is; name another place.");
    case SMK_ERR_NOT_FOUND:
        (void)snprintf(what, sizeof what, "There is no folder in which %s could stand.", shown);
        return refuse(cli, "not_found", what, "Make the folder first, or name another place.");
    case SMK_ERR_TOO_BIG_HERE: return refuse_misfit(cli, misfit);
    default: return smk_cli_fail_err(cli, err, "writing the export");
    }
}

/* ---- all of it ---- */

static enum smk_exit write_export(struct smk_cli *cli, const struct smk_export_wish *wish,
                                  struct smk_loaded *loaded, const struct smk_table_type *type)
{
    struct smk_export x;
    struct smk_export_misfit misfit = {0};
    struct smk_export_target target = wish->target;
    const struct smk_export_options options = {.is_public = wish->is_public,
                                               .is_for_import = wish->is_for_import,
                                               .type = wish->type_count > 0 ? type : NULL,
                                               .type_count = wish->type_count};
    target.title = smk_roster_genesis(smk_fold_roster(loaded->fold))->name;
    target.now_ms = smk_wall_ms();
    enum smk_err err = smk_export_init(&x, loaded->fold, &options);
    if (err == SMK_OK)
        err = smk_export_write(&x, &target, &misfit);
    enum smk_exit code = err == SMK_OK ? SMK_EXIT_DONE : fail(cli, wish, err, &misfit);
    if (code == SMK_EXIT_DONE)
        tell(cli, &x, wish);
    smk_export_deinit(&x);
    return code;
}

enum smk_exit smk_export_files(struct smk_cli *cli, const struct smk_export_wish *wish)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    SMK_CLEANUP(smk_loaded_close) struct smk_loaded loaded = {0};
    struct smk_table_type type[SMK_EXPORT_TYPES_MAX];
    enum smk_exit code = find_types(cli, wish, type);
    if (code == SMK_EXIT_DONE)
        code = smk_loaded_open_home(cli, false, &home, &loaded);
    return code == SMK_EXIT_DONE ? write_export(cli, wish, &loaded, type) : code;
}
