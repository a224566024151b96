/* tests/support/session_fixture.h: a node of the secretariat with something to share, and somebody who is invited.
 *
 * Shape    the node holds `gov` with every device of the test world, and one log of `pub`; it has invited a
 *          newcomer to `ctod` as `ctod-editor`.
 * Memory   owned by the struct.   Secrets  none.   Threads  one at a time.
 */
#ifndef SMK_TESTS_SUPPORT_SESSION_FIXTURE_H
#define SMK_TESTS_SUPPORT_SESSION_FIXTURE_H

#include "tests/support/puppet.h"

struct session_fixture {
    struct test_world w;
    struct memory_node node;
    struct test_device newcomer; /* certified by nobody */
    struct memory_node joiner;   /* of the newcomer; knows the genesis alone */
    struct smk_invitation invitation;
};

void session_fixture_init(struct session_fixture *f);
void session_fixture_deinit(struct session_fixture *f);

/* Certifies the newcomer as this and appends the welcome. */
void session_fixture_welcome(struct session_fixture *f, const char *org, const char *offices,
                             struct smk_buf *b);

#endif
