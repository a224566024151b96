#include "proto/batch.h"

#include "proto/hash.h"
#include "proto/mem.h"
#include "tests/support/builders.h"
#include "tests/support/fault.h"
#include "tests/support/notation.h"
#include "tests/support/strict.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(batch, .init = start_crypto);

/* Two logs of one scope. */
struct logs {
    struct test_world w;
    struct test_run *a;
    struct test_run *b;
};

static void logs_init(struct logs *l, size_t count)
{
    test_world_init(&l->w);
    l->a = malloc(sizeof *l->a);
    l->b = malloc(sizeof *l->b);
    test_run_init(l->a, &l->w.coalition, &l->w.ctod, "pub", 1);
    test_run_init(l->b, &l->w.coalition, &l->w.sec, "pub", 2);
    test_run_fill(l->a, count);
    test_run_fill(l->b, count);
}

static void logs_deinit(struct logs *l)
{
    test_run_deinit(l->a);
    test_run_deinit(l->b);
    free(l->a);
    free(l->b);
    test_world_deinit(&l->w);
}

static void write_records(struct smk_buf *b, const struct smk_record *const *record, size_t count,
                          uint64_t number)
{
    struct smk_batch_writer w;
    smk_batch_writer_init(&w, &record[0]->header.scope);
    for (size_t i = 0; i < count; i++) {
        cr_assert(smk_batch_writer_has_room(&w, record[i]));
        smk_batch_writer_add(&w, record[i]);
    }
    cr_assert(eq(int, smk_batch_writer_finish(&w, number, b), SMK_OK));
    smk_batch_writer_deinit(&w);
}

static bool is_same_record(const struct smk_record *a, const struct smk_record *b)
{
    return smk_bytes_is_equal(a->header_bytes, b->header_bytes) && memcmp(a->id, b->id, SMK_ID_BYTES) == 0 &&
           memcmp(a->signature, b->signature, SMK_SIGNATURE_BYTES) == 0 && a->has_payload == b->has_payload &&
           memcmp(a->salt, b->salt, SMK_SALT_BYTES) == 0 && smk_bytes_is_equal(a->payload, b->payload);
}

/* ---- there and back ---- */

Test(batch, records_come_back_as_they_were)
{
    struct logs l;
    struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
    struct smk_batch_reader r = {0};
    logs_init(&l, 6);
    test_run_drop_payload(l.a, 3);
    const struct smk_record *const record[] = {
        &l.a->record[0], &l.a->record[1],
        &l.a->record[2], &l.a->record[3], /* a run from the start, with a hole */
        &l.b->record[4], &l.b->record[5], /* one from the middle */
        &l.a->record[5],                  /* the first log again, after a gap */
    };
    static const struct {
        size_t first, count, prev_of;
    } run[] = {{0, 4, 0}, {4, 2, 3}, {6, 1, 4}};
    write_records(&b, record, 7, 42);
    cr_assert(eq(int, smk_batch_reader_init(&r, smk_buf_view(&b)), SMK_OK));
    cr_assert(eq(u64, r.number, 42));
    cr_assert(eq(str, r.scope.text, "pub"));
    cr_assert(eq(sz, r.run_count, 3));
    for (size_t i = 0; i < 3; i++) {
        struct smk_batch_run head = smk_batch_reader_run(&r, i);
        const struct smk_record *first = record[run[i].first];
        cr_assert(eq(sz, head.count, run[i].count));
        cr_assert(eq(u64, head.first_seq, first->header.seq));
        cr_assert(eq(int, memcmp(head.author, first->header.author, SMK_KEY_BYTES), 0));
        cr_assert(eq(int, memcmp(head.incarnation, first->header.incarnation, SMK_INCARNATION_BYTES), 0));
        for (size_t skip = 0; skip <= head.count; skip++) { /* also when the first ones are held already */
            struct smk_record got[4];
            const struct test_run *log =
                first->header.author[0] == l.a->record[0].header.author[0] ? l.a : l.b;
            uint64_t seq = head.first_seq + skip;
            const uint8_t *prev = seq > 1 && seq <= log->count ? log->record[seq - 2].id : NULL;
            static const uint8_t zeros[SMK_ID_BYTES];
            cr_assert(
                eq(int, smk_batch_reader_records(&r, i, skip, prev != NULL ? prev : zeros, got), SMK_OK));
            for (size_t k = skip; k < head.count; k++)
                cr_assert(is_same_record(&got[k - skip], record[run[i].first + k]), "run %zu, item %zu", i,
                          k);
        }
    }
    smk_batch_reader_deinit(&r);
    smk_buf_deinit(&b);
    logs_deinit(&l);
}

