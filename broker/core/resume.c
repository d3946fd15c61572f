/* The end of a rebuilding: what nobody handed back is stated, feeds go on, and the exchange serves again.
 * Spec: spec/04-exchange.md, section 13. */
#include <stdlib.h>
#include <string.h>

#include "broker/core/internal.h"
#include "schema/ledger/rebuilt.h"

#define ROOM (UINT64_C(1) << 20) /* numbers and places kept for what agencies not heard may hold */
#define RUNS 256u                /* found at a time */

/* ---- numbers that nobody handed back ---- */

struct gaps {
    uint64_t at; /* the number before the one looked for */
    struct {
        uint64_t first, last;
    } run[RUNS];
    size_t count;
};

static void gap(struct gaps *g, uint64_t behind)
{
    if (behind > g->at + 1) {
        g->run[g->count].first = g->at + 1;
        g->run[g->count++].last = behind - 1;
    }
    if (behind > g->at) g->at = behind;
}

static bool see_number(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct gaps *g = arg;
    (void)value;
    gap(g, xj_key_number_of(key));
    return g->count < RUNS;
}

static enum xj_err state_run(struct xj_exchange *x, struct peer *p, enum xj_numbers which, uint64_t first, uint64_t last)
{
    struct pending *n;
    enum xj_err err = xj_pending_add(x, XJ_ENTRY_UNRECOVERED, &n);
    if (err) return err;
    const struct xj_unrecovered s = {.agency = peer_id(p), .which = which, .first = first, .last = last, .time_ms = x->now_ms,
                                     .register_number = x->reg.number};
    xj_unrecovered_encode(&s, &n->statement);
    return n->statement.err ? n->statement.err : xj_run_put(x, &s, n->n);
}

/* A gap, less the runs that were stated before. */
static enum xj_err state_gap(struct xj_exchange *x, struct peer *p, enum xj_numbers which, uint64_t first, uint64_t last)
{
    enum xj_err err = XJ_OK;
    for (uint64_t at = first; !err && at <= last;) {
        uint64_t known_last, n, next = 0;
        err = xj_run_at(x, peer_id(p), which, at, &known_last, &n);
        if (!err && !n) err = xj_run_behind(x, peer_id(p), which, at, &next);
        const uint64_t end = next && next <= last ? next - 1 : last;
        if (!err && !n) err = state_run(x, p, which, at, end);
        at = (n ? known_last : end) + 1;
    }
    return err;
}

static enum xj_err gaps_of(struct xj_exchange *x, struct peer *p, char kind, enum xj_numbers which, uint64_t above, uint64_t head)
{
    const struct key all = xj_key_agency(kind, peer_id(p));
    struct gaps g = {.at = above};
    enum xj_err err = XJ_OK;
    bool more;
    do {
        const struct key from = xj_key_numbered(kind, peer_id(p), g.at + 1);
        g.count = 0;
        err = x->store.scan(x->store.ctx, xj_key_slice(&all), xj_key_slice(&from), false, see_number, &g);
        more = g.count == RUNS;
        if (!more) gap(&g, head + 1);
        for (size_t i = 0; !err && i < g.count; i++) err = state_gap(x, p, which, g.run[i].first, g.run[i].last);
    } while (!err && more);
    return err;
}

static enum xj_err state_gaps(struct xj_exchange *x, struct peer *p, void *arg)
{
    const struct account *a = &p->account;
    (void)arg;
    if (a->heard < x->rebuilding.number) return XJ_OK; /* it may hold what is lacking */
    enum xj_err err = gaps_of(x, p, 'M', XJ_NUMBERS_MAILBOX, a->mailbox_stored, a->mailbox_head);
    if (!err) err = gaps_of(x, p, 'F', XJ_NUMBERS_FEED, 0, a->feed_head);
    return err ? err : gaps_of(x, p, 'O', XJ_NUMBERS_OWN, 0, a->own_number);
}

static enum xj_err make_room(struct xj_exchange *x, struct peer *p, void *arg)
{
    const uint64_t first = p->account.mailbox_head + 1;
    (void)arg;
    p->account.mailbox_head += ROOM;
    p->dirty = true;
    return state_run(x, p, XJ_NUMBERS_MAILBOX, first, p->account.mailbox_head);
}

/* ---- feeds ---- */

