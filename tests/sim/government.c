#include "tests/sim/government.h"

#include "proto/check.h"
#include "tests/sim/node.h"
#include "tests/sim/world.h"

#include <stdio.h>
#include <string.h>

static const struct org_plan orgs[] = {
    {"sec", "secretariat", "", NULL, "sec-approver sec-editor", "secretariat_approver secretariat_editor"},
    {"hub02", "hub", "02", "02 05", "hub02-coord", "provincial_coordinator"},
    {"ctod", "member", "02", "02 0501", "ctod-approver ctod-editor", "member_approver member_editor"},
    {"bavel", "sna_dm", "0202", "0201 0202", "bavel-clerk bavel-gov", "sna_clerk sna_signatory"},
    {"as", "member", "02 05", NULL, "as-approver as-editor", "member_approver member_editor"},
    {"hub05", "hub", "05", NULL, "hub05-coord", "provincial_coordinator"},
    {"kt", "member", "0501", "0201 0501", "kt-editor", "member_editor"},
    {"funder", "donor", "", NULL, "funder-desk", "node_admin"},
    {"sec", "secretariat", "", NULL, "sec-auditor", "auditor"}, /* the auditor's device */
};
enum { ORGS = sizeof orgs / sizeof orgs[0], AUDITOR = ORGS - 1 };

static const struct org_plan latecomer = {"late", "member", "0202", NULL, "late-editor", "member_editor"};

static const char *const scopes[] = {"gov",       "pub",      "nat",        "prov:02", "prov:05",
                                     "dm:0201",   "dm:0202",  "dm:0501",    "wit:pub", "wit:prov:02",
                                     "org:sec",   "org:ctod", "org:bavel",  "org:as",  "org:hub02",
                                     "org:hub05", "org:kt",   "org:funder", "org:late"};
enum { SCOPES = sizeof scopes / sizeof scopes[0] };

const struct org_plan *government_org(struct world *w, size_t node)
{
    if (node < 4)
        return &orgs[node];
    return &orgs[test_rng_below(&w->rng, ORGS)];
}

void government_delay(struct world *w, struct node *n)
{
    n->is_member = false;
    if (test_rng_chance(&w->rng, 60))
        n->org = &latecomer;
    n->offices = n->org->offices;
}

/* ---- who may hold what ---- */

static bool has_area(const char *areas, const char *digits)
{
    for (const char *at = areas; *at != '\0'; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        if (strncmp(at, digits, len) == 0 || (len == 4 && strlen(digits) == 2 && strncmp(at, digits, 2) == 0))
            return true;
        at += len;
    }
    return false;
}

/* PROTOCOL.md section 5.5. */
static bool gives(const char *kind, const char *areas, const char *slug, bool is_auditor,
                  const struct smk_scope *scope)
{
    bool is_sna = strcmp(kind, "sna_dm") == 0, is_local = strcmp(kind, "hub") == 0;
    bool is_central = is_auditor || strcmp(kind, "secretariat") == 0;
    is_local = is_local || strcmp(kind, "member") == 0;
    switch (scope->kind) {
    case SMK_SCOPE_GOV:
    case SMK_SCOPE_PUB: return true;
    case SMK_SCOPE_NAT: return is_central || is_local;
    case SMK_SCOPE_PROV: return is_central || (is_local && has_area(areas, smk_scope_argument(scope)));
    case SMK_SCOPE_DM:
        return is_central || ((is_local || is_sna) && has_area(areas, smk_scope_argument(scope)));
    case SMK_SCOPE_ORG: return !is_auditor && strcmp(slug, smk_scope_argument(scope)) == 0;
    }
    return false;
}

static bool pair_gives(const struct decided *org, const struct decided *device, const struct smk_scope *scope)
{
    bool is_auditor = strcmp(device->offices, "sec-auditor") == 0;
    return strcmp(org->org->slug, device->org->slug) == 0 &&
           gives(org->org->kind, org->areas, org->org->slug, is_auditor, scope);
}

static void grant(struct government *g, const struct decided *org, const struct decided *device)
{
    for (size_t i = 0; i < g->scope_count; i++)
        if (pair_gives(org, device, &g->scope[i]))
            g->granted[device->node] |= (uint64_t)1 << i;
}

/* Every pair of decisions gives what it gives: a node that knows just these two must be right. */
static void grant_by(struct government *g, const struct decided *news)
{
    for (size_t i = 0; i < g->decided_count; i++) {
        const struct decided *d = &g->decided[i];
        if (news->kind == SMK_DECIDE_ORGANISATION && d->kind == SMK_DECIDE_DEVICE)
            grant(g, news, d);
        if (news->kind == SMK_DECIDE_DEVICE && d->kind == SMK_DECIDE_ORGANISATION)
            grant(g, d, news);
    }
}

