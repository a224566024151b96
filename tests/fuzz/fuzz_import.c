/* Target: a folder of data as `import` loads it. Input: faults, then files: which (1 byte), length (2), the bytes. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/scratch.h"
#include "tools/import_set.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FILES = SMK_IMPORT_TYPES + 2 };

static const char *file_name(size_t i)
{
    return i < SMK_IMPORT_TYPES    ? smk_import_form[i].file
           : i == SMK_IMPORT_TYPES ? "organisations.json"
                                   : "offices.json";
}

static void remove_files(void)
{
    for (size_t i = 0; i < FILES; i++) {
        char path[512];
        int len = snprintf(path, sizeof path, "%s/%s", scratch_folder(), file_name(i));
        SMK_ASSERT(len > 0 && (size_t)len < sizeof path);
        (void)unlink(path); /* or it was not there */
    }
}

static void check_set(const struct smk_import_set *s)
{
    for (size_t i = 0; i < SMK_IMPORT_TYPES; i++)
        SMK_ASSERT(s->first[i] <= s->first[i + 1]);
    SMK_ASSERT(s->first[SMK_IMPORT_TYPES] == s->count);
    for (size_t i = 0; i < s->count; i++) {
        const struct smk_import_object *o = &s->object[i];
        SMK_ASSERT(o->type < SMK_IMPORT_TYPES);
        if (o->id == NULL)
            continue;
        SMK_ASSERT(o->is_refused || smk_import_find(s, o->type, o->id) != NULL);
        SMK_ASSERT(smk_import_exists(s, o->type, o->id));
        (void)smk_import_find_any(s, o->id);
        (void)smk_import_text(o, "title");
    }
    for (size_t i = 1; i < s->seat_count; i++)
        SMK_ASSERT(strcmp(s->seat[i - 1].slug.text, s->seat[i].slug.text) <= 0);
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    struct smk_import_set set = {0};
    struct smk_import_report report = {0};
    remove_files();
    for (size_t i = 0; i < FILES && smk_reader_left(&in) > 0; i++) {
        size_t which = (size_t)fuzz_below(&in, FILES);
        (void)scratch_write(file_name(which), fuzz_bytes(&in, smk_read_be16(&in)));
    }
    fuzz_faults_begin(faults);
    test_fault_pause(false);
    bool is_good = smk_import_set_load(&set, scratch_folder(), &report);
    test_fault_pause(true);
    SMK_ASSERT(is_good || report.refused > 0 || report.is_out_of_memory || test_fault_hits() > 0);
    if (is_good) {
        if (test_fault_hits() == 0)
            check_set(&set);
        smk_import_compare_tallies(&set, &report);
    }
    smk_import_set_deinit(&set);
    smk_import_report_deinit(&report);
    fuzz_faults_end();
}

static void add_file(struct smk_buf *b, size_t which, const char *text)
{
    smk_buf_write_u8(b, (uint8_t)which);
    smk_buf_write_be16(b, (uint16_t)strlen(text));
    smk_buf_write(b, text, strlen(text));
}

void fuzz_seeds(void)
{
    static const uint8_t head[2];
    struct smk_buf b = {.max = 65536};
    add_file(&b, SMK_IMPORT_TYPES,
             "[{\"slug\":\"ctod\",\"kind\":\"member\",\"name_en\":\"CTOD\",\"areas\":[\"02\"]}]");
    add_file(&b, SMK_IMPORT_TYPES + 1,
             "[{\"id\":\"CTOD-EDITOR\",\"organisation\":\"ctod\",\"role\":\"member_editor\"}]");
    add_file(&b, SMK_IMPORT_CASE_STUDY,
             "[{\"id\":\"CS-1\",\"district\":\"0201\",\"organisation\":\"ctod\",\"respondents\":{\"total\":2,"
             "\"female\":1}}]");
    add_file(&b, SMK_IMPORT_INTERVIEW, "id,case_study,sex,age\nIV-1,CS-1,female,20\nIV-2,CS-1,male,30\n");
    fuzz_seed("study", SMK_BYTES(head), smk_buf_view(&b));
    smk_buf_reset(&b);
    add_file(&b, SMK_IMPORT_JOINT_LIST,
             "[{\"id\":\"JL-1\",\"recommendations\":[\"RE-1\"]},{\"id\":\"JL-1\"},3,{}]");
    add_file(&b, SMK_IMPORT_RECOMMENDATION, "[{\"id\":\"RE-1\",\"title_en\":\"a\",\"theme\":\"health\"}]");
    add_file(&b, SMK_IMPORT_ENDORSEMENT,
             "[{\"id\":\"EN-1\",\"joint_list\":\"JL-1\",\"office\":\"SNA-0201-GOV\"}]");
    fuzz_seed("list", SMK_BYTES(head), smk_buf_view(&b));
    smk_buf_reset(&b);
    add_file(&b, SMK_IMPORT_EVENT, "{\"not\":\"a list\"}");
    fuzz_seed("no-list", SMK_BYTES(head), smk_buf_view(&b));
    smk_buf_deinit(&b);
}
