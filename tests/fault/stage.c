#include "tests/fault/stage.h"

#include "proto/check.h"
#include "proto/hash.h"
#include "store/audit.h"
#include "store/store.h"
#include "tests/fault/scenario.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what is left alone ---- */

static bool is_left_alone(const char *name)
{
    static const char *const ends[] = {"lock.mdb", "reserve", "reserve.new", "/lock", "samakid.lock"};
    size_t len = strlen(name);
    if (strcmp(name, "lock") == 0)
        return true;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t end_len = strlen(ends[i]);
        if (len >= end_len && strcmp(name + len - end_len, ends[i]) == 0)
            return true;
    }
    return false;
}

typedef void walk_fn(void *ctx, const char *name, const char *path, bool is_folder);

/* Folders come before what stands in them, or after it. */
static void walk(const char *path, const char *name, bool is_inner_first, walk_fn *fn, void *ctx)
{
    DIR *list = opendir(path);
    SMK_ASSERT(list != NULL);
    for (struct dirent *e = readdir(list); e != NULL; e = readdir(list)) {
        char inner_path[2 * TEST_PATH_MAX], inner_name[TEST_PATH_MAX];
        struct stat st;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        (void)snprintf(inner_path, sizeof inner_path, "%s/%s", path, e->d_name);
        (void)snprintf(inner_name, sizeof inner_name, "%.200s%s%.200s", name, name[0] != 0 ? "/" : "",
                       e->d_name);
        if (is_left_alone(inner_name) || lstat(inner_path, &st) != 0)
            continue;
        bool is_folder = S_ISDIR(st.st_mode);
        if (!is_inner_first)
            fn(ctx, inner_name, inner_path, is_folder);
        if (is_folder)
            walk(inner_path, inner_name, is_inner_first, fn, ctx);
        if (is_inner_first)
            fn(ctx, inner_name, inner_path, is_folder);
    }
    (void)closedir(list);
}

/* ---- keeping ---- */

static unsigned char *bytes_of(const char *path, size_t *ret_len)
{
    size_t len = test_file_bytes(path);
    unsigned char *bytes = malloc(len + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    SMK_ASSERT(bytes != NULL);
    SMK_ASSERT(fd >= 0);
    for (size_t done = 0; done < len;) {
        ssize_t n = read(fd, bytes + done, len - done);
        SMK_ASSERT(n > 0);
        done += (size_t)n;
    }
    (void)close(fd);
    *ret_len = len;
    return bytes;
}

static void keep(void *ctx, const char *name, const char *path, bool is_folder)
{
    struct stage *s = ctx;
    SMK_ASSERT(s->count < STAGE_FILES_MAX);
    SMK_ASSERT(strlen(name) < sizeof s->file[0].name);
    struct stage_file *file = &s->file[s->count++];
    *file = (struct stage_file){.is_folder = is_folder};
    (void)snprintf(file->name, sizeof file->name, "%s", name);
    if (!is_folder)
        file->bytes = bytes_of(path, &file->len);
}

void stage_keep(struct stage *s, const char *path)
{
    stage_deinit(s);
    SMK_ASSERT(strlen(path) < sizeof s->path);
    (void)snprintf(s->path, sizeof s->path, "%s", path);
    walk(path, "", false, keep, s);
}

void stage_deinit(struct stage *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->file[i].bytes);
    *s = (struct stage){0};
}

/* ---- putting back ---- */

static const struct stage_file *file_find(const struct stage *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->file[i].name, name) == 0)
            return &s->file[i];
    return NULL;
}

static void remove_new(void *ctx, const char *name, const char *path, bool is_folder)
{
    if (file_find(ctx, name) != NULL)
        return;
    int answer = is_folder ? rmdir(path) : unlink(path);
    SMK_ASSERT(answer == 0);
}

