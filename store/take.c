#include "proto/check.h"
#include "proto/intake.h"
#include "proto/mem.h"
#include "store/forks.h"

#include <string.h>

/* One group of messages on its way into the store. */
struct taking {
    const struct smk_bytes *messages;
    size_t count;
    bool is_vital_only; /* the disk is full: governance and proofs of forks alone */
    struct smk_store_verdict *verdicts;
    struct smk_append append;
    struct smk_record *records; /* of the run at hand */
    bool *is_bad;
    size_t records_max;
};

/* The batch at hand. */
struct batch {
    struct smk_batch_reader reader;
    struct smk_roster *roster;
    struct smk_store_verdict *verdict;
    size_t decisions_read;   /* decisions that the roster was told of, */
    size_t decisions_held;   /* and those that are in the store now */
    bool has_lost_decisions; /* some that the roster was told of are in dispute now */
    enum smk_err err;        /* what ends the whole group */
};

static enum smk_err records_reserve(struct taking *g, size_t count)
{
    if (count <= g->records_max)
        return SMK_OK;
    struct smk_record *records = smk_mem_resize(g->records, count * sizeof *records);
    if (records == NULL)
        return SMK_ERR_NOMEM;
    g->records = records;
    bool *is_bad = smk_mem_resize(g->is_bad, count * sizeof *is_bad);
    if (is_bad == NULL)
        return SMK_ERR_NOMEM;
    g->is_bad = is_bad;
    g->records_max = count;
    return SMK_OK;
}

/* Of a run or a whole message; the others go on. */
static void refuse(struct batch *b, enum smk_err err)
{
    if (b->verdict->err == SMK_OK)
        b->verdict->err = err;
}

static size_t count_decisions(const struct smk_record *records, size_t count)
{
    size_t decisions = 0;
    for (size_t i = 0; i < count; i++)
        decisions += records[i].header.type == SMK_RECORD_DECISION && records[i].has_payload;
    return decisions;
}

/* ---- forks ---- */

/* The log is known to be forked at seq from now on. */
static enum smk_err fork_adopt(struct taking *g, struct batch *b, uint32_t log_no, struct smk_log *log,
                               uint64_t seq, struct smk_bytes proof)
{
    enum smk_err err = smk_fork_keep(&g->append, log_no, log, seq, proof);
    if (err != SMK_OK)
        return err;
    b->verdict->has_fork = true;
    memcpy(b->verdict->fork_log_id, log->log_id, SMK_ID_BYTES);
    b->has_lost_decisions = b->has_lost_decisions || log->scope.kind == SMK_SCOPE_GOV;
    return SMK_OK;
}

/* The log of a proof, made when nothing of it is here. */
static enum smk_err fork_log(struct taking *g, const struct smk_fork *fork, uint32_t *ret_log_no,
                             struct smk_log *ret_log)
{
    smk_log_init(ret_log, fork->author, fork->incarnation, &fork->scope);
    if (smk_txn_find_log(g->append.txn, fork->log_id, ret_log_no, ret_log))
        return SMK_OK;
    return g->append.txn->err != SMK_OK ? g->append.txn->err
                                        : smk_append_log(&g->append, ret_log, ret_log_no);
}

static enum smk_err fork_check(const struct batch *b, const struct smk_fork *fork)
{
    if (!smk_scope_is_equal(&fork->scope, &b->reader.scope))
        return SMK_ERR_MALFORMED;
    if (smk_roster_device(b->roster, fork->author) == NULL)
        return SMK_ERR_UNKNOWN_AUTHOR;
    return smk_roster_holds(b->roster, fork->author, &fork->scope) ? SMK_OK : SMK_ERR_NOT_ENTITLED;
}

static void take_proof(struct taking *g, struct batch *b, size_t index)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf proof = {.max = SMK_FORK_BYTES_MAX};
    struct smk_fork fork;
    struct smk_log log;
    uint32_t log_no = 0;
    smk_batch_reader_fork(&b->reader, index, &proof);
    enum smk_err err = proof.err == SMK_ERR_TOO_BIG_HERE ? SMK_ERR_TOO_BIG : proof.err;
    if (err == SMK_OK)
        err = smk_fork_decode(smk_buf_view(&proof), g->append.store->coalition, &fork);
    if (err == SMK_OK)
        err = fork_check(b, &fork);
    if (err == SMK_OK)
        err = fork_log(g, &fork, &log_no, &log);
    if (err == SMK_OK && (log.fork == 0 || fork.seq < log.fork))
        err = fork_adopt(g, b, log_no, &log, fork.seq, smk_buf_view(&proof));
    if (err == SMK_ERR_NOMEM || smk_err_is_storage(err))
        b->err = err;
    if (err != SMK_OK)
        refuse(b, err);
}

