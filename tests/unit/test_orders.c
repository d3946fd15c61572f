/* Orders over records: the statements, where an order begins, what destroying takes and what it leaves, what the verifier says, and
 * restricting. Spec: spec/18-orders.md. Real cores and ledgers (view_city.h). */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/view_private.h"
#include "schema/ledger/snapshot.h"
#include "schema/ledger/verify.h"
#include "schema/wire/destroyed.h"
#include "schema/wire/pack.h"
#include "tests/sim/world_private.h"
#include "tests/unit/memstore.h"
#include "tests/unit/view_city.h"

#define must(call) assert_int_equal((call), XJ_OK)
#define ORDER "00112233445566778899aabbccddeeff"
#define PAPERS "transfer_letter investigation_report item_list test_report"

/* ---- statements ---- */

static struct xj_destroyed sample(struct xj_id *message, struct xj_hash *digest, struct xj_slice *holder)
{
    struct xj_destroyed d = {.holder = xj_slice_cstr("exchange"), .order_number = 5, .register_number = 6, .time_ms = 7, .last = true,
                             .messages = message, .message_count = 1, .digests = digest, .digest_count = 1, .holders = holder, .holder_count = 1};
    memset(d.order, 3, sizeof d.order);
    memset(message->b, 1, sizeof message->b);
    memset(digest->b, 2, sizeof digest->b);
    *holder = xj_slice_cstr(CITY_BUREAU);
    return d;
}

static enum xj_err round_trip(const struct xj_destroyed *d)
{
    struct xj_buf bytes, again;
    struct xj_destroyed got;
    xj_buf_init(&bytes, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&again, XJ_MAX_STATEMENT_BYTES);
    xj_destroyed_encode(d, &bytes);
    must(bytes.err);
    enum xj_err err = xj_destroyed_decode(xj_buf_slice(&bytes), &got);
    if (err == XJ_OK) {
        xj_destroyed_encode(&got, &again);
        assert_true(xj_slice_eq(xj_buf_slice(&bytes), xj_buf_slice(&again)));
    }
    xj_destroyed_free(&got);
    xj_buf_free(&bytes);
    xj_buf_free(&again);
    return err;
}

static void destroyed__reads_what_it_writes_and_refuses_the_rest(void **state)
{
    struct xj_id message;
    struct xj_hash digest;
    struct xj_slice holder;
    struct xj_destroyed d = sample(&message, &digest, &holder);
    (void)state;
    assert_int_equal(round_trip(&d), XJ_OK);
    d.message_count = d.digest_count = 0; /* the exchange says so, too, when it holds none */
    assert_int_equal(round_trip(&d), XJ_OK);
    d.holder = xj_slice_cstr(CITY_POLICE); /* an agency names no holders, and something */
    assert_int_equal(round_trip(&d), XJ_EMALFORMED);
    d.holder_count = 0;
    assert_int_equal(round_trip(&d), XJ_EMALFORMED);
    d.message_count = 1;
    assert_int_equal(round_trip(&d), XJ_OK);
    d.register_number = 4; /* before the order began */
    assert_int_equal(round_trip(&d), XJ_EMALFORMED);
    d.order_number = 1; /* entry 1 is the root's */
    assert_int_equal(round_trip(&d), XJ_EMALFORMED);
}

static void opened__wants_two_persons_and_a_reason(void **state)
{
    static const struct {
        const char *by, *second, *reason;
        enum xj_err err;
    } cases[] = {{"甲", "乙", "办案", XJ_OK}, {"甲", "甲", "办案", XJ_EMALFORMED}, {"", "乙", "办案", XJ_EMALFORMED},
                 {"甲", "", "办案", XJ_EMALFORMED}, {"甲", "乙", "", XJ_EMALFORMED}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct xj_opened o = {.order_number = 9, .has_paper = i % 2 == 0, .by = xj_slice_cstr(cases[i].by), .second = xj_slice_cstr(cases[i].second),
                              .reason = xj_slice_cstr(cases[i].reason)}, got;
        struct xj_buf bytes;
        xj_buf_init(&bytes, 4096);
        xj_opened_encode(&o, &bytes);
        must(bytes.err);
        assert_int_equal(xj_opened_decode(xj_buf_slice(&bytes), &got), cases[i].err);
        assert_true(cases[i].err != XJ_OK || (got.has_paper == o.has_paper && xj_slice_eq(got.reason, o.reason)));
        xj_buf_free(&bytes);
    }
}

