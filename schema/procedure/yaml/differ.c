#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/procedure/yaml/check.h"
#include "schema/procedure/yaml/differ_private.h"

#define NOTE XJ_SEVERITY_NOTE
#define TEXT_BYTES (64u * 1024)
#define ARENA_BYTES (8u * 1024 * 1024)

/* ---- notes ---- */

__attribute__((format(printf, 3, 0))) static void note(struct xj_buf *out, const char *sep, const char *format, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0) {
        out->err = XJ_ENOMEM;
        return;
    }
    xj_buf_addf(out, "%s%s", out->n > 0 ? sep : "", text);
    free(text);
}

void xj_differ_zh(struct xj_differ *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    note(&d->zh, "；", format, args);
    va_end(args);
}

void xj_differ_en(struct xj_differ *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    note(&d->en, "; ", format, args);
    va_end(args);
}

const char *xj_differ_words(struct xj_differ *d, struct xj_buf *b)
{
    const char *s = xj_buf_cstr(b);
    if (d->out->err == XJ_OK)
        d->out->err = b->err;
    return s != NULL ? s : "";
}

/* What was noted, as one finding. */
static void say(struct xj_differ *d, const char *code)
{
    xj_findings_add(d->out, NOTE, 0, code, "%s%.0s", "%.0s%s", xj_differ_words(d, &d->zh), xj_differ_words(d, &d->en));
    xj_buf_reset(&d->zh);
    xj_buf_reset(&d->en);
}

void xj_differ_tell(struct xj_differ *d, const char *code, const char *kind_zh, const char *kind_en, const struct xj_name *name)
{
    if (d->zh.n == 0 && d->zh.err == XJ_OK)
        return;
    struct xj_buf zh = d->zh, en = d->en;
    xj_buf_init(&d->zh, TEXT_BYTES);
    xj_buf_init(&d->en, TEXT_BYTES);
    xj_buf_addf(&d->zh, "%s“%s”（%s）：%s", kind_zh, name->id, name->zh, xj_differ_words(d, &zh));
    xj_buf_addf(&d->en, "%s %s (%s): %s", kind_en, name->id, name->en, xj_differ_words(d, &en));
    say(d, code);
    xj_buf_free(&zh);
    xj_buf_free(&en);
}

void xj_differ_bool(struct xj_differ *d, const char *zh, const char *en, bool was, bool now)
{
    if (was == now)
        return;
    xj_differ_zh(d, "%s：%s", zh, now ? "改为是" : "改为否");
    xj_differ_en(d, "%s: %s", en, now ? "now yes" : "now no");
}

void xj_differ_text(struct xj_differ *d, const char *zh, const char *en, const char *was, const char *now)
{
    if (strcmp(was, now) == 0)
        return;
    was = was[0] != '\0' ? was : "—";
    now = now[0] != '\0' ? now : "—";
    xj_differ_zh(d, "%s：%s → %s", zh, was, now);
    xj_differ_en(d, "%s: %s → %s", en, was, now);
}

/* ---- lists ---- */

static const struct xj_name *name_at(const void *base, size_t stride, uint16_t i)
{
    return (const struct xj_name *)(const void *)((const uint8_t *)base + stride * i);
}

static bool holds(const uint16_t *list, uint16_t n, uint16_t v)
{
    for (uint16_t i = 0; i < n; i++)
        if (list[i] == v)
            return true;
    return false;
}

static void list_was(struct xj_differ *d, const struct xj_differ_list *l, const struct xj_name *was, const struct xj_name *now)
{
    if (now == NULL) {
        xj_differ_zh(d, "删去%s“%s”（%s）", l->zh, was->id, was->zh);
        xj_differ_en(d, "%s %s (%s) is gone", l->en, was->id, was->en);
        say(d, l->removed);
    } else if (strcmp(was->id, now->id) != 0 || strcmp(was->zh, now->zh) != 0 || strcmp(was->en, now->en) != 0) {
        xj_differ_zh(d, "%s“%s”（%s）改称“%s”（%s）", l->zh, was->id, was->zh, now->id, now->zh);
        xj_differ_en(d, "%s %s (%s) is now %s (%s)", l->en, was->id, was->en, now->id, now->en);
        say(d, l->renamed);
    }
}

