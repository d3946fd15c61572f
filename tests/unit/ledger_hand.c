#include "tests/unit/ledger_hand.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema/ledger/rebuilt.h"
#include "schema/ledger/recovery.h"
#include "schema/wire/destroyed.h"
#include "schema/wire/pack.h"
#include "tests/unit/ledger_fixture_private.h"

#define TIME_MS 1000
#define MAIL_MAX 32

struct made {
    struct xj_hash digest, body, keys, paper;
    struct xj_buf header, sig;
    bool has_paper;
    struct xj_id id;
    uint64_t number;
    int from, to;
};
struct side { /* an agency, as far as this file goes */
    uint64_t mailbox, stored, feed, size;
    struct xj_hash head;
    size_t mail[MAIL_MAX]; /* by mailbox number: the message */
};
struct receipt {
    struct xj_hash digest, leaves[MAIL_MAX];
    uint64_t first, count;
    int64_t time_ms;
    int by;
};
struct hand {
    struct fixture f; /* a copy: numbers begin anew */
    const struct hand_case *h;
    struct ledger_case *c;
    struct xj_db *db;
    struct xj_log *log;
    struct made made[HAND_STEPS + 1];
    size_t count;
    struct side side[HAND_C + 1];
    struct receipt receipt; /* the last */
    struct xj_lost lost;
    uint64_t offset, order_number, unknown_at; /* unknown_at: the entry that becomes one of unknown_kind */
    uint64_t gap_at;
    int64_t unknown_kind;
};

static void flawed(const struct hand_step *s, enum hand_flaw flaw, struct xj_hash *hash)
{
    if (s->flaws & (unsigned)flaw)
        hash->b[9] ^= 1;
}

static const struct xj_sign_key *key_of(const struct hand *w, int who)
{
    return who == 0 ? &w->f.exchange : &w->f.agency[who - 1].sign;
}

static struct xj_slice id_of(const struct hand *w, int who)
{
    return xj_slice_cstr(w->f.agency[who - 1].id);
}

static uint64_t next_entry(const struct hand *w)
{
    return xj_log_size(w->log) + 1;
}

/* Appends an entry, signed by `who` (0: the exchange) under that context; NULL: without signature. */
static void put(struct hand *w, const struct hand_step *s, enum xj_entry_kind kind, const struct xj_buf *head, const char *context, int who)
{
    struct xj_buf sig = {0};
    uint64_t n = 0;
    must(head->err);
    if (context != NULL) {
        const struct xj_hash d = xj_digest(context, xj_buf_slice(head));
        const int other = who == HAND_C ? HAND_A : HAND_C;
        fixture_sign(key_of(w, s->flaws & HAND_KEY ? other : who), &d, &sig);
    }
    must(xj_log_append(w->log, kind, TIME_MS, xj_buf_slice(head), xj_buf_slice(&sig), &n));
    xj_buf_free(&sig);
}

/* ---- messages ---- */

static void put_object(struct hand *w, const struct xj_hash *digest, const struct xj_buf *bytes, bool put_it)
{
    if (put_it)
        must(xj_object_put(w->db, digest, xj_buf_slice(bytes)));
}

static void put_objects(struct hand *w, const struct hand_step *s, const struct fixture_envelope *m)
{
    put_object(w, &m->h.body_digest, s->flaws & HAND_WRONG_BYTES ? &m->keys : &m->body, !(s->flaws & (HAND_NO_BODY | HAND_SWAPPED)));
    put_object(w, &m->h.keys_digest, &m->keys, !(s->flaws & HAND_NO_KEYS));
    if (m->h.paper_count > 0)
        put_object(w, &m->h.papers[0].sealed, &m->paper, !(s->flaws & HAND_NO_PAPER));
}

static const struct made *spoken_of(const struct hand *w, const struct hand_step *s)
{
    assert_true(w->count > 0 && s->of <= w->count);
    return &w->made[s->of > 0 ? s->of : w->count];
}

