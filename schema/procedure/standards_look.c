#include "schema/procedure/standards_look.h"

#include <string.h>

#include "schema/base/civil.h"
#include "schema/procedure/calendar.h"

#define LAST_YEAR 9999

/* What the question gives of each measure. */
enum given { GIVEN_NOT = 0, GIVEN_PART /* at least this much */, GIVEN_EXACT };
struct facts {
    const struct xj_standards *st;
    const struct xj_std_question *q;
    struct {
        int64_t value;
        enum given given;
    } of[XJ_STD_MEASURES_MAX];
    size_t ignored;
};
/* A condition, or all conditions of a row. */
enum held { FAILED = 0, OPEN, HELD };

/* ---- amounts ---- */

static void derive(struct facts *f, size_t i)
{
    const struct xj_std_measure *m = &f->st->measures[i];
    int64_t sum = 0;
    size_t known = 0;
    for (size_t k = 0; k < m->part_count; k++)
        if (f->of[m->parts[k].measure].given == GIVEN_EXACT) {
            sum += f->of[m->parts[k].measure].value * m->parts[k].factor; /* 4 parts of at most 10^15, 1000 times: fits */
            known++;
        }
    if (known == 0)
        return;
    sum /= m->divisor;
    f->of[i].value = sum < XJ_STD_VALUE_MAX ? sum : XJ_STD_VALUE_MAX;
    f->of[i].given = known == m->part_count ? GIVEN_EXACT : GIVEN_PART;
}

static void gather(struct facts *f, const struct xj_standards *st, const struct xj_std_question *q)
{
    memset(f, 0, sizeof *f);
    f->st = st;
    f->q = q;
    for (size_t i = 0; i < q->amount_count; i++) {
        const struct xj_std_amount *a = &q->amounts[i];
        const uint16_t m = xj_standards_measure(st, a->name);
        if (m == XJ_NONE || a->value < 0 || !xj_slice_eq(st->measures[m].unit, a->unit)) {
            f->ignored++;
            continue;
        }
        const int64_t value = a->value < XJ_STD_VALUE_MAX ? a->value : XJ_STD_VALUE_MAX;
        if (f->of[m].given == GIVEN_NOT || value > f->of[m].value)
            f->of[m].value = value;
        f->of[m].given = GIVEN_EXACT;
    }
    for (size_t i = 0; i < st->measure_count; i++)
        if (st->measures[i].part_count > 0 && f->of[i].given == GIVEN_NOT)
            derive(f, i);
}

/* floor(100 * value / limit) without overflow: both are at most 10^15. */
static int32_t percent_of(int64_t value, int64_t limit)
{
    const int64_t p = value / limit * 100 + value % limit * 100 / limit;
    return p < INT32_MAX ? (int32_t)p : INT32_MAX;
}

/* ---- conditions (3) ---- */

static enum held both(enum held a, enum held b)
{
    return a < b ? a : b;
}

static enum held limit_held(const struct facts *f, const struct xj_std_limit *l, uint32_t *prompts)
{
    const int64_t value = f->of[l->measure].value;
    const enum given given = f->of[l->measure].given;
    if (given != GIVEN_NOT && value >= l->value)
        return l->less ? FAILED : HELD;
    if (given == GIVEN_EXACT)
        return l->less ? HELD : FAILED;
    *prompts |= XJ_STD_ASK_MISSING;
    return OPEN;
}

/* The same day years later; 02-29 becomes 02-28 in a common year. */
static int64_t anniversary(int64_t day, int years)
{
    struct xj_civil c = xj_civil_from_days(day);
    c.year += years;
    if (c.year > LAST_YEAR)
        return INT64_MAX;
    const int last = xj_days_in_month(c.year, c.month);
    c.day = c.day < last ? c.day : last;
    return xj_days_from_civil(c);
}

