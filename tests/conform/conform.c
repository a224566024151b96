/* Runs files of test vectors:
 *
 *   conform FILE...
 *
 * Each file is recognised by its content; acts that are to be refused build on the sample beside their file, else on that of
 * the project; FILE.csv or FILE.xlsx is a survey, and what comes of its rows the file behind it. One line for each failing case; the last line counts. The exit code is
 * 0 when there were cases, none failed, and all of it could be written. */
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
    {"equal_nfc", conform_lookalikes},
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

/* An object with a key of one of the formats wants to be a case, even if it is none. */
static bool is_claimed(const json_t *item)
{
    for (size_t i = 0; i < sizeof item_format / sizeof item_format[0]; i++)
        if (json_object_get(item, item_format[i].key) != NULL)
            return true;
    return false;
}

static void run_item(struct conform_run *run, const struct conform_item *item)
{
    item_fn *run_it = format_of(item->json);
    if (run_it != NULL)
        run_it(run, item);
    else
        conform_count(run, "no case of a known format", "%s #%zu", item->group, item->index);
}

static void run_list(struct conform_run *run, json_t *list, const char *group, const char *profile)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        run_item(run, &(struct conform_item){json_array_get(list, i), i, group, profile});
}

/* A list is of our formats when one of its items is; the others are then failures. */
static bool is_known_list(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (format_of(json_array_get(list, i)) != NULL)
            return true;
    return false;
}

/* A list with an object anywhere in it is no remark: it says that it has cases. */
static bool is_list_of_cases(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        if (json_is_object(item) || is_list_of_cases(item))
            return true;
    }
    return false;
}

/* An object with lists of cases, perhaps some objects further down: the name of each is that of a group. */
static bool is_known_groups(json_t *object)
{
    const char *name;
    json_t *group;
    bool is_known = false;
    json_object_foreach(object, name, group)
    {
        is_known = is_known || is_known_list(group) || format_of(group) != NULL || is_known_groups(group);
    }
    return is_known;
}

/* What is neither a list of cases nor a case nor holds one says something about them. */
static void run_groups(struct conform_run *run, json_t *object, const char *profile, bool is_root)
{
    const char *name;
    json_t *group;
    json_object_foreach(object, name, group)
    {
        if (is_root && strcmp(name, "testGroups") == 0)
            continue; /* run already */
        if (is_list_of_cases(group))
            run_list(run, group, name, profile);
        else if (is_claimed(group))
            run_item(run, &(struct conform_item){group, 0, name, profile});
        else if (json_is_object(group))
            run_groups(run, group, profile, false);
    }
}

static void run_root(struct conform_run *run, json_t *root)
{
    bool is_wycheproof = json_is_array(json_object_get(root, "testGroups"));
    bool is_one = is_claimed(root); /* a file that is a case itself */
    bool is_groups = is_known_groups(root), is_list = is_known_list(root);
    if (is_wycheproof)
        conform_wycheproof(run, root);
    if (is_one)
        run_item(run, &(struct conform_item){root, 0, "file", ""});
    if (is_groups)
        run_groups(run, root, conform_text(root, "profile"), true);
    if (is_list)
        run_list(run, root, "item", "");
    if (!is_wycheproof && !is_one && !is_groups && !is_list)
        conform_count(run, "its format is not known", "whole file");
}

static void run_file(struct conform_run *run, const char *path)
{
    run->file = path;
    json_t *root = conform_load(path);
    if (root == NULL)
        run->failed++;
    else if (conform_is_acts(root))
        conform_acts(run, root, path);
    else
        run_root(run, root);
    json_decref(root);
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len > end_len && strcmp(text + len - end_len, end) == 0;
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
    for (int i = 1; i < argc; i++) {
        bool is_table = ends_with(argv[i], ".csv") || ends_with(argv[i], ".xlsx");
        run.file = argv[i];
        if (is_table && i + 1 < argc && ends_with(argv[i + 1], ".json"))
            conform_survey(&run, argv[i], argv[i + 1]);
        else if (is_table)
            conform_count(&run, "behind it stands no FILE.expected.json", "whole file");
        else
            run_file(&run, argv[i]);
        i += is_table && i + 1 < argc;
    }
    printf("%zu passed, %zu failed, %zu skipped\n", run.passed, run.failed, run.skipped);
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        fputs("conform: what came out cannot be written\n", stderr);
        return 1;
    }
    return run.failed == 0 && run.passed + run.skipped > 0 ? 0 : 1;
}
