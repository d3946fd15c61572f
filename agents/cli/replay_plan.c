#include "agents/cli/replay_plan.h"

#include <stdlib.h>
#include <string.h>

#define NOBODY SIZE_MAX

struct planner {
    const struct xj_replay_case *c;
    const struct xj_replay_table *table;
    const struct xj_model *m;
    struct xj_replay_plan *p;
    struct xj_replay_mapped *mapped; /* by event */
    struct xj_buf *text;
};

static enum xj_err refuse(const struct planner *pl, enum xj_err err, size_t event, const char *zh, const char *en)
{
    const struct xj_replay_event *e = &pl->c->events[event];
    if (pl->text != NULL)
        xj_buf_addf(pl->text, "%s：第 %lld 项 %s：%s / %s: event %lld %s: %s\n", pl->c->id, (long long)e->seq, e->event, zh,
                    pl->c->id, (long long)e->seq, e->event, en);
    return err;
}

static size_t actor_of(const struct planner *pl, size_t event)
{
    return pl->p->cast.events[event].doer;
}

static enum xj_actor_kind role_of(const struct planner *pl, size_t agency)
{
    return pl->p->cast.agencies[agency].role;
}

static xj_roles role_bit(const struct planner *pl, enum xj_actor_kind role)
{
    return xj_model_role(pl->m, xj_slice_cstr(xj_actor_role(role)));
}

/* ---- who stands on the other side ---- */

/* The next agency of that role in the file, else the last before, first as actors, then as joint ones; then an entry of
 * bureaus[]. Never `not`. NOBODY: the file has none. */
static size_t look_in_file(const struct planner *pl, size_t event, enum xj_actor_kind role, size_t not)
{
    const struct xj_cast *cast = &pl->p->cast;
    size_t n = pl->c->event_count;
    for (unsigned joint = 0; joint < 2; joint++) {
        for (size_t step = 1 - joint; step < 2 * n; step++) { /* a joint one may be of this very event */
            size_t k = step < n ? event + step : event - (step - n + 1);
            if (k >= n) /* past the end, or wrapped below the beginning */
                continue;
            const struct xj_cast_event *e = &cast->events[k];
            if (joint == 0 && e->doer != NOBODY && e->doer != not && role_of(pl, e->doer) == role)
                return e->doer;
            for (size_t j = 0; joint == 1 && j < e->joint_count; j++)
                if (e->joint[j] != not && role_of(pl, e->joint[j]) == role)
                    return e->joint[j];
        }
    }
    for (size_t i = 0; i < cast->count; i++)
        if (cast->agencies[i].listed && cast->agencies[i].role == role && i != not)
            return i;
    return NOBODY;
}

static size_t look(const struct planner *pl, size_t event, enum xj_actor_kind role, size_t not)
{
    size_t found = look_in_file(pl, event, role, not);
    return found != NOBODY ? found : xj_cast_standing(&pl->p->cast, role);
}

static bool opens(const struct xj_m_act *a, uint16_t question)
{
    for (size_t i = 0; i < a->opens_count; i++)
        if (a->opens[i].question == question)
            return true;
    return false;
}

/* The act answers, or hands on, a question that the other one opens. */
static bool takes_up(const struct xj_m_act *answer, const struct xj_m_act *opener)
{
    for (size_t i = 0; i < answer->answer_count; i++)
        if (opens(opener, answer->answers[i].question))
            return true;
    for (size_t i = 0; i < answer->pass_count; i++)
        if (opens(opener, answer->passes[i]))
            return true;
    return false;
}

static const struct xj_m_act *act_of(const struct planner *pl, size_t event)
{
    uint16_t act = pl->p->intents[event].act;
    return &pl->m->acts[act];
}

static size_t look_answering(const struct planner *pl, size_t event)
{
    size_t doer = pl->p->intents[event].doer;
    for (size_t k = event + 1; k < pl->c->event_count; k++) {
        size_t other = actor_of(pl, k);
        if (other != NOBODY && other != doer && takes_up(act_of(pl, k), act_of(pl, event)))
            return other;
    }
    return NOBODY;
}

static size_t look_asker(const struct planner *pl, size_t event)
{
    size_t doer = pl->p->intents[event].doer;
    for (size_t k = event; k-- > 0;) {
        size_t other = actor_of(pl, k);
        if (other != NOBODY && other != doer && takes_up(act_of(pl, event), act_of(pl, k)))
            return other;
    }
    return NOBODY;
}