/* The leaves that a statement covers, where all are here; *ret NULL: they are not. */
static enum xj_err tree_of(struct xj_exchange *x, const struct peer *p, const struct xj_stored *s, struct xj_hash **ret)
{
    const size_t count = (size_t)(s->last - s->first + 1);
    *ret = NULL;
    if (count > XJ_MAX_CREDIT) return XJ_OK;
    struct xj_hash *tree = malloc(xj_tree_node_count(count) * sizeof *tree);
    if (!tree) return XJ_ENOMEM;
    enum xj_err err = XJ_OK;
    for (uint64_t n = s->first; !err && n <= s->last; n++) {
        struct mail m;
        if ((err = xj_mail_find(x, p, n, &m)) == XJ_OK) tree[n - s->first] = xj_tree_mail_leaf(n, &m.digest);
    }
    if (!err) xj_tree_fill(tree, count);
    if (!err && xj_hash_eq(&tree[xj_tree_node_count(count) - 1], &s->root)) *ret = tree;
    else free(tree);
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

static enum xj_err feed_anew(struct xj_exchange *x, const struct xj_entry *e)
{
    struct xj_stored s;
    struct peer *p = NULL;
    struct late late;
    struct xj_hash *tree;
    enum xj_err err = xj_kept(xj_stored_decode(e->head, &s));
    if (!err) err = xj_peer_get(x, s.agency, &p);
    if (err || !p) return err;
    err = xj_late_find(x, p, &s, &late);
    if (!err) return xj_feed_stored(x, p, &s, e->n, e->head, &s.root, &late.mail);
    if (err != XJ_ENOTFOUND || (err = tree_of(x, p, &s, &tree)) != XJ_OK || !tree) return err == XJ_ENOTFOUND ? XJ_OK : err;
    err = xj_feed_stored(x, p, &s, e->n, e->head, tree, NULL);
    free(tree);
    return err;
}

static enum xj_err feeds_anew(struct xj_exchange *x, uint64_t size)
{
    struct xj_buf head;
    struct xj_entry e;
    enum xj_err err = XJ_OK;
    xj_buf_init(&head, XJ_MAX_FRAME_BYTES);
    for (uint64_t n = 1; !err && n <= size; n++) {
        err = xj_log_get(x->o.log, n, &head, &e);
        if (!err && e.kind == XJ_ENTRY_STORED) err = feed_anew(x, &e);
    }
    xj_buf_free(&head);
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

/* ---- who was heard ---- */

struct roll {
    struct xj_buf heard, missing;
    bool waits;
};

static enum xj_err call(struct xj_exchange *x, struct peer *p, void *arg)
{
    struct roll *r = arg;
    const bool heard = p->account.heard == x->rebuilding.number;
    struct xj_buf *list = heard ? &r->heard : &r->missing;
    xj_buf_add(list, p->facts.id, strlen(p->facts.id) + 1);
    r->waits |= !heard && p->facts.state == XJ_AGENCY_ACTIVE;
    return list->err;
}

static enum xj_err roll_call(struct xj_exchange *x, struct roll *ret)
{
    xj_buf_init(&ret->heard, XJ_MAX_FRAME_BYTES);
    xj_buf_init(&ret->missing, XJ_MAX_FRAME_BYTES);
    ret->waits = false;
    return xj_each_peer(x, call, ret);
}

static void roll_free(struct roll *r)
{
    xj_buf_free(&r->heard);
    xj_buf_free(&r->missing);
}

enum xj_err xj_resume_if_due(struct xj_exchange *x)
{
    struct roll r;
    if (!x->rebuilding.under_way) return XJ_OK;
    const bool waited = x->now_ms - x->rebuilding.begun_ms >= x->o.recovery_wait_ms;
    const enum xj_err err = roll_call(x, &r);
    x->resume_due = !err && (!r.waits || waited);
    roll_free(&r);
    return err;
}

/* ---- the end ---- */

static enum xj_err resumed_entry(struct xj_exchange *x, const struct roll *roll)
{
    struct rebuilding *r = &x->rebuilding;
    const uint64_t size = xj_log_size(x->o.log), least = x->max_seq + (roll->missing.n ? ROOM : 0);
    if (least > size && least - size > r->offset) r->offset = least - size;
    r->under_way = false;
    struct xj_rebuilt e = {.stage = XJ_REBUILT_RESUMED, .offset = r->offset, .lost_count = r->lost_count,
                           .heard = xj_buf_slice(&roll->heard), .missing = xj_buf_slice(&roll->missing)};
    memcpy(e.lost, r->lost, r->lost_count * sizeof r->lost[0]);
    struct xj_buf head;
    xj_buf_init(&head, XJ_MAX_FRAME_BYTES);
    xj_rebuilt_encode(&e, &head);
    enum xj_err err = head.err;
    if (!err) err = xj_log_append(x->o.log, XJ_ENTRY_REBUILD, x->now_ms, xj_buf_slice(&head), xj_slice_of(NULL, 0), NULL);
    xj_buf_free(&head);
    return err ? err : xj_recover_save(x);
}

enum xj_err xj_resume(struct xj_exchange *x, struct peer *late)
{
    struct roll roll;
    enum xj_err err = xj_exchange_orders_again(x); /* what they take is then not looked for */
    if (!err) err = xj_rebuild(x);
    if (err) return err;
    const uint64_t size = xj_log_size(x->o.log);
    if ((err = roll_call(x, &roll)) == XJ_OK && !late) err = resumed_entry(x, &roll);
    if (!err) err = xj_each_peer(x, state_gaps, NULL);
    if (!err && !late && roll.missing.n) err = xj_each_peer(x, make_room, NULL);
    if (!err) err = feeds_anew(x, size);
    roll_free(&roll);
    return err ? err : xj_recover_greet_all(x);
}
