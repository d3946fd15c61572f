/* `case share`: every act of a case, or of all open cases, handed to an agency that was no reader of them: to a court, or, when this
 * agency is succeeded, to who holds its cases from now on. Spec: spec/10-api.md, section 4; spec/09-fold.md, section 10.3. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/cli/look.h"
#include "agents/cli/options.h"

#define USAGE "case share ID|--all-open --to AGENCY [--drafted-by NAME] --approved-by NAME | case share --asked [--drafted-by NAME] --approved-by NAME"
#define WAIT_MS 20000

struct handover {
    struct xj_cli *cli;
    struct xj_client *client;
    const char *to, *approved_by, *drafted_by;
    char agency[64]; /* this one */
    json_t *report;  /* one element a case */
    size_t shared, refused;
};

/* ---- what is to be handed over ---- */

static bool listed(const json_t *list, const char *agency)
{
    const json_t *one;
    size_t i;
    json_array_foreach(list, i, one)
        if (strcmp(xj_look_str(one, "agency"), agency) == 0)
            return true;
    return false;
}

/* Whether the act has the agency among its parties, so that it holds it. */
static bool holds(const json_t *a, const char *agency)
{
    return strcmp(xj_look_str(a, "from"), agency) == 0 || listed(json_object_get(a, "to"), agency) ||
           listed(json_object_get(a, "joint"), agency);
}

/* The id that the act shares, or "". */
static const char *shares(const json_t *a)
{
    const json_t *one;
    size_t i;
    json_array_foreach(json_object_get(a, "relates"), i, one)
        if (strcmp(xj_look_str(one, "relation"), "shares") == 0)
            return xj_look_str(one, "id");
    return "";
}

static bool shared_before(const json_t *acts, const char *id, const char *to)
{
    const json_t *a;
    size_t i;
    json_array_foreach(acts, i, a)
        if (strcmp(shares(a), id) == 0 && holds(a, to))
            return true;
    return false;
}

/* What came by a share goes on by sharing that; what this agency shared itself is no history of the case. */
static bool wanted(const struct handover *h, const json_t *acts, const json_t *a)
{
    const bool own_share = *shares(a) != '\0' && strcmp(xj_look_str(a, "from"), h->agency) == 0;
    return !json_is_object(json_object_get(a, "shared_by")) && !own_share && !holds(a, h->to) &&
           !shared_before(acts, xj_look_str(a, "id"), h->to);
}

/* ---- one act, one case ---- */

static int share_act(struct handover *h, const char *case_id, const json_t *a, json_t *report)
{
    json_t *answer = NULL;
    json_t *request = json_pack("{s:s, s:s, s:[s], s:[{s:s, s:s}], s:{s:s, s:s}, s:i}", "act", xj_look_str(a, "act"), "case", case_id,
                                "principals", h->to, "relates", "relation", "shares", "id", xj_look_str(a, "id"), "body", "drafted_by",
                                h->drafted_by, "approved_by", h->approved_by, "wait_ms", WAIT_MS);
    int rc = request != NULL ? xj_cli_call(h->cli, h->client, "POST", "/api/acts", request, &answer) : XJ_EXIT_WORLD;
    const bool refused = rc == XJ_EXIT_REFUSED || strcmp(xj_look_str(answer, "status"), "refused") == 0;
    if (refused) {
        xj_tell(h->cli, "未能转交：%s %s", "not handed on: %s %s", xj_look_str(a, h->cli->zh ? "zh" : "act"), xj_look_str(a, "id"));
        json_array_append_new(json_object_get(report, "refused"), json_string(xj_look_str(a, "id")));
        h->refused++;
        rc = XJ_EXIT_OK; /* the others all the same */
    } else if (rc == XJ_EXIT_OK) {
        json_array_append_new(json_object_get(report, "shared"), json_string(xj_look_str(a, "id")));
        h->shared++;
    }
    json_decref(answer);
    json_decref(request);
    return rc;
}

static int share_case(struct handover *h, const char *id)
{
    char path[128];
    json_t *j = NULL;
    const json_t *a;
    size_t i;
    snprintf(path, sizeof path, "/api/cases/%.64s", id);
    int rc = xj_cli_call(h->cli, h->client, "GET", path, NULL, &j);
    json_t *report = json_pack("{s:s, s:[], s:[]}", "case", id, "shared", "refused");
    const json_t *acts = json_object_get(j, "acts");
    if (rc == XJ_EXIT_OK)
        json_array_foreach(acts, i, a)
            if (rc == XJ_EXIT_OK && wanted(h, acts, a))
                rc = share_act(h, id, a, report);
    if (rc == XJ_EXIT_OK && !h->cli->json)
        fprintf(h->cli->out, "%s  %zu  %s\n", id, json_array_size(json_object_get(report, "shared")), xj_look_str(j, "title"));
    json_array_append_new(h->report, report);
    json_decref(j);
    return rc;
}

