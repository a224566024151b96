#include "tools/coalition_plan.h"
#include "tools/read_file.h"
#include "tools/text.h"

#include "proto/utf8.h"
#include "store/files/csv.h"
#include "store/home.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* What is known while the folder is read. */
struct reading {
    const char *folder;
    json_t *organisations;
    json_t *offices;
    struct smk_plan *plan;
    struct smk_slug importer[SMK_PLAN_NODES_MAX];
    size_t importer_count;
};

__attribute__((format(printf, 2, 3))) static bool refuse(const struct reading *r, const char *format, ...)
{
    struct smk_shown shown;
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)fprintf(stderr, "coalition: the folder %s ", smk_text_shown(r->folder, &shown));
    (void)fprintf(stderr, "%s\n", smk_text_shown(text, &shown));
    return false;
}

/* ---- words of the files ---- */

/* Ids of the files are slugs in capitals. False when there is none, or it is none. */
static bool slug_of(const char *id, struct smk_slug *ret_slug)
{
    struct smk_slug slug;
    if (id == NULL || !smk_slug_copy(smk_bytes_of_text(id), &slug))
        return false;
    for (size_t i = 0; slug.text[i] != 0; i++)
        if (slug.text[i] >= 'A' && slug.text[i] <= 'Z')
            slug.text[i] = (char)(slug.text[i] - 'A' + 'a');
    if (!smk_slug_is_valid(smk_bytes_of_text(slug.text)))
        return false;
    *ret_slug = slug;
    return true;
}

/* Roles and kinds have an underscore, so they are no slugs. "" when there is none. */
static struct smk_slug word_of(const json_t *object, const char *key)
{
    struct smk_slug word = {0};
    const char *text = json_string_value(json_object_get(object, key));
    if (text != NULL && !smk_slug_copy(smk_bytes_of_text(text), &word))
        word = (struct smk_slug){0};
    return word;
}

/* "" for null, and for what is no place code. */
static void copy_area(const json_t *object, char ret_area[SMK_PLAN_AREA_LETTERS_MAX + 1])
{
    const char *text = json_string_value(json_object_get(object, "area"));
    size_t digits = text != NULL ? strspn(text, "0123456789") : 0;
    bool is_area = digits > 0 && digits <= SMK_PLAN_AREA_LETTERS_MAX && text[digits] == 0;
    (void)snprintf(ret_area, SMK_PLAN_AREA_LETTERS_MAX + 1, "%s", is_area ? text : "");
}

static json_t *find_organisation(const struct reading *r, const struct smk_slug *slug)
{
    for (size_t i = 0; i < json_array_size(r->organisations); i++) {
        json_t *organisation = json_array_get(r->organisations, i);
        struct smk_slug id;
        if (slug_of(json_string_value(json_object_get(organisation, "id")), &id) &&
            strcmp(id.text, slug->text) == 0)
            return organisation;
    }
    return NULL;
}

/* ---- files ---- */

static bool read_list(struct reading *r, const char *name, json_t **ret_array)
{
    char path[SMK_HOME_PATH_MAX];
    struct smk_why why;
    if (!smk_home_join(r->folder, name, path))
        return refuse(r, "has too long a name.");
    enum smk_read read = smk_read_json(path, ret_array, &why);
    if (read == SMK_READ_ABSENT)
        return refuse(r, "has no %s.", name);
    if (read != SMK_READ_DONE)
        return refuse(r, "has a %s that cannot be used: %s", name, why.text);
    if (!json_is_array(*ret_array) || json_array_size(*ret_array) == 0)
        return refuse(r, "has a %s that is no list, or an empty one.", name);
    return true;
}

static bool keep_importer(struct reading *r, struct smk_bytes value)
{
    char id[SMK_SLUG_LETTERS_MAX + 1] = "";
    struct smk_slug slug;
    if (value.len > 0 && value.len < sizeof id)
        memcpy(id, value.data, value.len);
    if (!slug_of(id, &slug) || find_organisation(r, &slug) == NULL)
        return refuse(r, "names '%.*s' in OWNERSHIP.csv, which is not in organisations.json.", (int)value.len,
                      value.len > 0 ? (const char *)value.data : "");
    for (size_t i = 0; i < r->importer_count; i++)
        if (strcmp(r->importer[i].text, slug.text) == 0)
            return true;
    if (r->importer_count == SMK_PLAN_NODES_MAX - 2) /* founder and auditor need a place too */
        return refuse(r, "asks for more than %d nodes.", SMK_PLAN_NODES_MAX);
    r->importer[r->importer_count++] = slug;
    return true;
}

