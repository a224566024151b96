/* Commands over a home whose documents and acts say nothing else: what a terminal sees of them, a page for printing, and the
 * files of an export. Records are written past every check, as a node of somebody else might. */
#include "tests/support/stores.h"
#include "tests/texts/said.h"
#include "tests/texts/texts.h"

#include "proto/check.h"
#include "proto/hash.h"
#include "proto/payload.h"
#include "tools/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WRITE_MAX = 100, WORDS_MAX = 8 };

/* What a text may do to a document: stand wherever it may stand, or everywhere. */
enum manner { FITTING, BOLD };

struct world {
    const struct texts *texts;
    bool is_full;
    enum smk_language language; /* of what is asked next */
    struct test_dir dir;
    struct smk_home home, second, auditor;
    struct smk_draft draft[WRITE_MAX];
    struct smk_buf payload[WRITE_MAX];
    size_t count;
    uint64_t documents, acts;
    uint64_t shown, searched, pages;
};

/* ---- writing ---- */

static struct smk_home *home_of(struct world *w, const char *kind)
{
    return strcmp(kind, "audit_note") == 0 ? &w->auditor : &w->home;
}

static void flush(struct world *w, struct smk_home *home)
{
    uint8_t id[WRITE_MAX][SMK_ID_BYTES];
    if (w->count > 0)
        SMK_ASSERT(smk_store_write(home->store, &home->identity, w->draft, w->count, id) == SMK_OK);
    for (size_t i = 0; i < w->count; i++)
        smk_buf_deinit(&w->payload[i]);
    w->count = 0;
}

/* The next place for a payload. */
static struct smk_buf *next(struct world *w, struct smk_home *home, const struct smk_scope *scope,
                            uint64_t type)
{
    if (w->count == WRITE_MAX)
        flush(w, home);
    w->draft[w->count] = (struct smk_draft){.scope = *scope, .type = type};
    w->payload[w->count] = (struct smk_buf){.max = SMK_PAYLOAD_BYTES_MAX};
    return &w->payload[w->count];
}

static void keep(struct world *w)
{
    SMK_ASSERT(w->payload[w->count].err == SMK_OK);
    w->draft[w->count].payload = smk_buf_view(&w->payload[w->count]);
    w->count++;
}

static void pack_any(const struct smk_field *rule, struct smk_bytes text, struct smk_buf *b)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    if (rule->type == SMK_FIELD_TEXT || rule->type == SMK_FIELD_NAME || rule->type == SMK_FIELD_PROVENANCE) {
        smk_pack_str(b, text);
        return;
    }
    if (rule->type == SMK_FIELD_BILINGUAL) {
        smk_pack_str(smk_pairs_open_text(&p, "km"), text);
        smk_pack_str(smk_pairs_open_text(&p, "en"), text);
    }
    if (rule->type == SMK_FIELD_ANSWERS)
        smk_pack_str(smk_pairs_open_text(&p, "q1"), text);
    smk_pairs_close_into(&p, b);
}

static bool is_text(const struct smk_field *rule)
{
    return rule->type == SMK_FIELD_TEXT || rule->type == SMK_FIELD_NAME ||
           rule->type == SMK_FIELD_PROVENANCE || rule->type == SMK_FIELD_BILINGUAL ||
           rule->type == SMK_FIELD_ANSWERS;
}

/* Whether the field takes the text; packs it, or "x" where it does not. */
static bool pack_item(const struct smk_field *rule, struct smk_bytes text, enum manner manner,
                      struct smk_buf *b)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf value = {.max = SMK_PAYLOAD_BYTES_MAX};
    pack_any(rule, text, &value);
    bool is_taken = manner == BOLD || smk_schema_fits(rule, smk_buf_view(&value));
    if (is_taken)
        smk_pack_raw(b, smk_buf_view(&value));
    else
        pack_any(rule, smk_bytes_of_text("x"), b);
    return is_taken;
}

static void pack_group(const struct smk_field *rule, struct smk_bytes text, enum manner manner,
                       struct smk_buf *b)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    for (size_t i = 0; i < rule->part_count; i++) {
        const struct smk_field *part = &rule->part[i];
        if (is_text(part) && (part->flags & SMK_FIELD_IS_LIST) == 0)
            (void)pack_item(part, text, manner, smk_pairs_open_text(&p, part->name));
        else if ((part->flags & SMK_FIELD_IS_REQUIRED) != 0)
            value_pack_ordinary(part, smk_pairs_open_text(&p, part->name));
    }
    smk_pairs_close_into(&p, b);
}

