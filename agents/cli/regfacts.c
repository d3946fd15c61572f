#include "agents/cli/regfacts.h"

#include <stdlib.h>
#include <string.h>

#define CONTEXT_PROCEDURE "xianjie/1 procedure"

/* Adds a fact made of JSON, which it takes; NULL: memory was out. */
static void take(struct xj_changes *c, const char *kind, const char *id, json_t *value)
{
    if (value == NULL && c->err == XJ_OK)
        c->err = XJ_ENOMEM;
    if (value != NULL)
        xj_changes_json(c, kind, id, value, NULL, NULL);
    json_decref(value);
}

static json_t *bytes(const void *p, size_t n)
{
    char *hex = malloc(2 * n + 1);
    if (hex == NULL)
        return NULL;
    xj_hex(p, n, hex);
    json_t *v = json_pack("{s:s}", "hex", hex);
    free(hex);
    return v;
}

static json_t *strings(const char *const *list) /* NULL-ended or NULL */
{
    json_t *v = json_array();
    for (size_t i = 0; v != NULL && list != NULL && list[i] != NULL; i++)
        if (json_array_append_new(v, json_string(list[i])) != 0) {
            json_decref(v);
            return NULL;
        }
    return v;
}

/* Leaves the key out when there is nothing to say. */
static void optional(json_t *v, const char *key, const char *text)
{
    if (v != NULL && text != NULL && text[0] != '\0')
        (void)json_object_set_new(v, key, json_string(text));
}

void xj_changes_agency(struct xj_changes *c, const struct xj_agency_spec *a)
{
    char division[7] = "";
    (void)strncat(division, a->division != NULL ? a->division : a->id, 6);
    json_t *v = json_pack("{s:s, s:s, s:s, s:b, s:o}", "division", division, "name", a->name, "role", a->role, "vertical",
                          a->vertical, "aliases", strings(a->aliases));
    optional(v, "sector", a->sector);
    optional(v, "superior", a->superior);
    take(c, "agency", a->id, v);
}

void xj_changes_keys(struct xj_changes *c, const char *agency, const struct xj_public_keys *keys)
{
    take(c, "keys", agency,
         json_pack("{s:o, s:o, s:o, s:o}", "recovery", bytes(keys->recovery, 32), "seal", bytes(keys->seal, 32), "sign",
                   bytes(keys->sign, 32), "transport", bytes(keys->transport, 32)));
}

void xj_changes_status(struct xj_changes *c, const char *agency, const char *state, const char *reason)
{
    take(c, "status", agency, json_pack("{s:s, s:s}", "reason", reason != NULL ? reason : "", "state", state));
}

void xj_changes_counterpart(struct xj_changes *c, const char *agency, const char *role, const char *sector,
                            const char *const *agencies, size_t count)
{
    struct xj_buf id;
    xj_buf_init(&id, 256);
    xj_buf_addf(&id, "%s/%s/%s", agency, role, sector);
    const char **list = calloc(count + 1, sizeof *list);
    if (list == NULL || xj_buf_cstr(&id) == NULL) {
        if (c->err == XJ_OK)
            c->err = list == NULL ? XJ_ENOMEM : id.err;
    } else {
        memcpy(list, agencies, count * sizeof *list);
        take(c, "counterpart", xj_buf_cstr(&id), json_pack("{s:o}", "agencies", strings(list)));
    }
    free(list);
    xj_buf_free(&id);
}

void xj_changes_succession(struct xj_changes *c, const char *agency, const char *next, int64_t at_ms)
{
    take(c, "succeeded_by", agency, json_pack("{s:s, s:I}", "agency", next, "at", (json_int_t)at_ms));
}

void xj_compromised_id(const char *agency, const uint8_t sign[32], char ret[XJ_MAX_AGENCY_BYTES + 18])
{
    char hex[17];
    xj_hex(sign, 8, hex);
    (void)snprintf(ret, XJ_MAX_AGENCY_BYTES + 18, "%s/%s", agency, hex);
}

void xj_changes_compromised(struct xj_changes *c, const char *agency, const uint8_t sign[32], int64_t since_ms, const char *reason)
{
    char id[XJ_MAX_AGENCY_BYTES + 18];
    xj_compromised_id(agency, sign, id);
    take(c, "compromised", id, json_pack("{s:s, s:I}", "reason", reason, "since", (json_int_t)since_ms));
}

void xj_changes_order(struct xj_changes *c, const struct xj_order_spec *o)
{
    json_t *messages = o->case_id == NULL ? json_array() : NULL;
    for (size_t i = 0; messages != NULL && i < o->message_count; i++)
        json_array_append_new(messages, bytes(o->messages[i].b, XJ_ID_SIZE));
    json_t *value = json_pack("{s:s, s:s, s:s, s:s, s:I, s:o*, s:o*}", "kind", o->kind, "number", o->number, "basis", o->basis, "organ", o->organ,
                              "date", (json_int_t)o->date, "case", o->case_id != NULL ? bytes(o->case_id->b, XJ_ID_SIZE) : NULL, "messages", messages);
    take(c, "order", o->id, value);
}

static bool bureau(const struct xj_agency_spec *a)
{
    return strcmp(a->role, "bureau") == 0 && a->sector != NULL && a->sector[0] != '\0';
}

