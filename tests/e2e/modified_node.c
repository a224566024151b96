/* Writes into a home what a modified node would write: an act about a document as it stands, or a change of it, whatever the
 * rules say.
 *
 *   modified_node HOME OFFICE ACT DOC [FIELDS]
 *
 * ACT `edit` is a change. DOC is a name or id, FIELDS one object of JSON with fields as people write them. Prints the id of the
 * record. */
#include "proto/hash.h"
#include "tools/doc_find.h"
#include "tools/field_map.h"

#include <string.h>

static bool read_fields(struct smk_loaded *l, const struct smk_field *rules, size_t count, const char *text,
                        struct smk_buf *ret_fields)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs pairs = {0};
    const struct smk_field_map map = {
        .rules = rules, .rule_count = count, .resolve = smk_resolve_here, .ctx = l};
    struct smk_complaint complaint;
    json_t *object = json_loads(text, 0, NULL);
    bool is_read = object != NULL && smk_field_map_read(&map, object, &pairs, &complaint);
    smk_pairs_close_into(&pairs, ret_fields);
    json_decref(object);
    return is_read && ret_fields->err == SMK_OK;
}

static void build_on(struct smk_draft *draft, const struct smk_fold_deps *deps)
{
    for (size_t i = 0; i < deps->count; i++) {
        memcpy(draft->dep[draft->dep_count++], deps->entry[i]->id, SMK_ID_BYTES);
        if (deps->entry[i]->time > draft->dep_time)
            draft->dep_time = deps->entry[i]->time;
    }
}

struct writing {
    struct smk_loaded *l;
    const struct smk_fold_doc *doc;
    const char *office, *act, *fields;
    struct smk_draft draft;
    struct smk_buf payload;
};

static bool make_edit(struct writing *w)
{
    struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_edit edit = {.kind = w->doc->kind_name, .office = smk_bytes_of_text(w->office)};
    struct smk_fold_deps deps = {0};
    bool is_good = read_fields(w->l, w->doc->kind->field, w->doc->kind->field_count, w->fields, &fields);
    memcpy(edit.doc, w->doc->id, sizeof edit.doc);
    edit.fields = smk_buf_view(&fields);
    w->draft = (struct smk_draft){.scope = *w->doc->scope, .type = SMK_RECORD_EDIT};
    smk_fold_add_text_deps(w->l->fold, &deps, w->doc);
    build_on(&w->draft, &deps);
    smk_edit_encode(&edit, &w->payload);
    smk_buf_deinit(&fields);
    return is_good;
}

static bool make_act(struct writing *w)
{
    struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX}, text = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_act act = {.kind = w->doc->kind_name, .act = smk_bytes_of_text(w->act)};
    const struct smk_act_kind *kind = smk_act_kind_find(act.kind, act.act);
    struct smk_fold_deps deps = {0};
    if (kind == NULL)
        return false;
    bool is_wider = smk_policy_act(act.kind, act.act)->is_wider;
    bool is_good = read_fields(w->l, kind->field, kind->field_count, w->fields, &fields) &&
                   smk_fold_text(w->l->fold, w->doc, &text, NULL) == SMK_OK;
    act.office = smk_bytes_of_text(w->office);
    memcpy(act.doc, w->doc->id, sizeof act.doc);
    smk_random(act.id, sizeof act.id);
    act.fields = smk_buf_view(&fields);
    smk_text_about(smk_buf_view(&text), act.about);
    w->draft =
        (struct smk_draft){.scope = is_wider ? smk_scope_of("pub") : *w->doc->scope, .type = SMK_RECORD_ACT};
    smk_fold_add_act_deps(w->l->fold, &deps, &act, &w->draft.scope);
    if (is_wider) {
        act.area = smk_bytes_of_text(smk_scope_argument(w->doc->scope));
    } else {
        act.text = smk_buf_view(&text);
        smk_fold_add_text_deps(w->l->fold, &deps, w->doc);
    }
    build_on(&w->draft, &deps);
    smk_act_encode(&act, &w->payload);
    smk_buf_deinit(&fields);
    smk_buf_deinit(&text);
    return is_good;
}

static int write_it(struct smk_home *home, struct writing *w)
{
    uint8_t id[1][SMK_ID_BYTES];
    char hex[2 * SMK_ID_BYTES + 1];
    bool is_made = strcmp(w->act, "edit") == 0 ? make_edit(w) : make_act(w);
    w->draft.payload = smk_buf_view(&w->payload);
    if (!is_made || w->payload.err != SMK_OK ||
        smk_store_write(home->store, &home->identity, &w->draft, 1, id) != SMK_OK) {
        (void)fprintf(stderr, "modified_node: it cannot be written\n");
        return 1;
    }
    smk_hex_format(SMK_BYTES(id[0]), hex);
    (void)puts(hex);
    return 0;
}

int main(int argc, char **argv)
{
    struct smk_cli cli = {0};
    struct smk_home home = {0};
    struct smk_loaded l = {0};
    struct writing w = {.l = &l, .payload = {.max = SMK_PAYLOAD_BYTES_MAX}};
    if (argc < 5 || argc > 6) {
        (void)fprintf(stderr, "usage: modified_node HOME OFFICE ACT DOC [FIELDS]\n");
        return 2;
    }
    cli.home_path = argv[1];
    w.office = argv[2];
    w.act = argv[3];
    w.fields = argc == 6 ? argv[5] : "{}";
    if (smk_crypto_start() != SMK_OK || smk_loaded_open_home(&cli, true, &home, &l) != SMK_EXIT_DONE)
        return 1;
    int code =
        smk_demand_document(&cli, &l, NULL, argv[4], &w.doc) == SMK_EXIT_DONE ? write_it(&home, &w) : 1;
    smk_buf_deinit(&w.payload);
    smk_loaded_close(&l);
    smk_home_close(&home);
    return code;
}
