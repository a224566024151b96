/* Writes into a home what a newer version of Samaki might write: an edit with a type or fields that this one does not know.
 *
 *   newer_node HOME OFFICE SCOPE KIND DOC FIELDS
 *
 * DOC is a document's id in hex, FIELDS are in the notation of tests/support/notation.h. The edit has seen what its own log
 * holds. Prints the id of the record. */
#include "proto/hash.h"
#include "proto/payload.h"
#include "store/home.h"
#include "tests/support/notation.h"

#include <stdio.h>
#include <string.h>

static int write_edit(struct smk_home *home, const struct smk_scope *scope, const struct smk_edit *edit)
{
    uint8_t id[1][SMK_ID_BYTES];
    char hex[2 * SMK_ID_BYTES + 1];
    struct smk_buf payload = {.max = SMK_PAYLOAD_BYTES_MAX};
    smk_edit_encode(edit, &payload);
    struct smk_draft draft = {.scope = *scope, .type = SMK_RECORD_EDIT, .payload = smk_buf_view(&payload)};
    enum smk_err err =
        payload.err == SMK_OK ? smk_store_write(home->store, &home->identity, &draft, 1, id) : payload.err;
    smk_buf_deinit(&payload);
    if (err != SMK_OK) {
        (void)fprintf(stderr, "newer_node: %s\n", smk_err_text(err));
        return 1;
    }
    smk_hex_format(SMK_BYTES(id[0]), hex);
    (void)puts(hex);
    return 0;
}

int main(int argc, char **argv)
{
    struct smk_home home;
    struct smk_scope scope;
    struct smk_edit edit = {0};
    struct smk_buf fields = {.max = SMK_PAYLOAD_BYTES_MAX};
    if (argc != 7 || !smk_scope_parse(smk_bytes_of_text(argv[3]), &scope) ||
        !smk_hex_parse(argv[5], edit.doc, sizeof edit.doc)) {
        (void)fprintf(stderr, "usage: newer_node HOME OFFICE SCOPE KIND DOC FIELDS\n");
        return 2;
    }
    edit.office = smk_bytes_of_text(argv[2]);
    edit.kind = smk_bytes_of_text(argv[4]);
    test_pack(&fields, argv[6], NULL);
    edit.fields = smk_buf_view(&fields);
    enum smk_err err = smk_crypto_start();
    if (err == SMK_OK)
        err = smk_home_open(argv[1], &home);
    if (err != SMK_OK) {
        (void)fprintf(stderr, "newer_node: %s\n", smk_err_text(err));
        return 1;
    }
    int code = write_edit(&home, &scope, &edit);
    smk_home_close(&home);
    smk_buf_deinit(&fields);
    return code;
}
