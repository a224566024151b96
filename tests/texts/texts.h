/* tests/texts/texts.h: texts that were made to break programs, and every place of the schema where one may stand.
 *
 * Shape    the texts come from two public files, vectors/text/blns.json and injection_strings.json. A *leaf* is one place for
 *          a text: a field, or a part of a group or of its items, in one language. Every field of every type has leaves; of a
 *          *coded* one (choice, slug, area, number, date, reference, tally) no text but its own words may come back.
 *          A check that fails ends the program, having said which text and which leaf.
 * Memory   what is loaded lives as long as the program.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_TEXTS_TEXTS_H
#define SMK_TESTS_TEXTS_TEXTS_H

#include "proto/mem.h"
#include "proto/pairs.h"
#include "store/files/columns.h"

enum { TEXTS_MAX = 512, LEAVES_MAX = 1024 };

struct texts {
    size_t count;
    struct smk_bytes at[TEXTS_MAX];
};
/* False: the files are not there. */
bool texts_load(struct texts *ret_texts);

struct leaf {
    struct smk_table_type type;
    const struct smk_field *field;
    const struct smk_field *part; /* of a group; else NULL */
    const char *language;         /* of a bilingual text; else "" */
    const char *key;              /* of answers and of a provenance in parts; else NULL */
    bool is_coded;
};
/* Those of every type of document, or of act; returns their number. */
size_t leaves_find(bool of_acts, struct leaf ret_leaf[LEAVES_MAX]);
/* "event.sessions.title_km" */
const char *leaf_name(const struct leaf *leaf);

/* Writes the value of the whole field, with the text in this leaf: in a list twice, with another item between; in a group
 * with what the group requires beside it. */
void leaf_pack(const struct leaf *leaf, struct smk_bytes text, struct smk_buf *b);
/* Whether c is the leaf's own column. */
bool leaf_is_column(const struct leaf *leaf, const struct smk_column *c);
/* An ordinary value of a rule, of a list one item; a text is "x". */
void value_pack_ordinary(const struct smk_field *rule, struct smk_buf *b);
/* Whether a document of the kind (NULL: an act) has to have the field, by its rule or by one across fields; and its value. */
bool field_is_needed(const struct smk_kind *kind, const struct smk_field *rule);
void field_pack_needed(const struct smk_kind *kind, const struct smk_field *rule, struct smk_buf *b);
/* Whether the whole field may say this. */
bool leaf_fits(const struct leaf *leaf, struct smk_bytes value);

/* Ends the program unless is_good. */
void texts_check(bool is_good, const char *what, const struct leaf *leaf, struct smk_bytes text);

/* Files: every text in every leaf, as every form of table. */
void texts_through_files(const struct texts *t);
/* Commands: what a terminal, a page and a file get to see of them. is_full: every text in every type; else each text in one
 * type, and each type with a tenth of the texts. */
void texts_through_commands(const struct texts *t, bool is_full);

#endif
