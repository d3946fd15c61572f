/* Changes that need keys, of acts: what a header says, which numbers it has, and refusals. */
#include <stdlib.h>
#include <string.h>

#include "schema/wire/statement.h"
#include "tests/unit/evidence_forge.h"

#define must(call) assert_int_equal((call), XJ_OK)

/* ---- refusals ---- */

struct last_own {
    uint64_t number;
    struct xj_hash digest;
};

static bool see_own(void *arg, const struct xj_entry *e)
{
    struct last_own *last = arg;
    struct xj_header *h = calloc(1, sizeof *h);
    unsigned field;
    assert_non_null(h);
    if (e->kind == XJ_ENTRY_OWN) {
        must(xj_header_decode(e->head, h, &field));
        last->number = h->number;
        last->digest = xj_header_digest(e->head);
    }
    free(h);
    return true;
}

static struct xj_refused refusal_of(const struct tamper *t, struct xj_slice agency, struct xj_id id, uint64_t number, struct xj_hash message)
{
    return (struct xj_refused){.time_ms = t->e->city->w->now_ms, .agency = agency, .id = id, .message = message, .number = number,
                               .register_number = t->b.register_count, .code = xj_slice_cstr("already"), .detail = xj_slice_cstr(""),
                               .rule = xj_slice_cstr("09-fold"), .article = xj_slice_cstr(""), .remedy_zh = xj_slice_cstr("不必再发。"),
                               .remedy_en = xj_slice_cstr("Do not send it again."), .position = 1000};
}

static void put_refused(struct tamper *t, size_t entry, const struct xj_refused *r)
{
    struct xj_buf *head = tamper_new(t);
    xj_refused_encode(r, head);
    must(head->err);
    struct xj_entry *e = &t->b.entries[entry].e;
    e->kind = XJ_ENTRY_REFUSED;
    e->head = xj_buf_slice(head);
    e->sig = forge_sign(t, forge_exchange_key(t), XJ_CTX_REFUSED, e->head);
}

void forge_put_refusal(struct tamper *t, size_t entry, size_t message)
{
    struct xj_header *h = tamper_header(t, message);
    struct xj_refused r = refusal_of(t, h->from, h->id, h->number, xj_header_digest(t->b.entries[message].e.head));
    struct xj_admitted *a = calloc(1, sizeof *a);
    assert_non_null(a);
    must(xj_admitted_decode(t->b.entries[entry].e.head, a));
    r.time_ms = a->time_ms;
    r.register_number = a->register_number;
    free(a);
    put_refused(t, entry, &r);
    free(h);
}

void forge_add_refused(struct tamper *t, const char *agency, bool other_id, uint64_t number_off)
{
    struct last_own last = {0};
    struct xj_header *h = tamper_header(t, tamper_message(t, "transfer"));
    struct xj_id id = h->id;
    must(xj_log_scan(t->owner->log, 1, see_own, &last));
    id.b[15] ^= 1;
    h->id = id;
    h->number = last.number + 1;
    h->previous = last.digest;
    struct xj_entry e = {.n = forge_next_n(t), .kind = XJ_ENTRY_OWN, .time_ms = t->e->city->w->now_ms};
    tamper_add_entry(t, &e);
    forge_put_message(t, t->b.entry_count - 1, h);
    struct xj_refused r = refusal_of(t, xj_slice_cstr(agency), id, last.number + 1 + number_off,
                                     xj_header_digest(t->b.entries[t->b.entry_count - 1].e.head));
    if (other_id)
        r.id.b[0] ^= 1;
    e = (struct xj_entry){.n = forge_next_n(t), .kind = XJ_ENTRY_REFUSED, .time_ms = t->e->city->w->now_ms, .head = xj_slice_of("", 0)};
    tamper_add_entry(t, &e);
    put_refused(t, t->b.entry_count - 1, &r);
    forge_replant(t);
}

static void add_refused(struct tamper *t, bool other_id, uint64_t number_off)
{
    forge_add_refused(t, t->owner->agency.id, other_id, number_off);
}

void tamper_refused_agency(struct tamper *t) { forge_add_refused(t, CITY_POLICE, false, 0); }
void tamper_refused(struct tamper *t) { add_refused(t, false, 0); }
void tamper_refused_other(struct tamper *t) { add_refused(t, true, 0); }
void tamper_refused_number(struct tamper *t) { add_refused(t, false, 1); }

