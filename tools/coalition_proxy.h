/* tools/coalition_proxy.h: a line that is cut once: a process that hands bytes on between a node and the one it dials.
 *
 * Shape    hands on `cut_after` bytes, counted both ways over all connections, then closes what is open and lets nobody
 *          through until it is told to; from then on it hands on everything.
 * Source   none: TCP of this machine only.   Memory   by value.   Secrets  none: all it sees is encrypted.
 * Threads  one process of its own.
 */
#ifndef SMK_TOOLS_COALITION_PROXY_H
#define SMK_TOOLS_COALITION_PROXY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct smk_proxy {
    pid_t pid;
    int control; /* a socket to it; closing it ends it */
    char address[64];
};

/* Starts one in front of target (IP:PORT, numbers). False, having said why. */
bool smk_proxy_start(const char *target, uint64_t cut_after, struct smk_proxy *ret_proxy);
/* True when the line has been cut; does not wait. */
bool smk_proxy_has_cut(struct smk_proxy *proxy);
/* From now on everything passes. */
void smk_proxy_open(struct smk_proxy *proxy);
void smk_proxy_stop(struct smk_proxy *proxy);

#endif
