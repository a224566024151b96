/* samaki place NAME [--in PLACE]: which place is meant by a name, a code or another spelling. */
#include "tools/args.h"
#include "tools/messages.h"
#include "tools/text.h"

#include "proto/mem.h"
#include "store/places.h"

#include <string.h>

enum { WORDS_MAX = 8, SHOWN_MAX = 2 * SMK_PLACE_TEXT_BYTES_MAX };

static void places_drop(struct smk_places **p)
{
    smk_places_free(*p);
}

/* ---- saying ---- */

static json_t *place_json(const struct smk_place *p)
{
    const struct smk_place *above = smk_place_parent(p);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?}", "code", p->code, "level",
                     smk_place_level_en(smk_place_level(p)), "kind", smk_place_kind_en(p->kind), "name_en",
                     p->name_en, "name_km", p->name_km, "parent", above != NULL ? above->code : NULL);
}

static void say_place(struct smk_cli *cli, const struct smk_place *p)
{
    char above[256] = "";
    size_t len = 0;
    for (const struct smk_place *a = smk_place_parent(p); a != NULL && len < sizeof above;
         a = smk_place_parent(a))
        len += (size_t)snprintf(above + len, sizeof above - len, "%s%s %s (%s)", len > 0 ? ", " : "  in ",
                                a->code, a->name_en, a->name_km);
    smk_cli_say(cli, "%-6s  %s (%s)  %s  %s%s", p->code, smk_place_kind_en(p->kind),
                smk_place_kind_km(p->kind), p->name_en, p->name_km, above);
}

static void say_found(struct smk_cli *cli, const struct smk_place_answer *a)
{
    static const char *const match[] = {[SMK_PLACE_BY_CODE] = "code",
                                        [SMK_PLACE_BY_NAME] = "name",
                                        [SMK_PLACE_BY_ALIAS] = "alias",
                                        [SMK_PLACE_BY_LIKENESS] = "likeness"};
    if (!cli->is_json) {
        say_place(cli, a->place[0]);
        if (a->match == SMK_PLACE_BY_LIKENESS)
            smk_tell(cli, SMK_SAY_NEAR_PLACE, NULL);
        return;
    }
    json_t *object = place_json(a->place[0]);
    (void)json_object_set_new(object, "match", json_string(match[a->match]));
    smk_cli_json(cli, object);
}

static enum smk_exit fail_none(struct smk_cli *cli, const char *text)
{
    struct smk_shown shown;
    return smk_refuse(cli, SMK_EXIT_REFUSED, SMK_SAY_NO_PLACE, SMK_ABOUT(smk_text_shown(text, &shown)));
}

/* Each of them, and then that it is not clear. */
static enum smk_exit fail_several(struct smk_cli *cli, const char *text, const struct smk_place_answer *a)
{
    struct smk_shown shown;
    char count[24];
    for (size_t i = 0; i < a->count && i < SMK_PLACE_CANDIDATES_MAX; i++) {
        if (cli->is_json)
            smk_cli_json(cli, place_json(a->place[i]));
        else
            say_place(cli, a->place[i]);
    }
    (void)snprintf(count, sizeof count, "%zu", a->count);
    return smk_refuse(cli, SMK_EXIT_REFUSED, SMK_SAY_SEVERAL_PLACES,
                      SMK_ABOUT(count, smk_text_shown(text, &shown)));
}

/* ---- finding ---- */

static enum smk_exit ask(struct smk_cli *cli, const struct smk_places *names, const char *text,
                         const struct smk_place *in, struct smk_place_answer *ret_answer)
{
    const struct smk_place_query q = {.text = smk_bytes_of_text(text), .in = in};
    enum smk_err err = smk_places_find(names, &q, ret_answer);
    if (err == SMK_ERR_INVALID) {
        (void)smk_args_refuse(cli, "The name of the place is not a text (UTF-8).");
        return SMK_EXIT_USAGE;
    }
    return err == SMK_OK ? SMK_EXIT_DONE : smk_cli_fail_err(cli, err, "looking for a place");
}

static void add_new(struct smk_place_answer *to, const struct smk_place_answer *from)
{
    for (size_t i = 0; i < from->count && i < SMK_PLACE_CANDIDATES_MAX; i++) {
        size_t k = 0;
        while (k < to->count && to->place[k] != from->place[i])
            k++;
        if (k == to->count && k < SMK_PLACE_CANDIDATES_MAX)
            to->place[to->count++] = from->place[i];
    }
    to->match = from->count > 0 ? from->match : to->match;
}

/* Several places may be called what it is to lie in: then it lies in one of those. */
static enum smk_exit ask_inside(struct smk_cli *cli, const struct smk_places *names, const char *text,
                                const char *in, struct smk_place_answer *ret_answer)
{
    struct smk_place_answer above = {0}, one = {0};
    *ret_answer = (struct smk_place_answer){0};
    enum smk_exit code = ask(cli, names, in, NULL, &above);
    if (code == SMK_EXIT_DONE && above.count == 0)
        return fail_none(cli, in);
    for (size_t i = 0; code == SMK_EXIT_DONE && i < above.count && i < SMK_PLACE_CANDIDATES_MAX; i++) {
        code = ask(cli, names, text, above.place[i], &one);
        if (code == SMK_EXIT_DONE)
            add_new(ret_answer, &one);
    }
    return code;
}

enum smk_exit smk_cmd_place(struct smk_cli *cli, int argc, char **argv)
{
    struct smk_arg in = {.name = "--in", .max = 1};
    const char *word[WORDS_MAX];
    char text[SHOWN_MAX] = "";
    size_t count, len = 0;
    struct smk_place_answer answer;
    SMK_CLEANUP(places_drop) struct smk_places *names = NULL;
    if (!smk_args_read(cli, argc, argv, &in, 1, word, WORDS_MAX, &count))
        return SMK_EXIT_USAGE;
    if (count == 0)
        return smk_cli_usage(cli, NULL, NULL);
    for (size_t i = 0; i < count && len < sizeof text; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i > 0 ? " " : "", word[i]);
    if (len >= sizeof text)
        return fail_none(cli, word[0]);
    enum smk_err err = smk_places_new(&names);
    if (err != SMK_OK)
        return smk_cli_fail_err(cli, err, "looking for a place");
    enum smk_exit code = in.count > 0 ? ask_inside(cli, names, text, in.value[0], &answer)
                                      : ask(cli, names, text, NULL, &answer);
    if (code != SMK_EXIT_DONE)
        return code;
    if (answer.count == 0)
        return fail_none(cli, text);
    if (answer.count > 1)
        return fail_several(cli, text, &answer);
    say_found(cli, &answer);
    return SMK_EXIT_DONE;
}
