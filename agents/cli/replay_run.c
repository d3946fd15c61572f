#include "agents/cli/replay_run.h"
#include "agents/cli/share.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/cli/procfile.h"
#include "agents/cli/replay_collect.h"
#include "agents/cli/replay_request.h"
#include "schema/base/file.h"

#define WAIT_MS 30000
#define START_MS 60000
#define SETTLE_MS 120000
#define SLICE_MS 2000
#define YAML_BYTES (512u * 1024)

/* ---- the law ---- */

static enum xj_err load_model(struct xj_replay_law *law, struct xj_buf *text)
{
    struct xj_buf path, compiled;
    struct xj_findings findings;
    char name[XJ_MAX_NAME_BYTES + 1];
    xj_buf_init(&path, PATH_MAX);
    xj_buf_init(&compiled, XJ_PROCFILE_COMPILED_BYTES);
    xj_findings_init(&findings);
    enum xj_err err = xj_share_path("procedures/referral.yaml", &path);
    if (err == XJ_OK)
        err = xj_procfile_compile(xj_buf_cstr(&path), NULL, &compiled, name, &findings, text);
    if (err == XJ_OK)
        err = xj_model_decode(xj_buf_slice(&compiled), &law->model);
    xj_findings_free(&findings);
    xj_buf_free(&compiled);
    xj_buf_free(&path);
    return err;
}

static enum xj_err load_table(struct xj_replay_law *law, struct xj_buf *text)
{
    struct xj_buf path, yaml = {0};
    xj_buf_init(&path, PATH_MAX);
    enum xj_err err = xj_share_path("procedures/referral.replay.yaml", &path);
    if (err == XJ_OK)
        err = xj_file_read(xj_buf_cstr(&path), YAML_BYTES, &yaml);
    if (err == XJ_OK)
        err = xj_replay_table_read(xj_buf_slice(&yaml), law->model, &law->table, text);
    xj_buf_free(&yaml);
    xj_buf_free(&path);
    return err;
}

enum xj_err xj_replay_law_load(struct xj_replay_law *ret, struct xj_buf *text)
{
    memset(ret, 0, sizeof *ret);
    enum xj_err err = load_model(ret, text);
    if (err == XJ_OK)
        err = load_table(ret, text);
    if (err == XJ_ENOTFOUND && text->n == 0)
        xj_buf_add_str(text, "找不到随程序安装的 procedures/referral.yaml 和 referral.replay.yaml（XIANJIE_SHARE）"
                             " / the program's procedures/referral.yaml and referral.replay.yaml are not found (XIANJIE_SHARE)\n");
    if (err != XJ_OK)
        xj_replay_law_free(ret);
    return err;
}

void xj_replay_law_free(struct xj_replay_law *law)
{
    xj_replay_table_free(law->table);
    xj_model_free(law->model);
    memset(law, 0, sizeof *law);
}

/* ---- agencies of a file ---- */

/* The city's first agency of a role that has an agent: the default counterpart. */
static const char *standing(const struct xj_city *city, enum xj_actor_kind role)
{
    for (size_t i = 0; i < xj_city_agency_count(city); i++)
        if (xj_city_agency(city, i)->connected && strcmp(xj_city_agency(city, i)->role, xj_actor_role(role)) == 0)
            return xj_city_agency(city, i)->id;
    return NULL;
}

static const char *seen_before(const struct xj_replay_stage *s, const struct xj_cast_agency *a)
{
    for (size_t i = 0; !a->local && i < s->known_count; i++)
        if (s->known[i].role == a->role && strcmp(s->known[i].name, a->name) == 0)
            return s->known[i].id;
    return NULL;
}

/* name "": known to nobody else by its name. */
static enum xj_err remember(struct xj_replay_stage *s, enum xj_actor_kind role, const char *name, const char *id)
{
    if (s->known_count == s->known_cap) {
        const size_t cap = s->known_cap ? s->known_cap * 2 : 64;
        void *more = realloc(s->known, cap * sizeof *s->known);
        if (more == NULL)
            return XJ_ENOMEM;
        s->known = more;
        s->known_cap = cap;
    }
    snprintf(s->known[s->known_count].name, sizeof s->known[0].name, "%s", name);
    snprintf(s->known[s->known_count].id, sizeof s->known[0].id, "%s", id);
    s->known[s->known_count++].role = role;
    return XJ_OK;
}

enum xj_err xj_replay_stage_open(struct xj_city *city, const struct xj_replay_law *law, struct xj_replay_stage *ret)
{
    enum xj_err err = XJ_OK;
    *ret = (struct xj_replay_stage){.city = city, .law = law, .next = 1};
    for (size_t i = 0; err == XJ_OK && i < xj_city_agency_count(city); i++) {
        const struct xj_agency_spec *a = xj_city_agency(city, i);
        if (a->connected)
            err = remember(ret, xj_actor_kind_of(xj_slice_cstr(a->role)), a->name, a->id);
    }
    if (err != XJ_OK)
        xj_replay_stage_free(ret);
    return err;
}

