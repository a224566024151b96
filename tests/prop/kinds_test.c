#include "proto/decision.h"
#include "proto/fork.h"
#include "proto/hash.h"
#include "proto/invitation.h"
#include "proto/message.h"
#include "proto/payload.h"
#include "proto/roster.h"
#include "tests/support/builders.h"
#include "tests/support/notation.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(kinds_prop, .init = start_crypto, .timeout = 60);

/* ---- who takes the bytes for its own? ---- */

enum decoder {
    AS_HEADER = 1 << 0,
    AS_RECORD = 1 << 1, /* with its payload and a good signature */
    AS_DECISION = 1 << 2,
    AS_FORM = 1 << 3, /* a decision with its signatures */
    AS_GENESIS = 1 << 4,
    AS_OPEN = 1 << 5,
    AS_EDIT = 1 << 6,
    AS_ACT = 1 << 7,
    AS_FORK = 1 << 8,
    AS_INVITATION = 1 << 9,
    AS_CERTIFICATE = 1 << 10,
};

static bool is_record(struct smk_bytes bytes, const struct test_world *w)
{
    struct smk_record r;
    return smk_record_decode(bytes, &r) == SMK_OK && smk_record_check_payload(&r) == SMK_OK &&
           smk_record_is_signed(&r, w->coalition.id);
}

static unsigned as_tree(struct smk_bytes bytes, const struct test_world *w)
{
    struct smk_tree t = {0};
    struct smk_decision_form form;
    struct smk_edit edit;
    struct smk_act act;
    if (smk_tree_decode(bytes, SMK_WALK_PAYLOAD, &t) != SMK_OK)
        return 0;
    unsigned found =
        (smk_decision_form_read(t.root, &form) == SMK_OK ? AS_FORM : 0u) |
        (smk_roster_add_certificate(w->coalition.roster, t.root) == SMK_OK ? AS_CERTIFICATE : 0u) |
        (smk_edit_decode(bytes, &edit) == SMK_OK ? AS_EDIT : 0u) |
        (smk_act_decode(bytes, &act) == SMK_OK ? AS_ACT : 0u);
    smk_tree_deinit(&t);
    return found;
}

static unsigned decoders_of(struct smk_bytes bytes, const struct test_world *w)
{
    struct smk_header header;
    struct smk_decision decision;
    struct smk_genesis genesis;
    struct smk_open open;
    struct smk_fork fork;
    struct smk_invitation invitation;
    return (smk_header_decode(bytes, &header) == SMK_OK ? AS_HEADER : 0u) |
           (is_record(bytes, w) ? AS_RECORD : 0u) |
           (smk_decision_decode(bytes, &decision) == SMK_OK ? AS_DECISION : 0u) |
           (smk_genesis_decode(bytes, &genesis) == SMK_OK ? AS_GENESIS : 0u) |
           (smk_open_decode(bytes, &open) == SMK_OK ? AS_OPEN : 0u) |
           (smk_fork_decode(bytes, w->coalition.id, &fork) == SMK_OK ? AS_FORK : 0u) |
           (smk_invitation_parse(bytes, &invitation) == SMK_OK ? AS_INVITATION : 0u) | as_tree(bytes, w);
}

static void expect_own(struct smk_buf *b, const struct test_world *w, unsigned own, const char *name)
{
    cr_assert(eq(int, b->err, SMK_OK), "%s", name);
    cr_assert(gt(sz, b->len, 0), "%s", name);
    cr_assert(eq(uint, decoders_of(smk_buf_view(b), w), own), "%s", name);
    smk_buf_reset(b);
}

/* ---- one of each that is signed, or hashed into what is signed ---- */

static void records(struct test_run *run, struct smk_buf *b, const struct test_world *w)
{
    for (size_t i = 0; i < run->count; i++) {
        smk_record_encode(&run->record[i], b);
        expect_own(b, w, AS_RECORD, "a record");
        smk_buf_write_bytes(b, run->record[i].header_bytes);
        expect_own(b, w, AS_HEADER, "a header");
        smk_buf_write_bytes(b, run->record[i].payload);
        expect_own(b, w, i == 0 ? AS_OPEN : AS_EDIT, i == 0 ? "an open" : "an edit");
    }
}

