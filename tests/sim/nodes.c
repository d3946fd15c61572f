/* Exchange and agents as nodes: opened, stepped in transactions, crashed on either side of a commit, opened again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/core/internal.h"
#include "schema/base/file.h"
#include "schema/ledger/snapshot.h"
#include "tests/sim/world_private.h"

#define BATCH 16
#define JUMP_MS (6 * INT64_C(3600000)) /* at most, either way */

void world_fail(struct world *w, const char *what)
{
    if (!w->failed) w->failed = what;
}

/* ---- disk calls and allocations that fail ---- */

static void may_fail(struct world *w)
{
    if (w->faults.failing && rng_chance(&w->random, w->faults.io)) w->faults.failing->may_fail();
}

static bool spoils(const struct world *w)
{
    return w->faults.failing && w->faults.failing->spoils && w->faults.failing->has_failed();
}

/* True when a call failed. err: what came of it to those who step and open, which must be an error of the world; of a row withheld, nothing
 * else, and nothing at all where there need not be one. */
static bool has_failed(struct world *w, enum xj_err err)
{
    if (!w->faults.failing || !w->faults.failing->over()) return false;
    w->io_errors++;
    const bool spoils = w->faults.failing->spoils;
    const bool of_disk = err == XJ_EIO || (spoils ? err == XJ_OK || err == XJ_ECORRUPT || err == XJ_ECONFIG : err == XJ_EFULL);
    const bool may = w->faults.failing->memory ? err == XJ_OK || err == XJ_ENOMEM : of_disk;
    if (!may) {
        fprintf(stderr, "    a call failed: %s\n", xj_err_name(err));
        w->faults.failing->show();
        world_fail(w, "a failed call was taken for something else");
    }
    return true;
}

static enum xj_err store_open(struct node *n, const char *format, const char *owner, const uint8_t *root)
{
    const struct xj_db_options o = {.path = n->path, .format = format, .owner = owner, .root_key = root, .create = true,
                                    .volatile_ok = !n->world->watch};
    enum xj_err err = xj_db_open(&o, &n->env, &n->db, NULL);
    if (err) return err;
    if (!n->world->faults.failing || !n->world->faults.failing->calm_openings) may_fail(n->world);
    return xj_log_open(n->db, &n->log);
}

static void store_close(struct node *n)
{
    xj_log_close(n->log);
    xj_db_close(n->db);
    n->log = NULL;
    n->db = NULL;
}

static enum xj_err exchange_start(struct world *w)
{
    struct node *n = &w->exchange;
    enum xj_err err = store_open(n, "xianjie journal 1", "exchange", w->anchor.root);
    const struct xj_exchange_options o = {.db = n->db, .log = n->log, .env = &n->env, .keys = &w->exchange_keys,
                                          .anchor = &w->anchor, .retry_ms = 2000, .recovery_wait_ms = w->recovery_wait_ms};
    return err ? err : xj_exchange_open(&o, &w->core);
}

enum xj_err world_exchange_open(struct world *w)
{
    enum xj_err err = exchange_start(w);
    while (has_failed(w, err) && !w->failed) {
        world_exchange_down(w);
        err = exchange_start(w);
    }
    return err;
}

void world_exchange_down(struct world *w)
{
    xj_exchange_close(w->core);
    w->core = NULL;
    store_close(&w->exchange);
}

static enum xj_err one_item(void *ctx, uint64_t number, struct xj_ledger_item *ret)
{
    struct node *n = ctx;
    size_t count = 0;
    const enum xj_err err = xj_ledger_items(n->db, n->log, number - 1, 1, ret, &count);
    return err ? err : count ? XJ_OK : XJ_ENOTFOUND;
}

static enum xj_err agent_start(struct world *w, struct node *n)
{
    enum xj_err err = store_open(n, "xianjie ledger 1", n->agency.id, w->anchor.root);
    if (err) return err;
    struct xj_agent_options o = {.db = n->db, .log = n->log, .env = &n->env, .keys = &n->keys, .agency = n->agency.id,
                                 .anchor = &w->anchor};
    n->env.random(n->env.ctx, o.nonce.b, sizeof o.nonce.b);
    return xj_agent_open(&o, &n->core);
}

