/* xianjie-broker: the exchange of one city. `xianjie-broker --config FILE`. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/shell/logic.h"
#include "schema/base/config.h"
#include "schema/base/file.h"
#include "schema/base/harden.h"
#include "schema/base/say.h"

#define QUEUE_FRAMES 64 /* one batch: more would only make others wait behind a flood */
#define OPEN_FILES 65536u /* a connection each, those that never say who they are for 3 s */

static const struct xj_config_name names[] = {
    {.name = "data", .need = XJ_CONFIG_REQUIRED, .kind = XJ_CONFIG_PATH},
    {.name = "keys", .need = XJ_CONFIG_REQUIRED, .kind = XJ_CONFIG_PATH},
    {.name = "anchor", .need = XJ_CONFIG_REQUIRED, .kind = XJ_CONFIG_PATH},
    {.name = "listen", .need = XJ_CONFIG_LIST, .kind = XJ_CONFIG_STRING, .min = 1, .max = 255},
    {.name = "reserve_mib", .need = XJ_CONFIG_OPTIONAL, .kind = XJ_CONFIG_UINT, .max = 1024 * 1024},
    {.name = "recovery_wait", .need = XJ_CONFIG_OPTIONAL, .kind = XJ_CONFIG_UINT, .max = 30 * 86400},
    {.name = "memory_mib", .need = XJ_CONFIG_OPTIONAL, .kind = XJ_CONFIG_UINT, .max = 1024 * 1024},
    {.name = "user", .need = XJ_CONFIG_OPTIONAL, .kind = XJ_CONFIG_STRING, .min = 1, .max = 32},
    {.name = "allow_tmpfs", .need = XJ_CONFIG_OPTIONAL, .kind = XJ_CONFIG_BOOL},
};

struct program {
    struct xj_config *config;
    struct xj_exchange_keys keys;
    struct xj_anchor anchor;
    struct xj_logic logic;
    struct xj_trail *trail;
    const char *listen[9];
    struct xj_buf text; /* why it cannot start */
    enum xj_err result;
};

/* Before a key is read. A warning is said here, the reason for not starting at the end of main. */
static enum xj_err harden(struct program *p)
{
    const struct xj_harden h = {.user = xj_config_str(p->config, "user", ""), .files = OPEN_FILES,
                                .memory_bytes = xj_config_uint(p->config, "memory_mib", 1024) * 1024 * 1024};
    const enum xj_err err = xj_harden(&h, &p->text);
    if (!err && p->text.n) xj_say(XJ_SAY_WARNING, "%.*s", (int)p->text.n - 1, (const char *)p->text.p);
    if (!err) xj_buf_reset(&p->text);
    return err;
}

static enum xj_err load(struct program *p, const char *path)
{
    enum xj_err err = xj_config_load(path, names, sizeof names / sizeof names[0], &p->config, &p->text);
    if (!err) err = harden(p);
    if (err) return err;
    if ((err = xj_exchange_keys_load(xj_config_str(p->config, "keys", ""), &p->keys, &p->text)) != XJ_OK) return err;
    struct xj_buf anchor = {0};
    err = xj_file_read(xj_config_str(p->config, "anchor", ""), XJ_MAX_REGISTER_ENTRY_BYTES * 2, &anchor);
    if (!err) err = xj_anchor_decode(xj_buf_slice(&anchor), &p->anchor);
    xj_buf_free(&anchor);
    if (err) xj_buf_addf(&p->text, "无法读取或校验 anchor 文件：%s / cannot read or verify the anchor file: %s",
                         xj_err_name(err), xj_err_name(err));
    return err;
}

