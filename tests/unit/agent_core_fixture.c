#include "tests/unit/agent_core_fixture.h"

static int64_t now(void *ctx)
{
    return ((struct fx_clock *)ctx)->now_ms;
}

void fx_random(void *ctx, void *p, size_t n)
{
    struct fx_clock *c = ctx;
    for (uint8_t *b = p; n > 0; n--) {
        c->random = c->random * 6364136223846793005u + 1442695040888963407u;
        *b++ = (uint8_t)(c->random >> 33);
    }
}

static void make_sign_key(struct fx *f, struct xj_sign_key *key)
{
    uint8_t seed[32];
    fx_random(&f->clock, seed, sizeof seed);
    xj_sign_key_from_seed(seed, key);
}

static void make_agency_keys(struct fx *f, struct xj_agency_keys *k)
{
    uint8_t secret[32];
    make_sign_key(f, &k->sign);
    fx_random(&f->clock, secret, sizeof secret);
    xj_seal_key_from_secret(secret, &k->seal);
    fx_random(&f->clock, secret, sizeof secret);
    struct xj_seal_key transport; /* CURVE keys are X25519 pairs too */
    xj_seal_key_from_secret(secret, &transport);
    memcpy(k->transport_public, transport.public_key, 32);
    memcpy(k->transport_secret, secret, 32);
}

struct xj_id fx_id(struct fx *f)
{
    struct xj_id id;
    fx_random(&f->clock, id.b, sizeof id.b);
    return id;
}

/* ---- the register ---- */

static struct xj_slice agency_fact(struct xj_buf *b)
{
    struct xj_slice s;
    size_t at = b->n;
    xj_put_map(b, 5);
    xj_put_cstr(b, "name");
    xj_put_cstr(b, "某单位");
    xj_put_cstr(b, "role");
    xj_put_cstr(b, "police");
    xj_put_cstr(b, "aliases");
    xj_put_array(b, 0);
    xj_put_cstr(b, "division");
    xj_put_cstr(b, "370800");
    xj_put_cstr(b, "vertical");
    xj_put_bool(b, false);
    s = xj_slice_of(b->p + at, b->n - at);
    return s;
}

static struct xj_slice keys_fact(struct xj_buf *b, const struct xj_agency_keys *k)
{
    size_t at = b->n;
    xj_put_map(b, 4);
    xj_put_cstr(b, "seal");
    xj_put_bin(b, k->seal.public_key, 32);
    xj_put_cstr(b, "sign");
    xj_put_bin(b, k->sign.public_key, 32);
    xj_put_cstr(b, "recovery");
    xj_put_bin(b, k->seal.public_key, 32);
    xj_put_cstr(b, "transport");
    xj_put_bin(b, k->transport_public, 32);
    return xj_slice_of(b->p + at, b->n - at);
}

static struct xj_slice exchange_fact(struct fx *f, struct xj_buf *b)
{
    size_t at = b->n;
    xj_put_map(b, 5);
    xj_put_cstr(b, "name");
    xj_put_cstr(b, "交换平台");
    xj_put_cstr(b, "sign");
    xj_put_bin(b, f->exchange.public_key, 32);
    xj_put_cstr(b, "division");
    xj_put_cstr(b, "370800");
    xj_put_cstr(b, "endpoints");
    xj_put_array(b, 0);
    xj_put_cstr(b, "transport");
    xj_put_bin(b, f->exchange.public_key, 32);
    return xj_slice_of(b->p + at, b->n - at);
}

static struct xj_slice registrar_fact(struct fx *f, struct xj_buf *b)
{
    size_t at = b->n;
    xj_put_map(b, 2);
    xj_put_cstr(b, "sign");
    xj_put_bin(b, f->registrar.public_key, 32);
    xj_put_cstr(b, "agency");
    xj_put_cstr(b, FX_A);
    return xj_slice_of(b->p + at, b->n - at);
}