void xj_differ_list(struct xj_differ *d, const struct xj_differ_list *l)
{
    for (uint16_t i = 0; i < l->was_count; i++)
        list_was(d, l, name_at(l->was, l->stride, i), l->images[i] != XJ_NONE ? name_at(l->now, l->stride, l->images[i]) : NULL);
    for (uint16_t i = 0; i < l->now_count; i++) {
        const struct xj_name *now = name_at(l->now, l->stride, i);
        if (holds(l->images, l->was_count, i))
            continue;
        xj_differ_zh(d, "增加%s“%s”（%s）", l->zh, now->id, now->zh);
        xj_differ_en(d, "%s %s (%s) is new", l->en, now->id, now->en);
        say(d, l->added);
    }
}

static void add_term(struct xj_buf *zh, struct xj_buf *en, const struct xj_name *n)
{
    xj_buf_addf(zh, "%s%s", zh->n > 0 ? "、" : "", n->zh);
    xj_buf_addf(en, "%s%s", en->n > 0 ? ", " : "", n->id);
}

void xj_differ_indices(struct xj_differ *d, const char *zh, const char *en, const struct xj_differ_list *l, const uint16_t *was,
                       uint16_t was_count, const uint16_t *now, uint16_t now_count)
{
    struct xj_buf more_zh, more_en, less_zh, less_en;
    xj_buf_init(&more_zh, TEXT_BYTES);
    xj_buf_init(&more_en, TEXT_BYTES);
    xj_buf_init(&less_zh, TEXT_BYTES);
    xj_buf_init(&less_en, TEXT_BYTES);
    for (uint16_t i = 0; i < was_count; i++)
        if (l->images[was[i]] == XJ_NONE || !holds(now, now_count, l->images[was[i]]))
            add_term(&less_zh, &less_en, name_at(l->was, l->stride, was[i]));
    for (uint16_t i = 0; i < now_count; i++) {
        bool old = false;
        for (uint16_t k = 0; k < was_count && !old; k++)
            old = l->images[was[k]] == now[i];
        if (!old)
            add_term(&more_zh, &more_en, name_at(l->now, l->stride, now[i]));
    }
    const char *more = xj_differ_words(d, &more_zh), *less = xj_differ_words(d, &less_zh);
    if (more[0] != '\0') {
        xj_differ_zh(d, "%s增加%s", zh, more);
        xj_differ_en(d, "%s: also %s", en, xj_differ_words(d, &more_en));
    }
    if (less[0] != '\0') {
        xj_differ_zh(d, "%s删去%s", zh, less);
        xj_differ_en(d, "%s: no longer %s", en, xj_differ_words(d, &less_en));
    }
    xj_buf_free(&more_zh);
    xj_buf_free(&more_en);
    xj_buf_free(&less_zh);
    xj_buf_free(&less_en);
}

static void gather(const void *array, uint16_t count, size_t stride, uint16_t *ret)
{
    for (uint16_t i = 0; i < count; i++)
        memcpy(&ret[i], (const char *)array + i * stride, sizeof ret[i]);
}

void xj_differ_indexed(struct xj_differ *d, const char *zh, const char *en, const struct xj_differ_list *l, const void *was, uint16_t was_count,
                       const void *now, uint16_t now_count, size_t inner)
{
    uint16_t a[XJ_MODEL_LIST_MAX], b[XJ_MODEL_LIST_MAX];
    gather(was, was_count, inner, a);
    gather(now, now_count, inner, b);
    xj_differ_indices(d, zh, en, l, a, was_count, b, now_count);
}

/* ---- roles ---- */

static void roles_text(const struct xj_model *m, xj_roles roles, struct xj_buf *zh, struct xj_buf *en)
{
    static const struct xj_name any = {"any", "任何一方", "any"}, nobody = {"nobody", "无", "nobody"};
    for (uint16_t i = 0; roles != XJ_ROLES_ANY && i < m->role_count; i++)
        if ((roles >> i & 1) != 0)
            add_term(zh, en, &m->roles[i]);
    if (zh->n == 0)
        add_term(zh, en, roles == XJ_ROLES_ANY ? &any : &nobody);
}

