/* An agency's machine before an exchange and a sender that say what they like under good keys: frames as they are, and
 * deliveries whose header, opened body or statements are the input. The first byte chooses. The core stays without a world
 * error, the view folds whatever the core let into the ledger, and all of it can be shown.
 * Build: clang -fsanitize=fuzzer,address,undefined. Spec: spec/04-exchange.md, spec/09-fold.md, spec/10-api.md. */
#include <fcntl.h>
#include <unistd.h>

#include "schema/base/file.h"
#include "tests/fuzz/fuzz_city.h"

#define ITEMS 64
#define SEQ UINT64_C(1000000) /* past all that the city has seen */

static struct city *city;
static struct node *police, *bureau;
static struct xj_buf welcome, view_bytes; /* the exchange's answer to HELLO; the view as it is before each input */
static struct xj_outgoing *act;           /* of the bureau, for the police */
static struct xj_buf act_header;
static struct xj_agent_figures before;
static uint64_t epoch;

static char view_path[160];

/* The view of the police as a file, applied up to the ledger's end and closed. */
static void keep_view(void)
{
    size_t count = 0;
    struct xj_ledger_item *items = city_items(city, CITY_POLICE, &count);
    struct xj_view *v = city_view(city, CITY_POLICE, "kept");
    must(xj_view_apply(v, items, count) == XJ_OK);
    xj_view_close(v);
    city_items_free(items, count);
    city_view_path(city, "kept", view_path);
    must(xj_file_read(view_path, 64u << 20, &view_bytes) == XJ_OK);
}

/* ---- deliveries ---- */

static void put_admitted(struct xj_slice header, struct xj_buf *out)
{
    struct xj_admitted *s = calloc(1, sizeof *s);
    must(s != NULL);
    s->seq = SEQ;
    s->time_ms = city->w->now_ms;
    s->message = xj_header_digest(header);
    s->register_number = before.register_number;
    s->recipient_count = 1;
    s->recipients[0] = (struct xj_st_recipient){xj_slice_cstr(CITY_POLICE), before.mailbox + 1};
    xj_admitted_encode(s, out);
    free(s);
}

/* statement.p NULL: a fitting one. */
static void deliver(struct xj_slice header, struct xj_slice body, struct xj_slice keys, struct xj_slice statement,
                    struct xj_buf *frame)
{
    struct xj_buf message, fitting, signature;
    xj_buf_init(&message, XJ_MAX_FRAME_BYTES);
    xj_buf_init(&fitting, XJ_MAX_STATEMENT_BYTES);
    fuzz_message(&bureau->keys.sign, header, body, keys, &message);
    put_admitted(header, &fitting);
    if (statement.p == NULL)
        statement = xj_buf_slice(&fitting);
    fuzz_sign(&city->w->exchange_keys.sign, XJ_CTX_ADMITTED, statement, &signature);
    xj_frame_list(frame, XJ_F_DELIVER, epoch, 2, before.mailbox + 1, 1);
    xj_frame_put_deliver(frame, before.mailbox + 1, xj_buf_slice(&message), statement, xj_buf_slice(&signature));
    xj_buf_free(&message);
    xj_buf_free(&fitting);
    xj_buf_free(&signature);
}

static void deliver_body(struct xj_slice plaintext, struct xj_buf *frame)
{
    struct xj_header *h = malloc(sizeof *h);
    struct xj_wrap_entry wrap = {.reader = xj_slice_cstr(CITY_POLICE)};
    struct xj_buf sealed, keys, header;
    uint8_t key[32];
    must(h != NULL);
    *h = act->header;
    xj_buf_init(&sealed, XJ_MAX_SEALED_PAPER_BYTES);
    xj_buf_init(&keys, XJ_MAX_KEYS_BYTES);
    xj_buf_init(&header, XJ_MAX_HEADER_BYTES);
    must(xj_seal(&bureau->env, XJ_SEAL_BODY, plaintext, &sealed, key, &h->body_commit) == XJ_OK);
    h->body_digest = wrap.object = xj_digest(XJ_SEAL_BODY, xj_buf_slice(&sealed));
    memcpy(wrap.key_id, police->keys.seal.id, sizeof wrap.key_id);
    must(xj_wrap(bureau->pairs, &bureau->keys.seal, police->keys.seal.public_key, &wrap.object, key, wrap.wrap) == XJ_OK);
    must(xj_keys_encode(bureau->keys.seal.id, &wrap, 1, &keys) == XJ_OK);
    h->keys_digest = xj_digest(XJ_CTX_KEYS, xj_buf_slice(&keys));
    xj_header_encode(h, &header);
    deliver(xj_buf_slice(&header), xj_buf_slice(&sealed), xj_buf_slice(&keys), xj_slice_of(NULL, 0), frame);
    xj_buf_free(&sealed);
    xj_buf_free(&keys);
    xj_buf_free(&header);
    free(h);
}

