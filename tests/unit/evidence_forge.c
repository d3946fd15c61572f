/* Changes that need keys: statements signed anew, and ledgers whose owner builds the tree anew over what it changed. */
#include <stdlib.h>
#include <string.h>

#include "schema/ledger/told.h"
#include "schema/wire/pack.h"
#include "schema/wire/statement.h"
#include "tests/unit/evidence_forge.h"
#include "tests/unit/treeproof.h"

#define must(call) assert_int_equal((call), XJ_OK)

struct xj_slice forge_sign(struct tamper *t, const struct xj_sign_key *key, const char *context, struct xj_slice head)
{
    struct xj_buf *sig = tamper_new(t);
    struct xj_hash digest = xj_digest(context, head);
    xj_sign_one(key, &digest, sig);
    must(sig->err);
    return xj_buf_slice(sig);
}

const struct xj_sign_key *forge_key_of(const struct tamper *t, const char *agency)
{
    return &world_agent(t->e->city->w, agency)->keys.sign;
}

const struct xj_sign_key *forge_exchange_key(const struct tamper *t)
{
    return &t->e->city->w->exchange_keys.sign;
}

/* ---- the owner's tree, built anew ---- */

struct leaves {
    struct xj_hash *hash;
    size_t count, cap;
};

static bool add_leaf(void *arg, const struct xj_entry *e)
{
    struct leaves *l = arg;
    struct xj_buf scratch;
    assert_true(l->count < l->cap);
    xj_buf_init(&scratch, 4u * 1024 * 1024);
    must(xj_entry_leaf(e, &scratch, &l->hash[l->count++]));
    xj_buf_free(&scratch);
    return true;
}

static struct leaves leaves_of(const struct tamper *t)
{
    struct leaves l = {.cap = (size_t)xj_log_size(t->owner->log) + t->b.entry_count};
    l.hash = calloc(l.cap, sizeof *l.hash);
    assert_non_null(l.hash);
    must(xj_log_scan(t->owner->log, 1, add_leaf, &l));
    for (size_t i = 0; i < t->b.entry_count; i++) {
        const struct xj_entry *e = &t->b.entries[i].e;
        struct leaves one = {.hash = &l.hash[e->n - 1], .cap = 1};
        assert_true(e->n <= l.count + 1); /* behind the end: one after the other */
        add_leaf(&one, e);
        if (e->n > l.count)
            l.count = (size_t)e->n;
    }
    if (t->changed_leaf > 0)
        l.hash[t->changed_leaf - 1].b[0] ^= 1;
    return l;
}

static struct xj_ev_path keep_path(struct tamper *t, const struct xj_hash *hashes, size_t count)
{
    struct xj_ev_path path = {.at = t->b.hashes.n / XJ_HASH_SIZE, .count = count};
    xj_buf_add(&t->b.hashes, hashes, count * XJ_HASH_SIZE);
    must(t->b.hashes.err);
    return path;
}

/* Paths, proofs and checkpoint as the owner would make them over the ledger that it now has. */
void forge_replant(struct tamper *t)
{
    struct leaves l = leaves_of(t);
    struct xj_hash path[XJ_TREE_MAX_PATH + 1], root = xj_tree_root(l.hash, l.count);
    struct xj_buf *note = tamper_new(t), origin;
    for (size_t i = 0; i < t->b.entry_count; i++) {
        struct xj_ev_entry *e = &t->b.entries[i];
        e->has_path = true;
        e->path = keep_path(t, path, xj_tree_path(l.hash, l.count, (size_t)e->e.n - 1, path));
    }
    for (size_t i = 0; i < t->b.consistency_count; i++)
        t->b.consistency[i].proof = keep_path(t, path, consistency_proof(l.hash, l.count, (size_t)t->b.consistency[i].size, path));
    xj_buf_init(&origin, 256);
    xj_buf_addf(&origin, "xianjie/%s", t->owner->agency.id);
    must(xj_checkpoint_sign(xj_buf_cstr(&origin), &t->owner->keys.sign, l.count, &root, t->e->city->w->now_ms, note));
    t->b.checkpoint = xj_buf_slice(note);
    xj_buf_free(&origin);
    free(l.hash);
}