/* The first line of its checkpoints names the city (spec 05, section 4). */
static enum xj_err name_origin(struct program *p)
{
    struct xj_store store = xj_db_store(p->logic.db);
    struct xj_buf value;
    struct xj_doc doc = {0};
    xj_buf_init(&value, XJ_MAX_REGISTER_ENTRY_BYTES);
    enum xj_err err = xj_reg_get(&store, "exchange", xj_slice_cstr("exchange"), UINT64_MAX, &value);
    if (!err) err = xj_doc_open(&doc, xj_buf_slice(&value), 256);
    if (!err) {
        const struct xj_slice d = xj_map_str(&doc.root, "division");
        snprintf(p->logic.origin, sizeof p->logic.origin, "xianjie/exchange-%.*s", (int)d.n, (const char *)d.p);
    }
    xj_doc_close(&doc);
    xj_buf_free(&value);
    return err;
}

/* A disk that does not give the journal back says nothing about what is in it. */
static enum xj_err explain(struct program *p, const char *path, const char *damaged, enum xj_err err)
{
    if (err == XJ_EIO || err == XJ_ENOMEM) xj_buf_addf(&p->text, "读不出 %s / cannot read %s", path, path);
    else if (err) xj_buf_addf(&p->text, "%s: %s", damaged, path);
    return err;
}

static enum xj_err open_journal(struct program *p)
{
    char path[4096], trail[4096];
    const char *data = xj_config_str(p->config, "data", "");
    if (snprintf(path, sizeof path, "%s/journal.db", data) >= (int)sizeof path) return XJ_ECONFIG;
    struct stat st;
    if (stat(data, &st) || !S_ISDIR(st.st_mode)) { /* a slip in the path must not begin an empty journal */
        xj_buf_addf(&p->text, "没有数据目录，请先建立或改正配置 / there is no data directory; make it, or correct the configuration: %s", data);
        return XJ_ECONFIG;
    }
    const struct xj_db_options o = {.path = path, .format = "xianjie journal 1", .owner = "exchange", .root_key = p->anchor.root,
                                    .create = true,
                                    .volatile_ok = xj_config_bool(p->config, "allow_tmpfs", false)};
    p->logic.sign = &p->keys.sign;
    enum xj_err err = xj_db_open(&o, xj_env_system(), &p->logic.db, &p->text);
    if (err) {
        if (!p->text.n) xj_buf_addf(&p->text, "打不开 %s / cannot open %s", path, path);
        return err;
    }
    if ((err = xj_log_open(p->logic.db, &p->logic.log)) != XJ_OK)
        return explain(p, path, "账本校验失败，保留证据，停止启动 / the journal does not verify", err);
    snprintf(trail, sizeof trail, "%s/trail", data);
    if ((err = xj_trail_open(trail, &p->trail)) != XJ_OK) {
        xj_buf_addf(&p->text, "无法写入 %s / cannot write %s", trail, trail);
        return err;
    }
    const struct xj_exchange_options x = {.db = p->logic.db, .log = p->logic.log, .env = xj_env_system(), .keys = &p->keys,
                                          .anchor = &p->anchor, .trail = p->trail,
                                          .recovery_wait_ms = (int64_t)xj_config_uint(p->config, "recovery_wait", 3600) * 1000,
                                          .reserve_bytes = xj_config_uint(p->config, "reserve_mib", 256) * 1024 * 1024};
    if ((err = xj_exchange_open(&x, &p->logic.core)) == XJ_OK) err = name_origin(p);
    return explain(p, path, "交换中心密钥与登记簿不符或账本损坏 / keys and register disagree, or the journal is damaged", err);
}

/* The endpoints as bound, one a line, for those who asked for a free port. */
static enum xj_err write_endpoints(struct program *p)
{
    char path[4096];
    struct xj_buf b;
    xj_buf_init(&b, 4096);
    const char *e;
    for (size_t i = 0; (e = xj_net_endpoint(p->logic.net, i)) != NULL; i++) xj_buf_addf(&b, "%s\n", e);
    snprintf(path, sizeof path, "%s/endpoint", xj_config_str(p->config, "data", ""));
    const enum xj_err err = b.err ? b.err : xj_file_write_atomic(path, xj_buf_slice(&b), 0644);
    xj_buf_free(&b);
    return err;
}

