#include "schema/procedure/engine_moves.h"

#include <string.h>

static bool chain_owner(struct xj_fold *f, const struct xj_fold_in *in, uint16_t track, bool as_seen, struct xj_slice *ret)
{
    for (size_t i = 0; i < in->h->answer_count; i++) {
        const struct xj_fold_act *a = in->answered[i].act;
        if (a == NULL)
            continue;
        uint64_t me = xj_fold_bits(f, a->parties, in->signer);
        for (size_t c = 0; c < a->chain_count; c++) {
            bool seen = (a->chain[c].viewers & me) != 0;
            if (a->chain[c].track == track && (seen || !as_seen)) {
                *ret = a->chain[c].owner;
                return true;
            }
        }
    }
    return false;
}

static void add_owner(struct xj_fold_moves *out, uint16_t track, struct xj_slice owner)
{
    for (size_t i = 0; i < out->owner_count; i++)
        if (out->owners[i].track == track && xj_slice_eq(out->owners[i].owner, owner))
            return;
    if (out->owner_count < XJ_FOLD_OWNERS)
        out->owners[out->owner_count++] = (struct xj_fold_owner){track, owner};
}

static void add_after(struct xj_fold_moves *out, const struct xj_m_move *m, struct xj_slice owner, const struct xj_subject *s)
{
    struct xj_after a = {.track = m->track, .state = m->state, .owner = owner, .has_subject = s != NULL};
    if (s != NULL)
        a.subject = *s;
    for (size_t i = 0; i < out->after_count; i++) {
        const struct xj_after *b = &out->after[i];
        if (b->track == a.track && xj_slice_eq(b->owner, owner) && b->has_subject == a.has_subject &&
            (s == NULL || xj_fold_same(&b->subject, s))) {
            out->after[i] = a;
            return;
        }
    }
    if (out->after_count < XJ_MAX_AFTER)
        out->after[out->after_count++] = a;
}

static bool from_allows(struct xj_fold *f, const struct xj_m_move *m, struct xj_slice owner, const struct xj_subject *s)
{
    if (m->from_count == 0)
        return true;
    uint16_t now = xj_fold_look_up(f, m->track, owner, s);
    for (uint16_t i = 0; i < m->from_count; i++)
        if (m->from[i] == now)
            return true;
    return false;
}

/* Spec 2.2: one row, or all charge rows of a party that has such. */
static void move_rows(struct xj_fold *f, const struct xj_m_move *m, struct xj_slice owner, const struct xj_subject *s,
                      struct xj_fold_moves *out)
{
    enum xj_scope scope = f->m->tracks[m->track].scope;
    struct xj_subject cut;
    if (s != NULL && scope == XJ_SCOPE_CASE)
        s = NULL;
    if (s != NULL) {
        cut = *s;
        cut.has_charge = cut.has_charge && scope == XJ_SCOPE_CHARGE;
        s = &cut;
    }
    bool moved = false;
    if (s != NULL && scope == XJ_SCOPE_CHARGE && !s->has_charge) {
        struct xj_fold_key k = xj_fold_row_key(f, m->track, owner, s);
        k.n--; /* the byte that says whether a charge follows */
        struct xj_fold_pairs pairs = xj_fold_scan(f, &k, false, 0);
        for (size_t i = 0; i < pairs.n; i++) {
            const struct xj_fold_row *row = xj_fold_row_of(f, pairs.at[i]);
            if (row == NULL || !row->subject.has_charge)
                continue;
            moved = true;
            if (from_allows(f, m, owner, &row->subject))
                add_after(out, m, owner, &row->subject);
        }
    }
    if (!moved && from_allows(f, m, owner, s))
        add_after(out, m, owner, s);
}

/* seen: the signer knows of it, so `tracks` must show it. */
static void move_all(struct xj_fold *f, const struct xj_m_move *m, struct xj_slice owner,
                     const struct xj_fold_subjects *subjects, bool seen, struct xj_fold_moves *out)
{
    if (seen)
        add_owner(out, m->track, owner);
    if (subjects->whole)
        move_rows(f, m, owner, NULL, out);
    for (size_t i = 0; i < subjects->n; i++)
        move_rows(f, m, owner, &subjects->at[i], out);
}

/* Spec 5.3: each subject may have another owner, that of the row seen latest; mine: only of rows that fall to `who`. */
static void move_by_latest(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_m_move *m, struct xj_slice who, bool mine,
                           const struct xj_fold_subjects *subjects, bool seen, struct xj_fold_moves *out)
{
    struct xj_fold_rows rows = xj_fold_rows_of_track(f, m->track);
    if (seen && subjects->n == 0 && !subjects->whole)
        add_owner(out, m->track, who);
    for (size_t i = 0; i < subjects->n + 1; i++) {
        size_t at = !mine ? i : i == 0 ? subjects->n : i - 1; /* the case last; of one's own rows first, as in move_all */
        const struct xj_subject *s = at < subjects->n ? &subjects->at[at] : NULL;
        if (s == NULL && !subjects->whole)
            continue;
        struct xj_slice owner = xj_fold_latest_owner(f, rows, s, who, in->signer, mine);
        if (owner.n == 0)
            owner = who;
        if (seen)
            add_owner(out, m->track, owner);
        move_rows(f, m, owner, s, out);
    }
}

