#include "tests/unit/alertworld.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTES 8

static struct {
    struct xj_id act[NOTES];
    const char *code[NOTES], *detail[NOTES];
    size_t n;
    const char *kind;
    const char *word[NOTES];
    uint64_t value[NOTES];
    size_t figures;
} facts;

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "alertworld: %s\n", what);
    abort();
}

void alerts_reset(void)
{
    memset(&facts, 0, sizeof facts);
}

void party_is(const char *kind)
{
    facts.kind = kind;
}

void note_breach(struct xj_id act, const char *code, const char *detail)
{
    must(facts.n < NOTES, "too many breaches noted");
    facts.act[facts.n] = act;
    facts.code[facts.n] = code;
    facts.detail[facts.n++] = detail;
}

void figure_is(const char *word, uint64_t value)
{
    must(facts.figures < NOTES, "too many figures");
    facts.word[facts.figures] = word;
    facts.value[facts.figures++] = value;
}

static bool fact_figure(void *ctx, const struct xj_id *act, const char *word, uint64_t *ret)
{
    (void)ctx;
    (void)act;
    for (size_t i = facts.figures; i > 0; i--)
        if (strcmp(facts.word[i - 1], word) == 0) {
            *ret = facts.value[i - 1];
            return true;
        }
    return false;
}

static bool fact_breach(void *ctx, const struct xj_id *act, const char *code, const char *detail)
{
    (void)ctx;
    for (size_t i = 0; i < facts.n; i++)
        if (xj_id_eq(&facts.act[i], act) && strcmp(facts.code[i], code) == 0 && (detail == NULL || strcmp(facts.detail[i], detail) == 0))
            return true;
    return false;
}

static bool fact_kind(void *ctx, const char *kind)
{
    (void)ctx;
    return facts.kind != NULL && strcmp(facts.kind, kind) == 0;
}

static bool see(void *arg, const struct xj_alert_view *a)
{
    struct want *want = arg;
    if (strcmp(want->w->model->rules[a->rule].name.id, want->rule) != 0 || a->fires_ms > want->now_ms)
        return true;
    want->count++;
    want->last = *a;
    memcpy(want->who, a->answerable.p, a->answerable.n);
    want->who[a->answerable.n] = '\0';
    return true;
}

static int count(struct world *w, int view, const char *rule, int64_t now_ms, struct want *ret)
{
    struct want want = {.w = w, .rule = rule, .now_ms = now_ms};
    const struct xj_alert_facts f = {NULL, fact_breach, fact_kind, fact_figure};
    struct xj_engine e = engine_at(w, view);
    must(xj_model_rule(w->model, xj_slice_cstr(rule)) != XJ_NONE, rule);
    must(xj_engine_alerts(&e, w->case_id, &f, see, &want) == XJ_OK, "alerts");
    if (ret != NULL)
        *ret = want;
    return want.count;
}

int raised_in(struct world *w, int view, const char *rule, const char *now, struct want *ret)
{
    return count(w, view, rule, at(now), ret);
}

int raised_at(struct world *w, const char *rule, int64_t now_ms, struct want *ret)
{
    return count(w, -1, rule, now_ms, ret);
}

int raised(struct world *w, const char *rule, const char *now, struct want *ret)
{
    return count(w, -1, rule, at(now), ret);
}

bool is_agency(const struct want *x, enum who who)
{
    return xj_slice_eq(xj_slice_cstr(x->who), name_of(who));
}
