/* samaki put FILE.json...: new documents, or changes of some. */
#include "tools/acting.h"
#include "tools/args.h"
#include "tools/field_map.h"
#include "tools/read_file.h"
#include "tools/text.h"

#include "proto/hash.h"

#include <string.h>

enum { FILES_MAX = 256 };

/* What the file says: {"type": KIND, FIELD: ..}, or {"kind": KIND, "fields": {FIELD: ..}}; with "doc" for a change. */
struct putting {
    struct smk_acting acting;
    json_t *file;
    json_t *fields; /* own copy */
    const struct smk_kind *kind;
    const struct smk_fold_doc *doc; /* NULL: a new one */
    struct smk_slug office;         /* the file's own created_by; "" = none */
};

static void putting_deinit(struct putting *p)
{
    json_decref(p->fields);
    json_decref(p->file);
    smk_acting_close(&p->acting);
}

static enum smk_exit refuse(struct smk_cli *cli, const char *code, const char *what, const char *todo)
{
    return smk_cli_fail(cli, SMK_EXIT_REFUSED, code, what, "Nothing was written.", todo);
}

static enum smk_exit read_form(struct smk_cli *cli, struct putting *p, const char *path)
{
    static const char kinds[] =
        "Types: case_study, interview, meeting, joint_list, recommendation, event, project, "
        "attachment.";
    struct smk_why why;
    char what[SMK_WHY_LETTERS_MAX + 64];
    enum smk_read answer = smk_read_json(path, &p->file, &why);
    if (answer == SMK_READ_ABSENT)
        return refuse(cli, "not_found", "There is no such file.", "Check the path.");
    if (answer == SMK_READ_REFUSED) {
        (void)snprintf(what, sizeof what, "The file cannot be used: %s.", why.text);
        return refuse(cli, "bad_file", what, "It has to hold one JSON object.");
    }
    json_t *fields = json_object_get(p->file, "fields");
    const char *type = json_string_value(json_object_get(p->file, "type"));
    if (type == NULL && json_is_object(fields))
        type = json_string_value(json_object_get(p->file, "kind"));
    if (!json_is_object(p->file) || type == NULL)
        return refuse(cli, "missing", "The file does not say of which type the document is.",
                      "Write \"type\": \"case_study\" or another type beside its fields.");
    p->kind = smk_kind_find(smk_bytes_of_text(type));
    if (p->kind == NULL)
        return refuse(cli, "unknown_kind", "There is no such type of document.", kinds);
    p->fields = json_deep_copy(json_is_object(fields) ? fields : p->file);
    return p->fields != NULL ? SMK_EXIT_DONE : smk_cli_fail_err(cli, SMK_ERR_NOMEM, "reading the file");
}

/* ---- which document ---- */

static enum smk_exit find_doc(struct smk_cli *cli, struct putting *p)
{
    const char *doc = json_string_value(json_object_get(p->file, "doc"));
    const char *ref = json_string_value(json_object_get(p->fields, "id"));
    const struct smk_fold_doc *same = NULL;
    ref = ref != NULL ? ref : json_string_value(json_object_get(p->fields, "ref"));
    if (doc != NULL)
        return smk_demand_document(cli, &p->acting.loaded, p->kind->name, doc, &p->doc);
    if (ref == NULL || smk_find_document(&p->acting.loaded, p->kind->name, ref, &same) == SMK_FOUND_NONE)
        return SMK_EXIT_DONE;
    return refuse(cli, "exists", "There is a document of that name already.",
                  "To change it, add \"doc\" with its name to the file; otherwise choose another id.");
}

/* The office that the file names as maker stands for --as. */
static enum smk_exit take_maker(struct smk_cli *cli, struct putting *p)
{
    const char *key = p->kind->maker_key;
    const char *office = key != NULL ? json_string_value(json_object_get(p->fields, key)) : NULL;
    if (office == NULL)
        return SMK_EXIT_DONE;
    if (!smk_slug_lower(office, &p->office))
        return refuse(cli, "bad_text", "The file names its maker in a form that no office has.",
                      "Use the office's id.");
    if (cli->as_office == NULL)
        cli->as_office = p->office.text;
    return SMK_EXIT_DONE;
}

