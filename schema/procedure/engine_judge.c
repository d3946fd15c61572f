/* Judging an act. Spec: spec/09-fold.md, sections 4 to 6. Writes nothing. */
#include "schema/procedure/engine_judge.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define CLOCKS_APART_MS 86400000 /* an act dated further ahead than clocks differ */

bool xj_fold_refuse(struct xj_refusal *r, const char *code, struct xj_slice detail)
{
    size_t n = detail.n < sizeof r->detail - 1 ? detail.n : sizeof r->detail - 1;
    r->code = code;
    if (n > 0)
        memcpy(r->detail, detail.p, n);
    r->detail[n] = '\0';
    return false;
}

static bool refuse_cstr(struct xj_refusal *r, const char *code, const char *detail)
{
    return xj_fold_refuse(r, code, xj_slice_cstr(detail));
}

/* Of a set that holds some role. */
static const char *role_of_bits(const struct xj_model *m, xj_roles roles)
{
    uint16_t i = 0;
    while (i + 1 < m->role_count && (roles >> i & 1) == 0)
        i++;
    return roles == XJ_ROLES_ANY ? "any" : m->roles[i].id;
}

/* ---- who ---- */

/* Spec 4.2: what an agency was has gone to another. Handing on its history, and saying what it cannot read, stay its own. */
static bool check_succeeded(struct xj_fold *f, const struct xj_fold_in *in, struct xj_refusal *r)
{
    if (!xj_fold_successions(f) || (in->late && !in->h->has_occurred))
        return true;
    struct xj_slice holder = xj_fold_holder_at(f, in->doer, in->late ? in->h->occurred_from_ms : f->at_ms);
    if (xj_slice_eq(holder, in->doer))
        return true;
    for (size_t i = 0; i < in->h->relate_count; i++)
        if (xj_slice_is(in->h->relates[i].relation, "shares") || xj_slice_is(in->h->relates[i].relation, "unreadable"))
            return true;
    return xj_fold_refuse(r, "succeeded", holder);
}

static bool check_doer(struct xj_fold *f, const struct xj_fold_in *in, struct xj_refusal *r)
{
    if (in->m == NULL)
        return xj_fold_refuse(r, "act_unknown", in->h->act);
    if (in->role_name.n == 0)
        return refuse_cstr(r, "role", "unknown");
    if (!check_succeeded(f, in, r))
        return false;
    if (in->role_breach && !in->late)
        return xj_fold_refuse(r, "role", in->role_name);
    if (in->late || in->correction)
        return true;
    if (in->m->late_only)
        return refuse_cstr(r, "late_only", in->m->name.id);
    bool allowed;
    if (!f->has_head)
        allowed = in->m->opens_case || (f->planning && in->m->joins);
    else
        allowed = in->m->joins || xj_fold_is_party(f, in->doer) ||
                  f->e->facts.granted(f->e->facts.ctx, in->doer, f->opener, f->at_ms);
    if (!allowed)
        return refuse_cstr(r, "may_not_act", in->m->name.id);
    return true;
}

/* ---- answers ---- */

bool xj_fold_answer_is_free(const struct xj_fold_question *q, const struct xj_subject *named, size_t named_count)
{
    uint64_t open = xj_fold_still_open(q), handed = q->hand_count > 0 ? q->hands[q->hand_count - 1].seq : 0;
    if (named_count == 0)
        return open != 0;
    bool any = false;
    for (size_t i = 0; i < named_count; i++) {
        uint64_t mask = xj_fold_mask(q->subjects, q->subject_count, &named[i], 1);
        if ((mask & ~open) != 0)
            return false;
        any = any || mask != 0;
        for (size_t p = 0; p < q->part_count; p++)
            if (q->parts[p].seq > handed && xj_fold_covers(&q->parts[p].subject, &named[i]))
                return false;
    }
    return any;
}

