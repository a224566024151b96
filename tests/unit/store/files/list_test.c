#include "store/files/list.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

/* Items in brackets. */
static void spell(const char *cell, char ret_text[256])
{
    struct smk_list_iter it = smk_list_each(smk_bytes_of_text(cell));
    struct smk_buf item = {.max = 100};
    size_t len = 0, count = 0;
    ret_text[0] = '\0';
    for (; smk_list_next(&it, &item); count++)
        len += (size_t)snprintf(ret_text + len, 256 - len, "[%.*s]", (int)item.len,
                                item.len > 0 ? (const char *)item.data : "");
    cr_assert(eq(sz, count, smk_list_count(smk_bytes_of_text(cell))), "%s", cell);
    smk_buf_deinit(&item);
}

Test(list, cells_hold_items)
{
    static const struct {
        const char *cell, *items;
    } row[] = {
        {"", ""},
        {"a", "[a]"},
        {"a; b", "[a][b]"},
        {"a;b", "[a][b]"},
        {"  a  ;  b  ", "[a][b]"},
        {"a; ; c", "[a][][c]"},
        {";", "[][]"},
        {"a;", "[a][]"},
        {"a\\; b", "[a; b]"},
        {"a\\\\; b", "[a\\][b]"},
        {"\\ a\\ ; b", "[ a ][b]"},
        {"a b; c d", "[a b][c d]"},
        {"a\\", "[a\\]"},
        {"a\\x", "[ax]"},
        {"ក; ខ", "[ក][ខ]"},
        {"a\nb; c", "[a\nb][c]"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char text[256];
        spell(row[i].cell, text);
        cr_assert(eq(str, text, (char *)(uintptr_t)row[i].items), "%s", row[i].cell);
    }
}

Test(list, any_items_come_back_as_they_were)
{
    static const char letters[] = " ;\\a";
    /* Three items of up to three of these letters each. */
    for (size_t n = 0; n < 85 * 85; n++) {
        char item[3][4];
        size_t len[3];
        struct smk_buf cell = {.max = 100}, again = {.max = 100};
        for (size_t k = 0, code = n; k < 3; k++, code /= 85) {
            size_t left = code % 85, base = 0;
            for (len[k] = 0, base = 1; left >= base && len[k] < 3; len[k]++, base *= 4)
                left -= base; /* 1 text of no letter, 4 of one, 16 of two, 64 of three */
            for (size_t i = 0; i < len[k]; i++, left /= 4)
                item[k][i] = letters[left % 4];
            smk_list_add(&cell, (struct smk_bytes){(uint8_t *)item[k], len[k]}, k == 0);
        }
        struct smk_list_iter it = smk_list_each(smk_buf_view(&cell));
        for (size_t k = 0; k < 3; k++) {
            cr_assert(smk_list_next(&it, &again));
            cr_assert(
                smk_bytes_is_equal(smk_buf_view(&again), (struct smk_bytes){(uint8_t *)item[k], len[k]}),
                "%.*s", (int)cell.len, (const char *)cell.data);
        }
        cr_assert(not(smk_list_next(&it, &again)));
        smk_buf_deinit(&cell);
        smk_buf_deinit(&again);
    }
}
