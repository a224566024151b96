#include "store/store.h"

#include "proto/batch.h"
#include "proto/hash.h"
#include "store/inside.h"
#include "tests/support/builders.h"
#include "tests/support/fault.h"
#include "tests/support/stores.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(take, .init = start_crypto, .timeout = 120);

/* A store that knows the decisions of a made-up coalition. */
struct scene {
    struct test_dir dir;
    struct test_world world;
    struct smk_store *store;
    struct test_run gov; /* the log that carried the decisions */
};

static struct smk_store *open_at(const char *folder)
{
    struct smk_store *s = NULL;
    struct smk_store_options options = {.path = folder, .map_bytes = 1 << 16};
    cr_assert(eq(int, smk_store_open(&options, &s), SMK_OK));
    return s;
}

/* A message with records first..first+count of a run. */
static struct smk_buf message_of(const struct test_run *run, size_t first, size_t count)
{
    struct smk_batch_writer w;
    struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
    smk_batch_writer_init(&w, &run->scope);
    for (size_t i = first; i < first + count; i++)
        smk_batch_writer_add(&w, &run->record[i]);
    cr_assert(eq(int, smk_batch_writer_finish(&w, 1, &b), SMK_OK));
    smk_batch_writer_deinit(&w);
    return b;
}

static enum smk_err take(struct smk_store *s, struct smk_buf *messages, size_t count,
                         struct smk_store_verdict *ret_verdicts)
{
    struct smk_bytes view[8] = {{0}};
    for (size_t i = 0; i < count; i++)
        view[i] = smk_buf_view(&messages[i]);
    enum smk_err err = smk_store_take(s, view, count, ret_verdicts);
    for (size_t i = 0; i < count; i++)
        smk_buf_deinit(&messages[i]);
    return err;
}

static struct smk_store_verdict take_run(struct smk_store *s, const struct test_run *run, size_t first,
                                         size_t count)
{
    struct smk_store_verdict verdict;
    struct smk_buf message = message_of(run, first, count);
    cr_assert(eq(int, take(s, &message, 1, &verdict), SMK_OK));
    return verdict;
}

/* Appends the decision about an organisation, an office or a device to the secretariat's log. */
static void push_decision(struct scene *s, const struct smk_decision *d)
{
    struct smk_buf payload = {.max = 2 * SMK_DECISION_BYTES_MAX};
    uint8_t hash[SMK_HASH_BYTES];
    test_decision_payload(&s->world.coalition, d, &payload, hash);
    struct smk_header h = test_run_next(&s->gov, SMK_RECORD_DECISION);
    test_run_push(&s->gov, &h, smk_buf_view(&payload));
    smk_buf_deinit(&payload);
}

static struct scene *scene_new(void)
{
    struct scene *s = calloc(1, sizeof *s);
    cr_assert(ne(ptr, s, NULL));
    test_dir_init(&s->dir);
    test_world_init(&s->world);
    struct test_path folder = test_dir_at(&s->dir, "s");
    cr_assert(eq(int, smk_store_create(folder.text, smk_buf_view(&s->world.coalition.genesis)), SMK_OK));
    s->store = open_at(folder.text);
    test_run_init(&s->gov, &s->world.coalition, &s->world.sec, "gov", 1);
    test_run_open(&s->gov);
    struct smk_decision d[] = {
        test_organisation("sec", "secretariat", ""),
        test_office("sec-approver", "sec", "secretariat_approver", ""),
        test_device(&s->world.sec, "sec", "sec-approver"),
        test_organisation("ctod", "member", "02"),
        test_office("ctod-editor", "ctod", "member_editor", ""),
        test_device(&s->world.ctod, "ctod", "ctod-editor"),
    };
    for (size_t i = 0; i < sizeof d / sizeof d[0]; i++)
        push_decision(s, &d[i]);
    return s;
}

static void scene_free(struct scene *s)
{
    test_run_deinit(&s->gov);
    smk_store_close(s->store);
    test_world_deinit(&s->world);
    test_dir_deinit(&s->dir);
    free(s);
}

