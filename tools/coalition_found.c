#include "tools/coalition_child.h"
#include "tools/coalition_step.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OFFICE_LETTERS_MAX = 96 };

/* ---- founding ---- */

static bool init(struct smk_run *run)
{
    const struct smk_plan_node *founder = &run->plan.node[0];
    char office[SMK_OFFICES_PER_DEVICE_MAX][OFFICE_LETTERS_MAX];
    const char *words[8 + 2 * SMK_OFFICES_PER_DEVICE_MAX] = {"init", "--name", run->plan.coalition, "--org",
                                                             founder->org.text};
    size_t count = 5;
    json_t *answer;
    for (size_t i = 0; i < founder->office_count; i++) {
        const struct smk_plan_office *o = &founder->office[i];
        (void)snprintf(office[i], sizeof office[i], "%s:%s%s%s", o->id.text, o->role.text,
                       o->area[0] != 0 ? ":" : "", o->area);
        words[count++] = "--office";
        words[count++] = office[i];
    }
    if (!smk_run_demand(run, founder->name.text, words, &answer))
        return false;
    json_decref(answer);
    return true;
}

static bool copy_file(const char *from_folder, const char *to_folder, const char *name)
{
    char from[SMK_HOME_PATH_MAX], to[SMK_HOME_PATH_MAX], piece[4096];
    size_t count;
    if (!smk_home_join(from_folder, name, from) || !smk_home_join(to_folder, name, to))
        return false;
    FILE *in = fopen(from, "re"), *out = fopen(to, "wxe");
    while (in != NULL && out != NULL && (count = fread(piece, 1, sizeof piece, in)) > 0)
        if (fwrite(piece, 1, count, out) != count)
            break;
    bool is_good = in != NULL && out != NULL && ferror(in) == 0 && ferror(out) == 0;
    if (in != NULL)
        (void)fclose(in);
    return (out == NULL || fclose(out) == 0) && is_good;
}

/* Organisations and offices alone: all that joining needs. */
static bool bring_in_governance(struct smk_run *run)
{
    char folder[SMK_HOME_PATH_MAX];
    struct smk_answer answer;
    if (!smk_run_path(run, "governance.folder", "", folder))
        return false;
    if (mkdir(folder, 0700) != 0 || !copy_file(run->folder, folder, "organisations.json") ||
        !copy_file(run->folder, folder, "offices.json"))
        return smk_run_fail("The folder %s could not be written.", folder);
    if (!smk_run_ask(run, smk_run_name(run, 0), SMK_WORDS("import", folder), SMK_RUN_IMPORT_MS, &answer))
        return false;
    json_t *summary = json_object_get(smk_answer_last(&answer), "summary");
    const char *what = json_string_value(json_object_get(smk_answer_last(&answer), "what"));
    bool is_good = json_is_object(summary);
    const json_t *refused = json_object_get(summary, "refused");
    for (size_t i = 0; i < json_array_size(refused); i++) {
        const json_t *item = json_array_get(refused, i);
        is_good = smk_run_fail("%s, %s, field %s: %s", json_string_value(json_object_get(item, "file")),
                               json_string_value(json_object_get(item, "ref")),
                               json_string_value(json_object_get(item, "field")),
                               json_string_value(json_object_get(item, "why")));
    }
    if (json_array_size(refused) > 0)
        (void)smk_run_fail("Correct these in the folder, then run again.");
    else if (is_good)
        smk_run_say(run, "%s founds '%s' and brings in %zu organisations and %zu offices",
                    smk_run_name(run, 0), run->plan.coalition, run->plan.organisation_count,
                    run->plan.office_count);
    else
        (void)smk_run_fail("%s could not bring in the organisations: %s", smk_run_name(run, 0),
                           what != NULL ? what : "it gave no reason");
    smk_answer_deinit(&answer);
    return is_good;
}

bool smk_step_found(struct smk_run *run)
{
    return init(run) && bring_in_governance(run) && smk_run_start(run, 0, NULL);
}

/* ---- joining ---- */

static bool invite(struct smk_run *run, size_t node, char **ret_text)
{
    const struct smk_plan_node *n = &run->plan.node[node];
    const char *words[8 + 2 * SMK_OFFICES_PER_DEVICE_MAX] = {"invite", "--org", n->org.text, "--address",
                                                             run->node[0].address};
    size_t count = 5;
    json_t *answer;
    for (size_t i = 0; i < n->office_count; i++) {
        words[count++] = "--office";
        words[count++] = n->office[i].id.text;
    }
    if (!smk_run_demand(run, smk_run_name(run, 0), words, &answer))
        return false;
    const char *text = json_string_value(json_object_get(answer, "invitation"));
    *ret_text = text != NULL ? strdup(text) : NULL;
    json_decref(answer);
    return *ret_text != NULL || smk_run_fail("The invitation for %s has no text.", n->name.text);
}

static bool join(struct smk_run *run, size_t node)
{
    char *text = NULL;
    json_t *answer;
    if (!invite(run, node, &text))
        return false;
    bool is_in = smk_run_demand(run, smk_run_name(run, node), SMK_WORDS("join", text), &answer);
    free(text);
    if (!is_in)
        return false;
    const char *org = json_string_value(json_object_get(answer, "organisation"));
    is_in = org != NULL && strcmp(org, run->plan.node[node].org.text) == 0;
    json_decref(answer);
    return is_in || smk_run_fail("%s joined, but not as a device of %s.", smk_run_name(run, node),
                                 run->plan.node[node].org.text);
}

/* How much the node holds of what others hold too. */
static uint64_t count_shared(const struct smk_run *run, size_t node)
{
    uint64_t sum = 0;
    const char *scope;
    json_t *value;
    json_object_foreach(json_object_get(run->node[node].status, "scopes"), scope, value)
    {
        if (strncmp(scope, "org:", 4) != 0)
            sum += (uint64_t)json_integer_value(json_object_get(value, "records"));
    }
    return sum;
}

bool smk_step_join(struct smk_run *run)
{
    char names[512] = "";
    size_t len = 0;
    for (unsigned round = 0; round < 2; round++) /* hubs first: whoever dials one has to know its device */
        for (size_t i = 1; i < run->plan.node_count; i++) {
            bool is_hub = strcmp(run->plan.node[i].kind.text, "hub") == 0;
            if (is_hub != (round == 0))
                continue;
            if (!join(run, i))
                return false;
            if (len + 32 < sizeof names)
                len += (size_t)snprintf(names + len, sizeof names - len, "%s%s", len > 0 ? ", " : "",
                                        smk_run_name(run, i));
        }
    for (size_t i = 0; i < run->plan.node_count; i++) {
        if (!smk_run_look(run, i, true))
            return false;
        run->node[i].base_records = count_shared(run, i);
    }
    smk_run_say(run, "%s %s by invitation", names, run->plan.node_count > 2 ? "join" : "joins");
    return true;
}
