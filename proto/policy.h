/* proto/policy.h: which office may make, edit and do what, about which area.
 *
 * Shape    one row for each kind of document (its edits) and each act: roles and the rule for the area. Acts about
 *          membership and keys are decisions of governance (PROTOCOL.md section 5) and stand in no row.
 * Source   PROTOCOL.md section 11.4.
 * Memory   static rows; the rest BORROWS for the call.   Secrets  none.   Threads  that of the roster.
 */
#ifndef SMK_PROTO_POLICY_H
#define SMK_PROTO_POLICY_H

#include "proto/roster.h"

/* Why an edit or act does not count: in the order in which it is asked. */
#define SMK_REASON_MAP(X)                                                                       \
    X(COUNTS, "counts", "it counts")                                                            \
    X(NO_PAYLOAD, "no_payload", "its payload is missing here")                                  \
    X(SHAPE, "wrong_shape", "it is not in the form of an edit or act")                          \
    X(NEWER, "newer_version", "it needs a newer Samaki")                                        \
    X(UNKNOWN_KIND, "unknown_kind", "this version knows no such type of document")              \
    X(UNKNOWN_ACT, "unknown_act", "this version knows no such act about this type of document") \
    X(SCOPE, "wrong_scope", "it does not belong into this scope")                               \
    X(OFFICE, "wrong_office", "its log was not opened with this office")                        \
    X(NOT_IN_FORCE, "office_not_in_force", "the office or its organisation is not in force")    \
    X(ROLE, "wrong_role", "the role of this office may not do that")                            \
    X(MEETING, "wrong_meeting", "the office was made for another meeting")                      \
    X(OWNER, "wrong_organisation", "it belongs to another organisation")                        \
    X(AREA, "wrong_area", "the office has no say about this area")                              \
    X(NO_DOCUMENT, "missing_document", "the document it is about is not here")                  \
    X(NO_TEXT, "missing_text", "it does not name the text it is about")                         \
    X(TEXT_NOT_HERE, "text_not_here", "the text it names is not all here")                      \
    X(ABOUT, "wrong_about", "it names another text than it was made for")                       \
    X(HALF, "needs_two_attestors", "the other attestor has not named the same text and page yet")

enum smk_reason {
#define X(name, code, text) SMK_REASON_##name,
    SMK_REASON_MAP(X)
#undef X
};
const char *smk_reason_code(enum smk_reason reason); /* "wrong_area" */
const char *smk_reason_text(enum smk_reason reason);

enum smk_area_rule {
    SMK_AREA_OWN_ORGANISATION,
    SMK_AREA_OWN_ORGANISATION_OR_COALITION,
    SMK_AREA_OWN_AREA_OR_COALITION, /* the area of a meeting; a national one has none, so the coalition's office */
    SMK_AREA_COALITION,             /* an office that covers everything */
    SMK_AREA_OF_LIST,               /* covers the district of the list */
    SMK_AREA_EXACTLY_DISTRICT,      /* is for that district and for nothing else */
    SMK_AREA_PROVINCE_OF_LIST,      /* covers its whole province */
    SMK_AREA_NATIONAL,
    SMK_AREA_OF_SCOPE, /* covers the area that the scope is for */
};

enum { SMK_POLICY_ROLES_MAX = 10 };

struct smk_policy_rule {
    const char *kind; /* type of document */
    const char *act;
    enum smk_area_rule area;
    bool is_edit;                           /* makes or edits the document */
    bool is_wider;                          /* stands in a wider scope than the document (pub) */
    bool is_half;                           /* counts only with its other half (attested) */
    const char *role[SMK_POLICY_ROLES_MAX]; /* ends with NULL unless full */
};

size_t smk_policy_count(void);
const struct smk_policy_rule *smk_policy_at(size_t i);
/* The rule of an act, NULL when there is none. */
const struct smk_policy_rule *smk_policy_act(struct smk_bytes kind, struct smk_bytes act);
/* The rule for edits of a kind, in its own scope or in the wider one; NULL when there is none. */
const struct smk_policy_rule *smk_policy_edit(struct smk_bytes kind, bool is_wider);
bool smk_policy_has_role(const struct smk_policy_rule *rule, const char *role);

/* What is to be judged. */
struct smk_place {
    const char *area;              /* of the document: digits, "" = none or national */
    const struct smk_scope *scope; /* of the record */
    bool is_owner;                 /* the office's organisation owns the document, or makes it */
};

/* COUNTS, ROLE, OWNER or AREA. */
enum smk_reason smk_policy_judge(struct smk_roster *roster, const struct smk_policy_rule *rule,
                                 const struct smk_office *office, const struct smk_place *place);

#endif
