/* samaki totals: the tables, of what counts. */
#include "tools/doc_query.h"
#include "tools/text.h"
#include "tools/totals_cells.h"

#include "proto/mem.h"

#include <string.h>

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* ---- JSON ---- */

/* null: not one of them is known. */
static json_t *known_number(bool is_known, uint64_t value)
{
    return is_known ? number(value) : json_null();
}

static void set_tally(json_t *object, const struct smk_tally_sum *sum, const char *total, const char *female)
{
    (void)json_object_set_new(object, "count", number(sum->count));
    (void)json_object_set_new(object, total, known_number(sum->known > 0 || sum->count == 0, sum->total));
    (void)json_object_set_new(
        object, female,
        known_number(sum->with_sex > 0 || (sum->total == 0 && sum->known == sum->count), sum->female));
    (void)json_object_set_new(object, "with_sex_recorded", number(sum->with_sex));
    (void)json_object_set_new(object, "unknown", number(sum->count - sum->known));
}

static json_t *row_json(const struct smk_totals_row *row)
{
    json_t *object = json_object();
    set_tally(object, &row->sum, "total", "female");
    return object;
}

/* The rows of one table: NAME -> sums. */
static json_t *table_json(const struct smk_totals *t, const char *table)
{
    json_t *object = json_object();
    for (size_t i = 0; i < t->row_count; i++)
        if (strcmp(t->row[i].table, table) == 0)
            (void)json_object_set_new(object, t->row[i].name, row_json(&t->row[i]));
    return object;
}

/* Every table whose name begins with PREFIX. as a member of object. */
static void set_tables(json_t *object, const struct smk_totals *t, const char *prefix)
{
    size_t len = strlen(prefix);
    for (size_t i = 0; i < t->row_count; i++) {
        const char *table = t->row[i].table;
        if (strncmp(table, prefix, len) == 0 && table[len] == '.' &&
            json_object_get(object, table + len + 1) == NULL)
            (void)json_object_set_new(object, table + len + 1, table_json(t, table));
    }
}

static json_t *status_json(const struct smk_totals *t)
{
    json_t *object = json_object();
    for (size_t i = 0; i < t->row_count; i++)
        if (strcmp(t->row[i].table, "status") == 0)
            (void)json_object_set_new(object, t->row[i].name, number(t->row[i].sum.count));
    return object;
}

static json_t *agreed_json(const struct smk_agreed *agreed)
{
    return json_pack("{s:o, s:o, s:o}", "count", number(agreed->count), "signed",
                     number(agreed->by_signature), "attested", number(agreed->by_attestation));
}

static json_t *words_json(const char *const *word, const uint64_t *count, size_t words)
{
    json_t *object = json_object();
    for (size_t i = 0; i < words; i++)
        (void)json_object_set_new(object, word[i], number(count[i]));
    return object;
}

