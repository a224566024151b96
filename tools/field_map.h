/* tools/field_map.h: the fields of a document or act from JSON, as sample files and people write them.
 *
 * Shape    names are those of the schema; a bilingual text may be written NAME_en and NAME_km, or as an object; `id` is
 *          `ref`; slugs may be written in capitals; null says nothing, and 'not known' where a field may be unknown;
 *          references are names that the caller turns into ids.
 *          Texts become NFC; dates, amounts, numbers and codes of places may be typed in Khmer digits.
 * Source   proto/schema.h.
 * Memory   JSON is BORROWED.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_FIELD_MAP_H
#define SMK_TOOLS_FIELD_MAP_H

#include "proto/labels.h"
#include "proto/mem.h"
#include "proto/pairs.h"

#include <jansson.h>

/* The id of what a reference names; false when nothing of that name is known. Slugs (rule->type SMK_FIELD_SLUG) are asked
 * too: whether such an organisation or office is known; ret_id is then of no use. */
typedef bool smk_resolve_fn(void *ctx, const struct smk_field *rule, const char *name,
                            uint8_t ret_id[SMK_DOC_ID_BYTES]);

struct smk_field_map {
    const struct smk_field *rules;
    size_t rule_count;
    const char *const *skip; /* names that are no fields here, ends with NULL; NULL: none */
    bool takes_known_only;   /* what is no field is passed over, instead of refused */
    smk_resolve_fn *resolve;
    void *ctx;
    /* Values that this version could not have written: smk_field_raw(n) stands for raw[n], as it is. */
    const struct smk_bytes *raw;
    size_t raw_count;
    bool null_takes_back; /* null at the top takes a field back, instead of saying nothing */
    bool leaves_raw_out;  /* for a check of the rest */
};

/* Stands for a value of the map's `raw`, wherever a value may stand. GIVES. */
json_t *smk_field_raw(size_t n);
bool smk_field_is_raw(json_t *value);
/* Whether a text without a language is taken for Khmer: it has a Khmer letter. */
bool smk_field_is_khmer(const char *text);

/* Opens one pair in p for each field that the object gives. Shape and meaning are for smk_schema_check.
 * False: ret_complaint says which field cannot be turned into a value, and why. */
bool smk_field_map_read(const struct smk_field_map *m, json_t *object, struct smk_pairs *p,
                        struct smk_complaint *ret_complaint);

/* Lower-cased; false when it is no slug then. */
bool smk_slug_lower(const char *text, struct smk_slug *ret_slug);

#endif
