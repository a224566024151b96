/* proto/roster_set.h: the inside of a roster, shared by the files that implement roster.h.
 *
 * Shape    a set of valid decisions (entry), found by hash (slot), and tables derived from the set when somebody
 *          asks: all entries by kind, subject and hash, then one representative for each subject in force.
 *          All memory that deriving needs is taken when a decision is added, so that a question cannot fail.
 * Source   PROTOCOL.md section 5.3.   Memory  owned by the roster.   Secrets  none.   Threads  as roster.h.
 */
#ifndef SMK_PROTO_ROSTER_SET_H
#define SMK_PROTO_ROSTER_SET_H

#include "proto/roster.h"

union smk_roster_content {
    struct smk_organisation organisation;
    struct smk_office office;
    struct smk_device device;
};

struct smk_roster_entry {
    uint8_t hash[SMK_HASH_BYTES];
    enum smk_decision_kind kind;
    union smk_roster_content raw;    /* as decided */
    union smk_roster_content merged; /* room for what several decisions in force have in common */
    struct smk_bytes form;           /* canonical [body, sigs], owned */
    /* derived */
    bool is_replaced;
    const union smk_roster_content *view; /* of a representative: raw or merged */
    bool gives_auditor;                   /* a device: some decision in force may make it an auditor ... */
    bool gives_ordinary;                  /* ... some may not */
    size_t replaces_count;
    uint8_t replaces[][SMK_HASH_BYTES];
};

struct smk_roster_tables {
    /* 1. slot has a power of two places, at least twice as many as capacity.
     * 2. the other tables have capacity places. */
    size_t capacity;
    size_t slot_count;
    struct smk_roster_entry **slot;      /* by hash, open addressing; NULL = free */
    struct smk_roster_entry **entry;     /* all; sorted by kind, subject, hash once derived */
    struct smk_roster_entry **in_force;  /* representatives, sorted by kind and subject */
    struct smk_roster_entry **transport; /* device decisions in force, sorted by transport key and sign key */
    struct smk_roster_entry **invited;   /* representatives of devices with an invitation, sorted by it */
};

struct smk_roster {
    struct smk_genesis genesis;
    uint8_t coalition[SMK_ID_BYTES];
    struct smk_buf genesis_bytes;
    struct smk_roster_tables table;
    size_t count; /* decisions */
    /* derived */
    bool is_derived;
    size_t organisation_count; /* in_force holds organisations, then offices, then devices */
    size_t office_count;
    size_t device_count;
    size_t transport_count;
    size_t invited_count;
};

/* The decision with this hash; NULL when it is not there. */
struct smk_roster_entry *smk_roster_find(const struct smk_roster *r, const uint8_t hash[SMK_HASH_BYTES]);
/* What an entry decides about: the slug's letters or the sign key. */
struct smk_bytes smk_roster_subject(const struct smk_roster_entry *e);
/* Brings the derived tables up to date. */
void smk_roster_derive(struct smk_roster *r);
/* The representative of a subject in force, NULL when there is none. Derived tables only. */
const struct smk_roster_entry *smk_roster_in_force_entry(const struct smk_roster *r,
                                                         enum smk_decision_kind kind,
                                                         struct smk_bytes subject);
/* First entry at or behind (kind, subject) in the sorted table of all. */
size_t smk_roster_lower_bound(const struct smk_roster *r, enum smk_decision_kind kind,
                              struct smk_bytes subject);

#endif
