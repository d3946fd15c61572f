#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agents/agent/shell/host_private.h"
#include "schema/base/say.h"

static void explain(struct xj_buf *text, enum xj_err err, const char *what_zh, const char *what_en)
{
    if (text->n == 0)
        xj_buf_addf(text, "%s（%s）。%s: %s.", what_zh, xj_err_name(err), what_en, xj_err_name(err));
}

static bool deliver(void *arg, struct xj_link_event *event)
{
    struct xj_host_event he = {.kind = XJ_HE_LINK, .link = event};
    return xj_host_push(arg, &he);
}

static enum xj_err open_core(struct xj_agent_host *host)
{
    struct xj_agent_options ao = {
        .db = host->db, .log = host->log, .env = host->o.env, .keys = host->o.keys, .agency = host->o.agency,
        .anchor = host->o.anchor, .credit = host->o.credit,
    };
    host->o.env->random(host->o.env->ctx, ao.nonce.b, sizeof ao.nonce.b);
    return xj_agent_open(&ao, &host->core);
}

static enum xj_err open_ledger(struct xj_agent_host *host, struct xj_buf *text)
{
    const struct xj_db_options dbo = {
        .path = host->o.ledger_path, .format = "xianjie ledger 1", .owner = host->o.agency,
        .root_key = host->o.anchor->root, .create = true, .volatile_ok = host->o.volatile_ok,
    };
    enum xj_err err = xj_db_open(&dbo, host->o.env, &host->db, text);
    if (err != XJ_OK) {
        explain(text, err, "打不开账本", "the ledger cannot be opened");
        return err;
    }
    err = xj_log_open(host->db, &host->log);
    if (err == XJ_OK)
        err = open_core(host);
    if (err == XJ_EIO || err == XJ_ENOMEM) /* a disk that does not give the ledger back says nothing about what is in it */
        explain(text, err, "账本读不出来", "the ledger cannot be read");
    if (err != XJ_OK) {
        explain(text, err, "账本内容前后不符，请先核验账本", "the ledger contradicts itself; verify it first");
        return err;
    }
    /* A fresh ledger gets register entry 1 here, before anybody looks at it. */
    err = xj_db_begin(host->db);
    if (err == XJ_OK)
        err = xj_agent_flush(host->core);
    if (err == XJ_OK)
        err = xj_db_commit(host->db);
    if (err != XJ_OK)
        explain(text, err, "账本写不进去", "the ledger cannot be written");
    return err;
}

/* Another agency's keys would speak in its name. Keys that are nobody's yet are new ones, and the register that this ledger holds is
 * of before: the agent pulls on, and signs nothing until it has them (core/trust.c). */
static enum xj_err check_keys(struct xj_agent_host *host, struct xj_buf *text)
{
    struct xj_store store = xj_db_store(host->db);
    struct xj_agency facts;
    char owner[XJ_MAX_AGENCY_BYTES + 1];
    enum xj_err err = xj_reg_agency(&store, xj_slice_cstr(host->o.agency), UINT64_MAX, &facts);
    if (err == XJ_ENOTFOUND || (err == XJ_OK && !facts.connected))
        return XJ_OK;
    if (err != XJ_OK)
        return err;
    const struct xj_agency_keys *k = host->o.keys;
    const char *which = memcmp(facts.keys.sign, k->sign.public_key, 32) != 0      ? "sign"
                        : memcmp(facts.keys.seal, k->seal.public_key, 32) != 0    ? "seal"
                        : memcmp(facts.keys.transport, k->transport_public, 32) != 0 ? "transport"
                                                                                     : NULL;
    if (which == NULL)
        return XJ_OK;
    err = xj_reg_by_transport(&store, k->transport_public, owner);
    if (err == XJ_ENOTFOUND) {
        xj_say(XJ_SAY_WARNING, "the register in this ledger has other keys of %s (%s differs): are these new, and registered?",
               host->o.agency, which);
        return XJ_OK;
    }
    if (err != XJ_OK)
        return err;
    xj_buf_addf(text, "密钥不是 %s 登记的密钥（%s 不符）：请检查 keys 目录与 agency 配置。"
                      "These are not the keys registered for %s (%s differs): check the keys directory and the agency.",
                host->o.agency, which, host->o.agency, which);
    return XJ_ECONFIG;
}

static enum xj_err open_view(struct xj_agent_host *host, struct xj_buf *text)
{
    char path[600];
    snprintf(path, sizeof path, "%s/trail", host->o.data_dir);
    enum xj_err err = xj_trail_open(path, &host->trail);
    if (err != XJ_OK) {
        explain(text, err, "无法写入数据目录中的 trail 文件", "the file trail in the data directory cannot be written");
        return err;
    }
    const struct xj_view_options vo = {
        .path = host->o.view_path, .agency = host->o.agency, .root_key = host->o.anchor->root, .keys = host->o.keys,
        .volatile_ok = host->o.volatile_ok, .trail = host->trail,
    };
    struct xj_buf detail;
    xj_buf_init(&detail, 1024);
    err = xj_view_open(&vo, &host->view, &detail);
    /* A view ahead of its ledger is of another one (a backup put back): what it shows did not happen here. */
    if (err == XJ_OK && xj_view_applied(host->view) > xj_log_size(host->log)) {
        xj_say(XJ_SAY_WARNING, "the view is ahead of the ledger; folding it anew");
        err = xj_view_clear(host->view);
    }
    if (err != XJ_OK) {
        explain(text, err, "打不开视图（可删除 view.db 后重启）", "the view cannot be opened (view.db may be deleted)");
        xj_buf_addf(text, " %.*s", (int)detail.n, (const char *)detail.p);
    } else
        host->figures.view_applied = xj_view_applied(host->view);
    xj_buf_free(&detail);
    return err;
}