/* Roles that the act's principals are asked in; 0: it needs none. */
static xj_roles wanted_roles(const struct xj_m_act *a)
{
    xj_roles roles = a->principal;
    for (size_t i = 0; i < a->opens_count; i++)
        if (!a->opens[i].asked_self)
            roles |= a->opens[i].asked;
    return roles;
}

static size_t follow_wish(const struct planner *pl, size_t event, const struct xj_replay_wish *w)
{
    size_t doer = pl->p->intents[event].doer;
    switch (w->who) {
    case XJ_WHO_ANSWERING: return look_answering(pl, event);
    case XJ_WHO_ASKER: return look_asker(pl, event);
    case XJ_WHO_SAME: return look_in_file(pl, event, role_of(pl, doer), doer);
    default: return look(pl, event, w->role, doer);
    }
}

static bool in_list(const size_t *list, size_t count, size_t x)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == x)
            return true;
    return false;
}

static enum xj_err add_principal(const struct planner *pl, struct xj_replay_intent *in, size_t agency)
{
    (void)pl;
    if (agency == NOBODY)
        return XJ_ENOMEM; /* a standing agency could not be added */
    if (agency != in->doer && !in_list(in->principals, in->principal_count, agency) && in->principal_count < XJ_REPLAY_TO_MAX)
        in->principals[in->principal_count++] = agency;
    return XJ_OK;
}

static bool asked_already(const struct planner *pl, const struct xj_replay_intent *in, xj_roles roles)
{
    for (size_t i = 0; i < in->principal_count; i++)
        if ((role_bit(pl, role_of(pl, in->principals[i])) & roles) != 0)
            return true;
    return false;
}

/* An agency of the first role in the set that the file has, else the first default one. */
static size_t look_any(const struct planner *pl, size_t event, xj_roles roles, size_t not)
{
    for (unsigned standing = 0; standing < 2; standing++) {
        for (unsigned k = XJ_ACTOR_BUREAU; k < XJ_ACTOR_OTHER; k++) {
            if ((role_bit(pl, (enum xj_actor_kind)k) & roles) == 0)
                continue;
            size_t found = standing == 0 ? look_in_file(pl, event, (enum xj_actor_kind)k, not)
                                         : xj_cast_standing(&pl->p->cast, (enum xj_actor_kind)k);
            if (found != NOBODY)
                return found;
        }
    }
    return NOBODY;
}

static bool transfer_before(const struct planner *pl, size_t event)
{
    for (size_t k = 0; k < event; k++)
        if (act_of(pl, k)->transfers && !pl->p->intents[k].note)
            return true;
    return false;
}

static enum xj_err plan_principals(const struct planner *pl, size_t event)
{
    struct xj_replay_intent *in = &pl->p->intents[event];
    const struct xj_m_act *a = act_of(pl, event);
    xj_roles all = wanted_roles(a);
    size_t count;
    const struct xj_replay_wish *wishes = xj_replay_table_wishes(pl->table, in->act, &count);
    enum xj_err err = XJ_OK;
    for (size_t i = 0; all != 0 && i < count && in->principal_count == 0; i++) {
        size_t found = follow_wish(pl, event, &wishes[i]);
        if (found != NOBODY && (role_bit(pl, role_of(pl, found)) & all) != 0)
            err = add_principal(pl, in, found);
    }
    if (err == XJ_OK && a->principal != 0 && !asked_already(pl, in, a->principal))
        err = add_principal(pl, in, look_any(pl, event, a->principal, in->doer));
    /* A clue handed to a bureau asks no police to accept it: whoever was wished for and found is enough. */
    size_t opens_count = count > 0 && in->principal_count > 0 ? 0 : a->opens_count;
    for (size_t i = 0; err == XJ_OK && i < opens_count; i++) {
        const struct xj_m_opens *o = &a->opens[i];
        bool transferor_known = o->asked_transferor && transfer_before(pl, event); /* the agent finds it */
        if (!o->asked_self && o->asked != 0 && !transferor_known && !asked_already(pl, in, o->asked))
            err = add_principal(pl, in, look_any(pl, event, o->asked, in->doer));
    }
    return err;
}

static bool role_present(const struct planner *pl, const struct xj_replay_intent *in, enum xj_actor_kind role)
{
    bool found = role_of(pl, in->doer) == role;
    for (size_t i = 0; i < in->principal_count; i++)
        found = found || role_of(pl, in->principals[i]) == role;
    for (size_t i = 0; i < in->joint_count; i++)
        found = found || role_of(pl, in->joint[i]) == role;
    return found;
}

