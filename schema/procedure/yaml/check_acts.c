#include <string.h>

#include "schema/base/limits.h"
#include "schema/procedure/arena.h"
#include "schema/procedure/yaml/check.h"

_Static_assert(XJ_MAX_TRACKS == XJ_MAX_ANSWERS, "one figure in the text of too_many");

#define ERR XJ_SEVERITY_ERROR

xj_roles xj_check_everyone(const struct xj_model *m)
{
    return m->role_count >= 32 ? XJ_ROLES_ANY : ((xj_roles)1 << m->role_count) - 1;
}

xj_roles xj_check_roles(const struct xj_model *m, xj_roles roles)
{
    return roles & xj_check_everyone(m);
}

const struct xj_m_answer *xj_check_answer(const struct xj_m_act *act, uint16_t question)
{
    for (uint16_t i = 0; i < act->answer_count; i++) {
        if (act->answers[i].question == question)
            return &act->answers[i];
    }
    return NULL;
}

const struct xj_m_opens *xj_check_opens(const struct xj_m_act *act, uint16_t question)
{
    for (uint16_t i = 0; i < act->opens_count; i++) {
        if (act->opens[i].question == question)
            return &act->opens[i];
    }
    return NULL;
}

xj_roles xj_check_transferors(const struct xj_model *m)
{
    xj_roles roles = 0;
    for (uint16_t i = 0; i < m->act_count; i++)
        roles |= m->acts[i].transfers ? xj_check_roles(m, m->acts[i].roles) : 0;
    return roles;
}

xj_roles xj_check_viewers(const struct xj_model *m, const struct xj_m_act *act)
{
    xj_roles roles = act->roles;
    if (act->internal)
        return xj_check_roles(m, roles);
    roles |= act->copies | act->principal;
    for (uint16_t i = 0; i < act->opens_count; i++) {
        roles |= act->opens[i].asked;
        if (act->opens[i].asked_transferor)
            roles |= xj_check_transferors(m);
    }
    if (act->copy_transferor)
        roles |= xj_check_transferors(m);
    return xj_check_roles(m, roles);
}

/* ---- states ---- */

/* Who moves to a state may start from a state that is itself never reached, so this runs until nothing new is found. */
static bool reaches(const struct xj_m_move *mv, const bool *reached)
{
    if (mv->from_count == 0)
        return true;
    for (uint16_t i = 0; i < mv->from_count; i++) {
        if (mv->from[i] == XJ_NONE || reached[mv->from[i]])
            return true;
    }
    return false;
}

static bool spread(const struct xj_m_move *moves, uint16_t count, uint16_t track, bool *reached)
{
    bool grew = false;
    for (uint16_t i = 0; i < count; i++) {
        const struct xj_m_move *mv = &moves[i];
        if (mv->track != track || mv->state == XJ_NONE || reached[mv->state] || !reaches(mv, reached))
            continue;
        reached[mv->state] = true;
        grew = true;
    }
    return grew;
}

static bool spread_all(const struct xj_model *m, uint16_t track, bool *reached)
{
    bool grew = false;
    for (uint16_t a = 0; a < m->act_count; a++) {
        const struct xj_m_act *act = &m->acts[a];
        grew = spread(act->moves, act->move_count, track, reached) || grew;
        for (uint16_t i = 0; i < act->answer_count; i++)
            grew = spread(act->answers[i].moves, act->answers[i].move_count, track, reached) || grew;
    }
    return grew;
}

static void check_states(const struct xj_draft *d, struct xj_findings *f)
{
    const struct xj_model *m = d->m;
    for (uint16_t t = 0; t < m->track_count; t++) {
        const struct xj_m_track *track = &m->tracks[t];
        bool *reached = xj_arena_array(m->arena, track->state_count, sizeof *reached);
        if (reached == NULL)
            return;
        while (spread_all(m, t, reached)) {
        }
        for (uint16_t s = 0; s < track->state_count; s++) {
            if (!reached[s])
                xj_findings_add(f, ERR, d->state_line[t][s], "unreachable_state", "“%s”的状态“%s”无法到达",
                                "in %s no act leads to the state %s", track->name.id, track->states[s].id);
        }
    }
}

