#include "tests/unit/evidence_tamper.h"

#include <stdlib.h>
#include <string.h>

#include "schema/wire/statement.h"

#define must(call) assert_int_equal((call), XJ_OK)

/* ---- tools ---- */

struct xj_buf *tamper_new(struct tamper *t)
{
    assert_true(t->kept_count < sizeof t->kept / sizeof t->kept[0]);
    struct xj_buf *b = &t->kept[t->kept_count++];
    xj_buf_init(b, 16u * 1024 * 1024);
    return b;
}

struct xj_slice tamper_copy(struct tamper *t, struct xj_slice bytes)
{
    struct xj_buf *b = tamper_new(t);
    xj_buf_add_slice(b, bytes);
    must(b->err);
    return xj_buf_slice(b);
}

static struct xj_slice flipped(struct tamper *t, struct xj_slice bytes, size_t at)
{
    struct xj_slice copy = tamper_copy(t, bytes);
    ((uint8_t *)(uintptr_t)copy.p)[at] ^= 1;
    return copy;
}

static bool is_message(const struct xj_entry *e)
{
    return e->kind == XJ_ENTRY_OWN || e->kind == XJ_ENTRY_RECEIVED;
}

struct xj_header *tamper_header(const struct tamper *t, size_t message)
{
    unsigned field;
    struct xj_header *h = calloc(1, sizeof *h);
    assert_non_null(h);
    must(xj_header_decode(t->b.entries[message].e.head, h, &field));
    return h;
}

size_t tamper_message(const struct tamper *t, const char *act)
{
    for (size_t i = 0; i < t->b.entry_count; i++) {
        if (!is_message(&t->b.entries[i].e))
            continue;
        struct xj_header *h = tamper_header(t, i);
        const bool found = xj_slice_is(h->act, act);
        free(h);
        if (found)
            return i;
    }
    fail_msg("no %s", act);
    return 0;
}

static bool answers(const struct xj_entry *e, const struct xj_hash *digest)
{
    struct xj_admitted *a = calloc(1, sizeof *a);
    struct xj_refused r;
    assert_non_null(a);
    bool is = e->kind == XJ_ENTRY_ADMITTED && xj_admitted_decode(e->head, a) == XJ_OK && xj_hash_eq(&a->message, digest);
    is = is || (e->kind == XJ_ENTRY_REFUSED && xj_refused_decode(e->head, &r) == XJ_OK && xj_hash_eq(&r.message, digest));
    free(a);
    return is;
}

size_t tamper_answer(const struct tamper *t, size_t message)
{
    struct xj_hash digest = xj_header_digest(t->b.entries[message].e.head);
    for (size_t i = 0; i < t->b.entry_count; i++)
        if (answers(&t->b.entries[i].e, &digest))
            return i;
    fail_msg("no answer");
    return 0;
}

size_t tamper_delivered(const struct tamper *t, size_t message, const char *agency)
{
    struct xj_hash digest = xj_header_digest(t->b.entries[message].e.head);
    for (size_t i = 0; i < t->b.entry_count; i++) {
        struct xj_delivered d;
        bool found = false;
        if (t->b.entries[i].e.kind != XJ_ENTRY_DELIVERED)
            continue;
        must(xj_delivered_decode(t->b.entries[i].e.head, &d));
        for (size_t k = 0; k < d.item_count; k++)
            found = found || (xj_hash_eq(&d.items[k].message, &digest) && xj_slice_is(d.recipient, agency));
        free(d.items);
        if (found)
            return i;
    }
    fail_msg("no delivered statement");
    return 0;
}

size_t tamper_stored(const struct tamper *t, size_t delivered)
{
    struct xj_delivered d;
    must(xj_delivered_decode(t->b.entries[delivered].e.head, &d));
    free(d.items);
    for (size_t i = 0; i < t->b.entry_count; i++) {
        struct xj_hash digest = xj_digest(XJ_CTX_STORED, t->b.entries[i].e.head);
        if (t->b.entries[i].e.kind == XJ_ENTRY_STORED && xj_hash_eq(&digest, &d.stored))
            return i;
    }
    fail_msg("no stored statement");
    return 0;
}

