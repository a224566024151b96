#include "store/files/outbox.h"

#include "tests/support/fault.h"
#include "tests/support/tempdir.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(outbox, .init = start_crypto);

/* The names in a folder, in order; hidden ones too. */
static const char *names_in(const char *path)
{
    static char text[512];
    struct dirent **entry;
    int count = scandir(path, &entry, NULL, alphasort);
    cr_assert(ge(int, count, 0));
    text[0] = '\0';
    for (int i = 0; i < count; i++) {
        if (strcmp(entry[i]->d_name, ".") != 0 && strcmp(entry[i]->d_name, "..") != 0)
            (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s ", entry[i]->d_name);
        free(entry[i]);
    }
    free(entry);
    return text;
}

static const char *text_in(const char *path)
{
    static char text[64];
    FILE *file = fopen(path, "r");
    cr_assert(ne(ptr, file, NULL), "%s", path);
    size_t len = fread(text, 1, sizeof text - 1, file);
    text[len] = '\0';
    (void)fclose(file);
    return text;
}

static void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert(ne(ptr, file, NULL));
    cr_assert(ge(int, fputs(text, file), 0));
    cr_assert(eq(int, fclose(file), 0));
}

static bool is_known(const char *name)
{
    return strcmp(name, "a.csv") == 0 || strcmp(name, "b.csv") == 0;
}

static enum smk_err write_one(struct smk_outbox *o, const char *name, const char *text)
{
    enum smk_err err = smk_outbox_open(o, name);
    if (err == SMK_OK)
        err = smk_outbox_write(o, smk_bytes_of_text(text));
    return err == SMK_OK ? smk_outbox_close(o) : err;
}

/* One file or two; everything that can go wrong comes out as the answer. */
static enum smk_err put(const char *target, bool is_folder, bool replaces, const char *text)
{
    struct smk_outbox *o = calloc(1, sizeof *o);
    cr_assert(ne(ptr, o, NULL));
    enum smk_err err = smk_outbox_begin(o, target, is_folder, replaces, is_known);
    if (err == SMK_OK)
        err = write_one(o, "a.csv", text);
    if (err == SMK_OK && is_folder)
        err = write_one(o, "b.csv", text);
    if (err == SMK_OK)
        err = smk_outbox_commit(o);
    smk_outbox_abort(o);
    free(o);
    return err;
}

Test(outbox, a_file_appears_whole_and_alone)
{
    struct test_dir dir;
    test_dir_init(&dir);
    struct test_path target = test_dir_at(&dir, "x.csv");
    cr_assert(eq(int, put(target.text, false, false, "one"), SMK_OK));
    cr_assert(eq(str, (char *)(uintptr_t)names_in(dir.path), "x.csv "));
    cr_assert(eq(str, (char *)(uintptr_t)text_in(target.text), "one"));
    struct stat st;
    cr_assert(eq(int, stat(target.text, &st), 0));
    cr_assert(eq(uint, st.st_mode & 0777, 0600));
    cr_assert(eq(int, put(target.text, false, false, "two"), SMK_ERR_EXISTS));
    cr_assert(eq(str, (char *)(uintptr_t)text_in(target.text), "one"));
    cr_assert(eq(int, put(target.text, false, true, "two"), SMK_OK));
    cr_assert(eq(str, (char *)(uintptr_t)text_in(target.text), "two"));
    cr_assert(eq(str, (char *)(uintptr_t)names_in(dir.path), "x.csv "));
    test_dir_deinit(&dir);
}

Test(outbox, a_folder_appears_whole_and_takes_the_place_of_one_of_its_kind)
{
    struct test_dir dir;
    test_dir_init(&dir);
    struct test_path target = test_dir_at(&dir, "x"), inside = test_dir_at(&dir, "x/a.csv"),
                     other = test_dir_at(&dir, "x/notes.txt");
    cr_assert(eq(int, put(test_dir_at(&dir, "x///").text, true, true, "one"), SMK_OK),
              "nothing there to replace");
    cr_assert(eq(str, (char *)(uintptr_t)names_in(target.text), "a.csv b.csv "));
    cr_assert(eq(int, put(target.text, true, false, "two"), SMK_ERR_EXISTS));
    cr_assert(eq(int, unlink(test_dir_at(&dir, "x/b.csv").text), 0));
    cr_assert(eq(int, put(target.text, true, true, "two"), SMK_OK));
    cr_assert(eq(str, (char *)(uintptr_t)names_in(target.text), "a.csv b.csv "));
    cr_assert(eq(str, (char *)(uintptr_t)text_in(inside.text), "two"));
    put_file(other.text, "mine");
    cr_assert(eq(int, put(target.text, true, true, "three"), SMK_ERR_INVALID));
    cr_assert(eq(str, (char *)(uintptr_t)text_in(other.text), "mine"));
    cr_assert(eq(str, (char *)(uintptr_t)text_in(inside.text), "two"));
    cr_assert(eq(str, (char *)(uintptr_t)names_in(dir.path), "x "));
    test_dir_deinit(&dir);
}

