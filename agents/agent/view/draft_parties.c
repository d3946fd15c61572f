#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/draft_private.h"

/* ---- what the case knows already ---- */

static bool known_by_name(struct xj_draft *d, bool charge, struct xj_slice name, uint8_t ret[8])
{
    struct xj_slice case_id = xj_id_slice(&d->out->header.case_id);
    sqlite3_stmt *st = charge ? xj_vq(d->v, "SELECT id FROM charge WHERE case_id = ?1 AND name = ?2 ORDER BY id LIMIT 1", "bs", case_id, name)
                              : xj_vq(d->v, "SELECT id FROM party WHERE case_id = ?1 AND name = ?2 ORDER BY id LIMIT 1", "bs", case_id, name);
    bool found = false;
    if (xj_vq_row(d->v, st)) {
        struct xj_slice id = xj_vq_slice(st, 0);
        found = id.n == 8;
        if (found)
            memcpy(ret, id.p, 8);
        xj_vq_end(st);
    }
    return found;
}

static bool known_by_id(struct xj_draft *d, bool charge, const uint8_t id[8])
{
    struct xj_slice case_id = xj_id_slice(&d->out->header.case_id), wanted = xj_slice_of(id, 8);
    sqlite3_stmt *st = charge ? xj_vq(d->v, "SELECT count(*) FROM charge WHERE case_id = ?1 AND id = ?2", "bb", case_id, wanted)
                              : xj_vq(d->v, "SELECT count(*) FROM party WHERE case_id = ?1 AND id = ?2", "bb", case_id, wanted);
    return xj_vq_int(d->v, st, 0) > 0;
}

/* ---- body.parties, body.charges ---- */

static bool good_kind(struct xj_slice kind)
{
    static const char *const kinds[] = {"person", "unit", "official", "group", "victim"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (xj_slice_is(kind, kinds[i]))
            return true;
    return false;
}

static void read_one_identity(struct xj_draft *d, const json_t *identity, struct xj_draft_named *n)
{
    static const char *const kinds[] = {"uscc", "id_card", "passport", "reg_no", "other"};
    struct xj_slice kind = xj_draft_slice(json_object_get(identity, "kind")), number = xj_draft_slice(json_object_get(identity, "number"));
    bool good = false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        good = good || xj_slice_is(kind, kinds[i]);
    if (!good || number.n == 0 || number.n > XJ_MAX_NAME_BYTES * 2 || n->identity_count == XJ_DRAFT_IDENTITIES) {
        xj_draft_bad(d, "body.parties.identity");
        return;
    }
    n->identities[n->identity_count].kind = kind;
    n->identities[n->identity_count++].number = number;
}

/* {"kind","number"} under `identity`, or an array of these. */
static void read_identity(struct xj_draft *d, const json_t *one, struct xj_draft_named *n)
{
    const json_t *identity = json_object_get(one, "identity"), *each;
    size_t i;
    if (identity == NULL || json_is_null(identity))
        return;
    if (!json_is_array(identity))
        read_one_identity(d, identity, n);
    json_array_foreach(identity, i, each)
        read_one_identity(d, each, n);
}

static void give_id(struct xj_draft *d, bool charge, const json_t *id, struct xj_draft_named *n)
{
    const char *text = json_string_value(id);
    bool fresh = text != NULL && strcmp(text, "new") == 0;
    if (id != NULL && !json_is_null(id) && !fresh) {
        if (text == NULL || !xj_unhex(text, n->id, 8))
            xj_draft_bad(d, charge ? "body.charges" : "body.parties");
    } else if (fresh || !known_by_name(d, charge, n->name, n->id)) {
        d->env->random(d->env->ctx, n->id, 8);
    }
}

static void read_list(struct xj_draft *d, bool charge, struct xj_draft_named *list, size_t *ret_count)
{
    const char *field = charge ? "body.charges" : "body.parties";
    const json_t *value = json_object_get(d->body, charge ? "charges" : "parties");
    size_t n = json_array_size(value);
    if (d->err != XJ_OK || value == NULL || json_is_null(value))
        return;
    if (!json_is_array(value) || n > XJ_DRAFT_NAMED) {
        xj_draft_bad(d, field);
        return;
    }
    for (size_t i = 0; i < n && d->err == XJ_OK; i++) {
        const json_t *one = json_array_get(value, i);
        list[i].name = xj_draft_slice(json_object_get(one, "name"));
        list[i].kind_or_code = xj_draft_str(d, one, charge ? "code" : "kind", field);
        if (list[i].kind_or_code.p == NULL)
            list[i].kind_or_code = xj_slice_cstr(charge ? "" : "person");
        if (list[i].name.n == 0 || (!charge && !good_kind(list[i].kind_or_code)))
            xj_draft_bad(d, field);
        else
            give_id(d, charge, json_object_get(one, "id"), &list[i]);
        if (!charge && d->err == XJ_OK)
            read_identity(d, one, &list[i]);
    }
    *ret_count = n;
}

void xj_draft_parties(struct xj_draft *d)
{
    read_list(d, false, d->parties, &d->party_count);
    read_list(d, true, d->charges, &d->charge_count);
}

json_t *xj_draft_party_names(const struct xj_draft *d)
{
    json_t *made = json_object();
    char hex[17];
    for (size_t i = 0; i < d->party_count + d->charge_count; i++) {
        const struct xj_draft_named *n = i < d->party_count ? &d->parties[i] : &d->charges[i - d->party_count];
        char *name = xj_slice_dup(n->name);
        xj_hex(n->id, 8, hex);
        if (name != NULL)
            json_object_set_new(made, name, json_string(hex));
        free(name);
    }
    return made;
}

/* ---- subjects ---- */

/* "new:N": the N-th of the request's own list, from 1. */
static bool by_place(struct xj_slice text, const struct xj_draft_named *list, size_t count, uint8_t ret[8])
{
    size_t place = 0;
    if (text.n < 5 || text.n > 7 || memcmp(text.p, "new:", 4) != 0)
        return false;
    for (size_t i = 4; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        place = place * 10 + (size_t)(text.p[i] - '0');
    }
    if (place == 0 || place > count)
        return false;
    memcpy(ret, list[place - 1].id, 8);
    return true;
}

static bool listed(const struct xj_draft_named *list, size_t count, const uint8_t id[8])
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(list[i].id, id, 8) == 0)
            return true;
    return false;
}

