/* proto/fold_set.h: the inside of a fold, for the files fold*.c alone.
 *
 * Shape    nodes are all records; logs, documents and entries are made from them by smk_fold_finish.
 * Memory   nodes, logs and payloads live in `kept`, everything derived in `derived` and the clocks.
 * Secrets  as fold.h.   Threads  as fold.h.
 */
#ifndef SMK_PROTO_FOLD_SET_H
#define SMK_PROTO_FOLD_SET_H

#include "proto/clock.h"
#include "proto/fold.h"
#include "proto/order.h"

enum { SMK_FOLD_AREA_ROOM = 9 };

struct fold_doc;
struct fold_entry;

struct fold_log {
    struct smk_fold_log seen;  /* first: entries point to it */
    uint32_t number;           /* place in fold.log */
    size_t first, count;       /* its nodes in fold.by_log */
    struct fold_entry *judged; /* its newest entry that was the first of it to count for some document */
};

struct fold_node {
    uint8_t id[SMK_ID_BYTES];
    struct fold_log *log;
    uint64_t type, seq, time;
    struct smk_bytes payload; /* of opens, edits and acts */
    bool has_payload;
    const uint8_t (*dep)[SMK_ID_BYTES];
    size_t dep_count;
    const struct smk_clock *clock; /* what it had seen in other logs */
    uint32_t place;                /* in a causal order of all nodes */
    uint8_t visit;                 /* 0 not yet, 1 under way, 2 done */
    size_t next_dep;
    struct fold_entry *entry; /* NULL unless an edit or act */
};

struct fold_entry {
    struct smk_fold_entry seen; /* first: handed out */
    struct fold_node *node;
    struct fold_doc *doc;
    char area[SMK_FOLD_AREA_ROOM]; /* of the document, as the first counting edit of a log had it before it */
    bool is_placed;                /* an act: office, role, area and version are right */
    bool is_good; /* an act: all else is right too; of a half it remains whether there is another */
};

/* An act under one of its topics. */
struct fold_topic {
    uint8_t id[SMK_DOC_ID_BYTES];
    struct fold_entry *act;
};

struct fold_doc {
    struct smk_fold_doc seen; /* first: handed out */
    size_t first_count;       /* the first counting edit of each log, by number of the log */
    struct fold_entry **first;
    bool has_about; /* about_now was asked for */
    bool can_about;
    uint8_t about_now[SMK_HASH_BYTES];
};

/* What finish has asked about. */
struct fold_asked {
    uint8_t by[SMK_DOC_ID_BYTES]; /* the document whose entries are judged now */
    struct smk_fold_question *question;
    size_t count, capacity;
    bool is_over; /* judging is: whoever reads the fold asks for himself */
    bool is_full; /* memory ran out: some are left out */
};

struct smk_fold {
    struct smk_roster *roster;
    struct fold_asked *asked; /* NULL: nobody wants to know */
    struct smk_arena kept;
    struct fold_log **log; /* ascending by scope, author, incarnation */
    size_t log_count, log_capacity;
    struct fold_log *last_log; /* of the newest record */
    struct fold_node **node;   /* as they came */
    size_t node_count, node_capacity;

    bool is_finished;
    struct smk_arena derived;
    struct smk_clock_space clocks;
    struct fold_node **by_id;  /* without doubles */
    struct fold_node **by_log; /* by number of log, seq, id */
    size_t record_count;
    struct fold_entry **entry; /* by log and seq */
    size_t entry_count;
    struct fold_doc **doc;
    size_t doc_count;
    struct fold_topic *topic; /* ascending by id, then as they stand in f->entry */
    size_t topic_count;
};

/* Whose eyes something is judged with: those of one record, which has seen its causal past, or of who writes now. */
struct fold_moment {
    struct smk_fold *f;
    const struct fold_node *node; /* NULL: has seen everything */
    uint64_t time;                /* of the record, as in a header */
};

/* True for an edit whose values are shown: it counts, or all that is wrong with it is that its type is a newer one. */
static inline bool smk_fold_speaks(const struct smk_fold_entry *e)
{
    return e->reason == SMK_REASON_COUNTS || e->reason == SMK_REASON_UNKNOWN_KIND;
}

/* fold_arrange.c. OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_fold_arrange(struct smk_fold *f);
struct fold_node *smk_fold_find_node(const struct smk_fold *f, const uint8_t *id);
/* True when node a is b or in its causal past. */
bool smk_fold_node_has_seen(const struct smk_fold *f, const struct fold_node *b, const struct fold_node *a);

/* fold_part.c. To be called when the entries of a document are judged, */
void smk_fold_ask_for(const struct smk_fold *f, const uint8_t *doc_id);
/* and with the topic of everything that judging looks for. is_deep: acts that are found have to be judged rightly too. */
void smk_fold_ask(const struct smk_fold *f, const uint8_t *topic, bool is_deep);

/* fold_document.c. OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_fold_make_documents(struct smk_fold *f);
struct fold_doc *smk_fold_doc_of(const struct smk_fold *f, struct smk_bytes kind, const uint8_t *id,
                                 const struct smk_scope *scope);

/* fold_judge.c. The office that an entry names, if its log's open names it and it is in force. */
enum smk_reason smk_fold_judge_office(struct smk_fold *f, const struct smk_fold_log *log,
                                      struct smk_bytes slug, const struct smk_office **ret_office);
