#include "store/store.h"

#include "proto/hash.h"
#include "store/inside.h"
#include "tests/support/builders.h"
#include "tests/support/fault.h"
#include "tests/support/stores.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static uint64_t clock_ms; /* 0 = the wall clock */

static uint64_t test_clock(void)
{
    return clock_ms != 0 ? clock_ms : smk_wall_ms();
}

static void start(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    clock_ms = 0;
}

TestSuite(write, .init = start, .timeout = 120);

/* Every record of one's own logs of a scope, incarnation after incarnation, in order of arrival. */
struct own {
    const struct smk_home *home;
    const char *scope;
    size_t count;
    struct own_record {
        struct smk_header header;
        uint8_t id[SMK_ID_BYTES];
        struct smk_open open;
        char reason[32];
        size_t heads;
    } record[256];
};

static bool own_keep(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct own *o = ctx;
    (void)arrival;
    if (strcmp(r->header.scope.text, o->scope) != 0 ||
        memcmp(r->header.author, o->home->identity.sign.public_key, SMK_KEY_BYTES) != 0)
        return true;
    cr_assert(lt(sz, o->count, 256));
    struct own_record *k = &o->record[o->count++];
    k->header = r->header;
    memcpy(k->id, r->id, sizeof k->id);
    if (r->header.type == SMK_RECORD_OPEN) {
        struct smk_tree tree;
        cr_assert(eq(int, smk_open_decode(r->payload, &k->open), SMK_OK));
        memcpy(k->reason, k->open.reason.data, k->open.reason.len);
        cr_assert(eq(int, smk_tree_decode(r->payload, SMK_WALK_PAYLOAD, &tree), SMK_OK));
        k->heads = smk_value_count(smk_value_find(tree.root, "heads"));
        smk_tree_deinit(&tree);
    }
    return true;
}

static struct own *own_of(const struct smk_home *home, const char *scope)
{
    struct own *o = calloc(1, sizeof *o);
    struct smk_store_view *v;
    o->home = home;
    o->scope = scope;
    cr_assert(eq(int, smk_store_view_new(home->store, &v), SMK_OK));
    const struct smk_view *view = smk_store_view_get(v);
    cr_assert(eq(int, view->read_arrivals(view->ctx, 0, own_keep, o), SMK_OK));
    smk_store_view_free(v);
    return o;
}

static bool is_same_incarnation(const struct own_record *a, const struct own_record *b)
{
    return memcmp(a->header.incarnation, b->header.incarnation, SMK_INCARNATION_BYTES) == 0;
}

static struct smk_buf small_payload(void)
{
    struct smk_buf b = {.max = 4096};
    test_edit_payload(&b, 1, 5);
    return b;
}

