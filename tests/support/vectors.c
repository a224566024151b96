#include "tests/support/vectors.h"

#include "proto/check.h"
#include "proto/hash.h"
#include "proto/invitation.h"
#include "proto/log.h"
#include "tests/support/builders.h"
#include "tests/support/json.h"

#include <stdlib.h>
#include <string.h>

static void vector_open(struct test_json *j, const char *what, const char *why)
{
    test_json_open(j, NULL, '{');
    test_json_text(j, "samaki", what);
    test_json_text(j, "why", why);
}

static void vector_close(struct test_json *j)
{
    test_json_close(j, '}');
}

/* ---- records.json ---- */

static void write_header_fields(struct test_json *j, const struct smk_header *h)
{
    test_json_open(j, "fields", '{');
    test_json_uint(j, "type", h->type);
    test_json_hex(j, "author", SMK_BYTES(h->author));
    test_json_hex(j, "incarnation", SMK_BYTES(h->incarnation));
    test_json_text(j, "scope", h->scope.text);
    test_json_uint(j, "seq", h->seq);
    if (h->seq > 1)
        test_json_hex(j, "prev", SMK_BYTES(h->prev));
    test_json_open(j, "deps", '[');
    for (size_t i = 0; i < h->dep_count; i++)
        test_json_hex(j, NULL, SMK_BYTES(h->dep[i]));
    test_json_close(j, ']');
    test_json_uint(j, "time", h->time);
    test_json_uint(j, "codec", h->codec);
    if (h->has_key_id)
        test_json_hex(j, "key_id", SMK_BYTES(h->key_id));
    test_json_uint(j, "payload_len", h->payload_len);
    test_json_hex(j, "payload_hash", SMK_BYTES(h->payload_hash));
    test_json_close(j, '}');
}

static void write_whole_record(struct test_json *j, const struct smk_record *r)
{
    struct smk_buf whole = {.max = 2 * SMK_PAYLOAD_BYTES_MAX};
    smk_record_encode(r, &whole);
    test_json_hex(j, "record", smk_buf_view(&whole));
    smk_buf_deinit(&whole);
}

static void write_record(struct test_json *j, const struct test_run *run, size_t i, const char *why)
{
    const struct smk_record *r = &run->record[i];
    uint8_t log_id[SMK_ID_BYTES];
    smk_log_id(r->header.author, r->header.incarnation, &r->header.scope, log_id);
    vector_open(j, "record", why);
    test_json_hex(j, "coalition", SMK_BYTES(run->coalition->id));
    write_header_fields(j, &r->header);
    test_json_hex(j, "log_id", SMK_BYTES(log_id));
    test_json_hex(j, "header", r->header_bytes);
    test_json_hex(j, "header_hash", SMK_BYTES(r->header_hash));
    test_json_hex(j, "signature", SMK_BYTES(r->signature));
    test_json_hex(j, "id", SMK_BYTES(r->id));
    if (r->has_payload) {
        test_json_hex(j, "salt", SMK_BYTES(r->salt));
        test_json_hex(j, "payload", r->payload);
    }
    test_json_bool(j, "signed", smk_record_is_signed(r, run->coalition->id));
    write_whole_record(j, r);
    vector_close(j);
}

/* A record that must not be accepted: where it is refused, and how its bytes differ from a good one. */
static void write_refused(struct test_json *j, const struct test_run *run, const char *by, const char *why,
                          struct smk_record damaged)
{
    vector_open(j, "refused", why);
    test_json_text(j, "by", by);
    test_json_hex(j, "coalition", SMK_BYTES(run->coalition->id));
    write_whole_record(j, &damaged);
    vector_close(j);
}

