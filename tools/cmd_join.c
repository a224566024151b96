#include "tools/args.h"
#include "tools/outcome.h"
#include "tools/show.h"
#include "tools/when.h"

#include "proto/mem.h"
#include "store/govern.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { CONNECT_MS = 10 * 1000, PATIENCE_MS = 10 * 1000, PASTED_BYTES_MAX = 64 * 1024 };

/* ---- the text ---- */

static bool read_stream(FILE *file, struct smk_buf *text)
{
    char piece[4096];
    size_t count;
    while (text->err == SMK_OK && (count = fread(piece, 1, sizeof piece, file)) > 0) /* it may have no end */
        smk_buf_write(text, piece, count);
    smk_mem_wipe(piece, sizeof piece);
    return ferror(file) == 0 && text->err == SMK_OK;
}

static bool is_of_stdin(char **words, int count)
{
    return count == 1 && strcmp(words[0], "-") == 0;
}

/* True when there may be a text; else *ret_err is OK where the words are to blame. */
static bool read_source(char **words, int count, struct smk_buf *text, enum smk_err *ret_err)
{
    *ret_err = SMK_OK;
    if (is_of_stdin(words, count))
        return read_stream(stdin, text);
    if (count == 1 && words[0][0] == '@') {
        FILE *file = fopen(words[0] + 1, "re");
        bool is_read = file != NULL && read_stream(file, text);
        if (!is_read && (errno == EMFILE || errno == ENFILE || errno == EIO))
            *ret_err = SMK_ERR_IO; /* the machine, not the name */
        if (file != NULL)
            (void)fclose(file);
        return is_read;
    }
    for (int i = 0; i < count; i++) { /* a text pasted with line breaks arrives as several words */
        size_t len = strlen(words[i]);
        smk_buf_write(text, words[i], len);
        smk_mem_wipe(words[i], len); /* other users can see the words of a process */
    }
    return text->err == SMK_OK;
}

static enum smk_exit fail_source(struct smk_cli *cli, char **words, int count, const struct smk_buf *text,
                                 enum smk_err err)
{
    struct smk_shown shown;
    if (text->err == SMK_ERR_NOMEM || err != SMK_OK)
        return smk_cli_fail_err(cli, err != SMK_OK ? err : text->err, "reading the invitation");
    if (is_of_stdin(words, count))
        (void)smk_args_refuse(cli, "The invitation could not be read from standard input.");
    else if (count == 1 && words[0][0] == '@')
        (void)smk_args_refuse(cli, "The file %s could not be read.", smk_text_shown(words[0] + 1, &shown));
    else
        (void)smk_args_refuse(cli, "That is too long for an invitation.");
    return SMK_EXIT_USAGE;
}

enum { PIECES_MAX = 256 };

/* A pasted text without what chat, mail and shells put around and into it: quotes, '>', line breaks, words before it.
 * Where words were that may stand behind it, ascending. */
struct pieces {
    size_t end[PIECES_MAX];
    size_t count;
};

static void trim_pasted(struct smk_buf *text, struct pieces *ret_pieces)
{
    static const char mark[] = "samaki1:";
    size_t from = 0, len = 0;
    while (from + sizeof mark - 1 <= text->len && memcmp(text->data + from, mark, sizeof mark - 1) != 0)
        from++;
    if (from + sizeof mark - 1 > text->len)
        return;
    for (size_t i = from; i < text->len; i++) {
        if (memchr("\"'`<>.,;) \t\r\n", text->data[i], 13) == NULL && text->data[i] < 0x80)
            text->data[len++] = text->data[i];
        else if (ret_pieces->count < PIECES_MAX &&
                 (ret_pieces->count == 0 || ret_pieces->end[ret_pieces->count - 1] != len))
            ret_pieces->end[ret_pieces->count++] = len;
    }
    text->len = len;
}

/* The whole text, or what remains when words behind it are left out one after the other. */
static enum smk_err parse_pasted(struct smk_buf *text, struct smk_invitation *ret_inv)
{
    struct pieces pieces = {.count = 0};
    trim_pasted(text, &pieces);
    enum smk_err err = smk_invitation_parse(smk_buf_view(text), ret_inv);
    for (size_t i = pieces.count; i-- > 0 && err == SMK_ERR_INVALID;)
        err = smk_invitation_parse((struct smk_bytes){text->data, pieces.end[i]}, ret_inv);
    return err;
}

static enum smk_exit fail_text(struct smk_cli *cli, enum smk_err err)
{
    if (err != SMK_ERR_INVALID)
        return smk_cli_fail_err(cli, err, "reading the invitation");
    return smk_cli_fail(
        cli, SMK_EXIT_USAGE, "bad_text", "That is not an invitation, or a letter of it is wrong or missing.",
        "Nothing was done.",
        "It begins with samaki1: and has to be whole; put it into a file and say: samaki join @FILE");
}

