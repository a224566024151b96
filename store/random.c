#include "proto/check.h"
#include "store/home.h"

#include <sodium.h>
#include <time.h>

void smk_random(void *ret_bytes, size_t len)
{
    randombytes_buf(ret_bytes, len);
}

uint64_t smk_wall_ms(void)
{
    struct timespec now;
    SMK_ASSERT(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return now.tv_sec > 0 ? (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000 : 0;
}
