#include "schema/procedure/yaml/ydoc.h"

#include <stdlib.h>
#include <string.h>

#define ERR XJ_SEVERITY_ERROR

static uint32_t mark_line(yaml_mark_t mark)
{
    return mark.line < UINT32_MAX ? (uint32_t)mark.line + 1 : UINT32_MAX;
}

static void report_parser(const yaml_parser_t *p, struct xj_findings *f)
{
    if (p->error == YAML_MEMORY_ERROR || p->error == YAML_NO_ERROR) { /* building a tree, libyaml does not always say why it stopped */
        f->err = XJ_ENOMEM;
        return;
    }
    uint32_t line = mark_line(p->problem_mark);
    xj_findings_add(f, ERR, line, "yaml_syntax", "YAML 语法错误：%s", "not YAML: %s",
                    p->problem != NULL ? p->problem : "unreadable");
}

/* What one event may not be. Names of anchors and tags are never followed, so this is all that has to be known of them. */
static const char *forbidden(const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_ALIAS_EVENT: return "yaml_alias";
    case YAML_SCALAR_EVENT:
        if (e->data.scalar.anchor != NULL)
            return "yaml_alias";
        return e->data.scalar.tag != NULL ? "yaml_tag" : NULL;
    case YAML_SEQUENCE_START_EVENT:
        if (e->data.sequence_start.anchor != NULL)
            return "yaml_alias";
        return e->data.sequence_start.tag != NULL ? "yaml_tag" : NULL;
    case YAML_MAPPING_START_EVENT:
        if (e->data.mapping_start.anchor != NULL)
            return "yaml_alias";
        return e->data.mapping_start.tag != NULL ? "yaml_tag" : NULL;
    default: return NULL;
    }
}

struct scan {
    struct xj_findings *f;
    unsigned depth, nodes, documents;
    bool done;
};

static enum xj_err scan_event(struct scan *s, const yaml_event_t *e)
{
    uint32_t line = mark_line(e->start_mark);
    const char *bad = forbidden(e);
    if (bad != NULL) {
        xj_findings_add(s->f, ERR, line, bad, "不允许锚点、别名和标签", "anchors, aliases and tags are not allowed");
        return XJ_EMALFORMED;
    }
    bool starts = e->type == YAML_SEQUENCE_START_EVENT || e->type == YAML_MAPPING_START_EVENT;
    if (starts)
        s->depth++;
    if (e->type == YAML_SEQUENCE_END_EVENT || e->type == YAML_MAPPING_END_EVENT)
        s->depth--;
    if (starts || e->type == YAML_SCALAR_EVENT)
        s->nodes++;
    if (e->type == YAML_DOCUMENT_START_EVENT)
        s->documents++;
    s->done = e->type == YAML_STREAM_END_EVENT;
    if (s->depth > XJ_YAML_DEPTH_MAX || s->nodes > XJ_YAML_NODES_MAX) {
        xj_findings_add(s->f, ERR, line, "yaml_limit", "嵌套过深或内容过多", "nested too deep or too many values");
        return XJ_ELIMIT;
    }
    if (s->documents > 1) {
        xj_findings_add(s->f, ERR, line, "yaml_syntax", "只允许一个文档", "only one document is allowed");
        return XJ_EMALFORMED;
    }
    return XJ_OK;
}

/* Looks at the events before a tree is built, so that no input can make the tree large or deep. */
static enum xj_err scan(struct xj_slice text, struct xj_findings *f)
{
    yaml_parser_t p;
    struct scan s = {.f = f};
    enum xj_err err = XJ_OK;
    if (!yaml_parser_initialize(&p))
        return XJ_ENOMEM;
    yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&p, text.n > 0 ? text.p : (const uint8_t *)"", text.n);
    while (err == XJ_OK && !s.done) {
        yaml_event_t e;
        if (!yaml_parser_parse(&p, &e)) {
            report_parser(&p, f);
            err = f->err != XJ_OK ? f->err : XJ_EMALFORMED;
            break;
        }
        err = scan_event(&s, &e);
        yaml_event_delete(&e);
    }
    yaml_parser_delete(&p);
    return err;
}

