#include "store/index_past.h"

#include "proto/check.h"
#include "proto/mem.h"
#include "store/index_rows.h"

#include <string.h>

/* What is kept between questions; beyond that it is made anew. */
enum { STEPS_KEPT_MAX = 512 * 1024, CLOCK_BYTES_KEPT_MAX = 64 * 1024 * 1024 };

struct dep {
    uint32_t log_no;
    uint64_t seq;
};

struct step {
    uint64_t seq;
    const struct smk_clock *clock;
    size_t first_dep, dep_count;
};

struct smk_past_log {
    uint32_t log_no;
    bool is_open; /* on the stack: some of its steps wait for those of other logs */
    size_t done;  /* steps with a clock, from the first on */
    size_t wanted;
    struct step *step;
    size_t step_count, step_capacity;
    struct dep *dep;
    size_t dep_count, dep_capacity;
    struct smk_past_log *below; /* on the stack */
};

static void log_free(struct smk_past_log *l)
{
    if (l == NULL)
        return;
    smk_mem_free(l->step);
    smk_mem_free(l->dep);
    smk_mem_free(l);
}

void smk_past_deinit(struct smk_past *p)
{
    for (size_t i = 0; i < p->log_count; i++)
        log_free(p->log[i]);
    smk_mem_free(p->log);
    smk_clock_space_deinit(&p->clocks);
    *p = (struct smk_past){0};
}

/* ---- reading a log's rows ---- */

/* An array with room for one more element, or NULL: the old one then stays. */
static void *grow(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return array;
    size_t wanted = *capacity > 0 ? 2 * *capacity : 16;
    void *grown = smk_mem_resize(array, wanted * size);
    if (grown != NULL)
        *capacity = wanted;
    return grown;
}

static enum smk_err add_step(struct smk_past_log *l, uint64_t seq, struct smk_bytes deps)
{
    struct step *steps = grow(l->step, l->step_count, &l->step_capacity, sizeof *steps);
    if (steps == NULL)
        return SMK_ERR_NOMEM;
    l->step = steps;
    struct step *s = &steps[l->step_count++];
    *s = (struct step){.seq = seq, .first_dep = l->dep_count};
    for (; deps.len >= SMK_PLACE_KEY_BYTES; s->dep_count++) {
        struct dep *all = grow(l->dep, l->dep_count, &l->dep_capacity, sizeof *all);
        if (all == NULL)
            return SMK_ERR_NOMEM;
        l->dep = all;
        struct dep *d = &all[l->dep_count++];
        if (!smk_place_read((struct smk_bytes){deps.data, SMK_PLACE_KEY_BYTES}, &d->log_no, &d->seq))
            return SMK_ERR_STORE_DAMAGED;
        deps = (struct smk_bytes){deps.data + SMK_PLACE_KEY_BYTES, deps.len - SMK_PLACE_KEY_BYTES};
    }
    return deps.len == 0 ? SMK_OK : SMK_ERR_STORE_DAMAGED;
}

static enum smk_err read_steps(struct smk_past_log *l, struct smk_txn *t)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    struct smk_index_key prefix;
    uint32_t log_no = 0;
    uint64_t seq = 0;
    smk_index_number_key(&prefix, SMK_INDEX_PAST, l->log_no);
    smk_cursor_open(&c, t, SMK_TABLE_INDEX);
    for (bool is_row = smk_cursor_seek(&c, smk_index_key_view(&prefix)); is_row;
         is_row = smk_cursor_next(&c)) {
        if (!smk_index_key_begins(c.key, &prefix))
            break;
        if (!smk_place_read((struct smk_bytes){c.key.data + 1, c.key.len - 1}, &log_no, &seq))
            return SMK_ERR_STORE_DAMAGED;
        enum smk_err err = add_step(l, seq, c.value);
        if (err != SMK_OK)
            return err;
    }
    return t->err;
}

