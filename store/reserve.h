/* store/reserve.h: room on the disk that is kept for small writes that must not fail.
 *
 * Shape    a file of fixed size beside data.mdb. It is given up when such a write finds the disk full, and made again
 *          when there is room; as long as it is missing, ordinary writes are refused.
 * Source   SCHEMA.md section 7.1.
 * Memory   none kept.   Secrets  none.   Threads  one at a time, in all processes: inside write transactions.
 */
#ifndef SMK_STORE_RESERVE_H
#define SMK_STORE_RESERVE_H

#include <stdbool.h>

enum {
    SMK_RESERVE_BYTES = 4 * 1024 * 1024,
    SMK_RESERVE_DISK_PARTS = 16, /* never more than this part of the disk */
};

/* Whether it is there; makes it when it is missing and the disk has twice the room for it. True as well where this
 * process may not write a file of that size: another one will make it. */
bool smk_reserve_keep(const char *folder);
/* Gives the room back to the disk. False when there was none. */
bool smk_reserve_give_up(const char *folder);

#endif
