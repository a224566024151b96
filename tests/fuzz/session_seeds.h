/* tests/fuzz/session_seeds.h: seeds of the session target, by listening to an honest session in every scene.
 *
 * Memory   none kept.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_FUZZ_SESSION_SEEDS_H
#define SMK_TESTS_FUZZ_SESSION_SEEDS_H

void session_seeds(void);

#endif
