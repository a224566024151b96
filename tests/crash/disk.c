#include "tests/crash/disk.h"

#include "proto/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR_BYTES = 512, PATH_BYTES = 1024, NAME_BYTES = 256, DEPTH_MAX = 16 };

/* One version of one sector, and the length that the file had then; is_dead: synced meanwhile. */
struct version {
    uint64_t sector;
    bool is_dead;
    uint8_t bytes[SECTOR_BYTES];
};

/* A file, or a folder (which has no bytes). */
struct file {
    uint64_t inode;
    bool is_folder;
    uint8_t *now, *safe; /* what the programs see, and what is synced */
    uint64_t now_len, safe_len, room;
    struct version *versions;
    size_t version_count, version_room;
    uint64_t *lens; /* lengths since the last sync, the oldest first */
    size_t len_count, len_room;
};

/* A name in a folder leads to a file, or (-1) to nothing. */
struct naming {
    size_t folder;
    char name[NAME_BYTES];
    long file;
};

/* One change of names: at most two namings, which happen together. */
struct change {
    struct naming naming[2];
    size_t count;
};

struct names {
    struct naming *at;
    size_t count, room;
};

struct crash_disk {
    struct file *files;
    size_t file_count, file_room;
    struct names now, safe;
    struct change *changes; /* since their folders were synced */
    size_t change_count, change_room;
};

static void *grown(void *old, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return old;
    *room = *room > 0 ? 2 * *room : 16;
    void *fresh = realloc(old, *room * size);
    SMK_ASSERT(fresh != NULL);
    return fresh;
}

/* ---- names ---- */

static long names_find(const struct names *n, size_t folder, const char *name)
{
    for (size_t i = 0; i < n->count; i++)
        if (n->at[i].folder == folder && strcmp(n->at[i].name, name) == 0)
            return n->at[i].file;
    return -1;
}

static void names_set(struct names *n, const struct naming *to)
{
    size_t i = 0;
    while (i < n->count && (n->at[i].folder != to->folder || strcmp(n->at[i].name, to->name) != 0))
        i++;
    if (to->file < 0) {
        if (i < n->count)
            n->at[i] = n->at[--n->count];
        return;
    }
    n->at = grown(n->at, &n->room, i, sizeof *n->at);
    n->at[i] = *to;
    if (i == n->count)
        n->count++;
}

/* The folder and the last word of a path, by the names of now. */
static struct naming naming_of(const struct crash_disk *d, const char *path, long file)
{
    struct naming at = {.file = file};
    const char *slash;
    while ((slash = strchr(path, '/')) != NULL) {
        char word[NAME_BYTES];
        SMK_ASSERT((size_t)(slash - path) < sizeof word);
        (void)snprintf(word, sizeof word, "%.*s", (int)(slash - path), path);
        long inner = names_find(&d->now, at.folder, word);
        SMK_ASSERT(inner > 0);
        at.folder = (size_t)inner;
        path = slash + 1;
    }
    SMK_ASSERT(strlen(path) < sizeof at.name);
    (void)snprintf(at.name, sizeof at.name, "%s", path);
    return at;
}

static void change_add(struct crash_disk *d, const struct change *c)
{
    for (size_t i = 0; i < c->count; i++)
        names_set(&d->now, &c->naming[i]);
    d->changes = grown(d->changes, &d->change_room, d->change_count, sizeof *d->changes);
    d->changes[d->change_count++] = *c;
}

static bool change_is_in(const struct change *c, size_t folder)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->naming[i].folder == folder)
            return true;
    return false;
}

/* Changes in the folder are safe now, and with them every earlier one in the other folder of each. */
static void folder_sync(struct crash_disk *d, size_t folder)
{
    bool *goes = calloc(d->change_count + 1, sizeof *goes);
    size_t kept = 0;
    SMK_ASSERT(goes != NULL);
    for (size_t i = d->change_count; i-- > 0;) {
        goes[i] = goes[i] || change_is_in(&d->changes[i], folder);
        for (size_t k = 0; goes[i] && k < i; k++)
            for (size_t n = 0; n < d->changes[i].count; n++)
                goes[k] = goes[k] || change_is_in(&d->changes[k], d->changes[i].naming[n].folder);
    }
    for (size_t i = 0; i < d->change_count; i++) {
        for (size_t n = 0; goes[i] && n < d->changes[i].count; n++)
            names_set(&d->safe, &d->changes[i].naming[n]);
        if (!goes[i])
            d->changes[kept++] = d->changes[i];
    }
    d->change_count = kept;
    free(goes);
}

/* ---- bytes ---- */

static void file_reserve(struct file *f, uint64_t len)
{
    if (len <= f->room)
        return;
    uint64_t room = f->room > 0 ? f->room : 65536;
    while (room < len)
        room *= 2;
    f->now = realloc(f->now, room);
    f->safe = realloc(f->safe, room);
    SMK_ASSERT(f->now != NULL);
    SMK_ASSERT(f->safe != NULL);
    memset(f->now + f->room, 0, room - f->room);
    memset(f->safe + f->room, 0, room - f->room);
    f->room = room;
}

