/* tests/support/exports.h: tables of what a fold holds.
 *
 * Shape    what cannot fail in a test stops the program.
 * Memory   as each function says.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_SUPPORT_EXPORTS_H
#define SMK_TESTS_SUPPORT_EXPORTS_H

#include "store/files/export.h"

/* The type of that name. */
struct smk_table_type test_table_type(const char *name);
/* GIVES: smk_export_deinit. f is BORROWED for its life. */
struct smk_export test_export(struct smk_fold *f, bool is_public);
/* NULL when there is none of that type. BORROWED from x. */
const struct smk_export_table *test_export_table(const struct smk_export *x, const char *name);

#endif
