#include "store/files/xlsform.h"

#include "proto/khmer.h"
#include "proto/mem.h"
#include "store/files/xlsx.h"

#include <string.h>

enum { COLUMNS_MAX = 128 };

/* What a column of either sheet is. */
enum column {
    COLUMN_PASSED, /* known, and says nothing about what an answer means */
    COLUMN_TYPE,
    COLUMN_LIST,
    COLUMN_NAME,
    COLUMN_LABEL,
    COLUMN_RULE, /* a rule for whoever fills in the form, which is not applied here */
    COLUMN_STRANGE,
};

enum sheet { SHEET_SURVEY, SHEET_CHOICES, SHEET_OTHER };

struct reading {
    struct smk_xlsform *form;
    enum sheet sheet;
    const char *sheet_name;
    bool has_head, has_survey, is_full; /* memory */
    enum smk_file_flaw flaw;
    size_t column_count;
    enum column column[COLUMNS_MAX];
    const char *heading[COLUMNS_MAX];
    size_t depth, repeats;                     /* groups that are open; of them, repeats */
    const char *group[SMK_XLSFORM_GROUPS_MAX]; /* folded */
    bool is_repeat[SMK_XLSFORM_GROUPS_MAX];
    size_t question_room, choice_room, note_room;
    struct smk_buf spare;
};

/* ---- memory ---- */

static const char *keep(struct reading *r, struct smk_bytes text)
{
    char *kept = smk_arena_new(&r->form->arena, text.len + 1);
    if (kept != NULL && text.len > 0)
        memcpy(kept, text.data, text.len);
    r->is_full = r->is_full || kept == NULL;
    return kept;
}

/* Folded; "" for what is too long, or cannot be folded: nothing is the same as that. */
static const char *keep_folded(struct reading *r, struct smk_bytes text)
{
    smk_buf_reset(&r->spare);
    enum smk_err err =
        text.len > SMK_XLSFORM_LABEL_BYTES_MAX ? SMK_ERR_TOO_BIG_HERE : smk_khmer_fold(text, &r->spare);
    r->is_full = r->is_full || err == SMK_ERR_NOMEM;
    bool is_text = err == SMK_OK && (r->spare.len == 0 || memchr(r->spare.data, 0, r->spare.len) == NULL);
    return keep(r, is_text ? smk_buf_view(&r->spare) : (struct smk_bytes){0});
}

/* Room for one more; the array may move. NULL: r->is_full. */
static void *grow(struct reading *r, void *array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return array;
    size_t wanted = *room > 0 ? 2 * *room : 64;
    void *grown = smk_mem_resize(array, wanted * size);
    if (grown != NULL)
        *room = wanted;
    r->is_full = r->is_full || grown == NULL;
    return grown;
}

static void note(struct reading *r, size_t row, const char *about, const char *what)
{
    struct smk_xlsform *f = r->form;
    if (f->note_count == SMK_XLSFORM_NOTES_MAX || r->is_full || about == NULL)
        return;
    struct smk_xlsform_note *grown = grow(r, f->note, f->note_count, &r->note_room, sizeof *grown);
    if (grown == NULL)
        return;
    bool is_last = f->note_count + 1 == SMK_XLSFORM_NOTES_MAX;
    f->note = grown;
    f->note[f->note_count++] = (struct smk_xlsform_note){r->sheet_name, row, is_last ? "..." : about,
                                                         is_last ? "and more that is not listed" : what};
}

/* ---- the first row ---- */

static bool is_word(struct smk_bytes text, const char *word)
{
    return smk_bytes_is_equal(text, smk_bytes_of_text(word));
}

/* "label::Khmer (km)" is a label. */
static struct smk_bytes without_language(struct smk_bytes heading)
{
    for (size_t i = 0; i < heading.len; i++)
        if (heading.data[i] == ':')
            return (struct smk_bytes){heading.data, i};
    return heading;
}

