/* Rows of our own columns as documents: new ones, changes, or nothing new. */
#include "tools/table_import.h"

#include "store/files/cells.h"
#include "store/files/values.h"
#include "store/icu.h"
#include "tools/complain.h"

#include "proto/hash.h"
#include "proto/khmer.h"
#include "proto/mem.h"

#include <inttypes.h>
#include <string.h>

void smk_table_refuse(struct smk_row_report *r, const char *code, const char *format, ...)
{
    va_list arguments;
    r->outcome = SMK_ROW_REFUSED;
    r->code = code;
    va_start(arguments, format);
    (void)vsnprintf(r->why, sizeof r->why, format, arguments); /* a long one is cut */
    va_end(arguments);
}

/* ---- references ---- */

/* What is here goes first; then what the file itself brings. */
bool smk_table_resolve(void *ctx, const struct smk_field *rule, const char *name,
                       uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    struct smk_table_import *t = ctx;
    if (smk_resolve_here(&t->loaded, rule, name, ret_id))
        return true;
    bool is_any = strcmp(rule->kind, "any") == 0;
    for (size_t i = 0; rule->type != SMK_FIELD_SLUG && i < t->name_count; i++) {
        bool is_kind = is_any || strcmp(t->name[i].kind, rule->kind) == 0;
        if (is_kind && strcasecmp(t->name[i].ref, name) == 0) {
            memcpy(ret_id, t->name[i].doc, SMK_DOC_ID_BYTES);
            return true;
        }
    }
    return false;
}

/* ---- writing ---- */

bool smk_table_flush(struct smk_table_import *t)
{
    uint8_t id[SMK_TABLE_BATCH_MAX][SMK_ID_BYTES];
    if (t->err == SMK_OK && t->count > 0)
        t->err = smk_store_write(t->home.store, &t->home.identity, t->draft, t->count, id);
    for (size_t i = 0; i < t->count; i++) {
        if (t->err == SMK_OK) {
            smk_hex_format((struct smk_bytes){id[i], SMK_ID_BYTES}, t->waiting[i]->record);
            smk_table_report(t, t->waiting[i]);
        }
        smk_mem_free(t->waiting[i]);
    }
    t->count = 0;
    smk_arena_deinit(&t->payloads);
    return t->err == SMK_OK;
}

static const struct smk_office *choose_office(struct smk_table_import *t, const struct smk_device *device,
                                              const struct smk_edit *edit, const struct smk_scope *scope,
                                              enum smk_reason *ret_reason)
{
    struct smk_roster *roster = smk_fold_roster(t->loaded.fold);
    *ret_reason = SMK_REASON_ROLE;
    for (size_t i = 0; device != NULL && i < device->office_count; i++) {
        const struct smk_office *office = smk_roster_office(roster, device->office[i].text);
        bool is_wanted = t->cli->as_office == NULL || strcmp(t->cli->as_office, device->office[i].text) == 0;
        if (office == NULL || !is_wanted)
            continue;
        *ret_reason = smk_fold_judge_edit(t->loaded.fold, edit, scope, office);
        if (*ret_reason == SMK_REASON_COUNTS)
            return office;
    }
    return NULL;
}

static void set_deps(struct smk_table_import *t, const struct smk_fold_doc *doc, struct smk_draft *draft)
{
    struct smk_fold_deps deps = {0};
    for (size_t i = 0; doc != NULL && i < doc->head_count; i++)
        smk_fold_add_dep(t->loaded.fold, &deps, doc->head[i]);
    for (size_t i = 0; i < deps.count; i++) {
        memcpy(draft->dep[draft->dep_count++], deps.entry[i]->id, SMK_ID_BYTES);
        if (deps.entry[i]->time > draft->dep_time)
            draft->dep_time = deps.entry[i]->time;
    }
}

