/* Taking the second branch of a log that its author has forked. */
#include "proto/batch.h"
#include "proto/check.h"
#include "store/audit.h"
#include "store/home.h"
#include "tests/fault/scenario.h"
#include "tests/fault/stage.h"
#include "tests/support/builders.h"

#include <string.h>

/* A store does not fork its own logs, so the branches are built by hand. */
static struct {
    struct test_world world;
    struct test_run gov, first, second;
    struct smk_buf message;
    struct stage stage;
    struct truth before;
    struct smk_store *store;
    const char *scope; /* of the log that forks; NULL = pub */
} f;

static void message_make(const struct test_run *run, size_t from, size_t count, struct smk_buf *ret_message)
{
    struct smk_batch_writer w;
    smk_batch_writer_init(&w, &run->scope);
    for (size_t i = from; i < from + count; i++)
        smk_batch_writer_add(&w, &run->record[i]);
    *ret_message = (struct smk_buf){.max = SMK_MESSAGE_BYTES_MAX};
    scenario_demand(smk_batch_writer_finish(&w, 1, ret_message));
    smk_batch_writer_deinit(&w);
}

static enum smk_err take_message(struct smk_buf *message)
{
    struct smk_store_verdict verdict = {0};
    struct smk_bytes view = smk_buf_view(message);
    enum smk_err err = smk_store_take(f.store, &view, 1, &verdict);
    return err != SMK_OK ? err : verdict.err == SMK_ERR_FORKED ? SMK_OK : verdict.err;
}

static void push_decision(const struct smk_decision *d)
{
    struct smk_buf payload = {.max = 2 * SMK_DECISION_BYTES_MAX};
    uint8_t hash[SMK_HASH_BYTES];
    test_decision_payload(&f.world.coalition, d, &payload, hash);
    struct smk_header h = test_run_next(&f.gov, SMK_RECORD_DECISION);
    test_run_push(&f.gov, &h, smk_buf_view(&payload));
    smk_buf_deinit(&payload);
}

static void fork_open(void)
{
    struct test_path path = test_dir_at(scenario_dir(), "s");
    struct smk_store_options options = {.path = path.text, .map_bytes = 1 << 20};
    scenario_demand(smk_store_open(&options, &f.store));
}

static void take_now(const struct test_run *run, size_t from, size_t count)
{
    struct smk_buf message;
    message_make(run, from, count, &message);
    scenario_demand(take_message(&message));
    smk_buf_deinit(&message);
}

static void begin_fork(void)
{
    struct test_path path = test_dir_at(scenario_dir(), "s");
    test_world_init(&f.world);
    scenario_demand(smk_store_create(path.text, smk_buf_view(&f.world.coalition.genesis)));
    fork_open();
    test_run_init(&f.gov, &f.world.coalition, &f.world.sec, "gov", 1);
    test_run_open(&f.gov);
    const struct smk_decision d[] = {
        test_organisation("sec", "secretariat", ""),
        test_office("sec-approver", "sec", "secretariat_approver", ""),
        test_device(&f.world.sec, "sec", "sec-approver"),
        test_organisation("ctod", "member", "02"),
        test_office("ctod-editor", "ctod", "member_editor", ""),
        test_device(&f.world.ctod, "ctod", "ctod-editor"),
    };
    for (size_t i = 0; i < sizeof d / sizeof d[0]; i++)
        push_decision(&d[i]);
    take_now(&f.gov, 0, f.gov.count);
    test_run_init(&f.first, &f.world.coalition, &f.world.ctod, f.scope != NULL ? f.scope : "pub", 3);
    test_run_init(&f.second, &f.world.coalition, &f.world.ctod, f.scope != NULL ? f.scope : "pub", 3);
    test_run_fill(&f.first, 3);
    test_run_fill(&f.second, 3);
    for (size_t i = 0; i < 3; i++) {
        test_run_edit(&f.first, 5);
        test_run_edit(&f.second, 9);
    }
    take_now(&f.first, 0, f.first.count);
    message_make(&f.second, 3, 3, &f.message);
    smk_store_close(f.store);
    f.store = NULL;
    /* what is in dispute is not in the feed once the fork is known */
    scenario_demand(truth_read(path.text, f.gov.count + 3, &f.before));
    stage_keep(&f.stage, path.text);
}

static void arrange_fork(void)
{
    stage_restore(&f.stage);
    fork_open();
}

static enum smk_err act_fork(void)
{
    return take_message(&f.message);
}

struct forks {
    size_t known, branch;
};

static bool count_fork(void *ctx, uint64_t number, const struct smk_view_fork *known)
{
    struct forks *forks = ctx;
    (void)number;
    (void)known;
    forks->known++;
    return true;
}

static bool count_branch(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct forks *forks = ctx;
    (void)arrival;
    (void)r;
    forks->branch++;
    return true;
}

/* All of the fork is there, or nothing of it. */
static const char *fork_is_whole(bool must_be_there)
{
    struct smk_store_view *view;
    struct forks forks = {0};
    uint8_t log_id[SMK_ID_BYTES];
    struct truth old;
    struct test_path path = test_dir_at(scenario_dir(), "s");
    scenario_demand(smk_store_view_new(f.store, &view));
    const struct smk_view *v = smk_store_view_get(view);
    scenario_demand(v->read_forks(v->ctx, 0, count_fork, &forks));
    smk_log_id(f.world.ctod.sign.public_key, f.first.incarnation, &f.first.scope, log_id);
    scenario_demand(smk_store_read_branch(f.store, log_id, true, count_branch, &forks));
    smk_store_view_free(view);
    scenario_demand(truth_read(path.text, f.before.records, &old));
    if (memcmp(old.hash, f.before.hash, sizeof old.hash) != 0)
        return "what was acknowledged before is not there";
    if ((forks.known > 0) != (forks.branch > 0) || (must_be_there && forks.known == 0))
        return scenario_text("%zu forks, %zu records of the second branch", forks.known, forks.branch);
    return NULL;
}

