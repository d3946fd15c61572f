#include "tests/unit/engineworld.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/civil.h"
#include "schema/procedure/yaml/compile.h"

static const struct {
    const char *id, *role, *sector;
} people[WHO_COUNT] = {
    [MARKET] = {"370800-market", "bureau", "market"},
    [ENV] = {"370800-environment", "bureau", "environment"},
    [POLICE] = {"370800-police", "police", ""},
    [POLICE2] = {"370800-police-east", "police", ""},
    [POLICE3] = {"370800-police-west", "police", ""},
    [PROC] = {"370800-procuratorate", "procuratorate", ""},
    [PROC2] = {"370800-procuratorate-east", "procuratorate", ""},
    [COURT] = {"370800-court", "court", ""},
    [COURT2] = {"370800-court-east", "court", ""},
    [JUSTICE] = {"370800-justice", "justice", ""},
    [SUPER] = {"370800-supervisory", "supervisory", ""},
    [PAPER] = {"370800-tobacco", "bureau", "tobacco"},
    [SUPER2] = {"370800-supervisory-east", "supervisory", ""},
    [STRANGER] = {"", "", ""},
};

struct xj_slice name_of(enum who who)
{
    return xj_slice_cstr(who == STRANGER ? "370800-nobody" : people[who].id);
}

static enum who find(struct xj_slice agency)
{
    for (int i = 0; i < STRANGER; i++)
        if (xj_slice_is(agency, people[i].id))
            return (enum who)i;
    return STRANGER;
}

static struct xj_slice fact_role(void *ctx, struct xj_slice agency)
{
    (void)ctx;
    return xj_slice_cstr(people[find(agency)].role);
}

static struct xj_slice fact_sector(void *ctx, struct xj_slice agency)
{
    (void)ctx;
    return xj_slice_cstr(people[find(agency)].sector);
}

/* Every bureau goes to the police and the procuratorate, all to the first of each kind. */
static struct xj_slice fact_counterpart(void *ctx, struct xj_slice agency, struct xj_slice role, size_t i)
{
    (void)ctx;
    static const enum who first[] = {MARKET, POLICE, PROC, COURT, JUSTICE, SUPER};
    for (size_t k = 0; i == 0 && k < sizeof first / sizeof first[0]; k++)
        if (xj_slice_is(role, people[first[k]].role) && !xj_slice_is(agency, people[first[k]].id))
            return xj_slice_cstr(people[first[k]].id);
    return (struct xj_slice){NULL, 0};
}

static bool fact_granted(void *ctx, struct xj_slice agency, struct xj_slice opener, int64_t at_ms)
{
    const struct world *w = ctx;
    (void)agency;
    (void)at_ms;
    return w->granted && opener.n > 0;
}

/* Follows the facts as spec 06, 8 says, for chains without circles. */
static struct xj_slice fact_holder(void *ctx, struct xj_slice agency, int64_t at_ms)
{
    const struct world *w = ctx;
    for (size_t i = 0; i < w->heir_count; i++)
        if (xj_slice_eq(agency, name_of(w->heirs[i].agency)) && w->heirs[i].at_ms <= at_ms)
            return fact_holder(ctx, name_of(w->heirs[i].next), at_ms);
    return agency;
}

static bool fact_heir(void *ctx, struct xj_slice heir, struct xj_slice agency)
{
    const struct world *w = ctx;
    for (size_t i = 0; i < w->heir_count; i++)
        if (xj_slice_eq(agency, name_of(w->heirs[i].agency)))
            return xj_slice_eq(heir, name_of(w->heirs[i].next)) || fact_heir(ctx, heir, name_of(w->heirs[i].next));
    return false;
}

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "engineworld: %s\n", what);
    abort();
}

/* The whole file into text, which stays empty for NULL. */
static void read_yaml(const char *path, struct xj_buf *text)
{
    uint8_t chunk[4096];
    xj_buf_init(text, 1u << 20);
    if (path == NULL)
        return;
    FILE *file = fopen(path, "rb");
    must(file != NULL, "run from the project's root");
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, file)) > 0;)
        xj_buf_add(text, chunk, n);
    fclose(file);
}

