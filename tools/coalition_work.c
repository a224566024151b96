#include "tools/coalition_child.h"
#include "tools/coalition_proxy.h"
#include "tools/coalition_step.h"

#include <inttypes.h>
#include <string.h>

/* A connection is cut after this many bytes, and as many for each record that has to cross it: a record takes more than
 * twice as much, so the cut comes before the end. */
enum { CUT_FIRST_BYTES = 2000, CUT_RECORD_BYTES = 75, CUT_WAIT_MS = 30 * 1000, TURNS_MAX = 24, LOOK_MS = 10 };

/* ---- bringing in ---- */

static uint64_t counted(const struct smk_run *run, size_t node, const char *what)
{
    const json_t *value = json_object_get(run->node[node].summary, what);
    return json_is_array(value) ? json_array_size(value) : (uint64_t)json_integer_value(value);
}

size_t smk_step_count(const struct smk_run *run, const char *what)
{
    size_t sum = 0;
    for (size_t i = 0; i < run->plan.node_count; i++)
        sum += (size_t)counted(run, i, what);
    return sum;
}

static bool import(struct smk_run *run, size_t node)
{
    struct smk_answer answer;
    if (!smk_run_ask(run, smk_run_name(run, node), SMK_WORDS("import", run->folder), SMK_RUN_IMPORT_MS,
                     &answer))
        return false;
    json_t *last = smk_answer_last(&answer);
    json_t *summary = json_object_get(last, "summary");
    const char *what = json_string_value(json_object_get(last, "what"));
    bool is_good = json_is_object(summary);
    if (is_good) {
        json_decref(run->node[node].summary);
        run->node[node].summary = json_incref(summary);
    } else {
        (void)smk_run_fail("%s could not bring in its part of %s: %s", smk_run_name(run, node), run->folder,
                           what != NULL ? what : "it gave no reason");
    }
    smk_answer_deinit(&answer);
    return is_good;
}

/* What one turn did, in one line: 'cpdd wrote 12, ctod wrote 310 (17 wait)'. */
static void tell_turn(const struct smk_run *run, const char *title, const bool *has_worked)
{
    char text[600] = "";
    size_t len = 0;
    for (size_t i = 0; i < run->plan.node_count && len + 80 < sizeof text; i++) {
        uint64_t wrote = counted(run, i, "written"), waiting = counted(run, i, "waiting");
        if (!has_worked[i] || wrote + waiting == 0)
            continue;
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s wrote %" PRIu64, len > 0 ? ", " : "",
                                smk_run_name(run, i), wrote);
        if (waiting > 0)
            len += (size_t)snprintf(text + len, sizeof text - len, " (%" PRIu64 " wait%s)", waiting,
                                    waiting == 1 ? "s" : "");
    }
    smk_run_say(run, "%s: %s", title, len > 0 ? text : "nothing new");
}

bool smk_step_import_alone(struct smk_run *run)
{
    bool has_worked[SMK_PLAN_NODES_MAX] = {0};
    if (!smk_run_stop(run, 0))
        return false;
    for (size_t i = 0; i < run->plan.node_count; i++) {
        if (!import(run, i))
            return false;
        has_worked[i] = true;
    }
    tell_turn(run, "each brings in its part, and nobody talks to anybody", has_worked);
    return true;
}

/* Every node but `away` brings in what it can, and what came of it goes round; until nobody writes anything more. */
static bool work_until_quiet(struct smk_run *run, size_t away)
{
    for (;;) {
        bool has_worked[SMK_PLAN_NODES_MAX] = {0};
        uint64_t wrote = 0;
        char title[64];
        if (run->story.turns == TURNS_MAX)
            return smk_run_fail("After %d turns there is still something new to bring in.", TURNS_MAX);
        for (size_t i = 0; i < run->plan.node_count; i++) {
            if (i == away)
                continue;
            if (!import(run, i))
                return false;
            has_worked[i] = true;
            wrote += counted(run, i, "written");
        }
        (void)snprintf(title, sizeof title, "turn %u", ++run->story.turns);
        tell_turn(run, title, has_worked);
        if (!smk_run_settle(run))
            return false;
        if (wrote == 0)
            return true;
    }
}

/* ---- with one away ---- */

/* The last member, else the last administration; the founder (0) when there is neither: then nobody is away. */
static size_t choose_away(const struct smk_run *run)
{
    size_t away = 0;
    for (size_t i = 1; i < run->plan.node_count; i++) {
        const char *kind = run->plan.node[i].kind.text, *so_far = run->plan.node[away].kind.text;
        bool is_member = strcmp(kind, "member") == 0;
        if (is_member || (strncmp(kind, "sna_", 4) == 0 && strcmp(so_far, "member") != 0))
            away = i;
    }
    return away;
}

static bool start_daemons(struct smk_run *run, size_t away)
{
    for (unsigned round = 0; round < 2; round++) /* whoever is dialled starts first */
        for (size_t i = 1; i < run->plan.node_count; i++) {
            const struct smk_plan_node *n = &run->plan.node[i];
            bool is_dialled = strcmp(n->kind.text, "hub") == 0;
            if (i != away && is_dialled == (round == 0) &&
                !smk_run_start(run, i, run->node[n->dials].address))
                return false;
        }
    return true;
}