/* How many of the days lie before the conduct and at most that many years (0: any) back: for certain, and possibly. */
static void count_days(const struct xj_std_question *q, const int64_t *days, size_t count, unsigned years, size_t *certain, size_t *possible)
{
    *certain = *possible = 0;
    for (size_t i = 0; i < count; i++) {
        if (days[i] < 0 || days[i] > XJ_CALENDAR_DAY_MAX)
            continue;
        const int64_t end = years == 0 ? INT64_MAX : anniversary(days[i], (int)years);
        *certain += days[i] < q->from_day && q->to_day <= end;
        *possible += days[i] < q->to_day && q->from_day <= end;
    }
}

static enum held prior_held(const struct xj_std_question *q, const struct xj_std_prior *p)
{
    size_t certain, possible, sure = 0, maybe = 0;
    count_days(q, q->penalties, q->penalty_count, p->years, &certain, &possible);
    if (p->convicted != XJ_STD_NO_YEARS)
        count_days(q, q->convictions, q->conviction_count, p->convicted, &sure, &maybe);
    if (certain >= p->times || sure > 0)
        return HELD;
    return possible >= p->times || maybe > 0 || !q->history_known ? OPEN : FAILED;
}

static struct xj_std_verdict verdict(const struct facts *f, const struct xj_std_entry *e, size_t at);

/* Whether a row before `at` is as near as that: at best for certain, else possibly. */
static enum held near_held(const struct facts *f, const struct xj_std_entry *e, size_t at, uint32_t *prompts)
{
    enum held best = FAILED;
    for (size_t i = 0; i < at; i++) {
        const struct xj_std_row *r = &e->rows[i];
        if (r->measure == XJ_NONE)
            continue;
        const struct xj_std_verdict v = verdict(f, e, i);
        if (v.state == XJ_STD_COUNTS && v.percent >= e->rows[at].near)
            return HELD;
        const bool open = v.state == XJ_STD_OPEN || (v.state == XJ_STD_COUNTS && v.prompts != 0);
        if (!open)
            continue;
        if (f->of[r->measure].given == GIVEN_EXACT && percent_of(f->of[r->measure].value, r->value) < e->rows[at].near)
            continue;
        *prompts |= v.prompts;
        best = OPEN;
    }
    return best;
}

static enum held subject_held(const struct xj_std_question *q, enum xj_std_subject wanted, uint32_t *prompts)
{
    if (wanted == XJ_STD_ANYBODY || q->subject == wanted)
        return HELD;
    if (q->subject != XJ_STD_ANYBODY)
        return FAILED;
    *prompts |= XJ_STD_ASK_SUBJECT;
    return OPEN;
}

/* All conditions of a row; *prompts: why what is open is open. */
static enum held conditions(const struct facts *f, const struct xj_std_entry *e, size_t at, uint32_t *prompts)
{
    const struct xj_std_row *r = &e->rows[at];
    enum held all = subject_held(f->q, r->subject, prompts);
    for (size_t i = 0; i < r->limit_count; i++)
        all = both(all, limit_held(f, &r->limits[i], prompts));
    if (r->prior.given) {
        const enum held p = prior_held(f->q, &r->prior);
        if (p == OPEN)
            *prompts |= XJ_STD_ASK_PRIORS;
        all = both(all, p);
    }
    const enum held near = r->near > 0 ? near_held(f, e, at, prompts) : HELD;
    all = both(all, near);
    if (r->judge.n > 0) {
        if (near == HELD) /* else it is not time to judge */
            *prompts |= r->measure == XJ_NONE && r->near == 0 ? XJ_STD_ASK_CONDUCT : XJ_STD_ASK_CONDITION;
        all = both(all, OPEN);
    }
    return all;
}

/* ---- rows (4) ---- */

