/* samaki scrub: looks for records that the disk has spoilt; takes good ones from another node's export. */
#include "tools/args.h"
#include "tools/donor.h"
#include "tools/show.h"

#include "proto/mem.h"

#include <inttypes.h>

enum { SHOWN_MAX = 10000 };

struct scrubbing {
    struct smk_cli *cli;
    struct smk_roster *roster; /* NULL when the decisions cannot be read */
    json_t *damaged;
    json_t *faults;
};

static void scrubbing_deinit(struct scrubbing *x)
{
    smk_roster_free(x->roster);
    json_decref(x->damaged);
    json_decref(x->faults);
}

static json_t *author_json(const struct scrubbing *x, const struct smk_damage *d)
{
    const struct smk_device *device = x->roster != NULL ? smk_roster_device(x->roster, d->author) : NULL;
    return device != NULL ? json_string(device->org.text) : smk_json_hex(SMK_BYTES(d->author));
}

static void note_damage(void *ctx, const struct smk_damage *d)
{
    struct scrubbing *x = ctx;
    json_t *list = d->arrival != 0 ? x->damaged : x->faults;
    if (json_array_size(list) >= SHOWN_MAX)
        return;
    json_t *line = json_pack(
        "{s:o, s:o, s:o, s:I, s:s}", "id", d->has_id ? smk_json_hex(SMK_BYTES(d->id)) : json_null(), "scope",
        d->log_no != 0 ? json_string(d->scope.text) : json_null(), "author",
        d->log_no != 0 ? author_json(x, d) : json_null(), "seq", (json_int_t)d->seq, "what", d->what);
    (void)json_array_append_new(list, line); /* without memory the line is missing; the counts are not */
}

static const char *text_of(const json_t *line, const char *key)
{
    const char *text = json_string_value(json_object_get(line, key));
    return text != NULL ? text : "-";
}

static void say_list(struct smk_cli *cli, const json_t *list)
{
    json_t *line;
    size_t i;
    json_array_foreach(list, i, line)
    {
        smk_cli_say(cli, "%s  %s  %s  seq %" PRId64 "  %s", text_of(line, "id"), text_of(line, "scope"),
                    text_of(line, "author"), (int64_t)json_integer_value(json_object_get(line, "seq")),
                    text_of(line, "what"));
    }
}

/* ---- the answer ---- */

static enum smk_exit fail(struct smk_cli *cli, json_t *report, const char *error, const char *what,
                          const char *safe, const char *todo)
{
    if (!cli->is_json) {
        json_decref(report);
        return smk_cli_fail(cli, SMK_EXIT_REFUSED, error, what, safe, todo);
    }
    (void)json_object_set_new(report, "error", json_string(error));
    (void)json_object_set_new(report, "what", json_string(what));
    (void)json_object_set_new(report, "safe", json_string(safe));
    (void)json_object_set_new(report, "do", json_string(todo));
    smk_cli_json(cli, report);
    return SMK_EXIT_REFUSED;
}

static enum smk_exit fail_damaged(struct smk_cli *cli, json_t *report, uint64_t count)
{
    char what[128];
    struct smk_count records;
    smk_show_count(count, "record", &records);
    (void)snprintf(what, sizeof what, "%s of this store %s damaged.", records.text,
                   count == 1 ? "is" : "are");
    return fail(cli, report, "damaged", what,
                "All others are good. A damaged record is given to nobody; other nodes have it as it was.",
                "On a node that holds the same scopes run 'samaki export > FILE', bring FILE here, and run "
                "'samaki scrub --from FILE'. Then check the disk: it may damage more.");
}

static enum smk_exit tell(struct scrubbing *x, const struct smk_scrub_counts *counts)
{
    struct smk_cli *cli = x->cli;
    struct smk_count records, logs;
    bool is_clean = counts->damaged == 0 && counts->faults == 0;
    json_t *report = json_pack("{s:I, s:I, s:O, s:O, s:I, s:b}", "records", (json_int_t)counts->records,
                               "logs", (json_int_t)counts->logs, "damaged", x->damaged, "faults", x->faults,
                               "mended", (json_int_t)counts->mended, "clean", is_clean ? 1 : 0);
    say_list(cli, x->damaged);
    say_list(cli, x->faults);
    smk_show_count(counts->mended, "record", &records);
    if (counts->mended > 0)
        smk_cli_say(cli, "Damaged before, and good again: %s.", records.text);
    if (counts->faults > 0)
        return fail(cli, report, "store_damaged", "store file damaged: its tables do not fit its records",
                    "Nothing was changed; what other nodes have received is safe with them.",
                    "Run 'samaki audit' to see more; keep the file, and restore a backup or join again.");
    if (counts->damaged > 0)
        return fail_damaged(cli, report, counts->damaged);
    smk_show_count(counts->records, "record", &records);
    smk_show_count(counts->logs, "log", &logs);
    smk_cli_say(cli, "%s in %s were read: everything is as it was stored.", records.text, logs.text);
    smk_cli_json(cli, report);
    return SMK_EXIT_DONE;
}

static enum smk_err scrub(struct scrubbing *x, struct smk_home *home, struct smk_scrub_counts *ret_counts)
{
    (void)json_array_clear(x->damaged);
    (void)json_array_clear(x->faults);
    return smk_store_scrub(home->store, note_damage, x, ret_counts);
}

enum smk_exit smk_cmd_scrub(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    SMK_CLEANUP(scrubbing_deinit) struct scrubbing x = {.cli = cli};
    struct smk_arg args[] = {{.name = "--from", .max = 1}};
    struct smk_scrub_counts counts, after;
    size_t words;
    if (!smk_args_read(cli, argc, argv, args, 1, NULL, 0, &words))
        return SMK_EXIT_USAGE;
    const char *from = smk_arg_value(&args[0], NULL);
    enum smk_exit code = smk_cli_open(cli, from != NULL, &home);
    if (code != SMK_EXIT_DONE)
        return code;
    x.damaged = json_array();
    x.faults = json_array();
    if (smk_store_roster(home.store, &x.roster) != SMK_OK)
        x.roster = NULL; /* a decision may be damaged as well: authors are shown by their keys then */
    enum smk_err err = scrub(&x, &home, &counts);
    if (err == SMK_OK && from != NULL && counts.damaged > 0) {
        code = smk_donor_use(cli, home.store, from);
        if (code != SMK_EXIT_DONE)
            return code;
        err = scrub(&x, &home, &after);
        after.mended = counts.damaged > after.damaged ? counts.damaged - after.damaged : 0;
        counts = after;
    }
    return err == SMK_OK ? tell(&x, &counts) : smk_cli_fail_err(cli, err, "scrubbing the store");
}