/* ---- the fact ---- */

static json_t *fact(const char *kind, const char *of_case, const char *message)
{
    json_t *made = json_pack("{s:s, s:s, s:s, s:s, s:i}", "kind", kind, "number", "1号", "basis", "依法", "organ", CITY_REGISTRAR, "date", 20000);
    if (of_case != NULL)
        json_object_set_new(made, "case", json_pack("{s:s}", "hex", of_case));
    if (message != NULL)
        json_object_set_new(made, "messages", json_pack("[{s:s}]", "hex", message));
    return made;
}

static void hex_of(struct xj_id id, char ret[2 * XJ_ID_SIZE + 1])
{
    xj_hex(id.b, sizeof id.b, ret);
}

static uint64_t register_now(struct city *c)
{
    struct xj_reg_head head;
    must(xj_reg_head(&world_agent(c->w, CITY_PROC)->view->store, &head));
    return head.number;
}

static void order__begins_with_a_value_that_was_not_there_before(void **state)
{
    struct city *c = *state;
    struct xj_order o;
    uint8_t id[XJ_ID_SIZE];
    assert_true(xj_unhex(ORDER, id, sizeof id));
    const struct xj_store *store = &world_agent(c->w, CITY_PROC)->view->store;
    assert_int_equal(xj_order_now(store, id, &o), XJ_ENOTFOUND);
    city_register(c, "order", ORDER, fact("restrict", NULL, "aa112233445566778899aabbccddeeff"));
    const uint64_t first = register_now(c);
    city_register(c, "order", ORDER, fact("restrict", NULL, "aa112233445566778899aabbccddeeff")); /* says the same again */
    must(xj_order_now(store, id, &o));
    assert_int_equal(o.number, first);
    assert_int_equal(xj_order_at(store, id, first + 1, &o), XJ_ENOTFOUND);
    city_register(c, "order", ORDER, json_null());
    assert_int_equal(xj_order_now(store, id, &o), XJ_ENOTFOUND);
    must(xj_order_at(store, id, first, &o)); /* what was done under it stays done */
    city_register(c, "order", ORDER, fact("restrict", NULL, "aa112233445566778899aabbccddeeff"));
    must(xj_order_now(store, id, &o));
    assert_int_equal(o.number, first + 3);
    assert_string_equal(o.document, "1号");
    assert_int_equal(o.message_count, 1);
}

/* ---- destroying ---- */

static json_t *looked_at(struct city *c, const char *who, const char *id)
{
    struct xj_id act;
    json_t *made = NULL;
    assert_true(xj_id_parse(id, &act));
    enum xj_err err = xj_render_act(world_agent(c->w, who)->view, act, &made);
    assert_true(err == XJ_OK || err == XJ_ENOTFOUND);
    return made;
}

static bool is_unreadable(struct city *c, const char *who, const char *id, const char *why)
{
    json_t *act = looked_at(c, who, id);
    const char *said = json_string_value(json_object_get(act, "unreadable"));
    bool good = why == NULL ? act != NULL && said == NULL : said != NULL && strcmp(said, why) == 0;
    json_decref(act);
    return good;
}

