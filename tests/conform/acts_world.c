/* The coalition of the cases: its devices, their logs, and what each of them sees. */
#include "tests/conform/acts.h"

#include "proto/check.h"
#include "store/home.h"
#include "tools/import_govern.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AN_HOUR_MS = 3600 * 1000 };

bool acts_fail(struct acts *a, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(a->why, sizeof a->why, format, arguments); /* a long one is cut */
    va_end(arguments);
    return false;
}

/* ---- devices ---- */

static struct acts_device *new_device(struct acts *a, const struct smk_slug *org)
{
    SMK_ASSERT(a->device_count < ACTS_DEVICES_MAX);
    struct acts_device *d = &a->device[a->device_count];
    *d = (struct acts_device){.org = *org};
    test_device_init(&d->key, 1000 + a->device_count++);
    return d;
}

static void certify(struct acts *a, struct acts_device *d)
{
    struct smk_decision decision = test_device(&d->key, d->org.text, "");
    decision.device.office_count = d->office_count;
    memcpy(decision.device.office, d->office, d->office_count * sizeof d->office[0]);
    test_decide(&a->coalition, &decision, d->key.decision);
}

static bool is_auditor(const struct acts *a, const struct acts_device *d)
{
    const struct smk_office *first = smk_roster_office(a->coalition.roster, d->office[0].text);
    return strcmp(first->role.text, "auditor") == 0;
}

/* A device with an auditor's office holds no other. */
static void seat_office(struct acts *a, const struct smk_office *office)
{
    bool is_audit = strcmp(office->role.text, "auditor") == 0;
    struct acts_device *d = NULL;
    for (size_t i = 0; i < a->device_count && d == NULL; i++)
        if (strcmp(a->device[i].org.text, office->org.text) == 0 &&
            is_auditor(a, &a->device[i]) == is_audit &&
            a->device[i].office_count < SMK_OFFICES_PER_DEVICE_MAX)
            d = &a->device[i];
    if (d == NULL)
        d = new_device(a, &office->org);
    size_t at = d->office_count++; /* a decision has them in order */
    for (; at > 0 && strcmp(d->office[at - 1].text, office->slug.text) > 0; at--)
        d->office[at] = d->office[at - 1];
    d->office[at] = office->slug;
}

bool acts_world_found(struct acts *a)
{
    uint8_t hash[SMK_HASH_BYTES];
    struct smk_seat_flaw flaw;
    test_coalition_init(&a->coalition, 1, 1);
    a->device = smk_mem_array(ACTS_DEVICES_MAX, sizeof *a->device);
    a->log = smk_mem_array(ACTS_LOGS_MAX, sizeof(void *));
    a->time_ms = smk_wall_ms() - AN_HOUR_MS;
    if (a->device == NULL || a->log == NULL)
        return acts_fail(a, "there is no memory for it");
    for (size_t i = 0; i < json_array_size(a->set.organisations); i++) {
        struct smk_decision d = {.kind = SMK_DECIDE_ORGANISATION};
        json_t *object = json_array_get(a->set.organisations, i);
        if (!smk_import_read_organisation(object, &d.organisation, &flaw))
            return acts_fail(a, "the sample: organisation %zu: %s: %s", i + 1, flaw.field, flaw.why);
        test_decide(&a->coalition, &d, hash);
    }
    for (size_t i = 0; i < json_array_size(a->set.offices); i++) {
        struct smk_decision d = {.kind = SMK_DECIDE_OFFICE};
        if (!smk_import_read_office(json_array_get(a->set.offices, i), &d.office, &flaw))
            return acts_fail(a, "the sample: office %zu: %s: %s", i + 1, flaw.field, flaw.why);
        if (a->device_count == ACTS_DEVICES_MAX)
            return acts_fail(a, "the sample: too many organisations with offices");
        test_decide(&a->coalition, &d, hash);
        seat_office(a, &d.office);
    }
    for (size_t i = 0; i < a->device_count; i++)
        certify(a, &a->device[i]);
    return true;
}

bool acts_world_seat(struct acts *a, const char *slug, const struct smk_office *like, const char *role)
{
    uint8_t hash[SMK_HASH_BYTES];
    if (smk_roster_office(a->coalition.roster, slug) != NULL)
        return true;
    if (!smk_slug_is_valid(smk_bytes_of_text(slug)) || a->device_count == ACTS_DEVICES_MAX)
        return acts_fail(a, "no office %s can be made", slug);
    struct smk_decision d = test_office(slug, like->org.text, role, like->area);
    struct smk_slug org = like->org;
    test_decide(&a->coalition, &d, hash);
    struct acts_device *device = new_device(a, &org);
    device->office[device->office_count++] = d.office.slug;
    certify(a, device);
    a->is_stale = true;
    return true;
}

const struct smk_office *acts_office(const struct acts *a, const char *name)
{
    struct smk_slug slug;
    return name != NULL && smk_slug_lower(name, &slug) ? smk_roster_office(a->coalition.roster, slug.text)
                                                       : NULL;
}

bool acts_device_has(const struct acts *a, size_t device, const char *office)
{
    for (size_t k = 0; k < a->device[device].office_count; k++)
        if (strcmp(a->device[device].office[k].text, office) == 0)
            return true;
    return false;
}

size_t acts_device_of(const struct acts *a, const char *office)
{
    for (size_t i = 0; i < a->device_count; i++)
        if (acts_device_has(a, i, office))
            return i;
    return ACTS_NOWHERE;
}

