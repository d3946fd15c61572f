/* `xianjie replay [--json] [--keep DIR] [--city DIR] FILE…`. Spec: spec/11-replay.md. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/cli/options.h"
#include "agents/cli/replay_print.h"
#include "agents/cli/replay_run.h"
#include "schema/ledger/verify.h"

#define USAGE "replay [--json] [--keep DIR] [--city DIR] FILE…"
#define FILES_MAX 4096

static const struct xj_agency_spec standing[] = {
    {.id = "370800-sfj", .name = "济宁市司法局", .role = "justice", .connected = true},
    {.id = "370800-scjgj", .name = "济宁市市场监督管理局", .role = "bureau", .sector = "market", .connected = true},
    {.id = "370800-gaj", .name = "济宁市公安局", .role = "police", .connected = true},
    {.id = "370800-jcy", .name = "济宁市人民检察院", .role = "procuratorate", .connected = true},
    {.id = "370800-fy", .name = "济宁市中级人民法院", .role = "court", .connected = true},
    {.id = "370800-jw", .name = "济宁市监察委员会", .role = "supervisory", .connected = true},
};

struct replay {
    struct xj_cli *cli;
    struct xj_city *city;
    struct xj_replay_stage stage;
    struct xj_buf text;
    char scratch[64]; /* "" when the directory stays */
    bool ours;        /* the city is this replay's own: stopped at the end */
    json_t *results;
    unsigned refused;
    bool broken;
};

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

/* A scratch city lies in memory where there is some: nothing of it is meant to last. */
static enum xj_err make_city(struct replay *r, const char *keep)
{
    char dir[64];
    if (keep == NULL) {
        snprintf(r->scratch, sizeof r->scratch, "%s/xianjie-replay-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        if (mkdtemp(r->scratch) == NULL)
            return XJ_EIO;
        snprintf(dir, sizeof dir, "%s", r->scratch);
        keep = dir;
    }
    const struct xj_city_spec spec = {.division = "370800", .name = "济宁市", .registrar = standing[0].id, .agencies = standing,
                                      .agency_count = sizeof standing / sizeof standing[0], .volatile_ok = true};
    r->ours = true;
    enum xj_err err = xj_city_make(&spec, keep, NULL, &r->city, &r->text);
    return err == XJ_OK ? xj_city_start(r->city, XJ_CITY_CHILDREN, 0, &r->text) : err;
}

static enum xj_err open_city(struct replay *r, const char *city, const char *keep)
{
    enum xj_err err = city != NULL ? xj_city_open(city, NULL, &r->city, &r->text) : make_city(r, keep);
    return err == XJ_OK ? xj_replay_stage_open(r->city, &r->stage, &r->text) : err;
}

/* Plays one file. A file that is no case file is the user's to mend; everything else unforeseen ends the replay. */
static int play_file(struct replay *r, const char *path)
{
    struct xj_replay_case c;
    json_t *result = NULL, *act;
    size_t i;
    if (xj_replay_read_file(path, &c, &r->text) != XJ_OK)
        return xj_fail(r->cli, XJ_ECONFIG, &r->text);
    const enum xj_err err = xj_replay_play(&r->stage, &c, &result, &r->text);
    xj_replay_case_free(&c);
    if (result == NULL)
        return xj_fail(r->cli, err == XJ_EMALFORMED || err == XJ_ELIMIT ? XJ_ECONFIG : err, &r->text);
    r->broken |= err != XJ_OK;
    json_array_foreach(json_object_get(result, "acts"), i, act)
        r->refused += strcmp(json_string_value(json_object_get(act, "status")), "refused") == 0;
    json_array_append_new(r->results, result);
    if (!r->cli->json)
        xj_replay_print(r->cli, result);
    return XJ_EXIT_OK;
}

static json_t *verify_one(struct replay *r, const char *agency)
{
    char path[4096];
    struct xj_verify_summary s = {0};
    snprintf(path, sizeof path, "%s/ledger.db", xj_city_data(r->city, agency));
    const enum xj_err err = xj_verify_file(path, xj_city_root_key(r->city), NULL, NULL, &s);
    r->broken |= err != XJ_OK || !s.ok;
    return json_pack("{s:I, s:b}", "entries", (json_int_t)s.entries, "verified", err == XJ_OK && s.ok);
}

/* Every ledger that took part, closed, through the verifier: once each, told under each case it was in. */
static void verify_all(struct replay *r)
{
    json_t *known = json_object(), *result;
    size_t i;
    json_array_foreach(r->results, i, result)
    {
        json_t *ledgers = json_object(), *name;
        const char *agency;
        json_object_foreach(json_object_get(result, "agencies"), agency, name)
        {
            if (xj_city_runs(r->city, agency)) /* a standing agency of a city that goes on: not closed, not looked into */
                continue;
            if (json_object_get(known, agency) == NULL)
                json_object_set_new(known, agency, verify_one(r, agency));
            json_object_set(ledgers, agency, json_object_get(known, agency));
        }
        json_object_set_new(result, "ledgers", ledgers);
    }
    json_decref(known);
}

static int finish(struct replay *r, int rc)
{
    if (r->ours && r->city != NULL && xj_city_stop(r->city, &r->text) != XJ_OK)
        r->broken = true;
    if (rc == XJ_EXIT_OK)
        verify_all(r);
    if (rc == XJ_EXIT_OK && r->cli->json)
        xj_cli_print_json(r->cli, json_array_size(r->results) == 1 ? json_array_get(r->results, 0) : r->results);
    else if (rc == XJ_EXIT_OK)
        xj_replay_summary(r->cli, r->results, r->broken);
    xj_replay_stage_free(&r->stage);
    xj_city_close(r->city);
    json_decref(r->results);
    xj_buf_free(&r->text);
    if (r->scratch[0])
        nftw(r->scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (rc != XJ_EXIT_OK)
        return rc;
    return r->broken ? XJ_EXIT_WORLD : r->refused > 0 ? XJ_EXIT_REFUSED : XJ_EXIT_OK;
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
    const enum xj_err err = open_city(&r, city, keep);
    rc = err == XJ_OK ? XJ_EXIT_OK : xj_fail(cli, err, &r.text);
    for (int i = 1; rc == XJ_EXIT_OK && i <= n; i++)
        rc = play_file(&r, argv[i]);
    return finish(&r, rc);
}
