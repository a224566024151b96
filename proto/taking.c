#include "proto/taking.h"

#include "proto/check.h"
#include "proto/mem.h"
#include "proto/message.h"

#include <string.h>

void smk_taking_init(struct smk_taking *t)
{
    *t = (struct smk_taking){.index = {.max = SMK_TAKING_WANTED_MAX}};
}

void smk_taking_deinit(struct smk_taking *t)
{
    smk_mem_free(t->wanted);
    smk_logmap_deinit(&t->index);
    *t = (struct smk_taking){0};
}

void smk_taking_check(const struct smk_taking *t)
{
    size_t asked = 0, bytes = 0;
    SMK_ASSERT(t->index.count == t->wanted_count);
    for (size_t i = 0; i < t->wanted_count; i++) {
        uint64_t at = UINT64_MAX;
        bool is_there = smk_logmap_get(&t->index, t->wanted[i].log_id, &at);
        SMK_ASSERT(is_there);
        SMK_ASSERT(at == i);
        asked += t->wanted[i].is_asked;
    }
    SMK_ASSERT(asked == t->asked_count);
    SMK_ASSERT(asked <= SMK_WANTED_RUNS_MAX);
    for (size_t i = 0; i < t->storing_count; i++)
        bytes += t->storing[i].bytes;
    SMK_ASSERT(bytes == t->storing_bytes);
}

bool smk_taking_is_idle(const struct smk_taking *t)
{
    return t->wanted_count == 0 && t->storing_count == 0;
}

/* ---- wanting ---- */

static enum smk_err make_room(struct smk_taking *t)
{
    if (t->wanted_count < t->wanted_capacity)
        return SMK_OK;
    size_t capacity = t->wanted_capacity == 0 ? 16 : 2 * t->wanted_capacity;
    struct smk_wanted *grown = smk_mem_resize(t->wanted, capacity * sizeof *grown);
    if (grown == NULL)
        return SMK_ERR_NOMEM;
    t->wanted = grown;
    t->wanted_capacity = capacity;
    return SMK_OK;
}

enum smk_err smk_taking_want(struct smk_taking *t, const struct smk_scope *scope, const struct smk_head *head,
                             uint64_t our_seq)
{
    SMK_ASSERT(head->seq > our_seq);
    uint64_t at;
    if (smk_logmap_get(&t->index, head->log_id, &at) || t->wanted_count >= SMK_TAKING_WANTED_MAX)
        return SMK_OK;
    enum smk_err err = make_room(t);
    if (err == SMK_OK)
        err = smk_logmap_put(&t->index, head->log_id, t->wanted_count);
    if (err != SMK_OK)
        return err;
    struct smk_wanted w = {.scope = *scope, .next = our_seq + 1, .to = head->seq};
    memcpy(w.log_id, head->log_id, sizeof w.log_id);
    memcpy(w.author, head->author, sizeof w.author);
    memcpy(w.incarnation, head->incarnation, sizeof w.incarnation);
    t->wanted[t->wanted_count++] = w;
    return SMK_OK;
}

static void wanted_remove(struct smk_taking *t, size_t at)
{
    t->asked_count -= t->wanted[at].is_asked;
    smk_logmap_del(&t->index, t->wanted[at].log_id);
    t->wanted_count--;
    if (at == t->wanted_count)
        return;
    t->wanted[at] = t->wanted[t->wanted_count];
    enum smk_err err = smk_logmap_put(&t->index, t->wanted[at].log_id, at);
    SMK_ASSERT(err == SMK_OK); /* replaces: needs no room */
}

void smk_taking_forget_wanted(struct smk_taking *t)
{
    t->wanted_count = 0;
    t->asked_count = 0;
    smk_logmap_clear(&t->index);
}

void smk_taking_lack(struct smk_taking *t, const uint8_t log_id[SMK_ID_BYTES])
{
    uint64_t at;
    if (smk_logmap_get(&t->index, log_id, &at))
        wanted_remove(t, (size_t)at);
}

