/* The bytes of the fold's records. They never leave the store of one machine, so they are no part of the protocol: fixed
 * big-endian numbers, and lists and agencies with their length before them. */
#include <string.h>

#include "schema/base/be.h"
#include "schema/procedure/engine_state.h"

#define RECORD_BYTES (4u * 1024 * 1024)

/* ---- writing ---- */

static void put_uint(struct xj_buf *b, uint64_t v, size_t size)
{
    uint8_t *p = xj_buf_room(b, size);
    if (p != NULL)
        xj_be_put(v, p, size);
}

static void put_text(struct xj_buf *b, struct xj_slice s)
{
    size_t n = s.n < 255 ? s.n : 255;
    put_uint(b, n, 1);
    xj_buf_add(b, s.p, n);
}

static void put_names(struct xj_buf *b, struct xj_fold_names names)
{
    put_uint(b, names.n, 2);
    for (size_t i = 0; i < names.n; i++)
        put_text(b, names.at[i]);
}

static void put_subject(struct xj_buf *b, const struct xj_subject *s)
{
    static const uint8_t none[8] = {0};
    put_uint(b, s->has_charge, 1);
    xj_buf_add(b, s->party, 8);
    xj_buf_add(b, s->has_charge ? s->charge : none, 8); /* what is no charge has no bytes: equal subjects, equal records */
}

static void put_subjects(struct xj_buf *b, const struct xj_subject *s, size_t n)
{
    put_uint(b, n, 2);
    for (size_t i = 0; i < n; i++)
        put_subject(b, &s[i]);
}

static void finish(struct xj_fold *f, const struct xj_fold_key *k, struct xj_buf *b)
{
    xj_fold_fail(f, b->err);
    xj_fold_put(f, k, xj_buf_slice(b));
    xj_buf_free(b);
}

/* ---- reading ---- */

struct reader {
    struct xj_fold *f;
    const uint8_t *p;
    size_t n;
    bool bad;
};

static struct reader reader_of(struct xj_fold *f, struct xj_slice v)
{
    return (struct reader){.f = f, .p = v.p, .n = v.n};
}

static struct xj_slice take(struct reader *r, size_t n)
{
    if (r->bad || r->n < n) {
        r->bad = true;
        return (struct xj_slice){NULL, 0};
    }
    struct xj_slice s = xj_slice_of(r->p, n);
    r->p += n;
    r->n -= n;
    return s;
}

static uint64_t take_uint(struct reader *r, size_t size)
{
    struct xj_slice s = take(r, size);
    return xj_be_get(s.p, s.n);
}

static struct xj_slice take_text(struct reader *r)
{
    return take(r, (size_t)take_uint(r, 1));
}

/* The engine lends the names of agencies to who asks for a judgement, in bytes for an id each. */
static struct xj_slice take_agency(struct reader *r)
{
    struct xj_slice s = take_text(r);
    r->bad = r->bad || s.n > XJ_MAX_AGENCY_BYTES;
    return s;
}

static void take_id(struct reader *r, struct xj_id *ret)
{
    struct xj_slice s = take(r, XJ_ID_SIZE);
    if (s.n == XJ_ID_SIZE)
        memcpy(ret->b, s.p, XJ_ID_SIZE);
}

/* A list of count elements of size bytes each in memory; at least one byte a piece must be left, so that a damaged count
 * cannot make us allocate. */
static void *take_list(struct reader *r, size_t size, size_t *ret_count)
{
    size_t n = (size_t)take_uint(r, 2);
    *ret_count = 0;
    if (r->bad || n > XJ_FOLD_LIST || n > r->n) {
        r->bad = true;
        return NULL;
    }
    void *p = xj_fold_array(r->f, n, size);
    if (p == NULL)
        r->bad = true;
    else
        *ret_count = n;
    return p;
}

static struct xj_fold_names take_names(struct reader *r)
{
    size_t n;
    struct xj_slice *at = take_list(r, sizeof *at, &n);
    for (size_t i = 0; i < n; i++)
        at[i] = take_agency(r);
    return (struct xj_fold_names){at, n};
}

static void take_subject(struct reader *r, struct xj_subject *s)
{
    s->has_charge = take_uint(r, 1) != 0;
    struct xj_slice b = take(r, 16);
    if (b.n == 16) {
        memcpy(s->party, b.p, 8);
        memcpy(s->charge, b.p + 8, 8);
    }
}

