/* Opened bodies: their form, and the breaches that only a body shows. Any thread; pure. Spec: spec/03-message.md, section 3,
 * and spec/09-fold.md. Every reader that can open a body computes the same breaches from it. */
#ifndef XJ_BODY_H
#define XJ_BODY_H

#include "schema/procedure/model.h"
#include "schema/wire/message.h"
#include "schema/wire/statement.h"

#define XJ_MAX_BODY_NODES 16384u
#define XJ_MAX_BODY_BREACHES 3u

/* One canonical map within the limits. What its keys hold is looked at where they are read; unknown keys are fine. */
bool xj_body_sound(struct xj_slice plaintext);

/* The breaches that the body alone shows, in this order: "reasons" [act] (the law wants reasons of the act, and there is
 * neither the key `reasons` nor a paper of kind `reasons`), "fine_after_transfer" [act] (the exchange saw a penalty while the
 * transfer stands, and the body has a fine above 0), "source" [act] (a late entry that names no paper source).
 * breaches are those of the exchange's statement; act may be NULL (unknown act). Details are views into the header.
 * Returns their number. */
size_t xj_body_breaches(const struct xj_m_act *act, const struct xj_header *h, const struct xj_st_breach *breaches,
                        size_t breach_count, struct xj_slice body, struct xj_st_breach ret[XJ_MAX_BODY_BREACHES]);

#endif