void fx_entry(struct fx *f, const struct xj_sign_key *key, struct xj_buf *entry, struct xj_buf *signature)
{
    struct xj_buf facts;
    struct xj_reg_change changes[8];
    size_t n = 0;
    xj_buf_init(&facts, 65536);
    assert_non_null(xj_buf_room(&facts, 32768)); /* so that the slices taken below stay where they are */
    xj_buf_reset(&facts);
    if (f->register_number == 0) {
        const char *ids[] = {FX_A, FX_B, FX_C};
        for (size_t i = 0; i < 3; i++)
            changes[n++] = (struct xj_reg_change){xj_slice_cstr("agency"), xj_slice_cstr(ids[i]), agency_fact(&facts)};
        changes[n++] = (struct xj_reg_change){xj_slice_cstr("exchange"), xj_slice_cstr("exchange"), exchange_fact(f, &facts)};
        changes[n++] = (struct xj_reg_change){xj_slice_cstr("keys"), xj_slice_cstr(FX_A), keys_fact(&facts, &f->a)};
        changes[n++] = (struct xj_reg_change){xj_slice_cstr("keys"), xj_slice_cstr(FX_B), keys_fact(&facts, &f->b)};
        changes[n++] = (struct xj_reg_change){xj_slice_cstr("registrar"), xj_slice_cstr("registrar"),
                                              registrar_fact(f, &facts)};
    } else if (f->register_number == 1) {
        changes[n++] = (struct xj_reg_change){xj_slice_cstr("keys"), xj_slice_cstr(FX_C), keys_fact(&facts, &f->c)};
    } else {
        changes[n++] = (struct xj_reg_change){xj_slice_cstr("keys"), xj_slice_cstr(FX_A), keys_fact(&facts, &f->a)};
    }
    xj_buf_init(entry, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_buf_init(signature, XJ_MAX_SIGNATURE_BYTES);
    xj_reg_entry_encode(++f->register_number, 1000, &f->register_head, changes, n, entry);
    assert_int_equal(entry->err, XJ_OK);
    f->register_head = xj_digest(XJ_CTX_REGISTER, xj_buf_slice(entry));
    xj_sign_one(key, &f->register_head, signature);
    xj_buf_free(&facts);
}

/* ---- the agent's life ---- */

static void drop_actions(struct fx *f)
{
    for (size_t i = 0; i < f->action_count; i++)
        xj_buf_free(&f->actions[i].bytes);
    f->action_count = 0;
}

void fx_open(struct fx *f)
{
    const struct xj_db_options o = {.path = f->path, .format = "xianjie ledger 1", .owner = FX_A,
                                    .root_key = f->anchor.root, .create = true, .volatile_ok = true};
    assert_int_equal(xj_db_open(&o, &f->env, &f->db, NULL), XJ_OK);
    assert_int_equal(xj_log_open(f->db, &f->log), XJ_OK);
    const struct xj_agent_options ao = {.db = f->db, .log = f->log, .env = &f->env, .keys = &f->a, .agency = FX_A,
                                        .anchor = &f->anchor};
    assert_int_equal(xj_agent_open(&ao, &f->agent), XJ_OK);
}

void fx_crash(struct fx *f)
{
    drop_actions(f);
    xj_agent_close(f->agent);
    xj_db_rollback(f->db);
    xj_log_close(f->log);
    xj_db_close(f->db);
    f->agent = NULL;
}

void fx_reopen(struct fx *f)
{
    fx_crash(f);
    fx_open(f);
}

int fx_setup(void **state)
{
    struct fx *f = calloc(1, sizeof *f);
    if (f == NULL)
        return -1;
    snprintf(f->dir, sizeof f->dir, "/tmp/xj-agent-XXXXXX");
    if (mkdtemp(f->dir) == NULL) {
        free(f);
        return -1;
    }
    snprintf(f->path, sizeof f->path, "%s/ledger.db", f->dir);
    f->clock = (struct fx_clock){1764000000000, 7};
    f->env = (struct xj_env){&f->clock, now, fx_random};
    (void)xj_env_system(); /* readies libsodium */
    make_sign_key(f, &f->root);
    make_sign_key(f, &f->registrar);
    make_sign_key(f, &f->exchange);
    make_sign_key(f, &f->stranger);
    make_agency_keys(f, &f->a);
    make_agency_keys(f, &f->b);
    make_agency_keys(f, &f->c);
    memcpy(f->anchor.root, f->root.public_key, 32);
    fx_entry(f, &f->root, &f->anchor.entry, &f->anchor.signature);
    f->exchange_store = fx_id(f);
    f->epoch = 1;
    fx_open(f);
    *state = f;
    return 0;
}

int fx_teardown(void **state)
{
    struct fx *f = *state;
    char path[112];
    fx_crash(f);
    const char *ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s", f->path, ends[i]);
        (void)unlink(path);
    }
    (void)rmdir(f->dir);
    xj_anchor_free(&f->anchor);
    free(f);
    return 0;
}

/* ---- turns ---- */

void fx_begin(struct fx *f)
{
    drop_actions(f);
    assert_int_equal(xj_db_begin(f->db), XJ_OK);
}

void fx_step(struct fx *f, const struct xj_agent_event *ev)
{
    assert_int_equal(xj_agent_step(f->agent, ev), XJ_OK);
}

void fx_end(struct fx *f)
{
    assert_int_equal(xj_agent_flush(f->agent), XJ_OK);
    assert_int_equal(xj_db_commit(f->db), XJ_OK);
    while (f->action_count < FX_ACTIONS && xj_agent_take(f->agent, &f->actions[f->action_count]))
        f->action_count++;
}

