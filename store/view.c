#include "proto/check.h"
#include "proto/mem.h"
#include "store/forks.h"
#include "store/local.h"

#include <string.h>

enum { LACKS_US_MS = 60 * 1000 };

/* The logs of one scope. */
struct shelf {
    struct smk_scope scope;
    struct smk_frontier *frontier;
};

struct smk_store_view {
    struct smk_view table; /* ctx is the view itself */
    struct smk_store *store;
    uint64_t moment; /* LMDB's transaction number when it last caught up */
    uint64_t arrival;
    uint64_t fork_number;
    struct smk_disputes disputes;
    bool is_behind; /* memory did not suffice: some heads are of before `arrival` */
    struct smk_roster *roster;
    struct shelf *shelves; /* ascending by scope */
    size_t shelf_count;
    struct smk_reading reading;
};

/* ---- shelves ---- */

/* Where the scope stands, or would stand. */
static size_t shelf_place(const struct smk_store_view *v, const struct smk_scope *scope)
{
    size_t low = 0, high = v->shelf_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (smk_scope_compare(&v->shelves[middle].scope, scope) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct smk_frontier *shelf_find(const struct smk_store_view *v, const struct smk_scope *scope)
{
    size_t at = shelf_place(v, scope);
    bool is_there = at < v->shelf_count && smk_scope_is_equal(&v->shelves[at].scope, scope);
    return is_there ? v->shelves[at].frontier : NULL;
}

static struct smk_frontier *shelf_add(struct smk_store_view *v, const struct smk_scope *scope)
{
    struct shelf *shelves = smk_mem_resize(v->shelves, (v->shelf_count + 1) * sizeof *shelves);
    if (shelves == NULL)
        return NULL;
    v->shelves = shelves;
    struct smk_frontier *frontier = smk_frontier_new();
    if (frontier == NULL)
        return NULL;
    size_t at = shelf_place(v, scope);
    memmove(&shelves[at + 1], &shelves[at], (v->shelf_count - at) * sizeof *shelves);
    shelves[at] = (struct shelf){.scope = *scope, .frontier = frontier};
    v->shelf_count++;
    return frontier;
}

static enum smk_err log_put(struct smk_store_view *v, const struct smk_log *log)
{
    struct smk_head head;
    struct smk_frontier *frontier = shelf_find(v, &log->scope);
    if (frontier == NULL)
        frontier = shelf_add(v, &log->scope);
    if (frontier == NULL)
        return SMK_ERR_NOMEM;
    smk_log_head(log, &head);
    return smk_frontier_put(frontier, &head);
}

static enum smk_err head_put(struct smk_store_view *v, struct smk_bytes log_row)
{
    struct smk_log log;
    enum smk_err err = smk_log_row_read(log_row, &log);
    return err == SMK_OK ? log_put(v, &log) : err;
}

/* ---- moving ---- */

static enum smk_err heads_put_all(struct smk_store_view *v, struct smk_txn *t)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    enum smk_err err = SMK_OK;
    smk_cursor_open(&c, t, SMK_TABLE_LOG);
    for (bool is_row = smk_cursor_first(&c); is_row && err == SMK_OK; is_row = smk_cursor_next(&c))
        err = head_put(v, c.value);
    return err != SMK_OK ? err : t->err;
}

/* Marks the logs of the arrivals above `after`; touched has a bit for each log number up to log_max. */
static enum smk_err touched_find(struct smk_txn *t, uint64_t after, uint8_t *touched, uint32_t log_max)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    uint8_t key[SMK_ARRIVAL_KEY_BYTES];
    smk_row_write_u64(after + 1, key);
    smk_cursor_open(&c, t, SMK_TABLE_REC);
    for (bool is_row = smk_cursor_seek(&c, SMK_BYTES(key)); is_row; is_row = smk_cursor_next(&c)) {
        uint32_t log_no = smk_rec_row_log(c.value);
        if (log_no == 0 || log_no > log_max)
            return SMK_ERR_STORE_DAMAGED;
        touched[log_no / 8] |= (uint8_t)(1u << (log_no % 8));
    }
    return t->err;
}