static void sign_header(struct hand *w, const struct hand_step *s, struct fixture_envelope *m, int from)
{
    xj_buf_reset(&m->header);
    if (s->flaws & HAND_JUNK)
        xj_put_cstr(&m->header, "no header");
    else
        xj_header_encode(&m->h, &m->header);
    must(m->header.err);
    m->digest = xj_header_digest(xj_buf_slice(&m->header));
    xj_buf_free(&m->sig);
    fixture_sign(key_of(w, s->flaws & HAND_KEY ? HAND_C : from), &m->digest, &m->sig);
    w->f.agency[from - 1].last = m->digest;
}

static void bend(struct hand *w, const struct hand_step *s, struct fixture_envelope *m)
{
    if (s->flaws & HAND_PREVIOUS)
        m->h.previous.b[3] ^= 1;
    if (s->flaws & HAND_BAD_KEYS) {
        xj_buf_reset(&m->keys);
        xj_put_cstr(&m->keys, "no keys");
        m->h.keys_digest = xj_digest(XJ_CTX_KEYS, xj_buf_slice(&m->keys));
    }
    if (s->flaws & HAND_SWAPPED)
        m->h.body_digest = m->h.keys_digest;
    if (s->flaws & HAND_SHARES)
        m->h.relates[m->h.relate_count++] = (struct xj_header_relate){xj_slice_cstr("shares"), spoken_of(w, s)->id};
}

static void message(struct hand *w, const struct hand_step *s, enum xj_entry_kind kind)
{
    const int from = s->who > 0 ? s->who : kind == XJ_ENTRY_RECEIVED ? HAND_B : HAND_A;
    const int to = s->to > 0 ? s->to : from == HAND_A ? HAND_B : HAND_A;
    enum xj_to_role roles[3] = {XJ_TO_INVALID, XJ_TO_INVALID, XJ_TO_INVALID};
    struct fixture_envelope m;
    uint64_t n;
    if (s->flaws & HAND_AGAIN) {
        const struct made *before = spoken_of(w, s);
        must(xj_log_append(w->log, kind, TIME_MS, xj_buf_slice(&before->header), xj_buf_slice(&before->sig), &n));
        return;
    }
    roles[to - 1] = s->flaws & HAND_NOTICE ? XJ_TO_NOTICE : XJ_TO_PRINCIPAL;
    if (s->number > 0)
        w->f.agency[from - 1].number = s->number - 1;
    fixture_compose(&w->f, &m, (size_t)from - 1, roles, -1, s->flaws & HAND_PAPER);
    bend(w, s, &m);
    sign_header(w, s, &m, from);
    must(xj_log_append(w->log, kind, TIME_MS, xj_buf_slice(&m.header), xj_buf_slice(&m.sig), &n));
    put_objects(w, s, &m);
    struct made *made = &w->made[++w->count];
    *made = (struct made){.digest = m.digest, .body = m.h.body_digest, .keys = m.h.keys_digest, .id = m.h.id, .number = m.h.number,
                          .from = from, .to = to, .has_paper = m.h.paper_count > 0, .header = m.header, .sig = m.sig};
    if (made->has_paper)
        made->paper = m.h.papers[0].sealed;
    m.header = m.sig = (struct xj_buf){0}; /* the made one's now */
    fixture_envelope_free(&m);
}

/* ---- statements about messages ---- */

static uint64_t register_of(const struct hand *w, const struct hand_step *s)
{
    return s->flaws & HAND_AT_NOTHING ? 0 : s->at > 0 ? s->at : w->f.registered;
}

