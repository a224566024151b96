#include "proto/hash.h"
#include "proto/roster.h"
#include "tests/support/builders.h"
#include "tests/support/rng.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Governance is a pure function of the set of valid decisions: whatever the order in which they arrive, and
 * whatever invalid ones arrive between them, every answer is the same. A cycle of replacements cannot be built (each
 * names the other by its hash), so the closest things are: a decision that names hashes of decisions that come
 * later, of none at all, and chains in which every link is replaced. */

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(roster_prop, .init = start_crypto);

enum { DECISIONS = 24, SUBJECTS = 3, DEVICES = 4, CASES = 60, ORDERS = 5 };

static const char *const org_name[SUBJECTS] = {"aa", "bb", "cc"};
static const char *const office_name[SUBJECTS] = {"audit", "edit", "sign"};

struct sample {
    struct test_coalition coalition; /* its own roster is the reference */
    struct test_device device[DEVICES];
    size_t count;
    struct {
        struct smk_decision decision;
        struct smk_buf payload;
        uint8_t hash[SMK_HASH_BYTES];
        bool is_valid;
    } item[DECISIONS];
};

static const char *pick(struct test_rng *rng, const char *const *list, size_t count)
{
    return list[test_rng_below(rng, count)];
}

static struct smk_decision random_organisation(struct test_rng *rng)
{
    static const char *const kind[] = {"member", "member", "member", "sna_dm", "secretariat"};
    static const char *const areas[] = {"", "02", "02 03", "0201 0301", "02 0301 04"};
    const char *slug = pick(rng, org_name, SUBJECTS);
    const char *its_kind = pick(rng, kind, 5);
    return test_organisation(slug, its_kind, pick(rng, areas, 5));
}

static struct smk_decision random_office(struct test_rng *rng)
{
    static const char *const role[] = {"auditor", "auditor", "member_editor"};
    static const char *const area[] = {"", "", "02"};
    const char *slug = pick(rng, office_name, SUBJECTS);
    const char *org = pick(rng, org_name, SUBJECTS);
    const char *its_role = pick(rng, role, 3);
    return test_office(slug, org, its_role, pick(rng, area, 3));
}

static struct smk_decision random_device(struct sample *s, struct test_rng *rng)
{
    static const char *const offices[] = {"", "audit", "audit", "audit edit", "edit sign", "audit sign"};
    struct test_device d = s->device[test_rng_below(rng, DEVICES)];
    if (test_rng_chance(rng, 15))
        d.transport = s->device[test_rng_below(rng, DEVICES)].transport;
    const char *org = pick(rng, org_name, SUBJECTS);
    struct smk_decision made = test_device(&d, org, pick(rng, offices, 6));
    if (test_rng_chance(rng, 40)) {
        made.device.has_invitation = true;
        made.device.invitation[0] = (uint8_t)test_rng_below(rng, 3);
    }
    return made;
}

/* Names some of the decisions so far, mostly of any subject, and now and then one that nobody made. */
static void random_replaces(struct sample *s, struct test_rng *rng, struct smk_decision *d)
{
    for (size_t i = 0; i < s->count; i++)
        if (test_rng_chance(rng, 20))
            test_replace(d, s->item[i].hash);
    uint8_t nobody[SMK_HASH_BYTES];
    test_rng_bytes(rng, nobody, sizeof nobody);
    if (test_rng_chance(rng, 20))
        test_replace(d, nobody);
}

static void sample_init(struct sample *s, uint64_t seed)
{
    struct test_rng rng = test_rng_from(seed);
    test_coalition_init(&s->coalition, 3, 2);
    for (uint64_t i = 0; i < DEVICES; i++)
        test_device_init(&s->device[i], i);
    for (s->count = 0; s->count < DECISIONS; s->count++) {
        uint64_t what = test_rng_below(&rng, 10);
        struct smk_decision d = what < 3   ? random_organisation(&rng)
                                : what < 6 ? random_office(&rng)
                                           : random_device(s, &rng);
        random_replaces(s, &rng, &d);
        s->item[s->count].decision = d;
        s->item[s->count].payload = (struct smk_buf){.max = SMK_PAYLOAD_BYTES_MAX};
        test_decision_payload(&s->coalition, &d, &s->item[s->count].payload, s->item[s->count].hash);
        s->item[s->count].is_valid = !test_rng_chance(&rng, 20);
        if (!s->item[s->count].is_valid)
            s->item[s->count].payload.data[s->item[s->count].payload.len - 1] ^= 1;
    }
}

static void sample_deinit(struct sample *s)
{
    for (size_t i = 0; i < s->count; i++)
        smk_buf_deinit(&s->item[i].payload);
    test_coalition_deinit(&s->coalition);
}

