/* Submissions before they are judged: read or not, known or new, in their order. Spec: spec/04-exchange.md, section 5. */
#include "tests/unit/exchange_hand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schema/wire/pack.h"

/* The last answer came again for the same bytes, byte for byte, and nothing was consumed. */
static void answered_alike(struct hand *h, struct xj_slice message, const struct xj_buf *first)
{
    struct xj_buf again;
    const uint64_t admitted = xj_log_size(h->w->exchange.log);
    xj_buf_init(&again, XJ_MAX_FRAME_BYTES);
    hand_submit(h, CITY_BUREAU, message);
    hand_answer_bytes(h, CITY_BUREAU, &again);
    assert_true(xj_slice_eq(xj_buf_slice(first), xj_buf_slice(&again)));
    assert_int_equal(xj_log_size(h->w->exchange.log), admitted);
    xj_buf_free(&again);
}

static void known__bytes_get_the_same_answer_even_after_a_restart(void **state)
{
    struct hand *h = *state;
    struct xj_buf message, first;
    hand_hello(h, CITY_BUREAU);
    for (int wrong = 0; wrong < 2; wrong++) {
        struct xj_outgoing *out = hand_report(h);
        if (wrong)
            out->header.previous.b[0] ^= 1;
        hand_papers(h, CITY_BUREAU, out);
        hand_seal(h, CITY_BUREAU, out, NULL, &message);
        hand_submit(h, CITY_BUREAU, xj_buf_slice(&message));
        xj_buf_init(&first, XJ_MAX_FRAME_BYTES);
        hand_answer_bytes(h, CITY_BUREAU, &first);
        if (wrong)
            hand_refused(h, CITY_BUREAU, "previous", "");
        else
            hand_admitted(h, CITY_BUREAU, "");
        answered_alike(h, xj_buf_slice(&message), &first);
        hand_restart(h);
        hand_hello(h, CITY_BUREAU);
        answered_alike(h, xj_buf_slice(&message), &first);
        xj_buf_free(&message);
        xj_buf_free(&first);
        xj_outgoing_free(out);
    }
}

static void known__bytes_twice_in_one_batch_get_one_answer(void **state)
{
    struct hand *h = *state;
    struct xj_buf message, frame;
    struct hand_agency *a = hand_of(h, CITY_BUREAU);
    hand_hello(h, CITY_BUREAU);
    struct xj_outgoing *out = hand_report(h);
    hand_papers(h, CITY_BUREAU, out);
    hand_seal(h, CITY_BUREAU, out, NULL, &message);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_list(&frame, XJ_F_SUBMIT, a->epoch, ++a->frame, 0, 2);
    xj_frame_put_submit(&frame, xj_buf_slice(&message));
    xj_frame_put_submit(&frame, xj_buf_slice(&message));
    struct xj_message m;
    assert_int_equal(xj_message_split(xj_buf_slice(&message), &m), XJ_OK);
    h->submitted = xj_header_digest(m.header);
    hand_frame(h, CITY_BUREAU, &frame);
    hand_admitted(h, CITY_BUREAU, "");
    xj_buf_free(&message);
    xj_outgoing_free(out);
}

/* One SUBMIT with that many acts under a revision that never was, in the batch that is open. */
static void step_unknown(struct hand *h, unsigned count)
{
    struct hand_agency *a = hand_of(h, CITY_BUREAU);
    struct xj_outgoing *out = hand_report(h);
    struct xj_buf frame, message;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_list(&frame, XJ_F_SUBMIT, a->epoch, ++a->frame, 0, count);
    out->header.revision.b[0] ^= 1;
    out->header.paper_count = 0;
    for (unsigned i = 0; i < count; i++) {
        struct xj_message m;
        hand_number(h, CITY_BUREAU, out);
        out->header.id.b[8] = (uint8_t)i;
        out->header.id.b[9]++;
        hand_seal(h, CITY_BUREAU, out, NULL, &message);
        assert_int_equal(xj_message_split(xj_buf_slice(&message), &m), XJ_OK);
        a->previous = xj_header_digest(m.header);
        a->number++;
        xj_frame_put_submit(&frame, xj_buf_slice(&message));
        xj_buf_free(&message);
    }
    assert_int_equal(frame.err, XJ_OK);
    const struct xj_exchange_event ev = {.kind = XJ_XE_FRAME, .conn = xj_slice_cstr(a->conn), .agency = xj_slice_cstr(a->id),
                                         .key = xj_slice_of(a->node->public_keys.transport, 32), .bytes = xj_buf_slice(&frame)};
    assert_int_equal(xj_exchange_step(h->w->core, &ev), XJ_OK);
    xj_buf_free(&frame);
    xj_outgoing_free(out);
}

