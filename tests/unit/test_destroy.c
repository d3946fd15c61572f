/* What one round of destroying takes, what it leaves because another message names it, too, and what becomes of it without memory.
 * Spec: spec/18-orders.md, sections 1.3 and 2. */
#include "tests/unit/scarce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "schema/ledger/destroy.h"
#include "schema/ledger/log.h"
#include "tests/unit/ledger_fixture.h"

#define must(call) assert_int_equal((call), XJ_OK)
#define ORDER_NUMBER 10u
#define AFTER (ORDER_NUMBER + 1)

/* A message by the first bytes of what it has: id, case, body, paper (0: none), the one that it shares (0: none); how it was answered. */
struct message {
    uint8_t id, case_id, body, paper, shares;
    bool unanswered, refused;
    uint64_t at; /* register number of its answer; 0: before the order */
};
struct work {
    char dir[64];
    uint64_t tick;
    struct xj_env env;
    struct xj_db *db;
    struct xj_log *log;
    const struct message *messages;
    size_t count;
    uint8_t gone; /* a message destroyed before */
    size_t told;
};

static int up(void **state)
{
    struct work *w = calloc(1, sizeof *w);
    char path[128];
    *state = w;
    if (w == NULL)
        return -1;
    fixture_dir_make(w->dir);
    w->env = fixture_env(&w->tick);
    (void)snprintf(path, sizeof path, "%s/ledger.db", w->dir);
    struct xj_db_options o = {.path = path, .create = true, .volatile_ok = true, .format = "xianjie ledger 1", .owner = "110000-market"};
    must(xj_db_open(&o, &w->env, &w->db, NULL));
    must(xj_log_open(w->db, &w->log));
    must(xj_db_begin(w->db));
    return 0;
}

static int down(void **state)
{
    struct work *w = *state;
    xj_log_close(w->log);
    xj_db_close(w->db);
    fixture_dir_remove(w->dir);
    free(w);
    return 0;
}

static struct xj_hash object_of(uint8_t first)
{
    return (struct xj_hash){{first, 0xaa}};
}

static void put_object(struct work *w, uint8_t first)
{
    const struct xj_hash digest = object_of(first);
    must(xj_object_put(w->db, &digest, xj_slice_cstr("sealed")));
}

static bool has(struct work *w, uint8_t first)
{
    const struct xj_hash digest = object_of(first);
    bool is = false;
    must(xj_object_has(w->db, &digest, &is));
    return is;
}

/* The number makes the id of many alike differ; the keys are as many as the bodies. */
static void put_message(struct work *w, const struct message *m, uint64_t number)
{
    struct xj_header *h = calloc(1, sizeof *h);
    struct xj_buf head;
    assert_non_null(h);
    h->suite = 1;
    h->id = (struct xj_id){{m->id, (uint8_t)(number >> 8), (uint8_t)number}};
    h->case_id = (struct xj_id){{m->case_id}};
    h->procedure = xj_slice_cstr("referral");
    h->act = xj_slice_cstr("refer");
    h->from = xj_slice_cstr("110000-market");
    h->mode = XJ_MODE_LIVE;
    h->number = 1;
    h->body_digest = object_of(m->body);
    h->keys_digest = object_of((uint8_t)(m->body + 1));
    if (m->paper > 0) {
        h->papers[h->paper_count].kind = xj_slice_cstr("other");
        h->papers[h->paper_count].size_class_bytes = 512;
        h->papers[h->paper_count++].sealed = object_of(m->paper);
    }
    if (m->shares > 0)
        h->relates[h->relate_count++] = (struct xj_header_relate){xj_slice_cstr("shares"), {{m->shares}}};
    xj_buf_init(&head, 16384);
    xj_header_encode(h, &head);
    must(head.err);
    must(xj_log_append(w->log, XJ_ENTRY_OWN, 1, xj_buf_slice(&head), xj_slice_of(NULL, 0), NULL));
    xj_buf_free(&head);
    free(h);
}

static void put_messages(struct work *w, const struct message *messages, size_t count)
{
    w->messages = messages;
    w->count = count;
    must(xj_log_append(w->log, XJ_ENTRY_INCIDENT, 1, xj_slice_cstr("x"), xj_slice_of(NULL, 0), NULL));
    for (size_t i = 0; i < count; i++) {
        put_message(w, &messages[i], 0);
        put_object(w, messages[i].body);
        put_object(w, (uint8_t)(messages[i].body + 1));
        if (messages[i].paper > 0)
            put_object(w, messages[i].paper);
    }
}

