#include "proto/labels.h"
#include "proto/policy.h"
#include "proto/schema.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* proto/DOCUMENTS.md is the two tables of the code, printed. SMK_WRITE_DOCUMENTS=1 writes it anew. */

enum { PAGE_BYTES_MAX = 1 << 20 };

static char page[PAGE_BYTES_MAX];
static size_t page_len;

static void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(page + page_len, sizeof page - page_len, format, args);
    va_end(args);
    cr_assert(ge(int, len, 0));
    page_len += (size_t)len;
    cr_assert(lt(sz, page_len, sizeof page));
}

/* ---- words ---- */

static const char *type_word(enum smk_field_type type)
{
    switch (type) {
    case SMK_FIELD_TEXT: return "text";
    case SMK_FIELD_BILINGUAL: return "text in two languages";
    case SMK_FIELD_NAME: return "name";
    case SMK_FIELD_SLUG: return "slug";
    case SMK_FIELD_CHOICE: return "choice";
    case SMK_FIELD_AREA: return "area";
    case SMK_FIELD_INTEGER: return "integer";
    case SMK_FIELD_AMOUNT: return "amount";
    case SMK_FIELD_DATE: return "date";
    case SMK_FIELD_TALLY: return "tally";
    case SMK_FIELD_REFERENCE: return "reference";
    case SMK_FIELD_SHA256: return "SHA-256";
    case SMK_FIELD_ANSWERS: return "answers";
    case SMK_FIELD_PROVENANCE: return "provenance";
    case SMK_FIELD_GROUP: return "group";
    }
    return NULL;
}

static const char *scope_word(enum smk_scope_rule rule)
{
    switch (rule) {
    case SMK_LIVES_IN_PROVINCE: return "`prov:NN` of its area; published: `pub`";
    case SMK_LIVES_BY_AREA: return "`prov:NN` of its area, `nat` without one; published: `pub`";
    case SMK_LIVES_BY_LEVEL: return "`dm:NNNN` of its area when it is about one district, else `pub`";
    case SMK_LIVES_IN_DISTRICT: return "`dm:NNNN` of its area";
    case SMK_LIVES_IN_ORGANISATION: return "`org:SLUG` of its owner";
    case SMK_LIVES_IN_PUBLIC: return "`pub`";
    case SMK_LIVES_WITH_SUBJECT: return "wherever its subject is";
    }
    return NULL;
}

static const char *area_word(enum smk_area_rule rule)
{
    switch (rule) {
    case SMK_AREA_OWN_ORGANISATION: return "own organisation";
    case SMK_AREA_OWN_ORGANISATION_OR_COALITION: return "own organisation, or everything";
    case SMK_AREA_OWN_AREA_OR_COALITION: return "covers the area; without an area: everything";
    case SMK_AREA_COALITION: return "everything";
    case SMK_AREA_OF_LIST: return "covers the district";
    case SMK_AREA_EXACTLY_DISTRICT: return "exactly that district";
    case SMK_AREA_PROVINCE_OF_LIST: return "covers its whole province";
    case SMK_AREA_NATIONAL: return "everything";
    case SMK_AREA_OWNER_OF_TARGET: return "its organisation made what the note is about";
    case SMK_AREA_OF_SCOPE: return "covers the area of the scope; in `org:` that organisation";
    }
    return NULL;
}

/* ---- fields ---- */

static void print_details(const struct smk_field *f)
{
    if (f->type == SMK_FIELD_AREA && f->min == f->max)
        print("%" PRIu64 " digits", f->min);
    else if (f->type == SMK_FIELD_AREA)
        print("%" PRIu64 " to %" PRIu64 " digits", f->min, f->max);
    else if (f->type == SMK_FIELD_INTEGER)
        print("%" PRIu64 " to %" PRIu64, f->min, f->max);
    else if (f->kind != NULL)
        print("of %s", f->kind);
    if (f->vocabulary != NULL)
        print("*%s*: ", f->vocabulary);
    for (size_t i = 0; f->choices != NULL && f->choices[i] != NULL; i++)
        print("%s`%s`", i > 0 ? ", " : "", f->choices[i]);
}

/* "Title | ចំណងជើង", with a star behind Khmer that nobody has reviewed. */
static void print_names(const struct smk_label *label)
{
    cr_assert(ne(ptr, (void *)(uintptr_t)label, NULL));
    print("%s | %s%s | ", label->en, label->km, label->khmer == SMK_KHMER_UNREVIEWED ? "\\*" : "");
}

