/* tests/support/deeds.h: a coalition whose devices write documents and acts, for tests of the fold.
 *
 * Shape    eight devices with their offices (the table in deeds.c); each log is a run of builders.h. Edits and acts are
 *          written with fields in the notation of notation.h; what cannot fail in a test stops the program.
 * Memory   owned by the world: test_deeds_deinit.   Secrets  none.   Threads  one at a time per object.
 */
#ifndef SMK_TESTS_SUPPORT_DEEDS_H
#define SMK_TESTS_SUPPORT_DEEDS_H

#include "proto/fold.h"
#include "tests/support/builders.h"

enum test_who {
    TEST_SEC,
    TEST_CTOD,
    TEST_AS,
    TEST_HUB,
    TEST_BANAN,
    TEST_BAVEL,
    TEST_AUDITOR,
    TEST_SEC_MEMBER, /* a member's role, but a seat of the secretariat */
    TEST_WHO
};
enum { TEST_DEEDS_RUNS_MAX = 64 };
/* 2024-04-17 00:00 UTC: the time of a log's open; a second later with each record. */
#define TEST_DEEDS_START_MS UINT64_C(1713312000000)

struct test_deeds {
    struct test_coalition coalition;
    struct test_device device[TEST_WHO];
    struct test_run *run[TEST_DEEDS_RUNS_MAX];
    size_t run_count;
};
void test_deeds_init(struct test_deeds *w);
void test_deeds_deinit(struct test_deeds *w);

/* The log of a device in a scope; made, with its open, when it is not there yet. */
struct test_run *test_deeds_log(struct test_deeds *w, enum test_who who, const char *scope);
/* Another incarnation of it. */
struct test_run *test_deeds_log_again(struct test_deeds *w, enum test_who who, const char *scope,
                                      uint64_t incarnation);

struct test_deed {
    const char *office;
    const char *kind;
    const char *act;    /* NULL: an edit */
    uint64_t doc;       /* number of the document */
    uint64_t id;        /* number of the act; 0: a number of its own */
    const char *fields; /* notation, keys in any order; NULL: {} */
    const char *area;   /* of an act in a wider scope; NULL: none */
    struct smk_bytes text;
    const uint8_t *about; /* NULL: hash of text */
    struct smk_bytes evidence;
    struct smk_bytes from;
    size_t dep_count;
    const uint8_t *dep[SMK_DEPS_MAX]; /* ids, any order */
};
/* Appends the record and returns its id, which lives as long as the run. In fields $0 to $9 are the ids of documents 0
 * to 9, $10 is the hash of a page, $11 and $12 are the ids of acts 50 and 51. */
const uint8_t *test_deed(struct test_run *run, const struct test_deed *deed);

/* The id of document number n. */
void test_doc_id(uint64_t number, uint8_t ret_id[SMK_DOC_ID_BYTES]);

/* A finished fold of every record of the world. */
struct smk_fold *test_deeds_fold(struct test_deeds *w);
/* The document's text as it stands for the whole world: appended to b. */
void test_deeds_pin(struct test_deeds *w, const char *kind, uint64_t doc, struct smk_buf *b);
const struct smk_fold_doc *test_find_doc(const struct smk_fold *f, const char *kind, uint64_t doc,
                                         const char *scope);

#endif
