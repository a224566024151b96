#include "proto/log.h"

#include "proto/hash.h"
#include "tests/support/builders.h"
#include "tests/support/notation.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(log, .init = start_crypto);

static void expect(struct test_log *s, size_t from, enum smk_err err, size_t taken, const char *why)
{
    enum smk_err got = test_log_take(s, from);
    cr_assert(eq(int, got, err), "%s: %s instead of %s", why, smk_err_name(got), smk_err_name(err));
    cr_assert(eq(sz, s->taken, taken), "%s", why);
    cr_assert(eq(u64, s->log.seq, from + taken), "%s", why);
    cr_assert(eq(u64, s->log.tree.size, from + taken), "%s", why);
    if (taken > 0)
        cr_assert(eq(int, memcmp(s->log.id, s->run.record[from + taken - 1].id, SMK_ID_BYTES), 0), "%s", why);
    for (size_t i = taken; i < s->run.count - from; i++)
        cr_assert(not(s->is_bad[i]), "%s: %zu", why, i);
}

/* Of 16 records in a row one has a good signature, or the first of them is not covered. */
Test(log, a_record_is_covered_by_the_fifteenth_behind_it_and_not_by_the_sixteenth)
{
    for (size_t bad = SMK_COVER_RECORDS_MAX - 1; bad <= SMK_COVER_RECORDS_MAX; bad++) {
        struct test_log *s = test_log_new("prov:02");
        test_run_open(&s->run);
        for (size_t i = 0; i < bad; i++) {
            test_run_edit(&s->run, i);
            test_run_spoil_signature(&s->run);
        }
        test_run_edit(&s->run, bad);
        if (bad < SMK_COVER_RECORDS_MAX)
            cr_assert(eq(int, test_log_take(s, 0), SMK_OK));
        else
            expect(s, 0, SMK_ERR_NOT_COVERED, 1, "sixteen bad ones before it");
        cr_assert(eq(u64, s->log.bad_signatures, bad < SMK_COVER_RECORDS_MAX ? bad : 0));
        test_log_free(s);
    }
}

Test(log, a_run_of_good_records_is_taken_whole_or_in_pieces)
{
    struct smk_log whole = {0};
    for (size_t piece = 1; piece <= 20; piece++) {
        struct test_log *s = test_log_new("prov:02");
        size_t at = 0;
        test_run_fill(&s->run, 20);
        size_t count = s->run.count;
        for (; at < count; at += s->taken) {
            s->run.count = at + piece < count ? at + piece : count;
            expect(s, at, SMK_OK, s->run.count - at, "a piece");
        }
        cr_assert(eq(u64, s->log.verified_through, 20));
        cr_assert(eq(u64, s->log.bad_signatures, 0));
        cr_assert(eq(u64, s->log.holes, 0));
        cr_assert(eq(u64, s->log.time, s->run.record[19].header.time));
        if (piece == 1)
            whole = s->log;
        cr_assert(eq(int, memcmp(&whole, &s->log, sizeof whole), 0), "pieces of %zu", piece);
        s->run.count = count;
        test_log_free(s);
    }
}

Test(log, may_begin_at_time_0)
{
    struct test_log *s = test_log_new("prov:02");
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_header h = test_run_next(&s->run, SMK_RECORD_OPEN);
    h.time = 0;
    smk_open_encode((const uint8_t(*)[SMK_HASH_BYTES])s->world.ctod.decision, 1, NULL, 0, "clock", &payload);
    test_run_push(&s->run, &h, smk_buf_view(&payload));
    test_run_edit(&s->run, 1);
    expect(s, 0, SMK_OK, 2, "time 0");
    smk_buf_deinit(&payload);
    test_log_free(s);
}

Test(log, an_empty_run_changes_nothing)
{
    struct test_log *s = test_log_new("prov:02");
    expect(s, 0, SMK_OK, 0, "empty");
    test_log_free(s);
}

Test(log, head_has_the_root_of_all_ids)
{
    struct test_log *s = test_log_new("prov:02");
    struct smk_logtree tree = {0};
    struct smk_head head;
    uint8_t root[SMK_HASH_BYTES], log_id[SMK_ID_BYTES];
    test_run_fill(&s->run, 11);
    expect(s, 0, SMK_OK, 11, "all");
    for (size_t i = 0; i < s->run.count; i++)
        smk_logtree_append(&tree, &smk_logtree_samaki, SMK_BYTES(s->run.record[i].id));
    smk_logtree_root(&tree, &smk_logtree_samaki, root);
    smk_log_head(&s->log, &head);
    smk_log_id(s->world.ctod.sign.public_key, s->run.incarnation, &s->run.scope, log_id);
    cr_assert(eq(u64, head.seq, 11));
    cr_assert(eq(int, memcmp(head.log_root, root, sizeof root), 0));
    cr_assert(eq(int, memcmp(head.log_id, log_id, sizeof log_id), 0));
    cr_assert(eq(int, memcmp(head.id, s->run.record[10].id, SMK_ID_BYTES), 0));
    cr_assert(eq(int, memcmp(head.author, s->world.ctod.sign.public_key, SMK_KEY_BYTES), 0));
    cr_assert(eq(int, memcmp(head.incarnation, s->run.incarnation, SMK_INCARNATION_BYTES), 0));
    cr_assert(eq(int, head.state, SMK_LEAF_WHOLE));
    cr_assert(not(head.has_cut));
    test_log_free(s);
}

