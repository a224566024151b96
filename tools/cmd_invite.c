#include "tools/decide.h"
#include "tools/lookalikes.h"
#include "tools/show.h"
#include "tools/when.h"

#include "proto/mem.h"
#include "store/local.h"

#include <stdlib.h>
#include <string.h>

enum { ORG, KIND, ORG_NAME, AREA, OFFICE, ROLE, ADDRESS, DAYS, COUNT, DAYS_MAX = 365 };

/* Everything that the command line asks for, before the roster has been looked at. */
struct asked {
    struct smk_arg args[COUNT];
    struct smk_slug org;
    uint64_t days;
    size_t office_count;
    struct smk_office_words office[SMK_OFFICES_PER_DEVICE_MAX];
};

static bool read_days(struct smk_cli *cli, const char *text, uint64_t *ret_days)
{
    uint64_t days = 0;
    size_t digits = strspn(text, "0123456789");
    for (size_t i = 0; i < digits && days <= DAYS_MAX; i++)
        days = 10 * days + (uint64_t)(text[i] - '0');
    if (text[digits] != 0 || days == 0 || days > DAYS_MAX)
        return smk_args_refuse(cli, "--days is a number from 1 to %d.", DAYS_MAX);
    *ret_days = days;
    return true;
}

static bool read_offices(struct smk_cli *cli, struct asked *asked)
{
    const struct smk_arg *offices = &asked->args[OFFICE], *roles = &asked->args[ROLE];
    if (offices->count + roles->count == 0)
        return smk_args_refuse(cli, "Which office shall it hold? Say --role member_editor, or --office ID.");
    if (offices->count + roles->count > SMK_OFFICES_PER_DEVICE_MAX)
        return smk_args_refuse(cli, "A device holds at most %d offices.", SMK_OFFICES_PER_DEVICE_MAX);
    for (size_t i = 0; i < offices->count; i++)
        if (!smk_args_office(cli, offices->value[i], &asked->office[asked->office_count++]))
            return false;
    for (size_t i = 0; i < roles->count; i++) {
        struct smk_office_words *office = &asked->office[asked->office_count++];
        office->has_role = true;
        if (!smk_args_role(cli, roles->value[i], &office->role) ||
            !smk_decide_name_office(cli, &asked->org, office->role.text, &office->slug))
            return false;
    }
    for (size_t i = 0; i < asked->office_count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(asked->office[i].slug.text, asked->office[j].slug.text) == 0)
                return smk_args_refuse(cli, "The office %s stands twice.", asked->office[i].slug.text);
    return true;
}

static bool read_asked(struct smk_cli *cli, int argc, char **argv, struct asked *asked)
{
    size_t word_count;
    struct smk_arg *args = asked->args;
    args[ORG] = (struct smk_arg){.name = "--org", .max = 1};
    args[KIND] = (struct smk_arg){.name = "--kind", .max = 1};
    args[ORG_NAME] = (struct smk_arg){.name = "--org-name", .max = 1};
    args[AREA] = (struct smk_arg){.name = "--area", .max = SMK_ARG_VALUES_MAX};
    args[OFFICE] = (struct smk_arg){.name = "--office", .max = SMK_ARG_VALUES_MAX};
    args[ROLE] = (struct smk_arg){.name = "--role", .max = SMK_ARG_VALUES_MAX};
    args[ADDRESS] = (struct smk_arg){.name = "--address", .max = 1};
    args[DAYS] = (struct smk_arg){.name = "--days", .max = 1};
    return smk_args_read(cli, argc, argv, args, COUNT, NULL, 0, &word_count) &&
           smk_arg_demand(cli, &args[ORG], "ctod") &&
           smk_args_slug(cli, "--org", args[ORG].value[0], &asked->org) && read_offices(cli, asked) &&
           smk_arg_demand(cli, &args[ADDRESS], "hub.example.org:4717") &&
           smk_args_address(cli, args[ADDRESS].value[0]) &&
           read_days(cli, smk_arg_value(&args[DAYS], "7"), &asked->days);
}

/* The organisation as it is decided, or a decision about it in the list. NULL after having said why not. */
static const struct smk_organisation *settle_organisation(struct smk_cli *cli, const struct asked *asked,
                                                          struct smk_roster *roster,
                                                          struct smk_decisions *decisions)
{
    const struct smk_arg *args = asked->args;
    const struct smk_organisation *known = smk_roster_organisation(roster, asked->org.text);
    struct smk_organisation_words words = {
        .kind = &args[KIND], .name_en = &args[ORG_NAME], .areas = &args[AREA]};
    struct smk_organisation said;
    if (!smk_decide_read_organisation(cli, &asked->org, &words, known != NULL ? known->kind.text : "member",
                                      &said))
        return NULL;
    if (known == NULL) {
        struct smk_decision *decision = smk_decisions_add(decisions, SMK_DECIDE_ORGANISATION);
        decision->organisation = said;
        return &decision->organisation;
    }
    bool is_other = strcmp(said.kind.text, known->kind.text) != 0 ||
                    (args[ORG_NAME].count > 0 && strcmp(said.name.en, known->name.en) != 0) ||
                    (args[AREA].count > 0 &&
                     (said.area_count != known->area_count ||
                      memcmp(said.area, known->area, said.area_count * sizeof said.area[0]) != 0));
    if (is_other)
        (void)smk_args_refuse(cli,
                              "%s is decided already, in other words. See 'samaki org list'; change it with "
                              "'samaki org add', and leave --kind, --org-name and --area out here.",
                              known->slug.text);
    return is_other ? NULL : known;
}

