#include "tools/decide.h"
#include "tools/text.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <string.h>

bool smk_decisions_init(struct smk_decisions *d)
{
    *d = (struct smk_decisions){.at = smk_mem_array(SMK_DECISIONS_AT_ONCE_MAX, sizeof d->at[0])};
    return d->at != NULL;
}

void smk_decisions_deinit(struct smk_decisions *d)
{
    smk_mem_free(d->at);
    *d = (struct smk_decisions){0};
}

struct smk_decision *smk_decisions_add(struct smk_decisions *d, enum smk_decision_kind kind)
{
    SMK_ASSERT(d->count < SMK_DECISIONS_AT_ONCE_MAX);
    d->at[d->count].kind = kind;
    return &d->at[d->count++];
}

static const struct smk_organisation *find_secretariat(struct smk_roster *roster)
{
    for (size_t i = 0; i < smk_roster_organisation_count(roster); i++) {
        const struct smk_organisation *organisation = smk_roster_organisation_at(roster, i);
        if (strcmp(organisation->kind.text, "secretariat") == 0)
            return organisation;
    }
    return NULL;
}

enum smk_exit smk_decide_demand_root(struct smk_cli *cli, const struct smk_home *home,
                                     struct smk_roster *roster)
{
    const struct smk_genesis *genesis = smk_roster_genesis(roster);
    if (home->root_key_count >= genesis->k)
        return SMK_EXIT_DONE;
    const struct smk_organisation *secretariat = find_secretariat(roster);
    struct smk_shown name = {.text = "the organisation that founded it"};
    char what[1024], todo[1024];
    if (secretariat != NULL)
        smk_text_shown(secretariat->name.en[0] != 0 ? secretariat->name.en : secretariat->name.km, &name);
    (void)snprintf(what, sizeof what,
                   "The root key of this coalition is not on this node, so it cannot decide this.");
    (void)snprintf(todo, sizeof todo, "Ask %s: it can be done on the node where 'samaki init' was run.",
                   name.text);
    return smk_cli_fail(cli, SMK_EXIT_REFUSED, "no_root_key", what, "Nothing was changed.", todo);
}

enum smk_exit smk_decide_write(struct smk_cli *cli, struct smk_home *home, const struct smk_decisions *d,
                               size_t *ret_written)
{
    *ret_written = 0;
    if (d->count == 0)
        return SMK_EXIT_DONE;
    enum smk_err err = smk_store_decide(home->store, &home->identity, home->root_key, home->root_key_count,
                                        d->at, d->count, ret_written);
    if (err != SMK_OK)
        return smk_cli_fail_err(cli, err, "writing the decision");
    smk_home_poke(home);
    return SMK_EXIT_DONE;
}

static bool read_areas(struct smk_cli *cli, const struct smk_arg *areas,
                       struct smk_organisation *ret_organisation)
{
    for (size_t i = 0; i < areas->count; i++) {
        char area[5];
        size_t at = 0;
        if (!smk_args_area(cli, areas->value[i], area))
            return false;
        while (at < ret_organisation->area_count && strcmp(ret_organisation->area[at], area) < 0)
            at++;
        if (at < ret_organisation->area_count && strcmp(ret_organisation->area[at], area) == 0)
            continue; /* named twice */
        memmove(ret_organisation->area[at + 1], ret_organisation->area[at],
                (ret_organisation->area_count - at) * sizeof ret_organisation->area[0]);
        memcpy(ret_organisation->area[at], area, sizeof area);
        ret_organisation->area_count++;
    }
    return true;
}
_Static_assert((int)SMK_ARG_VALUES_MAX <= (int)SMK_AREAS_MAX, "every area that can be said has a place");

bool smk_decide_read_organisation(struct smk_cli *cli, const struct smk_slug *slug,
                                  const struct smk_organisation_words *words, const char *kind_otherwise,
                                  struct smk_organisation *ret_organisation)
{
    struct smk_organisation organisation = {.slug = *slug};
    if (!smk_args_kind(cli, smk_arg_value(words->kind, kind_otherwise), &organisation.kind) ||
        (words->areas != NULL && !read_areas(cli, words->areas, &organisation)))
        return false;
    struct smk_bilingual *name = &organisation.name;
    if (words->name_en != NULL && words->name_en->count > 0 &&
        !smk_args_utf8(cli, words->name_en->name, words->name_en->value[0], sizeof name->en - 1, name->en))
        return false;
    if (words->name_km != NULL && words->name_km->count > 0 &&
        !smk_args_utf8(cli, words->name_km->name, words->name_km->value[0], sizeof name->km - 1, name->km))
        return false;
    if (name->en[0] == 0 && name->km[0] == 0)
        for (size_t i = 0; slug->text[i] != 0; i++)
            name->en[i] = slug->text[i] >= 'a' && slug->text[i] <= 'z' ? (char)(slug->text[i] - 'a' + 'A')
                                                                       : slug->text[i];
    *ret_organisation = organisation;
    return true;
}

bool smk_decide_name_office(struct smk_cli *cli, const struct smk_slug *org, const char *role,
                            struct smk_slug *ret_slug)
{
    char slug[2 * SMK_SLUG_LETTERS_MAX + 2];
    (void)snprintf(slug, sizeof slug, "%s-%s", org->text, smk_role_short(role));
    if (smk_slug_copy(smk_bytes_of_text(slug), ret_slug))
        return true;
    return smk_args_refuse(
        cli, "'%s' would be too long a name for an office: choose one with --office NAME:%s", slug, role);
}

bool smk_decide_check_role(struct smk_cli *cli, const char *role, const struct smk_organisation *organisation)
{
    const char *owner = smk_role_misfit(role, organisation->kind.text);
    return owner == NULL || smk_args_refuse(cli, "The role %s belongs to %s, and %s is a %s.", role, owner,
                                            organisation->slug.text, organisation->kind.text);
}
