/* What folding costs: `fold PLAN DIR` carries out a plan of the synthetic year in DIR and then folds the procuratorate's ledger, which
 * holds every open act of the city, again and again: the engine alone over a map in memory, the whole view, and, as a floor, the same
 * entries copied into a plain SQLite table with the view's settings. Prints one JSON object; times are processor time of this process. Spec: none; 09-fold, 10-api 5. */
#include <jansson.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/agent/view/facts.h"
#include "schema/ledger/memory_store.h"
#include "schema/trust/register.h"
#include "schema/wire/statement.h"
#include "tests/year/year.h"

#define BATCH 256
#define DETAIL_BYTES (XJ_MAX_NAME_BYTES * 2 + 2)

_Noreturn static void die(const char *what)
{
    fprintf(stderr, "fold: %s\n", what);
    exit(1);
}

static void must(enum xj_err err, const char *what)
{
    if (err != XJ_OK)
        die(what);
}

static void *room(size_t count, size_t size)
{
    void *p = calloc(count > 0 ? count : 1, size);
    if (p == NULL)
        die("memory is out");
    return p;
}

/* ---- the ledger, in memory ---- */

struct ledger {
    struct xj_ledger_item *items;
    size_t count;
};

static struct ledger load(struct node *n)
{
    struct ledger l = {room((size_t)xj_log_size(n->log), sizeof *l.items), 0};
    size_t got = 0;
    do {
        must(xj_ledger_items(n->db, n->log, l.count, BATCH, l.items + l.count, &got), "the ledger cannot be read");
        l.count += got;
    } while (got > 0);
    return l;
}

/* ---- the engine alone ---- */

/* An entry as the engine takes it, decoded before the clock runs. */
struct deed {
    struct xj_header header;
    struct xj_admitted admitted;
    struct xj_after after[8];
    struct xj_admitted_act act;
    struct xj_delivered delivered; /* item_count 0: an act */
};

struct engine_run {
    struct xj_memory_store *memory;
    struct xj_store store;
    struct xj_model *model;
    struct xj_calendar calendar;
    struct xj_facts_ctx facts;
    struct xj_reg_cache cache;
    struct xj_succession succession;
    struct deed **deeds;
    size_t deed_count, acts, entries;
    json_t *by_digest; /* hex of a message's digest -> its deed's number: whom a delivery speaks of */
};

static void open_law(struct engine_run *r, const uint8_t root[32], const struct ledger *l)
{
    struct xj_buf bytes;
    struct xj_doc doc;
    struct xj_hash revision;
    r->memory = xj_memory_store_new();
    if (r->memory == NULL)
        die("memory is out");
    r->store = xj_memory_store_of(r->memory);
    for (size_t i = 0; i < l->count; i++)
        if (l->items[i].kind == XJ_ENTRY_REGISTER)
            must(xj_reg_apply(&r->store, root, xj_buf_slice(&l->items[i].head), xj_buf_slice(&l->items[i].sig), NULL), "register");
    xj_buf_init(&bytes, XJ_MAX_REGISTER_ENTRY_BYTES);
    must(xj_reg_procedure_current(&r->store, xj_slice_cstr("referral"), INT64_MAX, &revision), "procedure");
    must(xj_reg_procedure(&r->store, xj_slice_cstr("referral"), &revision, &bytes), "procedure");
    must(xj_model_decode(xj_buf_slice(&bytes), &r->model), "procedure");
    must(xj_reg_get(&r->store, "calendar", xj_slice_cstr("cn"), UINT64_MAX, &bytes), "calendar");
    must(xj_doc_open(&doc, xj_buf_slice(&bytes), XJ_MAX_REGISTER_NODES), "calendar");
    must(xj_calendar_decode(xj_map_bin(&doc.root, "bytes"), &r->calendar), "calendar");
    xj_doc_close(&doc);
    xj_buf_free(&bytes);
    struct xj_reg_head head;
    must(xj_reg_head(&r->store, &head), "register");
    must(xj_succession_read(&r->succession, &r->store, head.number), "succession");
    r->cache.head = head.number;
}

static void digest_text(const struct xj_hash *h, char out[65])
{
    xj_hex(h->b, sizeof h->b, out);
}

