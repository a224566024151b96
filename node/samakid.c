/* node/samakid.c: the daemon: reads its options, opens its home, runs the node until it is told to stop. */
#include "node/node.h"
#include "proto/check.h"
#include "proto/hash.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_DAMAGED = 70, EXIT_TRY_AGAIN = 75 };

static const char usage[] =
    "usage: samakid [--home DIR] [--listen HOST:PORT|none] [--peer HOST:PORT]...\n"
    "Runs the node whose home is DIR (or $SAMAKI_HOME, $XDG_DATA_HOME/samaki, ~/.local/share/samaki).\n"
    "  --listen   where other nodes reach this one; default from HOME/samakid.conf, else 0.0.0.0:4717\n"
    "  --peer     keep a session with this node; may be given several times\n"
    "Found a coalition first with `samaki init`, or join one with `samaki join`.\n";

struct options {
    char home[SMK_HOME_PATH_MAX];
    const char *listen;
    const char *peer[SMK_CONFIG_PEERS_MAX];
    size_t peer_count;
};

static bool default_home(char ret_home[SMK_HOME_PATH_MAX])
{
    const char *samaki = getenv("SAMAKI_HOME"), *xdg = getenv("XDG_DATA_HOME"), *user = getenv("HOME");
    int len = -1;
    if (samaki != NULL && samaki[0] != '\0')
        len = snprintf(ret_home, SMK_HOME_PATH_MAX, "%s", samaki);
    else if (xdg != NULL && xdg[0] != '\0')
        len = snprintf(ret_home, SMK_HOME_PATH_MAX, "%s/samaki", xdg);
    else if (user != NULL && user[0] != '\0')
        len = snprintf(ret_home, SMK_HOME_PATH_MAX, "%s/.local/share/samaki", user);
    return len > 0 && len < SMK_HOME_PATH_MAX;
}

/* Returns -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {{"home", required_argument, NULL, 'h'},
                                          {"listen", required_argument, NULL, 'l'},
                                          {"peer", required_argument, NULL, 'p'},
                                          {"help", no_argument, NULL, 'H'},
                                          {0}};
    bool has_home = default_home(o->home);
    int letter;
    while ((letter = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (letter == 'h') {
            has_home = snprintf(o->home, sizeof o->home, "%s", optarg) < SMK_HOME_PATH_MAX;
        } else if (letter == 'l') {
            o->listen = optarg;
        } else if (letter == 'p' && o->peer_count < SMK_CONFIG_PEERS_MAX) {
            o->peer[o->peer_count++] = optarg;
        } else {
            fputs(usage, letter == 'H' ? stdout : stderr);
            return letter == 'H' ? 0 : EXIT_USAGE;
        }
    }
    if (optind != argc || !has_home) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    return -1;
}

static bool configure(const struct options *o, struct smk_config *c)
{
    char path[SMK_HOME_PATH_MAX];
    if (!smk_home_join(o->home, "samakid.conf", path) || !smk_config_read(path, c))
        return false;
    smk_log_set_level(c->log_level);
    if (o->listen != NULL) {
        c->is_listening = strcmp(o->listen, "none") != 0;
        if (c->is_listening && !smk_address_parse(o->listen, &c->listen)) {
            smk_log_line(SMK_LOG_ERROR, "--listen wants HOST:PORT or none, not %s", o->listen);
            return false;
        }
    }
    for (size_t i = 0; i < o->peer_count; i++) {
        if (!smk_config_add_peer(c, o->peer[i])) {
            smk_log_line(SMK_LOG_ERROR, "--peer wants HOST:PORT, not %s", o->peer[i]);
            return false;
        }
    }
    return true;
}

static void end_with(const char *line, size_t len)
{
    ssize_t written = write(STDERR_FILENO, line, len);
    (void)written;
    _exit(EXIT_DAMAGED);
}

/* The store file was cut short or its disk fails under the map: nothing can be read safely any more. */
static void on_damage(int signal)
{
    static const char line[] =
        "ERROR the store file cannot be read (disk error, or the file was cut short); what was "
        "acknowledged before is on other nodes too; run `samaki audit`\n";
    (void)signal;
    end_with(line, sizeof line - 1);
}

