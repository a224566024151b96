/* What is said about documents. The Khmer is ours and waits for a native reader, like every label marked so. */
#include "tools/messages.h"

#include "proto/khmer.h"

#include <string.h>

#define NOTHING "Nothing was written."
#define NOTHING_KM "មិនមានអ្វីត្រូវបានសរសេរទេ។"

/* clang-format off */
static const struct smk_message_row rows[SMK_SAY_COUNT] = {
[SMK_SAY_NO_SIGN] = {"bad_field",
    {"'{0}' is no field and its value.", NOTHING,
     "A field is written NAME=VALUE, for example --field year=2021; 'samaki docs TYPE' shows the names."},
    {"'{0}' មិនមែនជាឈ្មោះព័ត៌មាន និងតម្លៃរបស់វាទេ។", NOTHING_KM,
     "សូមសរសេរ ឈ្មោះ=តម្លៃ ឧទាហរណ៍ --field year=2021។ 'samaki docs TYPE' បង្ហាញឈ្មោះទាំងអស់។"}},
[SMK_SAY_UNKNOWN_TYPE] = {"unknown_kind",
    {"There is no type of document '{0}'.", NOTHING, "'samaki docs' shows those there are."},
    {"គ្មានប្រភេទឯកសារ '{0}' ទេ។", NOTHING_KM, "'samaki docs' បង្ហាញប្រភេទទាំងអស់។"}},
[SMK_SAY_NEAR_TYPE] = {"unknown_kind",
    {"There is no type of document '{0}'.", NOTHING, "Did you mean '{1}'? 'samaki docs' shows all of them."},
    {"គ្មានប្រភេទឯកសារ '{0}' ទេ។", NOTHING_KM, "តើអ្នកចង់និយាយថា '{1}' មែនទេ? 'samaki docs' បង្ហាញប្រភេទទាំងអស់។"}},
[SMK_SAY_NO_TYPE] = {"missing",
    {"The file does not say of which type the document is.", NOTHING,
     "Write \"type\": \"case_study\" or another type beside its fields."},
    {"ក្នុងឯកសារមិនបានបញ្ជាក់ប្រភេទទេ។", NOTHING_KM,
     "សូមសរសេរ \"type\": \"case_study\" ឬប្រភេទផ្សេង ក្បែរព័ត៌មានរបស់វា។"}},
[SMK_SAY_MISSING] = {"missing",
    {"{0}: still missing: {1}.", NOTHING,
     "Give each with --field NAME=VALUE, or keep what there is as a draft with --draft."},
    {"{0}៖ នៅខ្វះ៖ {1}។", NOTHING_KM,
     "សូមបំពេញដោយ --field ឈ្មោះ=តម្លៃ ឬរក្សាទុកជាសេចក្តីព្រាងដោយ --draft។"}},
[SMK_SAY_EXISTS] = {"exists",
    {"There is a document of that name already: {0}.", NOTHING,
     "To change it: 'samaki edit {0} --field NAME=VALUE', or \"doc\" with its name in a file; otherwise choose another name."},
    {"មានឯកសារឈ្មោះនេះរួចហើយ៖ {0}។", NOTHING_KM,
     "ដើម្បីកែវា៖ 'samaki edit {0} --field ឈ្មោះ=តម្លៃ'។ បើមិនដូច្នេះ សូមជ្រើសឈ្មោះផ្សេង។"}},
[SMK_SAY_NO_DRAFTS] = {"no_drafts",
    {"{0}: there are no drafts of this type.", NOTHING,
     "Leave --draft out: it is seen by your organisation alone anyway, or stands where its subject is."},
    {"{0}៖ ប្រភេទនេះគ្មានសេចក្តីព្រាងទេ។", NOTHING_KM,
     "សូមកុំប្រើ --draft៖ មានតែអង្គការរបស់អ្នកប៉ុណ្ណោះដែលឃើញវា ឬវានៅជាមួយឯកសារដែលវាភ្ជាប់។"}},
[SMK_SAY_NO_FIELDS] = {"usage",
    {"Which fields? Nothing is asked, because this is no terminal.", NOTHING,
     "{0} --field NAME=VALUE..., or --file FILE.json."},
    {"ព័ត៌មានអ្វីខ្លះ? មិនអាចសួរបានទេ ព្រោះនេះមិនមែនជាស្ថានីយបញ្ជា។", NOTHING_KM,
     "{0} --field ឈ្មោះ=តម្លៃ... ឬ --file FILE.json។"}},
[SMK_SAY_SAME] = {"same",
    {"{0} says that already; nothing was written.", "", ""},
    {"{0} មានខ្លឹមសារនេះរួចហើយ មិនមានអ្វីត្រូវសរសេរទេ។", "", ""}},
[SMK_SAY_REPLACES] = {"replaces",
    {"{0}: of this {1} values stood beside each other; yours replaces them.", "", ""},
    {"{0}៖ មានតម្លៃ {1} ទន្ទឹមគ្នា តម្លៃរបស់អ្នកជំនួសវាទាំងអស់។", "", ""}},
[SMK_SAY_NEWER_TYPE] = {"newer_version",
    {"{0} is of a type that this version does not know ({1}).", NOTHING, "Install the newer Samaki to change it; here it is kept and passed on."},
    {"{0} ជាប្រភេទដែលកំណែនេះមិនស្គាល់ ({1})។", NOTHING_KM, "សូមដំឡើង Samaki កំណែថ្មី ដើម្បីកែវា។ នៅទីនេះវាត្រូវបានរក្សាទុក និងបញ្ជូនបន្ត។"}},
[SMK_SAY_NOWHERE] = {"wrong_scope",
    {"Nothing says where the document belongs.", NOTHING, "Give its district, area, level or subject."},
    {"មិនដឹងថាឯកសារត្រូវនៅទីណាទេ។", NOTHING_KM, "សូមបំពេញស្រុក តំបន់ ថ្នាក់ ឬអ្វីដែលវាភ្ជាប់។"}},
[SMK_SAY_IS_DRAFT] = {"draft",
    {"It is a draft: only {0} sees it. 'samaki submit {1}' gives it to the others.", "", ""},
    {"វាជាសេចក្តីព្រាង៖ មានតែ {0} ប៉ុណ្ណោះដែលឃើញ។ 'samaki submit {1}' ដាក់ស្នើវាឱ្យអ្នកដទៃ។", "", ""}},
[SMK_SAY_TOO_MANY_FIELDS] = {"too_big",
    {"That is more than fits into one record (64 KiB).", NOTHING, "Shorten the longest texts, or move some of it into an attachment."},
    {"ធំពេកសម្រាប់កំណត់ត្រាមួយ (64 KiB)។", NOTHING_KM, "សូមបង្រួញអត្ថបទវែងៗ ឬដាក់ផ្នែកខ្លះជាឯកសារភ្ជាប់។"}},
[SMK_SAY_HAS_CONFLICTS] = {"conflicts",
    {"          fields with several values at once: {0} (samaki conflicts {1})", "", ""},
    {"          ព័ត៌មានមានតម្លៃច្រើនក្នុងពេលតែមួយ៖ {0} (samaki conflicts {1})", "", ""}},
[SMK_SAY_NO_CONFLICTS] = {"none",
    {"Nothing stands beside each other here: no field has several values.", "", ""},
    {"គ្មានអ្វីទន្ទឹមគ្នានៅទីនេះទេ៖ គ្មានព័ត៌មានណាមានតម្លៃច្រើនទេ។", "", ""}},
[SMK_SAY_HOW_TO_RESOLVE] = {"how",
    {"  choose: samaki resolve {0} {1} --take {2}, or write another: --value VALUE", "", ""},
    {"  ជ្រើសរើស៖ samaki resolve {0} {1} --take {2} ឬសរសេរតម្លៃផ្សេង៖ --value តម្លៃ", "", ""}},
[SMK_SAY_TAKEN_BACK] = {"taken_back", {"(taken back)", "", ""}, {"(ដកវិញ)", "", ""}},
[SMK_SAY_NO_CONFLICT] = {"no_conflict",
    {"Field {0} of {1} does not have several values.", NOTHING, "'samaki conflicts {1}' shows what is open; 'samaki edit {1}' changes a field."},
    {"ព័ត៌មាន {0} នៃ {1} មិនមានតម្លៃច្រើនទេ។", NOTHING_KM, "'samaki conflicts {1}' បង្ហាញអ្វីដែលត្រូវជ្រើស។ 'samaki edit {1}' កែព័ត៌មានមួយ។"}},
[SMK_SAY_NO_SUCH_VALUE] = {"not_found",
    {"None of the values was written by an edit that begins with '{0}'.", NOTHING, "'samaki conflicts {1}' shows the edits; at least eight digits name one."},
    {"គ្មានតម្លៃណាត្រូវបានសរសេរដោយការកែដែលចាប់ផ្តើមដោយ '{0}' ទេ។", NOTHING_KM, "'samaki conflicts {1}' បង្ហាញការកែទាំងអស់។ ត្រូវការយ៉ាងតិចប្រាំបីខ្ទង់។"}},
[SMK_SAY_MORE_DIGITS] = {"ambiguous",
    {"Several of the edits begin with '{0}'.", NOTHING, "Use more digits: 'samaki conflicts {1} --json' shows all of them."},
    {"ការកែច្រើនចាប់ផ្តើមដោយ '{0}'។", NOTHING_KM, "សូមប្រើខ្ទង់ច្រើនជាងនេះ៖ 'samaki conflicts {1} --json' បង្ហាញទាំងអស់។"}},
[SMK_SAY_ONLY_TAKE] = {"newer",
    {"This version does not know the field {0}: one of its values can be taken, but none written.", NOTHING, "Use --take: 'samaki conflicts {1}' shows the edits."},
    {"កំណែនេះមិនស្គាល់ព័ត៌មាន {0} ទេ៖ អាចយកតម្លៃមួយបាន តែមិនអាចសរសេរថ្មីបានទេ។", NOTHING_KM, "សូមប្រើ --take៖ 'samaki conflicts {1}' បង្ហាញការកែទាំងអស់។"}},
[SMK_SAY_BOTH_LANGUAGES] = {"several_values",
    {"The values differ in the other language of {0} too.", NOTHING, "Say both: 'samaki resolve {1} {0} --value {\"km\": \"...\", \"en\": \"...\"}' (in quotes)."},
    {"តម្លៃខុសគ្នាក្នុងភាសាមួយទៀតនៃ {0} ដែរ។", NOTHING_KM, "សូមសរសេរទាំងពីរ៖ 'samaki resolve {1} {0} --value {\"km\": \"...\", \"en\": \"...\"}' (ក្នុងសញ្ញាសម្រង់)។"}},
[SMK_SAY_SEVERAL_IN_TEXT] = {"several_values",
    {"{0} has fields with several values: {1}.", NOTHING, "Choose first: 'samaki conflicts {0}', then 'samaki resolve'."},
    {"{0} មានព័ត៌មានដែលមានតម្លៃច្រើន៖ {1}។", NOTHING_KM, "សូមជ្រើសជាមុន៖ 'samaki conflicts {0}' រួច 'samaki resolve'។"}},
[SMK_SAY_CHANGED_THERE] = {"changed_there",
    {"{0} was changed where the others see it, and says something else there than in your draft: {1}.", NOTHING,
     "Compare both with 'samaki history {0}'. Either write what is right there: 'samaki edit {0} ...'; or let the draft replace it: --over."},
    {"{0} ត្រូវបានកែនៅកន្លែងដែលអ្នកដទៃឃើញ ហើយមានខ្លឹមសារខុសពីសេចក្តីព្រាងរបស់អ្នក៖ {1}។", NOTHING_KM,
     "សូមប្រៀបធៀបដោយ 'samaki history {0}'។ សូមសរសេរអ្វីដែលត្រឹមត្រូវនៅទីនោះ៖ 'samaki edit {0} ...' ឬឱ្យសេចក្តីព្រាងជំនួសវា៖ --over។"}},
[SMK_SAY_STANDS_THERE] = {"same",
    {"{0} stands in {1} with all that it says; nothing was written.", "", ""},
    {"{0} ស្ថិតនៅ {1} ជាមួយខ្លឹមសារទាំងអស់រួចហើយ មិនមានអ្វីត្រូវសរសេរទេ។", "", ""}},
[SMK_SAY_NOT_SUBMITTED] = {"wrong_state",
    {"{0} is a draft that has not been submitted.", NOTHING, "'samaki submit {0}' comes first."},
    {"{0} ជាសេចក្តីព្រាងដែលមិនទាន់បានដាក់ស្នើ។", NOTHING_KM, "ត្រូវ 'samaki submit {0}' ជាមុន។"}},
[SMK_SAY_NOT_PUBLISHED] = {"not_published",
    {"{0} has no published text of its own: {1} is seen where it stands.", NOTHING, "'samaki docs' shows who sees which type."},
    {"{0} គ្មានអត្ថបទផ្សព្វផ្សាយដាច់ដោយឡែកទេ៖ {1} ត្រូវបានឃើញនៅកន្លែងដែលវាស្ថិតនៅ។", NOTHING_KM, "'samaki docs' បង្ហាញថានរណាអាចឃើញប្រភេទណា។"}},
[SMK_SAY_REFERS_TO_DRAFT] = {"refers_to_draft",
    {"Mind that {0} names {1}, which is still a draft: nobody else sees that.", "", ""},
    {"សូមចំណាំ៖ {0} សំដៅលើ {1} ដែលនៅជាសេចក្តីព្រាង៖ អ្នកដទៃមិនឃើញវាទេ។", "", ""}},
[SMK_SAY_WHOLE_TEXT] = {"snapshot",
    {"The whole text of {0} stands in {1} now. {2}.", "", ""},
    {"អត្ថបទទាំងមូលនៃ {0} ស្ថិតនៅ {1} ឥឡូវនេះ។ {2}។", "", ""}},
[SMK_SAY_SUBMITTED_ONLY] = {"wrong_state",
    {"{0} is no draft of yours, and nothing is submitted of a document of its type.", NOTHING, "'samaki act' lists what can be done with it."},
    {"{0} មិនមែនជាសេចក្តីព្រាងរបស់អ្នកទេ ហើយប្រភេទនេះគ្មានការដាក់ស្នើទេ។", NOTHING_KM, "'samaki act' បង្ហាញអ្វីដែលអាចធ្វើបាន។"}},
[SMK_SAY_NO_PLACE] = {"unknown_place",
    {"No place is called '{0}'.", "",
     "Check the spelling and what it lies in; a code of 2, 4 or 6 digits names a province, a district or a commune."},
    {"គ្មានទីកន្លែងណាឈ្មោះ '{0}' ទេ។", "",
     "សូមពិនិត្យអក្ខរាវិរុទ្ធ និងតំបន់ដែលវាស្ថិតនៅ។ លេខកូដ ២ ៤ ឬ ៦ ខ្ទង់ តំណាងខេត្ត ស្រុក ឬឃុំ។"}},
[SMK_SAY_SEVERAL_PLACES] = {"ambiguous_place",
    {"{0} places may be meant by '{1}'.", "",
     "Say which: by its code, with --in PLACE, or by its kind, such as 'district NAME'."},
    {"'{1}' អាចជាទីកន្លែង {0}។", "", "សូមបញ្ជាក់៖ តាមលេខកូដ ដោយ --in ទីកន្លែង ឬតាមប្រភេទ ដូចជា 'ស្រុក ឈ្មោះ'។"}},
[SMK_SAY_NEAR_PLACE] = {"near_place",
    {"No place is spelt quite so: this is the nearest.", "", ""},
    {"គ្មានទីកន្លែងសរសេរដូច្នេះពិតប្រាកដទេ៖ នេះជាឈ្មោះជិតបំផុត។", "", ""}},
[SMK_SAY_TOOK_PLACE] = {"near_place",
    {"No place is spelt '{0}': this is about the nearest, {1}.", "", ""},
    {"គ្មានទីកន្លែងសរសេរថា '{0}' ទេ៖ នេះគឺអំពីឈ្មោះជិតបំផុត {1}។", "", ""}},
[SMK_SAY_WIDEST_PLACE] = {"widest_place",
    {"Places of several levels are called '{0}': this is about {1} and all below it.", "", ""},
    {"ទីកន្លែងច្រើនថ្នាក់មានឈ្មោះ '{0}'៖ នេះគឺអំពី {1} និងអ្វីៗទាំងអស់នៅក្រោមវា។", "", ""}},
[SMK_SAY_WHICH_PLACE] = {"ambiguous_place",
    {"{0} places may be meant by '{1}': {2}.", "", "Say which: by its code, or by its kind, such as 'district NAME'."},
    {"'{1}' អាចជាទីកន្លែង {0}៖ {2}។", "", "សូមបញ្ជាក់៖ តាមលេខកូដ ឬតាមប្រភេទ ដូចជា 'ស្រុក ឈ្មោះ'។"}},
[SMK_SAY_NO_HIT] = {"no_hit",
    {"No document here has all of these words.", "", ""},
    {"គ្មានឯកសារណានៅទីនេះមានពាក្យទាំងអស់នេះទេ។", "", ""}},
[SMK_SAY_NO_SUCH] = {"no_hit",
    {"There is nothing of that kind here.", "", ""},
    {"គ្មានអ្វីប្រភេទនោះនៅទីនេះទេ។", "", ""}},
[SMK_SAY_EMPTY] = {"empty",
    {"There is nothing here yet.", "", ""},
    {"មិនទាន់មានអ្វីនៅទីនេះទេ។", "", ""}},
[SMK_SAY_PLACE_INSTEAD] = {"place",
    {"'{0}' may be the place {1}: 'samaki list --place {2}' shows what concerns it.", "", ""},
    {"'{0}' អាចជាទីកន្លែង {1}៖ 'samaki list --place {2}' បង្ហាញអ្វីដែលទាក់ទងនឹងវា។", "", ""}},
[SMK_SAY_UNKNOWN_WORD] = {"unknown_word",
    {"No document here has '{1}' for {0}.", "", "'samaki docs' shows the types, 'samaki docs TYPE' the words for their fields."},
    {"គ្មានឯកសារណានៅទីនេះមាន '{1}' សម្រាប់ {0} ទេ។", "", "'samaki docs' បង្ហាញប្រភេទ 'samaki docs TYPE' បង្ហាញពាក្យសម្រាប់ព័ត៌មានរបស់វា។"}},
[SMK_SAY_NEAR_WORD] = {"unknown_word",
    {"No document here has '{1}' for {0}.", "", "Did you mean '{2}'?"},
    {"គ្មានឯកសារណានៅទីនេះមាន '{1}' សម្រាប់ {0} ទេ។", "", "តើអ្នកចង់និយាយថា '{2}' មែនទេ?"}},
[SMK_SAY_ASK_HELP] = {"help",
    {"Enter goes on and keeps what stands behind '='.  -  takes it back.  <  goes back.  .  goes to the end.  ?  this help.  Ctrl-C stops; what was entered is kept.", "", ""},
    {"Enter បន្តទៅមុខ ហើយរក្សាអ្វីដែលនៅក្រោយ '='។  -  ដកវិញ។  <  ថយក្រោយ។  .  ទៅចុងបញ្ចប់។  ?  ជំនួយនេះ។  Ctrl-C ឈប់ អ្វីដែលបានបញ្ចូលត្រូវបានរក្សាទុក។", "", ""}},
[SMK_SAY_ASK_FILE] = {"file", {"The path of the file", "", ""}, {"ទីតាំងឯកសារក្នុងម៉ាស៊ីន", "", ""}},
[SMK_SAY_ASK_ITEMS] = {"items",
    {"One item a line; Enter alone goes on. '2: text' replaces the second, '-2' takes it out.", "", ""},
    {"មួយចំណុចមួយបន្ទាត់ Enter តែឯងបន្តទៅមុខ។ '2: អត្ថបទ' ជំនួសចំណុចទីពីរ '-2' ដកវាចេញ។", "", ""}},
[SMK_SAY_ASK_GROUPS] = {"groups",
    {"'+' adds one, '2' changes the second, '-2' takes it out; Enter alone goes on.", "", ""},
    {"'+' បន្ថែមមួយ '2' កែទីពីរ '-2' ដកវាចេញ Enter តែឯងបន្តទៅមុខ។", "", ""}},
[SMK_SAY_ASK_PAIRS] = {"pairs",
    {"One answer a line: NAME=TEXT; Enter alone goes on. 'NAME=' takes it out.", "", ""},
    {"មួយចម្លើយមួយបន្ទាត់៖ ឈ្មោះ=អត្ថបទ Enter តែឯងបន្តទៅមុខ។ 'ឈ្មោះ=' ដកវាចេញ។", "", ""}},
[SMK_SAY_ASK_END] = {"end",
    {"Enter writes it; a number corrects that field; q stops and keeps it.", "", ""},
    {"Enter សរសេរវា លេខកែព័ត៌មាននោះ q ឈប់ ហើយរក្សាទុក។", "", ""}},
[SMK_SAY_ASK_END_DRAFT] = {"end",
    {"Enter writes it; a number corrects that field; d keeps it as a draft that only your organisation sees; q stops and keeps it.", "", ""},
    {"Enter សរសេរវា លេខកែព័ត៌មាននោះ d រក្សាទុកជាសេចក្តីព្រាងដែលមានតែអង្គការរបស់អ្នកឃើញ q ឈប់ ហើយរក្សាទុក។", "", ""}},
[SMK_SAY_ASK_TAKE_UP] = {"take_up",
    {"You stopped on {0} with {1} answers. Enter takes them up, n throws them away.", "", ""},
    {"អ្នកបានឈប់នៅ {0} ដោយមាន {1} ចម្លើយ។ Enter យកវាមកបន្ត n បោះបង់វា។", "", ""}},
[SMK_SAY_LINE_TOO_LONG] = {"too_long",
    {"That line is too long to take. Write it into a file and use --file.", "", ""},
    {"បន្ទាត់នោះវែងពេក។ សូមសរសេរវាក្នុងឯកសារ ហើយប្រើ --file។", "", ""}},
[SMK_SAY_CANNOT_KEEP] = {"cannot_keep",
    {"  ! What you enter cannot be kept on the disk (is it full?): do not stop before it is written.", "", ""},
    {"  ! អ្វីដែលអ្នកបញ្ចូលមិនអាចរក្សាទុកលើថាសបានទេ (ថាសពេញ?)៖ សូមកុំឈប់មុនពេលសរសេររួច។", "", ""}},
[SMK_SAY_KEPT_CHANGES] = {"kept",
    {"Nothing was written; your {0} answers are kept. 'samaki edit {1}' goes on with them.", "", ""},
    {"មិនមានអ្វីត្រូវបានសរសេរទេ ចម្លើយទាំង {0} របស់អ្នកត្រូវបានរក្សាទុក។ 'samaki edit {1}' បន្តជាមួយវា។", "", ""}},
[SMK_SAY_KEPT_NEW] = {"kept",
    {"Nothing was written; your {0} answers are kept. 'samaki new {1}' goes on with them.", "", ""},
    {"មិនមានអ្វីត្រូវបានសរសេរទេ ចម្លើយទាំង {0} របស់អ្នកត្រូវបានរក្សាទុក។ 'samaki new {1}' បន្តជាមួយវា។", "", ""}},
[SMK_SAY_DATED] = {"dated",
    {"dated {0}, entered {1}", "", ""}, {"ចុះថ្ងៃទី {0} បញ្ចូលនៅ {1}", "", ""}},
[SMK_SAY_ENTERED] = {"entered", {"entered {0}", "", ""}, {"បញ្ចូលនៅ {0}", "", ""}},
[SMK_SAY_COUNTS_NOT] = {"counts_not", {"does not count: {0}", "", ""}, {"មិនរាប់បញ្ចូល៖ {0}", "", ""}},
[SMK_SAY_EARLIER_TEXT] = {"earlier_version", {"of an earlier version", "", ""}, {"អំពីកំណែមុន", "", ""}},
[SMK_SAY_UNCHECKED_TEXT] = {"text_not_checked",
    {"text not checked here", "", ""}, {"អត្ថបទមិនបានផ្ទៀងផ្ទាត់នៅទីនេះ", "", ""}},
[SMK_SAY_ITS_TEXT] = {"text", {"What it says", "", ""}, {"ខ្លឹមសាររបស់វា", "", ""}},
[SMK_SAY_CONCURRENT] = {"concurrent",
    {"Written at the same time, by people who had not seen each other's text: both stay until one is chosen", "", ""},
    {"សរសេរក្នុងពេលតែមួយ ដោយអ្នកដែលមិនបានឃើញអត្ថបទគ្នាទៅវិញទៅមក៖ ទាំងពីរនៅរហូតដល់ជ្រើសមួយ", "", ""}},
[SMK_SAY_EDITS] = {"edits", {"Edits", "", ""}, {"ការកែ", "", ""}},
[SMK_SAY_ACTS] = {"acts", {"Acts", "", ""}, {"សកម្មភាព", "", ""}},
[SMK_SAY_DID] = {"did", {"did {0}", "", ""}, {"បានធ្វើ {0}", "", ""}},
[SMK_SAY_WROTE] = {"wrote", {"wrote {0}", "", ""}, {"បានសរសេរ {0}", "", ""}},
[SMK_SAY_MAY_NOT] = {"may_not",
    {"The office {0} may not do that: {1}.", NOTHING, ""}, {"តំណែង {0} មិនអាចធ្វើបានទេ៖ {1}។", NOTHING_KM, ""}},
[SMK_SAY_NONE_MAY] = {"none_may",
    {"None of this device's offices may do that: {1}.", NOTHING, ""}, {"គ្មានតំណែងណាលើឧបករណ៍នេះអាចធ្វើបានទេ៖ {1}។", NOTHING_KM, ""}},
[SMK_SAY_NOT_HELD] = {"wrong_office",
    {"This device does not hold that office.", NOTHING, "'samaki roster' shows which offices it holds."},
    {"ឧបករណ៍នេះមិនកាន់តំណែងនោះទេ។", NOTHING_KM, "'samaki roster' បង្ហាញតំណែងដែលវាកាន់។"}},
[SMK_SAY_NO_CERTIFICATE] = {"no_certificate",
    {"This device belongs to no organisation here.", NOTHING, "Join the coalition with an invitation first."},
    {"ឧបករណ៍នេះមិនមែនជារបស់អង្គការណានៅទីនេះទេ។", NOTHING_KM, "សូមចូលរួមសម្ព័ន្ធដោយលិខិតអញ្ជើញជាមុន។"}},
[SMK_SAY_SEVERAL_MAY] = {"ambiguous_office",
    {"Several offices of this device may do that: {0}.", NOTHING, "Say as which one: --as OFFICE."},
    {"តំណែងច្រើនលើឧបករណ៍នេះអាចធ្វើបាន៖ {0}។", NOTHING_KM, "សូមបញ្ជាក់តំណែងមួយ៖ --as តំណែង។"}},
[SMK_SAY_NOT_HERE] = {"wrong_scope",
    {"It belongs into {0}, which this device does not hold.", NOTHING, "Have it written on a node that holds it."},
    {"វាត្រូវនៅ {0} ដែលឧបករណ៍នេះមិនមាន។", NOTHING_KM, "សូមឱ្យម៉ាស៊ីនដែលមានវាសរសេរ។"}},
[SMK_SAY_OTHER_HALF] = {"half",
    {"It counts once the other attestor has named the same text and page.", "", ""},
    {"វានឹងរាប់បញ្ចូល នៅពេលអ្នកបញ្ជាក់ម្នាក់ទៀតបានបញ្ជាក់អត្ថបទ និងទំព័រដដែល។", "", ""}},
[SMK_SAY_YES] = {"yes",
    {"Yes: {0} may {1} {2}.", "", ""}, {"បាន៖ {0} អាចធ្វើ {1} លើ {2}។", "", ""}},
[SMK_SAY_NO] = {"no",
    {"No: {0} may not {1} {2}.", "", ""}, {"មិនបាន៖ {0} មិនអាចធ្វើ {1} លើ {2} ទេ។", "", ""}},
[SMK_SAY_BECAUSE] = {"because", {"  Why: {0} ({1}).", "", ""}, {"  មូលហេតុ៖ {0} ({1})។", "", ""}},
[SMK_SAY_NEEDED] = {"needed", {"  Needed: {0}", "", ""}, {"  ត្រូវការ៖ {0}", "", ""}},
[SMK_SAY_NOBODY] = {"unknown_who",
    {"'{0}' is no office, no organisation and no device of this coalition.", "",
     "'samaki roster' shows them; a device is named by at least 8 digits of its key, this one is 'me'."},
    {"'{0}' មិនមែនជាតំណែង អង្គការ ឬឧបករណ៍នៃសម្ព័ន្ធនេះទេ។", "",
     "'samaki roster' បង្ហាញទាំងអស់។ ឧបករណ៍ហៅតាមលេខកូនសោយ៉ាងតិច 8 ខ្ទង់ ឧបករណ៍នេះហៅថា 'me'។"}},
[SMK_SAY_SEVERAL_DEVICES] = {"ambiguous_device",
    {"Several devices begin with '{0}'.", "", "Use more digits: 'samaki device --json' shows whole keys."},
    {"ឧបករណ៍ច្រើនចាប់ផ្តើមដោយ '{0}'។", "", "សូមប្រើខ្ទង់ច្រើនជាងនេះ៖ 'samaki device --json' បង្ហាញកូនសោទាំងមូល។"}},
[SMK_SAY_NO_OFFICE] = {"no_office",
    {"'{0}' has no office, so it can do nothing.", "", "Offices are made by the secretariat: 'samaki office add'."},
    {"'{0}' គ្មានតំណែង ដូច្នេះមិនអាចធ្វើអ្វីបានទេ។", "", "តំណែងបង្កើតដោយលេខាធិការដ្ឋាន៖ 'samaki office add'។"}},
};
/* clang-format on */

