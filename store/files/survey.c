/* Which column of a survey is what, and which row was there before. */
#include "store/files/survey_row.h"

#include "proto/khmer.h"
#include "proto/mem.h"

#include <string.h>

enum { FOLD_BYTES_MAX = 1024 };

static const struct {
    const char *word, *others;
} role_row[] = {
#define X(name, word, others) {word, others},
    SMK_SURVEY_MAP(X)
#undef X
};

const char *smk_survey_word(enum smk_survey_role role)
{
    return role_row[role].word;
}

bool smk_survey_role_find(const char *word, enum smk_survey_role *ret_role)
{
    for (size_t i = 0; i < SMK_SURVEY_ROLES; i++)
        if (strcmp(word, role_row[i].word) == 0) {
            *ret_role = (enum smk_survey_role)i;
            return true;
        }
    return false;
}

const char *smk_survey_outcome_word(enum smk_survey_outcome outcome)
{
    static const char *const word[] = {"accept", "skip_duplicate", "reject"};
    return word[outcome];
}

/* ---- columns ---- */

/* False for what is too long for a name; *err is set when there is too little memory to tell. */
static bool fold(struct smk_bytes text, struct smk_buf *b, enum smk_err *err)
{
    smk_buf_reset(b);
    enum smk_err folded = text.len <= FOLD_BYTES_MAX / 2 ? smk_khmer_fold(text, b) : SMK_ERR_TOO_BIG_HERE;
    if (folded == SMK_ERR_NOMEM)
        *err = folded;
    return folded == SMK_OK;
}

/* Two names are one when their folds are. Here and below: what is answered counts only when *err is still OK. */
static bool is_same_name(struct smk_bytes a, const char *b, enum smk_err *err)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf of_a = {.max = FOLD_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf of_b = {.max = FOLD_BYTES_MAX};
    return a.len > 0 && fold(a, &of_a, err) && fold(smk_bytes_of_text(b), &of_b, err) &&
           smk_bytes_is_equal(smk_buf_view(&of_a), smk_buf_view(&of_b));
}

/* folded: a name; others: folded too, each between bars. */
static bool is_among(struct smk_bytes folded, const char *others)
{
    for (const char *at = others + 1; *at != '\0';) {
        const char *end = strchr(at, '|');
        if (smk_bytes_is_equal(folded, (struct smk_bytes){(const uint8_t *)at, (size_t)(end - at)}))
            return true;
        at = end + 1;
    }
    return false;
}

/* "group/district" is a district. */
static struct smk_bytes without_group(struct smk_bytes name)
{
    for (size_t i = name.len; i > 0; i--)
        if (name.data[i - 1] == '/')
            return (struct smk_bytes){name.data + i, name.len - i};
    return name;
}

static bool is_known(struct smk_bytes name, enum smk_survey_role *ret_role, enum smk_err *err)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf b = {.max = FOLD_BYTES_MAX};
    for (size_t pass = 0; pass < 2; pass++) {
        if (!fold(pass == 0 ? name : without_group(name), &b, err))
            return false;
        for (size_t i = 0; i < SMK_SURVEY_ROLES; i++)
            if (is_among(smk_buf_view(&b), role_row[i].others)) {
                *ret_role = (enum smk_survey_role)i;
                return true;
            }
    }
    return false;
}

enum smk_err smk_survey_is_head(const struct smk_row *row, bool *ret_is_head)
{
    enum smk_err err = SMK_OK;
    bool has_key = false, has_place = false;
    enum smk_survey_role role;
    for (size_t i = 0; i < row->count; i++) {
        if (!is_known(row->cell[i].text, &role, &err))
            continue;
        bool is_ours = smk_bytes_is_equal(row->cell[i].text, smk_bytes_of_text("id"));
        has_key = has_key || (!is_ours && (role == SMK_SURVEY_KEY || role == SMK_SURVEY_ROW));
        has_place = has_place || role == SMK_SURVEY_DISTRICT || role == SMK_SURVEY_COMMUNE;
    }
    if (err == SMK_OK)
        *ret_is_head = has_key && has_place;
    return err;
}

