/* Changes of a store that is open: records of our own, records from elsewhere, decisions, rows of this node. In each the
 * store is opened before anything fails, and the same change is made once more afterwards. */
#include "proto/batch.h"
#include "proto/check.h"
#include "store/govern.h"
#include "store/local.h"
#include "tests/fault/scenario.h"
#include "tests/fault/stage.h"
#include "tests/support/builders.h"
#include "tests/support/stores.h"

#include <stdlib.h>
#include <string.h>

enum {
    WRITTEN = 3,
    LARGE = 6,
    LARGE_BYTES = 24000,
    CALLS = CALLS_MEMORY | CALL_BIT(CALL_READ) | CALL_BIT(CALL_WRITE) | CALL_BIT(CALL_SYNC) |
            CALL_BIT(CALL_MAP) | CALL_BIT(CALL_OPEN) | CALL_BIT(CALL_SIZE) | CALL_BIT(CALL_LOOK) |
            CALL_BIT(CALL_CLOSE) | CALL_BIT(CALL_UNLINK) | CALL_BIT(CALL_LOCK) | CALL_BIT(CALL_RANDOM) |
            CALL_BIT(CALL_NAME),
};

static struct {
    struct stage stage; /* of the home */
    struct truth before;
    struct smk_home home;
    size_t map_bytes;
    uint64_t more;         /* records of the change */
    struct test_mail mail; /* to be taken */
    struct smk_buf welcome;
    uint8_t invitation[SMK_INVITATION_ID_BYTES];
    struct smk_store_view *view;
} c;

static const char *home_path(void)
{
    static struct test_path path;
    path = test_dir_at(scenario_dir(), "a");
    return path.text;
}

/* ---- the same for all ---- */

static void begin_with(uint64_t more)
{
    smk_home_close(&c.home);
    scenario_demand(truth_read(stage_store(home_path()), UINT64_MAX, &c.before));
    stage_keep(&c.stage, home_path());
    c.more = more;
}

static void begin(void)
{
    test_home_found(scenario_dir(), "a", &c.home);
    scenario_demand(test_put(&c.home, "pub", 5));
    begin_with(WRITTEN);
}

static void store_open(void)
{
    struct smk_store_options options = {.path = stage_store(home_path()), .map_bytes = c.map_bytes};
    scenario_demand(smk_home_open(home_path(), &c.home));
    if (c.map_bytes == 0)
        return;
    smk_store_close(c.home.store);
    c.home.store = NULL;
    scenario_demand(smk_store_open(&options, &c.home.store));
}

static void arrange(void)
{
    stage_restore(&c.stage);
    store_open();
}

static void clear(void)
{
    smk_store_view_free(c.view);
    c.view = NULL;
    smk_home_close(&c.home);
}

static void end(void)
{
    test_mail_deinit(&c.mail);
    smk_buf_deinit(&c.welcome);
    stage_deinit(&c.stage);
    memset(&c, 0, sizeof c);
}

typedef enum smk_err act_fn(void);

/* After a failure the same store takes the change; or, when its commit was broken, one that is opened anew. */
static const char *act_again(enum smk_err err, act_fn *act)
{
    enum smk_err again = err == SMK_ERR_STORE_IO ? err : act();
    if (again == SMK_ERR_STORE_IO) {
        smk_home_close(&c.home);
        store_open();
        again = act();
    }
    return again == SMK_OK ? NULL
                           : scenario_text("once more without a fault it answered %s", smk_err_name(again));
}

/* more_again   records of the change where it is made again after it went well */
static const char *check_again(enum smk_err err, act_fn *act, uint64_t more_again)
{
    const char *wrong = truth_differs(stage_store(home_path()), &c.before, c.more, outcome_of(err));
    if (wrong != NULL)
        return wrong;
    struct truth now;
    scenario_demand(truth_read(stage_store(home_path()), UINT64_MAX, &now));
    uint64_t more = now.records > c.before.records ? more_again : c.more;
    wrong = act_again(err, act);
    if (wrong == NULL)
        wrong = truth_differs(stage_store(home_path()), &now, more, OUTCOME_WHOLE);
    return wrong != NULL ? wrong : stage_names_differ(&c.stage);
}

/* ---- records of our own ---- */

static enum smk_err write_drafts(size_t count, size_t bytes)
{
    static const char *const scopes[] = {"pub", "nat"};
    struct smk_draft draft[LARGE];
    struct smk_buf payload[LARGE];
    uint8_t ids[LARGE][SMK_ID_BYTES];
    calls_disarm();
    for (size_t i = 0; i < count; i++) {
        payload[i] = (struct smk_buf){.max = SMK_PAYLOAD_BYTES_MAX};
        test_edit_payload(&payload[i], i, bytes / 3);
        draft[i] = (struct smk_draft){.scope = smk_scope_of(scopes[i % 2]),
                                      .type = SMK_RECORD_EDIT,
                                      .payload = smk_buf_view(&payload[i])};
    }
    calls_arm();
    enum smk_err err = smk_store_write(c.home.store, &c.home.identity, draft, count, ids);
    calls_disarm();
    for (size_t i = 0; i < count; i++)
        smk_buf_deinit(&payload[i]);
    return err;
}