const struct smk_message_row *smk_message_row(enum smk_message message)
{
    return &rows[message];
}

enum smk_khmer smk_message_khmer(enum smk_message message)
{
    switch (message) { /* one that a native reader has seen gets a case of its own */
    default: return SMK_KHMER_UNREVIEWED;
    }
}

/* Appends what fits, whole letters only; false when something did not. */
static bool append(struct smk_bytes text, char *ret_text, size_t room, size_t *len)
{
    size_t taken = smk_cluster_fit(text, room - 1 - *len, SIZE_MAX);
    if (taken > 0)
        memcpy(ret_text + *len, text.data, taken);
    *len += taken;
    return taken == text.len;
}

void smk_message_fill(const char *sentence, const struct smk_about *about, char *ret_text, size_t room)
{
    size_t len = 0;
    bool fits = true;
    while (fits && *sentence != '\0') {
        const char *place = sentence;
        while (*place != '\0' &&
               !(place[0] == '{' && place[1] >= '0' && place[1] < '0' + SMK_MESSAGE_PARTS && place[2] == '}'))
            place++;
        fits = append((struct smk_bytes){(const uint8_t *)sentence, (size_t)(place - sentence)}, ret_text,
                      room, &len);
        if (*place == '\0')
            break;
        const char *part = about != NULL ? about->part[place[1] - '0'] : NULL;
        fits = fits && (part == NULL || append(smk_bytes_of_text(part), ret_text, room, &len));
        sentence = place + 3;
    }
    ret_text[len] = '\0';
}

