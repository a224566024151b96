#define _GNU_SOURCE /* nftw, O_NOFOLLOW */

#include "tools/coalition_dir.h"
#include "tools/coalition_run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPEN_FOLDERS_MAX = 16 };

static const char marker_name[] = "coalition.marker";
static const char marker_text[] =
    "This folder belongs to a demonstration of Samaki and is emptied by its next run.\n";

/* The folder and all above it that are missing. */
static bool make_folders(const char *path)
{
    char part[SMK_HOME_PATH_MAX];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof part)
        return false;
    memcpy(part, path, len + 1);
    for (size_t i = 1; i <= len; i++) {
        char c = part[i];
        if (c != '/' && c != 0)
            continue;
        part[i] = 0;
        if (mkdir(part, 0755) != 0 && errno != EEXIST)
            return false;
        part[i] = c;
    }
    return true;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *place)
{
    (void)st;
    if (place->level == 0 || (place->level == 1 && strcmp(path + place->base, marker_name) == 0))
        return 0;
    return type == FTW_DP ? rmdir(path) : unlink(path);
}

static bool is_empty(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    size_t count = 0;
    if (dir == NULL)
        return false;
    while ((entry = readdir(dir)) != NULL)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 ? 1 : 0;
    (void)closedir(dir);
    return count == 0;
}

/* Opens the marker, makes it in an empty folder. -1: the folder is not ours. */
static int open_marker(const char *path)
{
    char marker[SMK_HOME_PATH_MAX], text[sizeof marker_text] = "";
    if (!smk_home_join(path, marker_name, marker))
        return -1;
    int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (is_empty(path) ? O_CREAT : 0);
    int fd = open(marker, flags, 0644);
    if (fd < 0)
        return -1;
    ssize_t len = read(fd, text, sizeof text);
    bool is_new = len == 0 && (flags & O_CREAT) != 0;
    if (is_new && write(fd, marker_text, sizeof marker_text - 1) == (ssize_t)sizeof marker_text - 1)
        return fd;
    if (len == (ssize_t)sizeof marker_text - 1 && memcmp(text, marker_text, sizeof marker_text - 1) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

bool smk_dir_prepare(const char *path, char ret_path[SMK_HOME_PATH_MAX])
{
    if (!make_folders(path))
        return smk_run_fail("The folder %s could not be made: %s", path, strerror(errno));
    char *whole = realpath(path, NULL);
    bool fits = whole != NULL && strlen(whole) < SMK_HOME_PATH_MAX;
    if (fits)
        memcpy(ret_path, whole, strlen(whole) + 1);
    free(whole);
    if (!fits)
        return smk_run_fail("The folder %s cannot be used: %s", path, strerror(errno));
    int fd = open_marker(ret_path);
    if (fd < 0)
        return smk_run_fail(
            "The folder %s holds something that is not from an earlier run, and was left as it is. "
            "Name an empty or a new folder with --dir.",
            ret_path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return smk_run_fail("Another run is at work in %s. Wait for it, or name another folder with --dir.",
                            ret_path);
    if (nftw(ret_path, remove_entry, OPEN_FOLDERS_MAX, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0)
        return smk_run_fail("The folder %s could not be emptied: %s", ret_path, strerror(errno));
    return true;
}
