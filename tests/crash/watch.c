#include "tests/crash/watch.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "schema/ledger/verify.h"
#include "tests/sim/world_private.h"

static struct past *past_of(struct crash *c, const struct world *w, const struct node *n)
{
    return &c->past[n == &w->exchange ? 0 : n - w->agent + 1];
}

static const char *file_of(const struct node *n)
{
    return strrchr(n->path, '/') + 1;
}

static void *grown(void *list, size_t count, size_t *cap, size_t each)
{
    if (count < *cap) return list;
    *cap = *cap ? 2 * *cap : 64;
    list = realloc(list, *cap * each);
    if (!list) abort();
    return list;
}

/* ---- what left ---- */

static void promise(struct past *p, struct xj_slice head)
{
    const struct xj_hash digest = xj_sha256(&head, 1);
    if (!head.n) return;
    for (size_t i = 0; i < p->promise_count; i++)
        if (xj_hash_eq(&p->promises[i].digest, &digest)) return;
    p->promises = grown(p->promises, p->promise_count, &p->promise_cap, sizeof *p->promises);
    p->promises[p->promise_count++] = (struct promise){disk_steps(), digest};
}

static void promise_message(struct past *p, struct xj_slice bytes)
{
    struct xj_message m;
    if (xj_message_split(bytes, &m) == XJ_OK) promise(p, m.header);
}

/* Messages and statements in it are entries of the sender's own store; so is what it passes on of others. */
static void leaves(void *arg, struct world *w, struct node *n, struct xj_slice frame)
{
    struct past *p = past_of(arg, w, n);
    struct xj_frame f;
    struct xj_frame_item item;
    if (((const struct crash *)arg)->over) return;
    if (xj_frame_open(frame, &f)) {
        world_fail(w, "a frame that left cannot be read");
        return;
    }
    if (f.type == XJ_F_STORED) promise(p, f.bytes);
    while (f.type != XJ_F_NOTICE && xj_frame_next(&f, &item)) {
        promise_message(p, item.message);
        promise(p, item.statement);
        promise(p, item.stored);
    }
    xj_frame_close(&f);
}

/* ---- what a commit held ---- */

static bool add_pair(void *arg, struct xj_slice key, struct xj_slice value)
{
    const uint64_t sizes[2] = {key.n, value.n};
    crypto_hash_sha256_update(arg, (const uint8_t *)sizes, sizeof sizes);
    crypto_hash_sha256_update(arg, key.p, key.n);
    crypto_hash_sha256_update(arg, value.p, value.n);
    return true;
}

/* Entries and working state of an open store in one digest. */
struct xj_hash crash_content(struct node *n)
{
    struct xj_hash root = xj_log_root(n->log), digest;
    const uint64_t size = xj_log_size(n->log);
    struct xj_store store = xj_db_store(n->db);
    crypto_hash_sha256_state h;
    crypto_hash_sha256_init(&h);
    crypto_hash_sha256_update(&h, (const uint8_t *)&size, sizeof size);
    crypto_hash_sha256_update(&h, root.b, sizeof root.b);
    if (store.scan(store.ctx, xj_slice_of(NULL, 0), xj_slice_of(NULL, 0), false, add_pair, &h)) world_fail(n->world, "kv");
    crypto_hash_sha256_final(&h, digest.b);
    return digest;
}

static void committed(void *arg, struct world *w, struct node *n)
{
    struct past *p = past_of(arg, w, n);
    p->commits = grown(p->commits, p->commit_count, &p->commit_cap, sizeof *p->commits);
    p->commits[p->commit_count++] = (struct commit){disk_steps(), crash_content(n)};
}

/* ---- power ---- */

/* Somewhere behind the commit before this one: since then only this batch was written, and nothing of it has left. */
static void power_off(void *arg, struct world *w, struct node *n)
{
    struct crash *c = arg;
    const struct past *p = past_of(c, w, n);
    const uint64_t first = p->commit_count > 1 ? p->commits[p->commit_count - 2].step : 0;
    disk_walk(first);
    disk_walk(disk_walked() + rng_next(&c->random) % (disk_steps() - disk_walked() + 1));
    disk_cut(file_of(n), &c->random, c->state);
    disk_pause(file_of(n));
}

static void power_on(void *arg, struct world *w, struct node *n)
{
    (void)w;
    const struct crash *c = arg;
    disk_pause(NULL);
    disk_put(file_of(n), c->state);
}

/* ---- starting from a state ---- */

struct heads {
    struct xj_hash *list;
    size_t count, cap;
};

static bool add_head(void *arg, const struct xj_entry *e)
{
    struct heads *h = arg;
    h->list = grown(h->list, h->count, &h->cap, sizeof *h->list);
    h->list[h->count++] = xj_sha256(&e->head, 1);
    return true;
}

static bool holds(const struct heads *h, const struct xj_hash *digest)
{
    for (size_t i = h->count; i-- > 0;)
        if (xj_hash_eq(&h->list[i], digest)) return true;
    return false;
}

static const char *promises_kept(struct node *n, const struct past *p, uint64_t step)
{
    struct heads h = {0};
    const char *why = xj_log_scan(n->log, 1, add_head, &h) ? "its entries cannot be read" : NULL;
    for (size_t i = 0; !why && i < p->promise_count; i++)
        if (p->promises[i].step <= step && !holds(&h, &p->promises[i].digest)) why = "something that had left is not in it";
    free(h.list);
    return why;
}

const char *crash_promises_kept(struct crash *c, struct world *w, struct node *n)
{
    return promises_kept(n, past_of(c, w, n), UINT64_MAX);
}

