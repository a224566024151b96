#include "store/dbfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* LMDB's data format 1 on 64-bit machines, in the machine's own byte order. */
enum {
    PAGE_HEADER_BYTES = 16,
    PAGE_FLAGS_AT = 10,
    PAGE_LOWER_AT = 12,
    PAGE_IS_BRANCH = 0x01,
    PAGE_IS_LEAF = 0x02,
    PAGE_IS_META = 0x08,
    META_MAGIC_AT = 16,
    META_VERSION_AT = 20,
    META_PAGE_BYTES_AT = 40,
    META_FREE_ROOT_AT = 80,
    META_MAIN_ROOT_AT = 128,
    META_LAST_PAGE_AT = 136,
    META_TXNID_AT = 144,
    META_BYTES = 152,
    NODE_KEY_AT = 8,
    PAGE_BYTES_MIN = 512,
    PAGE_BYTES_MAX = 65536,
    TREE_DEPTH_MAX = 32,
    MAP_BYTES_LEAST = 64 * 1024,
    ROOM_BYTES_LEAST = 128 * 1024,
};
#define META_MAGIC 0xBEEFC0DEu
#define DATA_FORMAT 1u

static uint16_t read_u16(const uint8_t *at)
{
    uint16_t v;
    memcpy(&v, at, sizeof v);
    return v;
}

static uint32_t read_u32(const uint8_t *at)
{
    uint32_t v;
    memcpy(&v, at, sizeof v);
    return v;
}

static uint64_t read_u64(const uint8_t *at)
{
    uint64_t v;
    memcpy(&v, at, sizeof v);
    return v;
}

/* OK, SMK_ERR_STORE_DAMAGED (the file ends before), SMK_ERR_STORE_IO */
static enum smk_err read_at(int fd, uint64_t offset, uint8_t *ret_bytes, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = pread(fd, ret_bytes + done, len - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 ? SMK_ERR_STORE_DAMAGED : SMK_ERR_STORE_IO;
        done += (size_t)n;
    }
    return SMK_OK;
}

static enum smk_err meta_read(int fd, uint64_t offset, struct smk_dbmeta *ret_meta, uint64_t *ret_page_bytes)
{
    uint8_t page[META_BYTES];
    enum smk_err err = read_at(fd, offset, page, sizeof page);
    if (err != SMK_OK)
        return err;
    if ((read_u16(page + PAGE_FLAGS_AT) & PAGE_IS_META) == 0 || read_u32(page + META_MAGIC_AT) != META_MAGIC)
        return SMK_ERR_STORE_DAMAGED;
    *ret_page_bytes = read_u32(page + META_PAGE_BYTES_AT);
    *ret_meta = (struct smk_dbmeta){
        .format = read_u32(page + META_VERSION_AT),
        .txnid = read_u64(page + META_TXNID_AT),
        .last_page = read_u64(page + META_LAST_PAGE_AT),
        .free_root = read_u64(page + META_FREE_ROOT_AT),
        .main_root = read_u64(page + META_MAIN_ROOT_AT),
    };
    return SMK_OK;
}

static enum smk_err look(int fd, struct smk_dbfile *ret_file)
{
    struct smk_dbfile file = {0};
    uint64_t second_page_bytes = 0;
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return SMK_ERR_STORE_IO;
    enum smk_err err = meta_read(fd, 0, &file.meta[0], &file.page_bytes);
    if (err != SMK_OK)
        return err;
    if (file.page_bytes < PAGE_BYTES_MIN || file.page_bytes > PAGE_BYTES_MAX ||
        (file.page_bytes & (file.page_bytes - 1)) != 0)
        return SMK_ERR_STORE_DAMAGED;
    err = meta_read(fd, file.page_bytes, &file.meta[1], &second_page_bytes);
    if (err != SMK_OK)
        return err;
    if (file.meta[0].format != file.meta[1].format)
        return SMK_ERR_STORE_DAMAGED;
    if (file.meta[0].format != DATA_FORMAT)
        return SMK_ERR_STORE_VERSION;
    file.newest = file.meta[1].txnid > file.meta[0].txnid ? 1 : 0;
    uint64_t last_page = file.meta[file.newest].last_page;
    if (fstat(fd, &st) != 0) /* after the meta pages: a file that is being written to only grows */
        return SMK_ERR_STORE_IO;
    file.bytes = (uint64_t)st.st_size;
    file.inode = (uint64_t)st.st_ino;
    if (second_page_bytes != file.page_bytes || last_page >= file.bytes / file.page_bytes)
        return SMK_ERR_STORE_DAMAGED;
    *ret_file = file;
    return SMK_OK;
}

