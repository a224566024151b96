/* Making and opening: a coalition is founded, a welcome becomes a store, key files, a home is opened and read, a home is
 * opened and written to, the reserve is made. */
#include "proto/canon.h"
#include "proto/check.h"
#include "store/govern.h"
#include "store/keyfile.h"
#include "store/local.h"
#include "tests/fault/scenario.h"
#include "tests/fault/stage.h"
#include "tests/support/builders.h"
#include "tests/support/stores.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOUNDING_RECORDS = 5, PUB_RECORDS = 5 };

static struct {
    struct stage stage;
    struct truth before;
    struct smk_home home;
    struct smk_buf welcome;
    uint64_t read; /* records, by the newest act */
} h;

static const char *home_path(void)
{
    static struct test_path path;
    path = test_dir_at(scenario_dir(), "a");
    return path.text;
}

static void clear(void)
{
    smk_home_close(&h.home);
}

static void end(void)
{
    smk_buf_deinit(&h.welcome);
    stage_deinit(&h.stage);
    memset(&h, 0, sizeof h);
}

/* What an act made goes, so that the next one finds nothing. */
static void remove_home(void)
{
    struct test_dir home;
    (void)snprintf(home.path, sizeof home.path, "%s", home_path());
    test_dir_deinit(&home);
}

/* ---- founding ---- */

static enum smk_err act_found(void)
{
    struct smk_decision org = test_organisation("sec", "secretariat", "");
    struct smk_office offices[] = {test_office("sec-approver", "sec", "secretariat_approver", "").office,
                                   test_office("sec-editor", "sec", "secretariat_editor", "").office};
    enum smk_err err = smk_home_prepare(home_path(), &h.home);
    if (err == SMK_OK)
        err = smk_home_found(&h.home, "Test", "Asia/Phnom_Penh", &org.organisation, offices, 2);
    return err;
}

/* Which files a founded home has. */
static void begin_found(void)
{
    scenario_demand(act_found());
    smk_home_close(&h.home);
    stage_keep(&h.stage, home_path());
}

static const char *home_is_whole(void)
{
    const struct truth nothing = {0};
    smk_home_close(&h.home);
    const char *wrong = truth_differs(stage_store(home_path()), &nothing, FOUNDING_RECORDS, OUTCOME_WHOLE);
    return wrong != NULL ? wrong : stage_names_differ(&h.stage);
}

static const char *check_found(enum smk_err err)
{
    smk_home_close(&h.home);
    if (err == SMK_OK)
        return home_is_whole();
    enum smk_err opened = smk_home_open(home_path(), &h.home);
    smk_home_close(&h.home);
    if (opened == SMK_OK) {
        const char *wrong =
            truth_differs(stage_store(home_path()), &(struct truth){0}, FOUNDING_RECORDS, outcome_of(err));
        if (wrong != NULL)
            return wrong;
    } else if (opened != SMK_ERR_STORE_MISSING) {
        return scenario_text("opening what it left answered %s", smk_err_name(opened));
    }
    enum smk_err again = act_found();
    return again == SMK_OK ? home_is_whole()
                           : scenario_text("once more without a fault it answered %s", smk_err_name(again));
}

/* ---- a welcome ---- */

static void begin_welcomed(void)
{
    struct smk_invitation_row row = {.expires_ms = UINT64_MAX, .office_count = 1, .id = {3}};
    struct smk_join_request request = {.invitation = {3}};
    struct test_device device;
    test_home_found(scenario_dir(), "founder", &h.home);
    test_home_decide(&h.home, "ctod", "member", "02", "ctod-editor", "member_editor");
    SMK_ASSERT(smk_slug_copy(smk_bytes_of_text("ctod"), &row.org));
    SMK_ASSERT(smk_slug_copy(smk_bytes_of_text("ctod-editor"), &row.office[0]));
    scenario_demand(smk_local_put_invitation(h.home.store, &row));
    test_device_init(&device, 77);
    memcpy(request.sign_key, device.sign.public_key, SMK_KEY_BYTES);
    memcpy(request.transport_key, device.transport.public_key, SMK_KEY_BYTES);
    memcpy(request.box_key, device.box.public_key, SMK_KEY_BYTES);
    scenario_demand(smk_store_admit(h.home.store, &h.home.identity, h.home.root_key, h.home.root_key_count,
                                    &request, smk_wall_ms(), &h.welcome));
    smk_home_close(&h.home);
}

static enum smk_err act_welcomed(void)
{
    return smk_store_create_welcomed(home_path(), smk_buf_view(&h.welcome));
}

