/* The API over a real unix socket: a city's view and drafting behind a host of the test's own. */
#include "tests/unit/view_city.h"

#include <errno.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <curl/curl.h>

#include "agents/agent/api/api.h"
#include "tests/sim/world_private.h"

/* The bureau's agent as the API sees it; the city is driven by one request at a time. */
struct xj_agent_host {
    struct xj_host_options options;
    struct city *city;
    struct node *node;
    pthread_mutex_t lock;
    enum xj_host_progress progress; /* what the next submission comes to, when not APPLIED */
    bool stopping;
    unsigned submitted, waited, snapshots;
    enum xj_err snapshot_err, register_err;
    struct xj_buf entry, signature; /* handed over last */
};

const struct xj_host_options *xj_host_options(const struct xj_agent_host *host)
{
    return &host->options;
}

void xj_host_figures(struct xj_agent_host *host, struct xj_host_figures *ret)
{
    memset(ret, 0, sizeof *ret);
    pthread_mutex_lock(&host->lock);
    xj_agent_figures(host->node->core, &ret->agent);
    ret->connected = true;
    ret->view_applied = xj_view_applied(host->node->view);
    ret->ledger_root = xj_log_root(host->node->log);
    ret->started_ms = 1764000000000;
    pthread_mutex_unlock(&host->lock);
}

enum xj_err xj_host_told(struct xj_agent_host *host, const struct xj_slice *heads, size_t count, uint64_t *entries)
{
    pthread_mutex_lock(&host->lock);
    enum xj_err err = host->stopping ? XJ_ESTATE : XJ_OK;
    for (size_t i = 0; i < count && err == XJ_OK; i++)
        entries[i] = world_tell(host->city->w, host->node, heads[i]);
    pthread_mutex_unlock(&host->lock);
    return err;
}

enum xj_err xj_host_override(struct xj_agent_host *host, struct xj_slice who)
{
    pthread_mutex_lock(&host->lock);
    enum xj_err err = host->stopping ? XJ_ESTATE : XJ_OK;
    struct xj_agent_event ev = {.kind = XJ_AE_OVERRIDE, .bytes = who};
    if (err == XJ_OK)
        world_agent_batch(host->city->w, (int)(host->node - host->city->w->agent), &ev, false);
    pthread_mutex_unlock(&host->lock);
    return err;
}

enum xj_err xj_host_submit(struct xj_agent_host *host, struct xj_outgoing **out, int64_t wait_ms, struct xj_host_answer *ret)
{
    memset(ret, 0, sizeof *ret);
    (void)wait_ms;
    pthread_mutex_lock(&host->lock);
    enum xj_err err = host->stopping ? XJ_ESTATE : XJ_OK;
    if (err == XJ_OK && host->progress == XJ_HOST_NOT_TAKEN) {
        snprintf(ret->why_zh, sizeof ret->why_zh, "本机台账较短");
        snprintf(ret->why_en, sizeof ret->why_en, "this ledger is shorter");
    } else if (err == XJ_OK) {
        struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = *out};
        *out = NULL;
        world_agent_batch(host->city->w, (int)(host->node - host->city->w->agent), &ev, false);
        if (host->progress != XJ_HOST_QUEUED && !world_settle(host->city->w, 40000))
            err = XJ_EIO;
        struct xj_agent_figures f;
        xj_agent_figures(host->node->core, &f);
        ret->number = f.own_number;
        ret->progress = host->progress;
        host->submitted++;
    }
    xj_outgoing_free(*out);
    *out = NULL;
    pthread_mutex_unlock(&host->lock);
    return err;
}

void xj_host_answer_free(struct xj_host_answer *answer)
{
    xj_buf_free(&answer->statement);
}

bool xj_host_wait_view(struct xj_agent_host *host, uint64_t n, int64_t wait_ms)
{
    (void)wait_ms;
    pthread_mutex_lock(&host->lock);
    host->waited++;
    bool there = xj_view_applied(host->node->view) >= n;
    pthread_mutex_unlock(&host->lock);
    return there;
}

enum xj_err xj_host_snapshot(struct xj_agent_host *host, const char *path)
{
    (void)path;
    pthread_mutex_lock(&host->lock);
    host->snapshots++;
    enum xj_err err = host->snapshot_err;
    pthread_mutex_unlock(&host->lock);
    return err;
}

