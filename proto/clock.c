#include "proto/clock.h"

#include "proto/check.h"

#include <string.h>

enum { SLOT_BITS = 4, SLOTS = 1 << SLOT_BITS };

struct smk_clock {
    union {
        const struct smk_clock *below[SLOTS]; /* above the lowest level */
        uint64_t seq[SLOTS];                  /* on it */
    };
};

void smk_clock_space_init(struct smk_clock_space *s, size_t log_count)
{
    unsigned levels = 1;
    while (levels < 8 && log_count > (size_t)1 << (SLOT_BITS * levels))
        levels++;
    *s = (struct smk_clock_space){.levels = levels};
}

void smk_clock_space_deinit(struct smk_clock_space *s)
{
    smk_arena_deinit(&s->arena);
}

static unsigned slot_of(uint32_t log, unsigned level)
{
    return log >> (SLOT_BITS * level) & (SLOTS - 1);
}

uint64_t smk_clock_get(const struct smk_clock_space *s, const struct smk_clock *c, uint32_t log)
{
    for (unsigned level = s->levels - 1; c != NULL && level > 0; level--)
        c = c->below[slot_of(log, level)];
    return c != NULL ? c->seq[slot_of(log, 0)] : 0;
}

static struct smk_clock *clock_copy(struct smk_clock_space *s, const struct smk_clock *c)
{
    struct smk_clock *copy = smk_arena_new(&s->arena, sizeof *copy);
    if (copy == NULL)
        s->is_full = true;
    else if (c != NULL)
        *copy = *c;
    return copy;
}

const struct smk_clock *smk_clock_raise(struct smk_clock_space *s, const struct smk_clock *c, uint32_t log,
                                        uint64_t seq)
{
    if (smk_clock_get(s, c, log) >= seq)
        return c;
    struct smk_clock *top = clock_copy(s, c), *at = top;
    for (unsigned level = s->levels - 1; at != NULL && level > 0; level--) {
        const struct smk_clock **slot = &at->below[slot_of(log, level)];
        struct smk_clock *lower = clock_copy(s, *slot);
        *slot = lower;
        at = lower;
    }
    if (at == NULL)
        return c;
    at->seq[slot_of(log, 0)] = seq;
    return top;
}

static const struct smk_clock *join_leaves(struct smk_clock_space *s, const struct smk_clock *a,
                                           const struct smk_clock *b)
{
    struct smk_clock all;
    for (size_t i = 0; i < SLOTS; i++)
        all.seq[i] = a->seq[i] > b->seq[i] ? a->seq[i] : b->seq[i];
    if (memcmp(all.seq, a->seq, sizeof all.seq) == 0)
        return a;
    if (memcmp(all.seq, b->seq, sizeof all.seq) == 0)
        return b;
    const struct smk_clock *joined = clock_copy(s, &all);
    return joined != NULL ? joined : a;
}

/* Recursion is as deep as the tree: at most 8. */
static const struct smk_clock *join_at(struct smk_clock_space *s, const struct smk_clock *a,
                                       const struct smk_clock *b, unsigned level)
{
    if (a == b || b == NULL)
        return a;
    if (a == NULL)
        return b;
    if (level == 0)
        return join_leaves(s, a, b);
    struct smk_clock all;
    for (size_t i = 0; i < SLOTS; i++)
        all.below[i] = join_at(s, a->below[i], b->below[i], level - 1);
    if (memcmp(all.below, a->below, sizeof all.below) == 0)
        return a;
    if (memcmp(all.below, b->below, sizeof all.below) == 0)
        return b;
    const struct smk_clock *joined = clock_copy(s, &all);
    return joined != NULL ? joined : a;
}

const struct smk_clock *smk_clock_join(struct smk_clock_space *s, const struct smk_clock *a,
                                       const struct smk_clock *b)
{
    SMK_ASSERT(s->levels >= 1);
    return join_at(s, a, b, s->levels - 1);
}
