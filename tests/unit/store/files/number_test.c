#include "store/files/number.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

Test(number, is_given_as_it_was_meant)
{
    static const struct {
        const char *stored;
        unsigned decimals;
        const char *meant; /* NULL: no number */
    } row[] = {
        {"0", 0, "0"},
        {"-0", 0, "0"},
        {"007", 0, "7"},
        {"+5", 0, "5"},
        {"367", 0, "367"},
        {"0.1", 0, "0.1"},
        {"0.10000000000000001", 0, "0.1"},
        {"60782.519999999997", 0, "60782.52"},
        {"60782.5", 2, "60782.50"},
        {"60782.525", 2, "60782.525"},
        {"5", 2, "5.00"},
        {"-12.50", 0, "-12.5"},
        {".5", 0, "0.5"},
        {"5.", 0, "5"},
        {"1.5E3", 0, "1500"},
        {"1.5e+3", 0, "1500"},
        {"1E-7", 0, "0.0000001"},
        {"9.9999999999999999E22", 0, "100000000000000000000000"},
        {"0.99999999999999999", 0, "1"},
        {"999999999999999.9", 0, "1000000000000000"},
        {"1234567890123456789", 0, "1234567890123456789"},
        {"1234567890123456789.0", 0, "1234567890123460000"},
        {"44516.354166666664", 0, "44516.3541666667"},
        {"", 0, NULL},
        {"-", 0, NULL},
        {".", 0, NULL},
        {"1,5", 0, NULL},
        {"1e", 0, NULL},
        {"1e+", 0, NULL},
        {"1e99", 0, NULL},
        {"1e-99", 0, NULL},
        {"1e99999999999999999999", 0, NULL},
        {"NaN", 0, NULL},
        {"INF", 0, NULL},
        {"0x10", 0, NULL},
        {" 1", 0, NULL},
        {"1 ", 0, NULL},
        {"12345678901234567890123456789012345678901", 0, NULL},
        {"0.00000000000000000000000000000000000000000001", 0, NULL},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_number number;
        bool is_number = smk_number_read(smk_bytes_of_text(row[i].stored), row[i].decimals, &number);
        cr_assert(eq(int, is_number, row[i].meant != NULL), "%s", row[i].stored);
        if (!is_number)
            continue;
        cr_assert(eq(str, number.text, (char *)(uintptr_t)row[i].meant), "%s", row[i].stored);
        cr_assert(eq(int, number.is_integer, strchr(number.text, '.') == NULL), "%s", row[i].stored);
    }
}

Test(number, forms_of_cells_say_what_is_a_date)
{
    enum { Y = SMK_FORM_YEAR, M = SMK_FORM_MONTH, D = SMK_FORM_DAY, T = SMK_FORM_TIME };
    static const struct {
        const char *code;
        unsigned parts, decimals;
    } row[] = {
        {"General", 0, 0},
        {"0", 0, 0},
        {"0.00", 0, 2},
        {"#,##0.00", 0, 2},
        {"#,##0.00;[Red]-#,##0.000", 0, 2},
        {"0.0#", 0, 1},
        {"0%", 0, 0},
        {"0.00%", 0, 0},
        {"0.00E+00", 0, 0},
        {"# ?/?", 0, 0},
        {"@", 0, 0},
        {"0.000000000000", 0, 0},
        {"yyyy\\-mm\\-dd", Y | M | D, 0},
        {"dd/mm/yyyy", Y | M | D, 0},
        {"DD.MM.YY", Y | M | D, 0},
        {"d-mmm-yy", Y | M | D, 0},
        {"mmm-yy", Y | M, 0},
        {"yyyy", Y, 0},
        {"[$-453]d mmmm yyyy;@", Y | M | D, 0},
        {"yyyy-mm-dd hh:mm:ss", Y | M | D | T, 0},
        {"h:mm AM/PM", T, 0},
        {"h:mm a/p", T, 0},
        {"mm:ss", T, 0},
        {"[h]:mm:ss", T, 0},
        {"[mm]:ss.0", T, 0},
        {"\"days\" 0", 0, 0},
        {"0 \\d\\a\\y\\s", 0, 0},
        {"_(* #,##0.00_)", 0, 2},
        {"[Red]0", 0, 0},
        {"\"open", 0, 0},
        {"[open", 0, 0},
        {"\\", 0, 0},
        {"", 0, 0},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_form form = smk_form_of_code(smk_bytes_of_text(row[i].code));
        cr_assert(eq(uint, form.parts, row[i].parts), "%s", row[i].code);
        cr_assert(eq(uint, form.decimals, row[i].decimals), "%s", row[i].code);
    }
    static const struct {
        unsigned number, parts, decimals;
    } numbered[] = {{0, 0, 0},      {1, 0, 0},          {2, 0, 2},          {4, 0, 2},
                    {9, 0, 0},      {10, 0, 0},         {13, 0, 0},         {14, Y | M | D, 0},
                    {17, Y | M, 0}, {18, T, 0},         {21, T, 0},         {22, Y | M | D | T, 0},
                    {23, 0, 0},     {27, Y | M | D, 0}, {36, Y | M | D, 0}, {45, T, 0},
                    {49, 0, 0},     {58, Y | M | D, 0}, {59, 0, 0}};
    for (size_t i = 0; i < sizeof numbered / sizeof numbered[0]; i++) {
        struct smk_form form = smk_form_of_number(numbered[i].number);
        cr_assert(eq(uint, form.parts, numbered[i].parts), "%u", numbered[i].number);
        cr_assert(eq(uint, form.decimals, numbered[i].decimals), "%u", numbered[i].number);
    }
}