Test(batch, another_head_before_a_run_makes_other_records)
{
    struct logs l;
    struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
    struct smk_batch_reader r = {0};
    struct smk_record got[2];
    logs_init(&l, 3);
    const struct smk_record *const record[] = {&l.a->record[1], &l.a->record[2]};
    write_records(&b, record, 2, 1);
    cr_assert(eq(int, smk_batch_reader_init(&r, smk_buf_view(&b)), SMK_OK));
    cr_assert(eq(int, smk_batch_reader_records(&r, 0, 0, l.b->record[0].id, got), SMK_OK));
    for (size_t i = 0; i < 2; i++)
        cr_assert(not(smk_record_is_signed(&got[i], l.w.coalition.id)));
    smk_batch_reader_deinit(&r);
    smk_buf_deinit(&b);
    logs_deinit(&l);
}

static void count_decision(void *ctx, struct smk_bytes payload)
{
    size_t *sum = ctx;
    *sum += payload.len;
}

Test(batch, decisions_are_found_in_every_run)
{
    struct logs l;
    struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX}, payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_batch_reader r = {0};
    uint8_t hash[SMK_HASH_BYTES];
    size_t sum = 0;
    logs_init(&l, 2);
    struct smk_decision d = test_organisation("neary", "member", "04");
    test_decision_payload(&l.w.coalition, &d, &payload, hash);
    struct smk_header h = test_run_next(l.a, SMK_RECORD_DECISION);
    test_run_push(l.a, &h, smk_buf_view(&payload));
    h = test_run_next(l.b, SMK_RECORD_DECISION);
    test_run_push(l.b, &h, smk_buf_view(&payload));
    h = test_run_next(l.b, SMK_RECORD_DECISION);
    test_run_push(l.b, &h, smk_buf_view(&payload));
    test_run_drop_payload(l.b, 3);
    const struct smk_record *const record[] = {&l.a->record[1], &l.a->record[2], &l.b->record[1],
                                               &l.b->record[2], &l.b->record[3]};
    write_records(&b, record, 5, 1);
    cr_assert(eq(int, smk_batch_reader_init(&r, smk_buf_view(&b)), SMK_OK));
    smk_batch_reader_each_decision(&r, count_decision, &sum);
    cr_assert(eq(sz, sum, 2 * payload.len)); /* not the hole */
    smk_batch_reader_deinit(&r);
    smk_buf_deinit(&payload);
    smk_buf_deinit(&b);
    logs_deinit(&l);
}

/* ---- limits ---- */

