#include "store/audit.h"

#include "proto/check.h"
#include "proto/mem.h"
#include "store/audit_state.h"
#include "store/dbfile.h"

#include <string.h>

void smk_audit_report(struct smk_audit *a, const struct smk_finding *finding)
{
    SMK_ASSERT(finding->what != NULL);
    struct smk_finding named = *finding;
    const struct smk_device *device =
        a->roster != NULL ? smk_roster_device(a->roster, finding->author) : NULL;
    if (device != NULL)
        named.author_org = device->org;
    a->counts.findings++;
    a->fn(a->ctx, &named);
}

void smk_audit_say(struct smk_audit *a, enum smk_finding_kind kind, const char *what)
{
    smk_audit_report(a, &(struct smk_finding){.kind = kind, .what = what});
}

bool smk_audit_mark(uint8_t *bits, uint64_t n, uint64_t max)
{
    if (n == 0 || n > max || smk_audit_is_marked(bits, n))
        return false;
    bits[n / 8] |= (uint8_t)(1u << (n % 8));
    return true;
}

bool smk_audit_is_marked(const uint8_t *bits, uint64_t n)
{
    return (bits[n / 8] & (1u << (n % 8))) != 0;
}

static void audit_deinit(struct smk_audit *a)
{
    smk_txn_abort(&a->txn);
    smk_roster_free(a->roster);
    smk_mem_free(a->rec_seen);
    smk_mem_free(a->log_seen);
}

static enum smk_err audit_run(struct smk_audit *a, struct smk_db *db)
{
    smk_txn_begin_read(&a->txn, db);
    enum smk_err err = a->txn.err;
    if (err == SMK_OK)
        err = smk_meta_read(&a->txn, &a->meta);
    if (err == SMK_OK)
        err = smk_roster_new(a->meta.genesis_bytes, &a->roster);
    if (err == SMK_OK)
        err = smk_audit_small_tables(a);
    if (err == SMK_OK)
        err = smk_audit_numbers(a);
    if (err == SMK_OK)
        err = smk_audit_logs(a);
    if (err == SMK_OK)
        err = smk_audit_orphans(a);
    if (err == SMK_OK)
        err = smk_audit_proofs(a);
    if (err == SMK_OK)
        err = smk_audit_branches(a);
    return err != SMK_OK ? err : a->txn.err;
}

/* The two ends of the file's history; looked at only while nobody writes. */
static enum smk_err audit_file(struct smk_audit *a, const char *path, struct smk_db *db)
{
    char file_path[SMK_DB_PATH_MAX];
    struct smk_dbfile file;
    if (!smk_db_join(path, "data.mdb", file_path))
        return SMK_ERR_STORE_MISSING;
    uint64_t before = smk_db_moment(db);
    enum smk_err err = smk_dbfile_look(file_path, &file);
    if (err != SMK_OK)
        return err;
    err = smk_dbfile_metas_agree(file_path, &file);
    if (err != SMK_ERR_STORE_DAMAGED)
        return err;
    if (smk_db_moment(db) == before)
        smk_audit_say(a, SMK_FINDING_FILE, "the two beginnings of the store file do not belong together");
    return SMK_OK;
}

enum smk_err smk_store_audit(const char *path, smk_finding_fn *fn, void *ctx,
                             struct smk_audit_counts *ret_counts)
{
    struct smk_db_options options = {.path = path, .is_read_only = true};
    struct smk_db *db = NULL;
    enum smk_err err = smk_db_open(&options, &db);
    if (err != SMK_OK)
        return err;
    struct smk_audit *a = smk_mem_new(sizeof *a);
    if (a == NULL) {
        smk_db_close(db);
        return SMK_ERR_NOMEM;
    }
    a->fn = fn;
    a->ctx = ctx;
    err = audit_file(a, path, db);
    if (err == SMK_OK)
        err = audit_run(a, db);
    audit_deinit(a);
    smk_db_close(db);
    if (err == SMK_OK)
        *ret_counts = a->counts;
    smk_mem_free(a);
    return err;
}
