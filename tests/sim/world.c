#include "tests/sim/world_private.h"

#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agents/cli/calendar_json.h"
#include "agents/cli/standards_json.h"
#include "agents/cli/regfacts.h"
#include "schema/base/file.h"
#include "schema/ledger/verify.h"
#include "schema/procedure/yaml/compile.h"

#define EPOCH_MS INT64_C(1790000000000) /* 2026-09-21, a working day */
#define STEP_MS 5
#define TICK_MS 250

static int64_t virtual_now(void *ctx)
{
    const struct node *n = ctx;
    return n->world->now_ms + n->clock_ms;
}

static void seeded_random(void *ctx, void *p, size_t n)
{
    struct node *node = ctx;
    uint8_t *b = p;
    for (size_t i = 0; i < n; i++) b[i] = (uint8_t)(rng_next(&node->random) >> 24);
}

static void node_init(struct world *w, struct node *n, const char *dir, const char *name, uint64_t seed)
{
    snprintf(n->path, sizeof n->path, "%s/%s.db", dir, name);
    n->world = w;
    n->random.s = seed;
    n->env = (struct xj_env){.ctx = n, .now_ms = virtual_now, .random = seeded_random};
}

static void keys_of(struct rng *r, struct xj_agency_keys *ret, struct xj_public_keys *pub)
{
    uint8_t b[4][32];
    for (size_t i = 0; i < sizeof b; i++) b[i / 32][i % 32] = (uint8_t)(rng_next(r) >> 24);
    xj_sign_key_from_seed(b[0], &ret->sign);
    xj_seal_key_from_secret(b[1], &ret->seal);
    memcpy(ret->transport_secret, b[2], 32);
    crypto_scalarmult_base(ret->transport_public, b[2]);
    memcpy(pub->sign, ret->sign.public_key, 32);
    memcpy(pub->seal, ret->seal.public_key, 32);
    memcpy(pub->transport, ret->transport_public, 32);
    crypto_scalarmult_base(pub->recovery, b[3]);
}

static void agency_spec(const struct world_agency *a, struct xj_agency_spec *ret)
{
    *ret = (struct xj_agency_spec){.id = a->id, .name = a->name, .role = a->role, .sector = a->sector,
                                   .connected = a->connected};
}