Test(outbox, what_is_no_such_thing_stays)
{
    struct test_dir dir;
    test_dir_init(&dir);
    struct test_path target = test_dir_at(&dir, "x"), other = test_dir_at(&dir, "y");
    put_file(other.text, "mine");
    cr_assert(eq(int, symlink(other.text, target.text), 0));
    cr_assert(eq(int, put(target.text, false, true, "a"), SMK_ERR_INVALID), "a link");
    cr_assert(eq(int, put(target.text, true, true, "a"), SMK_ERR_INVALID));
    cr_assert(eq(int, put(other.text, true, true, "a"), SMK_ERR_INVALID), "a file where a folder is to be");
    cr_assert(eq(int, put(dir.path, false, true, "a"), SMK_ERR_INVALID), "a folder where a file is to be");
    cr_assert(eq(int, put(test_dir_at(&dir, "no/x").text, false, false, "a"), SMK_ERR_NOT_FOUND));
    cr_assert(eq(int, put(test_dir_at(&dir, "y/x").text, false, false, "a"), SMK_ERR_NOT_FOUND),
              "below a file");
    cr_assert(eq(int, put("", false, false, "a"), SMK_ERR_TOO_BIG_HERE));
    cr_assert(eq(int, put("/", true, true, "a"), SMK_ERR_TOO_BIG_HERE));
    char *path = malloc(SMK_OUTBOX_PATH_MAX + 1);
    cr_assert(ne(ptr, path, NULL));
    memset(path, 'a', SMK_OUTBOX_PATH_MAX);
    path[SMK_OUTBOX_PATH_MAX] = '\0';
    cr_assert(eq(int, put(path, false, false, "a"), SMK_ERR_TOO_BIG_HERE));
    free(path);
    cr_assert(eq(str, (char *)(uintptr_t)text_in(other.text), "mine"));
    cr_assert(eq(str, (char *)(uintptr_t)names_in(dir.path), "x y "));
    test_dir_deinit(&dir);
}

Test(outbox, somebody_who_was_faster_is_not_overwritten)
{
    struct test_dir dir;
    test_dir_init(&dir);
    struct test_path target = test_dir_at(&dir, "x");
    struct smk_outbox *o = calloc(1, sizeof *o);
    for (int is_folder = 0; is_folder < 2; is_folder++) {
        cr_assert(eq(int, smk_outbox_begin(o, target.text, is_folder == 1, false, is_known), SMK_OK));
        cr_assert(eq(int, write_one(o, "a.csv", "late"), SMK_OK));
        put_file(target.text, "first");
        cr_assert(eq(int, smk_outbox_commit(o), SMK_ERR_EXISTS));
        smk_outbox_abort(o);
        cr_assert(eq(str, (char *)(uintptr_t)text_in(target.text), "first"));
        cr_assert(eq(str, (char *)(uintptr_t)names_in(dir.path), "x "));
        cr_assert(eq(int, unlink(target.text), 0));
    }
    free(o);
    test_dir_deinit(&dir);
}

Test(outbox, giving_up_leaves_nothing)
{
    struct test_dir dir;
    test_dir_init(&dir);
    struct smk_outbox *o = calloc(1, sizeof *o);
    cr_assert(eq(int, smk_outbox_begin(o, test_dir_at(&dir, "x").text, true, false, is_known), SMK_OK));
    cr_assert(eq(int, write_one(o, "a.csv", "a"), SMK_OK));
    cr_assert(eq(int, smk_outbox_open(o, "b.csv"), SMK_OK));
    cr_assert(eq(int, smk_outbox_write(o, smk_bytes_of_text("half")), SMK_OK));
    smk_outbox_abort(o);
    cr_assert(eq(str, (char *)(uintptr_t)names_in(dir.path), ""));
    smk_outbox_abort(o);
    free(o);
    test_dir_deinit(&dir);
}

