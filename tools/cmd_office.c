#include "tools/decide.h"
#include "tools/lookalikes.h"
#include "tools/show.h"

#include "proto/mem.h"

#include <string.h>

static enum smk_exit list_offices(struct smk_cli *cli)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    struct smk_roster *roster;
    enum smk_exit code = smk_cli_open_roster(cli, false, &home, &roster);
    if (code != SMK_EXIT_DONE)
        return code;
    for (size_t i = 0; i < smk_roster_office_count(roster); i++) {
        const struct smk_office *office = smk_roster_office_at(roster, i);
        if (cli->is_json)
            smk_cli_json(cli, smk_show_office_json(office));
        else
            smk_show_office(cli, office);
    }
    smk_roster_free(roster);
    return SMK_EXIT_DONE;
}

enum { ORG, ROLE, AREA, MEETING, TITLE_EN, TITLE_KM, COUNT };

static bool read_office(struct smk_cli *cli, const char *id, struct smk_arg args[COUNT],
                        struct smk_office *office)
{
    *office = (struct smk_office){0};
    if (!smk_args_slug(cli, "The office", id, &office->slug) || !smk_arg_demand(cli, &args[ORG], "ctod") ||
        !smk_args_slug(cli, "--org", args[ORG].value[0], &office->org) ||
        !smk_arg_demand(cli, &args[ROLE], "member_editor") ||
        !smk_args_role(cli, args[ROLE].value[0], &office->role) ||
        (args[AREA].count > 0 && !smk_args_area(cli, args[AREA].value[0], office->area)))
        return false;
    struct smk_bilingual *title = &office->title;
    if ((args[MEETING].count > 0 && !smk_args_utf8(cli, "--meeting", args[MEETING].value[0],
                                                   sizeof office->meeting - 1, office->meeting)) ||
        (args[TITLE_EN].count > 0 &&
         !smk_args_utf8(cli, "--title-en", args[TITLE_EN].value[0], sizeof title->en - 1, title->en)) ||
        (args[TITLE_KM].count > 0 &&
         !smk_args_utf8(cli, "--title-km", args[TITLE_KM].value[0], sizeof title->km - 1, title->km)))
        return false;
    if (title->en[0] == 0 && title->km[0] == 0)
        (void)snprintf(title->en, sizeof title->en, "%s", smk_role_title(office->role.text));
    return true;
}

static enum smk_exit fail_unknown(struct smk_cli *cli, const char *org)
{
    char what[128], todo[128];
    (void)snprintf(what, sizeof what, "The organisation %s has not been decided.", org);
    (void)snprintf(todo, sizeof todo, "Decide it first: samaki org add %s --kind member --name-en NAME", org);
    return smk_cli_fail(cli, SMK_EXIT_REFUSED, "unknown_organisation", what, "Nothing was changed.", todo);
}

static enum smk_exit decide(struct smk_cli *cli, const struct smk_office *office, bool has_title)
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
    const struct smk_organisation *organisation = smk_roster_organisation(roster, office->org.text);
    if (code == SMK_EXIT_DONE && organisation == NULL)
        code = fail_unknown(cli, office->org.text);
    if (code == SMK_EXIT_DONE && !smk_decide_check_role(cli, office->role.text, organisation))
        code = SMK_EXIT_USAGE;
    enum smk_err err = smk_lookalikes_of_office(roster, office, has_title, &alike);
    smk_roster_free(roster);
    if (code == SMK_EXIT_DONE && err != SMK_OK)
        code = smk_cli_fail_err(cli, err, "comparing names");
    if (code != SMK_EXIT_DONE)
        return code;
    if (!smk_decisions_init(&decisions))
        return smk_cli_fail_err(cli, SMK_ERR_NOMEM, "writing the decision");
    smk_decisions_add(&decisions, SMK_DECIDE_OFFICE)->office = *office;
    code = smk_decide_write(cli, &home, &decisions, &written);
    if (code != SMK_EXIT_DONE)
        return code;
    smk_cli_say(cli, written > 0 ? "Decided:" : "This was decided before:");
    smk_show_office(cli, office);
    smk_lookalikes_say(cli, "office", office->slug.text, &alike);
    json_t *object = smk_show_office_json(office);
    (void)json_object_set_new(object, "written", json_boolean(written > 0));
    (void)json_object_set_new(object, "looks_like", smk_lookalikes_json(&alike));
    smk_cli_json(cli, object);
    return SMK_EXIT_DONE;
}

enum smk_exit smk_cmd_office(struct smk_cli *cli, int argc, char **argv)
{
    struct smk_arg args[COUNT] = {
        [ORG] = {.name = "--org", .max = 1},           [ROLE] = {.name = "--role", .max = 1},
        [AREA] = {.name = "--area", .max = 1},         [MEETING] = {.name = "--meeting", .max = 1},
        [TITLE_EN] = {.name = "--title-en", .max = 1}, [TITLE_KM] = {.name = "--title-km", .max = 1},
    };
    const char *word[2];
    size_t count;
    struct smk_office office;
    if (!smk_args_read(cli, argc, argv, args, COUNT, word, 2, &count))
        return SMK_EXIT_USAGE;
    if (count == 0 || (count == 1 && strcmp(word[0], "list") == 0))
        return list_offices(cli);
    if (count != 2 || strcmp(word[0], "add") != 0)
        return smk_cli_usage(cli, NULL, NULL);
    if (!read_office(cli, word[1], args, &office))
        return SMK_EXIT_USAGE;
    return decide(cli, &office, args[TITLE_EN].count + args[TITLE_KM].count > 0);
}
