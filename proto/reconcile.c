#include "proto/reconcile.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <string.h>

enum {
    CHILDREN = 16,
    HEADS_MAX =
        2 * SMK_TREE_REPLY_LEAVES_MAX, /* in one message: 6 values each stay far below SMK_NODES_MAX */
};

_Static_assert(HEADS_MAX * 6 + SMK_TREE_ITEMS_MAX * (4 + CHILDREN) < SMK_NODES_MAX,
               "a tree message can be read");
_Static_assert(SMK_TREE_ITEMS_MAX *(64 + CHILDREN * 34) + HEADS_MAX * 97 < SMK_MESSAGE_BYTES_MAX,
               "a tree message fits a message");

/* A `tree` message that is being written. */
struct outgoing {
    struct smk_buf items;
    size_t item_count;
    size_t head_count;
    bool asks;
};

static void outgoing_deinit(struct outgoing *out)
{
    smk_buf_deinit(&out->items);
}

void smk_reconcile_deinit(struct smk_reconcile *r, size_t *due_left)
{
    *due_left += r->due_count;
    smk_mem_free(r->due);
    *r = (struct smk_reconcile){0};
}

/* ---- the own tree, which may be missing ---- */

static void hash_at(struct smk_frontier *f, const struct smk_prefix *at, uint8_t ret_hash[SMK_HASH_BYTES])
{
    memset(ret_hash, 0, SMK_HASH_BYTES);
    if (f != NULL)
        smk_frontier_hash_at(f, at, ret_hash);
}

static size_t count_at(struct smk_frontier *f, const struct smk_prefix *at)
{
    return f != NULL ? smk_frontier_count_at(f, at) : 0;
}

/* ---- what is said ---- */

static void say_children(struct outgoing *out, struct smk_frontier *f, const struct smk_prefix *at)
{
    static const uint8_t empty[SMK_HASH_BYTES];
    smk_tree_item_begin(SMK_WALK_CHILDREN, at, CHILDREN, &out->items);
    for (unsigned i = 0; i < CHILDREN; i++) {
        uint8_t hash[SMK_HASH_BYTES];
        struct smk_prefix child = smk_prefix_child(at, i);
        hash_at(f, &child, hash);
        if (memcmp(hash, empty, sizeof hash) == 0)
            smk_pack_nil(&out->items);
        else
            smk_pack_bin(&out->items, SMK_BYTES(hash));
    }
    out->item_count++;
    out->asks = true;
}

static bool write_head(void *ctx, const struct smk_head *head)
{
    smk_tree_head_encode(head, ctx);
    return true;
}

/* Everything below at: for a subtree of at most SMK_TREE_LEAVES_MAX heads its leaves, else its children. */
static void say_subtree(struct outgoing *out, struct smk_frontier *f, const struct smk_prefix *at)
{
    size_t count = count_at(f, at);
    if (count > SMK_TREE_LEAVES_MAX) {
        say_children(out, f, at);
        return;
    }
    smk_tree_item_begin(SMK_WALK_LEAVES_ASK, at, count, &out->items);
    if (count > 0)
        smk_frontier_each(f, at, write_head, &out->items);
    out->item_count++;
    out->head_count += count;
    out->asks = true;
}

/* The own heads below a prefix that the other side has not, or has otherwise; not those it is ahead of. */
struct difference {
    const struct smk_tree_item *item;
    const struct smk_scope *scope;
    size_t at; /* heads of the item before it are smaller than any that still comes */
    size_t count;
    size_t count_max;
    struct smk_buf heads;
};

static bool is_news(struct difference *d, const struct smk_head *ours)
{
    struct smk_head theirs;
    for (; d->at < d->item->head_count; d->at++) {
        smk_tree_item_head(d->item, d->scope, d->at, &theirs);
        int order = memcmp(theirs.log_id, ours->log_id, SMK_ID_BYTES);
        if (order > 0)
            return true;
        if (order == 0)
            return ours->seq > theirs.seq || ours->fork != theirs.fork || ours->state != theirs.state ||
                   (ours->seq == theirs.seq && memcmp(ours->id, theirs.id, SMK_ID_BYTES) != 0);
    }
    return true;
}

