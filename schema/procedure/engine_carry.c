/* Moving a case to another revision: what is kept of it, name by name, under the images of the names. Nothing is judged anew.
 * Spec: spec/09-fold.md, section 12. */
#include <string.h>

#include "schema/procedure/engine_state.h"

struct carrying {
    struct xj_fold from, to; /* from: opened under the older revision; its arena holds all that is read */
    struct xj_engine old;
    struct xj_images im;
    uint8_t past; /* under which number the revision left is listed */
};

/* ---- which revision ---- */

enum xj_err xj_engine_revision(const struct xj_store *store, struct xj_id case_id, struct xj_hash *ret)
{
    uint8_t key[2 + XJ_ID_SIZE] = {'E'};
    memcpy(key + 1, case_id.b, XJ_ID_SIZE);
    key[1 + XJ_ID_SIZE] = XJ_FOLD_HEAD;
    struct xj_buf v;
    xj_buf_init(&v, 4096);
    enum xj_err err = store->get(store->ctx, xj_slice_of(key, sizeof key), &v);
    if (err == XJ_OK && v.n < XJ_HASH_SIZE)
        err = XJ_ECORRUPT;
    if (err == XJ_OK)
        memcpy(ret->b, v.p, XJ_HASH_SIZE);
    xj_buf_free(&v);
    return err;
}

/* ---- one record each; what it is keyed and holds by index becomes the image ---- */

static struct xj_slice question_image(const struct carrying *c, struct xj_slice name)
{
    uint16_t i = xj_model_question(c->im.from, name);
    uint16_t image = i != XJ_NONE ? c->im.questions[i] : (uint16_t)XJ_NONE;
    return image != XJ_NONE ? xj_slice_cstr(c->im.to->questions[image].name.id) : name;
}

static void carry_act(struct carrying *c, struct xj_fold_pair pair)
{
    struct xj_fold *f = &c->from;
    struct xj_fold_act *a = xj_fold_act_of(f, xj_fold_read_u64(pair.key.p + 1), pair.value);
    struct xj_fold_chain *chain = a == NULL ? NULL : xj_fold_array(f, a->chain_count, sizeof *chain);
    struct xj_header_answer *answers = a == NULL ? NULL : xj_fold_array(f, a->answer_count, sizeof *answers);
    if (chain == NULL || answers == NULL)
        return;
    if (a->act != XJ_NONE)
        a->act = c->im.acts[a->act];
    for (size_t i = 0; i < a->chain_count; i++) {
        chain[i] = a->chain[i];
        chain[i].track = c->im.tracks[chain[i].track];
    }
    for (size_t i = 0; i < a->answer_count; i++) {
        answers[i] = a->answers[i];
        answers[i].question = question_image(c, answers[i].question);
    }
    a->chain = chain;
    a->answers = answers;
    xj_fold_put_act(&c->to, a);
}

static void carry_row(struct carrying *c, struct xj_fold_pair pair)
{
    struct xj_fold *f = &c->from;
    struct xj_fold_row *row = xj_fold_row_of(f, pair);
    struct xj_fold_move *moves = row == NULL ? NULL : xj_fold_array(f, row->move_count, sizeof *moves);
    if (moves == NULL)
        return;
    for (size_t i = 0; i < row->move_count; i++) {
        moves[i] = row->moves[i];
        moves[i].state = c->im.states[row->track][moves[i].state];
    }
    row->moves = moves;
    row->track = c->im.tracks[row->track];
    struct xj_fold_key k = xj_fold_row_key(&c->to, row->track, row->owner, row->has_subject ? &row->subject : NULL);
    xj_fold_put_row(&c->to, &k, row);
}

static void carry_question(struct carrying *c, struct xj_fold_pair pair)
{
    struct xj_fold_question *q = xj_fold_question_of(&c->from, pair);
    if (q == NULL || c->im.questions[q->question] == XJ_NONE)
        return;
    q->question = c->im.questions[q->question];
    if (q->act != XJ_NONE)
        q->act = c->im.acts[q->act];
    xj_fold_put_question(&c->to, q);
}

static uint16_t duty_image(const struct carrying *c, uint16_t duty)
{
    if (duty >= XJ_FOLD_ENDED)
        return duty;
    uint16_t image = c->im.duties[duty];
    return image != XJ_NONE ? image : (uint16_t)(XJ_FOLD_ENDED | (c->past - 1u) << 10 | duty);
}

