/* The fold: one cluster at a time, its marks as a set. */
#include "proto/khmer.h"

enum {
    LETTER_TA = 0x178f,
    LETTER_DA = 0x178a,
    LETTER_RO = 0x179a,
    LETTER_QA = 0x17a2,
    VOWEL_AA = 0x17b6,
    VOWEL_II = 0x17b8,
    VOWEL_U = 0x17bb,
    VOWEL_OE = 0x17be,
    VOWEL_YA = 0x17bf,
    VOWEL_E = 0x17c1,
    VOWEL_OO = 0x17c4,
    SIGN_NIKAHIT = 0x17c6,
    SHIFTER_MUUSIKATOAN = 0x17c9,
    SHIFTER_TRIISAP = 0x17ca,
    SIGN_ROBAT = 0x17cc,
    SIGN_SAMYOK_SANNYA = 0x17d0,
    COENG = 0x17d2,
    SIGN_ATTHACAN = 0x17dd,
    MARK_FIRST = VOWEL_AA,
    MARK_LAST = SIGN_ATTHACAN,
};

/* The set of a cluster's marks: bit 0 is U+17B6. */
#define MARK(point) ((uint64_t)1 << ((point)-MARK_FIRST))
#define MARKS_OF_SHIFTERS (MARK(SHIFTER_MUUSIKATOAN) | MARK(SHIFTER_TRIISAP))
/* What stands above the base, so that a register shifter gives way and is drawn below, as U is. */
#define MARKS_ABOVE                                                                                  \
    (MARK(0x17b7) | MARK(VOWEL_II) | MARK(0x17b9) | MARK(0x17ba) | MARK(VOWEL_OE) | MARK(VOWEL_YA) | \
     MARK(SIGN_SAMYOK_SANNYA) | MARK(SIGN_ATTHACAN))
#define MARKS_AAM (MARK(VOWEL_AA) | MARK(SIGN_NIKAHIT))
_Static_assert(MARK_LAST - MARK_FIRST < 64, "every mark has its bit");

/* The order of marks behind the base, ROBAT and joined letters: shifters; vowels on the left and around, below, above, on
 * the right; signs, and those that end a cluster. */
static const uint16_t mark_order[] = {
    0x17c9, 0x17ca, 0x17be, 0x17bf, 0x17c0, 0x17c1, 0x17c2, 0x17c3, 0x17c4, 0x17c5,
    0x17bb, 0x17bc, 0x17bd, 0x17b7, 0x17b8, 0x17b9, 0x17ba, 0x17b6, 0x17c6, 0x17cb,
    0x17cd, 0x17ce, 0x17cf, 0x17d0, 0x17d1, 0x17d3, 0x17dd, 0x17c7, 0x17c8,
};

static bool is_base(uint32_t point)
{
    return point >= 0x1780 && point <= 0x17b3;
}

static bool is_mark(uint32_t point)
{
    return (point >= MARK_FIRST && point < COENG) || point == 0x17d3 || point == SIGN_ATTHACAN;
}

bool smk_khmer_is_letter(uint32_t point)
{
    return is_base(point) || is_mark(point) || point == COENG || point == 0x17b4 || point == 0x17b5;
}

bool smk_khmer_is_invisible(uint32_t point)
{
    if (point < 0x200b) /* nearly all */
        return point == 0x17b4 || point == 0x17b5 || point == 0x00ad;
    return point <= 0x200d || point == 0x2060 || point == 0xfeff;
}

bool smk_khmer_is_space(uint32_t point)
{
    return (point >= 0x09 && point <= 0x0d) || point == 0x20 || point == 0x85 || point == 0xa0 ||
           point == 0x1680 || (point >= 0x2000 && point <= 0x200a) || point == 0x2028 || point == 0x2029 ||
           point == 0x202f || point == 0x205f || point == 0x3000;
}

/* ---- single characters ---- */

