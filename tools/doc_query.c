#include "tools/doc_query.h"

#include "proto/mem.h"
#include "tools/doc_find.h"
#include "tools/label_word.h"
#include "tools/messages.h"
#include "tools/place_word.h"
#include "tools/text.h"
#include "tools/when.h"

#include <stdlib.h>
#include <string.h>

enum { TYPE, PLACE, ORG, STATUS, THEME, MECHANISM, SORT, AFTER, LIMIT, SCOPE };
enum { WORDS_MAX = 64, SEARCH_LIMIT = 100, LIMIT_MAX = 1000 * 1000 };

enum smk_exit smk_index_load(struct smk_cli *cli, struct smk_home *home, struct smk_index **ret_index)
{
    bool is_behind = false;
    enum smk_err err = smk_index_open(home->store, ret_index, &is_behind);
    if (err != SMK_OK)
        return smk_cli_fail_err(cli, err, "bringing the index up to date");
    if (is_behind) { /* what is shown is right about what it shows */
        (void)fflush(stdout);
        (void)fprintf(stderr, "samaki: The disk is full, so the newest records are not in this list.\n");
    }
    return SMK_EXIT_DONE;
}

void smk_index_drop(struct smk_index **index)
{
    smk_index_close(*index);
}

/* ---- reading words ---- */

static void add_filter(struct smk_doc_query *q, enum smk_facet facet, const char *value)
{
    size_t i = q->query.filter_count++;
    size_t room = sizeof q->value[i], len = strlen(value);
    /* a value that is too long is no document's: it is kept too long */
    memcpy(q->value[i], value, len < room ? len + 1 : room);
    q->value[i][room - 1] = '\0';
    q->query.filter[i] = (struct smk_index_filter){facet, smk_bytes_of_text(q->value[i])};
}

/* The code of a word that people use. A word that this version does not know may be here all the same. */
static void add_word(struct smk_doc_query *q, enum smk_facet facet, const char *list, const char *word)
{
    const char *code = smk_label_word(list, word);
    if (code == NULL && strcmp(word, "not_counted") != 0)
        q->unknown = (struct smk_doc_unknown){list, word};
    add_filter(q, facet, code != NULL ? code : word);
}

static enum smk_exit refuse_unknown(struct smk_cli *cli, const struct smk_doc_unknown *unknown)
{
    struct smk_shown shown;
    const char *nearest = smk_label_nearest(unknown->list, unknown->word);
    return smk_refuse(cli, SMK_EXIT_USAGE, nearest != NULL ? SMK_SAY_NEAR_WORD : SMK_SAY_UNKNOWN_WORD,
                      SMK_ABOUT(unknown->list, smk_text_shown(unknown->word, &shown), nearest));
}

static enum smk_exit read_filters(struct smk_cli *cli, struct smk_doc_query *q, const char *kind)
{
    struct smk_slug org;
    char place[SMK_PLACE_WORD_DIGITS_MAX + 1];
    enum smk_exit code = SMK_EXIT_DONE;
    if (q->arg[PLACE].count > 0)
        code = smk_place_word(cli, q->arg[PLACE].value[0], place);
    if (q->arg[PLACE].count > 0 && code == SMK_EXIT_DONE)
        add_filter(q, SMK_FACET_PLACE, place);
    /* the rarest first: lists walk along the first of those that are too many to count */
    if (q->arg[THEME].count > 0)
        add_filter(q, SMK_FACET_THEME, q->arg[THEME].value[0]);
    if (q->arg[MECHANISM].count > 0)
        add_word(q, SMK_FACET_MECHANISM, "mechanism", q->arg[MECHANISM].value[0]);
    if (q->arg[STATUS].count > 0)
        add_word(q, SMK_FACET_STATUS, "status", q->arg[STATUS].value[0]);
    if (q->arg[ORG].count > 0) {
        if (!smk_args_slug(cli, "--org", q->arg[ORG].value[0], &org))
            return SMK_EXIT_USAGE;
        add_filter(q, SMK_FACET_ORG, org.text);
    }
    if (kind != NULL)
        add_word(q, SMK_FACET_KIND, "type", kind);
    return code;
}

static enum smk_exit read_page(struct smk_cli *cli, struct smk_doc_query *q, bool is_search)
{
    const char *limit = smk_arg_value(&q->arg[LIMIT], NULL), *sort = smk_arg_value(&q->arg[SORT], "title");
    const char *after = smk_arg_value(&q->arg[AFTER], NULL), *scope = smk_arg_value(&q->arg[SCOPE], "");
    char *end = NULL;
    q->query.limit = is_search ? SEARCH_LIMIT : 0;
    if (limit != NULL) {
        bool is_number = limit[0] >= '0' && limit[0] <= '9';
        unsigned long number = strtoul(limit, &end, 10);
        if (!is_number || *end != '\0' || number > LIMIT_MAX) {
            (void)smk_args_refuse(cli, "--limit is a number up to 1000000; 0 is all.");
            return SMK_EXIT_USAGE;
        }
        q->query.limit = number;
    }
    if (strcmp(sort, "title") != 0 && strcmp(sort, "time") != 0) {
        (void)smk_args_refuse(cli, "--sort is title or time.");
        return SMK_EXIT_USAGE;
    }
    q->query.order = strcmp(sort, "time") == 0 ? SMK_ORDER_TIME : SMK_ORDER_TITLE;
    if (after == NULL)
        return SMK_EXIT_DONE;
    if (!smk_hex_parse(after, q->after, sizeof q->after)) {
        (void)smk_args_refuse(cli, "--after is the whole id of the last document that was shown.");
        return SMK_EXIT_USAGE;
    }
    q->query.after_id = q->after;
    q->query.after_scope = smk_bytes_of_text(scope);
    return SMK_EXIT_DONE;
}

