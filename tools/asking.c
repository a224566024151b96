#include "tools/asking.h"

#include "tools/conflict.h"
#include "tools/line.h"
#include "tools/questions.h"
#include "tools/text.h"
#include "tools/unfinished.h"
#include "tools/when.h"

#include "proto/khmer.h"

#include <string.h>

enum { ROOM = SMK_SENTENCE_BYTES_MAX, WORD_BYTES_MAX = SMK_LINE_BYTES_MAX + SMK_FIELD_PATH_MAX + 8 };

enum step { NEXT, BACK, FINISH, GONE };

struct asking {
    struct smk_writing *w;
    struct smk_unfinished kept;
    bool cannot_keep; /* said once: there is no room for what was entered */
    size_t count;
    struct smk_question question[SMK_QUESTIONS_MAX];
};

static struct smk_cli *cli_of(const struct asking *a)
{
    return a->w->acting.cli;
}

static const char *say(const struct asking *a, enum smk_message message, const struct smk_about *about,
                       char *ret)
{
    smk_message_write(cli_of(a), message, about, ret, ROOM);
    return ret;
}

/* ---- what stands there now ---- */

/* The value of a top field as it would be written; empty when that cannot be said. */
static bool pack_now(const struct asking *a, const struct smk_field *top, struct smk_buf *ret_map)
{
    struct smk_complaint unused;
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs pairs = {0};
    json_t *given = json_object_get(a->w->fields, top->name), *alone = json_object();
    const struct smk_field_map map = {.rules = top,
                                      .rule_count = 1,
                                      .resolve = smk_resolve_here,
                                      .ctx = &a->w->acting.loaded,
                                      .raw = a->w->present.raw,
                                      .raw_count = a->w->present.raw_count};
    (void)json_object_set(alone, top->name, given);
    bool is_good = smk_field_map_read(&map, alone, &pairs, &unused);
    json_decref(alone);
    if (is_good)
        smk_pairs_close_into(&pairs, ret_map);
    return is_good && ret_map->err == SMK_OK;
}

static struct smk_bytes value_now(const struct asking *a, const struct smk_field *top, struct smk_buf *map)
{
    if (json_object_get(a->w->fields, top->name) != NULL)
        return pack_now(a, top, map) ? smk_span_find(smk_buf_view(map), top->name) : (struct smk_bytes){0};
    return a->w->doc != NULL ? smk_fold_first(a->w->acting.loaded.fold, a->w->doc, top->name)
                             : (struct smk_bytes){0};
}

/* "[2]" and the like at *at: the item; a name: the part. */
static struct smk_bytes go_into(struct smk_bytes value, const char *path)
{
    while (*path != '\0' && value.len > 0) {
        bool is_place = *path == '[';
        uint64_t place = 0;
        path += is_place || *path == '.';
        size_t len = strcspn(path, is_place ? "]" : ".[");
        struct smk_bytes word = {(const uint8_t *)path, len};
        if (is_place)
            value = smk_khmer_number_parse(word, SMK_LIST_ITEMS_MAX, &place) && place > 0
                        ? smk_span_item(value, (size_t)place - 1)
                        : (struct smk_bytes){0};
        else
            value = smk_span_find_bytes(value, word);
        path += len + is_place;
    }
    return value;
}

static void now_shown(const struct asking *a, const struct smk_question *q, char ret_text[ROOM])
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf map = {.max = SMK_PAYLOAD_BYTES_MAX};
    char path[SMK_FIELD_PATH_MAX + 1];
    struct smk_bytes value = value_now(a, q->top, &map);
    size_t len = strlen(q->path);
    memcpy(path, q->path, len + 1);
    ret_text[0] = '\0';
    if (q->form == SMK_ASK_LANGUAGE) /* "title_km" is the part km of title */
        path[len - 3] = '.';
    value = go_into(value, path + strlen(q->top->name));
    if (value.len > 0 && smk_span_type(value) != SMK_VALUE_NIL)
        smk_value_shown(&a->w->acting.loaded, q->form == SMK_ASK_LANGUAGE ? NULL : q->rule, value,
                        cli_of(a)->language, ret_text, ROOM);
}

