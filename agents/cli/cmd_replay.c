/* `xianjie replay [--json] [--keep DIR] [--city DIR] FILE…`. Spec: spec/11-replay.md. */
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/cli/options.h"
#include "agents/cli/replay_ledger.h"
#include "agents/cli/replay_print.h"
#include "agents/cli/replay_run.h"

#define USAGE "replay [--json] [--keep DIR] [--city DIR] FILE…"
#define FILES_MAX 4096
#define SCRATCH_TRIES 3

#define OVERSEER "370800-jcy"
static const struct xj_agency_spec standing[] = {
    {.id = "370800-sfj", .name = "济宁市司法局", .role = "justice", .connected = true},
    {.id = "370800-scjgj", .name = "济宁市市场监督管理局", .role = "bureau", .sector = "market", .connected = true},
    {.id = "370800-gaj", .name = "济宁市公安局", .role = "police", .connected = true},
    {.id = OVERSEER, .name = "济宁市人民检察院", .role = "procuratorate", .connected = true},
    {.id = "370800-fy", .name = "济宁市中级人民法院", .role = "court", .connected = true},
    {.id = "370800-jw", .name = "济宁市监察委员会", .role = "supervisory", .connected = true},
};

struct replay {
    struct xj_cli *cli;
    struct xj_replay_law law;
    struct xj_replay_case *cases;
    struct xj_replay_plan *plans;
    size_t count;
    struct xj_city *city;
    struct xj_replay_stage stage;
    struct xj_buf text;
    char scratch[64]; /* "" when the directory stays */
    bool ours;        /* the city is this replay's own: stopped at the end */
    json_t *results;
    unsigned refused;
    bool broken;
};

/* Says what went wrong. Exit code 3 is kept for refused events: everything else unforeseen is 1. */
static int fail(struct replay *r, enum xj_err err)
{
    (void)xj_fail(r->cli, err, &r->text);
    return XJ_EXIT_WORLD;
}

/* ---- the files, before any process ---- */

/* Every file is read and planned before a city is made: a file that is none is the user's to mend, and nothing has run. */
static int read_files(struct replay *r, char **paths, size_t count)
{
    enum xj_err err = xj_replay_law_load(&r->law, &r->text);
    r->cases = calloc(count, sizeof *r->cases);
    r->plans = calloc(count, sizeof *r->plans);
    if (err == XJ_OK && (r->cases == NULL || r->plans == NULL))
        err = XJ_ENOMEM;
    if (err != XJ_OK)
        return fail(r, err);
    for (size_t i = 0; err == XJ_OK && i < count; i++) {
        r->count = i + 1;
        err = xj_replay_read_file(paths[i], &r->cases[i], &r->text);
        if (err == XJ_OK)
            err = xj_replay_plan_make(&r->cases[i], r->law.table, &r->plans[i], &r->text);
    }
    if (err == XJ_OK)
        return XJ_EXIT_OK;
    return err == XJ_ENOMEM || err == XJ_EIO ? fail(r, err) : xj_fail(r->cli, XJ_ECONFIG, &r->text);
}

/* ---- the city ---- */

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

/* A scratch city lies in memory where there is some: nothing of it is meant to last. The name is short, for the path of a
 * socket has 107 bytes. */
static enum xj_err scratch_dir(struct replay *r)
{
    static const char *const places[SCRATCH_TRIES] = {"/dev/shm", "/tmp", "/var/tmp"};
    for (size_t i = 0; i < SCRATCH_TRIES; i++) {
        snprintf(r->scratch, sizeof r->scratch, "%s/xianjie-replay-XXXXXX", places[i]);
        if (access(places[i], W_OK) == 0 && mkdtemp(r->scratch) != NULL)
            return XJ_OK;
    }
    r->scratch[0] = '\0';
    xj_buf_add_str(&r->text, "没有地方建立临时目录 / there is nowhere to make a scratch directory\n");
    return XJ_EIO;
}

/* The procuratorate sees every open act, as in a real city: what one agency sees alone shows too little. */
static enum xj_err grant_whole_flow(struct replay *r)
{
    const struct xj_grant_spec grant = {.agency = OVERSEER, .name = "whole_flow", .procedure = r->law.model->name.id, .division = "",
                                        .mode = "full"};
    struct xj_changes changes;
    xj_changes_init(&changes);
    xj_changes_grant(&changes, &grant);
    enum xj_err err = changes.err;
    if (err == XJ_OK)
        err = xj_city_register(r->city, &changes, &r->text);
    xj_changes_free(&changes);
    return err;
}

