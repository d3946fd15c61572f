/* Folding an admitted act. Spec: spec/09-fold.md, sections 2, 3, 5 and 8. */
#include <string.h>

#include "schema/procedure/engine_judge.h"

#define PARTS_MAX 2048u /* answers in part noted in one question */
#define HANDS_MAX 256u  /* handings on of one question */

/* ---- the act itself ---- */

static void own_tracks(struct xj_fold *f, const struct xj_header *h, struct xj_fold_owner *own, size_t *ret_count)
{
    *ret_count = 0;
    for (size_t i = 0; i < h->track_count; i++) {
        uint16_t track = xj_model_track(f->m, h->tracks[i].name);
        if (track != XJ_NONE)
            own[(*ret_count)++] = (struct xj_fold_owner){track, h->tracks[i].owner};
    }
}

static void record_act(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_admitted_act *act, struct xj_fold_act *ret)
{
    const struct xj_header *h = in->h;
    struct xj_fold_owner own[XJ_MAX_TRACKS];
    struct xj_fold_chain *chain = xj_fold_array(f, XJ_FOLD_CHAIN, sizeof *chain);
    *ret = (struct xj_fold_act){.seq = act->seq, .id = h->id, .act = in->act, .late = in->late, .from = h->from,
                                .actor = h->actor, .parties = in->parties, .principals = in->principals, .notices = in->notices,
                                .subjects = h->subjects, .subject_count = h->subject_count,
                                .has_occurred = h->has_occurred, .admitted_ms = act->admitted_ms,
                                .answers = h->answers, .answer_count = h->answer_count};
    if (h->has_occurred) {
        ret->occurred_from_ms = h->occurred_from_ms;
        ret->occurred_to_ms = h->occurred_to_ms;
    }
    ret->flags = (uint8_t)((in->role_breach ? XJ_FOLD_ROLE_BREACH : 0) | (in->correction ? XJ_FOLD_CORRECTION : 0));
    if (chain == NULL)
        return;
    own_tracks(f, h, own, &ret->own_count);
    ret->chain = chain;
    ret->chain_count = xj_fold_chain_of(f, in, own, ret->own_count, chain);
    if (ret->own_count > ret->chain_count)
        ret->own_count = ret->chain_count;
    xj_fold_put_act(f, ret);
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_ID), v = {.n = 0};
    xj_fold_key_id(&k, &h->id);
    xj_fold_key_u64(&v, act->seq);
    xj_fold_put(f, &k, xj_slice_of(v.b, v.n));
    for (size_t i = 0; i < in->parties.n; i++) {
        struct xj_fold_key p = xj_fold_key(f, XJ_FOLD_PARTY);
        xj_fold_key_agency(&p, in->parties.at[i]);
        xj_fold_put(f, &p, (struct xj_slice){NULL, 0});
    }
}

static void record_papers(struct xj_fold *f, const struct xj_fold_in *in)
{
    for (size_t i = 0; i < in->h->paper_count; i++) {
        uint16_t kind = xj_model_paper(f->m, in->h->papers[i].kind);
        if (kind == XJ_NONE)
            continue;
        struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_PAPER);
        xj_fold_key_u16(&k, kind);
        xj_fold_key_u64(&k, in->seq);
        xj_fold_put(f, &k, (struct xj_slice){NULL, 0});
        xj_fold_touch(f, &k);
    }
}

static void record_name(struct xj_fold *f, const struct xj_fold_in *in)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_NAME);
    xj_fold_key_u16(&k, in->act);
    xj_fold_key_u64(&k, in->seq);
    xj_fold_put(f, &k, (struct xj_slice){NULL, 0});
    xj_fold_touch(f, &k);
}

/* ---- rows ---- */

/* Takes the oldest move out; who saw it is remembered. */
static void drop_oldest(struct xj_fold *f, struct xj_fold_row *row)
{
    const struct xj_fold_move *old = &row->moves[0];
    struct xj_fold_seen *seen = xj_fold_array(f, row->floor_count + old->seen.n, sizeof *seen);
    if (seen == NULL)
        return;
    size_t n = row->floor_count;
    for (size_t i = 0; i < n; i++)
        seen[i] = row->floor[i];
    for (size_t s = 0; s < old->seen.n; s++) {
        size_t at = 0;
        while (at < n && !xj_slice_eq(seen[at].agency, old->seen.at[s]))
            at++;
        if (at == n && n < XJ_FOLD_LIST)
            n++;
        if (at < n)
            seen[at] = (struct xj_fold_seen){old->seen.at[s], old->seq};
    }
    row->floor = seen;
    row->floor_count = n;
    row->moves++;
    row->move_count--;
}

