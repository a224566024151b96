/* What governance changes: the rights of a log, and the organisations and offices that entries name. */
#include "store/index_state.h"

#include "proto/hash.h"
#include "proto/mem.h"

#include <string.h>

enum { PRINT_BYTES = 8, ORGANISATIONS = 1, OFFICES = 2 };

struct print {
    uint8_t at[PRINT_BYTES];
};

static void print_make(struct smk_buf *b, struct print *ret_print)
{
    uint8_t hash[SMK_HASH_BYTES];
    smk_sha256(smk_buf_view(b), (struct smk_bytes){0}, hash);
    memcpy(ret_print->at, hash, sizeof ret_print->at);
    smk_buf_reset(b);
}

/* Keeps the print under a key; true when it was another one, or none. */
static bool print_keep(struct smk_txn *t, const struct smk_index_key *k, const struct print *p)
{
    struct smk_bytes before;
    if (smk_txn_get(t, SMK_TABLE_INDEX, smk_index_key_view(k), &before) &&
        smk_bytes_is_equal(before, SMK_BYTES(p->at)))
        return false;
    smk_txn_put(t, SMK_TABLE_INDEX, smk_index_key_view(k), SMK_BYTES(p->at));
    return t->err == SMK_OK;
}

/* ---- logs ---- */

/* Everything that the device decisions say which an open names. */
static enum smk_err print_rights(struct smk_roster *roster, const struct smk_record *open,
                                 struct print *ret_print)
{
    SMK_CLEANUP(smk_buf_deinit)
    struct smk_buf b = {.max = SMK_CERT_DECISIONS_MAX * (SMK_OFFICES_PER_DEVICE_MAX + 2) *
                               sizeof(struct smk_slug)};
    struct smk_bytes hash;
    struct smk_span_iter it = smk_span_each(smk_span_find(open->payload, "under"));
    while (smk_span_next(&it, NULL, &hash)) {
        struct smk_bytes bytes = smk_span_bin(hash);
        const struct smk_device *device =
            bytes.len == SMK_HASH_BYTES ? smk_roster_device_of_decision(roster, bytes.data) : NULL;
        bool is_his = device != NULL && memcmp(device->sign_key, open->header.author, SMK_KEY_BYTES) == 0;
        smk_buf_write_u8(&b, is_his);
        if (!is_his)
            continue;
        smk_buf_write(&b, device->org.text, strlen(device->org.text) + 1);
        for (size_t i = 0; i < device->office_count; i++)
            smk_buf_write(&b, device->office[i].text, strlen(device->office[i].text) + 1);
    }
    if (b.err == SMK_OK)
        print_make(&b, ret_print);
    return b.err == SMK_ERR_TOO_BIG_HERE ? SMK_ERR_STORE_DAMAGED : b.err; /* more than any open names */
}

static void rights_key(struct smk_index_key *k, uint32_t log_no)
{
    smk_index_number_key(k, SMK_INDEX_RIGHTS, log_no);
}

enum smk_err smk_index_keep_rights(struct smk_txn *t, struct smk_roster *roster, uint32_t log_no,
                                   const struct smk_record *open)
{
    struct smk_index_key k;
    struct print p;
    enum smk_err err = print_rights(roster, open, &p);
    rights_key(&k, log_no);
    if (err == SMK_OK)
        (void)print_keep(t, &k, &p);
    return err != SMK_OK ? err : t->err;
}

/* Every document that the log says something about. */
static enum smk_err make_log_dirty(struct smk_index_walk *w, struct smk_txn *t, uint32_t log_no)
{
    struct smk_index_log log = {0};
    uint64_t seq = 1, arrival = 0;
    enum smk_err err = SMK_OK;
    for (; err == SMK_OK && smk_index_next_place(t, log_no, seq, &seq, &arrival); seq++) {
        struct smk_rec_row row;
        struct smk_record record;
        uint8_t id[SMK_DOC_ID_BYTES];
        if (arrival > w->cursor.arrival)
            continue;
        err = smk_index_record(t, arrival, &log, &row, &record);
        if (err == SMK_OK && !smk_disputes_hold(&w->disputes, log_no, seq) && smk_index_subject(&record, id))
            smk_index_make_dirty(t, id);
    }
    return err != SMK_OK ? err : t->err;
}

static enum smk_err compare_log(struct smk_index_walk *w, struct smk_txn *t, struct smk_roster *roster,
                                uint32_t log_no)
{
    struct smk_index_log log = {0};
    struct smk_rec_row row;
    struct smk_record open;
    struct smk_index_key k;
    struct print p;
    uint64_t seq, arrival;
    if (!smk_index_next_place(t, log_no, 1, &seq, &arrival) || seq != 1)
        return t->err != SMK_OK ? t->err : SMK_ERR_STORE_DAMAGED;
    enum smk_err err = smk_index_record(t, arrival, &log, &row, &open);
    if (err == SMK_OK)
        err = print_rights(roster, &open, &p);
    if (err != SMK_OK)
        return err;
    rights_key(&k, log_no);
    return print_keep(t, &k, &p) ? make_log_dirty(w, t, log_no) : t->err;
}

