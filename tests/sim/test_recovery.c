/* What the exchange gives an agency whose ledger was lost, and what it takes from it. Spec: spec/04-exchange.md, section 12. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "schema/wire/hop.h"
#include "tests/sim/world_private.h"

static const struct world_agency city[] = {
    {"370800-sfj", "济宁市司法局", "justice", NULL, true},
    {"370800-scjgj", "济宁市市场监督管理局", "bureau", "market", true},
    {"370800-gaj", "济宁市公安局", "police", NULL, true},
    {"370800-jcy", "济宁市人民检察院", "procuratorate", NULL, true},
};
enum { BUREAU = 1, POLICE, PROCURATORATE };

struct stage {
    struct world *w;
    char dir[64];
};

/* An act with one paper of that kind. */
static void act(struct world *w, const char *who, const char *name, const char *paper, char case_id[40], uint64_t seed)
{
    json_t *r = json_pack("{s:s, s:s, s:[{s:s, s:s, s:s, s:s}], s:{s:s, s:s, s:s}}", "act", name, "procedure", "referral", "papers", "kind",
                          paper, "name", paper, "media_type", "text/plain", "content_base64", "5qC35L6L", "body", "title", "样例",
                          "drafted_by", "甲", "approved_by", "乙");
    json_object_set_new(r, "case", *case_id ? json_string(case_id) : json_null());
    json_t *a = world_act(w, who, r, seed);
    assert_non_null(a);
    if (strncmp(json_string_value(json_object_get(a, "status")), "admitted", 8) != 0)
        fail_msg("%s: %s", name, json_dumps(a, 0));
    snprintf(case_id, 40, "%s", json_string_value(json_object_get(a, "case")));
    json_decref(a);
    json_decref(r);
}

static int set_up(void **state)
{
    struct stage *s = calloc(1, sizeof *s);
    char case_id[40] = "";
    assert_non_null(s);
    snprintf(s->dir, sizeof s->dir, "/dev/shm/xianjie-recovery-%ld-XXXXXX", (long)getpid());
    assert_non_null(mkdtemp(s->dir));
    s->w = calloc(1, sizeof *s->w);
    assert_non_null(s->w);
    assert_int_equal(world_open(s->w, s->dir, 1, NULL, city, 4), XJ_OK);
    act(s->w, "370800-scjgj", "transfer", "transfer_letter", case_id, 1);
    act(s->w, "370800-gaj", "receipt", "receipt", case_id, 2);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *s = *state;
    world_close(s->w);
    free(s->w);
    world_remove_dir(s->dir);
    free(s);
    return 0;
}

/* The first frame of that type that the exchange sends the agency; opened, views into *ret_frame. NULL: none. */
static struct frame *sent(struct world *w, int to, enum xj_frame_type type, struct xj_frame *ret)
{
    struct frame *f;
    w->now_ms += 5;
    while ((f = world_due(w, to)) != NULL) {
        assert_int_equal(xj_frame_open(xj_slice_of(f->p, f->n), ret), XJ_OK);
        if (ret->type == type)
            return f;
        xj_frame_close(ret);
        world_frame_free(f);
    }
    return NULL;
}

/* A frame from an agency's machine that its agent did not send. */
static void say(struct world *w, int from, struct xj_buf *frame)
{
    assert_int_equal(frame->err, XJ_OK);
    world_send(w, from, EXCHANGE, w->agent[from].conn, xj_buf_slice(frame));
    xj_buf_free(frame);
    w->now_ms += 5;
    world_exchange_batch(w, false);
    assert_null(w->failed);
}

static uint64_t epoch_of(struct world *w, int i)
{
    struct xj_agent_figures f;
    xj_agent_figures(w->agent[i].core, &f);
    return f.epoch;
}

struct got {
    unsigned own, received, stored, others, bodies;
};

