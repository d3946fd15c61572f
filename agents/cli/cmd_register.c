#include <stdlib.h>
#include <string.h>

#include "agents/cli/calendar_json.h"
#include "agents/cli/enroll.h"
#include "agents/cli/json_in.h"
#include "agents/cli/oldproc.h"
#include "agents/cli/options.h"
#include "agents/cli/register_bulk.h"
#include "agents/cli/registrar.h"
#include "agents/cli/standards_json.h"
#include "schema/base/civil.h"
#include "schema/base/file.h"
#include "schema/wire/names.h"

#define BATCH_BYTES (64u * 1024 * 1024)

/* What every form of `register` takes besides its own options. */
struct request {
    struct xj_cli *cli;
    struct xj_changes changes;
    struct xj_buf text;
    const char *key_file;
    bool withdraw;
};

static int finish(struct request *r)
{
    int rc = xj_registrar_post(r->cli, &r->changes, r->key_file, &r->text);
    xj_changes_free(&r->changes);
    xj_buf_free(&r->text);
    return rc;
}

static int give_up(struct request *r, enum xj_err err)
{
    int rc = xj_fail(r->cli, err, &r->text);
    xj_changes_free(&r->changes);
    xj_buf_free(&r->text);
    return rc;
}

static struct request begin(struct xj_cli *cli)
{
    struct request r = {.cli = cli};
    xj_changes_init(&r.changes);
    xj_buf_init(&r.text, 256 * 1024);
    return r;
}

static bool id_ok(struct request *r, const char *id)
{
    if (xj_agency_ok(xj_slice_cstr(id)))
        return true;
    xj_buf_addf(&r->text, "%s：不是机关代号，应如 370800-gaj / %s: no agency id, such as 370800-gaj\n", id, id);
    return false;
}

#define COMMON {.name = "key", .value = &r.key_file}, {.name = "withdraw", .flag = &r.withdraw}
#define OPTIONS(...)                                                                                                          \
    const struct xj_option options[] = {__VA_ARGS__};                                                                         \
    int n, rc = xj_options(cli, argc, argv, options, sizeof options / sizeof options[0], USAGE, &n)

#define USAGE                                                                                                                 \
    "register agency ID --name NAME --role ROLE [--sector S] [--division D] [--superior ID] [--vertical] [--alias NAME …] "    \
    "[--key FILE] | register agency ID --withdraw"
static int cmd_agency(struct xj_cli *cli, int argc, char **argv)
{
    struct request r = begin(cli);
    struct xj_agency_spec a = {.id = NULL};
    struct xj_option_list aliases = {.count = 0};
    OPTIONS(COMMON, {.name = "name", .value = &a.name}, {.name = "role", .value = &a.role}, {.name = "sector", .value = &a.sector},
            {.name = "division", .value = &a.division}, {.name = "superior", .value = &a.superior},
            {.name = "vertical", .flag = &a.vertical}, {.name = "alias", .list = &aliases});
    const char *names[XJ_OPTION_LIST_MAX + 1] = {NULL};
    if (rc != XJ_EXIT_OK)
        return rc;
    if (n != 1 || (!r.withdraw && (a.name == NULL || a.role == NULL)))
        return xj_usage(cli, USAGE);
    a.id = argv[1];
    memcpy(names, aliases.at, aliases.count * sizeof *names);
    a.aliases = names;
    if (!id_ok(&r, a.id))
        return give_up(&r, XJ_ECONFIG);
    if (r.withdraw)
        xj_changes_raw(&r.changes, "agency", a.id, xj_slice_of(NULL, 0));
    else
        xj_changes_agency(&r.changes, &a);
    return finish(&r);
}
#undef USAGE

