#include "tests/fault/calls.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const struct fault_kind fault_kinds[] = {
    {"alloc", CALL_ALLOC, ENOMEM, WAY_FAIL, true},
    {"lib-alloc", CALL_LIB_ALLOC, ENOMEM, WAY_FAIL, false},
    {"own-alloc", CALL_OWN_ALLOC, ENOMEM, WAY_FAIL, false},
    {"open", CALL_OPEN, EMFILE, WAY_FAIL, false},
    {"read", CALL_READ, EIO, WAY_FAIL, false},
    {"read-short", CALL_READ, 0, WAY_SHORT, false},
    {"read-interrupt", CALL_READ, EINTR, WAY_INTERRUPT, false},
    {"write", CALL_WRITE, ENOSPC, WAY_FAIL, true},
    {"write-broken", CALL_WRITE, EIO, WAY_FAIL, true},
    {"write-short", CALL_WRITE, 0, WAY_SHORT, false},
    {"write-interrupt", CALL_WRITE, EINTR, WAY_INTERRUPT, false},
    {"sync", CALL_SYNC, EIO, WAY_FAIL, true},
    {"map", CALL_MAP, ENOMEM, WAY_FAIL, false},
    {"size", CALL_SIZE, ENOSPC, WAY_FAIL, false},
    {"name", CALL_NAME, ENOSPC, WAY_FAIL, false},
    {"unlink", CALL_UNLINK, EIO, WAY_FAIL, false},
    {"look", CALL_LOOK, EIO, WAY_FAIL, false},
    {"lock", CALL_LOCK, ENOLCK, WAY_FAIL, false},
    {"close", CALL_CLOSE, EIO, WAY_FAIL, false},
    {"random", CALL_RANDOM, EINTR, WAY_INTERRUPT, false},
    {"thread", CALL_THREAD, EAGAIN, WAY_FAIL, false},
    {"child", CALL_PROCESS, EAGAIN, WAY_FAIL, false},
    {"socket", CALL_SOCKET, EMFILE, WAY_FAIL, false},
    {"accept", CALL_ACCEPT, EMFILE, WAY_INTERRUPT, false},
    {"net", CALL_NET, ENETDOWN, WAY_FAIL, false},
    {"line", CALL_LINE, ECONNRESET, WAY_FAIL, false},
    {"line-full", CALL_LINE, ENOBUFS, WAY_FAIL, false},
    {"line-short", CALL_LINE, 0, WAY_SHORT, false},
    {"line-interrupt", CALL_LINE, EINTR, WAY_INTERRUPT, false},
    {.name = NULL},
};

enum { INTERRUPTS = 3 };

static struct calls_plan plan;
static enum call planned = CALL_COUNT;
static bool is_planned_short;
static const char *folder;
static atomic_ulong seen, hits;
static _Atomic(const char *) first_hit;
static atomic_bool is_armed_for_all;
static _Thread_local bool is_armed_here, is_spared_here;
static atomic_long live, maps;

/* ---- the plan ---- */

void calls_plan(const struct calls_plan *to)
{
    plan = *to;
    planned = to->kind != NULL ? to->kind->call : CALL_COUNT;
    is_planned_short = to->kind != NULL && to->kind->way == WAY_SHORT;
    atomic_store(&seen, 0);
    atomic_store(&hits, 0);
    atomic_store(&first_hit, NULL);
}

void calls_arm(void)
{
    if (plan.has_all_threads)
        atomic_store(&is_armed_for_all, true);
    else
        is_armed_here = true;
}

void calls_disarm(void)
{
    atomic_store(&is_armed_for_all, false);
    is_armed_here = false;
}

void calls_spare(void)
{
    is_spared_here = true;
}

void calls_over(void)
{
    calls_disarm();
    plan.kind = NULL;
}

enum call calls_planned(void)
{
    return planned;
}

bool calls_read_is_short(void)
{
    return planned == CALL_READ && is_planned_short;
}

unsigned long calls_hits(void)
{
    return atomic_load(&hits);
}

unsigned long calls_seen(void)
{
    return atomic_load(&seen);
}

const char *calls_first_hit(void)
{
    const char *name = atomic_load(&first_hit);
    return name != NULL ? name : "-";
}

static bool is_chosen(enum call call, const char *function)
{
    const char *nothing = NULL;
    if ((!is_armed_here && !atomic_load(&is_armed_for_all)) || is_spared_here)
        return false;
    if (plan.kind == NULL || plan.kind->call != call)
        return false;
    unsigned long number = atomic_fetch_add(&seen, 1);
    bool is_hit = number == plan.nth || (plan.is_sticky && number > plan.nth);
    if (plan.kind->way == WAY_INTERRUPT && number >= plan.nth + INTERRUPTS)
        is_hit = false;
    if (!is_hit)
        return false;
    atomic_fetch_add(&hits, 1);
    (void)atomic_compare_exchange_strong(&first_hit, &nothing, function);
    return true;
}

bool calls_hit(enum call call, const char *function)
{
    if (!is_chosen(call, function))
        return false;
    errno = plan.kind->error;
    return true;
}

bool calls_hit_part(enum call call, const char *function, size_t *len)
{
    if (!is_chosen(call, function))
        return false;
    if (plan.kind->way == WAY_SHORT) {
        *len = *len > 1 ? *len / 2 : *len;
        return false;
    }
    errno = plan.kind->error;
    return true;
}

bool calls_is_path_ours(const char *path)
{
    if (strcmp(path, "/etc/machine-id") == 0)
        return true;
    if (path[0] != '/')
        return true; /* commands stand in the folder, and nobody else names anything so */
    size_t len = folder != NULL ? strlen(folder) : 0;
    if (len == 0 || strncmp(path, folder, len) != 0)
        return false;
    return plan.has_reserve || strstr(path + len, "/reserve") == NULL;
}

/* ---- what proto and store have ---- */

static void *mem_alloc(size_t size)
{
    void *at = calls_hit(CALL_ALLOC, "smk_mem_new") ? NULL : calloc(1, size);
    atomic_fetch_add(&live, at != NULL ? 1 : 0);
    return at;
}

static void *mem_resize(void *at, size_t size)
{
    if (calls_hit(CALL_ALLOC, "smk_mem_resize"))
        return NULL;
    bool was_there = at != NULL;
    void *moved = realloc(at, size);
    atomic_fetch_add(&live, !was_there && moved != NULL ? 1 : 0);
    return moved;
}

static void mem_release(void *at)
{
    atomic_fetch_sub(&live, 1);
    free(at);
}

static const struct smk_mem_ops mem_ops = {.alloc = mem_alloc, .resize = mem_resize, .release = mem_release};

long calls_live(void)
{
    return atomic_load(&live);
}

void calls_note_map(long more)
{
    atomic_fetch_add(&maps, more);
}

long calls_maps(void)
{
    return atomic_load(&maps);
}

size_t calls_open_files(void)
{
    size_t count = 0;
    DIR *list = opendir("/proc/self/fd");
    SMK_ASSERT(list != NULL);
    while (readdir(list) != NULL)
        count++;
    (void)closedir(list);
    return count;
}

void calls_begin(const char *below)
{
    folder = below;
    calls_alloc_begin();
    smk_mem_use(&mem_ops);
}
