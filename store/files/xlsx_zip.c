#include "store/files/xlsx_zip.h"

#include "proto/mem.h"

#include <errno.h>
#include <string.h>
#include <zip.h>

struct smk_zip {
    zip_t *zip;
    uint64_t unpacked; /* of all parts so far */
};

/* The only place where codes of libzip become ours. Where it finds no memory it may say that the file is no archive: then
 * errno tells, which is 0 before it is called. */
static enum smk_file_flaw flaw_of(int code)
{
    if (code != ZIP_ER_OK && errno == ENOMEM)
        return SMK_FILE_NO_MEMORY;
    switch (code) {
    case ZIP_ER_OK: return SMK_FILE_NONE;
    case ZIP_ER_MEMORY: return SMK_FILE_NO_MEMORY;
    case ZIP_ER_NOENT: return SMK_FILE_PART_MISSING;
    case ZIP_ER_NOPASSWD:
    case ZIP_ER_WRONGPASSWD: return SMK_FILE_ENCRYPTED;
    case ZIP_ER_NOZIP: return SMK_FILE_NOT_WORKBOOK;
    default: return SMK_FILE_BAD_ZIP;
    }
}

/* How often a few bytes stand in a file; counting ends above max. */
static size_t count_bytes(struct smk_bytes file, const char *bytes, size_t len, size_t max)
{
    size_t count = 0;
    const uint8_t *at = file.data, *end = file.data + file.len;
    while (count <= max && (size_t)(end - at) >= len) {
        at = memchr(at, bytes[0], (size_t)(end - at) - len + 1);
        if (at == NULL)
            break;
        count += memcmp(at, bytes, len) == 0;
        at++;
    }
    return count;
}

/* What a file is that begins as Microsoft's compound files do: old workbooks, and new ones under a password. */
static enum smk_file_flaw look_at_compound(struct smk_bytes file)
{
    static const char name[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
    return count_bytes(file, name, sizeof name - 1, 0) > 0 ? SMK_FILE_ENCRYPTED : SMK_FILE_OLD_EXCEL;
}

/* Before libzip takes memory for each entry that the file claims to have. */
static enum smk_file_flaw look_at(struct smk_bytes file)
{
    static const char compound[] = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", entry[] = "PK\1\2";
    if (file.len >= sizeof compound - 1 && memcmp(file.data, compound, sizeof compound - 1) == 0)
        return look_at_compound(file);
    if (file.len < 4 || memcmp(file.data, "PK", 2) != 0)
        return SMK_FILE_NOT_WORKBOOK;
    if (count_bytes(file, entry, sizeof entry - 1, SMK_ZIP_PARTS_MAX) > SMK_ZIP_PARTS_MAX)
        return SMK_FILE_TOO_MANY_PARTS;
    return SMK_FILE_NONE;
}

enum smk_file_flaw smk_zip_open(struct smk_bytes file, struct smk_zip **ret_zip)
{
    zip_error_t error;
    enum smk_file_flaw flaw = look_at(file);
    if (flaw != SMK_FILE_NONE)
        return flaw;
    struct smk_zip *z = smk_mem_new(sizeof *z);
    if (z == NULL)
        return SMK_FILE_NO_MEMORY;
    errno = 0;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(file.data, file.len, 0, &error);
    z->zip = source != NULL ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (z->zip == NULL) {
        flaw = flaw_of(zip_error_code_zip(&error));
        zip_source_free(source);
        smk_mem_free(z);
        z = NULL;
    }
    zip_error_fini(&error);
    if (z != NULL)
        *ret_zip = z;
    return flaw;
}

void smk_zip_close(struct smk_zip *z)
{
    if (z == NULL)
        return;
    zip_discard(z->zip); /* nothing was changed */
    smk_mem_free(z);
}

bool smk_zip_has(struct smk_zip *z, const char *name)
{
    return zip_name_locate(z->zip, name, ZIP_FL_ENC_RAW) >= 0;
}

const char *smk_zip_part(struct smk_zip *z, size_t index)
{
    return zip_get_name(z->zip, index, ZIP_FL_ENC_RAW);
}

static enum smk_file_flaw look_at_part(const zip_stat_t *st)
{
    bool is_told = (st->valid & ZIP_STAT_COMP_METHOD) != 0 && (st->valid & ZIP_STAT_COMP_SIZE) != 0;
    if ((st->valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && st->encryption_method != ZIP_EM_NONE)
        return SMK_FILE_ENCRYPTED;
    if (!is_told || (st->comp_method != ZIP_CM_STORE && st->comp_method != ZIP_CM_DEFLATE))
        return SMK_FILE_BAD_ZIP;
    return SMK_FILE_NONE;
}

static enum smk_file_flaw look_at_size(const struct smk_zip *z, uint64_t unpacked, uint64_t packed)
{
    if (unpacked > SMK_ZIP_PART_BYTES_MAX || z->unpacked > SMK_ZIP_ALL_BYTES_MAX)
        return SMK_FILE_PART_TOO_LARGE;
    if (unpacked > SMK_ZIP_SMALL_BYTES && unpacked / SMK_ZIP_RATIO_MAX > packed)
        return SMK_FILE_BOMB;
    return SMK_FILE_NONE;
}

static enum smk_file_flaw unpack(struct smk_zip *z, zip_file_t *part, uint64_t packed, smk_zip_piece_fn *fn,
                                 void *ctx)
{
    uint8_t piece[16 * 1024];
    enum smk_file_flaw flaw = SMK_FILE_NONE;
    zip_int64_t got = 1;
    for (uint64_t unpacked = 0; flaw == SMK_FILE_NONE && got > 0;) {
        got = zip_fread(part, piece, sizeof piece);
        if (got < 0)
            return flaw_of(zip_error_code_zip(zip_file_get_error(part)));
        unpacked += (uint64_t)got;
        z->unpacked += (uint64_t)got;
        flaw = look_at_size(z, unpacked, packed);
        if (flaw == SMK_FILE_NONE)
            flaw = fn(ctx, (struct smk_bytes){piece, (size_t)got}, got == 0);
    }
    return flaw;
}

enum smk_file_flaw smk_zip_unpack(struct smk_zip *z, const char *name, smk_zip_piece_fn *fn, void *ctx)
{
    zip_stat_t st;
    errno = 0;
    zip_stat_init(&st);
    zip_int64_t index = zip_name_locate(z->zip, name, ZIP_FL_ENC_RAW);
    if (index < 0)
        return SMK_FILE_PART_MISSING;
    if (zip_stat_index(z->zip, (zip_uint64_t)index, 0, &st) != 0)
        return SMK_FILE_BAD_ZIP;
    enum smk_file_flaw flaw = look_at_part(&st);
    if (flaw != SMK_FILE_NONE)
        return flaw;
    zip_file_t *part = zip_fopen_index(z->zip, (zip_uint64_t)index, 0);
    if (part == NULL)
        return flaw_of(zip_error_code_zip(zip_get_error(z->zip)));
    flaw = unpack(z, part, st.comp_size, fn, ctx);
    (void)zip_fclose(part); /* what it could still say was said by the last read */
    return flaw;
}