static size_t item_count(const struct asking *a, const struct smk_question *q)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf map = {.max = SMK_PAYLOAD_BYTES_MAX};
    struct smk_bytes value = value_now(a, q->top, &map);
    return smk_span_count(go_into(value, q->path + strlen(q->top->name)));
}

/* ---- answers ---- */

/* The fields as they were, after an answer that was none. TAKES before. */
static void restore(struct asking *a, json_t *before)
{
    json_decref(a->w->fields);
    a->w->fields = before;
}

static void tell_complaint(struct asking *a, const struct smk_complaint *c)
{
    char what[ROOM], todo[ROOM];
    struct smk_form form = smk_form_of(a->w->kind);
    smk_complaint_write(&form, c, cli_of(a)->language, what, todo, sizeof what);
    smk_cli_say(cli_of(a), "  ! %s\n    %s", what, todo);
}

/* The other parts of a group are asked for next. */
static bool is_still_missing(const struct smk_complaint *c)
{
    return c->flaw == SMK_FLAW_MISSING && strpbrk(c->field, ".[") != NULL;
}

/* "file" is no field: the file tells its size and hash when the document is written. */
static bool take_word(struct asking *a, const char *word, struct smk_complaint *c)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf unused = {.max = SMK_PAYLOAD_BYTES_MAX};
    if (strncmp(word, "file=", 5) == 0)
        return json_object_set_new(a->w->fields, "file", json_string(word + 5)) == 0;
    json_t *file = json_incref(json_object_get(a->w->fields, "file"));
    (void)json_object_del(a->w->fields, "file"); /* it may not be there */
    bool is_good =
        smk_writing_take_word(a->w, word, c) && (smk_writing_pack(a->w, &unused, c) || is_still_missing(c));
    if (file != NULL)
        (void)json_object_set_new(a->w->fields, "file", file);
    return is_good;
}

static void keep(struct asking *a, const char *word)
{
    if (smk_unfinished_add(&a->kept, word) || a->cannot_keep)
        return;
    a->cannot_keep = true;
    smk_tell(cli_of(a), SMK_SAY_CANNOT_KEEP, NULL);
}

/* False after having said what is wrong; everything is then as before. */
static bool give(struct asking *a, const char *path, const char *sign, const char *text)
{
    static char word[WORD_BYTES_MAX];
    struct smk_complaint c = {0};
    json_t *before = json_deep_copy(a->w->fields);
    (void)snprintf(word, sizeof word, "%s%s%s", path, sign, text);
    if (take_word(a, word, &c)) {
        json_decref(before);
        keep(a, word);
        return true;
    }
    restore(a, before);
    tell_complaint(a, &c);
    return false;
}

/* Numbers of choices as their codes: "1", "1, 3", also in Khmer digits; everything else as it is. */
static void numbers_to_codes(const struct smk_field *rule, char line[SMK_LINE_BYTES_MAX])
{
    char codes[ROOM];
    size_t len = 0, choices = 0;
    while (rule->choices != NULL && rule->choices[choices] != NULL)
        choices++;
    for (const char *at = line; choices > 0 && *at != '\0';) {
        uint64_t number = 0;
        size_t word = strcspn(at, ",");
        bool is_number =
            smk_khmer_number_parse((struct smk_bytes){(const uint8_t *)at, word}, choices, &number);
        if (!is_number || number == 0 || len + SMK_NAME_LETTERS_MAX + 2 > sizeof codes)
            return;
        len += (size_t)snprintf(codes + len, sizeof codes - len, "%s%s", len > 0 ? "," : "",
                                rule->choices[number - 1]);
        at += word;
        at += *at == ',';
    }
    if (len > 0)
        memcpy(line, codes, len + 1);
}

/* ---- one question ---- */

static void show_choices(struct asking *a, const struct smk_field *rule)
{
    for (size_t i = 0; rule->choices != NULL && rule->choices[i] != NULL; i++) {
        const char *code = rule->choices[i];
        smk_cli_say(
            cli_of(a), "    %2zu  %s", i + 1,
            smk_label_text(smk_label_choice(rule, smk_bytes_of_text(code)), cli_of(a)->language, code));
    }
}

