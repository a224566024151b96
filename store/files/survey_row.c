/* One row of a survey, judged. */
#include "store/files/survey_row.h"

#include "store/places.h"

#include "proto/khmer.h"
#include "proto/labels.h"
#include "proto/mem.h"

#include <stdio.h>
#include <string.h>

/* A row under way; OK of the functions below says that there was memory, false that the row is refused. */
struct judging {
    const struct smk_survey *s;
    const struct smk_row *row;
    struct smk_survey_answer *a;
    enum smk_err err;
};

static bool refuse(struct judging *j, enum smk_survey_role role, const char *reason, const char *advice)
{
    size_t place = role < SMK_SURVEY_ROLES ? j->s->place[role] : SIZE_MAX;
    j->a->outcome = SMK_SURVEY_REJECT;
    j->a->reason = reason;
    j->a->advice = advice;
    j->a->column = place != SIZE_MAX ? place + 1 : 0;
    return false;
}

/* A cell without what nobody sees, in the form in which it is compared; "" when it is empty. False: too long. */
static bool folded(struct judging *j, enum smk_survey_role role, struct smk_survey_text *ret)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf b = {.max = SMK_SURVEY_WORD_MAX};
    enum smk_err err = smk_khmer_fold(smk_survey_cell(j->s, j->row, role), &b);
    if (err == SMK_ERR_NOMEM)
        j->err = err;
    if (err != SMK_OK || (b.len > 0 && memchr(b.data, 0, b.len) != NULL))
        return false;
    if (b.len > 0)
        memcpy(ret->text, b.data, b.len);
    ret->text[b.len] = '\0';
    return true;
}

/* ---- which row ---- */

static void name_row(struct judging *j)
{
    struct smk_survey_text word;
    if (folded(j, SMK_SURVEY_ROW, &word) && word.text[0] != '\0')
        j->a->row = word;
    else
        (void)snprintf(j->a->row.text, sizeof j->a->row.text, "line %zu", j->row->number);
    if (!folded(j, SMK_SURVEY_KEY, &word))
        word.text[0] = '\0';
    bool is_marked = strncmp(word.text, "uuid:", 5) == 0; /* so ODK writes the same key */
    memcpy(j->a->key.text, word.text + (is_marked ? 5 : 0), strlen(word.text + (is_marked ? 5 : 0)) + 1);
    if (j->a->key.text[0] == '\0' && folded(j, SMK_SURVEY_ROW, &word))
        j->a->key = word;
}

/* ---- where ---- */

_Static_assert((int)SMK_SURVEY_CODE_DIGITS_MAX == (int)SMK_PLACE_CODE_DIGITS_MAX,
               "a code fits into an answer");

enum smk_err smk_survey_places_new(struct smk_places **ret_places)
{
    return smk_places_new(ret_places);
}

void smk_survey_places_free(struct smk_places *p)
{
    smk_places_free(p);
}

static bool find_called(struct judging *j, const struct smk_place_query *q, struct smk_place_answer *ret)
{
    enum smk_err err = smk_places_find(j->s->places, q, ret);
    if (err == SMK_ERR_NOMEM)
        j->err = err;
    if (err != SMK_OK)
        ret->count = 0;
    return ret->count > 0;
}

/* The labels of a choice, then its name: what people have read goes before it. A number that stands for labels means nothing
 * by itself: 1 may be anything, also "no"; only a whole code of a place, of code_digits, does. NULL: no more. */
static const char *name_of(const struct smk_xlsform_names *names, size_t i, size_t code_digits)
{
    if (i < names->label_count)
        return names->label[i];
    size_t digits = strspn(names->name, "0123456789");
    bool stands_for_labels = names->label_count > 0 && names->name[digits] == '\0' && digits != code_digits;
    return i == names->label_count && !stands_for_labels ? names->name : NULL;
}

/* The list of choices from which an answer was taken; NULL when no form tells. */
static const char *list_of(const struct judging *j, enum smk_survey_role role)
{
    return j->s->question[role] != NULL ? j->s->question[role]->list : NULL;
}

