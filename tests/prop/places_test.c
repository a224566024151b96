/* Every place of Cambodia, by every name and spelling that is known of it: the place is found, and so are the documents that
 * concern it and that name it. */
#include "proto/hash.h"
#include "proto/payload.h"
#include "store/index.h"
#include "tests/support/deeds.h"
#include "tests/support/gazetteer.h"
#include "tests/support/respell.h"
#include "tests/support/stores.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

enum { PROVINCES = 25, DISTRICTS = 210, COMMUNES = 1652, ALIASES = 17, SPELLINGS_MIN = 5000, BATCH = 64 };

static struct test_dir dir;
static struct smk_home home;
static struct smk_index *indexed;

/* ---- a document for each place ---- */

static void write_event(size_t i, struct smk_buf *b)
{
    const struct test_place p = test_gazetteer_at(i);
    struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_edit edit = {.kind = smk_bytes_of_text("event"), .office = smk_bytes_of_text("sec-editor")};
    test_doc_id(i, edit.doc);
    smk_pack_map(&fields, 3);
    smk_pack_text(&fields, "area");
    smk_pack_text(&fields, p.code);
    smk_pack_text(&fields, "kind");
    smk_pack_text(&fields, "other");
    smk_pack_text(&fields, "title");
    smk_pack_map(&fields, 2);
    smk_pack_text(&fields, "en");
    smk_pack_text(&fields, p.name_en);
    smk_pack_text(&fields, "km");
    smk_pack_text(&fields, p.name_km);
    edit.fields = smk_buf_view(&fields);
    smk_edit_encode(&edit, b);
    cr_assert(eq(int, b->err, SMK_OK));
    smk_buf_deinit(&fields);
}

static void write_events(size_t first, size_t count)
{
    struct smk_buf payload[BATCH] = {0};
    struct smk_draft draft[BATCH];
    uint8_t id[BATCH][SMK_ID_BYTES];
    for (size_t i = 0; i < count; i++) {
        payload[i].max = SMK_PAYLOAD_BYTES_MAX;
        write_event(first + i, &payload[i]);
        draft[i] = (struct smk_draft){
            .scope = smk_scope_of("pub"), .type = SMK_RECORD_EDIT, .payload = smk_buf_view(&payload[i])};
    }
    cr_assert(eq(int, smk_store_write(home.store, &home.identity, draft, count, id), SMK_OK));
    for (size_t i = 0; i < count; i++)
        smk_buf_deinit(&payload[i]);
}

static void begin(void)
{
    bool is_behind = true;
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
    test_dir_init(&dir);
    test_home_found(&dir, "home", &home);
    for (size_t i = 0; i < test_gazetteer_count(); i += BATCH)
        write_events(i, test_gazetteer_count() - i < BATCH ? test_gazetteer_count() - i : BATCH);
    cr_assert(eq(int, smk_index_open(home.store, &indexed, &is_behind), SMK_OK));
    cr_assert(not(is_behind));
    test_gazetteer_open();
}

static void finish(void)
{
    test_gazetteer_close();
    smk_index_close(indexed);
    smk_home_close(&home);
    test_dir_deinit(&dir);
}

/* ---- finding ---- */

struct found {
    size_t count, counting;
    bool is_below; /* all of them concern the place or one below it */
    size_t place;
};

static bool note(void *ctx, const struct smk_doc_row *row)
{
    struct found *f = ctx;
    uint8_t id[SMK_DOC_ID_BYTES];
    size_t at = f->place, last = at + test_gazetteer_at(at).below;
    for (test_doc_id(at, id); memcmp(row->id, id, sizeof id) != 0 && at < last; test_doc_id(at, id))
        at++;
    f->is_below = f->is_below && memcmp(row->id, id, sizeof id) == 0;
    f->count++;
    f->counting += row->counts;
    return true;
}

static struct found list(const struct smk_index_query *q, size_t place)
{
    struct found f = {.is_below = true, .place = place};
    uint64_t total;
    cr_assert(eq(int, smk_index_list(indexed, q, note, &f, &total), SMK_OK), "%s",
              test_gazetteer_at(place).code);
    return f;
}

