#include "proto/session_state.h"

#include "proto/check.h"
#include "proto/log.h"
#include "proto/mem.h"

#include <string.h>

static bool is_gov(const struct smk_scope *scope)
{
    return scope->kind == SMK_SCOPE_GOV && !scope->is_wit;
}

/* ---- giving ---- */

/* A scope that the two no longer share is not given, whatever was asked before. */
static enum smk_err refuse_first(struct smk_session *s)
{
    const struct smk_give_job *job = &s->giving.job[0];
    struct smk_lack lack = {
        .scope = job->scope, .from = job->next, .code = smk_wire_code(SMK_ERR_SCOPE_DENIED)};
    memcpy(lack.author, job->author, sizeof lack.author);
    memcpy(lack.incarnation, job->incarnation, sizeof lack.incarnation);
    bool is_pushed = job->is_pushed;
    smk_giving_drop_first(&s->giving);
    if (is_pushed)
        return SMK_OK;
    smk_lack_encode(&lack, &s->body);
    return smk_session_send(s, SMK_MESSAGE_LACK);
}

static bool is_there(void *ctx, uint64_t number, const struct smk_view_fork *fork)
{
    (void)number;
    (void)fork;
    *(bool *)ctx = true;
    return false;
}

/* What is in dispute is not given; that it is, is proved. */
static enum smk_err prove_instead(struct smk_session *s, struct smk_lack *lack)
{
    uint8_t log_id[SMK_ID_BYTES];
    bool is_forked = false;
    smk_log_id(lack->author, lack->incarnation, &lack->scope, log_id);
    enum smk_err err = s->view->read_fork(s->view->ctx, log_id, is_there, &is_forked);
    if (!is_forked)
        return err == SMK_ERR_NOT_FOUND || err == SMK_ERR_STORE_DAMAGED ? SMK_OK : err;
    lack->code = smk_wire_code(SMK_ERR_FORKED);
    err = smk_giving_prove(&s->giving, &lack->scope, log_id);
    return err == SMK_ERR_TOO_BIG_HERE ? SMK_OK : err; /* the next round finds it again */
}

enum smk_err smk_session_give(struct smk_session *s, bool *ret_has_moved)
{
    struct smk_giving_out out;
    *ret_has_moved = true;
    if (!smk_session_shares(s, &s->giving.job[0].scope))
        return refuse_first(s);
    enum smk_err err = smk_giving_next(&s->giving, s->view, s->coalition, s->now_ms, &s->body, &out);
    if (err == SMK_OK && out.has_batch)
        err = smk_session_send(s, SMK_MESSAGE_RECORDS);
    if (err == SMK_OK && out.has_lack)
        err = prove_instead(s, &out.lack);
    if (err != SMK_OK || !out.has_lack)
        return err;
    smk_lack_encode(&out.lack, &s->body);
    return smk_session_send(s, SMK_MESSAGE_LACK);
}

/* Lends to the caller what the peer holds now. */
static enum smk_err tell_acked(struct smk_session *s, const struct smk_given *given)
{
    if (given->run_count == 0)
        return SMK_OK; /* proofs alone */
    if (s->acked_count + given->run_count > s->acked_capacity) {
        size_t capacity = 2 * (s->acked_count + given->run_count);
        struct smk_log_run *grown = smk_mem_resize(s->acked, capacity * sizeof *grown);
        if (grown == NULL)
            return SMK_ERR_NOMEM;
        s->acked = grown;
        s->acked_capacity = capacity;
    }
    for (size_t i = 0; i < given->run_count; i++)
        s->acked[s->acked_count++] = given->run[i];
    smk_session_notify(s, SMK_NOTICE_ACKNOWLEDGED);
    return SMK_OK;
}

