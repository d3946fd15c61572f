#include <string.h>

#include "schema/trust/register.h"
#include "tests/sim/world_private.h"
#include "tests/year/year.h"

#define BUDGET 4000 /* steps until a moment's acts are everywhere */

/* ---- from the plan to a request (10-api, 3) ---- */

/* Kinds become papers of one short text. */
static void spell_papers(json_t *request)
{
    json_t *kinds = json_object_get(request, "papers"), *list = json_array(), *kind;
    size_t i;
    json_array_foreach(kinds, i, kind) {
        const char *k = json_string_value(kind);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "kind", k, "name", k, "media_type", "text/plain", "content_base64",
                                              "5paH5Lmm5qC35L6L"));
    }
    json_object_set_new(request, "papers", list);
}

/* Numbers of entrustments become the ids of their facts (06-register, 7). */
static void spell_entrustments(json_t *request, const char *by)
{
    json_t *numbers = json_object_get(request, "entrustments"), *refs = json_array(), *number;
    size_t i;
    json_array_foreach(numbers, i, number) {
        char hex[33], text[XJ_ID_TEXT];
        struct xj_id id;
        xj_reg_paired_id("entrustment", xj_slice_cstr(by), xj_slice_cstr(json_string_value(number)), hex);
        (void)xj_unhex(hex, id.b, sizeof id.b);
        xj_id_format(&id, text);
        json_array_append_new(refs, json_string(text));
    }
    json_object_set_new(request, "refs", refs);
    json_object_del(request, "entrustments");
}

static void spell(const struct year *y, const struct year_act *a)
{
    char text[XJ_ID_TEXT];
    const struct xj_id *id = &y->cases[a->case_number];
    xj_id_format(id, text);
    json_object_set_new(a->request, "case", xj_id_is_nil(id) ? json_null() : json_string(text));
    spell_papers(a->request);
    if (json_object_get(a->request, "entrustments") != NULL)
        spell_entrustments(a->request, a->by);
}

/* ---- one act ---- */

struct seat {
    struct rng r;
    int64_t now_ms;
};

static int64_t seat_now(void *ctx)
{
    return ((struct seat *)ctx)->now_ms;
}

static void seat_random(void *ctx, void *p, size_t n)
{
    uint8_t *b = p;
    for (size_t i = 0; i < n; i++)
        b[i] = (uint8_t)(rng_next(&((struct seat *)ctx)->r) >> 24);
}

static void tell_refusal(struct year *y, const struct year_act *a, const struct xj_draft_refusal *r)
{
    year_fault(y, "case %d, %s by %s is refused: %s %s (%s)", a->case_number, json_string_value(json_object_get(a->request, "act")), a->by, r->code,
               r->detail, r->text_en);
}

static struct xj_outgoing *draft(struct year *y, struct node *n, const struct year_act *a)
{
    struct seat s = {.r = {.s = y->seed * UINT64_C(1000003) + y->acts}, .now_ms = y->w->now_ms};
    const struct xj_env env = {.ctx = &s, .now_ms = seat_now, .random = seat_random};
    struct xj_outgoing *out = NULL;
    struct xj_draft_refusal refusal;
    int64_t begin = year_now_ns();
    enum xj_err err = xj_draft_build_named(n->view, &env, &n->keys, n->pairs, a->request, &out, &refusal, NULL);
    y->drafting_ns += year_now_ns() - begin;
    if (err == XJ_EDENIED)
        tell_refusal(y, a, &refusal);
    else if (err != XJ_OK)
        year_fault(y, "case %d cannot be drafted: %s", a->case_number, xj_err_name(err));
    return out;
}

/* Whoever is addressed has its machine running, as daemons do: else delivery, from which limits count, would be late. */
static bool wake_addressed(struct year *y, const struct xj_header *h)
{
    char id[XJ_MAX_AGENCY_BYTES + 1];
    for (size_t i = 0; i < h->to_count; i++) {
        memcpy(id, h->to[i].agency.p, h->to[i].agency.n);
        id[h->to[i].agency.n] = '\0';
        int agency = year_agency(y, id);
        if (agency >= 0 && year_wake(y, agency) == NULL)
            return false;
    }
    return true;
}

