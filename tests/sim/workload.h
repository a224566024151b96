/* tests/sim/workload.h: what the people of a world write.
 *
 * Shape    edits and acts of real types of documents, most of which count, into scopes that the node holds; they build
 *          on records that it has seen.
 * Memory   caller's buffers.   Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SIM_WORKLOAD_H
#define SMK_TESTS_SIM_WORKLOAD_H

#include "tests/sim/world.h"

/* A scope that the node holds; scope_count when it holds none. */
size_t workload_scope(struct world *w, struct node *n);
/* Appends a payload for the scope, of an edit or of an act that does not count. */
void workload_payload(struct world *w, const struct node *n, const struct smk_scope *scope, uint64_t type,
                      struct smk_buf *payload);
/* One record, anywhere or in one scope. */
void workload_write(struct world *w, struct node *n);
void workload_write_to(struct world *w, struct node *n, size_t scope);
/* An edit in that scope and no other; false when the node cannot write it. */
bool workload_edit(struct world *w, struct node *n, size_t scope);
/* Somebody writes at the node now, and will again. */
void workload_due(struct world *w, const struct event *e);

#endif
