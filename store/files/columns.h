/* store/files/columns.h: the columns of a table of documents or acts, as they follow from the schema.
 *
 * Shape    a column is a field, or a part of one: `title_km`, `cost.amount`, `findings.text_en`,
 *          `respondents.by_age.18_30.female`, `answers.q1`; lists are joined (list.h). Which keys a tally, answers or a
 *          provenance has is taken from the documents. Behind the fields stand columns about the record.
 * Source   README.md in this folder, "Columns".
 * Memory   columns are owned: smk_columns_deinit. The rest is static or BORROWS.   Secrets  none.   Threads  one.
 */
#ifndef SMK_STORE_FILES_COLUMNS_H
#define SMK_STORE_FILES_COLUMNS_H

#include "store/files/table.h"
#include "store/files/types.h"

enum { SMK_COLUMN_KEYS_MAX = 3, SMK_COLUMN_NAME_MAX = 512 };

/* Columns that are no field. An import reads doc, scope and fingerprint, and passes the others over. */
enum smk_column_role {
    SMK_COLUMN_FIELD,
    SMK_COLUMN_ACT,         /* "endorse" */
    SMK_COLUMN_OF,          /* the ref of the document that an act is about, else its id */
    SMK_COLUMN_DOC,         /* id of the document, in hex */
    SMK_COLUMN_ACT_ID,      /* of an act */
    SMK_COLUMN_SCOPE,       /* "dm:0201" */
    SMK_COLUMN_FINGERPRINT, /* of what the fields say: another one, and somebody changed it since */
    SMK_COLUMN_STATUS,      /* derived from acts */
    SMK_COLUMN_CONFLICTS,   /* fields of which several values stand */
    SMK_COLUMN_OFFICE,      /* that acted */
    SMK_COLUMN_ORG,
    SMK_COLUMN_TIME,      /* as signed, UTC */
    SMK_COLUMN_RECORD,    /* id of the record, in hex */
    SMK_COLUMN_JUDGEMENT, /* "of an earlier version" */
    SMK_COLUMN_ROLES,
};
const char *smk_column_role_name(enum smk_column_role role); /* "doc"; NULL for FIELD */
bool smk_column_role_is_of(const struct smk_table_type *type, enum smk_column_role role);

struct smk_column {
    char name[SMK_COLUMN_NAME_MAX + 1];
    enum smk_column_role role;
    size_t field_at;               /* in the type */
    const struct smk_field *field; /* NULL unless the role is FIELD */
    const struct smk_field *part;  /* of a group; else NULL */
    char language[3];              /* "km" or "en" of a bilingual text; else "" */
    bool is_new;                   /* of the values that are being added */
    size_t key_count;              /* into a tally, answers, provenance */
    char key[SMK_COLUMN_KEYS_MAX][SMK_NAME_LETTERS_MAX + 1];
};
/* The field that says what a value of the column is. */
const struct smk_field *smk_column_rule(const struct smk_column *c);
/* Of its cells; of a joined list text. */
enum smk_cell_type smk_column_type(const struct smk_column *c);
/* The column of that name. False when the type has none. */
bool smk_column_parse(const struct smk_table_type *type, struct smk_bytes name,
                      struct smk_column *ret_column);
/* Makes the name of the other members. */
void smk_column_spell(struct smk_column *c);
/* The order of columns in a table: <0, 0, >0. */
int smk_column_compare(const struct smk_column *a, const struct smk_column *b);

struct smk_columns {
    const struct smk_table_type *type; /* BORROWED */
    struct smk_column **at;            /* by smk_column_compare */
    size_t count, room;
};
/* Those that follow from the schema alone. ret_columns is to be released in any case.
 * OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_columns_init(struct smk_columns *ret_columns,
                                           const struct smk_table_type *type);
/* Takes away what no import takes: the columns that say what acts have made of a document. */
void smk_columns_for_import(struct smk_columns *c);
void smk_columns_deinit(struct smk_columns *c); /* works on a zeroed object */
/* Adds what the values of one document or act need beside them: one value a field of the type, empty where there is none,
 * each well-formed (smk_schema_check).
 * OK
 * SMK_ERR_INVALID       a key cannot be a part of the name of a column; nothing is added
 * SMK_ERR_TOO_BIG_HERE  more than SMK_TABLE_COLUMNS_MAX columns; nothing is added
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_columns_add(struct smk_columns *c, const struct smk_bytes *value);

#endif