/* ---- runs ---- */

/* The log of the run at hand. */
struct place {
    struct taking *taking;
    uint32_t log_no;
};

static enum smk_err held_at(void *ctx, uint64_t seq, struct smk_record *ret_record)
{
    struct place *p = ctx;
    return smk_txn_record(p->taking->append.txn, p->log_no, seq, ret_record);
}

static enum smk_err append_new(struct taking *g, struct batch *b, struct smk_log *log, uint32_t log_no,
                               const struct smk_intake *in)
{
    if (log_no == 0) {
        enum smk_err err = smk_append_log(&g->append, log, &log_no);
        if (err == SMK_ERR_TOO_BIG_HERE)
            refuse(b, err);
        if (err != SMK_OK)
            return err == SMK_ERR_TOO_BIG_HERE ? SMK_OK : err;
    }
    for (size_t i = in->same; i < in->same + in->taken; i++)
        smk_append_record(&g->append, log_no, &g->records[i]);
    smk_append_state(&g->append, log_no, &in->after);
    b->verdict->new_records += in->taken;
    b->decisions_held += count_decisions(g->records + in->same, in->taken);
    return SMK_OK;
}

static enum smk_err take_records(struct taking *g, struct batch *b, struct smk_log *log, uint32_t log_no,
                                 size_t count)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf proof = {.max = SMK_FORK_BYTES_MAX};
    struct place place = {g, log_no};
    struct smk_intake in;
    enum smk_err err =
        smk_intake_run(log, b->roster, g->records, count, held_at, &place, g->is_bad, &proof, &in);
    if (err != SMK_OK)
        return err;
    b->verdict->duplicates += in.same;
    b->decisions_held += count_decisions(g->records, in.same);
    if (in.err != SMK_OK)
        refuse(b, in.err);
    if (in.has_conflict) {
        b->verdict->has_conflict = true;
        memcpy(b->verdict->conflict_log_id, log->log_id, SMK_ID_BYTES);
    }
    if (in.has_fork)
        err = fork_adopt(g, b, log_no, log, in.fork_seq, smk_buf_view(&proof));
    if (err == SMK_OK && in.has_fork)
        err = smk_fork_keep_branch(&g->append, log_no, g->records + in.same, count - in.same);
    return err == SMK_OK && in.taken > 0 ? append_new(g, b, log, log_no, &in) : err;
}

static void take_run(struct taking *g, struct batch *b, size_t run_index)
{
    struct smk_batch_run run = smk_batch_reader_run(&b->reader, run_index);
    struct smk_txn *t = g->append.txn;
    struct smk_log log;
    uint32_t log_no = 0;
    uint8_t prev[SMK_ID_BYTES] = {0};
    smk_log_init(&log, run.author, run.incarnation, &b->reader.scope);
    (void)smk_txn_find_log(t, log.log_id, &log_no, &log); /* else log stays empty and log_no 0 */
    b->err = t->err;
    if (b->err == SMK_OK)
        b->err = records_reserve(g, run.count);
    if (b->err != SMK_OK)
        return;
    if (run.first_seq > log.seq + 1) {
        refuse(b, log.fork > 0 && run.first_seq >= log.fork ? SMK_ERR_FORKED : SMK_ERR_GAP);
        return;
    }
    enum smk_err err = SMK_OK;
    if (run.first_seq == log.seq + 1)
        memcpy(prev, log.id, sizeof prev);
    else if (run.first_seq > 1)
        err = smk_txn_record_id(t, log_no, run.first_seq - 1, prev);
    if (err == SMK_OK)
        err = smk_batch_reader_records(&b->reader, run_index, 0, prev, g->records);
    if (err == SMK_OK)
        err = take_records(g, b, &log, log_no, run.count);
    if (err == SMK_ERR_NOMEM || t->err != SMK_OK)
        b->err = t->err != SMK_OK ? t->err : err;
    if (err != SMK_OK)
        refuse(b, err);
}

