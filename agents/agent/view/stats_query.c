#include <string.h>

#include "agents/agent/view/stats.h"
#include "schema/base/utf8.h"
#include "schema/wire/names.h"

const char *const xj_stats_query_keys[] = {"period", "procedure", "by", "area", "agency", "sector", "charge", "stage", "statistic", "compare", NULL};

void xj_stats_query_init(struct xj_stats_query *q)
{
    *q = (struct xj_stats_query){.procedure = "referral"};
}

static bool digits(struct xj_slice s, size_t from, size_t count, int64_t *ret)
{
    *ret = 0;
    for (size_t i = from; i < from + count; i++) {
        if (i >= s.n || s.p[i] < '0' || s.p[i] > '9')
            return false;
        *ret = *ret * 10 + (s.p[i] - '0');
    }
    return true;
}

/* 2026, 2026Q4, 2026-11 */
static bool set_period(struct xj_stats_query *q, struct xj_slice s)
{
    int64_t year, part = 0, first = 1, last = 12;
    if (s.n > 7 || !digits(s, 0, 4, &year) || year < 1900)
        return false;
    if (s.n == 6 && s.p[4] == 'Q' && digits(s, 5, 1, &part) && part >= 1 && part <= 4) {
        first = 3 * part - 2;
        last = 3 * part;
    } else if (s.n == 7 && s.p[4] == '-' && digits(s, 5, 2, &part) && part >= 1 && part <= 12) {
        first = last = part;
    } else if (s.n != 4) {
        return false;
    }
    memcpy(q->period, s.p, s.n);
    q->period[s.n] = '\0';
    q->from = year * 100 + first;
    q->to = year * 100 + last;
    return true;
}

/* Words parted by commas; `statistic` is a dimension of every report. */
static bool set_by(struct xj_stats_query *q, struct xj_slice s)
{
    static const struct {
        const char *word;
        unsigned bit;
    } words[] = {{"area", XJ_STATS_BY_AREA}, {"agency", XJ_STATS_BY_AGENCY}, {"sector", XJ_STATS_BY_SECTOR}, {"charge", XJ_STATS_BY_CHARGE}, {"statistic", 0}};
    unsigned by = 0;
    for (size_t at = 0; at < s.n;) {
        size_t end = at, i = 0;
        while (end < s.n && s.p[end] != ',')
            end++;
        while (i < sizeof words / sizeof words[0] && !xj_slice_is(xj_slice_of(s.p + at, end - at), words[i].word))
            i++;
        if (i == sizeof words / sizeof words[0])
            return false;
        by |= words[i].bit;
        at = end + 1;
    }
    q->by = by;
    return true;
}

static bool set_area(struct xj_stats_query *q, struct xj_slice s)
{
    int64_t code;
    if (s.n > 6 || !digits(s, 0, s.n, &code))
        return false;
    memset(q->area, 0, sizeof q->area);
    if (s.n > 0)
        memcpy(q->area, s.p, s.n);
    return true;
}

static bool keep(char *out, size_t size, struct xj_slice s, bool good)
{
    if (s.n > 0 && (!good || s.n >= size))
        return false;
    memset(out, 0, size);
    if (s.n > 0)
        memcpy(out, s.p, s.n);
    return true;
}

static bool one_line(struct xj_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
    return xj_utf8_valid(s);
}

bool xj_stats_query_set(struct xj_stats_query *q, const char *key, struct xj_slice value)
{
    const bool name = value.n > 0 && xj_name_ok(value);
    if (strcmp(key, "period") == 0)
        return set_period(q, value);
    if (strcmp(key, "procedure") == 0)
        return value.n == 0 || keep(q->procedure, sizeof q->procedure, value, name);
    if (strcmp(key, "by") == 0)
        return set_by(q, value);
    if (strcmp(key, "area") == 0)
        return set_area(q, value);
    if (strcmp(key, "agency") == 0)
        return keep(q->agency, sizeof q->agency, value, xj_agency_ok(value));
    if (strcmp(key, "sector") == 0)
        return keep(q->sector, sizeof q->sector, value, name);
    if (strcmp(key, "charge") == 0)
        return keep(q->charge, sizeof q->charge, value, one_line(value));
    if (strcmp(key, "stage") == 0)
        return keep(q->stage, sizeof q->stage, value, name);
    if (strcmp(key, "statistic") == 0)
        return keep(q->statistic, sizeof q->statistic, value, name);
    if (strcmp(key, "compare") != 0 || value.n > 1 || (value.n == 1 && value.p[0] != '0' && value.p[0] != '1'))
        return false;
    q->compare = value.n == 1 && value.p[0] == '1';
    return true;
}
