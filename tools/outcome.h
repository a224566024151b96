/* tools/outcome.h: how one session went, told to people and as JSON.
 *
 * Source   README.md in this folder, `sync`.   Memory  JSON is GIVEN.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_OUTCOME_H
#define SMK_TOOLS_OUTCOME_H

#include "tools/cli.h"
#include "tools/link.h"

struct smk_outcome {
    enum smk_reach reach;
    const char *address;
    struct smk_slug peer_org; /* "" while unknown */
    struct smk_link_result result;
};

/* Reaches address and talks until the session is over, as initiator; looks up who it was.
 * cli                  with --json each acknowledgement is printed there as it comes; NULL = not
 * expected_transport   zeros = any device of the roster
 * OK                   see ret_outcome, which smk_link_result_deinit releases
 * SMK_ERR_NOMEM, SMK_ERR_STORE_* */
SMK_MUST_USE enum smk_err smk_outcome_sync(struct smk_cli *cli, struct smk_home *home, const char *address,
                                           const uint8_t expected_transport[SMK_KEY_BYTES],
                                           struct smk_outcome *ret_outcome);

/* True when both hold the same and ended in good order. */
bool smk_outcome_is_good(const struct smk_outcome *outcome);
/* One sentence: why it was not good; "" when it was. */
const char *smk_outcome_reason(const struct smk_outcome *outcome);
enum smk_exit smk_outcome_exit(const struct smk_outcome *outcome);

/* What came and went, and one of the words: same, not compared. */
void smk_outcome_say(struct smk_cli *cli, const struct smk_outcome *outcome);
json_t *smk_outcome_json(const struct smk_outcome *outcome); /* GIVES */
/* For people only: what went wrong, what is safe, what to do. Returns smk_outcome_exit. */
enum smk_exit smk_outcome_fail(struct smk_cli *cli, const struct smk_outcome *outcome);

#endif