enum xj_err xj_host_item(struct xj_agent_host *host, uint64_t n, struct xj_ledger_item *ret)
{
    size_t count = 0;
    pthread_mutex_lock(&host->lock);
    enum xj_err err = xj_ledger_items(host->node->db, host->node->log, n - 1, 1, ret, &count);
    pthread_mutex_unlock(&host->lock);
    return err != XJ_OK ? err : count == 1 ? XJ_OK : XJ_ENOTFOUND;
}

enum xj_err xj_host_objects(struct xj_agent_host *host, const struct xj_hash *digests, size_t count, struct xj_buf *ret)
{
    enum xj_err err = XJ_OK;
    pthread_mutex_lock(&host->lock);
    for (size_t i = 0; err == XJ_OK && i < count; i++)
        err = xj_object_get(host->node->db, &digests[i], &ret[i]);
    pthread_mutex_unlock(&host->lock);
    return err;
}

enum xj_err xj_host_register(struct xj_agent_host *host, struct xj_slice entry, struct xj_slice signature, int64_t wait_ms,
                             uint64_t *ret_number, struct xj_buf *ret_why)
{
    (void)wait_ms;
    pthread_mutex_lock(&host->lock);
    xj_buf_reset(&host->entry);
    xj_buf_reset(&host->signature);
    xj_buf_add_slice(&host->entry, entry);
    xj_buf_add_slice(&host->signature, signature);
    *ret_number = 12;
    if (host->register_err == XJ_EDENIED)
        xj_buf_add_str(ret_why, "previous");
    enum xj_err err = host->register_err;
    pthread_mutex_unlock(&host->lock);
    return err;
}

/* ---- set-up ---- */

struct served {
    struct city *city;
    struct xj_agent_host host;
    struct xj_api *api;
    char socket[160];
};

static int up(void **state)
{
    struct served *s = calloc(1, sizeof *s);
    void *city = NULL;
    assert_non_null(s);
    assert_int_equal(city_up(&city), 0);
    s->city = city;
    struct xj_agent_host *h = &s->host;
    h->city = s->city;
    h->node = world_agent(s->city->w, CITY_BUREAU);
    h->progress = XJ_HOST_APPLIED;
    pthread_mutex_init(&h->lock, NULL);
    xj_buf_init(&h->entry, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_buf_init(&h->signature, XJ_MAX_SIGNATURE_BYTES);
    snprintf(h->options.agency, sizeof h->options.agency, "%s", CITY_BUREAU);
    snprintf(h->options.view_path, sizeof h->options.view_path, "%.500s.view", h->node->path);
    h->options.keys = &h->node->keys;
    h->options.anchor = &s->city->w->anchor;
    h->options.env = &h->node->env;
    h->options.volatile_ok = true;
    snprintf(s->socket, sizeof s->socket, "%s/agent.sock", s->city->dir);
    assert_int_equal(xj_api_start(h, s->socket, &s->api), XJ_OK);
    *state = s;
    return 0;
}

static int down(void **state)
{
    struct served *s = *state;
    void *city = s->city;
    xj_api_stop(s->api);
    xj_buf_free(&s->host.entry);
    xj_buf_free(&s->host.signature);
    pthread_mutex_destroy(&s->host.lock);
    int rc = city_down(&city);
    free(s);
    return rc;
}

/* ---- a client ---- */

static size_t taken(char *p, size_t size, size_t count, void *arg)
{
    xj_buf_add(arg, p, size * count);
    return size * count;
}

struct reply {
    long status;
    json_t *json; /* NULL when it is no JSON object */
    struct xj_buf text;
};

static bool try_talk(const struct served *s, const char *path, const char *body, size_t n, struct reply *ret)
{
    struct reply r = {0};
    char url[512];
    xj_buf_init(&r.text, 16 * 1024 * 1024);
    snprintf(url, sizeof url, "http://agent%s", path);
    CURL *curl = curl_easy_init();
    assert_non_null(curl);
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, s->socket);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, taken);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &r.text);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (body != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    }
    bool answered = curl_easy_perform(curl) == CURLE_OK;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &r.status);
    curl_easy_cleanup(curl);
    r.json = r.text.n > 0 ? json_loadb((const char *)r.text.p, r.text.n, JSON_REJECT_DUPLICATES, NULL) : NULL;
    *ret = r;
    return answered;
}

static struct reply talk(const struct served *s, const char *path, const char *body, size_t n)
{
    struct reply r;
    assert_true(try_talk(s, path, body, n, &r));
    return r;
}

