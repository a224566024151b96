#include "proto/check.h"
#include "proto/mem.h"
#include "store/govern.h"
#include "store/home.h"
#include "store/inside.h"

#include <string.h>
#include <unistd.h>

/* Founding a coalition: root key, genesis, store, the first decisions. */

static bool text_fits(const char *text, size_t size, char *ret_text)
{
    size_t len = strlen(text);
    if (len < 1 || len >= size)
        return false;
    memcpy(ret_text, text, len + 1);
    return true;
}

static void keys_sort(struct smk_genesis *g)
{
    for (size_t i = 1; i < g->key_count; i++)
        for (size_t k = i; k > 0 && memcmp(g->key[k - 1], g->key[k], SMK_KEY_BYTES) > 0; k--) {
            uint8_t swap[SMK_KEY_BYTES];
            memcpy(swap, g->key[k], sizeof swap);
            memcpy(g->key[k], g->key[k - 1], sizeof swap);
            memcpy(g->key[k - 1], swap, sizeof swap);
        }
}

static enum smk_err genesis_make(const struct smk_home *h, const char *name, const char *time_zone,
                                 struct smk_buf *ret_bytes)
{
    struct smk_genesis g = {.key_count = h->root_key_count, .k = h->root_key_count / 2 + 1}, decoded;
    if (!text_fits(name, sizeof g.name, g.name) || !text_fits(time_zone, sizeof g.time_zone, g.time_zone))
        return SMK_ERR_INVALID;
    smk_random(g.nonce, sizeof g.nonce);
    for (size_t i = 0; i < g.key_count; i++)
        memcpy(g.key[i], h->root_key[i].public_key, SMK_KEY_BYTES);
    keys_sort(&g);
    smk_genesis_encode(&g, ret_bytes);
    if (ret_bytes->err != SMK_OK)
        return ret_bytes->err == SMK_ERR_NOMEM ? SMK_ERR_NOMEM : SMK_ERR_INVALID;
    enum smk_err err = smk_genesis_decode(smk_buf_view(ret_bytes), &decoded);
    return err == SMK_OK || err == SMK_ERR_NOMEM ? err : SMK_ERR_INVALID;
}

static enum smk_err first_decisions(struct smk_home *h, const struct smk_organisation *organisation,
                                    const struct smk_office *offices, size_t office_count)
{
    size_t count = 1 + office_count + 1, written = 0;
    struct smk_decision *d = smk_mem_array(count, sizeof *d);
    if (d == NULL)
        return SMK_ERR_NOMEM;
    struct smk_device device = {.org = organisation->slug, .office_count = office_count};
    memcpy(device.sign_key, h->identity.sign.public_key, SMK_KEY_BYTES);
    memcpy(device.transport_key, h->identity.transport.public_key, SMK_KEY_BYTES);
    memcpy(device.box_key, h->identity.box.public_key, SMK_KEY_BYTES);
    d[0].kind = SMK_DECIDE_ORGANISATION;
    d[0].organisation = *organisation;
    for (size_t i = 0; i < office_count; i++) {
        d[1 + i].kind = SMK_DECIDE_OFFICE;
        d[1 + i].office = offices[i];
        d[1 + i].office.org = organisation->slug;
        device.office[i] = offices[i].slug;
    }
    d[count - 1].kind = SMK_DECIDE_DEVICE;
    d[count - 1].device = device;
    enum smk_err err =
        smk_store_decide(h->store, &h->identity, h->root_key, h->root_key_count, d, count, &written);
    smk_mem_free(d);
    return err;
}

static bool knows_root(const struct smk_home *h, struct smk_bytes genesis)
{
    struct smk_genesis g;
    struct smk_root root = {h->root_key, h->root_key_count};
    return smk_genesis_decode(genesis, &g) == SMK_OK && smk_root_can_decide(root, &g);
}

static void store_remove(struct smk_home *h)
{
    static const char *const files[] = {"store/data.mdb", "store/lock.mdb"};
    smk_store_close(h->store);
    h->store = NULL;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[SMK_HOME_PATH_MAX];
        if (smk_home_join(h->path, files[i], path))
            (void)unlink(path); /* what stays is found at the next attempt */
    }
}

/* A founding that was cut short has left a store of our own root key without a single record: it makes room.
 * OK when there is no store now. */
static enum smk_err remains_clear(struct smk_home *h)
{
    struct smk_txn t;
    enum smk_err err = smk_home_open_store(h);
    if (err == SMK_ERR_STORE_MISSING)
        return SMK_OK;
    if (err != SMK_OK)
        return err;
    smk_txn_begin_read(&t, h->store->db);
    uint64_t arrival = smk_txn_last_arrival(&t);
    err = smk_txn_end(&t);
    if (err == SMK_OK && (arrival > 0 || !knows_root(h, smk_store_genesis(h->store))))
        err = SMK_ERR_EXISTS;
    if (err == SMK_OK) {
        store_remove(h);
    } else {
        smk_store_close(h->store);
        h->store = NULL;
    }
    return err;
}

enum smk_err smk_home_found(struct smk_home *h, const char *coalition_name, const char *time_zone,
                            const struct smk_organisation *organisation, const struct smk_office *offices,
                            size_t office_count)
{
    SMK_CLEANUP(smk_buf_deinit) struct smk_buf genesis = {.max = SMK_GENESIS_BYTES_MAX};
    char path[SMK_HOME_PATH_MAX];
    SMK_ASSERT(h->has_identity);
    if (office_count > SMK_OFFICES_PER_DEVICE_MAX)
        return SMK_ERR_INVALID;
    if (h->store != NULL)
        return SMK_ERR_EXISTS;
    if (!smk_home_join(h->path, "store", path))
        return SMK_ERR_IO;
    enum smk_err err = remains_clear(h);
    if (err == SMK_OK)
        err = smk_home_draw_root(h);
    if (err == SMK_OK)
        err = genesis_make(h, coalition_name, time_zone, &genesis);
    if (err == SMK_OK)
        err = smk_store_create(path, smk_buf_view(&genesis));
    if (err != SMK_OK)
        return err;
    err = smk_home_open_store(h);
    if (err == SMK_OK)
        err = first_decisions(h, organisation, offices, office_count);
    if (err != SMK_OK)
        store_remove(h);
    return err;
}
