#include "tools/args.h"
#include "tools/when.h"

#include "proto/canon.h"
#include "tests/support/fault.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/redirect.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 16 };

/* Splits at spaces, into memory that may be written to. */
static int words_of(char *line, char *words[WORDS_MAX])
{
    int count = 0;
    for (char *at = line; *at != 0;) {
        char *end = at + strcspn(at, " ");
        words[count++] = at;
        at = *end != 0 ? end + 1 : end;
        *end = 0;
    }
    return count;
}

static void redirect(void)
{
    cr_redirect_stdout();
    cr_redirect_stderr();
}

Test(cli, global_options_may_stand_anywhere)
{
    static const char *const lines[] = {
        "--home /h --json --as CTOD-DIR status",
        "status --json --home=/h --as ctod-dir",
        "--as=CTOD-DIR --json status --home /h",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char line[128], home[SMK_HOME_PATH_MAX], *words[WORDS_MAX];
        struct smk_cli cli = {0};
        struct smk_slug office;
        struct smk_globals globals = {0};
        (void)snprintf(line, sizeof line, "%s", lines[i]);
        int count = words_of(line, words);
        cr_assert(
            eq(int, (int)smk_args_take_globals(&cli, &count, words, &office, home, &globals), SMK_EXIT_DONE));
        cr_assert(eq(int, count, 1), "%s", lines[i]);
        cr_assert(eq(str, words[0], "status"));
        cr_assert(eq(str, (char *)cli.home_path, "/h"));
        cr_assert(eq(str, (char *)cli.as_office, "ctod-dir"), "an office is known in small letters");
        cr_assert(cli.is_json);
        cr_assert(not(globals.wants_help));
    }
}

