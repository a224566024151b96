#include "tests/conform/conform.h"

#include "proto/hash.h"
#include "proto/logtree.h"

#include <string.h>

/* The log tree with the hashes of RFC 6962. */

static void rfc_empty(uint8_t ret_hash[SMK_HASH_BYTES])
{
    smk_sha256((struct smk_bytes){0}, (struct smk_bytes){0}, ret_hash);
}

static void rfc_leaf(struct smk_bytes entry, uint8_t ret_hash[SMK_HASH_BYTES])
{
    static const uint8_t prefix[] = {0};
    smk_sha256(SMK_BYTES(prefix), entry, ret_hash);
}

static void rfc_node(const uint8_t left[SMK_HASH_BYTES], const uint8_t right[SMK_HASH_BYTES],
                     uint8_t ret_hash[SMK_HASH_BYTES])
{
    uint8_t start[1 + SMK_HASH_BYTES] = {1};
    memcpy(start + 1, left, SMK_HASH_BYTES);
    smk_sha256(SMK_BYTES(start), (struct smk_bytes){right, SMK_HASH_BYTES}, ret_hash);
}

static const struct smk_logtree_hashes rfc_hashes = {.empty = rfc_empty, .leaf = rfc_leaf, .node = rfc_node};

/* What was read of a case. Base64 that is no hash cannot be given to a checker at all: the case is refused. */
struct merkle_case {
    const char *flaw; /* the file is at fault, not the proof */
    bool is_refused;
    size_t count;
    uint8_t (*proof)[SMK_HASH_BYTES];
};

static void merkle_case_deinit(struct merkle_case *c)
{
    smk_mem_free(c->proof);
}

static void take_hash(struct merkle_case *c, const json_t *text, uint8_t ret_hash[SMK_HASH_BYTES])
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf bytes = {0};
    memset(ret_hash, 0, SMK_HASH_BYTES);
    if (json_is_null(text)) /* a hash of no bytes */
        c->is_refused = true;
    else if (!conform_base64(text, &bytes))
        c->flaw = "a hash is missing or is not base64";
    else if (bytes.len != SMK_HASH_BYTES)
        c->is_refused = true;
    else
        memcpy(ret_hash, bytes.data, SMK_HASH_BYTES);
}

/* A root that is no hash stands for itself: all that can be asked is whether two of them are the same bytes, so its
 * digest takes its place, which no tree has as its root. */
static void take_root(struct merkle_case *c, const json_t *text, uint8_t ret_root[SMK_HASH_BYTES])
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf bytes = {0};
    memset(ret_root, 0, SMK_HASH_BYTES);
    if (!json_is_null(text) && !conform_base64(text, &bytes))
        c->flaw = "a root is missing or is not base64";
    else if (bytes.len != SMK_HASH_BYTES)
        smk_sha256(smk_bytes_of_text("not a root"), smk_buf_view(&bytes), ret_root);
    else
        memcpy(ret_root, bytes.data, SMK_HASH_BYTES);
}

static uint64_t take_number(struct merkle_case *c, const json_t *item, const char *key)
{
    uint64_t number = 0;
    if (!conform_uint(json_object_get(item, key), &number))
        c->flaw = "a size or an index is missing or is no number";
    return number;
}

static void take_proof(struct merkle_case *c, const json_t *proof)
{
    if (!json_is_array(proof) && !json_is_null(proof)) {
        c->flaw = "there is no proof in it";
        return;
    }
    size_t count = json_array_size(proof);
    c->proof = smk_mem_array(count, SMK_HASH_BYTES);
    if (c->proof == NULL) {
        c->flaw = "out of memory";
        return;
    }
    c->count = count;
    for (size_t i = 0; i < count; i++)
        take_hash(c, json_array_get(proof, i), c->proof[i]);
}

static bool is_consistent(struct merkle_case *c, const json_t *item)
{
    uint8_t old_root[SMK_HASH_BYTES], new_root[SMK_HASH_BYTES];
    uint64_t old_size = take_number(c, item, "size1"), new_size = take_number(c, item, "size2");
    take_root(c, json_object_get(item, "root1"), old_root);
    take_root(c, json_object_get(item, "root2"), new_root);
    if (c->flaw != NULL || c->is_refused)
        return false;
    return smk_logtree_check_consistency(&rfc_hashes, old_size, new_size,
                                         (const uint8_t(*)[SMK_HASH_BYTES])c->proof, c->count, old_root,
                                         new_root);
}

static bool is_included(struct merkle_case *c, const json_t *item)
{
    uint8_t leaf[SMK_HASH_BYTES], root[SMK_HASH_BYTES];
    uint64_t index = take_number(c, item, "leafIdx"), size = take_number(c, item, "treeSize");
    take_hash(c, json_object_get(item, "leafHash"), leaf);
    take_hash(c, json_object_get(item, "root"), root);
    if (c->flaw != NULL || c->is_refused)
        return false;
    return smk_logtree_check_inclusion(&rfc_hashes, index, size, leaf,
                                       (const uint8_t(*)[SMK_HASH_BYTES])c->proof, c->count, root);
}

void conform_merkle(struct conform_run *run, const struct conform_item *item)
{
    const json_t *start = json_object_get(item->json, "start");
    if (start != NULL && !json_is_null(start)) { /* a proof about a part of the tree: not RFC 6962 */
        conform_skip(run);
        return;
    }
    SMK_CLEANUP(merkle_case_deinit) struct merkle_case c = {0};
    const json_t *verdict = json_object_get(item->json, "wantErr");
    take_proof(&c, json_object_get(item->json, "proof"));
    bool is_consistency = json_object_get(item->json, "size1") != NULL;
    bool is_good = is_consistency ? is_consistent(&c, item->json) : is_included(&c, item->json);
    const char *why = c.flaw;
    if (why == NULL && !json_is_boolean(verdict))
        why = "wantErr is neither true nor false";
    else if (why == NULL && is_good == json_is_true(verdict))
        why = is_good ? "the proof holds, and should not" : "the proof is refused, and is good";
    conform_count(run, why, "%s #%zu %s", item->group, item->index, conform_text(item->json, "desc"));
}
