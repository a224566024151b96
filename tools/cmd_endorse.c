/* samaki endorse LIST: an administration endorses a joint list as it stands; or one half of an attested endorsement. */
#include "tools/args.h"
#include "tools/halves.h"

#include <string.h>

enum { ATTEST, PAGE, SHA256, DATE, OPTIONS };

static enum smk_exit endorse(struct smk_acting *a, const struct smk_fold_doc *list,
                             const struct smk_arg *option)
{
    SMK_CLEANUP(smk_pairs_deinit) struct smk_pairs pairs = {0};
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    bool is_attested = option[ATTEST].count > 0 || option[PAGE].count > 0 || option[SHA256].count > 0;
    const char *name = is_attested ? "attest_endorsement" : "endorse";
    const struct smk_device *device =
        smk_roster_device(smk_fold_roster(a->loaded.fold), a->home.identity.sign.public_key);
    struct smk_act act = {.act = smk_bytes_of_text(name), .kind = list->kind_name};
    const struct smk_fold_entry *half = NULL;
    uint8_t page[SMK_HASH_BYTES];
    char today[11];
    smk_acting_today(today);
    json_t *object = json_pack("{s:s}", "date", smk_arg_value(&option[DATE], today));
    enum smk_exit code = SMK_EXIT_DONE;
    if (is_attested) {
        code = smk_page_read(a->cli, smk_arg_value(&option[PAGE], NULL), smk_arg_value(&option[SHA256], NULL),
                             page);
        if (code == SMK_EXIT_DONE && device != NULL)
            half = smk_half_find(list, name, page, device->org.text);
        if (code == SMK_EXIT_DONE)
            smk_pack_bin(smk_pairs_open_text(&pairs, "page"), SMK_BYTES(page));
    }
    if (code == SMK_EXIT_DONE)
        code = smk_acting_fields(a, smk_act_kind_find(act.kind, act.act), object, &pairs, &fields);
    json_decref(object);
    if (code != SMK_EXIT_DONE)
        return code;
    smk_half_follow(&act, half);
    memcpy(act.doc, list->id, sizeof act.doc);
    act.fields = smk_buf_view(&fields);
    return smk_acting_act(a, &act, list, half);
}

enum smk_exit smk_cmd_endorse(struct smk_cli *cli, int argc, char **argv)
{
    SMK_CLEANUP(smk_acting_close) struct smk_acting a = {0};
    struct smk_arg option[OPTIONS] = {[ATTEST] = {.name = "--attest"},
                                      [PAGE] = {.name = "--page", .max = 1},
                                      [SHA256] = {.name = "--sha256", .max = 1},
                                      [DATE] = {.name = "--date", .max = 1}};
    const struct smk_fold_doc *list = NULL;
    const char *word = NULL;
    size_t words = 0;
    if (!smk_args_read(cli, argc, argv, option, OPTIONS, &word, 1, &words))
        return SMK_EXIT_USAGE;
    if (words != 1)
        return smk_cli_usage(cli, NULL, NULL);
    enum smk_exit code = smk_acting_open(cli, &a);
    if (code == SMK_EXIT_DONE)
        code = smk_demand_document(cli, &a.loaded, "joint_list", word, &list);
    return code == SMK_EXIT_DONE ? endorse(&a, list, option) : code;
}
