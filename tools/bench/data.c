#include "tools/bench/data.h"

#include "proto/canon.h"
#include "proto/mem.h"
#include "proto/payload.h"
#include "store/places.h"
#include "tools/bench/bench.h"

#include <stdio.h>
#include <string.h>

enum { DRAFTS = 1000, SENTENCES_OF_TEXT = 2 };

/* ---- numbers that come again ---- */

struct rng {
    uint64_t state;
};

/* SplitMix64. */
static uint64_t below(struct rng *r, uint64_t n)
{
    r->state += 0x9e3779b97f4a7c15U;
    uint64_t x = r->state;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return (x ^ (x >> 31)) % n;
}

static struct rng rng_of(uint64_t i)
{
    return (struct rng){i * 0x2545f4914f6cdd1dU + 1};
}

/* ---- prose: parts of sentences of the sample ---- */

static const char *const begin_km[] = {
    "ផ្សព្វផ្សាយកាលបរិច្ឆេទ និងរបៀបវារៈនៃកិច្ចប្រជុំក្រុមប្រឹក្សា",
    "រៀបចំវេទិកាផ្សព្វផ្សាយ និងពិគ្រោះយោបល់តាមឃុំឆ្លាស់គ្នា",
    "បិទផ្សាយតម្លៃសេវា និងរយៈពេលផ្តល់សេវាច្រកចេញចូលតែមួយ",
    "ប្រជាពលរដ្ឋសំណូមពរឱ្យអាជ្ញាធរជួសជុលផ្លូវលំ",
    "អ្នកចូលរួមបានលើកឡើងអំពីបញ្ហាទឹកស្អាត និងអនាម័យ",
    "អង្គការសង្គមស៊ីវិលចុះអនុស្សរណៈជាមួយរដ្ឋបាលស្រុក",
    "ក្រុមស្ត្រីស្នើសុំថវិកាសម្រាប់សេវាសង្គម",
    "យុវជនចង់ចូលរួមក្នុងការរៀបចំផែនការអភិវឌ្ឍន៍ឃុំ",
    "ជនមានពិការភាពមិនទាន់ទទួលបានព័ត៌មានគ្រប់គ្រាន់",
    "មេភូមិបានឆ្លើយតបនឹងសំណួររបស់ប្រជាពលរដ្ឋ",
};
static const char *const end_km[] = {
    "យ៉ាងតិច៥ថ្ងៃធ្វើការជាមុន",      "ហើយផ្តល់ព័ត៌មានត្រឡប់លើសំណើនីមួយៗ",  "នៅតាមសាលាឃុំ សង្កាត់",
    "មុនរដូវវស្សាឆ្នាំក្រោយ",         "ដោយមានការគាំទ្រពីសហគមន៍",       "តាមរយៈគណៈកម្មាធិការពិគ្រោះយោបល់កិច្ចការស្ត្រី និងកុមារ",
    "ក្នុងកិច្ចប្រជុំដៃគូភាពប្រចាំត្រីមាស", "ប៉ុន្តែមិនទាន់មានចម្លើយជាផ្លូវការ",
};
static const char *const begin_en[] = {
    "Announce the date and agenda of each council meeting",
    "Hold the dissemination and consultative forum in rotating communes",
    "Post one window service fees and time limits",
    "Citizens ask the authorities to repair the feeder road",
    "Participants raised clean water and sanitation",
    "Civil society organisations agree with the district administration",
    "The women's group requests a budget for social services",
    "Young people want to take part in the commune development plan",
    "Persons with disability lack information",
    "The village chief answered the questions of residents",
};
static const char *const end_en[] = {
    "at least five working days ahead",     "and report back on every request",
    "at every commune or sangkat hall",     "before the rainy season of next year",
    "with the support of the community",    "through the women and children consultative committee",
    "in the quarterly partnership meeting", "but no official answer has come yet",
};
#define PICK(r, list) (list)[below(r, sizeof(list) / sizeof(list)[0])]

static void add(struct smk_buf *b, const char *text)
{
    smk_buf_write_bytes(b, smk_bytes_of_text(text));
}

