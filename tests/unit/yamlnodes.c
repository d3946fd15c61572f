#include "tests/unit/yamlnodes.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "schema/procedure/yaml/ydoc.h"

/* libyaml counts characters, a buffer bytes. */
static size_t byte_of(struct xj_slice text, size_t character)
{
    size_t i = 0;
    for (; i < text.n && (character > 0 || (text.p[i] & 0xc0) == 0x80); i++)
        character -= (text.p[i] & 0xc0) != 0x80;
    return i;
}

void nodes_of(struct xj_slice text, struct nodes *ret)
{
    struct xj_ydoc y;
    struct xj_findings f;
    xj_findings_init(&f);
    assert_int_equal(xj_ydoc_load(&y, text, &f), XJ_OK);
    ret->n = 0;
    for (int i = 2; yaml_document_get_node(&y.doc, i) != NULL; i++) { /* 1 is the file itself */
        const yaml_node_t *node = yaml_document_get_node(&y.doc, i);
        const bool block = node->type == YAML_MAPPING_NODE && node->data.mapping.style != YAML_FLOW_MAPPING_STYLE;
        assert_true(ret->n < NODES_MAX);
        ret->at[ret->n++] = (struct node){.from = byte_of(text, node->start_mark.index), .to = byte_of(text, node->end_mark.index),
                                          .scalar = node->type == YAML_SCALAR_NODE, .sequence = node->type == YAML_SEQUENCE_NODE,
                                          .block = block};
    }
    for (int i = 1; yaml_document_get_node(&y.doc, i) != NULL; i++) {
        const yaml_node_t *node = yaml_document_get_node(&y.doc, i);
        if (node->type != YAML_MAPPING_NODE)
            continue;
        for (const yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top; p++)
            ret->at[p->key - 2].key = true;
    }
    xj_ydoc_free(&y);
    xj_findings_free(&f);
}

struct xj_buf text_with(struct xj_slice text, const struct node *node, const char *other)
{
    struct xj_buf out;
    xj_buf_init(&out, XJ_YAML_BYTES_MAX);
    xj_buf_add(&out, text.p, node->from);
    xj_buf_add_str(&out, other);
    if (node->block)
        xj_buf_add_str(&out, "\n");
    xj_buf_add(&out, text.p + node->to, text.n - node->to);
    assert_int_equal(out.err, XJ_OK);
    return out;
}
