/* Reading the register: facts at a number, agencies, counterparts, subscribers, procedures. Spec: spec/06-register.md. */
#include <stdlib.h>
#include <string.h>

#include "schema/base/be.h"
#include "schema/trust/register_facts.h"

#define KEY_BYTES 512u

static uint64_t number_of(struct xj_slice key)
{
    return xj_be_get(key.p + key.n - 8, 8);
}

static bool withdrawn(struct xj_slice value)
{
    return value.n == 1 && value.p[0] == 0xc0;
}

struct version_walk {
    uint64_t at;
    bool ever; /* the newest that says something, though it was withdrawn since */
    struct xj_buf *value;
    bool found, absent;
};

/* Versions come newest first; the first at or below the number asked is the one. */
static bool pick_version(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct version_walk *w = arg;
    if (number_of(key) > w->at || (w->ever && withdrawn(value))) return true;
    w->found = true;
    w->absent = withdrawn(value);
    if (!w->absent) xj_buf_add_slice(w->value, value);
    return false;
}

static enum xj_err get_version(const struct xj_store *store, const char *kind, struct xj_slice id, struct version_walk w)
{
    struct xj_buf key;
    xj_buf_init(&key, KEY_BYTES);
    xj_buf_reset(w.value);
    xj_fact_prefix(&key, xj_slice_cstr(kind), id);
    enum xj_err err = key.err;
    if (!err) err = store->scan(store->ctx, xj_buf_slice(&key), xj_slice_of(NULL, 0), true, pick_version, &w);
    xj_buf_free(&key);
    if (err) return err;
    return !w.found || w.absent ? XJ_ENOTFOUND : w.value->err;
}

enum xj_err xj_reg_get(const struct xj_store *store, const char *kind, struct xj_slice id, uint64_t at, struct xj_buf *value)
{
    return get_version(store, kind, id, (struct version_walk){.at = at, .value = value});
}

/* Facts gathered before any is shown, because a visitor may read the store. */
struct fact {
    struct fact *next;
    size_t id_bytes, value_bytes;
    bool absent;
    uint8_t bytes[];
};
struct each_walk {
    struct fact *first, **last;
    size_t skip; /* bytes of a key before its id */
    enum xj_err err;
};

static bool gather(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct each_walk *w = arg;
    if (key.n < w->skip + 9) {
        w->err = XJ_ECORRUPT;
        return false;
    }
    const struct xj_slice id = xj_slice_of(key.p + w->skip, key.n - w->skip - 9);
    struct fact *f = malloc(sizeof *f + id.n + value.n);
    if (!f) {
        w->err = XJ_ENOMEM;
        return false;
    }
    *f = (struct fact){.id_bytes = id.n, .value_bytes = value.n, .absent = withdrawn(value)};
    memcpy(f->bytes, id.p, id.n);
    memcpy(f->bytes + id.n, value.p, value.n);
    struct fact *before = *w->last; /* an older version of the same fact gives way */
    if (before && before->id_bytes == id.n && memcmp(before->bytes, id.p, id.n) == 0) {
        free(before);
        *w->last = f;
        return true;
    }
    if (before) w->last = &before->next;
    *w->last = f;
    return true;
}

enum xj_err xj_reg_each(const struct xj_store *store, const char *kind, struct xj_slice prefix, xj_reg_visit *visit, void *arg)
{
    struct xj_buf key;
    xj_buf_init(&key, KEY_BYTES);
    xj_fact_prefix(&key, xj_slice_cstr(kind), prefix);
    struct each_walk w = {.skip = strlen(kind) + 2};
    w.last = &w.first;
    enum xj_err err = key.err;
    const struct xj_slice whole = xj_buf_slice(&key);
    const struct xj_slice from = xj_slice_of(whole.p, whole.n ? whole.n - 1 : 0); /* ids that begin with prefix, not only it */
    if (!err) err = store->scan(store->ctx, from, from, false, gather, &w);
    if (!err) err = w.err;
    bool on = !err;
    for (struct fact *f = w.first, *next; f; f = next) {
        next = f->next;
        if (on && !f->absent)
            on = visit(arg, xj_slice_of(f->bytes, f->id_bytes), xj_slice_of(f->bytes + f->id_bytes, f->value_bytes));
        free(f);
    }
    xj_buf_free(&key);
    return err;
}

