#include "agents/cli/replay_city.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/cli/calendar_json.h"
#include "agents/cli/enroll.h"
#include "schema/base/file.h"
#include "schema/procedure/yaml/compile.h"

#define YAML_BYTES (512u * 1024)
#define CITY_BYTES (8u * 1024 * 1024)
#define READY_MS 60000

/* ---- the law ---- */

static enum xj_err read_shared(const char *name, struct xj_buf *ret, struct xj_buf *text)
{
    struct xj_buf path;
    xj_buf_init(&path, 4096);
    enum xj_err err = xj_share_path(name, &path);
    const char *where = xj_buf_cstr(&path);
    if (err == XJ_OK)
        err = where != NULL ? xj_file_read(where, YAML_BYTES, ret) : XJ_ENOMEM;
    if (err != XJ_OK)
        xj_buf_addf(text, "找不到随程序安装的文件 %s / the program's shared file %s is not found\n", name, name);
    xj_buf_free(&path);
    return err;
}

static enum xj_err compile(struct xj_replay_law *law, struct xj_buf *text)
{
    struct xj_findings findings;
    struct xj_buf yaml;
    enum xj_err err = read_shared("procedures/referral.yaml", &yaml, text);
    if (err != XJ_OK)
        return err;
    xj_findings_init(&findings);
    err = xj_procedure_compile(xj_buf_slice(&yaml), xj_slice_of(NULL, 0), &law->compiled, &findings);
    if (err == XJ_OK)
        err = xj_model_decode(xj_buf_slice(&law->compiled), &law->model);
    else
        xj_findings_print(&findings, text);
    xj_findings_free(&findings);
    xj_buf_free(&yaml);
    return err;
}

enum xj_err xj_replay_law_load(struct xj_replay_law *ret, struct xj_buf *text)
{
    struct xj_buf yaml;
    memset(ret, 0, sizeof *ret);
    xj_buf_init(&ret->compiled, XJ_MODEL_BYTES_MAX);
    enum xj_err err = compile(ret, text);
    if (err == XJ_OK)
        err = read_shared("procedures/referral.replay.yaml", &yaml, text);
    if (err == XJ_OK) {
        err = xj_replay_table_read(xj_buf_slice(&yaml), ret->model, &ret->table, text);
        xj_buf_free(&yaml);
    }
    if (err == XJ_OK)
        err = xj_calendar_builtin(&ret->calendar, text);
    if (err != XJ_OK) {
        memset(&ret->calendar, 0, sizeof ret->calendar); /* nothing of it is to be freed */
        xj_replay_law_free(ret);
    }
    return err;
}

void xj_replay_law_free(struct xj_replay_law *law)
{
    xj_replay_table_free(law->table);
    xj_model_free(law->model);
    xj_buf_free(&law->compiled);
    xj_calendar_free(&law->calendar);
    memset(law, 0, sizeof *law);
}

static void add_law(struct xj_changes *changes, const struct xj_replay_law *law)
{
    xj_changes_calendar(changes, &law->calendar);
    xj_changes_procedure(changes, law->model->name.id, xj_buf_slice(&law->compiled), 0);
}

/* ---- adding agencies to a city ---- */

static struct xj_agency_spec spec_of(const struct xj_roster_entry *e)
{
    return (struct xj_agency_spec){.id = e->id, .name = e->name, .role = xj_actor_role(e->role),
                                   .sector = e->role == XJ_ACTOR_BUREAU ? e->sector : NULL, .connected = true};
}

/* dir/a/b into out. */
static const char *path3(struct xj_buf *out, const char *dir, const char *a, const char *b)
{
    xj_buf_reset(out);
    xj_buf_addf(out, "%s/%s/%s", dir, a, b);
    return xj_buf_cstr(out);
}