/* e NULL: a new edit that has seen everything. doc may be NULL. */
enum smk_reason smk_fold_judge_placed_edit(struct smk_fold *f, const struct smk_edit *edit,
                                           const struct smk_scope *scope, const struct smk_office *office,
                                           const struct fold_doc *doc, const struct fold_node *e);

/* Kind, act, scope, office, role and area of an act: what comes before the text that it names. */
enum smk_reason smk_fold_judge_placed_act(struct smk_fold *f, const struct smk_act *act,
                                          const struct smk_scope *scope, const struct smk_office *office);

/* To be called when e, an edit of doc that counts, is the first of its log to do so. */
void smk_fold_note_first(struct smk_fold *f, struct fold_doc *doc, struct fold_entry *e);

/* ---- fold_past.c: what had been done, and where a document stood ---- */

/* Puts every act under its topics. OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_fold_make_topics(struct smk_fold *f);

/* Acts that the state of a document or act rests on (`work`: those about it, acceptances and presentations that name it),
 * that were good and seen at the moment. `about` and `act` narrow it down; NULL: any. */
struct fold_search {
    uint8_t topic[SMK_DOC_ID_BYTES];
    const char *kind, *act;
    const uint8_t *about;
    size_t at;
    bool is_begun;
};
struct fold_search smk_fold_search(const uint8_t *id, const char *kind, const char *act);
/* NULL at the end. */
const struct fold_entry *smk_fold_search_next(const struct fold_moment *m, struct fold_search *s);
/* The first that it finds; NULL when there is none. */
const struct fold_entry *smk_fold_done_before(const struct fold_moment *m, const uint8_t *id,
                                              const char *kind, const char *act, const uint8_t *about);
/* The topics behind `work` and behind a rank at a meeting. */
void smk_fold_work_topic(const uint8_t *id, uint8_t ret_topic[SMK_DOC_ID_BYTES]);
void smk_fold_rank_topic(const struct smk_act *act, uint8_t ret_topic[SMK_DOC_ID_BYTES]);
/* True when an act with this id stands in the scope and is by this organisation. */
bool smk_fold_is_act_of(struct smk_fold *f, const uint8_t *act_id, const struct smk_scope *scope,
                        const char *org);
/* True when halves that fit this one, it among them, are by a member and by the secretariat, of two organisations.
 * m NULL: of all that are placed, whoever had seen them. */
bool smk_fold_has_other_half(struct smk_fold *f, const struct fold_moment *m, const struct fold_entry *half);

/* Where a document stood: "draft", "negotiated", ...; "" before its first state. about: which text of a list or study. */
const char *smk_fold_stood(const struct fold_moment *m, struct smk_bytes kind, const uint8_t *doc,
                           const uint8_t *about);
/* The newest report of a recommendation that had been seen, by its date; NULL when there is none. */
const struct fold_entry *smk_fold_newest_report(const struct fold_moment *m, const uint8_t *recommendation);
/* Whether a document that stands there may be moved on by this rule: COUNTS, PREREQUISITE or STATE. */
enum smk_reason smk_fold_judge_state(const struct smk_policy_rule *rule, const char *stood);
/* Later by the date of the fact, then by time, then by id. */
bool smk_fold_is_newer(const struct smk_fold_entry *a, const struct smk_fold_entry *b);

/* ---- fold_guard.c ---- */

/* What an edit itself must not say: COUNTS, TALLY, LEVEL or CONSENT. */
enum smk_reason smk_fold_check_form(const struct smk_kind *kind, const struct smk_edit *edit);
/* Prerequisite and guards of an edit whose office and area are right. is_first: nothing of the document was there before. is_written: it stands
 * in a log already. */
enum smk_reason smk_fold_judge_text(struct smk_fold *f, const struct smk_policy_rule *rule,
                                    const struct smk_edit *edit, bool is_first, bool is_written);
/* Prerequisite, state, guards of an act whose office and version are right. e NULL: it is not written yet. */
enum smk_reason smk_fold_judge_guards(const struct fold_moment *m, const struct smk_policy_rule *rule,
                                      const struct smk_act *act, const struct smk_scope *scope,
                                      const struct smk_office *office, const struct fold_entry *e);
/* A field of a document as a text has it; of a text without that document, or an empty one, as it stands. Nil is given. */
struct smk_bytes smk_fold_value_in(struct smk_fold *f, const struct fold_doc *doc, struct smk_bytes text,
                                   const char *field);

/* ---- fold_evidence.c ---- */

/* True when the evidence shows that this text of the list was endorsed. */
bool smk_fold_shows_endorsement(struct smk_fold *f, const struct smk_act *act);
/* True when the evidence of a published text shows that what it was taken from was verified. */
bool smk_fold_shows_verification(struct smk_fold *f, const struct smk_edit *edit);

/* fold_act.c. The hash of the document's text as it stands; false when it cannot be made (now): then it is zeros. */
bool smk_fold_about_now(struct smk_fold *f, struct fold_doc *doc, uint8_t ret_about[SMK_HASH_BYTES]);
/* OK, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_fold_judge_acts(struct smk_fold *f);

/* An array of n pointers in the derived arena, never NULL for n 0. */
void *smk_fold_pointers(struct smk_fold *f, size_t n);

#endif
