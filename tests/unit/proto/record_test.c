#include "proto/record.h"

#include "proto/hash.h"
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

TestSuite(record, .init = start_crypto);

struct sample {
    struct test_world world;
    struct test_run run;
};

static struct sample *sample_new(void)
{
    struct sample *s = calloc(1, sizeof *s);
    cr_assert(ne(ptr, s, NULL));
    test_world_init(&s->world);
    test_run_init(&s->run, &s->world.coalition, &s->world.ctod, "prov:02", 1);
    test_run_fill(&s->run, 3);
    return s;
}

static void sample_free(struct sample *s)
{
    test_run_deinit(&s->run);
    test_world_deinit(&s->world);
    free(s);
}

static enum smk_err decode_record(struct smk_bytes bytes)
{
    struct smk_record r;
    return smk_record_decode(bytes, &r);
}

static bool records_are_equal(const struct smk_record *a, const struct smk_record *b)
{
    return smk_bytes_is_equal(a->header_bytes, b->header_bytes) &&
           smk_bytes_is_equal(a->payload, b->payload) && memcmp(a->id, b->id, SMK_ID_BYTES) == 0 &&
           memcmp(a->salt, b->salt, SMK_SALT_BYTES) == 0 &&
           memcmp(a->signature, b->signature, SMK_SIGNATURE_BYTES) == 0 && a->has_payload == b->has_payload &&
           memcmp(a->header_hash, b->header_hash, SMK_HASH_BYTES) == 0 && a->header.seq == b->header.seq;
}

Test(record, comes_back_from_its_whole_form)
{
    struct sample *s = sample_new();
    struct smk_buf wire = {.max = 2 * SMK_PAYLOAD_BYTES_MAX};
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < s->run.count; i++) {
            struct smk_record back;
            smk_buf_reset(&wire);
            smk_record_encode(&s->run.record[i], &wire);
            cr_assert(eq(int, smk_record_decode(smk_buf_view(&wire), &back), SMK_OK));
            cr_assert(records_are_equal(&back, &s->run.record[i]));
            cr_assert(eq(int, smk_record_check_payload(&back), SMK_OK));
            cr_assert(smk_record_is_signed(&back, s->world.coalition.id));
            const char *why = test_strictness(smk_buf_view(&wire), decode_record);
            cr_assert(eq(ptr, (void *)(uintptr_t)why, NULL), "%s", why);
            test_run_drop_payload(&s->run, i); /* in the second round without payload */
        }
    }
    smk_buf_deinit(&wire);
    sample_free(s);
}

Test(record, whole_form_has_exactly_four_fields_of_their_types)
{
    static const struct {
        const char *text;
        enum smk_err err;
    } row[] = {
        {"[$0 #64x01 nil nil]", SMK_OK},
        {"[$0 #64x01 #16x02 #5x03]", SMK_OK},
        {"[$0 #64x01 #16x02 nil]", SMK_ERR_MALFORMED},
        {"[$0 #64x01 nil #5x03]", SMK_ERR_MALFORMED},
        {"[$0 #63x01 nil nil]", SMK_ERR_MALFORMED},
        {"[$0 #64x01 #15x02 #5x03]", SMK_ERR_MALFORMED},
        {"[$0 #64x01 #16x02 {}]", SMK_ERR_MALFORMED},
        {"[$0 #64x01 nil nil nil]", SMK_ERR_MALFORMED},
        {"[$0 #64x01 nil]", SMK_ERR_MALFORMED},
        {"['' #64x01 nil nil]", SMK_ERR_MALFORMED},
        {"[#769x01 #64x01 nil nil]", SMK_ERR_TOO_BIG},
        {"[#1x80 #64x01 nil nil]", SMK_ERR_MALFORMED},
        {"[#0x00 #64x01 nil nil]", SMK_ERR_TRUNCATED},
        {"[$0 #64x01 #16x02 #65536x03]", SMK_OK},
        {"[$0 #64x01 #16x02 #65537x03]", SMK_ERR_MALFORMED},
        {"[$0 #64x01 #16x02 #70000x03]", SMK_ERR_TOO_BIG},
        {"{}", SMK_ERR_MALFORMED},
    };
    struct smk_buf header = {.max = SMK_HEADER_BYTES_MAX}, b = {.max = 2 * SMK_PAYLOAD_BYTES_MAX};
    test_pack(&header, "[1 16 #32x0a #16x0b 'gov' 1 nil [] 9 0 nil 7 #32x0d]", NULL);
    struct smk_bytes args[] = {smk_buf_view(&header)};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        smk_buf_reset(&b);
        test_pack(&b, row[i].text, args);
        cr_assert(eq(int, decode_record(smk_buf_view(&b)), row[i].err), "%s", row[i].text);
    }
    smk_buf_deinit(&header);
    smk_buf_deinit(&b);
}