/* ---- questions ---- */

static xj_roles can_answer(const struct xj_model *m, uint16_t question)
{
    xj_roles roles = 0;
    for (uint16_t a = 0; a < m->act_count; a++) {
        if (xj_check_answer(&m->acts[a], question) != NULL)
            roles |= xj_check_roles(m, m->acts[a].roles);
    }
    return roles;
}

static bool is_opened(const struct xj_model *m, uint16_t question)
{
    for (uint16_t a = 0; a < m->act_count; a++) {
        if (xj_check_opens(&m->acts[a], question) != NULL)
            return true;
    }
    return false;
}

static void check_question(const struct xj_draft *d, uint16_t q, struct xj_findings *f)
{
    const struct xj_model *m = d->m;
    const char *id = m->questions[q].name.id;
    bool opened = is_opened(m, q);
    if (!opened)
        xj_findings_add(f, XJ_SEVERITY_WARNING, d->question_line[q], "question_unused", "没有行为提出“%s”", "no act opens %s", id);
    if (can_answer(m, q) == 0 && !d->reported_only[q])
        xj_findings_add(f, ERR, d->question_line[q], "question_unanswered", "没有行为能回答“%s”", "no act can answer %s", id);
    for (uint16_t a = 0; !opened && a < m->act_count; a++) {
        const struct xj_m_answer *answer = xj_check_answer(&m->acts[a], q);
        if (answer == NULL)
            continue;
        bool req = answer->mode == XJ_ANSWER_REQ;
        xj_findings_add(f, ERR, d->act_line[a], req ? "req_unasked" : "answer_unasked", "“%s”回答无人提出的“%s”",
                        "%s answers %s, which no act opens", m->acts[a].name.id, id);
    }
}

/* Whom an act asks must be able to answer, each role on its own; of a whole procedure ("any") somebody must. */
static void check_asked(const struct xj_draft *d, uint16_t a, struct xj_findings *f)
{
    const struct xj_model *m = d->m;
    const struct xj_m_act *act = &m->acts[a];
    for (uint16_t i = 0; i < act->opens_count; i++) {
        const struct xj_m_opens *o = &act->opens[i];
        const struct xj_m_question *q = &m->questions[o->question];
        xj_roles answer = can_answer(m, o->question), ask = xj_check_roles(m, o->asked);
        xj_roles self = o->asked_self ? xj_check_roles(m, act->roles) : 0;
        bool stuck = o->asked != XJ_ROLES_ANY && (ask & ~answer) != 0;
        stuck = stuck || (o->asked_transferor && (xj_check_transferors(m) & answer) == 0) || (self & ~answer) != 0;
        if (stuck && !d->reported_only[o->question])
            xj_findings_add(f, ERR, d->act_line[a], "question_role", "“%s”向不能回答的一方提出“%s”",
                            "%s puts %s to a role that cannot answer it", act->name.id, q->name.id);
        if ((o->asked != XJ_ROLES_ANY || q->asked != XJ_ROLES_ANY) && ((ask | self) & ~xj_check_roles(m, q->asked)) != 0)
            xj_findings_add(f, ERR, d->act_line[a], "question_role", "“%s”向事项“%s”未列的一方提出",
                            "%s puts %s to a role that the question does not name", act->name.id, q->name.id);
    }
}

/* ---- moves ---- */

/* Tracks that the chain of answered acts may have moved before an act that answers the question. */
static void chain_tracks(const struct xj_model *m, uint16_t question, bool *seen, bool *tracks)
{
    if (seen[question])
        return;
    seen[question] = true;
    for (uint16_t a = 0; a < m->act_count; a++) {
        const struct xj_m_act *act = &m->acts[a];
        if (xj_check_opens(act, question) == NULL)
            continue;
        for (uint16_t i = 0; i < act->move_count; i++)
            tracks[act->moves[i].track] = true;
        for (uint16_t i = 0; i < act->answer_count; i++) {
            for (uint16_t k = 0; k < act->answers[i].move_count; k++)
                tracks[act->answers[i].moves[k].track] = true;
            chain_tracks(m, act->answers[i].question, seen, tracks);
        }
    }
}

