/* The guards of the policy: each judges an act by what it says, by the text it names, and by what had been done before. */
#include "proto/fold_set.h"

#include <string.h>

/* What a guard may look at. */
struct judged {
    const struct fold_moment *m;
    const struct smk_policy_rule *rule;
    const struct smk_act *act;
    const struct smk_scope *scope;
    const struct smk_office *office;
    const struct fold_entry *e; /* NULL: not written yet */
    const struct fold_doc *doc; /* in the act's own scope; NULL for what stands in a wider one */
};

static bool is_text(struct smk_bytes bytes, const char *text)
{
    return smk_bytes_is_equal(bytes, smk_bytes_of_text(text));
}

static struct smk_bytes field_of(const struct judged *j, const char *name)
{
    return smk_span_find(j->act->fields, name);
}

static struct smk_bytes value_of(const struct judged *j, const char *name)
{
    return smk_fold_value_in(j->m->f, j->doc, j->act->text, name);
}

static struct smk_bytes id_of(struct smk_bytes value)
{
    struct smk_bytes id = smk_span_bin(value);
    return id.len == SMK_DOC_ID_BYTES ? id : (struct smk_bytes){0};
}

/* ---- the guards of edits ---- */

/* A telephone number or address of e-mail anywhere in the values. Fields whose letters are no text of people (ids, hashes)
 * are of other types than str; place codes are too short. */
static bool has_personal_data(struct smk_bytes fields)
{
    struct smk_span_iter level[SMK_DEPTH_MAX];
    size_t depth = 0;
    for (level[depth++] = smk_span_each(fields); depth > 0;) {
        struct smk_bytes key, value;
        if (!smk_span_next(&level[depth - 1], &key, &value)) {
            depth--;
            continue;
        }
        if (smk_text_has_contact(smk_span_str(value)))
            return true;
        if (depth < SMK_DEPTH_MAX)
            level[depth++] = smk_span_each(value);
    }
    return false;
}

/* A list rests on studies: it names one, or recommendations, each of which names a finding. */
static bool names_a_study(const struct smk_policy_rule *rule, struct smk_bytes fields)
{
    if (strcmp(rule->kind, "recommendation") == 0)
        return smk_span_count(smk_span_find(fields, "from_findings")) > 0;
    return smk_span_count(smk_span_find(fields, "case_studies")) > 0 ||
           smk_span_count(smk_span_find(fields, "recommendations")) > 0;
}

enum smk_reason smk_fold_judge_text(struct smk_fold *f, const struct smk_policy_rule *rule,
                                    const struct smk_edit *edit, bool is_first, bool is_written)
{
    bool is_new =
        is_first && !is_written; /* of what is written already, guard_case_study asks when it is negotiated */
    bool is_study = strcmp(rule->kind, "case_study") == 0;
    if (rule->is_wider && is_study && !smk_fold_shows_verification(f, edit))
        return SMK_REASON_PREREQUISITE;
    for (size_t i = 0; i < SMK_POLICY_GUARDS_MAX; i++) {
        if (rule->guard[i] == SMK_GUARD_NO_PERSONAL_DATA && has_personal_data(edit->fields))
            return SMK_REASON_PERSONAL;
        if (rule->guard[i] == SMK_GUARD_CASE_STUDY && is_new && !names_a_study(rule, edit->fields))
            return SMK_REASON_LINK;
        bool has_target = smk_span_bin(smk_span_find(edit->fields, "target")).len == SMK_DOC_ID_BYTES;
        if (rule->guard[i] == SMK_GUARD_TARGET && is_first && !has_target)
            return SMK_REASON_TARGET;
    }
    return SMK_REASON_COUNTS;
}

/* ---- what the text says ---- */

static enum smk_reason guard_tally(const struct judged *j)
{
    struct smk_bytes tally = value_of(j, "respondents");
    bool is_wrong = smk_span_type(tally) == SMK_VALUE_MAP && !smk_tally_is_valid(tally);
    return is_wrong ? SMK_REASON_TALLY : SMK_REASON_COUNTS;
}

