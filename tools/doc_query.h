/* tools/doc_query.h: lists and searches of the command line: which documents, in which order, which page of them.
 *
 * Memory   words of the command line are BORROWED.   Secrets  those of the store.   Threads  one.
 */
#ifndef SMK_TOOLS_DOC_QUERY_H
#define SMK_TOOLS_DOC_QUERY_H

#include "store/index.h"
#include "tools/args.h"

/* Opens the index of a home, brought up to date; says so where there was no room for that. SMK_EXIT_DONE, or the code to end
 * with after having said why not. Close with smk_index_close. */
enum smk_exit smk_index_load(struct smk_cli *cli, struct smk_home *home, struct smk_index **ret_index);
/* For a cleanup attribute. */
void smk_index_drop(struct smk_index **index);

enum { SMK_DOC_QUERY_OPTIONS = 10, SMK_DOC_QUERY_LETTERS_MAX = 4096 };

/* A word that is in no list of labels; NULL: each is known. */
struct smk_doc_unknown {
    const char *list, *word;
};

struct smk_doc_query {
    struct smk_arg arg[SMK_DOC_QUERY_OPTIONS];
    struct smk_index_query query;
    char value[SMK_INDEX_FILTERS_MAX][SMK_SLUG_LETTERS_MAX + 41]; /* of filters */
    struct smk_doc_unknown unknown;
    uint8_t after[SMK_DOC_ID_BYTES];
    char text[SMK_DOC_QUERY_LETTERS_MAX + 1];
};
/* Reads the words of a list (is_search false: one of them may be a type) or of a search (they are what is searched for).
 * SMK_EXIT_DONE, or the code to end with after having said why. */
enum smk_exit smk_doc_query_read(struct smk_cli *cli, int argc, char **argv, bool is_search,
                                 struct smk_doc_query *q);
/* Prints the documents; when there are more, how to go on. */
enum smk_exit smk_doc_query_run(struct smk_cli *cli, struct smk_index *index, struct smk_doc_query *q);

#endif
