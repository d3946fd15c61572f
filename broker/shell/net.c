#include "broker/shell/net.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MAX_LISTEN 8
#define WAITING_BYTES (32u * 1024 * 1024) /* read and not yet looked at; beyond it nothing more is read */
#define UNREAD_BYTES (32u * 1024 * 1024)  /* for one agency, over all its connections; beyond it frames are let go */
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93 /* hidden in the header of Debian 12's libzmq, present in the library */
#endif

/* What was sent to an agency and libzmq still holds, because it does not read. */
struct reader {
    atomic_size_t bytes;
};
/* One frame of it, until libzmq lets it go in a thread of its own. */
struct unread {
    struct reader *reader;
    size_t bytes;
};

struct xj_net {
    struct xj_net_options o;
    void *context, *router;
    struct xj_zap *zap;
    pthread_t thread;
    bool running;
    int stop_fd;
    char endpoint[MAX_LISTEN][256];
    size_t endpoint_count;
    struct xj_net_in *held; /* read, but the logic thread's queue is full */
    atomic_size_t waiting;
    struct reader **readers; /* by the core's number; the network thread's */
    size_t reader_count;
};

void xj_net_in_free(struct xj_net_in *in)
{
    if (!in) return;
    if (in->waiting) atomic_fetch_sub(in->waiting, zmq_msg_size(&in->frame));
    zmq_msg_close(&in->frame);
    free(in);
}

/* Sets an int option and reads it back: libzmq has options that it takes and forgets. */
static bool set_int(void *socket, int option, int value)
{
    int got = ~value;
    size_t n = sizeof got;
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0 && zmq_getsockopt(socket, option, &got, &n) == 0 &&
           got == value;
}

static bool set_router(struct xj_net *net)
{
    void *s = net->router;
    const int64_t max_frame = XJ_MAX_FRAME_BYTES;
    int64_t got = 0;
    size_t n = sizeof got;
    const int one = 1;
    const char *domain = XJ_ZAP_DOMAIN;
    bool ok = set_int(s, ZMQ_LINGER, 0) && set_int(s, ZMQ_RCVHWM, 64) && set_int(s, ZMQ_SNDHWM, 256) &&
              set_int(s, ZMQ_HANDSHAKE_IVL, 3000) && set_int(s, ZMQ_HEARTBEAT_IVL, 10000) &&
              set_int(s, ZMQ_HEARTBEAT_TIMEOUT, 30000) && set_int(s, ZMQ_BACKLOG, 512) && set_int(s, ZMQ_IPV6, 0);
    ok = ok && zmq_setsockopt(s, ZMQ_ROUTER_MANDATORY, &one, sizeof one) == 0;
    ok = ok && zmq_setsockopt(s, ZMQ_MAXMSGSIZE, &max_frame, sizeof max_frame) == 0 &&
         zmq_getsockopt(s, ZMQ_MAXMSGSIZE, &got, &n) == 0 && got == max_frame;
    ok = ok && zmq_setsockopt(s, ZMQ_ZAP_DOMAIN, domain, strlen(domain)) == 0 && set_int(s, ZMQ_ZAP_ENFORCE_DOMAIN, 1);
    ok = ok && set_int(s, ZMQ_CURVE_SERVER, 1) &&
         zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, net->o.keys->transport_secret, 32) == 0;
    char back[64] = "";
    n = sizeof back;
    return ok && zmq_getsockopt(s, ZMQ_ZAP_DOMAIN, back, &n) == 0 && strcmp(back, domain) == 0;
}

static enum xj_err bind_all(struct xj_net *net, struct xj_buf *ret_text)
{
    for (size_t i = 0; i < MAX_LISTEN && net->o.listen[i]; i++) {
        if (zmq_bind(net->router, net->o.listen[i])) {
            xj_buf_addf(ret_text, "无法监听 %s：%s / cannot listen on %s: %s", net->o.listen[i], zmq_strerror(errno),
                        net->o.listen[i], zmq_strerror(errno));
            return XJ_ENET;
        }
        size_t n = sizeof net->endpoint[i];
        if (zmq_getsockopt(net->router, ZMQ_LAST_ENDPOINT, net->endpoint[i], &n)) return XJ_ENET;
        net->endpoint_count++;
    }
    return XJ_OK;
}

/* The rest of a message with more parts than the protocol has. */
static void drop_rest(struct xj_net *net, bool more)
{
    while (more) {
        zmq_msg_t part;
        zmq_msg_init(&part);
        if (zmq_msg_recv(&part, net->router, 0) < 0) {
            zmq_msg_close(&part);
            return;
        }
        more = zmq_msg_more(&part);
        zmq_msg_close(&part);
    }
}

/* The name of the connection; false when there is no message. A name too long is left empty: such a one is dropped. */
static bool receive_name(struct xj_net *net, struct xj_net_in *in, bool *ret_more)
{
    zmq_msg_t id;
    zmq_msg_init(&id);
    const bool any = zmq_msg_recv(&id, net->router, ZMQ_DONTWAIT) >= 0;
    if (any && zmq_msg_size(&id) <= XJ_CONN_MAX) {
        in->conn_bytes = zmq_msg_size(&id);
        memcpy(in->conn, zmq_msg_data(&id), in->conn_bytes);
    }
    *ret_more = any && zmq_msg_more(&id);
    zmq_msg_close(&id);
    return any;
}