enum xj_err world_agent_open(struct world *w, struct node *n)
{
    enum xj_err err = agent_start(w, n);
    while (has_failed(w, err) && !w->failed) {
        world_agent_down(n);
        err = agent_start(w, n);
    }
    if (err) return err;
    char path[1100];
    snprintf(path, sizeof path, "%s.view", n->path);
    const struct xj_view_options v = {.path = path, .agency = n->agency.id, .root_key = w->anchor.root, .keys = &n->keys,
                                      .volatile_ok = !w->watch, .ledger = {n, one_item}};
    n->connected = false;
    if (!n->view) err = xj_view_open(&v, &n->view, NULL);
    if (err || xj_view_applied(n->view) <= xj_log_size(n->log)) return err;
    w->views_ahead++; /* it shows what no ledger holds: as the shell does */
    return xj_view_clear(n->view);
}

void world_agent_down(struct node *n)
{
    xj_agent_close(n->core);
    n->core = NULL;
    store_close(n);
}

/* True when this commit is one the node does not survive; before: nothing of the batch remains, else all of it but no action. */
static bool crashes(struct world *w, bool before)
{
    const bool hit = rng_chance(&w->random, before ? w->faults.crash_before : w->faults.crash_after);
    w->crashes += hit;
    return hit;
}

static void leaves(struct world *w, struct node *n, struct xj_slice frame)
{
    if (w->watch) w->watch->leaves(w->watch->arg, w, n, frame);
}

static unsigned times(struct world *w, unsigned per_mille)
{
    return per_mille / 1000 + rng_chance(&w->random, per_mille % 1000);
}

static void garbled_from(struct world *w, int index, struct xj_slice frame)
{
    for (unsigned n = times(w, w->faults.garble); n && !w->failed; n--) {
        struct xj_buf other;
        world_garble(&w->random, frame, &other);
        if (!world_is_word_of(w, &w->agent[index], xj_buf_slice(&other))) world_garbled_to_exchange(w, index, xj_buf_slice(&other));
        xj_buf_free(&other);
    }
}

static void garbled_to(struct world *w, int index, struct xj_slice frame)
{
    for (unsigned n = times(w, w->faults.garble_back); n; n--) {
        struct xj_buf other;
        world_garble(&w->random, frame, &other);
        if (!world_is_word_of_exchange(xj_buf_slice(&other))) {
            w->garbled++;
            world_send(w, EXCHANGE, index, w->agent[index].conn, xj_buf_slice(&other));
        }
        xj_buf_free(&other);
    }
}

static void exchange_release(struct world *w)
{
    struct xj_exchange_action a;
    while (xj_exchange_take(w->core, &a)) {
        uint64_t conn;
        int node;
        if (a.kind == XJ_XA_SEND && sscanf((const char *)a.conn, "%d/%llu", &node, (unsigned long long *)&conn) == 2 &&
            node >= 0 && node < w->agents && w->agent[node].conn == conn) {
            leaves(w, &w->exchange, xj_buf_slice(&a.bytes));
            garbled_to(w, node, xj_buf_slice(&a.bytes));
            world_send(w, EXCHANGE, node, conn, xj_buf_slice(&a.bytes));
        }
        xj_buf_free(&a.bytes);
    }
}

/* cut: not the process alone died, its machine lost power, and the disk is as that left it. */
static void reopen(struct world *w, bool cut)
{
    world_cut(w, EXCHANGE);
    if (cut) w->watch->power_on(w->watch->arg, w, &w->exchange);
    if (world_exchange_open(w)) world_fail(w, "exchange does not open again");
    for (int i = 0; i < w->agents; i++) w->agent[i].connected = false;
}

static void exchange_restart(struct world *w, bool cut)
{
    if (cut) w->watch->power_off(w->watch->arg, w, &w->exchange);
    world_exchange_down(w);
    reopen(w, cut);
}

/* After COMMIT: true when the machine loses power now; what of the batch is on its disk, the watch decides. */
static bool committed(struct world *w, struct node *n, bool may_be_lost)
{
    if (!w->watch) return false;
    w->watch->committed(w->watch->arg, w, n);
    const bool hit = may_be_lost && rng_chance(&w->random, w->faults.power);
    w->cuts += hit;
    return hit;
}

