/* The running agent: threads, socket, waiting, snapshot, clean stop; against a small scripted exchange behind a real ROUTER.
 * Spec: spec/04-exchange.md section 1, spec/10-api.md. */
#include "tests/unit/agent_core_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <zmq.h>

#include "agents/agent/shell/host.h"
#include "schema/ledger/snapshot.h"

#define PATIENCE_MS 20000 /* an upper bound that only a failing test reaches */

struct world {
    struct fx *f;
    void *context, *router;
    uint8_t exchange_public[32], exchange_secret[32];
    char endpoint[256];
    struct xj_host_options o;
    struct xj_agent_host *host;
    struct xj_buf text;
};

static void set(void *socket, int option, const void *value, size_t size)
{
    assert_int_equal(zmq_setsockopt(socket, option, value, size), 0);
}

/* A socket of the exchange bound to the endpoint, which is given back as bound. */
static void router_open(struct world *w, const char *endpoint)
{
    int one = 1, zero = 0;
    size_t size = sizeof w->endpoint;
    w->router = zmq_socket(w->context, ZMQ_ROUTER);
    set(w->router, ZMQ_CURVE_SERVER, &one, sizeof one);
    set(w->router, ZMQ_CURVE_SECRETKEY, w->exchange_secret, 32);
    set(w->router, ZMQ_LINGER, &zero, sizeof zero);
    /* libzmq frees the port of a closed socket in a thread of its own. */
    for (int i = 0; zmq_bind(w->router, endpoint) != 0; i++) {
        assert_true(i < PATIENCE_MS / 5 && zmq_errno() == EADDRINUSE);
        assert_int_equal(zmq_poll(NULL, 0, 5), 0);
    }
    assert_int_equal(zmq_getsockopt(w->router, ZMQ_LAST_ENDPOINT, w->endpoint, &size), 0);
}

static void exchange_open(struct world *w)
{
    struct xj_seal_key pair;
    fx_random(&w->f->clock, w->exchange_secret, sizeof w->exchange_secret);
    xj_seal_key_from_secret(w->exchange_secret, &pair);
    memcpy(w->exchange_public, pair.public_key, 32);
    w->context = zmq_ctx_new();
    router_open(w, "tcp://127.0.0.1:*");
    snprintf(w->f->anchor.exchange[0].endpoint, sizeof w->f->anchor.exchange[0].endpoint, "%s", w->endpoint);
    memcpy(w->f->anchor.exchange[0].transport, w->exchange_public, 32);
    w->f->anchor.exchange_count = 1;
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    if (w == NULL || fx_setup((void **)&w->f) != 0)
        return -1;
    fx_crash(w->f); /* the host opens the ledger itself */
    exchange_open(w);
    xj_buf_init(&w->text, 4096);
    struct xj_host_options *o = &w->o;
    snprintf(o->agency, sizeof o->agency, "%s", FX_A);
    snprintf(o->data_dir, sizeof o->data_dir, "%s", w->f->dir);
    snprintf(o->ledger_path, sizeof o->ledger_path, "%s", w->f->path);
    snprintf(o->view_path, sizeof o->view_path, "%s/view.db", w->f->dir);
    o->keys = &w->f->a;
    o->anchor = &w->f->anchor;
    o->env = xj_env_system();
    o->volatile_ok = true;
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    char path[128];
    const char *names[] = {"view.db", "view.db-wal", "view.db-shm", "copy.db"};
    xj_host_stop(w->host);
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", w->f->dir, names[i]);
        (void)unlink(path);
    }
    zmq_close(w->router);
    zmq_ctx_term(w->context);
    xj_buf_free(&w->text);
    fx_open(w->f); /* a ledger that was closed opens again, and its state fits its entries */
    int rc = fx_teardown((void **)&w->f);
    free(w);
    return rc;
}

static void start(struct world *w)
{
    enum xj_err err = xj_host_start(&w->o, &w->host, &w->text);
    if (err != XJ_OK)
        fail_msg("%s: %s", xj_err_name(err), xj_buf_cstr(&w->text));
}

/* ---- the exchange's side, in the test's own thread ---- */

static void reply(struct world *w, const void *id, size_t id_bytes, struct xj_buf *frame)
{
    assert_int_equal(frame->err, XJ_OK);
    assert_true(zmq_send(w->router, id, id_bytes, ZMQ_SNDMORE) >= 0);
    assert_true(zmq_send(w->router, frame->p, frame->n, 0) >= 0);
    xj_buf_free(frame);
}

