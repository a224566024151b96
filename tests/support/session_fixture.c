#include "tests/support/session_fixture.h"

#include "proto/check.h"

#include <string.h>

void session_fixture_init(struct session_fixture *f)
{
    *f = (struct session_fixture){.invitation = {.expires_ms = UINT64_MAX, .office_count = 1}};
    test_world_init(&f->w);
    memory_node_init(&f->node, &f->w.coalition, &f->w.sec);
    memory_node_publish(&f->node, &f->w.coalition);
    memory_node_edit(&f->node, "pub", 4);
    test_device_init(&f->newcomer, 9);
    memory_node_init(&f->joiner, &f->w.coalition, &f->newcomer);

    struct smk_invitation *inv = &f->invitation;
    memcpy(inv->coalition, f->w.coalition.id, SMK_ID_BYTES);
    memcpy(inv->transport_key, f->w.sec.transport.public_key, SMK_KEY_BYTES);
    memcpy(inv->box_key, f->w.sec.box.public_key, SMK_KEY_BYTES);
    memset(inv->id, 7, sizeof inv->id);
    memset(inv->secret, 8, sizeof inv->secret);
    memcpy(inv->org.text, "ctod", sizeof "ctod");
    memcpy(inv->office[0].text, "ctod-editor", sizeof "ctod-editor");
    f->node.has_invitation = true;
    memcpy(f->node.invitation, inv->id, sizeof f->node.invitation);
    memcpy(f->node.terms.secret, inv->secret, sizeof f->node.terms.secret);
    f->node.terms.expires_ms = inv->expires_ms;
}

void session_fixture_deinit(struct session_fixture *f)
{
    memory_node_deinit(&f->node);
    memory_node_deinit(&f->joiner);
    test_world_deinit(&f->w);
}

void session_fixture_welcome(struct session_fixture *f, const char *org, const char *offices,
                             struct smk_buf *b)
{
    struct smk_decision d = test_device(&f->newcomer, org, offices);
    struct test_coalition *c = &f->w.coalition;
    test_decide(c, &d, f->newcomer.decision);
    smk_pack_array(b, 2);
    smk_pack_bin(b, smk_buf_view(&c->genesis));
    enum smk_err err = smk_roster_pack_certificate(c->roster, f->newcomer.sign.public_key, b);
    SMK_ASSERT(err == SMK_OK);
}