/* One message from the ROUTER; false when none is ready. *ret stays NULL when it bears no identity, or memory is out. */
static bool receive(struct xj_net *net, struct xj_net_in **ret)
{
    struct xj_net_in spare, *in = calloc(1, sizeof *in);
    bool more;
    *ret = NULL;
    if (!receive_name(net, in ? in : &spare, &more)) {
        free(in);
        return false;
    }
    if (!in || !more) {
        drop_rest(net, more);
        free(in);
        return true;
    }
    zmq_msg_init(&in->frame);
    const bool got = zmq_msg_recv(&in->frame, net->router, 0) >= 0;
    const char *user = got ? zmq_msg_gets(&in->frame, "User-Id") : NULL;
    const char *key = got ? zmq_msg_gets(&in->frame, XJ_ZAP_KEY) : NULL;
    const bool known = user && *user && strlen(user) <= XJ_MAX_AGENCY_BYTES && key && strlen(key) == 2 * sizeof in->key &&
                       xj_unhex(key, in->key, sizeof in->key);
    more = got && zmq_msg_more(&in->frame);
    in->dropped = more || !in->conn_bytes || !got || zmq_msg_size(&in->frame) == 0;
    if (known) memcpy(in->agency, user, strlen(user));
    drop_rest(net, more);
    if (known) *ret = in;
    else xj_net_in_free(in);
    return true;
}

/* Back-pressure: the logic thread is behind, by frames or by bytes. */
static bool is_behind(const struct xj_net *net)
{
    return net->held || atomic_load(&net->waiting) >= WAITING_BYTES;
}

static void pump_in(struct xj_net *net)
{
    struct xj_net_in *in;
    for (int i = 0; i < 256 && !is_behind(net) && receive(net, &in); i++) {
        if (!in) continue;
        in->waiting = &net->waiting;
        atomic_fetch_add(&net->waiting, zmq_msg_size(&in->frame));
        if (!xj_queue_try_push(net->o.in, in)) net->held = in;
    }
}

/* ---- what goes out ---- */

static struct reader *reader_at(struct xj_net *net, uint32_t index)
{
    if (index >= net->reader_count) {
        const size_t count = (size_t)index + 64;
        struct reader **more = realloc(net->readers, count * sizeof *more);
        if (!more) return NULL;
        memset(more + net->reader_count, 0, (count - net->reader_count) * sizeof *more);
        net->readers = more;
        net->reader_count = count;
    }
    if (!net->readers[index]) net->readers[index] = calloc(1, sizeof *net->readers[index]);
    return net->readers[index];
}

/* One of libzmq's threads: the frame is on the wire, or its connection is gone. */
static void let_go(void *data, void *hint)
{
    struct unread *u = hint;
    atomic_fetch_sub(&u->reader->bytes, u->bytes);
    free(u);
    free(data);
}

/* Moves the bytes into a message that is counted while libzmq holds it. */
static bool counted(struct reader *r, struct xj_buf *bytes, zmq_msg_t *ret)
{
    struct unread *u = malloc(sizeof *u);
    if (!u) return false;
    *u = (struct unread){.reader = r, .bytes = bytes->n};
    if (zmq_msg_init_data(ret, bytes->p, bytes->n, let_go, u)) {
        free(u);
        return false;
    }
    atomic_fetch_add(&r->bytes, u->bytes);
    memset(bytes, 0, sizeof *bytes);
    return true;
}

/* A peer that is gone or does not read loses the frame; the protocol sends it again, at the latest after its next HELLO. The name
 * is sent when the body is at hand: a name without one would take the next frame, somebody else's. */
