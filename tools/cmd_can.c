/* samaki can WHO ACT DOC: whether that act would count if it were done now, and if not, why, and what would be needed. */
#include "tools/act_words.h"
#include "tools/text.h"
#include "tools/who.h"

#include <string.h>

/* A device that holds the office and the place where the act would stand has to be there to write it. */
static enum smk_reason judge_device(struct smk_roster *roster, const struct smk_who *who,
                                    const struct smk_office *office, const struct smk_scope *scope)
{
    enum smk_reason reason = SMK_REASON_OFFICE;
    for (size_t i = 0; i < smk_roster_device_count(roster); i++) {
        const struct smk_device *device = smk_roster_device_at(roster, i);
        bool has_office = false;
        for (size_t k = 0; k < device->office_count; k++)
            has_office = has_office || strcmp(device->office[k].text, office->slug.text) == 0;
        if (!has_office || (who->device != NULL && who->device != device))
            continue;
        if (smk_roster_holds(roster, device->sign_key, scope))
            return SMK_REASON_COUNTS;
        reason = SMK_REASON_SCOPE;
    }
    return reason;
}

/* ---- telling ---- */

struct answer {
    struct smk_cli *cli;
    const char *act, *doc; /* as they are called */
    struct smk_asked asked;
};

static json_t *both(const char *en, const char *km)
{
    return json_pack("{s:s, s:s}", "en", en, "km", km);
}

static json_t *office_json(const struct answer *a, const struct smk_office *office, enum smk_reason reason)
{
    char en[SMK_SENTENCE_BYTES_MAX], km[SMK_SENTENCE_BYTES_MAX];
    bool may = reason == SMK_REASON_COUNTS;
    smk_reason_needs(reason, &a->asked, SMK_ENGLISH, en, sizeof en);
    smk_reason_needs(reason, &a->asked, SMK_KHMER, km, sizeof km);
    json_t *o =
        json_pack("{s:s, s:b, s:s}", "office", office->slug.text, "can", may, "role", office->role.text);
    (void)json_object_set_new(o, "reason", may ? json_null() : json_string(smk_reason_code(reason)));
    (void)json_object_set_new(o, "why",
                              may ? json_null() : both(smk_reason_text(reason), smk_reason_text_km(reason)));
    (void)json_object_set_new(o, "needs", may ? json_null() : both(en, km));
    (void)json_object_set_new(o, "khmer", json_string(smk_khmer_word(smk_reason_row(reason)->review)));
    return o;
}

/* In one language. */
static void say_office(const struct answer *a, const struct smk_office *office, enum smk_reason reason)
{
    char needs[SMK_SENTENCE_BYTES_MAX];
    bool may = reason == SMK_REASON_COUNTS, is_khmer = a->cli->language == SMK_KHMER;
    smk_tell(a->cli, may ? SMK_SAY_YES : SMK_SAY_NO, SMK_ABOUT(office->slug.text, a->act, a->doc));
    if (may && a->asked.rule->is_half)
        smk_tell(a->cli, SMK_SAY_OTHER_HALF, NULL);
    if (may)
        return;
    smk_reason_needs(reason, &a->asked, a->cli->language, needs, sizeof needs);
    smk_tell(
        a->cli, SMK_SAY_BECAUSE,
        SMK_ABOUT(is_khmer ? smk_reason_text_km(reason) : smk_reason_text(reason), smk_reason_code(reason)));
    smk_tell(a->cli, SMK_SAY_NEEDED, SMK_ABOUT(needs));
}

/* A refusal is said in both languages when Khmer was asked for, as everywhere. */
static void say_all(struct answer *a, const struct smk_who *who, const enum smk_reason *reason)
{
    enum smk_language asked = a->cli->language;
    for (size_t i = 0; i < who->count; i++) {
        say_office(a, who->office[i], reason[i]);
        if (asked != SMK_KHMER || reason[i] == SMK_REASON_COUNTS)
            continue;
        a->cli->language = SMK_ENGLISH;
        say_office(a, who->office[i], reason[i]);
        a->cli->language = asked;
    }
}