static void drop(json_t *object, const char *key)
{
    (void)json_object_del(object, key); /* it may not be there */
}

/* Everything that is no field, and the owner where the file leaves it out. */
static void tidy(struct putting *p)
{
    const struct smk_device *device =
        smk_roster_device(smk_fold_roster(p->acting.loaded.fold), p->acting.home.identity.sign.public_key);
    drop(p->fields, "type");
    drop(p->fields, "doc");
    if (p->kind->maker_key != NULL)
        drop(p->fields, p->kind->maker_key);
    if (p->doc == NULL && p->kind->owner_field != NULL && device != NULL &&
        json_object_get(p->fields, p->kind->owner_field) == NULL)
        (void)json_object_set_new(p->fields, p->kind->owner_field, json_string(device->org.text));
}

/* Whoever corrects one language of a text keeps the other; null takes it away. */
static void keep_other_language(struct putting *p, const struct smk_field *rule, const char *given,
                                const char *other)
{
    char given_key[80], other_key[80];
    json_t *whole = json_object_get(p->fields, rule->name);
    (void)snprintf(given_key, sizeof given_key, "%s_%s", rule->name, given); /* names of fields are short */
    (void)snprintf(other_key, sizeof other_key, "%s_%s", rule->name, other);
    struct smk_bytes now = smk_fold_first(p->acting.loaded.fold, p->doc, rule->name);
    json_t *kept = smk_json_span(smk_span_find(now, other));
    if (json_is_object(whole) && json_object_get(whole, given) != NULL &&
        json_object_get(whole, other) == NULL)
        (void)json_object_set(whole, other, kept);
    if (json_object_get(p->fields, given_key) != NULL && json_object_get(p->fields, other_key) == NULL)
        (void)json_object_set(p->fields, other_key, kept);
    json_decref(kept);
}

static void keep_languages(struct putting *p)
{
    for (size_t i = 0; p->doc != NULL && i < p->kind->field_count; i++) {
        const struct smk_field *rule = &p->kind->field[i];
        if (rule->type != SMK_FIELD_BILINGUAL || (rule->flags & SMK_FIELD_IS_LIST) != 0)
            continue;
        keep_other_language(p, rule, "en", "km");
        keep_other_language(p, rule, "km", "en");
    }
}

/* ---- attachments: the file itself says how long it is and what its hash is ---- */

static enum smk_exit measure_file(struct smk_cli *cli, struct putting *p)
{
    uint8_t hash[SMK_HASH_BYTES];
    char hex[2 * SMK_HASH_BYTES + 1];
    struct smk_why why;
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf bytes = {0};
    const char *path = json_string_value(json_object_get(p->fields, "file"));
    if (path == NULL || p->kind->lives != SMK_LIVES_WITH_SUBJECT)
        return SMK_EXIT_DONE;
    if (smk_read_file(path, SMK_CSV_FILE_BYTES_MAX, &bytes, &why) != SMK_READ_DONE)
        return refuse(cli, "bad_file", "The attached file is not there or cannot be read.",
                      "Check the path in \"file\".");
    smk_sha256(smk_buf_view(&bytes), (struct smk_bytes){0}, hash);
    smk_hex_format(SMK_BYTES(hash), hex);
    const char *said = json_string_value(json_object_get(p->fields, "sha256"));
    if (said != NULL && strcmp(said, hex) != 0)
        return refuse(cli, "bad_hash", "The attached file has another SHA-256.",
                      "Leave \"sha256\" out, or correct it.");
    (void)json_object_set_new(p->fields, "sha256", json_string(hex));
    (void)json_object_set_new(p->fields, "bytes", json_integer((json_int_t)bytes.len));
    drop(p->fields, "file");
    return SMK_EXIT_DONE;
}

/* Where the subject of an attachment is: a document, or an act. */
static bool subject_scope(const struct smk_loaded *l, struct smk_bytes subject, struct smk_scope *ret_scope)
{
    for (size_t i = 0; i < smk_fold_doc_count(l->fold); i++) {
        const struct smk_fold_doc *doc = smk_fold_doc_at(l->fold, i);
        if (smk_bytes_is_equal(subject, SMK_BYTES(doc->id))) {
            *ret_scope = *doc->scope;
            return true;
        }
    }
    for (size_t i = 0; i < smk_fold_entry_count(l->fold); i++) {
        const struct smk_fold_entry *e = smk_fold_entry_at(l->fold, i);
        if (e->is_act && e->is_decoded && smk_bytes_is_equal(subject, SMK_BYTES(e->act.id))) {
            *ret_scope = e->log->scope;
            return true;
        }
    }
    return false;
}

