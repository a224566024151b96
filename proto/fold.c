#include "proto/fold.h"

#include "proto/check.h"
#include "proto/fold_set.h"
#include "proto/mem.h"

#include <string.h>

enum smk_err smk_fold_new(struct smk_roster *roster, struct smk_fold **ret_fold)
{
    struct smk_fold *f = smk_mem_new(sizeof *f);
    if (f == NULL)
        return SMK_ERR_NOMEM;
    f->roster = roster;
    *ret_fold = f;
    return SMK_OK;
}

static void drop_derived(struct smk_fold *f)
{
    smk_arena_deinit(&f->derived);
    smk_clock_space_deinit(&f->clocks);
    f->by_id = f->by_log = NULL;
    f->entry = NULL;
    f->doc = NULL;
    f->record_count = f->entry_count = f->doc_count = 0;
    f->is_finished = false;
}

void smk_fold_free(struct smk_fold *f)
{
    if (f == NULL)
        return;
    drop_derived(f);
    if (f->asked != NULL)
        smk_mem_free(f->asked->question);
    smk_mem_free(f->asked);
    smk_arena_deinit(&f->kept);
    smk_mem_free(f->log);
    smk_mem_free(f->node);
    smk_mem_free(f);
}

/* ---- adding ---- */

/* The array with room for one more pointer (it doubles); NULL when there is no memory: the old one then stays. */
static void *grow(void *array, size_t count, size_t *capacity)
{
    if (count < *capacity)
        return array;
    size_t wanted = *capacity > 0 ? *capacity * 2 : 64;
    void *grown = smk_mem_resize(array, wanted * sizeof(void *));
    if (grown != NULL)
        *capacity = wanted;
    return grown;
}

static int log_compare(const struct smk_fold_log *a, const struct smk_header *h)
{
    int order = smk_scope_compare(&a->scope, &h->scope);
    if (order == 0)
        order = memcmp(a->author, h->author, sizeof a->author);
    return order != 0 ? order : memcmp(a->incarnation, h->incarnation, sizeof a->incarnation);
}

