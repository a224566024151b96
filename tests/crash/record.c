#include "tests/crash/record.h"

#include "proto/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 1024 };

static bool read_all(const char *path, struct crash_record *r)
{
    FILE *file = fopen(path, "re");
    long len = -1;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0)
        len = ftell(file);
    if (len > 0) {
        rewind(file);
        r->len = (size_t)len;
        r->bytes = malloc(r->len);
        SMK_ASSERT(r->bytes != NULL);
        if (fread(r->bytes, 1, r->len, file) != r->len)
            r->len = 0;
    }
    if (file != NULL)
        (void)fclose(file);
    return r->len > 0;
}

static struct crash_entry head_at(const struct crash_record *r, size_t at)
{
    struct crash_entry head;
    memcpy(&head, r->bytes + at, sizeof head);
    return head;
}

static void promise_add(struct crash_record *r, const char *line)
{
    struct crash_promise p = {.entry = r->entry_count - 1};
    p.has_key = crash_key_parse(line, p.key);
    if (!p.has_key && !crash_state_parse(line, &p.state))
        return;
    if (r->promise_count == r->promise_room) {
        r->promise_room = r->promise_room > 0 ? 2 * r->promise_room : 64;
        r->promise = realloc(r->promise, r->promise_room * sizeof *r->promise);
        SMK_ASSERT(r->promise != NULL);
    }
    r->promise[r->promise_count++] = p;
}

static void entry_add(struct crash_record *r, size_t at, const struct crash_entry *head)
{
    if (r->entry_count == r->entry_room) {
        r->entry_room = r->entry_room > 0 ? 2 * r->entry_room : 1024;
        r->entry = realloc(r->entry, r->entry_room * sizeof *r->entry);
        SMK_ASSERT(r->entry != NULL);
    }
    r->entry[r->entry_count++] = at;
    if (head->op == CRASH_OP_MARK) {
        char line[CRASH_LINE_BYTES];
        (void)snprintf(line, sizeof line, "%.*s", (int)head->data_len, r->bytes + at + sizeof *head);
        promise_add(r, line);
    }
}

bool crash_record_open(const char *path, struct crash_record *ret_record)
{
    struct crash_record r = {0};
    size_t at = 0;
    bool is_whole = read_all(path, &r);
    while (is_whole && at < r.len) {
        struct crash_entry head = {0};
        size_t left = r.len - at;
        if (left >= sizeof head)
            head = head_at(&r, at);
        size_t rest =
            head.data_len <= left ? sizeof head + head.name_len + head.name2_len + head.data_len : left + 1;
        is_whole = head.magic == CRASH_JOURNAL_MAGIC && rest <= left;
        if (is_whole)
            entry_add(&r, at, &head);
        at += rest;
    }
    if (!is_whole) {
        (void)fprintf(stderr, "%s: no journal, or it breaks off in the middle\n", path);
        crash_record_close(&r);
        return false;
    }
    *ret_record = r;
    return true;
}

void crash_record_close(struct crash_record *r)
{
    free(r->bytes);
    free(r->entry);
    free(r->promise);
    *r = (struct crash_record){0};
}

void crash_record_play(const struct crash_record *r, size_t entry, struct crash_disk *disk)
{
    char name[NAME_BYTES], name2[NAME_BYTES];
    struct crash_entry head = head_at(r, r->entry[entry]);
    const char *text = (const char *)r->bytes + r->entry[entry] + sizeof head;
    (void)snprintf(name, sizeof name, "%.*s", (int)head.name_len, text);
    (void)snprintf(name2, sizeof name2, "%.*s", (int)head.name2_len, text + head.name_len);
    crash_disk_take(disk, &head, name, name2, (const uint8_t *)text + head.name_len + head.name2_len);
}
