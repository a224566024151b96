/* The table of places, and what lies in what. */
#include "store/places_table.h"

#include "proto/check.h"

#include <string.h>

#include "store/places_rows.inc" /* made of the lists in places/ by places/rows.awk */

enum { PLACES = sizeof places / sizeof places[0], ALIASES = sizeof aliases / sizeof aliases[0] };

size_t smk_place_count(void)
{
    return PLACES;
}

const struct smk_place *smk_place_at(size_t i)
{
    SMK_ASSERT(i < PLACES);
    return &places[i];
}

size_t smk_place_alias_count(void)
{
    return ALIASES;
}

const struct smk_place_alias *smk_place_alias_at(size_t i)
{
    SMK_ASSERT(i < ALIASES);
    return &aliases[i];
}

/* The first place whose code is not before this text. */
static size_t lower_bound(struct smk_bytes code)
{
    size_t low = 0, high = PLACES;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (smk_bytes_compare(smk_bytes_of_text(places[middle].code), code) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct smk_place *smk_place_of_code(struct smk_bytes code)
{
    size_t i = lower_bound(code);
    return i < PLACES && smk_bytes_is_equal(smk_bytes_of_text(places[i].code), code) ? &places[i] : NULL;
}

enum smk_place_level smk_place_level(const struct smk_place *p)
{
    return (enum smk_place_level)(strlen(p->code) / 2);
}

const char *smk_place_kind_en(enum smk_place_kind kind)
{
    static const char *const word[SMK_PLACE_KINDS] = {"province", "capital", "district", "municipality",
                                                      "khan",     "commune", "sangkat"};
    return word[kind];
}

const char *smk_place_kind_km(enum smk_place_kind kind)
{
    static const char *const word[SMK_PLACE_KINDS] = {"ខេត្ត", "រាជធានី", "ស្រុក", "ក្រុង", "ខណ្ឌ", "ឃុំ", "សង្កាត់"};
    return word[kind];
}

const char *smk_place_level_en(enum smk_place_level level)
{
    static const char *const word[] = {"", "province", "district", "commune"};
    return word[level];
}

const struct smk_place *smk_place_parent(const struct smk_place *p)
{
    size_t len = strlen(p->code);
    return len > 2 ? smk_place_of_code((struct smk_bytes){(const uint8_t *)p->code, len - 2}) : NULL;
}

bool smk_place_is_below(const struct smk_place *p, const struct smk_place *above)
{
    size_t len = strlen(above->code);
    return strncmp(p->code, above->code, len) == 0 && p->code[len] != '\0';
}

const struct smk_place *smk_place_below(const struct smk_place *p, size_t *ret_count)
{
    size_t first = (size_t)(p - places) + 1, count = 0;
    while (first + count < PLACES && smk_place_is_below(&places[first + count], p))
        count++;
    *ret_count = count;
    return p + 1;
}
