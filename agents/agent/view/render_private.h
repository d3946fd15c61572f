/* Small pieces that the renderers share. Only agents/agent/view/render*.c. Spec: spec/10-api.md, sections 1 and 2.
 * Whatever fails marks the view; the renderer that began the read asks once at the end and drops what it made. */
#ifndef XJ_RENDER_PRIVATE_H
#define XJ_RENDER_PRIVATE_H

#include "agents/agent/view/render.h"
#include "agents/agent/view/view_private.h"

/* Sets and adds, taking value; a NULL value or failure marks the view as out of memory. */
void xj_rset(struct xj_view *v, json_t *object, const char *key, json_t *value);
void xj_radd(struct xj_view *v, json_t *array, json_t *value);
json_t *xj_rtext(struct xj_slice s); /* JSON null for p NULL */
json_t *xj_rid(struct xj_slice id16); /* UUID text; null for anything but 16 bytes */
json_t *xj_rhex(struct xj_slice s);  /* null for p NULL */
json_t *xj_rsubject(const struct xj_subject *s);
/* key: ISO 8601 with +08:00; key_ms: the integer. Both null when not known. */
void xj_rinstant(struct xj_view *v, json_t *object, const char *key, bool known, int64_t ms);
/* {"agency", "name"} plus role when not NULL. */
json_t *xj_ragency(struct xj_view *v, struct xj_slice agency, const char *role);
/* The same, of an agency that something is owed by or asked of: as its present holder, with "on_record" the agency that the record
 * names, or null when that is the same; *ret_ours (may be NULL): it is this agency. */
json_t *xj_rholder(struct xj_view *v, struct xj_slice agency, int64_t now_ms, bool *ret_ours);
/* Ends the read; *made goes to *ret or is dropped. */
enum xj_err xj_rend(struct xj_view *v, json_t *made, json_t **ret);

/* asks.c: since when a grant of this agency asks for an act whose content it has not, and of whom; or null. */
json_t *xj_rasked(struct xj_view *v, const struct xj_header *h, uint64_t register_number);
/* render_order.c: the order by which an act is destroyed or restricted here, or null. */
json_t *xj_rorder(struct xj_view *v, const struct xj_id *act);

/* render_told.c: what was told under a key, or null. */
json_t *xj_rtold(struct xj_view *v, struct xj_slice key, int64_t stage);

/* render_act.c */
/* An act as every list shows it. model may be NULL. body NULL: `why` says why not. */
json_t *xj_rheader(struct xj_view *v, const struct xj_model *model, const struct xj_header *h, struct xj_slice body, struct xj_slice why);
/* Adds seq, admitted, breaches (the exchange's, then the body's), after. */
void xj_radmitted(struct xj_view *v, json_t *object, const struct xj_model *model, const struct xj_header *h,
                  const struct xj_admitted *a, struct xj_slice body);
/* One act row: columns header, statement, body, why_unreadable, via from `column` on. NULL on failure. */
json_t *xj_ract_row(struct xj_view *v, const struct xj_model *model, sqlite3_stmt *st, int column);
json_t *xj_rbreach(struct xj_view *v, struct xj_slice code, struct xj_slice detail, const char *seen_by);
json_t *xj_rrefusal(struct xj_view *v, struct xj_slice statement);

/* render_body.c */
json_t *xj_rbody(struct xj_view *v, struct xj_slice body);

/* render_duty.c: the columns every duty query selects, in this order, and one row of it as JSON. */
#define XJ_DUTY_COLUMNS                                                                                                       \
    "d.case_id, d.duty, d.obligor, d.started_by, d.subjects, d.start_ms, d.open_ended, d.provisional, d.due_ms, d.status,"    \
    " d.why, d.done, d.done_by, d.done_from_ms, d.done_to_ms, d.paused, d.extended, d.revision, d.row"
#define XJ_DUTY_COLUMN_COUNT 19
const char *xj_rtag(enum xj_tag tag);
/* The row of the law behind a duty of a case that stands under `model`: its own, where it was started under another revision
 * (revision and row as in the table, p NULL: it was not). NULL when that is not here. */
const struct xj_m_duty *xj_rduty_row(struct xj_view *v, const struct xj_model *model, struct xj_slice duty, struct xj_slice revision,
                                     struct xj_slice row);
json_t *xj_rduty(struct xj_view *v, const struct xj_model *model, sqlite3_stmt *st, int64_t now_ms);


json_t *xj_rsubjects(struct xj_view *v, struct xj_slice packed);
/* What people call a case; the procedure that it stands under, NULL when that is not here; the one that an act of it names,
 * `model` (may be NULL) being the case's. */
json_t *xj_rtitle(struct xj_view *v, struct xj_slice case_id);
const struct xj_model *xj_rmodel(struct xj_view *v, struct xj_id case_id);
const struct xj_model *xj_ract_model(struct xj_view *v, const struct xj_model *model, const struct xj_header *h);

/* render_link.c: what a case has to do with others. */
json_t *xj_rlinks(struct xj_view *v, struct xj_id case_id);
json_t *xj_rcandidates(struct xj_view *v, struct xj_id case_id);
/* render_charge.c: out of the parties, charges and acts of a case as they are rendered. */
json_t *xj_rcharges(struct xj_view *v, const json_t *parties, const json_t *charges, const json_t *acts);

/* render_alert.c */
/* An act as one link of a reason: id, act, zh, en, from, occurred, seq, and the ledger entry it came by. */
json_t *xj_revidence(struct xj_view *v, const struct xj_model *model, struct xj_slice case_id, struct xj_slice id);
/* The alerts of a case that have fired by now_ms: all with of.n = 0, else those of that rule or over that duty. model may be
 * NULL. */
json_t *xj_ralerts(struct xj_view *v, const struct xj_model *model, struct xj_slice case_id, struct xj_slice of, int64_t now_ms);

#endif