void tamper_remove_entry(struct tamper *t, size_t i)
{
    memmove(&t->b.entries[i], &t->b.entries[i + 1], (t->b.entry_count - i - 1) * sizeof t->b.entries[0]);
    t->b.entry_count--;
}

void tamper_add_entry(struct tamper *t, const struct xj_entry *e)
{
    struct xj_ev_entry *grown = realloc(t->b.entries, (t->b.entry_count + 1) * sizeof *grown);
    assert_non_null(grown);
    t->b.entries = grown;
    size_t at = t->b.entry_count;
    while (at > 0 && grown[at - 1].e.n > e->n)
        at--;
    memmove(&grown[at + 1], &grown[at], (t->b.entry_count - at) * sizeof *grown);
    memset(&grown[at], 0, sizeof *grown);
    grown[at].e = *e;
    t->b.entry_count++;
}

/* ---- files ---- */

struct xj_zip_part *tamper_file(struct tamper *t, const char *folder, const struct xj_hash *object)
{
    struct xj_slice bytes;
    assert_true(xj_bundle_file(&t->b, folder, object, &bytes));
    for (size_t i = 0; i < t->b.file_count; i++)
        if (t->b.files[i].bytes.p == bytes.p)
            return &t->b.files[i];
    fail_msg("no such file");
    return NULL;
}

static void remove_file(struct tamper *t, struct xj_zip_part *file)
{
    const size_t i = (size_t)(file - t->b.files);
    memmove(file, file + 1, (t->b.file_count - i - 1) * sizeof *file);
    t->b.file_count--;
}

static void add_file(struct tamper *t, const char *name, struct xj_slice bytes)
{
    struct xj_zip_part *grown = realloc(t->b.files, (t->b.file_count + 1) * sizeof *grown);
    assert_non_null(grown);
    t->b.files = grown;
    grown[t->b.file_count++] = (struct xj_zip_part){tamper_copy(t, xj_slice_cstr(name)), bytes};
}

static void remove_salt(struct tamper *t, const struct xj_hash *object)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->b.salt_count; i++)
        if (!xj_hash_eq(&t->b.salts[i].object, object))
            t->b.salts[kept++] = t->b.salts[i];
    t->b.salt_count = kept;
}

/* Every object of a message, with plaintexts and salts: what nobody names any more would be malformed. */
static void remove_objects(struct tamper *t, size_t message)
{
    static const char *const folders[] = {"objects", "bodies", "papers"};
    struct xj_header *h = tamper_header(t, message);
    struct xj_hash objects[2 + XJ_MAX_PAPERS] = {h->body_digest, h->keys_digest};
    struct xj_slice bytes;
    for (size_t i = 0; i < h->paper_count; i++)
        objects[2 + i] = h->papers[i].sealed;
    for (size_t i = 0; i < 2 + h->paper_count; i++) {
        for (size_t f = 0; f < 3; f++)
            if (xj_bundle_file(&t->b, folders[f], &objects[i], &bytes))
                remove_file(t, tamper_file(t, folders[f], &objects[i]));
        remove_salt(t, &objects[i]);
    }
    free(h);
}

/* Body, keys and first paper of the transfer. */
struct digests {
    struct xj_hash body, keys, paper;
};

static struct digests digests_of(const struct tamper *t)
{
    struct xj_header *h = tamper_header(t, tamper_message(t, "transfer"));
    struct digests d = {h->body_digest, h->keys_digest, h->papers[0].sealed};
    free(h);
    return d;
}

/* ---- form ---- */

