#include "store/files/list.h"

void smk_list_add(struct smk_buf *b, struct smk_bytes item, bool is_first)
{
    if (!is_first)
        smk_buf_write(b, "; ", 2);
    for (size_t i = 0; i < item.len; i++) {
        uint8_t letter = item.data[i];
        bool is_at_end = i == 0 || i + 1 == item.len;
        if (letter == '\\' || letter == ';' || (letter == ' ' && is_at_end))
            smk_buf_write_u8(b, '\\');
        smk_buf_write_u8(b, letter);
    }
}

struct smk_list_iter smk_list_each(struct smk_bytes cell)
{
    return (struct smk_list_iter){.rest = cell, .is_over = cell.len == 0};
}

/* How long the next item is, up to its separator or the end. */
static size_t item_length(struct smk_bytes rest)
{
    size_t at = 0;
    while (at < rest.len && rest.data[at] != ';')
        at += rest.data[at] == '\\' ? 2 : 1;
    return at < rest.len ? at : rest.len;
}

static struct smk_bytes trim(struct smk_bytes item)
{
    size_t last = 0; /* behind the last letter that counts */
    while (item.len > 0 && item.data[0] == ' ')
        item = (struct smk_bytes){item.data + 1, item.len - 1};
    for (size_t i = 0; i < item.len; i++) {
        bool is_escape = item.data[i] == '\\' && i + 1 < item.len;
        i += is_escape;
        if (is_escape || item.data[i] != ' ')
            last = i + 1;
    }
    return (struct smk_bytes){item.data, last};
}

bool smk_list_next(struct smk_list_iter *it, struct smk_buf *b)
{
    smk_buf_reset(b);
    if (it->is_over)
        return false;
    size_t len = item_length(it->rest);
    struct smk_bytes item = trim((struct smk_bytes){it->rest.data, len});
    for (size_t i = 0; i < item.len; i++) {
        i += item.data[i] == '\\' && i + 1 < item.len;
        smk_buf_write_u8(b, item.data[i]);
    }
    it->is_over = len == it->rest.len;
    if (!it->is_over)
        it->rest = (struct smk_bytes){it->rest.data + len + 1, it->rest.len - len - 1};
    return true;
}

size_t smk_list_count(struct smk_bytes cell)
{
    size_t count = cell.len > 0;
    for (size_t at = 0; at < cell.len; at += cell.data[at] == '\\' ? 2 : 1)
        count += cell.data[at] == ';';
    return count;
}
