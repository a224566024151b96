/* The demonstration and acceptance check: real processes on loopback play a coalition from a data folder. */
#include "tools/coalition_child.h"
#include "tools/coalition_dir.h"
#include "tools/coalition_result.h"
#include "tools/coalition_step.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_GOOD = 0, EXIT_NOT_GOOD = 1, EXIT_USAGE = 2, END_MS = 3000 };

static const char usage[] = "usage: coalition [--dir DIR] [--data FOLDER] [--no-sync]\n";

/* The folder of this program, where samaki and samakid stand too. */
static bool find_programs(struct smk_run *run)
{
    static const char *const programs[] = {"samaki", "samakid"};
    char path[SMK_HOME_PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", run->bin, sizeof run->bin - 1);
    if (len <= 0)
        return smk_run_fail("The folder of this program could not be found.");
    run->bin[len] = 0;
    *strrchr(run->bin, '/') = 0;
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
        if (!smk_home_join(run->bin, programs[i], path) || access(path, X_OK) != 0)
            return smk_run_fail("There is no program %s in %s: build it first.", programs[i], run->bin);
    return true;
}

/* The folder that holds the sources: SMK_ROOT, else three above the programs (build/release/bin). */
static bool find_root(const struct smk_run *run, char ret_root[SMK_HOME_PATH_MAX])
{
    const char *given = getenv("SMK_ROOT");
    if (given != NULL && given[0] != 0 && strlen(given) < SMK_HOME_PATH_MAX) {
        (void)snprintf(ret_root, SMK_HOME_PATH_MAX, "%s", given);
        return true;
    }
    return smk_home_join(run->bin, "../../..", ret_root);
}

static bool read_words(int argc, char **argv, struct smk_run *run, const char **ret_dir,
                       const char **ret_folder)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--no-sync") == 0)
            run->is_without_sync = true;
        else if (strcmp(argv[i], "--dir") == 0 && i + 1 < argc)
            *ret_dir = argv[++i];
        else if (strcmp(argv[i], "--data") == 0 && i + 1 < argc)
            *ret_folder = argv[++i];
        else
            return false;
    }
    return true;
}

static bool play(struct smk_run *run)
{
    typedef bool step(struct smk_run *);
    static step *const with_sync[] = {smk_step_found,  smk_step_join, smk_step_work,
                                      smk_step_return, smk_step_live, smk_step_meet};
    static step *const without_sync[] = {smk_step_found, smk_step_join, smk_step_import_alone};
    size_t count = run->is_without_sync ? sizeof without_sync / sizeof without_sync[0]
                                        : sizeof with_sync / sizeof with_sync[0];
    for (size_t i = 0; i < count; i++)
        if (!(run->is_without_sync ? without_sync : with_sync)[i](run))
            return false;
    for (size_t i = 0; i < run->plan.node_count; i++)
        if (!smk_run_stop(run, i))
            return false;
    smk_run_say(run,
                "all daemons have stopped; every figure below is read from the stores they leave behind");
    return true;
}

static bool report(struct smk_run *run)
{
    json_t *result = smk_result_collect(run);
    if (result == NULL)
        return false;
    json_t *damage = smk_result_damage(run);
    bool is_good = damage != NULL;
    (void)json_object_set_new(result, "damaged_copy", is_good ? damage : json_null());
    is_good = smk_result_judge(run, result) && is_good;
    if (smk_result_write(run, result))
        smk_result_tell(run, result);
    else
        is_good = false;
    json_decref(result);
    return is_good;
}

static bool prepare(struct smk_run *run, const char *dir, const char *folder)
{
    char root[SMK_HOME_PATH_MAX], path[SMK_HOME_PATH_MAX];
    if (!find_programs(run) || !find_root(run, root))
        return false;
    if (folder == NULL && smk_home_join(root, "tools/sample/battambang", path))
        folder = path;
    char *whole = realpath(folder, NULL);
    bool fits = whole != NULL && strlen(whole) < sizeof run->folder;
    if (fits)
        (void)snprintf(run->folder, sizeof run->folder, "%s", whole);
    free(whole);
    if (!fits)
        return smk_run_fail("There is no folder %s.", folder);
    if (!smk_plan_read(run->folder, &run->plan))
        return false;
    run->shown_dir = dir != NULL ? dir : "build/coalition";
    if (dir == NULL && smk_home_join(root, run->shown_dir, path))
        dir = path;
    for (size_t i = 0; i < run->plan.node_count; i++)
        run->node[i].plan = &run->plan.node[i];
    return smk_dir_prepare(dir, run->dir);
}

int main(int argc, char **argv)
{
    static struct smk_run run; /* large, and one of it */
    const char *dir = NULL, *folder = NULL;
    if (!read_words(argc, argv, &run, &dir, &folder)) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    smk_child_watch_signals();
    run.began_ms = smk_child_now_ms();
    bool is_good = prepare(&run, dir, folder) && play(&run) && report(&run);
    smk_child_end_all(END_MS);
    smk_run_deinit(&run);
    return is_good ? EXIT_GOOD : EXIT_NOT_GOOD;
}
