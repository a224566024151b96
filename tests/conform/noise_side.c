#include "tests/conform/noise_side.h"

#include <stdio.h>
#include <string.h>

/* ---- which handshakes are ours ---- */

enum verdict { RUN_IT, SKIP_IT, BAD_NAME, NOT_SPOKEN };

/* Letters, digits and what joins two algorithms or a modifier to the one before. */
static bool is_part(const char *part)
{
    return *part != '\0' &&
           strspn(part, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-/") == strlen(part);
}

/* Noise_PATTERN_DH_CIPHER_HASH, the modifiers behind the letters of the pattern; in old files NoisePSK_ in front. No list
 * of names, so that one that is new to us is no failure: other patterns, psk and other hashes are skipped; nothing else is. */
static enum verdict verdict_on(const char *name)
{
    char pattern[64], dh[64], cipher[64], hash[64], more;
    bool is_old_psk = strncmp(name, "NoisePSK_", 9) == 0;
    const char *rest = is_old_psk ? name + 9 : strncmp(name, "Noise_", 6) == 0 ? name + 6 : "";
    if (sscanf(rest, "%63[^_]_%63[^_]_%63[^_]_%63[^_]%c", pattern, dh, cipher, hash, &more) != 4)
        return BAD_NAME;
    if (!is_part(pattern) || !is_part(dh) || !is_part(cipher) || !is_part(hash) ||
        strchr("NKXI", pattern[0]) == NULL)
        return BAD_NAME;
    if (is_old_psk || strcmp(pattern, "XX") != 0 || strcmp(hash, "SHA256") != 0)
        return SKIP_IT;
    return strcmp(dh, "25519") == 0 && strcmp(cipher, "ChaChaPoly") == 0 ? RUN_IT : NOT_SPOKEN;
}

/* Put together from its parts when no key has all of it. */
static const char *name_of_parts(const json_t *item)
{
    static char name[192];
    (void)snprintf(name, sizeof name, "Noise_%s_%s_%s_%s", conform_text(item, "pattern"),
                   conform_text(item, "dh"), conform_text(item, "cipher"), conform_text(item, "hash"));
    return name;
}

const char *noise_name_of(const json_t *item)
{
    static const char *const key[] = {"protocol_name", "protocol", "name"};
    for (size_t i = 0; i < sizeof key / sizeof key[0]; i++)
        if (*conform_text(item, key[i]) != '\0')
            return conform_text(item, key[i]);
    return *conform_text(item, "pattern") != '\0' ? name_of_parts(item) : "";
}

bool noise_is_settled_by_name(struct conform_run *run, const struct conform_item *item)
{
    enum verdict verdict = verdict_on(noise_name_of(item->json));
    if (verdict == SKIP_IT)
        conform_skip(run);
    if (verdict == NOT_SPOKEN)
        conform_count(run, "XX with SHA256, but not with 25519 and ChaChaPoly: it is not spoken here",
                      "%s #%zu %s", item->group, item->index, noise_name_of(item->json));
    if (verdict == BAD_NAME)
        conform_count(run, "not the name of a handshake that could be run or skipped", "%s #%zu %s",
                      item->group, item->index, noise_name_of(item->json));
    return verdict != RUN_IT;
}

/* ---- one side ---- */

void side_deinit(struct side *s)
{
    smk_noise_deinit(&s->noise);
    smk_dh_key_deinit(&s->key);
    smk_buf_deinit(&s->out);
    smk_buf_deinit(&s->in);
}

const char *side_key_of(const json_t *item, const char *who, const char *what, struct smk_dh_key *ret_key)
{
    char name[32];
    uint8_t secret[SMK_KEY_BYTES];
    (void)snprintf(name, sizeof name, "%s_%s", who, what);
    if (!conform_hex_exact(json_object_get(item, name), secret, sizeof secret))
        return "a key is missing or is not 32 bytes of hex";
    smk_dh_key_init(ret_key, secret);
    return NULL;
}

const char *side_init(struct side *s, const json_t *item, const char *who, const json_t *prologue)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf prologue_bytes = {0};
    SMK_CLEANUP(smk_dh_key_deinit) struct smk_dh_key ephemeral = {0};
    *s = (struct side){.out.max = SMK_FRAME_BYTES_MAX, .in.max = SMK_FRAME_BYTES_MAX};
    if (prologue != NULL && !conform_hex(prologue, &prologue_bytes))
        return "the prologue is not hex";
    const char *why = side_key_of(item, who, "static", &s->key);
    if (why == NULL)
        why = side_key_of(item, who, "ephemeral", &ephemeral);
    if (why == NULL)
        smk_noise_init(&s->noise, strcmp(who, "init") == 0, smk_buf_view(&prologue_bytes), &s->key,
                       &ephemeral);
    return why;
}