static const char *check_fork(enum smk_err err)
{
    if (err == SMK_ERR_STORE_IO) {
        smk_store_close(f.store);
        fork_open();
    }
    const char *wrong = fork_is_whole(err == SMK_OK);
    if (wrong != NULL)
        return wrong;
    enum smk_err again = act_fork();
    if (again != SMK_OK)
        return scenario_text("once more without a fault it answered %s", smk_err_name(again));
    return fork_is_whole(true);
}

static void clear_fork(void)
{
    smk_store_close(f.store);
    f.store = NULL;
}

static void end_fork(void)
{
    smk_buf_deinit(&f.message);
    test_run_deinit(&f.gov);
    test_run_deinit(&f.first);
    test_run_deinit(&f.second);
    test_world_deinit(&f.world);
    stage_deinit(&f.stage);
    memset(&f, 0, sizeof f);
}

/* ---- reading what is in dispute ---- */

static void begin_known(void)
{
    begin_fork();
    fork_open();
    scenario_demand(act_fork());
    smk_store_close(f.store);
    f.store = NULL;
    stage_keep(&f.stage, test_dir_at(scenario_dir(), "s").text);
}

static bool see_record(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    (void)arrival;
    (void)r;
    ++*(uint64_t *)ctx;
    return true;
}

/* Everything that can be read of a fork. */
static enum smk_err fork_read(const struct smk_view *v)
{
    struct forks forks = {0};
    uint8_t log_id[SMK_ID_BYTES];
    uint64_t records = 0;
    smk_log_id(f.world.ctod.sign.public_key, f.first.incarnation, &f.first.scope, log_id);
    enum smk_err err = v->read_forks(v->ctx, 0, count_fork, &forks);
    if (err == SMK_OK)
        err = v->read_fork(v->ctx, log_id, count_fork, &forks);
    if (err == SMK_OK)
        err = smk_store_read_branch(f.store, log_id, false, count_branch, &forks);
    if (err == SMK_OK)
        err = smk_store_read_branch(f.store, log_id, true, count_branch, &forks);
    if (err == SMK_OK)
        err = v->read_log(v->ctx, log_id, 1, see_record, &records);
    if (err == SMK_OK)
        err = v->read_arrivals(v->ctx, 0, see_record, &records);
    bool is_right = forks.known == 2 && forks.branch == 6 && records == f.before.records + 3;
    return err == SMK_OK && !is_right ? SMK_ERR_INVALID : err;
}

static enum smk_err act_read(void)
{
    struct smk_store_view *view;
    enum smk_err err = smk_store_view_new(f.store, &view);
    if (err != SMK_OK)
        return err;
    err = fork_read(smk_store_view_get(view));
    smk_store_view_free(view);
    return err;
}

static const char *check_read(enum smk_err err)
{
    (void)err;
    enum smk_err again = act_read();
    return again == SMK_OK ? NULL
                           : scenario_text("once more without a fault it answered %s", smk_err_name(again));
}

/* ---- auditing it ---- */

static void note_finding(void *ctx, const struct smk_finding *finding)
{
    size_t *forks = ctx;
    *forks += finding->kind == SMK_FINDING_FORK ? 1 : 0;
}

static enum smk_err act_audit(void)
{
    struct smk_audit_counts counts = {0};
    size_t forks = 0;
    enum smk_err err = smk_store_audit(test_dir_at(scenario_dir(), "s").text, note_finding, &forks, &counts);
    return err == SMK_OK && (forks != 1 || counts.findings != 1) ? SMK_ERR_INVALID : err;
}

static const char *check_audit(enum smk_err err)
{
    (void)err;
    enum smk_err again = act_audit();
    return again == SMK_OK ? NULL
                           : scenario_text("once more without a fault it answered %s", smk_err_name(again));
}

/* ---- a fork of governance takes decisions back ---- */

static void begin_fork_of_governance(void)
{
    f.scope = "gov";
    begin_fork();
}

#define CALLS CALLS_MEMORY | (CALLS_FILES & ~CALL_BIT(CALL_THREAD))
const struct scenario fork_scenarios[] = {
    {"fork", CALLS, .begin = begin_fork, .arrange = arrange_fork, .quick_step = 4, .act = act_fork,
     .check = check_fork, .clear = clear_fork, .end = end_fork},
    {"fork-of-governance", CALLS, .is_vital = true, .begin = begin_fork_of_governance,
     .arrange = arrange_fork, .quick_step = 4, .act = act_fork, .check = check_fork, .clear = clear_fork,
     .end = end_fork},
    {"fork-reading", CALLS, .begin = begin_known, .arrange = arrange_fork, .quick_step = 4, .act = act_read,
     .check = check_read, .clear = clear_fork, .end = end_fork},
    {"fork-audit", CALLS, .begin = begin_known, .quick_step = 4, .act = act_audit, .check = check_audit,
     .end = end_fork},
    {.name = NULL},
};