/* An interview without consent counts nowhere (smk_fold_check_form), so a study that has been tallied rests on none; that
 * respondents are named at all is what is left to ask. */
static enum smk_reason guard_consent(const struct judged *j)
{
    return smk_span_type(value_of(j, "respondents")) == SMK_VALUE_MAP ? SMK_REASON_COUNTS
                                                                      : SMK_REASON_CONSENT;
}

/* The newest day that a date may name: the act's own, in the coalition's zone, and one more. No table of zones is read, so
 * that every node answers alike: elsewhere than in Phnom Penh the day is that of the zone furthest ahead. */
static void last_day(const struct judged *j, char ret_day[11])
{
    enum { PHNOM_PENH_H = 7, FURTHEST_H = 14, HOUR_S = 3600, DAY_S = 24 * HOUR_S };
    const struct smk_genesis *genesis = smk_roster_genesis(j->m->f->roster);
    bool is_home = strcmp(genesis->time_zone, "Asia/Phnom_Penh") == 0;
    int64_t day =
        ((int64_t)(j->m->time >> 16) / 1000 + (is_home ? PHNOM_PENH_H : FURTHEST_H) * HOUR_S) / DAY_S + 1;
    /* civil date of a count of days, years beginning in March (proleptic Gregorian) */
    int64_t shifted = day + 719468, era = shifted / 146097, of_era = shifted % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    int64_t day_of_month = of_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    year += era * 400 + (month <= 2);
    unsigned long number =
        (unsigned long)year * 10000 + (unsigned long)month * 100 + (unsigned long)day_of_month;
    static const int place[] = {9, 8, 6, 5, 3, 2, 1, 0};
    memcpy(ret_day, "0000-00-00", 11);
    for (size_t i = 0; i < sizeof place / sizeof place[0]; i++, number /= 10)
        ret_day[place[i]] = (char)('0' + number % 10);
}

static enum smk_reason guard_date(const struct judged *j)
{
    char last[11];
    struct smk_bytes date = smk_span_str(value_of(j, "date"));
    last_day(j, last);
    size_t len = date.len < 10 ? date.len : 10;
    return len > 0 && memcmp(date.data, last, len) > 0 ? SMK_REASON_FUTURE : SMK_REASON_COUNTS;
}

/* A total, or nil: unknown, and said so. */
static enum smk_reason participants(const struct judged *j, bool with_female)
{
    struct smk_bytes said = field_of(j, "participants");
    said = said.len > 0 ? said : value_of(j, "participants");
    if (smk_span_type(said) == SMK_VALUE_NIL)
        return SMK_REASON_COUNTS;
    bool is_said =
        smk_span_find(said, "total").len > 0 && (!with_female || smk_span_find(said, "female").len > 0);
    if (!is_said)
        return SMK_REASON_PARTICIPANTS;
    return smk_tally_is_valid(said) ? SMK_REASON_COUNTS : SMK_REASON_TALLY;
}

static enum smk_reason guard_participants(const struct judged *j)
{
    return participants(j, false);
}

static enum smk_reason guard_participants_both(const struct judged *j)
{
    return participants(j, true);
}

static size_t item_count(const struct judged *j)
{
    size_t parts = smk_span_count(j->act->text);
    return parts > 0 ? parts - 1 : smk_span_count(value_of(j, "recommendations"));
}

static enum smk_reason guard_case_study(const struct judged *j)
{
    struct smk_span_iter it = smk_span_each(j->act->text);
    struct smk_text_part part;
    bool is_named = smk_span_count(value_of(j, "case_studies")) > 0;
    for (bool is_list = true; !is_named && smk_text_next_part(&it, &part); is_list = false) {
        const struct fold_doc *item =
            is_list ? NULL
                    : smk_fold_doc_of(j->m->f, smk_bytes_of_text("recommendation"), part.doc, j->scope);
        is_named = smk_span_count(smk_fold_value_in(j->m->f, item, j->act->text, "from_findings")) > 0;
    }
    return is_named || j->act->text.len == 0 ? SMK_REASON_COUNTS : SMK_REASON_LINK;
}

