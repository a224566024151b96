/* Fields as cells and back, directly and through every form of file. */
#include "store/files/cells.h"
#include "store/files/csv.h"
#include "store/files/json.h"
#include "store/files/row_fields.h"
#include "store/files/xlsx.h"

#include "proto/hash.h"
#include "tests/support/fault.h"
#include "tests/support/notation.h"
#include "tests/support/tempdir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(row, .init = start_crypto);

/* Documents as their first edits have them. */
static const struct {
    const char *type, *fields;
} document[] = {
    {"event", "{'kind' 'training' 'title' {'en' 'Plain'}}"},
    {"event",
     "{'ref' 'EV-1' 'area' '0602' 'date' '2024-12' 'kind' 'other' 'title' {'en' ' both ends ' 'km' 'ក\nខ'} "
     "'partners' ['ctod' 'as'] 'organisers' ['cpdd'] 'participants' {'total' 3}}"},
    {"event",
     "{'kind' 'other' 'title' {'en' '=1+1'} 'remarks' {'en' '+x' 'km' '-1'} 'sessions' [{'title' {'en' "
     "'a; b'}} "
     "{'area' '02' 'date' '2024' 'title' {'en' ';' 'km' '\\\\'} 'participants' {'total' 5 'female' nil}} "
     "{'title' {'km' 'គ'} 'participants' nil}] 'participants' {'total' 70 'youth' 3 'female' nil "
     "'disability' nil}}"},
    {"event", "{'kind' 'other' 'title' {'en' 'a'} 'provenance' {'date' 'public' 'a.b\\\\c' 'seed'} "
              "'participants' nil}"},
    {"event", "{'kind' 'other' 'title' {'en' 'a'} 'participants' {'total' 6 'by_age' {'a' {'total' 6 "
              "'female' nil} 'bb' "
              "{'total' 0}} 'by_sex' {'f' 2 'm' 4} 'female' 2}}"},
    {"event", "{'kind' 'other' 'title' {'en' 'a'} 'participants' {'total' 6 'by_age' {'a' 6}}}"},
    {"meeting",
     "{'date' '2021-11-16' 'kind' 'joint_consultation' 'area' '0201' 'lists' [$0 $1] 'level' 'district' "
     "'agenda' "
     "[{'en' 'one'} {'km' 'ពីរ'} {'en' 'three' 'km' 'បី'}] 'organisers' ['cpdd'] 'decisions' [{'km' 'ក'}]}"},
    {"recommendation", "{'cost' {'amount' '10.00' 'currency' 'USD'} 'level' 'commune' 'theme' 'a/b+c' "
                       "'title' {'en' 'a'} 'number' 10000 "
                       "'district' '0201' 'mechanism' 'budget' 'timeframe' 'short' 'from_findings' ['F-1' "
                       "'F-2'] 'responsible_office' "
                       "'sna-0201-gov'}"},
    {"project",
     "{'lead' 'cpdd' 'name' {'en' 'a'} 'areas' ['02' '0201'] 'links' [$0] 'budget' {'spent' '0.5' 'approved' "
     "'999999999999999.9999' 'currency' 'KHR'} 'indicators' [{'en' 'x' 'km' 'y'}]}"},
    {"case_study", "{'year' 2021 'title' {'km' 'ក'} 'methods' ['phone'] 'district' '0201' 'findings' [{'id' "
                   "'F-1' 'text' {'en' 'a'}} "
                   "{'id' 'F-2' 'text' {'km' 'ខ'} 'mechanism' 'owso'}] 'lead_org' 'ctod' 'respondents' "
                   "{'total' 4 'by_age' {'15_17' {'total' 4 'female' 1}} 'female' 1}}"},
    {"interview",
     "{'sex' 'female' 'date' '2021-10-01' 'method' 'phone' 'answers' {'q1' '+855' 'q2' '@x' 'q.3' '\tx' "
     "'unknown' 'unknown'} 'consent' 'yes' 'age_band' '15_17' 'case_study' $0 'collected_by' 'ctod' "
     "'respondent_type' 'citizen'}"},
    {"attachment",
     "{'kind' 'photo' 'bytes' 1099511627776 'sha256' #32x0f 'caption' {'en' '_x0041_'} 'subject' $1 "
     "'media_type' 'image/png' 'visibility' 'public'}"},
    {"audit_note", "{'text' {'en' 'a' 'km' 'b'} 'target' $0 'severity' 'major'}"},
};
enum { DOCUMENTS = sizeof document / sizeof document[0] };

