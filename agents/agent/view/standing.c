#include "agents/agent/view/standing.h"

#include <string.h>

#include "schema/base/civil.h"

/* ---- facts ---- */

/* The fact of that id at the register number; false when it is not there (then nothing needs closing). */
static bool fact(const struct xj_standing *s, const char *kind, const char *id, struct xj_buf *bytes, struct xj_doc *doc)
{
    xj_buf_init(bytes, XJ_MAX_REGISTER_ENTRY_BYTES);
    enum xj_err err = xj_reg_get(&s->v->store, kind, xj_slice_cstr(id), s->register_number, bytes);
    if (err == XJ_OK)
        err = xj_doc_open(doc, xj_buf_slice(bytes), XJ_MAX_REGISTER_NODES);
    if (err == XJ_OK)
        return true;
    if (err != XJ_ENOTFOUND)
        xj_view_fail(s->v, err);
    xj_buf_free(bytes);
    return false;
}

static bool ever(const struct xj_standing *s, const char *kind, struct xj_slice prefix)
{
    bool found = false;
    enum xj_err err = xj_reg_ever(&s->v->store, kind, prefix, s->register_number, &found);
    if (err != XJ_OK)
        xj_view_fail(s->v, err);
    return found;
}

/* The register has checked that both are integers. */
static int64_t day_of(const msgpack_object *fact, const char *key)
{
    const msgpack_object *o = xj_map_get(fact, key);
    return o->type == MSGPACK_OBJECT_NEGATIVE_INTEGER ? o->via.i64 : (int64_t)(o->via.u64 & INT64_MAX);
}

static bool in_force(const struct xj_standing *s, const msgpack_object *fact)
{
    return day_of(fact, "from") <= s->day && s->day <= day_of(fact, "to");
}

/* Days and agency of a fact that does not do, for people. */
static void tell_term(const msgpack_object *fact, struct xj_buf *what)
{
    char from[11], to[11];
    xj_date_format(day_of(fact, "from"), from);
    xj_date_format(day_of(fact, "to"), to);
    xj_buf_addf(what, " %s/%s", from, to);
}

/* ---- entrustments ---- */

static bool listed(const msgpack_object *list, struct xj_slice text)
{
    struct xj_cur c = xj_cur_over(list, 0, UINT32_MAX);
    bool none = c.left == 0;
    while (c.left > 0 && !c.bad)
        if (xj_slice_eq(xj_take_str(&c, 0, SIZE_MAX), text))
            return true;
    return none;
}

struct entrustment {
    bool known, holds; /* known: the register has or had it */
    char township[XJ_MAX_AGENCY_BYTES + 1];
};

static struct entrustment entrustment_of(const struct xj_standing *s, const struct xj_id *ref, struct xj_buf *what)
{
    struct entrustment e = {false, false, ""};
    char id[33];
    struct xj_buf bytes;
    struct xj_doc doc;
    xj_hex(ref->b, sizeof ref->b, id);
    e.known = ever(s, "entrustment", xj_slice_cstr(id));
    if (!fact(s, "entrustment", id, &bytes, &doc)) {
        if (what != NULL && e.known)
            xj_buf_add_str(what, id); /* withdrawn: its number is no longer there */
        return e;
    }
    struct xj_slice township = xj_map_str(&doc.root, "township"), number = xj_map_str(&doc.root, "number");
    e.holds = in_force(s, &doc.root) && xj_slice_is(xj_map_str(&doc.root, "bureau"), s->doer) &&
              listed(xj_map_get(&doc.root, "items"), xj_map_str(xj_map_get(s->body, "penalty"), "violation"));
    if (township.n < sizeof e.township) {
        memcpy(e.township, township.p, township.n);
        e.township[township.n] = '\0';
    }
    if (what != NULL && !e.holds) {
        xj_buf_add_slice(what, number);
        tell_term(&doc.root, what);
    }
    xj_doc_close(&doc);
    xj_buf_free(&bytes);
    return e;
}

static bool entrustment_invalid(const struct xj_standing *s, uint64_t *ret, struct xj_buf *what)
{
    for (size_t i = 0; i < s->header->ref_count && s->day_known; i++) {
        struct entrustment e = entrustment_of(s, &s->header->refs[i], *ret == 0 ? what : NULL);
        *ret += e.known && !e.holds;
    }
    return s->day_known;
}

/* ---- certificates ---- */

static bool has_certificate(const struct xj_standing *s, struct xj_slice agency, struct xj_slice number, struct xj_buf *what)
{
    char id[33];
    struct xj_buf bytes;
    struct xj_doc doc;
    xj_reg_paired_id("certificate", agency, number, id);
    if (!fact(s, "certificate", id, &bytes, &doc))
        return false;
    bool good = in_force(s, &doc.root);
    if (!good && what != NULL)
        tell_term(&doc.root, what);
    xj_doc_close(&doc);
    xj_buf_free(&bytes);
    return good;
}

static bool covered(const struct xj_standing *s, struct xj_slice number, struct xj_buf *what)
{
    if (has_certificate(s, xj_slice_cstr(s->doer), number, what))
        return true;
    for (size_t i = 0; i < s->header->ref_count; i++) {
        struct entrustment e = entrustment_of(s, &s->header->refs[i], NULL);
        if (e.holds && has_certificate(s, xj_slice_cstr(e.township), number, what))
            return true;
    }
    return false;
}

/* An agency of which the register never had a certificate says nothing by having none. */
static bool has_registered_any(const struct xj_standing *s)
{
    char id[33];
    xj_reg_paired_id("certificate", xj_slice_cstr(s->doer), xj_slice_cstr(""), id);
    return ever(s, "certificate", xj_slice_of(id, 16));
}

static bool officers_invalid(const struct xj_standing *s, uint64_t *ret, struct xj_buf *what)
{
    if (!s->day_known || !has_registered_any(s))
        return false;
    struct xj_cur list = xj_cur_over(xj_map_get(s->body, "officers"), 0, UINT32_MAX);
    while (list.left > 0 && !list.bad) {
        struct xj_buf term;
        struct xj_cur c = xj_take_array(&list, 2, 2);
        struct xj_slice name = xj_take_str(&c, 0, SIZE_MAX), number = xj_take_str(&c, 0, SIZE_MAX);
        xj_buf_init(&term, 256);
        bool wanting = !c.bad && !covered(s, number, &term);
        if (wanting && *ret == 0 && what != NULL) {
            xj_buf_add_slice(what, name);
            xj_buf_add_str(what, " ");
            xj_buf_add_slice(what, number);
            xj_buf_add_slice(what, xj_buf_slice(&term));
        }
        *ret += wanting;
        xj_buf_free(&term);
    }
    return true;
}

/* ---- figures ---- */

bool xj_standing_is(const char *word)
{
    return strcmp(word, "officers") == 0 || strcmp(word, "officers_invalid") == 0 || strcmp(word, "entrustment_invalid") == 0;
}

bool xj_standing(const struct xj_standing *s, const char *word, uint64_t *ret, struct xj_buf *what)
{
    bool known = true;
    *ret = 0;
    if (strcmp(word, "officers") == 0)
        *ret = xj_cur_over(xj_map_get(s->body, "officers"), 0, UINT32_MAX).left;
    else if (strcmp(word, "officers_invalid") == 0)
        known = officers_invalid(s, ret, what);
    else
        known = entrustment_invalid(s, ret, what);
    return known && s->v->err == XJ_OK;
}
