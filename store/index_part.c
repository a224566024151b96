#include "store/index_part.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <string.h>

void smk_part_init(struct smk_part *p, struct smk_txn *t, struct smk_roster *roster,
                   const struct smk_disputes *disputes, struct smk_past *past)
{
    *p = (struct smk_part){.txn = t, .roster = roster, .disputes = disputes, .past = past};
}

void smk_part_deinit(struct smk_part *p)
{
    smk_fold_free(p->fold);
    for (size_t i = 0; i < p->node_count; i++)
        smk_mem_free(p->node[i]);
    smk_mem_free(p->node);
    smk_mem_free(p->topics.at);
    smk_mem_free(p->deep.at);
    smk_mem_free(p->needed.at);
    *p = (struct smk_part){0};
}

/* ---- what is here ---- */

static bool ids_have(const struct smk_part_ids *ids, const uint8_t *id, size_t *ret_at)
{
    size_t low = 0, high = ids->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(ids->at[middle], id, SMK_DOC_ID_BYTES);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_at = low;
    return false;
}

/* *ret_is_new: it was not there. */
static enum smk_err ids_add(struct smk_part_ids *ids, const uint8_t *id, bool *ret_is_new)
{
    size_t at;
    *ret_is_new = !ids_have(ids, id, &at);
    if (!*ret_is_new)
        return SMK_OK;
    if (ids->count == ids->capacity) {
        size_t capacity = ids->capacity > 0 ? 2 * ids->capacity : 32;
        uint8_t(*grown)[SMK_DOC_ID_BYTES] = smk_mem_resize(ids->at, capacity * sizeof *grown);
        if (grown == NULL)
            return SMK_ERR_NOMEM;
        ids->at = grown;
        ids->capacity = capacity;
    }
    memmove(ids->at + at + 1, ids->at + at, (ids->count - at) * sizeof *ids->at);
    memcpy(ids->at[at], id, sizeof *ids->at);
    ids->count++;
    return SMK_OK;
}

static int compare_place(const struct smk_part_node *n, uint32_t log_no, uint64_t seq)
{
    if (n->log_no != log_no)
        return n->log_no < log_no ? -1 : 1;
    return n->record.header.seq < seq ? -1 : n->record.header.seq > seq;
}

/* Where the place is, or would stand. */
static bool find_place(const struct smk_part *p, uint32_t log_no, uint64_t seq, size_t *ret_at)
{
    size_t low = 0, high = p->node_count;
    bool is_there = false;
    while (low < high && !is_there) {
        size_t middle = low + (high - low) / 2;
        int order = compare_place(p->node[middle], log_no, seq);
        is_there = order == 0;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
        if (is_there)
            low = middle;
    }
    *ret_at = low;
    return is_there;
}

static enum smk_err load_record(struct smk_part *p, const struct smk_index_entry *e,
                                const struct smk_part_node **ret_node)
{
    struct smk_index_log log = {0};
    struct smk_rec_row row;
    size_t at;
    if (find_place(p, e->log_no, e->seq, &at)) {
        *ret_node = p->node[at];
        return SMK_OK;
    }
    if (p->node_count == p->node_capacity) {
        size_t capacity = p->node_capacity > 0 ? 2 * p->node_capacity : 64;
        struct smk_part_node **grown = smk_mem_resize(p->node, capacity * sizeof(struct smk_part_node *));
        if (grown == NULL)
            return SMK_ERR_NOMEM;
        p->node = grown;
        p->node_capacity = capacity;
    }
    struct smk_part_node *n = smk_mem_new(sizeof *n);
    if (n == NULL)
        return SMK_ERR_NOMEM;
    enum smk_err err = smk_index_record(p->txn, e->arrival, &log, &row, &n->record);
    if (err == SMK_OK && (row.log_no != e->log_no || n->record.header.seq != e->seq))
        err = SMK_ERR_STORE_DAMAGED;
    if (err != SMK_OK) {
        smk_mem_free(n);
        return err;
    }
    n->arrival = e->arrival;
    n->log_no = e->log_no;
    n->has_subject = smk_index_subject(&n->record, n->subject);
    memmove(p->node + at + 1, p->node + at, (p->node_count - at) * sizeof(struct smk_part_node *));
    p->node[at] = n;
    p->node_count++;
    *ret_node = n;
    return SMK_OK;
}