static struct smk_bytes id_bytes(uint8_t letter, uint8_t room[SMK_DOC_ID_BYTES])
{
    memset(room, letter, SMK_DOC_ID_BYTES);
    return (struct smk_bytes){room, SMK_DOC_ID_BYTES};
}

static void pack(const char *notation, struct smk_buf *b)
{
    uint8_t one[SMK_DOC_ID_BYTES], two[SMK_DOC_ID_BYTES];
    const struct smk_bytes args[] = {id_bytes(0xa1, one), id_bytes(0xb2, two)};
    test_pack_in_order(b, notation, args);
}

/* Values, columns and cells of one document. */
struct shown {
    struct smk_table_type type;
    struct smk_buf fields;
    struct smk_bytes value[SMK_TYPE_FIELDS_MAX];
    struct smk_columns columns;
    struct smk_column_head *head;
    struct smk_cell *name; /* the first row */
    struct smk_row_builder row;
    struct smk_cell_scratch scratch;
};

static void show(const char *type, const char *notation, struct shown *s)
{
    static const struct smk_namer ids = {0};
    struct smk_complaint complaint;
    *s = (struct shown){.fields = {.max = 1 << 17}, .row = SMK_ROW_BUILDER, .scratch = SMK_CELL_SCRATCH};
    cr_assert(smk_table_type_find(smk_bytes_of_text(type), &s->type));
    pack(notation, &s->fields);
    cr_assert(smk_schema_check(s->type.kind->field, s->type.kind->field_count, smk_buf_view(&s->fields),
                               false, &complaint),
              "%s: %s %s", notation, complaint.field, smk_flaw_text(complaint.flaw));
    for (size_t i = 0; i < s->type.field_count; i++)
        s->value[i] = smk_span_find(smk_buf_view(&s->fields), s->type.field[i]->name);
    cr_assert(eq(int, smk_columns_init(&s->columns, &s->type), SMK_OK));
    cr_assert(eq(int, smk_columns_add(&s->columns, s->value), SMK_OK), "%s", notation);
    s->head = calloc(s->columns.count, sizeof *s->head);
    s->name = calloc(s->columns.count, sizeof *s->name);
    cr_assert(s->head != NULL && s->name != NULL);
    for (size_t i = 0; i < s->columns.count; i++) {
        const struct smk_column *c = s->columns.at[i];
        s->head[i] = (struct smk_column_head){c->name, smk_column_type(c)};
        s->name[i] = (struct smk_cell){SMK_CELL_TEXT, smk_bytes_of_text(c->name)};
        if (c->role == SMK_COLUMN_FIELD)
            cr_assert(smk_cell_put(&s->row, i, c, s->value[c->field_at], &ids, &s->scratch));
    }
}

static void shown_deinit(struct shown *s)
{
    smk_buf_deinit(&s->fields);
    smk_columns_deinit(&s->columns);
    smk_row_deinit(&s->row);
    smk_cell_scratch_deinit(&s->scratch);
    free(s->head);
    free(s->name);
}

static bool find_anything(void *ctx, const struct smk_field *rule, const char *name,
                          uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    (void)ctx;
    return rule->type == SMK_FIELD_SLUG ? strcmp(name, "nobody") != 0
                                        : smk_hex_parse(name, ret_id, SMK_DOC_ID_BYTES);
}