/* ---- asking ---- */

bool smk_taking_has_to_ask(const struct smk_taking *t)
{
    return t->asked_count < t->wanted_count && t->asked_count + SMK_WANT_RUNS_MAX <= SMK_WANTED_RUNS_MAX;
}

static bool is_due(const struct smk_wanted *w, const struct smk_scope *scope)
{
    return !w->is_asked && (scope == NULL || smk_scope_is_equal(&w->scope, scope));
}

enum smk_err smk_taking_ask(struct smk_taking *t, struct smk_buf *ret_body)
{
    SMK_ASSERT(smk_taking_has_to_ask(t));
    const struct smk_scope *scope = NULL;
    size_t count = 0;
    for (size_t i = 0; i < t->wanted_count && count < SMK_WANT_RUNS_MAX; i++) {
        if (!is_due(&t->wanted[i], scope))
            continue;
        scope = &t->wanted[i].scope;
        count++;
    }
    SMK_ASSERT(scope != NULL);
    smk_want_begin(scope, count, ret_body);
    size_t left = count;
    for (size_t i = 0; left > 0; i++) {
        struct smk_wanted *w = &t->wanted[i];
        if (!is_due(w, scope))
            continue;
        struct smk_want_run run = {.from = w->next, .to = w->to};
        memcpy(run.author, w->author, sizeof run.author);
        memcpy(run.incarnation, w->incarnation, sizeof run.incarnation);
        smk_want_run_encode(&run, ret_body);
        w->is_asked = true;
        left--;
    }
    t->asked_count += count;
    return ret_body->err;
}

/* ---- batches ---- */

static void note_run(struct smk_taking *t, const struct smk_batch_reader *r, const struct smk_batch_run *run)
{
    uint8_t log_id[SMK_ID_BYTES];
    uint64_t at;
    smk_log_id(run->author, run->incarnation, &r->scope, log_id);
    if (!smk_logmap_get(&t->index, log_id, &at))
        return; /* pushed, or given up */
    struct smk_wanted *w = &t->wanted[at];
    if (w->first_batch == 0)
        w->first_batch = r->number;
    w->last_batch = r->number;
    if (run->first_seq <= w->next && run->first_seq + run->count > w->next)
        w->next = run->first_seq + run->count;
    if (w->next > w->to)
        wanted_remove(t, (size_t)at);
}

enum smk_err smk_taking_batch(struct smk_taking *t, const struct smk_batch_reader *r, size_t bytes)
{
    if (r->number != t->last_number + 1)
        return SMK_ERR_UNEXPECTED;
    if (t->storing_count >= SMK_BATCHES_UNDER_WAY_MAX || bytes > SMK_CREDIT_BYTES - t->storing_bytes)
        return SMK_ERR_CREDIT;
    t->last_number = r->number;
    t->storing[t->storing_count++] = (struct smk_storing){r->number, bytes, r->scope};
    t->storing_bytes += bytes;
    for (size_t i = 0; i < r->run_count; i++) {
        struct smk_batch_run run = smk_batch_reader_run(r, i);
        note_run(t, r, &run);
    }
    return SMK_OK;
}

enum smk_err smk_taking_answered(struct smk_taking *t, uint64_t number, bool is_refused,
                                 struct smk_scope *ret_scope)
{
    size_t at = 0;
    while (at < t->storing_count && t->storing[at].number != number)
        at++;
    if (at == t->storing_count)
        return SMK_ERR_INVALID;
    *ret_scope = t->storing[at].scope;
    t->storing_bytes -= t->storing[at].bytes;
    t->storing[at] = t->storing[--t->storing_count];
    for (size_t i = t->wanted_count; is_refused && i-- > 0;) /* from the end: removing moves the last one */
        if (t->wanted[i].first_batch != 0 && t->wanted[i].first_batch <= number &&
            number <= t->wanted[i].last_batch)
            wanted_remove(t, i);
    return SMK_OK;
}
