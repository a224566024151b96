/* tools/doc_find.h: the document that a word of the command line means, and who acts on this node.
 *
 * Shape    a document is named by its ref (JL-0201, in any case), or by at least 8 hex digits of its id.
 * Memory   BORROWS from the fold.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_DOC_FIND_H
#define SMK_TOOLS_DOC_FIND_H

#include "tools/fold_load.h"
#include "tools/reasons.h"

enum { SMK_HEX_DIGITS_MIN = 8 };

enum smk_found { SMK_FOUND_NONE, SMK_FOUND_ONE, SMK_FOUND_SEVERAL };

/* kind NULL: of any kind. ret_doc is set for ONE. */
enum smk_found smk_find_document(const struct smk_loaded *l, const char *kind, const char *word,
                                 const struct smk_fold_doc **ret_doc);
/* The same, telling why there is none: SMK_EXIT_DONE or the code to end with. */
enum smk_exit smk_demand_document(struct smk_cli *cli, const struct smk_loaded *l, const char *kind,
                                  const char *word, const struct smk_fold_doc **ret_doc);
/* True when id begins with these hex digits, at least 8. */
bool smk_hex_begins(const char *digits, const uint8_t *id, size_t len);

/* A text of a document or act: the English one, else the Khmer one; empty when there is none. BORROWED. */
struct smk_bytes smk_any_language(struct smk_bytes bilingual);
/* One value as JSON; null for nothing. GIVES. */
json_t *smk_json_span(struct smk_bytes value);
/* The ref of a document, or the first 8 digits of its id. Returns ret_name. */
struct smk_doc_name {
    char text[SMK_NAME_LETTERS_MAX + 1];
};
const char *smk_doc_shown(const struct smk_loaded *l, const struct smk_fold_doc *doc,
                          struct smk_doc_name *ret_name);

/* Names in a put or an act become ids: documents by ref or id, acts by ref or id, slugs by the roster.
 * For struct smk_field_map; ctx is the struct smk_loaded. */
bool smk_resolve_here(void *ctx, const struct smk_field *rule, const char *name,
                      uint8_t ret_id[SMK_DOC_ID_BYTES]);

/* The office to act with: --as, else the only one of this device for which judge says that it counts.
 * asked: what it is asked about, for saying what would be needed.
 * SMK_EXIT_DONE, or the code after having said why there is none. */
typedef enum smk_reason smk_judge_fn(void *ctx, const struct smk_office *office);
enum smk_exit smk_choose_office(struct smk_cli *cli, const struct smk_home *home, const struct smk_loaded *l,
                                smk_judge_fn *judge, void *ctx, const struct smk_asked *asked,
                                const struct smk_office **ret_office);

#endif