static enum column column_of(enum sheet sheet, struct smk_bytes heading)
{
    static const char *const passed[] = {"hint",
                                         "guidance_hint",
                                         "guidance hint",
                                         "appearance",
                                         "default",
                                         "required",
                                         "read_only",
                                         "readonly",
                                         "read only",
                                         "parameters",
                                         "image",
                                         "audio",
                                         "video",
                                         "big-image",
                                         "media",
                                         "body",
                                         "intent",
                                         "required_message",
                                         "constraint_message",
                                         "constraint message",
                                         "required message",
                                         "disabled",
                                         "note"};
    static const char *const rule[] = {"relevant",     "relevance",     "constraint",
                                       "calculation",  "choice_filter", "choice filter",
                                       "repeat_count", "trigger",       "save_to"};
    struct smk_bytes word = without_language(heading);
    if (is_word(word, "label"))
        return COLUMN_LABEL;
    if (is_word(word, "name") || (sheet == SHEET_CHOICES && is_word(word, "value")))
        return COLUMN_NAME;
    if (sheet == SHEET_SURVEY && is_word(word, "type"))
        return COLUMN_TYPE;
    if (sheet == SHEET_CHOICES && (is_word(word, "list_name") || is_word(word, "list name")))
        return COLUMN_LIST;
    for (size_t i = 0; sheet == SHEET_SURVEY && i < sizeof rule / sizeof rule[0]; i++)
        if (is_word(word, rule[i]))
            return COLUMN_RULE;
    for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++)
        if (is_word(word, passed[i]))
            return COLUMN_PASSED;
    return heading.len > 0 ? COLUMN_STRANGE : COLUMN_PASSED;
}

static bool has_column(const struct reading *r, enum column column)
{
    for (size_t i = 0; i < r->column_count; i++)
        if (r->column[i] == column)
            return true;
    return false;
}

static bool take_head(struct reading *r, const struct smk_row *row)
{
    r->has_head = true;
    r->column_count = row->count < COLUMNS_MAX ? row->count : COLUMNS_MAX;
    if (row->count > COLUMNS_MAX)
        note(r, row->number, "...", "only the first 128 columns are looked at");
    for (size_t i = 0; i < r->column_count; i++) {
        const char *folded = keep_folded(r, row->cell[i].text);
        r->heading[i] = keep(r, row->cell[i].text);
        r->column[i] = folded != NULL ? column_of(r->sheet, smk_bytes_of_text(folded)) : COLUMN_PASSED;
        if (r->column[i] == COLUMN_STRANGE)
            note(r, row->number, r->heading[i], "this column is not looked at");
    }
    bool is_form =
        has_column(r, COLUMN_NAME) && has_column(r, r->sheet == SHEET_SURVEY ? COLUMN_TYPE : COLUMN_LIST);
    if (!is_form)
        r->flaw = SMK_FILE_NOT_FORM;
    r->has_survey = r->has_survey || r->sheet == SHEET_SURVEY;
    return is_form && !r->is_full;
}

/* The first cell of such a column that says something. */
static struct smk_bytes cell(const struct reading *r, const struct smk_row *row, enum column column)
{
    for (size_t i = 0; i < r->column_count && i < row->count; i++)
        if (r->column[i] == column && row->cell[i].text.len > 0)
            return row->cell[i].text;
    return (struct smk_bytes){0};
}

static void read_names(struct reading *r, const struct smk_row *row, struct smk_xlsform_names *ret)
{
    *ret = (struct smk_xlsform_names){.name = keep_folded(r, cell(r, row, COLUMN_NAME))};
    for (size_t i = 0; i < r->column_count && i < row->count; i++) {
        if (r->column[i] != COLUMN_LABEL || row->cell[i].text.len == 0)
            continue;
        if (ret->label_count < SMK_XLSFORM_LABELS_MAX)
            ret->label[ret->label_count++] = keep_folded(r, row->cell[i].text);
        else
            note(r, row->number, r->heading[i], "more than 8 languages: this one is not looked at");
    }
}

/* ---- the sheet `survey` ---- */

/* What becomes of the answers to a type of question. */
enum use { USE_ANSWER, USE_NONE, USE_LEFT, USE_BEGIN, USE_BEGIN_REPEAT, USE_END, USE_STRANGE };

