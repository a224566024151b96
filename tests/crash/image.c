#include "tests/crash/image.h"

#include "store/audit.h"
#include "tests/support/builders.h"
#include "tests/support/stores.h"

#include <stdio.h>
#include <string.h>

static enum crash_verdict broken(enum smk_err err, const char **ret_why)
{
    *ret_why = smk_err_text(err);
    return CRASH_VERDICT_BROKEN;
}

static void count_finding(void *ctx, const struct smk_finding *finding)
{
    (void)fprintf(stderr, "    audit: %s\n", finding->what);
    ++*(uint64_t *)ctx;
}

/* The node goes on with what it has: it writes, and everything is there when it comes back. */
static enum crash_verdict live_on(struct smk_home *h, const struct crash_state *found, const char **ret_why)
{
    char store[SMK_HOME_PATH_MAX];
    struct crash_state after;
    struct smk_audit_counts counts;
    uint64_t findings = 0;
    enum smk_err err = test_put(h, "pub", 2);
    if (err != SMK_OK)
        return broken(err, ret_why);
    test_home_reopen(h);
    err = crash_state_read(h, true, &after);
    if (err != SMK_OK)
        return broken(err, ret_why);
    if (after.records < found->records + 2 || !smk_home_join(h->path, "store", store)) {
        *ret_why = "what was written after the cut is not there";
        return CRASH_VERDICT_LOST;
    }
    smk_home_close(h);
    err = smk_store_audit(store, count_finding, &findings, &counts);
    if (err != SMK_OK)
        return broken(err, ret_why);
    *ret_why = "the audit found something";
    return findings == 0 ? CRASH_VERDICT_GOOD : CRASH_VERDICT_BROKEN;
}

/* Nothing but keys was promised: what was begun can be done again. */
static enum crash_verdict found_again(const struct crash_image *image, struct smk_home *h,
                                      const char **ret_why)
{
    struct smk_decision org = test_organisation("sec", "secretariat", "");
    struct smk_decision approver = test_office("sec-approver", "sec", "secretariat_approver", "");
    char path[SMK_HOME_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s", image->home);
    smk_home_close(h);
    enum smk_err err = smk_home_prepare(path, h);
    if (err == SMK_OK && image->key != NULL &&
        memcmp(h->identity.sign.public_key, image->key, SMK_KEY_BYTES) != 0) {
        *ret_why = "the device has another key";
        return CRASH_VERDICT_LOST;
    }
    if (err == SMK_OK)
        err = smk_home_found(h, "Power", "Asia/Phnom_Penh", &org.organisation, &approver.office, 1);
    return err == SMK_OK ? CRASH_VERDICT_GOOD : broken(err, ret_why);
}

/* Brought up to date, it says what it says when it is made anew. */
static enum crash_verdict judge_index(struct crash_image *image, struct smk_home *h, const char **ret_why)
{
    bool is_same = false;
    enum smk_err err = test_index_compare(h->store, &image->found, &is_same);
    if (err != SMK_OK)
        return broken(err, ret_why);
    *ret_why = is_same ? "" : "the index that caught up is not the one that is made anew";
    return is_same ? CRASH_VERDICT_GOOD : CRASH_VERDICT_BROKEN;
}

static bool is_promised(const struct crash_promise *p, const struct crash_state *state)
{
    return p != NULL && !p->has_key && crash_state_is_equal(&p->state, state);
}

static enum crash_verdict judge_state(struct crash_image *image, struct smk_home *h, const char **ret_why)
{
    struct crash_state state;
    enum smk_err err = crash_state_read(h, true, &state);
    if (err != SMK_OK)
        return broken(err, ret_why);
    bool was_founded = image->kept != NULL && !image->kept->has_key;
    if (!was_founded && state.records == 0)
        return found_again(image, h, ret_why);
    if (!is_promised(image->kept, &state) && !is_promised(image->coming, &state)) {
        *ret_why = "what is held is neither what was promised nor what was to come next";
        return CRASH_VERDICT_LOST;
    }
    if (was_founded && h->root_key_count == 0) {
        *ret_why = "the root key is gone";
        return CRASH_VERDICT_LOST;
    }
    enum crash_verdict verdict = judge_index(image, h, ret_why);
    return image->is_lived_on && verdict == CRASH_VERDICT_GOOD ? live_on(h, &state, ret_why) : verdict;
}

static enum crash_verdict judge(struct crash_image *image, struct smk_home *h, const char **ret_why)
{
    bool was_founded = image->kept != NULL && !image->kept->has_key;
    enum smk_err err = smk_home_open(image->home, h);
    if (err == SMK_ERR_STORE_MISSING && !was_founded)
        return found_again(image, h, ret_why);
    if (err == SMK_ERR_STORE_MISSING) {
        *ret_why = smk_err_text(err);
        return CRASH_VERDICT_LOST;
    }
    if (err != SMK_OK)
        return broken(err, ret_why);
    if (image->key != NULL &&
        (!h->has_identity || memcmp(h->identity.sign.public_key, image->key, SMK_KEY_BYTES) != 0)) {
        *ret_why = "the key of the device is gone";
        return CRASH_VERDICT_LOST;
    }
    return judge_state(image, h, ret_why);
}

enum crash_verdict crash_image_judge(struct crash_image *image, const char **ret_why)
{
    struct smk_home home = {.lock_fd = -1};
    *ret_why = "";
    enum crash_verdict verdict = judge(image, &home, ret_why);
    smk_home_close(&home);
    return verdict;
}
