/* The second half of writing a document: what follows from its fields, checks, and the record itself. */
#include "tools/writing.h"

#include "tools/read_file.h"
#include "tools/text.h"

#include "proto/hash.h"

#include <string.h>

static struct smk_cli *cli_of(const struct smk_writing *w)
{
    return w->acting.cli;
}

/* ---- what follows ---- */

/* Whoever corrects one language of a text in a file keeps the other; null takes it away. */
static void keep_other_language(struct smk_writing *w, const struct smk_field *rule, const char *given,
                                const char *other)
{
    char given_key[80], other_key[80];
    json_t *whole = json_object_get(w->fields, rule->name);
    (void)snprintf(given_key, sizeof given_key, "%s_%s", rule->name, given); /* names of fields are short */
    (void)snprintf(other_key, sizeof other_key, "%s_%s", rule->name, other);
    struct smk_bytes now = smk_fold_first(w->acting.loaded.fold, w->doc, rule->name);
    json_t *kept = smk_json_span(smk_span_find(now, other));
    if (!w->null_takes_back && json_is_object(whole) && json_object_get(whole, given) != NULL &&
        json_object_get(whole, other) == NULL)
        (void)json_object_set(whole, other, kept);
    if (json_object_get(w->fields, given_key) != NULL && json_object_get(w->fields, other_key) == NULL)
        (void)json_object_set(w->fields, other_key, kept);
    json_decref(kept);
}

static void keep_languages(struct smk_writing *w)
{
    for (size_t i = 0; w->doc != NULL && i < w->kind->field_count; i++) {
        const struct smk_field *rule = &w->kind->field[i];
        if (rule->type != SMK_FIELD_BILINGUAL || (rule->flags & SMK_FIELD_IS_LIST) != 0)
            continue;
        keep_other_language(w, rule, "en", "km");
        keep_other_language(w, rule, "km", "en");
    }
}

static void set_owner(struct smk_writing *w)
{
    const struct smk_device *device = smk_acting_device(&w->acting);
    if (w->doc == NULL && w->kind->owner_field != NULL && device != NULL &&
        json_object_get(w->fields, w->kind->owner_field) == NULL)
        (void)json_object_set_new(w->fields, w->kind->owner_field, json_string(device->org.text));
}

/* An attached file itself says how long it is and what its hash is. */
static enum smk_exit measure_file(struct smk_writing *w)
{
    uint8_t hash[SMK_HASH_BYTES];
    char hex[2 * SMK_HASH_BYTES + 1];
    struct smk_why why;
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf bytes = {0};
    const char *path = json_string_value(json_object_get(w->fields, "file"));
    if (path == NULL ||
        smk_field_find(w->kind->field, w->kind->field_count, smk_bytes_of_text("sha256")) == NULL)
        return SMK_EXIT_DONE;
    if (smk_read_file(path, SMK_CSV_FILE_BYTES_MAX, &bytes, &why) != SMK_READ_DONE)
        return smk_writing_refuse(w, "bad_file", "The attached file is not there or cannot be read.",
                                  "Check the path in \"file\".");
    smk_sha256(smk_buf_view(&bytes), (struct smk_bytes){0}, hash);
    smk_hex_format(SMK_BYTES(hash), hex);
    const char *said = json_string_value(json_object_get(w->fields, "sha256"));
    if (said != NULL && strcmp(said, hex) != 0)
        return smk_writing_refuse(w, "bad_hash", "The attached file has another SHA-256.",
                                  "Leave \"sha256\" out, or correct it.");
    (void)json_object_set_new(w->fields, "sha256", json_string(hex));
    (void)json_object_set_new(w->fields, "bytes", json_integer((json_int_t)bytes.len));
    (void)json_object_del(w->fields, "file"); /* it is there */
    return SMK_EXIT_DONE;
}

/* ---- where it belongs ---- */

