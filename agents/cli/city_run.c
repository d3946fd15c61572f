#include "agents/cli/city_private.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agents/cli/calendar_json.h"
#include "agents/cli/enroll.h"
#include "agents/cli/json_in.h"
#include "agents/cli/procfile.h"
#include "agents/cli/share.h"
#include "agents/cli/standards_json.h"
#include "schema/base/file.h"

#define ANY_PORT "tcp://127.0.0.1:*"
#define START_MS 20000
#define SETTLE_MS 30000
#define POLL_MS 20
#define FACTS_BYTES (64u * 1024 * 1024)

static int64_t monotonic_ms(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void pause_ms(long ms)
{
    struct timespec t = {.tv_sec = 0, .tv_nsec = ms * 1000000};
    (void)nanosleep(&t, NULL);
}

static bool any_agent_runs(const struct xj_city *city)
{
    for (size_t i = 0; i < city->agency_count; i++)
        if (xj_process_runs((struct xj_process *)(uintptr_t)&city->agencies[i].process, 0))
            return true;
    return false;
}

/* ---- the exchange ---- */

/* The first endpoint the exchange wrote, or NULL; to be freed. */
static char *read_endpoint(const struct xj_city *city)
{
    struct xj_buf text;
    char *path = xj_city_path(city->exchange.data, "endpoint", NULL), *line = NULL;
    if (path != NULL && xj_file_read(path, 4096, &text) == XJ_OK) {
        const char *s = xj_buf_cstr(&text);
        line = s != NULL && s[0] != '\0' ? strndup(s, strcspn(s, "\r\n")) : NULL;
        xj_buf_free(&text);
    }
    free(path);
    return line;
}

/* Agents that run know the exchange by its endpoint, so it is kept for them; otherwise any free port will do. */
static enum xj_err configure_exchange(const struct xj_city *city)
{
    char *before = any_agent_runs(city) ? read_endpoint(city) : NULL;
    char *path = xj_city_path(city->exchange.data, "endpoint", NULL);
    struct xj_enroll_exchange e = {.dir = city->exchange.data, .listen = before != NULL ? before : ANY_PORT,
                                   .volatile_ok = city->volatile_ok};
    enum xj_err err = path != NULL ? xj_enroll_exchange_conf(&e) : XJ_ENOMEM;
    if (err == XJ_OK)
        (void)unlink(path); /* its coming back says that the exchange is open */
    free(before);
    free(path);
    return err;
}

static enum xj_err await_exchange(struct xj_city *city, int timeout_ms, struct xj_buf *text)
{
    int64_t end = monotonic_ms() + timeout_ms;
    for (;;) {
        char *endpoint = read_endpoint(city);
        bool there = endpoint != NULL;
        free(endpoint);
        if (there)
            return XJ_OK;
        if (!xj_process_runs(&city->exchange.process, POLL_MS))
            return xj_city_fault(text, XJ_ESTATE, city->exchange.data, "交换中心没有启动，见其中的文件 log",
                                 "the exchange did not start; see the file log there");
        if (monotonic_ms() > end)
            return xj_city_fault(text, XJ_ENET, city->exchange.data, "交换中心没有及时就绪", "the exchange is not ready in time");
    }
}

/* ---- an agent ---- */

static enum xj_err configure_agent(const struct xj_city *city, const struct xj_city_node *node, struct xj_buf *text)
{
    char *endpoint = read_endpoint(city);
    if (endpoint == NULL)
        return xj_city_fault(text, XJ_ESTATE, node->spec.id, "交换中心还没有启动过", "the exchange was never started");
    struct xj_enroll_agency e = {.dir = node->data, .agency = node->spec.id, .endpoint = endpoint,
                                 .volatile_ok = city->volatile_ok};
    enum xj_err err = xj_enroll_agency_conf(&e);
    free(endpoint);
    return err;
}

struct xj_client *xj_city_client(struct xj_city *city, const char *agency)
{
    struct xj_city_node *node = xj_city_node(city, agency);
    if (node == NULL || node == &city->exchange || node->data == NULL)
        return NULL;
    if (node->client == NULL)
        (void)xj_client_open(node->data, &node->client);
    return node->client;
}

/* The agent's figures, or NULL when it does not answer (yet). Owned by the caller. */
static json_t *figures(struct xj_city *city, const struct xj_city_node *node)
{
    long status;
    json_t *answer = NULL;
    struct xj_client *client = xj_city_client(city, node->spec.id);
    if (client == NULL || xj_client_call(client, "GET", "/api/status", NULL, &status, &answer, NULL) != XJ_OK)
        return NULL;
    if (status == 200)
        return answer;
    json_decref(answer);
    return NULL;
}

static bool is_ready(struct xj_city *city, const struct xj_city_node *node)
{
    json_t *f = figures(city, node);
    const char *state = json_string_value(json_object_get(f, "state"));
    bool ready = state != NULL && strcmp(state, "ready") == 0;
    json_decref(f);
    return ready;
}

static enum xj_err await_agent(struct xj_city *city, struct xj_city_node *node, int timeout_ms, struct xj_buf *text)
{
    int64_t end = monotonic_ms() + timeout_ms;
    while (!is_ready(city, node)) {
        if (!xj_process_runs(&node->process, POLL_MS))
            return xj_city_fault(text, XJ_ESTATE, node->data, "代理没有启动，见其中的文件 log",
                                 "the agent did not start; see the file log there");
        if (monotonic_ms() > end)
            return xj_city_fault(text, XJ_ENET, node->data, "代理没有及时就绪，见其中的文件 log",
                                 "the agent is not ready in time; see the file log there");
    }
    return XJ_OK;
}

/* ---- starting ---- */

static enum xj_err launch(struct xj_city *city, struct xj_city_node *node, const char *program, const char *conf,
                          enum xj_city_mode mode, struct xj_buf *text)
{
    char *path = xj_city_path(city->bin_dir, program, NULL), *conf_path = xj_city_path(node->data, conf, NULL);
    char *log = xj_city_path(node->data, "log", NULL), *pid_file = xj_city_path(node->data, "pid", NULL);
    char option[] = "--config", *argv[] = {path, option, conf_path, NULL};
    enum xj_err err = path != NULL && conf_path != NULL && log != NULL && pid_file != NULL ? XJ_OK : XJ_ENOMEM;
    if (err == XJ_OK)
        err = xj_process_start(&node->process, path, argv, log, mode == XJ_CITY_CHILDREN, text);
    if (err == XJ_OK) {
        node->bound = mode == XJ_CITY_CHILDREN;
        err = xj_process_note(&node->process, pid_file);
    }
    free(path);
    free(conf_path);
    free(log);
    free(pid_file);
    return err;
}

/* Starts without waiting until it is ready; nothing when it runs. */
static enum xj_err begin(struct xj_city *city, struct xj_city_node *node, enum xj_city_mode mode, struct xj_buf *text)
{
    if (xj_process_runs(&node->process, 0))
        return XJ_OK;
    bool exchange = node == &city->exchange;
    enum xj_err err = exchange ? configure_exchange(city) : configure_agent(city, node, text);
    if (err != XJ_OK)
        return err;
    return launch(city, node, exchange ? "xianjie-broker" : "xianjie-agent", exchange ? "broker.conf" : "agent.conf", mode, text);
}

static enum xj_err await(struct xj_city *city, struct xj_city_node *node, int timeout_ms, struct xj_buf *text)
{
    int limit_ms = timeout_ms > 0 ? timeout_ms : START_MS;
    return node == &city->exchange ? await_exchange(city, limit_ms, text) : await_agent(city, node, limit_ms, text);
}

static struct xj_city_node *startable(struct xj_city *city, const char *who, struct xj_buf *text)
{
    struct xj_city_node *node = xj_city_node(city, who);
    if (node != NULL && node->data != NULL)
        return node;
    (void)xj_city_fault(text, XJ_ENOTFOUND, who, "这座城市没有这个已接入的机关", "this city has no such connected agency");
    return NULL;
}

enum xj_err xj_city_start_one(struct xj_city *city, const char *who, enum xj_city_mode mode, int timeout_ms,
                              struct xj_buf *text)
{
    struct xj_city_node *node = startable(city, who, text);
    if (node == NULL)
        return XJ_ENOTFOUND;
    enum xj_err err = begin(city, node, mode, text);
    return err == XJ_OK ? await(city, node, timeout_ms, text) : err;
}

enum xj_err xj_city_stop_one(struct xj_city *city, const char *who, bool kill_now, struct xj_buf *text)
{
    struct xj_city_node *node = startable(city, who, text);
    if (node == NULL)
        return XJ_ENOTFOUND;
    xj_client_close(node->client);
    node->client = NULL;
    return xj_process_end(&node->process, kill_now);
}

bool xj_city_runs(const struct xj_city *city, const char *who)
{
    struct xj_city_node *node = xj_city_node((struct xj_city *)(uintptr_t)city, who);
    return node != NULL && xj_process_runs(&node->process, 0);
}

/* ---- founding: what a new register has to say ---- */

static enum xj_err add_keys(struct xj_city *city, struct xj_changes *c, const char *agency, struct xj_buf *text)
{
    struct xj_public_keys keys;
    char *dir = xj_city_path(city->dir, "keys", agency), *path = dir != NULL ? xj_city_path(dir, "public.keys", NULL) : NULL;
    enum xj_err err = path != NULL ? xj_public_keys_load(path, &keys, text) : XJ_ENOMEM;
    if (err == XJ_OK)
        xj_changes_keys(c, agency, &keys);
    free(dir);
    free(path);
    return err;
}

static enum xj_err add_facts(struct xj_city *city, struct xj_changes *c, struct xj_buf *text)
{
    struct xj_buf file;
    char *path = xj_city_path(city->dir, "register.json", NULL);
    enum xj_err err = path != NULL ? xj_file_read(path, FACTS_BYTES, &file) : XJ_ENOMEM;
    free(path);
    if (err != XJ_OK)
        return err == XJ_ENOTFOUND ? XJ_OK : err; /* none is fine */
    json_t *batch = xj_json_in(xj_buf_slice(&file), "register.json", text);
    xj_buf_free(&file);
    if (batch == NULL)
        return XJ_EMALFORMED;
    err = xj_changes_read(c, batch, city->dir, text);
    json_decref(batch);
    return err;
}

/* Name.yaml: not Name.replay.yaml, which is no procedure, nor a directory of overlays. */
static int is_procedure(const struct dirent *entry)
{
    const char *dot = strchr(entry->d_name, '.');
    return dot != NULL && dot != entry->d_name && strcmp(dot, ".yaml") == 0;
}

/* Every procedure that came with the programs, as it is now: who adds one adds a file. */
static enum xj_err add_procedures(struct xj_changes *c, struct xj_buf *text)
{
    struct dirent **list = NULL;
    struct xj_buf dir;
    xj_buf_init(&dir, PATH_MAX);
    enum xj_err err = xj_share_path("procedures", &dir);
    int n = err == XJ_OK ? scandir(xj_buf_cstr(&dir), &list, is_procedure, alphasort) : 0;
    if (err == XJ_OK && n <= 0)
        err = n < 0 ? XJ_EIO : XJ_ENOTFOUND;
    for (int i = 0; i < n; i++) {
        char *path = xj_city_path(xj_buf_cstr(&dir), list[i]->d_name, NULL);
        if (err == XJ_OK)
            err = path != NULL ? xj_procfile_change(c, path, NULL, 0, text) : XJ_ENOMEM;
        free(path);
        free(list[i]);
    }
    free(list);
    xj_buf_free(&dir);
    return err;
}

/* Everybody is everybody's counterpart; the national calendar and filing standards; the procedures. */
static enum xj_err add_law(struct xj_city *city, struct xj_changes *c, struct xj_buf *text)
{
    struct xj_agency_spec *specs = calloc(city->agency_count, sizeof *specs);
    struct xj_calendar calendar;
    struct xj_standards standards;
    if (specs == NULL)
        return XJ_ENOMEM;
    for (size_t i = 0; i < city->agency_count; i++)
        specs[i] = city->agencies[i].spec;
    xj_changes_all_counterparts(c, specs, city->agency_count);
    free(specs);
    enum xj_err err = xj_calendar_builtin(&calendar, text);
    if (err != XJ_OK)
        return err;
    xj_changes_calendar(c, &calendar);
    xj_calendar_free(&calendar);
    if ((err = xj_standards_builtin(&standards, text)) != XJ_OK)
        return err;
    xj_changes_standards(c, &standards);
    xj_standards_free(&standards);
    return add_procedures(c, text);
}

static enum xj_err found(struct xj_city *city, struct xj_buf *text)
{
    char *mark = xj_city_path(city->dir, "founded", NULL);
    enum xj_err err = mark != NULL ? XJ_OK : XJ_ENOMEM;
    struct xj_changes c;
    uint64_t number;
    const struct xj_env *env = xj_env_system();
    xj_changes_init(&c);
    if (err != XJ_OK || access(mark, F_OK) == 0)
        goto out;
    for (size_t i = 0; err == XJ_OK && i < city->agency_count; i++) {
        xj_changes_agency(&c, &city->agencies[i].spec);
        if (city->agencies[i].data != NULL)
            err = add_keys(city, &c, city->agencies[i].spec.id, text);
    }
    if (err == XJ_OK)
        err = add_law(city, &c, text);
    if (err == XJ_OK)
        err = add_facts(city, &c, text);
    struct xj_client *client = xj_city_client(city, city->registrar);
    if (err == XJ_OK && client == NULL)
        err = XJ_ENOMEM;
    if (err == XJ_OK)
        err = xj_changes_post(&c, client, &city->registrar_key, env->now_ms(env->ctx), &number, text);
    /* Only now: a founding that broke off is repeated whole, and the same facts again change nothing. */
    if (err == XJ_OK)
        err = xj_file_write_atomic(mark, xj_slice_cstr(""), 0600);
out:
    xj_changes_free(&c);
    free(mark);
    return err;
}

enum xj_err xj_city_start(struct xj_city *city, enum xj_city_mode mode, int timeout_ms, struct xj_buf *text)
{
    struct xj_city_node *registrar = xj_city_node(city, city->registrar);
    enum xj_err err = begin(city, &city->exchange, mode, text);
    if (err == XJ_OK)
        err = await(city, &city->exchange, timeout_ms, text);
    if (err == XJ_OK)
        err = begin(city, registrar, mode, text);
    if (err == XJ_OK)
        err = await(city, registrar, timeout_ms, text);
    if (err == XJ_OK)
        err = found(city, text);
    for (size_t i = 0; err == XJ_OK && i < city->agency_count; i++)
        if (city->agencies[i].data != NULL)
            err = begin(city, &city->agencies[i], mode, text);
    for (size_t i = 0; err == XJ_OK && i < city->agency_count; i++)
        if (city->agencies[i].data != NULL)
            err = await(city, &city->agencies[i], timeout_ms, text);
    if (err == XJ_OK)
        err = xj_city_await_register(city, 0, timeout_ms, text);
    return err;
}

enum xj_err xj_city_stop(struct xj_city *city, struct xj_buf *text)
{
    enum xj_err err = XJ_OK;
    for (size_t i = 0; i < city->agency_count; i++)
        xj_process_ask(&city->agencies[i].process); /* all at once, then wait for each */
    for (size_t i = 0; i < city->agency_count; i++) {
        struct xj_city_node *node = &city->agencies[i];
        xj_client_close(node->client);
        node->client = NULL;
        if (xj_process_end(&node->process, false) != XJ_OK)
            err = xj_city_fault(text, XJ_EIO, node->spec.id, "停不下来", "does not stop");
    }
    if (xj_process_end(&city->exchange.process, false) != XJ_OK)
        err = xj_city_fault(text, XJ_EIO, XJ_CITY_EXCHANGE, "停不下来", "does not stop");
    return err;
}

/* ---- calling and waiting ---- */

enum xj_err xj_city_call(struct xj_city *city, const char *agency, const char *method, const char *path, const json_t *body,
                         long *ret_status, json_t **ret_json, struct xj_buf *text)
{
    struct xj_client *client = xj_city_client(city, agency);
    *ret_json = NULL;
    *ret_status = 0;
    if (client == NULL)
        return xj_city_fault(text, XJ_ENOTFOUND, agency, "没有这个已接入的机关", "no such connected agency");
    return xj_client_call(client, method, path, body, ret_status, ret_json, text);
}

static uint64_t figure(const json_t *f, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(f, key));
}

