#include "store/files/xlsx_book.h"

#include "proto/mem.h"

#include <string.h>

bool smk_xlsx_index(const char *text, uint64_t *ret_index)
{
    uint64_t index = 0;
    size_t len = text != NULL ? strlen(text) : 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        index = index * 10 + (uint64_t)(text[i] - '0');
    }
    if (len < 1 || len > 9)
        return false;
    *ret_index = index;
    return true;
}

/* Doubles an array when it is full. */
static bool make_room(void **array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return true;
    size_t wanted = *room > 0 ? *room * 2 : 64;
    void *grown = smk_mem_resize(*array, wanted * size);
    if (grown == NULL)
        return false;
    *array = grown;
    *room = wanted;
    return true;
}

/* ---- which part stands where ---- */

/* A part named by another one: from the root, or from the folder of the one that names it. */
static bool resolve(const char *from, const char *target, char ret_path[SMK_XLSX_PATH_MAX + 1])
{
    const char *slash = strrchr(from, '/');
    size_t folder = slash != NULL ? (size_t)(slash - from) + 1 : 0;
    if (target[0] == '/') {
        folder = 0;
        target++;
    }
    size_t len = strlen(target);
    if (len == 0 || folder + len > SMK_XLSX_PATH_MAX || strstr(target, "..") != NULL)
        return false;
    memcpy(ret_path, from, folder);
    memcpy(ret_path + folder, target, len + 1);
    return true;
}

/* "xl/workbook.xml" has its relations in "xl/_rels/workbook.xml.rels". */
static bool relations_of(const char *part, char ret_path[SMK_XLSX_PATH_MAX + 1])
{
    static const char folder_name[] = "_rels/", ending[] = ".rels";
    const char *slash = strrchr(part, '/');
    size_t folder = slash != NULL ? (size_t)(slash - part) + 1 : 0, len = strlen(part);
    if (len + sizeof folder_name + sizeof ending > SMK_XLSX_PATH_MAX)
        return false;
    memcpy(ret_path, part, folder);
    memcpy(ret_path + folder, folder_name, sizeof folder_name - 1);
    memcpy(ret_path + folder + sizeof folder_name - 1, part + folder, len - folder);
    memcpy(ret_path + len + sizeof folder_name - 1, ending, sizeof ending);
    return true;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t len = strlen(text), tail = strlen(ending);
    return len >= tail && strcmp(text + len - tail, ending) == 0;
}

struct relation {
    const char *type, *target, *id;
};

static bool relation_of(const char *name, struct smk_xml_attributes a, struct relation *ret)
{
    const char *mode = smk_xml_find(a, "TargetMode", false);
    *ret = (struct relation){smk_xml_find(a, "Type", false), smk_xml_find(a, "Target", false),
                             smk_xml_find(a, "Id", false)};
    bool is_inside = mode == NULL || strcmp(mode, "External") != 0;
    return strcmp(name, "Relationship") == 0 && is_inside && ret->type != NULL && ret->target != NULL &&
           ret->id != NULL;
}

static enum smk_file_flaw find_book(void *ctx, const char *name, struct smk_xml_attributes a)
{
    struct smk_xlsx_book *b = ctx;
    struct relation r;
    if (b->path[0] == '\0' && relation_of(name, a, &r) && ends_with(r.type, "/officeDocument") &&
        !resolve("", r.target, b->path))
        return SMK_FILE_BAD_SHEET;
    return SMK_FILE_NONE;
}

/* While the workbook is read, path of a sheet is the id of its relation. */
static enum smk_file_flaw find_part(void *ctx, const char *name, struct smk_xml_attributes a)
{
    struct smk_xlsx_book *b = ctx;
    struct relation r;
    char path[SMK_XLSX_PATH_MAX + 1];
    if (!relation_of(name, a, &r))
        return SMK_FILE_NONE;
    bool is_sheet = ends_with(r.type, "/worksheet"), is_strings = ends_with(r.type, "/sharedStrings");
    if (!is_sheet && !is_strings && !ends_with(r.type, "/styles"))
        return SMK_FILE_NONE;
    if (!resolve(b->path, r.target, path))
        return SMK_FILE_BAD_SHEET;
    if (!is_sheet)
        memcpy(is_strings ? b->strings_path : b->styles_path, path, sizeof path);
    for (size_t i = 0; is_sheet && i < b->sheet_count;
         i++) /* a name of a part has a full stop, an id of Excel's none */
        if (b->sheet[i].path[0] == '#' && strcmp(b->sheet[i].path + 1, r.id) == 0)
            memcpy(b->sheet[i].path, path, sizeof path);
    return SMK_FILE_NONE;
}

