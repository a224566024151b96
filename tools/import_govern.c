#include "tools/import_govern.h"

#include "proto/mem.h"
#include "store/govern.h"
#include "tools/args.h"
#include "tools/typed.h"

#include <string.h>

/* ---- reading ---- */

static const struct smk_seat_flaw no_flaw = {.code = "bad_text",
                                             .why = "the value is missing, too long or not of its kind"};

/* Copies a text that fits and is clean; absent and null are empty. */
static bool copy_text(json_t *object, const char *key, char *ret_text, size_t room,
                      struct smk_seat_flaw *flaw)
{
    json_t *text = json_object_get(object, key);
    struct smk_bytes bytes = {(const uint8_t *)json_string_value(text), json_string_length(text)};
    if (text == NULL || json_is_null(text))
        return true;
    flaw->field = key;
    if (!json_is_string(text) || !smk_text_is_clean(bytes, false))
        return false;
    enum smk_typed typed = smk_typed_read(bytes, room - 1, ret_text, &flaw->err);
    if (typed == SMK_TYPED_OLD_FONT) {
        flaw->code = smk_flaw_code(SMK_FLAW_OLD_FONT);
        flaw->why = smk_flaw_text(SMK_FLAW_OLD_FONT);
    }
    return typed == SMK_TYPED_WELL;
}

static bool copy_slug(json_t *object, const char *key, struct smk_slug *ret_slug)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL && smk_slug_lower(text, ret_slug);
}

/* Roles and kinds have low lines. */
static bool copy_word(json_t *object, const char *key, struct smk_slug *ret_word)
{
    const char *text = json_string_value(json_object_get(object, key));
    bool is_good =
        text != NULL && text[0] != '\0' && strspn(text, "abcdefghijklmnopqrstuvwxyz_") == strlen(text);
    return is_good && smk_slug_copy(smk_bytes_of_text(text), ret_word);
}

static bool is_area(const char *area)
{
    size_t len = strlen(area);
    return (len == 2 || len == 4) && strspn(area, "0123456789") == len;
}

static bool has_no_name(const struct smk_bilingual *name)
{
    return name->en[0] == '\0' && name->km[0] == '\0';
}

bool smk_import_read_organisation(json_t *object, struct smk_organisation *ret_organisation,
                                  struct smk_seat_flaw *ret_flaw)
{
    struct smk_organisation o = {0};
    char area[5] = "";
    *ret_flaw = no_flaw;
    ret_flaw->field = "id";
    if (!copy_slug(object, "id", &o.slug))
        return false;
    ret_flaw->field = "kind";
    if (!copy_word(object, "kind", &o.kind) || !smk_kind_is_known(o.kind.text))
        return false;
    if (!copy_text(object, "name_en", o.name.en, sizeof o.name.en, ret_flaw) ||
        !copy_text(object, "name_km", o.name.km, sizeof o.name.km, ret_flaw))
        return false;
    ret_flaw->field = "name_en";
    if (has_no_name(&o.name))
        return false;
    ret_flaw->field = "area";
    if (!copy_text(object, "area", area, sizeof area, ret_flaw) || (area[0] != '\0' && !is_area(area)))
        return false;
    if (area[0] != '\0')
        memcpy(o.area[o.area_count++], area, sizeof area);
    *ret_organisation = o;
    return true;
}

bool smk_import_read_office(json_t *object, struct smk_office *ret_office, struct smk_seat_flaw *ret_flaw)
{
    struct smk_office o = {0};
    *ret_flaw = no_flaw;
    ret_flaw->field = "id";
    if (!copy_slug(object, "id", &o.slug))
        return false;
    ret_flaw->field = "org";
    if (!copy_slug(object, "org", &o.org))
        return false;
    ret_flaw->field = "role";
    if (!copy_word(object, "role", &o.role) || !smk_role_is_known(o.role.text))
        return false;
    if (!copy_text(object, "title_en", o.title.en, sizeof o.title.en, ret_flaw) ||
        !copy_text(object, "title_km", o.title.km, sizeof o.title.km, ret_flaw))
        return false;
    ret_flaw->field = "title_en";
    if (has_no_name(&o.title))
        return false;
    ret_flaw->field = "area";
    if (!copy_text(object, "area", o.area, sizeof o.area, ret_flaw) ||
        (o.area[0] != '\0' && !is_area(o.area)))
        return false;
    if (!copy_text(object, "meeting", o.meeting, sizeof o.meeting, ret_flaw))
        return false;
    *ret_office = o;
    return true;
}