void fx_event(struct fx *f, const struct xj_agent_event *ev)
{
    fx_begin(f);
    fx_step(f, ev);
    fx_end(f);
}

void fx_tick(struct fx *f, int64_t ms)
{
    const struct xj_agent_event ev = {.kind = XJ_AE_TICK};
    f->clock.now_ms += ms;
    fx_event(f, &ev);
}

void fx_frame(struct fx *f, struct xj_buf *frame)
{
    assert_int_equal(frame->err, XJ_OK);
    const struct xj_agent_event ev = {.kind = XJ_AE_FRAME, .bytes = xj_buf_slice(frame)};
    fx_event(f, &ev);
    xj_buf_free(frame);
}

struct xj_agent_figures fx_figures(struct fx *f)
{
    struct xj_agent_figures fig;
    xj_agent_figures(f->agent, &fig);
    return fig;
}

bool fx_sent(struct fx *f, enum xj_frame_type type, size_t i, struct xj_frame *ret)
{
    for (size_t k = 0; k < f->action_count; k++) {
        if (f->actions[k].kind != XJ_AA_SEND)
            continue;
        memset(ret, 0, sizeof *ret);
        assert_int_equal(xj_frame_open(xj_buf_slice(&f->actions[k].bytes), ret), XJ_OK);
        if (ret->type == type && i-- == 0)
            return true;
        xj_frame_close(ret);
    }
    return false;
}

size_t fx_sent_count(struct fx *f, enum xj_frame_type type)
{
    struct xj_frame frame;
    size_t n = 0;
    while (fx_sent(f, type, n, &frame)) {
        xj_frame_close(&frame);
        n++;
    }
    return n;
}

const struct xj_agent_action *fx_action(struct fx *f, enum xj_agent_action_kind kind, size_t i)
{
    for (size_t k = 0; k < f->action_count; k++)
        if (f->actions[k].kind == kind && i-- == 0)
            return &f->actions[k];
    return NULL;
}

bool fx_submitted(struct fx *f, size_t i, struct xj_buf *ret)
{
    struct xj_frame frame;
    struct xj_frame_item item;
    for (size_t k = 0; fx_sent(f, XJ_F_SUBMIT, k, &frame); k++) {
        while (xj_frame_next(&frame, &item))
            if (i-- == 0) {
                xj_buf_init(ret, XJ_MAX_FRAME_BYTES);
                xj_buf_add_slice(ret, item.message);
                xj_frame_close(&frame);
                return true;
            }
        xj_frame_close(&frame);
    }
    return false;
}

size_t fx_submitted_count(struct fx *f)
{
    struct xj_buf m;
    size_t n = 0;
    while (fx_submitted(f, n, &m)) {
        xj_buf_free(&m);
        n++;
    }
    return n;
}

enum xj_entry_kind fx_entry_kind(struct fx *f, uint64_t n)
{
    struct xj_buf buf;
    struct xj_entry e = {.kind = XJ_ENTRY_INVALID};
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    (void)xj_log_get(f->log, n, &buf, &e);
    xj_buf_free(&buf);
    return e.kind;
}

size_t fx_kind_count(struct fx *f, enum xj_entry_kind kind)
{
    size_t count = 0;
    for (uint64_t n = 1; n <= xj_log_size(f->log); n++)
        count += fx_entry_kind(f, n) == kind;
    return count;
}

/* ---- connecting ---- */

struct xj_welcome fx_welcome_equal(struct fx *f)
{
    struct xj_agent_figures g = fx_figures(f);
    struct xj_welcome w = {.store = f->exchange_store, .epoch = f->epoch, .ledger_size = 0, .own_number = 0,
                           .mailbox_stored = g.mailbox, .mailbox_head = g.mailbox, .feed_head = g.feed,
                           .register_head = g.register_number ? g.register_number : 1, /* every exchange has the anchor's entry */
                           .time_ms = f->clock.now_ms};
    w.ledger_head = xj_sha256(NULL, 0);
    return w;
}

void fx_connect(struct fx *f)
{
    const struct xj_agent_event up = {.kind = XJ_AE_CONNECTED};
    fx_event(f, &up);
    assert_int_equal(fx_sent_count(f, XJ_F_HELLO), 1);
}

void fx_welcome(struct fx *f, const struct xj_welcome *w)
{
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_welcome(&frame, ++f->frame, w);
    fx_frame(f, &frame);
}

void fx_ready(struct fx *f)
{
    struct xj_welcome w = fx_welcome_equal(f);
    fx_connect(f);
    fx_welcome(f, &w);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_READY);
}
