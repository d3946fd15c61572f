/* `asks`: what later grants ask for. `orders`: orders over records, and who has confirmed them. `restricted`: a restricted record (封存), read by two persons.
 * Spec: spec/10-api.md, section 4; spec/18-orders.md. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/cli/look.h"
#include "agents/cli/options.h"
#include "schema/base/ids.h"

static void show_holders(struct xj_cli *cli, const json_t *order)
{
    const json_t *h;
    size_t i;
    char minute[20];
    json_array_foreach(json_object_get(order, "holders"), i, h) {
        const char *who = strcmp(xj_look_str(h, "agency"), "exchange") == 0 ? xj_pick(cli, "交换中心", "exchange") : xj_look_name(h, "name", "agency");
        const bool done = json_is_integer(json_object_get(h, "entry"));
        fprintf(cli->out, "    %s  %s\n", done ? xj_look_minute(h, "confirmed", minute) : xj_pick(cli, "未确认", "not confirmed"), who);
    }
}

static int show_orders(struct xj_cli *cli, const json_t *j)
{
    const json_t *o;
    size_t i;
    json_array_foreach(json_object_get(j, "orders"), i, o) {
        const bool destroy = strcmp(xj_look_str(o, "kind"), "destroy") == 0;
        fprintf(cli->out, "%s  %s  %s  %s  %s\n", xj_look_str(o, "date"), destroy ? xj_pick(cli, "销毁", "destroy") : xj_pick(cli, "封存", "restrict"),
                xj_look_str(o, "number"), xj_look_name(json_object_get(o, "organ"), "name", "agency"), xj_look_str(o, "id"));
        xj_print(cli, "    依据：%s\n", "    basis: %s\n", xj_look_str(o, "basis"));
        xj_print(cli, "    本单位涉及文书：%lld\n", "    acts here: %lld\n", (long long)json_integer_value(json_object_get(o, "acts")));
        show_holders(cli, o);
    }
    return XJ_EXIT_OK;
}

int xj_cmd_orders(struct xj_cli *cli, int argc, char **argv)
{
    int n;
    const int wrong = xj_options(cli, argc, argv, NULL, 0, "orders", &n);
    if (wrong != XJ_EXIT_OK)
        return wrong;
    return n == 0 ? xj_look_get(cli, "/api/orders", show_orders) : xj_usage(cli, "orders");
}

static int show_asks(struct xj_cli *cli, const json_t *j)
{
    const json_t *a;
    size_t i;
    char minute[20];
    json_array_foreach(json_object_get(j, "asks"), i, a)
        fprintf(cli->out, "%s  %s  %s  %s  %s\n", xj_look_minute(a, "asked", minute), xj_look_name(json_object_get(a, "by"), "name", "agency"),
                xj_look_name(a, cli->zh ? "zh" : "en", "act"), xj_look_str(a, "title"), xj_look_str(a, "id"));
    if (i > 0)
        xj_print(cli, "转交：xianjie case share --asked --approved-by 姓名\n", "to answer: xianjie case share --asked --approved-by NAME\n");
    return XJ_EXIT_OK;
}

int xj_cmd_asks(struct xj_cli *cli, int argc, char **argv)
{
    int n;
    const int wrong = xj_options(cli, argc, argv, NULL, 0, "asks", &n);
    if (wrong != XJ_EXIT_OK)
        return wrong;
    return n == 0 ? xj_look_get(cli, "/api/asks", show_asks) : xj_usage(cli, "asks");
}

#define USAGE "restricted ACT --by NAME --second NAME --reason TEXT [--paper DIGEST]"
int xj_cmd_restricted(struct xj_cli *cli, int argc, char **argv)
{
    const char *by = NULL, *second = NULL, *reason = NULL, *paper = NULL;
    int n;
    const struct xj_option options[] = {{.name = "by", .value = &by}, {.name = "second", .value = &second}, {.name = "reason", .value = &reason},
                                        {.name = "paper", .value = &paper}};
    int rc = xj_options(cli, argc, argv, options, 4, USAGE, &n);
    if (rc != XJ_EXIT_OK)
        return rc;
    if (n != 1 || by == NULL || second == NULL || reason == NULL)
        return xj_usage(cli, USAGE);
    json_t *answer = NULL, *request = json_pack("{s:s, s:s, s:s, s:s, s:s*}", "act", argv[1], "by", by, "second", second, "reason", reason, "paper", paper);
    struct xj_client *client = xj_cli_client(cli, &rc);
    if (client != NULL)
        rc = request != NULL ? xj_cli_call(cli, client, "POST", "/api/restricted", request, &answer) : XJ_EXIT_WORLD;
    if (client != NULL && rc == XJ_EXIT_OK)
        xj_cli_print_json(cli, answer);
    json_decref(answer);
    json_decref(request);
    xj_client_close(client);
    return rc;
}
#undef USAGE
