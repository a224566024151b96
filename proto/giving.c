#include "proto/giving.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <string.h>

enum {
    TARGET_BYTES_MIN = 4 * 1024,
    TARGET_BYTES_FIRST = 8 * 1024, /* a line that breaks before this is through carries nothing */
    TARGET_BYTES_GOV = 128 * 1024, /* at least: a decision may certify the author of what stands before it */
    UNDER_WAY_TARGETS = 4,         /* batches of the present size that fill a line */
    ANSWER_FAST_MS = 1000,
    ANSWER_SLOW_MS = 4000,
};

void smk_giving_init(struct smk_giving *g)
{
    *g = (struct smk_giving){.target_bytes = TARGET_BYTES_FIRST};
}

void smk_given_deinit(struct smk_given *given)
{
    smk_mem_free(given->run);
    *given = (struct smk_given){0};
}

void smk_giving_deinit(struct smk_giving *g)
{
    for (size_t i = 0; i < g->under_way_count; i++)
        smk_given_deinit(&g->under_way[i]);
    smk_mem_free(g->run);
    smk_mem_free(g->job);
    *g = (struct smk_giving){0};
}

void smk_giving_check(const struct smk_giving *g)
{
    size_t pushed = 0, bytes = 0;
    for (size_t i = 0; i < g->job_count; i++)
        pushed += g->job[i].is_pushed;
    SMK_ASSERT(pushed == g->pushed_count);
    SMK_ASSERT(g->job_count - pushed <= SMK_WANTED_RUNS_MAX);
    for (size_t i = 0; i < g->under_way_count; i++)
        bytes += g->under_way[i].bytes;
    SMK_ASSERT(bytes == g->under_way_bytes);
}

bool smk_giving_is_idle(const struct smk_giving *g)
{
    return g->job_count == 0 && g->under_way_count == 0;
}

/* ---- jobs ---- */

static enum smk_err job_insert(struct smk_giving *g, size_t at, const struct smk_give_job *job)
{
    SMK_ASSERT(g->job_count < SMK_GIVING_JOBS_MAX);
    if (g->job_count == g->job_capacity) {
        size_t capacity = g->job_capacity == 0 ? 16 : 2 * g->job_capacity;
        struct smk_give_job *grown = smk_mem_resize(g->job, capacity * sizeof *grown);
        if (grown == NULL)
            return SMK_ERR_NOMEM;
        g->job = grown;
        g->job_capacity = capacity;
    }
    memmove(&g->job[at + 1], &g->job[at], (g->job_count - at) * sizeof *g->job);
    g->job[at] = *job;
    g->job_count++;
    g->pushed_count += job->is_pushed;
    return SMK_OK;
}

static enum smk_err job_add(struct smk_giving *g, const struct smk_give_job *job)
{
    return job_insert(g, g->job_count, job);
}

static void job_remove(struct smk_giving *g, size_t at)
{
    SMK_ASSERT(at < g->job_count);
    g->pushed_count -= g->job[at].is_pushed;
    g->job_count--;
    memmove(&g->job[at], &g->job[at + 1], (g->job_count - at) * sizeof *g->job);
}

enum smk_err smk_giving_want(struct smk_giving *g, const struct smk_scope *scope,
                             const struct smk_want_run *run)
{
    if (g->job_count - g->pushed_count >= SMK_WANTED_RUNS_MAX)
        return SMK_ERR_CREDIT;
    struct smk_give_job job = {.scope = *scope, .next = run->from, .to = run->to};
    memcpy(job.author, run->author, sizeof job.author);
    memcpy(job.incarnation, run->incarnation, sizeof job.incarnation);
    smk_log_id(run->author, run->incarnation, scope, job.log_id);
    return job_add(g, &job);
}

enum smk_err smk_giving_push(struct smk_giving *g, const uint8_t log_id[SMK_ID_BYTES],
                             const struct smk_header *h)
{
    for (size_t i = g->job_count; i-- > 0;) {
        struct smk_give_job *job = &g->job[i];
        if (!job->is_pushed || job->is_proof || memcmp(job->log_id, log_id, SMK_ID_BYTES) != 0)
            continue;
        if (h->seq == job->to + 1) {
            job->to = h->seq;
            return SMK_OK;
        }
        break;
    }
    if (g->pushed_count >= SMK_GIVING_PUSHED_MAX)
        return SMK_ERR_TOO_BIG_HERE;
    struct smk_give_job job = {.scope = h->scope, .next = h->seq, .to = h->seq, .is_pushed = true};
    memcpy(job.author, h->author, sizeof job.author);
    memcpy(job.incarnation, h->incarnation, sizeof job.incarnation);
    memcpy(job.log_id, log_id, sizeof job.log_id);
    return job_add(g, &job);
}

