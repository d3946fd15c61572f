#include "tests/unit/exchange_items.h"

#include <string.h>

#include "schema/wire/pack.h"
#include "schema/wire/span.h"
#include "tests/sim/world_private.h"

struct item handed[HANDED];
size_t handed_count;
const char *const handed_agencies[4] = {CITY_REGISTRAR, CITY_BUREAU, CITY_POLICE, CITY_PROC};

void handed_copy(struct xj_buf *to, struct xj_slice from)
{
    xj_buf_init(to, XJ_MAX_FRAME_BYTES);
    xj_buf_add_slice(to, from);
    assert_int_equal(to->err, XJ_OK);
}

/* Looks on while the agents hand back what they hold. */
bool handed_look(struct world *w, int from, struct xj_slice frame, struct xj_buf *ret)
{
    struct xj_frame f;
    struct xj_frame_item it;
    (void)w;
    (void)ret;
    if (xj_frame_open(frame, &f) != XJ_OK)
        return false;
    while (f.type == XJ_F_HANDBACK && xj_frame_next(&f, &it)) {
        assert_true(handed_count < HANDED);
        struct item *i = &handed[handed_count++];
        i->from = from;
        i->kind = (unsigned)it.number;
        handed_copy(&i->statement, it.statement);
        handed_copy(&i->signature, it.signature);
        handed_copy(&i->message, it.message);
    }
    xj_frame_close(&f);
    return false;
}

void handed_free(struct item *i)
{
    xj_buf_free(&i->statement);
    xj_buf_free(&i->signature);
    xj_buf_free(&i->message);
}

/* An answer to what the exchange asked, which goes on nowhere: the next entry is the one asked for. */
void handed_back(struct hand *h, const struct item *list, size_t count, uint64_t next)
{
    struct hand_agency *a = hand_of(h, handed_agencies[list[0].from]);
    struct xj_buf frame;
    const struct xj_handback head = {.from = 1, .next = next, .ledger_size = 1000};
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_handback(&frame, a->epoch, ++a->frame, &head, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        xj_frame_put_handback(&frame, list[i].kind, xj_buf_slice(&list[i].statement), xj_buf_slice(&list[i].signature),
                              xj_buf_slice(&list[i].message));
    xj_frame_put_digests(&frame, xj_slice_of(NULL, 0));
    hand_frame(h, a->id, &frame);
}

struct xj_outgoing *handed_unknown_revision(struct hand *h)
{
    json_t *refused, *r = city_request("transfer_report", NULL, "transfer_report");
    struct xj_outgoing *out = world_draft(h->w, CITY_BUREAU, r, 77, &refused);
    assert_non_null(out);
    out->header.revision.b[0] ^= 1;
    json_decref(r);
    return out;
}

/* The agents hand back all they have, and it is seen; then it is lost once more. */
void handed_lose_twice(struct hand *h)
{
    struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = handed_unknown_revision(h)};
    world_agent_batch(h->w, 1, &ev, false);
    assert_true(world_settle(h->w, 40000));
    handed_count = 0;
    world_lose_exchange(h->w, true);
    h->w->tamper = handed_look;
    assert_true(world_settle(h->w, 40000));
    h->w->tamper = NULL;
    world_lose_exchange(h->w, true);
}

const struct item *handed_register_entry(uint64_t number)
{
    struct xj_slice field;
    uint64_t n;
    for (size_t i = 0; i < handed_count; i++)
        if (handed[i].kind == XJ_ENTRY_REGISTER && xj_span_element(xj_buf_slice(&handed[i].statement), 0, &field) &&
            xj_span_uint(field, &n) && n == number)
            return &handed[i];
    fail_msg("no such register entry");
    return NULL;
}

