/* Target: JSON that people give, as `put` reads it: fields of a document by the schema.
 * Input: faults, number of the kind, whether what is no field is passed over, then the file. */
#include "proto/pairs.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/scratch.h"
#include "tools/field_map.h"
#include "tools/import_govern.h"
#include "tools/read_file.h"

#include <stdlib.h>
#include <string.h>

/* Everything is known, but what begins with NO. */
static bool resolve(void *ctx, const struct smk_field *rule, const char *name,
                    uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    (void)ctx;
    (void)rule;
    memset(ret_id, 7, SMK_DOC_ID_BYTES);
    return strncmp(name, "NO", 2) != 0;
}

/* What the map makes is canonical, and the rules judge it without harm. */
static void try_kind(const struct smk_kind *kind, json_t *object, bool takes_known_only)
{
    static const char *const skip[] = {"type", "status", NULL};
    const struct smk_field_map m = {.rules = kind->field,
                                    .rule_count = kind->field_count,
                                    .skip = skip,
                                    .takes_known_only = takes_known_only,
                                    .resolve = resolve};
    struct smk_pairs p = {0};
    struct smk_complaint c = {0};
    struct smk_buf b = {.max = SMK_PAYLOAD_BYTES_MAX};
    test_fault_pause(false);
    bool is_good = smk_field_map_read(&m, object, &p, &c);
    if (is_good)
        smk_pairs_close_into(&p, &b);
    test_fault_pause(true);
    SMK_ASSERT(is_good || c.flaw != SMK_FLAW_NONE || test_fault_hits() > 0);
    bool is_known =
        b.err == SMK_OK || b.err == SMK_ERR_TOO_BIG_HERE || b.err == SMK_ERR_INVALID || test_fault_hits() > 0;
    SMK_ASSERT(is_known);
    if (is_good && b.err == SMK_OK) {
        SMK_ASSERT(smk_walk(smk_buf_view(&b), SMK_WALK_PAYLOAD) == SMK_OK);
        if (!smk_kind_check(kind, smk_buf_view(&b), true, &c))
            SMK_ASSERT(c.flaw != SMK_FLAW_NONE);
    }
    smk_pairs_deinit(&p);
    smk_buf_deinit(&b);
}

/* What governance reads of the same object can be encoded. */
static void try_government(json_t *object)
{
    struct smk_decision d = {.kind = SMK_DECIDE_ORGANISATION}, back;
    struct smk_seat_flaw flaw;
    struct smk_buf b = {.max = 65536};
    for (int i = 0; i < 2; i++) {
        bool is_office = i == 1;
        d = (struct smk_decision){.kind = is_office ? SMK_DECIDE_OFFICE : SMK_DECIDE_ORGANISATION};
        bool is_good = is_office ? smk_import_read_office(object, &d.office, &flaw)
                                 : smk_import_read_organisation(object, &d.organisation, &flaw);
        SMK_ASSERT(is_good || flaw.err != SMK_OK ||
                   (flaw.field != NULL && flaw.code != NULL && flaw.why != NULL));
        if (!is_good)
            continue;
        smk_buf_reset(&b);
        smk_decision_encode(&d, &b);
        SMK_ASSERT(b.err == SMK_OK);
        enum smk_err err = smk_decision_decode(smk_buf_view(&b), &back);
        SMK_ASSERT(err == SMK_OK);
    }
    smk_buf_deinit(&b);
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    const struct smk_kind *kind = smk_kind_at((size_t)fuzz_below(&in, smk_kind_count()));
    bool takes_known_only = fuzz_below(&in, 2) == 1;
    struct smk_why why = {""};
    json_t *json = NULL;
    const char *path = scratch_write("put.json", fuzz_rest(&in));
    fuzz_faults_begin(faults);
    enum smk_read answer = smk_read_json(path, &json, &why);
    SMK_ASSERT(answer != SMK_READ_ABSENT);
    SMK_ASSERT((answer == SMK_READ_DONE) == (json != NULL));
    SMK_ASSERT((answer == SMK_READ_DONE) == (why.text[0] == '\0'));
    if (json_is_object(json)) {
        try_kind(kind, json, takes_known_only);
        try_government(json);
    }
    json_decref(json);
    fuzz_faults_end();
}

void fuzz_seeds(void)
{
    static const struct {
        const char *kind, *text;
    } seed[] = {
        {"event",
         "{\"id\":\"EV-1\",\"title_en\":\"a\",\"title_km\":\"ក\",\"area\":\"0201\",\"date\":\"2021-11-16\","
         "\"participants\":{\"total\":9,\"female\":null,\"by_category\":{\"cso\":9}},\"partners\":[\"CTOD\"]"
         "}"},
        {"meeting", "{\"ref\":\"MT-1\",\"level\":\"district\",\"district\":\"0201\",\"participants\":null}"},
        {"case_study", "{\"title\":\"ខ្មែរ\",\"district\":\"0201\",\"findings\":[{\"text_en\":\"x\"}],"
                       "\"attachments\":[\"AT-1\"]}"},
        {"recommendation", "{\"id\":\"RE-1\",\"theme\":\"health\",\"from_findings\":[\"NO-1\"],"
                           "\"provenance\":{\"page\":\"9\"}}"},
        {"interview", "{\"id\":\"IV-1\",\"consent\":true,\"answers\":{\"q1\":\"yes\",\"q2\":3}}"},
        {"project", "{\"id\":\"PJ-1\",\"subgrants\":[{\"organisation\":\"ctod\",\"amount\":\"60782.52\","
                    "\"amount_usd\":1e3}]}"},
        {"event", "{\"slug\":\"ctod\",\"kind\":\"member\",\"name_en\":\"CTOD\",\"areas\":[\"02\"],\"org\":"
                  "\"ctod\",\"role\":\"member_editor\"}"},
    };
    for (size_t i = 0; i < sizeof seed / sizeof seed[0]; i++) {
        uint8_t head[] = {0, 0, 0, 0};
        char name[] = "object-a";
        name[7] = (char)('a' + i);
        while (strcmp(smk_kind_at(head[2])->name, seed[i].kind) != 0)
            head[2]++;
        fuzz_seed(name, SMK_BYTES(head), smk_bytes_of_text(seed[i].text));
    }
}