/* Does it, and gives its id; takes the request. */
static void done(struct city *c, const char *who, json_t *request, char ret[37])
{
    static uint64_t seed = 5000;
    json_t *answer = world_act(c->w, who, request, ++seed);
    assert_non_null(answer);
    const char *status = json_string_value(json_object_get(answer, "status"));
    if (strncmp(status, "admitted", 8) != 0)
        fail_msg("%s %s", json_string_value(json_object_get(answer, "code")), json_string_value(json_object_get(answer, "text")));
    snprintf(c->case_id, sizeof c->case_id, "%s", json_string_value(json_object_get(answer, "case")));
    json_decref(answer);
    json_decref(request);
    must(xj_render_case(world_agent(c->w, who)->view, city_case(c), c->w->now_ms, &answer));
    const json_t *acts = json_object_get(answer, "acts");
    snprintf(ret, 37, "%s", json_string_value(json_object_get(json_array_get(acts, json_array_size(acts) - 1), "id")));
    json_decref(answer);
}

static json_t *share_request(struct city *c, const char *of)
{
    json_t *request = city_request("transfer", c->case_id, "");
    json_object_del(request, "papers");
    json_object_set_new(request, "principals", json_pack("[s]", CITY_REGISTRAR));
    json_object_set_new(request, "relates", json_pack("[{s:s, s:s}]", "relation", "shares", "id", of));
    return request;
}

/* The bureau's transfer, and the police's share of it with the registrar's agency, which is no party to it. */
static void transfer_and_share(struct city *c, char transfer[37], char share[37])
{
    city_do(c, CITY_BUREAU, city_request("transfer_report", NULL, "transfer_report"));
    city_do(c, CITY_BUREAU, city_request("transfer_approved", c->case_id, ""));
    done(c, CITY_BUREAU, city_request("transfer", c->case_id, PAPERS), transfer);
    done(c, CITY_POLICE, share_request(c, transfer), share);
    assert_true(is_unreadable(c, CITY_REGISTRAR, transfer, NULL)); /* it came by the share, and opens */
}

/* Sealed papers of the act that lie in the agency's ledger. */
static size_t papers_of(struct city *c, const char *who, const char *at, const char *id)
{
    json_t *act = looked_at(c, at, id);
    const json_t *one;
    size_t i, there = 0;
    json_array_foreach(json_object_get(act, "papers"), i, one) {
        struct xj_hash digest;
        assert_true(xj_unhex(json_string_value(json_object_get(one, "digest")), digest.b, sizeof digest.b));
        there += test_object_has(world_agent(c->w, who)->db, &digest);
    }
    json_decref(act);
    return there;
}

static void same_when_folded_anew(struct city *c, const char *who, const char *name)
{
    struct xj_hash live, fresh;
    size_t count;
    struct xj_ledger_item *items = city_items(c, who, &count);
    struct xj_view *v = city_view(c, who, name);
    must(xj_view_apply(v, items, count));
    must(xj_view_digest(v, false, &fresh));
    must(xj_view_digest(world_agent(c->w, who)->view, false, &live));
    assert_true(xj_hash_eq(&live, &fresh));
    xj_view_close(v);
    city_items_free(items, count);
}

static void id_hex(const char *uuid, char ret[2 * XJ_ID_SIZE + 1])
{
    struct xj_id id;
    assert_true(xj_id_parse(uuid, &id));
    hex_of(id, ret);
}

static void destroying_a_share__leaves_what_another_message_names(void **state)
{
    struct city *c = *state;
    char transfer[37], share[37], hex[2 * XJ_ID_SIZE + 1];
    transfer_and_share(c, transfer, share);
    assert_true(papers_of(c, CITY_POLICE, CITY_POLICE, transfer) == 4 && papers_of(c, CITY_REGISTRAR, CITY_POLICE, transfer) == 4);
    id_hex(share, hex);
    city_register(c, "order", ORDER, fact("destroy", NULL, hex));
    assert_int_equal(papers_of(c, CITY_POLICE, CITY_POLICE, transfer), 4); /* the transfer itself names them */
    assert_int_equal(papers_of(c, CITY_REGISTRAR, CITY_POLICE, transfer), 0); /* here only the share did */
    assert_true(is_unreadable(c, CITY_POLICE, transfer, NULL) && is_unreadable(c, CITY_POLICE, share, "destroyed"));
    assert_null(looked_at(c, CITY_REGISTRAR, transfer));
    same_when_folded_anew(c, CITY_POLICE, "p");
    same_when_folded_anew(c, CITY_REGISTRAR, "r");
    assert_true(world_verify(c->w));
}

