/* Amending, voiding, sharing, and saying that a message cannot be read. Spec: spec/09-fold.md, section 10. */
#include <string.h>

#include "schema/procedure/engine_judge.h"

struct xj_fold_correction xj_fold_correction_of(struct xj_fold *f, const struct xj_header *h)
{
    static const char *const kinds[] = {"amends", "voids", "shares", "unreadable"};
    struct xj_fold_correction c = {NULL, NULL};
    size_t n = 0;
    for (size_t i = 0; i < h->relate_count; i++)
        for (size_t k = 0; k < 4; k++)
            if (xj_slice_is(h->relates[i].relation, kinds[k])) {
                n++;
                c.relation = kinds[k];
                c.target = xj_fold_act_by_id(f, &h->relates[i].id);
            }
    if (n != 1)
        return (struct xj_fold_correction){NULL, NULL};
    if (c.target != NULL && (c.target->flags & XJ_FOLD_CORRECTION) != 0 && strcmp(c.relation, "shares") != 0)
        c.target = NULL;
    return c;
}

/* ---- judging ---- */

/* Every agency of a, or who holds it now, is among b. */
static bool all_named(struct xj_fold *f, struct xj_fold_names a, struct xj_fold_names b)
{
    for (size_t i = 0; i < a.n; i++)
        if (xj_fold_find(b, a.at[i]) == SIZE_MAX && xj_fold_find(b, xj_fold_holder(f, a.at[i])) == SIZE_MAX)
            return false;
    return true;
}

/* The same agencies: those of the new act, and those on record or their present holders. */
static bool same_names(struct xj_fold *f, struct xj_fold_names now, struct xj_fold_names then)
{
    for (size_t i = 0; i < now.n; i++)
        if (!xj_fold_among(f, then, now.at[i]))
            return false;
    return all_named(f, then, now);
}

static bool same_tracks(const struct xj_fold *f, const struct xj_fold_act *t, const struct xj_header *h)
{
    for (size_t i = 0; i < h->track_count; i++) {
        bool found = false;
        for (size_t c = 0; c < t->own_count && !found; c++)
            found = xj_slice_is(h->tracks[i].name, f->m->tracks[t->chain[c].track].name.id) &&
                    xj_slice_eq(h->tracks[i].owner, t->chain[c].owner);
        if (!found)
            return false;
    }
    return h->track_count == t->own_count;
}

static bool same_answers(const struct xj_fold_act *t, const struct xj_header *h)
{
    for (size_t i = 0; i < h->answer_count && i < t->answer_count; i++)
        if (!xj_id_eq(&h->answers[i].id, &t->answers[i].id) || !xj_slice_eq(h->answers[i].question, t->answers[i].question))
            return false;
    return h->answer_count == t->answer_count;
}

static bool same_subjects(const struct xj_fold_act *t, const struct xj_header *h)
{
    for (size_t i = 0; i < h->subject_count && i < t->subject_count; i++)
        if (!xj_fold_same(&h->subjects[i], &t->subjects[i]))
            return false;
    return h->subject_count == t->subject_count;
}

static bool is_answered(struct xj_fold *f, const struct xj_fold_act *t)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_QUESTION);
    xj_fold_key_u64(&k, t->seq);
    struct xj_fold_pairs pairs = xj_fold_scan(f, &k, false, 0);
    for (size_t i = 0; i < pairs.n; i++) {
        const struct xj_fold_question *q = xj_fold_question_of(f, pairs.at[i]);
        if (q != NULL && xj_id_eq(&q->id, &t->id) && q->close_count + q->part_count + q->hand_count > 0)
            return true;
    }
    return false;
}

