#include "proto/hash.h"
#include "proto/session.h"
#include "tests/support/session_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

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
