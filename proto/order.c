#include "proto/order.h"

#include <string.h>

/* Merges two sorted runs that stand side by side. */
static void merge(const void **from, const void **into, size_t left, size_t count, smk_order_fn *compare)
{
    size_t a = 0, b = left;
    for (size_t at = 0; at < count; at++) {
        int takes_left = b >= count || (a < left && compare(from[a], from[b]) <= 0);
        into[at] = takes_left ? from[a++] : from[b++];
    }
}

void smk_order(const void **items, const void **spare, size_t count, smk_order_fn *compare)
{
    const void **from = items, **into = spare;
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            size_t run = count - at < 2 * width ? count - at : 2 * width;
            merge(from + at, into + at, run < width ? run : width, run, compare);
        }
        const void **swap = from;
        from = into;
        into = swap;
    }
    if (from != items && count > 0)
        memcpy(items, from, count * sizeof *items);
}
