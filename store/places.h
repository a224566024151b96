/* store/places.h: the provinces, districts and communes of Cambodia, and finding one by whatever people write.
 *
 * Names are no keys: one name stands for places of several levels and parents, so an answer may be several. Codes are text:
 * two digits for each level.
 *
 * Shape    a table in the program, made of places/gazetteer.csv and places/aliases.csv; an index of names over it.
 * Source   places/NOTICE.
 * Memory   places are static; the index is freed by smk_places_free.   Secrets  none.
 * Threads  any: the index does not change.
 */
#ifndef SMK_STORE_PLACES_H
#define SMK_STORE_PLACES_H

#include "proto/bytes.h"

enum {
    SMK_PLACE_CODE_DIGITS_MAX = 6,
    SMK_PLACE_TEXT_BYTES_MAX = 256, /* of what is looked for; no name is as long */
    SMK_PLACE_CANDIDATES_MAX = 32,
};

enum smk_place_level { SMK_PLACE_ANY_LEVEL, SMK_PLACE_PROVINCE, SMK_PLACE_DISTRICT, SMK_PLACE_COMMUNE };

enum smk_place_kind {
    SMK_PLACE_IS_PROVINCE,
    SMK_PLACE_IS_CAPITAL,
    SMK_PLACE_IS_DISTRICT,
    SMK_PLACE_IS_MUNICIPALITY,
    SMK_PLACE_IS_KHAN,
    SMK_PLACE_IS_COMMUNE,
    SMK_PLACE_IS_SANGKAT,
};
enum { SMK_PLACE_KINDS = SMK_PLACE_IS_SANGKAT + 1 };

struct smk_place {
    char code[SMK_PLACE_CODE_DIGITS_MAX + 1];
    enum smk_place_kind kind;
    const char *name_en;
    const char *name_km;
};

/* ---- the table ---- */

size_t smk_place_count(void);
const struct smk_place *smk_place_at(
    size_t i); /* in the order of codes: each province before what is below it */
const struct smk_place *smk_place_of_code(
    struct smk_bytes code); /* exactly as it stands; NULL when there is none */
enum smk_place_level smk_place_level(const struct smk_place *p);
const char *smk_place_kind_en(enum smk_place_kind kind); /* "municipality" */
const char *smk_place_kind_km(enum smk_place_kind kind);
const char *smk_place_level_en(enum smk_place_level level);          /* "district"; "" for any */
const struct smk_place *smk_place_parent(const struct smk_place *p); /* NULL above a province */
/* Everything below, children and their children, in the order of codes; *ret_count of them in a row. */
const struct smk_place *smk_place_below(const struct smk_place *p, size_t *ret_count);
bool smk_place_is_below(const struct smk_place *p, const struct smk_place *above);

/* ---- finding ---- */

enum smk_place_match {
    SMK_PLACE_BY_CODE,
    SMK_PLACE_BY_NAME,
    SMK_PLACE_BY_ALIAS, /* a spelling known from elsewhere */
    SMK_PLACE_BY_LIKENESS, /* a slip of the pen away: one letter more, less, other or exchanged, or doubled letters */
};

struct smk_place_query {
    struct smk_bytes text;
    const struct smk_place *in; /* only below this place, the nearest level first; NULL = anywhere */
    enum smk_place_level level;
};

struct smk_place_answer {
    enum smk_place_match match; /* when there is one at least */
    size_t count;               /* 0 none, 1 found, more: which of them is not clear */
    const struct smk_place *place[SMK_PLACE_CANDIDATES_MAX]; /* the first of them, in the order of codes */
};

struct smk_places;

/* GIVES, smk_places_free.
 * OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_places_new(struct smk_places **ret_places);
void smk_places_free(struct smk_places *p);

/* Finds a place by its code (also without its leading zero, with KH before it, in Khmer digits), its Khmer or Latin name in
 * any spelling that looks the same, or another known spelling. Spaces, signs, case and accents do not matter. Words such as
 * ស្រុក, ឃុំ, Krong, district, province before or behind the name say the level, and which of several places of that level is
 * rather meant. A Latin name of five letters or more may be a slip away from the right one, when nothing fits exactly.
 *
 * OK                also when none is found, or several
 * SMK_ERR_INVALID   the text is not UTF-8
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_places_find(const struct smk_places *p, const struct smk_place_query *q,
                                          struct smk_place_answer *ret_answer);

#endif
