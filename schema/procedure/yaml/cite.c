/* Citations: short in the source file, written out for the people who read them. Declared in read.h. */
#include <stdlib.h>
#include <string.h>

#include "schema/procedure/model_private.h"
#include "schema/procedure/yaml/read.h"

#define CITE_BYTES 1024u

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* The source whose short name is the longest beginning of s, before an article or the end; its text, and *ret_rest what follows. */
static struct xj_slice find_source(struct xj_yread *r, struct xj_slice s, struct xj_slice *ret_rest)
{
    const yaml_node_t *map = xj_ydoc_get(r->y, xj_ydoc_root(r->y), "sources");
    struct xj_slice found = {NULL, 0};
    size_t longest = 0;
    if (map == NULL || map->type != YAML_MAPPING_NODE)
        return found;
    for (const yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top; p++) {
        struct xj_slice key = xj_ynode_text(yaml_document_get_node(&r->y->doc, p->key));
        if (key.n <= longest || key.n > s.n || memcmp(key.p, s.p, key.n) != 0)
            continue;
        bool ends = key.n == s.n || s.p[key.n] == '/' || (is_digit(s.p[key.n]) && !is_digit(s.p[key.n - 1]));
        if (!ends)
            continue;
        longest = key.n;
        found = xj_ynode_text(yaml_document_get_node(&r->y->doc, p->value));
    }
    *ret_rest = xj_slice_of(s.p + longest, s.n - longest);
    return found;
}

void xj_yread_sources(struct xj_yread *r)
{
    yaml_node_t *map = xj_ydoc_get(r->y, xj_ydoc_root(r->y), "sources");
    struct xj_yentry *list;
    size_t count;
    (void)xj_ydoc_entries(r->y, map, &list, &count);
    for (size_t i = 0; i < count; i++)
        if (!xj_model_good_text(list[i].id) || !xj_model_good_text(xj_ynode_text(list[i].value)))
            xj_yread_bad(r, list[i].value, list[i].line, "此处应为“简称: 全称”", "\"short name: title\" is wanted here");
    free(list);
}

static struct xj_slice take_digits(struct xj_slice *s)
{
    struct xj_slice d = {s->p, 0};
    while (d.n < s->n && is_digit(s->p[d.n]))
        d.n++;
    *s = xj_slice_of(s->p + d.n, s->n - d.n);
    return d;
}

static bool take(struct xj_slice *s, char c)
{
    if (s->n == 0 || s->p[0] != (uint8_t)c)
        return false;
    *s = xj_slice_of(s->p + 1, s->n - 1);
    return true;
}

/* "9(2)" is 第9条第2款, "3-6" 第3-6条; items follow each other with '/'. False: of another form. */
static bool put_articles(struct xj_buf *out, struct xj_slice rest)
{
    bool first = true;
    (void)take(&rest, '/');
    while (rest.n > 0) {
        struct xj_slice from = take_digits(&rest), to = {NULL, 0}, paragraph = {NULL, 0};
        if (take(&rest, '-'))
            to = take_digits(&rest);
        if (take(&rest, '(')) {
            paragraph = take_digits(&rest);
            if (paragraph.n == 0 || !take(&rest, ')'))
                return false;
        }
        if (from.n == 0 || (to.p != NULL && to.n == 0) || (rest.n > 0 && !take(&rest, '/')))
            return false;
        xj_buf_addf(out, "%s第%.*s%s%.*s条", first ? "" : "、", (int)from.n, (const char *)from.p, to.n > 0 ? "-" : "", (int)to.n,
                    to.n > 0 ? (const char *)to.p : "");
        if (paragraph.n > 0)
            xj_buf_addf(out, "第%.*s款", (int)paragraph.n, (const char *)paragraph.p);
        first = false;
    }
    return true;
}

static void put_part(struct xj_yread *r, struct xj_buf *out, struct xj_slice part)
{
    struct xj_slice rest = {NULL, 0}, source = find_source(r, part, &rest);
    size_t before = out->n;
    if (source.n > 0) {
        xj_buf_add_slice(out, source);
        if (put_articles(out, rest))
            return;
        out->n = before;
    }
    xj_buf_add_slice(out, part);
}

const char *xj_yread_cite(struct xj_yread *r, yaml_node_t *map, uint32_t line)
{
    const char *cite = xj_yread_text(r, map, "cite", false), *whole = "";
    if (cite[0] == '\0' || strcmp(cite, "-") == 0) {
        xj_findings_add(r->y->f, XJ_SEVERITY_ERROR, line, "no_citation", "没有写明依据 (%s)", "no citation (%s)", "cite");
        return cite;
    }
    struct xj_buf out;
    xj_buf_init(&out, CITE_BYTES);
    for (const char *at = cite; at != NULL;) {
        const char *end = strchr(at, ';');
        put_part(r, &out, xj_slice_of(at, end != NULL ? (size_t)(end - at) : strlen(at)));
        at = end != NULL ? end + 1 : NULL;
        while (at != NULL && *at == ' ')
            at++;
        if (at != NULL)
            xj_buf_add_str(&out, "；");
    }
    if (out.err == XJ_OK && xj_model_good_text(xj_buf_slice(&out)))
        whole = xj_arena_text(r->m->arena, xj_buf_slice(&out));
    else if (out.err == XJ_ENOMEM)
        r->y->f->err = XJ_ENOMEM;
    else
        xj_findings_add(r->y->f, XJ_SEVERITY_ERROR, line, "bad_value", "依据过长 (%s)", "the citation is too long (%s)", "cite");
    xj_buf_free(&out);
    return whole != NULL ? whole : "";
}