/* The store is as of the last commit before the cut, or of the one that was under way: wholly there or not at all. */
static const char *is_one_commit(struct crash *c, struct node *n, const struct past *p, uint64_t step)
{
    size_t next = 0;
    while (next < p->commit_count && p->commits[next].step <= step) next++;
    const struct xj_hash now = crash_content(n);
    if (next == 0) return NULL; /* cut while it was made: the start made it anew */
    if (next < p->commit_count && xj_hash_eq(&now, &p->commits[next].content)) return NULL;
    c->torn++;
    if (xj_hash_eq(&now, &p->commits[next - 1].content)) return NULL;
    return "it is as of no commit, or of one too old";
}

/* As the shells do it: open, and let the core finish what a start begins. */
static const char *start(struct crash *c, struct world *w, struct node *n, const struct past *p, uint64_t step)
{
    const bool exchange = n == &w->exchange;
    if (exchange ? world_exchange_open(w) : world_agent_open(w, n)) return "it does not open";
    if (w->views_ahead) return "its view shows what its ledger does not hold";
    const char *why = is_one_commit(c, n, p, step);
    if (!why) why = promises_kept(n, p, step);
    enum xj_err err = xj_db_begin(n->db);
    if (!err) err = exchange ? xj_exchange_flush(w->core) : xj_agent_flush(n->core);
    if (!err) err = xj_db_commit(n->db);
    return why ? why : err ? "it cannot be written" : NULL;
}

static void stop(struct world *w, struct node *n)
{
    xj_view_close(n->view);
    if (n == &w->exchange) world_exchange_down(w);
    else world_agent_down(n);
}

/* A city in whose place one node starts from the files of dir. */
static void shadow(const struct world *w, const struct node *n, const char *dir, struct world *ret, struct node *ret_node)
{
    *ret = *w;
    *ret_node = *n;
    ret->core = NULL;
    ret->views_ahead = 0;
    ret_node->db = NULL;
    ret_node->log = NULL;
    ret_node->core = NULL;
    ret_node->view = NULL;
    ret_node->world = ret;
    ret_node->env.ctx = ret_node;
    snprintf(ret_node->path, sizeof ret_node->path, "%s/%s", dir, file_of(n));
}

static void verdict(void *arg, const struct xj_check_result *r)
{
    if (r->kind == XJ_CHECK_BAD) snprintf(arg, 128, "%s: %s", r->check, r->text_en);
}

static void check_state(struct crash *c, struct world *w, struct node *n, uint64_t step)
{
    static struct world s; /* large, and no more than one is looked at */
    struct node other;
    char said[128] = "";
    struct xj_verify_summary sum;
    shadow(w, n, c->state, &s, &other);
    struct node *at = n == &w->exchange ? &s.exchange : &other;
    s.exchange = other;
    const char *why = start(c, &s, at, past_of(c, w, n), step);
    stop(&s, at);
    if (!why && s.failed) why = s.failed;
    if (!why && (xj_verify_file(at->path, w->anchor.root, verdict, said, &sum) || !sum.ok)) why = said[0] ? said : "it cannot be verified";
    c->states++;
    c->bad += why != NULL;
    if (why && !c->quiet)
        fprintf(stderr, "seed %llu, %s, step %llu (%s): %s\n", (unsigned long long)c->seed, file_of(n), (unsigned long long)step,
                disk_step_name(step ? step - 1 : 0), why);
}

/* Whose disk a step was on; NULL: nobody's (a name that no node has). */
static struct node *node_of(struct world *w, uint64_t step)
{
    const char *name = disk_step_name(step);
    for (int i = -1; i < w->agents; i++) {
        struct node *n = i < 0 ? &w->exchange : &w->agent[i];
        if (strncmp(name, file_of(n), strlen(file_of(n))) == 0) return n;
    }
    return NULL;
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Cuts at steps of the whole run, a node of which each step was part, in their order. */
static void played(void *arg, struct world *w)
{
    struct crash *c = arg;
    if (w->views_ahead) world_fail(w, "a view was ahead of its ledger");
    uint64_t *at = calloc(c->wanted + 1, sizeof *at);
    if (!at) abort();
    for (unsigned i = 0; i < c->wanted;) {
        at[i] = rng_next(&c->random) % disk_steps();
        i += node_of(w, at[i]) != NULL;
    }
    qsort(at, c->wanted, sizeof *at, by_number);
    for (unsigned i = 0; i < c->wanted; i++) {
        struct node *n = node_of(w, at[i]);
        disk_walk(at[i] + 1);
        disk_cut(file_of(n), &c->random, c->state);
        check_state(c, w, n, at[i] + 1);
    }
    free(at);
}

/* ---- beginning and end ---- */

bool crash_begin(struct crash *c, uint64_t seed, enum disk_lie lie)
{
    memset(c, 0, sizeof *c);
    c->seed = seed;
    c->random.s = seed * 6364136223846793005u + 1;
    c->watch = (struct world_watch){.arg = c, .committed = committed, .leaves = leaves, .power_off = power_off,
                                    .power_on = power_on, .played = played};
    snprintf(c->base, sizeof c->base, "/var/tmp/xianjie-crash-XXXXXX");
    if (!mkdtemp(c->base)) return false;
    snprintf(c->live, sizeof c->live, "%s/live", c->base);
    snprintf(c->state, sizeof c->state, "%s/state", c->base);
    disk_watch(c->base, lie);
    return true;
}

void crash_end(struct crash *c)
{
    disk_unwatch();
    if (!getenv("XJ_KEEP")) world_remove_dir(c->base);
    for (size_t i = 0; i < sizeof c->past / sizeof c->past[0]; i++) {
        free(c->past[i].promises);
        free(c->past[i].commits);
    }
}
