/* Looking after a store: a scrub finds a spoilt record and a good one mends it, an audit, a compaction. */
#include "proto/check.h"
#include "store/audit.h"
#include "store/compact.h"
#include "store/inside.h"
#include "store/scrub.h"
#include "tests/fault/scenario.h"
#include "tests/fault/stage.h"
#include "tests/support/builders.h"
#include "tests/support/stores.h"

#include <stdlib.h>
#include <string.h>

enum { PUT = 8, SPOILT = 9, SPOILT_BYTE = 120 };

static struct {
    struct stage stage;
    struct truth before;
    struct smk_home home;
    struct smk_buf good_bytes; /* of the record that is spoilt */
    struct smk_record good;
    uint64_t findings; /* of an audit that nothing disturbs */
} u;

static const char *home_path(void)
{
    static struct test_path path;
    path = test_dir_at(scenario_dir(), "a");
    return path.text;
}

static void open_alone(void)
{
    stage_restore(&u.stage);
    scenario_demand(smk_home_open_alone(home_path(), &u.home));
}

static void clear(void)
{
    smk_home_close(&u.home);
}

static void end(void)
{
    smk_buf_deinit(&u.good_bytes);
    stage_deinit(&u.stage);
    memset(&u, 0, sizeof u);
}

static void home_make(void)
{
    test_home_found(scenario_dir(), "a", &u.home);
    scenario_demand(test_put(&u.home, "pub", PUT));
    scenario_demand(truth_read(stage_store(home_path()), UINT64_MAX, &u.before));
}

static void home_keep(void)
{
    smk_home_close(&u.home);
    stage_keep(&u.stage, home_path());
}

/* ---- a spoilt record ---- */

static bool keep_good(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    (void)ctx;
    if (arrival != SPOILT)
        return true;
    u.good_bytes = (struct smk_buf){.max = SMK_PAYLOAD_BYTES_MAX};
    smk_record_encode(r, &u.good_bytes);
    return false;
}

static enum smk_err spoil(struct smk_txn *t, void *ctx)
{
    uint8_t key[SMK_ARRIVAL_KEY_BYTES];
    struct smk_bytes value;
    (void)ctx;
    smk_row_write_u64(SPOILT, key);
    SMK_ASSERT(smk_txn_get(t, SMK_TABLE_REC, SMK_BYTES(key), &value));
    uint8_t *copy = malloc(value.len);
    SMK_ASSERT(copy != NULL);
    memcpy(copy, value.data, value.len);
    copy[SPOILT_BYTE] ^= 4;
    smk_txn_put(t, SMK_TABLE_REC, SMK_BYTES(key), (struct smk_bytes){copy, value.len});
    free(copy);
    return t->err;
}

static void begin_spoilt(void)
{
    struct smk_store_view *view;
    home_make();
    scenario_demand(smk_store_view_new(u.home.store, &view));
    const struct smk_view *v = smk_store_view_get(view);
    scenario_demand(v->read_arrivals(v->ctx, 0, keep_good, NULL));
    smk_store_view_free(view);
    scenario_demand(smk_record_decode(smk_buf_view(&u.good_bytes), &u.good));
    scenario_demand(smk_db_write(u.home.store->db, spoil, NULL));
    home_keep();
}

static void note_damage(void *ctx, const struct smk_damage *damage)
{
    size_t *count = ctx;
    *count += damage->arrival == SPOILT ? 1 : 0;
}

static enum smk_err act_scrub(void)
{
    struct smk_scrub_counts counts;
    size_t found = 0, noted = 0, mended = 0;
    enum smk_err err = smk_store_scrub(u.home.store, note_damage, &found, &counts);
    if (err == SMK_OK)
        err = smk_store_each_damaged(u.home.store, note_damage, &noted);
    if (err == SMK_OK && (found != 1 || noted != 1 || counts.damaged != 1 || counts.faults != 0))
        return SMK_ERR_INVALID;
    if (err == SMK_OK)
        err = smk_store_mend(u.home.store, &u.good, 1, &mended);
    return err == SMK_OK && mended != 1 ? SMK_ERR_INVALID : err;
}