static void check_answer_moves(const struct xj_draft *d, uint16_t a, const struct xj_m_answer *answer, struct xj_findings *f)
{
    const struct xj_model *m = d->m;
    if (answer->move_count == 0)
        return;
    bool *seen = xj_arena_array(m->arena, m->question_count, sizeof *seen);
    bool *tracks = xj_arena_array(m->arena, m->track_count, sizeof *tracks);
    if (seen == NULL || tracks == NULL)
        return;
    chain_tracks(m, answer->question, seen, tracks);
    for (uint16_t i = 0; i < answer->move_count; i++) {
        if (!tracks[answer->moves[i].track])
            xj_findings_add(f, ERR, d->act_line[a], "move_never", "“%s”回答时移动的“%s”，所答的行为从未移动过",
                            "%s moves %s with an answer, but no act answered ever moved it", m->acts[a].name.id,
                            m->tracks[answer->moves[i].track].name.id);
    }
}

static bool has_principal(const struct xj_m_act *act)
{
    for (uint16_t i = 0; i < act->opens_count; i++) {
        if (act->opens[i].asked != 0)
            return true;
    }
    return act->principal != 0;
}

static void check_owners(const struct xj_draft *d, uint16_t a, const struct xj_m_move *moves, uint16_t count, struct xj_findings *f)
{
    const struct xj_model *m = d->m;
    const struct xj_m_act *act = &m->acts[a];
    for (uint16_t i = 0; i < count; i++) {
        const struct xj_m_track *t = &m->tracks[moves[i].track];
        if (moves[i].owner == XJ_OWNER_SELF && (xj_check_roles(m, act->roles) & ~xj_check_roles(m, t->owners)) != 0)
            xj_findings_add(f, ERR, d->act_line[a], "owner_role", "可作出“%s”的一方不能拥有“%s”",
                            "a role that may do %s cannot own %s", act->name.id, t->name.id);
        if (moves[i].owner == XJ_OWNER_TO && !has_principal(act))
            xj_findings_add(f, ERR, d->act_line[a], "no_principal", "“%s”没有主送，却按主送移动“%s”",
                            "%s has no principal whose %s could move", act->name.id, t->name.id);
    }
}

/* ---- single acts ---- */

static void check_sending(const struct xj_draft *d, uint16_t a, struct xj_findings *f)
{
    const struct xj_m_act *act = &d->m->acts[a];
    bool sends = act->copies != 0 || act->copy_transferor || act->principal != 0;
    for (uint16_t i = 0; i < act->opens_count; i++)
        sends = sends || !act->opens[i].asked_self;
    if (act->internal && sends)
        xj_findings_add(f, ERR, d->act_line[a], "internal_sends", "“%s”是内部行为，却有收件人（%s）",
                        "%s is internal, yet has recipients (%s)", act->name.id, "copies, principal, opens");
    if (act->pass_count > 0 && act->principal == 0)
        xj_findings_add(f, ERR, d->act_line[a], "no_principal", "“%s”移交事项却没有写明交给谁（%s）",
                        "%s passes questions on but does not say to whom (%s)", act->name.id, "principal");
    if ((act->barred_count > 0) != (act->lifted_count > 0))
        xj_findings_add(f, ERR, d->act_line[a], "barred_for_good", "“%s”的禁止没有解除情形，或者相反（%s）",
                        "%s is barred with nothing that lifts it, or the reverse (%s)", act->name.id, "barred, lifted");
    if (act->vis == XJ_VIS_AFTER && act->vis_after != XJ_NONE) {
        const struct xj_m_act *after = &d->m->acts[act->vis_after];
        if (after->internal || after->vis != XJ_VIS_OPEN)
            xj_findings_add(f, ERR, d->act_line[a], "vis_hidden", "“%s”在“%s”后公开，而后者并不公开",
                            "%s opens after %s, which is itself not open", act->name.id, after->name.id);
    }
}

