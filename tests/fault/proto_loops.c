/* What proto makes and reads, with each allocation failing: rosters, batches and runs, invitations, folds and totals. */
#include "proto/batch.h"
#include "proto/check.h"
#include "proto/fork.h"
#include "proto/intake.h"
#include "proto/invitation.h"
#include "proto/mem.h"
#include "proto/totals.h"
#include "tests/fault/scenario.h"
#include "tests/support/deeds.h"

#include <stdlib.h>
#include <string.h>

/* ---- rosters ---- */

static struct {
    struct test_world world;
    struct smk_roster *roster; /* of the run */
} r;

static void begin_roster(void)
{
    test_world_init(&r.world);
}

static void end_roster(void)
{
    test_world_deinit(&r.world);
}

static enum smk_err certificate_add(struct smk_bytes certificate)
{
    struct smk_tree tree = {0};
    enum smk_err err = smk_tree_decode(certificate, SMK_WALK_PAYLOAD, &tree);
    if (err == SMK_OK)
        err = smk_roster_add_certificate(r.roster, tree.root);
    smk_tree_deinit(&tree);
    return err;
}

/* A roster that is told everything another one knows. */
static enum smk_err act_roster(void)
{
    struct smk_roster *all = r.world.coalition.roster;
    const struct test_device *device[] = {&r.world.sec, &r.world.ctod, &r.world.bavel};
    if (r.roster == NULL) {
        enum smk_err err = smk_roster_new(smk_buf_view(&r.world.coalition.genesis), &r.roster);
        if (err != SMK_OK)
            return err;
    }
    for (size_t i = 0; i < 3; i++) {
        SMK_CLEANUP(smk_buf_deinit) struct smk_buf certificate = {.max = SMK_MESSAGE_BYTES_MAX};
        enum smk_err err = smk_roster_pack_certificate(all, device[i]->sign.public_key, &certificate);
        if (err == SMK_OK)
            err = certificate_add(smk_buf_view(&certificate));
        if (err != SMK_OK)
            return err;
    }
    return SMK_OK;
}

/* The roster itself goes on where it stopped. */
static const char *check_roster(enum smk_err err)
{
    if (err != SMK_OK && act_roster() != SMK_OK)
        return "it cannot be told the rest";
    bool is_whole = smk_roster_device_count(r.roster) == 3 && smk_roster_office_count(r.roster) == 3 &&
                    smk_roster_organisation_count(r.roster) == 3 &&
                    smk_roster_device(r.roster, r.world.bavel.sign.public_key) != NULL;
    return is_whole ? NULL : "it does not know everything";
}

static void clear_roster(void)
{
    smk_roster_free(r.roster);
    r.roster = NULL;
}

/* ---- batches ---- */

enum { COMMON = 3, MORE = 3, RUN = COMMON + MORE };

static struct {
    struct test_world world;
    struct test_run held, other; /* they part behind COMMON */
    struct smk_log log;          /* of the run: what is held */
    struct smk_batch_reader reader;
    struct smk_intake intake;
    struct smk_buf proof, message;
} b;

static void begin_batch(void)
{
    test_world_init(&b.world);
    test_run_init(&b.held, &b.world.coalition, &b.world.ctod, "pub", 1);
    test_run_init(&b.other, &b.world.coalition, &b.world.ctod, "pub", 1);
    test_run_fill(&b.held, COMMON);
    test_run_fill(&b.other, COMMON);
    for (size_t i = 0; i < MORE; i++) {
        test_run_edit(&b.held, 40);
        test_run_edit(&b.other, 41);
    }
    (void)smk_roster_office_count(b.world.coalition.roster); /* its tables are made now */
}

static void end_batch(void)
{
    test_run_deinit(&b.held);
    test_run_deinit(&b.other);
    test_world_deinit(&b.world);
}

static enum smk_err held_at(void *ctx, uint64_t seq, struct smk_record *ret_record)
{
    (void)ctx;
    *ret_record = b.held.record[seq - 1];
    return SMK_OK;
}

