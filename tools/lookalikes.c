#include "tools/lookalikes.h"

#include "proto/mem.h"
#include "store/looks.h"
#include "tools/show.h"

#include <string.h>

/* The looks of one organisation or office; NULL for what it does not have. */
struct seen {
    struct smk_looks *slug, *en, *km;
};

static void seen_deinit(struct seen *s)
{
    smk_looks_free(s->slug);
    smk_looks_free(s->en);
    smk_looks_free(s->km);
}

static enum smk_err look_at(const char *text, struct smk_looks **ret_looks)
{
    return text[0] != 0 ? smk_looks_new(smk_bytes_of_text(text), ret_looks) : SMK_OK;
}

static enum smk_err see(const char *slug, const struct smk_bilingual *name, struct seen *s)
{
    enum smk_err err = look_at(slug, &s->slug);
    if (err == SMK_OK && name != NULL)
        err = look_at(name->en, &s->en);
    if (err == SMK_OK && name != NULL)
        err = look_at(name->km, &s->km);
    return err;
}

/* A name of another node's making may be too long, or no text: then it is like no other. */
static enum smk_err compare(struct smk_looks *own, const char *other, bool *is_like)
{
    bool is_equal = false;
    enum smk_err err = own != NULL ? smk_looks_like(own, smk_bytes_of_text(other), &is_equal) : SMK_OK;
    *is_like = *is_like || (err == SMK_OK && is_equal);
    return err == SMK_ERR_INVALID || err == SMK_ERR_TOO_BIG_HERE ? SMK_OK : err;
}

static enum smk_err compare_names(const struct seen *s, const struct smk_bilingual *name, bool *is_like)
{
    enum smk_err err = compare(s->en, name->en, is_like);
    return err == SMK_OK ? compare(s->km, name->km, is_like) : err;
}

static void add(struct smk_lookalikes *l, bool is_like, const struct smk_slug *slug)
{
    if (is_like && l->count < SMK_LOOKALIKES_MAX)
        l->slug[l->count++] = *slug;
}

enum smk_err smk_lookalikes_of_organisation(struct smk_roster *roster, const struct smk_organisation *o,
                                            struct smk_lookalikes *ret_lookalikes)
{
    SMK_CLEANUP(seen_deinit) struct seen s = {0};
    struct smk_lookalikes found = {0};
    enum smk_err err = see(o->slug.text, &o->name, &s);
    for (size_t i = 0; err == SMK_OK && i < smk_roster_organisation_count(roster); i++) {
        const struct smk_organisation *other = smk_roster_organisation_at(roster, i);
        bool is_like = false;
        if (strcmp(other->slug.text, o->slug.text) == 0)
            continue;
        err = compare(s.slug, other->slug.text, &is_like);
        if (err == SMK_OK)
            err = compare_names(&s, &other->name, &is_like);
        add(&found, is_like, &other->slug);
    }
    if (err == SMK_OK)
        *ret_lookalikes = found;
    return err;
}

static bool has_same_title(const struct smk_office *a, const struct smk_office *b)
{
    return strcmp(a->title.en, b->title.en) == 0 && strcmp(a->title.km, b->title.km) == 0;
}

enum smk_err smk_lookalikes_of_office(struct smk_roster *roster, const struct smk_office *o, bool has_title,
                                      struct smk_lookalikes *ret_lookalikes)
{
    SMK_CLEANUP(seen_deinit) struct seen s = {0};
    struct smk_lookalikes found = {0};
    enum smk_err err = see(o->slug.text, has_title ? &o->title : NULL, &s);
    for (size_t i = 0; err == SMK_OK && i < smk_roster_office_count(roster); i++) {
        const struct smk_office *other = smk_roster_office_at(roster, i);
        bool is_like = false, is_sister = strcmp(other->org.text, o->org.text) == 0;
        if (strcmp(other->slug.text, o->slug.text) == 0)
            continue;
        err = compare(s.slug, other->slug.text, &is_like);
        if (err == SMK_OK && (is_sister || !has_same_title(o, other)))
            err = compare_names(&s, &other->title, &is_like);
        add(&found, is_like, &other->slug);
    }
    if (err == SMK_OK)
        *ret_lookalikes = found;
    return err;
}

void smk_lookalikes_say(const struct smk_cli *cli, const char *what, const char *slug,
                        const struct smk_lookalikes *l)
{
    if (cli->is_json)
        return;
    (void)fflush(stdout);
    for (size_t i = 0; i < l->count; i++)
        (void)fprintf(stderr,
                      "Mind: the %s %s looks or is called much like %s; people may take one for the other.\n",
                      what, slug, l->slug[i].text);
}

json_t *smk_lookalikes_json(const struct smk_lookalikes *l)
{
    return smk_show_slugs_json(l->slug, l->count);
}