#define USAGE "register keys ID --keys public.keys [--key FILE] | register keys ID --withdraw"
static int cmd_keys(struct xj_cli *cli, int argc, char **argv)
{
    struct request r = begin(cli);
    const char *file = NULL;
    struct xj_public_keys keys;
    OPTIONS(COMMON, {.name = "keys", .value = &file});
    if (rc != XJ_EXIT_OK)
        return rc;
    if (n != 1 || (file == NULL) != r.withdraw)
        return xj_usage(cli, USAGE);
    if (!id_ok(&r, argv[1]))
        return give_up(&r, XJ_ECONFIG);
    enum xj_err err = r.withdraw ? XJ_OK : xj_public_keys_load(file, &keys, &r.text);
    if (err != XJ_OK)
        return give_up(&r, err);
    if (r.withdraw)
        xj_changes_raw(&r.changes, "keys", argv[1], xj_slice_of(NULL, 0));
    else
        xj_changes_keys(&r.changes, argv[1], &keys);
    return finish(&r);
}
#undef USAGE

#define USAGE "register status ID active|suspended|revoked [--reason TEXT] [--key FILE]"
static int cmd_status(struct xj_cli *cli, int argc, char **argv)
{
    struct request r = begin(cli);
    const char *reason = NULL;
    OPTIONS(COMMON, {.name = "reason", .value = &reason});
    if (rc != XJ_EXIT_OK)
        return rc;
    bool known = n == 2 && (strcmp(argv[2], "active") == 0 || strcmp(argv[2], "suspended") == 0 ||
                            strcmp(argv[2], "revoked") == 0);
    if (!known)
        return xj_usage(cli, USAGE);
    if (!id_ok(&r, argv[1]))
        return give_up(&r, XJ_ECONFIG);
    xj_changes_status(&r.changes, argv[1], argv[2], reason);
    return finish(&r);
}
#undef USAGE

#define USAGE "register counterpart ID ROLE SECTOR|any ID … [--key FILE] | register counterpart ID ROLE SECTOR|any --withdraw"
static int cmd_counterpart(struct xj_cli *cli, int argc, char **argv)
{
    struct request r = begin(cli);
    OPTIONS(COMMON);
    if (rc != XJ_EXIT_OK)
        return rc;
    if (n < 3 || (n == 3) != r.withdraw)
        return xj_usage(cli, USAGE);
    for (int i = 1; i <= n; i++)
        if ((i == 1 || i > 3) && !id_ok(&r, argv[i]))
            return give_up(&r, XJ_ECONFIG);
    if (!r.withdraw) {
        xj_changes_counterpart(&r.changes, argv[1], argv[2], argv[3], (const char *const *)&argv[4], (size_t)n - 3);
        return finish(&r);
    }
    char id[256];
    (void)snprintf(id, sizeof id, "%s/%s/%s", argv[1], argv[2], argv[3]);
    xj_changes_raw(&r.changes, "counterpart", id, xj_slice_of(NULL, 0));
    return finish(&r);
}
#undef USAGE

#define USAGE "register compromised ID --keys public.keys|--sign HEX --since DATE|INSTANT [--reason TEXT] [--key FILE] " \
    "| register compromised ID --keys …|--sign HEX --withdraw"
static int cmd_compromised(struct xj_cli *cli, int argc, char **argv)
{
    struct request r = begin(cli);
    const char *file = NULL, *hex = NULL, *since = NULL, *reason = NULL;
    struct xj_public_keys keys;
    int64_t since_ms = 0, end_ms;
    OPTIONS(COMMON, {.name = "keys", .value = &file}, {.name = "sign", .value = &hex},
            {.name = "since", .value = &since}, {.name = "reason", .value = &reason});
    if (rc != XJ_EXIT_OK)
        return rc;
    const bool dated = since != NULL && (xj_instant_parse(since, &since_ms) || xj_date_range_parse(since, &since_ms, &end_ms));
    if (n != 1 || (file == NULL) == (hex == NULL) || dated == r.withdraw ||
        (hex != NULL && (strlen(hex) != 64 || !xj_unhex(hex, keys.sign, 32))))
        return xj_usage(cli, USAGE);
    if (!id_ok(&r, argv[1]))
        return give_up(&r, XJ_ECONFIG);
    const enum xj_err err = file == NULL ? XJ_OK : xj_public_keys_load(file, &keys, &r.text);
    if (err != XJ_OK)
        return give_up(&r, err);
    if (!r.withdraw) {
        xj_changes_compromised(&r.changes, argv[1], keys.sign, since_ms, reason != NULL ? reason : "");
        return finish(&r);
    }
    char id[XJ_MAX_AGENCY_BYTES + 18];
    xj_compromised_id(argv[1], keys.sign, id);
    xj_changes_raw(&r.changes, "compromised", id, xj_slice_of(NULL, 0));
    return finish(&r);
}
#undef USAGE

