/* store/files/survey.h: the names by which columns are known. How rows are judged is in tests/vectors/surveys. */
#include "proto/khmer.h"
#include "store/files/survey.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

/* Names of a file are folded and then compared with these. */
Test(survey, known_names_are_folded_and_stand_between_bars)
{
    static const char *const all[] = {
#define X(name, word, others) others,
        SMK_SURVEY_MAP(X)
#undef X
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct smk_buf folded = {.max = 1024};
        cr_assert(eq(int, smk_khmer_fold(smk_bytes_of_text(all[i]), &folded), SMK_OK));
        cr_assert(smk_bytes_is_equal(smk_buf_view(&folded), smk_bytes_of_text(all[i])), "%s", all[i]);
        cr_assert(all[i][0] == '|' && all[i][strlen(all[i]) - 1] == '|', "%s", all[i]);
        smk_buf_deinit(&folded);
    }
}
