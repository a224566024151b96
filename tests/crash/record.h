/* tests/crash/record.h: a whole journal, and what the program has promised along it.
 *
 * Memory   owned: crash_record_close.   Secrets  those of the home that was journaled.   Threads  one.
 */
#ifndef SMK_TESTS_CRASH_RECORD_H
#define SMK_TESTS_CRASH_RECORD_H

#include "tests/crash/disk.h"
#include "tests/crash/state.h"

struct crash_promise {
    size_t entry; /* index of the entry that it stands in */
    bool has_key; /* else it is a state */
    uint8_t key[SMK_KEY_BYTES];
    struct crash_state state;
};

struct crash_record {
    uint8_t *bytes;
    size_t len;
    size_t *entry; /* where each begins */
    size_t entry_count, entry_room;
    struct crash_promise *promise; /* in order */
    size_t promise_count, promise_room;
};

/* False, having said why, when it cannot be read or breaks off in the middle. */
bool crash_record_open(const char *path, struct crash_record *ret_record);
void crash_record_close(struct crash_record *r);
/* Lets the disk take one entry. */
void crash_record_play(const struct crash_record *r, size_t entry, struct crash_disk *disk);

#endif
