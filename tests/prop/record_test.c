#include "proto/record.h"

#include "proto/hash.h"
#include "proto/invitation.h"
#include "proto/roster.h"
#include "tests/support/builders.h"
#include "tests/support/rng.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(record_prop, .init = start_crypto);

/* ---- every bit of a signed record ---- */

enum { RECORDS = 200 };

static uint64_t random_type(struct test_rng *rng)
{
    static const uint64_t type[] = {16, 16, 16, 17, 18, 100, 128, 300, UINT64_MAX};
    return type[test_rng_below(rng, sizeof type / sizeof type[0])];
}

/* A record of a random type, with random deps, now and then encrypted, of up to 60 Khmer letters. */
static void push_random(struct test_run *run, struct test_rng *rng)
{
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_header h = test_run_next(run, random_type(rng));
    for (; test_rng_chance(rng, 15) && h.dep_count < SMK_DEPS_MAX; h.dep_count++) {
        test_rng_bytes(rng, h.dep[h.dep_count], SMK_ID_BYTES);
        h.dep[h.dep_count][0] = (uint8_t)h.dep_count; /* ascending */
    }
    if (test_rng_chance(rng, 10)) {
        h.codec = 1;
        h.has_key_id = true;
        test_rng_bytes(rng, h.key_id, sizeof h.key_id);
    }
    test_edit_payload(&payload, test_rng_u64(rng), test_rng_chance(rng, 80) ? test_rng_below(rng, 6) : 60);
    test_run_push(run, &h, smk_buf_view(&payload));
    smk_buf_deinit(&payload);
    if (test_rng_chance(rng, 10))
        test_run_drop_payload(run, run->count - 1);
}

/* True when nothing about these bytes raises suspicion: the cheap checks first. */
static bool is_accepted(struct smk_bytes wire, const uint8_t *coalition)
{
    struct smk_record r;
    if (smk_record_decode(wire, &r) != SMK_OK)
        return false;
    return smk_record_check_payload(&r) == SMK_OK && smk_record_is_signed(&r, coalition);
}

