#include "proto/batch.h"
#include "proto/hash.h"
#include "proto/mem.h"
#include "proto/session.h"
#include "tests/support/rng.h"
#include "tests/support/session_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(hostile_session_prop, .init = start_crypto);

/* ---- memory that proto holds ---- */

static size_t live_bytes;
static size_t live_bytes_max;

static void *count_new(void *at)
{
    if (at != NULL)
        live_bytes += malloc_usable_size(at);
    if (live_bytes > live_bytes_max)
        live_bytes_max = live_bytes;
    return at;
}

static void *count_alloc(size_t size)
{
    return count_new(calloc(1, size));
}

static void *count_resize(void *at, size_t size)
{
    size_t before = at != NULL ? malloc_usable_size(at) : 0;
    void *grown = realloc(at, size);
    if (grown == NULL)
        return NULL;
    live_bytes -= before;
    return count_new(grown);
}

static void count_release(void *at)
{
    if (at != NULL)
        live_bytes -= malloc_usable_size(at);
    free(at);
}

/* ---- a peer that says anything ---- */

struct liar {
    struct session_fixture f;
    struct puppet p;
    struct test_rng rng;
    struct smk_buf b;     /* the message it is about to say */
    uint64_t next_batch;  /* a good number, as long as it keeps to them */
    uint64_t ticket[256]; /* handed out by the session, not yet answered */
    struct smk_buf batch[256];
    size_t ticket_count;
    enum { EXPECTS_ROOTS, IN_ROUND, EXPECTS_COMPARE, IS_LIVE } guess; /* of the session's phase */
    uint64_t round;
    uint8_t digest[SMK_HASH_BYTES]; /* the session's newest */
    uint8_t said[SMK_HASH_BYTES];   /* the puppet's newest */
    bool is_walk_over;              /* the session has said `done` */
    bool owes_receipt;
};

static struct smk_scope any_scope(struct liar *l)
{
    static const char *const scope[] = {"gov",     "pub",      "pub",     "nat",    "dm:0202",
                                        "prov:02", "org:ctod", "org:sec", "dm:0301"};
    return smk_scope_of(scope[test_rng_below(&l->rng, test_rng_chance(&l->rng, 98) ? 6 : 9)]);
}

static uint64_t any_number(struct liar *l)
{
    static const uint64_t number[] = {0, 1, 1, 2, 3, 7, 1000, SMK_SEQ_MAX, UINT64_MAX};
    return number[test_rng_below(&l->rng, sizeof number / sizeof number[0])];
}

/* A log that is there, or one that is not. */
static void any_log(struct liar *l, uint8_t *author, uint8_t *incarnation)
{
    const struct memory_node *n = &l->f.node;
    test_rng_bytes(&l->rng, author, SMK_KEY_BYTES);
    test_rng_bytes(&l->rng, incarnation, SMK_INCARNATION_BYTES);
    if (n->log_count == 0 || test_rng_chance(&l->rng, 30))
        return;
    const struct smk_log *log = &n->log[test_rng_below(&l->rng, n->log_count)].log;
    memcpy(author, log->author, SMK_KEY_BYTES);
    memcpy(incarnation, log->incarnation, SMK_INCARNATION_BYTES);
}

static int compare_heads(const void *a, const void *b)
{
    return memcmp(((const struct smk_head *)a)->log_id, ((const struct smk_head *)b)->log_id, SMK_ID_BYTES);
}