Test(record, payload_must_have_the_announced_length_and_hash)
{
    struct sample *s = sample_new();
    struct smk_record r = s->run.record[1];
    uint8_t other[SMK_PAYLOAD_BYTES_MAX] = {0x80};
    cr_assert(eq(int, smk_record_check_payload(&r), SMK_OK));
    r.salt[0] ^= 1;
    cr_assert(eq(int, smk_record_check_payload(&r), SMK_ERR_BAD_HASH), "another salt");
    r = s->run.record[1];
    r.payload.len--;
    cr_assert(eq(int, smk_record_check_payload(&r), SMK_ERR_BAD_HASH), "shorter");
    r.payload = (struct smk_bytes){other, r.header.payload_len};
    cr_assert(eq(int, smk_record_check_payload(&r), SMK_ERR_BAD_HASH), "other bytes");
    r.payload.len = 0;
    cr_assert(eq(int, smk_record_check_payload(&r), SMK_ERR_BAD_HASH), "empty");
    r = s->run.record[1];
    r.header.payload_len++;
    cr_assert(eq(int, smk_record_check_payload(&r), SMK_ERR_BAD_HASH), "the right hash, another length");
    r.has_payload = false;
    cr_assert(eq(int, smk_record_check_payload(&r), SMK_OK), "a missing payload passes");
    sample_free(s);
}

/* A record of any type and codec around any payload, signed or not: only hash and length fit. */
static enum smk_err check_payload_of(uint64_t type, uint64_t codec, const char *text)
{
    struct smk_buf b = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_record r = {.header = {.type = type, .codec = codec}, .has_payload = true};
    test_pack(&b, text, NULL);
    r.payload = smk_buf_view(&b);
    r.header.payload_len = b.len;
    smk_payload_hash(r.salt, r.payload, r.header.payload_hash);
    enum smk_err err = smk_record_check_payload(&r);
    smk_buf_deinit(&b);
    return err;
}

Test(record, payload_of_codec_0_is_a_canonical_map)
{
    static const struct {
        uint64_t type, codec;
        const char *text;
        enum smk_err err;
    } row[] = {
        {16, 0, "{}", SMK_OK},
        {16, 0, "{'a' 1 'b' 2 'aa' nil}", SMK_OK},
        {16, 0, "{'aa' nil 'b' 2}", SMK_ERR_MALFORMED},
        {16, 0, "{'a' 1 'a' 1}", SMK_ERR_MALFORMED},
        {16, 0, "{} {}", SMK_ERR_MALFORMED},
        {16, 0, "[1]", SMK_ERR_MALFORMED},
        {16, 0, "'text'", SMK_ERR_MALFORMED},
        {16, 0, "nil", SMK_ERR_MALFORMED},
        {99, 0, "{'unknown' 'type'}", SMK_OK},
        {200, 0, "[]", SMK_ERR_MALFORMED},
        {16, 1, "[] [] []", SMK_OK}, /* encrypted: nobody can look inside */
        {1, 1, "nil", SMK_OK},
        {2, 1, "nil", SMK_OK},
        {16, 0, "{'a' {'a' {'a' {'a' {'a' {'a' {'a' {'a' {'a' {'a' {'a' {'a' {'a' {'a' {'a' 1}}}}}}}}}}}}}}}",
         SMK_OK},
        {16, 0,
         "{'a' {'a' {'a' {'a' {'a' {'a' {'a' {'a' {'a' {'a' {'a' {'a' {'a' {'a' {'a' {'a' 1}}}}}}}}}}}}}}}}",
         SMK_ERR_MALFORMED},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(int, check_payload_of(row[i].type, row[i].codec, row[i].text), row[i].err), "%s",
                  row[i].text);
}