uint64_t forge_next_n(const struct tamper *t)
{
    const uint64_t last = t->b.entries[t->b.entry_count - 1].e.n, size = xj_log_size(t->owner->log);
    return (last > size ? last : size) + 1;
}

/* ---- answers ---- */

struct xj_admitted *forge_take_answer(const struct tamper *t)
{
    struct xj_admitted *a = calloc(1, sizeof *a);
    assert_non_null(a);
    must(xj_admitted_decode(t->b.entries[tamper_answer(t, tamper_message(t, "transfer"))].e.head, a));
    return a;
}

void forge_checkpoint(struct tamper *t, const struct xj_sign_key *key, int64_t time_ms)
{
    struct xj_buf *note = tamper_new(t), origin;
    struct xj_hash root;
    uint64_t size;
    int64_t was_ms;
    xj_buf_init(&origin, 256);
    xj_buf_addf(&origin, "xianjie/%s", t->owner->agency.id);
    must(xj_checkpoint_read(t->b.checkpoint, xj_buf_cstr(&origin), &size, &root, &was_ms));
    must(xj_checkpoint_sign(xj_buf_cstr(&origin), key, size, &root, time_ms, note));
    t->b.checkpoint = xj_buf_slice(note);
    xj_buf_free(&origin);
}

void forge_put_answer(struct tamper *t, size_t entry, struct xj_admitted *a, const struct xj_sign_key *key)
{
    struct xj_buf *head = tamper_new(t);
    xj_admitted_encode(a, head);
    must(head->err);
    t->b.entries[entry].e.head = xj_buf_slice(head);
    t->b.entries[entry].e.sig = forge_sign(t, key, XJ_CTX_ADMITTED, xj_buf_slice(head));
    free(a);
}

size_t forge_answer_entry(const struct tamper *t)
{
    return tamper_answer(t, tamper_message(t, "transfer"));
}

void tamper_answer_forged(struct tamper *t)
{
    const size_t entry = forge_answer_entry(t);
    struct xj_admitted *a = forge_take_answer(t);
    a->time_ms++;
    forge_put_answer(t, entry, a, forge_key_of(t, CITY_POLICE));
}

void tamper_answer_forged_placed(struct tamper *t)
{
    tamper_answer_forged(t);
    forge_replant(t);
}

/* Two words of the exchange about one message. */
void tamper_other_answer(struct tamper *t)
{
    const size_t entry = forge_answer_entry(t);
    struct xj_admitted *a = forge_take_answer(t);
    a->time_ms++;
    forge_put_answer(t, entry, a, forge_exchange_key(t));
    forge_replant(t);
}

/* A received message whose answer lies elsewhere in the ledger. */
void tamper_apart(struct tamper *t)
{
    const size_t entry = forge_answer_entry(t);
    struct xj_entry e = t->b.entries[entry].e;
    tamper_remove_entry(t, entry);
    e.n = forge_next_n(t);
    tamper_add_entry(t, &e);
    forge_replant(t);
}

void tamper_answer_twice(struct tamper *t)
{
    struct xj_admitted *a = forge_take_answer(t);
    struct xj_entry e = {.n = forge_next_n(t), .kind = XJ_ENTRY_ADMITTED, .head = xj_slice_of("", 0)};
    tamper_add_entry(t, &e);
    a->time_ms++;
    forge_put_answer(t, t->b.entry_count - 1, a, forge_exchange_key(t));
    forge_replant(t);
}

void tamper_mailbox_number(struct tamper *t)
{
    const size_t entry = forge_answer_entry(t);
    struct xj_admitted *a = forge_take_answer(t);
    for (size_t i = 0; i < a->recipient_count; i++)
        if (xj_slice_is(a->recipients[i].agency, CITY_POLICE))
            a->recipients[i].number++;
    forge_put_answer(t, entry, a, forge_exchange_key(t));
    forge_replant(t);
}

