#include "tools/place_word.h"

#include "proto/mem.h"
#include "store/places.h"
#include "tools/text.h"

#include <string.h>

static void places_drop(struct smk_places **p)
{
    smk_places_free(*p);
}

enum smk_exit smk_place_word(struct smk_cli *cli, const char *text,
                             char ret_code[SMK_PLACE_WORD_DIGITS_MAX + 1])
{
    SMK_CLEANUP(places_drop) struct smk_places *names = NULL;
    const struct smk_place_query wanted = {.text = smk_bytes_of_text(text)};
    struct smk_place_answer answer = {0};
    struct smk_shown shown;
    char what[1024];
    size_t len = strlen(text);
    if (len >= 2 && len <= SMK_PLACE_WORD_DIGITS_MAX && len % 2 == 0 && strspn(text, "0123456789") == len) {
        memcpy(ret_code, text, len + 1);
        return SMK_EXIT_DONE;
    }
    enum smk_err err = smk_places_new(&names);
    if (err == SMK_OK)
        err = smk_places_find(names, &wanted, &answer);
    if (err != SMK_OK && err != SMK_ERR_INVALID)
        return smk_cli_fail_err(cli, err, "looking for a place");
    if (answer.count == 1) {
        memcpy(ret_code, answer.place[0]->code, strlen(answer.place[0]->code) + 1);
        return SMK_EXIT_DONE;
    }
    (void)snprintf(what, sizeof what,
                   answer.count == 0 ? "No place is called '%s'." : "Several places are called '%s'.",
                   smk_text_shown(text, &shown));
    return smk_cli_fail(cli, SMK_EXIT_REFUSED, answer.count == 0 ? "unknown_place" : "ambiguous_place", what,
                        "", "'samaki place NAME' shows the codes of places: name it by its code.");
}
