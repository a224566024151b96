/* tools/import_report.h: what an import wrote, found, left to others, waits for and refused; told at its end.
 *
 * Source   README.md in this folder, `import`.
 * Memory   lists are owned: smk_import_report_deinit.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_IMPORT_REPORT_H
#define SMK_TOOLS_IMPORT_REPORT_H

#include "proto/schema.h"
#include "tools/cli.h"
#include "tools/read_file.h"

enum { SMK_IMPORT_TOLD_MAX = 10000, SMK_IMPORT_LABELS_MAX = 64 };

struct smk_import_refusal {
    char file[40];
    char ref[SMK_NAME_LETTERS_MAX +
             1]; /* "" = the file as a whole; "#3" = the third object, which has no id */
    char field[SMK_FIELD_PATH_MAX + 1]; /* "" = the object as a whole */
    char code[40];
    struct smk_why why;
};

struct smk_import_wait {
    char ref[SMK_NAME_LETTERS_MAX + 1];
    char what[SMK_NAME_LETTERS_MAX + 1];
    struct smk_slug from; /* "" = nobody in particular */
};

struct smk_import_count {
    char name[SMK_NAME_LETTERS_MAX + 1];
    uint64_t count;
};

struct smk_import_report {
    uint64_t written;
    uint64_t already;
    uint64_t decided;                                     /* organisations and offices */
    struct smk_import_count label[SMK_IMPORT_LABELS_MAX]; /* "endorse joint_list": what was written */
    size_t label_count;
    struct smk_import_count *left; /* by organisation, ascending */
    size_t left_count;
    struct smk_import_refusal *refusal;
    size_t refusal_count; /* kept */
    uint64_t refused;     /* all */
    struct smk_import_wait *wait;
    size_t wait_count;
    uint64_t waiting;
    bool is_out_of_memory;
};

void smk_import_report_deinit(struct smk_import_report *r); /* works on a zeroed object */

void smk_import_count_written(struct smk_import_report *r, const char *kind, const char *act);
void smk_import_count_left(struct smk_import_report *r, const struct smk_slug *org, uint64_t count);
/* field, code and why as in struct smk_import_refusal; ref may be anything: it is made fit for a terminal. */
__attribute__((format(printf, 6, 7))) void smk_import_refuse(struct smk_import_report *r, const char *file,
                                                             const char *ref, const char *field,
                                                             const char *code, const char *why, ...);
void smk_import_note_wait(struct smk_import_report *r, const char *ref, const char *what,
                          const struct smk_slug *from);

/* Tells everything; returns the exit code. */
enum smk_exit smk_import_tell(struct smk_cli *cli, const struct smk_import_report *r);

#endif
