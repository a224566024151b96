/* proto/lists.h: the ascending lists and short texts inside headers, opens, decisions, genesis and invitations.
 *
 * Shape    msgpack arrays whose elements rise strictly, so that one set has one form; texts without a zero byte.
 * Source   PROTOCOL.md sections 4.1, 4.4, 5.1, 5.2, 5.6.   Memory  copies.   Secrets  none.   Threads  pure.
 */
#ifndef SMK_PROTO_LISTS_H
#define SMK_PROTO_LISTS_H

#include "proto/canon.h"
#include "proto/scope.h"

/* An array of at most max values of 32 bytes (hashes, ids, keys), strictly ascending. ret_list has room for max.
 * OK, SMK_ERR_MALFORMED (peer fault) */
SMK_MUST_USE enum smk_err smk_list_read_hashes(struct smk_value array, uint8_t (*ret_list)[SMK_HASH_BYTES],
                                               size_t max, size_t *ret_count);
/* The same of slugs.
 * OK, SMK_ERR_MALFORMED (peer fault) */
SMK_MUST_USE enum smk_err smk_list_read_slugs(struct smk_value array, struct smk_slug *ret_list, size_t max,
                                              size_t *ret_count);

/* Appends an array of count values of 32 bytes, which must rise strictly. */
void smk_list_pack_hashes(struct smk_buf *b, const uint8_t (*list)[SMK_HASH_BYTES], size_t count);

/* Copies 1..max bytes and a zero into ret_text (max + 1 bytes); false for other lengths and for a zero inside. */
SMK_MUST_USE bool smk_text_copy(struct smk_bytes text, char *ret_text, size_t max);

#endif
