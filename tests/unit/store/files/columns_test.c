#include "proto/policy.h"
#include "store/files/columns.h"

#include "tests/support/fault.h"
#include "tests/support/notation.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void find_type(const char *name, struct smk_table_type *ret)
{
    cr_assert(smk_table_type_find(smk_bytes_of_text(name), ret), "%s", name);
}

Test(columns, every_kind_and_every_act_is_in_one_table)
{
    struct smk_table_type type;
    size_t acts = 0;
    for (size_t i = 0; i < smk_table_type_count(); i++) {
        smk_table_type_at(i, &type);
        struct smk_table_type found;
        find_type(type.name, &found);
        cr_assert(eq(ptr, (void *)(uintptr_t)found.kind, (void *)(uintptr_t)type.kind));
        acts += type.act_count;
        cr_assert(eq(int, type.is_act, i >= smk_kind_count()));
        cr_assert(eq(str, (char *)(uintptr_t)type.field[0]->name, "ref"));
        cr_assert(eq(str, (char *)(uintptr_t)type.field[type.field_count - 1]->name, "provenance"));
    }
    size_t wanted = 0;
    for (size_t i = 0; i < smk_policy_count(); i++)
        wanted += !smk_policy_at(i)->is_edit;
    cr_assert(eq(sz, acts, wanted));
    cr_assert(not(smk_table_type_find(smk_bytes_of_text("organisation"), &type)), "a thing of governance");
    cr_assert(not(smk_table_type_find(smk_bytes_of_text("case"), &type)));
    find_type("acceptance", &type);
    cr_assert(eq(sz, type.act_count, 2));
    find_type("meeting_act", &type);
    cr_assert(eq(sz, type.act_count, 4));
}

/* What the schema alone gives: no two of one name, each read back as itself, in order. */
Test(columns, names_are_read_back_as_what_they_name)
{
    struct smk_table_type type;
    for (size_t i = 0; i < smk_table_type_count(); i++) {
        struct smk_columns c;
        smk_table_type_at(i, &type);
        cr_assert(eq(int, smk_columns_init(&c, &type), SMK_OK));
        for (size_t k = 0; k < c.count; k++) {
            struct smk_column read;
            cr_assert(smk_column_parse(&type, smk_bytes_of_text(c.at[k]->name), &read), "%s", c.at[k]->name);
            cr_assert(eq(int, smk_column_compare(&read, c.at[k]), 0), "%s", c.at[k]->name);
            cr_assert(eq(str, read.name, c.at[k]->name));
            for (size_t m = 0; m < k; m++)
                cr_assert(ne(str, c.at[m]->name, c.at[k]->name));
            if (k > 0)
                cr_assert(lt(int, smk_column_compare(c.at[k - 1], c.at[k]), 0));
        }
        smk_columns_deinit(&c);
    }
}