static struct xj_model *load_model(const char *procedure, const char *overlay)
{
    struct xj_model *model = NULL;
    struct xj_buf yaml, over, compiled;
    struct xj_findings findings;
    read_yaml(procedure, &yaml);
    read_yaml(overlay, &over);
    xj_buf_init(&compiled, 1u << 20);
    xj_findings_init(&findings);
    must(xj_procedure_compile(xj_buf_slice(&yaml), xj_buf_slice(&over), &compiled, &findings) == XJ_OK, "the procedure does not compile");
    must(xj_model_decode(xj_buf_slice(&compiled), &model) == XJ_OK, "the compiled procedure does not decode");
    xj_findings_free(&findings);
    xj_buf_free(&yaml);
    xj_buf_free(&over);
    xj_buf_free(&compiled);
    return model;
}

/* ---- revisions ---- */

static const struct xj_model *other_model(void *ctx, const char *procedure, const struct xj_hash *revision)
{
    const struct world *w = ctx;
    if (!w->model_gone && xj_hash_eq(&w->model->revision, revision))
        return strcmp(procedure, w->model->name.id) == 0 ? w->model : NULL;
    for (int i = 0; i < w->later_count; i++)
        if (!w->later[i].gone && xj_hash_eq(&w->later[i].model->revision, revision))
            return w->later[i].model;
    return NULL;
}

static bool other_effective(void *ctx, const char *procedure, const struct xj_hash *revision, int64_t *ret_ms)
{
    const struct world *w = ctx;
    (void)procedure;
    for (int i = 0; i < w->later_count; i++)
        if (xj_hash_eq(&w->later[i].model->revision, revision)) {
            *ret_ms = w->later[i].from_ms;
            return true;
        }
    return false;
}

static struct xj_engine engine_of(struct world *w, const struct xj_memstore *store, const struct xj_model *model)
{
    const bool any = w->heir_count > 0 || w->knows_successions;
    return (struct xj_engine){
        .store = xj_memstore_of((struct xj_memstore *)(uintptr_t)store),
        .model = model,
        .calendar = &w->calendar,
        .facts = {.ctx = w, .role = fact_role, .sector = fact_sector, .counterpart = fact_counterpart, .granted = fact_granted,
                  .holder = any ? fact_holder : NULL, .heir = any ? fact_heir : NULL},
        .revisions = {.ctx = w, .model = other_model, .effective = other_effective},
    };
}

static const struct xj_memstore *store_at(const struct world *w, int view)
{
    return view < 0 ? &w->exchange : &w->view[view];
}

/* NULL: the store has nothing of the case. */
static const struct xj_model *model_in(const struct world *w, const struct xj_memstore *m)
{
    struct xj_hash revision;
    struct xj_store store = xj_memstore_of((struct xj_memstore *)(uintptr_t)m);
    enum xj_err err = xj_engine_revision(&store, w->case_id, &revision);
    must(err == XJ_OK || err == XJ_ENOTFOUND, "revision");
    for (int i = 0; err == XJ_OK && i < w->later_count; i++)
        if (xj_hash_eq(&w->later[i].model->revision, &revision))
            return w->later[i].model;
    return err == XJ_OK ? w->model : NULL;
}

const struct xj_model *model_at(const struct world *w, int view)
{
    const struct xj_model *m = model_in(w, store_at(w, view));
    return m != NULL ? m : w->model;
}

struct xj_engine engine_at(struct world *w, int view)
{
    return engine_of(w, store_at(w, view), model_at(w, view));
}

/* Of a first act: the newest in force. */
static const struct xj_model *in_force(const struct world *w)
{
    const struct xj_model *m = w->model;
    for (int i = 0; i < w->later_count; i++)
        if (w->later[i].from_ms <= w->now_ms)
            m = w->later[i].model;
    return m;
}

const struct xj_model *model_for(struct world *w, enum who from, bool old)
{
    const struct xj_model *m = model_in(w, &w->view[from]), *all = model_in(w, &w->exchange);
    if (m == NULL) /* who sees nothing of a case is told by the exchange */
        return all != NULL ? all : old ? w->model : in_force(w);
    const struct xj_model *best = m;
    for (int i = 0; !old && i < w->later_count; i++) {
        struct xj_engine e = engine_of(w, &w->view[from], w->later[i].model);
        bool may = false;
        must(xj_engine_may_move(&e, w->case_id, w->now_ms, &may) == XJ_OK, "may move");
        if (may)
            best = w->later[i].model;
    }
    return best;
}