static void decisions(struct smk_buf *b, const struct test_world *w)
{
    const struct smk_decision decision[] = {
        test_organisation("ctod", "member", "02 0201"),
        test_office("ctod-more", "ctod", "member_editor", "0201"),
        test_device(&w->ctod, "ctod", "ctod-editor"),
    };
    uint8_t hash[SMK_HASH_BYTES];
    for (size_t i = 0; i < sizeof decision / sizeof decision[0]; i++) {
        struct smk_tree t = {0};
        struct smk_decision_form form;
        struct smk_buf map = {.max = 2 * SMK_DECISION_BYTES_MAX};
        smk_decision_encode(&decision[i], b);
        expect_own(b, w, AS_DECISION, "the body of a decision");
        test_decision_payload(&w->coalition, &decision[i], &map, hash);
        smk_buf_write_bytes(b, smk_buf_view(&map));
        expect_own(b, w, AS_FORM, "the payload of a decision");
        cr_assert(eq(int, smk_tree_decode(smk_buf_view(&map), SMK_WALK_PAYLOAD, &t), SMK_OK));
        cr_assert(eq(int, smk_decision_form_read(t.root, &form), SMK_OK));
        smk_decision_form_pack(&form, b);
        expect_own(b, w, AS_FORM, "a decision of a certificate");
        smk_tree_deinit(&t);
        smk_buf_deinit(&map);
    }
    smk_buf_write_bytes(b, smk_buf_view(&w->coalition.genesis));
    expect_own(b, w, AS_GENESIS, "a genesis");
    cr_assert(eq(int, smk_roster_pack_certificate(w->coalition.roster, w->ctod.sign.public_key, b), SMK_OK));
    expect_own(b, w, AS_CERTIFICATE, "a certificate");
    cr_assert(eq(int, smk_roster_pack_certificate(w->coalition.roster, w->ctod.sign.public_key, b), SMK_OK));
    struct smk_buf welcome = {.max = SMK_MESSAGE_BYTES_MAX};
    smk_pack_array(&welcome, 2);
    smk_pack_bin(&welcome, smk_buf_view(&w->coalition.genesis));
    smk_pack_raw(&welcome, smk_buf_view(b));
    expect_own(&welcome, w, 0, "a welcome");
    smk_buf_deinit(&welcome);
    smk_buf_reset(b);
}

static void proofs(struct smk_buf *b, const struct test_world *w, size_t round)
{
    struct test_run *run = calloc(2, sizeof *run);
    cr_assert(ne(ptr, run, NULL));
    for (size_t i = 0; i < 2; i++) {
        test_run_init(&run[i], &w->coalition, &w->ctod, "pub", 1);
        test_run_fill(&run[i], 2);
        test_run_edit(&run[i], 3 + i + 2 * round);
    }
    cr_assert(eq(int, smk_fork_make(&run[0].record[2], 1, &run[1].record[2], 1, w->coalition.id, b), SMK_OK));
    expect_own(b, w, AS_FORK, "the proof of a fork");
    test_run_deinit(&run[0]);
    test_run_deinit(&run[1]);
    free(run);
}

static void invitations(struct smk_buf *b, const struct test_world *w)
{
    struct smk_invitation inv = {.address = "hub.example.org:4717", .secret = {4}, .office_count = 1};
    memcpy(inv.coalition, w->coalition.id, sizeof inv.coalition);
    memcpy(inv.transport_key, w->sec.transport.public_key, sizeof inv.transport_key);
    memcpy(inv.box_key, w->sec.box.public_key, sizeof inv.box_key);
    memcpy(inv.sign_key, w->sec.sign.public_key, sizeof inv.sign_key);
    memcpy(inv.org.text, "ctod", 5);
    memcpy(inv.office[0].text, "ctod-editor", 12);
    cr_assert(eq(int, smk_invitation_format(&inv, &w->sec.sign, b), SMK_OK));
    expect_own(b, w, AS_INVITATION, "an invitation");
}

/* What is written here as text: bodies that are only ever hashed and signed, and what a session says. An act is also in the
 * form of an edit: the type in the signed header tells them apart. An empty list has no decision in it. */
