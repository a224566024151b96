/* tests/crash/journal.h: what a program did to the files below a folder, in order, as the shim writes it down.
 *
 * Shape    entries one after the other: a head, then its name, its second name, its bytes. Names are relative to the
 *          folder. Files are told apart by their inode numbers; a number is used again only behind a CREATE or FOLDER.
 * Memory   none.   Secrets  those of the files.   Threads  as the shim says.
 */
#ifndef SMK_TESTS_CRASH_JOURNAL_H
#define SMK_TESTS_CRASH_JOURNAL_H

#include <stdint.h>

/* How the shim is told: the environment of the program that it is loaded into. */
#define CRASH_SHIM_BELOW "SMK_SHIM_BELOW"     /* the folder, as the program's paths begin with it */
#define CRASH_SHIM_JOURNAL "SMK_SHIM_JOURNAL" /* the file to append to; not below the folder */
#define CRASH_SHIM_FS_TYPE "SMK_SHIM_FS_TYPE" /* what statfs says of the folder, in hex */

enum crash_op {
    CRASH_OP_CREATE = 1, /* a new file and its name */
    CRASH_OP_FOLDER,     /* a new folder and its name */
    CRASH_OP_WRITE,      /* at offset; is_synced: through a descriptor that waits for the disk */
    CRASH_OP_SIZE,       /* the file has offset bytes now */
    CRASH_OP_SYNC,       /* of a file or a folder */
    CRASH_OP_RENAME,
    CRASH_OP_LINK,
    CRASH_OP_UNLINK, /* of a file or an empty folder */
    CRASH_OP_MARK,   /* what the program has said on its standard output */
};

enum { CRASH_JOURNAL_MAGIC = 0x4a4b4d53 };

struct crash_entry {
    uint32_t magic;
    uint32_t op;
    uint64_t file; /* inode number */
    uint64_t offset;
    uint64_t data_len;
    uint32_t is_synced;
    uint16_t name_len;
    uint16_t name2_len;
};

#endif
