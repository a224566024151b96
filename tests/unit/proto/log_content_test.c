#include "proto/log.h"

#include "proto/hash.h"
#include "tests/support/builders.h"
#include "tests/support/notation.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(log_content, .init = start_crypto);

static void expect(struct test_log *s, size_t from, enum smk_err err, size_t taken, const char *why)
{
    enum smk_err got = test_log_take(s, from);
    cr_assert(eq(int, got, err), "%s: %s instead of %s", why, smk_err_name(got), smk_err_name(err));
    cr_assert(eq(sz, s->taken, taken), "%s", why);
    cr_assert(eq(u64, s->log.seq, from + taken), "%s", why);
    cr_assert(eq(u64, s->log.tree.size, from + taken), "%s", why);
    if (taken > 0)
        cr_assert(eq(int, memcmp(s->log.id, s->run.record[from + taken - 1].id, SMK_ID_BYTES), 0), "%s", why);
    for (size_t i = taken; i < s->run.count - from; i++)
        cr_assert(not(s->is_bad[i]), "%s: %zu", why, i);
}

/* ---- the open ---- */

static void push_open(struct test_log *s, const uint8_t *under, size_t count)
{
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_header h = test_run_next(&s->run, SMK_RECORD_OPEN);
    smk_open_encode((const uint8_t(*)[SMK_HASH_BYTES])under, count, NULL, 0, "test", &payload);
    test_run_push(&s->run, &h, smk_buf_view(&payload));
    smk_buf_deinit(&payload);
}