static void fold_log(struct world *w, struct node *n)
{
    if (w->watch && rng_chance(&w->random, w->faults.fold) && xj_db_checkpoint(n->db, false)) world_fail(w, "fold");
}

static void may_jump(struct world *w, struct node *n, unsigned per_mille)
{
    if (!rng_chance(&w->random, per_mille)) return;
    n->clock_ms = (int64_t)(rng_next(&w->random) % (2 * JUMP_MS + 1)) - JUMP_MS;
    w->jumps++;
}

/* ---- its disk ---- */

static void other_path(const struct world *w, const char *tail, char ret[1100])
{
    snprintf(ret, 1100, "%s%s", w->exchange.path, tail);
}

static void copy_file(struct world *w, const char *from, const char *to)
{
    struct xj_buf b = {0};
    if (xj_file_read(from, 256u * 1024 * 1024, &b) || xj_file_write_atomic(to, xj_buf_slice(&b), 0600)) world_fail(w, "copy of a disk");
    xj_buf_free(&b);
}

void world_copy_exchange(struct world *w)
{
    char copy[1100];
    other_path(w, ".copy", copy);
    world_exchange_down(w);
    copy_file(w, w->exchange.path, copy);
    reopen(w, false);
}

void world_lose_exchange(struct world *w, bool whole)
{
    static const char *const tails[] = {"", "-wal", "-shm"};
    char path[1100];
    world_exchange_down(w);
    for (size_t i = 0; i < 3; i++) {
        other_path(w, tails[i], path);
        (void)unlink(path);
    }
    other_path(w, ".copy", path);
    if (!whole && access(path, R_OK) == 0) {
        copy_file(w, path, w->exchange.path);
        w->two_stories = true;
    }
    w->losses++;
    reopen(w, false);
}

static void disk_faults(struct world *w)
{
    if (!w->disk_fails || w->failed) return;
    if (rng_chance(&w->random, w->faults.copy_exchange)) world_copy_exchange(w);
    const bool lose = rng_chance(&w->random, w->faults.lose_exchange), back = rng_chance(&w->random, w->faults.set_back);
    if (!lose && !back) return;
    w->disk_fails--;
    world_lose_exchange(w, lose);
    if (!rng_chance(&w->random, w->faults.away)) return;
    const int i = 1 + (int)(rng_next(&w->random) % (uint64_t)(w->agents - 1));
    w->absent[i] = true;
    w->back_ms[i] = w->now_ms + 1000 + (int64_t)(rng_next(&w->random) % 30000);
}

/* From BEGIN to before COMMIT. */
static enum xj_err exchange_steps(struct world *w, bool tick)
{
    enum xj_err err = xj_db_begin(w->exchange.db);
    struct xj_exchange_event ev = {.kind = XJ_XE_TICK};
    if (!err && tick) err = xj_exchange_step(w->core, &ev);
    struct frame *f;
    for (int i = 0; !err && i < BATCH && (f = world_due(w, EXCHANGE)) != NULL; i++) {
        char conn[XJ_CONN_MAX] = {0};
        snprintf(conn, sizeof conn, "%d/%llu", f->from, (unsigned long long)f->conn);
        ev = (struct xj_exchange_event){.kind = XJ_XE_FRAME, .conn = xj_slice_of(conn, sizeof conn),
                                        .agency = xj_slice_cstr(w->agent[f->from].agency.id),
                                        .key = xj_slice_of(w->agent[f->from].public_keys.transport, 32), .bytes = xj_slice_of(f->p, f->n)};
        err = xj_exchange_step(w->core, &ev);
        world_frame_free(f);
    }
    return err ? err : xj_exchange_flush(w->core);
}

void world_exchange_batch(struct world *w, bool tick)
{
    may_jump(w, &w->exchange, w->faults.jump_exchange);
    may_fail(w);
    enum xj_err err = exchange_steps(w, tick);
    const bool crashed = !err && (crashes(w, true) || spoils(w));
    if (!err && !crashed && w->watch && w->watch->hasty) exchange_release(w);
    if (!err && !crashed) err = xj_db_commit(w->exchange.db);
    const bool failed = has_failed(w, err);
    if (failed || crashed) {
        xj_db_rollback(w->exchange.db);
        exchange_restart(w, false);
        return;
    }
    if (err) {
        world_fail(w, "exchange: world error");
        xj_db_rollback(w->exchange.db);
        return;
    }
    const bool cut = committed(w, &w->exchange, true);
    if (cut || crashes(w, false)) {
        exchange_restart(w, cut);
    } else {
        exchange_release(w);
        fold_log(w, &w->exchange);
    }
    if (!cut) disk_faults(w);
}

