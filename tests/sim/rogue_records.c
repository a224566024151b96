#include "proto/batch.h"
#include "proto/check.h"
#include "proto/hash.h"
#include "tests/sim/byzantine.h"
#include "tests/sim/rogue.h"

#include <string.h>

static void batch_finish(struct world *w, struct rogue *r, struct smk_batch_writer *writer, struct smk_buf *b)
{
    uint64_t number = test_rng_chance(&w->rng, 95) ? r->next_batch++ : test_rng_below(&w->rng, 100);
    enum smk_err err = smk_batch_writer_finish(writer, number, b);
    SMK_ASSERT(err == SMK_OK);
    smk_batch_writer_deinit(writer);
}

/* True records in the wrong place, with a changed byte, or of a scope that is not shared. */
void rogue_records(struct world *w, struct rogue *r, struct smk_buf *b)
{
    const struct memory_node *rows = r->node->disk.memory;
    struct smk_scope scope = w->government.scope[test_rng_below(&w->rng, w->government.scope_count)];
    struct smk_batch_writer writer;
    if (rows->log_count == 0)
        return;
    const struct memory_log *log = &rows->log[test_rng_below(&w->rng, rows->log_count)];
    if ((r->node->vices & VICE_OLD_GOVERNANCE) != 0 && test_rng_chance(&w->rng, 60))
        log = &rows->log[0]; /* `gov` comes before all others */
    if (log->count == 0)     /* only the proof that it forked in its first record is here */
        return;
    bool is_foreign = (r->node->vices & VICE_FOREIGN_SCOPE) != 0 && test_rng_chance(&w->rng, 60);
    if (!is_foreign)
        scope = log->log.scope;
    else
        world_count(w, FAULT_FOREIGN_SCOPE);
    smk_batch_writer_init(&writer, &scope);
    size_t first = (size_t)test_rng_below(&w->rng, log->count);
    size_t count = 1 + (size_t)test_rng_below(&w->rng, log->count - first);
    for (size_t i = first; i < first + count; i++) {
        struct smk_record record = log->record[i].record;
        record.header.scope = scope;
        if (test_rng_chance(&w->rng, 10))
            record.signature[7] ^= 2; /* not the bit that put_raw spoils, or the two would make a good one */
        if (test_rng_chance(&w->rng, 5))
            record.header.time += (uint64_t)1 << 56;
        if (smk_batch_writer_has_room(&writer, &record))
            smk_batch_writer_add(&writer, &record);
    }
    batch_finish(w, r, &writer, b);
}

/* ---- well signed, and against the rules of a chain ---- */

enum flaw { FLAW_GAP, FLAW_TIME, FLAW_OPEN, FLAW_NO_OPEN, FLAW_PAYLOAD, FLAWS };

static const struct memory_log *own_log(struct world *w, const struct rogue *r)
{
    const struct memory_node *rows = r->node->disk.memory;
    size_t start = rows->log_count > 0 ? (size_t)test_rng_below(&w->rng, rows->log_count) : 0;
    for (size_t i = 0; i < rows->log_count; i++) {
        const struct memory_log *log = &rows->log[(start + i) % rows->log_count];
        if (memcmp(log->log.author, r->node->device.sign.public_key, SMK_KEY_BYTES) == 0)
            return log;
    }
    return NULL;
}

/* The next record of a log of its own, but for the flaw. */
static struct smk_header flawed_header(const struct smk_log *log, enum flaw flaw)
{
    struct smk_header h = {
        .type = SMK_RECORD_EDIT, .scope = log->scope, .seq = log->seq + 1, .time = log->time + 1};
    memcpy(h.author, log->author, sizeof h.author);
    memcpy(h.incarnation, log->incarnation, sizeof h.incarnation);
    memcpy(h.prev, log->id, sizeof h.prev);
    if (flaw == FLAW_GAP)
        h.seq++;
    if (flaw == FLAW_TIME)
        h.time = log->time;
    if (flaw == FLAW_OPEN)
        h.type = SMK_RECORD_OPEN;
    if (flaw == FLAW_NO_OPEN) {
        h.seq = 1;
        memset(h.prev, 0, sizeof h.prev);
        h.incarnation[0] ^= 0x55;
    }
    return h;
}

/* As smk_record_make, for which no payload is too odd. */
static void sign(struct world *w, const struct rogue *r, struct smk_header *h, struct smk_bytes payload,
                 struct smk_record *ret_record)
{
    struct smk_buf header = {.max = SMK_HEADER_BYTES_MAX};
    struct smk_record record = {.has_payload = true, .payload = payload};
    test_rng_bytes(&w->rng, record.salt, sizeof record.salt);
    h->payload_len = payload.len;
    smk_payload_hash(record.salt, payload, h->payload_hash);
    smk_header_encode(h, &header);
    SMK_ASSERT(header.err == SMK_OK);
    smk_hash(SMK_PERSONAL_HEADER, smk_buf_view(&header), record.header_hash);
    enum smk_err err = smk_sign(&r->node->device.sign, SMK_SIGN_RECORD, w->coalition.id, record.header_hash,
                                record.signature);
    SMK_ASSERT(err == SMK_OK);
    record.header = *h;
    smk_hash_pair(SMK_PERSONAL_RECORD_ID, SMK_BYTES(record.header_hash), SMK_BYTES(record.signature),
                  record.id);
    ledger_confess(w, r->node, &record);
    smk_buf_deinit(&header);
    *ret_record = record;
}

void rogue_flaw(struct world *w, struct rogue *r, struct smk_buf *b)
{
    static const uint8_t odd_payload[] = {0x82, 0xa1, 'z', 0x01, 0xa1, 'y', 0x02}; /* keys that fall */
    const struct memory_log *log = own_log(w, r);
    enum flaw flaw = (enum flaw)test_rng_below(&w->rng, FLAWS);
    struct smk_buf payload = {.max = 4096};
    struct smk_batch_writer writer;
    struct smk_record record;
    if (log == NULL || log->log.seq == 0)
        return;
    struct smk_header h = flawed_header(&log->log, flaw);
    if (flaw == FLAW_PAYLOAD)
        smk_buf_write_bytes(&payload, SMK_BYTES(odd_payload));
    else if (flaw == FLAW_OPEN)
        smk_buf_write_bytes(&payload, log->record[0].record.payload);
    else
        test_edit_payload(&payload, test_rng_u64(&w->rng), 3);
    sign(w, r, &h, smk_buf_view(&payload), &record);
    smk_batch_writer_init(&writer, &log->log.scope);
    smk_batch_writer_add(&writer, &record);
    batch_finish(w, r, &writer, b);
    smk_buf_deinit(&payload);
    world_count(w, FAULT_FLAW);
}