static enum smk_err message_write(const struct test_run *run, size_t from)
{
    struct smk_batch_writer w;
    smk_batch_writer_init(&w, &run->scope);
    for (size_t i = from; i < run->count; i++)
        smk_batch_writer_add(&w, &run->record[i]);
    b.message = (struct smk_buf){.max = SMK_MESSAGE_BYTES_MAX};
    enum smk_err err = smk_batch_writer_finish(&w, 1, &b.message);
    smk_batch_writer_deinit(&w);
    return err;
}

/* Reads the run of the message and judges it against what is held. */
static enum smk_err message_read(struct smk_log *log)
{
    struct smk_record record[RUN];
    bool is_bad[RUN];
    enum smk_err err = smk_batch_reader_init(&b.reader, smk_buf_view(&b.message));
    if (err != SMK_OK)
        return err;
    struct smk_batch_run run = smk_batch_reader_run(&b.reader, 0);
    const uint8_t *prev = run.first_seq > 1 ? b.held.record[run.first_seq - 2].id : b.held.record[0].id;
    err = smk_batch_reader_records(&b.reader, 0, 0, prev, record);
    if (err == SMK_OK)
        err = smk_intake_run(log, b.world.coalition.roster, record, run.count, held_at, NULL, is_bad,
                             &b.proof, &b.intake);
    smk_batch_reader_deinit(&b.reader);
    return err;
}

static void message_forget(void)
{
    smk_buf_deinit(&b.message);
    smk_buf_deinit(&b.proof);
    b.proof = (struct smk_buf){.max = SMK_FORK_BYTES_MAX};
    b.intake = (struct smk_intake){0};
}

/* A whole log goes over, then the end of another branch of it, whose proof is read again. */
static enum smk_err act_batch(void)
{
    struct smk_log log;
    struct smk_fork fork;
    smk_log_init(&log, b.held.device->sign.public_key, b.held.incarnation, &b.held.scope);
    message_forget();
    enum smk_err err = message_write(&b.held, 0);
    if (err == SMK_OK)
        err = message_read(&log);
    if (err != SMK_OK)
        return err;
    if (b.intake.err != SMK_OK || b.intake.taken != RUN)
        return SMK_ERR_INVALID;
    log = b.intake.after;
    message_forget();
    err = message_write(&b.other, COMMON);
    if (err == SMK_OK)
        err = message_read(&log);
    if (err != SMK_OK)
        return err;
    if (!b.intake.has_fork || b.intake.fork_seq != COMMON + 1)
        return SMK_ERR_INVALID;
    return smk_fork_decode(smk_buf_view(&b.proof), b.world.coalition.id, &fork);
}

static const char *check_batch(enum smk_err err)
{
    (void)err;
    return act_batch() == SMK_OK ? NULL : "once more without a fault it fails";
}

/* ---- invitations ---- */

static struct smk_buf text;

static enum smk_err act_invitation(void)
{
    struct test_device device;
    struct smk_invitation inv = {.address = "hub.example:4717", .office_count = 1, .expires_ms = 5}, parsed;
    calls_disarm();
    test_device_init(&device, 3);
    memcpy(inv.sign_key, device.sign.public_key, sizeof inv.sign_key);
    SMK_ASSERT(smk_slug_copy(smk_bytes_of_text("ctod"), &inv.org));
    SMK_ASSERT(smk_slug_copy(smk_bytes_of_text("ctod-editor"), &inv.office[0]));
    text = (struct smk_buf){.max = SMK_INVITATION_TEXT_BYTES_MAX};
    calls_arm();
    enum smk_err err = smk_invitation_format(&inv, &device.sign, &text);
    if (err == SMK_OK)
        err = smk_invitation_parse(smk_buf_view(&text), &parsed);
    calls_disarm();
    SMK_ASSERT(err != SMK_OK || strcmp(parsed.address, inv.address) == 0);
    smk_buf_deinit(&text);
    return err;
}

/* ---- folds ---- */

