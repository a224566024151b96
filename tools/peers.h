/* tools/peers.h: what this node knows of other nodes, in the words that people are told.
 *
 * Shape    'same at 2026-11-22 14:02 (412 records)' or 'not compared since ...'; never a bare percentage.
 * Memory   a list is freed by smk_peer_list_deinit.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_PEERS_H
#define SMK_TOOLS_PEERS_H

#include "store/local.h"
#include "tools/cli.h"

struct smk_peer_state {
    struct smk_peer_row row; /* its receipt is left out */
    struct smk_slug org;     /* "" when the device is not (or no longer) certified */
    bool is_same;            /* equal at the last comparison, and nothing new here since */
    uint64_t more_here;      /* records of shared scopes that came here since, from whomever */
};

struct smk_peer_list {
    size_t count;
    struct smk_peer_state *at;
};
void smk_peer_list_deinit(struct smk_peer_list *list); /* works on a zeroed object */
/* Every peer with whom there was a session. view: of the home's store.
 * OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_peer_list_read(struct smk_home *home, const struct smk_view *view,
                                             struct smk_peer_list *ret_list);
void smk_peer_say(struct smk_cli *cli, const struct smk_peer_state *peer);
json_t *smk_peer_json(const struct smk_peer_state *peer); /* GIVES */

#endif
