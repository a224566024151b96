/* node/node.h: the running node: one loop, its home, its links.
 *
 * Shape    listener and dialer make links; each link drives one session machine; the writer commits; the feed notices
 *          what anybody committed. This header is for the files of node/ only.
 * Memory   one struct for the process; links are freed by their last close callback.
 * Secrets  through the home.   Threads  the loop's, except where writer.h says otherwise.
 */
#ifndef SMK_NODE_NODE_H
#define SMK_NODE_NODE_H

#include "node/config.h"
#include "node/link.h"
#include "node/log.h"
#include "node/writer.h"

enum {
    SMK_LINKS_MAX = 256,
    SMK_LINKS_PER_PEER_MAX = 4, /* open; as many again may be about to end */
    SMK_FEED_LOOK_MS = 200,
    SMK_STOP_GRACE_MS = 1200, /* for closing sessions in good order, */
    SMK_STOP_WRITER_MS = 600, /* and then for what is being committed; the process ends within 2 s */
    SMK_DIAL_FIRST_MS = 500,
    SMK_DIAL_LATEST_MS = 60 * 1000,
    SMK_LISTEN_BACKLOG = 64,
};

/* One address that this node keeps dialling. */
struct smk_dial {
    struct smk_node *node;
    struct smk_address address;
    uv_timer_t timer;
    uv_getaddrinfo_t lookup;
    bool is_looking_up;
    struct addrinfo *found;      /* what the name stands for; NULL while nothing is tried */
    const struct addrinfo *next; /* the first of them that was not tried yet */
    bool has_said_why;           /* this streak of failures is in the log */
    uint64_t delay_ms;           /* before the next try */
    uint64_t link_id;            /* 0 = no link under way */
    bool knows_peer;             /* peer_key was bound at this address before */
    uint8_t peer_key[SMK_KEY_BYTES];
};

struct smk_node {
    uv_loop_t loop;
    struct smk_home home;
    struct smk_config config;
    struct smk_store_view *view;
    struct smk_writer *writer;

    uv_tcp_t listener;
    uv_tcp_t
        turned_away; /* takes the connections for which there is no place, one after the other, and is closed */
    bool is_turning_away; /* turned_away has not been closed yet */
    bool has_one_waiting; /* meanwhile another came: libuv listens on only when it is accepted as well */
    struct smk_log_pace no_place_pace;
    uv_timer_t look_timer;
    uv_timer_t stop_timer;
    uv_poll_t poke;
    int poke_fd;
    uv_signal_t on_term, on_int;

    struct smk_link *link[SMK_LINKS_MAX]; /* NULL = free place */
    uint64_t last_link_id;
    struct smk_dial dial[SMK_CONFIG_PEERS_MAX];
    size_t dial_count;
    struct smk_log_pace read_failed_pace;
    bool is_stopping;
    uint64_t stop_began_ms;
    bool is_writer_busy; /* it did not end in time */
    bool has_failed;     /* the store takes no more writes */
    uint64_t faults;     /* peers' breaches of the protocol since the start */
};

/* Starts everything on node->loop. home is open and config is set. On failure the log says why, and false. */
bool smk_node_start(struct smk_node *node);
/* Ends links in good order, then lets the loop run out. May be called twice. */
void smk_node_stop(struct smk_node *node);

/* ---- between the files of node/ ---- */

bool smk_listener_start(struct smk_node *node);
void smk_listener_stop(struct smk_node *node);
void smk_dialer_start(struct smk_node *node);
void smk_dialer_stop(struct smk_node *node);
/* A name is being looked up: nothing can end that, and the loop does not end before. */
bool smk_dialer_is_looking_up(const struct smk_node *node);
/* A link that the dialer made has ended. */
void smk_dialer_link_ended(struct smk_node *node, const struct smk_link *link);
bool smk_feed_start(struct smk_node *node);
void smk_feed_stop(struct smk_node *node);
/* Moves the view to now and tells every link but `except` (0 = none) when something arrived. */
void smk_feed_look(struct smk_node *node, uint64_t except);

struct smk_link *smk_node_find_link(struct smk_node *node, uint64_t id);
/* Whether a session with this peer is open, and stays open. */
bool smk_node_has_link_with(const struct smk_node *node, const uint8_t peer_key[SMK_KEY_BYTES]);
/* The peer of this link has one more: when these are too many an older one is stopped; one that does not end is closed
 * once there are twice as many, so that nobody collects links that are about to end. */
void smk_node_limit_links_of(struct smk_node *node, const struct smk_link *newest);

#endif