static enum xj_err open_door(struct program *p)
{
    const size_t count = xj_config_count(p->config, "listen");
    for (size_t i = 0; i < count && i < 8; i++) p->listen[i] = xj_config_at(p->config, "listen", i);
    if (!count) p->listen[0] = "tcp://127.0.0.1:5670";
    enum xj_err err = xj_queue_new(QUEUE_FRAMES, &p->logic.in);
    if (!err) err = xj_queue_new(QUEUE_FRAMES * 16, &p->logic.out);
    if (err) return err;
    const struct xj_net_options o = {.keys = &p->keys, .listen = p->listen, .in = p->logic.in, .out = p->logic.out};
    if ((err = xj_net_start(&o, &p->logic.net, &p->text)) != XJ_OK) return err;
    if ((err = xj_net_self_test(p->logic.net, &p->text)) != XJ_OK) return err;
    if ((err = xj_zap_load(xj_net_zap(p->logic.net), p->logic.core)) != XJ_OK) return err;
    return write_endpoints(p);
}

static void *run(void *arg)
{
    struct program *p = arg;
    p->result = xj_logic_run(&p->logic);
    if (p->result) {
        if (p->result != XJ_EIO && p->result != XJ_EFULL && p->result != XJ_ENOMEM) xj_trail_died(p->trail);
        xj_say(XJ_SAY_ERROR, "stopping: %s; the journal is read again at the next start", xj_err_name(p->result));
        _exit(1); /* nothing may be sent any more, and nothing in memory may be trusted */
    }
    return NULL;
}

static enum xj_err serve(struct program *p)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    enum xj_err err = open_door(p);
    if (err) return err;
    pthread_t thread;
    const unsigned long long entries = xj_log_size(p->logic.log); /* before the log is the other thread's */
    if (pthread_create(&thread, NULL, run, p)) return XJ_ENOMEM;
    xj_say(XJ_SAY_INFO, "exchange open at %s, %llu entries", xj_net_endpoint(p->logic.net, 0), entries);
    xj_say_state("READY=1");
    int sig = 0;
    sigwait(&set, &sig);
    xj_say_state("STOPPING=1");
    xj_queue_close(p->logic.in);
    pthread_join(thread, NULL);
    return xj_logic_close(&p->logic);
}

static void clean_up(struct program *p)
{
    xj_net_stop(p->logic.net);
    void *item;
    while (p->logic.in && (item = xj_queue_try_pop(p->logic.in)) != NULL) xj_net_in_free(item);
    xj_queue_free(p->logic.in);
    struct xj_net_out *out;
    while (p->logic.out && (out = xj_queue_try_pop(p->logic.out)) != NULL) {
        xj_buf_free(&out->bytes);
        free(out);
    }
    xj_queue_free(p->logic.out);
    xj_exchange_close(p->logic.core);
    xj_trail_close(p->trail);
    xj_log_close(p->logic.log);
    xj_db_close(p->logic.db);
    xj_anchor_free(&p->anchor);
    xj_exchange_keys_wipe(&p->keys);
    xj_config_free(p->config);
    xj_buf_free(&p->text);
}

int main(int argc, char **argv)
{
    if (argc != 3 || strcmp(argv[1], "--config") != 0) {
        fprintf(stderr, "用法 / usage: xianjie-broker --config FILE\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    struct program p = {0};
    xj_buf_init(&p.text, 65536);
    enum xj_err err = load(&p, argv[2]);
    if (!err) err = open_journal(&p);
    if (!err) err = serve(&p);
    if (err) {
        const char *text = xj_buf_cstr(&p.text);
        xj_say(XJ_SAY_ERROR, "xianjie-broker: %s (%s)", text && *text ? text : "", xj_err_name(err));
    }
    clean_up(&p);
    return err ? 1 : 0;
}
