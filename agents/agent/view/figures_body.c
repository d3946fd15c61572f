/* Figures that the act's own body gives, with earlier bodies of its case and the register beside it (standing.h). */
#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/body.h"
#include "agents/agent/view/figures.h"
#include "agents/agent/view/standing.h"

#define ITEMS_MAX 512u

/* ---- earlier acts of the case ---- */

typedef void earlier_visit(void *arg, const struct xj_header *h, const msgpack_object *body);

/* Acts of the case with a lower seq whose body opens, corrections included: their bodies say what they say. */
static void each_earlier(struct xj_figures *f, earlier_visit *visit, void *arg)
{
    struct xj_header *h = &f->v->scratch->header;
    struct xj_doc doc;
    unsigned field;
    sqlite3_stmt *st = xj_vq(f->v, "SELECT header, body FROM act WHERE case_id = ?1 AND seq < ?2 AND body IS NOT NULL ORDER BY seq", "bi",
                             xj_id_slice(&f->case_id), (int64_t)f->seq);
    while (xj_vq_row(f->v, st)) {
        struct xj_slice body = xj_vq_slice(st, 1);
        if (xj_header_decode(xj_vq_slice(st, 0), h, &field) != XJ_OK || !xj_body_sound(body) || xj_doc_open(&doc, body, XJ_MAX_BODY_NODES) != XJ_OK)
            continue;
        visit(arg, h, &doc.root);
        xj_doc_close(&doc);
    }
}

/* Spec 09, 1.5: one covers the other; none named is the case. */
static bool relate(const struct xj_header *a, const struct xj_header *b)
{
    if (a->subject_count == 0 || b->subject_count == 0)
        return true;
    for (size_t i = 0; i < a->subject_count; i++)
        for (size_t k = 0; k < b->subject_count; k++) {
            const struct xj_subject *x = &a->subjects[i], *y = &b->subjects[k];
            if (memcmp(x->party, y->party, 8) == 0 && (!x->has_charge || !y->has_charge || memcmp(x->charge, y->charge, 8) == 0))
                return true;
        }
    return false;
}

struct sum {
    const struct xj_header *of;
    const char *key;
    bool records; /* only bodies with a penalty */
    uint64_t total;
};

static void add_money(void *arg, const struct xj_header *h, const msgpack_object *body)
{
    struct sum *s = arg;
    uint64_t value = xj_map_uint(body, s->key, 0);
    if (relate(s->of, h) && (!s->records || xj_map_get(body, "penalty") != NULL) && value <= INT64_MAX - s->total)
        s->total += value;
}

static uint64_t earlier_sum(struct xj_figures *f, const char *key, bool records)
{
    struct sum s = {f->header, key, records, 0};
    each_earlier(f, add_money, &s);
    return s.total;
}

static bool fine_not_offset(struct xj_figures *f, uint64_t *ret)
{
    uint64_t criminal = xj_map_uint(&f->doc.root, "criminal_fine", 0), offset = xj_map_uint(&f->doc.root, "offset", 0);
    uint64_t due = criminal == 0 ? 0 : earlier_sum(f, "fine", true);
    due = due < criminal ? due : criminal;
    *ret = due > offset ? due - offset : 0;
    return true;
}

/* ---- items ---- */

struct item {
    struct xj_buf key; /* name, a zero byte, unit */
    uint64_t quantity;
};
struct items {
    struct item *list;
    size_t count;
    bool failed;
};

static void add_item(struct items *t, struct xj_slice name, struct xj_slice unit, uint64_t quantity)
{
    struct xj_buf key;
    xj_buf_init(&key, XJ_MAX_BODY_BYTES);
    xj_buf_add_slice(&key, name);
    xj_buf_add(&key, "", 1);
    xj_buf_add_slice(&key, unit);
    for (size_t i = 0; i < t->count; i++)
        if (xj_slice_eq(xj_buf_slice(&t->list[i].key), xj_buf_slice(&key))) {
            if (quantity > t->list[i].quantity)
                t->list[i].quantity = quantity;
            xj_buf_free(&key);
            return;
        }
    if (t->count == ITEMS_MAX || key.err != XJ_OK) {
        t->failed = true;
        xj_buf_free(&key);
        return;
    }
    t->list[t->count++] = (struct item){key, quantity};
}

static void add_items(void *arg, const struct xj_header *h, const msgpack_object *body)
{
    (void)h;
    struct xj_cur list = xj_cur_over(xj_map_get(body, "items"), 0, UINT32_MAX);
    while (list.left > 0 && !list.bad) {
        struct xj_cur c = xj_take_array(&list, 3, 3);
        struct xj_slice name = xj_take_str(&c, 0, SIZE_MAX);
        uint64_t quantity = xj_take_uint(&c, INT64_MAX);
        struct xj_slice unit = xj_take_str(&c, 0, SIZE_MAX);
        if (!c.bad)
            add_item(arg, name, unit, quantity);
    }
}

static bool items_init(struct items *t)
{
    *t = (struct items){.list = calloc(ITEMS_MAX, sizeof *t->list)};
    return t->list != NULL;
}

static void items_free(struct items *t)
{
    for (size_t i = 0; i < t->count; i++)
        xj_buf_free(&t->list[i].key);
    free(t->list);
}

static bool items_short(struct xj_figures *f, uint64_t *ret)
{
    struct items listed, given = {NULL, 0, false};
    bool known = items_init(&listed) && items_init(&given);
    if (!known)
        xj_view_fail(f->v, XJ_ENOMEM);
    if (known) {
        each_earlier(f, add_items, &listed);
        add_items(&given, f->header, &f->doc.root);
        known = listed.count > 0 && given.count > 0 && !listed.failed && !given.failed;
    }
    for (size_t i = 0; known && i < listed.count; i++) {
        uint64_t there = 0, wanted = listed.list[i].quantity;
        for (size_t k = 0; k < given.count; k++)
            if (xj_slice_eq(xj_buf_slice(&given.list[k].key), xj_buf_slice(&listed.list[i].key)))
                there = given.list[k].quantity;
        if (wanted > there && wanted - there <= INT64_MAX - *ret)
            *ret += wanted - there;
    }
    items_free(&listed);
    items_free(&given);
    return known;
}

/* ---- officers and entrustments ---- */

static bool standing(struct xj_figures *f, const char *word, uint64_t *ret)
{
    const struct xj_standing s = {.v = f->v, .register_number = f->register_number, .day_known = f->day_known, .day = f->day, .doer = f->doer,
                                  .header = f->header, .body = &f->doc.root};
    return xj_standing(&s, word, ret, NULL);
}

bool xj_figure_of_body(struct xj_figures *f, const char *word, uint64_t *ret)
{
    bool known = true;
    if (!f->body_open)
        return false;
    if (strcmp(word, "fine") == 0)
        *ret = xj_map_uint(&f->doc.root, "fine", 0);
    else if (strcmp(word, "criminal_fine_before") == 0)
        *ret = earlier_sum(f, "criminal_fine", false);
    else if (strcmp(word, "fine_not_offset") == 0)
        known = fine_not_offset(f, ret);
    else if (strcmp(word, "items_short") == 0)
        known = items_short(f, ret);
    else
        known = xj_standing_is(word) && standing(f, word, ret);
    return known && f->v->err == XJ_OK;
}
