/* tools/when.h: instants, shown in the coalition's zone.
 *
 * Shape    instants are UTC, ms since 1970; 0 stands for 'never'.
 * Memory   caller's.   Secrets  none.   Threads  one: the zone belongs to the process.
 */
#ifndef SMK_TOOLS_WHEN_H
#define SMK_TOOLS_WHEN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* True for a name in the form of the zone database: Area/City. */
bool smk_when_is_zone_name(const char *name);
/* True when this machine knows the zone, so that its times can be shown. */
bool smk_when_has_zone(const char *name);
/* From now on times are shown in this zone; in UTC, and saying so, when the machine does not know it. */
void smk_when_use_zone(const char *name);

struct smk_when {
    char text[40];
};
/* "2026-11-22 14:02"; "never" for 0. Returns ret_when->text. */
const char *smk_when_shown(uint64_t wall_ms, struct smk_when *ret_when);
/* "2026-11-22T14:02:11.250+07:00"; null for 0. GIVES. */
json_t *smk_when_json(uint64_t wall_ms);

#endif
