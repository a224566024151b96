/* tests/crash/disk.h: a disk as a journal tells of it, and what of it may be there after a power cut.
 *
 * Shape    the disk takes entries one after the other. What was synced stays. Of the rest an image keeps any part: each
 *          512-byte sector in any of the versions that it has had since the last sync of its file, the file's length
 *          in any of them, and of names everything, nothing, a beginning or any part. A write through a descriptor
 *          that waits for the disk is there whole. A name is safe when its folder was synced; a rename happens wholly or
 *          not at all.
 * Memory   owned by the disk: crash_disk_free.   Secrets  those of the files.   Threads  one.
 */
#ifndef SMK_TESTS_CRASH_DISK_H
#define SMK_TESTS_CRASH_DISK_H

#include "tests/crash/journal.h"
#include "tests/support/rng.h"

struct crash_disk; /* opaque */

/* Empty, but for the folder below which everything is; that is its inode number. Stops the program without memory, as all
 * here does. */
struct crash_disk *crash_disk_new(uint64_t inode);
void crash_disk_free(struct crash_disk *d);

/* data and names BORROW from the journal for the call. */
void crash_disk_take(struct crash_disk *d, const struct crash_entry *entry, const char *name,
                     const char *name2, const uint8_t *data);

enum crash_loss {
    CRASH_LOSS_NONE, /* everything that was written is there: the process was killed */
    CRASH_LOSS_ALL,  /* only what was synced is there */
    CRASH_LOSS_SOME, /* any part, as drawn */
    CRASH_LOSSES,
};
/* True when nothing is unsynced: all images are the same. */
bool crash_disk_is_settled(const struct crash_disk *d);
/* Writes an image into a folder that is there and empty. */
void crash_disk_write(const struct crash_disk *d, enum crash_loss loss, struct test_rng *rng,
                      const char *folder);

#endif
