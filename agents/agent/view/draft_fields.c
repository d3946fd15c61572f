#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/draft_private.h"
#include "schema/base/civil.h"

/* ---- occurred ---- */

/* An exact instant stands for itself; a year, month or day for all of it. */
static bool read_when(const json_t *value, int64_t *from_ms, int64_t *to_ms)
{
    const char *text = json_string_value(value);
    if (text == NULL)
        return false;
    if (strchr(text, 'T') != NULL && xj_instant_parse(text, from_ms)) {
        *to_ms = *from_ms;
        return true;
    }
    return xj_date_range_parse(text, from_ms, to_ms);
}

static void occurred(struct xj_draft *d)
{
    const json_t *value = json_object_get(d->request, "occurred");
    struct xj_header *h = &d->out->header;
    int64_t unused;
    if (value == NULL || json_is_null(value))
        return;
    bool good = json_is_array(value) && json_array_size(value) == 2
                    ? read_when(json_array_get(value, 0), &h->occurred_from_ms, &unused) &&
                          read_when(json_array_get(value, 1), &unused, &h->occurred_to_ms)
                    : read_when(value, &h->occurred_from_ms, &h->occurred_to_ms);
    if (!good || !xj_occurred_ok(h->occurred_from_ms, h->occurred_to_ms))
        xj_draft_bad(d, "occurred");
    h->has_occurred = true;
}

static void mode(struct xj_draft *d)
{
    struct xj_slice text = xj_draft_str(d, d->request, "mode", "mode");
    struct xj_header *h = &d->out->header;
    if (text.p == NULL || xj_slice_is(text, "live"))
        h->mode = XJ_MODE_LIVE;
    else if (xj_slice_is(text, "late_entry"))
        h->mode = XJ_MODE_LATE_ENTRY;
    else
        xj_draft_bad(d, "mode");
    if (h->mode == XJ_MODE_LATE_ENTRY && xj_draft_slice(json_object_get(d->body, "source")).n == 0)
        xj_draft_refuse(d, false, "source", xj_slice_of("", 0), "补录没有注明纸质来源", "a late entry must name its paper source",
                        "请在 body.source 中写明来源文书", "name the paper in body.source");
}

/* ---- agencies ---- */

static bool agency_known(struct xj_draft *d, struct xj_slice id, const struct xj_agency **ret)
{
    enum xj_err err = id.n == 0 || id.n > XJ_MAX_AGENCY_BYTES
                          ? XJ_ENOTFOUND
                          : xj_reg_cache_agency(&d->v->agencies, &d->v->store, id, UINT64_MAX, ret);
    if (err == XJ_ENOTFOUND)
        xj_draft_refuse_code(d, "recipient_unknown", id);
    else if (err != XJ_OK && d->err == XJ_OK)
        d->err = err;
    return err == XJ_OK;
}

/* Nobody is addressed that was succeeded (04-exchange, 6): its holder is, once, and not when that is this agency. */
static void add_holder(struct xj_draft *d, struct xj_slice *list, size_t *count, struct xj_slice id)
{
    char holder[XJ_MAX_AGENCY_BYTES + 1];
    enum xj_err err = xj_succession_holder(&d->v->succession, &d->v->store, id, UINT64_MAX, d->now_ms, holder);
    if (err != XJ_OK) {
        d->err = err;
        return;
    }
    if (!xj_slice_is(id, holder)) {
        json_t *kept = json_string(holder);
        if (json_array_append_new(d->recalled, kept) != 0) {
            d->err = XJ_ENOMEM;
            return;
        }
        id = xj_draft_slice(kept);
    }
    for (size_t i = 0; i < *count; i++)
        if (xj_slice_eq(list[i], id))
            return;
    if (!xj_slice_is(id, d->v->agency))
        list[(*count)++] = id;
}

void xj_draft_agency_list(struct xj_draft *d, const char *key, struct xj_slice *list, size_t max, size_t *ret_count)
{
    const json_t *value = json_object_get(d->request, key);
    const struct xj_agency *a;
    size_t n = json_array_size(value);
    *ret_count = 0;
    if (d->err != XJ_OK || value == NULL || json_is_null(value))
        return;
    if (!json_is_array(value) || n > max) {
        xj_draft_bad(d, key);
        return;
    }
    for (size_t i = 0; i < n && d->err == XJ_OK; i++) {
        struct xj_slice id = xj_draft_slice(json_array_get(value, i));
        bool twice = false;
        for (size_t k = 0; k < i; k++)
            twice = twice || xj_slice_eq(xj_draft_slice(json_array_get(value, k)), id);
        if (id.p == NULL || twice || xj_slice_is(id, d->v->agency))
            xj_draft_bad(d, key);
        else if (agency_known(d, id, &a))
            add_holder(d, list, ret_count, id);
    }
    if (d->err != XJ_OK)
        *ret_count = 0;
}

static int by_slice(const void *a, const void *b)
{
    return xj_slice_cmp(*(const struct xj_slice *)a, *(const struct xj_slice *)b);
}