static enum xj_err start_link(struct xj_agent_host *host, struct xj_buf *text)
{
    struct xj_link_options no = {.env = host->o.env, .deliver = deliver, .arg = host};
    const struct xj_anchor *anchor = host->o.anchor;
    for (size_t i = 0; i < anchor->exchange_count && i < XJ_MAX_ENDPOINTS; i++) {
        bool given = host->o.endpoint[0] != 0;
        snprintf(no.exchange[i].endpoint, sizeof no.exchange[i].endpoint, "%s",
                 given ? host->o.endpoint : anchor->exchange[i].endpoint);
        memcpy(no.exchange[i].transport, anchor->exchange[i].transport, 32);
        no.exchange_count = i + 1;
        if (given)
            break; /* one endpoint, with the key of the first */
    }
    memcpy(no.public_key, host->o.keys->transport_public, 32);
    memcpy(no.secret_key, host->o.keys->transport_secret, 32);
    enum xj_err err = xj_link_start(&no, &host->link, text);
    explicit_bzero(&no, sizeof no);
    if (err != XJ_OK)
        explain(text, err, "网络启动失败", "the network cannot be started");
    return err;
}

static enum xj_err start_threads(struct xj_agent_host *host, struct xj_buf *text)
{
    host->logic_running = pthread_create(&host->logic_thread, NULL, xj_host_logic, host) == 0;
    if (host->logic_running)
        host->view_running = pthread_create(&host->view_thread, NULL, xj_host_viewer, host) == 0;
    if (host->view_running)
        return XJ_OK;
    explain(text, XJ_ENOMEM, "线程启动失败", "a thread cannot be started");
    return XJ_ENOMEM;
}

static enum xj_err prepare(struct xj_agent_host *host)
{
    if (xj_host_cond_init(&host->changed) != XJ_OK)
        return XJ_ENOMEM;
    pthread_mutex_init(&host->lock, NULL);
    xj_buf_init(&host->register_why, XJ_MAX_FRAME_BYTES);
    host->figures.started_ms = host->o.env->now_ms(host->o.env->ctx);
    return xj_queue_new(XJ_HOST_EVENTS, &host->events);
}

enum xj_err xj_host_start(const struct xj_host_options *o, struct xj_agent_host **ret, struct xj_buf *ret_text)
{
    *ret = NULL;
    struct xj_agent_host *host = calloc(1, sizeof *host);
    if (host == NULL)
        return XJ_ENOMEM;
    host->o = *o;
    enum xj_err err = prepare(host);
    if (err == XJ_OK)
        err = open_ledger(host, ret_text);
    if (err == XJ_OK)
        err = check_keys(host, ret_text);
    if (err == XJ_OK)
        err = open_view(host, ret_text);
    if (err == XJ_OK)
        err = start_link(host, ret_text);
    if (err == XJ_OK) {
        xj_host_publish(host);
        err = start_threads(host, ret_text);
    }
    if (err != XJ_OK) {
        xj_host_stop(host);
        return err;
    }
    *ret = host;
    return XJ_OK;
}

/* Whoever asked for something that will not be served now is told so. */
static void drain(struct xj_agent_host *host)
{
    struct xj_host_event *event;
    while (host->events != NULL && (event = xj_queue_try_pop(host->events)) != NULL) {
        pthread_mutex_lock(&host->lock);
        if (event->request != NULL) {
            event->request->err = XJ_ESTATE;
            event->request->done = true;
        }
        if (event->told != NULL) {
            event->told->err = XJ_ESTATE;
            event->told->done = true;
        }
        pthread_cond_broadcast(&host->changed);
        pthread_mutex_unlock(&host->lock);
        xj_host_event_free(event);
    }
}

/* The view thread first, while there is somebody to answer it; the network next, so that nothing new comes in; then the
 * logic thread with what it still has, ending in a checkpoint and a folded WAL. */
void xj_host_stop(struct xj_agent_host *host)
{
    const struct xj_host_event stop = {.kind = XJ_HE_STOP};
    if (host == NULL)
        return;
    pthread_mutex_lock(&host->lock);
    host->stopping = true;
    xj_host_wake_waiters(host);
    pthread_cond_broadcast(&host->changed);
    pthread_mutex_unlock(&host->lock);
    if (host->view_running)
        pthread_join(host->view_thread, NULL);
    if (host->logic_running) {
        if (!xj_host_push(host, &stop))
            xj_host_die("stop", XJ_ENOMEM);
        pthread_join(host->logic_thread, NULL);
    }
    if (host->events != NULL)
        xj_queue_close(host->events);
    xj_link_stop(host->link);
    drain(host);
    xj_agent_close(host->core);
    if (host->log != NULL)
        xj_log_close(host->log);
    xj_db_close(host->db);
    if (host->view != NULL)
        xj_view_close(host->view);
    xj_trail_close(host->trail);
    xj_queue_free(host->events);
    xj_buf_free(&host->register_why);
    pthread_cond_destroy(&host->changed);
    pthread_mutex_destroy(&host->lock);
    free(host);
}
