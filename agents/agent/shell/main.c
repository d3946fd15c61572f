#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agents/agent/api/api.h"
#include "agents/agent/shell/host.h"
#include "schema/base/say.h"
#include "schema/base/config.h"
#include "schema/base/file.h"
#include "schema/base/harden.h"

#define ANCHOR_CEILING (2u * XJ_MAX_REGISTER_ENTRY_BYTES)
#define MEMORY_MIB 1024u /* the stacks of 64 connections to the API count */

static const struct xj_config_name names[] = {
    {"agency", XJ_CONFIG_REQUIRED, XJ_CONFIG_STRING, 8, XJ_MAX_AGENCY_BYTES},
    {"data", XJ_CONFIG_REQUIRED, XJ_CONFIG_PATH, 1, 500},
    {"keys", XJ_CONFIG_REQUIRED, XJ_CONFIG_PATH, 1, 500},
    {"anchor", XJ_CONFIG_REQUIRED, XJ_CONFIG_PATH, 1, 500},
    {"socket", XJ_CONFIG_OPTIONAL, XJ_CONFIG_PATH, 1, 100},
    {"endpoint", XJ_CONFIG_OPTIONAL, XJ_CONFIG_STRING, 1, 255},
    {"credit", XJ_CONFIG_OPTIONAL, XJ_CONFIG_UINT, 1, XJ_MAX_CREDIT},
    {"warn_percent", XJ_CONFIG_OPTIONAL, XJ_CONFIG_STRING, 0, 40},
    {"memory_mib", XJ_CONFIG_OPTIONAL, XJ_CONFIG_UINT, 0, 1024 * 1024},
    {"user", XJ_CONFIG_OPTIONAL, XJ_CONFIG_STRING, 1, 32},
    {"allow_tmpfs", XJ_CONFIG_OPTIONAL, XJ_CONFIG_BOOL, 0, 0},
};

/* What main holds for the agent's life. */
struct program {
    struct xj_config *config;
    struct xj_agency_keys keys;
    struct xj_anchor anchor;
    struct xj_host_options options;
    struct xj_agent_host *host;
    struct xj_api *api;
    struct xj_buf text;
};

static bool fits(const char *value, char *out, size_t size)
{
    return (size_t)snprintf(out, size, "%s", value) < size;
}

/* "50 80 100": ascending; empty: none. */
static bool read_stages(const char *text, uint32_t ret[XJ_HOST_STAGES])
{
    size_t n = 0;
    for (char *end; *text != '\0'; text = end) {
        unsigned long value = strtoul(text, &end, 10);
        if (end == text || value < 1 || value > 100 || n == XJ_HOST_STAGES || (n > 0 && value <= ret[n - 1]))
            return false;
        ret[n++] = (uint32_t)value;
        while (*end == ' ')
            end++;
    }
    return true;
}

static enum xj_err fill_options(struct program *p)
{
    struct xj_host_options *o = &p->options;
    const char *data = xj_config_str(p->config, "data", "");
    char socket_path[600];
    snprintf(socket_path, sizeof socket_path, "%s/agent.sock", data);
    bool ok = fits(xj_config_str(p->config, "agency", ""), o->agency, sizeof o->agency) &&
              fits(data, o->data_dir, sizeof o->data_dir) &&
              fits(xj_config_str(p->config, "endpoint", ""), o->endpoint, sizeof o->endpoint) &&
              fits(xj_config_str(p->config, "socket", socket_path), o->socket_path, sizeof o->socket_path);
    if (!ok) {
        xj_buf_add_str(&p->text, "配置中的路径过长。A path in the configuration is too long.");
        return XJ_ECONFIG;
    }
    snprintf(o->ledger_path, sizeof o->ledger_path, "%s/ledger.db", o->data_dir);
    snprintf(o->view_path, sizeof o->view_path, "%s/view.db", o->data_dir);
    o->keys = &p->keys;
    o->anchor = &p->anchor;
    o->env = xj_env_system();
    o->volatile_ok = xj_config_bool(p->config, "allow_tmpfs", false);
    o->credit = (uint32_t)xj_config_uint(p->config, "credit", 0);
    if (!read_stages(xj_config_str(p->config, "warn_percent", "50 80 100"), o->warn_percent)) {
        xj_buf_add_str(&p->text, "warn_percent 应为 1 至 100 的递增数，最多八个。warn_percent: ascending numbers from 1 to 100, at most eight.");
        return XJ_ECONFIG;
    }
    return XJ_OK;
}

