/* proto/labels.h: what types, fields, choices, acts, statuses, roles and scopes are called by people, in two languages.
 *
 * Shape    a row has a list, a code and its names. Lists: `type`, `field`, `tally`, one for each vocabulary (struct
 *          smk_field), `role`, `status`, `act`, `scope` (by the beginning of its name), `field_type`, `flaw`,
 *          `organisation_kind`.
 * Source   the coalition's vocabulary, with what is known of each Khmer word; the rest is ours and has not been reviewed.
 * Memory   static.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_PROTO_LABELS_H
#define SMK_PROTO_LABELS_H

#include "proto/schema.h"

enum smk_language { SMK_ENGLISH, SMK_KHMER };

enum smk_khmer {
    SMK_KHMER_ATTESTED, /* seen on Cambodian pages */
    SMK_KHMER_STANDARD,
    SMK_KHMER_DRAFT,
    SMK_KHMER_UNREVIEWED, /* nobody whose language it is has seen it */
};
const char *smk_khmer_word(enum smk_khmer how); /* "attested" */

struct smk_label {
    const char *list;
    const char *code;
    const char *en;
    const char *km;
    enum smk_khmer khmer;
};

/* For labels.c and the tests. */
extern const struct smk_label smk_label_table[];
extern const size_t smk_label_table_count;

/* NULL when there is none. */
const struct smk_label *smk_label_find(const char *list, struct smk_bytes code);
/* The name of a field of a type or of an act about it. path: "title", "findings.text", "findings[2].text". A line of the
 * type's own ("interview.method") goes before one for the name alone. */
const struct smk_label *smk_label_field(const char *kind, const char *path);
const struct smk_label *smk_label_choice(const struct smk_field *rule, struct smk_bytes word);
const struct smk_label *smk_label_scope(const struct smk_scope *scope);
/* The name, or code where there is no label (a word of a newer version). */
const char *smk_label_text(const struct smk_label *label, enum smk_language language, const char *code);

const char *smk_field_type_word(enum smk_field_type type); /* "bilingual": code in the list `field_type` */

#endif