bool xj_fold_handed_whole(const struct xj_fold_question *q, const struct xj_subject *named, size_t named_count)
{
    uint64_t open = xj_fold_still_open(q), covered = 0;
    for (size_t i = 0; i < named_count; i++) {
        bool itself = false;
        for (size_t s = 0; s < q->subject_count; s++) {
            itself = itself || ((open >> s & 1) != 0 && xj_fold_same(&named[i], &q->subjects[s]));
            if (xj_fold_covers(&named[i], &q->subjects[s]))
                covered |= UINT64_C(1) << s;
        }
        if (!itself)
            return false;
    }
    return named_count == 0 || (open & ~covered) == 0;
}

static bool check_answer(struct xj_fold *f, const struct xj_fold_in *in, size_t i, struct xj_refusal *r)
{
    const struct xj_fold_answered *a = &in->answered[i];
    struct xj_slice name = in->h->answers[i].question;
    if ((a->answer == NULL && !a->passing) || a->q == NULL)
        return xj_fold_refuse(r, "answer_unknown", name);
    bool knows = a->act != NULL && xj_fold_sees(f, a->act, in->signer);
    for (size_t k = 0; k < a->q->hand_count; k++)
        knows = knows || xj_fold_among(f, a->q->hands[k].asked, in->doer);
    if (!knows && !f->e->facts.granted(f->e->facts.ctx, in->doer, f->opener, f->at_ms))
        return xj_fold_refuse(r, "answer_not_visible", name);
    if (!a->passing && !xj_fold_among(f, xj_fold_asked_now(a->q), in->doer))
        return xj_fold_refuse(r, "answer_not_asked", name);
    if ((a->act != NULL && (a->act->flags & XJ_FOLD_VOIDED) != 0) || !xj_fold_answer_is_free(a->q, in->h->subjects, in->h->subject_count) ||
        (a->passing && !xj_fold_handed_whole(a->q, in->h->subjects, in->h->subject_count)))
        return xj_fold_refuse(r, "answer_taken", name);
    return true;
}

/* A question that the act can answer: what it names of it is an answer. */
static bool names_question(const struct xj_fold_in *in, uint16_t question)
{
    for (size_t i = 0; i < in->h->answer_count; i++)
        if (in->answered[i].question == question)
            return true;
    return false;
}

static bool check_owed(struct xj_fold *f, const struct xj_fold_in *in, struct xj_refusal *r)
{
    const struct xj_m_answer *unanswered = NULL;
    bool some = false;
    for (uint16_t i = 0; i < in->m->answer_count; i++) {
        const struct xj_m_answer *ma = &in->m->answers[i];
        bool given = names_question(in, ma->question);
        if (ma->mode == XJ_ANSWER_REQ) {
            some = some || given;
            unanswered = ma;
        }
        if (ma->mode == XJ_ANSWER_OPT || given)
            continue;
        struct xj_fold_questions put = xj_fold_put_to(f, ma->question, in->doer, in->signer, false);
        for (size_t k = 0; k < put.n; k++)
            if (xj_fold_question_relates(put.at[k], in->h->subjects, in->h->subject_count))
                return refuse_cstr(r, "answer_missing", f->m->questions[ma->question].name.id);
    }
    if (unanswered != NULL && !some && !in->late)
        return refuse_cstr(r, "answer_missing", f->m->questions[unanswered->question].name.id);
    return true;
}

static bool check_answers(struct xj_fold *f, const struct xj_fold_in *in, struct xj_refusal *r)
{
    for (size_t i = 0; i < in->h->answer_count; i++)
        if (!check_answer(f, in, i, r))
            return false;
    return check_owed(f, in, r);
}

static bool same_subject(const struct xj_fold_act *a, const struct xj_header *h)
{
    if (a->subject_count == 0 || h->subject_count == 0)
        return a->subject_count == h->subject_count;
    for (size_t i = 0; i < a->subject_count; i++)
        for (size_t j = 0; j < h->subject_count; j++)
            if (xj_fold_same(&a->subjects[i], &h->subjects[j]))
                return true;
    return false;
}