static enum smk_reason guard_one_item(const struct judged *j)
{
    return item_count(j) > 0 ? SMK_REASON_COUNTS : SMK_REASON_NO_ITEM;
}

/* ---- what the act says ---- */

static bool is_said(const struct judged *j, const char *name)
{
    return smk_span_count(field_of(j, name)) > 0;
}

static enum smk_reason guard_reason(const struct judged *j)
{
    return is_said(j, "reason") ? SMK_REASON_COUNTS : SMK_REASON_WHY;
}

static enum smk_reason guard_note(const struct judged *j)
{
    struct smk_bytes status = field_of(j, "status");
    bool needs = smk_span_is_text(status, "stalled") || smk_span_is_text(status, "dropped");
    return needs && !is_said(j, "note") ? SMK_REASON_WHY : SMK_REASON_COUNTS;
}

static enum smk_reason guard_percent(const struct judged *j)
{
    struct smk_bytes percent = field_of(j, "percent");
    bool is_good =
        percent.len == 0 || (smk_span_type(percent) == SMK_VALUE_UINT && smk_span_uint(percent) <= 100);
    return is_good ? SMK_REASON_COUNTS : SMK_REASON_RANGE;
}

static enum smk_reason guard_done(const struct judged *j)
{
    bool is_done = smk_span_is_text(field_of(j, "status"), "done");
    return is_done && smk_span_uint(field_of(j, "percent")) != 100 ? SMK_REASON_DONE : SMK_REASON_COUNTS;
}

static enum smk_reason guard_page(const struct judged *j)
{
    bool has_page = smk_span_bin(field_of(j, "page")).len == SMK_HASH_BYTES;
    struct smk_bytes id = id_of(field_of(j, "attachment"));
    if (!has_page)
        return SMK_REASON_PAGE;
    if (id.len == 0)
        return SMK_REASON_COUNTS;
    const struct fold_doc *page =
        smk_fold_doc_of(j->m->f, smk_bytes_of_text("attachment"), id.data, j->scope);
    bool is_other = page != NULL && page->seen.counts &&
                    !smk_bytes_is_equal(smk_fold_first(j->m->f, &page->seen, "sha256"), field_of(j, "page"));
    return is_other ? SMK_REASON_PAGE : SMK_REASON_COUNTS;
}

/* Whoever has not written yet cannot know of the other half. */
static enum smk_reason guard_two(const struct judged *j)
{
    return j->e == NULL || smk_fold_has_other_half(j->m->f, NULL, j->e) ? SMK_REASON_COUNTS : SMK_REASON_HALF;
}

static size_t decisions_of(const struct judged *j, struct smk_bytes recommendation)
{
    struct smk_span_iter it = smk_span_each(field_of(j, "items"));
    struct smk_bytes item;
    size_t count = 0;
    while (smk_span_next(&it, NULL, &item))
        count += smk_bytes_is_equal(smk_span_bin(smk_span_find(item, "recommendation")), recommendation) &&
                 smk_span_str(smk_span_find(item, "decision")).len > 0;
    return count;
}

static enum smk_reason guard_items(const struct judged *j)
{
    struct smk_span_iter it = smk_span_each(j->act->text);
    struct smk_text_part part;
    size_t count = smk_span_count(field_of(j, "items"));
    if (j->act->text.len > 0 && count != item_count(j))
        return SMK_REASON_ITEMS;
    for (bool is_list = true; smk_text_next_part(&it, &part); is_list = false)
        if (!is_list && decisions_of(j, (struct smk_bytes){part.doc, SMK_DOC_ID_BYTES}) != 1)
            return SMK_REASON_ITEMS;
    return count > 0 ? SMK_REASON_COUNTS : SMK_REASON_ITEMS;
}