/* The doer's own row, or the principal's: under the name it has on record. */
static void move_for(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_m_move *m, const struct xj_fold_subjects *subjects,
                     bool seen, struct xj_fold_moves *out)
{
    if (m->owner == XJ_OWNER_TO && in->principals.n == 0)
        return;
    struct xj_slice who = m->owner == XJ_OWNER_TO ? in->principals.at[0] : in->doer;
    if (xj_fold_successions(f))
        move_by_latest(f, in, m, who, true, subjects, seen, out);
    else
        move_all(f, m, who, subjects, seen, out);
}

static void own_move(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_m_move *m, struct xj_fold_moves *out)
{
    struct xj_slice owner;
    if (m->owner != XJ_OWNER_ASKED)
        move_for(f, in, m, &in->subjects, true, out);
    else if (chain_owner(f, in, m->track, true, &owner))
        move_all(f, m, owner, &in->subjects, true, out);
    else
        move_by_latest(f, in, m, in->doer, false, &in->subjects, true, out);
}

/* Subjects of a move under a question (spec 5.2). */
static void subjects_under(const struct xj_fold_in *in, const struct xj_fold_question *q, struct xj_fold_subjects *ret)
{
    memset(ret, 0, sizeof *ret);
    uint64_t open = xj_fold_still_open(q);
    const struct xj_header *h = in->h;
    for (size_t i = 0; i < h->subject_count; i++)
        if ((xj_fold_mask(q->subjects, q->subject_count, &h->subjects[i], 1) & open) != 0)
            xj_fold_add_subject(ret, &h->subjects[i]);
    if (h->subject_count > 0)
        return;
    ret->whole = q->subject_count == 0 && open != 0;
    for (size_t i = 0; i < q->subject_count; i++)
        if (open >> i & 1)
            xj_fold_add_subject(ret, &q->subjects[i]);
}

static void move_under(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_answered *a,
                       const struct xj_m_move *m, struct xj_fold_moves *out)
{
    struct xj_slice owner;
    struct xj_fold_subjects subjects;
    bool seen = chain_owner(f, in, m->track, true, &owner);
    if (!seen && !chain_owner(f, in, m->track, false, &owner))
        return;
    subjects_under(in, a->q, &subjects);
    if (m->owner == XJ_OWNER_ASKED)
        move_all(f, m, owner, &subjects, seen, out);
    else
        move_for(f, in, m, &subjects, seen, out);
}

void xj_fold_moves(struct xj_fold *f, const struct xj_fold_in *in, struct xj_fold_moves *ret)
{
    ret->owner_count = ret->after_count = 0;
    if (in->m == NULL || in->correction || in->role_breach)
        return;
    for (uint16_t i = 0; i < in->m->move_count; i++)
        own_move(f, in, &in->m->moves[i], ret);
    for (size_t i = 0; i < in->h->answer_count; i++) {
        const struct xj_fold_answered *a = &in->answered[i];
        for (uint16_t j = 0; a->answer != NULL && a->q != NULL && j < a->answer->move_count; j++)
            move_under(f, in, a, &a->answer->moves[j], ret);
    }
}

/* One entry for each (track, owner); who sees it on another way sees it, too. */
static size_t add_link(struct xj_fold_chain *chain, size_t n, struct xj_fold_chain link)
{
    for (size_t i = 0; i < n; i++)
        if (chain[i].track == link.track && xj_slice_eq(chain[i].owner, link.owner)) {
            chain[i].viewers |= link.viewers;
            return n;
        }
    if (n < XJ_FOLD_CHAIN)
        chain[n++] = link;
    return n;
}

/* Which of the new act's parties could see the entry along the answered act. */
static uint64_t viewers_through(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_act *a, uint64_t viewers)
{
    uint64_t out = 0;
    for (size_t p = 0; p < in->parties.n; p++)
        if ((xj_fold_bits(f, a->parties, in->parties.at[p]) & viewers) != 0)
            out |= UINT64_C(1) << p;
    return out;
}

size_t xj_fold_chain_of(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_owner *own, size_t own_count,
                        struct xj_fold_chain *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < own_count; i++)
        n = add_link(ret, n, (struct xj_fold_chain){own[i].track, own[i].owner, xj_fold_all(in->parties.n)});
    for (size_t i = 0; i < in->h->answer_count; i++) {
        const struct xj_fold_act *a = in->answered[i].act;
        for (size_t c = 0; a != NULL && c < a->chain_count; c++)
            n = add_link(ret, n, (struct xj_fold_chain){a->chain[c].track, a->chain[c].owner,
                                                        viewers_through(f, in, a, a->chain[c].viewers)});
    }
    return n;
}
