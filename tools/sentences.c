/* What each error of ours means to the person at the keyboard: what happened, what is safe, what to do. */
#include "tools/cli.h"
#include "tools/text.h"

#include <ctype.h>
#include <string.h>

static const char nothing[] = "Nothing was changed.";
static const char kept[] = "Everything that was saved before is safe.";
static const char again[] = "Try again; what has arrived stays, and the next session goes on from there.";

static const struct sentence {
    enum smk_err err;
    enum smk_exit code;
    const char *what; /* NULL: the error's own text */
    const char *safe;
    const char *todo;
} sentences[] = {
    {SMK_ERR_NOMEM, SMK_EXIT_TRY_AGAIN, "There is not enough memory.", kept,
     "Close other programs and try again."},
    {SMK_ERR_TOO_BIG_HERE, SMK_EXIT_REFUSED, "That is more than Samaki takes at once.", nothing,
     "Use less text, or fewer items at a time."},
    {SMK_ERR_INVALID, SMK_EXIT_REFUSED, "What was asked for does not hold together.", nothing,
     "Compare it with 'samaki roster': organisations, offices and their areas have to fit."},
    {SMK_ERR_NOT_ALLOWED_HERE, SMK_EXIT_REFUSED, "This device or office may not do that.", nothing,
     "Look at 'samaki roster' for who may; ask them, or choose another office with --as OFFICE."},
    {SMK_ERR_NOT_FOUND, SMK_EXIT_REFUSED, "It is not here.", nothing,
     "Check the spelling, or sync with a node that has it."},
    {SMK_ERR_EXISTS, SMK_EXIT_REFUSED, "It is already there.", nothing,
     "Use another --home for another coalition."},
    {SMK_ERR_CLOCK, SMK_EXIT_REFUSED, "The clock of this machine cannot be right.", nothing,
     "Set date and time, then try again."},
    {SMK_ERR_IO, SMK_EXIT_REFUSED, "A file could not be read or written.", kept,
     "Check that the folder belongs to you, that the disk is there and that it has room."},
    {SMK_ERR_KEY_FILE, SMK_EXIT_REFUSED,
     "The key file of this home (device.key or root.key) is missing, damaged, or open to other users.", kept,
     "It must belong to you and be closed to others (chmod 600); restore it from a backup if it is damaged."},
    {SMK_ERR_CRYPTO, SMK_EXIT_REFUSED, "The cryptographic library of this machine does not work as it must.",
     nothing, "Do not use this machine for Samaki before its memory and libsodium have been checked."},
    {SMK_ERR_BAD_INVITATION, SMK_EXIT_REFUSED, NULL, nothing, "Ask for a new invitation."},
    {SMK_ERR_UNKNOWN_PEER, SMK_EXIT_REFUSED, "The other node is not a member of this coalition.",
     "Nothing was sent to it.",
     "Check the address; a node that has just joined is known after the next sync."},
    {SMK_ERR_HANDSHAKE, SMK_EXIT_REFUSED, "What answers there is not a node of this coalition.",
     "Nothing was sent to it but the first message of a handshake.", "Check the address."},
    {SMK_ERR_SILENT, SMK_EXIT_TRY_AGAIN, "The other node has been silent for too long.", kept, again},
    {SMK_ERR_CUT_LINE, SMK_EXIT_TRY_AGAIN, "The line was cut before the session was over.", kept, again},
    {SMK_ERR_PEER_ERROR, SMK_EXIT_REFUSED, "The other node ended the session with an error.", kept,
     "Look there for the reason ('samaki status' and its log)."},
    {SMK_ERR_VERSION, SMK_EXIT_REFUSED, "The other node speaks a version that this program does not know.",
     kept, "Install the newer Samaki on both."},
    {SMK_ERR_NEWER_VERSION, SMK_EXIT_REFUSED, "It was made by a newer Samaki.", nothing,
     "Install the newer Samaki here."},
    {SMK_ERR_STORE_IO, SMK_EXIT_REFUSED, "The store could not be read or written.",
     "What was confirmed before is on the disk.", "Check the disk; then run 'samaki audit'."},
    {SMK_ERR_STORE_FULL, SMK_EXIT_REFUSED, "The disk is full.", kept,
     "Make room on the disk, then try again."},
    {SMK_ERR_STORE_DAMAGED, SMK_EXIT_REFUSED, "store file damaged",
     "Nothing was written to it; what other nodes have received is safe with them.",
     "Run 'samaki audit' to see what is wrong; keep the file, and restore a backup or join again."},
    {SMK_ERR_STORE_VERSION, SMK_EXIT_REFUSED, "The store was written by another version of Samaki.", nothing,
     "Use the version of Samaki that wrote it, or a newer one."},
    {SMK_ERR_STORE_BUSY, SMK_EXIT_TRY_AGAIN,
     "Another program has locked this home (a restore or a compaction).", nothing,
     "Wait until it has ended, then try again."},
    {SMK_ERR_STORE_COALITION, SMK_EXIT_REFUSED, "The store belongs to another coalition.", nothing,
     "Use another --home for each coalition."},
    {SMK_ERR_STORE_FS, SMK_EXIT_REFUSED,
     "The folder lies on a network or removable file system (NFS, CIFS, vfat, exfat, FUSE).", nothing,
     "Choose a --home on this machine's own disk."},
};

static enum smk_exit fail_missing(struct smk_cli *cli)
{
    struct smk_shown home;
    char what[1024];
    (void)snprintf(what, sizeof what, "There is no Samaki home in %s.",
                   smk_text_shown(cli->home_path, &home));
    return smk_cli_fail(
        cli, SMK_EXIT_REFUSED, "store_missing", what, "",
        "Found one with 'samaki init', or join one with 'samaki join'; --home DIR says where it is.");
}

/* The length of a sentence without the full stop at its end. */
static size_t without_stop(const char *sentence)
{
    size_t len = strlen(sentence);
    return len > 0 && sentence[len - 1] == '.' ? len - 1 : len;
}

enum smk_exit smk_cli_fail_err(struct smk_cli *cli, enum smk_err err, const char *during)
{
    if (err == SMK_ERR_STORE_MISSING)
        return fail_missing(cli);
    struct sentence fallback = {err, SMK_EXIT_REFUSED, NULL, kept,
                                "Try again; if it stays, show this line to your hub."};
    const struct sentence *found = &fallback;
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
        if (sentences[i].err == err)
            found = &sentences[i];
    if (smk_err_is_peer_fault(err))
        fallback.todo =
            "Try again; if it stays, tell whoever runs the other node that it or the line is faulty.";
    char what[512], name[64];
    size_t len = 0;
    for (const char *from = smk_err_name(err); *from != 0 && len + 1 < sizeof name; from++)
        name[len++] = (char)tolower((unsigned char)*from);
    name[len] = 0;
    if (found == &fallback && smk_err_is_peer_fault(err))
        (void)snprintf(what, sizeof what, "The other node broke the rules of the protocol: %s.",
                       smk_err_text(err));
    else if (found->what != NULL)
        (void)snprintf(what, sizeof what, "%.*s (while %s).", (int)without_stop(found->what), found->what,
                       during);
    else
        (void)snprintf(what, sizeof what, "While %s: %s.", during, smk_err_text(err));
    return smk_cli_fail(cli, found->code, name, what, found->safe, found->todo);
}
