/* store/files/instant.h: instants as files have them.
 *
 * Memory   caller's.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_STORE_FILES_INSTANT_H
#define SMK_STORE_FILES_INSTANT_H

#include <stdint.h>

struct smk_instant {
    char text[32];
};
/* "2026-11-22T07:02:11.250Z"; wall_ms: since 1970. Returns ret_instant->text. */
const char *smk_instant_spell(uint64_t wall_ms, struct smk_instant *ret_instant);

#endif
