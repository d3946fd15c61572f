/* P8, silence: nothing that a duty asks for was done until an instant. Spec 16, section 6. */
#include <string.h>

#include "schema/evidence/judge_private.h"
#include "schema/procedure/model.h"

/* ---- the duty ---- */

/* Whether the duty of that procedure is ended by acts, and by this one. */
struct stops {
    struct xj_model *model;
    const struct xj_m_duty *duty;
};

static bool starts_by(const struct stops *s, struct xj_slice act)
{
    for (uint16_t i = 0; i < s->duty->start_count; i++)
        if (xj_slice_is(act, s->model->acts[s->duty->starts[i].act].name.id))
            return true;
    return false;
}

/* Whether an agency with the role it had then may owe the duty. */
static bool may_owe(struct xj_ev_judge *j, const struct xj_ev_book *k, const struct stops *s, struct xj_slice agency, uint64_t at)
{
    struct xj_agency a;
    enum xj_err err = xj_reg_agency(&k->store, agency, at, &a);
    if (err == XJ_ENOMEM)
        j->err = err;
    if (err != XJ_OK)
        return false;
    return s->duty->obligor == XJ_ROLES_ANY || (s->duty->obligor & xj_model_role(s->model, xj_slice_cstr(a.role))) != 0;
}

/* The duty that the silence speaks of; false when the procedure has no such duty for this message and agency. */
static bool find_stops(struct xj_ev_judge *j, const struct xj_ev_book *k, const struct xj_ev_message *m, const struct xj_ev_silence *silence,
                       struct stops *ret)
{
    struct xj_slice compiled;
    memset(ret, 0, sizeof *ret);
    if (!xj_ev_revision(j, k, m->procedure, &m->revision, m->register_number, &compiled))
        return false;
    enum xj_err err = xj_model_decode(compiled, &ret->model);
    if (err == XJ_ENOMEM)
        j->err = err;
    if (err != XJ_OK)
        return false;
    const uint16_t at = xj_model_duty(ret->model, silence->duty);
    ret->duty = at != XJ_NONE ? &ret->model->duties[at] : NULL;
    return ret->duty != NULL && ret->duty->stop_count > 0 && starts_by(ret, m->act) &&
           may_owe(j, k, ret, silence->obligor, m->register_number);
}

static bool stops_by(const struct stops *s, struct xj_slice act)
{
    for (uint16_t i = 0; i < s->duty->stop_count; i++)
        if (xj_slice_is(act, s->model->acts[s->duty->stops[i]].name.id))
            return true;
    return false;
}

/* ---- candidates ---- */

static bool relate(const struct xj_subject *a, const struct xj_subject *b)
{
    if (memcmp(a->party, b->party, sizeof a->party) != 0)
        return false;
    return !a->has_charge || !b->has_charge || memcmp(a->charge, b->charge, sizeof a->charge) == 0;
}

static bool subjects_relate(const struct xj_ev_silence *s, const struct xj_header *h)
{
    if (s->subject_count == 0 || h->subject_count == 0)
        return true;
    for (size_t i = 0; i < s->subject_count; i++)
        for (size_t n = 0; n < h->subject_count; n++)
            if (relate(&s->subjects[i], &h->subjects[n]))
                return true;
    return false;
}

static bool answers(const struct xj_header *h, const struct xj_id *id)
{
    for (size_t i = 0; i < h->answer_count; i++)
        if (xj_id_eq(&h->answers[i].id, id))
            return true;
    return h->answer_count == 0;
}

struct candidates {
    bool answered, other, late;
};

static void look(struct xj_ev_judge *j, const struct xj_ev_book *k, const struct xj_ev_silence *s, const struct xj_ev_message *m,
                 const struct stops *stops, struct candidates *ret)
{
    for (size_t i = 0; i < k->message_count && j->err == XJ_OK; i++) {
        const struct xj_ev_message *c = &k->messages[i];
        if (!c->admitted || c->seq <= m->seq || !stops_by(stops, c->act) ||
            !(xj_slice_eq(c->from, s->obligor) || xj_slice_eq(c->actor, s->obligor)))
            continue;
        const struct xj_header *h = xj_ev_header(j, k, c);
        if (!subjects_relate(s, h))
            continue;
        const bool live = c->mode == XJ_MODE_LIVE, in_time = k->notes[c->answer].time_ms <= s->due_ms;
        ret->late |= !live;
        if (live && in_time && answers(h, &m->id))
            ret->answered = true;
        else if (live && in_time)
            ret->other = true;
    }
}