static enum smk_reason guard_item_reasons(const struct judged *j)
{
    struct smk_span_iter it = smk_span_each(field_of(j, "items"));
    struct smk_bytes item;
    while (smk_span_next(&it, NULL, &item))
        if (!smk_span_is_text(smk_span_find(item, "decision"), "accepted") &&
            smk_span_count(smk_span_find(item, "reason")) == 0)
            return SMK_REASON_WHY;
    return SMK_REASON_COUNTS;
}

static enum smk_reason guard_grantee(const struct judged *j)
{
    struct smk_bytes grantee = smk_span_str(field_of(j, "grantee"));
    struct smk_slug slug;
    bool is_known = smk_slug_is_valid(grantee);
    if (is_known) {
        memcpy(slug.text, grantee.data, grantee.len);
        slug.text[grantee.len] = '\0';
        is_known = smk_roster_organisation(j->m->f->roster, slug.text) != NULL;
    }
    return is_known ? SMK_REASON_COUNTS : SMK_REASON_GRANTEE;
}

static enum smk_reason guard_final_report(const struct judged *j)
{
    return is_said(j, "reports") ? SMK_REASON_COUNTS : SMK_REASON_PAGE;
}

/* ---- who did what before ---- */

static bool is_same_office(const struct judged *j, const struct fold_entry *other)
{
    struct smk_bytes slug = other->seen.is_act ? other->seen.act.office : other->seen.edit.office;
    return is_text(slug, j->office->slug.text);
}

/* Edit i of the document, when it counts and the act has seen it; else NULL. */
static const struct fold_entry *seen_edit(const struct judged *j, size_t i)
{
    const struct fold_entry *edit = (const struct fold_entry *)j->doc->seen.edit[i]; /* `seen` comes first */
    bool is_seen = j->m->node == NULL || smk_fold_node_has_seen(j->m->f, j->m->node, edit->node);
    return is_seen && edit->seen.reason == SMK_REASON_COUNTS ? edit : NULL;
}

/* Another office than any that wrote the text, and of a meeting its minutes. */
static enum smk_reason guard_not_author(const struct judged *j)
{
    for (size_t i = 0; j->doc != NULL && i < j->doc->seen.edit_count; i++)
        if (seen_edit(j, i) != NULL && is_same_office(j, seen_edit(j, i)))
            return SMK_REASON_DUTIES;
    struct fold_search s = smk_fold_search(j->act->doc, "meeting", "record_minutes");
    const struct fold_entry *minutes;
    while ((minutes = smk_fold_search_next(j->m, &s)) != NULL)
        if (is_same_office(j, minutes))
            return SMK_REASON_DUTIES;
    return SMK_REASON_COUNTS;
}

static enum smk_reason guard_minutes(const struct judged *j)
{
    struct fold_search s = smk_fold_search(j->act->doc, "meeting", "record_minutes");
    const struct fold_entry *minutes;
    while ((minutes = smk_fold_search_next(j->m, &s)) != NULL)
        if (smk_span_count(smk_span_find(minutes->seen.act.fields, "minutes")) > 0)
            return SMK_REASON_COUNTS;
    return SMK_REASON_MINUTES;
}

static const struct fold_entry *named_report(const struct judged *j)
{
    struct smk_bytes id = id_of(field_of(j, "follow_up"));
    struct fold_search s = smk_fold_search(j->act->doc, "recommendation", "report_progress");
    const struct fold_entry *report;
    while ((report = smk_fold_search_next(j->m, &s)) != NULL)
        if (smk_bytes_is_equal(id, SMK_BYTES(report->seen.act.id)))
            return report;
    return NULL;
}

static enum smk_reason guard_not_reporter(const struct judged *j)
{
    const struct fold_entry *report = named_report(j);
    return report == NULL || is_same_office(j, report) ? SMK_REASON_DUTIES : SMK_REASON_COUNTS;
}

static enum smk_reason guard_other_organisation(const struct judged *j)
{
    const struct fold_entry *report = named_report(j);
    bool is_same = report == NULL || strcmp(report->seen.office->org.text, j->office->org.text) == 0;
    return is_same ? SMK_REASON_DUTIES : SMK_REASON_COUNTS;
}