static enum xj_err plan_copies(const struct planner *pl, size_t event)
{
    struct xj_replay_intent *in = &pl->p->intents[event];
    const struct xj_m_act *a = act_of(pl, event);
    for (unsigned k = XJ_ACTOR_BUREAU; k < XJ_ACTOR_OTHER; k++) {
        enum xj_actor_kind role = (enum xj_actor_kind)k;
        if ((a->copies & role_bit(pl, role)) == 0 || role_present(pl, in, role))
            continue;
        size_t found = look(pl, event, role, in->doer);
        if (found == NOBODY)
            return XJ_ENOMEM;
        if (in->copy_count < XJ_REPLAY_TO_MAX)
            in->copies[in->copy_count++] = found;
    }
    return XJ_OK;
}

/* Joint agencies, but for those asked by the act itself; an internal act stays inside. */
static void plan_joint(const struct planner *pl, size_t event)
{
    struct xj_replay_intent *in = &pl->p->intents[event];
    const struct xj_cast_event *e = &pl->p->cast.events[event];
    for (size_t i = 0; i < e->joint_count && in->joint_count < XJ_MAX_JOINT; i++)
        if (e->joint[i] != in->doer && !in_list(in->principals, in->principal_count, e->joint[i]))
            in->joint[in->joint_count++] = e->joint[i];
}

/* ---- what each event is, and who does it ---- */

static enum xj_err map_event(const struct planner *pl, size_t event)
{
    const char *own[64];
    size_t count = 0, doer = actor_of(pl, event);
    const struct xj_replay_event *e = &pl->c->events[event];
    for (size_t k = event + 1; doer != NOBODY && k < pl->c->event_count && count < 64; k++)
        if (actor_of(pl, k) == doer)
            own[count++] = pl->c->events[k].event;
    enum xj_actor_kind kind = doer != NOBODY ? role_of(pl, doer) : XJ_ACTOR_OTHER;
    if (!xj_replay_table_map(pl->table, e->event, kind, own, count, &pl->mapped[event]))
        return refuse(pl, XJ_EMALFORMED, event, "词表中没有这种事件", "the vocabulary has no such event");
    return XJ_OK;
}

/* The agency whose event precedes; for a leading one, the one that follows; in a file without agencies, one of bureaus[],
 * else the city's police. */
static size_t neighbour(const struct planner *pl, size_t event)
{
    for (size_t k = event; k-- > 0;)
        if (actor_of(pl, k) != NOBODY)
            return actor_of(pl, k);
    for (size_t k = event + 1; k < pl->c->event_count; k++)
        if (actor_of(pl, k) != NOBODY)
            return actor_of(pl, k);
    size_t listed = look_in_file(pl, event, XJ_ACTOR_BUREAU, NOBODY);
    return listed != NOBODY ? listed : xj_cast_standing(&pl->p->cast, XJ_ACTOR_POLICE);
}

static enum xj_err plan_doer(const struct planner *pl, size_t event, uint16_t note)
{
    struct xj_replay_intent *in = &pl->p->intents[event];
    const struct xj_replay_mapped *mapped = &pl->mapped[event];
    in->event = event;
    in->note = mapped->act == XJ_NONE;
    in->act = in->note ? note : mapped->act;
    in->doer = actor_of(pl, event);
    if (mapped->recorder != XJ_ACTOR_INVALID)
        in->doer = look(pl, event, mapped->recorder, NOBODY);
    else if (in->doer == NOBODY)
        in->doer = neighbour(pl, event);
    return in->doer != NOBODY ? XJ_OK : XJ_ENOMEM;
}

/* ---- parties ---- */

static size_t party_named(const struct xj_replay_plan *p, const char *label, size_t n)
{
    for (size_t i = 0; i < p->party_count; i++)
        if (strlen(p->parties[i].label) == n && memcmp(p->parties[i].label, label, n) == 0)
            return i;
    return NOBODY;
}

/* A party that the file does not list: its kind by the last word of its name. Not law, only how it is shown. */
static const char *guess_kind(const char *label)
{
    static const char *const unit[] = {"公司", "厂", "村", "店", "站", "企业", "合作社", "中心", "局", "院", "所", "单位"};
    size_t n = strlen(label);
    for (size_t i = 0; i < sizeof unit / sizeof unit[0]; i++)
        if (n >= strlen(unit[i]) && strcmp(label + n - strlen(unit[i]), unit[i]) == 0)
            return "unit";
    return strstr(label, "等") != NULL || strstr(label, "、") != NULL ? "group" : "person";
}

static enum xj_err add_subject(const struct planner *pl, size_t event, size_t party)
{
    struct xj_replay_intent *in = &pl->p->intents[event];
    if (in_list(in->subjects, in->subject_count, party))
        return XJ_OK;
    if (in->subject_count == XJ_MAX_SUBJECTS)
        return refuse(pl, XJ_ELIMIT, event, "当事人超过 64 名", "names more than 64 parties");
    in->subjects[in->subject_count++] = party;
    return XJ_OK;
}