static void add(struct sample *s, struct smk_roster *r, size_t i)
{
    enum smk_err err = smk_roster_add(r, smk_buf_view(&s->item[i].payload));
    cr_assert(eq(int, err, s->item[i].is_valid ? SMK_OK : SMK_ERR_BAD_DECISION));
}

/* ---- all answers as one text ---- */

static void dump_device(struct smk_buf *b, const struct smk_device *d)
{
    smk_pack_bool(b, d != NULL);
    if (d == NULL)
        return;
    smk_pack_bin(b, SMK_BYTES(d->sign_key));
    smk_pack_bin(b, SMK_BYTES(d->transport_key));
    smk_pack_bin(b, SMK_BYTES(d->box_key));
    smk_pack_text(b, d->org.text);
    for (size_t i = 0; i < d->office_count; i++)
        smk_pack_text(b, d->office[i].text);
    smk_pack_bool(b, d->has_invitation);
    smk_pack_bin(b, SMK_BYTES(d->invitation));
}

static void dump_organisations_and_offices(struct smk_buf *b, struct smk_roster *r)
{
    for (size_t i = 0; i < smk_roster_organisation_count(r); i++) {
        const struct smk_organisation *o = smk_roster_organisation_at(r, i);
        smk_pack_text(b, o->slug.text);
        smk_pack_text(b, o->kind.text);
        for (size_t j = 0; j < o->area_count; j++)
            smk_pack_text(b, o->area[j]);
    }
    for (size_t i = 0; i < smk_roster_office_count(r); i++) {
        const struct smk_office *o = smk_roster_office_at(r, i);
        smk_pack_text(b, o->slug.text);
        smk_pack_text(b, o->org.text);
        smk_pack_text(b, o->role.text);
        smk_pack_text(b, o->area);
        for (size_t j = 0; j < SUBJECTS; j++)
            smk_pack_bool(b, smk_roster_office_covers(r, o, j == 0 ? "02" : j == 1 ? "0301" : ""));
    }
}

static void dump_in_force(struct smk_buf *b, struct smk_roster *r, enum smk_decision_kind kind,
                          struct smk_bytes subject)
{
    uint8_t hash[DECISIONS][SMK_HASH_BYTES];
    size_t count = smk_roster_in_force(r, kind, subject, hash, DECISIONS);
    smk_pack_array(b, count);
    for (size_t i = 0; i < count; i++)
        smk_pack_bin(b, SMK_BYTES(hash[i]));
}

static void dump_rights(struct smk_buf *b, struct smk_roster *r, const struct test_device *d)
{
    static const char *const scope_text[] = {"gov",     "nat",     "prov:02", "prov:03", "dm:0201",
                                             "dm:0302", "dm:0401", "org:aa",  "org:bb",  "wit:org:cc"};
    for (size_t i = 0; i < sizeof scope_text / sizeof scope_text[0]; i++) {
        struct smk_scope scope = smk_scope_of(scope_text[i]);
        smk_pack_bool(b, smk_roster_holds(r, d->sign.public_key, &scope));
    }
    const struct smk_device *known = smk_roster_device(r, d->sign.public_key);
    smk_pack_uint(b, known != NULL ? smk_roster_standing(r, known) : 0);
    enum smk_err err = smk_roster_pack_certificate(r, d->sign.public_key, b);
    cr_assert(eq(int, err, known != NULL ? SMK_OK : SMK_ERR_NOT_FOUND));
}

static void dump(const struct sample *s, struct smk_roster *r, struct smk_buf *b)
{
    *b = (struct smk_buf){.max = (size_t)1 << 22};
    dump_organisations_and_offices(b, r);
    for (size_t i = 0; i < smk_roster_device_count(r); i++)
        dump_device(b, smk_roster_device_at(r, i));
    for (size_t i = 0; i < SUBJECTS; i++) {
        dump_in_force(b, r, SMK_DECIDE_ORGANISATION, smk_bytes_of_text(org_name[i]));
        dump_in_force(b, r, SMK_DECIDE_OFFICE, smk_bytes_of_text(office_name[i]));
    }
    for (size_t i = 0; i < DEVICES; i++) {
        uint8_t invitation[SMK_INVITATION_ID_BYTES] = {(uint8_t)i};
        dump_device(b, smk_roster_device(r, s->device[i].sign.public_key));
        dump_device(b, smk_roster_device_by_transport(r, s->device[i].transport.public_key));
        dump_device(b, smk_roster_device_by_invitation(r, invitation));
        dump_in_force(b, r, SMK_DECIDE_DEVICE, SMK_BYTES(s->device[i].sign.public_key));
        dump_rights(b, r, &s->device[i]);
    }
    for (size_t i = 0; i < s->count; i++)
        dump_device(b, smk_roster_device_of_decision(r, s->item[i].hash));
    cr_assert(eq(int, b->err, SMK_OK));
}

