#include "schema/procedure/engine_look.h"

#include <stdlib.h>
#include <string.h>

/* ---- subjects ---- */

bool xj_fold_same(const struct xj_subject *a, const struct xj_subject *b)
{
    return memcmp(a->party, b->party, 8) == 0 && a->has_charge == b->has_charge &&
           (!a->has_charge || memcmp(a->charge, b->charge, 8) == 0);
}

bool xj_fold_covers(const struct xj_subject *wide, const struct xj_subject *narrow)
{
    return memcmp(wide->party, narrow->party, 8) == 0 && (!wide->has_charge || xj_fold_same(wide, narrow));
}

bool xj_fold_relate(const struct xj_subject *a, const struct xj_subject *b)
{
    return xj_fold_covers(a, b) || xj_fold_covers(b, a);
}

bool xj_fold_sets_relate(const struct xj_subject *a, size_t an, const struct xj_subject *b, size_t bn)
{
    return xj_fold_mask(a, an, b, bn) != 0;
}

uint64_t xj_fold_mask(const struct xj_subject *record, size_t record_count, const struct xj_subject *named, size_t named_count)
{
    if (record_count == 0 || named_count == 0)
        return xj_fold_all(record_count);
    uint64_t mask = 0;
    for (size_t i = 0; i < record_count && i < 64; i++)
        for (size_t j = 0; j < named_count; j++)
            if (xj_fold_relate(&record[i], &named[j]))
                mask |= UINT64_C(1) << i;
    return mask;
}

void xj_fold_add_subject(struct xj_fold_subjects *set, const struct xj_subject *s)
{
    for (size_t i = 0; i < set->n; i++)
        if (xj_fold_same(&set->at[i], s))
            return;
    if (set->n < XJ_MAX_SUBJECTS)
        set->at[set->n++] = *s;
}

/* ---- the register ---- */

xj_roles xj_fold_role(struct xj_fold *f, struct xj_slice agency, struct xj_slice *ret_name)
{
    struct xj_slice name = f->e->facts.role(f->e->facts.ctx, agency);
    if (ret_name != NULL)
        *ret_name = xj_fold_keep(f, name);
    return name.n > 0 ? xj_model_role(f->m, name) : 0;
}

bool xj_fold_successions(const struct xj_fold *f)
{
    return f->e->facts.holder != NULL;
}

struct xj_slice xj_fold_holder_at(struct xj_fold *f, struct xj_slice agency, int64_t at_ms)
{
    if (!xj_fold_successions(f) || agency.n == 0)
        return agency;
    struct xj_slice holder = f->e->facts.holder(f->e->facts.ctx, agency, at_ms);
    return holder.n == 0 || xj_slice_eq(holder, agency) ? agency : xj_fold_keep(f, holder);
}

struct xj_slice xj_fold_holder(struct xj_fold *f, struct xj_slice agency)
{
    if (!xj_fold_successions(f) || agency.n == 0)
        return agency;
    for (size_t i = 0; i < f->held_count; i++)
        if (xj_slice_eq(f->held[i].agency, agency))
            return f->held[i].holder;
    struct xj_slice holder = xj_fold_holder_at(f, agency, f->at_ms);
    if (f->held == NULL)
        f->held = xj_fold_array(f, XJ_FOLD_HELD, sizeof *f->held);
    if (f->held != NULL && f->held_count < XJ_FOLD_HELD) {
        struct xj_slice kept = xj_fold_keep(f, agency);
        f->held[f->held_count++] = (struct xj_fold_held){kept, xj_slice_eq(holder, agency) ? kept : holder};
    }
    return holder;
}

bool xj_fold_falls_to(struct xj_fold *f, struct xj_slice agency, struct xj_slice to)
{
    return xj_slice_eq(agency, to) || (xj_fold_successions(f) && xj_slice_eq(xj_fold_holder(f, agency), to));
}

bool xj_fold_among(struct xj_fold *f, struct xj_fold_names names, struct xj_slice agency)
{
    if (xj_fold_find(names, agency) != SIZE_MAX)
        return true;
    for (size_t i = 0; xj_fold_successions(f) && i < names.n; i++)
        if (xj_fold_falls_to(f, names.at[i], agency))
            return true;
    return false;
}