static size_t code_digits(enum smk_place_level level)
{
    return level == SMK_PLACE_PROVINCE ? 2 : level == SMK_PLACE_DISTRICT ? 4 : 6;
}

/* By what the form calls the answer: one place if there is such a name, else several. *ret_is_told: it is one of its
 * choices, and the cell alone means nothing. */
static bool find_by_form(struct judging *j, enum smk_survey_role role, struct smk_place_query q,
                         bool *ret_is_told, struct smk_place_answer *ret)
{
    const struct smk_xlsform_choice *choice;
    struct smk_place_answer found;
    struct smk_survey_text word;
    const char *name;
    size_t at = 0;
    ret->count = 0;
    if (list_of(j, role) == NULL || !folded(j, role, &word))
        return false;
    while ((choice = smk_xlsform_next_choice(j->s->form, list_of(j, role), word.text, &at)) != NULL) {
        *ret_is_told = true;
        for (size_t i = 0; (name = name_of(&choice->names, i, code_digits(q.level))) != NULL; i++) {
            q.text = smk_bytes_of_text(name);
            if (!find_called(j, &q, &found))
                continue;
            if (ret->count == 0 || found.count == 1)
                *ret = found;
            if (found.count == 1)
                return true;
        }
    }
    return ret->count > 0;
}

static bool find(struct judging *j, enum smk_survey_role role, const struct smk_place *in,
                 enum smk_place_level level, struct smk_place_answer *ret)
{
    const struct smk_place_query q = {smk_survey_cell(j->s, j->row, role), in, level};
    bool is_told = false;
    return find_by_form(j, role, q, &is_told, ret) || (!is_told && find_called(j, &q, ret));
}

static bool is_blank(struct judging *j, enum smk_survey_role role)
{
    struct smk_survey_text word;
    return folded(j, role, &word) && word.text[0] == '\0';
}

static bool refuse_unknown(struct judging *j, enum smk_survey_role role)
{
    return refuse(j, role, "unknown_place",
                  "Write the place as the gazetteer has it, or its code: 'samaki place NAME' finds it.");
}

static bool refuse_ambiguous(struct judging *j, enum smk_survey_role role)
{
    return refuse(j, role, "ambiguous_place",
                  "Several places are called so: write the code, or the district beside the commune.");
}

static bool take(struct judging *j, const struct smk_place *district, const struct smk_place *commune)
{
    memcpy(j->a->district, district->code, sizeof j->a->district);
    if (commune != NULL)
        memcpy(j->a->commune, commune->code, sizeof j->a->commune);
    return true;
}

/* One commune, whose district follows. */
static bool take_commune(struct judging *j, enum smk_survey_role role, const struct smk_place *in)
{
    struct smk_place_answer found;
    if (!find(j, role, in, SMK_PLACE_COMMUNE, &found))
        return refuse_unknown(j, role);
    if (found.count > 1)
        return refuse_ambiguous(j, role);
    return take(j, smk_place_parent(found.place[0]), found.place[0]);
}

/* Of several districts the one that has such a commune. */
static bool take_pair(struct judging *j, const struct smk_place_answer *district)
{
    const struct smk_place *in = NULL, *commune = NULL;
    size_t pairs = 0;
    struct smk_place_answer found;
    for (size_t i = 0; i < district->count && i < SMK_PLACE_CANDIDATES_MAX; i++) {
        if (!find(j, SMK_SURVEY_COMMUNE, district->place[i], SMK_PLACE_COMMUNE, &found))
            continue;
        pairs += found.count;
        in = district->place[i];
        commune = found.place[0];
    }
    if (pairs == 1)
        return take(j, in, commune);
    return pairs == 0 && district->count == 1 ? refuse_unknown(j, SMK_SURVEY_COMMUNE)
                                              : refuse_ambiguous(j, SMK_SURVEY_COMMUNE);
}