/* What is typed for a place leads to it. */
static void expect_place(size_t place, const char *text)
{
    size_t found = test_gazetteer_find(place, text);
    cr_assert(eq(sz, found, place), "%s is not what '%s' finds", test_gazetteer_at(place).code, text);
}

/* From there to everything that concerns it or a place below, and to nothing else. */
static void expect_concerned(size_t place)
{
    struct test_place p = test_gazetteer_at(place);
    const struct smk_index_query q = {.filter_count = 1,
                                      .filter = {{SMK_FACET_PLACE, smk_bytes_of_text(p.code)}}};
    struct found f = list(&q, place);
    cr_assert(eq(sz, f.count, p.below + 1), "%s", p.code);
    cr_assert(eq(sz, f.counting, f.count), "%s", p.code);
    cr_assert(f.is_below, "%s", p.code);
}

/* The document that names the place is among those that have these words; where it lies leaves its own namesakes alone. */
static void expect_named(size_t place, const char *text)
{
    struct smk_index_query q = {.text = smk_bytes_of_text(text), .filter_count = 1};
    char hex[2 * SMK_DOC_ID_BYTES + 1];
    uint8_t id[SMK_DOC_ID_BYTES];
    test_doc_id(place, id);
    smk_hex_format(SMK_BYTES(id), hex);
    q.filter[0] = (struct smk_index_filter){SMK_FACET_ID, smk_bytes_of_text(hex)};
    cr_assert(eq(sz, list(&q, place).count, 1), "%s: no document for '%s'", test_gazetteer_at(place).code,
              text);
    q.filter[0] =
        (struct smk_index_filter){SMK_FACET_PLACE, smk_bytes_of_text(test_gazetteer_at(place).code)};
    struct found f = list(&q, place);
    cr_assert(f.count >= 1 && f.is_below, "%s '%s'", test_gazetteer_at(place).code, text);
}

static void expect(size_t place, const char *text)
{
    expect_place(place, text);
    expect_named(place, text);
}

static size_t respell(size_t place)
{
    struct test_place p = test_gazetteer_at(place);
    size_t spellings = 0, i = 0;
    char text[TEST_RESPELLED_BYTES_MAX];
    for (size_t way = 0; way < TEST_RESPELLINGS; way++)
        if (test_respell(way, p.name_km, text)) {
            expect(place, text);
            spellings++;
        }
    for (; p.name_en[i] != '\0'; i++) /* capitals */
        text[i] = p.name_en[i] >= 'a' && p.name_en[i] <= 'z' ? (char)(p.name_en[i] - 32) : p.name_en[i];
    text[i] = '\0';
    expect(place, text);
    return spellings + 1;
}

Test(places_prop, every_place_and_what_concerns_it_is_found_by_every_name, .init = begin, .fini = finish,
     .timeout = 600)
{
    size_t of_level[TEST_PLACE_LEVELS] = {0}, spellings = 0, aliases = 0;
    for (size_t i = 0; i < test_gazetteer_count(); i++) {
        struct test_place p = test_gazetteer_at(i);
        expect_concerned(i);
        expect(i, p.name_km);
        expect(i, p.name_en);
        spellings += respell(i);
        of_level[p.level]++;
    }
    for (size_t place; aliases < test_gazetteer_alias_count(); aliases++) {
        const char *alias = test_gazetteer_alias_at(aliases, &place);
        expect_place(place, alias);
    }
    (void)printf("%zu provinces, %zu districts, %zu communes, and what concerns them, found by their Khmer "
                 "and English "
                 "names and in %zu other spellings; places by %zu other names\n",
                 of_level[TEST_PLACE_PROVINCE], of_level[TEST_PLACE_DISTRICT], of_level[TEST_PLACE_COMMUNE],
                 spellings, aliases);
    cr_assert(eq(sz, of_level[TEST_PLACE_PROVINCE], PROVINCES));
    cr_assert(eq(sz, of_level[TEST_PLACE_DISTRICT], DISTRICTS));
    cr_assert(eq(sz, of_level[TEST_PLACE_COMMUNE], COMMUNES));
    cr_assert(ge(sz, aliases, ALIASES));
    cr_assert(ge(sz, spellings, SPELLINGS_MIN));
}