static const struct smk_references anything = {.find = find_anything};

/* ---- a table that is read again ---- */

struct reread {
    const struct shown *shown;
    struct smk_head_row head;
    size_t rows;
};

static bool reread_row(void *ctx, const struct smk_row *row)
{
    struct reread *r = ctx;
    struct smk_row_fields f = SMK_ROW_FIELDS;
    struct smk_row_flaw flaw;
    size_t column;
    if (r->rows++ == 0) {
        cr_assert(eq(int, smk_head_row_init(&r->head, &r->shown->type, row, &column), SMK_HEAD_FINE),
                  "column %zu", column);
        return true;
    }
    enum smk_err err = smk_row_fields_read(&f, &r->head, row, &anything, &flaw);
    cr_assert(eq(int, err, SMK_OK), "%s: %s", flaw.column, flaw.why);
    for (size_t i = 0; i < f.fields.len && i < r->shown->fields.len; i++)
        cr_assert(eq(u8, f.fields.data[i], r->shown->fields.data[i]),
                  "%s, byte %zu of the fields, behind %.20s", r->shown->type.name, i,
                  (const char *)f.fields.data + (i > 20 ? i - 20 : 0));
    cr_assert(eq(sz, f.fields.len, r->shown->fields.len), "%s", r->shown->type.name);
    smk_row_fields_deinit(&f);
    return true;
}

static void begin(struct reread *r, const struct shown *s)
{
    *r = (struct reread){.shown = s};
}

static void end(struct reread *r)
{
    cr_assert(eq(sz, r->rows, 2), "%s", r->shown->type.name);
    smk_head_row_deinit(&r->head);
}

static void through_nothing(const struct shown *s)
{
    struct reread r;
    begin(&r, s);
    struct smk_row row = smk_row_view(&s->row, 2);
    (void)reread_row(&r, &(struct smk_row){1, s->columns.count, s->name});
    (void)reread_row(&r, &row);
    end(&r);
}

static void through_csv(const struct shown *s)
{
    struct reread r;
    struct smk_buf text = {.max = 1 << 20};
    struct smk_file_fault fault;
    struct smk_row row = smk_row_view(&s->row, 2);
    begin(&r, s);
    smk_csv_write_row(&text, s->name, s->columns.count);
    smk_csv_write_row(&text, row.cell, row.count);
    cr_assert(
        smk_csv_read(smk_buf_view(&text), (struct smk_table_sink){.row = reread_row, .ctx = &r}, &fault));
    smk_buf_deinit(&text);
    end(&r);
}

static void through_json(const struct shown *s)
{
    struct reread r;
    struct smk_buf text = {.max = 1 << 20};
    struct smk_file_fault fault;
    struct smk_row row = smk_row_view(&s->row, 2);
    begin(&r, s);
    smk_buf_write_u8(&text, '[');
    smk_json_write_row(&text, s->head, row.cell, row.count);
    smk_buf_write_u8(&text, ']');
    cr_assert(smk_json_tables_read(smk_buf_view(&text), (struct smk_table_sink){.row = reread_row, .ctx = &r},
                                   &fault),
              "%.*s", (int)text.len, (const char *)text.data);
    smk_buf_deinit(&text);
    end(&r);
}

static void read_file(const char *path, struct smk_buf *b)
{
    uint8_t piece[4096];
    size_t got;
    FILE *file = fopen(path, "rb");
    cr_assert(ne(ptr, file, NULL));
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        smk_buf_write(b, piece, got);
    cr_assert(eq(int, fclose(file), 0));
}

