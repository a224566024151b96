/* tests/fault/partner.h: the other node of a session, in a thread of its own in which nothing ever fails.
 *
 * Shape    talks by tools/link.h, over one line or with one caller after the other.
 * Memory   BORROWS the home, which is open.   Secrets  those of the home.   Threads  one of its own.
 */
#ifndef SMK_TESTS_FAULT_PARTNER_H
#define SMK_TESTS_FAULT_PARTNER_H

#include "store/home.h"

#include <pthread.h>

struct partner {
    struct smk_home *home;
    bool is_initiator;
    int fd; /* the line, or the listener */
    bool is_listening;
    int stop[2]; /* a pipe: closing its end [1] ends the listening */
    pthread_t thread;
    enum smk_err err; /* of the newest session */
};

/* Talks once over fd, which it closes. */
void partner_talk(struct partner *p, struct smk_home *home, int fd, bool is_initiator);
/* Answers everybody who calls; ret_address: "127.0.0.1:PORT". */
void partner_listen(struct partner *p, struct smk_home *home, char ret_address[32]);
/* Waits until the session is over: whoever talked with it has hung up. What the newest session answered. */
enum smk_err partner_end(struct partner *p);

#endif