static const struct xj_subject *take_subjects(struct reader *r, size_t *ret_count)
{
    struct xj_subject *s = take_list(r, sizeof *s, ret_count);
    for (size_t i = 0; i < *ret_count; i++)
        take_subject(r, &s[i]);
    if (*ret_count > XJ_MAX_SUBJECTS)
        r->bad = true;
    return s;
}

static uint16_t take_index(struct reader *r, uint16_t count, bool or_none)
{
    uint16_t v = (uint16_t)take_uint(r, 2);
    if (v >= count && !(or_none && v == XJ_NONE))
        r->bad = true;
    return v;
}

/* Gives p when all was read and nothing is left; otherwise the store holds damaged bytes. */
static void *sound(struct reader *r, void *p)
{
    if (r->f->err == XJ_OK && (r->bad || r->n != 0))
        xj_fold_fail(r->f, XJ_ECORRUPT);
    return r->f->err == XJ_OK ? p : NULL;
}

/* A record says what its key says, or one of them is damaged: those who look up by the one rely on the other. */
static void wants_key(struct reader *r, const struct xj_fold_key *k, struct xj_slice key)
{
    r->bad = r->bad || !xj_slice_eq(xj_fold_key_rest(k), key);
}

/* ---- acts ---- */

static void put_act_lists(struct xj_buf *b, const struct xj_fold_act *a)
{
    put_names(b, a->parties);
    put_names(b, a->principals);
    put_subjects(b, a->subjects, a->subject_count);
    put_uint(b, a->own_count, 2);
    put_uint(b, a->chain_count, 2);
    for (size_t i = 0; i < a->chain_count; i++) {
        put_uint(b, a->chain[i].track, 2);
        put_text(b, a->chain[i].owner);
        put_uint(b, a->chain[i].viewers, 8);
    }
    put_uint(b, a->answer_count, 2);
    for (size_t i = 0; i < a->answer_count; i++) {
        xj_buf_add(b, a->answers[i].id.b, XJ_ID_SIZE);
        put_text(b, a->answers[i].question);
    }
    put_uint(b, a->notices, 8);
}

void xj_fold_put_act(struct xj_fold *f, const struct xj_fold_act *a)
{
    struct xj_buf b;
    xj_buf_init(&b, RECORD_BYTES);
    xj_buf_add(&b, a->id.b, XJ_ID_SIZE);
    put_uint(&b, a->act, 2);
    put_uint(&b, a->flags, 1);
    put_uint(&b, a->late, 1);
    put_text(&b, a->from);
    put_text(&b, a->actor);
    put_uint(&b, a->has_occurred, 1);
    put_uint(&b, (uint64_t)a->occurred_from_ms, 8);
    put_uint(&b, (uint64_t)a->occurred_to_ms, 8);
    put_uint(&b, (uint64_t)a->admitted_ms, 8);
    put_act_lists(&b, a);
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_ACT);
    xj_fold_key_u64(&k, a->seq);
    finish(f, &k, &b);
}

static void take_act_lists(struct reader *r, struct xj_fold_act *a)
{
    a->parties = take_names(r);
    a->principals = take_names(r);
    a->subjects = take_subjects(r, &a->subject_count);
    a->own_count = (size_t)take_uint(r, 2);
    struct xj_fold_chain *chain = take_list(r, sizeof *chain, &a->chain_count);
    for (size_t i = 0; i < a->chain_count; i++) {
        chain[i].track = take_index(r, r->f->m->track_count, false);
        chain[i].owner = take_agency(r);
        chain[i].viewers = take_uint(r, 8);
    }
    a->chain = chain;
    struct xj_header_answer *answers = take_list(r, sizeof *answers, &a->answer_count);
    for (size_t i = 0; i < a->answer_count; i++) {
        take_id(r, &answers[i].id);
        answers[i].question = take_text(r);
    }
    a->answers = answers;
    a->notices = r->n > 0 ? take_uint(r, 8) : 0; /* a record of before they were kept ends here */
    if (a->parties.n > XJ_FOLD_PARTIES || a->own_count > a->chain_count)
        r->bad = true;
}

struct xj_fold_act *xj_fold_act(struct xj_fold *f, uint64_t seq)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_ACT);
    xj_fold_key_u64(&k, seq);
    struct xj_slice v;
    return xj_fold_get(f, &k, &v) ? xj_fold_act_of(f, seq, v) : NULL;
}