static void write_damaged(struct test_json *j, const struct test_run *run, const struct smk_record *good)
{
    uint8_t header[SMK_HEADER_BYTES_MAX];
    struct smk_record r = *good;
    r.salt[0] ^= 1;
    write_refused(j, run, "payload", "another salt", r);
    r = *good;
    r.signature[0] ^= 1;
    write_refused(j, run, "signature", "another signature", r);
    memcpy(header, good->header_bytes.data, good->header_bytes.len);
    r = *good;
    r.header_bytes.data = header;
    header[1] = 2;
    write_refused(j, run, "decode", "a header of version 2", r);
    header[1] = 1;
    header[2]++;
    write_refused(j, run, "signature", "another type", r);
    header[2]--;
    r.header_bytes.len--;
    write_refused(j, run, "decode", "a header that ends early", r);
}

static void records_fill(struct test_run *run)
{
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    test_run_open(run);
    test_run_edit(run, 5);
    struct smk_header h = test_run_next(run, SMK_RECORD_ACT);
    h.dep_count = 2;
    memset(h.dep[0], 0x11, SMK_ID_BYTES);
    memset(h.dep[1], 0x22, SMK_ID_BYTES);
    h.time = run->record[1].header.time + 1;
    test_edit_payload(&payload, 7, 40);
    test_run_push(run, &h, smk_buf_view(&payload));
    test_run_record(run, 200);
    h = test_run_next(run, SMK_RECORD_EDIT);
    h.codec = 1;
    h.has_key_id = true;
    memset(h.key_id, 0x33, sizeof h.key_id);
    test_run_push(run, &h, smk_bytes_of_text("opaque"));
    test_run_edit(run, 0);
    test_run_drop_payload(run, run->count - 1);
    test_run_edit(run, 1);
    test_run_spoil_signature(run);
    smk_buf_deinit(&payload);
}

static void write_records(struct test_json *j)
{
    static const char *const why[] = {
        "open",      "edit with Khmer text",    "act with two deps",        "unknown type",
        "encrypted", "payload that is missing", "edit with a bad signature"};
    struct test_world w;
    struct test_run *run = calloc(1, sizeof *run);
    SMK_ASSERT(run != NULL);
    test_world_init(&w);
    test_run_init(run, &w.coalition, &w.ctod, "prov:02", 1);
    records_fill(run);
    for (size_t i = 0; i < run->count; i++)
        write_record(j, run, i, why[i]);
    write_damaged(j, run, &run->record[1]);
    test_run_deinit(run);
    free(run);
    test_world_deinit(&w);
}

/* ---- governance.json ---- */

static void write_decision(struct test_json *j, struct test_coalition *c, const struct smk_decision *d,
                           const char *why)
{
    struct smk_buf body = {.max = SMK_DECISION_BYTES_MAX}, payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    uint8_t hash[SMK_HASH_BYTES];
    smk_decision_encode(d, &body);
    test_decision_payload(c, d, &payload, hash);
    vector_open(j, "decision", why);
    test_json_hex(j, "genesis", smk_buf_view(&c->genesis));
    test_json_hex(j, "body", smk_buf_view(&body));
    test_json_hex(j, "hash", SMK_BYTES(hash));
    test_json_hex(j, "payload", smk_buf_view(&payload));
    vector_close(j);
    smk_buf_deinit(&body);
    smk_buf_deinit(&payload);
}

static void write_genesis(struct test_json *j, const struct test_coalition *c)
{
    const struct smk_genesis *g = smk_roster_genesis(c->roster);
    vector_open(j, "genesis", "two of three root keys");
    test_json_text(j, "name", g->name);
    test_json_text(j, "time_zone", g->time_zone);
    test_json_hex(j, "nonce", SMK_BYTES(g->nonce));
    test_json_uint(j, "k", g->k);
    test_json_open(j, "root_keys", '[');
    for (size_t i = 0; i < g->key_count; i++)
        test_json_hex(j, NULL, SMK_BYTES(g->key[i]));
    test_json_close(j, ']');
    test_json_hex(j, "genesis", smk_buf_view(&c->genesis));
    test_json_hex(j, "coalition", SMK_BYTES(c->id));
    vector_close(j);
}