Test(columns, names_lead_to_parts_and_keys)
{
    static const struct {
        const char *type, *name, *field, *part, *language, *keys; /* field NULL: no column */
    } row[] = {
        {"event", "title_km", "title", NULL, "km", ""},
        {"event", "title", NULL, NULL, NULL, NULL},
        {"event", "title_fr", NULL, NULL, NULL, NULL},
        {"event", "participants.total", "participants", NULL, "", "total"},
        {"event", "participants", NULL, NULL, NULL, NULL},
        {"event", "participants.others", NULL, NULL, NULL, NULL},
        {"event", "participants.by_age.18_30", "participants", NULL, "", "by_age|18_30"},
        {"event", "participants.by_age.18_30.female", "participants", NULL, "", "by_age|18_30|female"},
        {"event", "participants.by_age.18_30.male", NULL, NULL, NULL, NULL},
        {"event", "participants.by_age", NULL, NULL, NULL, NULL},
        {"event", "participants.by_age.a.b.c", NULL, NULL, NULL, NULL},
        {"event", "participants.by_.x.total", NULL, NULL, NULL, NULL},
        {"event", "participants.by_x.60\\.5.total", "participants", NULL, "", "by_x|60.5|total"},
        {"event", "sessions.title_en", "sessions", "title", "en", ""},
        {"event", "sessions.participants.female", "sessions", "participants", "", "female"},
        {"event", "sessions", NULL, NULL, NULL, NULL},
        {"event", "sessions.nothing", NULL, NULL, NULL, NULL},
        {"event", "provenance", "provenance", NULL, "", ""},
        {"event", "provenance.date", "provenance", NULL, "", "date"},
        {"event", "kind", "kind", NULL, "", ""},
        {"event", "kind.x", NULL, NULL, NULL, NULL},
        {"event", "", NULL, NULL, NULL, NULL},
        {"event", ".", NULL, NULL, NULL, NULL},
        {"event", "kind.", NULL, NULL, NULL, NULL},
        {"event", "kind\\", NULL, NULL, NULL, NULL},
        {"interview", "answers.q1", "answers", NULL, "", "q1"},
        {"interview", "answers.សំណួរ", "answers", NULL, "", "សំណួរ"},
        {"interview", "answers", NULL, NULL, NULL, NULL},
        {"recommendation", "cost.amount", "cost", "amount", "", ""},
        {"joint_list", "version", "version", NULL, "", ""},
        {"follow_up", "status", "status", NULL, "", ""},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct smk_table_type type;
        struct smk_column c;
        char keys[256] = "";
        find_type(row[i].type, &type);
        bool is_there = smk_column_parse(&type, smk_bytes_of_text(row[i].name), &c);
        cr_assert(eq(int, is_there, row[i].field != NULL), "%s", row[i].name);
        if (!is_there)
            continue;
        for (size_t k = 0; k < c.key_count; k++)
            (void)snprintf(keys + strlen(keys), sizeof keys - strlen(keys), "%s%s", k > 0 ? "|" : "",
                           c.key[k]);
        cr_assert(eq(str, (char *)(uintptr_t)c.field->name, (char *)(uintptr_t)row[i].field));
        cr_assert(eq(int, c.part != NULL, row[i].part != NULL), "%s", row[i].name);
        cr_assert(eq(str, c.language, (char *)(uintptr_t)row[i].language));
        cr_assert(eq(str, keys, (char *)(uintptr_t)row[i].keys));
        cr_assert(eq(str, c.name, (char *)(uintptr_t)row[i].name));
    }
}

Test(columns, a_field_goes_before_a_column_about_the_record)
{
    struct smk_table_type type;
    struct smk_column c;
    find_type("follow_up", &type);
    cr_assert(smk_column_parse(&type, smk_bytes_of_text("status"), &c));
    cr_assert(eq(int, c.role, SMK_COLUMN_FIELD), "acts have no derived status");
    find_type("joint_list", &type);
    cr_assert(smk_column_parse(&type, smk_bytes_of_text("status"), &c));
    cr_assert(eq(int, c.role, SMK_COLUMN_STATUS));
    cr_assert(not(smk_column_parse(&type, smk_bytes_of_text("record"), &c)));
}

/* ---- what documents need ---- */

static enum smk_err add(struct smk_columns *c, const char *field, const char *notation)
{
    struct smk_bytes value[SMK_TYPE_FIELDS_MAX] = {0};
    struct smk_buf b = {.max = 1 << 17};
    test_pack(&b, notation, NULL);
    for (size_t i = 0; i < c->type->field_count; i++)
        if (strcmp(c->type->field[i]->name, field) == 0)
            value[i] = smk_buf_view(&b);
    enum smk_err err = smk_columns_add(c, value);
    smk_buf_deinit(&b);
    return err;
}

static void spell_columns(const struct smk_columns *c, const char *prefix, char ret_text[512])
{
    size_t len = 0;
    ret_text[0] = '\0';
    for (size_t i = 0; i < c->count; i++)
        if (strncmp(c->at[i]->name, prefix, strlen(prefix)) == 0)
            len += (size_t)snprintf(ret_text + len, 512 - len, "%s ", c->at[i]->name + strlen(prefix));
}