/* ---- what is in force already ---- */

/* Fills an empty text; true when that was something new. */
static bool complete(char *text, const char *from, size_t room)
{
    if (text[0] != '\0' || from[0] == '\0')
        return false;
    memcpy(text, from, room);
    return true;
}

/* What is in force, completed; false when nothing was missing. */
static bool complete_organisation(const struct smk_organisation *in_force, struct smk_organisation *o)
{
    struct smk_organisation whole = *in_force;
    bool is_new = complete(whole.name.en, o->name.en, sizeof whole.name.en);
    is_new = complete(whole.name.km, o->name.km, sizeof whole.name.km) || is_new;
    if (whole.area_count == 0 && o->area_count > 0) {
        memcpy(whole.area, o->area, sizeof whole.area);
        whole.area_count = o->area_count;
        is_new = true;
    }
    *o = whole;
    return is_new;
}

static bool complete_office(const struct smk_office *in_force, struct smk_office *o)
{
    struct smk_office whole = *in_force;
    bool is_new = complete(whole.title.en, o->title.en, sizeof whole.title.en);
    is_new = complete(whole.title.km, o->title.km, sizeof whole.title.km) || is_new;
    is_new = complete(whole.area, o->area, sizeof whole.area) || is_new;
    is_new = complete(whole.meeting, o->meeting, sizeof whole.meeting) || is_new;
    *o = whole;
    return is_new;
}

/* ---- deciding ---- */

struct deciding {
    struct smk_import *import;
    struct smk_decision *decision;
    size_t count;
    uint64_t missing; /* not in force here */
};

static void refuse_seat(struct deciding *d, const char *file, const char *id,
                        const struct smk_seat_flaw *flaw)
{
    if (flaw->err != SMK_OK)
        d->import->err = flaw->err;
    else
        smk_import_refuse(&d->import->report, file, id, flaw->field, flaw->code, "%s", flaw->why);
}

static void add_organisation(struct deciding *d, json_t *object)
{
    struct smk_import_report *r = &d->import->report;
    struct smk_decision *decision = &d->decision[d->count];
    struct smk_seat_flaw flaw;
    const char *id = json_string_value(json_object_get(object, "id"));
    *decision = (struct smk_decision){.kind = SMK_DECIDE_ORGANISATION};
    if (!smk_import_read_organisation(object, &decision->organisation, &flaw)) {
        refuse_seat(d, "organisations.json", id, &flaw);
        return;
    }
    const struct smk_organisation *in_force =
        smk_roster_organisation(smk_fold_roster(d->import->loaded.fold), decision->organisation.slug.text);
    if (in_force != NULL && strcmp(in_force->kind.text, decision->organisation.kind.text) != 0) {
        smk_import_refuse(r, "organisations.json", id, "kind", "differs",
                          "in force here it is a %s; 'samaki org add' changes it", in_force->kind.text);
        return;
    }
    bool is_new = in_force == NULL || complete_organisation(in_force, &decision->organisation);
    d->missing += in_force == NULL;
    d->count += is_new;
    r->already += !is_new && d->import->home->root_key_count > 0;
}

/* The organisation as it will be in force: as it is to be decided now, or as it is. NULL when there is none. */
static const struct smk_organisation *organisation_of(const struct deciding *d, const char *slug)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->decision[i].kind == SMK_DECIDE_ORGANISATION &&
            strcmp(d->decision[i].organisation.slug.text, slug) == 0)
            return &d->decision[i].organisation;
    return smk_roster_organisation(smk_fold_roster(d->import->loaded.fold), slug);
}

