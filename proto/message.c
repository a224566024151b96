#include "proto/message.h"

#include "proto/check.h"

#include <string.h>

/* ---- hello, join, welcome ---- */

void smk_hello_encode(const struct smk_hello *m, struct smk_buf *b)
{
    smk_pack_array(b, 5);
    smk_pack_uint(b, m->level);
    smk_pack_uint(b, m->lowest_level);
    smk_pack_bin(b, SMK_BYTES(m->binding));
    if (m->has_certificate)
        smk_pack_raw(b, m->certificate_bytes);
    else
        smk_pack_nil(b);
    smk_pack_bin(b, SMK_BYTES(m->digest));
}

enum smk_err smk_hello_decode(struct smk_value v, struct smk_hello *ret_hello)
{
    struct smk_hello m = {0};
    struct smk_fields f = smk_fields_from(v, 5);
    m.level = smk_field_uint(&f, UINT64_MAX);
    m.lowest_level = smk_field_uint(&f, UINT64_MAX);
    smk_field_key(&f, m.binding, sizeof m.binding);
    m.has_certificate = !smk_value_is_nil(smk_value_item(v, f.at));
    if (m.has_certificate)
        m.certificate = smk_field_array(&f, SMK_CERT_DECISIONS_MAX);
    else
        (void)smk_field_any(&f); /* the nil */
    smk_field_key(&f, m.digest, sizeof m.digest);
    if (smk_fields_finish(&f) != SMK_OK || m.lowest_level > m.level)
        return SMK_ERR_MALFORMED;
    *ret_hello = m;
    return SMK_OK;
}

void smk_join_encode(const struct smk_join *m, struct smk_buf *b)
{
    smk_pack_array(b, 6);
    smk_pack_bin(b, SMK_BYTES(m->invitation));
    smk_pack_bin(b, SMK_BYTES(m->mac));
    smk_pack_bin(b, SMK_BYTES(m->sign_key));
    smk_pack_bin(b, SMK_BYTES(m->box_key));
    smk_pack_bin(b, SMK_BYTES(m->binding));
    smk_pack_bin(b, SMK_BYTES(m->box_proof));
}

enum smk_err smk_join_decode(struct smk_value v, struct smk_join *ret_join)
{
    struct smk_join m = {0};
    struct smk_fields f = smk_fields_from(v, 6);
    smk_field_key(&f, m.invitation, sizeof m.invitation);
    smk_field_key(&f, m.mac, sizeof m.mac);
    smk_field_key(&f, m.sign_key, sizeof m.sign_key);
    smk_field_key(&f, m.box_key, sizeof m.box_key);
    smk_field_key(&f, m.binding, sizeof m.binding);
    smk_field_key(&f, m.box_proof, sizeof m.box_proof);
    enum smk_err err = smk_fields_finish(&f);
    if (err == SMK_OK)
        *ret_join = m;
    return err;
}

enum smk_err smk_welcome_decode(struct smk_value v, struct smk_welcome *ret_welcome)
{
    struct smk_welcome m = {0};
    struct smk_fields f = smk_fields_from(v, 2);
    m.genesis = smk_field_bin(&f, SMK_GENESIS_BYTES_MAX);
    m.decisions = smk_field_array(&f, SMK_CERT_DECISIONS_MAX);
    if (smk_fields_finish(&f) != SMK_OK || smk_value_count(m.decisions) < 1)
        return SMK_ERR_MALFORMED;
    *ret_welcome = m;
    return SMK_OK;
}

/* ---- roots ---- */

static bool field_scope(struct smk_fields *f, struct smk_scope *ret_scope)
{
    struct smk_bytes text = smk_field_str(f, SMK_SCOPE_LETTERS_MAX);
    if (f->err == SMK_OK && !smk_scope_parse(text, ret_scope))
        f->err = SMK_ERR_MALFORMED;
    return f->err == SMK_OK;
}

void smk_roots_encode(uint64_t round, const struct smk_scope_root *at, size_t count, struct smk_buf *b)
{
    smk_pack_array(b, 2);
    smk_pack_uint(b, round);
    smk_pack_array(b, count);
    for (size_t i = 0; i < count; i++) {
        smk_pack_array(b, 2);
        smk_pack_str(b, smk_scope_bytes(&at[i].scope));
        smk_pack_bin(b, SMK_BYTES(at[i].root));
    }
}

static enum smk_err scope_root_read(struct smk_value v, struct smk_scope_root *ret_root)
{
    struct smk_fields f = smk_fields_of(v, 2);
    (void)field_scope(&f, &ret_root->scope); /* f remembers */
    smk_field_key(&f, ret_root->root, sizeof ret_root->root);
    return smk_fields_finish(&f);
}

