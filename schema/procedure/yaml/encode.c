#include "schema/procedure/yaml/encode.h"

#include "schema/procedure/model_flags.h"
#include "schema/wire/pack.h"

static void put_index(struct xj_buf *out, uint16_t i)
{
    if (i == XJ_NONE)
        xj_put_nil(out);
    else
        xj_put_uint(out, i);
}

static void put_indices(struct xj_buf *out, const uint16_t *list, uint16_t count)
{
    xj_put_array(out, count);
    for (uint16_t i = 0; i < count; i++)
        put_index(out, list[i]);
}

static void put_name(struct xj_buf *out, const struct xj_name *n)
{
    xj_put_cstr(out, n->id);
    xj_put_cstr(out, n->zh);
    xj_put_cstr(out, n->en);
}

static void put_names(struct xj_buf *out, const struct xj_name *list, uint16_t count)
{
    xj_put_array(out, count);
    for (uint16_t i = 0; i < count; i++) {
        xj_put_array(out, 3);
        put_name(out, &list[i]);
    }
}

static void put_moves(struct xj_buf *out, const struct xj_m_move *list, uint16_t count)
{
    xj_put_array(out, count);
    for (uint16_t i = 0; i < count; i++) {
        xj_put_array(out, 4);
        xj_put_uint(out, list[i].track);
        xj_put_uint(out, list[i].state);
        xj_put_uint(out, (uint64_t)list[i].owner);
        put_indices(out, list[i].from, list[i].from_count);
    }
}

static void put_opens(struct xj_buf *out, const struct xj_m_act *act)
{
    xj_put_array(out, act->opens_count);
    for (uint16_t i = 0; i < act->opens_count; i++) {
        const struct xj_m_opens *o = &act->opens[i];
        xj_put_array(out, 3);
        xj_put_uint(out, o->question);
        xj_put_uint(out, o->asked);
        xj_put_uint(out, (o->asked_transferor ? XJ_OPENS_TRANSFEROR : 0u) | (o->asked_self ? XJ_OPENS_SELF : 0u));
    }
}

static void put_answers(struct xj_buf *out, const struct xj_m_act *act)
{
    xj_put_array(out, act->answer_count);
    for (uint16_t i = 0; i < act->answer_count; i++) {
        xj_put_array(out, 3);
        xj_put_uint(out, act->answers[i].question);
        xj_put_uint(out, (uint64_t)act->answers[i].mode);
        put_moves(out, act->answers[i].moves, act->answers[i].move_count);
    }
}

static void put_groups(struct xj_buf *out, const struct xj_m_group *list, uint16_t count)
{
    xj_put_array(out, count);
    for (uint16_t i = 0; i < count; i++)
        put_indices(out, list[i].acts, list[i].act_count);
}

static void put_papers(struct xj_buf *out, const struct xj_m_act *act)
{
    xj_put_array(out, act->paper_count);
    for (uint16_t i = 0; i < act->paper_count; i++) {
        xj_put_array(out, 3);
        xj_put_uint(out, act->papers[i].kind);
        xj_put_bool(out, act->papers[i].instrument);
        put_index(out, act->papers[i].or_kind);
    }
}

static void put_bars(struct xj_buf *out, const struct xj_m_bar_state *list, uint16_t count)
{
    xj_put_array(out, count);
    for (uint16_t i = 0; i < count; i++) {
        xj_put_array(out, 2);
        xj_put_uint(out, list[i].track);
        xj_put_uint(out, list[i].state);
    }
}

static unsigned act_flags(const struct xj_m_act *a)
{
    return (a->internal ? XJ_ACT_INTERNAL : 0u) | (a->opens_case ? XJ_ACT_OPENS_CASE : 0u) | (a->joins ? XJ_ACT_JOINS : 0u) |
           (a->again ? XJ_ACT_AGAIN : 0u) | (a->late_only ? XJ_ACT_LATE_ONLY : 0u) | (a->reasons ? XJ_ACT_REASONS : 0u) |
           (a->party_required ? XJ_ACT_PARTY_REQUIRED : 0u) |
           (a->transfers ? XJ_ACT_TRANSFERS : 0u) | (a->receives ? XJ_ACT_RECEIVES : 0u) |
           (a->accepts ? XJ_ACT_ACCEPTS : 0u) | (a->copy_transferor ? XJ_ACT_COPY_TRANSFEROR : 0u);
}

