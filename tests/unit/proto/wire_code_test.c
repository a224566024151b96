#include "proto/log.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

Test(wire_code, of_every_error_is_one_of_the_table)
{
    static const struct {
        enum smk_err err;
        uint64_t code;
    } row[] = {
        {SMK_OK, 0},
        {SMK_ERR_TRUNCATED, 1},
        {SMK_ERR_MALFORMED, 1},
        {SMK_ERR_BAD_TIME, 1},
        {SMK_ERR_BAD_OPEN, 1},
        {SMK_ERR_UNEXPECTED, 1},
        {SMK_ERR_TOO_BIG, 2},
        {SMK_ERR_NOT_ENTITLED, 3},
        {SMK_ERR_SCOPE_DENIED, 3},
        {SMK_ERR_UNKNOWN_AUTHOR, 4},
        {SMK_ERR_UNKNOWN_PEER, 4},
        {SMK_ERR_GAP, 5},
        {SMK_ERR_BAD_HASH, 6},
        {SMK_ERR_BAD_PREV, 6},
        {SMK_ERR_BAD_SIGNATURE, 7},
        {SMK_ERR_NOT_COVERED, 7},
        {SMK_ERR_BAD_DECISION, 7},
        {SMK_ERR_BAD_BINDING, 7},
        {SMK_ERR_FORKED, 8},
        {SMK_ERR_NOMEM, 10},
        {SMK_ERR_STORE_BUSY, 10},
        {SMK_ERR_TOO_BIG_HERE, 11},
        {SMK_ERR_CREDIT, 11},
        {SMK_ERR_VERSION, 12},
        {SMK_ERR_NEWER_VERSION, 12},
        {SMK_ERR_NOT_FOUND, 13},
        {SMK_ERR_STORE_DAMAGED, 14},
        {SMK_ERR_STORE_IO, 14},
        {SMK_ERR_STORE_FULL, 15},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(u64, smk_wire_code(row[i].err), row[i].code), "%s", smk_err_name(row[i].err));
#define X(name, code, text)                                \
    cr_assert(le(u64, smk_wire_code(SMK_ERR_##name), 15)); \
    cr_assert(ne(u64, smk_wire_code(SMK_ERR_##name), 0));
    SMK_ERR_MAP(X)
#undef X
}

Test(wire_code, has_a_name)
{
    static const char *const name[] = {
        "ok",       "malformed",     "too_big", "not_allowed", "unknown_author", "gap",
        "bad_hash", "bad_signature", "forked",  "cut",         "busy",           "quota",
        "version",  "not_found",     "damaged", "disk_full"};
    for (uint64_t i = 0; i < sizeof name / sizeof name[0]; i++)
        cr_assert(eq(int, strcmp(smk_wire_code_name(i), name[i]), 0));
    cr_assert(eq(int, strcmp(smk_wire_code_name(16), "unknown"), 0));
    cr_assert(eq(int, strcmp(smk_wire_code_name(UINT64_MAX), "unknown"), 0));
}
