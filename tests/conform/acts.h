/* tests/conform/acts.h: acts that a coalition must refuse, each done in a coalition in memory.
 *
 * Words    sample   the folder of objects that a file of cases builds on: brought in by its own offices, step by step.
 *          cut      the record of the sample before which a case stands: those behind it are not there for it.
 *          deed     one edit or act that is written.
 *          own      a record that the case itself makes: the document it is about, changes of it, the act.
 *          given    an object that the row `_given` adds to the sample.
 * Shape    one device for each organisation that has offices, and one for its auditors; real decisions, logs, signatures
 *          and folds. A record has seen everything that stands in its scope then.
 * Source   tools/sample/battambang/README.md, "bad_acts.json"; tests/README.md, "Cases of acts".
 * Memory   JSON is BORROWED from the files; the rest is owned by struct acts.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_CONFORM_ACTS_H
#define SMK_TESTS_CONFORM_ACTS_H

#include "proto/fold.h"
#include "tests/conform/conform.h"
#include "tests/support/builders.h"
#include "tools/field_map.h"
#include "tools/import_step.h"

enum { ACTS_DEVICES_MAX = 256, ACTS_LOGS_MAX = 4096, ACTS_OWN_MAX = 32, ACTS_WHY_MAX = 512 };
#define ACTS_NOWHERE SIZE_MAX

struct acts_device {
    struct test_device key;
    struct smk_slug org;
    size_t office_count;
    struct smk_slug office[SMK_OFFICES_PER_DEVICE_MAX];
};

struct acts_log {
    struct test_run run;
    size_t device;
    bool is_of_case;
};

struct acts_record {
    const struct acts_log *log;
    size_t index; /* in the log */
};

struct acts {
    struct conform_run *run;
    char why[ACTS_WHY_MAX]; /* why the newest function here answered false */

    struct test_coalition coalition;
    struct acts_device *device;
    size_t device_count;
    struct acts_log **log;
    size_t log_count, log_number;
    struct acts_record *order; /* as they were written: the sample, then the case */
    size_t count, capacity;
    size_t sample_count, cut;
    bool is_case;     /* what is written now is the case's */
    uint64_t time_ms; /* of the next record */

    struct smk_import_set set;
    struct smk_import_steps steps;
    struct smk_import_report report;
    size_t *step_record; /* where in order the record of a step is */
    json_t *given;       /* type -> id -> object */

    struct smk_fold *fold; /* of all that is there now */
    bool is_stale;
};

