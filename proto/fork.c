#include "proto/fork.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <string.h>

enum { BRANCHES = 2, ENTRY_FIELDS = 2 };

_Static_assert(BRANCHES *SMK_COVER_RECORDS_MAX *(SMK_HEADER_BYTES_MAX + SMK_SIGNATURE_BYTES + 8) + 8 <=
                   SMK_FORK_BYTES_MAX,
               "the largest proof fits");

/* ---- making ---- */

/* How many records of a chain it takes until one is signed well; 0 = none near enough. */
static size_t covered_by(const struct smk_record *chain, size_t count, const uint8_t coalition[SMK_ID_BYTES])
{
    for (size_t i = 0; i < count && i < SMK_COVER_RECORDS_MAX; i++)
        if (smk_record_is_signed(&chain[i], coalition))
            return i + 1;
    return 0;
}

static void pack_branch(struct smk_buf *b, const struct smk_record *chain, size_t count)
{
    smk_pack_array(b, count);
    for (size_t i = 0; i < count; i++) {
        smk_pack_array(b, ENTRY_FIELDS);
        smk_pack_bin(b, chain[i].header_bytes);
        smk_pack_bin(b, SMK_BYTES(chain[i].signature));
    }
}

enum smk_err smk_fork_make(const struct smk_record *a, size_t a_count, const struct smk_record *b,
                           size_t b_count, const uint8_t coalition[SMK_ID_BYTES], struct smk_buf *ret_proof)
{
    SMK_ASSERT(a_count >= 1);
    SMK_ASSERT(b_count >= 1);
    SMK_ASSERT(a->header.seq == b->header.seq);
    size_t a_len = covered_by(a, a_count, coalition), b_len = covered_by(b, b_count, coalition);
    if (a_len == 0 || b_len == 0)
        return SMK_ERR_BAD_SIGNATURE;
    bool is_a_first = memcmp(a->id, b->id, SMK_ID_BYTES) < 0;
    smk_pack_array(ret_proof, BRANCHES);
    pack_branch(ret_proof, is_a_first ? a : b, is_a_first ? a_len : b_len);
    pack_branch(ret_proof, is_a_first ? b : a, is_a_first ? b_len : a_len);
    return ret_proof->err;
}

/* ---- reading ---- */

static enum smk_err entry_read(struct smk_value v, struct smk_record *ret_record)
{
    struct smk_fields f = smk_fields_of(v, ENTRY_FIELDS);
    uint8_t signature[SMK_SIGNATURE_BYTES];
    struct smk_bytes header = smk_field_bin(&f, SMK_HEADER_BYTES_MAX);
    smk_field_key(&f, signature, sizeof signature);
    enum smk_err err = smk_fields_finish(&f);
    if (err != SMK_OK)
        return err;
    return smk_record_assemble(header, signature, NULL, (struct smk_bytes){0}, ret_record);
}

static bool is_of_log(const struct smk_header *h, const struct smk_header *first)
{
    return memcmp(h->author, first->author, sizeof h->author) == 0 &&
           memcmp(h->incarnation, first->incarnation, sizeof h->incarnation) == 0 &&
           smk_scope_is_equal(&h->scope, &first->scope);
}

/* ret_first   the record at which the branch begins */
static enum smk_err branch_read(struct smk_value v, const uint8_t coalition[SMK_ID_BYTES],
                                struct smk_record *ret_first)
{
    size_t count = smk_value_count(v);
    struct smk_record before = {0}, r = {0};
    if (smk_value_type(v) != SMK_VALUE_ARRAY || count < 1 || count > SMK_COVER_RECORDS_MAX)
        return SMK_ERR_MALFORMED;
    for (size_t i = 0; i < count; i++) {
        enum smk_err err = entry_read(smk_value_item(v, i), &r);
        if (err != SMK_OK)
            return err;
        bool follows =
            i == 0 || (is_of_log(&r.header, &before.header) && r.header.seq == before.header.seq + 1 &&
                       memcmp(r.header.prev, before.id, SMK_ID_BYTES) == 0);
        if (!follows)
            return SMK_ERR_MALFORMED;
        if (i == 0)
            *ret_first = r;
        before = r;
    }
    return smk_record_is_signed(&before, coalition) ? SMK_OK : SMK_ERR_BAD_SIGNATURE;
}

static enum smk_err proof_read(struct smk_value root, const uint8_t coalition[SMK_ID_BYTES],
                               struct smk_fork *ret_fork)
{
    struct smk_record first[BRANCHES] = {{.header = {0}}};
    if (smk_value_type(root) != SMK_VALUE_ARRAY || smk_value_count(root) != BRANCHES)
        return SMK_ERR_MALFORMED;
    for (size_t i = 0; i < BRANCHES; i++) {
        enum smk_err err = branch_read(smk_value_item(root, i), coalition, &first[i]);
        if (err != SMK_OK)
            return err;
    }
    const struct smk_header *h = &first[0].header;
    if (!is_of_log(&first[1].header, h) || first[1].header.seq != h->seq ||
        memcmp(first[0].id, first[1].id, SMK_ID_BYTES) >= 0)
        return SMK_ERR_MALFORMED;
    struct smk_fork fork = {.scope = h->scope, .seq = h->seq};
    memcpy(fork.author, h->author, sizeof fork.author);
    memcpy(fork.incarnation, h->incarnation, sizeof fork.incarnation);
    for (size_t i = 0; i < BRANCHES; i++) {
        fork.time[i] = first[i].header.time;
        memcpy(fork.id[i], first[i].id, SMK_ID_BYTES);
    }
    smk_log_id(fork.author, fork.incarnation, &fork.scope, fork.log_id);
    *ret_fork = fork;
    return SMK_OK;
}

enum smk_err smk_fork_decode(struct smk_bytes proof, const uint8_t coalition[SMK_ID_BYTES],
                             struct smk_fork *ret_fork)
{
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    if (proof.len > SMK_FORK_BYTES_MAX)
        return SMK_ERR_MALFORMED;
    enum smk_err err = smk_tree_decode(proof, SMK_WALK_PAYLOAD, &tree);
    return err == SMK_OK ? proof_read(tree.root, coalition, ret_fork) : err;
}