static void feed(struct xj_slice statement, struct xj_buf *frame)
{
    struct xj_buf signature;
    fuzz_sign(&city->w->exchange_keys.sign, XJ_CTX_DELIVERED, statement, &signature);
    xj_frame_list(frame, XJ_F_FEED, epoch, 2, before.feed + 1, 1);
    xj_frame_put_feed(frame, statement, xj_buf_slice(&signature), xj_slice_of(NULL, 0), xj_slice_of(NULL, 0));
    xj_buf_free(&signature);
}

static void build(unsigned which, struct xj_slice bytes, struct xj_buf *frame)
{
    struct xj_slice body = xj_buf_slice(&act->body), keys = xj_buf_slice(&act->keys);
    switch (which) {
    case 0: deliver(bytes, body, keys, xj_slice_of(NULL, 0), frame); break;
    case 1: deliver_body(bytes, frame); break;
    case 2: deliver(xj_buf_slice(&act_header), body, keys, bytes, frame); break;
    case 3: feed(bytes, frame); break;
    default: xj_buf_add_slice(frame, bytes); break;
    }
    must(frame->err == XJ_OK);
}

/* ---- what becomes of it ---- */

static void can_be_shown(enum xj_err err, json_t *made)
{
    char *text = made != NULL ? json_dumps(made, 0) : NULL;
    must(err == XJ_ENOTFOUND || (err == XJ_OK && text != NULL));
    free(text);
    json_decref(made);
}

static void show(struct xj_view *v)
{
    const struct xj_cases_query all = {.limit = 500};
    int64_t now_ms = city->w->now_ms;
    struct xj_id case_id = city_case(city);
    json_t *made = NULL;
    enum xj_err err = xj_render_cases(v, &all, now_ms, &made);
    can_be_shown(err, made);
    made = NULL;
    err = xj_render_case(v, case_id, now_ms, &made);
    can_be_shown(err, made);
    made = NULL;
    err = xj_render_act(v, act->header.id, &made);
    can_be_shown(err, made);
    made = NULL;
    err = xj_render_due(v, -1, true, now_ms, &made);
    can_be_shown(err, made);
    made = NULL;
    err = xj_render_incidents(v, &made);
    can_be_shown(err, made);
}

static struct xj_view *fresh_view(void)
{
    struct xj_view *v = NULL;
    const struct xj_view_options o = {.path = view_path, .agency = CITY_POLICE, .root_key = city->w->anchor.root,
                                      .keys = &police->keys, .volatile_ok = true};
    int fd = open(view_path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    must(fd >= 0 && write(fd, view_bytes.p, view_bytes.n) == (ssize_t)view_bytes.n && close(fd) == 0);
    must(xj_view_open(&o, &v, NULL) == XJ_OK);
    return v;
}

/* True when a delivery is among what the core wrote. */
static bool fold(void)
{
    struct xj_ledger_item items[ITEMS];
    size_t count = 0;
    bool received = false;
    must(xj_ledger_items(police->db, police->log, before.ledger_size, ITEMS, items, &count) == XJ_OK);
    if (count == 0)
        return false;
    struct xj_view *v = fresh_view();
    must(xj_view_apply(v, items, count) == XJ_OK);
    show(v);
    xj_view_close(v);
    for (size_t i = 0; i < count; i++) {
        received = received || items[i].kind == XJ_ENTRY_RECEIVED || items[i].kind == XJ_ENTRY_DELIVERED;
        xj_ledger_item_free(&items[i]);
    }
    return received;
}

static void hear(struct xj_slice bytes)
{
    const struct xj_agent_event ev = {.kind = XJ_AE_FRAME, .bytes = bytes};
    must(xj_agent_step(police->core, &ev) == XJ_OK);
}

static void end_turn(void)
{
    struct xj_agent_action a;
    must(xj_agent_flush(police->core) == XJ_OK);
    while (xj_agent_take(police->core, &a))
        xj_buf_free(&a.bytes);
}

/* Connected and welcomed, the police's machine hears the frame; then all of it is forgotten. */
static bool try_frame(struct xj_slice frame)
{
    const struct xj_agent_event up[] = {{.kind = XJ_AE_DISCONNECTED}, {.kind = XJ_AE_CONNECTED}};
    must(xj_db_begin(police->db) == XJ_OK);
    for (size_t i = 0; i < 2; i++)
        must(xj_agent_step(police->core, &up[i]) == XJ_OK);
    end_turn();
    hear(xj_buf_slice(&welcome));
    hear(frame);
    end_turn();
    bool received = fold();
    xj_db_rollback(police->db);
    world_agent_down(police);
    must(world_agent_open(city->w, police) == XJ_OK);
    return received;
}

static bool try_input(unsigned which, struct xj_slice bytes)
{
    struct xj_buf frame;
    if (which == 1 && bytes.n > XJ_MAX_BODY_BYTES)
        return false;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    build(which, bytes, &frame);
    bool received = try_frame(xj_buf_slice(&frame));
    xj_buf_free(&frame);
    return received;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0)
        (void)try_input(data[0] % 8, xj_slice_of(data + 1, size - 1));
    return 0;
}

