/* The Khmer is ours and waits for a native reader: each row says so. */
#include "tools/reasons.h"

#include "tools/next_step.h"
#include "tools/text.h"

#include <string.h>

#define ROW(name, text_en, text_km) \
    [SMK_REASON_##name] = {.en = (text_en), .km = (text_km), .review = SMK_KHMER_UNREVIEWED}

/* clang-format off */
static const struct smk_reason_row rows[] = {
    ROW(COUNTS, "", ""),
    ROW(NO_PAYLOAD, "Sync with a node that has it whole.", "សូម sync ជាមួយម៉ាស៊ីនដែលមានវាពេញលេញ។"),
    ROW(SHAPE, "Write it anew with this version of Samaki.", "សូមសរសេរវាម្តងទៀតដោយ Samaki កំណែនេះ។"),
    ROW(NEWER, "Install the newer Samaki.", "សូមដំឡើង Samaki កំណែថ្មី។"),
    ROW(UNKNOWN_KIND, "'samaki docs' shows the types that this version knows; a newer one may know more.",
        "'samaki docs' បង្ហាញប្រភេទដែលកំណែនេះស្គាល់ កំណែថ្មីអាចស្គាល់ច្រើនជាងនេះ។"),
    ROW(UNKNOWN_ACT, "'samaki docs TYPE' shows the acts about a type.",
        "'samaki docs ប្រភេទ' បង្ហាញសកម្មភាពលើប្រភេទនោះ។"),
    ROW(TALLY, "Correct the numbers: women are at most all, and each part adds up to the whole.",
        "សូមកែចំនួន៖ ស្ត្រីមិនអាចលើសចំនួនសរុប ហើយផ្នែកនីមួយៗត្រូវបូកស្មើចំនួនសរុប។"),
    ROW(LEVEL, "Give an area as long as its level: 2 digits for a province, 4 for a district, 6 for a commune, none for the nation.",
        "សូមសរសេរលេខកូដតំបន់តាមថ្នាក់៖ ខេត្ត 2 ខ្ទង់ ស្រុក 4 ខ្ទង់ ឃុំ 6 ខ្ទង់ ថ្នាក់ជាតិគ្មានលេខ។"),
    ROW(CONSENT, "Ask for consent first; a case study says how many people were asked (respondents).",
        "សូមសុំការយល់ព្រមជាមុន។ ករណីសិក្សាត្រូវបញ្ជាក់ចំនួនអ្នកឆ្លើយ (respondents)។"),
    ROW(SCOPE, "Have it done on a node that holds the place where it belongs.",
        "សូមឱ្យម៉ាស៊ីនដែលមានកន្លែងរបស់វាធ្វើ។"),
    ROW(OFFICE, "Do it on a device that holds this office: 'samaki roster' shows which one.",
        "សូមធ្វើលើឧបករណ៍ដែលកាន់តំណែងនេះ៖ 'samaki roster' បង្ហាញថាមួយណា។"),
    ROW(NOT_IN_FORCE, "The secretariat decides offices and organisations: 'samaki roster' shows those in force.",
        "លេខាធិការដ្ឋានសម្រេចលើតំណែង និងអង្គការ៖ 'samaki roster' បង្ហាញអ្វីដែលមានសុពលភាព។"),
    ROW(ROLE, "It takes one of these roles: {0}.", "ត្រូវមានតួនាទីមួយក្នុងចំណោម៖ {0}។"),
    ROW(MEETING, "Take the rapporteur of that meeting, or name the meeting that this office is for.",
        "សូមប្រើអ្នកកត់ត្រានៃកិច្ចប្រជុំនោះ ឬបញ្ជាក់កិច្ចប្រជុំដែលតំណែងនេះសម្រាប់។"),
    ROW(OWNER, "Have the organisation do it that made it.", "សូមឱ្យអង្គការដែលបានបង្កើតវាធ្វើ។"),
    ROW(AREA, "Have an office of that area do it: 'samaki roster' shows offices with their areas.",
        "សូមឱ្យតំណែងនៃតំបន់នោះធ្វើ៖ 'samaki roster' បង្ហាញតំណែង និងតំបន់។"),
    ROW(NO_DOCUMENT, "Sync with a node that has the document.", "សូម sync ជាមួយម៉ាស៊ីនដែលមានឯកសារនោះ។"),
    ROW(NO_TEXT, "Do it anew, about the text as it stands here.", "សូមធ្វើម្តងទៀត លើអត្ថបទដូចនៅទីនេះ។"),
    ROW(VERSION, "'samaki show' says which version is here; sync with a node that has the other one.",
        "'samaki show' បង្ហាញកំណែដែលមាននៅទីនេះ។ សូម sync ជាមួយម៉ាស៊ីនដែលមានកំណែផ្សេងនោះ។"),
    ROW(ABOUT, "Do it anew, about the text as it stands here.", "សូមធ្វើម្តងទៀត លើអត្ថបទដូចនៅទីនេះ។"),
    ROW(PREREQUISITE, "It stands at: {1}. It is done when something stands at: {2}.", /* smk_next_step says more */
        "ស្ថានភាពឥឡូវ៖ {1}។ អាចធ្វើបានពេលស្ថានភាពជា៖ {2}។"),
    ROW(STATE, "It stands at: {1}. It is done when something stands at: {2}.",
        "ស្ថានភាពឥឡូវ៖ {1}។ អាចធ្វើបានពេលស្ថានភាពជា៖ {2}។"),
    ROW(HALF, "A member's approver and one of the secretariat, of two organisations, name the same text and page.",
        "អ្នកអនុម័តរបស់សមាជិកម្នាក់ និងរបស់លេខាធិការដ្ឋានម្នាក់ ពីអង្គការពីរ ត្រូវបញ្ជាក់អត្ថបទ និងទំព័រដដែល។"),
    ROW(WHY, "Say why: --field reason=TEXT, for a report --field note=TEXT, for an item of a list its own reason.",
        "សូមបញ្ជាក់មូលហេតុ៖ --field reason=អត្ថបទ សម្រាប់របាយការណ៍ --field note=អត្ថបទ សម្រាប់ចំណុចនៃបញ្ជី មូលហេតុរបស់វា។"),
    ROW(DUTIES, "Have another office do it; a report is judged by another organisation than the one that made it.",
        "សូមឱ្យតំណែងផ្សេងធ្វើ។ របាយការណ៍ត្រូវវាយតម្លៃដោយអង្គការផ្សេងពីអ្នកដែលបានធ្វើវា។"),
    ROW(PERSONAL, "Take telephone numbers and addresses out of every text of it first.",
        "សូមដកលេខទូរស័ព្ទ និងអាសយដ្ឋានចេញពីអត្ថបទរបស់វាជាមុន។"),
    ROW(FUTURE, "Correct the date, or wait until that day.", "សូមកែកាលបរិច្ឆេទ ឬរង់ចាំដល់ថ្ងៃនោះ។"),
    ROW(PARTICIPANTS, "Say participants=TOTAL/WOMEN, for example participants=31/14.",
        "សូមបញ្ជាក់ participants=សរុប/ស្ត្រី ឧទាហរណ៍ participants=31/14។"),
    ROW(MINUTES, "Record the minutes first: 'samaki act record_minutes'.", "សូមកត់កំណត់ហេតុជាមុន៖ 'samaki act record_minutes'។"),
    ROW(LINK, "Name a case study in the list, or a finding in its recommendations (from_findings).",
        "សូមបញ្ជាក់ករណីសិក្សាក្នុងបញ្ជី ឬលទ្ធផលរកឃើញក្នុងអនុសាសន៍ (from_findings)។"),
    ROW(NO_ITEM, "Put a recommendation into the list.", "សូមដាក់អនុសាសន៍ក្នុងបញ្ជី។"),
    ROW(PAGE, "Name it: the scanned page with --page FILE, a report with --field reports=ATTACHMENT.",
        "សូមបញ្ជាក់៖ ទំព័រស្កេនដោយ --page FILE របាយការណ៍ដោយ --field reports=ឯកសារភ្ជាប់។"),
    ROW(ITEMS, "Decide each recommendation once: all alike with --all DECISION, or one by one with --field items.",
        "សូមសម្រេចលើអនុសាសន៍នីមួយៗម្តង៖ ដូចគ្នាទាំងអស់ដោយ --all DECISION ឬម្តងមួយដោយ --field items។"),
    ROW(RANK, "Take a rank that is free: 'samaki report ranks' shows those that are taken.",
        "សូមយកចំណាត់ថ្នាក់ដែលនៅទំនេរ៖ 'samaki report ranks' បង្ហាញអ្វីដែលបានយករួច។"),
    ROW(RANGE, "Give a number from 0 to 100: --field percent=NUMBER.", "សូមបញ្ជាក់លេខពី 0 ដល់ 100៖ --field percent=លេខ។"),
    ROW(DONE, "Say --field percent=100, or another status than done.", "សូមបញ្ជាក់ --field percent=100 ឬស្ថានភាពផ្សេងពី done។"),
    ROW(GRANTEE, "Name one that is registered: 'samaki org' shows them.", "សូមបញ្ជាក់អង្គការដែលបានចុះឈ្មោះ៖ 'samaki org' បង្ហាញទាំងអស់។"),
    ROW(TARGET, "Name a document or act that is here: --field target=DOC.", "សូមបញ្ជាក់ឯកសារ ឬសកម្មភាពដែលមាននៅទីនេះ៖ --field target=DOC។"),
};
/* clang-format on */

const struct smk_reason_row *smk_reason_row(enum smk_reason reason)
{
    return &rows[reason];
}

void smk_reason_labels(const char *list, const char *const *code, size_t max, enum smk_language language,
                       char *ret_text, size_t room)
{
    size_t len = 0;
    (void)snprintf(ret_text, room, "-");
    for (size_t i = 0; i < max && code[i] != NULL && len + 1 < room; i++) {
        const char *name =
            smk_label_text(smk_label_find(list, smk_bytes_of_text(code[i])), language, code[i]);
        int more = snprintf(ret_text + len, room - len, "%s%s", i > 0 ? ", " : "", name);
        len += more > 0 ? (size_t)more : 0;
    }
}

void smk_reason_needs(enum smk_reason reason, const struct smk_asked *asked, enum smk_language language,
                      char *ret_text, size_t room)
{
    char roles[512] = "-", stands[128] = "-", from[512] = "-";
    const struct smk_policy_rule *rule = asked != NULL ? asked->rule : NULL;
    const char *stood[] = {asked != NULL ? asked->stands : NULL, NULL};
    if (rule != NULL)
        smk_reason_labels("role", rule->role, SMK_POLICY_ROLES_MAX, language, roles, sizeof roles);
    if (rule != NULL)
        smk_reason_labels("status", rule->from, SMK_POLICY_FROM_MAX, language, from, sizeof from);
    if (stood[0] != NULL && stood[0][0] != '\0')
        smk_reason_labels("status", stood, 1, language, stands, sizeof stands);
    smk_message_fill(language == SMK_KHMER ? rows[reason].km : rows[reason].en,
                     SMK_ABOUT(roles, stands, from), ret_text, room);
    if (rule != NULL &&
        (reason == SMK_REASON_PREREQUISITE || reason == SMK_REASON_STATE || reason == SMK_REASON_ROLE))
        smk_next_step(reason, asked, language, ret_text, room);
}

enum smk_exit smk_reason_refuse(struct smk_cli *cli, enum smk_reason reason, const char *office,
                                const struct smk_asked *asked)
{
    enum smk_message message = office != NULL ? SMK_SAY_MAY_NOT : SMK_SAY_NONE_MAY;
    const struct smk_message_row *row = smk_message_row(message);
    char what[2][SMK_SENTENCE_BYTES_MAX], todo[2][SMK_SENTENCE_BYTES_MAX];
    const char *name = office != NULL ? office : "";
    smk_message_fill(row->en.what, SMK_ABOUT(name, smk_reason_text(reason)), what[0], sizeof what[0]);
    smk_message_fill(row->km.what, SMK_ABOUT(name, smk_reason_text_km(reason)), what[1], sizeof what[1]);
    smk_reason_needs(reason, asked, SMK_ENGLISH, todo[0], sizeof todo[0]);
    smk_reason_needs(reason, asked, SMK_KHMER, todo[1], sizeof todo[1]);
    const struct smk_sentences en = {what[0], row->en.safe, todo[0]}, km = {what[1], row->km.safe, todo[1]};
    return smk_refuse_with(cli, SMK_EXIT_REFUSED, smk_reason_code(reason), &en, &km, rows[reason].review);
}
