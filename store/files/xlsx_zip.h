/* store/files/xlsx_zip.h: the parts of a workbook, unpacked piece by piece. The only file that sees libzip is xlsx_zip.c.
 *
 * Shape    stored and deflated parts only; how large a part is, is counted while it is unpacked, whatever the file says.
 * Memory   the file is BORROWED for the life of the archive.   Secrets  none of its own.   Threads  one at a time.
 */
#ifndef SMK_STORE_FILES_XLSX_ZIP_H
#define SMK_STORE_FILES_XLSX_ZIP_H

#include "store/files/table.h"

enum {
    SMK_ZIP_PARTS_MAX = 4096,
    SMK_ZIP_PART_BYTES_MAX = 32 * 1024 * 1024,
    SMK_ZIP_ALL_BYTES_MAX = 128 * 1024 * 1024, /* of all that is unpacked */
    SMK_ZIP_RATIO_MAX = 200,
    SMK_ZIP_SMALL_BYTES = 64 * 1024, /* a part up to here may be packed as tightly as it likes */
};

struct smk_zip; /* opaque */

/* GIVES the archive: smk_zip_close.
 * NONE, NOT_WORKBOOK, OLD_EXCEL, ENCRYPTED, BAD_ZIP, TOO_MANY_PARTS, NO_MEMORY */
enum smk_file_flaw smk_zip_open(struct smk_bytes file, struct smk_zip **ret_zip);
void smk_zip_close(struct smk_zip *z); /* NULL does nothing */
bool smk_zip_has(struct smk_zip *z, const char *name);
/* The name of a part, counted from 0; BORROWED until smk_zip_close. NULL: there are no more, or its entry is spoilt. */
const char *smk_zip_part(struct smk_zip *z, size_t index);

typedef enum smk_file_flaw smk_zip_piece_fn(void *ctx, struct smk_bytes piece, bool is_last);
/* Unpacks one part; what fn answers, if not NONE, ends it. fn is called once at least, unless the part cannot be opened.
 * NONE, PART_MISSING, ENCRYPTED, BAD_ZIP, PART_TOO_LARGE, BOMB, NO_MEMORY, and what fn answers */
enum smk_file_flaw smk_zip_unpack(struct smk_zip *z, const char *name, smk_zip_piece_fn *fn, void *ctx);

#endif