/* It may be mended already, though the answer was an error: then the next scrub finds nothing. */
static enum smk_err mend_again(void)
{
    struct smk_scrub_counts counts;
    size_t found = 0, mended = 0;
    enum smk_err err = smk_store_scrub(u.home.store, note_damage, &found, &counts);
    return err == SMK_OK && found > 0 ? smk_store_mend(u.home.store, &u.good, 1, &mended) : err;
}

static const char *check_scrub(enum smk_err err)
{
    if (err == SMK_ERR_INVALID || err == SMK_ERR_STORE_DAMAGED)
        return "it did not find, or did not mend, what is spoilt";
    enum smk_err again = err == SMK_OK ? SMK_OK : mend_again();
    if (again == SMK_ERR_STORE_IO) { /* a commit was broken: open it anew */
        smk_home_close(&u.home);
        scenario_demand(smk_home_open_alone(home_path(), &u.home));
        again = mend_again();
    }
    if (again != SMK_OK)
        return scenario_text("once more without a fault it answered %s", smk_err_name(again));
    const char *wrong = truth_differs(stage_store(home_path()), &u.before, 0, OUTCOME_WHOLE);
    return wrong != NULL ? wrong : stage_names_differ(&u.stage);
}

/* ---- audits ---- */

static void note_finding(void *ctx, const struct smk_finding *finding)
{
    (void)ctx;
    (void)finding;
}

static enum smk_err act_audit(void)
{
    struct smk_audit_counts counts = {0};
    enum smk_err err = smk_store_audit(stage_store(home_path()), note_finding, NULL, &counts);
    if (err == SMK_OK && u.findings == 0)
        u.findings = counts.findings; /* the first one: nothing disturbs it */
    return err == SMK_OK && counts.findings != u.findings ? SMK_ERR_INVALID : err;
}

/* An audit that could not look does not say that it found something. */
static const char *check_audit(enum smk_err err)
{
    if (err == SMK_ERR_INVALID)
        return "it found more or less than there is";
    enum smk_err again = act_audit();
    return again == SMK_OK ? NULL
                           : scenario_text("once more without a fault it answered %s", smk_err_name(again));
}

/* ---- compaction ---- */

static void begin_compact(void)
{
    home_make();
    scenario_demand(test_put(&u.home, "nat", PUT));
    scenario_demand(truth_read(stage_store(home_path()), UINT64_MAX, &u.before));
    home_keep();
}

/* The file is another one after each run, and counts as a copy until something is written. */
static void arrange_compact(void)
{
    open_alone();
    scenario_demand(test_put(&u.home, "pub", 1));
    scenario_demand(truth_read(stage_store(home_path()), UINT64_MAX, &u.before));
}

static enum smk_err act_compact(void)
{
    struct smk_compaction done;
    return smk_home_compact(&u.home, &done);
}

/* The log goes on in the file that took the place of the old one: its owner counts as the same. */
static const char *check_compact(enum smk_err err)
{
    smk_home_close(&u.home);
    const char *wrong = truth_differs(stage_store(home_path()), &u.before, 0, outcome_of(err));
    if (wrong != NULL)
        return wrong;
    scenario_demand(smk_home_open_alone(home_path(), &u.home));
    enum smk_err again = act_compact();
    if (again != SMK_OK)
        return scenario_text("once more without a fault it answered %s", smk_err_name(again));
    again = test_put(&u.home, "pub", 1);
    if (again != SMK_OK)
        return scenario_text("writing afterwards answered %s", smk_err_name(again));
    wrong = truth_differs(stage_store(home_path()), &u.before, 1, OUTCOME_WHOLE);
    return wrong != NULL ? wrong : stage_names_differ(&u.stage);
}

#define READING CALLS_MEMORY | CALLS_FILES
const struct scenario upkeep_scenarios[] = {
    {"scrub", READING, .is_vital = true, .begin = begin_spoilt, .arrange = open_alone, .quick_step = 2,
     .act = act_scrub, .check = check_scrub, .clear = clear, .end = end},
    {"audit", READING, .begin = begin_spoilt, .quick_step = 2, .act = act_audit, .check = check_audit,
     .end = end},
    {"compact", READING, .is_vital = true, .begin = begin_compact, .arrange = arrange_compact,
     .quick_step = 25, .act = act_compact, .check = check_compact, .clear = clear, .end = end},
    {.name = NULL},
};
