/* proto/schema_value.h: what one value of each type must look like; for schema.c.
 *
 * Shape    a span in, the flaw out.   Source  schema.h.   Memory  BORROWS for the call.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_PROTO_SCHEMA_VALUE_H
#define SMK_PROTO_SCHEMA_VALUE_H

#include "proto/schema.h"

enum smk_flaw smk_check_text(struct smk_bytes v, size_t bytes_max, bool may_have_lines);
enum smk_flaw smk_check_bilingual(struct smk_bytes v);
enum smk_flaw smk_check_name(struct smk_bytes v);
enum smk_flaw smk_check_choice(struct smk_bytes v, const char *const *choices);
enum smk_flaw smk_check_area(struct smk_bytes v, uint64_t digits_min, uint64_t digits_max);
enum smk_flaw smk_check_amount(struct smk_bytes v);
enum smk_flaw smk_check_date(struct smk_bytes v);

#endif
