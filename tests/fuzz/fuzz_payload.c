/* Target: payloads of edits and acts, the text that an act pins, and the rules of the schema for fields.
 * Input: faults, which; 0 an edit, 1 an act, 2 a text, 3 fields of the kind or act that the next byte names, 4 a tally,
 * 5 a date or a text for people; then the bytes. All but the last are canonical values: others are not looked at. */
#include "proto/payload.h"
#include "proto/schema.h"
#include "tests/fuzz/decoder.h"
#include "tests/support/notation.h"

#include <string.h>

static enum smk_err as_map(struct smk_bytes bytes)
{
    if (bytes.len > SMK_PAYLOAD_BYTES_MAX)
        return SMK_ERR_TOO_BIG;
    enum smk_err err = smk_walk(bytes, SMK_WALK_PAYLOAD);
    return err != SMK_OK || smk_span_type(bytes) == SMK_VALUE_MAP ? err : SMK_ERR_MALFORMED;
}

static enum smk_err edit_decode(struct smk_bytes bytes, void *ret_value)
{
    enum smk_err err = as_map(bytes);
    return err == SMK_OK ? smk_edit_decode(bytes, ret_value) : err;
}

static void edit_encode(const void *value, struct smk_buf *b)
{
    smk_edit_encode(value, b);
}

static enum smk_err act_decode(struct smk_bytes bytes, void *ret_value)
{
    enum smk_err err = as_map(bytes);
    return err == SMK_OK ? smk_act_decode(bytes, ret_value) : err;
}

static void act_encode(const void *value, struct smk_buf *b)
{
    smk_act_encode(value, b);
}

static const struct fuzz_decoder edit = {sizeof(struct smk_edit), edit_decode, edit_encode, NULL, true, NULL};
static const struct fuzz_decoder act = {sizeof(struct smk_act), act_decode, act_encode, NULL, true, NULL};

/* A text that is valid is the one that our own encoder writes of its parts. */
static void try_text(struct smk_bytes text)
{
    struct smk_span_iter it = smk_span_each(text);
    struct smk_text_part part;
    struct smk_buf b = {.max = 1 << 20};
    if (smk_walk(text, SMK_WALK_PAYLOAD) != SMK_OK || !smk_text_is_valid(text))
        return;
    smk_pack_array(&b, it.left);
    while (smk_text_next_part(&it, &part)) {
        uint8_t head[SMK_TEXT_HEADS_MAX][SMK_ID_BYTES];
        struct smk_span_iter heads = smk_span_each(part.heads);
        struct smk_bytes value;
        size_t count = 0;
        SMK_ASSERT(heads.left <= SMK_TEXT_HEADS_MAX);
        while (smk_span_next(&heads, NULL, &value))
            memcpy(head[count++], smk_span_bin(value).data, SMK_ID_BYTES);
        smk_text_pack_part(&b, part.doc, (const uint8_t(*)[SMK_ID_BYTES])head, count);
    }
    SMK_ASSERT(b.err == SMK_OK);
    SMK_ASSERT(smk_bytes_is_equal(smk_buf_view(&b), text));
    smk_buf_deinit(&b);
}

static void check_complaint(bool is_good, const struct smk_complaint *c)
{
    SMK_ASSERT(is_good || c->flaw != SMK_FLAW_NONE);
    SMK_ASSERT(is_good || memchr(c->field, 0, sizeof c->field) != NULL);
}

static void try_fields(const struct smk_kind *kind, struct smk_bytes fields)
{
    struct smk_complaint c = {0};
    struct smk_scope scope;
    if (as_map(fields) != SMK_OK)
        return;
    bool is_whole = smk_kind_check(kind, fields, true, &c);
    check_complaint(is_whole, &c);
    bool is_part = smk_kind_check(kind, fields, false, &c);
    check_complaint(is_part, &c);
    SMK_ASSERT(!is_whole || is_part); /* what is whole may also be a later edit */
    for (size_t i = 0; i < smk_kind_count(); i++) {
        const char *const name[] = {"endorse", "accept", "report", "verify", "present", "rank"};
        for (size_t k = 0; k < sizeof name / sizeof name[0]; k++) {
            const struct smk_act_kind *a =
                smk_act_kind_find(smk_bytes_of_text(smk_kind_at(i)->name), smk_bytes_of_text(name[k]));
            if (a != NULL)
                check_complaint(smk_schema_check(a->field, a->field_count, fields, true, &c), &c);
        }
    }
    if (is_whole && smk_kind_scope(kind, fields, "ctod", &scope))
        SMK_ASSERT(smk_kind_fits_scope(kind, fields, &scope));
}

