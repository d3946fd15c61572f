#include "agents/cli/standards_ask.h"

#include <string.h>

#include "schema/base/civil.h"
#include "schema/procedure/standards_text.h"

#define DIGITS_MAX 15u

/* What people call the units, and how many of the measure's unit each is. */
static const struct suffix {
    const char *text, *unit;
    int64_t factor;
} suffixes[] = {
    {"元", "fen", 100},           {"yuan", "fen", 100},     {"万元", "fen", 1000000},         {"万", "fen", 1000000},   {"wan", "fen", 1000000},
    {"亿元", "fen", 10000000000}, {"美元", "usd_cent", 100}, {"usd", "usd_cent", 100},         {"万美元", "usd_cent", 1000000},
    {"亩", "mu/100", 100},        {"mu", "mu/100", 100},    {"立方米", "m3/1000", 1000},      {"m3", "m3/1000", 1000},  {"吨", "kg", 1000},
    {"t", "kg", 1000},            {"公斤", "kg", 1},        {"kg", "kg", 1},                  {"%", "percent", 1},      {"倍", "percent", 100},
    {"times", "percent", 100},
};

/* The measure of that name, or of that Chinese term (what stands in brackets behind it may be left out); XJ_NONE. */
static uint16_t measure_of(const struct xj_standards *st, struct xj_slice name)
{
    uint16_t m = xj_standards_measure(st, name);
    for (uint16_t i = 0; m == XJ_NONE && i < st->measure_count; i++) {
        struct xj_slice zh = st->measures[i].zh;
        const uint8_t *bracket = memmem(zh.p, zh.n, "（", strlen("（"));
        if (xj_slice_eq(zh, name) || (bracket != NULL && xj_slice_eq(xj_slice_of(zh.p, (size_t)(bracket - zh.p)), name)))
            m = i;
    }
    return m;
}

/* How many of the measure's unit the suffix is; 0: it does not belong to that unit. */
static int64_t factor_of(struct xj_slice unit, const char *suffix)
{
    struct xj_slice name;
    if (suffix[0] == '\0')
        return 1;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        if (strcmp(suffixes[i].text, suffix) == 0 && xj_slice_is(unit, suffixes[i].unit))
            return suffixes[i].factor;
    return xj_standards_unit(unit, true, &name) == 0 && xj_slice_is(name, suffix) ? 1 : 0;
}

/* Digits, with a part behind the point if any, times factor, rounded down. *ret_end: what stands behind. */
static bool number_of(const char *s, const char **ret_end, int64_t *ret_number, int64_t *ret_scale)
{
    int64_t number = 0, scale = 1;
    size_t digits = 0;
    bool point = false;
    for (; (*s >= '0' && *s <= '9') || (*s == '.' && !point && digits > 0); s++) {
        point = point || *s == '.';
        if (*s == '.')
            continue;
        number = number * 10 + (*s - '0');
        scale *= point ? 10 : 1;
        if (++digits > DIGITS_MAX)
            return false;
    }
    *ret_end = s;
    *ret_number = number;
    *ret_scale = scale;
    return digits > 0;
}

/* number * factor / scale, rounded down; false when it is over what amounts go to. Both are at most 10^15. */
static bool scaled(int64_t number, int64_t factor, int64_t scale, int64_t *ret)
{
    const int64_t whole = number / scale, rest = number % scale;
    if (whole > XJ_STD_VALUE_MAX / factor)
        return false;
    *ret = whole * factor + (factor < scale ? rest / (scale / factor) : rest * (factor / scale)); /* both are powers of ten */
    return *ret <= XJ_STD_VALUE_MAX;
}

static bool read_amount(struct xj_cli *cli, const struct xj_standards *st, const char *arg, struct xj_std_amount *ret)
{
    const char *equals = strchr(arg, '='), *end;
    int64_t number, scale;
    if (equals == NULL) {
        xj_tell(cli, "--amount %s：应为 名称=数额", "--amount %s: should be MEASURE=VALUE", arg);
        return false;
    }
    const uint16_t m = measure_of(st, xj_slice_of(arg, (size_t)(equals - arg)));
    if (m == XJ_NONE) {
        xj_tell(cli, "--amount %s：没有这个数额名称，见 standards --measures", "--amount %s: no such measure; see standards --measures", arg);
        return false;
    }
    const struct xj_std_measure *x = &st->measures[m];
    int64_t factor = 0;
    if (number_of(equals + 1, &end, &number, &scale))
        factor = factor_of(x->unit, end);
    if (factor == 0 || (end[0] == '\0' && scale > 1) || !scaled(number, factor, scale, &ret->value)) {
        xj_tell(cli, "--amount %s：数额或单位不对（单位 %.*s）", "--amount %s: the value or its unit is wrong (unit %.*s)", arg, (int)x->unit.n,
                (const char *)x->unit.p);
        return false;
    }
    ret->name = x->name;
    ret->unit = x->unit;
    return true;
}

static bool read_days(struct xj_cli *cli, const struct xj_option_list *list, const char *option, int64_t *days, size_t *ret_count, bool *none)
{
    *ret_count = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (none != NULL && strcmp(list->at[i], "none") == 0) {
            *none = true;
        } else if (!xj_date_parse(list->at[i], &days[(*ret_count)++])) {
            xj_tell(cli, "--%s %s：不是日期", "--%s %s: is no date", option, list->at[i]);
            return false;
        }
    }
    return true;
}

static bool read_conduct(struct xj_cli *cli, const char *days, struct xj_std_question *q)
{
    int64_t from = cli->env->now_ms(cli->env->ctx), to = from;
    if (days != NULL && !xj_date_range_parse(days, &from, &to)) {
        xj_tell(cli, "--conduct %s：不是日期", "--conduct %s: is no date", days);
        return false;
    }
    q->from_day = xj_day_of_ms(from);
    q->to_day = xj_day_of_ms(to);
    return true;
}

bool xj_standards_ask_read(struct xj_cli *cli, const struct xj_standards *st, struct xj_standards_ask *ask, char **charges, int count,
                           struct xj_std_question *ret)
{
    *ret = (struct xj_std_question){.charges = ask->charges, .subject = ask->unit ? XJ_STD_UNIT : XJ_STD_PERSON, .amounts = ask->amount,
                                    .amount_count = ask->amounts.count, .penalties = ask->penalty, .convictions = ask->conviction};
    for (int i = 0; i < count && ret->charge_count < XJ_STD_CHARGES_MAX; i++)
        ask->charges[ret->charge_count++] = xj_slice_cstr(charges[i]);
    if (!read_conduct(cli, ask->conduct, ret))
        return false;
    for (size_t i = 0; i < ask->amounts.count; i++)
        if (!read_amount(cli, st, ask->amounts.at[i], &ask->amount[i]))
            return false;
    return read_days(cli, &ask->penalties, "prior", ask->penalty, &ret->penalty_count, &ret->history_known) &&
           read_days(cli, &ask->convictions, "convicted", ask->conviction, &ret->conviction_count, NULL);
}
