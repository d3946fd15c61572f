#include "agents/agent/api/api.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agents/agent/api/api_private.h"

struct endpoint {
    const char *method, *path;
    xj_api_handler *handler;
};
static const struct endpoint endpoints[] = {
    {"GET", "/api/status", xj_api_get_status},
    {"GET", "/api/cases", xj_api_get_cases},
    {"GET", "/api/cases/:id", xj_api_get_case},
    {"GET", "/api/cases/:id/why", xj_api_get_why},
    {"GET", "/api/acts/:id", xj_api_get_act},
    {"GET", "/api/acts/:id/papers/:digest", xj_api_get_paper},
    {"GET", "/api/outbox", xj_api_get_outbox},
    {"GET", "/api/due", xj_api_get_due},
    {"GET", "/api/alerts", xj_api_get_alerts},
    {"GET", "/api/stats", xj_api_get_stats},
    {"GET", "/api/stats/cases", xj_api_get_stats_cases},
    {"GET", "/api/agencies", xj_api_get_agencies},
    {"GET", "/api/procedures/:name", xj_api_get_procedure},
    {"GET", "/api/ledger", xj_api_get_ledger},
    {"GET", "/api/register/head", xj_api_get_register_head},
    {"GET", "/api/incidents", xj_api_get_incidents},
    {"GET", "/api/metrics", xj_api_get_metrics},
    {"POST", "/api/snapshot", xj_api_post_snapshot},
    {"GET", "/api/records", xj_api_get_records},
    {"GET", "/api/warnings", xj_api_get_warnings},
    {"GET", "/api/orders", xj_api_get_orders},
    {"GET", "/api/asks", xj_api_get_asks},
    {"POST", "/api/restricted", xj_api_post_restricted},
    {"POST", "/api/told", xj_api_post_told},
    {"POST", "/api/override", xj_api_post_override},
    {"POST", "/api/acts", xj_api_post_act},
    {"POST", "/api/register", xj_api_post_register},
};

/* ---- the socket ---- */

static bool address(const char *path, struct sockaddr_un *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof ret->sun_path)
        return false;
    memcpy(ret->sun_path, path, strlen(path) + 1);
    return true;
}

/* A socket left by a process that died is in the way and answers nobody; one that answers is somebody's. */
static enum xj_err clear_abandoned(const struct sockaddr_un *at)
{
    struct stat st;
    if (lstat(at->sun_path, &st) != 0)
        return errno == ENOENT ? XJ_OK : XJ_EIO;
    if (!S_ISSOCK(st.st_mode))
        return XJ_EEXISTS;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return XJ_EIO;
    bool answers = connect(fd, (const struct sockaddr *)at, sizeof *at) == 0 || errno != ECONNREFUSED;
    close(fd);
    if (answers)
        return XJ_EEXISTS;
    return unlink(at->sun_path) == 0 ? XJ_OK : XJ_EIO;
}

static enum xj_err listen_at(const char *path, int *ret_fd)
{
    struct sockaddr_un at;
    if (!address(path, &at))
        return XJ_ELIMIT;
    enum xj_err err = clear_abandoned(&at);
    if (err != XJ_OK)
        return err;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return XJ_EIO;
    /* fchmod before bind sets the mode the name is made with, so it never exists with a wider one. */
    if (fchmod(fd, 0600) != 0 || bind(fd, (const struct sockaddr *)&at, sizeof at) != 0) {
        close(fd);
        return errno == EADDRINUSE ? XJ_EEXISTS : XJ_EIO;
    }
    if (chmod(path, 0600) != 0 || listen(fd, SOMAXCONN) != 0) {
        unlink(path);
        close(fd);
        return XJ_EIO;
    }
    *ret_fd = fd;
    return XJ_OK;
}

static bool peer_allowed(int fd)
{
    struct ucred peer;
    socklen_t n = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0 || n != sizeof peer)
        return false;
    return peer.uid == geteuid() || peer.uid == 0;
}

/* shutdown alone would leave what a foreign peer has sent already in the queue, to be read and obeyed. So the connection is
 * replaced by one whose other end is closed: it holds nothing and takes nothing. */
static void cut_off(int fd)
{
    int pair[2];
    shutdown(fd, SHUT_RDWR);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        abort(); /* out of descriptors with a stranger in: better to restart than to serve it */
    close(pair[1]);
    dup2(pair[0], fd);
    close(pair[0]);
}

static void connection_seen(void *cls, struct MHD_Connection *connection, void **context, enum MHD_ConnectionNotificationCode code)
{
    (void)cls;
    (void)context;
    if (code != MHD_CONNECTION_NOTIFY_STARTED)
        return;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != NULL && !peer_allowed(info->connect_fd))
        cut_off(info->connect_fd);
}

/* ---- Ulfius ---- */

static bool add_endpoints(struct xj_api *api)
{
    for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++)
        if (ulfius_add_endpoint_by_val(&api->ulfius, endpoints[i].method, NULL, endpoints[i].path, 0, endpoints[i].handler, api) != U_OK)
            return false;
    return ulfius_set_default_endpoint(&api->ulfius, xj_api_no_such, api) == U_OK;
}

static bool serve(struct xj_api *api)
{
    /* The port names nothing: MHD listens on the socket that is handed to it. Ulfius wants one all the same. */
    if (ulfius_init_instance(&api->ulfius, 1, NULL, NULL) != U_OK)
        return false;
    api->initialised = true;
    api->ulfius.max_post_body_size = XJ_API_BODY_BYTES + 1; /* Ulfius cuts off what is beyond; the one byte shows it */
    api->ulfius.allowed_post_processor = U_POST_PROCESS_NONE;
    if (!add_endpoints(api))
        return false;
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)mhd_request_completed, NULL},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)ulfius_uri_logger, NULL},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)connection_seen, NULL},
        {MHD_OPTION_LISTEN_SOCKET, api->listen_fd, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, XJ_API_CONNECTIONS, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, XJ_API_IDLE_S, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD;
    return ulfius_start_framework_with_mhd_options(&api->ulfius, flags, options) == U_OK;
}

enum xj_err xj_api_start(struct xj_agent_host *host, const char *socket_path, struct xj_api **ret)
{
    *ret = NULL;
    struct xj_api *api = calloc(1, sizeof *api);
    if (api == NULL)
        return XJ_ENOMEM;
    api->host = host;
    api->listen_fd = -1;
    if (!xj_pool_init(&api->pool, host)) {
        free(api);
        return XJ_ENOMEM;
    }
    enum xj_err err = listen_at(socket_path, &api->listen_fd);
    if (err == XJ_OK) {
        memcpy(api->path, socket_path, strlen(socket_path) + 1);
        api->running = serve(api);
        err = api->running ? XJ_OK : XJ_EIO;
    }
    if (err != XJ_OK) {
        xj_api_stop(api);
        return err;
    }
    *ret = api;
    return XJ_OK;
}

void xj_api_stop(struct xj_api *api)
{
    if (api == NULL)
        return;
    if (api->path[0] != '\0')
        unlink(api->path);
    if (api->running)
        ulfius_stop_framework(&api->ulfius); /* closes the listening socket with the rest */
    else if (api->listen_fd >= 0)
        close(api->listen_fd);
    if (api->initialised)
        ulfius_clean_instance(&api->ulfius);
    xj_pool_free(&api->pool);
    free(api);
}