static void destroying_a_message__takes_its_shares_along(void **state)
{
    struct city *c = *state;
    char transfer[37], share[37], hex[2 * XJ_ID_SIZE + 1];
    transfer_and_share(c, transfer, share);
    id_hex(transfer, hex);
    city_register(c, "order", ORDER, fact("destroy", NULL, hex));
    assert_true(is_unreadable(c, CITY_POLICE, transfer, "destroyed") && is_unreadable(c, CITY_POLICE, share, "destroyed"));
    assert_true(is_unreadable(c, CITY_REGISTRAR, share, "destroyed"));
    static const char *const all[] = {CITY_BUREAU, CITY_POLICE, CITY_PROC, CITY_REGISTRAR};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(papers_of(c, all[i], CITY_POLICE, transfer), 0);
    /* Nothing is sent on of what is gone, though the agent would. */
    json_t *request = share_request(c, share);
    json_t *answer = world_act(c->w, CITY_POLICE, request, 99);
    assert_true(answer == NULL || strcmp(json_string_value(json_object_get(answer, "status")), "admitted") != 0);
    json_decref(answer);
    json_decref(request);
    static const char *const names[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < 4; i++)
        same_when_folded_anew(c, all[i], names[i]);
    assert_true(world_verify(c->w));
}

static void an_order__covers_what_was_admitted_before_it(void **state)
{
    struct city *c = *state;
    char hex[2 * XJ_ID_SIZE + 1];
    city_do(c, CITY_BUREAU, city_request("admin_filed", NULL, ""));
    hex_of(city_case(c), hex);
    city_register(c, "order", ORDER, fact("destroy", hex, NULL));
    city_do(c, CITY_BUREAU, city_request("expert_opinion", c->case_id, ""));
    json_t *made = NULL;
    must(xj_render_case(world_agent(c->w, CITY_BUREAU)->view, city_case(c), c->w->now_ms, &made));
    const json_t *acts = json_object_get(made, "acts");
    assert_int_equal(json_array_size(acts), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(acts, 0), "unreadable")), "destroyed");
    assert_true(json_is_object(json_object_get(json_array_get(acts, 1), "body")));
    json_decref(made);
    assert_true(world_verify(c->w));
}

static void working_state__is_rebuilt_from_the_entries(void **state)
{
    struct city *c = *state;
    char transfer[37], share[37], hex[2 * XJ_ID_SIZE + 1];
    transfer_and_share(c, transfer, share);
    id_hex(transfer, hex);
    city_register(c, "order", ORDER, fact("destroy", NULL, hex));
    struct node *n = world_agent(c->w, CITY_POLICE);
    const uint64_t size = xj_log_size(n->log);
    must(xj_db_begin(n->db));
    must(xj_db_kv_clear(n->db));
    must(xj_db_commit(n->db));
    world_restart_agent(c->w, n);
    assert_true(world_settle(c->w, 20000));
    assert_int_equal(xj_log_size(n->log), size + 1); /* a new epoch's entry at most: nothing is destroyed, or said, twice */
    assert_true(world_verify(c->w));
}

static uint64_t entries_of(struct node *n, enum xj_entry_kind kind)
{
    struct xj_buf buf;
    struct xj_entry e;
    uint64_t found = 0;
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    for (uint64_t i = 1; i <= xj_log_size(n->log); i++) {
        must(xj_log_get(n->log, i, &buf, &e));
        found += e.kind == kind;
    }
    xj_buf_free(&buf);
    return found;
}

