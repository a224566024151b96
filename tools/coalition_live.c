#include "tools/coalition_child.h"
#include "tools/coalition_step.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { LIVE_MS = 20 * 1000, LOOK_MS = 5 };

/* ---- one record, live ---- */

/* The farthest: a node that dials a hub, else any other that is no auditor. 0: there is no other node. */
static size_t choose_watcher(const struct smk_run *run)
{
    size_t found = 0;
    for (size_t i = 1; i < run->plan.node_count; i++)
        if (run->plan.node[i].dials != 0 || found == 0)
            found = i;
    return found;
}

/* Of the founder's offices the one that may write an event. NULL when it has none. */
static const char *choose_office(const struct smk_run *run)
{
    static const char *const roles[] = {"secretariat_editor", "secretariat_approver"};
    const struct smk_plan_node *founder = &run->plan.node[0];
    for (size_t r = 0; r < sizeof roles / sizeof roles[0]; r++)
        for (size_t i = 0; i < founder->office_count; i++)
            if (strcmp(founder->office[i].role.text, roles[r]) == 0)
                return founder->office[i].id.text;
    return NULL;
}

/* An event that counts at the founder; "" when it has none. */
static bool find_event(struct smk_run *run, char ret_id[2 * SMK_DOC_ID_BYTES + 1])
{
    struct smk_answer answer;
    json_t *line;
    size_t i;
    ret_id[0] = '\0';
    if (!smk_run_ask(run, smk_run_name(run, 0), SMK_WORDS("list", "event"), SMK_RUN_ANSWER_MS, &answer))
        return false;
    json_array_foreach(answer.lines, i, line)
    {
        const char *id = json_string_value(json_object_get(line, "id"));
        if (ret_id[0] == '\0' && id != NULL && json_is_true(json_object_get(line, "counts")))
            (void)snprintf(ret_id, 2 * SMK_DOC_ID_BYTES + 1, "%s", id);
    }
    smk_answer_deinit(&answer);
    return true;
}

/* The title of an event once more, so that no table changes; a new event where there is none. GIVES. */
static json_t *make_change(struct smk_run *run)
{
    char id[2 * SMK_DOC_ID_BYTES + 1];
    json_t *answer;
    if (!find_event(run, id))
        return NULL;
    if (id[0] == '\0')
        return json_pack("{s:s, s:{s:s, s:s, s:{s:s}, s:n}}", "kind", "event", "fields", "ref", "EV-LIVE",
                         "kind", "policy_briefing", "title", "en", "Written while all nodes were connected",
                         "participants");
    if (!smk_run_demand(run, smk_run_name(run, 0), SMK_WORDS("show", id), &answer))
        return NULL;
    json_t *title = json_object_get(json_object_get(answer, "fields"), "title");
    json_t *change = json_pack("{s:s, s:s, s:{s:O}}", "kind", "event", "doc", id, "fields", "title", title);
    json_decref(answer);
    return change;
}

static bool write_change(struct smk_run *run, char ret_path[SMK_HOME_PATH_MAX])
{
    if (!smk_run_path(run, "live.json", "", ret_path))
        return false;
    json_t *change = make_change(run);
    if (change == NULL)
        return smk_run_fail("There is nothing that could be written while all are connected.");
    FILE *file = fopen(ret_path, "we");
    bool is_good = file != NULL && json_dumpf(change, file, JSON_INDENT(1)) == 0;
    if (file != NULL && fclose(file) != 0)
        is_good = false;
    json_decref(change);
    return is_good || smk_run_fail("The file %s could not be written: %s", ret_path, strerror(errno));
}

static size_t count_ended(const struct smk_run *run, size_t node)
{
    return json_array_size(json_object_get(run->node[node].status, "sessions"));
}

/* Asks until the record is there. */
static bool await_record(struct smk_run *run, size_t node, uint64_t since_ms)
{
    for (;;) {
        struct smk_answer answer;
        if (!smk_run_ask(run, smk_run_name(run, node), SMK_WORDS("show", run->story.live_id),
                         SMK_RUN_ANSWER_MS, &answer))
            return false;
        bool is_there = answer.code == 0;
        smk_answer_deinit(&answer);
        run->story.live_ms = smk_child_now_ms() - since_ms;
        if (is_there)
            return true;
        if (!smk_run_watch(run))
            return false;
        if (run->story.live_ms > LIVE_MS)
            return smk_run_fail("Waited %d s for record %.16s to appear at %s.", LIVE_MS / 1000,
                                run->story.live_id, smk_run_name(run, node));
        smk_child_wait(-1, LOOK_MS);
    }
}

static bool put_change(struct smk_run *run, const char *office)
{
    char path[SMK_HOME_PATH_MAX];
    json_t *answer;
    if (!write_change(run, path) ||
        !smk_run_demand(run, smk_run_name(run, 0), SMK_WORDS("--as", office, "put", path), &answer))
        return false;
    const char *id = json_string_value(json_object_get(json_object_get(answer, "wrote"), "id"));
    bool is_good = id != NULL && strlen(id) < sizeof run->story.live_id;
    if (is_good)
        (void)snprintf(run->story.live_id, sizeof run->story.live_id, "%s", id);
    json_decref(answer);
    return is_good || smk_run_fail("'samaki put' gave no id.");
}

bool smk_step_live(struct smk_run *run)
{
    const char *office = choose_office(run);
    size_t watcher = choose_watcher(run);
    size_t dialled = run->plan.node[watcher].dials;
    if (office == NULL || watcher == 0) {
        smk_run_say(run, "no live record: %s",
                    watcher == 0 ? "there is no other node"
                                 : "the secretariat has no editor's and no approver's office");
        return true;
    }
    if (!smk_run_look(run, watcher, false) || !smk_run_look(run, dialled, false))
        return false;
    size_t ended = count_ended(run, watcher) + count_ended(run, dialled);
    if (!put_change(run, office) || !await_record(run, watcher, smk_child_now_ms()))
        return false;
    if (!smk_run_look(run, watcher, false) || !smk_run_look(run, dialled, false))
        return false;
    if (count_ended(run, watcher) + count_ended(run, dialled) != ended)
        return smk_run_fail(
            "A session ended while the record of %s was on its way to %s: it did not come live.",
            smk_run_name(run, 0), smk_run_name(run, watcher));
    run->story.has_live = true;
    run->story.live_at = watcher;
    smk_run_say(run, "%s writes one record; %s has it after %" PRIu64 " ms, in the session that was open",
                smk_run_name(run, 0), smk_run_name(run, watcher), run->story.live_ms);
    return smk_run_settle(run);
}

/* ---- meeting again ---- */

bool smk_step_meet(struct smk_run *run)
{
    uint64_t most = 0;
    size_t agreed = 0;
    for (size_t i = 1; i < run->plan.node_count; i++) {
        json_t *answer;
        const char *address = run->node[run->plan.node[i].dials].address;
        if (!smk_run_demand(run, smk_run_name(run, i), SMK_WORDS("sync", address), &answer))
            return false;
        bool was_agreed = json_is_true(json_object_get(answer, "agreed_before"));
        uint64_t bytes = (uint64_t)(json_integer_value(json_object_get(answer, "bytes_up")) +
                                    json_integer_value(json_object_get(answer, "bytes_down")));
        agreed += was_agreed ? 1 : 0;
        most = was_agreed && bytes > most ? bytes : most;
        json_decref(answer);
    }
    smk_run_say(
        run,
        "%zu of %zu meet the node they dial once more and find that nothing is missing: at most %" PRIu64
        " bytes",
        agreed, run->plan.node_count - 1, most);
    return true;
}
