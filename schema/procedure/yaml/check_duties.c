#include "schema/procedure/yaml/check.h"

#define ERR XJ_SEVERITY_ERROR

/* Whether `stop` can answer what `start` opened: one of the questions put by it, itself or as passed on. */
static bool answers_start(const struct xj_m_act *start, const struct xj_m_act *stop)
{
    for (uint16_t i = 0; i < start->opens_count; i++) {
        if (xj_check_answer(stop, start->opens[i].question) != NULL)
            return true;
    }
    return false;
}

static bool can_stop(const struct xj_model *m, const struct xj_m_duty *duty, const struct xj_m_act *start, const struct xj_m_act *stop)
{
    if ((xj_check_roles(m, stop->roles) & xj_check_roles(m, duty->obligor)) == 0)
        return false;
    return duty->link_case || answers_start(start, stop);
}

static void check_stops(const struct xj_draft *d, uint16_t i, struct xj_findings *f)
{
    const struct xj_model *m = d->m;
    const struct xj_m_duty *duty = &m->duties[i];
    if (!duty->stop_self && duty->stop_count == 0) {
        xj_findings_add(f, ERR, d->duty_line[i], "clock_never_stops", "“%s”没有终止行为 (%s)", "%s has nothing that stops it (%s)",
                        duty->name.id, "stop");
        return;
    }
    for (uint16_t s = 0; !duty->stop_self && s < duty->start_count; s++) {
        const struct xj_m_act *start = &m->acts[duty->starts[s].act];
        bool stops = false;
        for (uint16_t k = 0; k < duty->stop_count; k++)
            stops = stops || can_stop(m, duty, start, &m->acts[duty->stops[k]]);
        if (!stops)
            xj_findings_add(f, ERR, d->duty_line[i], "clock_never_stops", "“%s”由“%s”起算后无法终止",
                            "%s, once started by %s, can never stop", duty->name.id, start->name.id);
    }
    for (uint16_t k = 0; k < duty->stop_count; k++) {
        const struct xj_m_act *stop = &m->acts[duty->stops[k]];
        if ((xj_check_roles(m, stop->roles) & xj_check_roles(m, duty->obligor)) == 0) /* else some act of it may: 09-fold, 8.5 */
            xj_findings_add(f, XJ_SEVERITY_WARNING, d->duty_line[i], "stop_never", "“%s”列的“%s”从不能终止它",
                            "in %s the act %s can never stop it", duty->name.id, stop->name.id);
    }
}

/* Subscribers see open acts from the start, and acts "after" another only later. */
static bool as_open(const struct xj_m_act *start, const struct xj_m_act *stop)
{
    return start->vis != XJ_VIS_OPEN || stop->vis == XJ_VIS_OPEN;
}

/* Everybody who may see an act: its own recipients and, since it may be an answer, those of what it answers. Further back the
 * roles of different cases mix, and every duty would seem hidden from somebody. */
static xj_roles seers(const struct xj_model *m, const struct xj_m_act *act)
{
    xj_roles roles = xj_check_viewers(m, act);
    for (uint16_t i = 0; i < act->answer_count && !act->internal; i++) {
        for (uint16_t a = 0; a < m->act_count; a++) {
            if (xj_check_opens(&m->acts[a], act->answers[i].question) != NULL)
                roles |= xj_check_viewers(m, &m->acts[a]);
        }
    }
    return roles;
}

/* An answer goes to the sender and all recipients of what it answers, so only a stop by case can be hidden by recipients. */
static bool seen_by_all(const struct xj_model *m, const struct xj_m_duty *duty, const struct xj_m_act *start,
                        const struct xj_m_act *stop)
{
    if (!as_open(start, stop) || (stop->internal && !start->internal))
        return false;
    if (start->internal || !duty->link_case)
        return true;
    xj_roles see = xj_check_viewers(m, stop);
    for (uint16_t i = 0; i < stop->answer_count; i++) {
        const struct xj_m_answer *a = &stop->answers[i];
        if (a->mode == XJ_ANSWER_REQ && xj_check_opens(start, a->question) != NULL)
            return true;
    }
    return (seers(m, start) & ~see) == 0;
}

