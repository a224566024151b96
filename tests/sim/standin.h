/* tests/sim/standin.h: what stands in the place of signatures, X25519, the wall clock and the kernel's random bytes.
 *
 * Shape    the simulator is linked with --wrap for the functions named in standin.c: calls from proto/ and store/ come
 *          here. In a world with real keys they are passed on; otherwise a signature is a keyed hash whose key only
 *          this file knows, so that inside the process nobody can forge one. Clock and random bytes of store/ always
 *          come from here, so that a world with real stores follows from its seed as well.
 * Memory   one static table of keys, emptied by standin_begin.   Secrets  none: everything follows from the seed.
 * Threads  one in the whole process.
 */
#ifndef SMK_TESTS_SIM_STANDIN_H
#define SMK_TESTS_SIM_STANDIN_H

#include <stdbool.h>
#include <stdint.h>

/* A new world: forgets every key. is_real: Ed25519 and X25519 themselves. */
void standin_begin(uint64_t seed, bool is_real);
/* What smk_wall_ms answers from now on. */
void standin_set_wall(uint64_t wall_ms);

#endif
