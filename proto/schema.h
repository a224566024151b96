/* proto/schema.h: the types of documents and acts, and their fields: one table for validation, import and help.
 *
 * Shape    a kind is a row of schema_table.c with its fields; an act has fields of its own. A field has a name, a type
 *          and, where it makes sense, a list of choices, a range, the kind it refers to, or parts.
 * Source   PROTOCOL.md section 11.1; what a field is called by people is in labels.h. In a payload: names, slugs, choices, areas, dates, amounts are str; a bilingual
 *          text is a map of `en`, `km`; a reference is bin 16; a SHA-256 is bin 32; a tally is a map of `total`,
 *          `female` (uint or nil: unknown is not zero) and breakdowns `by_...`.
 * Memory   the tables are static; values BORROW.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_PROTO_SCHEMA_H
#define SMK_PROTO_SCHEMA_H

#include "proto/payload.h"

enum {
    SMK_TEXT_BYTES_MAX = 16 * 1024, /* of one text in one language */
    SMK_LIST_ITEMS_MAX = 256,
    SMK_ANSWERS_MAX = 256,
    SMK_TALLY_MAX = 1000 * 1000 * 1000,
    SMK_FIELD_PATH_MAX = 95,
};

enum smk_field_type {
    SMK_FIELD_TEXT,
    SMK_FIELD_BILINGUAL,
    SMK_FIELD_NAME, /* ASCII letters, digits and . _ : / + - */
    SMK_FIELD_SLUG, /* of an organisation or office */
    SMK_FIELD_CHOICE,
    SMK_FIELD_AREA, /* digits: 2 province, 4 district, 6 commune, 8 village; min and max count them */
    SMK_FIELD_INTEGER,
    SMK_FIELD_AMOUNT, /* "60782.52" */
    SMK_FIELD_DATE,   /* "2021", "2021-11", "2021-11-16" */
    SMK_FIELD_TALLY,
    SMK_FIELD_REFERENCE,
    SMK_FIELD_SHA256,
    SMK_FIELD_ANSWERS,    /* map of short names to short texts */
    SMK_FIELD_PROVENANCE, /* a text, or a map of texts */
    SMK_FIELD_GROUP,      /* a map with fields of its own: part */
};

enum {
    SMK_FIELD_IS_REQUIRED = 1 << 0,
    SMK_FIELD_IS_LIST = 1 << 1,
    SMK_FIELD_MAY_BE_UNKNOWN = 1 << 2, /* nil says 'not known' */
};

struct smk_field {
    const char *name;
    enum smk_field_type type;
    unsigned flags;             /* of the three below */
    uint64_t min, max;          /* INTEGER: range; AREA: digits */
    const char *vocabulary;     /* CHOICE: the name of the list that its words belong to (labels.h) */
    const char *const *choices; /* CHOICE: ends with NULL */
    const char *
        kind; /* REFERENCE: a kind of document, an entity with acts, or "any"; SLUG: "organisation", "office" */
    const struct smk_field *part;
    size_t part_count;
};

/* Where documents of a kind live (PROTOCOL.md section 10). */
enum smk_scope_rule {
    SMK_LIVES_IN_PROVINCE,     /* prov:NN of its district; published: pub */
    SMK_LIVES_BY_AREA,         /* prov:NN of its area, nat without one; published: pub */
    SMK_LIVES_BY_LEVEL,        /* meeting: dm:NNNN of its district, else pub */
    SMK_LIVES_IN_DISTRICT,     /* dm:NNNN */
    SMK_LIVES_IN_ORGANISATION, /* org:SLUG */
    SMK_LIVES_IN_PUBLIC,       /* pub */
    SMK_LIVES_WITH_SUBJECT,    /* wherever its subject is */
};

struct smk_kind {
    const char *name;
    enum smk_scope_rule lives;
    const char *area_field;  /* "district", "area"; NULL = none */
    const char *owner_field; /* names the organisation that owns it; NULL = whoever made it */
    const char *title_field; /* what lists show; NULL = none */
    const char *maker_key;   /* how sample files name the office of the first edit; NULL = by other means */
    const struct smk_field *field;
    size_t field_count;
    const char *subject_field; /* SMK_LIVES_WITH_SUBJECT: names the document or act that it is about */
};

size_t smk_kind_count(void);
const struct smk_kind *smk_kind_at(size_t i);
const struct smk_kind *smk_kind_find(struct smk_bytes name); /* NULL when unknown */
const struct smk_field *smk_field_find(const struct smk_field *fields, size_t count, struct smk_bytes name);

/* The fields of an act about a kind; NULL when there is no such act. */
struct smk_act_kind {
    const char *kind;
    const char *act;
    const struct smk_field *field;
    size_t field_count;
};
const struct smk_act_kind *smk_act_kind_find(struct smk_bytes kind, struct smk_bytes act);

/* What people know by a name of its own though it is no document: an act, or what governance decides. */
enum { SMK_ENTITY_ACTS_MAX = 2 };
struct smk_entity {
    const char *name;
    const char *kind; /* of document that the acts are about; NULL: a thing of governance */
    const char *act[SMK_ENTITY_ACTS_MAX]; /* NULL when there are fewer */
    const struct smk_field *field;        /* of what governance decides; else those of the acts */
    size_t field_count;
};
size_t smk_entity_count(void);
const struct smk_entity *smk_entity_at(size_t i);
const struct smk_entity *smk_entity_find(struct smk_bytes name); /* NULL when unknown */

/* ---- validation, at the acting node ---- */

