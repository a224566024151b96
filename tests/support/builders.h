/* tests/support/builders.h: keys, a small coalition, decisions and signed logs, the same on every run.
 *
 * Shape    everything follows from small numbers and names. What cannot fail in a test stops the program.
 * Memory   owned by the structs; records of a run are allocated exactly, so that ASan sees one byte too far.
 * Secrets  none: the keys are public knowledge.   Threads  one at a time per object.
 */
#ifndef SMK_TESTS_SUPPORT_BUILDERS_H
#define SMK_TESTS_SUPPORT_BUILDERS_H

#include "proto/cipher.h"
#include "proto/log.h"

/* ---- keys ---- */

struct test_device {
    struct smk_sign_key sign;
    struct smk_dh_key transport;
    struct smk_dh_key box;
    uint8_t decision[SMK_HASH_BYTES]; /* hash of the newest decision about it; zeros before */
};

/* 32 bytes that follow from what (a word) and number. */
void test_seed_bytes(const char *what, uint64_t number, uint8_t ret_seed[SMK_SEED_BYTES]);
void test_sign_key(const char *what, uint64_t number, struct smk_sign_key *ret_key);
void test_device_init(struct test_device *d, uint64_t number);

/* ---- decisions: lists are words with spaces between them ---- */

struct smk_decision test_organisation(const char *slug, const char *kind, const char *areas);
struct smk_decision test_office(const char *slug, const char *org, const char *role, const char *area);
struct smk_decision test_device(const struct test_device *d, const char *org, const char *offices);
/* Adds a hash to the decisions that d replaces. */
void test_replace(struct smk_decision *d, const uint8_t hash[SMK_HASH_BYTES]);

/* ---- a coalition ---- */

struct test_coalition {
    struct smk_sign_key root[SMK_ROOT_KEYS_MAX];
    size_t root_count;
    size_t k;
    struct smk_buf genesis;
    uint8_t id[SMK_ID_BYTES];
    struct smk_roster *roster;
};

void test_coalition_init(struct test_coalition *c, size_t root_count, size_t k);
void test_coalition_deinit(struct test_coalition *c);

/* Appends the payload map, signed by the first k root keys, and gives the hash of the body. */
void test_decision_payload(const struct test_coalition *c, const struct smk_decision *decision,
                           struct smk_buf *payload, uint8_t ret_hash[SMK_HASH_BYTES]);
/* Signs and adds to the coalition's roster. */
void test_decide(struct test_coalition *c, const struct smk_decision *decision,
                 uint8_t ret_hash[SMK_HASH_BYTES]);
/* Decides that the device belongs to org with these offices, and notes the decision in it. */
void test_certify(struct test_coalition *c, struct test_device *d, const char *org, const char *offices);

/* Three devices of a coalition with one root key: `sec` (secretariat), `ctod` (member, area 02) and `bavel`
 * (sna_dm, area 0202), each with one office: sec-approver, ctod-editor, bavel-clerk. */
struct test_world {
    struct test_coalition coalition;
    struct test_device sec;
    struct test_device ctod;
    struct test_device bavel;
};
void test_world_init(struct test_world *w);
void test_world_deinit(struct test_world *w);

/* ---- logs ---- */

enum { TEST_RUN_MAX = 256 };

/* The records of one log from seq 1 on. */
struct test_run {
    const struct test_coalition *coalition;
    const struct test_device *device;
    struct smk_scope scope;
    uint8_t incarnation[SMK_INCARNATION_BYTES];
    size_t count;
    struct smk_record record[TEST_RUN_MAX]; /* header_bytes and payload are owned */
};

/* An empty log; coalition and device are BORROWED for the life of the run. */
void test_run_init(struct test_run *run, const struct test_coalition *c, const struct test_device *d,
                   const char *scope, uint64_t incarnation);
void test_run_deinit(struct test_run *run);

/* The header that a record of this type would have next; payload fields are filled by test_run_push. */
struct smk_header test_run_next(const struct test_run *run, uint64_t type);
/* Signs and appends, whatever the header says. */
void test_run_push(struct test_run *run, const struct smk_header *header, struct smk_bytes payload);
/* The ordinary records: an open under the device's decision, an edit of so many letters of Khmer text. */
void test_run_open(struct test_run *run);
void test_run_edit(struct test_run *run, size_t letters);
void test_run_record(struct test_run *run, uint64_t type);
/* A whole log: one open and count - 1 edits. */
void test_run_fill(struct test_run *run, size_t count);

/* Damages the newest record, which takes another id by it: its signature. */
void test_run_spoil_signature(struct test_run *run);
/* Takes the payload of record i away. */
void test_run_drop_payload(struct test_run *run, size_t i);

/* A world, one log of its member's device, and what has been taken of it. */
struct test_log {
    struct test_world world;
    struct test_run run;
    struct smk_log log;
    bool is_bad[TEST_RUN_MAX];
    size_t taken;
};

/* GIVES a log without records (test_log_free). */
struct test_log *test_log_new(const char *scope);
void test_log_free(struct test_log *l);
/* Offers the records of the run from index `from` on to the log.
 * OK, every error of smk_log_take_run */
SMK_MUST_USE enum smk_err test_log_take(struct test_log *l, size_t from);

/* Appends a small edit's payload, with a text of so many Khmer letters. */
void test_edit_payload(struct smk_buf *b, uint64_t number, size_t letters);

#endif
