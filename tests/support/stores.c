#include "tests/support/stores.h"

#include "proto/batch.h"
#include "proto/check.h"
#include "proto/hash.h"
#include "store/local.h"
#include "tests/support/builders.h"

#include <stdlib.h>
#include <string.h>

static void demand(enum smk_err err)
{
    SMK_ASSERT(err == SMK_OK);
}

/* ---- homes ---- */

void test_home_found(const struct test_dir *dir, const char *name, struct smk_home *ret_home)
{
    struct smk_decision org = test_organisation("sec", "secretariat", "");
    struct smk_decision approver = test_office("sec-approver", "sec", "secretariat_approver", "");
    struct smk_decision editor = test_office("sec-editor", "sec", "secretariat_editor", "");
    struct smk_office offices[] = {approver.office, editor.office};
    demand(smk_home_prepare(test_dir_at(dir, name).text, ret_home));
    demand(smk_home_found(ret_home, "Test", "Asia/Phnom_Penh", &org.organisation, offices, 2));
}

void test_home_decide(struct smk_home *founder, const char *org, const char *kind, const char *areas,
                      const char *office, const char *role)
{
    struct smk_decision d[] = {test_organisation(org, kind, areas), test_office(office, org, role, "")};
    size_t written;
    demand(smk_store_decide(founder->store, &founder->identity, founder->root_key, founder->root_key_count, d,
                            2, &written));
}

void test_home_join(const struct test_dir *dir, const char *name, struct smk_home *founder, const char *org,
                    const char *office, struct smk_home *ret_home)
{
    struct smk_invitation_row row = {.expires_ms = smk_wall_ms() + SMK_DAY_MS, .office_count = 1};
    struct smk_join_request request = {0};
    struct smk_buf welcome = {0};
    char path[SMK_HOME_PATH_MAX];
    smk_random(row.id, sizeof row.id);
    SMK_ASSERT(smk_slug_copy(smk_bytes_of_text(org), &row.org));
    SMK_ASSERT(smk_slug_copy(smk_bytes_of_text(office), &row.office[0]));
    demand(smk_local_put_invitation(founder->store, &row));
    demand(smk_home_prepare(test_dir_at(dir, name).text, ret_home));
    memcpy(request.invitation, row.id, sizeof row.id);
    memcpy(request.sign_key, ret_home->identity.sign.public_key, SMK_KEY_BYTES);
    memcpy(request.transport_key, ret_home->identity.transport.public_key, SMK_KEY_BYTES);
    memcpy(request.box_key, ret_home->identity.box.public_key, SMK_KEY_BYTES);
    demand(smk_store_admit(founder->store, &founder->identity, founder->root_key, founder->root_key_count,
                           &request, smk_wall_ms(), &welcome));
    SMK_ASSERT(smk_home_join(ret_home->path, "store", path));
    demand(smk_store_create_welcomed(path, smk_buf_view(&welcome)));
    smk_buf_deinit(&welcome);
    test_home_reopen(ret_home);
}

void test_home_reopen(struct smk_home *h)
{
    char path[SMK_HOME_PATH_MAX];
    memcpy(path, h->path, sizeof path);
    smk_home_close(h);
    demand(smk_home_open(path, h));
}

enum smk_err test_put(struct smk_home *h, const char *scope, size_t count)
{
    struct smk_draft *drafts = calloc(count, sizeof *drafts);
    struct smk_buf *payloads = calloc(count, sizeof *payloads);
    uint8_t(*ids)[SMK_ID_BYTES] = calloc(count, SMK_ID_BYTES);
    SMK_ASSERT(drafts != NULL);
    SMK_ASSERT(payloads != NULL);
    SMK_ASSERT(ids != NULL);
    for (size_t i = 0; i < count; i++) {
        payloads[i].max = SMK_PAYLOAD_BYTES_MAX;
        test_edit_payload(&payloads[i], i, 20 + i % 50);
        demand(payloads[i].err);
        drafts[i] = (struct smk_draft){
            .scope = smk_scope_of(scope),
            .type = SMK_RECORD_EDIT,
            .payload = smk_buf_view(&payloads[i]),
        };
    }
    enum smk_err err = smk_store_write(h->store, &h->identity, drafts, count, ids);
    for (size_t i = 0; i < count; i++)
        smk_buf_deinit(&payloads[i]);
    free(ids);
    free(payloads);
    free(drafts);
    return err;
}

/* ---- mail ---- */

struct gathering {
    const struct smk_view *view;
    struct smk_scope scope;
    struct smk_batch_writer writer;
    struct test_mail *mail;
};

static void gathering_finish(struct gathering *g)
{
    if (g->writer.record_count == 0)
        return;
    struct test_mail *m = g->mail;
    m->message = realloc(m->message, (m->count + 1) * sizeof *m->message);
    SMK_ASSERT(m->message != NULL);
    m->message[m->count] = (struct smk_buf){.max = SMK_MESSAGE_BYTES_MAX};
    demand(smk_batch_writer_finish(&g->writer, m->count + 1, &m->message[m->count]));
    m->count++;
}

static bool gather_record(void *ctx, uint64_t arrival, const struct smk_record *record)
{
    struct gathering *g = ctx;
    SMK_ASSERT(arrival > 0);
    if (!smk_batch_writer_has_room(&g->writer, record))
        gathering_finish(g);
    smk_batch_writer_add(&g->writer, record);
    return true;
}

static bool gather_log(void *ctx, const struct smk_head *head)
{
    struct gathering *g = ctx;
    if (head->seq == 0)
        return true; /* forked at its first record: there is nothing to carry */
    demand(g->view->read_log(g->view->ctx, head->log_id, 1, gather_record, g));
    return true;
}