/* Where the subject of an attachment or note is: a document, or an act. */
static bool subject_scope(const struct smk_loaded *l, struct smk_bytes subject, struct smk_scope *ret_scope)
{
    for (size_t i = 0; i < smk_fold_doc_count(l->fold); i++) {
        const struct smk_fold_doc *doc = smk_fold_doc_at(l->fold, i);
        if (smk_bytes_is_equal(subject, SMK_BYTES(doc->id))) {
            *ret_scope = *smk_fold_find_doc(l->fold, doc->kind_name, doc->id, NULL)->scope;
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

static bool find_scope(const struct smk_writing *w, struct smk_bytes fields, struct smk_scope *ret_scope)
{
    const struct smk_device *device = smk_acting_device(&w->acting);
    if (w->doc != NULL) {
        *ret_scope = *w->doc->scope;
        return true;
    }
    if (w->is_draft && device != NULL) {
        *ret_scope = smk_scope_of_org(device->org.text);
        return true;
    }
    if (w->kind->subject_field != NULL)
        return subject_scope(&w->acting.loaded, smk_span_bin(smk_span_find(fields, w->kind->subject_field)),
                             ret_scope);
    return device != NULL && smk_kind_scope(w->kind, fields, device->org.text, ret_scope);
}

/* ---- packing and checking ---- */

static bool pack(struct smk_writing *w, bool for_check, struct smk_buf *ret_fields, struct smk_complaint *ret)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs pairs = {0};
    const struct smk_field_map map = {.rules = w->kind->field,
                                      .rule_count = w->kind->field_count,
                                      .null_takes_back = w->null_takes_back,
                                      .resolve = smk_resolve_here,
                                      .ctx = &w->acting.loaded,
                                      .raw = w->present.raw,
                                      .raw_count = w->present.raw_count,
                                      .leaves_raw_out = for_check};
    if (!smk_field_map_read(&map, w->fields, &pairs, ret))
        return false;
    smk_pairs_close_into(&pairs, ret_fields);
    return true;
}

/* Of a draft, a required field may be taken back. */
static void without_nils(struct smk_bytes fields, struct smk_buf *ret_fields)
{
    struct smk_span_iter it = smk_span_each(fields);
    struct smk_bytes name, value;
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs pairs = {0};
    while (smk_span_next(&it, &name, &value))
        if (smk_span_type(value) != SMK_VALUE_NIL)
            smk_pack_raw(smk_pairs_open(&pairs, name), value);
    smk_pairs_close_into(&pairs, ret_fields);
}

/* False: ret_complaint. When memory ran out nothing was checked: true, and ret_err says so. */
static bool check(struct smk_writing *w, bool is_whole, enum smk_err *ret_err, struct smk_complaint *ret)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf rest = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_buf *checked = &fields;
    *ret_err = SMK_OK;
    if (!pack(w, true, &fields, ret))
        return false;
    if (w->is_draft && fields.err == SMK_OK) {
        without_nils(smk_buf_view(&fields), &rest);
        checked = &rest;
    }
    *ret_err = checked->err;
    return checked->err != SMK_OK ||
           smk_kind_check(w->kind, smk_buf_view(checked), is_whole && !w->is_draft, ret);
}

bool smk_writing_pack(struct smk_writing *w, struct smk_buf *ret_fields, struct smk_complaint *ret_complaint)
{
    enum smk_err err;
    bool is_good = check(w, false, &err, ret_complaint) && pack(w, false, ret_fields, ret_complaint);
    if (err != SMK_OK)
        ret_fields->err = err;
    return is_good;
}

/* "Year (year), Title (title)": the required fields that the map lacks. */
static void list_missing(const struct smk_writing *w, struct smk_bytes fields, enum smk_language language,
                         char *ret_text, size_t room)
{
    size_t len = 0;
    ret_text[0] = '\0';
    for (size_t i = 0; i < w->kind->field_count; i++) {
        const struct smk_field *rule = &w->kind->field[i];
        if ((rule->flags & SMK_FIELD_IS_REQUIRED) == 0 || smk_span_find(fields, rule->name).len > 0)
            continue;
        const char *name = smk_label_text(smk_label_field(w->kind->name, rule->name), language, rule->name);
        int more = snprintf(ret_text + len, room - len, "%s%s (%s)", len > 0 ? ", " : "", name, rule->name);
        len += more > 0 && (size_t)more < room - len ? (size_t)more : 0;
    }
}

/* True for a field that the type requires and that is not there; what something else in the text requires is not in that
 * list. */
static bool lacks(const struct smk_kind *kind, struct smk_bytes fields, const struct smk_complaint *complaint)
{
    const struct smk_field *rule =
        smk_field_find(kind->field, kind->field_count, smk_bytes_of_text(complaint->field));
    return complaint->flaw == SMK_FLAW_MISSING && rule != NULL &&
           (rule->flags & SMK_FIELD_IS_REQUIRED) != 0 && smk_span_find(fields, rule->name).len == 0;
}

static enum smk_exit refuse_missing(const struct smk_writing *w, struct smk_bytes fields)
{
    const struct smk_message_row *row = smk_message_row(SMK_SAY_MISSING);
    const struct smk_label *type = smk_label_find("type", smk_bytes_of_text(w->kind->name));
    char list[2][SMK_SENTENCE_BYTES_MAX], what[2][SMK_SENTENCE_BYTES_MAX];
    const struct smk_sentences *from[2] = {&row->en, &row->km};
    struct smk_sentences to[2];
    for (size_t i = 0; i < 2; i++) {
        enum smk_language language = i == 0 ? SMK_ENGLISH : SMK_KHMER;
        list_missing(w, fields, language, list[i], sizeof list[i]);
        smk_message_fill(from[i]->what, SMK_ABOUT(smk_label_text(type, language, w->kind->name), list[i]),
                         what[i], sizeof what[i]);
        to[i] = (struct smk_sentences){what[i], from[i]->safe, from[i]->todo};
    }
    return smk_refuse_with(cli_of(w), SMK_EXIT_REFUSED, row->code, &to[0], &to[1], SMK_KHMER_UNREVIEWED);
}

enum smk_exit smk_writing_demand_whole(struct smk_writing *w, const struct smk_kind *kind,
                                       struct smk_bytes fields)
{
    struct smk_complaint complaint;
    enum smk_err err;
    json_t *object = json_object();
    w->kind = kind;
    w->is_draft = false;
    w->present.raw_count = 0;
    for (size_t i = 0; i < kind->field_count; i++) {
        struct smk_bytes value = smk_span_find(fields, kind->field[i].name);
        bool is_nil =
            smk_span_type(value) == SMK_VALUE_NIL && (kind->field[i].flags & SMK_FIELD_MAY_BE_UNKNOWN) == 0;
        if (value.len > 0 && !is_nil)
            (void)json_object_set_new(object, kind->field[i].name,
                                      smk_present_value(&w->present, &kind->field[i], value));
    }
    json_decref(w->fields);
    w->fields = object;
    if (check(w, true, &err, &complaint))
        return err == SMK_OK ? SMK_EXIT_DONE : smk_cli_fail_err(cli_of(w), err, "checking the text");
    return lacks(kind, fields, &complaint) ? refuse_missing(w, fields) : smk_writing_complain(w, &complaint);
}

/* ---- writing ---- */

static enum smk_exit demand_free_name(const struct smk_writing *w)
{
    const struct smk_fold_doc *same = NULL;
    struct smk_shown shown;
    const char *ref = json_string_value(json_object_get(w->fields, "id"));
    ref = ref != NULL ? ref : json_string_value(json_object_get(w->fields, "ref"));
    if (w->doc != NULL || ref == NULL ||
        smk_find_document(&w->acting.loaded, w->kind->name, ref, &same) == SMK_FOUND_NONE)
        return SMK_EXIT_DONE;
    return smk_refuse(cli_of(w), SMK_EXIT_REFUSED, SMK_SAY_EXISTS, SMK_ABOUT(smk_text_shown(ref, &shown)));
}

/* Leaves out what the document says already; tells where several values are replaced. */
static void keep_changes(struct smk_writing *w, struct smk_bytes fields, struct smk_buf *ret_fields)
{
    struct smk_span_iter it = smk_span_each(fields);
    struct smk_bytes name, value;
    struct smk_fold_value now[SMK_FOLD_VALUES_MAX];
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs pairs = {0};
    while (smk_span_next(&it, &name, &value)) {
        size_t count = smk_fold_values(w->acting.loaded.fold, w->doc, name, now);
        bool is_nothing = count == 0 && smk_span_type(value) == SMK_VALUE_NIL;
        bool is_same = is_nothing || (count == 1 && smk_bytes_is_equal(now[0].value, value));
        if (is_same && w->leaves_same_out)
            continue;
        smk_pack_raw(smk_pairs_open(&pairs, name), value);
        if (count > 1) {
            char field[SMK_FIELD_PATH_MAX + 1], shown[256], number[24];
            smk_text_safe(name, sizeof field - 1, field);
            smk_field_shown(w->kind->name, field, cli_of(w)->language, shown, sizeof shown);
            (void)snprintf(number, sizeof number, "%zu", count);
            smk_tell(cli_of(w), SMK_SAY_REPLACES, SMK_ABOUT(shown, number));
        }
    }
    smk_pairs_close_into(&pairs, ret_fields);
}

static enum smk_exit tell_same(const struct smk_writing *w)
{
    struct smk_doc_name name;
    char doc[2 * SMK_DOC_ID_BYTES + 1];
    smk_hex_format(SMK_BYTES(w->doc->id), doc);
    smk_tell(cli_of(w), SMK_SAY_SAME, SMK_ABOUT(smk_doc_shown(&w->acting.loaded, w->doc, &name)));
    smk_cli_json(cli_of(w), json_pack("{s:s, s:b}", "already", doc, "written", 0));
    return SMK_EXIT_DONE;
}

/* The name that the document has from now on. */
static struct smk_bytes ref_of(const struct smk_writing *w, struct smk_bytes fields)
{
    struct smk_bytes ref = smk_span_str(smk_span_find(fields, "ref"));
    return ref.len > 0 || w->doc == NULL ? ref
                                         : smk_span_str(smk_fold_first(w->acting.loaded.fold, w->doc, "ref"));
}

static void tell_draft(const struct smk_writing *w, const struct smk_edit *edit)
{
    char word[SMK_NAME_LETTERS_MAX + 1];
    const struct smk_device *device = smk_acting_device(&w->acting);
    struct smk_bytes ref = ref_of(w, edit->fields);
    if (ref.len > 0)
        smk_text_safe(ref, sizeof word - 1, word);
    else
        smk_hex_format((struct smk_bytes){edit->doc, SMK_HEX_DIGITS_MIN / 2}, word);
    smk_tell(cli_of(w), SMK_SAY_IS_DRAFT, SMK_ABOUT(device != NULL ? device->org.text : "", word));
}

/* An edit can name eight others as seen: more heads than that are joined first. What the fold has handed out is gone. */
static enum smk_exit join_heads(struct smk_writing *w)
{
    enum smk_exit code = SMK_EXIT_DONE;
    struct smk_bytes nothing = smk_bytes_of_text("\x80"); /* an empty map */
    struct smk_scope scope = w->doc != NULL ? *w->doc->scope : (struct smk_scope){0};
    struct smk_edit edit = {.kind = smk_bytes_of_text(w->kind->name), .fields = nothing};
    while (code == SMK_EXIT_DONE && w->doc != NULL && w->doc->head_count > SMK_DEPS_MAX) {
        memcpy(edit.doc, w->doc->id, sizeof edit.doc);
        w->acting.is_quiet = true;
        code = smk_acting_edit(&w->acting, &edit, &scope, w->doc, (struct smk_bytes){0});
        w->acting.is_quiet = false;
        enum smk_err err = code == SMK_EXIT_DONE ? smk_loaded_refresh(&w->acting.loaded) : SMK_OK;
        if (err != SMK_OK)
            return smk_cli_fail_err(cli_of(w), err, "reading the store");
        w->doc = w->present.doc = smk_fold_find_doc(w->acting.loaded.fold, edit.kind, edit.doc, &scope);
    }
    return code;
}

enum smk_exit smk_writing_write_fields(struct smk_writing *w, struct smk_bytes fields)
{
    struct smk_edit edit = {.kind = smk_bytes_of_text(w->kind->name), .fields = fields};
    struct smk_scope scope;
    enum smk_exit joined = join_heads(w);
    if (joined != SMK_EXIT_DONE)
        return joined;
    if (!find_scope(w, fields, &scope))
        return smk_refuse(cli_of(w), SMK_EXIT_REFUSED, SMK_SAY_NOWHERE, NULL);
    if (w->doc != NULL)
        memcpy(edit.doc, w->doc->id, sizeof edit.doc);
    else
        smk_random(edit.doc, sizeof edit.doc);
    enum smk_exit code = smk_acting_edit(&w->acting, &edit, &scope, w->doc, ref_of(w, fields));
    if (code == SMK_EXIT_DONE && w->is_draft)
        tell_draft(w, &edit);
    return code;
}

enum smk_exit smk_writing_write(struct smk_writing *w)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf changes = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_complaint complaint;
    enum smk_err err;
    if (w->is_draft && !smk_kind_has_drafts(w->kind))
        return smk_refuse(cli_of(w), SMK_EXIT_REFUSED, SMK_SAY_NO_DRAFTS,
                          SMK_ABOUT(smk_label_text(smk_label_find("type", smk_bytes_of_text(w->kind->name)),
                                                   cli_of(w)->language, w->kind->name)));
    enum smk_exit code = demand_free_name(w);
    if (code == SMK_EXIT_DONE)
        code = measure_file(w);
    if (code != SMK_EXIT_DONE)
        return code;
    set_owner(w);
    keep_languages(w);
    if (!pack(w, false, &fields, &complaint))
        return smk_writing_complain(w, &complaint);
    if (fields.err == SMK_ERR_TOO_BIG_HERE)
        return smk_refuse(cli_of(w), SMK_EXIT_REFUSED, SMK_SAY_TOO_MANY_FIELDS, NULL);
    if (fields.err != SMK_OK)
        return smk_cli_fail_err(cli_of(w), fields.err, "reading the fields");
    if (!check(w, w->doc == NULL, &err, &complaint)) {
        bool is_new = !w->is_draft && w->doc == NULL;
        return is_new && lacks(w->kind, smk_buf_view(&fields), &complaint)
                   ? refuse_missing(w, smk_buf_view(&fields))
                   : smk_writing_complain(w, &complaint);
    }
    if (err != SMK_OK)
        return smk_cli_fail_err(cli_of(w), err, "checking the fields");
    if (w->doc == NULL)
        return smk_writing_write_fields(w, smk_buf_view(&fields));
    keep_changes(w, smk_buf_view(&fields), &changes);
    if (changes.err != SMK_OK)
        return smk_cli_fail_err(cli_of(w), changes.err, "reading the fields");
    return smk_span_count(smk_buf_view(&changes)) > 0 ? smk_writing_write_fields(w, smk_buf_view(&changes))
                                                      : tell_same(w);
}