static size_t flip_every_bit(const struct smk_record *r, const uint8_t *coalition, size_t number)
{
    struct smk_buf b = {.max = 2 * SMK_PAYLOAD_BYTES_MAX};
    smk_record_encode(r, &b);
    cr_assert(eq(int, b.err, SMK_OK));
    uint8_t *exact = malloc(b.len);
    cr_assert(ne(ptr, exact, NULL));
    memcpy(exact, b.data, b.len);
    struct smk_bytes wire = {exact, b.len};
    cr_assert(is_accepted(wire, coalition), "record %zu", number);
    for (size_t bit = 0; bit < 8 * wire.len; bit++) {
        exact[bit / 8] ^= (uint8_t)(1u << bit % 8);
        bool got_through = is_accepted(wire, coalition);
        exact[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_assert(not(got_through), "record %zu, bit %zu", number, bit);
    }
    free(exact);
    smk_buf_deinit(&b);
    return 8 * wire.len;
}

Test(record_prop, every_one_bit_change_of_a_signed_record_is_refused, .timeout = 240)
{
    struct test_world w;
    struct test_run *run = calloc(1, sizeof *run);
    struct test_rng rng = test_rng_from(test_seed());
    size_t bits = 0;
    cr_assert(ne(ptr, run, NULL));
    test_world_init(&w);
    test_run_init(run, &w.coalition, &w.ctod, "prov:02", 1);
    test_run_open(run);
    while (run->count < RECORDS)
        push_random(run, &rng);
    for (size_t i = 0; i < run->count; i++)
        bits += flip_every_bit(&run->record[i], w.coalition.id, i);
    cr_assert(gt(sz, bits, RECORDS * 8 * 200));
    test_run_deinit(run);
    free(run);
    test_world_deinit(&w);
}

Test(record_prop, every_record_comes_back_and_every_prefix_is_truncated)
{
    struct test_world w;
    struct test_run *run = calloc(1, sizeof *run);
    struct test_rng rng = test_rng_from(test_seed() + 1);
    cr_assert(ne(ptr, run, NULL));
    test_world_init(&w);
    test_run_init(run, &w.coalition, &w.ctod, "prov:02", 1);
    while (run->count < RECORDS)
        push_random(run, &rng);
    for (size_t i = 0; i < run->count; i++) {
        struct smk_buf b = {.max = 2 * SMK_PAYLOAD_BYTES_MAX}, again = {.max = 2 * SMK_PAYLOAD_BYTES_MAX};
        struct smk_record r;
        smk_record_encode(&run->record[i], &b);
        cr_assert(eq(int, smk_record_decode(smk_buf_view(&b), &r), SMK_OK));
        cr_assert(eq(int, memcmp(r.id, run->record[i].id, SMK_ID_BYTES), 0));
        smk_record_encode(&r, &again);
        cr_assert(smk_bytes_is_equal(smk_buf_view(&b), smk_buf_view(&again)));
        size_t len = (size_t)test_rng_below(&rng, b.len);
        uint8_t *prefix = malloc(len + 1);
        cr_assert(ne(ptr, prefix, NULL));
        memcpy(prefix, b.data, len);
        enum smk_err err = smk_record_decode((struct smk_bytes){prefix, len}, &r);
        cr_assert(eq(int, err, SMK_ERR_TRUNCATED), "record %zu, %zu bytes", i, len);
        free(prefix);
        smk_buf_deinit(&b);
        smk_buf_deinit(&again);
    }
    test_run_deinit(run);
    free(run);
    test_world_deinit(&w);
}

/* ---- every signed object offered as every other kind ---- */

enum object { RECORD, DECISION, BINDING, INVITATION, RECEIPT, OBJECTS };

static const enum smk_sign_kind kind_of[OBJECTS] = {
    [RECORD] = SMK_SIGN_RECORD,         [DECISION] = SMK_SIGN_DECISION,    [BINDING] = SMK_SIGN_BINDING,
    [INVITATION] = SMK_SIGN_INVITATION, [RECEIPT] = SMK_SIGN_SYNC_RECEIPT,
};

struct signed_object {
    struct smk_buf body; /* the canonical bytes that are hashed */
    uint8_t hash[SMK_HASH_BYTES];
    uint8_t signature[SMK_SIGNATURE_BYTES];
};

static void pack_binding(struct smk_buf *b, struct test_rng *rng)
{
    uint8_t bytes[32];
    smk_pack_array(b, 3);
    test_rng_bytes(rng, bytes, sizeof bytes);
    smk_pack_bin(b, SMK_BYTES(bytes));
    smk_pack_uint(b, test_rng_below(rng, 2));
    test_rng_bytes(rng, bytes, sizeof bytes);
    smk_pack_bin(b, SMK_BYTES(bytes));
}

static void pack_receipt(struct smk_buf *b, struct test_rng *rng)
{
    uint8_t bytes[32];
    smk_pack_array(b, 4);
    test_rng_bytes(rng, bytes, sizeof bytes);
    smk_pack_bin(b, SMK_BYTES(bytes));
    test_rng_bytes(rng, bytes, sizeof bytes);
    smk_pack_bin(b, SMK_BYTES(bytes));
    smk_pack_array(b, 1);
    smk_pack_array(b, 4);
    smk_pack_text(b, "gov");
    smk_pack_uint(b, test_rng_below(rng, 1000));
    smk_pack_uint(b, 0);
    smk_pack_uint(b, 0);
    smk_pack_uint(b, 1713312000000);
}

static void pack_invitation(struct smk_buf *b, const struct test_device *d)
{
    smk_pack_array(b, 11);
    smk_pack_uint(b, 1);
    smk_pack_bin(b, SMK_BYTES(d->decision));
    smk_pack_bin(b, SMK_BYTES(d->transport.public_key));
    smk_pack_bin(b, SMK_BYTES(d->box.public_key));
    smk_pack_text(b, "hub.example.org:4717");
    smk_pack_bin(b, (struct smk_bytes){d->decision, SMK_INVITATION_ID_BYTES});
    smk_pack_bin(b, SMK_BYTES(d->decision));
    smk_pack_text(b, "ctod");
    smk_pack_array(b, 0);
    smk_pack_uint(b, 1713312000000);
    smk_pack_bin(b, SMK_BYTES(d->sign.public_key));
}

static void object_make(struct signed_object *o, enum object which, const struct test_world *w,
                        struct test_run *run, struct test_rng *rng)
{
    *o = (struct signed_object){.body = {.max = SMK_DECISION_BYTES_MAX}};
    struct smk_decision d = test_organisation("ctod", "member", "02");
    switch (which) {
    case RECORD: smk_buf_write_bytes(&o->body, run->record[run->count - 1].header_bytes); break;
    case DECISION: smk_decision_encode(&d, &o->body); break;
    case BINDING: pack_binding(&o->body, rng); break;
    case INVITATION: pack_invitation(&o->body, &w->ctod); break;
    case RECEIPT: pack_receipt(&o->body, rng); break;
    case OBJECTS: break;
    }
    cr_assert(eq(int, o->body.err, SMK_OK));
    smk_hash(which == RECORD ? SMK_PERSONAL_HEADER : SMK_PERSONAL_OBJECT, smk_buf_view(&o->body), o->hash);
    enum smk_err err = smk_sign(&w->ctod.sign, kind_of[which], w->coalition.id, o->hash, o->signature);
    cr_assert(eq(int, err, SMK_OK));
}

/* Who takes the bytes of an object for its own? Bit n: decoder n. */
static unsigned decoders_that_accept(struct smk_bytes bytes)
{
    struct smk_header header;
    struct smk_record record;
    struct smk_decision decision;
    struct smk_genesis genesis;
    struct smk_open open;
    struct smk_invitation invitation;
    return (smk_header_decode(bytes, &header) == SMK_OK ? 1u : 0) |
           (smk_decision_decode(bytes, &decision) == SMK_OK ? 2u : 0) |
           (smk_record_decode(bytes, &record) == SMK_OK ? 4u : 0) |
           (smk_genesis_decode(bytes, &genesis) == SMK_OK ? 8u : 0) |
           (smk_open_decode(bytes, &open) == SMK_OK ? 16u : 0) |
           (smk_invitation_parse(bytes, &invitation) == SMK_OK ? 32u : 0);
}

Test(record_prop, no_signed_object_passes_for_another)
{
    struct test_world w;
    struct test_run *run = calloc(1, sizeof *run);
    struct test_rng rng = test_rng_from(test_seed() + 2);
    static const unsigned own_decoder[OBJECTS] = {[RECORD] = 1, [DECISION] = 2};
    cr_assert(ne(ptr, run, NULL));
    test_world_init(&w);
    test_run_init(run, &w.coalition, &w.ctod, "prov:02", 1);
    for (size_t round = 0; round < 20; round++) {
        push_random(run, &rng);
        for (size_t i = 0; i < OBJECTS; i++) {
            struct signed_object o;
            object_make(&o, (enum object)i, &w, run, &rng);
            for (int kind = 0; kind <= 9; kind++) {
                bool is_good = smk_verify(w.ctod.sign.public_key, (enum smk_sign_kind)kind, w.coalition.id,
                                          o.hash, o.signature);
                cr_assert(eq(int, is_good, kind == (int)kind_of[i]), "object %zu as kind %d", i, kind);
            }
            cr_assert(eq(uint, decoders_that_accept(smk_buf_view(&o.body)), own_decoder[i]), "object %zu", i);
            smk_buf_deinit(&o.body);
        }
    }
    test_run_deinit(run);
    free(run);
    test_world_deinit(&w);
}