static struct xj_std_verdict amount_verdict(const struct facts *f, const struct xj_std_row *r, enum held held, uint32_t prompts)
{
    const int64_t value = f->of[r->measure].value;
    const enum given given = f->of[r->measure].given;
    struct xj_std_verdict v = {XJ_STD_OPEN, XJ_STD_NONE, prompts};
    if (given == GIVEN_NOT) {
        v.prompts = XJ_STD_ASK_MISSING; /* what else is open matters once it is given */
        return v;
    }
    v.percent = percent_of(value, r->max);
    const bool short_of = percent_of(value, r->value) < XJ_STD_NEAR_AT;
    if (given == GIVEN_PART && v.percent < XJ_STD_REACHED_AT)
        v.prompts |= XJ_STD_ASK_MISSING;
    if (r->max > r->value && value < r->max && !short_of)
        v.prompts |= XJ_STD_ASK_RANGE;
    if (held == HELD)
        v.state = XJ_STD_COUNTS;
    else if (given == GIVEN_EXACT && short_of)
        v = (struct xj_std_verdict){XJ_STD_OUT, v.percent, 0};
    return v;
}

static struct xj_std_verdict verdict(const struct facts *f, const struct xj_std_entry *e, size_t at)
{
    const struct xj_std_row *r = &e->rows[at];
    uint32_t prompts = 0;
    if (r->aside != XJ_STD_THRESHOLD || r->tag == XJ_TAG_U)
        return (struct xj_std_verdict){XJ_STD_ASIDE, XJ_STD_NONE, 0};
    const enum held held = conditions(f, e, at, &prompts);
    if (held == FAILED)
        return (struct xj_std_verdict){XJ_STD_OUT, XJ_STD_NONE, 0};
    if (r->measure != XJ_NONE)
        return amount_verdict(f, r, held, prompts);
    if (held == HELD)
        return (struct xj_std_verdict){XJ_STD_COUNTS, XJ_STD_REACHED_AT, 0};
    return (struct xj_std_verdict){XJ_STD_OPEN, XJ_STD_NONE, prompts};
}

/* ---- entries (5) ---- */

static enum xj_std_outcome by_percent(int32_t percent, bool decided)
{
    if (percent >= XJ_STD_REACHED_AT)
        return XJ_STD_REACHED;
    if (percent >= XJ_STD_NEAR_AT)
        return XJ_STD_NEAR;
    return decided ? XJ_STD_BELOW : XJ_STD_UNKNOWN;
}

static bool may_exempt(const struct facts *f, const struct xj_std_entry *e, size_t at)
{
    uint32_t prompts = 0;
    return e->rows[at].aside == XJ_STD_EXEMPT && e->rows[at].tag != XJ_TAG_U && conditions(f, e, at, &prompts) != FAILED;
}

/* Which of the open rows to show: what is there but for a person's word, then conduct, then what was not given. */
static unsigned urgency(uint32_t prompts)
{
    if (prompts & (XJ_STD_ASK_CONDITION | XJ_STD_ASK_RANGE | XJ_STD_ASK_PRIORS | XJ_STD_ASK_SUBJECT))
        return 3;
    return prompts & XJ_STD_ASK_CONDUCT ? 2 : prompts != 0;
}

static struct xj_std_finding find(const struct facts *f, const struct xj_std_entry *e)
{
    struct xj_std_finding d = {.entry = e, .percent = XJ_STD_NONE, .prompts = e->suspicion ? XJ_STD_ASK_SUSPICION : 0};
    bool decided = true;
    unsigned shown = 0;
    for (size_t i = 0; i < e->row_count; i++) {
        const struct xj_std_verdict v = verdict(f, e, i);
        if (v.state == XJ_STD_COUNTS && v.percent > d.percent) {
            d.percent = v.percent;
            d.row = &e->rows[i];
        }
        if (urgency(v.prompts) > shown) {
            shown = urgency(v.prompts);
            d.ask = &e->rows[i];
        }
        d.prompts |= v.prompts | (may_exempt(f, e, i) ? (uint32_t)XJ_STD_ASK_EXEMPT : 0);
        if (v.state == XJ_STD_OPEN || v.prompts != 0 || (e->rows[i].tag == XJ_TAG_U && e->rows[i].aside == XJ_STD_THRESHOLD))
            decided = false;
    }
    d.outcome = by_percent(d.percent, decided);
    return d;
}