static enum xj_err make_city(struct replay *r, const char *keep)
{
    const struct xj_city_spec spec = {.division = "370800", .name = "济宁市", .registrar = standing[0].id, .agencies = standing,
                                      .agency_count = sizeof standing / sizeof standing[0], .volatile_ok = true};
    enum xj_err err = keep == NULL ? scratch_dir(r) : XJ_OK;
    r->ours = true;
    if (err == XJ_OK)
        err = xj_city_make(&spec, keep != NULL ? keep : r->scratch, NULL, &r->city, &r->text);
    if (err == XJ_OK)
        err = xj_city_start(r->city, XJ_CITY_CHILDREN, 0, &r->text);
    return err == XJ_OK ? grant_whole_flow(r) : err;
}

static enum xj_err open_city(struct replay *r, const char *dir, const char *keep)
{
    enum xj_err err = dir != NULL ? xj_city_open(dir, NULL, &r->city, &r->text) : make_city(r, keep);
    if (err == XJ_OK && (!xj_city_runs(r->city, "exchange") || !xj_city_runs(r->city, xj_city_registrar(r->city)))) {
        xj_buf_add_str(&r->text, "这座城市没有在运行 / this city does not run\n");
        err = XJ_ESTATE;
    }
    return err == XJ_OK ? xj_replay_stage_open(r->city, &r->law, &r->stage) : err;
}

/* ---- playing ---- */

static int play(struct replay *r, const struct xj_replay_plan *plan)
{
    json_t *result = NULL, *act;
    size_t i;
    const enum xj_err err = xj_replay_play(&r->stage, plan, &result, &r->text);
    if (result == NULL)
        return fail(r, err == XJ_OK ? XJ_ENOMEM : err);
    if (err != XJ_OK) {
        r->broken = true; /* said below with the case, and at the end */
        xj_tell(r->cli, "%s：%s", "%s: %s", plan->source->id, r->text.n > 0 ? xj_buf_cstr(&r->text) : xj_err_name(err));
        xj_buf_reset(&r->text);
    }
    json_array_foreach(json_object_get(result, "acts"), i, act)
        r->refused += strcmp(json_string_value(json_object_get(act, "status")), "refused") == 0;
    if (json_array_append_new(r->results, result) != 0)
        return fail(r, XJ_ENOMEM);
    if (!r->cli->json)
        xj_replay_print(r->cli, result);
    return XJ_EXIT_OK;
}

/* ---- the ledgers ---- */

static bool among(const json_t *list, const char *agency)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), agency) == 0)
            return true;
    return false;
}

/* What the agency's ledger should hold of all cases, ascending by seq: one case is played after the other. */
static size_t expected(const json_t *results, const char *agency, struct xj_replay_expected *out)
{
    size_t i, k, n = 0;
    const json_t *result, *act;
    json_array_foreach(results, i, result)
        json_array_foreach(json_object_get(result, "acts"), k, act)
        {
            const json_t *seq = json_object_get(act, "seq");
            const bool own = strcmp(json_string_value(json_object_get(act, "from")), agency) == 0;
            if (!json_is_integer(seq) || (!own && !among(json_object_get(act, "to"), agency)))
                continue;
            if (out != NULL) {
                out[n] = (struct xj_replay_expected){.seq = (uint64_t)json_integer_value(seq), .own = own};
                (void)xj_id_parse(json_string_value(json_object_get(act, "id")), &out[n].id);
            }
            n++;
        }
    return n;
}

/* A running agent's ledger is not to be opened: it makes a copy of it. */
static enum xj_err copy_running(struct replay *r, const char *agency, const char *path)
{
    long status = 0;
    json_t *answer = NULL, *body = json_pack("{s:s}", "path", path);
    (void)remove(path);
    const enum xj_err err = xj_city_call(r->city, agency, "POST", "/api/snapshot", body, &status, &answer, &r->text);
    json_decref(body);
    json_decref(answer);
    return err == XJ_OK && status != 200 ? XJ_EIO : err;
}