static json_t *totals_json(const struct smk_totals *t)
{
    json_t *studies = json_object(), *meetings = json_object(), *events = json_object();
    json_t *acceptances = agreed_json(&t->acceptances), *tables = json_object();
    set_tally(studies, &t->respondents, "respondents", "female");
    set_tables(studies, t, "respondents");
    set_tally(meetings, &t->meetings, "participants", "female");
    set_tables(meetings, t, "meetings");
    set_tally(events, &t->events, "participants", "female");
    set_tables(events, t, "events");
    (void)json_object_set_new(acceptances, "decisions",
                              words_json(smk_decision_word, t->decision, SMK_DECISION_WORDS));
    (void)json_object_set_new(tables, "interview_rows", number(t->interview_rows));
    (void)json_object_set_new(tables, "interviews_by_org", table_json(t, "interviews.by_org"));
    (void)json_object_set_new(tables, "case_studies", studies);
    (void)json_object_set_new(tables, "lists", number(t->lists));
    (void)json_object_set_new(tables, "recommendations", number(t->recommendations));
    (void)json_object_set_new(tables, "recommendations_by_district",
                              table_json(t, "recommendations.by_district"));
    (void)json_object_set_new(tables, "endorsements", agreed_json(&t->endorsements));
    (void)json_object_set_new(tables, "presentations",
                              json_pack("{s:o, s:o}", "province", number(t->presentations_province),
                                        "national", number(t->presentations_national)));
    (void)json_object_set_new(tables, "priorities",
                              json_pack("{s:o, s:o}", "province", number(t->priorities_province), "national",
                                        number(t->priorities_national)));
    (void)json_object_set_new(tables, "acceptances", acceptances);
    (void)json_object_set_new(tables, "follow_ups", number(t->follow_ups));
    (void)json_object_set_new(tables, "latest_status",
                              words_json(smk_progress_word, t->progress, SMK_PROGRESS_WORDS));
    (void)json_object_set_new(tables, "verifications", number(t->verified + t->disputed));
    (void)json_object_set_new(tables, "verified", number(t->verified));
    (void)json_object_set_new(tables, "disputed", number(t->disputed));
    (void)json_object_set_new(tables, "meetings", meetings);
    (void)json_object_set_new(tables, "events", number(t->events.count));
    (void)json_object_set_new(tables, "event_participants", events);
    (void)json_object_set_new(tables, "projects", number(t->projects));
    (void)json_object_set_new(tables, "subgrants", number(t->subgrants));
    (void)json_object_set_new(tables, "attachments", number(t->attachments));
    (void)json_object_set_new(tables, "status", status_json(t));
    (void)json_object_set_new(tables, "not_counting", number(t->not_counting));
    (void)json_object_set_new(tables, "respondents", smk_cells_json(t));
    return json_pack("{s:o}", "tables", tables);
}

/* ---- for people ---- */

static void say(struct smk_cli *cli, const char *what, uint64_t count, const char *more)
{
    smk_cli_say(cli, "%-18s %7llu%s%s", what, (unsigned long long)count, more[0] != '\0' ? "   " : "", more);
}

/* "34 women (70 of 70 with sex recorded)": what is unknown is not zero. */
static int write_women(char *to, size_t room, const struct smk_tally_sum *sum)
{
    if (sum->with_sex == 0)
        return snprintf(to, room, "sex not recorded");
    return snprintf(to, room, "%llu women (%llu of %llu with sex recorded)", (unsigned long long)sum->female,
                    (unsigned long long)sum->with_sex, (unsigned long long)sum->total);
}

static void say_tally(struct smk_cli *cli, const char *what, const struct smk_tally_sum *sum,
                      const char *persons)
{
    char women[128], known[256] = "", unknown[128] = "", more[400];
    (void)write_women(women, sizeof women, sum);
    if (sum->known > 0)
        (void)snprintf(known, sizeof known, "%llu %s, %s", (unsigned long long)sum->total, persons, women);
    if (sum->count > sum->known)
        (void)snprintf(unknown, sizeof unknown, "%s%llu of %llu without a number of %s",
                       sum->known > 0 ? "; " : "", (unsigned long long)(sum->count - sum->known),
                       (unsigned long long)sum->count, persons);
    (void)snprintf(more, sizeof more, "%s%s", known, unknown);
    say(cli, what, sum->count, more);
}

static void say_row(struct smk_cli *cli, const struct smk_totals_row *row)
{
    char women[128];
    (void)write_women(women, sizeof women, &row->sum);
    smk_cli_say(cli, "  %-30s %7llu  %s", row->name, (unsigned long long)row->sum.total, women);
}

static void say_rows(struct smk_cli *cli, const struct smk_totals *t)
{
    for (size_t i = 0; i < t->row_count; i++) {
        const struct smk_totals_row *row = &t->row[i];
        bool is_first = i == 0 || strcmp(t->row[i - 1].table, row->table) != 0;
        if (strcmp(row->table, "cells") == 0)
            continue;
        if (is_first)
            smk_cli_say(cli, "\n%s", row->table);
        bool is_plain =
            strcmp(row->table, "status") == 0 || strcmp(row->table, "recommendations.by_district") == 0;
        uint64_t plain = row->sum.known > 0 ? row->sum.total : row->sum.count;
        if (is_plain)
            smk_cli_say(cli, "  %-30s %7llu", row->name, (unsigned long long)plain);
        else
            say_row(cli, row);
    }
}

