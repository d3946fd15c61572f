/* The exchange's core before a peer that holds good keys and says what it likes: frames as they are, headers, keys bytes and
 * stored statements signed as they are. The first byte chooses what, and who says it. No input is a world error, and every
 * frame in answer is sound. Build: clang -fsanitize=fuzzer,address,undefined. Spec: spec/04-exchange.md. */
#include "tests/fuzz/fuzz_city.h"

#define SENDERS 3
static const char *const who[SENDERS] = {CITY_BUREAU, CITY_POLICE, CITY_PROC};

/* Of each sender: its HELLO, the epoch it gets, and a message it might send next. */
static struct sender {
    struct node *node;
    struct xj_buf hello, submit, message;
    struct xj_message parts;
    struct xj_header header;
    struct xj_buf stored; /* a statement of what it has stored */
    uint64_t epoch;
} senders[SENDERS];
static struct city *city;

static void make_stored(struct sender *s)
{
    struct xj_agent_figures f;
    struct xj_stored st = {.agency = xj_slice_cstr(s->node->agency.id), .time_ms = city->w->now_ms, .register_number = 2};
    xj_agent_figures(s->node->core, &f);
    st.first = st.last = f.mailbox > 0 ? f.mailbox : 1;
    st.ledger_size = f.ledger_size + 1;
    xj_buf_init(&s->stored, XJ_MAX_STATEMENT_BYTES);
    xj_stored_encode(&st, &s->stored);
}

static void meet(struct sender *s, const char *name)
{
    static const char *const acts[] = {"detention_transfer", "arrest_requested", "assign", NULL};
    struct xj_buf welcome;
    struct xj_frame f;
    struct xj_frame_item item;
    unsigned field;
    s->node = world_agent(city->w, name);
    make_stored(s);
    const struct xj_agent_event submit = {.kind = XJ_AE_SUBMIT, .outgoing = fuzz_draft(city, name, acts, NULL)};
    fuzz_agent_says(city, name, &submit, 1, XJ_F_SUBMIT, &s->submit);
    fuzz_hello(city, name, &s->hello);
    s->epoch = fuzz_welcome(city, name, xj_buf_slice(&s->hello), &welcome);
    xj_buf_free(&welcome);
    must(xj_frame_open(xj_buf_slice(&s->submit), &f) == XJ_OK && xj_frame_next(&f, &item));
    xj_buf_init(&s->message, item.message.n);
    xj_buf_add_slice(&s->message, item.message);
    xj_frame_close(&f);
    must(xj_message_split(xj_buf_slice(&s->message), &s->parts) == XJ_OK);
    must(xj_header_decode(s->parts.header, &s->header, &field) == XJ_OK);
}

static void submit(const struct sender *s, struct xj_slice header, struct xj_slice keys, struct xj_buf *frame)
{
    struct xj_buf message;
    xj_buf_init(&message, XJ_MAX_FRAME_BYTES);
    fuzz_message(&s->node->keys.sign, header, s->parts.body, keys, &message);
    xj_frame_list(frame, XJ_F_SUBMIT, s->epoch, 2, 0, 1);
    xj_frame_put_submit(frame, xj_buf_slice(&message));
    xj_buf_free(&message);
}

/* A header that can be read gets the number that is due, so that more than the number is looked at. */
static void submit_header(const struct sender *s, struct xj_slice bytes, struct xj_buf *frame)
{
    struct xj_header *h = malloc(sizeof *h);
    struct xj_buf due;
    unsigned field;
    must(h != NULL);
    xj_buf_init(&due, bytes.n + 64);
    if (xj_header_decode(bytes, h, &field) == XJ_OK) {
        h->number = s->header.number;
        h->has_previous = s->header.has_previous;
        h->previous = s->header.previous;
        xj_header_encode(h, &due);
        bytes = xj_buf_slice(&due);
    }
    submit(s, bytes, s->parts.keys, frame);
    xj_buf_free(&due);
    free(h);
}

static void submit_keys(const struct sender *s, struct xj_slice keys, struct xj_buf *frame)
{
    struct xj_header *h = malloc(sizeof *h);
    struct xj_buf header;
    must(h != NULL);
    *h = s->header;
    h->keys_digest = xj_digest(XJ_CTX_KEYS, keys);
    xj_buf_init(&header, XJ_MAX_HEADER_BYTES);
    xj_header_encode(h, &header);
    submit(s, xj_buf_slice(&header), keys, frame);
    xj_buf_free(&header);
    free(h);
}

