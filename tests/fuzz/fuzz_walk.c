/* Target: the strict walker, the tree behind it, and values read in place (walk.h, canon.h, span.h).
 * Input: faults, depth_max - 1, nodes_max (2 bytes), then the value. */
#include "proto/bounds.h"
#include "proto/canon.h"
#include "proto/span.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/notation.h"

#include <string.h>

static const struct smk_walk_limits widest = {.depth_max = SMK_DEPTH_MAX, .nodes_max = SMK_NODES_MAX};

/* A value of the tree and the same value in place say the same. */
static void check_span(struct smk_value v, struct smk_bytes span)
{
    SMK_ASSERT(smk_span_type(span) == smk_value_type(v));
    SMK_ASSERT(smk_span_bool(span) == smk_value_bool(v));
    SMK_ASSERT(smk_span_uint(span) == smk_value_uint(v));
    SMK_ASSERT(smk_span_count(span) == smk_value_count(v));
    SMK_ASSERT(smk_bytes_is_equal(smk_span_str(span), smk_value_str(v)));
    SMK_ASSERT(smk_bytes_is_equal(smk_span_bin(span), smk_value_bin(v)));
    struct smk_span_iter it = smk_span_each(span);
    struct smk_bytes key, inner;
    size_t i = 0;
    for (; smk_span_next(&it, &key, &inner); i++) {
        bool is_map = smk_value_type(v) == SMK_VALUE_MAP;
        SMK_ASSERT(smk_bytes_is_equal(key, smk_value_key(v, i)));
        if (is_map)
            SMK_ASSERT(smk_bytes_is_equal(smk_span_find_bytes(span, key), inner));
        check_span(is_map ? smk_value_at(v, i) : smk_value_item(v, i), inner);
    }
    SMK_ASSERT(i == smk_value_count(v));
}

static void check_tree(struct smk_bytes bytes)
{
    struct smk_tree tree = {0};
    struct smk_buf b = {.max = bytes.len};
    enum smk_err err = smk_tree_decode(bytes, widest, &tree);
    SMK_ASSERT(err == SMK_OK);
    test_fault_pause(false);
    smk_pack_value(&b, tree.root);
    test_fault_pause(true);
    fuzz_check_answer(b.err, SMK_OK);
    SMK_ASSERT(b.err != SMK_OK || smk_bytes_is_equal(smk_buf_view(&b), bytes));
    check_span(tree.root, bytes);
    smk_buf_deinit(&b);
    smk_tree_deinit(&tree);
}

/* One byte less is truncated, one more trails. */
static void check_ends(struct smk_bytes bytes)
{
    struct fuzz_block longer = {.data = NULL};
    struct smk_buf b = {.max = bytes.len + 1};
    smk_buf_write_bytes(&b, bytes);
    smk_buf_write_u8(&b, 0);
    SMK_ASSERT(b.err == SMK_OK);
    longer = fuzz_block_of(smk_buf_view(&b));
    enum smk_err err = smk_walk(fuzz_block_view(&longer), widest);
    SMK_ASSERT(err == SMK_ERR_TRAILING);
    fuzz_block_drop(&longer);
    b.len = bytes.len - 1;
    struct fuzz_block shorter = fuzz_block_of(smk_buf_view(&b));
    err = smk_walk(fuzz_block_view(&shorter), widest);
    SMK_ASSERT(err == SMK_ERR_TRUNCATED);
    fuzz_block_drop(&shorter);
    smk_buf_deinit(&b);
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    struct smk_walk_limits limits = {.depth_max = 1 + (unsigned)fuzz_below(&in, SMK_DEPTH_MAX)};
    limits.nodes_max = (size_t)fuzz_below(&in, SMK_NODES_MAX);
    struct fuzz_block block = fuzz_block_of(fuzz_rest(&in));
    struct smk_bytes bytes = fuzz_block_view(&block);

    fuzz_faults_begin(faults);
    enum smk_err narrow = smk_walk(bytes, limits), wide = smk_walk(bytes, widest);
    SMK_ASSERT(wide == SMK_OK || smk_err_is_peer_fault(wide));
    bool is_limited = narrow == SMK_ERR_TOO_DEEP || narrow == SMK_ERR_TOO_BIG;
    SMK_ASSERT(narrow == wide || is_limited);
    struct smk_tree tree = {.zone = &block};
    if (wide != SMK_OK) {
        enum smk_err err = smk_tree_decode(bytes, widest, &tree);
        SMK_ASSERT(err == wide);
        SMK_ASSERT(tree.zone == &block); /* untouched */
        (void)smk_span_count(bytes);     /* stays inside what no walker has seen, too */
        (void)smk_span_find(bytes, "kind");
        (void)smk_span_item(bytes, 3);
    } else {
        check_tree(bytes);
        check_ends(bytes);
    }
    fuzz_faults_end();
    fuzz_block_drop(&block);
}

void fuzz_seeds(void)
{
    static const char *const text[] = {
        "0",
        "-1",
        "-33",
        "200",
        "70000",
        "5000000000",
        "nil",
        "true",
        "'ឯកភាព'",
        "#40x07",
        "[]",
        "{}",
        "[1 [2 [3 [4 [5 [6]]]]]]",
        "{'a' 1 'b' [nil false] 'aa' {'x' 'y'}}",
        "['a' 'bb' #3x01 -70000]",
        "#300x01",
        "{'doc' #16x01 'kind' 'event' 'fields' {'name' {'en' 'x' 'km' 'ញ'}}}",
        "[0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0]",
    };
    static const uint8_t head[] = {0, 0, SMK_DEPTH_MAX - 1, 0xff, 0xff};
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        struct smk_buf b = {.max = 4096};
        char name[] = "value-a";
        name[6] = (char)('a' + i);
        test_pack(&b, text[i], NULL);
        fuzz_seed(name, SMK_BYTES(head), smk_buf_view(&b));
        smk_buf_deinit(&b);
    }
}