/* False, after having refused it, when no organisation can have this office. */
static bool check_seat(struct deciding *d, const char *id, const struct smk_office *o)
{
    struct smk_import_report *r = &d->import->report;
    const struct smk_organisation *organisation = organisation_of(d, o->org.text);
    bool is_named = smk_import_find_seat(&d->import->set, o->org.text, false) != NULL;
    bool is_unwritten = d->import->home->root_key_count == 0 && is_named; /* the root key's node decides it */
    if (organisation == NULL && !is_unwritten) {
        smk_import_refuse(
            r, "offices.json", id, "org", is_named ? "rests_on_refused" : "unknown_organisation",
            is_named ? "the organisation '%s' was refused" : "no organisation '%s' is known", o->org.text);
        return false;
    }
    const char *owner = organisation != NULL ? smk_role_misfit(o->role.text, organisation->kind.text) : NULL;
    if (owner != NULL)
        smk_import_refuse(r, "offices.json", id, "role", "wrong_role",
                          "the role %s belongs to %s, and %s is a %s", o->role.text, owner, o->org.text,
                          organisation->kind.text);
    return owner == NULL;
}

static void add_office(struct deciding *d, json_t *object)
{
    struct smk_import_report *r = &d->import->report;
    struct smk_decision *decision = &d->decision[d->count];
    struct smk_seat_flaw flaw;
    const char *id = json_string_value(json_object_get(object, "id"));
    *decision = (struct smk_decision){.kind = SMK_DECIDE_OFFICE};
    if (!smk_import_read_office(object, &decision->office, &flaw)) {
        refuse_seat(d, "offices.json", id, &flaw);
        return;
    }
    struct smk_roster *roster = smk_fold_roster(d->import->loaded.fold);
    struct smk_office *o = &decision->office;
    const struct smk_office *in_force = smk_roster_office(roster, o->slug.text);
    if (!check_seat(d, id, o))
        return;
    if (in_force != NULL &&
        (strcmp(in_force->role.text, o->role.text) != 0 || strcmp(in_force->org.text, o->org.text) != 0)) {
        smk_import_refuse(r, "offices.json", id, "role", "differs",
                          "in force here is %s of %s; 'samaki office add' changes it", in_force->role.text,
                          in_force->org.text);
        return;
    }
    bool is_new = in_force == NULL || complete_office(in_force, o);
    d->missing += in_force == NULL;
    d->count += is_new;
    r->already += !is_new && d->import->home->root_key_count > 0;
}

static struct smk_slug secretariat_of(struct smk_roster *roster)
{
    for (size_t k = 0; k < smk_roster_organisation_count(roster); k++)
        if (strcmp(smk_roster_organisation_at(roster, k)->kind.text, "secretariat") == 0)
            return smk_roster_organisation_at(roster, k)->slug;
    return (struct smk_slug){.text = "secretariat"};
}

static bool decide(struct smk_import *i, struct deciding *d)
{
    struct smk_slug secretariat = secretariat_of(smk_fold_roster(i->loaded.fold));
    size_t written = 0;
    if (i->home->root_key_count == 0) {
        if (d->missing > 0)
            smk_import_count_left(&i->report, &secretariat, d->missing);
        return true;
    }
    if (d->count == 0)
        return true;
    i->err = smk_store_decide(i->home->store, &i->home->identity, i->home->root_key, i->home->root_key_count,
                              d->decision, d->count, &written);
    if (i->err == SMK_OK)
        i->err = smk_loaded_refresh(&i->loaded);
    i->report.decided = written;
    return i->err == SMK_OK;
}

bool smk_import_govern(struct smk_import *i)
{
    json_t *organisations = i->set.organisations, *offices = i->set.offices;
    size_t count = json_array_size(organisations) + json_array_size(offices);
    struct deciding d = {.import = i, .decision = smk_mem_array(count, sizeof *d.decision)};
    if (d.decision == NULL) {
        i->err = SMK_ERR_NOMEM;
        return false;
    }
    for (size_t k = 0; k < json_array_size(organisations); k++)
        add_organisation(&d, json_array_get(organisations, k));
    for (size_t k = 0; k < json_array_size(offices); k++)
        add_office(&d, json_array_get(offices, k));
    bool is_good = i->err == SMK_OK && decide(i, &d);
    smk_mem_free(d.decision);
    return is_good;
}