enum smk_exit smk_doc_query_read(struct smk_cli *cli, int argc, char **argv, bool is_search,
                                 struct smk_doc_query *q)
{
    static const char *const name[SMK_DOC_QUERY_OPTIONS] = {
        [TYPE] = "--type",   [PLACE] = "--place",         [ORG] = "--org",   [STATUS] = "--status",
        [THEME] = "--theme", [MECHANISM] = "--mechanism", [SORT] = "--sort", [AFTER] = "--after",
        [LIMIT] = "--limit", [SCOPE] = "--after-scope",
    };
    const char *word[WORDS_MAX], *kind;
    size_t words = 0, len = 0;
    *q = (struct smk_doc_query){0};
    for (size_t i = 0; i < SMK_DOC_QUERY_OPTIONS; i++)
        q->arg[i] = (struct smk_arg){.name = name[i], .max = 1};
    if (!smk_args_read(cli, argc, argv, q->arg, SMK_DOC_QUERY_OPTIONS, word, is_search ? WORDS_MAX : 1,
                       &words))
        return SMK_EXIT_USAGE;
    if (is_search && words == 0)
        return smk_cli_usage(cli, NULL, NULL);
    for (size_t i = 0; is_search && i < words; i++) {
        size_t more = strlen(word[i]);
        if (len + more + 2 > sizeof q->text) {
            (void)smk_args_refuse(cli, "That is more than anybody can search for at once.");
            return SMK_EXIT_USAGE;
        }
        memcpy(q->text + len, word[i], more);
        q->text[len + more] = ' ';
        len += more + 1;
    }
    len -= len > 0; /* the space behind the last word */
    q->text[len] = '\0';
    q->query.text = (struct smk_bytes){(const uint8_t *)q->text, len};
    kind = smk_arg_value(&q->arg[TYPE], !is_search && words == 1 ? word[0] : NULL);
    enum smk_exit code = read_filters(cli, q, kind);
    return code == SMK_EXIT_DONE ? read_page(cli, q, is_search) : code;
}

/* ---- one line a document ---- */

static const char *const endorsed_word[] = {NULL, "signed", "attested"};

static struct smk_bytes title_of(const struct smk_cli *cli, const struct smk_doc_row *row)
{
    struct smk_bytes first = cli->language == SMK_KHMER ? row->title_km : row->title_en;
    struct smk_bytes other = cli->language == SMK_KHMER ? row->title_en : row->title_km;
    return first.len > 0 ? first : other;
}

static json_t *text_or_null(struct smk_bytes text)
{
    return text.len > 0 ? smk_json_text(text) : json_null();
}

static json_t *word_or_null(const char *word)
{
    return word != NULL && word[0] != '\0' ? json_string(word) : json_null();
}

static void print_json(struct smk_cli *cli, const struct smk_doc_row *row)
{
    json_t *line = json_object();
    uint64_t endorsed = row->endorsed <= 2 ? row->endorsed : 0;
    (void)json_object_set_new(line, "id", smk_json_hex((struct smk_bytes){row->id, SMK_DOC_ID_BYTES}));
    (void)json_object_set_new(line, "kind", smk_json_text(row->kind));
    (void)json_object_set_new(line, "ref", text_or_null(row->ref));
    (void)json_object_set_new(line, "title", text_or_null(title_of(cli, row)));
    (void)json_object_set_new(line, "scope", smk_json_text(row->scope));
    (void)json_object_set_new(line, "counts", json_boolean(row->counts));
    (void)json_object_set_new(line, "reason",
                              word_or_null(row->counts ? NULL : smk_reason_code(row->reason)));
    (void)json_object_set_new(line, "status", text_or_null(row->status));
    (void)json_object_set_new(line, "endorsed", word_or_null(endorsed_word[endorsed]));
    (void)json_object_set_new(line, "note", word_or_null(smk_note_text(row->note)));
    (void)json_object_set_new(line, "conflicts", json_integer((json_int_t)row->conflicts));
    (void)json_object_set_new(line, "edits", json_integer((json_int_t)row->edit_count));
    (void)json_object_set_new(line, "acts", json_integer((json_int_t)row->act_count));
    (void)json_object_set_new(line, "date", text_or_null(row->date));
    (void)json_object_set_new(line, "changed", smk_when_json(smk_time_ms(row->touched)));
    smk_cli_json(cli, line);
}

