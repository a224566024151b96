#include "proto/fold.h"
#include "proto/hash.h"
#include "tests/support/deeds.h"
#include "tests/support/fault.h"
#include "tests/support/notation.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(fold_act, .init = start_crypto);

#define EDIT(o, k, d, f) (&(struct test_deed){.office = (o), .kind = (k), .doc = (d), .fields = (f)})

static enum smk_reason reason_of(const struct smk_fold *f, const uint8_t *id)
{
    const struct smk_fold_entry *e = smk_fold_find_entry(f, id);
    cr_assert(ne(ptr, (void *)(uintptr_t)e, NULL));
    return e->reason;
}

/* ---- edits ---- */

static const uint8_t *act_on(struct test_deeds *w, struct test_run *run, const char *kind, uint64_t doc,
                             const char *office, const char *act, const char *fields)
{
    struct smk_buf text = {.max = 65536};
    struct test_deed deed = {.office = office, .kind = kind, .act = act, .doc = doc, .fields = fields};
    test_deeds_pin(w, kind, doc, &text);
    deed.text = smk_buf_view(&text);
    const uint8_t *id = test_deed(run, &deed);
    smk_buf_deinit(&text);
    return id;
}

enum { FIRST_RECOMMENDATION = 4 }; /* in the log of ctod */

/* A joint meeting that is closed, a list with two recommendations, all by ctod, in Banan. */
static struct test_run *make_list(struct test_deeds *w)
{
    struct test_run *ctod = test_deeds_log(w, TEST_CTOD, "dm:0201");
    test_deed(ctod, EDIT("ctod-editor", "meeting", 0, "{'kind' 'joint_consultation' 'participants' nil}"));
    act_on(w, ctod, "meeting", 0, "ctod-editor", "record_minutes", "{'minutes' {'en' 'x'}}");
    act_on(w, ctod, "meeting", 0, "ctod-approver", "close", NULL);
    test_deed(ctod, EDIT("ctod-editor", "recommendation", 2,
                         "{'ref' 'RC-1' 'district' '0201' 'from_findings' ['F']}"));
    test_deed(ctod, EDIT("ctod-editor", "recommendation", 3,
                         "{'ref' 'RC-2' 'district' '0201' 'from_findings' ['F']}"));
    test_deed(ctod, EDIT("ctod-editor", "joint_list", 1,
                         "{'ref' 'JL-1' 'district' '0201' 'negotiated_at' $0 'recommendations' [$2 $3]}"));
    return ctod;
}

static const uint8_t *negotiate(struct test_deeds *w)
{
    return act_on(w, test_deeds_log(w, TEST_CTOD, "dm:0201"), "joint_list", 1, "ctod-approver", "negotiate",
                  NULL);
}

static struct test_deed act_on_list(const char *office, const char *act, struct smk_bytes text,
                                    const uint8_t *negotiated)
{
    return (struct test_deed){.office = office,
                              .kind = "joint_list",
                              .act = act,
                              .doc = 1,
                              .text = text,
                              .dep_count = negotiated != NULL,
                              .dep = {negotiated}};
}

Test(fold_act, an_endorsement_pins_the_text_of_list_and_recommendations)
{
    struct test_deeds w;
    struct smk_buf text = {.max = 65536};
    test_deeds_init(&w);
    struct test_run *ctod = make_list(&w), *gov = test_deeds_log(&w, TEST_BANAN, "dm:0201");
    test_deeds_pin(&w, "joint_list", 1, &text);
    cr_assert(eq(sz, smk_span_count(smk_buf_view(&text)), 3), "the list and two recommendations");
    struct test_deed endorse = act_on_list("banan-gov", "endorse", smk_buf_view(&text), negotiate(&w));
    const uint8_t *id = test_deed(gov, &endorse);
    struct smk_fold *f = test_deeds_fold(&w);
    const struct smk_fold_doc *list = test_find_doc(f, "joint_list", 1, "dm:0201");
    cr_assert(eq(int, reason_of(f, id), SMK_REASON_COUNTS));
    cr_assert(eq(int, smk_fold_find_entry(f, id)->note, SMK_NOTE_NONE));
    cr_assert(eq(str, (char *)(uintptr_t)smk_fold_status(list), "endorsed"));
    smk_fold_free(f);

    test_deed(ctod, EDIT("ctod-editor", "recommendation", 3, "{'ref' 'RC-2b'}"));
    f = test_deeds_fold(&w);
    cr_assert(eq(int, reason_of(f, id), SMK_REASON_COUNTS));
    cr_assert(eq(int, smk_fold_find_entry(f, id)->note, SMK_NOTE_EARLIER_VERSION),
              "a recommendation was edited since");
    smk_fold_free(f);
    test_deeds_deinit(&w);
    smk_buf_deinit(&text);
}

