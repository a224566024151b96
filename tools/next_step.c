/* The Khmer is ours and waits for a native reader, like that of reasons.c. */
#include "tools/next_step.h"

#include <string.h>

struct said {
    const char *en, *km;
};

static const char *of(const struct said *said, enum smk_language language)
{
    return language == SMK_KHMER ? said->km : said->en;
}

static void append(char *text, size_t room, const struct said *said, enum smk_language language,
                   const struct smk_about *about)
{
    size_t len = strlen(text);
    if (len + 2 >= room)
        return;
    text[len++] = ' ';
    text[len] = '\0';
    smk_message_fill(of(said, language), about, text + len, room - len);
}

/* ---- the act that leads to a state ---- */

/* clang-format off */
static const struct {
    const char *kind, *state; /* of the document that has to stand there */
    const char *about, *act;
    const char *command;
} ways[] = {
    {"case_study", "submitted", "case_study", "submit", "samaki submit DOC"},
    {"case_study", "verified", "case_study", "verify", "samaki act verify DOC"},
    {"meeting", "held", "meeting", "record_minutes", "samaki act record_minutes DOC minutes=TEXT"},
    {"joint_list", "negotiated", "joint_list", "negotiate", "samaki act negotiate LIST"},
    {"joint_list", "endorsed", "joint_list", "endorse", "samaki endorse LIST"},
    {"recommendation", "accepted", "joint_list", "accept", "samaki act accept LIST"},
    {"recommendation", "done", "recommendation", "report_progress", "samaki act report_progress DOC status=done percent=100"},
    {"audit_note", "answered", "audit_note", "answer", "samaki act answer DOC answer=TEXT"},
};
/* clang-format on */
enum { WAY_COUNT = sizeof ways / sizeof ways[0] };

static const struct said way = {"What leads there is '{0}', by one of these roles: {1}.",
                                "អ្វីដែលនាំទៅដល់នោះគឺ '{0}' ដោយតួនាទីមួយក្នុងចំណោម៖ {1}។"};

static bool is_word_of(const char *const *word, size_t max, const char *wanted)
{
    for (size_t i = 0; wanted != NULL && i < max && word[i] != NULL; i++)
        if (strcmp(word[i], wanted) == 0)
            return true;
    return false;
}

static void append_way(const struct smk_policy_rule *rule, enum smk_language language, char *text,
                       size_t room)
{
    char roles[512];
    for (size_t i = 0; i < WAY_COUNT; i++) {
        const struct smk_policy_rule *leads =
            smk_policy_act(smk_bytes_of_text(ways[i].about), smk_bytes_of_text(ways[i].act));
        if (strcmp(ways[i].kind, rule->kind) != 0 || leads == NULL ||
            !is_word_of(rule->from, SMK_POLICY_FROM_MAX, ways[i].state))
            continue;
        smk_reason_labels("role", leads->role, SMK_POLICY_ROLES_MAX, language, roles, sizeof roles);
        append(text, room, &way, language, SMK_ABOUT(ways[i].command, roles));
        return;
    }
}

/* ---- what a guard looks for elsewhere ---- */

static const struct {
    enum smk_guard guard;
    struct said said;
} elsewhere[] = {
    {SMK_GUARD_JOINT_MEETING,
     {"The meeting in its field negotiated_at has to be a joint_consultation of this district that is "
      "closed: "
      "'samaki act record_minutes MEETING', then 'samaki act close MEETING' by another office.",
      "កិច្ចប្រជុំក្នុង negotiated_at ត្រូវជា joint_consultation នៃស្រុកនេះ ដែលបានបិទ៖ 'samaki act record_minutes "
      "MEETING' រួច 'samaki act close MEETING' ដោយតំណែងផ្សេង។"}},
    {SMK_GUARD_PROVINCIAL_MEETING,
     {"Name the workshop, meeting=MEETING: a meeting of level province in this province, with its minutes "
      "recorded "
      "('samaki act record_minutes MEETING').",
      "សូមបញ្ជាក់សិក្ខាសាលា meeting=MEETING៖ កិច្ចប្រជុំថ្នាក់ខេត្តក្នុងខេត្តនេះ ដែលបានកត់កំណត់ហេតុ ('samaki act "
      "record_minutes MEETING')។"}},
    {SMK_GUARD_NATIONAL_WORKSHOP,
     {"Name the workshop, meeting=MEETING: a meeting of level national, with its minutes recorded ('samaki "
      "act "
      "record_minutes MEETING').",
      "សូមបញ្ជាក់សិក្ខាសាលា meeting=MEETING៖ កិច្ចប្រជុំថ្នាក់ជាតិ ដែលបានកត់កំណត់ហេតុ ('samaki act record_minutes "
      "MEETING')។"}},
    {SMK_GUARD_PRESENTED,
     {"The list that holds it has to be presented at that very meeting first: 'samaki act present_provincial "
      "LIST "
      "meeting=MEETING', or present_national.",
      "បញ្ជីដែលមានវាត្រូវបានបង្ហាញក្នុងកិច្ចប្រជុំនោះជាមុន៖ 'samaki act present_provincial LIST meeting=MEETING' ឬ "
      "present_national។"}},
};
enum { ELSEWHERE_COUNT = sizeof elsewhere / sizeof elsewhere[0] };