enum smk_err smk_dbfile_look(const char *path, struct smk_dbfile *ret_file)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? SMK_ERR_STORE_MISSING : SMK_ERR_STORE_IO;
    enum smk_err err = SMK_OK;
    for (int i = 0; i < 3; i++) { /* a meta page may be read while another process writes it */
        err = look(fd, ret_file);
        if (err != SMK_ERR_STORE_DAMAGED)
            break;
    }
    (void)close(fd); /* only read from */
    return err;
}

/* The last key of the tree of free pages: a transaction number.
 * OK, SMK_ERR_STORE_DAMAGED (it is no such tree), SMK_ERR_STORE_IO */
static enum smk_err newest_free(int fd, const struct smk_dbfile *file, uint64_t root, uint64_t *ret_txnid)
{
    uint8_t page[PAGE_BYTES_MAX];
    uint64_t at = root;
    for (int depth = 0; depth < TREE_DEPTH_MAX; depth++) {
        if (at < 2 || at >= file->bytes / file->page_bytes)
            return SMK_ERR_STORE_DAMAGED;
        enum smk_err err = read_at(fd, at * file->page_bytes, page, file->page_bytes);
        if (err != SMK_OK)
            return err;
        uint16_t flags = read_u16(page + PAGE_FLAGS_AT);
        uint16_t lower = read_u16(page + PAGE_LOWER_AT);
        if (lower < PAGE_HEADER_BYTES + 2 || lower > file->page_bytes)
            return SMK_ERR_STORE_DAMAGED;
        const uint8_t *node = page + read_u16(page + lower - 2);
        if (node + NODE_KEY_AT + sizeof(uint64_t) > page + file->page_bytes)
            return SMK_ERR_STORE_DAMAGED;
        if (flags & PAGE_IS_LEAF) {
            *ret_txnid = read_u64(node + NODE_KEY_AT);
            return SMK_OK;
        }
        if ((flags & PAGE_IS_BRANCH) == 0)
            return SMK_ERR_STORE_DAMAGED;
        at = read_u16(node) | (uint64_t)read_u16(node + 2) << 16 | (uint64_t)read_u16(node + 4) << 32;
    }
    return SMK_ERR_STORE_DAMAGED;
}

static enum smk_err free_pages_agree(int fd, const struct smk_dbfile *file, const struct smk_dbmeta *meta)
{
    uint64_t txnid = 0;
    if (meta->free_root == UINT64_MAX) /* every later transaction frees pages */
        return meta->txnid <= 1 ? SMK_OK : SMK_ERR_STORE_DAMAGED;
    enum smk_err err = newest_free(fd, file, meta->free_root, &txnid);
    return err == SMK_OK && txnid != meta->txnid ? SMK_ERR_STORE_DAMAGED : err;
}

enum smk_err smk_dbfile_metas_agree(const char *path, const struct smk_dbfile *file)
{
    const struct smk_dbmeta *meta = file->meta;
    if (meta[0].txnid > UINT64_MAX - 2 || meta[1].txnid > UINT64_MAX - 2)
        return SMK_ERR_STORE_DAMAGED;
    if (meta[0].txnid % 2 != 0 || meta[1].txnid % 2 != 1)
        return SMK_ERR_STORE_DAMAGED;
    if (meta[0].txnid + 1 != meta[1].txnid && meta[1].txnid + 1 != meta[0].txnid)
        return SMK_ERR_STORE_DAMAGED;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return SMK_ERR_STORE_IO;
    enum smk_err err = SMK_OK;
    for (unsigned i = 0; i < 2 && err == SMK_OK; i++)
        err = free_pages_agree(fd, file, &meta[i]);
    (void)close(fd); /* only read from */
    return err;
}

