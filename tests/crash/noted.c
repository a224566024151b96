#include "tests/crash/noted.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PLACE_LETTERS_MAX = 256 };

void crash_noted_init(struct crash_noted *n)
{
    *n = (struct crash_noted){.id = json_object(), .place = json_object()};
}

void crash_noted_deinit(struct crash_noted *n)
{
    json_decref(n->id);
    json_decref(n->place);
    *n = (struct crash_noted){0};
}

static void add_id(struct crash_noted *n, const json_t *object)
{
    const char *id = json_string_value(json_object_get(object, "id"));
    if (id != NULL)
        (void)json_object_set_new(n->id, id, json_true());
}

/* Every place of a log from one seq to another. */
static void add_places(struct crash_noted *n, const json_t *object, const char *from, const char *to)
{
    json_t *id = json_object_get(object, "id");
    char place[PLACE_LETTERS_MAX];
    const char *scope = json_string_value(json_object_get(object, "scope"));
    const char *author = json_string_value(json_object_get(object, "author"));
    const char *incarnation = json_string_value(json_object_get(object, "incarnation"));
    json_int_t last = json_integer_value(json_object_get(object, to));
    if (scope == NULL || author == NULL || incarnation == NULL)
        return;
    for (json_int_t seq = json_integer_value(json_object_get(object, from)); seq > 0 && seq <= last; seq++) {
        (void)snprintf(place, sizeof place, "%s %s %s %" PRId64, scope, author, incarnation, (int64_t)seq);
        (void)json_object_set_new(n->place, place, id != NULL ? json_incref(id) : json_true());
    }
}

void crash_noted_add_written(struct crash_noted *n, const json_t *line)
{
    const json_t *wrote = json_object_get(line, "wrote");
    add_id(n, wrote != NULL ? wrote : line);
}

void crash_noted_add_acknowledged(struct crash_noted *n, const json_t *line)
{
    add_places(n, json_object_get(line, "acknowledged"), "from", "through");
}

void crash_noted_add_held(struct crash_noted *n, const json_t *line)
{
    add_id(n, line);
    add_places(n, line, "seq", "seq");
}

uint64_t crash_noted_count(const struct crash_noted *n)
{
    return json_object_size(n->id) + json_object_size(n->place);
}

static uint64_t count_missing(json_t *promised, const json_t *held, const char *why)
{
    uint64_t missing = 0;
    const char *key;
    json_t *value;
    json_object_foreach(promised, key, value)
    {
        if (json_object_get(held, key) != NULL)
            continue;
        (void)fprintf(stderr, "LOST: record %s was %s, and is not there\n", key, why);
        missing++;
    }
    return missing;
}

uint64_t crash_noted_count_lost(const struct crash_noted *promised, const struct crash_noted *held)
{
    return count_missing(promised->id, held->id, "written") +
           count_missing(promised->place, held->place, "acknowledged");
}

uint64_t crash_noted_count_forks(struct crash_noted *seen, const struct crash_noted *held)
{
    uint64_t forks = 0;
    const char *place;
    json_t *id;
    json_object_foreach(held->place, place, id)
    {
        const json_t *before = json_object_get(seen->place, place);
        if (before != NULL && !json_equal(before, id)) {
            (void)fprintf(stderr, "FORK: two records have stood at %s\n", place);
            forks++;
        }
        (void)json_object_set(seen->place, place, id);
    }
    return forks;
}
