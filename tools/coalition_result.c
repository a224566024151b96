#include "tools/coalition_result.h"
#include "tools/coalition_step.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* ---- collecting ---- */

/* What `VERB` prints as its last object, whatever its exit code. */
static json_t *ask_last(const struct smk_run *run, size_t node, const char *verb)
{
    struct smk_answer answer;
    if (!smk_run_ask(run, smk_run_name(run, node), SMK_WORDS(verb), SMK_RUN_ANSWER_MS, &answer))
        return NULL;
    json_t *last = json_incref(smk_answer_last(&answer));
    if (last == NULL)
        (void)smk_run_fail("'samaki %s' at %s answered nothing.", verb, smk_run_name(run, node));
    smk_answer_deinit(&answer);
    return last;
}

static json_t *list_of(const struct smk_run *run, size_t node, const char *what)
{
    json_t *list = json_object_get(run->node[node].summary, what);
    return list != NULL ? json_incref(list) : json_array();
}

static json_t *collect_node(struct smk_run *run, size_t node)
{
    if (!smk_run_look(run, node, true))
        return NULL;
    json_t *totals = ask_last(run, node, "totals");
    json_t *audit = totals != NULL ? ask_last(run, node, "audit") : NULL;
    json_t *object = NULL;
    if (audit != NULL)
        object = json_pack("{s:O, s:O, s:O, s:o, s:o, s:O}", "scopes",
                           json_object_get(run->node[node].status, "scopes"), "tables",
                           json_object_get(totals, "tables"), "audit", audit, "left_waiting",
                           list_of(run, node, "waiting"), "refused", list_of(run, node, "refused"), "holds",
                           run->node[node].holds);
    if (audit != NULL && object == NULL)
        (void)smk_run_fail("%s answers in another form than expected.", smk_run_name(run, node));
    json_decref(totals);
    json_decref(audit);
    return object;
}

/* The node with this device key; the organisation's name when none of ours has it. */
static const char *name_of_peer(const struct smk_run *run, const json_t *session)
{
    const char *device = json_string_value(json_object_get(session, "peer_device"));
    const char *org = json_string_value(json_object_get(session, "peer_org"));
    for (size_t i = 0; i < run->plan.node_count && device != NULL; i++) {
        const char *own = json_string_value(json_object_get(run->node[i].status, "device"));
        if (own != NULL && strcmp(own, device) == 0)
            return smk_run_name(run, i);
    }
    return org != NULL ? org : "?";
}

/* A session of two nodes that agree: equal when it began, and nothing moved until it ended. A long live session that
 * began so and carried records later is none. */
static bool was_agreed(const json_t *session)
{
    return json_is_true(json_object_get(session, "agreed_before")) &&
           json_integer_value(json_object_get(session, "records_sent")) == 0 &&
           json_integer_value(json_object_get(session, "records_received")) == 0;
}

/* Each session once: from the side that dialled. */
static void add_sessions(const struct smk_run *run, size_t node, json_t *sessions)
{
    static const char *const kept[] = {"bytes_up", "bytes_down",   "handshake_bytes",  "agreed", "complete",
                                       "reason",   "records_sent", "records_received", "ended"};
    const json_t *of_node = json_object_get(run->node[node].status, "sessions");
    for (size_t i = 0; i < json_array_size(of_node); i++) {
        const json_t *from = json_array_get(of_node, i);
        if (!json_is_true(json_object_get(from, "initiator")))
            continue;
        json_t *session = json_pack("{s:s, s:s, s:b}", "a", smk_run_name(run, node), "b",
                                    name_of_peer(run, from), "agreed_before", was_agreed(from) ? 1 : 0);
        for (size_t j = 0; j < sizeof kept / sizeof kept[0]; j++)
            if (json_object_get(from, kept[j]) != NULL)
                (void)json_object_set(session, kept[j], json_object_get(from, kept[j]));
        (void)json_array_append_new(sessions, session);
    }
}

static json_t *story_of_live(const struct smk_run *run)
{
    if (!run->story.has_live)
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:I}", "record", run->story.live_id, "from", smk_run_name(run, 0), "at",
                     smk_run_name(run, run->story.live_at), "ms", (json_int_t)run->story.live_ms);
}