/* ---- messages ---- */

void forge_put_message(struct tamper *t, size_t entry, struct xj_header *h)
{
    struct xj_buf *head = tamper_new(t);
    char from[XJ_MAX_AGENCY_BYTES + 1];
    snprintf(from, sizeof from, "%.*s", (int)h->from.n, (const char *)h->from.p);
    xj_header_encode(h, head);
    must(head->err);
    t->b.entries[entry].e.head = xj_buf_slice(head);
    t->b.entries[entry].e.sig = forge_sign(t, forge_key_of(t, from), XJ_CTX_MESSAGE, xj_buf_slice(head));
    free(h);
}

void forge_message(struct tamper *t, const char *act, void (*change)(struct tamper *t, struct xj_header *h))
{
    const size_t entry = tamper_message(t, act), answer = tamper_answer(t, entry);
    struct xj_admitted *a = calloc(1, sizeof *a);
    struct xj_header *h = tamper_header(t, entry);
    assert_non_null(a);
    must(xj_admitted_decode(t->b.entries[answer].e.head, a));
    change(t, h);
    forge_put_message(t, entry, h);
    a->message = xj_header_digest(t->b.entries[entry].e.head);
    forge_put_answer(t, answer, a, forge_exchange_key(t));
    forge_replant(t);
}

static void other_revision(struct tamper *t, struct xj_header *h)
{
    (void)t;
    h->revision.b[0] ^= 1;
}

static void as_notice(struct tamper *t, struct xj_header *h)
{
    for (size_t i = 0; i < h->to_count; i++)
        if (xj_slice_is(h->to[i].agency, t->owner->agency.id))
            h->to[i].role = XJ_TO_NOTICE;
}

static void without_owner(struct tamper *t, struct xj_header *h)
{
    size_t kept = 0;
    for (size_t i = 0; i < h->to_count; i++)
        if (!xj_slice_is(h->to[i].agency, t->owner->agency.id))
            h->to[kept++] = h->to[i];
    h->to_count = kept;
}

/* The owner signs with the sender, instead of getting a copy. */
static void as_joint(struct tamper *t, struct xj_header *h)
{
    without_owner(t, h);
    h->joint[0] = xj_slice_cstr(t->owner->agency.id);
    h->joint_count = 1;
}

static void late(struct tamper *t, struct xj_header *h)
{
    (void)t;
    h->mode = XJ_MODE_LATE_ENTRY;
}

/* Commits to another plaintext, which takes the place of the body in the bundle. */
static void other_body(struct tamper *t, struct xj_header *h, struct xj_slice plain)
{
    const struct xj_ev_salt *salt = xj_bundle_salt(&t->b, &h->body_digest);
    assert_non_null(salt);
    tamper_file(t, "bodies", &h->body_digest)->bytes = plain;
    h->body_commit = xj_commit(salt->salt, plain);
}

/* Plaintexts of other forms than a body has, and lists of papers that are none, or of other rows. */
static void empty_body(struct tamper *t, struct xj_header *h) { other_body(t, h, xj_slice_cstr("")); }
static void papers_text(struct tamper *t, struct xj_header *h) { other_body(t, h, xj_slice_cstr("\x81\xa6papers\xa1x")); }
static void papers_none(struct tamper *t, struct xj_header *h) { other_body(t, h, xj_slice_cstr("\x81\xa6papers\x90")); }
static void papers_short(struct tamper *t, struct xj_header *h) { other_body(t, h, xj_slice_cstr("\x81\xa6papers\x91\x91\xa1x")); }

static void long_body(struct tamper *t, struct xj_header *h)
{
    struct xj_buf *body = tamper_new(t);
    xj_put_map(body, 1);
    xj_put_cstr(body, "x");
    xj_put_array(body, 4);
    for (int i = 0; i < 4; i++) {
        static const uint8_t zero[60000];
        xj_put_bin(body, zero, sizeof zero);
    }
    must(body->err);
    other_body(t, h, xj_buf_slice(body));
}