static void answer_all(struct world *w, struct xj_frame *in, struct xj_buf *out)
{
    struct xj_frame_item item;
    xj_frame_list(out, XJ_F_ANSWER, 1, 1, 0, in->items.left);
    for (uint64_t n = 1; xj_frame_next(in, &item); n++) {
        struct xj_header h;
        struct xj_buf statement, signature;
        struct xj_hash digest = fx_digest_of(item.message, &h);
        fx_admitted(w->f, &digest, FX_B, n, &w->f->exchange, &statement, &signature);
        xj_frame_put_answer(out, 1, xj_buf_slice(&statement), xj_buf_slice(&signature));
        xj_buf_free(&statement);
        xj_buf_free(&signature);
    }
}

/* Reads one frame and answers it as an exchange would that admits everything; returns its type. */
static enum xj_frame_type serve_one(struct world *w)
{
    uint8_t id[64];
    static const size_t ceiling = XJ_MAX_FRAME_BYTES;
    zmq_pollitem_t item = {w->router, 0, ZMQ_POLLIN, 0};
    assert_int_equal(zmq_poll(&item, 1, PATIENCE_MS), 1);
    int id_bytes = zmq_recv(w->router, id, sizeof id, 0);
    uint8_t *bytes = malloc(ceiling);
    assert_true(id_bytes > 0 && bytes != NULL);
    int n = zmq_recv(w->router, bytes, ceiling, 0);
    struct xj_frame in = {.type = XJ_F_INVALID};
    assert_int_equal(xj_frame_open(xj_slice_of(bytes, (size_t)n), &in), XJ_OK);
    enum xj_frame_type type = in.type;
    struct xj_buf out;
    xj_buf_init(&out, XJ_MAX_FRAME_BYTES);
    if (type == XJ_F_HELLO) {
        struct xj_welcome welcome = {.store = w->f->exchange_store, .epoch = 1, .ledger_head = xj_sha256(NULL, 0),
                                     .register_head = 1};
        xj_frame_welcome(&out, 1, &welcome);
    } else if (type == XJ_F_SUBMIT) {
        answer_all(w, &in, &out);
    }
    if (out.n > 0)
        reply(w, id, (size_t)id_bytes, &out);
    xj_frame_close(&in);
    free(bytes);
    return type;
}

static void serve_until(struct world *w, enum xj_frame_type type)
{
    while (serve_one(w) != type)
        continue;
}

static void wait_ready(struct world *w)
{
    struct xj_host_figures figures;
    serve_until(w, XJ_F_HELLO);
    do {
        (void)xj_host_wait_view(w->host, UINT64_MAX, 5); /* returns as soon as anything was published, at the latest in 5 ms */
        xj_host_figures(w->host, &figures);
    } while (figures.agent.state == XJ_AGENT_OFFLINE);
    assert_int_equal(figures.agent.state, XJ_AGENT_READY);
    assert_true(figures.connected);
}

struct submission {
    struct world *w;
    struct xj_outgoing *out;
    int64_t wait_ms;
    struct xj_host_answer answer;
    enum xj_err err;
};

static void *submit_thread(void *arg)
{
    struct submission *s = arg;
    s->err = xj_host_submit(s->w->host, &s->out, s->wait_ms, &s->answer);
    return NULL;
}

/* ---- tests ---- */

static void host__submits_and_waits_until_the_view_holds_the_answer(void **state)
{
    struct world *w = *state;
    pthread_t thread;
    start(w);
    wait_ready(w);
    struct submission s = {.w = w, .out = fx_outgoing(w->f, 1), .wait_ms = PATIENCE_MS};
    assert_int_equal(pthread_create(&thread, NULL, submit_thread, &s), 0);
    serve_until(w, XJ_F_SUBMIT);
    pthread_join(thread, NULL);
    assert_int_equal(s.err, XJ_OK);
    assert_null(s.out);
    assert_int_equal(s.answer.progress, XJ_HOST_APPLIED);
    assert_true(s.answer.admitted && s.answer.number == 1 && s.answer.statement.n > 0);
    xj_host_answer_free(&s.answer);
    struct xj_host_figures figures;
    xj_host_figures(w->host, &figures);
    assert_int_equal(figures.agent.own_answered, 1);
    assert_true(figures.view_applied >= figures.agent.ledger_size);
}

static void host__without_waiting_says_that_the_act_is_in_the_ledger(void **state)
{
    struct world *w = *state;
    struct xj_host_answer answer;
    start(w);
    wait_ready(w);
    struct xj_outgoing *out = fx_outgoing(w->f, 0);
    assert_int_equal(xj_host_submit(w->host, &out, 0, &answer), XJ_OK);
    assert_int_equal(answer.progress, XJ_HOST_QUEUED);
    assert_int_equal(answer.number, 1);
    xj_host_answer_free(&answer);
}

