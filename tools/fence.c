#include "tools/fence.h"

#include "tools/cli.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define WHAT "The store file is damaged, or this program has a fault."
#define SAFE "Nothing was written to it; what other nodes have received is safe with them."
#define REMEDY "Run 'samaki audit' to see what is wrong; keep the file, and restore a backup or join again."

static const char sentences[] = "samaki: " WHAT "\n        " SAFE "\n        " REMEDY "\n";
static const char object[] =
    "{\"error\":\"store_damaged\",\"what\":\"" WHAT "\",\"safe\":\"" SAFE "\",\"do\":\"" REMEDY "\"}\n";

static volatile sig_atomic_t is_json_wanted;

/* Only what is allowed in a signal handler. */
static void on_fatal(int signal)
{
    (void)signal;
    ssize_t written = is_json_wanted ? write(STDOUT_FILENO, object, sizeof object - 1)
                                     : write(STDERR_FILENO, sentences, sizeof sentences - 1);
    (void)written;
    _exit(SMK_EXIT_REFUSED);
}

void smk_fence_raise(bool is_json)
{
    is_json_wanted = is_json;
#ifndef __SANITIZE_ADDRESS__ /* the sanitizer wants to see these itself */
    static const int fatal[] = {SIGBUS, SIGSEGV, SIGABRT};
    struct sigaction action = {.sa_handler = on_fatal};
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
        (void)sigaction(fatal[i], &action, NULL); /* cannot fail for these */
#else
    (void)on_fatal;
#endif
}