/* ---- versions and kinds (6, 7) ---- */

/* Findings folded together: the lowest percent, and what all of them are. */
struct fold {
    size_t count;
    int32_t percent;
    enum xj_std_outcome least, most;
    bool unknown;
    uint32_t prompts;
    const struct xj_std_entry *entry;
    const struct xj_std_row *row;
};

static void fold_in(struct fold *g, enum xj_std_outcome outcome, int32_t percent, uint32_t prompts, const struct xj_std_entry *e,
                    const struct xj_std_row *row)
{
    if (g->count++ == 0 || percent < g->percent) {
        g->percent = percent;
        g->entry = e;
        g->row = row;
    }
    g->least = g->count == 1 || outcome < g->least ? outcome : g->least;
    g->most = outcome > g->most ? outcome : g->most;
    g->unknown = g->unknown || outcome == XJ_STD_UNKNOWN;
    g->prompts |= prompts;
}

static void keep(struct xj_std_answer *a, const struct xj_std_finding *d)
{
    if (a->finding_count < XJ_STD_FINDINGS_MAX)
        a->findings[a->finding_count++] = *d;
    else
        a->finding_omitted++;
}

/* All versions of one kind, which are entries[i..): *ret_next is behind them. False: none of them meets the conduct. */
static bool fold_kind(const struct facts *f, size_t i, uint16_t charge, struct xj_std_answer *a, struct fold *kinds, size_t *ret_next)
{
    const struct xj_standards *st = f->st;
    const struct xj_std_entry *first = &st->entries[i];
    struct fold g = {.count = 0};
    int64_t covered = f->q->from_day; /* the first day of the conduct without a version so far */
    for (; i < st->entry_count && xj_slice_eq(st->entries[i].charge, first->charge) && xj_slice_eq(st->entries[i].kind, first->kind); i++) {
        const struct xj_std_entry *e = &st->entries[i];
        if (e->to_day < f->q->from_day || e->from_day > f->q->to_day)
            continue;
        struct xj_std_finding d = find(f, e);
        d.charge = charge;
        keep(a, &d);
        fold_in(&g, d.outcome, d.percent, d.prompts, e, d.row);
        if (e->from_day <= covered)
            covered = e->to_day == XJ_STD_OPEN_DAY ? XJ_STD_OPEN_DAY : e->to_day + 1;
    }
    *ret_next = i;
    if (g.count == 0)
        return false;
    const bool gap = covered <= f->q->to_day;
    enum xj_std_outcome outcome = g.least >= XJ_STD_NEAR ? g.least : g.unknown ? XJ_STD_UNKNOWN : XJ_STD_BELOW;
    fold_in(kinds, gap ? XJ_STD_UNKNOWN : outcome, g.percent,
            g.prompts | (g.count > 1 ? (uint32_t)XJ_STD_ASK_VERSIONS : 0) | (gap ? (uint32_t)XJ_STD_ASK_GAP : 0), g.entry, g.row);
    return true;
}

static struct xj_std_charge look_charge(const struct facts *f, uint16_t at, struct xj_std_answer *a)
{
    const struct xj_standards *st = f->st;
    struct xj_std_charge c = {.outcome = XJ_STD_UNKNOWN, .percent = XJ_STD_NONE};
    struct fold g = {.count = 0};
    if (!xj_standards_charge(st, f->q->charges[at], &c.charge, &c.kind))
        return c;
    for (size_t i = xj_standards_first(st, c.charge); i < st->entry_count && xj_slice_eq(st->entries[i].charge, c.charge);)
        if (c.kind.n > 0 && !xj_slice_eq(st->entries[i].kind, c.kind))
            i++;
        else
            (void)fold_kind(f, i, at, a, &g, &i);
    if (g.count == 0) {
        c.prompts = XJ_STD_ASK_GAP;
        return c;
    }
    c.percent = g.percent;
    c.prompts = g.prompts | (g.least != g.most ? (uint32_t)XJ_STD_ASK_KINDS : 0);
    c.entry = g.entry;
    c.row = g.row;
    c.outcome = g.least >= XJ_STD_NEAR || g.most == XJ_STD_BELOW ? g.least : XJ_STD_UNKNOWN;
    return c;
}

