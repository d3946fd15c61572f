#include "tests/sim/cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/cli/replay_request.h"
#include "schema/base/file.h"

struct stage {
    const struct xj_model *model;
    const struct xj_replay_table *table;
    struct xj_replay_case source;
    struct xj_replay_plan plan;
    struct world_agency agency[SIM_CAST];
    char id[SIM_CAST][32];
    const char *ids[SIM_CAST]; /* by index into the cast */
    char (*parties)[17];
    int count;
};

/* What no case changes: read once, and kept. */
static enum xj_err load_law(struct stage *s)
{
    static struct xj_model *model;
    static struct xj_replay_table *table;
    struct xj_slice compiled;
    struct xj_buf yaml;
    enum xj_err err = model ? XJ_OK : world_referral(&compiled);
    if (!err && !model) err = xj_model_decode(compiled, &model);
    if (!err && !table) {
        err = xj_file_read(XJ_SOURCE_DIR "/schema/procedures/referral.replay.yaml", 512 * 1024, &yaml);
        if (!err) err = xj_replay_table_read(xj_buf_slice(&yaml), model, &table, NULL);
        xj_buf_free(&yaml);
    }
    s->model = model;
    s->table = table;
    return err;
}

/* The registrar first; then the cast, under ids of its order in the file. */
static enum xj_err cast(struct stage *s)
{
    s->agency[0] = (struct world_agency){"370800-sfj", "模拟市司法局", "justice", NULL, true};
    s->count = 1;
    for (size_t i = 0; i < s->plan.cast.count; i++) {
        const struct xj_cast_agency *a = &s->plan.cast.agencies[i];
        if (s->count == SIM_CAST) return XJ_ELIMIT;
        if (a->standing && a->role == XJ_ACTOR_JUSTICE) {
            s->ids[i] = s->agency[0].id;
            continue;
        }
        snprintf(s->id[s->count], sizeof s->id[0], "370800-%c%zu", xj_actor_role(a->role)[0], i);
        s->agency[s->count] = (struct world_agency){s->id[s->count], a->name[0] ? a->name : xj_actor_role(a->role),
                                                    xj_actor_role(a->role), a->role == XJ_ACTOR_BUREAU ? a->sector : NULL, true};
        s->ids[i] = s->id[s->count++];
    }
    return XJ_OK;
}

static enum xj_err stage_open(struct stage *s, const char *file)
{
    enum xj_err err = load_law(s);
    if (!err) err = xj_replay_read_file(file, &s->source, NULL);
    if (!err) err = xj_replay_plan_make(&s->source, s->table, &s->plan, NULL);
    if (!err) err = cast(s);
    s->parties = err ? NULL : calloc(s->plan.party_count + 1, sizeof *s->parties);
    for (size_t i = 0; s->parties && i < s->plan.party_count; i++) snprintf(s->parties[i], 17, "%016zx", i + 1);
    return err;
}

static void stage_close(struct stage *s)
{
    free(s->parties);
    xj_replay_plan_free(&s->plan);
    xj_replay_case_free(&s->source);
}

static bool play_event(struct world *w, const struct stage *s, size_t i, char case_id[40], struct played *ret)
{
    json_t *request = xj_replay_request(&s->plan, s->model, i, s->ids, s->parties, *case_id ? case_id : NULL, 0);
    const struct xj_replay_intent *in = &s->plan.intents[i];
    json_t *answer = request ? world_act(w, s->ids[in->doer], request, 1000 + i) : NULL;
    json_decref(request);
    if (!answer) return false;
    const char *status = json_string_value(json_object_get(answer, "status"));
    char *text = json_dumps(answer, JSON_SORT_KEYS | JSON_COMPACT);
    xj_buf_addf(&ret->account, "%lld %s %s\n", (long long)s->plan.source->events[in->event].seq,
                s->model->acts[in->act].name.id, text);
    if (strcmp(status, "refused") == 0) ret->refused++;
    else snprintf(case_id, 40, "%s", json_string_value(json_object_get(answer, "case")));
    free(text);
    json_decref(answer);
    return true;
}

