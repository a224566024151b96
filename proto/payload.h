/* proto/payload.h: the payload maps of edits and acts, the text that an act pins, ids of imported documents.
 *
 * Shape    edit: {doc, from, kind, fields, office, schema, evidence}; act: {id, act, doc, area, kind, text, about, fields,
 *          office, schema, evidence}. text: array of [document id, array of edit ids ascending], the document first.
 * Source   PROTOCOL.md sections 3, 11.
 * Memory   what is decoded BORROWS from the payload.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_PROTO_PAYLOAD_H
#define SMK_PROTO_PAYLOAD_H

#include "proto/bounds.h"
#include "proto/scope.h"
#include "proto/span.h"

enum { SMK_SCHEMA_VERSION = 1, SMK_NAME_LETTERS_MAX = 64, SMK_SOURCE_BYTES_MAX = 128, SMK_EVIDENCE_MAX = 4 };

struct smk_edit {
    uint8_t doc[SMK_DOC_ID_BYTES];
    struct smk_bytes kind;     /* type of document */
    struct smk_bytes office;   /* slug */
    struct smk_bytes fields;   /* one canonical map */
    struct smk_bytes from;     /* canonical array of ids; empty when absent */
    struct smk_bytes evidence; /* of a published text: as of an act */
};

struct smk_act {
    uint8_t id[SMK_DOC_ID_BYTES];
    uint8_t doc[SMK_DOC_ID_BYTES];
    uint8_t about[SMK_HASH_BYTES];
    struct smk_bytes act;      /* "endorse" */
    struct smk_bytes kind;     /* type of doc */
    struct smk_bytes office;   /* slug */
    struct smk_bytes area;     /* digits; empty when absent */
    struct smk_bytes fields;   /* one canonical map */
    struct smk_bytes text;     /* canonical array; empty when absent */
    struct smk_bytes evidence; /* canonical array of whole records that it rests on; empty when absent */
};

/* Append the payload map; errors stick in b. */
void smk_edit_encode(const struct smk_edit *e, struct smk_buf *b);
void smk_act_encode(const struct smk_act *a, struct smk_buf *b);

/* Decode a payload that is one canonical map; unknown keys are skipped.
 *
 * payload   BORROWED by the result.
 * OK
 * SMK_ERR_MALFORMED      a key is missing, or its value has another type or form -> peer fault
 * SMK_ERR_NEWER_VERSION  another schema -> record refused */
SMK_MUST_USE enum smk_err smk_edit_decode(struct smk_bytes payload, struct smk_edit *ret_edit);
/* OK, SMK_ERR_MALFORMED, SMK_ERR_NEWER_VERSION, as smk_edit_decode */
SMK_MUST_USE enum smk_err smk_act_decode(struct smk_bytes payload, struct smk_act *ret_act);

/* H(samaki.txt.v1, text). */
void smk_text_about(struct smk_bytes text, uint8_t ret_about[SMK_HASH_BYTES]);
/* Appends one part; the caller has announced the array. heads ascending, 1..64. */
void smk_text_pack_part(struct smk_buf *b, const uint8_t doc[SMK_DOC_ID_BYTES],
                        const uint8_t (*heads)[SMK_ID_BYTES], size_t head_count);

/* One part of a text, read in place: heads is an array of bin 32, strictly ascending, 1..64. */
struct smk_text_part {
    const uint8_t *doc;
    struct smk_bytes heads;
};
/* Checks the whole form: 1..256 parts, heads as above. */
bool smk_text_is_valid(struct smk_bytes text);
bool smk_text_next_part(struct smk_span_iter *it, struct smk_text_part *ret_part);

/* The id of what was brought in under a name of its own: H(samaki.imp.v1, [coalition, type, source id]), cut.
 * type: a name of our own, at most 64 letters; source: at most 128 bytes. */
void smk_import_id(const uint8_t coalition[SMK_ID_BYTES], const char *type, struct smk_bytes source,
                   uint8_t ret_id[SMK_DOC_ID_BYTES]);

#endif
