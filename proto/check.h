/* proto/check.h: assertions for our own mistakes, always on, in every build.
 *
 * Shape    SMK_ASSERT(cond) stops the process with file, line and text when cond is false. Never on anything
 *          that came from a peer, a disk, a file or the command line: those get an error code.
 * Memory   none.   Secrets  conditions are printed as text, never values.   Threads  any.
 */
#ifndef SMK_PROTO_CHECK_H
#define SMK_PROTO_CHECK_H

/* Prints one line to stderr and aborts. Called through the macros only. */
__attribute__((noreturn, cold)) void smk_assert_fail(const char *cond, const char *file, int line,
                                                     const char *func);

#define SMK_ASSERT(cond) ((cond) ? (void)0 : smk_assert_fail(#cond, __FILE__, __LINE__, __func__))
#define SMK_UNREACHABLE() smk_assert_fail("unreachable", __FILE__, __LINE__, __func__)

#endif
