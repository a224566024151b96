/* tools/halves.h: the page of what is attested, and the half that another attestor has entered.
 *
 * Memory   BORROWS from the fold.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_HALVES_H
#define SMK_TOOLS_HALVES_H

#include "tools/acting.h"

/* The SHA-256 of a page: hex (sha256 not NULL) or of a file. SMK_EXIT_DONE, or the code after having said why not. */
enum smk_exit smk_page_read(struct smk_cli *cli, const char *file, const char *sha256,
                            uint8_t ret_page[SMK_HASH_BYTES]);
/* Another organisation's half over the same page, newest first; NULL when there is none. */
const struct smk_fold_entry *smk_half_find(const struct smk_fold_doc *doc, const char *act,
                                           const uint8_t page[SMK_HASH_BYTES], const char *own_org);
/* Takes id, text and about from that half, so that both are about the same; a fresh id when it is NULL. */
void smk_half_follow(struct smk_act *act, const struct smk_fold_entry *half);

#endif
