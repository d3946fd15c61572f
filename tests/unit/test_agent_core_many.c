/* More of everything than goes into one frame, one batch or one window. Spec: spec/04-exchange.md, sections 2, 11 and 13. */
#include "tests/unit/agent_core_fixture.h"

#define MANY 300u /* a frame holds 256 */

/* Numbers and signs them while nobody is reachable, by a person's word. */
static void queue_many(struct fx *f)
{
    const struct xj_agent_event word = {.kind = XJ_AE_OVERRIDE, .bytes = xj_slice_cstr("甲: 平台中断")};
    fx_event(f, &word);
    fx_begin(f);
    for (unsigned i = 0; i < MANY; i++) {
        const struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = fx_outgoing(f, 0)};
        assert_int_equal(xj_agent_step(f->agent, &ev), XJ_OK);
    }
    assert_int_equal(xj_agent_flush(f->agent), XJ_OK);
    assert_int_equal(xj_db_commit(f->db), XJ_OK);
    for (struct xj_agent_action a; xj_agent_take(f->agent, &a);) /* more than a turn of the fixture holds */
        xj_buf_free(&a.bytes);
    assert_int_equal(fx_figures(f).own_number, MANY);
}

/* Admits all that was sent, as many in a frame as it holds; how many. */
static unsigned admit_all(struct fx *f)
{
    static struct xj_buf sent[MANY];
    unsigned count = 0;
    while (count < MANY && fx_submitted(f, count, &sent[count]))
        count++;
    for (unsigned done = 0; done < count;) {
        struct xj_buf frame;
        const unsigned n = count - done < XJ_MAX_BATCH ? count - done : XJ_MAX_BATCH;
        xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
        xj_frame_list(&frame, XJ_F_ANSWER, f->epoch, ++f->frame, 0, n);
        for (unsigned i = 0; i < n; i++) {
            struct xj_buf statement, signature;
            struct xj_header h;
            const struct xj_hash d = fx_digest_of(xj_buf_slice(&sent[done]), &h);
            fx_admitted(f, &d, FX_B, ++done, &f->exchange, &statement, &signature);
            xj_frame_put_answer(&frame, 1, xj_buf_slice(&statement), xj_buf_slice(&signature));
            xj_buf_free(&sent[done - 1]);
            xj_buf_free(&statement);
            xj_buf_free(&signature);
        }
        fx_frame(f, &frame);
    }
    return count;
}

static void acts__of_a_long_outage_go_out_in_order_and_are_all_answered(void **state)
{
    struct fx *f = *state;
    queue_many(f);
    fx_ready(f);
    fx_tick(f, 1300); /* what was sent with the WELCOME goes again */
    assert_int_equal(admit_all(f), MANY);
    assert_int_equal(fx_figures(f).own_answered, MANY);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_ADMITTED), MANY);
}

static uint64_t handed(struct fx *f, uint64_t from, unsigned *ret_items)
{
    struct xj_buf ask;
    struct xj_frame frame;
    struct xj_frame_item item;
    xj_buf_init(&ask, XJ_MAX_FRAME_BYTES);
    xj_frame_handback_get(&ask, f->epoch, ++f->frame, from, xj_slice_of(NULL, 0));
    fx_frame(f, &ask);
    assert_true(fx_sent(f, XJ_F_HANDBACK, 0, &frame));
    assert_int_equal(frame.handback.from, from);
    for (*ret_items = 0; xj_frame_next(&frame, &item);)
        ++*ret_items;
    const uint64_t next = frame.handback.next, size = frame.handback.ledger_size;
    xj_frame_close(&frame);
    return next > size ? 0 : next;
}

static void ledger__longer_than_a_frame_is_handed_back_in_several(void **state)
{
    struct fx *f = *state;
    unsigned items, all = 0, frames = 0;
    queue_many(f);
    fx_ready(f);
    fx_tick(f, 1300); /* what was sent with the WELCOME goes again */
    assert_int_equal(admit_all(f), MANY);
    struct xj_welcome w = fx_welcome_equal(f);
    w.own_number = 0;
    w.has_own_digest = false;
    fx_connect(f);
    fx_welcome(f, &w);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_EXCHANGE_LOST);
    for (uint64_t next = 1; next > 0; all += items, frames++) {
        next = handed(f, next, &items);
        assert_true(items <= XJ_MAX_BATCH);
    }
    assert_true(frames > 1);
    assert_int_equal(all, MANY + 1); /* and the register's entry */
    assert_int_equal(handed(f, 100000, &items), 0); /* there is no such entry */
    assert_int_equal(items, 0);
}

