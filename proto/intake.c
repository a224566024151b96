#include "proto/intake.h"

#include "proto/check.h"

#include <string.h>

struct offer {
    const struct smk_log *log;
    struct smk_roster *roster;
    const struct smk_record *records;
    size_t count;
    smk_intake_held_fn *held;
    void *ctx;
};

/* How many of records[0..held), which stand at places that are taken, are what is held there. An id covers all that
 * is before it, so that behind the first difference everything differs. */
static enum smk_err count_same(const struct offer *o, size_t held, size_t *ret_same)
{
    size_t low = 0, high = held;
    for (size_t at = held - 1; low < high; at = low + (high - low) / 2) { /* the last first: mostly all are */
        struct smk_record known;
        enum smk_err err = o->held(o->ctx, o->records[at].header.seq, &known);
        if (err != SMK_OK)
            return err;
        if (memcmp(known.id, o->records[at].id, SMK_ID_BYTES) == 0)
            low = at + 1;
        else
            high = at;
    }
    *ret_same = low;
    return SMK_OK;
}

/* records[same..] go another way than what is held. When the author has signed that, it proves a fork; when not, either
 * somebody lies, or the two have parted before the run began, so that its headers were re-made wrongly. */
static enum smk_err take_other_branch(const struct offer *o, struct smk_buf *proof, struct smk_intake *in)
{
    struct smk_record known[SMK_COVER_RECORDS_MAX];
    const struct smk_record *other = &o->records[in->same];
    uint64_t seq = other->header.seq;
    size_t count = 0;
    in->err = SMK_ERR_FORKED;
    if (o->log->fork > 0 && o->log->fork <= seq)
        return SMK_OK;
    for (; count < SMK_COVER_RECORDS_MAX && seq + count <= o->log->seq; count++) {
        enum smk_err err = o->held(o->ctx, seq + count, &known[count]);
        if (err != SMK_OK)
            return err;
    }
    enum smk_err err =
        smk_fork_make(known, count, other, o->count - in->same, smk_roster_coalition(o->roster), proof);
    if (err == SMK_ERR_BAD_SIGNATURE) {
        in->err = err;
        in->has_conflict = in->same == 0 && seq > 1;
        return SMK_OK;
    }
    in->has_fork = err == SMK_OK;
    in->fork_seq = seq;
    return err;
}

/* The first record behind the head was re-made with the id of the head: if it was signed over another one, it does not
 * verify. Its time is looked at before its signature, and may be no later than that of a head that it never followed. */
static bool follows_another(const struct offer *o, enum smk_err err)
{
    if (err == SMK_ERR_BAD_TIME)
        return !smk_record_is_signed(&o->records[0], smk_roster_coalition(o->roster));
    return err == SMK_ERR_BAD_SIGNATURE || err == SMK_ERR_NOT_COVERED;
}

enum smk_err smk_intake_run(const struct smk_log *log, struct smk_roster *roster,
                            const struct smk_record *records, size_t count, smk_intake_held_fn *held,
                            void *ctx, bool *ret_is_bad, struct smk_buf *ret_proof,
                            struct smk_intake *ret_intake)
{
    struct offer o = {log, roster, records, count, held, ctx};
    struct smk_intake in = {.after = *log};
    SMK_ASSERT(count >= 1);
    SMK_ASSERT(records[0].header.seq >= 1);
    SMK_ASSERT(records[0].header.seq <= log->seq + 1);
    uint64_t overlap = log->seq + 1 - records[0].header.seq;
    size_t held_count = overlap < count ? (size_t)overlap : count;
    enum smk_err err = held_count > 0 ? count_same(&o, held_count, &in.same) : SMK_OK;
    if (err == SMK_OK && in.same < held_count)
        err = take_other_branch(&o, ret_proof, &in);
    if (err != SMK_OK)
        return err;
    if (in.same == held_count && in.same < count) {
        in.err = smk_log_take_run(log, roster, records + in.same, count - in.same, &in.after, &in.taken,
                                  ret_is_bad + in.same);
        if (in.err == SMK_ERR_NOMEM)
            return in.err;
        in.has_conflict = in.same == 0 && in.taken == 0 && log->seq > 0 && follows_another(&o, in.err);
    }
    *ret_intake = in;
    return SMK_OK;
}
