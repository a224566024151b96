#include "tools/donor.h"
#include "tools/text.h"

#include "proto/mem.h"

#include <string.h>

enum { RUN_RECORDS_MAX = 256, RECORD_BYTES_MAX = SMK_PAYLOAD_BYTES_MAX + 4096 };

struct donor {
    struct smk_store *store;
    struct smk_damage *wanted; /* by place */
    size_t wanted_count, wanted_capacity;
    /* Successive records of one log. */
    uint8_t *bytes[RUN_RECORDS_MAX];
    struct smk_record record[RUN_RECORDS_MAX];
    size_t count;
    enum smk_err err;
};

static void run_drop(struct donor *d)
{
    for (size_t i = 0; i < d->count; i++)
        smk_mem_free(d->bytes[i]);
    d->count = 0;
}

static void donor_free(struct donor *d)
{
    run_drop(d);
    smk_mem_free(d->wanted);
    smk_mem_free(d);
}

static void want(void *ctx, const struct smk_damage *damage)
{
    struct donor *d = ctx;
    if (d->wanted_count == d->wanted_capacity) {
        size_t capacity = d->wanted_capacity > 0 ? 2 * d->wanted_capacity : 64;
        struct smk_damage *grown = smk_mem_resize(d->wanted, capacity * sizeof *grown);
        if (grown == NULL) {
            d->err = SMK_ERR_NOMEM;
            return;
        }
        d->wanted = grown;
        d->wanted_capacity = capacity;
    }
    d->wanted[d->wanted_count++] = *damage;
}

static bool is_wanted(const struct donor *d, const struct smk_header *h)
{
    uint8_t log_id[SMK_ID_BYTES];
    smk_log_id(h->author, h->incarnation, &h->scope, log_id);
    for (size_t i = 0; i < d->wanted_count; i++)
        if (d->wanted[i].seq == h->seq && memcmp(d->wanted[i].log_id, log_id, sizeof log_id) == 0)
            return true;
    return false;
}

static bool follows(const struct donor *d, const struct smk_header *h)
{
    const struct smk_header *last = &d->record[d->count - 1].header;
    return h->seq == last->seq + 1 && memcmp(h->author, last->author, SMK_KEY_BYTES) == 0 &&
           memcmp(h->incarnation, last->incarnation, SMK_INCARNATION_BYTES) == 0 &&
           smk_scope_is_equal(&h->scope, &last->scope);
}

static void run_mend(struct donor *d)
{
    size_t mended;
    if (d->count > 0 && d->err == SMK_OK)
        d->err = smk_store_mend(d->store, d->record, d->count, &mended);
    run_drop(d);
}

/* False when the text is no record. */
static bool take_record(struct donor *d, const char *hex)
{
    struct smk_record record;
    size_t len = strlen(hex) / 2;
    uint8_t *bytes = len > 0 && len <= RECORD_BYTES_MAX ? smk_mem_new(len) : NULL;
    bool is_record = bytes != NULL && smk_hex_parse(hex, bytes, len) &&
                     smk_record_decode((struct smk_bytes){bytes, len}, &record) == SMK_OK;
    if (!is_record || !is_wanted(d, &record.header)) {
        smk_mem_free(bytes);
        return is_record;
    }
    if (d->count == RUN_RECORDS_MAX || (d->count > 0 && !follows(d, &record.header)))
        run_mend(d);
    d->bytes[d->count] = bytes;
    d->record[d->count++] = record;
    return true;
}

static bool take_line(struct donor *d, const char *text)
{
    json_t *line = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const char *hex = json_string_value(json_object_get(line, "record"));
    bool is_good = hex != NULL && take_record(d, hex);
    json_decref(line);
    return is_good;
}

static enum smk_exit fail_file(struct smk_cli *cli, const char *path)
{
    struct smk_shown shown;
    char what[1024];
    (void)snprintf(what, sizeof what, "%s is no export of a node, or ends too early.",
                   smk_text_shown(path, &shown));
    return smk_cli_fail(cli, SMK_EXIT_REFUSED, "bad_file", what,
                        "What was read before was used; nothing else was changed.",
                        "Write it with 'samaki export > FILE' on the other node, and bring the whole file.");
}

static enum smk_exit read_lines(struct smk_cli *cli, struct donor *d, FILE *file, const char *path)
{
    char *line = smk_mem_new(SMK_DONOR_LINE_BYTES_MAX);
    bool is_good = true;
    if (line == NULL)
        return smk_cli_fail_err(cli, SMK_ERR_NOMEM, "reading the export");
    while (is_good && d->err == SMK_OK && fgets(line, SMK_DONOR_LINE_BYTES_MAX, file) != NULL)
        is_good = strchr(line, '\n') != NULL && take_line(d, line);
    smk_mem_free(line);
    run_mend(d);
    if (d->err != SMK_OK)
        return smk_cli_fail_err(cli, d->err, "mending records");
    return is_good && ferror(file) == 0 ? SMK_EXIT_DONE : fail_file(cli, path);
}

enum smk_exit smk_donor_use(struct smk_cli *cli, struct smk_store *store, const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return fail_file(cli, path);
    struct donor *d = smk_mem_new(sizeof *d);
    enum smk_exit code = SMK_EXIT_DONE;
    enum smk_err err = d != NULL ? SMK_OK : SMK_ERR_NOMEM;
    if (err == SMK_OK) {
        d->store = store;
        err = smk_store_each_damaged(store, want, d);
    }
    if (err == SMK_OK)
        err = d->err;
    code = err == SMK_OK ? read_lines(cli, d, file, path) : smk_cli_fail_err(cli, err, "mending records");
    (void)fclose(file); /* only read from */
    if (d != NULL)
        donor_free(d);
    return code;
}
