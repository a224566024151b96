/* Target: every message of a session but `records`. Input: faults, type - 1, then the body. */
#include "proto/message.h"
#include "tests/fuzz/decoder.h"
#include "tests/support/notation.h"

#include <string.h>

struct message {
    struct smk_tree tree;
    union {
        struct smk_hello hello;
        struct smk_join join;
        struct smk_welcome welcome;
        struct smk_roots roots;
        struct smk_tree_message tree_message;
        struct smk_want want;
        struct smk_ack ack;
        struct smk_lack lack;
        uint64_t round;
        struct smk_compare compare;
        struct smk_receipt receipt;
        struct {
            bool has_moved;
            uint8_t signature[SMK_SIGNATURE_BYTES];
        } answer;
        struct smk_close close;
    };
};

static uint64_t type; /* of the input at hand */

static enum smk_err body_decode(struct smk_value v, struct message *m)
{
    switch (type) {
    case SMK_MESSAGE_HELLO: return smk_hello_decode(v, &m->hello);
    case SMK_MESSAGE_JOIN: return smk_join_decode(v, &m->join);
    case SMK_MESSAGE_WELCOME: return smk_welcome_decode(v, &m->welcome);
    case SMK_MESSAGE_ROOTS: return smk_roots_decode(v, &m->roots);
    case SMK_MESSAGE_TREE: return smk_tree_message_decode(v, &m->tree_message);
    case SMK_MESSAGE_WANT: return smk_want_decode(v, &m->want);
    case SMK_MESSAGE_ACK: return smk_ack_decode(v, &m->ack);
    case SMK_MESSAGE_LACK: return smk_lack_decode(v, &m->lack);
    case SMK_MESSAGE_DONE: return smk_done_decode(v, &m->round);
    case SMK_MESSAGE_COMPARE: return smk_compare_decode(v, &m->compare);
    case SMK_MESSAGE_RECEIPT: return smk_receipt_decode(v, &m->receipt);
    case SMK_MESSAGE_RECEIPT_ANSWER:
        return smk_receipt_answer_decode(v, &m->answer.has_moved, m->answer.signature);
    case SMK_MESSAGE_AGAIN: return smk_again_decode(v);
    default: return smk_close_decode(v, &m->close);
    }
}

static enum smk_err decode(struct smk_bytes bytes, void *ret_value)
{
    struct message *ret = ret_value, m;
    struct smk_tree tree = {0};
    memcpy(&m, ret, sizeof m);
    enum smk_err err = smk_tree_decode(bytes, SMK_WALK_PAYLOAD, &tree);
    if (err != SMK_OK)
        return err;
    err = body_decode(tree.root, &m);
    if (err != SMK_OK) {
        SMK_ASSERT(memcmp(&m, ret, sizeof m) == 0); /* untouched */
        smk_tree_deinit(&tree);
        return err;
    }
    memcpy(ret, &m, sizeof m);
    ret->tree = tree;
    return SMK_OK;
}

static void deinit(void *value)
{
    smk_tree_deinit(&((struct message *)value)->tree);
}

/* ---- writing it again ---- */

static void tree_item_encode(const struct smk_tree_message *m, size_t i, struct smk_buf *b)
{
    struct smk_tree_item item = smk_tree_message_at(m, i);
    bool has_children = item.kind == SMK_WALK_CHILDREN;
    smk_tree_item_begin(item.kind, &item.prefix, has_children ? 16 : item.head_count, b);
    for (unsigned slot = 0; has_children && slot < 16; slot++) {
        static const uint8_t empty[SMK_HASH_BYTES];
        uint8_t hash[SMK_HASH_BYTES];
        smk_tree_item_child(&item, slot, hash);
        if (memcmp(hash, empty, sizeof hash) == 0)
            smk_pack_nil(b);
        else
            smk_pack_bin(b, SMK_BYTES(hash));
    }
    for (size_t k = 0; !has_children && k < item.head_count; k++) {
        struct smk_head head;
        smk_tree_item_head(&item, &m->scope, k, &head);
        SMK_ASSERT(smk_prefix_is_of(&item.prefix, head.log_id));
        smk_tree_head_encode(&head, b);
    }
}

static void tree_encode(const struct smk_tree_message *m, struct smk_buf *b)
{
    struct smk_buf items = {.max = b->max};
    for (size_t i = 0; i < m->count; i++)
        tree_item_encode(m, i, &items);
    smk_tree_message_encode(&m->scope, m->count, smk_buf_view(&items), m->has_more, b);
    smk_buf_deinit(&items);
}

static void roots_encode(const struct smk_roots *m, struct smk_buf *b)
{
    struct smk_scope_root at[64];
    if (m->count > sizeof at / sizeof at[0])
        return; /* rare: more scopes than there are in a small coalition */
    for (size_t i = 0; i < m->count; i++)
        at[i] = smk_roots_at(m, i);
    smk_roots_encode(m->round, at, m->count, b);
}

static void want_encode(const struct smk_want *m, struct smk_buf *b)
{
    smk_want_begin(&m->scope, m->count, b);
    for (size_t i = 0; i < m->count; i++) {
        struct smk_want_run run = smk_want_at(m, i);
        smk_want_run_encode(&run, b);
    }
}

static void hello_encode(const struct smk_hello *m, struct smk_buf *b)
{
    struct smk_buf certificate = {.max = b->max};
    struct smk_hello again = *m;
    if (m->has_certificate)
        smk_pack_value(&certificate, m->certificate);
    again.certificate_bytes = smk_buf_view(&certificate);
    smk_hello_encode(&again, b);
    smk_buf_deinit(&certificate);
}

