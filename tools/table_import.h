/* tools/table_import.h: one file of rows under way into a home: documents of our own columns, or a survey made elsewhere.
 *
 * Shape    the file is read twice: first for what its rows are called, so that one may name another, then row by row. Each
 *          row comes to one outcome, which is counted, told and kept in the log; what is written is written in groups.
 * Source   README.md in this folder, `import`.
 * Memory   owned: smk_table_import_deinit.   Secrets  interviews lie in it, and those of the home.   Threads  one.
 */
#ifndef SMK_TOOLS_TABLE_IMPORT_H
#define SMK_TOOLS_TABLE_IMPORT_H

#include "proto/arena.h"
#include "store/files/row_fields.h"
#include "store/files/survey.h"
#include "tools/acting.h"
#include "tools/args.h"
#include "tools/messages.h"
#include "tools/read_file.h"

enum {
    SMK_TABLE_FILES_MAX = SMK_TABLE_SHEETS_MAX,
    SMK_TABLE_BATCH_MAX = 200,
    SMK_TABLE_TOLD_MAX = 40,
    SMK_TABLE_SETTINGS_MAX = SMK_ARG_VALUES_MAX
};

#define SMK_ROW_OUTCOME_MAP(X) \
    X(CREATED, "created")      \
    X(CHANGED, "changed")      \
    X(SAME, "same")            \
    X(SKIPPED, "skipped")      \
    X(REFUSED, "refused")

enum smk_row_outcome {
#define X(name, word) SMK_ROW_##name,
    SMK_ROW_OUTCOME_MAP(X)
#undef X
        SMK_ROW_OUTCOMES,
};
const char *smk_row_outcome_word(enum smk_row_outcome outcome);

/* What came of one row. */
struct smk_row_report {
    enum smk_row_outcome outcome;
    bool is_waiting; /* to be written: it is told when it is on the disk */
    size_t number;
    char sheet[SMK_SHEET_NAME_BYTES_MAX + 1];
    char ref[SMK_NAME_LETTERS_MAX +
             1]; /* what the file calls it; as the file has it: not fit for a terminal */
    char doc[2 * SMK_DOC_ID_BYTES + 1]; /* "" = none */
    char record[2 * SMK_ID_BYTES + 1];  /* that was written; "" = none */
    char column[SMK_COLUMN_NAME_MAX + 1];
    const char *code; /* "unknown_place"; NULL unless refused or skipped */
    char why[SMK_SENTENCE_BYTES_MAX];
};

/* A row that the file names, and the document that it stands for. */
struct smk_table_name {
    char kind[SMK_TYPE_NAME_MAX + 1];
    char ref[SMK_NAME_LETTERS_MAX + 1];
    uint8_t doc[SMK_DOC_ID_BYTES];
};

/* A document that a row has given. */
struct smk_table_taken {
    uint8_t doc[SMK_DOC_ID_BYTES];
    struct smk_scope scope;
};

/* A file as a whole. */
struct smk_table_file {
    char name[SMK_TYPE_NAME_MAX + 1]; /* of an export's folder: the type; else "" */
    struct smk_buf text;
};

