/* The register's facts by kind, from what people know to canonical values in a list of changes. Registrar's tools, city,
 * replay; any thread, one owner of the list. Spec: spec/06-register.md, section 2.
 * What a value must look like is checked by whoever folds the register; here it is only written down. */
#ifndef XJ_REGFACTS_H
#define XJ_REGFACTS_H

#include "agents/cli/changes.h"
#include "schema/base/ids.h"
#include "schema/procedure/calendar.h"
#include "schema/procedure/standards.h"

/* An agency as people describe it. Strings are borrowed; NULL or "" leaves optional ones out. */
struct xj_agency_spec {
    const char *id;       /* "370800-gaj" */
    const char *name;     /* "济宁市公安局" */
    const char *role;     /* bureau, police, procuratorate, court, supervisory, justice */
    const char *sector;   /* bureaus: market, environment, …; else NULL */
    const char *division; /* six digits; NULL: those of the id */
    const char *superior; /* agency id or NULL */
    bool vertical;        /* 垂直管理 */
    bool connected;       /* has keys and an agent; used by city.h only */
    const char *const *aliases; /* NULL, or ended by NULL */
};
void xj_changes_agency(struct xj_changes *c, const struct xj_agency_spec *a);
void xj_changes_keys(struct xj_changes *c, const char *agency, const struct xj_public_keys *keys);
/* state: active, suspended or revoked. */
void xj_changes_status(struct xj_changes *c, const char *agency, const char *state, const char *reason);
/* Whom agency deals with for a role, best first; sector "any" or one. */
void xj_changes_counterpart(struct xj_changes *c, const char *agency, const char *role, const char *sector,
                            const char *const *agencies, size_t count);
/* Every agency of the list gets all others as counterparts, by role and in list order: bureaus under their sector, the rest
 * under sector "any". What a small city or a test needs. */
void xj_changes_all_counterparts(struct xj_changes *c, const struct xj_agency_spec *agencies, size_t count);
/* From at_ms on what was the agency's is next's (机构改革). */
void xj_changes_succession(struct xj_changes *c, const char *agency, const char *next, int64_t at_ms);
/* A signing key of the agency that others had since then (spec 06, 10). */
void xj_changes_compromised(struct xj_changes *c, const char *agency, const uint8_t sign[32], int64_t since_ms, const char *reason);
/* The id of that fact. */
void xj_compromised_id(const char *agency, const uint8_t sign[32], char ret[XJ_MAX_AGENCY_BYTES + 18]);
struct xj_order_spec {
    const char *id, *kind, *number, *basis, *organ; /* id: 32 hex digits; kind: restrict or destroy */
    int64_t date;                                   /* days since 1970 */
    const struct xj_id *case_id;                    /* NULL: messages */
    const struct xj_id *messages;
    size_t message_count;
};
void xj_changes_order(struct xj_changes *c, const struct xj_order_spec *o);
struct xj_grant_spec {
    const char *agency, *name, *procedure, *division; /* division: prefix, "" is all */
    const char *mode;                                 /* full or header */
    const char *const *acts, *const *agencies;        /* NULL-ended; NULL is all */
};
void xj_changes_grant(struct xj_changes *c, const struct xj_grant_spec *g);
/* A finished calendar. */
void xj_changes_calendar(struct xj_changes *c, const struct xj_calendar *cal);
void xj_changes_standards(struct xj_changes *c, const struct xj_standards *st);
/* A compiled procedure: name as in the procedure, revision its digest. */
void xj_changes_procedure(struct xj_changes *c, const char *name, struct xj_slice compiled, int64_t effective_from_ms);
/* How a request names an entrustment of a bureau in its `refs` (spec 06, 7.1). */
void xj_entrustment_ref(const char *bureau, struct xj_slice number, char ret[XJ_ID_TEXT]);
/* The facts of entry 1. */
void xj_changes_exchange(struct xj_changes *c, const char *division, const char *name, const char *const *endpoints,
                         size_t endpoint_count, const struct xj_public_keys *keys);
void xj_changes_registrar(struct xj_changes *c, const char *agency, const uint8_t sign[32]);

#endif