size_t acts_device_of_organisation(const struct acts *a, const char *name)
{
    struct smk_slug slug;
    for (size_t i = 0; smk_slug_lower(name, &slug) && i < a->device_count; i++)
        if (strcmp(a->device[i].org.text, slug.text) == 0)
            return i;
    return ACTS_NOWHERE;
}

bool acts_device_holds(const struct acts *a, size_t device, const struct smk_scope *scope)
{
    return smk_roster_holds(a->coalition.roster, a->device[device].key.sign.public_key, scope);
}

/* ---- records ---- */

static void push_order(struct acts *a, const struct acts_log *log)
{
    if (a->count == a->capacity) {
        size_t wanted = a->capacity > 0 ? 2 * a->capacity : 1024;
        struct acts_record *grown = realloc(a->order, wanted * sizeof *grown);
        SMK_ASSERT(grown != NULL);
        a->order = grown;
        a->capacity = wanted;
    }
    a->order[a->count++] = (struct acts_record){log, log->run.count - 1};
    a->is_stale = true;
}

static struct acts_log *log_of(struct acts *a, size_t device, const struct smk_scope *scope)
{
    for (size_t i = 0; i < a->log_count; i++)
        if (a->log[i]->device == device && a->log[i]->is_of_case == a->is_case &&
            a->log[i]->run.count < TEST_RUN_MAX && smk_scope_is_equal(&a->log[i]->run.scope, scope))
            return a->log[i];
    SMK_ASSERT(a->log_count < ACTS_LOGS_MAX);
    struct acts_log *log = calloc(1, sizeof *log);
    SMK_ASSERT(log != NULL);
    log->device = device;
    log->is_of_case = a->is_case;
    test_run_init(&log->run, &a->coalition, &a->device[device].key, scope->text, a->log_number++);
    test_run_open(&log->run);
    a->log[a->log_count++] = log;
    push_order(a, log);
    return log;
}

static bool is_there(const struct acts *a, size_t place)
{
    return place < a->cut || place >= a->sample_count;
}

/* The newest record of the scope, unless it is of this log: each has seen the one before it, so the next one has seen them
 * all. An open names nothing that it has seen. */
static const struct smk_record *newest_in(const struct acts *a, const struct smk_scope *scope,
                                          const struct acts_log *but)
{
    for (size_t i = a->count; i-- > 0;)
        if (is_there(a, i) && a->order[i].index > 0 && smk_scope_is_equal(&a->order[i].log->run.scope, scope))
            return a->order[i].log != but ? acts_world_record(a, i) : NULL;
    return NULL;
}

size_t acts_world_write(struct acts *a, size_t device, const struct smk_scope *scope, uint64_t type,
                        struct smk_bytes payload)
{
    struct acts_log *log = log_of(a, device, scope);
    struct smk_header h = test_run_next(&log->run, type);
    const struct smk_record *seen = newest_in(a, scope, log);
    h.time = a->time_ms++ << 16;
    if (seen != NULL)
        memcpy(h.dep[h.dep_count++], seen->id, SMK_ID_BYTES);
    test_run_push(&log->run, &h, payload);
    push_order(a, log);
    return a->count - 1;
}

const struct smk_record *acts_world_record(const struct acts *a, size_t place)
{
    return &a->order[place].log->run.record[a->order[place].index];
}

const struct smk_record *acts_world_find(const struct acts *a, const uint8_t id[SMK_ID_BYTES])
{
    for (size_t i = 0; i < a->count; i++)
        if (memcmp(acts_world_record(a, i)->id, id, SMK_ID_BYTES) == 0)
            return acts_world_record(a, i);
    return NULL;
}

static void drop_logs(struct acts *a, bool all)
{
    size_t kept = 0;
    for (size_t i = 0; i < a->log_count; i++) {
        if (!all && !a->log[i]->is_of_case) {
            a->log[kept++] = a->log[i];
            continue;
        }
        test_run_deinit(&a->log[i]->run);
        free(a->log[i]);
    }
    a->log_count = kept;
}

void acts_world_begin_case(struct acts *a, size_t cut)
{
    a->count = a->sample_count;
    drop_logs(a, false);
    a->cut = cut;
    a->is_case = true;
    a->is_stale = true;
}

struct smk_fold *acts_world_fold(const struct acts *a, size_t device, const struct smk_scope *also,
                                 bool is_backwards)
{
    struct smk_fold *f = NULL;
    enum smk_err err = smk_fold_new(a->coalition.roster, &f);
    for (size_t i = 0; err == SMK_OK && i < a->count; i++) {
        size_t place = is_backwards ? a->count - 1 - i : i;
        const struct smk_scope *scope = &a->order[place].log->run.scope;
        bool is_held = device == ACTS_NOWHERE || acts_device_holds(a, device, scope) ||
                       (also != NULL && smk_scope_is_equal(scope, also));
        if (is_there(a, place) && is_held)
            err = smk_fold_add(f, acts_world_record(a, place));
    }
    if (err == SMK_OK)
        err = smk_fold_finish(f);
    SMK_ASSERT(err == SMK_OK);
    return f;
}

struct smk_fold *acts_fold(struct acts *a)
{
    if (a->is_stale || a->fold == NULL) {
        smk_fold_free(a->fold);
        a->fold = acts_world_fold(a, ACTS_NOWHERE, NULL, false);
        a->is_stale = false;
    }
    return a->fold;
}

void acts_world_deinit(struct acts *a)
{
    smk_fold_free(a->fold);
    drop_logs(a, true);
    free(a->order);
    smk_mem_free(a->log);
    smk_mem_free(a->device);
    if (a->coalition.roster != NULL)
        test_coalition_deinit(&a->coalition);
}
