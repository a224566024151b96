#include "proto/check.h"
#include "proto/decision.h"
#include "proto/mem.h"
#include "proto/roster_set.h"

#include <string.h>

enum { CAPACITY_FIRST = 16 };

_Static_assert(SMK_DECISIONS_MAX % CAPACITY_FIRST == 0, "doubling ends exactly at the limit");

/* ---- memory ---- */

static void tables_free(struct smk_roster_tables *t)
{
    smk_mem_free(t->slot);
    smk_mem_free(t->entry);
    smk_mem_free(t->in_force);
    smk_mem_free(t->transport);
    smk_mem_free(t->invited);
    *t = (struct smk_roster_tables){0};
}

static enum smk_err tables_new(size_t capacity, struct smk_roster_tables *ret_tables)
{
    struct smk_roster_tables t = {.capacity = capacity, .slot_count = 2 * capacity};
    t.slot = smk_mem_array(t.slot_count, sizeof(struct smk_roster_entry *));
    t.entry = smk_mem_array(capacity, sizeof(struct smk_roster_entry *));
    t.in_force = smk_mem_array(capacity, sizeof(struct smk_roster_entry *));
    t.transport = smk_mem_array(capacity, sizeof(struct smk_roster_entry *));
    t.invited = smk_mem_array(capacity, sizeof(struct smk_roster_entry *));
    if (t.slot == NULL || t.entry == NULL || t.in_force == NULL || t.transport == NULL || t.invited == NULL) {
        tables_free(&t);
        return SMK_ERR_NOMEM;
    }
    *ret_tables = t;
    return SMK_OK;
}

/* Bytes that the roster owns; they are const only for readers. */
static void bytes_free(struct smk_bytes owned)
{
    smk_mem_free((void *)(uintptr_t)owned.data);
}

static void entry_free(struct smk_roster_entry *e)
{
    if (e != NULL)
        bytes_free(e->form);
    smk_mem_free(e);
}

static void entry_cleanup(struct smk_roster_entry **e)
{
    entry_free(*e);
}

enum smk_err smk_roster_new(struct smk_bytes genesis, struct smk_roster **ret_roster)
{
    struct smk_genesis decoded;
    enum smk_err err = smk_genesis_decode(genesis, &decoded);
    if (err != SMK_OK)
        return err;
    struct smk_roster *r = smk_mem_new(sizeof *r);
    if (r == NULL)
        return SMK_ERR_NOMEM;
    r->genesis = decoded;
    r->genesis_bytes.max = SMK_GENESIS_BYTES_MAX;
    smk_buf_write_bytes(&r->genesis_bytes, genesis);
    smk_genesis_id(genesis, r->coalition);
    err = r->genesis_bytes.err;
    if (err == SMK_OK)
        err = tables_new(CAPACITY_FIRST, &r->table);
    if (err != SMK_OK) {
        smk_roster_free(r);
        return err;
    }
    *ret_roster = r;
    return SMK_OK;
}

void smk_roster_free(struct smk_roster *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->count; i++)
        entry_free(r->table.entry[i]);
    tables_free(&r->table);
    smk_buf_deinit(&r->genesis_bytes);
    smk_mem_free(r);
}

const uint8_t *smk_roster_coalition(const struct smk_roster *r)
{
    return r->coalition;
}

const struct smk_genesis *smk_roster_genesis(const struct smk_roster *r)
{
    return &r->genesis;
}

struct smk_bytes smk_roster_genesis_bytes(const struct smk_roster *r)
{
    return smk_buf_view(&r->genesis_bytes);
}

/* ---- the set ---- */

/* The place of a hash, or the free place where it would stand. */
static struct smk_roster_entry **slot_of(const struct smk_roster_tables *t,
                                         const uint8_t hash[SMK_HASH_BYTES])
{
    size_t mask = t->slot_count - 1, at = 0;
    for (size_t i = 0; i < sizeof at; i++)
        at = at << 8 | hash[i];
    for (at &= mask; t->slot[at] != NULL; at = (at + 1) & mask)
        if (memcmp(t->slot[at]->hash, hash, SMK_HASH_BYTES) == 0)
            break;
    return &t->slot[at];
}

struct smk_roster_entry *smk_roster_find(const struct smk_roster *r, const uint8_t hash[SMK_HASH_BYTES])
{
    return *slot_of(&r->table, hash);
}

/* Makes room for one more decision. */
static enum smk_err roster_grow(struct smk_roster *r)
{
    if (r->count < r->table.capacity)
        return SMK_OK;
    if (r->count >= SMK_DECISIONS_MAX)
        return SMK_ERR_TOO_BIG_HERE;
    struct smk_roster_tables grown;
    enum smk_err err = tables_new(2 * r->table.capacity, &grown);
    if (err != SMK_OK)
        return err;
    for (size_t i = 0; i < r->count; i++) {
        grown.entry[i] = r->table.entry[i];
        *slot_of(&grown, grown.entry[i]->hash) = grown.entry[i];
    }
    tables_free(&r->table);
    r->table = grown;
    r->is_derived = false;
    return SMK_OK;
}

/* GIVES the canonical [body, sigs]. */
static enum smk_err form_copy(const struct smk_decision_form *form, struct smk_bytes *ret_form)
{
    struct smk_buf b = {.max = 2 * SMK_DECISION_BYTES_MAX};
    smk_decision_form_pack(form, &b);
    if (b.err != SMK_OK) {
        smk_buf_deinit(&b);
        return SMK_ERR_NOMEM; /* a body and 16 signatures fit */
    }
    *ret_form = smk_buf_view(&b);
    return SMK_OK;
}