static void show_question(struct asking *a, const struct smk_question *q, const char *number)
{
    char name[ROOM], hint[ROOM], now[ROOM], line[ROOM];
    smk_field_shown(a->w->kind->name, q->path, cli_of(a)->language, name, sizeof name);
    smk_field_hint(q->rule, cli_of(a)->language, hint, sizeof hint);
    bool is_required = (q->rule->flags & SMK_FIELD_IS_REQUIRED) != 0;
    if (q->form == SMK_ASK_FILE)
        say(a, SMK_SAY_ASK_FILE, NULL, hint);
    smk_cli_say(cli_of(a), "\n%s %s (%s)%s", number, name, q->path, is_required ? " *" : "");
    if (q->rule->choices != NULL)
        show_choices(a, q->rule);
    else
        smk_cli_say(cli_of(a), "    %s", hint);
    if (q->form == SMK_ASK_ITEMS || q->form == SMK_ASK_GROUPS || q->form == SMK_ASK_PAIRS)
        smk_cli_say(cli_of(a), "    %s",
                    say(a,
                        q->form == SMK_ASK_ITEMS    ? SMK_SAY_ASK_ITEMS
                        : q->form == SMK_ASK_GROUPS ? SMK_SAY_ASK_GROUPS
                                                    : SMK_SAY_ASK_PAIRS,
                        NULL, line));
    now_shown(a, q, now);
    if (now[0] != '\0')
        smk_cli_say(cli_of(a), "    = %s", now);
}

static bool is_word(const char *line, const char *word)
{
    return strcmp(line, word) == 0;
}

/* An answer to a plain question: false asks again. */
static bool take_answer(struct asking *a, const struct smk_question *q, char line[SMK_LINE_BYTES_MAX])
{
    if (q->form == SMK_ASK_FILE)
        return give(a, "file", "=", line);
    numbers_to_codes(q->rule, line);
    return give(a, q->path, "=", is_word(line, "-") ? "" : line);
}

static bool take_item(struct asking *a, const struct smk_question *q, const char *line)
{
    char path[SMK_FIELD_PATH_MAX + 24];
    uint64_t place;
    const char *text = strchr(line, ':');
    if (line[0] == '-' && smk_khmer_number_parse(smk_bytes_of_text(line + 1), SMK_LIST_ITEMS_MAX, &place)) {
        (void)snprintf(path, sizeof path, "%s[%llu]", q->path, (unsigned long long)place);
        return give(a, path, "=", "");
    }
    struct smk_bytes before = {(const uint8_t *)line, text != NULL ? (size_t)(text - line) : 0};
    if (text != NULL && smk_khmer_number_parse(before, item_count(a, q), &place) && place > 0) {
        (void)snprintf(path, sizeof path, "%s[%llu]", q->path, (unsigned long long)place);
        return give(a, path, "=", text + 1 + strspn(text + 1, " "));
    }
    return give(a, q->path, "+=", line);
}

static enum step ask_one(struct asking *a, const struct smk_question *q, const char *number);

/* The parts of one item, a new one or one that is there. */
static enum step ask_group(struct asking *a, const struct smk_question *q, size_t place)
{
    struct smk_question part[SMK_QUESTIONS_MAX];
    size_t count = smk_questions_of_group(q->rule, place, part);
    for (size_t i = 0; i < count;) {
        enum step step = ask_one(a, &part[i], "  -");
        if (step == GONE)
            return GONE;
        if (step == FINISH)
            return NEXT;
        i = step == BACK ? (i > 0 ? i - 1 : 0) : i + 1;
    }
    return NEXT;
}

/* "+" a new one, "2" the second one, "-2" takes it out. */
static enum step take_group(struct asking *a, const struct smk_question *q, const char *line)
{
    char path[SMK_FIELD_PATH_MAX + 24], text[ROOM];
    uint64_t place;
    size_t count = item_count(a, q);
    bool is_out = line[0] == '-';
    if (is_word(line, "+"))
        return ask_group(a, q, count + 1);
    if (!smk_khmer_number_parse(smk_bytes_of_text(line + is_out), count, &place) || place == 0) {
        smk_cli_say(cli_of(a), "  ! %s", say(a, SMK_SAY_ASK_GROUPS, NULL, text));
        return NEXT;
    }
    if (!is_out)
        return ask_group(a, q, (size_t)place);
    (void)snprintf(path, sizeof path, "%s[%llu]", q->path, (unsigned long long)place);
    (void)give(a, path, "=", ""); /* what is wrong was said */
    return NEXT;
}