static void take_decisions(struct scene *s)
{
    struct smk_store_verdict v = take_run(s->store, &s->gov, 0, s->gov.count);
    cr_assert(eq(int, v.err, SMK_OK), "%s", smk_err_name(v.err));
    cr_assert(eq(u64, v.new_records, s->gov.count));
}

Test(take, reads_the_decisions_of_a_batch_before_it_judges_the_authors)
{
    struct scene *s = scene_new();
    struct test_run run;
    test_run_init(&run, &s->world.coalition, &s->world.ctod, "prov:02", 1);
    test_run_fill(&run, 5);
    cr_assert(eq(int, take_run(s->store, &run, 0, 5).err, SMK_ERR_UNKNOWN_AUTHOR));
    take_decisions(s);
    struct smk_store_verdict v = take_run(s->store, &run, 0, 5);
    cr_assert(eq(int, v.err, SMK_OK));
    cr_assert(eq(u64, v.new_records, 5));
    cr_assert(eq(u64, v.duplicates, 0));
    test_run_deinit(&run);
    scene_free(s);
}

Test(take, skips_duplicates_and_goes_on_behind_them)
{
    struct scene *s = scene_new();
    struct test_run run;
    take_decisions(s);
    test_run_init(&run, &s->world.coalition, &s->world.ctod, "prov:02", 1);
    test_run_fill(&run, 10);
    cr_assert(eq(u64, take_run(s->store, &run, 0, 4).new_records, 4));
    uint64_t moment = smk_store_moment(s->store);
    struct smk_store_verdict v = take_run(s->store, &run, 1, 3);
    cr_assert(eq(u64, v.duplicates, 3));
    cr_assert(eq(u64, v.new_records, 0));
    cr_assert(eq(int, v.err, SMK_OK));
    cr_assert(eq(u64, smk_store_moment(s->store), moment), "nothing new is no commit");
    v = take_run(s->store, &run, 2, 8);
    cr_assert(eq(u64, v.duplicates, 2));
    cr_assert(eq(u64, v.new_records, 6));
    cr_assert(eq(int, v.err, SMK_OK));
    v = take_run(s->store, &run, 0, 10);
    cr_assert(eq(u64, v.duplicates, 10));
    test_run_deinit(&run);
    scene_free(s);
}

Test(take, refuses_a_gap_and_keeps_the_good_part_of_a_run)
{
    struct scene *s = scene_new();
    struct test_run run;
    take_decisions(s);
    test_run_init(&run, &s->world.coalition, &s->world.ctod, "prov:02", 1);
    test_run_fill(&run, 6);
    test_run_edit(&run, 10);
    test_run_spoil_signature(&run);
    cr_assert(eq(int, take_run(s->store, &run, 3, 2).err, SMK_ERR_GAP));
    struct smk_store_verdict v = take_run(s->store, &run, 0, 7);
    cr_assert(eq(int, v.err, SMK_ERR_NOT_COVERED));
    cr_assert(eq(u64, v.new_records, 6));
    test_run_deinit(&run);
    scene_free(s);
}

Test(take, reports_a_fork_only_against_a_signature_of_the_author)
{
    struct scene *s = scene_new();
    struct test_run run, other;
    uint8_t log_id[SMK_ID_BYTES];
    take_decisions(s);
    test_run_init(&run, &s->world.coalition, &s->world.ctod, "prov:02", 1);
    test_run_fill(&run, 6);
    test_run_init(&other, &s->world.coalition, &s->world.ctod, "prov:02", 1);
    test_run_fill(&other, 3);
    test_run_edit(&other, 77); /* seq 4 is another record here */
    cr_assert(eq(u64, take_run(s->store, &run, 0, 6).new_records, 6));
    test_run_spoil_signature(&other);
    struct smk_store_verdict v = take_run(s->store, &other, 0, 4);
    cr_assert(eq(int, v.err, SMK_ERR_BAD_SIGNATURE));
    cr_assert(not(v.has_fork));
    cr_assert(not(v.has_conflict)); /* what is before it is the same */
    test_run_edit(&other, 10);      /* covers it */
    v = take_run(s->store, &other, 0, 5);
    smk_log_id(run.device->sign.public_key, run.incarnation, &run.scope, log_id);
    cr_assert(eq(int, v.err, SMK_ERR_FORKED));
    cr_assert(v.has_fork);
    cr_assert(eq(int, memcmp(v.fork_log_id, log_id, sizeof log_id), 0));
    cr_assert(eq(u64, v.new_records, 0));
    v = take_run(s->store, &other, 0, 5);
    cr_assert(eq(int, v.err, SMK_ERR_FORKED));
    cr_assert(not(v.has_fork)); /* it is known */
    test_run_deinit(&run);
    test_run_deinit(&other);
    scene_free(s);
}