static void actor(struct xj_draft *d)
{
    struct xj_header *h = &d->out->header;
    const struct xj_agency *a;
    struct xj_slice id = xj_draft_str(d, d->request, "actor", "actor");
    if (id.p == NULL || xj_slice_is(id, d->v->agency) || d->err != XJ_OK)
        return;
    if (h->mode != XJ_MODE_LATE_ENTRY) {
        xj_draft_bad(d, "actor");
        return;
    }
    if (agency_known(d, id, &a) && a->connected)
        xj_draft_refuse_code(d, "forged", id);
    h->actor = id;
}

/* ---- ids ---- */

static bool read_id(const json_t *value, struct xj_id *ret)
{
    const char *text = json_string_value(value);
    return text != NULL && xj_id_parse(text, ret) && !xj_id_is_nil(ret);
}

static int by_answer(const void *a, const void *b)
{
    const struct xj_header_answer *x = a, *y = b;
    int order = xj_id_cmp(&x->id, &y->id);
    return order != 0 ? order : xj_slice_cmp(x->question, y->question);
}

static int by_id(const void *a, const void *b)
{
    return xj_id_cmp(a, b);
}

static int by_relate(const void *a, const void *b)
{
    const struct xj_header_relate *x = a, *y = b;
    int order = xj_slice_cmp(x->relation, y->relation);
    return order != 0 ? order : xj_id_cmp(&x->id, &y->id);
}

/* Sorts, and refuses what is there twice. */
static void order(struct xj_draft *d, void *list, size_t count, size_t size, int (*cmp)(const void *, const void *), const char *field)
{
    if (d->err != XJ_OK || count < 2)
        return;
    qsort(list, count, size, cmp);
    for (size_t i = 1; i < count; i++)
        if (cmp((char *)list + (i - 1) * size, (char *)list + i * size) == 0)
            xj_draft_bad(d, field);
}

/* The array under key with at most max elements; 0 when absent or null. */
static size_t array_of(struct xj_draft *d, const char *key, size_t max, const json_t **ret)
{
    *ret = json_object_get(d->request, key);
    if (*ret == NULL || json_is_null(*ret))
        return 0;
    if (!json_is_array(*ret) || json_array_size(*ret) > max) {
        xj_draft_bad(d, key);
        return 0;
    }
    return json_array_size(*ret);
}

static void answers(struct xj_draft *d)
{
    struct xj_header *h = &d->out->header;
    const json_t *list;
    size_t n = array_of(d, "answers", XJ_MAX_ANSWERS, &list);
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(list, i);
        h->answers[i].question = xj_draft_slice(json_object_get(one, "question"));
        if (!read_id(json_object_get(one, "id"), &h->answers[i].id) || h->answers[i].question.n == 0)
            xj_draft_bad(d, "answers");
    }
    h->answer_count = n;
    order(d, h->answers, n, sizeof h->answers[0], by_answer, "answers");
}

static void refs(struct xj_draft *d)
{
    struct xj_header *h = &d->out->header;
    const json_t *list;
    size_t n = array_of(d, "refs", XJ_MAX_REFS, &list);
    for (size_t i = 0; i < n; i++)
        if (!read_id(json_array_get(list, i), &h->refs[i]))
            xj_draft_bad(d, "refs");
    h->ref_count = n;
    order(d, h->refs, n, sizeof h->refs[0], by_id, "refs");
}

#define OF_CASES 5 /* from here on relations name a case */
static const char *const known[] = {"amends", "voids", "reissues", "shares", "unreadable", "merged_into", "split_from", "continues", "same_matter"};

static bool names_case(struct xj_slice relation)
{
    for (size_t k = OF_CASES; k < sizeof known / sizeof known[0]; k++)
        if (xj_slice_is(relation, known[k]))
            return true;
    return false;
}

static void relates(struct xj_draft *d)
{
    struct xj_header *h = &d->out->header;
    const json_t *list, *reissue = json_object_get(d->request, "reissue");
    size_t n = array_of(d, "relates", XJ_MAX_RELATES - 1, &list);
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(list, i);
        struct xj_slice relation = xj_draft_slice(json_object_get(one, "relation"));
        bool good = false;
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            good = good || xj_slice_is(relation, known[k]);
        if (!good || !read_id(json_object_get(one, "id"), &h->relates[i].id))
            xj_draft_bad(d, "relates");
        h->relates[i].relation = relation;
        if (d->err == XJ_OK && names_case(relation) && xj_id_eq(&h->relates[i].id, &h->case_id))
            xj_draft_refuse(d, false, "relates", relation, "案件不能与自身关联", "a case cannot be linked with itself", "请写明另一案件的编号", "name the other case");
    }
    if (reissue != NULL && !json_is_null(reissue)) {
        if (!read_id(reissue, &h->relates[n].id))
            xj_draft_bad(d, "reissue");
        h->relates[n++].relation = xj_slice_cstr("reissues");
    }
    h->relate_count = n;
    order(d, h->relates, n, sizeof h->relates[0], by_relate, "relates");
}

void xj_draft_fields(struct xj_draft *d)
{
    struct xj_header *h = &d->out->header;
    mode(d);
    occurred(d);
    actor(d);
    xj_draft_agency_list(d, "joint", h->joint, XJ_MAX_JOINT, &h->joint_count);
    order(d, h->joint, h->joint_count, sizeof h->joint[0], by_slice, "joint");
    if (d->err == XJ_OK)
        answers(d);
    if (d->err == XJ_OK)
        refs(d);
    if (d->err == XJ_OK)
        relates(d);
}