static void pack_leaves(struct liar *l, const struct smk_scope *scope, enum smk_walk_kind kind,
                        struct smk_buf *items)
{
    struct smk_head head[40];
    struct smk_prefix at = {0};
    size_t count = (size_t)test_rng_below(&l->rng, test_rng_chance(&l->rng, 50) ? 4 : 40);
    if (kind == SMK_WALK_LEAVES_ASK && count > SMK_TREE_LEAVES_MAX)
        count = SMK_TREE_LEAVES_MAX;
    for (size_t i = 0; i < count; i++) {
        head[i] = (struct smk_head){.seq = 1 + any_number(l) % SMK_SEQ_MAX};
        any_log(l, head[i].author, head[i].incarnation);
        test_rng_bytes(&l->rng, head[i].id, SMK_ID_BYTES);
        smk_log_id(head[i].author, head[i].incarnation, scope, head[i].log_id);
    }
    qsort(head, count, sizeof head[0], compare_heads);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) /* a log once, mostly */
        if (kept == 0 || compare_heads(&head[kept - 1], &head[i]) != 0 || test_rng_chance(&l->rng, 1))
            head[kept++] = head[i];
    count = kept;
    smk_tree_item_begin(kind, &at, count, items);
    for (size_t i = 0; i < count; i++)
        smk_tree_head_encode(&head[i], items);
}

static void pack_children(struct liar *l, struct smk_buf *items)
{
    struct smk_prefix at = {.nibbles = (uint8_t)test_rng_below(&l->rng, 3)};
    smk_tree_item_begin(SMK_WALK_CHILDREN, &at, 16, items);
    for (unsigned i = 0; i < 16; i++) {
        uint8_t hash[SMK_HASH_BYTES];
        test_rng_bytes(&l->rng, hash, sizeof hash);
        if (test_rng_chance(&l->rng, 30))
            smk_pack_nil(items);
        else
            smk_pack_bin(items, SMK_BYTES(hash));
    }
}

static void pack_tree(struct liar *l)
{
    struct smk_buf items = {.max = SMK_MESSAGE_BYTES_MAX};
    struct smk_scope scope = any_scope(l);
    size_t count = (size_t)test_rng_below(&l->rng, test_rng_chance(&l->rng, 90) ? 3 : 200);
    for (size_t i = 0; i < count; i++) {
        enum smk_walk_kind kind = (enum smk_walk_kind)test_rng_below(&l->rng, 3);
        if (kind == SMK_WALK_CHILDREN)
            pack_children(l, &items);
        else
            pack_leaves(l, &scope, kind, &items);
    }
    smk_tree_message_encode(&scope, count, smk_buf_view(&items), test_rng_chance(&l->rng, 20), &l->b);
    smk_buf_deinit(&items);
}

/* Records of ctod, good or not, in the right place or not. */
static void pack_records(struct liar *l)
{
    struct test_run *run = malloc(sizeof *run);
    struct smk_batch_writer w;
    struct smk_scope scope = any_scope(l);
    test_run_init(run, &l->f.w.coalition, test_rng_chance(&l->rng, 80) ? &l->f.w.ctod : &l->f.w.bavel,
                  scope.text, test_rng_below(&l->rng, 3));
    test_run_fill(run, 1 + (size_t)test_rng_below(&l->rng, 5));
    if (test_rng_chance(&l->rng, 20))
        test_run_spoil_signature(run);
    if (test_rng_chance(&l->rng, 20))
        test_run_drop_payload(run, run->count - 1);
    smk_batch_writer_init(&w, &scope);
    size_t first = (size_t)test_rng_below(&l->rng, run->count);
    for (size_t i = first; i < run->count; i++)
        if (smk_batch_writer_has_room(&w, &run->record[i]))
            smk_batch_writer_add(&w, &run->record[i]);
    uint64_t number = test_rng_chance(&l->rng, 95) ? l->next_batch : any_number(l);
    cr_assert(eq(int, smk_batch_writer_finish(&w, number, &l->b), SMK_OK));
    smk_batch_writer_deinit(&w);
    test_run_deinit(run);
    free(run);
}

static void pack_roots(struct liar *l)
{
    static const char *const scope[] = {"dm:0202", "gov", "nat", "org:sec", "prov:02", "pub"};
    struct smk_scope_root at[6];
    size_t count = 0;
    for (size_t i = 0; i < 6; i++) {
        if (test_rng_chance(&l->rng, i == 1 ? 5 : i == 3 ? 97 : 50))
            continue;
        at[count].scope = smk_scope_of(scope[i]);
        memory_node_root(&l->f.node, scope[i], at[count].root);
        if (test_rng_chance(&l->rng, i == 1 ? 10 : 50))
            test_rng_bytes(&l->rng, at[count].root, SMK_HASH_BYTES);
        count++;
    }
    smk_roots_encode(test_rng_chance(&l->rng, 97) ? l->round : any_number(l), at, count, &l->b);
}