void xj_replay_stage_free(struct xj_replay_stage *s)
{
    free(s->known);
    memset(s, 0, sizeof *s);
}

struct troupe {
    char (*ids)[XJ_MAX_AGENCY_BYTES + 1]; /* by index into the cast */
    const char **at; /* the same; NULL for an agency that no act names (an entry of bureaus[], say) */
    bool *fresh, *started; /* made for this file; its agent was started for it */
    size_t count;
};

static void troupe_free(struct troupe *t)
{
    free(t->ids);
    free(t->at);
    free(t->fresh);
    free(t->started);
}

static void mark_used(const struct xj_replay_plan *p, struct troupe *t)
{
    for (size_t i = 0; i < p->intent_count; i++) {
        const struct xj_replay_intent *in = &p->intents[i];
        t->at[in->doer] = t->ids[in->doer];
        for (size_t k = 0; k < in->joint_count; k++)
            t->at[in->joint[k]] = t->ids[in->joint[k]];
        for (size_t k = 0; k < in->principal_count; k++)
            t->at[in->principals[k]] = t->ids[in->principals[k]];
        for (size_t k = 0; k < in->copy_count; k++)
            t->at[in->copies[k]] = t->ids[in->copies[k]];
    }
}

static enum xj_err name_agencies(struct xj_replay_stage *s, const struct xj_replay_plan *p, struct troupe *t)
{
    const struct xj_cast *cast = &p->cast;
    t->count = cast->count;
    t->ids = calloc(cast->count + 1, sizeof *t->ids);
    t->at = calloc(cast->count + 1, sizeof *t->at);
    t->fresh = calloc(cast->count + 1, sizeof *t->fresh);
    t->started = calloc(cast->count + 1, sizeof *t->started);
    if (t->ids == NULL || t->at == NULL || t->fresh == NULL || t->started == NULL)
        return XJ_ENOMEM;
    mark_used(p, t);
    for (size_t i = 0; i < cast->count; i++) {
        const struct xj_cast_agency *a = &cast->agencies[i];
        if (t->at[i] == NULL)
            continue;
        const char *id = a->standing ? standing(s->city, a->role) : seen_before(s, a);
        t->fresh[i] = id == NULL;
        if (id != NULL)
            snprintf(t->ids[i], sizeof t->ids[0], "%s", id);
        else
            do {
                snprintf(t->ids[i], sizeof t->ids[0], "%.6s-%c%04u", xj_city_registrar(s->city), xj_actor_role(a->role)[0], s->next++);
            } while (xj_city_find(s->city, t->ids[i]) != NULL);
        const enum xj_err err = t->fresh[i] ? remember(s, a->role, a->local ? "" : a->name, t->ids[i]) : XJ_OK;
        if (err != XJ_OK)
            return err;
    }
    return XJ_OK;
}

static struct xj_agency_spec spec_of(const struct xj_cast_agency *a, const char *id)
{
    return (struct xj_agency_spec){.id = id, .name = a->name[0] ? a->name : xj_actor_role(a->role), .role = xj_actor_role(a->role),
                                   .sector = a->role == XJ_ACTOR_BUREAU ? a->sector : NULL, .connected = true};
}

#define FLOW "file"

static bool sees_flow(const struct xj_cast *cast, const struct troupe *t, size_t i)
{
    return t->at[i] != NULL && !cast->agencies[i].standing && cast->agencies[i].role == XJ_ACTOR_PROCURATORATE;
}

/* A procuratorate of the file sees the open acts of all that the file's agencies open, as its supervision wants. */
static void grant_flow(struct xj_replay_stage *s, const struct xj_cast *cast, const struct troupe *t, struct xj_changes *changes)
{
    const char **openers = calloc(t->count + 1, sizeof *openers);
    size_t n = 0;
    for (size_t i = 0; openers != NULL && i < t->count; i++)
        if (t->at[i] != NULL)
            openers[n++] = t->ids[i];
    for (size_t i = 0; openers != NULL && i < t->count; i++)
        if (sees_flow(cast, t, i)) {
            const struct xj_grant_spec grant = {.agency = t->ids[i], .name = FLOW, .procedure = s->law->model->name.id, .division = "",
                                                .mode = "full", .agencies = openers};
            xj_changes_grant(changes, &grant);
        }
    if (openers == NULL && changes->err == XJ_OK)
        changes->err = XJ_ENOMEM;
    free(openers);
}

