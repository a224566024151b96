#include "store/files/withhold.h"

#include "proto/pairs.h"
#include "proto/schema.h"
#include "tests/support/notation.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

Test(withhold, small_numbers_go_and_those_that_give_them_away)
{
    static const struct {
        const char *tally, *published, *why;
    } row[] = {
        {"{'total' 0}", "{'total' 0}", "nobody is no one in particular"},
        {"{'total' 4}", "{'total' '*'}", "four people"},
        {"{'total' 5}", "{'total' 5}", "five people"},
        {"{'total' nil}", "{'total' nil}", "unknown stays unknown"},
        {"nil", "nil", "so does all of it"},
        {"{'total' 70 'female' nil}", "{'total' 70 'female' nil}", "the same"},
        {"{'total' 20 'female' 4}", "{'total' 20 'female' '*'}", "few women"},
        {"{'total' 20 'female' 17}", "{'total' 20 'female' '*'}", "few men"},
        {"{'total' 20 'female' 0}", "{'total' 20 'female' 0}", "no women"},
        {"{'total' 20 'female' 20}", "{'total' 20 'female' 20}", "no men"},
        {"{'total' 4 'female' 4 'by_a' {'x' {'total' 4 'female' 4}}}",
         "{'total' '*' 'female' '*' 'by_a' {'x' {'total' '*' 'female' '*'}}}",
         "of few people nothing is said"},
        {"{'total' 20 'youth' 3}", "{'total' 20 'youth' '*'}", "few youths"},
        {"{'total' 20 'youth' 17}", "{'total' 20 'youth' '*'}", "few who are none"},
        {"{'total' 20 'youth' nil}", "{'total' 20 'youth' nil}", "unknown"},
        {"{'total' 30 'by_a' {'p' 3 'q' 7 'r' 10 's' 10}}",
         "{'total' 30 'by_a' {'p' '*' 'q' '*' 'r' 10 's' 10}}", "with its neighbour, the others stay"},
        {"{'total' 30 'by_a' {'p' 10 'q' 10 'r' 7 's' 3}}",
         "{'total' 30 'by_a' {'p' 10 'q' 10 'r' '*' 's' '*'}}", "the neighbour in front"},
        {"{'total' 20 'by_a' {'p' 3 'q' 7 'r' 10}}", "{'total' 20 'by_a' {'p' '*' 'q' '*' 'r' '*'}}",
         "three go together"},
        {"{'total' 20 'by_a' {'p' 3 'q' 0 'r' 10 's' 7}}",
         "{'total' 20 'by_a' {'p' '*' 'q' '*' 'r' '*' 's' '*'}}",
         "two that have few people together take all along"},
        {"{'total' 40 'female' 20 'by_a' {'p' {'total' 10 'female' 2} 'q' {'total' 10 'female' 8} 'r' "
         "{'total' 20 'female' 10}"
         " 's' {'total' 0 'female' 0}}}",
         "{'total' 40 'female' 20 'by_a' {'p' {'total' '*' 'female' '*'} 'q' {'total' '*' 'female' '*'} 'r' "
         "{'total' 20 "
         "'female' 10} 's' {'total' 0 'female' 0}}}",
         "few women in a group"},
        {"{'total' 40 'female' 3 'by_a' {'p' {'total' 20 'female' 3} 'q' {'total' 20 'female' 0}}}",
         "{'total' 40 'female' '*' 'by_a' {'p' {'total' 20 'female' '*'} 'q' {'total' 20 'female' '*'}}}",
         "few women in all: in no group either"},
        {"{'total' 30 'by_a' {'p' {'total' 20 'female' nil} 'q' {'total' 10}}}",
         "{'total' 30 'by_a' {'p' {'total' 20 'female' nil} 'q' {'total' 10}}}", "nothing is small"},
        {"{'total' 12 'by_a' {'p' 12} 'by_b' {'x' 2 'y' 10}}",
         "{'total' 12 'by_a' {'p' 12} 'by_b' {'x' '*' 'y' '*'}}", "each breakdown for itself"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_buf tally = {.max = 4096}, wanted = {.max = 4096}, published = {.max = 4096};
        test_pack_in_order(&tally, row[i].tally, NULL);
        test_pack_in_order(&wanted, row[i].published, NULL);
        smk_tally_withhold(smk_buf_view(&tally), &published);
        cr_assert(eq(int, published.err, SMK_OK));
        cr_assert(smk_bytes_is_equal(smk_buf_view(&published), smk_buf_view(&wanted)), "%s", row[i].why);
        smk_buf_deinit(&tally);
        smk_buf_deinit(&wanted);
        smk_buf_deinit(&published);
    }
}

/* ---- nobody can work it out ---- */

enum { GROUPS_MAX = 5, PUBLISHED_MAX = 160 };

/* One tally of a small world, and what is published of it. */
struct world {
    uint8_t total[GROUPS_MAX], female[GROUPS_MAX];
    uint8_t published[PUBLISHED_MAX];
    size_t published_len;
};

static void publish(struct world *w, size_t groups, bool has_women)
{
    static const char *const name[GROUPS_MAX] = {"a", "b", "c", "d", "e"};
    struct smk_buf tally = {.max = 1024}, out = {.max = 1024};
    struct smk_pairs p = {0}, inner = {0}, part = {0};
    uint64_t total = 0, female = 0;
    for (size_t i = 0; i < groups; i++) {
        total += w->total[i];
        female += w->female[i];
        struct smk_buf *b = smk_pairs_open_text(&inner, name[i]);
        smk_pack_uint(smk_pairs_open_text(&part, "total"), w->total[i]);
        if (has_women)
            smk_pack_uint(smk_pairs_open_text(&part, "female"), w->female[i]);
        smk_pairs_close_into(&part, b);
    }
    smk_pairs_close_into(&inner, smk_pairs_open_text(&p, "by_x"));
    smk_pack_uint(smk_pairs_open_text(&p, "total"), total);
    if (has_women)
        smk_pack_uint(smk_pairs_open_text(&p, "female"), female);
    smk_pairs_close_into(&p, &tally);
    cr_assert(smk_tally_is_valid(smk_buf_view(&tally)));
    smk_tally_withhold(smk_buf_view(&tally), &out);
    cr_assert(eq(int, out.err, SMK_OK));
    cr_assert(le(sz, out.len, PUBLISHED_MAX));
    memcpy(w->published, out.data, out.len);
    w->published_len = out.len;
    smk_buf_deinit(&tally);
    smk_buf_deinit(&out);
    smk_pairs_deinit(&p);
    smk_pairs_deinit(&inner);
    smk_pairs_deinit(&part);
}

static int compare_worlds(const void *a, const void *b)
{
    const struct world *left = a, *right = b;
    return smk_bytes_compare((struct smk_bytes){left->published, left->published_len},
                             (struct smk_bytes){right->published, right->published_len});
}

/* Of all worlds that are published alike: where one of them has a small number, another has another number there. So even
 * who knows the rule learns no number of 1 to 4 people. */
static void check_alike(const struct world *w, size_t count, size_t groups, bool has_women)
{
    for (size_t i = 0; i < groups; i++)
        for (size_t measure = 0; measure < (has_women ? 3u : 1u); measure++) {
            bool has_small = false, has_others = false;
            int first = -1;
            for (size_t k = 0; k < count; k++) {
                int number = measure == 0   ? w[k].total[i]
                             : measure == 1 ? w[k].female[i]
                                            : w[k].total[i] - w[k].female[i];
                has_small = has_small || smk_is_small((uint64_t)number);
                has_others = has_others || (first >= 0 && number != first);
                first = first >= 0 ? first : number;
            }
            bool is_safe = !has_small || has_others;
            cr_assert(is_safe, "group %zu, measure %zu: it must be %d", i, measure, first);
        }
}

/* Every tally of `groups` groups with up to `most` women and men each (or up to `most` people). */
static size_t check_all(size_t groups, size_t most, bool has_women)
{
    size_t base = most + 1, digits = has_women ? 2 * groups : groups, count = 1, kinds = 0;
    for (size_t i = 0; i < digits; i++)
        count *= base;
    struct world *w = calloc(count, sizeof *w);
    cr_assert(ne(ptr, w, NULL));
    for (size_t n = 0; n < count; n++) {
        size_t left = n;
        for (size_t i = 0; i < groups; i++) {
            w[n].total[i] = (uint8_t)(left % base);
            left /= base;
            if (!has_women)
                continue;
            w[n].female[i] = (uint8_t)(left % base);
            w[n].total[i] = (uint8_t)(w[n].total[i] + w[n].female[i]);
            left /= base;
        }
        publish(&w[n], groups, has_women);
    }
    qsort(w, count, sizeof *w, compare_worlds);
    for (size_t first = 0, end; first < count; first = end, kinds++) {
        for (end = first + 1; end < count && compare_worlds(&w[first], &w[end]) == 0; end++)
            ;
        check_alike(w + first, end - first, groups, has_women);
    }
    free(w);
    return kinds;
}

Test(withhold, not_even_who_knows_the_rule_learns_a_small_number, .timeout = 300)
{
    cr_assert(gt(sz, check_all(2, 12, false), 20));
    cr_assert(gt(sz, check_all(3, 12, false), 20));
    cr_assert(gt(sz, check_all(4, 9, false), 20));
    cr_assert(gt(sz, check_all(5, 7, false), 20));
    cr_assert(gt(sz, check_all(2, 9, true), 20));
}