static uint64_t incidents_of(struct world *w)
{
    struct xj_exchange_figures x;
    xj_exchange_figures(w->core, &x);
    return x.incidents;
}

/* Loses a ledger that an order went over; afterwards it has confirmed anew, and holds nothing of what is gone. */
static void lose(struct city *c, const char *who, bool put_back, uint64_t destroyed, const char *transfer)
{
    struct node *n = world_agent(c->w, who);
    world_lose_agent(c->w, n, put_back);
    assert_true(world_settle(c->w, 40000));
    struct xj_agent_figures now;
    xj_agent_figures(n->core, &now);
    assert_int_equal(now.state, XJ_AGENT_READY);
    assert_int_equal(entries_of(n, XJ_ENTRY_RECOVERED), 1);
    assert_int_equal(entries_of(n, XJ_ENTRY_DESTROYED), destroyed);
    assert_int_equal(papers_of(c, who, CITY_POLICE, transfer), 0);
    assert_true(is_unreadable(c, who, transfer, "destroyed"));
}

static void a_lost_ledger__comes_back_without_what_was_destroyed(void **state)
{
    struct city *c = *state;
    char transfer[37], share[37], hex[2 * XJ_ID_SIZE + 1];
    transfer_and_share(c, transfer, share);
    world_copy_agent(c->w, world_agent(c->w, CITY_PROC)); /* with the content that is to go */
    assert_true(papers_of(c, CITY_PROC, CITY_POLICE, transfer) > 0);
    id_hex(transfer, hex);
    city_register(c, "order", ORDER, fact("destroy", NULL, hex));
    city_do(c, CITY_POLICE, city_request("receipt", c->case_id, "receipt"));
    lose(c, CITY_BUREAU, false, 1, transfer); /* whose own act it is */
    lose(c, CITY_POLICE, false, 1, transfer);
    lose(c, CITY_PROC, true, 1, transfer);
    city_do(c, CITY_POLICE, city_request("acceptance", c->case_id, ""));
    assert_true(world_verify(c->w));
}

/* An exchange whose disk is gone does anew what its register orders: also to what a holder, who had not yet heard of the order, hands
 * back whole; and its statement is made, and those of the holders taken, again. */
static void a_lost_journal__is_rebuilt_without_what_was_destroyed(void **state)
{
    struct city *c = *state;
    struct world *w = c->w;
    struct node *proc = world_agent(w, CITY_PROC);
    char transfer[37], share[37], hex[2 * XJ_ID_SIZE + 1];
    transfer_and_share(c, transfer, share);
    id_hex(transfer, hex);
    w->absent[proc - w->agent] = true; /* its connection is gone, and what the exchange sends there with it */
    proc->connected = false;
    proc->conn++;
    world_cut(w, (int)(proc - w->agent));
    struct xj_changes changes;
    json_t *order = fact("destroy", NULL, hex);
    json_object_set_new(order, "organ", json_string(CITY_PROC));
    xj_changes_init(&changes);
    xj_changes_json(&changes, "order", ORDER, order, "/", NULL);
    must(world_publish(w, &changes));
    const uint64_t said = entries_of(&w->exchange, XJ_ENTRY_DESTROYED);
    assert_int_equal(said, 4); /* its own, and three holders' */
    w->recovery_wait_ms = 5000;
    world_lose_exchange(w, true);
    assert_true(world_run(w, 20000) && world_settle(w, 40000));
    assert_int_equal(entries_of(&w->exchange, XJ_ENTRY_DESTROYED), said);
    const uint64_t incidents = incidents_of(w); /* of the loss itself */
    w->absent[proc - w->agent] = false; /* with all papers, and it hands them back */
    assert_true(papers_of(c, CITY_PROC, CITY_POLICE, transfer) > 0);
    assert_true(world_settle(w, 40000));
    assert_int_equal(papers_of(c, CITY_PROC, CITY_POLICE, transfer), 0);
    assert_int_equal(entries_of(&w->exchange, XJ_ENTRY_DESTROYED), said + 1); /* the fourth holder's; nothing was said twice */
    assert_int_equal(incidents_of(w), incidents);
    xj_changes_free(&changes);
    json_decref(order);
    lose(c, CITY_BUREAU, false, 1, transfer); /* gets back from the new journal what is left of its own */
    city_do(c, CITY_POLICE, city_request("receipt", c->case_id, "receipt"));
    assert_true(world_sound(w));
}

