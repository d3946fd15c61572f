#include "schema/procedure/yaml/overlay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/procedure/model_private.h"
#include "schema/procedure/yaml/read.h"

#define ERR XJ_SEVERITY_ERROR
#define NOTE XJ_SEVERITY_NOTE

/* A local rule may be stricter than the national one; a longer limit of the same kind is most likely a mistake. */
static void warn_longer(struct xj_yread *r, const struct xj_m_duty *duty, uint32_t line, enum xj_clock_kind old_kind, uint32_t old,
                        enum xj_clock_kind kind, uint32_t limit)
{
    bool longer = old_kind != XJ_CLOCK_NONE && (kind == XJ_CLOCK_NONE || (kind == old_kind && xj_clock_longer(kind, limit, old)));
    if (longer)
        xj_findings_add(r->y->f, XJ_SEVERITY_WARNING, line, "overlay_longer", "“%s”的地方期限比全国规定宽（原为 %u）",
                        "the local limit of %s is more lenient than the national one (%u)", duty->name.id, (unsigned)old);
}

static void apply_limit(struct xj_yread *r, struct xj_m_duty *duty, const yaml_node_t *node)
{
    char before[16], after[16];
    enum xj_clock_kind kind;
    uint32_t limit;
    xj_yread_clock(r, node, &kind, &limit);
    warn_longer(r, duty, xj_ynode_line(node), duty->kind, duty->limit, kind, limit);
    xj_findings_add(r->y->f, NOTE, xj_ynode_line(node), "overlay_differs", "“%s”期限由 %s 改为 %s", "%s: limit %s becomes %s",
                    duty->name.id, xj_clock_format(duty->kind, duty->limit, before), xj_clock_format(kind, limit, after));
    duty->kind = kind;
    duty->limit = limit;
    for (uint16_t i = 0; i < duty->extend_count; i++) {
        if (kind == XJ_CLOCK_NONE || !xj_clock_longer(kind, duty->extends[i].limit, limit))
            xj_yread_bad(r, node, 0, "新期限不短于延长后的期限", "the new limit is not below the extended one");
    }
}

static int by_sector(const void *a, const void *b)
{
    const struct xj_m_sector *x = a, *y = b;
    return strcmp(x->sector, y->sector);
}

static struct xj_m_sector *find_sector(struct xj_m_duty *duty, struct xj_slice id)
{
    for (uint16_t i = 0; i < duty->sector_count; i++) {
        if (xj_slice_is(id, duty->sectors[i].sector))
            return &duty->sectors[i];
    }
    return NULL;
}

static void apply_sector(struct xj_yread *r, struct xj_m_duty *duty, const struct xj_yentry *e)
{
    char before[16], after[16];
    struct xj_m_sector *s = find_sector(duty, e->id);
    bool fresh = s == NULL;
    if (fresh) {
        const char *id = xj_arena_text(r->m->arena, e->id);
        s = &duty->sectors[duty->sector_count++];
        *s = (struct xj_m_sector){.sector = id != NULL ? id : "", .kind = duty->kind, .limit = duty->limit};
        if (!xj_model_good_id(e->id, false))
            xj_findings_add(r->y->f, ERR, e->line, "bad_name", "“%s”不能作名称", "%s cannot be a name", s->sector);
    }
    enum xj_clock_kind old_kind = s->kind, extended_kind;
    uint32_t old = s->limit;
    size_t n = xj_ydoc_count(e->value);
    xj_yread_clock(r, xj_ydoc_at(r->y, e->value, 0), &s->kind, &s->limit);
    s->extended_limit = 0;
    if (n == 2) {
        xj_yread_clock(r, xj_ydoc_at(r->y, e->value, 1), &extended_kind, &s->extended_limit);
        if (extended_kind != s->kind || !xj_clock_longer(s->kind, s->extended_limit, s->limit))
            xj_yread_bad(r, e->value, e->line, "延长后的期限应同种且更长", "an extended limit is of the same kind and longer");
    } else if (n != 1) {
        xj_yread_bad(r, e->value, e->line, "此处应为期限或[期限, 延长后的期限]", "a limit or [limit, extended limit] is wanted here");
    }
    warn_longer(r, duty, e->line, old_kind, old, s->kind, s->limit);
    xj_findings_add(r->y->f, NOTE, e->line, "overlay_differs", "“%s”在“%s”领域的期限由 %s 改为 %s", "%s, sector %s: limit %s becomes %s",
                    duty->name.id, s->sector, xj_clock_format(old_kind, old, before), xj_clock_format(s->kind, s->limit, after));
}

static enum xj_err apply_sectors(struct xj_yread *r, struct xj_m_duty *duty, yaml_node_t *map)
{
    struct xj_yentry *list;
    size_t count;
    enum xj_err err = xj_ydoc_entries(r->y, map, &list, &count);
    if (err != XJ_OK || count == 0)
        goto out;
    struct xj_m_sector *room = xj_yread_array(r, count + duty->sector_count, sizeof *room);
    if (room == NULL) {
        err = xj_arena_err(r->m->arena);
        goto out;
    }
    if (duty->sector_count > 0)
        memcpy(room, duty->sectors, duty->sector_count * sizeof *room);
    duty->sectors = room;
    for (size_t i = 0; i < count; i++)
        apply_sector(r, duty, &list[i]);
    qsort(duty->sectors, duty->sector_count, sizeof *duty->sectors, by_sector);
out:
    free(list);
    return err;
}

