#include "tests/unit/exchange_hand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/draft.h"
#include "schema/base/tree.h"
#include "tests/sim/world_private.h"

static void drop_frames(struct hand *h)
{
    for (size_t i = 0; i < h->out_count; i++)
        xj_buf_free(&h->out[i].bytes);
    h->out_count = 0;
}

int hand_up(void **state)
{
    static const char *const ids[] = {CITY_REGISTRAR, CITY_BUREAU, CITY_POLICE, CITY_PROC};
    void *city;
    struct hand *h = calloc(1, sizeof *h);
    if (h == NULL || city_up(&city) != 0)
        return -1;
    h->city = city;
    h->w = h->city->w;
    city_history(h->city);
    for (size_t i = 0; i < 4; i++) {
        h->agency[i].id = ids[i];
        h->agency[i].node = world_agent(h->w, ids[i]);
    }
    *state = h;
    return 0;
}

int hand_down(void **state)
{
    struct hand *h = *state;
    void *city = h->city;
    drop_frames(h);
    free(h);
    return city_down(&city);
}

struct hand_agency *hand_of(struct hand *h, const char *who)
{
    for (size_t i = 0; i < 4; i++)
        if (strcmp(h->agency[i].id, who) == 0)
            return &h->agency[i];
    fail_msg("no agency %s", who);
    return NULL;
}

/* ---- turns ---- */

static void turn(struct hand *h, const struct xj_exchange_event *ev)
{
    struct xj_exchange_action a;
    drop_frames(h);
    assert_int_equal(xj_db_begin(h->w->exchange.db), XJ_OK);
    assert_int_equal(xj_exchange_step(h->w->core, ev), XJ_OK);
    assert_int_equal(xj_exchange_flush(h->w->core), XJ_OK);
    assert_int_equal(xj_db_commit(h->w->exchange.db), XJ_OK);
    while (xj_exchange_take(h->w->core, &a)) {
        assert_true(h->out_count < HAND_FRAMES);
        h->out[h->out_count++] = a;
    }
}

void hand_frame_from(struct hand *h, const char *who, const char *conn, const uint8_t key[32], struct xj_buf *frame)
{
    assert_int_equal(frame->err, XJ_OK);
    const struct xj_exchange_event ev = {.kind = XJ_XE_FRAME, .conn = xj_slice_cstr(conn), .agency = xj_slice_cstr(who),
                                         .key = xj_slice_of(key, 32), .bytes = xj_buf_slice(frame)};
    turn(h, &ev);
    xj_buf_free(frame);
}

void hand_frame(struct hand *h, const char *who, struct xj_buf *frame)
{
    const struct hand_agency *a = hand_of(h, who);
    hand_frame_from(h, who, a->conn, a->node->public_keys.transport, frame);
}

void hand_tick(struct hand *h, int64_t ms)
{
    const struct xj_exchange_event ev = {.kind = XJ_XE_TICK};
    h->w->now_ms += ms;
    turn(h, &ev);
}

void hand_restart(struct hand *h)
{
    drop_frames(h);
    world_exchange_down(h->w);
    assert_int_equal(world_exchange_open(h->w), XJ_OK);
}

struct xj_hello hand_hello_of(const struct hand_agency *a)
{
    return (struct xj_hello){.store = a->store, .nonce = a->nonce, .last_epoch = a->epoch, .ledger_size = a->ledger_size,
                             .ledger_head = a->ledger_head, .own_number = a->number, .has_own_digest = a->number > 0,
                             .own_digest = a->previous, .mailbox = a->mailbox, .credit = XJ_MAX_CREDIT, .software = xj_slice_cstr("hand")};
}

void hand_hello_as(struct hand *h, const char *who, const char *conn, const struct xj_hello *hello)
{
    struct xj_buf frame;
    struct hand_agency *a = hand_of(h, who);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_hello(&frame, ++a->frame, hello);
    hand_frame_from(h, who, conn, a->node->public_keys.transport, &frame);
}