#define FOLLOW 64

bool world_follow(struct world *w, struct node *n)
{
    struct xj_ledger_item items[FOLLOW];
    size_t count = 0;
    do {
        enum xj_err err = xj_ledger_items(n->db, n->log, xj_view_applied(n->view), FOLLOW, items, &count);
        if (!err && count) err = xj_view_apply(n->view, items, count);
        if (err) world_fail(w, "view does not follow its ledger");
        for (size_t i = 0; i < count; i++) xj_ledger_item_free(&items[i]);
    } while (count && !w->failed);
    return !w->failed;
}

static void agent_release(struct world *w, int index)
{
    struct node *n = &w->agent[index];
    struct xj_agent_action a;
    while (xj_agent_take(n->core, &a)) {
        struct xj_buf other = {0};
        const bool tampered = a.kind == XJ_AA_SEND && w->tamper && w->tamper(w, index, xj_buf_slice(&a.bytes), &other);
        if (a.kind == XJ_AA_SEND) {
            leaves(w, n, xj_buf_slice(&a.bytes));
            garbled_from(w, index, xj_buf_slice(&a.bytes));
            world_send(w, index, EXCHANGE, n->conn, xj_buf_slice(tampered ? &other : &a.bytes));
        }
        xj_buf_free(&other);
        if (a.kind == XJ_AA_RECONNECT) n->connected = false;
        xj_buf_free(&a.bytes);
    }
}

static void agent_restart(struct world *w, int index, bool cut)
{
    struct node *n = &w->agent[index];
    if (cut) {
        w->watch->power_off(w->watch->arg, w, n);
        xj_view_close(n->view);
        n->view = NULL;
    }
    world_agent_down(n);
    world_cut(w, index);
    if (cut) w->watch->power_on(w->watch->arg, w, n);
    if (world_agent_open(w, n)) world_fail(w, "agent does not open again");
}

static const char *copy_path(const struct node *n, char path[1100])
{
    snprintf(path, 1100, "%s.copy", n->path);
    return path;
}

void world_copy_agent(struct world *w, struct node *n)
{
    char path[1100];
    unlink(copy_path(n, path));
    if (xj_db_snapshot(n->db, path)) world_fail(w, "a ledger cannot be copied");
}

static void remove_files(const char *path)
{
    static const char *const tails[] = {"", "-wal", "-shm"};
    char file[1200];
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        snprintf(file, sizeof file, "%s%s", path, tails[i]);
        unlink(file);
    }
}

void world_lose_agent(struct world *w, struct node *n, bool put_back)
{
    char copy[1100], view[1100];
    struct xj_buf bytes = {0};
    world_agent_down(n);
    xj_view_close(n->view);
    n->view = NULL;
    world_cut(w, (int)(n - w->agent));
    snprintf(view, sizeof view, "%s.view", n->path);
    remove_files(view);
    remove_files(n->path);
    enum xj_err err = put_back ? xj_file_read(copy_path(n, copy), 1u << 30, &bytes) : XJ_ENOTFOUND;
    if (!err) err = xj_file_write_atomic(n->path, xj_buf_slice(&bytes), 0600);
    xj_buf_free(&bytes);
    /* A copy may hold an act that was never sent. Once it is given up, another gets its number: the copy is of no use any more. */
    if (!put_back) unlink(copy_path(n, copy));
    if ((err && err != XJ_ENOTFOUND) || world_agent_open(w, n)) world_fail(w, "agent does not open after its disk was lost");
    w->ledgers_lost++;
}

/* A connection that is gone is dialled anew; the core hears of both. */
static enum xj_err agent_dial(struct world *w, int index)
{
    struct node *n = &w->agent[index];
    struct xj_agent_event ev = {.kind = XJ_AE_DISCONNECTED};
    enum xj_err err = xj_agent_step(n->core, &ev);
    world_cut(w, index);
    n->conn++;
    n->connected = true;
    ev.kind = XJ_AE_CONNECTED;
    return err ? err : xj_agent_step(n->core, &ev);
}