static bool check_again(struct xj_fold *f, const struct xj_fold_in *in, struct xj_refusal *r)
{
    if (in->late || in->m->again || in->h->answer_count > 0)
        return true;
    size_t n;
    const uint64_t *seqs = xj_fold_seqs(f, in->act, &n);
    for (size_t i = 0; i < n; i++) {
        const struct xj_fold_act *a = xj_fold_act(f, seqs[i]);
        if (a != NULL && xj_fold_falls_to(f, xj_fold_doer(a), in->doer) && same_subject(a, in->h))
            return refuse_cstr(r, "already", in->m->name.id);
    }
    return true;
}

static bool check_tracks(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_moves *moves, struct xj_refusal *r)
{
    for (size_t i = 0; i < moves->owner_count; i++) {
        const char *name = f->m->tracks[moves->owners[i].track].name.id;
        bool found = false;
        for (size_t j = 0; j < in->h->track_count && !found; j++)
            found = xj_slice_is(in->h->tracks[j].name, name) && xj_slice_eq(in->h->tracks[j].owner, moves->owners[i].owner);
        if (!found) {
            refuse_cstr(r, "track", "");
            snprintf(r->detail, sizeof r->detail, "%s %.*s", name, (int)moves->owners[i].owner.n,
                     (const char *)moves->owners[i].owner.p);
            return false;
        }
    }
    if (in->h->track_count != moves->owner_count)
        return xj_fold_refuse(r, "track", in->h->tracks[0].name);
    return true;
}

/* ---- recipients ---- */

static bool check_asked(struct xj_fold *f, const struct xj_fold_in *in, struct xj_refusal *r)
{
    for (uint16_t i = 0; i < in->m->opens_count; i++) {
        const struct xj_m_opens *o = &in->m->opens[i];
        struct xj_slice t = o->asked_transferor ? xj_fold_holder(f, in->transferor) : (struct xj_slice){NULL, 0};
        if (t.n > 0 && !xj_slice_eq(t, in->doer) && !xj_slice_eq(t, in->signer) &&
            (in->principals.n == 0 || !xj_slice_eq(in->principals.at[0], t)))
            return xj_fold_refuse(r, "recipient_missing", t);
        if (!in->late && !o->asked_transferor && xj_fold_ask(f, in, o).n == 0)
            return refuse_cstr(r, "recipient_missing", role_of_bits(f->m, o->asked));
    }
    if (in->m->principal == 0 || in->late)
        return true;
    for (size_t i = 0; i < in->principals.n; i++)
        if (in->m->principal == XJ_ROLES_ANY || (xj_fold_role(f, in->principals.at[i], NULL) & in->m->principal) != 0)
            return true;
    return refuse_cstr(r, "recipient_missing", role_of_bits(f->m, in->m->principal));
}

static bool has_counterpart(struct xj_fold *f, const struct xj_fold_in *in, uint16_t role)
{
    return f->e->facts.counterpart(f->e->facts.ctx, in->doer, xj_slice_cstr(f->m->roles[role].id), 0).n > 0;
}

bool xj_fold_copy_missing(struct xj_fold *f, const struct xj_fold_in *in, uint16_t role)
{
    xj_roles bit = (xj_roles)1 << role;
    if (in->m->copies == XJ_ROLES_ANY || (in->m->copies & bit) == 0 || (in->role & bit) != 0)
        return false;
    for (size_t i = 0; i < in->parties.n; i++)
        if (!xj_slice_eq(in->parties.at[i], in->doer) && (xj_fold_role(f, in->parties.at[i], NULL) & bit) != 0)
            return false;
    return !in->late || has_counterpart(f, in, role);
}

bool xj_fold_is_party_of(struct xj_fold *f, const struct xj_fold_in *in, struct xj_slice agency)
{
    return xj_fold_find(in->parties, agency) != SIZE_MAX || xj_fold_find(in->parties, xj_fold_holder(f, agency)) != SIZE_MAX;
}

