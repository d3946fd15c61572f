/* YAML from a file, made harmless: one document, small, shallow, without anchors, aliases, tags or repeated keys; and
 * reads of its nodes that report what is wrong. The compiler only (never a daemon). Spec: spec/07-procedure.md, section 2. */
#ifndef XJ_YDOC_H
#define XJ_YDOC_H

#include <yaml.h>

#include "schema/procedure/yaml/findings.h"

#define XJ_YAML_BYTES_MAX (512u * 1024)
#define XJ_YAML_DEPTH_MAX 12u
#define XJ_YAML_NODES_MAX 50000u

struct xj_ydoc {
    yaml_document_t doc;
    bool open;
    struct xj_findings *f; /* borrowed: where readers report */
};

/* One key of a mapping. */
struct xj_yentry {
    struct xj_slice id; /* borrowed from the document */
    yaml_node_t *value;
    uint32_t line;
};

/* Loads text. On XJ_OK the root is a mapping and the document must be freed; else a finding says what is wrong.
 * XJ_EMALFORMED, XJ_ELIMIT, XJ_ENOMEM. */
enum xj_err xj_ydoc_load(struct xj_ydoc *ret, struct xj_slice text, struct xj_findings *f);
void xj_ydoc_free(struct xj_ydoc *y); /* safe on a zeroed struct and twice */

yaml_node_t *xj_ydoc_root(struct xj_ydoc *y);
uint32_t xj_ynode_line(const yaml_node_t *node); /* from 1; 0: no node */
/* The scalar's text; n = 0 for another kind of node. */
struct xj_slice xj_ynode_text(const yaml_node_t *node);
/* The value under key in a mapping, or NULL (also when map is NULL or no mapping). */
yaml_node_t *xj_ydoc_get(struct xj_ydoc *y, const yaml_node_t *map, const char *key);
/* The i-th element of a sequence, or NULL past its end. A scalar counts as a sequence of itself. */
yaml_node_t *xj_ydoc_at(struct xj_ydoc *y, yaml_node_t *seq, size_t i);
size_t xj_ydoc_count(const yaml_node_t *node); /* elements of a sequence, pairs of a mapping, 1 for a scalar */
/* Reports every key of map that is not in the NULL-ended list; and map itself when it is no mapping (then false). */
bool xj_ydoc_keys(struct xj_ydoc *y, yaml_node_t *map, const char *const *allowed);
/* Replaces *ret (to be freed) by the entries of a mapping, sorted by key. node NULL gives none; no mapping is reported.
 * XJ_ENOMEM only. */
enum xj_err xj_ydoc_entries(struct xj_ydoc *y, yaml_node_t *node, struct xj_yentry **ret, size_t *ret_count);
/* The truth under key: true or false; absent is false; anything else is reported. */
bool xj_ydoc_bool(struct xj_ydoc *y, const yaml_node_t *map, const char *key);

#endif
