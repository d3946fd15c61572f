#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/stats.h"
#include "agents/agent/view/view_private.h"
#include "schema/base/civil.h"
#include "schema/wire/statement.h"
#include "tests/year/year.h"

#define KEY_BYTES 160

/* "2025-03 370800-scjgj penalty_decided": the month of the admission, who did it, what. */
static void key_of(char out[KEY_BYTES], int64_t at_ms, struct xj_slice by, struct xj_slice act)
{
    char at[30];
    xj_instant_format(at_ms, at);
    snprintf(out, KEY_BYTES, "%.7s %.*s %.*s", at, (int)by.n, (const char *)by.p, (int)act.n, (const char *)act.p);
}

static void count(json_t *sums, int64_t at_ms, const struct xj_header *h)
{
    char key[KEY_BYTES];
    key_of(key, at_ms, h->actor.n > 0 ? h->actor : h->from, h->act);
    json_object_set_new(sums, key, json_integer(json_integer_value(json_object_get(sums, key)) + 1));
}

/* ---- what is there ---- */

static json_t *in_view(struct year *y, struct node *n)
{
    json_t *sums = json_object();
    struct xj_view *v = n->view;
    struct xj_header *h = calloc(1, sizeof *h);
    unsigned field;
    xj_view_begin(v, false);
    sqlite3_stmt *st = xj_vq(v, "SELECT admitted_ms, header FROM act", "");
    while (h != NULL && xj_vq_row(v, st))
        if (xj_header_decode(xj_vq_slice(st, 1), h, &field) == XJ_OK)
            count(sums, sqlite3_column_int64(st, 0), h);
    if (xj_view_end(v) != XJ_OK || h == NULL)
        year_fault(y, "the view of %s cannot be read", n->agency.id);
    free(h);
    return sums;
}

struct journal {
    json_t *sums;
    struct xj_header header;
    struct xj_buf head; /* what the header's slices point into */
    struct xj_admitted admitted;
    bool message;
};

/* A message is directly before its statement (05-ledger, 2). */
static bool entry_seen(void *arg, const struct xj_entry *e)
{
    struct journal *j = arg;
    unsigned field;
    if (e->kind == XJ_ENTRY_ADMITTED && j->message && xj_admitted_decode(e->head, &j->admitted) == XJ_OK)
        count(j->sums, j->admitted.time_ms, &j->header);
    j->message = e->kind == XJ_ENTRY_MESSAGE;
    if (j->message) {
        xj_buf_reset(&j->head);
        xj_buf_add_slice(&j->head, e->head);
        j->message = xj_header_decode(xj_buf_slice(&j->head), &j->header, &field) == XJ_OK;
    }
    return true;
}

static json_t *in_journal(struct year *y)
{
    struct journal *j = calloc(1, sizeof *j);
    if (j == NULL)
        return json_object();
    j->sums = json_object();
    xj_buf_init(&j->head, XJ_MAX_HEADER_BYTES);
    if (xj_log_scan(y->w->exchange.log, 1, entry_seen, j) != XJ_OK)
        year_fault(y, "the journal cannot be read");
    json_t *sums = j->sums;
    xj_buf_free(&j->head);
    free(j);
    return sums;
}

/* ---- what the plan counted ---- */

static json_t *planned(const struct year *y, const char *column)
{
    json_t *sums = json_object();
    const json_t *line;
    size_t i;
    json_array_foreach(year_lines(y, "count"), i, line) {
        char key[KEY_BYTES];
        json_int_t n = json_integer_value(json_object_get(line, column));
        snprintf(key, sizeof key, "%s %s %s", json_string_value(json_object_get(line, "month")), json_string_value(json_object_get(line, "agency")),
                 json_string_value(json_object_get(line, "act")));
        if (n > 0)
            json_object_set_new(sums, key, json_integer(n));
    }
    return sums;
}

static void compare(struct year *y, const char *where, json_t *want, json_t *have)
{
    const char *key;
    json_t *value;
    json_object_foreach(want, key, value)
        if (json_integer_value(value) != json_integer_value(json_object_get(have, key)))
            year_fault(y, "%s: %s is %d in the plan's count, %d there", where, key, (int)json_integer_value(value),
                       (int)json_integer_value(json_object_get(have, key)));
    json_object_foreach(have, key, value)
        if (json_object_get(want, key) == NULL)
            year_fault(y, "%s: %s is not in the plan's count, and %d there", where, key, (int)json_integer_value(value));
    json_decref(want);
    json_decref(have);
}

/* ---- reports (14-statistics) ---- */

/* "2025-03 370800-scjgj fines" -> [units, sum]. */
static void add_figures(json_t *rows, const char *month, const json_t *line)
{
    const char *statistic, *agency = json_string_value(json_object_get(line, "agency"));
    json_t *figure;
    json_object_foreach(json_object_get(line, "figures"), statistic, figure) {
        char key[KEY_BYTES];
        const json_t *n = json_object_get(figure, "n"), *sum = json_object_get(figure, "sum");
        snprintf(key, sizeof key, "%s %s %s", month, agency, statistic);
        if (json_integer_value(n) > 0)
            json_object_set_new(rows, key, json_pack("[I, I]", json_integer_value(n), json_integer_value(sum)));
    }
}

