#include "tests/crash/noted.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LOG_LETTERS_MAX = 200 };

void crash_noted_init(struct crash_noted *n)
{
    *n = (struct crash_noted){.id = json_object(), .head = json_object()};
}

void crash_noted_deinit(struct crash_noted *n)
{
    json_decref(n->id);
    json_decref(n->head);
    *n = (struct crash_noted){0};
}

static void add_id(struct crash_noted *n, const json_t *object)
{
    const char *id = json_string_value(json_object_get(object, "id"));
    if (id != NULL)
        (void)json_object_set_new(n->id, id, json_true());
}

/* The log of an object becomes as long as it says, unless it is longer already. */
static void add_head(struct crash_noted *n, const json_t *object, const char *key)
{
    char log[LOG_LETTERS_MAX];
    const char *scope = json_string_value(json_object_get(object, "scope"));
    const char *author = json_string_value(json_object_get(object, "author"));
    const char *incarnation = json_string_value(json_object_get(object, "incarnation"));
    json_int_t seq = json_integer_value(json_object_get(object, key));
    if (scope == NULL || author == NULL || incarnation == NULL)
        return;
    (void)snprintf(log, sizeof log, "%s %s %s", scope, author, incarnation);
    if (json_integer_value(json_object_get(n->head, log)) < seq)
        (void)json_object_set_new(n->head, log, json_integer(seq));
}

void crash_noted_add_written(struct crash_noted *n, const json_t *line)
{
    const json_t *wrote = json_object_get(line, "wrote");
    add_id(n, wrote != NULL ? wrote : line);
}

void crash_noted_add_acknowledged(struct crash_noted *n, const json_t *line)
{
    add_head(n, json_object_get(line, "acknowledged"), "through");
    json_int_t sent = json_integer_value(json_object_get(line, "records_sent"));
    if (sent <= 0)
        return;
    n->sent += (uint64_t)sent;
    if (n->held + (uint64_t)sent > n->least)
        n->least = n->held + (uint64_t)sent;
}

void crash_noted_add_held(struct crash_noted *n, const json_t *line)
{
    add_id(n, line);
    add_head(n, line, "seq");
}

uint64_t crash_noted_count(const struct crash_noted *n)
{
    uint64_t by_log = 0;
    const char *log;
    json_t *seq;
    json_object_foreach(n->head, log, seq)
    {
        by_log += (uint64_t)json_integer_value(seq);
    }
    return json_object_size(n->id) +
           (by_log > n->sent ? by_log : n->sent); /* the same ones, told in two ways */
}

uint64_t crash_noted_count_lost(const struct crash_noted *promised, const struct crash_noted *held)
{
    uint64_t lost = 0;
    const char *key;
    json_t *value;
    json_object_foreach(promised->id, key, value)
    {
        if (json_object_get(held->id, key) != NULL)
            continue;
        (void)fprintf(stderr, "LOST: record %s was written, and is not there\n", key);
        lost++;
    }
    json_object_foreach(promised->head, key, value)
    {
        json_int_t through = json_integer_value(value);
        json_int_t there = json_integer_value(json_object_get(held->head, key));
        if (there >= through)
            continue;
        (void)fprintf(stderr,
                      "LOST: log %s was acknowledged up to %" PRId64 ", and is there up to %" PRId64 "\n",
                      key, (int64_t)through, (int64_t)there);
        lost += (uint64_t)(through - there);
    }
    uint64_t there = json_object_size(held->id);
    if (there < promised->least) {
        (void)fprintf(stderr, "LOST: %" PRIu64 " records were acknowledged, and %" PRIu64 " are there\n",
                      promised->least, there);
        lost += promised->least - there;
    }
    return lost;
}
