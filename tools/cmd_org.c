#include "tools/decide.h"
#include "tools/lookalikes.h"
#include "tools/show.h"

#include "proto/mem.h"

#include <string.h>

static enum smk_exit list_organisations(struct smk_cli *cli)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    struct smk_roster *roster;
    enum smk_exit code = smk_cli_open_roster(cli, false, &home, &roster);
    if (code != SMK_EXIT_DONE)
        return code;
    for (size_t i = 0; i < smk_roster_organisation_count(roster); i++) {
        const struct smk_organisation *organisation = smk_roster_organisation_at(roster, i);
        if (cli->is_json)
            smk_cli_json(cli, smk_show_organisation_json(organisation));
        else
            smk_show_organisation(cli, organisation);
    }
    smk_roster_free(roster);
    return SMK_EXIT_DONE;
}

static enum smk_exit decide(struct smk_cli *cli, const struct smk_organisation *organisation)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    SMK_CLEANUP(smk_decisions_deinit) struct smk_decisions decisions = {0};
    struct smk_roster *roster;
    struct smk_lookalikes alike = {0};
    size_t written = 0;
    enum smk_exit code = smk_cli_open_roster(cli, true, &home, &roster);
    if (code != SMK_EXIT_DONE)
        return code;
    code = smk_decide_demand_root(cli, &home, roster);
    enum smk_err err = smk_lookalikes_of_organisation(roster, organisation, &alike);
    smk_roster_free(roster);
    if (code == SMK_EXIT_DONE && err != SMK_OK)
        code = smk_cli_fail_err(cli, err, "comparing names");
    if (code != SMK_EXIT_DONE)
        return code;
    if (!smk_decisions_init(&decisions))
        return smk_cli_fail_err(cli, SMK_ERR_NOMEM, "writing the decision");
    smk_decisions_add(&decisions, SMK_DECIDE_ORGANISATION)->organisation = *organisation;
    code = smk_decide_write(cli, &home, &decisions, &written);
    if (code != SMK_EXIT_DONE)
        return code;
    smk_cli_say(cli, written > 0 ? "Decided:" : "This was decided before:");
    smk_show_organisation(cli, organisation);
    smk_lookalikes_say(cli, "organisation", organisation->slug.text, &alike);
    json_t *object = smk_show_organisation_json(organisation);
    (void)json_object_set_new(object, "written", json_boolean(written > 0));
    (void)json_object_set_new(object, "looks_like", smk_lookalikes_json(&alike));
    smk_cli_json(cli, object);
    return SMK_EXIT_DONE;
}

enum smk_exit smk_cmd_org(struct smk_cli *cli, int argc, char **argv)
{
    enum { KIND, NAME_EN, NAME_KM, AREA, COUNT };
    struct smk_arg args[COUNT] = {
        [KIND] = {.name = "--kind", .max = 1},
        [NAME_EN] = {.name = "--name-en", .max = 1},
        [NAME_KM] = {.name = "--name-km", .max = 1},
        [AREA] = {.name = "--area", .max = SMK_ARG_VALUES_MAX},
    };
    const char *word[2];
    size_t count;
    struct smk_slug slug;
    struct smk_organisation organisation;
    if (!smk_args_read(cli, argc, argv, args, COUNT, word, 2, &count))
        return SMK_EXIT_USAGE;
    if (count == 0 || (count == 1 && strcmp(word[0], "list") == 0))
        return list_organisations(cli);
    if (count != 2 || strcmp(word[0], "add") != 0)
        return smk_cli_usage(cli, NULL, NULL);
    struct smk_organisation_words words = {
        .kind = &args[KIND], .name_en = &args[NAME_EN], .name_km = &args[NAME_KM], .areas = &args[AREA]};
    if (!smk_args_slug(cli, "The organisation", word[1], &slug) ||
        !smk_arg_demand(cli, &args[KIND], "member") ||
        !smk_decide_read_organisation(cli, &slug, &words, "member", &organisation))
        return SMK_EXIT_USAGE;
    return decide(cli, &organisation);
}
