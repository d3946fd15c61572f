#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/draft_private.h"
#include "schema/base/civil.h"
#include "schema/wire/pack.h"

#define DEPTH_MAX 12u
#define TEXT_MAX (64u * 1024) /* spec 03, section 3 */

/* A map's entries before they are in order: the encoding of each key, and the value behind it. */
struct pair {
    struct xj_buf bytes; /* key, then value */
    size_t key_bytes;
};
struct pairs {
    struct pair *list;
    size_t count;
};

static void put_json(struct xj_draft *d, struct xj_buf *out, const json_t *value, unsigned depth);

static int by_key(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    return xj_slice_cmp(xj_slice_of(x->bytes.p, x->key_bytes), xj_slice_of(y->bytes.p, y->key_bytes));
}

static void pairs_init(struct xj_draft *d, struct pairs *p, size_t max)
{
    p->count = 0;
    p->list = calloc(max > 0 ? max : 1, sizeof *p->list);
    if (p->list == NULL && d->err == XJ_OK)
        d->err = XJ_ENOMEM;
}

/* The buffer that takes the value of a key, with the key in it. NULL when drafting has failed. */
static struct xj_buf *pairs_add(struct xj_draft *d, struct pairs *p, const char *key)
{
    if (d->err != XJ_OK)
        return NULL;
    struct pair *one = &p->list[p->count++];
    xj_buf_init(&one->bytes, XJ_MAX_BODY_BYTES);
    xj_put_cstr(&one->bytes, key);
    one->key_bytes = one->bytes.n;
    return &one->bytes;
}

/* Canonical order is that of the encoded keys (spec 01, section 1, rule 4). */
static void pairs_end(struct xj_draft *d, struct pairs *p, struct xj_buf *out)
{
    if (p->list != NULL && d->err == XJ_OK) {
        qsort(p->list, p->count, sizeof *p->list, by_key);
        xj_put_map(out, (uint32_t)p->count);
    }
    for (size_t i = 0; i < p->count; i++) {
        if (p->list[i].bytes.err != XJ_OK && out->err == XJ_OK)
            out->err = p->list[i].bytes.err;
        xj_buf_add_slice(out, xj_buf_slice(&p->list[i].bytes));
        xj_buf_wipe(&p->list[i].bytes);
    }
    free(p->list);
}

static void put_object(struct xj_draft *d, struct xj_buf *out, const json_t *object, unsigned depth)
{
    const char *key;
    json_t *value;
    struct pairs p;
    pairs_init(d, &p, json_object_size(object));
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        struct xj_buf *to = pairs_add(d, &p, key);
        if (to != NULL)
            put_json(d, to, value, depth + 1);
    }
    pairs_end(d, &p, out);
}

static void put_text(struct xj_draft *d, struct xj_buf *out, const json_t *value, const char *field)
{
    struct xj_slice s = xj_draft_slice(value);
    if (s.p == NULL || s.n > TEXT_MAX)
        xj_draft_bad(d, field);
    else
        xj_put_str(out, s);
}

static void put_json(struct xj_draft *d, struct xj_buf *out, const json_t *value, unsigned depth)
{
    size_t i;
    json_t *element;
    if (d->err != XJ_OK)
        return;
    if (depth > DEPTH_MAX)
        xj_draft_bad(d, "body");
    else if (json_is_integer(value))
        xj_put_int(out, json_integer_value(value));
    else if (json_is_string(value))
        put_text(d, out, value, "body");
    else if (json_is_boolean(value))
        xj_put_bool(out, json_is_true(value));
    else if (json_is_null(value))
        xj_put_nil(out);
    else if (json_is_object(value))
        put_object(d, out, value, depth);
    else if (json_is_array(value)) {
        xj_put_array(out, (uint32_t)json_array_size(value));
        json_array_foreach(value, i, element)
            put_json(d, out, element, depth + 1);
    } else {
        xj_draft_bad(d, "body: 1.5"); /* no fractions: money is whole fen */
    }
}