static void print_fields(const char *kind, const char *above, const struct smk_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct smk_field *f = &fields[i];
        char name[128];
        (void)snprintf(name, sizeof name, "%s%s%s", above, f->name,
                       (f->flags & SMK_FIELD_IS_LIST) != 0 ? "[]" : "");
        print("| `%s` | ", name);
        print_names(smk_label_field(kind, name));
        print("%s | %s%s | ", type_word(f->type), (f->flags & SMK_FIELD_IS_REQUIRED) != 0 ? "required" : "",
              (f->flags & SMK_FIELD_MAY_BE_UNKNOWN) != 0 ? " (or nil)" : "");
        print_details(f);
        print(" |\n");
        (void)strncat(name, ".", sizeof name - strlen(name) - 1);
        print_fields(kind, name, f->part, f->part_count);
    }
}

static void print_table(const char *kind, const struct smk_field *fields, size_t count)
{
    if (count == 0)
        return;
    print("\n| field | English | Khmer | type | | |\n|---|---|---|---|---|---|\n");
    print_fields(kind, "", fields, count);
}

/* ---- the page ---- */

static const char head[] =
    "# Documents and acts\n"
    "\n"
    "The tables of the code (`schema_table.c`, `labels_table.c`, `policy.c`), printed; a test compares them "
    "with this page, and\n"
    "`SMK_WRITE_DOCUMENTS=1 build/asan/bin/unit_proto --filter 'documents/*'` writes it anew. PROTOCOL.md "
    "section 11 says\n"
    "what they mean.\n"
    "\n"
    "## How values are written\n"
    "\n"
    "| type | in the payload |\n"
    "|---|---|\n"
    "| text, name, slug, choice, area, amount, date | str; an amount is `60782.52`, a date `2021`, `2021-11` "
    "or `2021-11-16` |\n"
    "| text in two languages | map of `en` and `km`, at least one |\n"
    "| integer | uint |\n"
    "| tally | map of `total`, `female` (uint or nil: unknown is not zero) and breakdowns `by_...`: maps of "
    "a name to such a map |\n"
    "| reference | bin 16, the id of a document (or of an act, where the table says so) |\n"
    "| SHA-256 | bin 32 |\n"
    "| answers | map of names to texts |\n"
    "| provenance | a text, or a map of texts |\n"
    "| group | map of the fields that follow below its name |\n"
    "\n"
    "`[]` marks an array of such values, at most 256. Required: in the first edit of a document, and in "
    "every act. A text\n"
    "has at most 16,384 bytes in one language.\n"
    "\n"
    "Names are what people read, in forms, lists, prints and exports; the payload has the code. Khmer with a "
    "star (\\*) is ours\n"
    "and waits for a native reader; the last section says of the other words what is known of each.\n";

static struct smk_bytes bytes_of(const char *text)
{
    return (struct smk_bytes){(const uint8_t *)text, strlen(text)};
}

static void print_kind(const struct smk_kind *k)
{
    print("\n### %s\n\n", k->name);
    print_names(smk_label_find("type", bytes_of(k->name)));
    print("lives in %s.", scope_word(k->lives));
    if (smk_kind_has_drafts(k))
        print(" Drafts: `org:SLUG`.");
    print(" Seen by whoever holds");
    for (const char *const *scope = smk_kind_scopes(k); *scope != NULL; scope++)
        print("%s `%s`", scope == smk_kind_scopes(k) ? "" : ",", *scope);
    print(".");
    if (k->area_field != NULL)
        print(" Area: `%s`.", k->area_field);
    if (k->owner_field != NULL)
        print(" Owner: `%s`.", k->owner_field);
    if (k->title_field != NULL)
        print(" Title: `%s`.", k->title_field);
    print("\n");
    print_table(k->name, k->field, k->field_count);
}

static void print_rule(const struct smk_policy_rule *r)
{
    print("| %s | %s | %s%s%s | ", r->kind, r->act, r->is_edit ? "an edit" : "an act",
          r->is_wider ? ", in a wider scope" : "", r->is_half ? ", one half of two" : "");
    for (size_t i = 0; i < SMK_POLICY_ROLES_MAX && r->role[i] != NULL; i++)
        print("%s%s", i > 0 ? ", " : "", r->role[i]);
    print(" | %s | ", area_word(r->area));
    for (size_t i = 0; i < SMK_POLICY_FROM_MAX && r->from[i] != NULL; i++)
        print("%s%s", i > 0 ? ", " : "", r->from[i]);
    print(" | ");
    for (size_t i = 0; i < SMK_POLICY_GUARDS_MAX && r->guard[i] != SMK_GUARD_NONE; i++)
        print("%s%s", i > 0 ? ", " : "", smk_guard_word(r->guard[i]));
    print(" |\n");
}

/* ---- names ---- */