static void write_invitation(struct test_json *j, const struct test_coalition *c, const struct test_device *d)
{
    struct smk_invitation inv = {.office_count = 2, .expires_ms = 1713312000000};
    struct smk_buf text = {.max = SMK_INVITATION_TEXT_BYTES_MAX};
    memcpy(inv.coalition, c->id, sizeof inv.coalition);
    memcpy(inv.transport_key, d->transport.public_key, sizeof inv.transport_key);
    memcpy(inv.box_key, d->box.public_key, sizeof inv.box_key);
    memcpy(inv.sign_key, d->sign.public_key, sizeof inv.sign_key);
    memcpy(inv.address, "hub.example.org:4717", sizeof "hub.example.org:4717");
    memset(inv.id, 0x44, sizeof inv.id);
    memset(inv.secret, 0x55, sizeof inv.secret);
    memcpy(inv.org.text, "ctod", sizeof "ctod");
    memcpy(inv.office[0].text, "ctod-approver", sizeof "ctod-approver");
    memcpy(inv.office[1].text, "ctod-editor", sizeof "ctod-editor");
    enum smk_err err = smk_invitation_format(&inv, &d->sign, &text);
    smk_buf_write_u8(&text, 0);
    SMK_ASSERT(err == SMK_OK);
    vector_open(j, "invitation", "with two offices");
    test_json_hex(j, "coalition", SMK_BYTES(inv.coalition));
    test_json_hex(j, "transport_key", SMK_BYTES(inv.transport_key));
    test_json_hex(j, "box_key", SMK_BYTES(inv.box_key));
    test_json_hex(j, "sign_key", SMK_BYTES(inv.sign_key));
    test_json_text(j, "address", inv.address);
    test_json_hex(j, "id", SMK_BYTES(inv.id));
    test_json_hex(j, "secret", SMK_BYTES(inv.secret));
    test_json_text(j, "org", inv.org.text);
    test_json_open(j, "offices", '[');
    for (size_t i = 0; i < inv.office_count; i++)
        test_json_text(j, NULL, inv.office[i].text);
    test_json_close(j, ']');
    test_json_uint(j, "expires_ms", inv.expires_ms);
    test_json_text(j, "text", (const char *)text.data);
    vector_close(j);
    smk_buf_deinit(&text);
}

static void write_signed(struct test_json *j, const struct test_coalition *c, const struct test_device *d,
                         enum smk_sign_kind kind, struct smk_bytes body, const char *why)
{
    uint8_t hash[SMK_HASH_BYTES], signature[SMK_SIGNATURE_BYTES];
    smk_hash(SMK_PERSONAL_OBJECT, body, hash);
    enum smk_err err = smk_sign(&d->sign, kind, c->id, hash, signature);
    SMK_ASSERT(err == SMK_OK);
    vector_open(j, "signed", why);
    test_json_uint(j, "kind", kind);
    test_json_hex(j, "coalition", SMK_BYTES(c->id));
    test_json_hex(j, "key", SMK_BYTES(d->sign.public_key));
    test_json_hex(j, "body", body);
    test_json_hex(j, "hash", SMK_BYTES(hash));
    test_json_hex(j, "signature", SMK_BYTES(signature));
    vector_close(j);
}

static void write_binding_and_receipt(struct test_json *j, const struct test_coalition *c,
                                      const struct test_device *d)
{
    struct smk_buf body = {.max = SMK_DECISION_BYTES_MAX};
    uint8_t handshake[SMK_HASH_BYTES], digest[SMK_HASH_BYTES];
    memset(handshake, 0x66, sizeof handshake);
    memset(digest, 0x77, sizeof digest);
    smk_pack_array(&body, 3);
    smk_pack_bin(&body, SMK_BYTES(handshake));
    smk_pack_uint(&body, 0);
    smk_pack_bin(&body, SMK_BYTES(d->transport.public_key));
    write_signed(j, c, d, SMK_SIGN_BINDING, smk_buf_view(&body), "device binding of an initiator");
    smk_buf_reset(&body);
    smk_pack_array(&body, 4);
    smk_pack_bin(&body, SMK_BYTES(handshake));
    smk_pack_bin(&body, SMK_BYTES(digest));
    smk_pack_array(&body, 1);
    smk_pack_array(&body, 4);
    smk_pack_text(&body, "gov");
    smk_pack_uint(&body, 12);
    smk_pack_uint(&body, 1);
    smk_pack_uint(&body, 0);
    smk_pack_uint(&body, 1713312000000);
    write_signed(j, c, d, SMK_SIGN_SYNC_RECEIPT, smk_buf_view(&body), "sync receipt");
    smk_buf_deinit(&body);
}