Test(write, opens_a_log_under_the_decisions_in_force_and_chains_what_follows)
{
    struct test_dir dir;
    struct smk_home home;
    uint8_t hash[8][SMK_HASH_BYTES];
    struct smk_roster *roster;
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    cr_assert(eq(int, test_put(&home, "nat", 2), SMK_OK));
    cr_assert(eq(int, test_put(&home, "nat", 1), SMK_OK));
    struct own *o = own_of(&home, "nat");
    cr_assert(eq(sz, o->count, 4));
    cr_assert(eq(u64, o->record[0].header.type, SMK_RECORD_OPEN));
    cr_assert(eq(str, o->record[0].reason, "new store"));
    cr_assert(eq(sz, o->record[0].heads, 0));
    cr_assert(eq(sz, o->record[0].open.under_count, 4)); /* device, organisation, two offices */
    cr_assert(eq(int, smk_store_roster(home.store, &roster), SMK_OK));
    struct smk_bytes key = SMK_BYTES(home.identity.sign.public_key);
    cr_assert(eq(sz, smk_roster_in_force(roster, SMK_DECIDE_DEVICE, key, hash, 8), 1));
    bool is_named = false;
    for (size_t i = 0; i < 4; i++)
        is_named = is_named || memcmp(o->record[0].open.under[i], hash[0], SMK_HASH_BYTES) == 0;
    cr_assert(is_named);
    smk_roster_free(roster);
    for (size_t i = 1; i < o->count; i++) {
        cr_assert(eq(u64, o->record[i].header.seq, i + 1));
        cr_assert(eq(int, memcmp(o->record[i].header.prev, o->record[i - 1].id, SMK_ID_BYTES), 0));
        cr_assert(gt(u64, o->record[i].header.time, o->record[i - 1].header.time));
        cr_assert(is_same_incarnation(&o->record[i], &o->record[0]));
    }
    free(o);
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

Test(write, refuses_drafts_that_are_no_records_and_writes_nothing_of_the_call)
{
    struct test_dir dir;
    struct smk_home home;
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    struct smk_buf payload = small_payload();
    struct smk_bytes good = smk_buf_view(&payload), none = {0},
                     text = smk_bytes_of_text("\xa3"
                                              "abc");
    struct smk_bytes rubbish = smk_bytes_of_text("\xc1");
    const struct {
        struct smk_draft draft;
        enum smk_err err;
        const char *why;
    } row[] = {
        {{.scope = smk_scope_of("nat"), .type = SMK_RECORD_OPEN, .payload = good},
         SMK_ERR_INVALID,
         "an open"},
        {{.scope = smk_scope_of("nat"), .type = 200, .payload = good}, SMK_ERR_INVALID, "an unknown type"},
        {{.scope = smk_scope_of("nat"), .type = SMK_RECORD_DECISION, .payload = good},
         SMK_ERR_INVALID,
         "not gov"},
        {{.scope = smk_scope_of("gov"), .type = SMK_RECORD_DECISION, .payload = good},
         SMK_ERR_INVALID,
         "no decision"},
        {{.scope = smk_scope_of("nat"), .type = SMK_RECORD_EDIT, .payload = none},
         SMK_ERR_INVALID,
         "no payload"},
        {{.scope = smk_scope_of("nat"), .type = SMK_RECORD_EDIT, .payload = text}, SMK_ERR_INVALID, "no map"},
        {{.scope = smk_scope_of("nat"), .type = SMK_RECORD_EDIT, .payload = rubbish},
         SMK_ERR_INVALID,
         "no msgpack"},
        {{.scope = smk_scope_of("nat"), .type = SMK_RECORD_EDIT, .payload = good, .dep_count = 9},
         SMK_ERR_INVALID,
         "too many deps"},
        {{.scope = smk_scope_of("org:ctod"), .type = SMK_RECORD_EDIT, .payload = good},
         SMK_ERR_NOT_ALLOWED_HERE,
         "a scope of others"},
    };
    uint64_t before = test_store_records(home.store), moment = smk_store_moment(home.store);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        uint8_t ids[2][SMK_ID_BYTES];
        struct smk_draft drafts[] = {
            {.scope = smk_scope_of("nat"), .type = SMK_RECORD_EDIT, .payload = good},
            row[i].draft,
        };
        cr_assert(eq(int, smk_store_write(home.store, &home.identity, drafts, 2, ids), row[i].err), "%s",
                  row[i].why);
    }
    cr_assert(eq(u64, test_store_records(home.store), before));
    cr_assert(eq(u64, smk_store_moment(home.store), moment));
    cr_assert(eq(int, test_put(&home, "nat", 1), SMK_OK));
    smk_buf_deinit(&payload);
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

Test(write, sorts_deps_and_lets_time_pass_theirs)
{
    struct test_dir dir;
    struct smk_home home;
    uint8_t id[SMK_ID_BYTES];
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    struct smk_buf payload = small_payload();
    uint64_t ahead = (smk_wall_ms() + 3600 * 1000) << 16, unbelievable = (smk_wall_ms() + 2 * SMK_DAY_MS)
                                                                         << 16;
    struct smk_draft d = {
        .scope = smk_scope_of("nat"),
        .type = SMK_RECORD_EDIT,
        .payload = smk_buf_view(&payload),
        .dep_count = 4,
        .dep = {{9}, {3}, {9}, {4}},
        .dep_time = unbelievable,
    };
    cr_assert(eq(int, smk_store_write(home.store, &home.identity, &d, 1, &id), SMK_OK));
    d.dep_time = ahead;
    cr_assert(eq(int, smk_store_write(home.store, &home.identity, &d, 1, &id), SMK_OK));
    struct own *o = own_of(&home, "nat");
    cr_assert(eq(sz, o->count, 3));
    cr_assert(eq(sz, o->record[1].header.dep_count, 3));
    cr_assert(eq(int, o->record[1].header.dep[0][0], 3));
    cr_assert(eq(int, o->record[1].header.dep[1][0], 4));
    cr_assert(eq(int, o->record[1].header.dep[2][0], 9));
    cr_assert(lt(u64, o->record[1].header.time, ahead));
    cr_assert(eq(u64, o->record[2].header.time, ahead + 1));
    cr_assert(eq(int, memcmp(id, o->record[2].id, SMK_ID_BYTES), 0));
    free(o);
    smk_buf_deinit(&payload);
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

Test(write, begins_a_new_incarnation_when_the_rights_of_the_device_change)
{
    struct test_dir dir;
    struct smk_home home;
    size_t written;
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    cr_assert(eq(int, test_put(&home, "nat", 2), SMK_OK));
    struct smk_decision d = {.kind = SMK_DECIDE_DEVICE};
    struct smk_roster *roster;
    cr_assert(eq(int, smk_store_roster(home.store, &roster), SMK_OK));
    d.device = *smk_roster_device(roster, home.identity.sign.public_key);
    smk_roster_free(roster);
    d.device.office_count = 1;
    cr_assert(
        eq(int, smk_store_decide(home.store, &home.identity, home.root_key, 1, &d, 1, &written), SMK_OK));
    cr_assert(eq(sz, written, 1));
    cr_assert(eq(int, test_put(&home, "nat", 2), SMK_OK));
    struct own *nat = own_of(&home, "nat"), *gov = own_of(&home, "gov");
    cr_assert(eq(sz, nat->count, 3 + 3));
    cr_assert(not(is_same_incarnation(&nat->record[0], &nat->record[3])));
    cr_assert(eq(str, nat->record[3].reason, "rights changed"));
    cr_assert(eq(sz, nat->record[3].heads, 1));
    /* the decision itself stands in the log that was there: nobody reads it without knowing who writes */
    cr_assert(eq(sz, gov->count, 5 + 1));
    cr_assert(is_same_incarnation(&gov->record[0], &gov->record[5]));
    free(nat);
    free(gov);
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

Test(write, begins_a_new_incarnation_in_a_copied_store)
{
    struct test_dir dir;
    struct smk_home home, copy;
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    cr_assert(eq(int, test_put(&home, "nat", 2), SMK_OK));
    test_copy_folder(test_dir_at(&dir, "a").text, test_dir_at(&dir, "b").text);
    test_copy_folder(test_dir_at(&dir, "a/store").text, test_dir_at(&dir, "b/store").text);
    cr_assert(eq(int, smk_home_open(test_dir_at(&dir, "b").text, &copy), SMK_OK));
    cr_assert(eq(int, test_put(&home, "nat", 1), SMK_OK));
    cr_assert(eq(int, test_put(&copy, "nat", 1), SMK_OK));
    cr_assert(eq(int, test_put(&copy, "nat", 1), SMK_OK));
    struct own *o = own_of(&copy, "nat");
    cr_assert(eq(sz, o->count, 3 + 3));
    cr_assert(eq(str, o->record[3].reason, "copied store"));
    cr_assert(not(is_same_incarnation(&o->record[2], &o->record[3])));
    free(o);
    /* both went on with one key, and nothing is forked */
    (void)test_carry(copy.store, home.store, "nat");
    (void)test_carry(home.store, copy.store, "nat");
    cr_assert(eq(u64, test_store_records(home.store), test_store_records(copy.store)));
    smk_home_close(&home);
    smk_home_close(&copy);
    test_dir_deinit(&dir);
}

Test(write, leaves_a_log_that_is_far_ahead_of_the_clock)
{
    struct test_dir dir;
    struct smk_home home;
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    home.store->wall_ms = test_clock;
    cr_assert(eq(int, test_put(&home, "nat", 1), SMK_OK));
    clock_ms = smk_wall_ms() + 10 * SMK_DAY_MS;
    cr_assert(eq(int, test_put(&home, "nat", 1), SMK_OK)); /* the clock was wrong for a while */
    clock_ms = 0;
    cr_assert(eq(int, test_put(&home, "nat", 2), SMK_OK));
    struct own *o = own_of(&home, "nat");
    cr_assert(eq(sz, o->count, 3 + 3));
    cr_assert(eq(str, o->record[3].reason, "clock"));
    cr_assert(eq(sz, o->record[3].heads, 1));
    cr_assert(lt(u64, o->record[3].header.time, o->record[2].header.time));
    free(o);
    clock_ms = UINT64_MAX;
    cr_assert(eq(int, test_put(&home, "nat", 1), SMK_ERR_CLOCK));
    home.store->wall_ms = smk_wall_ms;
    cr_assert(eq(int, test_put(&home, "nat", 1), SMK_OK));
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

Test(write, draws_no_more_than_16_incarnations_a_day)
{
    struct test_dir dir;
    struct smk_home home;
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home); /* the first */
    home.store->wall_ms = test_clock;
    clock_ms = smk_wall_ms() / SMK_DAY_MS * SMK_DAY_MS + SMK_DAY_MS / 2;
    for (int i = 1; i <= SMK_INCARNATIONS_PER_DAY_MAX; i++) {
        home.store->place[0] ^= 1; /* as if it were copied each time */
        enum smk_err expected = i < SMK_INCARNATIONS_PER_DAY_MAX ? SMK_OK : SMK_ERR_TOO_BIG_HERE;
        cr_assert(eq(int, test_put(&home, "nat", 1), expected), "incarnation %d", i + 1);
    }
    clock_ms += SMK_DAY_MS;
    cr_assert(eq(int, test_put(&home, "nat", 1), SMK_OK));
    struct own *o = own_of(&home, "nat");
    cr_assert(eq(sz, o->count, 2 * 16));
    cr_assert(eq(sz, o->record[30].heads, 15));
    free(o);
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

Test(write, refuses_without_a_certificate)
{
    struct test_dir dir;
    struct smk_home home, stranger;
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    cr_assert(eq(int, smk_home_prepare(test_dir_at(&dir, "b").text, &stranger), SMK_OK));
    struct smk_identity mine = home.identity;
    home.identity = stranger.identity;
    cr_assert(eq(int, test_put(&home, "nat", 1), SMK_ERR_NOT_ALLOWED_HERE));
    home.identity = mine;
    cr_assert(eq(int, test_put(&home, "nat", 1), SMK_OK));
    smk_home_close(&stranger);
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

Test(write, goes_on_where_another_program_has_written)
{
    struct test_dir dir;
    struct smk_home home;
    char path[SMK_HOME_PATH_MAX];
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    cr_assert(smk_home_join(home.path, "store", path));
    cr_assert(eq(int, test_put(&home, "nat", 50), SMK_OK)); /* the map grows on the way */
    smk_store_close(home.store);
    struct smk_store_options options = {.path = path, .map_bytes = 1 << 16};
    cr_assert(eq(int, smk_store_open(&options, &home.store), SMK_OK));
    for (int i = 0; i < 20; i++)
        cr_assert(eq(int, test_put(&home, i % 2 == 0 ? "nat" : "pub", 40), SMK_OK));
    struct own *o = own_of(&home, "gov");
    cr_assert(eq(sz, o->count, 5));
    free(o);
    cr_assert(eq(u64, test_store_records(home.store), 5 + 1 + 50 + 400 + 1 + 400));
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

Test(write, survives_every_failing_allocation)
{
    struct test_dir dir;
    struct smk_home home;
    test_dir_init(&dir);
    test_home_found(&dir, "a", &home);
    struct smk_buf payload = small_payload();
    struct smk_draft d = {
        .scope = smk_scope_of("nat"), .type = SMK_RECORD_EDIT, .payload = smk_buf_view(&payload)};
    enum smk_err err = SMK_ERR_NOMEM;
    uint64_t before = test_store_records(home.store);
    unsigned long n = 0;
    for (; n < 5000 && err != SMK_OK; n++) {
        uint8_t id[SMK_ID_BYTES];
        test_fault_begin(n % 2 == 0 ? TEST_FAULT_ONCE : TEST_FAULT_STICKY, n / 2);
        err = smk_store_write(home.store, &home.identity, &d, 1, &id);
        test_fault_end();
        cr_assert(err == SMK_OK || err == SMK_ERR_NOMEM, "%s", smk_err_name(err));
        cr_assert(eq(u64, test_store_records(home.store), before + (err == SMK_OK ? 2 : 0)));
    }
    cr_assert(eq(int, err, SMK_OK));
    cr_assert(gt(ulong, n, 10));
    smk_buf_deinit(&payload);
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

struct salts {
    size_t count;
    uint8_t salt[64][SMK_SALT_BYTES];
};

static bool salt_keep(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct salts *s = ctx;
    (void)arrival;
    cr_assert(lt(sz, s->count, 64));
    memcpy(s->salt[s->count++], r->salt, SMK_SALT_BYTES);
    return true;
}

/* Else the hash that stays of an erased payload could be compared with guesses. */
Test(write, every_record_has_a_salt_of_its_own)
{
    struct test_dir dir;
    struct smk_home h;
    struct smk_store_view *v;
    struct salts s = {0};
    test_dir_init(&dir);
    test_home_found(&dir, "a", &h);
    for (unsigned i = 0; i < 4; i++)
        cr_assert(eq(int, test_put(&h, "nat", 6), SMK_OK));
    cr_assert(eq(int, smk_store_view_new(h.store, &v), SMK_OK));
    const struct smk_view *view = smk_store_view_get(v);
    cr_assert(eq(int, view->read_arrivals(view->ctx, 0, salt_keep, &s), SMK_OK));
    cr_assert(gt(sz, s.count, 24));
    for (size_t i = 0; i < s.count; i++)
        for (size_t k = 0; k < i; k++)
            cr_assert(ne(int, memcmp(s.salt[i], s.salt[k], SMK_SALT_BYTES), 0), "records %zu and %zu", k, i);
    smk_store_view_free(v);
    smk_home_close(&h);
    test_dir_deinit(&dir);
}
