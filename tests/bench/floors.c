/* What the machine gives at best, measured beside the acts: `floors disk DIR S`, `floors sqlite DIR S`, `floors curve W S`.
 * Each prints one JSON object. Spec: none; 05-ledger 1 for the profile, 04-exchange 1 for the transport. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>
#include <zmq.h>

#include "schema/ledger/log.h"
#include "tests/bench/measure.h"

#define BLOCK_BYTES 4096
#define MESSAGE_BYTES 1024
#define BATCH_ROWS 64
#define WARM_NS (NS_PER_S / 5)

_Noreturn static void die(const char *what, const char *why)
{
    fprintf(stderr, "floors: %s: %s\n", what, why);
    exit(1);
}

static int print(json_t *value)
{
    if (value == NULL || json_dumpf(value, stdout, JSON_COMPACT) != 0)
        die("json", "out of memory");
    putchar('\n');
    json_decref(value);
    return 0;
}

/* ---- disk ---- */

static int disk(const char *dir, int64_t seconds)
{
    char path[4096];
    uint8_t block[BLOCK_BYTES];
    struct samples s = {0};
    memset(block, 0x5a, sizeof block);
    snprintf(path, sizeof path, "%s/floor.bin", dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        die(path, strerror(errno));
    int64_t begin = now_ns() + WARM_NS, end = begin + seconds * NS_PER_S;
    for (int64_t before = now_ns(), after; before < end; before = after) {
        if (write(fd, block, sizeof block) != (ssize_t)sizeof block || fdatasync(fd) != 0)
            die(path, strerror(errno));
        after = now_ns();
        if (before >= begin)
            samples_add(&s, after - before);
    }
    close(fd);
    unlink(path);
    double rate = (double)s.count / (double)seconds;
    print(json_pack("{s:f, s:f, s:f}", "per_s", rate, "p50_ms", samples_ms(&s, 50), "p99_ms", samples_ms(&s, 99)));
    samples_free(&s);
    return 0;
}

/* ---- SQLite with the ledger's profile ---- */

static void must(enum xj_err err, const char *what)
{
    if (err != XJ_OK)
        die(what, xj_err_name(err));
}

static void commit_rows(struct xj_db *db, struct xj_log *log, size_t rows)
{
    uint8_t head[MESSAGE_BYTES], sig[64];
    const struct xj_env *env = xj_env_system();
    must(xj_db_begin(db), "begin");
    for (size_t i = 0; i < rows; i++) {
        env->random(env->ctx, head, sizeof head);
        memset(sig, 1, sizeof sig);
        must(xj_log_append(log, XJ_ENTRY_RECEIVED, env->now_ms(env->ctx), xj_slice_of(head, sizeof head),
                           xj_slice_of(sig, sizeof sig), NULL), "append");
    }
    must(xj_db_commit(db), "commit");
}

static json_t *commits(struct xj_db *db, struct xj_log *log, size_t rows, int64_t ns)
{
    struct samples s = {0};
    int64_t begin = now_ns() + WARM_NS, end = begin + ns;
    for (int64_t before = now_ns(), after; before < end; before = after) {
        commit_rows(db, log, rows);
        after = now_ns();
        if (before >= begin)
            samples_add(&s, after - before);
    }
    double rate = (double)s.count * 1e9 / (double)ns;
    json_t *v = json_pack("{s:f, s:f, s:f, s:f}", "commits_per_s", rate, "rows_per_s", rate * (double)rows, "p50_ms",
                          samples_ms(&s, 50), "p99_ms", samples_ms(&s, 99));
    samples_free(&s);
    return v;
}

static int sqlite(const char *dir, int64_t seconds)
{
    char path[4096], beside[4200];
    struct xj_db *db = NULL;
    struct xj_log *log = NULL;
    const uint8_t root[32] = {0};
    snprintf(path, sizeof path, "%s/floor.db", dir);
    const struct xj_db_options o = {.path = path, .format = "xianjie ledger 1", .owner = "000000-bench", .root_key = root,
                                    .create = true};
    must(xj_db_open(&o, xj_env_system(), &db, NULL), path);
    must(xj_log_open(db, &log), path);
    json_t *one = commits(db, log, 1, seconds * NS_PER_S / 2), *many = commits(db, log, BATCH_ROWS, seconds * NS_PER_S / 2);
    xj_log_close(log);
    xj_db_close(db);
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(beside, sizeof beside, "%s%s", path, ends[i]);
        (void)unlink(beside);
    }
    return print(json_pack("{s:o, s:o}", "one_row", one, "rows_64", many));
}

/* ---- CURVE: DEALER here, ROUTER in a process of its own ---- */

struct pair_keys {
    char server_public[41], server_secret[41], client_public[41], client_secret[41];
};

static void set(void *socket, int option, const void *value, size_t size)
{
    if (zmq_setsockopt(socket, option, value, size) != 0)
        die("zmq_setsockopt", zmq_strerror(errno));
}

static void limits(void *socket)
{
    const int zero = 0, hwm = 1024;
    set(socket, ZMQ_LINGER, &zero, sizeof zero);
    set(socket, ZMQ_RCVHWM, &hwm, sizeof hwm);
    set(socket, ZMQ_SNDHWM, &hwm, sizeof hwm);
}