bool xj_fold_check_correction(struct xj_fold *f, const struct xj_fold_in *in, struct xj_refusal *r)
{
    const struct xj_header *h = in->h;
    struct xj_fold_correction c = xj_fold_correction_of(f, h);
    struct xj_slice detail = xj_slice_cstr(c.relation == NULL ? "" : c.relation);
    const struct xj_fold_act *t = c.target;
    if (c.relation == NULL || t == NULL || t->act != in->act || t->act == XJ_NONE)
        return xj_fold_refuse(r, "relates", detail);
    bool mine = xj_fold_falls_to(f, t->from, h->from) && xj_fold_falls_to(f, t->actor, h->actor);
    bool bare = h->track_count == 0 && h->answer_count == 0;
    bool voided = (t->flags & XJ_FOLD_VOIDED) != 0;
    bool good;
    if (strcmp(c.relation, "amends") == 0)
        good = mine && !voided && same_names(f, in->parties, t->parties) && same_names(f, in->principals, t->principals) &&
               same_tracks(f, t, h) && same_answers(t, h) && same_subjects(t, h);
    else if (strcmp(c.relation, "voids") == 0)
        good = mine && !voided && bare && !is_answered(f, t);
    else if (strcmp(c.relation, "shares") == 0)
        good = bare && xj_fold_sees(f, t, in->signer);
    else
        good = bare && xj_fold_sees(f, t, in->signer) && !xj_slice_eq(t->from, in->signer);
    if (!good)
        return xj_fold_refuse(r, "relates", detail);
    for (size_t i = 0; strcmp(c.relation, "voids") == 0 && i < t->parties.n; i++)
        if (!xj_fold_is_party_of(f, in, t->parties.at[i]))
            return xj_fold_refuse(r, "recipient_missing", xj_fold_holder(f, t->parties.at[i]));
    return true;
}

/* ---- voiding ---- */

static void undo_row(struct xj_fold *f, const struct xj_fold_key *k, uint64_t seq)
{
    struct xj_fold_row *row = xj_fold_row(f, k);
    struct xj_fold_move *moves = row == NULL ? NULL : xj_fold_array(f, row->move_count, sizeof *moves);
    if (moves == NULL)
        return;
    size_t n = 0;
    for (size_t i = 0; i < row->move_count; i++)
        if (row->moves[i].seq != seq)
            moves[n++] = row->moves[i];
    row->moves = moves;
    row->move_count = n;
    if (n > 0)
        xj_fold_put_row(f, k, row);
    else
        xj_fold_del(f, k);
}

static void undo_question(struct xj_fold *f, const struct xj_fold_key *k, uint64_t seq, uint64_t by)
{
    struct xj_fold_question *q = xj_fold_question(f, k);
    if (q == NULL)
        return;
    struct xj_fold_close *closes = xj_fold_array(f, q->close_count + 1, sizeof *closes);
    struct xj_fold_part *parts = xj_fold_array(f, q->part_count, sizeof *parts);
    struct xj_fold_hand *hands = xj_fold_array(f, q->hand_count, sizeof *hands);
    if (closes == NULL || parts == NULL || hands == NULL)
        return;
    size_t c = 0, p = 0, h = 0;
    for (size_t i = 0; i < q->close_count; i++)
        if (q->closes[i].seq != seq)
            closes[c++] = q->closes[i];
    for (size_t i = 0; i < q->part_count; i++)
        if (q->parts[i].seq != seq)
            parts[p++] = q->parts[i];
    for (size_t i = 0; i < q->hand_count; i++)
        if (q->hands[i].seq != seq)
            hands[h++] = q->hands[i];
    if (q->seq == seq)
        closes[c++] = (struct xj_fold_close){by, xj_fold_all(q->subject_count)};
    q->closes = closes, q->close_count = c;
    q->parts = parts, q->part_count = p;
    q->hands = hands, q->hand_count = h;
    xj_fold_put_question(f, q);
}

struct touched {
    struct xj_fold_key *at;
    size_t n;
};