/* Register number of the registrar's agent: what the exchange has told it. */
static uint64_t head_of_register(struct xj_city *city)
{
    json_t *f = figures(city, xj_city_node(city, city->registrar));
    uint64_t number = figure(f, "register");
    json_decref(f);
    return number;
}

enum xj_err xj_city_await_register(struct xj_city *city, uint64_t number, int timeout_ms, struct xj_buf *text)
{
    uint64_t want = number > 0 ? number : head_of_register(city);
    int64_t end = monotonic_ms() + (timeout_ms > 0 ? timeout_ms : START_MS);
    for (size_t i = 0; i < city->agency_count;) {
        struct xj_city_node *node = &city->agencies[i];
        if (node->data == NULL || !xj_process_runs(&node->process, 0)) {
            i++;
            continue;
        }
        json_t *f = figures(city, node);
        bool there = f != NULL && figure(f, "register") >= want && figure(f, "view_applied") >= figure(f, "ledger_size");
        json_decref(f);
        if (there)
            i++;
        else if (monotonic_ms() > end)
            return xj_city_fault(text, XJ_ENET, node->spec.id, "没有及时取得登记簿", "did not get the register in time");
        else
            pause_ms(POLL_MS);
    }
    return XJ_OK;
}

enum xj_err xj_city_register(struct xj_city *city, const struct xj_changes *changes, struct xj_buf *text)
{
    uint64_t number;
    const struct xj_env *env = xj_env_system();
    struct xj_client *client = xj_city_client(city, city->registrar);
    if (client == NULL)
        return XJ_ENOMEM;
    enum xj_err err = xj_changes_post(changes, client, &city->registrar_key, env->now_ms(env->ctx), &number, text);
    return err == XJ_OK ? xj_city_await_register(city, number, 0, text) : err;
}