static bool collect_news(void *ctx, const struct smk_head *ours)
{
    struct difference *d = ctx;
    if (d->count >= d->count_max)
        return false;
    if (!is_news(d, ours))
        return true;
    smk_tree_head_encode(ours, &d->heads);
    d->count++;
    return true;
}

/* The answer to leaves that asked. Nothing is said when there is no news. */
static enum smk_err say_difference(struct outgoing *out, struct smk_frontier *f,
                                   const struct smk_tree_item *item, const struct smk_scope *scope)
{
    struct difference d = {.item = item, .scope = scope, .heads = {.max = SMK_MESSAGE_BYTES_MAX}};
    d.count_max = HEADS_MAX - out->head_count;
    if (d.count_max > SMK_TREE_REPLY_LEAVES_MAX)
        d.count_max = SMK_TREE_REPLY_LEAVES_MAX;
    if (f != NULL)
        smk_frontier_each(f, &item->prefix, collect_news, &d);
    enum smk_err err = d.heads.err;
    if (err == SMK_OK && d.count > 0) {
        smk_tree_item_begin(SMK_WALK_LEAVES, &item->prefix, d.count, &out->items);
        smk_pack_raw(&out->items, smk_buf_view(&d.heads));
        out->item_count++;
        out->head_count += d.count;
    }
    smk_buf_deinit(&d.heads);
    return err;
}

/* ---- what is still to be said ---- */

static enum smk_err due_push(struct smk_reconcile *r, const struct smk_prefix *at, size_t *due_left)
{
    if (*due_left == 0)
        return SMK_OK; /* the next round finds it */
    if (r->due_count == r->due_capacity) {
        size_t wanted = r->due_capacity == 0 ? CHILDREN : 2 * r->due_capacity;
        struct smk_prefix *grown = smk_mem_resize(r->due, wanted * sizeof *grown);
        if (grown == NULL)
            return SMK_ERR_NOMEM;
        r->due = grown;
        r->due_capacity = wanted;
    }
    r->due[r->due_count++] = *at;
    --*due_left;
    return SMK_OK;
}

/* The newest first, so that the walk goes down before it goes on and little has to wait. */
static void say_due(struct smk_reconcile *r, struct smk_frontier *f, size_t *due_left, struct outgoing *out)
{
    while (r->due_count > 0 && out->item_count < SMK_TREE_ITEMS_MAX &&
           out->head_count + SMK_TREE_LEAVES_MAX <= HEADS_MAX) {
        say_subtree(out, f, &r->due[--r->due_count]);
        ++*due_left;
    }
}

/* ---- what is heard ---- */

static enum smk_err hear_children(struct smk_reconcile *r, struct smk_frontier *f,
                                  const struct smk_tree_item *item, size_t *due_left)
{
    for (unsigned i = 0; i < CHILDREN; i++) {
        uint8_t ours[SMK_HASH_BYTES], theirs[SMK_HASH_BYTES];
        struct smk_prefix child = smk_prefix_child(&item->prefix, i);
        hash_at(f, &child, ours);
        smk_tree_item_child(item, i, theirs);
        if (memcmp(ours, theirs, sizeof ours) == 0)
            continue;
        enum smk_err err = due_push(r, &child, due_left);
        if (err != SMK_OK)
            return err;
    }
    return SMK_OK;
}

static void hear_head(const struct smk_head *ours, const struct smk_head *theirs,
                      const struct smk_reconcile_sink *sink)
{
    uint64_t our_seq = ours != NULL ? ours->seq : 0;
    uint64_t our_fork = ours != NULL ? ours->fork : 0;
    struct smk_head reachable = *theirs;
    if (our_fork > 0 && (theirs->fork == 0 || theirs->fork > our_fork))
        sink->unproved(sink->ctx, theirs);
    if (our_fork > 0 && reachable.seq >= our_fork)
        reachable.seq = our_fork - 1; /* what is in dispute moves to nobody */
    if (ours == NULL && theirs->seq == 0)
        reachable.seq =
            theirs->fork; /* nothing is settled there: who asks for what is in dispute gets the proof */
    if (reachable.seq > our_seq)
        sink->lacking(sink->ctx, &reachable, our_seq);
    else if (theirs->seq == our_seq && our_seq > 0 && memcmp(theirs->id, ours->id, SMK_ID_BYTES) != 0)
        sink->forked(sink->ctx, theirs);
}

