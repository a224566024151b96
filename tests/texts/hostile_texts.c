/* Texts that were made to break programs, through every field of the schema.
 *
 *   hostile_texts [--full]     exit code 77: the public texts are not there
 */
#include "tests/texts/texts.h"

#include "proto/check.h"
#include "proto/hash.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    static struct texts t;
    bool is_full = argc == 2 && strcmp(argv[1], "--full") == 0;
    if (argc > 1 && !is_full) {
        (void)fprintf(stderr, "usage: hostile_texts [--full]\n");
        return 2;
    }
    if (!texts_load(&t)) {
        printf("skipped: the public texts (blns.json, injection_strings.json) are not in "
               "../shared/vectors/text\n");
        return 77;
    }
    SMK_ASSERT(smk_crypto_start() == SMK_OK);
    texts_through_files(&t);
    texts_through_commands(&t, is_full);
    return 0;
}