void smk_message_write(const struct smk_cli *cli, enum smk_message message, const struct smk_about *about,
                       char *ret_text, size_t room)
{
    bool is_khmer = cli->language == SMK_KHMER;
    smk_message_fill(is_khmer ? rows[message].km.what : rows[message].en.what, about, ret_text, room);
}

void smk_tell(struct smk_cli *cli, enum smk_message message, const struct smk_about *about)
{
    char text[SMK_SENTENCE_BYTES_MAX];
    smk_message_write(cli, message, about, text, sizeof text);
    smk_cli_say(cli, "%s", text);
}

static void refuse_json(struct smk_cli *cli, const char *error, const struct smk_sentences *en,
                        const struct smk_sentences *km, enum smk_khmer khmer)
{
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s}", "error", error, "what", en->what, "safe", en->safe, "do", en->todo);
    if (cli->about_file != NULL)
        (void)json_object_set_new(object, "file", smk_json_text(smk_bytes_of_text(cli->about_file)));
    if (cli->language == SMK_KHMER) {
        (void)json_object_set_new(object, "what_km", json_string(km->what));
        (void)json_object_set_new(object, "safe_km", json_string(km->safe));
        (void)json_object_set_new(object, "do_km", json_string(km->todo));
        (void)json_object_set_new(object, "khmer", json_string(smk_khmer_word(khmer)));
    }
    smk_cli_json(cli, object);
}

