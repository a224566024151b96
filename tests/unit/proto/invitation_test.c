#include "proto/invitation.h"

#include "proto/hash.h"
#include "proto/mem.h"
#include "tests/support/builders.h"
#include "tests/support/fault.h"
#include "tests/support/notation.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static void start_crypto(void)
{
    cr_assert(eq(int, smk_crypto_start(), SMK_OK));
}

TestSuite(invitation, .init = start_crypto);

static void make(struct smk_invitation *inv, struct smk_sign_key *key, size_t offices)
{
    memset(inv, 0, sizeof *inv); /* also between the fields, so that memcmp compares them */
    test_sign_key("device", 1, key);
    memcpy(inv->sign_key, key->public_key, sizeof inv->sign_key);
    test_seed_bytes("coalition", 1, inv->coalition);
    test_seed_bytes("transport", 1, inv->transport_key);
    test_seed_bytes("box", 1, inv->box_key);
    test_seed_bytes("secret", 1, inv->secret);
    memcpy(inv->address, "hub.example.org:4717", sizeof "hub.example.org:4717");
    memset(inv->id, 0x5a, sizeof inv->id);
    memcpy(inv->org.text, "ctod", 5);
    inv->office_count = offices;
    for (size_t i = 0; i < offices; i++) {
        memset(inv->office[i].text, 'a', SMK_SLUG_LETTERS_MAX);
        inv->office[i].text[0] = (char)('a' + i % 26);
    }
    inv->expires_ms = 1713312000000;
}

static void format(const struct smk_invitation *inv, const struct smk_sign_key *key, struct smk_buf *b)
{
    smk_buf_reset(b);
    cr_assert(eq(int, smk_invitation_format(inv, key, b), SMK_OK));
}

Test(invitation, comes_back_from_its_text)
{
    struct smk_invitation inv, back;
    struct smk_sign_key key;
    struct smk_buf b = {.max = SMK_INVITATION_TEXT_BYTES_MAX};
    for (size_t offices = 0; offices <= SMK_OFFICES_PER_DEVICE_MAX;
         offices++) { /* every length modulo 3 as well */
        make(&inv, &key, offices);
        memset(inv.address, 'x', offices * 7 + 1);
        format(&inv, &key, &b);
        cr_assert(eq(int, memcmp(b.data, "samaki1:", 8), 0));
        cr_assert(eq(int, smk_invitation_parse(smk_buf_view(&b), &back), SMK_OK));
        cr_assert(eq(int, memcmp(&inv, &back, sizeof inv), 0), "%zu offices", offices);
    }
    smk_buf_deinit(&b);
}

Test(invitation, the_largest_one_fits)
{
    struct smk_invitation inv, back;
    struct smk_sign_key key;
    struct smk_buf b = {.max = SMK_INVITATION_TEXT_BYTES_MAX};
    make(&inv, &key, SMK_OFFICES_PER_DEVICE_MAX);
    memset(inv.address, 'x', sizeof inv.address - 1);
    memset(inv.org.text, 'o', SMK_SLUG_LETTERS_MAX);
    inv.expires_ms = UINT64_MAX;
    format(&inv, &key, &b);
    cr_assert(eq(int, smk_invitation_parse(smk_buf_view(&b), &back), SMK_OK));
    cr_assert(eq(u64, back.expires_ms, UINT64_MAX));
    struct smk_buf small = {.max = b.len - 1};
    cr_assert(eq(int, smk_invitation_format(&inv, &key, &small), SMK_ERR_TOO_BIG_HERE));
    smk_buf_deinit(&small);
    smk_buf_deinit(&b);
}

Test(invitation, white_space_is_forgiven)
{
    struct smk_invitation inv, back;
    struct smk_sign_key key;
    struct smk_buf b = {.max = SMK_INVITATION_TEXT_BYTES_MAX},
                   spaced = {.max = 3 * SMK_INVITATION_TEXT_BYTES_MAX};
    make(&inv, &key, 2);
    format(&inv, &key, &b);
    smk_buf_write(&spaced, " \t\r\n", 4);
    for (size_t i = 0; i < b.len; i++) {
        smk_buf_write_u8(&spaced, b.data[i]);
        if (i % 20 == 0)
            smk_buf_write(&spaced, "\r\n  ", 4);
    }
    smk_buf_write(&spaced, "\n", 1);
    cr_assert(eq(int, smk_invitation_parse(smk_buf_view(&spaced), &back), SMK_OK));
    cr_assert(eq(int, memcmp(&inv, &back, sizeof inv), 0));
    smk_buf_deinit(&b);
    smk_buf_deinit(&spaced);
}

