/* Filling what an agency wants to do so that it will be admitted. Spec: spec/09-fold.md, section 11. Writes nothing. */
#include <stdlib.h>
#include <string.h>

#include "schema/procedure/engine_judge.h"

/* ---- answers ---- */

static bool add_answer(struct xj_header *h, const struct xj_model *m, const struct xj_fold_question *q)
{
    if (h->answer_count >= XJ_MAX_ANSWERS)
        return false;
    h->answers[h->answer_count++] =
        (struct xj_header_answer){.id = q->id, .question = xj_slice_cstr(m->questions[q->question].name.id)};
    return true;
}

/* Bits of the named subjects that an answer to q would close or answer in part. */
static uint64_t named_bits(const struct xj_fold_question *q, const struct xj_header *h)
{
    uint64_t bits = 0, open = xj_fold_still_open(q);
    for (size_t i = 0; i < h->subject_count; i++)
        if ((xj_fold_mask(q->subjects, q->subject_count, &h->subjects[i], 1) & open) != 0)
            bits |= UINT64_C(1) << i;
    return bits;
}

static void answer_from(struct xj_fold *f, struct xj_fold_questions put, struct xj_header *h)
{
    uint64_t covered = 0;
    bool any = false;
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < put.n; i++) {
            const struct xj_fold_question *q = put.at[i];
            bool named = h->subject_count > 0 && q->subject_count > 0;
            if (h->subject_count > 0 && named != (round == 0))
                continue;
            uint64_t bits = named_bits(q, h);
            bool wanted = h->subject_count == 0 ? !any : (bits & ~covered) != 0;
            if (!wanted || !xj_fold_answer_is_free(q, h->subjects, h->subject_count))
                continue;
            any = add_answer(h, f->m, q) || any;
            covered |= bits;
        }
}

/* Subjects open in a, as b has them. */
static bool same_open(const struct xj_fold_question *a, const struct xj_fold_question *b)
{
    uint64_t open = xj_fold_still_open(b);
    size_t n = 0;
    struct xj_subject named[XJ_MAX_SUBJECTS];
    for (size_t i = 0; i < b->subject_count && i < XJ_MAX_SUBJECTS; i++)
        if (open >> i & 1)
            named[n++] = b->subjects[i];
    return (a->subject_count == 0) == (b->subject_count == 0) && xj_fold_handed_whole(a, named, n);
}

/* One act hands on what is open for one set of subjects: the latest such, unless subjects are named. */
static void fill_passing(struct xj_fold *f, const struct xj_m_act *m, struct xj_slice doer, struct xj_header *h)
{
    const struct xj_fold_question *first = NULL;
    for (int round = 0; round < 2; round++)
        for (uint16_t i = 0; i < m->pass_count; i++) {
            struct xj_fold_questions put = xj_fold_put_to(f, m->passes[i], doer, h->from, true);
            for (size_t k = 0; k < put.n; k++) {
                const struct xj_fold_question *q = put.at[k];
                if (!xj_fold_answer_is_free(q, h->subjects, h->subject_count) ||
                    !xj_fold_handed_whole(q, h->subjects, h->subject_count))
                    continue;
                if (round == 0 && (first == NULL || q->seq > first->seq))
                    first = q;
                if (round == 1 && same_open(q, first))
                    add_answer(h, f->m, q);
            }
        }
}

static void fill_answers(struct xj_fold *f, const struct xj_m_act *m, struct xj_header *h)
{
    struct xj_slice doer = h->actor.n > 0 ? h->actor : h->from;
    struct xj_fold_questions latest = {NULL, 0};
    uint64_t latest_seq = 0;
    for (uint16_t i = 0; i < m->answer_count; i++) {
        struct xj_fold_questions put = xj_fold_put_to(f, m->answers[i].question, doer, h->from, false);
        if (m->answers[i].mode != XJ_ANSWER_OPT) {
            answer_from(f, put, h);
            continue;
        }
        for (size_t k = 0; k < put.n; k++)
            if (put.at[k]->seq > latest_seq && xj_fold_answer_is_free(put.at[k], h->subjects, h->subject_count)) {
                latest_seq = put.at[k]->seq;
                latest = put;
            }
    }
    answer_from(f, latest, h);
    fill_passing(f, m, doer, h);
}

static int subject_order(const void *a, const void *b)
{
    return xj_subject_cmp(a, b);
}

/* An answer for all that is open names it, so that those who do not know the question read the same subjects. A charge
 * whose party is named, too, is left out, as headers want it; where naming would clash, nothing is named. */