static void move_row(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_after *a)
{
    if (a->track >= f->m->track_count || a->state >= f->m->tracks[a->track].state_count)
        return;
    struct xj_fold_key k = xj_fold_row_key(f, a->track, a->owner, a->has_subject ? &a->subject : NULL);
    struct xj_fold_row *row = xj_fold_row(f, &k);
    struct xj_fold_row fresh = {.track = a->track, .owner = a->owner, .subject = a->subject, .has_subject = a->has_subject};
    if (row == NULL)
        row = &fresh;
    struct xj_fold_move *moves = xj_fold_array(f, row->move_count + 1, sizeof *moves);
    if (moves == NULL)
        return;
    if (row->move_count > 0)
        memcpy(moves, row->moves, row->move_count * sizeof *moves);
    if (row->move_count > 0 && moves[row->move_count - 1].seq == in->seq)
        row->move_count--;
    moves[row->move_count++] = (struct xj_fold_move){in->seq, a->state, in->parties};
    row->moves = moves;
    if (row->move_count > XJ_FOLD_ROW_MOVES)
        drop_oldest(f, row);
    xj_fold_put_row(f, &k, row);
    xj_fold_touch(f, &k);
}

/* ---- questions ---- */

static void save_question(struct xj_fold *f, const struct xj_fold_question *q)
{
    struct xj_fold_key k = xj_fold_question_key(f, q->seq, q->question, &q->id);
    xj_fold_put_question(f, q);
    xj_fold_touch(f, &k);
}

static void save_new_question(struct xj_fold *f, const struct xj_fold_question *q)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_ASKED), v = {.n = 0};
    xj_fold_key_id(&k, &q->id);
    xj_fold_key_u16(&k, q->question);
    xj_fold_key_u64(&v, q->seq);
    xj_fold_put(f, &k, xj_slice_of(v.b, v.n));
    save_question(f, q);
}

static void close_question(struct xj_fold *f, const struct xj_fold_in *in, struct xj_fold_question *q)
{
    const struct xj_header *h = in->h;
    uint64_t open = xj_fold_still_open(q), full = h->subject_count == 0 ? open : 0;
    struct xj_fold_part *parts = xj_fold_array(f, q->part_count + h->subject_count, sizeof *parts);
    struct xj_fold_close *closes = xj_fold_array(f, q->close_count + 1, sizeof *closes);
    if (parts == NULL || closes == NULL)
        return;
    size_t n = q->part_count;
    for (size_t i = 0; i < n; i++)
        parts[i] = q->parts[i];
    for (size_t i = 0; i < h->subject_count; i++) {
        uint64_t related = xj_fold_mask(q->subjects, q->subject_count, &h->subjects[i], 1) & open, covered = 0;
        for (size_t s = 0; s < q->subject_count; s++)
            if (xj_fold_covers(&h->subjects[i], &q->subjects[s]))
                covered |= UINT64_C(1) << s;
        full |= covered & open;
        if ((related & ~covered) != 0 && n < PARTS_MAX)
            parts[n++] = (struct xj_fold_part){in->seq, h->subjects[i]};
    }
    for (size_t i = 0; i < q->close_count; i++)
        closes[i] = q->closes[i];
    q->parts = parts;
    q->part_count = n;
    q->closes = closes;
    if (full != 0)
        closes[q->close_count++] = (struct xj_fold_close){in->seq, full};
    save_question(f, q);
}

static struct xj_fold_names asked_of_principals(struct xj_fold *f, const struct xj_fold_in *in, uint16_t question)
{
    const struct xj_m_opens o = {.question = question, .asked = f->m->questions[question].asked};
    return xj_fold_ask(f, in, &o);
}

