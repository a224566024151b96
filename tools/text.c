#include "tools/cli.h"
#include "tools/text.h"

#include <string.h>

static size_t follower_count(uint8_t first)
{
    if (first < 0x80)
        return 0;
    if (first >= 0xC2 && first <= 0xDF)
        return 1;
    if (first >= 0xE0 && first <= 0xEF)
        return 2;
    return first >= 0xF0 && first <= 0xF4 ? 3 : SIZE_MAX;
}

size_t smk_text_next(struct smk_bytes text, size_t at, uint32_t *ret_point)
{
    static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
    uint8_t first = text.data[at];
    size_t followers = follower_count(first);
    *ret_point = SMK_TEXT_BAD;
    if (followers == SIZE_MAX || followers >= text.len - at)
        return 1;
    uint32_t point = followers == 0 ? first : first & (0x3Fu >> followers);
    for (size_t i = 1; i <= followers; i++) {
        if ((text.data[at + i] & 0xC0) != 0x80)
            return 1;
        point = point << 6 | (text.data[at + i] & 0x3Fu);
    }
    if (point < smallest[followers] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
        return 1;
    *ret_point = point;
    return followers + 1;
}

/* The zero-width space and joiners (200B to 200D) are ordinary Khmer text and stay. */
bool smk_text_is_unsafe(uint32_t point)
{
    static const struct {
        uint32_t first, last;
    } range[] = {
        {0x0000, 0x001F},   /* C0 controls, line breaks and escape among them */
        {0x007F, 0x009F},   /* DEL and C1 */
        {0x061C, 0x061C},   /* Arabic letter mark */
        {0x200E, 0x200F},   /* left-to-right, right-to-left mark */
        {0x2028, 0x202E},   /* line and paragraph separator; embeddings and overrides */
        {0x2060, 0x206F},   /* invisible operators, isolates, deprecated format characters */
        {0xFDD0, 0xFDEF},   /* not characters */
        {0xFEFF, 0xFEFF},   /* byte order mark */
        {0xFFF0, 0xFFFB},   /* unassigned, interlinear annotation */
        {0xFFFE, 0xFFFF},   /* not characters */
        {0xE0000, 0xE0FFF}, /* tags, variation selectors */
        {0xF0000, 0xFFFFFFFF},
    };
    for (size_t i = 0; i < sizeof range / sizeof range[0]; i++)
        if (point >= range[i].first && point <= range[i].last)
            return true;
    return false;
}

static int escape(uint32_t point, uint8_t byte, char ret_escape[12])
{
    if (point == SMK_TEXT_BAD || point < 0x80)
        return snprintf(ret_escape, 12, "\\x%02x", (unsigned)byte);
    return snprintf(ret_escape, 12, point > 0xFFFF ? "\\U%08x" : "\\u%04x", (unsigned)point);
}

void smk_text_safe(struct smk_bytes text, size_t max, char *ret_text)
{
    size_t at = 0, len = 0;
    while (at < text.len) {
        uint32_t point;
        char escaped[12];
        const void *piece = text.data + at;
        size_t taken = smk_text_next(text, at, &point);
        size_t piece_len = taken;
        if (smk_text_is_unsafe(point)) {
            piece_len = (size_t)escape(point, text.data[at], escaped);
            piece = escaped;
        }
        if (piece_len > max - len)
            break;
        memcpy(ret_text + len, piece, piece_len);
        len += piece_len;
        at += taken;
    }
    ret_text[len] = 0;
}

const char *smk_text_shown(const char *text, struct smk_shown *ret_shown)
{
    smk_text_safe(smk_bytes_of_text(text), sizeof ret_shown->text - 1, ret_shown->text);
    return ret_shown->text;
}

bool smk_text_is_utf8(struct smk_bytes text)
{
    uint32_t point = 0;
    size_t at = 0;
    while (at < text.len && point != SMK_TEXT_BAD)
        at += smk_text_next(text, at, &point);
    return point != SMK_TEXT_BAD;
}
