/* The view as a fold of real ledgers: rebuilding, late arrival, opened bodies, lists and search. */
#include "tests/unit/view_city.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/render_private.h"
#include "agents/agent/view/view_private.h"
#include "agents/cli/standards_json.h"

static struct xj_hash digest_of(struct xj_view *v)
{
    struct xj_hash h;
    assert_int_equal(xj_view_digest(v, false, &h), XJ_OK);
    return h;
}

static void apply_in_steps(struct xj_view *v, const struct xj_ledger_item *items, size_t count, size_t step)
{
    for (size_t i = 0; i < count; i += step)
        assert_int_equal(xj_view_apply(v, items + i, count - i < step ? count - i : step), XJ_OK);
}

static json_t *case_of(struct xj_view *v, const struct city *c)
{
    json_t *made = NULL;
    assert_int_equal(xj_render_case(v, city_case(c), 0, &made), XJ_OK);
    return made;
}

static const char *text(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s != NULL ? s : "";
}

/* ---- rebuilding ---- */

static void view_digest__a_rebuild_gives_the_same_bytes(void **state)
{
    struct city *c = *state;
    static const char *const all[] = {CITY_BUREAU, CITY_POLICE, CITY_PROC};
    city_history(c);
    for (size_t i = 0; i < 3; i++) {
        size_t count;
        struct xj_ledger_item *items = city_items(c, all[i], &count);
        struct xj_view *one = city_view(c, all[i], "one"), *many = city_view(c, all[i], "many");
        struct xj_hash live = digest_of(world_agent(c->w, all[i])->view), a, b;
        apply_in_steps(one, items, count, 1);
        apply_in_steps(many, items, count, 256);
        a = digest_of(one);
        b = digest_of(many);
        assert_memory_equal(a.b, live.b, 32);
        assert_memory_equal(b.b, live.b, 32);
        assert_int_equal(xj_view_clear(one), XJ_OK);
        assert_int_equal(xj_view_applied(one), 0);
        a = digest_of(one);
        assert_memory_not_equal(a.b, live.b, 32);
        apply_in_steps(one, items, count, 7);
        a = digest_of(one);
        assert_memory_equal(a.b, live.b, 32);
        xj_view_close(one);
        xj_view_close(many);
        city_items_free(items, count);
        for (size_t k = 0; k < 2; k++) {
            char path[160];
            city_view_path(c, k == 0 ? "one" : "many", path);
            assert_int_equal(remove(path), 0);
        }
    }
}

/* Two people fined under one number: no person ties the two cases, the number does (12-detection, 4: same_number). */
static void fine(struct city *c, const char *whom, const char *number)
{
    json_t *r = city_request("penalty_decided", NULL, "penalty_decision"), *body = json_object_get(r, "body");
    json_object_set_new(body, "parties", json_pack("[{s:s, s:s}]", "kind", "unit", "name", whom));
    json_object_set_new(body, "penalty", json_pack("{s:s}", "number", number));
    city_do(c, CITY_BUREAU, r);
}

static size_t alerts_of(struct xj_view *v, const char *rule)
{
    json_t *made = NULL;
    assert_int_equal(xj_render_alerts(v, false, xj_slice_cstr(rule), INT64_MAX / 2, &made), XJ_OK);
    const size_t n = json_array_size(json_object_get(made, "alerts"));
    json_decref(made);
    return n;
}