/* The second log is new: it has an open record before its edits. */
static enum smk_err act_write(void)
{
    return write_drafts(WRITTEN - 1, 60);
}

static const char *check_write(enum smk_err err)
{
    return check_again(err, act_write, WRITTEN - 1);
}

/* ---- more than the map holds ---- */

static void begin_grow(void)
{
    begin();
    c.map_bytes = 1 << 16;
    c.more = LARGE + 1;
}

static enum smk_err act_grow(void)
{
    return write_drafts(LARGE, LARGE_BYTES);
}

static const char *check_grow(enum smk_err err)
{
    return check_again(err, act_grow, LARGE);
}

/* ---- records from elsewhere ---- */

/* A member writes; what it wrote is the mail, after the secretariat's own records of a scope both hold. */
static void begin_take(void)
{
    struct smk_home member;
    test_home_found(scenario_dir(), "a", &c.home);
    test_home_decide(&c.home, "ctod", "member", "02", "ctod-editor", "member_editor");
    scenario_demand(test_put(&c.home, "pub", 3));
    test_home_join(scenario_dir(), "b", &c.home, "ctod", "ctod-editor", &member);
    scenario_demand(test_put(&member, "pub", 6));
    test_mail_of(member.store, "pub", &c.mail);
    smk_home_close(&member);
    begin_with(7);
}

static enum smk_err act_take(void)
{
    struct smk_store_verdict verdict[4] = {{0}};
    struct smk_bytes view[4];
    SMK_ASSERT(c.mail.count <= 4);
    for (size_t i = 0; i < c.mail.count; i++)
        view[i] = smk_buf_view(&c.mail.message[i]);
    enum smk_err err = smk_store_take(c.home.store, view, c.mail.count, verdict);
    for (size_t i = 0; i < c.mail.count && err == SMK_OK; i++)
        err = verdict[i].err;
    return err;
}

static const char *check_take(enum smk_err err)
{
    return check_again(err, act_take, 0);
}

/* ---- decisions ---- */

static enum smk_err act_decide(void)
{
    const struct smk_decision d[] = {test_organisation("as", "member", "02"),
                                     test_office("as-editor", "as", "member_editor", "")};
    size_t written;
    return smk_store_decide(c.home.store, &c.home.identity, c.home.root_key, c.home.root_key_count, d, 2,
                            &written);
}

static void begin_decide(void)
{
    begin();
    c.more = 2;
}

static const char *check_decide(enum smk_err err)
{
    return check_again(err, act_decide, 0);
}

/* ---- admitting a device ---- */

static struct smk_join_request request;

static void begin_admit(void)
{
    struct smk_invitation_row row = {.expires_ms = smk_wall_ms() + SMK_DAY_MS, .office_count = 1};
    struct test_device device;
    test_home_found(scenario_dir(), "a", &c.home);
    test_home_decide(&c.home, "ctod", "member", "02", "ctod-editor", "member_editor");
    smk_random(row.id, sizeof row.id);
    SMK_ASSERT(smk_slug_copy(smk_bytes_of_text("ctod"), &row.org));
    SMK_ASSERT(smk_slug_copy(smk_bytes_of_text("ctod-editor"), &row.office[0]));
    scenario_demand(smk_local_put_invitation(c.home.store, &row));
    test_device_init(&device, 77);
    memcpy(request.invitation, row.id, sizeof row.id);
    memcpy(request.sign_key, device.sign.public_key, SMK_KEY_BYTES);
    memcpy(request.transport_key, device.transport.public_key, SMK_KEY_BYTES);
    memcpy(request.box_key, device.box.public_key, SMK_KEY_BYTES);
    begin_with(1);
}

static enum smk_err act_admit(void)
{
    struct smk_buf welcome = {0};
    enum smk_err err = smk_store_admit(c.home.store, &c.home.identity, c.home.root_key, c.home.root_key_count,
                                       &request, smk_wall_ms(), &welcome);
    smk_buf_deinit(&welcome);
    return err;
}

static const char *check_admit(enum smk_err err)
{
    return check_again(err, act_admit, 0);
}

/* ---- rows of this node ---- */

static bool any_peer(void *ctx, const struct smk_peer_row *row)
{
    (void)row;
    ++*(size_t *)ctx;
    return true;
}

static bool any_session(void *ctx, const struct smk_session_row *row)
{
    (void)row;
    ++*(size_t *)ctx;
    return true;
}

static void begin_local(void)
{
    begin();
    c.more = 0;
}