static void put_act(struct xj_buf *out, const struct xj_m_act *act)
{
    xj_put_array(out, 20);
    put_name(out, &act->name);
    xj_put_uint(out, act->roles);
    put_moves(out, act->moves, act->move_count);
    put_opens(out, act);
    put_answers(out, act);
    put_indices(out, act->passes, act->pass_count);
    put_groups(out, act->expects, act->expect_count);
    put_groups(out, act->implies, act->imply_count);
    put_papers(out, act);
    xj_put_uint(out, act->copies);
    xj_put_uint(out, act->principal);
    xj_put_uint(out, (uint64_t)act->vis);
    put_index(out, act->vis_after);
    xj_put_uint(out, act_flags(act));
    put_bars(out, act->barred, act->barred_count);
    put_bars(out, act->lifted, act->lifted_count);
    xj_put_cstr(out, act->cite);
    xj_put_uint(out, (uint64_t)act->tag);
}

static unsigned duty_flags(const struct xj_m_duty *d)
{
    return (d->stop_self ? XJ_DUTY_STOP_SELF : 0u) | (d->link_case ? XJ_DUTY_LINK_CASE : 0u) |
           (d->arises_done ? XJ_DUTY_ARISES_DONE : 0u) | (d->may ? XJ_DUTY_MAY : 0u) |
           (d->disabled ? XJ_DUTY_DISABLED : 0u) | (d->inside ? XJ_DUTY_INSIDE : 0u);
}

static void put_duty_lists(struct xj_buf *out, const struct xj_m_duty *d)
{
    xj_put_array(out, d->sector_count);
    for (uint16_t i = 0; i < d->sector_count; i++) {
        xj_put_array(out, 4);
        xj_put_cstr(out, d->sectors[i].sector);
        xj_put_uint(out, (uint64_t)d->sectors[i].kind);
        xj_put_uint(out, d->sectors[i].limit);
        xj_put_uint(out, d->sectors[i].extended_limit);
    }
    xj_put_array(out, d->extend_count);
    for (uint16_t i = 0; i < d->extend_count; i++) {
        xj_put_array(out, 2);
        xj_put_uint(out, d->extends[i].act);
        xj_put_uint(out, d->extends[i].limit);
    }
}

static void put_duty(struct xj_buf *out, const struct xj_m_duty *d)
{
    xj_put_array(out, 22);
    put_name(out, &d->name);
    xj_put_uint(out, d->obligor);
    xj_put_array(out, d->start_count);
    for (uint16_t i = 0; i < d->start_count; i++) {
        xj_put_array(out, 3);
        xj_put_uint(out, d->starts[i].act);
        xj_put_uint(out, (uint64_t)d->starts[i].instant);
        xj_put_bool(out, d->starts[i].on_receipt);
    }
    put_indices(out, d->stops, d->stop_count);
    xj_put_uint(out, duty_flags(d));
    xj_put_uint(out, (uint64_t)d->kind);
    xj_put_uint(out, d->limit);
    put_duty_lists(out, d);
    put_indices(out, d->pause_from, d->pause_from_count);
    put_indices(out, d->pause_to, d->pause_to_count);
    put_indices(out, d->if_answers, d->if_answer_count);
    put_index(out, d->if_track);
    put_index(out, d->if_state);
    put_index(out, d->or_paper);
    put_index(out, d->if_act);
    put_index(out, d->unless_act);
    if (d->since_ms == INT64_MIN)
        xj_put_nil(out);
    else
        xj_put_int(out, d->since_ms);
    xj_put_cstr(out, d->cite);
    xj_put_uint(out, (uint64_t)d->tag);
}

static void put_word(struct xj_buf *out, const char *s)
{
    if (s == NULL)
        xj_put_nil(out);
    else
        xj_put_cstr(out, s);
}

static void put_when(struct xj_buf *out, const struct xj_m_when *w)
{
    xj_put_array(out, 17);
    put_indices(out, w->acts, w->act_count);
    put_indices(out, w->duties, w->duty_count);
    xj_put_uint(out, w->by);
    put_word(out, w->breach);
    put_word(out, w->detail);
    put_indices(out, w->before, w->before_count);
    put_indices(out, w->after, w->after_count);
    put_indices(out, w->not_before, w->not_before_count);
    put_indices(out, w->with, w->with_count);
    put_indices(out, w->without, w->without_count);
    xj_put_uint(out, w->without_by);
    put_word(out, w->kind);
    xj_put_uint(out, w->times);
    xj_put_uint(out, (uint64_t)w->longer);
    xj_put_uint(out, w->limit);
    xj_put_uint(out, (w->backdated ? XJ_WHEN_BACKDATED : 0u) | (w->principal ? XJ_WHEN_PRINCIPAL : 0u));
    xj_put_array(out, w->figure_count);
    for (uint16_t i = 0; i < w->figure_count; i++) {
        xj_put_array(out, 3);
        xj_put_cstr(out, w->figures[i].word);
        xj_put_uint(out, w->figures[i].least);
        if (w->figures[i].most == UINT64_MAX)
            xj_put_nil(out);
        else
            xj_put_uint(out, w->figures[i].most);
    }
}