/* Of every row the cell below `imported_by`; rows without one bring in nothing. */
struct importers {
    struct reading *reading;
    size_t row_count;
    size_t column;
    bool has_refused;
};

static bool keep_row(void *ctx, const struct smk_row *row)
{
    static const char title[] = "imported_by";
    struct importers *i = ctx;
    if (i->row_count++ == 0) {
        while (i->column < row->count &&
               !smk_bytes_is_equal(row->cell[i->column].text, smk_bytes_of_text(title)))
            i->column++;
        if (i->column == row->count)
            i->has_refused = !refuse(i->reading, "has an OWNERSHIP.csv without a column %s.", title);
    } else if (i->column < row->count && row->cell[i->column].text.len > 0) {
        i->has_refused = !keep_importer(i->reading, row->cell[i->column].text);
    }
    return !i->has_refused;
}

static bool keep_importers(struct reading *r, struct smk_bytes text)
{
    struct importers i = {.reading = r};
    struct smk_file_fault fault;
    if (smk_csv_read(text, (struct smk_table_sink){.row = keep_row, .ctx = &i}, &fault))
        return i.row_count > 0 || refuse(r, "has an empty OWNERSHIP.csv.");
    return !i.has_refused && refuse(r, "has a mistake in OWNERSHIP.csv, line %zu, column %zu: %s", fault.row,
                                    fault.column, smk_file_flaw_text(fault.flaw));
}

static bool read_importers(struct reading *r)
{
    char path[SMK_HOME_PATH_MAX];
    struct smk_buf text = {0};
    struct smk_why why;
    if (!smk_home_join(r->folder, "OWNERSHIP.csv", path))
        return refuse(r, "has too long a name.");
    enum smk_read read = smk_read_file(path, SMK_CSV_FILE_BYTES_MAX, &text, &why);
    bool is_good = false;
    if (read == SMK_READ_ABSENT)
        (void)refuse(r, "has no OWNERSHIP.csv.");
    else if (read != SMK_READ_DONE)
        (void)refuse(r, "has an OWNERSHIP.csv that cannot be used: %s", why.text);
    else
        is_good = keep_importers(r, smk_buf_view(&text));
    smk_buf_deinit(&text);
    return is_good;
}

/* ---- the nodes ---- */

/* Offices of the organisation: the auditors', or all the others. */
static bool take_offices(struct reading *r, struct smk_plan_node *node, bool is_auditor)
{
    for (size_t i = 0; i < json_array_size(r->offices); i++) {
        const json_t *office = json_array_get(r->offices, i);
        struct smk_slug org;
        struct smk_plan_office taken = {.role = word_of(office, "role")};
        if (!slug_of(json_string_value(json_object_get(office, "id")), &taken.id) ||
            !slug_of(json_string_value(json_object_get(office, "org")), &org))
            return refuse(r, "has an office without a good id and org (number %zu in offices.json).", i + 1);
        if (strcmp(org.text, node->org.text) != 0 || (strcmp(taken.role.text, "auditor") == 0) != is_auditor)
            continue;
        copy_area(office, taken.area);
        if (node->office_count == SMK_OFFICES_PER_DEVICE_MAX)
            return refuse(r, "gives %s more than %d offices, too many for one device.", node->org.text,
                          SMK_OFFICES_PER_DEVICE_MAX);
        node->office[node->office_count++] = taken;
    }
    return true;
}

static bool add_node(struct reading *r, const char *name, const struct smk_slug *org, bool is_auditor)
{
    struct smk_plan_node *node = &r->plan->node[r->plan->node_count];
    const json_t *organisation = find_organisation(r, org);
    *node = (struct smk_plan_node){.org = *org, .kind = word_of(organisation, "kind")};
    (void)snprintf(node->name.text, sizeof node->name.text, "%s", name);
    copy_area(organisation, node->area);
    if (!take_offices(r, node, is_auditor))
        return false;
    if (node->office_count > 0)
        r->plan->node_count++;
    else if (!is_auditor)
        return refuse(r, "has no office of %s, so its node could do nothing.", org->text);
    return true;
}

