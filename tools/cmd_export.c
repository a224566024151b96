/* samaki export: every record that is held, in an order that does not depend on how it came; or documents and acts as files
 * for people. */
#include "tools/args.h"
#include "tools/export_files.h"
#include "tools/record_show.h"

#include "proto/mem.h"
#include "proto/order.h"

#include <string.h>

struct held_log {
    struct smk_scope scope;
    uint8_t log_id[SMK_ID_BYTES];
};

struct exporting {
    struct smk_cli *cli;
    struct held_log **log;
    size_t count, capacity;
    bool is_full; /* no memory */
};

static bool keep_log(void *ctx, const struct smk_log *log)
{
    struct exporting *x = ctx;
    if (smk_log_settled(log) == 0)
        return true; /* forked at its first record, or nothing but the proof is here */
    if (x->count == x->capacity) {
        size_t wanted = x->capacity > 0 ? 2 * x->capacity : 64;
        struct held_log **grown = smk_mem_resize(x->log, wanted * sizeof(void *));
        x->log = grown != NULL ? grown : x->log;
        x->capacity = grown != NULL ? wanted : x->capacity;
        x->is_full = grown == NULL;
    }
    struct held_log *held = x->is_full ? NULL : smk_mem_new(sizeof *held);
    x->is_full = held == NULL;
    if (held == NULL)
        return false;
    held->scope = log->scope;
    memcpy(held->log_id, log->log_id, sizeof held->log_id);
    x->log[x->count++] = held;
    return true;
}

static int compare_logs(const void *a, const void *b)
{
    const struct held_log *left = a, *right = b;
    int order = smk_scope_compare(&left->scope, &right->scope);
    return order != 0 ? order : memcmp(left->log_id, right->log_id, sizeof left->log_id);
}

/* The record as sections 4.1 and 4.2 of the protocol have it, and spelled out; a line without it is of no use. */
static bool print_record(void *ctx, uint64_t arrival, const struct smk_record *record)
{
    struct exporting *x = ctx;
    (void)arrival;
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf whole = {.max = SMK_PAYLOAD_BYTES_MAX + 4096};
    json_t *line = smk_record_json(record);
    smk_record_encode(record, &whole);
    (void)json_object_del(line, "when"); /* it depends on the zone of the reader */
    json_t *hex = whole.err == SMK_OK ? smk_json_hex(smk_buf_view(&whole)) : NULL;
    x->is_full = json_object_set_new(line, "record", hex) != 0;
    if (x->is_full)
        json_decref(line);
    else
        smk_cli_json(x->cli, line);
    return !x->is_full;
}

static enum smk_err export_logs(struct smk_home *home, struct exporting *x)
{
    struct smk_store_view *view = NULL;
    enum smk_err err = smk_store_each_log(home->store, keep_log, x);
    if (err == SMK_OK && x->is_full)
        err = SMK_ERR_NOMEM;
    if (err == SMK_OK) /* after the list, so that it knows every log of it, whoever writes meanwhile */
        err = smk_store_view_new(home->store, &view);
    const void **spare = err == SMK_OK ? smk_mem_array(x->count + 1, sizeof(void *)) : NULL;
    if (err == SMK_OK && spare == NULL)
        err = SMK_ERR_NOMEM;
    if (err == SMK_OK)
        smk_order((const void **)x->log, spare, x->count, compare_logs);
    const struct smk_view *v = err == SMK_OK ? smk_store_view_get(view) : NULL;
    for (size_t i = 0; err == SMK_OK && i < x->count; i++) {
        err = v->read_log(v->ctx, x->log[i]->log_id, 1, print_record, x);
        if (err == SMK_OK && x->is_full)
            err = SMK_ERR_NOMEM;
    }
    smk_mem_free(spare);
    if (view != NULL)
        smk_store_view_free(view);
    return err;
}

