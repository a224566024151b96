/* proto/err.h: one list of errors, with the blame in the number.
 *
 * Shape    -201xx ours or the machine's, -202xx the peer broke the protocol, -203xx a record is refused,
 *          -204xx storage. No linked library uses this range, so a foreign code that leaks is recognisable.
 * Source   PROTOCOL.md section 12 gives the codes that cross the wire; these never do.
 * Memory   texts are static.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_PROTO_ERR_H
#define SMK_PROTO_ERR_H

#include <stdbool.h>

#define SMK_MUST_USE __attribute__((warn_unused_result))

#define SMK_ERR_MAP(X)                                                                     \
    /* ours, or this machine's */                                                          \
    X(NOMEM, -20101, "out of memory")                                                      \
    X(TOO_BIG_HERE, -20102, "a local limit was reached")                                   \
    X(INVALID, -20103, "the input is not valid")                                           \
    X(DEAD, -20104, "this session has already failed")                                     \
    X(CRYPTO, -20105, "the cryptographic library refused to work")                         \
    X(NOT_ALLOWED_HERE, -20106, "this device or office may not do that")                   \
    X(NOT_FOUND, -20107, "not found")                                                      \
    X(EXISTS, -20108, "already there")                                                     \
    X(CLOCK, -20109, "the clock of this machine cannot be right")                          \
    X(IO, -20110, "a file or a connection could not be read or written")                   \
    X(KEY_FILE, -20111, "a key file is missing, damaged or open to others")                \
    X(WAITING, -20112, "something this depends on has not arrived yet")                    \
    X(UNICODE, -20113, "the Unicode library (ICU) does not work")                          \
    /* the peer broke the protocol */                                                      \
    X(TRUNCATED, -20201, "ends before its fields do")                                      \
    X(TRAILING, -20202, "bytes left over at the end")                                      \
    X(NOT_CANONICAL, -20203, "legal msgpack, but not the one canonical form")              \
    X(MALFORMED, -20204, "a field has the wrong type, range or order")                     \
    X(TOO_BIG, -20205, "larger than the protocol allows")                                  \
    X(TOO_DEEP, -20206, "nested deeper than the protocol allows")                          \
    X(HANDSHAKE, -20207, "the handshake failed")                                           \
    X(DECRYPT, -20208, "a frame does not decrypt")                                         \
    X(UNKNOWN_PEER, -20209, "the peer is not a member of this coalition")                  \
    X(BAD_BINDING, -20210, "the peer did not prove its device key")                        \
    X(UNEXPECTED, -20211, "a message that this state does not allow")                      \
    X(SCOPE_DENIED, -20212, "a scope that the two devices do not share")                   \
    X(CREDIT, -20213, "more was sent than was granted")                                    \
    X(VERSION, -20214, "the peer speaks a version that this program does not know")        \
    X(SILENT, -20215, "the peer was silent for too long")                                  \
    X(CUT_LINE, -20216, "the line was cut before the session was closed")                  \
    X(BAD_INVITATION, -20217, "the invitation is unknown, used up, expired or not proved") \
    X(PEER_ERROR, -20218, "the peer ended the session with an error")                      \
    /* a record is refused */                                                              \
    X(UNKNOWN_AUTHOR, -20301, "its author has no certificate here")                        \
    X(NOT_ENTITLED, -20302, "its author does not hold its scope")                          \
    X(GAP, -20303, "it does not follow the newest record of its log here")                 \
    X(BAD_PREV, -20304, "it names another predecessor than the one held here")             \
    X(BAD_TIME, -20305, "its time does not rise within its log")                           \
    X(BAD_HASH, -20306, "its payload does not match its header")                           \
    X(BAD_SIGNATURE, -20307, "its signature does not verify")                              \
    X(BAD_OPEN, -20308, "a log must begin with one open record, and only begin with it")   \
    X(NOT_COVERED, -20309, "no good signature covers it")                                  \
    X(FORKED, -20310, "a different record stands at its place in the log")                 \
    X(BAD_DECISION, -20311, "a decision without the signatures it needs")                  \
    X(NEWER_VERSION, -20312, "needs a newer Samaki")                                       \
    X(NO_PROGRESS, -20313, "comparing again brings nothing new, yet the nodes differ")     \
    /* storage */                                                                          \
    X(STORE_IO, -20401, "the store could not be read or written")                          \
    X(STORE_FULL, -20402, "the disk or the store is full")                                 \
    X(STORE_DAMAGED, -20403, "store file damaged")                                         \
    X(STORE_VERSION, -20404, "the store was written by another version of Samaki")         \
    X(STORE_MISSING, -20405, "there is no store here")                                     \
    X(STORE_BUSY, -20406, "another program has locked the store")                          \
    X(STORE_COALITION, -20407, "the store belongs to another coalition")                   \
    X(STORE_FS, -20408, "the store cannot live on this kind of file system")

enum smk_err {
    SMK_OK = 0,
#define X(name, code, text) SMK_ERR_##name = (code),
    SMK_ERR_MAP(X)
#undef X
};

/* Static English text of a code; "unknown error" for a number that is not in the list. */
const char *smk_err_text(enum smk_err err);

/* Static name of a code, such as "BAD_SIGNATURE"; "UNKNOWN" for a number that is not in the list. */
const char *smk_err_name(enum smk_err err);

/* Whose fault a code is. Exactly one of the four is true for each error, none for SMK_OK. */
bool smk_err_is_ours(enum smk_err err);
bool smk_err_is_peer_fault(enum smk_err err);
bool smk_err_is_record_refused(enum smk_err err);
bool smk_err_is_storage(enum smk_err err);

#endif