Test(number, days_become_dates_as_far_as_they_are_shown)
{
    enum { Y = SMK_FORM_YEAR, M = SMK_FORM_MONTH, D = SMK_FORM_DAY, T = SMK_FORM_TIME };
    static const struct {
        const char *stored;
        bool is_1904;
        unsigned parts;
        const char *shown; /* NULL: no day */
    } row[] = {
        {"1", false, Y | M | D, "1900-01-01"},
        {"59", false, Y | M | D, "1900-02-28"},
        {"60", false, Y | M | D, NULL},
        {"61", false, Y | M | D, "1900-03-01"},
        {"44516", false, Y | M | D, "2021-11-16"},
        {"44516", false, Y | M, "2021-11"},
        {"44516", false, Y, "2021"},
        {"44516.354166666664", false, Y | M | D | T, "2021-11-16T08:30:00"},
        {"44516", false, Y | M | D | T, "2021-11-16"},
        {"44516.354166666664", false, Y | M | D, "2021-11-16"},
        {"44516.99999999999", false, Y | M | D | T, "2021-11-17"},
        {"36584", false, Y | M | D, "2000-02-28"},
        {"36585", false, Y | M | D, "2000-02-29"},
        {"36586", false, Y | M | D, "2000-03-01"},
        {"2958465", false, Y | M | D, "9999-12-31"},
        {"2958466", false, Y | M | D, NULL},
        {"0", false, Y | M | D, NULL},
        {"-1", false, Y | M | D, NULL},
        {"0", true, Y | M | D, "1904-01-01"},
        {"43054", true, Y | M | D, "2021-11-16"},
        {"2957003", true, Y | M | D, "9999-12-31"},
        {"2957004", true, Y | M | D, NULL},
        {"0.5", false, T, "12:00:00"},
        {"0", false, T, "00:00:00"},
        {"1.5", false, T, NULL},
        {"99999999999999999999999", false, Y, NULL},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_number number;
        struct smk_day day;
        cr_assert(smk_number_read(smk_bytes_of_text(row[i].stored), 0, &number));
        bool is_day =
            smk_day_of_number(&number, row[i].is_1904, (struct smk_form){.parts = row[i].parts}, &day);
        cr_assert(eq(int, is_day, row[i].shown != NULL), "%s", row[i].stored);
        if (is_day)
            cr_assert(eq(str, day.text, (char *)(uintptr_t)row[i].shown), "%s", row[i].stored);
    }
}

Test(number, every_day_comes_back)
{
    for (uint32_t serial = 61; serial <= 2958465; serial += serial < 80000 ? 1 : 97) {
        struct smk_number number = {.is_integer = true};
        struct smk_day day;
        uint32_t again;
        (void)snprintf(number.text, sizeof number.text, "%u", serial);
        cr_assert(smk_day_of_number(&number, false, (struct smk_form){.parts = SMK_FORM_DAY | SMK_FORM_YEAR},
                                    &day));
        cr_assert(smk_number_of_day(smk_bytes_of_text(day.text), &again), "%s", day.text);
        cr_assert(eq(uint, again, serial), "%s", day.text);
    }
    static const char *const wrong[] = {"2021-11",
                                        "2021-11-1",
                                        "2021-11-160",
                                        "2021-02-29",
                                        "2021-13-01",
                                        "2021-00-01",
                                        "2021-04-31",
                                        "2021-04-00",
                                        "1900-02-28",
                                        "1899-12-31",
                                        "2021/11/16",
                                        "20a1-11-16",
                                        ""};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint32_t number = 7;
        cr_assert(eq(int, smk_number_of_day(smk_bytes_of_text(wrong[i]), &number), false), "%s", wrong[i]);
    }
}