/* An entry of the register proves that the journal was lost; then that agency hands back the register. */
void handed_begin(struct hand *h)
{
    struct xj_exchange_figures f;
    struct item forged = *handed_register_entry(2);
    for (size_t i = 0; i < 4; i++)
        hand_of(h, handed_agencies[i])->epoch = 5; /* none counts as one that never spoke to an exchange */
    hand_hello(h, CITY_REGISTRAR);
    forged.from = 0;
    struct xj_buf was = forged.statement;
    handed_copy(&forged.statement, xj_buf_slice(&was));
    forged.statement.p[forged.statement.n - 1] ^= 1;
    handed_back(h, &forged, 1, 1);
    xj_exchange_figures(h->w->core, &f);
    assert_false(f.recovering); /* what proves nothing begins nothing */
    xj_buf_free(&forged.statement);
    xj_buf_init(&forged.statement, 16);
    xj_put_nil(&forged.statement);
    handed_back(h, &forged, 1, 1);
    xj_buf_free(&forged.statement);
    forged = *handed_register_entry(2);
    forged.from = 0;
    handed_back(h, &forged, 1, 1);
    xj_exchange_figures(h->w->core, &f);
    assert_true(f.recovering);
    for (size_t i = 0; i < 4; i++)
        hand_hello(h, handed_agencies[i]);
    assert_int_equal(hand_sent_count(h, hand_of(h, CITY_PROC)->conn, XJ_F_HANDBACK_GET), 1);
}

void handed_put_paper(struct hand *h, const char *who, const struct xj_hash *digest, struct xj_slice bytes)
{
    struct hand_agency *a = hand_of(h, who);
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_paper(&frame, XJ_F_PAPER_PUT, a->epoch, ++a->frame, digest, bytes);
    hand_frame(h, who, &frame);
}

/* False: it is no message that the bureau sent or got. */
bool handed_is_message(const struct item *i, struct xj_header *ret)
{
    struct xj_message m;
    unsigned field;
    return i->from == 1 && i->kind == XJ_ENTRY_ADMITTED && xj_message_split(xj_buf_slice(&i->message), &m) == XJ_OK &&
           xj_header_decode(m.header, ret, &field) == XJ_OK;
}

bool handed_is_own(const struct item *i, struct xj_header *ret)
{
    return handed_is_message(i, ret) && xj_slice_is(ret->from, CITY_BUREAU);
}

/* The bureau hands back all but its act of that number, which nobody else ever had, and its papers. */
void handed_back_without(struct hand *h, uint64_t number)
{
    static struct xj_header header;
    const struct item *last = NULL;
    for (size_t i = 0; i < handed_count; i++) {
        if (handed[i].from != 1 || (handed_is_own(&handed[i], &header) && header.number == number))
            continue;
        handed_back(h, &handed[i], 1, 1);
        last = &handed[i];
    }
    handed_back(h, last, 1, 1001);
    for (size_t i = 0; i < handed_count; i++)
        for (size_t k = 0; handed_is_message(&handed[i], &header) && k < header.paper_count; k++) {
            struct xj_buf bytes;
            xj_buf_init(&bytes, XJ_MAX_SEALED_PAPER_BYTES);
            assert_int_equal(xj_object_get(hand_of(h, CITY_BUREAU)->node->db, &header.papers[k].sealed, &bytes), XJ_OK);
            handed_put_paper(h, CITY_BUREAU, &header.papers[k].sealed, xj_buf_slice(&bytes));
            xj_buf_free(&bytes);
        }
    hand_tick(h, 6000); /* asked again, it lacks nothing: it is heard to its end, */
    hand_tick(h, INT64_C(3600000)); /* and the others are waited for no longer */
}

/* The bureau's report under that number of its own; the chain it stands in nobody knows. */
void handed_report_under(struct hand *h, uint64_t number)
{
    struct hand_agency *a = hand_of(h, CITY_BUREAU);
    const struct hand_agency was = *a;
    struct xj_outgoing *out = hand_report(h);
    out->header.number = number;
    memset(out->header.previous.b, 7, XJ_HASH_SIZE);
    hand_send(h, CITY_BUREAU, out);
    a->number = was.number;
    a->previous = was.previous;
    xj_outgoing_free(out);
}

void handed_free_all(void)
{
    for (size_t i = 0; i < handed_count; i++)
        handed_free(&handed[i]);
    handed_count = 0;
}