static enum smk_err load_open(struct smk_part *p, uint32_t log_no)
{
    struct smk_index_entry open = {.log_no = log_no, .seq = 1};
    const struct smk_part_node *n;
    size_t at;
    uint64_t seq = 0;
    if (find_place(p, log_no, 1, &at))
        return SMK_OK;
    if (!smk_index_next_place(p->txn, log_no, 1, &seq, &open.arrival) || seq != 1)
        return p->txn->err != SMK_OK ? p->txn->err : SMK_ERR_STORE_DAMAGED;
    return load_record(p, &open, &n);
}

/* Adds the entries of a topic. is_deep: their documents are needed. One that is here already is fine. */
static enum smk_err load_topic(struct smk_part *p, const uint8_t *topic, bool is_deep)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    struct smk_index_key prefix;
    bool is_new = false, is_new_deep = false;
    enum smk_err err = ids_add(&p->topics, topic, &is_new);
    if (err == SMK_OK && is_deep)
        err = ids_add(&p->deep, topic, &is_new_deep);
    if (err != SMK_OK || (!is_new && !is_new_deep))
        return err;
    smk_index_doc_id_key(&prefix, SMK_INDEX_ENTRY, topic);
    smk_cursor_open(&c, p->txn, SMK_TABLE_INDEX);
    for (bool is_row = smk_cursor_seek(&c, smk_index_key_view(&prefix));
         err == SMK_OK && is_row && smk_index_key_begins(c.key, &prefix); is_row = smk_cursor_next(&c)) {
        const struct smk_part_node *n = NULL;
        struct smk_index_entry e;
        bool is_new_doc;
        if (!smk_index_entry_read(c.key, c.value, &e))
            return SMK_ERR_STORE_DAMAGED;
        err = load_record(p, &e, &n);
        if (err == SMK_OK)
            err = load_open(p, e.log_no);
        if (err == SMK_OK && is_new_deep && n->has_subject)
            err = ids_add(&p->needed, n->subject, &is_new_doc);
    }
    return err != SMK_OK ? err : p->txn->err;
}

enum smk_err smk_part_want(struct smk_part *p, const uint8_t id[SMK_DOC_ID_BYTES])
{
    bool is_new;
    SMK_ASSERT(p->fold == NULL);
    enum smk_err err = ids_add(&p->needed, id, &is_new);
    return err == SMK_OK ? load_topic(p, id, false) : err;
}

/* ---- what each had seen ---- */

/* Nodes of one log, side by side. */
struct stretch {
    size_t first, count;
};

static struct stretch stretch_at(const struct smk_part *p, size_t first)
{
    struct stretch s = {.first = first, .count = 1};
    while (first + s.count < p->node_count && p->node[first + s.count]->log_no == p->node[first]->log_no)
        s.count++;
    return s;
}

/* The newest node of a stretch with a seq of at most seq; NULL when there is none. */
static const struct smk_part_node *newest_upto(const struct smk_part *p, struct stretch s, uint64_t seq)
{
    size_t low = s.first, high = s.first + s.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->node[middle]->record.header.seq <= seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low > s.first ? p->node[low - 1] : NULL;
}