enum smk_err smk_session_on_ack(struct smk_session *s, const struct smk_incoming *m)
{
    struct smk_ack ack;
    SMK_CLEANUP(smk_given_deinit) struct smk_given given = {0};
    enum smk_err err = smk_ack_decode(m->root, &ack);
    if (err == SMK_OK)
        err = smk_giving_answered(&s->giving, ack.batch, ack.code != 0, s->now_ms, &given);
    if (err != SMK_OK)
        return err;
    if (ack.code == 0) {
        s->status.records_sent += given.record_count;
        s->has_progress = true;
        if (s->phase == SMK_PHASE_LIVE && s->is_initiator && is_gov(&given.scope))
            smk_session_doubt(s); /* more or fewer scopes may be shared now */
        return tell_acked(s, &given);
    }
    bool is_full = ack.code == smk_wire_code(SMK_ERR_STORE_FULL);
    if (is_full || s->is_peer_full) /* what follows a batch for which there was no room does not fit either */
        s->status.they_lack += given.record_count + given.dropped_count;
    if (is_full) {
        s->is_peer_full = true;
        s->status.reason = "the disk of the other node is full";
        for (size_t i = 0; i < s->giving.job_count; i++)
            s->status.they_lack += s->giving.job[i].to - s->giving.job[i].next + 1;
        smk_giving_drop_jobs(&s->giving);
    }
    return SMK_OK;
}

/* ---- taking ---- */

static enum smk_err ack_send(struct smk_session *s, uint64_t batch, enum smk_err verdict)
{
    struct smk_ack m = {.batch = batch, .code = smk_wire_code(verdict)};
    smk_ack_encode(&m, &s->body);
    return smk_session_send(s, SMK_MESSAGE_ACK);
}

/* What the peer has told us need not be told to it. */
static enum smk_err note_told(struct smk_session *s, const struct smk_batch_reader *r)
{
    for (size_t i = 0; i < r->run_count && !s->is_blind; i++) {
        struct smk_batch_run run = smk_batch_reader_run(r, i);
        uint8_t log_id[SMK_ID_BYTES];
        uint64_t last = run.first_seq + run.count - 1, known = 0;
        smk_log_id(run.author, run.incarnation, &r->scope, log_id);
        if (smk_logmap_get(&s->peer_has, log_id, &known) && known >= last)
            continue;
        enum smk_err err = smk_logmap_put(&s->peer_has, log_id, last);
        if (err == SMK_ERR_NOMEM)
            return err;
        if (err != SMK_OK) { /* more logs than are remembered: compare again instead */
            s->is_blind = true;
            smk_session_doubt(s);
        }
    }
    return SMK_OK;
}

/* Forks likewise. Whether a proof is good is for the caller to find out; one that is not costs its giver nothing but
 * the next comparison. */
static enum smk_err note_proved(struct smk_session *s, const struct smk_batch_reader *r)
{
    for (size_t i = 0; i < r->fork_count; i++) {
        SMK_CLEANUP(smk_buf_deinit) struct smk_buf proof = {.max = SMK_FORK_BYTES_MAX};
        struct smk_fork fork;
        smk_batch_reader_fork(r, i, &proof);
        enum smk_err err = proof.err == SMK_ERR_TOO_BIG_HERE ? SMK_ERR_TOO_BIG : proof.err;
        if (err == SMK_OK)
            err = smk_fork_decode(smk_buf_view(&proof), s->coalition, &fork);
        if (err == SMK_OK && !smk_scope_is_equal(&fork.scope, &r->scope))
            err = SMK_ERR_MALFORMED;
        if (err == SMK_OK)
            err = smk_logmap_put(&s->peer_knows, fork.log_id, fork.seq);
        if (err == SMK_ERR_TOO_BIG_HERE || smk_err_is_record_refused(err))
            err = SMK_OK; /* it is told back once; the caller refuses it */
        if (err != SMK_OK)
            return err;
    }
    return SMK_OK;
}

