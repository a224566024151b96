/* store/files/survey.h: rows of surveys made elsewhere (Kobo, ODK), as interviews of ours.
 *
 * Shape    the first row says which column is what; each row is judged in this order: twice, place, sex, age, kind of
 *          respondent, the other choices, consent, date. The first that fails gives the reason. Nothing is guessed: a place
 *          that may be two is none.
 * Source   README.md in this folder, "Surveys".
 * Memory   owned: smk_survey_deinit.   Secrets  answers of respondents.   Threads  one.
 */
#ifndef SMK_STORE_FILES_SURVEY_H
#define SMK_STORE_FILES_SURVEY_H

#include "proto/schema.h"
#include "store/files/xlsform.h"

/* What a column may be. X(name, word, other names, each between bars, as smk_khmer_fold has them: names of a file are folded
 * and then compared) */
#define SMK_SURVEY_MAP(X)                                                                                   \
    X(ROW, "row", "|_id|id|")                                                                               \
    X(KEY, "key", "|_uuid|key|meta/instanceid|instanceid|uuid|")                                            \
    X(PROVINCE, "province", "|province|ខេត្ដ|ខេត្ដ/province|province/ខេត្ដ|")                                  \
    X(DISTRICT, "district", "|district|ស្រុក|district / municipality|ស្រុក/district|district/ស្រុក|ស្រុក ក្រុង|")     \
    X(COMMUNE, "commune", "|commune|ឃុំ|commune / sangkat|ឃុំ/commune|commune/ឃុំ|ឃុំ សង្កាត់|")                      \
    X(SEX, "sex", "|sex|gender|ភេទ|sex/ភេទ|ភេទ/sex|")                                                       \
    X(AGE, "age", "|age|អាយុ|age/អាយុ|អាយុ/age|")                                                              \
    X(AGE_BAND, "age_band", "|age_band|age band|ក្រុមអាយុ|")                                                   \
    X(TYPE, "respondent_type", "|type|respondent_type|respondent is a|respondent type|ប្រភេទ|អ្នកផ្ដល់សម្ភាសន៍|") \
    X(METHOD, "method", "|method|វិធីសាស្ដ្រ|វិធីសម្ភាសន៍|")                                                        \
    X(DISABILITY, "disability", "|disability|ពិការភាព|")                                                     \
    X(CONSENT, "consent", "|consent|do you agree to take part?|ការយល់ព្រម|តើអ្នកយល់ព្រមចូលរួមទេ?|")                \
    X(GUARDIAN, "guardian_consent", "|guardian_consent|guardian consent|")                                  \
    X(DATE, "date", "|date|កាលបរិច្ឆេទ|")                                                                     \
    X(START, "start", "|start|")                                                                            \
    X(CASE_STUDY, "case_study", "|case_study|case study|")                                                  \
    X(STATUS, "review", "|_validation_status|reviewstate|")

enum smk_survey_role {
#define X(name, word, others) SMK_SURVEY_##name,
    SMK_SURVEY_MAP(X)
#undef X
        SMK_SURVEY_ROLES,
};
const char *smk_survey_word(enum smk_survey_role role);
bool smk_survey_role_find(const char *word, enum smk_survey_role *ret_role);

enum smk_survey_outcome { SMK_SURVEY_ACCEPT, SMK_SURVEY_DUPLICATE, SMK_SURVEY_REJECT };
const char *smk_survey_outcome_word(
    enum smk_survey_outcome outcome); /* "accept", "skip_duplicate", "reject" */

struct smk_places;

enum {
    SMK_SURVEY_CODE_DIGITS_MAX = 6,
    SMK_SURVEY_WORD_MAX = 127,
    SMK_SURVEY_AGE_MAX = 120,
    SMK_SURVEY_BUCKETS = 4096
};

struct smk_survey_text {
    char text[SMK_SURVEY_WORD_MAX + 1];
};

struct smk_survey_answer {
    enum smk_survey_outcome outcome;
    struct smk_survey_text row;     /* its name in the file; else the number of its line */
    struct smk_survey_text key;     /* "" = none */
    struct smk_survey_text same_as; /* DUPLICATE: the row that was taken */
    bool differs;                   /* DUPLICATE: though the key is the same, not all of it is */
    const char *reason;             /* REJECT: "ambiguous_place" */
    const char *advice;             /* REJECT: what to do */
    size_t column;                  /* REJECT: from 1; 0 = the row as a whole */
    char district[SMK_SURVEY_CODE_DIGITS_MAX + 1], commune[SMK_SURVEY_CODE_DIGITS_MAX + 1];
    const char *sex, *age_band, *respondent_type; /* words of the schema; NULL = the file does not say */
    const char *method, *disability, *consent, *guardian_consent;
    bool has_age;
    uint64_t age;
    char date[11]; /* "" = the file does not say */
    struct smk_survey_text case_study;
    bool is_not_approved; /* its reviewers have said so; it is for the reader of the log */
};

struct smk_survey_seen;

struct smk_survey {
    const struct smk_places *places; /* BORROWED */
    size_t place[SMK_SURVEY_ROLES];  /* columns from 0; SIZE_MAX = there is none */
    const struct smk_xlsform *form;  /* BORROWED; NULL = there is none */
    const struct smk_xlsform_question
        *question[SMK_SURVEY_ROLES]; /* of the form; NULL = the column is not in it */
    size_t count, room;
    struct smk_survey_seen *seen;      /* rows that were taken */
    size_t bucket[SMK_SURVEY_BUCKETS]; /* by key: the newest of them, from 1; 0 = none */
};

/* As smk_places_new of store/places.h, for who cannot see that header beside proto/policy.h. OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_survey_places_new(struct smk_places **ret_places);
void smk_survey_places_free(struct smk_places *p); /* NULL does nothing */

/* Of a row that has the columns of a survey, not of ours. OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_survey_is_head(const struct smk_row *row, bool *ret_is_head);

/* A column that a person has said what it is. */
struct smk_survey_choice {
    const char *column; /* as the file has it; folded before it is compared */
    enum smk_survey_role role;
};
/* What a question of a form asks, as far as an interview has a field for it. OK, SMK_ERR_NOT_FOUND, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_survey_role_of(const struct smk_xlsform_question *q,
                                             enum smk_survey_role *ret_role);

/* Reads the first row; ret_survey is to be released in any case. What a person says goes before what the form says, and that
 * before what is known. form: NULL = none; BORROWED for the life of the survey.
 * OK
 * SMK_ERR_NOT_FOUND   *ret_role has no column, and nothing can be done without it (district or commune)
 * SMK_ERR_EXISTS      *ret_role has two columns
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_survey_init(struct smk_survey *ret_survey, const struct smk_places *places,
                                          const struct smk_row *row, const struct smk_survey_choice *choice,
                                          size_t choice_count, const struct smk_xlsform *form,
                                          enum smk_survey_role *ret_role);
void smk_survey_deinit(struct smk_survey *s); /* works on a zeroed object */

/* Judges the next row. OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_survey_read(struct smk_survey *s, const struct smk_row *row,
                                          struct smk_survey_answer *ret_answer);

/* The cell of a column as it stands; empty when there is none. */
struct smk_bytes smk_survey_cell(const struct smk_survey *s, const struct smk_row *row,
                                 enum smk_survey_role role);

#endif