static json_t *story_of_cut(const struct smk_run *run)
{
    if (!run->story.has_cut)
        return json_null();
    return json_pack("{s:s, s:s, s:I}", "a", smk_run_name(run, run->story.cut_away), "b",
                     smk_run_name(run, run->story.cut_hub), "after_bytes",
                     (json_int_t)run->story.cut_after_bytes);
}

json_t *smk_result_collect(struct smk_run *run)
{
    json_t *nodes = json_object(), *sessions = json_array();
    for (size_t i = 0; i < run->plan.node_count; i++) {
        json_t *object = collect_node(run, i);
        if (object == NULL) {
            json_decref(nodes);
            json_decref(sessions);
            return NULL;
        }
        (void)json_object_set_new(nodes, smk_run_name(run, i), object);
    }
    for (size_t i = 0; i < run->plan.node_count; i++)
        add_sessions(run, i, sessions);
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:I}", "nodes", nodes, "pairs", smk_run_pairs(run, false),
                     "sessions", sessions, "live", story_of_live(run), "cut", story_of_cut(run), "turns",
                     (json_int_t)run->story.turns);
}

/* ---- judging ---- */

/* What `samaki peers` of one node says of another. */
static bool says_same(const struct smk_run *run, size_t node, size_t other)
{
    const char *device = json_string_value(json_object_get(run->node[other].status, "device"));
    const char *state = "nothing";
    size_t i;
    const json_t *peer;
    json_array_foreach(json_object_get(run->node[node].status, "peers"), i, peer)
    {
        const char *of = json_string_value(json_object_get(peer, "device"));
        if (of != NULL && device != NULL && strcmp(of, device) == 0)
            state = json_string_value(json_object_get(peer, "state"));
    }
    if (state != NULL && strcmp(state, "same") == 0)
        return true;
    return smk_run_fail("'samaki peers' of %s says of %s: %s", smk_run_name(run, node),
                        smk_run_name(run, other), state != NULL ? state : "nothing");
}

/* Each node met the one that it dials at the end; both have to say so. */
static bool do_peers_say_same(const struct smk_run *run)
{
    bool do_all = true;
    for (size_t i = 1; i < run->plan.node_count; i++) {
        size_t dialled = run->plan.node[i].dials;
        do_all = says_same(run, i, dialled) && do_all;
        do_all = says_same(run, dialled, i) && do_all;
    }
    return do_all;
}

bool smk_result_judge(const struct smk_run *run, json_t *result)
{
    const json_t *damage = json_object_get(result, "damaged_copy");
    bool is_good = smk_run_count_unequal(json_object_get(result, "pairs")) == 0 &&
                   json_is_true(json_object_get(damage, "named")) && smk_step_count(run, "waiting") == 0 &&
                   smk_step_count(run, "refused") == 0;
    const char *name;
    json_t *node;
    json_object_foreach(json_object_get(result, "nodes"), name, node)
    {
        if (!json_is_true(json_object_get(json_object_get(node, "audit"), "clean")))
            is_good = false;
    }
    if (!run->is_without_sync)
        is_good = do_peers_say_same(run) && is_good;
    (void)json_object_set_new(result, "good", json_boolean(is_good));
    return is_good;
}

bool smk_result_write(const struct smk_run *run, const json_t *result)
{
    char path[SMK_HOME_PATH_MAX], fresh[SMK_HOME_PATH_MAX];
    if (!smk_run_path(run, "result.json", "", path) || !smk_run_path(run, "result.json.new", "", fresh))
        return false;
    FILE *file = fopen(fresh, "we");
    bool is_good = file != NULL && json_dumpf(result, file, JSON_INDENT(1)) == 0 && fputc('\n', file) == '\n';
    is_good = is_good && fflush(file) == 0 && fsync(fileno(file)) == 0;
    if (file != NULL && fclose(file) != 0)
        is_good = false;
    is_good = is_good && rename(fresh, path) == 0; /* whole, or not at all */
    if (is_good)
        return true;
    (void)smk_run_fail("The file %s could not be written: %s", path, strerror(errno));
    (void)unlink(fresh);
    (void)unlink(path); /* of an earlier run */
    return false;
}