static void say_stored(const struct sender *s, struct xj_slice statement, struct xj_buf *frame)
{
    struct xj_buf signature;
    fuzz_sign(&s->node->keys.sign, XJ_CTX_STORED, statement, &signature);
    xj_frame_stored(frame, s->epoch, 2, statement, xj_buf_slice(&signature), 256);
    xj_buf_free(&signature);
}

/* answer: the frame with the exchange's word on a submission, empty when it gave none. */
static void try_input(uint8_t first, struct xj_slice bytes, struct xj_buf *answer)
{
    const struct sender *s = &senders[first / 4 % SENDERS];
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    switch (first % 4) {
    case 0: submit_header(s, bytes, &frame); break;
    case 1: submit_keys(s, bytes, &frame); break;
    case 2: say_stored(s, bytes, &frame); break;
    default: xj_buf_add_slice(&frame, bytes); break;
    }
    must(frame.err == XJ_OK && xj_db_begin(city->w->exchange.db) == XJ_OK);
    fuzz_exchange_hears(city, s->node->agency.id, xj_buf_slice(&s->hello));
    fuzz_exchange_answers(city, XJ_F_WELCOME, answer);
    xj_buf_reset(answer);
    fuzz_exchange_hears(city, s->node->agency.id, xj_buf_slice(&frame));
    fuzz_exchange_answers(city, XJ_F_ANSWER, answer);
    fuzz_exchange_forget(city);
    xj_buf_free(&frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xj_buf answer;
    if (size == 0)
        return 0;
    xj_buf_init(&answer, XJ_MAX_FRAME_BYTES);
    try_input(data[0], xj_slice_of(data + 1, size - 1), &answer);
    xj_buf_free(&answer);
    return 0;
}

/* ---- something sound to start from ---- */

static void put_frame(const struct sender *s, unsigned which, struct xj_buf *out)
{
    static const struct xj_hash digest = {{1}};
    switch (which % 6) {
    case 0: xj_buf_add_slice(out, xj_buf_slice(&s->submit)); break;
    case 1: xj_frame_get(out, XJ_F_FEED_GET, s->epoch, 2, 1); break;
    case 2: xj_frame_get(out, XJ_F_REGISTER_GET, s->epoch, 2, 1); break;
    case 3: xj_frame_paper_get(out, s->epoch, 2, &digest); break;
    case 4: xj_frame_paper(out, XJ_F_PAPER_PUT, s->epoch, 2, &digest, xj_slice_cstr("sealed")); break;
    default: xj_frame_heartbeat(out, s->epoch, 2); break;
    }
}

static void put_specimen(const struct sender *s, uint8_t first, unsigned seed, struct xj_buf *out)
{
    switch (first % 4) {
    case 0: xj_buf_add_slice(out, s->parts.header); break;
    case 1: xj_buf_add_slice(out, s->parts.keys); break;
    case 2: xj_buf_add_slice(out, xj_buf_slice(&s->stored)); break;
    default: put_frame(s, seed, out); break;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    if (fuzz_wants_specimen(seed)) {
        struct xj_buf out;
        uint8_t first = (uint8_t)(seed / 16 % (4 * SENDERS));
        xj_buf_init(&out, XJ_MAX_FRAME_BYTES);
        xj_buf_add(&out, &first, 1);
        put_specimen(&senders[first / 4], first, seed / 16 / (4 * SENDERS), &out);
        size = fuzz_take(&out, data, size, max_size);
    }
    return fuzz_mutate(data, size, max_size, seed);
}

static bool is_admitted(struct xj_slice frame)
{
    struct xj_frame f;
    struct xj_frame_item item = {.number = 0};
    if (xj_frame_open(frame, &f) != XJ_OK)
        return false;
    bool admitted = xj_frame_next(&f, &item) && item.number == 1;
    xj_frame_close(&f);
    return admitted;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    city = fuzz_city();
    for (size_t i = 0; i < SENDERS; i++)
        meet(&senders[i], who[i]);
    for (uint8_t first = 0; first < 4 * SENDERS; first++) /* what is sound is taken: otherwise nothing is tried here at all */
        if (first % 4 < 2) {
            struct xj_buf specimen, answer;
            xj_buf_init(&specimen, XJ_MAX_FRAME_BYTES);
            xj_buf_init(&answer, XJ_MAX_FRAME_BYTES);
            put_specimen(&senders[first / 4], first, 0, &specimen);
            try_input(first, xj_buf_slice(&specimen), &answer);
            must(is_admitted(xj_buf_slice(&answer)));
            xj_buf_free(&specimen);
            xj_buf_free(&answer);
        }
    return 0;
}
