/* tools/writing.h: one document that is written by hand: new or changed, from a file, from words, or from answers.
 *
 * Shape    open; kind (and doc, for a change) are set; fields come in, later ones over earlier ones; write. A draft stands
 *          in org:SLUG and need not be whole.
 * Source   PROTOCOL.md sections 10, 11.1.
 * Memory   owns its fields; smk_writing_close in any case.   Secrets  those of the home.   Threads  one.
 */
#ifndef SMK_TOOLS_WRITING_H
#define SMK_TOOLS_WRITING_H

#include "tools/acting.h"
#include "tools/complain.h"
#include "tools/present.h"

struct smk_writing {
    struct smk_acting acting;
    struct smk_present present;
    const struct smk_kind *kind;    /* NULL until it is known */
    const struct smk_fold_doc *doc; /* NULL: a new one */
    json_t *fields;                 /* names as people write them */
    bool is_draft;                  /* a new document: into org:SLUG; set for changes of one */
    bool null_takes_back;           /* fields came as words: nothing behind the '=' takes a field back */
    bool leaves_same_out;           /* a change writes only what the document does not say already */
    struct smk_slug office;         /* that a file names as maker; "" = none */
};

enum smk_exit smk_writing_open(struct smk_cli *cli, struct smk_writing *ret_writing);
void smk_writing_close(struct smk_writing *w); /* works on a zeroed object */

/* The type of a new document, or the document that is to be changed. SMK_EXIT_DONE, or the code after saying why not. */
enum smk_exit smk_writing_begin(struct smk_writing *w, const char *type);
enum smk_exit smk_writing_change(struct smk_writing *w, const char *kind, const char *word);
/* The same for a document that was found already, whose type is known. */
void smk_writing_use(struct smk_writing *w, const struct smk_fold_doc *doc);

/* {"type": KIND, FIELD: ..}, or {"kind": KIND, "fields": {FIELD: ..}}. Where begin or change came before, the type may be
 * left out; otherwise it is taken from the file, and "doc" names a document that is to be changed. */
enum smk_exit smk_writing_take_file(struct smk_writing *w, const char *path);
enum smk_exit smk_writing_take_words(struct smk_writing *w, const char *const *word, size_t count);
/* One word; false: ret_complaint as smk_field_word_read. */
bool smk_writing_take_word(struct smk_writing *w, const char *word, struct smk_complaint *ret_complaint);

/* The fields as they would be written: checked, but not for what a whole document still lacks.
 * False: ret_complaint. ret_fields is appended to; when memory ran out, its err says so. */
bool smk_writing_pack(struct smk_writing *w, struct smk_buf *ret_fields, struct smk_complaint *ret_complaint);

/* Refuses fields that are no whole document of their kind: what is missing or wrong is said. What a newer version wrote is
 * left out of the check. */
enum smk_exit smk_writing_demand_whole(struct smk_writing *w, const struct smk_kind *kind,
                                       struct smk_bytes fields);

/* Says why nothing was written, and what to do; says what is wrong with a field. The code to end with. */
enum smk_exit smk_writing_refuse(const struct smk_writing *w, const char *code, const char *what,
                                 const char *todo);
enum smk_exit smk_writing_complain(const struct smk_writing *w, const struct smk_complaint *complaint);

/* Checks, chooses the office, writes and tells. */
enum smk_exit smk_writing_write(struct smk_writing *w);
/* The last half of it: writes fields that need no check. A document with more heads than one record can name is joined
 * first, by edits that say nothing. */
enum smk_exit smk_writing_write_fields(struct smk_writing *w, struct smk_bytes fields);

#endif