Test(take, judges_each_batch_of_a_group_by_itself)
{
    struct scene *s = scene_new();
    struct test_run good, foreign, bad;
    struct smk_store_verdict v[5];
    take_decisions(s);
    test_run_init(&good, &s->world.coalition, &s->world.ctod, "prov:02", 1);
    test_run_fill(&good, 8);
    test_run_init(&foreign, &s->world.coalition, &s->world.ctod, "prov:03", 1); /* not its province */
    test_run_fill(&foreign, 3);
    test_run_init(&bad, &s->world.coalition, &s->world.sec, "nat", 1);
    test_run_fill(&bad, 2);
    test_run_spoil_signature(&bad);
    struct smk_buf messages[5] = {
        message_of(&good, 0, 4), message_of(&foreign, 0, 3),
        message_of(&good, 4, 4), /* rests on the first of this very group */
        message_of(&bad, 0, 2),  {.max = 16},
    };
    smk_buf_write(&messages[4], "\xc1 rubbish", 9);
    cr_assert(eq(int, take(s->store, messages, 5, v), SMK_OK));
    cr_assert(eq(int, v[0].err, SMK_OK));
    cr_assert(eq(u64, v[0].new_records, 4));
    cr_assert(eq(int, v[1].err, SMK_ERR_NOT_ENTITLED));
    cr_assert(eq(u64, v[1].new_records, 0));
    cr_assert(eq(int, v[2].err, SMK_OK));
    cr_assert(eq(u64, v[2].new_records, 4));
    cr_assert(eq(int, v[3].err, SMK_ERR_NOT_COVERED));
    cr_assert(eq(u64, v[3].new_records, 1));
    cr_assert(eq(int, v[4].err, SMK_ERR_NOT_CANONICAL));
    cr_assert(eq(u64, test_store_records(s->store), s->gov.count + 8 + 1));
    test_run_deinit(&good);
    test_run_deinit(&foreign);
    test_run_deinit(&bad);
    scene_free(s);
}

Test(take, lets_nothing_rest_on_decisions_that_were_not_stored)
{
    struct scene *s = scene_new();
    struct test_run run;
    struct smk_store_verdict v[2];
    take_decisions(s);
    /* all about bavel, behind a gap of their log; then records of bavel, in the same group and in the next */
    struct smk_decision about[] = {
        test_organisation("as", "member", "02"), /* the one that is missing: bavel does not rest on it */
        test_organisation("bavel", "sna_dm", "0202"),
        test_office("bavel-clerk", "bavel", "sna_clerk", ""),
        test_device(&s->world.bavel, "bavel", "bavel-clerk"),
    };
    for (size_t i = 0; i < sizeof about / sizeof about[0]; i++)
        push_decision(s, &about[i]);
    test_run_init(&run, &s->world.coalition, &s->world.bavel, "dm:0202", 1);
    test_run_fill(&run, 3);
    struct smk_buf messages[2] = {message_of(&s->gov, s->gov.count - 3, 3), message_of(&run, 0, 3)};
    cr_assert(eq(int, take(s->store, messages, 2, v), SMK_OK));
    cr_assert(eq(int, v[0].err, SMK_ERR_GAP));
    cr_assert(eq(int, v[1].err, SMK_ERR_UNKNOWN_AUTHOR));
    cr_assert(eq(int, take_run(s->store, &run, 0, 3).err, SMK_ERR_UNKNOWN_AUTHOR));
    cr_assert(eq(u64, take_run(s->store, &s->gov, 0, s->gov.count).new_records, 4));
    cr_assert(eq(u64, take_run(s->store, &run, 0, 3).new_records, 3));
    test_run_deinit(&run);
    scene_free(s);
}