/* The first secretariat founds, and gives the coalition its name. */
static bool find_founder(struct reading *r, struct smk_slug *ret_founder)
{
    for (size_t i = 0; i < json_array_size(r->organisations); i++) {
        const json_t *organisation = json_array_get(r->organisations, i);
        if (strcmp(word_of(organisation, "kind").text, "secretariat") != 0)
            continue;
        const char *name = json_string_value(json_object_get(organisation, "name_en"));
        if (!slug_of(json_string_value(json_object_get(organisation, "id")), ret_founder))
            return refuse(r, "has a secretariat without a good id.");
        (void)snprintf(r->plan->coalition, sizeof r->plan->coalition, "%.200s",
                       name != NULL && smk_utf8_is_valid(smk_bytes_of_text(name)) && strlen(name) <= 200
                           ? name
                           : ret_founder->text);
        return true;
    }
    return refuse(r, "has no organisation of the kind secretariat, so nobody can found the coalition.");
}

/* The organisation of the auditor's offices; the founder when there is none. */
static bool find_auditors(struct reading *r, const struct smk_slug *founder, struct smk_slug *ret_org)
{
    bool is_found = false;
    *ret_org = *founder;
    for (size_t i = 0; i < json_array_size(r->offices); i++) {
        const json_t *office = json_array_get(r->offices, i);
        struct smk_slug org;
        if (strcmp(word_of(office, "role").text, "auditor") != 0 ||
            !slug_of(json_string_value(json_object_get(office, "org")), &org))
            continue;
        if (is_found && strcmp(org.text, ret_org->text) != 0)
            return refuse(r, "has auditor's offices of %s and of %s: they need one device, of one of them.",
                          ret_org->text, org.text);
        if (find_organisation(r, &org) == NULL)
            return refuse(r, "has an auditor's office of %s, which is not in organisations.json.", org.text);
        *ret_org = org;
        is_found = true;
    }
    return true;
}

static bool add_nodes(struct reading *r)
{
    struct smk_slug founder, auditors;
    if (!find_founder(r, &founder) || !find_auditors(r, &founder, &auditors) ||
        !add_node(r, founder.text, &founder, false))
        return false;
    for (size_t i = 0; i < r->importer_count; i++) {
        if (strcmp(r->importer[i].text, "auditor") == 0)
            return refuse(r, "has an organisation called auditor: that name is the auditor's node's here.");
        if (strcmp(r->importer[i].text, founder.text) != 0 &&
            !add_node(r, r->importer[i].text, &r->importer[i], false))
            return false;
    }
    return add_node(r, "auditor", &auditors, true);
}

/* Members and administrations dial the hub of their area, the one that is named most closely; all else the founder. */
static void draw_lines(struct smk_plan *plan)
{
    for (size_t i = 1; i < plan->node_count; i++) {
        struct smk_plan_node *node = &plan->node[i];
        size_t closest = 0;
        if (strcmp(node->kind.text, "hub") == 0 || strcmp(node->name.text, node->org.text) != 0)
            continue; /* hubs and the auditor */
        for (size_t j = 1; j < plan->node_count; j++) {
            const struct smk_plan_node *hub = &plan->node[j];
            size_t len = strlen(hub->area);
            if (strcmp(hub->kind.text, "hub") == 0 && len > closest &&
                strncmp(node->area, hub->area, len) == 0) {
                node->dials = j;
                closest = len;
            }
        }
    }
}

/* A file that is missing is no mistake, but nobody should find out by the totals. */
static void say_missing(const char *folder)
{
    static const char *const name[] = {
        "case_studies.json",    "interviews.csv",    "meetings.json",      "joint_lists.json",
        "recommendations.json", "endorsements.json", "presentations.json", "priorities.json",
        "acceptances.json",     "follow_ups.json",   "verifications.json", "projects.json",
        "events.json",          "attachments.json",
    };
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        char path[SMK_HOME_PATH_MAX];
        struct stat st;
        struct smk_shown shown;
        if (smk_home_join(folder, name[i], path) && stat(path, &st) != 0 && errno == ENOENT)
            (void)fprintf(stderr, "coalition: the folder %s has no %s: nothing of that kind is brought in.\n",
                          smk_text_shown(folder, &shown), name[i]);
    }
}

bool smk_plan_read(const char *folder, struct smk_plan *ret_plan)
{
    struct reading r = {.folder = folder, .plan = ret_plan};
    *ret_plan = (struct smk_plan){0};
    bool is_good = read_list(&r, "organisations.json", &r.organisations) &&
                   read_list(&r, "offices.json", &r.offices) && read_importers(&r) && add_nodes(&r);
    ret_plan->organisation_count = json_array_size(r.organisations);
    ret_plan->office_count = json_array_size(r.offices);
    if (is_good) {
        say_missing(folder);
        draw_lines(ret_plan);
    }
    json_decref(r.organisations);
    json_decref(r.offices);
    return is_good;
}