enum smk_err smk_roots_decode(struct smk_value v, struct smk_roots *ret_roots)
{
    struct smk_roots m = {0};
    struct smk_fields f = smk_fields_from(v, 2);
    m.round = smk_field_uint(&f, UINT64_MAX);
    m.list = smk_field_array(&f, SMK_SCOPES_PER_SESSION_MAX);
    m.count = smk_value_count(m.list);
    if (smk_fields_finish(&f) != SMK_OK)
        return SMK_ERR_MALFORMED;
    struct smk_scope_root before = {0};
    for (size_t i = 0; i < m.count; i++) {
        struct smk_scope_root here = {0};
        if (scope_root_read(smk_value_item(m.list, i), &here) != SMK_OK)
            return SMK_ERR_MALFORMED;
        if (i > 0 && smk_scope_compare(&before.scope, &here.scope) >= 0)
            return SMK_ERR_MALFORMED;
        before = here;
    }
    *ret_roots = m;
    return SMK_OK;
}

struct smk_scope_root smk_roots_at(const struct smk_roots *m, size_t i)
{
    struct smk_scope_root found = {0};
    enum smk_err err = scope_root_read(smk_value_item(m->list, i), &found);
    SMK_ASSERT(err == SMK_OK); /* decode has read it before */
    return found;
}

/* ---- want, ack, lack ---- */

void smk_want_begin(const struct smk_scope *scope, size_t count, struct smk_buf *b)
{
    smk_pack_array(b, 2);
    smk_pack_str(b, smk_scope_bytes(scope));
    smk_pack_array(b, count);
}

void smk_want_run_encode(const struct smk_want_run *run, struct smk_buf *b)
{
    smk_pack_array(b, 4);
    smk_pack_bin(b, SMK_BYTES(run->author));
    smk_pack_bin(b, SMK_BYTES(run->incarnation));
    smk_pack_uint(b, run->from);
    smk_pack_uint(b, run->to);
}

static enum smk_err want_run_read(struct smk_value v, struct smk_want_run *ret_run)
{
    struct smk_fields f = smk_fields_of(v, 4);
    smk_field_key(&f, ret_run->author, sizeof ret_run->author);
    smk_field_key(&f, ret_run->incarnation, sizeof ret_run->incarnation);
    ret_run->from = smk_field_uint(&f, SMK_SEQ_MAX);
    ret_run->to = smk_field_uint(&f, SMK_SEQ_MAX);
    bool is_in_form = smk_fields_finish(&f) == SMK_OK && ret_run->from >= 1 && ret_run->from <= ret_run->to;
    return is_in_form ? SMK_OK : SMK_ERR_MALFORMED;
}

enum smk_err smk_want_decode(struct smk_value v, struct smk_want *ret_want)
{
    struct smk_want m = {0};
    struct smk_fields f = smk_fields_from(v, 2);
    (void)field_scope(&f, &m.scope); /* f remembers */
    m.runs = smk_field_array(&f, SMK_WANT_RUNS_MAX);
    m.count = smk_value_count(m.runs);
    if (smk_fields_finish(&f) != SMK_OK || m.count < 1)
        return SMK_ERR_MALFORMED;
    for (size_t i = 0; i < m.count; i++) {
        struct smk_want_run run;
        if (want_run_read(smk_value_item(m.runs, i), &run) != SMK_OK)
            return SMK_ERR_MALFORMED;
    }
    *ret_want = m;
    return SMK_OK;
}

struct smk_want_run smk_want_at(const struct smk_want *m, size_t i)
{
    struct smk_want_run run = {0};
    enum smk_err err = want_run_read(smk_value_item(m->runs, i), &run);
    SMK_ASSERT(err == SMK_OK); /* decode has read it before */
    return run;
}

static void pair_encode(uint64_t a, uint64_t c, struct smk_buf *b)
{
    smk_pack_array(b, 2);
    smk_pack_uint(b, a);
    smk_pack_uint(b, c);
}

static enum smk_err pair_decode(struct smk_value v, uint64_t *ret_a, uint64_t *ret_b)
{
    struct smk_fields f = smk_fields_from(v, 2);
    uint64_t a = smk_field_uint(&f, UINT64_MAX);
    uint64_t b = smk_field_uint(&f, UINT64_MAX);
    enum smk_err err = smk_fields_finish(&f);
    if (err == SMK_OK) {
        *ret_a = a;
        *ret_b = b;
    }
    return err;
}

void smk_ack_encode(const struct smk_ack *m, struct smk_buf *b)
{
    pair_encode(m->batch, m->code, b);
}

enum smk_err smk_ack_decode(struct smk_value v, struct smk_ack *ret_ack)
{
    return pair_decode(v, &ret_ack->batch, &ret_ack->code);
}