Test(roster_prop, any_order_of_adds_gives_the_same_answers, .timeout = 120)
{
    struct sample *s = calloc(1, sizeof *s);
    cr_assert(ne(ptr, s, NULL));
    for (uint64_t seed = test_seed(); seed < test_seed() + CASES; seed++) {
        struct smk_buf expected, got;
        struct test_rng rng = test_rng_from(~seed);
        sample_init(s, seed);
        for (size_t i = 0; i < s->count; i++)
            add(s, s->coalition.roster, i);
        dump(s, s->coalition.roster, &expected);
        for (int order = 0; order < ORDERS; order++) {
            struct test_coalition other;
            size_t at[DECISIONS];
            test_coalition_init(&other, 3, 2);
            for (size_t i = 0; i < s->count; i++) {
                size_t j = (size_t)test_rng_below(&rng, i + 1);
                at[i] = i;
                at[i] = at[j];
                at[j] = i;
            }
            for (size_t i = 0; i < s->count; i++) {
                add(s, other.roster, at[i]);
                if (test_rng_chance(&rng, 20)) /* questions in between, and decisions that come again */
                    (void)smk_roster_device_count(other.roster);
                if (test_rng_chance(&rng, 20))
                    add(s, other.roster, at[test_rng_below(&rng, i + 1)]);
            }
            dump(s, other.roster, &got);
            cr_assert(smk_bytes_is_equal(smk_buf_view(&expected), smk_buf_view(&got)), "seed %" PRIu64, seed);
            smk_buf_deinit(&got);
            test_coalition_deinit(&other);
        }
        smk_buf_deinit(&expected);
        sample_deinit(s);
    }
    free(s);
}

/* ---- the definition of section 5.3, word for word ---- */

static struct smk_bytes subject_of(const struct smk_decision *d)
{
    switch (d->kind) {
    case SMK_DECIDE_ORGANISATION: return smk_bytes_of_text(d->organisation.slug.text);
    case SMK_DECIDE_OFFICE: return smk_bytes_of_text(d->office.slug.text);
    case SMK_DECIDE_DEVICE: return SMK_BYTES(d->device.sign_key);
    }
    return (struct smk_bytes){0};
}

static bool names(const struct smk_decision *d, const uint8_t hash[SMK_HASH_BYTES])
{
    for (size_t i = 0; i < d->replaces_count; i++)
        if (memcmp(d->replaces[i], hash, SMK_HASH_BYTES) == 0)
            return true;
    return false;
}

static bool is_in_force(const struct sample *s, size_t at)
{
    const struct smk_decision *d = &s->item[at].decision;
    for (size_t i = 0; i < s->count; i++) {
        const struct smk_decision *other = &s->item[i].decision;
        if (s->item[i].is_valid && other->kind == d->kind && names(other, s->item[at].hash) &&
            smk_bytes_is_equal(subject_of(other), subject_of(d)))
            return false;
    }
    return true;
}

Test(roster_prop, in_force_is_what_no_valid_decision_on_the_subject_replaces, .timeout = 120)
{
    struct sample *s = calloc(1, sizeof *s);
    size_t replaced = 0, kept = 0;
    cr_assert(ne(ptr, s, NULL));
    for (uint64_t seed = test_seed() + 1000; seed < test_seed() + 1000 + CASES; seed++) {
        sample_init(s, seed);
        for (size_t i = 0; i < s->count; i++)
            add(s, s->coalition.roster, i);
        for (size_t i = 0; i < s->count; i++) {
            uint8_t hash[DECISIONS][SMK_HASH_BYTES];
            const struct smk_decision *d = &s->item[i].decision;
            size_t count = smk_roster_in_force(s->coalition.roster, d->kind, subject_of(d), hash, DECISIONS);
            bool is_there = false;
            for (size_t j = 0; j < count; j++)
                is_there = is_there || memcmp(hash[j], s->item[i].hash, SMK_HASH_BYTES) == 0;
            if (!s->item[i].is_valid)
                continue;
            cr_assert(eq(int, is_there, is_in_force(s, i)), "seed %" PRIu64 ", decision %zu", seed, i);
            replaced += is_there ? 0 : 1;
            kept += is_there ? 1 : 0;
        }
        sample_deinit(s);
    }
    cr_assert(gt(sz, replaced, 100));
    cr_assert(gt(sz, kept, 100));
    free(s);
}