static void take_act(struct engine_run *r, const struct xj_ledger_item *message, const struct xj_ledger_item *statement, const char *viewer)
{
    struct deed *d = room(1, sizeof *d);
    unsigned field;
    char text[65];
    must(xj_header_decode(xj_buf_slice(&message->head), &d->header, &field), "a header");
    must(xj_admitted_decode(xj_buf_slice(&statement->head), &d->admitted), "a statement");
    d->act = (struct xj_admitted_act){.header = &d->header, .seq = d->admitted.seq, .admitted_ms = d->admitted.time_ms, .after = d->after,
                                      .viewer = xj_slice_cstr(viewer)};
    for (size_t i = 0; i < d->admitted.after_count && d->act.after_count < sizeof d->after / sizeof d->after[0]; i++) {
        const struct xj_st_after *a = &d->admitted.after[i];
        uint16_t track = xj_model_track(r->model, a->track);
        if (track != XJ_NONE)
            d->after[d->act.after_count++] = (struct xj_after){.track = track, .state = xj_model_state(&r->model->tracks[track], a->state),
                                                               .owner = a->owner, .subject = a->subject, .has_subject = a->has_subject};
    }
    digest_text(&d->admitted.message, text);
    json_object_set_new(r->by_digest, text, json_integer((json_int_t)r->deed_count));
    r->deeds[r->deed_count++] = d;
    r->acts++;
}

static void take_delivery(struct engine_run *r, const struct xj_ledger_item *item)
{
    struct deed *d = room(1, sizeof *d);
    must(xj_delivered_decode(xj_buf_slice(&item->head), &d->delivered), "a delivery");
    r->deeds[r->deed_count++] = d;
}

/* The own or received entry before a statement is the one it speaks of, or is found by its digest. */
static void take_all(struct engine_run *r, const struct ledger *l, const char *viewer)
{
    json_t *messages = json_object();
    char text[65];
    struct xj_admitted *a = room(1, sizeof *a);
    r->deeds = room(l->count, sizeof(struct deed *));
    r->by_digest = json_object();
    for (size_t i = 0; i < l->count; i++) {
        const struct xj_ledger_item *e = &l->items[i];
        struct xj_hash h;
        r->entries++;
        if (e->kind == XJ_ENTRY_OWN || e->kind == XJ_ENTRY_RECEIVED) {
            h = xj_header_digest(xj_buf_slice(&e->head));
            digest_text(&h, text);
            json_object_set_new(messages, text, json_integer((json_int_t)i));
        } else if (e->kind == XJ_ENTRY_ADMITTED && xj_admitted_decode(xj_buf_slice(&e->head), a) == XJ_OK) {
            digest_text(&a->message, text);
            take_act(r, &l->items[json_integer_value(json_object_get(messages, text))], e, viewer);
        } else if (e->kind == XJ_ENTRY_DELIVERED) {
            take_delivery(r, e);
        }
    }
    json_decref(messages);
    free(a);
}

static void apply_delivery(struct engine_run *r, const struct xj_engine *e, const struct xj_delivered *d)
{
    char text[65];
    for (size_t i = 0; i < d->item_count; i++) {
        digest_text(&d->items[i].message, text);
        const json_t *at = json_object_get(r->by_digest, text);
        if (at == NULL)
            continue;
        const struct xj_header *h = &r->deeds[json_integer_value(at)]->header;
        enum xj_err err = xj_engine_delivered(e, h->case_id, h->id, d->recipient, d->exchange_ms);
        if (err != XJ_OK && err != XJ_ENOTFOUND && err != XJ_EEXISTS)
            die("a delivery does not fold");
    }
}

static json_t *engine_alone(const struct ledger *l, const struct year *y, const char *viewer)
{
    struct engine_run r = {.acts = 0};
    open_law(&r, y->w->anchor.root, l);
    take_all(&r, l, viewer);
    struct xj_engine e = {.store = r.store, .model = r.model, .calendar = &r.calendar};
    int64_t begin = year_now_ns();
    for (size_t i = 0; i < r.deed_count; i++) {
        struct deed *d = r.deeds[i];
        e.facts = xj_facts_at(&r.facts, &r.store, &r.cache, &r.succession, d->admitted.register_number);
        if (d->delivered.item_count > 0)
            apply_delivery(&r, &e, &d->delivered);
        else
            must(xj_engine_apply(&e, &d->act), "an act does not fold");
    }
    int64_t took = year_now_ns() - begin;
    json_t *v = json_pack("{s:f, s:f, s:f}", "entries_per_s", (double)r.entries * 1e9 / (double)took, "acts_per_s",
                          (double)r.acts * 1e9 / (double)took, "seconds", (double)took / 1e9);
    for (size_t i = 0; i < r.deed_count; i++) {
        free(r.deeds[i]->delivered.items);
        free(r.deeds[i]);
    }
    free(r.deeds);
    json_decref(r.by_digest);
    xj_succession_free(&r.succession);
    xj_calendar_free(&r.calendar);
    xj_model_free(r.model);
    xj_memory_store_free(r.memory);
    return v;
}