static void pack_want(struct liar *l)
{
    struct smk_scope scope = any_scope(l);
    size_t count = 1 + (size_t)test_rng_below(&l->rng, test_rng_chance(&l->rng, 90) ? 4 : SMK_WANT_RUNS_MAX);
    smk_want_begin(&scope, count, &l->b);
    for (size_t i = 0; i < count; i++) {
        struct smk_want_run run = {.from = 1 + test_rng_below(&l->rng, 3)};
        run.to = run.from + test_rng_below(&l->rng, 5);
        any_log(l, run.author, run.incarnation);
        smk_want_run_encode(&run, &l->b);
    }
}

static void pack_small(struct liar *l, unsigned type)
{
    struct smk_lack lack = {.scope = any_scope(l), .from = 1, .code = any_number(l)};
    struct smk_compare compare = {.round = test_rng_chance(&l->rng, 97) ? l->round : any_number(l)};
    uint8_t signature[SMK_SIGNATURE_BYTES] = {1};
    any_log(l, lack.author, lack.incarnation);
    if (test_rng_chance(&l->rng, 60))
        memcpy(compare.digest, l->digest, sizeof compare.digest);
    memcpy(l->said, compare.digest, sizeof l->said);
    switch (type) {
    case SMK_MESSAGE_ACK:
        smk_ack_encode(&(struct smk_ack){1 + test_rng_below(&l->rng, 3), test_rng_below(&l->rng, 2) * 5},
                       &l->b);
        break;
    case SMK_MESSAGE_LACK: smk_lack_encode(&lack, &l->b); break;
    case SMK_MESSAGE_DONE: smk_done_encode(compare.round, &l->b); break;
    case SMK_MESSAGE_COMPARE: smk_compare_encode(&compare, &l->b); break;
    case SMK_MESSAGE_RECEIPT_ANSWER:
        smk_receipt_answer_encode(test_rng_chance(&l->rng, 95) ? NULL : signature, &l->b);
        break;
    case SMK_MESSAGE_AGAIN: smk_again_encode(&l->b); break;
    case SMK_MESSAGE_CLOSE: smk_close_encode(&(struct smk_close){any_number(l), any_number(l)}, &l->b); break;
    default: puppet_hello(&l->p, NULL, compare.digest, &l->b);
    }
}

/* By what the session seems to expect, and by the puppet's role. */
static uint8_t any_type(struct liar *l)
{
    static const uint8_t often[4][8] = {
        [EXPECTS_ROOTS] = {SMK_MESSAGE_ROOTS},
        [IN_ROUND] = {SMK_MESSAGE_TREE, SMK_MESSAGE_TREE, SMK_MESSAGE_WANT, SMK_MESSAGE_WANT,
                      SMK_MESSAGE_RECORDS, SMK_MESSAGE_LACK, SMK_MESSAGE_LACK, SMK_MESSAGE_DONE},
        [EXPECTS_COMPARE] = {SMK_MESSAGE_COMPARE},
        [IS_LIVE] = {SMK_MESSAGE_RECORDS, SMK_MESSAGE_RECORDS, SMK_MESSAGE_RECORDS},
    };
    static const uint8_t live[2][4] = {
        [false] = {SMK_MESSAGE_AGAIN, SMK_MESSAGE_AGAIN, SMK_MESSAGE_AGAIN, SMK_MESSAGE_AGAIN},
        [true] = {SMK_MESSAGE_COMPARE, SMK_MESSAGE_COMPARE, SMK_MESSAGE_COMPARE, SMK_MESSAGE_COMPARE},
    };
    unsigned guess = test_rng_chance(&l->rng, 97) ? l->guess : (unsigned)test_rng_below(&l->rng, 4);
    if (test_rng_chance(&l->rng, 1))
        return (uint8_t)test_rng_below(&l->rng, 256);
    if (l->owes_receipt && test_rng_chance(&l->rng, 50)) {
        l->owes_receipt = false;
        return SMK_MESSAGE_RECEIPT_ANSWER;
    }
    if (guess == IN_ROUND && l->is_walk_over && test_rng_chance(&l->rng, 50))
        return SMK_MESSAGE_DONE;
    uint8_t type = often[guess][test_rng_below(&l->rng, test_rng_chance(&l->rng, 95) ? 7 : 8)];
    if (guess == IS_LIVE && type == 0)
        return live[l->p.is_initiator][test_rng_below(&l->rng, 4)];
    return type != 0 ? type : often[guess][0];
}