/* By pages of the newest first; the shares that a page makes move only cases that were on it. */
static int share_all_open(struct handover *h)
{
    json_t *ids = json_array();
    json_int_t after = 0;
    int rc = XJ_EXIT_OK;
    for (bool more = true; more && rc == XJ_EXIT_OK;) {
        char path[128];
        json_t *page = NULL;
        const json_t *c;
        size_t i;
        snprintf(path, sizeof path, "/api/cases?limit=500&open=1&after=%lld", (long long)after);
        rc = xj_cli_call(h->cli, h->client, "GET", path, NULL, &page);
        json_array_foreach(json_object_get(page, "cases"), i, c)
            json_array_append(ids, json_object_get(c, "id"));
        more = json_is_integer(json_object_get(page, "next"));
        after = json_integer_value(json_object_get(page, "next"));
        json_decref(page);
    }
    for (size_t i = 0; rc == XJ_EXIT_OK && i < json_array_size(ids); i++)
        rc = share_case(h, json_string_value(json_array_get(ids, i)));
    json_decref(ids);
    return rc;
}

/* What later grants ask for (spec 06, 5), each with whom asks. */
static int share_asked(struct handover *h)
{
    json_t *j = NULL;
    const json_t *a;
    size_t i;
    int rc = xj_cli_call(h->cli, h->client, "GET", "/api/asks", NULL, &j);
    json_array_foreach(json_object_get(j, "asks"), i, a) {
        json_t *report = json_pack("{s:s, s:[], s:[]}", "case", xj_look_str(a, "case"), "shared", "refused");
        h->to = xj_look_str(json_object_get(a, "by"), "agency");
        if (rc == XJ_EXIT_OK)
            rc = share_act(h, xj_look_str(a, "case"), a, report);
        json_array_append_new(h->report, report);
    }
    json_decref(j);
    return rc;
}

static int run(struct handover *h, const char *id, bool asked)
{
    json_t *status = NULL;
    int rc = xj_cli_call(h->cli, h->client, "GET", "/api/status", NULL, &status);
    snprintf(h->agency, sizeof h->agency, "%s", xj_look_str(status, "agency"));
    json_decref(status);
    if (rc == XJ_EXIT_OK)
        rc = asked ? share_asked(h) : id != NULL ? share_case(h, id) : share_all_open(h);
    if (h->cli->json)
        xj_cli_print_json(h->cli, h->report);
    else if (rc == XJ_EXIT_OK)
        xj_print(h->cli, "已转交 %zu 件，被拒绝 %zu 件\n", "%zu acts handed on, %zu refused\n", h->shared, h->refused);
    return rc == XJ_EXIT_OK && h->refused > 0 ? XJ_EXIT_REFUSED : rc;
}

int xj_cmd_case_share(struct xj_cli *cli, int argc, char **argv)
{
    struct handover h = {.cli = cli};
    bool all_open = false, asked = false;
    int n;
    const struct xj_option options[] = {{.name = "to", .value = &h.to}, {.name = "all-open", .flag = &all_open},
                                        {.name = "asked", .flag = &asked},
                                        {.name = "approved-by", .value = &h.approved_by}, {.name = "drafted-by", .value = &h.drafted_by}};
    int rc = xj_options(cli, argc, argv, options, 5, USAGE, &n);
    if (rc != XJ_EXIT_OK)
        return rc;
    if (n != (all_open || asked ? 0 : 1) || (h.to == NULL) != asked || (all_open && asked) || h.approved_by == NULL)
        return xj_usage(cli, USAGE);
    const struct passwd *user = h.drafted_by == NULL ? getpwuid(getuid()) : NULL;
    h.drafted_by = user != NULL ? user->pw_name : h.drafted_by;
    if (h.drafted_by == NULL)
        return xj_usage(cli, USAGE);
    h.client = xj_cli_client(cli, &rc);
    if (h.client == NULL)
        return rc;
    xj_client_timeout(h.client, WAIT_MS + XJ_CLIENT_TIMEOUT_MS);
    h.report = json_array();
    rc = run(&h, all_open || asked ? NULL : argv[1], asked);
    json_decref(h.report);
    xj_client_close(h.client);
    return rc;
}