static const struct said *guard_said(const struct smk_policy_rule *rule)
{
    for (size_t i = 0; i < SMK_POLICY_GUARDS_MAX; i++)
        for (size_t k = 0; k < ELSEWHERE_COUNT; k++)
            if (rule->guard[i] == elsewhere[k].guard)
                return &elsewhere[k].said;
    return NULL;
}

/* ---- all of it ---- */

static const struct said newer_text = {"Its text was changed since it stood at: {0}. What was done about the "
                                       "earlier text stays with that; for this one it is "
                                       "done anew.",
                                       "អត្ថបទរបស់វាត្រូវបានកែ បន្ទាប់ពីស្ថានភាព៖ {0}។ អ្វីដែលបានធ្វើលើអត្ថបទមុន "
                                       "នៅជាមួយអត្ថបទនោះ។ សម្រាប់អត្ថបទនេះ ត្រូវធ្វើម្តងទៀត។"};

/* The states of studies and lists are those of one text. */
static bool is_of_text(const char *kind)
{
    return strcmp(kind, "case_study") == 0 || strcmp(kind, "joint_list") == 0;
}

static const struct said attest = {"Where the administration has signed on paper only, an approver of a "
                                   "member and one of the secretariat enter it: "
                                   "'{0} LIST {1}--page SCAN'.",
                                   "បើរដ្ឋបាលបានចុះហត្ថលេខាលើក្រដាសតែប៉ុណ្ណោះ អ្នកអនុម័តរបស់សមាជិកម្នាក់ "
                                   "និងរបស់លេខាធិការដ្ឋានម្នាក់ បញ្ចូលវា៖ '{0} LIST {1}--page "
                                   "SCAN'។"};

void smk_next_step(enum smk_reason reason, const struct smk_asked *asked, enum smk_language language,
                   char *text, size_t room)
{
    const struct smk_policy_rule *rule = asked->rule;
    const char *before[] = {asked->before, NULL};
    char state[128];
    if (reason == SMK_REASON_ROLE && strcmp(rule->act, "endorse") == 0)
        append(text, room, &attest, language, SMK_ABOUT("samaki endorse", "--attest "));
    if (reason == SMK_REASON_ROLE && strcmp(rule->act, "accept") == 0)
        append(text, room, &attest, language, SMK_ABOUT("samaki act attest_acceptance", ""));
    if (reason != SMK_REASON_PREREQUISITE)
        return;
    bool is_newer = asked->before != NULL && asked->stands != NULL && is_of_text(rule->kind) &&
                    strcmp(asked->before, asked->stands) != 0;
    if (is_newer) {
        smk_reason_labels("status", before, 1, language, state, sizeof state);
        append(text, room, &newer_text, language, SMK_ABOUT(state));
    }
    /* a ranking rests on the state of the list, which a presentation shows */
    bool is_there = strncmp(rule->act, "prioritise_", 11) == 0 ||
                    is_word_of(rule->from, SMK_POLICY_FROM_MAX, asked->stands);
    const struct said *guard = is_there ? guard_said(rule) : NULL;
    if (guard != NULL)
        smk_message_fill(of(guard, language), NULL, text, room); /* where it stands is as it should be */
    else
        append_way(rule, language, text, room);
}