Test(batch, a_writer_has_room_up_to_its_limits_and_never_makes_a_message_too_long, .timeout = 30)
{
    struct logs l;
    struct smk_batch_writer w;
    struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX}, payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_batch_reader r = {0};
    logs_init(&l, 2);
    /* the largest records there are */
    smk_pack_map(&payload, 1);
    smk_pack_text(&payload, "a");
    uint8_t *big = calloc(1, SMK_PAYLOAD_BYTES_MAX);
    smk_pack_bin(&payload, (struct smk_bytes){big, SMK_PAYLOAD_BYTES_MAX - 6});
    cr_assert(eq(sz, payload.len, SMK_PAYLOAD_BYTES_MAX));
    struct smk_header h = test_run_next(l.a, SMK_RECORD_EDIT);
    h.dep_count = SMK_DEPS_MAX;
    for (size_t i = 0; i < SMK_DEPS_MAX; i++)
        memset(h.dep[i], (int)i + 1, SMK_ID_BYTES);
    test_run_push(l.a, &h, smk_buf_view(&payload));
    size_t count = 0;
    smk_batch_writer_init(&w, &l.a->scope);
    for (; smk_batch_writer_has_room(&w, &l.a->record[2]); count++)
        smk_batch_writer_add(&w, &l.a->record[2]); /* the same again and again: each a run of its own */
    cr_assert(eq(sz, count, 15));
    cr_assert(eq(int, smk_batch_writer_finish(&w, UINT64_MAX, &b), SMK_OK));
    cr_assert(eq(int, smk_batch_reader_init(&r, smk_buf_view(&b)), SMK_OK));
    smk_batch_reader_deinit(&r);
    /* small ones: limited by their number; the writer has begun anew */
    smk_buf_reset(&b);
    for (count = 0; smk_batch_writer_has_room(&w, &l.b->record[1]); count++)
        smk_batch_writer_add(&w, &l.b->record[1]);
    cr_assert(eq(sz, count, SMK_BATCH_RECORDS_MAX));
    cr_assert(eq(int, smk_batch_writer_finish(&w, 1, &b), SMK_OK));
    cr_assert(le(sz, b.len, SMK_MESSAGE_BYTES_MAX - 1));
    cr_assert(eq(int, smk_batch_reader_init(&r, smk_buf_view(&b)), SMK_OK));
    cr_assert(eq(sz, r.run_count, SMK_BATCH_RECORDS_MAX));
    smk_batch_reader_deinit(&r);
    smk_batch_writer_deinit(&w);
    free(big);
    smk_buf_deinit(&b);
    smk_buf_deinit(&payload);
    logs_deinit(&l);
}

Test(batch, a_run_may_be_taken_out_again)
{
    struct logs l;
    struct smk_batch_writer w;
    struct smk_buf with = {.max = SMK_MESSAGE_BYTES_MAX}, without = {.max = SMK_MESSAGE_BYTES_MAX};
    logs_init(&l, 3);
    const struct smk_record *const record[] = {&l.a->record[0], &l.a->record[1]};
    write_records(&without, record, 2, 1);
    smk_batch_writer_init(&w, &l.a->scope);
    smk_batch_writer_drop_run(&w); /* nothing is there yet */
    smk_batch_writer_add(&w, &l.a->record[0]);
    smk_batch_writer_add(&w, &l.a->record[1]);
    smk_batch_writer_add(&w, &l.b->record[0]);
    smk_batch_writer_add(&w, &l.b->record[1]);
    smk_batch_writer_drop_run(&w);
    cr_assert(eq(sz, w.record_count, 2));
    cr_assert(eq(int, smk_batch_writer_finish(&w, 1, &with), SMK_OK));
    cr_assert(smk_bytes_is_equal(smk_buf_view(&with), smk_buf_view(&without)));
    smk_batch_writer_deinit(&w);
    smk_buf_deinit(&with);
    smk_buf_deinit(&without);
    logs_deinit(&l);
}

/* ---- what is refused ---- */

static enum smk_err read_text(const char *text)
{
    struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
    struct smk_batch_reader r = {0};
    test_pack(&b, text, NULL);
    enum smk_err err = smk_batch_reader_init(&r, smk_buf_view(&b));
    smk_batch_reader_deinit(&r);
    smk_buf_deinit(&b);
    return err;
}

#define ITEM "[16 [] 9 0 nil #64x01 #16x02 #3x03]"
#define RUN "#32x0a #16x0b 1"

