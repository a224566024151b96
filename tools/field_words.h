/* tools/field_words.h: fields as words of the command line, NAME=VALUE, turned into JSON that field_map.h reads.
 *
 * Shape    NAME is a field; NAME_en, NAME_km one language of a text; NAME.PART a part of a group or tally; NAME[2] an item
 *          of a list by its place from 1, NAME[F2] by its `id`; and any of these further down.
 *              NAME=VALUE    sets it                     NAME=         takes it back
 *              NAME+=VALUE   adds an item to a list      NAME-=VALUE   takes one out
 *          A value that begins with { or [ is JSON. Lists of names, choices and references may be written A,B,C. A choice
 *          may be its name in either language; digits may be Khmer; a tally may be 52/30 (30 of them women) or 52.
 * Memory   JSON is GIVEN or set into the object.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_FIELD_WORDS_H
#define SMK_TOOLS_FIELD_WORDS_H

#include "tools/field_map.h"

struct smk_field_words {
    const struct smk_field *rules;
    size_t rule_count;
    /* GIVES the value that a top field has now, in the form that it may be written back in; NULL when it has none, or when
     * it cannot be changed in part: ret_flaw says so. NULL: there is nothing yet. */
    json_t *(*present)(void *ctx, const struct smk_field *rule, enum smk_flaw *ret_flaw);
    smk_resolve_fn *resolve; /* what items of a list are called now; may be NULL */
    void *ctx;
};

/* Sets one field of object. False: ret_complaint says what is wrong; its flaw is SMK_FLAW_NONE when the word has no '=' or
 * nothing before it. Values are looked at by smk_field_map_read and smk_schema_check. */
bool smk_field_word_read(const struct smk_field_words *w, const char *word, json_t *object,
                         struct smk_complaint *ret_complaint);

/* One value as it is typed; what makes no sense stays a text, for the check to name. GIVES. */
json_t *smk_field_value_typed(const struct smk_field *rule, const char *text);
/* The same for one item of a list. GIVES. */
json_t *smk_field_item_typed(const struct smk_field *rule, const char *text, size_t len);

#endif
