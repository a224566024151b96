#include "tests/conform/samaki.h"

#include "proto/fork.h"
#include "proto/frontier.h"
#include "proto/hash.h"
#include "proto/invitation.h"
#include "proto/logtree.h"
#include "proto/record.h"
#include "proto/roster.h"

#include <string.h>

/* Each check answers why it failed, or NULL. */
typedef const char *check_fn(const json_t *v);

static bool is_hex_of(const json_t *v, const char *key, struct smk_bytes bytes)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf wanted = {0};
    return conform_hex(json_object_get(v, key), &wanted) && smk_bytes_is_equal(smk_buf_view(&wanted), bytes);
}

static bool is_uint(const json_t *v, const char *key, uint64_t number)
{
    uint64_t wanted;
    return conform_uint(json_object_get(v, key), &wanted) && wanted == number;
}

static bool is_text(const json_t *v, const char *key, const char *text)
{
    return json_object_get(v, key) != NULL && strcmp(conform_text(v, key), text) == 0;
}

/* An array of hex against count values of 32 bytes. */
static bool is_list_of(const json_t *v, const char *key, const uint8_t (*list)[SMK_HASH_BYTES], size_t count)
{
    const json_t *wanted = json_object_get(v, key);
    if (!json_is_array(wanted) || json_array_size(wanted) != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        uint8_t hash[SMK_HASH_BYTES];
        if (!conform_hex_exact(json_array_get(wanted, i), hash, sizeof hash) ||
            memcmp(hash, list[i], sizeof hash) != 0)
            return false;
    }
    return true;
}

/* ---- records ---- */

static bool has_header(const json_t *fields, const struct smk_header *h)
{
    bool has_prev = json_object_get(fields, "prev") != NULL;
    bool has_key_id = json_object_get(fields, "key_id") != NULL;
    return is_uint(fields, "type", h->type) && is_hex_of(fields, "author", SMK_BYTES(h->author)) &&
           is_hex_of(fields, "incarnation", SMK_BYTES(h->incarnation)) &&
           is_text(fields, "scope", h->scope.text) && is_uint(fields, "seq", h->seq) &&
           has_prev == (h->seq > 1) && (!has_prev || is_hex_of(fields, "prev", SMK_BYTES(h->prev))) &&
           is_list_of(fields, "deps", h->dep, h->dep_count) && is_uint(fields, "time", h->time) &&
           is_uint(fields, "codec", h->codec) && has_key_id == h->has_key_id &&
           (!has_key_id || is_hex_of(fields, "key_id", SMK_BYTES(h->key_id))) &&
           is_uint(fields, "payload_len", h->payload_len) &&
           is_hex_of(fields, "payload_hash", SMK_BYTES(h->payload_hash));
}

static const char *check_encodings(const json_t *v, const struct smk_record *r)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf whole = {.max = 2 * SMK_PAYLOAD_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf header = {.max = SMK_HEADER_BYTES_MAX};
    smk_record_encode(r, &whole);
    smk_header_encode(&r->header, &header);
    if (!is_hex_of(v, "record", smk_buf_view(&whole)))
        return "the record is encoded in another way";
    return is_hex_of(v, "header", smk_buf_view(&header)) ? NULL : "the header is encoded in another way";
}

static const char *check_record(const json_t *v)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf wire = {0};
    uint8_t coalition[SMK_ID_BYTES], log_id[SMK_ID_BYTES];
    struct smk_record r;
    if (!conform_hex(json_object_get(v, "record"), &wire) ||
        !conform_hex_exact(json_object_get(v, "coalition"), coalition, sizeof coalition))
        return "a field is missing";
    if (smk_record_decode(smk_buf_view(&wire), &r) != SMK_OK || smk_record_check_payload(&r) != SMK_OK)
        return "a good record is refused";
    smk_log_id(r.header.author, r.header.incarnation, &r.header.scope, log_id);
    if (!has_header(json_object_get(v, "fields"), &r.header))
        return "a field of the header differs";
    if (!is_hex_of(v, "header_hash", SMK_BYTES(r.header_hash)) || !is_hex_of(v, "id", SMK_BYTES(r.id)) ||
        !is_hex_of(v, "signature", SMK_BYTES(r.signature)) || !is_hex_of(v, "log_id", SMK_BYTES(log_id)))
        return "a hash or the signature differs";
    if (r.has_payload != (json_object_get(v, "payload") != NULL))
        return "the payload is missing or should be";
    if (r.has_payload && (!is_hex_of(v, "payload", r.payload) || !is_hex_of(v, "salt", SMK_BYTES(r.salt))))
        return "the payload differs";
    if (smk_record_is_signed(&r, coalition) != json_is_true(json_object_get(v, "signed")))
        return "the signature is judged in another way";
    return check_encodings(v, &r);
}

