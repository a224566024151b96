#include "store/home.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void smk_home_poke(const struct smk_home *h)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    char path[SMK_HOME_PATH_MAX];
    if (!smk_home_join(h->path, "run/poke", path) || strlen(path) >= sizeof at.sun_path)
        return;
    memcpy(at.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    /* Nobody listens, or its queue is full: it looks by itself soon. */
    (void)!sendto(fd, "", 1, MSG_NOSIGNAL, (const struct sockaddr *)&at, sizeof at);
    (void)close(fd);
}