/* Its agent ends with the file, so nothing of a later one must wait for it. */
static enum xj_err withdraw_flow(struct xj_replay_stage *s, const struct xj_cast *cast, const struct troupe *t, struct xj_buf *text)
{
    struct xj_changes changes;
    char id[XJ_MAX_AGENCY_BYTES + sizeof "/" FLOW];
    xj_changes_init(&changes);
    for (size_t i = 0; i < t->count; i++)
        if (sees_flow(cast, t, i)) {
            snprintf(id, sizeof id, "%s/" FLOW, t->ids[i]);
            xj_changes_raw(&changes, "grant", id, xj_slice_of(NULL, 0));
        }
    enum xj_err err = changes.err;
    if (err == XJ_OK && changes.count > 0)
        err = xj_city_register(s->city, &changes, text);
    xj_changes_free(&changes);
    return err;
}

/* The register learns of the new agencies. They get no counterparts: whom an act goes to is what the file says. */
static enum xj_err enrol(struct xj_replay_stage *s, const struct xj_cast *cast, const struct troupe *t, struct xj_buf *text)
{
    struct xj_agency_spec *fresh = calloc(t->count + 1, sizeof *fresh);
    struct xj_changes changes;
    size_t n = 0;
    xj_changes_init(&changes);
    enum xj_err err = fresh != NULL ? XJ_OK : XJ_ENOMEM;
    for (size_t i = 0; err == XJ_OK && i < t->count; i++)
        if (t->fresh[i])
            fresh[n++] = spec_of(&cast->agencies[i], t->ids[i]);
    if (err == XJ_OK && n > 0)
        err = xj_city_add(s->city, fresh, n, &changes, text);
    grant_flow(s, cast, t, &changes);
    if (err == XJ_OK)
        err = changes.err;
    if (err == XJ_OK && changes.count > 0)
        err = xj_city_register(s->city, &changes, text);
    xj_changes_free(&changes);
    free(fresh);
    return err;
}

/* First all are begun, each given hardly any time, then each is waited for: so they start side by side. */
static enum xj_err start_all(struct xj_replay_stage *s, const struct troupe *t, struct xj_buf *text)
{
    enum xj_err err = XJ_OK;
    struct xj_buf early;
    xj_buf_init(&early, 65536);
    for (size_t i = 0; err == XJ_OK && i < t->count; i++) {
        if (t->at[i] == NULL || xj_city_runs(s->city, t->ids[i]))
            continue;
        t->started[i] = true;
        xj_buf_reset(&early);
        err = xj_city_start_one(s->city, t->ids[i], XJ_CITY_CHILDREN, 1, &early);
        if (err == XJ_ENET)
            err = XJ_OK;
    }
    if (err != XJ_OK)
        xj_buf_add_slice(text, xj_buf_slice(&early));
    xj_buf_free(&early);
    for (size_t i = 0; err == XJ_OK && i < t->count; i++)
        if (t->at[i] != NULL)
            err = xj_city_start_one(s->city, t->ids[i], XJ_CITY_CHILDREN, START_MS, text);
    return err == XJ_OK ? xj_city_await_register(s->city, 0, START_MS, text) : err;
}

/* The city's own agencies are left running for the next file. */
static enum xj_err stop_own(struct xj_replay_stage *s, const struct xj_cast *cast, const struct troupe *t, struct xj_buf *text)
{
    enum xj_err err = XJ_OK;
    for (size_t i = 0; i < t->count; i++)
        if (t->started[i] && !cast->agencies[i].standing && xj_city_stop_one(s->city, t->ids[i], false, text) != XJ_OK)
            err = XJ_EIO;
    return err;
}

/* ---- playing ---- */

static enum xj_err party_ids(const struct xj_replay_plan *p, char (**ret)[17])
{
    uint8_t id[8];
    const struct xj_env *env = xj_env_system();
    *ret = calloc(p->party_count + 1, sizeof **ret);
    for (size_t i = 0; *ret != NULL && i < p->party_count; i++) {
        env->random(env->ctx, id, sizeof id);
        xj_hex(id, sizeof id, (*ret)[i]);
    }
    return *ret != NULL ? XJ_OK : XJ_ENOMEM;
}

/* The command blocks these signals (see there); elsewhere they are never pending. */
static enum xj_err go_on(struct xj_buf *text)
{
    sigset_t pending;
    if (sigpending(&pending) != 0 || (sigismember(&pending, SIGINT) != 1 && sigismember(&pending, SIGTERM) != 1 &&
                                      sigismember(&pending, SIGHUP) != 1))
        return XJ_OK;
    xj_buf_add_str(text, "已中断 / interrupted\n");
    return XJ_ESTATE;
}

