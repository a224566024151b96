/* The names of tables in the file. */
#include "store/db.h"

#include "proto/check.h"

static const char *const table_name[SMK_TABLE_COUNT] = {
    [SMK_TABLE_META] = "meta",   [SMK_TABLE_REC] = "rec",     [SMK_TABLE_IDX] = "idx",
    [SMK_TABLE_LOG] = "log",     [SMK_TABLE_LOGID] = "logid", [SMK_TABLE_LOCAL] = "local",
    [SMK_TABLE_FORK] = "fork",   [SMK_TABLE_DIS] = "dis",     [SMK_TABLE_INDEX] = "index",
    [SMK_TABLE_TERMS] = "terms", [SMK_TABLE_IDS] = "ids",
};

const char *smk_table_name(enum smk_table table)
{
    SMK_ASSERT(table < SMK_TABLE_COUNT);
    return table_name[table];
}