/* ---- the act (8) ---- */

void xj_standards_look(const struct xj_standards *st, const struct xj_std_question *q, struct xj_std_answer *ret)
{
    struct facts f;
    gather(&f, st, q);
    memset(ret, 0, sizeof *ret);
    ret->outcome = XJ_STD_UNKNOWN;
    ret->percent = XJ_STD_NONE;
    ret->amount_ignored = f.ignored;
    for (size_t i = 0; i < q->charge_count && i < XJ_STD_CHARGES_MAX; i++) {
        struct xj_std_charge *c = &ret->charges[ret->charge_count++];
        *c = look_charge(&f, (uint16_t)i, ret);
        ret->prompts |= c->prompts;
        const struct xj_std_charge *best = &ret->charges[ret->best];
        if (c->outcome > best->outcome || (c->outcome == best->outcome && c->percent > best->percent))
            ret->best = i;
    }
    if (ret->charge_count > 0) {
        ret->outcome = ret->charges[ret->best].outcome;
        ret->percent = ret->charges[ret->best].percent;
    }
}

struct xj_std_verdict xj_standards_row(const struct xj_standards *st, const struct xj_std_question *q, const struct xj_std_entry *e,
                                       uint16_t row)
{
    struct facts f;
    gather(&f, st, q);
    return verdict(&f, e, row);
}

bool xj_standards_given(const struct xj_standards *st, const struct xj_std_question *q, uint16_t measure)
{
    struct facts f;
    gather(&f, st, q);
    return f.of[measure].given == GIVEN_EXACT;
}

/* ---- names ---- */

const char *xj_std_prompt_name(unsigned i)
{
    static const char *const names[XJ_STD_PROMPTS] = {"conduct", "condition", "range", "priors", "subject", "missing",
                                                      "exempt", "suspicion", "versions", "kinds", "gap"};
    return names[i];
}

const char *xj_std_prompt_text(unsigned i, bool zh)
{
    static const char *const texts[XJ_STD_PROMPTS][2] = {
        {"有不看数额的行为项，由人判断", "conduct counts whatever the amount: a person must judge"},
        {"数额已到或接近，附加条件由人判断", "the amount is there or near; a person must judge the condition"},
        {"数额在各省自定的幅度内", "the amount lies where each province sets its own figure"},
        {"查此前的处罚、判刑", "look for earlier penalties and convictions"},
        {"个人与单位标准不同，须确定", "persons and units differ: say which it is"},
        {"缺数额", "an amount is missing"},
        {"有可不立案的情形，由人判断", "what may keep it from being filed: a person must judge"},
        {"知识产权案件：有合理嫌疑即应移送（310号规定3条2款）", "intellectual property: reasonable suspicion suffices for transfer (Order 310, art 3(2))"},
        {"行为跨新旧标准，按较低的结论；从旧兼从轻由人判断", "the conduct spans several versions; the lower result is given: a person must judge which law is milder"},
        {"同一罪名各分型标准不同，须确定分型", "the kinds of this charge differ: say which it is"},
        {"行为日没有已知的标准", "no standard is known for days of the conduct"}};
    return texts[i][zh ? 0 : 1];
}

const char *xj_std_outcome_name(enum xj_std_outcome outcome)
{
    static const char *const names[] = {"", "below", "unknown", "near", "reached"};
    return names[outcome];
}

const char *xj_std_outcome_text(enum xj_std_outcome outcome, bool zh)
{
    static const char *const texts[][2] = {
        {"", ""}, {"未达到所列数额", "below the amounts listed"}, {"不能由数额得出结论", "not decided by the amounts"}, {"接近追诉标准", "near the filing standard"},
        {"达到追诉标准", "over the filing standard"}};
    return texts[outcome][zh ? 0 : 1];
}