void xj_differ_roles(struct xj_differ *d, const char *zh, const char *en, xj_roles was, xj_roles now)
{
    struct xj_buf t[4];
    for (size_t i = 0; i < 4; i++)
        xj_buf_init(&t[i], TEXT_BYTES);
    roles_text(d->was, was, &t[0], &t[1]);
    roles_text(d->now, now, &t[2], &t[3]);
    if (strcmp(xj_differ_words(d, &t[1]), xj_differ_words(d, &t[3])) != 0) {
        xj_differ_zh(d, "%s：%s → %s", zh, xj_differ_words(d, &t[0]), xj_differ_words(d, &t[2]));
        xj_differ_en(d, "%s: %s → %s", en, xj_differ_words(d, &t[1]), xj_differ_words(d, &t[3]));
    }
    for (size_t i = 0; i < 4; i++)
        xj_buf_free(&t[i]);
}

/* ---- the tables ---- */

struct xj_differ_list xj_differ_acts_of(const struct xj_differ *d)
{
    return (struct xj_differ_list){"行为", "act", "act_renamed", "act_added", "act_removed", d->was->acts, d->now->acts, sizeof *d->was->acts,
                                   d->was->act_count, d->now->act_count, d->im.acts};
}

struct xj_differ_list xj_differ_questions_of(const struct xj_differ *d)
{
    return (struct xj_differ_list){"事项", "question", "question_renamed", "question_added", "question_removed", d->was->questions,
                                   d->now->questions, sizeof *d->was->questions, d->was->question_count, d->now->question_count,
                                   d->im.questions};
}

struct xj_differ_list xj_differ_duties_of(const struct xj_differ *d)
{
    return (struct xj_differ_list){"义务", "duty", "duty_renamed", "duty_added", "duty_removed", d->was->duties, d->now->duties,
                                   sizeof *d->was->duties, d->was->duty_count, d->now->duty_count, d->im.duties};
}

static struct xj_differ_list papers_of(const struct xj_differ *d)
{
    return (struct xj_differ_list){"文书种类", "paper", "paper_renamed", "paper_added", "paper_removed", d->was->papers, d->now->papers,
                                   sizeof *d->was->papers, d->was->paper_count, d->now->paper_count, d->im.papers};
}

static void differ_roles(struct xj_differ *d)
{
    uint16_t images[32];
    for (uint16_t i = 0; i < d->was->role_count; i++) {
        images[i] = XJ_NONE;
        for (uint16_t k = 0; k < d->now->role_count; k++)
            if (strcmp(d->was->roles[i].id, d->now->roles[k].id) == 0)
                images[i] = k;
    }
    xj_differ_list(d, &(struct xj_differ_list){"角色", "role", "role_renamed", "role_added", "role_removed", d->was->roles, d->now->roles,
                                               sizeof *d->was->roles, d->was->role_count, d->now->role_count, images});
}

/* Names of states, which are part of their track. */
static void differ_terms(struct xj_differ *d, const struct xj_m_track *was, const struct xj_m_track *now, const uint16_t *images)
{
    for (uint16_t s = 0; s < was->state_count; s++) {
        const struct xj_name *a = &was->states[s], *b = images[s] != XJ_NONE ? &now->states[images[s]] : a;
        if (strcmp(a->zh, b->zh) == 0 && strcmp(a->en, b->en) == 0)
            continue;
        xj_differ_zh(d, "状态“%s”（%s）改称“%s”（%s）", a->id, a->zh, b->id, b->zh);
        xj_differ_en(d, "state %s (%s) is now %s (%s)", a->id, a->en, b->id, b->en);
    }
}

static void differ_tracks(struct xj_differ *d)
{
    xj_differ_list(d, &(struct xj_differ_list){"轨道", "track", "track_renamed", "track_added", "track_removed", d->was->tracks, d->now->tracks,
                                               sizeof *d->was->tracks, d->was->track_count, d->now->track_count, d->im.tracks});
    for (uint16_t t = 0; t < d->was->track_count; t++) {
        if (d->im.tracks[t] == XJ_NONE)
            continue;
        const struct xj_m_track *was = &d->was->tracks[t], *now = &d->now->tracks[d->im.tracks[t]];
        uint16_t all[XJ_MODEL_LIST_MAX];
        for (uint16_t i = 0; i < XJ_MODEL_LIST_MAX; i++)
            all[i] = i;
        const struct xj_differ_list states = {.was = was->states, .now = now->states, .stride = sizeof *was->states, .images = d->im.states[t]};
        xj_differ_indices(d, "状态", "states", &states, all, was->state_count, all, now->state_count);
        differ_terms(d, was, now, d->im.states[t]);
        xj_differ_roles(d, "归属", "owners", was->owners, now->owners);
        xj_differ_tell(d, "track_changed", "轨道", "track", &now->name);
    }
}

