#include "tools/coalition_result.h"
#include "tools/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_WIDTH = 12, CELL_WIDTH = 17 };

/* ---- what each node knows ---- */

/* The number at "case_studies.count"; 0 when there is none. */
static int64_t number_at(const json_t *object, const char *path)
{
    char key[64];
    const char *dot;
    while ((dot = strchr(path, '.')) != NULL) {
        (void)snprintf(key, sizeof key, "%.*s", (int)(dot - path), path);
        object = json_object_get(object, key);
        path = dot + 1;
    }
    return (int64_t)json_integer_value(json_object_get(object, path));
}

static int64_t priorities_of(const json_t *tables)
{
    const json_t *value = json_object_get(tables, "priorities");
    if (json_is_integer(value))
        return (int64_t)json_integer_value(value);
    return number_at(tables, "priorities.province") + number_at(tables, "priorities.national");
}

static void tell_totals(const struct smk_run *run, const json_t *nodes)
{
    (void)printf("\nWhat each node counts in its own store\n");
    (void)printf("%-*s %10s %8s %12s %6s %6s %6s %13s %7s %9s %11s\n", NAME_WIDTH, "node", "interviews",
                 "studies", "respondents", "women", "lists", "recs", "endorsements", "signed", "attested",
                 "priorities");
    for (size_t i = 0; i < run->plan.node_count; i++) {
        const json_t *t = json_object_get(json_object_get(nodes, smk_run_name(run, i)), "tables");
        (void)printf("%-*s %10" PRId64 " %8" PRId64 " %12" PRId64 " %6" PRId64 " %6" PRId64 " %6" PRId64
                     " %13" PRId64 " %7" PRId64 " %9" PRId64 " %11" PRId64 "\n",
                     NAME_WIDTH, smk_run_name(run, i), number_at(t, "interview_rows"),
                     number_at(t, "case_studies.count"), number_at(t, "case_studies.respondents"),
                     number_at(t, "case_studies.female"), number_at(t, "lists"),
                     number_at(t, "recommendations"), number_at(t, "endorsements.count"),
                     number_at(t, "endorsements.signed"), number_at(t, "endorsements.attested"),
                     priorities_of(t));
    }
}

/* ---- who holds the same ---- */

static bool is_between(const json_t *pair, const char *a, const char *b)
{
    const char *of_a = json_string_value(json_object_get(pair, "a"));
    const char *of_b = json_string_value(json_object_get(pair, "b"));
    return (strcmp(of_a, a) == 0 && strcmp(of_b, b) == 0) || (strcmp(of_a, b) == 0 && strcmp(of_b, a) == 0);
}

static void count_pair(const json_t *pairs, const char *a, const char *b, size_t *ret_same,
                       size_t *ret_unequal)
{
    *ret_same = *ret_unequal = 0;
    for (size_t i = 0; i < json_array_size(pairs); i++) {
        const json_t *pair = json_array_get(pairs, i);
        if (is_between(pair, a, b))
            *(json_is_true(json_object_get(pair, "same")) ? ret_same : ret_unequal) += 1;
    }
}

static void tell_matrix(const struct smk_run *run, const json_t *pairs)
{
    (void)printf(
        "\nDo two nodes hold the same, in every scope that both hold? (in brackets: how many scopes)\n%-*s",
        NAME_WIDTH, "");
    for (size_t b = 0; b + 1 < run->plan.node_count; b++)
        (void)printf(" %-*s", b + 2 < run->plan.node_count ? CELL_WIDTH : 0, smk_run_name(run, b));
    for (size_t a = 1; a < run->plan.node_count; a++) {
        (void)printf("\n%-*s", NAME_WIDTH, smk_run_name(run, a));
        for (size_t b = 0; b < a; b++) {
            char cell[40];
            size_t same, unequal;
            count_pair(pairs, smk_run_name(run, a), smk_run_name(run, b), &same, &unequal);
            (void)snprintf(cell, sizeof cell, unequal > 0 ? "not the same (%zu)" : "same (%zu)",
                           unequal > 0 ? unequal : same);
            (void)printf(" %-*s", b + 1 < a ? CELL_WIDTH : 0, cell);
        }
    }
    (void)printf("\n");
    for (size_t i = 0; i < json_array_size(pairs); i++) {
        const json_t *pair = json_array_get(pairs, i);
        if (!json_is_true(json_object_get(pair, "same")))
            (void)printf("not the same: %s and %s in %s\n", json_string_value(json_object_get(pair, "a")),
                         json_string_value(json_object_get(pair, "b")),
                         json_string_value(json_object_get(pair, "scope")));
    }
}

/* ---- is it whole ---- */

static void tell_audits(const struct smk_run *run, const json_t *nodes)
{
    (void)printf("\nAudit of each node's own store\n");
    for (size_t i = 0; i < run->plan.node_count; i++) {
        const json_t *audit = json_object_get(json_object_get(nodes, smk_run_name(run, i)), "audit");
        const json_t *findings = json_object_get(audit, "findings");
        (void)printf("%-*s %6" PRId64 " records %4" PRId64 " logs %6" PRId64 " good signatures   %s\n",
                     NAME_WIDTH, smk_run_name(run, i), number_at(audit, "records"), number_at(audit, "logs"),
                     number_at(audit, "signatures_good"),
                     json_is_true(json_object_get(audit, "clean")) ? "nothing found" : "NOT CLEAN");
        for (size_t j = 0; j < json_array_size(findings); j++) {
            char *text = json_dumps(json_array_get(findings, j), JSON_COMPACT);
            struct smk_shown shown;
            if (text != NULL)
                (void)printf("%-*s   %s\n", NAME_WIDTH, "", smk_text_shown(text, &shown));
            free(text);
        }
    }
}