size_t government_scope(const struct government *g, const struct smk_scope *scope)
{
    size_t i = 0;
    while (i < g->scope_count && !smk_scope_is_equal(&g->scope[i], scope))
        i++;
    return i;
}

size_t government_number(const struct government *g, const uint8_t body[SMK_HASH_BYTES])
{
    size_t i = 0;
    while (i < g->decided_count && memcmp(g->decided[i].body, body, SMK_HASH_BYTES) != 0)
        i++;
    return i;
}

struct smk_roster *government_roster(const struct world *w, const bool *is_marked)
{
    struct smk_roster *roster = NULL;
    enum smk_err err = smk_roster_new(smk_buf_view(&w->coalition.genesis), &roster);
    for (size_t i = 0; err == SMK_OK && i < w->government.decided_count; i++)
        if (is_marked[i])
            err = smk_roster_add(roster, smk_buf_view(&w->government.decided[i].payload));
    SMK_ASSERT(err == SMK_OK);
    return roster;
}

void government_deinit(struct government *g)
{
    for (size_t i = 0; i < g->decided_count; i++)
        smk_buf_deinit(&g->decided[i].payload);
    g->decided_count = 0;
}

bool government_grants(const struct government *g, size_t node, size_t scope)
{
    return scope < g->scope_count && (g->granted[node] >> scope & 1) != 0;
}

bool government_gives(const struct government *g, size_t node, const struct smk_scope *scope)
{
    size_t number = government_scope(g, scope);
    if (number < g->scope_count)
        return government_grants(g, node, number);
    for (size_t i = 0; i < g->decided_count; i++)
        for (size_t k = 0; k < g->decided_count; k++)
            if (g->decided[i].kind == SMK_DECIDE_ORGANISATION && g->decided[k].kind == SMK_DECIDE_DEVICE &&
                g->decided[k].node == node && pair_gives(&g->decided[i], &g->decided[k], scope))
                return true;
    return false;
}

/* ---- making decisions ---- */

static struct smk_bytes subject_of(const struct smk_decision *d)
{
    if (d->kind == SMK_DECIDE_DEVICE)
        return SMK_BYTES(d->device.sign_key);
    return smk_bytes_of_text(d->kind == SMK_DECIDE_OFFICE ? d->office.slug.text : d->organisation.slug.text);
}

/* Signs, and appends the payload to those that wait to be written. `replaces` is what roster knows to be in force. */
static void decide(struct world *w, struct smk_roster *roster, struct smk_decision *d, struct decided news,
                   struct smk_buf *payload)
{
    struct government *g = &w->government;
    uint8_t in_force[SMK_CERT_DECISIONS_MAX][SMK_HASH_BYTES];
    SMK_ASSERT(g->decided_count < GOVERNMENT_DECISIONS_MAX);
    if (roster != NULL) {
        size_t count = smk_roster_in_force(roster, d->kind, subject_of(d), in_force, SMK_CERT_DECISIONS_MAX);
        for (size_t i = 0; i < count && i < SMK_CERT_DECISIONS_MAX; i++)
            test_replace(d, in_force[i]);
    }
    news.kind = d->kind;
    payload->max = SMK_PAYLOAD_BYTES_MAX;
    test_decision_payload(&w->coalition, d, payload, news.body);
    if (government_number(g, news.body) < g->decided_count)
        return; /* the same words again */
    enum smk_err err = smk_roster_add(w->coalition.roster, smk_buf_view(payload));
    SMK_ASSERT(err == SMK_OK);
    news.payload = (struct smk_buf){.max = SMK_PAYLOAD_BYTES_MAX};
    smk_buf_write_bytes(&news.payload, smk_buf_view(payload));
    SMK_ASSERT(news.payload.err == SMK_OK);
    g->decided[g->decided_count++] = news;
    grant_by(g, &news);
}

static void decide_org(struct world *w, struct smk_roster *roster, const struct org_plan *org,
                       const char *areas, struct smk_buf *payload)
{
    struct smk_decision d = test_organisation(org->slug, org->kind, areas);
    decide(w, roster, &d, (struct decided){.org = org, .areas = areas}, payload);
}

static void decide_office(struct world *w, struct smk_roster *roster, const struct org_plan *org,
                          const char *slug, const char *role, struct smk_buf *payload)
{
    struct smk_decision d = test_office(slug, org->slug, role, "");
    decide(w, roster, &d, (struct decided){.org = org}, payload);
}

static void decide_device(struct world *w, struct smk_roster *roster, struct node *n, const char *offices,
                          struct smk_buf *payload)
{
    struct smk_decision d = test_device(&n->device, n->org->slug, offices);
    struct decided news = {.org = n->org, .node = n->index, .offices = offices};
    n->offices = offices;
    decide(w, roster, &d, news, payload);
}

