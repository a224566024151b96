/* Runs files of test vectors:
 *
 *   conform FILE...
 *
 * Each file is recognised by its content. One line for each failing case; the last line counts. The exit code is
 * 0 when something ran and nothing failed. */
#include "tests/conform/conform.h"
#include "tests/conform/samaki.h"

#include "proto/hash.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef void item_fn(struct conform_run *run, const struct conform_item *item);

/* The first key that an item has tells its format; an item with keys of two formats is none. */
static const struct {
    const char *key;
    item_fn *run;
} item_format[] = {
    {"strict_profile", conform_msgpack_profile},
    {"msgpack", conform_msgpack_suite},
    {"feed", conform_noise_negative},
    {"messages_per_direction", conform_noise_rekey},
    {"messages", conform_noise_vector},
    {"wantErr", conform_merkle},
    {"samaki", conform_samaki},
};

void conform_count(struct conform_run *run, const char *why, const char *id_format, ...)
{
    if (why == NULL) {
        run->passed++;
        return;
    }
    char id[160];
    va_list arguments;
    va_start(arguments, id_format);
    (void)vsnprintf(id, sizeof id, id_format, arguments); /* a long one is cut */
    va_end(arguments);
    for (char *c = id; *c != '\0'; c++)
        if (*c < 0x20 || *c > 0x7e)
            *c = '?';
    run->failed++;
    printf("FAIL %s: %s: %s\n", run->file, id, why);
}

void conform_skip(struct conform_run *run)
{
    run->skipped++;
}

static item_fn *format_of(const json_t *item)
{
    item_fn *found = NULL;
    for (size_t i = 0; i < sizeof item_format / sizeof item_format[0]; i++) {
        if (json_object_get(item, item_format[i].key) == NULL)
            continue;
        if (found != NULL && !(found == conform_noise_negative || found == conform_noise_rekey))
            return NULL;
        found = found != NULL ? found : item_format[i].run;
    }
    return found;
}

static void run_list(struct conform_run *run, json_t *list, const char *group, const char *profile)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct conform_item item = {json_array_get(list, i), i, group, profile};
        item_fn *run_item = format_of(item.json);
        if (run_item != NULL)
            run_item(run, &item);
        else
            conform_count(run, "no case of a known format", "%s #%zu", group, i);
    }
}

/* A list is of our formats when one of its items is; the others are then failures. */
static bool is_known_list(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (format_of(json_array_get(list, i)) != NULL)
            return true;
    return false;
}

/* An object with lists of cases: the name of each is that of a group. What is no list says something about them. */
static bool is_known_groups(json_t *root)
{
    const char *name;
    json_t *group;
    bool is_known = false;
    json_object_foreach(root, name, group)
    {
        is_known = is_known || is_known_list(group);
    }
    return is_known;
}

static void run_groups(struct conform_run *run, json_t *root)
{
    const char *name;
    json_t *group;
    json_object_foreach(root, name, group)
    {
        bool is_cases = json_is_object(json_array_get(group, 0)) && strcmp(name, "testGroups") != 0;
        if (is_cases)
            run_list(run, group, name, conform_text(root, "profile"));
    }
}

/* A file that is a case itself. */
static void run_one(struct conform_run *run, json_t *root)
{
    struct conform_item item = {root, 0, "file", ""};
    format_of(root)(run, &item);
}

static void run_root(struct conform_run *run, json_t *root)
{
    bool is_wycheproof = json_is_array(json_object_get(root, "testGroups"));
    bool is_groups = is_known_groups(root);
    if (is_wycheproof)
        conform_wycheproof(run, root);
    if (is_groups)
        run_groups(run, root);
    else if (is_known_list(root))
        run_list(run, root, "item", "");
    else if (format_of(root) != NULL)
        run_one(run, root);
    else if (!is_wycheproof)
        conform_count(run, "its format is not known", "whole file");
}

static void run_file(struct conform_run *run, const char *path)
{
    run->file = path;
    json_t *root = conform_load(path);
    if (root == NULL)
        run->failed++;
    else
        run_root(run, root);
    json_decref(root);
}

int main(int argc, char **argv)
{
    struct conform_run run = {0};
    if (smk_crypto_start() != SMK_OK) {
        fputs("conform: the cryptographic library does not start, or gives wrong answers\n", stderr);
        return 2;
    }
    if (argc < 2)
        fputs("usage: conform FILE...\n", stderr);
    for (int i = 1; i < argc; i++)
        run_file(&run, argv[i]);
    printf("%zu passed, %zu failed, %zu skipped\n", run.passed, run.failed, run.skipped);
    return run.failed == 0 && run.passed > 0 ? 0 : 1;
}