static void through_xlsx(const struct shown *s)
{
    struct reread r;
    struct test_dir dir;
    struct smk_xlsx_writer w;
    struct smk_buf file = {.max = 1 << 24};
    struct smk_file_fault fault;
    struct smk_row row = smk_row_view(&s->row, 2);
    test_dir_init(&dir);
    begin(&r, s);
    cr_assert(eq(int, smk_xlsx_create(&w, test_dir_at(&dir, "a.xlsx").text, dir.path, 0), SMK_OK));
    cr_assert(eq(int, smk_xlsx_add_sheet(&w, s->type.name, s->head, s->columns.count), SMK_OK));
    cr_assert(eq(int, smk_xlsx_add_row(&w, row.cell, row.count), SMK_OK));
    cr_assert(eq(int, smk_xlsx_finish(&w), SMK_OK));
    read_file(test_dir_at(&dir, "a.xlsx").text, &file);
    cr_assert(
        smk_xlsx_read(smk_buf_view(&file), (struct smk_table_sink){.row = reread_row, .ctx = &r}, &fault));
    smk_buf_deinit(&file);
    test_dir_deinit(&dir);
    end(&r);
}

Test(row, fields_come_back_through_every_form_of_file)
{
    for (size_t i = 0; i < DOCUMENTS; i++) {
        struct shown s;
        show(document[i].type, document[i].fields, &s);
        through_nothing(&s);
        through_csv(&s);
        through_json(&s);
        through_xlsx(&s);
        shown_deinit(&s);
    }
}

Test(row, a_fingerprint_follows_what_is_said_and_nothing_else)
{
    static const char *const same[][2] = {
        {"{'kind' 'other' 'title' {'en' 'a'}}", "{'kind' 'other' 'title' {'en' 'a'} 'partners' []}"},
        {"{'kind' 'other' 'title' {'en' 'a'} 'participants' nil}",
         "{'kind' 'other' 'title' {'en' 'a'} 'participants' {'total' nil}}"},
        {"{'kind' 'other' 'title' {'en' 'a'} 'participants' {'total' 1}}",
         "{'kind' 'other' 'title' {'en' 'a'} 'participants' {'total' 1 'by_age' {}}}"},
    };
    static const char *const others[] = {
        "{'kind' 'other' 'title' {'en' 'a'}}",
        "{'kind' 'other' 'title' {'km' 'a'}}",
        "{'kind' 'other' 'title' {'en' 'b'}}",
        "{'kind' 'training' 'title' {'en' 'a'}}",
        "{'kind' 'other' 'title' {'en' 'a'} 'participants' nil}",
        "{'kind' 'other' 'title' {'en' 'a'} 'participants' {'total' 1}}",
        "{'kind' 'other' 'title' {'en' 'a'} 'partners' ['x']}",
        "{'kind' 'other' 'title' {'en' 'a'} 'organisers' ['x']}",
        "{'kind' 'other' 'title' {'en' 'a'} 'materials' [$0]}",
        "{'kind' 'other' 'title' {'en' 'a'} 'materials' [$1]}",
    };
    struct smk_fingerprint16 print[2], every[sizeof others / sizeof others[0]];
    struct shown s;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        for (size_t k = 0; k < 2; k++) {
            show("event", same[i][k], &s);
            cr_assert(eq(int, smk_fingerprint_of(&s.columns, s.value, &print[k]), SMK_OK));
            cr_assert(eq(sz, strlen(print[k].text), 16));
            shown_deinit(&s);
        }
        cr_assert(eq(str, print[0].text, print[1].text), "%s", same[i][1]);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        show("event", others[i], &s);
        cr_assert(eq(int, smk_fingerprint_of(&s.columns, s.value, &every[i]), SMK_OK));
        shown_deinit(&s);
        for (size_t k = 0; k < i; k++)
            cr_assert(ne(str, every[i].text, every[k].text), "%s", others[i]);
    }
}

/* ---- what people write ---- */

/* A sheet of two rows as CSV; the fields of the second in notation, or why it is refused. */
struct typed {
    struct smk_table_type type;
    struct smk_head_row head;
    size_t rows;
    enum smk_err err;
    struct smk_row_fields fields;
    struct smk_row_flaw flaw;
};