/* Sixteen keys: the map's count has two bytes of its own. */
static void wide_body(struct tamper *t, struct xj_header *h)
{
    struct xj_buf *body = tamper_new(t);
    xj_put_map(body, 16);
    for (char key[2] = "a"; key[0] <= 'p'; key[0]++) {
        xj_put_cstr(body, key);
        xj_put_nil(body);
    }
    must(body->err);
    other_body(t, h, xj_buf_slice(body));
}

static void no_map(struct tamper *t, struct xj_header *h) { other_body(t, h, xj_slice_cstr("x")); }
static void no_papers(struct tamper *t, struct xj_header *h) { other_body(t, h, xj_slice_cstr("\x80")); }
static void not_canonical(struct tamper *t, struct xj_header *h) { other_body(t, h, xj_slice_cstr("\x80\x80")); }

/* As many rows as there are papers, but of other ones. */
static void other_papers(struct tamper *t, struct xj_header *h)
{
    static const uint8_t zero[XJ_HASH_SIZE];
    struct xj_buf *body = tamper_new(t);
    xj_put_map(body, 1);
    xj_put_cstr(body, "papers");
    xj_put_array(body, (uint32_t)h->paper_count);
    for (size_t i = 0; i < h->paper_count; i++) {
        xj_put_array(body, 4);
        xj_put_bin(body, zero, sizeof zero);
        xj_put_bin(body, zero, sizeof zero);
        xj_put_cstr(body, "移送书.pdf");
        xj_put_cstr(body, "application/pdf");
    }
    must(body->err);
    other_body(t, h, xj_buf_slice(body));
}

void tamper_revision(struct tamper *t) { forge_message(t, "transfer", other_revision); }
void tamper_received_revision(struct tamper *t) { forge_message(t, "transfer", other_revision); }
void tamper_notice(struct tamper *t) { forge_message(t, "transfer", as_notice); }
void tamper_no_party(struct tamper *t) { forge_message(t, "filed", without_owner); }
void tamper_joint(struct tamper *t) { forge_message(t, "filed", as_joint); }
void tamper_body_no_map(struct tamper *t) { forge_message(t, "transfer", no_map); }
void tamper_body_no_papers(struct tamper *t) { forge_message(t, "transfer", no_papers); }
void tamper_body_empty(struct tamper *t) { forge_message(t, "transfer", empty_body); }
void tamper_body_long(struct tamper *t) { forge_message(t, "transfer", long_body); }
void tamper_body_wide(struct tamper *t) { forge_message(t, "transfer", wide_body); }
void tamper_body_papers_text(struct tamper *t) { forge_message(t, "transfer", papers_text); }
void tamper_body_papers_none(struct tamper *t) { forge_message(t, "transfer", papers_none); }
void tamper_body_papers_short(struct tamper *t) { forge_message(t, "transfer", papers_short); }
void tamper_body_not_canonical(struct tamper *t) { forge_message(t, "transfer", not_canonical); }
void tamper_body_other_papers(struct tamper *t) { forge_message(t, "transfer", other_papers); }

static void answers_another(struct tamper *t, struct xj_header *h)
{
    (void)t;
    assert_int_equal(h->answer_count, 1);
    h->answers[0].id.b[15] ^= 1;
}

/* The police decided, but on another transfer. */
void tamper_silence_other(struct tamper *t)
{
    forge_message(t, "filed", answers_another);
    t->b.silence_count = 0;
    tamper_silence(t, "transfer", "D08", TAMPER_FAR_MS);
}

static void answers_nothing(struct tamper *t, struct xj_header *h)
{
    (void)t;
    h->answer_count = 0;
}

