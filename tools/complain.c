#include "tools/complain.h"

#include "tools/args.h"
#include "tools/text.h"

#include <inttypes.h>
#include <string.h>

enum { NAMES_MAX = 64 };

struct smk_form smk_form_of(const struct smk_kind *kind)
{
    return (struct smk_form){.kind = kind->name, .rules = kind->field, .rule_count = kind->field_count};
}

/* ---- what a field is called ---- */

/* The label of "title" and "km" for "title_km"; the path itself where there is none. */
static const char *name_of(const char *kind, const char *path, const char *last, enum smk_language language,
                           const char **ret_tail)
{
    char above[SMK_FIELD_PATH_MAX + 1];
    size_t len = strlen(path);
    const struct smk_label *label = smk_label_field(kind, path);
    *ret_tail = "";
    if (label != NULL || len < 4)
        return smk_label_text(label, language, last);
    bool is_language = strcmp(path + len - 3, "_en") == 0 || strcmp(path + len - 3, "_km") == 0;
    memcpy(above, path, len - 3);
    above[len - 3] = '\0';
    label = is_language ? smk_label_field(kind, above) : NULL;
    if (label != NULL)
        *ret_tail = strcmp(path + len - 2, "en") == 0 ? " (en)" : " (km)";
    return smk_label_text(label, language, last);
}

void smk_field_shown(const char *kind, const char *path, enum smk_language language, char *ret_text,
                     size_t room)
{
    char above[SMK_FIELD_PATH_MAX + 1];
    size_t len = 0;
    ret_text[0] = '\0';
    for (const char *at = path; *at != '\0';) {
        size_t name = strcspn(at, ".["), end = (size_t)(at - path) + name;
        if (end > SMK_FIELD_PATH_MAX)
            break;
        memcpy(above, path, end);
        above[end] = '\0';
        const char *tail, *text = name_of(kind, above, above + (at - path), language, &tail);
        const char *place = at + name;
        size_t place_len = *place == '[' ? strcspn(place, "]") : 0;
        int more = snprintf(ret_text + len, room - len, "%s%s%s%s%.*s", len > 0 ? ": " : "", text, tail,
                            place_len > 1 ? " " : "", place_len > 1 ? (int)place_len - 1 : 0, place + 1);
        len += more > 0 && (size_t)more < room - len ? (size_t)more : 0;
        at = place + place_len + (place_len > 0);
        at += *at == '.';
    }
}

const struct smk_field *smk_field_at(const struct smk_form *form, const char *path)
{
    const struct smk_field *rules = form->rules, *rule = NULL;
    size_t count = form->rule_count;
    while (*path != '\0') {
        size_t name = strcspn(path, ".[");
        rule = smk_field_find(rules, count, (struct smk_bytes){(const uint8_t *)path, name});
        if (rule == NULL)
            return NULL;
        rules = rule->part;
        count = rule->part_count;
        path += name;
        if (*path == '[')
            path += strcspn(path, ".");
        path += *path == '.';
    }
    return rule;
}

static const char *type_shown(const char *type, enum smk_language language)
{
    return smk_label_text(smk_label_find("type", smk_bytes_of_text(type)), language, type);
}

void smk_field_hint(const struct smk_field *rule, enum smk_language language, char *ret_text, size_t room)
{
    const char *word = smk_field_type_word(rule->type);
    const char *type = smk_label_text(smk_label_find("field_type", smk_bytes_of_text(word)), language, word);
    bool has_range = rule->type == SMK_FIELD_AREA || rule->type == SMK_FIELD_INTEGER;
    if (has_range && rule->min == rule->max)
        (void)snprintf(ret_text, room, "%s (%" PRIu64 ")", type, rule->min);
    else if (has_range)
        (void)snprintf(ret_text, room, "%s (%" PRIu64 "-%" PRIu64 ")", type, rule->min, rule->max);
    else if (rule->kind != NULL)
        (void)snprintf(ret_text, room, "%s (%s)", type, type_shown(rule->kind, language));
    else
        (void)snprintf(ret_text, room, "%s", type);
}