Test(record, an_open_and_a_decision_have_their_fields)
{
    static const struct {
        uint64_t type;
        const char *text;
        enum smk_err err;
    } row[] = {
        {1, "{'heads' [] 'under' [] 'reason' 'new store'}", SMK_OK},
        {1, "{'heads' [] 'under' []}", SMK_ERR_MALFORMED},
        {2, "{'body' #1x00 'sigs' []}", SMK_OK},
        {2, "{'body' #1x00 'sigs' [[#32x01 #64x02] [#32x02 #64x02]]}", SMK_OK},
        {2, "{'body' #1x00 'more' 1 'sigs' []}", SMK_OK},
        {2, "{'body' #4096x00 'sigs' []}", SMK_OK},
        {2, "{'body' #4097x00 'sigs' []}", SMK_ERR_MALFORMED},
        {2, "{'body' #0x00 'sigs' []}", SMK_ERR_MALFORMED},
        {2, "{'body' 'x' 'sigs' []}", SMK_ERR_MALFORMED},
        {2, "{'sigs' []}", SMK_ERR_MALFORMED},
        {2, "{'body' #1x00}", SMK_ERR_MALFORMED},
        {2, "{'body' #1x00 'sigs' {}}", SMK_ERR_MALFORMED},
        {2, "{'body' #1x00 'sigs' [[#32x02 #64x02] [#32x01 #64x02]]}", SMK_ERR_MALFORMED},
        {2, "{'body' #1x00 'sigs' [[#32x01 #64x02] [#32x01 #64x02]]}", SMK_ERR_MALFORMED},
        {2, "{'body' #1x00 'sigs' [[#31x01 #64x02]]}", SMK_ERR_MALFORMED},
        {2, "{'body' #1x00 'sigs' [[#32x01 #63x02]]}", SMK_ERR_MALFORMED},
        {2, "{'body' #1x00 'sigs' [[#32x01 #64x02 1]]}", SMK_ERR_MALFORMED},
        {2, "[#1x00 []]", SMK_ERR_MALFORMED}, /* the form of certificates is none for records */
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(int, check_payload_of(row[i].type, 0, row[i].text), row[i].err), "%s", row[i].text);
}

Test(record, make_refuses_what_no_receiver_would_take)
{
    struct sample *s = sample_new();
    static uint8_t big[SMK_PAYLOAD_BYTES_MAX + 1];
    struct smk_header h = test_run_next(&s->run, SMK_RECORD_EDIT);
    struct smk_buf header = {.max = 1000}, payload = {.max = 100};
    struct smk_record r = {.header = {.seq = 77}};
    uint8_t salt[SMK_SALT_BYTES] = {0};
    const struct smk_sign_key *key = &s->world.ctod.sign;
    const uint8_t *coalition = s->world.coalition.id;
    smk_buf_write(&header, "before", 6);
    struct smk_bytes too_long = SMK_BYTES(big);
    cr_assert(
        eq(int, smk_record_make(&h, too_long, salt, key, coalition, &header, &r), SMK_ERR_TOO_BIG_HERE));
    struct smk_bytes empty = {0};
    cr_assert(eq(int, smk_record_make(&h, empty, salt, key, coalition, &header, &r), SMK_ERR_INVALID));
    test_pack(&payload, "['no map']", NULL);
    struct smk_bytes array = smk_buf_view(&payload);
    cr_assert(eq(int, smk_record_make(&h, array, salt, key, coalition, &header, &r), SMK_ERR_INVALID));
    smk_buf_reset(&payload);
    test_pack(&payload, "{'a' 1}", NULL);
    struct smk_bytes good = smk_buf_view(&payload);
    header.max = 20;
    cr_assert(eq(int, smk_record_make(&h, good, salt, key, coalition, &header, &r), SMK_ERR_TOO_BIG_HERE));
    cr_assert(eq(sz, header.len, 6), "what stood in the buffer stays");
    cr_assert(eq(u64, r.header.seq, 77), "the answer is untouched");
    smk_buf_reset(&header);
    header.max = 1000;
    cr_assert(eq(int, smk_record_make(&h, good, salt, key, coalition, &header, &r), SMK_OK));
    cr_assert(eq(u64, r.header.payload_len, payload.len));
    smk_buf_deinit(&header);
    smk_buf_deinit(&payload);
    sample_free(s);
}