enum smk_err smk_giving_prove(struct smk_giving *g, const struct smk_scope *scope,
                              const uint8_t log_id[SMK_ID_BYTES])
{
    size_t proofs = 0;
    for (; proofs < g->job_count && g->job[proofs].is_proof; proofs++)
        if (memcmp(g->job[proofs].log_id, log_id, SMK_ID_BYTES) == 0)
            return SMK_OK;
    if (proofs >= SMK_GIVING_PROOFS_MAX || g->pushed_count >= SMK_GIVING_PUSHED_MAX)
        return SMK_ERR_TOO_BIG_HERE;
    struct smk_give_job job = {.scope = *scope, .is_pushed = true, .is_proof = true};
    memcpy(job.log_id, log_id, sizeof job.log_id);
    return job_insert(g, proofs, &job);
}

void smk_giving_drop_jobs(struct smk_giving *g)
{
    g->job_count = 0;
    g->pushed_count = 0;
}

void smk_giving_drop_first(struct smk_giving *g)
{
    job_remove(g, 0);
}

bool smk_giving_has_to_send(const struct smk_giving *g)
{
    return g->job_count > 0 && g->under_way_count < SMK_BATCHES_UNDER_WAY_MAX &&
           g->under_way_bytes + SMK_MESSAGE_BYTES_MAX <= SMK_CREDIT_BYTES &&
           g->under_way_bytes < UNDER_WAY_TARGETS * g->target_bytes;
}

/* ---- one run ---- */

/* The part of a job that goes into the batch being written. */
struct page {
    struct smk_batch_writer *w;
    const uint8_t *coalition;
    size_t target_bytes;
    uint64_t to;
    bool is_full;
    uint64_t through; /* the last record that was added; 0 = none */
};

static bool page_take(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct page *p = ctx;
    (void)arrival; /* jobs go by log */
    if (r->header.seq > p->to)
        return false;
    bool has_enough = p->w->record_count > 0 && p->w->payload_bytes + r->payload.len > p->target_bytes;
    if (has_enough || !smk_batch_writer_has_room(p->w, r)) {
        p->is_full = true;
        return false;
    }
    smk_batch_writer_add(p->w, r);
    p->through = r->header.seq;
    return r->header.seq < p->to;
}

/* Looks for a good signature in a part of a log. */
struct search {
    const uint8_t *coalition;
    uint64_t to;
    bool is_first_enough; /* otherwise the last one is wanted */
    uint64_t found;       /* 0 = none */
};

static bool search_look(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct search *s = ctx;
    (void)arrival;
    if (r->header.seq > s->to)
        return false;
    bool is_good = smk_record_is_signed(r, s->coalition);
    if (is_good)
        s->found = r->header.seq;
    return r->header.seq < s->to && !(is_good && s->is_first_enough);
}

static enum smk_err find_signed(const struct smk_view *view, const struct smk_give_job *job, uint64_t from,
                                struct search *s)
{
    return from <= s->to ? view->read_log(view->ctx, job->log_id, from, search_look, s) : SMK_OK;
}

static enum smk_err page_read(const struct smk_view *view, const struct smk_give_job *job, struct page *p)
{
    return view->read_log(view->ctx, job->log_id, job->next, page_take, p);
}

/* The page ends with a bad signature, which a later record of its log covers. Ends it earlier; when nothing in it is
 * good, later. */
static enum smk_err page_shift(const struct smk_view *view, const struct smk_give_job *job, struct page *p)
{
    uint64_t border = p->through;
    struct search s = {.coalition = p->coalition, .to = border};
    smk_batch_writer_drop_run(p->w);
    p->through = 0;
    enum smk_err err = find_signed(view, job, job->next, &s);
    if (err == SMK_OK && s.found == 0) {
        p->is_full = true;
        if (p->w->record_count > 0)
            return SMK_OK; /* it begins the next batch, where there is more room */
        p->target_bytes = SMK_BATCH_BYTES_MAX;
        s.to = job->to - job->next < SMK_BATCH_RECORDS_MAX ? job->to : job->next + SMK_BATCH_RECORDS_MAX - 1;
        s.is_first_enough = true;
        err = find_signed(view, job, border + 1, &s);
    }
    if (err != SMK_OK || s.found == 0)
        return err != SMK_OK ? err : SMK_ERR_STORE_DAMAGED;
    p->to = s.found;
    err = page_read(view, job, p);
    if (err == SMK_OK && p->through != s.found) {
        smk_batch_writer_drop_run(p->w);
        p->through = 0;
        err = SMK_ERR_STORE_DAMAGED; /* no batch is large enough */
    }
    return err;
}

