/* store/files/places.h: how much there is of each place, as a table.
 *
 * Shape    a row for each district (4 digits) and province (2) that an exported document or act is about: how many of
 *          each type, and of each tally the sums. The same document in several scopes is one.
 * Source   README.md in this folder, "Places".
 * Memory   owns its rows: smk_places_deinit. Columns BORROW from it.   Secrets  none of its own.   Threads  one.
 */
#ifndef SMK_STORE_FILES_PLACES_H
#define SMK_STORE_FILES_PLACES_H

#include "store/files/export.h"

enum {
    SMK_PLACE_COLUMNS_MAX = 160,
    SMK_PLACE_COLUMN_NAME_MAX = 79,
    SMK_PLACE_DISTRICTS = 10000,
    SMK_PLACE_PROVINCES = 100
};

struct smk_place_count {
    uint64_t number;
    bool is_withheld; /* a part of it is */
};

struct smk_places {
    size_t column_count; /* of numbers, behind code and level */
    char name[SMK_PLACE_COLUMNS_MAX][SMK_PLACE_COLUMN_NAME_MAX + 1];
    struct smk_place_count *count; /* column_count for each of all places that there could be */
    bool *is_there;                /* districts by code, then provinces */
    size_t row_count;
};
/* ret_places is to be released in any case. OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_places_init(struct smk_places *ret_places, struct smk_export *x);
void smk_places_deinit(struct smk_places *p); /* works on a zeroed object */

/* GIVES the heads of all columns: smk_mem_free; NULL when there is no memory. */
struct smk_column_head *smk_places_heads(const struct smk_places *p);
/* Calls fn for each row: code, level, numbers; provinces first.
 * OK, SMK_ERR_NOMEM, and what fn answers */
SMK_MUST_USE enum smk_err smk_places_each(const struct smk_places *p, smk_export_row_fn *fn, void *ctx);

#endif
