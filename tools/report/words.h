/* tools/report/words.h: the words of reports that no label of a field or vocabulary has, in two languages.
 *
 * Shape    {0} and {1} stand for numbers.
 * Source   ours; no Khmer reader has reviewed them.
 * Memory   static.   Secrets  none.   Threads  any.
 */
#ifndef SMK_TOOLS_REPORT_WORDS_H
#define SMK_TOOLS_REPORT_WORDS_H

#include "proto/labels.h"

/* Words of columns that hold numbers begin with N_. */
#define SMK_WORD_MAP(X)                                                                                 \
    X(NONE, "", "")                                                                                     \
    X(N_NUMBER, "No.", "ល.រ")                                                                           \
    X(RECOMMENDATION, "Recommendation", "អនុសាសន៍")                                                       \
    X(RESPONSIBLE, "Responsible", "អ្នកទទួលខុសត្រូវ")                                                        \
    X(PERIOD, "Period", "រយៈពេល")                                                                       \
    X(INDICATOR, "Indicator", "សូចនាករ")                                                                 \
    X(DECISION, "Decision", "សេចក្តីសម្រេច")                                                               \
    X(LIST_FOR_SIGNATURE, "Joint list of recommendations", "បញ្ជីអនុសាសន៍រួម")                               \
    X(SIGNATURES, "Signatures of the parties", "ហត្ថលេខារបស់ភាគី")                                         \
    X(SIGNER_NAME, "Name", "ឈ្មោះ")                                                                      \
    X(SIGNER_POSITION, "Position", "មុខតំណែង")                                                            \
    X(SIGNED_ON, "Date", "ថ្ងៃទី")                                                                        \
    X(STAMP, "Signature and stamp", "ហត្ថលេខា និងត្រា")                                                    \
    X(TODAY_LINE, "Done at ........................, on ........................",                      \
      "ធ្វើនៅ ........................ ថ្ងៃទី ........................")                                   \
    X(RECORD, "Record", "លេខសម្គាល់ឯកសារ")                                                                \
    X(VERSION, "Version", "កំណែ")                                                                        \
    X(TEXT_HASH, "Fingerprint of the text", "ស្នាមសម្គាល់អត្ថបទ")                                           \
    X(PAGE, "Page", "ទំព័រ")                                                                              \
    X(STATUS, "Status", "ស្ថានភាព")                                                                      \
    X(DISTRICT, "District", "ស្រុក")                                                                      \
    X(PLACE, "Place", "ទីកន្លែង")                                                                         \
    X(ENDORSED_ON, "Endorsed", "បានឯកភាព")                                                              \
    X(ACCEPTED_ON, "Accepted", "បានទទួលយក")                                                              \
    X(EARLIER_TEXT, "an earlier version of the text", "កំណែមុននៃអត្ថបទ")                                   \
    X(SEVERAL_VALUES, "{0} fields have several values at once. Settle them before anybody signs.",      \
      "មាន {0} ចំណុចដែលមានតម្លៃច្រើនក្នុងពេលតែមួយ។ សូមដោះស្រាយជាមុន មុនពេលចុះហត្ថលេខា។")                             \
    X(NOT_HERE, "not here", "មិនមាននៅទីនេះ")                                                              \
    X(NOT_WHOLE, "A part of the text is not here: not for signature.",                                  \
      "អត្ថបទមិនទាន់គ្រប់គ្រាន់នៅទីនេះទេ៖ មិនអាចចុះហត្ថលេខាបាន។")                                                  \
    X(IN_ENGLISH, "in English only", "មានតែភាសាអង់គ្លេស")                                                 \
    X(IN_KHMER, "in Khmer only", "មានតែភាសាខ្មែរ")                                                       \
    X(FINDINGS, "Findings", "លទ្ធផលរកឃើញ")                                                               \
    X(RESPONDENTS, "Respondents", "អ្នកផ្តល់សម្ភាសន៍")                                                       \
    X(ATTACHMENTS, "Attachments", "ឯកសារភ្ជាប់")                                                          \
    X(N_TOTAL, "Total", "សរុប")                                                                          \
    X(N_WOMEN, "Women", "ស្រី")                                                                           \
    X(SEX_RECORDED, "Sex recorded", "ការកត់ត្រាភេទ")                                                      \
    X(OF_WITH_SEX, "{0} of {1} with sex recorded", "បានកត់ត្រាភេទ {0} ក្នុងចំណោម {1} នាក់")                   \
    X(SEX_UNKNOWN, "sex not recorded", "មិនបានកត់ត្រាភេទ")                                                 \
    X(UNKNOWN, "not known", "មិនដឹង")                                                                     \
    X(WITHOUT_NUMBER, "{0} of {1} without a number of persons", "{0} ក្នុងចំណោម {1} គ្មានចំនួនមនុស្ស")          \
    X(N_ROWS_HERE, "Rows here", "ជួរនៅទីនេះ")                                                             \
    X(N_NOT_SHARED, "Not shared", "មិនបានចែករំលែក")                                                       \
    X(NOT_SHARED, "not shared", "មិនបានចែករំលែក")                                                         \
    X(NO_ROWS, "No row of an interview is here: its organisation keeps them. Only tallies are shared.", \
      "គ្មានជួរសម្ភាសន៍នៅទីនេះទេ៖ អង្គការម្ចាស់រក្សាទុក។ មានតែចំនួនសរុបប៉ុណ្ណោះដែលចែករំលែក។")                            \
    X(TALLIES, "Tables of what was counted", "តារាងចំនួន")                                                \
    X(WHAT_IS_HERE, "What is here", "អ្វីដែលមាននៅទីនេះ")                                                   \
    X(N_COUNT, "Number", "ចំនួន")                                                                         \
    X(REMARK, "Remark", "កំណត់សម្គាល់")                                                                     \
    X(WHAT, "What", "ប្រភេទ")                                                                            \
    X(KIND, "Kind", "ប្រភេទ")                                                                            \
    X(BY_DISTRICT, "Respondents by district", "អ្នកផ្តល់សម្ភាសន៍តាមស្រុក")                                     \
    X(CELLS, "By district, kind of respondent, sex, age and disability, as far as rows are here",       \
      "តាមស្រុក ប្រភេទអ្នកផ្តល់សម្ភាសន៍ ភេទ អាយុ និងពិការភាព តាមជួរដែលមាននៅទីនេះ")                                   \
    X(SEX, "Sex", "ភេទ")                                                                                \
    X(AGE, "Age", "អាយុ")                                                                                \
    X(DISABILITY, "Disability", "ពិការភាព")                                                              \
    X(SUM, "Sum", "សរុប")                                                                                \
    X(SIGNED_WAYS, "{0} signed, {1} attested", "ចុះហត្ថលេខា {0} បញ្ជាក់ {1}")                               \
    X(MATRIX, "Recommendations and where they stand", "អនុសាសន៍ និងស្ថានភាព")                               \
    X(N_PLANNED, "Planned", "គ្រោងទុក")                                                                   \
    X(N_UNDERWAY, "In progress", "កំពុងអនុវត្ត")                                                            \
    X(N_DONE, "Done", "បានបញ្ចប់")                                                                        \
    X(N_STALLED, "Stalled", "ផ្អាក")                                                                     \
    X(N_DROPPED, "Dropped", "បោះបង់")                                                                    \
    X(N_REPORTED, "Reported", "បានរាយការណ៍")                                                             \
    X(N_DEFERRED, "Deferred", "ពន្យារពេល")                                                               \
    X(N_REFERRED, "Referred up", "បញ្ជូនទៅថ្នាក់លើ")                                                        \
    X(N_REFUSED, "Not accepted", "មិនទទួលយក")                                                             \
    X(Q_DOCUMENTS, "{0} in all.", "សរុប {0}។")                                                           \
    X(N_WITHOUT_REPORT, "No report yet", "មិនទាន់មានរបាយការណ៍")                                            \
    X(NO_REPORT, "no report yet", "មិនទាន់មានរបាយការណ៍")                                                   \
    X(NO_DECISION, "not decided yet", "មិនទាន់សម្រេច")                                                     \
    X(PROGRESS, "Progress", "វឌ្ឍនភាព")                                                                  \
    X(N_PERCENT, "%", "%")                                                                              \
    X(REPORTED, "Reported", "បានរាយការណ៍")                                                               \
    X(CHECKED, "Verified", "បានផ្ទៀងផ្ទាត់")                                                               \
    X(IS_VERIFIED, "✓ verified", "✓ បានផ្ទៀងផ្ទាត់")                                                       \
    X(IS_DISPUTED, "✗ disputed", "✗ មានការជំទាស់")                                                        \
    X(NOT_CHECKED, "not verified", "មិនទាន់ផ្ទៀងផ្ទាត់")                                                     \
    X(N_VERIFIED, "Verified", "បានផ្ទៀងផ្ទាត់")                                                            \
    X(N_DISPUTED, "Disputed", "មានការជំទាស់")                                                             \
    X(N_UNCHECKED, "Not verified", "មិនទាន់ផ្ទៀងផ្ទាត់")                                                     \
    X(RANKS, "Ranked lists", "បញ្ជីអាទិភាព")                                                               \
    X(N_RANK, "Rank", "ចំណាត់ថ្នាក់")                                                                       \
    X(N_VOTES, "Votes", "សំឡេង")                                                                         \
    X(METHOD, "Method", "វិធី")                                                                           \
    X(MEETING, "Meeting", "កិច្ចប្រជុំ")                                                                     \
    X(ACCEPTANCE, "Acceptance by mechanism", "ការទទួលយកតាមយន្តការ")                                       \
    X(MECHANISM, "Mechanism", "យន្តការ")                                                                 \
    X(N_RECOMMENDATIONS, "Recommendations", "អនុសាសន៍")                                                   \
    X(N_DECIDED, "Decided", "បានសម្រេច")                                                                 \
    X(N_ACCEPTED, "Accepted", "ទទួលយក")                                                                  \
    X(N_CHANGED, "With changes", "មានកែសម្រួល")                                                           \
    X(N_RATE, "Rate", "អត្រា")                                                                           \
    X(RATE_IS, "Rate: accepted, with or without changes, of those decided.",                            \
      "អត្រា៖ ដែលទទួលយក ទោះមានឬគ្មានកែសម្រួល ក្នុងចំណោមដែលបានសម្រេច។")                                           \
    X(PROGRESS_REPORT, "Progress reported against verified", "វឌ្ឍនភាពដែលបានរាយការណ៍ ធៀបនឹងការផ្ទៀងផ្ទាត់")   \
    X(REPORTED_BY, "Reported by", "រាយការណ៍ដោយ")                                                         \
    X(ON_BEHALF, "on behalf of", "តាងនាមឱ្យ")                                                            \
    X(DATE, "Date", "កាលបរិច្ឆេទ")                                                                        \
    X(PARTICIPANTS, "Participants by event and sex", "អ្នកចូលរួមតាមព្រឹត្តិការណ៍ និងភេទ")                        \
    X(EVENTS, "Events", "ព្រឹត្តិការណ៍")                                                                     \
    X(MEETINGS, "Meetings", "កិច្ចប្រជុំ")                                                                   \
    X(TITLE, "Title", "ចំណងជើង")                                                                         \
    X(QUALITY, "What is missing in the data", "អ្វីដែលខ្វះក្នុងទិន្នន័យ")                                       \
    X(Q_NO_SEX, "Persons without sex", "មនុស្សដែលមិនបានកត់ត្រាភេទ")                                          \
    X(Q_NO_NUMBER, "No number of persons", "គ្មានចំនួនមនុស្ស")                                               \
    X(Q_NO_PLACE, "No place, or one that is not known", "គ្មានទីកន្លែង ឬទីកន្លែងមិនស្គាល់")                     \
    X(Q_NO_DATE, "No date", "គ្មានកាលបរិច្ឆេទ")                                                            \
    X(Q_OVERDUE, "Overdue", "ហួសកាលកំណត់")                                                                 \
    X(Q_NO_REPORT, "Accepted, but nobody has reported", "បានទទួលយក តែគ្មាននរណារាយការណ៍")                   \
    X(Q_SEVERAL, "Several values at once", "មានតម្លៃច្រើនក្នុងពេលតែមួយ")                                     \
    X(NOTHING_MISSING, "Nothing.", "គ្មានទេ។")                                                           \
    X(DUE, "Due", "កាលកំណត់")                                                                             \
    X(DOCUMENT, "Document", "ឯកសារ")                                                                    \
    X(N_HOW_MANY, "How many", "ប៉ុន្មាន")                                                                  \
    X(AS_OF, "As of", "គិតត្រឹម")                                                                          \
    X(NEWEST, "Newest record", "កំណត់ត្រាថ្មីបំផុត")                                                           \
    X(NOT_COUNTING, "{0} edits and acts are here and do not count.",                                    \
      "មាន {0} ការកែ និងសកម្មភាព ដែលមិនត្រូវបានរាប់។")                                                        \
    X(NOTHING, "There is nothing of this here.", "គ្មានអ្វីនៅទីនេះទេ។")                                     \
    X(SUMS_DIFFER, "The case studies that are here count {0}, this report says {1}.",                   \
      "ករណីសិក្សាដែលមាននៅទីនេះរាប់បាន {0} តែរបាយការណ៍នេះថា {1}។")                                             \
    X(STUDIES_HERE, "{0} of {1} case studies are here.", "មានករណីសិក្សា {0} ក្នុងចំណោម {1} នៅទីនេះ។")

enum smk_word {
#define X(name, en, km) SMK_WORD_##name,
    SMK_WORD_MAP(X)
#undef X
        SMK_WORD_COUNT
};
const char *smk_word_text(enum smk_word word, enum smk_language language);
bool smk_word_is_number(enum smk_word word); /* of a column that holds numbers */

#endif
