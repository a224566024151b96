/* proto/fold.h: documents and acts, from all records of one node: what is there, what it says, what counts.
 *
 * Shape    smk_fold_add takes records in any order; smk_fold_finish derives everything from the set of them, so that
 *          every order gives the same answers. More records may be added, and finish called again.
 *          Words: an *entry* is one edit or act; a *document* is all edits of one id, kind and scope; its *heads* are
 *          the counting edits that no other counting edit of it had seen.
 * Source   PROTOCOL.md sections 5.4, 10, 11. Whether an entry counts depends on its own scope and `gov` alone.
 * Memory   the fold owns copies of all payloads. What it hands out is BORROWED until the next add or finish.
 * Secrets  payloads of private scopes are as private as the store.   Threads  one at a time per object.
 */
#ifndef SMK_PROTO_FOLD_H
#define SMK_PROTO_FOLD_H

#include "proto/policy.h"
#include "proto/schema.h"

enum {
    SMK_FOLD_RECORDS_MAX = 4 * 1000 * 1000,
    SMK_FOLD_LOGS_MAX = 1000 * 1000,
    SMK_FOLD_VALUES_MAX = 64, /* concurrent values of one field that are shown */
    SMK_FOLD_NAMES_MAX = 256, /* fields of one document */
};

struct smk_fold_log {
    uint8_t log_id[SMK_ID_BYTES];
    uint8_t author[SMK_KEY_BYTES];
    uint8_t incarnation[SMK_INCARNATION_BYTES];
    struct smk_scope scope;
    bool has_rights;     /* its open is here and names a device decision of its author */
    struct smk_slug org; /* of that decision */
    size_t office_count;
    struct smk_slug office[SMK_OFFICES_PER_DEVICE_MAX];
};

enum smk_note {
    SMK_NOTE_NONE,
    SMK_NOTE_EARLIER_VERSION,  /* the document has been edited since */
    SMK_NOTE_TEXT_NOT_CHECKED, /* it stands in a wider scope than the text it is about */
};
/* "of an earlier version", "text not checked here"; "" for none. */
const char *smk_note_text(enum smk_note note);

struct smk_fold_doc;

struct smk_fold_entry {
    uint8_t id[SMK_ID_BYTES];
    const struct smk_fold_log *log;
    uint64_t seq;
    uint64_t time;
    bool is_act;
    bool is_decoded;        /* edit or act below is set */
    enum smk_reason reason; /* SMK_REASON_COUNTS when it counts */
    enum smk_note note;
    const struct smk_office *office; /* in force; NULL when the entry fails before that is asked */
    const struct smk_fold_doc *doc;  /* NULL when it is not here */
    struct smk_bytes payload;
    union {
        struct smk_edit edit;
        struct smk_act act;
    };
};

struct smk_fold_doc {
    uint8_t id[SMK_DOC_ID_BYTES];
    const struct smk_kind *kind; /* NULL for a type that this version does not know */
    struct smk_bytes kind_name;
    const struct smk_scope *scope;
    bool counts; /* at least one edit does */
    size_t edit_count;
    const struct smk_fold_entry *const *edit; /* by log and seq */
    size_t head_count;
    const struct smk_fold_entry *const *head; /* ascending by id */
    size_t act_count;
    const struct smk_fold_entry *const *act; /* of its own scope and of wider ones, by log and seq */
};

struct smk_fold; /* opaque */

/* GIVES an empty fold. roster is BORROWED for its life; add to it only before smk_fold_finish.
 * OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_fold_new(struct smk_roster *roster, struct smk_fold **ret_fold);
void smk_fold_free(struct smk_fold *f); /* NULL does nothing */

/* Takes one record that the store has taken (its chain, author and signature were judged then). Copies what it needs;
 * the same record twice is once. Records of `gov` and of witness scopes are passed over.
 * OK, SMK_ERR_TOO_BIG_HERE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_fold_add(struct smk_fold *f, const struct smk_record *record);

/* Derives documents, acts and what counts. Time is n log n in the number of records.
 * OK, SMK_ERR_NOMEM (nothing is there then but the records; finish may be tried again) */
SMK_MUST_USE enum smk_err smk_fold_finish(struct smk_fold *f);

