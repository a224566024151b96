#include "store/compact.h"

#include "proto/check.h"
#include "store/dbfile.h"
#include "store/inside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The store, and the folder beside its file in which the new one is made. */
struct places {
    char store[SMK_HOME_PATH_MAX], file[SMK_HOME_PATH_MAX], lock[SMK_HOME_PATH_MAX];
    char fresh[SMK_HOME_PATH_MAX], fresh_file[SMK_HOME_PATH_MAX], fresh_lock[SMK_HOME_PATH_MAX];
};

static bool places_find(const char *home, struct places *ret_places)
{
    return smk_home_join(home, "store", ret_places->store) &&
           smk_home_join(home, "store/data.mdb", ret_places->file) &&
           smk_home_join(home, "store/lock.mdb", ret_places->lock) &&
           smk_home_join(home, "store/compact.new", ret_places->fresh) &&
           smk_home_join(home, "store/compact.new/data.mdb", ret_places->fresh_file) &&
           smk_home_join(home, "store/compact.new/lock.mdb", ret_places->fresh_lock);
}

static uint64_t bytes_of_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* Also what a killed compaction has left. */
static void clear_away(const struct places *p)
{
    (void)unlink(p->fresh_file);
    (void)unlink(p->fresh_lock);
    (void)rmdir(p->fresh);
}

/* ---- the new file ---- */

static bool count_record(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    uint64_t *newest = ctx;
    (void)r; /* reading has checked it */
    *newest = arrival;
    return true;
}

/* Reads every record, which checks it; the newest arrival must be the same as in the old file. */
static enum smk_err check_whole(struct smk_store *old, struct smk_store *fresh, uint64_t *ret_records)
{
    struct smk_txn t;
    smk_txn_begin_read(&t, old->db);
    uint64_t expected = smk_txn_last_arrival(&t), found = 0;
    enum smk_err err = smk_txn_end(&t);
    if (err != SMK_OK)
        return err;
    struct smk_reading reading = {.store = fresh, .arrival_max = expected};
    err = smk_reading_arrivals(&reading, 0, count_record, &found);
    smk_buf_deinit(&reading.spare);
    *ret_records = found;
    return err == SMK_OK && found != expected ? SMK_ERR_STORE_DAMAGED : err;
}

static enum smk_err move_own(struct smk_store *s, struct smk_txn *t, void *ctx)
{
    return smk_own_move(t, ctx, s->place);
}

static enum smk_err settle(struct smk_store *old, const struct places *p, uint64_t *ret_records)
{
    struct smk_store_options options = {.path = p->fresh, .has_no_reserve = true};
    struct smk_store *fresh = NULL;
    enum smk_err err = smk_store_open(&options, &fresh);
    if (err == SMK_OK)
        err = check_whole(old, fresh, ret_records);
    if (err == SMK_OK)
        err = smk_store_transact_vital(fresh, move_own, old->place);
    smk_store_close(fresh);
    return err;
}

static enum smk_err make_fresh(struct smk_store *old, const struct places *p, uint64_t *ret_records)
{
    clear_away(p);
    if (mkdir(p->fresh, 0700) != 0)
        return errno == ENOSPC || errno == EDQUOT ? SMK_ERR_STORE_FULL : SMK_ERR_STORE_IO;
    enum smk_err err = smk_db_copy(old->db, p->fresh_file);
    return err == SMK_OK ? settle(old, p, ret_records) : err;
}

/* ---- taking its place ---- */

/* The lock file belongs to the old file; LMDB makes another. */
static enum smk_err replace(struct smk_home *home, const struct places *p)
{
    smk_store_close(home->store);
    home->store = NULL;
    enum smk_err err = rename(p->fresh_file, p->file) == 0 ? SMK_OK : SMK_ERR_STORE_IO;
    if (err == SMK_OK) {
        (void)unlink(p->lock);
        err = smk_folder_sync(p->store);
    }
    enum smk_err end = smk_home_open_store(home);
    return err != SMK_OK ? err : end;
}

enum smk_err smk_home_compact(struct smk_home *home, struct smk_compaction *ret_compaction)
{
    struct places p;
    struct smk_compaction done = {0};
    SMK_ASSERT(home->store != NULL);
    if (!home->has_identity)
        return SMK_ERR_NOT_ALLOWED_HERE;
    if (!places_find(home->path, &p))
        return SMK_ERR_STORE_IO;
    done.bytes_before = bytes_of_file(p.file);
    enum smk_err err = make_fresh(home->store, &p, &done.records);
    if (err == SMK_OK)
        err = replace(home, &p);
    clear_away(&p);
    done.bytes_after = bytes_of_file(p.file);
    *ret_compaction = done;
    return err;
}