struct xj_fold_act *xj_fold_act_of(struct xj_fold *f, uint64_t seq, struct xj_slice v)
{
    struct xj_fold_act *a = xj_fold_array(f, 1, sizeof *a);
    if (a == NULL)
        return NULL;
    struct reader r = reader_of(f, v);
    a->seq = seq;
    take_id(&r, &a->id);
    a->act = take_index(&r, f->m->act_count, true);
    a->flags = (uint8_t)take_uint(&r, 1);
    a->late = take_uint(&r, 1) != 0;
    a->from = take_agency(&r);
    a->actor = take_agency(&r);
    a->has_occurred = take_uint(&r, 1) != 0;
    a->occurred_from_ms = (int64_t)take_uint(&r, 8);
    a->occurred_to_ms = (int64_t)take_uint(&r, 8);
    a->admitted_ms = (int64_t)take_uint(&r, 8);
    take_act_lists(&r, a);
    return sound(&r, a);
}

struct xj_fold_act *xj_fold_act_by_id(struct xj_fold *f, const struct xj_id *id)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_ID);
    xj_fold_key_id(&k, id);
    struct xj_slice v;
    if (!xj_fold_get(f, &k, &v))
        return NULL;
    struct xj_fold_act *a = v.n == 8 ? xj_fold_act(f, xj_fold_read_u64(v.p)) : NULL;
    if (a == NULL)
        xj_fold_fail(f, XJ_ECORRUPT);
    return a;
}

/* ---- rows ---- */

void xj_fold_put_row(struct xj_fold *f, const struct xj_fold_key *k, const struct xj_fold_row *row)
{
    struct xj_buf b;
    xj_buf_init(&b, RECORD_BYTES);
    put_uint(&b, row->track, 2);
    put_text(&b, row->owner);
    put_subjects(&b, &row->subject, row->has_subject);
    put_uint(&b, row->move_count, 2);
    for (size_t i = 0; i < row->move_count; i++) {
        put_uint(&b, row->moves[i].seq, 8);
        put_uint(&b, row->moves[i].state, 2);
        put_names(&b, row->moves[i].seen);
    }
    put_uint(&b, row->floor_count, 2);
    for (size_t i = 0; i < row->floor_count; i++) {
        put_text(&b, row->floor[i].agency);
        put_uint(&b, row->floor[i].seq, 8);
    }
    finish(f, k, &b);
}

struct xj_fold_row *xj_fold_row_of(struct xj_fold *f, struct xj_fold_pair pair)
{
    struct xj_fold_row *row = xj_fold_array(f, 1, sizeof *row);
    if (row == NULL)
        return NULL;
    struct reader r = reader_of(f, pair.value);
    row->track = take_index(&r, f->m->track_count, false);
    row->owner = take_agency(&r);
    size_t n;
    const struct xj_subject *s = take_subjects(&r, &n);
    row->has_subject = n > 0;
    if (n > 0)
        row->subject = s[0];
    struct xj_fold_move *moves = take_list(&r, sizeof *moves, &row->move_count);
    uint16_t states = r.bad ? 0 : f->m->tracks[row->track].state_count;
    for (size_t i = 0; i < row->move_count; i++) {
        moves[i].seq = take_uint(&r, 8);
        moves[i].state = take_index(&r, states, false);
        moves[i].seen = take_names(&r);
    }
    row->moves = moves;
    struct xj_fold_seen *seen = take_list(&r, sizeof *seen, &row->floor_count);
    for (size_t i = 0; i < row->floor_count; i++) {
        seen[i].agency = take_agency(&r);
        seen[i].seq = take_uint(&r, 8);
    }
    row->floor = seen;
    if (row->move_count == 0)
        r.bad = true;
    const struct xj_fold_key k = xj_fold_row_key(f, row->track, row->owner, row->has_subject ? &row->subject : NULL);
    wants_key(&r, &k, pair.key);
    return sound(&r, row);
}

struct xj_fold_row *xj_fold_row(struct xj_fold *f, const struct xj_fold_key *k)
{
    struct xj_slice v;
    return xj_fold_get(f, k, &v) ? xj_fold_row_of(f, (struct xj_fold_pair){xj_fold_key_rest(k), v}) : NULL;
}

/* ---- questions ---- */

static void put_question_events(struct xj_buf *b, const struct xj_fold_question *q)
{
    put_uint(b, q->close_count, 2);
    for (size_t i = 0; i < q->close_count; i++) {
        put_uint(b, q->closes[i].seq, 8);
        put_uint(b, q->closes[i].mask, 8);
    }
    put_uint(b, q->part_count, 2);
    for (size_t i = 0; i < q->part_count; i++) {
        put_uint(b, q->parts[i].seq, 8);
        put_subject(b, &q->parts[i].subject);
    }
    put_uint(b, q->hand_count, 2);
    for (size_t i = 0; i < q->hand_count; i++) {
        put_uint(b, q->hands[i].seq, 8);
        put_names(b, q->hands[i].asked);
    }
}