struct smk_table_import {
    struct smk_cli *cli;
    const char *path;
    bool is_folder; /* of an export: its tables are sheets of one file */
    size_t file_count;
    struct smk_table_file file[SMK_TABLE_FILES_MAX];
    const struct smk_table_file *at; /* the one that is being read */
    const char *type_word;           /* --type; NULL = the file says so */
    bool is_preview;
    struct smk_home home;
    struct smk_loaded loaded;
    /* surveys */
    size_t setting_count;
    struct smk_survey_choice choice[SMK_TABLE_SETTINGS_MAX];
    size_t choice_count;
    const char *setting[SMK_TABLE_SETTINGS_MAX]; /* "method=phone" */
    json_t *words;                               /* BORROWED: names of columns, as they were said */
    json_t *remembered;                          /* HOME/survey.json: {"columns": {..}, "values": {..}} */
    struct smk_places *places;
    const char *form_path; /* --form; NULL = none */
    struct smk_xlsform form;
    /* the sheet at hand */
    char sheet[SMK_SHEET_NAME_BYTES_MAX + 1];
    struct smk_table_type type;
    struct smk_head_row head;
    struct smk_survey *survey; /* NULL: the columns are our own */
    char **head_name;          /* of a survey */
    size_t head_count;
    bool has_head, is_naming; /* the first reading */
    size_t name_count, name_room;
    struct smk_table_name *name;
    size_t taken_count, taken_room;
    struct smk_table_taken *taken;
    /* what is to be written */
    size_t count;
    struct smk_draft draft[SMK_TABLE_BATCH_MAX];
    struct smk_row_report *waiting[SMK_TABLE_BATCH_MAX]; /* told once they are on the disk */
    struct smk_arena payloads;
    /* what came of it */
    uint64_t sum[SMK_ROW_OUTCOMES];
    uint64_t told;
    FILE *log; /* NULL: none */
    char log_path[SMK_HOME_PATH_MAX];
    enum smk_exit code; /* a failure of the whole, told already */
    enum smk_err err;   /* of memory or store: ends the import */
};

/* `samaki import FILE`, or of a folder that an export has written. */
enum smk_exit smk_table_import_run(struct smk_table_import *t);

/* ---- for the files of this name ---- */

/* table_rows.c: a document of these fields comes to an outcome; the report's number, sheet and ref are set.
 * doc NULL: made of `source`. scope: as the file says, empty when it does not. */
struct smk_table_document {
    const struct smk_kind *kind;
    struct smk_bytes fields;
    const uint8_t *doc;
    struct smk_bytes scope, fingerprint;
};
void smk_table_take(struct smk_table_import *t, const struct smk_table_document *d, struct smk_row_report *r);
void smk_table_take_row(struct smk_table_import *t, const struct smk_row *row);
/* False: t->err. */
bool smk_table_flush(struct smk_table_import *t);
void smk_table_refuse(struct smk_row_report *r, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool smk_table_resolve(void *ctx, const struct smk_field *rule, const char *name,
                       uint8_t ret_id[SMK_DOC_ID_BYTES]);

/* table_survey.c */
bool smk_table_survey_begin(struct smk_table_import *t, const struct smk_row *row);
void smk_table_survey_take(struct smk_table_import *t, const struct smk_row *row);
void smk_table_survey_end(struct smk_table_import *t);
/* Reads what was remembered of earlier files; keeps what this one was told. False after having said why. */
bool smk_table_survey_recall(struct smk_table_import *t);
bool smk_table_survey_remember(struct smk_table_import *t);

/* table_form.c: reads the form, if there is one, and tells what of it is not understood. SMK_EXIT_DONE, or the code after
 * having said why not. */
enum smk_exit smk_table_form_open(struct smk_table_import *t);
/* GIVES; NULL when there is no memory for all of it, and the command then does not end as done. */
json_t *smk_table_form_json(struct smk_table_import *t);

/* table_files.c: false after having said why. */
enum smk_exit smk_table_files_open(struct smk_table_import *t);
void smk_table_files_deinit(struct smk_table_import *t);
/* SHA-256 of all of them, one behind the other. */
void smk_table_files_hash(const struct smk_table_import *t, uint8_t ret_hash[SMK_HASH_BYTES]);

/* table_log.c */
bool smk_table_log_open(struct smk_table_import *t); /* false after having said why */
void smk_table_log_row(struct smk_table_import *t, const struct smk_row_report *r);
/* Counts and tells the row, and keeps it. */
void smk_table_report(struct smk_table_import *t, const struct smk_row_report *r);
enum smk_exit smk_table_tell(struct smk_table_import *t);

#endif