static void host__before_the_first_comparison_takes_nothing_and_says_why(void **state)
{
    struct world *w = *state;
    struct xj_host_answer answer;
    start(w);
    struct xj_outgoing *out = fx_outgoing(w->f, 0);
    assert_int_equal(xj_host_submit(w->host, &out, PATIENCE_MS, &answer), XJ_OK);
    assert_int_equal(answer.progress, XJ_HOST_NOT_TAKEN);
    assert_true(answer.why_zh[0] != 0 && answer.why_en[0] != 0);
    xj_host_answer_free(&answer);
}

static void host__refuses_keys_that_are_not_this_agencys(void **state)
{
    struct world *w = *state;
    w->o.keys = &w->f->b;
    assert_int_equal(xj_host_start(&w->o, &w->host, &w->text), XJ_ECONFIG);
    assert_null(w->host);
    assert_non_null(strstr(xj_buf_cstr(&w->text), FX_A));
}

static void host__refuses_a_ledger_of_another_agency(void **state)
{
    struct world *w = *state;
    start(w);
    xj_host_stop(w->host);
    w->host = NULL;
    snprintf(w->o.agency, sizeof w->o.agency, "%s", FX_B);
    w->o.keys = &w->f->b;
    assert_int_equal(xj_host_start(&w->o, &w->host, &w->text), XJ_ECONFIG);
    assert_true(w->text.n > 0);
}

static void host__says_hello_again_when_the_exchange_comes_back(void **state)
{
    struct world *w = *state;
    struct xj_host_figures figures;
    start(w);
    wait_ready(w);
    zmq_close(w->router);
    do {
        (void)xj_host_wait_view(w->host, UINT64_MAX, 5);
        xj_host_figures(w->host, &figures);
    } while (figures.connected || figures.agent.state != XJ_AGENT_OFFLINE);
    router_open(w, w->f->anchor.exchange[0].endpoint);
    wait_ready(w);
}

static void host__stop_leaves_a_checkpoint_and_no_write_ahead_log(void **state)
{
    struct world *w = *state;
    char wal[128];
    start(w);
    wait_ready(w);
    xj_host_stop(w->host);
    w->host = NULL;
    snprintf(wal, sizeof wal, "%s-wal", w->f->path);
    assert_int_not_equal(access(wal, F_OK), 0);
    fx_open(w->f);
    assert_int_equal(fx_entry_kind(w->f, xj_log_size(w->f->log)), XJ_ENTRY_CHECKPOINTED);
    fx_crash(w->f);
}

static void snapshot__of_a_running_agent_holds_its_entries_and_overwrites_nothing(void **state)
{
    struct world *w = *state;
    char path[128];
    struct xj_host_figures figures;
    struct xj_db *copy = NULL;
    struct xj_log *log = NULL;
    start(w);
    wait_ready(w);
    snprintf(path, sizeof path, "%s/copy.db", w->f->dir);
    assert_int_equal(xj_host_snapshot(w->host, path), XJ_OK);
    assert_int_equal(xj_host_snapshot(w->host, path), XJ_EEXISTS);
    assert_int_equal(xj_host_snapshot(w->host, "/nonexistent/copy.db"), XJ_ENOTFOUND);
    xj_host_figures(w->host, &figures);
    const struct xj_db_options o = {.path = path, .format = "xianjie ledger 1", .owner = FX_A,
                                    .root_key = w->f->anchor.root, .read_only = true, .volatile_ok = true};
    assert_int_equal(xj_db_open(&o, xj_env_system(), &copy, NULL), XJ_OK);
    assert_int_equal(xj_log_open(copy, &log), XJ_OK);
    struct xj_hash root = xj_log_root(log);
    assert_int_equal(xj_log_size(log), figures.agent.ledger_size);
    assert_memory_equal(root.b, figures.ledger_root.b, 32);
    xj_log_close(log);
    xj_db_close(copy);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(host__submits_and_waits_until_the_view_holds_the_answer),
        T(host__without_waiting_says_that_the_act_is_in_the_ledger),
        T(host__before_the_first_comparison_takes_nothing_and_says_why),
        T(host__refuses_keys_that_are_not_this_agencys),
        T(host__refuses_a_ledger_of_another_agency),
        T(host__says_hello_again_when_the_exchange_comes_back),
        T(host__stop_leaves_a_checkpoint_and_no_write_ahead_log),
        T(snapshot__of_a_running_agent_holds_its_entries_and_overwrites_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
