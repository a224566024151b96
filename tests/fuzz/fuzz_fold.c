/* Target: documents and acts from the records of a coalition. Signatures are the simulator's stand-ins.
 * Input: faults, then records: who and where (1 byte), act or edit (1), length (2), the payload as it is, deps (1).
 *
 * The same records in another order say the same. */
#include "proto/fold.h"
#include "proto/totals.h"
#include "tests/fuzz/fuzz.h"
#include "tests/sim/standin.h"
#include "tests/support/deeds.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS_MAX = 24, SEATS = 6 };

static const struct {
    enum test_who who;
    const char *scope;
} seat[SEATS] = {
    {TEST_CTOD, "dm:0201"}, {TEST_BANAN, "dm:0201"}, {TEST_HUB, "dm:0201"},
    {TEST_AS, "prov:02"},   {TEST_SEC, "pub"},       {TEST_AUDITOR, "pub"},
};

static struct test_deeds world; /* its coalition and devices last, its logs are an input's */

static void prepare(void)
{
    if (world.coalition.roster != NULL)
        return;
    standin_begin(1, false);
    test_deeds_init(&world);
    (void)smk_roster_device_count(world.coalition.roster); /* its tables are made on the first question */
}

/* ---- records ---- */

static void write_record(struct smk_reader *in, const struct smk_record **last)
{
    size_t at = (size_t)fuzz_below(in, SEATS);
    struct test_run *run = test_deeds_log(&world, seat[at].who, seat[at].scope);
    struct smk_header h = test_run_next(run, fuzz_below(in, 2) == 0 ? SMK_RECORD_EDIT : SMK_RECORD_ACT);
    struct smk_bytes payload = fuzz_bytes(in, smk_read_be16(in));
    bool builds_on_last =
        fuzz_below(in, 2) == 1 && *last != NULL && smk_scope_is_equal(&(*last)->header.scope, &h.scope);
    bool is_map = smk_walk(payload, SMK_WALK_PAYLOAD) == SMK_OK && smk_span_type(payload) == SMK_VALUE_MAP;
    if (!is_map || payload.len > SMK_PAYLOAD_BYTES_MAX || run->count >= TEST_RUN_MAX)
        return; /* no store takes it */
    if (builds_on_last) {
        h.dep_count = 1;
        memcpy(h.dep[0], (*last)->id, SMK_ID_BYTES);
    }
    test_run_push(run, &h, payload);
    *last = &run->record[run->count - 1];
}

static void forget_records(void)
{
    for (size_t i = 0; i < world.run_count; i++) {
        test_run_deinit(world.run[i]);
        free(world.run[i]);
    }
    world.run_count = 0;
}

/* ---- everything that a fold says ---- */

static void write_doc(struct smk_fold *f, const struct smk_fold_doc *doc, struct smk_buf *b)
{
    struct smk_bytes name[SMK_FOLD_NAMES_MAX];
    static struct smk_fold_value value[SMK_FOLD_VALUES_MAX];
    smk_buf_write(b, doc->id, sizeof doc->id);
    smk_buf_write_u8(b, doc->counts);
    const char *status = smk_fold_status(doc);
    smk_buf_write(b, status, strlen(status));
    for (size_t k = 0; k < doc->head_count; k++)
        smk_buf_write(b, doc->head[k]->id, SMK_ID_BYTES);
    size_t names = smk_fold_names(doc, name);
    for (size_t k = 0; k < names; k++) {
        size_t values = smk_fold_values(f, doc, name[k], value);
        smk_buf_write_bytes(b, name[k]);
        for (size_t v = 0; v < values; v++)
            smk_buf_write_bytes(b, value[v].value);
    }
    struct smk_buf text = {.max = 1 << 20};
    enum smk_err err = smk_fold_text(f, doc, &text, NULL);
    SMK_ASSERT(err == SMK_OK || err == SMK_ERR_NOT_FOUND || err == SMK_ERR_WAITING ||
               err == SMK_ERR_TOO_BIG_HERE);
    SMK_ASSERT(err != SMK_OK || smk_text_is_valid(smk_buf_view(&text)));
    smk_buf_write_bytes(b, smk_buf_view(&text));
    smk_buf_deinit(&text);
}

static void write_fold(struct smk_fold *f, struct smk_buf *b)
{
    struct smk_totals t;
    for (size_t i = 0; i < smk_fold_entry_count(f); i++) {
        const struct smk_fold_entry *e = smk_fold_entry_at(f, i);
        smk_buf_write(b, e->id, sizeof e->id);
        smk_buf_write_u8(b, (uint8_t)e->reason);
        smk_buf_write_u8(b, (uint8_t)e->note);
        SMK_ASSERT(smk_fold_find_entry(f, e->id) == e);
    }
    for (size_t i = 0; i < smk_fold_doc_count(f); i++)
        write_doc(f, smk_fold_doc_at(f, i), b);
    enum smk_err err = smk_totals_make(f, &t);
    SMK_ASSERT(err == SMK_OK);
    smk_buf_write(b, t.row, t.row_count * sizeof t.row[0]);
    smk_buf_write(b, &t, offsetof(struct smk_totals, row_count));
    smk_totals_deinit(&t);
    SMK_ASSERT(b->err == SMK_OK);
}