static enum xj_err build(struct xj_ydoc *y, struct xj_slice text)
{
    yaml_parser_t p;
    enum xj_err err = XJ_OK;
    if (!yaml_parser_initialize(&p))
        return XJ_ENOMEM;
    yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&p, text.n > 0 ? text.p : (const uint8_t *)"", text.n);
    if (yaml_parser_load(&p, &y->doc)) {
        y->open = true;
    } else {
        report_parser(&p, y->f);
        err = y->f->err != XJ_OK ? y->f->err : XJ_EMALFORMED;
    }
    yaml_parser_delete(&p);
    return err;
}

static int by_id(const void *a, const void *b)
{
    const struct xj_yentry *x = a, *z = b;
    int cmp = xj_slice_cmp(x->id, z->id);
    return cmp != 0 ? cmp : (x->line > z->line) - (x->line < z->line);
}

/* Many YAML readers take these plain words for truth values, so the same file would mean other things to them. */
static bool boolean_word(struct xj_slice s)
{
    static const char *const words[] = {"on", "off", "yes", "no", "y", "n", "true", "false", NULL};
    for (size_t i = 0; words[i] != NULL; i++) {
        if (s.n == strlen(words[i]) && strncasecmp((const char *)s.p, words[i], s.n) == 0)
            return true;
    }
    return false;
}

static void check_key(struct xj_ydoc *y, const yaml_node_t *key)
{
    if (key == NULL || key->type != YAML_SCALAR_NODE)
        xj_findings_add(y->f, ERR, xj_ynode_line(key), "bad_value", "键必须是名称", "a key must be a name");
    else if (boolean_word(xj_ynode_text(key)))
        xj_findings_add(y->f, ERR, xj_ynode_line(key), "boolean_key", "键“%.*s”会被部分 YAML 读取器当作真假值",
                        "the key %.*s is a truth value to some YAML readers", (int)xj_ynode_text(key).n,
                        (const char *)xj_ynode_text(key).p);
}

static enum xj_err check_mapping(struct xj_ydoc *y, yaml_node_t *map)
{
    struct xj_yentry *list = NULL;
    size_t count = 0;
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top; pair++)
        check_key(y, yaml_document_get_node(&y->doc, pair->key));
    enum xj_err err = xj_ydoc_entries(y, map, &list, &count);
    for (size_t i = 1; err == XJ_OK && i < count; i++) {
        if (xj_slice_eq(list[i - 1].id, list[i].id))
            xj_findings_add(y->f, ERR, list[i].line, "duplicate_key", "“%.*s”在此处出现两次", "%.*s is here twice",
                            (int)list[i].id.n, (const char *)list[i].id.p);
    }
    free(list);
    return err;
}

enum xj_err xj_ydoc_load(struct xj_ydoc *ret, struct xj_slice text, struct xj_findings *f)
{
    memset(ret, 0, sizeof *ret);
    ret->f = f;
    if (text.n > XJ_YAML_BYTES_MAX) {
        xj_findings_add(f, ERR, 0, "yaml_limit", "文件超过 %u 字节", "the file is larger than %u bytes", XJ_YAML_BYTES_MAX);
        return XJ_ELIMIT;
    }
    enum xj_err err = scan(text, f);
    if (err == XJ_OK)
        err = build(ret, text);
    if (err != XJ_OK)
        return err;
    yaml_node_t *root = xj_ydoc_root(ret);
    if (root == NULL || root->type != YAML_MAPPING_NODE) {
        xj_findings_add(f, ERR, 1, "yaml_syntax", "文件应当是一个映射", "the file must be a mapping");
        xj_ydoc_free(ret);
        return XJ_EMALFORMED;
    }
    size_t before = f->errors;
    for (int i = 1; err == XJ_OK && yaml_document_get_node(&ret->doc, i) != NULL; i++) {
        yaml_node_t *node = yaml_document_get_node(&ret->doc, i);
        if (node->type == YAML_MAPPING_NODE)
            err = check_mapping(ret, node);
    }
    if (err == XJ_OK && f->errors > before)
        err = XJ_EMALFORMED;
    if (err != XJ_OK)
        xj_ydoc_free(ret);
    return err;
}

void xj_ydoc_free(struct xj_ydoc *y)
{
    if (y->open)
        yaml_document_delete(&y->doc);
    memset(y, 0, sizeof *y);
}

yaml_node_t *xj_ydoc_root(struct xj_ydoc *y)
{
    return yaml_document_get_root_node(&y->doc);
}

