/* tests/fault/stage.h: a folder that is put back as it was before each run, and what must be true of a store in it.
 *
 * Shape    a copy of every file is kept in memory; putting back writes over the files that are there, so that they keep
 *          their inode numbers (a store in another inode counts as a copy). Locks and reserves are left alone.
 * Memory   owned by the stage.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_FAULT_STAGE_H
#define SMK_TESTS_FAULT_STAGE_H

#include "proto/bounds.h"
#include "store/home.h"
#include "tests/support/tempdir.h"

#include <stdint.h>

enum { STAGE_FILES_MAX = 64 };

struct stage {
    char path[TEST_PATH_MAX];
    size_t count;
    struct stage_file {
        char name[128]; /* below path */
        bool is_folder;
        unsigned char *bytes;
        size_t len;
    } file[STAGE_FILES_MAX];
};

/* Keeps the folder as it is now; what was kept before is let go. */
void stage_keep(struct stage *s, const char *path);
void stage_restore(const struct stage *s);
void stage_deinit(struct stage *s);
/* True when the file has the bytes that were kept. */
bool stage_is_same(const struct stage *s, const char *name);
/* NULL, or the name of something below path that the other stage's folder had not, or has no longer. */
const char *stage_names_differ(const struct stage *s);

/* What was acknowledged: the first records in the order of their arrival. */
struct truth {
    uint64_t records;
    uint8_t hash[SMK_HASH_BYTES];
};
/* Of the first `limit` records of the store in the folder `path`.
 * OK, or the first error of reading */
enum smk_err truth_read(const char *path, uint64_t limit, struct truth *ret_truth);
/* What an operation that adds `more` records may have left. */
enum outcome {
    OUTCOME_WHOLE,  /* it went well: all of them */
    OUTCOME_EITHER, /* all or none */
    OUTCOME_BROKEN, /* likewise, and the newer beginning of the store file may be half written, until the next commit */
    OUTCOME_PART, /* none, some or all: it commits more than once */
};
/* EITHER after an error, and BROKEN when that says that the disk failed or is full. */
enum outcome outcome_of(enum smk_err err);
/* NULL when the audit of the store in `path` finds nothing, and it holds what was there before and such an outcome. */
const char *truth_differs(const char *path, const struct truth *before, uint64_t more, enum outcome outcome);

/* The home's folder `store`, in a text that lives until the next call. */
const char *stage_store(const char *home);

#endif
