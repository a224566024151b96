#include "tests/support/builders.h"

#include "proto/check.h"
#include "proto/hash.h"

#include <stdlib.h>
#include <string.h>

/* 2024-04-17 00:00 UTC */
static const uint64_t START_MS = 1713312000000;

static void demand(enum smk_err err)
{
    SMK_ASSERT(err == SMK_OK);
}

/* ---- keys ---- */

void test_seed_bytes(const char *what, uint64_t number, uint8_t ret_seed[SMK_SEED_BYTES])
{
    struct smk_buf text = {.max = 256};
    smk_buf_write_bytes(&text, smk_bytes_of_text(what));
    smk_buf_write_be64(&text, number);
    smk_sha256(smk_buf_view(&text), (struct smk_bytes){0}, ret_seed);
    demand(text.err);
    smk_buf_deinit(&text);
}

void test_sign_key(const char *what, uint64_t number, struct smk_sign_key *ret_key)
{
    uint8_t seed[SMK_SEED_BYTES];
    test_seed_bytes(what, number, seed);
    smk_sign_key_init(ret_key, seed);
}

void test_device_init(struct test_device *d, uint64_t number)
{
    uint8_t secret[SMK_SEED_BYTES];
    *d = (struct test_device){0};
    test_sign_key("device", number, &d->sign);
    test_seed_bytes("transport", number, secret);
    smk_dh_key_init(&d->transport, secret);
    test_seed_bytes("box", number, secret);
    smk_dh_key_init(&d->box, secret);
}

/* ---- decisions ---- */

static void set_slug(struct smk_slug *slug, struct smk_bytes text)
{
    bool fits = smk_slug_copy(text, slug);
    SMK_ASSERT(fits);
}

/* Cuts the next word off; false when there is none. */
static bool next_word(const char **list, struct smk_bytes *ret_word)
{
    *list += strspn(*list, " ");
    *ret_word = (struct smk_bytes){(const uint8_t *)*list, strcspn(*list, " ")};
    *list += ret_word->len;
    return ret_word->len > 0;
}

struct smk_decision test_organisation(const char *slug, const char *kind, const char *areas)
{
    struct smk_decision d = {.kind = SMK_DECIDE_ORGANISATION};
    struct smk_organisation *o = &d.organisation;
    struct smk_bytes word;
    set_slug(&o->slug, smk_bytes_of_text(slug));
    set_slug(&o->kind, smk_bytes_of_text(kind));
    memcpy(o->name.km, "អង្គការ", sizeof "អង្គការ");
    for (; next_word(&areas, &word); o->area_count++)
        memcpy(o->area[o->area_count], word.data, word.len);
    return d;
}

struct smk_decision test_office(const char *slug, const char *org, const char *role, const char *area)
{
    struct smk_decision d = {.kind = SMK_DECIDE_OFFICE};
    set_slug(&d.office.slug, smk_bytes_of_text(slug));
    set_slug(&d.office.org, smk_bytes_of_text(org));
    set_slug(&d.office.role, smk_bytes_of_text(role));
    memcpy(d.office.title.en, "Office", sizeof "Office");
    memcpy(d.office.area, area, strlen(area));
    return d;
}

struct smk_decision test_device(const struct test_device *device, const char *org, const char *offices)
{
    struct smk_decision d = {.kind = SMK_DECIDE_DEVICE};
    struct smk_bytes word;
    memcpy(d.device.sign_key, device->sign.public_key, SMK_KEY_BYTES);
    memcpy(d.device.transport_key, device->transport.public_key, SMK_KEY_BYTES);
    memcpy(d.device.box_key, device->box.public_key, SMK_KEY_BYTES);
    set_slug(&d.device.org, smk_bytes_of_text(org));
    while (next_word(&offices, &word))
        set_slug(&d.device.office[d.device.office_count++], word);
    return d;
}

void test_replace(struct smk_decision *d, const uint8_t hash[SMK_HASH_BYTES])
{
    for (size_t i = 0; i < d->replaces_count; i++)
        if (memcmp(d->replaces[i], hash, SMK_HASH_BYTES) == 0)
            return;
    size_t at = d->replaces_count++;
    SMK_ASSERT(at < SMK_CERT_DECISIONS_MAX);
    for (; at > 0 && memcmp(d->replaces[at - 1], hash, SMK_HASH_BYTES) > 0; at--)
        memcpy(d->replaces[at], d->replaces[at - 1], SMK_HASH_BYTES);
    memcpy(d->replaces[at], hash, SMK_HASH_BYTES);
}

/* ---- a coalition ---- */

static int compare_keys(const void *a, const void *b)
{
    return memcmp(((const struct smk_sign_key *)a)->public_key, ((const struct smk_sign_key *)b)->public_key,
                  SMK_KEY_BYTES);
}