static struct reply get(const struct served *s, const char *path)
{
    return talk(s, path, NULL, 0);
}

static struct reply post(const struct served *s, const char *path, const char *body)
{
    return talk(s, path, body, strlen(body));
}

static struct reply post_json(const struct served *s, const char *path, json_t *body)
{
    char *text = json_dumps(body, 0);
    assert_non_null(text);
    struct reply r = post(s, path, text);
    free(text);
    json_decref(body);
    return r;
}

static void drop(struct reply *r)
{
    json_decref(r->json);
    xj_buf_free(&r->text);
}

static const char *string_at(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s != NULL ? s : "";
}

/* An error in the one form of spec 10, section 1. */
static void is_error(struct reply r, long status, const char *code)
{
    const json_t *e = json_object_get(r.json, "error");
    static const char *const keys[] = {"code", "text_zh", "text_en", "rule", "article", "remedy_zh", "remedy_en"};
    assert_int_equal(r.status, status);
    assert_string_equal(string_at(e, "code"), code);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_true(json_is_string(json_object_get(e, keys[i])));
    assert_string_not_equal(string_at(e, "text_zh"), "");
    assert_string_not_equal(string_at(e, "text_en"), "");
    drop(&r);
}

static json_t *report(void)
{
    json_t *r = city_request("transfer_report", NULL, "transfer_report");
    json_object_set_new(json_object_get(r, "body"), "parties", json_pack("[{s:s}]", "name", "张三"));
    return r;
}

/* ---- reading ---- */

static void api__every_reading_answers_with_its_keys(void **state)
{
    struct served *s = *state;
    struct reply r;
    char path[128];
    city_history(s->city);
    static const struct {
        const char *path, *key;
    } all[] = {
        {"/api/status", "agency"}, {"/api/status", "ledger_size"}, {"/api/cases", "cases"}, {"/api/cases?q=%E5%BC%A0%E4%B8%89", "cases"},
        {"/api/outbox", "open"}, {"/api/due", "duties"}, {"/api/due?within_days=3&all=1", "duties"}, {"/api/agencies", "agencies"},
        {"/api/procedures/referral", "acts"}, {"/api/ledger", "root"}, {"/api/register/head", "digest"}, {"/api/incidents", "incidents"},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        r = get(s, all[i].path);
        if (r.status != 200 || json_object_get(r.json, all[i].key) == NULL)
            fail_msg("%s: %ld %s", all[i].path, r.status, xj_buf_cstr(&r.text));
        drop(&r);
    }
    r = get(s, "/api/cases?q=%E5%BC%A0%E4%B8%89");
    assert_int_equal(json_array_size(json_object_get(r.json, "cases")), 1);
    drop(&r);
    snprintf(path, sizeof path, "/api/cases/%s", s->city->case_id);
    r = get(s, path);
    assert_int_equal(r.status, 200);
    assert_int_equal(json_array_size(json_object_get(r.json, "acts")), 6);
    snprintf(path, sizeof path, "/api/acts/%s", string_at(json_array_get(json_object_get(r.json, "acts"), 2), "id"));
    drop(&r);
    r = get(s, path);
    assert_int_equal(json_array_size(json_object_get(r.json, "delivery")), 2);
    drop(&r);
    r = get(s, "/api/status");
    assert_string_equal(string_at(r.json, "name"), "济宁市市场监督管理局");
    assert_string_equal(string_at(r.json, "state"), "ready");
    assert_int_equal(json_integer_value(json_object_get(r.json, "view_applied")), json_integer_value(json_object_get(r.json, "ledger_size")));
    drop(&r);
}

static void api__metrics_have_help_type_and_value_each(void **state)
{
    struct served *s = *state;
    struct reply r = get(s, "/api/metrics");
    const char *text = xj_buf_cstr(&r.text);
    size_t help = 0, values = 0;
    assert_int_equal(r.status, 200);
    assert_non_null(strstr(text, "\nxianjie_ready 1\n"));
    for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n') != NULL ? strchr(line, '\n') + 1 : NULL) {
        help += strncmp(line, "# HELP ", 7) == 0;
        values += strncmp(line, "xianjie_", 8) == 0;
    }
    assert_int_equal(help, values);
    assert_true(values > 10);
    drop(&r);
}

