/* tests/crash/crash_powercut.c: cuts the power to a node at every instant, on paper.
 *
 * crash_commits runs once, under the shim, which journals what it writes and syncs and where it promises what. From that,
 * images of the disk are made as a cut at each instant may leave it; each is opened by the real store. */
#include "proto/check.h"
#include "proto/hash.h"
#include "tests/crash/child.h"
#include "tests/crash/image.h"
#include "tests/support/tempdir.h"
#include "tests/support/tidy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COMMITS_MS = 600 * 1000, SHOWN_MAX = 20, LIVED_ON_EVERY = 8, IMAGES_MAX = 10 * 1000 * 1000 };

struct options {
    uint64_t images, commits, compact_every, seed;
    const char *journal; /* of an earlier run, or NULL */
    uint64_t only;       /* the one image to look at; 0 = all */
};

/* Shared with the process that looks at the images: one of them may end it. */
struct progress {
    uint64_t done; /* images looked at */
    uint64_t opened, lost, broken;
    uint64_t behind;           /* with an index that had to catch up */
    uint64_t documents, terms; /* most that an index had */
};

struct powercut {
    struct options options;
    struct test_dir dir;
    struct crash_record record;
    uint64_t root_inode;
    size_t *cut; /* the entry behind which the power fails, image by image, rising */
    struct progress *progress;
};

/* ---- the journal ---- */

static bool setting(const char *name, const char *value)
{
    return setenv(name, value, 1) == 0;
}

/* The shim stands before the sanitizer's own functions, which is as it should be here. */
static bool environment_set(const struct powercut *p, const char *shim)
{
    const char *asan = getenv("ASAN_OPTIONS");
    char asan_options[512];
    (void)snprintf(asan_options, sizeof asan_options, "%s:verify_asan_link_order=0",
                   asan != NULL ? asan : "");
    return setting(CRASH_SHIM_BELOW, test_dir_at(&p->dir, "disk").text) &&
           setting(CRASH_SHIM_JOURNAL, test_dir_at(&p->dir, "journal").text) &&
           setting("ASAN_OPTIONS", asan_options) && setting("LD_PRELOAD", shim);
}

static void environment_clear(void)
{
    (void)unsetenv("LD_PRELOAD");
    (void)unsetenv(CRASH_SHIM_BELOW);
}

