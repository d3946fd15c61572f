/* Hop frames under arbitrary bytes: an opened frame is walked to its end, its views stay inside the bytes, and what is read
 * whole encodes to the same bytes. Build: clang -fsanitize=fuzzer,address,undefined. Spec: spec/04-exchange.md, section 2. */
#include "schema/wire/hop.h"
#include "schema/wire/pack.h"
#include "tests/fuzz/fuzz.h"

static void must_be_inside(struct xj_slice part, struct xj_slice whole)
{
    must(part.n == 0 || (part.p >= whole.p && part.n <= whole.n && part.p + part.n <= whole.p + whole.n));
}

static bool is_list(enum xj_frame_type type)
{
    return type == XJ_F_SUBMIT || type == XJ_F_ANSWER || type == XJ_F_DELIVER || type == XJ_F_FEED ||
           type == XJ_F_REGISTER_ENTRIES || type == XJ_F_PAST || type == XJ_F_HANDBACK || type == XJ_F_CONFIRMED;
}

static void put_item(struct xj_buf *out, enum xj_frame_type type, const struct xj_frame_item *item)
{
    switch (type) {
    case XJ_F_SUBMIT: xj_frame_put_submit(out, item->message); break;
    case XJ_F_ANSWER: xj_frame_put_answer(out, (unsigned)item->number, item->statement, item->signature); break;
    case XJ_F_DELIVER:
        xj_frame_put_deliver(out, item->number, item->message, item->statement, item->signature);
        break;
    case XJ_F_FEED:
        xj_frame_put_feed(out, item->statement, item->signature, item->stored, item->stored_signature);
        break;
    case XJ_F_PAST: xj_frame_put_past(out, (unsigned)item->number, item->message, item->statement, item->signature); break;
    case XJ_F_HANDBACK: xj_frame_put_handback(out, (unsigned)item->number, item->statement, item->signature, item->message); break;
    default: xj_frame_put_entry(out, item->statement, item->signature); break;
    }
}

/* The digests of a notice, gathered into one run as the writer wants them. */
static void put_notice(struct xj_buf *out, struct xj_frame *f)
{
    struct xj_hash digests[XJ_MAX_PAPERS];
    struct xj_frame_item item;
    size_t n = 0;
    while (xj_frame_next(f, &item)) {
        must(n < XJ_MAX_PAPERS);
        digests[n++] = item.digest;
    }
    f->notice.digests = xj_slice_of(digests, n * sizeof *digests);
    must(f->items.bad || n == f->notice.digest_count);
    f->notice.digest_count = n;
    xj_frame_notice(out, f->epoch, f->number, &f->notice);
}

/* HANDBACK and HANDBACK_GET. */
static void take_digests(struct xj_frame *f, struct xj_buf *ret)
{
    struct xj_hash digest;
    xj_buf_init(ret, XJ_MAX_FRAME_BYTES);
    while (xj_frame_next_digest(f, &digest))
        xj_buf_add(ret, digest.b, sizeof digest.b);
}

static void put_asked(struct xj_buf *out, struct xj_frame *f)
{
    struct xj_buf digests;
    take_digests(f, &digests);
    xj_frame_handback_get(out, f->epoch, f->number, f->n, xj_buf_slice(&digests));
    xj_buf_free(&digests);
}

static void put_single(struct xj_buf *out, struct xj_frame *f)
{
    switch (f->type) {
    case XJ_F_HELLO: xj_frame_hello(out, f->number, &f->hello); break;
    case XJ_F_WELCOME: xj_frame_welcome(out, f->number, &f->welcome); break;
    case XJ_F_PAPER_PUT:
    case XJ_F_PAPER: xj_frame_paper(out, f->type, f->epoch, f->number, &f->digest, f->bytes); break;
    case XJ_F_STORED: xj_frame_stored(out, f->epoch, f->number, f->bytes, f->signature, f->n); break;
    case XJ_F_REGISTER_PUT: xj_frame_register_put(out, f->epoch, f->number, f->bytes, f->signature); break;
    case XJ_F_FEED_GET:
    case XJ_F_PAST_GET:
    case XJ_F_REGISTER_GET: xj_frame_get(out, f->type, f->epoch, f->number, f->n); break;
    case XJ_F_REGISTERED: xj_frame_registered(out, f->epoch, f->number, f->n); break;
    case XJ_F_PAPER_GET: xj_frame_paper_get(out, f->epoch, f->number, &f->digest); break;
    case XJ_F_PULSE: xj_frame_pulse(out, f->epoch, f->number, &f->pulse); break;
    case XJ_F_HANDBACK_GET: put_asked(out, f); break;
    case XJ_F_UNRECOVERED: xj_frame_unrecovered(out, f->epoch, f->number, f->bytes, f->signature); break;
    case XJ_F_CONFIRM: xj_frame_confirm(out, f->epoch, f->number, f->bytes, f->signature); break;
    case XJ_F_ORDER_GET: xj_frame_order_get(out, f->epoch, f->number, f->id.b); break;
    default: xj_frame_heartbeat(out, f->epoch, f->number); break;
    }
}