static bool take_pair(struct asking *a, const struct smk_question *q, const char *line)
{
    char path[ROOM];
    const char *sign = strchr(line, '=');
    size_t len = sign != NULL ? (size_t)(sign - line) : 0;
    int wrote = snprintf(path, sizeof path, "%s.%.*s", q->path, (int)len, line);
    char text[ROOM];
    if (sign == NULL || wrote < 0 || (size_t)wrote >= sizeof path) {
        smk_cli_say(cli_of(a), "  ! %s", say(a, SMK_SAY_ASK_PAIRS, NULL, text));
        return false;
    }
    return give(a, path, "=", sign + 1);
}

/* Nothing typed goes on. A question that takes several answers is asked until then. */
static enum step ask_one(struct asking *a, const struct smk_question *q, const char *number)
{
    static char line[SMK_LINE_BYTES_MAX];
    char text[ROOM];
    bool is_cut;
    show_question(a, q, number);
    while (smk_line_read("> ", line, &is_cut)) {
        if (is_cut) {
            smk_cli_say(cli_of(a), "  ! %s", say(a, SMK_SAY_LINE_TOO_LONG, NULL, text));
            continue;
        }
        if (line[0] == '\0')
            return NEXT;
        if (is_word(line, "<") || is_word(line, "."))
            return line[0] == '<' ? BACK : FINISH;
        if (is_word(line, "?")) {
            smk_cli_say(cli_of(a), "    %s", say(a, SMK_SAY_ASK_HELP, NULL, text));
            show_question(a, q, number);
        } else if (q->form == SMK_ASK_ITEMS) {
            (void)take_item(a, q, line); /* what is wrong was said */
        } else if (q->form == SMK_ASK_PAIRS) {
            (void)take_pair(a, q, line); /* likewise */
        } else if (q->form == SMK_ASK_GROUPS) {
            if (take_group(a, q, line) == GONE)
                return GONE;
            show_question(a, q, number);
        } else if (take_answer(a, q, line)) {
            return NEXT;
        }
    }
    return GONE;
}

/* ---- all of them ---- */

static enum step ask_all(struct asking *a)
{
    for (size_t i = 0; i < a->count;) {
        char number[48];
        (void)snprintf(number, sizeof number, "[%zu/%zu]", i + 1, a->count);
        enum step step = ask_one(a, &a->question[i], number);
        if (step == GONE || step == FINISH)
            return step;
        i = step == BACK ? (i > 0 ? i - 1 : 0) : i + 1;
    }
    return FINISH;
}

static void show_all(struct asking *a)
{
    char name[ROOM], now[ROOM];
    smk_cli_say(cli_of(a), "%s", "");
    for (size_t i = 0; i < a->count; i++) {
        smk_field_shown(a->w->kind->name, a->question[i].path, cli_of(a)->language, name, sizeof name);
        now_shown(a, &a->question[i], now);
        if (a->question[i].form == SMK_ASK_FILE && json_is_string(json_object_get(a->w->fields, "file")))
            smk_text_safe(smk_bytes_of_text(json_string_value(json_object_get(a->w->fields, "file"))),
                          ROOM - 1, now);
        bool is_open = now[0] == '\0' && (a->question[i].rule->flags & SMK_FIELD_IS_REQUIRED) != 0;
        if (now[0] != '\0' || is_open)
            smk_cli_say(cli_of(a), "  %2zu  %s: %s%s", i + 1, name, now, is_open ? "(*)" : "");
    }
}

/* ---- the end, and the other end ---- */

/* Somebody has gone. What was entered becomes a draft where that is possible; else it is kept for the next time. */
static enum smk_exit leave(struct asking *a)
{
    struct smk_writing *w = a->w;
    struct smk_doc_name name;
    char number[24];
    (void)snprintf(number, sizeof number, "%zu", smk_unfinished_count(&a->kept));
    smk_cli_say(cli_of(a), "%s", "");
    if (smk_unfinished_count(&a->kept) == 0)
        return SMK_EXIT_TRY_AGAIN;
    bool can_draft = w->doc == NULL ? smk_kind_has_drafts(w->kind) : w->is_draft;
    if (can_draft) {
        w->is_draft = true;
        if (smk_writing_write(w) == SMK_EXIT_DONE) {
            smk_unfinished_drop(&a->kept);
            return SMK_EXIT_TRY_AGAIN;
        }
    }
    if (w->doc != NULL)
        smk_tell(cli_of(a), SMK_SAY_KEPT_CHANGES,
                 SMK_ABOUT(number, smk_doc_shown(&w->acting.loaded, w->doc, &name)));
    else
        smk_tell(cli_of(a), SMK_SAY_KEPT_NEW, SMK_ABOUT(number, w->kind->name));
    return SMK_EXIT_TRY_AGAIN;
}

