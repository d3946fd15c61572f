#include "broker/shell/zap.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

struct entry {
    uint8_t key[32];
    char agency[XJ_MAX_AGENCY_BYTES + 1];
};
struct table {
    size_t count, cap;
    struct entry e[];
};

struct xj_zap {
    void *socket;
    pthread_mutex_t lock; /* held for the swap and for one look-up, never for I/O */
    struct table *table;
};

enum xj_err xj_zap_new(void *zmq_context, struct xj_zap **ret)
{
    *ret = NULL;
    struct xj_zap *zap = calloc(1, sizeof *zap);
    if (!zap) return XJ_ENOMEM;
    pthread_mutex_init(&zap->lock, NULL);
    zap->socket = zmq_socket(zmq_context, ZMQ_REP);
    const int linger = 0;
    if (!zap->socket || zmq_setsockopt(zap->socket, ZMQ_LINGER, &linger, sizeof linger) ||
        zmq_bind(zap->socket, "inproc://zeromq.zap.01")) {
        xj_zap_free(zap);
        return XJ_ENET;
    }
    *ret = zap;
    return XJ_OK;
}

void xj_zap_free(struct xj_zap *zap)
{
    if (!zap) return;
    if (zap->socket) zmq_close(zap->socket);
    pthread_mutex_destroy(&zap->lock);
    free(zap->table);
    free(zap);
}

void *xj_zap_socket(const struct xj_zap *zap)
{
    return zap->socket;
}

static int by_key(const void *a, const void *b)
{
    return memcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key, 32);
}

struct fill {
    struct table *table;
    bool failed;
};

static bool add(void *arg, const uint8_t key[32], struct xj_slice agency)
{
    struct fill *f = arg;
    if (agency.n > XJ_MAX_AGENCY_BYTES) return true;
    if (f->table->count == f->table->cap) {
        const size_t cap = f->table->cap * 2;
        struct table *more = realloc(f->table, sizeof *more + cap * sizeof more->e[0]);
        if (!more) {
            f->failed = true;
            return false;
        }
        f->table = more;
        f->table->cap = cap;
    }
    struct entry *e = &f->table->e[f->table->count++];
    memset(e, 0, sizeof *e);
    memcpy(e->key, key, 32);
    memcpy(e->agency, agency.p, agency.n);
    return true;
}

enum xj_err xj_zap_load(struct xj_zap *zap, struct xj_exchange *x)
{
    struct fill f = {.table = malloc(sizeof *f.table + 64 * sizeof f.table->e[0])};
    if (!f.table) return XJ_ENOMEM;
    f.table->count = 0;
    f.table->cap = 64;
    enum xj_err err = xj_exchange_transports(x, add, &f);
    if (!err && f.failed) err = XJ_ENOMEM;
    if (err) {
        free(f.table);
        return err;
    }
    qsort(f.table->e, f.table->count, sizeof f.table->e[0], by_key);
    pthread_mutex_lock(&zap->lock);
    struct table *old = zap->table;
    zap->table = f.table;
    pthread_mutex_unlock(&zap->lock);
    free(old);
    return XJ_OK;
}

static bool look_up(struct xj_zap *zap, const uint8_t key[32], char ret[XJ_MAX_AGENCY_BYTES + 1])
{
    struct entry want;
    memcpy(want.key, key, 32);
    pthread_mutex_lock(&zap->lock);
    const struct entry *e =
        zap->table ? bsearch(&want, zap->table->e, zap->table->count, sizeof want, by_key) : NULL;
    if (e) memcpy(ret, e->agency, sizeof e->agency);
    pthread_mutex_unlock(&zap->lock);
    return e != NULL;
}

/* Frames of a request: version, request id, domain, address, identity, mechanism, credentials. */
#define ZAP_FRAMES 7
#define ZAP_FRAME_MAX 255
struct request {
    uint8_t frame[ZAP_FRAMES][ZAP_FRAME_MAX];
    size_t n[ZAP_FRAMES], count;
};

static bool read_request(void *socket, struct request *r)
{
    int more = 1;
    r->count = 0;
    while (more) {
        uint8_t spill[ZAP_FRAME_MAX];
        const bool keep = r->count < ZAP_FRAMES;
        const int n = zmq_recv(socket, keep ? r->frame[r->count] : spill, ZAP_FRAME_MAX, r->count ? 0 : ZMQ_DONTWAIT);
        if (n < 0) return false;
        if (keep) r->n[r->count] = (size_t)(n > ZAP_FRAME_MAX ? 0 : n);
        r->count++;
        size_t size = sizeof more;
        if (zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size)) return false;
    }
    return true;
}

static bool frame_is(const struct request *r, size_t i, const char *text)
{
    return r->n[i] == strlen(text) && memcmp(r->frame[i], text, r->n[i]) == 0;
}

/* The metadata that goes with every message of the connection (RFC 27, RFC 23): one property. The register may give the agency
 * another key while the connection lasts, and nothing else tells the two apart. */
static size_t metadata(const uint8_t key[32], uint8_t ret[128])
{
    char hex[65];
    const size_t name = strlen(XJ_ZAP_KEY);
    xj_hex(key, 32, hex);
    ret[0] = (uint8_t)name;
    memcpy(ret + 1, XJ_ZAP_KEY, name);
    memcpy(ret + 1 + name, (const uint8_t[]){0, 0, 0, 64}, 4);
    memcpy(ret + 1 + name + 4, hex, 64);
    return 1 + name + 4 + 64;
}

void xj_zap_answer(struct xj_zap *zap)
{
    uint8_t properties[128];
    struct request r;
    if (!read_request(zap->socket, &r)) return;
    char agency[XJ_MAX_AGENCY_BYTES + 1] = "";
    const bool ok = r.count == ZAP_FRAMES && frame_is(&r, 0, "1.0") && frame_is(&r, 2, XJ_ZAP_DOMAIN) &&
                    frame_is(&r, 5, "CURVE") && r.n[6] == 32 && look_up(zap, r.frame[6], agency);
    const char *code = ok ? "200" : "400", *text = ok ? "OK" : "not in the register";
    zmq_send(zap->socket, "1.0", 3, ZMQ_SNDMORE);
    zmq_send(zap->socket, r.count > 1 ? r.frame[1] : NULL, r.count > 1 ? r.n[1] : 0, ZMQ_SNDMORE);
    zmq_send(zap->socket, code, 3, ZMQ_SNDMORE);
    zmq_send(zap->socket, text, strlen(text), ZMQ_SNDMORE);
    zmq_send(zap->socket, agency, strlen(agency), ZMQ_SNDMORE);
    zmq_send(zap->socket, properties, ok ? metadata(r.frame[6], properties) : 0, 0);
}
