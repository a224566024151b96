#include "store/files/instant.h"

#include "store/files/number.h"

#include <stdio.h>

enum { DAYS_1900_TO_1970 = 25569, MS_A_DAY = 86400000 };

const char *smk_instant_spell(uint64_t wall_ms, struct smk_instant *ret_instant)
{
    struct smk_number number;
    struct smk_day day;
    uint64_t days = wall_ms / MS_A_DAY, ms = wall_ms % MS_A_DAY;
    (void)snprintf(number.text, sizeof number.text, "%llu", (unsigned long long)(days + DAYS_1900_TO_1970));
    if (!smk_day_of_number(&number, false, (struct smk_form){.parts = SMK_FORM_YEAR | SMK_FORM_DAY}, &day))
        day = (struct smk_day){"9999-12-31"}; /* a time that nobody can have meant */
    (void)snprintf(ret_instant->text, sizeof ret_instant->text, "%.10sT%02u:%02u:%02u.%03uZ", day.text,
                   (unsigned)(ms / 3600000), (unsigned)(ms / 60000 % 60), (unsigned)(ms / 1000 % 60),
                   (unsigned)(ms % 1000));
    return ret_instant->text;
}