static bool find_place(struct judging *j)
{
    const struct smk_place *in = NULL;
    struct smk_place_answer found;
    if (!is_blank(j, SMK_SURVEY_PROVINCE)) {
        if (!find(j, SMK_SURVEY_PROVINCE, NULL, SMK_PLACE_PROVINCE, &found))
            return refuse_unknown(j, SMK_SURVEY_PROVINCE);
        in = found.count == 1 ? found.place[0] : NULL;
    }
    bool has_commune = !is_blank(j, SMK_SURVEY_COMMUNE);
    if (is_blank(j, SMK_SURVEY_DISTRICT))
        return has_commune ? take_commune(j, SMK_SURVEY_COMMUNE, in)
                           : refuse(j, SMK_SURVEY_DISTRICT, "missing_place",
                                    "Write the district or the commune of the interview.");
    if (!find(j, SMK_SURVEY_DISTRICT, in, SMK_PLACE_DISTRICT, &found))
        return has_commune ? refuse_unknown(j, SMK_SURVEY_DISTRICT)
                           : take_commune(j, SMK_SURVEY_DISTRICT, in);
    if (has_commune)
        return take_pair(j, &found);
    return found.count == 1 ? take(j, found.place[0], NULL) : refuse_ambiguous(j, SMK_SURVEY_DISTRICT);
}

/* ---- who ---- */

/* What people write for a choice beside its code and its names. */
static const struct {
    const char *field, *code, *others; /* folded, each between bars */
} known_word[] = {
    {"sex", "female", "|f|woman|women|girl|w|ស្រី|ស្ត្រី|នារី|"},
    {"sex", "male", "|m|man|men|boy|ប្រុស|បុរស|"},
    {"sex", "not_stated", "|unknown|other|មិនដឹង|"},
    {"respondent_type", "citizen", "|ប្រជាពលរដ្ឋ|ពលរដ្ឋ|"},
    {"consent", "yes", "|y|true|1|បាទ|ចាស|"},
    {"consent", "no", "|n|false|0|"},
};

/* Folds into b. False, also when there is too little memory: j->err. */
static bool fold(struct judging *j, const char *text, struct smk_buf *b)
{
    enum smk_err err = smk_khmer_fold(smk_bytes_of_text(text), b);
    if (err == SMK_ERR_NOMEM)
        j->err = err;
    return err == SMK_OK;
}

static bool is_one_of(struct judging *j, const char *word, const char *others)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf b = {.max = 1024};
    char marked[SMK_SURVEY_WORD_MAX + 3];
    (void)snprintf(marked, sizeof marked, "|%s|", word);
    if (!fold(j, others, &b))
        return false;
    smk_buf_write_u8(&b, 0);
    if (b.err == SMK_ERR_NOMEM)
        j->err = b.err;
    return b.err == SMK_OK && strchr(word, '|') == NULL && strstr((const char *)b.data, marked) != NULL;
}

static bool is_name_of(struct judging *j, const char *word, const char *name)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf b = {.max = 1024};
    return name != NULL && fold(j, name, &b) && smk_bytes_is_equal(smk_buf_view(&b), smk_bytes_of_text(word));
}

static bool is_choice(struct judging *j, const struct smk_field *rule, const char *code, const char *word)
{
    const struct smk_label *label = smk_label_choice(rule, smk_bytes_of_text(code));
    bool is_consent = strcmp(rule->vocabulary, "yes_no") == 0;
    if (is_name_of(j, word, code) ||
        (label != NULL && (is_name_of(j, word, label->en) || is_name_of(j, word, label->km))))
        return true;
    for (size_t i = 0; i < sizeof known_word / sizeof known_word[0]; i++) {
        bool is_field = strcmp(known_word[i].field, is_consent ? "consent" : rule->name) == 0;
        if (is_field && strcmp(known_word[i].code, code) == 0 && is_one_of(j, word, known_word[i].others))
            return true;
    }
    return false;
}

