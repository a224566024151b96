/* Target: Khmer text. The fold of a fold is itself and good UTF-8; cuts go forward; what is refused leaves nothing behind;
 * no term ends inside a cluster, and a query finds the text that it stands in. Input: faults, then the text. */
#include "proto/khmer.h"
#include "store/tokens.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check_clusters(struct smk_bytes text)
{
    size_t count = 0;
    for (size_t at = 0, end; at < text.len; at = end, count++) {
        end = smk_cluster_end(text, at);
        SMK_ASSERT(end > at);
        SMK_ASSERT(end <= text.len);
    }
    SMK_ASSERT(smk_cluster_count(text) == count);
    size_t half = smk_cluster_fit(text, text.len / 2, count);
    SMK_ASSERT(half <= text.len / 2);
    SMK_ASSERT(half == 0 || smk_cluster_count((struct smk_bytes){text.data, half}) <= count);
    SMK_ASSERT(smk_cluster_fit(text, text.len, count) == text.len);
}

static void check_fold(struct fuzz_faults faults, struct smk_bytes text)
{
    struct smk_buf once = {.max = 2 * text.len}, again = {.max = 2 * text.len}, spelt = {.max = 2 * text.len};
    bool is_valid = smk_utf8_is_valid(text);
    fuzz_faults_begin(faults);
    test_fault_pause(false);
    enum smk_err err = smk_khmer_fold(text, &once);
    test_fault_pause(true);
    fuzz_check_answer(err, is_valid ? SMK_OK : SMK_ERR_INVALID);
    SMK_ASSERT(is_valid || once.len == 0);
    if (err == SMK_OK) {
        SMK_ASSERT(smk_utf8_is_valid(smk_buf_view(&once)));
        SMK_ASSERT(smk_khmer_fold(smk_buf_view(&once), &again) == SMK_OK);
        SMK_ASSERT(smk_bytes_is_equal(smk_buf_view(&once), smk_buf_view(&again)));
        smk_buf_reset(&again);
        SMK_ASSERT(smk_khmer_spell(text, &spelt) == SMK_OK);
        SMK_ASSERT(smk_khmer_fold(smk_buf_view(&spelt), &again) == SMK_OK);
        SMK_ASSERT(smk_bytes_is_equal(smk_buf_view(&once), smk_buf_view(&again)));
    }
    smk_buf_deinit(&once);
    smk_buf_deinit(&again);
    smk_buf_deinit(&spelt);
    fuzz_faults_end();
}

static enum smk_err check_term(void *ctx, const struct smk_token *token)
{
    size_t *pairs = ctx;
    SMK_ASSERT(token->term.len >= 1);
    SMK_ASSERT(token->term.len <= SMK_TERM_BYTES_MAX);
    SMK_ASSERT(smk_utf8_is_valid(token->term));
    bool has_space = memchr(token->term.data, ' ', token->term.len) != NULL;
    SMK_ASSERT(has_space == (token->kind == SMK_TOKEN_PAIR));
    *pairs += has_space;
    return SMK_OK;
}

static void check_tokens(struct smk_bytes text)
{
    static struct smk_tokeniser *t;
    struct smk_bytes folded, unit;
    enum smk_token_kind kind;
    size_t pairs = 0, at = 0;
    if (t == NULL) {
        enum smk_err made = smk_tokeniser_new(&t);
        SMK_ASSERT(made == SMK_OK);
    }
    enum smk_err err = smk_tokenise(t, text, SMK_TOKENS_OF_TEXT, check_term, &pairs);
    SMK_ASSERT(err == (smk_utf8_is_valid(text) ? SMK_OK : SMK_ERR_INVALID));
    if (err != SMK_OK)
        return;
    err = smk_tokens_fold(t, text, &folded);
    SMK_ASSERT(err == SMK_OK);
    while (smk_tokens_next_unit(folded, &at, &unit, &kind))
        SMK_ASSERT(kind != SMK_TOKEN_PAIR || smk_tokens_has_clusters(folded, unit));
}

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    struct fuzz_block block = fuzz_block_of(fuzz_rest(&in));
    struct smk_bytes text = fuzz_block_view(&block);
    uint64_t number = 7;
    check_fold(faults, text);
    check_clusters(text);
    check_tokens(text);
    if (smk_khmer_number_parse(text, 1000, &number))
        SMK_ASSERT(number <= 1000);
    else
        SMK_ASSERT(number == 7);
    SMK_ASSERT(!smk_khmer_is_old_font(text) || text.len >= 4);
    fuzz_block_drop(&block);
}

void fuzz_seeds(void)
{
    static const uint8_t head[2];
    static const char *const text[] = {"ស្រុកថ្មគោល",
                                       "ពៅ្នលិច",
                                       "អង្រ្គង",
                                       "សុីវិល ស៊ីវិល",
                                       "កេា កេី កំា",
                                       "៣៤",
                                       "ក\u17d2\u17d2\u200c",
                                       "kmµúCa éf¶Exqña",
                                       "\U0001f469\u200d\U0001f33e",
                                       "\u17a4\u17a3\u17b2"};
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        char name[] = "text-a";
        name[5] = (char)('a' + i);
        fuzz_seed(name, SMK_BYTES(head), smk_bytes_of_text(text[i]));
    }
}
