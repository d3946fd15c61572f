/* What the parts of the model's decoder share: one decoding under way and takes of one value each.
 * Only schema/procedure/model*.c and the compiler in schema/procedure/yaml/. Spec: spec/07-procedure.md, section 5.
 * Whatever is wrong spoils the cursor it was taken from; the decoder asks once, at the end. */
#ifndef XJ_MODEL_PRIVATE_H
#define XJ_MODEL_PRIVATE_H

#include "schema/procedure/arena.h"
#include "schema/procedure/model.h"
#include "schema/wire/read.h"

struct xj_dec {
    struct xj_model *m; /* being filled; owned by the caller */
};

/* [a-z][a-z0-9_]*, or with capital [A-Z][A-Z0-9_]*; 1..XJ_MAX_NAME_BYTES bytes. */
bool xj_model_good_id(struct xj_slice s, bool capital);
/* 1..XJ_MODEL_TEXT_MAX bytes without control characters. */
bool xj_model_good_text(struct xj_slice s);

/* A text of spec 07 copied into the arena; "" when bad. */
const char *xj_model_take_text(struct xj_dec *d, struct xj_cur *c);
/* The next three values id, zh, en. */
void xj_model_take_name(struct xj_dec *d, struct xj_cur *c, bool capital, struct xj_name *ret);
/* An index below count; 0 when bad. */
uint16_t xj_model_take_index(struct xj_cur *c, uint16_t count);
/* The same, nil giving XJ_NONE. */
uint16_t xj_model_take_index_or_nil(struct xj_cur *c, uint16_t count);
/* A set of roles: only bits of roles that exist, or XJ_ROLES_ANY. */
xj_roles xj_model_take_roles(struct xj_dec *d, struct xj_cur *c);
/* A cursor over a list of at most XJ_MODEL_LIST_MAX elements; *ret_count is 0 when it is bad. */
struct xj_cur xj_model_take_list(struct xj_cur *c, uint16_t *ret_count);
/* Spoils c when the list below it went bad or has elements left. */
void xj_model_end_list(struct xj_cur *c, const struct xj_cur *sub);
/* A strictly ascending list of indices below count (nil_too: XJ_NONE may come last), in the arena. */
uint16_t *xj_model_take_indices(struct xj_dec *d, struct xj_cur *c, uint16_t count, bool nil_too, uint16_t *ret_count);

/* The next two values as a clock: kind, and limit 0 exactly when there is none. */
void xj_model_take_clock(struct xj_cur *c, enum xj_clock_kind *ret_kind, uint32_t *ret_limit);

/* A name as breaches, kinds of parties and rules bear it, or NULL for nil. */
const char *xj_model_take_word(struct xj_dec *d, struct xj_cur *c);
/* Whether a statistic holds what its kind wants, and nothing else; those it names are not looked at. */
bool xj_model_statistic_sound(const struct xj_m_statistic *s);

/* The next value as the list of acts, of duties, of rules, of statistics; what they name must be there already. */
void xj_model_take_acts(struct xj_dec *d, struct xj_cur *c);
void xj_model_take_duties(struct xj_dec *d, struct xj_cur *c);
void xj_model_take_rules(struct xj_dec *d, struct xj_cur *c);
void xj_model_take_statistics(struct xj_dec *d, struct xj_cur *c);
/* The next value: the revision replaced, or nil. */
void xj_model_take_replaces(struct xj_dec *d, struct xj_cur *c);
/* What the shape of a map cannot say (spec 07, section 5, last paragraph), for decoder and compiler alike. */
bool xj_model_good_replaces(const struct xj_model *m, const struct xj_m_replaces *r);

#endif
