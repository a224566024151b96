#include "tests/conform/conform.h"

#include "proto/bounds.h"
#include "proto/canon.h"

#include <stdio.h>
#include <string.h>

/* Vectors speak of the form and the depth; the number of values is a limit of ours and none of theirs. */
static struct smk_walk_limits limits_of(unsigned depth_max)
{
    return (struct smk_walk_limits){.depth_max = depth_max, .nodes_max = SIZE_MAX};
}

/* Accepted bytes must also come out the same when they are decoded and written again. */
static const char *judge(struct smk_bytes bytes, struct smk_walk_limits limits, bool is_wanted)
{
    bool is_accepted = smk_walk(bytes, limits) == SMK_OK;
    if (is_accepted != is_wanted)
        return is_wanted ? "refused, and is canonical" : "accepted, and is not canonical";
    SMK_CLEANUP(smk_tree_deinit) struct smk_tree tree = {0};
    if ((smk_tree_decode(bytes, limits, &tree) == SMK_OK) != is_wanted)
        return "the walker and the decoder disagree";
    if (!is_wanted)
        return NULL;
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf again = {.max = bytes.len};
    smk_pack_value(&again, tree.root);
    if (again.err != SMK_OK || !smk_bytes_is_equal(smk_buf_view(&again), bytes))
        return "comes out differently when it is written again";
    return NULL;
}

/* ---- one encoding and what a strict reader says to it ---- */

static bool depth_of_profile(const char *profile, unsigned *ret_depth)
{
    static const char words[] = "depth at most ";
    const char *at = strstr(profile, words);
    *ret_depth = SMK_DEPTH_MAX;
    if (at == NULL)
        return true;
    return sscanf(at + sizeof words - 1, "%3u", ret_depth) == 1 && *ret_depth >= 1 &&
           *ret_depth <= SMK_DEPTH_MAX;
}

void conform_msgpack_profile(struct conform_run *run, const struct conform_item *item)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf bytes = {0};
    const char *verdict = conform_text(item->json, "strict_profile");
    bool is_wanted = strcmp(verdict, "accept") == 0;
    unsigned depth = 0;
    const char *why = NULL;
    if (!is_wanted && strcmp(verdict, "reject") != 0)
        why = "strict_profile is neither accept nor reject";
    else if (!depth_of_profile(item->profile, &depth))
        why = "the profile names a depth that cannot be had";
    else if (!conform_hex(json_object_get(item->json, "hex"), &bytes))
        why = "there is no hex in it";
    else
        why = judge(smk_buf_view(&bytes), limits_of(depth), is_wanted);
    conform_count(run, why, "%s #%zu %s", item->group, item->index, conform_text(item->json, "id"));
}

/* ---- one value and all its encodings, the canonical one first ---- */

/* A number in text is one that JSON would not carry whole. */
static bool is_integer_text(const char *text)
{
    uint64_t number;
    bool is_negative = *text == '-';
    json_t *digits = json_string(text + is_negative);
    bool is_good = conform_uint(digits, &number);
    json_decref(digits);
    return is_good && (!is_negative || number <= (uint64_t)1 << 63);
}

static bool is_value_in_profile(const json_t *value)
{
    double real = json_real_value(value);
    if (json_is_real(value)) /* 1.0 is the integer 1 in the language that these files come from */
        return real > -9.0e15 && real < 9.0e15 && (double)(int64_t)real == real;
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!is_value_in_profile(json_array_get(value, i)))
            return false;
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        if (!is_value_in_profile(member))
            return false;
    }
    return value != NULL;
}

/* Exactly one key beside msgpack names the type; bignum may stand beside number and then says more. */
static const char *type_of(const json_t *item, bool *ret_is_in_profile)
{
    static const char *const plain[] = {"nil", "bool", "binary", "string", "array", "map"};
    const char *big = json_string_value(json_object_get(item, "bignum"));
    const json_t *number = json_object_get(item, "number");
    if (big != NULL) {
        *ret_is_in_profile = is_integer_text(big);
        return "bignum";
    }
    if (number != NULL) {
        const char *text = json_string_value(number);
        *ret_is_in_profile = text != NULL ? is_integer_text(text) : is_value_in_profile(number);
        return "number";
    }
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        const json_t *value = json_object_get(item, plain[i]);
        *ret_is_in_profile = is_value_in_profile(value);
        if (value != NULL)
            return plain[i];
    }
    *ret_is_in_profile = false;
    if (json_object_get(item, "timestamp") != NULL)
        return "timestamp";
    return json_object_get(item, "ext") != NULL ? "ext" : NULL;
}

/* Hex with a dash between bytes. */
static bool dashed_hex(const json_t *text, struct smk_buf *ret_bytes)
{
    const char *dashed = json_string_value(text);
    if (dashed == NULL)
        return false;
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf hex = {.max = json_string_length(text) + 1};
    for (; *dashed != '\0'; dashed++)
        if (*dashed != '-')
            smk_buf_write_u8(&hex, (uint8_t)*dashed);
    json_t *plain = json_stringn(hex.len > 0 ? (const char *)hex.data : "", hex.len);
    bool is_good = hex.err == SMK_OK && conform_hex(plain, ret_bytes);
    json_decref(plain);
    return is_good;
}

/* The first encoding is the canonical one. The list has one exception: of 2^63-1 it names the signed form first, and a
 * value >= 0 is written in an unsigned form. */
static size_t canonical_place(const json_t *item, const json_t *encodings)
{
    if (strcmp(conform_text(item, "bignum"), "9223372036854775807") != 0)
        return 0;
    for (size_t i = 0; i < json_array_size(encodings); i++) {
        const char *text = json_string_value(json_array_get(encodings, i));
        if (text != NULL && strncmp(text, "cf", 2) == 0)
            return i;
    }
    return 0;
}

void conform_msgpack_suite(struct conform_run *run, const struct conform_item *item)
{
    bool is_in_profile = false;
    const char *type = type_of(item->json, &is_in_profile);
    json_t *encodings = json_object_get(item->json, "msgpack");
    if (type == NULL || json_array_size(encodings) == 0) {
        conform_count(run, type == NULL ? "a value of no known type" : "no encoding", "%s #%zu", item->group,
                      item->index);
        return;
    }
    size_t canonical = canonical_place(item->json, encodings);
    for (size_t i = 0; i < json_array_size(encodings); i++) {
        SMK_CLEANUP(smk_buf_deinit) struct smk_buf bytes = {0};
        const json_t *text = json_array_get(encodings, i);
        const char *why = "the encoding is not hex";
        if (dashed_hex(text, &bytes))
            why = judge(smk_buf_view(&bytes), limits_of(SMK_DEPTH_MAX), is_in_profile && i == canonical);
        conform_count(run, why, "%s #%zu (%s), encoding %zu: %.60s", item->group, item->index, type, i,
                      json_is_string(text) ? json_string_value(text) : "");
    }
}
