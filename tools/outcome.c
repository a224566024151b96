#include "tools/outcome.h"
#include "tools/show.h"

#include "proto/log.h"
#include "store/local.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { CONNECT_MS = 10 * 1000 };

/* ---- doing it ---- */

struct wanted {
    const char *address;
    bool is_found;
    uint8_t sign_key[SMK_KEY_BYTES];
};

static bool find_address(void *ctx, const struct smk_peer_row *row)
{
    struct wanted *wanted = ctx;
    wanted->is_found = strcmp(row->address, wanted->address) == 0;
    if (wanted->is_found)
        memcpy(wanted->sign_key, row->sign_key, sizeof wanted->sign_key);
    return !wanted->is_found;
}

/* A failure that no session could note: kept with the peer that was last reached at this address, if there is one. */
static enum smk_err note_unreachable(struct smk_home *home, const char *address, enum smk_reach reach)
{
    struct wanted wanted = {.address = address};
    struct smk_peer_row row = {0};
    enum smk_err err = smk_local_each_peer(home->store, find_address, &wanted);
    if (err != SMK_OK || !wanted.is_found)
        return err;
    err = smk_local_get_peer(home->store, wanted.sign_key, &row);
    if (err != SMK_OK)
        return err;
    row.seen_ms = smk_wall_ms();
    (void)snprintf(row.last_reason, sizeof row.last_reason, "not reachable: %s", smk_reach_text(reach));
    err = smk_local_put_peer(home->store, &row);
    smk_buf_deinit(&row.receipt);
    return err;
}

static enum smk_err find_org(struct smk_home *home, struct smk_outcome *outcome)
{
    struct smk_roster *roster;
    if (!outcome->result.status.is_bound)
        return SMK_OK;
    enum smk_err err = smk_store_roster(home->store, &roster);
    if (err != SMK_OK)
        return err;
    const struct smk_device *device = smk_roster_device(roster, outcome->result.status.peer_sign_key);
    if (device != NULL)
        outcome->peer_org = device->org;
    smk_roster_free(roster);
    return SMK_OK;
}

static bool has_peer_code(const struct smk_outcome *outcome, const char *name)
{
    return strcmp(smk_wire_code_name(outcome->result.status.peer_code), name) == 0;
}

/* At once, so that whoever reads the lines knows what the other node has promised, whatever happens next. */
static void say_acknowledged(void *ctx, const struct smk_log_run *run, size_t count)
{
    struct smk_cli *cli = ctx;
    for (size_t i = 0; i < count; i++)
        smk_cli_json(cli, json_pack("{s:{s:s, s:o, s:o, s:I, s:I}}", "acknowledged", "scope",
                                    run[i].scope.text, "author", smk_json_hex(SMK_BYTES(run[i].author)),
                                    "incarnation", smk_json_hex(SMK_BYTES(run[i].incarnation)), "from",
                                    (json_int_t)run[i].from, "through", (json_int_t)run[i].to));
    (void)fflush(stdout);
}

enum smk_err smk_outcome_sync(struct smk_cli *cli, struct smk_home *home, const char *address,
                              const uint8_t expected_transport[SMK_KEY_BYTES],
                              struct smk_outcome *ret_outcome)
{
    struct smk_link_options options = {.home = home, .is_initiator = true, .address = address};
    if (cli != NULL && cli->is_json) {
        options.acknowledged = say_acknowledged;
        options.acknowledged_ctx = cli;
    }
    memcpy(options.expected_transport, expected_transport, SMK_KEY_BYTES);
    *ret_outcome = (struct smk_outcome){.address = address};
    ret_outcome->result.status.reason = "";
    for (int attempt = 0; attempt < 2; attempt++) {
        int fd;
        smk_link_result_deinit(&ret_outcome->result);
        ret_outcome->reach = smk_link_reach(address, CONNECT_MS, 0, &fd);
        if (ret_outcome->reach != SMK_REACH_OK)
            return note_unreachable(home, address, ret_outcome->reach);
        enum smk_err err = smk_link_talk(fd, &options, &ret_outcome->result);
        (void)close(fd);
        if (err != SMK_OK)
            return err;
        if (!has_peer_code(ret_outcome, "unknown_author"))
            break; /* else it has forgotten us, and the next hello brings the certificate */
    }
    return find_org(home, ret_outcome);
}

