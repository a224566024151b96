#include "tools/line.h"

#include "proto/khmer.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const int ends[] = {SIGINT, SIGHUP, SIGTERM, SIGQUIT};
enum { ENDS = sizeof ends / sizeof ends[0] };

static volatile sig_atomic_t has_ended;
static struct sigaction before[ENDS];

static void note_end(int number)
{
    (void)number;
    has_ended = 1;
}

void smk_line_begin(void)
{
    struct sigaction action = {.sa_handler = note_end}; /* no SA_RESTART: the reading shall end */
    has_ended = 0;
    for (size_t i = 0; i < ENDS; i++)
        (void)sigaction(ends[i], &action, &before[i]); /* the numbers are good */
}

void smk_line_end(void)
{
    for (size_t i = 0; i < ENDS; i++)
        (void)sigaction(ends[i], &before[i], NULL); /* likewise */
}

bool smk_line_is_terminal(void)
{
    return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
}

/* White space and what cannot be seen goes from both ends. */
static void trim(char *line)
{
    size_t len = strlen(line), first = 0;
    while (len > 0 && strchr(" \t\r\n", line[len - 1]) != NULL)
        line[--len] = '\0';
    while (strchr(" \t", line[first]) != NULL && line[first] != '\0')
        first++;
    memmove(line, line + first, len - first + 1);
}

/* A terminal gives a line at a time. */
bool smk_line_read(const char *prompt, char ret_line[SMK_LINE_BYTES_MAX], bool *ret_is_cut)
{
    size_t len = 0;
    bool is_whole = false;
    *ret_is_cut = false;
    (void)fputs(prompt, stdout);
    (void)fflush(stdout);
    while (!is_whole && has_ended == 0) {
        char c;
        ssize_t got = read(STDIN_FILENO, &c, 1);
        if (got == 0 || (got < 0 && (errno != EINTR || has_ended != 0)))
            return false;
        if (got < 0)
            continue;
        is_whole = c == '\n';
        *ret_is_cut = *ret_is_cut || (!is_whole && len + 1 >= SMK_LINE_BYTES_MAX);
        if (!is_whole && len + 1 < SMK_LINE_BYTES_MAX && c != '\0')
            ret_line[len++] = c;
    }
    ret_line[len] = '\0';
    if (*ret_is_cut)
        ret_line[smk_cluster_fit(smk_bytes_of_text(ret_line), SMK_LINE_BYTES_MAX - 8, SIZE_MAX)] = '\0';
    trim(ret_line);
    return has_ended == 0;
}