static void read_decision(void *ctx, struct smk_bytes payload)
{
    struct batch *b = ctx;
    enum smk_err err = smk_roster_add(b->roster, payload);
    if (err == SMK_ERR_NOMEM)
        b->err = err;
    b->decisions_read++;
}

/* Who may know what, and whom to believe, is kept even where there is no room for anything else. */
static bool is_vital(const struct batch *b)
{
    return b->reader.fork_count > 0 || (b->reader.scope.kind == SMK_SCOPE_GOV && !b->reader.scope.is_wit);
}

static enum smk_err take_message(struct smk_store *s, struct taking *g, size_t index)
{
    struct batch b = {.roster = s->roster, .verdict = &g->verdicts[index]};
    enum smk_err err = smk_batch_reader_init(&b.reader, g->messages[index]);
    if (err != SMK_OK) {
        refuse(&b, err);
        return err == SMK_ERR_NOMEM ? err : SMK_OK;
    }
    if (g->is_vital_only && !is_vital(&b)) {
        smk_batch_reader_deinit(&b.reader);
        refuse(&b, SMK_ERR_STORE_FULL);
        return SMK_OK;
    }
    if (b.reader.scope.kind == SMK_SCOPE_GOV && !b.reader.scope.is_wit)
        smk_batch_reader_each_decision(&b.reader, read_decision, &b);
    for (size_t i = 0; i < b.reader.fork_count && b.err == SMK_OK; i++)
        take_proof(g, &b, i);
    for (size_t i = 0; i < b.reader.run_count && b.err == SMK_OK; i++)
        take_run(g, &b, i);
    smk_batch_reader_deinit(&b.reader);
    if (b.err == SMK_OK && (b.decisions_held < b.decisions_read || b.has_lost_decisions)) {
        /* The roster knows decisions that are not in the store: nothing may rest on them. */
        smk_decisions_drop(s);
        b.err = smk_decisions_load(s, g->append.txn, &s->roster);
    }
    return b.err;
}

static enum smk_err take(struct smk_store *s, struct smk_txn *t, void *ctx)
{
    struct taking *g = ctx;
    memset(g->verdicts, 0, g->count * sizeof *g->verdicts);
    enum smk_err err = smk_append_begin(&g->append, s, t);
    for (size_t i = 0; i < g->count && err == SMK_OK; i++)
        err = take_message(s, g, i);
    return err;
}

enum smk_err smk_store_take(struct smk_store *s, const struct smk_bytes *messages, size_t count,
                            struct smk_store_verdict *ret_verdicts)
{
    if (count == 0)
        return SMK_OK;
    struct smk_store_verdict *verdicts = smk_mem_array(count, sizeof *verdicts);
    if (verdicts == NULL)
        return SMK_ERR_NOMEM;
    struct taking g = {.messages = messages, .count = count, .verdicts = verdicts};
    enum smk_err err = smk_store_transact(s, take, &g);
    if (err == SMK_ERR_STORE_FULL) {
        g.is_vital_only = true;
        err = smk_store_transact_vital(s, take, &g);
    }
    if (err == SMK_OK)
        memcpy(ret_verdicts, verdicts, count * sizeof *verdicts);
    smk_mem_free(g.records);
    smk_mem_free(g.is_bad);
    smk_mem_free(verdicts);
    return err;
}

struct smk_event smk_store_verdict_event(const struct smk_store_verdict *verdict, enum smk_err taken,
                                         uint64_t ticket)
{
    struct smk_event ev = {.type = SMK_EV_STORED, .ticket = ticket, .verdict = taken};
    if (taken != SMK_OK)
        return ev;
    ev.verdict = verdict->err;
    ev.new_records = verdict->new_records;
    ev.has_fork = verdict->has_fork;
    ev.has_conflict = verdict->has_conflict;
    memcpy(ev.fork_log_id, verdict->fork_log_id, sizeof ev.fork_log_id);
    memcpy(ev.conflict_log_id, verdict->conflict_log_id, sizeof ev.conflict_log_id);
    return ev;
}
