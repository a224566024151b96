#include "proto/record.h"
#include "tests/support/notation.h"
#include "tests/support/strict.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static enum smk_err decode_open(struct smk_bytes payload)
{
    struct smk_open open;
    return smk_open_decode(payload, &open);
}

static void make_old_heads(struct smk_old_head *heads, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        heads[i] = (struct smk_old_head){.scope = smk_scope_of("prov:02"), .seq = i + 1};
        memset(heads[i].incarnation, (int)i, sizeof heads[i].incarnation);
        memset(heads[i].id, (int)i, sizeof heads[i].id);
    }
}

Test(open, comes_back_as_it_was_written)
{
    uint8_t under[3][SMK_HASH_BYTES];
    struct smk_old_head heads[2];
    struct smk_buf b = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_open open;
    for (int i = 0; i < 3; i++)
        memset(under[i], i + 1, SMK_HASH_BYTES);
    make_old_heads(heads, 2);
    smk_open_encode((const uint8_t(*)[SMK_HASH_BYTES])under, 3, heads, 2, "rights changed", &b);
    cr_assert(eq(int, smk_open_decode(smk_buf_view(&b), &open), SMK_OK));
    cr_assert(eq(sz, open.under_count, 3));
    cr_assert(eq(int, memcmp(open.under, under, sizeof under), 0));
    cr_assert(smk_bytes_is_equal(open.reason, smk_bytes_of_text("rights changed")));
    const char *why = test_strictness(smk_buf_view(&b), decode_open);
    cr_assert(eq(ptr, (void *)(uintptr_t)why, NULL), "%s", why);
    smk_buf_deinit(&b);
}

Test(open, holds_64_heads_and_64_decisions)
{
    uint8_t under[64][SMK_HASH_BYTES];
    struct smk_old_head heads[64];
    struct smk_buf b = {.max = SMK_PAYLOAD_BYTES_MAX};
    for (int i = 0; i < 64; i++)
        memset(under[i], i, SMK_HASH_BYTES);
    make_old_heads(heads, 64);
    smk_open_encode((const uint8_t(*)[SMK_HASH_BYTES])under, 64, heads, 64, "clock", &b);
    cr_assert(eq(int, b.err, SMK_OK));
    cr_assert(eq(int, decode_open(smk_buf_view(&b)), SMK_OK));
    smk_buf_deinit(&b);
}

/* 65 elements: "[", text for each, "]" and the rest. */
static void pack_many(struct smk_buf *b, bool are_heads)
{
    smk_buf_reset(b);
    smk_pack_map(b, 3);
    test_pack(b, "'heads'", NULL);
    smk_pack_array(b, are_heads ? 65 : 0);
    for (int i = 0; are_heads && i < 65; i++)
        test_pack(b, "['gov' #16x01 1 #32x02]", NULL);
    test_pack(b, "'under'", NULL);
    smk_pack_array(b, are_heads ? 0 : 65);
    for (int i = 0; !are_heads && i < 65; i++) {
        uint8_t hash[SMK_HASH_BYTES];
        memset(hash, i, sizeof hash);
        smk_pack_bin(b, SMK_BYTES(hash));
    }
    test_pack(b, "'reason' 'x'", NULL);
}

Test(open, refuses_what_breaks_its_rules)
{
    static const struct {
        const char *text;
        enum smk_err err;
    } row[] = {
        {"{'heads' [] 'under' [] 'reason' ''}", SMK_OK},
        {"{'heads' [] 'under' [] 'extra' 1 'reason' ''}", SMK_ERR_NOT_CANONICAL},
        {"{'extra' 1 'heads' [] 'under' [] 'reason' ''}", SMK_OK}, /* unknown keys are kept */
        {"{'heads' [] 'reason' '' 'under' []}", SMK_ERR_NOT_CANONICAL},
        {"{'heads' [] 'under' []}", SMK_ERR_MALFORMED},
        {"{'heads' [] 'reason' ''}", SMK_ERR_MALFORMED},
        {"{'under' [] 'reason' ''}", SMK_ERR_MALFORMED},
        {"{'heads' nil 'under' [] 'reason' ''}", SMK_ERR_MALFORMED},
        {"{'heads' [] 'under' nil 'reason' ''}", SMK_ERR_MALFORMED},
        {"{'heads' [] 'under' [] 'reason' nil}", SMK_ERR_MALFORMED},
        {"{'heads' [] 'under' [#32x02 #32x01] 'reason' ''}", SMK_ERR_MALFORMED},
        {"{'heads' [] 'under' [#32x01 #32x01] 'reason' ''}", SMK_ERR_MALFORMED},
        {"{'heads' [] 'under' [#31x01] 'reason' ''}", SMK_ERR_MALFORMED},
        {"{'heads' [['gov' #16x01 1 #32x02]] 'under' [] 'reason' ''}", SMK_OK},
        {"{'heads' [['gov' #16x01 0 #32x02]] 'under' [] 'reason' ''}", SMK_ERR_MALFORMED},
        {"{'heads' [['gov' #16x01 9007199254740992 #32x02]] 'under' [] 'reason' ''}", SMK_ERR_MALFORMED},
        {"{'heads' [['gove' #16x01 1 #32x02]] 'under' [] 'reason' ''}", SMK_ERR_MALFORMED},
        {"{'heads' [['gov' #15x01 1 #32x02]] 'under' [] 'reason' ''}", SMK_ERR_MALFORMED},
        {"{'heads' [['gov' #16x01 1 #31x02]] 'under' [] 'reason' ''}", SMK_ERR_MALFORMED},
        {"{'heads' [['gov' #16x01 1 #32x02 1]] 'under' [] 'reason' ''}", SMK_ERR_MALFORMED},
        {"{'heads' ['gov'] 'under' [] 'reason' ''}", SMK_ERR_MALFORMED},
        {"[[] [] '']", SMK_ERR_MALFORMED},
        {"nil", SMK_ERR_MALFORMED},
    };
    struct smk_buf b = {.max = SMK_PAYLOAD_BYTES_MAX};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        smk_buf_reset(&b);
        test_pack(&b, row[i].text, NULL);
        cr_assert(eq(int, decode_open(smk_buf_view(&b)), row[i].err), "%s", row[i].text);
    }
    for (int i = 0; i < 2; i++) {
        pack_many(&b, i == 1);
        cr_assert(eq(int, decode_open(smk_buf_view(&b)), SMK_ERR_MALFORMED), "65 of one");
    }
    smk_buf_deinit(&b);
}

