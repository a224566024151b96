#include "tools/entry_say.h"

#include "tools/when.h"

const char *smk_entry_day(const struct smk_fold_entry *e, char ret_day[16])
{
    struct smk_bytes fields = {0};
    if (e->is_decoded)
        fields = e->is_act ? e->act.fields : e->edit.fields;
    smk_text_safe(smk_span_str(smk_span_find(fields, "date")), 15, ret_day);
    return ret_day;
}

void smk_entry_when(const struct smk_cli *cli, const struct smk_fold_entry *e,
                    char ret_text[SMK_ENTRY_WORDS_MAX])
{
    char day[16];
    struct smk_when entered;
    smk_when_shown(smk_time_ms(e->time), &entered);
    if (smk_entry_day(e, day)[0] != '\0')
        smk_message_write(cli, SMK_SAY_DATED, SMK_ABOUT(day, entered.text), ret_text, SMK_ENTRY_WORDS_MAX);
    else
        smk_message_write(cli, SMK_SAY_ENTERED, SMK_ABOUT(entered.text), ret_text, SMK_ENTRY_WORDS_MAX);
}

const char *smk_reason_said(const struct smk_cli *cli, enum smk_reason reason)
{
    return cli->language == SMK_KHMER ? smk_reason_text_km(reason) : smk_reason_text(reason);
}

void smk_entry_verdict(const struct smk_cli *cli, const struct smk_fold_entry *e,
                       char ret_text[SMK_ENTRY_WORDS_MAX])
{
    ret_text[0] = '\0';
    if (e->reason != SMK_REASON_COUNTS)
        smk_message_write(cli, SMK_SAY_COUNTS_NOT, SMK_ABOUT(smk_reason_said(cli, e->reason)), ret_text,
                          SMK_ENTRY_WORDS_MAX);
    else if (e->note == SMK_NOTE_EARLIER_VERSION)
        smk_message_write(cli, SMK_SAY_EARLIER_TEXT, NULL, ret_text, SMK_ENTRY_WORDS_MAX);
    else if (e->note == SMK_NOTE_TEXT_NOT_CHECKED)
        smk_message_write(cli, SMK_SAY_UNCHECKED_TEXT, NULL, ret_text, SMK_ENTRY_WORDS_MAX);
}
