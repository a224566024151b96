#include "store/home.h"

#include "proto/check.h"
#include "proto/mem.h"
#include "store/dbfile.h"
#include "store/inside.h"
#include "store/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

bool smk_home_join(const char *home, const char *name, char ret_path[SMK_HOME_PATH_MAX])
{
    char path[SMK_HOME_PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", home, name);
    if (n < 0 || n >= SMK_HOME_PATH_MAX)
        return false;
    memcpy(ret_path, path, (size_t)n + 1);
    return true;
}

static enum smk_err err_from_errno(void)
{
    return errno == ENOSPC || errno == EDQUOT ? SMK_ERR_STORE_FULL : SMK_ERR_IO;
}

/* ---- folders and the lock ---- */

/* What is promised in it needs its own name on the disk: that stands in the folder above. */
static enum smk_err folder_make(const char *path)
{
    char above[SMK_DB_PATH_MAX];
    if (mkdir(path, 0700) != 0)
        return errno == EEXIST ? SMK_OK : err_from_errno();
    return smk_db_join(path, "..", above) && smk_folder_sync(above) == SMK_OK ? SMK_OK : SMK_ERR_IO;
}

/* With all that stand above it. */
static enum smk_err folders_make(const char *path)
{
    char part[SMK_HOME_PATH_MAX];
    enum smk_err err = SMK_OK;
    (void)snprintf(part, sizeof part, "%s", path); /* its length was checked */
    for (char *slash = strchr(part + 1, '/'); slash != NULL && err == SMK_OK;
         slash = strchr(slash + 1, '/')) {
        *slash = 0;
        struct stat st;
        if (stat(part, &st) != 0)
            err = folder_make(part);
        *slash = '/';
    }
    return err == SMK_OK ? folder_make(part) : err;
}

/* kind   LOCK_SH or LOCK_EX */
static enum smk_err lock_take(struct smk_home *h, int kind)
{
    char path[SMK_HOME_PATH_MAX];
    if (!smk_home_join(h->path, "lock", path))
        return SMK_ERR_IO;
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && (errno == EROFS || errno == EACCES) && kind == LOCK_SH)
        return SMK_OK; /* on a medium that cannot be written to nobody compacts */
    if (fd < 0)
        return err_from_errno();
    if (flock(fd, kind | LOCK_NB) != 0) {
        enum smk_err err = errno == EWOULDBLOCK ? SMK_ERR_STORE_BUSY : SMK_ERR_IO;
        (void)close(fd); /* nothing was written */
        return err;
    }
    h->lock_fd = fd;
    return SMK_OK;
}

/* ---- keys ---- */

static void identity_init(struct smk_identity *id, const struct smk_keyfile *k)
{
    smk_sign_key_init(&id->sign, k->secret[0]);
    smk_dh_key_init(&id->transport, k->secret[1]);
    smk_dh_key_init(&id->box, k->secret[2]);
}

/* A missing file is fine. */
static enum smk_err keys_load(struct smk_home *h)
{
    SMK_CLEANUP(smk_keyfile_deinit) struct smk_keyfile k = {0};
    char path[SMK_HOME_PATH_MAX];
    if (!smk_home_join(h->path, "device.key", path))
        return SMK_ERR_IO;
    enum smk_err err = smk_keyfile_read(path, SMK_KEYFILE_DEVICE, &k);
    if (err == SMK_OK) {
        identity_init(&h->identity, &k);
        h->has_identity = true;
    }
    if ((err != SMK_OK && err != SMK_ERR_NOT_FOUND) || !smk_home_join(h->path, "root.key", path))
        return err;
    err = smk_keyfile_read(path, SMK_KEYFILE_ROOT, &k);
    if (err == SMK_ERR_NOT_FOUND)
        return SMK_OK;
    if (err != SMK_OK)
        return err;
    for (size_t i = 0; i < k.count; i++)
        smk_sign_key_init(&h->root_key[i], k.secret[i]);
    h->root_key_count = k.count;
    return SMK_OK;
}

/* Draws keys of a kind. Somebody else may have been faster: then those count. */
static enum smk_err keys_draw(struct smk_home *h, enum smk_keyfile_kind kind)
{
    SMK_CLEANUP(smk_keyfile_deinit) struct smk_keyfile k = {.kind = kind};
    char path[SMK_HOME_PATH_MAX];
    k.count = kind == SMK_KEYFILE_DEVICE ? 3 : 1;
    smk_random(k.secret, k.count * SMK_SEED_BYTES);
    if (!smk_home_join(h->path, kind == SMK_KEYFILE_DEVICE ? "device.key" : "root.key", path))
        return SMK_ERR_IO;
    enum smk_err err = smk_keyfile_write(path, &k);
    return err == SMK_OK || err == SMK_ERR_EXISTS ? keys_load(h) : err;
}