struct ever_walk {
    uint64_t at;
    bool found;
};

static bool see_version(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct ever_walk *w = arg;
    w->found = number_of(key) <= w->at && !withdrawn(value);
    return !w->found;
}

enum xj_err xj_reg_ever(const struct xj_store *store, const char *kind, struct xj_slice prefix, uint64_t at, bool *ret)
{
    struct xj_buf key;
    struct ever_walk w = {.at = at};
    xj_buf_init(&key, KEY_BYTES);
    xj_fact_prefix(&key, xj_slice_cstr(kind), prefix);
    enum xj_err err = key.err;
    if (!err) {
        const struct xj_slice from = xj_slice_of(key.p, key.n - 1); /* a prefix of ids: without the NUL behind */
        err = store->scan(store->ctx, from, from, false, see_version, &w);
    }
    xj_buf_free(&key);
    *ret = !err && w.found;
    return err;
}

static void copy_str(struct xj_slice s, char *to, size_t size)
{
    const size_t n = s.n < size ? s.n : size - 1;
    if (n) memcpy(to, s.p, n);
    to[n] = 0;
}

static enum xj_err read_fact(const struct xj_store *store, const char *kind, struct xj_slice id, uint64_t at,
                             struct xj_buf *value, struct xj_doc *doc)
{
    enum xj_err err = xj_reg_get(store, kind, id, at, value);
    return err ? err : xj_doc_kept(doc, xj_buf_slice(value), XJ_MAX_REGISTER_NODES);
}

static void read_keys(const msgpack_object *o, struct xj_public_keys *ret)
{
    memcpy(ret->sign, xj_map_bin(o, "sign").p, 32);
    memcpy(ret->seal, xj_map_bin(o, "seal").p, 32);
    memcpy(ret->recovery, xj_map_bin(o, "recovery").p, 32);
    memcpy(ret->transport, xj_map_bin(o, "transport").p, 32);
}

static enum xj_err read_state(const struct xj_store *store, struct xj_slice id, uint64_t at, struct xj_buf *value,
                              struct xj_agency *ret)
{
    struct xj_doc doc = {0};
    ret->state = XJ_AGENCY_ACTIVE;
    enum xj_err err = read_fact(store, "status", id, at, value, &doc);
    if (err) return err == XJ_ENOTFOUND ? XJ_OK : err;
    const struct xj_slice state = xj_map_str(&doc.root, "state");
    if (xj_slice_is(state, "suspended")) ret->state = XJ_AGENCY_SUSPENDED;
    if (xj_slice_is(state, "revoked")) ret->state = XJ_AGENCY_REVOKED;
    xj_doc_close(&doc);
    return XJ_OK;
}

enum xj_err xj_reg_agency(const struct xj_store *store, struct xj_slice id, uint64_t at, struct xj_agency *ret)
{
    memset(ret, 0, sizeof *ret);
    if (id.n > XJ_MAX_AGENCY_BYTES) return XJ_ENOTFOUND;
    struct xj_buf value;
    struct xj_doc doc = {0};
    xj_buf_init(&value, XJ_MAX_REGISTER_ENTRY_BYTES);
    enum xj_err err = read_fact(store, "agency", id, at, &value, &doc);
    if (!err) {
        const msgpack_object *o = &doc.root, *vertical = xj_map_get(o, "vertical");
        copy_str(id, ret->id, sizeof ret->id);
        copy_str(xj_map_str(o, "name"), ret->name, sizeof ret->name);
        copy_str(xj_map_str(o, "role"), ret->role, sizeof ret->role);
        copy_str(xj_map_str(o, "sector"), ret->sector, sizeof ret->sector);
        copy_str(xj_map_str(o, "division"), ret->division, sizeof ret->division);
        copy_str(xj_map_str(o, "superior"), ret->superior, sizeof ret->superior);
        ret->vertical = vertical && vertical->type == MSGPACK_OBJECT_BOOLEAN && vertical->via.boolean;
        xj_doc_close(&doc);
        err = read_state(store, id, at, &value, ret);
    }
    if (!err) {
        err = read_fact(store, "keys", id, at, &value, &doc);
        ret->connected = !err;
        if (!err) {
            read_keys(&doc.root, &ret->keys);
            xj_doc_close(&doc);
        }
        if (err == XJ_ENOTFOUND) err = XJ_OK;
    }
    if (err) ret->state = XJ_AGENCY_UNKNOWN;
    xj_buf_free(&value);
    return err;
}