static void put_list(struct xj_buf *out, struct xj_frame *f, struct xj_slice whole)
{
    struct xj_frame_item item;
    struct xj_buf digests;
    if (f->type == XJ_F_PAST) xj_frame_past(out, f->epoch, f->number, f->n, f->next, f->items.left);
    else if (f->type == XJ_F_HANDBACK) xj_frame_handback(out, f->epoch, f->number, &f->handback, f->items.left);
    else xj_frame_list(out, f->type, f->epoch, f->number, f->n, f->items.left);
    while (xj_frame_next(f, &item)) {
        must_be_inside(item.message, whole);
        must_be_inside(item.statement, whole);
        must_be_inside(item.signature, whole);
        must_be_inside(item.stored, whole);
        must_be_inside(item.stored_signature, whole);
        put_item(out, f->type, &item);
    }
    if (f->type != XJ_F_HANDBACK) return;
    take_digests(f, &digests);
    xj_frame_put_digests(out, xj_buf_slice(&digests));
    xj_buf_free(&digests);
}

/* The epoch a frame carries beside its fields is not written by the writers of HELLO and WELCOME. */
static bool epoch_is_free(const struct xj_frame *f)
{
    return (f->type == XJ_F_HELLO && f->epoch != 0) || (f->type == XJ_F_WELCOME && f->epoch != f->welcome.epoch);
}

/* A sound frame of the type to start from. */
static void put_specimen(struct xj_buf *out, enum xj_frame_type type)
{
    static const uint8_t signature[] = {0x92, 0x00, 0xc4, 0x02, 0x55, 0x66};
    static const struct xj_hash digests[2] = {{{1}}, {{2}}};
    struct xj_slice part = xj_slice_cstr("part"), sig = xj_slice_of(signature, sizeof signature);
    struct xj_frame f = {.type = type, .number = 1, .n = 5, .digest = digests[0], .bytes = part, .signature = sig};
    struct xj_frame_item item = {.number = 1, .message = part, .statement = part, .signature = sig};
    f.hello.software = part;
    f.hello.has_own_digest = true;
    f.notice = (struct xj_notice){part, 1, xj_slice_of(digests, sizeof digests), 2, part, part};
    if (type == XJ_F_NOTICE) {
        xj_frame_notice(out, 1, 1, &f.notice);
    } else if (is_list(type)) {
        if (type == XJ_F_PAST) xj_frame_past(out, 1, 1, 5, 6, 2);
        else if (type == XJ_F_HANDBACK) xj_frame_handback(out, 1, 1, &f.handback, 2);
        else xj_frame_list(out, type, 1, 1, 5, 2);
        item.number = type == XJ_F_PAST ? 3 : 1;
        put_item(out, type, &item);
        item.stored = part;
        item.stored_signature = sig;
        put_item(out, type, &item);
        if (type == XJ_F_HANDBACK) xj_frame_put_digests(out, xj_slice_of(digests, sizeof digests));
    } else if (type == XJ_F_HANDBACK_GET) {
        xj_frame_handback_get(out, 1, 1, 5, xj_slice_of(digests, sizeof digests));
    } else {
        put_single(out, &f);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    if (fuzz_wants_specimen(seed)) {
        struct xj_buf out;
        xj_buf_init(&out, 65536);
        put_specimen(&out, (enum xj_frame_type)(1 + seed / 16 % XJ_F_ORDER_GET));
        size = fuzz_take(&out, data, size, max_size);
    }
    return fuzz_mutate(data, size, max_size, seed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xj_frame f;
    struct xj_buf again;
    struct xj_slice whole = xj_slice_of(data, size);
    if (xj_frame_open(whole, &f) != XJ_OK) {
        must(!f.doc.open);
        return 0;
    }
    must(f.type >= XJ_F_HELLO && f.type <= XJ_F_ORDER_GET);
    must_be_inside(f.bytes, whole);
    must_be_inside(f.signature, whole);
    xj_buf_init(&again, size + 64);
    if (f.type == XJ_F_NOTICE)
        put_notice(&again, &f);
    else if (is_list(f.type))
        put_list(&again, &f, whole);
    else
        put_single(&again, &f);
    if (!f.items.bad && !f.digests.bad && !epoch_is_free(&f))
        must(again.err == XJ_OK && xj_slice_eq(xj_buf_slice(&again), whole));
    xj_buf_free(&again);
    xj_frame_close(&f);
    return 0;
}