static void name_subjects(const struct xj_fold_in *in, struct xj_header *h)
{
    struct xj_subject named[XJ_MAX_SUBJECTS];
    size_t n = 0;
    if (h->subject_count > 0 || h->answer_count == 0 || in->subjects.whole)
        return;
    for (size_t i = 0; i < in->subjects.n; i++) {
        bool within = false;
        for (size_t k = 0; k < in->subjects.n && !within; k++)
            within = k != i && xj_fold_covers(&in->subjects.at[k], &in->subjects.at[i]);
        if (!within)
            named[n++] = in->subjects.at[i];
    }
    for (size_t i = 0; i < h->answer_count; i++)
        if (in->answered[i].q != NULL && !xj_fold_answer_is_free(in->answered[i].q, named, n))
            return;
    qsort(named, n, sizeof named[0], subject_order);
    memcpy(h->subjects, named, n * sizeof named[0]);
    h->subject_count = n;
}

static int answer_order(const void *a, const void *b)
{
    const struct xj_header_answer *x = a, *y = b;
    int c = xj_id_cmp(&x->id, &y->id);
    return c != 0 ? c : xj_slice_cmp(x->question, y->question);
}

/* ---- recipients ---- */

static bool is_named(const struct xj_header *h, struct xj_slice agency)
{
    if (agency.n == 0 || xj_slice_eq(agency, h->from) || xj_slice_eq(agency, h->actor))
        return true;
    for (size_t i = 0; i < h->to_count; i++)
        if (xj_slice_eq(h->to[i].agency, agency))
            return true;
    for (size_t i = 0; i < h->joint_count; i++)
        if (xj_slice_eq(h->joint[i], agency))
            return true;
    return false;
}

/* Who is succeeded is named through its present holder. */
static void add_to(struct xj_fold *f, struct xj_header *h, struct xj_slice agency, enum xj_to_role role)
{
    agency = xj_fold_holder(f, agency);
    if (!is_named(h, agency) && h->to_count < XJ_MAX_TO)
        h->to[h->to_count++] = (struct xj_header_to){xj_fold_keep(f, agency), role};
}

/* Somebody who has one of the roles: first among those the answered acts know, then the register's counterparts. */
static struct xj_slice find_principal(struct xj_fold *f, const struct xj_fold_in *in, xj_roles roles, bool in_register)
{
    for (size_t i = 0; i < in->h->answer_count; i++) {
        const struct xj_fold_act *a = xj_fold_asking_act(f, &in->answered[i]);
        for (size_t p = 0; a != NULL && p < a->parties.n; p++) {
            struct xj_slice who = xj_fold_holder(f, a->parties.at[p]);
            if (!xj_slice_eq(who, in->doer) && (roles == XJ_ROLES_ANY || (xj_fold_role(f, who, NULL) & roles) != 0))
                return who;
        }
    }
    for (uint16_t role = 0; in_register && roles != XJ_ROLES_ANY && role < f->m->role_count; role++) {
        if ((roles >> role & 1) == 0)
            continue;
        struct xj_slice c = f->e->facts.counterpart(f->e->facts.ctx, in->doer, xj_slice_cstr(f->m->roles[role].id), 0);
        if (c.n > 0)
            return xj_fold_keep(f, c);
    }
    return (struct xj_slice){NULL, 0};
}

static void fill_principals(struct xj_fold *f, const struct xj_plan_in *p, struct xj_fold_in *in, struct xj_header *h)
{
    /* the transferor first, where it is asked: that is how others know it (spec 3.2) */
    for (uint16_t i = 0; i < in->m->opens_count; i++)
        if (in->m->opens[i].asked_transferor)
            add_to(f, h, in->transferor, XJ_TO_PRINCIPAL);
    for (size_t i = 0; i < p->principal_count; i++)
        add_to(f, h, p->principals[i], XJ_TO_PRINCIPAL);
    xj_fold_read(f, h, NULL, in);
    for (uint16_t i = 0; i < in->m->opens_count; i++) {
        const struct xj_m_opens *o = &in->m->opens[i];
        if (o->asked_self || (o->asked_transferor && in->principals.n > 0) || xj_fold_ask(f, in, o).n > 0)
            continue;
        add_to(f, h, find_principal(f, in, o->asked, !o->asked_transferor), XJ_TO_PRINCIPAL);
        xj_fold_read(f, h, NULL, in);
    }
    bool has = in->m->principal == 0;
    for (size_t i = 0; i < in->principals.n && !has; i++)
        has = in->m->principal == XJ_ROLES_ANY || (xj_fold_role(f, in->principals.at[i], NULL) & in->m->principal) != 0;
    if (!has)
        add_to(f, h, find_principal(f, in, in->m->principal, true), XJ_TO_PRINCIPAL);
}

