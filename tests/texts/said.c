#include "tests/texts/said.h"

#include "proto/check.h"
#include "proto/utf8.h"

#include <expat.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int kept_out = -1, kept_err = -1;

void said_begin(const struct test_dir *dir)
{
    struct test_path path = test_dir_at(dir, "said");
    (void)fflush(stdout);
    (void)fflush(stderr);
    kept_out = dup(STDOUT_FILENO);
    kept_err = dup(STDERR_FILENO);
    int fd = open(path.text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    SMK_ASSERT(kept_out >= 0 && kept_err >= 0 && fd >= 0);
    SMK_ASSERT(dup2(fd, STDOUT_FILENO) >= 0 && dup2(fd, STDERR_FILENO) >= 0);
    (void)close(fd);
}

void said_end(const struct test_dir *dir, struct said *ret_said)
{
    struct test_path path = test_dir_at(dir, "said");
    (void)fflush(stdout);
    (void)fflush(stderr);
    SMK_ASSERT(dup2(kept_out, STDOUT_FILENO) >= 0 && dup2(kept_err, STDERR_FILENO) >= 0);
    (void)close(kept_out);
    (void)close(kept_err);
    ret_said->len = test_file_bytes(path.text);
    ret_said->text = malloc(ret_said->len + 1);
    FILE *file = fopen(path.text, "rb");
    SMK_ASSERT(file != NULL && ret_said->text != NULL);
    SMK_ASSERT(fread(ret_said->text, 1, ret_said->len, file) == ret_said->len);
    ret_said->text[ret_said->len] = '\0';
    (void)fclose(file);
}

void said_deinit(struct said *s)
{
    free(s->text);
    *s = (struct said){0};
}

/* ---- lines ---- */

size_t said_lines(const struct said *s)
{
    size_t lines = 0;
    for (size_t i = 0; i < s->len; i++)
        lines += s->text[i] == '\n';
    return lines;
}

size_t said_lines_of(const struct said *s, const char *title)
{
    char line[128];
    size_t lines = 0;
    (void)snprintf(line, sizeof line, "\n%s\n", title);
    const char *at = strstr(s->text, line);
    if (at == NULL)
        return 0;
    for (at += strlen(line); *at != '\0' && *at != '\n'; at += strcspn(at, "\n") + 1)
        lines++;
    return lines;
}

static bool is_harmful(uint32_t c)
{
    bool is_control = c < 0x20 || (c >= 0x7f && c < 0xa0);
    bool is_turning = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e ||
                      c == 0x200f || c == 0x061c;
    return (is_control && c != '\n') || is_turning || c == 0x2028 || c == 0x2029;
}

bool said_is_safe(const struct said *s)
{
    const uint8_t *b = (const uint8_t *)s->text;
    if (!smk_utf8_is_valid((struct smk_bytes){b, s->len}))
        return false;
    for (size_t i = 0; i < s->len;) {
        size_t more = b[i] < 0x80 ? 0 : b[i] < 0xe0 ? 1 : b[i] < 0xf0 ? 2 : 3;
        uint32_t c = more == 0 ? b[i] : b[i] & (0x3fu >> more);
        for (size_t k = 1; k <= more; k++)
            c = c << 6 | (b[i + k] & 0x3f);
        if (is_harmful(c))
            return false;
        i += more + 1;
    }
    return true;
}

/* ---- JSON ---- */

static json_t *first_line(const struct said *s)
{
    return json_loadb(s->text, strcspn(s->text, "\n"), JSON_ALLOW_NUL, NULL);
}

bool said_is_json(const struct said *s, size_t count)
{
    size_t lines = 0;
    for (const char *at = s->text; *at != '\0'; at += strcspn(at, "\n") + 1) {
        size_t len = strcspn(at, "\n");
        json_t *value = json_loadb(at, len, JSON_ALLOW_NUL, NULL);
        bool is_object = json_is_object(value) && at[len] == '\n';
        json_decref(value);
        if (!is_object)
            return false;
        lines++;
    }
    return said_is_safe(s) && (count == SIZE_MAX || lines == count);
}

size_t said_list_lines(const struct said *s)
{
    size_t lines = 0;
    for (const char *at = s->text; *at != '\0'; at += strcspn(at, "\n") + 1) {
        json_t *row = json_loadb(at, strcspn(at, "\n"), JSON_ALLOW_NUL, NULL);
        bool has_conflicts = json_integer_value(json_object_get(row, "conflicts")) > 0;
        lines += has_conflicts ? 2 : 1;
        lines += json_is_false(json_object_get(row, "counts")) ? 1 : 0;
        json_decref(row);
    }
    return lines;
}

size_t said_count(const struct said *s, const char *name)
{
    json_t *value = first_line(s);
    size_t count = json_object_size(json_object_get(value, name));
    json_decref(value);
    return count;
}

static bool holds(const json_t *value, struct smk_bytes text)
{
    const char *name;
    json_t *part;
    size_t i;
    if (json_is_string(value))
        return smk_bytes_is_equal(
            (struct smk_bytes){(const uint8_t *)json_string_value(value), json_string_length(value)}, text);
    json_array_foreach(value, i, part) if (holds(part, text)) return true;
    json_object_foreach((json_t *)(uintptr_t)value, name, part) if (holds(part, text)) return true;
    return false;
}

bool said_has_text(const struct said *s, struct smk_bytes text)
{
    json_t *value = first_line(s);
    bool is_there = text.len == 0 || holds(json_object_get(value, "fields"), text);
    json_decref(value);
    return is_there;
}

bool file_is_json(const char *path)
{
    json_t *value = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    bool is_good = value != NULL;
    json_decref(value);
    return is_good;
}

/* ---- pages ---- */

struct page {
    size_t strangers;
    bool is_in_style;
};

static bool is_among(const char *word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

static void on_open(void *ctx, const XML_Char *name, const XML_Char **attribute)
{
    static const char *const elements[] = {
        "html",    "head",   "meta",   "title", "style",    "body",    "p",     "br",     "bdi",
        "span",    "div",    "h1",     "h2",    "h3",       "table",   "thead", "tbody",  "tfoot",
        "tr",      "th",     "td",     "ol",    "ul",       "li",      "small", "strong", "b",
        "section", "header", "footer", "col",   "colgroup", "caption", NULL};
    static const char *const attributes[] = {"lang",    "xml:lang", "class",   "charset", "http-equiv",
                                             "content", "name",     "colspan", "rowspan", "scope",
                                             "dir",     "xmlns",    "value",   NULL};
    struct page *p = ctx;
    p->strangers += !is_among(name, elements);
    if (!is_among(name, elements))
        (void)fprintf(stderr, "element %s\n", name);
    for (size_t i = 0; attribute[i] != NULL; i += 2) {
        p->strangers += !is_among(attribute[i], attributes);
        if (!is_among(attribute[i], attributes))
            (void)fprintf(stderr, "attribute %s of %s\n", attribute[i], name);
    }
}

bool said_is_page(const struct said *s)
{
    struct page p = {0};
    XML_Parser parser = XML_ParserCreate("UTF-8");
    SMK_ASSERT(parser != NULL);
    XML_SetUserData(parser, &p);
    XML_SetStartElementHandler(parser, on_open);
    bool is_good = XML_Parse(parser, s->text, (int)s->len, 1) == XML_STATUS_OK;
    if (!is_good)
        (void)fprintf(stderr, "line %lu: %s\n", XML_GetCurrentLineNumber(parser),
                      XML_ErrorString(XML_GetErrorCode(parser)));
    XML_ParserFree(parser);
    return is_good && p.strangers == 0 && said_is_safe(s);
}
