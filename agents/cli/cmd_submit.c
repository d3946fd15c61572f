/* `xianjie submit ACT …`: one act through the agent. Spec: spec/10-api.md, sections 3 and 4. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/cli/cells.h"
#include "agents/cli/options.h"
#include "agents/cli/overrides.h"
#include "agents/cli/paper_file.h"
#include "agents/cli/regfacts.h"
#include "schema/base/ids.h"

#define USAGE                                                                                                                 \
    "submit ACT [--case ID] [--procedure NAME] [--to AGENCY]… [--copy AGENCY]… [--joint AGENCY]… [--subject PARTY[/CHARGE]]… " \
    "[--party KIND:NAME]… [--charge NAME]… [--paper KIND=FILE]… [--set KEY=VALUE]… [--officer NAME:CERTIFICATE]… " \
    "[--entrustment NUMBER]… [--occurred TIME] [--late] [--actor AGENCY] [--relates RELATION=ID]… [--override CODE=REASON]… " \
    "[--drafted-by NAME] --approved-by NAME [--id ID] [--wait MS]"

struct submit {
    const char *case_id, *occurred, *actor, *wait, *procedure, *id, *drafted_by, *approved_by;
    char new_id[XJ_ID_TEXT];
    bool late;
    struct xj_option_list to, copy, joint, subject, party, charge, paper, set, relates, officer, entrustment, override;
};

static json_t *strings(const struct xj_option_list *l)
{
    json_t *a = json_array();
    for (size_t i = 0; i < l->count; i++)
        json_array_append_new(a, json_string(l->at[i]));
    return a;
}

static json_t *subjects(const struct xj_option_list *l)
{
    json_t *a = json_array();
    for (size_t i = 0; i < l->count; i++) {
        const char *slash = strchr(l->at[i], '/');
        const size_t n = slash != NULL ? (size_t)(slash - l->at[i]) : strlen(l->at[i]);
        json_array_append_new(a, json_pack("{s:s%, s:s?}", "party", l->at[i], n, "charge", slash != NULL ? slash + 1 : NULL));
    }
    return a;
}

/* NULL: one is not of the form RELATION=ID. */
static json_t *relations(const struct xj_option_list *l)
{
    json_t *a = json_array();
    for (size_t i = 0; i < l->count; i++) {
        const char *eq = strchr(l->at[i], '=');
        if (eq == NULL) {
            json_decref(a);
            return NULL;
        }
        json_array_append_new(a, json_pack("{s:s%, s:s}", "relation", l->at[i], (size_t)(eq - l->at[i]), "id", eq + 1));
    }
    return a;
}

static int add_paper(struct xj_cli *cli, json_t *list, const char *text)
{
    const char *eq = strchr(text, '=');
    if (eq == NULL)
        return xj_usage(cli, USAGE);
    json_t *paper;
    const enum xj_err err = xj_paper_file(eq + 1, xj_slice_of(text, (size_t)(eq - text)), &paper);
    if (err != XJ_OK) {
        xj_tell(cli, "%s：读不出，或者超过 1 MiB（%s）", "%s: cannot be read, or is over 1 MiB (%s)", eq + 1, xj_err_name(err));
        return err == XJ_ENOMEM ? XJ_EXIT_WORLD : XJ_EXIT_USAGE;
    }
    return json_array_append_new(list, paper) == 0 ? XJ_EXIT_OK : XJ_EXIT_WORLD;
}

/* A whole number where the field is one (fine), a list where it is one (documents), else text. */
static void set_field(json_t *body, const char *key, size_t n, const char *value)
{
    char name[64], *end;
    snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), key);
    if (strcmp(name, "fine") == 0) {
        const long long fen = strtoll(value, &end, 10);
        if (*value != '\0' && *end == '\0' && fen >= 0) {
            json_object_set_new(body, name, json_integer(fen));
            return;
        }
    }
    if (strcmp(name, "documents") == 0 || strcmp(name, "penalty_kinds") == 0) {
        json_t *list = json_object_get(body, name);
        if (list == NULL)
            json_object_set_new(body, name, list = json_array());
        json_array_append_new(list, json_string(value));
        return;
    }
    json_object_set_new(body, name, json_string(value));
}

static int add_officers(struct xj_cli *cli, const struct submit *s, json_t *body)
{
    json_t *made = json_array();
    for (size_t i = 0; i < s->officer.count; i++) {
        struct xj_slice name, number;
        if (!xj_cell_officer(xj_cell_trim(xj_slice_cstr(s->officer.at[i])), &name, &number)) {
            json_decref(made);
            return xj_usage(cli, USAGE);
        }
        json_array_append_new(made, json_pack("[s%, s%]", (const char *)name.p, name.n, (const char *)number.p, number.n));
    }
    if (json_array_size(made) > 0)
        json_object_set(body, "officers", made);
    json_decref(made);
    return XJ_EXIT_OK;
}