/* Every field of the rules that holds a text, beside those that have to be there. */
static void pack_fields(const struct smk_field *rules, size_t count, const struct smk_kind *whole,
                        struct smk_bytes text, enum manner manner, struct smk_buf *b)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0};
    for (size_t i = 0; i < count; i++) {
        const struct smk_field *rule = &rules[i];
        bool is_list = (rule->flags & SMK_FIELD_IS_LIST) != 0, is_group = rule->type == SMK_FIELD_GROUP;
        if (!is_text(rule) && !is_group) {
            if (field_is_needed(whole, rule))
                field_pack_needed(whole, rule, smk_pairs_open_text(&p, rule->name));
            continue;
        }
        struct smk_buf *value = smk_pairs_open_text(&p, rule->name);
        if (is_list)
            smk_pack_array(value, 2);
        for (int item = 0; item < 1 + is_list; item++) {
            if (is_group)
                pack_group(rule, text, manner, value);
            else
                (void)pack_item(rule, text, manner, value);
        }
    }
    smk_pairs_close_into(&p, b);
}

static void id_of(const char *kind, size_t text, enum manner manner, uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    char name[96];
    uint8_t hash[SMK_HASH_BYTES];
    (void)snprintf(name, sizeof name, "%s %zu %d", kind, text, (int)manner);
    smk_sha256(smk_bytes_of_text(name), (struct smk_bytes){0}, hash);
    memcpy(ret_id, hash, SMK_DOC_ID_BYTES);
}

static void find_scope(const struct smk_kind *kind, struct smk_bytes fields, struct smk_scope *ret_scope)
{
    if (!smk_kind_scope(kind, fields, "sec", ret_scope))
        *ret_scope = smk_scope_of("pub"); /* it stands where its subject does */
}

static void add_document(struct world *w, const struct smk_kind *kind, size_t text, enum manner manner)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_scope scope;
    struct smk_complaint complaint;
    bool is_note = strcmp(kind->name, "audit_note") == 0;
    struct smk_edit edit = {.kind = smk_bytes_of_text(kind->name)};
    edit.office = smk_bytes_of_text(is_note                              ? "watch-auditor"
                                    : strcmp(kind->name, "project") == 0 ? "sec-approver"
                                                                         : "sec-editor");
    pack_fields(kind->field, kind->field_count, kind, w->texts->at[text], manner, &fields);
    SMK_ASSERT(fields.err == SMK_OK);
    bool is_whole = smk_kind_check(kind, smk_buf_view(&fields), true, &complaint);
    if (!is_whole && manner != BOLD)
        (void)fprintf(stderr, "%s.%s: %s\n", kind->name, complaint.field, smk_flaw_text(complaint.flaw));
    texts_check(is_whole || manner == BOLD, "a document of what fits is not whole", NULL, w->texts->at[text]);
    find_scope(kind, smk_buf_view(&fields), &scope);
    struct smk_buf *b = next(w, home_of(w, kind->name), &scope, SMK_RECORD_EDIT);
    id_of(kind->name, text, manner, edit.doc);
    edit.fields = smk_buf_view(&fields);
    smk_edit_encode(&edit, b);
    keep(w);
    w->documents++;
}

/* Every act that there is about the kind, about the fitting document of the text. */
static void add_acts(struct world *w, const struct smk_kind *kind, size_t text)
{
    struct smk_scope scope;
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf whole = {.max = SMK_PAYLOAD_BYTES_MAX};
    pack_fields(kind->field, kind->field_count, kind, w->texts->at[text], FITTING, &whole);
    find_scope(kind, smk_buf_view(&whole), &scope);
    for (size_t i = 0; i < smk_table_type_count(); i++) {
        struct smk_table_type type;
        smk_table_type_at(i, &type);
        for (size_t k = 0; type.is_act && type.kind == kind && k < type.act_count; k++) {
            SMK_CLEANUP(smk_buf_deinit) struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
            struct smk_act act = {.act = smk_bytes_of_text(type.act[k]->act),
                                  .kind = smk_bytes_of_text(kind->name),
                                  .office = smk_bytes_of_text("sec-editor")};
            pack_fields(type.act[k]->field, type.act[k]->field_count, NULL, w->texts->at[text],
                        text % 2 == 0 ? BOLD : FITTING, &fields);
            struct smk_buf *b = next(w, home_of(w, kind->name), &scope, SMK_RECORD_ACT);
            id_of(kind->name, text, FITTING, act.doc);
            id_of(type.act[k]->act, text, FITTING, act.id);
            act.fields = smk_buf_view(&fields);
            smk_act_encode(&act, b);
            keep(w);
            w->acts++;
        }
    }
}