/* Of a preview nothing is kept. */
static void add_draft(struct smk_table_import *t, struct smk_bytes payload, const struct smk_scope *scope,
                      const struct smk_fold_doc *doc, struct smk_row_report *r)
{
    struct smk_row_report *copy = smk_mem_new(sizeof *copy);
    struct smk_draft *draft = &t->draft[t->count];
    *draft = (struct smk_draft){.scope = *scope, .type = SMK_RECORD_EDIT};
    draft->payload = smk_arena_copy(&t->payloads, payload);
    set_deps(t, doc, draft);
    if (copy == NULL || draft->payload.len == 0) {
        smk_mem_free(copy);
        t->err = SMK_ERR_NOMEM;
        return;
    }
    r->is_waiting = true;
    *copy = *r;
    t->waiting[t->count++] = copy;
    if (t->count == SMK_TABLE_BATCH_MAX)
        (void)smk_table_flush(t); /* t->err ends the reading */
}

static void write_edit(struct smk_table_import *t, struct smk_edit *edit, const struct smk_scope *scope,
                       const struct smk_fold_doc *doc, struct smk_row_report *r)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    const struct smk_device *device =
        smk_roster_device(smk_fold_roster(t->loaded.fold), t->home.identity.sign.public_key);
    enum smk_reason reason;
    if (!smk_roster_holds(smk_fold_roster(t->loaded.fold), t->home.identity.sign.public_key, scope)) {
        smk_table_refuse(r, "wrong_scope",
                         "It belongs into %s, which this device does not hold: import it on a "
                         "node that does.",
                         scope->text);
        return;
    }
    const struct smk_office *office = choose_office(t, device, edit, scope, &reason);
    if (office == NULL) {
        smk_table_refuse(r, smk_reason_code(reason), "None of this device's offices may write it: %s.",
                         smk_reason_text(reason));
        return;
    }
    edit->office = smk_bytes_of_text(office->slug.text);
    smk_edit_encode(edit, &payload);
    if (payload.err == SMK_ERR_NOMEM)
        t->err = payload.err;
    else if (payload.err != SMK_OK)
        smk_table_refuse(r, "too_long", "It does not fit into one record of 64 KiB.");
    else if (!t->is_preview)
        add_draft(t, smk_buf_view(&payload), scope, doc, r);
}

/* ---- what is new ---- */

/* One document a row: the second of two would be written over the first. */
static bool is_second(struct smk_table_import *t, const uint8_t doc[SMK_DOC_ID_BYTES],
                      const struct smk_scope *scope)
{
    for (size_t i = 0; i < t->taken_count; i++)
        if (memcmp(t->taken[i].doc, doc, SMK_DOC_ID_BYTES) == 0 &&
            smk_scope_is_equal(&t->taken[i].scope, scope))
            return true;
    if (t->taken_count == t->taken_room) {
        size_t room = t->taken_room > 0 ? 2 * t->taken_room : 256;
        struct smk_table_taken *grown = smk_mem_resize(t->taken, room * sizeof *grown);
        if (grown == NULL) {
            t->err = SMK_ERR_NOMEM;
            return false;
        }
        t->taken = grown;
        t->taken_room = room;
    }
    memcpy(t->taken[t->taken_count].doc, doc, SMK_DOC_ID_BYTES);
    t->taken[t->taken_count++].scope = *scope;
    return false;
}

static bool find_scope(struct smk_table_import *t, const struct smk_table_document *d,
                       struct smk_scope *ret_scope)
{
    const struct smk_device *device =
        smk_roster_device(smk_fold_roster(t->loaded.fold), t->home.identity.sign.public_key);
    if (d->scope.len > 0)
        return smk_scope_parse(d->scope, ret_scope) && smk_kind_fits_scope(d->kind, d->fields, ret_scope);
    struct smk_bytes owner = {0};
    char org[SMK_SLUG_LETTERS_MAX + 1] = "";
    if (d->kind->owner_field != NULL)
        owner = smk_span_str(smk_span_find(d->fields, d->kind->owner_field));
    if (owner.len > 0 && owner.len < sizeof org)
        memcpy(org, owner.data, owner.len);
    else if (device != NULL)
        memcpy(org, device->org.text, sizeof org);
    return smk_kind_scope(d->kind, d->fields, org, ret_scope);
}

