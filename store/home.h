/* store/home.h: the folder of one node: store, keys, lock, poke.
 *
 * Shape    HOME/store/data.mdb, HOME/lock, HOME/device.key, HOME/root.key (founder only), HOME/run/poke,
 *          HOME/run/listen (address of the running daemon), HOME/samakid.conf. Folders 0700, files 0600.
 * Source   SCHEMA.md, "The home".
 * Memory   smk_home owns what it opened.   Secrets  identity and root keys; wiped by smk_home_close.
 * Threads  one at a time; the store inside is shared as store.h says.
 */
#ifndef SMK_STORE_HOME_H
#define SMK_STORE_HOME_H

#include "store/store.h"

enum { SMK_HOME_PATH_MAX = 4096 };

struct smk_home {
    char path[SMK_HOME_PATH_MAX];
    int lock_fd; /* shared lock on HOME/lock; -1 when none is held */
    bool has_identity;
    struct smk_identity identity;                    /* SECRET */
    size_t root_key_count;                           /* 0 unless root.key is here */
    struct smk_sign_key root_key[SMK_ROOT_KEYS_MAX]; /* SECRET */
    struct smk_store *store;                         /* NULL before there is one */
};

/* Joins HOME and name; false when it would be too long. */
SMK_MUST_USE bool smk_home_join(const char *home, const char *name, char ret_path[SMK_HOME_PATH_MAX]);

/* Makes the folder (and store/, run/) if missing and draws device keys if there are none; takes the shared lock.
 * Leaves store NULL. ret_home is to be closed.
 * OK
 * SMK_ERR_KEY_FILE     device.key is damaged, of another owner or open to others
 * SMK_ERR_STORE_BUSY   compaction or restore holds the lock
 * SMK_ERR_STORE_FULL, SMK_ERR_IO, SMK_ERR_CRYPTO, SMK_ERR_NOMEM */
SMK_MUST_USE enum smk_err smk_home_prepare(const char *path, struct smk_home *ret_home);

/* Opens a home with its store. Keys that are missing leave has_identity false (copies for audits have none).
 * OK, SMK_ERR_STORE_MISSING (no store here: `init` or `join` first), SMK_ERR_KEY_FILE, SMK_ERR_STORE_BUSY, SMK_ERR_IO,
 * every error of smk_store_open */
SMK_MUST_USE enum smk_err smk_home_open(const char *path, struct smk_home *ret_home);
/* The same with the lock for this program alone: nobody else has the home open until it is closed.
 * OK, SMK_ERR_STORE_BUSY (somebody has it open), every other error of smk_home_open */
SMK_MUST_USE enum smk_err smk_home_open_alone(const char *path, struct smk_home *ret_home);
void smk_home_close(struct smk_home *h); /* works on a zeroed object */

/* Founds a coalition here: draws the root key (HOME/root.key), writes genesis and store, decides organisation,
 * offices and this device.
 *
 * offices   of the founding organisation, which this device will hold
 * OK, SMK_ERR_EXISTS, SMK_ERR_INVALID, SMK_ERR_IO (the path is too long), every error of smk_store_create and
 * smk_store_decide */
SMK_MUST_USE enum smk_err smk_home_found(struct smk_home *h, const char *coalition_name,
                                         const char *time_zone, const struct smk_organisation *organisation,
                                         const struct smk_office *offices, size_t office_count);

/* Tells a running daemon of this home that something was committed (one datagram to HOME/run/poke). Nobody listening
 * is no error. */
void smk_home_poke(const struct smk_home *h);

/* Random bytes from the operating system. */
void smk_random(void *ret_bytes, size_t len);
/* Wall clock, ms since 1970. */
uint64_t smk_wall_ms(void);

#endif