static bool settle_office(struct smk_cli *cli, const struct smk_office_words *words,
                          const struct smk_organisation *organisation, struct smk_roster *roster,
                          struct smk_decisions *decisions)
{
    const struct smk_office *known = smk_roster_office(roster, words->slug.text);
    if (known != NULL && strcmp(known->org.text, organisation->slug.text) != 0)
        return smk_args_refuse(cli, "The office %s belongs to %s, not to %s.", known->slug.text,
                               known->org.text, organisation->slug.text);
    if (known != NULL && ((words->has_role && strcmp(known->role.text, words->role.text) != 0) ||
                          (words->area[0] != 0 && strcmp(known->area, words->area) != 0)))
        return smk_args_refuse(
            cli, "The office %s is decided already: %s%s%s. Say only --office %s, or choose another name.",
            known->slug.text, known->role.text, known->area[0] != 0 ? ", area " : "", known->area,
            known->slug.text);
    if (known != NULL)
        return true;
    if (!words->has_role)
        return smk_args_refuse(
            cli,
            "There is no office %s. Say --office %s:ROLE to make it; 'samaki office list' shows "
            "those there are.",
            words->slug.text, words->slug.text);
    if (!smk_decide_check_role(cli, words->role.text, organisation))
        return false;
    struct smk_decision *decision = smk_decisions_add(decisions, SMK_DECIDE_OFFICE);
    struct smk_office *office = &decision->office;
    *office = (struct smk_office){.slug = words->slug, .org = organisation->slug, .role = words->role};
    memcpy(office->area, words->area, sizeof office->area);
    (void)snprintf(office->title.en, sizeof office->title.en, "%s", smk_role_title(words->role.text));
    return true;
}

/* Looks at the roster and lists what has still to be decided. False after having said what does not fit. */
static bool settle(struct smk_cli *cli, const struct asked *asked, struct smk_roster *roster,
                   struct smk_decisions *decisions)
{
    size_t auditors = 0;
    const struct smk_organisation *organisation = settle_organisation(cli, asked, roster, decisions);
    if (organisation == NULL)
        return false;
    for (size_t i = 0; i < asked->office_count; i++) {
        const struct smk_office_words *words = &asked->office[i];
        if (!settle_office(cli, words, organisation, roster, decisions))
            return false;
        const struct smk_office *known = smk_roster_office(roster, words->slug.text);
        auditors += strcmp(known != NULL ? known->role.text : words->role.text, "auditor") == 0 ? 1 : 0;
    }
    return auditors == 0 || auditors == asked->office_count ||
           smk_args_refuse(
               cli, "An auditor's office cannot stand beside another one: invite a device of its own.");
}

static int compare_slugs(const void *a, const void *b)
{
    return strcmp(((const struct smk_slug *)a)->text, ((const struct smk_slug *)b)->text);
}

static enum smk_err write_invitation(struct smk_home *home, const struct asked *asked,
                                     struct smk_invitation *inv, struct smk_buf *text)
{
    const struct smk_identity *own = &home->identity;
    memcpy(inv->coalition, smk_store_coalition(home->store), sizeof inv->coalition);
    memcpy(inv->transport_key, own->transport.public_key, SMK_KEY_BYTES);
    memcpy(inv->box_key, own->box.public_key, SMK_KEY_BYTES);
    memcpy(inv->sign_key, own->sign.public_key, SMK_KEY_BYTES);
    (void)snprintf(inv->address, sizeof inv->address, "%s", asked->args[ADDRESS].value[0]);
    smk_random(inv->id, sizeof inv->id);
    smk_random(inv->secret, sizeof inv->secret);
    inv->org = asked->org;
    inv->office_count = asked->office_count;
    for (size_t i = 0; i < asked->office_count; i++)
        inv->office[i] = asked->office[i].slug;
    qsort(inv->office, inv->office_count, sizeof inv->office[0], compare_slugs);
    inv->expires_ms = smk_wall_ms() + asked->days * SMK_DAY_MS;
    enum smk_err err = smk_invitation_format(inv, &own->sign, text);
    if (err != SMK_OK)
        return err;
    struct smk_invitation_row row = {
        .org = inv->org, .office_count = inv->office_count, .expires_ms = inv->expires_ms};
    memcpy(row.id, inv->id, sizeof row.id);
    memcpy(row.secret, inv->secret, sizeof row.secret);
    memcpy(row.office, inv->office, sizeof row.office);
    err = smk_local_put_invitation(home->store, &row);
    smk_mem_wipe(&row, sizeof row);
    return err;
}