/* ---- keys that every reader knows ---- */

enum form { FORM_TEXT, FORM_UINT, FORM_TEXTS, FORM_AMOUNTS, FORM_OFFICERS, FORM_ITEMS, FORM_PENALTY, FORM_GIVEN };
struct known {
    const char *key;
    enum form form;
};
static const struct known known[] = {
    {"amounts", FORM_AMOUNTS}, {"approved_by", FORM_TEXT}, {"charges", FORM_GIVEN}, {"criminal_fine", FORM_UINT},
    {"documents", FORM_TEXTS},
    {"drafted_by", FORM_TEXT}, {"facts", FORM_TEXT}, {"fine", FORM_UINT}, {"identities", FORM_GIVEN}, {"import_row", FORM_TEXT}, {"items", FORM_ITEMS}, {"note", FORM_TEXT}, {"officers", FORM_OFFICERS},
    {"offset", FORM_UINT}, {"penalty", FORM_PENALTY},
    {"overrides", FORM_GIVEN}, {"papers", FORM_GIVEN}, {"parties", FORM_GIVEN}, {"penalty_kinds", FORM_TEXTS}, {"reasons", FORM_TEXT},
    {"replay_event", FORM_UINT}, {"shared", FORM_GIVEN}, {"source", FORM_TEXT}, {"title", FORM_TEXT},
};

static const struct known *known_key(const char *key)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].key, key) == 0)
            return &known[i];
    return NULL;
}

/* One part of a tuple: by its name, as reading shows it, or by its place, as the body holds it (spec 03, section 3). */
static const json_t *part(const json_t *one, const char *name, size_t place)
{
    return json_is_array(one) ? json_array_get(one, place) : json_object_get(one, name);
}

static void put_amount(struct xj_draft *d, struct xj_buf *out, const json_t *one)
{
    const json_t *value = part(one, "value", 1), *unit = part(one, "unit", 2);
    xj_put_array(out, 3);
    put_text(d, out, part(one, "name", 0), "body.amounts");
    if (!json_is_integer(value))
        xj_draft_bad(d, "body.amounts");
    xj_put_int(out, json_integer_value(value));
    if (unit == NULL || json_is_null(unit))
        xj_put_cstr(out, "fen");
    else
        put_text(d, out, unit, "body.amounts");
}

static void put_item(struct xj_draft *d, struct xj_buf *out, const json_t *one)
{
    const json_t *quantity = part(one, "quantity", 1), *unit = part(one, "unit", 2);
    xj_put_array(out, 3);
    put_text(d, out, part(one, "name", 0), "body.items");
    if (!json_is_integer(quantity) || json_integer_value(quantity) < 0)
        xj_draft_bad(d, "body.items");
    xj_put_int(out, json_integer_value(quantity));
    if (unit == NULL || json_is_null(unit))
        xj_put_cstr(out, "");
    else
        put_text(d, out, unit, "body.items");
}

/* Spec 03, section 3a: the form of each key that every reader knows. */
static void check_penalty(struct xj_draft *d, const json_t *penalty)
{
    static const struct {
        const char *key;
        char form; /* t text, u uint, b bool, d days */
    } keys[] = {{"number", 't'}, {"violation", 't'}, {"basis", 't'}, {"content", 't'}, {"conduct", 'd'}, {"place", 't'}, {"goods", 't'},
                {"appraisal", 't'}, {"confiscated", 'u'}, {"minimum", 'u'}, {"grade", 't'}, {"grade_basis", 't'}, {"lenient", 't'},
                {"reduced", 'u'}, {"discussed", 'b'}, {"appraised", 'b'}, {"serious", 'b'}, {"permit", 't'}, {"valid_until", 'd'},
                {"shown_until", 'd'}, {"representative", 't'}, {"representative_document", 't'}, {"representative_number", 't'},
                {"authority", 't'}, {"authority_code", 't'}, {"reporter", 't'}, {"reporter_code", 't'}};
    int64_t from, to;
    char field[64];
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const json_t *value = json_object_get(penalty, keys[i].key);
        const char *text = json_string_value(value);
        char form = keys[i].form;
        bool good = value == NULL || (form == 't' && text != NULL) || (form == 'b' && json_is_boolean(value)) ||
                    (form == 'u' && json_is_integer(value) && json_integer_value(value) >= 0) ||
                    (form == 'd' && text != NULL && xj_date_range_parse(text, &from, &to));
        snprintf(field, sizeof field, "body.penalty.%s", keys[i].key);
        if (!good)
            xj_draft_bad(d, field);
    }
}

