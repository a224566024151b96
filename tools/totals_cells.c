#include "tools/totals_cells.h"

#include <string.h>

static const char tallies[] = "respondents.by_district", cells[] = "cells";

/* A district, its rows side by side in the table of cells: all names begin with "0201/". */
struct district {
    char name[SMK_NAME_LETTERS_MAX + 1];
    const struct smk_tally_sum *tally; /* of its case studies; NULL: none is here */
    struct smk_tally_sum rows;
    size_t first, count; /* of its cells */
};

static bool is_of(const struct smk_totals_row *row, const char *table)
{
    return strcmp(row->table, table) == 0;
}

/* Everything before the first part's end. */
static size_t name_len(const struct smk_totals_row *row)
{
    return is_of(row, cells) ? strcspn(row->name, "/") : strlen(row->name);
}

static void gather(const struct smk_totals *t, struct district *d)
{
    size_t len = strlen(d->name);
    for (size_t i = 0; i < t->row_count; i++) {
        const struct smk_totals_row *row = &t->row[i];
        if (name_len(row) != len || memcmp(row->name, d->name, len) != 0)
            continue;
        if (is_of(row, tallies))
            d->tally = &row->sum;
        if (!is_of(row, cells))
            continue;
        d->first = d->count++ == 0 ? i : d->first;
        d->rows.total += row->sum.total;
        d->rows.female += row->sum.female;
        d->rows.with_sex += row->sum.with_sex;
    }
}

/* The district whose name follows `after` ("" for the first); false when there is none. */
static bool next_district(const struct smk_totals *t, const char *after, struct district *ret_district)
{
    char name[SMK_NAME_LETTERS_MAX + 1] = "";
    for (size_t i = 0; i < t->row_count; i++) {
        char own[SMK_NAME_LETTERS_MAX + 1];
        const struct smk_totals_row *row = &t->row[i];
        if (!is_of(row, tallies) && !is_of(row, cells))
            continue;
        memcpy(own, row->name, name_len(row));
        own[name_len(row)] = '\0';
        if (strcmp(own, after) > 0 && (name[0] == '\0' || strcmp(own, name) < 0))
            memcpy(name, own, sizeof name);
    }
    if (name[0] == '\0')
        return false;
    *ret_district = (struct district){0};
    memcpy(ret_district->name, name, sizeof name);
    gather(t, ret_district);
    return true;
}

/* Persons that a tally counts and whose rows are not here. */
static uint64_t not_shared(const struct district *d)
{
    uint64_t counted = d->tally != NULL ? d->tally->total : 0;
    return counted > d->rows.total ? counted - d->rows.total : 0;
}

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *cell_json(const struct smk_totals_row *row)
{
    static const char *const key[] = {"respondent_type", "sex", "age_band", "disability"};
    const char *at = row->name + name_len(row);
    json_t *object = json_object();
    for (size_t i = 0; i < sizeof key / sizeof key[0]; i++) {
        at += *at == '/';
        size_t len = strcspn(at, "/");
        bool is_known = len > 0 && strncmp(at, "?", len) != 0;
        (void)json_object_set_new(object, key[i], is_known ? json_stringn(at, len) : json_null());
        at += len;
    }
    (void)json_object_set_new(object, "count", number(row->sum.total));
    return object;
}

static json_t *district_json(const struct smk_totals *t, const struct district *d)
{
    json_t *object = json_object(), *all = json_array();
    bool has_total = d->tally != NULL && d->tally->known > 0;
    bool has_women = d->tally != NULL && d->tally->with_sex > 0;
    (void)json_object_set_new(object, "district", json_string(d->name));
    (void)json_object_set_new(object, "respondents", has_total ? number(d->tally->total) : json_null());
    (void)json_object_set_new(object, "female", has_women ? number(d->tally->female) : json_null());
    (void)json_object_set_new(object, "with_sex_recorded",
                              has_total ? number(d->tally->with_sex) : json_null());
    (void)json_object_set_new(object, "rows", number(d->rows.total));
    (void)json_object_set_new(object, "rows_female", number(d->rows.female));
    (void)json_object_set_new(object, "rows_with_sex_recorded", number(d->rows.with_sex));
    (void)json_object_set_new(object, "not_shared", number(not_shared(d)));
    for (size_t i = 0; i < d->count; i++)
        (void)json_array_append_new(all, cell_json(&t->row[d->first + i]));
    (void)json_object_set_new(object, "cells", all);
    return object;
}

json_t *smk_cells_json(const struct smk_totals *t)
{
    json_t *all = json_array();
    struct district d = {0};
    char after[SMK_NAME_LETTERS_MAX + 1] = "";
    for (; next_district(t, after, &d); memcpy(after, d.name, sizeof after))
        (void)json_array_append_new(all, district_json(t, &d));
    return all;
}

static void say_district(struct smk_cli *cli, const struct district *d)
{
    char tally[160] = "no case study here", rows[128] = "no rows here";
    if (d->tally != NULL && d->tally->known > 0)
        (void)snprintf(tally, sizeof tally, "%llu respondents, %llu women (%llu of %llu with sex recorded)",
                       (unsigned long long)d->tally->total, (unsigned long long)d->tally->female,
                       (unsigned long long)d->tally->with_sex, (unsigned long long)d->tally->total);
    if (d->rows.total > 0)
        (void)snprintf(rows, sizeof rows, "%llu rows here (%llu of %llu with sex recorded)",
                       (unsigned long long)d->rows.total, (unsigned long long)d->rows.with_sex,
                       (unsigned long long)d->rows.total);
    smk_cli_say(cli, "  %-8s %s; %s, %llu not shared", d->name, tally, rows,
                (unsigned long long)not_shared(d));
}

void smk_cells_say(struct smk_cli *cli, const struct smk_totals *t, bool with_cells)
{
    struct district d = {0};
    char after[SMK_NAME_LETTERS_MAX + 1] = "";
    for (; next_district(t, after, &d); memcpy(after, d.name, sizeof after)) {
        if (after[0] == '\0')
            smk_cli_say(cli, "\nrespondents by district");
        say_district(cli, &d);
        for (size_t i = 0; with_cells && i < d.count; i++)
            smk_cli_say(cli, "    %-48s %7llu", t->row[d.first + i].name + name_len(&t->row[d.first + i]) + 1,
                        (unsigned long long)t->row[d.first + i].sum.total);
    }
}