Test(invitation, every_wrong_missing_or_additional_letter_is_noticed)
{
    struct smk_invitation inv, back;
    struct smk_sign_key key;
    struct smk_buf b = {.max = SMK_INVITATION_TEXT_BYTES_MAX};
    static const char other[] = "AZaz09-_+/=.\x80";
    make(&inv, &key, 2);
    back = inv;
    back.expires_ms = 77;
    struct smk_invitation before = back;
    format(&inv, &key, &b);
    for (size_t i = 0; i < b.len; i++) {
        struct smk_bytes prefix = {b.data, i};
        enum smk_err err = smk_invitation_parse(prefix, &back);
        cr_assert(eq(int, err, SMK_ERR_INVALID), "the first %zu letters", i);
        uint8_t letter = b.data[i];
        for (size_t j = 0; j < sizeof other - 1; j++) {
            if ((uint8_t)other[j] == letter)
                continue;
            b.data[i] = (uint8_t)other[j];
            err = smk_invitation_parse(smk_buf_view(&b), &back);
            /* a letter of one of the two version numbers may look like a newer Samaki */
            bool may_be_newer = i == 6 || i == 9 || i == 10;
            bool is_newer = may_be_newer && err == SMK_ERR_NEWER_VERSION;
            cr_assert(is_newer || err == SMK_ERR_INVALID, "letter %zu", i);
        }
        b.data[i] = letter;
    }
    size_t len = b.len;
    for (const char *c = other; *c != '\0'; c++) {
        b.len = len;
        smk_buf_write_u8(&b, (uint8_t)*c);
        cr_assert(eq(int, smk_invitation_parse(smk_buf_view(&b), &back), SMK_ERR_INVALID), "one more");
    }
    cr_assert(eq(int, memcmp(&back, &before, sizeof back), 0), "the answer is untouched");
    smk_buf_deinit(&b);
}

static enum smk_err parse_text(const char *text)
{
    struct smk_invitation inv;
    return smk_invitation_parse(smk_bytes_of_text(text), &inv);
}

Test(invitation, other_texts_are_none)
{
    static const struct {
        const char *text;
        enum smk_err err;
    } row[] = {
        {"", SMK_ERR_INVALID},
        {"samaki", SMK_ERR_INVALID},
        {"samaki:", SMK_ERR_INVALID},
        {"samaki1", SMK_ERR_INVALID},
        {"samaki1:", SMK_ERR_INVALID},
        {"Samaki1:AA", SMK_ERR_INVALID},
        {"samaki1:A", SMK_ERR_INVALID},
        {"samaki1:kA", SMK_ERR_INVALID},
        {"samaki1:kB", SMK_ERR_INVALID},
        {"samaki2:", SMK_ERR_NEWER_VERSION},
        {"samaki10:AAAA", SMK_ERR_NEWER_VERSION},
        {"samaki2", SMK_ERR_INVALID},
        {"samaki2x:", SMK_ERR_INVALID},
        {"samaki1:kQI", SMK_ERR_NEWER_VERSION}, /* [2] */
        {"samaki1:kQE", SMK_ERR_INVALID},       /* [1] */
        {"https://example.org", SMK_ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(int, parse_text(row[i].text), row[i].err), "'%s'", row[i].text);
    char *long_text = malloc(100000);
    cr_assert(ne(ptr, long_text, NULL));
    memset(long_text, 'A', 99999);
    long_text[99999] = '\0';
    memcpy(long_text, "samaki1:", 8);
    cr_assert(eq(int, parse_text(long_text), SMK_ERR_INVALID));
    free(long_text);
}

Test(invitation, unused_bits_of_the_last_letter_must_be_zero)
{
    struct smk_invitation inv, back;
    struct smk_sign_key key;
    struct smk_buf b = {.max = SMK_INVITATION_TEXT_BYTES_MAX};
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t with_unused_bits = 0;
    for (size_t more = 1; more <= 3; more++) {
        make(&inv, &key, 0);
        memset(inv.address, 'x', 32 + more);
        format(&inv, &key, &b);
        uint8_t last = b.data[b.len - 1];
        size_t at = (size_t)(strchr(letters, last) - letters);
        size_t unused = (b.len - 8) % 4 == 2 ? 16 : (b.len - 8) % 4 == 3 ? 4 : 1;
        cr_assert(eq(sz, at % unused, 0));
        for (size_t i = 1; i < unused; i++, with_unused_bits++) {
            b.data[b.len - 1] = (uint8_t)letters[at + i];
            cr_assert(eq(int, smk_invitation_parse(smk_buf_view(&b), &back), SMK_ERR_INVALID));
        }
    }
    cr_assert(eq(sz, with_unused_bits, 15 + 3));
    smk_buf_deinit(&b);
}

/* ---- the array inside ---- */

static void write_base64(struct smk_bytes bytes, struct smk_buf *b)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t bit = 0; bit < 8 * bytes.len; bit += 6) {
        unsigned value = 0;
        for (size_t i = bit; i < bit + 6; i++)
            value = value << 1 | (i < 8 * bytes.len ? bytes.data[i / 8] >> (7 - i % 8) & 1u : 0);
        smk_buf_write_u8(b, (uint8_t)letters[value]);
    }
}