/* A frame of answers holds 256, and so does one of what comes back. */
static void answers__of_a_batch_go_out_in_as_many_frames_as_they_take(void **state)
{
    struct hand *h = *state;
    struct xj_frame f;
    struct xj_frame_item item;
    unsigned answered = 0, frames = 0, past = 0;
    hand_hello(h, CITY_BUREAU);
    assert_int_equal(xj_db_begin(h->w->exchange.db), XJ_OK);
    step_unknown(h, XJ_MAX_BATCH);
    step_unknown(h, 10);
    assert_int_equal(xj_exchange_flush(h->w->core), XJ_OK);
    assert_int_equal(xj_db_commit(h->w->exchange.db), XJ_OK);
    for (struct xj_exchange_action a; xj_exchange_take(h->w->core, &a); xj_buf_free(&a.bytes)) {
        assert_int_equal(xj_frame_open(xj_buf_slice(&a.bytes), &f), XJ_OK);
        for (frames += f.type == XJ_F_ANSWER; f.type == XJ_F_ANSWER && xj_frame_next(&f, &item); answered++)
            assert_int_equal(item.number, 2);
        xj_frame_close(&f);
    }
    assert_int_equal(answered, XJ_MAX_BATCH + 10);
    assert_int_equal(frames, 2);
    struct hand_agency *a = hand_of(h, CITY_BUREAU);
    for (uint64_t from = 1, next = 0; next != from; past += f.items.left, xj_frame_close(&f)) {
        struct xj_buf ask;
        if (next)
            from = next;
        xj_buf_init(&ask, XJ_MAX_FRAME_BYTES);
        xj_frame_get(&ask, XJ_F_PAST_GET, a->epoch, ++a->frame, from);
        hand_frame(h, CITY_BUREAU, &ask);
        assert_true(hand_sent(h, a->conn, XJ_F_PAST, 0, &f));
        assert_true(f.items.left <= XJ_MAX_BATCH);
        next = f.next;
    }
    assert_true(past > XJ_MAX_BATCH + 10);
}

static void step_over(struct hand *h, const char *conn, struct xj_buf *frame)
{
    const struct hand_agency *a = hand_of(h, CITY_BUREAU);
    const struct xj_exchange_event ev = {.kind = XJ_XE_FRAME, .conn = xj_slice_cstr(conn), .agency = xj_slice_cstr(a->id),
                                         .key = xj_slice_of(a->node->public_keys.transport, 32), .bytes = xj_buf_slice(frame)};
    assert_int_equal(frame->err, XJ_OK);
    assert_int_equal(xj_exchange_step(h->w->core, &ev), XJ_OK);
    xj_buf_free(frame);
}

/* The bureau's next act, one that is refused. */
static void step_act(struct hand *h, const char *conn, struct xj_outgoing *out)
{
    struct hand_agency *a = hand_of(h, CITY_BUREAU);
    struct xj_buf frame, message;
    struct xj_message m;
    hand_number(h, CITY_BUREAU, out);
    out->header.id.b[9]++;
    hand_seal(h, CITY_BUREAU, out, NULL, &message);
    assert_int_equal(xj_message_split(xj_buf_slice(&message), &m), XJ_OK);
    a->previous = xj_header_digest(m.header);
    a->number++;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_list(&frame, XJ_F_SUBMIT, a->epoch, ++a->frame, 0, 1);
    xj_frame_put_submit(&frame, xj_buf_slice(&message));
    step_over(h, conn, &frame);
    xj_buf_free(&message);
}

