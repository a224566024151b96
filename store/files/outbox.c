#define _GNU_SOURCE
#include "store/files/outbox.h"

#include "proto/check.h"
#include "proto/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 * 1024 };

static enum smk_err err_from_errno(void)
{
    switch (errno) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return SMK_ERR_STORE_FULL;
    case EEXIST:
    case ENOTEMPTY: return SMK_ERR_EXISTS;
    case ENOMEM: return SMK_ERR_NOMEM;
    default: return SMK_ERR_IO;
    }
}

bool smk_outbox_path(const struct smk_outbox *o, const char *name, char ret_path[SMK_OUTBOX_PATH_MAX])
{
    int len = snprintf(ret_path, SMK_OUTBOX_PATH_MAX, "%s/%s", o->folder, name);
    return len > 0 && len < SMK_OUTBOX_PATH_MAX;
}

/* ---- beginning ---- */

/* A path without slashes at its end, and the folder that it stands in: "" for the one that we are in. */
static bool split_target(struct smk_outbox *o, const char *target, char ret_parent[SMK_OUTBOX_PATH_MAX])
{
    size_t len = strlen(target);
    while (len > 1 && target[len - 1] == '/')
        len--;
    if (len == 0 || len + 32 > SMK_OUTBOX_PATH_MAX) /* the name beside it may be longer */
        return false;
    memcpy(o->target, target, len);
    o->target[len] = '\0';
    const char *slash = strrchr(o->target, '/');
    size_t parent = slash != NULL ? (size_t)(slash - o->target) + 1 : 0;
    memcpy(ret_parent, o->target, parent);
    ret_parent[parent] = '\0';
    return parent < len;
}

/* Nothing lies in the folder but files of those names. */
static bool is_ours(const char *path, smk_outbox_known_fn *known)
{
    bool is_good = true;
    DIR *folder = opendir(path);
    if (folder == NULL)
        return false;
    errno = 0;
    for (struct dirent *entry; is_good && (entry = readdir(folder)) != NULL;) {
        bool is_dot = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        is_good = is_dot || known(entry->d_name);
    }
    is_good = is_good && errno == 0;
    (void)closedir(folder); /* only read from */
    return is_good;
}

static enum smk_err look_at_target(const struct smk_outbox *o, smk_outbox_known_fn *known)
{
    struct stat st;
    if (lstat(o->target, &st) != 0)
        return errno == ENOENT ? SMK_OK : errno == ENOTDIR ? SMK_ERR_NOT_FOUND : err_from_errno();
    if (!o->replaces)
        return SMK_ERR_EXISTS;
    bool is_right = o->is_folder ? S_ISDIR(st.st_mode) && is_ours(o->target, known) : S_ISREG(st.st_mode);
    return is_right ? SMK_OK : SMK_ERR_INVALID;
}

enum smk_err smk_outbox_begin(struct smk_outbox *o, const char *target, bool is_folder, bool replaces,
                              smk_outbox_known_fn *known)
{
    static const char beside[] = ".samaki-XXXXXX";
    char parent[SMK_OUTBOX_PATH_MAX];
    *o = (struct smk_outbox){
        .is_folder = is_folder, .replaces = replaces, .fd = -1, .waiting = {.max = PIECE_BYTES}};
    if (!split_target(o, target, parent))
        return SMK_ERR_TOO_BIG_HERE;
    enum smk_err err = look_at_target(o, known);
    if (err != SMK_OK)
        return err;
    size_t len = strlen(parent);
    memcpy(o->folder, parent, len); /* split_target left room for what follows */
    memcpy(o->folder + len, beside, sizeof beside);
    if (mkdtemp(o->folder) != NULL)
        return SMK_OK;
    o->folder[0] = '\0';
    return errno == ENOENT || errno == ENOTDIR ? SMK_ERR_NOT_FOUND : err_from_errno();
}

/* ---- files ---- */

