/* store/files/list.h: several values in one cell, and back.
 *
 * Shape    items are joined by "; ". In an item \ and ; get a \ in front, and so does a space at its beginning or end. Reading
 *          splits at each ; without \ and leaves out spaces without \ around an item. Items may be empty ("a; ; c"); a cell
 *          without a letter holds none.
 * Memory   as said.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_STORE_FILES_LIST_H
#define SMK_STORE_FILES_LIST_H

#include "proto/bytes.h"

/* Appends one more item; is_first: it needs no separator. Errors stick in b. */
void smk_list_add(struct smk_buf *b, struct smk_bytes item, bool is_first);

/* Walks the items of a cell. */
struct smk_list_iter {
    struct smk_bytes rest;
    bool is_over;
};
struct smk_list_iter smk_list_each(struct smk_bytes cell);
/* The next item, unescaped, into b, which is emptied first (its max bounds it). False at the end; errors stick in b. */
bool smk_list_next(struct smk_list_iter *it, struct smk_buf *b);
size_t smk_list_count(struct smk_bytes cell);

#endif
