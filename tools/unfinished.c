#include "tools/unfinished.h"

#include "tools/read_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static json_t *words_of(const struct smk_unfinished *u)
{
    return json_object_get(u->file, "words");
}

static void read_kept(struct smk_unfinished *u)
{
    struct smk_why why;
    if (smk_read_json(u->path, &u->file, &why) != SMK_READ_DONE)
        return;
    bool is_good = json_is_array(words_of(u)) && json_array_size(words_of(u)) <= SMK_UNFINISHED_WORDS_MAX;
    for (size_t i = 0; is_good && i < json_array_size(words_of(u)); i++)
        is_good = json_is_string(json_array_get(words_of(u), i));
    u->started_ms = (uint64_t)json_integer_value(json_object_get(u->file, "started"));
    if (!is_good) {
        json_decref(u->file);
        u->file = NULL;
    }
}

bool smk_unfinished_open(const struct smk_home *home, const char *type, const uint8_t *doc,
                         struct smk_unfinished *ret_unfinished)
{
    char folder[SMK_HOME_PATH_MAX], name[SMK_NAME_LETTERS_MAX + 2 * SMK_DOC_ID_BYTES + 16];
    char id[2 * SMK_DOC_ID_BYTES + 1] = "new";
    memset(ret_unfinished, 0, sizeof *ret_unfinished);
    if (doc != NULL)
        smk_hex_format((struct smk_bytes){doc, SMK_DOC_ID_BYTES}, id);
    (void)snprintf(name, sizeof name, "%s-%s.json", type, id);
    if (!smk_home_join(home->path, "unfinished", folder) || (mkdir(folder, 0700) != 0 && errno != EEXIST) ||
        !smk_home_join(folder, name, ret_unfinished->path))
        return false;
    read_kept(ret_unfinished);
    return true;
}

void smk_unfinished_close(struct smk_unfinished *u)
{
    json_decref(u->file);
    u->file = NULL;
}

size_t smk_unfinished_count(const struct smk_unfinished *u)
{
    return json_array_size(words_of(u));
}

const char *smk_unfinished_word(const struct smk_unfinished *u, size_t i)
{
    return json_string_value(json_array_get(words_of(u), i));
}

/* Beside the old file, synced, and then in its place: a power cut leaves the one or the other. */
static bool save(const struct smk_unfinished *u)
{
    char fresh[SMK_HOME_PATH_MAX + 8];
    char *text = json_dumps(u->file, JSON_COMPACT);
    (void)snprintf(fresh, sizeof fresh, "%s.new", u->path);
    int fd = text != NULL ? open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
    size_t len = text != NULL ? strlen(text) : 0, at = 0;
    while (fd >= 0 && at < len) {
        ssize_t wrote = write(fd, text + at, len - at);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            break;
        at += (size_t)wrote;
    }
    bool is_good = fd >= 0 && at == len && fsync(fd) == 0;
    if (fd >= 0 && close(fd) != 0)
        is_good = false;
    free(text);
    return is_good && rename(fresh, u->path) == 0;
}

bool smk_unfinished_add(struct smk_unfinished *u, const char *word)
{
    if (u->file == NULL) {
        u->started_ms = smk_wall_ms();
        u->file = json_pack("{s:I, s:[]}", "started", (json_int_t)u->started_ms, "words");
    }
    if (smk_unfinished_count(u) >= SMK_UNFINISHED_WORDS_MAX)
        return false;
    return json_array_append_new(words_of(u), json_string(word)) == 0 && save(u);
}

void smk_unfinished_drop(struct smk_unfinished *u)
{
    (void)unlink(u->path); /* it may never have been written */
    smk_unfinished_close(u);
}