/* The engine for a case under that model, carried over where the store has it under another; false: it does not come from there. */
static bool bench(struct world *w, const struct xj_memstore *store, const struct xj_model *model, struct xj_engine *ret)
{
    const struct xj_model *has = model_in(w, store);
    *ret = engine_of(w, store, model);
    if (has == NULL || has == model)
        return true;
    struct xj_store from = ret->store;
    xj_memstore_free(&w->apart);
    ret->store = xj_memstore_of(&w->apart);
    return xj_engine_carry(ret, &from, w->case_id) == XJ_OK;
}

enum xj_err world_fold(struct world *w, const struct xj_memstore *store, const struct xj_admitted_act *act)
{
    const struct xj_model *m = other_model(w, w->model->name.id, &act->header->revision);
    struct xj_engine e = engine_of(w, store, m);
    enum xj_err err = xj_engine_carry(&e, &e.store, w->case_id);
    return err == XJ_OK ? xj_engine_apply(&e, act) : err;
}

static int64_t day(const char *text)
{
    int64_t d = 0;
    must(xj_date_parse(text, &d), text);
    return d;
}

void world_up(struct world *w)
{
    world_up_with(w, "schema/procedures/referral.yaml", NULL);
}

void world_up_with(struct world *w, const char *procedure, const char *overlay)
{
    world_up_under(w, load_model(procedure, overlay));
}

void world_revise(struct world *w, struct xj_model *model, int64_t from_ms)
{
    must(w->later_count < WORLD_LATER, "too many revisions");
    w->later[w->later_count++] = (struct world_later){.model = model, .from_ms = from_ms};
}

void world_up_under(struct world *w, struct xj_model *model)
{
    memset(w, 0, sizeof *w);
    w->model = model;
    must(xj_calendar_init(&w->calendar, xj_slice_cstr("test"), day("2004-01-01"), day("2026-12-31"),
                          xj_slice_cstr("plain weekends")) == XJ_OK,
         "calendar");
    must(xj_calendar_finish(&w->calendar, NULL) == XJ_OK, "calendar");
    memset(w->case_id.b, 7, sizeof w->case_id.b);
    xj_buf_init(&w->arena, 1u << 20);
    w->acts = calloc(WORLD_ACTS, sizeof *w->acts);
    must(w->acts != NULL, "memory");
    w->now_ms = at("2026-03-02T09:00");
}

void world_down(struct world *w)
{
    xj_model_free(w->model);
    for (int i = 0; i < w->later_count; i++)
        xj_model_free(w->later[i].model);
    xj_memstore_free(&w->apart);
    xj_calendar_free(&w->calendar);
    xj_memstore_free(&w->exchange);
    for (int i = 0; i < WHO_COUNT; i++)
        xj_memstore_free(&w->view[i]);
    xj_buf_free(&w->arena);
    free(w->acts);
}

int world_setup(void **state)
{
    static struct world w;
    world_up(&w);
    *state = &w;
    return 0;
}

int world_teardown(void **state)
{
    world_down(*state);
    return 0;
}

void world_forget(struct world *w)
{
    xj_memstore_free(&w->exchange);
    for (int i = 0; i < WHO_COUNT; i++)
        xj_memstore_free(&w->view[i]);
    w->seq = 0;
    w->act_count = w->delivery_count = w->heir_count = 0;
    w->case_id.b[0]++;
    w->now_ms = at("2026-03-02T09:00");
}

int64_t at(const char *text)
{
    char full[40];
    int64_t ms = 0;
    snprintf(full, sizeof full, "%s%s", text, strchr(text, 'T') != NULL ? ":00+08:00" : "");
    must(xj_instant_parse(full, &ms), text);
    return ms;
}

uint16_t act_of(const struct xj_model *m, const char *name)
{
    uint16_t a = xj_model_act(m, xj_slice_cstr(name));
    must(a != XJ_NONE, name);
    return a;
}