static void ask_past(struct world *w, int who, uint64_t from, struct got *ret)
{
    struct xj_buf ask;
    struct xj_frame past;
    struct xj_frame_item item;
    struct xj_message m;
    struct xj_header h;
    struct xj_stored st;
    unsigned field;
    memset(ret, 0, sizeof *ret);
    xj_buf_init(&ask, XJ_MAX_FRAME_BYTES);
    xj_frame_get(&ask, XJ_F_PAST_GET, epoch_of(w, who), 1, from);
    say(w, who, &ask);
    struct frame *f = sent(w, who, XJ_F_PAST, &past);
    assert_non_null(f);
    assert_int_equal(past.n, from);
    while (xj_frame_next(&past, &item)) {
        if (item.number == XJ_ENTRY_STORED) {
            assert_int_equal(xj_stored_decode(item.statement, &st), XJ_OK);
            ret->stored += xj_slice_is(st.agency, city[who].id);
            ret->others += !xj_slice_is(st.agency, city[who].id);
            continue;
        }
        assert_int_equal(xj_message_split(item.message, &m), XJ_OK);
        assert_int_equal(xj_header_decode(m.header, &h, &field), XJ_OK);
        bool reader = false;
        for (size_t i = 0; i < h.to_count; i++)
            reader = reader || xj_slice_is(h.to[i].agency, city[who].id);
        const bool own = xj_slice_is(h.from, city[who].id);
        ret->own += own;
        ret->received += reader;
        ret->others += !own && !reader;
        ret->bodies += m.body.n > 0;
    }
    assert_false(past.items.bad);
    xj_frame_close(&past);
    world_frame_free(f);
}

static void past__is_what_an_agency_sent_received_and_stored_and_nothing_else(void **state)
{
    struct world *w = ((struct stage *)*state)->w;
    struct got g;
    ask_past(w, BUREAU, 1, &g);
    assert_true(g.own == 1 && g.received == 1 && g.stored == 1 && g.others == 0 && g.bodies == 2);
    ask_past(w, POLICE, 1, &g);
    assert_true(g.own == 1 && g.received == 1 && g.stored == 1 && g.others == 0 && g.bodies == 2);
    ask_past(w, PROCURATORATE, 1, &g);
    assert_true(g.own == 0 && g.received == 2 && g.stored == 2 && g.others == 0);
    ask_past(w, 0, 1, &g); /* the registrar is party to nothing */
    assert_true(g.own == 0 && g.received == 0 && g.stored == 0 && g.others == 0);
}

static void past__ends_where_the_journal_ends(void **state)
{
    struct world *w = ((struct stage *)*state)->w;
    struct got g;
    ask_past(w, POLICE, xj_log_size(w->exchange.log) + 1, &g);
    assert_true(g.own + g.received + g.stored == 0);
    ask_past(w, POLICE, UINT64_MAX, &g);
    assert_true(g.own + g.received + g.stored == 0);
}

static unsigned kind_count(struct world *w, enum xj_entry_kind kind)
{
    struct xj_buf buf;
    struct xj_entry e;
    unsigned count = 0;
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    for (uint64_t n = 1; n <= xj_log_size(w->exchange.log); n++)
        count += xj_log_get(w->exchange.log, n, &buf, &e) == XJ_OK && e.kind == kind;
    xj_buf_free(&buf);
    return count;
}

/* The record of the police: what their last stored statement says, and their figures. */
static void record_of(struct world *w, struct xj_recovered *ret)
{
    struct xj_buf buf;
    struct xj_entry e;
    struct xj_stored st;
    struct xj_agent_figures f;
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    xj_agent_figures(w->agent[POLICE].core, &f);
    *ret = (struct xj_recovered){.agency = xj_slice_cstr(city[POLICE].id), .epoch = f.epoch, .ledger_size = 7, .time_ms = w->now_ms,
                                 .register_number = 1};
    for (uint64_t n = 1; n <= xj_log_size(w->exchange.log); n++)
        if (xj_log_get(w->exchange.log, n, &buf, &e) == XJ_OK && e.kind == XJ_ENTRY_STORED && xj_stored_decode(e.head, &st) == XJ_OK &&
            xj_slice_is(st.agency, city[POLICE].id))
            ret->lost = (struct xj_lost){.size = st.ledger_size, .head = st.ledger_head, .own_number = f.own_number, .mailbox = st.last,
                                         .feed = f.feed};
    xj_buf_free(&buf);
    assert_int_not_equal(ret->lost.size, 0);
}