Test(columns, keys_are_added_once_and_in_order)
{
    struct smk_table_type type;
    struct smk_columns c;
    char text[512];
    find_type("event", &type);
    cr_assert(eq(int, smk_columns_init(&c, &type), SMK_OK));
    spell_columns(&c, "participants.", text);
    cr_assert(eq(str, text, "total female "));
    cr_assert(eq(int,
                 add(&c, "participants", "{'total' 3 'by_age' {'b' {'total' 2 'female' 1} 'a' {'total' 1}}}"),
                 SMK_OK));
    cr_assert(eq(int,
                 add(&c, "participants", "{'total' 3 'youth' 1 'by_age' {'a' {'total' 3 'female' nil}}}"),
                 SMK_OK));
    cr_assert(eq(int, add(&c, "participants", "{'total' 3 'by_kind' {'x.y' 3}}"), SMK_OK));
    spell_columns(&c, "participants.", text);
    cr_assert(eq(
        str, text,
        "total female youth by_age.a.total by_age.a.female by_age.b.total by_age.b.female by_kind.x\\.y "));
    cr_assert(eq(int, add(&c, "sessions", "[{'title' {'en' 'a'} 'participants' {'total' 1 'disability' 1}}]"),
                 SMK_OK));
    spell_columns(&c, "sessions.participants.", text);
    cr_assert(eq(str, text, "total female disability "));
    smk_columns_deinit(&c);
}

Test(columns, a_key_that_no_name_can_hold_adds_nothing)
{
    static const char *const bad[] = {
        "{'total' 1 'by_age' {'a' 0 '' 1}}",
        "{'total' 1 'by_age' {'a' 0 'line\nbreak' 1}}",
        "{'total' 1 'by_age' {'0123456789012345678901234567890123456789012345678901234567890123x' 1}}",
        "{'total' 1 'by_age' {'a' {'total' 1 'others' 1}}}",
    };
    struct smk_table_type type;
    struct smk_columns c;
    find_type("event", &type);
    cr_assert(eq(int, smk_columns_init(&c, &type), SMK_OK));
    size_t before = c.count;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert(eq(int, add(&c, "participants", bad[i]), SMK_ERR_INVALID), "%s", bad[i]);
        cr_assert(eq(sz, c.count, before), "%s", bad[i]);
    }
    smk_columns_deinit(&c);
}

Test(columns, there_are_at_most_1024)
{
    struct smk_table_type type;
    struct smk_columns c;
    find_type("interview", &type);
    cr_assert(eq(int, smk_columns_init(&c, &type), SMK_OK));
    for (size_t n = 0;; n++) {
        char notation[64];
        size_t before = c.count;
        (void)snprintf(notation, sizeof notation, "{'q%zu' 'a' 'r%zu' 'b'}", n, n);
        enum smk_err err = add(&c, "answers", notation);
        if (err == SMK_OK)
            continue;
        cr_assert(eq(int, err, SMK_ERR_TOO_BIG_HERE));
        cr_assert(eq(sz, c.count, before), "of the last one nothing was added");
        cr_assert(ge(sz, c.count, SMK_TABLE_COLUMNS_MAX - 1));
        break;
    }
    smk_columns_deinit(&c);
}

Test(columns, too_little_memory_is_named)
{
    struct smk_table_type type;
    find_type("event", &type);
    for (unsigned long nth = 0;; nth++) {
        struct smk_columns c;
        cr_assert(lt(ulong, nth, 1000));
        test_fault_begin(TEST_FAULT_ONCE, nth);
        enum smk_err err = smk_columns_init(&c, &type);
        smk_columns_deinit(&c);
        test_fault_end();
        cr_assert(eq(long, test_fault_live(), 0));
        if (err == SMK_OK)
            break;
        cr_assert(eq(int, err, SMK_ERR_NOMEM));
    }
}
