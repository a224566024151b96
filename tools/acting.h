/* tools/acting.h: one edit or act made by hand: who does it, what it builds on, how it is told.
 *
 * Shape    the caller fills the edit or act; office, deps, text and the record itself are made here.
 * Memory   as fold_load.h.   Secrets  those of the home.   Threads  one.
 */
#ifndef SMK_TOOLS_ACTING_H
#define SMK_TOOLS_ACTING_H

#include "proto/pairs.h"
#include "tools/doc_find.h"

struct smk_acting {
    struct smk_cli *cli;
    struct smk_home home;
    struct smk_loaded loaded;
    bool is_quiet;          /* what is written is not told */
    struct smk_slug office; /* that wrote the record before: taken again where it fits; "" = none */
};
/* Opens home, store and fold; smk_acting_close in any case. */
enum smk_exit smk_acting_open(struct smk_cli *cli, struct smk_acting *ret_acting);
void smk_acting_close(struct smk_acting *a); /* works on a zeroed object */
/* This device as the roster knows it; NULL when it is not certified. */
const struct smk_device *smk_acting_device(const struct smk_acting *a);

/* Chooses the office and writes. doc NULL: a new document.
 * ref   what people call it, for the telling; may be empty
 * SMK_EXIT_DONE when the record is on the disk and told, or the code after having said why not. */
enum smk_exit smk_acting_edit(struct smk_acting *a, struct smk_edit *edit, const struct smk_scope *scope,
                              const struct smk_fold_doc *doc, struct smk_bytes ref);
/* Pins the text of doc as it stands, unless the act has one already. basis may be NULL. */
enum smk_exit smk_acting_act(struct smk_acting *a, struct smk_act *act, const struct smk_fold_doc *doc,
                             const struct smk_fold_entry *basis);

/* Whether such an act would count if one of these offices did it now, of a device that has seen what is here: as
 * smk_acting_act asks before it signs. SMK_EXIT_DONE, or the code after having said what is missing from its fields (only where
 * some office may) or what failed.
 *
 * ret_reason   one for each office
 * ret_asked, ret_scope   what it was asked about, and where it would stand */
enum smk_exit smk_acting_judge(struct smk_acting *a, struct smk_act *act, const struct smk_fold_doc *doc,
                               const struct smk_office *const *office, size_t count,
                               enum smk_reason *ret_reason, struct smk_asked *ret_asked,
                               struct smk_scope *ret_scope);

/* Reads the fields of an act from JSON; *ret_fields is appended to. What is missing is not asked here. SMK_EXIT_DONE, or the
 * code after saying why not. */
enum smk_exit smk_acting_fields(struct smk_acting *a, const struct smk_act_kind *kind, json_t *object,
                                struct smk_pairs *pairs, struct smk_buf *ret_fields);

/* Today in the zone of the coalition: "2026-11-22". */
void smk_acting_today(char ret_date[11]);

#endif
