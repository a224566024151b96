/* store/files/package.h: a folder of tables with everything that is needed to read them.
 *
 * Shape    datapackage.json as Frictionless has it (Data Package, Table Schema): of each file its size, SHA-256, rows,
 *          columns with types, titles in two languages and constraints. For export_write.c.
 * Source   README.md in this folder, "Package".
 * Memory   as the outbox.   Secrets  what is in the tables.   Threads  one.
 */
#ifndef SMK_STORE_FILES_PACKAGE_H
#define SMK_STORE_FILES_PACKAGE_H

#include "store/files/export_write.h"

/* Every file of a package, or the tables and datapackage.json alone (form CSV).
 * OK, SMK_ERR_NOMEM, and every error of the outbox */
SMK_MUST_USE enum smk_err smk_package_write(struct smk_export *x, const struct smk_export_target *target,
                                            struct smk_outbox *o);
/* places.geojson alone. OK, SMK_ERR_NOMEM, and every error of the outbox */
SMK_MUST_USE enum smk_err smk_package_write_places(struct smk_export *x, struct smk_outbox *o);
bool smk_package_is_own_file(const char *name); /* beside the tables */

#endif
