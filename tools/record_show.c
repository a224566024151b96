#include "tools/record_show.h"

#include "tools/doc_find.h"
#include "tools/entry_say.h"
#include "tools/when.h"

#include <string.h>

const char *smk_record_type_name(uint64_t type)
{
    switch (type) {
    case SMK_RECORD_OPEN: return "open";
    case SMK_RECORD_DECISION: return "decision";
    case SMK_RECORD_EDIT: return "edit";
    case SMK_RECORD_ACT: return "act";
    default: return "unknown";
    }
}

static json_t *hex(const uint8_t *bytes, size_t len)
{
    return smk_json_hex((struct smk_bytes){bytes, len});
}

static json_t *deps_json(const struct smk_header *h)
{
    json_t *deps = json_array();
    for (size_t i = 0; i < h->dep_count; i++)
        (void)json_array_append_new(deps, hex(h->dep[i], SMK_ID_BYTES));
    return deps;
}

json_t *smk_record_json(const struct smk_record *record)
{
    const struct smk_header *h = &record->header;
    json_t *o = json_object();
    struct smk_bytes office = smk_span_find(record->payload, "office");
    (void)json_object_set_new(o, "id", hex(record->id, sizeof record->id));
    (void)json_object_set_new(o, "type", json_integer((json_int_t)h->type));
    (void)json_object_set_new(o, "type_name", json_string(smk_record_type_name(h->type)));
    (void)json_object_set_new(o, "scope", json_string(h->scope.text));
    (void)json_object_set_new(o, "author", hex(h->author, sizeof h->author));
    (void)json_object_set_new(o, "incarnation", hex(h->incarnation, sizeof h->incarnation));
    (void)json_object_set_new(o, "seq", json_integer((json_int_t)h->seq));
    (void)json_object_set_new(o, "prev", h->seq > 1 ? hex(h->prev, sizeof h->prev) : json_null());
    (void)json_object_set_new(o, "deps", deps_json(h));
    (void)json_object_set_new(o, "time", json_integer((json_int_t)h->time));
    (void)json_object_set_new(o, "when", smk_when_json(smk_time_ms(h->time)));
    (void)json_object_set_new(o, "office", record->has_payload ? smk_json_span(office) : json_null());
    (void)json_object_set_new(o, "signature", hex(record->signature, sizeof record->signature));
    (void)json_object_set_new(o, "codec", json_integer((json_int_t)h->codec));
    (void)json_object_set_new(o, "key_id", h->has_key_id ? hex(h->key_id, sizeof h->key_id) : json_null());
    (void)json_object_set_new(o, "salt",
                              record->has_payload ? hex(record->salt, sizeof record->salt) : json_null());
    (void)json_object_set_new(o, "payload_len", json_integer((json_int_t)h->payload_len));
    (void)json_object_set_new(o, "payload_hash", hex(h->payload_hash, sizeof h->payload_hash));
    bool is_plain = record->has_payload && h->codec == 0;
    (void)json_object_set_new(o, "payload", is_plain ? smk_json_span(record->payload) : json_null());
    return o;
}

void smk_entry_set_judgement(json_t *object, const struct smk_fold_entry *e)
{
    bool counts = e->reason == SMK_REASON_COUNTS;
    const char *note = smk_note_text(e->note);
    (void)json_object_set_new(object, "counts", json_boolean(counts));
    (void)json_object_set_new(object, "reason",
                              counts ? json_null() : json_string(smk_reason_code(e->reason)));
    (void)json_object_set_new(object, "why", counts ? json_null() : json_string(smk_reason_text(e->reason)));
    (void)json_object_set_new(object, "note", note[0] != '\0' ? json_string(note) : json_null());
}

int smk_entry_compare_times(const void *a, const void *b)
{
    const struct smk_fold_entry *left = a, *right = b;
    if (left->time != right->time)
        return left->time < right->time ? -1 : 1;
    return memcmp(left->id, right->id, sizeof left->id);
}

struct signing {
    uint8_t signature[SMK_SIGNATURE_BYTES];
};

static bool take_signature(void *ctx, uint64_t arrival, const struct smk_record *record)
{
    struct signing *s = ctx;
    (void)arrival;
    memcpy(s->signature, record->signature, sizeof s->signature);
    return false;
}

json_t *smk_entry_json(struct smk_loaded *l, const struct smk_fold_entry *e)
{
    struct signing s;
    char day[16];
    json_t *o = json_object();
    bool is_read = smk_loaded_read(l, e->log->log_id, e->seq, take_signature, &s) == SMK_OK;
    (void)json_object_set_new(o, "id", hex(e->id, sizeof e->id));
    (void)json_object_set_new(o, "signature", is_read ? hex(s.signature, sizeof s.signature) : json_null());
    (void)json_object_set_new(o, "scope", json_string(e->log->scope.text));
    (void)json_object_set_new(o, "author", hex(e->log->author, sizeof e->log->author));
    (void)json_object_set_new(o, "time", json_integer((json_int_t)e->time));
    (void)json_object_set_new(o, "when", smk_when_json(smk_time_ms(e->time)));
    (void)json_object_set_new(o, "dated", smk_entry_day(e, day)[0] != '\0' ? json_string(day) : json_null());
    (void)json_object_set_new(o, "entered", smk_when_json(smk_time_ms(e->time)));
    smk_entry_set_judgement(o, e);
    if (!e->is_decoded)
        return o;
    (void)json_object_set_new(o, "org", json_string(e->log->org.text));
    (void)json_object_set_new(o, "office", smk_json_text(e->is_act ? e->act.office : e->edit.office));
    if (e->is_act) {
        (void)json_object_set_new(o, "act", smk_json_text(e->act.act));
        (void)json_object_set_new(o, "act_id", hex(e->act.id, sizeof e->act.id));
        (void)json_object_set_new(o, "about", hex(e->act.about, sizeof e->act.about));
    }
    (void)json_object_set_new(o, "fields", smk_json_span(e->is_act ? e->act.fields : e->edit.fields));
    return o;
}