#define SMK_FLAW_MAP(X)                                                                      \
    X(NONE, "ok", "nothing is wrong")                                                        \
    X(UNKNOWN_FIELD, "unknown_field", "there is no such field")                              \
    X(MISSING, "missing", "the field is required")                                           \
    X(WRONG_TYPE, "wrong_type", "the value is of the wrong type")                            \
    X(BAD_TEXT, "bad_text", "the text is empty or has characters that do not belong there")  \
    X(TOO_LONG, "too_long", "the value is too long")                                         \
    X(UNKNOWN_CHOICE, "unknown_choice", "the value is not one of the choices")               \
    X(OUT_OF_RANGE, "out_of_range", "the number is out of range")                            \
    X(INVALID_TALLY, "invalid_tally", "the tally does not add up")                           \
    X(BAD_DATE, "bad_date", "not a date: write 2021-11-16, 2021-11 or 2021")                 \
    X(BAD_AREA, "bad_area", "not a place code of the expected length")                       \
    X(WRONG_LEVEL, "wrong_level", "level and area do not go together")                       \
    X(UNKNOWN_REFERENCE, "unknown_reference", "nothing of that name is known")               \
    X(UNKNOWN_ORGANISATION, "unknown_organisation", "no such organisation is known")         \
    X(UNKNOWN_OFFICE, "unknown_office", "no such office is known")                           \
    X(NO_CONSENT, "no_consent", "an interview without consent is not kept")                  \
    X(OLD_FONT, "old_font", "typed for an old font (Limon, ABC): type it in Khmer Unicode")  \
    X(NEWER, "newer", "it was written by a newer Samaki and cannot be changed in part here") \
    X(SEVERAL, "several_values", "it has several values at once and cannot be changed in part")

enum smk_flaw {
#define X(name, code, text) SMK_FLAW_##name,
    SMK_FLAW_MAP(X)
#undef X
};
const char *smk_flaw_code(enum smk_flaw flaw); /* "invalid_tally" */
const char *smk_flaw_text(enum smk_flaw flaw);

struct smk_complaint {
    enum smk_flaw flaw;
    char field[SMK_FIELD_PATH_MAX +
               1]; /* "respondents.by_age", "findings[2].text", counted from 1; cut when longer */
    const struct smk_field *rule; /* of the value that is flawed; NULL when there is none */
};

/* Checks a canonical map of fields against its rules. is_whole: required fields must be there (the first edit of a
 * document, every act); a later edit names only what changes, and nil takes a value back.
 * False: ret_complaint says which field and why. */
bool smk_schema_check(const struct smk_field *rules, size_t rule_count, struct smk_bytes fields,
                      bool is_whole, struct smk_complaint *ret_complaint);
/* One value, of a list one item: whether this version could have written it. */
bool smk_schema_fits(const struct smk_field *rule, struct smk_bytes item);
/* Writes the choices of a field, "a, b, c", as far as they fit; an empty text when it has none. */
void smk_choices_write(const struct smk_field *rule, char *ret_text, size_t room);
/* The same with the rules that go across the fields of a kind (level and area, date and precision, consent). */
bool smk_kind_check(const struct smk_kind *kind, struct smk_bytes fields, bool is_whole,
                    struct smk_complaint *ret_complaint);
/* A tally on its own: true when it adds up. */
bool smk_tally_is_valid(struct smk_bytes tally);
/* A level of administration and a place code: as many digits as that level has. Other levels fit any area. */
bool smk_level_fits(struct smk_bytes level, struct smk_bytes area);
/* "2021", "2021-11" or "2021-11-16", and that day exists. */
bool smk_date_is_valid(struct smk_bytes text);
/* A telephone number (8 to 15 digits, ASCII or Khmer, with the marks that people put between them, beginning with 0 or +)
 * or an address of e-mail stands in it. */
bool smk_text_has_contact(struct smk_bytes utf8);
/* No control characters (line breaks only in texts of several lines), no marks that turn the direction of writing. */
bool smk_text_is_clean(struct smk_bytes utf8, bool may_have_lines);

/* ---- scopes ---- */

/* The scope of a new document of this kind; false when the fields do not say, and for attachments.
 * org: the slug of the organisation that makes it. */
bool smk_kind_scope(const struct smk_kind *kind, struct smk_bytes fields, const char *org,
                    struct smk_scope *ret_scope);
/* What an edit of a kind is in a scope. */
enum smk_stand {
    SMK_STAND_NONE,  /* it does not belong there */
    SMK_STAND_DRAFT, /* org:SLUG: not submitted yet, seen by that organisation alone */
    SMK_STAND_OWN,   /* where the kind lives: acts about it carry their text (section 11.3) */
    SMK_STAND_PUBLISHED,
};
/* Fields that are left out are not looked at. */
enum smk_stand smk_kind_stand(const struct smk_kind *kind, struct smk_bytes fields,
                              const struct smk_scope *scope);
bool smk_kind_fits_scope(const struct smk_kind *kind, struct smk_bytes fields, const struct smk_scope *scope);
bool smk_kind_is_own_scope(const struct smk_kind *kind, const struct smk_scope *scope);
/* Where documents of the kind may stand, narrow before wide, ends with NULL: "org:SLUG", "prov:NN", "pub". Whoever holds
 * the scope sees every field; nothing filters inside one. */
const char *const *smk_kind_scopes(const struct smk_kind *kind);
bool smk_kind_has_drafts(const struct smk_kind *kind);
bool smk_kind_is_published(const struct smk_kind *kind); /* by a text of its own in pub */

#endif