/* Keys, data directory and register facts of one agency, laid out as city.h says. */
static enum xj_err enroll(const char *dir, const struct xj_roster_entry *e, bool volatile_ok, struct xj_changes *changes,
                          struct xj_buf *text)
{
    struct xj_buf keys, data, anchor;
    struct xj_public_keys public_keys;
    struct xj_agency_spec spec = spec_of(e);
    xj_buf_init(&keys, 4096);
    xj_buf_init(&data, 4096);
    xj_buf_init(&anchor, 4096);
    struct xj_enroll_agency in = {.dir = path3(&data, dir, "agencies", e->id), .anchor = path3(&anchor, dir, "exchange", "anchor"),
                                  .keys_dir = path3(&keys, dir, "keys", e->id), .agency = e->id, .volatile_ok = volatile_ok};
    enum xj_err err = in.dir != NULL && in.anchor != NULL && in.keys_dir != NULL ? XJ_OK : XJ_ENOMEM;
    if (err == XJ_OK)
        err = xj_keygen_agency(xj_env_system(), in.keys_dir, &public_keys);
    if (err == XJ_OK)
        err = xj_enroll_agency(&in, text);
    if (err == XJ_OK) {
        xj_changes_agency(changes, &spec);
        xj_changes_keys(changes, e->id, &public_keys);
    }
    xj_buf_free(&keys);
    xj_buf_free(&data);
    xj_buf_free(&anchor);
    return err;
}

static enum xj_err read_json(const char *path, json_t **ret)
{
    struct xj_buf bytes;
    json_error_t error;
    enum xj_err err = xj_file_read(path, CITY_BYTES, &bytes);
    if (err != XJ_OK)
        return err;
    *ret = json_loadb((const char *)bytes.p, bytes.n, JSON_REJECT_DUPLICATES, &error);
    xj_buf_free(&bytes);
    return *ret != NULL ? XJ_OK : XJ_EMALFORMED;
}

/* Writes the new agencies into the city's own description. */
static enum xj_err describe(const char *dir, const struct xj_roster *roster)
{
    struct xj_buf path;
    json_t *city = NULL;
    char *out = NULL;
    xj_buf_init(&path, 4096);
    xj_buf_addf(&path, "%s/city.json", dir);
    enum xj_err err = xj_buf_cstr(&path) != NULL ? read_json(xj_buf_cstr(&path), &city) : XJ_ENOMEM;
    json_t *list = json_object_get(city, "agencies");
    for (size_t i = 0; err == XJ_OK && i < roster->count; i++) {
        const struct xj_roster_entry *e = &roster->list[i];
        struct xj_agency_spec s = spec_of(e);
        json_t *one = e->known ? NULL : json_pack("{s:s, s:s, s:s, s:s*, s:b}", "id", s.id, "name", s.name, "role", s.role,
                                                  "sector", s.sector, "connected", true);
        if (!e->known && json_array_append_new(list, one) != 0)
            err = XJ_ENOMEM;
    }
    if (err == XJ_OK)
        out = json_dumps(city, JSON_INDENT(1));
    if (err == XJ_OK)
        err = out != NULL ? xj_file_write_atomic(xj_buf_cstr(&path), xj_slice_cstr(out), 0600) : XJ_ENOMEM;
    free(out);
    json_decref(city);
    xj_buf_free(&path);
    return err;
}

/* Enrols and registers what the roster has and the city has not. The exchange and the registrar's agent run. */
static enum xj_err add_agencies(struct xj_replay_city *c, const struct xj_roster *roster, const struct xj_replay_law *law,
                                struct xj_buf *text)
{
    struct xj_changes changes;
    enum xj_err err = XJ_OK;
    xj_changes_init(&changes);
    for (size_t i = 0; err == XJ_OK && i < roster->count; i++)
        if (!roster->list[i].known)
            err = enroll(c->dir, &roster->list[i], c->scratch, &changes, text);
    if (err == XJ_OK && law != NULL)
        add_law(&changes, law);
    if (err == XJ_OK && changes.count > 0)
        err = changes.err != XJ_OK ? changes.err : xj_city_register(c->city, &changes, text);
    if (err == XJ_OK)
        err = describe(c->dir, roster);
    xj_changes_free(&changes);
    return err;
}

static enum xj_err reopen(struct xj_replay_city *c, struct xj_buf *text)
{
    xj_city_close(c->city); /* ends a scratch city's processes, and no others */
    c->city = NULL;
    return xj_city_open(c->dir, NULL, &c->city, text);
}

/* Exchange, registrar and defaults. */
static enum xj_err start_core(struct xj_replay_city *c, const struct xj_roster *roster, struct xj_buf *text)
{
    enum xj_err err = xj_city_start_one(c->city, "exchange", XJ_CITY_CHILDREN, READY_MS, text);
    if (err == XJ_OK)
        err = xj_city_start_one(c->city, xj_city_registrar(c->city), XJ_CITY_CHILDREN, READY_MS, text);
    for (size_t i = 0; err == XJ_OK && i < roster->count; i++)
        if (roster->list[i].standing)
            err = xj_replay_city_start(c, roster, &i, 1, text);
    return err;
}