/* A second device says something else of what the first has said, without having seen it: both stay. */
static void add_rival(struct world *w, const struct smk_kind *kind, size_t text)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf whole = {.max = SMK_PAYLOAD_BYTES_MAX};
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs p = {0}, remarks = {0};
    struct smk_edit edit = {.kind = smk_bytes_of_text(kind->name), .office = smk_bytes_of_text("sec-editor")};
    struct smk_scope scope;
    pack_fields(kind->field, kind->field_count, kind, w->texts->at[text], FITTING, &whole);
    find_scope(kind, smk_buf_view(&whole), &scope);
    smk_pack_str(smk_pairs_open_text(&remarks, "en"), w->texts->at[text]);
    smk_pairs_close_into(&remarks, smk_pairs_open_text(&p, "remarks"));
    smk_pairs_close_into(&p, &fields);
    struct smk_buf *b = next(w, &w->second, &scope, SMK_RECORD_EDIT);
    id_of(kind->name, text, FITTING, edit.doc);
    edit.fields = smk_buf_view(&fields);
    smk_edit_encode(&edit, b);
    keep(w);
}

/* The pages about one document, and the kind that they are about. */
static const struct {
    const char *report, *kind;
} page[] = {{"list", "joint_list"}, {"study", "case_study"}, {"study", "study_report"}};
enum { PAGES = sizeof page / sizeof page[0] };

/* Whether the text stands in documents of the kind: in each, when all of it is asked for; else in one kind, and in one that
 * has a page of its own. */
static bool has_turn(const struct world *w, const struct smk_kind *kind, size_t text)
{
    bool is_next = smk_kind_at(text % smk_kind_count()) == kind;
    return w->is_full || is_next || strcmp(kind->name, page[text % PAGES].kind) == 0;
}

static void fill(struct world *w)
{
    for (size_t i = 0; i < smk_kind_count(); i++) {
        const struct smk_kind *kind = smk_kind_at(i);
        for (size_t k = 0; k < w->texts->count; k++) {
            if (!has_turn(w, kind, k))
                continue;
            add_document(w, kind, k, FITTING);
            add_document(w, kind, k, BOLD);
            add_acts(w, kind, k);
        }
        flush(w, home_of(w, kind->name));
        for (size_t k = 0; k < w->texts->count; k++)
            if (has_turn(w, kind, k))
                add_rival(w, kind, k);
        flush(w, &w->second);
    }
}

static void carry_all(struct world *w)
{
    static const char *const scope[] = {"org:sec", "prov:02", "dm:0201", "pub"};
    for (size_t i = 0; i < sizeof scope / sizeof scope[0]; i++)
        (void)test_carry(w->second.store, w->home.store, scope[i]);
    (void)test_carry(w->auditor.store, w->home.store, "pub");
}

static void found(struct world *w)
{
    test_dir_init(&w->dir);
    test_home_found(&w->dir, "home", &w->home);
    test_home_decide(&w->home, "watch", "auditor", "", "watch-auditor", "auditor");
    test_home_join(&w->dir, "second", &w->home, "sec", "sec-editor", &w->second);
    test_home_join(&w->dir, "auditor", &w->home, "watch", "watch-auditor", &w->auditor);
}

/* ---- asking ---- */

/* Runs a command in the home; what it says stands in w->dir/said. words: between bars, "show|ID". */
static enum smk_exit ask(struct world *w, smk_command_fn *run, bool is_json, const char *const *word,
                         size_t count, struct said *ret_said)
{
    struct smk_command entry = {.name = word[0], .arguments = "", .help = "", .run = run};
    struct smk_cli cli = {.home_path = w->home.path,
                          .is_json = is_json,
                          .language = w->language,
                          .has_language = true,
                          .command = &entry};
    char *copy[WORDS_MAX] = {0};
    for (size_t i = 0; i < count; i++)
        copy[i] = strdup(word[i]);
    said_begin(&w->dir);
    enum smk_exit code = run(&cli, (int)count, copy);
    said_end(&w->dir, ret_said);
    for (size_t i = 0; i < count; i++)
        free(copy[i]);
    return code;
}
#define ASK(w, run, is_json, said, ...)                            \
    ask((w), (run), (is_json), (const char *const[]){__VA_ARGS__}, \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), (said))

