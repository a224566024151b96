#include "tests/sim/papers.h"

#include "proto/check.h"
#include "proto/policy.h"
#include "tests/support/notation.h"

#include <stdio.h>
#include <string.h>

enum { LETTERS_MAX = 400 };

#define PEOPLE "'participants' {'total' 31 'female' 14}"
#define SAID "{'en' 'as was said'}"

/* $0 to $5 are the papers of the same scope, @ is its district or province, & the writer's organisation. */
struct paper {
    const char *kind, *fields;
};

static const struct paper of_province[PAPERS] = {
    {"case_study", "'district' '@01' 'lead_org' 'ctod' 'respondents' {'total' 31 'female' 14}"},
    {"case_study", "'district' '@02' 'lead_org' 'as' 'respondents' {'total' 31 'female' 14}"},
    {"case_study", "'district' '@02' 'lead_org' '&' 'respondents' {'total' 12 'female' nil}"},
    {"case_study", "'district' '@01' 'lead_org' '&' 'respondents' {'total' 3 'female' 14}"},
    {"study_report", "'area' '@' 'case_studies' [$0 $1]"},
    {"audit_note", "'target' $0 'text' " SAID},
};

static const struct paper of_district[PAPERS] = {
    {"joint_list", "'version' 1 'negotiated_at' $1 'recommendations' [$2 $3]"},
    {"meeting", "'kind' 'joint_consultation' 'level' 'district' 'area' '@' 'date' '2024-04-16' " PEOPLE},
    {"recommendation", "'from_findings' ['F1']"},
    {"recommendation", "'from_findings' ['F2']"},
    {"recommendation", "'from_findings' []"},
    {"audit_note", "'target' $0 'text' " SAID},
};

static const struct paper of_everybody[PAPERS] = {
    {"event", "'kind' 'training'"},
    {"project", "'lead' 'sec'"},
    {"meeting", "'kind' 'provincial_workshop' 'level' 'province' 'area' '02' 'date' '2024-04' " PEOPLE},
    {"meeting", "'kind' 'national_workshop' 'level' 'national' 'date' '2024-04' " PEOPLE},
    {"case_study", "'district' '0201' 'lead_org' 'ctod' 'respondents' {'total' 31 'female' 14}"},
    {"study_report", "'area' '02'"},
};

/* Where in province 02 the published ones come from. */
static const uint64_t published[PAPERS - PAPER_PUBLISHED] = {0, 4};

static const struct paper *paper_of(const struct smk_scope *scope, uint64_t number)
{
    static const struct paper interview = {"interview", "'consent' 'yes'"}, note = {"note", "'new' 1"};
    static const struct paper report = {"study_report", "'title' " SAID};
    switch (scope->kind) {
    case SMK_SCOPE_PUB: return &of_everybody[number];
    case SMK_SCOPE_PROV: return &of_province[number];
    case SMK_SCOPE_DM: return &of_district[number];
    case SMK_SCOPE_NAT: return number < 3 ? &report : &note;
    case SMK_SCOPE_ORG: return &interview;
    default: return &note;
    }
}

const char *paper_kind(const struct smk_scope *scope, uint64_t number)
{
    return paper_of(scope, number)->kind;
}

void paper_id(const struct smk_scope *scope, uint64_t number, uint8_t ret_id[SMK_DOC_ID_BYTES])
{
    uint8_t seed[SMK_SEED_BYTES];
    char name[SMK_SCOPE_LETTERS_MAX + 16];
    bool is_study = scope->kind == SMK_SCOPE_PUB && number >= PAPER_PUBLISHED;
    (void)snprintf(name, sizeof name, "paper %s", is_study ? "prov:02" : scope->text);
    test_seed_bytes(name, is_study ? published[number - PAPER_PUBLISHED] : number, seed);
    memcpy(ret_id, seed, SMK_DOC_ID_BYTES);
}

static bool may_write(const struct node *n, const struct smk_scope *scope, uint64_t number,
                      struct smk_bytes office)
{
    bool is_public = scope->kind == SMK_SCOPE_PUB;
    bool is_national = is_public && number != PAPER_PROVINCIAL_MEETING;
    struct smk_roster *roster = disk_roster(&n->disk);
    struct smk_place place = {.area = is_national ? ""
                                      : is_public ? "02"
                                                  : smk_scope_argument(scope),
                              .scope = scope,
                              .is_owner = true};
    struct smk_slug slug = {0};
    bool is_slug = smk_slug_copy(office, &slug);
    const struct smk_office *held = is_slug ? smk_roster_office(roster, slug.text) : NULL;
    const struct smk_policy_rule *rule = smk_policy_edit(smk_bytes_of_text(paper_kind(scope, number)), false);
    return held != NULL && rule != NULL && smk_policy_judge(roster, rule, held, &place) == SMK_REASON_COUNTS;
}

bool paper_is_for(const struct node *n, const struct smk_scope *scope, uint64_t number,
                  struct smk_bytes office)
{
    bool is_left = scope->kind == SMK_SCOPE_DM && strcmp(n->org->kind, "hub") == 0;
    bool is_published = scope->kind == SMK_SCOPE_PUB && number >= PAPER_PUBLISHED;
    return !is_left && !is_published && may_write(n, scope, number, office);
}

static void fill_in(const char *form, const char *place, const char *org, char *ret, size_t bytes)
{
    size_t at = 0;
    for (; *form != '\0'; form++) {
        const char letter[2] = {*form, '\0'};
        const char *piece = *form == '@' ? place : *form == '&' ? org : letter;
        at += (size_t)snprintf(ret + at, bytes - at, "%s", piece);
        SMK_ASSERT(at < bytes);
    }
}

void paper_fields(struct world *w, const struct node *n, const struct smk_scope *scope, uint64_t number,
                  struct smk_buf *b)
{
    char text[LETTERS_MAX + 400], own[200], filling[LETTERS_MAX + 1];
    uint8_t id[PAPERS][SMK_DOC_ID_BYTES];
    struct smk_bytes args[PAPERS];
    size_t letters = test_rng_chance(&w->rng, 5) ? LETTERS_MAX : (size_t)test_rng_below(&w->rng, 40);
    for (uint64_t i = 0; i < PAPERS; i++) {
        paper_id(scope, i, id[i]);
        args[i] = SMK_BYTES(id[i]);
    }
    memset(filling, 'k', letters);
    filling[letters] = '\0';
    fill_in(paper_of(scope, number)->fields, smk_scope_argument(scope), n->org->slug, own, sizeof own);
    (void)snprintf(text, sizeof text, "{%s 'ref' 'R-%u' 'theme' 'v%u' 'note' {'en' '%s'}}", own,
                   (unsigned)test_rng_below(&w->rng, 50), (unsigned)test_rng_below(&w->rng, 4), filling);
    test_pack_in_order(b, text, args);
    SMK_ASSERT(b->err == SMK_OK);
}
