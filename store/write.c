#include "proto/mem.h"
#include "store/inside.h"

#include <string.h>

static enum smk_err decisions_add(struct smk_store *s, const struct smk_draft *drafts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (drafts[i].type != SMK_RECORD_DECISION)
            continue;
        enum smk_err err = smk_roster_add(s->roster, drafts[i].payload);
        if (err != SMK_OK)
            return err == SMK_ERR_NOMEM || err == SMK_ERR_TOO_BIG_HERE ? err : SMK_ERR_INVALID;
    }
    return SMK_OK;
}

static enum smk_err own_write_all(struct smk_own *o, const struct smk_draft *drafts, size_t count,
                                  uint8_t (*ret_ids)[SMK_ID_BYTES])
{
    for (size_t i = 0; i < count; i++) {
        enum smk_err err = smk_own_write(o, &drafts[i], ret_ids[i]);
        if (err != SMK_OK)
            return err;
    }
    return smk_own_finish(o);
}

enum smk_err smk_write_drafts(struct smk_store *s, struct smk_txn *t, const struct smk_identity *identity,
                              const struct smk_draft *drafts, size_t count, uint8_t (*ret_ids)[SMK_ID_BYTES])
{
    SMK_CLEANUP(smk_own_deinit) struct smk_own own = {0};
    /* A founder's device is known by the decisions that it is about to write. Any other writes them under the
     * certificate that it has: what they change holds from the next write on. */
    bool is_known = smk_roster_device(s->roster, identity->sign.public_key) != NULL;
    enum smk_err err = is_known ? smk_own_begin(&own, s, t, identity) : SMK_OK;
    if (err == SMK_OK)
        err = decisions_add(s, drafts, count);
    if (err == SMK_OK && !is_known)
        err = smk_own_begin(&own, s, t, identity);
    return err == SMK_OK ? own_write_all(&own, drafts, count, ret_ids) : err;
}

struct writing {
    const struct smk_identity *identity;
    const struct smk_draft *drafts;
    size_t count;
    uint8_t (*ids)[SMK_ID_BYTES];
};

static enum smk_err write_run(struct smk_store *s, struct smk_txn *t, void *ctx)
{
    struct writing *w = ctx;
    return smk_write_drafts(s, t, w->identity, w->drafts, w->count, w->ids);
}

enum smk_err smk_store_write(struct smk_store *s, const struct smk_identity *identity,
                             const struct smk_draft *drafts, size_t count, uint8_t (*ret_ids)[SMK_ID_BYTES])
{
    if (count == 0)
        return SMK_OK;
    struct writing w = {.identity = identity, .drafts = drafts, .count = count};
    w.ids = smk_mem_array(count, SMK_ID_BYTES);
    if (w.ids == NULL)
        return SMK_ERR_NOMEM;
    enum smk_err err = smk_store_transact(s, write_run, &w);
    if (err == SMK_OK) /* a signature leaves only now: it is on the disk */
        memcpy(ret_ids, w.ids, count * SMK_ID_BYTES);
    smk_mem_free(w.ids);
    return err;
}
