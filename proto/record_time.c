#include "proto/record.h"

enum { COUNTER_BITS = 16 };

uint64_t smk_time_ms(uint64_t time)
{
    return time >> COUNTER_BITS;
}

enum smk_err smk_time_next(uint64_t wall_ms, uint64_t log_time, uint64_t dep_time, uint64_t *ret_time)
{
    if (wall_ms > SMK_WALL_MS_MAX - 2 * SMK_DAY_MS) /* so that nothing below can overflow */
        return SMK_ERR_CLOCK;
    uint64_t latest_ms = wall_ms + SMK_DAY_MS;
    if (smk_time_ms(log_time) > latest_ms)
        return SMK_ERR_CLOCK;
    uint64_t time = wall_ms << COUNTER_BITS;
    if (time <= log_time)
        time = log_time + 1; /* a full counter carries into the milliseconds */
    if (time <= dep_time && smk_time_ms(dep_time) <= latest_ms)
        time = dep_time + 1;
    *ret_time = time;
    return SMK_OK;
}