/* ---- every refusal ---- */

typedef void spoil_fn(struct test_log *s, struct smk_header *h);

static void spoil_scope(struct test_log *s, struct smk_header *h)
{
    (void)s;
    h->scope = smk_scope_of("prov:03");
}

static void spoil_incarnation(struct test_log *s, struct smk_header *h)
{
    (void)s;
    h->incarnation[0] ^= 1;
}

static void spoil_author(struct test_log *s, struct smk_header *h)
{
    s->run.device = &s->world.sec;
    memcpy(h->author, s->world.sec.sign.public_key, sizeof h->author);
}

static void spoil_incarnation_end(struct test_log *s, struct smk_header *h)
{
    (void)s;
    h->incarnation[SMK_INCARNATION_BYTES - 1] ^= 1;
}

static void spoil_scope_held(struct test_log *s, struct smk_header *h)
{
    (void)s;
    h->scope = smk_scope_of("nat");
}

static void spoil_seq_up(struct test_log *s, struct smk_header *h)
{
    (void)s;
    h->seq++;
}

static void spoil_seq_down(struct test_log *s, struct smk_header *h)
{
    (void)s;
    h->seq -= 2;
}

static void spoil_seq_same(struct test_log *s, struct smk_header *h)
{
    h->seq--;
    memcpy(h->prev, s->run.record[s->run.count - 2].id, sizeof h->prev);
}

static void spoil_prev(struct test_log *s, struct smk_header *h)
{
    memcpy(h->prev, s->run.record[s->run.count - 2].id, sizeof h->prev);
}

static void spoil_time_same(struct test_log *s, struct smk_header *h)
{
    h->time = s->run.record[s->run.count - 1].header.time;
}

static void spoil_time_down(struct test_log *s, struct smk_header *h)
{
    h->time = s->run.record[s->run.count - 1].header.time - 1;
}

static void spoil_type(struct test_log *s, struct smk_header *h)
{
    (void)s;
    h->type = SMK_RECORD_OPEN;
}

static void push_edit(struct test_log *s, spoil_fn *spoil)
{
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_header h = test_run_next(&s->run, SMK_RECORD_EDIT);
    spoil(s, &h);
    if (h.type == SMK_RECORD_OPEN)
        test_pack(&payload, "{'heads' [] 'under' [] 'reason' 'x'}", NULL);
    else
        test_edit_payload(&payload, 1, 1);
    test_run_push(&s->run, &h, smk_buf_view(&payload));
    smk_buf_deinit(&payload);
}