static const char *check_refused(const json_t *v)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf wire = {0};
    uint8_t coalition[SMK_ID_BYTES];
    struct smk_record r;
    if (!conform_hex(json_object_get(v, "record"), &wire) ||
        !conform_hex_exact(json_object_get(v, "coalition"), coalition, sizeof coalition))
        return "a field is missing";
    const char *by = "nothing";
    if (smk_record_decode(smk_buf_view(&wire), &r) != SMK_OK)
        by = "decode";
    else if (smk_record_check_payload(&r) != SMK_OK)
        by = "payload";
    else if (!smk_record_is_signed(&r, coalition))
        by = "signature";
    return is_text(v, "by", by) ? NULL : "it is refused by something else, or not at all";
}

/* ---- governance ---- */

static const char *check_genesis(const json_t *v)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf bytes = {0};
    uint8_t coalition[SMK_ID_BYTES];
    struct smk_genesis g;
    if (!conform_hex(json_object_get(v, "genesis"), &bytes))
        return "a field is missing";
    if (smk_genesis_decode(smk_buf_view(&bytes), &g) != SMK_OK)
        return "a good genesis is refused";
    smk_genesis_id(smk_buf_view(&bytes), coalition);
    bool is_same = is_text(v, "name", g.name) && is_text(v, "time_zone", g.time_zone) &&
                   is_hex_of(v, "nonce", SMK_BYTES(g.nonce)) && is_uint(v, "k", g.k) &&
                   is_list_of(v, "root_keys", (const uint8_t(*)[SMK_HASH_BYTES])g.key, g.key_count) &&
                   is_hex_of(v, "coalition", SMK_BYTES(coalition));
    return is_same ? NULL : "a field differs";
}

static void roster_free(struct smk_roster **r)
{
    smk_roster_free(*r);
}

static const char *check_decision(const json_t *v)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf genesis = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf body = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf payload = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf again = {.max = SMK_DECISION_BYTES_MAX};
    SMK_CLEANUP(roster_free) struct smk_roster *roster = NULL;
    uint8_t hash[SMK_HASH_BYTES];
    struct smk_decision d;
    if (!conform_hex(json_object_get(v, "genesis"), &genesis) ||
        !conform_hex(json_object_get(v, "body"), &body) ||
        !conform_hex(json_object_get(v, "payload"), &payload))
        return "a field is missing";
    if (smk_decision_decode(smk_buf_view(&body), &d) != SMK_OK)
        return "a good decision is refused";
    smk_decision_encode(&d, &again);
    if (!smk_bytes_is_equal(smk_buf_view(&body), smk_buf_view(&again)))
        return "it is encoded in another way";
    smk_decision_hash(smk_buf_view(&body), hash);
    if (!is_hex_of(v, "hash", SMK_BYTES(hash)))
        return "the hash differs";
    if (smk_roster_new(smk_buf_view(&genesis), &roster) != SMK_OK)
        return "the genesis is refused";
    return smk_roster_add(roster, smk_buf_view(&payload)) == SMK_OK ? NULL : "its signatures are refused";
}

static const char *check_signed(const json_t *v)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf body = {0};
    uint8_t coalition[SMK_ID_BYTES], key[SMK_KEY_BYTES], signature[SMK_SIGNATURE_BYTES], hash[SMK_HASH_BYTES];
    uint64_t kind;
    if (!conform_hex(json_object_get(v, "body"), &body) || !conform_uint(json_object_get(v, "kind"), &kind) ||
        !conform_hex_exact(json_object_get(v, "coalition"), coalition, sizeof coalition) ||
        !conform_hex_exact(json_object_get(v, "key"), key, sizeof key) ||
        !conform_hex_exact(json_object_get(v, "signature"), signature, sizeof signature))
        return "a field is missing";
    smk_hash(SMK_PERSONAL_OBJECT, smk_buf_view(&body), hash);
    if (!is_hex_of(v, "hash", SMK_BYTES(hash)))
        return "the hash differs";
    for (uint64_t i = 1; i <= 8; i++)
        if (smk_verify(key, (enum smk_sign_kind)i, coalition, hash, signature) != (i == kind))
            return "it is not signed as this kind, or as another one too";
    return NULL;
}

static const char *check_invitation(const json_t *v)
{
    struct smk_invitation inv;
    const json_t *offices = json_object_get(v, "offices");
    if (smk_invitation_parse(smk_bytes_of_text(conform_text(v, "text")), &inv) != SMK_OK)
        return "a good invitation is refused";
    bool is_same = is_hex_of(v, "coalition", SMK_BYTES(inv.coalition)) &&
                   is_hex_of(v, "transport_key", SMK_BYTES(inv.transport_key)) &&
                   is_hex_of(v, "box_key", SMK_BYTES(inv.box_key)) &&
                   is_hex_of(v, "sign_key", SMK_BYTES(inv.sign_key)) && is_text(v, "address", inv.address) &&
                   is_hex_of(v, "id", SMK_BYTES(inv.id)) && is_hex_of(v, "secret", SMK_BYTES(inv.secret)) &&
                   is_text(v, "org", inv.org.text) && is_uint(v, "expires_ms", inv.expires_ms) &&
                   json_array_size(offices) == inv.office_count;
    for (size_t i = 0; is_same && i < inv.office_count; i++) {
        const char *slug = json_string_value(json_array_get(offices, i));
        is_same = slug != NULL && strcmp(slug, inv.office[i].text) == 0;
    }
    return is_same ? NULL : "a field differs";
}

