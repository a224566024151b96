#include "tools/import_set.h"

#include "proto/mem.h"
#include "proto/order.h"
#include "tools/field_map.h"

#include <string.h>
#include <sys/stat.h>

const struct smk_import_form smk_import_form[SMK_IMPORT_TYPES] = {
    [SMK_IMPORT_INTERVIEW] = {"interview", "interviews.csv", true},
    [SMK_IMPORT_CASE_STUDY] = {"case_study", "case_studies.json", true},
    [SMK_IMPORT_MEETING] = {"meeting", "meetings.json", true},
    [SMK_IMPORT_RECOMMENDATION] = {"recommendation", "recommendations.json", true},
    [SMK_IMPORT_JOINT_LIST] = {"joint_list", "joint_lists.json", true},
    [SMK_IMPORT_EVENT] = {"event", "events.json", true},
    [SMK_IMPORT_PROJECT] = {"project", "projects.json", true},
    [SMK_IMPORT_ATTACHMENT] = {"attachment", "attachments.json", true},
    [SMK_IMPORT_ENDORSEMENT] = {"endorsement", "endorsements.json", false},
    [SMK_IMPORT_ACCEPTANCE] = {"acceptance", "acceptances.json", false},
    [SMK_IMPORT_PRESENTATION] = {"presentation", "presentations.json", false},
    [SMK_IMPORT_PRIORITY] = {"priority", "priorities.json", false},
    [SMK_IMPORT_FOLLOW_UP] = {"follow_up", "follow_ups.json", false},
    [SMK_IMPORT_VERIFICATION] = {"verification", "verifications.json", false},
};

void smk_import_set_deinit(struct smk_import_set *s)
{
    for (size_t i = 0; i < SMK_IMPORT_TYPES; i++)
        json_decref(s->file[i]);
    json_decref(s->organisations);
    json_decref(s->offices);
    smk_mem_free(s->object);
    smk_mem_free(s->by_id);
    smk_mem_free(s->seat);
    memset(s, 0, sizeof *s);
}

void smk_import_refuse_object(struct smk_import_report *r, struct smk_import_object *o, const char *field,
                              const char *code, const char *why, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, why);
    (void)vsnprintf(text, sizeof text, why, arguments);
    va_end(arguments);
    smk_import_refuse(r, smk_import_form[o->type].file, o->id, field, code, "%s", text);
    o->is_refused = true;
}

const char *smk_import_text(const struct smk_import_object *o, const char *key)
{
    return json_string_value(json_object_get(o->json, key));
}

/* ---- files ---- */

static bool read_array(const struct smk_import_set *s, const char *name, json_t **ret_array,
                       struct smk_import_report *r)
{
    char path[SMK_HOME_PATH_MAX];
    struct smk_why why;
    json_t *json = NULL;
    if (!smk_home_join(s->folder, name, path)) {
        smk_import_refuse(r, name, "", "", "bad_path", "the path is too long");
        return false;
    }
    enum smk_read answer = smk_read_json(path, &json, &why);
    if (answer == SMK_READ_ABSENT)
        return true;
    if (answer == SMK_READ_REFUSED) {
        smk_import_refuse(r, name, "", "", "bad_file", "%s", why.text);
        return false;
    }
    if (!json_is_array(json) || json_array_size(json) > SMK_IMPORT_OBJECTS_MAX) {
        smk_import_refuse(r, name, "", "", "bad_file", "it is not a list of at most %d objects",
                          SMK_IMPORT_OBJECTS_MAX);
        json_decref(json);
        return false;
    }
    *ret_array = json;
    return true;
}

static bool read_files(struct smk_import_set *s, struct smk_import_report *r)
{
    char path[SMK_HOME_PATH_MAX];
    bool is_good = read_array(s, "organisations.json", &s->organisations, r);
    is_good = read_array(s, "offices.json", &s->offices, r) && is_good;
    for (size_t i = 0; i < SMK_IMPORT_TYPES; i++) {
        if (i != SMK_IMPORT_INTERVIEW)
            is_good = read_array(s, smk_import_form[i].file, &s->file[i], r) && is_good;
        else if (smk_home_join(s->folder, smk_import_form[i].file, path))
            is_good = smk_import_read_rows(path, &s->file[i], r) && is_good;
    }
    return is_good;
}