/* Register entry 1 as the root signs it, in the anchor. */
static enum xj_err make_anchor(struct world *w)
{
    struct xj_changes c;
    struct xj_agency_spec spec;
    struct xj_public_keys exchange = {0};
    const char *const endpoints[] = {"tcp://sim"};
    xj_changes_init(&c);
    memcpy(exchange.sign, w->exchange_keys.sign.public_key, 32);
    memcpy(exchange.transport, w->exchange_keys.transport_public, 32);
    agency_spec(&w->agent[0].agency, &spec);
    xj_changes_exchange(&c, "370800", "模拟交换中心", endpoints, 1, &exchange);
    xj_changes_registrar(&c, spec.id, w->registrar.public_key);
    xj_changes_agency(&c, &spec);
    xj_changes_keys(&c, spec.id, &w->agent[0].public_keys);
    const struct xj_hash none = {{0}};
    xj_buf_init(&w->anchor.entry, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_buf_init(&w->anchor.signature, XJ_MAX_SIGNATURE_BYTES);
    xj_reg_entry_encode(1, w->now_ms, &none, c.list, c.count, &w->anchor.entry);
    const struct xj_hash d = xj_digest("xianjie/1 register", xj_buf_slice(&w->anchor.entry));
    xj_sign_one(&w->root, &d, &w->anchor.signature);
    memcpy(w->anchor.root, w->root.public_key, 32);
    const enum xj_err err = c.err ? c.err : w->anchor.entry.err;
    xj_changes_free(&c);
    return err;
}

enum xj_err world_referral(struct xj_slice *ret)
{
    static struct xj_buf compiled; /* once for all worlds of a process: it takes as long as some of their acts */
    struct xj_buf yaml;
    struct xj_findings findings;
    enum xj_err err = XJ_OK;
    if (!compiled.n) {
        xj_findings_init(&findings);
        xj_buf_init(&compiled, XJ_MAX_REGISTER_ENTRY_BYTES);
        err = xj_file_read(XJ_SOURCE_DIR "/schema/procedures/referral.yaml", 512 * 1024, &yaml);
        if (!err) err = xj_procedure_compile(xj_buf_slice(&yaml), xj_slice_of(NULL, 0), &compiled, &findings);
        xj_findings_free(&findings);
        xj_buf_free(&yaml);
    }
    *ret = xj_buf_slice(&compiled);
    return err;
}

static enum xj_err facts(struct world *w, const struct world_options *o, struct xj_changes *c)
{
    struct xj_agency_spec *specs = calloc((size_t)w->agents, sizeof *specs);
    if (!specs) return XJ_ENOMEM;
    for (int i = 0; i < w->agents; i++) {
        agency_spec(&w->agent[i].agency, &specs[i]);
        if (o->superiors) specs[i].superior = o->superiors[i];
        if (!i) continue;
        xj_changes_agency(c, &specs[i]);
        if (specs[i].connected) xj_changes_keys(c, specs[i].id, &w->agent[i].public_keys);
    }
    if (o->facts) o->facts(o->arg, c);
    else xj_changes_all_counterparts(c, specs, (size_t)w->agents);
    free(specs);
    struct xj_calendar cal;
    enum xj_err err = xj_calendar_load(XJ_SOURCE_DIR "/schema/calendars/cn.json", &cal, NULL);
    if (err) return err;
    xj_changes_calendar(c, &cal);
    xj_calendar_free(&cal);
    struct xj_standards st;
    if ((err = xj_standards_load(XJ_SOURCE_DIR "/schema/standards/cn.json", &st, NULL)) != XJ_OK) return err;
    xj_changes_standards(c, &st);
    xj_standards_free(&st);
    struct xj_slice compiled;
    if ((err = world_referral(&compiled)) == XJ_OK) xj_changes_procedure(c, "referral", compiled, 0);
    return err ? err : c->err;
}

/* One entry of at most 200 changes, handed to the exchange by the registrar's agent. */
static enum xj_err register_entry(struct world *w, uint64_t number, struct xj_hash *previous, const struct xj_reg_change *list,
                                  size_t count)
{
    struct xj_buf entry, signature;
    xj_buf_init(&entry, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_reg_entry_encode(number, w->now_ms, previous, list, count, &entry);
    *previous = xj_digest("xianjie/1 register", xj_buf_slice(&entry));
    xj_sign_one(&w->registrar, previous, &signature);
    enum xj_err err = entry.err;
    if (!err) {
        struct xj_agent_event ev = {.kind = XJ_AE_REGISTER, .bytes = xj_buf_slice(&entry), .signature = xj_buf_slice(&signature)};
        const int all = w->agents;
        w->agents = 1; /* nobody else is known to the exchange before the last entry */
        world_agent_batch(w, 0, &ev, true);
        if (!world_settle(w, 20000)) err = XJ_ESTATE;
        w->agents = all;
    }
    xj_buf_free(&entry);
    xj_buf_free(&signature);
    return err;
}

/* Agencies, counterparts, calendar and procedure into the register, through the registrar's agent. */
static enum xj_err lay_register(struct world *w, const struct world_options *o)
{
    struct xj_changes c;
    xj_changes_init(&c);
    enum xj_err err = facts(w, o, &c);
    struct xj_hash previous = xj_digest("xianjie/1 register", xj_buf_slice(&w->anchor.entry));
    uint64_t number = 2;
    for (size_t i = 0; !err && i < c.count; i += 200)
        err = register_entry(w, number++, &previous, c.list + i, c.count - i < 200 ? c.count - i : 200);
    xj_changes_free(&c);
    return err;
}

enum xj_err world_publish(struct world *w, const struct xj_changes *c)
{
    struct xj_buf entry, signature;
    struct xj_store store = xj_db_store(w->agent[0].db);
    struct xj_reg_head head;
    enum xj_err err = c->err ? c->err : xj_reg_head(&store, &head);
    if (err) return err;
    xj_buf_init(&entry, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_reg_entry_encode(head.number + 1, w->now_ms, &head.digest, c->list, c->count, &entry);
    const struct xj_hash digest = xj_digest("xianjie/1 register", xj_buf_slice(&entry));
    xj_sign_one(&w->registrar, &digest, &signature);
    struct xj_agent_event ev = {.kind = XJ_AE_REGISTER, .bytes = xj_buf_slice(&entry), .signature = xj_buf_slice(&signature)};
    err = entry.err ? entry.err : signature.err;
    for (int tries = 0; !err && tries < 500; tries++) { /* an event may die with its process */
        struct xj_reg_head now;
        world_agent_batch(w, 0, &ev, true);
        if (!world_settle(w, 40000)) err = XJ_ESTATE;
        store = xj_db_store(w->agent[0].db);
        if (!err) err = xj_reg_head(&store, &now);
        if (!err && now.number > head.number) break;
    }
    xj_buf_free(&entry);
    xj_buf_free(&signature);
    return err;
}

static enum xj_err make_keys(struct world *w, const struct world_agency *agencies)
{
    struct rng keys = {.s = 42}; /* the content of a city does not depend on its faults */
    struct xj_agency_keys k;
    struct xj_public_keys pub;
    keys_of(&keys, &k, &pub);
    w->root = k.sign;
    keys_of(&keys, &k, &pub);
    w->registrar = k.sign;
    keys_of(&keys, &k, &pub);
    w->exchange_keys.sign = k.sign;
    memcpy(w->exchange_keys.transport_public, k.transport_public, 32);
    memcpy(w->exchange_keys.transport_secret, k.transport_secret, 32);
    node_init(w, &w->exchange, w->dir, "exchange", w->seed * 31 + 7);
    for (int i = 0; i < w->agents; i++) {
        struct node *n = &w->agent[i];
        n->agency = agencies[i];
        node_init(w, n, w->dir, agencies[i].id, w->seed * 31 + 11 + (uint64_t)i);
        keys_of(&keys, &n->keys, &n->public_keys);
        if (!w->sparing && !(n->pairs = xj_pairs_new())) return XJ_ENOMEM;
    }
    return make_anchor(w);
}

enum xj_err world_make(struct world *w, const struct world_options *o)
{
    memset(w, 0, sizeof *w);
    snprintf(w->dir, sizeof w->dir, "%s", o->dir);
    w->recovery_wait_ms = o->faults && o->faults->away ? 5000 : INT64_C(3600000);
    w->seed = o->seed;
    w->random.s = o->seed;
    w->now_ms = o->start_ms ? o->start_ms : EPOCH_MS;
    w->sparing = o->sparing;
    w->watch = o->watch;
    w->agents = o->count;
    w->agent = calloc((size_t)o->count, sizeof *w->agent);
    enum xj_err err = w->agent ? xj_file_mkdirs(o->dir, 0700) : XJ_ENOMEM;
    if (err || (err = make_keys(w, o->agencies)) != XJ_OK || (err = world_exchange_open(w)) != XJ_OK) return err;
    for (int i = 0; !err && i < (w->sparing ? 1 : w->agents); i++) err = world_wake(w, &w->agent[i]);
    const int all = w->agents;
    w->agents = 1; /* the registrar is the only agency the exchange knows yet; the register is laid in calm */
    if (!err && !world_settle(w, 4000)) err = XJ_ESTATE;
    w->agents = all;
    if (!err) err = lay_register(w, o);
    if (!err && !world_settle(w, 20000)) err = XJ_ESTATE;
    if (o->faults) w->faults = *o->faults;
    return err;
}

enum xj_err world_open(struct world *w, const char *dir, uint64_t seed, const struct faults *faults,
                       const struct world_agency *agencies, int count)
{
    const struct world_options o = {.dir = dir, .seed = seed, .faults = faults, .agencies = agencies, .count = count};
    return world_make(w, &o);
}

enum xj_err world_wake(struct world *w, struct node *n)
{
    if (n->core) return XJ_OK;
    if (!n->pairs && !(n->pairs = xj_pairs_new())) return XJ_ENOMEM;
    return world_agent_open(w, n);
}

void world_sleep(struct node *n)
{
    if (n->core) world_agent_down(n);
    xj_view_close(n->view);
    xj_pairs_free(n->pairs);
    n->view = NULL;
    n->pairs = NULL;
    n->connected = false;
}

void world_close(struct world *w)
{
    if (w->core) world_exchange_down(w);
    for (int i = 0; i < w->agents; i++) world_sleep(&w->agent[i]);
    free(w->agent);
    w->agent = NULL;
    while (w->frames) {
        struct frame *f = w->frames;
        w->frames = f->next;
        world_frame_free(f);
    }
    xj_anchor_free(&w->anchor);
}

/* The clock jumps to the next frame or tick; nothing waits. */
static void advance(struct world *w)
{
    int64_t next = w->now_ms + TICK_MS;
    if (w->frames && w->frames->at_ms < next) next = w->frames->at_ms;
    w->now_ms = next > w->now_ms ? next : w->now_ms + 1;
}

static bool has_frame(const struct world *w, int node)
{
    for (const struct frame *f = w->frames; f && f->at_ms <= w->now_ms; f = f->next)
        if (f->node == node) return true;
    return false;
}

/* Whether the agent's turn has come: something arrived, it is not connected, or time has passed. */
static bool has_turn(struct world *w, int i, bool tick)
{
    const struct node *n = &w->agent[i];
    if (!n->agency.connected || w->absent[i] || (!n->core && w->sparing)) return false;
    return has_frame(w, i) || !n->connected || (tick && !(w->sparing && world_agent_quiet(w, &w->agent[i])));
}

/* A turn of everybody whose turn it is. */
static void everybody(struct world *w, int64_t start_ms, int64_t *tick_ms)
{
    for (int i = 0; i < w->agents; i++)
        if (w->back_ms[i] && w->now_ms >= w->back_ms[i]) {
            w->absent[i] = false;
            w->back_ms[i] = 0;
        }
    const bool tick = w->now_ms >= *tick_ms;
    if (tick) *tick_ms = w->now_ms + TICK_MS;
    const bool idle = w->sparing && w->now_ms == start_ms; /* nothing can have been lost yet */
    if ((tick && !idle) || has_frame(w, EXCHANGE)) world_exchange_batch(w, tick && !idle);
    for (int i = 0; i < w->agents && !w->failed; i++)
        if (has_turn(w, i, tick)) world_agent_batch(w, i, NULL, tick);
}

bool world_run(struct world *w, int64_t ms)
{
    const int64_t start_ms = w->now_ms;
    int64_t tick_ms = w->now_ms;
    while (w->now_ms - start_ms < ms && !w->failed) {
        everybody(w, start_ms, &tick_ms);
        advance(w);
    }
    return !w->failed;
}

/* Where everybody stands, when it should have come to rest. */
static void world_show(struct world *w)
{
    struct xj_exchange_figures x;
    xj_exchange_figures(w->core, &x);
    fprintf(stderr, "    exchange: %s, %llu entries, register %llu, %llu incidents\n", x.recovering ? "recovering" : "serving",
            (unsigned long long)x.journal_size, (unsigned long long)x.register_head, (unsigned long long)x.incidents);
    for (int i = 0; i < w->agents; i++) {
        struct xj_agent_figures f;
        if (!w->agent[i].core) continue;
        xj_agent_figures(w->agent[i].core, &f);
        fprintf(stderr, "    %s: %s (%s), own %llu/%llu/%llu, mailbox %llu/%llu, feed %llu/%llu, register %llu\n", w->agent[i].agency.id,
                xj_agent_state_name(f.state), f.why_en, (unsigned long long)f.own_number, (unsigned long long)f.own_answered,
                (unsigned long long)f.own_proved, (unsigned long long)f.mailbox, (unsigned long long)f.mailbox_head,
                (unsigned long long)f.feed, (unsigned long long)f.feed_head, (unsigned long long)f.register_number);
    }
}

bool world_settle(struct world *w, unsigned budget)
{
    const int64_t start_ms = w->now_ms;
    int64_t tick_ms = w->now_ms;
    while (budget-- && !w->failed) {
        everybody(w, start_ms, &tick_ms);
        if (!w->failed && world_quiet(w)) {
            if (w->now_ms - start_ms > w->longest_ms) w->longest_ms = w->now_ms - start_ms;
            return true;
        }
        advance(w);
    }
    if (!w->failed) world_show(w);
    if (!w->failed) world_fail(w, "does not come to rest");
    return false;
}

struct node *world_agent(struct world *w, const char *id)
{
    for (int i = 0; i < w->agents; i++)
        if (strcmp(w->agent[i].agency.id, id) == 0) return &w->agent[i];
    return NULL;
}

/* Clock and random numbers of a draft: the same in every world, so that ids and sealed bytes are. */
struct draft_env {
    struct rng r;
    int64_t now_ms;
};

static int64_t draft_now(void *ctx)
{
    return ((struct draft_env *)ctx)->now_ms;
}

static void draft_random(void *ctx, void *p, size_t n)
{
    uint8_t *b = p;
    for (size_t i = 0; i < n; i++) b[i] = (uint8_t)(rng_next(&((struct draft_env *)ctx)->r) >> 24);
}

/* The answer to the agency's last submission, as its ledger holds it: an action may have died with its process. */
struct answer_walk {
    struct xj_hash digest;
    bool admitted;
    struct xj_buf statement;
};

static bool find_answer(void *arg, const struct xj_entry *e)
{
    struct answer_walk *w = arg;
    struct xj_admitted *a = calloc(1, sizeof *a);
    struct xj_refused r;
    if (!a) return false;
    const bool admitted = e->kind == XJ_ENTRY_ADMITTED && xj_admitted_decode(e->head, a) == XJ_OK &&
                          xj_hash_eq(&a->message, &w->digest);
    const bool refused = e->kind == XJ_ENTRY_REFUSED && xj_refused_decode(e->head, &r) == XJ_OK &&
                         xj_hash_eq(&r.message, &w->digest);
    free(a);
    if (e->kind == XJ_ENTRY_OWN) w->digest = xj_header_digest(e->head);
    if (!admitted && !refused) return true;
    w->admitted = admitted;
    xj_buf_reset(&w->statement);
    xj_buf_add_slice(&w->statement, e->head);
    return true;
}

static json_t *answer_of(struct node *n, const char *case_id)
{
    struct answer_walk w = {0};
    xj_buf_init(&w.statement, XJ_MAX_STATEMENT_BYTES);
    json_t *j = NULL;
    struct xj_admitted *a = calloc(1, sizeof *a);
    struct xj_refused r;
    if (a && xj_log_scan(n->log, 1, find_answer, &w) == XJ_OK && w.statement.n) {
        if (w.admitted && xj_admitted_decode(xj_buf_slice(&w.statement), a) == XJ_OK)
            j = json_pack("{s:s, s:s, s:i}", "status", a->breach_count ? "admitted_with_breach" : "admitted", "case", case_id,
                          "breaches", (int)a->breach_count);
        else if (!w.admitted && xj_refused_decode(xj_buf_slice(&w.statement), &r) == XJ_OK)
            j = json_pack("{s:s, s:s, s:s%}", "status", "refused", "case", case_id, "code", r.code.p, r.code.n);
    }
    free(a);
    xj_buf_free(&w.statement);
    return j;
}

struct xj_outgoing *world_draft(struct world *w, const char *agency, const json_t *request, uint64_t draft_seed, json_t **ret_refused)
{
    struct node *n = world_agent(w, agency);
    struct draft_env d = {.r = {.s = draft_seed}, .now_ms = EPOCH_MS + (int64_t)(draft_seed % 1000000)};
    const struct xj_env env = {.ctx = &d, .now_ms = draft_now, .random = draft_random};
    struct xj_outgoing *out = NULL;
    struct xj_draft_refusal *refusal = calloc(1, sizeof *refusal);
    *ret_refused = NULL;
    const enum xj_err err = n && refusal ? xj_draft_build(n->view, &env, &n->keys, n->pairs, request, &out, refusal) : XJ_ENOMEM;
    if (err == XJ_EDENIED)
        *ret_refused = json_pack("{s:s, s:s, s:s}", "status", "refused", "code", refusal->code, "text", refusal->text_en);
    else if (err) world_fail(w, "draft: world error");
    free(refusal);
    return out;
}

struct holds {
    struct xj_id id;
    bool found;
};

static bool is_held(void *arg, const struct xj_entry *e)
{
    struct holds *h = arg;
    struct xj_header header;
    unsigned field;
    h->found = e->kind == XJ_ENTRY_OWN && xj_header_decode(e->head, &header, &field) == XJ_OK && xj_id_eq(&header.id, &h->id);
    return !h->found;
}

/* Drafts and submits; *ret_case is the act's. An answer of the draft itself, or NULL: see w->failed. */
static json_t *submit(struct world *w, const char *agency, const json_t *request, uint64_t draft_seed, char ret_case[37], struct xj_id *ret_id)
{
    json_t *refused;
    struct xj_outgoing *out = world_draft(w, agency, request, draft_seed, &refused);
    if (!out) return refused;
    xj_id_format(&out->header.case_id, ret_case);
    *ret_id = out->header.id;
    struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = out};
    world_agent_batch(w, (int)(world_agent(w, agency) - w->agent), &ev, false);
    (void)(w->hurried_ms ? world_run(w, w->hurried_ms) : world_settle(w, 40000));
    return NULL;
}

/* What is gone with a lost disk before anybody else had it, or with a batch that failed, is the person's to do again. */
json_t *world_act(struct world *w, const char *agency, const json_t *request, uint64_t draft_seed)
{
    struct node *n = world_agent(w, agency);
    struct holds h = {.found = false};
    char case_id[37];
    if (!n) return NULL;
    do {
        json_t *refused = submit(w, agency, request, draft_seed, case_id, &h.id);
        if (refused || w->failed) return refused;
        if (xj_log_scan(n->log, 1, is_held, &h)) world_fail(w, "a ledger cannot be read");
    } while ((w->ledgers_lost || w->io_errors) && !h.found && !w->failed);
    if (w->failed) return NULL;
    json_t *answer = answer_of(n, case_id);
    if (!answer) world_fail(w, "a submission was not answered");
    return answer;
}

uint64_t world_tell(struct world *w, struct node *n, struct xj_slice head)
{
    struct xj_agent_event ev = {.kind = XJ_AE_TOLD, .bytes = head};
    struct xj_buf buf;
    struct xj_entry e;
    uint64_t found = 0;
    const uint64_t before = xj_log_size(n->log);
    world_agent_batch(w, (int)(n - w->agent), &ev, false);
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    for (uint64_t i = before + 1; i <= xj_log_size(n->log); i++)
        if (xj_log_get(n->log, i, &buf, &e) == XJ_OK && e.kind == XJ_ENTRY_TOLD) found = i;
    xj_buf_free(&buf);
    return found;
}

void world_restart_agent(struct world *w, struct node *n)
{
    world_agent_down(n);
    world_cut(w, (int)(n - w->agent));
    const enum xj_err err = world_agent_open(w, n);
    if (err) {
        fprintf(stderr, "    %s: %s\n", n->path, xj_err_name(err));
        world_fail(w, "agent does not open again");
    }
}

static void verdict(void *arg, const struct xj_check_result *r)
{
    if (r->kind != XJ_CHECK_BAD) return;
    fprintf(stderr, "    %s: entry %llu: %s\n", r->check, (unsigned long long)r->entry, r->text_en);
    *(bool *)arg = false;
}

bool world_sound(struct world *w)
{
    bool ok = true;
    world_exchange_down(w);
    for (int i = 0; i < w->agents; i++)
        if (w->agent[i].core) world_agent_down(&w->agent[i]);
    for (int i = -1; i < w->agents; i++) {
        struct xj_verify_summary s;
        const struct node *n = i < 0 ? &w->exchange : &w->agent[i];
        const enum xj_err err = xj_verify_file(n->path, w->anchor.root, verdict, &ok, &s);
        if (err || !s.ok) {
            fprintf(stderr, "    %s does not verify: %s\n", n->path, xj_err_name(err));
            ok = false;
        }
    }
    return ok;
}

bool world_verify(struct world *w)
{
    const bool ok = world_sound(w);
    return ok && (w->two_stories || world_agrees(w));
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

void world_remove_dir(const char *dir)
{
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