Test(take, marks_covered_bad_signatures_and_holes)
{
    struct scene *s = scene_new();
    struct test_run run;
    take_decisions(s);
    test_run_init(&run, &s->world.coalition, &s->world.ctod, "prov:02", 1);
    test_run_fill(&run, 3);
    test_run_edit(&run, 5);
    test_run_spoil_signature(&run);
    test_run_edit(&run, 5);
    test_run_edit(&run, 5);
    test_run_drop_payload(&run, 5);
    cr_assert(eq(u64, take_run(s->store, &run, 0, 6).new_records, 6));
    uint8_t log_id[SMK_ID_BYTES];
    struct smk_txn t;
    struct smk_log log;
    uint32_t log_no;
    smk_log_id(run.device->sign.public_key, run.incarnation, &run.scope, log_id);
    smk_txn_begin_read(&t, s->store->db);
    cr_assert(smk_txn_find_log(&t, log_id, &log_no, &log));
    cr_assert(eq(int, smk_txn_end(&t), SMK_OK));
    cr_assert(eq(u64, log.seq, 6));
    cr_assert(eq(u64, log.verified_through, 3));
    cr_assert(eq(u64, log.bad_signatures, 1));
    cr_assert(eq(u64, log.holes, 1));
    cr_assert(eq(u64, log.time, run.record[5].header.time));
    test_run_deinit(&run);
    scene_free(s);
}

Test(take, takes_no_more_than_1024_logs_of_a_device_and_scope)
{
    struct scene *s = scene_new();
    struct smk_store_verdict v;
    take_decisions(s);
    for (uint64_t i = 0; i <= SMK_LOGS_PER_DEVICE_SCOPE_MAX; i++) {
        struct test_run run;
        test_run_init(&run, &s->world.coalition, &s->world.ctod, "prov:02", i + 10);
        test_run_open(&run);
        v = take_run(s->store, &run, 0, 1);
        enum smk_err expected = i < SMK_LOGS_PER_DEVICE_SCOPE_MAX ? SMK_OK : SMK_ERR_TOO_BIG_HERE;
        cr_assert(eq(int, v.err, expected), "log %zu", (size_t)i);
        test_run_deinit(&run);
        if (i == 500) { /* counted anew from the file */
            smk_store_close(s->store);
            s->store = open_at(test_dir_at(&s->dir, "s").text);
        }
    }
    struct test_run other;
    test_run_init(&other, &s->world.coalition, &s->world.ctod, "nat", 5);
    test_run_open(&other);
    cr_assert(eq(int, take_run(s->store, &other, 0, 1).err, SMK_OK), "another scope");
    test_run_deinit(&other);
    scene_free(s);
}

Test(take, survives_every_failing_allocation)
{
    struct scene *s = scene_new();
    struct test_run run;
    take_decisions(s);
    test_run_init(&run, &s->world.coalition, &s->world.ctod, "prov:02", 1);
    test_run_fill(&run, 4);
    enum smk_err err = SMK_ERR_NOMEM;
    unsigned long n = 0;
    for (; n < 5000 && err != SMK_OK; n++) {
        struct smk_store_verdict v = {0};
        struct smk_buf message = message_of(&run, 0, 4);
        struct smk_bytes view = smk_buf_view(&message);
        test_fault_begin(n % 2 == 0 ? TEST_FAULT_ONCE : TEST_FAULT_STICKY, n / 2);
        err = smk_store_take(s->store, &view, 1, &v);
        test_fault_end();
        smk_buf_deinit(&message);
        cr_assert(err == SMK_OK || err == SMK_ERR_NOMEM, "%s", smk_err_name(err));
        if (err != SMK_OK)
            cr_assert(eq(u64, test_store_records(s->store), s->gov.count));
        else if (test_fault_hits() == 0)
            cr_assert(eq(u64, v.new_records, 4));
    }
    cr_assert(eq(int, err, SMK_OK));
    cr_assert(gt(ulong, n, 10));
    cr_assert(eq(u64, test_store_records(s->store), s->gov.count + 4));
    test_run_deinit(&run);
    scene_free(s);
}