/* ---- organisations and offices ---- */

static int compare_seats(const void *a, const void *b)
{
    const struct smk_import_seat *left = a, *right = b;
    int order = strcmp(left->slug.text, right->slug.text);
    return order != 0 ? order : (left->org.text[0] != '\0') - (right->org.text[0] != '\0');
}

/* Sorted by insertion: a coalition has some hundreds of them. */
static bool seat_insert(struct smk_import_set *s, const struct smk_import_seat *seat)
{
    size_t at = s->seat_count;
    while (at > 0 && compare_seats(&s->seat[at - 1], seat) > 0)
        at--;
    if (at > 0 && compare_seats(&s->seat[at - 1], seat) == 0)
        return false;
    memmove(s->seat + at + 1, s->seat + at, (s->seat_count - at) * sizeof *s->seat);
    s->seat[at] = *seat;
    s->seat_count++;
    return true;
}

static bool add_seats(struct smk_import_set *s, json_t *list, bool is_office, struct smk_import_report *r)
{
    const char *file = is_office ? "offices.json" : "organisations.json";
    bool is_good = true;
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct smk_import_seat seat = {0};
        const char *id = json_string_value(json_object_get(json_array_get(list, i), "id"));
        const char *org = json_string_value(json_object_get(json_array_get(list, i), "org"));
        bool has_org = !is_office || (org != NULL && smk_slug_lower(org, &seat.org));
        if (id == NULL || !smk_slug_lower(id, &seat.slug) || !has_org) {
            smk_import_refuse(r, file, id != NULL ? id : "", id == NULL || has_org ? "id" : "org", "bad_text",
                              "it is not a short name of at most %d letters, digits and hyphens",
                              SMK_SLUG_LETTERS_MAX);
            is_good = false;
        } else if (!seat_insert(s, &seat)) {
            smk_import_refuse(r, file, id, "id", "duplicate", "the name is there twice");
            is_good = false;
        }
    }
    return is_good;
}

static bool make_seats(struct smk_import_set *s, struct smk_import_report *r)
{
    size_t count = json_array_size(s->organisations) + json_array_size(s->offices);
    if (count > SMK_IMPORT_SEATS_MAX) {
        smk_import_refuse(r, "offices.json", "", "", "too_long",
                          "there are more than %d organisations and offices", SMK_IMPORT_SEATS_MAX);
        return false;
    }
    s->seat = smk_mem_array(count, sizeof *s->seat);
    r->is_out_of_memory = r->is_out_of_memory || s->seat == NULL;
    return s->seat != NULL && add_seats(s, s->organisations, false, r) && add_seats(s, s->offices, true, r);
}

const struct smk_import_seat *smk_import_find_seat(const struct smk_import_set *s, const char *slug,
                                                   bool is_office)
{
    size_t low = 0, high = s->seat_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(s->seat[middle].slug.text, slug) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < s->seat_count && strcmp(s->seat[low].slug.text, slug) == 0; low++)
        if ((s->seat[low].org.text[0] != '\0') == is_office)
            return &s->seat[low];
    return NULL;
}

/* ---- objects ---- */

static bool is_name(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_letter && strchr("._:/+-", c) == NULL)
            return false;
    }
    return len >= 1 && len <= SMK_NAME_LETTERS_MAX;
}