static void print_list(const char *list)
{
    print("\n### %s\n\n| code | English | Khmer | known as |\n|---|---|---|---|\n", list);
    for (size_t i = 0; i < smk_label_table_count; i++)
        if (strcmp(smk_label_table[i].list, list) == 0)
            print("| `%s` | %s | %s | %s |\n", smk_label_table[i].code, smk_label_table[i].en,
                  smk_label_table[i].km, smk_khmer_word(smk_label_table[i].khmer));
}

/* Every list but those that stand beside their fields above, or are the words of error messages. */
static void print_lists(void)
{
    static const char *const elsewhere[] = {"field", "flaw", "field_type"};
    print("\n## Names\n\nThe words of each vocabulary. *attested*: seen on Cambodian pages; *standard*: "
          "common knowledge; *draft*: proposed\nby the coalition; *unreviewed*: ours, to be read by somebody "
          "whose language it is.\n");
    for (size_t i = 0; i < smk_label_table_count; i++) {
        const char *list = smk_label_table[i].list;
        bool is_new = i == 0 || strcmp(list, smk_label_table[i - 1].list) != 0;
        for (size_t k = 0; k < sizeof elsewhere / sizeof elsewhere[0]; k++)
            is_new = is_new && strcmp(list, elsewhere[k]) != 0;
        if (is_new)
            print_list(list);
    }
}

static void print_entity(const struct smk_entity *e)
{
    print("\n### %s\n\n", e->name);
    print_names(smk_label_find("type", bytes_of(e->name)));
    if (e->kind == NULL)
        print("decided by governance, or a fact about the country.\n");
    else
        print("%s: `%s`%s%s%s.\n", e->kind, e->act[0], e->act[1] != NULL ? ", `" : "",
              e->act[1] != NULL ? e->act[1] : "", e->act[1] != NULL ? "`" : "");
    print_table(e->name, e->field, e->field_count);
}

static void print_page(void)
{
    print("%s\n## Types of documents\n", head);
    for (size_t i = 0; i < smk_kind_count(); i++)
        print_kind(smk_kind_at(i));
    print("\n## Who may do what\n\nThe name of a row that is an edit is not in the payload: an edit is of "
          "type 16. *Area* is "
          "what the office\nneeds a say about, *from* where the document may stand, *guards* what else is "
          "asked, in "
          "this order (section 11.4).\n\n"
          "| document | act | is | roles | area | from | guards |\n|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < smk_policy_count(); i++)
        print_rule(smk_policy_at(i));
    print("\n## Fields of the acts\n");
    for (size_t i = 0; i < smk_policy_count(); i++) {
        const struct smk_policy_rule *r = smk_policy_at(i);
        const struct smk_act_kind *a = smk_act_kind_find(bytes_of(r->kind), bytes_of(r->act));
        if (a == NULL)
            continue;
        print("\n### %s: %s\n\n", a->kind, a->act);
        print_names(smk_label_find("act", bytes_of(a->act)));
        print("\n");
        print_table(a->kind, a->field, a->field_count);
    }
    print("\n## What has a name of its own\n\nActs, and things that are no documents.\n");
    for (size_t i = 0; i < smk_entity_count(); i++)
        print_entity(smk_entity_at(i));
    print_lists();
}

/* ---- against the file ---- */

static FILE *open_page(const char *mode)
{
    const char *root = getenv("SMK_ROOT");
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/proto/DOCUMENTS.md", root != NULL ? root : ".");
    FILE *f = fopen(path, mode);
    cr_assert(ne(ptr, f, NULL), "%s", path);
    return f;
}

Test(documents, page_says_what_the_tables_say)
{
    static char found[PAGE_BYTES_MAX];
    print_page();
    if (getenv("SMK_WRITE_DOCUMENTS") != NULL) {
        FILE *f = open_page("wb");
        cr_assert(eq(sz, fwrite(page, 1, page_len, f), page_len));
        cr_assert(eq(int, fclose(f), 0));
    }
    FILE *f = open_page("rb");
    size_t len = fread(found, 1, sizeof found - 1, f), line = 1;
    cr_assert(eq(int, fclose(f), 0));
    for (size_t i = 0; i < len && i < page_len && found[i] == page[i]; i++)
        line += found[i] == '\n';
    cr_assert(
        len == page_len && memcmp(found, page, len) == 0,
        "proto/DOCUMENTS.md differs from the tables from line %zu on; SMK_WRITE_DOCUMENTS=1 writes it anew",
        line);
}

Test(documents, each_act_with_fields_has_somebody_who_may_do_it)
{
    for (size_t i = 0; i < smk_policy_count(); i++) {
        const struct smk_policy_rule *r = smk_policy_at(i);
        const struct smk_act_kind *a = smk_act_kind_find(bytes_of(r->kind), bytes_of(r->act));
        cr_assert(eq(int, a == NULL, r->is_edit), "%s %s: an act has a form, an edit has its type's", r->kind,
                  r->act);
    }
}
