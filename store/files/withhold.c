#include "store/files/withhold.h"

#include "proto/mem.h"
#include "proto/pairs.h"
#include "proto/schema.h"

#include <string.h>

bool smk_is_small(uint64_t people)
{
    return people > 0 && people < SMK_PEOPLE_MIN;
}

/* A number that may be unknown. */
struct count {
    bool is_known;
    uint64_t number;
};

static struct count count_of(struct smk_bytes v)
{
    return (struct count){smk_span_type(v) == SMK_VALUE_UINT, smk_span_uint(v)};
}

static bool is_small(struct count c)
{
    return c.is_known && smk_is_small(c.number);
}

/* Those of `all` who are not `part`. */
static struct count rest_of(struct count all, struct count part)
{
    bool is_known = all.is_known && part.is_known && part.number <= all.number;
    return (struct count){is_known, is_known ? all.number - part.number : 0};
}

/* Either of two groups that make up a third. */
static bool splits_small(struct count all, struct count part)
{
    return is_small(part) || is_small(rest_of(all, part));
}

/* ---- one breakdown ---- */

struct group {
    struct smk_bytes key;
    bool is_plain; /* a number alone, without women */
    struct count total, female;
    bool is_withheld;
};

struct breakdown {
    size_t count;
    bool hides_women; /* everywhere in this tally */
    struct group group[SMK_ANSWERS_MAX];
};

static void read_groups(struct breakdown *b, struct smk_bytes map)
{
    struct smk_span_iter it = smk_span_each(map);
    struct smk_bytes key, value;
    while (b->count < SMK_ANSWERS_MAX && smk_span_next(&it, &key, &value)) {
        bool is_plain = smk_span_type(value) != SMK_VALUE_MAP;
        b->group[b->count++] = (struct group){
            .key = key,
            .is_plain = is_plain,
            .total = count_of(is_plain ? value : smk_span_find(value, "total")),
            .female = count_of(is_plain ? (struct smk_bytes){0} : smk_span_find(value, "female"))};
    }
}

/* What is known of a block from outside, when all else is published: its sums. */
static bool gives_itself_away(const struct breakdown *b, size_t first, size_t end)
{
    struct count total = {true, 0}, female = {!b->hides_women, 0};
    for (size_t i = first; i < end; i++) {
        const struct group *g = &b->group[i];
        total = (struct count){total.is_known && g->total.is_known, total.number + g->total.number};
        female = (struct count){female.is_known && g->female.is_known, female.number + g->female.number};
    }
    return is_small(total) || splits_small(total, female);
}

static bool has_small(const struct breakdown *b, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        const struct group *g = &b->group[i];
        if (is_small(g->total) || (!b->hides_women && splits_small(g->total, g->female)))
            return true;
    }
    return false;
}

static void withhold_block(struct breakdown *b, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        b->group[i].is_withheld = true;
}

/* Neighbours share their fate, two by two: which ones do depends on their places alone, not on their numbers, so that
 * nobody learns a number from what else is withheld. */
static void choose_groups(struct breakdown *b, bool hides_all)
{
    bool is_whole = hides_all;
    for (size_t first = 0, end; first < b->count; first = end) {
        end = b->count - first <= 3 ? b->count : first + 2;
        if (!has_small(b, first, end))
            continue;
        withhold_block(b, first, end);
        is_whole = is_whole || gives_itself_away(b, first, end);
    }
    if (is_whole)
        withhold_block(b, 0, b->count);
}

/* ---- writing ---- */

static void write_count(struct smk_buf *b, struct smk_bytes value, bool is_withheld)
{
    if (is_withheld && smk_span_type(value) == SMK_VALUE_UINT)
        smk_pack_text(b, "*");
    else
        smk_pack_raw(b, value);
}

static void write_group(const struct breakdown *b, const struct group *g, struct smk_bytes value,
                        struct smk_buf *out)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    struct smk_span_iter it = smk_span_each(value);
    struct smk_bytes key, part;
    if (g->is_plain) {
        write_count(out, value, g->is_withheld);
        return;
    }
    while (smk_span_next(&it, &key, &part)) {
        bool is_women = smk_bytes_is_equal(key, smk_bytes_of_text("female"));
        write_count(smk_pairs_open(&p, key), part, g->is_withheld || (is_women && b->hides_women));
    }
    smk_pairs_close_into(&p, out);
}

static void write_breakdown(struct smk_bytes map, bool hides_all, bool hides_women, struct smk_buf *out)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    struct smk_span_iter it = smk_span_each(map);
    struct smk_bytes key, value;
    struct breakdown *b = smk_mem_new(sizeof *b);
    if (b == NULL) {
        out->err = SMK_ERR_NOMEM;
        return;
    }
    b->hides_women = hides_women;
    read_groups(b, map);
    choose_groups(b, hides_all);
    for (size_t i = 0; i < b->count && smk_span_next(&it, &key, &value); i++)
        write_group(b, &b->group[i], value, smk_pairs_open(&p, key));
    smk_pairs_close_into(&p, out);
    smk_mem_free(b);
}

void smk_tally_withhold(struct smk_bytes tally, struct smk_buf *b)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    struct smk_span_iter it = smk_span_each(tally);
    struct smk_bytes key, value;
    struct count total = count_of(smk_span_find(tally, "total")),
                 female = count_of(smk_span_find(tally, "female"));
    bool hides_all = is_small(total), hides_women = hides_all || splits_small(total, female);
    if (smk_span_type(tally) != SMK_VALUE_MAP) {
        smk_pack_raw(b, tally);
        return;
    }
    while (smk_span_next(&it, &key, &value)) {
        struct smk_buf *out = smk_pairs_open(&p, key);
        bool is_total = smk_bytes_is_equal(key, smk_bytes_of_text("total"));
        bool is_women = smk_bytes_is_equal(key, smk_bytes_of_text("female"));
        if (smk_span_type(value) == SMK_VALUE_MAP)
            write_breakdown(value, hides_all, hides_women, out);
        else
            write_count(out, value,
                        is_total   ? hides_all
                        : is_women ? hides_women
                                   : hides_all || splits_small(total, count_of(value)));
    }
    smk_pairs_close_into(&p, b);
}