static void view_digest__cases_that_share_a_number_are_looked_at_together(void **state)
{
    struct city *c = *state;
    struct xj_view *live = world_agent(c->w, CITY_BUREAU)->view;
    size_t count;
    fine(c, "甲公司", "1号");
    assert_int_equal(alerts_of(live, "R37"), 0);
    fine(c, "乙公司", "1号");
    assert_int_equal(alerts_of(live, "R37"), 2); /* the first is told as well */
    json_t *seen = case_of(live, c), *r = city_request("penalty_decided", c->case_id, "penalty_decision");
    json_object_set_new(r, "relates", json_pack("[{s:s, s:s}]", "relation", "amends", "id", text(json_array_get(json_object_get(seen, "acts"), 0), "id")));
    json_object_set_new(json_object_get(r, "body"), "penalty", json_pack("{s:s}", "number", "2号"));
    city_do(c, CITY_BUREAU, r);
    json_decref(seen);
    assert_int_equal(alerts_of(live, "R37"), 0); /* and told that it is over */
    fine(c, "丙公司", "2号");
    assert_int_equal(alerts_of(live, "R37"), 2);
    struct xj_ledger_item *items = city_items(c, CITY_BUREAU, &count);
    const struct xj_hash want = digest_of(live);
    static const size_t steps[] = {1, 3, 256};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct xj_view *again = city_view(c, CITY_BUREAU, "again");
        char path[160];
        apply_in_steps(again, items, count, steps[i]);
        const struct xj_hash got = digest_of(again);
        assert_memory_equal(got.b, want.b, 32);
        xj_view_close(again);
        city_view_path(c, "again", path);
        assert_int_equal(remove(path), 0);
    }
    city_items_free(items, count);
}

static void view_digest__masks_the_times_of_this_machine_only(void **state)
{
    struct city *c = *state;
    size_t count;
    struct xj_hash a, b, whole_a, whole_b;
    city_history(c);
    struct xj_ledger_item *items = city_items(c, CITY_BUREAU, &count);
    struct xj_view *first = city_view(c, CITY_BUREAU, "first"), *second = city_view(c, CITY_BUREAU, "second");
    apply_in_steps(first, items, count, 64);
    for (size_t i = 0; i < count; i++)
        items[i].time_ms += 12345;
    apply_in_steps(second, items, count, 64);
    assert_int_equal(xj_view_digest(first, true, &a), XJ_OK);
    assert_int_equal(xj_view_digest(second, true, &b), XJ_OK);
    whole_a = digest_of(first);
    whole_b = digest_of(second);
    assert_memory_equal(a.b, b.b, 32);
    assert_memory_not_equal(whole_a.b, whole_b.b, 32);
    xj_view_close(first);
    xj_view_close(second);
    city_items_free(items, count);
}

static void view_apply__refuses_a_gap_and_a_repetition(void **state)
{
    struct city *c = *state;
    size_t count;
    struct xj_ledger_item *items = city_items(c, CITY_POLICE, &count);
    struct xj_view *v = city_view(c, CITY_POLICE, "gap");
    assert_int_equal(xj_view_apply(v, items + 1, 1), XJ_ESTATE);
    assert_int_equal(xj_view_applied(v), 0);
    assert_int_equal(xj_view_apply(v, items, 2), XJ_OK);
    assert_int_equal(xj_view_apply(v, items + 1, 1), XJ_ESTATE);
    assert_int_equal(xj_view_applied(v), 2);
    xj_view_close(v);
    city_items_free(items, count);
}

/* ---- the order of a case is that of seq ---- */

static size_t nth_of(const struct xj_ledger_item *items, size_t count, enum xj_entry_kind kind, size_t nth)
{
    for (size_t i = 0; i < count; i++)
        if (items[i].kind == kind && nth-- == 0)
            return i;
    fail_msg("the ledger has no such entry");
    return 0;
}

/* Puts the entry at `from` behind the one at `to`, and numbers anew: the same messages by another road. */
static void move_behind(struct xj_ledger_item *items, size_t count, size_t from, size_t to)
{
    struct xj_ledger_item moved = items[from];
    memmove(items + from, items + from + 1, (to - from) * sizeof *items);
    items[to] = moved;
    for (size_t i = 0; i < count; i++)
        items[i].n = i + 1;
}

/* The answer to a received message that comes after its successors' answers. */
static void view_apply__an_act_that_arrives_late_refolds_its_case(void **state)
{
    struct city *c = *state;
    size_t count;
    city_history(c);
    struct xj_ledger_item *items = city_items(c, CITY_PROC, &count);
    struct xj_view *in_order = city_view(c, CITY_PROC, "order"), *late = city_view(c, CITY_PROC, "late");
    apply_in_steps(in_order, items, count, 3);
    size_t first = nth_of(items, count, XJ_ENTRY_ADMITTED, 0), last = count - 1;
    move_behind(items, count, first, last);
    for (size_t step = 1; step < 70; step += 23) {
        assert_int_equal(xj_view_clear(late), XJ_OK);
        apply_in_steps(late, items, count, step);
        json_t *a = case_of(in_order, c), *b = case_of(late, c);
        assert_true(json_equal(a, b));
        assert_true(json_array_size(json_object_get(b, "acts")) > 1);
        assert_true(json_array_size(json_object_get(b, "duties")) > 0);
        json_decref(a);
        json_decref(b);
    }
    xj_view_close(in_order);
    xj_view_close(late);
    city_items_free(items, count);
}

