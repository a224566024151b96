#include "tools/args.h"
#include "tools/peers.h"
#include "tools/show.h"
#include "tools/when.h"

#include "proto/mem.h"

#include <inttypes.h>
#include <string.h>

struct status {
    struct smk_cli *cli;
    const struct smk_view *view;
    struct smk_roster *roster;
    json_t *scopes, *sessions, *peers;
};

static bool add_scope(void *ctx, const struct smk_scope *scope)
{
    struct status *status = ctx;
    uint8_t root[SMK_HASH_BYTES];
    char hex[2 * SMK_HASH_BYTES + 1];
    struct smk_frontier *frontier = status->view->frontier(status->view->ctx, scope);
    if (frontier == NULL)
        return true;
    smk_frontier_root(frontier, root);
    smk_hex_format(SMK_BYTES(root), hex);
    uint64_t records = smk_frontier_records(frontier);
    size_t logs = smk_frontier_count(frontier);
    smk_cli_say(status->cli, "  %-28s %8" PRIu64 " records %6zu logs   %.16s", scope->text, records, logs,
                hex);
    (void)json_object_set_new(
        status->scopes, scope->text,
        json_pack("{s:I, s:I, s:s}", "records", (json_int_t)records, "logs", (json_int_t)logs, "root", hex));
    return true;
}

/* No call into the store in here: the rows are lent inside a transaction. */
static bool add_session(void *ctx, const struct smk_session_row *row)
{
    struct status *status = ctx;
    const struct smk_device *device = smk_roster_device(status->roster, row->peer_sign_key);
    json_t *org = device != NULL ? json_string(device->org.text) : json_null();
    json_t *reason = row->reason[0] != 0 ? smk_json_text(smk_bytes_of_text(row->reason)) : json_null();
    json_t *session = json_pack(
        "{s:o, s:o, s:b, s:I, s:I, s:I, s:b, s:b, s:b, s:I, s:I, s:o, s:o}", "peer_org", org, "peer_device",
        smk_json_hex(SMK_BYTES(row->peer_sign_key)), "initiator", row->is_initiator ? 1 : 0, "bytes_up",
        (json_int_t)row->bytes_up, "bytes_down", (json_int_t)row->bytes_down, "handshake_bytes",
        (json_int_t)row->handshake_bytes, "agreed_before", row->was_agreed_at_hello ? 1 : 0, "agreed",
        row->is_agreed ? 1 : 0, "complete", row->is_complete ? 1 : 0, "records_sent",
        (json_int_t)row->records_sent, "records_received", (json_int_t)row->records_received, "ended",
        smk_when_json(row->ended_ms), "reason", reason);
    return json_array_append_new(status->sessions, session) == 0;
}

static void say_head(struct smk_cli *cli, const struct smk_home *home, const struct smk_genesis *genesis,
                     const char *coalition, const struct smk_device *device)
{
    struct smk_shown text;
    struct smk_fingerprint fingerprint;
    smk_cli_say(cli, "Coalition    %s", smk_text_shown(genesis->name, &text));
    smk_cli_say(cli, "             %s", coalition);
    if (home->has_identity)
        smk_cli_say(cli, "Device       %s",
                    smk_show_fingerprint(home->identity.sign.public_key, &fingerprint));
    else
        smk_cli_say(cli, "Device       none: this home is a copy without keys");
    if (device != NULL)
        smk_cli_say(cli, "Organisation %s\nOffices      %s", device->org.text,
                    smk_show_slugs(device->office, device->office_count, &text));
    else if (home->has_identity)
        smk_cli_say(cli, "Organisation none: this device is not certified (any more)");
    smk_cli_say(cli, "Scopes");
}

static enum smk_err collect(struct smk_home *home, struct status *status)
{
    SMK_CLEANUP(smk_peer_list_deinit) struct smk_peer_list peers = {0};
    status->view->each_scope(status->view->ctx, add_scope, status);
    enum smk_err err = smk_local_each_session(home->store, add_session, status);
    if (err == SMK_OK)
        err = smk_peer_list_read(home, status->view, &peers);
    if (err != SMK_OK)
        return err;
    smk_cli_say(status->cli, peers.count > 0 ? "Peers" : "Peers        none yet");
    for (size_t i = 0; i < peers.count; i++) {
        smk_peer_say(status->cli, &peers.at[i]);
        (void)json_array_append_new(status->peers, smk_peer_json(&peers.at[i]));
    }
    return SMK_OK;
}

static enum smk_exit tell(struct smk_cli *cli, struct smk_home *home, const struct smk_view *view)
{
    struct status status = {.cli = cli,
                            .view = view,
                            .roster = view->roster(view->ctx),
                            .scopes = json_object(),
                            .sessions = json_array(),
                            .peers = json_array()};
    const struct smk_genesis *genesis = smk_roster_genesis(status.roster);
    const struct smk_device *device = NULL;
    char coalition[2 * SMK_ID_BYTES + 1];
    smk_hex_format((struct smk_bytes){smk_roster_coalition(status.roster), SMK_ID_BYTES}, coalition);
    if (home->has_identity)
        device = smk_roster_device(status.roster, home->identity.sign.public_key);
    json_t *organisation = device != NULL ? json_string(device->org.text) : json_null();
    json_t *offices =
        device != NULL ? smk_show_slugs_json(device->office, device->office_count) : json_array();
    json_t *key = home->has_identity ? smk_json_hex(SMK_BYTES(home->identity.sign.public_key)) : json_null();
    say_head(cli, home, genesis, coalition, device);
    enum smk_err err = collect(home, &status);
    json_t *object = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "coalition", coalition, "name",
                               smk_json_text(smk_bytes_of_text(genesis->name)), "organisation", organisation,
                               "device", key, "offices", offices, "scopes", status.scopes, "sessions",
                               status.sessions, "peers", status.peers);
    if (err == SMK_OK) {
        smk_cli_json(cli, object);
        return SMK_EXIT_DONE;
    }
    json_decref(object);
    return smk_cli_fail_err(cli, err, "reading the store");
}

enum smk_exit smk_cmd_status(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    struct smk_store_view *view;
    size_t count;
    if (!smk_args_read(cli, argc, argv, NULL, 0, NULL, 0, &count))
        return SMK_EXIT_USAGE;
    enum smk_exit code = smk_cli_open(cli, false, &home);
    if (code != SMK_EXIT_DONE)
        return code;
    enum smk_err err = smk_store_view_new(home.store, &view);
    if (err != SMK_OK)
        return smk_cli_fail_err(cli, err, "reading the store");
    code = tell(cli, &home, smk_store_view_get(view));
    smk_store_view_free(view);
    return code;
}