bool acts_fail(struct acts *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- acts_world.c: devices, logs, records, folds ---- */

void acts_world_deinit(struct acts *a);
/* Decides organisations and offices of the set and certifies the devices. */
bool acts_world_found(struct acts *a);
/* Makes one more office, on a device of its own, or finds it; a line of `why` otherwise. */
bool acts_world_seat(struct acts *a, const char *slug, const struct smk_office *like, const char *role);
/* By name, in any case; NULL when there is none. */
const struct smk_office *acts_office(const struct acts *a, const char *name);
size_t acts_device_of(const struct acts *a, const char *office);            /* ACTS_NOWHERE */
size_t acts_device_of_organisation(const struct acts *a, const char *name); /* the first; ACTS_NOWHERE */
bool acts_device_has(const struct acts *a, size_t device, const char *office);
bool acts_device_holds(const struct acts *a, size_t device, const struct smk_scope *scope);
/* Signs and appends to the log of the device in that scope; its place in order. */
size_t acts_world_write(struct acts *a, size_t device, const struct smk_scope *scope, uint64_t type,
                        struct smk_bytes payload);
const struct smk_record *acts_world_record(const struct acts *a, size_t place);
const struct smk_record *acts_world_find(const struct acts *a, const uint8_t id[SMK_ID_BYTES]);
/* Throws away what a case has written; the next one stands before `cut`. */
void acts_world_begin_case(struct acts *a, size_t cut);
/* A finished fold of what is there: of the scopes that the device holds and `also` (NULL: none); ACTS_NOWHERE: of all. */
struct smk_fold *acts_world_fold(const struct acts *a, size_t device, const struct smk_scope *also,
                                 bool is_backwards);
/* That of all, which lives until something is written. */
struct smk_fold *acts_fold(struct acts *a);

/* ---- acts_fields.c: objects and their fields ---- */

/* In the sample or given; NULL when it is in neither. */
json_t *acts_object(const struct acts *a, enum smk_import_type type, const char *id);
const char *acts_text(json_t *object, const char *key); /* NULL: none */
enum smk_import_type acts_type(const char *name);       /* SMK_IMPORT_TYPES: none */
void acts_id(const struct acts *a, const char *type, const char *name, uint8_t ret_id[SMK_DOC_ID_BYTES]);
/* The district of a list or recommendation, or of what is about one; NULL when it is not known. */
const char *acts_district(const struct acts *a, enum smk_import_type type, json_t *object);
/* Appends a map of the fields that the object gives; what is no field is passed over. fill NULL, or pairs to begin with. */
bool acts_map(struct acts *a, const struct smk_field *rules, size_t count, json_t *object,
              struct smk_pairs *fill, struct smk_buf *ret_fields);
/* The same for a change: null takes a field back. */
bool acts_map_change(struct acts *a, const struct smk_field *rules, size_t count, json_t *object,
                     struct smk_buf *ret_fields);
bool acts_is_field(const struct smk_field *rules, size_t count, const char *key);
/* Where a document with these fields lives. */
bool acts_scope(struct acts *a, const struct smk_kind *kind, json_t *object, struct smk_bytes fields,
                const struct smk_office *office, struct smk_scope *ret_scope);

/* ---- acts_write.c: deeds ---- */

struct acts_deed {
    const char *kind, *act; /* act NULL: an edit */
    const struct smk_office *office;
    size_t device;
    struct smk_scope scope;
    uint8_t doc[SMK_DOC_ID_BYTES], id[SMK_DOC_ID_BYTES];
    struct smk_buf fields;  /* owned */
    struct smk_buf text;    /* owned; empty: the text as it stands */
    struct smk_buf payload; /* owned; acts_deed_pack makes it */
    const char *area;       /* of an act in a wider scope; NULL: none */
    bool is_published;      /* an edit in pub that takes up a study */
};
void acts_deed_deinit(struct acts_deed *d);
bool acts_deed_pack(struct acts *a, struct acts_deed *d);
/* As the acting node would judge before it signs, with what stands in a fold. */
enum smk_reason acts_deed_judge(struct acts *a, struct smk_fold *f, const struct acts_deed *d);
size_t acts_deed_write(struct acts *a, const struct acts_deed *d);
/* Fills kind, id, scope and fields of the first edit of an object. scope NULL: where its fields say that it lives. */
bool acts_deed_edit(struct acts *a, const struct smk_kind *kind, json_t *object, const char *name,
                    const struct smk_office *office, const struct smk_scope *scope,
                    struct acts_deed *ret_deed);
/* Fills everything of an act but its fields. scope NULL: where the document lives. */
bool acts_deed_act(struct acts *a, const char *kind, const char *act, const char *name,
                   const struct smk_office *office, const struct smk_scope *scope,
                   struct acts_deed *ret_deed);
/* The fields that follow: the page of what is attested, the recommendations of a list. */
bool acts_fill(struct acts *a, const char *act, const char *list, json_t *object, struct smk_pairs *fill);

/* ---- acts_sample.c ---- */

/* Brings in every object of the set, by the offices that it names. */
bool acts_sample_bring(struct acts *a);
/* Brings in one given object with all that its fields say was done. */
bool acts_sample_bring_given(struct acts *a, enum smk_import_type type, json_t *object);
/* One act about a document by an office, as an object of that type says it; it has to count. */
bool acts_sample_act(struct acts *a, enum smk_import_type type, const char *kind, const char *act,
                     const char *name, json_t *object, const struct smk_office *office);
/* The first record of the sample that is such an act about that document; SIZE_MAX when there is none. */
size_t acts_sample_first(const struct acts *a, const char *kind, const char *act, const char *name);

/* ---- acts_form.c: what a case says ---- */

struct acts_case {
    const char *name;
    enum smk_reason expect;
    json_t *input;
    const char *entity;
    enum smk_import_type type; /* of the entity; SMK_IMPORT_TYPES: no file of the sample has any */
    const char *kind, *act;
    const struct smk_policy_rule *rule;
    const struct smk_kind *doc_kind;
    const struct smk_act_kind *act_kind;                /* NULL for edits */
    const char *doc;                                    /* name of the document it is about */
    const struct smk_office *office[SMK_ATTESTORS_MAX]; /* who act, one after the other */
    size_t office_count;
    size_t device; /* of another one than the office's; ACTS_NOWHERE: the office's own */
    bool has_scope;
    struct smk_scope scope;
};
bool acts_case_read(struct acts *a, json_t *json, struct acts_case *ret_case);
/* Reads the row `_given` into a->given. */
bool acts_given_read(struct acts *a, json_t *row);

/* ---- acts_case.c ---- */

/* Sets up, does and judges one case. False: a->why. */
bool acts_case_run(struct acts *a, const struct acts_case *c);

/* ---- acts_setup.c: what stands before the act ---- */

/* Records of the case's own, as they were judged before they were signed. */
struct acts_own {
    size_t count;
    size_t place[ACTS_OWN_MAX]; /* in order */
    enum smk_reason asked[ACTS_OWN_MAX];
    struct smk_scope scope;     /* of the newest */
    bool is_unsound;            /* the document's own text does not count */
    uint8_t head[SMK_ID_BYTES]; /* that text's edit */
};
/* Makes the document as it stood just before the act, where the sample does not have it, and changes what the input says
 * about it. */
bool acts_setup_document(struct acts *a, const struct acts_case *c, struct acts_own *own);
/* Judges a deed as its own node would, writes it, and notes it. */
bool acts_own_do(struct acts *a, const struct acts_case *c, struct acts_own *own, struct acts_deed *d);
/* The object that a case takes what it leaves out from; NULL when the sample has none. */
json_t *acts_template(const struct acts *a, const struct acts_case *c);
/* An office for which that deed would count now: the preferred one, one of the same organisation, any; not `not_this`
 * unless there is no other. Sets it in the deed. */
bool acts_choose_office(struct acts *a, struct acts_deed *d, const struct smk_office *preferred,
                        const struct smk_office *not_this);

#endif
