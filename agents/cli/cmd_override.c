/* `xianjie override --by NAME --reason TEXT`: acts get numbers while no exchange can be reached that would confirm the ledger.
 * Spec: spec/10-api.md, section 4. */
#include "agents/cli/options.h"

#define USAGE "override --by NAME --reason TEXT"

int xj_cmd_override(struct xj_cli *cli, int argc, char **argv)
{
    int n;
    const char *by = NULL, *reason = NULL;
    const struct xj_option options[] = {{.name = "by", .value = &by}, {.name = "reason", .value = &reason}};
    int rc = xj_options(cli, argc, argv, options, 2, USAGE, &n);
    if (rc != XJ_EXIT_OK)
        return rc;
    if (n != 0 || by == NULL || reason == NULL)
        return xj_usage(cli, USAGE);
    json_t *answer = NULL, *body = json_pack("{s:s, s:s}", "by", by, "reason", reason);
    struct xj_client *client = body != NULL ? xj_cli_client(cli, &rc) : NULL;
    if (body == NULL)
        rc = xj_usage(cli, USAGE); /* not UTF-8 */
    if (client != NULL)
        rc = xj_cli_call(cli, client, "POST", "/api/override", body, &answer);
    if (client != NULL && rc == XJ_EXIT_OK && cli->json)
        xj_cli_print_json(cli, answer);
    else if (client != NULL && rc == XJ_EXIT_OK)
        xj_tell(cli, "已记录在案：交换平台恢复之前，文书先在本机编号、排队", "on record: until the exchange is back acts are numbered and queued here");
    json_decref(answer);
    json_decref(body);
    xj_client_close(client);
    return rc;
}
