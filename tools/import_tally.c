/* What a case study says of its respondents, against the rows of interviews in the same folder. */
#include "tools/import_set.h"

#include <string.h>

static const struct {
    const char *breakdown;
    const char *column;
} breakdowns[] = {
    {"by_type", "respondent_type"},
    {"by_age", "age_band"},
    {"by_disability", "disability"},
    {"by_method", "method"},
};
enum { BREAKDOWNS = sizeof breakdowns / sizeof breakdowns[0] };

static json_int_t number_of(json_t *tally, const char *key)
{
    return json_integer_value(json_object_get(tally, key));
}

static void raise(json_t *tally, const char *key, json_int_t by)
{
    (void)json_object_set_new(tally, key, json_integer(number_of(tally, key) + by));
}

/* The object under a key, made when it is not there. BORROWED. */
static json_t *below(json_t *object, const char *key)
{
    json_t *inner = json_object_get(object, key);
    if (inner == NULL) {
        inner = json_object();
        (void)json_object_set_new(object, key, inner);
    }
    return inner;
}

static void count_row(json_t *tally, const struct smk_import_object *row)
{
    const char *sex = smk_import_text(row, "sex");
    json_int_t women = sex != NULL && strcmp(sex, "female") == 0;
    raise(tally, "total", 1);
    raise(tally, "female", women);
    for (size_t i = 0; i < BREAKDOWNS; i++) {
        const char *name = smk_import_text(row, breakdowns[i].column);
        if (name == NULL)
            continue;
        json_t *part = below(below(tally, breakdowns[i].breakdown), name);
        raise(part, "total", 1);
        raise(part, "female", women);
    }
}

/* id of the case study -> tally of its rows. GIVES. */
static json_t *count_rows(const struct smk_import_set *s)
{
    json_t *counted = json_object();
    for (size_t i = s->first[SMK_IMPORT_INTERVIEW]; i < s->first[SMK_IMPORT_INTERVIEW + 1]; i++) {
        const struct smk_import_object *o = &s->object[i];
        const char *study = smk_import_text(o, "case_study");
        if (!o->is_refused && study != NULL)
            count_row(below(counted, study), o);
    }
    return counted;
}

/* The first name whose numbers differ between two breakdowns; NULL when there is none. */
static const char *first_difference(json_t *said, json_t *counted)
{
    const char *name;
    json_t *part;
    json_object_foreach(said, name, part)
    {
        json_t *other = json_object_get(counted, name);
        if (number_of(part, "total") != number_of(other, "total"))
            return name;
        if (number_of(part, "female") != number_of(other, "female"))
            return name;
    }
    json_object_foreach(counted, name, part) if (json_object_get(said, name) == NULL) return name;
    return NULL;
}

/* counted NULL: no row at all. */
static void compare(struct smk_import_report *r, struct smk_import_object *study, json_t *counted)
{
    json_t *said = json_object_get(study->json, "respondents");
    json_int_t total = number_of(said, "total"), female = number_of(said, "female");
    json_int_t row_total = number_of(counted, "total"), row_female = number_of(counted, "female");
    if (total != row_total || female != row_female) {
        smk_import_refuse_object(
            r, study, "respondents", "invalid_tally",
            "it says %lld respondents, %lld of them women; its rows in interviews.csv are %lld, "
            "%lld of them women",
            (long long)total, (long long)female, (long long)row_total, (long long)row_female);
        return;
    }
    for (size_t i = 0; i < BREAKDOWNS; i++) {
        json_t *part = json_object_get(said, breakdowns[i].breakdown);
        json_t *rows = json_object_get(counted, breakdowns[i].breakdown);
        const char *name = json_object_size(part) > 0 ? first_difference(part, rows) : NULL;
        if (name == NULL)
            continue;
        json_t *left = json_object_get(part, name), *right = json_object_get(rows, name);
        smk_import_refuse_object(
            r, study, "respondents", "invalid_tally",
            "%s, %s: it says %lld, %lld of them women; its rows in interviews.csv are %lld, %lld "
            "of them women",
            breakdowns[i].breakdown, name, (long long)number_of(left, "total"),
            (long long)number_of(left, "female"), (long long)number_of(right, "total"),
            (long long)number_of(right, "female"));
        return;
    }
}

void smk_import_compare_tallies(struct smk_import_set *s, struct smk_import_report *r)
{
    if (s->file[SMK_IMPORT_INTERVIEW] == NULL)
        return; /* the rows are somewhere else */
    json_t *counted = count_rows(s);
    for (size_t i = s->first[SMK_IMPORT_CASE_STUDY]; i < s->first[SMK_IMPORT_CASE_STUDY + 1]; i++) {
        struct smk_import_object *o = &s->object[i];
        if (o->is_ours && !o->is_refused)
            compare(r, o, json_object_get(counted, o->id));
    }
    json_decref(counted);
}
