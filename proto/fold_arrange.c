/* All records in order: by id, by log, and by what each had seen. */
#include "proto/fold_set.h"

#include <string.h>

static int by_id(const void *a, const void *b)
{
    const struct fold_node *left = a, *right = b;
    return memcmp(left->id, right->id, sizeof left->id);
}

static int by_log(const void *a, const void *b)
{
    const struct fold_node *left = a, *right = b;
    if (left->log != right->log)
        return left->log->number < right->log->number ? -1 : 1;
    if (left->seq != right->seq)
        return left->seq < right->seq ? -1 : 1;
    return memcmp(left->id, right->id, sizeof left->id);
}

struct fold_node *smk_fold_find_node(const struct smk_fold *f, const uint8_t *id)
{
    size_t low = 0, high = f->record_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(f->by_id[middle]->id, id, SMK_ID_BYTES);
        if (order == 0)
            return f->by_id[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static enum smk_err sort_nodes(struct smk_fold *f)
{
    const void **spare = smk_fold_pointers(f, f->node_count);
    f->by_id = smk_fold_pointers(f, f->node_count);
    f->by_log = smk_fold_pointers(f, f->node_count);
    if (spare == NULL || f->by_id == NULL || f->by_log == NULL)
        return SMK_ERR_NOMEM;
    if (f->node_count > 0)
        memcpy(f->by_id, f->node, f->node_count * sizeof *f->node);
    smk_order((const void **)f->by_id, spare, f->node_count, by_id);
    for (size_t i = 0; i < f->node_count; i++) {
        struct fold_node *n = f->by_id[i];
        if (f->record_count == 0 || by_id(f->by_id[f->record_count - 1], n) != 0)
            f->by_id[f->record_count++] = n;
    }
    for (size_t i = 0; i < f->log_count; i++) {
        f->log[i]->number = (uint32_t)i;
        f->log[i]->count = 0;
        f->log[i]->judged = NULL;
    }
    memcpy(f->by_log, f->by_id, f->record_count * sizeof *f->by_id);
    smk_order((const void **)f->by_log, spare, f->record_count, by_log);
    for (size_t i = 0; i < f->record_count; i++) {
        struct fold_log *log = f->by_log[i]->log;
        if (log->count++ == 0)
            log->first = i;
        f->by_log[i]->visit = 0;
        f->by_log[i]->next_dep = 0;
        f->by_log[i]->clock = NULL;
        f->by_log[i]->entry = NULL;
    }
    return SMK_OK;
}

/* ---- rights ---- */

/* The offices that both lists name. */
static void keep_common(struct smk_fold_log *log, const struct smk_device *device)
{
    size_t kept = 0;
    for (size_t i = 0; i < log->office_count; i++)
        for (size_t k = 0; k < device->office_count; k++)
            if (strcmp(log->office[i].text, device->office[k].text) == 0) {
                log->office[kept++] = log->office[i];
                break;
            }
    log->office_count = kept;
}

/* The offices of the device decisions of the author that the open names; what all of them give, if there are several. */
static void read_rights(struct smk_fold *f, struct smk_fold_log *log, struct smk_bytes open)
{
    struct smk_bytes under = smk_span_find(open, "under"), hash;
    struct smk_span_iter it = smk_span_each(under);
    log->has_rights = false;
    log->office_count = 0;
    while (smk_span_next(&it, NULL, &hash)) {
        struct smk_bytes bytes = smk_span_bin(hash);
        const struct smk_device *device = NULL;
        if (bytes.len == SMK_HASH_BYTES)
            device = smk_roster_device_of_decision(f->roster, bytes.data);
        if (device == NULL || memcmp(device->sign_key, log->author, sizeof log->author) != 0)
            continue;
        if (!log->has_rights) {
            log->has_rights = true;
            log->org = device->org;
            log->office_count = device->office_count;
            memcpy(log->office, device->office, sizeof log->office);
        } else if (strcmp(log->org.text, device->org.text) == 0) {
            keep_common(log, device);
        } else {
            log->office_count = 0;
        }
    }
}

static void read_opens(struct smk_fold *f)
{
    for (size_t i = 0; i < f->log_count; i++) {
        struct fold_log *log = f->log[i];
        struct smk_bytes open = {0};
        if (log->count > 0 && f->by_log[log->first]->seq == 1 &&
            f->by_log[log->first]->type == SMK_RECORD_OPEN)
            open = f->by_log[log->first]->payload;
        read_rights(f, &log->seen, open);
    }
}

/* ---- causal past ---- */

/* The node before n in its log; NULL for the first. place_in_log is n's index in by_log. */
static struct fold_node *node_before(const struct smk_fold *f, size_t place_in_log)
{
    const struct fold_node *n = f->by_log[place_in_log];
    return place_in_log > n->log->first ? f->by_log[place_in_log - 1] : NULL;
}

/* A dep of the same scope that is here; NULL otherwise. */
static struct fold_node *dep_of(const struct smk_fold *f, const struct fold_node *n, size_t i)
{
    struct fold_node *dep = smk_fold_find_node(f, n->dep[i]);
    return dep != NULL && smk_scope_is_equal(&dep->log->seen.scope, &n->log->seen.scope) ? dep : NULL;
}

static void make_clock(struct smk_fold *f, struct fold_node *n, const struct fold_node *before)
{
    const struct smk_clock *c = before != NULL ? before->clock : NULL;
    for (size_t i = 0; i < n->dep_count; i++) {
        const struct fold_node *dep = dep_of(f, n, i);
        if (dep == NULL || dep->visit != 2 || smk_clock_get(&f->clocks, c, dep->log->number) >= dep->seq)
            continue;
        if (dep->log == n->log) /* prev says as much */
            continue;
        c = smk_clock_join(&f->clocks, c, dep->clock);
        c = smk_clock_raise(&f->clocks, c, dep->log->number, dep->seq);
    }
    n->clock = c;
}

/* Places are counted in by_log, so that the log's earlier record is found at once. */
struct visit {
    size_t *stack; /* indices into by_log */
    size_t depth;
    uint32_t placed;
};

static size_t index_of(const struct smk_fold *f, const struct fold_node *n)
{
    size_t low = n->log->first, high = n->log->first + n->log->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = by_log(f->by_log[middle], n);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Pushes the first thing that must come before n; false when n's turn has come. */
static bool push_earlier(struct smk_fold *f, struct visit *v, size_t at)
{
    struct fold_node *n = f->by_log[at], *before = node_before(f, at);
    if (before != NULL && before->visit == 0) {
        before->visit = 1;
        v->stack[v->depth++] = at - 1;
        return true;
    }
    while (n->next_dep < n->dep_count) {
        struct fold_node *dep = dep_of(f, n, n->next_dep++);
        if (dep == NULL || dep->visit != 0)
            continue;
        dep->visit = 1;
        v->stack[v->depth++] = index_of(f, dep);
        return true;
    }
    return false;
}

static enum smk_err make_clocks(struct smk_fold *f)
{
    struct visit v = {.stack = smk_arena_array(&f->derived, f->record_count + 1, sizeof(size_t))};
    if (v.stack == NULL)
        return SMK_ERR_NOMEM;
    smk_clock_space_init(&f->clocks, f->log_count);
    for (size_t i = 0; i < f->record_count; i++) {
        if (f->by_log[i]->visit != 0)
            continue;
        f->by_log[i]->visit = 1;
        v.stack[v.depth++] = i;
        while (v.depth > 0) {
            size_t at = v.stack[v.depth - 1];
            if (push_earlier(f, &v, at))
                continue;
            make_clock(f, f->by_log[at], node_before(f, at));
            f->by_log[at]->visit = 2;
            f->by_log[at]->place = v.placed++;
            v.depth--;
        }
    }
    return f->clocks.is_full ? SMK_ERR_NOMEM : SMK_OK;
}

bool smk_fold_node_has_seen(const struct smk_fold *f, const struct fold_node *b, const struct fold_node *a)
{
    if (a->log == b->log)
        return a->seq < b->seq || a == b;
    return smk_clock_get(&f->clocks, b->clock, a->log->number) >= a->seq;
}

enum smk_err smk_fold_arrange(struct smk_fold *f)
{
    enum smk_err err = sort_nodes(f);
    if (err != SMK_OK)
        return err;
    read_opens(f);
    return make_clocks(f);
}