Test(cli, the_home_is_the_option_then_the_environment_then_the_data_folder)
{
    char home[SMK_HOME_PATH_MAX];
    struct smk_slug office;
    struct smk_globals globals;
    static const struct {
        const char *samaki, *xdg, *user, *expected;
    } row[] = {
        {"/s", "/x", "/u", "/s"},
        {NULL, "/x", "/u", "/x/samaki"},
        {"", "/x", "/u", "/x/samaki"},
        {NULL, NULL, "/u", "/u/.local/share/samaki"},
        {NULL, "not/absolute", "/u", "/u/.local/share/samaki"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_cli cli = {0};
        int count = 0;
        (void)(row[i].samaki != NULL ? setenv("SAMAKI_HOME", row[i].samaki, 1) : unsetenv("SAMAKI_HOME"));
        (void)(row[i].xdg != NULL ? setenv("XDG_DATA_HOME", row[i].xdg, 1) : unsetenv("XDG_DATA_HOME"));
        (void)setenv("HOME", row[i].user, 1);
        cr_assert(
            eq(int, (int)smk_args_take_globals(&cli, &count, NULL, &office, home, &globals), SMK_EXIT_DONE));
        cr_assert(eq(str, (char *)cli.home_path, (char *)row[i].expected), "row %zu", i);
    }
}

Test(cli, mistakes_in_global_options_are_usage, .init = redirect)
{
    static const char *const lines[] = {"--home", "--lang fr status", "--as A_B status", "--json=1",
                                        "--home --json"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char line[128], home[SMK_HOME_PATH_MAX], *words[WORDS_MAX];
        struct smk_cli cli = {0};
        struct smk_slug office;
        struct smk_globals globals;
        (void)snprintf(line, sizeof line, "%s", lines[i]);
        int count = words_of(line, words);
        cr_assert(
            eq(int, (int)smk_args_take_globals(&cli, &count, words, &office, home, &globals), SMK_EXIT_USAGE),
            "%s", lines[i]);
    }
}

static bool read_line(struct smk_cli *cli, const char *text, struct smk_arg args[3], const char **words,
                      size_t *word_count)
{
    static char line[256];
    static char *split[WORDS_MAX];
    (void)snprintf(line, sizeof line, "%s", text);
    args[0] = (struct smk_arg){.name = "--org", .max = 1};
    args[1] = (struct smk_arg){.name = "--area", .max = 2};
    args[2] = (struct smk_arg){.name = "--all"};
    return smk_args_read(cli, words_of(line, split), split, args, 3, words, 2, word_count);
}

Test(cli, options_of_a_command_stand_in_any_order)
{
    struct smk_cli cli = {0};
    struct smk_arg args[3];
    const char *words[2];
    size_t count;
    cr_assert(read_line(&cli, "org add --area 02 ctod --org=x --all --area=0201", args, words, &count));
    cr_assert(eq(sz, count, 2));
    cr_assert(eq(str, (char *)words[1], "ctod"));
    cr_assert(eq(str, (char *)smk_arg_value(&args[0], "-"), "x"));
    cr_assert(eq(sz, args[1].count, 2));
    cr_assert(eq(str, (char *)args[1].value[1], "0201"));
    cr_assert(eq(sz, args[2].count, 1));
    cr_assert(read_line(&cli, "org -- --org -", args, words, &count), "after -- everything is plain");
    cr_assert(eq(sz, count, 2));
    cr_assert(eq(str, (char *)smk_arg_value(&args[0], "none"), "none"));
}

Test(cli, a_field_is_a_word_of_its_own, .init = redirect)
{
    static const struct {
        const char *line;
        bool is_taken;
        size_t words, fields;
        const char *why;
    } row[] = {
        {"edit CS-1 year=2021", true, 1, 1, "plain"},
        {"edit year=2021 CS-1 --field title=x", true, 1, 2, "before the document, and beside the option"},
        {"edit CS-1 findings[2].text_km=x agenda+=y title=", true, 1, 3, "parts, items, what is taken back"},
        {"edit CS-1 a=1 b=2 c=3 d=4", false, 1, 3, "too many"},
        {"edit CS-1 year 2021", false, 1, 0, "two words"},
        {"edit =2021", true, 1, 0, "no name"},
        {"edit -- year=2021", true, 1, 0, "behind --"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_cli cli = {0};
        struct smk_arg arg = {.name = "--field", .max = 3, .takes_words = true};
        char line[128], *split[WORDS_MAX];
        const char *word;
        size_t count;
        (void)snprintf(line, sizeof line, "%s", row[i].line);
        bool is_taken = smk_args_read(&cli, words_of(line, split), split, &arg, 1, &word, 1, &count);
        cr_assert(eq(int, is_taken, row[i].is_taken), "%s", row[i].why);
        cr_assert(eq(sz, count, row[i].words), "%s", row[i].why);
        cr_assert(eq(sz, arg.count, row[i].fields), "%s", row[i].why);
    }
}

Test(cli, mistakes_in_options_are_refused, .init = redirect)
{
    static const struct {
        const char *line, *why;
    } row[] = {
        {"org --orgg x", "unknown"},
        {"org --org", "without its value"},
        {"org --org --all", "an option is no value"},
        {"org --org=", "an empty value"},
        {"org --org a --org b", "twice"},
        {"org --area 1 --area 2 --area 3", "too often"},
        {"org --all=1", "a switch with a value"},
        {"org a b c", "one word too many"},
        {"org -x", "no short options"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_cli cli = {0};
        struct smk_arg args[3];
        const char *words[2];
        size_t count;
        cr_assert(not(read_line(&cli, row[i].line, args, words, &count)), "%s", row[i].why);
    }
}

Test(cli, names_areas_and_addresses_are_checked, .init = redirect)
{
    static const struct {
        const char *text;
        bool slug, area, address;
    } row[] = {
        {"ctod", true, false, false},
        {"CTOD", false, false, false},
        {"", false, false, false},
        {"02", true, true, false},
        {"0201", true, true, false},
        {"201", true, false, false},
        {"abcdefghijklmnopqrstuvwxy", false, false, false},
        {"hub.example.org:4717", false, false, true},
        {"[2001:db8::1]:4717", false, false, true},
        {"2001:db8::1", false, false, false},
        {"hub.example.org", false, false, false},
        {"hub:", false, false, false},
        {":4717", false, false, false},
        {"hub:0", false, false, false},
        {"hub:65535", false, false, true},
        {"hub:65536", false, false, false},
        {"hub:47a", false, false, false},
        {"http://hub:4717", false, false, false},
        {"h\x1b:1", false, false, false},
    };
    struct smk_cli cli = {0};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_slug slug;
        char area[5];
        cr_assert(eq(int, smk_args_slug(&cli, "--org", row[i].text, &slug), row[i].slug), "slug %s",
                  row[i].text);
        cr_assert(eq(int, smk_args_area(&cli, row[i].text, area), row[i].area), "area %s", row[i].text);
        cr_assert(eq(int, smk_args_address(&cli, row[i].text), row[i].address), "address %s", row[i].text);
    }
}

Test(cli, typed_texts_become_nfc_and_old_fonts_are_refused, .init = redirect)
{
    char got[16] = "as it was", err[4096] = "";
    struct smk_cli cli = {0};
    cr_assert(smk_args_utf8(&cli, "--name", "cafe\u0301", sizeof got - 1, got));
    cr_assert(eq(str, got, "caf\u00e9"));
    cr_assert(smk_args_utf8(&cli, "--name", "ក\u200bខ", sizeof got - 1, got));
    cr_assert(eq(str, got, "ក\u200bខ"));
    cr_assert(not(smk_args_utf8(&cli, "--name", "kmµúCa", sizeof got - 1, got)));
    cr_assert(not(smk_args_utf8(&cli, "--name", "1234567890123456", sizeof got - 1, got)),
              "one byte too long");
    cr_assert(not(smk_args_utf8(&cli, "--name", "a\xff", sizeof got - 1, got)));
    cr_assert(not(smk_args_utf8(&cli, "--name", "", sizeof got - 1, got)));
    cr_assert(eq(str, got, "ក\u200bខ"), "left alone");
    cr_assert(not(cli.has_lost_words));
    test_fault_begin(TEST_FAULT_ONCE, 0);
    bool is_good = smk_args_utf8(&cli, "--name", "abc", sizeof got - 1, got);
    test_fault_end();
    cr_assert(not(is_good));
    cr_assert(cli.has_lost_words, "it was not the user's mistake");
    (void)fflush(stderr);
    FILE *said = cr_get_redirected_stderr();
    (void)fread(err, 1, sizeof err - 1, said);
    cr_assert(ne(ptr, strstr(err, "--name cannot be read. It looks like Khmer for an old font such as Limon"),
                 NULL));
}

Test(cli, an_office_is_named_with_its_role_and_area, .init = redirect)
{
    struct smk_cli cli = {0};
    struct smk_office_words office;
    cr_assert(smk_args_office(&cli, "ctod-dir", &office));
    cr_assert(not(office.has_role));
    cr_assert(smk_args_office(&cli, "sna-0201-gov:sna_signatory:0201", &office));
    cr_assert(office.has_role);
    cr_assert(eq(str, office.slug.text, "sna-0201-gov"));
    cr_assert(eq(str, office.role.text, "sna_signatory"));
    cr_assert(eq(str, office.area, "0201"));
    static const char *const bad[] = {"",         ":", "a:", "a:nobody", "a:auditor:2", "a:auditor:02:x",
                                      "A:auditor"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert(not(smk_args_office(&cli, bad[i], &office)), "%s", bad[i]);
}

Test(cli, a_mistyped_name_finds_its_neighbour)
{
    static const char *const names[] = {"status", "sync", "org", "invite"};
    cr_assert(eq(str, (char *)smk_args_nearest("stats", names, 4), "status"));
    cr_assert(eq(str, (char *)smk_args_nearest("snyc", names, 4), "sync"));
    cr_assert(eq(str, (char *)smk_args_nearest("ivnite", names, 4), "invite"));
    cr_assert(eq(ptr, (void *)smk_args_nearest("xyz", names, 4), NULL), "nothing is near");
    cr_assert(eq(ptr, (void *)smk_args_nearest("", names, 4), NULL));
}

Test(cli, a_failure_is_three_sentences_or_one_object, .init = redirect)
{
    struct smk_cli cli = {.is_json = true};
    enum smk_exit code =
        smk_cli_fail(&cli, SMK_EXIT_TRY_AGAIN, "busy", "It is locked.", "All is safe.", "Wait.");
    cr_assert(eq(int, (int)code, SMK_EXIT_TRY_AGAIN));
    (void)fflush(stdout);
    cr_assert_stdout_eq_str(
        "{\"error\":\"busy\",\"what\":\"It is locked.\",\"safe\":\"All is safe.\",\"do\":\"Wait.\"}\n");
}

Test(cli, a_missing_home_is_named_and_what_to_do, .init = redirect)
{
    struct smk_cli cli = {.home_path = "/no\x1b[2J/home"};
    cr_assert(
        eq(int, (int)smk_cli_fail_err(&cli, SMK_ERR_STORE_MISSING, "opening the home"), SMK_EXIT_REFUSED));
    (void)fflush(stderr);
    cr_assert_stderr_eq_str(
        "samaki: There is no Samaki home in /no\\x1b[2J/home.\n"
        "        Found one with 'samaki init', or join one with 'samaki join'; --home DIR says "
        "where it is.\n");
}

Test(cli, every_error_has_a_sentence_and_a_fitting_code, .init = redirect)
{
    struct smk_cli cli = {.home_path = "/h"};
#define X(name, code, text) SMK_ERR_##name,
    static const enum smk_err errors[] = {SMK_ERR_MAP(X)};
#undef X
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        int code = (int)smk_cli_fail_err(&cli, errors[i], "trying");
        cr_assert(code == SMK_EXIT_REFUSED || code == SMK_EXIT_TRY_AGAIN, "%s", smk_err_name(errors[i]));
    }
    cr_assert(eq(int, (int)smk_cli_fail_err(&cli, SMK_ERR_STORE_BUSY, "trying"), SMK_EXIT_TRY_AGAIN));
    cr_assert(eq(int, (int)smk_cli_fail_err(&cli, SMK_ERR_CUT_LINE, "trying"), SMK_EXIT_TRY_AGAIN));
    cr_assert(eq(int, (int)smk_cli_fail_err(&cli, SMK_ERR_STORE_DAMAGED, "trying"), SMK_EXIT_REFUSED));
}

Test(cli, json_is_safe_for_a_terminal_and_says_the_same, .init = redirect)
{
    struct smk_cli cli = {.is_json = true};
    smk_cli_json(&cli,
                 json_pack("{s:o}", "t",
                           smk_json_text(smk_bytes_of_text("ក\xE2\x80\xAE\xC2\x9B\x7f\n\xF3\xA0\x81\x81"))));
    (void)fflush(stdout);
    cr_assert_stdout_eq_str("{\"t\":\"ក\\u202e\\u009b\\u007f\\n\\udb40\\udc41\"}\n");
}

Test(cli, bytes_and_values_become_json)
{
    static const uint8_t bytes[] = {0x00, 0xAB};
    json_t *hex = smk_json_hex(SMK_BYTES(bytes)), *bad = smk_json_text(smk_bytes_of_text("a\xFFz"));
    cr_assert(eq(str, (char *)json_string_value(hex), "00ab"));
    cr_assert(eq(str, (char *)json_string_value(bad), "a\xEF\xBF\xBDz"));
    json_decref(hex);
    json_decref(bad);

    struct smk_buf b = {.max = 256};
    smk_pack_map(&b, 2);
    smk_pack_text(&b, "a");
    smk_pack_array(&b, 5);
    smk_pack_nil(&b);
    smk_pack_bool(&b, true);
    smk_pack_int(&b, -7);
    smk_pack_uint(&b, UINT64_MAX);
    smk_pack_bin(&b, SMK_BYTES(bytes));
    smk_pack_text(&b, "bb");
    smk_pack_uint(&b, 3);
    struct smk_tree tree;
    cr_assert(eq(int, smk_tree_decode(smk_buf_view(&b), SMK_WALK_PAYLOAD, &tree), SMK_OK));
    json_t *value = smk_json_value(tree.root);
    char *text = json_dumps(value, JSON_COMPACT);
    cr_assert(eq(str, text, "{\"a\":[null,true,-7,\"18446744073709551615\",\"00ab\"],\"bb\":3}"));
    free(text);
    json_decref(value);
    smk_tree_deinit(&tree);
    smk_buf_deinit(&b);
}

Test(cli, times_are_shown_in_the_coalitions_zone)
{
    struct smk_when when;
    smk_when_use_zone("Asia/Phnom_Penh");
    cr_assert(eq(str, (char *)smk_when_shown(1795330931250, &when), "2026-11-22 14:02"));
    json_t *json = smk_when_json(1795330931250);
    cr_assert(eq(str, (char *)json_string_value(json), "2026-11-22T14:02:11.250+07:00"));
    json_decref(json);
    cr_assert(eq(str, (char *)smk_when_shown(0, &when), "never"));
    cr_assert(eq(str, (char *)smk_when_shown(UINT64_MAX, &when), "an impossible time"));
    json = smk_when_json(0);
    cr_assert(eq(int, (int)json_typeof(json), JSON_NULL));
    smk_when_use_zone("Nowhere/At_All");
    cr_assert(eq(str, (char *)smk_when_shown(1795330931250, &when), "2026-11-22 07:02 UTC"));
}

Test(cli, only_names_of_zones_are_zones)
{
    cr_assert(smk_when_has_zone("Asia/Phnom_Penh"));
    cr_assert(smk_when_has_zone("UTC"));
    static const char *const bad[] = {"",      "../etc/passwd", "/etc/localtime", ":x", "Asia//X",
                                      "Asia/", "a b",           "<+07>-7"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert(not(smk_when_is_zone_name(bad[i])), "%s", bad[i]);
}
