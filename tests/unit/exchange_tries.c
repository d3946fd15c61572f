#include "tests/unit/exchange_tries.h"

#include "tests/sim/world_private.h"

/* XJ_OK: committed, and h->out is what left. Else everything is rolled back and the exchange open again. */
static enum xj_err batch(struct hand *h, const struct trouble *t, const char *who, struct xj_slice frame, size_t n, bool *ret_struck)
{
    struct world *w = h->w;
    const struct hand_agency *a = hand_of(h, who);
    const struct xj_exchange_event ev = {.kind = frame.n > 0 ? XJ_XE_FRAME : XJ_XE_TICK, .conn = xj_slice_cstr(a->conn),
                                         .agency = xj_slice_cstr(who), .key = xj_slice_of(a->node->public_keys.transport, 32),
                                         .bytes = frame};
    struct xj_exchange_action act;
    for (size_t i = 0; i < h->out_count; i++)
        xj_buf_free(&h->out[i].bytes);
    h->out_count = 0;
    assert_int_equal(xj_db_begin(w->exchange.db), XJ_OK);
    t->at(n);
    enum xj_err err = xj_exchange_step(w->core, &ev);
    if (err == XJ_OK)
        err = xj_exchange_flush(w->core);
    *ret_struck = t->over();
    if (err != XJ_OK) {
        xj_db_rollback(w->exchange.db);
        hand_restart(h);
        return err;
    }
    assert_int_equal(xj_db_commit(w->exchange.db), XJ_OK);
    while (xj_exchange_take(w->core, &act)) {
        assert_true(h->out_count < HAND_FRAMES);
        h->out[h->out_count++] = act;
    }
    return XJ_OK;
}

/* The next n to try: every one of the first hundred, then wider apart, so that long work is tried in reasonable time. */
static size_t next(size_t n)
{
    return n + 1 + n / 100;
}

void tries_until_done(struct hand *h, const struct trouble *t, const char *who, make_frame *make, const void *arg)
{
    for (size_t n = 1;; n = next(n)) {
        struct xj_buf frame;
        bool struck;
        for (size_t i = 0; i < 4; i++)
            hand_hello(h, h->agency[i].id);
        const uint64_t before = xj_log_size(h->w->exchange.log);
        xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
        make(h, &frame, arg);
        const enum xj_err err = batch(h, t, who, xj_buf_slice(&frame), n, &struck);
        xj_buf_free(&frame);
        if (err == XJ_OK && !struck)
            return;
        if (err != XJ_OK && err != t->err)
            fail_msg("call %zu: %s", n, xj_err_name(err));
        if (err != XJ_OK)
            assert_int_equal(xj_log_size(h->w->exchange.log), before);
    }
}

static void put_submit(struct hand *h, struct xj_buf *frame, const void *arg)
{
    const struct xj_slice *message = arg;
    xj_frame_list(frame, XJ_F_SUBMIT, hand_of(h, CITY_BUREAU)->epoch, 1, 0, 1);
    xj_frame_put_submit(frame, *message);
}

void tries_submit(struct hand *h, const struct trouble *t, struct xj_slice message)
{
    struct xj_message parts;
    if (xj_message_split(message, &parts) != XJ_EMALFORMED)
        h->submitted = xj_header_digest(parts.header);
    tries_until_done(h, t, CITY_BUREAU, put_submit, &message);
}