Test(batch, a_message_that_is_not_in_form_is_refused)
{
    static const struct {
        const char *text;
        enum smk_err err;
        const char *why;
    } row[] = {
        {"[1 'pub' [[" RUN " [" ITEM "]]] []]", SMK_OK, "one record"},
        {"[1 'pub' [[" RUN " [" ITEM "]]] [] 'later']", SMK_OK, "a field of a later version"},
        {"[1 'pub' [[" RUN " [[16 [] 9 0 nil #64x01 nil [5 #32x03]]]]] []]", SMK_OK, "a hole"},
        {"[1 'pub' [[" RUN " [[16 [] 9 1 #16x05 #64x01 #16x02 #3x03]]]] []]", SMK_OK, "an encrypted payload"},
        {"[1 'pub' [[#32x0a #16x0b 9007199254740991 [" ITEM "]]] []]", SMK_OK, "the last seq"},
        {"nil", SMK_ERR_MALFORMED, "no array"},
        {"[1 'pub']", SMK_ERR_MALFORMED, "no runs"},
        {"[1 'pub' [] []]", SMK_ERR_MALFORMED, "an empty batch"},
        {"[1 'pub' [] [[1]]]", SMK_OK, "a proof, into which nobody has looked"},
        {"[1 'pub' [] [1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1]]", SMK_OK, "sixteen proofs"},
        {"[1 'pub' [] [1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1]]", SMK_ERR_MALFORMED, "one more"},
        {"[1 'pub' [[" RUN " [" ITEM "]]]]", SMK_ERR_MALFORMED, "no list of proofs"},
        {"['1' 'pub' [[" RUN " [" ITEM "]]] []]", SMK_ERR_MALFORMED, "a number that is none"},
        {"[1 'pubs' [[" RUN " [" ITEM "]]] []]", SMK_ERR_MALFORMED, "no scope"},
        {"[1 'pub' [[" RUN " []]] []]", SMK_ERR_MALFORMED, "an empty run"},
        {"[1 'pub' [[" RUN " [" ITEM "] 1]] []]", SMK_ERR_MALFORMED, "a run of five fields"},
        {"[1 'pub' [[#31x0a #16x0b 1 [" ITEM "]]] []]", SMK_ERR_MALFORMED, "a short author"},
        {"[1 'pub' [[#32x0a #15x0b 1 [" ITEM "]]] []]", SMK_ERR_MALFORMED, "a short incarnation"},
        {"[1 'pub' [[#32x0a #16x0b 0 [" ITEM "]]] []]", SMK_ERR_MALFORMED, "seq 0"},
        {"[1 'pub' [[#32x0a #16x0b 9007199254740991 [" ITEM " " ITEM "]]] []]", SMK_ERR_MALFORMED,
         "beyond the last seq"},
        {"[1 'pub' [[" RUN " [[16 [] 9 0 nil #64x01 #16x02]]]] []]", SMK_ERR_MALFORMED, "an item of seven"},
        {"[1 'pub' [[" RUN " [[16 [] 9 0 nil #64x01 #16x02 #3x03 0]]]] []]", SMK_ERR_MALFORMED,
         "an item of nine"},
        {"[1 'pub' [[" RUN " [[16 [] 9 0 nil #64x01 nil [5 #32x03 0]]]]] []]", SMK_ERR_MALFORMED,
         "a hole of three fields"},
        {"[1 'pub' [[" RUN " [[16 [] 9 0 nil #64x01 nil [5]]]]] []]", SMK_ERR_MALFORMED, "a hole of one"},
        {"[1 'pub' [[#32x0a #16x0b 1]] []]", SMK_ERR_MALFORMED, "a run of three"},
        {"[1 'pub' [[" RUN " [[16 [] 9 0 nil #63x01 #16x02 #3x03]]]] []]", SMK_ERR_MALFORMED,
         "a short signature"},
        {"[1 'pub' [[" RUN " [[16 [] 9 0 nil #64x01 #15x02 #3x03]]]] []]", SMK_ERR_MALFORMED, "a short salt"},
        {"[1 'pub' [[" RUN " [[16 [] 9 0 nil #64x01 #16x02 nil]]]] []]", SMK_ERR_MALFORMED,
         "salt without payload"},
        {"[1 'pub' [[" RUN " [[16 [] 9 0 nil #64x01 #16x02 #0x00]]]] []]", SMK_ERR_MALFORMED,
         "an empty payload"},
        {"[1 'pub' [[" RUN " [[16 [] 9 0 nil #64x01 #16x02 #65537x00]]]] []]", SMK_ERR_MALFORMED,
         "a payload too long"},
        {"[1 'pub' [[" RUN " [[16 [] 9 0 nil #64x01 nil #3x03]]]] []]", SMK_ERR_MALFORMED,
         "a payload without salt"},
        {"[1 'pub' [[" RUN " [[16 [] 9 0 nil #64x01 nil [0 #32x03]]]]] []]", SMK_ERR_MALFORMED,
         "a hole of nothing"},
        {"[1 'pub' [[" RUN " [[16 [] 9 0 nil #64x01 nil [65537 #32x03]]]]] []]", SMK_ERR_MALFORMED,
         "a hole too long"},
        {"[1 'pub' [[" RUN " [[16 [] 9 0 nil #64x01 nil [5 #31x03]]]]] []]", SMK_ERR_MALFORMED,
         "a hole's short hash"},
        {"[1 'pub' [[" RUN " [[16 [] 9 2 nil #64x01 #16x02 #3x03]]]] []]", SMK_ERR_MALFORMED, "codec 2"},
        {"[1 'pub' [[" RUN " [[16 [] 9 1 nil #64x01 #16x02 #3x03]]]] []]", SMK_ERR_MALFORMED,
         "codec 1 without key id"},
        {"[1 'pub' [[" RUN " [[16 [] 9 0 #16x05 #64x01 #16x02 #3x03]]]] []]", SMK_ERR_MALFORMED,
         "a key id in codec 0"},
        {"[1 'pub' [[" RUN " [[16 [#31x01] 9 0 nil #64x01 #16x02 #3x03]]]] []]", SMK_ERR_MALFORMED,
         "a short dep"},
        {"[1 'pub' [[" RUN " [[16 [#32x02 #32x01] 9 0 nil #64x01 #16x02 #3x03]]]] []]", SMK_ERR_MALFORMED,
         "deps unordered"},
        {"[1 'pub' [[" RUN " [[16 [#32x01 #32x01] 9 0 nil #64x01 #16x02 #3x03]]]] []]", SMK_ERR_MALFORMED,
         "a dep twice"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(int, read_text(row[i].text), row[i].err), "row %zu: %s", i, row[i].why);
}

/* A batch of so many records with so many bytes of payload each. */
static enum smk_err read_sized(size_t records, size_t bytes)
{
    struct smk_buf b = {.max = 8 * SMK_MESSAGE_BYTES_MAX};
    struct smk_batch_reader r = {0};
    uint8_t *payload = calloc(1, bytes), fixed[SMK_SIGNATURE_BYTES] = {0};
    smk_pack_array(&b, 4);
    smk_pack_uint(&b, 1);
    smk_pack_text(&b, "pub");
    smk_pack_array(&b, 1);
    smk_pack_array(&b, 4);
    smk_pack_bin(&b, (struct smk_bytes){fixed, SMK_KEY_BYTES});
    smk_pack_bin(&b, (struct smk_bytes){fixed, SMK_INCARNATION_BYTES});
    smk_pack_uint(&b, 1);
    smk_pack_array(&b, records);
    for (size_t i = 0; i < records; i++) {
        smk_pack_array(&b, 8);
        smk_pack_uint(&b, 16);
        smk_pack_array(&b, 0);
        smk_pack_uint(&b, 1);
        smk_pack_uint(&b, 0);
        smk_pack_nil(&b);
        smk_pack_bin(&b, (struct smk_bytes){fixed, SMK_SIGNATURE_BYTES});
        smk_pack_bin(&b, (struct smk_bytes){fixed, SMK_SALT_BYTES});
        smk_pack_bin(&b, (struct smk_bytes){payload, bytes});
    }
    smk_pack_array(&b, 0);
    enum smk_err err = smk_batch_reader_init(&r, smk_buf_view(&b));
    smk_batch_reader_deinit(&r);
    smk_buf_deinit(&b);
    free(payload);
    return err;
}

Test(batch, a_batch_beyond_its_limits_is_refused, .timeout = 30)
{
    cr_assert(eq(int, read_sized(SMK_BATCH_RECORDS_MAX, 4), SMK_OK));
    cr_assert(eq(int, read_sized(SMK_BATCH_RECORDS_MAX + 1, 4), SMK_ERR_TOO_BIG));
    cr_assert(eq(int, read_sized(16, SMK_PAYLOAD_BYTES_MAX), SMK_OK));
    cr_assert(eq(int, read_sized(17, SMK_PAYLOAD_BYTES_MAX), SMK_ERR_TOO_BIG));
    cr_assert(eq(int, read_sized(SMK_BATCH_RECORDS_MAX, 1024), SMK_OK));
    cr_assert(eq(int, read_sized(SMK_BATCH_RECORDS_MAX, 1025), SMK_ERR_TOO_BIG));
}

static enum smk_err decode_whole(struct smk_bytes bytes)
{
    struct smk_batch_reader r = {0};
    enum smk_err err = smk_batch_reader_init(&r, bytes);
    smk_batch_reader_deinit(&r);
    return err;
}

Test(batch, every_prefix_is_truncated_and_one_byte_more_is_trailing, .timeout = 30)
{
    struct logs l;
    struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
    logs_init(&l, 3);
    const struct smk_record *const record[] = {&l.a->record[0], &l.a->record[1], &l.b->record[2]};
    write_records(&b, record, 3, 1);
    const char *why = test_strictness(smk_buf_view(&b), decode_whole);
    cr_assert(eq(ptr, (void *)why, NULL), "%s", why);
    smk_buf_deinit(&b);
    logs_deinit(&l);
}

Test(batch, survives_every_failing_allocation)
{
    struct logs l;
    logs_init(&l, 4);
    const struct smk_record *const record[] = {&l.a->record[0], &l.a->record[1], &l.b->record[0]};
    unsigned long n = 0;
    for (bool has_failed = true; has_failed; n++) {
        struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
        struct smk_batch_writer w;
        struct smk_batch_reader r = {0};
        struct smk_record got[2];
        test_fault_begin(TEST_FAULT_ONCE, n);
        smk_batch_writer_init(&w, &l.a->scope);
        for (size_t i = 0; i < 3; i++)
            smk_batch_writer_add(&w, record[i]);
        enum smk_err err = smk_batch_writer_finish(&w, 1, &b);
        smk_batch_writer_deinit(&w);
        if (err == SMK_OK)
            err = smk_batch_reader_init(&r, smk_buf_view(&b));
        if (err == SMK_OK)
            err = smk_batch_reader_records(&r, 0, 0, l.a->record[0].id, got);
        smk_batch_reader_deinit(&r);
        smk_buf_deinit(&b);
        test_fault_end();
        has_failed = test_fault_hits() > 0;
        cr_assert(eq(int, err, has_failed ? SMK_ERR_NOMEM : SMK_OK), "allocation %lu", n);
        cr_assert(eq(long, test_fault_live(), 0), "allocation %lu", n);
    }
    cr_assert(gt(ulong, n, 4));
    logs_deinit(&l);
}
