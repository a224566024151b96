#include "tools/when.h"

#include "proto/bounds.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The zone that coalitions have unless they choose another: known here even where no zone database is installed. */
static const char default_zone[] = "Asia/Phnom_Penh";
static const char default_rule[] = "<+07>-7";

static bool is_shown_in_utc;

bool smk_when_is_zone_name(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > 64 || !isalpha((unsigned char)name[0]) || strstr(name, "//") != NULL)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)name[i]) && strchr("/_+-", name[i]) == NULL)
            return false;
    return name[len - 1] != '/';
}

static bool is_in_database(const char *name)
{
    char path[512];
    const char *folder = getenv("TZDIR");
    int len = snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : "/usr/share/zoneinfo", name);
    return len > 0 && (size_t)len < sizeof path && access(path, R_OK) == 0;
}

bool smk_when_has_zone(const char *name)
{
    return strcmp(name, default_zone) == 0 || strcmp(name, "UTC") == 0 ||
           (smk_when_is_zone_name(name) && is_in_database(name));
}

void smk_when_use_zone(const char *name)
{
    char rule[72];
    is_shown_in_utc = strcmp(name, "UTC") == 0 || !smk_when_has_zone(name);
    if (is_shown_in_utc)
        (void)snprintf(rule, sizeof rule, "UTC0");
    else if (!is_in_database(name))
        (void)snprintf(rule, sizeof rule, "%s", default_rule);
    else
        (void)snprintf(rule, sizeof rule, ":%s", name);
    (void)setenv("TZ", rule, 1);
    tzset();
}

/* False for an instant that no calendar of people reaches. */
static bool is_local(uint64_t wall_ms, struct tm *ret_local)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    return wall_ms <= SMK_WALL_MS_MAX && localtime_r(&seconds, ret_local) != NULL &&
           ret_local->tm_year < 8100;
}

const char *smk_when_shown(uint64_t wall_ms, struct smk_when *ret_when)
{
    struct tm local;
    if (wall_ms == 0)
        (void)snprintf(ret_when->text, sizeof ret_when->text, "never");
    else if (!is_local(wall_ms, &local) ||
             strftime(ret_when->text, sizeof ret_when->text,
                      is_shown_in_utc ? "%Y-%m-%d %H:%M UTC" : "%Y-%m-%d %H:%M", &local) == 0)
        (void)snprintf(ret_when->text, sizeof ret_when->text, "an impossible time");
    return ret_when->text;
}

json_t *smk_when_json(uint64_t wall_ms)
{
    struct tm local;
    char day[32];
    if (wall_ms == 0 || !is_local(wall_ms, &local) ||
        strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &local) == 0)
        return json_null();
    long minutes = local.tm_gmtoff / 60;
    char sign = minutes < 0 ? '-' : '+';
    minutes = labs(minutes);
    return json_sprintf("%s.%03u%c%02ld:%02ld", day, (unsigned)(wall_ms % 1000), sign, minutes / 60,
                        minutes % 60);
}