enum xj_err xj_reg_compromised(const struct xj_store *store, struct xj_slice agency, const uint8_t sign[32], int64_t *ret_since_ms)
{
    char id[XJ_MAX_AGENCY_BYTES + 18];
    struct xj_buf value;
    struct xj_doc doc = {0};
    if (!agency.n || agency.n > XJ_MAX_AGENCY_BYTES) return XJ_ENOTFOUND;
    memcpy(id, agency.p, agency.n);
    id[agency.n] = '/';
    xj_hex(sign, 8, id + agency.n + 1);
    xj_buf_init(&value, XJ_MAX_REGISTER_ENTRY_BYTES);
    enum xj_err err = read_fact(store, "compromised", xj_slice_cstr(id), UINT64_MAX, &value, &doc);
    if (!err) {
        const msgpack_object *since = xj_map_get(&doc.root, "since"); /* an int: seen to when the fact was taken */
        *ret_since_ms = since->via.i64;
        xj_doc_close(&doc);
    }
    xj_buf_free(&value);
    return err;
}

static enum xj_err exchange_key(const struct xj_store *store, uint64_t at, const char *which, uint8_t ret[32])
{
    struct xj_buf value;
    struct xj_doc doc = {0};
    xj_buf_init(&value, XJ_MAX_REGISTER_ENTRY_BYTES);
    enum xj_err err = read_fact(store, "exchange", xj_slice_cstr("exchange"), at, &value, &doc);
    if (!err) {
        memcpy(ret, xj_map_bin(&doc.root, which).p, 32);
        xj_doc_close(&doc);
    }
    xj_buf_free(&value);
    return err;
}

enum xj_err xj_reg_exchange_sign(const struct xj_store *store, uint64_t at, uint8_t ret[32])
{
    return exchange_key(store, at, "sign", ret);
}

enum xj_err xj_reg_exchange_transport(const struct xj_store *store, uint64_t at, uint8_t ret[32])
{
    return exchange_key(store, at, "transport", ret);
}

enum xj_err xj_reg_registrar(const struct xj_store *store, char ret_agency[XJ_MAX_AGENCY_BYTES + 1], uint8_t ret_sign[32])
{
    struct xj_buf value;
    struct xj_doc doc = {0};
    xj_buf_init(&value, XJ_MAX_REGISTER_ENTRY_BYTES);
    enum xj_err err = read_fact(store, "registrar", xj_slice_cstr("registrar"), UINT64_MAX, &value, &doc);
    if (!err) {
        copy_str(xj_map_str(&doc.root, "agency"), ret_agency, XJ_MAX_AGENCY_BYTES + 1);
        memcpy(ret_sign, xj_map_bin(&doc.root, "sign").p, 32);
        xj_doc_close(&doc);
    }
    xj_buf_free(&value);
    return err;
}