static void welcome_encode(const struct smk_welcome *m, struct smk_buf *b)
{
    smk_pack_array(b, 2);
    smk_pack_bin(b, m->genesis);
    smk_pack_value(b, m->decisions);
}

static void encode(const void *value, struct smk_buf *b)
{
    const struct message *m = value;
    switch (type) {
    case SMK_MESSAGE_HELLO: hello_encode(&m->hello, b); break;
    case SMK_MESSAGE_JOIN: smk_join_encode(&m->join, b); break;
    case SMK_MESSAGE_WELCOME: welcome_encode(&m->welcome, b); break;
    case SMK_MESSAGE_ROOTS: roots_encode(&m->roots, b); break;
    case SMK_MESSAGE_TREE: tree_encode(&m->tree_message, b); break;
    case SMK_MESSAGE_WANT: want_encode(&m->want, b); break;
    case SMK_MESSAGE_ACK: smk_ack_encode(&m->ack, b); break;
    case SMK_MESSAGE_LACK: smk_lack_encode(&m->lack, b); break;
    case SMK_MESSAGE_DONE: smk_done_encode(m->round, b); break;
    case SMK_MESSAGE_COMPARE: smk_compare_encode(&m->compare, b); break;
    case SMK_MESSAGE_RECEIPT: smk_receipt_encode(&m->receipt, b); break;
    case SMK_MESSAGE_RECEIPT_ANSWER:
        smk_receipt_answer_encode(m->answer.has_moved ? NULL : m->answer.signature, b);
        break;
    case SMK_MESSAGE_AGAIN: smk_again_encode(b); break;
    default: smk_close_encode(&m->close, b);
    }
}

static const struct fuzz_decoder decoder = {sizeof(struct message), decode, encode, deinit, true, NULL};

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    type = 1 + fuzz_below(&in, SMK_MESSAGE_END - 1);
    if (type != SMK_MESSAGE_RECORDS)
        fuzz_decoder_check(&decoder, faults, fuzz_rest(&in));
}

/* ---- seeds ---- */

static void seed_tree(void)
{
    static const uint8_t head[] = {0, 0, SMK_MESSAGE_TREE - 1};
    struct smk_scope pub = smk_scope_of("pub");
    struct smk_buf items = {.max = 65536}, b = {.max = 65536};
    struct smk_prefix at = {0};
    struct smk_head leaf = {.seq = 7};
    smk_tree_item_begin(SMK_WALK_LEAVES_ASK, &at, 1, &items);
    smk_tree_head_encode(&leaf, &items);
    smk_tree_item_begin(SMK_WALK_LEAVES, &at, 1, &items);
    leaf = (struct smk_head){.seq = 3, .fork = 4, .state = SMK_LEAF_FORKED};
    smk_tree_head_encode(&leaf, &items);
    smk_tree_item_begin(SMK_WALK_CHILDREN, &at, 16, &items);
    for (unsigned i = 0; i < 16; i++)
        smk_pack_bin(&items, SMK_BYTES(leaf.author));
    smk_tree_message_encode(&pub, 3, smk_buf_view(&items), true, &b);
    fuzz_seed("tree-made", SMK_BYTES(head), smk_buf_view(&b));
    smk_buf_deinit(&items);
    smk_buf_deinit(&b);
}

void fuzz_seeds(void)
{
    static const struct {
        const char *name;
        uint8_t type;
        const char *text;
    } seed[] = {
        {"hello", SMK_MESSAGE_HELLO, "[2 2 #64x01 nil #32x02]"},
        {"hello-cert", SMK_MESSAGE_HELLO, "[2 2 #64x01 [[#3x01 []]] #32x02]"},
        {"join", SMK_MESSAGE_JOIN, "[#16x01 #32x02 #32x03 #32x04 #64x05 #32x06]"},
        {"welcome", SMK_MESSAGE_WELCOME, "[#30x01 [1]]"},
        {"roots", SMK_MESSAGE_ROOTS, "[1 [['gov' #32x01] ['prov:02' #32x02] ['pub' #32x03]]]"},
        {"want", SMK_MESSAGE_WANT, "['pub' [[#32x01 #16x02 1 9] [#32x01 #16x03 2 2]]]"},
        {"ack", SMK_MESSAGE_ACK, "[7 0]"},
        {"lack", SMK_MESSAGE_LACK, "['dm:0202' #32x01 #16x02 3 12]"},
        {"done", SMK_MESSAGE_DONE, "[300]"},
        {"compare", SMK_MESSAGE_COMPARE, "[1 #32x07]"},
        {"receipt", SMK_MESSAGE_RECEIPT, "[1713312000000 #64x01]"},
        {"answer", SMK_MESSAGE_RECEIPT_ANSWER, "[#64x01]"},
        {"moved", SMK_MESSAGE_RECEIPT_ANSWER, "[nil]"},
        {"again", SMK_MESSAGE_AGAIN, "[]"},
        {"close", SMK_MESSAGE_CLOSE, "[0 12]"},
    };
    for (size_t i = 0; i < sizeof seed / sizeof seed[0]; i++) {
        const uint8_t head[] = {0, 0, (uint8_t)(seed[i].type - 1)};
        struct smk_buf b = {.max = 4096};
        test_pack(&b, seed[i].text, NULL);
        fuzz_seed(seed[i].name, SMK_BYTES(head), smk_buf_view(&b));
        smk_buf_deinit(&b);
    }
    seed_tree();
}