static bool find_choice(struct judging *j, const struct smk_field *rule, const char *word, const char **ret)
{
    for (size_t i = 0; rule->choices[i] != NULL; i++)
        if (is_choice(j, rule, rule->choices[i], word)) {
            *ret = rule->choices[i];
            return true;
        }
    return false;
}

/* What the form calls the answer: "1" may be "Citizen", or "No". *ret_is_told: it is one of its choices. What it may be is
 * one choice of ours, or none is taken. */
static bool find_choice_by_form(struct judging *j, const char *list, const struct smk_field *rule,
                                const char *word, bool *ret_is_told, const char **ret)
{
    const struct smk_xlsform_choice *choice;
    const char *found = NULL, *name, *other;
    size_t at = 0;
    while ((choice = smk_xlsform_next_choice(j->s->form, list, word, &at)) != NULL) {
        *ret_is_told = true;
        for (size_t i = 0; (name = name_of(&choice->names, i, 0)) != NULL; i++) {
            bool is_name = i == choice->names.label_count;
            if ((is_name && found != NULL) || !find_choice(j, rule, name, &other))
                continue;
            if (found != NULL && found != other)
                return false;
            found = other;
        }
    }
    if (found != NULL)
        *ret = found;
    return found != NULL;
}

static bool find_answer(struct judging *j, enum smk_survey_role role, const struct smk_field *rule,
                        const char *word, const char **ret)
{
    bool is_told = false;
    const char *list = list_of(j, role);
    if (list != NULL && find_choice_by_form(j, list, rule, word, &is_told, ret))
        return true;
    return !is_told && find_choice(j, rule, word, ret);
}

/* The word of the schema that the cell means, into *ret; an empty cell says nothing. */
static bool read_choice(struct judging *j, enum smk_survey_role role, const char **ret)
{
    const struct smk_kind *kind = smk_kind_find(smk_bytes_of_text("interview"));
    const struct smk_field *rule =
        smk_field_find(kind->field, kind->field_count, smk_bytes_of_text(smk_survey_word(role)));
    struct smk_survey_text word;
    bool is_short = folded(j, role, &word);
    if (is_short && word.text[0] == '\0')
        return true;
    if (is_short && find_answer(j, role, rule, word.text, ret))
        return true;
    return refuse(j, role, "unknown_choice", "Write one of the choices that 'samaki docs interview' shows.");
}

/* ---- how old ---- */

static const char *band_of(uint64_t age)
{
    return age < 18 ? "15_17" : age < 31 ? "18_30" : age < 46 ? "31_45" : age < 60 ? "46_59" : "60_plus";
}

static bool read_age(struct judging *j)
{
    struct smk_survey_text word;
    uint64_t age = 0;
    if (!folded(j, SMK_SURVEY_AGE, &word))
        return refuse(j, SMK_SURVEY_AGE, "bad_number", "Write the age in years, as a number.");
    if (word.text[0] == '\0')
        return true;
    size_t len = strlen(word.text);
    bool is_less =
        word.text[0] == '-' && smk_khmer_number_parse(smk_bytes_of_text(word.text + 1), UINT64_MAX, &age);
    if (len > 2 && strcmp(word.text + len - 2, ".0") == 0) /* as spreadsheets write whole numbers */
        word.text[len - 2] = '\0';
    bool is_long = word.text[strspn(word.text, "0123456789")] == '\0';
    bool is_number = smk_khmer_number_parse(smk_bytes_of_text(word.text), UINT64_MAX, &age);
    if (!is_number && !is_less && !is_long)
        return refuse(j, SMK_SURVEY_AGE, "bad_number", "Write the age in years, as a number.");
    if (!is_number || age < 15 || age > SMK_SURVEY_AGE_MAX)
        return refuse(j, SMK_SURVEY_AGE, "age_out_of_range",
                      "Interviews are with people of 15 to 120 years.");
    j->a->has_age = true;
    j->a->age = age;
    j->a->age_band = band_of(age);
    return true;
}

