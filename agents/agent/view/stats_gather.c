/* The figures of a report, out of the sums the view keeps. Spec: spec/14-statistics.md, sections 4 and 5. */
#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/stats_private.h"
#include "schema/procedure/clock.h"

#define KEY_BYTES 256u

/* ---- texts to things ---- */

static size_t hash_of(const char *key)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (; *key != '\0'; key++)
        h = (h ^ (uint8_t)*key) * UINT64_C(0x100000001b3);
    return (size_t)(h ^ h >> 32);
}

static size_t slot_of(const struct xj_stats_map *m, const char *key)
{
    size_t i = hash_of(key) & (m->cap - 1);
    while (m->slot[i].key != NULL && strcmp(m->slot[i].key, key) != 0)
        i = (i + 1) & (m->cap - 1);
    return i;
}

static void *map_get(const struct xj_stats_map *m, const char *key)
{
    return m->cap > 0 ? m->slot[slot_of(m, key)].value : NULL;
}

static bool map_put(struct xj_stats_map *m, const char *key, void *value)
{
    if (2 * (m->n + 1) > m->cap) {
        struct xj_stats_map more = {.cap = m->cap == 0 ? 256 : 2 * m->cap, .n = m->n};
        more.slot = calloc(more.cap, sizeof *more.slot);
        if (more.slot == NULL)
            return false;
        for (size_t i = 0; i < m->cap; i++)
            if (m->slot[i].key != NULL)
                more.slot[slot_of(&more, m->slot[i].key)] = m->slot[i];
        free(m->slot);
        *m = more;
    }
    size_t i = slot_of(m, key);
    m->slot[i].key = key;
    m->slot[i].value = value;
    m->n++;
    return true;
}

/* Makes room for one more pointer. */
static bool grow(void *list, size_t n, size_t *cap)
{
    void **at = list;
    if (n < *cap)
        return true;
    size_t more = *cap == 0 ? 64 : 2 * *cap;
    void *bigger = realloc(*at, more * sizeof(void *));
    if (bigger == NULL)
        return false;
    *at = bigger;
    *cap = more;
    return true;
}

/* ---- agencies ---- */

