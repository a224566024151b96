/* Target: surveys made elsewhere, row by row. Input: faults, then CSV.
 *
 * A row has exactly one outcome; what is taken has a place, in the words of the schema; a reason comes with advice; the same
 * row again is the same as the first. */
#include "store/files/csv.h"
#include "store/files/survey.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { ROWS_MAX = 16 };

static struct smk_places *places; /* made once; it does not change */

struct reading {
    struct smk_survey survey;
    bool has_head;
    size_t rows;
};

static void check_twice(struct reading *r, const struct smk_row *row, const struct smk_survey_answer *first)
{
    struct smk_survey_answer again;
    enum smk_err err = smk_survey_read(&r->survey, row, &again);
    if (err != SMK_OK || first->key.text[0] == '\0')
        return;
    SMK_ASSERT(again.outcome == SMK_SURVEY_DUPLICATE);
    SMK_ASSERT(strcmp(again.same_as.text, first->row.text) == 0);
    SMK_ASSERT(!again.differs);
}

static void check_row(struct reading *r, const struct smk_row *row)
{
    struct smk_survey_answer a;
    enum smk_err err = smk_survey_read(&r->survey, row, &a);
    SMK_ASSERT(err == SMK_OK || (err == SMK_ERR_NOMEM && test_fault_hits() > 0));
    if (err != SMK_OK)
        return;
    SMK_ASSERT((a.outcome == SMK_SURVEY_REJECT) == (a.reason != NULL));
    SMK_ASSERT((a.reason == NULL) == (a.advice == NULL));
    SMK_ASSERT((a.outcome == SMK_SURVEY_DUPLICATE) == (a.same_as.text[0] != '\0'));
    SMK_ASSERT(a.column <= row->count || a.outcome == SMK_SURVEY_REJECT);
    if (a.outcome != SMK_SURVEY_ACCEPT)
        return;
    SMK_ASSERT(strlen(a.district) == 4);
    SMK_ASSERT(a.commune[0] == '\0' || memcmp(a.commune, a.district, 4) == 0);
    SMK_ASSERT(a.date[0] == '\0' || smk_date_is_valid(smk_bytes_of_text(a.date)));
    SMK_ASSERT(!a.has_age || (a.age >= 15 && a.age <= SMK_SURVEY_AGE_MAX && a.age_band != NULL));
    check_twice(r, row, &a);
}

static bool take_row(void *ctx, const struct smk_row *row)
{
    struct reading *r = ctx;
    enum smk_survey_role role = SMK_SURVEY_ROLES;
    if (r->has_head) {
        check_row(r, row);
        return ++r->rows < ROWS_MAX;
    }
    (void)smk_survey_is_head(row);
    r->has_head = true;
    return smk_survey_init(&r->survey, places, row, NULL, 0, &role) == SMK_OK;
}

static bool take_sheet(void *ctx, struct smk_bytes name)
{
    (void)ctx;
    return name.len == 0;
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    struct fuzz_block block = fuzz_block_of(fuzz_rest(&in));
    static struct reading r;
    struct smk_file_fault fault = {0};
    struct smk_table_sink sink = {.sheet = take_sheet, .row = take_row, .ctx = &r};
    if (places == NULL && smk_survey_places_new(&places) != SMK_OK)
        SMK_ASSERT(false);
    memset(&r, 0, sizeof r);
    fuzz_faults_begin(faults);
    test_fault_pause(false);
    (void)smk_csv_read(fuzz_block_view(&block), sink, &fault);
    smk_survey_deinit(&r.survey);
    test_fault_pause(true);
    fuzz_faults_end();
    fuzz_block_drop(&block);
}

/* ---- seeds ---- */

void fuzz_seeds(void)
{
    static const uint8_t head[2] = {0};
    fuzz_seed("kobo", SMK_BYTES(head),
              smk_bytes_of_text("District,Commune,Sex,Age,Type,_id,_uuid,start,_validation_status\r\n"
                                "Banan,Chheu Teal,F,34,Citizen,1,u-1,2021-04-05,Approved\r\n"
                                "Chrey,,M,61,CSO,2,u-2,05/04/2021,Not Approved\r\n"
                                "Kamrieng,021203,male,-3,CBO,3,u-1,16/11/2021,\r\n"));
    fuzz_seed(
        "odk", SMK_BYTES(head),
        smk_bytes_of_text("KEY,g/province,g/commune,consent,guardian_consent,method,disability,age_band\n"
                          "uuid:1,Battambang,Snoeng,yes,no,phone,not asked,15_17\n"
                          "uuid:2,02,Kantueu Pir,no,,focus group,yes,60 and over\n"));
}