void hand_hello(struct hand *h, const char *who)
{
    struct xj_frame f;
    struct hand_agency *a = hand_of(h, who);
    snprintf(a->conn, sizeof a->conn, "by hand %llu", (unsigned long long)++h->connections);
    a->frame = 0;
    if (xj_id_is_nil(&a->store)) { /* its ledger's own, so that the exchange sees a reconnection */
        a->store = xj_db_store_id(a->node->db);
        a->ledger_size = a->number = a->mailbox = UINT64_MAX;
    }
    a->nonce.b[0] = (uint8_t)h->connections;
    struct xj_hello hello = hand_hello_of(a);
    hand_hello_as(h, who, a->conn, &hello);
    assert_true(hand_sent(h, a->conn, XJ_F_WELCOME, 0, &f));
    a->epoch = f.welcome.epoch;
    a->number = f.welcome.own_number;
    a->previous = f.welcome.own_digest;
    a->mailbox = f.welcome.mailbox_stored;
    a->ledger_size = f.welcome.ledger_size;
    a->ledger_head = f.welcome.ledger_head;
    xj_frame_close(&f);
}

/* ---- what came ---- */

static bool goes_to(const struct xj_exchange_action *a, const char *conn)
{
    return a->kind == XJ_XA_SEND && a->conn_bytes == strlen(conn) && memcmp(a->conn, conn, a->conn_bytes) == 0;
}

bool hand_sent(struct hand *h, const char *conn, enum xj_frame_type type, size_t i, struct xj_frame *ret)
{
    for (size_t k = 0; k < h->out_count; k++) {
        if (!goes_to(&h->out[k], conn))
            continue;
        assert_int_equal(xj_frame_open(xj_buf_slice(&h->out[k].bytes), ret), XJ_OK);
        if (ret->type == type && i-- == 0)
            return true;
        xj_frame_close(ret);
    }
    return false;
}

size_t hand_sent_count(struct hand *h, const char *conn, enum xj_frame_type type)
{
    struct xj_frame f;
    size_t n = 0;
    while (hand_sent(h, conn, type, n, &f)) {
        xj_frame_close(&f);
        n++;
    }
    return n;
}

static void keep_text(char *to, size_t size, struct xj_slice from)
{
    snprintf(to, size, "%.*s", (int)from.n, (const char *)from.p);
}

uint64_t hand_notice_to(struct hand *h, const char *conn, const char *code)
{
    struct xj_frame f;
    assert_int_equal(hand_sent_count(h, conn, XJ_F_NOTICE), 1);
    assert_true(hand_sent(h, conn, XJ_F_NOTICE, 0, &f));
    keep_text(h->code, sizeof h->code, f.notice.code);
    const uint64_t number = f.notice.number;
    assert_true(f.notice.text_zh.n > 0 && f.notice.text_en.n > 0);
    xj_frame_close(&f);
    assert_string_equal(h->code, code);
    return number;
}

uint64_t hand_notice(struct hand *h, const char *who, const char *code)
{
    return hand_notice_to(h, hand_of(h, who)->conn, code);
}

/* The only answer of the last turn, its signature seen to be the exchange's. */
static void answer(struct hand *h, const char *who, struct xj_frame *f, struct xj_frame_item *item)
{
    const char *conn = hand_of(h, who)->conn;
    if (hand_sent_count(h, conn, XJ_F_ANSWER) != 1 && hand_sent_count(h, conn, XJ_F_NOTICE) == 1)
        hand_notice_to(h, conn, "an answer, not a notice");
    assert_int_equal(hand_sent_count(h, conn, XJ_F_ANSWER), 1);
    assert_true(hand_sent(h, conn, XJ_F_ANSWER, 0, f));
    assert_true(xj_frame_next(f, item));
    assert_int_equal(f->items.left, 0);
    const struct xj_hash d = xj_digest(item->number == 1 ? XJ_CTX_ADMITTED : XJ_CTX_REFUSED, item->statement);
    assert_int_equal(xj_verify(NULL, h->w->exchange_keys.sign.public_key, &d, item->signature), XJ_OK);
}

static void consumed(struct hand *h, const char *who)
{
    struct hand_agency *a = hand_of(h, who);
    a->number++;
    a->previous = h->submitted;
}