/* What the header of a message cannot name, nobody could ever send. */
static void check_header(const struct xj_draft *d, uint16_t a, struct xj_findings *f)
{
    const struct xj_m_act *act = &d->m->acts[a];
    size_t moves = act->move_count;
    for (uint16_t i = 0; i < act->answer_count; i++)
        moves += act->answers[i].move_count;
    if (moves > XJ_MAX_TRACKS || act->answer_count > XJ_MAX_ANSWERS)
        xj_findings_add(f, ERR, d->act_line[a], "too_many", "“%s”移动的轨道或回答的事项超过 %u 个",
                        "%s moves or answers more than %u", act->name.id, XJ_MAX_TRACKS);
}

static void check_passes(const struct xj_draft *d, uint16_t a, struct xj_findings *f)
{
    const struct xj_model *m = d->m;
    const struct xj_m_act *act = &m->acts[a];
    for (uint16_t i = 0; i < act->pass_count; i++) {
        uint16_t q = act->passes[i];
        xj_roles to = xj_check_roles(m, act->principal);
        bool some = act->principal == XJ_ROLES_ANY ? (to & can_answer(m, q)) != 0 : (to & ~can_answer(m, q)) == 0;
        if (!is_opened(m, q) || !some)
            xj_findings_add(f, ERR, d->act_line[a], "question_role", "“%s”移交的“%s”无人提出或者接手方不能回答",
                            "%s passes on %s, which nobody opens or the new principal cannot answer", act->name.id,
                            m->questions[q].name.id);
    }
}

static void check_terms(const struct xj_draft *d, struct xj_findings *f)
{
    const struct xj_model *m = d->m;
    for (uint16_t a = 1; a < m->act_count; a++) {
        for (uint16_t b = 0; b < a; b++) {
            bool same = strcmp(m->acts[a].name.zh, m->acts[b].name.zh) == 0 || strcmp(m->acts[a].name.en, m->acts[b].name.en) == 0;
            if (same && m->acts[a].name.zh[0] != '\0')
                xj_findings_add(f, ERR, d->act_line[a], "term_twice", "“%s”与“%s”名称相同，无法区分",
                                "%s and %s bear the same term and cannot be told apart", m->acts[b].name.id, m->acts[a].name.id);
        }
    }
}

static void check_whole(const struct xj_draft *d, struct xj_findings *f)
{
    const struct xj_model *m = d->m;
    bool opening = false;
    unsigned unconfirmed = 0;
    for (uint16_t a = 0; a < m->act_count; a++) {
        opening = opening || (m->acts[a].opens_case && !m->acts[a].late_only);
        unconfirmed += m->acts[a].tag == XJ_TAG_U;
    }
    if (!opening)
        xj_findings_add(f, ERR, 0, "no_opening", "没有行为可以开启案件 (%s)", "no act can open a case (%s)", "opens_case");
    if (unconfirmed > 0)
        xj_findings_add(f, XJ_SEVERITY_NOTE, 0, "unconfirmed_acts", "%u 个行为的依据未经核实，仅作记录",
                        "%u acts rest on sources not confirmed and are records only", unconfirmed);
}

void xj_check_acts(const struct xj_draft *d, struct xj_findings *f)
{
    const struct xj_model *m = d->m;
    check_states(d, f);
    for (uint16_t q = 0; q < m->question_count; q++)
        check_question(d, q, f);
    for (uint16_t a = 0; a < m->act_count; a++) {
        const struct xj_m_act *act = &m->acts[a];
        check_asked(d, a, f);
        check_header(d, a, f);
        check_passes(d, a, f);
        check_sending(d, a, f);
        check_owners(d, a, act->moves, act->move_count, f);
        for (uint16_t i = 0; i < act->answer_count; i++) {
            check_owners(d, a, act->answers[i].moves, act->answers[i].move_count, f);
            check_answer_moves(d, a, &act->answers[i], f);
        }
    }
    check_terms(d, f);
    check_whole(d, f);
}
