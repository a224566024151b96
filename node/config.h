/* node/config.h: HOME/samakid.conf and the command line of samakid.
 *
 * Shape    keys `listen` (HOST:PORT), `peers` (list of HOST:PORT), `log` (error, warning, info, debug); every key has
 *          a default; the command line goes before the file. README.md in this folder describes them.
 * Memory   by value.   Secrets  none.   Threads  one.
 */
#ifndef SMK_NODE_CONFIG_H
#define SMK_NODE_CONFIG_H

#include "node/log.h"

#include <stdbool.h>
#include <stddef.h>

enum { SMK_ADDRESS_LETTERS_MAX = 255, SMK_CONFIG_PEERS_MAX = 64 };

struct smk_address {
    char host[SMK_ADDRESS_LETTERS_MAX + 1]; /* name or number, without brackets */
    char port[6];
    char text[SMK_ADDRESS_LETTERS_MAX + 1]; /* as it was written */
};

/* HOST:PORT, [IPV6]:PORT. False when it is not one. */
bool smk_address_parse(const char *text, struct smk_address *ret_address);

struct smk_config {
    bool is_listening;
    struct smk_address listen;
    size_t peer_count;
    struct smk_address peer[SMK_CONFIG_PEERS_MAX];
    enum smk_log_level log_level;
};

/* Reads the file if it is there; a missing one means all defaults (listen 0.0.0.0:4717, no peers, info). On a mistake
 * false, and one line with file, line number and what is wrong goes to the log. */
bool smk_config_read(const char *path, struct smk_config *ret_config);

/* Adds one peer; false when text is no address or there are too many. */
bool smk_config_add_peer(struct smk_config *c, const char *text);

#endif