static void try_words(struct smk_bytes text)
{
    if (smk_date_is_valid(text))
        SMK_ASSERT(text.len == 4 || text.len == 7 || text.len == 10);
    if (smk_utf8_is_valid(text) && smk_text_is_clean(text, false))
        SMK_ASSERT(smk_text_is_clean(text, true));
    if (text.len > 0 && text.len <= SMK_SOURCE_BYTES_MAX && smk_utf8_is_valid(text)) {
        static const uint8_t coalition[SMK_ID_BYTES];
        uint8_t id[SMK_DOC_ID_BYTES];
        smk_import_id(coalition, "event", text, id);
    }
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    uint64_t which = fuzz_below(&in, 6);
    const struct smk_kind *kind = smk_kind_at(which == 3 ? (size_t)fuzz_below(&in, smk_kind_count()) : 0);
    struct smk_bytes rest = fuzz_rest(&in);
    if (which < 2) {
        fuzz_decoder_check(which == 0 ? &edit : &act, faults, rest);
        return;
    }
    struct fuzz_block block = fuzz_block_of(rest);
    struct smk_bytes bytes = fuzz_block_view(&block);
    fuzz_faults_begin(faults);
    if (which == 2)
        try_text(bytes);
    else if (which == 3)
        try_fields(kind, bytes);
    else if (which == 4 && smk_walk(bytes, SMK_WALK_PAYLOAD) == SMK_OK)
        (void)smk_tally_is_valid(bytes); /* any answer, no harm */
    else if (which == 5)
        try_words(bytes);
    fuzz_faults_end();
    fuzz_block_drop(&block);
}

/* ---- seeds ---- */

static void seed(const char *name, uint8_t which, const char *text)
{
    const uint8_t head[] = {0, 0, which};
    struct smk_buf b = {.max = 65536};
    test_pack(&b, text, NULL);
    fuzz_seed(name, SMK_BYTES(head), smk_buf_view(&b));
    smk_buf_deinit(&b);
}

static void seed_fields(const char *kind, const char *text)
{
    uint8_t head[] = {0, 0, 3, 0};
    struct smk_buf b = {.max = 65536};
    while (strcmp(smk_kind_at(head[3])->name, kind) != 0)
        head[3]++;
    test_pack(&b, text, NULL);
    fuzz_seed(kind, SMK_BYTES(head), smk_buf_view(&b));
    smk_buf_deinit(&b);
}

void fuzz_seeds(void)
{
    static const uint8_t words[] = {0, 0, 5};
    seed("edit", 0, "{'doc' #16x01 'kind' 'event' 'fields' {'ref' 'E'} 'office' 'sec-editor' 'schema' 1}");
    seed("edit-from", 0,
         "{'doc' #16x01 'from' [#32x01] 'kind' 'event' 'fields' {} 'office' 'sec-editor' 'schema' 1}");
    seed("act", 1,
         "{'id' #16x01 'act' 'endorse' 'doc' #16x02 'area' '0201' 'kind' 'joint_list' 'text' "
         "[[#16x02 [#32x03]]] 'about' #32x04 'fields' {} 'office' 'bavel-gov' 'schema' 1}");
    seed("text", 2, "[[#16x02 [#32x03 #32x04]] [#16x05 [#32x06]]]");
    seed_fields("event", "{'area' '0201' 'date' '2021-11-16' 'kind' 'training' 'title' {'en' 'a' 'km' 'ក'} "
                         "'participants' {'total' 9 'female' nil 'by_category' {'cso' 9}}}");
    seed_fields("meeting", "{'date' '2021-11' 'level' 'district' 'title' {'en' 'a'} 'district' '0201'}");
    seed_fields("recommendation", "{'theme' 'health' 'title' {'en' 'a'} 'district' '0201'}");
    seed_fields("case_study", "{'title' {'en' 'a'} 'district' '0201' 'findings' [{'text' {'en' 'x'}}]}");
    seed("tally", 4, "{'total' 9 'female' 4 'by_age' {'36+' 4 '18-35' 5}}");
    fuzz_seed("date", SMK_BYTES(words), smk_bytes_of_text("2021-11-16"));
    fuzz_seed("khmer", SMK_BYTES(words), smk_bytes_of_text("ឃុំ ចម្ការសំរោង\n"));
}
