/* store/files/dictionary.h: what a column is called by people and what stands in it.
 *
 * Shape    names are made of those of the field, its part and its keys (proto/labels.h): "Respondents: By age band: 18–30".
 * Memory   appends to the caller's buffer; errors stick there.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_STORE_FILES_DICTIONARY_H
#define SMK_STORE_FILES_DICTIONARY_H

#include "proto/labels.h"
#include "store/files/columns.h"

void smk_column_label(const struct smk_table_type *type, const struct smk_column *c,
                      enum smk_language language, struct smk_buf *b);
/* What is known of the Khmer name: the least of its pieces. */
enum smk_khmer smk_column_khmer(const struct smk_table_type *type, const struct smk_column *c);
/* "text", "code", "integer", "decimal", "date"; "list of codes" and so on where several stand in one cell. */
void smk_column_type_word(const struct smk_column *c, struct smk_buf *b);
/* What a reader of the table has to know: choices, digits, what a reference points to. May be nothing. */
void smk_column_note(const struct smk_column *c, struct smk_buf *b);
bool smk_column_is_required(const struct smk_column *c);

#endif
