/* Where a text may be cut. */
#include "proto/khmer.h"

#include "proto/check.h"

enum { COENG = 0x17d2, JOINER = 0x200d };

/* What is drawn with the letter before it, in Khmer, in the scripts of the neighbours, in Latin, and behind emoji. */
static bool is_drawn_with_the_last(uint32_t point)
{
    static const struct {
        uint32_t first, last;
    } range[] = {
        {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd},   {0x0610, 0x061a},   {0x064b, 0x065f},
        {0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e},   {0x0eb1, 0x0eb1},   {0x0eb4, 0x0ebc},
        {0x0ec8, 0x0ece}, {0x102b, 0x103e}, {0x1ab0, 0x1aff},   {0x1dc0, 0x1dff},   {0x20d0, 0x20ff},
        {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0x1f3fb, 0x1f3ff}, {0xe0100, 0xe01ef},
    };
    if (point < range[0].first)
        return false;
    if (point >= 0x1780 && point <= 0x17ff)
        return (point >= 0x17b4 && point <= 0x17d3) || point == 0x17dd;
    for (size_t i = 0; i < sizeof range / sizeof range[0]; i++)
        if (point >= range[i].first && point <= range[i].last)
            return true;
    return false;
}

static bool is_flag_half(uint32_t point)
{
    return point >= 0x1f1e6 && point <= 0x1f1ff;
}

/* Moves *at behind everything invisible; true when the last of that was a joiner. */
static bool skip_invisible(struct smk_bytes text, size_t *at)
{
    uint32_t point = 0;
    bool is_joined = false;
    for (size_t end = *at; smk_utf8_next(text, &end, &point) && smk_khmer_is_invisible(point); *at = end)
        is_joined = point == JOINER;
    return is_joined;
}

size_t smk_cluster_end(struct smk_bytes text, size_t at)
{
    SMK_ASSERT(at < text.len);
    uint32_t point, last;
    (void)skip_invisible(text, &at);
    if (!smk_utf8_next(text, &at, &last))
        return at < text.len ? at + 1 : at;
    bool may_be_flag = is_flag_half(last);
    for (;;) {
        bool is_joined = skip_invisible(text, &at);
        size_t end = at;
        if (!smk_utf8_next(text, &end, &point))
            return at;
        bool is_flag = may_be_flag && is_flag_half(point);
        bool is_emoji = is_joined && point >= 0x2600 && last >= 0x2600;
        bool is_line = last == '\r' && point == '\n';
        if (last != COENG && !is_drawn_with_the_last(point) && !is_flag && !is_emoji && !is_line)
            return at;
        may_be_flag = false;
        last = point;
        at = end;
    }
}

size_t smk_cluster_count(struct smk_bytes text)
{
    size_t count = 0;
    for (size_t at = 0; at < text.len; at = smk_cluster_end(text, at))
        count++;
    return count;
}

size_t smk_cluster_fit(struct smk_bytes text, size_t bytes_max, size_t clusters_max)
{
    size_t at = 0;
    for (size_t count = 0; at < text.len && count < clusters_max; count++) {
        size_t end = smk_cluster_end(text, at);
        if (end > bytes_max)
            break;
        at = end;
    }
    return at;
}
