/* store/places_table.h: between places.c and places_find.c: the other spellings.
 *
 * Memory   static.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_STORE_PLACES_TABLE_H
#define SMK_STORE_PLACES_TABLE_H

#include "store/places.h"

struct smk_place_alias {
    char code[SMK_PLACE_CODE_DIGITS_MAX + 1];
    const char *spelling;
};

size_t smk_place_alias_count(void);
const struct smk_place_alias *smk_place_alias_at(size_t i);

#endif
