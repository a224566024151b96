/* Target: the body of a decision, and the two forms in which it travels.
 * Input: faults, which (0 a body, 1 a form), then the bytes. */
#include "proto/decision.h"
#include "proto/roster.h"
#include "tests/fuzz/decoder.h"
#include "tests/support/builders.h"

#include <string.h>

static enum smk_err body_decode(struct smk_bytes bytes, void *ret_value)
{
    return smk_decision_decode(bytes, ret_value);
}

static void body_encode(const void *value, struct smk_buf *b)
{
    smk_decision_encode(value, b);
}

static const struct fuzz_decoder body = {
    sizeof(struct smk_decision), body_decode, body_encode, NULL, true, NULL};

struct form {
    struct smk_tree tree;
    struct smk_decision_form form;
};

static enum smk_err form_decode(struct smk_bytes bytes, void *ret_value)
{
    struct form *ret = ret_value, f;
    memcpy(&f, ret, sizeof f);
    enum smk_err err = smk_tree_decode(bytes, SMK_WALK_PAYLOAD, &f.tree);
    if (err != SMK_OK)
        return err;
    err = smk_decision_form_read(f.tree.root, &f.form);
    if (err != SMK_OK) {
        SMK_ASSERT(memcmp(&f.form, &ret->form, sizeof f.form) == 0); /* untouched */
        smk_tree_deinit(&f.tree);
        return err;
    }
    memcpy(ret, &f, sizeof f);
    return SMK_OK;
}

/* In the form in which it came; keys of a later version are left out. */
static void form_encode(const void *value, struct smk_buf *b)
{
    const struct form *f = value;
    if (smk_value_type(f->tree.root) == SMK_VALUE_ARRAY) {
        smk_decision_form_pack(&f->form, b);
        return;
    }
    smk_pack_map(b, 2);
    smk_pack_text(b, "body");
    smk_pack_bin(b, f->form.body);
    smk_pack_text(b, "sigs");
    smk_decision_form_pack_sigs(&f->form, b);
}

static void form_deinit(void *value)
{
    smk_tree_deinit(&((struct form *)value)->tree);
}

static const struct fuzz_decoder form = {sizeof(struct form), form_decode, form_encode,
                                         form_deinit,         true,        NULL};

void fuzz_one(struct smk_bytes input)
{
    struct smk_reader in = smk_reader_over(input);
    struct fuzz_faults faults = fuzz_faults_read(&in);
    const struct fuzz_decoder *which = fuzz_below(&in, 2) == 0 ? &body : &form;
    fuzz_decoder_check(which, faults, fuzz_rest(&in));
}

static void seed(const struct test_coalition *c, const char *name, struct smk_decision *d)
{
    static const uint8_t body_head[] = {0, 0, 0}, form_head[] = {0, 0, 1};
    struct smk_buf b = {.max = 65536};
    uint8_t hash[SMK_HASH_BYTES];
    char form_name[64] = "form-of-";
    smk_decision_encode(d, &b);
    fuzz_seed(name, SMK_BYTES(body_head), smk_buf_view(&b));
    smk_buf_reset(&b);
    test_decision_payload(c, d, &b, hash);
    memcpy(form_name + 8, name, strlen(name) + 1);
    fuzz_seed(form_name, SMK_BYTES(form_head), smk_buf_view(&b));
    smk_buf_deinit(&b);
}

void fuzz_seeds(void)
{
    struct test_coalition c;
    struct test_device device;
    uint8_t hash[SMK_HASH_BYTES] = {3};
    test_coalition_init(&c, 3, 2);
    test_device_init(&device, 1);
    struct smk_decision d = test_organisation("ctod", "member", "02 0301");
    seed(&c, "organisation", &d);
    d = test_office("ctod-editor", "ctod", "member_editor", "0201");
    test_replace(&d, hash);
    seed(&c, "office", &d);
    d = test_device(&device, "ctod", "ctod-editor ctod-approver");
    d.device.has_invitation = true;
    seed(&c, "device", &d);
    test_coalition_deinit(&c);
}
