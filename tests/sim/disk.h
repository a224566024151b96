/* tests/sim/disk.h: what a node keeps over a crash, in memory or in a real store.
 *
 * Shape    commits as LMDB makes them: a group is there as a whole, for ever, once disk_take or disk_write has returned
 *          OK, and not at all before. The node calls disk_take when its sync is over, not when it begins: a crash in
 *          between is one that came before the sync (the group is never taken) or after it (it is, and nobody hears).
 *          In memory the rows are those of memory_node.h; roster and frontiers are read anew from them at a restart.
 * Memory   owned by the disk; folder, coalition and device are BORROWED for its life.
 * Secrets  keys of test devices, which follow from the seed.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SIM_DISK_H
#define SMK_TESTS_SIM_DISK_H

#include "store/store.h"
#include "tests/support/memory_node.h"

enum { DISK_PATH_BYTES = 600 };

struct disk_options {
    const struct test_coalition *coalition;
    const struct test_device *device;
    struct smk_bytes welcome; /* canonical [genesis, decisions]; empty for the founder; copied */
    const char *folder;       /* of a real store; NULL = in memory */
};

struct disk {
    const struct test_device *device;
    struct smk_identity identity;
    struct smk_buf genesis;
    struct smk_buf welcome;
    /* in memory: the rows, and what the store's row `c` says */
    struct memory_node *memory; /* NULL: a real store */
    bool has_incarnation;
    uint64_t incarnations;
    size_t certificate_count;
    uint8_t certificate[SMK_CERT_DECISIONS_MAX][SMK_HASH_BYTES];
    uint64_t day;
    uint64_t drawn;
    /* in a real store */
    char path[DISK_PATH_BYTES];
    struct smk_store *store;
    struct smk_store_view *view;
};

/* A new disk, opened. What cannot fail in a test stops the program. */
void disk_make(struct disk *d, const struct disk_options *options);
void disk_deinit(struct disk *d); /* works on a zeroed object */
/* Another disk in memory with the same rows, for a node with two faces. */
void disk_copy(struct disk *d, const struct disk *from);
/* The process has died and comes back: what was not committed is gone, everything else is read anew. */
void disk_reopen(struct disk *d);

/* BORROWED until the disk is reopened. */
const struct smk_view *disk_view(const struct disk *d);
struct smk_roster *disk_roster(const struct disk *d);

/* Judges and commits `records` messages; answers has a place for each: what its session is told, but for the ticket. */
void disk_take(struct disk *d, const struct smk_bytes *messages, size_t count, struct smk_event *answers);

/* Signs and commits drafts as smk_store_write does.
 * OK, every error of smk_store_write; then nothing was written */
SMK_MUST_USE enum smk_err disk_write(struct disk *d, const struct smk_draft *drafts, size_t count,
                                     uint64_t wall_ms);

/* The newest seq of a log that is kept, in dispute or not: what was acknowledged does not go when its log forks. */
uint64_t disk_kept(const struct disk *d, const struct smk_scope *scope, const uint8_t log_id[SMK_ID_BYTES]);

/* What the daemon notes when a session ends, and when a receipt is complete. */
void disk_note_end(struct disk *d, const struct smk_session_status *status, bool is_initiator,
                   uint64_t wall_ms);
void disk_note_receipt(struct disk *d, const struct smk_session_status *status,
                       const struct smk_sync_receipt *receipt, uint64_t wall_ms);

/* ---- disk_memory.c ---- */

void memory_disk_make(struct disk *d, const struct disk_options *options);
void memory_disk_deinit(struct disk *d);
void memory_disk_reopen(struct disk *d);
void memory_disk_take(struct disk *d, const struct smk_bytes *messages, size_t count,
                      struct smk_event *answers);
/* OK, every error of smk_store_write */
SMK_MUST_USE enum smk_err memory_disk_write(struct disk *d, const struct smk_draft *drafts, size_t count,
                                            uint64_t wall_ms);

#endif