/* The whole batch is in s->taking: lends it to the caller, or answers it at once. */
static enum smk_err hand_out(struct smk_session *s, uint64_t number, struct smk_bytes body)
{
    if (s->is_full) {
        struct smk_scope scope;
        enum smk_err err = smk_taking_answered(&s->taking, number, true, &scope);
        return err == SMK_OK ? ack_send(s, number, SMK_ERR_STORE_FULL) : err;
    }
    smk_buf_write_bytes(&s->lent, body);
    if (s->lent.err != SMK_OK)
        return s->lent.err;
    s->is_lending = true;
    s->up.has_batch = true;
    s->up.batch = (struct smk_batch){.ticket = number, .records_message = smk_buf_view(&s->lent)};
    return SMK_OK;
}

enum smk_err smk_session_on_records(struct smk_session *s, const struct smk_incoming *m)
{
    SMK_CLEANUP(smk_batch_reader_deinit) struct smk_batch_reader reader = {0};
    if (s->is_stopping)
        return SMK_OK; /* not acknowledged: the peer will give it again another time */
    enum smk_err err = smk_batch_reader_init(&reader, m->body);
    if (err != SMK_OK)
        return err;
    if (!smk_session_shares(s, &reader.scope))
        return SMK_ERR_SCOPE_DENIED;
    err = smk_taking_batch(&s->taking, &reader, m->body.len);
    if (err == SMK_OK)
        err = note_told(s, &reader);
    if (err == SMK_OK)
        err = note_proved(s, &reader);
    return err == SMK_OK ? hand_out(s, reader.number, m->body) : err;
}

enum smk_err smk_session_go_back(struct smk_session *s, const uint8_t log_id[SMK_ID_BYTES])
{
    uint64_t back = 0;
    (void)smk_logmap_get(&s->back, log_id, &back); /* 0 the first time */
    if (back > SMK_SEQ_MAX)
        return SMK_OK; /* the whole log was tried */
    s->has_progress = true;
    enum smk_err err = smk_logmap_put(&s->back, log_id, back == 0 ? 1 : back * SMK_SESSION_BACK_FACTOR);
    return err == SMK_ERR_TOO_BIG_HERE ? SMK_OK : err;
}

static void note_stored(struct smk_session *s, const struct smk_event *ev, const struct smk_scope *scope)
{
    s->status.records_received += ev->new_records;
    s->has_progress = s->has_progress || ev->new_records > 0 || ev->has_fork;
    if (ev->has_fork) {
        memcpy(s->status.fork_log_id, ev->fork_log_id, SMK_ID_BYTES);
        smk_logmap_del(&s->back, ev->fork_log_id);
        smk_session_notify(s, SMK_NOTICE_FORK);
    }
    if (ev->verdict == SMK_ERR_STORE_FULL) {
        s->is_full = true;
        s->status.reason = smk_err_text(SMK_ERR_STORE_FULL);
        smk_taking_forget_wanted(&s->taking);
    }
    if (s->phase != SMK_PHASE_LIVE)
        return;
    bool has_new_gov = is_gov(scope) && (ev->new_records > 0 || ev->has_fork) && s->is_initiator;
    if (ev->verdict != SMK_OK || has_new_gov)
        smk_session_doubt(s);
}

enum smk_err smk_session_stored(struct smk_session *s, const struct smk_event *ev)
{
    struct smk_scope scope;
    enum smk_err verdict = ev->verdict;
    enum smk_err err = smk_taking_answered(&s->taking, ev->ticket, verdict != SMK_OK, &scope);
    if (err != SMK_OK)
        return smk_session_refuse(s, err, "a ticket that was not given out");
    s->heard_ms = s->now_ms; /* the peer had to wait for us */
    note_stored(s, ev, &scope);
    err = ev->has_conflict ? smk_session_go_back(s, ev->conflict_log_id) : SMK_OK;
    if (err != SMK_OK)
        return err;
    bool is_about_records = verdict == SMK_OK || smk_err_is_record_refused(verdict) ||
                            smk_err_is_peer_fault(verdict) || verdict == SMK_ERR_STORE_FULL;
    if (!is_about_records)
        return verdict;
    return s->is_close_sent ? SMK_OK : ack_send(s, ev->ticket, verdict);
}
