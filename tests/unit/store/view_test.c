#include "proto/view.h"

#include "proto/hash.h"
#include "store/inside.h"
#include "store/local.h"
#include "tests/support/fault.h"
#include "tests/support/stores.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(view, .init = start_crypto, .timeout = 60);

struct scene {
    struct test_dir dir;
    struct smk_home home;
    struct smk_store_view *v;
    const struct smk_view *view;
};

static void scene_init(struct scene *s)
{
    test_dir_init(&s->dir);
    test_home_found(&s->dir, "a", &s->home);
    cr_assert(eq(int, smk_store_view_new(s->home.store, &s->v), SMK_OK));
    s->view = smk_store_view_get(s->v);
}

static void scene_deinit(struct scene *s)
{
    smk_store_view_free(s->v);
    smk_home_close(&s->home);
    test_dir_deinit(&s->dir);
}

static bool count_scope(void *ctx, const struct smk_scope *scope)
{
    size_t *count = ctx;
    (void)scope;
    ++*count;
    return true;
}

static size_t scopes(const struct smk_view *view)
{
    size_t count = 0;
    view->each_scope(view->ctx, count_scope, &count);
    return count;
}

/* What a read has given; wants no more than max. */
struct reading {
    size_t count;
    size_t max;
    uint64_t last_seq;
    uint64_t last_arrival;
    bool is_rising;
    const struct smk_view *nested; /* read again inside */
};

static bool take_one(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct reading *g = ctx;
    g->is_rising = (g->count == 0 || g->is_rising) && arrival > g->last_arrival;
    g->count++;
    g->last_arrival = arrival;
    g->last_seq = r->header.seq;
    if (g->nested != NULL) {
        struct reading inner = {.max = SIZE_MAX};
        uint8_t log_id[SMK_ID_BYTES];
        smk_log_id(r->header.author, r->header.incarnation, &r->header.scope, log_id);
        if (g->nested->read_log(g->nested->ctx, log_id, r->header.seq, take_one, &inner) != SMK_OK)
            g->is_rising = false;
    }
    return g->count < g->max;
}

static bool keep_head(void *ctx, const struct smk_head *head)
{
    *(struct smk_head *)ctx = *head;
    return true;
}

/* The head of the only log of a scope. */
static void only_log(const struct smk_view *view, const char *scope, struct smk_head *ret_head)
{
    struct smk_scope s = smk_scope_of(scope);
    struct smk_frontier *f = view->frontier(view->ctx, &s);
    cr_assert(ne(ptr, f, NULL));
    cr_assert(eq(sz, smk_frontier_count(f), 1));
    smk_frontier_each(f, &(struct smk_prefix){0}, keep_head, ret_head);
}

Test(view, stands_still_until_it_catches_up)
{
    struct scene s;
    bool has_moved, has_new_roster;
    struct smk_scope nat = smk_scope_of("nat");
    scene_init(&s);
    cr_assert(eq(u64, s.view->arrival(s.view->ctx), 5));
    cr_assert(eq(sz, scopes(s.view), 1));
    cr_assert(eq(ptr, s.view->frontier(s.view->ctx, &nat), NULL));
    cr_assert(eq(int, test_put(&s.home, "nat", 3), SMK_OK));
    cr_assert(eq(u64, s.view->arrival(s.view->ctx), 5));
    struct reading r = {.max = SIZE_MAX};
    cr_assert(eq(int, s.view->read_arrivals(s.view->ctx, 0, take_one, &r), SMK_OK));
    cr_assert(eq(sz, r.count, 5), "what came later is not of this moment");
    cr_assert(eq(int, smk_store_view_catch_up(s.v, &has_moved, &has_new_roster), SMK_OK));
    cr_assert(has_moved);
    cr_assert(not(has_new_roster));
    cr_assert(eq(u64, s.view->arrival(s.view->ctx), 9));
    cr_assert(eq(sz, scopes(s.view), 2));
    cr_assert(eq(u64, smk_frontier_records(s.view->frontier(s.view->ctx, &nat)), 4));
    cr_assert(eq(int, smk_store_view_catch_up(s.v, &has_moved, &has_new_roster), SMK_OK));
    cr_assert(not(has_moved));
    test_home_decide(&s.home, "ctod", "member", "02", "ctod-editor", "member_editor");
    cr_assert(eq(int, smk_store_view_catch_up(s.v, &has_moved, &has_new_roster), SMK_OK));
    cr_assert(has_moved);
    cr_assert(has_new_roster);
    cr_assert(ne(ptr, (void *)(uintptr_t)smk_roster_organisation(s.view->roster(s.view->ctx), "ctod"), NULL));
    scene_deinit(&s);
}