static enum smk_err flush(struct smk_outbox *o)
{
    const uint8_t *at = o->waiting.data, *end = at + o->waiting.len;
    while (at < end) {
        ssize_t n = write(o->fd, at, (size_t)(end - at));
        if (n > 0)
            at += n;
        else if (n == 0 || errno != EINTR)
            return err_from_errno();
    }
    smk_buf_reset(&o->waiting);
    return SMK_OK;
}

enum smk_err smk_outbox_open(struct smk_outbox *o, const char *name)
{
    char path[SMK_OUTBOX_PATH_MAX];
    SMK_ASSERT(o->fd < 0);
    SMK_ASSERT(strlen(name) <= SMK_OUTBOX_NAME_MAX && strchr(name, '/') == NULL);
    if (o->count == SMK_OUTBOX_FILES_MAX || !smk_outbox_path(o, name, path))
        return SMK_ERR_TOO_BIG_HERE;
    o->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (o->fd < 0)
        return err_from_errno();
    struct smk_outbox_file *file = &o->file[o->count++];
    *file = (struct smk_outbox_file){0};
    memcpy(file->name, name, strlen(name) + 1);
    smk_sha256_init(&o->hash);
    smk_buf_reset(&o->waiting);
    return SMK_OK;
}

enum smk_err smk_outbox_write(struct smk_outbox *o, struct smk_bytes bytes)
{
    SMK_ASSERT(o->fd >= 0);
    enum smk_err err = SMK_OK;
    smk_sha256_add(&o->hash, bytes);
    o->file[o->count - 1].bytes += bytes.len;
    while (err == SMK_OK && bytes.len > 0) {
        size_t room = PIECE_BYTES - o->waiting.len;
        size_t taken = bytes.len < room ? bytes.len : room;
        smk_buf_write(&o->waiting, bytes.data, taken);
        bytes = (struct smk_bytes){bytes.data + taken, bytes.len - taken};
        err = o->waiting.err;
        if (err == SMK_OK && o->waiting.len == PIECE_BYTES)
            err = flush(o);
    }
    return err;
}

static enum smk_err sync_and_close(int fd)
{
    enum smk_err err = fsync(fd) == 0 ? SMK_OK : err_from_errno();
    if (close(fd) != 0 && err == SMK_OK)
        err = err_from_errno();
    return err;
}

enum smk_err smk_outbox_close(struct smk_outbox *o)
{
    SMK_ASSERT(o->fd >= 0);
    enum smk_err err = flush(o);
    enum smk_err closed = sync_and_close(o->fd);
    o->fd = -1;
    smk_sha256_finish(&o->hash, o->file[o->count - 1].sha256);
    return err != SMK_OK ? err : closed;
}

static enum smk_err read_whole(int fd, size_t bytes_max, struct smk_buf *b)
{
    uint8_t piece[16 * 1024];
    b->max = bytes_max;
    for (;;) {
        ssize_t got = read(fd, piece, sizeof piece);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0 ? SMK_OK : err_from_errno();
        smk_buf_write(b, piece, (size_t)got);
        if (b->err != SMK_OK)
            return b->err;
    }
}

enum smk_err smk_outbox_adopt(struct smk_outbox *o, const char *name, size_t bytes_max,
                              struct smk_buf *ret_file)
{
    char path[SMK_OUTBOX_PATH_MAX];
    *ret_file = (struct smk_buf){0};
    if (o->count == SMK_OUTBOX_FILES_MAX || !smk_outbox_path(o, name, path))
        return SMK_ERR_TOO_BIG_HERE;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return err_from_errno();
    enum smk_err err = read_whole(fd, bytes_max, ret_file);
    enum smk_err closed = sync_and_close(fd);
    if (err == SMK_OK)
        err = closed;
    if (err != SMK_OK)
        return err;
    struct smk_outbox_file *file = &o->file[o->count++];
    *file = (struct smk_outbox_file){.bytes = ret_file->len};
    memcpy(file->name, name, strlen(name) + 1);
    smk_sha256(smk_buf_view(ret_file), (struct smk_bytes){0}, file->sha256);
    return SMK_OK;
}

