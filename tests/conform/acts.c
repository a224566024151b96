/* A file of acts that a coalition refuses: its sample is brought in once, then each case is tried alone. */
#include "tests/conform/acts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the objects are that the cases build on: beside the file, else the sample of the project. */
static const char *sample_of(const char *path, char *room, size_t size)
{
    const char *slash = strrchr(path, '/'), *root = getenv("SMK_ROOT");
    char probe[4200];
    int len = slash != NULL ? (int)(slash - path) : 1;
    (void)snprintf(room, size, "%.*s", len, slash != NULL ? path : ".");
    (void)snprintf(probe, sizeof probe, "%s/organisations.json", room);
    if (access(probe, R_OK) == 0)
        return room;
    (void)snprintf(room, size, "%s/tools/sample/battambang", root != NULL ? root : ".");
    return room;
}

static bool load_sample(struct acts *a, const char *folder)
{
    if (!smk_import_set_load(&a->set, folder, &a->report) || a->set.organisations == NULL ||
        a->set.offices == NULL)
        return acts_fail(
            a,
            "there is no sample to build on: neither beside it nor in %.200s (organisations.json, "
            "offices.json, ...)",
            folder);
    return acts_world_found(a) && acts_sample_bring(a);
}

static void run_cases(struct acts *a, json_t *root)
{
    for (size_t i = 0; i < json_array_size(root); i++) {
        struct acts_case c;
        json_t *json = json_array_get(root, i);
        const char *name = acts_text(json, "case");
        a->why[0] = '\0';
        if (name != NULL && strcmp(name, "_given") == 0)
            continue;
        bool is_good = acts_case_read(a, json, &c) && acts_case_run(a, &c);
        conform_count(a->run, is_good ? NULL : a->why, "%s (#%zu)", name != NULL ? name : "", i);
    }
}

static bool read_given(struct acts *a, json_t *root)
{
    for (size_t i = 0; i < json_array_size(root); i++) {
        const char *name = acts_text(json_array_get(root, i), "case");
        if (name != NULL && strcmp(name, "_given") == 0 && !acts_given_read(a, json_array_get(root, i)))
            return false;
    }
    return true;
}

bool conform_is_acts(const json_t *root)
{
    for (size_t i = 0; i < json_array_size(root); i++) {
        json_t *item = json_array_get(root, i);
        if (json_is_string(json_object_get(item, "case")) && json_object_get(item, "input") != NULL)
            return true;
    }
    return false;
}

void conform_acts(struct conform_run *run, json_t *root, const char *path)
{
    char folder[4096];
    struct acts *a = smk_mem_new(sizeof *a);
    if (a == NULL) {
        conform_count(run, "there is no memory for it", "whole file");
        return;
    }
    a->run = run;
    a->given = json_object();
    if (load_sample(a, sample_of(path, folder, sizeof folder)) && read_given(a, root))
        run_cases(a, root);
    else
        conform_count(run, a->why, "whole file");
    acts_world_deinit(a);
    json_decref(a->given);
    smk_mem_free(a->step_record);
    smk_import_steps_deinit(&a->steps);
    smk_import_set_deinit(&a->set);
    smk_import_report_deinit(&a->report);
    smk_mem_free(a);
}
