#include "tools/fold_load.h"

#include "tools/doc_query.h"

#include <string.h>

struct adding {
    struct smk_fold *fold;
    enum smk_err err;
};

static bool add_record(void *ctx, uint64_t arrival, const struct smk_record *record)
{
    (void)arrival;
    struct adding *a = ctx;
    a->err = smk_fold_add(a->fold, record);
    return a->err == SMK_OK;
}

/* Adds what arrived since, and derives everything anew. */
static enum smk_err load_more(struct smk_loaded *l)
{
    const struct smk_view *view = smk_store_view_get(l->view);
    struct adding a = {.fold = l->fold};
    uint64_t arrival = view->arrival(view->ctx);
    enum smk_err err = view->read_arrivals(view->ctx, l->arrival, add_record, &a);
    if (err == SMK_OK)
        err = a.err;
    l->cli->has_lost_words = l->cli->has_lost_words || smk_fold_lacked_memory(l->fold);
    if (err == SMK_OK)
        err = smk_fold_finish(l->fold);
    if (err == SMK_OK)
        l->arrival = arrival;
    return err;
}

static enum smk_err load_all(struct smk_loaded *l)
{
    const struct smk_view *view = smk_store_view_get(l->view);
    smk_fold_free(l->fold);
    l->fold = NULL;
    l->arrival = 0;
    enum smk_err err = smk_fold_new(view->roster(view->ctx), &l->fold);
    return err == SMK_OK ? load_more(l) : err;
}

enum smk_err smk_loaded_refresh(struct smk_loaded *l)
{
    bool has_moved = false, has_new_roster = false;
    enum smk_err err = smk_store_view_catch_up(l->view, &has_moved, &has_new_roster);
    if (err != SMK_OK || (!has_moved && !has_new_roster))
        return err;
    return has_new_roster ? load_all(l) : load_more(l); /* the fold borrows the roster */
}

enum smk_exit smk_loaded_open(struct smk_cli *cli, struct smk_home *home, struct smk_loaded *ret_loaded)
{
    struct smk_loaded l = {.cli = cli};
    enum smk_err err = smk_store_view_new(home->store, &l.view);
    if (err == SMK_OK)
        err = load_all(&l);
    if (err != SMK_OK) {
        smk_loaded_close(&l);
        return smk_cli_fail_err(cli, err, "reading the store");
    }
    *ret_loaded = l;
    return SMK_EXIT_DONE;
}

void smk_loaded_close(struct smk_loaded *l)
{
    if (l->fold != NULL && smk_fold_lacked_memory(l->fold))
        l->cli->has_lost_words = true;
    smk_fold_free(l->fold);
    if (l->view != NULL)
        smk_store_view_free(l->view);
    *l = (struct smk_loaded){0};
}

enum smk_exit smk_loaded_open_home(struct smk_cli *cli, bool needs_identity, struct smk_home *ret_home,
                                   struct smk_loaded *ret_loaded)
{
    enum smk_exit code = smk_cli_open(cli, needs_identity, ret_home);
    if (code != SMK_EXIT_DONE)
        return code;
    code = smk_loaded_open(cli, ret_home, ret_loaded);
    if (code != SMK_EXIT_DONE)
        smk_home_close(ret_home);
    return code;
}

/* ---- single documents ---- */

enum { NAMED_MAX = 8 }; /* documents of one name, or of one beginning: more are not told apart */

struct named {
    uint8_t id[NAMED_MAX + 1][SMK_DOC_ID_BYTES];
    size_t count;
};

static void add_named(struct named *n, const uint8_t *id)
{
    for (size_t i = 0; i < n->count; i++)
        if (memcmp(n->id[i], id, SMK_DOC_ID_BYTES) == 0)
            return;
    memcpy(n->id[n->count++], id, SMK_DOC_ID_BYTES);
}