/* ---- judging it ---- */

bool smk_outcome_is_good(const struct smk_outcome *outcome)
{
    const struct smk_link_result *result = &outcome->result;
    return outcome->reach == SMK_REACH_OK && result->err == SMK_OK && result->store_err == SMK_OK &&
           result->status.is_agreed && result->status.is_complete;
}

const char *smk_outcome_reason(const struct smk_outcome *outcome)
{
    const struct smk_link_result *result = &outcome->result;
    if (smk_outcome_is_good(outcome))
        return "";
    if (outcome->reach != SMK_REACH_OK)
        return smk_reach_text(outcome->reach);
    if (result->store_err != SMK_OK)
        return smk_err_text(result->store_err);
    if (result->status.peer_code != 0)
        return smk_wire_code_name(result->status.peer_code);
    if (result->status.reason != NULL && result->status.reason[0] != 0)
        return result->status.reason;
    if (result->err != SMK_OK)
        return smk_err_text(result->err);
    return result->status.is_agreed ? "the line was cut before both had said that all was sent"
                                    : "the session ended before both held the same";
}

enum smk_exit smk_outcome_exit(const struct smk_outcome *outcome)
{
    static const char *const passing[] = {"busy", "quota", "disk_full"};
    const struct smk_link_result *result = &outcome->result;
    if (smk_outcome_is_good(outcome))
        return SMK_EXIT_DONE;
    if (outcome->reach != SMK_REACH_OK)
        return outcome->reach == SMK_REACH_BAD_ADDRESS ? SMK_EXIT_USAGE : SMK_EXIT_TRY_AGAIN;
    if (result->store_err != SMK_OK)
        return SMK_EXIT_REFUSED;
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++)
        if (has_peer_code(outcome, passing[i]))
            return SMK_EXIT_TRY_AGAIN;
    if (result->err == SMK_ERR_CUT_LINE || result->err == SMK_ERR_SILENT || result->err == SMK_ERR_IO)
        return SMK_EXIT_TRY_AGAIN;
    return result->err == SMK_OK && result->status.peer_code == 0 ? SMK_EXIT_TRY_AGAIN : SMK_EXIT_REFUSED;
}

/* ---- telling it ---- */

static const char *word_of(const struct smk_session_status *status)
{
    if (status->is_agreed)
        return "same";
    if (status->we_lack > 0)
        return "we lack";
    return status->they_lack > 0 ? "they lack" : "not compared";
}

void smk_outcome_say(struct smk_cli *cli, const struct smk_outcome *outcome)
{
    const struct smk_session_status *status = &outcome->result.status;
    struct smk_fingerprint fingerprint;
    struct smk_shown address;
    struct smk_count came, went;
    smk_text_shown(outcome->address, &address);
    if (status->is_bound)
        smk_cli_say(
            cli, "With %s (%s) at %s:", outcome->peer_org.text[0] != 0 ? outcome->peer_org.text : "a device",
            smk_show_fingerprint(status->peer_sign_key, &fingerprint), address.text);
    if (outcome->reach == SMK_REACH_OK)
        smk_cli_say(cli, "  came in  %s, %" PRIu64 " bytes\n  went out %s, %" PRIu64 " bytes",
                    smk_show_count(status->records_received, "record", &came), status->line_bytes_received,
                    smk_show_count(status->records_sent, "record", &went), status->line_bytes_sent);
    if (outcome->result.has_fork)
        smk_cli_say(
            cli,
            "  a fork was proved: two signed records stand at one place of a log; 'samaki forks' shows them");
    if (status->is_agreed)
        smk_cli_say(cli, "  same: %s in %s", smk_show_count(status->shared_records, "record", &came),
                    smk_show_count(status->shared_scopes, "scope", &went));
    if (!status->is_agreed && status->we_lack > 0)
        smk_cli_say(cli, "  we lack %s", smk_show_count(status->we_lack, "record", &came));
    if (!status->is_agreed && status->they_lack > 0)
        smk_cli_say(cli, "  they lack %s", smk_show_count(status->they_lack, "record", &went));
    if (strcmp(word_of(status), "not compared") == 0)
        smk_cli_say(cli, "  not compared: %s", smk_outcome_reason(outcome));
}

