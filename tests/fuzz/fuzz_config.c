/* Target: samakid.conf, the addresses in it, and what the daemon's log makes of what it quotes.
 * Input: which; 0 the file; 1 an address; 2 a line for the log (level, text). */
#include "node/config.h"
#include "node/log.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/scratch.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES_MAX = 16 + 4 * 512 };

/* The text with a zero behind it, up to its first zero. GIVES. */
static char *text_of(struct smk_bytes bytes)
{
    char *text = malloc(bytes.len + 1);
    SMK_ASSERT(text != NULL);
    if (bytes.len > 0)
        memcpy(text, bytes.data, bytes.len);
    text[bytes.len] = '\0';
    return text;
}

/* Lines of plain ASCII that end, whatever was quoted in them. Returns how many there are. */
static size_t check_lines(const char *said, size_t len)
{
    size_t lines = 0, start = 0;
    for (size_t i = 0; i < len && said[i] != '\0'; i++) {
        SMK_ASSERT(said[i] == '\n' || (said[i] >= ' ' && said[i] <= '~'));
        if (said[i] != '\n')
            continue;
        SMK_ASSERT(i + 1 - start <= LINE_BYTES_MAX);
        start = i + 1;
        lines++;
    }
    return lines;
}

static void check_address(const struct smk_address *a)
{
    struct smk_address again;
    SMK_ASSERT(a->host[0] != '\0');
    SMK_ASSERT(strspn(a->port, "0123456789") == strlen(a->port));
    SMK_ASSERT(a->port[0] != '\0');
    SMK_ASSERT(strtoul(a->port, NULL, 10) <= 65535);
    SMK_ASSERT(smk_address_parse(a->text, &again));
    SMK_ASSERT(strcmp(a->host, again.host) == 0);
    SMK_ASSERT(strcmp(a->port, again.port) == 0);
}

static void try_file(struct smk_bytes bytes)
{
    static struct smk_config c, untouched;
    static char said[65536];
    memset(&c, 0xa5, sizeof c);
    untouched = c;
    const char *path = scratch_write("samakid.conf", bytes);
    scratch_hush();
    bool is_good = smk_config_read(path, &c);
    size_t len = scratch_hear(said, sizeof said);
    SMK_ASSERT(len < sizeof said);
    size_t lines = check_lines(said, len);
    if (!is_good) {
        SMK_ASSERT(memcmp(&c, &untouched, sizeof c) == 0);
        SMK_ASSERT(lines >= 1);
        return;
    }
    SMK_ASSERT(c.peer_count <= SMK_CONFIG_PEERS_MAX);
    SMK_ASSERT(c.log_level <= SMK_LOG_DEBUG);
    if (c.is_listening)
        check_address(&c.listen);
    for (size_t i = 0; i < c.peer_count; i++)
        check_address(&c.peer[i]);
}

static void try_address(struct smk_bytes bytes)
{
    struct smk_address a, untouched;
    char *text = text_of(bytes);
    memset(&a, 0xa5, sizeof a);
    untouched = a;
    if (smk_address_parse(text, &a))
        check_address(&a);
    else
        SMK_ASSERT(memcmp(&a, &untouched, sizeof a) == 0);
    free(text);
}

static void try_log(enum smk_log_level level, struct smk_bytes bytes)
{
    char said[2 * LINE_BYTES_MAX];
    char *text = text_of(bytes);
    smk_log_set_level(SMK_LOG_DEBUG);
    scratch_hush();
    smk_log_line(level, "%s", text);
    size_t len = scratch_hear(said, sizeof said);
    SMK_ASSERT(check_lines(said, len) == 1);
    SMK_ASSERT(len <= LINE_BYTES_MAX);
    SMK_ASSERT(said[len - 1] == '\n');
    free(text);
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    switch (fuzz_below(&in, 3)) {
    case 0: try_file(fuzz_rest(&in)); break;
    case 1: try_address(fuzz_rest(&in)); break;
    default: {
        enum smk_log_level level = (enum smk_log_level)fuzz_below(&in, SMK_LOG_DEBUG + 1);
        try_log(level, fuzz_rest(&in));
    }
    }
}

void fuzz_seeds(void)
{
    static const struct {
        const char *name;
        uint8_t which;
        const char *text;
    } seed[] = {
        {"all-keys", 0,
         "listen = \"0.0.0.0:4717\"\npeers = {\"hub.example:4717\", \"[::1]:1\"}\nlog = debug\n"},
        {"off", 0, "# nobody calls\nlisten = \"\"\n"},
        {"unknown-key", 0, "colour = red\n"},
        {"include", 0, "include(\"/etc/passwd\")\n"},
        {"quotes", 0, "log = \"in\\x66o\"\npeers += {'a:1'}\n"},
        {"environment", 0, "listen = ${HOME}\n"},
        {"name", 1, "hub.example:4717"},
        {"number", 1, "[fe80::1%eth0]:65535"},
        {"log", 2, "\x01peer \x1b[31m says\n2026"},
    };
    for (size_t i = 0; i < sizeof seed / sizeof seed[0]; i++)
        fuzz_seed(seed[i].name, (struct smk_bytes){&seed[i].which, 1}, smk_bytes_of_text(seed[i].text));
}