static void differ_questions(struct xj_differ *d)
{
    const struct xj_differ_list l = xj_differ_questions_of(d);
    xj_differ_list(d, &l);
    for (uint16_t q = 0; q < d->was->question_count; q++) {
        if (d->im.questions[q] == XJ_NONE)
            continue;
        const struct xj_m_question *now = &d->now->questions[d->im.questions[q]];
        xj_differ_roles(d, "可向谁提出", "asked of", d->was->questions[q].asked, now->asked);
        xj_differ_tell(d, "question_changed", "事项", "question", &now->name);
    }
}

/* ---- acts ---- */

/* Moves as text; of the old procedure under the names of the new one. */
static void moves_text(const struct xj_model *m, const struct xj_images *im, const struct xj_m_move *list, uint16_t n, struct xj_buf *out)
{
    static const char *const owners[] = {"", "self", "asked", "to"};
    const struct xj_model *names = im != NULL ? im->to : m;
    for (uint16_t i = 0; i < n; i++) {
        uint16_t t = list[i].track, track = im != NULL ? im->tracks[t] : t;
        if (track == XJ_NONE) {
            xj_buf_addf(out, "%s?", m->tracks[t].name.id);
            continue;
        }
        uint16_t state = im != NULL ? im->states[t][list[i].state] : list[i].state;
        xj_buf_addf(out, "%s%s %s→%s", out->n > 0 ? ", " : "", names->tracks[track].name.id, owners[list[i].owner],
                    state == XJ_NONE ? "?" : names->tracks[track].states[state].id);
        for (uint16_t k = 0; k < list[i].from_count; k++) {
            uint16_t from = list[i].from[k], image = from != XJ_NONE && im != NULL ? im->states[t][from] : from;
            xj_buf_addf(out, "%s%s", k == 0 ? " < " : "|", image == XJ_NONE ? "nil" : names->tracks[track].states[image].id);
        }
    }
}

static void differ_moves(struct xj_differ *d, const struct xj_m_move *was, uint16_t was_count, const struct xj_m_move *now, uint16_t now_count)
{
    struct xj_buf a, b;
    xj_buf_init(&a, TEXT_BYTES);
    xj_buf_init(&b, TEXT_BYTES);
    moves_text(d->was, &d->im, was, was_count, &a);
    moves_text(d->now, NULL, now, now_count, &b);
    xj_differ_text(d, "状态变动", "moves", xj_differ_words(d, &a), xj_differ_words(d, &b));
    xj_buf_free(&a);
    xj_buf_free(&b);
}

static uint16_t gather_papers(const struct xj_m_act *a, bool instrument, uint16_t *ret)
{
    uint16_t n = 0;
    for (uint16_t i = 0; i < a->paper_count; i++)
        if (a->papers[i].instrument == instrument)
            ret[n++] = a->papers[i].kind;
    return n;
}

static uint16_t gather_alternatives(const struct xj_m_act *a, uint16_t *ret)
{
    uint16_t n = 0;
    for (uint16_t i = 0; i < a->paper_count; i++)
        if (a->papers[i].or_kind != XJ_NONE)
            ret[n++] = a->papers[i].or_kind;
    return n;
}

static void differ_papers(struct xj_differ *d, const struct xj_m_act *was, const struct xj_m_act *now)
{
    uint16_t a[XJ_MODEL_LIST_MAX], b[XJ_MODEL_LIST_MAX];
    const struct xj_differ_list l = papers_of(d);
    uint16_t an = gather_papers(was, true, a), bn = gather_papers(now, true, b);
    xj_differ_indices(d, "本文书", "instrument", &l, a, an, b, bn);
    an = gather_papers(was, false, a), bn = gather_papers(now, false, b);
    xj_differ_indices(d, "须附文书", "papers", &l, a, an, b, bn);
    an = gather_alternatives(was, a), bn = gather_alternatives(now, b);
    xj_differ_indices(d, "可替代文书", "papers instead", &l, a, an, b, bn);
}