/* One act about a document; what follows are more fields of struct test_deed. */
#define ON(by, what, about_doc, ...)                             \
    {                                                            \
        .office = by, .act = what, .doc = about_doc, __VA_ARGS__ \
    }

Test(fold_act, whether_an_act_counts_is_told_with_its_reason)
{
    struct test_deeds w;
    struct smk_buf text = {.max = 65536}, other = {.max = 65536}, bad = {.max = 256};
    const uint8_t wrong[SMK_HASH_BYTES] = {9};
    test_deeds_init(&w);
    make_list(&w);
    const uint8_t *negotiated = negotiate(&w);
    test_deed(test_deeds_log(&w, TEST_CTOD, "dm:0204"),
              EDIT("ctod-editor", "joint_list", 4, "{'district' '0204' 'case_studies' [$6]}"));
    test_deeds_pin(&w, "joint_list", 1, &text);
    test_deeds_pin(&w, "joint_list", 4, &other);
    test_pack(&bad, "[[#16x01 [#32x05]]]", NULL);
    const struct {
        enum test_who who;
        const char *scope;
        struct test_deed deed;
        enum smk_reason reason;
    } row[] = {
        {TEST_BANAN, "dm:0201",
         ON("banan-gov", "endorse", 1, .text = smk_buf_view(&text), .dep_count = 1, .dep = {negotiated}),
         SMK_REASON_COUNTS},
        {TEST_BANAN, "dm:0201", ON("banan-clerk", "endorse", 1, .text = smk_buf_view(&text)),
         SMK_REASON_ROLE},
        {TEST_BAVEL, "dm:0204", ON("bavel-gov", "endorse", 1, .text = smk_buf_view(&text)),
         SMK_REASON_NO_DOCUMENT},
        {TEST_BAVEL, "dm:0204", ON("bavel-gov", "endorse", 4, .text = smk_buf_view(&text)), SMK_REASON_ABOUT},
        {TEST_BANAN, "dm:0201", ON("banan-gov", "endorse", 1, .area = NULL), SMK_REASON_NO_TEXT},
        {TEST_BANAN, "dm:0201", ON("banan-gov", "endorse", 1, .text = smk_buf_view(&text), .about = wrong),
         SMK_REASON_ABOUT},
        {TEST_BANAN, "dm:0201", ON("banan-gov", "endorse", 1, .text = smk_buf_view(&other)),
         SMK_REASON_ABOUT},
        {TEST_BANAN, "dm:0201", ON("banan-gov", "applaud", 1, .text = smk_buf_view(&text)),
         SMK_REASON_UNKNOWN_ACT},
        {TEST_BANAN, "pub", ON("banan-gov", "endorse", 1, .text = smk_buf_view(&text)), SMK_REASON_SCOPE},
        {TEST_BANAN, "dm:0201", ON("banan-gov", "endorse", 7, .text = smk_buf_view(&text)),
         SMK_REASON_NO_DOCUMENT},
        {TEST_CTOD, "dm:0201", ON("ctod-approver", "negotiate", 1, .text = smk_buf_view(&text)),
         SMK_REASON_STATE},
        {TEST_CTOD, "dm:0201", ON("ctod-editor", "negotiate", 1, .text = smk_buf_view(&text)),
         SMK_REASON_ROLE},
        {TEST_HUB, "pub", ON("hub-coord", "present_provincial", 1, .area = "0201"), SMK_REASON_PREREQUISITE},
        {TEST_HUB, "pub", ON("hub-coord", "present_provincial", 1, .area = "0301"), SMK_REASON_AREA},
        {TEST_HUB, "dm:0201", ON("hub-coord", "present_provincial", 1, .area = "0201"), SMK_REASON_SCOPE},
        {TEST_HUB, "pub", ON("hub-rap", "present_provincial", 1, .area = "0201", .fields = "{'meeting' $5}"),
         SMK_REASON_MEETING},
        {TEST_SEC, "pub", ON("sec-rap", "present_national", 1, .area = "0201", .fields = "{'meeting' $5}"),
         SMK_REASON_PREREQUISITE},

    };
    const uint8_t *id[sizeof row / sizeof row[0]];
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct test_deed deed = row[i].deed;
        deed.kind = "joint_list";
        id[i] = test_deed(test_deeds_log(&w, row[i].who, row[i].scope), &deed);
    }
    struct test_deed unknown = act_on_list("banan-gov", "endorse", smk_buf_view(&bad), NULL);
    const uint8_t *nowhere = test_deed(test_deeds_log(&w, TEST_BANAN, "dm:0201"), &unknown);
    struct smk_fold *f = test_deeds_fold(&w);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(int, reason_of(f, id[i]), row[i].reason), "row %zu: %s", i,
                  smk_reason_code(reason_of(f, id[i])));
    cr_assert(eq(int, reason_of(f, nowhere), SMK_REASON_ABOUT), "its first document is another one");
    cr_assert(eq(int, smk_fold_find_entry(f, id[12])->note, SMK_NOTE_TEXT_NOT_CHECKED));
    smk_fold_free(f);
    test_deeds_deinit(&w);
    smk_buf_deinit(&text);
    smk_buf_deinit(&other);
    smk_buf_deinit(&bad);
}

