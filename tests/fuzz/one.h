/* tests/fuzz/one.h: the two functions that libFuzzer calls, and replay.c in its place.
 *
 * Shape    PROGRAM --seeds FOLDER writes the target's seeds and ends; everything else is libFuzzer's or replay.c's.
 * Memory   none kept.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TESTS_FUZZ_ONE_H
#define SMK_TESTS_FUZZ_ONE_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