static enum smk_reason guard_not_answerer(const struct judged *j)
{
    struct fold_search s = smk_fold_search(j->act->doc, "audit_note", "answer");
    const struct fold_entry *answer;
    while ((answer = smk_fold_search_next(j->m, &s)) != NULL)
        if (is_same_office(j, answer))
            return SMK_REASON_DUTIES;
    return SMK_REASON_COUNTS;
}

/* Every edit that it has seen is by its own organisation, and so is every act about the document, or that names it. */
static enum smk_reason guard_own_work(const struct judged *j)
{
    struct fold_search s = smk_fold_search(j->act->doc, NULL, NULL);
    const struct fold_entry *e;
    for (size_t i = 0; j->doc != NULL && i < j->doc->seen.edit_count; i++)
        if ((e = seen_edit(j, i)) != NULL && strcmp(e->seen.log->org.text, j->office->org.text) != 0)
            return SMK_REASON_BUILT_ON;
    while ((e = smk_fold_search_next(j->m, &s)) != NULL)
        if (strcmp(e->seen.log->org.text, j->office->org.text) != 0)
            return SMK_REASON_BUILT_ON;
    return SMK_REASON_COUNTS;
}

/* ---- meetings ---- */

/* The last act that says the meeting was held or closed: its text says what meeting it was. */
static const struct fold_entry *was_held(const struct judged *j, const uint8_t *meeting, bool must_be_closed)
{
    const struct fold_entry *e = NULL;
    if (smk_fold_done_before(j->m, meeting, "meeting", "cancel", NULL) != NULL)
        return NULL;
    e = smk_fold_done_before(j->m, meeting, "meeting", "close", NULL);
    if (e == NULL && !must_be_closed)
        e = smk_fold_done_before(j->m, meeting, "meeting", "record_minutes", NULL);
    return e;
}

static struct smk_bytes meeting_value(const struct judged *j, const struct fold_entry *held,
                                      const char *field)
{
    return smk_fold_value_in(j->m->f, held->doc, held->seen.act.text, field);
}

static enum smk_reason guard_joint_meeting(const struct judged *j)
{
    struct smk_bytes id = id_of(value_of(j, "negotiated_at"));
    const struct fold_entry *closed = id.len > 0 ? was_held(j, id.data, true) : NULL;
    bool is_joint = closed != NULL && smk_scope_is_equal(&closed->seen.log->scope, j->scope) &&
                    smk_span_is_text(meeting_value(j, closed, "kind"), "joint_consultation");
    return is_joint ? SMK_REASON_COUNTS : SMK_REASON_PREREQUISITE;
}

static enum smk_reason guard_provincial_meeting(const struct judged *j)
{
    struct smk_bytes id = id_of(field_of(j, "meeting"));
    const struct fold_entry *held = id.len > 0 ? was_held(j, id.data, false) : NULL;
    if (held == NULL || !smk_span_is_text(meeting_value(j, held, "level"), "province"))
        return SMK_REASON_PREREQUISITE;
    struct smk_bytes area = smk_span_str(meeting_value(j, held, "area"));
    bool is_there = area.len == 2 && j->act->area.len >= 2 && memcmp(area.data, j->act->area.data, 2) == 0;
    return is_there ? SMK_REASON_COUNTS : SMK_REASON_PREREQUISITE;
}

static enum smk_reason guard_national_workshop(const struct judged *j)
{
    struct smk_bytes id = id_of(field_of(j, "meeting"));
    const struct fold_entry *held = id.len > 0 ? was_held(j, id.data, false) : NULL;
    bool is_national = held != NULL && smk_span_is_text(meeting_value(j, held, "level"), "national");
    return is_national ? SMK_REASON_COUNTS : SMK_REASON_PREREQUISITE;
}

/* ---- ranks ---- */