static bool typed_row(void *ctx, const struct smk_row *row)
{
    struct typed *t = ctx;
    size_t column;
    if (t->rows++ == 0)
        return smk_head_row_init(&t->head, &t->type, row, &column) == SMK_HEAD_FINE;
    t->err = smk_row_fields_read(&t->fields, &t->head, row, &anything, &t->flaw);
    return true;
}

static const struct {
    const char *type, *csv;
    const char *fields; /* NULL: refused */
    const char *code, *column;
} typed[] = {
    {"event", "id,kind\nEV-1, Training \n", "{'ref' 'EV-1' 'kind' 'training'}", NULL, NULL},
    {"event", "area\n201\n", "{'area' '0201'}", NULL, NULL},
    {"event", "area\n២០១\n", "{'area' '0201'}", NULL, NULL},
    {"event", "date\n២០២១-១១-១៦\n", "{'date' '2021-11-16'}", NULL, NULL},
    {"event", "date\n2021-11-16T08:30:00\n", "{'date' '2021-11-16'}", NULL, NULL},
    {"event", "participants.total\n១២\n", "{'participants' {'total' 12}}", NULL, NULL},
    {"event", "participants.total\n5.00\n", "{'participants' {'total' 5}}", NULL, NULL},
    {"event", "participants.total,participants.female\nunknown,\n", "{'participants' nil}", NULL, NULL},
    {"event", "participants.total,participants.female\n5,unknown\n",
     "{'participants' {'total' 5 'female' nil}}", NULL, NULL},
    {"event", "participants.total\nfive\n", NULL, "wrong_type", "participants.total"},
    {"event", "participants.total\n-5\n", NULL, "wrong_type", "participants.total"},
    {"event", "participants.total\n*\n", NULL, "withheld", "participants.total"},
    {"event", "organisers\nCPDD; Ctod;\n", "{'organisers' ['cpdd' 'ctod']}", NULL, NULL},
    {"event", "organisers\nnobody\n", NULL, "unknown_organisation", "organisers"},
    {"event", "organisers\na b\n", NULL, "bad_text", "organisers"},
    {"event", "project\nPJ-1\n", NULL, "unknown_reference", "project"},
    {"event", "title_km,title_en\n , \n", "{}", NULL, NULL},
    {"event", "sessions.title_en,sessions.date\na; b,2021\n", NULL, "uneven_lists", "sessions.date"},
    {"event", "sessions.title_en,sessions.date\na; b,; 2021\n",
     "{'sessions' [{'title' {'en' 'a'}} {'date' '2021' 'title' {'en' 'b'}}]}", NULL, NULL},
    {"event", "provenance,provenance.date\na,b\n", NULL, "said_twice", "provenance"},
    {"event", "participants.by_age.a,participants.by_age.a.total\n1,1\n", NULL, "said_twice",
     "participants.by_age.a"},
    {"event", "ref,,kind\nEV-1,,other\n", "{'ref' 'EV-1' 'kind' 'other'}", NULL, NULL},
    {"event", "ref,,kind\nEV-1,x,other\n", NULL, "wrong_shape", ""},
    {"event", "ref,kind\nEV-1,other,x\n", NULL, "wrong_shape", ""},
    {"event", "ref,kind\nEV-1\n", "{'ref' 'EV-1'}", NULL, NULL},
    {"attachment", "sha256\nsha256:0F0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f\n",
     "{'sha256' #32x0f}", NULL, NULL},
    {"attachment", "sha256\n0f\n", NULL, "bad_text", "sha256"},
    {"recommendation", "number\n1e3\n", "{'number' 1000}", NULL, NULL},
    {"recommendation", "number\n1.5\n", NULL, "wrong_type", "number"},
    {"recommendation", "number\nunknown\n", NULL, "wrong_type", "number"},
};