static uint16_t sector_image(const struct xj_m_duty *old, uint16_t sector, const struct xj_m_duty *new)
{
    uint16_t dflt = XJ_NONE;
    for (uint16_t i = 0; sector != XJ_NONE && i < new->sector_count; i++) {
        if (strcmp(new->sectors[i].sector, old->sectors[sector].sector) == 0)
            return i;
        if (strcmp(new->sectors[i].sector, "default") == 0)
            dflt = i;
    }
    return dflt;
}

static void carry_duty(struct carrying *c, struct xj_fold_pair pair)
{
    struct xj_fold_duty *d = xj_fold_duty_of(&c->from, pair);
    if (d == NULL)
        return;
    uint16_t duty = d->duty, image = duty_image(c, duty);
    if (d->past == 0) {
        d->past = c->past;
        d->own = duty;
        d->own_sector = d->sector;
    }
    d->sector = image >= XJ_FOLD_ENDED ? (uint16_t)XJ_NONE : sector_image(&c->im.from->duties[duty], d->sector, &c->im.to->duties[image]);
    d->duty = image;
    xj_fold_put_duty(&c->to, d);
    struct xj_fold_key k = xj_fold_key(&c->to, XJ_FOLD_STARTED);
    xj_fold_key_u64(&k, d->seq);
    xj_fold_key_u16(&k, d->duty);
    xj_fold_key_agency(&k, d->obligor);
    xj_fold_put(&c->to, &k, (struct xj_slice){NULL, 0});
}

/* ---- keys ---- */

/* The same key, from the tag on, with other bytes in place of the index at `at`. */
static struct xj_fold_key key_with(const struct carrying *c, struct xj_slice key, size_t at, uint16_t index)
{
    struct xj_fold_key k = xj_fold_key(&c->to, (enum xj_fold_tag)key.p[0]);
    memcpy(k.b + k.n, key.p + 1, key.n - 1);
    k.n += key.n - 1;
    size_t start = k.n - key.n + at;
    k.b[start] = (uint8_t)(index >> 8);
    k.b[start + 1] = (uint8_t)index;
    return k;
}

/* Where in a key, from the tag on, an index stands and what it is the index of; false: nowhere. */
static bool index_in(struct xj_slice key, size_t *ret_at)
{
    switch (key.p[0]) {
    case XJ_FOLD_NAME:
    case XJ_FOLD_PAPER:
    case XJ_FOLD_ROW:
    case XJ_FOLD_DUTY:
        *ret_at = 1;
        break;
    case XJ_FOLD_QUESTION:
        *ret_at = 9;
        break;
    case XJ_FOLD_ASKED:
        *ret_at = 1 + XJ_ID_SIZE;
        break;
    default:
        return false;
    }
    return true;
}

static uint16_t index_image(const struct carrying *c, enum xj_fold_tag tag, uint16_t i)
{
    const struct xj_model *m = c->im.from;
    switch (tag) {
    case XJ_FOLD_NAME:
        return i < m->act_count ? c->im.acts[i] : (uint16_t)XJ_NONE;
    case XJ_FOLD_PAPER:
        return i < m->paper_count ? c->im.papers[i] : (uint16_t)XJ_NONE;
    case XJ_FOLD_ROW:
        return i < m->track_count ? c->im.tracks[i] : (uint16_t)XJ_NONE;
    case XJ_FOLD_QUESTION:
    case XJ_FOLD_ASKED:
        return i < m->question_count ? c->im.questions[i] : (uint16_t)XJ_NONE;
    case XJ_FOLD_DUTY:
        return i < m->duty_count || i >= XJ_FOLD_ENDED ? duty_image(c, i) : (uint16_t)XJ_NONE;
    default:
        return XJ_NONE;
    }
}

/* The image of a key, false where what it names has none. */
static bool key_image(struct carrying *c, struct xj_slice key, struct xj_fold_key *ret)
{
    size_t at;
    if (key.n > sizeof ret->b - 1 - XJ_ID_SIZE) {
        xj_fold_fail(&c->from, XJ_ECORRUPT);
        return false;
    }
    if (!index_in(key, &at)) {
        *ret = xj_fold_key(&c->to, (enum xj_fold_tag)key.p[0]);
        memcpy(ret->b + ret->n, key.p + 1, key.n - 1);
        ret->n += key.n - 1;
        return true;
    }
    if (key.n < at + 2) {
        xj_fold_fail(&c->from, XJ_ECORRUPT);
        return false;
    }
    uint16_t image = index_image(c, (enum xj_fold_tag)key.p[0], xj_fold_read_u16(key.p + at));
    *ret = key_with(c, key, at, image);
    return image != XJ_NONE;
}

