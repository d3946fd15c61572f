#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/render.h"
#include "schema/base/civil.h"
#include "tests/year/year.h"

#define KEY_BYTES 256
#define ALERTS_MAX 2000 /* of one answer of the API */

/* An alert as both sides name it: rule, severity, case, agency answerable, cleared or not. */
struct shown {
    char key[KEY_BYTES];
    int64_t since_ms; /* INT64_MIN: no limit is named */
    char why[512];
};
struct list {
    struct shown *at;
    size_t n;
};

/* ---- days to look at ---- */

static int64_t end_of_day(int64_t ms)
{
    return xj_day_start_ms(xj_day_of_ms(ms) + 1) - 1;
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void add_day(struct year *y, int64_t ms)
{
    if (ms > y->begin_ms && ms < y->end_ms)
        y->days[y->day_count++] = end_of_day(ms);
}

void year_days(struct year *y)
{
    size_t n = 0;
    y->days = calloc(y->planted_count * 4 + 1, sizeof *y->days);
    for (size_t i = 0; y->days != NULL && i < y->planted_count; i++) {
        const struct year_planted *p = &y->planted[i];
        const int64_t turns[] = {p->from_ms, p->cleared_ms};
        for (size_t k = 0; k < sizeof turns / sizeof turns[0]; k++)
            if (turns[k] != INT64_MAX) {
                add_day(y, turns[k] - YEAR_DAY_MS);
                add_day(y, turns[k]);
            }
    }
    if (y->day_count > 0)
        qsort(y->days, y->day_count, sizeof *y->days, by_time);
    for (size_t i = 0; i < y->day_count; i++)
        if (n == 0 || y->days[i] != y->days[n - 1])
            y->days[n++] = y->days[i];
    y->day_count = n;
}

/* ---- the two lists ---- */

static int by_key(const void *a, const void *b)
{
    const struct shown *x = a, *y = b;
    int c = strcmp(x->key, y->key);
    return c != 0 ? c : (x->since_ms > y->since_ms) - (x->since_ms < y->since_ms);
}

static bool told(const struct year_planted *p, const char *viewer)
{
    size_t i;
    const json_t *one;
    json_array_foreach(p->viewers, i, one)
        if (strcmp(json_string_value(one), viewer) == 0)
            return true;
    return false;
}

static struct list expected(const struct year *y, const char *viewer, int64_t now_ms)
{
    struct list l = {calloc(y->planted_count + 1, sizeof *l.at), 0};
    for (size_t i = 0; l.at != NULL && i < y->planted_count; i++) {
        const struct year_planted *p = &y->planted[i];
        struct shown *s = &l.at[l.n];
        if (!told(p, viewer) || p->from_ms > now_ms)
            continue;
        snprintf(s->key, sizeof s->key, "%s %s case %d %s%s", p->rule, p->severity, p->case_number, p->answerable, p->cleared_ms <= now_ms ? " cleared" : "");
        int64_t fires = p->fires_ms != INT64_MAX ? p->fires_ms : p->from_ms;
        s->since_ms = fires == xj_day_start_ms(xj_day_of_ms(fires)) ? fires - 1 : INT64_MIN; /* limits in days end with a day */
        snprintf(s->why, sizeof s->why, "%s", p->kind);
        l.n++;
    }
    return l;
}

static const char *text(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s != NULL ? s : "?";
}

static struct list found(struct year *y, struct node *n, int64_t now_ms)
{
    json_t *answer = NULL;
    const json_t *alert;
    size_t i;
    if (xj_render_alerts(n->view, true, xj_slice_of(NULL, 0), now_ms, &answer) != XJ_OK)
        year_fault(y, "%s does not show its alerts", n->agency.id);
    const json_t *alerts = json_object_get(answer, "alerts");
    struct list l = {calloc(json_array_size(alerts) + 1, sizeof *l.at), 0};
    if (json_array_size(alerts) >= ALERTS_MAX)
        year_fault(y, "%s has more alerts than one answer holds", n->agency.id);
    json_array_foreach(alerts, i, alert) {
        struct shown *s = &l.at[l.n++];
        const json_t *since = json_object_get(alert, "since_ms");
        snprintf(s->key, sizeof s->key, "%s %s case %d %s%s", text(alert, "rule"), text(alert, "severity"),
                 (int)json_integer_value(json_object_get(y->case_numbers, text(alert, "case"))),
                 text(json_object_get(alert, "answerable"), "agency"), json_is_true(json_object_get(alert, "cleared")) ? " cleared" : "");
        s->since_ms = json_is_integer(since) ? json_integer_value(since) : INT64_MIN;
        snprintf(s->why, sizeof s->why, "%s", text(alert, "why_en"));
    }
    json_decref(answer);
    return l;
}

/* Once: what is wrong on one day is mostly wrong on the next. */
static void tell(struct year *y, const char *what, const struct node *n, int64_t now_ms, const struct shown *s)
{
    char at[30], mark[KEY_BYTES + 128];
    snprintf(mark, sizeof mark, "%s %s %s", what, n->agency.id, s->key);
    if (json_object_get(y->told, mark) != NULL)
        return;
    json_object_set_new(y->told, mark, json_true());
    xj_instant_format(now_ms, at);
    year_fault(y, "%s, as %s sees it on %.10s: %s (%s)", what, n->agency.id, at, s->key, s->why);
}

void year_compare_alerts(struct year *y, struct node *n, int64_t now_ms, bool exact)
{
    struct list want = expected(y, n->agency.id, now_ms), have = found(y, n, now_ms);
    qsort(want.at, want.n, sizeof *want.at, by_key);
    qsort(have.at, have.n, sizeof *have.at, by_key);
    for (size_t i = 0, k = 0; i < want.n || k < have.n;) {
        int c = i == want.n ? 1 : k == have.n ? -1 : strcmp(want.at[i].key, have.at[k].key);
        if (c < 0)
            tell(y, "planted and not found", n, now_ms, &want.at[i]);
        if (c > 0)
            tell(y, "found and not planted", n, now_ms, &have.at[k]);
        if (c == 0 && exact && want.at[i].since_ms != INT64_MIN && want.at[i].since_ms != have.at[k].since_ms)
            tell(y, "found with another limit", n, now_ms, &have.at[k]);
        i += c <= 0;
        k += c >= 0;
    }
    free(want.at);
    free(have.at);
}
