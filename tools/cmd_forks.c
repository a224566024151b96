/* samaki forks: logs whose author signed two records for one place, with both branches as far as they are here. */
#include "tools/args.h"
#include "tools/record_show.h"
#include "tools/text.h"
#include "tools/when.h"

#include "proto/mem.h"

#include <inttypes.h>
#include <string.h>

struct telling {
    struct smk_cli *cli;
    struct smk_home *home;
    struct smk_roster *roster;
    size_t count;
    enum smk_err err;
};

static bool add_record(void *ctx, uint64_t arrival, const struct smk_record *record)
{
    (void)arrival; /* those of the second branch have none */
    (void)json_array_append_new(ctx, smk_record_json(record));
    return true;
}

static json_t *branch_json(struct telling *t, const struct smk_fork *fork, bool is_second)
{
    json_t *records = json_array();
    enum smk_err err = smk_store_read_branch(t->home->store, fork->log_id, is_second, add_record, records);
    if (t->err == SMK_OK)
        t->err = err;
    return records;
}

static void say_branch(struct smk_cli *cli, const char *which, const json_t *branch)
{
    json_t *record;
    size_t i;
    if (json_array_size(branch) == 0)
        smk_cli_say(cli, "  %s branch: not here", which);
    json_array_foreach(branch, i, record)
    {
        smk_cli_say(cli, "  %s branch, place %" JSON_INTEGER_FORMAT ": %s, %s", which,
                    json_integer_value(json_object_get(record, "seq")),
                    json_string_value(json_object_get(record, "type_name")),
                    json_string_value(json_object_get(record, "id")));
    }
}

static json_t *fork_json(const struct smk_fork *fork, const struct smk_device *device)
{
    json_t *object = json_object(), *ids = json_array();
    for (size_t i = 0; i < 2; i++)
        (void)json_array_append_new(ids, smk_json_hex(SMK_BYTES(fork->id[i])));
    (void)json_object_set_new(object, "org", device != NULL ? json_string(device->org.text) : json_null());
    (void)json_object_set_new(object, "device", smk_json_hex(SMK_BYTES(fork->author)));
    (void)json_object_set_new(object, "scope", json_string(fork->scope.text));
    (void)json_object_set_new(object, "log", smk_json_hex(SMK_BYTES(fork->log_id)));
    (void)json_object_set_new(object, "seq", json_integer((json_int_t)fork->seq));
    (void)json_object_set_new(object, "ids", ids);
    return object;
}

static bool tell_fork(void *ctx, uint64_t number, const struct smk_view_fork *known)
{
    struct telling *t = ctx;
    struct smk_fork fork;
    (void)number;
    t->err = smk_fork_decode(known->proof, smk_roster_coalition(t->roster), &fork);
    if (t->err != SMK_OK) {
        t->err = t->err == SMK_ERR_NOMEM ? t->err : SMK_ERR_STORE_DAMAGED;
        return false;
    }
    const struct smk_device *device = smk_roster_device(t->roster, fork.author);
    json_t *object = fork_json(&fork, device);
    json_t *first = branch_json(t, &fork, false), *second = branch_json(t, &fork, true);
    struct smk_when when[2];
    smk_cli_say(t->cli,
                "A device of %s signed two records for place %" PRIu64 " of its log in %s, dated %s and %s.",
                device != NULL ? device->org.text : "an organisation that is not decided here", fork.seq,
                fork.scope.text, smk_when_shown(smk_time_ms(fork.time[0]), &when[0]),
                smk_when_shown(smk_time_ms(fork.time[1]), &when[1]));
    say_branch(t->cli, "first", first);
    say_branch(t->cli, "second", second);
    (void)json_object_set_new(object, "proof", smk_json_hex(known->proof));
    (void)json_object_set_new(object, "first", first);
    (void)json_object_set_new(object, "second", second);
    smk_cli_json(t->cli, object);
    t->count++;
    return t->err == SMK_OK;
}

enum smk_exit smk_cmd_forks(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    struct smk_store_view *view = NULL;
    size_t words = 0;
    if (!smk_args_read(cli, argc, argv, NULL, 0, NULL, 0, &words))
        return SMK_EXIT_USAGE;
    enum smk_exit code = smk_cli_open(cli, false, &home);
    if (code != SMK_EXIT_DONE)
        return code;
    enum smk_err err = smk_store_view_new(home.store, &view);
    if (err != SMK_OK)
        return smk_cli_fail_err(cli, err, "reading the store");
    const struct smk_view *v = smk_store_view_get(view);
    struct telling t = {.cli = cli, .home = &home, .roster = v->roster(v->ctx)};
    err = v->read_forks(v->ctx, 0, tell_fork, &t);
    smk_store_view_free(view);
    if (err == SMK_OK)
        err = t.err;
    if (err != SMK_OK)
        return smk_cli_fail_err(cli, err, "reading the forks");
    if (t.count == 0)
        smk_cli_say(cli, "No log that is here was forked.");
    else
        smk_cli_say(
            cli, "From these places on nothing of those logs counts, here or anywhere. Ask the organisation "
                 "what happened: most often a home was copied and both copies were used.");
    return SMK_EXIT_DONE;
}