Test(record, largest_payload_makes_a_record_that_decodes)
{
    struct sample *s = sample_new();
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX}, wire = {.max = 2 * SMK_PAYLOAD_BYTES_MAX};
    struct smk_header h = test_run_next(&s->run, SMK_RECORD_EDIT);
    test_pack(&payload, "{'a' #65530x41}", NULL);
    cr_assert(eq(sz, payload.len, SMK_PAYLOAD_BYTES_MAX));
    test_run_push(&s->run, &h, smk_buf_view(&payload));
    smk_record_encode(&s->run.record[3], &wire);
    struct smk_record r;
    cr_assert(eq(int, smk_record_decode(smk_buf_view(&wire), &r), SMK_OK));
    cr_assert(eq(int, smk_record_check_payload(&r), SMK_OK));
    smk_buf_deinit(&payload);
    smk_buf_deinit(&wire);
    sample_free(s);
}

Test(record, signature_is_of_its_author_kind_and_coalition)
{
    struct sample *s = sample_new();
    struct smk_record r = s->run.record[1];
    uint8_t other[SMK_ID_BYTES];
    memcpy(other, s->world.coalition.id, sizeof other);
    other[0] ^= 1;
    cr_assert(smk_record_is_signed(&r, s->world.coalition.id));
    cr_assert(not(smk_record_is_signed(&r, other)), "another coalition");
    r.signature[10] ^= 1;
    cr_assert(not(smk_record_is_signed(&r, s->world.coalition.id)));
    sample_free(s);
}

Test(record, types_that_need_a_good_signature_of_their_own)
{
    static const uint64_t needs[] = {0, 1, 2, 3, 4, 5, 15, 17, 18, 19, 20, 127};
    static const uint64_t needs_not[] = {16, 128, 129, 1000, UINT64_MAX};
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
        cr_assert(smk_record_type_needs_own_signature(needs[i]), "%zu", i);
    for (size_t i = 0; i < sizeof needs_not / sizeof needs_not[0]; i++)
        cr_assert(not(smk_record_type_needs_own_signature(needs_not[i])), "%zu", i);
}

Test(record, log_id_is_the_hash_of_the_canonical_triple)
{
    static const char *const scope_text[] = {"gov", "wit:org:abcdefghijklmnopqrstuvw",
                                             "wit:org:abcdefghijklmnopqrstuvwx"};
    uint8_t author[SMK_KEY_BYTES] = {1}, incarnation[SMK_INCARNATION_BYTES] = {2};
    for (size_t i = 0; i < 3; i++) {
        struct smk_scope scope = smk_scope_of(scope_text[i]);
        struct smk_buf b = {.max = 200};
        uint8_t expected[SMK_HASH_BYTES], log_id[SMK_ID_BYTES];
        smk_pack_array(&b, 3);
        smk_pack_bin(&b, SMK_BYTES(author));
        smk_pack_bin(&b, SMK_BYTES(incarnation));
        smk_pack_text(&b, scope_text[i]);
        smk_hash(SMK_PERSONAL_LOG, smk_buf_view(&b), expected);
        smk_log_id(author, incarnation, &scope, log_id);
        cr_assert(eq(int, memcmp(log_id, expected, SMK_ID_BYTES), 0), "%s", scope_text[i]);
        smk_buf_deinit(&b);
    }
}

Test(record, decode_survives_every_failing_allocation)
{
    struct sample *s = sample_new();
    struct smk_buf wire = {.max = 2 * SMK_PAYLOAD_BYTES_MAX};
    smk_record_encode(&s->run.record[0], &wire);
    static const enum test_fault kind[] = {TEST_FAULT_ONCE, TEST_FAULT_STICKY};
    for (size_t i = 0; i < 2; i++) {
        enum smk_err err = SMK_ERR_NOMEM;
        for (unsigned long n = 0; n < 100 && err != SMK_OK; n++) {
            struct smk_record r;
            test_fault_begin(kind[i], n);
            err = smk_record_decode(smk_buf_view(&wire), &r);
            if (err == SMK_OK)
                err = smk_record_check_payload(&r);
            test_fault_end();
            cr_assert(eq(long, test_fault_live(), 0), "fault %lu", n);
            cr_assert(err == SMK_OK || err == SMK_ERR_NOMEM, "fault %lu: %s", n, smk_err_name(err));
        }
        cr_assert(eq(int, err, SMK_OK));
    }
    smk_buf_deinit(&wire);
    sample_free(s);
}
