#include "tools/complain.h"
#include "tools/reasons.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static bool has_khmer(const char *text)
{
    return strstr(text, "\xe1\x9e") != NULL || strstr(text, "\xe1\x9f") != NULL; /* U+1780 to U+17FF */
}

/* Every part that one language has, the other has too; and both leave nothing out. */
static void expect_pair(const char *en, const char *km, const char *code)
{
    cr_assert(en != NULL && km != NULL, "%s", code);
    cr_assert(eq(int, en[0] == '\0', km[0] == '\0'), "%s: one language has nothing", code);
    cr_assert(km[0] == '\0' || has_khmer(km), "%s: %s", code, km);
    cr_assert(eq(int, has_khmer(en), false), "%s", code);
    for (char digit = '0'; digit < '0' + SMK_MESSAGE_PARTS; digit++) {
        char place[] = {'{', digit, '}', '\0'};
        cr_assert(eq(int, strstr(en, place) != NULL, strstr(km, place) != NULL), "%s: %s", code, place);
    }
}

Test(messages, each_is_there_in_both_languages)
{
    for (int i = 0; i < SMK_SAY_COUNT; i++) {
        const struct smk_message_row *row = smk_message_row((enum smk_message)i);
        cr_assert(row->code != NULL, "message %d is not in the list", i);
        cr_assert(row->en.what[0] != '\0', "%s", row->code);
        expect_pair(row->en.what, row->km.what, row->code);
        expect_pair(row->en.safe, row->km.safe, row->code);
        expect_pair(row->en.todo, row->km.todo, row->code);
    }
}

/* Nobody whose language it is has read any of it yet. Who has one read gives it a case in smk_message_khmer or another word in
 * its row of reasons.c, and a line here that says by whom. */
Test(messages, what_no_native_reader_has_seen_is_marked_so)
{
    for (int i = 0; i < SMK_SAY_COUNT; i++)
        cr_assert(eq(int, smk_message_khmer((enum smk_message)i), SMK_KHMER_UNREVIEWED), "%s",
                  smk_message_row((enum smk_message)i)->code);
    for (int i = SMK_REASON_COUNTS; i <= SMK_REASON_TARGET; i++)
        cr_assert(eq(int, smk_reason_row((enum smk_reason)i)->review, SMK_KHMER_UNREVIEWED), "%s",
                  smk_reason_code((enum smk_reason)i));
}

Test(reasons, each_says_why_and_what_is_needed_in_both_languages)
{
    const struct smk_asked nothing = {0};
    for (int i = SMK_REASON_COUNTS; i <= SMK_REASON_TARGET; i++) {
        enum smk_reason reason = (enum smk_reason)i;
        const char *code = smk_reason_code(reason);
        const struct smk_reason_row *row = smk_reason_row(reason);
        char en[SMK_SENTENCE_BYTES_MAX], km[SMK_SENTENCE_BYTES_MAX];
        expect_pair(smk_reason_text(reason), smk_reason_text_km(reason), code);
        cr_assert(row->en != NULL && row->km != NULL, "%s has no row", code);
        expect_pair(row->en, row->km, code);
        cr_assert(eq(int, row->en[0] == '\0', reason == SMK_REASON_COUNTS), "%s needs something", code);
        smk_reason_needs(reason, &nothing, SMK_ENGLISH, en, sizeof en);
        smk_reason_needs(reason, NULL, SMK_KHMER, km, sizeof km);
        cr_assert(eq(ptr, strchr(en, '{'), NULL), "%s: %s", code, en);
        cr_assert(eq(ptr, strchr(km, '{'), NULL), "%s: %s", code, km);
    }
}