/* Mostly a good message, mostly one that fits; then sometimes damaged. */
static uint8_t pack_anything(struct liar *l)
{
    uint8_t type = any_type(l);
    smk_buf_reset(&l->b);
    switch (type) {
    case SMK_MESSAGE_ROOTS: pack_roots(l); break;
    case SMK_MESSAGE_TREE: pack_tree(l); break;
    case SMK_MESSAGE_WANT: pack_want(l); break;
    case SMK_MESSAGE_RECORDS: pack_records(l); break;
    default: pack_small(l, type);
    }
    cr_assert(eq(int, l->b.err, SMK_OK));
    unsigned damage = (unsigned)test_rng_below(&l->rng, 100);
    if (damage < 1)
        l->b.data[test_rng_below(&l->rng, l->b.len)] ^= (uint8_t)(1u << test_rng_below(&l->rng, 8));
    else if (damage < 2)
        l->b.len = (size_t)test_rng_below(&l->rng, l->b.len);
    else if (damage < 3)
        smk_buf_write_u8(&l->b, 0xc0);
    return type;
}

static void note_update(struct liar *l)
{
    if (!l->p.up.has_batch)
        return;
    cr_assert(lt(sz, l->ticket_count, 256));
    l->ticket[l->ticket_count] = l->p.up.batch.ticket;
    l->batch[l->ticket_count] = (struct smk_buf){.max = SMK_MESSAGE_BYTES_MAX};
    smk_buf_write_bytes(&l->batch[l->ticket_count], l->p.up.batch.records_message);
    l->ticket_count++;
    l->next_batch = l->p.up.batch.ticket + 1;
}

static void note_said(struct liar *l, uint8_t type)
{
    if (type == SMK_MESSAGE_ROOTS) {
        l->guess = IN_ROUND;
    }
    if (type == SMK_MESSAGE_DONE)
        l->guess = EXPECTS_COMPARE;
    if (type == SMK_MESSAGE_COMPARE && !l->p.is_initiator)
        l->guess = IS_LIVE; /* or it sends roots, which will be heard */
}

static void note_heard(struct liar *l, struct smk_message_view m)
{
    struct smk_tree tree = {0};
    struct smk_compare compare;
    cr_assert(lt(u32, m.type, SMK_MESSAGE_END));
    cr_assert(eq(int, smk_tree_decode(m.body, SMK_WALK_PAYLOAD, &tree), SMK_OK));
    l->is_walk_over = m.type == SMK_MESSAGE_DONE || (l->is_walk_over && m.type != SMK_MESSAGE_ROOTS);
    if (m.type == SMK_MESSAGE_ROOTS && !l->p.is_initiator) {
        l->guess = EXPECTS_ROOTS;
        l->round = smk_value_uint(smk_value_item(tree.root, 0));
    }
    if (m.type == SMK_MESSAGE_RECEIPT)
        l->owes_receipt = true;
    if (m.type == SMK_MESSAGE_COMPARE) {
        cr_assert(eq(int, smk_compare_decode(tree.root, &compare), SMK_OK));
        bool is_equal = memcmp(l->said, compare.digest, sizeof l->said) == 0;
        memcpy(l->digest, compare.digest, sizeof l->digest);
        l->guess = !l->p.is_initiator ? EXPECTS_COMPARE : is_equal ? IS_LIVE : EXPECTS_ROOTS;
        l->round += l->guess == EXPECTS_ROOTS;
    }
    smk_tree_deinit(&tree);
}

