/* Names as people type them: slugs, areas, roles, kinds, offices, addresses. */
#include "tools/args.h"
#include "tools/text.h"
#include "tools/typed.h"

#include <ctype.h>
#include <string.h>

static const struct {
    const char *role;
    const char *short_name;
    const char *title;
} roles[] = {
    {"member_editor", "editor", "Editor"},
    {"member_approver", "approver", "Approver"},
    {"sna_clerk", "clerk", "Clerk"},
    {"sna_signatory", "signatory", "Signatory"},
    {"provincial_coordinator", "coordinator", "Provincial coordinator"},
    {"workshop_rapporteur", "rapporteur", "Rapporteur"},
    {"secretariat_editor", "editor", "Secretariat editor"},
    {"secretariat_approver", "approver", "Secretariat approver"},
    {"auditor", "auditor", "Auditor"},
    {"node_admin", "admin", "Node administrator"},
};
enum { ROLE_COUNT = sizeof roles / sizeof roles[0] };

static const char *const kinds[] = {
    "secretariat",        "hub",   "member", "sna_province", "sna_dm", "sna_commune", "ministry",
    "national_committee", "donor", "other",
};
enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

bool smk_role_is_known(const char *role)
{
    for (size_t i = 0; i < ROLE_COUNT; i++)
        if (strcmp(roles[i].role, role) == 0)
            return true;
    return false;
}

bool smk_kind_is_known(const char *kind)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (strcmp(kinds[i], kind) == 0)
            return true;
    return false;
}

const char *smk_role_misfit(const char *role, const char *kind)
{
    bool is_secretariat = strcmp(kind, "secretariat") == 0, is_administration = strncmp(kind, "sna_", 4) == 0;
    if (strncmp(role, "secretariat_", 12) == 0 && !is_secretariat)
        return "a secretariat";
    if (strncmp(role, "sna_", 4) == 0 && !is_administration)
        return "an administration (sna_...)";
    if (strncmp(role, "member_", 7) == 0 && (is_secretariat || is_administration))
        return "a member organisation";
    return NULL;
}

const char *smk_role_short(const char *role)
{
    for (size_t i = 0; i < ROLE_COUNT; i++)
        if (strcmp(roles[i].role, role) == 0)
            return roles[i].short_name;
    return role;
}

const char *smk_role_title(const char *role)
{
    for (size_t i = 0; i < ROLE_COUNT; i++)
        if (strcmp(roles[i].role, role) == 0)
            return roles[i].title;
    return role;
}

bool smk_args_slug(struct smk_cli *cli, const char *option, const char *text, struct smk_slug *ret_slug)
{
    struct smk_shown shown;
    if (smk_slug_is_valid(smk_bytes_of_text(text)) && smk_slug_copy(smk_bytes_of_text(text), ret_slug))
        return true;
    smk_text_shown(text, &shown);
    if (strlen(text) > SMK_SLUG_LETTERS_MAX)
        return smk_args_refuse(cli, "%s '%s' is too long: a short name has at most %d letters.", option,
                               shown.text, SMK_SLUG_LETTERS_MAX);
    char lower[SMK_SLUG_LETTERS_MAX + 1] = {0};
    for (size_t i = 0; text[i] != 0; i++)
        lower[i] = isalnum((unsigned char)text[i]) ? (char)tolower((unsigned char)text[i]) : '-';
    if (isascii(text[0]) && smk_slug_is_valid(smk_bytes_of_text(lower)))
        return smk_args_refuse(cli, "%s '%s' has to be in small letters, digits and hyphens: %s", option,
                               shown.text, lower);
    return smk_args_refuse(
        cli, "%s '%s' is not a short name: small Latin letters, digits and hyphens, such as ctod.", option,
        shown.text);
}

bool smk_args_area(struct smk_cli *cli, const char *text, char ret_area[5])
{
    struct smk_shown shown;
    size_t len = strlen(text);
    if ((len != 2 && len != 4) || strspn(text, "0123456789") != len)
        return smk_args_refuse(cli,
                               "'%s' is not an area: 2 digits for a province (02), 4 for a district (0201).",
                               smk_text_shown(text, &shown));
    (void)snprintf(ret_area, 5, "%s", text);
    return true;
}

static bool refuse_name(struct smk_cli *cli, const char *what, const char *text, const char *const *names,
                        size_t count)
{
    struct smk_shown shown;
    char list[256] = "";
    size_t len = 0;
    for (size_t i = 0; i < count && len < sizeof list; i++)
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%s", i > 0 ? ", " : "", names[i]);
    const char *nearest = smk_args_nearest(text, names, count);
    smk_text_shown(text, &shown);
    if (nearest != NULL)
        return smk_args_refuse(cli, "There is no %s '%s'. Did you mean %s?", what, shown.text, nearest);
    return smk_args_refuse(cli, "There is no %s '%s'. There are: %s", what, shown.text, list);
}

