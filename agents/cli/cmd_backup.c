/* `xianjie backup FILE`: a consistent copy of a running agent's ledger into a new file. Spec: spec/10-api.md, section 4. */
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "agents/cli/options.h"

#define USAGE "backup FILE"
#define BACKUP_MS 600000 /* a large ledger takes its time to copy */

int xj_cmd_backup(struct xj_cli *cli, int argc, char **argv)
{
    int n;
    char here[PATH_MAX], path[PATH_MAX];
    int rc = xj_options(cli, argc, argv, NULL, 0, USAGE, &n);
    if (rc != XJ_EXIT_OK)
        return rc;
    /* The agent writes the file, and its working directory is another one. */
    if (n != 1 || (argv[1][0] != '/' && getcwd(here, sizeof here) == NULL) ||
        snprintf(path, sizeof path, "%s%s%s", argv[1][0] == '/' ? "" : here, argv[1][0] == '/' ? "" : "/", argv[1]) >= (int)sizeof path)
        return xj_usage(cli, USAGE);
    json_t *answer = NULL, *body = json_pack("{s:s}", "path", path);
    struct xj_client *client = body != NULL ? xj_cli_client(cli, &rc) : NULL;
    if (body == NULL)
        rc = xj_fail(cli, XJ_ENOMEM, NULL);
    if (client != NULL) {
        xj_client_timeout(client, BACKUP_MS);
        rc = xj_cli_call(cli, client, "POST", "/api/snapshot", body, &answer);
    }
    if (client != NULL && rc == XJ_EXIT_OK && cli->json)
        xj_cli_print_json(cli, answer);
    else if (client != NULL && rc == XJ_EXIT_OK)
        xj_tell(cli, "账本已备份：%s（密钥、配置、信任锚须另行保管）", "the ledger is copied: %s (keys, configuration and anchor are kept apart)", path);
    json_decref(answer);
    json_decref(body);
    xj_client_close(client);
    return rc;
}
