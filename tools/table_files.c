/* What is brought in as a whole: one file, or the tables of an export's folder. */
#include "tools/table_import.h"

#include "proto/hash.h"
#include "proto/mem.h"

#include <string.h>

static enum smk_exit refuse(struct smk_table_import *t, const char *name, const char *error, const char *why)
{
    char what[SMK_WHY_LETTERS_MAX + 128];
    (void)snprintf(what, sizeof what, "The file %s%scannot be used: %s.", name, name[0] != '\0' ? " " : "",
                   why);
    return smk_cli_fail(t->cli, SMK_EXIT_REFUSED, error, what, "Nothing was written.", "Check the path.");
}

static enum smk_exit read_one(struct smk_table_import *t)
{
    struct smk_why why = {"there is no such file"};
    enum smk_read answer = smk_read_file(t->path, SMK_CSV_FILE_BYTES_MAX, &t->file[0].text, &why);
    t->file_count = 1;
    if (answer == SMK_READ_DONE)
        return SMK_EXIT_DONE;
    return refuse(t, "", answer == SMK_READ_ABSENT ? "not_found" : "bad_file", why.text);
}

/* TYPE.csv of each type of documents, in the order of the types; all together they are no larger than one file may be. */
static enum smk_exit read_tables(struct smk_table_import *t)
{
    char path[SMK_HOME_PATH_MAX], name[SMK_TYPE_NAME_MAX + 5];
    size_t left = SMK_CSV_FILE_BYTES_MAX;
    for (size_t i = 0; i < smk_table_type_count() && t->file_count < SMK_TABLE_FILES_MAX; i++) {
        struct smk_table_file *file = &t->file[t->file_count];
        struct smk_table_type type;
        struct smk_why why;
        smk_table_type_at(i, &type);
        (void)snprintf(name, sizeof name, "%s.csv", type.name);
        if (!smk_home_join(t->path, name, path))
            return refuse(t, name, "bad_path", "its name is too long");
        enum smk_read answer = smk_read_file(path, left, &file->text, &why);
        if (answer == SMK_READ_ABSENT)
            continue;
        t->file_count++;
        if (answer != SMK_READ_DONE)
            return refuse(t, name, "bad_file", why.text);
        left -= file->text.len;
        memcpy(file->name, type.name, sizeof file->name);
    }
    if (t->file_count == 0)
        return refuse(t, "datapackage.json", "bad_path",
                      "there is no table of ours beside it, as 'samaki export --csv FOLDER' writes them");
    return SMK_EXIT_DONE;
}

enum smk_exit smk_table_files_open(struct smk_table_import *t)
{
    return t->is_folder ? read_tables(t) : read_one(t);
}

void smk_table_files_deinit(struct smk_table_import *t)
{
    for (size_t i = 0; i < t->file_count; i++)
        smk_buf_deinit(&t->file[i].text);
    t->file_count = 0;
}

void smk_table_files_hash(const struct smk_table_import *t, uint8_t ret_hash[SMK_HASH_BYTES])
{
    struct smk_sha256 hash;
    smk_sha256_init(&hash);
    for (size_t i = 0; i < t->file_count; i++)
        smk_sha256_add(&hash, smk_buf_view(&t->file[i].text));
    smk_sha256_finish(&hash, ret_hash);
}