void tamper_unknown_part(struct tamper *t) { add_file(t, "notes", xj_slice_cstr("x")); }
void tamper_climbing_part(struct tamper *t) { add_file(t, "papers/../../x", xj_slice_cstr("x")); }

void tamper_no_report(struct tamper *t)
{
    for (size_t i = 0; i < t->b.file_count; i++)
        if (xj_slice_is(t->b.files[i].name, "report.html"))
            remove_file(t, &t->b.files[i]);
}

void tamper_unnamed_object(struct tamper *t)
{
    add_file(t, "objects/0000000000000000000000000000000000000000000000000000000000000000", xj_slice_cstr("x"));
}

void tamper_paper_as_body(struct tamper *t)
{
    char name[7 + 64 + 1] = "bodies/";
    const struct xj_hash paper = digests_of(t).paper;
    struct xj_zip_part *file = tamper_file(t, "papers", &paper);
    xj_hex(paper.b, XJ_HASH_SIZE, name + 7);
    file->name = tamper_copy(t, xj_slice_cstr(name));
}

void tamper_no_salt(struct tamper *t) { t->b.salt_count--; }
void tamper_foreign_kind(struct tamper *t) { t->b.entries[0].e.kind = XJ_ENTRY_EPOCH; }

void tamper_disordered(struct tamper *t)
{
    const struct xj_ev_entry first = t->b.entries[0];
    t->b.entries[0] = t->b.entries[1];
    t->b.entries[1] = first;
}

void tamper_silence(struct tamper *t, const char *act, const char *duty, int64_t due_ms)
{
    struct xj_header *h = tamper_header(t, tamper_message(t, act));
    struct xj_ev_silence *grown = realloc(t->b.silences, (t->b.silence_count + 1) * sizeof *grown);
    assert_non_null(grown);
    t->b.silences = grown;
    memset(&grown[t->b.silence_count], 0, sizeof *grown);
    grown[t->b.silence_count++] = (struct xj_ev_silence){.message = h->id, .duty = xj_slice_cstr(duty), .obligor = xj_slice_cstr(CITY_POLICE), .due_ms = due_ms};
    free(h);
}

void tamper_silence_twice(struct tamper *t)
{
    tamper_silence(t, "transfer", "D08", TAMPER_FAR_MS);
    tamper_silence(t, "transfer", "D08", TAMPER_FAR_MS);
}

/* ---- without any key ---- */

void tamper_case(struct tamper *t) { t->b.case_id.b[3] ^= 1; }
void tamper_owner(struct tamper *t) { t->b.owner = xj_slice_cstr(CITY_POLICE); }
void tamper_entry_time(struct tamper *t) { t->b.entries[tamper_message(t, "transfer")].e.time_ms++; }

void tamper_entry_head(struct tamper *t)
{
    const size_t i = tamper_message(t, "transfer");
    struct xj_header *h = tamper_header(t, i);
    struct xj_buf *head = tamper_new(t);
    h->revision.b[0] ^= 1;
    xj_header_encode(h, head);
    must(head->err);
    t->b.entries[i].e.head = xj_buf_slice(head);
    free(h);
}

void tamper_entry_signature(struct tamper *t)
{
    struct xj_entry *e = &t->b.entries[tamper_message(t, "transfer")].e;
    e->sig = flipped(t, e->sig, e->sig.n - 1);
}

void tamper_entry_path(struct tamper *t)
{
    const struct xj_ev_entry *e = &t->b.entries[tamper_message(t, "transfer")];
    assert_true(e->path.count > 0);
    t->b.hashes.p[e->path.at * XJ_HASH_SIZE] ^= 1;
}

void tamper_answer_path_gone(struct tamper *t) { t->b.entries[tamper_answer(t, tamper_message(t, "transfer"))].has_path = false; }
void tamper_entry_path_gone(struct tamper *t) { t->b.entries[tamper_message(t, "transfer")].has_path = false; }