static bool is_true(const char *text)
{
    return text != NULL && (strcmp(text, "1") == 0 || strcmp(text, "true") == 0);
}

static enum smk_file_flaw open_book(void *ctx, const char *name, struct smk_xml_attributes a)
{
    struct smk_xlsx_book *b = ctx;
    if (strcmp(name, "workbookPr") == 0)
        b->is_1904 = is_true(smk_xml_find(a, "date1904", false));
    if (strcmp(name, "sheet") != 0)
        return SMK_FILE_NONE;
    const char *title = smk_xml_find(a, "name", false), *id = smk_xml_find(a, "id", true);
    if (title == NULL || id == NULL || strlen(title) > SMK_SHEET_NAME_BYTES_MAX ||
        strlen(id) >= SMK_XLSX_PATH_MAX)
        return SMK_FILE_BAD_SHEET;
    if (b->sheet_count == SMK_TABLE_SHEETS_MAX)
        return SMK_FILE_TOO_MANY_SHEETS;
    struct smk_xlsx_sheet *sheet = &b->sheet[b->sheet_count++];
    memcpy(sheet->name, title, strlen(title) + 1);
    sheet->path[0] = '#';
    memcpy(sheet->path + 1, id, strlen(id) + 1);
    return SMK_FILE_NONE;
}

/* Sheets of another kind (charts) have no rows, and no relation was found for them. */
static void drop_other_sheets(struct smk_xlsx_book *b)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->sheet_count; i++)
        if (b->sheet[i].path[0] != '#')
            b->sheet[kept++] = b->sheet[i];
    b->sheet_count = kept;
}

/* ---- shared strings ---- */

struct strings {
    struct smk_xlsx_book *book;
    bool is_in_text;
    unsigned readings; /* depth inside of what tells how a word is read */
};

static enum smk_file_flaw open_strings(void *ctx, const char *name, struct smk_xml_attributes a)
{
    struct strings *s = ctx;
    (void)a;
    s->readings += strcmp(name, "rPh") == 0;
    s->is_in_text = strcmp(name, "t") == 0 && s->readings == 0;
    return SMK_FILE_NONE;
}

static enum smk_file_flaw add_letters(void *ctx, struct smk_bytes text)
{
    struct strings *s = ctx;
    if (s->is_in_text)
        smk_buf_write_bytes(&s->book->letters, text);
    return s->book->letters.err == SMK_ERR_NOMEM ? SMK_FILE_NO_MEMORY
           : s->book->letters.err != SMK_OK      ? SMK_FILE_PART_TOO_LARGE
                                                 : SMK_FILE_NONE;
}

static enum smk_file_flaw close_strings(void *ctx, const char *name)
{
    struct strings *s = ctx;
    struct smk_xlsx_book *b = s->book;
    s->is_in_text = false;
    s->readings -= strcmp(name, "rPh") == 0 && s->readings > 0;
    if (strcmp(name, "si") != 0)
        return SMK_FILE_NONE;
    if (b->string_count == SMK_XLSX_STRINGS_MAX)
        return SMK_FILE_PART_TOO_LARGE;
    if (!make_room((void **)&b->string_end, b->string_count, &b->string_room, sizeof *b->string_end))
        return SMK_FILE_NO_MEMORY;
    b->string_end[b->string_count++] = (uint32_t)b->letters.len;
    return SMK_FILE_NONE;
}

bool smk_xlsx_string(const struct smk_xlsx_book *b, uint64_t index, struct smk_bytes *ret_text)
{
    if (index >= b->string_count)
        return false;
    size_t begin = index > 0 ? b->string_end[index - 1] : 0, end = b->string_end[index];
    *ret_text = (struct smk_bytes){end > begin ? b->letters.data + begin : NULL, end - begin};
    return true;
}

/* ---- forms of cells ---- */

struct forms {
    struct smk_xlsx_book *book;
    bool is_in_cells; /* within cellXfs: what cells name */
    size_t code_count;
    struct {
        uint64_t number;
        struct smk_form form;
    } code[SMK_XLSX_CODES_MAX];
};

static enum smk_file_flaw add_code(struct forms *f, struct smk_xml_attributes a)
{
    const char *code = smk_xml_find(a, "formatCode", false);
    uint64_t number;
    if (code == NULL || !smk_xlsx_index(smk_xml_find(a, "numFmtId", false), &number))
        return SMK_FILE_BAD_SHEET;
    if (f->code_count == SMK_XLSX_CODES_MAX)
        return SMK_FILE_PART_TOO_LARGE;
    f->code[f->code_count].number = number;
    f->code[f->code_count++].form = smk_form_of_code(smk_bytes_of_text(code));
    return SMK_FILE_NONE;
}