void smk_lack_encode(const struct smk_lack *m, struct smk_buf *b)
{
    smk_pack_array(b, 5);
    smk_pack_str(b, smk_scope_bytes(&m->scope));
    smk_pack_bin(b, SMK_BYTES(m->author));
    smk_pack_bin(b, SMK_BYTES(m->incarnation));
    smk_pack_uint(b, m->from);
    smk_pack_uint(b, m->code);
}

enum smk_err smk_lack_decode(struct smk_value v, struct smk_lack *ret_lack)
{
    struct smk_lack m = {0};
    struct smk_fields f = smk_fields_from(v, 5);
    (void)field_scope(&f, &m.scope); /* f remembers */
    smk_field_key(&f, m.author, sizeof m.author);
    smk_field_key(&f, m.incarnation, sizeof m.incarnation);
    m.from = smk_field_uint(&f, SMK_SEQ_MAX);
    m.code = smk_field_uint(&f, UINT64_MAX);
    if (smk_fields_finish(&f) != SMK_OK || m.from < 1)
        return SMK_ERR_MALFORMED;
    *ret_lack = m;
    return SMK_OK;
}

/* ---- done, compare, receipts, again, close ---- */

void smk_done_encode(uint64_t round, struct smk_buf *b)
{
    smk_pack_array(b, 1);
    smk_pack_uint(b, round);
}

enum smk_err smk_done_decode(struct smk_value v, uint64_t *ret_round)
{
    struct smk_fields f = smk_fields_from(v, 1);
    uint64_t round = smk_field_uint(&f, UINT64_MAX);
    enum smk_err err = smk_fields_finish(&f);
    if (err == SMK_OK)
        *ret_round = round;
    return err;
}

void smk_compare_encode(const struct smk_compare *m, struct smk_buf *b)
{
    smk_pack_array(b, 2);
    smk_pack_uint(b, m->round);
    smk_pack_bin(b, SMK_BYTES(m->digest));
}

enum smk_err smk_compare_decode(struct smk_value v, struct smk_compare *ret_compare)
{
    struct smk_compare m = {0};
    struct smk_fields f = smk_fields_from(v, 2);
    m.round = smk_field_uint(&f, UINT64_MAX);
    smk_field_key(&f, m.digest, sizeof m.digest);
    enum smk_err err = smk_fields_finish(&f);
    if (err == SMK_OK)
        *ret_compare = m;
    return err;
}

void smk_receipt_encode(const struct smk_receipt *m, struct smk_buf *b)
{
    smk_pack_array(b, 2);
    smk_pack_uint(b, m->time_ms);
    smk_pack_bin(b, SMK_BYTES(m->signature));
}

enum smk_err smk_receipt_decode(struct smk_value v, struct smk_receipt *ret_receipt)
{
    struct smk_receipt m = {0};
    struct smk_fields f = smk_fields_from(v, 2);
    m.time_ms = smk_field_uint(&f, SMK_WALL_MS_MAX);
    smk_field_key(&f, m.signature, sizeof m.signature);
    enum smk_err err = smk_fields_finish(&f);
    if (err == SMK_OK)
        *ret_receipt = m;
    return err;
}

void smk_receipt_answer_encode(const uint8_t *signature, struct smk_buf *b)
{
    smk_pack_array(b, 1);
    if (signature != NULL)
        smk_pack_bin(b, (struct smk_bytes){signature, SMK_SIGNATURE_BYTES});
    else
        smk_pack_nil(b);
}

enum smk_err smk_receipt_answer_decode(struct smk_value v, bool *ret_has_moved,
                                       uint8_t ret_signature[SMK_SIGNATURE_BYTES])
{
    uint8_t signature[SMK_SIGNATURE_BYTES];
    bool has_moved;
    struct smk_fields f = smk_fields_from(v, 1);
    smk_field_key_or_nil(&f, signature, sizeof signature, &has_moved);
    enum smk_err err = smk_fields_finish(&f);
    if (err == SMK_OK) {
        *ret_has_moved = has_moved;
        memcpy(ret_signature, signature, sizeof signature);
    }
    return err;
}

void smk_again_encode(struct smk_buf *b)
{
    smk_pack_array(b, 0);
}

enum smk_err smk_again_decode(struct smk_value v)
{
    struct smk_fields f = smk_fields_from(v, 0);
    return smk_fields_finish(&f);
}

void smk_close_encode(const struct smk_close *m, struct smk_buf *b)
{
    pair_encode(m->code, m->message_count, b);
}

enum smk_err smk_close_decode(struct smk_value v, struct smk_close *ret_close)
{
    return pair_decode(v, &ret_close->code, &ret_close->message_count);
}