/* The ids of entrustments of the agent's agency (06-register, 7), into the request's refs. */
static int add_entrustments(struct xj_cli *cli, const struct submit *s, struct xj_client *client, json_t *request)
{
    json_t *status = NULL, *refs = json_array();
    int rc = s->entrustment.count > 0 ? xj_cli_call(cli, client, "GET", "/api/status", NULL, &status) : XJ_EXIT_OK;
    const char *agency = json_string_value(json_object_get(status, "agency"));
    for (size_t i = 0; agency != NULL && i < s->entrustment.count; i++) {
        char text[XJ_ID_TEXT];
        xj_entrustment_ref(agency, xj_slice_cstr(s->entrustment.at[i]), text);
        json_array_append_new(refs, json_string(text));
    }
    json_object_set_new(request, "refs", refs);
    json_decref(status);
    return rc;
}

static int make_body(struct xj_cli *cli, const struct submit *s, json_t *body)
{
    const struct passwd *user = s->drafted_by == NULL ? getpwuid(getuid()) : NULL; /* who types it; who approved it must be said */
    const char *drafted_by = user != NULL ? user->pw_name : s->drafted_by;
    if (drafted_by != NULL)
        json_object_set_new(body, "drafted_by", json_string(drafted_by));
    if (s->approved_by != NULL)
        json_object_set_new(body, "approved_by", json_string(s->approved_by));
    const int rc = add_officers(cli, s, body);
    if (rc != XJ_EXIT_OK)
        return rc;
    for (size_t i = 0; i < s->set.count; i++) {
        const char *eq = strchr(s->set.at[i], '=');
        if (eq == NULL)
            return xj_usage(cli, USAGE);
        set_field(body, s->set.at[i], (size_t)(eq - s->set.at[i]), eq + 1);
    }
    json_t *parties = json_array(), *charges = json_array();
    for (size_t i = 0; i < s->party.count; i++) {
        const char *colon = strchr(s->party.at[i], ':');
        const size_t n = colon != NULL ? (size_t)(colon - s->party.at[i]) : 0;
        json_array_append_new(parties, json_pack("{s:n, s:s%, s:s}", "id", "kind", colon != NULL ? s->party.at[i] : "person",
                                                 colon != NULL ? n : strlen("person"), "name", colon != NULL ? colon + 1 : s->party.at[i]));
    }
    for (size_t i = 0; i < s->charge.count; i++)
        json_array_append_new(charges, json_pack("{s:n, s:s, s:s}", "id", "name", s->charge.at[i], "code", ""));
    if (json_array_size(parties) > 0)
        json_object_set(body, "parties", parties);
    if (json_array_size(charges) > 0)
        json_object_set(body, "charges", charges);
    json_decref(parties);
    json_decref(charges);
    return XJ_EXIT_OK;
}

/* procedure null: the agent knows that of the case, and takes the main one for a new case. */
static int make_request(struct xj_cli *cli, const struct submit *s, const char *act, long wait_ms, json_t **ret)
{
    json_t *papers = json_array(), *body = json_object(), *relates = relations(&s->relates), *override = NULL;
    bool used_well = xj_overrides(&s->override, &override) && relates != NULL;
    int rc = used_well ? make_body(cli, s, body) : xj_usage(cli, USAGE);
    for (size_t i = 0; rc == XJ_EXIT_OK && i < s->paper.count; i++)
        rc = add_paper(cli, papers, s->paper.at[i]);
    if (rc == XJ_EXIT_OK)
        *ret = json_pack("{s:s, s:s?, s:s?, s:s, s:s?, s:s?, s:o, s:o, s:o, s:o, s:O, s:O, s:O, s:O?, s:I, s:s}", "act", act, "procedure",
                         s->procedure, "case", s->case_id, "mode", s->late ? "late_entry" : "live", "occurred", s->occurred, "actor",
                         s->actor, "principals", strings(&s->to), "copies", strings(&s->copy), "joint", strings(&s->joint), "subjects",
                         subjects(&s->subject), "papers", papers, "relates", relates, "body", body, "override", override, "wait_ms",
                         (json_int_t)wait_ms, "id", s->id);
    json_decref(override);
    json_decref(papers);
    json_decref(relates);
    json_decref(body);
    return rc != XJ_EXIT_OK ? rc : *ret != NULL ? XJ_EXIT_OK : XJ_EXIT_WORLD;
}