/* The keys in which the act left something. */
static struct touched touched_by(struct xj_fold *f, uint64_t seq)
{
    struct xj_fold_key uk = xj_fold_key(f, XJ_FOLD_UNDO);
    xj_fold_key_u64(&uk, seq);
    struct touched out = {NULL, 0};
    struct xj_slice v;
    if (!xj_fold_get(f, &uk, &v))
        return out;
    size_t count = 0;
    for (size_t at = 0; at < v.n; at += 1u + v.p[at])
        count++;
    out.at = xj_fold_array(f, count, sizeof *out.at);
    for (size_t at = 0; out.at != NULL && at < v.n; at += 1u + v.p[at]) {
        size_t n = v.p[at];
        if (n == 0 || n > v.n - at - 1) {
            xj_fold_fail(f, XJ_ECORRUPT);
            return (struct touched){NULL, 0};
        }
        struct xj_fold_key *k = &out.at[out.n];
        *k = xj_fold_key(f, (enum xj_fold_tag)v.p[at + 1]);
        if (n - 1 > sizeof k->b - k->n) {
            xj_fold_fail(f, XJ_ECORRUPT);
            return (struct touched){NULL, 0};
        }
        memcpy(k->b + k->n, v.p + at + 2, n - 1);
        k->n += n - 1;
        /* an act may leave several things in one record */
        bool known = false;
        for (size_t i = 0; i < out.n && !known; i++)
            known = out.at[i].n == k->n && memcmp(out.at[i].b, k->b, k->n) == 0;
        out.n += !known;
    }
    return out;
}

static void undo_key(struct xj_fold *f, const struct xj_fold_key *k, uint64_t seq, uint64_t by)
{
    struct xj_fold_taken t;
    switch (k->b[17]) {
    case XJ_FOLD_NAME:
    case XJ_FOLD_PAPER:
        xj_fold_del(f, k);
        break;
    case XJ_FOLD_TAKEN:
        if (xj_fold_taken(f, k, &t) && t.seq == seq)
            xj_fold_del(f, k);
        break;
    case XJ_FOLD_ROW:
        undo_row(f, k, seq);
        break;
    case XJ_FOLD_QUESTION:
        undo_question(f, k, seq, by);
        break;
    case XJ_FOLD_DUTY:
        xj_fold_duty_undo(f, k, seq);
        break;
    default:
        xj_fold_fail(f, XJ_ECORRUPT);
    }
}

static void void_act(struct xj_fold *f, struct xj_fold_act *t, uint64_t by)
{
    struct touched all = touched_by(f, t->seq);
    for (size_t i = 0; i < all.n; i++)
        undo_key(f, &all.at[i], t->seq, by);
    t->flags |= XJ_FOLD_VOIDED;
    xj_fold_put_act(f, t);
}

/* ---- amending ---- */

struct xj_fold_taken xj_fold_taken_of(const struct xj_fold_act *a)
{
    struct xj_fold_taken t = {.seq = a->seq, .known = true, .from_ms = a->admitted_ms, .to_ms = a->admitted_ms};
    if (a->has_occurred && a->occurred_to_ms <= a->admitted_ms) {
        t.from_ms = a->occurred_from_ms;
        t.to_ms = a->occurred_to_ms;
    } else if (a->late) {
        t.known = false;
    }
    return t;
}

static void amend_act(struct xj_fold *f, struct xj_fold_act *t, const struct xj_header *h)
{
    t->has_occurred = h->has_occurred;
    t->occurred_from_ms = h->has_occurred ? h->occurred_from_ms : 0;
    t->occurred_to_ms = h->has_occurred ? h->occurred_to_ms : 0;
    xj_fold_put_act(f, t);
    struct touched all = touched_by(f, t->seq);
    for (size_t i = 0; i < all.n; i++) {
        struct xj_fold_taken old, now = xj_fold_taken_of(t);
        if (all.at[i].b[17] == XJ_FOLD_DUTY)
            xj_fold_duty_redate(f, &all.at[i], t);
        else if (all.at[i].b[17] == XJ_FOLD_TAKEN && xj_fold_taken(f, &all.at[i], &old) && old.seq == t->seq)
            xj_fold_put_taken(f, &all.at[i], &now);
    }
}

void xj_fold_correct(struct xj_fold *f, const struct xj_fold_in *in, uint64_t seq)
{
    struct xj_fold_correction c = xj_fold_correction_of(f, in->h);
    /* An agency may hold the correction without its target; then nothing here changes. */
    if (c.target == NULL || (c.target->flags & XJ_FOLD_VOIDED) != 0)
        return;
    if (strcmp(c.relation, "voids") == 0)
        void_act(f, c.target, seq);
    else if (strcmp(c.relation, "amends") == 0)
        amend_act(f, c.target, in->h);
    else if (strcmp(c.relation, "unreadable") == 0)
        xj_fold_duties_unreadable(f, seq, c.target->seq, in->doer);
}
