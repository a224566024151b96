#include "tests/conform/noise_side.h"

#include <stdio.h>
#include <string.h>

/* ---- which handshakes are ours ---- */

enum verdict { RUN_IT, SKIP_IT, BAD_NAME, NOT_SPOKEN };

static bool is_known_hash(const char *hash)
{
    static const char *const known[] = {"SHA256", "SHA512", "BLAKE2s", "BLAKE2b"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i], hash) == 0)
            return true;
    return false;
}

static bool is_one_of(const char *const *known, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(known[i], word) == 0)
            return true;
    return false;
}

/* A pattern of the specification with its modifiers: Xpsk3, XXfallback+psk0, I1K1, XXhfs. */
static bool is_known_pattern(const char *pattern)
{
    static const char *const known[] = {"N",  "K",  "X",  "NN", "NK", "NX", "KN", "KK",
                                        "KX", "XN", "XK", "XX", "IN", "IK", "IX"};
    char base[3] = "";
    size_t len = 0, at = 0;
    for (; pattern[at] != '\0' && strchr("NKXI1", pattern[at]) != NULL; at++)
        if (pattern[at] != '1' && len < 2)
            base[len++] = pattern[at];
        else if (pattern[at] != '1' || at == 0)
            return false;
    if (!is_one_of(known, sizeof known / sizeof known[0], base))
        return false;
    while (pattern[at] != '\0') { /* modifiers, joined by '+' */
        static const char *const modifier[] = {"psk", "fallback", "hfs"};
        size_t used = 0;
        at += pattern[at] == '+';
        for (size_t i = 0; i < sizeof modifier / sizeof modifier[0] && used == 0; i++)
            if (strncmp(pattern + at, modifier[i], strlen(modifier[i])) == 0)
                used = strlen(modifier[i]);
        if (used == 0)
            return false;
        at += used + strspn(pattern + at + used, "0123456789");
    }
    return true;
}

/* Each public key algorithm of a name as 25519+Kyber1024. */
static bool is_known_dh(const char *dh)
{
    return strncmp(dh, "25519", 5) == 0 || strncmp(dh, "448", 3) == 0 || strncmp(dh, "NewHope", 7) == 0 ||
           strncmp(dh, "secp256", 7) == 0;
}

/* Noise_PATTERN_DH_CIPHER_HASH, in old files NoisePSK_ in front. Other patterns, psk and other hashes are skipped; nothing
 * else is. */
static enum verdict verdict_on(const char *name)
{
    static const char *const ciphers[] = {"ChaChaPoly", "AESGCM"};
    char pattern[128], dh[32], cipher[16], hash[12], more;
    bool is_old_psk = strncmp(name, "NoisePSK_", 9) == 0;
    const char *rest = is_old_psk ? name + 9 : strncmp(name, "Noise_", 6) == 0 ? name + 6 : "";
    if (sscanf(rest, "%127[A-Za-z0-9+]_%31[^_]_%15[^_]_%11[^_]%c", pattern, dh, cipher, hash, &more) != 4)
        return BAD_NAME;
    if (!is_known_hash(hash) || !is_known_pattern(pattern) || !is_known_dh(dh) ||
        !is_one_of(ciphers, sizeof ciphers / sizeof ciphers[0], cipher))
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