static enum xj_err load_anchor(struct program *p)
{
    struct xj_buf bytes;
    const char *path = xj_config_str(p->config, "anchor", "");
    enum xj_err err = xj_file_read(path, ANCHOR_CEILING, &bytes);
    if (err == XJ_OK)
        err = xj_anchor_decode(xj_buf_slice(&bytes), &p->anchor);
    if (err != XJ_OK)
        xj_buf_addf(&p->text, "信任锚 %s 读不出或其签名不符（%s）。The anchor %s cannot be read or its signature does not verify: %s.",
                    path, xj_err_name(err), path, xj_err_name(err));
    xj_buf_free(&bytes);
    return err;
}

/* Before a key is read. A warning is said here, the reason for not starting at the end of main. */
static enum xj_err harden(struct program *p)
{
    const struct xj_harden h = {.user = xj_config_str(p->config, "user", ""),
                                .memory_bytes = xj_config_uint(p->config, "memory_mib", MEMORY_MIB) * 1024 * 1024};
    const enum xj_err err = xj_harden(&h, &p->text);
    if (err == XJ_OK && p->text.n > 0)
        xj_say(XJ_SAY_WARNING, "%.*s", (int)p->text.n - 1, (const char *)p->text.p);
    if (err == XJ_OK)
        xj_buf_reset(&p->text);
    return err;
}

static enum xj_err load(struct program *p, const char *config_path)
{
    enum xj_err err = xj_config_load(config_path, names, sizeof names / sizeof names[0], &p->config, &p->text);
    if (err == XJ_OK)
        err = harden(p);
    if (err == XJ_OK)
        err = fill_options(p);
    if (err == XJ_OK)
        err = xj_agency_keys_load(xj_config_str(p->config, "keys", ""), &p->keys, &p->text);
    if (err == XJ_OK)
        err = load_anchor(p);
    if (err != XJ_OK)
        return err;
    struct stat st;
    if (stat(p->options.data_dir, &st) == 0 && S_ISDIR(st.st_mode))
        return XJ_OK;
    /* a slip in the path must not begin an empty ledger */
    xj_buf_addf(&p->text, "没有数据目录，请先建立或改正配置：%s / there is no data directory; make it, or correct the configuration: %s\n",
                p->options.data_dir, p->options.data_dir);
    return XJ_ECONFIG;
}

/* SIGTERM and SIGINT come through a descriptor; they are blocked before any thread starts, so that every thread inherits
 * that. */
static int signals_only_by_descriptor(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGPIPE);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    sigdelset(&set, SIGPIPE); /* blocked for good: a closed socket is an error code, not an end */
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static void wait_for_signal(int fd)
{
    struct signalfd_siginfo info;
    ssize_t n;
    do {
        n = read(fd, &info, sizeof info);
    } while (n < 0 && errno == EINTR);
}

static int run(struct program *p, int signals)
{
    enum xj_err err = xj_host_start(&p->options, &p->host, &p->text);
    if (err == XJ_OK) {
        err = xj_api_start(p->host, p->options.socket_path, &p->api);
        if (err != XJ_OK)
            xj_buf_addf(&p->text, "接口套接字 %s 打不开（%s）。The API socket %s cannot be opened: %s.", p->options.socket_path,
                        xj_err_name(err), p->options.socket_path, xj_err_name(err));
    }
    if (err == XJ_OK) {
        xj_say(XJ_SAY_NOTICE, "agent of %s is up", p->options.agency);
        xj_say_state("READY=1");
        wait_for_signal(signals);
        xj_say_state("STOPPING=1");
        xj_say(XJ_SAY_NOTICE, "stopping");
    }
    xj_api_stop(p->api);
    xj_host_stop(p->host);
    return err == XJ_OK ? 0 : err == XJ_ECONFIG ? 2 : 1;
}

static const char *config_argument(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'}, {NULL, 0, NULL, 0}};
    const char *path = NULL;
    int c;
    while ((c = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
        if (c != 'c')
            return NULL;
        path = optarg;
    }
    return optind == argc ? path : NULL;
}

int main(int argc, char **argv)
{
    struct program p = {0};
    const char *path = config_argument(argc, argv);
    if (path == NULL) {
        fprintf(stderr, "用法 usage: xianjie-agent --config FILE\n");
        return 2;
    }
    int signals = signals_only_by_descriptor();
    xj_buf_init(&p.text, 65536);
    enum xj_err err = signals < 0 ? XJ_EIO : load(&p, path);
    int rc = err == XJ_OK ? run(&p, signals) : err == XJ_ECONFIG ? 2 : 1;
    if (rc != 0) {
        const char *text = xj_buf_cstr(&p.text);
        xj_say(XJ_SAY_ERROR, "%s", text == NULL || p.text.n == 0 ? xj_err_name(err) : text);
    }
    xj_agency_keys_wipe(&p.keys);
    xj_anchor_free(&p.anchor);
    xj_config_free(p.config);
    xj_buf_free(&p.text);
    return rc;
}