/* ---- life ---- */

static enum smk_err home_begin(const char *path, struct smk_home *h)
{
    *h = (struct smk_home){.lock_fd = -1};
    size_t len = strlen(path);
    if (len == 0 || len >= SMK_HOME_PATH_MAX - 64) /* room for what stands inside */
        return SMK_ERR_IO;
    memcpy(h->path, path, len + 1);
    (void)umask(077); /* the old mask is of no use */
    return SMK_OK;
}

void smk_home_close(struct smk_home *h)
{
    bool was_begun = h->path[0] != 0; /* a zeroed object has no lock, though 0 is a descriptor */
    smk_store_close(h->store);
    smk_sign_key_deinit(&h->identity.sign);
    smk_dh_key_deinit(&h->identity.transport);
    smk_dh_key_deinit(&h->identity.box);
    for (size_t i = 0; i < SMK_ROOT_KEYS_MAX; i++)
        smk_sign_key_deinit(&h->root_key[i]);
    if (was_begun && h->lock_fd >= 0)
        (void)close(h->lock_fd); /* the lock goes with it */
    *h = (struct smk_home){.lock_fd = -1};
}

static enum smk_err home_prepare(struct smk_home *h)
{
    static const char *const inner[] = {"store", "run"};
    enum smk_err err = folders_make(h->path);
    for (size_t i = 0; i < sizeof inner / sizeof inner[0] && err == SMK_OK; i++) {
        char path[SMK_HOME_PATH_MAX];
        err = smk_home_join(h->path, inner[i], path) ? folder_make(path) : SMK_ERR_IO;
    }
    if (err == SMK_OK)
        err = lock_take(h, LOCK_SH);
    if (err == SMK_OK)
        err = keys_load(h);
    if (err == SMK_OK && !h->has_identity)
        err = keys_draw(h, SMK_KEYFILE_DEVICE);
    return err;
}

enum smk_err smk_home_prepare(const char *path, struct smk_home *ret_home)
{
    enum smk_err err = home_begin(path, ret_home);
    if (err == SMK_OK)
        err = home_prepare(ret_home);
    if (err != SMK_OK)
        smk_home_close(ret_home);
    return err;
}

static enum smk_err store_open(struct smk_home *h)
{
    char path[SMK_HOME_PATH_MAX];
    if (!smk_home_join(h->path, "store", path))
        return SMK_ERR_IO;
    struct smk_store_options options = {.path = path, .is_read_only = !h->has_identity};
    return smk_store_open(&options, &h->store);
}

static enum smk_err home_open(struct smk_home *h, int lock_kind)
{
    char path[SMK_HOME_PATH_MAX];
    struct stat st;
    if (!smk_home_join(h->path, "store/data.mdb", path))
        return SMK_ERR_STORE_MISSING;
    if (stat(path, &st) != 0) /* before anything is made in a folder that is no home */
        return errno == ENOENT || errno == ENOTDIR ? SMK_ERR_STORE_MISSING : SMK_ERR_IO;
    enum smk_err err = lock_take(h, lock_kind);
    if (err == SMK_OK)
        err = keys_load(h);
    return err == SMK_OK ? store_open(h) : err;
}

static enum smk_err home_open_locked(const char *path, int lock_kind, struct smk_home *ret_home)
{
    enum smk_err err = home_begin(path, ret_home);
    if (err == SMK_OK)
        err = home_open(ret_home, lock_kind);
    if (err != SMK_OK)
        smk_home_close(ret_home);
    return err;
}

enum smk_err smk_home_open(const char *path, struct smk_home *ret_home)
{
    return home_open_locked(path, LOCK_SH, ret_home);
}

enum smk_err smk_home_open_alone(const char *path, struct smk_home *ret_home)
{
    return home_open_locked(path, LOCK_EX, ret_home);
}

enum smk_err smk_home_draw_root(struct smk_home *h)
{
    return h->root_key_count > 0 ? SMK_OK : keys_draw(h, SMK_KEYFILE_ROOT);
}

enum smk_err smk_home_open_store(struct smk_home *h)
{
    return store_open(h);
}