Test(view, agrees_with_a_view_that_was_made_later)
{
    static const char *const scope[] = {"gov", "nat", "pub", "prov:02", "dm:0201", "org:sec"};
    struct scene s;
    bool has_moved, has_new_roster;
    scene_init(&s);
    for (size_t i = 0; i < 40; i++) {
        cr_assert(eq(int, test_put(&s.home, scope[1 + i % 5], 1 + i % 3), SMK_OK));
        if (i % 7 == 0)
            s.home.store->place[1] ^= 1; /* another incarnation */
        if (i % 3 == 0)
            cr_assert(eq(int, smk_store_view_catch_up(s.v, &has_moved, &has_new_roster), SMK_OK));
    }
    cr_assert(eq(int, smk_store_view_catch_up(s.v, &has_moved, &has_new_roster), SMK_OK));
    struct smk_store_view *other;
    cr_assert(eq(int, smk_store_view_new(s.home.store, &other), SMK_OK));
    const struct smk_view *fresh = smk_store_view_get(other);
    cr_assert(eq(u64, fresh->arrival(fresh->ctx), s.view->arrival(s.view->ctx)));
    for (size_t i = 0; i < 6; i++) {
        uint8_t root[2][SMK_HASH_BYTES];
        struct smk_scope sc = smk_scope_of(scope[i]);
        smk_frontier_root(s.view->frontier(s.view->ctx, &sc), root[0]);
        smk_frontier_root(fresh->frontier(fresh->ctx, &sc), root[1]);
        cr_assert(eq(int, memcmp(root[0], root[1], SMK_HASH_BYTES), 0), "%s", scope[i]);
    }
    smk_store_view_free(other);
    scene_deinit(&s);
}

Test(view, reads_long_logs_page_by_page_from_any_place)
{
    static const uint64_t from[] = {1, 2, 16, 17, 18, 80, 81, 337, 1200, 1501};
    struct scene s;
    struct smk_head head;
    bool has_moved, has_new_roster;
    scene_init(&s);
    cr_assert(eq(int, test_put(&s.home, "nat", 1500), SMK_OK));
    cr_assert(eq(int, smk_store_view_catch_up(s.v, &has_moved, &has_new_roster), SMK_OK));
    only_log(s.view, "nat", &head);
    for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
        struct reading r = {.max = SIZE_MAX};
        cr_assert(eq(int, s.view->read_log(s.view->ctx, head.log_id, from[i], take_one, &r), SMK_OK));
        cr_assert(eq(sz, r.count, 1501 - from[i] + 1));
        cr_assert(r.is_rising);
        cr_assert(eq(u64, r.last_seq, 1501));
        r = (struct reading){.max = 3};
        if (from[i] <= 1498) {
            cr_assert(eq(int, s.view->read_log(s.view->ctx, head.log_id, from[i], take_one, &r), SMK_OK));
            cr_assert(eq(sz, r.count, 3));
        }
        r = (struct reading){.max = SIZE_MAX};
        cr_assert(eq(int, s.view->read_arrivals(s.view->ctx, from[i], take_one, &r), SMK_OK));
        cr_assert(eq(sz, r.count, 1506 - from[i]));
    }
    struct reading r = {.max = SIZE_MAX};
    cr_assert(eq(int, s.view->read_log(s.view->ctx, head.log_id, 1502, take_one, &r), SMK_ERR_NOT_FOUND));
    head.log_id[0] ^= 1;
    cr_assert(eq(int, s.view->read_log(s.view->ctx, head.log_id, 1, take_one, &r), SMK_ERR_NOT_FOUND));
    cr_assert(eq(int, s.view->read_arrivals(s.view->ctx, 1506, take_one, &r), SMK_OK));
    cr_assert(eq(sz, r.count, 0));
    scene_deinit(&s);
}

Test(view, lets_a_callback_read_again)
{
    struct scene s;
    scene_init(&s);
    struct reading r = {.max = SIZE_MAX, .nested = s.view};
    cr_assert(eq(int, s.view->read_arrivals(s.view->ctx, 0, take_one, &r), SMK_OK));
    cr_assert(eq(sz, r.count, 5));
    cr_assert(r.is_rising);
    scene_deinit(&s);
}

static enum smk_err spoil(struct smk_txn *t, void *ctx)
{
    uint8_t key[8], row[4096];
    struct smk_bytes value;
    smk_row_write_u64(*(uint64_t *)ctx, key);
    cr_assert(smk_txn_get(t, SMK_TABLE_REC, SMK_BYTES(key), &value));
    memcpy(row, value.data, value.len);
    row[value.len - 1] ^= 1;
    smk_txn_put(t, SMK_TABLE_REC, SMK_BYTES(key), (struct smk_bytes){row, value.len});
    return t->err;
}