static void differ_asked(struct xj_differ *d, const struct xj_m_act *was, const struct xj_m_act *now)
{
    const struct xj_differ_list l = xj_differ_questions_of(d);
    xj_differ_indexed(d, "提出事项", "asks", &l, was->opens, was->opens_count, now->opens, now->opens_count, sizeof *was->opens);
    for (uint16_t i = 0; i < was->opens_count; i++) {
        uint16_t image = d->im.questions[was->opens[i].question];
        const struct xj_m_opens *o = image != XJ_NONE ? xj_check_opens(now, image) : NULL;
        if (o == NULL)
            continue;
        const struct xj_name *n = &d->now->questions[image].name;
        xj_differ_roles(d, n->zh, n->id, was->opens[i].asked, o->asked);
        xj_differ_bool(d, "问移送机关", "asks the transferor", was->opens[i].asked_transferor, o->asked_transferor);
        xj_differ_bool(d, "问本单位", "asks itself", was->opens[i].asked_self, o->asked_self);
    }
}

static void differ_answers(struct xj_differ *d, const struct xj_m_act *was, const struct xj_m_act *now)
{
    static const char *const modes[] = {"", "req", "once", "opt"};
    const struct xj_differ_list l = xj_differ_questions_of(d);
    xj_differ_indexed(d, "答复事项", "answers", &l, was->answers, was->answer_count, now->answers, now->answer_count, sizeof *was->answers);
    for (uint16_t i = 0; i < was->answer_count; i++) {
        uint16_t image = d->im.questions[was->answers[i].question];
        const struct xj_m_answer *x = &was->answers[i], *y = image != XJ_NONE ? xj_check_answer(now, image) : NULL;
        if (y == NULL)
            continue;
        xj_differ_text(d, "答复方式", "mode", modes[x->mode], modes[y->mode]);
        differ_moves(d, x->moves, x->move_count, y->moves, y->move_count);
    }
    xj_differ_indices(d, "移交事项", "passes on", &l, was->passes, was->pass_count, now->passes, now->pass_count);
}

/* All acts of the groups; how they are grouped is left out. */
static uint16_t gather_groups(const struct xj_m_group *g, uint16_t n, uint16_t *ret)
{
    uint16_t out = 0;
    for (uint16_t i = 0; i < n; i++)
        for (uint16_t k = 0; k < g[i].act_count; k++)
            if (!holds(ret, out, g[i].acts[k]) && out < XJ_MODEL_LIST_MAX)
                ret[out++] = g[i].acts[k];
    return out;
}

static void differ_groups(struct xj_differ *d, const char *zh, const char *en, const struct xj_m_group *was, uint16_t was_count,
                          const struct xj_m_group *now, uint16_t now_count)
{
    uint16_t a[XJ_MODEL_LIST_MAX], b[XJ_MODEL_LIST_MAX];
    const struct xj_differ_list l = xj_differ_acts_of(d);
    uint16_t an = gather_groups(was, was_count, a), bn = gather_groups(now, now_count, b);
    xj_differ_indices(d, zh, en, &l, a, an, b, bn);
}

/* States as text; of the old procedure under the names of the new one. */
static void bars_text(const struct xj_model *m, const struct xj_images *im, const struct xj_m_bar_state *list, uint16_t n, struct xj_buf *out)
{
    const struct xj_model *names = im != NULL ? im->to : m;
    for (uint16_t i = 0; i < n; i++) {
        uint16_t t = im != NULL ? im->tracks[list[i].track] : list[i].track, s = list[i].state;
        if (im != NULL && t != XJ_NONE)
            s = im->states[list[i].track][s];
        if (t == XJ_NONE || s == XJ_NONE)
            xj_buf_addf(out, "%s%s.?", i == 0 ? "" : ", ", m->tracks[list[i].track].name.id);
        else
            xj_buf_addf(out, "%s%s.%s", i == 0 ? "" : ", ", names->tracks[t].name.id, names->tracks[t].states[s].id);
    }
}

static void differ_bars(struct xj_differ *d, const char *zh, const char *en, const struct xj_m_bar_state *was, uint16_t was_count,
                        const struct xj_m_bar_state *now, uint16_t now_count)
{
    struct xj_buf a, b;
    xj_buf_init(&a, TEXT_BYTES);
    xj_buf_init(&b, TEXT_BYTES);
    bars_text(d->was, &d->im, was, was_count, &a);
    bars_text(d->now, NULL, now, now_count, &b);
    xj_differ_text(d, zh, en, xj_differ_words(d, &a), xj_differ_words(d, &b));
    xj_buf_free(&a);
    xj_buf_free(&b);
}

void xj_differ_tag(struct xj_differ *d, enum xj_tag was, enum xj_tag now)
{
    static const char *const tags[] = {"", "C", "C2", "U"};
    xj_differ_text(d, "核实程度", "how well confirmed", tags[was], tags[now]);
}