static void admitted(struct hand *w, const struct hand_step *s, struct xj_buf *head)
{
    const struct made *m = spoken_of(w, s);
    const int to = s->to > 0 ? s->to : m->to;
    struct side *side = &w->side[to];
    struct xj_admitted a = {.time_ms = TIME_MS, .message = m->digest, .register_number = register_of(w, s), .recipient_count = 1};
    const uint64_t k = s->k > 0 ? s->k : side->mailbox + 1;
    a.seq = s->seq > 0 ? s->seq : next_entry(w) + w->offset;
    flawed(s, HAND_OTHER, &a.message);
    a.recipients[0] = (struct xj_st_recipient){id_of(w, to), k};
    side->mailbox = k > side->mailbox ? k : side->mailbox;
    assert_true(k < MAIL_MAX);
    side->mail[k] = (size_t)(m - w->made);
    xj_admitted_encode(&a, head);
    put(w, s, XJ_ENTRY_ADMITTED, head, XJ_CTX_ADMITTED, 0);
}

static void refused(struct hand *w, const struct hand_step *s, struct xj_buf *head)
{
    const struct made *m = spoken_of(w, s);
    struct xj_refused r = {.time_ms = TIME_MS, .agency = id_of(w, s->who > 0 ? s->who : m->from), .id = m->id, .message = m->digest,
                           .register_number = register_of(w, s)};
    const struct xj_slice none = xj_slice_cstr("");
    r.number = s->number > 0 ? s->number : m->number;
    r.code = xj_slice_cstr(s->code != NULL ? s->code : "act_unknown");
    r.detail = r.rule = r.article = r.remedy_zh = r.remedy_en = none;
    r.position = s->seq > 0 ? s->seq : next_entry(w) + w->offset;
    r.id.b[3] ^= (s->flaws & HAND_ID) != 0;
    flawed(s, HAND_OTHER, &r.message);
    xj_refused_encode(&r, head);
    put(w, s, XJ_ENTRY_REFUSED, head, XJ_CTX_REFUSED, 0);
}

static void stored(struct hand *w, const struct hand_step *s, struct xj_buf *head)
{
    const int by = s->who > 0 ? s->who : w->h->journal ? HAND_B : HAND_A;
    struct side *side = &w->side[by];
    struct receipt *r = &w->receipt;
    *r = (struct receipt){.first = s->first > 0 ? s->first : side->stored + 1, .time_ms = TIME_MS, .by = by};
    struct xj_stored t = {.agency = id_of(w, by), .first = r->first, .last = s->last > 0 ? s->last : side->mailbox, .time_ms = TIME_MS,
                          .register_number = register_of(w, s)};
    for (uint64_t k = t.first; k <= t.last && k < MAIL_MAX; k++)
        r->leaves[r->count++] = xj_tree_mail_leaf(k, &w->made[side->mail[k]].digest);
    t.root = xj_tree_root(r->leaves, r->count);
    t.ledger_size = s->size > 0 ? s->size : xj_log_size(w->log);
    t.ledger_head = xj_log_root(w->log);
    flawed(s, HAND_ROOT, &t.root);
    flawed(s, HAND_HEAD, &t.ledger_head);
    side->stored = t.last;
    side->size = t.ledger_size;
    side->head = t.ledger_head;
    xj_stored_encode(&t, head);
    r->digest = xj_digest(XJ_CTX_STORED, xj_buf_slice(head));
    put(w, s, XJ_ENTRY_STORED, head, XJ_CTX_STORED, by);
}

static void delivered(struct hand *w, const struct hand_step *s, struct xj_buf *head)
{
    const struct made *m = spoken_of(w, s);
    const struct receipt *r = &w->receipt;
    const int who = s->who > 0 ? s->who : HAND_A, by = s->to > 0 ? s->to : r->by;
    struct xj_delivered_item item = {.message = m->digest, .has_path = !(s->flaws & HAND_NO_PATH)};
    struct xj_delivered d = {.owner = id_of(w, who), .recipient = id_of(w, by), .recipient_ms = r->time_ms, .exchange_ms = TIME_MS,
                             .stored = r->digest, .register_number = register_of(w, s), .item_count = 1, .items = &item};
    d.number = s->number > 0 ? s->number : w->side[who].feed + 1;
    w->side[who].feed = d.number;
    item.mailbox_number = s->k > 0 ? s->k : r->first;
    item.index = item.mailbox_number - r->first;
    if (item.has_path && item.index < r->count)
        item.path_count = xj_tree_path(r->leaves, r->count, item.index, item.path);
    item.index += (s->flaws & HAND_INDEX) != 0;
    if (s->flaws & HAND_PATH)
        item.path[item.path_count++].b[0] = 1;
    d.recipient_ms += (s->flaws & HAND_TIME) != 0;
    flawed(s, HAND_OTHER, &d.stored);
    xj_delivered_encode(&d, head);
    put(w, s, XJ_ENTRY_DELIVERED, head, XJ_CTX_DELIVERED, 0);
}