static json_t *check_ledger(struct replay *r, const char *agency)
{
    char path[4096];
    const bool runs = xj_city_runs(r->city, agency);
    const size_t count = expected(r->results, agency, NULL);
    struct xj_replay_ledger l = {.entries = 0};
    struct xj_replay_expected *acts = calloc(count + 1, sizeof *acts);
    snprintf(path, sizeof path, "%s/%s", xj_city_data(r->city, agency), runs ? "replay-copy.db" : "ledger.db");
    enum xj_err err = acts == NULL ? XJ_ENOMEM : runs ? copy_running(r, agency, path) : XJ_OK;
    if (err == XJ_OK) {
        (void)expected(r->results, agency, acts);
        err = xj_replay_ledger_check(path, agency, xj_city_root_key(r->city), acts, count, &l, &r->text);
    }
    if (runs)
        (void)remove(path);
    free(acts);
    r->broken |= err != XJ_OK || !l.verified || !l.complete;
    return json_pack("{s:I, s:b, s:b, s:s}", "entries", (json_int_t)l.entries, "verified", err == XJ_OK && l.verified, "complete",
                     err == XJ_OK && l.complete, "why", err == XJ_OK ? l.why : xj_err_name(err));
}

/* Every ledger that took part, once each, told under each case it was in. */
static void check_ledgers(struct replay *r)
{
    json_t *known = json_object(), *result, *name;
    const char *agency;
    size_t i;
    json_array_foreach(r->results, i, result)
        json_object_foreach(json_object_get(result, "agencies"), agency, name)
        {
            if (json_object_get(known, agency) == NULL)
                json_object_set_new(known, agency, check_ledger(r, agency));
            json_object_set(json_object_get(result, "ledgers"), agency, json_object_get(known, agency));
        }
    json_decref(known);
}

/* ---- the command ---- */

static void clean_up(struct replay *r)
{
    xj_replay_stage_free(&r->stage);
    xj_city_close(r->city);
    for (size_t i = 0; i < r->count; i++) {
        xj_replay_plan_free(&r->plans[i]);
        xj_replay_case_free(&r->cases[i]);
    }
    free(r->plans);
    free(r->cases);
    xj_replay_law_free(&r->law);
    json_decref(r->results);
    xj_buf_free(&r->text);
    if (r->scratch[0] != '\0')
        nftw(r->scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int finish(struct replay *r, int rc)
{
    if (r->ours && r->city != NULL && xj_city_stop(r->city, &r->text) != XJ_OK)
        r->broken = true;
    if (rc == XJ_EXIT_OK) {
        check_ledgers(r);
        if (r->cli->json)
            xj_cli_print_json(r->cli, json_array_size(r->results) == 1 ? json_array_get(r->results, 0) : r->results);
        else
            xj_replay_summary(r->cli, r->results, r->broken);
        rc = r->broken ? XJ_EXIT_WORLD : r->refused > 0 ? XJ_EXIT_REFUSED : XJ_EXIT_OK;
    }
    clean_up(r);
    return rc;
}

/* A scratch city must not stay behind in memory when somebody breaks off: the signal waits until it is gone, then has its
 * usual effect. Replaying looks for it between events; children start with an empty mask. */
static void hold_signals(sigset_t *ret_before)
{
    sigset_t held;
    (void)sigemptyset(&held);
    (void)sigaddset(&held, SIGINT);
    (void)sigaddset(&held, SIGTERM);
    (void)sigaddset(&held, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &held, ret_before);
}

static int replay_files(struct replay *r, char **paths, size_t count, const char *city, const char *keep)
{
    sigset_t before;
    int rc = read_files(r, paths, count);
    hold_signals(&before);
    if (rc == XJ_EXIT_OK) {
        const enum xj_err err = open_city(r, city, keep);
        rc = err == XJ_OK ? XJ_EXIT_OK : fail(r, err);
    }
    for (size_t i = 0; rc == XJ_EXIT_OK && i < r->count; i++)
        rc = play(r, &r->plans[i]);
    rc = finish(r, rc);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return rc;
}

int xj_cmd_replay(struct xj_cli *cli, int argc, char **argv)
{
    const char *keep = NULL, *city = NULL;
    bool json = false;
    int n;
    const struct xj_option options[] = {{.name = "keep", .value = &keep}, {.name = "city", .value = &city}, {.name = "json", .flag = &json}};
    int rc = xj_options(cli, argc, argv, options, 3, USAGE, &n);
    if (rc != XJ_EXIT_OK)
        return rc;
    if (n < 1 || n > FILES_MAX || (keep != NULL && city != NULL))
        return xj_usage(cli, USAGE);
    cli->json |= json;
    struct replay r = {.cli = cli, .results = json_array()};
    xj_buf_init(&r.text, 256 * 1024);
    return replay_files(&r, argv + 1, (size_t)n, city, keep);
}