void hand_refused(struct hand *h, const char *who, const char *code, const char *detail)
{
    struct xj_frame f;
    struct xj_frame_item item;
    struct xj_refused r;
    answer(h, who, &f, &item);
    assert_int_equal(item.number, 2);
    assert_int_equal(xj_refused_decode(item.statement, &r), XJ_OK);
    keep_text(h->code, sizeof h->code, r.code);
    keep_text(h->detail, sizeof h->detail, r.detail);
    assert_true(xj_slice_is(r.agency, who) && xj_hash_eq(&r.message, &h->submitted));
    assert_true(r.rule.n > 0 && r.remedy_zh.n > 0 && r.remedy_en.n > 0);
    const bool next = r.number == hand_of(h, who)->number + 1;
    xj_frame_close(&f);
    assert_string_equal(h->code, code);
    if (detail != NULL)
        assert_string_equal(h->detail, detail);
    if (next)
        consumed(h, who);
}

void hand_admitted(struct hand *h, const char *who, const char *breach)
{
    static struct xj_admitted st;
    struct xj_frame f;
    struct xj_frame_item item;
    answer(h, who, &f, &item);
    if (item.number == 2) {
        xj_frame_close(&f);
        hand_refused(h, who, "no refusal", NULL);
    }
    assert_int_equal(xj_admitted_decode(item.statement, &st), XJ_OK);
    assert_true(xj_hash_eq(&st.message, &h->submitted));
    keep_text(h->code, sizeof h->code, st.breach_count > 0 ? st.breaches[0].code : xj_slice_cstr(""));
    keep_text(h->detail, sizeof h->detail, st.breach_count > 0 ? st.breaches[0].detail : xj_slice_cstr(""));
    xj_frame_close(&f);
    assert_string_equal(h->code, breach);
    consumed(h, who);
}

void hand_answer_bytes(struct hand *h, const char *who, struct xj_buf *ret)
{
    struct xj_frame f;
    struct xj_frame_item item;
    answer(h, who, &f, &item);
    xj_buf_add_slice(ret, item.statement);
    xj_buf_add_slice(ret, item.signature);
    xj_frame_close(&f);
}

/* ---- acts ---- */

struct xj_outgoing *hand_draft(struct hand *h, const char *who, json_t *request)
{
    struct hand_agency *a = hand_of(h, who);
    struct xj_outgoing *out = NULL;
    struct xj_draft_refusal *refusal = calloc(1, sizeof *refusal);
    assert_non_null(refusal);
    if (xj_draft_build(a->node->view, &a->node->env, &a->node->keys, a->node->pairs, request, &out, refusal) != XJ_OK)
        fail_msg("not drafted: %s %s", refusal->code, refusal->detail);
    free(refusal);
    json_decref(request);
    hand_number(h, who, out);
    return out;
}

void hand_number(struct hand *h, const char *who, struct xj_outgoing *out)
{
    const struct hand_agency *a = hand_of(h, who);
    out->header.number = a->number + 1;
    out->header.has_previous = a->number > 0;
    out->header.previous = a->previous;
}