static void add_objects(struct smk_import_set *s, enum smk_import_type type, struct smk_import_report *r)
{
    for (size_t i = 0; i < json_array_size(s->file[type]); i++) {
        struct smk_import_object o = {.type = type, .json = json_array_get(s->file[type], i)};
        o.id = smk_import_text(&o, "id");
        if (o.id != NULL && is_name(o.id)) {
            s->object[s->count++] = o;
            continue;
        }
        char place[24];
        (void)snprintf(place, sizeof place, "#%zu", i + 1);
        smk_import_refuse(r, smk_import_form[type].file, place, "id", "bad_text",
                          "it is no object with an id of at most %d Latin letters, digits and hyphens",
                          SMK_NAME_LETTERS_MAX);
    }
}

static int compare_objects(const void *a, const void *b)
{
    const struct smk_import_object *left = a, *right = b;
    int order = strcmp(left->id, right->id);
    return order != 0 ? order : (int)left->type - (int)right->type;
}

/* Nobody can say which of two objects with one id is meant: both are left out. */
static void refuse_doubles(struct smk_import_set *s, struct smk_import_report *r)
{
    for (size_t i = 0; i < s->named_count; i++) {
        bool is_double = i > 0 && compare_objects(s->by_id[i - 1], s->by_id[i]) == 0;
        is_double =
            is_double || (i + 1 < s->named_count && compare_objects(s->by_id[i], s->by_id[i + 1]) == 0);
        if (is_double)
            smk_import_refuse_object(r, s->by_id[i], "id", "duplicate", "the id is there twice");
    }
}

static bool index_objects(struct smk_import_set *s, struct smk_import_report *r)
{
    size_t count = 0;
    for (size_t i = 0; i < SMK_IMPORT_TYPES; i++)
        count += json_array_size(s->file[i]);
    s->object = smk_mem_array(count, sizeof *s->object);
    s->by_id = smk_mem_array(2 * count, sizeof(void *));
    if (s->object == NULL || s->by_id == NULL) {
        r->is_out_of_memory = true;
        return false;
    }
    for (size_t i = 0; i < SMK_IMPORT_TYPES; i++) {
        s->first[i] = s->count;
        add_objects(s, (enum smk_import_type)i, r);
    }
    s->first[SMK_IMPORT_TYPES] = s->count;
    for (; s->named_count < s->count; s->named_count++)
        s->by_id[s->named_count] = &s->object[s->named_count];
    smk_order((const void **)s->by_id, (const void **)s->by_id + count, s->named_count, compare_objects);
    refuse_doubles(s, r);
    return true;
}

/* The first object of that id, at or behind a type. */
static struct smk_import_object *find_from(const struct smk_import_set *s, const char *id, int type)
{
    size_t low = 0, high = s->named_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(s->by_id[middle]->id, id);
        if (order < 0 || (order == 0 && (int)s->by_id[middle]->type < type))
            low = middle + 1;
        else
            high = middle;
    }
    bool is_there = low < s->named_count && strcmp(s->by_id[low]->id, id) == 0;
    return is_there ? s->by_id[low] : NULL;
}

struct smk_import_object *smk_import_find(const struct smk_import_set *s, enum smk_import_type type,
                                          const char *id)
{
    struct smk_import_object *o = id != NULL ? find_from(s, id, (int)type) : NULL;
    return o != NULL && o->type == type && !o->is_refused ? o : NULL;
}

bool smk_import_exists(const struct smk_import_set *s, enum smk_import_type type, const char *id)
{
    struct smk_import_object *o = id != NULL ? find_from(s, id, (int)type) : NULL;
    return o != NULL && o->type == type;
}

struct smk_import_object *smk_import_find_any(const struct smk_import_set *s, const char *id)
{
    struct smk_import_object *o = id != NULL ? find_from(s, id, 0) : NULL;
    return o != NULL && !o->is_refused ? o : NULL;
}

bool smk_import_set_load(struct smk_import_set *s, const char *folder, struct smk_import_report *r)
{
    struct stat st;
    memset(s, 0, sizeof *s);
    s->folder = folder;
    if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
        smk_import_refuse(r, folder, "", "", "bad_path", "there is no such folder");
        return false;
    }
    return read_files(s, r) && make_seats(s, r) && index_objects(s, r);
}