static void complain(struct smk_row_report *r, const struct smk_complaint *c)
{
    char choices[300];
    smk_choices_write(c->rule, choices, sizeof choices);
    memcpy(r->column, c->field, strlen(c->field) + 1);
    smk_table_refuse(r, smk_flaw_code(c->flaw), "%s%s%s", smk_flaw_text(c->flaw),
                     choices[0] != '\0' ? ": " : "", choices);
}

static void write_changes(struct smk_table_import *t, const struct smk_table_document *d,
                          const struct smk_fold_doc *doc, struct smk_buf *ret_changes)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs pairs = {0};
    struct smk_span_iter it = smk_span_each(d->fields);
    struct smk_bytes name, value;
    struct smk_fold_value now[SMK_FOLD_VALUES_MAX];
    while (smk_span_next(&it, &name, &value)) {
        size_t count = smk_fold_values(t->loaded.fold, doc, name, now);
        bool is_same = count > 0 && smk_bytes_is_equal(now[0].value, value);
        if (!is_same)
            smk_pack_raw(smk_pairs_open(&pairs, name), value);
    }
    smk_pairs_close_into(&pairs, ret_changes);
}

/* Somebody has changed the document since the file was made. */
static bool is_stale(struct smk_table_import *t, const struct smk_table_document *d,
                     const struct smk_fold_doc *doc)
{
    struct smk_values values = SMK_VALUES;
    struct smk_columns columns = {0};
    struct smk_fingerprint16 now = {""};
    struct smk_table_type type;
    if (d->fingerprint.len == 0 || !smk_table_type_find(smk_bytes_of_text(d->kind->name), &type))
        return false;
    enum smk_err err = smk_columns_init(&columns, &type);
    if (err == SMK_OK)
        err = smk_values_of_document(&values, &type, t->loaded.fold, doc, false);
    if (err == SMK_OK)
        err = smk_columns_add(&columns, values.value);
    if (err == SMK_OK)
        err = smk_fingerprint_of(&columns, values.value, &now);
    smk_columns_deinit(&columns);
    smk_values_deinit(&values);
    if (err == SMK_ERR_NOMEM)
        t->err = err;
    return !smk_bytes_is_equal(d->fingerprint, smk_bytes_of_text(now.text));
}

static void change(struct smk_table_import *t, const struct smk_table_document *d,
                   const struct smk_fold_doc *doc, struct smk_edit *edit, struct smk_row_report *r)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf changes = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_complaint complaint;
    write_changes(t, d, doc, &changes);
    if (changes.err != SMK_OK) {
        t->err = changes.err;
        return;
    }
    r->outcome = SMK_ROW_SAME;
    if (smk_span_count(smk_buf_view(&changes)) == 0)
        return;
    if (is_stale(t, d, doc)) {
        smk_table_refuse(r, "changed_since",
                         "It was changed here since the file was exported: export it anew, "
                         "and make the change there.");
        return;
    }
    if (!smk_kind_check(d->kind, smk_buf_view(&changes), false, &complaint)) {
        complain(r, &complaint);
        return;
    }
    r->outcome = SMK_ROW_CHANGED;
    edit->fields = smk_buf_view(&changes);
    write_edit(t, edit, doc->scope, doc, r);
}

/* A document that was withdrawn begins anew: of what it said before nothing stays that the row does not say. */
static void bring_back(struct smk_table_import *t, const struct smk_fold_doc *doc, struct smk_edit *edit,
                       struct smk_row_report *r)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs pairs = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_bytes before[SMK_FOLD_NAMES_MAX], name, value;
    size_t count = smk_fold_names(doc, before);
    struct smk_span_iter it = smk_span_each(edit->fields);
    while (smk_span_next(&it, &name, &value))
        smk_pack_raw(smk_pairs_open(&pairs, name), value);
    for (size_t i = 0; i < count; i++)
        if (smk_span_find_bytes(edit->fields, before[i]).len == 0)
            smk_pack_nil(smk_pairs_open(&pairs, before[i]));
    smk_pairs_close_into(&pairs, &fields);
    if (fields.err != SMK_OK) {
        t->err = fields.err;
        return;
    }
    edit->fields = smk_buf_view(&fields);
    (void)snprintf(r->why, sizeof r->why, "it had been withdrawn, and is brought back");
    write_edit(t, edit, doc->scope, doc, r);
}