bool smk_args_role(struct smk_cli *cli, const char *text, struct smk_slug *ret_role)
{
    const char *names[ROLE_COUNT];
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        names[i] = roles[i].role;
        if (strcmp(names[i], text) == 0)
            return smk_slug_copy(smk_bytes_of_text(text), ret_role);
    }
    return refuse_name(cli, "role", text, names, ROLE_COUNT);
}

bool smk_args_kind(struct smk_cli *cli, const char *text, struct smk_slug *ret_kind)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (strcmp(kinds[i], text) == 0)
            return smk_slug_copy(smk_bytes_of_text(text), ret_kind);
    return refuse_name(cli, "kind of organisation", text, kinds, KIND_COUNT);
}

bool smk_args_utf8(struct smk_cli *cli, const char *option, const char *text, size_t max, char *ret_text)
{
    enum smk_err err;
    enum smk_typed typed =
        text[0] != '\0' ? smk_typed_read(smk_bytes_of_text(text), max, ret_text, &err) : SMK_TYPED_NO_TEXT;
    switch (typed) {
    case SMK_TYPED_WELL: break;
    case SMK_TYPED_NO_TEXT: return smk_args_refuse(cli, "%s is not a text (UTF-8).", option);
    case SMK_TYPED_TOO_LONG: return smk_args_refuse(cli, "%s is too long: at most %zu bytes.", option, max);
    case SMK_TYPED_OLD_FONT:
        return smk_args_refuse(cli, "%s cannot be read. %s", option, smk_typed_old_font_advice);
    case SMK_TYPED_FAILED:
        (void)smk_cli_fail_err(cli, err, "reading the command line");
        cli->has_lost_words = true;
        return false;
    }
    return true;
}

bool smk_args_office(struct smk_cli *cli, const char *text, struct smk_office_words *ret_office)
{
    struct smk_office_words office = {0};
    char word[3][64] = {{0}};
    struct smk_shown shown;
    const char *from = text;
    size_t count = 0;
    while (from != NULL) {
        size_t len = strcspn(from, ":");
        if (count == 3 || len == 0 || len >= sizeof word[0])
            return smk_args_refuse(
                cli, "'%s' is not ID, ID:ROLE or ID:ROLE:AREA, such as ctod-editor:member_editor.",
                smk_text_shown(text, &shown));
        memcpy(word[count++], from, len);
        from = from[len] == ':' ? from + len + 1 : NULL;
    }
    office.has_role = count > 1;
    if (!smk_args_slug(cli, "--office", word[0], &office.slug) ||
        (count > 1 && !smk_args_role(cli, word[1], &office.role)) ||
        (count > 2 && !smk_args_area(cli, word[2], office.area)))
        return false;
    *ret_office = office;
    return true;
}

bool smk_args_address(struct smk_cli *cli, const char *text)
{
    struct smk_shown shown;
    const char *colon = strrchr(text, ':');
    smk_text_shown(text, &shown);
    if (strstr(text, "://") != NULL)
        return smk_args_refuse(
            cli, "'%s' is a web address. Samaki wants HOST:PORT, such as hub.example.org:4717", shown.text);
    if (colon == NULL || colon[1] == 0 || (text[0] != '[' && strchr(text, ':') != colon) ||
        (text[0] == '[' && colon[-1] != ']'))
        return smk_args_refuse(
            cli, "'%s' lacks its port: HOST:PORT, such as hub.example.org:4717 or [2001:db8::1]:4717",
            shown.text);
    size_t host_len = (size_t)(colon - text), digits = strspn(colon + 1, "0123456789");
    unsigned port = 0;
    for (size_t i = 1; i <= digits && port <= 65535; i++)
        port = port * 10 + (unsigned)(colon[i] - '0');
    if (colon[1 + digits] != 0 || port == 0 || port > 65535)
        return smk_args_refuse(cli, "The port in '%s' has to be a number from 1 to 65535.", shown.text);
    if (host_len == 0 || strlen(text) > 255)
        return smk_args_refuse(cli, "'%s' lacks its host: HOST:PORT, such as hub.example.org:4717",
                               shown.text);
    for (size_t i = 0; text[i] != 0; i++)
        if (isspace((unsigned char)text[i]) || !isprint((unsigned char)text[i]) || text[i] == '/' ||
            text[i] == '@')
            return smk_args_refuse(cli, "'%s' is not an address: HOST:PORT, such as hub.example.org:4717",
                                   shown.text);
    return true;
}
