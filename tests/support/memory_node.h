/* tests/support/memory_node.h: a node that keeps everything in memory, as a view for sessions.
 *
 * Shape    own records are written, foreign batches are taken as the daemon's writer takes them: decisions of `gov`
 *          first, then proofs of forks, then each run through smk_intake_run.
 * Memory   owned by the node.   Secrets  the keys of a test device, which are public knowledge.
 * Threads  one at a time per object.
 */
#ifndef SMK_TESTS_SUPPORT_MEMORY_NODE_H
#define SMK_TESTS_SUPPORT_MEMORY_NODE_H

#include "proto/log.h"
#include "proto/logmap.h"
#include "proto/session.h"
#include "tests/support/builders.h"

struct memory_record {
    struct smk_record record;
    uint8_t *bytes; /* header and payload */
};

struct memory_log {
    struct smk_log log;
    struct memory_record *record; /* those in dispute too */
    size_t count;
    struct smk_buf proof; /* of the fork, when the log has one */
};

struct memory_scope {
    struct smk_scope scope;
    struct smk_frontier *frontier;
};

struct memory_peer {
    uint8_t sign_key[SMK_KEY_BYTES];
    struct smk_peer_memory memory;
};

struct memory_node {
    const struct test_device *device;
    struct smk_identity identity;
    struct smk_roster *roster;
    uint8_t incarnation[SMK_INCARNATION_BYTES];
    struct memory_log *log;
    size_t log_count;
    struct smk_logmap index; /* log id -> place in log */
    struct memory_arrival {
        size_t log;
        uint64_t seq;
    } * arrival; /* [0] has the number 1 */
    size_t arrival_count;
    uint64_t fork_number; /* of the newest proof */
    struct smk_buf *met;  /* decisions that are known without a record */
    size_t met_count;
    struct memory_scope *scope; /* ascending */
    size_t scope_count;
    struct memory_peer peer[64];
    size_t peer_count;
    bool has_invitation;
    uint8_t invitation[SMK_INVITATION_ID_BYTES];
    struct smk_invitation_terms terms;
    uint64_t salt;
    /* faults */
    enum smk_err refusal;    /* answer to every batch while it is not SMK_OK */
    size_t room;             /* records; a batch that does not fit is refused with SMK_ERR_STORE_FULL */
    enum smk_err read_error; /* answer of read_log while it is not SMK_OK */
    size_t reads;            /* records given by read_log and read_arrivals */
    struct smk_view view;
};

/* A node of this device (BORROWED) that knows the genesis and nothing else. */
void memory_node_init(struct memory_node *n, const struct test_coalition *c, const struct test_device *d);
/* The same as another node of the coalition that has met the decisions of all its records, but for its peers: no
 * record is judged again. */
void memory_node_clone(struct memory_node *n, const struct test_coalition *c, const struct memory_node *from);
void memory_node_deinit(struct memory_node *n);

/* Puts the certificate of a device of the coalition into the roster, without a record. */
void memory_node_meet(struct memory_node *n, const struct test_coalition *c, const struct test_device *d);
/* Writes every decision of the coalition's devices that its roster has not yet met as records of its own `gov` log. */
void memory_node_publish(struct memory_node *n, const struct test_coalition *c);

/* From now on the node writes new logs. */
void memory_node_renew(struct memory_node *n, uint64_t incarnation);
/* Writes a record into the log of this scope; the open comes by itself. */
void memory_node_write(struct memory_node *n, const char *scope, uint64_t type, struct smk_bytes payload);
void memory_node_edit(struct memory_node *n, const char *scope, size_t letters);
/* Puts a record in as it is, whoever signed it, when it follows; for records that a test has damaged. */
void memory_node_put(struct memory_node *n, const struct smk_record *r);
/* Puts in the first count records of a log of another node. */
void memory_node_copy(struct memory_node *n, const struct memory_log *log, size_t count);

/* Takes the body of a `records` message. OK, or the first refusal; the good runs are in. */
enum smk_err memory_node_take(struct memory_node *n, struct smk_bytes message, uint64_t *ret_new_records);
/* The same, as the event that a session is told. */
struct smk_event memory_node_store(struct memory_node *n, struct smk_bytes message, uint64_t ticket);
/* NULL when nothing of the log is here. */
struct memory_log *memory_node_find(const struct memory_node *n, const uint8_t log_id[SMK_ID_BYTES]);
/* Appends records that were judged, and puts log, the state after them, into the frontier. */
void memory_node_append(struct memory_node *n, const struct smk_log *log, const struct smk_record *records,
                        size_t count);

void memory_node_root(struct memory_node *n, const char *scope, uint8_t ret_root[SMK_HASH_BYTES]);
uint64_t memory_node_records(const struct memory_node *n, const char *scope);
struct memory_peer *memory_node_peer(struct memory_node *n, const uint8_t sign_key[SMK_KEY_BYTES]);

#endif
