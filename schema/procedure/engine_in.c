/* A header read against the procedure and the case. */
#include <string.h>

#include "schema/procedure/engine_look.h"

static void add_name(struct xj_slice *at, size_t *n, size_t max, struct xj_slice agency)
{
    if (agency.n == 0 || *n >= max || xj_fold_find((struct xj_fold_names){at, *n}, agency) != SIZE_MAX)
        return;
    at[(*n)++] = agency;
}

static void read_people(struct xj_fold *f, struct xj_fold_in *in)
{
    const struct xj_header *h = in->h;
    struct xj_slice *parties = xj_fold_array(f, XJ_FOLD_PARTIES, sizeof *parties);
    struct xj_slice *principals = xj_fold_array(f, XJ_MAX_TO + 1, sizeof *principals);
    if (parties == NULL || principals == NULL)
        return;
    size_t n = 0, pn = 0;
    in->notices = 0;
    add_name(parties, &n, XJ_FOLD_PARTIES, h->from);
    add_name(parties, &n, XJ_FOLD_PARTIES, h->actor);
    for (size_t i = 0; i < h->to_count; i++) {
        const size_t before = n;
        add_name(parties, &n, XJ_FOLD_PARTIES, h->to[i].agency);
        if (h->to[i].role == XJ_TO_NOTICE && n > before)
            in->notices |= UINT64_C(1) << before;
        if (h->to[i].role == XJ_TO_PRINCIPAL)
            add_name(principals, &pn, XJ_MAX_TO, h->to[i].agency);
    }
    for (size_t i = 0; i < h->joint_count; i++)
        add_name(parties, &n, XJ_FOLD_PARTIES, h->joint[i]);
    if (h->actor.n > 0)
        add_name(principals, &pn, XJ_MAX_TO + 1, h->from);
    in->parties = (struct xj_fold_names){parties, n};
    in->principals = (struct xj_fold_names){principals, pn};
}

static bool is_correction(const struct xj_header *h)
{
    static const char *const kinds[] = {"amends", "voids", "shares", "unreadable"};
    for (size_t i = 0; i < h->relate_count; i++)
        for (size_t k = 0; k < 4; k++)
            if (xj_slice_is(h->relates[i].relation, kinds[k]))
                return true;
    return false;
}

static void read_answers(struct xj_fold *f, struct xj_fold_in *in)
{
    for (size_t i = 0; i < in->h->answer_count; i++) {
        struct xj_fold_answered *a = &in->answered[i];
        a->question = xj_model_question(f->m, in->h->answers[i].question);
        if (in->m == NULL || a->question == XJ_NONE)
            continue;
        for (uint16_t j = 0; j < in->m->answer_count; j++)
            if (in->m->answers[j].question == a->question)
                a->answer = &in->m->answers[j];
        for (uint16_t j = 0; j < in->m->pass_count; j++)
            a->passing = a->passing || (a->answer == NULL && in->m->passes[j] == a->question);
        a->act = xj_fold_act_by_id(f, &in->h->answers[i].id);
        a->q = xj_fold_find_question(f, &in->h->answers[i].id, a->question);
    }
}

/* Subjects still open in the answered questions; false when for whom one was asked is not known here: it was not seen, or only
 * handed on without saying for whom. (Whoever drafts the answer to such a one takes it to be asked of the case.) */
static bool subjects_of_answers(struct xj_fold_in *in, bool drafting)
{
    bool known = true;
    for (size_t i = 0; i < in->h->answer_count; i++) {
        const struct xj_fold_question *q = in->answered[i].q;
        bool told = q != NULL && (drafting || q->act != XJ_NONE || q->subject_count > 0);
        known = known && told;
        if (!told)
            continue;
        uint64_t open = xj_fold_still_open(q);
        if (q->subject_count == 0 && open != 0)
            in->subjects.whole = true;
        for (size_t s = 0; s < q->subject_count; s++)
            if (open >> s & 1)
                xj_fold_add_subject(&in->subjects, &q->subjects[s]);
    }
    return known;
}

static void subjects_of_after(const struct xj_model *m, const struct xj_admitted_act *act, struct xj_fold_in *in)
{
    for (size_t i = 0; i < act->after_count; i++) {
        const struct xj_after *a = &act->after[i];
        if (a->has_subject)
            xj_fold_add_subject(&in->subjects, &a->subject);
        else if (a->track < m->track_count && m->tracks[a->track].scope != XJ_SCOPE_CASE)
            in->subjects.whole = true;
    }
}

static void read_subjects(const struct xj_model *m, struct xj_fold_in *in, const struct xj_admitted_act *act)
{
    const struct xj_header *h = in->h;
    for (size_t i = 0; i < h->subject_count; i++)
        xj_fold_add_subject(&in->subjects, &h->subjects[i]);
    if (h->subject_count > 0)
        return;
    if (!subjects_of_answers(in, act == NULL) && act != NULL)
        subjects_of_after(m, act, in);
    if (in->subjects.n == 0)
        in->subjects.whole = true;
}