enum smk_exit smk_refuse_with(struct smk_cli *cli, enum smk_exit code, const char *error,
                              const struct smk_sentences *en, const struct smk_sentences *km,
                              enum smk_khmer khmer)
{
    if (smk_json_has_lost()) /* what was typed was not read as a whole: nothing can be said about it */
        return smk_cli_fail_err(cli, SMK_ERR_NOMEM, "reading what was typed");
    if (cli->is_json) {
        refuse_json(cli, error, en, km, khmer);
        return code;
    }
    if (cli->language == SMK_KHMER)
        (void)smk_cli_fail(cli, code, error, km->what, km->safe, km->todo);
    return smk_cli_fail(cli, code, error, en->what, en->safe, en->todo);
}

enum smk_exit smk_refuse(struct smk_cli *cli, enum smk_exit code, enum smk_message message,
                         const struct smk_about *about)
{
    const struct smk_sentences *from[2] = {&rows[message].en, &rows[message].km};
    char text[2][3][SMK_SENTENCE_BYTES_MAX];
    struct smk_sentences to[2];
    for (size_t i = 0; i < 2; i++) {
        smk_message_fill(from[i]->what, about, text[i][0], sizeof text[i][0]);
        smk_message_fill(from[i]->safe, about, text[i][1], sizeof text[i][1]);
        smk_message_fill(from[i]->todo, about, text[i][2], sizeof text[i][2]);
        to[i] = (struct smk_sentences){text[i][0], text[i][1], text[i][2]};
    }
    return smk_refuse_with(cli, code, rows[message].code, &to[0], &to[1], smk_message_khmer(message));
}
