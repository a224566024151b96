#include "tools/peers.h"
#include "tools/show.h"
#include "tools/when.h"

#include "proto/mem.h"

#include <inttypes.h>
#include <string.h>

void smk_peer_list_deinit(struct smk_peer_list *list)
{
    smk_mem_free(list->at);
    *list = (struct smk_peer_list){0};
}

static bool keep_row(void *ctx, const struct smk_peer_row *row)
{
    struct smk_peer_list *list = ctx;
    struct smk_peer_state *grown = smk_mem_resize(list->at, (list->count + 1) * sizeof *grown);
    if (grown == NULL)
        return false;
    list->at = grown;
    list->at[list->count] = (struct smk_peer_state){.row = *row};
    list->at[list->count].row.receipt = (struct smk_buf){0};
    list->count++;
    return true;
}

struct sum {
    const struct smk_view *view;
    struct smk_roster *roster;
    const uint8_t *own, *peer; /* own NULL: a home without keys */
    uint64_t records;
};

static bool add_scope(void *ctx, const struct smk_scope *scope)
{
    struct sum *sum = ctx;
    if ((sum->own == NULL || smk_roster_holds(sum->roster, sum->own, scope)) &&
        smk_roster_holds(sum->roster, sum->peer, scope)) {
        const struct smk_frontier *frontier = sum->view->frontier(sum->view->ctx, scope);
        sum->records += frontier != NULL ? smk_frontier_records(frontier) : 0;
    }
    return true;
}

enum smk_err smk_peer_list_read(struct smk_home *home, const struct smk_view *view,
                                struct smk_peer_list *ret_list)
{
    struct smk_peer_list list = {0};
    enum smk_err err = smk_local_each_peer(home->store, keep_row, &list);
    if (err != SMK_OK) {
        smk_peer_list_deinit(&list);
        return err;
    }
    for (size_t i = 0; i < list.count; i++) {
        struct smk_peer_state *peer = &list.at[i];
        struct sum sum = {.view = view,
                          .roster = view->roster(view->ctx),
                          .own = home->has_identity ? home->identity.sign.public_key : NULL,
                          .peer = peer->row.sign_key};
        const struct smk_device *device = smk_roster_device(sum.roster, peer->row.sign_key);
        if (device != NULL)
            peer->org = device->org;
        view->each_scope(view->ctx, add_scope, &sum);
        if (sum.records > peer->row.compared_records)
            peer->more_here = sum.records - peer->row.compared_records;
        peer->is_same = peer->row.compared_ms > 0 && peer->more_here == 0 && peer->row.last_reason[0] == 0;
    }
    *ret_list = list;
    return SMK_OK;
}

void smk_peer_say(struct smk_cli *cli, const struct smk_peer_state *peer)
{
    struct smk_fingerprint fingerprint;
    struct smk_shown address, reason;
    struct smk_when compared, seen;
    struct smk_count records;
    const struct smk_peer_row *row = &peer->row;
    smk_cli_say(cli, "%-12s %s  %s", peer->org.text[0] != 0 ? peer->org.text : "(unknown)",
                smk_show_fingerprint(row->sign_key, &fingerprint),
                row->address[0] != 0 ? smk_text_shown(row->address, &address) : "(only dials here)");
    smk_when_shown(row->compared_ms, &compared);
    smk_show_count(row->compared_records, "record", &records);
    if (peer->is_same)
        smk_cli_say(cli, "    same at %s (%s)", compared.text, records.text);
    else if (row->compared_ms == 0)
        smk_cli_say(cli, "    not compared yet");
    else if (peer->more_here > 0)
        smk_cli_say(cli, "    not compared since %s (%s then, %" PRIu64 " more here now)", compared.text,
                    records.text, peer->more_here);
    else
        smk_cli_say(cli, "    not compared since %s (%s then)", compared.text, records.text);
    if (row->last_reason[0] != 0)
        smk_cli_say(cli, "    last failure at %s: %s", smk_when_shown(row->seen_ms, &seen),
                    smk_text_shown(row->last_reason, &reason));
}

json_t *smk_peer_json(const struct smk_peer_state *peer)
{
    const struct smk_peer_row *row = &peer->row;
    json_t *org = peer->org.text[0] != 0 ? json_string(peer->org.text) : json_null();
    json_t *address = row->address[0] != 0 ? smk_json_text(smk_bytes_of_text(row->address)) : json_null();
    json_t *failure =
        row->last_reason[0] != 0 ? smk_json_text(smk_bytes_of_text(row->last_reason)) : json_null();
    return json_pack("{s:o, s:o, s:o, s:s, s:o, s:I, s:I, s:o, s:o}", "org", org, "device",
                     smk_json_hex(SMK_BYTES(row->sign_key)), "address", address, "state",
                     peer->is_same ? "same" : "not compared", "compared", smk_when_json(row->compared_ms),
                     "records", (json_int_t)row->compared_records, "more_here", (json_int_t)peer->more_here,
                     "seen", smk_when_json(row->seen_ms), "failure", failure);
}
