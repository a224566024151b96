#include "proto/roster.h"

#include "proto/hash.h"
#include "proto/roster_set.h"
#include "tests/support/builders.h"
#include "tests/support/fault.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(roster_set, .init = start_crypto);

Test(roster_set, of_a_genesis_knows_only_the_genesis)
{
    struct test_coalition c;
    uint8_t id[SMK_ID_BYTES];
    test_coalition_init(&c, 3, 2);
    smk_genesis_id(smk_buf_view(&c.genesis), id);
    cr_assert(eq(int, memcmp(smk_roster_coalition(c.roster), id, sizeof id), 0));
    cr_assert(smk_bytes_is_equal(smk_roster_genesis_bytes(c.roster), smk_buf_view(&c.genesis)));
    cr_assert(ne(ptr, (void *)(uintptr_t)smk_roster_genesis_bytes(c.roster).data, c.genesis.data),
              "it is a copy");
    cr_assert(eq(u64, smk_roster_genesis(c.roster)->k, 2));
    cr_assert(eq(sz, smk_roster_organisation_count(c.roster), 0));
    cr_assert(eq(sz, smk_roster_office_count(c.roster), 0));
    cr_assert(eq(sz, smk_roster_device_count(c.roster), 0));
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_roster_device(c.roster, id), NULL));
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_roster_device_by_transport(c.roster, id), NULL));
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_roster_device_by_invitation(c.roster, id), NULL));
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_roster_device_of_decision(c.roster, id), NULL));
    cr_assert(eq(ptr, (void *)(uintptr_t)smk_roster_organisation(c.roster, ""), NULL));
    test_coalition_deinit(&c);
}

Test(roster_set, refuses_a_genesis_that_is_none)
{
    struct smk_roster *r = NULL;
    cr_assert(eq(int, smk_roster_new(smk_bytes_of_text("\x91"), &r), SMK_ERR_TRUNCATED));
    cr_assert(eq(int, smk_roster_new(smk_bytes_of_text("\x90"), &r), SMK_ERR_MALFORMED));
    cr_assert(eq(ptr, r, NULL));
    smk_roster_free(NULL);
}

struct signers {
    const char *who; /* digits: root keys; 's': a stranger; 'b': root key 1 with a bad signature */
    bool is_payload; /* the payload map, otherwise [body, sigs] */
    enum smk_err err;
    const char *why;
};

static int compare_sigs(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, SMK_KEY_BYTES);
}

/* Packs body and signatures as row says, the signatures ascending by key. */
static void pack_signed(const struct test_coalition *c, struct smk_bytes body, const struct signers *row,
                        struct smk_buf *b)
{
    uint8_t sig[8][SMK_KEY_BYTES + SMK_SIGNATURE_BYTES], hash[SMK_HASH_BYTES];
    size_t count = strlen(row->who);
    smk_decision_hash(body, hash);
    for (size_t i = 0; i < count; i++) {
        struct smk_sign_key key = c->root[row->who[i] == 'b'       ? 1
                                          : row->who[i] - '0' >= 3 ? 0
                                                                   : row->who[i] - '0'];
        uint8_t made[SMK_KEY_BYTES + SMK_SIGNATURE_BYTES];
        if (row->who[i] == 's')
            test_sign_key("stranger", 0, &key);
        memcpy(made, key.public_key, SMK_KEY_BYTES);
        cr_assert(eq(int, smk_sign(&key, SMK_SIGN_DECISION, c->id, hash, made + SMK_KEY_BYTES), SMK_OK));
        made[SMK_KEY_BYTES] ^= row->who[i] == 'b' ? 1 : 0;
        size_t at = i;
        for (; at > 0 && compare_sigs(sig[at - 1], made) > 0; at--)
            memcpy(sig[at], sig[at - 1], sizeof made);
        memcpy(sig[at], made, sizeof made);
    }
    if (row->is_payload) {
        smk_pack_map(b, 2);
        smk_pack_text(b, "body");
    } else {
        smk_pack_array(b, 2);
    }
    smk_pack_bin(b, body);
    if (row->is_payload)
        smk_pack_text(b, "sigs");
    smk_pack_array(b, count);
    for (size_t i = 0; i < count; i++) {
        smk_pack_array(b, 2);
        smk_pack_bin(b, (struct smk_bytes){sig[i], SMK_KEY_BYTES});
        smk_pack_bin(b, (struct smk_bytes){sig[i] + SMK_KEY_BYTES, SMK_SIGNATURE_BYTES});
    }
}