void test_mail_of(struct smk_store *s, const char *scope, struct test_mail *ret_mail)
{
    struct smk_store_view *v;
    struct gathering g = {.scope = smk_scope_of(scope), .mail = ret_mail};
    *ret_mail = (struct test_mail){0};
    demand(smk_store_view_new(s, &v));
    g.view = smk_store_view_get(v);
    smk_batch_writer_init(&g.writer, &g.scope);
    struct smk_frontier *f = g.view->frontier(g.view->ctx, &g.scope);
    if (f != NULL)
        smk_frontier_each(f, &(struct smk_prefix){0}, gather_log, &g);
    gathering_finish(&g);
    smk_batch_writer_deinit(&g.writer);
    smk_store_view_free(v);
}

void test_mail_deinit(struct test_mail *m)
{
    for (size_t i = 0; i < m->count; i++)
        smk_buf_deinit(&m->message[i]);
    free(m->message);
    *m = (struct test_mail){0};
}

enum smk_err test_mail_take(struct smk_store *s, const struct test_mail *m,
                            struct smk_store_verdict *ret_verdicts)
{
    struct smk_bytes *views = calloc(m->count + 1, sizeof *views);
    SMK_ASSERT(views != NULL);
    for (size_t i = 0; i < m->count; i++)
        views[i] = smk_buf_view(&m->message[i]);
    enum smk_err err = smk_store_take(s, views, m->count, ret_verdicts);
    free(views);
    return err;
}

uint64_t test_carry(struct smk_store *from, struct smk_store *to, const char *scope)
{
    struct test_mail mail;
    uint64_t new_records = 0;
    test_mail_of(from, scope, &mail);
    struct smk_store_verdict *verdicts = calloc(mail.count + 1, sizeof *verdicts);
    SMK_ASSERT(verdicts != NULL);
    demand(test_mail_take(to, &mail, verdicts));
    for (size_t i = 0; i < mail.count; i++) {
        demand(verdicts[i].err);
        new_records += verdicts[i].new_records;
    }
    free(verdicts);
    test_mail_deinit(&mail);
    return new_records;
}

/* ---- digests ---- */

struct digesting {
    uint8_t hash[SMK_HASH_BYTES];
    uint64_t in_any_order; /* the sum of what may come in another order and be the same store */
    const struct smk_view *view;
    enum smk_err err;
    uint64_t records;
};

static void digest_add(struct digesting *d, struct smk_bytes bytes)
{
    smk_sha256(SMK_BYTES(d->hash), bytes, d->hash);
}

static void digest_add_in_any_order(struct digesting *d, const struct digesting *one)
{
    uint64_t number;
    memcpy(&number, one->hash, sizeof number);
    d->in_any_order += number;
}

static bool digest_record(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct digesting *d = ctx;
    (void)arrival;
    digest_add(d, r->header_bytes);
    digest_add(d, SMK_BYTES(r->signature));
    digest_add(d, SMK_BYTES(r->salt));
    digest_add(d, r->payload);
    return true;
}

static bool digest_arrival(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct digesting one = {0};
    (void)digest_record(&one, arrival, r);
    digest_add_in_any_order(ctx, &one);
    return true;
}

static bool digest_log(void *ctx, const struct smk_log *log)
{
    struct digesting *d = ctx, one = {0};
    const uint64_t number[] = {log->seq, log->time, log->verified_through, log->bad_signatures, log->holes};
    uint8_t root[SMK_HASH_BYTES];
    smk_logtree_root(&log->tree, &smk_logtree_samaki, root);
    digest_add(&one, SMK_BYTES(log->log_id));
    digest_add(&one, SMK_BYTES(log->id));
    digest_add(&one, SMK_BYTES(root));
    digest_add(&one, (struct smk_bytes){(const uint8_t *)number, sizeof number});
    d->records += log->seq;
    if (d->view != NULL)
        d->err = d->view->read_log(d->view->ctx, log->log_id, 1, digest_record, &one);
    digest_add_in_any_order(d, &one);
    return d->err == SMK_OK;
}

static void digest_roster(struct digesting *d, struct smk_roster *r)
{
    for (size_t i = 0; i < smk_roster_device_count(r); i++) {
        struct smk_buf certificate = {.max = 64 * SMK_DECISION_BYTES_MAX};
        struct digesting one = {0};
        enum smk_err err = smk_roster_pack_certificate(r, smk_roster_device_at(r, i)->sign_key, &certificate);
        if (err == SMK_OK)
            digest_add(&one, smk_buf_view(&certificate));
        else
            d->err = err;
        digest_add_in_any_order(d, &one);
        smk_buf_deinit(&certificate);
    }
}

enum smk_err test_store_digest(struct smk_store *s, uint8_t ret_digest[SMK_HASH_BYTES])
{
    struct smk_store_view *v;
    struct digesting d = {.err = smk_store_view_new(s, &v)};
    if (d.err != SMK_OK)
        return d.err;
    d.view = smk_store_view_get(v);
    digest_add(&d, smk_store_genesis(s));
    digest_roster(&d, d.view->roster(d.view->ctx));
    enum smk_err err = smk_store_each_log(s, digest_log, &d);
    if (err == SMK_OK && d.err == SMK_OK)
        err = d.view->read_arrivals(d.view->ctx, 0, digest_arrival, &d);
    const uint64_t sum[] = {d.in_any_order};
    digest_add(&d, (struct smk_bytes){(const uint8_t *)sum, sizeof sum});
    smk_store_view_free(v);
    memcpy(ret_digest, d.hash, sizeof d.hash);
    return d.err != SMK_OK ? d.err : err;
}

uint64_t test_store_records(struct smk_store *s)
{
    struct digesting d = {0};
    demand(smk_store_each_log(s, digest_log, &d));
    return d.records;
}
