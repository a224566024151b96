/* proto/message.h: the messages of a session, as fields and as bytes.
 *
 * Shape    PROTOCOL.md section 9.1; `records` is in batch.h. A decoder checks every field and every limit; fields
 *          that a later version appends are skipped.
 * Memory   what a decoder fills BORROWS from the tree and from its bytes. Writers append; errors stick in b.
 * Secrets  none.   Threads  pure.
 */
#ifndef SMK_PROTO_MESSAGE_H
#define SMK_PROTO_MESSAGE_H

#include "proto/canon.h"
#include "proto/frontier.h"
#include "proto/scope.h"

enum smk_message_type {
    SMK_MESSAGE_HELLO = 1,
    SMK_MESSAGE_JOIN,
    SMK_MESSAGE_WELCOME,
    SMK_MESSAGE_ROOTS,
    SMK_MESSAGE_TREE,
    SMK_MESSAGE_WANT,
    SMK_MESSAGE_RECORDS,
    SMK_MESSAGE_ACK,
    SMK_MESSAGE_LACK,
    SMK_MESSAGE_DONE,
    SMK_MESSAGE_COMPARE,
    SMK_MESSAGE_RECEIPT,
    SMK_MESSAGE_RECEIPT_ANSWER,
    SMK_MESSAGE_AGAIN,
    SMK_MESSAGE_CLOSE,
    SMK_MESSAGE_END,                /* the first type that this version does not know */
    SMK_MESSAGE_SKIPPED_FROM = 128, /* unknown types from here on are skipped */
};

/* All decoders answer OK or SMK_ERR_MALFORMED -> peer fault. */

struct smk_hello {
    uint64_t level;
    uint64_t lowest_level;
    uint8_t binding[SMK_SIGNATURE_BYTES];
    bool has_certificate;
    struct smk_value certificate;       /* reading: array of at most SMK_CERT_DECISIONS_MAX */
    struct smk_bytes certificate_bytes; /* writing: that array, canonical */
    uint8_t digest[SMK_HASH_BYTES];
};
void smk_hello_encode(const struct smk_hello *m, struct smk_buf *b);
/* OK, SMK_ERR_MALFORMED */
SMK_MUST_USE enum smk_err smk_hello_decode(struct smk_value v, struct smk_hello *ret_hello);

struct smk_join {
    uint8_t invitation[SMK_INVITATION_ID_BYTES];
    uint8_t mac[SMK_HASH_BYTES];
    uint8_t sign_key[SMK_KEY_BYTES];
    uint8_t box_key[SMK_KEY_BYTES];
    uint8_t binding[SMK_SIGNATURE_BYTES];
    uint8_t box_proof[SMK_HASH_BYTES];
};
void smk_join_encode(const struct smk_join *m, struct smk_buf *b);
/* OK, SMK_ERR_MALFORMED */
SMK_MUST_USE enum smk_err smk_join_decode(struct smk_value v, struct smk_join *ret_join);

struct smk_welcome {
    struct smk_bytes genesis;
    struct smk_value decisions; /* array of 1..SMK_CERT_DECISIONS_MAX, not looked into */
};
/* OK, SMK_ERR_MALFORMED */
SMK_MUST_USE enum smk_err smk_welcome_decode(struct smk_value v, struct smk_welcome *ret_welcome);

struct smk_scope_root {
    struct smk_scope scope;
    uint8_t root[SMK_HASH_BYTES];
};
struct smk_roots {
    uint64_t round;
    struct smk_value list; /* scopes rise strictly, at most SMK_SCOPES_PER_SESSION_MAX */
    size_t count;
};
void smk_roots_encode(uint64_t round, const struct smk_scope_root *at, size_t count, struct smk_buf *b);
/* OK, SMK_ERR_MALFORMED */
SMK_MUST_USE enum smk_err smk_roots_decode(struct smk_value v, struct smk_roots *ret_roots);
struct smk_scope_root smk_roots_at(const struct smk_roots *m, size_t i);

enum smk_walk_kind {
    SMK_WALK_CHILDREN = 0,
    SMK_WALK_LEAVES_ASK = 1, /* all heads; the other side answers */
    SMK_WALK_LEAVES = 2,
};
struct smk_tree_message {
    struct smk_scope scope;
    struct smk_value items; /* at most SMK_TREE_ITEMS_MAX */
    size_t count;
    bool has_more; /* the sender has more to say once it is its turn again */
};
struct smk_tree_item {
    enum smk_walk_kind kind;
    struct smk_prefix prefix;
    struct smk_value content; /* children: 16; leaves: heads */
    size_t head_count;        /* leaves */
};
/* count items, already encoded. */
void smk_tree_message_encode(const struct smk_scope *scope, size_t count, struct smk_bytes items,
                             bool has_more, struct smk_buf *b);
