#define _GNU_SOURCE /* memmem */

#include "tools/coalition_child.h"
#include "tools/coalition_result.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The changed byte is in the payload: behind the signature stands the salt, and then it. */
enum { BEHIND_SIGNATURE = 64 + 16 + 2, COPY_MS = 60 * 1000, PLACES_MAX = 64 };

/* A copy of a store, and the record in it that is to be changed. */
struct copy {
    size_t node;
    char name[48]; /* of the copy's home: "hub-02.damaged" */
    char data[SMK_HOME_PATH_MAX];
    char record[80];
    uint8_t signature[SMK_SIGNATURE_BYTES];
};

/* ---- copying ---- */

/* mdb_copy leaves out pages that nobody needs any more; false when it is not installed. */
static bool copy_compact(const char *from, const char *to)
{
    static const char *const places[] = {"/usr/bin/mdb_copy", "/usr/local/bin/mdb_copy"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct smk_buf out = {.max = 4096};
        int code = 1;
        bool is_run = access(places[i], X_OK) == 0 && smk_child_collect(SMK_WORDS(places[i], "-c", from, to),
                                                                        STDERR_FILENO, COPY_MS, &out, &code);
        smk_buf_deinit(&out);
        if (is_run && code == 0)
            return true;
    }
    return false;
}

static bool copy_plain(const char *from, const char *to)
{
    char piece[64 * 1024];
    ssize_t count = -1;
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    while (in >= 0 && out >= 0 && (count = read(in, piece, sizeof piece)) > 0)
        if (write(out, piece, (size_t)count) != count)
            break;
    if (in >= 0)
        (void)close(in);
    return out >= 0 && close(out) == 0 && count == 0;
}

static bool make_copy(const struct smk_run *run, struct copy *c)
{
    char home[SMK_HOME_PATH_MAX], from[SMK_HOME_PATH_MAX], to[SMK_HOME_PATH_MAX], file[SMK_HOME_PATH_MAX];
    (void)snprintf(c->name, sizeof c->name, "%s.damaged", smk_run_name(run, c->node));
    if (!smk_run_path(run, c->name, "", home) || !smk_run_path(run, c->name, "/store", to) ||
        !smk_run_path(run, smk_run_name(run, c->node), "/store", from) ||
        !smk_run_path(run, smk_run_name(run, c->node), "/store/data.mdb", file) ||
        !smk_run_path(run, c->name, "/store/data.mdb", c->data))
        return false;
    if (mkdir(home, 0700) != 0 || mkdir(to, 0700) != 0)
        return smk_run_fail("The folder %s could not be made: %s", to, strerror(errno));
    if (copy_compact(from, to))
        return true;
    return copy_plain(file, c->data) ||
           smk_run_fail("The file %s could not be copied: %s", file, strerror(errno));
}

/* ---- choosing a record ---- */

/* What people would mind most: the text of a document that others share; else an act; else whatever there is. */
static int worth_of(const json_t *record)
{
    enum { EDIT = 16, ACT = 17 };
    const char *scope = json_string_value(json_object_get(record, "scope"));
    json_int_t type = json_integer_value(json_object_get(record, "type"));
    bool is_shared = scope != NULL && strncmp(scope, "gov", 3) != 0 && strncmp(scope, "org:", 4) != 0;
    if (type == EDIT)
        return is_shared ? 4 : 3;
    return type == ACT ? 2 : 1;
}

static bool choose_record(const struct smk_run *run, struct copy *c)
{
    struct smk_answer answer;
    const json_t *best = NULL;
    int worth = 0;
    if (!smk_run_ask(run, smk_run_name(run, c->node), SMK_WORDS("export"), SMK_RUN_ANSWER_MS, &answer))
        return false;
    for (size_t i = 0; i < json_array_size(answer.lines); i++) {
        const json_t *record = json_array_get(answer.lines, i);
        if (json_is_string(json_object_get(record, "id")) && worth_of(record) > worth) {
            best = record;
            worth = worth_of(record);
        }
    }
    const char *id = json_string_value(json_object_get(best, "id"));
    const char *hex = json_string_value(json_object_get(best, "signature"));
    bool is_good = id != NULL && strlen(id) < sizeof c->record && hex != NULL &&
                   smk_hex_parse(hex, c->signature, sizeof c->signature);
    if (is_good)
        (void)snprintf(c->record, sizeof c->record, "%s", id);
    smk_answer_deinit(&answer);
    return is_good ||
           smk_run_fail("%s exports no record that could be changed in a copy.", smk_run_name(run, c->node));
}

/* ---- changing it ---- */

static bool audit_names(const struct smk_run *run, const struct copy *c, bool *ret_is_named, int *ret_code)
{
    struct smk_answer answer;
    if (!smk_run_ask(run, c->name, SMK_WORDS("audit"), SMK_RUN_ANSWER_MS, &answer))
        return false;
    const json_t *findings = json_object_get(smk_answer_last(&answer), "findings");
    *ret_is_named = false;
    *ret_code = answer.code;
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const char *id = json_string_value(json_object_get(json_array_get(findings, i), "id"));
        if (answer.code == 1 && id != NULL && strcmp(id, c->record) == 0)
            *ret_is_named = true;
    }
    smk_answer_deinit(&answer);
    return true;
}

/* The record may also stand in pages that nobody uses any more; those are not read, and changing them is no damage. So
 * each place is tried until one is noticed; a byte that nobody noticed is put back. */
static json_t *change_and_audit(const struct smk_run *run, const struct copy *c, uint8_t *file, size_t len)
{
    bool is_named = false;
    int code = 0;
    size_t from = 0, at = 0;
    for (unsigned tried = 0; tried < PLACES_MAX && code == 0; tried++) {
        const uint8_t *found = memmem(file + from, len - from, c->signature, sizeof c->signature);
        if (found == NULL)
            break;
        at = (size_t)(found - file) + BEHIND_SIGNATURE;
        from = (size_t)(found - file) + 1;
        if (at >= len)
            break;
        file[at] ^= 0x01;
        if (msync(file, len, MS_SYNC) != 0 || !audit_names(run, c, &is_named, &code))
            return NULL;
        if (code == 0)
            file[at] ^= 0x01;
    }
    return json_pack("{s:s, s:s, s:I, s:b, s:i}", "node", smk_run_name(run, c->node), "record", c->record,
                     "offset", (json_int_t)at, "named", is_named ? 1 : 0, "code", code);
}

static json_t *damage(const struct smk_run *run, const struct copy *c)
{
    struct stat st;
    int fd = open(c->data, O_RDWR | O_CLOEXEC);
    uint8_t *file = MAP_FAILED;
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
        file = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        (void)close(fd);
    if (file == MAP_FAILED) {
        (void)smk_run_fail("The copy %s could not be opened: %s", c->data, strerror(errno));
        return NULL;
    }
    json_t *report = change_and_audit(run, c, file, (size_t)st.st_size);
    (void)munmap(file, (size_t)st.st_size);
    return report;
}

json_t *smk_result_damage(struct smk_run *run)
{
    struct copy c = {0};
    for (size_t i = run->plan.node_count; i-- > 1;)
        if (strcmp(run->plan.node[i].kind.text, "hub") == 0)
            c.node = i;
    if (!make_copy(run, &c) || !choose_record(run, &c))
        return NULL;
    return damage(run, &c);
}
