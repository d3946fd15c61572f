/* What is told of alerts and limits, as entries of the ledger: spec/12-detection.md, section 5. */
#include "tests/unit/view_city.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/wire/pack.h"

#define HOUR 3600000LL
#define DAY (24 * HOUR)

static const uint32_t stages[] = {50, 80, 100};

struct seen {
    struct city *c;
    struct node *n;
    struct xj_buf heads[64];
    size_t count;
};

static bool see(void *arg, const struct xj_told *t)
{
    struct seen *s = arg;
    struct xj_buf *head = &s->heads[s->count++];
    xj_buf_init(head, 4096);
    xj_told_encode(t, head);
    return s->count < 64;
}

/* What the agency would tell at that moment, put into its ledger; returns how many entries that made. */
static int watch(struct city *c, const char *who, int64_t now_ms)
{
    struct seen s = {.c = c, .n = world_agent(c->w, who)};
    int made = 0;
    assert_int_equal(xj_view_watch(s.n->view, now_ms, stages, 3, see, &s), XJ_OK);
    for (size_t i = 0; i < s.count; i++) {
        made += world_tell(c->w, s.n, xj_buf_slice(&s.heads[i])) > 0;
        xj_buf_free(&s.heads[i]);
    }
    return made;
}

/* How many things the view would have told; the core may still find them told. */
static size_t offered(struct city *c, const char *who, int64_t now_ms)
{
    struct seen s = {.c = c, .n = world_agent(c->w, who)};
    assert_int_equal(xj_view_watch(s.n->view, now_ms, stages, 3, see, &s), XJ_OK);
    for (size_t i = 0; i < s.count; i++)
        xj_buf_free(&s.heads[i]);
    return s.count;
}

static json_t *warnings(struct city *c, const char *who, bool all)
{
    json_t *made = NULL;
    assert_int_equal(xj_render_warnings(world_agent(c->w, who)->view, all, &made), XJ_OK);
    json_t *list = json_incref(json_object_get(made, "warnings"));
    json_decref(made);
    return list;
}

static const json_t *of_duty(const json_t *list, const char *duty)
{
    const json_t *one;
    size_t i;
    json_array_foreach(list, i, one)
        if (strcmp(json_string_value(json_object_get(one, "duty")), duty) == 0)
            return one;
    return NULL;
}