/* ---- the verifier ---- */

struct verdicts {
    bool objects_bad, others_bad;
    uint64_t entry;
};

static void see_check(void *arg, const struct xj_check_result *r)
{
    struct verdicts *v = arg;
    if (r->kind == XJ_CHECK_BAD && strcmp(r->check, "objects") == 0) {
        v->objects_bad = true;
        v->entry = r->entry;
    } else if (r->kind == XJ_CHECK_BAD) {
        v->others_bad = true;
    }
}

/* Of a copy of the agency's ledger after that was done to it (NULL: nothing). */
static struct verdicts verified(struct city *c, const char *who, const char *name, const char *sql)
{
    char path[160];
    struct verdicts v = {.entry = 0};
    struct xj_verify_summary summary;
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/%s.db", c->dir, name);
    must(xj_db_snapshot(world_agent(c->w, who)->db, path));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sql == NULL ? SQLITE_OK : sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    must(xj_verify_file(path, c->w->root.public_key, see_check, &v, &summary));
    return v;
}

static uint64_t statement_entry(struct city *c, const char *who, struct xj_destroyed *ret, struct xj_buf *buf)
{
    struct xj_log *log = world_agent(c->w, who)->log;
    struct xj_entry e;
    for (uint64_t n = 1; n <= xj_log_size(log); n++) {
        must(xj_log_get(log, n, buf, &e));
        if (e.kind == XJ_ENTRY_DESTROYED) {
            must(xj_destroyed_decode(e.head, ret));
            return n;
        }
    }
    fail_msg("no statement");
    return 0;
}

static void verifier__wants_an_order_for_what_is_absent_and_finds_what_came_back(void **state)
{
    struct city *c = *state;
    char transfer[37], share[37], hex[2 * XJ_ID_SIZE + 1], sql[256], digest[2 * XJ_HASH_SIZE + 1];
    struct xj_destroyed d;
    struct xj_buf buf;
    transfer_and_share(c, transfer, share);
    city_do(c, CITY_POLICE, city_request("receipt", c->case_id, "receipt"));
    assert_false(verified(c, CITY_PROC, "before", NULL).objects_bad);
    assert_true(verified(c, CITY_PROC, "taken", "DELETE FROM object WHERE digest = (SELECT digest FROM object LIMIT 1)").objects_bad);
    id_hex(transfer, hex);
    city_register(c, "order", ORDER, fact("destroy", NULL, hex));
    struct verdicts v = verified(c, CITY_PROC, "after", NULL);
    assert_false(v.objects_bad || v.others_bad);
    /* Another object than those listed is still missed; and one of those listed must not be there. */
    assert_true(verified(c, CITY_PROC, "more", "DELETE FROM object WHERE digest = (SELECT digest FROM object LIMIT 1)").objects_bad);
    xj_buf_init(&buf, 4u * 1024 * 1024);
    const uint64_t entry = statement_entry(c, CITY_PROC, &d, &buf);
    xj_hex(d.digests[0].b, XJ_HASH_SIZE, digest);
    snprintf(sql, sizeof sql, "INSERT INTO object(digest, bytes) VALUES(x'%s', x'00')", digest);
    v = verified(c, CITY_PROC, "back", sql);
    assert_true(v.objects_bad && v.entry == entry);
    xj_destroyed_free(&d);
    xj_buf_free(&buf);
}

