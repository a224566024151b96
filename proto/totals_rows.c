#include "proto/totals_rows.h"

#include "proto/mem.h"

#include <stddef.h>
#include <string.h>

/* A tally or an entry of a breakdown, as one sum. */
static struct smk_tally_sum sum_of(struct smk_bytes tally)
{
    struct smk_tally_sum sum = {.count = 1};
    bool is_plain = smk_span_type(tally) == SMK_VALUE_UINT;
    struct smk_bytes total = is_plain ? tally : smk_span_find(tally, "total");
    struct smk_bytes female = smk_span_find(tally, "female");
    if (smk_span_type(total) != SMK_VALUE_UINT)
        return sum;
    sum.known = 1;
    sum.total = smk_span_uint(total);
    if (smk_span_type(female) == SMK_VALUE_UINT) {
        sum.with_sex = sum.total;
        sum.female = smk_span_uint(female);
    }
    return sum;
}

static void sum_join(struct smk_tally_sum *sum, const struct smk_tally_sum *more)
{
    sum->count += more->count;
    sum->known += more->known;
    sum->total += more->total;
    sum->with_sex += more->with_sex;
    sum->female += more->female;
}

void smk_sum_add_tally(struct smk_tally_sum *sum, struct smk_bytes tally)
{
    struct smk_tally_sum more = {.count = 1};
    if (smk_tally_is_valid(tally))
        more = sum_of(tally);
    sum_join(sum, &more);
}

/* Copies what fits, with unprintable bytes replaced; always ends with a zero. */
static void copy_name(char *to, size_t room, struct smk_bytes name)
{
    size_t len = name.len < room - 1 ? name.len : room - 1;
    for (size_t i = 0; i < len; i++)
        to[i] = name.data[i] > ' ' && name.data[i] < 0x7f ? (char)name.data[i] : '?';
    to[len] = '\0';
}

static int row_compare(const struct smk_totals_row *a, const struct smk_totals_row *b)
{
    int order = strcmp(a->table, b->table);
    return order != 0 ? order : strcmp(a->name, b->name);
}

static enum smk_err rows_grow(struct smk_totals *t)
{
    if (t->row_count < t->row_capacity)
        return SMK_OK;
    if (t->row_count >= SMK_TOTALS_ROWS_MAX)
        return SMK_ERR_TOO_BIG_HERE;
    size_t wanted = t->row_capacity > 0 ? t->row_capacity * 2 : 64;
    struct smk_totals_row *grown = smk_mem_resize(t->row, wanted * sizeof *grown);
    if (grown == NULL)
        return SMK_ERR_NOMEM;
    t->row = grown;
    t->row_capacity = wanted;
    return SMK_OK;
}