static enum xj_err answer(void *ctx, const struct xj_entry *e, const struct xj_header *h, struct xj_destroy_answer *ret)
{
    const struct work *w = ctx;
    assert_int_equal(e->kind, XJ_ENTRY_OWN);
    *ret = (struct xj_destroy_answer){.answered = true, .admitted = true, .register_number = 2};
    for (size_t i = 0; i < w->count; i++)
        if (w->messages[i].id == h->id.b[0]) {
            ret->answered = !w->messages[i].unanswered;
            ret->admitted = ret->answered && !w->messages[i].refused;
            ret->register_number = w->messages[i].at > 0 ? w->messages[i].at : 2;
        }
    return XJ_OK;
}

static enum xj_err gone(void *ctx, const struct xj_id *message, bool *ret)
{
    const struct work *w = ctx;
    *ret = w->gone > 0 && message->b[0] == w->gone;
    return XJ_OK;
}

static enum xj_err going(void *ctx, const struct xj_header *h)
{
    struct work *w = ctx;
    assert_true(h->id.b[0] > 0);
    w->told++;
    return XJ_OK;
}

static struct xj_destroy_hooks hooks_of(struct work *w)
{
    return (struct xj_destroy_hooks){.ctx = w, .answer = answer, .gone = gone, .going = going};
}

static struct xj_order over_case(uint8_t case_id)
{
    struct xj_order o = {.kind = XJ_ORDER_DESTROY, .id = {7}, .number = ORDER_NUMBER, .has_case = true, .case_id = {{case_id}}};
    return o;
}

/* ---- one round ---- */

/* The ids of the messages whose content goes, and the first bytes of the objects that do, each in order. */
static void goes(struct work *w, const struct xj_order *o, const char *messages, size_t message_count, const char *digests,
                 size_t digest_count)
{
    struct xj_destroyed d;
    const struct xj_destroy_hooks hooks = hooks_of(w);
    uint64_t from = 1;
    bool more = true;
    must(xj_destroy_round(w->log, o, &hooks, &from, &more, &d));
    assert_false(more);
    assert_int_equal(from, xj_log_size(w->log) + 1);
    assert_int_equal(d.message_count, message_count);
    assert_int_equal(w->told, message_count);
    assert_true(d.order_number == ORDER_NUMBER && d.order[0] == 7);
    for (size_t i = 0; i < message_count; i++)
        assert_int_equal(d.messages[i].b[0], (uint8_t)messages[i]);
    assert_int_equal(d.digest_count, digest_count);
    for (size_t i = 0; i < digest_count; i++) {
        assert_int_equal(d.digests[i].b[0], (uint8_t)digests[i]);
        assert_false(has(w, (uint8_t)digests[i]));
    }
    xj_destroyed_free(&d);
}

static void round__takes_what_the_order_covers_and_is_answered_before_it(void **state)
{
    static const struct message messages[] = {
        {.id = 1, .case_id = 9, .body = 0x10, .paper = 0x80},
        {.id = 2, .case_id = 8, .body = 0x20},                     /* another case */
        {.id = 3, .case_id = 9, .body = 0x30, .unanswered = true},
        {.id = 4, .case_id = 9, .body = 0x40, .refused = true},
        {.id = 5, .case_id = 9, .body = 0x50, .at = ORDER_NUMBER}, /* admitted after it began */
        {.id = 6, .case_id = 9, .body = 0x60, .paper = 0x80},      /* the same paper */
    };
    struct work *w = *state;
    const struct xj_order o = over_case(9);
    put_messages(w, messages, sizeof messages / sizeof messages[0]);
    goes(w, &o, "\1\6", 2, "\x10\x11\x60\x61\x80", 5);
    assert_true(has(w, 0x20) && has(w, 0x30) && has(w, 0x41) && has(w, 0x51));
}

static void round__takes_a_share_of_what_it_takes_or_was_taken_before(void **state)
{
    static const struct message messages[] = {
        {.id = 1, .case_id = 9, .body = 0x10, .paper = 0x80},
        {.id = 2, .case_id = 8, .body = 0x20, .paper = 0x80, .shares = 1, .at = AFTER},
        {.id = 3, .case_id = 8, .body = 0x30, .shares = 0x77}, /* of what stays */
        {.id = 4, .case_id = 8, .body = 0x40, .shares = 0x66},
    };
    struct work *w = *state;
    const struct xj_order o = over_case(9);
    w->gone = 0x66;
    put_messages(w, messages, sizeof messages / sizeof messages[0]);
    goes(w, &o, "\1\2\4", 3, "\x10\x11\x20\x21\x40\x41\x80", 7);
    assert_true(has(w, 0x30));
}