bool smk_step_work(struct smk_run *run)
{
    size_t away = choose_away(run);
    bool has_worked[SMK_PLAN_NODES_MAX] = {0};
    if (!start_daemons(run, away))
        return false;
    smk_run_say(run, "%zu daemons run on loopback%s%s", run->plan.node_count - (away != 0 ? 1 : 0),
                away != 0 ? "; without a network for now: " : "", away != 0 ? smk_run_name(run, away) : "");
    if (away != 0) {
        if (!import(run, away))
            return false;
        has_worked[away] = true;
        tell_turn(run, "without a network", has_worked);
    }
    run->story.cut_away = away;
    run->story.cut_hub = run->plan.node[away].dials;
    return work_until_quiet(run, away != 0 ? away : SIZE_MAX);
}

/* ---- coming back ---- */

/* How many records the two have that the other cannot have yet. */
static uint64_t count_due(const struct smk_run *run, size_t away, size_t hub)
{
    uint64_t due = 0;
    const size_t both[] = {away, hub};
    for (size_t i = 0; i < 2; i++) {
        uint64_t now = 0;
        const char *scope;
        json_t *value;
        json_object_foreach(json_object_get(run->node[both[i]].status, "scopes"), scope, value)
        {
            if (smk_run_holds(run, away, scope) && smk_run_holds(run, hub, scope))
                now += (uint64_t)json_integer_value(json_object_get(value, "records"));
        }
        uint64_t base = run->node[both[i]].base_records;
        due += now > base ? now - base : 0;
    }
    return due;
}

static bool await_cut(struct smk_run *run, struct smk_proxy *proxy)
{
    uint64_t until_ms = smk_child_now_ms() + CUT_WAIT_MS;
    while (!run->story.has_cut && smk_child_now_ms() < until_ms) {
        smk_child_wait(proxy->control, LOOK_MS);
        run->story.has_cut = smk_proxy_has_cut(proxy);
        if (smk_child_is_interrupted())
            return smk_run_fail("Interrupted.");
        if (!smk_run_watch(run))
            return false;
    }
    return true;
}

/* After the cut: what the two hold is not the same, and nothing is broken. */
static bool look_at_cut(struct smk_run *run)
{
    size_t unequal = 0;
    if (!smk_run_look(run, run->story.cut_away, false) || !smk_run_look(run, run->story.cut_hub, false))
        return false;
    json_t *pairs = smk_run_pairs(run, true);
    for (size_t i = 0; i < json_array_size(pairs); i++) {
        const json_t *pair = json_array_get(pairs, i);
        const char *a = json_string_value(json_object_get(pair, "a"));
        const char *b = json_string_value(json_object_get(pair, "b"));
        const char *away = smk_run_name(run, run->story.cut_away),
                   *hub = smk_run_name(run, run->story.cut_hub);
        bool is_theirs =
            (strcmp(a, away) == 0 && strcmp(b, hub) == 0) || (strcmp(a, hub) == 0 && strcmp(b, away) == 0);
        unequal += is_theirs && !json_is_true(json_object_get(pair, "same")) ? 1 : 0;
    }
    json_decref(pairs);
    smk_run_say(run, "the line from %s to %s is cut after %" PRIu64 " bytes; %zu scope%s not the same yet",
                smk_run_name(run, run->story.cut_away), smk_run_name(run, run->story.cut_hub),
                run->story.cut_after_bytes, unequal, unequal == 1 ? " is" : "s are");
    return true;
}

static bool come_back(struct smk_run *run, size_t away, size_t hub, struct smk_proxy *proxy)
{
    if (!smk_run_start(run, away, proxy->address) || !await_cut(run, proxy) ||
        (run->story.has_cut && !look_at_cut(run)))
        return false;
    smk_proxy_open(proxy);
    if (!smk_run_settle(run))
        return false;
    smk_run_say(run, "%s and %s go on where they stopped, and hold the same", smk_run_name(run, away),
                smk_run_name(run, hub));
    return work_until_quiet(run, SIZE_MAX);
}

bool smk_step_return(struct smk_run *run)
{
    size_t away = run->story.cut_away, hub = run->story.cut_hub;
    struct smk_proxy proxy;
    if (away == 0)
        return true; /* nobody was away */
    if (!smk_run_look(run, away, false) || !smk_run_look(run, hub, false))
        return false;
    run->story.cut_after_bytes = CUT_FIRST_BYTES + CUT_RECORD_BYTES * count_due(run, away, hub);
    if (!smk_proxy_start(run->node[hub].address, run->story.cut_after_bytes, &proxy))
        return false;
    bool is_good = come_back(run, away, hub, &proxy);
    /* From here on it dials its hub itself. */
    is_good = smk_run_stop(run, away) && is_good;
    smk_proxy_stop(&proxy);
    return is_good && smk_run_start(run, away, run->node[hub].address) && smk_run_settle(run);
}