/* 甲、乙 where both 甲 and 乙 are listed names both; anything else that is not listed is a party by itself. */
static bool all_listed(const struct xj_replay_plan *p, const char *label, size_t *out, size_t *ret_count)
{
    static const char comma[] = "、";
    *ret_count = 0;
    for (const char *at = label; at != NULL;) {
        const char *end = strstr(at, comma);
        size_t found = party_named(p, at, end != NULL ? (size_t)(end - at) : strlen(at));
        if (found == NOBODY || *ret_count == XJ_MAX_SUBJECTS)
            return false;
        out[(*ret_count)++] = found;
        at = end != NULL ? end + sizeof comma - 1 : NULL;
    }
    return true;
}

static enum xj_err plan_subjects(const struct planner *pl, size_t event)
{
    const struct xj_replay_event *e = &pl->c->events[event];
    struct xj_replay_plan *p = pl->p;
    enum xj_err err = XJ_OK;
    for (size_t i = 0; err == XJ_OK && i < e->party_count; i++) {
        size_t list[XJ_MAX_SUBJECTS], count, found = party_named(p, e->parties[i], strlen(e->parties[i]));
        if (found == NOBODY && all_listed(p, e->parties[i], list, &count)) {
            for (size_t k = 0; err == XJ_OK && k < count; k++)
                err = add_subject(pl, event, list[k]);
            continue;
        }
        if (found == NOBODY) {
            p->parties[p->party_count] = (struct xj_replay_who_party){e->parties[i], guess_kind(e->parties[i])};
            found = p->party_count++;
        }
        err = add_subject(pl, event, found);
    }
    return err;
}

static enum xj_err list_parties(const struct planner *pl)
{
    size_t most = pl->c->party_count;
    for (size_t i = 0; i < pl->c->event_count; i++)
        most += pl->c->events[i].party_count;
    pl->p->parties = calloc(most + 1, sizeof *pl->p->parties);
    if (pl->p->parties == NULL)
        return XJ_ENOMEM;
    for (size_t i = 0; i < pl->c->party_count; i++)
        pl->p->parties[pl->p->party_count++] =
            (struct xj_replay_who_party){pl->c->parties[i].label, pl->c->parties[i].kind};
    return XJ_OK;
}

/* ---- the whole ---- */

static enum xj_err plan_events(const struct planner *pl)
{
    size_t n = pl->c->event_count;
    uint16_t note = xj_model_act(pl->m, xj_slice_cstr("disposal_note"));
    enum xj_err err = XJ_OK;
    for (size_t i = 0; err == XJ_OK && i < n; i++)
        err = map_event(pl, i);
    for (size_t i = 0; err == XJ_OK && i < n; i++)
        err = plan_doer(pl, i, note);
    for (size_t i = 0; err == XJ_OK && i < n; i++)
        err = plan_subjects(pl, i);
    for (size_t i = 0; err == XJ_OK && i < n; i++) {
        const struct xj_m_act *a = act_of(pl, i);
        if (a->internal)
            continue;
        err = plan_principals(pl, i);
        plan_joint(pl, i);
        if (err == XJ_OK)
            err = plan_copies(pl, i);
    }
    return err;
}

enum xj_err xj_replay_plan_make(const struct xj_replay_case *c, const struct xj_replay_table *table, struct xj_replay_plan *ret,
                                struct xj_buf *text)
{
    struct planner pl = {.c = c, .table = table, .m = xj_replay_table_model(table), .p = ret, .text = text};
    memset(ret, 0, sizeof *ret);
    ret->source = c;
    enum xj_err err = xj_cast_read(c, &ret->cast);
    ret->intents = calloc(c->event_count + 1, sizeof *ret->intents);
    pl.mapped = calloc(c->event_count + 1, sizeof *pl.mapped);
    if (ret->intents == NULL || pl.mapped == NULL)
        err = XJ_ENOMEM;
    ret->intent_count = c->event_count;
    if (err == XJ_OK)
        err = list_parties(&pl);
    if (err == XJ_OK)
        err = plan_events(&pl);
    free(pl.mapped);
    if (err != XJ_OK)
        xj_replay_plan_free(ret);
    return err;
}

void xj_replay_plan_free(struct xj_replay_plan *p)
{
    xj_cast_free(&p->cast);
    free(p->parties);
    free(p->intents);
    memset(p, 0, sizeof *p);
}
