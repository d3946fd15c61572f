#include "agents/agent/shell/link.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#define OUT_ITEMS 512u
#define OUT_BYTES (128u * 1024 * 1024)
#define RECONNECT_MS 1000
#define RECONNECT_MAX_MS 30000
#define ROTATE_MS 15000 /* without a connection for so long, the next endpoint is tried */
#define HWM 64
#define MONITORED (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | \
                   ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_CLOSED)

struct xj_link {
    struct xj_link_options o;
    void *context, *dealer, *monitor;
    pthread_t thread;
    struct xj_queue *out; /* of struct xj_buf */
    struct xj_buf *sending; /* popped and not yet taken by libzmq */
    int wake_fd;
    size_t at;           /* endpoint in use */
    unsigned dials;      /* makes the monitor's inproc name unique */
    int64_t lost_ms;     /* since when there is no connection, by CLOCK_MONOTONIC */
    atomic_bool stop, redial, connected;
    atomic_size_t out_bytes;
    atomic_uint_fast64_t in_count, out_count, dropped_count;
};

static int64_t monotonic_ms(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void xj_link_event_free(struct xj_link_event *event)
{
    if (event == NULL)
        return;
    xj_buf_free(&event->frame);
    free(event);
}

static void frame_free(struct xj_buf *frame)
{
    if (frame == NULL)
        return;
    xj_buf_free(frame);
    free(frame);
}

static void wake(const struct xj_link *link)
{
    uint64_t one = 1;
    ssize_t n = write(link->wake_fd, &one, sizeof one);
    (void)n; /* a full counter wakes just as well */
}

/* ---- the socket ---- */

/* Sets and reads back: an option that silently does not hold is worse than none (libzmq built without it). */
static bool option_int(void *socket, int option, int value, struct xj_buf *text)
{
    int got = -1;
    size_t size = sizeof got;
    if (zmq_setsockopt(socket, option, &value, sizeof value) == 0 && zmq_getsockopt(socket, option, &got, &size) == 0 &&
        got == value)
        return true;
    if (text != NULL)
        xj_buf_addf(text, "ZeroMQ 设置 %d 不成立。ZeroMQ option %d does not hold.", option, option);
    return false;
}

static bool option_key(void *socket, int option, const uint8_t key[32], struct xj_buf *text)
{
    uint8_t got[32];
    size_t size = sizeof got;
    bool ok = zmq_setsockopt(socket, option, key, 32) == 0 && zmq_getsockopt(socket, option, got, &size) == 0 &&
              memcmp(got, key, 32) == 0;
    memset(got, 0, sizeof got);
    if (!ok && text != NULL)
        xj_buf_addf(text, "CURVE 密钥设置 %d 不成立。CURVE option %d does not hold.", option, option);
    return ok;
}

static bool configure(const struct xj_link *link, void *socket, struct xj_buf *text)
{
    uint16_t r = 0;
    int64_t max = XJ_MAX_FRAME_BYTES, got = 0;
    size_t size = sizeof got;
    link->o.env->random(link->o.env->ctx, &r, sizeof r);
    if (zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &max, sizeof max) != 0 ||
        zmq_getsockopt(socket, ZMQ_MAXMSGSIZE, &got, &size) != 0 || got != max) {
        if (text != NULL)
            xj_buf_add_str(text, "ZeroMQ 帧长上限不成立。ZMQ_MAXMSGSIZE does not hold.");
        return false;
    }
    const struct {
        int option, value;
    } wanted[] = {
        {ZMQ_LINGER, 0}, {ZMQ_RCVHWM, HWM}, {ZMQ_SNDHWM, HWM}, {ZMQ_IMMEDIATE, 1}, {ZMQ_IPV6, 1},
        {ZMQ_HANDSHAKE_IVL, 3000}, {ZMQ_HEARTBEAT_IVL, 10000}, {ZMQ_HEARTBEAT_TIMEOUT, 30000},
        {ZMQ_RECONNECT_IVL, RECONNECT_MS - RECONNECT_MS / 4 + (int)(r % (RECONNECT_MS / 2))},
        {ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (!option_int(socket, wanted[i].option, wanted[i].value, text))
            return false;
    return option_key(socket, ZMQ_CURVE_SERVERKEY, link->o.exchange[link->at].transport, text) &&
           option_key(socket, ZMQ_CURVE_PUBLICKEY, link->o.public_key, text) &&
           option_key(socket, ZMQ_CURVE_SECRETKEY, link->o.secret_key, text);
}

static void hang_up(struct xj_link *link)
{
    if (link->dealer != NULL)
        zmq_socket_monitor(link->dealer, NULL, 0);
    if (link->monitor != NULL)
        zmq_close(link->monitor);
    if (link->dealer != NULL)
        zmq_close(link->dealer);
    link->dealer = link->monitor = NULL;
}

static enum xj_err dial(struct xj_link *link, struct xj_buf *text)
{
    char name[64];
    int zero = 0;
    snprintf(name, sizeof name, "inproc://xj-agent-%u", ++link->dials);
    link->dealer = zmq_socket(link->context, ZMQ_DEALER);
    link->monitor = zmq_socket(link->context, ZMQ_PAIR);
    bool ok = link->dealer != NULL && link->monitor != NULL && configure(link, link->dealer, text) &&
              zmq_setsockopt(link->monitor, ZMQ_LINGER, &zero, sizeof zero) == 0 &&
              zmq_socket_monitor(link->dealer, name, MONITORED) == 0 && zmq_connect(link->monitor, name) == 0;
    if (ok && zmq_connect(link->dealer, link->o.exchange[link->at].endpoint) != 0) {
        if (text != NULL)
            xj_buf_addf(text, "交换平台地址无效。The exchange's endpoint is not one: %s", link->o.exchange[link->at].endpoint);
        ok = false;
    }
    link->lost_ms = monotonic_ms();
    if (!ok)
        hang_up(link);
    return ok ? XJ_OK : XJ_ENET;
}

/* ---- events to the host ---- */

static void tell(struct xj_link *link, enum xj_agent_event_kind kind, struct xj_buf *frame)
{
    struct xj_link_event *event = calloc(1, sizeof *event);
    if (event == NULL)
        return; /* a lost frame comes again; a lost word on the connection is made good by the frames themselves */
    event->kind = kind;
    if (frame != NULL) {
        event->frame = *frame;
        memset(frame, 0, sizeof *frame);
    }
    if (!link->o.deliver(link->o.arg, event))
        xj_link_event_free(event);
}

static void set_connected(struct xj_link *link, bool up)
{
    if (atomic_load(&link->connected) == up && !up)
        return;
    atomic_store(&link->connected, up);
    link->lost_ms = monotonic_ms();
    tell(link, up ? XJ_AE_CONNECTED : XJ_AE_DISCONNECTED, NULL);
}

static void read_monitor(struct xj_link *link)
{
    for (int i = 0; i < 64; i++) {
        uint8_t event[6] = {0}, address[256];
        int n = zmq_recv(link->monitor, event, sizeof event, ZMQ_DONTWAIT);
        if (n < 0)
            return;
        (void)zmq_recv(link->monitor, address, sizeof address, ZMQ_DONTWAIT);
        uint16_t kind = 0;
        memcpy(&kind, event, sizeof kind);
        if (kind == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
            set_connected(link, true);
        else
            set_connected(link, false);
    }
}

/* Takes the whole message; what has several parts or none is told as an empty frame, which the core counts. */
static bool read_one(struct xj_link *link)
{
    zmq_msg_t msg;
    struct xj_buf frame;
    bool more = false;
    size_t parts = 0;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    do {
        zmq_msg_init(&msg);
        if (zmq_msg_recv(&msg, link->dealer, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&msg);
            xj_buf_free(&frame);
            return false;
        }
        more = zmq_msg_more(&msg) != 0;
        if (parts++ == 0)
            xj_buf_add(&frame, zmq_msg_data(&msg), zmq_msg_size(&msg));
        zmq_msg_close(&msg);
    } while (more);
    if (parts != 1 || frame.err != XJ_OK)
        xj_buf_reset(&frame);
    atomic_fetch_add(&link->in_count, 1);
    tell(link, XJ_AE_FRAME, &frame);
    xj_buf_free(&frame);
    return true;
}

/* True when libzmq has room for more. */
static bool write_one(struct xj_link *link)
{
    if (link->sending == NULL)
        link->sending = xj_queue_try_pop(link->out);
    if (link->sending == NULL)
        return false;
    bool up = atomic_load(&link->connected);
    int rc = up ? zmq_send(link->dealer, link->sending->p, link->sending->n, ZMQ_DONTWAIT) : -1;
    if (up && rc < 0 && errno == EAGAIN)
        return false;
    atomic_fetch_add(rc < 0 ? &link->dropped_count : &link->out_count, 1);
    atomic_fetch_sub(&link->out_bytes, link->sending->n);
    frame_free(link->sending);
    link->sending = NULL;
    return true;
}

static void redial(struct xj_link *link)
{
    set_connected(link, false);
    link->lost_ms = monotonic_ms(); /* the next handshake gets its whole time */
    hang_up(link);
    link->at = (link->at + 1) % link->o.exchange_count;
    if (dial(link, NULL) != XJ_OK)
        link->dealer = link->monitor = NULL; /* tried again after ROTATE_MS */
}

static bool should_redial(struct xj_link *link)
{
    bool waited = !atomic_load(&link->connected) && monotonic_ms() - link->lost_ms > ROTATE_MS;
    return atomic_exchange(&link->redial, false) || waited;
}

static void *run(void *arg)
{
    struct xj_link *link = arg;
    while (!atomic_load(&link->stop)) {
        short out = link->sending != NULL ? ZMQ_POLLOUT : 0;
        zmq_pollitem_t items[4] = {
            {NULL, link->wake_fd, ZMQ_POLLIN, 0},
            {link->dealer, 0, (short)(ZMQ_POLLIN | out), 0},
            {link->monitor, 0, ZMQ_POLLIN, 0},
            {NULL, xj_queue_fd(link->out), out ? 0 : ZMQ_POLLIN, 0},
        };
        if (link->dealer == NULL)
            items[1] = items[2] = items[0];
        zmq_poll(items, 4, 1000);
        uint64_t count = 0;
        ssize_t n = read(link->wake_fd, &count, sizeof count);
        (void)n;
        if (link->dealer != NULL)
            read_monitor(link);
        for (int i = 0; i < 64 && link->dealer != NULL && read_one(link); i++)
            continue;
        for (int i = 0; i < 64 && write_one(link); i++)
            continue;
        if (!atomic_load(&link->stop) && should_redial(link))
            redial(link);
    }
    return NULL;
}

/* ---- for the host ---- */

static void link_free(struct xj_link *link)
{
    struct xj_buf *frame;
    hang_up(link);
    if (link->context != NULL)
        zmq_ctx_term(link->context);
    while (link->out != NULL && (frame = xj_queue_try_pop(link->out)) != NULL)
        frame_free(frame);
    frame_free(link->sending);
    xj_queue_free(link->out);
    if (link->wake_fd >= 0)
        close(link->wake_fd);
    explicit_bzero(link->o.secret_key, sizeof link->o.secret_key);
    free(link);
}

enum xj_err xj_link_start(const struct xj_link_options *o, struct xj_link **ret, struct xj_buf *ret_text)
{
    *ret = NULL;
    struct xj_link *link = calloc(1, sizeof *link);
    if (link == NULL)
        return XJ_ENOMEM;
    link->o = *o;
    link->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    link->context = zmq_ctx_new();
    enum xj_err err = link->wake_fd < 0 || link->context == NULL ? XJ_ENET : xj_queue_new(OUT_ITEMS, &link->out);
    if (err == XJ_OK && o->exchange_count == 0) {
        xj_buf_add_str(ret_text, "没有交换平台地址。No endpoint of the exchange is known.");
        err = XJ_ENET;
    }
    if (err == XJ_OK)
        err = dial(link, ret_text);
    if (err == XJ_OK && pthread_create(&link->thread, NULL, run, link) != 0)
        err = XJ_ENOMEM;
    if (err != XJ_OK) {
        link_free(link);
        return err;
    }
    *ret = link;
    return XJ_OK;
}

void xj_link_stop(struct xj_link *link)
{
    if (link == NULL)
        return;
    atomic_store(&link->stop, true);
    wake(link);
    pthread_join(link->thread, NULL);
    link_free(link);
}

void xj_link_send(struct xj_link *link, struct xj_buf *frame)
{
    struct xj_buf *copy = malloc(sizeof *copy);
    bool room = atomic_load(&link->out_bytes) + frame->n <= OUT_BYTES;
    size_t n = frame->n;
    if (copy == NULL || !room) {
        free(copy);
        xj_buf_free(frame);
        atomic_fetch_add(&link->dropped_count, 1);
        return;
    }
    *copy = *frame;
    memset(frame, 0, sizeof *frame);
    atomic_fetch_add(&link->out_bytes, n);
    if (!xj_queue_try_push(link->out, copy)) {
        atomic_fetch_sub(&link->out_bytes, n);
        frame_free(copy);
        atomic_fetch_add(&link->dropped_count, 1);
    }
}

void xj_link_reconnect(struct xj_link *link)
{
    atomic_store(&link->redial, true);
    wake(link);
}

void xj_link_figures(struct xj_link *link, struct xj_link_figures *ret)
{
    ret->connected = atomic_load(&link->connected);
    ret->in = atomic_load(&link->in_count);
    ret->out = atomic_load(&link->out_count);
    ret->dropped = atomic_load(&link->dropped_count);
}
