/* Message, header, keys bytes, signature and statements under arbitrary bytes: what is accepted must encode to the same bytes.
 * The first byte chooses the decoder. Build: clang -fsanitize=fuzzer,address,undefined. Spec: spec/03-message.md, 04-exchange.md. */
#include "schema/trust/seal.h"
#include "schema/trust/sign.h"
#include "schema/wire/message.h"
#include "schema/wire/statement.h"
#include "tests/fuzz/fuzz.h"

static void must_equal(struct xj_buf *again, struct xj_slice bytes)
{
    must(again->err == XJ_OK && xj_slice_eq(xj_buf_slice(again), bytes));
}

static void try_header(struct xj_slice bytes, struct xj_buf *again)
{
    struct xj_header *h = malloc(sizeof *h);
    struct xj_id id;
    uint64_t number;
    unsigned field;
    must(h != NULL);
    enum xj_err err = xj_header_decode(bytes, h, &field);
    xj_header_peek(bytes, &id, &number);
    if (err == XJ_OK) {
        must(xj_id_eq(&id, &h->id) && number == h->number);
        xj_header_encode(h, again);
        must_equal(again, bytes);
    } else {
        must(field < 24 || field == 255);
    }
    free(h);
}

static void try_message(struct xj_slice bytes, struct xj_buf *again)
{
    struct xj_message m;
    if (xj_message_split(bytes, &m) == XJ_EMALFORMED)
        return;
    xj_message_join(&m, again);
    must_equal(again, bytes);
}

struct wraps {
    struct xj_wrap_entry at[XJ_MAX_WRAPS];
    size_t count;
};

static bool keep_wrap(void *arg, const struct xj_wrap_entry *entry)
{
    struct wraps *w = arg;
    must(w->count < XJ_MAX_WRAPS);
    w->at[w->count++] = *entry;
    return true;
}

static void try_keys(struct xj_slice bytes, struct xj_buf *again)
{
    struct wraps *w = calloc(1, sizeof *w);
    uint8_t sender[XJ_KEY_ID_SIZE];
    must(w != NULL);
    if (xj_keys_decode(bytes, sender, keep_wrap, w) == XJ_OK) {
        must(xj_keys_encode(sender, w->at, w->count, again) == XJ_OK);
        must_equal(again, bytes);
    } else {
        must(w->count == 0);
    }
    free(w);
}

static void try_signature(struct xj_slice bytes)
{
    static const struct xj_hash d = {{1}};
    static const uint8_t key[32] = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7};
    enum xj_err err = xj_verify(NULL, key, &d, bytes);
    must(xj_signature_sound(bytes) == (err != XJ_EMALFORMED));
    must(err != XJ_OK);
}

static void try_admitted(struct xj_slice bytes, struct xj_buf *again)
{
    struct xj_admitted *s = malloc(sizeof *s);
    must(s != NULL);
    if (xj_admitted_decode(bytes, s) == XJ_OK) {
        xj_admitted_encode(s, again);
        must_equal(again, bytes);
    }
    free(s);
}

static void try_small_statement(unsigned which, struct xj_slice bytes, struct xj_buf *again)
{
    struct xj_refused refused;
    struct xj_stored stored;
    if (which == 0 && xj_refused_decode(bytes, &refused) == XJ_OK)
        xj_refused_encode(&refused, again);
    else if (which == 1 && xj_stored_decode(bytes, &stored) == XJ_OK)
        xj_stored_encode(&stored, again);
    else
        return;
    must_equal(again, bytes);
}

static void try_delivered(struct xj_slice bytes, struct xj_buf *again)
{
    struct xj_delivered s;
    if (xj_delivered_decode(bytes, &s) == XJ_OK) {
        xj_delivered_encode(&s, again);
        must_equal(again, bytes);
    }
    free(s.items);
}

/* ---- something sound to start from: chance alone seldom finds 24 right fields ---- */

static struct xj_slice str(const char *s)
{
    return xj_slice_cstr(s);
}