Test(row, what_people_type_is_understood_or_refused_by_name)
{
    for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
        struct typed t = {.fields = SMK_ROW_FIELDS};
        struct smk_buf wanted = {.max = 1 << 16};
        struct smk_file_fault fault;
        cr_assert(smk_table_type_find(smk_bytes_of_text(typed[i].type), &t.type));
        cr_assert(smk_csv_read(smk_bytes_of_text(typed[i].csv),
                               (struct smk_table_sink){.row = typed_row, .ctx = &t}, &fault),
                  "%s", typed[i].csv);
        cr_assert(eq(int, t.err, typed[i].fields != NULL ? SMK_OK : SMK_ERR_INVALID), "%s: %s", typed[i].csv,
                  t.flaw.why);
        if (typed[i].fields != NULL) {
            pack(typed[i].fields, &wanted);
            cr_assert(smk_bytes_is_equal(smk_buf_view(&t.fields.fields), smk_buf_view(&wanted)), "%s",
                      typed[i].csv);
        } else {
            cr_assert(eq(str, (char *)(uintptr_t)t.flaw.code, (char *)(uintptr_t)typed[i].code), "%s",
                      typed[i].csv);
            cr_assert(eq(str, t.flaw.column, (char *)(uintptr_t)typed[i].column), "%s", typed[i].csv);
        }
        smk_buf_deinit(&wanted);
        smk_row_fields_deinit(&t.fields);
        smk_head_row_deinit(&t.head);
    }
}

Test(row, spreadsheets_say_yes_and_err_in_their_own_way)
{
    struct smk_table_type type;
    struct smk_head_row head;
    struct smk_row_fields f = SMK_ROW_FIELDS;
    struct smk_row_flaw flaw;
    size_t column;
    struct smk_cell cell = {SMK_CELL_TEXT, smk_bytes_of_text("consent")};
    struct smk_row row = {1, 1, &cell};
    cr_assert(smk_table_type_find(smk_bytes_of_text("interview"), &type));
    cr_assert(eq(int, smk_head_row_init(&head, &type, &row, &column), SMK_HEAD_FINE));
    cell = (struct smk_cell){SMK_CELL_BOOLEAN, smk_bytes_of_text("true")};
    cr_assert(eq(int, smk_row_fields_read(&f, &head, &row, &anything, &flaw), SMK_OK));
    cr_assert(smk_span_is_text(smk_span_find(smk_buf_view(&f.fields), "consent"), "yes"));
    cell.text = smk_bytes_of_text("false");
    cr_assert(eq(int, smk_row_fields_read(&f, &head, &row, &anything, &flaw), SMK_OK));
    cr_assert(smk_span_is_text(smk_span_find(smk_buf_view(&f.fields), "consent"), "no"));
    cell = (struct smk_cell){SMK_CELL_ERROR, smk_bytes_of_text("#REF!")};
    cr_assert(eq(int, smk_row_fields_read(&f, &head, &row, &anything, &flaw), SMK_ERR_INVALID));
    cr_assert(eq(str, (char *)(uintptr_t)flaw.code, "spreadsheet_error"));
    smk_row_fields_deinit(&f);
    smk_head_row_deinit(&head);
}

Test(row, a_first_row_is_read_or_refused_by_column)
{
    static const struct {
        const char *csv;
        enum smk_head_row_flaw flaw;
        size_t column;
    } row[] = {
        {"ref,kind,doc,scope", SMK_HEAD_FINE, 0},
        {" ref ,, kind", SMK_HEAD_FINE, 0},
        {"ref,nothing", SMK_HEAD_UNKNOWN, 2},
        {"ref,kind,ref", SMK_HEAD_TWICE, 3},
        {"ref,id", SMK_HEAD_TWICE, 2},
        {"doc,ref,doc", SMK_HEAD_TWICE, 3},
        {"status,conflicts,fingerprint", SMK_HEAD_FINE, 0},
        {"act", SMK_HEAD_UNKNOWN, 1},
    };
    struct smk_table_type type;
    cr_assert(smk_table_type_find(smk_bytes_of_text("event"), &type));
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_cell cell[8];
        struct smk_head_row head;
        size_t count = 0, column = 0;
        char text[64];
        (void)snprintf(text, sizeof text, "%s", row[i].csv);
        for (char *at = text; at != NULL; count++) {
            char *comma = strchr(at, ',');
            size_t len = comma != NULL ? (size_t)(comma - at) : strlen(at);
            cell[count] = (struct smk_cell){SMK_CELL_TEXT, {(uint8_t *)at, len}};
            at = comma != NULL ? comma + 1 : NULL;
        }
        enum smk_head_row_flaw flaw =
            smk_head_row_init(&head, &type, &(struct smk_row){1, count, cell}, &column);
        cr_assert(eq(int, flaw, row[i].flaw), "%s", row[i].csv);
        if (flaw != SMK_HEAD_FINE)
            cr_assert(eq(sz, column, row[i].column), "%s", row[i].csv);
        smk_head_row_deinit(&head);
    }
}