static void tell_damage(const json_t *damage)
{
    if (!json_is_object(damage))
        return;
    (void)printf("\nA copy of the store of %s, with one byte of one record changed (at %" PRId64 ")\n",
                 json_string_value(json_object_get(damage, "node")), number_at(damage, "offset"));
    if (json_is_true(json_object_get(damage, "named")))
        (void)printf("the audit names that record: %s\n",
                     json_string_value(json_object_get(damage, "record")));
    else
        (void)printf("NOT FOUND: the audit does not name record %s\n",
                     json_string_value(json_object_get(damage, "record")));
}

/* ---- sessions ---- */

static void tell_sessions(const json_t *sessions)
{
    uint64_t agreed = 0, most = 0, all_bytes = 0, shakes = 0;
    for (size_t i = 0; i < json_array_size(sessions); i++) {
        const json_t *session = json_array_get(sessions, i);
        uint64_t bytes = (uint64_t)(number_at(session, "bytes_up") + number_at(session, "bytes_down"));
        all_bytes += bytes;
        if (!json_is_true(json_object_get(session, "agreed_before")))
            continue;
        agreed++;
        if (bytes > most) {
            most = bytes;
            shakes = (uint64_t)number_at(session, "handshake_bytes");
        }
    }
    (void)printf("\n%zu sessions moved %" PRIu64 " bytes in all.", json_array_size(sessions), all_bytes);
    if (agreed > 0)
        (void)printf(" In %" PRIu64 " of them the two nodes held the same already: at most %" PRIu64
                     " bytes both ways, %" PRIu64 " of them handshake.",
                     agreed, most, shakes);
    (void)printf("\n");
}

static const char *shown_text(const json_t *item, const char *key, struct smk_shown *ret_shown)
{
    const char *text = json_string_value(json_object_get(item, key));
    return smk_text_shown(text != NULL ? text : "", ret_shown);
}

static void tell_waiting(const struct smk_run *run, const json_t *nodes)
{
    for (size_t i = 0; i < run->plan.node_count; i++) {
        const json_t *list = json_object_get(json_object_get(nodes, smk_run_name(run, i)), "left_waiting");
        for (size_t j = 0; j < json_array_size(list); j++) {
            const json_t *item = json_array_get(list, j);
            struct smk_shown ref, what;
            (void)printf("still waiting at %s: %s (%s)\n", smk_run_name(run, i),
                         shown_text(item, "ref", &ref), shown_text(item, "for", &what));
        }
    }
}

/* True when an earlier node has refused the same. */
static bool is_told(const struct smk_run *run, const json_t *nodes, size_t before, const json_t *item)
{
    for (size_t i = 0; i < before; i++) {
        const json_t *list = json_object_get(json_object_get(nodes, smk_run_name(run, i)), "refused");
        for (size_t j = 0; j < json_array_size(list); j++)
            if (json_equal(json_array_get(list, j), item) == 1)
                return true;
    }
    return false;
}

static void tell_refused(const struct smk_run *run, const json_t *nodes)
{
    for (size_t i = 0; i < run->plan.node_count; i++) {
        const json_t *list = json_object_get(json_object_get(nodes, smk_run_name(run, i)), "refused");
        for (size_t j = 0; j < json_array_size(list); j++) {
            const json_t *item = json_array_get(list, j);
            struct smk_shown file, ref, field, why, reason;
            if (is_told(run, nodes, i, item))
                continue;
            (void)printf("refused at %s: %s", smk_run_name(run, i), shown_text(item, "file", &file));
            if (shown_text(item, "ref", &ref)[0] != '\0')
                (void)printf(", %s", ref.text);
            if (shown_text(item, "field", &field)[0] != '\0')
                (void)printf(", field %s", field.text);
            (void)printf(": %s (%s)\n", shown_text(item, "why", &why), shown_text(item, "reason", &reason));
        }
    }
}

void smk_result_tell(const struct smk_run *run, const json_t *result)
{
    const json_t *nodes = json_object_get(result, "nodes");
    tell_totals(run, nodes);
    tell_matrix(run, json_object_get(result, "pairs"));
    tell_audits(run, nodes);
    tell_damage(json_object_get(result, "damaged_copy"));
    tell_sessions(json_object_get(result, "sessions"));
    if (run->story.has_live)
        (void)printf("A record of %s was at %s %" PRIu64 " ms after it was written, with no new session.\n",
                     smk_run_name(run, 0), smk_run_name(run, run->story.live_at), run->story.live_ms);
    tell_waiting(run, nodes);
    tell_refused(run, nodes);
    (void)printf("\n%s\n", json_is_true(json_object_get(result, "good"))
                               ? "Every node agrees, every audit is clean, the changed copy was found out."
                               : "Not everything is as it should be (see above).");
    (void)printf("All figures: %s/result.json; the homes of the nodes stand beside it.\n", run->shown_dir);
    (void)fflush(stdout);
}