Test(roster_set, decision_needs_k_good_signatures_of_distinct_root_keys_and_no_bad_one)
{
    static const struct signers row[] = {
        {"", true, SMK_ERR_BAD_DECISION, "none"},
        {"0", true, SMK_ERR_BAD_DECISION, "too few"},
        {"01", true, SMK_OK, "k"},
        {"12", false, SMK_OK, "another k, in the other form"},
        {"012", true, SMK_OK, "more than k"},
        {"11", true, SMK_ERR_BAD_DECISION, "one key twice"},
        {"011", true, SMK_ERR_BAD_DECISION, "k, and one key twice"},
        {"0b", true, SMK_ERR_BAD_DECISION, "one of two is bad"},
        {"02b", true, SMK_ERR_BAD_DECISION, "a bad one among k good ones"},
        {"0s", true, SMK_ERR_BAD_DECISION, "a stranger does not count"},
        {"01s", true, SMK_ERR_BAD_DECISION, "a stranger among k good ones"},
    };
    struct smk_decision d = test_organisation("ctod", "member", "02");
    struct smk_buf body = {.max = SMK_DECISION_BYTES_MAX}, b = {.max = SMK_PAYLOAD_BYTES_MAX};
    smk_decision_encode(&d, &body);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct test_coalition c;
        test_coalition_init(&c, 3, 2);
        smk_buf_reset(&b);
        pack_signed(&c, smk_buf_view(&body), &row[i], &b);
        cr_assert(eq(int, smk_roster_add(c.roster, smk_buf_view(&b)), row[i].err), "%s", row[i].why);
        cr_assert(eq(sz, smk_roster_organisation_count(c.roster), row[i].err == SMK_OK ? 1 : 0), "%s",
                  row[i].why);
        /* a known body with these signatures is judged the same, and changes nothing */
        struct signers good = {.who = "12", .is_payload = true};
        struct smk_buf first = {.max = SMK_PAYLOAD_BYTES_MAX};
        pack_signed(&c, smk_buf_view(&body), &good, &first);
        cr_assert(eq(int, smk_roster_add(c.roster, smk_buf_view(&first)), SMK_OK));
        cr_assert(eq(int, smk_roster_add(c.roster, smk_buf_view(&b)), row[i].err), "%s", row[i].why);
        cr_assert(eq(sz, smk_roster_organisation_count(c.roster), 1));
        smk_buf_deinit(&first);
        test_coalition_deinit(&c);
    }
    smk_buf_deinit(&body);
    smk_buf_deinit(&b);
}

Test(roster_set, decision_of_another_coalition_kind_or_form_is_refused)
{
    struct test_coalition c, other;
    struct smk_decision d = test_organisation("ctod", "member", "02");
    struct smk_buf b = {.max = SMK_PAYLOAD_BYTES_MAX};
    uint8_t hash[SMK_HASH_BYTES];
    test_coalition_init(&c, 1, 1);
    test_coalition_init(&other, 2, 2);
    test_decision_payload(&other, &d, &b, hash);
    cr_assert(eq(int, smk_roster_add(c.roster, smk_buf_view(&b)), SMK_ERR_BAD_DECISION));
    static const char *const row[] = {"\x80", "\x90", "\xc0", "", "\x92\xc4\x01\x00\x90", "\x82"};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(int, smk_roster_add(c.roster, smk_bytes_of_text(row[i])), SMK_ERR_BAD_DECISION));
    static const uint8_t later[] = {0x95, 1, 4, 0xa1, 'a', 0x90, 0x80},
                         broken[] = {0x95, 1, 1, 0xa1, 'a', 0x90, 0x80};
    static const struct signers founder = {.who = "0", .is_payload = true};
    smk_buf_reset(&b);
    pack_signed(&c, SMK_BYTES(later), &founder, &b);
    cr_assert(eq(int, smk_roster_add(c.roster, smk_buf_view(&b)), SMK_ERR_NEWER_VERSION));
    smk_buf_reset(&b);
    pack_signed(&c, SMK_BYTES(broken), &founder, &b);
    cr_assert(eq(int, smk_roster_add(c.roster, smk_buf_view(&b)), SMK_ERR_BAD_DECISION));
    cr_assert(eq(sz, smk_roster_organisation_count(c.roster), 0));
    smk_buf_deinit(&b);
    test_coalition_deinit(&c);
    test_coalition_deinit(&other);
}