#define USAGE                                                                                                                 \
    "register grant ID NAME --procedure P [--mode full|header] [--division PREFIX] [--act ACT …] [--agency ID …] [--key FILE]" \
    " | register grant ID NAME --withdraw"
static int cmd_grant(struct xj_cli *cli, int argc, char **argv)
{
    struct request r = begin(cli);
    struct xj_grant_spec g = {.mode = "full", .division = ""};
    struct xj_option_list acts = {.count = 0}, agencies = {.count = 0};
    OPTIONS(COMMON, {.name = "procedure", .value = &g.procedure}, {.name = "mode", .value = &g.mode},
            {.name = "division", .value = &g.division}, {.name = "act", .list = &acts}, {.name = "agency", .list = &agencies});
    const char *act_names[XJ_OPTION_LIST_MAX + 1] = {NULL}, *agency_ids[XJ_OPTION_LIST_MAX + 1] = {NULL};
    if (rc != XJ_EXIT_OK)
        return rc;
    if (n != 2 || (g.procedure == NULL) != r.withdraw || (strcmp(g.mode, "full") != 0 && strcmp(g.mode, "header") != 0))
        return xj_usage(cli, USAGE);
    if (!id_ok(&r, argv[1]))
        return give_up(&r, XJ_ECONFIG);
    memcpy(act_names, acts.at, acts.count * sizeof *act_names);
    memcpy(agency_ids, agencies.at, agencies.count * sizeof *agency_ids);
    g.agency = argv[1];
    g.name = argv[2];
    g.acts = act_names;
    g.agencies = agency_ids;
    if (!r.withdraw) {
        xj_changes_grant(&r.changes, &g);
        return finish(&r);
    }
    char id[256];
    (void)snprintf(id, sizeof id, "%s/%s", argv[1], argv[2]);
    xj_changes_raw(&r.changes, "grant", id, xj_slice_of(NULL, 0));
    return finish(&r);
}
#undef USAGE

static bool agency_is_there(const json_t *answer, const char *id)
{
    const json_t *one;
    size_t i;
    json_array_foreach(json_object_get(answer, "agencies"), i, one)
        if (strcmp(json_string_value(json_object_get(one, "id")), id) == 0)
            return true;
    return false;
}

/* Both must be in the register: a successor that is not there is none (spec 06, 8). */
static int both_known(struct request *r, const char *const ids[2])
{
    int rc;
    json_t *answer = NULL;
    struct xj_client *client = xj_cli_client(r->cli, &rc);
    if (client != NULL)
        rc = xj_cli_call(r->cli, client, "GET", "/api/agencies", NULL, &answer);
    for (size_t i = 0; rc == XJ_EXIT_OK && i < 2; i++)
        if (!agency_is_there(answer, ids[i])) {
            xj_tell(r->cli, "%s：登记簿中没有这个机关", "%s: the register has no such agency", ids[i]);
            rc = XJ_EXIT_NOT_FOUND;
        }
    json_decref(answer);
    xj_client_close(client);
    return rc;
}

#define USAGE "register succeed OLD NEW [--at DATE|INSTANT] [--key FILE] | register succeed OLD --withdraw"
static int cmd_succeed(struct xj_cli *cli, int argc, char **argv)
{
    struct request r = begin(cli);
    const char *at = NULL;
    int64_t at_ms = cli->env->now_ms(cli->env->ctx), end_ms;
    OPTIONS(COMMON, {.name = "at", .value = &at});
    if (rc != XJ_EXIT_OK)
        return rc;
    bool dated = at == NULL || xj_instant_parse(at, &at_ms) || xj_date_range_parse(at, &at_ms, &end_ms);
    if (n != (r.withdraw ? 1 : 2) || !dated || (n == 2 && strcmp(argv[1], argv[2]) == 0))
        return xj_usage(cli, USAGE);
    for (int i = 1; i <= n; i++)
        if (!id_ok(&r, argv[i]))
            return give_up(&r, XJ_ECONFIG);
    if (r.withdraw) {
        xj_changes_raw(&r.changes, "succeeded_by", argv[1], xj_slice_of(NULL, 0));
        return finish(&r);
    }
    rc = both_known(&r, (const char *const[2]){argv[1], argv[2]});
    if (rc != XJ_EXIT_OK) {
        xj_buf_free(&r.text);
        return rc;
    }
    xj_changes_succession(&r.changes, argv[1], argv[2], at_ms);
    return finish(&r);
}
#undef USAGE