static void tell_answer(struct xj_cli *cli, const json_t *a)
{
    const char *status = json_string_value(json_object_get(a, "status"));
    const char *case_id = json_string_value(json_object_get(a, "case"));
    static const char *const words[][3] = {{"admitted", "已登记", "admitted"}, {"admitted_with_breach", "已登记，记录违规", "admitted, with breaches"},
                                           {"queued", "已入账，待交换中心答复", "in the ledger, not answered yet"}, {"refused", "被拒绝", "refused"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (status != NULL && strcmp(status, words[i][0]) == 0)
            fprintf(cli->out, "%s  %s\n", xj_pick(cli, words[i][1], words[i][2]), case_id != NULL ? case_id : "");
    const json_t *b, *refusal = json_object_get(a, "refusal");
    size_t i;
    json_array_foreach(json_object_get(a, "breaches"), i, b)
        fprintf(cli->out, "  ! %s (%s)\n", xj_client_error_text(b, cli->zh), json_string_value(json_object_get(b, "detail")));
    if (json_is_object(refusal))
        fprintf(cli->err, "%s\n", xj_client_error_text(refusal, cli->zh));
}

int xj_cmd_submit(struct xj_cli *cli, int argc, char **argv)
{
    struct submit s = {0};
    int n;
    const struct xj_option options[] = {
        {.name = "case", .value = &s.case_id}, {.name = "occurred", .value = &s.occurred}, {.name = "actor", .value = &s.actor},
        {.name = "wait", .value = &s.wait}, {.name = "id", .value = &s.id}, {.name = "drafted-by", .value = &s.drafted_by},
        {.name = "approved-by", .value = &s.approved_by}, {.name = "procedure", .value = &s.procedure}, {.name = "late", .flag = &s.late}, {.name = "to", .list = &s.to},
        {.name = "copy", .list = &s.copy}, {.name = "joint", .list = &s.joint}, {.name = "subject", .list = &s.subject},
        {.name = "party", .list = &s.party}, {.name = "charge", .list = &s.charge}, {.name = "paper", .list = &s.paper}, {.name = "set", .list = &s.set},
        {.name = "relates", .list = &s.relates}, {.name = "officer", .list = &s.officer},
        {.name = "entrustment", .list = &s.entrustment}, {.name = "override", .list = &s.override}};
    int rc = xj_options(cli, argc, argv, options, sizeof options / sizeof options[0], USAGE, &n);
    if (rc != XJ_EXIT_OK)
        return rc;
    char *end = NULL;
    const long wait_ms = s.wait != NULL ? strtol(s.wait, &end, 10) : 10000;
    if (n != 1 || (s.wait != NULL && (*s.wait == '\0' || *end != '\0' || wait_ms < 0)))
        return xj_usage(cli, USAGE);
    json_t *request = NULL, *answer = NULL;
    struct xj_id id;
    if (s.id == NULL && xj_id_new(cli->env->now_ms(cli->env->ctx), &id) == XJ_OK) {
        xj_id_format(&id, s.new_id);
        s.id = s.new_id;
    }
    rc = make_request(cli, &s, argv[1], wait_ms, &request);
    struct xj_client *client = rc == XJ_EXIT_OK ? xj_cli_client(cli, &rc) : NULL;
    if (client != NULL)
        rc = add_entrustments(cli, &s, client, request);
    if (client != NULL && rc == XJ_EXIT_OK) {
        xj_client_timeout(client, wait_ms + XJ_CLIENT_TIMEOUT_MS);
        rc = xj_cli_call(cli, client, "POST", "/api/acts", request, &answer);
        if (rc == XJ_EXIT_UNREACHABLE)
            xj_tell(cli, "不知道是否已经入账；代理恢复后，同一命令加 --id %s 再做一次，不会重复", "it may or may not be in the ledger; when the agent is back, repeat the "
                    "command with --id %s: it is never done twice", s.id);
    }
    if (rc == XJ_EXIT_OK && cli->json)
        xj_cli_print_json(cli, answer);
    else if (rc == XJ_EXIT_OK)
        tell_answer(cli, answer);
    const char *status = json_string_value(json_object_get(answer, "status"));
    if (rc == XJ_EXIT_OK && status != NULL && strcmp(status, "refused") == 0)
        rc = XJ_EXIT_REFUSED;
    json_decref(answer);
    json_decref(request);
    xj_client_close(client);
    return rc;
}