static enum smk_err heads_put_touched(struct smk_store_view *v, struct smk_txn *t)
{
    uint8_t key[SMK_LOG_KEY_BYTES];
    struct smk_bytes row;
    uint32_t log_max = smk_txn_last_log(t);
    uint8_t *touched = smk_mem_new((size_t)log_max / 8 + 1);
    if (touched == NULL)
        return SMK_ERR_NOMEM;
    enum smk_err err = touched_find(t, v->arrival, touched, log_max);
    for (uint32_t n = 1; n != 0 && n <= log_max && err == SMK_OK; n++) {
        if ((touched[n / 8] & (1u << (n % 8))) == 0)
            continue;
        smk_row_write_u32(n, key);
        if (smk_txn_get(t, SMK_TABLE_LOG, SMK_BYTES(key), &row))
            err = head_put(v, row);
        else
            err = t->err != SMK_OK ? t->err : SMK_ERR_STORE_DAMAGED;
    }
    smk_mem_free(touched);
    return err;
}

struct forking {
    struct smk_store_view *view;
    bool has_gov;
};

static enum smk_err fork_put(void *ctx, uint32_t log_no, const struct smk_log *log)
{
    struct forking *f = ctx;
    enum smk_err err = smk_disputes_put(&f->view->disputes, log_no, log->fork);
    f->has_gov = f->has_gov || (log->scope.kind == SMK_SCOPE_GOV && !log->scope.is_wit);
    return err == SMK_OK ? log_put(f->view, log) : err;
}

/* Everything that the forks above the last one have changed. */
static enum smk_err forks_move(struct smk_store_view *v, struct smk_txn *t, bool is_first)
{
    struct forking f = {.view = v};
    enum smk_err err = smk_forks_each_log(t, v->is_behind ? 0 : v->fork_number, fork_put, &f);
    if (err != SMK_OK || !f.has_gov || is_first)
        return err;
    struct smk_roster *roster = NULL;
    err = smk_decisions_load(v->store, t, &roster);
    if (err != SMK_OK)
        return err;
    smk_roster_free(v->roster);
    v->roster = roster;
    return SMK_OK;
}

static enum smk_err view_move(struct smk_store_view *v, struct smk_txn *t, bool *ret_has_moved,
                              bool *ret_has_new_roster)
{
    bool is_first = v->roster == NULL, has_new_roster = is_first;
    uint64_t arrival = smk_txn_last_arrival(t), fork_number = smk_txn_last_fork(t);
    enum smk_err err = smk_txn_check_counts(t);
    if (err != SMK_OK)
        return err;
    if (!is_first && !v->is_behind && arrival == v->arrival && fork_number == v->fork_number)
        return SMK_OK;
    if (is_first)
        err = smk_decisions_load(v->store, t, &v->roster);
    else
        err = smk_decisions_follow(t, v->roster, v->arrival, &has_new_roster);
    if (err == SMK_OK)
        err = is_first || v->is_behind ? heads_put_all(v, t) : heads_put_touched(v, t);
    if (err == SMK_OK && (v->is_behind || fork_number != v->fork_number)) {
        err = forks_move(v, t, is_first);
        has_new_roster = true;
    }
    if (err != SMK_OK) {
        v->is_behind = true;
        return err;
    }
    v->is_behind = false;
    v->arrival = arrival;
    v->fork_number = fork_number;
    v->reading.arrival_max = arrival;
    *ret_has_moved = true;
    *ret_has_new_roster = has_new_roster;
    return SMK_OK;
}

enum smk_err smk_store_view_catch_up(struct smk_store_view *v, bool *ret_has_moved, bool *ret_has_new_roster)
{
    struct smk_txn t;
    bool has_moved = false, has_new_roster = false;
    if (v->is_behind || v->roster == NULL || smk_store_moment(v->store) != v->moment) {
        smk_txn_begin_read(&t, v->store->db);
        uint64_t moment = smk_txn_moment(&t);
        enum smk_err err = t.err;
        if (err == SMK_OK)
            err = view_move(v, &t, &has_moved, &has_new_roster);
        enum smk_err end = smk_txn_end(&t);
        if (err == SMK_OK)
            err = end;
        if (err != SMK_OK)
            return err;
        v->moment = moment;
    }
    *ret_has_moved = has_moved;
    *ret_has_new_roster = has_new_roster;
    return SMK_OK;
}

/* ---- the table ---- */

static struct smk_roster *view_roster(void *ctx)
{
    struct smk_store_view *v = ctx;
    return v->roster;
}

static uint64_t view_arrival(void *ctx)
{
    const struct smk_store_view *v = ctx;
    return v->arrival;
}

static struct smk_frontier *view_frontier(void *ctx, const struct smk_scope *scope)
{
    return shelf_find(ctx, scope);
}

static void view_each_scope(void *ctx, smk_view_scope_fn *fn, void *fn_ctx)
{
    const struct smk_store_view *v = ctx;
    for (size_t i = 0; i < v->shelf_count; i++)
        if (!fn(fn_ctx, &v->shelves[i].scope))
            return;
}

