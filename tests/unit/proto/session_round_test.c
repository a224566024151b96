#include "proto/batch.h"
#include "proto/hash.h"
#include "proto/session.h"
#include "tests/support/session_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(session_round, .init = start_crypto);

static enum smk_err say(struct puppet *p, uint8_t type, struct smk_buf *body)
{
    enum smk_err err = puppet_say(p, type, smk_buf_view(body));
    smk_buf_reset(body);
    return err;
}

/* The puppet is ctod and has the word: its round begins with equal roots and ends with another digest; the session's node
 * may hear from elsewhere in between. What the session answers to the comparison. */
static enum smk_err say_round(struct puppet *p, uint64_t round, bool hears_elsewhere, struct smk_buf *b)
{
    struct smk_scope_root at[2] = {{.scope = smk_scope_of("gov")}, {.scope = smk_scope_of("pub")}};
    struct smk_compare compare = {.round = round};
    for (size_t i = 0; i < 2; i++)
        memory_node_root(p->node, at[i].scope.text, at[i].root);
    smk_roots_encode(round, at, 2, b);
    cr_assert(eq(int, say(p, SMK_MESSAGE_ROOTS, b), SMK_OK));
    if (hears_elsewhere)
        memory_node_edit(p->node, "pub", 1);
    smk_done_encode(round, b);
    cr_assert(eq(int, say(p, SMK_MESSAGE_DONE, b), SMK_OK));
    smk_compare_encode(&compare, b);
    return say(p, SMK_MESSAGE_COMPARE, b);
}

Test(session_round, rounds_in_which_nothing_moves_end_the_session)
{
    for (unsigned hears = 0; hears < 2; hears++) {
        struct session_fixture f;
        struct puppet p;
        struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
        uint8_t digest[SMK_HASH_BYTES];
        enum smk_err err = SMK_OK;
        uint64_t round = 0;
        session_fixture_init(&f);
        puppet_begin(&p, &f.node, &f.w.ctod, (struct puppet_options){.is_initiator = true});
        cr_assert(eq(int, puppet_shake(&p), SMK_OK));
        puppet_digest(&p, "nat", digest);
        puppet_hello(&p, NULL, digest, &b);
        cr_assert(eq(int, say(&p, SMK_MESSAGE_HELLO, &b), SMK_OK));
        while (err == SMK_OK && round < 2 * SMK_ROUNDS_WITHOUT_PROGRESS_MAX)
            err = say_round(&p, ++round, hears == 1, &b);
        cr_assert(eq(int, err, hears == 1 ? SMK_OK : SMK_ERR_NO_PROGRESS), "round %u", (unsigned)round);
        puppet_end(&p);
        smk_buf_deinit(&b);
        session_fixture_deinit(&f);
    }
}

/* ---- comparing ---- */

/* One batch of ctod's in nat. */
static void pack_push(struct session_fixture *f, struct smk_buf *b)
{
    struct smk_scope nat = smk_scope_of("nat");
    struct test_run *run = malloc(sizeof *run);
    struct smk_batch_writer w;
    cr_assert(ne(ptr, run, NULL));
    test_run_init(run, &f->w.coalition, &f->w.ctod, "nat", 1);
    test_run_fill(run, 2);
    smk_batch_writer_init(&w, &nat);
    for (size_t i = 0; i < run->count; i++)
        smk_batch_writer_add(&w, &run->record[i]);
    cr_assert(eq(int, smk_batch_writer_finish(&w, 1, b), SMK_OK));
    smk_batch_writer_deinit(&w);
    test_run_deinit(run);
    free(run);
}

/* The puppet is ctod, pushes, and compares before its push was answered, as no session of ours does. */
Test(session_round, a_comparison_waits_for_what_is_on_its_way_to_the_disk)
{
    struct session_fixture f;
    struct puppet p;
    struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX}, push = {.max = SMK_MESSAGE_BYTES_MAX};
    struct smk_compare compare = {0}, answer;
    struct smk_bytes body;
    struct smk_tree tree;
    session_fixture_init(&f);
    puppet_begin(&p, &f.node, &f.w.ctod, (struct puppet_options){.is_initiator = true});
    cr_assert(eq(int, puppet_shake(&p), SMK_OK));
    puppet_digest(&p, "gov pub", compare.digest);
    puppet_hello(&p, NULL, compare.digest, &b);
    cr_assert(eq(int, say(&p, SMK_MESSAGE_HELLO, &b), SMK_OK));
    pack_push(&f, &push);
    cr_assert(eq(int, puppet_say(&p, SMK_MESSAGE_RECORDS, smk_buf_view(&push)), SMK_OK));
    cr_assert(p.up.has_batch);
    uint64_t ticket = p.up.batch.ticket;
    smk_compare_encode(&compare, &b);
    cr_assert(eq(int, say(&p, SMK_MESSAGE_COMPARE, &b), SMK_OK));
    cr_assert(eq(sz, p.up.to_send.len, 0), "what it would say of its state is out of date in a moment");

    cr_assert(eq(int, puppet_event(&p, memory_node_store(&f.node, smk_buf_view(&push), ticket)), SMK_OK));
    cr_assert(puppet_await(&p, SMK_MESSAGE_COMPARE, &body));
    cr_assert(eq(int, smk_tree_decode(body, SMK_WALK_PAYLOAD, &tree), SMK_OK));
    cr_assert(eq(int, smk_compare_decode(tree.root, &answer), SMK_OK));
    puppet_digest(&p, "gov nat pub", compare.digest);
    cr_assert(eq(int, memcmp(answer.digest, compare.digest, sizeof answer.digest), 0));
    smk_tree_deinit(&tree);
    puppet_end(&p);
    smk_buf_deinit(&b);
    smk_buf_deinit(&push);
    session_fixture_deinit(&f);
}