static bool is_settled(const json_t *f)
{
    uint64_t own = figure(f, "own_number");
    return f != NULL && figure(f, "own_answered") == own && figure(f, "own_proved") == own &&
           figure(f, "mailbox") == figure(f, "mailbox_head") && figure(f, "feed") == figure(f, "feed_head") &&
           figure(f, "view_applied") == figure(f, "ledger_size");
}

/* Sum of the ledger sizes when all running agents are settled, else 0: two equal sums mean that nothing moved between. */
static uint64_t settled_sum(struct xj_city *city, const char **ret_who)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < city->agency_count; i++) {
        struct xj_city_node *node = &city->agencies[i];
        if (node->data == NULL || !xj_process_runs(&node->process, 0))
            continue;
        json_t *f = figures(city, node);
        bool settled = is_settled(f);
        sum += figure(f, "ledger_size");
        json_decref(f);
        *ret_who = node->spec.id;
        if (!settled)
            return 0;
    }
    return sum;
}

enum xj_err xj_city_settle(struct xj_city *city, int timeout_ms, struct xj_buf *text)
{
    int64_t end = monotonic_ms() + (timeout_ms > 0 ? timeout_ms : SETTLE_MS);
    uint64_t before = 0;
    const char *who = city->registrar;
    for (;;) {
        uint64_t now = settled_sum(city, &who);
        if (now > 0 && now == before)
            return XJ_OK;
        before = now;
        if (monotonic_ms() > end)
            return xj_city_fault(text, XJ_ENET, who, "没有及时处理完往来", "still has something outstanding");
        pause_ms(POLL_MS);
    }
}