Test(log_content, open_names_a_device_decision_of_its_author)
{
    static const uint8_t unknown[SMK_HASH_BYTES] = {1};
    struct test_log *s = test_log_new("pub");
    uint8_t organisation[SMK_HASH_BYTES];
    struct smk_roster *r = s->world.coalition.roster;
    struct smk_bytes slug = smk_bytes_of_text("ctod");
    cr_assert(eq(sz, smk_roster_in_force(r, SMK_DECIDE_ORGANISATION, slug, &organisation, 1), 1));
    const struct {
        const uint8_t *under;
        size_t count;
        enum smk_err err;
        const char *why;
    } row[] = {
        {NULL, 0, SMK_ERR_BAD_OPEN, "none"},
        {unknown, 1, SMK_ERR_UNKNOWN_AUTHOR, "one that has not arrived"},
        {s->world.sec.decision, 1, SMK_ERR_BAD_OPEN, "one about another device"},
        {organisation, 1, SMK_ERR_BAD_OPEN, "one about an organisation"},
        {s->world.ctod.decision, 1, SMK_OK, "its own"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        test_run_deinit(&s->run);
        push_open(s, row[i].under, row[i].count);
        expect(s, 0, row[i].err, row[i].err == SMK_OK ? 1 : 0, row[i].why);
    }
    test_log_free(s);
}

Test(log_content, open_may_name_a_decision_that_was_replaced_since)
{
    struct test_log *s = test_log_new("pub");
    uint8_t hash[SMK_HASH_BYTES];
    struct smk_decision d = test_device(&s->world.ctod, "ctod", "");
    test_replace(&d, s->world.ctod.decision);
    test_decide(&s->world.coalition, &d, hash);
    test_run_fill(&s->run, 2);
    expect(s, 0, SMK_OK, 2, "replaced");
    test_log_free(s);
}

Test(log_content, begins_with_an_open_that_has_its_payload)
{
    struct test_log *s = test_log_new("pub");
    test_run_edit(&s->run, 1);
    expect(s, 0, SMK_ERR_BAD_OPEN, 0, "an edit first");
    test_run_deinit(&s->run);
    test_run_fill(&s->run, 2);
    test_run_drop_payload(&s->run, 0);
    expect(s, 0, SMK_ERR_BAD_OPEN, 0, "an open without payload");
    test_run_deinit(&s->run);
    struct smk_header h = test_run_next(&s->run, SMK_RECORD_OPEN);
    h.codec = 1;
    h.has_key_id = true;
    test_run_push(&s->run, &h, smk_bytes_of_text("sealed"));
    expect(s, 0, SMK_ERR_BAD_OPEN, 0, "an open that is encrypted");
    test_log_free(s);
}

/* ---- signatures ---- */

/* Letters: e edit, E edit with a bad signature, a act, A act with a bad signature, u type 150, U the same with a bad
 * signature, t edit whose time does not rise. */
static void push_letters(struct test_run *run, const char *letters)
{
    for (const char *c = letters; *c != '\0'; c++) {
        if (*c == 'e' || *c == 'E')
            test_run_edit(run, 1);
        else if (*c == 'a' || *c == 'A')
            test_run_record(run, SMK_RECORD_ACT);
        else if (*c == 'u' || *c == 'U')
            test_run_record(run, 150);
        if (*c == 'E' || *c == 'A' || *c == 'U')
            test_run_spoil_signature(run);
        if (*c != 't')
            continue;
        struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
        struct smk_header h = test_run_next(run, SMK_RECORD_EDIT);
        h.time = 0;
        test_edit_payload(&payload, 1, 1);
        test_run_push(run, &h, smk_buf_view(&payload));
        smk_buf_deinit(&payload);
    }
}

Test(log_content, a_run_is_taken_up_to_its_last_good_signature)
{
    static const struct {
        const char *letters; /* after the open */
        enum smk_err err;
        size_t taken; /* with the open */
        uint64_t bad, verified;
    } row[] = {
        {"eee", SMK_OK, 4, 0, 4},
        {"Eee", SMK_OK, 4, 1, 1},
        {"EEe", SMK_OK, 4, 2, 1},
        {"eEe", SMK_OK, 4, 1, 2},
        {"eUe", SMK_OK, 4, 1, 2},
        {"eEa", SMK_OK, 4, 1, 2},
        {"eEu", SMK_OK, 4, 1, 2},
        {"E", SMK_ERR_NOT_COVERED, 1, 0, 1},
        {"eeE", SMK_ERR_NOT_COVERED, 3, 0, 3},
        {"eEE", SMK_ERR_NOT_COVERED, 2, 0, 2},
        {"EeE", SMK_ERR_NOT_COVERED, 3, 1, 1},
        {"eU", SMK_ERR_NOT_COVERED, 2, 0, 2},
        {"A", SMK_ERR_BAD_SIGNATURE, 1, 0, 1},
        {"Ae", SMK_ERR_BAD_SIGNATURE, 1, 0, 1},
        {"eAe", SMK_ERR_BAD_SIGNATURE, 2, 0, 2},
        {"EAe", SMK_ERR_NOT_COVERED, 1, 0, 1},
        {"EeAe", SMK_ERR_BAD_SIGNATURE, 3, 1, 1},
        {"et", SMK_ERR_BAD_TIME, 2, 0, 2},
        {"Et", SMK_ERR_NOT_COVERED, 1, 0, 1},
        {"Eet", SMK_ERR_BAD_TIME, 3, 1, 1},
        {"etA", SMK_ERR_BAD_TIME, 2, 0, 2},
        {"eAt", SMK_ERR_BAD_SIGNATURE, 2, 0, 2},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct test_log *s = test_log_new("prov:02");
        test_run_open(&s->run);
        push_letters(&s->run, row[i].letters);
        expect(s, 0, row[i].err, row[i].taken, row[i].letters);
        cr_assert(eq(u64, s->log.bad_signatures, row[i].bad), "%s", row[i].letters);
        cr_assert(eq(u64, s->log.verified_through, row[i].verified), "%s", row[i].letters);
        for (size_t j = 1; j < row[i].taken; j++)
            cr_assert(eq(int, s->is_bad[j], row[i].letters[j - 1] < 'a'), "%s: %zu", row[i].letters, j);
        test_log_free(s);
    }
}

Test(log_content, verified_through_never_moves_again_after_a_bad_signature)
{
    struct test_log *s = test_log_new("prov:02");
    test_run_open(&s->run);
    push_letters(&s->run, "eEe");
    expect(s, 0, SMK_OK, 4, "first run");
    push_letters(&s->run, "eee");
    expect(s, 4, SMK_OK, 3, "second run");
    cr_assert(eq(u64, s->log.verified_through, 2));
    cr_assert(eq(u64, s->log.bad_signatures, 1));
    test_log_free(s);
}

/* ---- payloads ---- */

Test(log_content, a_broken_payload_is_refused_and_a_missing_one_is_a_hole)
{
    struct test_log *s = test_log_new("prov:02");
    test_run_fill(&s->run, 6);
    test_run_drop_payload(&s->run, 2);
    test_run_drop_payload(&s->run, 4);
    expect(s, 0, SMK_OK, 6, "holes");
    cr_assert(eq(u64, s->log.holes, 2));
    test_run_edit(&s->run, 1);
    test_run_edit(&s->run, 1);
    s->run.record[7].salt[3] ^= 1;
    expect(s, 6, SMK_ERR_BAD_HASH, 1, "another salt");
    test_log_free(s);
}

Test(log_content, types_and_codecs_that_are_unknown_here_are_kept)
{
    struct test_log *s = test_log_new("prov:02");
    static const uint64_t type[] = {0, 3, 4, 5, 17, 18, 19, 100, 127, 128, 1000, UINT64_MAX};
    test_run_open(&s->run);
    for (size_t i = 0; i < sizeof type / sizeof type[0]; i++)
        test_run_record(&s->run, type[i]);
    struct smk_header h = test_run_next(&s->run, SMK_RECORD_EDIT);
    h.codec = 1;
    h.has_key_id = true;
    test_run_push(&s->run, &h, smk_bytes_of_text("no msgpack at all"));
    expect(s, 0, SMK_OK, 1 + sizeof type / sizeof type[0] + 1, "unknown");
    test_log_free(s);
}

static void push_text(struct test_log *s, uint64_t type, const char *text)
{
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_header h = test_run_next(&s->run, type);
    test_pack(&payload, text, NULL);
    test_run_push(&s->run, &h, smk_buf_view(&payload));
    smk_buf_deinit(&payload);
}

Test(log_content, a_decision_out_of_form_is_malformed_and_one_without_force_is_kept)
{
    struct test_log *s = test_log_new("gov");
    test_run_open(&s->run);
    push_text(s, SMK_RECORD_DECISION, "{'body' #5x00 'sigs' []}");
    expect(s, 0, SMK_OK, 2, "not valid, a no-op");
    push_text(s, SMK_RECORD_DECISION, "{'body' #5x00}");
    expect(s, 2, SMK_ERR_MALFORMED, 0, "no signatures field");
    test_log_free(s);
}