static void add_sentence(struct rng *r, bool is_khmer, struct smk_buf *b)
{
    const struct smk_place *place = smk_place_at((size_t)below(r, smk_place_count()));
    char number[32];
    (void)snprintf(number, sizeof number, " %llu", (unsigned long long)below(r, 3000));
    add(b, is_khmer ? PICK(r, begin_km) : PICK(r, begin_en));
    add(b, is_khmer ? " នៅ" : " in ");
    add(b, is_khmer ? place->name_km : place->name_en);
    add(b, number);
    add(b, " ");
    add(b, is_khmer ? PICK(r, end_km) : PICK(r, end_en));
    add(b, is_khmer ? "។ " : ". ");
}

/* ---- documents ---- */

struct document {
    uint64_t number;
    char ref[32];
    const struct smk_place *place; /* a commune, or what lies above it */
    struct smk_buf title_km, title_en, text_km, text_en;
};

static void write_texts(struct document *d, struct rng *r)
{
    struct smk_buf *all[] = {&d->title_km, &d->title_en, &d->text_km, &d->text_en};
    for (size_t i = 0; i < 4; i++) {
        all[i]->max = SMK_PAYLOAD_BYTES_MAX;
        smk_buf_reset(all[i]);
        for (size_t k = 0; k < (i < 2 ? 1 : SENTENCES_OF_TEXT); k++)
            add_sentence(r, i % 2 == 0, all[i]);
    }
}

static void write_document(struct document *d, uint64_t i, struct rng *r)
{
    *r = rng_of(i);
    d->number = i;
    (void)snprintf(d->ref, sizeof d->ref, "%s-%06llu", i % 2 == 0 ? "EV" : "IN", (unsigned long long)i);
    d->place = smk_place_at((size_t)below(r, smk_place_count()));
    write_texts(d, r);
}

static void document_deinit(struct document *d)
{
    smk_buf_deinit(&d->title_km);
    smk_buf_deinit(&d->title_en);
    smk_buf_deinit(&d->text_km);
    smk_buf_deinit(&d->text_en);
}

void bench_data_text(uint64_t i, struct smk_buf *b)
{
    struct document d = {0};
    struct rng r;
    write_document(&d, i, &r);
    const struct smk_bytes part[] = {smk_buf_view(&d.title_km), smk_buf_view(&d.title_en),
                                     smk_buf_view(&d.text_km), smk_buf_view(&d.text_en)};
    for (size_t k = i % 2 == 0 ? 0 : 2; k < 4; k++)
        smk_buf_write_bytes(b, part[k]);
    add(b, d.ref);
    document_deinit(&d);
}

static void pack_pair(struct smk_buf *b, const char *key, const struct smk_buf *en, const struct smk_buf *km)
{
    smk_pack_text(b, key);
    smk_pack_map(b, 2);
    smk_pack_text(b, "en");
    smk_pack_str(b, smk_buf_view(en));
    smk_pack_text(b, "km");
    smk_pack_str(b, smk_buf_view(km));
}

static void pack_word(struct smk_buf *b, const char *key, const char *word)
{
    smk_pack_text(b, key);
    smk_pack_text(b, word);
}

static void pack_date(struct smk_buf *b, struct rng *r)
{
    char date[32];
    (void)snprintf(date, sizeof date, "20%02u-%02u-%02u", 20 + (unsigned)below(r, 5),
                   1 + (unsigned)below(r, 12), 1 + (unsigned)below(r, 28));
    pack_word(b, "date", date);
}

static void pack_event(struct smk_buf *b, const struct document *d, struct rng *r)
{
    static const char *const kind[] = {"training", "training_series", "policy_briefing",
                                       "reflective_workshop", "exchange"};
    uint64_t total = 10 + below(r, 60);
    smk_pack_map(b, 8);
    pack_word(b, "ref", d->ref);
    pack_word(b, "area", d->place->code);
    pack_date(b, r);
    pack_word(b, "kind", PICK(r, kind));
    pack_pair(b, "title", &d->title_en, &d->title_km);
    pack_pair(b, "remarks", &d->text_en, &d->text_km);
    smk_pack_text(b, "organisers");
    smk_pack_array(b, 1);
    smk_pack_text(b, "sec");
    smk_pack_text(b, "participants");
    smk_pack_map(b, 2);
    smk_pack_text(b, "total");
    smk_pack_uint(b, total);
    smk_pack_text(b, "female");
    smk_pack_uint(b, below(r, total));
}