static const struct {
    const char *type;
    enum use use;
} type_row[] = {
    {"text", USE_ANSWER},
    {"integer", USE_ANSWER},
    {"decimal", USE_ANSWER},
    {"range", USE_ANSWER},
    {"date", USE_ANSWER},
    {"datetime", USE_ANSWER},
    {"select_one", USE_ANSWER},
    {"start", USE_ANSWER},
    {"today", USE_ANSWER},
    {"calculate", USE_ANSWER},
    {"hidden", USE_ANSWER},
    {"note", USE_NONE},
    {"end", USE_NONE},
    {"deviceid", USE_NONE},
    {"username", USE_NONE},
    {"phonenumber", USE_NONE},
    {"email", USE_NONE},
    {"audit", USE_NONE},
    {"simserial", USE_NONE},
    {"subscriberid", USE_NONE},
    {"background-audio", USE_NONE},
    {"begin_group", USE_BEGIN},
    {"end_group", USE_END},
    {"begin_repeat", USE_BEGIN_REPEAT},
    {"end_repeat", USE_END},
    {"select_multiple", USE_LEFT},
    {"select_one_from_file", USE_LEFT},
    {"rank", USE_LEFT},
    {"geopoint", USE_LEFT},
    {"geotrace", USE_LEFT},
    {"geoshape", USE_LEFT},
    {"image", USE_LEFT},
    {"audio", USE_LEFT},
    {"video", USE_LEFT},
    {"file", USE_LEFT},
    {"barcode", USE_LEFT},
    {"acknowledge", USE_LEFT},
    {"time", USE_LEFT},
    {"xml-external", USE_LEFT},
    {"csv-external", USE_LEFT},
    {"select_multiple_from_file", USE_LEFT},
};

/* "select_one LIST or_other"; "begin group" is begin_group. ret_list: "" when there is none. */
static enum use use_of(const char *type, struct smk_bytes *ret_list, bool *ret_has_other)
{
    char word[64];
    size_t len = strcspn(type, " ");
    const char *rest = type + len + strspn(type + len, " ");
    bool is_pair = strncmp(type, "begin ", 6) == 0 || strncmp(type, "end ", 4) == 0;
    if (is_pair) {
        len = strlen(type);
        rest = type + len;
    }
    *ret_list = (struct smk_bytes){(const uint8_t *)rest, strcspn(rest, " ")};
    *ret_has_other = strcmp(rest + ret_list->len, " or_other") == 0;
    if (len >= sizeof word)
        return USE_STRANGE;
    memcpy(word, type, len);
    word[len] = '\0';
    for (size_t i = 0; is_pair && i < len; i++)
        word[i] = word[i] == ' ' ? '_' : word[i];
    for (size_t i = 0; i < sizeof type_row / sizeof type_row[0]; i++)
        if (strcmp(word, type_row[i].type) == 0)
            return type_row[i].use;
    return USE_STRANGE;
}

static void begin_group(struct reading *r, const struct smk_row *row, bool is_repeat)
{
    const char *name = keep_folded(r, cell(r, row, COLUMN_NAME));
    if (is_repeat)
        note(r, row->number, name,
             "a repeat: its answers are rows of a table of their own, which is not taken");
    if (r->depth == SMK_XLSFORM_GROUPS_MAX) {
        r->flaw = SMK_FILE_NOT_FORM;
        return;
    }
    r->group[r->depth] = name;
    r->is_repeat[r->depth++] = is_repeat;
    r->repeats += is_repeat;
}

static void end_group(struct reading *r, const struct smk_row *row)
{
    if (r->depth == 0) {
        note(r, row->number, "end", "no group is open here");
        return;
    }
    r->repeats -= r->is_repeat[--r->depth];
}

static const char *path_of(struct reading *r, const char *name)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf path = {.max = SIZE_MAX};
    for (size_t i = 0; i < r->depth; i++) {
        smk_buf_write_bytes(&path, smk_bytes_of_text(r->group[i]));
        smk_buf_write_u8(&path, '/');
    }
    smk_buf_write_bytes(&path, smk_bytes_of_text(name));
    r->is_full = r->is_full || path.err != SMK_OK;
    return r->is_full ? NULL : keep(r, smk_buf_view(&path));
}