/* ---- when ---- */

static bool is_iso(const char *text)
{
    return strlen(text) >= 10 && (text[10] == '\0' || text[10] == 't' || text[10] == ' ') &&
           smk_date_is_valid((struct smk_bytes){(const uint8_t *)text, 10});
}

/* "16/11/2021" is one day; "05/04/2021" may be two. */
static bool read_slashes(struct judging *j, enum smk_survey_role role, const char *text)
{
    unsigned first = 0, second = 0, year = 0;
    char end = '\0', date[16];
    int got = sscanf(text, "%2u/%2u/%4u%c", &first, &second, &year, &end);
    bool is_date = (got == 3 || (got == 4 && (end == ' ' || end == 't'))) && year >= 1000;
    if (is_date && first <= 12 && second <= 12 && first != second)
        return refuse(j, role, "ambiguous_date", "Write it as 2021-04-05: day and month may be exchanged.");
    unsigned day = second > 12 ? second : first, month = second > 12 ? first : second;
    (void)snprintf(date, sizeof date, "%04u-%02u-%02u", year % 10000, month % 100, day % 100);
    if (!is_date || !is_iso(date))
        return refuse(j, role, "bad_date", "Write it as 2021-04-05.");
    memcpy(j->a->date, date, 11);
    return true;
}

static bool read_date(struct judging *j)
{
    struct smk_survey_text word;
    enum smk_survey_role role = is_blank(j, SMK_SURVEY_DATE) ? SMK_SURVEY_START : SMK_SURVEY_DATE;
    if (!folded(j, role, &word))
        return refuse(j, role, "bad_date", "Write it as 2021-04-05.");
    if (word.text[0] == '\0')
        return true;
    if (!is_iso(word.text))
        return read_slashes(j, role, word.text);
    memcpy(j->a->date, word.text, 10);
    return true;
}

/* ---- all of it ---- */

static bool read_people(struct judging *j)
{
    struct smk_survey_answer *a = j->a;
    const char *band = NULL;
    if (!read_choice(j, SMK_SURVEY_SEX, &a->sex) || !read_age(j) ||
        !read_choice(j, SMK_SURVEY_AGE_BAND, &band) || !read_choice(j, SMK_SURVEY_TYPE, &a->respondent_type))
        return false;
    a->age_band = a->age_band != NULL ? a->age_band : band;
    return read_choice(j, SMK_SURVEY_METHOD, &a->method) &&
           read_choice(j, SMK_SURVEY_DISABILITY, &a->disability) &&
           read_choice(j, SMK_SURVEY_CONSENT, &a->consent) &&
           read_choice(j, SMK_SURVEY_GUARDIAN, &a->guardian_consent);
}

static bool has_agreed(struct judging *j)
{
    if (j->a->consent == NULL || strcmp(j->a->consent, "no") != 0)
        return true;
    return refuse(j, SMK_SURVEY_CONSENT, "no_consent", "Nothing: who did not agree is not kept.");
}

enum smk_err smk_survey_read(struct smk_survey *s, const struct smk_row *row,
                             struct smk_survey_answer *ret_answer)
{
    struct judging j = {.s = s, .row = row, .a = ret_answer};
    struct smk_survey_text word;
    memset(ret_answer, 0, sizeof *ret_answer);
    name_row(&j);
    if (smk_survey_find_seen(s, row, ret_answer))
        return j.err;
    if (folded(&j, SMK_SURVEY_CASE_STUDY, &word))
        ret_answer->case_study = word;
    ret_answer->is_not_approved =
        folded(&j, SMK_SURVEY_STATUS, &word) &&
        (strcmp(word.text, "not approved") == 0 || strcmp(word.text, "rejected") == 0);
    bool is_good = find_place(&j) && read_people(&j) && has_agreed(&j) && read_date(&j);
    if (j.err == SMK_OK && is_good)
        j.err = smk_survey_add_seen(s, row, ret_answer);
    return j.err;
}
