/* Ids of what a folder names, and where those things are. */
#include "tools/import_write.h"

#include <string.h>

void smk_import_id_of(const struct smk_import *i, const char *type, const char *source,
                      uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    smk_import_id(smk_fold_coalition(i->loaded.fold), type, smk_bytes_of_text(source), ret_id);
}

const struct smk_fold_doc *smk_import_find_doc(const struct smk_import *i, enum smk_import_type type,
                                               const char *source)
{
    uint8_t id[SMK_DOC_ID_BYTES];
    const char *kind = smk_import_form[type].name;
    if (source == NULL || strlen(source) > SMK_SOURCE_BYTES_MAX)
        return NULL;
    smk_import_id_of(i, kind, source, id);
    const struct smk_fold_doc *doc = smk_fold_find_doc(i->loaded.fold, smk_bytes_of_text(kind), id, NULL);
    return doc != NULL && doc->counts ? doc : NULL;
}

const struct smk_device *smk_import_device(const struct smk_import *i)
{
    return smk_roster_device(smk_fold_roster(i->loaded.fold), i->home->identity.sign.public_key);
}

/* ---- references ---- */

static bool is_known_seat(const struct smk_import *i, const struct smk_field *rule, const char *slug)
{
    struct smk_roster *roster = smk_fold_roster(i->loaded.fold);
    bool is_office = strcmp(rule->kind, "office") == 0;
    bool is_in_force =
        is_office ? smk_roster_office(roster, slug) != NULL : smk_roster_organisation(roster, slug) != NULL;
    return is_in_force || smk_import_find_seat(&i->set, slug, is_office) != NULL;
}

/* An object of this type is in the folder or in the store, or the folder has no file of them at all. */
static bool may_exist(const struct smk_import *i, enum smk_import_type type, const char *name)
{
    return i->set.file[type] == NULL || smk_import_exists(&i->set, type, name) ||
           smk_import_find_doc(i, type, name) != NULL;
}

bool smk_import_resolve(void *ctx, const struct smk_field *rule, const char *name,
                        uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    const struct smk_import *i = ctx;
    if (rule->type == SMK_FIELD_SLUG)
        return is_known_seat(i, rule, name);
    for (size_t t = 0; t < SMK_IMPORT_TYPES; t++) {
        enum smk_import_type type = (enum smk_import_type)t;
        bool is_meant = strcmp(rule->kind, smk_import_form[t].name) == 0;
        bool is_any = strcmp(rule->kind, "any") == 0;
        if (is_any)
            is_meant = smk_import_exists(&i->set, type, name) || smk_import_find_doc(i, type, name) != NULL;
        if (!is_meant)
            continue;
        smk_import_id_of(i, smk_import_form[t].name, name, ret_id);
        return is_any || may_exist(i, type, name);
    }
    return false;
}

/* ---- scopes ---- */

static const char *list_district(const struct smk_import *i, const char *list)
{
    const struct smk_import_object *o = smk_import_find(&i->set, SMK_IMPORT_JOINT_LIST, list);
    if (o != NULL)
        return smk_import_text(o, "district");
    const struct smk_fold_doc *doc = smk_import_find_doc(i, SMK_IMPORT_JOINT_LIST, list);
    return doc != NULL && doc->scope->kind == SMK_SCOPE_DM ? smk_scope_argument(doc->scope) : NULL;
}

static const char *recommendation_district(const struct smk_import *i, const char *recommendation)
{
    const struct smk_import_object *o = smk_import_find(&i->set, SMK_IMPORT_RECOMMENDATION, recommendation);
    if (o != NULL)
        return smk_import_text(o, "district");
    const struct smk_fold_doc *doc = smk_import_find_doc(i, SMK_IMPORT_RECOMMENDATION, recommendation);
    return doc != NULL && doc->scope->kind == SMK_SCOPE_DM ? smk_scope_argument(doc->scope) : NULL;
}

const char *smk_import_district_of(const struct smk_import *i, const struct smk_import_object *o)
{
    switch (o->type) {
    case SMK_IMPORT_ENDORSEMENT:
    case SMK_IMPORT_ACCEPTANCE:
    case SMK_IMPORT_PRESENTATION: return list_district(i, smk_import_text(o, "list"));
    case SMK_IMPORT_PRIORITY:
    case SMK_IMPORT_FOLLOW_UP: return recommendation_district(i, smk_import_text(o, "recommendation"));
    case SMK_IMPORT_VERIFICATION:
        o = smk_import_find(&i->set, SMK_IMPORT_FOLLOW_UP, smk_import_text(o, "follow_up"));
        return o != NULL ? recommendation_district(i, smk_import_text(o, "recommendation")) : NULL;
    default: break;
    }
    return smk_import_text(o, "district");
}

static void add_text(struct smk_pairs *p, const struct smk_import_object *o, const char *key)
{
    const char *text = smk_import_text(o, key);
    if (text != NULL)
        smk_pack_text(smk_pairs_open_text(p, key), text);
}

/* A document says by itself where it lives. */
static bool scope_of_document(const struct smk_import_object *o, const struct smk_kind *kind,
                              struct smk_scope *ret_scope)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf b = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_slug org = {0};
    const char *owner = smk_import_text(o, "collected_by");
    add_text(&p, o, "district");
    add_text(&p, o, "area");
    add_text(&p, o, "level");
    smk_pairs_close_into(&p, &b);
    if (b.err != SMK_OK || (owner != NULL && !smk_slug_lower(owner, &org)))
        return false;
    if (kind->lives == SMK_LIVES_IN_ORGANISATION && org.text[0] == '\0')
        return false;
    return smk_kind_scope(kind, smk_buf_view(&b), org.text, ret_scope);
}

bool smk_import_scope_of(const struct smk_import *i, const struct smk_import_object *o,
                         struct smk_scope *ret_scope)
{
    if (o->type == SMK_IMPORT_ATTACHMENT) {
        const struct smk_import_object *subject = smk_import_find_any(&i->set, smk_import_text(o, "subject"));
        return subject != NULL && subject->type != SMK_IMPORT_ATTACHMENT &&
               smk_import_scope_of(i, subject, ret_scope);
    }
    if (o->type == SMK_IMPORT_PRESENTATION || o->type == SMK_IMPORT_PRIORITY) {
        *ret_scope = smk_scope_of("pub");
        return true;
    }
    if (smk_import_form[o->type].is_document)
        return scope_of_document(o, smk_kind_find(smk_bytes_of_text(smk_import_form[o->type].name)),
                                 ret_scope);
    char text[16];
    const char *district = smk_import_district_of(i, o);
    if (district == NULL || strlen(district) != 4)
        return false;
    (void)snprintf(text, sizeof text, "dm:%s", district); /* always fits */
    return smk_scope_parse(smk_bytes_of_text(text), ret_scope);
}