static enum smk_err find_named(struct smk_index *index, const char *word, struct named *n,
                               struct smk_named_record *ret_record)
{
    struct smk_doc_row row[NAMED_MAX];
    uint8_t record[1][SMK_ID_BYTES], doc[SMK_DOC_ID_BYTES];
    bool has_doc = false;
    size_t count = smk_index_find(index, (struct smk_bytes){0}, word, row, NAMED_MAX);
    for (size_t i = 0; i < count && i < NAMED_MAX; i++)
        add_named(n, row[i].id);
    *ret_record = (struct smk_named_record){0};
    ret_record->count = smk_index_find_records(index, word, record, 1);
    enum smk_err err = smk_index_err(index);
    if (err != SMK_OK || ret_record->count == 0)
        return err;
    err = smk_index_place(index, record[0], ret_record->log_id, &ret_record->seq, &has_doc, doc);
    if (err == SMK_OK && has_doc)
        add_named(n, doc);
    return err;
}

static enum smk_err load_named(struct smk_index *index, const char *word, struct smk_loaded *l,
                               struct smk_named_record *ret_record)
{
    struct named n = {0};
    enum smk_err err = find_named(index, word, &n, ret_record);
    if (err != SMK_OK)
        return err;
    const struct smk_view *view = smk_store_view_get(l->view);
    l->arrival = view->arrival(view->ctx);
    return smk_index_fold(index, view->roster(view->ctx), (const uint8_t(*)[SMK_DOC_ID_BYTES])n.id, n.count,
                          &l->fold);
}

/* The index is done with when this returns: its reading must end before the home is closed. */
static enum smk_exit load_by_index(struct smk_cli *cli, struct smk_home *home, const char *word,
                                   struct smk_loaded *l, struct smk_named_record *ret_record)
{
    SMK_CLEANUP(smk_index_drop) struct smk_index *index = NULL;
    enum smk_exit code = SMK_EXIT_DONE;
    enum smk_err err = smk_store_view_new(home->store, &l->view); /* before the index begins to read */
    if (err == SMK_OK)
        code = smk_index_load(cli, home, &index);
    if (err == SMK_OK && code == SMK_EXIT_DONE)
        err = load_named(index, word, l, ret_record);
    return err == SMK_OK ? code : smk_cli_fail_err(cli, err, "reading the store");
}

enum smk_exit smk_loaded_open_named(struct smk_cli *cli, const char *word, struct smk_home *ret_home,
                                    struct smk_loaded *ret_loaded, struct smk_named_record *ret_record)
{
    struct smk_loaded l = {.cli = cli};
    enum smk_exit code = smk_cli_open(cli, false, ret_home);
    if (code != SMK_EXIT_DONE)
        return code;
    code = load_by_index(cli, ret_home, word, &l, ret_record);
    if (code != SMK_EXIT_DONE) {
        smk_loaded_close(&l);
        smk_home_close(ret_home);
        return code;
    }
    *ret_loaded = l;
    return SMK_EXIT_DONE;
}

/* ---- one record ---- */

struct reading {
    uint64_t seq;
    smk_view_record_fn *fn;
    void *ctx;
    bool is_found;
};

static bool read_one(void *ctx, uint64_t arrival, const struct smk_record *record)
{
    struct reading *r = ctx;
    r->is_found = record->header.seq == r->seq;
    if (r->is_found)
        (void)r->fn(r->ctx, arrival, record); /* it is the only one, whatever fn wants */
    return false;
}

enum smk_err smk_loaded_read(struct smk_loaded *l, const uint8_t log_id[SMK_ID_BYTES], uint64_t seq,
                             smk_view_record_fn *fn, void *ctx)
{
    const struct smk_view *view = smk_store_view_get(l->view);
    struct reading r = {.seq = seq, .fn = fn, .ctx = ctx};
    enum smk_err err = view->read_log(view->ctx, log_id, seq, read_one, &r);
    if (err == SMK_OK && !r.is_found)
        err = SMK_ERR_NOT_FOUND;
    if (l->read_err == SMK_OK)
        l->read_err = err;
    return err;
}