json_t *smk_outcome_json(const struct smk_outcome *outcome)
{
    const struct smk_session_status *status = &outcome->result.status;
    const char *reason = smk_outcome_reason(outcome);
    const char *org = outcome->peer_org.text[0] != 0 ? outcome->peer_org.text : NULL;
    json_t *peer = json_null();
    if (status->is_bound)
        peer = json_pack("{s:s?, s:o}", "org", org, "device", smk_json_hex(SMK_BYTES(status->peer_sign_key)));
    return json_pack(
        "{s:o, s:b, s:b, s:b, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o}", "peer", peer,
        "agreed", status->is_agreed ? 1 : 0, "agreed_before", status->was_agreed_at_hello ? 1 : 0, "complete",
        status->is_complete ? 1 : 0, "word", word_of(status), "we_lack", (json_int_t)status->we_lack,
        "they_lack", (json_int_t)status->they_lack, "records_sent", (json_int_t)status->records_sent,
        "records_received", (json_int_t)status->records_received, "bytes_up",
        (json_int_t)status->line_bytes_sent, "bytes_down", (json_int_t)status->line_bytes_received,
        "handshake_bytes", (json_int_t)(status->handshake_bytes_sent + status->handshake_bytes_received),
        "scopes", (json_int_t)status->shared_scopes, "records", (json_int_t)status->shared_records, "fork",
        outcome->result.has_fork ? 1 : 0, "reason", reason[0] != 0 ? json_string(reason) : json_null());
}

static void fail_reach(struct smk_cli *cli, const struct smk_outcome *outcome, enum smk_exit code)
{
    struct smk_shown address;
    char what[1024];
    (void)snprintf(what, sizeof what, "%s cannot be reached: %s.", smk_text_shown(outcome->address, &address),
                   smk_reach_text(outcome->reach));
    (void)smk_cli_fail(cli, code, "unreachable", what,
                       "Everything that is here is safe, and work goes on without it.",
                       "Check the address and the network; samakid has to run there. Then try again.");
}

/* A sentence about the reason that the session gives. */
static void fail_session(struct smk_cli *cli, const struct smk_outcome *outcome, enum smk_exit code)
{
    char what[512];
    (void)snprintf(what, sizeof what, "The session failed: %s.", smk_outcome_reason(outcome));
    (void)smk_cli_fail(cli, code, "not_agreed", what, "What had arrived by then is kept.",
                       code == SMK_EXIT_TRY_AGAIN
                           ? "Try again; the next session goes on from there."
                           : "Check the address, and ask whoever runs the other node.");
}

enum smk_exit smk_outcome_fail(struct smk_cli *cli, const struct smk_outcome *outcome)
{
    const struct smk_link_result *result = &outcome->result;
    enum smk_exit code = smk_outcome_exit(outcome);
    bool has_reason = result->status.reason != NULL && result->status.reason[0] != 0 &&
                      strcmp(result->status.reason, smk_err_text(result->err)) != 0;
    if (code == SMK_EXIT_DONE)
        return code;
    if (outcome->reach != SMK_REACH_OK)
        fail_reach(cli, outcome, code);
    else if (result->store_err != SMK_OK)
        (void)smk_cli_fail_err(cli, result->store_err, "storing what came");
    else if (result->err == SMK_OK || result->status.peer_code != 0 || has_reason)
        fail_session(cli, outcome, code);
    else
        (void)smk_cli_fail_err(cli, result->err, "talking to the other node");
    return code;
}