/* ---- what surrounds it ---- */

static bool is_party(struct xj_ev_judge *j, const struct xj_ev_book *k, const struct xj_ev_message *m)
{
    const struct xj_header *h = xj_ev_header(j, k, m);
    bool party = xj_slice_eq(h->from, k->b->owner);
    for (size_t i = 0; i < h->to_count; i++)
        party |= xj_slice_eq(h->to[i].agency, k->b->owner);
    for (size_t i = 0; i < h->joint_count; i++)
        party |= xj_slice_eq(h->joint[i], k->b->owner);
    return party;
}

/* The merged item of P3. */
static bool was_stored(const struct xj_ev_judge *j, const struct xj_hash *message, struct xj_slice agency)
{
    const struct xj_ev_item *items = (const struct xj_ev_item *)(const void *)j->items.p;
    for (size_t i = 0; i < j->items.n / sizeof *items; i++)
        if (items[i].claim == XJ_CLAIM_STORED && xj_hash_eq(&items[i].message, message) && xj_slice_eq(items[i].agency, agency))
            return items[i].verdict == XJ_EV_PROVED;
    return false;
}

static bool reaches(const struct xj_ev_book *k, const struct xj_ev_silence *s)
{
    return (xj_slice_eq(s->obligor, k->b->owner) ? k->own_until_ms : k->mail_until_ms) > s->due_ms;
}

static struct xj_ev_finding silent(struct xj_ev_judge *j, const struct xj_ev_book *k, const struct xj_ev_silence *s,
                                   const struct xj_ev_message *m, const struct stops *stops)
{
    struct candidates c = {false, false, false};
    if (s->due_ms < k->notes[m->answer].time_ms)
        return xj_ev_open("early");
    look(j, k, s, m, stops, &c);
    if (c.answered)
        return xj_ev_contra("answered");
    if (c.other)
        return xj_ev_open("other_answer");
    if (c.late)
        return xj_ev_open("late_entry");
    if (!is_party(j, k, m))
        return xj_ev_open("party");
    if (!xj_slice_eq(s->obligor, m->from) && !was_stored(j, &m->digest, s->obligor))
        return xj_ev_open("not_stored");
    if (k->sequence.code != NULL)
        return xj_ev_open("sequence");
    return reaches(k, s) ? XJ_EV_HOLDS : xj_ev_open("sequence_short");
}

static void one(struct xj_ev_judge *j, struct xj_ev_book *k, const struct xj_ev_silence *s)
{
    const struct xj_ev_message *m = NULL;
    struct xj_ev_item item = {.claim = XJ_CLAIM_SILENCE, .bundle = k->index, .about_message = true, .id = s->message, .what = s->duty,
                              .agency = s->obligor, .has_to = true, .to = s->due_ms};
    struct stops stops;
    for (size_t i = 0; i < k->message_count && m == NULL; i++)
        if (k->messages[i].admitted && xj_id_eq(&k->messages[i].id, &s->message))
            m = &k->messages[i];
    if (m == NULL) {
        xj_ev_add(j, item, xj_ev_open("message_absent"));
        return;
    }
    item.message = m->digest;
    if (find_stops(j, k, m, s, &stops))
        xj_ev_add(j, item, silent(j, k, s, m, &stops));
    else
        xj_ev_add(j, item, xj_ev_open("duty"));
    xj_model_free(stops.model);
}

void xj_ev_silence(struct xj_ev_judge *j, struct xj_ev_book *k)
{
    for (size_t i = 0; i < k->b->silence_count && j->err == XJ_OK; i++)
        one(j, k, &k->b->silences[i]);
}