/* What an act left where: a list of keys with their length before them. */
static void carry_undo(struct carrying *c, struct xj_fold_pair pair)
{
    struct xj_buf list;
    struct xj_slice v = pair.value;
    xj_buf_init(&list, 64u * 1024 * 1024);
    for (size_t at = 0; at < v.n; at += 1u + v.p[at]) {
        size_t n = v.p[at];
        struct xj_fold_key k;
        if (n == 0 || n > v.n - at - 1) {
            xj_fold_fail(&c->from, XJ_ECORRUPT);
            break;
        }
        if (!key_image(c, xj_slice_of(v.p + at + 1, n), &k))
            continue;
        uint8_t length = (uint8_t)(k.n - 1 - XJ_ID_SIZE);
        xj_buf_add(&list, &length, 1);
        xj_buf_add(&list, k.b + 1 + XJ_ID_SIZE, length);
    }
    xj_fold_fail(&c->to, list.err);
    struct xj_fold_key k = xj_fold_key(&c->to, XJ_FOLD_UNDO);
    xj_fold_key_u64(&k, xj_fold_read_u64(pair.key.p + 1));
    xj_fold_put(&c->to, &k, xj_buf_slice(&list));
    xj_buf_free(&list);
}

static void carry_plain(struct carrying *c, struct xj_fold_pair pair)
{
    struct xj_fold_key k;
    if (key_image(c, pair.key, &k))
        xj_fold_put(&c->to, &k, pair.value);
}

static void carry_pair(struct carrying *c, struct xj_fold_pair pair)
{
    uint8_t tag = pair.key.n > 0 ? pair.key.p[0] : 0;
    if (tag == 0 || ((tag == XJ_FOLD_ACT || tag == XJ_FOLD_UNDO) && pair.key.n != 9)) {
        xj_fold_fail(&c->from, XJ_ECORRUPT);
        return;
    }
    switch (tag) {
    case XJ_FOLD_HEAD:
    case XJ_FOLD_OPEN:    /* written with its question, */
    case XJ_FOLD_STARTED: /* and its duty */
        break;
    case XJ_FOLD_ACT:
        carry_act(c, pair);
        break;
    case XJ_FOLD_ROW:
        carry_row(c, pair);
        break;
    case XJ_FOLD_QUESTION:
        carry_question(c, pair);
        break;
    case XJ_FOLD_DUTY:
        carry_duty(c, pair);
        break;
    case XJ_FOLD_UNDO:
        carry_undo(c, pair);
        break;
    default:
        carry_plain(c, pair);
    }
}

/* ---- the call ---- */

static void carry_head(struct carrying *c)
{
    struct xj_fold *from = &c->from, *to = &c->to;
    struct xj_fold_past *pasts = xj_fold_array(from, from->past_count + 1, sizeof *pasts);
    if (pasts == NULL)
        return;
    for (size_t i = 0; i < from->past_count; i++)
        pasts[i] = from->pasts[i];
    pasts[from->past_count] = (struct xj_fold_past){.revision = from->m->revision, .last_seq = from->last_seq};
    to->pasts = pasts;
    to->past_count = from->past_count + 1;
    to->opener = from->opener;
    to->first_bureau = from->first_bureau;
    to->last_seq = from->last_seq;
    to->has_head = true;
    xj_fold_put_head(to);
}

/* All of the case is read before its place is taken, which may be the same. */
static enum xj_err carry_all(struct carrying *c, const struct xj_engine *e, struct xj_id case_id)
{
    struct xj_fold_key k = xj_fold_key(&c->from, XJ_FOLD_HEAD);
    k.n--; /* every tag */
    struct xj_fold_pairs all = xj_fold_scan(&c->from, &k, false, 0);
    enum xj_err err = c->from.err;
    if (err == XJ_OK && e->store.ctx == c->old.store.ctx)
        err = xj_engine_forget(e, case_id);
    if (err != XJ_OK)
        return err;
    if ((err = xj_fold_open(&c->to, e, case_id)) == XJ_OK && c->to.has_head)
        err = XJ_ESTATE; /* what is to hold it must be empty */
    if (err == XJ_OK)
        carry_head(c);
    for (size_t i = 0; err == XJ_OK && i < all.n && c->from.err == XJ_OK && c->to.err == XJ_OK; i++)
        carry_pair(c, all.at[i]);
    enum xj_err closed = xj_fold_close(&c->to);
    return err != XJ_OK ? err : c->from.err != XJ_OK ? c->from.err : closed;
}