/* Everything that the session sends can be opened. */
static void listen(struct liar *l)
{
    struct smk_message_view m;
    while ((m = puppet_hear(&l->p)).type != 0)
        note_heard(l, m);
}

static enum smk_err store_one(struct liar *l)
{
    size_t at = (size_t)test_rng_below(&l->rng, l->ticket_count);
    struct smk_event ev = {.type = SMK_EV_STORED, .ticket = l->ticket[at]};
    ev.verdict = memory_node_take(&l->f.node, smk_buf_view(&l->batch[at]), &ev.new_records);
    smk_buf_deinit(&l->batch[at]);
    l->ticket_count--;
    l->ticket[at] = l->ticket[l->ticket_count];
    l->batch[at] = l->batch[l->ticket_count];
    return puppet_event(&l->p, ev);
}

/* One thing that happens to the session. */
static enum smk_err happen(struct liar *l)
{
    unsigned what = (unsigned)test_rng_below(&l->rng, 100);
    if (l->p.up.has_more)
        return puppet_event(&l->p, (struct smk_event){.type = SMK_EV_SENT});
    if (what < 20 && l->ticket_count > 0)
        return store_one(l);
    if (what < 23) {
        memory_node_edit(&l->f.node, test_rng_chance(&l->rng, 50) ? "pub" : "nat", 5);
        return puppet_event(&l->p, (struct smk_event){.type = SMK_EV_ARRIVED});
    }
    if (what < 26)
        return puppet_time(&l->p, test_rng_below(&l->rng, 45000));
    if (what < 27) {
        uint8_t junk[64];
        test_rng_bytes(&l->rng, junk, sizeof junk);
        return puppet_deliver(&l->p, (struct smk_bytes){junk, (size_t)test_rng_below(&l->rng, sizeof junk)});
    }
    if (what < 28)
        return puppet_event(&l->p, (struct smk_event){.type = SMK_EV_STOP});
    uint8_t type = pack_anything(l);
    note_said(l, type);
    return puppet_say(&l->p, type, smk_buf_view(&l->b));
}

static void check_node(const struct memory_node *n, uint64_t seed)
{
    const uint8_t *coalition = smk_roster_coalition(n->roster);
    for (size_t i = 0; i < n->log_count; i++) {
        const struct memory_log *log = &n->log[i];
        const struct smk_record *last = &log->record[log->count - 1].record;
        cr_assert(smk_record_is_signed(last, coalition), "seed %" PRIu64 ": a log that nothing covers", seed);
    }
}

static void liar_begin(struct liar *l, uint64_t seed)
{
    uint8_t digest[SMK_HASH_BYTES];
    *l = (struct liar){.rng = test_rng_from(seed), .b = {.max = SMK_MESSAGE_BYTES_MAX - 1}, .next_batch = 1};
    session_fixture_init(&l->f);
    for (size_t i = (size_t)test_rng_below(&l->rng, 3) * 20; i-- > 0;) {
        memory_node_renew(&l->f.node, i);
        memory_node_edit(&l->f.node, i % 2 == 0 ? "pub" : "nat", 2);
    }
    puppet_begin(&l->p, &l->f.node, &l->f.w.ctod,
                 (struct puppet_options){.is_initiator = test_rng_chance(&l->rng, 50)});
    cr_assert(eq(int, puppet_shake(&l->p), SMK_OK));
    bool is_equal = test_rng_chance(&l->rng, 40);
    l->guess = is_equal ? IS_LIVE : EXPECTS_ROOTS;
    l->round = !is_equal && l->p.is_initiator; /* 0 while there is none */
    puppet_digest(&l->p,
                  is_equal && l->f.node.scope_count == 2 ? "gov pub"
                  : is_equal                             ? "gov nat pub"
                                                         : "gov",
                  digest);
    memcpy(l->digest, digest, sizeof digest);
    puppet_hello(&l->p, NULL, digest, &l->b);
    cr_assert(eq(int, puppet_say(&l->p, SMK_MESSAGE_HELLO, smk_buf_view(&l->b)), SMK_OK));
    listen(l);
}