void test_coalition_init(struct test_coalition *c, size_t root_count, size_t k)
{
    *c = (struct test_coalition){.root_count = root_count, .k = k, .genesis = {.max = SMK_GENESIS_BYTES_MAX}};
    struct smk_genesis g = {.k = k, .key_count = root_count, .name = "Test", .time_zone = "Asia/Phnom_Penh"};
    SMK_ASSERT(root_count <= SMK_ROOT_KEYS_MAX);
    for (size_t i = 0; i < root_count; i++)
        test_sign_key("root", i, &c->root[i]);
    qsort(c->root, root_count, sizeof c->root[0], compare_keys);
    for (size_t i = 0; i < root_count; i++)
        memcpy(g.key[i], c->root[i].public_key, SMK_KEY_BYTES);
    smk_genesis_encode(&g, &c->genesis);
    demand(c->genesis.err);
    smk_genesis_id(smk_buf_view(&c->genesis), c->id);
    demand(smk_roster_new(smk_buf_view(&c->genesis), &c->roster));
}

void test_coalition_deinit(struct test_coalition *c)
{
    smk_roster_free(c->roster);
    smk_buf_deinit(&c->genesis);
    *c = (struct test_coalition){0};
}

void test_decision_payload(const struct test_coalition *c, const struct smk_decision *decision,
                           struct smk_buf *payload, uint8_t ret_hash[SMK_HASH_BYTES])
{
    struct smk_buf body = {.max = SMK_DECISION_BYTES_MAX};
    smk_decision_encode(decision, &body);
    demand(body.err);
    smk_decision_hash(smk_buf_view(&body), ret_hash);
    demand(smk_decision_sign(smk_buf_view(&body), c->root, c->k, c->id, payload));
    smk_buf_deinit(&body);
}

void test_decide(struct test_coalition *c, const struct smk_decision *decision,
                 uint8_t ret_hash[SMK_HASH_BYTES])
{
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    test_decision_payload(c, decision, &payload, ret_hash);
    demand(smk_roster_add(c->roster, smk_buf_view(&payload)));
    smk_buf_deinit(&payload);
}

void test_certify(struct test_coalition *c, struct test_device *d, const char *org, const char *offices)
{
    struct smk_decision decision = test_device(d, org, offices);
    test_decide(c, &decision, d->decision);
}

static void found(struct test_coalition *c, const char *org, const char *kind, const char *areas)
{
    uint8_t hash[SMK_HASH_BYTES];
    struct smk_decision decision = test_organisation(org, kind, areas);
    test_decide(c, &decision, hash);
}

static void seat(struct test_coalition *c, const char *slug, const char *org, const char *role)
{
    uint8_t hash[SMK_HASH_BYTES];
    struct smk_decision decision = test_office(slug, org, role, "");
    test_decide(c, &decision, hash);
}

void test_world_init(struct test_world *w)
{
    struct test_coalition *c = &w->coalition;
    test_coalition_init(c, 1, 1);
    found(c, "sec", "secretariat", "");
    found(c, "ctod", "member", "02");
    found(c, "bavel", "sna_dm", "0202");
    seat(c, "sec-approver", "sec", "secretariat_approver");
    seat(c, "ctod-editor", "ctod", "member_editor");
    seat(c, "bavel-clerk", "bavel", "sna_clerk");
    test_device_init(&w->sec, 1);
    test_device_init(&w->ctod, 2);
    test_device_init(&w->bavel, 3);
    test_certify(c, &w->sec, "sec", "sec-approver");
    test_certify(c, &w->ctod, "ctod", "ctod-editor");
    test_certify(c, &w->bavel, "bavel", "bavel-clerk");
}

void test_world_deinit(struct test_world *w)
{
    test_coalition_deinit(&w->coalition);
}

/* ---- logs ---- */

void test_run_init(struct test_run *run, const struct test_coalition *c, const struct test_device *d,
                   const char *scope, uint64_t incarnation)
{
    uint8_t seed[SMK_SEED_BYTES];
    run->coalition = c;
    run->device = d;
    run->scope = smk_scope_of(scope);
    run->count = 0;
    test_seed_bytes("incarnation", incarnation, seed);
    memcpy(run->incarnation, seed, sizeof run->incarnation);
}

/* GIVES exactly these bytes. */
static struct smk_bytes exact_copy(struct smk_bytes bytes)
{
    uint8_t *copy = malloc(bytes.len > 0 ? bytes.len : 1);
    SMK_ASSERT(copy != NULL);
    if (bytes.len > 0)
        memcpy(copy, bytes.data, bytes.len);
    return (struct smk_bytes){copy, bytes.len};
}

static void exact_free(struct smk_bytes bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

void test_run_deinit(struct test_run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        exact_free(run->record[i].header_bytes);
        exact_free(run->record[i].payload);
    }
    run->count = 0;
}