Test(fold_act, a_text_that_is_not_all_here_does_not_count_yet)
{
    struct test_deeds w;
    struct smk_buf text = {.max = 65536};
    struct smk_fold *f = NULL;
    test_deeds_init(&w);
    struct test_run *ctod = make_list(&w);
    test_deeds_pin(&w, "joint_list", 1, &text);
    struct test_deed endorse = act_on_list("banan-gov", "endorse", smk_buf_view(&text), negotiate(&w));
    struct test_run *gov = test_deeds_log(&w, TEST_BANAN, "dm:0201");
    const uint8_t *id = test_deed(gov, &endorse);
    cr_assert(eq(int, smk_fold_new(w.coalition.roster, &f), SMK_OK));
    for (size_t i = 0; i < gov->count; i++)
        cr_assert(eq(int, smk_fold_add(f, &gov->record[i]), SMK_OK));
    cr_assert(eq(int, smk_fold_finish(f), SMK_OK));
    cr_assert(eq(int, reason_of(f, id), SMK_REASON_NO_DOCUMENT));
    for (size_t i = 0; i < ctod->count; i++)
        if (i != FIRST_RECOMMENDATION) /* it is late */
            cr_assert(eq(int, smk_fold_add(f, &ctod->record[i]), SMK_OK));
    cr_assert(eq(int, smk_fold_finish(f), SMK_OK));
    cr_assert(eq(int, reason_of(f, id), SMK_REASON_VERSION));
    cr_assert(eq(int, smk_fold_add(f, &ctod->record[FIRST_RECOMMENDATION]), SMK_OK));
    cr_assert(eq(int, smk_fold_finish(f), SMK_OK));
    cr_assert(eq(int, reason_of(f, id), SMK_REASON_COUNTS));
    smk_fold_free(f);
    test_deeds_deinit(&w);
    smk_buf_deinit(&text);
}

#define PAGE_FIELDS "{'page' $10}"
#define OTHER_PAGE "{'page' #32x55}"

