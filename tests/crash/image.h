/* tests/crash/image.h: whether what a power cut has left is what was promised.
 *
 * Memory   none kept.   Secrets  those of the home.   Threads  one.
 */
#ifndef SMK_TESTS_CRASH_IMAGE_H
#define SMK_TESTS_CRASH_IMAGE_H

#include "tests/crash/record.h"
#include "tests/support/indexes.h"

struct crash_image {
    const char *home;                   /* path of the home in the image */
    const struct crash_promise *kept;   /* the newest promise before the cut; NULL = none yet */
    const struct crash_promise *coming; /* the one that was to follow; NULL = none */
    const uint8_t *key;                 /* of the device, once it was promised; else NULL */
    bool is_lived_on;                   /* go on with it as well: write, open again, audit */
    struct test_index_found found;      /* set by the judge: of the index */
};

enum crash_verdict {
    CRASH_VERDICT_GOOD,
    CRASH_VERDICT_LOST, /* it opens, and something promised is not there */
    CRASH_VERDICT_BROKEN, /* it does not open, or is not sound, or its index is another one than it would be if made anew */
};
/* ret_why   static, or the text of an error */
enum crash_verdict crash_image_judge(struct crash_image *image, const char **ret_why);

#endif
