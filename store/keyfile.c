#include "store/keyfile.h"

#include "proto/check.h"
#include "proto/hash.h"
#include "proto/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MAGIC_BYTES = 8,
    HEAD_BYTES = 16,
    VERSION = 1,
    DEVICE_SECRETS = 3,
    PROTECTION_NONE = 0,
    FILE_BYTES_MAX = HEAD_BYTES + SMK_KEYFILE_SECRETS_MAX * SMK_SEED_BYTES + SMK_HASH_BYTES,
    PATH_BYTES = 4096,
};
static const uint8_t magic[MAGIC_BYTES] = {'S', 'A', 'M', 'A', 'K', 'I', '-', 'K'};

/* The bytes of a key file; wiped when they go out of use. */
struct image {
    uint8_t bytes[FILE_BYTES_MAX + 1];
    size_t len;
};

static void image_deinit(struct image *i)
{
    smk_mem_wipe(i, sizeof *i);
}

void smk_keyfile_deinit(struct smk_keyfile *k)
{
    smk_mem_wipe(k, sizeof *k);
}

static bool count_fits(enum smk_keyfile_kind kind, size_t count)
{
    return kind == SMK_KEYFILE_DEVICE ? count == DEVICE_SECRETS
                                      : count >= 1 && count <= SMK_KEYFILE_SECRETS_MAX;
}

static void image_sum(const struct image *i, size_t len, uint8_t ret_sum[SMK_HASH_BYTES])
{
    smk_sha256((struct smk_bytes){i->bytes, len}, (struct smk_bytes){0}, ret_sum);
}

static void image_make(const struct smk_keyfile *k, struct image *i)
{
    *i = (struct image){0};
    memcpy(i->bytes, magic, sizeof magic);
    i->bytes[MAGIC_BYTES] = VERSION;
    i->bytes[MAGIC_BYTES + 1] = (uint8_t)k->kind;
    i->bytes[MAGIC_BYTES + 2] = (uint8_t)k->count;
    i->bytes[MAGIC_BYTES + 3] = PROTECTION_NONE;
    memcpy(i->bytes + HEAD_BYTES, k->secret, k->count * SMK_SEED_BYTES);
    i->len = HEAD_BYTES + k->count * SMK_SEED_BYTES;
    image_sum(i, i->len, i->bytes + i->len);
    i->len += SMK_HASH_BYTES;
}

/* ---- writing ---- */

static enum smk_err err_from_errno(void)
{
    return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? SMK_ERR_STORE_FULL : SMK_ERR_IO;
}

static enum smk_err image_write(const char *path, const struct image *i)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_from_errno();
    enum smk_err err = SMK_OK;
    for (size_t done = 0; done < i->len && err == SMK_OK;) {
        ssize_t n = write(fd, i->bytes + done, i->len - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            err = err_from_errno();
    }
    if (err == SMK_OK && fsync(fd) != 0)
        err = err_from_errno();
    if (close(fd) != 0 && err == SMK_OK)
        err = err_from_errno();
    return err;
}

static enum smk_err folder_sync(const char *path)
{
    char copy[PATH_BYTES];
    (void)snprintf(copy, sizeof copy, "%s", path); /* its length was checked with a longer name */
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return SMK_ERR_IO;
    int rc = fsync(fd);
    (void)close(fd); /* nothing was written through it */
    return rc == 0 ? SMK_OK : SMK_ERR_IO;
}

enum smk_err smk_keyfile_write(const char *path, const struct smk_keyfile *k)
{
    SMK_CLEANUP(image_deinit) struct image image;
    char fresh[PATH_BYTES];
    SMK_ASSERT(count_fits(k->kind, k->count));
    int n = snprintf(fresh, sizeof fresh, "%s.%ld.new", path, (long)getpid());
    image_make(k, &image);
    if (n < 0 || n >= (int)sizeof fresh)
        return SMK_ERR_IO;
    if (unlink(fresh) != 0 && errno != ENOENT) /* left behind by a process that was cut short */
        return SMK_ERR_IO;
    enum smk_err err = image_write(fresh, &image);
    /* A link fails where a rename would replace: two programs that begin at once must not lose a key. */
    if (err == SMK_OK && link(fresh, path) != 0)
        err = errno == EEXIST ? SMK_ERR_EXISTS : err_from_errno();
    if (unlink(fresh) != 0 && err == SMK_OK)
        err = SMK_ERR_IO;
    return err == SMK_OK ? folder_sync(path) : err;
}

/* ---- reading ---- */

static enum smk_err image_read(const char *path, struct image *i)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? SMK_ERR_NOT_FOUND : errno == ELOOP ? SMK_ERR_KEY_FILE : SMK_ERR_IO;
    enum smk_err err = SMK_OK;
    i->len = 0;
    if (fstat(fd, &st) != 0)
        err = SMK_ERR_IO;
    else if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) != 0)
        err = SMK_ERR_KEY_FILE;
    while (err == SMK_OK && i->len < sizeof i->bytes) {
        ssize_t n = read(fd, i->bytes + i->len, sizeof i->bytes - i->len);
        if (n == 0)
            break;
        if (n > 0)
            i->len += (size_t)n;
        else if (errno != EINTR)
            err = SMK_ERR_IO;
    }
    (void)close(fd); /* only read from */
    return err;
}

enum smk_err smk_keyfile_read(const char *path, enum smk_keyfile_kind kind, struct smk_keyfile *ret_k)
{
    SMK_CLEANUP(image_deinit) struct image image;
    static const uint8_t zeros[HEAD_BYTES - MAGIC_BYTES - 4] = {0};
    uint8_t sum[SMK_HASH_BYTES];
    enum smk_err err = image_read(path, &image);
    if (err != SMK_OK)
        return err;
    if (image.len < HEAD_BYTES + SMK_HASH_BYTES || image.len > FILE_BYTES_MAX)
        return SMK_ERR_KEY_FILE;
    const uint8_t *head = image.bytes + MAGIC_BYTES;
    size_t count = head[2];
    image_sum(&image, image.len - SMK_HASH_BYTES, sum);
    bool is_sound = memcmp(image.bytes, magic, sizeof magic) == 0 && head[0] == VERSION && head[1] == kind &&
                    head[3] == PROTECTION_NONE && memcmp(head + 4, zeros, sizeof zeros) == 0 &&
                    count_fits(kind, count) &&
                    image.len == HEAD_BYTES + count * SMK_SEED_BYTES + SMK_HASH_BYTES &&
                    memcmp(image.bytes + image.len - SMK_HASH_BYTES, sum, sizeof sum) == 0;
    if (!is_sound)
        return SMK_ERR_KEY_FILE;
    *ret_k = (struct smk_keyfile){.kind = kind, .count = count};
    memcpy(ret_k->secret, image.bytes + HEAD_BYTES, count * SMK_SEED_BYTES);
    return SMK_OK;
}