/* ---- a scratch city ---- */

static enum xj_err scratch_dir(const char *keep, char **ret, struct xj_buf *text)
{
    static const char *const places[] = {"/var/tmp", "/tmp"};
    if (keep != NULL) {
        *ret = strdup(keep);
        return *ret != NULL ? XJ_OK : XJ_ENOMEM;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) { /* short: a socket's path has 107 bytes */
        char dir[64];
        snprintf(dir, sizeof dir, "%s/xianjie-replay-XXXXXX", places[i]);
        if (mkdtemp(dir) != NULL) {
            *ret = strdup(dir);
            return *ret != NULL ? XJ_OK : XJ_ENOMEM;
        }
    }
    xj_buf_add_str(text, "/var/tmp 和 /tmp 都不能建立目录 / no directory can be made in /var/tmp or /tmp\n");
    return XJ_EIO;
}

static enum xj_err make_core(struct xj_replay_city *c, const struct xj_roster *roster, struct xj_buf *text)
{
    struct xj_agency_spec specs[XJ_ACTOR_COUNT];
    size_t count = 0;
    const char *registrar = NULL;
    for (size_t i = 0; i < roster->count && count < XJ_ACTOR_COUNT; i++) {
        const struct xj_roster_entry *e = &roster->list[i];
        if (!e->standing)
            continue;
        if (e->role == XJ_ACTOR_JUSTICE)
            registrar = e->id;
        specs[count++] = spec_of(e);
    }
    struct xj_city_spec spec = {.division = roster->division, .name = "重演", .registrar = registrar, .agencies = specs,
                                .agency_count = count, .volatile_ok = true};
    return xj_city_make(&spec, c->dir, NULL, &c->city, text);
}

enum xj_err xj_replay_city_make(const struct xj_roster *roster, const struct xj_replay_law *law, const char *keep,
                                struct xj_replay_city *ret, struct xj_buf *text)
{
    memset(ret, 0, sizeof *ret);
    ret->scratch = true;
    ret->temporary = keep == NULL;
    struct xj_roster others = *roster; /* as the city sees it: the defaults are its own from the start */
    others.list = calloc(roster->count, sizeof *others.list);
    enum xj_err err = others.list != NULL ? scratch_dir(keep, &ret->dir, text) : XJ_ENOMEM;
    if (err == XJ_OK)
        err = make_core(ret, roster, text);
    for (size_t i = 0; err == XJ_OK && i < roster->count; i++) {
        others.list[i] = roster->list[i];
        others.list[i].known = roster->list[i].standing;
    }
    if (err == XJ_OK)
        err = xj_city_start(ret->city, XJ_CITY_CHILDREN, READY_MS, text);
    if (err == XJ_OK)
        err = add_agencies(ret, &others, law, text);
    if (err == XJ_OK)
        err = reopen(ret, text);
    if (err == XJ_OK)
        err = start_core(ret, roster, text);
    free(others.list);
    if (err != XJ_OK)
        xj_replay_city_close(ret);
    return err;
}

/* ---- a city that is there ---- */

enum xj_err xj_replay_city_open(const char *dir, struct xj_replay_city *ret, struct xj_roster *roster, struct xj_buf *text)
{
    memset(ret, 0, sizeof *ret);
    ret->dir = realpath(dir, NULL);
    enum xj_err err = xj_city_open(dir, NULL, &ret->city, text);
    if (err == XJ_OK && (!xj_city_runs(ret->city, "exchange") || !xj_city_runs(ret->city, xj_city_registrar(ret->city)))) {
        xj_buf_addf(text, "%s：城市没有在运行 / %s: the city does not run\n", dir, dir);
        err = XJ_ESTATE;
    }
    if (err == XJ_OK) {
        char division[7];
        snprintf(division, sizeof division, "%.6s", xj_city_registrar(ret->city));
        xj_roster_init(roster, division);
        err = xj_roster_add_city(roster, ret->city);
    }
    if (err == XJ_OK && ret->dir == NULL)
        err = XJ_ENOMEM;
    if (err != XJ_OK)
        xj_replay_city_close(ret);
    return err;
}