/* ---- lost ledgers and journals ---- */

static void epoch(struct hand *w, const struct hand_step *s, struct xj_buf *head)
{
    const struct xj_hash none = xj_sha256(NULL, 0);
    struct xj_id store = {{(uint8_t)(s->number + 1)}};
    xj_put_array(head, w->h->journal ? 5 : 4);
    if (w->h->journal)
        xj_put_str(head, s->flaws & HAND_OTHER ? xj_slice_cstr("no agency") : id_of(w, HAND_A));
    xj_put_bins(head, xj_id_slice(&store));
    xj_put_uint(head, 1);
    xj_put_uint(head, 0);
    xj_put_bins(head, xj_hash_slice(&none));
    put(w, s, XJ_ENTRY_EPOCH, head, NULL, 0);
}

static void recovery(struct hand *w, const struct hand_step *s, struct xj_buf *head)
{
    struct xj_recovery r = {.epoch = 2};
    w->lost = (struct xj_lost){.size = s->size, .head = xj_sha256(NULL, 0), .own_number = s->number, .mailbox = s->last, .feed = s->k};
    r.lost = w->lost;
    xj_recovery_encode(&r, head);
    put(w, s, XJ_ENTRY_RECOVERY, head, NULL, 0);
}

static void recovered(struct hand *w, const struct hand_step *s, struct xj_buf *head)
{
    const int who = s->who > 0 ? s->who : HAND_A;
    struct side *side = &w->side[who];
    struct xj_recovered r = {.agency = id_of(w, who), .epoch = 2, .lost = w->lost, .ledger_head = xj_log_root(w->log), .time_ms = TIME_MS,
                             .register_number = register_of(w, s)};
    if (w->h->journal)
        r.lost = (struct xj_lost){.size = side->size, .head = side->size > 0 ? side->head : xj_sha256(NULL, 0),
                                  .own_number = w->f.agency[who - 1].number, .mailbox = side->stored, .feed = side->feed};
    r.lost.own_number = s->number > 0 ? s->number : r.lost.own_number;
    r.lost.mailbox = s->last > 0 ? s->last : r.lost.mailbox;
    r.lost.feed = s->k > 0 ? s->k : r.lost.feed;
    r.ledger_size = s->size > 0 ? s->size : xj_log_size(w->log);
    flawed(s, HAND_HEAD, &r.ledger_head);
    flawed(s, HAND_ROOT, &r.lost.head);
    side->size = r.ledger_size;
    side->head = r.ledger_head;
    xj_recovered_encode(&r, head);
    put(w, s, XJ_ENTRY_RECOVERED, head, XJ_CTX_RECOVERED, who);
}

static void rebuild(struct hand *w, const struct hand_step *s, struct xj_buf *head)
{
    struct xj_rebuilt r = {.stage = (enum xj_rebuilt_stage)s->number, .agency = id_of(w, s->who > 0 ? s->who : HAND_A), .count = s->k,
                           .offset = s->offset, .lost_count = 1};
    r.heard = xj_slice_of(w->f.agency[0].id, strlen(w->f.agency[0].id) + 1);
    r.missing = xj_slice_of(w->f.agency[1].id, strlen(w->f.agency[1].id) + 1);
    if (r.stage == XJ_REBUILT_RESUMED)
        w->offset = s->offset;
    xj_rebuilt_encode(&r, head);
    put(w, s, XJ_ENTRY_REBUILD, head, NULL, 0);
}