enum smk_err smk_totals_add(struct smk_totals *t, const char *table, struct smk_bytes name,
                            const struct smk_tally_sum *sum)
{
    struct smk_totals_row wanted = {0};
    size_t low = 0, high = t->row_count;
    copy_name(wanted.table, sizeof wanted.table, smk_bytes_of_text(table));
    copy_name(wanted.name, sizeof wanted.name, name);
    if (high > 0 && row_compare(&t->row[high - 1], &wanted) < 0)
        low = high; /* rows that are read come in order */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (row_compare(&t->row[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == t->row_count || row_compare(&t->row[low], &wanted) != 0) {
        enum smk_err err = rows_grow(t);
        if (err != SMK_OK)
            return err;
        memmove(t->row + low + 1, t->row + low, (t->row_count - low) * sizeof *t->row);
        t->row[low] = wanted;
        t->row_count++;
    }
    sum_join(&t->row[low].sum, sum);
    return SMK_OK;
}

enum smk_err smk_totals_add_breakdowns(struct smk_totals *t, const char *prefix, struct smk_bytes tally)
{
    struct smk_span_iter it = smk_span_each(tally);
    struct smk_bytes key, breakdown, name, part;
    enum smk_err err = SMK_OK;
    if (!smk_tally_is_valid(tally))
        return SMK_OK;
    while (err == SMK_OK && smk_span_next(&it, &key, &breakdown)) {
        char table[SMK_TOTALS_TABLE_LETTERS_MAX + 1];
        size_t at = strlen(prefix);
        struct smk_span_iter parts = smk_span_each(breakdown);
        if (!parts.is_map || at + 1 + key.len >= sizeof table)
            continue;
        memcpy(table, prefix, at);
        table[at] = '.';
        copy_name(table + at + 1, sizeof table - at - 1, key);
        while (err == SMK_OK && smk_span_next(&parts, &name, &part)) {
            struct smk_tally_sum sum = sum_of(part);
            err = smk_totals_add(t, table, name, &sum);
        }
    }
    return err;
}

/* ---- numbers as rows ---- */

static const char numbers[] = ""; /* their table */

#define NUMBERS(field, n)                                                      \
    {                                                                          \
        .name = #field, .at = offsetof(struct smk_totals, field), .count = (n) \
    }
/* Each is an array of so many uint64_t, which fill a sum from the first on. */
static const struct {
    const char *name;
    size_t at;
    size_t count;
} number[] = {
    NUMBERS(interview_rows, 1),
    NUMBERS(respondents, 5),
    NUMBERS(lists, 1),
    NUMBERS(recommendations, 1),
    NUMBERS(endorsements, 3),
    NUMBERS(acceptances, 3),
    NUMBERS(decision, 5),
    NUMBERS(presentations_province, 1),
    NUMBERS(presentations_national, 1),
    NUMBERS(priorities_province, 1),
    NUMBERS(priorities_national, 1),
    NUMBERS(follow_ups, 1),
    NUMBERS(progress, 5),
    NUMBERS(verified, 1),
    NUMBERS(disputed, 1),
    NUMBERS(meetings, 5),
    NUMBERS(events, 5),
    NUMBERS(projects, 1),
    NUMBERS(subgrants, 1),
    NUMBERS(attachments, 1),
    NUMBERS(not_counting, 1),
};
enum { NUMBER_COUNT = sizeof number / sizeof number[0], NUMBERS_OF_SUM = 5 };

_Static_assert(sizeof(struct smk_tally_sum) == NUMBERS_OF_SUM * sizeof(uint64_t), "a sum is five numbers");
_Static_assert(sizeof(struct smk_agreed) == 3 * sizeof(uint64_t), "and these are three");
_Static_assert((int)SMK_DECISION_WORDS == NUMBERS_OF_SUM, "words fit a sum");
_Static_assert((int)SMK_PROGRESS_WORDS == NUMBERS_OF_SUM, "words fit a sum");

enum smk_err smk_totals_each(const struct smk_totals *t, smk_totals_row_fn *fn, void *ctx)
{
    static const struct smk_tally_sum nothing = {0};
    enum smk_err err = SMK_OK;
    for (size_t i = 0; i < NUMBER_COUNT && err == SMK_OK; i++) {
        struct smk_totals_row row = {0};
        copy_name(row.table, sizeof row.table, smk_bytes_of_text(numbers));
        copy_name(row.name, sizeof row.name, smk_bytes_of_text(number[i].name));
        memcpy(&row.sum, (const uint8_t *)t + number[i].at, number[i].count * sizeof(uint64_t));
        if (memcmp(&row.sum, &nothing, sizeof nothing) != 0)
            err = fn(ctx, &row);
    }
    for (size_t i = 0; i < t->row_count && err == SMK_OK; i++)
        err = fn(ctx, &t->row[i]);
    return err;
}

enum smk_err smk_totals_add_row(struct smk_totals *t, const struct smk_totals_row *row)
{
    if (strcmp(row->table, numbers) != 0)
        return smk_totals_add(t, row->table, smk_bytes_of_text(row->name), &row->sum);
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        uint64_t have[NUMBERS_OF_SUM], more[NUMBERS_OF_SUM];
        if (strcmp(row->name, number[i].name) != 0)
            continue;
        memcpy(have, (const uint8_t *)t + number[i].at, number[i].count * sizeof have[0]);
        memcpy(more, &row->sum, sizeof more);
        for (size_t k = 0; k < number[i].count; k++)
            have[k] += more[k];
        memcpy((uint8_t *)t + number[i].at, have, number[i].count * sizeof have[0]);
    }
    return SMK_OK;
}

void smk_totals_deinit(struct smk_totals *t)
{
    smk_mem_free(t->row);
    *t = (struct smk_totals){0};
}