void smk_field_choices(const struct smk_field *rule, enum smk_language language, char *ret_text, size_t room)
{
    size_t len = 0;
    ret_text[0] = '\0';
    for (size_t i = 0; rule->choices != NULL && rule->choices[i] != NULL; i++) {
        const char *code = rule->choices[i];
        const char *name = smk_label_text(smk_label_choice(rule, smk_bytes_of_text(code)), language, code);
        int more = snprintf(ret_text + len, room - len, "%s%s (%s)", i > 0 ? ", " : "", code, name);
        if (more < 0 || (size_t)more >= room - len) {
            ret_text[len] = '\0'; /* the rest does not fit */
            return;
        }
        len += (size_t)more;
    }
}

/* ---- what would be right ---- */

static const char *nearest_field(const struct smk_form *form, const char *path)
{
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (; count < form->rule_count && count < NAMES_MAX; count++)
        names[count] = form->rules[count].name;
    return smk_args_nearest(path, names, count);
}

struct remedy {
    enum smk_flaw flaw;
    const char *en, *km; /* {0}: the field as it is typed; {1}: type of document referred to */
};

static const struct remedy remedies[] = {
    {SMK_FLAW_UNKNOWN_REFERENCE, "'samaki list {1}' shows what is here; sync with a node that has it.",
     "'samaki list {1}' បង្ហាញអ្វីដែលមាន។ សូមធ្វើសមកាលកម្មជាមួយម៉ាស៊ីនដែលមានវា។"},
    {SMK_FLAW_UNKNOWN_ORGANISATION, "'samaki org' shows those there are.", "'samaki org' បង្ហាញអង្គការទាំងអស់។"},
    {SMK_FLAW_UNKNOWN_OFFICE, "'samaki office' shows those there are.", "'samaki office' បង្ហាញតំណែងទាំងអស់។"},
    {SMK_FLAW_INVALID_TALLY,
     "Women are not more than the total, and each breakdown adds up to it: {0}=52/30 is 52 people, 30 of "
     "them women.",
     "ចំនួនស្រីមិនលើសពីសរុប ហើយការបែងចែកនីមួយៗត្រូវស្មើសរុប៖ {0}=52/30 គឺ ៥២ នាក់ ក្នុងនោះស្រី ៣០ នាក់។"},
    {SMK_FLAW_WRONG_LEVEL,
     "A province has 2 digits, a district 4, a commune 6; the whole country has no area.",
     "ខេត្តមាន ២ ខ្ទង់ ស្រុក ៤ ខ្ទង់ ឃុំ ៦ ខ្ទង់ ថ្នាក់ជាតិគ្មានតំបន់ទេ។"},
    {SMK_FLAW_NEWER, "Give the whole value, or install the newer Samaki.",
     "សូមផ្តល់តម្លៃទាំងមូល ឬដំឡើង Samaki កំណែថ្មី។"},
    {SMK_FLAW_SEVERAL, "Choose first: 'samaki conflicts', then 'samaki resolve'; or give the whole value.",
     "សូមជ្រើសជាមុន៖ 'samaki conflicts' រួច 'samaki resolve' ឬផ្តល់តម្លៃទាំងមូល។"},
    {SMK_FLAW_OLD_FONT, "Convert the text, or type it again with a keyboard for Khmer Unicode.",
     "សូមបម្លែងអត្ថបទ ឬវាយឡើងវិញដោយក្តារចុចយូនីកូដខ្មែរ។"},
    {SMK_FLAW_NO_CONSENT, "Leave the interview out.", "សូមកុំបញ្ចូលសម្ភាសន៍នេះ។"},
};

/* An item of a list that is not there. */
static bool is_about_place(const struct smk_complaint *c, const struct smk_field *rule)
{
    return rule != NULL && (rule->flags & SMK_FIELD_IS_LIST) != 0 && rule == c->rule &&
           (c->flaw == SMK_FLAW_OUT_OF_RANGE || c->flaw == SMK_FLAW_UNKNOWN_REFERENCE) &&
           rule->type != SMK_FIELD_REFERENCE && rule->type != SMK_FIELD_INTEGER;
}