/* Spec 4.8e: who comes after a doer or signer hears of what it still records. */
static bool check_holders(struct xj_fold *f, const struct xj_fold_in *in, struct xj_refusal *r)
{
    const struct xj_slice both[2] = {in->doer, in->signer};
    for (size_t i = 0; i < 2; i++) {
        struct xj_slice holder = xj_fold_holder(f, both[i]);
        if (xj_fold_find(in->parties, holder) == SIZE_MAX)
            return xj_fold_refuse(r, "recipient_missing", holder);
    }
    return true;
}

static bool check_recipients(struct xj_fold *f, const struct xj_fold_in *in, struct xj_refusal *r)
{
    if (in->m->internal)
        return check_holders(f, in, r);
    if (!check_asked(f, in, r))
        return false;
    for (uint16_t role = 0; role < f->m->role_count; role++)
        if (xj_fold_copy_missing(f, in, role))
            return refuse_cstr(r, "recipient_missing", f->m->roles[role].id);
    if (in->m->copy_transferor && in->transferor.n > 0 && !xj_fold_is_party_of(f, in, in->transferor))
        return xj_fold_refuse(r, "recipient_missing", xj_fold_holder(f, in->transferor));
    for (size_t i = 0; i < in->h->answer_count; i++) {
        const struct xj_fold_act *a = xj_fold_asking_act(f, &in->answered[i]);
        for (size_t p = 0; a != NULL && p < a->parties.n; p++)
            if (!xj_fold_is_party_of(f, in, a->parties.at[p]))
                return xj_fold_refuse(r, "recipient_missing", xj_fold_holder(f, a->parties.at[p]));
    }
    return check_holders(f, in, r);
}

/* ---- papers ---- */

static bool has_kind(const struct xj_fold_in *in, const struct xj_model *m, uint16_t kind)
{
    for (size_t i = 0; kind != XJ_NONE && i < in->h->paper_count; i++)
        if (xj_slice_is(in->h->papers[i].kind, m->papers[kind].id))
            return true;
    return false;
}

static const char *missing_paper(const struct xj_fold *f, const struct xj_fold_in *in, uint16_t i, bool instrument)
{
    const struct xj_m_paper *p = &in->m->papers[i];
    bool missing = p->instrument == instrument && !has_kind(in, f->m, p->kind) && !has_kind(in, f->m, p->or_kind);
    return missing ? f->m->papers[p->kind].id : NULL;
}

static bool check_instrument(struct xj_fold *f, const struct xj_fold_in *in, struct xj_refusal *r)
{
    for (uint16_t i = 0; !in->late && i < in->m->paper_count; i++) {
        const char *kind = missing_paper(f, in, i, true);
        if (kind != NULL)
            return refuse_cstr(r, "instrument", kind);
    }
    return true;
}

/* What was refused is no act of the case; reissuing an admitted act would do it twice. */
static bool check_reissue(struct xj_fold *f, const struct xj_fold_in *in, struct xj_refusal *r)
{
    for (size_t i = 0; i < in->h->relate_count; i++)
        if (xj_slice_is(in->h->relates[i].relation, "reissues") && xj_fold_act_by_id(f, &in->h->relates[i].id) != NULL)
            return refuse_cstr(r, "relates", "reissues");
    return true;
}

bool xj_fold_check(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_moves *moves, bool papers,
                   struct xj_refusal *r)
{
    if (!check_doer(f, in, r))
        return false;
    if (in->correction)
        return xj_fold_check_correction(f, in, r);
    if (in->role_breach && in->h->track_count > 0)
        return xj_fold_refuse(r, "track", in->h->tracks[0].name);
    if (in->role_breach)
        return true;
    return check_answers(f, in, r) && check_again(f, in, r) && check_tracks(f, in, moves, r) && check_recipients(f, in, r) &&
           (!papers || check_instrument(f, in, r)) && check_reissue(f, in, r);
}

/* ---- breaches ---- */

static void breach(struct xj_verdict *v, const char *code, const char *detail)
{
    for (size_t i = 0; i < v->breach_count; i++)
        if (strcmp(v->breaches[i].code, code) == 0 && strcmp(v->breaches[i].detail, detail) == 0)
            return;
    if (v->breach_count < XJ_MAX_BREACHES)
        v->breaches[v->breach_count++] = (struct xj_breach){code, detail};
}

