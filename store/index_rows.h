/* store/index_rows.h: keys and rows of the derived tables. Not for other rooms.
 *
 * Shape    rows of `index` begin with a letter. Numbers are big-endian. What a row says of a document is canonical; where a
 *          row can be spoilt unnoticed it ends with a tag.
 * Source   SCHEMA.md section 9.
 * Memory   what is read BORROWS from the row.   Secrets  texts of private scopes are as private as the store.
 * Threads  pure.
 */
#ifndef SMK_STORE_INDEX_ROWS_H
#define SMK_STORE_INDEX_ROWS_H

#include "proto/fold.h"
#include "proto/totals.h"
#include "store/index.h"
#include "store/rows.h"

enum { SMK_INDEX_VERSION = 2 }; /* to be raised whenever a rebuilt index would be another one */

/* Letters of the rows of `index`. */
enum smk_index_letter {
    SMK_INDEX_CURSOR = 'c',
    SMK_INDEX_ENTRY = 'a',   /* records by topic */
    SMK_INDEX_PAST = 'e',    /* deps of a record in other logs */
    SMK_INDEX_WAIT = 'w',    /* records that name one that is not here */
    SMK_INDEX_STRAY = 'y',   /* edits and acts of no form */
    SMK_INDEX_DIRTY = 'q',   /* document ids to be folded anew */
    SMK_INDEX_GROUP = 'g',   /* what the documents of one id add */
    SMK_INDEX_READER = 'r',  /* who asked about a topic */
    SMK_INDEX_NAMER = 's',   /* who names an organisation or office */
    SMK_INDEX_MIXED = 'm',   /* whose records stand in several logs of a scope */
    SMK_INDEX_DOC = 'd',     /* a document */
    SMK_INDEX_TEXT = 't',    /* its text, folded */
    SMK_INDEX_OWN = 'u',     /* its terms */
    SMK_INDEX_FACET = 'f',   /* documents by a property, in order of title */
    SMK_INDEX_TIME = 'i',    /* the same by the time of the newest change */
    SMK_INDEX_SUM = 'n',     /* totals */
    SMK_INDEX_RIGHTS = 'l',  /* what a log was opened with */
    SMK_INDEX_DECIDED = 'o', /* organisations and offices in force */
};

enum {
    SMK_INDEX_KEY_BYTES_MAX = 480,
    SMK_INDEX_TITLE_BYTES_MAX = 1024, /* of a title in one language, as far as it is kept */
    SMK_INDEX_SORT_BYTES_MAX = 160,   /* of a collation key, as far as it is kept */
    SMK_INDEX_VALUE_BYTES_MAX = 64,   /* of a property */
    SMK_INDEX_ROW_BYTES_MAX = 256 * 1024,
};

/* ---- keys ---- */

struct smk_index_key {
    uint8_t at[SMK_INDEX_KEY_BYTES_MAX];
    size_t len;
};
/* BORROWED from the key. */
struct smk_bytes smk_index_key_view(const struct smk_index_key *k);
void smk_index_key_begin(struct smk_index_key *k, enum smk_index_letter letter);
/* Whatever does not fit any more is our bug: values are cut before. */
void smk_index_key_add(struct smk_index_key *k, struct smk_bytes bytes);
void smk_index_key_add_u8(struct smk_index_key *k, uint8_t value);
void smk_index_key_add_u32(struct smk_index_key *k, uint32_t value);
void smk_index_key_add_u64(struct smk_index_key *k, uint64_t value);
bool smk_index_key_begins(struct smk_bytes key, const struct smk_index_key *prefix);
/* letter || 16 bytes. */
void smk_index_doc_id_key(struct smk_index_key *k, enum smk_index_letter letter,
                          const uint8_t id[SMK_DOC_ID_BYTES]);
/* letter || document number. */
void smk_index_number_key(struct smk_index_key *k, enum smk_index_letter letter, uint32_t number);
/* The last four bytes of a key; 0 when it is shorter. */
uint32_t smk_index_key_number(struct smk_bytes key);