static void view_apply__before_the_late_act_the_case_stands_without_it(void **state)
{
    struct city *c = *state;
    size_t count;
    city_history(c);
    struct xj_ledger_item *items = city_items(c, CITY_PROC, &count);
    struct xj_view *v = city_view(c, CITY_PROC, "before");
    size_t acts = 0;
    for (size_t i = 0; i < count; i++)
        acts += items[i].kind == XJ_ENTRY_ADMITTED;
    move_behind(items, count, nth_of(items, count, XJ_ENTRY_ADMITTED, 0), count - 1);
    apply_in_steps(v, items, count - 1, 16);
    json_t *before = case_of(v, c);
    assert_int_equal(json_array_size(json_object_get(before, "acts")), acts - 1);
    assert_int_equal(xj_view_apply(v, items + count - 1, 1), XJ_OK);
    json_t *after = case_of(v, c);
    assert_int_equal(json_array_size(json_object_get(after, "acts")), acts);
    json_decref(before);
    json_decref(after);
    xj_view_close(v);
    city_items_free(items, count);
}

static void view_apply__a_feed_that_runs_ahead_of_the_mailbox_counts(void **state)
{
    struct city *c = *state;
    size_t count;
    city_history(c);
    struct xj_ledger_item *items = city_items(c, CITY_BUREAU, &count);
    struct xj_view *in_order = city_view(c, CITY_BUREAU, "order"), *ahead = city_view(c, CITY_BUREAU, "ahead");
    apply_in_steps(in_order, items, count, 64);
    /* The transfer's own answer behind everything, so every delivered entry about it comes first. */
    size_t transfer = nth_of(items, count, XJ_ENTRY_ADMITTED, 2);
    assert_true(nth_of(items, count, XJ_ENTRY_DELIVERED, 0) > 0);
    move_behind(items, count, transfer, count - 1);
    apply_in_steps(ahead, items, count, 5);
    json_t *a = case_of(in_order, c), *b = case_of(ahead, c);
    assert_true(json_equal(json_object_get(a, "duties"), json_object_get(b, "duties")));
    assert_true(json_equal(json_object_get(a, "acts"), json_object_get(b, "acts")));
    json_decref(a);
    json_decref(b);
    xj_view_close(in_order);
    xj_view_close(ahead);
    city_items_free(items, count);
}

/* ---- bodies ---- */

static const json_t *act_named(const json_t *the_case, const char *name)
{
    size_t i;
    json_t *act;
    json_array_foreach(json_object_get(the_case, "acts"), i, act)
        if (strcmp(text(act, "act"), name) == 0)
            return act;
    fail_msg("no act %s", name);
    return NULL;
}

static void view_apply__opens_what_is_sealed_for_it(void **state)
{
    struct city *c = *state;
    city_history(c);
    json_t *the_case = case_of(world_agent(c->w, CITY_POLICE)->view, c);
    const json_t *transfer = act_named(the_case, "transfer"), *body = json_object_get(transfer, "body");
    assert_string_equal(text(the_case, "title"), "张三销售假药案");
    assert_string_equal(text(body, "drafted_by"), "甲");
    assert_string_equal(text(json_array_get(json_object_get(transfer, "papers"), 0), "name"), "transfer_letter");
    assert_true(json_is_null(json_object_get(transfer, "unreadable")));
    assert_string_equal(text(transfer, "from_name"), "济宁市市场监督管理局");
    json_decref(the_case);
}

static void unreadable_is(struct xj_view *v, const struct city *c, const char *why)
{
    json_t *the_case = case_of(v, c);
    const json_t *transfer = act_named(the_case, "transfer");
    assert_true(json_is_null(json_object_get(transfer, "body")));
    assert_string_equal(text(transfer, "unreadable"), why);
    assert_true(json_is_null(json_object_get(the_case, "title")));
    assert_true(json_array_size(json_object_get(the_case, "rows")) > 0); /* headers alone carry the fold */
    json_decref(the_case);
    xj_view_close(v);
}