/* Shows everything and lets a number be corrected, until it is written or somebody goes. */
static enum smk_exit finish(struct asking *a)
{
    static char line[SMK_LINE_BYTES_MAX];
    char prompt[ROOM];
    bool is_cut, can_draft = a->w->doc == NULL && smk_kind_has_drafts(a->w->kind);
    for (;;) {
        uint64_t number;
        show_all(a);
        say(a, can_draft ? SMK_SAY_ASK_END_DRAFT : SMK_SAY_ASK_END, NULL, prompt);
        smk_cli_say(cli_of(a), "\n%s", prompt);
        if (!smk_line_read("> ", line, &is_cut) || is_word(line, "q"))
            return leave(a);
        if (smk_khmer_number_parse(smk_bytes_of_text(line), a->count, &number) && number > 0) {
            if (ask_one(a, &a->question[number - 1], "  *") == GONE)
                return leave(a);
            continue;
        }
        if (line[0] != '\0' && !(can_draft && is_word(line, "d")))
            continue;
        a->w->is_draft = a->w->is_draft || is_word(line, "d");
        json_t *before = json_deep_copy(a->w->fields);
        enum smk_exit code = smk_writing_write(a->w);
        if (code != SMK_EXIT_DONE) {
            restore(a, before); /* it was said why; it can be corrected */
            a->w->is_draft = a->w->doc != NULL && a->w->is_draft;
            continue;
        }
        json_decref(before);
        smk_unfinished_drop(&a->kept);
        return SMK_EXIT_DONE;
    }
}

/* What was typed before somebody went, if they want it back. */
static bool take_up(struct asking *a)
{
    static char line[SMK_LINE_BYTES_MAX];
    char text[ROOM], number[24];
    struct smk_when when;
    struct smk_complaint c;
    bool is_cut;
    size_t count = smk_unfinished_count(&a->kept);
    if (count == 0)
        return true;
    (void)snprintf(number, sizeof number, "%zu", count);
    smk_cli_say(
        cli_of(a), "%s",
        say(a, SMK_SAY_ASK_TAKE_UP, SMK_ABOUT(smk_when_shown(a->kept.started_ms, &when), number), text));
    if (!smk_line_read("> ", line, &is_cut))
        return false;
    if (is_word(line, "n")) {
        smk_unfinished_drop(&a->kept);
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        json_t *before = json_deep_copy(a->w->fields);
        if (take_word(a, smk_unfinished_word(&a->kept, i), &c))
            json_decref(before);
        else
            restore(a, before); /* it does not fit any more: what stands there has changed */
    }
    return true;
}

static enum smk_exit ask(struct asking *a)
{
    char text[ROOM];
    const char *kind = a->w->kind->name;
    smk_cli_say(cli_of(a), "%s",
                smk_label_text(smk_label_find("type", smk_bytes_of_text(kind)), cli_of(a)->language, kind));
    smk_cli_say(cli_of(a), "%s", say(a, SMK_SAY_ASK_HELP, NULL, text));
    a->count = smk_questions_of_kind(a->w->kind, a->question);
    if (!take_up(a))
        return SMK_EXIT_TRY_AGAIN;
    return ask_all(a) == GONE ? leave(a) : finish(a);
}

enum smk_exit smk_ask(struct smk_writing *w)
{
    struct asking a = {.w = w};
    const uint8_t *doc = w->doc != NULL ? w->doc->id : NULL;
    w->null_takes_back = true;
    if (!smk_unfinished_open(&w->acting.home, w->kind->name, doc, &a.kept))
        return smk_cli_fail_err(w->acting.cli, SMK_ERR_IO, "making a place for what is entered");
    smk_line_begin();
    enum smk_exit code = ask(&a);
    smk_line_end();
    smk_unfinished_close(&a.kept);
    return code;
}