static enum smk_err find_log(struct smk_past *p, struct smk_txn *t, uint32_t log_no,
                             struct smk_past_log **ret_log)
{
    size_t low = 0, high = p->log_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->log[middle]->log_no < log_no)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < p->log_count && p->log[low]->log_no == log_no) {
        *ret_log = p->log[low];
        return SMK_OK;
    }
    struct smk_past_log **logs = grow(p->log, p->log_count, &p->log_capacity, sizeof *logs);
    struct smk_past_log *fresh = logs != NULL ? smk_mem_new(sizeof *fresh) : NULL;
    p->log = logs != NULL ? logs : p->log;
    if (fresh == NULL)
        return SMK_ERR_NOMEM;
    fresh->log_no = log_no;
    enum smk_err err = read_steps(fresh, t);
    if (err != SMK_OK) {
        log_free(fresh);
        return err;
    }
    memmove(logs + low + 1, logs + low, (p->log_count - low) * sizeof(struct smk_past_log *));
    logs[low] = fresh;
    p->log_count++;
    p->step_count += fresh->step_count;
    *ret_log = fresh;
    return SMK_OK;
}

/* ---- clocks ---- */

/* Steps of a log with a seq of at most seq. */
static size_t steps_upto(const struct smk_past_log *l, uint64_t seq)
{
    size_t low = 0, high = l->step_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (l->step[middle].seq <= seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct smk_clock *clock_at(const struct smk_past_log *l, size_t steps)
{
    return steps > 0 ? l->step[steps - 1].clock : NULL;
}

/* Makes the clock of the next step of l, or says in *ret_waits_for which log has to go on first.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
static enum smk_err make_step(struct smk_past *p, struct smk_txn *t, const struct smk_disputes *disputes,
                              struct smk_past_log *l, struct smk_past_log **ret_waits_for)
{
    struct step *s = &l->step[l->done];
    const struct smk_clock *c = clock_at(l, l->done);
    for (size_t i = 0; i < s->dep_count; i++) {
        const struct dep *d = &l->dep[s->first_dep + i];
        struct smk_past_log *other = NULL;
        if (smk_disputes_hold(disputes, d->log_no, d->seq) ||
            smk_clock_get(&p->clocks, c, d->log_no) >= d->seq)
            continue;
        enum smk_err err = find_log(p, t, d->log_no, &other);
        if (err != SMK_OK)
            return err;
        size_t wanted = steps_upto(other, d->seq);
        if (other->done < wanted) {
            if (other->is_open) /* a record cannot have seen itself */
                return SMK_ERR_STORE_DAMAGED;
            other->wanted = wanted;
            *ret_waits_for = other;
            return SMK_OK;
        }
        c = smk_clock_join(&p->clocks, c, clock_at(other, wanted));
        c = smk_clock_raise(&p->clocks, c, d->log_no, d->seq);
    }
    s->clock = c;
    l->done++;
    return p->clocks.is_full ? SMK_ERR_NOMEM : SMK_OK;
}

static enum smk_err make_steps(struct smk_past *p, struct smk_txn *t, const struct smk_disputes *disputes,
                               struct smk_past_log *l)
{
    struct smk_past_log *top = l;
    enum smk_err err = SMK_OK;
    l->is_open = true;
    l->below = NULL;
    while (top != NULL && err == SMK_OK) {
        struct smk_past_log *other = NULL;
        if (top->done >= top->wanted) {
            top->is_open = false;
            top = top->below;
            continue;
        }
        err = make_step(p, t, disputes, top, &other);
        if (err == SMK_OK && other != NULL) {
            other->is_open = true;
            other->below = top;
            top = other;
        }
    }
    for (; top != NULL; top = top->below)
        top->is_open = false;
    return err;
}

enum smk_err smk_past_clock(struct smk_past *p, struct smk_txn *t, const struct smk_disputes *disputes,
                            uint32_t log_no, uint64_t seq, const struct smk_clock **ret_clock)
{
    struct smk_past_log *l = NULL;
    uint32_t logs = smk_txn_last_log(t);
    if (logs > p->logs_max || p->clocks.is_full || p->step_count > STEPS_KEPT_MAX ||
        p->clocks.arena.total > CLOCK_BYTES_KEPT_MAX)
        smk_past_deinit(p);
    if (p->logs_max == 0) {
        p->logs_max = logs;
        smk_clock_space_init(&p->clocks, (size_t)logs + 1); /* they are numbered from 1 on */
    }
    enum smk_err err = t->err != SMK_OK ? t->err : find_log(p, t, log_no, &l);
    if (err != SMK_OK)
        return err;
    l->wanted = steps_upto(l, seq);
    err = make_steps(p, t, disputes, l);
    if (err == SMK_OK)
        *ret_clock = clock_at(l, l->wanted);
    return err;
}

uint64_t smk_past_seen(const struct smk_past *p, const struct smk_clock *c, uint32_t log_no)
{
    return smk_clock_get(&p->clocks, c, log_no);
}