/* Adds a node with the newest nodes of other logs of its scope that it had seen. */
static enum smk_err add_node(struct smk_part *p, struct smk_fold *f, const struct smk_part_node *n,
                             const struct stretch *stretch, size_t stretch_count, struct smk_buf *seen)
{
    const struct smk_clock *clock = NULL;
    const struct smk_header *h = &n->record.header;
    bool is_alone = true;
    for (size_t i = 0; i < stretch_count && is_alone; i++) {
        const struct smk_part_node *other = p->node[stretch[i].first];
        is_alone = other->log_no == n->log_no || !smk_scope_is_equal(&other->record.header.scope, &h->scope);
    }
    smk_buf_reset(seen);
    enum smk_err err = SMK_OK;
    if (!is_alone)
        err = smk_past_clock(p->past, p->txn, p->disputes, n->log_no, h->seq, &clock);
    for (size_t i = 0; i < stretch_count && err == SMK_OK && clock != NULL; i++) {
        uint32_t log_no = p->node[stretch[i].first]->log_no;
        const struct smk_part_node *newest = NULL;
        if (log_no != n->log_no)
            newest = newest_upto(p, stretch[i], smk_past_seen(p->past, clock, log_no));
        if (newest != NULL)
            smk_buf_write(seen, newest->record.id, SMK_ID_BYTES);
        err = seen->err;
    }
    if (err != SMK_OK)
        return err;
    return smk_fold_add_seen(f, &n->record, (const uint8_t(*)[SMK_ID_BYTES])(const void *)seen->data,
                             seen->len / SMK_ID_BYTES);
}

static enum smk_err add_all(struct smk_part *p, struct smk_fold *f)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf seen = {.max = p->node_count * SMK_ID_BYTES};
    struct stretch *stretch = smk_mem_array(p->node_count > 0 ? p->node_count : 1, sizeof *stretch);
    size_t count = 0;
    enum smk_err err = stretch != NULL ? SMK_OK : SMK_ERR_NOMEM;
    for (size_t at = 0; err == SMK_OK && at < p->node_count; at += stretch[count++].count)
        stretch[count] = stretch_at(p, at);
    for (size_t i = 0; err == SMK_OK && i < p->node_count; i++)
        err = add_node(p, f, p->node[i], stretch, count, &seen);
    smk_mem_free(stretch);
    return err;
}

/* ---- folding ---- */

static enum smk_err fold_once(struct smk_part *p, struct smk_fold **ret_fold)
{
    struct smk_fold *f = NULL;
    enum smk_err err = smk_fold_new(p->roster, &f);
    if (err == SMK_OK)
        err = smk_fold_note_asked(f);
    if (err == SMK_OK)
        err = add_all(p, f);
    if (err == SMK_OK)
        err = smk_fold_finish(f);
    if (err == SMK_OK)
        *ret_fold = f;
    else
        smk_fold_free(f);
    return err;
}

/* Loads every topic that the documents that are needed ask about. *ret_is_whole: nothing new came of it. */
static enum smk_err load_asked(struct smk_part *p, struct smk_fold *f, bool *ret_is_whole)
{
    const struct smk_fold_question *asked = NULL;
    size_t count = smk_fold_asked(f, &asked), nodes = p->node_count, needed = p->needed.count, at;
    enum smk_err err = SMK_OK;
    for (size_t i = 0; i < count && err == SMK_OK; i++)
        if (ids_have(&p->needed, asked[i].by, &at))
            err = load_topic(p, asked[i].topic, asked[i].is_deep == 1);
    *ret_is_whole = p->node_count == nodes && p->needed.count == needed;
    return err;
}

/* Each round but the last adds a record or a document that is needed, of which there are so many. */
enum smk_err smk_part_fold(struct smk_part *p)
{
    for (;;) {
        struct smk_fold *f = NULL;
        bool is_whole = false;
        enum smk_err err = fold_once(p, &f);
        if (err == SMK_OK)
            err = load_asked(p, f, &is_whole);
        if (err == SMK_OK && is_whole) {
            p->fold = f;
            return SMK_OK;
        }
        smk_fold_free(f);
        if (err != SMK_OK)
            return err;
    }
}