static enum smk_err view_read_log(void *ctx, const uint8_t log_id[SMK_ID_BYTES], uint64_t from_seq,
                                  smk_view_record_fn *fn, void *fn_ctx)
{
    struct smk_store_view *v = ctx;
    return smk_reading_log(&v->reading, log_id, from_seq, fn, fn_ctx);
}

static enum smk_err view_read_arrivals(void *ctx, uint64_t after, smk_view_record_fn *fn, void *fn_ctx)
{
    struct smk_store_view *v = ctx;
    return smk_reading_arrivals(&v->reading, after, fn, fn_ctx);
}

static uint64_t view_fork_number(void *ctx)
{
    const struct smk_store_view *v = ctx;
    return v->fork_number;
}

static enum smk_err view_read_forks(void *ctx, uint64_t after, smk_view_fork_fn *fn, void *fn_ctx)
{
    const struct smk_store_view *v = ctx;
    return smk_forks_read(v->store, after, v->fork_number, fn, fn_ctx);
}

static enum smk_err view_read_fork(void *ctx, const uint8_t log_id[SMK_ID_BYTES], smk_view_fork_fn *fn,
                                   void *fn_ctx)
{
    const struct smk_store_view *v = ctx;
    return smk_forks_read_one(v->store, log_id, fn, fn_ctx);
}

static bool view_find_invitation(void *ctx, const uint8_t id[SMK_INVITATION_ID_BYTES],
                                 struct smk_invitation_terms *ret_terms)
{
    struct smk_store_view *v = ctx;
    struct smk_invitation_row row;
    if (smk_local_get_invitation(v->store, id, &row) != SMK_OK)
        return false;
    *ret_terms = (struct smk_invitation_terms){.expires_ms = row.expires_ms, .is_used = row.is_used};
    memcpy(ret_terms->secret, row.secret, sizeof ret_terms->secret);
    memcpy(ret_terms->used_by, row.used_by, sizeof ret_terms->used_by);
    smk_mem_wipe(&row, sizeof row);
    return true;
}

static void view_peer_memory(void *ctx, const uint8_t sign_key[SMK_KEY_BYTES],
                             struct smk_peer_memory *ret_memory)
{
    struct smk_store_view *v = ctx;
    struct smk_peer_row row;
    *ret_memory = (struct smk_peer_memory){0};
    if (smk_local_get_peer(v->store, sign_key, &row) != SMK_OK)
        return; /* a stranger, or a row that cannot be read: it is met anew */
    /* What it did not know then it may know now: only the next attempt says more than it has to. */
    uint64_t now_ms = v->store->wall_ms();
    ret_memory->lacks_us = row.lacks_us && now_ms >= row.seen_ms && now_ms - row.seen_ms < LACKS_US_MS;
    ret_memory->receipt_ms = row.receipt_ms;
    memcpy(ret_memory->receipt_digest, row.receipt_digest, sizeof ret_memory->receipt_digest);
    smk_buf_deinit(&row.receipt);
}

/* ---- life ---- */

enum smk_err smk_store_view_new(struct smk_store *s, struct smk_store_view **ret_view)
{
    bool has_moved, has_new_roster;
    struct smk_store_view *v = smk_mem_new(sizeof *v);
    if (v == NULL)
        return SMK_ERR_NOMEM;
    v->store = s;
    v->reading.store = s;
    v->reading.disputes = &v->disputes;
    v->table = (struct smk_view){
        .ctx = v,
        .roster = view_roster,
        .arrival = view_arrival,
        .frontier = view_frontier,
        .each_scope = view_each_scope,
        .read_log = view_read_log,
        .read_arrivals = view_read_arrivals,
        .fork_number = view_fork_number,
        .read_forks = view_read_forks,
        .read_fork = view_read_fork,
        .find_invitation = view_find_invitation,
        .peer_memory = view_peer_memory,
    };
    enum smk_err err = smk_store_view_catch_up(v, &has_moved, &has_new_roster);
    if (err != SMK_OK) {
        smk_store_view_free(v);
        return err;
    }
    *ret_view = v;
    return SMK_OK;
}

void smk_store_view_free(struct smk_store_view *v)
{
    if (v == NULL)
        return;
    for (size_t i = 0; i < v->shelf_count; i++)
        smk_frontier_free(v->shelves[i].frontier);
    smk_mem_free(v->shelves);
    smk_roster_free(v->roster);
    smk_disputes_deinit(&v->disputes);
    smk_buf_deinit(&v->reading.spare);
    smk_mem_free(v);
}

const struct smk_view *smk_store_view_get(struct smk_store_view *v)
{
    return &v->table;
}