static bool is_counterpart(struct xj_fold *f, const struct xj_fold_in *in, const char *role, struct xj_slice agency)
{
    for (size_t i = 0;; i++) {
        struct xj_slice c = f->e->facts.counterpart(f->e->facts.ctx, in->doer, xj_slice_cstr(role), i);
        if (c.n == 0)
            return false;
        if (xj_fold_falls_to(f, c, agency))
            return true;
    }
}

static bool took_part(struct xj_fold *f, const struct xj_fold_in *in, struct xj_slice agency)
{
    for (size_t i = 0; i < in->h->answer_count; i++) {
        const struct xj_fold_act *a = xj_fold_asking_act(f, &in->answered[i]);
        if (a != NULL && xj_fold_sees(f, a, agency))
            return true;
    }
    return false;
}

static void breach_organ(struct xj_fold *f, const struct xj_fold_in *in, struct xj_verdict *v)
{
    for (uint16_t i = 0; i < in->m->opens_count; i++) {
        const struct xj_m_opens *o = &in->m->opens[i];
        if (o->asked_self || o->asked_transferor || o->asked == XJ_ROLES_ANY)
            continue;
        struct xj_fold_names asked = xj_fold_ask(f, in, o);
        for (size_t p = 0; p < asked.n; p++) {
            xj_roles role = xj_fold_role(f, asked.at[p], NULL) & o->asked;
            for (uint16_t b = 0; b < f->m->role_count; b++)
                if ((role >> b & 1) != 0 && has_counterpart(f, in, b) && !took_part(f, in, asked.at[p]) &&
                    !is_counterpart(f, in, f->m->roles[b].id, asked.at[p]))
                    breach(v, "organ", f->m->roles[b].id);
        }
    }
}

static bool stands(const struct xj_m_bar_state *list, uint16_t n, uint16_t track, uint16_t state)
{
    for (uint16_t i = 0; i < n; i++)
        if (list[i].track == track && list[i].state == state)
            return true;
    return false;
}

/* Rows of a track for the subject: how many, and how many of them stand in a state of the list. */
static void count_rows(struct xj_fold *f, uint16_t track, const struct xj_subject *s, const struct xj_m_bar_state *list,
                       uint16_t n, size_t *ret_all, size_t *ret_standing)
{
    struct xj_fold_rows rows = xj_fold_rows_for(f, xj_fold_rows_of_track(f, track), s);
    *ret_all = rows.n;
    *ret_standing = 0;
    for (size_t i = 0; i < rows.n; i++)
        *ret_standing += stands(list, n, track, xj_fold_state_of(rows.at[i]));
}

static bool is_barred(struct xj_fold *f, const struct xj_m_act *m, const struct xj_subject *s)
{
    size_t all, standing;
    bool barred = false;
    for (uint16_t i = 0; i < m->barred_count && !barred; i++) {
        count_rows(f, m->barred[i].track, s, m->barred, m->barred_count, &all, &standing);
        barred = standing > 0;
    }
    for (uint16_t i = 0; barred && i < m->lifted_count; i++) {
        count_rows(f, m->lifted[i].track, s, m->lifted, m->lifted_count, &all, &standing);
        barred = all == 0 || standing < all;
    }
    return barred;
}

static void breach_bar(struct xj_fold *f, const struct xj_fold_in *in, struct xj_verdict *v)
{
    for (size_t i = 0; in->m->barred_count > 0 && i < in->subjects.n + 1; i++) {
        const struct xj_subject *s = i < in->subjects.n ? &in->subjects.at[i] : NULL;
        if ((s != NULL || in->subjects.whole) && is_barred(f, in->m, s))
            breach(v, "penalty_after_transfer", in->m->name.id);
    }
}