static void say_words(struct smk_cli *cli, const char *const *word, const uint64_t *count, size_t words)
{
    for (size_t i = 0; i < words; i++)
        if (count[i] > 0)
            smk_cli_say(cli, "  %-30s %7llu", word[i], (unsigned long long)count[i]);
}

static void say_totals(struct smk_cli *cli, const struct smk_totals *t)
{
    char more[128];
    say(cli, "interviews", t->interview_rows,
        t->interview_rows > 0 ? "rows of the organisations whose scope is here" : "");
    say_tally(cli, "case studies", &t->respondents, "respondents");
    say_tally(cli, "meetings", &t->meetings, "participants");
    say(cli, "joint lists", t->lists, "");
    say(cli, "recommendations", t->recommendations, "");
    (void)snprintf(more, sizeof more, "%llu signed, %llu attested",
                   (unsigned long long)t->endorsements.by_signature,
                   (unsigned long long)t->endorsements.by_attestation);
    say(cli, "endorsements", t->endorsements.count, more);
    (void)snprintf(more, sizeof more, "%llu in the province, %llu national",
                   (unsigned long long)t->presentations_province,
                   (unsigned long long)t->presentations_national);
    say(cli, "presentations", t->presentations_province + t->presentations_national, more);
    (void)snprintf(more, sizeof more, "%llu in the province, %llu national",
                   (unsigned long long)t->priorities_province, (unsigned long long)t->priorities_national);
    say(cli, "priorities", t->priorities_province + t->priorities_national, more);
    (void)snprintf(more, sizeof more, "%llu signed, %llu attested",
                   (unsigned long long)t->acceptances.by_signature,
                   (unsigned long long)t->acceptances.by_attestation);
    say(cli, "acceptances", t->acceptances.count, more);
    say_words(cli, smk_decision_word, t->decision, SMK_DECISION_WORDS);
    say(cli, "follow-ups", t->follow_ups, "recommendations by their newest report:");
    say_words(cli, smk_progress_word, t->progress, SMK_PROGRESS_WORDS);
    (void)snprintf(more, sizeof more, "%llu verified, %llu disputed", (unsigned long long)t->verified,
                   (unsigned long long)t->disputed);
    say(cli, "verifications", t->verified + t->disputed, more);
    say_tally(cli, "events", &t->events, "participants");
    (void)snprintf(more, sizeof more, "%llu sub-grants", (unsigned long long)t->subgrants);
    say(cli, "projects", t->projects, more);
    say(cli, "attachments", t->attachments, "");
    say_rows(cli, t);
    if (t->not_counting > 0)
        smk_cli_say(cli, "\n%llu edits and acts are here and do not count; 'samaki show' says why.",
                    (unsigned long long)t->not_counting);
}

enum smk_exit smk_cmd_totals(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    SMK_CLEANUP(smk_index_drop) struct smk_index *index = NULL;
    SMK_CLEANUP(smk_totals_deinit) struct smk_totals totals = {0};
    struct smk_arg cells = {.name = "--cells"};
    size_t words = 0;
    if (!smk_args_read(cli, argc, argv, &cells, 1, NULL, 0, &words))
        return SMK_EXIT_USAGE;
    enum smk_exit code = smk_cli_open(cli, false, &home);
    if (code == SMK_EXIT_DONE)
        code = smk_index_load(cli, &home, &index);
    if (code != SMK_EXIT_DONE)
        return code;
    enum smk_err err = smk_index_totals(index, &totals);
    if (err != SMK_OK)
        return smk_cli_fail_err(cli, err, "summing up");
    if (cli->is_json)
        smk_cli_json(cli, totals_json(&totals));
    else
        say_totals(cli, &totals);
    smk_cells_say(cli, &totals, cells.count > 0);
    return SMK_EXIT_DONE;
}