static bool has_procedure(struct xj_replay_city *c, const struct xj_replay_law *law)
{
    char path[128];
    long status = 0;
    json_t *answer = NULL;
    snprintf(path, sizeof path, "/api/procedures/%s", law->model->name.id);
    enum xj_err err = xj_city_call(c->city, xj_city_registrar(c->city), "GET", path, NULL, &status, &answer, NULL);
    json_decref(answer);
    return err == XJ_OK && status == 200;
}

enum xj_err xj_replay_city_join(struct xj_replay_city *c, struct xj_roster *roster, const struct xj_replay_law *law,
                                struct xj_buf *text)
{
    enum xj_err err = add_agencies(c, roster, has_procedure(c, law) ? NULL : law, text);
    for (size_t i = 0; err == XJ_OK && i < roster->count; i++)
        roster->list[i].known = true;
    if (err == XJ_OK)
        err = reopen(c, text);
    return err == XJ_OK ? start_core(c, roster, text) : err;
}

/* ---- agents ---- */

static enum xj_err note_started(struct xj_replay_city *c, size_t index)
{
    if (index >= c->started_count) {
        bool *more = realloc(c->started, (index + 1) * sizeof *more);
        if (more == NULL)
            return XJ_ENOMEM;
        memset(more + c->started_count, 0, (index + 1 - c->started_count) * sizeof *more);
        c->started = more;
        c->started_count = index + 1;
    }
    c->started[index] = true;
    return XJ_OK;
}

enum xj_err xj_replay_city_start(struct xj_replay_city *c, const struct xj_roster *roster, const size_t *list, size_t count,
                                 struct xj_buf *text)
{
    enum xj_err err = XJ_OK;
    struct xj_buf unused;
    xj_buf_init(&unused, 65536);
    /* First all are begun, each given hardly any time, then each is waited for: so they start side by side. */
    for (size_t i = 0; err == XJ_OK && i < count; i++) {
        if (list[i] == SIZE_MAX || xj_city_runs(c->city, roster->list[list[i]].id))
            continue;
        err = note_started(c, list[i]);
        if (err == XJ_OK)
            err = xj_city_start_one(c->city, roster->list[list[i]].id, XJ_CITY_CHILDREN, 1, &unused);
        err = err == XJ_ENET ? XJ_OK : err;
    }
    if (err != XJ_OK)
        xj_buf_add_slice(text, xj_buf_slice(&unused));
    for (size_t i = 0; err == XJ_OK && i < count; i++)
        if (list[i] != SIZE_MAX)
            err = xj_city_start_one(c->city, roster->list[list[i]].id, XJ_CITY_CHILDREN, READY_MS, text);
    xj_buf_free(&unused);
    return err == XJ_OK ? xj_city_await_register(c->city, 0, READY_MS, text) : err;
}

enum xj_err xj_replay_city_stop(struct xj_replay_city *c, const struct xj_roster *roster, const size_t *list, size_t count,
                                struct xj_buf *text)
{
    enum xj_err err = XJ_OK;
    for (size_t i = 0; err == XJ_OK && i < count; i++) {
        if (list[i] >= c->started_count || !c->started[list[i]] || roster->list[list[i]].standing)
            continue; /* another's, or a default: those stay for the next file */
        err = xj_city_stop_one(c->city, roster->list[list[i]].id, false, text);
        c->started[list[i]] = false;
    }
    return err;
}

enum xj_err xj_replay_city_rest(struct xj_replay_city *c, const struct xj_roster *roster, struct xj_buf *text)
{
    if (c->scratch)
        return xj_city_stop(c->city, text);
    enum xj_err err = XJ_OK;
    for (size_t i = 0; err == XJ_OK && i < c->started_count; i++) {
        if (c->started[i])
            err = xj_city_stop_one(c->city, roster->list[i].id, false, text);
        c->started[i] = false;
    }
    return err;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    (void)remove(path); /* what cannot be removed stays; nothing depends on it */
    return 0;
}

void xj_replay_city_close(struct xj_replay_city *c)
{
    xj_city_close(c->city);
    if (c->temporary && c->dir != NULL)
        (void)nftw(c->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(c->dir);
    free(c->started);
    memset(c, 0, sizeof *c);
}
