/* The figures that conditions of rules may ask for, and what people call them. What each is worth for an act is computed by
 * readers of bodies; here are only the names. Spec: spec/12-detection.md, section 4. */
#ifndef XJ_FIGURES_H
#define XJ_FIGURES_H

#include <stddef.h>

struct xj_figure_name {
    const char *word, *zh, *en;
};
/* NULL: no such figure. */
const struct xj_figure_name *xj_figure_name(const char *word);
/* The i-th, in no particular order; NULL past the last. */
const struct xj_figure_name *xj_figure_at(size_t i);

#endif