/* To be let go of by the caller; NULL with a fault when it cannot be made. */
static json_t *report_of(struct year *y, const struct node *n, struct xj_view *v, const char *period, const char *by)
{
    struct xj_stats_query q;
    json_t *answer = NULL;
    xj_stats_query_init(&q);
    if (!xj_stats_query_set(&q, "period", xj_slice_cstr(period)) || !xj_stats_query_set(&q, "by", xj_slice_cstr(by)) ||
        xj_render_stats(v, &q, &answer) != XJ_OK)
        year_fault(y, "%s makes no report of %s by %s", n->agency.id, period, by);
    return answer;
}

static void add_report(struct year *y, struct node *n, const char *month, json_t *rows)
{
    json_t *answer = report_of(y, n, n->view, month, "agency");
    const json_t *line;
    size_t i;
    json_array_foreach(json_object_get(json_object_get(answer, "report"), "lines"), i, line)
        add_figures(rows, month, line);
    json_decref(answer);
}

static json_t *planned_figures(const struct year *y, const char *year, json_t *names)
{
    json_t *rows = json_object();
    const json_t *line;
    size_t i;
    json_array_foreach(year_lines(y, "reported"), i, line) {
        char key[KEY_BYTES];
        const char *month = json_string_value(json_object_get(line, "month")), *name = json_string_value(json_object_get(line, "statistic"));
        snprintf(key, sizeof key, "%s %s %s", month, json_string_value(json_object_get(line, "agency")), name);
        json_object_set_new(names, name, json_true());
        if (strncmp(month, year, 4) == 0)
            json_object_set_new(rows, key, json_pack("[O, O]", json_object_get(line, "n"), json_object_get(line, "sum")));
    }
    return rows;
}

/* Whether the plan counts this figure at all: those of duties it does not. */
static bool counted(const json_t *names, const char *key)
{
    const char *name = strrchr(key, ' ');
    return name != NULL && json_object_get(names, name + 1) != NULL;
}

void year_compare_reports(struct year *y, struct node *n)
{
    char year[5], month[24], at[30];
    const char *key;
    json_t *have = json_object(), *names = json_object(), *value;
    xj_instant_format(y->begin_ms, at);
    snprintf(year, sizeof year, "%.4s", at);
    for (int m = 1; m <= 12; m++) {
        snprintf(month, sizeof month, "%.4s-%02d", year, m);
        add_report(y, n, month, have);
    }
    json_t *want = planned_figures(y, year, names);
    json_object_foreach(want, key, value)
        if (!json_equal(value, json_object_get(have, key)))
            year_fault(y, "report of %s: %s is another in the plan's count", n->agency.id, key);
    json_object_foreach(have, key, value)
        if (counted(names, key) && json_object_get(want, key) == NULL)
            year_fault(y, "report of %s: %s is not in the plan's count", n->agency.id, key);
    printf("%s: %zu figures of 12 reports compared\n", n->agency.id, json_object_size(want));
    json_decref(want);
    json_decref(have);
    json_decref(names);
}

void year_compare_counts(struct year *y)
{
    compare(y, "journal", planned(y, "n"), in_journal(y));
    compare(y, "procuratorate", planned(y, "procuratorate"), in_view(y, &y->w->agent[year_agency(y, YEAR_PROCURATORATE)]));
    compare(y, "justice bureau", planned(y, "justice"), in_view(y, &y->w->agent[0]));
}

/* The digest stands for the bytes of the report (14-statistics, 8). */
void year_same_reports(struct year *y, const struct node *n, struct xj_view *again)
{
    static const char *const dimensions[] = {"", "agency", "charge", "area,sector"};
    char period[24], at[30];
    xj_instant_format(y->begin_ms, at);
    for (int i = 0; i < 17; i++) { /* twelve months, four quarters, the year */
        if (i < 12)
            snprintf(period, sizeof period, "%.4s-%02d", at, i + 1);
        else if (i < 16)
            snprintf(period, sizeof period, "%.4sQ%d", at, i - 11);
        else
            snprintf(period, sizeof period, "%.4s", at);
        for (size_t k = 0; k < sizeof dimensions / sizeof dimensions[0]; k++) {
            json_t *a = report_of(y, n, n->view, period, dimensions[k]), *b = report_of(y, n, again, period, dimensions[k]);
            const char *was = json_string_value(json_object_get(a, "digest")), *is = json_string_value(json_object_get(b, "digest"));
            if (was == NULL || is == NULL || strcmp(was, is) != 0)
                year_fault(y, "%s: the report of %s by %s is another from the view folded anew", n->agency.id, period, dimensions[k]);
            json_decref(a);
            json_decref(b);
        }
    }
}