/* The log of a header, or where it belongs. */
static size_t log_place(const struct smk_fold *f, const struct smk_header *h, bool *ret_is_there)
{
    size_t low = 0, high = f->log_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = log_compare(&f->log[middle]->seen, h);
        if (order == 0) {
            *ret_is_there = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_is_there = false;
    return low;
}

static enum smk_err find_or_add_log(struct smk_fold *f, const struct smk_header *h, struct fold_log **ret_log)
{
    bool is_there = f->last_log != NULL && log_compare(&f->last_log->seen, h) == 0;
    if (is_there) {
        *ret_log = f->last_log;
        return SMK_OK;
    }
    size_t at = log_place(f, h, &is_there);
    if (!is_there) {
        if (f->log_count >= SMK_FOLD_LOGS_MAX)
            return SMK_ERR_TOO_BIG_HERE;
        struct fold_log *fresh = smk_arena_new(&f->kept, sizeof *fresh);
        struct fold_log **grown = grow(f->log, f->log_count, &f->log_capacity);
        f->log = grown != NULL ? grown : f->log;
        if (fresh == NULL || grown == NULL)
            return SMK_ERR_NOMEM;
        fresh->seen.scope = h->scope;
        memcpy(fresh->seen.author, h->author, sizeof h->author);
        memcpy(fresh->seen.incarnation, h->incarnation, sizeof h->incarnation);
        smk_log_id(h->author, h->incarnation, &h->scope, fresh->seen.log_id);
        memmove(f->log + at + 1, f->log + at, (f->log_count - at) * sizeof *f->log);
        f->log[at] = fresh;
        f->log_count++;
    }
    *ret_log = f->last_log = f->log[at];
    return SMK_OK;
}

static bool copy_deps(struct smk_fold *f, struct fold_node *n, const uint8_t (*deps)[SMK_ID_BYTES],
                      size_t dep_count)
{
    uint8_t(*dep)[SMK_ID_BYTES] = NULL;
    if (dep_count == 0)
        return true;
    dep = smk_arena_array(&f->kept, dep_count, sizeof *dep);
    if (dep == NULL)
        return false;
    memcpy(dep, deps, dep_count * sizeof *dep);
    n->dep = (const uint8_t(*)[SMK_ID_BYTES])dep;
    n->dep_count = dep_count;
    return true;
}

enum smk_err smk_fold_add(struct smk_fold *f, const struct smk_record *record)
{
    const struct smk_header *h = &record->header;
    return smk_fold_add_seen(f, record, h->dep, h->dep_count);
}

enum smk_err smk_fold_add_seen(struct smk_fold *f, const struct smk_record *record,
                               const uint8_t (*seen)[SMK_ID_BYTES], size_t seen_count)
{
    const struct smk_header *h = &record->header;
    if (h->scope.kind == SMK_SCOPE_GOV || h->scope.is_wit)
        return SMK_OK;
    if (f->node_count >= SMK_FOLD_RECORDS_MAX)
        return SMK_ERR_TOO_BIG_HERE;
    struct fold_log *log = NULL;
    enum smk_err err = find_or_add_log(f, h, &log);
    if (err != SMK_OK)
        return err;
    struct fold_node *n = smk_arena_new(&f->kept, sizeof *n);
    struct fold_node **grown = grow(f->node, f->node_count, &f->node_capacity);
    f->node = grown != NULL ? grown : f->node;
    if (n == NULL || grown == NULL || !copy_deps(f, n, seen, seen_count))
        return SMK_ERR_NOMEM;
    bool wants_payload =
        h->type == SMK_RECORD_OPEN || h->type == SMK_RECORD_EDIT || h->type == SMK_RECORD_ACT;
    if (wants_payload && record->has_payload && h->codec == 0) {
        n->payload = smk_arena_copy(&f->kept, record->payload);
        n->has_payload = true;
        if (n->payload.len != record->payload.len)
            return SMK_ERR_NOMEM;
    }
    memcpy(n->id, record->id, sizeof n->id);
    n->log = log;
    n->type = h->type;
    n->seq = h->seq;
    n->time = h->time;
    f->node[f->node_count++] = n;
    f->is_finished = false;
    return SMK_OK;
}

/* ---- finishing ---- */

void *smk_fold_pointers(struct smk_fold *f, size_t n)
{
    return smk_arena_array(&f->derived, n > 0 ? n : 1, sizeof(void *));
}

enum smk_err smk_fold_finish(struct smk_fold *f)
{
    drop_derived(f);
    if (f->asked != NULL)
        *f->asked = (struct fold_asked){.question = f->asked->question, .capacity = f->asked->capacity};
    enum smk_err err = smk_fold_arrange(f);
    if (err == SMK_OK)
        err = smk_fold_make_documents(f);
    if (err == SMK_OK)
        err = smk_fold_judge_acts(f);
    if (err == SMK_OK && (f->clocks.is_full || (f->asked != NULL && f->asked->is_full)))
        err = SMK_ERR_NOMEM;
    if (err != SMK_OK)
        drop_derived(f);
    if (f->asked != NULL)
        f->asked->is_over = true;
    f->is_finished = err == SMK_OK;
    return err;
}

/* ---- reading ---- */

size_t smk_fold_record_count(const struct smk_fold *f)
{
    return f->record_count;
}

const uint8_t *smk_fold_coalition(const struct smk_fold *f)
{
    return smk_roster_coalition(f->roster);
}

struct smk_roster *smk_fold_roster(const struct smk_fold *f)
{
    return f->roster;
}

bool smk_fold_lacked_memory(const struct smk_fold *f)
{
    return f->clocks.is_full;
}

size_t smk_fold_doc_count(const struct smk_fold *f)
{
    return f->doc_count;
}

const struct smk_fold_doc *smk_fold_doc_at(const struct smk_fold *f, size_t i)
{
    return i < f->doc_count ? &f->doc[i]->seen : NULL;
}

size_t smk_fold_entry_count(const struct smk_fold *f)
{
    return f->entry_count;
}

const struct smk_fold_entry *smk_fold_entry_at(const struct smk_fold *f, size_t i)
{
    return i < f->entry_count ? &f->entry[i]->seen : NULL;
}

const struct smk_fold_entry *smk_fold_find_entry(const struct smk_fold *f, const uint8_t id[SMK_ID_BYTES])
{
    struct fold_node *n = smk_fold_find_node(f, id);
    return n != NULL && n->entry != NULL ? &n->entry->seen : NULL;
}

const struct smk_fold_doc *smk_fold_find_doc(const struct smk_fold *f, struct smk_bytes kind,
                                             const uint8_t id[SMK_DOC_ID_BYTES],
                                             const struct smk_scope *scope)
{
    struct fold_doc *doc = smk_fold_doc_of(f, kind, id, scope);
    return doc != NULL ? &doc->seen : NULL;
}

const char *smk_note_text(enum smk_note note)
{
    switch (note) {
    case SMK_NOTE_NONE: return "";
    case SMK_NOTE_EARLIER_VERSION: return "of an earlier version";
    case SMK_NOTE_TEXT_NOT_CHECKED: return "text not checked here";
    }
    return "";
}

bool smk_fold_has_seen(const struct smk_fold *f, const struct smk_fold_entry *b,
                       const struct smk_fold_entry *a)
{
    const struct fold_node *later = smk_fold_find_node(f, b->id), *earlier = smk_fold_find_node(f, a->id);
    SMK_ASSERT(later != NULL);
    SMK_ASSERT(earlier != NULL);
    return smk_fold_node_has_seen(f, later, earlier);
}

/* ---- what a new entry builds on ---- */

void smk_fold_add_dep(const struct smk_fold *f, struct smk_fold_deps *d, const struct smk_fold_entry *entry)
{
    size_t kept = 0;
    for (size_t i = 0; i < d->count; i++)
        if (smk_fold_has_seen(f, d->entry[i], entry))
            return;
    for (size_t i = 0; i < d->count; i++)
        if (!smk_fold_has_seen(f, entry, d->entry[i]))
            d->entry[kept++] = d->entry[i];
    d->count = kept;
    if (d->count < SMK_DEPS_MAX)
        d->entry[d->count++] = entry;
}
