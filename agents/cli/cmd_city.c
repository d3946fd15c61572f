/* `xianjie city make|start|stop|status`: a whole city in one directory, for trying out, tests and demonstrations. */
#include <stdlib.h>
#include <string.h>

#include "agents/cli/city.h"
#include "agents/cli/json_in.h"
#include "agents/cli/options.h"
#include "agents/cli/table.h"
#include "schema/base/file.h"

#define USAGE "city make DIR SPEC.json | start DIR | stop DIR | status DIR"
#define SPEC_BYTES (16u * 1024 * 1024)
#define AGENCIES_MAX 1000u

static const char *str(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static enum xj_err read_spec(const char *path, json_t **ret, struct xj_buf *text)
{
    struct xj_buf bytes;
    enum xj_err err = xj_file_read(path, SPEC_BYTES, &bytes);
    if (err != XJ_OK) {
        xj_buf_addf(text, "%s：读不出 / %s: cannot be read\n", path, path);
        return err;
    }
    *ret = xj_json_in(xj_buf_slice(&bytes), path, text);
    xj_buf_free(&bytes);
    return *ret != NULL ? XJ_OK : XJ_EMALFORMED;
}

static enum xj_err make(const char *dir, const json_t *spec, struct xj_buf *text)
{
    const json_t *list = json_object_get(spec, "agencies"), *facts = json_object_get(spec, "facts");
    const size_t count = json_array_size(list);
    if (count == 0 || count > AGENCIES_MAX || !str(spec, "division") || !str(spec, "registrar")) {
        xj_buf_addf(text, "描述须有 division、registrar 和 agencies / the description needs division, registrar and agencies\n");
        return XJ_ECONFIG;
    }
    struct xj_agency_spec *agencies = calloc(count, sizeof *agencies);
    if (agencies == NULL)
        return XJ_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const json_t *a = json_array_get(list, i);
        agencies[i] = (struct xj_agency_spec){.id = str(a, "id"), .name = str(a, "name"), .role = str(a, "role"),
                                              .sector = str(a, "sector"), .division = str(a, "division"),
                                              .superior = str(a, "superior"),
                                              .vertical = json_is_true(json_object_get(a, "vertical")),
                                              .connected = json_is_true(json_object_get(a, "connected"))};
    }
    const struct xj_city_spec city_spec = {.division = str(spec, "division"), .name = str(spec, "name"),
                                           .registrar = str(spec, "registrar"), .agencies = agencies, .agency_count = count,
                                           .volatile_ok = json_is_true(json_object_get(spec, "volatile")), .facts = facts};
    struct xj_city *city = NULL;
    const enum xj_err err = xj_city_make(&city_spec, dir, NULL, &city, text);
    xj_city_close(city);
    free(agencies);
    return err;
}

static int cmd_make(struct xj_cli *cli, const char *dir, const char *path)
{
    struct xj_buf text;
    json_t *spec = NULL;
    xj_buf_init(&text, 65536);
    enum xj_err err = read_spec(path, &spec, &text);
    if (err == XJ_OK)
        err = make(dir, spec, &text);
    json_decref(spec);
    const int rc = err == XJ_OK ? XJ_EXIT_OK : xj_fail(cli, err, &text);
    xj_buf_free(&text);
    return rc;
}

static int show(struct xj_cli *cli, struct xj_city *city)
{
    static const struct xj_column columns[] = {{.key = "agency", .zh = "机关", .en = "AGENCY"}, {.key = "name", .zh = "名称", .en = "NAME"},
                                               {.key = "role", .zh = "类型", .en = "ROLE"}, {.key = "runs", .zh = "运行", .en = "RUNS"},
                                               {.key = "data", .zh = "数据目录", .en = "DATA"}};
    struct xj_table *t = xj_table_new(cli, "agencies", columns, sizeof columns / sizeof columns[0]);
    if (t == NULL)
        return XJ_EXIT_WORLD;
    const char *const yes = xj_pick(cli, "是", "yes"), *const no = xj_pick(cli, "否", "no");
    const char *exchange[] = {"exchange", xj_pick(cli, "交换中心", "exchange"), "", xj_city_runs(city, "exchange") ? yes : no,
                              xj_city_data(city, "exchange")};
    enum xj_err err = xj_table_row(t, exchange, false);
    for (size_t i = 0; err == XJ_OK && i < xj_city_agency_count(city); i++) {
        const struct xj_agency_spec *a = xj_city_agency(city, i);
        const char *cells[] = {a->id, a->name, a->role,
                               !a->connected ? xj_pick(cli, "未接入", "unconnected") : xj_city_runs(city, a->id) ? yes : no,
                               xj_city_data(city, a->id)};
        err = xj_table_row(t, cells, false);
    }
    if (err == XJ_OK)
        err = xj_table_print(t);
    xj_table_free(t);
    return err == XJ_OK ? XJ_EXIT_OK : XJ_EXIT_WORLD;
}

int xj_cmd_city(struct xj_cli *cli, int argc, char **argv)
{
    int n;
    const int wrong = xj_options(cli, argc, argv, NULL, 0, USAGE, &n);
    if (wrong != XJ_EXIT_OK)
        return wrong;
    const char *what = n > 0 ? argv[1] : "";
    if (strcmp(what, "make") == 0)
        return n == 3 ? cmd_make(cli, argv[2], argv[3]) : xj_usage(cli, USAGE);
    if (n != 2 || (strcmp(what, "start") != 0 && strcmp(what, "stop") != 0 && strcmp(what, "status") != 0))
        return xj_usage(cli, USAGE);
    struct xj_buf text;
    struct xj_city *city = NULL;
    xj_buf_init(&text, 65536);
    enum xj_err err = xj_city_open(argv[2], NULL, &city, &text);
    if (err == XJ_OK && strcmp(what, "start") == 0)
        err = xj_city_start(city, XJ_CITY_DETACHED, 0, &text);
    if (err == XJ_OK && strcmp(what, "stop") == 0)
        err = xj_city_stop(city, &text);
    int rc = err == XJ_OK ? XJ_EXIT_OK : xj_fail(cli, err, &text);
    if (rc == XJ_EXIT_OK && strcmp(what, "stop") != 0)
        rc = show(cli, city);
    xj_city_close(city);
    xj_buf_free(&text);
    return rc;
}
