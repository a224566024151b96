#include "tests/crash/state.h"

#include "proto/hash.h"
#include "store/local.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const uint8_t turn_key[SMK_KEY_BYTES] = {'t', 'u', 'r', 'n'}; /* of a peer that does not exist */

bool crash_state_is_equal(const struct crash_state *a, const struct crash_state *b)
{
    return a->records == b->records && a->turn == b->turn && memcmp(a->roots, b->roots, sizeof a->roots) == 0;
}

/* ---- reading ---- */

struct gathering {
    const struct smk_view *view;
    struct crash_state state;
    uint64_t read;
};

static bool gather_scope(void *ctx, const struct smk_scope *scope)
{
    struct gathering *g = ctx;
    struct smk_frontier *f = g->view->frontier(g->view->ctx, scope);
    uint8_t root[SMK_HASH_BYTES];
    smk_frontier_root(f, root);
    g->state.records += smk_frontier_records(f);
    smk_sha256(SMK_BYTES(g->state.roots), SMK_BYTES(root), g->state.roots);
    return true;
}

static bool count_record(void *ctx, uint64_t arrival, const struct smk_record *record)
{
    struct gathering *g = ctx;
    (void)arrival;
    (void)record; /* reading has checked it */
    g->read++;
    return true;
}

enum smk_err crash_state_read(struct smk_home *h, bool is_whole, struct crash_state *ret_state)
{
    struct smk_store_view *v;
    struct smk_peer_row row = {0};
    struct gathering g = {0};
    enum smk_err err = smk_store_view_new(h->store, &v);
    if (err != SMK_OK)
        return err;
    g.view = smk_store_view_get(v);
    g.view->each_scope(g.view->ctx, gather_scope, &g);
    if (is_whole)
        err = g.view->read_arrivals(g.view->ctx, 0, count_record, &g);
    if (err == SMK_OK && is_whole && g.read != g.state.records)
        err = SMK_ERR_STORE_DAMAGED;
    smk_store_view_free(v);
    if (err == SMK_OK)
        err = smk_local_get_peer(h->store, turn_key, &row);
    if (err == SMK_ERR_NOT_FOUND)
        err = SMK_OK; /* turn 0 */
    g.state.turn = row.compared_records;
    smk_buf_deinit(&row.receipt);
    if (err == SMK_OK)
        *ret_state = g.state;
    return err;
}

enum smk_err crash_state_turn(struct smk_home *h, uint64_t turn)
{
    struct smk_peer_row row = {.compared_records = turn};
    memcpy(row.sign_key, turn_key, sizeof row.sign_key);
    return smk_local_put_peer(h->store, &row);
}

/* ---- lines ---- */

void crash_state_format(const struct crash_state *s, char ret_line[CRASH_LINE_BYTES])
{
    char hex[2 * SMK_HASH_BYTES + 1];
    smk_hex_format(SMK_BYTES(s->roots), hex);
    (void)snprintf(ret_line, CRASH_LINE_BYTES, "state %" PRIu64 " %" PRIu64 " %s\n", s->records, s->turn,
                   hex);
}

void crash_key_format(const uint8_t key[SMK_KEY_BYTES], char ret_line[CRASH_LINE_BYTES])
{
    char hex[2 * SMK_KEY_BYTES + 1];
    smk_hex_format((struct smk_bytes){key, SMK_KEY_BYTES}, hex);
    (void)snprintf(ret_line, CRASH_LINE_BYTES, "key %s\n", hex);
}

bool crash_state_parse(const char *line, struct crash_state *ret_state)
{
    struct crash_state s = {0};
    char hex[2 * SMK_HASH_BYTES + 1];
    if (sscanf(line, "state %" SCNu64 " %" SCNu64 " %64s", &s.records, &s.turn, hex) != 3 ||
        !smk_hex_parse(hex, s.roots, sizeof s.roots))
        return false;
    *ret_state = s;
    return true;
}

bool crash_key_parse(const char *line, uint8_t ret_key[SMK_KEY_BYTES])
{
    char hex[2 * SMK_KEY_BYTES + 1];
    return sscanf(line, "key %64s", hex) == 1 && smk_hex_parse(hex, ret_key, SMK_KEY_BYTES);
}