Test(open, has_at_most_the_bytes_of_a_payload)
{
    struct smk_buf b = {.max = 2 * SMK_PAYLOAD_BYTES_MAX};
    test_pack(&b, "{'e' #65508x00 'heads' [] 'under' [] 'reason' ''}", NULL);
    cr_assert(eq(sz, b.len, SMK_PAYLOAD_BYTES_MAX));
    cr_assert(eq(int, decode_open(smk_buf_view(&b)), SMK_OK));
    smk_buf_reset(&b);
    test_pack(&b, "{'e' #65509x00 'heads' [] 'under' [] 'reason' ''}", NULL);
    cr_assert(eq(int, decode_open(smk_buf_view(&b)), SMK_ERR_MALFORMED));
    smk_buf_deinit(&b);
}

/* ---- time ---- */

Test(time, is_the_latest_of_clock_log_and_believable_dep)
{
    const uint64_t wall = 1713312000000, now = wall << 16, day = SMK_DAY_MS << 16, last = 0xffff;
    const struct {
        uint64_t log, dep;
        enum smk_err err;
        uint64_t time;
        const char *why;
    } row[] = {
        {0, 0, SMK_OK, now, "a new log"},
        {now - 1, 0, SMK_OK, now, "the clock is ahead"},
        {now, 0, SMK_OK, now + 1, "the same millisecond"},
        {now + 7, 0, SMK_OK, now + 8, "the log is ahead"},
        {now | last, 0, SMK_OK, (wall + 1) << 16, "a full counter carries"},
        {0, now, SMK_OK, now + 1, "the dep is as new"},
        {0, now + 9, SMK_OK, now + 10, "the dep is ahead"},
        {now + 9, now + 9, SMK_OK, now + 10, "both"},
        {now + 9, now + 5, SMK_OK, now + 10, "the log is ahead of the dep"},
        {0, (now + day) | last, SMK_OK, ((now + day) | last) + 1, "a dep of exactly 24 h is believed"},
        {0, now + day + 65536, SMK_OK, now, "a dep beyond 24 h is not"},
        {now + 3, UINT64_MAX, SMK_OK, now + 4, "a dep at the end of time is not"},
        {(now + day) | last, 0, SMK_OK, ((now + day) | last) + 1, "a log of exactly 24 h goes on"},
        {now + day + 65536, 0, SMK_ERR_CLOCK, 0, "a log beyond 24 h does not"},
        {UINT64_MAX, 0, SMK_ERR_CLOCK, 0, "a log at the end of time does not"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        uint64_t time = 77;
        cr_assert(eq(int, smk_time_next(wall, row[i].log, row[i].dep, &time), row[i].err), "%s", row[i].why);
        cr_assert(eq(u64, time, row[i].err == SMK_OK ? row[i].time : 77), "%s", row[i].why);
    }
    cr_assert(eq(u64, smk_time_ms(now + 7), wall));
}

Test(time, needs_a_clock_that_48_bits_can_hold)
{
    uint64_t time = 77, latest = SMK_WALL_MS_MAX - 2 * SMK_DAY_MS;
    cr_assert(eq(int, smk_time_next(SMK_WALL_MS_MAX, 0, 0, &time), SMK_ERR_CLOCK));
    cr_assert(eq(int, smk_time_next(UINT64_MAX, 0, 0, &time), SMK_ERR_CLOCK));
    cr_assert(eq(int, smk_time_next(latest + 1, 0, 0, &time), SMK_ERR_CLOCK));
    cr_assert(eq(u64, time, 77));
    cr_assert(eq(int, smk_time_next(latest, 0, 0, &time), SMK_OK));
    cr_assert(eq(u64, time, latest << 16));
}
