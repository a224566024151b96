/* tools/show.h: organisations, offices and devices, for people and as JSON.
 *
 * Source   README.md in this folder gives the fields.
 * Memory   JSON objects are GIVEN.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_SHOW_H
#define SMK_TOOLS_SHOW_H

#include "tools/cli.h"
#include "tools/text.h"

/* "1 record", "2 records". Returns ret_count->text. */
struct smk_count {
    char text[48];
};
const char *smk_show_count(uint64_t count, const char *noun, struct smk_count *ret_count);

/* 8 groups of 4 hex digits, to be compared by voice. */
struct smk_fingerprint {
    char text[40];
};
const char *smk_show_fingerprint(const uint8_t key[SMK_KEY_BYTES], struct smk_fingerprint *ret_fingerprint);

/* The English text, else the Khmer one, fit for a terminal. Returns ret_shown->text. */
const char *smk_show_name(const struct smk_bilingual *name, struct smk_shown *ret_shown);
/* Words in a row, "a, b, c"; "-" when there are none. Returns ret_shown->text. */
const char *smk_show_slugs(const struct smk_slug *slugs, size_t count, struct smk_shown *ret_shown);
json_t *smk_show_slugs_json(const struct smk_slug *slugs, size_t count);

void smk_show_organisation(struct smk_cli *cli, const struct smk_organisation *organisation);
json_t *smk_show_organisation_json(const struct smk_organisation *organisation);
void smk_show_office(struct smk_cli *cli, const struct smk_office *office);
json_t *smk_show_office_json(const struct smk_office *office);
void smk_show_device(struct smk_cli *cli, const struct smk_device *device, bool is_this);
json_t *smk_show_device_json(const struct smk_device *device, bool is_this);

/* The scopes that a device holds by the rules, such as "gov", "prov:02", "dm:02*", "org:ctod"; "prov:*" and "dm:*"
 * stand for all of them. An array of strings. GIVES. */
json_t *smk_show_holds_json(struct smk_roster *roster, const uint8_t sign_key[SMK_KEY_BYTES]);

#endif
