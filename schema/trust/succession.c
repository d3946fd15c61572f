#include "schema/trust/succession.h"

#include <stdlib.h>
#include <string.h>

#include "schema/base/be.h"
#include "schema/trust/register_facts.h"

#define KIND "succeeded_by"
#define STEPS_MAX 16u
#define KEY_BYTES 512u

/* ---- reading ---- */

struct walk {
    struct xj_succession *s;
    size_t cap, skip; /* skip: bytes of a key before the agency */
    enum xj_err err;
};

static void copy_id(char to[XJ_MAX_AGENCY_BYTES + 1], struct xj_slice id)
{
    size_t n = id.n < XJ_MAX_AGENCY_BYTES ? id.n : XJ_MAX_AGENCY_BYTES;
    if (n > 0)
        memcpy(to, id.p, n);
    to[n] = '\0';
}

static bool read_value(struct xj_slice value, struct xj_succession_fact *f)
{
    struct xj_doc doc;
    if (value.n == 1 && value.p[0] == 0xc0)
        return true; /* withdrawn */
    if (xj_doc_open(&doc, value, XJ_MAX_REGISTER_NODES) != XJ_OK)
        return false;
    const msgpack_object *at = xj_map_get(&doc.root, "at");
    copy_id(f->next, xj_map_str(&doc.root, "agency"));
    const msgpack_object_type type = at != NULL ? at->type : MSGPACK_OBJECT_NIL;
    if (type == MSGPACK_OBJECT_POSITIVE_INTEGER)
        f->at_ms = at->via.u64 <= INT64_MAX ? (int64_t)at->via.u64 : INT64_MAX;
    if (type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
        f->at_ms = at->via.i64;
    xj_doc_close(&doc);
    return type == MSGPACK_OBJECT_POSITIVE_INTEGER || type == MSGPACK_OBJECT_NEGATIVE_INTEGER;
}

static bool take_version(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct walk *w = arg;
    struct xj_succession *s = w->s;
    if (s->count == w->cap) {
        size_t cap = w->cap == 0 ? 16 : 2 * w->cap;
        struct xj_succession_fact *more = realloc(s->list, cap * sizeof *more);
        if (more == NULL) {
            w->err = XJ_ENOMEM;
            return false;
        }
        s->list = more;
        w->cap = cap;
    }
    struct xj_succession_fact *f = &s->list[s->count];
    memset(f, 0, sizeof *f);
    if (key.n < w->skip + 9 || !read_value(value, f)) {
        w->err = XJ_ECORRUPT;
        return false;
    }
    copy_id(f->agency, xj_slice_of(key.p + w->skip, key.n - w->skip - 9));
    f->number = xj_be_get(key.p + key.n - 8, 8);
    s->count++;
    return true;
}

enum xj_err xj_succession_read(struct xj_succession *s, const struct xj_store *store, uint64_t head)
{
    if (s->head == head && head > 0)
        return XJ_OK;
    struct xj_buf key;
    struct walk w = {.s = s, .skip = sizeof KIND + 1}; /* 'R', the kind, 0x00 */
    xj_succession_free(s);
    xj_buf_init(&key, KEY_BYTES);
    xj_fact_prefix(&key, xj_slice_cstr(KIND), xj_slice_of(NULL, 0));
    enum xj_err err = key.err;
    if (key.err == XJ_OK) {
        const struct xj_slice all = xj_slice_of(key.p, key.n - 1); /* every id, not the empty one */
        err = store->scan(store->ctx, all, all, false, take_version, &w);
    }
    if (err == XJ_OK)
        err = w.err;
    xj_buf_free(&key);
    if (err == XJ_OK)
        s->head = head;
    else
        xj_succession_free(s);
    return err;
}

void xj_succession_free(struct xj_succession *s)
{
    free(s->list);
    memset(s, 0, sizeof *s);
}

/* ---- asking ---- */

/* The first version of the agency's fact, or the place where it would be. */
static size_t first_of(const struct xj_succession *s, const char *agency)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (strcmp(s->list[mid].agency, agency) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* What the register said of the agency at that number; NULL: nothing, or it was withdrawn. */
static const struct xj_succession_fact *fact_at(const struct xj_succession *s, const char *agency, uint64_t number)
{
    const struct xj_succession_fact *found = NULL;
    for (size_t i = first_of(s, agency); i < s->count && strcmp(s->list[i].agency, agency) == 0; i++)
        if (s->list[i].number <= number)
            found = &s->list[i];
    return found != NULL && found->next[0] != '\0' ? found : NULL;
}

static enum xj_err is_registered(const struct xj_store *store, const char *agency, uint64_t number, bool *ret)
{
    struct xj_buf value;
    xj_buf_init(&value, XJ_MAX_REGISTER_ENTRY_BYTES);
    enum xj_err err = xj_reg_get(store, "agency", xj_slice_cstr(agency), number, &value);
    xj_buf_free(&value);
    *ret = err == XJ_OK;
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

/* Where the circle that begins with step `from` ends: behind its latest step, of equals at the smallest id. */
static const char *end_of_circle(const struct xj_succession_fact *const *steps, size_t from, size_t count)
{
    const struct xj_succession_fact *last = steps[from];
    for (size_t i = from + 1; i < count; i++)
        if (steps[i]->at_ms > last->at_ms || (steps[i]->at_ms == last->at_ms && strcmp(steps[i]->next, last->next) < 0))
            last = steps[i];
    return last->next;
}

enum xj_err xj_succession_holder(const struct xj_succession *s, const struct xj_store *store, struct xj_slice agency,
                                 uint64_t number, int64_t at_ms, char ret[XJ_MAX_AGENCY_BYTES + 1])
{
    const struct xj_succession_fact *steps[STEPS_MAX], *f;
    size_t n = 0;
    copy_id(ret, agency);
    while (n < STEPS_MAX && (f = fact_at(s, ret, number)) != NULL && f->at_ms <= at_ms) {
        bool known = false;
        enum xj_err err = is_registered(store, f->next, number, &known);
        if (err != XJ_OK) {
            ret[0] = '\0';
            return err;
        }
        if (!known)
            break;
        steps[n++] = f;
        memcpy(ret, f->next, sizeof f->next);
        for (size_t i = 0; i < n; i++)
            if (strcmp(steps[i]->agency, ret) == 0) {
                copy_id(ret, xj_slice_cstr(end_of_circle(steps, i, n)));
                return XJ_OK;
            }
    }
    return XJ_OK;
}

bool xj_succession_heir(const struct xj_succession *s, struct xj_slice heir, struct xj_slice agency)
{
    char at[XJ_MAX_AGENCY_BYTES + 1];
    copy_id(at, agency);
    for (size_t n = 0; n < STEPS_MAX; n++) {
        const struct xj_succession_fact *f = fact_at(s, at, UINT64_MAX);
        if (f == NULL)
            return false;
        if (xj_slice_is(heir, f->next))
            return true;
        memcpy(at, f->next, sizeof at);
    }
    return false;
}

enum xj_err xj_succession_held(const struct xj_succession *s, const struct xj_store *store, struct xj_slice agency,
                               uint64_t number, int64_t at_ms, xj_succession_visit *visit, void *arg)
{
    char holder[XJ_MAX_AGENCY_BYTES + 1];
    for (size_t i = 0; i < s->count; i++) {
        const struct xj_slice other = xj_slice_cstr(s->list[i].agency);
        if ((i > 0 && strcmp(s->list[i - 1].agency, s->list[i].agency) == 0) || xj_slice_eq(other, agency))
            continue;
        enum xj_err err = xj_succession_holder(s, store, other, number, at_ms, holder);
        if (err != XJ_OK)
            return err;
        if (xj_slice_is(agency, holder) && !visit(arg, other))
            return XJ_OK;
    }
    return XJ_OK;
}

/* ---- grants ---- */

/* An agency and those that fall to it, or an opener and its holder. */
#define NAMES_MAX 64u /* of a merger of more, the others' grants are not looked at */
struct names {
    char at[NAMES_MAX][XJ_MAX_AGENCY_BYTES + 1];
    size_t n;
};

static bool add_name(void *arg, struct xj_slice agency)
{
    struct names *list = arg;
    for (size_t i = 0; i < list->n; i++)
        if (xj_slice_is(agency, list->at[i]))
            return true;
    copy_id(list->at[list->n++], agency);
    return list->n < NAMES_MAX;
}

static enum xj_err names_of(const struct xj_succession *s, const struct xj_store *store, struct xj_slice agency, int64_t at_ms,
                            struct names *ret)
{
    ret->n = 0;
    add_name(ret, agency);
    return s->count == 0 ? XJ_OK : xj_succession_held(s, store, agency, UINT64_MAX, at_ms, add_name, ret);
}

static enum xj_err with_holder(const struct xj_succession *s, const struct xj_store *store, struct xj_slice agency, int64_t at_ms,
                               struct names *ret)
{
    char holder[XJ_MAX_AGENCY_BYTES + 1];
    ret->n = 0;
    add_name(ret, agency);
    if (s->count == 0)
        return XJ_OK;
    enum xj_err err = xj_succession_holder(s, store, agency, UINT64_MAX, at_ms, holder);
    if (err == XJ_OK)
        add_name(ret, xj_slice_cstr(holder));
    return err;
}

enum xj_err xj_succession_granted(const struct xj_succession *s, const struct xj_store *store, struct xj_slice agency,
                                  struct xj_slice opener, int64_t at_ms, bool *ret)
{
    struct names mine, openers;
    *ret = false;
    enum xj_err err = names_of(s, store, agency, at_ms, &mine);
    if (err == XJ_OK)
        err = with_holder(s, store, opener, at_ms, &openers);
    for (size_t i = 0; err == XJ_OK && i < mine.n; i++)
        for (size_t k = 0; err == XJ_OK && !*ret && k < openers.n; k++)
            err = xj_reg_granted(store, xj_slice_cstr(mine.at[i]), xj_slice_cstr(openers.at[k]), ret);
    return err;
}

struct through {
    const struct xj_succession *s;
    const struct xj_store *store;
    int64_t at_ms;
    xj_subscriber_visit *visit;
    void *arg;
    bool stopped;
};

static enum xj_err holder_through(void *ctx, struct xj_slice agency, char ret[XJ_MAX_AGENCY_BYTES + 1])
{
    const struct through *t = ctx;
    return xj_succession_holder(t->s, t->store, agency, UINT64_MAX, t->at_ms, ret);
}

static bool see(void *arg, struct xj_slice agency, bool full)
{
    struct through *t = arg;
    t->stopped = !t->visit(t->arg, agency, full);
    return !t->stopped;
}

enum xj_err xj_succession_subscribers(const struct xj_succession *s, const struct xj_store *store, struct xj_slice procedure,
                                      struct xj_slice act, struct xj_slice sender, struct xj_slice opener, int64_t at_ms,
                                      xj_subscriber_visit *visit, void *arg)
{
    struct names senders, openers;
    struct through t = {s, store, at_ms, visit, arg, false};
    enum xj_err err = names_of(s, store, sender, at_ms, &senders);
    if (err == XJ_OK)
        err = with_holder(s, store, opener, at_ms, &openers);
    for (size_t i = 0; err == XJ_OK && i < senders.n; i++)
        for (size_t k = 0; err == XJ_OK && !t.stopped && k < openers.n; k++)
            err = xj_reg_subscribers_through(store, procedure, act, xj_slice_cstr(senders.at[i]), xj_slice_cstr(openers.at[k]),
                                             s->count > 0 ? holder_through : NULL, &t, see, &t);
    return err;
}
