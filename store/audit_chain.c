#include "proto/check.h"
#include "proto/mem.h"
#include "store/audit_state.h"

#include <string.h>

enum { MISSING_NAMED_MAX = 1000, OPEN_BAD_MAX = 1 << 20 };

enum smk_err smk_audit_link_read(struct smk_audit *a, uint64_t seq, uint64_t arrival, struct smk_bytes bytes,
                                 struct smk_audit_link *ret_link)
{
    struct smk_audit_link link = {.seq = seq, .arrival = arrival};
    struct smk_rec_row row;
    a->counts.records++;
    *ret_link = link;
    if (smk_rec_row_read(bytes, &row) != SMK_OK)
        return SMK_OK;
    link.has_row = true;
    link.log_no = row.log_no;
    link.tag = row.tag;
    enum smk_err err = smk_record_assemble(row.header, row.signature, row.salt, row.payload, &link.record);
    if (err == SMK_ERR_NOMEM)
        return err;
    link.has_record = err == SMK_OK;
    if (link.has_record) {
        link.is_tagged = memcmp(link.record.id, row.tag, SMK_TAG_BYTES) == 0;
        link.is_signed = smk_record_is_signed(&link.record, a->meta.coalition);
        a->counts.signatures_good += link.is_signed;
    }
    *ret_link = link;
    return SMK_OK;
}

/* ---- what is to be believed ---- */

/* Header and signature are as they were when the record came. */
static bool is_intact(const struct smk_audit_link *l)
{
    return l->has_record && (l->is_signed || l->is_tagged);
}

static bool belongs(const struct smk_audit_chain *c, const struct smk_audit_link *l)
{
    const struct smk_header *h = &l->record.header;
    return h->seq == l->seq && memcmp(h->author, c->rebuilt.author, SMK_KEY_BYTES) == 0 &&
           memcmp(h->incarnation, c->rebuilt.incarnation, SMK_INCARNATION_BYTES) == 0 &&
           smk_scope_is_equal(&h->scope, &c->rebuilt.scope);
}

/* The id that a place ought to hold: as the next record names it, or the log's state its head; from a doubtful
 * source only if the beginning of the id that was kept here agrees. NULL = nobody knows. */
static const uint8_t *id_expected(const struct smk_audit_chain *c, const struct smk_audit_link *l,
                                  const struct smk_audit_link *next)
{
    const uint8_t *id = NULL;
    bool is_sure = false;
    if (next != NULL && next->seq == l->seq + 1 && next->has_record) {
        id = next->record.header.prev;
        is_sure = is_intact(next) && belongs(c, next);
    } else if (next == NULL && c->has_state && c->state.seq == l->seq) {
        id = c->state.id;
        is_sure = !l->has_row;
    }
    bool is_kept = id != NULL && l->has_row && !is_intact(l) && memcmp(id, l->tag, SMK_TAG_BYTES) == 0;
    return is_sure || is_kept ? id : NULL;
}

/* ---- reporting ---- */

static void report(struct smk_audit_chain *c, const struct smk_audit_link *l, enum smk_finding_kind kind,
                   const uint8_t *id, const char *what)
{
    struct smk_finding finding = {.kind = kind, .seq = l->seq, .arrival = l->arrival, .what = what};
    if (c->has_name) {
        finding.scope = c->rebuilt.scope;
        memcpy(finding.author, c->rebuilt.author, SMK_KEY_BYTES);
    }
    if (id != NULL) {
        finding.has_id = true;
        memcpy(finding.id, id, SMK_ID_BYTES);
    }
    smk_audit_report(c->audit, &finding);
}

/* Bad signatures whose fate is known now. */
static void open_bad_settle(struct smk_audit_chain *c, bool is_covered)
{
    for (size_t i = 0; i < c->open_bad_count; i++) {
        struct smk_audit_link l = {.seq = c->open_bad[i].seq, .arrival = c->open_bad[i].arrival};
        if (is_covered)
            report(c, &l, SMK_FINDING_BAD_SIGNATURE, c->open_bad[i].id,
                   "its signature is bad, though a later one of its author covers it");
        else
            report(c, &l, SMK_FINDING_DAMAGED_RECORD, c->open_bad[i].id,
                   "its signature is bad, and no later one covers it");
    }
    if (!is_covered && c->open_bad_count > 0)
        c->is_damaged = true;
    c->open_bad_count = 0;
}

