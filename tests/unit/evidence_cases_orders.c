#include <stdio.h>
#include <string.h>

#include "schema/wire/destroyed.h"
#include "schema/wire/pack.h"
#include "tests/unit/evidence_cases_private.h"

#define FIRST_ACT "transfer_report" /* what is said of it decides P2 */
#define must(call) assert_int_equal((call), XJ_OK)

/* ---- what a holder says of an order ---- */

static size_t statement_at(const struct tamper *t)
{
    for (size_t i = 0; i < t->b.entry_count; i++)
        if (t->b.entries[i].e.kind == XJ_ENTRY_DESTROYED)
            return i;
    fail_msg("no statement about an order");
    return 0;
}

static void statement_gone(struct tamper *t)
{
    tamper_remove_entry(t, statement_at(t));
}

static void statement_forged(struct tamper *t)
{
    struct xj_slice *sig = &t->b.entries[statement_at(t)].e.sig;
    *sig = tamper_copy(t, *sig);
    ((uint8_t *)(uintptr_t)sig->p)[sig->n - 1] ^= 1;
}

/* The owner's statement otherwise, signed by whom it then names, in a ledger made to fit. */
static void other_statement(struct tamper *t, void (*change)(struct xj_destroyed *d))
{
    struct xj_destroyed d;
    struct xj_entry *e = &t->b.entries[statement_at(t)].e;
    struct xj_buf *head = tamper_new(t);
    char holder[XJ_MAX_AGENCY_BYTES + 1];
    must(xj_destroyed_decode(e->head, &d));
    change(&d);
    xj_destroyed_encode(&d, head);
    must(head->err);
    snprintf(holder, sizeof holder, "%.*s", (int)d.holder.n, (const char *)d.holder.p);
    e->head = xj_buf_slice(head);
    e->sig = forge_sign(t, forge_key_of(t, holder), XJ_CTX_DESTROYED, e->head);
    xj_destroyed_free(&d);
    forge_replant(t);
}

static void of_police(struct xj_destroyed *d) { d->holder = xj_slice_cstr(CITY_POLICE); }
static void no_digest(struct xj_destroyed *d) { d->digest_count = 0; }
static void other_order(struct xj_destroyed *d) { d->order[3] ^= 1; }
static void before_it_began(struct xj_destroyed *d) { d->order_number--; }
static void statement_of_police(struct tamper *t) { other_statement(t, of_police); }
static void statement_of_no_digest(struct tamper *t) { other_statement(t, no_digest); }
static void statement_of_other_order(struct tamper *t) { other_statement(t, other_order); }
static void statement_before_it_began(struct tamper *t) { other_statement(t, before_it_began); }

/* ---- acts that the order does not cover ---- */

static void under_the_order(struct tamper *t, struct xj_admitted *a) { a->register_number = t->b.register_count; }

/* Admitted when the order had begun: it is about what was there. */
static void admitted_later(struct tamper *t) { forge_answer(t, FIRST_ACT, under_the_order); }

static void refused_before(struct tamper *t)
{
    const size_t message = tamper_message(t, FIRST_ACT);
    forge_put_refusal(t, tamper_answer(t, message), message);
    forge_replant(t);
}

static const struct xj_id shared_one = {{1}}, shared_other = {{2}};

static void shares_one(struct tamper *t, struct xj_header *h)
{
    (void)t;
    h->relates[0].relation = xj_slice_cstr("shares");
    h->relates[0].id = shared_one;
    h->relate_count = 1;
}

/* It shares another message, and was admitted later; the statement names two messages. */
static void shared_of(struct tamper *t, const struct xj_id *named)
{
    struct xj_destroyed d;
    struct xj_entry *e = &t->b.entries[statement_at(t)].e;
    struct xj_buf *head = tamper_new(t);
    struct xj_id list[2] = {{{0}}, *named}, *were;
    forge_message(t, FIRST_ACT, shares_one);
    forge_answer(t, FIRST_ACT, under_the_order);
    must(xj_destroyed_decode(e->head, &d));
    were = d.messages;
    d.messages = list;
    d.message_count = 2;
    xj_destroyed_encode(&d, head);
    must(head->err);
    d.messages = were;
    xj_destroyed_free(&d);
    e->head = xj_buf_slice(head);
    e->sig = forge_sign(t, &t->owner->keys.sign, XJ_CTX_DESTROYED, e->head);
    forge_replant(t);
}

