/* tests/crash/noted.h: what programs have promised to keep, and whether it is there.
 *
 * Shape    a promise is the id of a record that a program said it wrote, or the place in a log of one that a peer
 *          acknowledged. What is there comes from `samaki export`.
 * Memory   owns JSON objects used as tables: crash_noted_deinit.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_CRASH_NOTED_H
#define SMK_TESTS_CRASH_NOTED_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct crash_noted {
    json_t *id;    /* id -> true */
    json_t *place; /* "scope author incarnation seq" -> true, or the id that is there */
};

void crash_noted_init(struct crash_noted *n);
void crash_noted_deinit(struct crash_noted *n); /* works on a zeroed object */

/* Takes the promise out of a line of `import` or `put`, if there is one in it. */
void crash_noted_add_written(struct crash_noted *n, const json_t *line);
/* Takes the promise out of a line of `sync`, if there is one in it; n is of the node that took. */
void crash_noted_add_acknowledged(struct crash_noted *n, const json_t *line);
/* A line of `export`: a record that is there, with its place. */
void crash_noted_add_held(struct crash_noted *n, const json_t *line);

/* How many records were promised. */
uint64_t crash_noted_count(const struct crash_noted *n);
/* How many of them are not there; says of each on stderr. */
uint64_t crash_noted_count_lost(const struct crash_noted *promised, const struct crash_noted *held);

/* Takes over which id stands at which place; answers at how many places another one was seen before: a log that forked. Says
 * of each on stderr. */
uint64_t crash_noted_count_forks(struct crash_noted *seen, const struct crash_noted *held);

#endif