/* The police decided, and did not say on what. */
void tamper_silence_unnamed(struct tamper *t)
{
    forge_message(t, "filed", answers_nothing);
    t->b.silence_count = 0;
    tamper_silence(t, "transfer", "D08", TAMPER_FAR_MS);
}

static void of_one_charge(struct tamper *t, struct xj_header *h)
{
    (void)t;
    assert_true(h->subject_count == 1 && !h->subjects[0].has_charge);
    h->subjects[0].has_charge = true;
    h->subjects[0].charge[0] = 1;
}

/* The police decided on one charge of the party; nothing is said to have been decided on that charge, or on another. */
static void silence_on_charge(struct tamper *t, uint8_t charge)
{
    forge_message(t, "filed", of_one_charge);
    struct xj_header *h = tamper_header(t, tamper_message(t, "filed"));
    t->b.silence_count = 0;
    tamper_silence(t, "transfer", "D08", TAMPER_FAR_MS);
    t->b.silences[0].subject_count = 1;
    t->b.silences[0].subjects[0] = h->subjects[0];
    t->b.silences[0].subjects[0].charge[0] = charge;
    free(h);
}

void tamper_silence_same_charge(struct tamper *t) { silence_on_charge(t, 1); }
void tamper_silence_other_charge(struct tamper *t) { silence_on_charge(t, 2); }

void tamper_late_entry(struct tamper *t)
{
    forge_message(t, "filed", late);
    t->b.silence_count = 0;
    tamper_silence(t, "transfer", "D08", TAMPER_FAR_MS);
}

/* ---- numbers used for two things ---- */

void forge_add_message(struct tamper *t, const char *act, uint64_t number, uint64_t mailbox)
{
    const size_t like = tamper_message(t, act);
    struct xj_header *h = tamper_header(t, like);
    struct xj_admitted *a = calloc(1, sizeof *a);
    assert_non_null(a);
    must(xj_admitted_decode(t->b.entries[tamper_answer(t, like)].e.head, a));
    h->id.b[15] ^= 1;
    if (number > 0) {
        h->number = number;
        h->has_previous = true;
    }
    struct xj_entry e = {.n = forge_next_n(t), .kind = t->b.entries[like].e.kind, .time_ms = t->e->city->w->now_ms};
    tamper_add_entry(t, &e);
    forge_put_message(t, t->b.entry_count - 1, h);
    a->message = xj_header_digest(t->b.entries[t->b.entry_count - 1].e.head);
    a->seq = 1000000;
    a->time_ms = t->e->city->w->now_ms;
    for (size_t i = 0; i < a->recipient_count && mailbox > 0; i++)
        if (xj_slice_is(a->recipients[i].agency, t->owner->agency.id))
            a->recipients[i].number = mailbox;
    e = (struct xj_entry){.n = forge_next_n(t), .kind = XJ_ENTRY_ADMITTED, .time_ms = t->e->city->w->now_ms, .head = xj_slice_of("", 0)};
    tamper_add_entry(t, &e);
    forge_put_answer(t, t->b.entry_count - 1, a, forge_exchange_key(t));
    forge_replant(t);
}

/* The owner used a number of another case's submission a second time; the sequence shows the first only. */
void tamper_number_taken(struct tamper *t) { forge_add_message(t, "transfer_report", 5, 0); }
/* The exchange gave out a number of the owner's mailbox a second time. */
void tamper_mailbox_taken(struct tamper *t) { forge_add_message(t, "receipt", 0, 4); }

static void other_previous(struct tamper *t, struct xj_header *h)
{
    (void)t;
    h->previous.b[0] ^= 1;
}

void tamper_previous(struct tamper *t) { forge_message(t, "transfer", other_previous); }

void forge_answer(struct tamper *t, const char *act, void (*change)(struct tamper *t, struct xj_admitted *a))
{
    const size_t entry = tamper_answer(t, tamper_message(t, act));
    struct xj_admitted *a = calloc(1, sizeof *a);
    assert_non_null(a);
    must(xj_admitted_decode(t->b.entries[entry].e.head, a));
    change(t, a);
    forge_put_answer(t, entry, a, forge_exchange_key(t));
    forge_replant(t);
}

