#include "tools/who.h"

#include "tools/doc_find.h"
#include "tools/field_map.h"
#include "tools/text.h"

#include <string.h>

static void add_office(struct smk_who *who, const struct smk_office *office)
{
    if (office != NULL && who->count < SMK_WHO_OFFICES_MAX)
        who->office[who->count++] = office;
}

static void add_organisation(struct smk_who *who, struct smk_roster *roster, const char *slug)
{
    for (size_t i = 0; i < smk_roster_office_count(roster); i++)
        if (strcmp(smk_roster_office_at(roster, i)->org.text, slug) == 0)
            add_office(who, smk_roster_office_at(roster, i));
}

static void add_device(struct smk_who *who, struct smk_roster *roster, const struct smk_device *device)
{
    who->device = device;
    for (size_t i = 0; i < device->office_count; i++)
        add_office(who, smk_roster_office(roster, device->office[i].text));
}

/* The digits of a key as they are shown: in groups, or in one. */
static void join_groups(const char *word, char ret_digits[2 * SMK_KEY_BYTES + 1])
{
    size_t len = 0;
    for (; *word != '\0' && len < 2 * SMK_KEY_BYTES; word++)
        if (*word != ' ' && *word != ':')
            ret_digits[len++] = *word;
    ret_digits[len] = '\0';
}

static size_t find_devices(struct smk_roster *roster, const char *word, const struct smk_device **ret_device)
{
    char digits[2 * SMK_KEY_BYTES + 1];
    size_t count = 0;
    join_groups(word, digits);
    for (size_t i = 0; i < smk_roster_device_count(roster); i++) {
        const struct smk_device *device = smk_roster_device_at(roster, i);
        if (!smk_hex_begins(digits, device->sign_key, sizeof device->sign_key))
            continue;
        *ret_device = device;
        count++;
    }
    return count;
}

enum smk_exit smk_who_find(struct smk_cli *cli, const struct smk_home *home, struct smk_roster *roster,
                           const char *word, struct smk_who *ret_who)
{
    struct smk_who who = {0};
    struct smk_slug slug;
    struct smk_shown shown;
    const struct smk_device *device = NULL;
    bool is_slug = smk_slug_lower(word, &slug);
    if (is_slug)
        add_office(&who, smk_roster_office(roster, slug.text));
    bool is_organisation = is_slug && who.count == 0 && smk_roster_organisation(roster, slug.text) != NULL;
    if (is_organisation)
        add_organisation(&who, roster, slug.text);
    size_t devices = who.count == 0 && !is_organisation ? find_devices(roster, word, &device) : 0;
    if (who.count == 0 && !is_organisation && strcmp(word, "me") == 0 && home->has_identity) {
        device = smk_roster_device(roster, home->identity.sign.public_key);
        if (device == NULL)
            return smk_refuse(cli, SMK_EXIT_REFUSED, SMK_SAY_NO_CERTIFICATE, NULL);
        devices = 1;
    }
    if (devices > 1)
        return smk_refuse(cli, SMK_EXIT_REFUSED, SMK_SAY_SEVERAL_DEVICES,
                          SMK_ABOUT(smk_text_shown(word, &shown)));
    if (devices == 1)
        add_device(&who, roster, device);
    if (devices == 0 && who.count == 0 && !is_organisation)
        return smk_refuse(cli, SMK_EXIT_REFUSED, SMK_SAY_NOBODY, SMK_ABOUT(smk_text_shown(word, &shown)));
    *ret_who = who;
    return SMK_EXIT_DONE;
}
