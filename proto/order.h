/* proto/order.h: sorts an array of pointers, stably and without taking memory.
 *
 * Shape    merge sort, n log n in the worst case.   Memory  the caller lends a second array of the same length.
 * Secrets  none.   Threads  pure.
 */
#ifndef SMK_PROTO_ORDER_H
#define SMK_PROTO_ORDER_H

#include <stddef.h>

/* <0, 0, >0. */
typedef int smk_order_fn(const void *a, const void *b);

/* Sorts items[0..count); spare has room for count pointers and holds nothing of use afterwards. */
void smk_order(const void **items, const void **spare, size_t count, smk_order_fn *compare);

#endif