static void put_list(struct xj_draft *d, struct xj_buf *out, const json_t *value, const struct known *k)
{
    size_t i;
    json_t *one;
    if (!json_is_array(value)) {
        xj_draft_bad(d, k->key);
        return;
    }
    xj_put_array(out, (uint32_t)json_array_size(value));
    json_array_foreach(value, i, one) {
        if (k->form == FORM_TEXTS) {
            put_text(d, out, one, k->key);
        } else if (k->form == FORM_AMOUNTS) {
            put_amount(d, out, one);
        } else if (k->form == FORM_ITEMS) {
            put_item(d, out, one);
        } else {
            xj_put_array(out, 2);
            put_text(d, out, part(one, "name", 0), "body.officers");
            put_text(d, out, part(one, "certificate", 1), "body.officers");
        }
    }
}

static void put_known(struct xj_draft *d, struct xj_buf *out, const json_t *value, const struct known *k)
{
    if (k->form == FORM_TEXT) {
        put_text(d, out, value, k->key);
    } else if (k->form == FORM_UINT) {
        if (!json_is_integer(value) || json_integer_value(value) < 0)
            xj_draft_bad(d, k->key);
        else
            xj_put_uint(out, (uint64_t)json_integer_value(value));
    } else if (k->form == FORM_PENALTY) {
        check_penalty(d, value);
        if (json_is_object(value))
            put_object(d, out, value, 1);
        else
            xj_draft_bad(d, "body.penalty");
    } else {
        put_list(d, out, value, k);
    }
}

/* ---- keys that drafting fills ---- */

static void put_named(struct xj_draft *d, struct pairs *p, bool charge)
{
    const struct xj_draft_named *list = charge ? d->charges : d->parties;
    size_t count = charge ? d->charge_count : d->party_count;
    struct xj_buf *out = count > 0 ? pairs_add(d, p, charge ? "charges" : "parties") : NULL;
    if (out == NULL)
        return;
    xj_put_array(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        xj_put_array(out, 3);
        xj_put_bin(out, list[i].id, 8);
        xj_put_str(out, charge ? list[i].name : list[i].kind_or_code);
        xj_put_str(out, charge ? list[i].kind_or_code : list[i].name);
    }
}

static void put_identities(struct xj_draft *d, struct pairs *p)
{
    size_t n = 0;
    for (size_t i = 0; i < d->party_count; i++)
        n += d->parties[i].identity_count;
    struct xj_buf *out = n > 0 ? pairs_add(d, p, "identities") : NULL;
    if (out == NULL)
        return;
    xj_put_array(out, (uint32_t)n);
    for (size_t i = 0; i < d->party_count; i++)
        for (size_t k = 0; k < d->parties[i].identity_count; k++) {
            xj_put_array(out, 3);
            xj_put_bin(out, d->parties[i].id, 8);
            xj_put_str(out, d->parties[i].identities[k].kind);
            xj_put_str(out, d->parties[i].identities[k].number);
        }
}

