#include "tests/support/histories.h"

#include "proto/check.h"
#include "proto/totals.h"

#include <stdio.h>
#include <string.h>

enum { DOCS = 4 };

static const struct {
    enum test_who who;
    const char *scope, *editor, *approver;
} seat[] = {
    {TEST_CTOD, "dm:0201", "ctod-editor", "ctod-approver"},
    {TEST_AS, "dm:0201", "as-editor", "as-approver"},
    {TEST_BANAN, "dm:0201", "banan-clerk", "banan-gov"},
    {TEST_SEC, "dm:0201", "sec-editor", "sec-approver"},
    {TEST_HUB, "dm:0201", "hub-coord", "hub-rap"},
    {TEST_AS, "prov:02", "as-editor", "as-approver"},
    {TEST_CTOD, "prov:02", "ctod-editor", "ctod-approver"},
    {TEST_SEC, "pub", "sec-editor", "sec-rap"},
};
enum { SEATS = sizeof seat / sizeof seat[0] };

static void add_random_deps(struct test_deeds *w, struct test_rng *r, const char *scope,
                            struct test_deed *deed)
{
    size_t wanted = (size_t)test_rng_below(r, 4);
    for (size_t i = 0; i < wanted; i++) {
        struct test_run *run = w->run[test_rng_below(r, w->run_count)];
        const uint8_t *id = run->record[test_rng_below(r, run->count)].id;
        bool is_double = strcmp(run->scope.text, scope) != 0;
        for (size_t k = 0; k < deed->dep_count; k++)
            is_double = is_double || memcmp(deed->dep[k], id, SMK_ID_BYTES) == 0;
        if (!is_double)
            deed->dep[deed->dep_count++] = id;
    }
}

/* Has seen all that stands in the scope of the table. */
static void add_all_deps(struct test_deeds *w, const struct test_run *own, struct test_deed *deed)
{
    for (size_t i = 0; i < w->run_count && deed->dep_count < SMK_DEPS_MAX; i++)
        if (w->run[i] != own && smk_scope_is_equal(&w->run[i]->scope, &own->scope))
            deed->dep[deed->dep_count++] = w->run[i]->record[w->run[i]->count - 1].id;
}

/* A joint meeting that is closed: without one no list comes far. */
static void hold_meeting(struct test_deeds *w)
{
    static const struct test_deed step[] = {
        {.office = "ctod-editor", .fields = "{'kind' 'joint_consultation' 'participants' nil}"},
        {.office = "ctod-editor", .act = "record_minutes", .fields = "{'minutes' {'en' 'x'}}"},
        {.office = "ctod-approver", .act = "close"},
    };
    struct smk_buf text = {.max = 1 << 20};
    for (size_t i = 0; i < sizeof step / sizeof step[0]; i++) {
        struct test_deed deed = step[i];
        deed.kind = "meeting";
        deed.doc = 5;
        deed.text = smk_buf_view(&text);
        test_deed(test_deeds_log(w, TEST_CTOD, "dm:0201"), &deed);
        if (i == 0)
            test_deeds_pin(w, "meeting", 5, &text);
    }
    smk_buf_deinit(&text);
}

static void random_edit(struct test_deeds *w, struct test_rng *r, size_t s)
{
    static const char *const name[] = {"ref", "theme", "title", "version"};
    static const char rests_on[] = "{'from_findings' ['F'] 'case_studies' [$1] 'negotiated_at' $5 ";
    char fields[256];
    size_t at = sizeof rests_on - 1;
    memcpy(fields, rests_on, sizeof rests_on);
    for (size_t i = 0; i < 4; i++)
        if (test_rng_chance(r, 50))
            at += (size_t)snprintf(fields + at, sizeof fields - at, "'%s' 'v%u' ", name[i],
                                   (unsigned)test_rng_below(r, 3));
    (void)snprintf(fields + at, sizeof fields - at, "%s}",
                   test_rng_chance(r, 40) ? "'recommendations' [$2 $3]" : "");
    bool is_study = strcmp(seat[s].scope, "prov:02") == 0, is_event = strcmp(seat[s].scope, "pub") == 0;
    uint64_t doc = test_rng_below(r, DOCS);
    struct test_deed deed = {.office = test_rng_chance(r, 85) ? seat[s].editor : seat[s].approver,
                             .doc = doc};
    deed.kind = is_study ? "case_study" : is_event ? "event" : doc >= 2 ? "recommendation" : "joint_list";
    deed.fields = fields;
    add_random_deps(w, r, seat[s].scope, &deed);
    test_deed(test_deeds_log(w, seat[s].who, seat[s].scope), &deed);
}

/* About a text of now, of before, or of nothing. */
static void random_act(struct test_deeds *w, struct test_rng *r, size_t s, struct smk_buf *last_text)
{
    static const char *const act[] = {"negotiate", "endorse", "attest_endorsement", "attest_endorsement",
                                      "accept"};
    struct test_deed deed = {.office = seat[s].approver, .kind = "joint_list", .doc = test_rng_below(r, 2)};
    struct smk_fold *f = test_deeds_fold(w);
    const struct smk_fold_doc *list = test_find_doc(f, "joint_list", deed.doc, "dm:0201");
    if (list != NULL && test_rng_chance(r, 70)) {
        struct smk_buf text = {.max = 1 << 20};
        if (smk_fold_text(f, list, &text, NULL) == SMK_OK) {
            smk_buf_reset(last_text);
            smk_buf_write_bytes(last_text, smk_buf_view(&text));
        }
        smk_buf_deinit(&text);
    }
    smk_fold_free(f);
    deed.act = act[test_rng_below(r, sizeof act / sizeof act[0])];
    deed.fields = test_rng_chance(r, 80)
                      ? "{'items' [{'recommendation' $2 'decision' 'accepted'} {'recommendation' $3 "
                        "'decision' 'accepted'}] 'page' $10}"
                      : "{'page' #32x01}";
    deed.text = smk_buf_view(last_text);
    deed.id = 100 + test_rng_below(r, 5);
    struct test_run *run = test_deeds_log(w, seat[s].who, "dm:0201");
    if (test_rng_chance(r, 60))
        add_all_deps(w, run, &deed);
    else
        add_random_deps(w, r, "dm:0201", &deed);
    test_deed(run, &deed);
}

