/* tools/import_set.h: a folder of data as it lies there: one object a row or element, with its name.
 *
 * Shape    one file a type; files that are not there are no error. What is wrong with a file as a whole stops the
 *          import; what is wrong with one object is noted, and that object left out.
 * Source   tools/sample/battambang/README.md.
 * Memory   the set owns the JSON: smk_import_set_deinit.   Secrets  interviews lie in it.   Threads  one.
 */
#ifndef SMK_TOOLS_IMPORT_SET_H
#define SMK_TOOLS_IMPORT_SET_H

#include "tools/import_report.h"

enum smk_import_type {
    SMK_IMPORT_INTERVIEW,
    SMK_IMPORT_CASE_STUDY,
    SMK_IMPORT_MEETING,
    SMK_IMPORT_RECOMMENDATION,
    SMK_IMPORT_JOINT_LIST,
    SMK_IMPORT_EVENT,
    SMK_IMPORT_PROJECT,
    SMK_IMPORT_ATTACHMENT,
    SMK_IMPORT_ENDORSEMENT,
    SMK_IMPORT_ACCEPTANCE,
    SMK_IMPORT_PRESENTATION,
    SMK_IMPORT_PRIORITY,
    SMK_IMPORT_FOLLOW_UP,
    SMK_IMPORT_VERIFICATION,
    SMK_IMPORT_TYPES,
};

struct smk_import_form {
    const char *name; /* of the type: "case_study"; ids are made of it */
    const char *file; /* "case_studies.json" */
    bool is_document; /* otherwise an act */
};
extern const struct smk_import_form smk_import_form[SMK_IMPORT_TYPES];

enum { SMK_IMPORT_OBJECTS_MAX = 20000, SMK_IMPORT_SEATS_MAX = 4096 };

struct smk_import_object {
    enum smk_import_type type;
    const char *id; /* BORROWED from json */
    json_t *json;   /* BORROWED from the file */
    bool is_refused;
    bool is_ours; /* this device writes its first edit */
};

/* An organisation or office of the folder: slug, and for an office its organisation. */
struct smk_import_seat {
    struct smk_slug slug;
    struct smk_slug org; /* "" for an organisation */
};

struct smk_import_set {
    const char *folder; /* BORROWED */
    json_t *file[SMK_IMPORT_TYPES];
    json_t *organisations, *offices;  /* NULL = not there */
    struct smk_import_object *object; /* by type, then as in the file */
    size_t count;
    size_t first[SMK_IMPORT_TYPES + 1]; /* where each type begins */
    struct smk_import_object **by_id;   /* by id, then type; without those that have none */
    size_t named_count;
    struct smk_import_seat *seat; /* ascending by slug */
    size_t seat_count;
};

/* Reads all files. False: a file is not fit to be used, and the report says which and why; deinit in any case. */
bool smk_import_set_load(struct smk_import_set *s, const char *folder, struct smk_import_report *r);
void smk_import_set_deinit(struct smk_import_set *s); /* works on a zeroed object */

/* NULL when there is none, or when it was refused. */
struct smk_import_object *smk_import_find(const struct smk_import_set *s, enum smk_import_type type,
                                          const char *id);
/* Of whatever type. */
struct smk_import_object *smk_import_find_any(const struct smk_import_set *s, const char *id);
/* True also for one that was refused. */
bool smk_import_exists(const struct smk_import_set *s, enum smk_import_type type, const char *id);
/* The organisation (is_office false) or office of that slug in the folder's files; NULL when there is none. */
const struct smk_import_seat *smk_import_find_seat(const struct smk_import_set *s, const char *slug,
                                                   bool is_office);

/* Marks an object refused and notes why. */
__attribute__((format(printf, 5, 6))) void smk_import_refuse_object(struct smk_import_report *r,
                                                                    struct smk_import_object *o,
                                                                    const char *field, const char *code,
                                                                    const char *why, ...);

/* A text of an object; NULL when it is absent, null or no text. */
const char *smk_import_text(const struct smk_import_object *o, const char *key);

/* import_rows.c: interviews.csv as an array of objects, a column that is no field as an answer. False as above. */
bool smk_import_read_rows(const char *path, json_t **ret_rows, struct smk_import_report *r);

/* import_tally.c: compares the tally of every case study of ours with its rows in interviews.csv (those that were not
 * refused); a study that disagrees is refused, with the numbers; one without any row says that it had no respondent. A
 * folder without that file is not compared. */
void smk_import_compare_tallies(struct smk_import_set *s, struct smk_import_report *r);

#endif