/* The i-th of one list; *ret_count is the list's length (0 when there is none). */
static enum xj_err counterpart_of(const struct xj_store *store, struct xj_slice agency, struct xj_slice role,
                                  struct xj_slice sector, size_t i, char *ret, size_t *ret_count)
{
    struct xj_buf id, value;
    struct xj_doc doc = {0};
    xj_buf_init(&id, KEY_BYTES);
    xj_buf_init(&value, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_buf_add_slice(&id, agency);
    xj_buf_add_str(&id, "/");
    xj_buf_add_slice(&id, role);
    xj_buf_add_str(&id, "/");
    xj_buf_add_slice(&id, sector);
    *ret_count = 0;
    enum xj_err err = id.err ? id.err : read_fact(store, "counterpart", xj_buf_slice(&id), UINT64_MAX, &value, &doc);
    if (!err) {
        struct xj_cur c = xj_cur_over(xj_map_get(&doc.root, "agencies"), 0, UINT32_MAX);
        *ret_count = c.left;
        for (size_t k = 0; k < i && c.left; k++) xj_take_any(&c);
        if (c.left) copy_str(xj_take_str(&c, 1, XJ_MAX_AGENCY_BYTES), ret, XJ_MAX_AGENCY_BYTES + 1);
        else err = XJ_ENOTFOUND;
        xj_doc_close(&doc);
    }
    xj_buf_free(&id);
    xj_buf_free(&value);
    return err;
}

enum xj_err xj_reg_counterpart(const struct xj_store *store, struct xj_slice agency, struct xj_slice role,
                               struct xj_slice sector, size_t i, char ret[XJ_MAX_AGENCY_BYTES + 1])
{
    size_t count = 0;
    if (sector.n && !xj_slice_is(sector, "any")) {
        const enum xj_err err = counterpart_of(store, agency, role, sector, i, ret, &count);
        if (err != XJ_ENOTFOUND) return err;
    }
    size_t any;
    return counterpart_of(store, agency, role, xj_slice_cstr("any"), i - count, ret, &any);
}

/* ---- subscribers ---- */

struct subscriber_walk {
    const struct xj_store *store;
    struct xj_slice procedure, act, sender, opener;
    bool divided;
    char sender_division[7], opener_division[7]; /* the register's facts: a district's agencies have the exchange's code in their ids */
    xj_subscriber_visit *visit;
    void *arg;
    xj_reg_through *through; /* NULL: each grant is its agency's */
    void *ctx;
    enum xj_err err;
};

static bool lists(const msgpack_object *o, struct xj_slice s)
{
    struct xj_cur c = xj_cur_over(o, 0, UINT32_MAX);
    while (c.left && !c.bad)
        if (xj_slice_eq(xj_take_str(&c, 0, 128), s)) return true;
    return false;
}

static bool none(const msgpack_object *o)
{
    return o && o->type == MSGPACK_OBJECT_ARRAY && o->via.array.size == 0;
}

static bool begins(struct xj_slice s, struct xj_slice prefix)
{
    return s.n >= prefix.n && (!prefix.n || memcmp(s.p, prefix.p, prefix.n) == 0);
}

/* An agency lies in what a grant covers: by its division, and by name where the grant names agencies. */
static bool area_covers(const msgpack_object *grant, struct xj_slice agency, const char *division)
{
    const msgpack_object *agencies = xj_map_get(grant, "agencies");
    return begins(xj_slice_cstr(division), xj_map_str(grant, "division")) && (none(agencies) || lists(agencies, agency));
}

static bool grant_covers(const struct subscriber_walk *w, const msgpack_object *o)
{
    const struct xj_slice procedure = xj_map_str(o, "procedure");
    const msgpack_object *acts = xj_map_get(o, "acts");
    if (procedure.n && !xj_slice_eq(procedure, w->procedure)) return false;
    if (!none(acts) && !lists(acts, w->act)) return false;
    return area_covers(o, w->sender, w->sender_division) || area_covers(o, w->opener, w->opener_division);
}

/* "" for an agency that the register does not know: no division but the whole begins with that. */
static enum xj_err division_of(const struct xj_store *store, struct xj_slice agency, char ret[7])
{
    struct xj_agency a;
    const enum xj_err err = xj_reg_agency(store, agency, UINT64_MAX, &a);
    memcpy(ret, err ? "" : a.division, err ? 1 : sizeof a.division);
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

/* Read only when there is a grant at all: most cities have few, most messages meet none. */
static bool divisions_known(struct subscriber_walk *w)
{
    if (!w->divided) w->err = division_of(w->store, w->sender, w->sender_division);
    if (!w->divided && !w->err) w->err = division_of(w->store, w->opener, w->opener_division);
    w->divided = true;
    return !w->err;
}

static bool on_grant(void *arg, struct xj_slice id, struct xj_slice value)
{
    struct subscriber_walk *w = arg;
    struct xj_doc doc = {0};
    if (!divisions_known(w)) return false;
    if ((w->err = xj_doc_kept(&doc, value, XJ_MAX_REGISTER_NODES)) != XJ_OK) return false;
    const bool covers = grant_covers(w, &doc.root), full = xj_slice_is(xj_map_str(&doc.root, "mode"), "full");
    xj_doc_close(&doc);
    const uint8_t *slash = memchr(id.p, '/', id.n);
    if (!covers || !slash) return true;
    struct xj_agency a;
    char who[XJ_MAX_AGENCY_BYTES + 1];
    copy_str(xj_slice_of(id.p, (size_t)(slash - id.p)), who, sizeof who);
    enum xj_err err = w->through ? w->through(w->ctx, xj_slice_of(id.p, (size_t)(slash - id.p)), who) : XJ_OK;
    if (!err) err = xj_reg_agency(w->store, xj_slice_cstr(who), UINT64_MAX, &a);
    if (err == XJ_ENOTFOUND) return true;
    w->err = err;
    if (err) return false;
    return a.state != XJ_AGENCY_ACTIVE || !a.connected ? true : w->visit(w->arg, xj_slice_cstr(a.id), full);
}

struct granted_walk {
    struct xj_slice opener;
    char division[7];
    bool found;
    enum xj_err err;
};

static bool on_own_grant(void *arg, struct xj_slice id, struct xj_slice value)
{
    (void)id;
    struct granted_walk *w = arg;
    struct xj_doc doc = {0};
    if ((w->err = xj_doc_kept(&doc, value, XJ_MAX_REGISTER_NODES)) != XJ_OK) return false;
    w->found = area_covers(&doc.root, w->opener, w->division);
    xj_doc_close(&doc);
    return !w->found;
}

enum xj_err xj_reg_granted(const struct xj_store *store, struct xj_slice agency, struct xj_slice opener, bool *ret)
{
    struct granted_walk w = {.opener = opener};
    struct xj_buf prefix;
    *ret = false;
    xj_buf_init(&prefix, KEY_BYTES);
    xj_buf_add_slice(&prefix, agency);
    xj_buf_add_str(&prefix, "/");
    enum xj_err err = prefix.err ? prefix.err : division_of(store, opener, w.division);
    if (!err && w.division[0]) err = xj_reg_each(store, "grant", xj_buf_slice(&prefix), on_own_grant, &w);
    if (!err) err = w.err;
    xj_buf_free(&prefix);
    *ret = !err && w.found;
    return err;
}

enum xj_err xj_reg_subscribers_through(const struct xj_store *store, struct xj_slice procedure, struct xj_slice act,
                                       struct xj_slice sender, struct xj_slice opener, xj_reg_through *through, void *ctx,
                                       xj_subscriber_visit *visit, void *arg)
{
    struct subscriber_walk w = {.store = store, .procedure = procedure, .act = act, .sender = sender, .opener = opener,
                                .visit = visit, .arg = arg, .through = through, .ctx = ctx};
    const enum xj_err err = xj_reg_each(store, "grant", xj_slice_of(NULL, 0), on_grant, &w);
    return err ? err : w.err;
}

enum xj_err xj_reg_subscribers(const struct xj_store *store, struct xj_slice procedure, struct xj_slice act,
                               struct xj_slice sender, struct xj_slice opener, xj_subscriber_visit *visit, void *arg)
{
    return xj_reg_subscribers_through(store, procedure, act, sender, opener, NULL, NULL, visit, arg);
}

/* ---- procedures ---- */

static void procedure_id(struct xj_buf *id, struct xj_slice name, const struct xj_hash *revision)
{
    char hex[17];
    xj_hex(revision->b, 8, hex);
    xj_buf_add_slice(id, name);
    xj_buf_add_str(id, "/");
    xj_buf_add_str(id, hex);
}

enum xj_err xj_reg_procedure(const struct xj_store *store, struct xj_slice name, const struct xj_hash *revision,
                             struct xj_buf *ret_compiled)
{
    struct xj_buf id, value;
    struct xj_doc doc = {0};
    xj_buf_init(&id, KEY_BYTES);
    xj_buf_init(&value, XJ_MAX_REGISTER_ENTRY_BYTES);
    procedure_id(&id, name, revision);
    const struct version_walk newest = {.at = UINT64_MAX, .ever = true, .value = &value};
    enum xj_err err = id.err ? id.err : get_version(store, "procedure", xj_buf_slice(&id), newest);
    if (!err) err = xj_doc_kept(&doc, xj_buf_slice(&value), XJ_MAX_REGISTER_NODES);
    if (!err) {
        if (!xj_slice_eq(xj_map_bin(&doc.root, "revision"), xj_hash_slice(revision))) err = XJ_ENOTFOUND;
        xj_buf_reset(ret_compiled);
        if (!err) xj_buf_add_slice(ret_compiled, xj_map_bin(&doc.root, "compiled"));
        if (!err) err = ret_compiled->err;
        xj_doc_close(&doc);
    }
    xj_buf_free(&id);
    xj_buf_free(&value);
    return err;
}

enum xj_err xj_reg_procedure_effective(const struct xj_store *store, struct xj_slice name, const struct xj_hash *revision,
                                       int64_t *ret_ms)
{
    struct xj_buf id, key, value;
    xj_buf_init(&id, KEY_BYTES);
    xj_buf_init(&key, KEY_BYTES);
    xj_buf_init(&value, KEY_BYTES);
    procedure_id(&id, name, revision);
    xj_fact_revision_key(&key, xj_buf_slice(&id));
    struct xj_hash found;
    enum xj_err err = id.err ? id.err : key.err ? key.err : store->get(store->ctx, xj_buf_slice(&key), &value);
    if (!err && !xj_fact_revision_read(xj_buf_slice(&value), ret_ms, &found)) err = XJ_ECORRUPT;
    if (!err && !xj_hash_eq(&found, revision)) err = XJ_ENOTFOUND;
    xj_buf_free(&id);
    xj_buf_free(&key);
    xj_buf_free(&value);
    return err;
}

struct revision_walk {
    xj_revision_visit *visit;
    void *arg;
    bool bad;
};

static bool each_revision(void *arg, struct xj_slice key, struct xj_slice value)
{
    (void)key;
    struct revision_walk *w = arg;
    struct xj_hash revision;
    int64_t at;
    w->bad = !xj_fact_revision_read(value, &at, &revision);
    return !w->bad && w->visit(w->arg, &revision, at);
}

enum xj_err xj_reg_procedure_revisions(const struct xj_store *store, struct xj_slice name, xj_revision_visit *visit, void *arg)
{
    struct xj_buf id, prefix;
    xj_buf_init(&id, KEY_BYTES);
    xj_buf_init(&prefix, KEY_BYTES);
    xj_buf_add_slice(&id, name);
    xj_buf_add_str(&id, "/");
    xj_fact_revision_key(&prefix, xj_buf_slice(&id));
    struct revision_walk w = {.visit = visit, .arg = arg};
    enum xj_err err = id.err ? id.err : prefix.err;
    if (!err) err = store->scan(store->ctx, xj_buf_slice(&prefix), xj_buf_slice(&prefix), false, each_revision, &w);
    xj_buf_free(&id);
    xj_buf_free(&prefix);
    return err ? err : w.bad ? XJ_ECORRUPT : XJ_OK;
}

struct current {
    int64_t now_ms, best_ms;
    bool found;
    struct xj_hash *revision;
};

static bool newest(void *arg, const struct xj_hash *revision, int64_t effective_ms)
{
    struct current *c = arg;
    if (effective_ms <= c->now_ms && (!c->found || effective_ms >= c->best_ms)) {
        c->found = true;
        c->best_ms = effective_ms;
        *c->revision = *revision;
    }
    return true;
}

enum xj_err xj_reg_procedure_current(const struct xj_store *store, struct xj_slice name, int64_t now_ms,
                                     struct xj_hash *ret_revision)
{
    struct current c = {.now_ms = now_ms, .revision = ret_revision};
    enum xj_err err = xj_reg_procedure_revisions(store, name, newest, &c);
    return err ? err : c.found ? XJ_OK : XJ_ENOTFOUND;
}
