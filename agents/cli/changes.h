/* A list of register changes in the making: facts as canonical values, cut into entries, signed, handed to the exchange
 * through the registrar's agent. Registrar's tools; any thread, one owner. Spec: spec/06-register.md, sections 1 and 2.
 * The list's error is sticky (like a buffer's): after the first failure adding does nothing. */
#ifndef XJ_CHANGES_H
#define XJ_CHANGES_H

#include "agents/cli/client.h"
#include "schema/trust/register.h"

struct xj_changes {
    struct xj_reg_change *list; /* slices point into memory owned here */
    size_t count, cap;
    enum xj_err err; /* XJ_OK, XJ_ENOMEM, XJ_ELIMIT, XJ_EMALFORMED; sticky */
};

void xj_changes_init(struct xj_changes *c);
void xj_changes_free(struct xj_changes *c); /* safe on a zeroed struct and twice */

/* One fact whose value is canonical bytes already (copied); n = 0 withdraws it. */
void xj_changes_raw(struct xj_changes *c, const char *kind, const char *id, struct xj_slice value);

/* One fact from JSON (borrowed), as a batch gives it; see below. */
void xj_changes_json(struct xj_changes *c, const char *kind, const char *id, const json_t *value, const char *base_dir,
                     struct xj_buf *text);
/* Reads a batch: a JSON list of {"kind", "id", "value"}; value null withdraws; inside a value {"hex":"…"} and {"file":"path"}
 * (relative to base_dir) stand for bytes, numbers are integers. XJ_EMALFORMED with the place in text; file errors; what was
 * read before stays in the list. */
enum xj_err xj_changes_read(struct xj_changes *c, const json_t *batch, const char *base_dir, struct xj_buf *text);

/* Signs and posts the changes, in as many entries as they need (256 changes and 1 MiB less a margin each), through the
 * registrar's running agent. *ret_number is the register's number after the last. Needs c->err == XJ_OK and at least one
 * change. XJ_ENET: not reachable; XJ_EDENIED: the agent or exchange refused, text says why; entries before that one are in
 * the register. XJ_ELIMIT: one change alone is too big. text gets one line, Chinese then English. */
enum xj_err xj_changes_post(const struct xj_changes *c, struct xj_client *client, const struct xj_sign_key *key,
                            int64_t now_ms, uint64_t *ret_number, struct xj_buf *text);

#endif