/* From BEGIN to before COMMIT. *extra is NULL once it was handed over. */
static enum xj_err agent_steps(struct world *w, int index, struct xj_agent_event **extra, bool tick)
{
    struct node *n = &w->agent[index];
    enum xj_err err = xj_db_begin(n->db);
    if (!err && !n->connected) err = agent_dial(w, index);
    struct frame *f;
    for (int i = 0; !err && i < BATCH && (f = world_due(w, index)) != NULL; i++) {
        const struct xj_agent_event ev = {.kind = XJ_AE_FRAME, .bytes = xj_slice_of(f->p, f->n)};
        if (f->conn == n->conn) err = xj_agent_step(n->core, &ev);
        world_frame_free(f);
    }
    if (!err && *extra) {
        err = xj_agent_step(n->core, *extra);
        *extra = NULL;
    }
    const struct xj_agent_event tock = {.kind = XJ_AE_TICK};
    if (!err && tick) err = xj_agent_step(n->core, &tock);
    return err ? err : xj_agent_flush(n->core);
}

void world_agent_batch(struct world *w, int index, struct xj_agent_event *extra, bool tick)
{
    struct node *n = &w->agent[index];
    if (rng_chance(&w->random, w->faults.disconnect)) n->connected = false;
    may_jump(w, n, w->faults.jump);
    may_fail(w);
    struct xj_agent_event *left = extra;
    enum xj_err err = agent_steps(w, index, &left, tick);
    /* a draft not yet in the ledger is the person's to send again */
    const bool crashed = !err && ((!extra && crashes(w, true)) || spoils(w));
    if (!err && !crashed && w->watch && w->watch->hasty) agent_release(w, index);
    if (!err && !crashed) err = xj_db_commit(n->db);
    const bool failed = has_failed(w, err);
    if (left) xj_outgoing_free(left->outgoing);
    if (failed || crashed) {
        xj_db_rollback(n->db);
        agent_restart(w, index, false);
        return;
    }
    if (err) {
        world_fail(w, "agent: world error");
        xj_db_rollback(n->db);
        return;
    }
    if (!w->sparing) world_follow(w, n);
    const bool cut = committed(w, n, !extra);
    if (rng_chance(&w->random, w->faults.copy)) world_copy_agent(w, n);
    if (!cut && rng_chance(&w->random, w->faults.lose)) {
        world_lose_agent(w, n, rng_chance(&w->random, 500));
        return;
    }
    if (cut || crashes(w, false)) {
        agent_restart(w, index, cut);
        return;
    }
    agent_release(w, index);
    fold_log(w, n);
}

/* Against what the exchange has: word of it may have been lost on the way to the agent. */
bool world_agent_quiet(struct world *w, struct node *n)
{
    struct xj_agent_figures f;
    struct peer *p = NULL;
    struct xj_exchange_figures x;
    xj_agent_figures(n->core, &f);
    xj_exchange_figures(w->core, &x);
    if (f.state != XJ_AGENT_READY) {
        if (f.state != XJ_AGENT_OFFLINE && f.state != XJ_AGENT_RECOVERING && f.state != XJ_AGENT_EXCHANGE_LOST) {
            if (!w->failed && !w->quiet) fprintf(stderr, "    %s: %s\n", n->agency.id, f.why_en);
            world_fail(w, xj_agent_state_name(f.state));
        }
        return false;
    }
    if (xj_peer_get(w->core, xj_slice_cstr(n->agency.id), &p) || !p) return false;
    return f.own_proved == f.own_number && f.mailbox == p->account.mailbox_head && f.feed == p->account.feed_head &&
           f.register_number >= x.register_head;
}

bool world_quiet(struct world *w)
{
    if (w->frames) return false;
    for (int i = 0; i < w->agents; i++)
        if (w->back_ms[i]) return false;
    for (int i = 0; i < w->agents; i++)
        if (w->agent[i].agency.connected && !w->absent[i] && (w->agent[i].core || !w->sparing) && !world_agent_quiet(w, &w->agent[i])) return false;
    return true;
}
