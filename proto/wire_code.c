#include "proto/log.h"

/* PROTOCOL.md section 12 */
enum wire_code {
    CODE_OK = 0,
    CODE_MALFORMED = 1,
    CODE_TOO_BIG = 2,
    CODE_NOT_ALLOWED = 3,
    CODE_UNKNOWN_AUTHOR = 4,
    CODE_GAP = 5,
    CODE_BAD_HASH = 6,
    CODE_BAD_SIGNATURE = 7,
    CODE_FORKED = 8,
    CODE_CUT = 9,
    CODE_BUSY = 10,
    CODE_QUOTA = 11,
    CODE_VERSION = 12,
    CODE_NOT_FOUND = 13,
    CODE_DAMAGED = 14,
    CODE_DISK_FULL = 15,
};

static enum wire_code refusal_code(enum smk_err err)
{
    switch (err) {
    case SMK_ERR_NOT_ENTITLED: return CODE_NOT_ALLOWED;
    case SMK_ERR_UNKNOWN_AUTHOR: return CODE_UNKNOWN_AUTHOR;
    case SMK_ERR_GAP: return CODE_GAP;
    case SMK_ERR_BAD_PREV: /* a hash that does not fit; whether its author forked is not proved by it */
    case SMK_ERR_BAD_HASH: return CODE_BAD_HASH;
    case SMK_ERR_BAD_SIGNATURE:
    case SMK_ERR_NOT_COVERED:
    case SMK_ERR_BAD_DECISION: return CODE_BAD_SIGNATURE;
    case SMK_ERR_FORKED: return CODE_FORKED;
    case SMK_ERR_NEWER_VERSION: return CODE_VERSION;
    default: return CODE_MALFORMED; /* BAD_TIME, BAD_OPEN: these bytes will never do */
    }
}

static enum wire_code peer_fault_code(enum smk_err err)
{
    switch (err) {
    case SMK_ERR_TOO_BIG: return CODE_TOO_BIG;
    case SMK_ERR_UNKNOWN_PEER: return CODE_UNKNOWN_AUTHOR;
    case SMK_ERR_BAD_BINDING: return CODE_BAD_SIGNATURE;
    case SMK_ERR_SCOPE_DENIED: return CODE_NOT_ALLOWED;
    case SMK_ERR_CREDIT: return CODE_QUOTA;
    case SMK_ERR_VERSION: return CODE_VERSION;
    default: return CODE_MALFORMED;
    }
}

static enum wire_code storage_code(enum smk_err err)
{
    switch (err) {
    case SMK_ERR_STORE_FULL: return CODE_DISK_FULL;
    case SMK_ERR_STORE_BUSY: return CODE_BUSY;
    default: return CODE_DAMAGED;
    }
}

uint64_t smk_wire_code(enum smk_err err)
{
    if (err == SMK_OK)
        return CODE_OK;
    if (smk_err_is_record_refused(err))
        return refusal_code(err);
    if (smk_err_is_peer_fault(err))
        return peer_fault_code(err);
    if (smk_err_is_storage(err))
        return storage_code(err);
    if (err == SMK_ERR_NOT_FOUND)
        return CODE_NOT_FOUND;
    return err == SMK_ERR_TOO_BIG_HERE ? CODE_QUOTA : CODE_BUSY;
}

const char *smk_wire_code_name(uint64_t code)
{
    static const char *const name[] = {
        [CODE_OK] = "ok",
        [CODE_MALFORMED] = "malformed",
        [CODE_TOO_BIG] = "too_big",
        [CODE_NOT_ALLOWED] = "not_allowed",
        [CODE_UNKNOWN_AUTHOR] = "unknown_author",
        [CODE_GAP] = "gap",
        [CODE_BAD_HASH] = "bad_hash",
        [CODE_BAD_SIGNATURE] = "bad_signature",
        [CODE_FORKED] = "forked",
        [CODE_CUT] = "cut",
        [CODE_BUSY] = "busy",
        [CODE_QUOTA] = "quota",
        [CODE_VERSION] = "version",
        [CODE_NOT_FOUND] = "not_found",
        [CODE_DAMAGED] = "damaged",
        [CODE_DISK_FULL] = "disk_full",
    };
    return code < sizeof name / sizeof name[0] ? name[code] : "unknown";
}