static void breach_late(struct xj_fold *f, const struct xj_fold_in *in, int64_t now_ms, struct xj_verdict *v)
{
    struct xj_fold_act a = {.seq = UINT64_MAX, .id = in->h->id, .act = in->act, .late = in->late, .admitted_ms = now_ms,
                            .has_occurred = in->h->has_occurred, .occurred_from_ms = in->h->occurred_from_ms,
                            .occurred_to_ms = in->h->occurred_to_ms};
    const char *duties[XJ_MAX_BREACHES];
    size_t n = xj_fold_duties_late(f, in, &a, duties, XJ_MAX_BREACHES);
    for (size_t i = 0; i < n; i++)
        breach(v, "late", duties[i]);
}

static void find_breaches(struct xj_fold *f, const struct xj_fold_in *in, int64_t now_ms, struct xj_verdict *v)
{
    for (uint16_t i = 0; !in->late && i < in->m->expect_count; i++)
        if (!xj_fold_group_on_record(f, &in->m->expects[i]))
            breach(v, "step", f->m->acts[in->m->expects[i].acts[0]].name.id);
    for (uint16_t i = 0; !in->late && i < in->m->paper_count; i++) {
        const char *kind = missing_paper(f, in, i, false);
        if (kind != NULL)
            breach(v, "paper", kind);
    }
    if (!in->late)
        breach_organ(f, in, v);
    breach_bar(f, in, v);
    breach_late(f, in, now_ms, v);
    if (in->h->has_occurred && in->h->occurred_from_ms > now_ms && in->h->occurred_from_ms - now_ms > CLOCKS_APART_MS)
        breach(v, "future", in->m->name.id);
}

/* The register's role name is a slice that may go; the model's own name for it stays. */
static const char *lasting_role(const struct xj_fold *f, const struct xj_fold_in *in)
{
    for (uint16_t i = 0; i < f->m->role_count; i++)
        if (xj_slice_is(in->role_name, f->m->roles[i].id))
            return f->m->roles[i].id;
    return "other";
}

/* Owners found in the store go with the fold: point into the header where it names them, else into the verdict. */
static void lend_owners(const struct xj_fold_in *in, struct xj_verdict *v)
{
    size_t used = 0;
    for (size_t i = 0; i < v->after_count; i++) {
        struct xj_slice *owner = &v->after[i].owner;
        struct xj_slice lent = {NULL, 0};
        for (size_t t = 0; t < in->h->track_count && lent.n == 0; t++)
            if (xj_slice_eq(in->h->tracks[t].owner, *owner))
                lent = in->h->tracks[t].owner;
        for (size_t b = 0; b + owner->n <= used && lent.n == 0; b++)
            if (memcmp(v->owner_bytes + b, owner->p, owner->n) == 0)
                lent = xj_slice_of(v->owner_bytes + b, owner->n);
        if (lent.n == 0) {
            assert(owner->n <= sizeof v->owner_bytes - used); /* no owner is longer than an agency's id */
            memcpy(v->owner_bytes + used, owner->p, owner->n);
            lent = xj_slice_of(v->owner_bytes + used, owner->n);
            used += owner->n;
        }
        *owner = lent;
    }
}

enum xj_err xj_engine_judge(const struct xj_engine *e, const struct xj_header *h, int64_t now_ms, struct xj_verdict *ret)
{
    struct xj_fold f;
    struct xj_fold_in in;
    struct xj_fold_moves moves = {.owner_count = 0};
    memset(ret, 0, sizeof *ret);
    if (xj_fold_open(&f, e, h->case_id) != XJ_OK)
        goto out;
    f.at_ms = now_ms;
    xj_fold_read(&f, h, NULL, &in);
    xj_fold_moves(&f, &in, &moves);
    if (!xj_fold_check(&f, &in, &moves, true, &ret->refusal) || in.correction)
        goto out;
    if (in.role_breach) {
        breach(ret, "role", lasting_role(&f, &in));
        goto out;
    }
    memcpy(ret->after, moves.after, moves.after_count * sizeof moves.after[0]);
    ret->after_count = moves.after_count;
    find_breaches(&f, &in, now_ms, ret);
    lend_owners(&in, ret);
out:
    return xj_fold_close(&f);
}