static void note_rules(struct reading *r, const struct smk_row *row)
{
    for (size_t i = 0; i < r->column_count && i < row->count; i++)
        if (r->column[i] == COLUMN_RULE && row->cell[i].text.len > 0)
            note(r, row->number, r->heading[i], "this rule is not applied: rows are judged by Samaki's own");
}

static void add_question(struct reading *r, const struct smk_row *row, struct smk_bytes list)
{
    struct smk_xlsform *f = r->form;
    struct smk_bytes name = cell(r, row, COLUMN_NAME);
    struct smk_xlsform_question q = {.row = row->number, .shown = keep(r, name)};
    if (f->question_count == SMK_XLSFORM_QUESTIONS_MAX) {
        r->flaw = SMK_FILE_TOO_MANY_ROWS;
        return;
    }
    read_names(r, row, &q.names);
    if (r->is_full)
        return;
    if (q.names.name[0] == '\0') {
        note(r, row->number, "name",
             "a question without a name, or with one that is too long: it is left out");
        return;
    }
    q.path = path_of(r, q.names.name);
    q.list = list.len > 0 ? keep(r, list) : NULL;
    struct smk_xlsform_question *grown =
        r->is_full ? NULL : grow(r, f->question, f->question_count, &r->question_room, sizeof *grown);
    if (grown == NULL)
        return;
    f->question = grown;
    f->question[f->question_count++] = q;
}

static void take_question(struct reading *r, const struct smk_row *row)
{
    struct smk_bytes list, shown = cell(r, row, COLUMN_TYPE);
    bool has_other;
    const char *type = keep_folded(r, shown);
    if (type == NULL || type[0] == '\0')
        return;
    enum use use = use_of(type, &list, &has_other);
    note_rules(r, row);
    if (use == USE_BEGIN || use == USE_BEGIN_REPEAT)
        begin_group(r, row, use == USE_BEGIN_REPEAT);
    else if (use == USE_END)
        end_group(r, row);
    else if (use == USE_STRANGE)
        note(r, row->number, keep(r, shown), "this type is not known; its answers are not taken");
    else if (use == USE_LEFT)
        note(r, row->number, keep(r, shown), "answers of this type are not taken");
    else if (use == USE_ANSWER && r->repeats == 0)
        add_question(r, row, list);
    if (use == USE_ANSWER && has_other)
        note(r, row->number, "or_other", "an answer that is none of the choices is refused row by row");
}

/* ---- the sheet `choices` ---- */

static void take_choice(struct reading *r, const struct smk_row *row)
{
    struct smk_xlsform *f = r->form;
    struct smk_bytes list = cell(r, row, COLUMN_LIST), name = cell(r, row, COLUMN_NAME);
    if (list.len == 0 && name.len == 0)
        return;
    if (list.len == 0 || name.len == 0) {
        note(r, row->number, list.len == 0 ? "list_name" : "name", "a choice without it: it is left out");
        return;
    }
    if (f->choice_count == SMK_XLSFORM_CHOICES_MAX) {
        r->flaw = SMK_FILE_TOO_MANY_ROWS;
        return;
    }
    struct smk_xlsform_choice choice = {.list = keep_folded(r, list)};
    read_names(r, row, &choice.names);
    struct smk_xlsform_choice *grown =
        r->is_full ? NULL : grow(r, f->choice, f->choice_count, &r->choice_room, sizeof *grown);
    if (grown == NULL)
        return;
    f->choice = grown;
    f->choice[f->choice_count++] = choice;
}

/* ---- the workbook ---- */

static bool take_sheet(void *ctx, struct smk_bytes name)
{
    struct reading *r = ctx;
    const char *folded = keep_folded(r, name);
    r->sheet_name = keep(r, name);
    r->has_head = false;
    r->column_count = 0;
    r->sheet = SHEET_OTHER;
    if (r->is_full)
        return false;
    if (strcmp(folded, "survey") == 0)
        r->sheet = SHEET_SURVEY;
    else if (strcmp(folded, "choices") == 0)
        r->sheet = SHEET_CHOICES;
    else if (strcmp(folded, "settings") != 0)
        note(r, 0, r->sheet_name, "this sheet is not looked at");
    return r->sheet != SHEET_OTHER;
}