uint64_t xj_fold_bits(struct xj_fold *f, struct xj_fold_names names, struct xj_slice agency)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < names.n && i < 64; i++)
        if (xj_fold_falls_to(f, names.at[i], agency))
            bits |= UINT64_C(1) << i;
    return bits;
}

/* ---- the record ---- */

static bool any_below(struct xj_fold *f, enum xj_fold_tag tag, uint16_t index)
{
    struct xj_fold_key k = xj_fold_key(f, tag);
    xj_fold_key_u16(&k, index);
    return xj_fold_scan(f, &k, false, 1).n > 0;
}

bool xj_fold_on_record(struct xj_fold *f, uint16_t act)
{
    return any_below(f, XJ_FOLD_NAME, act);
}

bool xj_fold_group_on_record(struct xj_fold *f, const struct xj_m_group *g)
{
    for (uint16_t i = 0; i < g->act_count; i++)
        if (xj_fold_on_record(f, g->acts[i]))
            return true;
    return false;
}

bool xj_fold_paper_on_record(struct xj_fold *f, uint16_t kind)
{
    return any_below(f, XJ_FOLD_PAPER, kind);
}

bool xj_fold_is_party(struct xj_fold *f, struct xj_slice agency)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_PARTY);
    xj_fold_key_agency(&k, agency);
    struct xj_slice v;
    if (xj_fold_get(f, &k, &v))
        return true;
    k = xj_fold_key(f, XJ_FOLD_PARTY);
    struct xj_fold_pairs all = {NULL, 0};
    if (xj_fold_successions(f))
        all = xj_fold_scan(f, &k, false, 0);
    for (size_t i = 0; i < all.n; i++)
        if (all.at[i].key.n > 2 && xj_fold_falls_to(f, xj_slice_of(all.at[i].key.p + 1, all.at[i].key.n - 2), agency))
            return true;
    return false;
}

bool xj_fold_sees(struct xj_fold *f, const struct xj_fold_act *a, struct xj_slice agency)
{
    return xj_fold_among(f, a->parties, agency);
}

const uint64_t *xj_fold_seqs(struct xj_fold *f, uint16_t act, size_t *ret_count)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_NAME);
    xj_fold_key_u16(&k, act);
    struct xj_fold_pairs pairs = xj_fold_scan(f, &k, true, 0);
    uint64_t *seqs = xj_fold_array(f, pairs.n, sizeof *seqs);
    *ret_count = 0;
    for (size_t i = 0; seqs != NULL && i < pairs.n; i++) {
        if (pairs.at[i].key.n != 11)
            xj_fold_fail(f, XJ_ECORRUPT);
        else
            seqs[(*ret_count)++] = xj_fold_read_u64(pairs.at[i].key.p + 3);
    }
    return seqs;
}

static int by_seq(const void *a, const void *b)
{
    const struct xj_fold_act *x = *(struct xj_fold_act *const *)a, *y = *(struct xj_fold_act *const *)b;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

struct xj_fold_act **xj_fold_record(struct xj_fold *f, size_t *ret_count)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_NAME);
    struct xj_fold_pairs pairs = xj_fold_scan(f, &k, false, 0);
    struct xj_fold_act **acts = xj_fold_array(f, pairs.n, sizeof(struct xj_fold_act *));
    *ret_count = 0;
    for (size_t i = 0; acts != NULL && i < pairs.n; i++) {
        struct xj_fold_act *a = pairs.at[i].key.n == 11 ? xj_fold_act(f, xj_fold_read_u64(pairs.at[i].key.p + 3)) : NULL;
        if (a == NULL) {
            xj_fold_fail(f, XJ_ECORRUPT);
            *ret_count = 0;
            return acts;
        }
        acts[(*ret_count)++] = a;
    }
    if (acts != NULL)
        qsort(acts, *ret_count, sizeof(struct xj_fold_act *), by_seq);
    return acts;
}

bool xj_fold_dated(const struct xj_fold_act *a)
{
    return a->has_occurred || !a->late;
}