void tamper_swapped(struct tamper *t)
{
    struct xj_entry *a = &t->b.entries[tamper_message(t, "transfer_report")].e, *b = &t->b.entries[tamper_message(t, "transfer_approved")].e;
    const struct xj_slice head = a->head, sig = a->sig;
    a->head = b->head;
    a->sig = b->sig;
    b->head = head;
    b->sig = sig;
}

void tamper_doubled(struct tamper *t)
{
    const struct xj_ev_entry original = t->b.entries[tamper_message(t, "transfer")];
    struct xj_entry e = original.e;
    e.n = t->b.entries[t->b.entry_count - 1].e.n + 1;
    tamper_add_entry(t, &e);
    t->b.entries[t->b.entry_count - 1].has_path = true;
    t->b.entries[t->b.entry_count - 1].path = original.path;
}

void tamper_answer_time(struct tamper *t)
{
    struct xj_admitted *a = calloc(1, sizeof *a);
    struct xj_entry *e = &t->b.entries[tamper_answer(t, tamper_message(t, "transfer"))].e;
    struct xj_buf *head = tamper_new(t);
    assert_non_null(a);
    must(xj_admitted_decode(e->head, a));
    a->time_ms++;
    xj_admitted_encode(a, head);
    must(head->err);
    e->head = xj_buf_slice(head);
    free(a);
}

void tamper_answer_gone(struct tamper *t) { tamper_remove_entry(t, tamper_answer(t, tamper_message(t, "transfer"))); }

void tamper_message_gone(struct tamper *t)
{
    const size_t i = tamper_message(t, "transfer");
    remove_objects(t, i);
    tamper_remove_entry(t, i);
}

void tamper_act_gone(struct tamper *t)
{
    tamper_remove_entry(t, tamper_answer(t, tamper_message(t, "transfer")));
    tamper_message_gone(t);
}

/* A letter in the middle of the signature, behind the four bytes of the key hash. */
void tamper_checkpoint(struct tamper *t)
{
    struct xj_slice copy = tamper_copy(t, t->b.checkpoint);
    uint8_t *letter = (uint8_t *)(uintptr_t)copy.p + copy.n - 40;
    *letter = *letter == 'A' ? 'B' : 'A';
    t->b.checkpoint = copy;
}

void tamper_checkpoint_gone(struct tamper *t) { t->b.checkpoint = (struct xj_slice){NULL, 0}; }

void tamper_register(struct tamper *t)
{
    struct xj_ev_signed *last = &t->b.reg[t->b.register_count - 1];
    last->head = flipped(t, last->head, last->head.n - 1);
}

void tamper_register_cut(struct tamper *t) { t->b.register_count = 1; }

void tamper_consistency(struct tamper *t)
{
    assert_true(t->b.consistency_count > 0 && t->b.consistency[0].proof.count > 0);
    t->b.hashes.p[t->b.consistency[0].proof.at * XJ_HASH_SIZE] ^= 1;
}

void tamper_consistency_gone(struct tamper *t) { t->b.consistency_count = 0; }

static void flip_file(struct tamper *t, const char *folder, const struct xj_hash *object)
{
    struct xj_zip_part *file = tamper_file(t, folder, object);
    file->bytes = flipped(t, file->bytes, file->bytes.n / 2);
}

void tamper_object(struct tamper *t)
{
    const struct digests d = digests_of(t);
    flip_file(t, "objects", &d.body);
}

void tamper_body(struct tamper *t)
{
    const struct digests d = digests_of(t);
    flip_file(t, "bodies", &d.body);
}

void tamper_paper(struct tamper *t)
{
    const struct digests d = digests_of(t);
    flip_file(t, "papers", &d.paper);
}

void tamper_salt(struct tamper *t)
{
    const struct digests d = digests_of(t);
    for (size_t i = 0; i < t->b.salt_count; i++)
        if (xj_hash_eq(&t->b.salts[i].object, &d.body))
            t->b.salts[i].salt[5] ^= 1;
}

