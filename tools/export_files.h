/* tools/export_files.h: `samaki export` into files for people: which form, which types, and what is told about it.
 *
 * Source   README.md in this folder, `export`; store/files/README.md for what stands in the files.
 * Memory   BORROWS from argv.   Secrets  interviews lie in what is written.   Threads  one.
 */
#ifndef SMK_TOOLS_EXPORT_FILES_H
#define SMK_TOOLS_EXPORT_FILES_H

#include "store/files/export_write.h"
#include "tools/cli.h"

enum { SMK_EXPORT_TYPES_MAX = 32 };

struct smk_export_wish {
    struct smk_export_target target;
    bool is_public;
    bool is_for_import;
    size_t type_count; /* 0: all */
    const char *type[SMK_EXPORT_TYPES_MAX];
};

/* Reads the home, writes the file or folder, and tells what is in it and what was left out. */
enum smk_exit smk_export_files(struct smk_cli *cli, const struct smk_export_wish *wish);

#endif