/* Of a fitting document: whether its remarks, which every kind has, take the text. */
static bool is_in_it(const struct smk_kind *kind, struct smk_bytes text, enum manner manner)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf value = {.max = SMK_PAYLOAD_BYTES_MAX};
    const struct smk_field *remarks =
        smk_field_find(kind->field, kind->field_count, smk_bytes_of_text("remarks"));
    pack_any(remarks, text, &value);
    return manner == BOLD || smk_schema_fits(remarks, smk_buf_view(&value));
}

/* A document as a terminal shows it: a line a field. */
static void look_at(struct world *w, const struct smk_kind *kind, size_t text, enum manner manner)
{
    uint8_t id[SMK_DOC_ID_BYTES];
    char hex[2 * SMK_DOC_ID_BYTES + 1];
    struct said said;
    id_of(kind->name, text, manner, id);
    smk_hex_format(SMK_BYTES(id), hex);
    struct smk_bytes which = w->texts->at[text];
    texts_check(ASK(w, smk_cmd_show, false, &said, "show", hex) == SMK_EXIT_DONE, "it is not shown", NULL,
                which);
    texts_check(said_is_safe(&said), "a terminal would obey 'show'", NULL, which);
    size_t lines = said_lines(&said), fields = said_lines_of(&said, "What it says");
    said_deinit(&said);
    texts_check(ASK(w, smk_cmd_show, true, &said, "show", hex) == SMK_EXIT_DONE, "it is not shown", NULL,
                which);
    texts_check(said_is_json(&said, 1), "the JSON of 'show' is no line of JSON", NULL, which);
    texts_check(fields == said_count(&said, "fields"), "a text breaks a line of 'show'", NULL, which);
    texts_check(!is_in_it(kind, which, manner) || said_has_text(&said, which), "'show' says something else",
                NULL, which);
    said_deinit(&said);
    texts_check(ASK(w, smk_cmd_history, false, &said, "history", hex) == SMK_EXIT_DONE, "no history", NULL,
                which);
    texts_check(said_is_safe(&said) && lines > 0, "a terminal would obey 'history'", NULL, which);
    said_deinit(&said);
    texts_check(ASK(w, smk_cmd_history, true, &said, "history", hex) == SMK_EXIT_DONE, "no history", NULL,
                which);
    texts_check(said_is_json(&said, SIZE_MAX), "the JSON of 'history' is not a line of JSON each", NULL,
                which);
    said_deinit(&said);
    (void)ASK(w, smk_cmd_conflicts, false, &said, "conflicts", hex);
    texts_check(said_is_safe(&said), "a terminal would obey 'conflicts'", NULL, which);
    said_deinit(&said);
    w->shown++;
}

/* Each text as what is searched for. */
static void look_for(struct world *w, struct smk_bytes text)
{
    struct said said;
    char word[4096];
    if (text.len == 0 || text.len >= sizeof word || memchr(text.data, 0, text.len) != NULL)
        return;
    memcpy(word, text.data, text.len);
    word[text.len] = '\0';
    for (int is_json = 0; is_json < 2; is_json++) {
        if (!w->is_full && is_json == (int)(w->searched % 2))
            continue;
        (void)ASK(w, smk_cmd_search, is_json == 1, &said, "search", "--", word);
        texts_check(said_is_safe(&said), "a terminal would obey 'search'", NULL, text);
        texts_check(is_json == 0 || said_is_json(&said, SIZE_MAX), "'search' does not answer in JSON", NULL,
                    text);
        said_deinit(&said);
    }
    w->searched++;
}