static bool take_row(void *ctx, const struct smk_row *row)
{
    struct reading *r = ctx;
    if (!r->has_head)
        return take_head(r, row);
    if (r->sheet == SHEET_SURVEY)
        take_question(r, row);
    else
        take_choice(r, row);
    return !r->is_full && r->flaw == SMK_FILE_NONE;
}

static bool has_list(const struct smk_xlsform *f, const char *list)
{
    for (size_t i = 0; i < f->choice_count; i++)
        if (strcmp(f->choice[i].list, list) == 0)
            return true;
    return false;
}

static void note_lists(struct reading *r)
{
    const struct smk_xlsform *f = r->form;
    r->sheet_name = "survey";
    for (size_t i = 0; i < f->question_count; i++)
        if (f->question[i].list != NULL && !has_list(f, f->question[i].list))
            note(r, f->question[i].row, f->question[i].shown, "its list of choices is not in the form");
}

bool smk_xlsform_read(struct smk_bytes file, struct smk_xlsform *ret_form, struct smk_file_fault *ret_fault)
{
    struct reading r = {.form = ret_form, .spare = {.max = 4 * SMK_XLSFORM_LABEL_BYTES_MAX}};
    const struct smk_table_sink sink = {take_sheet, take_row, &r};
    *ret_form = (struct smk_xlsform){0};
    *ret_fault = (struct smk_file_fault){0};
    bool is_read = smk_xlsx_read(file, sink, ret_fault);
    if (is_read && !r.is_full)
        note_lists(&r);
    if (is_read && !r.has_survey)
        r.flaw = SMK_FILE_NOT_FORM;
    if (r.flaw != SMK_FILE_NONE)
        *ret_fault = (struct smk_file_fault){.flaw = r.flaw};
    if (r.is_full)
        *ret_fault = (struct smk_file_fault){.flaw = SMK_FILE_NO_MEMORY};
    smk_buf_deinit(&r.spare);
    return ret_fault->flaw == SMK_FILE_NONE;
}

void smk_xlsform_deinit(struct smk_xlsform *f)
{
    smk_arena_deinit(&f->arena);
    smk_mem_free(f->question);
    smk_mem_free(f->choice);
    smk_mem_free(f->note);
    *f = (struct smk_xlsform){0};
}

/* ---- finding ---- */

static bool is_named(const struct smk_xlsform_names *names, const char *folded)
{
    bool is_it = folded[0] != '\0' && strcmp(names->name, folded) == 0;
    for (size_t i = 0; i < names->label_count && !is_it; i++)
        is_it = folded[0] != '\0' && strcmp(names->label[i], folded) == 0;
    return is_it;
}

const struct smk_xlsform_question *smk_xlsform_find(const struct smk_xlsform *f, const char *folded)
{
    const struct smk_xlsform_question *found = NULL;
    const char *slash = strrchr(folded, '/');
    for (size_t i = 0; i < f->question_count; i++) /* its own name goes before the label of another */
        if (strcmp(f->question[i].path, folded) == 0 || strcmp(f->question[i].names.name, folded) == 0)
            return &f->question[i];
    for (size_t i = 0; i < f->question_count; i++) {
        const struct smk_xlsform_names *names = &f->question[i].names;
        if (!is_named(names, folded) && (slash == NULL || !is_named(names, slash + 1)))
            continue;
        if (found != NULL)
            return NULL;
        found = &f->question[i];
    }
    return found;
}

const struct smk_xlsform_choice *smk_xlsform_next_choice(const struct smk_xlsform *f, const char *list,
                                                         const char *folded, size_t *at)
{
    while (*at < f->choice_count) {
        const struct smk_xlsform_choice *choice = &f->choice[(*at)++];
        if (strcmp(choice->list, list) == 0 && is_named(&choice->names, folded))
            return choice;
    }
    return NULL;
}