static bool begins(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

static void fill_agency(struct xj_stats *s, struct xj_stats_agency *a)
{
    struct xj_agency fact;
    enum xj_err err = xj_reg_agency(&s->v->store, xj_slice_cstr(a->id), UINT64_MAX, &fact);
    if (err == XJ_OK) {
        memcpy(a->name, fact.name, sizeof a->name);
        memcpy(a->role, fact.role, sizeof a->role);
        memcpy(a->sector, fact.sector, sizeof a->sector);
        memcpy(a->area, fact.division, sizeof a->area);
        a->listed = true;
        a->active = fact.state == XJ_AGENCY_ACTIVE;
        a->connected = fact.connected;
    } else if (err != XJ_ENOTFOUND) {
        xj_view_fail(s->v, err);
    }
    if (a->area[0] == '\0')
        memcpy(a->area, a->id, sizeof a->area - 1);
    a->chosen = begins(a->area, s->q->area) && (s->q->agency[0] == '\0' || strcmp(a->id, s->q->agency) == 0);
}

struct xj_stats_agency *xj_stats_agency(struct xj_stats *s, struct xj_slice id)
{
    char key[XJ_MAX_AGENCY_BYTES + 1] = "";
    if (id.n > 0 && id.n < sizeof key)
        memcpy(key, id.p, id.n);
    struct xj_stats_agency *a = map_get(&s->by_id, key);
    if (a != NULL)
        return a;
    a = calloc(1, sizeof *a);
    if (a != NULL)
        a->n = calloc(s->model->statistic_count + 1u, sizeof *a->n);
    if (a == NULL || a->n == NULL || !grow(&s->agencies, s->agency_count, &s->agency_cap)) {
        if (a != NULL)
            free(a->n);
        free(a);
        xj_view_fail(s->v, XJ_ENOMEM);
        return NULL;
    }
    memcpy(a->id, key, sizeof a->id);
    s->agencies[s->agency_count++] = a;
    if (!map_put(&s->by_id, a->id, a))
        xj_view_fail(s->v, XJ_ENOMEM);
    fill_agency(s, a);
    return a;
}

const char *xj_stats_sector(const struct xj_stats_agency *agency, const struct xj_stats_agency *source)
{
    return agency->sector[0] != '\0' || source == NULL ? agency->sector : source->sector;
}

static bool agency_seen(void *arg, struct xj_slice id, struct xj_slice value)
{
    (void)value;
    return xj_stats_agency(arg, id) != NULL;
}

/* ---- opening ---- */

static bool is_shown(const struct xj_stats *s, uint16_t i)
{
    const struct xj_m_statistic *m = &s->model->statistics[i];
    bool stage = s->q->stage[0] == '\0' || (m->stage != XJ_NONE && strcmp(s->model->tracks[m->stage].name.id, s->q->stage) == 0);
    return stage && (s->q->statistic[0] == '\0' || strcmp(m->name.id, s->q->statistic) == 0);
}

/* By place, then by id: the model has them by id, so one that moves left stops behind equals. */
static bool set_order(struct xj_stats *s)
{
    s->order = calloc(s->model->statistic_count + 1u, sizeof *s->order);
    if (s->order == NULL) {
        xj_view_fail(s->v, XJ_ENOMEM);
        return false;
    }
    for (uint16_t i = 0; i < s->model->statistic_count; i++) {
        uint16_t at = s->shown;
        if (!is_shown(s, i))
            continue;
        while (at > 0 && s->model->statistics[s->order[at - 1]].place > s->model->statistics[i].place) {
            s->order[at] = s->order[at - 1];
            at--;
        }
        s->order[at] = i;
        s->shown++;
    }
    return s->shown > 0 || (s->q->statistic[0] == '\0' && s->q->stage[0] == '\0');
}

static struct xj_stats_cell *new_cells(struct xj_stats *s)
{
    struct xj_stats_cell *cells = calloc((size_t)s->model->statistic_count * XJ_STATS_SPANS + 1, sizeof *cells);
    if (cells == NULL)
        xj_view_fail(s->v, XJ_ENOMEM);
    return cells;
}

bool xj_stats_open(struct xj_stats *s, struct xj_view *v, const struct xj_stats_query *q)
{
    struct xj_hash revision;
    *s = (struct xj_stats){.v = v, .q = q};
    xj_view_basis_get(v, &s->basis);
    s->as_of_month = xj_view_month(s->basis.last_ms);
    enum xj_err err = xj_reg_procedure_current(&v->store, xj_slice_cstr(q->procedure), s->basis.last_ms, &revision);
    if (err != XJ_OK && err != XJ_ENOTFOUND)
        xj_view_fail(v, err);
    if (err != XJ_OK || v->err != XJ_OK)
        return false;
    s->model = xj_view_model(v, xj_slice_cstr(q->procedure), &revision);
    if (s->model == NULL || !set_order(s))
        return false;
    s->total.cells = new_cells(s);
    err = xj_reg_each(&v->store, "agency", (struct xj_slice){NULL, 0}, agency_seen, s);
    if (err != XJ_OK)
        xj_view_fail(v, err);
    return v->err == XJ_OK;
}

void xj_stats_close(struct xj_stats *s)
{
    for (size_t i = 0; i < s->agency_count; i++) {
        free(s->agencies[i]->n);
        free(s->agencies[i]);
    }
    for (size_t i = 0; i < s->group_count; i++) {
        free(s->groups[i]->cells);
        free(s->groups[i]);
        free(s->keys[i]);
    }
    free(s->agencies);
    free(s->groups);
    free(s->keys);
    free(s->by_id.slot);
    free(s->by_key.slot);
    free(s->total.cells);
    free(s->order);
    *s = (struct xj_stats){.v = NULL};
}

/* ---- lines ---- */

/* Parts end in a byte that none of them holds and that sorts before all they hold. */
static void key_of(const struct xj_stats *s, const struct xj_stats_agency *a, const char *sector, struct xj_slice charge, char out[KEY_BYTES])
{
    const unsigned by = s->q->by;
    size_t n = 0;
    const struct xj_slice parts[] = {xj_slice_cstr((by & XJ_STATS_BY_AREA) != 0 ? a->area : ""), xj_slice_cstr((by & XJ_STATS_BY_AGENCY) != 0 ? a->id : ""),
                                     xj_slice_cstr((by & XJ_STATS_BY_SECTOR) != 0 ? sector : ""),
                                     (by & XJ_STATS_BY_CHARGE) != 0 ? charge : (struct xj_slice){NULL, 0}};
    for (size_t i = 0; i < 4; i++) {
        size_t take = parts[i].n < KEY_BYTES - 6 - n ? parts[i].n : KEY_BYTES - 6 - n;
        if (take > 0)
            memcpy(out + n, parts[i].p, take);
        n += take;
        out[n++] = '\x01';
    }
    out[n] = '\0';
}

static struct xj_stats_group *new_group(struct xj_stats *s, const char *key, const struct xj_stats_agency *a, const char *sector, struct xj_slice charge)
{
    struct xj_stats_group *g = calloc(1, sizeof *g);
    char *copy = strdup(key);
    size_t cap = s->group_cap;
    bool room = g != NULL && copy != NULL && grow(&s->groups, s->group_count, &s->group_cap) && grow(&s->keys, s->group_count, &cap);
    if (!room || (g->cells = new_cells(s)) == NULL || !map_put(&s->by_key, copy, g)) {
        xj_view_fail(s->v, XJ_ENOMEM);
        if (g != NULL)
            free(g->cells);
        free(g);
        free(copy);
        return NULL;
    }
    if ((s->q->by & XJ_STATS_BY_AREA) != 0)
        memcpy(g->area, a->area, sizeof g->area);
    if ((s->q->by & XJ_STATS_BY_AGENCY) != 0)
        g->agency = a;
    if ((s->q->by & XJ_STATS_BY_SECTOR) != 0)
        memcpy(g->sector, sector, strlen(sector));
    if ((s->q->by & XJ_STATS_BY_CHARGE) != 0 && charge.n > 0 && charge.n < sizeof g->charge)
        memcpy(g->charge, charge.p, charge.n);
    s->keys[s->group_count] = copy;
    s->groups[s->group_count++] = g;
    return g;
}

static struct xj_stats_group *group_for(struct xj_stats *s, const struct xj_stats_agency *a, const char *sector, struct xj_slice charge)
{
    char key[KEY_BYTES];
    key_of(s, a, sector, charge, key);
    struct xj_stats_group *g = map_get(&s->by_key, key);
    if (g != NULL)
        return g;
    s->too_many = s->too_many || s->group_count >= XJ_STATS_GROUPS_MAX;
    return s->too_many ? NULL : new_group(s, key, a, sector, charge);
}

/* ---- rows ---- */

/* What the last row had: rows come sorted, so most are the same again. */
struct pour {
    struct xj_stats *s;
    char statistic[XJ_MAX_NAME_BYTES + 1], agency_id[XJ_MAX_AGENCY_BYTES + 1], source_id[XJ_MAX_AGENCY_BYTES + 1];
    uint16_t index;
    struct xj_stats_agency *agency, *source;
    struct xj_stats_group *group; /* NULL: to be looked up */
};

static bool same_text(const char *text, struct xj_slice s)
{
    return memcmp(text, s.p, s.n) == 0 && text[s.n] == '\0';
}

/* False when it was the same. */
static bool note_text(char *text, size_t size, struct xj_slice s)
{
    if (s.n >= size || same_text(text, s))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    return true;
}

static void add_cell(struct xj_stats_cell *cells, uint16_t statistic, int span, const struct xj_stats_cell *more)
{
    struct xj_stats_cell *c = &cells[(size_t)statistic * XJ_STATS_SPANS + (size_t)span];
    c->n += more->n;
    c->value += more->value;
    c->unread += more->unread;
}

static void add_row(struct pour *p, struct xj_slice statistic, struct xj_slice agency, struct xj_slice source, struct xj_slice charge, int span,
                    const struct xj_stats_cell *more)
{
    struct xj_stats *s = p->s;
    if (note_text(p->statistic, sizeof p->statistic, statistic))
        p->index = xj_model_statistic(s->model, statistic);
    if (note_text(p->agency_id, sizeof p->agency_id, agency)) {
        p->agency = xj_stats_agency(s, agency);
        p->group = NULL;
    }
    if (source.n > 0 && note_text(p->source_id, sizeof p->source_id, source)) {
        p->source = xj_stats_agency(s, source);
        p->group = (s->q->by & XJ_STATS_BY_SECTOR) != 0 ? NULL : p->group;
    }
    if (p->index == XJ_NONE || p->agency == NULL || !p->agency->chosen || (s->q->charge[0] != '\0' && !same_text(s->q->charge, charge)))
        return;
    const char *sector = xj_stats_sector(p->agency, p->source);
    if (s->q->sector[0] != '\0' && strcmp(sector, s->q->sector) != 0)
        return;
    add_cell(s->total.cells, p->index, span, more);
    if (span == XJ_STATS_PERIOD)
        p->agency->n[p->index] += more->n;
    if (s->q->by == 0)
        return;
    if (p->group == NULL || (s->q->by & XJ_STATS_BY_CHARGE) != 0)
        p->group = group_for(s, p->agency, sector, charge);
    if (p->group != NULL)
        add_cell(p->group->cells, p->index, span, more);
}

void xj_stats_span(const struct xj_stats_query *q, int span, int64_t *ret_from, int64_t *ret_to)
{
    int64_t back = span == XJ_STATS_BEFORE ? 100 : 0;
    *ret_from = span == XJ_STATS_UNDATED ? 0 : q->from - back;
    *ret_to = span == XJ_STATS_UNDATED ? 0 : q->to - back;
}

/* Open ones of months that are over are overdue, of months to come are not; those of the month as_of lies in are counted one by
 * one. */
static bool counts(const struct xj_stats *s, int64_t open, int64_t month)
{
    return open == XJ_TALLY_SETTLED || (open == XJ_TALLY_ONCE_OVERDUE && month < s->as_of_month) ||
           (open == XJ_TALLY_UNTIL_OVERDUE && month > s->as_of_month);
}

/* Only what is asked for is read; where that is neither sector nor charge, the sums by agency alone do, which are far fewer. */
static sqlite3_stmt *sums(const struct xj_stats *s, int64_t from, int64_t to)
{
    static const char *const sql[] = {
        "SELECT statistic, agency, '', '', open, month, n, value, unread FROM stat_agency WHERE procedure = ?1 AND month BETWEEN ?2 AND ?3",
        "SELECT statistic, agency, source, '', open, month, n, value, unread FROM stat WHERE procedure = ?1 AND month BETWEEN ?2 AND ?3",
        "SELECT statistic, agency, '', charge, open, month, n, value, unread FROM stat WHERE procedure = ?1 AND month BETWEEN ?2 AND ?3",
        "SELECT statistic, agency, source, charge, open, month, n, value, unread FROM stat WHERE procedure = ?1 AND month BETWEEN ?2 AND ?3"};
    const bool sector = (s->q->by & XJ_STATS_BY_SECTOR) != 0 || s->q->sector[0] != '\0',
               charge = (s->q->by & XJ_STATS_BY_CHARGE) != 0 || s->q->charge[0] != '\0';
    return xj_vq(s->v, sql[(sector ? 1 : 0) + (charge ? 2 : 0)], "sii", xj_slice_cstr(s->q->procedure), from, to);
}

static void gather_span(struct pour *p, int span)
{
    struct xj_stats *s = p->s;
    int64_t from, to;
    xj_stats_span(s->q, span, &from, &to);
    sqlite3_stmt *st = sums(s, from, to);
    while (!s->too_many && xj_vq_row(s->v, st)) {
        const struct xj_stats_cell more = {sqlite3_column_int64(st, 6), sqlite3_column_int64(st, 7), sqlite3_column_int64(st, 8)};
        if (counts(s, sqlite3_column_int64(st, 4), sqlite3_column_int64(st, 5)))
            add_row(p, xj_vq_slice(st, 0), xj_vq_slice(st, 1), xj_vq_slice(st, 2), xj_vq_slice(st, 3), span, &more);
    }
    xj_vq_end(st);
    if (s->as_of_month < from || s->as_of_month > to)
        return;
    st = xj_vq(s->v, "SELECT statistic, agency, source, charge, open, at_ms FROM tally WHERE open <> 0 AND month = ?1 AND procedure = ?2", "is",
               s->as_of_month, xj_slice_cstr(s->q->procedure));
    p->agency_id[0] = p->source_id[0] = '\0';
    while (!s->too_many && xj_vq_row(s->v, st)) {
        static const struct xj_stats_cell one = {.n = 1};
        const bool overdue = xj_clock_overdue(sqlite3_column_int64(st, 5), s->basis.last_ms);
        if (overdue == (sqlite3_column_int64(st, 4) == XJ_TALLY_ONCE_OVERDUE))
            add_row(p, xj_vq_slice(st, 0), xj_vq_slice(st, 1), xj_vq_slice(st, 2), xj_vq_slice(st, 3), span, &one);
    }
    xj_vq_end(st);
}

static int by_line(const void *a, const void *b)
{
    const struct xj_stats_group *x = *(struct xj_stats_group *const *)a, *y = *(struct xj_stats_group *const *)b;
    int cmp = strcmp(x->area, y->area);
    if (cmp == 0 && x->agency != NULL && y->agency != NULL)
        cmp = strcmp(x->agency->id, y->agency->id);
    if (cmp == 0)
        cmp = strcmp(x->sector, y->sector);
    return cmp != 0 ? cmp : strcmp(x->charge, y->charge);
}

void xj_stats_gather(struct xj_stats *s)
{
    struct pour p = {.s = s, .index = XJ_NONE};
    gather_span(&p, XJ_STATS_PERIOD);
    gather_span(&p, XJ_STATS_UNDATED);
    if (s->q->compare)
        gather_span(&p, XJ_STATS_BEFORE);
    if (s->group_count > 0)
        qsort(s->groups, s->group_count, sizeof(struct xj_stats_group *), by_line);
}
