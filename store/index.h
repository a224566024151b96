/* store/index.h: documents, acts and totals of a store, kept beside its records and brought up to date in small steps.
 *
 * Shape    derived tables that follow the arrival feed with a cursor of their own: whoever writes records does not wait for
 *          them, whoever reads brings them up to date first. They may be thrown away at any time.
 * Source   SCHEMA.md section 9.
 * Memory   as each function says.   Secrets  texts of private scopes are as private as the store.
 * Threads  steps take the writer's turn; a reader is used by one thread.
 */
#ifndef SMK_STORE_INDEX_H
#define SMK_STORE_INDEX_H

#include "proto/totals.h"
#include "store/store.h"

struct smk_index_walk; /* opaque */

/* GIVES a walk along the feed: smk_index_walk_free.
 * OK, SMK_ERR_UNICODE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_walk_new(struct smk_store *s, struct smk_index_walk **ret_walk);
void smk_index_walk_free(struct smk_index_walk *w); /* NULL does nothing */
/* One transaction of bounded size. *ret_is_done: nothing was left to do.
 * OK
 * SMK_ERR_STORE_FULL         no room: what is there stays as it was
 * SMK_ERR_NOT_ALLOWED_HERE   opened read-only
 * SMK_ERR_STORE_VERSION      a store of an earlier schema, which there is no room to raise
 * SMK_ERR_STORE_DAMAGED, SMK_ERR_STORE_IO, SMK_ERR_TOO_BIG_HERE, SMK_ERR_UNICODE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_walk_step(struct smk_index_walk *w, bool *ret_is_done);

/* Brings the index up to date, unless it is. OK, every error of smk_index_walk_new and smk_index_walk_step */
SMK_MUST_USE enum smk_err smk_index_follow(struct smk_store *s);
/* Throws the index away: the next step begins anew. OK, SMK_ERR_STORE_*, SMK_ERR_NOT_ALLOWED_HERE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_reset(struct smk_store *s);

/* ---- reading ---- */

struct smk_index; /* opaque: the index at one moment */

/* GIVES the index, brought up to date: smk_index_close. Where there is no room to do that it is the one of before;
 * *ret_is_behind tells.
 * OK
 * SMK_ERR_STORE_FULL   no room, and there is no index yet
 * every other error of smk_index_follow */
SMK_MUST_USE enum smk_err smk_index_open(struct smk_store *s, struct smk_index **ret_index,
                                         bool *ret_is_behind);
void smk_index_close(struct smk_index *x); /* NULL does nothing */

/* Properties by which documents are found. */
enum smk_facet {
    SMK_FACET_ALL = '*',
    SMK_FACET_KIND = 'k',
    SMK_FACET_PLACE = 'p', /* its own code, and every shorter one */
    SMK_FACET_ORG = 'o',
    SMK_FACET_STATUS = 's',
    SMK_FACET_THEME = 't',
    SMK_FACET_MECHANISM = 'm',
    SMK_FACET_REF = 'r', /* in small letters */
    SMK_FACET_ID = 'i',  /* hex */
};

/* What lists show of a document. */
struct smk_doc_row {
    const uint8_t *id; /* 16 bytes */
    struct smk_bytes kind;
    struct smk_bytes scope;
    struct smk_bytes ref;
    struct smk_bytes title_en, title_km; /* as far as they are kept; empty when there is none */
    struct smk_bytes status;             /* empty when there is none */
    bool counts;
    enum smk_reason reason; /* why it does not count */
    uint64_t endorsed;      /* 0 no, 1 signed, 2 attested */
    enum smk_note note;     /* of the endorsement */
    uint64_t edit_count, act_count;
    struct smk_bytes heads; /* canonical array of record ids, the first 64 */
    uint64_t conflicts;     /* fields that have several values */
    struct smk_bytes date;  /* "2021-11-16", "2021-11", "2021" */
    uint64_t touched;       /* time of the newest edit or act that counts; 0 = none */
    struct smk_bytes sort;  /* order by title */
    struct smk_bytes facets;
    struct smk_bytes print; /* 8 bytes: of its text as it was written */
};

/* Takes a document; false stops. The row BORROWS until the index is closed. */
typedef bool smk_doc_row_fn(void *ctx, const struct smk_doc_row *row);

struct smk_index_filter {
    enum smk_facet facet;
    struct smk_bytes value; /* at most 64 bytes; longer ones are nobody's */
};
enum { SMK_INDEX_FILTERS_MAX = 8 };

enum smk_index_order { SMK_ORDER_TITLE, SMK_ORDER_TIME /* the newest change first */ };

struct smk_index_query {
    struct smk_bytes text; /* what is searched for; empty: a list. Hits in titles come first */
    size_t filter_count;
    struct smk_index_filter filter[SMK_INDEX_FILTERS_MAX]; /* all of them hold */
    enum smk_index_order order;
    const uint8_t *after_id;      /* 16 bytes: documents behind this one; NULL: from the first on */
    struct smk_bytes after_scope; /* which document of that id; empty: the last one in this order */
    size_t limit;                 /* at most so many; 0: all */
};
/* Gives documents in order. *ret_total is how many there are without after and limit, for a search; 0 for a list.
 *
 * OK
 * SMK_ERR_NOT_FOUND   the document to go on after is not here
 * SMK_ERR_INVALID     the text has no word in it, or is not UTF-8
 * SMK_ERR_STORE_DAMAGED, SMK_ERR_STORE_IO, SMK_ERR_UNICODE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_list(struct smk_index *x, const struct smk_index_query *query,
                                         smk_doc_row_fn *fn, void *ctx, uint64_t *ret_total);

/* Documents by their name or id: at most max rows are written, the number of all is returned. kind empty: of any type. A word is a `ref` in any case, or at least 8 hex digits of the id; a
 * document that is here in two scopes is found once, in its own. BORROWED until the index is closed.
 * A failure is told by smk_index_err. */
size_t smk_index_find(struct smk_index *x, struct smk_bytes kind, const char *word,
                      struct smk_doc_row *ret_rows, size_t max);
/* Records whose id begins with these hex digits (at least 8): their ids, as smk_index_find. */
size_t smk_index_find_records(struct smk_index *x, const char *digits, uint8_t (*ret_ids)[SMK_ID_BYTES],
                              size_t max);
/* Where a record stands, and its document. OK, SMK_ERR_NOT_FOUND, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_place(struct smk_index *x, const uint8_t id[SMK_ID_BYTES],
                                          uint8_t ret_log_id[SMK_ID_BYTES], uint64_t *ret_seq,
                                          bool *ret_has_doc, uint8_t ret_doc[SMK_DOC_ID_BYTES]);
/* The first failure of reading; it sticks. OK, SMK_ERR_STORE_*, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_err(const struct smk_index *x);

/* GIVES the totals (smk_totals_deinit) of all documents.
 * OK, SMK_ERR_STORE_*, SMK_ERR_TOO_BIG_HERE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_totals(struct smk_index *x, struct smk_totals *ret_totals);

/* GIVES a finished fold (smk_fold_free) that is right about these documents; others are in it as far as they were needed.
 * roster is BORROWED for the life of the fold.
 * OK, SMK_ERR_STORE_*, SMK_ERR_TOO_BIG_HERE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_index_fold(struct smk_index *x, struct smk_roster *roster,
                                         const uint8_t (*ids)[SMK_DOC_ID_BYTES], size_t count,
                                         struct smk_fold **ret_fold);

#endif