/* ---- something sound to start from ---- */

static void put_body(struct xj_buf *out)
{
    /* {"fine":1, "title":"t", "parties":[[8 bytes,"person","n"]], "reasons":"r"} */
    static const uint8_t body[] = "\x84\xa4" "fine\x01\xa5" "title\xa1t\xa7" "parties\x91\x93\xc4\x08" "12345678\xa6" "person\xa1n"
                                  "\xa7" "reasons\xa1r";
    xj_buf_add(out, body, sizeof body - 1);
}

static void put_delivered(struct xj_buf *out)
{
    struct xj_delivered_item item = {.mailbox_number = 1}; /* of somebody else: needs no path */
    const struct xj_delivered d = {.owner = xj_slice_cstr(CITY_POLICE), .number = before.feed + 1,
                                   .recipient = xj_slice_cstr(CITY_BUREAU), .register_number = before.register_number,
                                   .item_count = 1, .items = &item};
    xj_delivered_encode(&d, out);
}

static void put_frame(unsigned which, struct xj_buf *out)
{
    const struct xj_pulse pulse = {.mailbox_head = before.mailbox + 1, .feed_head = before.feed, .register_head = 3};
    const struct xj_notice notice = {.code = xj_slice_cstr("absent"), .number = 1, .digests = xj_slice_of(NULL, 0),
                                     .text_zh = xj_slice_cstr("中"), .text_en = xj_slice_cstr("en")};
    static const struct xj_hash digest = {{1}};
    switch (which % 6) {
    case 0: xj_buf_add_slice(out, xj_buf_slice(&welcome)); break;
    case 1: xj_frame_pulse(out, epoch, 2, &pulse); break;
    case 2: xj_frame_notice(out, epoch, 2, &notice); break;
    case 3: xj_frame_paper(out, XJ_F_PAPER, epoch, 2, &digest, xj_slice_cstr("sealed")); break;
    case 4: xj_frame_registered(out, epoch, 2, 3); break;
    default: xj_frame_heartbeat(out, epoch, 2); break;
    }
}

static void put_specimen(unsigned which, unsigned seed, struct xj_buf *out)
{
    xj_buf_init(out, XJ_MAX_FRAME_BYTES);
    switch (which) {
    case 0: xj_buf_add_slice(out, xj_buf_slice(&act_header)); break;
    case 1: put_body(out); break;
    case 2: put_admitted(xj_buf_slice(&act_header), out); break;
    case 3: put_delivered(out); break;
    default: put_frame(seed, out); break;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    if (fuzz_wants_specimen(seed)) {
        struct xj_buf out, specimen;
        uint8_t which = (uint8_t)(seed / 16 % 5);
        put_specimen(which, seed / 80, &specimen);
        xj_buf_init(&out, XJ_MAX_FRAME_BYTES);
        xj_buf_add(&out, &which, 1);
        xj_buf_add_slice(&out, xj_buf_slice(&specimen));
        xj_buf_free(&specimen);
        size = fuzz_take(&out, data, size, max_size);
    }
    return fuzz_mutate(data, size, max_size, seed);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const acts[] = {"detention_transfer", NULL};
    struct xj_buf hello;
    (void)argc;
    (void)argv;
    city = fuzz_city();
    police = world_agent(city->w, CITY_POLICE);
    bureau = world_agent(city->w, CITY_BUREAU);
    act = fuzz_draft(city, CITY_BUREAU, acts, CITY_POLICE);
    act->header.number = 100;
    act->header.has_previous = true;
    xj_buf_init(&act_header, XJ_MAX_HEADER_BYTES);
    xj_header_encode(&act->header, &act_header);
    keep_view();
    fuzz_hello(city, CITY_POLICE, &hello);
    epoch = fuzz_welcome(city, CITY_POLICE, xj_buf_slice(&hello), &welcome);
    xj_buf_free(&hello);
    xj_agent_figures(police->core, &before);
    for (unsigned which = 0; which < 4; which++) { /* what is sound is taken: otherwise nothing is tried here at all */
        struct xj_buf specimen;
        put_specimen(which, 0, &specimen);
        must(try_input(which, xj_buf_slice(&specimen)));
        xj_buf_free(&specimen);
    }
    return 0;
}