static void len_note(struct file *f, uint64_t len)
{
    f->now_len = len;
    f->lens = grown(f->lens, &f->len_room, f->len_count, sizeof *f->lens);
    f->lens[f->len_count++] = len;
}

static void file_resize(struct file *f, uint64_t len)
{
    file_reserve(f, len + SECTOR_BYTES);
    if (len < f->now_len)
        memset(f->now + len, 0, f->now_len - len);
    len_note(f, len);
}

/* The sector as it is now is on the disk. */
static void sector_settle(struct file *f, uint64_t sector)
{
    memcpy(f->safe + sector * SECTOR_BYTES, f->now + sector * SECTOR_BYTES, SECTOR_BYTES);
    for (size_t i = 0; i < f->version_count; i++)
        if (f->versions[i].sector == sector)
            f->versions[i].is_dead = true;
}

static void version_add(struct file *f, uint64_t sector)
{
    f->versions = grown(f->versions, &f->version_room, f->version_count, sizeof *f->versions);
    struct version *v = &f->versions[f->version_count++];
    *v = (struct version){.sector = sector};
    memcpy(v->bytes, f->now + sector * SECTOR_BYTES, SECTOR_BYTES);
}

static void file_write(struct file *f, uint64_t offset, const uint8_t *data, uint64_t len, bool is_synced)
{
    if (len == 0)
        return;
    file_reserve(f, offset + len + SECTOR_BYTES);
    memcpy(f->now + offset, data, len);
    if (offset + len > f->now_len)
        len_note(f, offset + len);
    for (uint64_t s = offset / SECTOR_BYTES; s <= (offset + len - 1) / SECTOR_BYTES; s++) {
        if (is_synced)
            sector_settle(f, s);
        else
            version_add(f, s);
    }
    if (is_synced && f->safe_len < offset + len) {
        f->safe_len = offset + len;
        f->len_count = 0;
    }
}

static void file_sync(struct file *f)
{
    for (size_t i = 0; i < f->version_count; i++)
        if (!f->versions[i].is_dead)
            memcpy(f->safe + f->versions[i].sector * SECTOR_BYTES,
                   f->now + f->versions[i].sector * SECTOR_BYTES, SECTOR_BYTES);
    if (f->now_len < f->safe_len)
        memset(f->safe + f->now_len, 0, f->safe_len - f->now_len);
    f->safe_len = f->now_len;
    f->version_count = 0;
    f->len_count = 0;
}

/* ---- taking entries ---- */

/* The newest file of that number. */
static size_t file_find(const struct crash_disk *d, uint64_t inode)
{
    for (size_t i = d->file_count; i-- > 0;)
        if (d->files[i].inode == inode)
            return i;
    SMK_UNREACHABLE();
}

static long file_add(struct crash_disk *d, uint64_t inode, bool is_folder)
{
    d->files = grown(d->files, &d->file_room, d->file_count, sizeof *d->files);
    d->files[d->file_count] = (struct file){.inode = inode, .is_folder = is_folder};
    return (long)d->file_count++;
}

static void take_name(struct crash_disk *d, const struct crash_entry *entry, const char *name,
                      const char *name2)
{
    struct change c = {.count = 1};
    switch ((enum crash_op)entry->op) {
    case CRASH_OP_CREATE:
    case CRASH_OP_FOLDER:
        c.naming[0] = naming_of(d, name, file_add(d, entry->file, entry->op == (uint32_t)CRASH_OP_FOLDER));
        break;
    case CRASH_OP_UNLINK: c.naming[0] = naming_of(d, name, -1); break;
    default: {
        struct naming from = naming_of(d, name, -1);
        long file = names_find(&d->now, from.folder, from.name);
        SMK_ASSERT(file > 0);
        c.naming[0] = naming_of(d, name2, file);
        if (entry->op == CRASH_OP_RENAME)
            c.naming[c.count++] = from;
    }
    }
    change_add(d, &c);
}

void crash_disk_take(struct crash_disk *d, const struct crash_entry *entry, const char *name,
                     const char *name2, const uint8_t *data)
{
    switch ((enum crash_op)entry->op) {
    case CRASH_OP_WRITE:
        file_write(&d->files[file_find(d, entry->file)], entry->offset, data, entry->data_len,
                   entry->is_synced != 0);
        break;
    case CRASH_OP_SIZE: file_resize(&d->files[file_find(d, entry->file)], entry->offset); break;
    case CRASH_OP_SYNC: {
        size_t file = file_find(d, entry->file);
        if (d->files[file].is_folder)
            folder_sync(d, file);
        else
            file_sync(&d->files[file]);
        break;
    }
    case CRASH_OP_MARK: break;
    default: take_name(d, entry, name, name2);
    }
}