/* It may stand there whole, with only its name not safe yet: then it says that it exists. */
static const char *check_welcomed(enum smk_err err)
{
    struct smk_store_options options = {.path = home_path()};
    struct smk_store *store;
    struct smk_roster *roster;
    enum smk_err again = err == SMK_OK ? SMK_OK : act_welcomed();
    if (again != SMK_OK && again != SMK_ERR_EXISTS)
        return scenario_text("once more without a fault it answered %s", smk_err_name(again));
    again = smk_store_open(&options, &store);
    if (again != SMK_OK)
        return scenario_text("opening what it left answered %s", smk_err_name(again));
    scenario_demand(smk_store_roster(store, &roster));
    bool is_known = smk_roster_office(roster, "ctod-editor") != NULL;
    smk_roster_free(roster);
    smk_store_close(store);
    return is_known ? NULL : "its certificate is not there";
}

static void arrange_nothing(void)
{
    remove_home();
}

/* ---- key files ---- */

static struct smk_keyfile keyfile_of(enum smk_keyfile_kind kind)
{
    struct smk_keyfile k = {.kind = kind, .count = kind == SMK_KEYFILE_DEVICE ? 3 : 16};
    memset(k.secret, 9, k.count * SMK_SEED_BYTES);
    return k;
}

static const char *key_path(void)
{
    static char path[SMK_HOME_PATH_MAX];
    SMK_ASSERT(smk_home_join(home_path(), "root.key", path));
    return path;
}

static void arrange_keys(void)
{
    remove_home();
    SMK_ASSERT(mkdir(home_path(), 0700) == 0);
}

static enum smk_err act_keys(void)
{
    struct smk_keyfile k = keyfile_of(SMK_KEYFILE_ROOT);
    return smk_keyfile_write(key_path(), &k);
}

/* The whole file, or none; and no other file once it was written. */
static const char *check_keys(enum smk_err err)
{
    struct smk_keyfile k, expected = keyfile_of(SMK_KEYFILE_ROOT);
    enum smk_err found = smk_keyfile_read(key_path(), SMK_KEYFILE_ROOT, &k);
    if (found != SMK_OK && (err == SMK_OK || found != SMK_ERR_NOT_FOUND))
        return scenario_text("reading what it left answered %s", smk_err_name(found));
    enum smk_err again = act_keys();
    if (again != (found == SMK_OK ? SMK_ERR_EXISTS : SMK_OK))
        return scenario_text("once more without a fault it answered %s", smk_err_name(again));
    scenario_demand(smk_keyfile_read(key_path(), SMK_KEYFILE_ROOT, &k));
    SMK_ASSERT(unlink(key_path()) == 0);
    SMK_ASSERT(memcmp(&k, &expected, sizeof k) == 0);
    return rmdir(home_path()) == 0 ? NULL : "another file was left behind";
}

static void arrange_key_reading(void)
{
    arrange_keys();
    scenario_demand(act_keys());
}

static enum smk_err act_key_reading(void)
{
    struct smk_keyfile k = {0}, expected = keyfile_of(SMK_KEYFILE_ROOT);
    enum smk_err err = smk_keyfile_read(key_path(), SMK_KEYFILE_ROOT, &k);
    return err == SMK_OK && memcmp(&k, &expected, sizeof k) != 0 ? SMK_ERR_INVALID : err;
}

/* A file that cannot be read now is no file that is damaged. */
static const char *check_key_reading(enum smk_err err)
{
    if (err != SMK_OK && err != SMK_ERR_IO)
        return "it said more than that it could not be read";
    return act_key_reading() == SMK_OK ? NULL : "it cannot be read any more";
}

/* ---- opening and reading ---- */

static void begin_open(void)
{
    test_home_found(scenario_dir(), "a", &h.home);
    scenario_demand(test_put(&h.home, "pub", PUB_RECORDS));
    smk_home_close(&h.home);
    scenario_demand(truth_read(stage_store(home_path()), UINT64_MAX, &h.before));
    stage_keep(&h.stage, home_path());
}

static void arrange_open(void)
{
    stage_restore(&h.stage);
}

static bool count_record(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    (void)ctx;
    (void)arrival;
    (void)r;
    h.read++;
    return true;
}

static bool read_log(void *ctx, const struct smk_log *log)
{
    const struct smk_view *v = ctx;
    enum smk_err err = v->read_log(v->ctx, log->log_id, 1, count_record, NULL);
    return err == SMK_OK;
}