static bool path_beside(const char *name, char ret_path[TEST_PATH_MAX])
{
    char self[TEST_PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    if (len <= 0)
        return false;
    self[len] = 0;
    *strrchr(self, '/') = 0;
    return snprintf(ret_path, TEST_PATH_MAX, "%s/%s", self, name) < TEST_PATH_MAX &&
           access(ret_path, R_OK) == 0;
}

static bool run_commits(struct powercut *p)
{
    char program[TEST_PATH_MAX], shim[TEST_PATH_MAX], number[3][24];
    struct crash_child child;
    struct test_path disk = test_dir_at(&p->dir, "disk"), aside = test_dir_at(&p->dir, "aside"),
                     log = test_dir_at(&p->dir, "commits.log");
    if (!path_beside("crash_commits", program) || !path_beside("crash_shim.so", shim)) {
        (void)fputs("crash_powercut: crash_commits or crash_shim.so is not beside this program\n", stderr);
        return false;
    }
    (void)snprintf(number[0], sizeof number[0], "%" PRIu64, p->options.commits);
    (void)snprintf(number[1], sizeof number[1], "%" PRIu64, p->options.compact_every);
    (void)snprintf(number[2], sizeof number[2], "%" PRIu64, p->options.seed);
    const char *argv[] = {program, disk.text, aside.text, number[0], number[1], number[2], NULL};
    bool is_started = environment_set(p, shim) && crash_child_start(argv, log.text, &child);
    environment_clear();
    if (!is_started)
        return false;
    const char *line;
    while (crash_child_read(&child, crash_now_us() + COMMITS_MS * (uint64_t)1000, &line) == CRASH_LINE_WHOLE)
        continue; /* the journal has them too */
    int code = crash_child_wait(&child, COMMITS_MS);
    crash_child_end(&child);
    if (code != 0)
        (void)fprintf(stderr, "crash_powercut: crash_commits ended with %d; see %s\n", code, log.text);
    return code == 0;
}

static bool journal_make(struct powercut *p)
{
    struct stat st;
    struct test_path disk = test_dir_at(&p->dir, "disk"), aside = test_dir_at(&p->dir, "aside"),
                     journal = test_dir_at(&p->dir, "journal");
    if (mkdir(disk.text, 0700) != 0 || mkdir(aside.text, 0700) != 0 || stat(disk.text, &st) != 0)
        return false;
    p->root_inode = (uint64_t)st.st_ino;
    if (p->options.journal != NULL) {
        p->root_inode = 0; /* nobody has synced it */
        return crash_record_open(p->options.journal, &p->record);
    }
    return run_commits(p) && crash_record_open(journal.text, &p->record);
}

/* ---- which images ---- */

/* Spreads the images over the instants at which something is not on the disk yet, and a few over the others. */
static void plan_make(struct powercut *p)
{
    struct crash_disk *disk = crash_disk_new(p->root_inode);
    size_t *candidate = calloc(p->record.entry_count, sizeof *candidate);
    size_t count = 0, settled = 0;
    p->cut = calloc(p->options.images, sizeof *p->cut);
    SMK_ASSERT(candidate != NULL);
    SMK_ASSERT(p->cut != NULL);
    for (size_t i = 0; i < p->record.entry_count; i++) {
        crash_record_play(&p->record, i, disk);
        if (!crash_disk_is_settled(disk) || settled++ % 10 == 0)
            candidate[count++] = i;
    }
    for (uint64_t i = 0; i < p->options.images; i++)
        p->cut[i] = candidate[i * count / p->options.images];
    crash_disk_free(disk);
    free(candidate);
}

static enum crash_loss loss_draw(struct test_rng *rng)
{
    uint64_t draw = test_rng_below(rng, 6);
    return draw == 0 ? CRASH_LOSS_NONE : draw < 3 ? CRASH_LOSS_ALL : CRASH_LOSS_SOME;
}

/* ---- looking at them ---- */

static void expect(const struct powercut *p, size_t cut, struct crash_image *image)
{
    for (size_t i = 0; i < p->record.promise_count; i++) {
        const struct crash_promise *promise = &p->record.promise[i];
        if (promise->entry > cut) {
            image->coming = promise;
            /* Until there is a state the next one is that of the founding. */
            if (!promise->has_key)
                return;
            continue;
        }
        image->kept = promise;
        image->coming = NULL;
        if (promise->has_key)
            image->key = promise->key;
    }
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void look_at(struct powercut *p, const struct crash_disk *disk, uint64_t number)
{
    static const char *const loss_name[CRASH_LOSSES] = {"nothing lost", "all lost", "some lost"};
    struct test_rng rng = test_rng_from(p->options.seed + number);
    struct test_dir folder = {0};
    struct test_path home = test_dir_at(&p->dir, "image/coalition/home");
    struct crash_image image = {.home = home.text, .is_lived_on = number % LIVED_ON_EVERY == 0};
    const char *why;
    (void)snprintf(folder.path, sizeof folder.path, "%s", test_dir_at(&p->dir, "image").text);
    SMK_ASSERT(mkdir(folder.path, 0700) == 0);
    enum crash_loss loss = loss_draw(&rng);
    crash_disk_write(disk, loss, &rng, folder.path);
    expect(p, p->cut[number], &image);
    enum crash_verdict verdict = crash_image_judge(&image, &why);
    p->progress->behind += image.found.was_behind;
    p->progress->documents = larger(p->progress->documents, image.found.documents);
    p->progress->terms = larger(p->progress->terms, image.found.terms);
    p->progress->opened += verdict != CRASH_VERDICT_BROKEN;
    p->progress->lost += verdict == CRASH_VERDICT_LOST;
    p->progress->broken += verdict == CRASH_VERDICT_BROKEN;
    if (verdict != CRASH_VERDICT_GOOD && p->progress->lost + p->progress->broken <= SHOWN_MAX)
        (void)fprintf(stderr, "%s: image %" PRIu64 " (cut behind entry %zu of %zu, %s): %s\n",
                      verdict == CRASH_VERDICT_LOST ? "LOST" : "FAILED OPEN", number + 1, p->cut[number],
                      p->record.entry_count, loss_name[loss], why);
    if (p->options.only == 0 || verdict == CRASH_VERDICT_GOOD)
        test_dir_deinit(&folder);
}

/* Goes on from the image that is next; ends with the last one, or with the process. */
static void look_from(struct powercut *p, uint64_t first)
{
    struct crash_disk *disk = crash_disk_new(p->root_inode);
    size_t played = 0;
    for (uint64_t i = first; i < p->options.images; i++) {
        for (; played <= p->cut[i]; played++)
            crash_record_play(&p->record, played, disk);
        if (p->options.only == 0 || p->options.only == i + 1)
            look_at(p, disk, i);
        p->progress->done = i + 1;
    }
    crash_disk_free(disk);
}

static bool look_at_all(struct powercut *p)
{
    while (p->progress->done < p->options.images) {
        uint64_t first = p->progress->done;
        struct test_dir rest = {0};
        int status;
        pid_t pid = fork();
        if (pid == 0) {
            look_from(p, first);
            _exit(0);
        }
        if (pid < 0 || waitpid(pid, &status, 0) != pid)
            return false;
        if (status == 0)
            continue;
        (void)fprintf(stderr,
                      "FAILED OPEN: image %" PRIu64 " (cut behind entry %zu) ended the process with %d\n",
                      p->progress->done + 1, p->cut[p->progress->done], status);
        p->progress->broken++;
        p->progress->done++;
        (void)snprintf(rest.path, sizeof rest.path, "%s", test_dir_at(&p->dir, "image").text);
        test_dir_deinit(&rest);
    }
    return true;
}

/* ---- the program ---- */

static bool read_number(const char *text, uint64_t *ret_number)
{
    char *end;
    errno = 0;
    uint64_t number = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != 0)
        return false;
    *ret_number = number;
    return true;
}

static bool read_options(int argc, char **argv, struct options *o)
{
    *o = (struct options){.images = 20000, .commits = 500, .compact_every = 100, .seed = test_seed()};
    for (int i = 1; i < argc; i += 2) {
        const struct {
            const char *name;
            uint64_t *number;
        } known[] = {{"--images", &o->images},
                     {"--commits", &o->commits},
                     {"--compact-every", &o->compact_every},
                     {"--seed", &o->seed},
                     {"--image", &o->only}};
        bool is_known = argv[i + 1] != NULL && strcmp(argv[i], "--journal") == 0;
        if (is_known)
            o->journal = argv[i + 1];
        for (size_t k = 0; !is_known && argv[i + 1] != NULL && k < sizeof known / sizeof known[0]; k++)
            is_known = strcmp(argv[i], known[k].name) == 0 && read_number(argv[i + 1], known[k].number);
        if (!is_known)
            return false;
    }
    return o->images > 0 && o->images <= IMAGES_MAX && o->only <= o->images;
}

int main(int argc, char **argv)
{
    static struct powercut p;
    if (!read_options(argc, argv, &p.options)) {
        (void)fputs("usage: crash_powercut [--images N] [--commits N] [--compact-every N] [--seed N]\n"
                    "                      [--journal FILE] [--image I]\n",
                    stderr);
        return 2;
    }
    p.progress = mmap(NULL, sizeof *p.progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p.progress == MAP_FAILED || smk_crypto_start() != SMK_OK)
        return 1;
    test_tidy_begin(NULL);
    test_tidy_folder(p.dir.path);
    test_dir_init(&p.dir);
    bool is_good = journal_make(&p);
    if (is_good) {
        plan_make(&p);
        is_good = look_at_all(&p);
    }
    const struct progress *done = p.progress;
    size_t promises = p.record.promise_count;
    (void)printf("images %" PRIu64 ", opened %" PRIu64 ", acknowledged %zu, lost %" PRIu64
                 ", failed opens %" PRIu64 " (seed %" PRIu64 ", %zu entries)\n",
                 done->done, done->opened, promises, done->lost, done->broken, p.options.seed,
                 p.record.entry_count);
    (void)printf("index: %" PRIu64 " images in which it had to catch up, at most %" PRIu64
                 " documents and %" PRIu64 " terms\n",
                 done->behind, done->documents, done->terms);
    is_good =
        is_good && done->lost == 0 && done->broken == 0 && done->done == p.options.images && promises > 0;
    if (is_good && p.options.only == 0 && (done->behind == 0 || done->documents == 0 || done->terms == 0)) {
        (void)fputs("crash_powercut: no index was ever behind, or none had anything in it\n", stderr);
        is_good = false;
    }
    crash_record_close(&p.record);
    free(p.cut);
    if (is_good)
        test_dir_deinit(&p.dir);
    test_tidy_folder(NULL);
    if (!is_good)
        (void)fprintf(stderr,
                      "crash_powercut: again with --seed %" PRIu64 " --images %" PRIu64
                      " --journal %s/journal --image I\n",
                      p.options.seed, p.options.images, p.dir.path);
    return is_good ? 0 : 1;
}