static void liar_end(struct liar *l)
{
    for (size_t i = 0; i < l->ticket_count; i++)
        smk_buf_deinit(&l->batch[i]);
    smk_buf_deinit(&l->b);
    puppet_end(&l->p);
    session_fixture_deinit(&l->f);
}

Test(hostile_session_prop, whatever_a_member_says_the_session_ends_with_a_named_error, .timeout = 240)
{
    static const struct smk_mem_ops counting = {count_alloc, count_resize, count_release};
    uint64_t first = test_seed();
    unsigned ended = 0, steps = 0;
    struct liar *l = malloc(sizeof *l);
    smk_mem_use(&counting);
    for (uint64_t seed = first; seed < first + 300; seed++) {
        enum smk_err err = SMK_OK;
        liar_begin(l, seed);
        live_bytes_max = live_bytes;
        size_t before = live_bytes;
        for (unsigned i = 0; i < 100 && err == SMK_OK && !l->p.up.is_finished; i++, steps++) {
            err = happen(l);
            note_update(l);
            listen(l);
        }
        bool is_named = err == SMK_OK || smk_err_is_peer_fault(err) || err == SMK_ERR_NO_PROGRESS;
        cr_assert(is_named, "seed %" PRIu64 ": %s", seed, smk_err_name(err));
        cr_assert(lt(sz, live_bytes_max - before, 24 << 20), "seed %" PRIu64, seed);
        check_node(&l->f.node, seed);
        ended += err != SMK_OK || l->p.up.is_finished;
        liar_end(l);
    }
    smk_mem_use(NULL);
    free(l);
    cr_assert(gt(u32, ended, 200));     /* most lies are found out ... */
    cr_assert(gt(u32, steps, 300 * 8)); /* ... but not all at once */
}

/* Every bit of a good session's line, flipped: the session ends, and nothing wrong was taken. */
Test(hostile_session_prop, bytes_that_changed_on_the_way_are_never_taken, .timeout = 120)
{
    uint64_t first = test_seed();
    for (uint64_t seed = first; seed < first + 150; seed++) {
        struct test_rng rng = test_rng_from(seed);
        struct session_fixture f;
        struct puppet p;
        struct smk_buf b = {.max = 65536}, line = {.max = 65536};
        uint8_t digest[SMK_HASH_BYTES];
        session_fixture_init(&f);
        puppet_begin(&p, &f.node, &f.w.ctod, (struct puppet_options){.is_initiator = true});
        cr_assert(eq(int, puppet_shake(&p), SMK_OK));
        puppet_digest(&p, "gov pub", digest);
        puppet_hello(&p, NULL, digest, &b);
        cr_assert(eq(int, smk_channel_send(&p.channel, SMK_MESSAGE_HELLO, smk_buf_view(&b), &line), SMK_OK));
        size_t at = (size_t)test_rng_below(&rng, line.len);
        line.data[at] ^= (uint8_t)(1u << test_rng_below(&rng, 8));
        enum smk_err err = puppet_deliver(&p, smk_buf_view(&line));
        bool is_length = at < 2; /* the frame may now be longer than what came */
        bool is_fitting = err == SMK_ERR_DECRYPT || err == SMK_ERR_MALFORMED || (err == SMK_OK && is_length);
        cr_assert(is_fitting, "seed %" PRIu64 ": %s", seed, smk_err_name(err));
        cr_assert(not(p.status.is_bound));
        puppet_end(&p);
        smk_buf_deinit(&b);
        smk_buf_deinit(&line);
        session_fixture_deinit(&f);
    }
}