static void unrecovered(struct hand *w, const struct hand_step *s, struct xj_buf *head)
{
    const int who = s->who > 0 ? s->who : HAND_A;
    struct xj_unrecovered u = {.agency = id_of(w, who), .which = (enum xj_numbers)s->k, .first = s->first, .last = s->last,
                               .time_ms = TIME_MS, .register_number = register_of(w, s)};
    struct side *side = &w->side[who];
    uint64_t *reached = u.which == XJ_NUMBERS_MAILBOX ? &side->mailbox : u.which == XJ_NUMBERS_FEED ? &side->feed : NULL;
    if (reached != NULL && *reached < u.last)
        *reached = u.last;
    xj_unrecovered_encode(&u, head);
    put(w, s, XJ_ENTRY_UNRECOVERED, head, XJ_CTX_UNRECOVERED, 0);
}

/* ---- orders ---- */

static const uint8_t order_id[XJ_ID_SIZE] = {0x0d};

static void put_register(struct hand *w, const struct hand_step *s, const struct xj_reg_change *change, struct xj_buf *head)
{
    struct xj_buf sig;
    uint64_t n;
    xj_reg_entry_encode(++w->f.registered, TIME_MS, &w->f.register_digest, change, 1, head);
    must(head->err);
    w->f.register_digest = xj_digest(XJ_CTX_REGISTER, xj_buf_slice(head));
    fixture_sign(s->flaws & HAND_KEY ? &w->f.exchange : &w->f.registrar, &w->f.register_digest, &sig);
    must(xj_log_append(w->log, XJ_ENTRY_REGISTER, TIME_MS, xj_buf_slice(head), xj_buf_slice(&sig), &n));
    xj_buf_free(&sig);
}

/* A register entry with an order over the message spoken of. */
static void order(struct hand *w, const struct hand_step *s, struct xj_buf *head)
{
    char hex[2 * XJ_ID_SIZE + 1];
    struct xj_buf value;
    struct xj_id id = spoken_of(w, s)->id;
    id.b[3] ^= (s->flaws & HAND_ID) != 0;
    xj_hex(order_id, sizeof order_id, hex);
    xj_buf_init(&value, CEILING);
    xj_put_map(&value, 6);
    xj_put_cstr(&value, "date");
    xj_put_int(&value, 20000);
    xj_put_cstr(&value, "kind");
    xj_put_cstr(&value, s->code != NULL ? s->code : "destroy");
    xj_put_cstr(&value, "basis");
    xj_put_cstr(&value, "依法");
    xj_put_cstr(&value, "organ");
    xj_put_cstr(&value, w->f.agency[2].id);
    xj_put_cstr(&value, "number");
    xj_put_cstr(&value, "1号");
    xj_put_cstr(&value, "messages");
    xj_put_array(&value, 1);
    xj_put_bins(&value, xj_id_slice(&id));
    must(value.err);
    const struct xj_reg_change change = {xj_slice_cstr("order"), xj_slice_cstr(hex), xj_buf_slice(&value)};
    put_register(w, s, &change, head);
    w->order_number = w->f.registered;
    xj_buf_free(&value);
}

/* A register entry that gives an agency a new signing key, or withdraws its keys. */
static void keys(struct hand *w, const struct hand_step *s, struct xj_buf *head)
{
    static const char *const names[] = {"seal", "sign", "recovery", "transport"};
    struct fixture_agency *a = &w->f.agency[(s->who > 0 ? s->who : HAND_A) - 1];
    struct xj_buf value;
    xj_buf_init(&value, CEILING);
    if (!(s->flaws & HAND_WITHDRAWN)) {
        fixture_make_sign_key(&w->f, &a->sign);
        xj_put_map(&value, 4);
        for (size_t i = 0; i < 4; i++) {
            xj_put_cstr(&value, names[i]);
            xj_put_bin(&value, i == 0 ? a->seal.public_key : a->sign.public_key, 32);
        }
    }
    const struct xj_reg_change change = {xj_slice_cstr("keys"), xj_slice_cstr(a->id), xj_buf_slice(&value)};
    put_register(w, s, &change, head);
    xj_buf_free(&value);
}