static void put_header(struct xj_buf *out)
{
    struct xj_header *h = calloc(1, sizeof *h);
    must(h != NULL);
    h->suite = h->number = 1;
    h->id.b[0] = h->case_id.b[0] = 1;
    h->procedure = str("referral");
    h->act = str("transfer");
    h->from = str("350000-a");
    h->tracks[h->track_count++] = (struct xj_header_track){str("clue"), str("350000-a")};
    h->answers[h->answer_count++] = (struct xj_header_answer){{{1}}, str("q")};
    h->to[h->to_count++] = (struct xj_header_to){str("350000-b"), XJ_TO_PRINCIPAL};
    h->to[h->to_count++] = (struct xj_header_to){str("350000-c"), XJ_TO_NOTICE};
    h->joint[h->joint_count++] = str("350000-d");
    h->subjects[h->subject_count++] = (struct xj_subject){.party = {1}};
    h->subjects[h->subject_count++] = (struct xj_subject){.party = {2}, .has_charge = true};
    h->has_occurred = true;
    h->mode = XJ_MODE_LIVE;
    h->papers[h->paper_count++] = (struct xj_header_paper){str("other"), {{1}}, 512};
    h->refs[h->ref_count++].b[0] = 1;
    h->relates[h->relate_count++] = (struct xj_header_relate){str("amends"), {{1}}};
    xj_header_encode(h, out);
    free(h);
}

static void put_statement(unsigned which, struct xj_buf *out)
{
    struct xj_delivered_item items[2] = {{.mailbox_number = 1}, {.mailbox_number = 2, .has_path = true, .path_count = 1}};
    struct xj_delivered delivered = {.owner = str("350000-a"), .number = 1, .recipient = str("350000-b"), .item_count = 2,
                                     .items = items};
    struct xj_stored stored = {.agency = str("350000-a"), .first = 1, .last = 2};
    struct xj_refused refused = {.agency = str("350000-a"), .code = str("track"), .detail = str("x")};
    struct xj_admitted *admitted = calloc(1, sizeof *admitted);
    must(admitted != NULL);
    admitted->after[0] = (struct xj_st_after){str("t"), str("350000-a"), str("s"), true, {.party = {1}}};
    admitted->breaches[0] = (struct xj_st_breach){str("late"), str("D08")};
    admitted->recipients[0] = (struct xj_st_recipient){str("350000-b"), 1};
    admitted->after_count = admitted->breach_count = admitted->recipient_count = 1;
    switch (which) {
    case 4: xj_admitted_encode(admitted, out); break;
    case 5: xj_refused_encode(&refused, out); break;
    case 6: xj_stored_encode(&stored, out); break;
    default: xj_delivered_encode(&delivered, out); break;
    }
    free(admitted);
}

static void put_specimen(unsigned which, struct xj_buf *out)
{
    static const uint8_t seed_bytes[32] = {1};
    struct xj_wrap_entry wraps[2] = {{.reader = xj_slice_cstr("350000-a")}, {.reader = xj_slice_cstr("350000-b")}};
    struct xj_hash digests[3] = {{{0}}, {{1}}, {{2}}};
    struct xj_buf signatures[3];
    struct xj_sign_key key;
    for (size_t i = 0; i < 3; i++)
        xj_buf_init(&signatures[i], XJ_MAX_SIGNATURE_BYTES);
    xj_sign_key_from_seed(seed_bytes, &key);
    must(xj_sign_batch(&key, digests, 3, signatures) == XJ_OK);
    struct xj_message m = {str("head"), str("body"), str("keys"), xj_buf_slice(&signatures[1])};
    if (which == 0)
        put_header(out);
    else if (which == 1)
        xj_message_join(&m, out);
    else if (which == 2)
        must(xj_keys_encode(seed_bytes, wraps, 2, out) == XJ_OK);
    else if (which == 3)
        xj_buf_add_slice(out, m.signature);
    else
        put_statement(which, out);
    for (size_t i = 0; i < 3; i++)
        xj_buf_free(&signatures[i]);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    if (fuzz_wants_specimen(seed)) {
        struct xj_buf out;
        uint8_t which = (uint8_t)(seed / 16 % 8);
        xj_buf_init(&out, 65536);
        xj_buf_add(&out, &which, 1);
        put_specimen(which, &out);
        size = fuzz_take(&out, data, size, max_size);
    }
    return fuzz_mutate(data, size, max_size, seed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct xj_slice bytes = xj_slice_of(data + 1, size - 1);
    struct xj_buf again;
    xj_buf_init(&again, size + 64);
    switch (data[0] % 8) {
    case 0: try_header(bytes, &again); break;
    case 1: try_message(bytes, &again); break;
    case 2: try_keys(bytes, &again); break;
    case 3: try_signature(bytes); break;
    case 4: try_admitted(bytes, &again); break;
    case 5: try_small_statement(0, bytes, &again); break;
    case 6: try_small_statement(1, bytes, &again); break;
    default: try_delivered(bytes, &again); break;
    }
    xj_buf_free(&again);
    return 0;
}