static void add_subscribers(struct xj_fold *f, const struct xj_plan_in *p, const struct xj_fold_in *in, struct xj_header *h)
{
    for (size_t i = 0; in->m->vis == XJ_VIS_OPEN && i < p->subscriber_count; i++)
        add_to(f, h, p->subscribers[i], XJ_TO_COPY);
}

/* Whoever gets an answer because the question went to it gets no more of it than of the question. Whom the law names as a copy gets
 * the act all the same. */
static enum xj_to_role copy_or_notice(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_act *a, size_t party)
{
    const bool by_law = in->m->copies != XJ_ROLES_ANY && (xj_fold_role(f, a->parties.at[party], NULL) & in->m->copies) != 0;
    return (a->notices >> party & 1) != 0 && !by_law ? XJ_TO_NOTICE : XJ_TO_COPY;
}

static void fill_recipients(struct xj_fold *f, const struct xj_plan_in *p, struct xj_fold_in *in, struct xj_header *h)
{
    if (!in->m->internal) {
        fill_principals(f, p, in, h);
        for (size_t i = 0; i < h->answer_count; i++) {
            const struct xj_fold_act *a = xj_fold_asking_act(f, &in->answered[i]);
            for (size_t k = 0; a != NULL && k < a->parties.n; k++)
                add_to(f, h, a->parties.at[k], copy_or_notice(f, in, a, k));
        }
        if (in->m->copy_transferor)
            add_to(f, h, in->transferor, XJ_TO_COPY);
        xj_fold_read(f, h, NULL, in);
        for (uint16_t role = 0; role < f->m->role_count; role++)
            if (xj_fold_copy_missing(f, in, role))
                add_to(f, h, f->e->facts.counterpart(f->e->facts.ctx, in->doer, xj_slice_cstr(f->m->roles[role].id), 0),
                       XJ_TO_COPY);
    }
    add_to(f, h, in->doer, XJ_TO_COPY); /* its holder, where it is succeeded; else nobody new */
    add_to(f, h, in->signer, XJ_TO_COPY);
    add_subscribers(f, p, in, h);
}

/* ---- tracks ---- */

static int track_order(const void *a, const void *b)
{
    const struct xj_header_track *x = a, *y = b;
    int c = xj_slice_cmp(x->name, y->name);
    return c != 0 ? c : xj_slice_cmp(x->owner, y->owner);
}

static void fill_tracks(const struct xj_fold *f, const struct xj_fold_owner *owners, size_t n, struct xj_header *h)
{
    h->track_count = 0;
    for (size_t i = 0; i < n && h->track_count < XJ_MAX_TRACKS; i++)
        h->tracks[h->track_count++] =
            (struct xj_header_track){xj_slice_cstr(f->m->tracks[owners[i].track].name.id), owners[i].owner};
    if (h->track_count > 0)
        qsort(h->tracks, h->track_count, sizeof h->tracks[0], track_order);
}

/* ---- corrections ---- */

/* History that goes to who comes in the sender's place: nobody else need hear of it, message by message. */
static bool is_handover(const struct xj_fold *f, const struct xj_header *h)
{
    const struct xj_facts *facts = &f->e->facts;
    for (size_t i = 0; i < h->to_count; i++)
        if (facts->heir == NULL || !facts->heir(facts->ctx, h->to[i].agency, h->from))
            return false;
    return h->to_count > 0;
}

static void fill_correction(struct xj_fold *f, const struct xj_plan_in *p, struct xj_header *h)
{
    struct xj_fold_correction c = xj_fold_correction_of(f, h);
    bool amends = c.relation != NULL && strcmp(c.relation, "amends") == 0;
    for (size_t i = 0; !amends && i < p->principal_count; i++)
        add_to(f, h, p->principals[i], XJ_TO_PRINCIPAL);
    if (c.target == NULL)
        return;
    if (amends || strcmp(c.relation, "voids") == 0) {
        for (size_t i = 0; i < c.target->principals.n; i++)
            add_to(f, h, c.target->principals.at[i], XJ_TO_PRINCIPAL);
        for (size_t i = 0; i < c.target->parties.n; i++)
            add_to(f, h, c.target->parties.at[i], (c.target->notices >> i & 1) != 0 ? XJ_TO_NOTICE : XJ_TO_COPY);
    } else if (!is_handover(f, h)) {
        add_to(f, h, c.target->from, XJ_TO_COPY); /* it hears of it */
    }
    if (!amends)
        return;
    struct xj_fold_owner own[XJ_FOLD_CHAIN];
    for (size_t i = 0; i < c.target->own_count; i++)
        own[i] = (struct xj_fold_owner){c.target->chain[i].track, c.target->chain[i].owner};
    fill_tracks(f, own, c.target->own_count, h);
    for (size_t i = 0; i < c.target->answer_count && i < XJ_MAX_ANSWERS; i++) {
        uint16_t q = xj_model_question(f->m, c.target->answers[i].question);
        if (q != XJ_NONE)
            h->answers[h->answer_count++] =
                (struct xj_header_answer){c.target->answers[i].id, xj_slice_cstr(f->m->questions[q].name.id)};
    }
}

