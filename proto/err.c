#include "proto/err.h"

const char *smk_err_text(enum smk_err err)
{
    switch (err) {
    case SMK_OK: return "ok";
#define X(name, code, text) \
    case SMK_ERR_##name: return text;
        SMK_ERR_MAP(X)
#undef X
    }
    return "unknown error";
}

const char *smk_err_name(enum smk_err err)
{
    switch (err) {
    case SMK_OK: return "OK";
#define X(name, code, text) \
    case SMK_ERR_##name: return #name;
        SMK_ERR_MAP(X)
#undef X
    }
    return "UNKNOWN";
}

static bool err_is_between(enum smk_err err, int highest, int lowest)
{
    return (int)err <= highest && (int)err > lowest;
}

bool smk_err_is_ours(enum smk_err err)
{
    return err_is_between(err, -20100, -20200);
}

bool smk_err_is_peer_fault(enum smk_err err)
{
    return err_is_between(err, -20200, -20300);
}

bool smk_err_is_record_refused(enum smk_err err)
{
    return err_is_between(err, -20300, -20400);
}

bool smk_err_is_storage(enum smk_err err)
{
    return err_is_between(err, -20400, -20500);
}
