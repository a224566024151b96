/* tests/support/tidy.h: a plain program of tests that is told to end leaves no folder and no child behind.
 *
 * Shape    SIGHUP, SIGINT and SIGTERM kill all that the program has started, remove one folder, and then end it as they
 *          would have done by themselves. For programs with a main of their own: Criterion catches signals itself.
 * Memory   static.   Secrets  none.   Threads  one tells it; the signal may come in any.
 */
#ifndef SMK_TESTS_SUPPORT_TIDY_H
#define SMK_TESTS_SUPPORT_TIDY_H

/* Once, at the beginning of main, before anything is started. What the program's children start becomes its own when
 * they die. first: NULL, or what the signal calls before anything else; it may call only what a signal handler may. */
void test_tidy_begin(void (*first)(void));

/* From now on this is the folder to remove; NULL: none, or it is to be kept. path: BORROWED until the next call, and
 * read when the signal comes, so it may be told before the folder is made. */
void test_tidy_folder(const char *path);

/* What the signals do, without ending the program: for handlers of other signals. Does nothing in a child. */
void test_tidy_now(void);

#endif