static void apply_enabled(struct xj_yread *r, struct xj_m_duty *duty, yaml_node_t *map, uint32_t line)
{
    if (xj_ydoc_get(r->y, map, "enabled") == NULL)
        return;
    bool enabled = xj_ydoc_bool(r->y, map, "enabled");
    duty->disabled = !enabled;
    xj_findings_add(r->y->f, NOTE, line, "overlay_differs", "“%s”%s%.0s", "%s is %.0s%s", duty->name.id, enabled ? "启用" : "停用",
                    enabled ? "enabled" : "disabled");
}

/* The row then rests on both: the national citation first. A row that a city switches on rests on the city's source. */
static void apply_cite(struct xj_yread *r, struct xj_m_duty *duty, yaml_node_t *map, uint32_t line)
{
    const char *local = xj_yread_cite(r, map, line);
    struct xj_buf both;
    xj_buf_init(&both, XJ_MODEL_TEXT_MAX);
    xj_buf_addf(&both, "%s；%s", duty->cite, local);
    if (both.err == XJ_OK) {
        const char *kept = xj_arena_text(r->m->arena, xj_buf_slice(&both));
        duty->cite = kept != NULL ? kept : "";
    } else if (both.err == XJ_ENOMEM) {
        r->y->f->err = XJ_ENOMEM;
    } else {
        xj_yread_bad(r, map, line, "依据合计过长", "the citations together are too long");
    }
    xj_buf_free(&both);
    if (xj_ydoc_get(r->y, map, "tag") != NULL)
        duty->tag = xj_yread_tag(r, map, line);
}

static enum xj_err apply_duty(struct xj_yread *r, const struct xj_yentry *e)
{
    static const char *const keys[] = {"limit", "sectors", "enabled", "cite", "tag", NULL};
    uint16_t i = xj_model_duty(r->m, e->id);
    if (i == XJ_NONE) {
        xj_findings_add(r->y->f, ERR, e->line, "unknown_name", "没有名为“%.*s”的义务", "%.*s is not the name of a duty", (int)e->id.n,
                        (const char *)e->id.p);
        return XJ_OK;
    }
    if (!xj_ydoc_keys(r->y, e->value, keys))
        return XJ_OK;
    struct xj_m_duty *duty = &r->m->duties[i];
    r->line = e->line;
    const yaml_node_t *limit = xj_ydoc_get(r->y, e->value, "limit");
    if (limit != NULL)
        apply_limit(r, duty, limit);
    enum xj_err err = apply_sectors(r, duty, xj_ydoc_get(r->y, e->value, "sectors"));
    apply_enabled(r, duty, e->value, e->line);
    apply_cite(r, duty, e->value, e->line);
    return err;
}

/* A city replaces its own old revision, not the nation's. */
static void apply_replaces(struct xj_yread *r, yaml_node_t *map)
{
    static const char *const keys[] = {"revision", NULL};
    if (map == NULL || !xj_ydoc_keys(r->y, map, keys))
        return;
    if (r->m->replaces == NULL)
        xj_yread_bad(r, map, 0, "全国程序没有代替任何版本", "the national procedure replaces no revision");
    else
        xj_yread_revision(r, map, xj_ynode_line(map), r->m->replaces);
}

enum xj_err xj_overlay_apply(struct xj_ydoc *y, struct xj_draft *d)
{
    static const char *const keys[] = {"overlay", "procedure", "zh", "en", "sources", "duties", "replaces", NULL};
    struct xj_yread r = {.y = y, .m = d->m, .d = d};
    struct xj_yentry *list;
    size_t count;
    yaml_node_t *root = xj_ydoc_root(y), *of = xj_ydoc_get(y, root, "procedure");
    xj_ydoc_keys(y, root, keys);
    if (!xj_slice_is(xj_ynode_text(of), d->m->name.id))
        xj_findings_add(y->f, ERR, of == NULL ? 1 : xj_ynode_line(of), "overlay_other", "地方规则不是针对“%s”的",
                        "the overlay is not one of %s", d->m->name.id);
    struct xj_yentry head = {.id = xj_ynode_text(xj_ydoc_get(y, root, "overlay")), .value = root, .line = 1};
    struct xj_name name;
    xj_yread_name(&r, &head, false, &name);
    xj_yread_sources(&r);
    enum xj_err err = xj_ydoc_entries(y, xj_ydoc_get(y, root, "duties"), &list, &count);
    for (size_t i = 0; err == XJ_OK && i < count; i++)
        err = apply_duty(&r, &list[i]);
    apply_replaces(&r, xj_ydoc_get(y, root, "replaces"));
    if (err == XJ_OK)
        err = xj_arena_err(d->m->arena);
    free(list);
    return err;
}