/* ---- the beginning ---- */

struct papers {
    struct smk_buf payload[128];
    size_t count;
};

static struct smk_buf *papers_next(struct papers *p)
{
    SMK_ASSERT(p->count < sizeof p->payload / sizeof p->payload[0]);
    return &p->payload[p->count++];
}

/* One transaction of a node with the root keys. False when its disk is full. */
static bool papers_write(struct world *w, struct node *n, struct papers *p)
{
    struct smk_draft draft[128];
    for (size_t i = 0; i < p->count; i++)
        draft[i] = (struct smk_draft){.scope = smk_scope_of("gov"),
                                      .type = SMK_RECORD_DECISION,
                                      .payload = smk_buf_view(&p->payload[i])};
    bool is_written = node_write(w, n, draft, p->count);
    for (size_t i = 0; i < p->count; i++)
        smk_buf_deinit(&p->payload[i]);
    p->count = 0;
    return is_written;
}

static void seat(struct world *w, const struct org_plan *org, struct papers *p)
{
    const char *slug = org->offices, *role = org->roles;
    while (*slug != '\0') {
        char slug_text[32], role_text[32];
        int slug_len = (int)strcspn(slug, " "), role_len = (int)strcspn(role, " ");
        (void)snprintf(slug_text, sizeof slug_text, "%.*s", slug_len, slug);
        (void)snprintf(role_text, sizeof role_text, "%.*s", role_len, role);
        decide_office(w, NULL, org, slug_text, role_text, papers_next(p));
        slug += slug_len + (int)strspn(slug + slug_len, " ");
        role += role_len + (int)strspn(role + role_len, " ");
    }
}

void government_found(struct world *w)
{
    struct government *g = &w->government;
    struct papers p = {0};
    for (size_t i = 0; i < SCOPES; i++)
        g->scope[g->scope_count++] = smk_scope_of(scopes[i]);
    for (size_t i = 0; i < ORGS; i++) {
        if (i != AUDITOR)
            decide_org(w, NULL, &orgs[i], orgs[i].areas, papers_next(&p));
        seat(w, &orgs[i], &p);
    }
    for (size_t i = 0; i < w->node_count; i++)
        if (w->node[i].is_member)
            decide_device(w, NULL, &w->node[i], w->node[i].org->offices, papers_next(&p));
    node_make_disk(w, &w->node[0], (struct smk_bytes){0});
    bool is_written = papers_write(w, &w->node[0], &p);
    SMK_ASSERT(is_written);
}

/* False when the device has no rights by that roster: two decisions about it, or its organisation, disagree. */
static bool welcome_add(struct smk_roster *roster, const struct node *n, struct smk_buf *items, size_t *count)
{
    struct smk_buf certificate = {.max = SMK_MESSAGE_BYTES_MAX};
    struct smk_tree tree = {0};
    enum smk_err err = smk_roster_pack_certificate(roster, n->device.sign.public_key, &certificate);
    if (err == SMK_ERR_NOT_FOUND)
        return false;
    SMK_ASSERT(err == SMK_OK);
    err = smk_tree_decode(smk_buf_view(&certificate), SMK_WALK_PAYLOAD, &tree);
    SMK_ASSERT(err == SMK_OK);
    for (size_t i = 0; i < smk_value_count(tree.root); i++)
        smk_pack_value(items, smk_value_item(tree.root, i));
    *count += smk_value_count(tree.root);
    smk_tree_deinit(&tree);
    smk_buf_deinit(&certificate);
    return true;
}

bool government_welcome(struct world *w, struct smk_roster *roster, struct node *n)
{
    struct smk_buf items = {.max = SMK_MESSAGE_BYTES_MAX}, welcome = {.max = SMK_MESSAGE_BYTES_MAX};
    size_t count = 0;
    if (!welcome_add(roster, &w->node[n->inviter], &items, &count) ||
        !welcome_add(roster, n, &items, &count)) {
        smk_buf_deinit(&items);
        return false;
    }
    smk_pack_array(&welcome, 2);
    smk_pack_bin(&welcome, smk_buf_view(&w->coalition.genesis));
    smk_pack_array(&welcome, count);
    smk_pack_raw(&welcome, smk_buf_view(&items));
    SMK_ASSERT(welcome.err == SMK_OK);
    node_make_disk(w, n, smk_buf_view(&welcome));
    smk_buf_deinit(&items);
    smk_buf_deinit(&welcome);
    return true;
}

/* ---- while sessions go on ---- */

static struct node *any_root(struct world *w, const struct node *except)
{
    size_t start = (size_t)test_rng_below(&w->rng, w->node_count);
    for (size_t i = 0; i < w->node_count; i++) {
        struct node *n = &w->node[(start + i) % w->node_count];
        if (n->is_root && n->is_up && !n->is_full && n != except)
            return n;
    }
    return NULL;
}