static void file_write(const struct stage *s, const struct stage_file *file)
{
    char path[2 * TEST_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", s->path, file->name);
    if (file->is_folder) {
        (void)mkdir(path, 0700);
        return;
    }
    if (stage_is_same(s, file->name))
        return;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    SMK_ASSERT(fd >= 0);
    for (size_t done = 0; done < file->len;) {
        ssize_t n = write(fd, file->bytes + done, file->len - done);
        SMK_ASSERT(n > 0);
        done += (size_t)n;
    }
    SMK_ASSERT(ftruncate(fd, (off_t)file->len) == 0);
    (void)close(fd);
}

void stage_restore(const struct stage *s)
{
    walk(s->path, "", true, remove_new, (void *)(uintptr_t)s);
    for (size_t i = 0; i < s->count; i++)
        file_write(s, &s->file[i]);
}

bool stage_is_same(const struct stage *s, const char *name)
{
    char path[2 * TEST_PATH_MAX];
    struct stat st;
    const struct stage_file *file = file_find(s, name);
    (void)snprintf(path, sizeof path, "%s/%s", s->path, name);
    if (file == NULL || stat(path, &st) != 0 || (size_t)st.st_size != file->len)
        return false;
    size_t len;
    unsigned char *bytes = bytes_of(path, &len);
    bool is_same = len == file->len && memcmp(bytes, file->bytes, len) == 0;
    free(bytes);
    return is_same;
}

struct names {
    const struct stage *stage;
    size_t count;
    char differing[TEST_PATH_MAX];
};

static void name_look(void *ctx, const char *name, const char *path, bool is_folder)
{
    struct names *n = ctx;
    (void)path;
    (void)is_folder;
    if (file_find(n->stage, name) != NULL)
        n->count++;
    else if (calls_planned() != CALL_UNLINK) /* what could not be deleted may be there */
        (void)snprintf(n->differing, sizeof n->differing, "%s", name);
}

const char *stage_names_differ(const struct stage *s)
{
    struct names n = {.stage = s};
    walk(s->path, "", false, name_look, &n);
    if (n.differing[0] != 0)
        return scenario_text("%s was left behind", n.differing);
    return n.count < s->count ? "a file is gone" : NULL;
}

/* ---- what was acknowledged ---- */

struct counting {
    struct truth all;
    uint64_t limit;   /* the records to count, */
    uint64_t mark;    /* and after how many of them */
    struct truth old; /* this is how it stands */
};

static bool count_record(void *ctx, uint64_t arrival, const struct smk_record *r)
{
    struct counting *c = ctx;
    (void)arrival;
    if (c->all.records == c->limit)
        return false;
    smk_sha256(SMK_BYTES(c->all.hash), SMK_BYTES(r->id), c->all.hash);
    if (++c->all.records == c->mark)
        c->old = c->all;
    return true;
}

static enum smk_err records_count(const char *path, struct counting *c)
{
    struct smk_store_options options = {.path = path, .is_read_only = true};
    struct smk_store *store;
    struct smk_store_view *view;
    enum smk_err err = smk_store_open(&options, &store);
    if (err != SMK_OK)
        return err;
    err = smk_store_view_new(store, &view);
    if (err == SMK_OK) {
        const struct smk_view *v = smk_store_view_get(view);
        err = v->read_arrivals(v->ctx, 0, count_record, c);
        smk_store_view_free(view);
    }
    smk_store_close(store);
    return err;
}

enum smk_err truth_read(const char *path, uint64_t limit, struct truth *ret_truth)
{
    struct counting c = {.limit = limit};
    enum smk_err err = records_count(path, &c);
    *ret_truth = c.all;
    return err;
}

struct findings {
    const char *what;
    bool is_of_beginnings; /* the only one */
};

static void note_finding(void *ctx, const struct smk_finding *finding)
{
    static const char beginnings[] = "the two beginnings of the store file do not belong together";
    struct findings *f = ctx;
    f->is_of_beginnings = f->what == NULL && strcmp(finding->what, beginnings) == 0;
    f->what = finding->what;
}

enum outcome outcome_of(enum smk_err err)
{
    if (err == SMK_OK)
        return OUTCOME_WHOLE;
    return err == SMK_ERR_STORE_IO || err == SMK_ERR_STORE_FULL ? OUTCOME_BROKEN : OUTCOME_EITHER;
}

static const char *audit_fails(const char *path, enum outcome outcome)
{
    struct smk_audit_counts counts = {0};
    struct findings findings = {0};
    enum smk_err err = smk_store_audit(path, note_finding, &findings, &counts);
    if (err != SMK_OK)
        return scenario_text("the audit afterwards answered %s", smk_err_name(err));
    if (counts.findings == 0 ||
        ((outcome == OUTCOME_BROKEN || outcome == OUTCOME_PART) && findings.is_of_beginnings))
        return NULL;
    return scenario_text("the audit afterwards found: %s", findings.what);
}

/* The file that was looked at last and found sound: most runs fail before they touch it. */
static struct {
    uint8_t file[SMK_HASH_BYTES];
    struct counting found;
} sound;

static void file_hash(const char *folder, uint8_t ret_hash[SMK_HASH_BYTES])
{
    char path[2 * TEST_PATH_MAX];
    size_t len;
    (void)snprintf(path, sizeof path, "%s/data.mdb", folder);
    unsigned char *bytes = bytes_of(path, &len);
    smk_sha256((struct smk_bytes){bytes, len}, (struct smk_bytes){0}, ret_hash);
    free(bytes);
}

/* Audits and reads, unless that was just done with the same bytes. */
static const char *look(const char *path, uint64_t mark, enum outcome outcome, struct counting *ret_found)
{
    uint8_t hash[SMK_HASH_BYTES];
    file_hash(path, hash);
    if (memcmp(hash, sound.file, sizeof hash) == 0 && sound.found.mark == mark) {
        *ret_found = sound.found;
        return NULL;
    }
    *ret_found = (struct counting){.limit = UINT64_MAX, .mark = mark};
    const char *wrong = audit_fails(path, outcome);
    enum smk_err err = wrong == NULL ? records_count(path, ret_found) : SMK_OK;
    if (err != SMK_OK)
        return scenario_text("reading afterwards answered %s", smk_err_name(err));
    if (wrong == NULL && outcome == OUTCOME_EITHER) {
        sound.found = *ret_found;
        memcpy(sound.file, hash, sizeof hash);
    }
    return wrong;
}

const char *truth_differs(const char *path, const struct truth *before, uint64_t more, enum outcome outcome)
{
    struct counting c;
    const char *wrong = look(path, before->records, outcome, &c);
    if (wrong != NULL)
        return wrong;
    if (c.old.records != before->records || memcmp(c.old.hash, before->hash, sizeof c.old.hash) != 0)
        return "what was acknowledged before is not there";
    uint64_t added = c.all.records - before->records;
    bool is_right = added == more || (added == 0 && outcome != OUTCOME_WHOLE) ||
                    (added < more && outcome == OUTCOME_PART);
    return is_right ? NULL
                    : scenario_text("%llu records of %llu are there", (unsigned long long)added,
                                    (unsigned long long)more);
}

const char *stage_store(const char *home)
{
    static char path[SMK_HOME_PATH_MAX];
    SMK_ASSERT(smk_home_join(home, "store", path));
    return path;
}