static void round__leaves_what_a_message_that_stays_names_too(void **state)
{
    static const struct message messages[] = {
        {.id = 1, .case_id = 9, .body = 0x10, .paper = 0x80},
        {.id = 2, .case_id = 8, .body = 0x20, .paper = 0x80}, /* the paper of a case that stays */
        {.id = 3, .case_id = 8, .body = 0x10},                /* and a body */
    };
    struct work *w = *state;
    const struct xj_order o = over_case(9);
    put_messages(w, messages, sizeof messages / sizeof messages[0]);
    goes(w, &o, "\1", 1, "", 0);
    assert_true(has(w, 0x10) && has(w, 0x11) && has(w, 0x80));
}

static void round__of_an_order_over_nothing_here_takes_nothing(void **state)
{
    static const struct message messages[] = {{.id = 1, .case_id = 9, .body = 0x10}};
    struct work *w = *state;
    const struct xj_order o = over_case(3);
    put_messages(w, messages, 1);
    goes(w, &o, "", 0, "", 0);
    assert_true(has(w, 0x10));
}

/* ---- more than one statement holds ---- */

static size_t rounds(struct work *w, const struct xj_order *o, size_t *ret_messages)
{
    struct xj_destroy_hooks hooks = hooks_of(w);
    uint64_t from = 1;
    size_t count = 0;
    bool more = true;
    *ret_messages = 0;
    hooks.going = NULL;
    while (more) {
        struct xj_destroyed d;
        must(xj_destroy_round(w->log, o, &hooks, &from, &more, &d));
        assert_true(d.message_count <= XJ_DESTROYED_MESSAGES && d.digest_count <= XJ_DESTROYED_DIGESTS);
        *ret_messages += d.message_count;
        xj_destroyed_free(&d);
        count++;
    }
    return count;
}

static void rounds__go_on_until_all_is_taken(void **state)
{
    static const struct message alike = {.id = 1, .case_id = 9, .body = 0x10};
    struct work *w = *state;
    const struct xj_order o = over_case(9);
    size_t taken;
    for (uint64_t i = 0; i < XJ_DESTROYED_MESSAGES + 1; i++)
        put_message(w, &alike, i);
    assert_int_equal(rounds(w, &o, &taken), 2);
    assert_int_equal(taken, XJ_DESTROYED_MESSAGES + 1);
}

static void rounds__go_on_past_many_that_only_may_be_covered(void **state)
{
    static const struct message share = {.id = 1, .case_id = 8, .body = 0x10, .shares = 0x77}, last = {.id = 2, .case_id = 9, .body = 0x20};
    struct work *w = *state;
    const struct xj_order o = over_case(9);
    size_t taken;
    for (uint64_t i = 0; i < 4097; i++)
        put_message(w, &share, i);
    put_message(w, &last, 0);
    assert_int_equal(rounds(w, &o, &taken), 2);
    assert_int_equal(taken, 1);
}

/* ---- without memory ---- */

/* Whatever allocation fails, the round takes what it takes with memory, or says that it could not: what a message that stays names is
 * never taken, and nothing that is covered is passed by. */
static void round__without_memory_takes_nothing_else(void **state)
{
    static const struct message messages[] = {
        {.id = 1, .case_id = 9, .body = 0x10, .paper = 0x80},
        {.id = 2, .case_id = 8, .body = 0x20, .paper = 0x80},
        {.id = 3, .case_id = 9, .body = 0x30},
    };
    struct work *w = *state;
    const struct xj_order o = over_case(9);
    const struct xj_destroy_hooks hooks = hooks_of(w);
    bool struck = true;
    put_messages(w, messages, sizeof messages / sizeof messages[0]);
    must(xj_db_commit(w->db));
    for (size_t n = 1; struck; n++) {
        struct xj_destroyed d;
        uint64_t from = 1;
        bool more = false;
        must(xj_db_begin(w->db));
        scarce_at(n);
        const enum xj_err err = xj_destroy_round(w->log, &o, &hooks, &from, &more, &d);
        struck = scarce_over();
        if (err != XJ_ENOMEM && (err != XJ_OK || d.message_count != 2 || d.digest_count != 4 || !has(w, 0x80)))
            fail_msg("allocation %zu: %s, %zu messages, %zu objects", n, xj_err_name(err), d.message_count, d.digest_count);
        xj_destroyed_free(&d);
        xj_db_rollback(w->db);
        assert_true(has(w, 0x10) && has(w, 0x80));
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, up, down)
    const struct CMUnitTest tests[] = {
        T(round__takes_what_the_order_covers_and_is_answered_before_it),
        T(round__takes_a_share_of_what_it_takes_or_was_taken_before),
        T(round__leaves_what_a_message_that_stays_names_too),
        T(round__of_an_order_over_nothing_here_takes_nothing),
        T(rounds__go_on_until_all_is_taken),
        T(rounds__go_on_past_many_that_only_may_be_covered),
        T(round__without_memory_takes_nothing_else),
    };
    if (!scarce_begin())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
