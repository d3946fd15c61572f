#include "agents/cli/snapshot.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A large ledger takes its time to copy. */
#define SNAPSHOT_MS 600000

static char *join(const char *dir, const char *name)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s", dir, name) >= 0 ? path : NULL;
}

void xj_snapshot_drop(struct xj_snapshot *s)
{
    static const char *const tails[] = {"", "-wal", "-shm", "-journal"}; /* what SQLite may leave beside a file */
    for (size_t i = 0; s->directory != NULL && s->path != NULL && i < sizeof tails / sizeof tails[0]; i++) {
        char *path = NULL;
        if (asprintf(&path, "%s%s", s->path, tails[i]) >= 0)
            (void)unlink(path);
        free(path);
    }
    if (s->directory != NULL)
        (void)rmdir(s->directory);
    free(s->path);
    free(s->directory);
    *s = (struct xj_snapshot){NULL, NULL};
}

static int take_copy(const struct xj_cli *cli, struct xj_client *client, const char *data, struct xj_snapshot *ret)
{
    json_t *answer;
    ret->directory = join(data, "snapshot-XXXXXX"); /* on the ledger's own disk, and readable by its owner only */
    if (ret->directory == NULL || mkdtemp(ret->directory) == NULL) {
        free(ret->directory);
        ret->directory = NULL;
        xj_tell(cli, "不能在 %s 下建立临时目录", "cannot make a temporary directory in %s", data);
        return XJ_EXIT_WORLD;
    }
    ret->path = join(ret->directory, "ledger.db");
    json_t *body = ret->path != NULL ? json_pack("{s:s}", "path", ret->path) : NULL;
    if (body == NULL)
        return xj_fail(cli, XJ_ENOMEM, NULL);
    xj_client_timeout(client, SNAPSHOT_MS);
    int rc = xj_cli_call(cli, client, "POST", "/api/snapshot", body, &answer);
    if (rc == XJ_EXIT_OK)
        json_decref(answer);
    json_decref(body);
    return rc;
}

int xj_snapshot_take(const struct xj_cli *cli, struct xj_snapshot *ret)
{
    int rc;
    long status;
    json_t *answer = NULL;
    *ret = (struct xj_snapshot){NULL, NULL};
    struct xj_client *client = xj_cli_client(cli, &rc);
    if (client == NULL)
        return rc;
    char *data = realpath(cli->data, NULL); /* the agent's working directory is another one */
    if (data == NULL) {
        xj_tell(cli, "没有这个数据目录：%s", "no such data directory: %s", cli->data);
        rc = XJ_EXIT_NOT_FOUND;
        goto out;
    }
    if (xj_client_call(client, "GET", "/api/ledger", NULL, &status, &answer, NULL) != XJ_OK) {
        ret->path = join(data, "ledger.db");
        rc = ret->path != NULL ? XJ_EXIT_OK : xj_fail(cli, XJ_ENOMEM, NULL);
    } else {
        json_decref(answer);
        rc = take_copy(cli, client, data, ret);
    }
out:
    if (rc != XJ_EXIT_OK)
        xj_snapshot_drop(ret);
    free(data);
    xj_client_close(client);
    return rc;
}