static bool read_ids(const struct xj_option_list *list, struct xj_id *ret)
{
    for (size_t i = 0; i < list->count; i++)
        if (!xj_id_parse(list->at[i], &ret[i]))
            return false;
    return true;
}

#define USAGE                                                                                                                 \
    "register order destroy|restrict --number NUMBER --basis TEXT --organ ID [--date DATE] --case ID | --message ID … [--key FILE]" \
    " | register order ORDER --withdraw"
static int cmd_order(struct xj_cli *cli, int argc, char **argv)
{
    struct request r = begin(cli);
    struct xj_order_spec o = {.id = NULL};
    struct xj_option_list list = {.count = 0};
    const char *date = NULL, *of_case = NULL;
    struct xj_id case_id, fresh, messages[XJ_OPTION_LIST_MAX];
    char id[2 * XJ_ID_SIZE + 1];
    const int64_t now_ms = cli->env->now_ms(cli->env->ctx);
    OPTIONS(COMMON, {.name = "number", .value = &o.number}, {.name = "basis", .value = &o.basis}, {.name = "organ", .value = &o.organ},
            {.name = "date", .value = &date}, {.name = "case", .value = &of_case}, {.name = "message", .list = &list});
    if (rc != XJ_EXIT_OK)
        return rc;
    if (r.withdraw && n == 1) {
        xj_changes_raw(&r.changes, "order", argv[1], xj_slice_of(NULL, 0));
        return finish(&r);
    }
    bool kind = n == 1 && (strcmp(argv[1], "destroy") == 0 || strcmp(argv[1], "restrict") == 0);
    if (!kind || r.withdraw || o.number == NULL || o.basis == NULL || o.organ == NULL || (of_case == NULL) == (list.count == 0) ||
        (of_case != NULL && !xj_id_parse(of_case, &case_id)) || !read_ids(&list, messages))
        return xj_usage(cli, USAGE);
    o.date = xj_day_of_ms(now_ms);
    if (date != NULL && !xj_date_parse(date, &o.date))
        return xj_usage(cli, USAGE);
    if (!id_ok(&r, o.organ))
        return give_up(&r, XJ_ECONFIG);
    enum xj_err err = xj_id_new(now_ms, &fresh);
    if (err != XJ_OK)
        return give_up(&r, err);
    xj_hex(fresh.b, XJ_ID_SIZE, id);
    o.id = id;
    o.kind = argv[1];
    o.case_id = of_case != NULL ? &case_id : NULL;
    o.messages = messages;
    o.message_count = list.count;
    xj_changes_order(&r.changes, &o);
    return finish(&r);
}
#undef USAGE

#define USAGE "register calendar FILE.json [--key FILE] (no FILE: the national calendar that is installed)"
static int cmd_calendar(struct xj_cli *cli, int argc, char **argv)
{
    struct request r = begin(cli);
    struct xj_calendar cal = {.name = NULL};
    OPTIONS(COMMON);
    if (rc != XJ_EXIT_OK)
        return rc;
    if (n > 1 || r.withdraw)
        return xj_usage(cli, USAGE);
    enum xj_err err = n == 1 ? xj_calendar_load(argv[1], &cal, &r.text) : xj_calendar_builtin(&cal, &r.text);
    if (err != XJ_OK)
        return give_up(&r, err);
    xj_changes_calendar(&r.changes, &cal);
    xj_calendar_free(&cal);
    return finish(&r);
}
#undef USAGE