/* The refused one stands in the sequence, too. */
void tamper_refused_sequence(struct tamper *t)
{
    add_refused(t, false, 0);
    struct xj_ev_own *grown = realloc(t->b.sequence_own, (t->b.sequence_own_count + 1) * sizeof *grown);
    assert_non_null(grown);
    const struct xj_entry *message = &t->b.entries[t->b.entry_count - 2].e, *answer = &t->b.entries[t->b.entry_count - 1].e;
    t->b.sequence_own = grown;
    grown[t->b.sequence_own_count++] = (struct xj_ev_own){message->head, XJ_ENTRY_REFUSED, {answer->head, answer->sig}};
}

/* Its refusal there speaks of another message. */
void tamper_refused_sequence_other(struct tamper *t)
{
    struct xj_refused r;
    struct xj_buf *head = tamper_new(t);
    tamper_refused_sequence(t);
    struct xj_ev_own *last = &t->b.sequence_own[t->b.sequence_own_count - 1];
    must(xj_refused_decode(last->answer.head, &r));
    r.message.b[0] ^= 1;
    xj_refused_encode(&r, head);
    must(head->err);
    last->answer = (struct xj_ev_signed){xj_buf_slice(head), forge_sign(t, forge_exchange_key(t), XJ_CTX_REFUSED, xj_buf_slice(head))};
}

/* The exchange refused the transfer, though it reached the police. */
void tamper_received_refused(struct tamper *t)
{
    const size_t message = tamper_message(t, "transfer");
    forge_put_refusal(t, tamper_answer(t, message), message);
    forge_replant(t);
}

/* Between two admitted acts one that was refused. */
void tamper_refused_between(struct tamper *t)
{
    struct last_own last = {0};
    must(xj_log_scan(t->owner->log, 1, see_own, &last));
    forge_add_refused(t, t->owner->agency.id, false, 0);
    forge_add_message(t, "transfer_report", last.number + 5, 0);
}

/* ---- what a header says ---- */

static void renamed(struct tamper *t, struct xj_header *h)
{
    (void)t;
    h->procedure = xj_slice_cstr("supervision");
}

/* The revision of one procedure under the name of another. */
void tamper_procedure(struct tamper *t) { forge_message(t, "receipt", renamed); }

static void notice_to_another(struct tamper *t, struct xj_header *h)
{
    size_t changed = 0;
    for (size_t i = 0; i < h->to_count; i++)
        if (!xj_slice_is(h->to[i].agency, t->owner->agency.id) && h->to[i].role != XJ_TO_PRINCIPAL) {
            h->to[i].role = XJ_TO_NOTICE;
            changed++;
        }
    assert_true(changed > 0);
}

void tamper_notice_to_another(struct tamper *t) { forge_message(t, "transfer", notice_to_another); }

static void paper_for_body(struct tamper *t, struct xj_header *h)
{
    (void)t;
    h->body_digest = h->papers[0].sealed;
}

/* A paper stands for the body, too: what is sealed as the one is not sealed as the other. */
void tamper_paper_for_body(struct tamper *t)
{
    tamper_body_gone(t);
    tamper_sealed_body_gone(t);
    forge_message(t, "transfer", paper_for_body);
}

static void leave_out(struct xj_header *h, const char *agency)
{
    size_t kept = 0;
    for (size_t i = 0; i < h->to_count; i++)
        if (!xj_slice_is(h->to[i].agency, agency))
            h->to[kept++] = h->to[i];
    h->to_count = kept;
}

static void joint_of_another(struct tamper *t, struct xj_header *h)
{
    leave_out(h, t->owner->agency.id);
    leave_out(h, CITY_REGISTRAR);
    h->joint[0] = xj_slice_cstr(CITY_REGISTRAR);
    h->joint_count = 1;
}

/* Signed jointly, but not by the owner, who gets it from nobody. */
void tamper_joint_of_another(struct tamper *t) { forge_message(t, "filed", joint_of_another); }

/* ---- silences about acts that were changed ---- */

static void until_for_ever(struct tamper *t)
{
    t->b.silence_count = 0;
    tamper_silence(t, "transfer", "D08", TAMPER_FAR_MS);
}