void smk_table_take(struct smk_table_import *t, const struct smk_table_document *d, struct smk_row_report *r)
{
    struct smk_edit edit = {.kind = smk_bytes_of_text(d->kind->name), .fields = d->fields};
    struct smk_complaint complaint;
    struct smk_scope scope;
    memcpy(edit.doc, d->doc, sizeof edit.doc);
    smk_hex_format(SMK_BYTES(edit.doc), r->doc);
    if (!find_scope(t, d, &scope)) {
        smk_table_refuse(r, "wrong_scope",
                         "Nothing in it says where it belongs, or it cannot stand in the scope that "
                         "the file names.");
        return;
    }
    if (is_second(t, edit.doc, &scope)) {
        smk_table_refuse(r, "twice", "A row above it is about the same document: take one of them away.");
        return;
    }
    const struct smk_fold_doc *doc = smk_fold_find_doc(t->loaded.fold, edit.kind, edit.doc, &scope);
    bool is_gone = doc != NULL && smk_fold_is_withdrawn(doc);
    if (doc != NULL && doc->counts && !is_gone) {
        change(t, d, doc, &edit, r);
        return;
    }
    bool is_draft = smk_kind_stand(d->kind, d->fields, &scope) == SMK_STAND_DRAFT;
    if (!smk_kind_check(d->kind, d->fields, !is_draft, &complaint)) {
        complain(r, &complaint);
        return;
    }
    r->outcome = SMK_ROW_CREATED;
    if (is_gone) {
        bring_back(t, doc, &edit, r);
        return;
    }
    write_edit(t, &edit, &scope, NULL, r);
}

/* ---- a row of our own columns ---- */

/* Texts in the form in which they are signed; false when one cannot be. */
static bool make_nfc(const struct smk_row *row, struct smk_row_builder *b, struct smk_row_report *r,
                     const struct smk_head_row *head)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf form = {.max = 2 * SMK_TABLE_CELL_BYTES_MAX};
    for (size_t i = 0; i < row->count; i++) {
        smk_buf_reset(&form);
        bool is_old = smk_khmer_is_old_font(row->cell[i].text);
        enum smk_err err = smk_icu_nfc(row->cell[i].text, &form);
        if (is_old || err != SMK_OK || !smk_row_put(b, i, row->cell[i].type, smk_buf_view(&form))) {
            if (i < head->count)
                memcpy(r->column, head->column[i].name, sizeof r->column);
            smk_table_refuse(r, is_old ? "old_font" : "bad_text", "%s",
                             is_old ? smk_flaw_text(SMK_FLAW_OLD_FONT)
                                    : "The text cannot be used as it stands.");
            return false;
        }
    }
    return true;
}

/* Its id in the file; else that of its name; else that of what it says. */
static void find_id(struct smk_table_import *t, const struct smk_row *row, struct smk_bytes fields,
                    uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    char digest[4 + 2 * SMK_HASH_BYTES + 1] = "row ", given[2 * SMK_DOC_ID_BYTES + 1];
    uint8_t hash[SMK_HASH_BYTES];
    const struct smk_fold_doc *doc = NULL;
    struct smk_bytes said = smk_head_row_cell(&t->head, row, SMK_COLUMN_DOC);
    struct smk_bytes ref = smk_span_str(smk_span_find(fields, "ref"));
    char name[SMK_NAME_LETTERS_MAX + 1] = "";
    if (said.len == sizeof given - 1) {
        memcpy(given, said.data, said.len);
        given[said.len] = '\0';
        if (smk_hex_parse(given, ret_id, SMK_DOC_ID_BYTES))
            return;
    }
    if (ref.len > 0 && ref.len < sizeof name)
        memcpy(name, ref.data, ref.len);
    if (name[0] != '\0' && smk_find_document(&t->loaded, t->type.kind->name, name, &doc) == SMK_FOUND_ONE) {
        memcpy(ret_id, doc->id, SMK_DOC_ID_BYTES);
        return;
    }
    smk_sha256(fields, (struct smk_bytes){0}, hash);
    smk_hex_format(SMK_BYTES(hash), digest + 4);
    smk_import_id(smk_fold_coalition(t->loaded.fold), t->type.kind->name,
                  smk_bytes_of_text(name[0] != '\0' ? name : digest), ret_id);
}

