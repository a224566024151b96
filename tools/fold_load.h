/* tools/fold_load.h: the documents and acts of a home: the store's view, folded.
 *
 * Memory   owns view and fold: smk_loaded_close.   Secrets  those of the store.   Threads  one.
 */
#ifndef SMK_TOOLS_FOLD_LOAD_H
#define SMK_TOOLS_FOLD_LOAD_H

#include "proto/fold.h"
#include "proto/mem.h"
#include "tools/cli.h"

/* What a word of the command line means besides a document. */
struct smk_named_record {
    size_t count; /* records whose id begins so: 0, 1, or more */
    uint8_t log_id[SMK_ID_BYTES];
    uint64_t seq; /* of the first of them */
};

struct smk_loaded {
    struct smk_store_view *view;
    struct smk_fold *fold; /* finished */
    uint64_t arrival;      /* up to which records are in the fold */
    struct smk_cli *cli;   /* BORROWED: told when memory was missing for an answer of the fold */
    enum smk_err read_err; /* the first failure of smk_loaded_read: what was shown since then is not whole */
};

/* Reads everything that the store holds. SMK_EXIT_DONE, or the code after having said why not. */
enum smk_exit smk_loaded_open(struct smk_cli *cli, struct smk_home *home, struct smk_loaded *ret_loaded);
void smk_loaded_close(struct smk_loaded *l); /* works on a zeroed object */

/* The same of the documents alone that a word may mean: by name, by the beginning of their id, or by that of one of their
 * records. The fold is right about these, and of others holds what that took. Such a load cannot be refreshed. */
enum smk_exit smk_loaded_open_named(struct smk_cli *cli, const char *word, struct smk_home *ret_home,
                                    struct smk_loaded *ret_loaded, struct smk_named_record *ret_record);

/* Takes in what has been committed since; everything that the fold handed out before is gone.
 * OK, SMK_ERR_STORE_*, SMK_ERR_TOO_BIG_HERE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_loaded_refresh(struct smk_loaded *l);

/* One record of the store again, by log and seq: fn is called once.
 * OK, SMK_ERR_NOT_FOUND, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_loaded_read(struct smk_loaded *l, const uint8_t log_id[SMK_ID_BYTES],
                                          uint64_t seq, smk_view_record_fn *fn, void *ctx);

/* Opens home, store and fold in one go; both are to be closed unless this fails. */
enum smk_exit smk_loaded_open_home(struct smk_cli *cli, bool needs_identity, struct smk_home *ret_home,
                                   struct smk_loaded *ret_loaded);

#endif