/* An id, a place in the request's list, or a name: of the request's list first, then of the case. */
static void resolve(struct xj_draft *d, bool charge, const json_t *value, uint8_t ret[8])
{
    const struct xj_draft_named *list = charge ? d->charges : d->parties;
    size_t count = charge ? d->charge_count : d->party_count;
    struct xj_slice text = xj_draft_slice(value);
    if (text.n == 0) {
        xj_draft_bad(d, "subjects");
        return;
    }
    if (by_place(text, list, count, ret))
        return;
    for (size_t i = 0; i < count; i++)
        if (xj_slice_eq(list[i].name, text)) {
            memcpy(ret, list[i].id, 8);
            return;
        }
    if (known_by_name(d, charge, text, ret))
        return;
    if (xj_unhex((const char *)text.p, ret, 8) && (listed(list, count, ret) || known_by_id(d, charge, ret)))
        return;
    xj_draft_refuse(d, false, "party_unknown", text, "本案没有这个当事人或者罪名", "the case has no such party or charge",
                    "请在 body.parties 或 body.charges 中写明，或者使用本案已有的编号、姓名",
                    "name it in body.parties or body.charges, or use an id or name of the case");
}

/* The name of a subject that the request does not give goes into the body too: whoever gets the act may have got nothing
 * that says who is meant. What this agency does not know by name it leaves out. */
static void recall(struct xj_draft *d, bool charge, const uint8_t id[8])
{
    struct xj_draft_named *list = charge ? d->charges : d->parties;
    size_t *count = charge ? &d->charge_count : &d->party_count;
    struct xj_slice case_id = xj_id_slice(&d->out->header.case_id), wanted = xj_slice_of(id, 8);
    if (d->err != XJ_OK || *count == XJ_DRAFT_NAMED || listed(list, *count, id))
        return;
    sqlite3_stmt *st = charge ? xj_vq(d->v, "SELECT name, code FROM charge WHERE case_id = ?1 AND id = ?2", "bb", case_id, wanted)
                              : xj_vq(d->v, "SELECT name, kind FROM party WHERE case_id = ?1 AND id = ?2", "bb", case_id, wanted);
    if (!xj_vq_row(d->v, st))
        return;
    for (int i = 0; i < 2; i++) {
        struct xj_slice text = xj_vq_slice(st, i);
        if (json_array_append_new(d->recalled, json_stringn((const char *)text.p, text.n)) != 0)
            d->err = XJ_ENOMEM;
    }
    xj_vq_end(st);
    if (d->err != XJ_OK)
        return;
    size_t n = json_array_size(d->recalled);
    struct xj_draft_named *one = &list[(*count)++];
    memcpy(one->id, id, 8);
    one->name = xj_draft_slice(json_array_get(d->recalled, n - 2));
    one->kind_or_code = xj_draft_slice(json_array_get(d->recalled, n - 1));
}

static int by_subject(const void *a, const void *b)
{
    return xj_subject_cmp(a, b);
}

void xj_draft_subjects(struct xj_draft *d)
{
    const json_t *value = json_object_get(d->request, "subjects");
    struct xj_header *h = &d->out->header;
    size_t n = json_array_size(value);
    if (d->err != XJ_OK || value == NULL || json_is_null(value))
        return;
    if (!json_is_array(value) || n > XJ_MAX_SUBJECTS) {
        xj_draft_bad(d, "subjects");
        return;
    }
    for (size_t i = 0; i < n && d->err == XJ_OK; i++) {
        const json_t *one = json_array_get(value, i), *charge = json_object_get(one, "charge");
        resolve(d, false, json_is_object(one) ? json_object_get(one, "party") : one, h->subjects[i].party);
        h->subjects[i].has_charge = charge != NULL && !json_is_null(charge);
        if (h->subjects[i].has_charge)
            resolve(d, true, charge, h->subjects[i].charge);
    }
    if (d->err != XJ_OK)
        return;
    qsort(h->subjects, n, sizeof h->subjects[0], by_subject);
    for (size_t i = 1; i < n; i++) {
        bool same_party = memcmp(h->subjects[i - 1].party, h->subjects[i].party, 8) == 0;
        if (same_party && (!h->subjects[i - 1].has_charge || xj_subject_cmp(&h->subjects[i - 1], &h->subjects[i]) == 0))
            xj_draft_bad(d, "subjects"); /* twice, or a party beside one of its charges */
    }
    h->subject_count = n;
    for (size_t i = 0; i < n; i++) {
        recall(d, false, h->subjects[i].party);
        if (h->subjects[i].has_charge)
            recall(d, true, h->subjects[i].charge);
    }
}