static void hear_leaves(struct smk_frontier *f, const struct smk_tree_item *item,
                        const struct smk_scope *scope, const struct smk_reconcile_sink *sink)
{
    for (size_t i = 0; i < item->head_count; i++) {
        struct smk_head theirs;
        smk_tree_item_head(item, scope, i, &theirs);
        hear_head(f != NULL ? smk_frontier_find(f, theirs.log_id) : NULL, &theirs, sink);
    }
}

static enum smk_err hear(struct smk_reconcile *r, struct smk_frontier *f, const struct smk_tree_message *m,
                         const struct smk_reconcile_sink *sink, size_t *due_left, struct outgoing *out,
                         bool *ret_asks)
{
    for (size_t i = 0; i < m->count; i++) {
        struct smk_tree_item item = smk_tree_message_at(m, i);
        enum smk_err err = SMK_OK;
        if (item.kind == SMK_WALK_CHILDREN)
            err = hear_children(r, f, &item, due_left);
        else
            hear_leaves(f, &item, &m->scope, sink);
        if (err == SMK_OK && item.kind == SMK_WALK_LEAVES_ASK)
            err = say_difference(out, f, &item, &m->scope);
        if (err != SMK_OK)
            return err;
        *ret_asks = *ret_asks || item.kind != SMK_WALK_LEAVES;
    }
    return SMK_OK;
}

/* ---- turns ---- */

static enum smk_err speak(struct smk_reconcile *r, const struct smk_scope *scope, const struct outgoing *out,
                          struct smk_buf *ret_body)
{
    if (out->items.err != SMK_OK)
        return out->items.err;
    r->has_more_ours = r->due_count > 0;
    bool goes_on = out->asks || r->has_more_ours || r->has_more_theirs;
    r->state = goes_on ? SMK_RECONCILE_THEIRS : SMK_RECONCILE_OVER;
    smk_tree_message_encode(scope, out->item_count, smk_buf_view(&out->items), r->has_more_ours, ret_body);
    return ret_body->err;
}

enum smk_err smk_reconcile_begin(struct smk_reconcile *r, const struct smk_scope *scope,
                                 struct smk_frontier *f, struct smk_buf *ret_body)
{
    SMK_ASSERT(r->state == SMK_RECONCILE_OURS);
    SMK_CLEANUP(outgoing_deinit) struct outgoing out = {.items = {.max = SMK_MESSAGE_BYTES_MAX}};
    struct smk_prefix root = {0};
    say_subtree(&out, f, &root);
    return speak(r, scope, &out, ret_body);
}

enum smk_err smk_reconcile_take(struct smk_reconcile *r, struct smk_frontier *f,
                                const struct smk_tree_message *m, const struct smk_reconcile_sink *sink,
                                size_t *due_left, struct smk_buf *ret_body, bool *ret_has_answer)
{
    if (r->state != SMK_RECONCILE_THEIRS)
        return SMK_ERR_UNEXPECTED;
    SMK_CLEANUP(outgoing_deinit) struct outgoing out = {.items = {.max = SMK_MESSAGE_BYTES_MAX}};
    bool asks = false;
    enum smk_err err = hear(r, f, m, sink, due_left, &out, &asks);
    if (err != SMK_OK)
        return err;
    r->has_more_theirs = m->has_more;
    *ret_has_answer = asks || m->has_more || r->has_more_ours;
    if (!*ret_has_answer) {
        r->state = SMK_RECONCILE_OVER;
        return SMK_OK;
    }
    say_due(r, f, due_left, &out);
    return speak(r, &m->scope, &out, ret_body);
}
