/* Where the values of a YAML text stand, and the text with something else in the place of one. Tests only. */
#ifndef XJ_TEST_YAMLNODES_H
#define XJ_TEST_YAMLNODES_H

#include "schema/base/buf.h"

#define NODES_MAX 4096

struct node {
    size_t from, to; /* bytes */
    bool key, scalar, sequence, block;
};

struct nodes {
    struct node at[NODES_MAX];
    size_t n;
};

/* All values but the file itself, keys among them; the text is one that loads. */
void nodes_of(struct xj_slice text, struct nodes *ret);
/* The text with another instead of the node; xj_buf_free. */
struct xj_buf text_with(struct xj_slice text, const struct node *node, const char *other);

#endif