/* First reading: what the row is called. */
static void note_name(struct smk_table_import *t, const struct smk_row *row)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs pairs = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf fields = {.max = 4096};
    struct smk_bytes ref = {0};
    for (size_t i = 0; i < t->head.field_count; i++) {
        size_t at = t->head.field[i];
        if (strcmp(t->head.column[at].name, "ref") == 0 && at < row->count)
            ref = row->cell[at].text;
    }
    if (ref.len == 0 || ref.len > SMK_NAME_LETTERS_MAX || memchr(ref.data, 0, ref.len) != NULL)
        return;
    if (t->name_count == t->name_room) {
        size_t room = t->name_room > 0 ? 2 * t->name_room : 256;
        struct smk_table_name *grown = smk_mem_resize(t->name, room * sizeof *grown);
        if (grown == NULL) {
            t->err = SMK_ERR_NOMEM;
            return;
        }
        t->name = grown;
        t->name_room = room;
    }
    struct smk_table_name *name = &t->name[t->name_count++];
    memset(name, 0, sizeof *name);
    memcpy(name->kind, t->type.kind->name, strlen(t->type.kind->name) + 1);
    memcpy(name->ref, ref.data, ref.len);
    smk_pack_text(smk_pairs_open_text(&pairs, "ref"), name->ref);
    smk_pairs_close_into(&pairs, &fields);
    t->err = fields.err;
    find_id(t, row, smk_buf_view(&fields), name->doc);
}

static void take_fields(struct smk_table_import *t, const struct smk_row *row, struct smk_row_report *r)
{
    const struct smk_references references = {smk_table_resolve, t};
    struct smk_row_fields f = SMK_ROW_FIELDS;
    struct smk_row_flaw flaw = {0};
    uint8_t id[SMK_DOC_ID_BYTES];
    enum smk_err err = smk_row_fields_read(&f, &t->head, row, &references, &flaw);
    if (err == SMK_ERR_NOMEM) {
        t->err = err;
    } else if (err == SMK_ERR_INVALID) {
        char choices[300];
        smk_choices_write(flaw.rule, choices, sizeof choices);
        memcpy(r->column, flaw.column, sizeof r->column);
        smk_table_refuse(r, flaw.code, "%s%s%s", flaw.why, choices[0] != '\0' ? ": " : "", choices);
    } else if (err != SMK_OK) {
        smk_table_refuse(r, "too_long", "It does not fit into one record of 64 KiB.");
    } else {
        struct smk_bytes fields = smk_buf_view(&f.fields), ref = smk_span_str(smk_span_find(fields, "ref"));
        if (ref.len > 0 && ref.len < sizeof r->ref)
            memcpy(r->ref, ref.data, ref.len);
        find_id(t, row, fields, id);
        const struct smk_table_document d = {.kind = t->type.kind,
                                             .fields = fields,
                                             .doc = id,
                                             .scope = smk_head_row_cell(&t->head, row, SMK_COLUMN_SCOPE),
                                             .fingerprint =
                                                 smk_head_row_cell(&t->head, row, SMK_COLUMN_FINGERPRINT)};
        smk_table_take(t, &d, r);
    }
    smk_row_fields_deinit(&f);
}

void smk_table_take_row(struct smk_table_import *t, const struct smk_row *row)
{
    struct smk_row_builder b = SMK_ROW_BUILDER;
    struct smk_row_report r = {.number = row->number};
    memcpy(r.sheet, t->sheet, sizeof r.sheet);
    if (t->is_naming) {
        note_name(t, row);
        return;
    }
    if (make_nfc(row, &b, &r, &t->head)) {
        struct smk_row clean = smk_row_view(&b, row->number);
        take_fields(t, &clean, &r);
    }
    if (!r.is_waiting && t->err == SMK_OK)
        smk_table_report(t, &r);
    smk_row_deinit(&b);
}