/* ---- the cursor ---- */

struct smk_index_cursor {
    uint64_t arrival;     /* up to which the feed was followed */
    uint64_t fork_number; /* likewise, the proofs of forks */
    bool is_gov_stale;    /* governance has moved since rights were compared */
    uint64_t epoch;       /* rises with each step that makes something dirty */
    uint64_t wait_count;  /* rows of SMK_INDEX_WAIT */
    uint32_t last_doc;    /* newest document number */
    uint8_t language[8];  /* versions of word breaks and collation */
};
/* Appends the row; errors stick in b. */
void smk_index_cursor_write(const struct smk_index_cursor *c, struct smk_buf *b);
/* False when it is spoilt, or of another version of the index. */
bool smk_index_cursor_read(struct smk_bytes row, struct smk_index_cursor *ret_cursor);

/* ---- rows of entries ---- */

struct smk_index_entry {
    uint64_t arrival;
    uint32_t log_no;
    uint64_t seq;
};
enum { SMK_INDEX_PLACE_BYTES = 12 };
/* False when it is not in form. */
bool smk_index_entry_read(struct smk_bytes key, struct smk_bytes value, struct smk_index_entry *ret_entry);

/* ---- documents ---- */

/* Appends the row: heads and facets are canonical arrays. Errors stick in b. */
void smk_doc_row_write(const struct smk_doc_row *row, struct smk_buf *b);
/* False when it is spoilt. */
bool smk_doc_row_read(struct smk_bytes bytes, struct smk_doc_row *ret_row);
/* The same without a look at its tag. */
bool smk_doc_row_glance(struct smk_bytes bytes, struct smk_doc_row *ret_row);
/* Walks the facets of a row. */
bool smk_doc_row_next_facet(struct smk_span_iter *it, struct smk_index_filter *ret_facet);
void smk_index_pack_facet(struct smk_buf *b, enum smk_facet facet, struct smk_bytes value);

/* Keys of `index` that lead to the document: by facet in order of title, or of time. */
void smk_index_facet_key(struct smk_index_key *k, const struct smk_index_filter *f, struct smk_bytes sort,
                         uint32_t number);
void smk_index_time_key(struct smk_index_key *k, const struct smk_index_filter *f, uint64_t touched,
                        uint32_t number);
/* All of them with that value: the beginning of either. */
void smk_index_facet_prefix(struct smk_index_key *k, enum smk_index_letter letter,
                            const struct smk_index_filter *f);

/* ---- groups ---- */

/* What is kept of all documents of one id. */
struct smk_group_row {
    struct smk_bytes docs;   /* canonical array of numbers */
    struct smk_bytes digest; /* 16 bytes: of all that others may see of it */
    uint64_t epoch;          /* when it was folded */
    struct smk_bytes reads;  /* canonical array of topics that were asked about */
    struct smk_bytes names;  /* canonical array of slugs */
    struct smk_bytes scopes; /* canonical array of scopes in which it is mixed */
    struct smk_bytes shares; /* canonical array of [table, name, 5 numbers] */
};
void smk_group_row_write(const struct smk_group_row *row, struct smk_buf *b);
/* False when it is spoilt. */
bool smk_group_row_read(struct smk_bytes bytes, struct smk_group_row *ret_row);

void smk_index_pack_share(struct smk_buf *b, const struct smk_totals_row *row);
bool smk_index_share_read(struct smk_bytes share, struct smk_totals_row *ret_row);

/* ---- sums ---- */

void smk_index_sum_key(struct smk_index_key *k, const struct smk_totals_row *row);
enum { SMK_INDEX_SUM_BYTES = 40 };
void smk_index_sum_write(const struct smk_tally_sum *sum, uint8_t ret_value[SMK_INDEX_SUM_BYTES]);
/* False when key or value are not in form. */
bool smk_index_sum_read(struct smk_bytes key, struct smk_bytes value, struct smk_totals_row *ret_row);

#endif
