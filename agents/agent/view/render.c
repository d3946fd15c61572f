#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/render_private.h"
#include "schema/base/civil.h"

void xj_rset(struct xj_view *v, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        xj_view_fail(v, XJ_ENOMEM);
}

void xj_radd(struct xj_view *v, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        xj_view_fail(v, XJ_ENOMEM);
}

json_t *xj_rtext(struct xj_slice s)
{
    return s.p == NULL ? json_null() : json_stringn((const char *)s.p, s.n);
}

json_t *xj_rid(struct xj_slice id16)
{
    struct xj_id id;
    char text[XJ_ID_TEXT];
    if (id16.n != sizeof id.b)
        return json_null();
    memcpy(id.b, id16.p, sizeof id.b);
    xj_id_format(&id, text);
    return json_string(text);
}

json_t *xj_rhex(struct xj_slice s)
{
    if (s.p == NULL)
        return json_null();
    char *text = malloc(2 * s.n + 1);
    if (text == NULL)
        return NULL;
    xj_hex(s.p, s.n, text);
    json_t *made = json_string(text);
    free(text);
    return made;
}

json_t *xj_rsubject(const struct xj_subject *s)
{
    json_t *made = json_object();
    json_t *charge = s->has_charge ? xj_rhex(xj_slice_of(s->charge, 8)) : json_null();
    if (json_object_set_new(made, "party", xj_rhex(xj_slice_of(s->party, 8))) != 0 ||
        json_object_set_new(made, "charge", charge) != 0) {
        json_decref(made);
        return NULL;
    }
    return made;
}

void xj_rinstant(struct xj_view *v, json_t *object, const char *key, bool known, int64_t ms)
{
    char text[30], name[64];
    size_t n = strlen(key);
    if (n > sizeof name - 4)
        n = sizeof name - 4;
    memcpy(name, key, n);
    memcpy(name + n, "_ms", 4);
    if (known)
        xj_instant_format(ms, text);
    xj_rset(v, object, key, known ? json_string(text) : json_null());
    xj_rset(v, object, name, known ? json_integer(ms) : json_null());
}

bool xj_render_agency_name(struct xj_view *v, struct xj_slice agency, char ret[256])
{
    struct xj_agency a;
    ret[0] = '\0';
    enum xj_err err = xj_reg_agency(&v->store, agency, UINT64_MAX, &a);
    if (err == XJ_OK)
        memcpy(ret, a.name, sizeof a.name < 256 ? sizeof a.name : 256);
    else if (err != XJ_ENOTFOUND)
        xj_view_fail(v, err);
    return err == XJ_OK;
}

json_t *xj_ragency(struct xj_view *v, struct xj_slice agency, const char *role)
{
    char name[256];
    json_t *made = json_object();
    xj_rset(v, made, "agency", xj_rtext(agency));
    xj_rset(v, made, "name", xj_render_agency_name(v, agency, name) ? json_string(name) : json_null());
    if (role != NULL)
        xj_rset(v, made, "role", json_string(role));
    return made;
}

json_t *xj_rholder(struct xj_view *v, struct xj_slice agency, int64_t now_ms, bool *ret_ours)
{
    char holder[XJ_MAX_AGENCY_BYTES + 1];
    xj_view_holder(v, agency, now_ms, holder);
    json_t *made = xj_ragency(v, xj_slice_cstr(holder), NULL);
    xj_rset(v, made, "on_record", xj_slice_is(agency, holder) ? json_null() : xj_ragency(v, agency, NULL));
    if (ret_ours != NULL)
        *ret_ours = strcmp(holder, v->agency) == 0;
    return made;
}

enum xj_err xj_rend(struct xj_view *v, json_t *made, json_t **ret)
{
    if (made == NULL)
        xj_view_fail(v, XJ_ENOMEM);
    enum xj_err err = xj_view_end(v);
    if (err != XJ_OK) {
        json_decref(made);
        made = NULL;
    }
    *ret = made;
    return err;
}