Test(outbox, sizes_and_hashes_are_those_of_the_files)
{
    struct test_dir dir;
    test_dir_init(&dir);
    struct smk_outbox *o = calloc(1, sizeof *o);
    enum { LONG = 200 * 1000 };
    char *text = malloc(LONG);
    uint8_t hash[SMK_HASH_BYTES];
    struct smk_buf read;
    cr_assert(o != NULL && text != NULL);
    memset(text, 'x', LONG);
    cr_assert(eq(int, smk_outbox_begin(o, test_dir_at(&dir, "x").text, true, false, is_known), SMK_OK));
    cr_assert(eq(int, smk_outbox_open(o, "a.csv"), SMK_OK));
    for (size_t at = 0, piece = 1; at < LONG; at += piece, piece = piece * 3 % 70001) {
        piece = piece < LONG - at ? piece : LONG - at;
        cr_assert(eq(int, smk_outbox_write(o, (struct smk_bytes){(uint8_t *)text + at, piece}), SMK_OK));
    }
    cr_assert(eq(int, smk_outbox_close(o), SMK_OK));
    smk_sha256((struct smk_bytes){(uint8_t *)text, LONG}, (struct smk_bytes){0}, hash);
    cr_assert(eq(u64, o->file[0].bytes, LONG));
    cr_assert(eq(int, memcmp(o->file[0].sha256, hash, sizeof hash), 0));
    char path[SMK_OUTBOX_PATH_MAX];
    cr_assert(smk_outbox_path(o, "b.csv", path));
    put_file(path, "by another hand");
    cr_assert(eq(int, smk_outbox_adopt(o, "b.csv", 100, &read), SMK_OK));
    cr_assert(smk_bytes_is_equal(smk_buf_view(&read), smk_bytes_of_text("by another hand")));
    smk_buf_deinit(&read);
    cr_assert(eq(u64, o->file[1].bytes, 15));
    cr_assert(eq(int, smk_outbox_adopt(o, "b.csv", 14, &read), SMK_ERR_TOO_BIG_HERE));
    smk_buf_deinit(&read);
    cr_assert(eq(int, smk_outbox_adopt(o, "c.csv", 14, &read), SMK_ERR_IO));
    smk_buf_deinit(&read);
    cr_assert(eq(int, smk_outbox_commit(o), SMK_OK));
    smk_outbox_abort(o);
    cr_assert(eq(str, (char *)(uintptr_t)text_in(test_dir_at(&dir, "x/b.csv").text), "by another hand"));
    cr_assert(eq(sz, test_file_bytes(test_dir_at(&dir, "x/a.csv").text), LONG));
    free(text);
    free(o);
    test_dir_deinit(&dir);
}

Test(outbox, there_are_at_most_80_files)
{
    struct test_dir dir;
    test_dir_init(&dir);
    struct smk_outbox *o = calloc(1, sizeof *o);
    cr_assert(eq(int, smk_outbox_begin(o, test_dir_at(&dir, "x").text, true, false, is_known), SMK_OK));
    for (size_t i = 0; i <= SMK_OUTBOX_FILES_MAX; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "%zu.csv", i);
        cr_assert(eq(int, write_one(o, name, ""), i < SMK_OUTBOX_FILES_MAX ? SMK_OK : SMK_ERR_TOO_BIG_HERE));
    }
    smk_outbox_abort(o);
    free(o);
    test_dir_deinit(&dir);
}

Test(outbox, too_little_memory_is_named)
{
    struct test_dir dir;
    test_dir_init(&dir);
    for (unsigned long nth = 0;; nth++) {
        cr_assert(lt(ulong, nth, 10));
        test_fault_begin(TEST_FAULT_ONCE, nth);
        enum smk_err err = put(test_dir_at(&dir, "x").text, true, false, "a");
        test_fault_end();
        cr_assert(eq(long, test_fault_live(), 0));
        cr_assert(eq(int, err, test_fault_hits() == 0 ? SMK_OK : SMK_ERR_NOMEM));
        cr_assert(eq(str, (char *)(uintptr_t)names_in(dir.path), test_fault_hits() == 0 ? "x " : ""));
        if (err == SMK_OK)
            break;
    }
    test_dir_deinit(&dir);
}