static void write_governance(struct test_json *j)
{
    struct test_coalition c;
    struct test_device d;
    test_coalition_init(&c, 3, 2);
    test_device_init(&d, 1);
    write_genesis(j, &c);
    struct smk_decision decision = test_organisation("ctod", "member", "02 0301");
    write_decision(j, &c, &decision, "organisation with a Khmer name");
    decision = test_office("ctod-editor", "ctod", "member_editor", "0201");
    memcpy(decision.office.meeting, "annual-2024", sizeof "annual-2024");
    write_decision(j, &c, &decision, "office with area and meeting");
    decision = test_device(&d, "ctod", "ctod-approver ctod-editor");
    decision.device.has_invitation = true;
    memset(decision.device.invitation, 0x44, sizeof decision.device.invitation);
    test_replace(&decision, c.id);
    write_decision(j, &c, &decision, "device that replaces another decision");
    write_invitation(j, &c, &d);
    write_binding_and_receipt(j, &c, &d);
    test_coalition_deinit(&c);
}

/* ---- trees.json ---- */

static void write_log_roots(struct test_json *j)
{
    struct smk_logtree tree = {0};
    uint8_t id[SMK_ID_BYTES], root[SMK_HASH_BYTES];
    vector_open(j, "log_roots", "root i is that of the first i ids");
    test_json_open(j, "ids", '[');
    for (uint64_t i = 0; i < 9; i++) {
        test_seed_bytes("id", i, id);
        test_json_hex(j, NULL, SMK_BYTES(id));
    }
    test_json_close(j, ']');
    test_json_open(j, "roots", '[');
    for (uint64_t i = 0; i < 10; i++) {
        smk_logtree_root(&tree, &smk_logtree_samaki, root);
        test_json_hex(j, NULL, SMK_BYTES(root));
        test_seed_bytes("id", i, id);
        smk_logtree_append(&tree, &smk_logtree_samaki, SMK_BYTES(id));
    }
    test_json_close(j, ']');
    vector_close(j);
}

static struct smk_head make_head(uint64_t number)
{
    struct smk_head head = {.seq = 1 + number * 1000, .state = SMK_LEAF_WHOLE};
    struct smk_scope scope = smk_scope_of("prov:02");
    uint8_t incarnation[SMK_SEED_BYTES];
    test_seed_bytes("author", number, head.author);
    test_seed_bytes("incarnation", number, incarnation);
    memcpy(head.incarnation, incarnation, sizeof head.incarnation);
    smk_log_id(head.author, head.incarnation, &scope, head.log_id);
    test_seed_bytes("head", number, head.id);
    test_seed_bytes("root", number, head.log_root);
    return head;
}

static void write_head(struct test_json *j, const char *key, const struct smk_head *head)
{
    uint8_t hash[SMK_HASH_BYTES];
    smk_head_leaf_hash(head, hash);
    test_json_open(j, key, '{');
    test_json_hex(j, "log_id", SMK_BYTES(head->log_id));
    test_json_uint(j, "seq", head->seq);
    test_json_hex(j, "id", SMK_BYTES(head->id));
    test_json_hex(j, "log_root", SMK_BYTES(head->log_root));
    test_json_uint(j, "state", head->state);
    if (head->fork > 0)
        test_json_uint(j, "fork", head->fork);
    if (head->has_cut)
        test_json_hex(j, "cut_id", SMK_BYTES(head->cut_id));
    test_json_hex(j, "leaf_hash", SMK_BYTES(hash));
    test_json_close(j, '}');
}