/* ---- restricting ---- */

static void restricting__hides_and_lifting_shows_again(void **state)
{
    struct city *c = *state;
    char transfer[37], share[37], hex[2 * XJ_ID_SIZE + 1];
    uint8_t order[XJ_ID_SIZE];
    uint64_t number = 0;
    struct xj_id id;
    json_t *made = NULL;
    struct xj_hash before, after;
    transfer_and_share(c, transfer, share);
    assert_true(xj_id_parse(transfer, &id));
    struct xj_view *v = world_agent(c->w, CITY_POLICE)->view;
    must(xj_view_digest(v, false, &before));
    assert_false(xj_view_restricted_by(v, id, order, &number));
    hex_of(city_case(c), hex);
    city_register(c, "order", ORDER, fact("restrict", hex, NULL));
    assert_true(is_unreadable(c, CITY_POLICE, transfer, "restricted") && is_unreadable(c, CITY_REGISTRAR, transfer, "restricted"));
    assert_true(xj_view_restricted_by(v, id, order, &number));
    assert_int_equal(number, register_now(c));
    must(xj_render_opened(v, id, &made));
    assert_true(json_is_object(json_object_get(made, "body")));
    json_decref(made);
    same_when_folded_anew(c, CITY_POLICE, "p");
    same_when_folded_anew(c, CITY_REGISTRAR, "r");
    assert_int_equal(papers_of(c, CITY_POLICE, CITY_POLICE, transfer), 4); /* nothing is gone */
    /* What comes after the order is open. */
    city_do(c, CITY_POLICE, city_request("receipt", c->case_id, "receipt"));
    json_t *act = NULL;
    must(xj_render_case(v, city_case(c), c->w->now_ms, &act));
    const json_t *acts = json_object_get(act, "acts");
    assert_true(json_is_object(json_object_get(json_array_get(acts, json_array_size(acts) - 1), "body")));
    json_decref(act);
    city_register(c, "order", ORDER, json_null());
    assert_true(is_unreadable(c, CITY_POLICE, transfer, NULL) && is_unreadable(c, CITY_REGISTRAR, transfer, NULL));
    assert_false(xj_view_restricted_by(v, id, order, &number));
    assert_int_equal(xj_render_opened(v, id, &made), XJ_ENOTFOUND);
    same_when_folded_anew(c, CITY_POLICE, "q");
    must(xj_view_digest(v, false, &after));
    assert_false(xj_hash_eq(&before, &after)); /* the register moved, and the receipt came */
    assert_true(world_verify(c->w));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(destroyed__reads_what_it_writes_and_refuses_the_rest),
        cmocka_unit_test(opened__wants_two_persons_and_a_reason),
        cmocka_unit_test_setup_teardown(order__begins_with_a_value_that_was_not_there_before, city_up, city_down),
        cmocka_unit_test_setup_teardown(destroying_a_share__leaves_what_another_message_names, city_up, city_down),
        cmocka_unit_test_setup_teardown(destroying_a_message__takes_its_shares_along, city_up, city_down),
        cmocka_unit_test_setup_teardown(an_order__covers_what_was_admitted_before_it, city_up, city_down),
        cmocka_unit_test_setup_teardown(working_state__is_rebuilt_from_the_entries, city_up, city_down),
        cmocka_unit_test_setup_teardown(a_lost_ledger__comes_back_without_what_was_destroyed, city_up, city_down),
        cmocka_unit_test_setup_teardown(a_lost_journal__is_rebuilt_without_what_was_destroyed, city_up, city_down),
        cmocka_unit_test_setup_teardown(verifier__wants_an_order_for_what_is_absent_and_finds_what_came_back, city_up, city_down),
        cmocka_unit_test_setup_teardown(restricting__hides_and_lifting_shows_again, city_up, city_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
