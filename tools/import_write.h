/* tools/import_write.h: one import under way: the steps that are ready are turned into drafts and written in groups.
 *
 * Shape    smk_import_prepare looks at one step with what is in the fold now: it becomes a draft of the batch, or waits,
 *          or is there already, or is refused. A batch is one commit; what was written is told after it.
 * Memory   the batch owns its payloads.   Secrets  those of the home.   Threads  one.
 */
#ifndef SMK_TOOLS_IMPORT_WRITE_H
#define SMK_TOOLS_IMPORT_WRITE_H

#include "proto/arena.h"
#include "tools/field_map.h"
#include "tools/fold_load.h"
#include "tools/import_step.h"

enum { SMK_IMPORT_BATCH_MAX = 200 };

struct smk_import_batch {
    size_t count;
    struct smk_draft draft[SMK_IMPORT_BATCH_MAX];
    struct smk_import_step *step[SMK_IMPORT_BATCH_MAX];
    struct smk_arena payloads;
};

struct smk_import {
    struct smk_cli *cli;
    struct smk_home *home;
    struct smk_loaded loaded;
    struct smk_import_set set;
    struct smk_import_steps steps;
    struct smk_import_report report;
    struct smk_import_batch batch;
    enum smk_err err; /* of memory or store: ends the import */
};

/* Our own device as the roster has it now; NULL without a certificate. */
const struct smk_device *smk_import_device(const struct smk_import *i);

/* Looks at an open or waiting step; its state says what came of it. A draft is added to the batch (state DONE) unless
 * the batch is full. */
void smk_import_prepare(struct smk_import *i, struct smk_import_step *step);
/* Writes the batch and tells it, and empties it. False: i->err, nothing of this batch is there. */
bool smk_import_flush(struct smk_import *i);

/* ---- for import_edit.c and import_act.c ---- */

void smk_import_prepare_edit(struct smk_import *i, struct smk_import_step *step);
void smk_import_prepare_act(struct smk_import *i, struct smk_import_step *step);
void smk_import_act_id(const struct smk_import *i, const struct smk_import_step *step,
                       uint8_t ret_id[SMK_DOC_ID_BYTES]);
/* True when the act of this step, whoever's it is, can be seen here. */
bool smk_import_is_act_here(const struct smk_import *i, const struct smk_import_step *step);

/* import_find.c: ids, and where things are. */
void smk_import_id_of(const struct smk_import *i, const char *type, const char *source,
                      uint8_t ret_id[SMK_DOC_ID_BYTES]);
const struct smk_fold_doc *smk_import_find_doc(const struct smk_import *i, enum smk_import_type type,
                                               const char *source);
/* For struct smk_field_map; ctx is the struct smk_import. */
bool smk_import_resolve(void *ctx, const struct smk_field *rule, const char *name,
                        uint8_t ret_id[SMK_DOC_ID_BYTES]);
/* The scope that an object of the folder lives in, as its own fields or those of its list say. */
bool smk_import_scope_of(const struct smk_import *i, const struct smk_import_object *o,
                         struct smk_scope *ret_scope);
/* The district (4 digits) of a list or recommendation; NULL when unknown. */
const char *smk_import_district_of(const struct smk_import *i, const struct smk_import_object *o);

/* Turns an object into a canonical map of fields. b is appended to; false after having refused the object. */
bool smk_import_map(struct smk_import *i, struct smk_import_object *o, json_t *json,
                    const struct smk_field_map *map, struct smk_pairs *p, struct smk_buf *b);
void smk_import_complain(struct smk_import *i, struct smk_import_object *o,
                         const struct smk_complaint *complaint);
void smk_import_refuse_reason(struct smk_import *i, struct smk_import_step *step, enum smk_reason reason);
void smk_import_wait(struct smk_import_step *step, const char *what, const struct smk_slug *from);
/* Adds the draft: scope held by this device, payload within limits; else refuses the object. */
void smk_import_add_draft(struct smk_import *i, struct smk_import_step *step, const struct smk_scope *scope,
                          const struct smk_buf *payload, const struct smk_fold_deps *deps);

#endif
