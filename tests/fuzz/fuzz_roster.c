/* Target: governance, from decisions in any order; certificates. Signatures are the simulator's stand-ins.
 * Input: faults, then decisions: how (1 byte), length (2), body; how: signed by all root keys; signed by too few; not wrapped
 * at all; signed, and replacing the decision before it. */
#include "proto/roster.h"
#include "tests/fuzz/fuzz.h"
#include "tests/sim/standin.h"
#include "tests/support/builders.h"

#include <stdlib.h>
#include <string.h>

enum { DECISIONS_MAX = 16, DEVICES = 4 };
enum how { SIGNED, UNSIGNED, RAW, REPLACING, HOWS };

static struct test_coalition coalition; /* two of three */
static struct test_device device[DEVICES];

static void prepare(void)
{
    static bool is_made;
    if (is_made)
        return;
    is_made = true;
    standin_begin(1, false);
    test_coalition_init(&coalition, 3, 2);
    for (size_t i = 0; i < DEVICES; i++)
        test_device_init(&device[i], i);
}

static void demand(enum smk_err err)
{
    SMK_ASSERT(err == SMK_OK);
}

/* ---- the decisions of an input ---- */

struct offered {
    size_t count;
    struct smk_buf payload[DECISIONS_MAX];
    enum how how[DECISIONS_MAX];
};

/* The body, with the hash of the decision before added to what it replaces. */
static void replace_last(struct smk_bytes body, const uint8_t *last, struct smk_buf *b)
{
    struct smk_decision d;
    bool is_one = smk_decision_decode(body, &d) == SMK_OK && d.replaces_count < SMK_CERT_DECISIONS_MAX;
    for (size_t i = 0; is_one && i < d.replaces_count; i++)
        is_one = memcmp(d.replaces[i], last, SMK_HASH_BYTES) != 0;
    if (!is_one) {
        smk_buf_write_bytes(b, body);
        return;
    }
    test_replace(&d, last);
    smk_decision_encode(&d, b);
}

static void offer(struct offered *o, struct smk_reader *in, uint8_t last[SMK_HASH_BYTES])
{
    enum how how = (enum how)fuzz_below(in, HOWS);
    struct smk_bytes given = fuzz_bytes(in, smk_read_be16(in));
    struct smk_buf body = {.max = 65536}, *payload = &o->payload[o->count];
    *payload = (struct smk_buf){.max = 65536 + 8192};
    o->how[o->count++] = how;
    if (how == REPLACING)
        replace_last(given, last, &body);
    else
        smk_buf_write_bytes(&body, given);
    if (how == RAW)
        smk_buf_write_bytes(payload, given);
    else
        demand(smk_decision_sign(smk_buf_view(&body), coalition.root, how == UNSIGNED ? 1 : 2, coalition.id,
                                 payload));
    demand(body.err);
    smk_decision_hash(smk_buf_view(&body), last);
    smk_buf_deinit(&body);
}

/* ---- everything that a roster says ---- */

static void write_in_force(struct smk_roster *r, enum smk_decision_kind kind, struct smk_bytes subject,
                           struct smk_buf *b)
{
    uint8_t hash[SMK_CERT_DECISIONS_MAX][SMK_HASH_BYTES];
    size_t count = smk_roster_in_force(r, kind, subject, hash, SMK_CERT_DECISIONS_MAX);
    smk_buf_write_be32(b, (uint32_t)count);
    for (size_t i = 0; i < count && i < SMK_CERT_DECISIONS_MAX; i++)
        smk_buf_write(b, hash[i], SMK_HASH_BYTES);
}

static void write_device(struct smk_roster *r, const struct smk_device *d, struct smk_buf *b)
{
    static const char *const scope[] = {"gov",     "pub",     "nat",      "prov:02",
                                        "dm:0201", "dm:0301", "org:ctod", "wit:nat"};
    smk_buf_write(b, d->sign_key, SMK_KEY_BYTES);
    smk_buf_write(b, d->org.text, sizeof d->org.text);
    for (size_t i = 0; i < sizeof scope / sizeof scope[0]; i++) {
        struct smk_scope s = smk_scope_of(scope[i]);
        smk_buf_write_u8(b, smk_roster_holds(r, d->sign_key, &s));
    }
    smk_buf_write_u8(b, (uint8_t)smk_roster_standing(r, d));
    SMK_ASSERT(smk_roster_device(r, d->sign_key) == d);
    write_in_force(r, SMK_DECIDE_DEVICE, SMK_BYTES(d->sign_key), b);
}

static void write_roster(struct smk_roster *r, struct smk_buf *b)
{
    for (size_t i = 0; i < smk_roster_organisation_count(r); i++) {
        const struct smk_organisation *o = smk_roster_organisation_at(r, i);
        smk_buf_write(b, o->slug.text, sizeof o->slug.text);
        SMK_ASSERT(smk_roster_organisation(r, o->slug.text) == o);
        write_in_force(r, SMK_DECIDE_ORGANISATION, smk_bytes_of_text(o->slug.text), b);
    }
    for (size_t i = 0; i < smk_roster_office_count(r); i++) {
        const struct smk_office *o = smk_roster_office_at(r, i);
        smk_buf_write(b, o->slug.text, sizeof o->slug.text);
        SMK_ASSERT(smk_roster_office(r, o->slug.text) == o);
        smk_buf_write_u8(b, smk_roster_office_covers(r, o, "02"));
        smk_buf_write_u8(b, smk_roster_office_covers(r, o, "0201"));
        write_in_force(r, SMK_DECIDE_OFFICE, smk_bytes_of_text(o->slug.text), b);
    }
    for (size_t i = 0; i < smk_roster_device_count(r); i++)
        write_device(r, smk_roster_device_at(r, i), b);
    demand(b->err);
}

