#include "tools/fence.h"

#include "tools/cli.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define DAMAGE "The store file is damaged, or this program has a fault."
#define FAULT "This program found a fault in itself or in the store file, and stopped."
#define SAFE "Nothing was written to it; what other nodes have received is safe with them."
#define REMEDY "Run 'samaki audit' to see what is wrong; keep the file, and restore a backup or join again."
#define REPORT \
    "Try once more. If it happens again, run 'samaki audit', and report what was done and said here."

#define SENTENCES(what, todo) "samaki: " what "\n        " SAFE "\n        " todo "\n"
#define OBJECT(error, what, todo) \
    "{\"error\":\"" error "\",\"what\":\"" what "\",\"safe\":\"" SAFE "\",\"do\":\"" todo "\"}\n"

static const char damage_sentences[] = SENTENCES(DAMAGE, REMEDY);
static const char damage_object[] = OBJECT("store_damaged", DAMAGE, REMEDY);
static const char fault_sentences[] = SENTENCES(FAULT, REPORT);
static const char fault_object[] = OBJECT("fault", FAULT, REPORT);

static volatile sig_atomic_t is_json_wanted;

/* Only what is allowed in a signal handler. */
static void on_damage(int signal)
{
    (void)signal;
    ssize_t written = is_json_wanted ? write(STDOUT_FILENO, damage_object, sizeof damage_object - 1)
                                     : write(STDERR_FILENO, damage_sentences, sizeof damage_sentences - 1);
    (void)written;
    _exit(SMK_EXIT_REFUSED);
}

/* An assertion failed, ours or one of the library that reads the file; it has said which. */
static void on_fault(int signal)
{
    (void)signal;
    ssize_t written = is_json_wanted ? write(STDOUT_FILENO, fault_object, sizeof fault_object - 1)
                                     : write(STDERR_FILENO, fault_sentences, sizeof fault_sentences - 1);
    (void)written;
    _exit(SMK_EXIT_REFUSED);
}

void smk_fence_raise(bool is_json)
{
    is_json_wanted = is_json;
#ifndef __SANITIZE_ADDRESS__ /* the sanitizer wants to see these itself */
    struct sigaction damage = {.sa_handler = on_damage}, fault = {.sa_handler = on_fault};
    (void)sigaction(SIGBUS, &damage, NULL); /* none of these can fail */
    (void)sigaction(SIGSEGV, &damage, NULL);
    (void)sigaction(SIGABRT, &fault, NULL);
#else
    (void)on_damage;
    (void)on_fault;
#endif
}