static long long whole(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

/* The bureau's three days to decide on its own report: start and due. */
static void report(struct city *c, int64_t *ret_start, int64_t *ret_due)
{
    json_t *made = NULL;
    json_t *r = city_request("transfer_report", NULL, "transfer_report");
    json_object_set_new(json_object_get(r, "body"), "title", json_string("试验案"));
    city_do(c, CITY_BUREAU, r);
    assert_int_equal(xj_render_due(world_agent(c->w, CITY_BUREAU)->view, -1, false, 0, &made), XJ_OK);
    const json_t *d = json_array_get(json_object_get(made, "duties"), 0);
    assert_string_equal(json_string_value(json_object_get(d, "id")), "D01");
    *ret_start = whole(d, "start_ms");
    *ret_due = whole(d, "due_ms");
    json_decref(made);
}

static void stages__are_told_once_each_at_their_time(void **state)
{
    struct city *c = *state;
    int64_t start, due;
    report(c, &start, &due);
    const int64_t half = start + (due - start) * 50 / 100, most = start + (due - start) * 80 / 100;
    assert_int_equal(watch(c, CITY_BUREAU, half - 1), 0);
    assert_int_equal(watch(c, CITY_BUREAU, half), 1);
    assert_int_equal(watch(c, CITY_BUREAU, half + 1), 0);
    json_t *list = warnings(c, CITY_BUREAU, false);
    const json_t *w = of_duty(list, "D01");
    assert_int_equal(whole(w, "stage"), 50);
    assert_true(json_is_false(json_object_get(w, "coalesced")));
    assert_int_equal(whole(w, "at_ms"), half);
    json_decref(list);
    assert_int_equal(watch(c, CITY_BUREAU, most), 1);
    assert_int_equal(watch(c, CITY_BUREAU, due), 1);
    list = warnings(c, CITY_BUREAU, false);
    assert_int_equal(json_array_size(list), 1); /* the last stage stands for the others */
    assert_int_equal(whole(of_duty(list, "D01"), "stage"), 100);
    json_decref(list);
    assert_int_equal(watch(c, CITY_BUREAU, due + 1), 1); /* R5: report not decided in time */
    city_do(c, CITY_BUREAU, city_request("transfer_approved", c->case_id, ""));
    assert_true(watch(c, CITY_BUREAU, due + 2) >= 4); /* all of them are over: done */
    list = warnings(c, CITY_BUREAU, true);
    w = of_duty(list, "D01");
    assert_string_equal(json_string_value(json_object_get(w, "state")), "over");
    assert_string_equal(json_string_value(json_object_get(json_object_get(w, "cleared"), "reason")), "done");
    json_decref(list);
}

static void stages__after_an_outage_only_the_last_and_marked(void **state)
{
    struct city *c = *state;
    int64_t start, due;
    report(c, &start, &due);
    assert_int_equal(watch(c, CITY_BUREAU, due - HOUR), 1); /* 50 and 80 have passed */
    json_t *list = warnings(c, CITY_BUREAU, true);
    assert_int_equal(json_array_size(list), 1);
    assert_int_equal(whole(json_array_get(list, 0), "stage"), 80);
    assert_true(json_is_true(json_object_get(json_array_get(list, 0), "coalesced")));
    json_decref(list);
}

struct keys {
    struct xj_buf key[4096];
    size_t count;
};

static bool gather(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct keys *k = arg;
    (void)value;
    assert_true(k->count < 4096);
    xj_buf_init(&k->key[k->count], 1024);
    xj_buf_add_slice(&k->key[k->count++], key);
    return true;
}

static void forget_working_state(struct node *n)
{
    struct keys *k = calloc(1, sizeof *k);
    struct xj_store store = xj_db_store(n->db);
    assert_non_null(k);
    assert_int_equal(xj_db_begin(n->db), XJ_OK);
    assert_int_equal(store.scan(store.ctx, xj_slice_of(NULL, 0), xj_slice_of(NULL, 0), false, gather, k), XJ_OK);
    assert_true(k->count > 10);
    for (size_t i = 0; i < k->count; i++) {
        assert_int_equal(store.del(store.ctx, xj_buf_slice(&k->key[i])), XJ_OK);
        xj_buf_free(&k->key[i]);
    }
    assert_int_equal(xj_db_commit(n->db), XJ_OK);
    free(k);
}

static void told__never_twice_after_a_restart_or_a_rebuild(void **state)
{
    struct city *c = *state;
    int64_t start, due;
    report(c, &start, &due);
    struct node *n = world_agent(c->w, CITY_BUREAU);
    assert_int_equal(watch(c, CITY_BUREAU, due), 1);
    world_restart_agent(c->w, n);
    assert_int_equal(watch(c, CITY_BUREAU, due), 0);
    assert_int_equal(xj_view_clear(n->view), XJ_OK); /* a view that has forgotten what was told */
    forget_working_state(n); /* and a core whose working state is made anew from the entries */
    world_restart_agent(c->w, n);
    size_t count;
    struct xj_ledger_item *items = city_items(c, CITY_BUREAU, &count);
    assert_int_equal(xj_view_apply(n->view, items, count), XJ_OK);
    city_items_free(items, count);
    assert_int_equal(watch(c, CITY_BUREAU, due), 0);
}

/* The head of an event by a person for the only thing told so far. */
static uint64_t deal(struct city *c, const char *who, const json_t *told, enum xj_told_event event, const char *reason)
{
    struct node *n = world_agent(c->w, who);
    uint8_t key[XJ_TOLD_KEY_SIZE];
    struct xj_told t;
    struct xj_buf text, head;
    assert_true(xj_unhex(json_string_value(json_object_get(told, "key")), key, sizeof key));
    xj_buf_init(&text, 512);
    xj_buf_init(&head, 4096);
    assert_true(xj_view_told_get(n->view, key, (uint32_t)whole(told, "stage"), &t, &text));
    t.event = event;
    if (event != XJ_TOLD_RAISED) /* the agent itself raises */
        t.by = xj_slice_cstr("王科长");
    t.reason = xj_slice_cstr(reason);
    xj_told_encode(&t, &head);
    uint64_t entry = world_tell(c->w, n, xj_buf_slice(&head));
    xj_buf_free(&head);
    xj_buf_free(&text);
    return entry;
}

static void told__what_people_do_follows_once(void **state)
{
    struct city *c = *state;
    int64_t start, due;
    report(c, &start, &due);
    watch(c, CITY_BUREAU, due);
    json_t *list = warnings(c, CITY_BUREAU, true);
    const json_t *w = json_array_get(list, 0);
    assert_int_equal(deal(c, CITY_BUREAU, w, XJ_TOLD_RAISED, ""), 0); /* it is raised */
    assert_true(deal(c, CITY_BUREAU, w, XJ_TOLD_DELIVERED, "") > 0);
    assert_int_equal(deal(c, CITY_BUREAU, w, XJ_TOLD_RAISED, ""), 0);
    assert_int_equal(deal(c, CITY_BUREAU, w, XJ_TOLD_DELIVERED, ""), 0);
    assert_true(deal(c, CITY_BUREAU, w, XJ_TOLD_ACKNOWLEDGED, "知悉") > 0);
    assert_int_equal(deal(c, CITY_BUREAU, w, XJ_TOLD_DELIVERED, ""), 0); /* too late to be first shown */
    assert_int_equal(deal(c, CITY_BUREAU, w, XJ_TOLD_CLEARED, ""), 0);   /* without a reason it is no entry */
    assert_true(deal(c, CITY_BUREAU, w, XJ_TOLD_CLEARED, "重复登记") > 0);
    assert_int_equal(deal(c, CITY_BUREAU, w, XJ_TOLD_ACKNOWLEDGED, ""), 0);
    assert_int_equal(deal(c, CITY_BUREAU, w, XJ_TOLD_RAISED, ""), 0);
    json_decref(list);
    assert_int_equal(watch(c, CITY_BUREAU, due), 0); /* what a person closed stays closed */
    list = warnings(c, CITY_BUREAU, false);
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
    assert_true(world_verify(c->w));
}

static int open_alerts(struct city *c, const char *who, int64_t now_ms, json_t **ret_first)
{
    json_t *made = NULL;
    assert_int_equal(xj_render_alerts(world_agent(c->w, who)->view, false, xj_slice_of(NULL, 0), now_ms, &made), XJ_OK);
    json_t *list = json_object_get(made, "alerts");
    int n = (int)json_array_size(list);
    if (ret_first != NULL)
        *ret_first = json_incref(json_array_get(list, 0));
    json_decref(made);
    return n;
}

static void alert__a_false_alarm_closed_with_a_reason_is_shown_no_more(void **state)
{
    struct city *c = *state;
    int64_t start, due;
    json_t *alert;
    report(c, &start, &due);
    assert_true(watch(c, CITY_BUREAU, due + DAY) >= 2); /* stage 100 and R5 */
    assert_int_equal(open_alerts(c, CITY_BUREAU, due + DAY, &alert), 1);
    const json_t *told = json_object_get(alert, "told");
    assert_string_equal(json_string_value(json_object_get(told, "state")), "raised");
    assert_true(json_is_true(json_object_get(told, "coalesced"))); /* a day late */
    assert_true(deal(c, CITY_BUREAU, told, XJ_TOLD_CLEARED, "纸面已决定，补录中") > 0);
    assert_int_equal(open_alerts(c, CITY_BUREAU, due + DAY, NULL), 0);
    assert_int_equal(offered(c, CITY_BUREAU, due + 2 * DAY), 0);
    json_decref(alert);
}

/* Other agencies' limits are no warnings of ours. */
static void stages__are_told_to_the_obligor_only(void **state)
{
    struct city *c = *state;
    city_history(c);
    for (int64_t t = 1; t < 40; t++) {
        watch(c, CITY_POLICE, t * 1000000000000);
        watch(c, CITY_PROC, t * 1000000000000);
    }
    json_t *list = warnings(c, CITY_PROC, true);
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
}

static void view__folds_what_was_told_like_anything_else(void **state)
{
    struct city *c = *state;
    int64_t start, due;
    size_t count;
    struct xj_hash live, again;
    report(c, &start, &due);
    watch(c, CITY_BUREAU, due + 1);
    json_t *list = warnings(c, CITY_BUREAU, true);
    deal(c, CITY_BUREAU, json_array_get(list, 0), XJ_TOLD_ACKNOWLEDGED, "知悉");
    json_decref(list);
    assert_int_equal(xj_view_digest(world_agent(c->w, CITY_BUREAU)->view, false, &live), XJ_OK);
    struct xj_ledger_item *items = city_items(c, CITY_BUREAU, &count);
    struct xj_view *v = city_view(c, CITY_BUREAU, "again");
    for (size_t i = 0; i < count; i++)
        assert_int_equal(xj_view_apply(v, items + i, 1), XJ_OK);
    assert_int_equal(xj_view_digest(v, false, &again), XJ_OK);
    assert_memory_equal(live.b, again.b, 32);
    xj_view_close(v);
    city_items_free(items, count);
}

static void head__refuses_what_breaks_its_form(void **state)
{
    (void)state;
    struct xj_told good = {.event = XJ_TOLD_RAISED, .name = xj_slice_cstr("R5"), .answerable = xj_slice_cstr("370800-scjgj"), .severity = 4}, t, back;
    struct xj_buf b;
    static const char *const what[] = {"event", "name", "agency", "severity of an alert", "severity of a stage", "raised by somebody",
                                       "delivered by nobody", "cleared without reason", "severity above all", "name of a figure"};
    for (size_t i = 0; i <= sizeof what / sizeof what[0]; i++) {
        t = good;
        switch (i) {
        case 1: t.event = XJ_TOLD_INVALID; break;
        case 2: t.name = xj_slice_cstr("r5"); break;
        case 3: t.answerable = xj_slice_cstr("x"); break;
        case 4: t.severity = 1; break;
        case 5: t.stage = 50; break;
        case 6: t.by = xj_slice_cstr("甲"); break;
        case 7: t.event = XJ_TOLD_DELIVERED; break;
        case 8: t.event = XJ_TOLD_CLEARED; break;
        case 9: t.severity = 6; break;
        case 10: t.name = xj_slice_cstr("5R"); break;
        default: break;
        }
        xj_buf_init(&b, 4096);
        xj_told_encode(&t, &b);
        assert_int_equal(xj_told_decode(xj_buf_slice(&b), &back), i == 0 ? XJ_OK : XJ_EMALFORMED);
        xj_buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stages__are_told_once_each_at_their_time, city_up, city_down),
        cmocka_unit_test_setup_teardown(stages__after_an_outage_only_the_last_and_marked, city_up, city_down),
        cmocka_unit_test_setup_teardown(told__never_twice_after_a_restart_or_a_rebuild, city_up, city_down),
        cmocka_unit_test_setup_teardown(told__what_people_do_follows_once, city_up, city_down),
        cmocka_unit_test_setup_teardown(alert__a_false_alarm_closed_with_a_reason_is_shown_no_more, city_up, city_down),
        cmocka_unit_test_setup_teardown(stages__are_told_to_the_obligor_only, city_up, city_down),
        cmocka_unit_test_setup_teardown(view__folds_what_was_told_like_anything_else, city_up, city_down),
        cmocka_unit_test(head__refuses_what_breaks_its_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