static struct xj_view *view_with_keys(struct city *c, const char *name, const struct xj_agency_keys *keys)
{
    struct xj_view *v = NULL;
    char path[160];
    city_view_path(c, name, path);
    const struct xj_view_options o = {.path = path, .agency = CITY_POLICE, .root_key = c->w->anchor.root, .keys = keys, .volatile_ok = true};
    assert_int_equal(xj_view_open(&o, &v, NULL), XJ_OK);
    return v;
}

static void view_apply__says_why_a_body_does_not_open(void **state)
{
    struct city *c = *state;
    struct xj_agency_keys other = world_agent(c->w, CITY_POLICE)->keys;
    size_t count;
    city_history(c);
    struct xj_ledger_item *items = city_items(c, CITY_POLICE, &count);
    struct xj_view *v = view_with_keys(c, "nokeys", NULL);
    apply_in_steps(v, items, count, 64);
    unreadable_is(v, c, "no_keys");
    uint8_t secret[32] = {7};
    xj_seal_key_from_secret(secret, &other.seal);
    v = view_with_keys(c, "otherkey", &other);
    apply_in_steps(v, items, count, 64);
    unreadable_is(v, c, "other_key");
    other.seal = world_agent(c->w, CITY_POLICE)->keys.seal;
    other.seal.secret[5] ^= 1;
    v = view_with_keys(c, "wrongsecret", &other);
    apply_in_steps(v, items, count, 64);
    unreadable_is(v, c, "seal");
    v = view_with_keys(c, "header", &world_agent(c->w, CITY_POLICE)->keys);
    for (size_t i = 0; i < count; i++) {
        xj_buf_reset(&items[i].body); /* what a header-only delivery leaves */
        xj_buf_reset(&items[i].keys);
    }
    apply_in_steps(v, items, count, 64);
    unreadable_is(v, c, "header_only");
    city_items_free(items, count);
}

/* Nothing that a file could hold may stop the fold: it goes on with the next entry. */
static void view_apply__is_total_over_nonsense(void **state)
{
    struct city *c = *state;
    static const enum xj_entry_kind kinds[] = {XJ_ENTRY_OWN, XJ_ENTRY_RECEIVED, XJ_ENTRY_ADMITTED, XJ_ENTRY_REFUSED, XJ_ENTRY_STORED,
                                               XJ_ENTRY_DELIVERED, XJ_ENTRY_REGISTER, XJ_ENTRY_EPOCH, XJ_ENTRY_INCIDENT, XJ_ENTRY_CHECKPOINTED};
    size_t count;
    city_history(c);
    struct xj_ledger_item *items = city_items(c, CITY_POLICE, &count);
    struct xj_view *v = city_view(c, CITY_POLICE, "nonsense");
    /* Every head in turn read as every kind, and cut short. */
    uint64_t n = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            struct xj_ledger_item wrong = items[i];
            wrong.n = ++n;
            wrong.kind = kinds[k];
            wrong.head.n = k % 2 == 0 ? wrong.head.n : wrong.head.n / 2;
            if (wrong.kind != items[i].kind)
                assert_int_equal(xj_view_apply(v, &wrong, 1), XJ_OK);
            else
                n--;
        }
    }
    assert_int_equal(xj_view_applied(v), n);
    xj_view_close(v);
    city_items_free(items, count);
}

/* ---- lists ---- */

static json_t *cases(struct xj_view *v, const char *q, const char *track, const char *state_name, int64_t limit, int64_t after)
{
    json_t *made = NULL;
    struct xj_cases_query query = {.limit = limit, .after = after};
    if (q != NULL)
        query.text = xj_slice_cstr(q);
    if (track != NULL)
        query.track = xj_slice_cstr(track);
    if (state_name != NULL)
        query.state = xj_slice_cstr(state_name);
    assert_int_equal(xj_render_cases(v, &query, 0, &made), XJ_OK);
    return made;
}

