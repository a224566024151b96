#include "proto/check.h"
#include "proto/mem.h"
#include "store/inside.h"

#include <string.h>

/* One group of messages on its way into the store. */
struct taking {
    const struct smk_bytes *messages;
    size_t count;
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
    size_t decisions_read; /* decisions that the roster was told of, */
    size_t decisions_held; /* and those that are in the store now */
    enum smk_err err;      /* what ends the whole group */
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

/* The id that is held at seq, which is at most the head's. */
static enum smk_err held_id(struct taking *g, const struct smk_log *log, uint32_t log_no, uint64_t seq,
                            uint8_t ret_id[SMK_ID_BYTES])
{
    if (seq != log->seq)
        return smk_txn_record_id(g->append.txn, log_no, seq, ret_id);
    memcpy(ret_id, log->id, SMK_ID_BYTES);
    return SMK_OK;
}

/* records[0..held) stand at places that are taken. Ids cover what is before them, so the last one decides. */
static bool are_duplicates(struct taking *g, struct batch *b, const struct smk_log *log, uint32_t log_no,
                           size_t held, size_t count)
{
    uint8_t id[SMK_ID_BYTES];
    const struct smk_record *last = &g->records[held - 1];
    enum smk_err err = held_id(g, log, log_no, last->header.seq, id);
    if (err != SMK_OK) {
        refuse(b, err);
        return false;
    }
    if (memcmp(id, last->id, SMK_ID_BYTES) == 0) {
        b->verdict->duplicates += held;
        b->decisions_held += count_decisions(g->records, held);
        return true;
    }
    /* Only the author's signature over another record makes it a fork. */
    if (!smk_record_is_signed(&g->records[count - 1], g->append.store->coalition)) {
        refuse(b, SMK_ERR_BAD_SIGNATURE);
        return false;
    }
    b->verdict->has_fork = true;
    memcpy(b->verdict->fork_log_id, log->log_id, SMK_ID_BYTES);
    refuse(b, SMK_ERR_FORKED);
    return false;
}

static void take_new(struct taking *g, struct batch *b, struct smk_log *log, uint32_t log_no, size_t first,
                     size_t count)
{
    size_t taken = 0;
    struct smk_log after;
    enum smk_err err = smk_log_take_run(log, b->roster, g->records + first, count, &after, &taken, g->is_bad);
    if (err == SMK_ERR_NOMEM)
        b->err = err;
    if (err != SMK_OK)
        refuse(b, err);
    if (taken == 0 || b->err != SMK_OK)
        return;
    if (log_no == 0) {
        err = smk_append_log(&g->append, log, &log_no);
        if (err == SMK_ERR_NOMEM)
            b->err = err;
        if (err != SMK_OK) {
            refuse(b, err);
            return;
        }
    }
    for (size_t i = 0; i < taken; i++)
        smk_append_record(&g->append, log_no, &g->records[first + i]);
    smk_append_state(&g->append, log_no, &after);
    b->verdict->new_records += taken;
    b->decisions_held += count_decisions(g->records + first, taken);
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
        refuse(b, SMK_ERR_GAP);
        return;
    }
    enum smk_err err = SMK_OK;
    if (run.first_seq > 1)
        err = held_id(g, &log, log_no, run.first_seq - 1, prev);
    if (err == SMK_OK)
        err = smk_batch_reader_records(&b->reader, run_index, 0, prev, g->records);
    if (err != SMK_OK) {
        if (err == SMK_ERR_NOMEM || t->err != SMK_OK)
            b->err = err;
        refuse(b, err);
        return;
    }
    uint64_t overlap = log.seq + 1 - run.first_seq;
    size_t held = overlap < run.count ? (size_t)overlap : run.count;
    if (held > 0 && !are_duplicates(g, b, &log, log_no, held, run.count))
        return;
    if (held < run.count)
        take_new(g, b, &log, log_no, held, run.count - held);
}

static void read_decision(void *ctx, struct smk_bytes payload)
{
    struct batch *b = ctx;
    enum smk_err err = smk_roster_add(b->roster, payload);
    if (err == SMK_ERR_NOMEM)
        b->err = err;
    b->decisions_read++;
}

static enum smk_err take_message(struct smk_store *s, struct taking *g, size_t index)
{
    struct batch b = {.roster = s->roster, .verdict = &g->verdicts[index]};
    enum smk_err err = smk_batch_reader_init(&b.reader, g->messages[index]);
    if (err != SMK_OK) {
        refuse(&b, err);
        return err == SMK_ERR_NOMEM ? err : SMK_OK;
    }
    if (b.reader.scope.kind == SMK_SCOPE_GOV && !b.reader.scope.is_wit)
        smk_batch_reader_each_decision(&b.reader, read_decision, &b);
    for (size_t i = 0; i < b.reader.run_count && b.err == SMK_OK; i++)
        take_run(g, &b, i);
    smk_batch_reader_deinit(&b.reader);
    if (b.err == SMK_OK && b.decisions_held < b.decisions_read) {
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
    if (err == SMK_OK)
        memcpy(ret_verdicts, verdicts, count * sizeof *verdicts);
    smk_mem_free(g.records);
    smk_mem_free(g.is_bad);
    smk_mem_free(verdicts);
    return err;
}