static struct xj_subject subject_of(int code)
{
    struct xj_subject s = {.has_charge = code >= 10};
    memset(s.party, code >= 10 ? code / 10 : code, 8);
    if (s.has_charge)
        memset(s.charge, code % 10 + 1, 8);
    return s;
}

static void carry_papers(struct world *w, const struct xj_model *model, const struct deed *d)
{
    const struct xj_m_act *m = &model->acts[act_of(model, d->act)];
    w->h.paper_count = 0;
    for (uint16_t i = 0; !d->no_papers && i < m->paper_count && i < XJ_MAX_PAPERS; i++) {
        const char *kind = model->papers[m->papers[i].kind].id;
        if (d->no_paper == NULL || strcmp(kind, d->no_paper) != 0)
            w->h.papers[w->h.paper_count++] = (struct xj_header_paper){.kind = xj_slice_cstr(kind)};
    }
}

enum xj_err world_plan(struct world *w, const struct deed *d)
{
    struct xj_subject subjects[2];
    struct xj_slice principals[2];
    const struct xj_model *model = model_for(w, d->from, d->old);
    struct xj_engine e;
    struct xj_header_answer answer = {.id = d->answer, .question = xj_slice_cstr(d->question == NULL ? "" : d->question)};
    struct xj_plan_in in = {.case_id = w->case_id, .act = act_of(model, d->act), .now_ms = w->now_ms, .from = name_of(d->from),
                            .mode = d->late ? XJ_MODE_LATE_ENTRY : XJ_MODE_LIVE, .subjects = subjects,
                            .principals = principals, .fill_answers = !d->unfilled, .answers = &answer,
                            .answer_count = d->question != NULL, .papers_given = true};
    if (d->actor > 0)
        in.actor = name_of((enum who)(d->actor - 1));
    if (d->subject1 > 0)
        subjects[in.subject_count++] = subject_of(d->subject1);
    if (d->subject2 > 0)
        subjects[in.subject_count++] = subject_of(d->subject2);
    if (d->to1 > 0)
        principals[in.principal_count++] = name_of((enum who)(d->to1 - 1));
    if (d->to2 > 0)
        principals[in.principal_count++] = name_of((enum who)(d->to2 - 1));
    memset(&w->h, 0, sizeof w->h);
    w->made++;
    memcpy(w->h.id.b, &w->made, sizeof w->made);
    w->h.id.b[15] = 1;
    w->h.procedure = xj_slice_cstr(model->name.id);
    w->h.revision = model->revision;
    carry_papers(w, model, d);
    if (d->occurred != NULL) {
        w->h.has_occurred = true;
        must(xj_date_range_parse(d->occurred, &w->h.occurred_from_ms, &w->h.occurred_to_ms), d->occurred);
    }
    if (d->relation != NULL)
        w->h.relates[w->h.relate_count++] = (struct xj_header_relate){xj_slice_cstr(d->relation), d->target};
    xj_buf_reset(&w->arena);
    must(bench(w, &w->view[d->from], model, &e), "carried over for a draft");
    return xj_engine_plan(&e, &in, &w->arena, &w->h, &w->refused);
}

/* Spec 06, section 6. */
static bool admissible(struct world *w, const struct xj_model *m)
{
    const struct xj_model *has = model_in(w, &w->exchange);
    struct xj_engine e = engine_of(w, &w->exchange, m);
    bool may = false;
    if (has == NULL)
        return m == w->model || m == in_force(w);
    if (has != m)
        must(xj_engine_may_move(&e, w->case_id, w->now_ms, &may) == XJ_OK, "may move");
    return has == m || may;
}

enum xj_err world_judge(struct world *w)
{
    const struct xj_model *m = other_model(w, w->model->name.id, &w->h.revision);
    struct xj_engine e;
    memset(&w->verdict.refusal, 0, sizeof w->verdict.refusal);
    if (m == NULL || !admissible(w, m)) {
        w->verdict.refusal.code = "revision_unknown";
        return XJ_OK;
    }
    must(bench(w, &w->exchange, m, &e), "carried over to be judged");
    return xj_engine_judge(&e, &w->h, w->now_ms, &w->verdict);
}

static struct xj_slice lasting(struct xj_slice agency)
{
    return agency.n == 0 ? agency : name_of(find(agency));
}