/* Everything twice: by arrival, and log by log. */
static enum smk_err read_all(void)
{
    struct smk_store_view *view;
    struct smk_roster *roster;
    h.read = 0;
    enum smk_err err = smk_store_roster(h.home.store, &roster);
    if (err != SMK_OK)
        return err;
    smk_roster_free(roster);
    err = smk_store_view_new(h.home.store, &view);
    if (err != SMK_OK)
        return err;
    const struct smk_view *v = smk_store_view_get(view);
    err = v->read_arrivals(v->ctx, 0, count_record, NULL);
    if (err == SMK_OK)
        err = smk_store_each_log(h.home.store, read_log, (void *)(uintptr_t)v);
    smk_store_view_free(view);
    return err;
}

static enum smk_err act_open(void)
{
    enum smk_err err = smk_home_open(home_path(), &h.home);
    if (err == SMK_OK)
        err = read_all();
    smk_home_close(&h.home);
    return err;
}

static const char *check_open(enum smk_err err)
{
    const char *wrong = truth_differs(stage_store(home_path()), &h.before, 0, outcome_of(err));
    if (wrong != NULL)
        return wrong;
    enum smk_err again = act_open();
    if (again != SMK_OK)
        return scenario_text("once more without a fault it answered %s", smk_err_name(again));
    return h.read == 2 * h.before.records ? stage_names_differ(&h.stage) : "not everything was read";
}

/* ---- opening and writing ---- */

static enum smk_err act_open_write(void)
{
    enum smk_err err = smk_home_open(home_path(), &h.home);
    calls_disarm();
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    uint8_t id[SMK_ID_BYTES];
    test_edit_payload(&payload, 1, 10);
    struct smk_draft draft = {
        .scope = smk_scope_of("pub"), .type = SMK_RECORD_EDIT, .payload = smk_buf_view(&payload)};
    calls_arm();
    if (err == SMK_OK)
        err = smk_store_write(h.home.store, &h.home.identity, &draft, 1, &id);
    smk_home_close(&h.home);
    calls_disarm();
    smk_buf_deinit(&payload);
    return err;
}

/* The log goes on: a new one would begin with another record. */
static const char *check_open_write(enum smk_err err)
{
    struct truth now;
    const char *wrong = truth_differs(stage_store(home_path()), &h.before, 1, outcome_of(err));
    if (wrong != NULL)
        return wrong;
    scenario_demand(truth_read(stage_store(home_path()), UINT64_MAX, &now));
    enum smk_err again = act_open_write();
    if (again != SMK_OK)
        return scenario_text("once more without a fault it answered %s", smk_err_name(again));
    wrong = truth_differs(stage_store(home_path()), &now, 1, OUTCOME_WHOLE);
    return wrong != NULL ? wrong : stage_names_differ(&h.stage);
}

/* ---- the reserve ---- */

static void arrange_reserve(void)
{
    char path[SMK_HOME_PATH_MAX];
    stage_restore(&h.stage);
    SMK_ASSERT(smk_home_join(home_path(), "store/reserve", path));
    SMK_ASSERT(unlink(path) == 0 || errno == ENOENT);
}

#define MAKING CALLS_MEMORY | CALLS_FILES
const struct scenario home_scenarios[] = {
    {"found", MAKING, .is_vital = true, .begin = begin_found, .arrange = arrange_nothing, .quick_step = 15,
     .act = act_found, .check = check_found, .clear = clear, .end = end},
    {"welcomed", MAKING, .begin = begin_welcomed, .arrange = arrange_nothing, .quick_step = 3,
     .act = act_welcomed, .check = check_welcomed, .clear = clear, .end = end},
    {"key-writing", MAKING, .arrange = arrange_keys, .act = act_keys, .check = check_keys},
    {"key-reading", MAKING, .arrange = arrange_key_reading, .act = act_key_reading,
     .check = check_key_reading},
    {"open", MAKING, .begin = begin_open, .arrange = arrange_open, .quick_step = 5, .act = act_open,
     .check = check_open, .clear = clear, .end = end},
    {"open-and-write", MAKING, .arms_itself = true, .begin = begin_open, .arrange = arrange_open,
     .quick_step = 5, .act = act_open_write, .check = check_open_write, .clear = clear, .end = end},
    {"reserve", CALLS_FILES, .arms_itself = true, .has_reserve = true, .begin = begin_open,
     .arrange = arrange_reserve, .act = act_open_write, .check = check_open_write, .clear = clear,
     .end = end},
    {.name = NULL},
};
