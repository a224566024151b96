#include "tools/show.h"

#include <inttypes.h>
#include <string.h>

const char *smk_show_count(uint64_t count, const char *noun, struct smk_count *ret_count)
{
    (void)snprintf(ret_count->text, sizeof ret_count->text, "%" PRIu64 " %s%s", count, noun,
                   count == 1 ? "" : "s");
    return ret_count->text;
}

const char *smk_show_fingerprint(const uint8_t key[SMK_KEY_BYTES], struct smk_fingerprint *ret_fingerprint)
{
    char *to = ret_fingerprint->text;
    for (size_t i = 0; i < 8; i++)
        to += snprintf(to, 6, "%02x%02x%s", key[2 * i], key[2 * i + 1], i < 7 ? " " : "");
    return ret_fingerprint->text;
}

const char *smk_show_name(const struct smk_bilingual *name, struct smk_shown *ret_shown)
{
    return smk_text_shown(name->en[0] != 0 ? name->en : name->km, ret_shown);
}

const char *smk_show_slugs(const struct smk_slug *slugs, size_t count, struct smk_shown *ret_shown)
{
    size_t len = 0;
    (void)snprintf(ret_shown->text, sizeof ret_shown->text, "-");
    for (size_t i = 0; i < count && len + SMK_SLUG_LETTERS_MAX + 3 < sizeof ret_shown->text; i++)
        len += (size_t)snprintf(ret_shown->text + len, sizeof ret_shown->text - len, "%s%s",
                                i > 0 ? ", " : "", slugs[i].text);
    return ret_shown->text;
}

json_t *smk_show_slugs_json(const struct smk_slug *slugs, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(array, json_string(slugs[i].text));
    return array;
}

/* null rather than an empty text */
static json_t *text_or_null(const char *text)
{
    return text[0] != 0 ? smk_json_text(smk_bytes_of_text(text)) : json_null();
}

void smk_show_organisation(struct smk_cli *cli, const struct smk_organisation *organisation)
{
    struct smk_shown name;
    char areas[6 * SMK_AREAS_MAX + 1] = "";
    size_t len = 0;
    for (size_t i = 0; i < organisation->area_count; i++)
        len += (size_t)snprintf(areas + len, sizeof areas - len, "%s%s", i > 0 ? "," : "",
                                organisation->area[i]);
    smk_cli_say(cli, "%-12s %-12s %-8s %s", organisation->slug.text, organisation->kind.text,
                len > 0 ? areas : "-", smk_show_name(&organisation->name, &name));
}

json_t *smk_show_organisation_json(const struct smk_organisation *organisation)
{
    json_t *areas = json_array();
    for (size_t i = 0; i < organisation->area_count; i++)
        (void)json_array_append_new(areas, json_string(organisation->area[i]));
    return json_pack("{s:s, s:s, s:o, s:o, s:o}", "id", organisation->slug.text, "kind",
                     organisation->kind.text, "name_en", text_or_null(organisation->name.en), "name_km",
                     text_or_null(organisation->name.km), "areas", areas);
}

void smk_show_office(struct smk_cli *cli, const struct smk_office *office)
{
    struct smk_shown title, meeting;
    smk_text_shown(office->meeting, &meeting);
    smk_cli_say(cli, "%-24s %-12s %-22s %-5s %s%s%s%s", office->slug.text, office->org.text,
                office->role.text, office->area[0] != 0 ? office->area : "-",
                smk_show_name(&office->title, &title), office->meeting[0] != 0 ? " (meeting: " : "",
                meeting.text, office->meeting[0] != 0 ? ")" : "");
}

json_t *smk_show_office_json(const struct smk_office *office)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "id", office->slug.text, "org", office->org.text,
                     "role", office->role.text, "area", text_or_null(office->area), "meeting",
                     text_or_null(office->meeting), "title_en", text_or_null(office->title.en), "title_km",
                     text_or_null(office->title.km));
}

void smk_show_device(struct smk_cli *cli, const struct smk_device *device, bool is_this)
{
    struct smk_fingerprint fingerprint;
    struct smk_shown offices;
    smk_cli_say(cli, "%s  %-12s %s%s", smk_show_fingerprint(device->sign_key, &fingerprint), device->org.text,
                smk_show_slugs(device->office, device->office_count, &offices),
                is_this ? "  (this device)" : "");
}

json_t *smk_show_device_json(const struct smk_device *device, bool is_this)
{
    struct smk_fingerprint fingerprint;
    return json_pack("{s:o, s:s, s:s, s:o, s:o, s:b}", "device", smk_json_hex(SMK_BYTES(device->sign_key)),
                     "fingerprint", smk_show_fingerprint(device->sign_key, &fingerprint), "org",
                     device->org.text, "offices", smk_show_slugs_json(device->office, device->office_count),
                     "transport", smk_json_hex(SMK_BYTES(device->transport_key)), "this", is_this ? 1 : 0);
}

/* ---- scopes ---- */

static bool holds(struct smk_roster *roster, const uint8_t *sign_key, const char *scope)
{
    struct smk_scope parsed;
    return smk_scope_parse(smk_bytes_of_text(scope), &parsed) && smk_roster_holds(roster, sign_key, &parsed);
}

static void add_provinces(struct smk_roster *roster, const uint8_t *sign_key, json_t *list)
{
    char scope[16];
    size_t before = json_array_size(list);
    for (unsigned i = 0; i < 100; i++) {
        (void)snprintf(scope, sizeof scope, "prov:%02u", i);
        if (holds(roster, sign_key, scope))
            (void)json_array_append_new(list, json_string(scope));
    }
    if (json_array_size(list) - before < 100)
        return;
    while (json_array_size(list) > before)
        (void)json_array_remove(list, before);
    (void)json_array_append_new(list, json_string("prov:*"));
}

static void add_districts(struct smk_roster *roster, const uint8_t *sign_key, json_t *list)
{
    char scope[16];
    size_t held[100] = {0}, all = 0;
    for (unsigned i = 0; i < 10000; i++) {
        (void)snprintf(scope, sizeof scope, "dm:%04u", i);
        if (holds(roster, sign_key, scope)) {
            held[i / 100]++;
            all++;
        }
    }
    if (all == 10000) {
        (void)json_array_append_new(list, json_string("dm:*"));
        return;
    }
    for (unsigned i = 0; i < 10000; i++) {
        if (held[i / 100] == 0)
            continue;
        bool has_all = held[i / 100] == 100;
        (void)snprintf(scope, sizeof scope, has_all ? "dm:%02u*" : "dm:%04u", has_all ? i / 100 : i);
        if (has_all ? i % 100 == 0 : holds(roster, sign_key, scope))
            (void)json_array_append_new(list, json_string(scope));
    }
}

json_t *smk_show_holds_json(struct smk_roster *roster, const uint8_t sign_key[SMK_KEY_BYTES])
{
    static const char *const plain[] = {"gov", "pub", "nat"};
    json_t *list = json_array();
    const struct smk_device *device = smk_roster_device(roster, sign_key);
    if (device == NULL)
        return list;
    struct smk_scope own = smk_scope_of_org(device->org.text);
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (holds(roster, sign_key, plain[i]))
            (void)json_array_append_new(list, json_string(plain[i]));
    add_provinces(roster, sign_key, list);
    add_districts(roster, sign_key, list);
    if (holds(roster, sign_key, own.text))
        (void)json_array_append_new(list, json_string(own.text));
    return list;
}