/* A copy whose names outlive the planner's buffer. */
static struct world_act *remember(struct world *w, const struct xj_admitted_act *act)
{
    must(w->act_count < WORLD_ACTS, "too many acts");
    struct world_act *a = &w->acts[w->act_count++];
    a->h = w->h;
    for (size_t i = 0; i < a->h.to_count; i++)
        a->h.to[i].agency = lasting(a->h.to[i].agency);
    for (size_t i = 0; i < a->h.track_count; i++)
        a->h.tracks[i].owner = lasting(a->h.tracks[i].owner);
    memcpy(a->after, act->after, act->after_count * sizeof a->after[0]);
    for (size_t i = 0; i < act->after_count; i++)
        a->after[i].owner = lasting(a->after[i].owner);
    memcpy(a->breaches, act->breaches, act->breach_count * sizeof a->breaches[0]);
    a->admitted = *act;
    a->admitted.header = &a->h;
    a->admitted.after = a->after;
    a->admitted.breaches = a->breaches;
    a->views = 0;
    return a;
}

static void apply_in(struct world *w, struct world_act *a, int view)
{
    a->admitted.viewer = view < 0 ? (struct xj_slice){NULL, 0} : name_of((enum who)view);
    must(world_fold(w, store_at(w, view), &a->admitted) == XJ_OK, view < 0 ? "apply at the exchange" : "apply in a view");
    if (view >= 0)
        a->views |= UINT32_C(1) << view;
}

void world_apply(struct world *w)
{
    struct xj_admitted_act act = {.header = &w->h, .seq = ++w->seq, .admitted_ms = w->now_ms, .after = w->verdict.after,
                                  .after_count = w->verdict.after_count, .breaches = w->verdict.breaches,
                                  .breach_count = w->verdict.breach_count};
    struct world_act *a = remember(w, &act);
    apply_in(w, a, -1);
    for (int i = 0; i < STRANGER; i++) {
        bool party = xj_slice_eq(w->h.from, name_of((enum who)i));
        for (size_t k = 0; k < w->h.to_count; k++)
            party = party || xj_slice_eq(w->h.to[k].agency, name_of((enum who)i));
        if (party)
            apply_in(w, a, i);
    }
}

void world_succeeds(struct world *w, enum who agency, enum who next, const char *when)
{
    must(w->heir_count < WORLD_HEIRS, "too many successions");
    w->heirs[w->heir_count].agency = agency;
    w->heirs[w->heir_count].next = next;
    w->heirs[w->heir_count++].at_ms = at(when);
}

void world_hand_over(struct world *w, enum who from, enum who to)
{
    xj_memstore_free(&w->view[to]);
    for (size_t i = 0; i < w->act_count; i++)
        if ((w->acts[i].views >> from & 1) != 0 || (w->acts[i].views >> to & 1) != 0)
            apply_in(w, &w->acts[i], (int)to);
    struct xj_engine e = engine_at(w, (int)to);
    for (size_t i = 0; i < w->delivery_count; i++)
        must(xj_engine_delivered(&e, w->case_id, w->deliveries[i].id, name_of(w->deliveries[i].to), w->deliveries[i].at_ms) == XJ_OK,
             "delivered");
}

struct xj_id world_do(struct world *w, const struct deed *d)
{
    const char *code = world_try(w, d);
    if (code != NULL)
        fprintf(stderr, "%s: refused %s (%s%s)\n", d->act, code, w->refused.detail, w->verdict.refusal.detail);
    must(code == NULL, "an act was refused");
    world_apply(w);
    return w->h.id;
}

const char *world_try(struct world *w, const struct deed *d)
{
    memset(&w->verdict.refusal, 0, sizeof w->verdict.refusal);
    must(world_plan(w, d) == XJ_OK, "plan");
    if (w->refused.code != NULL)
        return w->refused.code;
    must(world_judge(w) == XJ_OK, "judge");
    return w->verdict.refusal.code;
}

void world_delivered(struct world *w, struct xj_id id, enum who to, const char *when)
{
    struct xj_engine e = engine_at(w, -1);
    must(w->delivery_count < WORLD_ACTS, "too many deliveries");
    w->deliveries[w->delivery_count].id = id;
    w->deliveries[w->delivery_count].to = to;
    w->deliveries[w->delivery_count++].at_ms = at(when);
    must(xj_engine_delivered(&e, w->case_id, id, name_of(to), at(when)) == XJ_OK, "delivered");
    e = engine_at(w, (int)to);
    must(xj_engine_delivered(&e, w->case_id, id, name_of(to), at(when)) == XJ_OK, "delivered");
}

