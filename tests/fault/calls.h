/* tests/fault/calls.h: the calls to the C library and the kernel that can be made to fail, one of them at a time.
 *
 * Shape    this program defines these calls itself; each asks calls_hit whether it is the one that fails, and else goes on
 *          to the C library. They are counted, and fail, only between calls_arm and calls_disarm. Of files, only
 *          those below one folder count, and /etc/machine-id; the reserve of a store only when asked for.
 * Memory   the table of proto/mem.h is replaced for as long as the program runs, and counts what is live.
 * Secrets  none.   Threads  armed for one thread, or for all.
 */
#ifndef SMK_TESTS_FAULT_CALLS_H
#define SMK_TESTS_FAULT_CALLS_H

#include <stdbool.h>
#include <stddef.h>

enum call {
    CALL_ALLOC,     /* smk_mem_* of proto and store */
    CALL_LIB_ALLOC, /* malloc and its kin, inside LMDB, msgpack-c, jansson, libuv, libconfuse */
    CALL_OWN_ALLOC, /* malloc and its kin, in node and tools */
    CALL_OPEN,
    CALL_READ,
    CALL_WRITE,
    CALL_SYNC,
    CALL_MAP,    /* mmap */
    CALL_SIZE,   /* ftruncate, posix_fallocate */
    CALL_NAME,   /* rename, link, mkdir */
    CALL_UNLINK, /* unlink, rmdir */
    CALL_LOOK,   /* stat and its kin, statfs, statvfs, access, getrlimit */
    CALL_LOCK,   /* flock, fcntl with a lock */
    CALL_CLOSE,
    CALL_RANDOM,
    CALL_THREAD,  /* pthread_create, and making mutexes, conditions and locks */
    CALL_PROCESS, /* fork, pipe, waitpid */
    CALL_SOCKET,  /* making sockets, epolls, events: whatever gives a descriptor */
    CALL_ACCEPT,
    CALL_NET,  /* connect, bind, listen, names of sockets, options */
    CALL_LINE, /* poll, recv, send; when the line is said to be gone, it is */
    CALL_COUNT,
};

enum call_way {
    WAY_FAIL,  /* does nothing, fails with the error */
    WAY_SHORT, /* reads or writes half of the bytes */
    WAY_INTERRUPT, /* does nothing, fails with the error; sticky: three times in a row, for what comes to an end by itself */
};

struct fault_kind {
    const char *name;
    enum call call;
    int error;
    enum call_way way;
    bool must_tell; /* an operation that was hit may not answer that it went well */
};
/* Every kind; ends with a NULL name. */
extern const struct fault_kind fault_kinds[];

/* Once, at the beginning of the program. folder: BORROWED. */
void calls_begin(const char *folder);

struct calls_plan {
    const struct fault_kind *kind; /* NULL = only count nothing, fail nothing */
    bool is_sticky;
    bool has_reserve;     /* the reserve counts as well */
    bool has_all_threads; /* else this thread alone */
    unsigned long nth;    /* from 0 */
};
void calls_plan(const struct calls_plan *plan); /* sets the count to zero; nothing is armed yet */
void calls_arm(void);
void calls_disarm(void);
void calls_spare(void);         /* from now on nothing fails in this thread, whatever is armed */
void calls_over(void);          /* from now on nothing fails, armed or not; the counts stay */
enum call calls_planned(void);  /* what fails, or failed, by the newest plan; CALL_COUNT: nothing */
bool calls_read_is_short(void); /* reading is what is planned, and it gives half */
unsigned long calls_hits(void); /* since the plan */
unsigned long calls_seen(void);
const char *calls_first_hit(void); /* name of the function that failed first; static */

long calls_live(void); /* blocks of proto and store */
long calls_maps(void); /* mappings made and not unmapped, by anyone but the C library */
size_t calls_open_files(void);

/* For the definitions. True: the call fails, errno is set, and nothing is to be done. */
bool calls_hit(enum call call, const char *function);
/* The same for a call that may do a part of it: *len is then what is left to be done. */
bool calls_hit_part(enum call call, const char *function, size_t *len);
bool calls_is_path_ours(const char *path);
void calls_note_map(long more);
/* Looks up all the functions behind the definitions. */
void *calls_next(const char *name);
void calls_alloc_begin(void);

#endif