Test(fold_act, what_is_attested_needs_two_offices_of_two_organisations_and_one_page)
{
    static const struct {
        const char *first, *first_fields, *second, *second_fields, *why;
        bool counts;
    } row[] = {
        {"ctod-approver", PAGE_FIELDS, "sec-approver", PAGE_FIELDS, "a member and the secretariat", true},
        {"ctod-approver", PAGE_FIELDS, NULL, NULL, "one alone", false},
        {"ctod-approver", PAGE_FIELDS, "as-approver", PAGE_FIELDS, "two members", false},
        {"ctod-approver", PAGE_FIELDS, "sec-approver", OTHER_PAGE, "two pages", false},
        {"sec-approver", PAGE_FIELDS, "sec-approver", PAGE_FIELDS, "the secretariat twice", false},
        {"sec-member", PAGE_FIELDS, "sec-approver", PAGE_FIELDS, "two seats of the secretariat", false},
        {"ctod-approver", PAGE_FIELDS, "sec-member", PAGE_FIELDS, "a member's seat is no secretariat's",
         false},
    };
    static const struct {
        const char *office;
        enum test_who who;
    } seat[] = {{"ctod-approver", TEST_CTOD},
                {"sec-approver", TEST_SEC},
                {"as-approver", TEST_AS},
                {"sec-member", TEST_SEC_MEMBER}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct test_deeds w;
        struct smk_buf text = {.max = 65536};
        const uint8_t *id[2] = {NULL, NULL};
        test_deeds_init(&w);
        make_list(&w);
        test_deeds_pin(&w, "joint_list", 1, &text);
        const uint8_t *negotiated = negotiate(&w);
        for (size_t half = 0; half < 2; half++) {
            const char *office = half == 0 ? row[i].first : row[i].second;
            struct test_deed deed =
                act_on_list(office, "attest_endorsement", smk_buf_view(&text), negotiated);
            deed.dep_count = office != NULL && strncmp(office, "ctod", 4) == 0 ? 0 : 1; /* its own log */
            deed.fields = half == 0 ? row[i].first_fields : row[i].second_fields;
            for (size_t k = 0; office != NULL && k < sizeof seat / sizeof seat[0]; k++)
                if (strcmp(seat[k].office, office) == 0)
                    id[half] = test_deed(test_deeds_log(&w, seat[k].who, "dm:0201"), &deed);
        }
        struct smk_fold *f = test_deeds_fold(&w);
        enum smk_reason wanted = row[i].counts ? SMK_REASON_COUNTS : SMK_REASON_HALF;
        cr_assert(eq(int, reason_of(f, id[0]), wanted), "%s", row[i].why);
        if (id[1] != NULL)
            cr_assert(eq(int, reason_of(f, id[1]), wanted), "%s", row[i].why);
        smk_fold_free(f);
        test_deeds_deinit(&w);
        smk_buf_deinit(&text);
    }
}

Test(fold_act, halves_about_two_texts_do_not_meet)
{
    struct test_deeds w;
    struct smk_buf before = {.max = 65536}, after = {.max = 65536};
    test_deeds_init(&w);
    struct test_run *ctod = make_list(&w);
    test_deeds_pin(&w, "joint_list", 1, &before);
    struct test_deed half = act_on_list("ctod-approver", "attest_endorsement", smk_buf_view(&before), NULL);
    (void)negotiate(&w);
    half.fields = PAGE_FIELDS;
    const uint8_t *first = test_deed(ctod, &half);
    test_deed(ctod, EDIT("ctod-editor", "joint_list", 1, "{'version' 2}"));
    test_deeds_pin(&w, "joint_list", 1, &after);
    half = act_on_list("sec-approver", "attest_endorsement", smk_buf_view(&after), negotiate(&w));
    half.fields = PAGE_FIELDS;
    const uint8_t *second = test_deed(test_deeds_log(&w, TEST_SEC, "dm:0201"), &half);
    struct smk_fold *f = test_deeds_fold(&w);
    cr_assert(eq(int, reason_of(f, first), SMK_REASON_HALF));
    cr_assert(eq(int, reason_of(f, second), SMK_REASON_HALF));
    smk_fold_free(f);
    test_deeds_deinit(&w);
    smk_buf_deinit(&before);
    smk_buf_deinit(&after);
}