uint32_t xj_ynode_line(const yaml_node_t *node)
{
    return node != NULL ? mark_line(node->start_mark) : 0;
}

struct xj_slice xj_ynode_text(const yaml_node_t *node)
{
    if (node == NULL || node->type != YAML_SCALAR_NODE)
        return (struct xj_slice){NULL, 0};
    return xj_slice_of(node->data.scalar.value, node->data.scalar.length);
}

yaml_node_t *xj_ydoc_get(struct xj_ydoc *y, const yaml_node_t *map, const char *key)
{
    if (map == NULL || map->type != YAML_MAPPING_NODE)
        return NULL;
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top; pair++) {
        if (xj_slice_is(xj_ynode_text(yaml_document_get_node(&y->doc, pair->key)), key))
            return yaml_document_get_node(&y->doc, pair->value);
    }
    return NULL;
}

size_t xj_ydoc_count(const yaml_node_t *node)
{
    if (node == NULL)
        return 0;
    if (node->type == YAML_SEQUENCE_NODE)
        return (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (node->type == YAML_MAPPING_NODE)
        return (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
    return 1;
}

yaml_node_t *xj_ydoc_at(struct xj_ydoc *y, yaml_node_t *seq, size_t i)
{
    if (seq == NULL || i >= xj_ydoc_count(seq) || seq->type == YAML_MAPPING_NODE)
        return NULL;
    if (seq->type == YAML_SCALAR_NODE)
        return seq;
    return yaml_document_get_node(&y->doc, seq->data.sequence.items.start[i]);
}

static bool listed(struct xj_slice key, const char *const *allowed)
{
    for (size_t i = 0; allowed[i] != NULL; i++) {
        if (xj_slice_is(key, allowed[i]))
            return true;
    }
    return false;
}

bool xj_ydoc_keys(struct xj_ydoc *y, yaml_node_t *map, const char *const *allowed)
{
    if (map == NULL || map->type != YAML_MAPPING_NODE) {
        xj_findings_add(y->f, ERR, xj_ynode_line(map), "bad_value", "此处应为映射", "a mapping is wanted here");
        return false;
    }
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(&y->doc, pair->key);
        struct xj_slice id = xj_ynode_text(key);
        if (!listed(id, allowed))
            xj_findings_add(y->f, ERR, xj_ynode_line(key), "unknown_key", "不认识的键“%.*s”", "unknown key %.*s", (int)id.n,
                            (const char *)id.p);
    }
    return true;
}

enum xj_err xj_ydoc_entries(struct xj_ydoc *y, yaml_node_t *node, struct xj_yentry **ret, size_t *ret_count)
{
    *ret = NULL;
    *ret_count = 0;
    if (node == NULL)
        return XJ_OK;
    if (node->type != YAML_MAPPING_NODE) {
        xj_findings_add(y->f, ERR, xj_ynode_line(node), "bad_value", "此处应为映射", "a mapping is wanted here");
        return XJ_OK;
    }
    size_t count = xj_ydoc_count(node);
    struct xj_yentry *list = calloc(count + 1, sizeof *list);
    if (list == NULL) {
        y->f->err = XJ_ENOMEM; /* for those who go on without the list */
        return XJ_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        const yaml_node_pair_t *pair = &node->data.mapping.pairs.start[i];
        const yaml_node_t *key = yaml_document_get_node(&y->doc, pair->key);
        list[i].id = xj_ynode_text(key);
        list[i].line = xj_ynode_line(key);
        list[i].value = yaml_document_get_node(&y->doc, pair->value);
    }
    qsort(list, count, sizeof *list, by_id);
    *ret = list;
    *ret_count = count;
    return XJ_OK;
}

bool xj_ydoc_bool(struct xj_ydoc *y, const yaml_node_t *map, const char *key)
{
    const yaml_node_t *node = xj_ydoc_get(y, map, key);
    if (node == NULL)
        return false;
    struct xj_slice s = xj_ynode_text(node);
    if (xj_slice_is(s, "true"))
        return true;
    if (!xj_slice_is(s, "false"))
        xj_findings_add(y->f, ERR, xj_ynode_line(node), "bad_value", "“%s”应为 true 或 false", "%s must be true or false", key);
    return false;
}