static bool names(const struct fold_entry *e, const char *field, struct smk_bytes id)
{
    struct smk_span_iter it = smk_span_each(smk_span_find(e->seen.act.fields, field));
    struct smk_bytes item;
    while (smk_span_next(&it, NULL, &item))
        if (smk_bytes_is_equal(smk_span_bin(item), id))
            return true;
    return false;
}

static enum smk_reason guard_presented(const struct judged *j)
{
    bool is_national = strcmp(j->rule->act, "prioritise_national") == 0;
    struct fold_search s =
        smk_fold_search(j->act->doc, "joint_list", is_national ? "present_national" : "present_provincial");
    const struct fold_entry *e;
    while ((e = smk_fold_search_next(j->m, &s)) != NULL) {
        bool is_same_area = is_national || smk_bytes_is_equal(e->seen.act.area, j->act->area);
        if (is_same_area && names(e, "recommendations", SMK_BYTES(j->act->doc)) &&
            smk_bytes_is_equal(smk_span_find(e->seen.act.fields, "meeting"), field_of(j, "meeting")))
            return SMK_REASON_COUNTS;
    }
    return SMK_REASON_PREREQUISITE;
}

/* Another recommendation with this rank. (The same one again: see judge_ranked.) */
static enum smk_reason guard_rank(const struct judged *j)
{
    struct fold_search s = {.kind = "recommendation", .act = j->rule->act};
    const struct fold_entry *e;
    smk_fold_rank_topic(j->act, s.topic);
    while ((e = smk_fold_search_next(j->m, &s)) != NULL)
        if (smk_bytes_is_equal(smk_span_find(e->seen.act.fields, "rank"), field_of(j, "rank")) &&
            smk_bytes_is_equal(smk_span_find(e->seen.act.fields, "meeting"), field_of(j, "meeting")))
            return SMK_REASON_RANK;
    return SMK_REASON_COUNTS;
}

/* ---- all of them ---- */

typedef enum smk_reason guard_fn(const struct judged *j);

/* Those of edits are not here: smk_fold_judge_text; nor the version: it comes before (fold_act.c). */
static guard_fn *const guards[SMK_GUARD_COUNT] = {
    [SMK_GUARD_TALLY] = guard_tally,
    [SMK_GUARD_CONSENT] = guard_consent,
    [SMK_GUARD_REASON] = guard_reason,
    [SMK_GUARD_NOT_AUTHOR] = guard_not_author,
    [SMK_GUARD_DATE] = guard_date,
    [SMK_GUARD_PARTICIPANTS_BOTH] = guard_participants_both,
    [SMK_GUARD_PARTICIPANTS] = guard_participants,
    [SMK_GUARD_MINUTES] = guard_minutes,
    [SMK_GUARD_CASE_STUDY] = guard_case_study,
    [SMK_GUARD_JOINT_MEETING] = guard_joint_meeting,
    [SMK_GUARD_ONE_ITEM] = guard_one_item,
    [SMK_GUARD_PAGE] = guard_page,
    [SMK_GUARD_TWO] = guard_two,
    [SMK_GUARD_PROVINCIAL_MEETING] = guard_provincial_meeting,
    [SMK_GUARD_NATIONAL_WORKSHOP] = guard_national_workshop,
    [SMK_GUARD_PRESENTED] = guard_presented,
    [SMK_GUARD_RANK] = guard_rank,
    [SMK_GUARD_ITEMS] = guard_items,
    [SMK_GUARD_ITEM_REASONS] = guard_item_reasons,
    [SMK_GUARD_PERCENT] = guard_percent,
    [SMK_GUARD_DONE] = guard_done,
    [SMK_GUARD_NOTE] = guard_note,
    [SMK_GUARD_NOT_REPORTER] = guard_not_reporter,
    [SMK_GUARD_OTHER_ORGANISATION] = guard_other_organisation,
    [SMK_GUARD_GRANTEE] = guard_grantee,
    [SMK_GUARD_FINAL_REPORT] = guard_final_report,
    [SMK_GUARD_NOT_ANSWERER] = guard_not_answerer,
    [SMK_GUARD_OWN_WORK] = guard_own_work,
};

