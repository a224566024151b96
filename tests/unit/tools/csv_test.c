#include "tools/csv.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

/* All rows as one text: fields in brackets, rows ended by a bar. */
static void spell(struct smk_bytes text, char *ret_text, size_t room, enum smk_csv_flaw *ret_flaw)
{
    struct smk_csv *c = malloc(sizeof *c);
    size_t len = 0;
    cr_assert(ne(ptr, c, NULL));
    smk_csv_init(c, text);
    while (smk_csv_next(c)) {
        for (size_t i = 0; i < c->field_count; i++) {
            cr_assert(lt(sz, len + c->field[i].len + 4, room));
            ret_text[len++] = '[';
            if (c->field[i].len > 0)
                memcpy(ret_text + len, c->field[i].data, c->field[i].len);
            len += c->field[i].len;
            ret_text[len++] = ']';
        }
        ret_text[len++] = '|';
    }
    ret_text[len] = '\0';
    *ret_flaw = c->flaw;
    smk_csv_deinit(c);
    free(c);
}

Test(csv, rows_and_fields_come_as_they_were_written)
{
    static const struct {
        const char *csv, *spelled;
        enum smk_csv_flaw flaw;
        const char *why;
    } row[] = {
        {"a,b\nc,d\n", "[a][b]|[c][d]|", SMK_CSV_FINE, "plain"},
        {"a,b\r\nc,d\r\n", "[a][b]|[c][d]|", SMK_CSV_FINE, "lines of Windows"},
        {"a,b\nc,d", "[a][b]|[c][d]|", SMK_CSV_FINE, "the last line does not end"},
        {"a,,b,\n", "[a][][b][]|", SMK_CSV_FINE, "empty fields"},
        {"\"a,b\",c\n", "[a,b][c]|", SMK_CSV_FINE, "a comma in quotes"},
        {"\"a\nb\",c\nd,e\n", "[a\nb][c]|[d][e]|", SMK_CSV_FINE, "a line break in quotes"},
        {"\"a\"\"b\",c\n", "[a\"b][c]|", SMK_CSV_FINE, "a doubled quote"},
        {"\"\",c\n", "[][c]|", SMK_CSV_FINE, "nothing in quotes"},
        {"a\n\n\nb\n", "[a]|[b]|", SMK_CSV_FINE, "empty lines"},
        {"a\n,,\nb\n", "[a]|[b]|", SMK_CSV_FINE, "a line of commas"},
        {"=HYPERLINK(1)\n", "[=HYPERLINK(1)]|", SMK_CSV_FINE, "a formula is text"},
        {"ក,ខ\n", "[ក][ខ]|", SMK_CSV_FINE, "Khmer"},
        {"", "", SMK_CSV_FINE, "nothing"},
        {"a\rb\n", "[a\rb]|", SMK_CSV_FINE, "a lone carriage return is a letter; who reads it will complain"},
        {"a\n\"b", "[a]|", SMK_CSV_OPEN_QUOTE, "quotes that never end"},
        {"a\n\"b\"c\n", "[a]|", SMK_CSV_STRAY_QUOTE, "something behind the quotes"},
        {"a\nb\"c\n", "[a]|", SMK_CSV_STRAY_QUOTE, "a quote inside a plain field"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char spelled[512];
        enum smk_csv_flaw flaw;
        spell(smk_bytes_of_text(row[i].csv), spelled, sizeof spelled, &flaw);
        cr_assert(eq(str, spelled, (char *)(uintptr_t)row[i].spelled), "%s", row[i].why);
        cr_assert(eq(int, flaw, row[i].flaw), "%s", row[i].why);
    }
}

Test(csv, a_row_has_at_most_256_fields)
{
    for (size_t fields = SMK_CSV_FIELDS_MAX - 1; fields <= SMK_CSV_FIELDS_MAX + 1; fields++) {
        char text[2 * SMK_CSV_FIELDS_MAX + 8], spelled[8 * SMK_CSV_FIELDS_MAX];
        enum smk_csv_flaw flaw;
        for (size_t i = 0; i < fields; i++)
            memcpy(text + 2 * i, "x,", 2);
        spell((struct smk_bytes){(const uint8_t *)text, 2 * fields - 1}, spelled, sizeof spelled, &flaw);
        cr_assert(eq(int, flaw, fields <= SMK_CSV_FIELDS_MAX ? SMK_CSV_FINE : SMK_CSV_TOO_LONG), "%zu",
                  fields);
    }
}

Test(csv, a_row_has_at_most_256_kib)
{
    for (size_t len = SMK_CSV_ROW_BYTES_MAX - 1; len <= SMK_CSV_ROW_BYTES_MAX + 1; len++) {
        uint8_t *text = malloc(len);
        struct smk_csv *c = malloc(sizeof *c);
        cr_assert(text != NULL && c != NULL);
        memset(text, 'x', len);
        smk_csv_init(c, (struct smk_bytes){text, len});
        cr_assert(eq(int, smk_csv_next(c), len <= SMK_CSV_ROW_BYTES_MAX), "%zu", len);
        smk_csv_deinit(c);
        free(c);
        free(text);
    }
}

Test(csv, every_cut_of_a_text_ends_in_order)
{
    static const char whole[] = "id,\"a,\"\"b\"\r\n1,\"x\ny\"\n2,\n";
    for (size_t len = 0; len < sizeof whole; len++) {
        uint8_t *exact = malloc(len > 0 ? len : 1);
        char spelled[256];
        enum smk_csv_flaw flaw;
        cr_assert(ne(ptr, exact, NULL));
        memcpy(exact, whole, len);
        spell((struct smk_bytes){exact, len}, spelled, sizeof spelled, &flaw);
        cr_assert(flaw == SMK_CSV_FINE || flaw == SMK_CSV_OPEN_QUOTE, "cut at %zu", len);
        free(exact);
    }
}

Test(csv, lines_are_counted_through_quotes)
{
    struct smk_csv *c = malloc(sizeof *c);
    cr_assert(ne(ptr, c, NULL));
    smk_csv_init(c, smk_bytes_of_text("a\n\"b\nc\"\n\nd\n"));
    static const size_t line[] = {1, 2, 5};
    for (size_t i = 0; i < 3; i++) {
        cr_assert(eq(int, smk_csv_next(c), true));
        cr_assert(eq(sz, c->line, line[i]));
    }
    cr_assert(eq(int, smk_csv_next(c), false));
    smk_csv_deinit(c);
    free(c);
}