static enum smk_err open_bad_add(struct smk_audit_chain *c, const struct smk_audit_link *l)
{
    if (c->open_bad_count == OPEN_BAD_MAX)
        open_bad_settle(c, false);
    if (c->open_bad_count == c->open_bad_max) {
        size_t max = c->open_bad_max > 0 ? 2 * c->open_bad_max : 16;
        struct smk_audit_bad *grown = smk_mem_resize(c->open_bad, max * sizeof *grown);
        if (grown == NULL)
            return SMK_ERR_NOMEM;
        c->open_bad = grown;
        c->open_bad_max = max;
    }
    struct smk_audit_bad *bad = &c->open_bad[c->open_bad_count++];
    *bad = (struct smk_audit_bad){.seq = l->seq, .arrival = l->arrival};
    memcpy(bad->id, l->record.id, SMK_ID_BYTES);
    return SMK_OK;
}

/* Places from..to are empty; the id of the last one may be known. */
static void missing_report(struct smk_audit_chain *c, uint64_t from, uint64_t to, const uint8_t *last_id)
{
    c->is_torn = true;
    if (to - from >= MISSING_NAMED_MAX)
        from = to - MISSING_NAMED_MAX + 1;
    for (uint64_t seq = from; seq <= to; seq++) {
        struct smk_audit_link l = {.seq = seq};
        report(c, &l, SMK_FINDING_MISSING_RECORD, seq == to ? last_id : NULL,
               "its place in the log is empty");
    }
}

/* ---- judging ---- */

/* The log goes on with this id at this place; NULL when it is unknown. */
static void rebuilt_append(struct smk_audit_chain *c, uint64_t seq, const uint8_t *id)
{
    struct smk_log *log = &c->rebuilt;
    if (id == NULL || seq != log->seq + 1)
        c->is_torn = true;
    log->seq = seq;
    if (id == NULL)
        return;
    memcpy(log->id, id, SMK_ID_BYTES);
    if (c->is_torn)
        return;
    smk_logtree_append(&log->tree, &smk_logtree_samaki, (struct smk_bytes){id, SMK_ID_BYTES});
    if (c->has_state && seq + 1 == c->state.fork) {
        memcpy(c->fork_prev, id, SMK_ID_BYTES);
        smk_logtree_root(&log->tree, &smk_logtree_samaki, c->fork_root);
    }
}

static void judge_damaged(struct smk_audit_chain *c, const struct smk_audit_link *l, const uint8_t *id,
                          const char *what)
{
    c->is_damaged = true;
    report(c, l, SMK_FINDING_DAMAGED_RECORD, id, what);
    rebuilt_append(c, l->seq, id);
}

/* The chain's own rules, and what stands beside the record. */
static void judge_place(struct smk_audit_chain *c, const struct smk_audit_link *l)
{
    const struct smk_header *h = &l->record.header;
    const uint8_t *id = l->record.id;
    if (!l->is_tagged)
        report(c, l, SMK_FINDING_INDEX, id, "the beginning of its id that is kept beside it is another one");
    if (l->log_no != c->log_no)
        report(c, l, SMK_FINDING_INDEX, id, "it names another log than the index does");
    if (c->rebuilt.seq > 0 && !c->is_torn && h->time <= c->rebuilt.time)
        report(c, l, SMK_FINDING_INDEX, id, "its time does not rise within its log");
    if ((h->type == SMK_RECORD_OPEN) != (l->seq == 1))
        report(c, l, SMK_FINDING_INDEX, id, "a log begins with one open record, and only begins with it");
    if (!l->record.has_payload)
        report(c, l, SMK_FINDING_HOLE, id, "its payload is missing, and no erasure names it");
}

static enum smk_err judge_signature(struct smk_audit_chain *c, const struct smk_audit_link *l)
{
    struct smk_log *log = &c->rebuilt;
    if (l->is_signed) {
        open_bad_settle(c, true);
        if (log->verified_through == l->seq - 1)
            log->verified_through = l->seq;
        return SMK_OK;
    }
    log->bad_signatures++;
    return open_bad_add(c, l);
}