/* ---- reading ---- */

struct row_search {
    const struct xj_model *m;
    const char *track, *found;
    struct xj_slice owner;
    int subject;
};

static bool see_row(void *arg, const struct xj_row_view *row)
{
    struct row_search *s = arg;
    const struct xj_m_track *t = &s->m->tracks[row->track];
    struct xj_subject subject = subject_of(s->subject);
    if (strcmp(t->name.id, s->track) == 0 && xj_slice_eq(row->owner, s->owner) && row->has_subject == (s->subject > 0) &&
        (s->subject == 0 || xj_subject_cmp(&row->subject, &subject) == 0))
        s->found = t->states[row->state].id;
    return s->found == NULL;
}

const char *row_state(struct world *w, int view, const char *track, enum who owner, int subject)
{
    struct row_search s = {.m = model_at(w, view), .track = track, .owner = name_of(owner), .subject = subject};
    struct xj_engine e = engine_at(w, view);
    must(xj_engine_rows(&e, w->case_id, see_row, &s) == XJ_OK, "rows");
    return s.found;
}

struct question_search {
    const struct xj_model *m;
    const char *question;
    struct xj_slice asked;
    int n;
};

static bool see_question(void *arg, const struct xj_question_view *q)
{
    struct question_search *s = arg;
    bool asked = false;
    for (size_t i = 0; i < q->asked_count; i++)
        asked = asked || xj_slice_eq(q->asked[i], s->asked);
    if (q->open && asked && strcmp(s->m->questions[q->question].name.id, s->question) == 0)
        s->n++;
    return true;
}

int open_questions(struct world *w, int view, const char *question, enum who asked)
{
    struct question_search s = {.m = model_at(w, view), .question = question, .asked = name_of(asked)};
    struct xj_engine e = engine_at(w, view);
    must(xj_engine_questions(&e, w->case_id, see_question, &s) == XJ_OK, "questions");
    return s.n;
}

struct duty_search {
    const struct xj_model *m;
    const char *name;
    int nth, n;
    struct xj_duty_view *ret;
};

static bool see_duty(void *arg, const struct xj_duty_view *d)
{
    struct duty_search *s = arg;
    const struct xj_m_duty *row = d->duty != XJ_NONE ? &s->m->duties[d->duty] : d->row;
    if (strcmp(row->name.id, s->name) == 0 && s->n++ == s->nth) {
        *s->ret = *d;
        s->ret->obligor.p = NULL;
        for (int i = 0; i < STRANGER; i++)
            if (xj_slice_eq(d->obligor, name_of((enum who)i)))
                s->ret->obligor = name_of((enum who)i);
        s->ret->subjects = NULL;
    }
    return true;
}

int duty(struct world *w, int view, const char *name, int nth, struct xj_duty_view *ret)
{
    struct duty_search s = {.m = model_at(w, view), .name = name, .nth = nth, .ret = ret};
    struct xj_engine e = engine_at(w, view);
    must(xj_engine_duties(&e, w->case_id, see_duty, &s) == XJ_OK, "duties");
    return s.n;
}

bool has_breach(const struct world *w, const char *code, const char *detail)
{
    for (size_t i = 0; i < w->verdict.breach_count; i++)
        if (strcmp(w->verdict.breaches[i].code, code) == 0 && strcmp(w->verdict.breaches[i].detail, detail) == 0)
            return true;
    return false;
}

void assert_due(const struct xj_duty_view *d, const char *due)
{
    char text[11];
    assert_true(d->due_known);
    xj_date_format(xj_day_of_ms(d->due_ms), text);
    assert_string_equal(text, due);
}

void assert_start(const struct xj_duty_view *d, const char *start, bool open_ended)
{
    char text[11];
    assert_true(d->start_known);
    assert_int_equal(d->start_open_ended, open_ended);
    xj_date_format(xj_day_of_ms(d->start_ms), text);
    assert_string_equal(text, start);
}