static enum smk_err rows_write(void)
{
    struct smk_session_status status = {.is_complete = true};
    struct smk_session_row row;
    static const uint8_t receipt[] = {0x90};
    struct smk_peer_row peer = {.address = "127.0.0.1:1", .receipt.max = 64};
    struct smk_invitation_row invitation = {.expires_ms = UINT64_MAX, .id = {1}};
    SMK_ASSERT(smk_slug_copy(smk_bytes_of_text("sec"), &invitation.org));
    memset(status.peer_sign_key, 5, sizeof status.peer_sign_key);
    memset(peer.sign_key, 6, sizeof peer.sign_key);
    smk_session_row_from(&status, true, 1000, &row);
    enum smk_err err = smk_local_put_invitation(c.home.store, &invitation);
    if (err == SMK_OK) {
        smk_buf_write_bytes(&peer.receipt, SMK_BYTES(receipt));
        err = peer.receipt.err != SMK_OK ? peer.receipt.err : smk_local_put_peer(c.home.store, &peer);
        smk_buf_deinit(&peer.receipt);
    }
    return err != SMK_OK ? err : smk_local_note_session(c.home.store, &row, &status, "127.0.0.1:2", NULL);
}

static enum smk_err act_local(void)
{
    size_t peers = 0, sessions = 0;
    struct smk_invitation_row row;
    struct smk_peer_row peer;
    static const uint8_t id[SMK_INVITATION_ID_BYTES] = {1};
    uint8_t key[SMK_KEY_BYTES];
    memset(key, 6, sizeof key);
    enum smk_err err = rows_write();
    if (err == SMK_OK)
        err = smk_local_get_invitation(c.home.store, id, &row);
    if (err == SMK_OK)
        err = smk_local_get_peer(c.home.store, key, &peer);
    if (err == SMK_OK) {
        smk_buf_deinit(&peer.receipt);
        err = smk_local_each_peer(c.home.store, any_peer, &peers);
    }
    if (err == SMK_OK)
        err = smk_local_each_session(c.home.store, any_session, &sessions);
    SMK_ASSERT(err != SMK_OK || peers == 2);
    SMK_ASSERT(err != SMK_OK || sessions >= 1);
    return err;
}

static const char *check_local(enum smk_err err)
{
    return check_again(err, act_local, 0);
}

/* ---- a view that moves ---- */

static void arrange_view(void)
{
    arrange();
    scenario_demand(smk_store_view_new(c.home.store, &c.view));
    scenario_demand(act_take());
    scenario_demand(act_decide());
}

static bool see_record(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct truth *seen = ctx;
    (void)arrival;
    (void)r;
    seen->records++;
    return true;
}

static enum smk_err act_view(void)
{
    bool has_moved, has_new_roster;
    struct truth seen = {0};
    enum smk_err err = smk_store_view_catch_up(c.view, &has_moved, &has_new_roster);
    const struct smk_view *v = smk_store_view_get(c.view);
    if (err == SMK_OK)
        err = v->read_arrivals(v->ctx, 0, see_record, &seen);
    if (err == SMK_OK && (seen.records != c.before.records + c.more + 2 ||
                          smk_roster_office(v->roster(v->ctx), "as-editor") == NULL))
        err = SMK_ERR_INVALID;
    return err;
}

static const char *check_view(enum smk_err err)
{
    (void)err;
    enum smk_err again = act_view();
    return again == SMK_OK ? NULL : scenario_text("the next look answered %s", smk_err_name(again));
}

const struct scenario change_scenarios[] = {
    {.name = "write",
     .calls = CALLS,
     .begin = begin,
     .arrange = arrange,
     .quick_step = 2,
     .act = act_write,
     .check = check_write,
     .clear = clear,
     .end = end,
     .arms_itself = true},
    {.name = "grow",
     .calls = CALLS & ~CALL_BIT(CALL_ALLOC),
     .begin = begin_grow,
     .arrange = arrange,
     .quick_step = 5,
     .act = act_grow,
     .check = check_grow,
     .clear = clear,
     .end = end,
     .arms_itself = true},
    {.name = "take",
     .calls = CALLS,
     .begin = begin_take,
     .arrange = arrange,
     .quick_step = 5,
     .act = act_take,
     .check = check_take,
     .clear = clear,
     .end = end},
    {.name = "decide",
     .is_vital = true,
     .calls = CALLS,
     .begin = begin_decide,
     .arrange = arrange,
     .quick_step = 2,
     .act = act_decide,
     .check = check_decide,
     .clear = clear,
     .end = end},
    {.name = "admit",
     .is_vital = true,
     .calls = CALLS,
     .begin = begin_admit,
     .arrange = arrange,
     .quick_step = 5,
     .act = act_admit,
     .check = check_admit,
     .clear = clear,
     .end = end},
    {.name = "local-rows",
     .is_vital = true,
     .calls = CALLS,
     .begin = begin_local,
     .arrange = arrange,
     .quick_step = 2,
     .act = act_local,
     .check = check_local,
     .clear = clear,
     .end = end},
    {.name = "view",
     .calls = CALLS_MEMORY | CALL_BIT(CALL_LOCK),
     .begin = begin_take,
     .arrange = arrange_view,
     .quick_step = 2,
     .act = act_view,
     .check = check_view,
     .clear = clear,
     .end = end},
    {.name = NULL},
};