/* ---- a fold of some documents alone ----
 *
 * Whether an entry counts is told by the records of its own document, the opens of their logs, what had seen what, and
 * whatever is asked for on the way: about a *topic*, which is 16 bytes: the id of a document or act, or the beginning of the
 * hash of a text. A fold that gets all entries of every topic that it asks about, for a document, answers about this
 * document as one of everything does. */

/* As smk_fold_add, for a record whose causal past is not here: seen names, in place of its deps, records of other logs of
 * its scope that are (or will be) here and lie in its past: of each log the newest one.
 * OK, SMK_ERR_TOO_BIG_HERE, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_fold_add_seen(struct smk_fold *f, const struct smk_record *record,
                                            const uint8_t (*seen)[SMK_ID_BYTES], size_t seen_count);
/* From now on smk_fold_finish notes what it asks about. OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_fold_note_asked(struct smk_fold *f);
/* To judge the entries of document `by`, entries about `topic` were looked for, whether there are any or not. */
struct smk_fold_question {
    uint8_t by[SMK_DOC_ID_BYTES];
    uint8_t topic[SMK_DOC_ID_BYTES];
    uint8_t
        is_deep; /* 1: whether acts that were found count is part of the answer, so what is asked for them matters too */
};
/* All of them, ascending, once each; BORROWED until the next finish. */
size_t smk_fold_asked(struct smk_fold *f, const struct smk_fold_question **ret_questions);

/* Takes one topic; false stops. */
typedef bool smk_topic_fn(void *ctx, const uint8_t topic[SMK_DOC_ID_BYTES]);
/* The topics of an edit: its document. Of an act: its document, its own id, the text that it is about, every document or
 * act that its fields name, the *work* on its document and on each recommendation that it decides on or presents (the id
 * with every bit turned), and, where it ranks, that rank at that meeting; one may come twice. The document comes first; none for what is neither or has not that form. */
void smk_fold_each_topic(const struct smk_record *record, smk_topic_fn *fn, void *ctx);
/* The same of an entry that is decoded. */
void smk_fold_each_topic_of(const struct smk_fold_entry *e, smk_topic_fn *fn, void *ctx);

/* ---- reading, after smk_fold_finish ---- */

size_t smk_fold_record_count(const struct smk_fold *f); /* of documents' scopes, without doubles */
const uint8_t *smk_fold_coalition(const struct smk_fold *f);
struct smk_roster *smk_fold_roster(const struct smk_fold *f);
/* True when memory ran out in an answer since smk_fold_finish: values that were replaced may have stood among those given,
 * and whoever wrote or showed them has to say so, or take them back. */
bool smk_fold_lacked_memory(const struct smk_fold *f);

/* Ascending by kind (in the order of the table, unknown ones last), id, scope. */
size_t smk_fold_doc_count(const struct smk_fold *f);
const struct smk_fold_doc *smk_fold_doc_at(const struct smk_fold *f, size_t i);
/* NULL when it is not here. scope NULL: the document in its own scope, else in any. */
const struct smk_fold_doc *smk_fold_find_doc(const struct smk_fold *f, struct smk_bytes kind,
                                             const uint8_t id[SMK_DOC_ID_BYTES],
                                             const struct smk_scope *scope);

/* Every edit and act, also those without a document; by log and seq. */
size_t smk_fold_entry_count(const struct smk_fold *f);
const struct smk_fold_entry *smk_fold_entry_at(const struct smk_fold *f, size_t i);
const struct smk_fold_entry *smk_fold_find_entry(const struct smk_fold *f, const uint8_t id[SMK_ID_BYTES]);

/* A text in org:SLUG of a type that lives elsewhere. */
bool smk_fold_is_draft(const struct smk_fold_doc *doc);

/* Values of one field: of all counting edits that set it, those that no other such edit had seen. Nil means taken back.
 * Of a document whose type this version does not know, no edit counts: there its edits speak all the same. */
struct smk_fold_value {
    struct smk_bytes value;
    const struct smk_fold_entry *edit;
};
/* Writes at most SMK_FOLD_VALUES_MAX, ascending by id of the edit, equal ones once; returns their number. When memory
 * runs out, values that were replaced may stand among them: smk_fold_lacked_memory. */
size_t smk_fold_values(struct smk_fold *f, const struct smk_fold_doc *doc, struct smk_bytes field,
                       struct smk_fold_value ret_values[SMK_FOLD_VALUES_MAX]);