static void of_the_procuratorate(struct tamper *t, struct xj_header *h)
{
    (void)t;
    leave_out(h, CITY_PROC);
    h->from = xj_slice_cstr(CITY_PROC);
}

static void entered_for_the_police(struct tamper *t, struct xj_header *h)
{
    of_the_procuratorate(t, h);
    h->actor = xj_slice_cstr(CITY_POLICE);
    h->mode = XJ_MODE_LATE_ENTRY;
}

/* The procuratorate decided, of itself, or entered late what the police had decided. */
void tamper_silence_by_another(struct tamper *t)
{
    forge_message(t, "filed", of_the_procuratorate);
    until_for_ever(t);
}

void tamper_silence_entered_for_it(struct tamper *t)
{
    forge_message(t, "filed", entered_for_the_police);
    until_for_ever(t);
}

static void of_one_charge(struct tamper *t, struct xj_header *h)
{
    (void)t;
    assert_int_equal(h->subject_count, 1);
    h->subjects[0].has_charge = true;
    h->subjects[0].charge[0] = 1;
}

static void of_nobody(struct tamper *t, struct xj_header *h)
{
    (void)t;
    h->subject_count = 0;
}

/* Nothing is said to have been decided of the party; it was of one of its charges, or of all there are. */
static void silence_on_party(struct tamper *t, void (*change)(struct tamper *t, struct xj_header *h))
{
    struct xj_header *h = tamper_header(t, tamper_message(t, "filed"));
    const struct xj_subject party = h->subjects[0];
    assert_true(h->subject_count == 1 && !party.has_charge);
    free(h);
    forge_message(t, "filed", change);
    until_for_ever(t);
    t->b.silences[0].subject_count = 1;
    t->b.silences[0].subjects[0] = party;
}

void tamper_silence_party_of_charge(struct tamper *t) { silence_on_party(t, of_one_charge); }
void tamper_silence_party_of_all(struct tamper *t) { silence_on_party(t, of_nobody); }

static void a_question(struct tamper *t, struct xj_header *h)
{
    (void)t;
    h->act = xj_slice_cstr("consultation_asked");
}

/* A duty that whoever is asked has. */
void tamper_silence_of_anybody(struct tamper *t)
{
    forge_message(t, "transfer", a_question);
    t->b.silence_count = 0;
    tamper_silence(t, "consultation_asked", "D30", TAMPER_FAR_MS);
}

/* ---- places and times ---- */

static void change_places(struct tamper *t, size_t i, size_t k)
{
    struct xj_entry *a = &t->b.entries[i].e, *b = &t->b.entries[k].e, was = *a;
    *a = *b;
    a->n = was.n;
    was.n = b->n;
    *b = was;
}

/* The second act of the case, and its answer, stand where the first were. */
void tamper_own_reversed(struct tamper *t)
{
    const size_t first = tamper_message(t, "transfer_report"), second = tamper_message(t, "transfer_approved");
    const size_t first_answer = tamper_answer(t, first), second_answer = tamper_answer(t, second);
    change_places(t, first, second);
    change_places(t, first_answer, second_answer);
    forge_replant(t);
}

void tamper_answer_before(struct tamper *t)
{
    const size_t message = tamper_message(t, "transfer");
    change_places(t, message, tamper_answer(t, message));
    forge_replant(t);
}

static void hour_early(struct tamper *t, struct xj_admitted *a)
{
    (void)t;
    a->time_ms -= 3600 * 1000;
}

/* The first answer is of a time before its procedure was in the register: it bounds nothing that comes after. */
void tamper_first_answer_early(struct tamper *t) { forge_answer(t, "transfer_report", hour_early); }

/* One more act, to nobody, which the exchange admits at the end of all time. */
void tamper_answer_endless(struct tamper *t)
{
    struct xj_admitted *a = calloc(1, sizeof *a);
    const size_t last_own = t->b.sequence_own_count;
    assert_non_null(a);
    forge_add_message(t, "transfer_report", last_own + 5, 0);
    const size_t entry = t->b.entry_count - 1;
    must(xj_admitted_decode(t->b.entries[entry].e.head, a));
    a->time_ms = INT64_MAX;
    forge_put_answer(t, entry, a, forge_exchange_key(t));
    forge_replant(t);
}