static enum smk_err entry_new(const struct smk_decision *d, const struct smk_decision_form *form,
                              const uint8_t hash[SMK_HASH_BYTES], struct smk_roster_entry **ret_entry)
{
    struct smk_roster_entry *e = smk_mem_new(sizeof *e + d->replaces_count * SMK_HASH_BYTES);
    if (e == NULL)
        return SMK_ERR_NOMEM;
    e->kind = d->kind;
    memcpy(e->hash, hash, SMK_HASH_BYTES);
    switch (d->kind) {
    case SMK_DECIDE_ORGANISATION: e->raw.organisation = d->organisation; break;
    case SMK_DECIDE_OFFICE: e->raw.office = d->office; break;
    case SMK_DECIDE_DEVICE: e->raw.device = d->device; break;
    }
    e->replaces_count = d->replaces_count;
    memcpy(e->replaces, d->replaces, d->replaces_count * SMK_HASH_BYTES);
    enum smk_err err = form_copy(form, &e->form);
    if (err != SMK_OK) {
        entry_free(e);
        return err;
    }
    *ret_entry = e;
    return SMK_OK;
}

/* ---- adding ---- */

static bool is_root_key(const struct smk_genesis *g, const uint8_t key[SMK_KEY_BYTES])
{
    for (size_t i = 0; i < g->key_count; i++)
        if (memcmp(g->key[i], key, SMK_KEY_BYTES) == 0)
            return true;
    return false;
}

/* At least k signatures, each by another root key (the form has no key twice), all good. */
static bool is_signed(const struct smk_roster *r, const struct smk_decision_form *form,
                      const uint8_t hash[SMK_HASH_BYTES])
{
    if (form->sig_count < r->genesis.k)
        return false;
    for (size_t i = 0; i < form->sig_count; i++)
        if (!is_root_key(&r->genesis, form->sig[i].key) ||
            !smk_verify(form->sig[i].key, SMK_SIGN_DECISION, r->coalition, hash, form->sig[i].signature))
            return false;
    return true;
}

/* The same body again. With other valid signatures the smaller form stays, whichever came first. */
static enum smk_err add_again(struct smk_roster *r, struct smk_roster_entry *e,
                              const struct smk_decision_form *form)
{
    struct smk_bytes copy;
    enum smk_err err = form_copy(form, &copy);
    if (err != SMK_OK)
        return err;
    int order = smk_bytes_compare(copy, e->form);
    if (order != 0 && !is_signed(r, form, e->hash)) {
        err = SMK_ERR_BAD_DECISION;
    } else if (order < 0) {
        struct smk_bytes larger = e->form;
        e->form = copy;
        copy = larger;
    }
    bytes_free(copy);
    return err;
}

static enum smk_err add_new(struct smk_roster *r, const struct smk_decision_form *form,
                            const uint8_t hash[SMK_HASH_BYTES])
{
    SMK_CLEANUP(entry_cleanup) struct smk_roster_entry *e = NULL;
    struct smk_decision d;
    enum smk_err err = smk_decision_decode(form->body, &d);
    if (err == SMK_ERR_NOMEM || err == SMK_ERR_NEWER_VERSION)
        return err;
    if (err != SMK_OK || !is_signed(r, form, hash))
        return SMK_ERR_BAD_DECISION;
    err = roster_grow(r);
    if (err == SMK_OK)
        err = entry_new(&d, form, hash, &e);
    if (err != SMK_OK)
        return err;
    *slot_of(&r->table, hash) = e;
    r->table.entry[r->count++] = e;
    r->is_derived = false;
    e = NULL; /* the roster owns it now */
    return SMK_OK;
}

static enum smk_err add_value(struct smk_roster *r, struct smk_value v)
{
    struct smk_decision_form form;
    uint8_t hash[SMK_HASH_BYTES];
    if (smk_decision_form_read(v, &form) != SMK_OK)
        return SMK_ERR_BAD_DECISION;
    smk_decision_hash(form.body, hash);
    struct smk_roster_entry *known = smk_roster_find(r, hash);
    return known != NULL ? add_again(r, known, &form) : add_new(r, &form, hash);
}

enum smk_err smk_roster_add(struct smk_roster *r, struct smk_bytes payload)
{
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    if (payload.len > SMK_PAYLOAD_BYTES_MAX)
        return SMK_ERR_BAD_DECISION;
    enum smk_err err = smk_tree_decode(payload, SMK_WALK_PAYLOAD, &tree);
    if (err == SMK_OK)
        return add_value(r, tree.root);
    return err == SMK_ERR_NOMEM ? err : SMK_ERR_BAD_DECISION;
}

enum smk_err smk_roster_add_certificate(struct smk_roster *r, struct smk_value array)
{
    size_t count = smk_value_count(array);
    if (smk_value_type(array) != SMK_VALUE_ARRAY || count > SMK_CERT_DECISIONS_MAX)
        return SMK_ERR_MALFORMED;
    for (size_t i = 0; i < count; i++) {
        enum smk_err err = add_value(r, smk_value_item(array, i));
        if (err != SMK_OK && err != SMK_ERR_NEWER_VERSION) /* a kind of a newer Samaki is a no-op */
            return err;
    }
    return SMK_OK;
}