static struct {
    struct test_deeds deeds;
    struct smk_fold *fold; /* of the run */
    size_t docs;           /* of a fold that nothing disturbs */
} f;

#define EDIT(o, k, d, v) (&(struct test_deed){.office = (o), .kind = (k), .doc = (d), .fields = (v)})

static void begin_fold(void)
{
    struct smk_buf pinned = {.max = 65536};
    test_deeds_init(&f.deeds);
    struct test_run *as = test_deeds_log(&f.deeds, TEST_AS, "dm:0201");
    test_deed(as, EDIT("as-editor", "joint_list", 1, "{'version' 3}"));
    test_deed(as, EDIT("as-editor", "joint_list", 1, "{'version' 4}"));
    test_deed(test_deeds_log(&f.deeds, TEST_AS, "org:as"),
              EDIT("as-editor", "interview", 2, "{'sex' 'female'}"));
    test_deed(test_deeds_log(&f.deeds, TEST_CTOD, "org:ctod"),
              EDIT("ctod-editor", "interview", 3, "{'sex' 'male'}"));
    test_deeds_pin(&f.deeds, "joint_list", 1, &pinned);
    struct test_deed endorse = {.office = "banan-gov",
                                .kind = "joint_list",
                                .act = "endorse",
                                .doc = 1,
                                .text = smk_buf_view(&pinned)};
    test_deed(test_deeds_log(&f.deeds, TEST_BANAN, "dm:0201"), &endorse);
    smk_buf_deinit(&pinned);
    (void)smk_roster_office_count(f.deeds.coalition.roster); /* its tables are made now */
}

static void end_fold(void)
{
    test_deeds_deinit(&f.deeds);
}

static enum smk_err records_add(void)
{
    enum smk_err err = smk_fold_new(f.deeds.coalition.roster, &f.fold);
    for (size_t i = 0; i < f.deeds.run_count && err == SMK_OK; i++)
        for (size_t k = 0; k < f.deeds.run[i]->count && err == SMK_OK; k++)
            err = smk_fold_add(f.fold, &f.deeds.run[i]->record[k]);
    return err == SMK_OK ? smk_fold_finish(f.fold) : err;
}

static enum smk_err act_fold(void)
{
    struct smk_totals totals;
    enum smk_err err = records_add();
    if (err == SMK_OK)
        err = smk_totals_make(f.fold, &totals);
    if (err != SMK_OK)
        return err;
    smk_totals_deinit(&totals);
    for (size_t i = 0; i < smk_fold_doc_count(f.fold) && err == SMK_OK; i++) {
        SMK_CLEANUP(smk_buf_deinit) struct smk_buf t = {.max = SMK_PAYLOAD_BYTES_MAX};
        err = smk_fold_text(f.fold, smk_fold_doc_at(f.fold, i), &t, NULL);
    }
    if (err == SMK_OK && f.docs == 0)
        f.docs = smk_fold_doc_count(f.fold);
    return err == SMK_OK && smk_fold_doc_count(f.fold) != f.docs ? SMK_ERR_INVALID : err;
}

static void clear_fold(void)
{
    smk_fold_free(f.fold);
    f.fold = NULL;
}

static const char *check_fold(enum smk_err err)
{
    (void)err;
    clear_fold();
    return act_fold() == SMK_OK ? NULL : "once more without a fault it fails";
}

const struct scenario proto_scenarios[] = {
    {"roster", CALLS_MEMORY, .begin = begin_roster, .act = act_roster, .check = check_roster,
     .clear = clear_roster, .end = end_roster},
    {"batch", CALLS_MEMORY, .begin = begin_batch, .act = act_batch, .check = check_batch,
     .clear = message_forget, .end = end_batch},
    {"invitation", CALLS_MEMORY, .arms_itself = true, .act = act_invitation},
    {"fold", CALLS_MEMORY, .begin = begin_fold, .act = act_fold, .check = check_fold, .clear = clear_fold,
     .end = end_fold},
    {.name = NULL},
};
