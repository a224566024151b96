/* store/compact.h: a smaller file with the same records.
 *
 * Shape    a copy without free pages is made beside the store, read to the end, and then takes its name; whatever
 *          happens before that moment, the old file stands as it was.
 * Source   SCHEMA.md sections 1, 7.
 * Memory   none kept.   Secrets  none.   Threads  one; nobody else has the home open.
 */
#ifndef SMK_STORE_COMPACT_H
#define SMK_STORE_COMPACT_H

#include "store/home.h"

struct smk_compaction {
    uint64_t bytes_before; /* of data.mdb */
    uint64_t bytes_after;
    uint64_t records;
};

/* home   opened with smk_home_open_alone; its store is closed and opened anew, and is NULL when that failed
 * OK
 * SMK_ERR_STORE_DAMAGED   a record does not match its id: the old file stays
 * SMK_ERR_STORE_FULL      no room for the copy: the old file stays
 * SMK_ERR_STORE_IO        likewise; or the folder could not be synced after the file had been replaced
 * SMK_ERR_NOT_ALLOWED_HERE   a copy without keys, which is only read
 * SMK_ERR_NOMEM, and every error of smk_store_open (for the file that was made) */
SMK_MUST_USE enum smk_err smk_home_compact(struct smk_home *home, struct smk_compaction *ret_compaction);

#endif