/* A record whose header and signature are intact. */
static enum smk_err judge_intact(struct smk_audit_chain *c, const struct smk_audit_link *l,
                                 const uint8_t *expected)
{
    const uint8_t *id = l->record.id;
    if (expected != NULL && memcmp(expected, id, SMK_ID_BYTES) != 0) {
        if (!l->is_signed) {
            judge_damaged(c, l, expected, "it is not the record that the next one names");
            return SMK_OK;
        }
        report(c, l, SMK_FINDING_MISSING_RECORD, expected, "another record stands in its place");
        c->is_damaged = true;
    }
    if (!l->is_signed && smk_record_type_needs_own_signature(l->record.header.type)) {
        judge_damaged(c, l, id, "its signature is bad, and its type counts only with a good one");
        return SMK_OK;
    }
    enum smk_err err = smk_record_check_payload(&l->record);
    if (err == SMK_ERR_NOMEM)
        return err;
    if (err != SMK_OK) {
        judge_damaged(c, l, id, "its payload is not the one that its header names");
        return SMK_OK;
    }
    judge_place(c, l);
    err = judge_signature(c, l);
    if (err == SMK_OK)
        err = smk_audit_meaning(c->audit, l);
    c->rebuilt.time = l->record.header.time;
    c->rebuilt.holes += !l->record.has_payload;
    rebuilt_append(c, l->seq, id);
    return err;
}

static enum smk_err judge(struct smk_audit_chain *c, const struct smk_audit_link *l,
                          const struct smk_audit_link *next)
{
    if (!c->has_name && is_intact(l)) {
        const struct smk_header *h = &l->record.header;
        uint64_t seq = c->rebuilt.seq;
        smk_log_init(&c->rebuilt, h->author, h->incarnation, &h->scope);
        c->rebuilt.seq = seq;
        c->is_torn = c->is_torn || seq > 0;
        c->has_name = true;
    }
    if (l->seq > c->rebuilt.seq + 1) {
        bool knows = is_intact(l) && belongs(c, l);
        missing_report(c, c->rebuilt.seq + 1, l->seq - 1, knows ? l->record.header.prev : NULL);
    }
    const uint8_t *expected = id_expected(c, l, next);
    if (!l->has_row && l->arrival == 0) {
        c->is_damaged = true;
        report(c, l, SMK_FINDING_MISSING_RECORD, expected, "the index names no record for its place");
        rebuilt_append(c, l->seq, expected);
        return SMK_OK;
    }
    if (!is_intact(l)) {
        judge_damaged(c, l, expected, "it is not what its author signed");
        return SMK_OK;
    }
    if (!belongs(c, l)) {
        c->is_damaged = true;
        report(c, l, SMK_FINDING_INDEX, l->record.id, "it stands at the place of another record");
        rebuilt_append(c, l->seq, expected);
        return SMK_OK;
    }
    return judge_intact(c, l, expected);
}

enum smk_err smk_audit_chain_add(struct smk_audit_chain *c, const struct smk_audit_link *link)
{
    enum smk_err err = c->has_link ? judge(c, &c->link, link) : SMK_OK;
    c->link = *link;
    c->has_link = true;
    return err;
}

/* ---- the state ---- */

static bool state_fits(const struct smk_audit_chain *c)
{
    const struct smk_log *s = &c->state, *r = &c->rebuilt;
    bool is_named = !c->has_name || memcmp(s->log_id, r->log_id, SMK_ID_BYTES) == 0;
    bool is_there = s->seq == r->seq && (c->is_torn || memcmp(s->id, r->id, SMK_ID_BYTES) == 0);
    bool is_tree = c->is_torn ||
                   memcmp(s->tree.peak, r->tree.peak, smk_logtree_peak_count(r->seq) * SMK_HASH_BYTES) == 0;
    bool is_frozen = c->is_torn || s->fork <= 1 || s->fork > s->seq ||
                     (memcmp(s->fork_prev, c->fork_prev, SMK_ID_BYTES) == 0 &&
                      memcmp(s->fork_root, c->fork_root, SMK_HASH_BYTES) == 0);
    bool is_counted = c->is_damaged || c->is_torn ||
                      (s->time == r->time && s->verified_through == r->verified_through &&
                       s->bad_signatures == r->bad_signatures && s->holes == r->holes);
    return is_named && is_there && is_tree && is_frozen && is_counted;
}

enum smk_err smk_audit_chain_end(struct smk_audit_chain *c)
{
    enum smk_err err = c->has_link ? judge(c, &c->link, NULL) : SMK_OK;
    open_bad_settle(c, false);
    if (err != SMK_OK || !c->has_state)
        return err;
    if (c->state.seq > c->rebuilt.seq && c->state.seq - c->rebuilt.seq <= c->audit->rec_count) {
        missing_report(c, c->rebuilt.seq + 1, c->state.seq, c->state.id);
        return SMK_OK;
    }
    if (!state_fits(c))
        report(c, &c->link, SMK_FINDING_INDEX, NULL, "the state of a log is not that of its records");
    return SMK_OK;
}

void smk_audit_chain_deinit(struct smk_audit_chain *c)
{
    smk_mem_free(c->open_bad);
    *c = (struct smk_audit_chain){0};
}
