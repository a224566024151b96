#include "proto/check.h"

#include <stdio.h>
#include <stdlib.h>

void smk_assert_fail(const char *cond, const char *file, int line, const char *func)
{
    fprintf(stderr, "%s:%d: %s: assertion failed: %s\n", file, line, func, cond);
    abort();
}