/* Whether the act makes its sender the transferor through this track. */
static bool is_transfer_track(const struct xj_model *m, uint16_t track)
{
    for (uint16_t a = 0; a < m->act_count; a++) {
        if (!m->acts[a].transfers)
            continue;
        for (uint16_t i = 0; i < m->acts[a].move_count; i++)
            if (m->acts[a].moves[i].track == track && m->acts[a].moves[i].owner == XJ_OWNER_SELF)
                return true;
    }
    return false;
}

static struct xj_slice transferor_of_chain(struct xj_fold *f, const struct xj_fold_in *in)
{
    for (size_t i = 0; i < in->h->answer_count; i++) {
        const struct xj_fold_act *a = in->answered[i].act;
        uint64_t me = a != NULL ? xj_fold_bits(f, a->parties, in->signer) : 0;
        for (size_t c = 0; me != 0 && c < a->chain_count; c++)
            if ((a->chain[c].viewers & me) != 0 && is_transfer_track(f->m, a->chain[c].track))
                return a->chain[c].owner;
    }
    return (struct xj_slice){NULL, 0};
}

static struct xj_slice transferor_on_record(struct xj_fold *f, const struct xj_fold_in *in)
{
    struct xj_slice best = {NULL, 0};
    uint64_t best_seq = 0;
    for (uint16_t act = 0; act < f->m->act_count; act++) {
        if (!f->m->acts[act].transfers)
            continue;
        size_t n;
        const uint64_t *seqs = xj_fold_seqs(f, act, &n);
        for (size_t i = 0; i < n && seqs[i] > best_seq; i++) {
            const struct xj_fold_act *a = xj_fold_act(f, seqs[i]);
            if (a == NULL || !xj_fold_sees(f, a, in->signer) ||
                !xj_fold_sets_relate(a->subjects, a->subject_count, in->h->subjects, in->h->subject_count))
                continue;
            best = xj_fold_doer(a);
            best_seq = seqs[i];
        }
    }
    return best;
}

static bool has_role_breach(const struct xj_admitted_act *act)
{
    for (size_t i = 0; i < act->breach_count; i++)
        if (strcmp(act->breaches[i].code, "role") == 0)
            return true;
    return false;
}

void xj_fold_read(struct xj_fold *f, const struct xj_header *h, const struct xj_admitted_act *act, struct xj_fold_in *in)
{
    memset(in, 0, sizeof *in);
    in->h = h;
    in->act = xj_model_act(f->m, h->act);
    in->m = in->act == XJ_NONE ? NULL : &f->m->acts[in->act];
    in->signer = h->from;
    in->doer = h->actor.n > 0 ? h->actor : h->from;
    in->role = xj_fold_role(f, in->doer, &in->role_name);
    in->late = h->mode == XJ_MODE_LATE_ENTRY;
    in->correction = is_correction(h);
    /* a correction repeats the name of its target, whoever did that: section 10 says who may correct what */
    if (!in->correction)
        in->role_breach = act != NULL ? has_role_breach(act) : in->m != NULL && (in->role & in->m->roles) == 0;
    read_people(f, in);
    if (in->correction || in->role_breach || in->m == NULL)
        return;
    read_answers(f, in);
    read_subjects(f->m, in, act);
    in->transferor = transferor_of_chain(f, in);
    if (in->transferor.n == 0)
        in->transferor = transferor_on_record(f, in);
}

static xj_roles transferring_roles(const struct xj_model *m)
{
    xj_roles roles = 0;
    for (uint16_t a = 0; a < m->act_count; a++)
        if (m->acts[a].transfers)
            roles |= m->acts[a].roles;
    return roles;
}

struct xj_fold_names xj_fold_ask(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_m_opens *o)
{
    struct xj_slice *at = xj_fold_array(f, in->principals.n + 1, sizeof *at);
    struct xj_fold_names out = {at, 0};
    if (at == NULL)
        return out;
    if (o->asked_self) {
        at[out.n++] = in->doer;
        return out;
    }
    if (o->asked_transferor) {
        /* by the header alone: not everybody who gets the act can see who transferred the case */
        xj_roles fit = o->asked | transferring_roles(f->m);
        if (in->principals.n > 0 && (xj_fold_role(f, in->principals.at[0], NULL) & fit) != 0)
            at[out.n++] = in->principals.at[0];
        return out;
    }
    for (size_t i = 0; i < in->principals.n; i++) {
        bool signer = in->h->actor.n > 0 && xj_slice_eq(in->principals.at[i], in->signer);
        /* the recorder stands in only where the paper named nobody else who fits */
        if (signer && out.n > 0)
            continue;
        if (o->asked == XJ_ROLES_ANY || (xj_fold_role(f, in->principals.at[i], NULL) & o->asked) != 0)
            at[out.n++] = in->principals.at[i];
    }
    return out;
}

struct xj_fold_act *xj_fold_asking_act(struct xj_fold *f, const struct xj_fold_answered *a)
{
    if (a->q != NULL && a->q->hand_count > 0)
        return xj_fold_act(f, a->q->hands[a->q->hand_count - 1].seq);
    return a->act;
}