/* ---- the call ---- */

static void begin(const struct xj_model *m, const struct xj_plan_in *p, struct xj_header *h)
{
    h->case_id = p->case_id;
    h->act = xj_slice_cstr(m->acts[p->act].name.id);
    h->from = p->from;
    h->actor = p->actor;
    h->mode = p->mode;
    h->track_count = h->answer_count = h->to_count = 0;
    h->subject_count = p->subject_count;
    if (p->subject_count > 0)
        memcpy(h->subjects, p->subjects, p->subject_count * sizeof h->subjects[0]);
    for (size_t i = 0; i < p->answer_count && i < XJ_MAX_ANSWERS; i++)
        h->answers[h->answer_count++] = p->answers[i];
}

static void plan_act(struct xj_fold *f, const struct xj_plan_in *p, struct xj_fold_in *in, struct xj_fold_moves *moves,
                     struct xj_header *h)
{
    if (p->fill_answers && p->answer_count == 0)
        fill_answers(f, &f->m->acts[p->act], h);
    if (h->answer_count > 0)
        qsort(h->answers, h->answer_count, sizeof h->answers[0], answer_order);
    xj_fold_read(f, h, NULL, in);
    name_subjects(in, h);
    if (in->role_breach) {
        for (size_t i = 0; i < p->principal_count; i++)
            add_to(f, h, p->principals[i], XJ_TO_PRINCIPAL);
        add_subscribers(f, p, in, h); /* whoever supervises is to see above all what was not theirs to do */
    } else {
        fill_recipients(f, p, in, h);
    }
    xj_fold_read(f, h, NULL, in);
    xj_fold_moves(f, in, moves);
    fill_tracks(f, moves->owners, moves->owner_count, h);
}

/* Copies what lives in the fold into the caller's buffer; slices only after the last append, which may move it. */
static void hand_over(struct xj_fold *f, struct xj_buf *arena_buf, struct xj_header *h)
{
    size_t at = arena_buf->n;
    for (size_t i = 0; i < h->to_count; i++)
        xj_buf_add_slice(arena_buf, h->to[i].agency);
    for (size_t i = 0; i < h->track_count; i++)
        xj_buf_add_slice(arena_buf, h->tracks[i].owner);
    xj_fold_fail(f, arena_buf->err);
    if (f->err != XJ_OK) {
        h->to_count = h->track_count = 0;
        return;
    }
    for (size_t i = 0; i < h->to_count; at += h->to[i].agency.n, i++)
        h->to[i].agency.p = arena_buf->p + at;
    for (size_t i = 0; i < h->track_count; at += h->tracks[i].owner.n, i++)
        h->tracks[i].owner.p = arena_buf->p + at;
}

enum xj_err xj_engine_plan(const struct xj_engine *e, const struct xj_plan_in *in, struct xj_buf *arena_buf,
                           struct xj_header *header, struct xj_refusal *ret_refusal)
{
    struct xj_fold f;
    struct xj_fold_in read;
    struct xj_fold_moves moves = {.owner_count = 0};
    memset(ret_refusal, 0, sizeof *ret_refusal);
    if (in->act >= e->model->act_count || in->subject_count > XJ_MAX_SUBJECTS) {
        xj_fold_refuse(ret_refusal, in->subject_count > XJ_MAX_SUBJECTS ? "oversize" : "act_unknown", xj_slice_cstr(""));
        return XJ_OK;
    }
    if (xj_fold_open(&f, e, in->case_id) != XJ_OK)
        goto out;
    f.planning = true;
    f.at_ms = in->now_ms;
    begin(f.m, in, header);
    xj_fold_read(&f, header, NULL, &read);
    if (read.correction) {
        fill_correction(&f, in, header);
        xj_fold_read(&f, header, NULL, &read);
    } else {
        plan_act(&f, in, &read, &moves, header);
    }
    /* the checks compare with the tracks just filled */
    xj_fold_check(&f, &read, &moves, in->papers_given, ret_refusal);
    hand_over(&f, arena_buf, header);
out:
    return xj_fold_close(&f);
}
