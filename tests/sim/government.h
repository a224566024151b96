/* tests/sim/government.h: the coalition of a world: its organisations, who is certified, what is decided while sessions
 * go on, and, told independently of the product, who may ever hold which scope.
 *
 * Shape    a table of organisations; every device belongs to one. Nodes with the root keys decide. `granted` follows
 *          from the table in PROTOCOL.md section 5.5 as this file reads it, over all decisions ever made: a device that
 *          no pair of them gives a scope must never be given a record of it.
 * Memory   by value.   Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SIM_GOVERNMENT_H
#define SMK_TESTS_SIM_GOVERNMENT_H

#include "proto/roster.h"

enum { GOVERNMENT_SCOPES_MAX = 40, GOVERNMENT_DECISIONS_MAX = 512, GOVERNMENT_NODES_MAX = 32 };

struct world;
struct node;

struct org_plan {
    const char *slug, *kind, *areas;
    const char *wider; /* areas after it was given another one; NULL = never */
    const char *offices;
    const char *roles;
};

/* One valid decision. */
struct decided {
    struct smk_buf payload;
    uint8_t body[SMK_HASH_BYTES];
    enum smk_decision_kind kind;
    size_t node; /* of a device */
    const struct org_plan *org;
    const char *areas;   /* of an organisation */
    const char *offices; /* of a device */
};

struct government {
    struct smk_scope scope[GOVERNMENT_SCOPES_MAX];
    size_t scope_count;
    struct decided decided[GOVERNMENT_DECISIONS_MAX];
    size_t decided_count;
    uint64_t granted[GOVERNMENT_NODES_MAX]; /* of a node: bit i = scope[i] */
    bool is_wider[16];                      /* organisations that got another area */
};

/* The organisation that a node of this number belongs to. */
const struct org_plan *government_org(struct world *w, size_t node);
/* The node will be certified while sessions go on, some of them into an organisation that is new as well. */
void government_delay(struct world *w, struct node *n);
/* Founds the coalition: every organisation and office, and the devices of all nodes that are members. The founder's
 * disk is made and holds it all. */
void government_found(struct world *w);
void government_deinit(struct government *g);
/* Makes the disk of a certified node from the welcome that its inviter would send, by what roster knows; false when it or
 * its inviter has no rights there, and no welcome is sent. */
bool government_welcome(struct world *w, struct smk_roster *roster, struct node *n);
/* Somebody with the root keys decides something. */
void government_decide(struct world *w);

/* Number of a scope; scope_count when the world does not know it. */
size_t government_scope(const struct government *g, const struct smk_scope *scope);
/* Number of a valid decision by the hash of its body; decided_count when it is none. */
size_t government_number(const struct government *g, const uint8_t body[SMK_HASH_BYTES]);
/* GIVES a roster of the genesis and the decisions whose numbers are marked. */
struct smk_roster *government_roster(const struct world *w, const bool *is_marked);
bool government_grants(const struct government *g, size_t node, size_t scope);
/* The same of any scope: a Byzantine node may speak of one in its own area in which nobody here has written. */
bool government_gives(const struct government *g, size_t node, const struct smk_scope *scope);

#endif