void tamper_sealed_body_gone(struct tamper *t)
{
    const struct digests d = digests_of(t);
    remove_file(t, tamper_file(t, "objects", &d.body));
}

void tamper_keys_gone(struct tamper *t)
{
    const struct digests d = digests_of(t);
    remove_file(t, tamper_file(t, "objects", &d.keys));
}

void tamper_sealed_paper_gone(struct tamper *t)
{
    const struct digests d = digests_of(t);
    remove_file(t, tamper_file(t, "objects", &d.paper));
}

void tamper_body_gone(struct tamper *t)
{
    const struct digests d = digests_of(t);
    remove_file(t, tamper_file(t, "bodies", &d.body));
    remove_salt(t, &d.body);
}

void tamper_paper_gone(struct tamper *t)
{
    const struct digests d = digests_of(t);
    remove_file(t, tamper_file(t, "papers", &d.paper));
    remove_salt(t, &d.paper);
}

static size_t to_police(const struct tamper *t)
{
    return tamper_delivered(t, tamper_message(t, "transfer"), CITY_POLICE);
}

void tamper_delivered_gone(struct tamper *t) { tamper_remove_entry(t, to_police(t)); }

void tamper_delivered_signature(struct tamper *t)
{
    struct xj_entry *e = &t->b.entries[to_police(t)].e;
    e->sig = flipped(t, e->sig, e->sig.n - 1);
}

void tamper_stored_path_gone(struct tamper *t) { t->b.entries[tamper_stored(t, to_police(t))].has_path = false; }
void tamper_stored_gone(struct tamper *t) { tamper_remove_entry(t, tamper_stored(t, to_police(t))); }
void tamper_mail_path_gone(struct tamper *t) { t->b.mail_count = 0; }

void tamper_mail_path(struct tamper *t)
{
    static const uint8_t node[XJ_HASH_SIZE] = {1};
    assert_true(t->b.mail_count > 0);
    struct xj_ev_path longer = {.at = t->b.hashes.n / XJ_HASH_SIZE, .count = 1};
    xj_buf_add(&t->b.hashes, node, sizeof node);
    t->b.mail[0].path = longer;
}

static void add_mail_path(struct tamper *t, struct xj_ev_mail path)
{
    struct xj_ev_mail *grown = realloc(t->b.mail, (t->b.mail_count + 1) * sizeof *grown);
    assert_non_null(grown);
    t->b.mail = grown;
    grown[t->b.mail_count++] = path;
}

/* More paths than are needed: of the numbers before and after. */
void tamper_mail_paths_more(struct tamper *t)
{
    assert_int_equal(t->b.mail_count, 1);
    struct xj_ev_mail other = t->b.mail[0];
    for (int off = -1; off <= 1; off += 2) {
        other.number = t->b.mail[0].number + (uint64_t)off;
        add_mail_path(t, other);
    }
}

void tamper_mail_path_of_next(struct tamper *t) { t->b.mail[0].number++; }

/* It is said to be of another statement, whose digest is the largest. */
void tamper_mail_path_of_another(struct tamper *t) { memset(t->b.mail[0].stored.b, 0xff, XJ_HASH_SIZE); }

void tamper_sequence_mail(struct tamper *t)
{
    assert_true(t->b.sequence_mail_count > 1);
    memmove(t->b.sequence_mail, t->b.sequence_mail + 1, --t->b.sequence_mail_count * sizeof t->b.sequence_mail[0]);
}

void tamper_sequence_mail_cut(struct tamper *t) { t->b.sequence_mail_count--; }

void tamper_sequence_own(struct tamper *t)
{
    assert_true(t->b.sequence_own_count > 4);
    memmove(t->b.sequence_own + 3, t->b.sequence_own + 4, (--t->b.sequence_own_count - 3) * sizeof t->b.sequence_own[0]);
}