static void print_line(struct smk_cli *cli, const struct smk_doc_row *row)
{
    char title[161], kind[SMK_NAME_LETTERS_MAX + 1], id[SMK_HEX_DIGITS_MIN + 1],
        name[SMK_NAME_LETTERS_MAX + 1];
    char scope[SMK_SCOPE_LETTERS_MAX + 1], status[SMK_NAME_LETTERS_MAX + 1];
    const char *mode = endorsed_word[row->endorsed <= 2 ? row->endorsed : 0];
    smk_text_safe(title_of(cli, row), sizeof title - 1, title);
    smk_text_safe(row->kind, sizeof kind - 1, kind);
    smk_text_safe(row->scope, sizeof scope - 1, scope);
    smk_text_safe(row->status, sizeof status - 1, status);
    smk_hex_format((struct smk_bytes){row->id, SMK_HEX_DIGITS_MIN / 2}, id);
    smk_text_safe(row->ref.len > 0 ? row->ref : smk_bytes_of_text(id), sizeof name - 1, name);
    smk_cli_say(cli, "%s  %-16s %-14s %-10s %-11s %s%s%s%s%s%s%s", id, name, kind, scope,
                row->counts ? status : "not counted", title, mode != NULL ? "  [" : "",
                mode != NULL ? mode : "", mode != NULL ? " endorsement" : "",
                row->note != SMK_NOTE_NONE ? " " : "", smk_note_text(row->note), mode != NULL ? "]" : "");
    char count[24];
    (void)snprintf(count, sizeof count, "%llu", (unsigned long long)row->conflicts);
    if (row->conflicts > 0)
        smk_tell(cli, SMK_SAY_HAS_CONFLICTS, SMK_ABOUT(count, name));
    if (!row->counts)
        smk_cli_say(cli, "          does not count: %s", smk_reason_text(row->reason));
}

struct printing {
    struct smk_cli *cli;
    size_t limit; /* 0 = all */
    size_t shown;
    bool has_more;
    char last[2 * SMK_DOC_ID_BYTES + 1]; /* id */
    char scope[SMK_SCOPE_LETTERS_MAX + 1];
};

static bool print_row(void *ctx, const struct smk_doc_row *row)
{
    struct printing *p = ctx;
    p->has_more = p->limit > 0 && p->shown == p->limit;
    if (p->has_more)
        return false;
    p->shown++;
    smk_hex_format((struct smk_bytes){row->id, SMK_DOC_ID_BYTES}, p->last);
    smk_text_safe(row->scope, sizeof p->scope - 1, p->scope);
    if (p->cli->is_json)
        print_json(p->cli, row);
    else
        print_line(p->cli, row);
    return true;
}

static enum smk_exit fail_query(struct smk_cli *cli, enum smk_err err)
{
    if (err == SMK_ERR_NOT_FOUND)
        return smk_cli_fail(cli, SMK_EXIT_REFUSED, "not_found",
                            "The document to go on after is not in this list.", "",
                            "Begin again without --after.");
    if (err == SMK_ERR_INVALID)
        return smk_cli_fail(cli, SMK_EXIT_USAGE, "no_word", "There is no word in it to search for.", "",
                            "Search for letters or digits.");
    if (err == SMK_ERR_STORE_DAMAGED)
        return smk_cli_fail(cli, SMK_EXIT_REFUSED, "index_damaged", "The index of the store is damaged.",
                            "It follows from the records and holds nothing of its own.",
                            "Run 'samaki reindex', then 'samaki scrub'.");
    return smk_cli_fail_err(cli, err, "reading the index");
}

static enum smk_exit say_nothing(struct smk_cli *cli, const struct smk_doc_query *q)
{
    if (q->query.text.len == 0) {
        smk_tell(cli, q->query.filter_count > 0 ? SMK_SAY_NO_SUCH : SMK_SAY_EMPTY, NULL);
        return SMK_EXIT_DONE;
    }
    smk_tell(cli, SMK_SAY_NO_HIT, NULL);
    return smk_place_hint(cli, q->text);
}

enum smk_exit smk_doc_query_run(struct smk_cli *cli, struct smk_index *index, struct smk_doc_query *q)
{
    struct printing p = {.cli = cli, .limit = q->query.limit};
    uint64_t total = 0;
    q->query.limit += q->query.limit > 0; /* to see whether there are more */
    enum smk_err err = smk_index_list(index, &q->query, print_row, &p, &total);
    if (err != SMK_OK)
        return fail_query(cli, err);
    if (p.shown == 0 && q->unknown.word != NULL)
        return refuse_unknown(cli, &q->unknown);
    if (p.shown == 0)
        return say_nothing(cli, q);
    if (total > 0)
        smk_cli_say(cli, "%zu of %llu shown.", p.shown, (unsigned long long)total);
    if (p.has_more)
        smk_cli_say(cli, "There are more: go on with --after %s --after-scope %s", p.last, p.scope);
    return SMK_EXIT_DONE;
}