static size_t found(struct xj_view *v, const char *q, const char *track, const char *state_name)
{
    json_t *made = cases(v, q, track, state_name, 50, 0);
    size_t n = json_array_size(json_object_get(made, "cases"));
    json_decref(made);
    return n;
}

static void render_cases__finds_two_characters_ids_and_states(void **state)
{
    struct city *c = *state;
    struct xj_view *v = world_agent(c->w, CITY_POLICE)->view;
    city_history(c);
    assert_int_equal(found(v, NULL, NULL, NULL), 1);
    assert_int_equal(found(v, "张三", NULL, NULL), 1);
    assert_int_equal(found(v, "三", NULL, NULL), 1);
    assert_int_equal(found(v, "李四", NULL, NULL), 0);
    assert_int_equal(found(v, c->case_id, NULL, NULL), 1);
    assert_int_equal(found(v, "%", NULL, NULL), 0);
    assert_int_equal(found(v, NULL, "filing", "filed"), 1);
    assert_int_equal(found(v, NULL, "filing", "not_filed"), 0);
    assert_int_equal(found(v, NULL, "filing", NULL), 1);
    assert_int_equal(found(v, NULL, "no_track", NULL), 0);
    /* The company is known to the bureau alone: the police were told of 张三. */
    assert_int_equal(found(v, "医药", NULL, NULL), 0);
    assert_int_equal(found(world_agent(c->w, CITY_BUREAU)->view, "医药", NULL, NULL), 1);
}

static void render_cases__pages_newest_first(void **state)
{
    struct city *c = *state;
    struct xj_view *v = world_agent(c->w, CITY_BUREAU)->view;
    char ids[3][37];
    for (size_t i = 0; i < 3; i++) {
        city_do(c, CITY_BUREAU, city_request("transfer_report", NULL, "transfer_report"));
        snprintf(ids[i], sizeof ids[i], "%s", c->case_id);
    }
    json_t *first = cases(v, NULL, NULL, NULL, 2, 0), *list = json_object_get(first, "cases");
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(text(json_array_get(list, 0), "id"), ids[2]);
    assert_string_equal(text(json_array_get(list, 1), "id"), ids[1]);
    json_t *second = cases(v, NULL, NULL, NULL, 2, json_integer_value(json_object_get(first, "next")));
    list = json_object_get(second, "cases");
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(text(json_array_get(list, 0), "id"), ids[0]);
    assert_true(json_is_null(json_object_get(second, "next")));
    json_decref(first);
    json_decref(second);
}

static json_t *due(struct xj_view *v, int64_t within_days, bool all, int64_t now_ms)
{
    json_t *made = NULL;
    assert_int_equal(xj_render_due(v, within_days, all, now_ms, &made), XJ_OK);
    return made;
}

static void render_due__orders_by_date_and_computes_overdue_at_reading(void **state)
{
    struct city *c = *state;
    struct xj_view *v = world_agent(c->w, CITY_POLICE)->view;
    int64_t now = c->w->now_ms, year = INT64_C(366) * 86400000, last = 0;
    size_t i, dated = 0, late = 0;
    json_t *one;
    city_history(c);
    json_t *early = due(v, -1, false, now), *after = due(v, -1, false, now + year), *whole = due(v, -1, true, now);
    json_array_foreach(json_object_get(early, "duties"), i, one) {
        assert_string_equal(text(one, "status"), "open");
        assert_false(json_is_true(json_object_get(one, "overdue")));
        assert_string_not_equal(text(one, "cite"), "");
        if (!json_is_integer(json_object_get(one, "due_ms")))
            continue;
        assert_true(json_integer_value(json_object_get(one, "due_ms")) >= last);
        last = json_integer_value(json_object_get(one, "due_ms"));
        dated++;
    }
    assert_true(dated > 0);
    json_array_foreach(json_object_get(after, "duties"), i, one)
        late += json_is_true(json_object_get(one, "overdue"));
    assert_int_equal(late, dated);
    assert_true(json_array_size(json_object_get(whole, "duties")) > json_array_size(json_object_get(early, "duties")));
    json_t *soon = due(v, 0, false, now - year);
    assert_int_equal(json_array_size(json_object_get(soon, "duties")), 0);
    json_decref(early);
    json_decref(after);
    json_decref(whole);
    json_decref(soon);
}