struct smk_header test_run_next(const struct test_run *run, uint64_t type)
{
    struct smk_header h = {.type = type, .scope = run->scope, .seq = run->count + 1};
    memcpy(h.author, run->device->sign.public_key, sizeof h.author);
    memcpy(h.incarnation, run->incarnation, sizeof h.incarnation);
    h.time = (START_MS + 1000 * run->count) << 16;
    if (run->count > 0)
        memcpy(h.prev, run->record[run->count - 1].id, sizeof h.prev);
    return h;
}

void test_run_push(struct test_run *run, const struct smk_header *header, struct smk_bytes payload)
{
    SMK_ASSERT(run->count < TEST_RUN_MAX);
    struct smk_buf header_buf = {.max = SMK_HEADER_BYTES_MAX};
    uint8_t salt[SMK_SEED_BYTES];
    test_seed_bytes("salt", run->count, salt);
    struct smk_record *r = &run->record[run->count];
    demand(smk_record_make(header, payload, salt, &run->device->sign, run->coalition->id, &header_buf, r));
    r->header_bytes = exact_copy(r->header_bytes);
    r->payload = exact_copy(payload);
    run->count++;
    smk_buf_deinit(&header_buf);
}

void test_run_open(struct test_run *run)
{
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_header header = test_run_next(run, SMK_RECORD_OPEN);
    const uint8_t(*under)[SMK_HASH_BYTES] = (const uint8_t(*)[SMK_HASH_BYTES])run->device->decision;
    smk_open_encode(under, 1, NULL, 0, "new store", &payload);
    demand(payload.err);
    test_run_push(run, &header, smk_buf_view(&payload));
    smk_buf_deinit(&payload);
}

void test_edit_payload(struct smk_buf *b, uint64_t number, size_t letters)
{
    static const char word[] = "ខ្មែរ"; /* five letters of three bytes */
    uint8_t id[SMK_SEED_BYTES];
    struct smk_buf text = {.max = b->max};
    test_seed_bytes("document", number, id);
    for (size_t i = 0; i < letters; i++)
        smk_buf_write(&text, &word[3 * (i % 5)], 3);
    smk_pack_map(b, 5);
    smk_pack_text(b, "doc");
    smk_pack_bin(b, (struct smk_bytes){id, SMK_DOC_ID_BYTES});
    smk_pack_text(b, "kind");
    smk_pack_text(b, "note");
    smk_pack_text(b, "fields");
    smk_pack_map(b, 1);
    smk_pack_text(b, "text");
    smk_pack_map(b, 1);
    smk_pack_text(b, "km");
    smk_pack_str(b, smk_buf_view(&text));
    smk_pack_text(b, "office");
    smk_pack_text(b, "ctod-editor");
    smk_pack_text(b, "schema");
    smk_pack_uint(b, 1);
    demand(text.err);
    demand(b->err);
    smk_buf_deinit(&text);
}

static void push_small(struct test_run *run, uint64_t type, size_t letters)
{
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_header header = test_run_next(run, type);
    test_edit_payload(&payload, run->count, letters);
    test_run_push(run, &header, smk_buf_view(&payload));
    smk_buf_deinit(&payload);
}

void test_run_edit(struct test_run *run, size_t letters)
{
    push_small(run, SMK_RECORD_EDIT, letters);
}

void test_run_record(struct test_run *run, uint64_t type)
{
    push_small(run, type, 1);
}

void test_run_fill(struct test_run *run, size_t count)
{
    test_run_open(run);
    while (run->count < count)
        test_run_edit(run, run->count % 7);
}

void test_run_spoil_signature(struct test_run *run)
{
    struct smk_record *r = &run->record[run->count - 1];
    uint8_t signature[SMK_SIGNATURE_BYTES];
    memcpy(signature, r->signature, sizeof signature);
    signature[5] ^= 1;
    demand(smk_record_assemble(r->header_bytes, signature, r->salt, r->payload, r));
}

void test_run_drop_payload(struct test_run *run, size_t i)
{
    struct smk_record *r = &run->record[i];
    exact_free(r->payload);
    r->payload = (struct smk_bytes){0};
    r->has_payload = false;
    memset(r->salt, 0, sizeof r->salt);
}

struct test_log *test_log_new(const char *scope)
{
    struct test_log *l = calloc(1, sizeof *l);
    SMK_ASSERT(l != NULL);
    test_world_init(&l->world);
    test_run_init(&l->run, &l->world.coalition, &l->world.ctod, scope, 1);
    smk_log_init(&l->log, l->world.ctod.sign.public_key, l->run.incarnation, &l->run.scope);
    return l;
}

void test_log_free(struct test_log *l)
{
    test_run_deinit(&l->run);
    test_world_deinit(&l->world);
    free(l);
}

enum smk_err test_log_take(struct test_log *l, size_t from)
{
    memset(l->is_bad, 1, sizeof l->is_bad);
    return smk_log_take_run(&l->log, l->world.coalition.roster, l->run.record + from, l->run.count - from,
                            &l->log, &l->taken, l->is_bad);
}
