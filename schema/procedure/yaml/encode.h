/* The compiled form of a model, byte for byte. The compiler and tests; any thread. Spec: spec/07-procedure.md, section 5. */
#ifndef XJ_MODEL_ENCODE_H
#define XJ_MODEL_ENCODE_H

#include "schema/procedure/model.h"

/* Appends the canonical bytes; what xj_model_decode reads encodes to the same bytes. The model's lists must be sorted as the
 * spec says. Failures are sticky in out->err. */
void xj_model_encode(const struct xj_model *m, struct xj_buf *out);

#endif