bool smk_fs_is_unsafe(uint64_t fs_type)
{
    static const uint64_t unsafe[] = {
        0x6969,     /* NFS */
        0x517b,     /* SMB */
        0xff534d42, /* CIFS */
        0xfe534d42, /* SMB2 */
        0x4d44,     /* vfat, msdos */
        0x2011bab0, /* exfat */
        0x65735546, /* FUSE */
    };
    for (size_t i = 0; i < sizeof unsafe / sizeof unsafe[0]; i++)
        if ((fs_type & 0xffffffff) == unsafe[i])
            return true;
    return false;
}

enum smk_err smk_fs_check(const char *folder)
{
    struct statfs fs;
    if (statfs(folder, &fs) != 0)
        return errno == ENOENT || errno == ENOTDIR ? SMK_ERR_STORE_MISSING : SMK_ERR_STORE_IO;
    return smk_fs_is_unsafe((uint64_t)fs.f_type) ? SMK_ERR_STORE_FS : SMK_OK;
}

uint64_t smk_dbfile_map_bytes(const struct smk_dbfile *file, uint64_t asked)
{
    uint64_t bytes = asked > MAP_BYTES_LEAST ? asked : MAP_BYTES_LEAST;
    uint64_t used = (file->meta[file->newest].last_page + 1) * file->page_bytes;
    while (bytes / 2 < used && bytes < UINT64_MAX / 4)
        bytes *= 2;
    return bytes;
}

bool smk_map_has_room(uint64_t bytes)
{
    if (bytes > SIZE_MAX)
        return false;
    void *room = mmap(NULL, (size_t)bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return room != MAP_FAILED && munmap(room, (size_t)bytes) == 0;
}

/* ---- folders and names ---- */

bool smk_db_join(const char *folder, const char *name, char ret_path[SMK_DB_PATH_MAX])
{
    int n = snprintf(ret_path, SMK_DB_PATH_MAX, "%s/%s", folder, name);
    return n > 0 && n < SMK_DB_PATH_MAX;
}

enum smk_err smk_dbfile_begin(const char *folder, const char *file, const char *fresh)
{
    struct stat st;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return errno == ENOSPC || errno == EDQUOT ? SMK_ERR_STORE_FULL : SMK_ERR_STORE_IO;
    enum smk_err err = smk_fs_check(folder);
    if (err != SMK_OK)
        return err;
    if (lstat(file, &st) == 0)
        return SMK_ERR_EXISTS;
    return unlink(fresh) == 0 || errno == ENOENT ? SMK_OK : SMK_ERR_STORE_IO;
}

enum smk_err smk_dbfile_finish(const char *fresh, const char *file, bool is_good)
{
    enum smk_err err = SMK_OK;
    /* A link fails where a rename would replace. */
    if (is_good && link(fresh, file) != 0)
        err = errno == EEXIST ? SMK_ERR_EXISTS : SMK_ERR_STORE_IO;
    if (unlink(fresh) != 0 && is_good && err == SMK_OK)
        err = SMK_ERR_STORE_IO;
    return err;
}

enum smk_err smk_folder_sync(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return SMK_ERR_STORE_IO;
    int rc = fsync(fd);
    (void)close(fd); /* nothing was written through it */
    return rc == 0 ? SMK_OK : SMK_ERR_STORE_IO;
}

static bool is_at_limit(const char *file)
{
    struct stat st;
    struct rlimit limit;
    if (stat(file, &st) != 0 || getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return false;
    return (uint64_t)st.st_size + ROOM_BYTES_LEAST > limit.rlim_cur;
}

bool smk_disk_is_full(const char *folder, const char *file)
{
    static const uint8_t block[4096] = {1};
    if (is_at_limit(file))
        return true;
    char probe[SMK_DB_PATH_MAX];
    if (!smk_db_join(folder, "room.new", probe))
        return false;
    int fd = open(probe, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == ENOSPC || errno == EDQUOT;
    bool is_full = false;
    for (size_t done = 0; done < ROOM_BYTES_LEAST && !is_full; done += sizeof block)
        is_full = write(fd, block, sizeof block) != (ssize_t)sizeof block;
    (void)close(fd); /* what was written does not matter */
    (void)unlink(probe);
    return is_full;
}