/* Opens the case under the revision it stands under, and finds the way from there. */
static enum xj_err carry_open(struct carrying *c, const struct xj_engine *e, const struct xj_store *from, struct xj_id case_id,
                              const struct xj_hash *revision, struct xj_way *way)
{
    if (!xj_revision_way(&e->revisions, e->model, revision, way))
        return XJ_ENOTFOUND;
    c->old = *e;
    c->old.store = *from;
    c->old.model = way->at[0];
    return xj_fold_open(&c->from, &c->old, case_id);
}

enum xj_err xj_engine_carry(const struct xj_engine *e, const struct xj_store *from, struct xj_id case_id)
{
    struct carrying c = {.past = 0};
    struct xj_hash revision;
    struct xj_way way;
    enum xj_err err = xj_engine_revision(from, case_id, &revision);
    if (err == XJ_ENOTFOUND || (err == XJ_OK && xj_hash_eq(&revision, &e->model->revision)))
        return XJ_OK;
    if (err == XJ_OK)
        err = carry_open(&c, e, from, case_id, &revision, &way);
    if (err == XJ_OK && c.from.past_count >= XJ_FOLD_PASTS)
        err = XJ_ENOTFOUND;
    if (err == XJ_OK)
        err = xj_way_images(c.from.arena, &way, &c.im);
    c.past = (uint8_t)(c.from.past_count + 1);
    if (err == XJ_OK)
        err = carry_all(&c, e, case_id);
    xj_fold_close(&c.from);
    return err;
}

/* ---- whether it may move ---- */

static uint64_t running(const struct xj_fold_duty *d)
{
    uint64_t bits = xj_fold_all(d->subject_count);
    for (size_t i = 0; i < d->event_count; i++) {
        uint8_t what = d->events[i].what;
        if (what == XJ_FOLD_STOP || what == XJ_FOLD_PRESUMED || what == XJ_FOLD_UNREADABLE)
            bits &= ~d->events[i].mask;
    }
    return bits;
}

/* Spec 09, 12.7. */
static bool is_open(struct xj_fold *f)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_OPEN);
    if (xj_fold_scan(f, &k, false, 1).n > 0)
        return true;
    k = xj_fold_key(f, XJ_FOLD_DUTY);
    struct xj_fold_pairs pairs = xj_fold_scan(f, &k, false, 0);
    for (size_t i = 0; i < pairs.n; i++) {
        const struct xj_fold_duty *d = xj_fold_duty_of(f, pairs.at[i]);
        const struct xj_m_duty *row = d == NULL || xj_fold_ended(d) ? NULL : xj_fold_own(f, d).row;
        if (row != NULL && !row->arises_done && !row->stop_self && running(d) != 0)
            return true;
    }
    return false;
}

static bool permits(const struct xj_engine *e, const struct xj_way *way, int64_t now_ms, bool open)
{
    for (size_t i = 1; i < way->n; i++) {
        const struct xj_model *m = way->at[i];
        enum xj_moving cases = m->replaces->cases;
        int64_t from_ms;
        if (e->revisions.effective == NULL || !e->revisions.effective(e->revisions.ctx, m->name.id, &m->revision, &from_ms) ||
            from_ms > now_ms || cases == XJ_MOVING_NONE || (cases == XJ_MOVING_OPEN && !open))
            return false;
    }
    return way->n > 1;
}

enum xj_err xj_engine_may_move(const struct xj_engine *e, struct xj_id case_id, int64_t now_ms, bool *ret)
{
    struct carrying c = {.past = 0};
    struct xj_hash revision;
    struct xj_way way;
    *ret = false;
    enum xj_err err = xj_engine_revision(&e->store, case_id, &revision);
    if (err == XJ_OK)
        err = carry_open(&c, e, &e->store, case_id, &revision, &way);
    if (err == XJ_OK && c.from.past_count < XJ_FOLD_PASTS && permits(e, &way, now_ms, is_open(&c.from))) {
        err = xj_way_images(c.from.arena, &way, &c.im);
        *ret = err == XJ_OK;
    }
    if (err == XJ_OK)
        err = c.from.err;
    xj_fold_close(&c.from);
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}