/* An agency that comes over another connection in the middle of a batch hears on each what it asked there. */
static void answers__of_a_batch_go_over_the_connection_each_was_asked_on(void **state)
{
    static const char *const conns[] = {"by hand 1", "by hand x", "a longer name"};
    struct hand *h = *state;
    struct hand_agency *a = hand_of(h, CITY_BUREAU);
    unsigned answered[3] = {0};
    hand_hello(h, CITY_BUREAU);
    assert_string_equal(a->conn, conns[0]);
    struct xj_outgoing *out = hand_report(h);
    out->header.revision.b[0] ^= 1;
    out->header.paper_count = 0;
    assert_int_equal(xj_db_begin(h->w->exchange.db), XJ_OK);
    for (int i = 0; i < 3; i++) {
        if (i > 0) {
            struct xj_buf hello;
            const struct xj_hello said = hand_hello_of(a);
            xj_buf_init(&hello, XJ_MAX_FRAME_BYTES);
            a->frame = 0;
            xj_frame_hello(&hello, ++a->frame, &said);
            step_over(h, conns[i], &hello);
        }
        step_act(h, conns[i], out);
        step_act(h, conns[i], out);
    }
    assert_int_equal(xj_exchange_flush(h->w->core), XJ_OK);
    assert_int_equal(xj_db_commit(h->w->exchange.db), XJ_OK);
    for (struct xj_exchange_action act; xj_exchange_take(h->w->core, &act); xj_buf_free(&act.bytes)) {
        struct xj_frame f;
        assert_int_equal(xj_frame_open(xj_buf_slice(&act.bytes), &f), XJ_OK);
        for (int i = 0; i < 3; i++)
            if (f.type == XJ_F_ANSWER && xj_slice_is(xj_slice_of(act.conn, act.conn_bytes), conns[i]))
                answered[i] += f.items.left;
        xj_frame_close(&f);
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(answered[i], 2);
    xj_outgoing_free(out);
}

static void id__used_before_is_refused_for_another_content(void **state)
{
    struct hand *h = *state;
    struct xj_buf message, first;
    hand_hello(h, CITY_BUREAU);
    struct xj_outgoing *out = hand_report(h), *other = hand_report(h);
    hand_send(h, CITY_BUREAU, out);
    hand_admitted(h, CITY_BUREAU, "");
    const uint64_t number = hand_of(h, CITY_BUREAU)->number;
    other->header.id = out->header.id;
    hand_number(h, CITY_BUREAU, other);
    hand_papers(h, CITY_BUREAU, other);
    hand_seal(h, CITY_BUREAU, other, NULL, &message);
    hand_submit(h, CITY_BUREAU, xj_buf_slice(&message));
    xj_buf_init(&first, XJ_MAX_FRAME_BYTES);
    hand_answer_bytes(h, CITY_BUREAU, &first);
    hand_refused(h, CITY_BUREAU, "id_reused", "");
    assert_int_equal(hand_of(h, CITY_BUREAU)->number, number + 1);
    assert_int_equal(hand_incidents(h, "id_reused"), 1);
    answered_alike(h, xj_buf_slice(&message), &first);
    xj_buf_free(&first);
    xj_buf_free(&message);
    other->header.number = number + 3; /* above the next: what is refused now would hold its number up when that is the next */
    hand_seal(h, CITY_BUREAU, other, NULL, &message);
    hand_submit(h, CITY_BUREAU, xj_buf_slice(&message));
    assert_int_equal(hand_notice(h, CITY_BUREAU, "expect"), number + 2);
    assert_int_equal(hand_incidents(h, "id_reused"), 1);
    xj_buf_free(&message);
    other->header.number = number; /* below the next: refused, and nothing consumed */
    hand_seal(h, CITY_BUREAU, other, NULL, &message);
    hand_submit(h, CITY_BUREAU, xj_buf_slice(&message));
    hand_refused(h, CITY_BUREAU, "id_reused", "");
    xj_buf_free(&message);
    xj_outgoing_free(out);
    out = hand_report(h);
    hand_send(h, CITY_BUREAU, out);
    hand_admitted(h, CITY_BUREAU, "");
    xj_outgoing_free(out);
    xj_outgoing_free(other);
}

static void number__ahead_is_asked_for_again(void **state)
{
    struct hand *h = *state;
    hand_hello(h, CITY_BUREAU);
    struct xj_outgoing *out = hand_report(h);
    out->header.number++;
    hand_send(h, CITY_BUREAU, out);
    assert_int_equal(hand_notice(h, CITY_BUREAU, "expect"), out->header.number - 1);
    assert_int_equal(hand_incidents(h, "conflict"), 0);
    hand_number(h, CITY_BUREAU, out);
    hand_send(h, CITY_BUREAU, out);
    hand_admitted(h, CITY_BUREAU, "");
    xj_outgoing_free(out);
}

static void number__used_before_with_a_new_id_is_a_conflict(void **state)
{
    struct hand *h = *state;
    hand_hello(h, CITY_BUREAU);
    struct xj_outgoing *out = hand_report(h);
    out->header.number--;
    hand_send(h, CITY_BUREAU, out);
    assert_int_equal(hand_notice(h, CITY_BUREAU, "conflict"), out->header.number);
    assert_int_equal(hand_incidents(h, "conflict"), 1);
    xj_outgoing_free(out);
}

static void papers__that_are_not_here_are_asked_for(void **state)
{
    struct hand *h = *state;
    struct xj_buf message;
    struct xj_frame f;
    struct xj_frame_item item;
    hand_hello(h, CITY_BUREAU);
    hand_hello(h, CITY_POLICE);
    struct xj_outgoing *out = hand_report(h);
    hand_seal(h, CITY_BUREAU, out, NULL, &message);
    hand_submit(h, CITY_BUREAU, xj_buf_slice(&message));
    assert_int_equal(hand_notice(h, CITY_BUREAU, "need"), out->header.number);
    assert_true(hand_sent(h, hand_of(h, CITY_BUREAU)->conn, XJ_F_NOTICE, 0, &f));
    assert_true(xj_frame_next(&f, &item) && xj_hash_eq(&item.digest, &out->papers[0].digest));
    assert_false(xj_frame_next(&f, &item));
    xj_frame_close(&f);
    hand_papers(h, CITY_POLICE, out); /* another agency's staging is no help */
    hand_submit(h, CITY_BUREAU, xj_buf_slice(&message));
    hand_notice(h, CITY_BUREAU, "need");
    hand_papers(h, CITY_BUREAU, out);
    hand_submit(h, CITY_BUREAU, xj_buf_slice(&message));
    hand_admitted(h, CITY_BUREAU, "");
    xj_buf_free(&message);
    xj_outgoing_free(out);
}

/* ---- what cannot be read ---- */

static void unread__is_told_by_its_place_and_ends_the_reading(void **state)
{
    struct hand *h = *state;
    struct xj_buf good, forged, frame;
    struct xj_frame f;
    struct hand_agency *a = hand_of(h, CITY_BUREAU);
    hand_hello(h, CITY_BUREAU);
    struct xj_outgoing *out = hand_report(h), *second = hand_report(h);
    hand_papers(h, CITY_BUREAU, out);
    hand_papers(h, CITY_BUREAU, second);
    hand_seal(h, CITY_BUREAU, out, NULL, &good);
    hand_seal(h, CITY_BUREAU, second, &hand_of(h, CITY_POLICE)->node->keys.sign, &forged);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_list(&frame, XJ_F_SUBMIT, a->epoch, ++a->frame, 0, 3);
    xj_frame_put_submit(&frame, xj_buf_slice(&good));
    xj_frame_put_submit(&frame, xj_buf_slice(&forged));
    xj_frame_put_submit(&frame, xj_slice_cstr("never read"));
    hand_frame(h, CITY_BUREAU, &frame);
    assert_int_equal(hand_notice(h, CITY_BUREAU, "unread"), 1);
    assert_int_equal(hand_sent_count(h, a->conn, XJ_F_ANSWER), 1);
    assert_true(hand_sent(h, a->conn, XJ_F_ANSWER, 0, &f));
    assert_int_equal(f.items.left, 1);
    xj_frame_close(&f);
    assert_int_equal(hand_incidents(h, "unread"), 1);
    xj_buf_free(&good);
    xj_buf_free(&forged);
    xj_outgoing_free(out);
    xj_outgoing_free(second);
}

static void unread__is_what_is_no_message_or_bears_no_signature(void **state)
{
    struct hand *h = *state;
    struct xj_buf m[2];
    hand_hello(h, CITY_BUREAU);
    for (int i = 0; i < 2; i++) {
        xj_buf_init(&m[i], 1024);
        xj_put_array(&m[i], i == 0 ? 3 : 4);
        for (int k = 0; k < 3; k++)
            xj_put_bin(&m[i], "x", 1);
        if (i == 1)
            xj_put_array(&m[i], 0);
        hand_submit(h, CITY_BUREAU, xj_buf_slice(&m[i]));
        assert_int_equal(hand_notice(h, CITY_BUREAU, "unread"), 0);
        xj_buf_free(&m[i]);
    }
    assert_int_equal(hand_incidents(h, "unread"), 1); /* two within a minute are one entry */
}

/* Ends a process while it is at that message, as a defect of the exchange would. */
static void die_at(const char *path, struct xj_slice digest)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct xj_trail *t;
        if (xj_trail_open(path, &t) != XJ_OK)
            _exit(1);
        xj_trail_at(t, digest);
        xj_trail_died(t);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void reopen_with(struct hand *h, struct xj_trail *trail, uint64_t reserve)
{
    const struct xj_exchange_options o = {.db = h->w->exchange.db, .log = h->w->exchange.log, .env = &h->w->exchange.env,
                                          .keys = &h->w->exchange_keys, .anchor = &h->w->anchor, .trail = trail, .reserve_bytes = reserve};
    xj_exchange_close(h->w->core);
    assert_int_equal(xj_exchange_open(&o, &h->w->core), XJ_OK);
    hand_hello(h, CITY_BUREAU);
}

static void poison__is_not_read_a_fourth_time(void **state)
{
    struct hand *h = *state;
    struct xj_buf message;
    struct xj_message m;
    struct xj_trail *trail;
    char path[128];
    hand_hello(h, CITY_BUREAU);
    struct xj_outgoing *out = hand_report(h);
    hand_papers(h, CITY_BUREAU, out);
    hand_seal(h, CITY_BUREAU, out, NULL, &message);
    assert_int_equal(xj_message_split(xj_buf_slice(&message), &m), XJ_OK);
    const struct xj_hash digest = xj_header_digest(m.header);
    snprintf(path, sizeof path, "%s/trail", h->city->dir);
    for (unsigned i = 0; i < XJ_TRAIL_DEATHS; i++)
        die_at(path, xj_hash_slice(&digest));
    assert_int_equal(xj_trail_open(path, &trail), XJ_OK);
    reopen_with(h, trail, 0);
    hand_submit(h, CITY_BUREAU, xj_buf_slice(&message));
    assert_int_equal(hand_notice(h, CITY_BUREAU, "unread"), 0);
    assert_int_equal(hand_incidents(h, "poison"), 1);
    struct xj_outgoing *other = hand_report(h);
    hand_send(h, CITY_BUREAU, other);
    hand_admitted(h, CITY_BUREAU, "");
    xj_outgoing_free(other);
    xj_buf_free(&message);
    xj_outgoing_free(out);
    reopen_with(h, NULL, 0);
    xj_trail_close(trail);
}

static void disk__below_its_reserve_takes_nothing_new(void **state)
{
    struct hand *h = *state;
    struct xj_buf message, frame;
    struct hand_agency *a = hand_of(h, CITY_BUREAU);
    hand_hello(h, CITY_BUREAU);
    reopen_with(h, NULL, UINT64_MAX);
    hand_tick(h, 1);
    struct xj_outgoing *out = hand_report(h);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_paper(&frame, XJ_F_PAPER_PUT, a->epoch, ++a->frame, &out->papers[0].digest, xj_buf_slice(&out->papers[0].sealed));
    hand_frame(h, CITY_BUREAU, &frame);
    hand_notice(h, CITY_BUREAU, "quota");
    hand_seal(h, CITY_BUREAU, out, NULL, &message);
    hand_submit(h, CITY_BUREAU, xj_buf_slice(&message));
    assert_int_equal(hand_notice(h, CITY_BUREAU, "quota"), out->header.number);
    reopen_with(h, NULL, 1);
    hand_tick(h, 1);
    hand_send(h, CITY_BUREAU, out);
    hand_admitted(h, CITY_BUREAU, "");
    xj_buf_free(&message);
    xj_outgoing_free(out);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, hand_up, hand_down)
    const struct CMUnitTest tests[] = {
        TEST(known__bytes_get_the_same_answer_even_after_a_restart),
        TEST(known__bytes_twice_in_one_batch_get_one_answer),
        TEST(answers__of_a_batch_go_out_in_as_many_frames_as_they_take),
        TEST(answers__of_a_batch_go_over_the_connection_each_was_asked_on),
        TEST(id__used_before_is_refused_for_another_content),
        TEST(number__ahead_is_asked_for_again),
        TEST(number__used_before_with_a_new_id_is_a_conflict),
        TEST(papers__that_are_not_here_are_asked_for),
        TEST(unread__is_told_by_its_place_and_ends_the_reading),
        TEST(unread__is_what_is_no_message_or_bears_no_signature),
        TEST(poison__is_not_read_a_fourth_time),
        TEST(disk__below_its_reserve_takes_nothing_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