/* Parses the text of an array whose first 11 fields are given; the signature is right, and `more` fields follow it. */
static enum smk_err parse_fields_and(const char *fields, uint8_t more)
{
    struct smk_sign_key key;
    struct smk_buf body = {.max = 4096}, b = {.max = SMK_INVITATION_TEXT_BYTES_MAX};
    uint8_t hash[SMK_HASH_BYTES], coalition[SMK_ID_BYTES], signature[SMK_SIGNATURE_BYTES];
    memset(coalition, 1, sizeof coalition);
    test_sign_key("device", 1, &key);
    struct smk_bytes args[] = {SMK_BYTES(key.public_key)};
    test_pack(&body, fields, args);
    cr_assert(eq(int, body.data[0], 0x9b), "eleven fields");
    smk_hash(SMK_PERSONAL_OBJECT, smk_buf_view(&body), hash);
    cr_assert(eq(int, smk_sign(&key, SMK_SIGN_INVITATION, coalition, hash, signature), SMK_OK));
    smk_pack_bin(&body, SMK_BYTES(signature));
    for (uint8_t i = 0; i < more; i++)
        smk_pack_uint(&body, 0);
    body.data[0] = (uint8_t)(body.data[0] + 1 + more);
    smk_buf_write(&b, "samaki1:", 8);
    write_base64(smk_buf_view(&body), &b);
    struct smk_invitation inv;
    enum smk_err err = smk_invitation_parse(smk_buf_view(&b), &inv);
    smk_buf_deinit(&body);
    smk_buf_deinit(&b);
    return err;
}

static enum smk_err parse_fields(const char *fields)
{
    return parse_fields_and(fields, 0);
}

Test(invitation, has_exactly_twelve_fields)
{
    static const char fields[] = "[1 #32x01 #32x02 #32x03 'h:1' #16x04 #32x05 'o' [] 7 $0]";
    struct smk_sign_key key;
    struct smk_buf body = {.max = 4096}, b = {.max = SMK_INVITATION_TEXT_BYTES_MAX};
    struct smk_invitation inv;
    cr_assert(eq(int, parse_fields_and(fields, 0), SMK_OK));
    for (uint8_t more = 1; more <= 3; more++)
        cr_assert(eq(int, parse_fields_and(fields, more), SMK_ERR_INVALID), "%d more", more);
    test_sign_key("device", 1, &key);
    struct smk_bytes args[] = {SMK_BYTES(key.public_key)};
    test_pack(&body, fields, args); /* without a signature */
    smk_buf_write(&b, "samaki1:", 8);
    write_base64(smk_buf_view(&body), &b);
    cr_assert(eq(int, smk_invitation_parse(smk_buf_view(&b), &inv), SMK_ERR_INVALID));
    smk_buf_deinit(&body);
    smk_buf_deinit(&b);
}