static enum smk_exit read_invitation(struct smk_cli *cli, int argc, char **argv,
                                     struct smk_invitation *ret_inv)
{
    struct smk_buf text = {.max = PASTED_BYTES_MAX};
    if (argc < 2)
        return smk_cli_usage(cli, NULL, NULL);
    if (strcmp(argv[1], "--") == 0 && argc > 2) {
        argv++;
        argc--;
    }
    if (argv[1][0] == '-' && argv[1][1] != 0)
        return smk_cli_usage(cli, NULL, NULL);
    enum smk_exit code;
    enum smk_err err;
    if (read_source(argv + 1, argc - 1, &text, &err)) {
        err = parse_pasted(&text, ret_inv);
        code = err == SMK_OK ? SMK_EXIT_DONE : fail_text(cli, err);
    } else {
        code = fail_source(cli, argv + 1, argc - 1, &text, err);
    }
    smk_buf_deinit(&text);
    return code;
}

/* ---- being admitted ---- */

static enum smk_exit fail_admission(struct smk_cli *cli, const struct smk_invitation *inv,
                                    const struct smk_link_result *result)
{
    struct smk_when expired;
    char what[256];
    bool is_closed = result->err == SMK_ERR_CUT_LINE || result->err == SMK_ERR_BAD_INVITATION ||
                     result->err == SMK_ERR_PEER_ERROR;
    if (!is_closed && result->err != SMK_OK)
        return smk_cli_fail_err(cli, result->err, "talking to the inviting node");
    if (smk_wall_ms() > inv->expires_ms) {
        (void)snprintf(what, sizeof what, "The invitation has expired (%s).",
                       smk_when_shown(inv->expires_ms, &expired));
        return smk_cli_fail(cli, SMK_EXIT_REFUSED, "bad_invitation", what, "Nothing was joined.",
                            "Ask for a new invitation; if it is new, set this machine's clock.");
    }
    return smk_cli_fail(
        cli, SMK_EXIT_REFUSED, "bad_invitation",
        "The inviting node closed the line without an answer: the invitation may be used up by another "
        "device, expired or withdrawn, or the line was cut.",
        "Nothing was joined; the keys of this device are kept for another try.",
        "Try once more; if that fails too, ask for a new invitation.");
}

static enum smk_exit fail_reach(struct smk_cli *cli, const struct smk_invitation *inv, enum smk_reach reach)
{
    struct smk_shown address;
    char what[1024];
    (void)snprintf(what, sizeof what, "The inviting node at %s cannot be reached: %s.",
                   smk_text_shown(inv->address, &address), smk_reach_text(reach));
    return smk_cli_fail(
        cli, SMK_EXIT_TRY_AGAIN, "unreachable", what, "The invitation is not used up.",
        "Check that samakid runs there and that this machine has a network, then join again.");
}

/* Gets the welcome and makes the store of it. */
static enum smk_exit be_admitted(struct smk_cli *cli, struct smk_home *home, const struct smk_invitation *inv)
{
    struct smk_link_options options = {.home = home, .is_initiator = true, .join = inv};
    SMK_CLEANUP(smk_link_result_deinit) struct smk_link_result result = {0};
    char path[SMK_HOME_PATH_MAX];
    int fd;
    if (!smk_home_join(home->path, "store", path))
        return smk_cli_fail_err(cli, SMK_ERR_TOO_BIG_HERE, "making the home");
    memcpy(options.expected_transport, inv->transport_key, SMK_KEY_BYTES);
    enum smk_reach reach = smk_link_reach(inv->address, CONNECT_MS, PATIENCE_MS, &fd);
    if (reach != SMK_REACH_OK)
        return fail_reach(cli, inv, reach);
    enum smk_err err = smk_link_talk(fd, &options, &result);
    (void)close(fd);
    if (err != SMK_OK)
        return smk_cli_fail_err(cli, err, "talking to the inviting node");
    if (result.welcome.len == 0)
        return fail_admission(cli, inv, &result);
    err = smk_store_create_welcomed(path, smk_buf_view(&result.welcome));
    return err == SMK_OK ? SMK_EXIT_DONE : smk_cli_fail_err(cli, err, "making the store");
}

/* ---- joined ---- */