/* ---- entries, as who reads a ledger gets them ---- */

static void items__are_as_many_as_are_wanted_and_there(void **state)
{
    struct fx *f = *state;
    struct xj_ledger_item items[4];
    size_t count = 7;
    fx_ready(f);
    fx_submit(f, 0);
    fx_submit(f, 0);
    const uint64_t size = xj_log_size(f->log);
    assert_true(size >= 3);
    assert_int_equal(xj_ledger_items(f->db, f->log, 0, 0, items, &count), XJ_OK);
    assert_int_equal(count, 0);
    for (uint64_t after = 0; after <= size; after += count) {
        assert_int_equal(xj_ledger_items(f->db, f->log, after, 2, items, &count), XJ_OK);
        assert_int_equal(count, after == size ? 0 : size - after < 2 ? size - after : 2);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(items[i].n, after + 1 + i);
            assert_int_equal(items[i].body.n > 0, items[i].kind == XJ_ENTRY_OWN);
            xj_ledger_item_free(&items[i]);
        }
        if (count == 0)
            break;
    }
}

/* Big ones are handed on a few at a time: what is in memory at once stays small. */
static void items__that_are_big_are_fewer(void **state)
{
    struct fx *f = *state;
    enum { BIG = 24 };
    static struct xj_ledger_item items[BIG];
    struct xj_buf head;
    size_t count, all = 0;
    xj_buf_init(&head, XJ_MAX_REGISTER_ENTRY_BYTES);
    memset(xj_buf_room(&head, 1 << 20), 7, 1 << 20);
    assert_int_equal(xj_db_begin(f->db), XJ_OK);
    const uint64_t before = xj_log_size(f->log);
    for (int i = 0; i < BIG; i++)
        assert_int_equal(xj_log_append(f->log, XJ_ENTRY_INCIDENT, 1, xj_buf_slice(&head), xj_slice_of(NULL, 0), NULL), XJ_OK);
    for (unsigned calls = 0; all < BIG; all += count, calls++) {
        assert_int_equal(xj_ledger_items(f->db, f->log, before + all, BIG - all, items, &count), XJ_OK);
        assert_true(count > 0 && (calls > 0 || count < BIG));
        for (size_t i = 0; i < count; i++)
            xj_ledger_item_free(&items[i]);
    }
    xj_db_rollback(f->db);
    assert_int_equal(xj_log_reload(f->log), XJ_OK);
    xj_buf_free(&head);
}

/* A head that is none was sound when it was written. */
static void items__of_a_damaged_ledger_are_corrupt(void **state)
{
    struct fx *f = *state;
    struct xj_ledger_item items[4];
    size_t count = 7;
    assert_int_equal(xj_db_begin(f->db), XJ_OK);
    const uint64_t before = xj_log_size(f->log);
    for (int i = 0; i < 2; i++)
        assert_int_equal(xj_log_append(f->log, i == 0 ? XJ_ENTRY_INCIDENT : XJ_ENTRY_OWN, 1, xj_slice_cstr("\x90"), xj_slice_cstr("\x90"),
                                       NULL), XJ_OK);
    assert_int_equal(xj_ledger_items(f->db, f->log, before, 4, items, &count), XJ_ECORRUPT);
    assert_int_equal(count, 0);
    xj_db_rollback(f->db);
    assert_int_equal(xj_log_reload(f->log), XJ_OK);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)
    const struct CMUnitTest tests[] = {
        T(acts__of_a_long_outage_go_out_in_order_and_are_all_answered),
        T(ledger__longer_than_a_frame_is_handed_back_in_several),
        T(items__are_as_many_as_are_wanted_and_there),
        T(items__that_are_big_are_fewer),
        T(items__of_a_damaged_ledger_are_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