static void hand_on(struct xj_fold *f, const struct xj_fold_in *in, size_t i)
{
    const struct xj_fold_answered *a = &in->answered[i];
    struct xj_fold_names asked = asked_of_principals(f, in, a->question);
    if (asked.n == 0)
        return;
    struct xj_fold_question unknown = {.seq = in->seq, .question = a->question, .act = XJ_NONE, .id = in->h->answers[i].id,
                                    .opener = in->doer, .asked = asked, .subjects = in->h->subjects,
                                    .subject_count = in->h->subject_count};
    struct xj_fold_question *q = a->q == NULL ? &unknown : a->q;
    struct xj_fold_names before = xj_fold_asked_now(q);
    struct xj_fold_hand *hands = xj_fold_array(f, q->hand_count + 1, sizeof *hands);
    if (hands == NULL || q->hand_count >= HANDS_MAX)
        return;
    for (size_t k = 0; k < q->hand_count; k++)
        hands[k] = q->hands[k];
    hands[q->hand_count++] = (struct xj_fold_hand){in->seq, asked};
    q->hands = hands;
    if (a->q == NULL) {
        struct xj_fold_key k = xj_fold_question_key(f, q->seq, q->question, &q->id);
        struct xj_slice v;
        if (!xj_fold_get(f, &k, &v))
            save_new_question(f, q);
    } else {
        save_question(f, q);
        xj_fold_duties_pass(f, in, q, before);
    }
}

static void open_questions(struct xj_fold *f, const struct xj_fold_in *in)
{
    for (uint16_t i = 0; i < in->m->opens_count; i++) {
        const struct xj_m_opens *o = &in->m->opens[i];
        struct xj_fold_names asked = xj_fold_ask(f, in, o);
        if (asked.n == 0)
            continue;
        struct xj_fold_question q = {.seq = in->seq, .question = o->question, .act = in->act, .id = in->h->id,
                                     .opener = in->doer, .asked = asked};
        q.subjects = in->subjects.whole ? NULL : in->subjects.at;
        q.subject_count = in->subjects.whole ? 0 : in->subjects.n;
        save_new_question(f, &q);
    }
}

static void take_as(struct xj_fold *f, const struct xj_id *id, const struct xj_fold_act *a, uint8_t kind, struct xj_slice agency)
{
    struct xj_fold_key k = xj_fold_taken_key(f, id, kind, agency);
    struct xj_fold_taken t = xj_fold_taken_of(a), old;
    if (xj_fold_taken(f, &k, &old))
        return;
    xj_fold_put_taken(f, &k, &t);
    xj_fold_touch(f, &k);
}

/* The act is the signed receipt or acceptance of what it answers; the first counts. One by the present holder is one by the
 * agency that was asked: that is the name by which its duties look for it. */
static void take(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_act *a, uint8_t kind)
{
    for (size_t i = 0; i < in->h->answer_count; i++) {
        const struct xj_fold_question *q = in->answered[i].q;
        if (in->answered[i].answer == NULL)
            continue;
        take_as(f, &in->h->answers[i].id, a, kind, in->doer);
        struct xj_fold_names asked = {NULL, 0};
        if (q != NULL && xj_fold_successions(f))
            asked = xj_fold_asked_now(q);
        for (size_t k = 0; k < asked.n; k++)
            if (xj_fold_falls_to(f, asked.at[k], in->doer))
                take_as(f, &in->h->answers[i].id, a, kind, asked.at[k]);
    }
}

static void fold_act(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_act *a, struct xj_slice viewer)
{
    for (size_t i = 0; i < in->h->answer_count; i++)
        if (in->answered[i].answer != NULL && in->answered[i].q != NULL)
            close_question(f, in, in->answered[i].q);
        else if (in->answered[i].passing)
            hand_on(f, in, i);
    open_questions(f, in);
    if (in->m->receives)
        take(f, in, a, XJ_FOLD_BY_RECEIPT);
    if (in->m->accepts)
        take(f, in, a, XJ_FOLD_BY_ACCEPTANCE);
    record_papers(f, in);
    xj_fold_duties_presume(f, in, a);
    xj_fold_duties_act(f, in, a);
    xj_fold_duties_start(f, in, a, viewer);
    record_name(f, in);
}

/* ---- the call ---- */