static bool choose(const struct smk_survey_choice *choice, size_t count, struct smk_bytes name,
                   enum smk_survey_role *ret_role, enum smk_err *err)
{
    for (size_t i = 0; i < count; i++)
        if (is_same_name(name, choice[i].column, err)) {
            *ret_role = choice[i].role;
            return true;
        }
    return false;
}

enum smk_err smk_survey_role_of(const struct smk_xlsform_question *q, enum smk_survey_role *ret_role)
{
    enum smk_err err = SMK_OK;
    bool is_it = is_known(smk_bytes_of_text(q->names.name), ret_role, &err);
    for (size_t i = 0; i < q->names.label_count && !is_it; i++)
        is_it = is_known(smk_bytes_of_text(q->names.label[i]), ret_role, &err);
    return err != SMK_OK ? err : is_it ? SMK_OK : SMK_ERR_NOT_FOUND;
}

/* The question that heads a column; NULL when there is none. */
static const struct smk_xlsform_question *question_of(const struct smk_xlsform *form,
                                                      struct smk_bytes heading, enum smk_err *err)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf b = {.max = FOLD_BYTES_MAX};
    if (form == NULL || !fold(heading, &b, err))
        return NULL;
    smk_buf_write_u8(&b, 0);
    if (b.err == SMK_ERR_NOMEM)
        *err = b.err;
    return b.err == SMK_OK ? smk_xlsform_find(form, (const char *)b.data) : NULL;
}

/* Who says what a column is, the first before the others. */
enum teller { TELLER_PERSON, TELLER_FORM, TELLER_USAGE, TELLERS };

struct telling {
    const struct smk_survey_choice *choice;
    size_t count;
    const struct smk_xlsform *form;
};

static bool tells(const struct telling *t, enum teller who, struct smk_bytes heading,
                  enum smk_survey_role *ret_role, enum smk_err *err)
{
    if (who == TELLER_PERSON)
        return choose(t->choice, t->count, heading, ret_role, err);
    if (who == TELLER_USAGE)
        return is_known(heading, ret_role, err);
    const struct smk_xlsform_question *q = question_of(t->form, heading, err);
    enum smk_err found = q != NULL ? smk_survey_role_of(q, ret_role) : SMK_ERR_NOT_FOUND;
    if (found == SMK_ERR_NOMEM)
        *err = found;
    return found == SMK_OK;
}

/* A role that one of them has given is not given again by a later one; nor is a column. */
static enum smk_err find_columns(struct smk_survey *s, const struct smk_row *row, const struct telling *t,
                                 enum smk_survey_role *ret_role)
{
    bool is_given[SMK_SURVEY_ROLES] = {false};
    enum smk_survey_role role, other;
    enum smk_err err = SMK_OK;
    for (enum teller who = 0; who < TELLERS; who++) {
        bool is_new[SMK_SURVEY_ROLES] = {false};
        for (size_t i = 0; i < row->count; i++) {
            bool is_told = false;
            for (enum teller before = 0; before < who && !is_told; before++)
                is_told = tells(t, before, row->cell[i].text, &other, &err);
            if (is_told || !tells(t, who, row->cell[i].text, &role, &err) || is_given[role])
                continue;
            *ret_role = role;
            if (is_new[role])
                return err != SMK_OK ? err : SMK_ERR_EXISTS;
            is_new[role] = true;
            s->place[role] = i;
        }
        for (size_t i = 0; i < SMK_SURVEY_ROLES; i++)
            is_given[i] = is_given[i] || is_new[i];
    }
    for (size_t i = 0; i < SMK_SURVEY_ROLES && err == SMK_OK; i++)
        if (s->place[i] != SIZE_MAX)
            s->question[i] = question_of(t->form, row->cell[s->place[i]].text, &err);
    *ret_role = SMK_SURVEY_DISTRICT;
    bool has_place = s->place[SMK_SURVEY_DISTRICT] != SIZE_MAX || s->place[SMK_SURVEY_COMMUNE] != SIZE_MAX;
    return err != SMK_OK ? err : has_place ? SMK_OK : SMK_ERR_NOT_FOUND;
}

