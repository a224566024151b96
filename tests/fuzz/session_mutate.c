/* How libFuzzer changes an input of the session target: whole operations, and the body of one message with its length set
 * right again, so that what follows keeps its meaning. Linked with libFuzzer alone. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/session_play.h"
#include "tests/support/rng.h"

#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

enum { HEAD_BYTES = 3, OPERATIONS_MAX = 256, GROWTH_BYTES = 64, SAY_HEAD_BYTES = 4 };

struct span {
    size_t at, len;
};

/* Bytes of the operation at the beginning of rest, at most all of it. */
static size_t operation_bytes(struct smk_bytes rest)
{
    static const uint8_t arguments[OPS] = {
        [OP_SAY] = 3, [OP_STORED] = 2,   [OP_TIME] = 2,  [OP_ARRIVED] = 1,
        [OP_RAW] = 1, [OP_ADMITTED] = 1, [OP_HELLO] = 1, [OP_READ_ERROR] = 1};
    struct smk_reader r = smk_reader_over(rest);
    uint8_t op = smk_read_u8(&r) % OPS;
    size_t len = 1u + arguments[op];
    if (op == OP_SAY) {
        (void)smk_read_u8(&r);
        len += smk_read_be16(&r);
    } else if (op == OP_RAW) {
        len += smk_read_u8(&r);
    }
    return len < rest.len ? len : rest.len;
}

static size_t operations_find(const uint8_t *data, size_t size, struct span ret_span[OPERATIONS_MAX])
{
    size_t count = 0;
    for (size_t at = HEAD_BYTES; at < size && count < OPERATIONS_MAX; count++) {
        ret_span[count] = (struct span){at, operation_bytes((struct smk_bytes){data + at, size - at})};
        at += ret_span[count].len;
    }
    return count;
}

/* Puts bytes in the place of a part of data; the new size, or the old one when they do not fit. */
static size_t replace(uint8_t *data, size_t size, size_t max_size, struct span part, struct smk_bytes bytes)
{
    size_t tail = size - part.at - part.len;
    if (part.at + bytes.len + tail > max_size)
        return size;
    memmove(data + part.at + bytes.len, data + part.at + part.len, tail);
    if (bytes.len > 0)
        memcpy(data + part.at, bytes.data, bytes.len);
    return part.at + bytes.len + tail;
}

static size_t mutate_body(uint8_t *data, size_t size, size_t max_size, struct span op)
{
    static uint8_t changed[SAY_HEAD_BYTES + UINT16_MAX];
    if (op.len < SAY_HEAD_BYTES || data[op.at] % OPS != OP_SAY)
        return LLVMFuzzerMutate(data, size, max_size);
    size_t body = op.len - SAY_HEAD_BYTES, room = body + GROWTH_BYTES;
    memcpy(changed, data + op.at, op.len);
    body = LLVMFuzzerMutate(changed + SAY_HEAD_BYTES, body, room < UINT16_MAX ? room : UINT16_MAX);
    changed[2] = (uint8_t)(body >> 8);
    changed[3] = (uint8_t)body;
    return replace(data, size, max_size, op, (struct smk_bytes){changed, SAY_HEAD_BYTES + body});
}

/* The same operation once more, at the place of another one. */
static size_t repeat(uint8_t *data, size_t size, size_t max_size, struct span op, struct span where)
{
    struct fuzz_block again = fuzz_block_of((struct smk_bytes){data + op.at, op.len});
    size = replace(data, size, max_size, (struct span){where.at, 0}, fuzz_block_view(&again));
    fuzz_block_drop(&again);
    return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static const uint8_t small[] = {OP_SENT, OP_FULL, OP_STOP, OP_JOIN};
    struct span op[OPERATIONS_MAX];
    struct test_rng rng = test_rng_from(seed);
    size_t count = operations_find(data, size, op);
    if (count == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    struct span chosen = op[test_rng_below(&rng, count)], other = op[test_rng_below(&rng, count)];
    uint8_t added[3] = {0};
    test_rng_bytes(&rng, added, sizeof added);
    switch (test_rng_below(&rng, 10)) {
    case 0:
    case 1: return LLVMFuzzerMutate(data, size, max_size);
    case 2: return replace(data, size, max_size, chosen, (struct smk_bytes){0});
    case 3: return repeat(data, size, max_size, chosen, other);
    case 4:
        added[0] = small[added[0] % sizeof small];
        return replace(data, size, max_size, (struct span){chosen.at, 0}, (struct smk_bytes){added, 1});
    case 5:
        added[0] = added[0] % 2 == 0 ? OP_TIME : OP_STORED;
        return replace(data, size, max_size, (struct span){chosen.at, 0}, SMK_BYTES(added));
    default: return mutate_body(data, size, max_size, chosen);
    }
}