static enum smk_exit tell(struct smk_cli *cli, struct smk_home *home, const struct smk_outcome *outcome)
{
    struct smk_roster *roster;
    struct smk_shown name, offices;
    enum smk_err err = smk_store_roster(home->store, &roster);
    if (err != SMK_OK)
        return smk_cli_fail_err(cli, err, "reading who belongs to the coalition");
    const struct smk_genesis *genesis = smk_roster_genesis(roster);
    const uint8_t *key = home->identity.sign.public_key;
    const struct smk_device *device = smk_roster_device(roster, key);
    const char *organisation = device != NULL ? device->org.text : NULL;
    const struct smk_slug *office = device != NULL ? device->office : NULL;
    size_t office_count = device != NULL ? device->office_count : 0;
    smk_cli_say(cli, "Joined '%s' as a device of %s (%s).", smk_text_shown(genesis->name, &name),
                organisation != NULL ? organisation : "nobody",
                smk_show_slugs(office, office_count, &offices));
    if (cli->is_json)
        smk_cli_json(cli,
                     json_pack("{s:b, s:o, s:o, s:s?, s:o, s:o, s:o}", "joined", 1, "coalition",
                               smk_json_hex((struct smk_bytes){smk_roster_coalition(roster), SMK_ID_BYTES}),
                               "name", smk_json_text(smk_bytes_of_text(genesis->name)), "organisation",
                               organisation, "device", smk_json_hex((struct smk_bytes){key, SMK_KEY_BYTES}),
                               "offices", smk_show_slugs_json(office, office_count), "sync",
                               smk_outcome_json(outcome)));
    else
        smk_outcome_say(cli, outcome);
    smk_roster_free(roster);
    return SMK_EXIT_DONE;
}

static bool holds_office(const struct smk_device *device, const struct smk_slug *office)
{
    for (size_t i = 0; i < device->office_count; i++)
        if (strcmp(device->office[i].text, office->text) == 0)
            return true;
    return false;
}

/* The same invitation again is fine: the line may have been cut. Another one cannot be used by this home. */
static enum smk_exit check_again(struct smk_cli *cli, struct smk_home *home, const struct smk_invitation *inv)
{
    struct smk_roster *roster;
    struct smk_shown offices;
    char what[1024] = "This home belongs to the node that wrote the invitation.";
    enum smk_err err = smk_store_roster(home->store, &roster);
    if (err != SMK_OK)
        return smk_cli_fail_err(cli, err, "reading who belongs to the coalition");
    const uint8_t *key = home->identity.sign.public_key;
    const struct smk_device *device = smk_roster_device(roster, key);
    bool is_own = memcmp(inv->sign_key, key, SMK_KEY_BYTES) == 0;
    bool is_same = device == NULL || strcmp(device->org.text, inv->org.text) == 0;
    for (size_t i = 0; i < inv->office_count && device != NULL; i++)
        is_same = is_same && holds_office(device, &inv->office[i]);
    if (device != NULL)
        (void)snprintf(what, sizeof what,
                       is_own ? "This is the home of the node that wrote the invitation (%s, %s)."
                              : "This home is a device of %s already (%s): the invitation is another one.",
                       device->org.text, smk_show_slugs(device->office, device->office_count, &offices));
    smk_roster_free(roster);
    if (is_same && !is_own)
        return SMK_EXIT_DONE;
    return smk_cli_fail(cli, SMK_EXIT_REFUSED, "joined_already", what,
                        "Nothing was done, and the invitation is not used up.",
                        "Use another --home for it, on the machine of whoever was invited.");
}

static enum smk_exit first_session(struct smk_cli *cli, const struct smk_invitation *inv)
{
    SMK_CLEANUP(smk_home_close) struct smk_home home = {0};
    struct smk_outcome outcome;
    enum smk_exit code = smk_cli_open(cli, true, &home);
    if (code != SMK_EXIT_DONE)
        return code;
    if (memcmp(smk_store_coalition(home.store), inv->coalition, SMK_ID_BYTES) != 0)
        return smk_cli_fail_err(cli, SMK_ERR_STORE_COALITION, "joining");
    code = check_again(cli, &home, inv);
    if (code != SMK_EXIT_DONE)
        return code;
    enum smk_err err = smk_outcome_sync(NULL, &home, inv->address, inv->transport_key, &outcome);
    if (err != SMK_OK)
        code = smk_cli_fail_err(cli, err, "talking to the inviting node");
    else
        code = tell(cli, &home, &outcome);
    if (code == SMK_EXIT_DONE)
        code = cli->is_json ? smk_outcome_exit(&outcome) : smk_outcome_fail(cli, &outcome);
    smk_link_result_deinit(&outcome.result);
    return code;
}

/* True when this home has a store: joined before, perhaps with the line cut afterwards. */
static bool has_store(const struct smk_home *home)
{
    char path[SMK_HOME_PATH_MAX];
    return smk_home_join(home->path, "store/data.mdb", path) && access(path, F_OK) == 0;
}

enum smk_exit smk_cmd_join(struct smk_cli *cli, int argc, char **argv)
{
    struct smk_invitation inv = {0};
    struct smk_home home = {0};
    enum smk_exit code = read_invitation(cli, argc, argv, &inv);
    if (code != SMK_EXIT_DONE)
        return code;
    enum smk_err err = smk_home_prepare(cli->home_path, &home);
    if (err != SMK_OK)
        code = smk_cli_fail_err(cli, err, "making the home");
    else if (!has_store(&home))
        code = be_admitted(cli, &home, &inv);
    smk_home_close(&home);
    if (code == SMK_EXIT_DONE)
        code = first_session(cli, &inv);
    smk_mem_wipe(&inv, sizeof inv);
    return code;
}