static void send_out(struct xj_net *net, struct xj_net_out *out)
{
    zmq_msg_t m;
    struct reader *r = reader_at(net, out->reader);
    if (r && atomic_load(&r->bytes) + out->bytes.n <= UNREAD_BYTES && counted(r, &out->bytes, &m) &&
        (zmq_send(net->router, out->conn, out->conn_bytes, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0 ||
         zmq_msg_send(&m, net->router, ZMQ_DONTWAIT) < 0))
        zmq_msg_close(&m);
    xj_buf_free(&out->bytes);
    free(out);
}

static void pump_out(struct xj_net *net)
{
    struct xj_net_out *out;
    while ((out = xj_queue_try_pop(net->o.out)) != NULL) send_out(net, out);
}

static void *network(void *arg)
{
    struct xj_net *net = arg;
    for (;;) {
        if (net->held && xj_queue_try_push(net->o.in, net->held)) net->held = NULL;
        zmq_pollitem_t items[] = {{.fd = net->stop_fd, .events = ZMQ_POLLIN},
                                  {.socket = xj_zap_socket(net->zap), .events = ZMQ_POLLIN},
                                  {.fd = xj_queue_fd(net->o.out), .events = ZMQ_POLLIN},
                                  {.socket = net->router, .events = ZMQ_POLLIN}};
        const bool behind = is_behind(net);
        const int count = behind ? 3 : 4;
        if (zmq_poll(items, count, behind ? 2 : -1) < 0 && errno == ETERM) break;
        if (items[0].revents) break;
        if (items[1].revents) xj_zap_answer(net->zap);
        if (items[2].revents) pump_out(net);
        if (count == 4 && items[3].revents) pump_in(net);
    }
    pump_out(net);
    return NULL;
}

enum xj_err xj_net_start(const struct xj_net_options *o, struct xj_net **ret, struct xj_buf *ret_text)
{
    *ret = NULL;
    struct xj_net *net = calloc(1, sizeof *net);
    if (!net) return XJ_ENOMEM;
    net->o = *o;
    net->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    net->context = zmq_ctx_new();
    enum xj_err err = net->stop_fd >= 0 && net->context ? XJ_OK : XJ_ENET;
    if (!err) zmq_ctx_set(net->context, ZMQ_MAX_SOCKETS, 65536);
    if (!err) err = xj_zap_new(net->context, &net->zap);
    if (!err) net->router = zmq_socket(net->context, ZMQ_ROUTER);
    if (!err && (!net->router || !set_router(net))) {
        xj_buf_add_str(ret_text, "无法设置安全选项（CURVE/ZAP） / a security option (CURVE, ZAP) does not hold");
        err = XJ_ENET;
    }
    if (!err) err = bind_all(net, ret_text);
    if (!err && pthread_create(&net->thread, NULL, network, net)) err = XJ_ENOMEM;
    if (err) {
        xj_net_stop(net);
        return err;
    }
    net->running = true;
    *ret = net;
    return XJ_OK;
}

void xj_net_stop(struct xj_net *net)
{
    if (!net) return;
    if (net->running) {
        const uint64_t one = 1;
        ssize_t n = write(net->stop_fd, &one, sizeof one);
        (void)n;
        pthread_join(net->thread, NULL);
    }
    xj_net_in_free(net->held);
    if (net->router) zmq_close(net->router);
    xj_zap_free(net->zap);
    if (net->context) zmq_ctx_term(net->context);
    if (net->stop_fd >= 0) close(net->stop_fd);
    for (size_t i = 0; i < net->reader_count; i++) free(net->readers[i]); /* now libzmq holds no frame any more */
    free(net->readers);
    free(net);
}

struct xj_zap *xj_net_zap(struct xj_net *net)
{
    return net->zap;
}

const char *xj_net_endpoint(const struct xj_net *net, size_t i)
{
    return i < net->endpoint_count ? net->endpoint[i] : NULL;
}

/* First event of the monitor that tells how the handshake ended; 0 on time-out. */
static uint16_t handshake_end(void *monitor)
{
    for (;;) {
        zmq_msg_t m;
        zmq_msg_init(&m);
        if (zmq_msg_recv(&m, monitor, 0) < 0) {
            zmq_msg_close(&m);
            return 0;
        }
        uint16_t event = 0;
        if (zmq_msg_size(&m) >= sizeof event) memcpy(&event, zmq_msg_data(&m), sizeof event);
        const bool more = zmq_msg_more(&m);
        zmq_msg_close(&m);
        if (more) {
            zmq_msg_init(&m);
            zmq_msg_recv(&m, monitor, 0);
            zmq_msg_close(&m);
        }
        if (event & (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                     ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL))
            return event;
    }
}

enum xj_err xj_net_self_test(struct xj_net *net, struct xj_buf *ret_text)
{
    char public_key[41], secret_key[41];
    const int linger = 0, wait_ms = 10000;
    uint16_t end = 0;
    void *s = zmq_socket(net->context, ZMQ_DEALER), *monitor = zmq_socket(net->context, ZMQ_PAIR);
    if (s && monitor && zmq_curve_keypair(public_key, secret_key) == 0 &&
        zmq_setsockopt(s, ZMQ_LINGER, &linger, sizeof linger) == 0 &&
        zmq_setsockopt(monitor, ZMQ_LINGER, &linger, sizeof linger) == 0 &&
        zmq_setsockopt(monitor, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms) == 0 &&
        zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, net->o.keys->transport_public, 32) == 0 &&
        zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, public_key, sizeof public_key) == 0 &&
        zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, secret_key, sizeof secret_key) == 0 &&
        zmq_socket_monitor(s, "inproc://self-test", ZMQ_EVENT_ALL) == 0 && zmq_connect(monitor, "inproc://self-test") == 0 &&
        zmq_connect(s, net->endpoint[0]) == 0)
        end = handshake_end(monitor);
    if (s) {
        zmq_socket_monitor(s, NULL, 0);
        zmq_close(s);
    }
    if (monitor) zmq_close(monitor);
    if (end == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) return XJ_OK;
    xj_buf_addf(ret_text, "自检失败：未登记的密钥没有被拒绝（事件 %u），停止启动 / self-test: an unknown key was not refused (event %u)",
                (unsigned)end, (unsigned)end);
    return XJ_ENET;
}
