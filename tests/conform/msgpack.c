#include "tests/conform/msgpack_value.h"

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

/* ---- one value and all its encodings ---- */

static const char *const value_type[] = {"bignum", "number", "nil", "bool",      "binary",
                                         "string", "array",  "map", "timestamp", "ext"};

/* Exactly one key beside msgpack names the type; bignum may stand beside number and then says more. NULL for none, and
 * for several. */
static const char *type_of(const json_t *item)
{
    const char *found = NULL;
    for (size_t i = 0; i < sizeof value_type / sizeof value_type[0]; i++) {
        if (json_object_get(item, value_type[i]) == NULL)
            continue;
        if (found != NULL && !(strcmp(found, "bignum") == 0 && strcmp(value_type[i], "number") == 0))
            return NULL;
        found = found != NULL ? found : value_type[i];
    }
    return found;
}

/* The value under the key has to be of that type, whatever the bytes are. */
static bool is_of_type(const char *type, const json_t *value)
{
    bool is_text = json_is_string(value) && conform_long_integer(value) == NULL;
    switch (type[0]) {
    case 'n': return type[1] == 'i' ? json_is_null(value) : conform_is_number(value);
    case 'b':
        if (strcmp(type, "bignum") == 0)
            return is_text || conform_is_number(value);
        return type[1] == 'o' ? json_is_boolean(value) : is_text;
    case 's': return is_text;
    case 'a': return json_is_array(value);
    case 'm': return json_is_object(value);
    default: return json_array_size(value) == 2;
    }
}

/* As the walker counts: the root has depth 1, what stands in it 2. */
static size_t depth_of(const json_t *value)
{
    size_t deepest = 0, i;
    const char *name;
    json_t *member;
    json_array_foreach(value, i, member)
    {
        size_t depth = depth_of(member);
        deepest = depth > deepest ? depth : deepest;
    }
    json_object_foreach((json_t *)(uintptr_t)value, name, member)
    {
        size_t depth = depth_of(member);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

/* A number and a bignum of one case are the same. */
static bool is_number_fitting(const json_t *item, struct smk_bytes bytes)
{
    const json_t *number = json_object_get(item, "number");
    bool is_rounded = json_is_real(number) && json_object_get(item, "bignum") != NULL;
    return number == NULL || is_rounded ||
           (is_of_type("number", number) && conform_value_is_read("number", number, bytes));
}

/* Every listed encoding is of the value; we take the one that our profile writes, and no other. */
static const char *judge_encoding(const json_t *item, const char *type, struct smk_bytes bytes)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf ours = {.max = SIZE_MAX / 4};
    const json_t *value = json_object_get(item, type);
    if (!is_of_type(type, value))
        return "the value is not of its type";
    if (!conform_value_is_read(type, value, bytes) || !is_number_fitting(item, bytes))
        return "the encoding is of another value";
    bool is_in_profile = conform_value_pack(type, value, &ours) && depth_of(value) <= SMK_DEPTH_MAX;
    return judge(bytes, limits_of(SMK_DEPTH_MAX),
                 is_in_profile && smk_bytes_is_equal(smk_buf_view(&ours), bytes));
}

void conform_msgpack_suite(struct conform_run *run, const struct conform_item *item)
{
    const char *type = type_of(item->json);
    json_t *encodings = json_object_get(item->json, "msgpack");
    if (type == NULL || json_array_size(encodings) == 0) {
        conform_count(run, type == NULL ? "a value of no known type, or of several" : "no encoding",
                      "%s #%zu", item->group, item->index);
        return;
    }
    for (size_t i = 0; i < json_array_size(encodings); i++) {
        SMK_CLEANUP(smk_buf_deinit) struct smk_buf bytes = {0};
        const json_t *text = json_array_get(encodings, i);
        const char *why = "the encoding is not hex";
        if (conform_dashed_hex(text, &bytes))
            why = judge_encoding(item->json, type, smk_buf_view(&bytes));
        conform_count(run, why, "%s #%zu (%s), encoding %zu: %.60s", item->group, item->index, type, i,
                      json_is_string(text) ? json_string_value(text) : "");
    }
}