enum smk_err smk_survey_init(struct smk_survey *ret_survey, const struct smk_places *places,
                             const struct smk_row *row, const struct smk_survey_choice *choice,
                             size_t choice_count, const struct smk_xlsform *form,
                             enum smk_survey_role *ret_role)
{
    const struct telling t = {choice, choice_count, form};
    *ret_survey = (struct smk_survey){.places = places, .form = form};
    for (size_t i = 0; i < SMK_SURVEY_ROLES; i++)
        ret_survey->place[i] = SIZE_MAX;
    return find_columns(ret_survey, row, &t, ret_role);
}

void smk_survey_deinit(struct smk_survey *s)
{
    smk_mem_free(s->seen);
    *s = (struct smk_survey){0};
}

struct smk_bytes smk_survey_cell(const struct smk_survey *s, const struct smk_row *row,
                                 enum smk_survey_role role)
{
    size_t at = s->place[role];
    return at < row->count ? row->cell[at].text : (struct smk_bytes){0};
}

/* ---- rows that were there before ---- */

/* Everything but the number of the row and when it was sent: what a person would compare. */
static void digest(const struct smk_survey *s, const struct smk_row *row, uint8_t ret_hash[SMK_HASH_BYTES])
{
    static const enum smk_survey_role said[] = {SMK_SURVEY_DISTRICT, SMK_SURVEY_COMMUNE, SMK_SURVEY_SEX,
                                                SMK_SURVEY_AGE,      SMK_SURVEY_TYPE,    SMK_SURVEY_DATE};
    struct smk_sha256 hash;
    smk_sha256_init(&hash);
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        static const uint8_t end = 0;
        smk_sha256_add(&hash, smk_survey_cell(s, row, said[i]));
        smk_sha256_add(&hash, (struct smk_bytes){&end, 1});
    }
    smk_sha256_finish(&hash, ret_hash);
}

static size_t bucket_of(const char *key)
{
    uint32_t sum =
        2166136261u; /* FNV-1a: who makes all keys fall together only slows down their own import */
    for (; *key != '\0'; key++)
        sum = (sum ^ (uint8_t)*key) * 16777619u;
    return sum % SMK_SURVEY_BUCKETS;
}

bool smk_survey_find_seen(const struct smk_survey *s, const struct smk_row *row, struct smk_survey_answer *a)
{
    uint8_t hash[SMK_HASH_BYTES];
    size_t at = a->key.text[0] != '\0' ? s->bucket[bucket_of(a->key.text)] : 0;
    while (at > 0 && strcmp(s->seen[at - 1].key.text, a->key.text) != 0)
        at = s->seen[at - 1].before;
    if (at == 0)
        return false;
    digest(s, row, hash);
    a->outcome = SMK_SURVEY_DUPLICATE;
    a->same_as = s->seen[at - 1].row;
    a->differs = memcmp(hash, s->seen[at - 1].hash, sizeof hash) != 0;
    return true;
}

enum smk_err smk_survey_add_seen(struct smk_survey *s, const struct smk_row *row,
                                 const struct smk_survey_answer *a)
{
    if (a->key.text[0] == '\0')
        return SMK_OK;
    if (s->count == s->room) {
        size_t room = s->room > 0 ? 2 * s->room : 64;
        struct smk_survey_seen *grown = smk_mem_resize(s->seen, room * sizeof *grown);
        if (grown == NULL)
            return SMK_ERR_NOMEM;
        s->seen = grown;
        s->room = room;
    }
    size_t *bucket = &s->bucket[bucket_of(a->key.text)];
    s->seen[s->count] = (struct smk_survey_seen){.key = a->key, .row = a->row, .before = *bucket};
    digest(s, row, s->seen[s->count].hash);
    *bucket = ++s->count;
    return SMK_OK;
}
