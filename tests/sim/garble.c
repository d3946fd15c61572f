/* Frames as a faulty or hostile peer makes them out of honest ones, and what may come of them. */
#include <stdio.h>
#include <string.h>

#include "broker/core/internal.h"
#include "schema/wire/destroyed.h"
#include "schema/wire/hop.h"
#include "schema/wire/span.h"
#include "schema/wire/statement.h"
#include "tests/sim/world_private.h"

static size_t below(struct rng *r, size_t n)
{
    return n ? (size_t)(rng_next(r) % n) : 0;
}

/* One value in place of one of the frame's fields. */
static void replace_field(struct rng *r, struct xj_slice frame, struct xj_buf *ret)
{
    static const struct {
        uint8_t b[12];
        size_t n;
    } values[] = {
        {{0xc0}, 1},                                                         /* nil */
        {{0xc3}, 1},                                                         /* true */
        {{0x00}, 1},
        {{0x01}, 1},
        {{0xff}, 1},                                                         /* -1 */
        {{0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 9},         /* the largest number */
        {{0xcf, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 9},
        {{0xa0}, 1},                                                         /* "" */
        {{0xc4, 0x00}, 2},                                                   /* bin of nothing */
        {{0xc6, 0xff, 0xff, 0xff, 0xff}, 5},                                 /* bin of 4 GiB, which is not there */
        {{0x90}, 1},                                                         /* [] */
        {{0xdd, 0xff, 0xff, 0xff, 0xff}, 5},                                 /* an array of 2^32 - 1, likewise */
        {{0x80}, 1},                                                         /* {} */
        {{0x91, 0x91, 0x91, 0x91, 0x91, 0x91, 0x91, 0x91, 0x91, 0x91}, 10},
    };
    struct xj_slice rest = frame, field;
    uint32_t count = 0;
    if (!xj_span_enter(&rest, &count) || !count || !xj_span_element(frame, (uint32_t)below(r, count), &field)) return;
    const size_t at = (size_t)(field.p - frame.p), which = below(r, sizeof values / sizeof values[0]);
    xj_buf_reset(ret);
    xj_buf_add(ret, frame.p, at);
    xj_buf_add(ret, values[which].b, values[which].n);
    xj_buf_add(ret, frame.p + at + field.n, frame.n - at - field.n);
}

static void flip(struct rng *r, struct xj_buf *b)
{
    const size_t bits = 1 + below(r, 3);
    for (size_t i = 0; i < bits && b->n; i++) b->p[below(r, b->n)] ^= (uint8_t)(1u << below(r, 8));
}

static void overwrite(struct rng *r, struct xj_buf *b)
{
    const size_t at = below(r, b->n), n = 1 + below(r, 40);
    const uint64_t with = rng_next(r) % 3;
    for (size_t i = at; i < b->n && i < at + n; i++) b->p[i] = with == 0 ? 0 : with == 1 ? 0xff : (uint8_t)rng_next(r);
}

/* One part of it where another was. */
static void move_part(struct rng *r, struct xj_buf *b)
{
    const size_t n = below(r, b->n), from = below(r, b->n - n), to = below(r, b->n - n);
    if (n) memmove(b->p + to, b->p + from, n);
}

void world_garble(struct rng *r, struct xj_slice frame, struct xj_buf *ret)
{
    xj_buf_init(ret, XJ_MAX_FRAME_BYTES + 4096);
    do {
        xj_buf_reset(ret);
        xj_buf_add_slice(ret, frame);
        switch (rng_next(r) % 8) {
        case 0: ret->n = 1 + below(r, ret->n - 1); break; /* one part of it only */
        case 1:
            for (size_t n = 1 + below(r, 64); n; n--) xj_buf_add(ret, &(uint8_t){(uint8_t)rng_next(r)}, 1);
            break;
        case 2: overwrite(r, ret); break;
        case 3: move_part(r, ret); break;
        case 4: ret->p[1 % ret->n] = (uint8_t)below(r, 40); break; /* another type */
        case 5: replace_field(r, frame, ret); break;
        default: flip(r, ret); break;
        }
    } while (!ret->err && xj_slice_eq(xj_buf_slice(ret), frame));
}

/* ---- what a frame may do by itself ---- */

/* A frame is what the connection's agency says, whose machine made it: the connection is encrypted and its keys are the agency's. So a
 * HELLO or a HANDBACK that can be read counts as it stands, for nothing in it but what is handed back is signed; and of the others what
 * carries the agency's (for the register: the registrar's) signature, or a paper of the digest named, has its effect whatever stands
 * around it. */

static bool signed_by(const struct node *n, const char *context, struct xj_slice bytes, struct xj_slice signature)
{
    const struct xj_hash d = xj_digest(context, bytes);
    return xj_verify(NULL, n->public_keys.sign, &d, signature) == XJ_OK;
}

static bool has_sound_message(const struct node *n, struct xj_frame *f)
{
    struct xj_frame_item item;
    struct xj_message m;
    while (xj_frame_next(f, &item))
        if (xj_message_split(item.message, &m) == XJ_OK) {
            const struct xj_hash d = xj_header_digest(m.header);
            if (xj_verify(NULL, n->public_keys.sign, &d, m.signature) == XJ_OK) return true;
        }
    return false;
}

bool world_is_word_of(const struct world *w, const struct node *n, struct xj_slice frame)
{
    struct xj_frame f;
    if (xj_frame_open(frame, &f)) return false;
    bool may = false;
    struct xj_hash d;
    switch (f.type) {
    case XJ_F_HELLO:
    case XJ_F_HANDBACK: may = true; break;
    case XJ_F_SUBMIT: may = has_sound_message(n, &f); break;
    case XJ_F_STORED:
        may = signed_by(n, XJ_CTX_STORED, f.bytes, f.signature) || signed_by(n, XJ_CTX_RECOVERED, f.bytes, f.signature);
        break;
    case XJ_F_CONFIRM: may = signed_by(n, XJ_CTX_DESTROYED, f.bytes, f.signature); break;
    case XJ_F_REGISTER_PUT:
        d = xj_digest(XJ_CTX_REGISTER, f.bytes);
        may = xj_verify(NULL, w->registrar.public_key, &d, f.signature) == XJ_OK;
        break;
    case XJ_F_PAPER_PUT:
        d = xj_digest(XJ_SEAL_PAPER, f.bytes);
        may = xj_hash_eq(&d, &f.digest);
        break;
    default: break;
    }
    xj_frame_close(&f);
    return may;
}

/* What an agent has nothing to check by. */
bool world_is_word_of_exchange(struct xj_slice frame)
{
    struct xj_frame f;
    if (xj_frame_open(frame, &f)) return false;
    const bool is = f.type == XJ_F_WELCOME || f.type == XJ_F_NOTICE || f.type == XJ_F_PULSE || f.type == XJ_F_REGISTERED ||
                    f.type == XJ_F_HANDBACK_GET;
    xj_frame_close(&f);
    return is;
}

/* ---- at the exchange ---- */

static bool add_pair(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct xj_hash *h = arg;
    const struct xj_slice parts[] = {xj_hash_slice(h), key, value};
    *h = xj_sha256(parts, 3);
    return true;
}

static struct xj_hash working_state(struct world *w)
{
    struct xj_hash h = {{0}};
    const struct xj_store store = xj_db_store(w->exchange.db);
    if (store.scan(store.ctx, xj_slice_of(NULL, 0), xj_slice_of(NULL, 0), false, add_pair, &h)) world_fail(w, "working state");
    return h;
}

static bool is_incident(void *arg, const struct xj_entry *e)
{
    *(bool *)arg = *(bool *)arg && e->kind == XJ_ENTRY_INCIDENT;
    return true;
}

static bool only_incidents(struct world *w, uint64_t before)
{
    bool only = true;
    return !xj_log_scan(w->exchange.log, before + 1, is_incident, &only) && only;
}

/* A batch with that event alone. What is sent is dropped: it goes to whoever sent the frame. *ret_noticed: a frame that could not be
 * read was answered. */
static void batch(struct world *w, const struct xj_exchange_event *ev, bool *ret_noticed)
{
    struct xj_exchange_action a;
    struct xj_frame f;
    enum xj_err err = xj_db_begin(w->exchange.db);
    if (!err) err = xj_exchange_step(w->core, ev);
    if (!err) err = xj_exchange_flush(w->core);
    if (!err) err = xj_db_commit(w->exchange.db);
    if (err) world_fail(w, "exchange: a garbled frame ends it");
    *ret_noticed = false;
    while (xj_exchange_take(w->core, &a)) {
        if (a.kind == XJ_XA_SEND && xj_frame_open(xj_buf_slice(&a.bytes), &f) == XJ_OK) {
            *ret_noticed |= f.type == XJ_F_NOTICE && (xj_slice_is(f.notice.code, "malformed") || xj_slice_is(f.notice.code, "oversize"));
            xj_frame_close(&f);
        }
        xj_buf_free(&a.bytes);
    }
}

void world_garbled_to_exchange(struct world *w, int from, struct xj_slice frame)
{
    struct xj_exchange_figures before, after;
    struct xj_frame f;
    bool noticed;
    char conn[XJ_CONN_MAX] = {0};
    snprintf(conn, sizeof conn, "%d/%llu", from, (unsigned long long)w->agent[from].conn);
    const struct xj_exchange_event ev = {.kind = XJ_XE_FRAME, .conn = xj_slice_of(conn, sizeof conn),
                                         .agency = xj_slice_cstr(w->agent[from].agency.id),
                                         .key = xj_slice_of(w->agent[from].public_keys.transport, 32), .bytes = frame};
    batch(w, &(struct xj_exchange_event){.kind = XJ_XE_INVALID}, &noticed); /* what has become due has so without the frame */
    const struct xj_hash state = working_state(w);
    const uint64_t size = xj_log_size(w->exchange.log);
    const enum xj_err shape = xj_frame_open(frame, &f);
    if (!shape) xj_frame_close(&f);
    xj_exchange_figures(w->core, &before);
    batch(w, &ev, &noticed);
    if (w->failed) return;
    xj_exchange_figures(w->core, &after);
    const struct xj_hash now = working_state(w);
    if (!xj_hash_eq(&state, &now) || !only_incidents(w, size)) world_fail(w, "a garbled frame changed what the exchange holds");
    struct peer *p = NULL; /* one whose register is lost knows nobody to answer */
    if (xj_peer_get(w->core, ev.agency, &p)) world_fail(w, "peer");
    if (shape && (after.incidents != before.incidents + 1 || noticed != (p != NULL)))
        world_fail(w, "a frame that cannot be read was passed over");
    w->garbled++;
}