static void api__what_is_not_there_is_404(void **state)
{
    struct served *s = *state;
    static const char *const absent[] = {"/", "/api", "/api/nothing", "/api/cases/x", "/api/cases/0192f0c1-2d3e-7000-8000-000000000001",
                                         "/api/acts/0192f0c1-2d3e-7000-8000-000000000001", "/api/procedures/none", "/api/register"};
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        is_error(get(s, absent[i]), 404, "not_found");
    is_error(post(s, "/api/status", "{}"), 404, "not_found");
}

static void api__parameters_out_of_range_are_400(void **state)
{
    struct served *s = *state;
    static const char *const wrong[] = {"/api/cases?limit=501", "/api/cases?limit=-1", "/api/cases?after=99999999999999999999",
                                        "/api/due?within_days=x", "/api/due?all=2"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        is_error(get(s, wrong[i]), 400, "request");
}

/* ---- acting ---- */

static void api__an_act_is_admitted_and_at_once_readable(void **state)
{
    struct served *s = *state;
    char path[64];
    struct reply r = post_json(s, "/api/acts", report());
    assert_int_equal(r.status, 200);
    assert_string_equal(string_at(r.json, "status"), "admitted");
    assert_true(json_integer_value(json_object_get(r.json, "seq")) > 0);
    assert_int_equal(json_integer_value(json_object_get(r.json, "number")), 1);
    assert_true(json_is_null(json_object_get(r.json, "refusal")));
    assert_int_equal(json_array_size(json_object_get(r.json, "after")), 1);
    assert_int_equal(strlen(string_at(json_object_get(r.json, "parties"), "张三")), 16);
    snprintf(path, sizeof path, "/api/acts/%s", string_at(r.json, "id"));
    drop(&r);
    r = get(s, path);
    assert_int_equal(r.status, 200);
    assert_string_equal(string_at(r.json, "zh"), "移送报告");
    drop(&r);
}

static void api__breaches_come_with_texts(void **state)
{
    struct served *s = *state;
    struct reply r = post_json(s, "/api/acts", report());
    char case_id[37];
    snprintf(case_id, sizeof case_id, "%s", string_at(r.json, "case"));
    drop(&r);
    /* Without the approval that 310号 5 puts before it, and without the papers that go along. */
    r = post_json(s, "/api/acts", city_request("transfer", case_id, "transfer_letter"));
    assert_int_equal(r.status, 200);
    assert_string_equal(string_at(r.json, "status"), "admitted_with_breach");
    const json_t *first = json_array_get(json_object_get(r.json, "breaches"), 0);
    assert_string_equal(string_at(first, "code"), "step");
    assert_string_equal(string_at(first, "detail"), "transfer_approved");
    assert_string_not_equal(string_at(first, "text_zh"), "");
    drop(&r);
}

static void api__a_paper_of_an_act_is_opened(void **state)
{
    struct served *s = *state;
    char path[256], id[37], digest[65];
    struct reply r = post_json(s, "/api/acts", report());
    snprintf(id, sizeof id, "%s", string_at(r.json, "id"));
    drop(&r);
    snprintf(path, sizeof path, "/api/acts/%s", id);
    r = get(s, path);
    snprintf(digest, sizeof digest, "%s", string_at(json_array_get(json_object_get(r.json, "papers"), 0), "digest"));
    drop(&r);
    snprintf(path, sizeof path, "/api/acts/%s/papers/%s", id, digest);
    r = get(s, path);
    assert_int_equal(r.status, 200);
    assert_string_equal(string_at(r.json, "kind"), "transfer_report");
    assert_string_equal(string_at(r.json, "media_type"), "text/plain");
    assert_string_equal(string_at(r.json, "content_base64"), "5qC35L6L");
    assert_int_equal(json_integer_value(json_object_get(r.json, "bytes")), 6);
    drop(&r);
    digest[0] = digest[0] == '0' ? '1' : '0'; /* a paper it does not name */
    snprintf(path, sizeof path, "/api/acts/%s/papers/%s", id, digest);
    is_error(get(s, path), 404, "not_found");
    snprintf(path, sizeof path, "/api/acts/%s/papers/xyz", id);
    is_error(get(s, path), 404, "not_found");
}

static void api__what_cannot_be_is_409_and_not_sent(void **state)
{
    struct served *s = *state;
    is_error(post_json(s, "/api/acts", city_request("transfer", NULL, "")), 409, "instrument");
    is_error(post_json(s, "/api/acts", city_request("dance", NULL, "")), 409, "act_unknown");
    is_error(post(s, "/api/acts", "{\"act\":5}"), 400, "request");
    assert_int_equal(s->host.submitted, 0);
}

static void api__bodies_that_are_no_json_object_are_400(void **state)
{
    struct served *s = *state;
    static const char *const wrong[] = {"", "{", "[1]", "{\"act\":\"a\",\"act\":\"b\"}", "{\"act\":\"\xff\"}", "{} {}", "{\"act\":\"filed\",\"wait_ms\":-1}",
                                        "{\"act\":\"filed\",\"wait_ms\":\"1\"}"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        is_error(post(s, "/api/acts", wrong[i]), 400, "request");
    size_t n = XJ_API_BODY_BYTES + 100;
    char *large = malloc(n);
    assert_non_null(large);
    memset(large, ' ', n);
    large[0] = '{';
    large[n - 1] = '}';
    is_error(talk(s, "/api/acts", large, n), 400, "oversize");
    large[XJ_API_BODY_BYTES - 1] = '}';
    is_error(talk(s, "/api/acts", large, XJ_API_BODY_BYTES), 400, "request"); /* read whole: it lacks the act */
    free(large);
}

static void api__says_how_far_a_submission_came(void **state)
{
    struct served *s = *state;
    s->host.progress = XJ_HOST_QUEUED;
    struct reply r = post_json(s, "/api/acts", report());
    assert_int_equal(r.status, 200);
    assert_string_equal(string_at(r.json, "status"), "queued");
    assert_true(json_is_null(json_object_get(r.json, "seq")));
    assert_int_equal(strlen(string_at(json_object_get(r.json, "parties"), "张三")), 16);
    drop(&r);
    assert_int_equal(s->host.waited, 0);
    s->host.progress = XJ_HOST_ANSWERED; /* and the view follows a moment later */
    r = post_json(s, "/api/acts", report());
    assert_string_equal(string_at(r.json, "status"), "admitted");
    assert_int_equal(s->host.waited, 1);
    drop(&r);
    s->host.progress = XJ_HOST_NOT_TAKEN;
    r = post_json(s, "/api/acts", report());
    assert_string_equal(string_at(json_object_get(r.json, "error"), "text_zh"), "本机台账较短");
    is_error(r, 503, "not_taken");
    s->host.stopping = true;
    is_error(post_json(s, "/api/acts", report()), 503, xj_err_name(XJ_ESTATE));
}

static void api__snapshot_and_register_hand_on_what_they_get(void **state)
{
    struct served *s = *state;
    struct reply r = post(s, "/api/snapshot", "{\"path\":\"/tmp/copy.db\"}");
    assert_int_equal(r.status, 200);
    drop(&r);
    is_error(post(s, "/api/snapshot", "{\"path\":\"copy.db\"}"), 400, "request");
    s->host.snapshot_err = XJ_EEXISTS;
    is_error(post(s, "/api/snapshot", "{\"path\":\"/tmp/copy.db\"}"), 409, xj_err_name(XJ_EEXISTS));
    s->host.snapshot_err = XJ_EFULL;
    is_error(post(s, "/api/snapshot", "{\"path\":\"/tmp/copy.db\"}"), 503, xj_err_name(XJ_EFULL));
    assert_int_equal(s->host.snapshots, 3);
    r = post(s, "/api/register", "{\"entry_hex\":\"00ff\",\"signature_hex\":\"0A\"}");
    assert_int_equal(json_integer_value(json_object_get(r.json, "number")), 12);
    assert_int_equal(s->host.entry.n, 2);
    assert_memory_equal(s->host.entry.p, "\x00\xff", 2);
    assert_memory_equal(s->host.signature.p, "\x0a", 1);
    drop(&r);
    is_error(post(s, "/api/register", "{\"entry_hex\":\"0\",\"signature_hex\":\"0a\"}"), 400, "request");
    is_error(post(s, "/api/register", "{\"entry_hex\":\"zz\",\"signature_hex\":\"0a\"}"), 400, "request");
    s->host.register_err = XJ_EDENIED;
    is_error(post(s, "/api/register", "{\"entry_hex\":\"00\",\"signature_hex\":\"0a\"}"), 409, "denied");
}

/* ---- the socket ---- */

static int dial(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void api_start__takes_only_a_free_or_abandoned_place(void **state)
{
    struct served *s = *state;
    struct xj_api *second = NULL;
    struct stat st;
    char path[256], far[200];
    assert_int_equal(stat(s->socket, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(xj_api_start(&s->host, s->socket, &second), XJ_EEXISTS);
    assert_null(second);
    snprintf(path, sizeof path, "%s/file", s->city->dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
    assert_int_equal(xj_api_start(&s->host, path, &second), XJ_EEXISTS);
    memset(far, 'a', sizeof far - 1);
    far[0] = '/';
    far[sizeof far - 1] = '\0';
    assert_int_equal(xj_api_start(&s->host, far, &second), XJ_ELIMIT);
    snprintf(path, sizeof path, "%s/left.sock", s->city->dir);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%.100s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    close(fd); /* what a killed process leaves */
    assert_int_equal(xj_api_start(&s->host, path, &second), XJ_OK);
    xj_api_stop(second);
    assert_int_equal(stat(path, &st), -1);
}

/* In a process of its own, which may give up its uid: sends an order and reports whether anything came back. */
static int stranger(const char *socket_path, uid_t uid)
{
    static const char order[] = "POST /api/snapshot HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n{\"path\":\"/tmp/copy\"}";
    char answer[16];
    if (setuid(uid) != 0)
        return 2;
    int fd = dial(socket_path);
    if (fd < 0)
        return 3;
    (void)!send(fd, order, sizeof order - 1, MSG_NOSIGNAL);
    return recv(fd, answer, sizeof answer, 0) > 0 ? 1 : 0;
}

static void api__cuts_off_another_uid_before_it_can_order_anything(void **state)
{
    struct served *s = *state;
    if (geteuid() != 0)
        skip(); /* nobody else can be played */
    /* Even with the file's mode opened by mistake. */
    assert_int_equal(chmod(s->city->dir, 0711), 0);
    assert_int_equal(chmod(s->socket, 0666), 0);
    for (int i = 0; i < 20; i++) {
        int status = 0;
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            _exit(stranger(s->socket, 65534));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    assert_int_equal(s->host.snapshots, 0);
    struct reply r = get(s, "/api/status"); /* and goes on for its own */
    assert_int_equal(r.status, 200);
    drop(&r);
}

static void *reads(void *arg)
{
    const struct served *s = arg;
    size_t good = 0;
    for (int i = 0; i < 10; i++) {
        struct reply r = get(s, i % 2 == 0 ? "/api/cases" : "/api/due?all=1");
        good += r.status == 200;
        drop(&r);
    }
    return good == 10 ? arg : NULL;
}

static void api__serves_more_readers_than_it_has_connections_to_the_view(void **state)
{
    struct served *s = *state;
    pthread_t threads[16];
    city_history(s->city);
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, reads, s), 0);
    for (size_t i = 0; i < 16; i++) {
        void *ok = NULL;
        assert_int_equal(pthread_join(threads[i], &ok), 0);
        assert_non_null(ok);
    }
}

static void api__idle_connections_past_the_limit_do_not_stop_it_for_good(void **state)
{
    struct served *s = *state;
    int fds[XJ_API_CONNECTIONS + 16];
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        fds[i] = dial(s->socket);
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    /* Its threads see the ends of theirs in their own time; until then it may turn newcomers away. */
    struct reply r = {0};
    int tries = 0;
    while (!try_talk(s, "/api/status", NULL, 0, &r) && tries++ < 5000)
        drop(&r);
    assert_int_equal(r.status, 200);
    drop(&r);
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(api__every_reading_answers_with_its_keys),
        SERVED(api__metrics_have_help_type_and_value_each),
        SERVED(api__what_is_not_there_is_404),
        SERVED(api__parameters_out_of_range_are_400),
        SERVED(api__an_act_is_admitted_and_at_once_readable),
        SERVED(api__breaches_come_with_texts),
        SERVED(api__a_paper_of_an_act_is_opened),
        SERVED(api__what_cannot_be_is_409_and_not_sent),
        SERVED(api__bodies_that_are_no_json_object_are_400),
        SERVED(api__says_how_far_a_submission_came),
        SERVED(api__snapshot_and_register_hand_on_what_they_get),
        SERVED(api_start__takes_only_a_free_or_abandoned_place),
        SERVED(api__cuts_off_another_uid_before_it_can_order_anything),
        SERVED(api__serves_more_readers_than_it_has_connections_to_the_view),
        SERVED(api__idle_connections_past_the_limit_do_not_stop_it_for_good),
    };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return rc;
}
