#include "tools/args.h"
#include "tools/show.h"

#include "proto/mem.h"

#include <string.h>

static bool is_own(const struct smk_home *home, const struct smk_device *device)
{
    return home->has_identity && memcmp(home->identity.sign.public_key, device->sign_key, SMK_KEY_BYTES) == 0;
}

static void say_roster(struct smk_cli *cli, const struct smk_home *home, struct smk_roster *roster,
                       json_t *scopes)
{
    for (size_t i = 0; i < smk_roster_organisation_count(roster); i++) {
        const struct smk_organisation *organisation = smk_roster_organisation_at(roster, i);
        smk_show_organisation(cli, organisation);
        for (size_t j = 0; j < smk_roster_office_count(roster); j++) {
            const struct smk_office *office = smk_roster_office_at(roster, j);
            struct smk_shown title;
            if (strcmp(office->org.text, organisation->slug.text) == 0)
                smk_cli_say(cli, "  office  %-24s %-22s %-5s %s", office->slug.text, office->role.text,
                            office->area[0] != 0 ? office->area : "-", smk_show_name(&office->title, &title));
        }
        for (size_t j = 0; j < smk_roster_device_count(roster); j++) {
            const struct smk_device *device = smk_roster_device_at(roster, j);
            struct smk_fingerprint fingerprint;
            struct smk_shown offices;
            if (strcmp(device->org.text, organisation->slug.text) == 0)
                smk_cli_say(cli, "  device  %s  %s%s", smk_show_fingerprint(device->sign_key, &fingerprint),
                            smk_show_slugs(device->office, device->office_count, &offices),
                            is_own(home, device) ? "  (this device)" : "");
        }
    }
    char line[1024] = "nothing";
    size_t len = 0;
    for (size_t i = 0; i < json_array_size(scopes) && len + 64 < sizeof line; i++)
        len += (size_t)snprintf(line + len, sizeof line - len, "%s%s", i > 0 ? " " : "",
                                json_string_value(json_array_get(scopes, i)));
    smk_cli_say(cli, "This device holds: %s", line);
}

static json_t *roster_json(const struct smk_home *home, struct smk_roster *roster, json_t *scopes)
{
    json_t *organisations = json_array(), *offices = json_array(), *devices = json_array();
    for (size_t i = 0; i < smk_roster_organisation_count(roster); i++)
        (void)json_array_append_new(organisations,
                                    smk_show_organisation_json(smk_roster_organisation_at(roster, i)));
    for (size_t i = 0; i < smk_roster_office_count(roster); i++)
        (void)json_array_append_new(offices, smk_show_office_json(smk_roster_office_at(roster, i)));
    for (size_t i = 0; i < smk_roster_device_count(roster); i++) {
        const struct smk_device *device = smk_roster_device_at(roster, i);
        (void)json_array_append_new(devices, smk_show_device_json(device, is_own(home, device)));
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "organisations", organisations, "offices", offices, "devices",
                     devices, "holds", scopes);
}

enum smk_exit smk_cmd_roster(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    struct smk_roster *roster;
    size_t count;
    if (!smk_args_read(cli, argc, argv, NULL, 0, NULL, 0, &count))
        return SMK_EXIT_USAGE;
    enum smk_exit code = smk_cli_open_roster(cli, false, &home, &roster);
    if (code != SMK_EXIT_DONE)
        return code;
    json_t *scopes =
        home.has_identity ? smk_show_holds_json(roster, home.identity.sign.public_key) : json_array();
    if (cli->is_json) {
        smk_cli_json(cli, roster_json(&home, roster, scopes)); /* takes scopes */
    } else {
        say_roster(cli, &home, roster, scopes);
        json_decref(scopes);
    }
    smk_roster_free(roster);
    return SMK_EXIT_DONE;
}