int64_t xj_fold_from(const struct xj_fold_act *a)
{
    return a->has_occurred ? a->occurred_from_ms : a->admitted_ms;
}

int64_t xj_fold_to(const struct xj_fold_act *a)
{
    return a->has_occurred ? a->occurred_to_ms : a->admitted_ms;
}

/* ---- rows ---- */

struct xj_fold_rows xj_fold_rows_of_track(struct xj_fold *f, uint16_t track)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_ROW);
    xj_fold_key_u16(&k, track);
    struct xj_fold_pairs pairs = xj_fold_scan(f, &k, false, 0);
    struct xj_fold_rows rows = {xj_fold_array(f, pairs.n, sizeof *rows.at), 0};
    for (size_t i = 0; rows.at != NULL && i < pairs.n; i++) {
        struct xj_fold_row *row = xj_fold_row_of(f, pairs.at[i]);
        if (row == NULL)
            return (struct xj_fold_rows){NULL, 0};
        rows.at[rows.n++] = row;
    }
    return rows;
}

uint16_t xj_fold_state_of(const struct xj_fold_row *row)
{
    return row->moves[row->move_count - 1].state;
}

uint16_t xj_fold_look_up(struct xj_fold *f, uint16_t track, struct xj_slice owner, const struct xj_subject *s)
{
    struct xj_subject party;
    const struct xj_subject *levels[3] = {NULL, NULL, NULL};
    size_t n = 0;
    if (s != NULL && s->has_charge)
        levels[n++] = s;
    if (s != NULL) {
        party = *s;
        party.has_charge = false;
        levels[n++] = &party;
    }
    n++; /* the case, NULL */
    for (size_t i = 0; i < n; i++) {
        struct xj_fold_key k = xj_fold_row_key(f, track, owner, levels[i]);
        const struct xj_fold_row *row = xj_fold_row(f, &k);
        if (row != NULL)
            return xj_fold_state_of(row);
    }
    return XJ_NONE;
}

/* level: 0 equal to s, 1 a charge of the party s, 2 the party of s, 3 the case, 4 any. */
static bool at_level(const struct xj_fold_row *row, const struct xj_subject *s, int level)
{
    switch (level) {
    case 0:
        return row->has_subject && xj_fold_same(&row->subject, s);
    case 1:
        return row->has_subject && row->subject.has_charge && xj_fold_covers(s, &row->subject);
    case 2:
        return row->has_subject && !row->subject.has_charge && xj_fold_covers(&row->subject, s);
    case 3:
        return !row->has_subject;
    default:
        return true;
    }
}

struct xj_fold_rows xj_fold_rows_for(struct xj_fold *f, struct xj_fold_rows all, const struct xj_subject *s)
{
    static const int of_charge[] = {0, 2, 3}, of_party[] = {1, 0, 3}, of_case[] = {3, 4, 4};
    const int *levels = s == NULL ? of_case : s->has_charge ? of_charge : of_party;
    struct xj_fold_rows out = {xj_fold_array(f, all.n, sizeof *out.at), 0};
    for (int l = 0; out.at != NULL && l < 3 && out.n == 0; l++)
        for (size_t i = 0; i < all.n; i++)
            if (at_level(all.at[i], s, levels[l]))
                out.at[out.n++] = all.at[i];
    return out;
}

/* 0 when the signer saw none of its moves. */
static uint64_t seen_seq(struct xj_fold *f, const struct xj_fold_row *row, struct xj_slice signer)
{
    uint64_t seq = 0;
    for (size_t i = row->move_count; i > 0; i--)
        if (xj_fold_among(f, row->moves[i - 1].seen, signer))
            return row->moves[i - 1].seq;
    for (size_t i = 0; i < row->floor_count; i++)
        if (row->floor[i].seq > seq && xj_fold_falls_to(f, row->floor[i].agency, signer))
            seq = row->floor[i].seq;
    return seq;
}

static bool concerns(const struct xj_fold_row *row, const struct xj_subject *s, bool case_rows)
{
    if (case_rows)
        return !row->has_subject;
    if (s == NULL)
        return true;
    return row->has_subject && memcmp(row->subject.party, s->party, 8) == 0;
}