static void state_it(struct world *w, const struct xj_recovered *s, const struct xj_sign_key *key)
{
    struct xj_buf statement, signature, frame;
    xj_buf_init(&statement, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_recovered_encode(s, &statement);
    const struct xj_hash d = xj_digest(XJ_CTX_RECOVERED, xj_buf_slice(&statement));
    xj_sign_one(key, &d, &signature);
    xj_frame_stored(&frame, epoch_of(w, POLICE), 1, xj_buf_slice(&statement), xj_buf_slice(&signature), 256);
    say(w, POLICE, &frame);
    xj_buf_free(&statement);
    xj_buf_free(&signature);
}

static void recovered__is_taken_only_if_it_is_of_the_ledger_on_record(void **state)
{
    struct world *w = ((struct stage *)*state)->w;
    struct xj_recovered good, bad[9];
    struct xj_frame notice;
    record_of(w, &good);
    for (size_t i = 0; i < 9; i++) bad[i] = good;
    bad[0].lost.size++;
    bad[1].lost.head.b[0] ^= 1;
    bad[2].lost.own_number--;
    bad[3].lost.own_number++;
    bad[4].lost.mailbox--;
    bad[5].lost.feed++;
    bad[6].epoch++;
    bad[7].register_number = 1000;
    bad[8].agency = xj_slice_cstr(city[BUREAU].id);
    for (size_t i = 0; i < 10; i++) {
        state_it(w, i < 9 ? &bad[i] : &good, i < 9 ? &w->agent[POLICE].keys.sign : &w->agent[BUREAU].keys.sign);
        struct frame *f = sent(w, POLICE, XJ_F_NOTICE, &notice);
        assert_non_null(f);
        assert_true(xj_slice_is(notice.notice.code, "malformed"));
        xj_frame_close(&notice);
        world_frame_free(f);
        assert_int_equal(kind_count(w, XJ_ENTRY_RECOVERED), 0);
    }
    for (int i = 0; i < 2; i++) { /* the second time it is on record */
        state_it(w, &good, &w->agent[POLICE].keys.sign);
        assert_null(sent(w, POLICE, XJ_F_NOTICE, &notice));
        assert_int_equal(kind_count(w, XJ_ENTRY_RECOVERED), 1);
    }
}

static void hello__below_the_record_is_a_new_epoch_and_told_what_is_missing(void **state)
{
    struct world *w = ((struct stage *)*state)->w;
    const uint64_t before = epoch_of(w, POLICE);
    struct xj_hello h = {.ledger_size = 1, .credit = 256, .software = xj_slice_cstr("a thief")};
    struct xj_frame f;
    struct xj_buf hello;
    memset(h.store.b, 7, 16);
    xj_buf_init(&hello, XJ_MAX_FRAME_BYTES);
    xj_frame_hello(&hello, 1, &h);
    say(w, POLICE, &hello);
    struct frame *welcome = sent(w, POLICE, XJ_F_WELCOME, &f);
    assert_non_null(welcome);
    assert_int_equal(f.welcome.epoch, before + 1);
    assert_int_equal(f.welcome.own_number, 1);
    assert_int_equal(f.welcome.mailbox_stored, 1);
    xj_frame_close(&f);
    world_frame_free(welcome);
}

/* Every agency loses everything at rest, and then once more; all stores verify, and everybody goes on. */
static void everybody__recovers_one_after_the_other(void **state)
{
    struct world *w = ((struct stage *)*state)->w;
    char case_id[40] = "";
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < w->agents; i++) {
            world_lose_agent(w, &w->agent[i], false);
            assert_true(world_settle(w, 40000));
        }
    act(w, "370800-scjgj", "transfer", "transfer_letter", case_id, 3);
    assert_int_equal(kind_count(w, XJ_ENTRY_RECOVERED), 6); /* the registrar had nothing on record */
    assert_true(world_verify(w));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(past__is_what_an_agency_sent_received_and_stored_and_nothing_else),
        T(past__ends_where_the_journal_ends),
        T(recovered__is_taken_only_if_it_is_of_the_ledger_on_record),
        T(hello__below_the_record_is_a_new_epoch_and_told_what_is_missing),
        T(everybody__recovers_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