void xj_fold_put_question(struct xj_fold *f, const struct xj_fold_question *q)
{
    struct xj_buf b;
    xj_buf_init(&b, RECORD_BYTES);
    put_uint(&b, q->seq, 8);
    put_uint(&b, q->question, 2);
    put_uint(&b, q->act, 2);
    xj_buf_add(&b, q->id.b, XJ_ID_SIZE);
    put_text(&b, q->opener);
    put_names(&b, q->asked);
    put_subjects(&b, q->subjects, q->subject_count);
    put_question_events(&b, q);
    struct xj_fold_key k = xj_fold_question_key(f, q->seq, q->question, &q->id);
    finish(f, &k, &b);
    struct xj_fold_key open = xj_fold_key(f, XJ_FOLD_OPEN);
    xj_fold_key_u16(&open, q->question);
    xj_fold_key_u64(&open, q->seq);
    xj_fold_key_id(&open, &q->id);
    if (xj_fold_still_open(q) != 0)
        xj_fold_put(f, &open, (struct xj_slice){NULL, 0});
    else
        xj_fold_del(f, &open);
}

static void take_question_events(struct reader *r, struct xj_fold_question *q)
{
    struct xj_fold_close *closes = take_list(r, sizeof *closes, &q->close_count);
    for (size_t i = 0; i < q->close_count; i++) {
        closes[i].seq = take_uint(r, 8);
        closes[i].mask = take_uint(r, 8);
    }
    q->closes = closes;
    struct xj_fold_part *parts = take_list(r, sizeof *parts, &q->part_count);
    for (size_t i = 0; i < q->part_count; i++) {
        parts[i].seq = take_uint(r, 8);
        take_subject(r, &parts[i].subject);
    }
    q->parts = parts;
    struct xj_fold_hand *hands = take_list(r, sizeof *hands, &q->hand_count);
    for (size_t i = 0; i < q->hand_count; i++) {
        hands[i].seq = take_uint(r, 8);
        hands[i].asked = take_names(r);
    }
    q->hands = hands;
}

struct xj_fold_question *xj_fold_question_of(struct xj_fold *f, struct xj_fold_pair pair)
{
    struct xj_fold_question *q = xj_fold_array(f, 1, sizeof *q);
    if (q == NULL)
        return NULL;
    struct reader r = reader_of(f, pair.value);
    q->seq = take_uint(&r, 8);
    q->question = take_index(&r, f->m->question_count, false);
    q->act = take_index(&r, f->m->act_count, true);
    take_id(&r, &q->id);
    q->opener = take_agency(&r);
    q->asked = take_names(&r);
    q->subjects = take_subjects(&r, &q->subject_count);
    take_question_events(&r, q);
    const struct xj_fold_key k = xj_fold_question_key(f, q->seq, q->question, &q->id);
    wants_key(&r, &k, pair.key);
    return sound(&r, q);
}

struct xj_fold_question *xj_fold_question(struct xj_fold *f, const struct xj_fold_key *k)
{
    struct xj_slice v;
    return xj_fold_get(f, k, &v) ? xj_fold_question_of(f, (struct xj_fold_pair){xj_fold_key_rest(k), v}) : NULL;
}

/* ---- duties ---- */

void xj_fold_put_duty(struct xj_fold *f, const struct xj_fold_duty *d)
{
    struct xj_buf b;
    xj_buf_init(&b, RECORD_BYTES);
    put_uint(&b, d->seq, 8);
    put_uint(&b, d->duty, 2);
    xj_buf_add(&b, d->id.b, XJ_ID_SIZE);
    put_text(&b, d->obligor);
    put_text(&b, d->receiver);
    put_uint(&b, d->instant, 1);
    put_uint(&b, d->on_receipt, 1);
    put_uint(&b, d->sector, 2);
    put_subjects(&b, d->subjects, d->subject_count);
    put_uint(&b, d->event_count, 2);
    for (size_t i = 0; i < d->event_count; i++) {
        const struct xj_fold_event *e = &d->events[i];
        put_uint(&b, e->seq, 8);
        put_uint(&b, e->mask, 8);
        put_uint(&b, e->what, 1);
        put_uint(&b, e->known, 1);
        put_uint(&b, (uint64_t)e->from_ms, 8);
        put_uint(&b, (uint64_t)e->to_ms, 8);
        xj_buf_add(&b, e->id.b, XJ_ID_SIZE);
        put_uint(&b, e->limit, 4);
        put_text(&b, e->agency);
    }
    if (d->past > 0) {
        put_uint(&b, d->past, 1);
        put_uint(&b, d->own, 2);
        put_uint(&b, d->own_sector, 2);
    }
    struct xj_fold_key k = xj_fold_duty_key(f, d->duty, d->seq, d->obligor);
    finish(f, &k, &b);
}