Test(reasons, roles_and_states_are_called_by_their_names)
{
    static const struct {
        const char *kind, *act, *stands;
        enum smk_reason reason;
        const char *en, *km;
    } row[] = {
        {"joint_list", "endorse", "draft", SMK_REASON_ROLE,
         "It takes one of these roles: Signatory of an administration.", "អ្នកមានសិទ្ធិចុះហត្ថលេខារបស់រដ្ឋបាល"},
        {"joint_list", "attest_endorsement", "draft", SMK_REASON_ROLE,
         "It takes one of these roles: Approver of a member, Approver of the secretariat.", "អ្នកអនុម័ត"},
        {"joint_list", "accept", "negotiated", SMK_REASON_PREREQUISITE,
         "It stands at: Negotiated. It is done when something stands at: Endorsed. What leads there is "
         "'samaki endorse LIST', by one of "
         "these roles: Signatory of an administration.",
         "បានចរចារួច"},
        {"meeting", "cancel", "held", SMK_REASON_STATE,
         "It stands at: Held. It is done when something stands at: Planned.", "បានប្រារព្ធ"},
        {"recommendation", "dispute_progress", "", SMK_REASON_PREREQUISITE,
         "It stands at: -. It is done when something stands at: Done, Verified. What leads there is 'samaki "
         "act report_progress DOC "
         "status=done percent=100', by",
         "បានបញ្ចប់, បានផ្ទៀងផ្ទាត់"},
        {"joint_list", "negotiate", "draft", SMK_REASON_PREREQUISITE,
         "The meeting in its field negotiated_at has to be a joint_consultation", "negotiated_at"},
        {"joint_list", "present_provincial", "endorsed", SMK_REASON_PREREQUISITE,
         "Name the workshop, meeting=MEETING", "meeting=MEETING"},
        {"recommendation", "prioritise_national", "", SMK_REASON_PREREQUISITE,
         "The list that holds it has to be presented", "present_national"},
        {"case_study", "verify", "draft", SMK_REASON_PREREQUISITE,
         "It stands at: Draft. It is done when something stands at: Submitted. Its text was changed since it "
         "stood at: "
         "Verified.",
         "បានផ្ទៀងផ្ទាត់"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        const struct smk_asked asked = {
            .rule = smk_policy_act(smk_bytes_of_text(row[i].kind), smk_bytes_of_text(row[i].act)),
            .stands = row[i].stands,
            .before = strcmp(row[i].kind, "case_study") == 0 ? "verified" : row[i].stands};
        char text[SMK_SENTENCE_BYTES_MAX];
        smk_reason_needs(row[i].reason, &asked, SMK_ENGLISH, text, sizeof text);
        cr_assert(eq(int, strncmp(text, row[i].en, strlen(row[i].en)), 0), "%s", text);
        smk_reason_needs(row[i].reason, &asked, SMK_KHMER, text, sizeof text);
        cr_assert(ne(ptr, strstr(text, row[i].km), NULL), "%s", text);
    }
}

Test(messages, are_filled_in_and_cut_between_letters)
{
    static const struct {
        const char *sentence, *zero, *one, *text;
        size_t room;
    } row[] = {
        {"{0} and {1}", "a", "b", "a and b", 64},
        {"{1}{0}{1}", "a", "b", "bab", 64},
        {"{0}", NULL, NULL, "", 64},
        {"{3} {a} {0", "a", "b", "{3} {a} {0", 64},
        {"{0}", "{1}", "b", "{1}", 64},
        {"{0}!", "abcdef", NULL, "abc", 4},
        {"{0}", "ករណី", NULL, "ករ", 8},
        {"ករណី", NULL, NULL, "", 3},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char text[64];
        smk_message_fill(row[i].sentence, SMK_ABOUT(row[i].zero, row[i].one), text, row[i].room);
        cr_assert(eq(str, text, (char *)(uintptr_t)row[i].text));
    }
}

Test(complain, a_field_is_called_by_its_label)
{
    static const struct {
        const char *kind, *path, *en;
    } row[] = {
        {"case_study", "year", "Year"},
        {"case_study", "findings[2].text", "Findings 2: Text"},
        {"case_study", "findings[F2].text_km", "Findings F2: Text (km)"},
        {"case_study", "title_en", "Title (en)"},
        {"case_study", "respondents.by_age", "Respondents: By age band"},
        {"case_study", "respondents.by_age.18_30", "Respondents: By age band: 18_30"},
        {"case_study", "colour", "colour"},
        {"case_study", "", ""},
        {"recommendation", "method", "Method of ranking"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char text[256];
        smk_field_shown(row[i].kind, row[i].path, SMK_ENGLISH, text, sizeof text);
        cr_assert(eq(str, text, (char *)(uintptr_t)row[i].en));
    }
}

Test(complain, what_would_be_right_is_said_in_either_language)
{
    static const struct {
        const char *path;
        enum smk_flaw flaw;
        const char *en, *km;
    } row[] = {
        {"year", SMK_FLAW_OUT_OF_RANGE, "Right would be: Whole number (1990-2200).", "(1990-2200)"},
        {"district", SMK_FLAW_BAD_AREA, "Right would be: Place code (4).", "(4)"},
        {"methods[1]", SMK_FLAW_UNKNOWN_CHOICE, "Choose one of: individual (Individual interview), ",
         "phone (តាមទូរស័ព្ទ)"},
        {"lead_org", SMK_FLAW_UNKNOWN_ORGANISATION, "'samaki org' shows", "'samaki org' បង្ហាញ"},
        {"attachments", SMK_FLAW_UNKNOWN_REFERENCE, "'samaki list attachment'", "'samaki list attachment'"},
        {"yaer", SMK_FLAW_UNKNOWN_FIELD, "Did you mean 'year'?", "'year'"},
        {"colour_of_the_roof", SMK_FLAW_UNKNOWN_FIELD, "'samaki docs case_study' shows",
         "'samaki docs case_study'"},
        {"respondents", SMK_FLAW_INVALID_TALLY, "respondents=52/30", "respondents=52/30"},
        {"title", SMK_FLAW_MISSING, "Right would be: Text in two languages.", "អត្ថបទពីរភាសា"},
        {"fields", SMK_FLAW_WRONG_TYPE, "Correct the field and try again.", "សូមកែតម្រូវ"},
    };
    struct smk_form form = smk_form_of(smk_kind_find(smk_bytes_of_text("case_study")));
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char what[SMK_SENTENCE_BYTES_MAX], todo[SMK_SENTENCE_BYTES_MAX];
        struct smk_complaint c = {.flaw = row[i].flaw};
        (void)snprintf(c.field, sizeof c.field, "%s", row[i].path);
        smk_complaint_write(&form, &c, SMK_ENGLISH, what, todo, sizeof what);
        cr_assert(ne(ptr, strstr(todo, row[i].en), NULL), "%s: %s", row[i].path, todo);
        cr_assert(ne(ptr, strstr(what, row[i].path), NULL), "%s", what);
        smk_complaint_write(&form, &c, SMK_KHMER, what, todo, sizeof what);
        cr_assert(ne(ptr, strstr(todo, row[i].km), NULL), "%s: %s", row[i].path, todo);
        cr_assert(has_khmer(what) && has_khmer(todo), "%s", todo);
    }
}