/* OK with through 0 when the job has to wait for the next batch. */
static enum smk_err page_fill(const struct smk_view *view, const struct smk_give_job *job, struct page *p)
{
    enum smk_err err = page_read(view, job, p);
    bool is_some = p->through != 0;
    if (!is_some)
        return err == SMK_OK && !p->is_full ? SMK_ERR_NOT_FOUND : err;
    if (err != SMK_OK && err != SMK_ERR_STORE_DAMAGED)
        return err; /* what is damaged will be met again, at the beginning of the next page */
    struct search s = {.coalition = p->coalition, .to = p->through};
    err = find_signed(view, job, p->through, &s);
    return err == SMK_OK && s.found == 0 ? page_shift(view, job, p) : err;
}

/* ---- batches ---- */

static struct smk_lack lack_of(const struct smk_give_job *job, enum smk_err why)
{
    struct smk_lack lack = {.scope = job->scope, .from = job->next, .code = smk_wire_code(why)};
    memcpy(lack.author, job->author, sizeof lack.author);
    memcpy(lack.incarnation, job->incarnation, sizeof lack.incarnation);
    return lack;
}

static enum smk_err note_run(struct smk_giving *g, const struct smk_give_job *job, uint64_t through)
{
    if (g->run_count == g->run_capacity) {
        size_t capacity = g->run_capacity == 0 ? 4 : 2 * g->run_capacity;
        struct smk_log_run *grown = smk_mem_resize(g->run, capacity * sizeof *grown);
        if (grown == NULL)
            return SMK_ERR_NOMEM;
        g->run = grown;
        g->run_capacity = capacity;
    }
    struct smk_log_run *run = &g->run[g->run_count++];
    *run = (struct smk_log_run){.scope = job->scope, .from = job->next, .to = through};
    memcpy(run->author, job->author, sizeof run->author);
    memcpy(run->incarnation, job->incarnation, sizeof run->incarnation);
    return SMK_OK;
}

/* Serves the first job as far as it goes. *ret_goes_on: it is served whole and the batch may take more. */
static enum smk_err serve_first(struct smk_giving *g, const struct smk_view *view, struct page *p,
                                struct smk_giving_out *out, bool *ret_goes_on)
{
    struct smk_give_job *job = &g->job[0];
    p->to = job->to;
    p->through = 0;
    enum smk_err err = page_fill(view, job, p);
    *ret_goes_on = false;
    if (err == SMK_ERR_NOT_FOUND || err == SMK_ERR_STORE_DAMAGED) {
        out->has_lack = !job->is_pushed;
        out->lack = lack_of(job, err);
        job_remove(g, 0);
        return SMK_OK;
    }
    if (err == SMK_OK && p->through != 0)
        err = note_run(g, job, p->through);
    if (err != SMK_OK || p->through == 0)
        return err;
    if (job->first_batch == 0)
        job->first_batch = g->last_number + 1;
    job->last_batch = g->last_number + 1;
    job->next = p->through + 1;
    if (job->next > job->to) {
        *ret_goes_on = !p->is_full;
        job_remove(g, 0);
    }
    return SMK_OK;
}

/* The proof of the first job; a log whose fork cannot be read is left out. */
struct proving {
    struct smk_batch_writer *w;
    bool is_full;
};

static bool add_proof(void *ctx, uint64_t number, const struct smk_view_fork *fork)
{
    struct proving *p = ctx;
    (void)number;
    p->is_full = !smk_batch_writer_add_fork(p->w, fork->proof);
    return false;
}

/* Proofs stand first; as many as fit go into the batch. */
static enum smk_err serve_proofs(struct smk_giving *g, const struct smk_view *view,
                                 struct smk_batch_writer *w)
{
    struct proving p = {.w = w};
    while (g->job_count > 0 && g->job[0].is_proof && smk_scope_is_equal(&g->job[0].scope, &w->scope)) {
        enum smk_err err = view->read_fork(view->ctx, g->job[0].log_id, add_proof, &p);
        if (err != SMK_OK && err != SMK_ERR_NOT_FOUND && err != SMK_ERR_STORE_DAMAGED)
            return err;
        if (p.is_full)
            break;
        job_remove(g, 0);
    }
    return SMK_OK;
}