static bool write_remedy(const struct smk_complaint *c, const struct smk_field *rule,
                         enum smk_language language, char *ret_text, size_t room)
{
    const struct smk_about about = {{c->field, rule != NULL && rule->kind != NULL ? rule->kind : ""}};
    if (is_about_place(c, rule)) {
        smk_message_fill(
            language == SMK_KHMER
                ? "ចំណុចមួយត្រូវហៅតាមលេខរៀង រាប់ពី 1 ឬតាម id របស់វា។ ឈ្មោះ+=តម្លៃ បន្ថែមចំណុចថ្មី។"
                : "An item is named by its place, counted from 1, or by its id; NAME+=VALUE adds one.",
            NULL, ret_text, room);
        return true;
    }
    for (size_t i = 0; i < sizeof remedies / sizeof remedies[0]; i++) {
        if (remedies[i].flaw != c->flaw)
            continue;
        smk_message_fill(language == SMK_KHMER ? remedies[i].km : remedies[i].en, &about, ret_text, room);
        return true;
    }
    return false;
}

static void write_todo(const struct smk_form *form, const struct smk_complaint *c, enum smk_language language,
                       char *ret_text, size_t room)
{
    char hint[SMK_SENTENCE_BYTES_MAX];
    bool is_khmer = language == SMK_KHMER;
    const struct smk_field *rule = c->rule != NULL ? c->rule : smk_field_at(form, c->field);
    if (c->flaw == SMK_FLAW_UNKNOWN_FIELD) {
        const char *nearest = nearest_field(form, c->field);
        const struct smk_about about = {{nearest != NULL ? nearest : "", form->kind}};
        const char *en = nearest != NULL ? "Did you mean '{0}'?" : "'samaki docs {1}' shows the fields.";
        const char *km =
            nearest != NULL ? "តើអ្នកចង់និយាយថា '{0}' មែនទេ?" : "'samaki docs {1}' បង្ហាញព័ត៌មានទាំងអស់។";
        smk_message_fill(is_khmer ? km : en, &about, ret_text, room);
        return;
    }
    if (write_remedy(c, rule, language, ret_text, room))
        return;
    if (rule == NULL) {
        smk_message_fill(is_khmer ? "សូមកែតម្រូវ រួចព្យាយាមម្តងទៀត។" : "Correct the field and try again.", NULL,
                         ret_text, room);
        return;
    }
    smk_field_choices(rule, language, hint, sizeof hint);
    bool has_choices = hint[0] != '\0';
    if (!has_choices)
        smk_field_hint(rule, language, hint, sizeof hint);
    const struct smk_about about = {{hint}};
    const char *en = has_choices ? "Choose one of: {0}." : "Right would be: {0}.";
    const char *km = has_choices ? "សូមជ្រើសមួយក្នុងចំណោម៖ {0}។" : "តម្លៃត្រឹមត្រូវគឺ៖ {0}។";
    smk_message_fill(is_khmer ? km : en, &about, ret_text, room);
}

void smk_complaint_write(const struct smk_form *form, const struct smk_complaint *c,
                         enum smk_language language, char *ret_what, char *ret_todo, size_t room)
{
    char shown[512];
    const char *code = smk_flaw_code(c->flaw);
    const char *flaw = smk_label_text(smk_label_find("flaw", smk_bytes_of_text(code)), language, code);
    smk_field_shown(form->kind, c->field, language, shown, sizeof shown);
    bool has_label = strcmp(shown, c->field) != 0;
    const struct smk_about about = {{shown, c->field, flaw}};
    const char *en = has_label ? "Field {0} ({1}): {2}." : "Field {1}: {2}.";
    const char *km = has_label ? "ព័ត៌មាន {0} ({1})៖ {2}។" : "ព័ត៌មាន {1}៖ {2}។";
    smk_message_fill(language == SMK_KHMER ? km : en, &about, ret_what, room);
    write_todo(form, c, language, ret_todo, room);
}

enum smk_exit smk_complain(struct smk_cli *cli, const struct smk_form *form,
                           const struct smk_complaint *complaint)
{
    char what[2][SMK_SENTENCE_BYTES_MAX], todo[2][SMK_SENTENCE_BYTES_MAX];
    struct smk_sentences en = {what[0], "Nothing was written.", todo[0]};
    struct smk_sentences km = {what[1], "មិនមានអ្វីត្រូវបានសរសេរទេ។", todo[1]};
    smk_complaint_write(form, complaint, SMK_ENGLISH, what[0], todo[0], sizeof what[0]);
    smk_complaint_write(form, complaint, SMK_KHMER, what[1], todo[1], sizeof what[1]);
    return smk_refuse_with(cli, SMK_EXIT_REFUSED, smk_flaw_code(complaint->flaw), &en, &km,
                           SMK_KHMER_UNREVIEWED);
}