void sim_play(const char *file, const char *dir, uint64_t seed, const struct faults *faults, const struct world_watch *watch,
              struct played *ret)
{
    memset(ret, 0, sizeof *ret);
    xj_buf_init(&ret->account, 1024 * 1024);
    struct stage s = {0};
    struct world *w = calloc(1, sizeof *w);
    enum xj_err err = w ? stage_open(&s, file) : XJ_ENOMEM;
    const struct world_options o = {.dir = dir, .seed = seed, .faults = faults, .agencies = s.agency, .count = s.count, .watch = watch};
    if (!err) err = world_make(w, &o);
    if (err) snprintf(ret->failed, sizeof ret->failed, "cannot set the stage: %s %s", xj_err_name(err), w && w->failed ? w->failed : "");
    if (!err) w->disk_fails = SIM_LOSSES;
    char case_id[40] = "";
    for (size_t i = 0; !err && i < s.plan.intent_count; i++)
        if (!play_event(w, &s, i, case_id, ret)) {
            snprintf(ret->failed, sizeof ret->failed, "event %zu: %s", i + 1, w->failed ? w->failed : "out of memory");
            break;
        }
    struct xj_id id;
    for (int i = 0; !err && xj_id_parse(case_id, &id) && i < w->agents; i++) {
        xj_buf_init(&ret->view[i], 4 * 1024 * 1024);
        if (!sim_portrait(w->agent[i].view, id, &ret->view[i]))
            snprintf(ret->failed, sizeof ret->failed, "%s cannot show the case", w->agent[i].agency.id);
    }
    if (!err && !ret->failed[0] && watch) watch->played(watch->arg, w);
    if (!err && !ret->failed[0] && !world_verify(w)) snprintf(ret->failed, sizeof ret->failed, "a ledger does not verify");
    if (w) {
        ret->agents = w->agents;
        ret->crashes = w->crashes;
        ret->cuts = w->cuts;
        ret->longest_ms = w->longest_ms;
        ret->jumps = w->jumps;
        ret->lost = w->lost;
        ret->losses = w->losses;
        ret->doubled = w->doubled;
        ret->ledgers_lost = w->ledgers_lost;
        world_close(w);
    }
    free(w);
    stage_close(&s);
}

static const char *account(struct played *p)
{
    const char *s = xj_buf_cstr(&p->account);
    return s ? s : "";
}

/* The first line in which two portraits differ. */
static const char *difference(struct played *calm, struct played *stormy, int i)
{
    static char text[512];
    const char *a = xj_buf_cstr(&calm->view[i]), *b = xj_buf_cstr(&stormy->view[i]);
    size_t at = 0, line = 0;
    while (a && b && a[at] && a[at] == b[at]) {
        if (a[at] == '\n') line = at + 1;
        at++;
    }
    snprintf(text, sizeof text, "agency %d sees another case:\n calm: %.150s\n seed: %.150s", i, a ? a + line : "", b ? b + line : "");
    return text;
}

bool sim_same(struct played *calm, struct played *other, const char *file, uint64_t seed)
{
    const char *why = other->failed[0] ? other->failed : NULL;
    if (!why && strcmp(account(calm), account(other)) != 0) why = "other acts than in calm";
    for (int i = 0; !why && i < calm->agents; i++)
        if (!xj_slice_eq(xj_buf_slice(&calm->view[i]), xj_buf_slice(&other->view[i]))) why = difference(calm, other, i);
    if (why)
        fprintf(stderr, "%s seed %llu: %s\n--- calm\n%s--- seed\n%s", file, (unsigned long long)seed, why, account(calm), account(other));
    return !why;
}

struct faults sim_storm(uint64_t seed)
{
    struct rng r = {.s = seed * 7919};
    struct faults f = {0};
    unsigned *const knobs[] = {&f.drop, &f.twice, &f.delay, &f.crash_before, &f.crash_after, &f.disconnect, &f.jump, &f.jump_exchange};
    const unsigned most[] = {80, 80, 80, 25, 25, 10, 30, 60};
    for (size_t i = 0; i < sizeof knobs / sizeof knobs[0]; i++)
        if (rng_next(&r) % 3) *knobs[i] = 1 + (unsigned)(rng_next(&r) % most[i]);
    return f;
}

size_t sim_seeds(const char *test, struct sim_seed *ret, size_t max)
{
    char line[256], kind[32];
    size_t n = 0;
    FILE *in = fopen(XJ_SOURCE_DIR "/tests/sim/seeds", "r");
    if (!in) return 0;
    while (n < max && fgets(line, sizeof line, in))
        if (line[0] != '#' && sscanf(line, "%31s %95s %llu", kind, ret[n].name, &ret[n].seed) == 3 && strcmp(kind, test) == 0) n++;
    fclose(in);
    return n;
}

void sim_played_free(struct played *p)
{
    xj_buf_free(&p->account);
    for (int i = 0; i < SIM_CAST; i++) xj_buf_free(&p->view[i]);
}