/* Of what is to be decided now: an organisation, offices. */
static enum smk_err find_lookalikes(struct smk_roster *roster, const struct smk_decisions *decisions,
                                    struct smk_lookalikes *ret_lookalikes)
{
    enum smk_err err = SMK_OK;
    for (size_t i = 0; err == SMK_OK && i < decisions->count; i++) {
        const struct smk_decision *d = &decisions->at[i];
        err = d->kind == SMK_DECIDE_ORGANISATION
                  ? smk_lookalikes_of_organisation(roster, &d->organisation, &ret_lookalikes[i])
                  : smk_lookalikes_of_office(roster, &d->office, false, &ret_lookalikes[i]);
    }
    return err;
}

static void say_lookalikes(struct smk_cli *cli, const struct smk_decisions *decisions,
                           const struct smk_lookalikes *lookalikes)
{
    for (size_t i = 0; i < decisions->count; i++) {
        const struct smk_decision *d = &decisions->at[i];
        bool is_organisation = d->kind == SMK_DECIDE_ORGANISATION;
        smk_lookalikes_say(cli, is_organisation ? "organisation" : "office",
                           is_organisation ? d->organisation.slug.text : d->office.slug.text, &lookalikes[i]);
    }
}

static json_t *lookalikes_json(const struct smk_decisions *decisions, const struct smk_lookalikes *lookalikes)
{
    json_t *array = json_array();
    for (size_t i = 0; i < decisions->count; i++)
        for (size_t k = 0; k < lookalikes[i].count; k++)
            (void)json_array_append_new(array, json_string(lookalikes[i].slug[k].text));
    return array;
}

/* The text alone goes to stdout, so that it can be piped on; what is said about it goes to stderr. */
static void tell(struct smk_cli *cli, const struct smk_invitation *inv, struct smk_bytes text,
                 const struct smk_decisions *decisions, const struct smk_lookalikes *lookalikes)
{
    struct smk_shown offices;
    struct smk_when expires;
    if (cli->is_json) {
        smk_cli_json(cli, json_pack("{s:o, s:o, s:s, s:o, s:o, s:o}", "invitation", smk_json_text(text), "id",
                                    smk_json_hex(SMK_BYTES(inv->id)), "org", inv->org.text, "offices",
                                    smk_show_slugs_json(inv->office, inv->office_count), "expires",
                                    smk_when_json(inv->expires_ms), "looks_like",
                                    lookalikes_json(decisions, lookalikes)));
        return;
    }
    smk_cli_say(cli, "%.*s", (int)text.len, (const char *)text.data);
    (void)fflush(stdout);
    (void)fprintf(stderr, "For one device of %s (%s), once, until %s, at %s.\n", inv->org.text,
                  smk_show_slugs(inv->office, inv->office_count, &offices),
                  smk_when_shown(inv->expires_ms, &expires), inv->address);
    (void)fprintf(
        stderr,
        "Hand it over as you would a key. There: samaki join @FILE. Here samakid has to be running.\n");
    say_lookalikes(cli, decisions, lookalikes);
}

static enum smk_exit invite(struct smk_cli *cli, const struct asked *asked)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    SMK_CLEANUP(smk_decisions_deinit) struct smk_decisions decisions = {0};
    struct smk_lookalikes lookalikes[SMK_DECISIONS_AT_ONCE_MAX] = {0};
    struct smk_roster *roster;
    size_t written;
    if (!smk_decisions_init(&decisions))
        return smk_cli_fail_err(cli, SMK_ERR_NOMEM, "inviting");
    enum smk_exit code = smk_cli_open_roster(cli, true, &home, &roster);
    if (code != SMK_EXIT_DONE)
        return code;
    code = smk_decide_demand_root(cli, &home, roster);
    if (code == SMK_EXIT_DONE && !settle(cli, asked, roster, &decisions))
        code = SMK_EXIT_USAGE;
    enum smk_err err = code == SMK_EXIT_DONE ? find_lookalikes(roster, &decisions, lookalikes) : SMK_OK;
    smk_roster_free(roster);
    if (err != SMK_OK)
        code = smk_cli_fail_err(cli, err, "comparing names");
    if (code == SMK_EXIT_DONE)
        code = smk_decide_write(cli, &home, &decisions, &written);
    if (code != SMK_EXIT_DONE)
        return code;
    struct smk_invitation inv = {0};
    struct smk_buf text = {.max = SMK_INVITATION_TEXT_BYTES_MAX};
    err = write_invitation(&home, asked, &inv, &text);
    if (err == SMK_OK)
        tell(cli, &inv, smk_buf_view(&text), &decisions, lookalikes);
    else
        code = smk_cli_fail_err(cli, err, "writing the invitation");
    smk_mem_wipe(&inv, sizeof inv);
    smk_buf_deinit(&text);
    return code;
}

enum smk_exit smk_cmd_invite(struct smk_cli *cli, int argc, char **argv)
{
    struct asked *asked = smk_mem_new(sizeof *asked);
    if (asked == NULL)
        return smk_cli_fail_err(cli, SMK_ERR_NOMEM, "inviting");
    enum smk_exit code = read_asked(cli, argc, argv, asked) ? invite(cli, asked) : SMK_EXIT_USAGE;
    smk_mem_free(asked);
    return code;
}