static void render_act__shows_who_has_stored_it_with_proof(void **state)
{
    struct city *c = *state;
    struct xj_view *v = world_agent(c->w, CITY_BUREAU)->view;
    city_history(c);
    json_t *the_case = case_of(v, c), *act = NULL, *outbox = NULL;
    struct xj_id id, none = {{1}};
    assert_true(xj_id_parse(text(act_named(the_case, "transfer"), "id"), &id));
    assert_int_equal(xj_render_act(v, id, &act), XJ_OK);
    json_t *delivery = json_object_get(act, "delivery");
    assert_int_equal(json_array_size(delivery), 2); /* the police and the procuratorate */
    for (size_t i = 0; i < 2; i++) {
        assert_true(json_is_true(json_object_get(json_array_get(delivery, i), "proved")));
        assert_true(json_integer_value(json_object_get(json_array_get(delivery, i), "stored_at_ms")) > 0);
    }
    assert_int_equal(xj_render_outbox(v, &outbox), XJ_OK);
    assert_int_equal(json_array_size(json_object_get(outbox, "open")), 0);
    json_decref(the_case);
    json_decref(act);
    json_decref(outbox);
    assert_int_equal(xj_render_act(v, none, &act), XJ_ENOTFOUND);
    assert_null(act);
    assert_int_equal(xj_render_case(v, none, 0, &act), XJ_ENOTFOUND);
}

static void render_outbox__shows_what_waits_and_what_was_refused(void **state)
{
    struct city *c = *state;
    size_t count, own;
    json_t *outbox = NULL, *submission = NULL;
    struct xj_header *h = calloc(1, sizeof *h);
    unsigned field;
    assert_non_null(h);
    city_history(c);
    struct xj_ledger_item *items = city_items(c, CITY_BUREAU, &count);
    struct xj_view *v = city_view(c, CITY_BUREAU, "outbox");
    own = nth_of(items, count, XJ_ENTRY_OWN, 0);
    apply_in_steps(v, items, own + 1, 64);
    assert_int_equal(xj_render_outbox(v, &outbox), XJ_OK);
    assert_int_equal(json_array_size(json_object_get(outbox, "open")), 1);
    assert_string_equal(text(json_array_get(json_object_get(outbox, "open"), 0), "status"), "queued");
    json_decref(outbox);
    assert_int_equal(xj_header_decode(xj_buf_slice(&items[own].head), h, &field), XJ_OK);
    struct xj_refused r = {.time_ms = 5, .agency = xj_slice_cstr(CITY_BUREAU), .id = h->id, .message = xj_header_digest(xj_buf_slice(&items[own].head)),
                           .number = h->number, .register_number = 1, .code = xj_slice_cstr("already"), .detail = xj_slice_cstr(""),
                           .rule = xj_slice_cstr("09-fold"), .article = xj_slice_cstr("310/5"), .remedy_zh = xj_slice_cstr("看"),
                           .remedy_en = xj_slice_cstr("look"), .position = 9};
    struct xj_ledger_item refused = {.n = own + 2, .kind = XJ_ENTRY_REFUSED};
    xj_buf_init(&refused.head, XJ_MAX_STATEMENT_BYTES);
    xj_refused_encode(&r, &refused.head);
    assert_int_equal(xj_view_apply(v, &refused, 1), XJ_OK);
    assert_int_equal(xj_render_outbox(v, &outbox), XJ_OK);
    assert_int_equal(json_array_size(json_object_get(outbox, "open")), 0);
    assert_string_equal(text(json_object_get(json_array_get(json_object_get(outbox, "refused"), 0), "refusal"), "article"), "310/5");
    assert_int_equal(xj_render_submission(v, h->id, &submission), XJ_OK);
    assert_string_equal(text(submission, "status"), "refused");
    json_decref(outbox);
    json_decref(submission);
    xj_buf_free(&refused.head);
    xj_view_close(v);
    city_items_free(items, count);
    free(h);
}

/* ---- the file ---- */