struct xj_slice xj_fold_latest_owner(struct xj_fold *f, struct xj_fold_rows all, const struct xj_subject *s, struct xj_slice doer,
                                     struct xj_slice signer, bool mine)
{
    /* own rows of the subject, any of the subject, own of the case, any of the case */
    for (int step = 0; step < 4; step += mine ? 2 : 1) {
        uint64_t best = 0;
        struct xj_slice owner = {NULL, 0};
        for (size_t i = 0; i < all.n; i++) {
            const struct xj_fold_row *row = all.at[i];
            if (!concerns(row, s, step >= 2) || (step % 2 == 0 && !xj_fold_falls_to(f, row->owner, doer)))
                continue;
            uint64_t seq = seen_seq(f, row, signer);
            /* rows moved by one act: the first owner bytewise, which is the first met */
            if (seq > best) {
                best = seq;
                owner = row->owner;
            }
        }
        if (best > 0)
            return owner;
    }
    return (struct xj_slice){NULL, 0};
}

/* ---- questions ---- */

struct xj_fold_question *xj_fold_find_question(struct xj_fold *f, const struct xj_id *id, uint16_t question)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_ASKED);
    xj_fold_key_id(&k, id);
    xj_fold_key_u16(&k, question);
    struct xj_slice v;
    if (question == XJ_NONE || !xj_fold_get(f, &k, &v))
        return NULL;
    if (v.n != 8) {
        xj_fold_fail(f, XJ_ECORRUPT);
        return NULL;
    }
    struct xj_fold_key qk = xj_fold_question_key(f, xj_fold_read_u64(v.p), question, id);
    struct xj_fold_question *q = xj_fold_question(f, &qk);
    if (q == NULL)
        xj_fold_fail(f, XJ_ECORRUPT);
    return q;
}

/* Whether the agency may know of the question: it was asked by passing, or is a party to the opening act. */
static bool knows_question(struct xj_fold *f, const struct xj_fold_question *q, struct xj_slice doer, struct xj_slice signer)
{
    for (size_t i = 0; i < q->hand_count; i++)
        if (xj_fold_among(f, q->hands[i].asked, doer))
            return true;
    const struct xj_fold_act *a = xj_fold_act_by_id(f, &q->id);
    return a != NULL && xj_fold_sees(f, a, signer);
}

struct xj_fold_questions xj_fold_put_to(struct xj_fold *f, uint16_t question, struct xj_slice doer, struct xj_slice signer,
                                        bool whoever_asked)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_OPEN);
    xj_fold_key_u16(&k, question);
    struct xj_fold_pairs pairs = xj_fold_scan(f, &k, true, 0);
    struct xj_fold_questions out = {xj_fold_array(f, pairs.n, sizeof *out.at), 0};
    for (size_t i = 0; out.at != NULL && i < pairs.n; i++) {
        if (pairs.at[i].key.n != 11 + XJ_ID_SIZE) {
            xj_fold_fail(f, XJ_ECORRUPT);
            break;
        }
        struct xj_id id;
        memcpy(id.b, pairs.at[i].key.p + 11, XJ_ID_SIZE);
        struct xj_fold_key qk = xj_fold_question_key(f, xj_fold_read_u64(pairs.at[i].key.p + 3), question, &id);
        struct xj_fold_question *q = xj_fold_question(f, &qk);
        if (q == NULL)
            continue;
        if (!whoever_asked && !xj_fold_among(f, xj_fold_asked_now(q), doer))
            continue;
        if (knows_question(f, q, doer, signer))
            out.at[out.n++] = q;
    }
    return out;
}

bool xj_fold_question_relates(const struct xj_fold_question *q, const struct xj_subject *named, size_t named_count)
{
    return (xj_fold_mask(q->subjects, q->subject_count, named, named_count) & xj_fold_still_open(q)) != 0;
}

bool xj_fold_listed(const uint16_t *list, uint16_t count, uint16_t i)
{
    for (uint16_t k = 0; k < count; k++)
        if (list[k] == i)
            return true;
    return false;
}