static void take_event(struct reader *r, struct xj_fold_event *e)
{
    e->seq = take_uint(r, 8);
    e->mask = take_uint(r, 8);
    e->what = (uint8_t)take_uint(r, 1);
    e->known = take_uint(r, 1) != 0;
    e->from_ms = (int64_t)take_uint(r, 8);
    e->to_ms = (int64_t)take_uint(r, 8);
    take_id(r, &e->id);
    e->limit = (uint32_t)take_uint(r, 4);
    e->agency = take_agency(r);
}

/* Only a record of an earlier revision has more behind its events. */
static void take_past(struct reader *r, struct xj_fold_duty *d, bool ended)
{
    if (r->bad || (r->n == 0 && !ended))
        return;
    d->past = (uint8_t)take_uint(r, 1);
    d->own = (uint16_t)take_uint(r, 2);
    d->own_sector = (uint16_t)take_uint(r, 2);
    if (d->past == 0 || d->past > r->f->past_count)
        r->bad = true;
}

struct xj_fold_duty *xj_fold_duty_of(struct xj_fold *f, struct xj_fold_pair pair)
{
    struct xj_fold_duty *d = xj_fold_array(f, 1, sizeof *d);
    if (d == NULL)
        return NULL;
    struct reader r = reader_of(f, pair.value);
    d->seq = take_uint(&r, 8);
    d->duty = (uint16_t)take_uint(&r, 2);
    bool row = d->duty < f->m->duty_count, ended = xj_fold_ended(d);
    r.bad = r.bad || (!row && !ended);
    take_id(&r, &d->id);
    d->obligor = take_agency(&r);
    d->receiver = take_agency(&r);
    d->instant = (uint8_t)take_uint(&r, 1);
    d->on_receipt = take_uint(&r, 1) != 0;
    d->sector = take_index(&r, row ? f->m->duties[d->duty].sector_count : 0, true);
    d->subjects = take_subjects(&r, &d->subject_count);
    struct xj_fold_event *events = take_list(&r, sizeof *events, &d->event_count);
    for (size_t i = 0; i < d->event_count; i++)
        take_event(&r, &events[i]);
    d->events = events;
    take_past(&r, d, ended);
    const struct xj_fold_key k = xj_fold_duty_key(f, d->duty, d->seq, d->obligor);
    wants_key(&r, &k, pair.key);
    return sound(&r, d);
}

struct xj_fold_duty *xj_fold_duty(struct xj_fold *f, const struct xj_fold_key *k)
{
    struct xj_slice v;
    return xj_fold_get(f, k, &v) ? xj_fold_duty_of(f, (struct xj_fold_pair){xj_fold_key_rest(k), v}) : NULL;
}

/* ---- what records say ---- */

struct xj_slice xj_fold_doer(const struct xj_fold_act *a)
{
    return a->actor.n > 0 ? a->actor : a->from;
}

uint64_t xj_fold_all(size_t subject_count)
{
    if (subject_count >= 64)
        return UINT64_MAX;
    return subject_count == 0 ? 1 : (UINT64_C(1) << subject_count) - 1;
}

uint64_t xj_fold_still_open(const struct xj_fold_question *q)
{
    uint64_t open = xj_fold_all(q->subject_count);
    for (size_t i = 0; i < q->close_count; i++)
        open &= ~q->closes[i].mask;
    return open;
}

struct xj_fold_names xj_fold_asked_now(const struct xj_fold_question *q)
{
    return q->hand_count > 0 ? q->hands[q->hand_count - 1].asked : q->asked;
}

size_t xj_fold_find(struct xj_fold_names names, struct xj_slice agency)
{
    for (size_t i = 0; i < names.n; i++)
        if (xj_slice_eq(names.at[i], agency))
            return i;
    return SIZE_MAX;
}
