#include "node/node.h"

#include <stdio.h>
#include <string.h>

/* ---- what a session notices ---- */

static void link_bound(struct smk_link *link, const struct smk_session_status *status)
{
    struct smk_node *node = link->node;
    link->is_bound = link->is_limit_due = true;
    memcpy(link->peer_key, status->peer_sign_key, sizeof link->peer_key);
    const struct smk_view *view = smk_store_view_get(node->view);
    const struct smk_device *device = smk_roster_device(view->roster(view->ctx), status->peer_sign_key);
    smk_log_line(SMK_LOG_INFO, "link %llu: session with %s (%s %s)", (unsigned long long)link->id,
                 device != NULL ? device->org.text : "a device that governance here does not know yet",
                 link->is_initiator ? "dialled" : "from", link->address);
}

void smk_link_notice(struct smk_link *link, enum smk_notice notice, const struct smk_update *up)
{
    struct smk_session_status status;
    smk_session_status(link->session, &status);
    unsigned long long id = link->id;
    switch (notice) {
    case SMK_NOTICE_BOUND: link_bound(link, &status); break;
    case SMK_NOTICE_AGREED:
        smk_log_line(SMK_LOG_INFO, "link %llu: same: %llu records in %llu scopes", id,
                     (unsigned long long)status.shared_records, (unsigned long long)status.shared_scopes);
        if (!smk_writer_put_agreed(link->node->writer, &status))
            smk_log_line(SMK_LOG_WARNING, "link %llu: no memory to note the agreement", id);
        break;
    case SMK_NOTICE_RECEIPT:
        if (!smk_writer_put_receipt(link->node->writer, &status, &up->receipt))
            smk_log_line(SMK_LOG_WARNING, "link %llu: no memory to keep the sync receipt", id);
        break;
    case SMK_NOTICE_FORK: {
        char log_id[2 * SMK_ID_BYTES + 1];
        smk_hex_format(SMK_BYTES(status.fork_log_id), log_id);
        smk_log_line(SMK_LOG_ERROR,
                     "link %llu: a fork is proved: two signed records stand at one place of log %s", id,
                     log_id);
        break;
    }
    case SMK_NOTICE_PEER_CLOSED:
        smk_log_line(SMK_LOG_INFO, "link %llu: the peer closed: %s", id,
                     smk_wire_code_name(status.peer_code));
        break;
    case SMK_NOTICE_ACKNOWLEDGED: /* counted in the status */
    case SMK_NOTICE_WELCOME:      /* only `samaki join` joins */
    case SMK_NOTICE_NONE: break;
    }
}

/* ---- why it failed ---- */

static bool is_breach(enum smk_err err)
{
    return smk_err_is_peer_fault(err) && err != SMK_ERR_CUT_LINE &&
           err != SMK_ERR_SILENT; /* lines just die */
}

/* A dialled node that governance here does not know: most likely governance here is old. */
static const char *hint_of(const struct smk_link *link, enum smk_err err)
{
    if (err == SMK_ERR_UNKNOWN_PEER && link->is_initiator)
        return "; if it is a new one, sync with a node that is known here first, so that governance arrives";
    return "";
}

void smk_link_say_failure(struct smk_link *link, enum smk_err err)
{
    struct smk_session_status status;
    smk_session_status(link->session, &status);
    const char *text = smk_err_text(err);
    const char *reason = strcmp(status.reason, text) != 0 ? status.reason : "";
    if (is_breach(err))
        link->node->faults++;
    smk_log_line(smk_err_is_ours(err) || smk_err_is_storage(err) ? SMK_LOG_ERROR : SMK_LOG_WARNING,
                 "link %llu (%s): ended: %s%s%s%s; faults of peers so far: %llu",
                 (unsigned long long)link->id, link->address, text, reason[0] != '\0' ? ": " : "", reason,
                 hint_of(link, err), (unsigned long long)link->node->faults);
}

/* What its author or its giver has spoilt; the other refusals come about between honest nodes as well. */
static bool is_spoilt(enum smk_err err)
{
    return is_breach(err) || err == SMK_ERR_BAD_HASH || err == SMK_ERR_BAD_SIGNATURE ||
           err == SMK_ERR_BAD_TIME || err == SMK_ERR_BAD_OPEN || err == SMK_ERR_NOT_COVERED;
}

void smk_link_say_refusal(struct smk_link *link, enum smk_err err)
{
    if (err == SMK_OK)
        return;
    link->refusals++;
    if (is_spoilt(err))
        link->node->faults++;
    if ((link->refusals & (link->refusals - 1)) != 0)
        return;
    smk_log_line(SMK_LOG_WARNING,
                 "link %llu (%s): a batch is refused: %s; %llu of this link so far; faults of peers: %llu",
                 (unsigned long long)link->id, link->address, smk_err_text(err),
                 (unsigned long long)link->refusals, (unsigned long long)link->node->faults);
}
