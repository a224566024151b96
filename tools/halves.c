#include "tools/halves.h"

#include "proto/hash.h"
#include "tools/read_file.h"

#include <string.h>

enum smk_exit smk_page_read(struct smk_cli *cli, const char *file, const char *sha256,
                            uint8_t ret_page[SMK_HASH_BYTES])
{
    static const char nothing[] = "Nothing was written.";
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf bytes = {0};
    struct smk_why why;
    if (sha256 != NULL && smk_hex_parse(sha256, ret_page, SMK_HASH_BYTES))
        return SMK_EXIT_DONE;
    if (sha256 != NULL || file == NULL)
        return smk_cli_fail(cli, SMK_EXIT_USAGE, "missing", "What is attested needs its stamped page.",
                            nothing,
                            "Give the scan with --page FILE, or its hash with --sha256 and 64 hex digits.");
    if (smk_read_file(file, SMK_CSV_FILE_BYTES_MAX, &bytes, &why) != SMK_READ_DONE)
        return smk_cli_fail(cli, SMK_EXIT_REFUSED, "bad_file", "The page is not there or cannot be read.",
                            nothing, "Check the path of --page.");
    smk_sha256(smk_buf_view(&bytes), (struct smk_bytes){0}, ret_page);
    return SMK_EXIT_DONE;
}

const struct smk_fold_entry *smk_half_find(const struct smk_fold_doc *doc, const char *act,
                                           const uint8_t page[SMK_HASH_BYTES], const char *own_org)
{
    const struct smk_fold_entry *newest = NULL;
    for (size_t i = 0; i < doc->act_count; i++) {
        const struct smk_fold_entry *e = doc->act[i];
        struct smk_bytes named = smk_span_bin(smk_span_find(e->act.fields, "page"));
        bool is_half = e->reason == SMK_REASON_HALF || e->reason == SMK_REASON_COUNTS;
        if (!is_half || !smk_bytes_is_equal(e->act.act, smk_bytes_of_text(act)) ||
            !smk_bytes_is_equal(named, (struct smk_bytes){page, SMK_HASH_BYTES}) ||
            strcmp(e->log->org.text, own_org) == 0)
            continue;
        newest = newest == NULL || e->time > newest->time ? e : newest;
    }
    return newest;
}

void smk_half_follow(struct smk_act *act, const struct smk_fold_entry *half)
{
    if (half == NULL) {
        smk_random(act->id, sizeof act->id);
        return;
    }
    memcpy(act->id, half->act.id, sizeof act->id);
    memcpy(act->about, half->act.about, sizeof act->about);
    act->text = half->act.text;
}
