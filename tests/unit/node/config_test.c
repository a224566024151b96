#include "node/config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Test(config, takes_addresses_with_a_port_and_nothing_else)
{
    static const struct {
        const char *text;
        bool is_good;
        const char *host, *port, *why;
    } row[] = {
        {"127.0.0.1:4717", true, "127.0.0.1", "4717", "number and port"},
        {"hub.example.org:1", true, "hub.example.org", "1", "name and port"},
        {"[::1]:65535", true, "::1", "65535", "IPv6 in brackets"},
        {"host:0", true, "host", "0", "port 0: the kernel chooses"},
        {"::1:4717", false, "", "", "IPv6 without brackets"},
        {"host", false, "", "", "no port"},
        {"host:", false, "", "", "empty port"},
        {":4717", false, "", "", "empty host"},
        {"host:65536", false, "", "", "port too large"},
        {"host:12a", false, "", "", "letters in the port"},
        {"host:-1", false, "", "", "a sign in the port"},
        {"", false, "", "", "nothing"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_address a = {0};
        cr_assert(eq(int, smk_address_parse(row[i].text, &a), row[i].is_good), "%s", row[i].why);
        if (!row[i].is_good)
            continue;
        cr_assert(eq(int, strcmp(a.host, row[i].host), 0), "%s: host %s", row[i].why, a.host);
        cr_assert(eq(int, strcmp(a.port, row[i].port), 0), "%s: port %s", row[i].why, a.port);
    }
    char longest[400];
    memset(longest, 'a', sizeof longest);
    memcpy(longest + sizeof longest - 6, ":4717", 6);
    struct smk_address a;
    cr_assert(not(smk_address_parse(longest, &a)), "a host of 394 letters");
}

static bool read_text(const char *text, struct smk_config *ret_config)
{
    char path[] = "/tmp/samaki-config-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(ge(int, fd, 0));
    cr_assert(eq(int, (int)write(fd, text, strlen(text)), (int)strlen(text)));
    cr_assert(eq(int, close(fd), 0));
    bool is_good = smk_config_read(path, ret_config);
    cr_assert(eq(int, unlink(path), 0));
    return is_good;
}

Test(config, has_a_default_for_every_key)
{
    struct smk_config c;
    cr_assert(smk_config_read("/nonexistent/samakid.conf", &c));
    cr_assert(c.is_listening);
    cr_assert(eq(int, strcmp(c.listen.text, "0.0.0.0:4717"), 0));
    cr_assert(eq(sz, c.peer_count, 0));
    cr_assert(eq(int, (int)c.log_level, (int)SMK_LOG_INFO));
}

Test(config, reads_a_file_and_names_mistakes)
{
    struct smk_config c;
    cr_assert(read_text("listen = \"none\"\npeers = {\"a:1\", \"b:2\"}\nlog = debug\n", &c));
    cr_assert(not(c.is_listening));
    cr_assert(eq(sz, c.peer_count, 2));
    cr_assert(eq(int, strcmp(c.peer[1].text, "b:2"), 0));
    cr_assert(eq(int, (int)c.log_level, (int)SMK_LOG_DEBUG));
    cr_assert(not(read_text("listen = \"nowhere\"\n", &c)), "an address without a port");
    cr_assert(not(read_text("peers = {\"a\"}\n", &c)), "a peer without a port");
    cr_assert(not(read_text("log = loud\n", &c)), "an unknown level");
    cr_assert(not(read_text("lisen = \"a:1\"\n", &c)), "an unknown key");
    cr_assert(not(read_text("listen = \"a:1\n", &c)), "a string that does not end");
}

Test(config, keeps_the_number_of_peers_bounded)
{
    struct smk_config c = {0};
    for (int i = 0; i < SMK_CONFIG_PEERS_MAX; i++)
        cr_assert(smk_config_add_peer(&c, "h:1"));
    cr_assert(not(smk_config_add_peer(&c, "h:1")));
    cr_assert(eq(sz, c.peer_count, SMK_CONFIG_PEERS_MAX));
}

Test(log, escapes_everything_that_is_not_printable)
{
    int pair[2];
    cr_assert(eq(int, pipe(pair), 0));
    int saved = dup(STDERR_FILENO);
    cr_assert(eq(int, dup2(pair[1], STDERR_FILENO), STDERR_FILENO));
    cr_assert(eq(int, unsetenv("JOURNAL_STREAM"), 0));
    smk_log_line(SMK_LOG_INFO, "name %s", "a\nERROR fake\x1b[2J\xe1\x9e\x80");
    char long_text[2000];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    smk_log_line(SMK_LOG_WARNING, "%s", long_text);
    smk_log_line(SMK_LOG_DEBUG, "below the level");
    cr_assert(eq(int, dup2(saved, STDERR_FILENO), STDERR_FILENO));
    cr_assert(eq(int, close(pair[1]), 0));
    char got[4096] = "";
    ssize_t len = read(pair[0], got, sizeof got - 1);
    cr_assert(gt(int, (int)len, 0));
    const char *first = "INFO name a\\x0aERROR fake\\x1b[2J\\xe1\\x9e\\x80\n";
    cr_assert(eq(int, strncmp(got, first, strlen(first)), 0), "%s", got);
    cr_assert(eq(int, strncmp(got + strlen(first), "WARNING xxx", 11), 0));
    cr_assert(eq(int, (int)len, (int)(strlen(first) + strlen("WARNING ") + 511 + 1)),
              "cut at 511 letters, one line");
}

Test(log, what_repeats_is_told_once_a_while)
{
    struct smk_log_pace pace = {0};
    cr_assert(smk_log_is_due(&pace, 1000));
    cr_assert(not(smk_log_is_due(&pace, 1001)));
    cr_assert(not(smk_log_is_due(&pace, 1000 + SMK_LOG_PACE_MS - 1)));
    cr_assert(smk_log_is_due(&pace, 1000 + SMK_LOG_PACE_MS));
    cr_assert(not(smk_log_is_due(&pace, 1001 + SMK_LOG_PACE_MS)));
}