static void differ_flags(struct xj_differ *d, const struct xj_m_act *was, const struct xj_m_act *now)
{
    static const char *const vis[] = {"", "open", "parties", "after"};
    const struct xj_differ_list acts = xj_differ_acts_of(d);
    xj_differ_text(d, "可见", "visible", vis[was->vis], vis[now->vis]);
    xj_differ_indices(d, "其后可见", "visible after", &acts, &was->vis_after, was->vis_after != XJ_NONE, &now->vis_after, now->vis_after != XJ_NONE);
    xj_differ_bool(d, "抄送移送机关", "copy to the transferor", was->copy_transferor, now->copy_transferor);
    xj_differ_bool(d, "内部行为", "internal", was->internal, now->internal);
    xj_differ_bool(d, "可立案号", "opens a case", was->opens_case, now->opens_case);
    xj_differ_bool(d, "可中途参加", "joins", was->joins, now->joins);
    xj_differ_bool(d, "可重复", "may be done again", was->again, now->again);
    xj_differ_bool(d, "仅可补录", "late entry only", was->late_only, now->late_only);
    xj_differ_bool(d, "须说明理由", "wants reasons", was->reasons, now->reasons);
    xj_differ_bool(d, "须指明当事人", "must name subjects", was->party_required, now->party_required);
    xj_differ_bool(d, "是移送", "transfers", was->transfers, now->transfers);
    xj_differ_bool(d, "是回执", "is the receipt", was->receives, now->receives);
    xj_differ_bool(d, "是受理", "is the acceptance", was->accepts, now->accepts);
}

static void differ_act(struct xj_differ *d, const struct xj_m_act *was, const struct xj_m_act *now)
{
    xj_differ_roles(d, "谁可作出", "who may do it", was->roles, now->roles);
    differ_papers(d, was, now);
    xj_differ_roles(d, "抄送", "copies", was->copies, now->copies);
    xj_differ_roles(d, "主送", "principal", was->principal, now->principal);
    differ_asked(d, was, now);
    differ_answers(d, was, now);
    differ_moves(d, was->moves, was->move_count, now->moves, now->move_count);
    differ_groups(d, "应先有", "expects", was->expects, was->expect_count, now->expects, now->expect_count);
    differ_groups(d, "推定已有", "implies", was->implies, was->imply_count, now->implies, now->imply_count);
    differ_flags(d, was, now);
    differ_bars(d, "不得处罚的状态", "barred in", was->barred, was->barred_count, now->barred, now->barred_count);
    differ_bars(d, "解除禁止的状态", "lifted in", was->lifted, was->lifted_count, now->lifted, now->lifted_count);
    xj_differ_text(d, "依据", "source", was->cite, now->cite);
    xj_differ_tag(d, was->tag, now->tag);
    xj_differ_tell(d, "act_changed", "行为", "act", &now->name);
}

static void differ_acts(struct xj_differ *d)
{
    const struct xj_differ_list l = xj_differ_acts_of(d);
    xj_differ_list(d, &l);
    for (uint16_t a = 0; a < d->was->act_count; a++)
        if (d->im.acts[a] != XJ_NONE)
            differ_act(d, &d->was->acts[a], &d->now->acts[d->im.acts[a]]);
}

enum xj_err xj_procedure_differ(const struct xj_model *was, const struct xj_model *now, struct xj_findings *ret_differences)
{
    struct xj_differ d = {.was = was, .now = now, .out = ret_differences};
    struct xj_arena *arena = xj_arena_new(ARENA_BYTES);
    xj_buf_init(&d.zh, TEXT_BYTES);
    xj_buf_init(&d.en, TEXT_BYTES);
    enum xj_err err = arena == NULL ? XJ_ENOMEM : xj_images_make(arena, was, now, &d.im);
    if (err == XJ_OK) {
        differ_roles(&d);
        const struct xj_differ_list papers = papers_of(&d);
        xj_differ_list(&d, &papers);
        differ_questions(&d);
        differ_tracks(&d);
        differ_acts(&d);
        xj_differ_duties(&d);
        xj_differ_rules(&d);
        xj_differ_statistics(&d);
        err = ret_differences->err;
    }
    xj_arena_free(arena);
    xj_buf_free(&d.zh);
    xj_buf_free(&d.en);
    return err;
}