void test_history(struct test_deeds *w, struct test_rng *r)
{
    struct smk_buf last_text = {.max = 1 << 20};
    size_t records = 20 + (size_t)test_rng_below(r, 100);
    test_deeds_init(w);
    for (size_t i = 0; i < SEATS; i++)
        (void)test_deeds_log(w, seat[i].who, seat[i].scope);
    (void)test_deeds_log_again(w, TEST_CTOD, "dm:0201", 99);
    hold_meeting(w);
    for (size_t i = 0; i < records; i++) {
        size_t s = (size_t)test_rng_below(r, SEATS);
        if (test_rng_chance(r, 75))
            random_edit(w, r, s);
        else
            random_act(w, r, (size_t)test_rng_below(r, 5), &last_text);
    }
    smk_buf_deinit(&last_text);
}

size_t test_history_records(const struct test_deeds *w,
                            const struct smk_record *ret_records[TEST_HISTORY_RECORDS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < w->run_count; i++)
        for (size_t k = 0; k < w->run[i]->count; k++)
            ret_records[count++] = &w->run[i]->record[k];
    SMK_ASSERT(count <= TEST_HISTORY_RECORDS_MAX);
    return count;
}

void test_history_shuffle(const struct smk_record **record, size_t count, struct test_rng *r)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = (size_t)test_rng_below(r, i);
        const struct smk_record *swap = record[i - 1];
        record[i - 1] = record[k];
        record[k] = swap;
    }
}

/* ---- what a fold says ---- */

static void write_entry(const struct smk_fold_entry *e, struct smk_buf *b)
{
    smk_buf_write(b, e->id, sizeof e->id);
    smk_buf_write_u8(b, (uint8_t)e->reason);
    smk_buf_write_u8(b, (uint8_t)e->note);
}

static void write_doc(struct smk_fold *f, const struct smk_fold_doc *doc, struct smk_buf *b)
{
    struct smk_bytes name[SMK_FOLD_NAMES_MAX];
    struct smk_fold_value value[SMK_FOLD_VALUES_MAX];
    smk_buf_write(b, doc->id, sizeof doc->id);
    smk_buf_write_u8(b, doc->counts);
    for (size_t k = 0; k < doc->head_count; k++)
        smk_buf_write(b, doc->head[k]->id, SMK_ID_BYTES);
    size_t names = smk_fold_names(doc, name);
    for (size_t k = 0; k < names; k++) {
        size_t values = smk_fold_values(f, doc, name[k], value);
        smk_buf_write_bytes(b, name[k]);
        for (size_t v = 0; v < values; v++)
            smk_buf_write_bytes(b, value[v].value);
    }
    for (size_t k = 0; k < doc->act_count; k++)
        smk_buf_write(b, doc->act[k]->id, SMK_ID_BYTES);
    smk_buf_write_bytes(b, smk_bytes_of_text(smk_fold_status(doc)));
}

static enum smk_err write_row(void *ctx, const struct smk_totals_row *row)
{
    smk_buf_write(ctx, row, sizeof *row);
    return SMK_OK;
}

void test_history_write(struct smk_fold *f, struct smk_buf *b)
{
    struct smk_totals t;
    for (size_t i = 0; i < smk_fold_entry_count(f); i++)
        write_entry(smk_fold_entry_at(f, i), b);
    for (size_t i = 0; i < smk_fold_doc_count(f); i++)
        write_doc(f, smk_fold_doc_at(f, i), b);
    SMK_ASSERT(smk_totals_make(f, &t) == SMK_OK);
    SMK_ASSERT(smk_totals_each(&t, write_row, b) == SMK_OK);
    smk_totals_deinit(&t);
    SMK_ASSERT(b->err == SMK_OK);
}

void test_history_write_doc(struct smk_fold *f, const uint8_t id[SMK_DOC_ID_BYTES], struct smk_buf *b)
{
    const struct smk_fold_entry *entry[TEST_HISTORY_RECORDS_MAX], *spare[TEST_HISTORY_RECORDS_MAX];
    struct smk_totals t = {0};
    size_t count = 0;
    for (size_t i = 0; i < smk_fold_entry_count(f); i++) {
        const struct smk_fold_entry *e = smk_fold_entry_at(f, i);
        if (!e->is_decoded || memcmp(e->is_act ? e->act.doc : e->edit.doc, id, SMK_DOC_ID_BYTES) != 0)
            continue;
        write_entry(e, b);
        entry[count++] = e;
    }
    smk_totals_add_entries(&t, entry, spare, count);
    for (size_t i = 0; i < smk_fold_doc_count(f); i++) {
        const struct smk_fold_doc *doc = smk_fold_doc_at(f, i);
        if (memcmp(doc->id, id, SMK_DOC_ID_BYTES) != 0)
            continue;
        write_doc(f, doc, b);
        SMK_ASSERT(smk_totals_add_document(f, doc, &t) == SMK_OK);
    }
    SMK_ASSERT(smk_totals_each(&t, write_row, b) == SMK_OK);
    smk_totals_deinit(&t);
    SMK_ASSERT(b->err == SMK_OK);
}
