/* tests/sim/papers.h: the documents of a world: of each scope a few, which everybody who holds it writes again and again.
 *
 * Shape    a paper has a number in its scope; kind and id follow from both. What is published keeps its id.
 * Source   PROTOCOL.md sections 10, 11 (which kind lives where, what an edit has to say).
 * Memory   caller's buffers.   Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SIM_PAPERS_H
#define SMK_TESTS_SIM_PAPERS_H

#include "proto/payload.h"
#include "tests/sim/world.h"

enum {
    PAPERS = 6, /* of one scope */
    PAPER_PROVINCIAL_MEETING = 2,
    PAPER_NATIONAL_MEETING = 3,
    PAPER_PUBLISHED =
        4, /* from here on pub has what was published of province 02: a study, a report of studies */
};

/* "joint_list"; "note", a kind that no version knows, where nothing else fits. */
const char *paper_kind(const struct smk_scope *scope, uint64_t number);
void paper_id(const struct smk_scope *scope, uint64_t number, uint8_t ret_id[SMK_DOC_ID_BYTES]);
/* Whether it is for the people at n to write it under that office, by what their node knows: the policy lets them, and it
 * is not published. A hub plans its workshops, and leaves the meetings of districts, which it may have to close, to others. */
bool paper_is_for(const struct node *n, const struct smk_scope *scope, uint64_t number,
                  struct smk_bytes office);
/* Appends the fields of an edit by the people of n: what the kind needs, a few values on which writers disagree, sometimes
 * a long text. */
void paper_fields(struct world *w, const struct node *n, const struct smk_scope *scope, uint64_t number,
                  struct smk_buf *b);

#endif