static struct smk_form form_of(const struct forms *f, uint64_t number)
{
    for (size_t i = 0; i < f->code_count; i++)
        if (f->code[i].number == number)
            return f->code[i].form;
    return smk_form_of_number((unsigned)number);
}

static enum smk_file_flaw add_form(struct forms *f, struct smk_xml_attributes a)
{
    struct smk_xlsx_book *b = f->book;
    uint64_t number = 0;
    const char *text = smk_xml_find(a, "numFmtId", false);
    if (text != NULL && !smk_xlsx_index(text, &number))
        return SMK_FILE_BAD_SHEET;
    if (b->form_count == SMK_XLSX_FORMS_MAX)
        return SMK_FILE_PART_TOO_LARGE;
    if (!make_room((void **)&b->form, b->form_count, &b->form_room, sizeof *b->form))
        return SMK_FILE_NO_MEMORY;
    b->form[b->form_count++] = form_of(f, number);
    return SMK_FILE_NONE;
}

static enum smk_file_flaw open_styles(void *ctx, const char *name, struct smk_xml_attributes a)
{
    struct forms *f = ctx;
    if (strcmp(name, "numFmt") == 0)
        return add_code(f, a);
    if (strcmp(name, "cellXfs") == 0)
        f->is_in_cells = true;
    return f->is_in_cells && strcmp(name, "xf") == 0 ? add_form(f, a) : SMK_FILE_NONE;
}

static enum smk_file_flaw close_styles(void *ctx, const char *name)
{
    struct forms *f = ctx;
    if (strcmp(name, "cellXfs") == 0)
        f->is_in_cells = false;
    return SMK_FILE_NONE;
}

struct smk_form smk_xlsx_form(const struct smk_xlsx_book *b, uint64_t index)
{
    return index < b->form_count ? b->form[index] : (struct smk_form){0};
}

/* ---- all of it ---- */

static enum smk_file_flaw read_strings(struct smk_xlsx_book *b)
{
    struct strings s = {.book = b};
    struct smk_xml_events events = {open_strings, add_letters, close_strings, &s};
    return b->strings_path[0] != '\0' ? smk_xml_read_part(b->zip, b->strings_path, events) : SMK_FILE_NONE;
}

static enum smk_file_flaw read_styles(struct smk_xlsx_book *b)
{
    if (b->styles_path[0] == '\0')
        return SMK_FILE_NONE;
    struct forms *f = smk_mem_new(sizeof *f);
    if (f == NULL)
        return SMK_FILE_NO_MEMORY;
    f->book = b;
    struct smk_xml_events events = {.open = open_styles, .close = close_styles, .ctx = f};
    enum smk_file_flaw flaw = smk_xml_read_part(b->zip, b->styles_path, events);
    smk_mem_free(f);
    return flaw;
}

enum smk_file_flaw smk_xlsx_book_read(struct smk_zip *zip, struct smk_xlsx_book *ret_book)
{
    struct smk_xlsx_book *b = ret_book;
    char relations[SMK_XLSX_PATH_MAX + 1];
    *b = (struct smk_xlsx_book){.zip = zip, .letters = {.max = SMK_ZIP_PART_BYTES_MAX}};
    enum smk_file_flaw flaw =
        smk_xml_read_part(zip, "_rels/.rels", (struct smk_xml_events){.open = find_book, .ctx = b});
    if (flaw == SMK_FILE_PART_MISSING || (flaw == SMK_FILE_NONE && b->path[0] == '\0'))
        return SMK_FILE_NOT_WORKBOOK;
    if (flaw != SMK_FILE_NONE)
        return flaw;
    if (ends_with(b->path, ".bin") || !relations_of(b->path, relations)) /* .xlsb */
        return SMK_FILE_NOT_WORKBOOK;
    flaw = smk_xml_read_part(zip, b->path, (struct smk_xml_events){.open = open_book, .ctx = b});
    if (flaw == SMK_FILE_NONE)
        flaw = smk_xml_read_part(zip, relations, (struct smk_xml_events){.open = find_part, .ctx = b});
    if (flaw != SMK_FILE_NONE)
        return flaw;
    drop_other_sheets(b);
    flaw = b->sheet_count > 0 ? read_strings(b) : SMK_FILE_NOT_WORKBOOK;
    return flaw == SMK_FILE_NONE ? read_styles(b) : flaw;
}

void smk_xlsx_book_deinit(struct smk_xlsx_book *b)
{
    smk_buf_deinit(&b->letters);
    smk_mem_free(b->string_end);
    smk_mem_free(b->form);
    *b = (struct smk_xlsx_book){0};
}