/* The first of them; empty when the field is not set, unknown or taken back. */
struct smk_bytes smk_fold_first(struct smk_fold *f, const struct smk_fold_doc *doc, const char *field);
/* Names of the fields that counting edits set, ascending; at most SMK_FOLD_NAMES_MAX. */
size_t smk_fold_names(const struct smk_fold_doc *doc, struct smk_bytes ret_names[SMK_FOLD_NAMES_MAX]);

/* The text of a document as it stands (PROTOCOL.md section 11.3): appends the array to b.
 *
 * ret_missing   on SMK_ERR_WAITING the id of the recommendation that is not here; may be NULL
 * OK
 * SMK_ERR_NOT_FOUND      no edit of the document counts
 * SMK_ERR_WAITING        a recommendation of the list is not here
 * SMK_ERR_TOO_BIG_HERE   more than 256 documents, or 64 heads of one
 * SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_fold_text(struct smk_fold *f, const struct smk_fold_doc *doc, struct smk_buf *b,
                                        uint8_t *ret_missing);

/* True when a is b or in its causal past. */
bool smk_fold_has_seen(const struct smk_fold *f, const struct smk_fold_entry *b,
                       const struct smk_fold_entry *a);

/* ---- before something is written ---- */

/* What a new edit or act builds on: at most 8 entries, none of which another one had seen. */
struct smk_fold_deps {
    size_t count;
    const struct smk_fold_entry *entry[SMK_DEPS_MAX];
};
void smk_fold_add_dep(const struct smk_fold *f, struct smk_fold_deps *d, const struct smk_fold_entry *entry);
/* The heads of a document; for a list also those of its recommendations. */
void smk_fold_add_text_deps(struct smk_fold *f, struct smk_fold_deps *d, const struct smk_fold_doc *doc);

/* Whether an edit or act by this office would count if it were written now, by a device that holds the office and has
 * seen all that is here. scope is where it will stand; time is that of the record (ms << 16 | counter). Of an act with a
 * text, the text is asked too; one without, about a document of its own scope, is about the text as it stands. Of a half
 * that is all: whether the other one is there is not asked. */
enum smk_reason smk_fold_judge_edit(struct smk_fold *f, const struct smk_edit *edit,
                                    const struct smk_scope *scope, const struct smk_office *office);
enum smk_reason smk_fold_judge_act(struct smk_fold *f, const struct smk_act *act,
                                   const struct smk_scope *scope, const struct smk_office *office,
                                   uint64_t time);
/* Where the text of a document stands for whoever writes now: "draft", "negotiated", ...; "" before its first state. As the
 * state of a list and a study is that of their very text, it may be less than smk_fold_status says. */
const char *smk_fold_stands(struct smk_fold *f, const struct smk_fold_doc *doc);
/* Adds what an act rests on in its own scope, so that others see that its writer had seen it: the acts about its document,
 * and those that its guards look for. */
void smk_fold_add_act_deps(struct smk_fold *f, struct smk_fold_deps *d, const struct smk_act *act,
                           const struct smk_scope *scope);
/* The acts of a narrower scope that an act in a wider one, about the text as it stands, has to carry: at most
 * SMK_EVIDENCE_MAX, none when there are none yet. */
size_t smk_fold_evidence(struct smk_fold *f, const struct smk_fold_doc *doc, const char *act,
                         const struct smk_fold_entry *ret_entry[SMK_EVIDENCE_MAX]);

/* ---- status, derived from the acts that count ---- */

/* Its text as it stands was withdrawn: an act `withdraw` that counts names these very heads. Edits that had not seen it, or that
 * were made since, bring the document back. It stays readable; totals, reports and exports leave it out. */
bool smk_fold_is_withdrawn(const struct smk_fold_doc *doc);
/* "draft", "verified", "accepted", "withdrawn", ...; "" for kinds that have none. */
const char *smk_fold_status(const struct smk_fold_doc *doc);
/* Every word that it can answer, some of them twice; NULL behind the last. */
const char *smk_fold_status_word(size_t i);
/* The newest counting act of that name about the document (by date of the fact where it has one, then time, then id);
 * NULL when there is none. */
const struct smk_fold_entry *smk_fold_newest_act(const struct smk_fold_doc *doc, const char *act);

#endif
