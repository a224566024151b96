/* Somebody at a terminal: runs a command on one, waits for what it says, and types.
 *
 *   at_terminal SCRIPT COMMAND...
 *
 * Each line of SCRIPT: 'wait TEXT' (until the command has said TEXT since the last wait), 'type TEXT' (and Enter), 'press X'
 * (the control key ^X), 'kill' (SIGKILL), 'hang' (the terminal is closed). All that the command said goes to stdout. Ends
 * with the command's exit code, 128 and the number of a signal that ended it, or 100 when it did not say what was waited
 * for within 30 s. */
#define _GNU_SOURCE /* pseudo terminals */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { SAID_MAX = 1 << 20, WAIT_MS = 30 * 1000, FAILED = 100 };

static char said[SAID_MAX + 1];
static size_t said_len, looked;
static int terminal = -1;
static pid_t child;

static void fail(const char *what, const char *detail)
{
    (void)fprintf(stderr, "at_terminal: %s: %s\n", what, detail);
    (void)fwrite(said, 1, said_len, stdout);
    (void)fflush(stdout);
    if (child > 0)
        (void)kill(child, SIGKILL);
    exit(FAILED);
}

static long now_ms(void)
{
    struct timespec t = {0};
    if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
        fail("no clock", strerror(errno));
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void start(char **argv)
{
    terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0)
        fail("no terminal", strerror(errno));
    child = fork();
    if (child < 0)
        fail("fork", strerror(errno));
    if (child > 0)
        return;
    int side = setsid() < 0 ? -1 : open(ptsname(terminal), O_RDWR);
    struct termios how;
    if (side < 0 || ioctl(side, TIOCSCTTY, 0) != 0 || tcgetattr(side, &how) != 0)
        _exit(FAILED);
    how.c_lflag &= ~(tcflag_t)ECHO; /* what is typed is no answer */
    if (tcsetattr(side, TCSANOW, &how) != 0 || dup2(side, 0) < 0 || dup2(side, 1) < 0 || dup2(side, 2) < 0)
        _exit(FAILED);
    (void)close(terminal);
    (void)execv(argv[0], argv);
    _exit(FAILED);
}

/* False when the command has gone and said everything. */
static bool listen_for(int ms)
{
    struct pollfd look = {.fd = terminal, .events = POLLIN};
    if (poll(&look, 1, ms) <= 0)
        return true;
    ssize_t got = read(terminal, said + said_len, SAID_MAX - said_len);
    if (got <= 0)
        return false;
    said_len += (size_t)got;
    said[said_len] = '\0';
    return true;
}

static void wait_for(const char *text)
{
    long until = now_ms() + WAIT_MS;
    for (;;) {
        const char *found = strstr(said + looked, text);
        if (found != NULL) {
            looked = (size_t)(found - said) + strlen(text);
            return;
        }
        if (now_ms() > until || !listen_for(200))
            fail("it did not say", text);
    }
}

static void send_bytes(const char *bytes, size_t len)
{
    if (write(terminal, bytes, len) != (ssize_t)len)
        fail("typing", strerror(errno));
}

static void obey(char *line)
{
    line[strcspn(line, "\n")] = '\0';
    char *rest = strchr(line, ' ');
    const char *text = rest != NULL ? rest + 1 : "";
    size_t len = rest != NULL ? (size_t)(rest - line) : strlen(line);
    if (strncmp(line, "wait", len) == 0) {
        wait_for(text);
    } else if (strncmp(line, "type", len) == 0) {
        send_bytes(text, strlen(text));
        send_bytes("\n", 1);
    } else if (strncmp(line, "press", len) == 0) {
        char key = (char)(text[0] & 0x1f);
        send_bytes(&key, 1);
    } else if (strcmp(line, "kill") == 0) {
        (void)kill(child, SIGKILL);
    } else if (strcmp(line, "hang") == 0) {
        (void)close(terminal);
        terminal = -1;
    } else if (line[0] != '\0' && line[0] != '#') {
        fail("unknown line", line);
    }
}

int main(int argc, char **argv)
{
    char line[4096];
    FILE *script = argc >= 3 ? fopen(argv[1], "r") : NULL;
    if (script == NULL) {
        (void)fprintf(stderr, "usage: at_terminal SCRIPT COMMAND...\n");
        return 2;
    }
    start(argv + 2);
    while (fgets(line, sizeof line, script) != NULL)
        obey(line);
    (void)fclose(script);
    long until = now_ms() + WAIT_MS;
    while (terminal >= 0 && listen_for(200))
        if (now_ms() > until)
            fail("it did not end", "");
    int status = 0;
    if (waitpid(child, &status, 0) != child)
        fail("waitpid", strerror(errno));
    (void)fwrite(said, 1, said_len, stdout);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