Test(invitation, every_rule_of_every_field)
{
    static const struct {
        const char *fields;
        enum smk_err err;
    } row[] = {
        {"[1 #32x01 #32x02 #32x03 'h:1' #16x04 #32x05 'o' [] 7 $0]", SMK_OK},
        {"[1 #32x01 #32x02 #32x03 'h:1' #16x04 #32x05 'o' ['b' 'a'] 7 $0]", SMK_OK},
        {"[2 #32x01 #32x02 #32x03 'h:1' #16x04 #32x05 'o' [] 7 $0]", SMK_ERR_NEWER_VERSION},
        {"[nil #32x01 #32x02 #32x03 'h:1' #16x04 #32x05 'o' [] 7 $0]", SMK_ERR_INVALID},
        {"[1 #32x02 #32x02 #32x03 'h:1' #16x04 #32x05 'o' [] 7 $0]", SMK_ERR_INVALID}, /* another coalition */
        {"[1 #32x01 #31x02 #32x03 'h:1' #16x04 #32x05 'o' [] 7 $0]", SMK_ERR_INVALID},
        {"[1 #32x01 #32x02 nil 'h:1' #16x04 #32x05 'o' [] 7 $0]", SMK_ERR_INVALID},
        {"[1 #32x01 #32x02 #32x03 '' #16x04 #32x05 'o' [] 7 $0]", SMK_ERR_INVALID},
        {"[1 #32x01 #32x02 #32x03 #3x41 #16x04 #32x05 'o' [] 7 $0]", SMK_ERR_INVALID},
        {"[1 #32x01 #32x02 #32x03 'h:1' #17x04 #32x05 'o' [] 7 $0]", SMK_ERR_INVALID},
        {"[1 #32x01 #32x02 #32x03 'h:1' #16x04 #33x05 'o' [] 7 $0]", SMK_ERR_INVALID},
        {"[1 #32x01 #32x02 #32x03 'h:1' #16x04 #32x05 'O' [] 7 $0]", SMK_ERR_INVALID},
        {"[1 #32x01 #32x02 #32x03 'h:1' #16x04 #32x05 '' [] 7 $0]", SMK_ERR_INVALID},
        {"[1 #32x01 #32x02 #32x03 'h:1' #16x04 #32x05 'o' ['A'] 7 $0]", SMK_ERR_INVALID},
        {"[1 #32x01 #32x02 #32x03 'h:1' #16x04 #32x05 'o' [1] 7 $0]", SMK_ERR_INVALID},
        {"[1 #32x01 #32x02 #32x03 'h:1' #16x04 #32x05 'o' nil 7 $0]", SMK_ERR_INVALID},
        {"[1 #32x01 #32x02 #32x03 'h:1' #16x04 #32x05 'o' [] -7 $0]", SMK_ERR_INVALID},
        {"[1 #32x01 #32x02 #32x03 'h:1' #16x04 #32x05 'o' [] 7 #32x06]", SMK_ERR_INVALID},
        {"[1 #32x01 #32x02 #32x03 'h:1' #16x04 #32x05 'o' ['a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' "
         "'a' 'a' 'a' "
         "'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a'] 7 $0]",
         SMK_OK},
        {"[1 #32x01 #32x02 #32x03 'h:1' #16x04 #32x05 'o' ['a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' "
         "'a' 'a' 'a' "
         "'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a' 'a'] 7 $0]",
         SMK_ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        cr_assert(eq(int, parse_fields(row[i].fields), row[i].err), "%s", row[i].fields);
}

Test(invitation, format_and_parse_survive_every_failing_allocation)
{
    struct smk_invitation inv, back;
    struct smk_sign_key key;
    make(&inv, &key, 3);
    for (int kind = TEST_FAULT_ONCE; kind <= TEST_FAULT_STICKY; kind++) {
        enum smk_err err = SMK_ERR_NOMEM;
        unsigned long n = 0;
        for (; n < 1000 && err != SMK_OK; n++) {
            test_fault_begin((enum test_fault)kind, n);
            struct smk_buf b = {.max = SMK_INVITATION_TEXT_BYTES_MAX};
            err = smk_invitation_format(&inv, &key, &b);
            if (err == SMK_OK)
                err = smk_invitation_parse(smk_buf_view(&b), &back);
            smk_buf_deinit(&b);
            test_fault_end();
            cr_assert(eq(long, test_fault_live(), 0), "fault %lu leaks", n);
            cr_assert(err == SMK_OK || err == SMK_ERR_NOMEM, "fault %lu: %s", n, smk_err_name(err));
        }
        cr_assert(eq(int, err, SMK_OK));
        cr_assert(gt(ulong, n, 5));
    }
}