static struct node *any_node(struct world *w, bool is_member)
{
    size_t start = (size_t)test_rng_below(&w->rng, w->node_count);
    for (size_t i = 0; i < w->node_count; i++) {
        struct node *n = &w->node[(start + i) % w->node_count];
        if (n->is_member == is_member && !n->is_root && (is_member || w->node[n->inviter].is_member))
            return n;
    }
    return NULL;
}

static void certify_latecomer(struct world *w, struct node *root, struct node *n)
{
    struct papers p = {0};
    struct smk_roster *roster = disk_roster(&root->disk);
    if (n->org == &latecomer) {
        decide_org(w, roster, n->org, n->org->areas, papers_next(&p));
        seat(w, n->org, &p);
        world_count(w, FAULT_NEW_ORGANISATION);
        world_count(w, FAULT_NEW_OFFICE);
    }
    decide_device(w, roster, n, n->org->offices, papers_next(&p));
    world_count(w, FAULT_NEW_DEVICE);
    if (!papers_write(w, root, &p))
        return;
    n->is_member =
        government_welcome(w, disk_roster(&root->disk), n); /* else it is asked for again, some day */
    if (n->is_member)
        node_start(w, n);
}

/* Another selection of the offices that its organisation had from the start. */
static const char *other_offices(struct world *w, const struct node *n)
{
    const char *second = strchr(n->org->offices, ' ');
    if (second == NULL || n->offices != n->org->offices)
        return n->org->offices;
    (void)w;
    return second + 1;
}

static void widen(struct world *w, struct node *root)
{
    struct papers p = {0};
    size_t at = (size_t)test_rng_below(&w->rng, ORGS);
    if (orgs[at].wider == NULL || w->government.is_wider[at])
        return;
    w->government.is_wider[at] = true;
    decide_org(w, disk_roster(&root->disk), &orgs[at], orgs[at].wider, papers_next(&p));
    if (papers_write(w, root, &p))
        world_count(w, FAULT_WIDER_AREA);
}

/* Takes rights away: an area of an organisation, or a device out of its organisation. */
static void narrow(struct world *w, struct node *root, struct node *n)
{
    struct papers p = {0};
    size_t at = 0;
    while (at < ORGS && !w->government.is_wider[at])
        at++;
    bool is_wider = at < ORGS && test_rng_chance(&w->rng, 90);
    if (!is_wider && (n == NULL || n->org == &latecomer))
        return;
    if (is_wider) {
        w->government.is_wider[at] = false;
        decide_org(w, disk_roster(&root->disk), &orgs[at], orgs[at].areas, papers_next(&p));
    } else {
        n->org = &orgs[test_rng_below(&w->rng, AUDITOR)];
        decide_device(w, disk_roster(&root->disk), n, n->org->offices, papers_next(&p));
    }
    if (papers_write(w, root, &p))
        world_count(w, is_wider ? FAULT_NARROWER_AREA : FAULT_MOVED_DEVICE);
}

static void replace_device(struct world *w, struct node *root, struct node *n)
{
    struct papers p = {0};
    decide_device(w, disk_roster(&root->disk), n, other_offices(w, n), papers_next(&p));
    if (papers_write(w, root, &p))
        world_count(w, FAULT_OTHER_OFFICES);
}

/* Two decide about one device in the same moment. */
static void replace_twice(struct world *w, struct node *root, struct node *n)
{
    struct node *other = any_root(w, root);
    if (other == NULL)
        return;
    replace_device(w, root, n);
    replace_device(w, other, n);
    world_count(w, FAULT_CONCURRENT);
}

void government_decide(struct world *w)
{
    struct node *root = any_root(w, NULL);
    struct node *late = any_node(w, false), *n = any_node(w, true);
    if (root == NULL || smk_roster_device(disk_roster(&root->disk), root->device.sign.public_key) == NULL)
        return;
    if (w->government.decided_count + 8 > GOVERNMENT_DECISIONS_MAX)
        return;
    bool has_wider = false;
    for (size_t i = 0; i < ORGS; i++)
        has_wider = has_wider || w->government.is_wider[i];
    if (late != NULL && test_rng_chance(&w->rng, 50))
        certify_latecomer(w, root, late);
    else if (w->takes_rights && has_wider && test_rng_chance(&w->rng, 60))
        narrow(w, root, n);
    else if (test_rng_chance(&w->rng, w->takes_rights ? 50 : 30))
        widen(w, root);
    else if (w->takes_rights && test_rng_chance(&w->rng, 60))
        narrow(w, root, n);
    else if (n != NULL && test_rng_chance(&w->rng, 60))
        replace_twice(w, root, n);
    else if (n != NULL)
        replace_device(w, root, n);
}
