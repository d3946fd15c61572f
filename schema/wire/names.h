/* The spelling rules that several decoders share: names, agency ids, size classes. Any thread.
 * Spec: spec/00-conventions.md, section 4; spec/02-trust.md, section 4. */
#ifndef XJ_NAMES_H
#define XJ_NAMES_H

#include "schema/base/buf.h"
#include "schema/base/limits.h"

/* 1 to 48 characters of a-z 0-9 _. */
bool xj_name_ok(struct xj_slice s);
/* DDDDDD-name, at most 48 bytes. */
bool xj_agency_ok(struct xj_slice s);
/* Exactly six digits. */
bool xj_division_ok(struct xj_slice s);
/* One of 512, 768, 1024, 1536 … up to the largest paper's. */
bool xj_size_class_ok(uint64_t bytes);

#endif
