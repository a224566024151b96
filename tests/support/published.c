#include "tests/support/published.h"

#include "proto/check.h"
#include "tests/support/path.h"

const char test_study[] =
    "{'ref' 'CS-1' 'year' 2021 'title' {'km' 'ក' 'en' 'One'} 'methods' ['phone'] 'district' '0201' "
    "'findings' [{'id' 'F-1' 'text' {'en' 'a'}}] 'lead_org' 'as' 'respondents' {'total' 30 'by_age' "
    "{'15_17' {'total' 3 'female' 1} '18_30' {'total' 7 'female' 2} '31_45' {'total' 20 'female' "
    "10}} 'female' 13}}";

static void publish(struct test_deeds *w)
{
    const struct test_step step[] = {
        {TEST_AS, "prov:02", {.office = "as-editor", .kind = "case_study", .act = "submit", .doc = 1}},
        {TEST_SEC, "prov:02", {.office = "sec-approver", .kind = "case_study", .act = "verify", .doc = 1}},
        {TEST_SEC, "pub", *TEST_EDIT("sec-approver", "case_study", 1, test_study)},
    };
    for (size_t i = 0; i < sizeof step / sizeof step[0]; i++) {
        enum smk_reason asked;
        (void)test_path_force(w, &step[i], &asked);
        SMK_ASSERT(asked == SMK_REASON_COUNTS);
    }
}

void test_published_init(struct test_deeds *w)
{
    test_deeds_init(w);
    struct test_run *as = test_deeds_log(w, TEST_AS, "prov:02"), *pub = test_deeds_log(w, TEST_SEC, "pub");
    test_deed(as, TEST_EDIT("as-editor", "case_study", 1, test_study));
    test_deed(as,
              TEST_EDIT("as-editor", "case_study", 2, "{'ref' 'CS-2' 'district' '0202' 'lead_org' 'as'}"));
    publish(w);
    test_deed(pub,
              TEST_EDIT("sec-editor", "event", 3,
                        "{'ref' 'EV-1' 'area' '0201' 'kind' 'other' 'title' {'en' 'a'} 'materials' [$4 $6] "
                        "'participants' "
                        "{'total' 20 'female' 4}}"));
    test_deed(pub, TEST_EDIT("sec-editor", "event", 8,
                             "{'ref' 'EV-2' 'area' '0201' 'kind' 'other' 'title' {'en' 'b'} 'participants' "
                             "{'total' 50 'female' "
                             "20}}"));
    test_deed(pub, TEST_EDIT("sec-editor", "attachment", 4,
                             "{'ref' 'AT-1' 'subject' $3 'visibility' 'coalition'}"));
    test_deed(pub,
              TEST_EDIT("sec-editor", "attachment", 6, "{'ref' 'AT-2' 'subject' $3 'visibility' 'public'}"));
}
