#include "proto/message.h"
#include "tests/sim/byzantine.h"
#include "tests/sim/rogue.h"

#include <string.h>

enum { MANY = 60, BULK_BYTES_MAX = 20000 };

static struct smk_scope any_scope(struct world *w)
{
    return w->government.scope[test_rng_below(&w->rng, w->government.scope_count)];
}

static uint64_t any_number(struct world *w)
{
    static const uint64_t number[] = {0, 1, 1, 2, 3, 7, 1000, SMK_SEQ_MAX, UINT64_MAX};
    return number[test_rng_below(&w->rng, sizeof number / sizeof number[0])];
}

/* A log of the ledger, so that it is one that the other side may hold. */
static const struct memory_log *any_log(struct world *w, const struct rogue *r)
{
    const struct memory_node *rows = r->node->disk.memory;
    return rows->log_count > 0 ? &rows->log[test_rng_below(&w->rng, rows->log_count)] : NULL;
}

static void want(struct world *w, struct rogue *r, struct smk_buf *b)
{
    const struct memory_log *log = any_log(w, r);
    struct smk_scope scope = any_scope(w);
    size_t count = test_rng_chance(&w->rng, 80) ? 1 : 1 + (size_t)test_rng_below(&w->rng, MANY);
    smk_want_begin(&scope, count, b);
    for (size_t i = 0; i < count; i++) {
        struct smk_want_run run = {.from = 1 + test_rng_below(&w->rng, 3)};
        test_rng_bytes(&w->rng, run.author, sizeof run.author);
        if (log != NULL) {
            memcpy(run.author, log->log.author, sizeof run.author);
            memcpy(run.incarnation, log->log.incarnation, sizeof run.incarnation);
        }
        run.to = run.from + test_rng_below(&w->rng, 1000);
        smk_want_run_encode(&run, b);
    }
}

static void tree(struct world *w, struct rogue *r, struct smk_buf *b)
{
    struct smk_buf items = {.max = BULK_BYTES_MAX};
    struct smk_scope scope = any_scope(w);
    const struct memory_log *log = any_log(w, r);
    struct smk_head head = {.seq = 1 + any_number(w) % 1000};
    smk_tree_item_begin(test_rng_chance(&w->rng, 50) ? SMK_WALK_LEAVES_ASK : SMK_WALK_LEAVES,
                        &(struct smk_prefix){0}, 1, &items);
    test_rng_bytes(&w->rng, head.id, sizeof head.id);
    if (log != NULL) {
        memcpy(head.author, log->log.author, sizeof head.author);
        memcpy(head.incarnation, log->log.incarnation, sizeof head.incarnation);
    }
    smk_tree_head_encode(&head, &items);
    smk_tree_message_encode(&scope, 1, smk_buf_view(&items), test_rng_chance(&w->rng, 20), b);
    smk_buf_deinit(&items);
}

static void roots(struct world *w, struct rogue *r, struct smk_buf *b)
{
    const struct smk_view *view = disk_view(&r->node->disk);
    struct smk_scope_root root[4];
    size_t count = 0;
    static const char *const scope[] = {"dm:0201", "gov", "nat", "pub"};
    for (size_t i = 0; i < 4; i++) {
        root[count].scope = smk_scope_of(scope[i]);
        struct smk_frontier *f = view->frontier(view->ctx, &root[count].scope);
        if (f != NULL && test_rng_chance(&w->rng, 70))
            smk_frontier_root(f, root[count].root);
        else
            test_rng_bytes(&w->rng, root[count].root, SMK_HASH_BYTES);
        count += test_rng_chance(&w->rng, 80);
    }
    smk_roots_encode(r->round, root, count, b);
}

/* Legal msgpack in a form that is not ours, or a good message with a byte changed. */
static void odd(struct world *w, struct smk_buf *b)
{
    static const struct {
        const char *bytes;
        size_t len;
    } row[] = {
        {"\x92\xcd\x00\x01\xa1x", 6},                     /* a small number in a long form */
        {"\x91\xcb\x40\x09\x21\xfb\x54\x44\x2d\x18", 10}, /* a float */
        {"\x91\xd4\x01\x02", 4},                          /* an extension */
        {"\x92\x01\x81\xa1z\x01\x00", 7},                 /* something after the end */
        {"\xdd\xff\xff\xff\xff", 5},                      /* four thousand million elements */
        {"\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x90", 20},
        {"\x92\xa2\xc0\xaf\x01", 5},   /* an overlong zero */
        {"\x82\xa1z\x01\xa1y\x02", 7}, /* keys that fall */
        {"\xc1", 1},
        {"", 0},
    };
    world_count(w, FAULT_ODD_ENCODING);
    if (b->len > 0 && test_rng_chance(&w->rng, 50)) {
        b->data[test_rng_below(&w->rng, b->len)] ^= (uint8_t)(1u << test_rng_below(&w->rng, 8));
        return;
    }
    size_t i = (size_t)test_rng_below(&w->rng, sizeof row / sizeof row[0]);
    smk_buf_reset(b);
    smk_buf_write(b, row[i].bytes, row[i].len);
}

static uint8_t garbage(struct world *w, struct smk_buf *b)
{
    uint8_t bytes[512];
    size_t len = (size_t)test_rng_below(&w->rng, sizeof bytes);
    test_rng_bytes(&w->rng, bytes, sizeof bytes);
    smk_buf_write(b, bytes, len);
    world_count(w, FAULT_GARBAGE);
    return (uint8_t)test_rng_below(&w->rng, 256);
}

/* One that could be said by a session in some state. */
static uint8_t good_word(struct world *w, struct rogue *r, struct smk_buf *b)
{
    struct smk_compare compare = {.round = r->round};
    struct smk_ack ack = {.batch = any_number(w), .code = test_rng_below(&w->rng, 16)};
    switch (test_rng_below(&w->rng, 10)) {
    case 0: want(w, r, b); return SMK_MESSAGE_WANT;
    case 1: tree(w, r, b); return SMK_MESSAGE_TREE;
    case 2:
    case 3: roots(w, r, b); return SMK_MESSAGE_ROOTS;
    case 4: smk_done_encode(r->round, b); return SMK_MESSAGE_DONE;
    case 5: smk_compare_encode(&compare, b); return SMK_MESSAGE_COMPARE;
    case 6: smk_ack_encode(&ack, b); return SMK_MESSAGE_ACK;
    case 7: rogue_flaw(w, r, b); return SMK_MESSAGE_RECORDS;
    default: rogue_records(w, r, b); return SMK_MESSAGE_RECORDS;
    }
}

uint8_t rogue_word(struct world *w, struct rogue *r, struct smk_buf *b)
{
    unsigned vices = r->node->vices;
    if ((vices & VICE_GARBAGE) != 0 && test_rng_chance(&w->rng, 20))
        return garbage(w, b);
    uint8_t type = good_word(w, r, b);
    if (b->len == 0) {
        smk_again_encode(b);
        type = SMK_MESSAGE_AGAIN;
    }
    if ((vices & VICE_ODD_ENCODING) != 0 && test_rng_chance(&w->rng, 35))
        odd(w, b);
    if ((vices & VICE_FLOOD) != 0 && r->said == 1) {
        r->most += MANY; /* it has only begun */
        world_count(w, FAULT_FLOOD);
    }
    if ((vices & VICE_FOREIGN_SCOPE) != 0 && type != SMK_MESSAGE_RECORDS)
        world_count(w, FAULT_FOREIGN_SCOPE);
    return type;
}
