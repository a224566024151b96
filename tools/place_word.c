#include "tools/place_word.h"

#include "proto/mem.h"
#include "store/places.h"
#include "tools/messages.h"
#include "tools/text.h"

#include <string.h>

static void places_drop(struct smk_places **p)
{
    smk_places_free(*p);
}

enum { PLACE_LETTERS = 256, LISTED_MAX = 4 };

/* "0201 Banan (បាណន់)" */
static size_t write_place(const struct smk_place *p, char *to, size_t room)
{
    int len =
        snprintf(to, room, "%s %s %s (%s)", p->code, p->name_en, smk_place_kind_en(p->kind), p->name_km);
    return len > 0 && (size_t)len < room ? (size_t)len : 0;
}

static enum smk_exit find(struct smk_cli *cli, const char *text, struct smk_place_answer *ret_answer)
{
    SMK_CLEANUP(places_drop) struct smk_places *names = NULL;
    const struct smk_place_query wanted = {.text = smk_bytes_of_text(text)};
    *ret_answer = (struct smk_place_answer){0};
    enum smk_err err = smk_places_new(&names);
    if (err == SMK_OK)
        err = smk_places_find(names, &wanted, ret_answer);
    return err == SMK_OK || err == SMK_ERR_INVALID ? SMK_EXIT_DONE
                                                   : smk_cli_fail_err(cli, err, "looking for a place");
}

static enum smk_exit refuse(struct smk_cli *cli, const char *text, const struct smk_place_answer *a)
{
    struct smk_shown shown;
    char count[24], all[LISTED_MAX * PLACE_LETTERS] = "";
    size_t len = 0;
    if (a->count == 0)
        return smk_refuse(cli, SMK_EXIT_REFUSED, SMK_SAY_NO_PLACE, SMK_ABOUT(smk_text_shown(text, &shown)));
    for (size_t i = 0; i < a->count && i < LISTED_MAX; i++) {
        len += (size_t)snprintf(all + len, sizeof all - len, "%s", i > 0 ? ", " : "");
        len += write_place(a->place[i], all + len, sizeof all - len);
    }
    if (a->count > LISTED_MAX)
        (void)snprintf(all + len, sizeof all - len, ", ...");
    (void)snprintf(count, sizeof count, "%zu", a->count);
    return smk_refuse(cli, SMK_EXIT_REFUSED, SMK_SAY_WHICH_PLACE,
                      SMK_ABOUT(count, smk_text_shown(text, &shown), all));
}

/* A district and a commune in it may have one name: what concerns the commune concerns the district. */
static bool is_one_area(const struct smk_place_answer *a)
{
    for (size_t i = 1; i < a->count && i < SMK_PLACE_CANDIDATES_MAX; i++)
        if (!smk_place_is_below(a->place[i], a->place[0]))
            return false;
    return a->count > 0 && a->count <= SMK_PLACE_CANDIDATES_MAX;
}

enum smk_exit smk_place_word(struct smk_cli *cli, const char *text,
                             char ret_code[SMK_PLACE_WORD_DIGITS_MAX + 1])
{
    struct smk_place_answer answer;
    struct smk_shown shown;
    char place[PLACE_LETTERS] = "";
    size_t len = strlen(text);
    if (len >= 2 && len <= SMK_PLACE_WORD_DIGITS_MAX && len % 2 == 0 && strspn(text, "0123456789") == len) {
        memcpy(ret_code, text, len + 1);
        return SMK_EXIT_DONE;
    }
    enum smk_exit code = find(cli, text, &answer);
    if (code != SMK_EXIT_DONE || !is_one_area(&answer))
        return code != SMK_EXIT_DONE ? code : refuse(cli, text, &answer);
    memcpy(ret_code, answer.place[0]->code, strlen(answer.place[0]->code) + 1);
    (void)write_place(answer.place[0], place, sizeof place);
    if (answer.match == SMK_PLACE_BY_LIKENESS)
        smk_tell(cli, SMK_SAY_TOOK_PLACE, SMK_ABOUT(smk_text_shown(text, &shown), place));
    else if (answer.count > 1)
        smk_tell(cli, SMK_SAY_WIDEST_PLACE, SMK_ABOUT(smk_text_shown(text, &shown), place));
    return SMK_EXIT_DONE;
}

enum smk_exit smk_place_hint(struct smk_cli *cli, const char *text)
{
    struct smk_place_answer answer;
    struct smk_shown shown;
    char place[PLACE_LETTERS] = "";
    enum smk_exit code = find(cli, text, &answer);
    if (code != SMK_EXIT_DONE || !is_one_area(&answer))
        return code;
    (void)write_place(answer.place[0], place, sizeof place);
    smk_tell(cli, SMK_SAY_PLACE_INSTEAD,
             SMK_ABOUT(smk_text_shown(text, &shown), place, answer.place[0]->code));
    return SMK_EXIT_DONE;
}