static enum smk_exit export_records(struct smk_cli *cli)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    struct smk_cli plain = *cli;
    struct exporting x = {.cli = &plain};
    plain.is_json = true; /* there is one form */
    enum smk_exit code = smk_cli_open(cli, false, &home);
    if (code != SMK_EXIT_DONE)
        return code;
    enum smk_err err = export_logs(&home, &x);
    for (size_t i = 0; i < x.count; i++)
        smk_mem_free(x.log[i]);
    smk_mem_free(x.log);
    cli->has_lost_words = plain.has_lost_words;
    return err == SMK_OK ? SMK_EXIT_DONE : smk_cli_fail_err(cli, err, "reading the store");
}

enum { PUBLIC, FOR_IMPORT, TYPE, BOM, FORCE, FORM, OPTIONS = FORM + SMK_FORMS };

/* One form at most; false after having said why. */
static bool find_form(struct smk_cli *cli, const struct smk_arg *option, size_t *ret_form)
{
    *ret_form = SMK_FORMS;
    for (size_t i = 0; i < SMK_FORMS; i++) {
        if (option[FORM + i].count == 0)
            continue;
        if (*ret_form != SMK_FORMS)
            return smk_args_refuse(cli, "One form at a time: %s or %s.", option[FORM + *ret_form].name,
                                   option[FORM + i].name);
        *ret_form = i;
    }
    bool is_bare = *ret_form == SMK_FORMS;
    if (is_bare && option[PUBLIC].count + option[FOR_IMPORT].count + option[TYPE].count +
                           option[FORCE].count + option[BOM].count >
                       0)
        return smk_args_refuse(
            cli, "Say in which form: --xlsx FILE, --csv FOLDER, --json-file FILE, --package FOLDER "
                 "or --geojson FILE.");
    if (option[PUBLIC].count > 0 && option[FOR_IMPORT].count > 0)
        return smk_args_refuse(
            cli, "--public withholds small numbers, which no import takes: leave out --for-import.");
    if (option[BOM].count > 0 && *ret_form != SMK_FORM_CSV)
        return smk_args_refuse(cli, "--bom is for --csv alone.");
    return true;
}

enum smk_exit smk_cmd_export(struct smk_cli *cli, int argc, char **argv)
{
    struct smk_arg option[OPTIONS] = {[PUBLIC] = {.name = "--public"},
                                      [FOR_IMPORT] = {.name = "--for-import"},
                                      [TYPE] = {.name = "--type", .max = SMK_EXPORT_TYPES_MAX},
                                      [BOM] = {.name = "--bom"},
                                      [FORCE] = {.name = "--force"},
                                      [FORM + SMK_FORM_CSV] = {.name = "--csv", .max = 1},
                                      [FORM + SMK_FORM_XLSX] = {.name = "--xlsx", .max = 1},
                                      [FORM + SMK_FORM_JSON] = {.name = "--json-file", .max = 1},
                                      [FORM + SMK_FORM_PACKAGE] = {.name = "--package", .max = 1},
                                      [FORM + SMK_FORM_GEOJSON] = {.name = "--geojson", .max = 1}};
    size_t words = 0, form = 0;
    if (!smk_args_read(cli, argc, argv, option, OPTIONS, NULL, 0, &words) || !find_form(cli, option, &form))
        return SMK_EXIT_USAGE;
    if (form == SMK_FORMS)
        return export_records(cli);
    struct smk_export_wish wish = {.target = {.path = option[FORM + form].value[0],
                                              .form = (enum smk_export_form)form,
                                              .replaces = option[FORCE].count > 0,
                                              .has_mark = option[BOM].count > 0},
                                   .is_public = option[PUBLIC].count > 0,
                                   .is_for_import = option[FOR_IMPORT].count > 0,
                                   .type_count = option[TYPE].count};
    memcpy(wish.type, option[TYPE].value, option[TYPE].count * sizeof wish.type[0]);
    return smk_export_files(cli, &wish);
}
