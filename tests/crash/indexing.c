#include "tests/crash/indexing.h"

#include "proto/check.h"
#include "proto/payload.h"
#include "store/index_state.h"
#include "tests/support/builders.h"
#include "tests/support/deeds.h"
#include "tests/support/notation.h"

#include <inttypes.h>
#include <stdio.h>

enum { EVENTS = 24, ARRIVALS_OF_STEP_MAX = 12, DOCS_OF_STEP_MAX = 3, FIELDS_BYTES = 768 };

/* ---- documents ---- */

static const char *draw(struct test_rng *rng, const char *const *from, size_t count)
{
    return from[test_rng_below(rng, count)];
}
#define DRAW(rng, from) draw(rng, from, sizeof(from) / sizeof *(from))

static const char *const khmer[] = {"កិច្ចប្រជុំ", "ប្រជាពលរដ្ឋ", "ឃុំ", "សង្កាត់", "អនុសាសន៍", "ស្រុកបាណន់", "បាត់ដំបង"};
static const char *const english[] = {"meeting", "citizens", "commune",  "council",
                                      "budget",  "Banan",    "complaint"};
static const char *const area[] = {"02", "0201", "0204", "020104", "1201"};
static const char *const kind[] = {"training", "exchange", "other"};

static void write_fields(struct test_rng *rng, struct smk_buf *b)
{
    char text[FIELDS_BYTES];
    int len = snprintf(
        text, sizeof text,
        "{'kind' '%s' 'title' {'km' '%s %s' 'en' '%s %s'} 'area' '%s' "
        "'participants' {'total' %" PRIu64 " 'female' %" PRIu64 "} 'date' '2023-0%" PRIu64 "-11'}",
        DRAW(rng, kind), DRAW(rng, khmer), DRAW(rng, khmer), DRAW(rng, english), DRAW(rng, english),
        DRAW(rng, area), 10 + test_rng_below(rng, 40), test_rng_below(rng, 10), 1 + test_rng_below(rng, 9));
    SMK_ASSERT(len > 0);
    SMK_ASSERT((size_t)len < sizeof text);
    test_pack_in_order(b, text, NULL);
}

void crash_event_payload(struct test_rng *rng, const char *office, struct smk_buf *b)
{
    struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_edit edit = {.kind = smk_bytes_of_text("event"), .office = smk_bytes_of_text(office)};
    test_doc_id(1000 + test_rng_below(rng, EVENTS), edit.doc);
    write_fields(rng, &fields);
    edit.fields = smk_buf_view(&fields);
    smk_edit_encode(&edit, b);
    SMK_ASSERT(b->err == SMK_OK);
    smk_buf_deinit(&fields);
}

/* ---- the index ---- */

enum smk_err crash_index_go_on(struct smk_store *s, struct test_rng *rng, size_t steps, bool *ret_is_done)
{
    struct smk_index_walk *walk = NULL;
    bool is_done = false;
    enum smk_err err = smk_index_walk_new(s, &walk);
    for (size_t i = 0; i < steps && err == SMK_OK && !is_done; i++) {
        walk->arrivals_max = 1 + (size_t)test_rng_below(rng, ARRIVALS_OF_STEP_MAX);
        walk->docs_max = 1 + (size_t)test_rng_below(rng, DOCS_OF_STEP_MAX);
        err = smk_index_walk_step(walk, &is_done);
    }
    smk_index_walk_free(walk);
    if (err == SMK_OK)
        *ret_is_done = is_done;
    return err;
}
