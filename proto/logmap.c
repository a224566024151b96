#include "proto/logmap.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <string.h>

enum { CAPACITY_FIRST = 32 };

void smk_logmap_deinit(struct smk_logmap *m)
{
    smk_mem_free(m->slot);
    *m = (struct smk_logmap){.max = m->max};
}

void smk_logmap_clear(struct smk_logmap *m)
{
    if (m->count > 0)
        memset(m->slot, 0, m->capacity * sizeof *m->slot);
    m->count = 0;
}

/* A log id is a hash already: its first bytes choose the slot. */
static size_t home_of(const uint8_t log_id[SMK_ID_BYTES], size_t capacity)
{
    uint64_t first;
    memcpy(&first, log_id, sizeof first);
    return (size_t)first & (capacity - 1);
}

/* The slot of the log, or the free one where it would go; capacity > count. */
static size_t slot_of(const struct smk_logmap *m, const uint8_t log_id[SMK_ID_BYTES])
{
    size_t at = home_of(log_id, m->capacity);
    while (m->slot[at].is_used && memcmp(m->slot[at].log_id, log_id, SMK_ID_BYTES) != 0)
        at = (at + 1) & (m->capacity - 1);
    return at;
}

bool smk_logmap_get(const struct smk_logmap *m, const uint8_t log_id[SMK_ID_BYTES], uint64_t *ret_value)
{
    if (m->count == 0)
        return false;
    size_t at = slot_of(m, log_id);
    if (!m->slot[at].is_used)
        return false;
    *ret_value = m->slot[at].value;
    return true;
}

static enum smk_err grow(struct smk_logmap *m)
{
    size_t wanted = m->capacity == 0 ? CAPACITY_FIRST : 2 * m->capacity;
    struct smk_logmap bigger = {.capacity = wanted, .max = m->max, .count = m->count};
    bigger.slot = smk_mem_array(wanted, sizeof *bigger.slot);
    if (bigger.slot == NULL)
        return SMK_ERR_NOMEM;
    for (size_t i = 0; i < m->capacity; i++)
        if (m->slot[i].is_used)
            bigger.slot[slot_of(&bigger, m->slot[i].log_id)] = m->slot[i];
    smk_mem_free(m->slot);
    *m = bigger;
    return SMK_OK;
}

enum smk_err smk_logmap_put(struct smk_logmap *m, const uint8_t log_id[SMK_ID_BYTES], uint64_t value)
{
    uint64_t old;
    bool is_new = !smk_logmap_get(m, log_id, &old);
    if (is_new && m->count >= m->max)
        return SMK_ERR_TOO_BIG_HERE;
    if (is_new && 2 * (m->count + 1) > m->capacity) {
        enum smk_err err = grow(m);
        if (err != SMK_OK)
            return err;
    }
    struct smk_logmap_slot *slot = &m->slot[slot_of(m, log_id)];
    memcpy(slot->log_id, log_id, sizeof slot->log_id);
    slot->value = value;
    slot->is_used = true;
    m->count += is_new;
    return SMK_OK;
}

void smk_logmap_del(struct smk_logmap *m, const uint8_t log_id[SMK_ID_BYTES])
{
    if (m->count == 0)
        return;
    size_t hole = slot_of(m, log_id);
    if (!m->slot[hole].is_used)
        return;
    /* Moves back what would no longer be found across the hole. */
    for (size_t at = (hole + 1) & (m->capacity - 1); m->slot[at].is_used; at = (at + 1) & (m->capacity - 1)) {
        size_t home = home_of(m->slot[at].log_id, m->capacity);
        size_t from_home = (at - home) & (m->capacity - 1), from_hole = (at - hole) & (m->capacity - 1);
        if (from_home < from_hole)
            continue;
        m->slot[hole] = m->slot[at];
        hole = at;
    }
    m->slot[hole] = (struct smk_logmap_slot){0};
    SMK_ASSERT(m->count > 0);
    m->count--;
}