/* The first log behind log_no that has a print; 0 when there is none. */
static uint32_t next_log(struct smk_txn *t, uint32_t log_no)
{
    SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
    struct smk_index_key k;
    if (log_no == UINT32_MAX)
        return 0;
    rights_key(&k, log_no + 1);
    smk_cursor_open(&c, t, SMK_TABLE_INDEX);
    bool is_there =
        smk_cursor_seek(&c, smk_index_key_view(&k)) && c.key.len == k.len && c.key.data[0] == k.at[0];
    return is_there ? smk_index_key_number(c.key) : 0;
}

/* ---- organisations and offices ---- */

static void decided_key(struct smk_index_key *k, uint8_t kind, const char *slug)
{
    smk_index_key_begin(k, SMK_INDEX_DECIDED);
    smk_index_key_add_u8(k, kind);
    smk_index_key_add(k, smk_bytes_of_text(slug));
}

/* Whoever names it is judged anew. */
static enum smk_err make_namers_dirty(struct smk_txn *t, struct smk_bytes slug)
{
    struct smk_index_key k;
    smk_index_key_begin(&k, SMK_INDEX_NAMER);
    smk_index_key_add(&k, slug);
    smk_index_key_add_u8(&k, 0);
    return smk_index_make_all_dirty(t, &k);
}

static enum smk_err compare_decided(struct smk_txn *t, uint8_t kind, const char *slug, struct smk_buf *said)
{
    struct smk_index_key k;
    struct print p;
    if (said->err != SMK_OK)
        return said->err;
    print_make(said, &p);
    decided_key(&k, kind, slug);
    return print_keep(t, &k, &p) ? make_namers_dirty(t, smk_bytes_of_text(slug)) : t->err;
}

static enum smk_err compare_organisations(struct smk_txn *t, struct smk_roster *roster, struct smk_buf *said)
{
    enum smk_err err = SMK_OK;
    for (size_t i = 0; err == SMK_OK && i < smk_roster_organisation_count(roster); i++) {
        const struct smk_organisation *o = smk_roster_organisation_at(roster, i);
        smk_buf_write(said, o->kind.text, strlen(o->kind.text) + 1);
        for (size_t k = 0; k < o->area_count; k++)
            smk_buf_write(said, o->area[k], strlen(o->area[k]) + 1);
        err = compare_decided(t, ORGANISATIONS, o->slug.text, said);
    }
    return err;
}

static enum smk_err compare_offices(struct smk_txn *t, struct smk_roster *roster, struct smk_buf *said)
{
    enum smk_err err = SMK_OK;
    for (size_t i = 0; err == SMK_OK && i < smk_roster_office_count(roster); i++) {
        const struct smk_office *o = smk_roster_office_at(roster, i);
        smk_buf_write(said, o->org.text, strlen(o->org.text) + 1);
        smk_buf_write(said, o->role.text, strlen(o->role.text) + 1);
        smk_buf_write(said, o->area, strlen(o->area) + 1);
        smk_buf_write(said, o->meeting, strlen(o->meeting) + 1);
        err = compare_decided(t, OFFICES, o->slug.text, said);
    }
    return err;
}

/* Takes the prints of those away that are in force no more. */
static enum smk_err drop_ended(struct smk_txn *t, struct smk_roster *roster)
{
    struct smk_index_key at;
    smk_index_key_begin(&at, SMK_INDEX_DECIDED);
    for (;;) {
        SMK_CLEANUP(smk_cursor_close) struct smk_cursor c = {0};
        struct smk_slug slug;
        smk_cursor_open(&c, t, SMK_TABLE_INDEX);
        if (!smk_cursor_seek(&c, smk_index_key_view(&at)) || c.key.data[0] != SMK_INDEX_DECIDED)
            return t->err;
        if (c.key.len < 2 || !smk_slug_copy((struct smk_bytes){c.key.data + 2, c.key.len - 2}, &slug))
            return SMK_ERR_STORE_DAMAGED;
        uint8_t kind = c.key.data[1];
        bool is_in_force = kind == OFFICES ? smk_roster_office(roster, slug.text) != NULL
                                           : smk_roster_organisation(roster, slug.text) != NULL;
        smk_cursor_close(&c);
        decided_key(&at, kind, slug.text);
        if (!is_in_force) {
            smk_txn_del(t, SMK_TABLE_INDEX, smk_index_key_view(&at));
            enum smk_err err = make_namers_dirty(t, smk_bytes_of_text(slug.text));
            if (err != SMK_OK)
                return err;
        }
        smk_index_key_add_u8(&at, 0);
    }
}

enum smk_err smk_index_follow_rights(struct smk_index_walk *w, struct smk_txn *t, struct smk_roster *roster)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf said = {.max = 4096};
    enum smk_err err = compare_organisations(t, roster, &said);
    if (err == SMK_OK)
        err = compare_offices(t, roster, &said);
    if (err == SMK_OK)
        err = drop_ended(t, roster);
    for (uint32_t log_no = next_log(t, 0); log_no != 0 && err == SMK_OK; log_no = next_log(t, log_no))
        err = compare_log(w, t, roster, log_no);
    if (err == SMK_OK)
        w->cursor.is_gov_stale = false;
    return err != SMK_OK ? err : t->err;
}