/* ---- trees ---- */

static const char *check_log_roots(const json_t *v)
{
    const json_t *ids = json_object_get(v, "ids"), *roots = json_object_get(v, "roots");
    struct smk_logtree tree = {0};
    if (json_array_size(roots) != json_array_size(ids) + 1)
        return "a field is missing";
    for (size_t i = 0; i < json_array_size(roots); i++) {
        uint8_t id[SMK_ID_BYTES], root[SMK_HASH_BYTES], wanted[SMK_HASH_BYTES];
        smk_logtree_root(&tree, &smk_logtree_samaki, root);
        if (!conform_hex_exact(json_array_get(roots, i), wanted, sizeof wanted) ||
            memcmp(root, wanted, sizeof root) != 0)
            return "a root differs";
        if (i < json_array_size(ids) && !conform_hex_exact(json_array_get(ids, i), id, sizeof id))
            return "an id is missing";
        if (i < json_array_size(ids))
            smk_logtree_append(&tree, &smk_logtree_samaki, SMK_BYTES(id));
    }
    return NULL;
}

static bool head_read(const json_t *v, struct smk_head *ret_head)
{
    struct smk_head head = {.has_cut = json_object_get(v, "cut_id") != NULL};
    uint64_t state;
    bool is_read = conform_hex_exact(json_object_get(v, "log_id"), head.log_id, sizeof head.log_id) &&
                   conform_uint(json_object_get(v, "seq"), &head.seq) &&
                   conform_hex_exact(json_object_get(v, "id"), head.id, sizeof head.id) &&
                   conform_hex_exact(json_object_get(v, "log_root"), head.log_root, sizeof head.log_root) &&
                   conform_uint(json_object_get(v, "state"), &state) && state <= SMK_LEAF_CUT;
    const json_t *fork = json_object_get(v, "fork");
    if (is_read && fork != NULL)
        is_read = conform_uint(fork, &head.fork);
    if (is_read && head.has_cut)
        is_read = conform_hex_exact(json_object_get(v, "cut_id"), head.cut_id, sizeof head.cut_id);
    if (!is_read)
        return false;
    head.state = (enum smk_leaf_state)state;
    *ret_head = head;
    return true;
}

static void frontier_free(struct smk_frontier **f)
{
    smk_frontier_free(*f);
}

static const char *check_frontier(const json_t *v)
{
    SMK_CLEANUP(frontier_free) struct smk_frontier *f = smk_frontier_new();
    const json_t *heads = json_object_get(v, "heads");
    uint8_t hash[SMK_HASH_BYTES];
    if (f == NULL || !json_is_array(heads))
        return "a field is missing";
    for (size_t i = 0; i < json_array_size(heads); i++) {
        struct smk_head head;
        if (!head_read(json_array_get(heads, i), &head))
            return "a field of a head is missing";
        smk_head_leaf_hash(&head, hash);
        if (!is_hex_of(json_array_get(heads, i), "leaf_hash", SMK_BYTES(hash)))
            return "a leaf hash differs";
        if (smk_frontier_put(f, &head) != SMK_OK)
            return "out of memory";
    }
    smk_frontier_root(f, hash);
    return is_hex_of(v, "root", SMK_BYTES(hash)) ? NULL : "the root differs";
}

static const char *check_fork(const json_t *v)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf proof = {.max = SMK_FORK_BYTES_MAX};
    uint8_t coalition[SMK_ID_BYTES];
    struct smk_fork fork;
    if (!conform_hex_exact(json_object_get(v, "coalition"), coalition, sizeof coalition) ||
        !conform_hex(json_object_get(v, "proof"), &proof))
        return "a field is missing";
    if (smk_fork_decode(smk_buf_view(&proof), coalition, &fork) != SMK_OK)
        return "a good proof is refused";
    bool is_same = is_uint(v, "seq", fork.seq) && is_hex_of(v, "author", SMK_BYTES(fork.author)) &&
                   is_text(v, "scope", fork.scope.text);
    return is_same ? NULL : "a field differs";
}

void conform_samaki(struct conform_run *run, const struct conform_item *item)
{
    static const struct {
        const char *what;
        check_fn *check;
    } row[] = {
        {"record", check_record},       {"refused", check_refused},   {"genesis", check_genesis},
        {"decision", check_decision},   {"signed", check_signed},     {"invitation", check_invitation},
        {"log_roots", check_log_roots}, {"frontier", check_frontier}, {"fork", check_fork},
    };
    const char *why = "nobody knows what this is";
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        if (is_text(item->json, "samaki", row[i].what))
            why = row[i].check(item->json);
    conform_count(run, why, "%s, %s", conform_text(item->json, "samaki"), conform_text(item->json, "why"));
}