/* ---- the end ---- */

static enum smk_err sync_folder(const char *path)
{
    int fd = open(path[0] != '\0' ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_from_errno();
    int rc = fsync(fd);
    enum smk_err err = rc == 0 || errno == EINVAL ? SMK_OK : err_from_errno(); /* some USB sticks cannot */
    (void)close(fd); /* nothing was written through it */
    return err;
}

static enum smk_err sync_parent(const struct smk_outbox *o)
{
    char parent[SMK_OUTBOX_PATH_MAX];
    const char *slash = strrchr(o->target, '/');
    size_t len = slash != NULL ? (size_t)(slash - o->target) + 1 : 0;
    memcpy(parent, o->target, len);
    parent[len] = '\0';
    return sync_folder(parent);
}

/* File systems of USB sticks know neither of the two flags. */
static bool lacks_flag(void)
{
    return errno == EINVAL || errno == ENOSYS || errno == ENOTSUP;
}

/* Where nothing may stand yet. */
static enum smk_err rename_fresh(const char *from, const char *to)
{
    struct stat st;
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return SMK_OK;
    if (!lacks_flag())
        return err_from_errno();
    if (lstat(to, &st) == 0)
        return SMK_ERR_EXISTS;
    return rename(from, to) == 0 ? SMK_OK : err_from_errno();
}

static void remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlinkat(dirfd(folder), entry->d_name,
                           0); /* what stays keeps the folder, which says enough */
    if (folder != NULL)
        (void)closedir(folder);
    (void)rmdir(path);
}

/* The old folder changes places with the new one, and goes away under the name of that. */
static enum smk_err exchange_folders(const struct smk_outbox *o)
{
    char old[SMK_OUTBOX_PATH_MAX + 8];
    if (renameat2(AT_FDCWD, o->folder, AT_FDCWD, o->target, RENAME_EXCHANGE) == 0)
        return SMK_OK;
    if (errno == ENOENT)
        return rename_fresh(o->folder, o->target);
    if (!lacks_flag())
        return err_from_errno();
    (void)snprintf(old, sizeof old, "%s.old", o->folder);
    if (rename(o->target, old) != 0)
        return err_from_errno();
    if (rename(o->folder, o->target) == 0) {
        (void)rename(old, o->folder); /* so that abort finds it */
        return SMK_OK;
    }
    enum smk_err err = err_from_errno();
    (void)rename(old, o->target); /* back; nothing else can be done about it here */
    return err;
}

static enum smk_err move(const struct smk_outbox *o)
{
    char path[SMK_OUTBOX_PATH_MAX];
    if (o->is_folder)
        return o->replaces ? exchange_folders(o) : rename_fresh(o->folder, o->target);
    if (!smk_outbox_path(o, o->file[0].name, path))
        return SMK_ERR_TOO_BIG_HERE;
    if (!o->replaces)
        return rename_fresh(path, o->target);
    return rename(path, o->target) == 0 ? SMK_OK : err_from_errno();
}

enum smk_err smk_outbox_commit(struct smk_outbox *o)
{
    SMK_ASSERT(o->fd < 0);
    SMK_ASSERT(o->is_folder || o->count == 1);
    enum smk_err err = sync_folder(o->folder);
    if (err == SMK_OK)
        err = move(o);
    if (err == SMK_OK)
        err = sync_parent(o);
    return err;
}

void smk_outbox_abort(struct smk_outbox *o)
{
    if (o->folder[0] != '\0') {
        if (o->fd >= 0)
            (void)close(o->fd); /* it is not wanted any more */
        remove_folder(o->folder);
    }
    smk_buf_deinit(&o->waiting);
    *o = (struct smk_outbox){.fd = -1};
}
