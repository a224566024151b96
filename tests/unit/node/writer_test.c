#include "node/writer.h"

#include "node/log.h"
#include "proto/hash.h"
#include "store/local.h"
#include "tests/support/stores.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCHES = 12, LONG_MS = 60 * 1000 };

/* A founder with BATCHES full batches of records, and a member whose writer takes them. */
struct busy {
    struct test_dir dir;
    struct smk_home founder, member;
    struct test_mail mail;
    uv_loop_t loop;
    struct smk_writer *writer;
    unsigned good; /* batches reported as stored, */
    uint64_t records;
    unsigned bad; /* and as refused */
};

static void on_done(void *ctx, const struct smk_job_result *result)
{
    struct busy *b = ctx;
    b->good += result->err == SMK_OK;
    b->bad += result->err != SMK_OK;
    b->records += result->stored.new_records;
}

static void busy_init(struct busy *b)
{
    *b = (struct busy){0};
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    smk_log_set_level(SMK_LOG_ERROR);
    test_dir_init(&b->dir);
    test_home_found(&b->dir, "founder", &b->founder);
    test_home_decide(&b->founder, "ctod", "member", "02", "ctod-editor", "member_editor");
    test_home_join(&b->dir, "member", &b->founder, "ctod", "ctod-editor", &b->member);
    for (unsigned i = 0; i < BATCHES; i++)
        cr_assert(eq(int, test_put(&b->founder, "nat", SMK_BATCH_RECORDS_MAX), SMK_OK));
    (void)test_carry(b->founder.store, b->member.store, "gov");
    test_mail_of(b->founder.store, "nat", &b->mail);
    cr_assert(ge(sz, b->mail.count, BATCHES));
    cr_assert(eq(int, uv_loop_init(&b->loop), 0));
    cr_assert(eq(int, smk_writer_new(&b->loop, &b->member, on_done, b, &b->writer), SMK_OK));
}

/* Everything at once, as links hand it in. */
static void busy_put(struct busy *b)
{
    for (size_t i = 0; i < b->mail.count; i++) {
        struct smk_batch batch = {.ticket = i + 1, .records_message = smk_buf_view(&b->mail.message[i])};
        cr_assert(smk_writer_put_batch(b->writer, 1, &batch));
    }
}

static void busy_deinit(struct busy *b)
{
    (void)uv_run(&b->loop, UV_RUN_DEFAULT);
    cr_assert(eq(int, uv_loop_close(&b->loop), 0));
    test_mail_deinit(&b->mail);
    smk_home_close(&b->founder);
    smk_home_close(&b->member);
    test_dir_deinit(&b->dir);
}

static uint64_t held(struct busy *b)
{
    return test_store_records(b->member.store);
}

Test(writer, stores_what_it_is_given_and_reports_each_batch, .timeout = 120)
{
    struct busy b;
    busy_init(&b);
    uint64_t before = held(&b);
    busy_put(&b);
    for (unsigned i = 0; i < LONG_MS && b.good + b.bad < b.mail.count; i++)
        (void)uv_run(&b.loop, UV_RUN_ONCE);
    cr_assert(eq(u32, b.good, (unsigned)b.mail.count));
    cr_assert(eq(u64, held(&b), before + b.records));
    cr_assert(smk_writer_stop(b.writer, LONG_MS));
    busy_deinit(&b);
}

Test(writer, forgets_what_waits_when_it_is_stopped, .timeout = 120)
{
    struct busy b;
    struct timespec from, to;
    busy_init(&b);
    uint64_t before = held(&b);
    busy_put(&b);
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    while (!smk_writer_stop(b.writer, 0)) /* at work, so it does not end at once */
        cr_assert(eq(u32, b.good + b.bad, 0), "reported before it had ended");
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    long took_ms = (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
    printf("a busy writer stopped after %ld ms, %u of %zu batches stored\n", took_ms, b.good, b.mail.count);
    cr_assert(eq(u32, b.bad, 0));
    cr_assert(le(u32, b.good, 4), "%u batches were worked off after the stop", b.good); /* one group */
    cr_assert(eq(u64, held(&b), before + b.records)); /* what was reported is there, and nothing else */
    busy_deinit(&b);
}

/* The thread takes one group at most before the queue is measured, and 1 MiB more than the limit waits behind it. */
Test(writer, says_that_it_is_full_until_it_has_caught_up, .timeout = 120)
{
    enum { MESSAGE_BYTES = 1024 * 1024 };
    struct busy b;
    busy_init(&b);
    uint8_t *nothing = calloc(1, MESSAGE_BYTES); /* no batch at all: refused as soon as it is looked at */
    struct smk_batch batch = {.records_message = {nothing, MESSAGE_BYTES}};
    size_t count = (SMK_WRITER_BYTES_HIGH + SMK_WRITER_GROUP_BYTES) / MESSAGE_BYTES + 2;
    cr_assert(not(smk_writer_is_full(b.writer)));
    busy_put(&b); /* real ones first, so that the thread has to sync before it sees the others */
    bool was_full = false;
    for (size_t i = 0; i < count; i++) {
        cr_assert(smk_writer_put_batch(b.writer, 1, &batch));
        was_full = was_full || smk_writer_is_full(b.writer);
    }
    cr_assert(was_full);
    for (unsigned i = 0; i < LONG_MS && b.good + b.bad < b.mail.count + count; i++)
        (void)uv_run(&b.loop, UV_RUN_ONCE);
    cr_assert(eq(u32, b.bad, (unsigned)count));
    cr_assert(not(smk_writer_is_full(b.writer)));
    cr_assert(smk_writer_stop(b.writer, LONG_MS));
    free(nothing);
    busy_deinit(&b);
}

Test(writer, keeps_the_receipt_of_a_session, .timeout = 120)
{
    static const uint8_t body[] = {0x94, 1, 2, 3, 4};
    struct busy b;
    struct smk_peer_row row;
    struct smk_session_status status = {.reason = ""};
    struct smk_sync_receipt receipt = {.body = SMK_BYTES(body), .digest = {7}};
    busy_init(&b);
    memcpy(status.peer_sign_key, b.founder.identity.sign.public_key, SMK_KEY_BYTES);
    memset(receipt.initiator_signature, 1, SMK_SIGNATURE_BYTES);
    memset(receipt.responder_signature, 2, SMK_SIGNATURE_BYTES);
    cr_assert(smk_writer_put_receipt(b.writer, &status, &receipt));
    for (unsigned i = 0; i < LONG_MS && b.good + b.bad < 1; i++)
        (void)uv_run(&b.loop, UV_RUN_ONCE);
    cr_assert(eq(u32, b.good, 1));
    cr_assert(eq(int, smk_local_get_peer(b.member.store, status.peer_sign_key, &row), SMK_OK));
    cr_assert(gt(u64, row.receipt_ms, 0));
    cr_assert(eq(int, memcmp(row.receipt_digest, receipt.digest, sizeof row.receipt_digest), 0));
    cr_assert(eq(sz, row.receipt.len, 1 + 2 + sizeof body + 2 * (2 + SMK_SIGNATURE_BYTES)));
    cr_assert(eq(int, memcmp(row.receipt.data + 3, body, sizeof body), 0)); /* what both have signed */
    smk_buf_deinit(&row.receipt);
    cr_assert(smk_writer_stop(b.writer, LONG_MS));
    busy_deinit(&b);
}
