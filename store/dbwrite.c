#include "store/dbwrite.h"

#include "store/reserve.h"

enum { GROWTHS_MAX = 48 };

struct writing {
    smk_write_fn *fn;
    void *ctx;
    const char *reserve; /* its folder, or NULL */
    bool is_vital;
};

/* Inside the transaction, so that one process at a time looks after the reserve. */
static enum smk_err run(struct smk_txn *t, void *ctx)
{
    struct writing *w = ctx;
    if (w->reserve != NULL && !smk_reserve_keep(w->reserve) && !w->is_vital)
        return SMK_ERR_STORE_FULL;
    return w->fn(t, w->ctx);
}

static enum smk_err write_growing(struct smk_db *db, struct writing *w)
{
    enum smk_err err = SMK_ERR_STORE_FULL;
    for (int i = 0; i < GROWTHS_MAX; i++) {
        uint64_t seen = smk_db_map_bytes(db);
        bool is_map_full = false;
        err = smk_db_attempt(db, run, w, &is_map_full);
        if (!is_map_full)
            return err;
        enum smk_err grown = smk_db_grow(db, seen);
        if (grown != SMK_OK)
            return grown;
    }
    return err;
}

enum smk_err smk_db_write(struct smk_db *db, smk_write_fn *fn, void *ctx)
{
    struct writing w = {.fn = fn, .ctx = ctx, .reserve = smk_db_reserve_folder(db)};
    return write_growing(db, &w);
}

enum smk_err smk_db_write_vital(struct smk_db *db, smk_write_fn *fn, void *ctx)
{
    struct writing w = {.fn = fn, .ctx = ctx, .reserve = smk_db_reserve_folder(db), .is_vital = true};
    enum smk_err err = write_growing(db, &w);
    if (err == SMK_ERR_STORE_FULL && w.reserve != NULL && smk_reserve_give_up(w.reserve))
        err = write_growing(db, &w);
    return err;
}

struct addition {
    smk_write_fn *fn;
    void *ctx;
};

static enum smk_err addition_run(struct smk_txn *t, void *ctx)
{
    struct addition *a = ctx;
    smk_txn_make_tables(t);
    return t->err == SMK_OK ? a->fn(t, a->ctx) : t->err;
}

enum smk_err smk_db_add_derived(struct smk_db *db, smk_write_fn *fn, void *ctx)
{
    struct addition a = {.fn = fn, .ctx = ctx};
    enum smk_err err = smk_db_write(db, addition_run, &a);
    if (err != SMK_OK)
        smk_db_forget_derived(db);
    return err;
}