Test(row, a_row_that_says_more_than_a_record_holds_is_refused)
{
    struct shown s;
    struct smk_row_fields f = SMK_ROW_FIELDS;
    struct smk_row_flaw flaw;
    struct smk_head_row head;
    size_t column;
    show("event", "{'kind' 'other' 'title' {'en' 'a'}}", &s);
    struct smk_row names = {1, s.columns.count, s.name};
    cr_assert(eq(int, smk_head_row_init(&head, &s.type, &names, &column), SMK_HEAD_FINE));
    char *text = malloc(SMK_PAYLOAD_BYTES_MAX);
    cr_assert(ne(ptr, text, NULL));
    memset(text, 'a', SMK_PAYLOAD_BYTES_MAX);
    struct smk_cell *cell = calloc(s.columns.count, sizeof *cell);
    cr_assert(ne(ptr, cell, NULL));
    for (size_t i = 0; i < s.columns.count; i++)
        if (strcmp(s.columns.at[i]->name, "title_en") == 0)
            cell[i] = (struct smk_cell){SMK_CELL_TEXT, {(uint8_t *)text, SMK_PAYLOAD_BYTES_MAX}};
    struct smk_row row = {2, s.columns.count, cell};
    cr_assert(eq(int, smk_row_fields_read(&f, &head, &row, &anything, &flaw), SMK_ERR_TOO_BIG_HERE));
    free(cell);
    free(text);
    smk_row_fields_deinit(&f);
    smk_head_row_deinit(&head);
    shown_deinit(&s);
}

Test(row, too_little_memory_is_named_wherever_it_is)
{
    for (size_t i = 2; i < 5; i++)
        for (unsigned long nth = 0;; nth++) {
            struct shown s;
            struct smk_row_fields f = SMK_ROW_FIELDS;
            struct smk_row_flaw flaw;
            struct smk_head_row head = {0};
            struct smk_fingerprint16 print;
            size_t column;
            show(document[i].type, document[i].fields, &s);
            struct smk_row names = {1, s.columns.count, s.name}, row = smk_row_view(&s.row, 2);
            cr_assert(lt(ulong, nth, 10000));
            test_fault_begin(TEST_FAULT_ONCE, nth);
            enum smk_head_row_flaw headed = smk_head_row_init(&head, &s.type, &names, &column);
            enum smk_err err = headed == SMK_HEAD_FINE
                                   ? smk_row_fields_read(&f, &head, &row, &anything, &flaw)
                                   : SMK_ERR_NOMEM;
            if (err == SMK_OK)
                err = smk_fingerprint_of(&s.columns, s.value, &print);
            smk_row_fields_deinit(&f);
            smk_head_row_deinit(&head);
            test_fault_end();
            shown_deinit(&s);
            cr_assert(eq(long, test_fault_live(), 0));
            cr_assert(eq(int, err, test_fault_hits() == 0 ? SMK_OK : SMK_ERR_NOMEM), "%zu, %lu", i, nth);
            if (err == SMK_OK)
                break;
        }
}
