/* Target: the text by which a device is invited. Signatures are the simulator's stand-ins.
 * Input: faults, which; which 0: the text as it is; 1: the bytes that stand in it as base64; 2: fields, from which our own
 * encoder makes the text. */
#include "proto/invitation.h"
#include "tests/fuzz/decoder.h"
#include "tests/sim/standin.h"
#include "tests/support/builders.h"

#include <string.h>

static struct smk_sign_key key; /* of whoever invites */

static void prepare(void)
{
    static bool is_made;
    if (!is_made)
        standin_begin(1, false);
    if (!is_made)
        test_sign_key("inviter", 1, &key);
    is_made = true;
}

static enum smk_err decode(struct smk_bytes bytes, void *ret_value)
{
    return smk_invitation_parse(bytes, ret_value);
}

static bool is_named(enum smk_err err)
{
    return err == SMK_ERR_INVALID || err == SMK_ERR_NEWER_VERSION;
}

static const struct fuzz_decoder decoder = {
    sizeof(struct smk_invitation), decode, NULL, NULL, false, is_named};

/* An accepted text is the one that our encoder writes, white space apart. */
static void check_rewritten(struct smk_bytes text)
{
    struct smk_invitation inv;
    struct smk_buf b = {.max = SMK_INVITATION_TEXT_BYTES_MAX};
    if (smk_invitation_parse(text, &inv) != SMK_OK)
        return;
    SMK_ASSERT(memcmp(inv.sign_key, key.public_key, SMK_KEY_BYTES) == 0); /* nobody else can sign here */
    enum smk_err err = smk_invitation_format(&inv, &key, &b);
    SMK_ASSERT(err == SMK_OK);
    size_t at = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool is_white = memchr(" \t\r\n\v\f", text.data[i], 6) != NULL;
        SMK_ASSERT(is_white || (at < b.len && b.data[at] == text.data[i]));
        at += !is_white;
    }
    SMK_ASSERT(at == b.len);
    smk_buf_deinit(&b);
}

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void base64_write(struct smk_bytes bytes, struct smk_buf *b)
{
    smk_buf_write(b, "samaki1:", 8);
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i < 3 ? bytes.len - i : 3;
        uint32_t group = 0;
        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (k < left ? bytes.data[i + k] : 0u);
        for (size_t k = 0; k <= left; k++)
            smk_buf_write_u8(b, (uint8_t)base64[group >> (18 - 6 * k) & 63]);
    }
}

static void slug_fill(struct smk_reader *in, struct smk_slug *ret_slug)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    *ret_slug = (struct smk_slug){0};
    size_t len = 1 + (size_t)fuzz_below(in, SMK_SLUG_LETTERS_MAX);
    for (size_t i = 0; i < len; i++)
        ret_slug->text[i] = letters[fuzz_below(in, sizeof letters - 1)];
}

/* Another letter anywhere, most of all at the end, where it has unused bits, and it is no invitation any more. */
static void change_letter(struct smk_reader *in, struct smk_buf *text)
{
    struct smk_invitation inv;
    size_t at = fuzz_below(in, 2) == 0 ? text->len - 1 : 8 + (size_t)fuzz_below(in, text->len - 8);
    uint8_t good = text->data[at];
    text->data[at] = (uint8_t)base64[fuzz_below(in, 64)];
    bool is_same = text->data[at] == good;
    SMK_ASSERT((smk_invitation_parse(smk_buf_view(text), &inv) == SMK_OK) == is_same);
    text->data[at] = good;
}

static void fields_write(struct smk_reader *in, struct smk_buf *b)
{
    struct smk_invitation inv = {.expires_ms = smk_read_be64(in), .org = {"a"}};
    memcpy(inv.sign_key, key.public_key, SMK_KEY_BYTES);
    smk_read_copy(in, inv.secret, sizeof inv.secret);
    size_t len = 1 + (size_t)fuzz_below(in, sizeof inv.address - 1);
    for (size_t i = 0; i < len; i++)
        inv.address[i] = (char)('!' + fuzz_below(in, '~' - '!' + 1));
    slug_fill(in, &inv.org);
    inv.office_count = (size_t)fuzz_below(in, SMK_OFFICES_PER_DEVICE_MAX + 1);
    for (size_t i = 0; i < inv.office_count; i++)
        slug_fill(in, &inv.office[i]);
    enum smk_err err = smk_invitation_format(&inv, &key, b);
    SMK_ASSERT(err == SMK_OK);
    struct smk_invitation back;
    memset(&back, 0, sizeof back);
    err = smk_invitation_parse(smk_buf_view(b), &back);
    SMK_ASSERT(err == SMK_OK);
    SMK_ASSERT(memcmp(&inv, &back, sizeof inv) == 0);
    change_letter(in, b);
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    struct smk_buf text = {.max = 65536};
    prepare();
    switch (fuzz_below(&in, 3)) {
    case 0: smk_buf_write_bytes(&text, fuzz_rest(&in)); break;
    case 1: base64_write(fuzz_rest(&in), &text); break;
    default: fields_write(&in, &text);
    }
    SMK_ASSERT(text.err == SMK_OK);
    fuzz_decoder_check(&decoder, faults, smk_buf_view(&text));
    check_rewritten(smk_buf_view(&text));
    smk_buf_deinit(&text);
}

void fuzz_seeds(void)
{
    static const uint8_t as_text[] = {0, 0, 0}, as_fields[] = {0, 0, 2}, as_bytes[] = {0, 0, 1};
    struct smk_invitation inv = {.expires_ms = 1713312000000,
                                 .office_count = 2,
                                 .org = {"ctod"},
                                 .address = "hub.example:4717",
                                 .office = {{"ctod-editor"}, {"ctod-approver"}}};
    struct smk_buf b = {.max = SMK_INVITATION_TEXT_BYTES_MAX};
    uint8_t fields[80];
    prepare();
    memcpy(inv.sign_key, key.public_key, SMK_KEY_BYTES);
    enum smk_err err = smk_invitation_format(&inv, &key, &b);
    SMK_ASSERT(err == SMK_OK);
    fuzz_seed("text", SMK_BYTES(as_text), smk_buf_view(&b));
    smk_buf_write_u8(&b, '\n');
    fuzz_seed("text-and-line", SMK_BYTES(as_text), smk_buf_view(&b));
    fuzz_seed("newer", SMK_BYTES(as_text), smk_bytes_of_text("samaki2:AAAA"));
    for (size_t i = 0; i < sizeof fields; i++)
        fields[i] = (uint8_t)(37 * i);
    fuzz_seed("fields", SMK_BYTES(as_fields), SMK_BYTES(fields));
    smk_buf_reset(&b);
    smk_pack_array(&b, 12);
    smk_pack_uint(&b, 1);
    smk_pack_bin(&b, SMK_BYTES(inv.coalition));
    fuzz_seed("bytes", SMK_BYTES(as_bytes), smk_buf_view(&b));
    smk_buf_deinit(&b);
}
