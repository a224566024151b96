#include "store/index.h"

#include "proto/check.h"
#include "proto/mem.h"
#include "store/index_state.h"

#include <string.h>

enum { ARRIVALS_OF_STEP_MAX = 4096, DOCS_OF_STEP_MAX = 512 };

/* ---- the cursor ---- */

static struct smk_bytes cursor_key(struct smk_index_key *k)
{
    smk_index_key_begin(k, SMK_INDEX_CURSOR);
    return smk_index_key_view(k);
}

bool smk_index_cursor_get(struct smk_txn *t, const uint8_t language[SMK_LANGUAGE_VERSION_BYTES],
                          struct smk_index_cursor *ret_cursor)
{
    struct smk_index_key k;
    struct smk_bytes row;
    return smk_txn_get(t, SMK_TABLE_INDEX, cursor_key(&k), &row) && smk_index_cursor_read(row, ret_cursor) &&
           memcmp(ret_cursor->language, language, SMK_LANGUAGE_VERSION_BYTES) == 0;
}

static enum smk_err cursor_put(struct smk_txn *t, const struct smk_index_cursor *c)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf row = {.max = 256};
    struct smk_index_key k;
    smk_index_cursor_write(c, &row);
    if (row.err == SMK_OK)
        smk_txn_put(t, SMK_TABLE_INDEX, cursor_key(&k), smk_buf_view(&row));
    return row.err != SMK_OK ? row.err : t->err;
}

static void clear(struct smk_txn *t)
{
    for (int i = SMK_TABLE_DERIVED; i < SMK_TABLE_COUNT; i++)
        smk_txn_clear(t, (enum smk_table)i);
}

static bool has_dirty(struct smk_txn *t)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    struct smk_index_key k;
    smk_index_key_begin(&k, SMK_INDEX_DIRTY);
    smk_cursor_open(&c, t, SMK_TABLE_INDEX);
    return smk_cursor_seek(&c, smk_index_key_view(&k)) && smk_index_key_begins(c.key, &k);
}

bool smk_index_is_current(struct smk_txn *t, const uint8_t language[SMK_LANGUAGE_VERSION_BYTES])
{
    struct smk_index_cursor c;
    return smk_index_cursor_get(t, language, &c) && c.arrival == smk_txn_last_arrival(t) &&
           c.fork_number == smk_txn_last_fork(t) && !c.is_gov_stale && !has_dirty(t) && t->err == SMK_OK;
}

/* ---- one step ---- */

enum smk_err smk_index_walk_new(struct smk_store *s, struct smk_index_walk **ret_walk)
{
    struct smk_index_walk *w = smk_mem_new(sizeof *w);
    if (w == NULL)
        return SMK_ERR_NOMEM;
    w->store = s;
    w->arrivals_max = ARRIVALS_OF_STEP_MAX;
    w->docs_max = DOCS_OF_STEP_MAX;
    enum smk_err err = smk_index_language_open(&w->language);
    if (err == SMK_OK)
        *ret_walk = w;
    else
        smk_index_walk_free(w);
    return err;
}

void smk_index_walk_free(struct smk_index_walk *w)
{
    if (w == NULL)
        return;
    smk_disputes_deinit(&w->disputes);
    smk_past_deinit(&w->past);
    smk_index_language_close(&w->language);
    smk_mem_free(w);
}

struct step {
    struct smk_index_walk *walk;
    bool is_done;
};

static enum smk_err note_dispute(void *ctx, uint32_t log_no, const struct smk_log *log)
{
    struct smk_index_walk *w = ctx;
    return smk_disputes_put(&w->disputes, log_no, log->fork);
}

/* What is in dispute now. */
static enum smk_err follow_disputes(struct smk_index_walk *w, struct smk_txn *t)
{
    uint64_t last = smk_txn_last_fork(t);
    if (last == w->dispute_number)
        return t->err;
    enum smk_err err = smk_forks_each_log(t, 0, note_dispute, w);
    if (err == SMK_OK)
        w->dispute_number = last;
    return err;
}

static enum smk_err go_on(struct smk_index_walk *w, struct smk_txn *t, struct smk_roster *roster,
                          bool *ret_is_done)
{
    if (w->cursor.fork_number != smk_txn_last_fork(t)) {
        w->cursor.epoch++;
        return smk_index_follow_forks(w, t);
    }
    if (w->cursor.arrival < smk_txn_last_arrival(t)) {
        w->cursor.epoch++;
        return smk_index_feed(w, t, roster);
    }
    if (w->cursor.is_gov_stale) {
        w->cursor.epoch++;
        return smk_index_follow_rights(w, t, roster);
    }
    *ret_is_done = !has_dirty(t);
    return *ret_is_done ? t->err : smk_index_fold_dirty(w, t, roster);
}

static enum smk_err step_run(struct smk_store *s, struct smk_txn *t, void *ctx)
{
    struct step *step = ctx;
    struct smk_index_walk *w = step->walk;
    step->is_done = false;
    bool is_new = !smk_index_cursor_get(t, w->language.version, &w->cursor);
    if (is_new) {
        clear(t);
        w->cursor = (struct smk_index_cursor){0};
        memcpy(w->cursor.language, w->language.version, sizeof w->cursor.language);
    }
    enum smk_err err = follow_disputes(w, t);
    if (err == SMK_OK)
        err = go_on(w, t, s->roster, &step->is_done);
    if (err == SMK_OK && (!step->is_done || is_new))
        err = cursor_put(t, &w->cursor);
    if (err != SMK_OK) /* it may be of rows that were never written */
        smk_past_deinit(&w->past);
    return err;
}

enum smk_err smk_index_walk_step(struct smk_index_walk *w, bool *ret_is_done)
{
    struct step step = {.walk = w};
    enum smk_err err = smk_store_transact(w->store, step_run, &step);
    if (err == SMK_OK)
        *ret_is_done = step.is_done;
    else
        smk_past_deinit(&w->past);
    return err;
}

/* ---- all of them ---- */

static enum smk_err look(struct smk_index_walk *w, bool *ret_is_current)
{
    struct smk_txn t;
    smk_txn_begin_read(&t, w->store->db);
    *ret_is_current = smk_index_is_current(&t, w->language.version);
    return smk_txn_end(&t);
}

enum smk_err smk_index_follow(struct smk_store *s)
{
    struct smk_index_walk *w = NULL;
    bool is_done = false;
    enum smk_err err = smk_index_walk_new(s, &w);
    if (err == SMK_OK)
        err = look(w, &is_done); /* without the writer's turn, if there is nothing to do */
    while (err == SMK_OK && !is_done)
        err = smk_index_walk_step(w, &is_done);
    smk_index_walk_free(w);
    return err;
}

static enum smk_err reset_run(struct smk_store *s, struct smk_txn *t, void *ctx)
{
    (void)s;
    (void)ctx;
    clear(t);
    return t->err;
}

enum smk_err smk_index_reset(struct smk_store *s)
{
    return smk_store_transact(s, reset_run, NULL);
}
