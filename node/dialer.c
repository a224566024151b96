#include "node/node.h"

#include <stdio.h>
#include <string.h>

static void dial_try(struct smk_dial *dial);

static void on_dial_timer(uv_timer_t *timer)
{
    dial_try(timer->data);
}

/* The delay doubles up to its limit; a quarter of it is drawn at random, so that members do not come in step. */
static void dial_again_later(struct smk_dial *dial)
{
    if (dial->node->is_stopping)
        return;
    uint8_t dice;
    smk_random(&dice, 1);
    uint64_t wait_ms = dial->delay_ms - dial->delay_ms / 4 * dice / 255;
    (void)uv_timer_start(&dial->timer, on_dial_timer, wait_ms, 0);
    dial->delay_ms = dial->delay_ms * 2 < SMK_DIAL_LATEST_MS ? dial->delay_ms * 2 : SMK_DIAL_LATEST_MS;
}

/* The first failure of a streak is told, so that people see why nothing arrives; the others do not fill the log. */
static void say_why(struct smk_dial *dial, const char *why)
{
    if (dial->node->is_stopping)
        return;
    smk_log_line(dial->has_said_why ? SMK_LOG_DEBUG : SMK_LOG_INFO, "cannot reach %s: %s; trying again",
                 dial->address.text, why);
    dial->has_said_why = true;
}

static void forget_found(struct smk_dial *dial)
{
    uv_freeaddrinfo(dial->found);
    dial->found = NULL;
    dial->next = NULL;
}

/* Dials the next address of the name; later again when there is none left. */
static void dial_next(struct smk_dial *dial)
{
    while (dial->link_id == 0 && dial->next != NULL && !dial->node->is_stopping) {
        const struct addrinfo *at = dial->next;
        dial->next = at->ai_next;
        struct smk_link *link = smk_link_dial(dial->node, at->ai_addr, dial->address.text);
        if (link == NULL)
            say_why(dial, "no way to begin");
        dial->link_id = link != NULL ? link->id : 0;
    }
    if (dial->link_id != 0)
        return;
    forget_found(dial);
    dial_again_later(dial);
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *found)
{
    struct smk_dial *dial = req->data;
    dial->is_looking_up = false;
    dial->found = found;
    dial->next = found;
    if (status != 0)
        say_why(dial, uv_strerror(status));
    else if (!dial->node->is_stopping)
        smk_feed_look(dial->node, 0); /* the session begins with all that is committed by now */
    dial_next(dial);
}

static void dial_try(struct smk_dial *dial)
{
    struct smk_node *node = dial->node;
    if (dial->knows_peer && smk_node_has_link_with(node, dial->peer_key)) {
        dial_again_later(dial); /* the peer has dialled us meanwhile */
        return;
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    dial->lookup.data = dial;
    int answer = uv_getaddrinfo(&node->loop, &dial->lookup, on_resolved, dial->address.host,
                                dial->address.port, &hints);
    if (answer != 0)
        dial_again_later(dial);
    else
        dial->is_looking_up = true;
}

/* The connection stood; what became of it decides how soon the next one is tried. */
static void note_session(struct smk_dial *dial, const struct smk_link *link)
{
    struct smk_session_status status;
    smk_session_status(link->session, &status);
    forget_found(dial);
    if (status.is_bound) {
        dial->knows_peer = true;
        dial->has_said_why = false;
        memcpy(dial->peer_key, status.peer_sign_key, sizeof dial->peer_key);
    }
    if (status.is_agreed || status.records_received > 0 || status.records_sent > 0)
        dial->delay_ms = SMK_DIAL_FIRST_MS; /* it was of use: try again soon */
}

void smk_dialer_link_ended(struct smk_node *node, const struct smk_link *link)
{
    for (size_t i = 0; i < node->dial_count; i++) {
        struct smk_dial *dial = &node->dial[i];
        if (dial->link_id != link->id)
            continue;
        dial->link_id = 0;
        if (link->has_begun)
            note_session(dial, link);
        else
            say_why(dial, uv_strerror(link->connect_error));
        dial_next(dial);
    }
}

void smk_dialer_start(struct smk_node *node)
{
    for (size_t i = 0; i < node->config.peer_count; i++) {
        struct smk_dial *dial = &node->dial[node->dial_count++];
        *dial =
            (struct smk_dial){.node = node, .address = node->config.peer[i], .delay_ms = SMK_DIAL_FIRST_MS};
        (void)uv_timer_init(&node->loop, &dial->timer); /* never fails */
        dial->timer.data = dial;
        dial_try(dial);
    }
}

void smk_dialer_stop(struct smk_node *node)
{
    for (size_t i = 0; i < node->dial_count; i++) {
        struct smk_dial *dial = &node->dial[i];
        if (dial->is_looking_up)
            (void)uv_cancel((uv_req_t *)&dial->lookup); /* too late is fine: its callback sees is_stopping */
        else
            forget_found(dial);
        uv_close((uv_handle_t *)&dial->timer, NULL);
    }
}

bool smk_dialer_is_looking_up(const struct smk_node *node)
{
    for (size_t i = 0; i < node->dial_count; i++)
        if (node->dial[i].is_looking_up)
            return true;
    return false;
}