static enum smk_exit tell(struct answer *a, const struct smk_who *who, const enum smk_reason *reason)
{
    enum smk_reason furthest = SMK_REASON_COUNTS;
    size_t may = 0;
    json_t *offices = json_array();
    for (size_t i = 0; i < who->count; i++) {
        may += reason[i] == SMK_REASON_COUNTS;
        furthest = reason[i] > furthest ? reason[i] : furthest;
        (void)json_array_append_new(offices, office_json(a, who->office[i], reason[i]));
    }
    if (!a->cli->is_json) {
        say_all(a, who, reason);
        json_decref(offices);
        return may > 0 ? SMK_EXIT_DONE : SMK_EXIT_REFUSED;
    }
    json_t *o =
        json_pack("{s:b, s:s, s:s, s:o}", "can", may > 0, "act", a->act, "doc", a->doc, "offices", offices);
    (void)json_object_set_new(o, "reason", may > 0 ? json_null() : json_string(smk_reason_code(furthest)));
    (void)json_object_set_new(o, "stands", json_string(a->asked.stands));
    (void)json_object_set_new(o, "half", json_boolean(a->asked.rule->is_half));
    smk_cli_json(a->cli, o);
    return may > 0 ? SMK_EXIT_DONE : SMK_EXIT_REFUSED;
}

static enum smk_exit answer(struct smk_acting *a, const struct smk_who *who, struct smk_act_words *w)
{
    struct smk_roster *roster = smk_fold_roster(a->loaded.fold);
    enum smk_reason reason[SMK_WHO_OFFICES_MAX];
    struct smk_doc_name name;
    struct smk_scope scope;
    char act[SMK_NAME_LETTERS_MAX + 1];
    struct answer said = {.cli = a->cli, .act = act, .doc = smk_doc_shown(&a->loaded, w->doc, &name)};
    smk_text_safe(w->act.act, sizeof act - 1, act);
    enum smk_exit code =
        smk_acting_judge(a, &w->act, w->doc, who->office, who->count, reason, &said.asked, &scope);
    if (code != SMK_EXIT_DONE)
        return code;
    for (size_t i = 0; i < who->count; i++)
        if (reason[i] == SMK_REASON_COUNTS)
            reason[i] = judge_device(roster, who, who->office[i], &scope);
    return tell(&said, who, reason);
}

enum smk_exit smk_cmd_can(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_acting_close) struct smk_acting a = {0};
    SMK_CLEANUP(smk_act_words_deinit) struct smk_act_words w = {0};
    struct smk_arg option[SMK_ACT_OPTIONS] = SMK_ACT_ARGS;
    const char *word[3] = {NULL, NULL, NULL};
    struct smk_shown shown;
    struct smk_who who = {0};
    size_t words = 0;
    if (!smk_args_read(cli, argc, argv, option, SMK_ACT_OPTIONS, word, 3, &words))
        return SMK_EXIT_USAGE;
    if (words != 3)
        return smk_cli_usage(cli, NULL, NULL);
    a.cli = cli;
    enum smk_exit code = smk_loaded_open_home(cli, false, &a.home, &a.loaded);
    if (code == SMK_EXIT_DONE)
        code = smk_who_find(cli, &a.home, smk_fold_roster(a.loaded.fold), word[0], &who);
    if (code == SMK_EXIT_DONE && who.count == 0)
        code =
            smk_refuse(cli, SMK_EXIT_REFUSED, SMK_SAY_NO_OFFICE, SMK_ABOUT(smk_text_shown(word[0], &shown)));
    if (code == SMK_EXIT_DONE)
        code = smk_act_words_init(&a, word[1], word[2], option, true, &w);
    return code == SMK_EXIT_DONE ? answer(&a, &who, &w) : code;
}