static enum xj_err check_order(struct xj_fold *f, uint64_t seq)
{
    if (!f->has_head || seq > f->last_seq)
        return XJ_OK;
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_ACT);
    xj_fold_key_u64(&k, seq);
    struct xj_slice v;
    return xj_fold_get(f, &k, &v) ? XJ_EEXISTS : f->err != XJ_OK ? f->err : XJ_ESTATE;
}

static void save_head(struct xj_fold *f, const struct xj_fold_in *in)
{
    if (!f->has_head)
        f->opener = in->doer;
    if (f->first_bureau.n == 0 && (in->role & xj_model_role(f->m, xj_slice_cstr("bureau"))) != 0)
        f->first_bureau = in->doer;
    f->last_seq = in->seq;
    f->has_head = true;
    xj_fold_put_head(f);
}

static void save_undo(struct xj_fold *f, uint64_t seq)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_UNDO);
    xj_fold_key_u64(&k, seq);
    if (f->touched.n > 0)
        xj_fold_put(f, &k, xj_buf_slice(&f->touched));
}

enum xj_err xj_engine_apply(const struct xj_engine *e, const struct xj_admitted_act *act)
{
    struct xj_fold f;
    struct xj_fold_in in;
    struct xj_fold_act a;
    if (xj_fold_open(&f, e, act->header->case_id) != XJ_OK)
        goto out;
    enum xj_err order = check_order(&f, act->seq);
    if (order != XJ_OK) {
        xj_fold_fail(&f, order);
        goto out;
    }
    f.at_ms = act->admitted_ms;
    xj_fold_read(&f, act->header, act, &in);
    in.seq = act->seq;
    save_head(&f, &in);
    record_act(&f, &in, act, &a);
    if (in.correction) {
        xj_fold_correct(&f, &in, act->seq);
        goto out;
    }
    for (size_t i = 0; i < act->after_count; i++)
        move_row(&f, &in, &act->after[i]);
    if (in.m != NULL && !in.role_breach)
        fold_act(&f, &in, &a, act->viewer);
    save_undo(&f, act->seq);
out:
    return xj_fold_close(&f);
}

enum xj_err xj_engine_delivered(const struct xj_engine *e, struct xj_id case_id, struct xj_id id, struct xj_slice recipient,
                                int64_t at_ms)
{
    struct xj_fold f;
    if (xj_fold_open(&f, e, case_id) != XJ_OK)
        goto out;
    struct xj_fold_key k = xj_fold_delivered_key(&f, &id, recipient), v = {.n = 0};
    struct xj_slice old;
    bool known = xj_fold_get(&f, &k, &old);
    if (known && old.n != 8)
        xj_fold_fail(&f, XJ_ECORRUPT);
    else if (known && (int64_t)xj_fold_read_u64(old.p) <= at_ms)
        goto out;
    xj_fold_key_u64(&v, (uint64_t)at_ms);
    xj_fold_put(&f, &k, xj_slice_of(v.b, v.n));
out:
    return xj_fold_close(&f);
}

struct keys {
    struct xj_buf buf;
};

static bool collect_key(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct keys *k = arg;
    (void)value;
    uint32_t n = (uint32_t)key.n;
    xj_buf_add(&k->buf, &n, sizeof n);
    xj_buf_add_slice(&k->buf, key);
    return k->buf.err == XJ_OK;
}

/* Not through a fold: a case folded under another revision must be forgotten, too. */
enum xj_err xj_engine_forget(const struct xj_engine *e, struct xj_id case_id)
{
    uint8_t prefix[1 + XJ_ID_SIZE] = {'E'};
    memcpy(prefix + 1, case_id.b, XJ_ID_SIZE);
    struct xj_slice p = xj_slice_of(prefix, sizeof prefix);
    struct keys keys;
    xj_buf_init(&keys.buf, 256u * 1024 * 1024);
    enum xj_err err = e->store.scan(e->store.ctx, p, p, false, collect_key, &keys);
    if (err == XJ_OK)
        err = keys.buf.err;
    for (size_t at = 0; err == XJ_OK && at < keys.buf.n;) {
        uint32_t n;
        memcpy(&n, keys.buf.p + at, sizeof n);
        at += sizeof n;
        err = e->store.del(e->store.ctx, xj_slice_of(keys.buf.p + at, n));
        at += n;
    }
    xj_buf_free(&keys.buf);
    return err;
}