Test(roster_set, holds_at_most_so_many_decisions_and_payloads_of_so_many_bytes)
{
    static const uint8_t big[SMK_PAYLOAD_BYTES_MAX + 1] = {0x80};
    struct test_coalition c;
    struct smk_buf b = {.max = SMK_PAYLOAD_BYTES_MAX};
    uint8_t hash[SMK_HASH_BYTES];
    test_coalition_init(&c, 1, 1);
    struct smk_decision d = test_organisation("ctod", "member", "02");
    test_decision_payload(&c, &d, &b, hash);
    size_t capacity = c.roster->table.capacity;
    c.roster->count = c.roster->table.capacity = SMK_DECISIONS_MAX; /* as if it were full */
    cr_assert(eq(int, smk_roster_add(c.roster, smk_buf_view(&b)), SMK_ERR_TOO_BIG_HERE));
    c.roster->count = 0;
    c.roster->table.capacity = capacity;
    cr_assert(eq(int, smk_roster_add(c.roster, smk_buf_view(&b)), SMK_OK));
    cr_assert(eq(int, smk_roster_add(c.roster, SMK_BYTES(big)), SMK_ERR_BAD_DECISION));
    smk_buf_deinit(&b);
    test_coalition_deinit(&c);
}

/* ---- memory ---- */

static enum smk_err build(struct smk_bytes genesis, const struct smk_buf *payloads, size_t count)
{
    struct smk_roster *r = NULL;
    enum smk_err err = smk_roster_new(genesis, &r);
    for (size_t i = 0; err == SMK_OK && i < count; i++) {
        size_t before = smk_roster_organisation_count(r);
        err = smk_roster_add(r, smk_buf_view(&payloads[i]));
        cr_assert(eq(sz, smk_roster_organisation_count(r), before + (err == SMK_OK ? 1 : 0)), "half added");
        if (err == SMK_OK)
            err = smk_roster_add(r, smk_buf_view(&payloads[i]));
    }
    smk_roster_free(r);
    return err;
}

Test(roster_set, survives_every_failing_allocation)
{
    enum { COUNT = 18 }; /* more than the first capacity */
    struct test_coalition c;
    struct smk_buf payload[COUNT];
    uint8_t hash[SMK_HASH_BYTES];
    char slug[] = "a";
    test_coalition_init(&c, 1, 1);
    for (size_t i = 0; i < COUNT; i++, slug[0]++) {
        struct smk_decision d = test_organisation(slug, "member", "02");
        payload[i] = (struct smk_buf){.max = SMK_PAYLOAD_BYTES_MAX};
        test_replace(&d, c.id);
        test_decision_payload(&c, &d, &payload[i], hash);
    }
    for (int kind = TEST_FAULT_ONCE; kind <= TEST_FAULT_STICKY; kind++) {
        enum smk_err err = SMK_ERR_NOMEM;
        unsigned long n = 0;
        for (; n < 1000 && err != SMK_OK; n++) {
            test_fault_begin((enum test_fault)kind, n);
            err = build(smk_buf_view(&c.genesis), payload, COUNT);
            test_fault_end();
            cr_assert(eq(long, test_fault_live(), 0), "fault %lu leaks", n);
            cr_assert(err == SMK_OK || err == SMK_ERR_NOMEM, "fault %lu: %s", n, smk_err_name(err));
        }
        cr_assert(eq(int, err, SMK_OK));
        cr_assert(gt(ulong, n, COUNT));
    }
    for (size_t i = 0; i < COUNT; i++)
        smk_buf_deinit(&payload[i]);
    test_coalition_deinit(&c);
}