Test(log, what_does_not_follow_is_refused_after_what_does)
{
    static const struct {
        spoil_fn *spoil;
        enum smk_err err;
        const char *why;
    } row[] = {
        {spoil_scope, SMK_ERR_NOT_ENTITLED, "a scope that is not held"},
        {spoil_scope_held, SMK_ERR_GAP, "another log of a scope that is held"},
        {spoil_author, SMK_ERR_GAP, "the log of somebody else"},
        {spoil_incarnation, SMK_ERR_GAP, "another log"},
        {spoil_incarnation_end, SMK_ERR_GAP, "another log, which its last byte tells"},
        {spoil_seq_up, SMK_ERR_GAP, "one is missing"},
        {spoil_seq_down, SMK_ERR_GAP, "an older place"},
        {spoil_seq_same, SMK_ERR_FORKED, "the place of the one before"},
        {spoil_prev, SMK_ERR_BAD_PREV, "another predecessor"},
        {spoil_time_same, SMK_ERR_BAD_TIME, "the same time"},
        {spoil_time_down, SMK_ERR_BAD_TIME, "an earlier time"},
        {spoil_type, SMK_ERR_BAD_OPEN, "a second open"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        for (size_t split = 0; split < 2; split++) { /* in one run, and as the first record of a second run */
            struct test_log *s = test_log_new("prov:02");
            test_run_fill(&s->run, 5);
            if (split == 1)
                expect(s, 0, SMK_OK, 5, "before");
            push_edit(s, row[i].spoil);
            expect(s, split * 5, row[i].err, split == 1 ? 0 : 5, row[i].why);
            test_log_free(s);
        }
    }
}

Test(log, author_must_be_known_and_hold_the_scope)
{
    static const struct {
        const char *scope;
        enum smk_err err;
    } row[] = {
        {"prov:02", SMK_OK},
        {"dm:0201", SMK_OK},
        {"gov", SMK_OK},
        {"wit:gov", SMK_OK},
        {"org:ctod", SMK_OK},
        {"prov:03", SMK_ERR_NOT_ENTITLED},
        {"dm:0301", SMK_ERR_NOT_ENTITLED},
        {"org:sec", SMK_ERR_NOT_ENTITLED},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct test_log *s = test_log_new(row[i].scope);
        test_run_fill(&s->run, 3);
        expect(s, 0, row[i].err, row[i].err == SMK_OK ? 3 : 0, row[i].scope);
        test_log_free(s);
    }
    struct test_log *s = test_log_new("pub");
    struct test_coalition stranger;
    test_run_fill(&s->run, 3);
    test_coalition_init(&stranger, 1, 1);
    enum smk_err err =
        smk_log_take_run(&s->log, stranger.roster, s->run.record, 3, &s->log, &s->taken, s->is_bad);
    cr_assert(eq(int, err, SMK_ERR_UNKNOWN_AUTHOR));
    cr_assert(eq(sz, s->taken, 0));
    test_coalition_deinit(&stranger);
    test_log_free(s);
}

Test(log, a_false_fork_accuses_nobody)
{
    struct test_log *s = test_log_new("prov:02");
    test_run_fill(&s->run, 3);
    expect(s, 0, SMK_OK, 3, "before");
    push_edit(s, spoil_seq_same);
    test_run_spoil_signature(&s->run);
    expect(s, 3, SMK_ERR_BAD_SIGNATURE, 0, "another record at a held place, not signed by the author");
    test_log_free(s);
}

Test(log, the_head_itself_again_is_a_gap)
{
    struct test_log *s = test_log_new("prov:02");
    test_run_fill(&s->run, 3);
    expect(s, 0, SMK_OK, 3, "before");
    enum smk_err err = smk_log_take_run(&s->log, s->world.coalition.roster, &s->run.record[2], 1, &s->log,
                                        &s->taken, s->is_bad);
    cr_assert(eq(int, err, SMK_ERR_GAP)); /* duplicates are the caller's to skip */
    cr_assert(eq(u64, s->log.seq, 3));
    test_log_free(s);
}

Test(log, refusals_come_in_the_order_of_the_rules)
{
    /* a record that breaks every rule at once, mended rule by rule */
    struct test_log *s = test_log_new("prov:03");
    struct test_coalition empty;
    test_coalition_init(&empty, 1, 1);
    test_run_fill(&s->run, 2);
    struct smk_record r = s->run.record[1];
    struct smk_log log = s->log;
    log.seq = 7;
    log.tree.size = 7;
    log.time = UINT64_MAX;
    bool is_bad;
    r.salt[0] ^= 1;
    struct smk_roster *none = empty.roster, *all = s->world.coalition.roster;
    cr_assert(eq(int, smk_log_take_run(&log, none, &r, 1, &s->log, &s->taken, &is_bad), SMK_ERR_BAD_HASH));
    r.salt[0] ^= 1;
    cr_assert(
        eq(int, smk_log_take_run(&log, none, &r, 1, &s->log, &s->taken, &is_bad), SMK_ERR_UNKNOWN_AUTHOR));
    cr_assert(eq(int, smk_log_take_run(&log, all, &r, 1, &s->log, &s->taken, &is_bad), SMK_ERR_NOT_ENTITLED));
    uint8_t hash[SMK_HASH_BYTES];
    struct smk_decision d = test_organisation("ctod", "member", "03");
    uint8_t old[SMK_HASH_BYTES];
    struct smk_bytes slug = smk_bytes_of_text("ctod");
    cr_assert(eq(sz, smk_roster_in_force(all, SMK_DECIDE_ORGANISATION, slug, &old, 1), 1));
    test_replace(&d, old);
    test_decide(&s->world.coalition, &d, hash);
    cr_assert(eq(int, smk_log_take_run(&log, all, &r, 1, &s->log, &s->taken, &is_bad), SMK_ERR_GAP));
    log.seq = log.tree.size = 1;
    r.header.type = SMK_RECORD_OPEN; /* with an edit's payload: rule 1 again */
    cr_assert(eq(int, smk_log_take_run(&log, all, &r, 1, &s->log, &s->taken, &is_bad), SMK_ERR_MALFORMED));
    r.header.type = SMK_RECORD_EDIT;
    cr_assert(eq(int, smk_log_take_run(&log, all, &r, 1, &s->log, &s->taken, &is_bad), SMK_ERR_BAD_PREV));
    memcpy(log.id, r.header.prev, sizeof log.id);
    cr_assert(eq(int, smk_log_take_run(&log, all, &r, 1, &s->log, &s->taken, &is_bad), SMK_ERR_BAD_TIME));
    log.time = r.header.time - 1;
    r.signature[0] ^= 1;
    cr_assert(eq(int, smk_log_take_run(&log, all, &r, 1, &s->log, &s->taken, &is_bad), SMK_ERR_NOT_COVERED));
    r.signature[0] ^= 1;
    cr_assert(eq(int, smk_log_take_run(&log, all, &r, 1, &s->log, &s->taken, &is_bad), SMK_OK));
    test_coalition_deinit(&empty);
    test_log_free(s);
}