/* ---- prerequisite and state ---- */

/* What is ranked must have been presented; and it is ranked once at a meeting. */
static enum smk_reason judge_ranked(const struct judged *j)
{
    struct fold_search s = smk_fold_search(j->act->doc, "recommendation", j->rule->act);
    const struct fold_entry *e;
    if (guard_presented(j) != SMK_REASON_COUNTS)
        return SMK_REASON_PREREQUISITE;
    while ((e = smk_fold_search_next(j->m, &s)) != NULL)
        if (smk_bytes_is_equal(smk_span_find(e->seen.act.fields, "meeting"), field_of(j, "meeting")))
            return SMK_REASON_STATE;
    return SMK_REASON_COUNTS;
}

/* A verdict is about the newest report. */
static enum smk_reason judge_verdict(const struct judged *j)
{
    const struct fold_entry *newest = smk_fold_newest_report(j->m, j->act->doc), *named = named_report(j);
    if (named == NULL)
        return SMK_REASON_PREREQUISITE;
    enum smk_reason reason =
        smk_fold_judge_state(j->rule, smk_fold_stood(j->m, j->act->kind, j->act->doc, NULL));
    return reason == SMK_REASON_COUNTS && named != newest ? SMK_REASON_STATE : reason;
}

/* A sub-grant is closed once, after its award. */
static enum smk_reason judge_subgrant(const struct judged *j)
{
    struct smk_bytes grant = id_of(field_of(j, "subgrant"));
    struct fold_search award = smk_fold_search(j->act->doc, "project", "award");
    struct fold_search close = smk_fold_search(j->act->doc, "project", "close");
    const struct fold_entry *e;
    bool is_awarded = false;
    while (!is_awarded && (e = smk_fold_search_next(j->m, &award)) != NULL)
        is_awarded = smk_bytes_is_equal(grant, SMK_BYTES(e->seen.act.id));
    if (!is_awarded)
        return SMK_REASON_PREREQUISITE;
    while ((e = smk_fold_search_next(j->m, &close)) != NULL)
        if (smk_bytes_is_equal(grant, id_of(smk_span_find(e->seen.act.fields, "subgrant"))))
            return SMK_REASON_STATE;
    return SMK_REASON_COUNTS;
}

static enum smk_reason judge_before(const struct judged *j)
{
    const char *act = j->rule->act;
    if (smk_fold_done_before(j->m, j->act->doc, j->rule->kind, "withdraw", j->act->about) != NULL)
        return SMK_REASON_STATE;
    if (strncmp(act, "present_", 8) == 0)
        return smk_fold_shows_endorsement(j->m->f, j->act) ? SMK_REASON_COUNTS : SMK_REASON_PREREQUISITE;
    if (strncmp(act, "prioritise_", 11) == 0)
        return judge_ranked(j);
    if (strcmp(act, "verify_progress") == 0 || strcmp(act, "dispute_progress") == 0)
        return judge_verdict(j);
    if (strcmp(j->rule->kind, "project") == 0 && strcmp(act, "close") == 0)
        return judge_subgrant(j);
    return smk_fold_judge_state(j->rule, smk_fold_stood(j->m, j->act->kind, j->act->doc, j->act->about));
}

enum smk_reason smk_fold_judge_guards(const struct fold_moment *m, const struct smk_policy_rule *rule,
                                      const struct smk_act *act, const struct smk_scope *scope,
                                      const struct smk_office *office, const struct fold_entry *e)
{
    struct judged j = {.m = m, .rule = rule, .act = act, .scope = scope, .office = office, .e = e};
    if (!rule->is_wider)
        j.doc = smk_fold_doc_of(m->f, act->kind, act->doc, scope);
    enum smk_reason reason = judge_before(&j);
    for (size_t i = 0; reason == SMK_REASON_COUNTS && i < SMK_POLICY_GUARDS_MAX; i++)
        if (guards[rule->guard[i]] != NULL)
            reason = guards[rule->guard[i]](&j);
    return reason;
}