static void render_register__lists_agencies_and_what_a_form_needs(void **state)
{
    struct city *c = *state;
    struct xj_view *v = world_agent(c->w, CITY_POLICE)->view;
    json_t *made = NULL, *one;
    size_t i, connected = 0;
    assert_int_equal(xj_render_agencies(v, &made), XJ_OK);
    assert_int_equal(json_array_size(json_object_get(made, "agencies")), 4);
    json_array_foreach(json_object_get(made, "agencies"), i, one)
        connected += json_is_true(json_object_get(one, "connected"));
    assert_int_equal(connected, 4);
    json_decref(made);
    assert_int_equal(xj_render_procedure(v, xj_slice_cstr("referral"), c->w->now_ms, &made), XJ_OK);
    bool seen = false;
    json_array_foreach(json_object_get(made, "acts"), i, one)
        if (strcmp(text(one, "name"), "transfer") == 0) {
            seen = true;
            assert_string_equal(text(one, "zh"), "移送涉嫌犯罪案件");
            assert_int_equal(json_array_size(json_object_get(one, "asks")), 4);
        }
    assert_true(seen);
    json_decref(made);
    assert_int_equal(xj_render_procedure(v, xj_slice_cstr("nothing"), c->w->now_ms, &made), XJ_ENOTFOUND);
}

/* Read from the register when it is asked for, and anew when the register has moved. */
static void view_standards__are_those_of_the_register(void **state)
{
    struct city *c = *state;
    struct xj_standards file;
    size_t count;
    struct xj_ledger_item *items = city_items(c, CITY_BUREAU, &count);
    struct xj_view *v = city_view(c, CITY_BUREAU, "one");
    assert_int_equal(xj_standards_load(XJ_SOURCE_DIR "/schema/standards/cn.json", &file, NULL), XJ_OK);
    xj_view_begin(v, false);
    assert_null(xj_view_standards(v));
    assert_int_equal(xj_view_end(v), XJ_OK);
    apply_in_steps(v, items, count, 256);
    xj_view_begin(v, false);
    const struct xj_standards *st = xj_view_standards(v);
    assert_non_null(st);
    assert_true(xj_hash_eq(xj_standards_digest(st), xj_standards_digest(&file)));
    assert_ptr_equal(xj_view_standards(v), st);
    assert_int_equal(xj_view_end(v), XJ_OK);
    xj_view_close(v);
    char path[160];
    city_view_path(c, "one", path);
    assert_int_equal(remove(path), 0);
    xj_standards_free(&file);
    city_items_free(items, count);
}

#define IN_CITY(test) cmocka_unit_test_setup_teardown(test, city_up, city_down)

static void render_tag__says_what_is_not_confirmed(void **state)
{
    (void)state;
    assert_string_equal(xj_rtag(XJ_TAG_C), "C");
    assert_string_equal(xj_rtag(XJ_TAG_C2), "C2");
    assert_string_equal(xj_rtag(XJ_TAG_U), "U");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CITY(view_digest__a_rebuild_gives_the_same_bytes),
        IN_CITY(view_digest__cases_that_share_a_number_are_looked_at_together),
        IN_CITY(view_digest__masks_the_times_of_this_machine_only),
        IN_CITY(view_apply__refuses_a_gap_and_a_repetition),
        IN_CITY(view_apply__an_act_that_arrives_late_refolds_its_case),
        IN_CITY(view_apply__before_the_late_act_the_case_stands_without_it),
        IN_CITY(view_apply__a_feed_that_runs_ahead_of_the_mailbox_counts),
        IN_CITY(view_apply__opens_what_is_sealed_for_it),
        IN_CITY(view_apply__says_why_a_body_does_not_open),
        IN_CITY(view_apply__is_total_over_nonsense),
        IN_CITY(render_cases__finds_two_characters_ids_and_states),
        IN_CITY(render_cases__pages_newest_first),
        IN_CITY(render_due__orders_by_date_and_computes_overdue_at_reading),
        IN_CITY(render_act__shows_who_has_stored_it_with_proof),
        IN_CITY(render_outbox__shows_what_waits_and_what_was_refused),
        IN_CITY(render_register__lists_agencies_and_what_a_form_needs),
        IN_CITY(view_standards__are_those_of_the_register),
        cmocka_unit_test(render_tag__says_what_is_not_confirmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
