#include "tools/decide.h"
#include "tools/text.h"
#include "tools/when.h"

#include "proto/mem.h"

#include <string.h>

struct founding {
    char name[201];
    const char *zone;
    struct smk_organisation organisation;
    size_t office_count;
    struct smk_office office[SMK_ARG_VALUES_MAX];
};

static void add_office(struct founding *f, const struct smk_slug *slug, const struct smk_slug *role,
                       const char *area)
{
    struct smk_office *office = &f->office[f->office_count++];
    *office = (struct smk_office){.slug = *slug, .org = f->organisation.slug, .role = *role};
    (void)snprintf(office->area, sizeof office->area, "%s", area);
    (void)snprintf(office->title.en, sizeof office->title.en, "%s", smk_role_title(role->text));
}

static bool read_offices(struct smk_cli *cli, const struct smk_arg *offices, struct founding *f)
{
    static const char *const usual[] = {"secretariat_approver", "secretariat_editor"};
    struct smk_slug slug, role;
    if (offices->count == 0 && strcmp(f->organisation.kind.text, "secretariat") != 0)
        return smk_args_refuse(cli, "A founder that is no secretariat names its offices: --office ID:ROLE");
    for (size_t i = 0; i < 2 && offices->count == 0; i++) {
        if (!smk_args_role(cli, usual[i], &role) ||
            !smk_decide_name_office(cli, &f->organisation.slug, usual[i], &slug))
            return false;
        add_office(f, &slug, &role, "");
    }
    size_t auditors = 0;
    for (size_t i = 0; i < offices->count; i++) {
        struct smk_office_words words;
        if (!smk_args_office(cli, offices->value[i], &words))
            return false;
        if (!words.has_role)
            return smk_args_refuse(cli, "--office %s lacks its role: --office %s:secretariat_editor",
                                   words.slug.text, words.slug.text);
        for (size_t j = 0; j < i; j++)
            if (strcmp(f->office[j].slug.text, words.slug.text) == 0)
                return smk_args_refuse(cli, "The office %s stands twice.", words.slug.text);
        if (!smk_decide_check_role(cli, words.role.text, &f->organisation))
            return false;
        add_office(f, &words.slug, &words.role, words.area);
        auditors += strcmp(words.role.text, "auditor") == 0 ? 1 : 0;
    }
    if (auditors > 0)
        return smk_args_refuse(
            cli, "A founder decides, and an auditor only looks on: invite a device of its own for that.");
    return true;
}

static bool read_founding(struct smk_cli *cli, int argc, char **argv, struct founding *f)
{
    enum { NAME, ORG, ORG_NAME, KIND, ZONE, OFFICE, COUNT };
    struct smk_arg args[COUNT] = {
        [NAME] = {.name = "--name", .max = 1},
        [ORG] = {.name = "--org", .max = 1},
        [ORG_NAME] = {.name = "--org-name", .max = 1},
        [KIND] = {.name = "--kind", .max = 1},
        [ZONE] = {.name = "--time-zone", .max = 1},
        [OFFICE] = {.name = "--office", .max = SMK_ARG_VALUES_MAX},
    };
    struct smk_slug slug;
    struct smk_organisation_words words = {.kind = &args[KIND], .name_en = &args[ORG_NAME]};
    size_t word_count;
    if (!smk_args_read(cli, argc, argv, args, COUNT, NULL, 0, &word_count) ||
        !smk_arg_demand(cli, &args[NAME], "\"Our coalition\"") || !smk_arg_demand(cli, &args[ORG], "cpdd") ||
        !smk_args_utf8(cli, "--name", args[NAME].value[0], sizeof f->name - 1, f->name) ||
        !smk_args_slug(cli, "--org", args[ORG].value[0], &slug) ||
        !smk_decide_read_organisation(cli, &slug, &words, "secretariat", &f->organisation))
        return false;
    f->zone = smk_arg_value(&args[ZONE], "Asia/Phnom_Penh");
    if (!smk_when_is_zone_name(f->zone) || !smk_when_has_zone(f->zone)) {
        struct smk_shown shown;
        return smk_args_refuse(cli,
                               "'%s' is not a time zone that this machine knows, such as Asia/Phnom_Penh.",
                               smk_text_shown(f->zone, &shown));
    }
    return read_offices(cli, &args[OFFICE], f);
}

static enum smk_exit fail_second(struct smk_cli *cli)
{
    struct smk_shown home;
    char what[1024];
    (void)snprintf(what, sizeof what, "In %s there is a coalition already.",
                   smk_text_shown(cli->home_path, &home));
    return smk_cli_fail(cli, SMK_EXIT_REFUSED, "exists", what, "It was left as it is.",
                        "See it with 'samaki status'; for another coalition use another --home.");
}

static void say_founded(struct smk_cli *cli, const struct smk_home *home, const struct founding *f)
{
    char coalition[2 * SMK_ID_BYTES + 1], device[2 * SMK_KEY_BYTES + 1];
    struct smk_shown name;
    json_t *offices = json_array();
    smk_hex_format((struct smk_bytes){smk_store_coalition(home->store), SMK_ID_BYTES}, coalition);
    smk_hex_format(SMK_BYTES(home->identity.sign.public_key), device);
    smk_cli_say(cli, "The coalition '%s' is founded.", smk_text_shown(f->name, &name));
    smk_cli_say(cli, "  coalition    %s", coalition);
    smk_cli_say(cli, "  device       %s", device);
    for (size_t i = 0; i < f->office_count; i++) {
        (void)json_array_append_new(offices, json_string(f->office[i].slug.text));
        smk_cli_say(cli, "  office       %s (%s)", f->office[i].slug.text, f->office[i].role.text);
    }
    smk_cli_say(cli, "Keep a copy of %s/root.key in a safe place: whoever has it decides who belongs.",
                smk_text_shown(home->path, &name));
    smk_cli_say(cli, "Next: start 'samakid', then invite each organisation:");
    smk_cli_say(cli, "  samaki invite --org ctod --role member_editor --area 02 --address HOST:4717");
    smk_cli_json(cli, json_pack("{s:s, s:o, s:s, s:s, s:o}", "coalition", coalition, "name",
                                smk_json_text(smk_bytes_of_text(f->name)), "organisation",
                                f->organisation.slug.text, "device", device, "offices", offices));
}

enum smk_exit smk_cmd_init(struct smk_cli *cli, int argc, char **argv)
{
    struct founding *f = smk_mem_new(sizeof *f);
    if (f == NULL)
        return smk_cli_fail_err(cli, SMK_ERR_NOMEM, "founding");
    if (!read_founding(cli, argc, argv, f)) {
        smk_mem_free(f);
        return SMK_EXIT_USAGE;
    }
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    enum smk_err err = smk_home_prepare(cli->home_path, &home);
    if (err == SMK_OK)
        err = smk_home_found(&home, f->name, f->zone, &f->organisation, f->office, f->office_count);
    enum smk_exit code = SMK_EXIT_DONE;
    if (err == SMK_ERR_EXISTS)
        code = fail_second(cli);
    else if (err != SMK_OK)
        code = smk_cli_fail_err(cli, err, "founding the coalition");
    else
        say_founded(cli, &home, f);
    smk_mem_free(f);
    return code;
}