Test(fold_act, a_rapporteur_records_the_meeting_of_the_office_only)
{
    struct test_deeds w;
    struct smk_buf text = {.max = 65536};
    test_deeds_init(&w);
    struct test_run *hub = test_deeds_log(&w, TEST_HUB, "pub");
    test_deed(hub, EDIT("hub-coord", "meeting", 1,
                        "{'ref' 'MT-02' 'area' '02' 'level' 'province' 'participants' nil}"));
    test_deed(hub, EDIT("hub-coord", "meeting", 2,
                        "{'ref' 'MT-03' 'area' '02' 'level' 'province' 'participants' nil}"));
    const uint8_t *id[2];
    for (uint64_t m = 1; m <= 2; m++) {
        smk_buf_reset(&text);
        test_deeds_pin(&w, "meeting", m, &text);
        struct test_deed minutes = {
            .office = "hub-rap", .kind = "meeting", .act = "record_minutes", .doc = m};
        minutes.text = smk_buf_view(&text);
        id[m - 1] = test_deed(hub, &minutes);
    }
    struct smk_fold *f = test_deeds_fold(&w);
    cr_assert(eq(int, reason_of(f, id[0]), SMK_REASON_COUNTS));
    cr_assert(eq(int, reason_of(f, id[1]), SMK_REASON_MEETING));
    smk_fold_free(f);
    test_deeds_deinit(&w);
    smk_buf_deinit(&text);
}

/* ---- what a new record builds on ---- */

Test(fold_act, deps_are_the_heads_that_no_other_one_had_seen)
{
    struct test_deeds w;
    struct smk_fold_deps deps = {0};
    test_deeds_init(&w);
    struct test_run *ctod = make_list(&w), *as = test_deeds_log(&w, TEST_AS, "dm:0201");
    struct test_deed seen = {
        .office = "as-editor", .kind = "recommendation", .doc = 2, .fields = "{'ref' 'RC-1b'}"};
    seen.dep[seen.dep_count++] = ctod->record[FIRST_RECOMMENDATION].id;
    const uint8_t *newer = test_deed(as, &seen);
    struct smk_fold *f = test_deeds_fold(&w);
    smk_fold_add_text_deps(f, &deps, test_find_doc(f, "joint_list", 1, "dm:0201"));
    cr_assert(eq(sz, deps.count, 2), "the list stands last in the log of ctod; as edited a recommendation");
    bool has_newer = false;
    for (size_t i = 0; i < deps.count; i++)
        has_newer = has_newer || memcmp(deps.entry[i]->id, newer, SMK_ID_BYTES) == 0;
    cr_assert(eq(int, has_newer, true));
    smk_fold_free(f);
    test_deeds_deinit(&w);
}

Test(fold_act, whoever_wants_to_write_can_ask_before)
{
    struct test_deeds w;
    test_deeds_init(&w);
    make_list(&w);
    (void)negotiate(&w);
    struct smk_fold *f = test_deeds_fold(&w);
    struct smk_scope scope = smk_scope_of("dm:0201");
    const struct smk_fold_doc *list = test_find_doc(f, "joint_list", 1, "dm:0201");
    struct smk_act act = {.act = smk_bytes_of_text("endorse"), .kind = list->kind_name};
    memcpy(act.doc, list->id, sizeof act.doc);
    const struct smk_office *gov = smk_roster_office(w.coalition.roster, "banan-gov");
    const struct smk_office *clerk = smk_roster_office(w.coalition.roster, "banan-clerk");
    cr_assert(eq(int, smk_fold_judge_act(f, &act, &scope, gov, 0), SMK_REASON_COUNTS));
    cr_assert(eq(int, smk_fold_judge_act(f, &act, &scope, clerk, 0), SMK_REASON_ROLE));
    struct smk_buf fields = {.max = 256};
    test_pack(&fields, "{'version' 2}", NULL);
    struct smk_edit edit = {.kind = list->kind_name, .fields = smk_buf_view(&fields)};
    memcpy(edit.doc, list->id, sizeof edit.doc);
    cr_assert(eq(int, smk_fold_judge_edit(f, &edit, &scope, clerk), SMK_REASON_COUNTS));
    cr_assert(eq(int, smk_fold_judge_edit(f, &edit, &scope, gov), SMK_REASON_ROLE));
    smk_fold_free(f);
    test_deeds_deinit(&w);
    smk_buf_deinit(&fields);
}