static void pack_interview(struct smk_buf *b, const struct document *d, struct rng *r)
{
    static const char *const sex[] = {"female", "male", "female", "not_stated"},
                             *const age[] = {"15_17", "18_30", "31_45", "46_59", "60_plus", "not_stated"},
                             *const type[] = {"citizen", "cbo", "cso"},
                             *const method[] = {"individual", "focus_group", "phone"},
                             *const disability[] = {"yes", "no", "not_asked"};
    static const uint8_t study[SMK_DOC_ID_BYTES] = {1};
    char district[5] = "0201";
    if (strlen(d->place->code) >= 4)
        memcpy(district, d->place->code, 4);
    smk_pack_map(b, 12);
    pack_word(b, "ref", d->ref);
    pack_word(b, "sex", PICK(r, sex));
    pack_date(b, r);
    pack_word(b, "method", PICK(r, method));
    pack_word(b, "consent", "yes");
    pack_pair(b, "remarks", &d->text_en, &d->text_km);
    pack_word(b, "age_band", PICK(r, age));
    pack_word(b, "district", district);
    smk_pack_text(b, "case_study");
    smk_pack_bin(b, SMK_BYTES(study));
    pack_word(b, "disability", PICK(r, disability));
    pack_word(b, "collected_by", "sec");
    pack_word(b, "respondent_type", PICK(r, type));
}

/* ---- the store ---- */

static struct smk_slug slug_of(const char *text)
{
    struct smk_slug slug = {0};
    if (!smk_slug_copy(smk_bytes_of_text(text), &slug))
        bench_demand(SMK_ERR_INVALID, text);
    return slug;
}

static void found(const char *folder, struct smk_home *h)
{
    struct smk_organisation org = {
        .slug = slug_of("sec"), .kind = slug_of("secretariat"), .name = {.en = "Bench"}};
    struct smk_office office[] = {
        {.slug = slug_of("ap"),
         .org = org.slug,
         .role = slug_of("secretariat_approver"),
         .title = {.en = "Approver"}},
        {.slug = slug_of("ed"),
         .org = org.slug,
         .role = slug_of("secretariat_editor"),
         .title = {.en = "Editor"}},
    };
    bench_demand(smk_home_prepare(folder, h), "making a home");
    bench_demand(smk_home_found(h, "Bench", "Asia/Phnom_Penh", &org, office, 2), "founding a coalition");
}

/* What is written in one transaction. */
struct group {
    struct smk_draft draft[DRAFTS];
    struct smk_buf payload[DRAFTS];
    uint8_t id[DRAFTS][SMK_ID_BYTES];
    size_t count;
};

static void add_edit(struct group *g, uint64_t i)
{
    struct document d = {0};
    struct rng r;
    struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX}, *payload = &g->payload[g->count];
    bool is_event = i % 2 == 0;
    struct smk_edit edit = {.kind = smk_bytes_of_text(is_event ? "event" : "interview"),
                            .office = smk_bytes_of_text("ed")};
    write_document(&d, i, &r);
    if (is_event)
        pack_event(&fields, &d, &r);
    else
        pack_interview(&fields, &d, &r);
    for (size_t k = 0; k < sizeof edit.doc; k++)
        edit.doc[k] = (uint8_t)below(&r, 256);
    edit.fields = smk_buf_view(&fields);
    payload->max = SMK_PAYLOAD_BYTES_MAX;
    smk_buf_reset(payload);
    smk_edit_encode(&edit, payload);
    bench_demand(fields.err != SMK_OK ? fields.err : payload->err, "a document");
    g->draft[g->count++] = (struct smk_draft){.scope = smk_scope_of(is_event ? "pub" : "org:sec"),
                                              .type = SMK_RECORD_EDIT,
                                              .payload = smk_buf_view(payload)};
    smk_buf_deinit(&fields);
    document_deinit(&d);
}

void bench_data_make(const char *folder, size_t documents, struct smk_home *ret_home)
{
    struct group *g = smk_mem_new(sizeof *g);
    if (g == NULL)
        bench_demand(SMK_ERR_NOMEM, "documents");
    found(folder, ret_home);
    for (uint64_t i = 0; i < documents;) {
        for (g->count = 0; g->count < DRAFTS && i < documents; i++)
            add_edit(g, i);
        bench_demand(smk_store_write(ret_home->store, &ret_home->identity, g->draft, g->count, g->id),
                     "writing documents");
    }
    for (size_t i = 0; i < DRAFTS; i++)
        smk_buf_deinit(&g->payload[i]);
    smk_mem_free(g);
}
