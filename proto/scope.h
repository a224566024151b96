/* proto/scope.h: who shares a record.
 *
 * Shape    `gov`, `pub`, `nat`, `prov:NN`, `dm:NNNN`, `org:SLUG`, and `wit:` before one of these.
 * Source   PROTOCOL.md section 4.3.   Memory  by value.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_PROTO_SCOPE_H
#define SMK_PROTO_SCOPE_H

#include "proto/bounds.h"
#include "proto/bytes.h"

enum smk_scope_kind {
    SMK_SCOPE_GOV,
    SMK_SCOPE_PUB,
    SMK_SCOPE_NAT,
    SMK_SCOPE_PROV,
    SMK_SCOPE_DM,
    SMK_SCOPE_ORG,
};

/* Always a valid scope: made by smk_scope_parse or smk_scope_of_* only. */
struct smk_scope {
    char text[SMK_SCOPE_LETTERS_MAX + 1]; /* the whole scope, zero-terminated */
    enum smk_scope_kind kind;             /* of the inner scope */
    bool is_wit;                          /* statements about the inner scope */
};

/* False when text is not a scope; ret_scope is then untouched. */
SMK_MUST_USE bool smk_scope_parse(struct smk_bytes text, struct smk_scope *ret_scope);
/* For literals and names of our own: the text must be a scope. */
struct smk_scope smk_scope_of(const char *text);
struct smk_scope smk_scope_of_org(const char *slug);

bool smk_scope_is_equal(const struct smk_scope *a, const struct smk_scope *b);
int smk_scope_compare(const struct smk_scope *a, const struct smk_scope *b); /* order of the texts */
struct smk_bytes smk_scope_bytes(const struct smk_scope *s);
/* "02" of prov:02, "0201" of dm:0201, "ctod" of org:ctod, "" of the others. BORROWED from s. */
const char *smk_scope_argument(const struct smk_scope *s);

/* `[a-z0-9-]{1,24}` */
bool smk_slug_is_valid(struct smk_bytes text);

/* A short text in fixed memory: slugs, roles, kinds, areas. */
struct smk_slug {
    char text[SMK_SLUG_LETTERS_MAX + 1];
};
/* False when text is longer than 24 bytes or contains a zero. */
SMK_MUST_USE bool smk_slug_copy(struct smk_bytes text, struct smk_slug *ret_slug);

#endif