void hand_seal(struct hand *h, const char *who, const struct xj_outgoing *out, const struct xj_sign_key *key, struct xj_buf *message)
{
    struct xj_buf header, signature;
    xj_buf_init(&header, XJ_MAX_HEADER_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_buf_init(message, XJ_MAX_FRAME_BYTES);
    xj_header_encode(&out->header, &header);
    assert_int_equal(header.err, XJ_OK);
    const struct xj_hash digest = xj_header_digest(xj_buf_slice(&header));
    xj_sign_one(key != NULL ? key : &hand_of(h, who)->node->keys.sign, &digest, &signature);
    const struct xj_message m = {xj_buf_slice(&header), xj_buf_slice(&out->body), xj_buf_slice(&out->keys), xj_buf_slice(&signature)};
    xj_message_join(&m, message);
    assert_int_equal(message->err, XJ_OK);
    xj_buf_free(&header);
    xj_buf_free(&signature);
}

void hand_papers(struct hand *h, const char *who, const struct xj_outgoing *out)
{
    struct hand_agency *a = hand_of(h, who);
    for (size_t i = 0; i < out->paper_count; i++) {
        struct xj_buf frame;
        xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
        xj_frame_paper(&frame, XJ_F_PAPER_PUT, a->epoch, ++a->frame, &out->papers[i].digest, xj_buf_slice(&out->papers[i].sealed));
        hand_frame(h, who, &frame);
        assert_int_equal(hand_sent_count(h, a->conn, XJ_F_NOTICE), 0);
    }
}

void hand_submit(struct hand *h, const char *who, struct xj_slice message)
{
    struct hand_agency *a = hand_of(h, who);
    struct xj_message m;
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    if (xj_message_split(message, &m) != XJ_EMALFORMED)
        h->submitted = xj_header_digest(m.header);
    xj_frame_list(&frame, XJ_F_SUBMIT, a->epoch, ++a->frame, 0, 1);
    xj_frame_put_submit(&frame, message);
    hand_frame(h, who, &frame);
}

void hand_send(struct hand *h, const char *who, const struct xj_outgoing *out)
{
    struct xj_buf message;
    hand_papers(h, who, out);
    hand_seal(h, who, out, NULL, &message);
    hand_submit(h, who, xj_buf_slice(&message));
    xj_buf_free(&message);
}

struct xj_outgoing *hand_report(struct hand *h)
{
    json_t *report = city_request("transfer_report", NULL, "transfer_report");
    json_object_set_new(json_object_get(report, "body"), "title", json_string("销售假药案"));
    return hand_draft(h, CITY_BUREAU, report);
}

/* ---- receipts ---- */

struct xj_stored hand_stored_of(struct hand *h, const char *who, uint64_t first, const struct xj_hash *digests, size_t count)
{
    struct hand_agency *a = hand_of(h, who);
    struct xj_hash leaves[64];
    struct xj_reg_head head;
    struct xj_store store = xj_db_store(h->w->exchange.db);
    assert_true(count <= 64);
    for (size_t i = 0; i < count; i++)
        leaves[i] = xj_tree_mail_leaf(first + i, &digests[i]);
    assert_int_equal(xj_reg_head(&store, &head), XJ_OK);
    return (struct xj_stored){.agency = xj_slice_cstr(who), .first = first, .last = first + count - 1, .root = xj_tree_root(leaves, count),
                              .ledger_size = a->ledger_size + 1, .ledger_head = a->ledger_head, .time_ms = h->w->now_ms,
                              .register_number = head.number};
}

void hand_stored(struct hand *h, const char *who, const struct xj_stored *st, const struct xj_sign_key *key, uint64_t credit)
{
    struct hand_agency *a = hand_of(h, who);
    struct xj_buf statement, signature, frame;
    xj_buf_init(&statement, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_stored_encode(st, &statement);
    const struct xj_hash digest = xj_digest(XJ_CTX_STORED, xj_buf_slice(&statement));
    xj_sign_one(key != NULL ? key : &a->node->keys.sign, &digest, &signature);
    xj_frame_stored(&frame, a->epoch, ++a->frame, xj_buf_slice(&statement), xj_buf_slice(&signature), credit);
    xj_buf_free(&statement);
    xj_buf_free(&signature);
    hand_frame(h, who, &frame);
}

struct incident_count {
    const char *code;
    size_t n;
};

static bool count_incident(void *arg, const struct xj_entry *e)
{
    struct incident_count *c = arg;
    struct xj_doc doc = {0};
    if (e->kind != XJ_ENTRY_INCIDENT || xj_doc_open(&doc, e->head, 16) != XJ_OK)
        return true;
    struct xj_cur cur = xj_cur_over(&doc.root, 3, 3);
    c->n += xj_slice_is(xj_take_str(&cur, 1, 64), c->code);
    xj_doc_close(&doc);
    return true;
}

size_t hand_incidents(struct hand *h, const char *code)
{
    struct incident_count c = {code, 0};
    assert_int_equal(xj_log_scan(h->w->exchange.log, 1, count_incident, &c), XJ_OK);
    return c.n;
}