/* Two agencies stand under the same counterpart list: one role, and among bureaus one sector. */
static bool alike(const struct xj_agency_spec *a, const struct xj_agency_spec *b)
{
    if (strcmp(a->role, b->role) != 0 || bureau(a) != bureau(b))
        return false;
    return !bureau(a) || strcmp(a->sector, b->sector) == 0;
}

static void counterparts_like(struct xj_changes *c, const char *whose, const struct xj_agency_spec *agencies, size_t count,
                              size_t like, const char **list)
{
    size_t n = 0;
    for (size_t i = 0; i < like; i++)
        if (alike(&agencies[i], &agencies[like]))
            return; /* the first of its kind made the list */
    for (size_t i = like; i < count; i++)
        if (alike(&agencies[i], &agencies[like]) && strcmp(agencies[i].id, whose) != 0)
            list[n++] = agencies[i].id;
    const struct xj_agency_spec *a = &agencies[like];
    if (n > 0)
        xj_changes_counterpart(c, whose, a->role, bureau(a) ? a->sector : "any", list, n);
}

void xj_changes_all_counterparts(struct xj_changes *c, const struct xj_agency_spec *agencies, size_t count)
{
    const char **list = calloc(count + 1, sizeof *list);
    if (list == NULL) {
        c->err = c->err != XJ_OK ? c->err : XJ_ENOMEM;
        return;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t like = 0; like < count; like++)
            counterparts_like(c, agencies[i].id, agencies, count, like, list);
    free(list);
}

void xj_changes_grant(struct xj_changes *c, const struct xj_grant_spec *g)
{
    struct xj_buf id;
    xj_buf_init(&id, 256);
    xj_buf_addf(&id, "%s/%s", g->agency, g->name);
    if (xj_buf_cstr(&id) != NULL)
        take(c, "grant", xj_buf_cstr(&id),
             json_pack("{s:o, s:o, s:s, s:s, s:s}", "acts", strings(g->acts), "agencies", strings(g->agencies), "division",
                       g->division, "mode", g->mode, "procedure", g->procedure));
    else if (c->err == XJ_OK)
        c->err = id.err;
    xj_buf_free(&id);
}

void xj_changes_calendar(struct xj_changes *c, const struct xj_calendar *cal)
{
    struct xj_buf encoded;
    struct xj_hash digest;
    xj_buf_init(&encoded, XJ_CALENDAR_BYTES_MAX);
    xj_calendar_encode(cal, &encoded);
    enum xj_err err = encoded.err != XJ_OK ? encoded.err : xj_calendar_digest(cal, &digest);
    if (err == XJ_OK)
        take(c, "calendar", cal->name,
             json_pack("{s:o, s:o}", "bytes", bytes(encoded.p, encoded.n), "digest", bytes(digest.b, sizeof digest.b)));
    else if (c->err == XJ_OK)
        c->err = err;
    xj_buf_free(&encoded);
}

void xj_changes_standards(struct xj_changes *c, const struct xj_standards *st)
{
    const struct xj_slice encoded = xj_standards_bytes(st);
    char *name = xj_slice_dup(st->name);
    if (name != NULL)
        take(c, "standards", name,
             json_pack("{s:o, s:o}", "bytes", bytes(encoded.p, encoded.n), "digest", bytes(xj_standards_digest(st)->b, XJ_HASH_SIZE)));
    else if (c->err == XJ_OK)
        c->err = XJ_ENOMEM;
    free(name);
}

void xj_changes_procedure(struct xj_changes *c, const char *name, struct xj_slice compiled, int64_t effective_from_ms)
{
    struct xj_hash revision = xj_digest(CONTEXT_PROCEDURE, compiled);
    char short_hex[17];
    struct xj_buf id;
    xj_hex(revision.b, 8, short_hex);
    xj_buf_init(&id, 256);
    xj_buf_addf(&id, "%s/%s", name, short_hex);
    if (xj_buf_cstr(&id) != NULL)
        take(c, "procedure", xj_buf_cstr(&id),
             json_pack("{s:o, s:I, s:o}", "compiled", bytes(compiled.p, compiled.n), "effective_from",
                       (json_int_t)effective_from_ms, "revision", bytes(revision.b, sizeof revision.b)));
    else if (c->err == XJ_OK)
        c->err = id.err;
    xj_buf_free(&id);
}

void xj_entrustment_ref(const char *bureau, struct xj_slice number, char ret[XJ_ID_TEXT])
{
    char hex[33];
    struct xj_id id = {{0}};
    xj_reg_paired_id("entrustment", xj_slice_cstr(bureau), number, hex);
    (void)xj_unhex(hex, id.b, sizeof id.b);
    xj_id_format(&id, ret);
}

void xj_changes_exchange(struct xj_changes *c, const char *division, const char *name, const char *const *endpoints,
                         size_t endpoint_count, const struct xj_public_keys *keys)
{
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < endpoint_count; i++)
        (void)json_array_append_new(list, json_string(endpoints[i]));
    take(c, "exchange", "exchange",
         json_pack("{s:s, s:o, s:s, s:o, s:o}", "division", division, "endpoints", list, "name", name, "sign",
                   bytes(keys->sign, 32), "transport", bytes(keys->transport, 32)));
}

void xj_changes_registrar(struct xj_changes *c, const char *agency, const uint8_t sign[32])
{
    take(c, "registrar", "registrar", json_pack("{s:s, s:o}", "agency", agency, "sign", bytes(sign, 32)));
}