void tamper_sequence_own_cut(struct tamper *t) { t->b.sequence_own_count = 2; }
void tamper_sequence_stored(struct tamper *t) { t->b.sequence_stored_count = 0; }

/* It begins anew where it should go on; it has no answers yet; nothing of the mailbox is there. */
void tamper_sequence_own_again(struct tamper *t) { t->b.sequence_own[1] = t->b.sequence_own[0]; }

void tamper_sequence_unanswered(struct tamper *t)
{
    for (size_t i = 0; i < t->b.sequence_own_count; i++)
        t->b.sequence_own[i].kind = XJ_ENTRY_INVALID;
}

void tamper_sequence_no_mail(struct tamper *t) { t->b.sequence_mail_count = t->b.sequence_stored_count = 0; }

/* The owner's first statement is left out. */
void tamper_sequence_stored_gap(struct tamper *t)
{
    assert_true(t->b.sequence_stored_count > 1);
    memmove(t->b.sequence_stored, t->b.sequence_stored + 1, --t->b.sequence_stored_count * sizeof t->b.sequence_stored[0]);
}

/* What was received was not: neither in the case nor in the mailbox. */
void tamper_no_mail(struct tamper *t)
{
    const size_t i = tamper_message(t, "receipt");
    tamper_remove_entry(t, tamper_answer(t, i));
    remove_objects(t, i);
    tamper_remove_entry(t, i);
    tamper_sequence_no_mail(t);
}

void tamper_sequence_forged(struct tamper *t)
{
    struct xj_ev_signed *first = &t->b.sequence_mail[0].admitted;
    first->sig = flipped(t, first->sig, first->sig.n - 1);
}

void tamper_silence_answered(struct tamper *t) { tamper_silence(t, "transfer", "D08", TAMPER_FAR_MS); }
void tamper_silence_no_duty(struct tamper *t) { tamper_silence(t, "transfer", "D99", 0); }

void tamper_silence_long(struct tamper *t)
{
    assert_true(t->b.silence_count > 0);
    t->b.silences[0].due_ms = TAMPER_FAR_MS;
}

/* Nothing was decided before anything was asked. */
void tamper_silence_vacuous(struct tamper *t) { tamper_silence(t, "transfer", "D08", 0); }

/* The act starts another duty. */
void tamper_silence_of_other_start(struct tamper *t) { tamper_silence(t, "filed", "D08", TAMPER_FAR_MS); }

/* Nor by somebody who owes nothing. */
void tamper_silence_bystander(struct tamper *t)
{
    tamper_silence_early(t);
    t->b.silences[t->b.silence_count - 1].obligor = xj_slice_cstr(CITY_PROC);
}
void tamper_no_silence(struct tamper *t) { t->b.silence_count = 0; }

static int64_t admitted_ms(const struct tamper *t, const char *act)
{
    struct xj_admitted *a = calloc(1, sizeof *a);
    assert_non_null(a);
    must(xj_admitted_decode(t->b.entries[tamper_answer(t, tamper_message(t, act))].e.head, a));
    const int64_t ms = a->time_ms;
    free(a);
    return ms;
}

/* Nothing was decided before it was. */
void tamper_silence_early(struct tamper *t) { tamper_silence(t, "transfer", "D08", admitted_ms(t, "filed") - 1); }
void tamper_silence_in_time(struct tamper *t) { tamper_silence(t, "transfer", "D08", admitted_ms(t, "filed")); }

/* It did not transfer, though it had approved it, before it did. */
void tamper_silence_own_duty(struct tamper *t)
{
    tamper_silence(t, "transfer_approved", "D02", admitted_ms(t, "transfer") - 1);
    t->b.silences[t->b.silence_count - 1].obligor = xj_slice_cstr(CITY_BUREAU);
}

/* Nothing was decided about somebody else. */
void tamper_silence_subject(struct tamper *t)
{
    tamper_silence_in_time(t);
    t->b.silences[t->b.silence_count - 1].subject_count = 1;
}