static void begin_case(struct year *y, const struct year_act *a, const struct xj_header *h)
{
    char text[XJ_ID_TEXT];
    if (!xj_id_is_nil(&y->cases[a->case_number]))
        return;
    y->cases[a->case_number] = h->case_id;
    xj_id_format(&h->case_id, text);
    json_object_set_new(y->case_numbers, text, json_integer(a->case_number));
}

static bool follow(struct year *y, struct node *n)
{
    int64_t begin = year_now_ns();
    bool good = world_follow(y->w, n);
    y->following_ns += year_now_ns() - begin;
    return good;
}

static bool settle_world(struct year *y)
{
    int64_t begin = year_now_ns();
    bool good = world_settle(y->w, BUDGET);
    y->moving_ns += year_now_ns() - begin;
    return good;
}

/* An agent numbers nothing before the exchange has confirmed its ledger. */
static bool ready(struct year *y, struct node *n)
{
    struct xj_agent_figures f;
    xj_agent_figures(n->core, &f);
    return f.state == XJ_AGENT_READY || settle_world(y);
}

static bool submit(struct year *y, int agency, struct xj_outgoing *out)
{
    struct xj_agent_figures before, after;
    struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = out};
    xj_agent_figures(y->w->agent[agency].core, &before);
    world_agent_batch(y->w, agency, &ev, false);
    xj_agent_figures(y->w->agent[agency].core, &after);
    if (after.own_number != before.own_number + 1)
        year_fault(y, "%s took no number for an act", y->w->agent[agency].agency.id);
    return y->w->failed == NULL;
}

static bool act(struct year *y, const struct year_act *a)
{
    int agency = year_agency(y, a->by);
    struct node *n = agency >= 0 ? year_wake(y, agency) : NULL;
    if (n == NULL || !ready(y, n) || !follow(y, n))
        return false;
    spell(y, a);
    struct xj_outgoing *out = draft(y, n, a);
    y->acts++;
    if (out == NULL)
        return false;
    begin_case(y, a, &out->header);
    return wake_addressed(y, &out->header) && submit(y, agency, out);
}

/* ---- the year ---- */

/* The ends of days on which something planted begins or ends, up to an instant. */
static bool look(struct year *y, int64_t upto_ms)
{
    while (y->day_next < y->day_count && y->days[y->day_next] < upto_ms) {
        int64_t end = y->days[y->day_next++];
        int agencies[2] = {0, year_agency(y, YEAR_PROCURATORATE)};
        for (size_t i = 0; i < 2; i++) {
            struct node *n = &y->w->agent[agencies[i]];
            if (!follow(y, n))
                return false;
            year_compare_alerts(y, n, end, false);
        }
    }
    return true;
}

/* What was submitted at one moment goes everywhere before the next begins. */
static bool settle(struct year *y)
{
    struct xj_exchange_figures f;
    bool good = settle_world(y);
    xj_exchange_figures(y->w->core, &f);
    if (f.refused > 0)
        year_fault(y, "the exchange refused something");
    if (f.incidents > 0)
        year_fault(y, "the exchange notes an incident");
    year_rest(y);
    return good && f.refused == 0;
}

bool year_drive(struct year *y)
{
    struct year_act a;
    uint64_t planned = y->acts;
    int64_t moment = 0;
    bool good = true;
    y->acts = 0;
    while (good && year_plan_next(y, &a)) {
        if (a.at_ms != moment) {
            good = (moment == 0 || settle(y)) && look(y, a.at_ms);
            moment = a.at_ms;
            if (y->w->now_ms < moment)
                y->w->now_ms = moment;
        }
        good = good && act(y, &a);
        if (!good)
            year_fault(y, "stopped at case %d, %s: %s", a.case_number, json_string_value(json_object_get(a.request, "act")),
                       y->w->failed != NULL ? y->w->failed : "see above");
        json_decref(a.request);
    }
    good = good && settle(y) && look(y, y->end_ms);
    if (good && y->acts != planned)
        year_fault(y, "%llu acts were planned, %llu done", (unsigned long long)planned, (unsigned long long)y->acts);
    return good;
}