/* The next event is planned on what has reached its agency, so this one must be everywhere first. Waits in slices, so that
 * breaking off need not wait for what will never come: Ctrl-C ends the agents too. */
static enum xj_err come_to_rest(struct xj_city *city, struct xj_buf *text)
{
    enum xj_err err = XJ_ENET;
    struct xj_buf why;
    xj_buf_init(&why, 65536);
    for (int waited_ms = 0; err == XJ_ENET && waited_ms < SETTLE_MS; waited_ms += SLICE_MS) {
        xj_buf_reset(&why);
        err = go_on(&why);
        if (err == XJ_OK)
            err = xj_city_settle(city, SLICE_MS, &why);
    }
    if (err != XJ_OK)
        xj_buf_add_slice(text, xj_buf_slice(&why));
    xj_buf_free(&why);
    return err;
}

static enum xj_err play_event(struct xj_replay_stage *s, const struct xj_replay_plan *p, size_t i, const struct troupe *t,
                              char (*parties)[17], char case_id[40], json_t *acts, struct xj_buf *text)
{
    const struct xj_replay_intent *in = &p->intents[i];
    json_t *request = xj_replay_request(p, s->law->model, i, t->at, parties, *case_id ? case_id : NULL, WAIT_MS), *answer = NULL;
    long status = 0;
    struct xj_client *client = xj_city_client(s->city, t->ids[in->doer]);
    enum xj_err err = request != NULL && client != NULL ? XJ_OK : XJ_ENOMEM;
    if (err == XJ_OK) {
        xj_client_timeout(client, WAIT_MS * 2);
        err = xj_client_call(client, "POST", "/api/acts", request, &status, &answer, text);
    }
    json_decref(request);
    if (err == XJ_OK)
        err = xj_replay_note_answer(p, s->law->model, in, t->ids[in->doer], status, answer, acts, text);
    const char *id = json_string_value(json_object_get(answer, "case")), *what = json_string_value(json_object_get(answer, "status"));
    if (err == XJ_OK && status == 200 && id != NULL && what != NULL && strncmp(what, "admitted", 8) == 0)
        snprintf(case_id, 40, "%s", id);
    json_decref(answer);
    return err == XJ_OK ? come_to_rest(s->city, text) : err;
}

/* The agencies asked for the case at the end: those of the file, and the city's own procuratorate, which sees the whole flow. */
static enum xj_err collect(struct xj_replay_stage *s, const struct xj_replay_plan *p, const struct troupe *t, const char *case_id,
                           json_t *acts, json_t **ret, struct xj_buf *text)
{
    const char *overseer = standing(s->city, XJ_ACTOR_PROCURATORATE), **ids = calloc(t->count + 1, sizeof *ids);
    if (ids == NULL)
        return XJ_ENOMEM;
    ids[t->count] = *case_id ? overseer : NULL;
    for (size_t i = 0; i < t->count; i++) {
        ids[i] = t->at[i];
        if (ids[i] != NULL && overseer != NULL && strcmp(ids[i], overseer) == 0)
            ids[t->count] = NULL;
    }
    enum xj_err err = xj_replay_collect(s->city, p, s->law->model, ids, t->count + 1, case_id, acts, ret, text);
    free(ids);
    return err;
}

static enum xj_err play_all(struct xj_replay_stage *s, const struct xj_replay_plan *p, const struct troupe *t, json_t **ret, struct xj_buf *text)
{
    char case_id[40] = "", (*parties)[17] = NULL;
    json_t *acts = json_array();
    enum xj_err err = acts != NULL ? party_ids(p, &parties) : XJ_ENOMEM;
    for (size_t i = 0; err == XJ_OK && i < p->intent_count; i++) {
        err = go_on(text);
        if (err == XJ_OK)
            err = play_event(s, p, i, t, parties, case_id, acts, text);
    }
    if (err == XJ_OK)
        err = collect(s, p, t, case_id, acts, ret, text);
    json_decref(acts);
    free(parties);
    return err;
}

enum xj_err xj_replay_play(struct xj_replay_stage *s, const struct xj_replay_plan *plan, json_t **ret, struct xj_buf *text)
{
    struct troupe t = {0};
    *ret = NULL;
    enum xj_err err = name_agencies(s, plan, &t);
    if (err == XJ_OK)
        err = enrol(s, &plan->cast, &t, text);
    if (err == XJ_OK)
        err = start_all(s, &t, text);
    if (err == XJ_OK)
        err = play_all(s, plan, &t, ret, text);
    if (err == XJ_OK)
        err = withdraw_flow(s, &plan->cast, &t, text);
    const enum xj_err stopped = t.started != NULL ? stop_own(s, &plan->cast, &t, text) : XJ_OK;
    troupe_free(&t);
    return err != XJ_OK ? err : stopped;
}