static void put_rule(struct xj_buf *out, const struct xj_m_rule *r)
{
    xj_put_array(out, 14);
    put_name(out, &r->name);
    xj_put_cstr(out, r->mode_zh);
    xj_put_cstr(out, r->mode_en);
    xj_put_uint(out, (uint64_t)r->live);
    xj_put_uint(out, (uint64_t)r->history);
    xj_put_uint(out, r->tell);
    xj_put_uint(out, r->tell_self ? XJ_RULE_TELL_SELF : 0u);
    xj_put_array(out, r->when_count);
    for (uint16_t i = 0; i < r->when_count; i++)
        put_when(out, &r->whens[i]);
    put_indices(out, r->escalate, r->escalate_count);
    put_indices(out, r->stops, r->stop_count);
    xj_put_cstr(out, r->cite);
    xj_put_uint(out, (uint64_t)r->tag);
}

static void put_statistic(struct xj_buf *out, const struct xj_m_statistic *s)
{
    xj_put_array(out, 16);
    put_name(out, &s->name);
    xj_put_uint(out, (uint64_t)s->kind);
    xj_put_uint(out, s->place);
    put_indices(out, s->acts, s->act_count);
    put_indices(out, s->duties, s->duty_count);
    xj_put_uint(out, s->by);
    xj_put_uint(out, (uint64_t)s->once);
    xj_put_uint(out, (uint64_t)s->figure);
    xj_put_uint(out, s->outcomes);
    put_index(out, s->of);
    put_index(out, s->per);
    put_index(out, s->stage);
    put_word(out, s->outlier);
    xj_put_uint(out, s->principal ? XJ_STATISTIC_PRINCIPAL : 0u);
}

static void put_tables(const struct xj_model *m, struct xj_buf *out)
{
    put_names(out, m->roles, m->role_count);
    put_names(out, m->papers, m->paper_count);
    xj_put_array(out, m->question_count);
    for (uint16_t i = 0; i < m->question_count; i++) {
        xj_put_array(out, 4);
        put_name(out, &m->questions[i].name);
        xj_put_uint(out, m->questions[i].asked);
    }
    xj_put_array(out, m->track_count);
    for (uint16_t i = 0; i < m->track_count; i++) {
        xj_put_array(out, 6);
        put_name(out, &m->tracks[i].name);
        xj_put_uint(out, (uint64_t)m->tracks[i].scope);
        xj_put_uint(out, m->tracks[i].owners);
        put_names(out, m->tracks[i].states, m->tracks[i].state_count);
    }
}

static void put_renames(struct xj_buf *out, const struct xj_m_rename *list, uint16_t count, bool duties)
{
    xj_put_array(out, count);
    for (uint16_t i = 0; i < count; i++) {
        xj_put_array(out, duties ? 4 : 2);
        xj_put_cstr(out, list[i].was);
        put_index(out, list[i].is);
        if (!duties)
            continue;
        put_word(out, list[i].zh);
        put_word(out, list[i].en);
    }
}

static void put_replaces(struct xj_buf *out, const struct xj_m_replaces *r)
{
    if (r == NULL) {
        xj_put_nil(out);
        return;
    }
    xj_put_array(out, 6);
    xj_put_bin(out, r->revision.b, XJ_HASH_SIZE);
    xj_put_uint(out, (uint64_t)r->cases);
    xj_put_array(out, r->state_count);
    for (uint16_t i = 0; i < r->state_count; i++) {
        xj_put_array(out, 4);
        xj_put_cstr(out, r->states[i].track);
        xj_put_cstr(out, r->states[i].state);
        xj_put_uint(out, r->states[i].to_track);
        xj_put_uint(out, r->states[i].to_state);
    }
    put_renames(out, r->acts, r->act_count, false);
    put_renames(out, r->questions, r->question_count, false);
    put_renames(out, r->duties, r->duty_count, true);
}

void xj_model_encode(const struct xj_model *m, struct xj_buf *out)
{
    xj_put_array(out, 11);
    xj_put_uint(out, XJ_MODEL_VERSION);
    xj_put_array(out, 3);
    put_name(out, &m->name);
    put_tables(m, out);
    xj_put_array(out, m->act_count);
    for (uint16_t i = 0; i < m->act_count; i++)
        put_act(out, &m->acts[i]);
    xj_put_array(out, m->duty_count);
    for (uint16_t i = 0; i < m->duty_count; i++)
        put_duty(out, &m->duties[i]);
    xj_put_array(out, m->rule_count);
    for (uint16_t i = 0; i < m->rule_count; i++)
        put_rule(out, &m->rules[i]);
    xj_put_array(out, m->statistic_count);
    for (uint16_t i = 0; i < m->statistic_count; i++)
        put_statistic(out, &m->statistics[i]);
    put_replaces(out, m->replaces);
}