static void first_mail(struct tamper *t, struct xj_admitted *a)
{
    for (size_t i = 0; i < a->recipient_count; i++)
        if (xj_slice_is(a->recipients[i].agency, t->owner->agency.id))
            a->recipients[i].number = 1;
}

static void first_seq(struct tamper *t, struct xj_admitted *a)
{
    (void)t;
    a->seq = 1;
}

/* As an exchange that was rebuilt delivers what only a late one held: judged before, by seq and by time. */
static void judged_before(struct tamper *t, struct xj_admitted *a)
{
    (void)t;
    a->seq = 1;
    a->time_ms -= 60 * 1000;
}

static void hour_early(struct tamper *t, struct xj_admitted *a)
{
    (void)t;
    a->time_ms -= 3600 * 1000;
}

static void hour_late(struct tamper *t, struct xj_admitted *a)
{
    (void)t;
    a->time_ms += 3600 * 1000;
}

void tamper_mailbox_order(struct tamper *t) { forge_answer(t, "filed", first_mail); }
void tamper_seq_order(struct tamper *t) { forge_answer(t, "filed", first_seq); }
void tamper_late(struct tamper *t) { forge_answer(t, "filed", judged_before); }
/* Before the procedure it names was in the register. */
void tamper_answer_early(struct tamper *t) { forge_answer(t, "transfer", hour_early); }
/* After what the exchange admitted later. */
void tamper_answer_late(struct tamper *t) { forge_answer(t, "transfer_report", hour_late); }

/* ---- entries of other cases ---- */

struct wanted {
    struct tamper *t;
    const struct xj_id *case_id;
    enum xj_entry_kind kind;
    const char *act;
    struct xj_hash digest;
};

static bool see_wanted(void *arg, const struct xj_entry *e)
{
    struct wanted *w = arg;
    struct xj_header *h = calloc(1, sizeof *h);
    struct xj_admitted *a = calloc(1, sizeof *a);
    struct xj_told told;
    unsigned field;
    bool take = false;
    assert_true(h != NULL && a != NULL);
    if (w->kind == XJ_ENTRY_OWN && e->kind == XJ_ENTRY_OWN) {
        must(xj_header_decode(e->head, h, &field));
        take = xj_id_eq(&h->case_id, w->case_id) && xj_slice_is(h->act, w->act);
        w->digest = take ? xj_header_digest(e->head) : w->digest;
    } else if (w->kind == XJ_ENTRY_OWN && e->kind == XJ_ENTRY_ADMITTED) {
        must(xj_admitted_decode(e->head, a));
        take = xj_hash_eq(&a->message, &w->digest);
    } else if (w->kind == XJ_ENTRY_TOLD && e->kind == XJ_ENTRY_TOLD) {
        must(xj_told_decode(e->head, &told));
        take = xj_id_eq(&told.case_id, w->case_id);
    }
    if (take) {
        struct xj_entry copy = *e;
        copy.head = tamper_copy(w->t, e->head);
        copy.sig = tamper_copy(w->t, e->sig);
        tamper_add_entry(w->t, &copy);
    }
    free(h);
    free(a);
    return true;
}

void tamper_stranger(struct tamper *t)
{
    struct wanted w = {.t = t, .case_id = &t->e->cases[1], .kind = XJ_ENTRY_OWN, .act = "transfer"};
    const size_t before = t->b.entry_count;
    must(xj_log_scan(t->owner->log, 1, see_wanted, &w));
    assert_int_equal(t->b.entry_count, before + 2);
    forge_replant(t);
}

void tamper_told_stranger(struct tamper *t)
{
    struct wanted w = {.t = t, .case_id = &t->e->cases[1], .kind = XJ_ENTRY_TOLD};
    const size_t before = t->b.entry_count;
    must(xj_log_scan(t->owner->log, 1, see_wanted, &w));
    assert_int_equal(t->b.entry_count, before + 1);
    forge_replant(t);
}

