/* Target: surveys made elsewhere, row by row. Input: faults, then CSV.
 *
 * A row has exactly one outcome; what is taken has a place, in the words of the schema; a reason comes with advice; the same
 * row again is the same as the first. With failing allocations a row has the same outcome, or none. */
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
    bool is_survey;
    struct smk_survey_answer answer[ROWS_MAX];
    const struct reading *calm; /* the same without faults; NULL = this is it */
};

static bool is_same_word(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void check_same(const struct smk_survey_answer *a, const struct smk_survey_answer *b)
{
    SMK_ASSERT(a->outcome == b->outcome && a->column == b->column && a->differs == b->differs);
    SMK_ASSERT(is_same_word(a->reason, b->reason) && strcmp(a->date, b->date) == 0);
    SMK_ASSERT(strcmp(a->row.text, b->row.text) == 0 && strcmp(a->key.text, b->key.text) == 0);
    SMK_ASSERT(strcmp(a->district, b->district) == 0 && strcmp(a->commune, b->commune) == 0);
    SMK_ASSERT(is_same_word(a->sex, b->sex) && is_same_word(a->age_band, b->age_band));
    SMK_ASSERT(is_same_word(a->respondent_type, b->respondent_type) && is_same_word(a->method, b->method));
    SMK_ASSERT(is_same_word(a->consent, b->consent) &&
               is_same_word(a->guardian_consent, b->guardian_consent));
    SMK_ASSERT(is_same_word(a->disability, b->disability) && a->is_not_approved == b->is_not_approved);
}

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

/* False: there was too little memory, and what comes next need not be the same. */
static bool check_row(struct reading *r, const struct smk_row *row)
{
    struct smk_survey_answer a;
    enum smk_err err = smk_survey_read(&r->survey, row, &a);
    SMK_ASSERT(err == SMK_OK || (err == SMK_ERR_NOMEM && test_fault_hits() > 0));
    if (err != SMK_OK)
        return false;
    if (r->calm != NULL)
        check_same(&a, &r->calm->answer[r->rows]);
    r->answer[r->rows] = a;
    SMK_ASSERT((a.outcome == SMK_SURVEY_REJECT) == (a.reason != NULL));
    SMK_ASSERT((a.reason == NULL) == (a.advice == NULL));
    SMK_ASSERT((a.outcome == SMK_SURVEY_DUPLICATE) == (a.same_as.text[0] != '\0'));
    SMK_ASSERT(a.column <= row->count || a.outcome == SMK_SURVEY_REJECT);
    if (a.outcome != SMK_SURVEY_ACCEPT)
        return true;
    SMK_ASSERT(strlen(a.district) == 4);
    SMK_ASSERT(a.commune[0] == '\0' || memcmp(a.commune, a.district, 4) == 0);
    SMK_ASSERT(a.date[0] == '\0' || smk_date_is_valid(smk_bytes_of_text(a.date)));
    SMK_ASSERT(!a.has_age || (a.age >= 15 && a.age <= SMK_SURVEY_AGE_MAX && a.age_band != NULL));
    check_twice(r, row, &a);
    return true;
}

static bool take_row(void *ctx, const struct smk_row *row)
{
    struct reading *r = ctx;
    enum smk_survey_role role = SMK_SURVEY_ROLES;
    if (r->has_head)
        return check_row(r, row) && ++r->rows < ROWS_MAX;
    enum smk_err err = smk_survey_is_head(row, &r->is_survey);
    SMK_ASSERT(err == SMK_OK || (err == SMK_ERR_NOMEM && test_fault_hits() > 0));
    SMK_ASSERT(err != SMK_OK || r->calm == NULL || r->calm->is_survey == r->is_survey);
    r->has_head = true;
    err = smk_survey_init(&r->survey, places, row, NULL, 0, NULL, &role);
    SMK_ASSERT(err != SMK_ERR_NOMEM || test_fault_hits() > 0);
    SMK_ASSERT(err != SMK_OK || r->calm == NULL ||
               memcmp(r->survey.place, r->calm->survey.place, sizeof r->survey.place) == 0);
    return err == SMK_OK;
}

static bool take_sheet(void *ctx, struct smk_bytes name)
{
    (void)ctx;
    return name.len == 0;
}

static void read_all(struct reading *r, const struct reading *calm, const struct fuzz_block *block)
{
    struct smk_file_fault fault = {0};
    struct smk_table_sink sink = {.sheet = take_sheet, .row = take_row, .ctx = r};
    *r = (struct reading){.calm = calm};
    (void)smk_csv_read(fuzz_block_view(block), sink, &fault);
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    struct fuzz_block block = fuzz_block_of(fuzz_rest(&in));
    static struct reading calm, hit;
    if (places == NULL && smk_survey_places_new(&places) != SMK_OK)
        SMK_ASSERT(false);
    fuzz_faults_begin(faults);
    read_all(&calm, NULL, &block);
    test_fault_pause(false);
    read_all(&hit, &calm, &block);
    test_fault_pause(true);
    smk_survey_deinit(&hit.survey);
    smk_survey_deinit(&calm.survey);
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