#define USAGE "register standards FILE.json [--key FILE] (no FILE: the national filing standards that are installed)"
static int cmd_standards(struct xj_cli *cli, int argc, char **argv)
{
    struct request r = begin(cli);
    struct xj_standards st;
    OPTIONS(COMMON);
    if (rc != XJ_EXIT_OK)
        return rc;
    if (n > 1 || r.withdraw)
        return xj_usage(cli, USAGE);
    enum xj_err err = n == 1 ? xj_standards_load(argv[1], &st, &r.text) : xj_standards_builtin(&st, &r.text);
    if (err != XJ_OK)
        return give_up(&r, err);
    xj_changes_standards(&r.changes, &st);
    xj_standards_free(&st);
    return finish(&r);
}
#undef USAGE

#define USAGE "register procedure FILE.yaml [--overlay FILE] [--effective YYYY-MM-DD] [--key FILE]"
static int cmd_procedure(struct xj_cli *cli, int argc, char **argv)
{
    struct request r = begin(cli);
    const char *overlay = NULL, *effective = NULL;
    OPTIONS(COMMON, {.name = "overlay", .value = &overlay}, {.name = "effective", .value = &effective});
    if (rc != XJ_EXIT_OK)
        return rc;
    int64_t from_ms = cli->env->now_ms(cli->env->ctx);
    if (n != 1 || r.withdraw || (effective != NULL && !xj_instant_parse(effective, &from_ms)))
        return xj_usage(cli, USAGE);
    rc = xj_oldproc_change(cli, &r.changes, argv[1], overlay, from_ms);
    if (rc == XJ_EXIT_OK)
        return finish(&r);
    xj_changes_free(&r.changes);
    xj_buf_free(&r.text);
    return rc;
}
#undef USAGE

static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? strdup(".") : strndup(path, slash > path ? (size_t)(slash - path) : 1);
}

static enum xj_err read_batch(struct request *r, const char *path)
{
    struct xj_buf file;
    enum xj_err err = xj_file_read(path, BATCH_BYTES, &file);
    if (err != XJ_OK) {
        xj_buf_addf(&r->text, "读不了：%s / cannot read: %s\n", path, path);
        return err;
    }
    json_t *batch = xj_json_in(xj_buf_slice(&file), path, &r->text);
    xj_buf_free(&file);
    if (batch == NULL)
        return XJ_EMALFORMED;
    char *dir = directory_of(path);
    err = dir != NULL ? xj_changes_read(&r->changes, batch, dir, &r->text) : XJ_ENOMEM;
    free(dir);
    json_decref(batch);
    return err;
}

#define USAGE "register batch FILE.json [--key FILE]"
static int cmd_batch(struct xj_cli *cli, int argc, char **argv)
{
    struct request r = begin(cli);
    OPTIONS(COMMON);
    if (rc != XJ_EXIT_OK)
        return rc;
    if (n != 1 || r.withdraw)
        return xj_usage(cli, USAGE);
    enum xj_err err = read_batch(&r, argv[1]);
    if (err != XJ_OK)
        return give_up(&r, err);
    if ((rc = xj_oldproc_prove(cli, &r.changes, &r.text)) == XJ_EXIT_OK)
        return finish(&r);
    xj_changes_free(&r.changes);
    xj_buf_free(&r.text);
    return rc;
}
#undef USAGE

static const struct {
    const char *name;
    int (*run)(struct xj_cli *cli, int argc, char **argv);
} forms[] = {{"agency", cmd_agency},       {"keys", cmd_keys},           {"status", cmd_status},       {"compromised", cmd_compromised},
             {"counterpart", cmd_counterpart}, {"grant", cmd_grant},     {"calendar", cmd_calendar},
             {"standards", cmd_standards},     {"succeed", cmd_succeed},   {"order", cmd_order},
             {"procedure", cmd_procedure}, {"batch", cmd_batch},         {"certificates", xj_register_certificates},
             {"entrustments", xj_register_entrustments}, {"show", xj_registrar_show}};

int xj_cmd_register(struct xj_cli *cli, int argc, char **argv)
{
    for (size_t i = 0; argc >= 2 && i < sizeof forms / sizeof forms[0]; i++)
        if (strcmp(forms[i].name, argv[1]) == 0)
            return forms[i].run(cli, argc - 1, argv + 1);
    return xj_usage(cli, "register agency|keys|status|compromised|counterpart|succeed|grant|order|"
                    "calendar|standards|procedure|batch|certificates|entrustments|show …");
}