/* ---- checkpoint, ledger, register ---- */

void tamper_checkpoint_key(struct tamper *t)
{
    struct xj_buf *note = tamper_new(t), origin;
    struct xj_hash root = xj_log_root(t->owner->log);
    xj_buf_init(&origin, 256);
    xj_buf_addf(&origin, "xianjie/%s", t->owner->agency.id);
    must(xj_checkpoint_sign(xj_buf_cstr(&origin), forge_key_of(t, CITY_POLICE), xj_log_size(t->owner->log), &root, t->e->city->w->now_ms, note));
    t->b.checkpoint = xj_buf_slice(note);
    xj_buf_free(&origin);
}

/* An entry that the bundle does not show is another one now. */
void tamper_rewritten(struct tamper *t)
{
    t->changed_leaf = 1;
    forge_replant(t);
}

void tamper_rewritten_twin(struct tamper *t)
{
    t->b.consistency_count = 0; /* so that only the other bundle shows it */
    tamper_rewritten(t);
}

/* One of the owner's stored statements in the sequence, said otherwise, and signed by whom it then names. */
static void other_in_sequence(struct tamper *t, size_t i, void (*change)(struct xj_stored *s))
{
    struct xj_stored s;
    struct xj_buf *head = tamper_new(t);
    char agency[XJ_MAX_AGENCY_BYTES + 1];
    must(xj_stored_decode(t->b.sequence_stored[i].head, &s));
    change(&s);
    xj_stored_encode(&s, head);
    must(head->err);
    snprintf(agency, sizeof agency, "%.*s", (int)s.agency.n, (const char *)s.agency.p);
    t->b.sequence_stored[i] = (struct xj_ev_signed){xj_buf_slice(head), forge_sign(t, forge_key_of(t, agency), XJ_CTX_STORED, xj_buf_slice(head))};
}

static void over_another_root(struct xj_stored *s) { s->root.b[0] ^= 1; }
static void without_end(struct xj_stored *s) { s->last = UINT64_MAX; }
static void of_the_police(struct xj_stored *s) { s->agency = xj_slice_cstr(CITY_POLICE); }

void tamper_sequence_root(struct tamper *t) { other_in_sequence(t, 0, over_another_root); }
void tamper_sequence_stored_endless(struct tamper *t) { other_in_sequence(t, t->b.sequence_stored_count - 1, without_end); }
void tamper_sequence_stored_of_police(struct tamper *t) { other_in_sequence(t, 0, of_the_police); }

/* The last submission, not answered yet, does not follow on the one before. */
void tamper_sequence_unchained(struct tamper *t)
{
    struct xj_ev_own *last = &t->b.sequence_own[t->b.sequence_own_count - 1];
    struct xj_header *h = calloc(1, sizeof *h);
    struct xj_buf *head = tamper_new(t);
    unsigned field;
    assert_non_null(h);
    must(xj_header_decode(last->header, h, &field));
    assert_true(h->has_previous && !xj_id_eq(&h->case_id, &t->b.case_id));
    h->previous.b[0] ^= 1;
    xj_header_encode(h, head);
    must(head->err);
    free(h);
    *last = (struct xj_ev_own){.header = xj_buf_slice(head)};
}

/* The first admission of the mailbox is of another message. */
void tamper_sequence_mail_other(struct tamper *t)
{
    struct xj_admitted *a = calloc(1, sizeof *a);
    struct xj_buf *head = tamper_new(t);
    assert_non_null(a);
    must(xj_admitted_decode(t->b.sequence_mail[0].admitted.head, a));
    a->message.b[0] ^= 1;
    xj_admitted_encode(a, head);
    must(head->err);
    free(a);
    t->b.sequence_mail[0].admitted = (struct xj_ev_signed){xj_buf_slice(head), forge_sign(t, forge_exchange_key(t), XJ_CTX_ADMITTED, xj_buf_slice(head))};
}