bool crash_disk_is_settled(const struct crash_disk *d)
{
    for (size_t i = 0; i < d->file_count; i++)
        if (d->files[i].version_count > 0 || d->files[i].len_count > 0)
            return false;
    return d->change_count == 0;
}

/* ---- images ---- */

/* How far the versions of a sector have come, from 0 to count; the same for the same draw. */
static size_t progress_draw(uint64_t draw, uint64_t sector, size_t count)
{
    struct test_rng rng = test_rng_from(draw ^ (sector * 0x9e3779b97f4a7c15u));
    return (size_t)test_rng_below(&rng, count + 1);
}

static void bytes_put(int fd, const uint8_t *bytes, uint64_t len)
{
    while (len > 0 && bytes[len - 1] == 0)
        len--;
    for (uint64_t done = 0; done < len;) {
        ssize_t n = write(fd, bytes + done, len - done);
        SMK_ASSERT(n > 0);
        done += (uint64_t)n;
    }
}

static void file_put(const struct file *f, enum crash_loss loss, struct test_rng *rng, const char *path)
{
    uint64_t len = f->safe_len, draw = test_rng_u64(rng);
    size_t lens = loss == CRASH_LOSS_SOME ? (size_t)test_rng_below(rng, f->len_count + 1) : 0;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    SMK_ASSERT(fd >= 0);
    if (loss == CRASH_LOSS_NONE) {
        bytes_put(fd, f->now, f->now_len);
        SMK_ASSERT(ftruncate(fd, (off_t)f->now_len) == 0);
    } else {
        bytes_put(fd, f->safe, f->safe_len);
        if (lens > 0)
            len = f->lens[lens - 1];
        for (size_t i = 0; loss == CRASH_LOSS_SOME && i < f->version_count; i++) {
            const struct version *v = &f->versions[i];
            if (!v->is_dead && i < progress_draw(draw, v->sector, f->version_count))
                SMK_ASSERT(pwrite(fd, v->bytes, SECTOR_BYTES, (off_t)(v->sector * SECTOR_BYTES)) ==
                           SECTOR_BYTES);
        }
        SMK_ASSERT(ftruncate(fd, (off_t)len) == 0);
    }
    (void)close(fd);
}

static void folder_put(const struct crash_disk *d, const struct names *n, size_t folder, unsigned depth,
                       enum crash_loss loss, struct test_rng *rng, const char *path)
{
    SMK_ASSERT(depth < DEPTH_MAX);
    for (size_t i = 0; i < n->count; i++) {
        char inner[PATH_BYTES];
        if (n->at[i].folder != folder)
            continue;
        SMK_ASSERT(snprintf(inner, sizeof inner, "%s/%s", path, n->at[i].name) < (int)sizeof inner);
        const struct file *f = &d->files[n->at[i].file];
        if (!f->is_folder) {
            file_put(f, loss, rng, inner);
            continue;
        }
        SMK_ASSERT(mkdir(inner, 0700) == 0);
        folder_put(d, n, (size_t)n->at[i].file, depth + 1, loss, rng, inner);
    }
}

/* Which names there are: those that are safe, and some of the changes, in order. */
static struct names names_draw(const struct crash_disk *d, enum crash_loss loss, struct test_rng *rng)
{
    struct names n = {.room = d->safe.count + 1, .count = d->safe.count};
    size_t first = loss == CRASH_LOSS_NONE  ? d->change_count
                   : loss == CRASH_LOSS_ALL ? 0
                                            : (size_t)test_rng_below(rng, d->change_count + 1);
    unsigned percent = loss == CRASH_LOSS_SOME && test_rng_chance(rng, 50) ? 50 : 0; /* else a beginning */
    n.at = malloc(n.room * sizeof *n.at);
    SMK_ASSERT(n.at != NULL);
    if (n.count > 0)
        memcpy(n.at, d->safe.at, n.count * sizeof *n.at);
    for (size_t i = 0; i < d->change_count; i++) {
        bool happened = percent > 0 ? test_rng_chance(rng, percent) : i < first;
        for (size_t k = 0; happened && k < d->changes[i].count; k++)
            names_set(&n, &d->changes[i].naming[k]);
    }
    return n;
}

void crash_disk_write(const struct crash_disk *d, enum crash_loss loss, struct test_rng *rng,
                      const char *folder)
{
    struct names n = names_draw(d, loss, rng);
    folder_put(d, &n, 0, 0, loss, rng, folder);
    free(n.at);
}

/* ---- life ---- */

struct crash_disk *crash_disk_new(uint64_t inode)
{
    struct crash_disk *d = calloc(1, sizeof *d);
    SMK_ASSERT(d != NULL);
    (void)file_add(d, inode, true);
    return d;
}

void crash_disk_free(struct crash_disk *d)
{
    for (size_t i = 0; i < d->file_count; i++) {
        free(d->files[i].now);
        free(d->files[i].safe);
        free(d->files[i].versions);
        free(d->files[i].lens);
    }
    free(d->files);
    free(d->now.at);
    free(d->safe.at);
    free(d->changes);
    free(d);
}