/* ---- properties ---- */

static void add_one(struct smk_roster *r, const struct offered *o, size_t i)
{
    struct fuzz_block block = fuzz_block_of(smk_buf_view(&o->payload[i]));
    test_fault_pause(false);
    enum smk_err err = smk_roster_add(r, fuzz_block_view(&block));
    test_fault_pause(true);
    if (err == SMK_ERR_NOMEM && test_fault_hits() > 0) /* nothing has changed: it may come again */
        err = smk_roster_add(r, fuzz_block_view(&block));
    bool is_named = err == SMK_OK || err == SMK_ERR_BAD_DECISION || err == SMK_ERR_NEWER_VERSION;
    SMK_ASSERT(is_named);
    SMK_ASSERT(err != SMK_OK || o->how[i] != UNSIGNED);
    fuzz_block_drop(&block);
}

static struct smk_roster *roster_of(const struct offered *o, bool is_backwards)
{
    struct smk_roster *r = NULL;
    demand(smk_roster_new(smk_buf_view(&coalition.genesis), &r));
    for (size_t i = 0; i < o->count; i++)
        add_one(r, o, is_backwards ? o->count - 1 - i : i);
    return r;
}

/* Each device's certificate convinces a roster that knows nothing else. */
static void check_certificates(struct smk_roster *r)
{
    for (size_t i = 0; i < smk_roster_device_count(r); i++) {
        const struct smk_device *d = smk_roster_device_at(r, i);
        struct smk_buf b = {.max = 1 << 20};
        struct smk_tree tree = {0};
        struct smk_roster *other = NULL;
        demand(smk_roster_new(smk_buf_view(&coalition.genesis), &other));
        demand(smk_roster_pack_certificate(r, d->sign_key, &b));
        demand(smk_tree_decode(smk_buf_view(&b), SMK_WALK_PAYLOAD, &tree));
        demand(smk_roster_add_certificate(other, tree.root));
        SMK_ASSERT(smk_roster_device(other, d->sign_key) != NULL);
        smk_roster_free(other);
        smk_tree_deinit(&tree);
        smk_buf_deinit(&b);
    }
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    struct offered o = {.count = 0};
    struct smk_buf said[2] = {{.max = 1 << 20}, {.max = 1 << 20}};
    uint8_t last[SMK_HASH_BYTES] = {0};
    prepare();
    fuzz_faults_begin(faults);
    while (o.count < DECISIONS_MAX && smk_reader_left(&in) > 0)
        offer(&o, &in, last);
    for (size_t i = 0; i < 2; i++) {
        struct smk_roster *r = roster_of(&o, i == 1);
        write_roster(r, &said[i]);
        if (i == 0)
            check_certificates(r);
        smk_roster_free(r);
    }
    SMK_ASSERT(smk_bytes_is_equal(smk_buf_view(&said[0]), smk_buf_view(&said[1])));
    for (size_t i = 0; i < 2; i++)
        smk_buf_deinit(&said[i]);
    for (size_t i = 0; i < o.count; i++)
        smk_buf_deinit(&o.payload[i]);
    fuzz_faults_end();
}

/* ---- seeds ---- */

static void write_offer(struct smk_buf *b, enum how how, const struct smk_decision *d)
{
    struct smk_buf body = {.max = 4096};
    smk_decision_encode(d, &body);
    smk_buf_write_u8(b, (uint8_t)how);
    smk_buf_write_be16(b, (uint16_t)body.len);
    smk_buf_write_bytes(b, smk_buf_view(&body));
    demand(b->err);
    smk_buf_deinit(&body);
}

void fuzz_seeds(void)
{
    static const uint8_t head[2];
    prepare();
    const struct smk_decision d[] = {
        test_organisation("ctod", "member", "02"),
        test_office("ctod-editor", "ctod", "member_editor", "02"),
        test_device(&device[0], "ctod", "ctod-editor"),
        test_organisation("ctod", "member", "02 03"),
        test_organisation("bavel", "sna_dm", "0202"),
        test_office("bavel-gov", "bavel", "sna_signatory", "0202"),
        test_device(&device[1], "bavel", "bavel-gov"),
        test_organisation("aud", "auditor", ""),
        test_office("aud-a", "aud", "auditor", ""),
        test_device(&device[2], "aud", "aud-a"),
    };
    static const enum how how[][10] = {
        {SIGNED, SIGNED, SIGNED, SIGNED, SIGNED, SIGNED, SIGNED, SIGNED, SIGNED, SIGNED},
        {SIGNED, REPLACING, UNSIGNED, SIGNED, SIGNED, RAW, SIGNED, REPLACING, SIGNED, SIGNED},
    };
    for (size_t s = 0; s < 2; s++) {
        struct smk_buf b = {.max = 65536};
        char name[] = "decisions-a";
        name[10] = (char)('a' + s);
        for (size_t i = 0; i < sizeof d / sizeof d[0]; i++)
            write_offer(&b, how[s][i], &d[i]);
        fuzz_seed(name, SMK_BYTES(head), smk_buf_view(&b));
        smk_buf_reset(&b);
        write_offer(&b, SIGNED, &d[0]);
        write_offer(&b, REPLACING, &d[3]);
        name[10] = (char)('c' + s);
        fuzz_seed(name, SMK_BYTES(head), smk_buf_view(&b));
        smk_buf_deinit(&b);
    }
}
