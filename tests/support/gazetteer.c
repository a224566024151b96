#include "tests/support/gazetteer.h"

#include "proto/check.h"
#include "store/places.h"
#include "store/places_table.h"

#include <string.h>

_Static_assert((int)TEST_PLACE_PROVINCE == (int)SMK_PLACE_PROVINCE, "levels are the same");
_Static_assert((int)TEST_PLACE_COMMUNE == (int)SMK_PLACE_COMMUNE, "levels are the same");

static struct smk_places *names;

void test_gazetteer_open(void)
{
    SMK_ASSERT(smk_places_new(&names) == SMK_OK);
}

void test_gazetteer_close(void)
{
    smk_places_free(names);
    names = NULL;
}

size_t test_gazetteer_count(void)
{
    return smk_place_count();
}

struct test_place test_gazetteer_at(size_t i)
{
    const struct smk_place *p = smk_place_at(i);
    struct test_place place = {p->code, p->name_en, p->name_km, (size_t)smk_place_level(p), 0};
    (void)smk_place_below(p, &place.below);
    return place;
}

static size_t number_of(const struct smk_place *p)
{
    return (size_t)(p - smk_place_at(0));
}

size_t test_gazetteer_find(size_t i, const char *text)
{
    const struct smk_place *p = smk_place_at(i);
    const struct smk_place_query q = {smk_bytes_of_text(text), smk_place_parent(p), smk_place_level(p)};
    struct smk_place_answer a;
    SMK_ASSERT(smk_places_find(names, &q, &a) == SMK_OK);
    return a.count == 1 ? number_of(a.place[0]) : smk_place_count();
}

size_t test_gazetteer_alias_count(void)
{
    return smk_place_alias_count();
}

const char *test_gazetteer_alias_at(size_t alias, size_t *ret_place)
{
    const struct smk_place_alias *a = smk_place_alias_at(alias);
    *ret_place = number_of(smk_place_of_code(smk_bytes_of_text(a->code)));
    return a->spelling;
}