static const struct {
    const char *name;
    const char *text;
    unsigned own;
} written[] = {
    {"an act",
     "{'id' #16x03 'act' 'endorse' 'doc' #16x02 'kind' 'joint_list' 'about' #32x01 'fields' {} 'office' 'x' "
     "'schema' 1}",
     AS_ACT | AS_EDIT},
    {"the body of an invitation", "[1 #32x01 #32x02 #32x03 'h:1' #16x04 #32x05 'o' [] 7 #32x06]", 0},
    {"an invitation as an array", "[1 #32x01 #32x02 #32x03 'h:1' #16x04 #32x05 'o' [] 7 #32x06 #64x07]", 0},
    {"the body of a binding", "[#32x01 1 #32x02]", 0},
    {"the body of a receipt", "[#32x01 #32x02 [['gov' 7 0 0]] 1713312000000]", 0},
    {"a leaf of the frontier", "[#32x01 7 #32x02 #32x03 0 0]", 0},
    {"the list of a digest", "[['gov' #32x01 nil] ['pub' #32x02 nil]]", 0},
    {"the text of an act", "[[#16x01 [#32x02]]]", 0},
    {"what an imported id is made of", "[#32x01 'case_study' 'CS-1']", 0},
    {"the name of a log", "[#32x01 #16x02 'pub']", 0},
    {"hello", "[2 2 #64x01 nil #32x02]", 0},
    {"join", "[#16x01 #32x02 #32x03 #32x04 #64x05 #32x06]", 0},
    {"roots", "[1 [['gov' #32x01] ['pub' #32x02]]]", 0},
    {"tree", "['pub' [[2 #1x00 [[#32x01 #16x02 7 #32x05 0 0]]]] false]", 0},
    {"a head", "[#32x01 #16x02 7 #32x05 0 0]", 0},
    {"want", "['pub' [[#32x01 #16x02 1 1]]]", 0},
    {"records", "[1 'pub' [[#32x01 #16x02 1 [[16 [] 5 0 nil #64x03 #16x04 #9x05]]]] []]", 0},
    {"ack", "[1 0]", 0},
    {"lack", "['pub' #32x01 #16x02 1 13]", 0},
    {"done", "[1]", 0},
    {"compare", "[1 #32x01]", 0},
    {"receipt", "[9 #64x02]", 0},
    {"receipt_answer", "[#64x01]", 0},
    {"receipt_answer, moved", "[nil]", 0},
    {"again", "[]", AS_CERTIFICATE},
    {"close", "[0 12]", 0},
};

Test(kinds_prop, nothing_that_is_signed_or_said_passes_for_another_signed_kind)
{
    struct test_world w;
    struct smk_buf b = {.max = SMK_MESSAGE_BYTES_MAX};
    test_world_init(&w);
    for (size_t round = 0; round < 8; round++) {
        struct test_run *run = calloc(1, sizeof *run);
        cr_assert(ne(ptr, run, NULL));
        test_run_init(run, &w.coalition, &w.ctod, round % 2 == 0 ? "prov:02" : "pub", 1 + round);
        test_run_fill(run, 2 + 5 * round);
        records(run, &b, &w);
        proofs(&b, &w, round);
        test_run_deinit(run);
        free(run);
    }
    decisions(&b, &w);
    invitations(&b, &w);
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
        test_pack(&b, written[i].text, NULL);
        expect_own(&b, &w, written[i].own, written[i].name);
    }
    smk_buf_deinit(&b);
    test_world_deinit(&w);
}

/* The same bytes under two words are two hashes, so that what is signed as one kind of object is none of another. */
Test(kinds_prop, the_same_bytes_have_another_hash_as_each_kind)
{
    static const char *const personal[] = {
        SMK_PERSONAL_GENESIS,  SMK_PERSONAL_HEADER,        SMK_PERSONAL_RECORD_ID,     SMK_PERSONAL_PAYLOAD,
        SMK_PERSONAL_LOG,      SMK_PERSONAL_FRONTIER_LEAF, SMK_PERSONAL_FRONTIER_NODE, SMK_PERSONAL_LOG_LEAF,
        SMK_PERSONAL_LOG_NODE, SMK_PERSONAL_DIGEST,        SMK_PERSONAL_OBJECT,        SMK_PERSONAL_TEXT,
        SMK_PERSONAL_IMPORT,
    };
    enum { KINDS = sizeof personal / sizeof personal[0] };
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
        uint8_t hash[KINDS][SMK_HASH_BYTES];
        struct smk_buf b = {.max = 4096};
        test_pack(&b, written[i].text, NULL);
        for (size_t k = 0; k < KINDS; k++) {
            smk_hash(personal[k], smk_buf_view(&b), hash[k]);
            for (size_t before = 0; before < k; before++)
                cr_assert(ne(int, memcmp(hash[before], hash[k], SMK_HASH_BYTES), 0), "%s and %s",
                          personal[before], personal[k]);
        }
        smk_buf_deinit(&b);
    }
}