Test(view, gives_no_record_that_is_not_what_was_stored)
{
    struct scene s;
    struct smk_head head;
    bool has_moved, has_new_roster;
    uint64_t arrival = 5 + 4;
    scene_init(&s);
    cr_assert(eq(int, test_put(&s.home, "nat", 10), SMK_OK));
    cr_assert(eq(int, smk_store_view_catch_up(s.v, &has_moved, &has_new_roster), SMK_OK));
    only_log(s.view, "nat", &head);
    cr_assert(eq(int, smk_db_write(s.home.store->db, spoil, &arrival), SMK_OK));
    struct reading r = {.max = SIZE_MAX};
    cr_assert(eq(int, s.view->read_log(s.view->ctx, head.log_id, 1, take_one, &r), SMK_ERR_STORE_DAMAGED));
    cr_assert(eq(sz, r.count, 3), "those before it are given");
    r = (struct reading){.max = SIZE_MAX};
    cr_assert(eq(int, s.view->read_arrivals(s.view->ctx, 0, take_one, &r), SMK_ERR_STORE_DAMAGED));
    cr_assert(eq(sz, r.count, 8));
    r = (struct reading){.max = SIZE_MAX};
    cr_assert(eq(int, s.view->read_log(s.view->ctx, head.log_id, 5, take_one, &r), SMK_OK));
    scene_deinit(&s);
}

Test(view, knows_invitations_and_peers_by_the_local_rows)
{
    struct scene s;
    struct smk_invitation_row row = {.id = {1}, .secret = {2}, .expires_ms = smk_wall_ms() + 1000000};
    struct smk_peer_row peer = {.sign_key = {7}, .lacks_us = true, .receipt_ms = 5, .receipt_digest = {8}};
    struct smk_invitation_terms terms;
    struct smk_peer_memory memory;
    scene_init(&s);
    memcpy(row.org.text, "sec", 4);
    cr_assert(not(s.view->find_invitation(s.view->ctx, row.id, &terms)));
    s.view->peer_memory(s.view->ctx, peer.sign_key, &memory);
    cr_assert(not(memory.lacks_us));
    cr_assert(eq(int, smk_local_put_invitation(s.home.store, &row), SMK_OK));
    peer.seen_ms = smk_wall_ms();
    cr_assert(eq(int, smk_local_put_peer(s.home.store, &peer), SMK_OK));
    cr_assert(s.view->find_invitation(s.view->ctx, row.id, &terms));
    cr_assert(eq(int, terms.secret[0], 2));
    cr_assert(not(terms.is_used));
    s.view->peer_memory(s.view->ctx, peer.sign_key, &memory);
    cr_assert(memory.lacks_us);
    cr_assert(eq(u64, memory.receipt_ms, 5));
    cr_assert(eq(int, memory.receipt_digest[0], 8));
    peer.seen_ms -= 61 * 1000; /* since then it may have heard of us */
    cr_assert(eq(int, smk_local_put_peer(s.home.store, &peer), SMK_OK));
    s.view->peer_memory(s.view->ctx, peer.sign_key, &memory);
    cr_assert(not(memory.lacks_us));
    scene_deinit(&s);
}

Test(view, repairs_itself_after_memory_did_not_suffice)
{
    static const char *const scope[] = {"nat", "pub", "org:sec"};
    struct scene s;
    bool has_moved, has_new_roster;
    scene_init(&s);
    for (unsigned long n = 0; n < 60; n++) {
        cr_assert(eq(int, test_put(&s.home, scope[n % 3], 2), SMK_OK));
        test_fault_begin(n % 2 == 0 ? TEST_FAULT_ONCE : TEST_FAULT_STICKY, n / 2);
        enum smk_err err = smk_store_view_catch_up(s.v, &has_moved, &has_new_roster);
        test_fault_end();
        cr_assert(err == SMK_OK || err == SMK_ERR_NOMEM, "%s", smk_err_name(err));
    }
    cr_assert(eq(int, smk_store_view_catch_up(s.v, &has_moved, &has_new_roster), SMK_OK));
    uint64_t records = 0;
    for (size_t i = 0; i < 3; i++) {
        struct smk_scope sc = smk_scope_of(scope[i]);
        records += smk_frontier_records(s.view->frontier(s.view->ctx, &sc));
    }
    cr_assert(eq(u64, records, 3 + 120));
    for (unsigned long n = 0; n < 200; n++) {
        struct smk_store_view *v = NULL;
        test_fault_begin(TEST_FAULT_ONCE, n);
        enum smk_err err = smk_store_view_new(s.home.store, &v);
        test_fault_end();
        cr_assert(err == SMK_OK || err == SMK_ERR_NOMEM, "%s", smk_err_name(err));
        if (err != SMK_OK)
            cr_assert(eq(long, test_fault_live(), 0), "allocation %lu", n);
        smk_store_view_free(v);
    }
    scene_deinit(&s);
}