/* Why it is sent although the sender was warned (10-api, 3). */
static void put_overrides(struct xj_draft *d, struct pairs *p)
{
    struct xj_buf *out = d->override_count > 0 ? pairs_add(d, p, "overrides") : NULL;
    if (out == NULL)
        return;
    xj_put_array(out, (uint32_t)d->override_count);
    for (size_t i = 0; i < d->override_count; i++) {
        xj_put_array(out, 2);
        xj_put_cstr(out, d->overrides[i]);
        put_text(d, out, json_object_get(json_object_get(d->request, "override"), d->overrides[i]), "override");
    }
}

static void put_papers(struct xj_draft *d, struct pairs *p)
{
    size_t count = d->out->header.paper_count; /* those of a share are in the ledger already */
    struct xj_buf *out = count > 0 ? pairs_add(d, p, "papers") : NULL;
    if (out == NULL)
        return;
    xj_put_array(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        xj_put_array(out, 4);
        xj_put_bins(out, xj_hash_slice(&d->out->header.papers[i].sealed));
        xj_put_bins(out, xj_hash_slice(&d->papers[i].commit));
        xj_put_str(out, d->papers[i].name);
        xj_put_str(out, d->papers[i].media_type);
    }
}

static void put_given(struct xj_draft *d, struct pairs *p)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)d->body, key, value) {
        const struct known *k = known_key(key);
        if (k != NULL && k->form == FORM_GIVEN) {
            char field[64];
            snprintf(field, sizeof field, "body.%s", key);
            if (strcmp(key, "parties") != 0 && strcmp(key, "charges") != 0) /* filled in from what the request has elsewhere, and from the ledger */
                xj_draft_bad(d, field);
            continue;
        }
        if (json_is_null(value) && k != NULL)
            continue;
        struct xj_buf *out = pairs_add(d, p, key);
        if (out != NULL && k != NULL)
            put_known(d, out, value, k);
        else if (out != NULL)
            put_json(d, out, value, 1);
    }
}

/* Somebody drafted it and somebody answers for it (03-message, section 3). */
static void signatories(struct xj_draft *d)
{
    static const char *const keys[] = {"drafted_by", "approved_by"};
    for (size_t i = 0; i < 2; i++)
        if (xj_draft_slice(json_object_get(d->body, keys[i])).n == 0)
            xj_draft_refuse(d, false, "signatory", xj_slice_cstr(keys[i]), "没有写明承办人或者审批人", "it does not say who drafted or who approved it",
                            "请在 body 中写明该项", "name the person in body");
}

/* What people call the case goes along with an act that leaves the agency, so that who has seen nothing else of it has a name
 * for it, too. */
static void put_title(struct xj_draft *d, struct pairs *p)
{
    if (!d->case_known || d->out->header.to_count == 0 || json_is_string(json_object_get(d->body, "title")))
        return;
    sqlite3_stmt *st = xj_vq(d->v, "SELECT title FROM case_index WHERE case_id = ?1 AND title IS NOT NULL", "b",
                             xj_id_slice(&d->out->header.case_id));
    if (!xj_vq_row(d->v, st))
        return;
    struct xj_buf *out = pairs_add(d, p, "title");
    if (out != NULL)
        xj_put_str(out, xj_vq_slice(st, 0));
    xj_vq_end(st);
}

void xj_draft_body(struct xj_draft *d)
{
    struct pairs p;
    if (d->err != XJ_OK)
        return;
    pairs_init(d, &p, json_object_size(d->body) + 6);
    put_given(d, &p);
    put_title(d, &p);
    put_named(d, &p, false);
    put_named(d, &p, true);
    put_identities(d, &p);
    put_overrides(d, &p);
    put_papers(d, &p);
    struct xj_buf *shared = d->share.on ? pairs_add(d, &p, "shared") : NULL;
    if (shared != NULL)
        xj_draft_put_shared(d, shared);
    signatories(d);
    pairs_end(d, &p, &d->plain);
    if (d->err == XJ_OK && d->plain.err == XJ_ELIMIT)
        xj_draft_refuse_code(d, "oversize", xj_slice_cstr("body"));
    else if (d->err == XJ_OK)
        d->err = d->plain.err;
}
