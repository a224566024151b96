#include "tests/sim/wiretap.h"

#include "proto/channel.h"
#include "proto/message.h"
#include "proto/span.h"
#include "tests/sim/world.h"

enum smk_err __real_smk_channel_send(struct smk_channel *c, uint8_t type, struct smk_bytes body,
                                     struct smk_buf *line);
enum smk_err __wrap_smk_channel_send(struct smk_channel *c, uint8_t type, struct smk_bytes body,
                                     struct smk_buf *line);

static struct {
    struct world *w;
    const struct line *line;
    unsigned side;
} tap;

void wiretap_begin(struct world *w, const struct line *l, unsigned side)
{
    tap.w = w;
    tap.line = l;
    tap.side = side;
}

void wiretap_end(void)
{
    tap.w = NULL;
}

/* The scope of a message, false when it has none or nobody of the world hears it. */
static bool scope_said(struct smk_bytes span, struct smk_scope *ret_scope)
{
    return tap.line->side[1 - tap.side].node != NULL && smk_scope_parse(smk_span_str(span), ret_scope);
}

/* By some decision that was ever made. */
static void check_ever(const char *what, struct smk_bytes scope)
{
    const struct node *from = tap.line->side[tap.side].node, *to = tap.line->side[1 - tap.side].node;
    struct smk_scope said;
    if (scope_said(scope, &said) && !government_gives(&tap.w->government, to->index, &said))
        world_fail(tap.w, "node %zu says %s of %s to node %zu, which no decision gives that scope",
                   from->index, what, said.text, to->index);
}

/* And by what the sender knows at this moment. scope: the span of one. */
static void check_scope(const char *what, struct smk_bytes scope)
{
    const struct node *from = tap.line->side[tap.side].node, *to = tap.line->side[1 - tap.side].node;
    struct smk_scope said;
    if (scope_said(scope, &said) && said.kind != SMK_SCOPE_GOV &&
        !smk_roster_holds(disk_roster(&from->disk), to->device.sign.public_key, &said))
        world_fail(tap.w,
                   "node %zu says %s of %s to node %zu, which does not hold it by what node %zu knows now",
                   from->index, what, said.text, to->index, from->index);
    check_ever(what, scope);
}

static void check_roots(struct smk_bytes body)
{
    struct smk_span_iter it = smk_span_each(smk_span_item(body, 1));
    struct smk_bytes entry;
    while (smk_span_next(&it, NULL, &entry))
        check_scope("a root", smk_span_item(entry, 0));
}

static void listen(uint8_t type, struct smk_bytes body)
{
    switch (type) {
    case SMK_MESSAGE_ROOTS: check_roots(body); break;
    case SMK_MESSAGE_TREE: check_scope("heads", smk_span_item(body, 0)); break;
    case SMK_MESSAGE_WANT: check_scope("what it wants", smk_span_item(body, 0)); break;
    case SMK_MESSAGE_LACK: /* also says that a scope is not shared any more, to whoever asked for it */
        check_ever("what cannot be given", smk_span_item(body, 0));
        break;
    case SMK_MESSAGE_RECORDS: check_scope("records", smk_span_item(body, 1)); break;
    default: break;
    }
}

enum smk_err __wrap_smk_channel_send(struct smk_channel *c, uint8_t type, struct smk_bytes body,
                                     struct smk_buf *line)
{
    if (tap.w != NULL && node_is_honest(tap.line->side[tap.side].node))
        listen(type, body);
    return __real_smk_channel_send(c, type, body, line);
}