/* ---- SQLite's own floor ---- */

static void sql(sqlite3 *db, const char *text)
{
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
        die(sqlite3_errmsg(db));
}

/* Every entry as one row of a table with an index, in transactions of the view's batches, with the view's settings. */
static json_t *floor_of(const struct ledger *l, const char *dir)
{
    char path[1200];
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    snprintf(path, sizeof path, "%s/floor.db", dir);
    if (sqlite3_open(path, &db) != SQLITE_OK)
        die("floor.db");
    sql(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-16384;"
            "CREATE TABLE entry(n INTEGER PRIMARY KEY, digest BLOB NOT NULL, head BLOB NOT NULL, body BLOB) STRICT;"
            "CREATE INDEX entry_digest ON entry(digest)");
    if (sqlite3_prepare_v2(db, "INSERT INTO entry VALUES(?1, ?2, ?3, ?4)", -1, &st, NULL) != SQLITE_OK)
        die(sqlite3_errmsg(db));
    int64_t begin = year_now_ns();
    for (size_t i = 0; i < l->count; i++) {
        const struct xj_ledger_item *e = &l->items[i];
        struct xj_hash h = xj_header_digest(xj_buf_slice(&e->head));
        if (i % BATCH == 0)
            sql(db, i > 0 ? "COMMIT; BEGIN IMMEDIATE" : "BEGIN IMMEDIATE");
        sqlite3_bind_int64(st, 1, (int64_t)e->n);
        sqlite3_bind_blob64(st, 2, h.b, sizeof h.b, SQLITE_STATIC);
        sqlite3_bind_blob64(st, 3, e->head.p, e->head.n, SQLITE_STATIC);
        sqlite3_bind_blob64(st, 4, e->body.p, e->body.n, SQLITE_STATIC);
        if (sqlite3_step(st) != SQLITE_DONE)
            die(sqlite3_errmsg(db));
        sqlite3_reset(st);
    }
    sql(db, "COMMIT");
    int64_t took = year_now_ns() - begin;
    sqlite3_finalize(st);
    sqlite3_close(db);
    (void)unlink(path);
    return json_pack("{s:f, s:f}", "entries_per_s", (double)l->count * 1e9 / (double)took, "seconds", (double)took / 1e9);
}

/* ---- all ---- */

static json_t *rebuilt(struct year *y, struct node *n)
{
    struct year_figures f;
    year_rebuild(y, n, false, &f);
    return json_pack("{s:f, s:f, s:f, s:f}", "entries_per_s", (double)f.entries * 1e9 / (double)f.rebuild_ns, "acts_per_s",
                     (double)f.acts * 1e9 / (double)f.rebuild_ns, "seconds", (double)f.rebuild_ns / 1e9, "view_mib", (double)f.view_bytes / 1048576);
}

int main(int argc, char **argv)
{
    struct year y;
    if (argc != 3) {
        fprintf(stderr, "用法 usage: fold PLAN DIR\n");
        return 2;
    }
    if (!year_plan_open(&y, argv[1]) || !year_city_open(&y, argv[2]) || !year_drive(&y) || y.faults > 0)
        die("the year was not carried out");
    struct node *n = &y.w->agent[year_agency(&y, YEAR_PROCURATORATE)];
    if (!world_follow(y.w, n))
        die("the ledger cannot be folded");
    struct ledger l = load(n);
    json_t *v = json_pack("{s:I, s:I, s:o, s:o, s:o}", "entries", (json_int_t)l.count, "acts", (json_int_t)y.acts, "memory",
                          engine_alone(&l, &y, n->agency.id), "rebuild", rebuilt(&y, n), "sqlite", floor_of(&l, argv[2]));
    bool good = y.faults == 0 && v != NULL && json_dumpf(v, stdout, JSON_COMPACT) == 0 && puts("") >= 0;
    json_decref(v);
    for (size_t i = 0; i < l.count; i++)
        xj_ledger_item_free(&l.items[i]);
    free(l.items);
    year_city_close(&y);
    year_plan_close(&y);
    world_remove_dir(argv[2]);
    return good ? 0 : 1;
}