/* An assertion failed, here or in the library that reads the file: the line before this one says which. */
static void on_fault(int signal)
{
    static const char line[] =
        "ERROR samakid found a fault in itself or in its store file and stopped; what was acknowledged "
        "before is safe; start it again, run `samaki audit`, and report the line above\n";
    (void)signal;
    end_with(line, sizeof line - 1);
}

static void harden(void)
{
    struct rlimit no_core = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &no_core); /* keys must not end in a core file; a refusal changes nothing */
#ifndef __SANITIZE_ADDRESS__                /* the leak check of the test build attaches to the process */
    (void)prctl(PR_SET_DUMPABLE, 0);
#endif
    struct sigaction ignore = {.sa_handler = SIG_IGN}, damage = {.sa_handler = on_damage},
                     fault = {.sa_handler = on_fault};
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)sigaction(SIGXFSZ, &ignore, NULL); /* a limit on the size of files is an error like a full disk */
    (void)sigaction(SIGBUS, &damage, NULL);
    (void)sigaction(SIGABRT, &fault, NULL);
#ifndef __SANITIZE_ADDRESS__ /* the sanitizer wants to see this itself */
    (void)sigaction(SIGSEGV, &damage, NULL);
#endif
}

/* One daemon a home: the lock is held until the process ends, however it ends. */
static bool lock_daemon(const char *home)
{
    char path[SMK_HOME_PATH_MAX];
    if (smk_home_join(home, "run", path))
        (void)mkdir(path, 0700); /* it may have been deleted; opening the lock tells whether it is there */
    if (!smk_home_join(home, "run/samakid.lock", path))
        return false;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    smk_log_line(SMK_LOG_ERROR,
                 "samakid is already running on the home %s, or run/samakid.lock cannot be made", home);
    return false;
}

static int home_failed(enum smk_err err, const char *path)
{
    smk_log_line(SMK_LOG_ERROR, "cannot open the home %s: %s%s", path, smk_err_text(err),
                 err == SMK_ERR_STORE_MISSING
                     ? "; found a coalition with `samaki init` or join one with `samaki join`"
                     : "");
    return err == SMK_ERR_STORE_BUSY ? EXIT_TRY_AGAIN : EXIT_REFUSED;
}

/* Something cannot be waited for. Like any sudden end this loses nothing that was acknowledged. */
static void leave(struct smk_node *node, int code)
{
    smk_log_line(SMK_LOG_INFO, "stopped, without waiting for %s",
                 node->is_writer_busy ? "the disk" : "the name of a peer to be looked up");
    if (!node->is_writer_busy) {
        smk_store_view_free(node->view);
        smk_home_close(&node->home);
    }
    _exit(code);
}

static int run(struct smk_node *node)
{
    if (uv_loop_init(&node->loop) != 0)
        return EXIT_REFUSED;
    bool has_started = smk_node_start(node);
    if (has_started && uv_run(&node->loop, UV_RUN_DEFAULT) != 0) /* 0 when every handle is closed */
        leave(node, node->has_failed ? EXIT_TRY_AGAIN : 0);
    smk_store_view_free(node->view);
    if (!has_started)
        return EXIT_REFUSED; /* handles of a half-started node end with the process */
    int answer = uv_loop_close(&node->loop);
    SMK_ASSERT(answer == 0);
    smk_log_line(SMK_LOG_INFO, "stopped");
    return node->has_failed ? EXIT_TRY_AGAIN : 0;
}

int main(int argc, char **argv)
{
    static struct smk_node node; /* large, and zero */
    struct options options = {0};
    int code = read_options(argc, argv, &options);
    if (code >= 0)
        return code;
    harden();
    enum smk_err err = smk_crypto_start();
    if (err != SMK_OK) {
        smk_log_line(SMK_LOG_ERROR, "%s: install libsodium again", smk_err_text(err));
        return EXIT_REFUSED;
    }
    if (!configure(&options, &node.config))
        return EXIT_USAGE;
    err = smk_home_open(options.home, &node.home);
    if (err == SMK_OK && !node.home.has_identity)
        err = SMK_ERR_KEY_FILE;
    if (err != SMK_OK)
        return home_failed(err, options.home);
    code = lock_daemon(options.home) ? run(&node) : EXIT_TRY_AGAIN;
    smk_home_close(&node.home);
    return code;
}
