/* Target: tables as people give them, read as fields of documents; and the outlines of places.
 * Input: faults, which type of document or act, form (0 JSON, 1 CSV, 2 an outline), then the text.
 *
 * Fields that are accepted are a canonical map. */
#include "store/files/csv.h"
#include "store/files/json.h"
#include "store/files/map.h"
#include "store/files/row_fields.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum form { FORM_JSON, FORM_CSV, FORM_OUTLINE, FORMS };
enum { ROWS_MAX = 32 };

struct reading {
    struct smk_table_type type;
    struct smk_head_row head;
    bool has_head, is_over;
    size_t rows;
};

static bool find_anything(void *ctx, const struct smk_field *rule, const char *name,
                          uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    (void)ctx;
    SMK_ASSERT(rule != NULL);
    memset(ret_id, name[0], SMK_DOC_ID_BYTES);
    return name[0] != 'x';
}

static void head_drop(struct reading *r)
{
    smk_head_row_deinit(&r->head);
    r->has_head = false;
}

static bool take_sheet(void *ctx, struct smk_bytes name)
{
    head_drop(ctx);
    return name.len != 1;
}

static void take_fields(struct reading *r, const struct smk_row *row)
{
    static const struct smk_references anything = {.find = find_anything};
    struct smk_row_fields f = SMK_ROW_FIELDS;
    struct smk_row_flaw flaw = {0};
    enum smk_err err = smk_row_fields_read(&f, &r->head, row, &anything, &flaw);
    SMK_ASSERT(err == SMK_OK || err == SMK_ERR_INVALID || err == SMK_ERR_TOO_BIG_HERE ||
               (err == SMK_ERR_NOMEM && test_fault_hits() > 0));
    if (err == SMK_ERR_INVALID) {
        SMK_ASSERT(flaw.code != NULL);
        SMK_ASSERT(flaw.why != NULL);
    }
    if (err == SMK_OK) {
        enum smk_err walked = smk_walk(smk_buf_view(&f.fields), SMK_WALK_PAYLOAD);
        SMK_ASSERT(walked == SMK_OK);
    }
    smk_row_fields_deinit(&f);
}

static bool take_row(void *ctx, const struct smk_row *row)
{
    struct reading *r = ctx;
    size_t column = 0;
    if (r->has_head) {
        take_fields(r, row);
        return ++r->rows < ROWS_MAX;
    }
    for (size_t i = 0; i < row->count; i++) {
        struct smk_column c;
        if (smk_column_parse(&r->type, row->cell[i].text, &c))
            SMK_ASSERT(memchr(c.name, 0, sizeof c.name) != NULL);
    }
    enum smk_head_row_flaw flaw = smk_head_row_init(&r->head, &r->type, row, &column);
    SMK_ASSERT(flaw != SMK_HEAD_NO_MEMORY || test_fault_hits() > 0);
    r->has_head = flaw == SMK_HEAD_FINE;
    if (!r->has_head)
        head_drop(r);
    return r->has_head;
}

static void try_outline(struct smk_bytes text)
{
    struct smk_map *map = NULL;
    enum smk_err err = smk_map_read(text, &map);
    SMK_ASSERT(err == SMK_OK || err == SMK_ERR_INVALID || (err == SMK_ERR_NOMEM && test_fault_hits() > 0));
    SMK_ASSERT((err == SMK_OK) == (map != NULL));
    if (map != NULL) {
        struct smk_buf b = {.max = 1 << 20};
        (void)smk_map_write(map, "0201", &b);
        (void)smk_map_write(map, "02", &b);
        smk_buf_deinit(&b);
    }
    smk_map_free(map);
}

static void try_table(enum form form, size_t type, struct smk_bytes text)
{
    struct reading r = {0};
    struct smk_file_fault fault = {0};
    struct smk_table_sink sink = {.sheet = take_sheet, .row = take_row, .ctx = &r};
    smk_table_type_at(type, &r.type);
    bool is_good =
        form == FORM_JSON ? smk_json_tables_read(text, sink, &fault) : smk_csv_read(text, sink, &fault);
    SMK_ASSERT(is_good == (fault.flaw == SMK_FILE_NONE));
    SMK_ASSERT(fault.flaw != SMK_FILE_NO_MEMORY || test_fault_hits() > 0);
    head_drop(&r);
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    size_t type = (size_t)fuzz_below(&in, smk_table_type_count());
    enum form form = (enum form)fuzz_below(&in, FORMS);
    struct fuzz_block block = fuzz_block_of(fuzz_rest(&in));
    fuzz_faults_begin(faults);
    test_fault_pause(false);
    if (form == FORM_OUTLINE)
        try_outline(fuzz_block_view(&block));
    else
        try_table(form, type, fuzz_block_view(&block));
    test_fault_pause(true);
    fuzz_faults_end();
    fuzz_block_drop(&block);
}

/* ---- seeds ---- */

static void seed(const char *name, const char *type_name, enum form form, const char *text)
{
    uint8_t head[] = {0, 0, 0, (uint8_t)form};
    for (size_t i = 0; i < smk_table_type_count(); i++) {
        struct smk_table_type type;
        smk_table_type_at(i, &type);
        if (smk_bytes_is_equal(smk_bytes_of_text(type.name), smk_bytes_of_text(type_name)))
            head[2] = (uint8_t)i;
    }
    fuzz_seed(name, SMK_BYTES(head), smk_bytes_of_text(text));
}

void fuzz_seeds(void)
{
    seed("list", "joint_list", FORM_CSV,
         "id,district,version,title_en,parties\nJL-1,201,1,A list,ctod; sna-0201\n");
    seed("study", "case_study", FORM_CSV,
         "id,district,year,title_km,methods,respondents.total,respondents.female\nCS-1,"
         "\xE1\x9F\xA0\xE1\x9F\xA2"
         "01,2021,x,individual; phone,52,unknown\n");
    seed("rows", "meeting", FORM_JSON, "[{\"id\":\"MT-1\",\"date\":\"2021-11\",\"level\":\"district\"}]");
    seed("sheets", "recommendation", FORM_JSON,
         "{\"tables\":{\"recommendation\":[{\"id\":\"RC-1\",\"number\":1,\"cost.amount\":\"5.20\"}]}}");
    seed("outline", "event", FORM_OUTLINE,
         "{\"type\":\"Topology\",\"arcs\":[[[0,0],[5,0],[0,5],[-5,-5]]],\"transform\":{\"scale\":[1,1],"
         "\"translate\":[0,0]},\"objects\":{\"d\":{\"type\":\"GeometryCollection\",\"geometries\":[{\"type\":"
         "\"Polygon\","
         "\"arcs\":[[0]],\"properties\":{\"code\":\"0201\"},\"id\":\"0201\"}]}}}");
}
