#include "tools/cli.h"
#include "tools/text.h"

#include "proto/utf8.h"

#include <string.h>

size_t smk_text_next(struct smk_bytes text, size_t at, uint32_t *ret_point)
{
    size_t end = at;
    if (smk_utf8_next(text, &end, ret_point))
        return end - at;
    *ret_point = SMK_TEXT_BAD;
    return 1;
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