/* Sends each message back (echo), or for all that were ready one frame that says how many (credit). */
_Noreturn static void serve(const struct pair_keys *k, int out, bool echo)
{
    void *context = zmq_ctx_new(), *router = zmq_socket(context, ZMQ_ROUTER);
    const int one = 1;
    char endpoint[256] = "";
    size_t size = sizeof endpoint;
    limits(router);
    set(router, ZMQ_CURVE_SERVER, &one, sizeof one);
    set(router, ZMQ_CURVE_SECRETKEY, k->server_secret, sizeof k->server_secret);
    if (zmq_bind(router, "tcp://127.0.0.1:*") != 0 || zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, endpoint, &size) != 0 ||
        write(out, endpoint, sizeof endpoint) != (ssize_t)sizeof endpoint)
        die("router", zmq_strerror(errno));
    uint8_t id[64], bytes[2 * MESSAGE_BYTES];
    for (;;) {
        uint32_t count = 0;
        int id_n = 0, n, got = 0;
        while ((got = zmq_recv(router, id, sizeof id, count == 0 || echo ? 0 : ZMQ_DONTWAIT)) > 0) {
            id_n = got;
            n = zmq_recv(router, bytes, sizeof bytes, 0);
            count++;
            if (echo && n > 0 && zmq_send(router, id, (size_t)id_n, ZMQ_SNDMORE) >= 0)
                (void)zmq_send(router, bytes, (size_t)n, 0);
        }
        if (count > 0 && zmq_send(router, id, (size_t)id_n, ZMQ_SNDMORE) >= 0)
            (void)zmq_send(router, &count, sizeof count, 0);
    }
}

static void *dial(void *context, const struct pair_keys *k, const char *endpoint)
{
    void *dealer = zmq_socket(context, ZMQ_DEALER);
    limits(dealer);
    set(dealer, ZMQ_CURVE_SERVERKEY, k->server_public, sizeof k->server_public);
    set(dealer, ZMQ_CURVE_PUBLICKEY, k->client_public, sizeof k->client_public);
    set(dealer, ZMQ_CURVE_SECRETKEY, k->client_secret, sizeof k->client_secret);
    if (zmq_connect(dealer, endpoint) != 0)
        die(endpoint, zmq_strerror(errno));
    return dealer;
}

/* Messages a second with at most window of them unanswered. */
static double pace(void *dealer, unsigned window, int64_t ns, bool echo)
{
    uint8_t bytes[MESSAGE_BYTES], back[2 * MESSAGE_BYTES];
    unsigned flying = 0;
    uint64_t done = 0;
    memset(bytes, 7, sizeof bytes);
    int64_t begin = now_ns() + WARM_NS, end = begin + ns, now = 0;
    while ((now = now_ns()) < end) {
        for (; flying < window; flying++)
            if (zmq_send(dealer, bytes, sizeof bytes, 0) < 0)
                die("send", zmq_strerror(errno));
        uint32_t count = 1;
        if (zmq_recv(dealer, back, sizeof back, 0) < 0)
            die("recv", zmq_strerror(errno));
        if (!echo)
            memcpy(&count, back, sizeof count);
        flying -= count;
        done += now >= begin ? count : 0;
    }
    return (double)done * 1e9 / (double)ns;
}

static double exchange_rate(unsigned window, int64_t ns, bool echo)
{
    struct pair_keys k;
    int ends[2];
    char endpoint[256];
    if (zmq_curve_keypair(k.server_public, k.server_secret) != 0 || zmq_curve_keypair(k.client_public, k.client_secret) != 0 ||
        pipe(ends) != 0)
        die("curve", strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(&k, ends[1], echo);
    }
    if (child < 0 || read(ends[0], endpoint, sizeof endpoint) != (ssize_t)sizeof endpoint)
        die("router", "did not start");
    void *context = zmq_ctx_new(), *dealer = dial(context, &k, endpoint);
    double rate = pace(dealer, window, ns, echo);
    zmq_close(dealer);
    zmq_ctx_term(context);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(ends[0]);
    close(ends[1]);
    return rate;
}

static int curve(unsigned window, int64_t seconds)
{
    double there_and_back = exchange_rate(window, seconds * NS_PER_S / 2, true);
    double one_way = exchange_rate(window, seconds * NS_PER_S / 2, false);
    return print(json_pack("{s:f, s:f}", "round_trips_per_s", there_and_back, "one_way_per_s", one_way));
}

int main(int argc, char **argv)
{
    long seconds = argc == 4 ? strtol(argv[3], NULL, 10) : 0;
    long window = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
    if (seconds > 0 && seconds < 3600 && strcmp(argv[1], "disk") == 0)
        return disk(argv[2], seconds);
    if (seconds > 0 && seconds < 3600 && strcmp(argv[1], "sqlite") == 0)
        return sqlite(argv[2], seconds);
    if (seconds > 0 && seconds < 3600 && window > 0 && window <= 1024 && strcmp(argv[1], "curve") == 0)
        return curve((unsigned)window, seconds);
    fprintf(stderr, "用法 usage: floors disk|sqlite DIR SECONDS | floors curve WINDOW SECONDS\n");
    return 2;
}
