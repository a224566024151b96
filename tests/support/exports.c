#include "tests/support/exports.h"

#include "proto/check.h"

#include <string.h>

struct smk_table_type test_table_type(const char *name)
{
    struct smk_table_type type;
    bool is_there = smk_table_type_find(smk_bytes_of_text(name), &type);
    SMK_ASSERT(is_there);
    return type;
}

struct smk_export test_export(struct smk_fold *f, bool is_public)
{
    struct smk_export x;
    struct smk_export_options options = {.is_public = is_public};
    enum smk_err err = smk_export_init(&x, f, &options);
    SMK_ASSERT(err == SMK_OK);
    return x;
}

const struct smk_export_table *test_export_table(const struct smk_export *x, const char *name)
{
    for (size_t i = 0; i < x->count; i++)
        if (strcmp(x->table[i].type.name, name) == 0)
            return &x->table[i];
    return NULL;
}