/* A charge of the party that it was decided about: what is decided of the party is decided of its charges. */
void tamper_silence_charge(struct tamper *t)
{
    struct xj_header *h = tamper_header(t, tamper_message(t, "filed"));
    tamper_silence_in_time(t);
    struct xj_ev_silence *s = &t->b.silences[t->b.silence_count - 1];
    assert_true(h->subject_count > 0 && !h->subjects[0].has_charge);
    s->subject_count = 1;
    s->subjects[0] = h->subjects[0];
    s->subjects[0].has_charge = true;
    free(h);
}

/* A duty that no other act ends. */
void tamper_silence_self(struct tamper *t) { tamper_silence(t, "filed", "D09", TAMPER_FAR_MS); }

/* The owner's statements over its mailbox, all but the newest. */
void tamper_own_stored_gone(struct tamper *t)
{
    struct xj_stored s;
    bool newest = true;
    for (size_t i = t->b.entry_count; i > 0; i--) {
        if (t->b.entries[i - 1].e.kind != XJ_ENTRY_STORED)
            continue;
        must(xj_stored_decode(t->b.entries[i - 1].e.head, &s));
        if (!xj_slice_eq(s.agency, t->b.owner))
            continue;
        if (!newest)
            tamper_remove_entry(t, i - 1);
        newest = false;
    }
}

void tamper_sequence_answers(struct tamper *t)
{
    assert_true(t->b.sequence_own_count > 1);
    const struct xj_ev_signed first = t->b.sequence_own[0].answer;
    t->b.sequence_own[0].answer = t->b.sequence_own[1].answer;
    t->b.sequence_own[1].answer = first;
}

/* What it was told of stands once more behind the checkpoint, with the path of the first. */
void tamper_told_beyond(struct tamper *t)
{
    size_t i = 0;
    while (t->b.entries[i].e.kind != XJ_ENTRY_TOLD)
        assert_true(++i < t->b.entry_count);
    struct xj_ev_entry again = t->b.entries[i];
    again.e.n = xj_log_size(t->owner->log) + 1;
    tamper_add_entry(t, &again.e);
    t->b.entries[t->b.entry_count - 1].has_path = true;
    t->b.entries[t->b.entry_count - 1].path = again.path;
}

/* Nothing is left but one act that went to nobody, and no checkpoint says up to when that is all. */
void tamper_one_internal(struct tamper *t)
{
    const size_t i = tamper_message(t, "transfer_report");
    const uint64_t message = t->b.entries[i].e.n, answer = t->b.entries[tamper_answer(t, i)].e.n;
    for (size_t k = t->b.entry_count; k > 0; k--) {
        const struct xj_entry *e = &t->b.entries[k - 1].e;
        if (e->n == message || e->n == answer)
            continue;
        if (is_message(e))
            remove_objects(t, k - 1);
        tamper_remove_entry(t, k - 1);
    }
    tamper_checkpoint_gone(t);
}

/* ---- the frame ---- */

void tamper_bundle(struct evidence_city *e, const struct xj_buf *good, void (*change)(struct tamper *t), struct xj_buf *out)
{
    struct tamper *t = calloc(1, sizeof *t);
    char owner[XJ_MAX_AGENCY_BYTES + 1];
    const char *fault;
    assert_non_null(t);
    t->e = e;
    must(xj_bundle_decode(xj_buf_slice(good), &t->b, &fault));
    snprintf(owner, sizeof owner, "%.*s", (int)t->b.owner.n, (const char *)t->b.owner.p);
    t->owner = world_agent(e->city->w, owner);
    change(t);
    must(xj_bundle_encode(&t->b, out));
    xj_bundle_free(&t->b);
    for (size_t i = 0; i < t->kept_count; i++)
        xj_buf_free(&t->kept[i]);
    free(t);
}