static void look_at_list(struct world *w)
{
    struct said said;
    SMK_ASSERT(ASK(w, smk_cmd_list, true, &said, "list") == SMK_EXIT_DONE);
    size_t count = said_lines(&said), lines = said_list_lines(&said);
    SMK_ASSERT(said_is_json(&said, count));
    SMK_ASSERT(count == w->documents);
    said_deinit(&said);
    SMK_ASSERT(ASK(w, smk_cmd_list, false, &said, "list") == SMK_EXIT_DONE);
    SMK_ASSERT(said_is_safe(&said));
    texts_check(said_lines(&said) == lines, "a text breaks a line of 'list'", NULL, (struct smk_bytes){0});
    said_deinit(&said);
}

/* ---- pages ---- */

static void look_at_page(struct world *w, const char *report, const char *document, struct smk_bytes text)
{
    struct said said;
    for (int language = 0; language < 2; language++) {
        w->language = language == 0 ? SMK_KHMER : SMK_ENGLISH;
        if (!w->is_full && language == (int)(w->pages % 2))
            continue; /* one after the other */
        enum smk_exit code =
            document != NULL ? ASK(w, smk_cmd_report, false, &said, "report", report, document, "--out", "-")
                             : ASK(w, smk_cmd_report, false, &said, "report", report, "--out", "-");
        texts_check(code == SMK_EXIT_DONE, "there is no page", NULL, text);
        texts_check(said_is_page(&said), "the page holds what is not ours", NULL, text);
        said_deinit(&said);
    }
    w->pages++;
}

static void look_at_pages(struct world *w)
{
    static const char *const report[] = {"tally",    "matrix",  "ranks",       "acceptance",
                                         "progress", "quality", "participants"};
    for (size_t i = 0; i < sizeof report / sizeof report[0]; i++)
        look_at_page(w, report[i], NULL, (struct smk_bytes){0});
    for (size_t i = 0; i < w->texts->count; i++)
        for (size_t k = 0; k < PAGES; k++) {
            uint8_t id[SMK_DOC_ID_BYTES];
            char hex[2 * SMK_DOC_ID_BYTES + 1];
            id_of(page[k].kind, i, FITTING, id);
            smk_hex_format(SMK_BYTES(id), hex);
            if (w->is_full || i % PAGES == k)
                look_at_page(w, page[k].report, hex, w->texts->at[i]);
        }
}

/* ---- files ---- */

static void look_at_exports(struct world *w)
{
    static const char *const form[][2] = {{"--json-file", "a.json"},
                                          {"--xlsx", "a.xlsx"},
                                          {"--csv", "csv"},
                                          {"--package", "package"},
                                          {"--geojson", "a.geojson"}};
    for (size_t i = 0; i < sizeof form / sizeof form[0]; i++) {
        struct said said;
        struct test_path path = test_dir_at(&w->dir, form[i][1]);
        SMK_ASSERT(ASK(w, smk_cmd_export, false, &said, "export", form[i][0], path.text) == SMK_EXIT_DONE);
        SMK_ASSERT(said_is_safe(&said));
        said_deinit(&said);
    }
    struct test_path json = test_dir_at(&w->dir, "a.json"), map = test_dir_at(&w->dir, "a.geojson"),
                     package = test_dir_at(&w->dir, "package/datapackage.json");
    SMK_ASSERT(file_is_json(json.text) && file_is_json(map.text) && file_is_json(package.text));
}

void texts_through_commands(const struct texts *t, bool is_full)
{
    static struct world w;
    w.texts = t;
    w.is_full = is_full;
    w.language = SMK_ENGLISH;
    found(&w);
    fill(&w);
    carry_all(&w);
    look_at_list(&w);
    for (size_t i = 0; i < t->count; i++) {
        for (size_t k = 0; k < smk_kind_count(); k++)
            if (is_full || i % smk_kind_count() == k) {
                look_at(&w, smk_kind_at(k), i, FITTING);
                look_at(&w, smk_kind_at(k), i, BOLD);
            }
        look_for(&w, t->at[i]);
    }
    look_at_pages(&w);
    look_at_exports(&w);
    printf("%" PRIu64 " documents and %" PRIu64 " acts of these texts: list, %" PRIu64
           " shown with their history and conflicts, %" PRIu64 " searched for, %" PRIu64
           " pages%s, 5 forms of export\n",
           w.documents, w.acts, w.shown, w.searched, w.pages, is_full ? " in two languages each" : "");
    smk_home_close(&w.home);
    smk_home_close(&w.second);
    smk_home_close(&w.auditor);
    test_dir_deinit(&w.dir);
}