static void write_frontier(struct test_json *j, uint64_t count, const char *why)
{
    struct smk_frontier *f = smk_frontier_new();
    uint8_t root[SMK_HASH_BYTES];
    SMK_ASSERT(f != NULL);
    vector_open(j, "frontier", why);
    test_json_open(j, "heads", '[');
    for (uint64_t i = 0; i < count; i++) {
        struct smk_head head = make_head(i);
        head.state = i == 1 ? SMK_LEAF_FORKED : i == 2 ? SMK_LEAF_CUT : SMK_LEAF_WHOLE;
        head.fork = i == 1 ? head.seq + 3 : 0;
        head.has_cut = i == 2;
        if (head.has_cut)
            test_seed_bytes("cut", i, head.cut_id);
        enum smk_err err = smk_frontier_put(f, &head);
        SMK_ASSERT(err == SMK_OK);
        write_head(j, NULL, &head);
    }
    test_json_close(j, ']');
    smk_frontier_root(f, root);
    test_json_hex(j, "root", SMK_BYTES(root));
    vector_close(j);
    smk_frontier_free(f);
}

/* Two chains of one log that part at its third record. */
static void write_fork(struct test_json *j, size_t spoilt, const char *why)
{
    struct test_world w;
    struct test_run *a = calloc(1, sizeof *a), *b = calloc(1, sizeof *b);
    struct smk_buf proof = {.max = SMK_FORK_BYTES_MAX};
    SMK_ASSERT(a != NULL);
    SMK_ASSERT(b != NULL);
    test_world_init(&w);
    test_run_init(a, &w.coalition, &w.ctod, "pub", 7);
    test_run_init(b, &w.coalition, &w.ctod, "pub", 7);
    test_run_fill(a, 4);
    test_run_fill(b, 2);
    for (size_t i = 0; i <= spoilt; i++) {
        test_run_edit(b, 20 + i);
        if (i < spoilt)
            test_run_spoil_signature(b);
    }
    enum smk_err err = smk_fork_make(&a->record[2], 2, &b->record[2], b->count - 2, w.coalition.id, &proof);
    SMK_ASSERT(err == SMK_OK);
    vector_open(j, "fork", why);
    test_json_hex(j, "coalition", SMK_BYTES(w.coalition.id));
    test_json_hex(j, "proof", smk_buf_view(&proof));
    test_json_uint(j, "seq", 3);
    test_json_hex(j, "author", SMK_BYTES(w.ctod.sign.public_key));
    test_json_text(j, "scope", "pub");
    vector_close(j);
    smk_buf_deinit(&proof);
    test_run_deinit(a);
    test_run_deinit(b);
    test_world_deinit(&w);
    free(a);
    free(b);
}

static void write_trees(struct test_json *j)
{
    write_log_roots(j);
    write_frontier(j, 0, "empty");
    write_frontier(j, 1, "one log");
    write_frontier(j, 3, "whole, forked and cut");
    write_frontier(j, 40, "several levels");
    write_fork(j, 0, "two signed records at one place");
    write_fork(j, 3, "three bad signatures before the good one that covers them");
}

/* ---- files ---- */

static const struct {
    const char *name;
    const char *about;
    void (*write)(struct test_json *j);
} vector_file[TEST_VECTOR_FILES] = {
    {"records.json", "Headers, record ids, payload hashes, log ids: PROTOCOL.md sections 3 and 4",
     write_records},
    {"governance.json", "Genesis, decisions, invitations, signed objects: PROTOCOL.md sections 3, 5 and 9",
     write_governance},
    {"trees.json", "Log roots, frontier leaves and roots, proofs of forks: PROTOCOL.md sections 4.7, 6 and 7",
     write_trees},
};

const char *test_vectors_name(size_t file)
{
    return vector_file[file].name;
}

void test_vectors_write(size_t file, struct smk_buf *b)
{
    struct test_json j = {.b = b};
    test_json_open(&j, NULL, '{');
    test_json_text(&j, "about", vector_file[file].about);
    test_json_open(&j, "vectors", '[');
    vector_file[file].write(&j);
    test_json_close(&j, ']');
    test_json_close(&j, '}');
    SMK_ASSERT(b->err == SMK_OK);
}