static bool find_scope(struct putting *p, struct smk_bytes fields, struct smk_scope *ret_scope)
{
    const struct smk_device *device =
        smk_roster_device(smk_fold_roster(p->acting.loaded.fold), p->acting.home.identity.sign.public_key);
    if (p->doc != NULL) {
        *ret_scope = *p->doc->scope;
        return true;
    }
    if (p->kind->lives == SMK_LIVES_WITH_SUBJECT)
        return subject_scope(&p->acting.loaded, smk_span_bin(smk_span_find(fields, "subject")), ret_scope);
    return device != NULL && smk_kind_scope(p->kind, fields, device->org.text, ret_scope);
}

/* ---- writing ---- */

static enum smk_exit write_document(struct smk_cli *cli, struct putting *p)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs pairs = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    const struct smk_field_map map = {.rules = p->kind->field,
                                      .rule_count = p->kind->field_count,
                                      .resolve = smk_resolve_here,
                                      .ctx = &p->acting.loaded};
    struct smk_edit edit = {.kind = smk_bytes_of_text(p->kind->name)};
    struct smk_complaint complaint;
    struct smk_scope scope;
    if (!smk_field_map_read(&map, p->fields, &pairs, &complaint))
        return smk_acting_complain(cli, &complaint);
    smk_pairs_close_into(&pairs, &fields);
    if (fields.err != SMK_OK)
        return smk_cli_fail_err(cli, fields.err, "reading the fields");
    edit.fields = smk_buf_view(&fields);
    if (!smk_kind_check(p->kind, edit.fields, p->doc == NULL, &complaint))
        return smk_acting_complain(cli, &complaint);
    if (!find_scope(p, edit.fields, &scope))
        return refuse(cli, "wrong_scope", "Nothing in the file says where the document belongs.",
                      "Give its district, area, level or subject.");
    if (p->doc != NULL)
        memcpy(edit.doc, p->doc->id, sizeof edit.doc);
    else
        smk_random(edit.doc, sizeof edit.doc);
    return smk_acting_edit(&p->acting, &edit, &scope, p->doc,
                           smk_span_str(smk_span_find(edit.fields, "ref")));
}

static enum smk_exit put_file(struct smk_cli *cli, const char *path)
{
    SMK_CLEANUP(putting_deinit) struct putting p = {0};
    enum smk_exit code = read_form(cli, &p, path);
    if (code == SMK_EXIT_DONE)
        code = smk_acting_open(cli, &p.acting);
    if (code == SMK_EXIT_DONE)
        code = find_doc(cli, &p);
    if (code == SMK_EXIT_DONE)
        code = take_maker(cli, &p);
    if (code == SMK_EXIT_DONE)
        code = measure_file(cli, &p);
    if (code != SMK_EXIT_DONE)
        return code;
    tidy(&p);
    keep_languages(&p);
    return write_document(cli, &p);
}

/* One after the other: a list may name the recommendation that was written before it. */
enum smk_exit smk_cmd_put(struct smk_cli *cli, int argc, char **argv)
{
    const char *path[FILES_MAX];
    size_t count = 0;
    const char *as_office = cli->as_office;
    enum smk_exit code = SMK_EXIT_DONE;
    if (!smk_args_read(cli, argc, argv, NULL, 0, path, FILES_MAX, &count))
        return SMK_EXIT_USAGE;
    if (count == 0)
        return smk_cli_usage(cli, NULL, NULL);
    for (size_t i = 0; i < count && code == SMK_EXIT_DONE; i++) {
        cli->as_office = as_office; /* a file may have named its own */
        cli->about_file = count > 1 ? path[i] : NULL;
        code = put_file(cli, path[i]);
    }
    cli->as_office = as_office;
    cli->about_file = NULL;
    return code;
}
