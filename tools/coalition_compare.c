#include "tools/coalition_child.h"
#include "tools/coalition_run.h"

#include <string.h>

enum { LOOK_MS = 50, TOLD_MAX = 12, PATIENCE_MS = 10 * 1000 };

/* ---- looking ---- */

bool smk_run_look(struct smk_run *run, size_t node, bool is_new)
{
    struct smk_run_node *n = &run->node[node];
    json_t *status, *roster;
    if (!smk_run_demand(run, smk_run_name(run, node), SMK_WORDS("status"), &status))
        return false;
    json_decref(n->status);
    n->status = status;
    if (n->holds != NULL && !is_new)
        return true;
    if (!smk_run_demand(run, smk_run_name(run, node), SMK_WORDS("roster"), &roster))
        return false;
    json_decref(n->holds);
    n->holds = json_incref(json_object_get(roster, "holds"));
    json_decref(roster);
    return true;
}

/* "dm:0201" for itself, "dm:02*" for all that begin so. */
static bool is_meant(const char *pattern, const char *scope)
{
    size_t len = strlen(pattern);
    if (len > 0 && pattern[len - 1] == '*')
        return strncmp(pattern, scope, len - 1) == 0;
    return strcmp(pattern, scope) == 0;
}

bool smk_run_holds(const struct smk_run *run, size_t node, const char *scope)
{
    size_t i;
    const json_t *pattern;
    const char *inner = strncmp(scope, "wit:", 4) == 0 ? scope + 4 : scope;
    json_array_foreach(run->node[node].holds, i, pattern)
    {
        const char *text = json_string_value(pattern);
        if (text != NULL && is_meant(text, inner))
            return true;
    }
    return false;
}

/* ---- comparing ---- */

static const char *root_of(const struct smk_run *run, size_t node, const char *scope)
{
    const json_t *scopes = json_object_get(run->node[node].status, "scopes");
    const json_t *found = json_object_get(scopes, scope);
    if (json_integer_value(json_object_get(found, "records")) == 0)
        return ""; /* an empty scope */
    const char *root = json_string_value(json_object_get(found, "root"));
    return root != NULL ? root : "?";
}

static void add_pair(const struct smk_run *run, size_t a, size_t b, const char *scope, json_t *pairs)
{
    bool is_same = strcmp(root_of(run, a, scope), root_of(run, b, scope)) == 0;
    (void)json_array_append_new(pairs,
                                json_pack("{s:s, s:s, s:s, s:b}", "a", smk_run_name(run, a), "b",
                                          smk_run_name(run, b), "scope", scope, "same", is_same ? 1 : 0));
}

static void compare_two(const struct smk_run *run, size_t a, size_t b, json_t *pairs)
{
    json_t *of_a = json_object_get(run->node[a].status, "scopes");
    json_t *of_b = json_object_get(run->node[b].status, "scopes");
    const char *scope;
    json_t *value;
    json_object_foreach(of_a, scope, value)
    {
        bool is_empty = root_of(run, a, scope)[0] == 0 && root_of(run, b, scope)[0] == 0;
        if (!is_empty && smk_run_holds(run, a, scope) && smk_run_holds(run, b, scope))
            add_pair(run, a, b, scope, pairs);
    }
    json_object_foreach(of_b, scope, value)
    {
        bool is_done = json_object_get(of_a, scope) != NULL || root_of(run, b, scope)[0] == 0;
        if (!is_done && smk_run_holds(run, a, scope) && smk_run_holds(run, b, scope))
            add_pair(run, a, b, scope, pairs);
    }
}

json_t *smk_run_pairs(const struct smk_run *run, bool only_online)
{
    json_t *pairs = json_array();
    for (size_t a = 0; a < run->plan.node_count; a++)
        for (size_t b = a + 1; b < run->plan.node_count; b++)
            if (!only_online || (run->node[a].daemon != 0 && run->node[b].daemon != 0))
                compare_two(run, a, b, pairs);
    return pairs;
}

size_t smk_run_count_unequal(const json_t *pairs)
{
    size_t i, count = 0;
    const json_t *pair;
    json_array_foreach(pairs, i, pair)
    {
        count += json_is_true(json_object_get(pair, "same")) ? 0 : 1;
    }
    return count;
}

/* ---- waiting ---- */

/* The pairs that do not hold the same, one a line, as many as one reads. */
static void tell_unequal(const json_t *pairs)
{
    size_t told = 0;
    for (size_t i = 0; i < json_array_size(pairs) && told < TOLD_MAX; i++) {
        const json_t *pair = json_array_get(pairs, i);
        if (json_is_true(json_object_get(pair, "same")))
            continue;
        (void)smk_run_fail("    %s and %s in %s", json_string_value(json_object_get(pair, "a")),
                           json_string_value(json_object_get(pair, "b")),
                           json_string_value(json_object_get(pair, "scope")));
        told++;
    }
}

static void give_up(const struct smk_run *run, const json_t *pairs)
{
    (void)smk_run_fail("Waited %d s for the nodes to hold the same. These do not:", SMK_RUN_SETTLE_MS / 1000);
    tell_unequal(pairs);
    for (size_t i = 0; i < run->plan.node_count; i++)
        if (run->node[i].daemon != 0)
            smk_run_show_log(run, i);
}

bool smk_run_settle(struct smk_run *run)
{
    uint64_t began_ms = smk_child_now_ms();
    bool has_told = false;
    for (;;) {
        for (size_t i = 0; i < run->plan.node_count; i++)
            if (run->node[i].daemon != 0 && !smk_run_look(run, i, false))
                return false;
        json_t *pairs = smk_run_pairs(run, true);
        uint64_t passed_ms = smk_child_now_ms() - began_ms;
        bool is_over = smk_run_count_unequal(pairs) == 0, is_late = passed_ms >= SMK_RUN_SETTLE_MS;
        if (!is_over && is_late)
            give_up(run, pairs);
        if (!is_over && !is_late && !has_told && passed_ms >= PATIENCE_MS) {
            smk_run_say(run, "still waiting for these to hold the same:");
            tell_unequal(pairs);
            has_told = true;
        }
        json_decref(pairs);
        if (is_over || is_late || !smk_run_watch(run))
            return is_over;
        smk_child_wait(-1, LOOK_MS);
    }
}
