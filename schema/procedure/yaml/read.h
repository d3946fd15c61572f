/* Reads of single YAML nodes as pieces of a model: names, roles, indices, clocks. The compiler's own readers only.
 * Spec: spec/07-procedure.md, section 3. What is wrong is reported and gives an empty value. */
#ifndef XJ_READ_YAML_H
#define XJ_READ_YAML_H

#include "schema/procedure/arena.h"
#include "schema/procedure/yaml/draft.h"

/* What a name should be the name of. */
enum xj_what { XJ_WHAT_INVALID = 0, XJ_WHAT_ACT, XJ_WHAT_QUESTION, XJ_WHAT_PAPER, XJ_WHAT_TRACK, XJ_WHAT_DUTY, XJ_WHAT_STATISTIC };

struct xj_yread {
    struct xj_ydoc *y;
    struct xj_model *m;
    struct xj_draft *d;
    uint32_t line; /* of the entry being read */
};

void xj_yread_bad(struct xj_yread *r, const yaml_node_t *node, uint32_t line, const char *zh, const char *en);
/* A text under key, copied to the arena. Absent: reported when wanted, and "" anyway. */
const char *xj_yread_text(struct xj_yread *r, yaml_node_t *map, const char *key, bool wanted);
/* Whether `sources` of the file, if there is one, maps short names to titles; else a finding. */
void xj_yread_sources(struct xj_yread *r);
/* The citation under cite, with the short names of `sources` written out (section 2): absent, empty or "-" is the finding no_citation. */
const char *xj_yread_cite(struct xj_yread *r, yaml_node_t *map, uint32_t line);
enum xj_tag xj_yread_tag(struct xj_yread *r, yaml_node_t *map, uint32_t line);
/* The index a name has, or XJ_NONE with the finding unknown_name. */
uint16_t xj_yread_index(struct xj_yread *r, const yaml_node_t *node, enum xj_what what);
/* The state of a track by name, likewise. */
uint16_t xj_yread_state(struct xj_yread *r, const yaml_node_t *node, uint16_t track);
/* One role or a list of them; "any" is all. Words in the NULL-ended list `others` may stand among them; a bit in
 * *ret_others tells which did. others NULL: none. */
xj_roles xj_yread_roles(struct xj_yread *r, yaml_node_t *node, const char *const *others, unsigned *ret_others);
/* A name or a list of names as an ascending list of indices, each once. */
uint16_t *xj_yread_indices(struct xj_yread *r, yaml_node_t *node, enum xj_what what, uint16_t *ret_count);
/* A word of the NULL-ended list: its place from 1, or 0 with the finding bad_value. */
unsigned xj_yread_word(struct xj_yread *r, const yaml_node_t *node, const char *const *words);
/* "24h", "3d", "3w", "2m" or "none". */
void xj_yread_clock(struct xj_yread *r, const yaml_node_t *node, enum xj_clock_kind *ret_kind, uint32_t *ret_limit);
/* zh and en under a mapping, or a pair [zh, en]; id from the key. */
void xj_yread_name(struct xj_yread *r, const struct xj_yentry *e, bool capital, struct xj_name *ret);
/* count elements of size bytes in the model's arena, or NULL. */
void *xj_yread_array(struct xj_yread *r, size_t count, size_t size);

enum xj_err xj_yread_acts(struct xj_yread *r, const struct xj_yentry *list, size_t count);
enum xj_err xj_yread_duties(struct xj_yread *r, const struct xj_yentry *list, size_t count);
enum xj_err xj_yread_rules(struct xj_yread *r, const struct xj_yentry *list, size_t count);
enum xj_err xj_yread_statistics(struct xj_yread *r, const struct xj_yentry *list, size_t count);
/* The section `replaces` (NULL: absent) into the model; acts, questions, duties and tracks must be there. */
enum xj_err xj_yread_replaces(struct xj_yread *r, yaml_node_t *map);
/* Its key `revision` alone. */
void xj_yread_revision(struct xj_yread *r, yaml_node_t *map, uint32_t line, struct xj_m_replaces *ret);

#endif