static void add_records(struct smk_fold *f, bool is_backwards)
{
    for (size_t i = 0; i < world.run_count; i++) {
        const struct test_run *run = world.run[is_backwards ? world.run_count - 1 - i : i];
        for (size_t k = 0; k < run->count; k++) {
            const struct smk_record *r = &run->record[is_backwards ? run->count - 1 - k : k];
            test_fault_pause(false);
            enum smk_err err = smk_fold_add(f, r);
            test_fault_pause(true);
            if (err == SMK_ERR_NOMEM && test_fault_hits() > 0)
                err = smk_fold_add(f, r);
            SMK_ASSERT(err == SMK_OK);
        }
    }
}

static void fold_all(bool is_backwards, struct smk_buf *b)
{
    struct smk_fold *f = NULL;
    enum smk_err err = smk_fold_new(world.coalition.roster, &f);
    SMK_ASSERT(err == SMK_OK);
    add_records(f, is_backwards);
    test_fault_pause(false);
    err = smk_fold_finish(f);
    test_fault_pause(true);
    if (err == SMK_ERR_NOMEM && test_fault_hits() > 0)
        err = smk_fold_finish(f);
    SMK_ASSERT(err == SMK_OK);
    write_fold(f, b);
    smk_fold_free(f);
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    struct smk_buf said[2] = {{.max = 1 << 22}, {.max = 1 << 22}};
    const struct smk_record *last = NULL;
    prepare();
    fuzz_faults_begin(faults);
    for (size_t i = 0; i < RECORDS_MAX && smk_reader_left(&in) > 0; i++)
        write_record(&in, &last);
    fold_all(false, &said[0]);
    fold_all(true, &said[1]);
    SMK_ASSERT(smk_bytes_is_equal(smk_buf_view(&said[0]), smk_buf_view(&said[1])));
    forget_records();
    for (size_t i = 0; i < 2; i++)
        smk_buf_deinit(&said[i]);
    fuzz_faults_end();
}

/* ---- seeds ---- */

static void take_log(const struct test_run *run, size_t at, struct smk_buf *b)
{
    for (size_t i = 1; i < run->count; i++) {
        const struct smk_record *r = &run->record[i];
        smk_buf_write_u8(b, (uint8_t)at);
        smk_buf_write_u8(b, r->header.type == SMK_RECORD_ACT);
        smk_buf_write_be16(b, (uint16_t)r->payload.len);
        smk_buf_write_bytes(b, r->payload);
        smk_buf_write_u8(b, r->header.dep_count > 0);
    }
}

static void write_seed(const char *name)
{
    static const uint8_t head[2];
    struct smk_buf b = {.max = 65536};
    for (size_t at = 0; at < SEATS; at++)
        take_log(test_deeds_log(&world, seat[at].who, seat[at].scope), at, &b);
    SMK_ASSERT(b.err == SMK_OK);
    fuzz_seed(name, SMK_BYTES(head), smk_buf_view(&b));
    smk_buf_deinit(&b);
    forget_records();
}

void fuzz_seeds(void)
{
    prepare();
    struct test_run *members = test_deeds_log(&world, TEST_CTOD, "dm:0201");
    struct test_deed deed = {.office = "ctod-editor", .kind = "recommendation", .doc = 2};
    deed.fields = "{'theme' 'health' 'title' {'en' 'a'} 'district' '0201'}";
    const uint8_t *recommendation = test_deed(members, &deed);
    deed = (struct test_deed){.office = "ctod-editor", .kind = "joint_list", .doc = 1};
    deed.fields = "{'district' '0201' 'recommendations' [$2]}";
    deed.dep_count = 1;
    deed.dep[0] = recommendation;
    test_deed(members, &deed);
    struct smk_buf text = {.max = 65536};
    test_deeds_pin(&world, "joint_list", 1, &text);
    deed = (struct test_deed){
        .office = "banan-gov", .kind = "joint_list", .doc = 1, .act = "endorse", .fields = "{}"};
    deed.text = smk_buf_view(&text);
    test_deed(test_deeds_log(&world, TEST_BANAN, "dm:0201"), &deed);
    write_seed("endorsed-list");
    smk_buf_deinit(&text);
    deed = (struct test_deed){.office = "sec-editor", .kind = "event", .doc = 3};
    deed.fields = "{'ref' 'EV-1' 'participants' {'total' 9 'female' 4}}";
    test_deed(test_deeds_log(&world, TEST_SEC, "pub"), &deed);
    deed = (struct test_deed){
        .office = "as-editor", .kind = "case_study", .doc = 4, .fields = "{'district' '0201'}"};
    test_deed(test_deeds_log(&world, TEST_AS, "prov:02"), &deed);
    write_seed("event-and-study");
}