/* Blocks in which capitals and small letters take turns, the capital first. */
static bool is_capital_of_pair(uint32_t point)
{
    static const struct {
        uint32_t first, last, odd;
    } row[] = {{0x100, 0x12f, 0}, {0x132, 0x137, 0},   {0x139, 0x148, 1},
               {0x14a, 0x177, 0}, {0x179, 0x17e, 1},   {0x1a0, 0x1a1, 0},
               {0x1af, 0x1b0, 1}, {0x1e00, 0x1e95, 0}, {0x1ea0, 0x1eff, 0}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        if (point >= row[i].first && point <= row[i].last)
            return point % 2 == row[i].odd;
    return false;
}

static uint32_t small_letter(uint32_t point)
{
    if ((point >= 'A' && point <= 'Z') || (point >= 0xc0 && point <= 0xde && point != 0xd7))
        return point + 0x20;
    if (point < 0x100)
        return point;
    switch (point) {
    case 0x130: return 'i';
    case 0x178: return 0xff;
    case 0x1e9e: return 0xdf;
    default: return is_capital_of_pair(point) ? point + 1 : point;
    }
}

static uint32_t fold_other(uint32_t point)
{
    return point >= 0x17e0 && point <= 0x17e9 ? '0' + (point - 0x17e0) : small_letter(point);
}

/* Reads valid UTF-8 without what is invisible, with one letter for those that are drawn alike. */
struct reader {
    struct smk_bytes text;
    size_t at;
    uint32_t pending; /* second half of a character that stands for two; 0 = none */
};

static bool reader_next(struct reader *r, uint32_t *ret_point)
{
    if (r->pending != 0) {
        *ret_point = r->pending;
        r->pending = 0;
        return true;
    }
    do {
        if (!smk_utf8_next(r->text, &r->at, ret_point))
            return false;
    } while (smk_khmer_is_invisible(*ret_point));
    if (*ret_point == 0x17a4)
        r->pending = VOWEL_AA;
    if (*ret_point == 0x17a3 || *ret_point == 0x17a4)
        *ret_point = LETTER_QA;
    if (*ret_point == 0x17b2)
        *ret_point = 0x17b1;
    return true;
}

/* ---- one cluster ---- */

struct folder {
    struct smk_buf *b;
    size_t start;      /* of what this fold appends */
    bool has_gap;      /* white space is due before the next character */
    bool has_shifters; /* as dictionaries spell */
};

static void put(struct folder *f, uint32_t point)
{
    if (f->has_gap)
        smk_utf8_write(f->b, ' ');
    f->has_gap = false;
    smk_utf8_write(f->b, point);
}

static void put_joined(struct folder *f, uint32_t letter)
{
    put(f, COENG);
    put(f, letter);
}

/* What stands behind the base of a cluster. */
struct cluster {
    uint64_t marks;
    bool has_ro, has_joined; /* a joined RO; other joined letters */
};

/* Reads the cluster of which r has read the base, and moves r behind it. Joined letters are written if f is not NULL, all
 * but RO. */
static struct cluster read_cluster(struct reader *r, struct folder *f)
{
    struct cluster c = {0};
    bool is_joined = false;
    uint32_t point;
    for (struct reader ahead = *r; reader_next(&ahead, &point); *r = ahead) {
        bool is_letter = is_joined && is_base(point);
        if (is_mark(point))
            c.marks |= MARK(point);
        else if (is_letter && point == LETTER_RO)
            c.has_ro = true;
        else if (is_letter)
            c.has_joined = true;
        else if (point != COENG)
            break;
        if (is_letter && point != LETTER_RO && f != NULL)
            put_joined(f, point == LETTER_TA ? LETTER_DA : point);
        is_joined = point == COENG;
    }
    return c;
}

/* Consonants of the second series take MUUSIKATOAN, and so does BA; those of the first take TRIISAP. */
static uint32_t shifter_of(uint32_t base)
{
    bool is_second = base == 0x1784 || base == 0x1789 || base == 0x178e || base == 0x1793 || base == 0x1794 ||
                     (base >= 0x1798 && base <= 0x179d) || base == 0x17a1;
    return is_second ? SHIFTER_MUUSIKATOAN : SHIFTER_TRIISAP;
}

/* One set for all that is drawn alike. */
static uint64_t settle_marks(const struct folder *f, uint32_t base, uint64_t marks)
{
    if ((marks & MARK(VOWEL_OO)) != 0)
        marks = (marks & ~MARK(VOWEL_OO)) | MARK(VOWEL_E) | MARK(VOWEL_AA);
    if ((marks & MARK(VOWEL_OE)) != 0)
        marks = (marks & ~MARK(VOWEL_OE)) | MARK(VOWEL_E) | MARK(VOWEL_II);
    if ((marks & MARK(VOWEL_E)) != 0 && (marks & MARK(VOWEL_II)) != 0)
        marks = (marks & ~(MARK(VOWEL_E) | MARK(VOWEL_II))) | MARK(VOWEL_OE);
    else if ((marks & MARK(VOWEL_E)) != 0 && (marks & MARK(VOWEL_AA)) != 0)
        marks = (marks & ~(MARK(VOWEL_E) | MARK(VOWEL_AA))) | MARK(VOWEL_OO);
    bool is_above = (marks & MARKS_ABOVE) != 0 || (marks & MARKS_AAM) == MARKS_AAM;
    if (!is_above || (marks & (MARKS_OF_SHIFTERS | MARK(VOWEL_U))) == 0)
        return marks;
    marks &= ~(MARKS_OF_SHIFTERS | MARK(VOWEL_U));
    return marks | (f->has_shifters ? MARK(shifter_of(base)) : MARK(VOWEL_U));
}

/* base 0: marks that stand on no Khmer letter. r is behind the base. */
static void fold_cluster(struct folder *f, struct reader *r, uint32_t base)
{
    struct reader again = *r;
    struct cluster c = read_cluster(r, NULL);
    uint64_t marks = settle_marks(f, base, c.marks);
    if (base != 0)
        put(f, base);
    if ((marks & MARK(SIGN_ROBAT)) != 0)
        put(f, SIGN_ROBAT);
    if (c.has_joined)
        (void)read_cluster(&again, f);
    if (c.has_ro)
        put_joined(f, LETTER_RO);
    marks &= ~MARK(SIGN_ROBAT);
    for (size_t i = 0; marks != 0 && i < sizeof mark_order / sizeof mark_order[0]; i++) {
        if ((marks & MARK(mark_order[i])) != 0)
            put(f, mark_order[i]);
        marks &= ~MARK(mark_order[i]);
    }
}

static enum smk_err fold(struct smk_bytes text, bool has_shifters, struct smk_buf *b)
{
    struct folder f = {.b = b, .start = b->len, .has_shifters = has_shifters};
    struct reader r = {.text = text}, before = r;
    uint32_t point;
    if (!smk_utf8_is_valid(text))
        return SMK_ERR_INVALID;
    for (; b->err == SMK_OK && reader_next(&r, &point); before = r) {
        if (is_base(point))
            fold_cluster(&f, &r, point);
        else if (is_mark(point) || point == COENG) {
            r = before;
            fold_cluster(&f, &r, 0);
        } else if (smk_khmer_is_space(point))
            f.has_gap = b->len > f.start;
        else
            put(&f, fold_other(point));
    }
    return b->err;
}

enum smk_err smk_khmer_fold(struct smk_bytes text, struct smk_buf *b)
{
    return fold(text, false, b);
}

enum smk_err smk_khmer_spell(struct smk_bytes text, struct smk_buf *b)
{
    return fold(text, true, b);
}