static void check_visible(const struct xj_draft *d, uint16_t i, struct xj_findings *f)
{
    const struct xj_model *m = d->m;
    const struct xj_m_duty *duty = &m->duties[i];
    for (uint16_t s = 0; s < duty->start_count; s++) {
        const struct xj_m_act *start = &m->acts[duty->starts[s].act];
        for (uint16_t k = 0; !duty->inside && k < duty->stop_count; k++) {
            const struct xj_m_act *stop = &m->acts[duty->stops[k]];
            if (!seen_by_all(m, duty, start, stop))
                xj_findings_add(f, ERR, d->duty_line[i], "stop_hidden", "看到“%s”由“%s”起算的，不都能看到“%s”",
                                "not all who see %s start with %s can see %s", duty->name.id, start->name.id, stop->name.id);
        }
    }
}

/* A duty kept inside must be the sender's own: everybody else sees its start and never its end. */
static void check_inside(const struct xj_draft *d, uint16_t i, struct xj_findings *f)
{
    const struct xj_model *m = d->m;
    const struct xj_m_duty *duty = &m->duties[i];
    if (!duty->inside)
        return;
    bool own = true;
    for (uint16_t s = 0; s < duty->start_count; s++)
        own = own && (xj_check_roles(m, m->acts[duty->starts[s].act].roles) & ~xj_check_roles(m, duty->obligor)) == 0;
    if (!own)
        xj_findings_add(f, ERR, d->duty_line[i], "inside_wrong", "“%s”标为内部，但起算行为不只是义务人自己的 (%s)",
                        "%s is marked inside, but it can be started by others than the obligor (%s)", duty->name.id, "inside");
}

static bool answers_any(const struct xj_m_act *act, const uint16_t *questions, uint16_t count)
{
    for (uint16_t i = 0; i < count; i++) {
        if (xj_check_answer(act, questions[i]) != NULL)
            return true;
    }
    return count == 0;
}

static void check_starts(const struct xj_draft *d, uint16_t i, struct xj_findings *f)
{
    const struct xj_model *m = d->m;
    const struct xj_m_duty *duty = &m->duties[i];
    for (uint16_t s = 0; s < duty->start_count; s++) {
        const struct xj_m_act *start = &m->acts[duty->starts[s].act];
        enum xj_instant instant = duty->starts[s].instant;
        bool arrives = instant == XJ_INSTANT_RECEIVED || instant == XJ_INSTANT_ACCEPTED;
        if (start->internal && arrives)
            xj_findings_add(f, ERR, d->duty_line[i], "start_internal", "“%s”自收到内部行为“%s”起算",
                            "%s starts with the receipt of the internal act %s", duty->name.id, start->name.id);
        if (!answers_any(start, duty->if_answers, duty->if_answer_count))
            xj_findings_add(f, ERR, d->duty_line[i], "never_starts", "“%s”的条件使“%s”从不起算",
                            "by its own condition %s never starts with %s", duty->name.id, start->name.id);
        bool self = duty->stop_self || instant == XJ_INSTANT_OCCURRED || duty->link_case;
        xj_roles reach = xj_check_viewers(m, start);
        if (!self && (reach & xj_check_roles(m, duty->obligor)) == 0)
            xj_findings_add(f, ERR, d->duty_line[i], "never_starts", "“%s”的义务人收不到“%s”",
                            "the obligor of %s never receives %s", duty->name.id, start->name.id);
    }
}

static void check_extends(const struct xj_draft *d, uint16_t i, struct xj_findings *f)
{
    const struct xj_model *m = d->m;
    const struct xj_m_duty *duty = &m->duties[i];
    for (uint16_t k = 0; k < duty->extend_count; k++) {
        const struct xj_m_act *act = &m->acts[duty->extends[k].act];
        if ((xj_check_roles(m, act->roles) & xj_check_roles(m, duty->obligor)) == 0)
            xj_findings_add(f, ERR, d->duty_line[i], "extend_role", "“%s”的义务人不能作出“%s”",
                            "the obligor of %s cannot do %s", duty->name.id, act->name.id);
    }
    if (duty->tag == XJ_TAG_U && !duty->disabled)
        xj_findings_add(f, ERR, d->duty_line[i], "unconfirmed_enabled", "“%s”的依据未经核实（%s），必须停用",
                        "%s rests on a source not confirmed (%s) and must be disabled", duty->name.id, "tag: U");
}

void xj_check_duties(const struct xj_draft *d, struct xj_findings *f)
{
    for (uint16_t i = 0; i < d->m->duty_count; i++) {
        check_stops(d, i, f);
        check_visible(d, i, f);
        check_inside(d, i, f);
        check_starts(d, i, f);
        check_extends(d, i, f);
    }
}