/* ---- status ---- */

Test(fold_act, a_case_study_may_be_returned_and_submitted_again)
{
    static const struct {
        enum test_who who;
        const char *office, *act, *status;
    } row[] = {{TEST_AS, "as-editor", "submit", "submitted"},
               {TEST_SEC, "sec-editor", "return", "returned"},
               {TEST_AS, "as-editor", "submit", "submitted"},
               {TEST_SEC, "sec-approver", "verify", "verified"}};
    const uint8_t *last = NULL;
    enum test_who last_by = TEST_AS;
    struct test_deeds w;
    struct smk_buf text = {.max = 65536};
    test_deeds_init(&w);
    test_deed(test_deeds_log(&w, TEST_AS, "prov:02"),
              EDIT("as-editor", "case_study", 1, "{'district' '0201' 'respondents' {'total' 3 'female' 2}}"));
    test_deeds_pin(&w, "case_study", 1, &text);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct test_run *run = test_deeds_log(&w, row[i].who, "prov:02");
        while (run->count < 3 + 2 * i) /* time goes by: one second a record */
            test_run_record(run, 99);
        struct test_deed act = {.office = row[i].office, .kind = "case_study", .act = row[i].act, .doc = 1};
        act.text = smk_buf_view(&text);
        act.fields = strcmp(row[i].act, "return") == 0 ? "{'reason' {'en' 'x'}}" : NULL;
        act.dep_count = last != NULL && last_by != row[i].who;
        act.dep[0] = last;
        last = test_deed(run, &act);
        last_by = row[i].who;
        struct smk_fold *f = test_deeds_fold(&w);
        const char *status = smk_fold_status(test_find_doc(f, "case_study", 1, "prov:02"));
        cr_assert(eq(str, (char *)(uintptr_t)status, (char *)(uintptr_t)row[i].status), "step %zu", i);
        smk_fold_free(f);
    }
    test_deeds_deinit(&w);
    smk_buf_deinit(&text);
}

/* ---- memory ---- */

static enum smk_err fold_all(struct test_deeds *w)
{
    struct smk_fold *f = NULL;
    enum smk_err err = smk_fold_new(w->coalition.roster, &f);
    for (size_t i = 0; err == SMK_OK && i < w->run_count; i++)
        for (size_t k = 0; err == SMK_OK && k < w->run[i]->count; k++)
            err = smk_fold_add(f, &w->run[i]->record[k]);
    if (err == SMK_OK)
        err = smk_fold_finish(f);
    smk_fold_free(f);
    return err;
}

Test(fold_act, survives_every_failing_allocation)
{
    struct test_deeds w;
    struct smk_buf text = {.max = 65536};
    test_deeds_init(&w);
    make_list(&w);
    test_deed(test_deeds_log(&w, TEST_AS, "dm:0201"), EDIT("as-editor", "joint_list", 1, "{'version' 3}"));
    test_deeds_pin(&w, "joint_list", 1, &text);
    struct test_deed endorse = act_on_list("banan-gov", "endorse", smk_buf_view(&text), negotiate(&w));
    test_deed(test_deeds_log(&w, TEST_BANAN, "dm:0201"), &endorse);
    (void)smk_roster_office_count(w.coalition.roster); /* its tables are made now */
    static const enum test_fault kind[] = {TEST_FAULT_ONCE, TEST_FAULT_STICKY};
    for (size_t i = 0; i < 2; i++) {
        unsigned long nth = 0;
        for (;; nth++) {
            test_fault_begin(kind[i], nth);
            enum smk_err err = fold_all(&w);
            test_fault_end();
            cr_assert(eq(long, test_fault_live(), 0), "something leaked at %lu", nth);
            if (test_fault_hits() == 0) {
                cr_assert(eq(int, err, SMK_OK));
                break;
            }
            cr_assert(eq(int, err, SMK_ERR_NOMEM), "at %lu", nth);
        }
        cr_assert(gt(ulong, nth, 5));
    }
    test_deeds_deinit(&w);
    smk_buf_deinit(&text);
}