void smk_tree_item_begin(enum smk_walk_kind kind, const struct smk_prefix *prefix, size_t content_count,
                         struct smk_buf *b);
void smk_tree_head_encode(const struct smk_head *h, struct smk_buf *b);
/* Checks every item: kind, prefix, number and form of its parts, and that heads stand below the prefix and rise by
 * log id.
 * OK, SMK_ERR_MALFORMED */
SMK_MUST_USE enum smk_err smk_tree_message_decode(struct smk_value v, struct smk_tree_message *ret_message);
struct smk_tree_item smk_tree_message_at(const struct smk_tree_message *m, size_t i);
/* Zeros for an empty slot. */
void smk_tree_item_child(const struct smk_tree_item *item, unsigned slot, uint8_t ret_hash[SMK_HASH_BYTES]);
/* log_id is computed from scope; log_root and cut_id are not told and stay zero. */
void smk_tree_item_head(const struct smk_tree_item *item, const struct smk_scope *scope, size_t i,
                        struct smk_head *ret_head);

struct smk_want_run {
    uint8_t author[SMK_KEY_BYTES];
    uint8_t incarnation[SMK_INCARNATION_BYTES];
    uint64_t from; /* 1 <= from <= to */
    uint64_t to;
};
struct smk_want {
    struct smk_scope scope;
    struct smk_value runs;
    size_t count; /* 1..SMK_WANT_RUNS_MAX */
};
void smk_want_begin(const struct smk_scope *scope, size_t count, struct smk_buf *b);
void smk_want_run_encode(const struct smk_want_run *run, struct smk_buf *b);
/* OK, SMK_ERR_MALFORMED */
SMK_MUST_USE enum smk_err smk_want_decode(struct smk_value v, struct smk_want *ret_want);
struct smk_want_run smk_want_at(const struct smk_want *m, size_t i);

struct smk_ack {
    uint64_t batch;
    uint64_t code;
};
void smk_ack_encode(const struct smk_ack *m, struct smk_buf *b);
/* OK, SMK_ERR_MALFORMED */
SMK_MUST_USE enum smk_err smk_ack_decode(struct smk_value v, struct smk_ack *ret_ack);

struct smk_lack {
    struct smk_scope scope;
    uint8_t author[SMK_KEY_BYTES];
    uint8_t incarnation[SMK_INCARNATION_BYTES];
    uint64_t from;
    uint64_t code;
};
void smk_lack_encode(const struct smk_lack *m, struct smk_buf *b);
/* OK, SMK_ERR_MALFORMED */
SMK_MUST_USE enum smk_err smk_lack_decode(struct smk_value v, struct smk_lack *ret_lack);

void smk_done_encode(uint64_t round, struct smk_buf *b);
/* OK, SMK_ERR_MALFORMED */
SMK_MUST_USE enum smk_err smk_done_decode(struct smk_value v, uint64_t *ret_round);

struct smk_compare {
    uint64_t round;
    uint8_t digest[SMK_HASH_BYTES];
};
void smk_compare_encode(const struct smk_compare *m, struct smk_buf *b);
/* OK, SMK_ERR_MALFORMED */
SMK_MUST_USE enum smk_err smk_compare_decode(struct smk_value v, struct smk_compare *ret_compare);

struct smk_receipt {
    uint64_t time_ms; /* of the body that both sides write (PROTOCOL.md section 9.6) */
    uint8_t signature[SMK_SIGNATURE_BYTES];
};
void smk_receipt_encode(const struct smk_receipt *m, struct smk_buf *b);
/* OK, SMK_ERR_MALFORMED */
SMK_MUST_USE enum smk_err smk_receipt_decode(struct smk_value v, struct smk_receipt *ret_receipt);
void smk_receipt_answer_encode(const uint8_t *signature, struct smk_buf *b); /* NULL = moved */
/* OK, SMK_ERR_MALFORMED */
SMK_MUST_USE enum smk_err smk_receipt_answer_decode(struct smk_value v, bool *ret_has_moved,
                                                    uint8_t ret_signature[SMK_SIGNATURE_BYTES]);

void smk_again_encode(struct smk_buf *b);
/* OK, SMK_ERR_MALFORMED */
SMK_MUST_USE enum smk_err smk_again_decode(struct smk_value v);

struct smk_close {
    uint64_t code;
    uint64_t message_count; /* sent before this one */
};
void smk_close_encode(const struct smk_close *m, struct smk_buf *b);
/* OK, SMK_ERR_MALFORMED */
SMK_MUST_USE enum smk_err smk_close_decode(struct smk_value v, struct smk_close *ret_close);

#endif