static void shares_a_named_one(struct tamper *t) { shared_of(t, &shared_one); }
static void shares_one_not_named(struct tamper *t) { shared_of(t, &shared_other); }

/* The statement is of another order: one that only restricts the case, or one to destroy another case. */
static void of_the_next_order(struct xj_destroyed *d)
{
    memset(d->order, 0xab, sizeof d->order);
    d->order_number++;
    d->register_number = d->order_number;
}

static void statement_of_next(struct tamper *t, const char *kind, uint8_t case_off)
{
    struct xj_id case_id = t->b.case_id;
    static const char *const texts[][2] = {{"basis", "依法"}, {"organ", CITY_REGISTRAR}, {"number", "2号"}};
    char hex[2 * XJ_ID_SIZE + 1];
    uint8_t id[XJ_ID_SIZE];
    struct xj_buf value;
    case_id.b[0] ^= case_off;
    xj_buf_init(&value, 512);
    xj_put_map(&value, 6);
    xj_put_cstr(&value, "case");
    xj_put_bin(&value, case_id.b, XJ_ID_SIZE);
    xj_put_cstr(&value, "date");
    xj_put_uint(&value, 20000);
    xj_put_cstr(&value, "kind");
    xj_put_cstr(&value, kind);
    for (size_t i = 0; i < 3; i++) {
        xj_put_cstr(&value, texts[i][0]);
        xj_put_cstr(&value, texts[i][1]);
    }
    memset(id, 0xab, sizeof id);
    xj_hex(id, sizeof id, hex);
    forge_fact(t, "order", hex, &value);
    other_statement(t, of_the_next_order);
}

static void statement_of_restriction(struct tamper *t) { statement_of_next(t, "restrict", 0); }
static void statement_of_other_case(struct tamper *t) { statement_of_next(t, "destroy", 1); }

/* Case 3 is destroyed at every holder; last of all, for nothing of it is left for other cases to use. */
void evidence_cases_orders(struct evidence_city *e, evidence_case_visit *visit, void *arg)
{
    static const struct {
        const char *name;
        void (*tamper)(struct tamper *t);
        const char *verdicts, *codes;
    } told[] = {{"destroyed", NULL, "pnppppnnn", "P2:destroyed"},
                {"destroyed-untold", statement_gone, "pnppppnnn", "P2:body_absent"},
                {"destroyed-forged", statement_forged, "pnppcpnnn", "P2:body_absent P5:path"},
                {"destroyed-by-another", statement_of_police, "pnppppnnn", "P2:body_absent"},
                {"destroyed-other-digests", statement_of_no_digest, "pnppppnnn", "P2:body_absent"},
                {"destroyed-other-order", statement_of_other_order, "pnppppnnn", "P2:body_absent"},
                {"destroyed-before-the-order", statement_before_it_began, "pnppppnnn", "P2:body_absent"},
                {"destroyed-admitted-later", admitted_later, "pnpppcnnn", "P2:body_absent P6:rewritten"},
                {"destroyed-refused", refused_before, "pnpppcnnn", "P2:body_absent P6:rewritten"},
                {"destroyed-shared", shares_a_named_one, "pnppccnnn", "P2:destroyed"},
                {"destroyed-shared-not-named", shares_one_not_named, "pnppccnnn", "P2:body_absent"},
                {"destroyed-restricted", statement_of_restriction, "pnppppnnn", "P2:body_absent"},
                {"destroyed-other-case", statement_of_other_case, "pnppppnnn", "P2:body_absent"}};
    struct xj_buf good;
    evidence_city_destroy(e, 2);
    evidence_export(e, CITY_BUREAU, 2, true, false, &good);
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        struct evidence_case c = {.name = told[i].name, .count = 1, .verdicts = told[i].verdicts, .codes = told[i].codes};
        struct xj_buf changed;
        xj_buf_init(&changed, XJ_ZIP_FILE_MAX);
        memcpy(c.root, e->city->w->root.public_key, 32);
        if (told[i].tamper != NULL)
            tamper_bundle(e, &good, told[i].tamper, &changed);
        c.files[0] = xj_buf_slice(told[i].tamper != NULL ? &changed : &good);
        visit(arg, &c);
        xj_buf_free(&changed);
    }
    xj_buf_free(&good);
}