static void note_batch(struct smk_giving *g, const struct smk_batch_writer *w, size_t record_count,
                       size_t bytes, uint64_t now_ms)
{
    SMK_ASSERT(g->under_way_count < SMK_BATCHES_UNDER_WAY_MAX);
    g->under_way[g->under_way_count++] = (struct smk_given){
        .number = g->last_number,
        .bytes = bytes,
        .record_count = record_count,
        .sent_ms = now_ms,
        .scope = w->scope,
        .run = g->run,
        .run_count = g->run_count,
    };
    g->under_way_bytes += bytes;
    g->run = NULL;
    g->run_count = 0;
    g->run_capacity = 0;
}

enum smk_err smk_giving_next(struct smk_giving *g, const struct smk_view *view,
                             const uint8_t coalition[SMK_ID_BYTES], uint64_t now_ms, struct smk_buf *ret_body,
                             struct smk_giving_out *ret_out)
{
    SMK_ASSERT(smk_giving_has_to_send(g));
    SMK_CLEANUP(smk_batch_writer_deinit) struct smk_batch_writer w = {0};
    struct smk_giving_out out = {0};
    struct smk_scope scope = g->job[0].scope;
    uint8_t last_log[SMK_ID_BYTES] = {0};
    g->run_count = 0;
    smk_batch_writer_init(&w, &scope);
    struct page p = {.w = &w, .coalition = coalition, .target_bytes = g->target_bytes};
    if (scope.kind == SMK_SCOPE_GOV && !scope.is_wit && p.target_bytes < TARGET_BYTES_GOV)
        p.target_bytes = TARGET_BYTES_GOV;
    enum smk_err proved = serve_proofs(g, view, &w);
    if (proved != SMK_OK)
        return proved;
    for (bool goes_on = w.fork_count == 0; goes_on && g->job_count > 0;) {
        /* Two jobs of one log would be one run: the second waits for the next batch. */
        if (g->job[0].is_proof || !smk_scope_is_equal(&g->job[0].scope, &scope) ||
            memcmp(g->job[0].log_id, last_log, sizeof last_log) == 0)
            break;
        memcpy(last_log, g->job[0].log_id, sizeof last_log);
        enum smk_err err = serve_first(g, view, &p, &out, &goes_on);
        if (err != SMK_OK)
            return err;
    }
    out.has_batch = w.record_count + w.fork_count > 0;
    if (out.has_batch) {
        size_t start = ret_body->len, record_count = w.record_count;
        enum smk_err err = smk_batch_writer_finish(&w, g->last_number + 1, ret_body);
        if (err != SMK_OK)
            return err;
        g->last_number++;
        note_batch(g, &w, record_count, ret_body->len - start, now_ms);
    }
    *ret_out = out;
    return SMK_OK;
}

/* ---- answers ---- */

static void adapt(struct smk_giving *g, uint64_t took_ms)
{
    if (took_ms <= ANSWER_FAST_MS && g->target_bytes <= SMK_BATCH_BYTES_MAX / 2)
        g->target_bytes *= 2;
    else if (took_ms > ANSWER_SLOW_MS && g->target_bytes >= 2 * TARGET_BYTES_MIN)
        g->target_bytes /= 2;
}

enum smk_err smk_giving_answered(struct smk_giving *g, uint64_t number, bool is_refused, uint64_t now_ms,
                                 struct smk_given *ret_given)
{
    size_t at = 0;
    while (at < g->under_way_count && g->under_way[at].number != number)
        at++;
    if (at == g->under_way_count)
        return SMK_ERR_UNEXPECTED;
    struct smk_given given = g->under_way[at];
    g->under_way[at] = g->under_way[--g->under_way_count];
    g->under_way_bytes -= given.bytes;
    adapt(g, now_ms >= given.sent_ms ? now_ms - given.sent_ms : 0);
    for (size_t i = g->job_count; is_refused && i-- > 0;) {
        const struct smk_give_job *job = &g->job[i];
        if (job->first_batch == 0 || number < job->first_batch || number > job->last_batch)
            continue;
        given.dropped_count += job->to - job->next + 1;
        job_remove(g, i);
    }
    *ret_given = given;
    return SMK_OK;
}