/* What the owner destroyed of the message: body, keys and paper. number: the order's register number, if another. */
static void destroyed(struct hand *w, const struct hand_step *s, struct xj_buf *head)
{
    const struct made *m = spoken_of(w, s);
    struct xj_id id = m->id;
    struct xj_hash digests[3] = {m->body, m->keys, m->paper};
    const int who = s->who > 0 ? s->who : w->h->journal ? 0 : HAND_A;
    struct xj_destroyed d = {.holder = who == 0 ? xj_slice_cstr("exchange") : id_of(w, who),
                             .order_number = s->number > 0 ? s->number : w->order_number, .time_ms = TIME_MS, .last = true,
                             .messages = &id, .message_count = 1, .digests = digests, .digest_count = m->has_paper ? 3 : 2};
    d.register_number = s->at > 0 ? s->at : w->f.registered > d.order_number ? w->f.registered : d.order_number;
    memcpy(d.order, order_id, sizeof d.order);
    d.order[1] = (s->flaws & HAND_OTHER) != 0;
    xj_destroyed_encode(&d, head);
    put(w, s, XJ_ENTRY_DESTROYED, head, XJ_CTX_DESTROYED, who);
}

/* ---- checkpoints, and entries of no form ---- */

static void checkpointed(struct hand *w, const struct hand_step *s, struct xj_buf *head)
{
    struct xj_hash root = xj_log_root(w->log);
    flawed(s, HAND_ROOT, &root);
    xj_put_array(head, 2);
    xj_put_uint(head, s->size > 0 ? s->size : xj_log_size(w->log));
    xj_put_bins(head, xj_hash_slice(&root));
    put(w, s, XJ_ENTRY_CHECKPOINTED, head, NULL, 0);
}

static void checkpoint(struct hand *w, struct xj_buf *head)
{
    struct xj_buf origin;
    xj_buf_init(&origin, 128);
    xj_buf_addf(&origin, "xianjie/%s", w->h->journal ? "exchange-110000" : w->f.agency[0].id);
    must(xj_log_checkpoint(w->log, xj_buf_cstr(&origin), w->h->journal ? &w->f.exchange : &w->f.agency[0].sign, TIME_MS, head));
    xj_buf_free(&origin);
}

/* An entry of kind k whose head is an empty array; number 1: with a signature. One of a kind that is none is made of it later. */
static void raw(struct hand *w, const struct hand_step *s, struct xj_buf *head)
{
    const bool known = s->k > XJ_ENTRY_INVALID && s->k <= XJ_ENTRY_LAST;
    xj_put_array(head, 0);
    put(w, s, known ? (enum xj_entry_kind)s->k : XJ_ENTRY_INCIDENT, head, s->number > 0 ? XJ_CTX_STORED : NULL, HAND_A);
    if (!known) {
        w->unknown_at = xj_log_size(w->log);
        w->unknown_kind = (int64_t)s->k;
    }
}

/* Makes that entry one of a kind that there is not, with the leaf that this gives. */
static void make_unknown(const struct hand *w, const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    struct xj_buf scratch, sig;
    struct xj_hash leaf;
    static const uint8_t head[] = {0x90};
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT sig FROM entry WHERE n = ?1", -1, &st, NULL), SQLITE_OK);
    sqlite3_bind_int64(st, 1, (sqlite3_int64)w->unknown_at);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    xj_buf_init(&sig, CEILING);
    xj_buf_init(&scratch, CEILING);
    xj_buf_add(&sig, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0));
    sqlite3_finalize(st);
    const struct xj_entry e = {.n = w->unknown_at, .time_ms = TIME_MS, .head = xj_slice_of(head, sizeof head), .sig = xj_buf_slice(&sig)};
    must(xj_entry_leaf_as(&e, w->unknown_kind, &scratch, &leaf));
    assert_int_equal(sqlite3_prepare_v2(db, "UPDATE entry SET kind = ?1, leaf = ?2 WHERE n = ?3", -1, &st, NULL), SQLITE_OK);
    sqlite3_bind_int64(st, 1, w->unknown_kind);
    sqlite3_bind_blob64(st, 2, leaf.b, XJ_HASH_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(st, 3, (sqlite3_int64)w->unknown_at);
    assert_int_equal(sqlite3_step(st), SQLITE_DONE);
    sqlite3_finalize(st);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    xj_buf_free(&scratch);
    xj_buf_free(&sig);
}

