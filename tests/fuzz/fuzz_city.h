/* A city in the midst of a case, for harnesses that speak to a core as a peer with good keys would. One thread. */
#ifndef XJ_FUZZ_CITY_H
#define XJ_FUZZ_CITY_H

#include "agents/agent/view/draft.h"
#include "schema/trust/sign.h"
#include "schema/wire/hop.h"
#include "schema/wire/statement.h"
#include "tests/fuzz/fuzz.h"
#include "tests/sim/world_private.h"
#include "tests/unit/view_city.h"

static inline struct city *fuzz_city(void)
{
    void *made = NULL;
    must(city_up(&made) == 0);
    city_history(made);
    fuzz_remove_at_exit(((struct city *)made)->dir);
    return made;
}

/* A drafted act of the agency in the city's case that goes to `to` (NULL: to anybody) and has no papers: the first of the
 * acts named that it may do. The caller's. */
static inline struct xj_outgoing *fuzz_draft(struct city *c, const char *who, const char *const *acts, const char *to)
{
    struct node *n = world_agent(c->w, who);
    struct xj_draft_refusal refusal;
    for (; *acts != NULL; acts++) {
        struct xj_outgoing *out = NULL;
        json_t *request = city_request(*acts, c->case_id, "");
        json_object_set_new(json_object_get(request, "body"), "reasons", json_string("r"));
        enum xj_err err = xj_draft_build(n->view, &n->env, &n->keys, n->pairs, request, &out, &refusal);
        json_decref(request);
        for (size_t i = 0; err == XJ_OK && i < out->header.to_count; i++)
            if (to == NULL || xj_slice_is(out->header.to[i].agency, to))
                return out;
        xj_outgoing_free(out);
    }
    abort();
}

/* What an agent's core sends in a turn of these events: the last frame of the type, copied; nothing of the turn stays. */
static inline void fuzz_agent_says(struct city *c, const char *who, const struct xj_agent_event *events, size_t count,
                                   enum xj_frame_type type, struct xj_buf *ret)
{
    struct node *n = world_agent(c->w, who);
    struct xj_agent_action a;
    must(xj_db_begin(n->db) == XJ_OK);
    for (size_t i = 0; i < count; i++)
        must(xj_agent_step(n->core, &events[i]) == XJ_OK);
    must(xj_agent_flush(n->core) == XJ_OK);
    xj_buf_init(ret, XJ_MAX_FRAME_BYTES);
    while (xj_agent_take(n->core, &a)) {
        struct xj_frame f;
        if (a.kind == XJ_AA_SEND && xj_frame_open(xj_buf_slice(&a.bytes), &f) == XJ_OK) {
            if (f.type == type) {
                xj_buf_reset(ret);
                xj_buf_add_slice(ret, xj_buf_slice(&a.bytes));
            }
            xj_frame_close(&f);
        }
        xj_buf_free(&a.bytes);
    }
    must(ret->n > 0);
    xj_db_rollback(n->db);
    world_agent_down(n);
    must(world_agent_open(c->w, n) == XJ_OK);
}

static inline void fuzz_hello(struct city *c, const char *who, struct xj_buf *ret)
{
    const struct xj_agent_event up[] = {{.kind = XJ_AE_DISCONNECTED}, {.kind = XJ_AE_CONNECTED}};
    fuzz_agent_says(c, who, up, 2, XJ_F_HELLO, ret);
}

/* One event at the exchange; what it sends to the connection goes into frame (reset first; the last frame of the type). */
static inline void fuzz_exchange_hears(struct city *c, const char *who, struct xj_slice bytes)
{
    const struct xj_exchange_event ev = {.kind = XJ_XE_FRAME, .conn = xj_slice_cstr("conn"), .agency = xj_slice_cstr(who),
                                         .key = xj_slice_of(world_agent(c->w, who)->public_keys.transport, 32), .bytes = bytes};
    must(xj_exchange_step(c->w->core, &ev) == XJ_OK);
}

static inline void fuzz_exchange_answers(struct city *c, enum xj_frame_type type, struct xj_buf *ret)
{
    struct xj_exchange_action a;
    must(xj_exchange_flush(c->w->core) == XJ_OK);
    while (xj_exchange_take(c->w->core, &a)) {
        struct xj_frame f;
        if (a.kind == XJ_XA_SEND) {
            must(xj_frame_open(xj_buf_slice(&a.bytes), &f) == XJ_OK); /* whatever was heard, what is said is sound */
            if (f.type == type) {
                xj_buf_reset(ret);
                xj_buf_add_slice(ret, xj_buf_slice(&a.bytes));
            }
            xj_frame_close(&f);
        }
        xj_buf_free(&a.bytes);
    }
}

/* Nothing of the turn stays. */
static inline void fuzz_exchange_forget(struct city *c)
{
    xj_db_rollback(c->w->exchange.db);
    world_exchange_down(c->w);
    must(world_exchange_open(c->w) == XJ_OK);
}

/* The exchange's WELCOME to an agent's HELLO. */
static inline uint64_t fuzz_welcome(struct city *c, const char *who, struct xj_slice hello, struct xj_buf *ret)
{
    struct xj_frame f;
    xj_buf_init(ret, XJ_MAX_FRAME_BYTES);
    must(xj_db_begin(c->w->exchange.db) == XJ_OK);
    fuzz_exchange_hears(c, who, hello);
    fuzz_exchange_answers(c, XJ_F_WELCOME, ret);
    fuzz_exchange_forget(c);
    must(xj_frame_open(xj_buf_slice(ret), &f) == XJ_OK);
    uint64_t epoch = f.welcome.epoch;
    xj_frame_close(&f);
    return epoch;
}

static inline void fuzz_sign(const struct xj_sign_key *key, const char *context, struct xj_slice bytes, struct xj_buf *ret)
{
    struct xj_hash d = xj_digest(context, bytes);
    xj_buf_init(ret, XJ_MAX_SIGNATURE_BYTES);
    xj_sign_one(key, &d, ret);
    must(ret->err == XJ_OK);
}

/* Header, sealed body and keys as a message signed by the key, appended. */
static inline void fuzz_message(const struct xj_sign_key *key, struct xj_slice header, struct xj_slice body,
                                struct xj_slice keys, struct xj_buf *out)
{
    struct xj_buf signature;
    fuzz_sign(key, XJ_CTX_MESSAGE, header, &signature);
    const struct xj_message m = {header, body, keys, xj_buf_slice(&signature)};
    xj_message_join(&m, out);
    xj_buf_free(&signature);
}

#endif