static void change(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* What no owner of a ledger does to it: takes a row out, puts another name on it. */
static void spoil(const struct hand *w, const char *path)
{
    char sql[192];
    (void)snprintf(sql, sizeof sql, "DELETE FROM entry WHERE n = %llu", (unsigned long long)w->gap_at);
    if (w->gap_at > 0)
        change(path, sql);
    (void)snprintf(sql, sizeof sql, "UPDATE meta SET value = CAST('%s' AS BLOB) WHERE name = 'owner'", w->h->owner);
    if (w->h->owner != NULL)
        change(path, sql);
}

static void step(struct hand *w, const struct hand_step *s)
{
    struct xj_buf head;
    xj_buf_init(&head, XJ_MAX_STATEMENT_BYTES);
    switch (s->op) {
    case HAND_OWN: message(w, s, XJ_ENTRY_OWN); break;
    case HAND_RECEIVED: message(w, s, XJ_ENTRY_RECEIVED); break;
    case HAND_MESSAGE: message(w, s, XJ_ENTRY_MESSAGE); break;
    case HAND_ADMITTED: admitted(w, s, &head); break;
    case HAND_REFUSED: refused(w, s, &head); break;
    case HAND_STORED: stored(w, s, &head); break;
    case HAND_DELIVERED: delivered(w, s, &head); break;
    case HAND_EPOCH: epoch(w, s, &head); break;
    case HAND_RECOVERY: recovery(w, s, &head); break;
    case HAND_RECOVERED: recovered(w, s, &head); break;
    case HAND_REBUILD: rebuild(w, s, &head); break;
    case HAND_UNRECOVERED: unrecovered(w, s, &head); break;
    case HAND_ORDER: order(w, s, &head); break;
    case HAND_KEYS: keys(w, s, &head); break;
    case HAND_DESTROYED: destroyed(w, s, &head); break;
    case HAND_CHECKPOINTED: checkpointed(w, s, &head); break;
    case HAND_CHECKPOINT: checkpoint(w, &head); break;
    case HAND_RAW: raw(w, s, &head); break;
    case HAND_END: break;
    }
    xj_buf_free(&head);
}

/* ---- the file ---- */

static void blame(struct hand *w, const char *check, uint64_t entry)
{
    if (check != NULL)
        w->c->blame[w->c->blames++] = (struct fixture_blame){check, entry};
}

static void copy_register(struct hand *w, const char *path)
{
    sqlite3 *from = NULL;
    sqlite3_stmt *st = NULL;
    uint64_t n;
    assert_int_equal(sqlite3_open_v2(path, &from, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(from, "SELECT head, sig FROM entry WHERE kind = 7 ORDER BY n", -1, &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW)
        must(xj_log_append(w->log, XJ_ENTRY_REGISTER, TIME_MS,
                           xj_slice_of(sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0)),
                           xj_slice_of(sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1)), &n));
    sqlite3_finalize(st);
    assert_int_equal(sqlite3_close(from), SQLITE_OK);
}

void hand_make(const struct fixture *f, const char *path, const struct hand_case *h, struct ledger_case *c)
{
    struct hand *w = calloc(1, sizeof *w);
    assert_non_null(w);
    *w = (struct hand){.f = *f, .h = h, .c = c};
    w->f.env = fixture_env(&w->f.tick);
    for (size_t i = 0; i < 3; i++) {
        struct fixture_agency *a = &w->f.agency[i];
        a->number = a->mailbox = a->stored = a->feed = 0;
    }
    struct xj_db_options o = {.path = path, .create = true, .volatile_ok = true, .root_key = f->root.public_key};
    o.format = h->journal ? "xianjie journal 1" : "xianjie ledger 1";
    o.owner = h->journal ? "exchange" : f->agency[0].id;
    must(xj_db_open(&o, &w->f.env, &w->db, NULL));
    must(xj_log_open(w->db, &w->log));
    must(xj_db_begin(w->db));
    copy_register(w, f->file[FIXTURE_A].path);
    blame(w, h->blame_file, 0);
    for (const struct hand_step *s = h->steps; s < h->steps + HAND_STEPS && s->op != HAND_END; s++) {
        const uint64_t n = next_entry(w);
        if (s->flaws & HAND_GAP)
            w->gap_at = n;
        step(w, s);
        blame(w, s->blame, n);
        blame(w, s->blame_too, n);
    }
    must(xj_db_commit(w->db));
    xj_log_close(w->log);
    xj_db_close(w->db);
    if (w->unknown_at > 0)
        make_unknown(w, path);
    spoil(w, path);
    for (size_t i = 1; i <= w->count; i++) {
        xj_buf_free(&w->made[i].header);
        xj_buf_free(&w->made[i].sig);
    }
    free(w);
}

static void show(const struct fixture *f, const char *dir, const struct hand_case *h, ledger_case_visit *visit, void *arg)
{
    struct ledger_case c = {.blames = 0};
    char path[256];
    (void)snprintf(c.name, sizeof c.name, "%s", h->name);
    memcpy(c.root, f->root.public_key, 32);
    (void)snprintf(path, sizeof path, "%s/%s.db", dir, c.name);
    hand_make(f, path, h, &c);
    visit(arg, &c, path);
}

/* An entry of every kind and some that are none, with an empty head, with and without a signature. */
static void formless_each(const struct fixture *f, const char *dir, ledger_case_visit *visit, void *arg)
{
    static const uint64_t unknown[] = {0, XJ_ENTRY_LAST + 1, (uint64_t)-1, (UINT64_C(1) << 32) + XJ_ENTRY_INCIDENT};
    for (uint64_t k = 0; k < XJ_ENTRY_LAST + sizeof unknown / sizeof unknown[0]; k++)
        for (uint64_t i = 0; i < 4; i++) {
            const uint64_t kind = k < XJ_ENTRY_LAST ? k + 1 : unknown[k - XJ_ENTRY_LAST];
            char name[64];
            struct hand_case h = {.name = name, .journal = i % 2};
            const bool is_signed = i / 2 == 1;
            (void)snprintf(name, sizeof name, "formless-%lu%s-%s", (unsigned long)k, is_signed ? "-signed" : "",
                           h.journal ? "journal" : "a");
            h.steps[0] = (struct hand_step){.op = HAND_RAW, .k = kind, .number = is_signed, .blame = "bytes"};
            if (is_signed && kind == XJ_ENTRY_REGISTER)
                h.steps[0].blame = "register";
            if (is_signed && kind == XJ_ENTRY_MESSAGE && h.journal) /* any form, but an answer */
                h.steps[0].blame = "numbering";
            show(f, dir, &h, visit, arg);
        }
}

void ledger_hand_each(const struct fixture *f, const char *dir, ledger_case_visit *visit, void *arg)
{
    const struct hand_case *const lists[] = {hand_ledgers, hand_journals};
    for (size_t l = 0; l < 2; l++)
        for (const struct hand_case *listed = lists[l]; listed->name != NULL; listed++) {
            struct hand_case h = *listed;
            h.journal = l == 1;
            show(f, dir, &h, visit, arg);
        }
    formless_each(f, dir, visit, arg);
}
