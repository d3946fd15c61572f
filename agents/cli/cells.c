#include "agents/cli/cells.h"

#include <stdio.h>
#include <string.h>

#include "schema/base/civil.h"

/* ---- characters ---- */

static bool begins(struct xj_slice s, const char *with)
{
    size_t n = strlen(with);
    return s.n >= n && memcmp(s.p, with, n) == 0;
}

static struct xj_slice behind(struct xj_slice s, size_t n)
{
    return xj_slice_of(s.p + n, s.n - n);
}

/* Bytes of the white space that s begins with, 0 if none. */
static size_t space_at(struct xj_slice s)
{
    static const char *const wide[] = {"\xE3\x80\x80", "\xC2\xA0", "\xEF\xBB\xBF"};
    if (s.n > 0 && (s.p[0] == ' ' || (s.p[0] >= '\t' && s.p[0] <= '\r')))
        return 1;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (begins(s, wide[i]))
            return strlen(wide[i]);
    return 0;
}

struct xj_slice xj_cell_trim(struct xj_slice s)
{
    size_t n;
    while ((n = space_at(s)) > 0)
        s = behind(s, n);
    for (bool more = true; more && s.n > 0;) {
        more = false;
        for (size_t k = 1; k <= 3 && k <= s.n && !more; k++)
            if (space_at(behind(s, s.n - k)) == k) {
                s.n -= k;
                more = true;
            }
    }
    return s;
}

bool xj_cell_empty(struct xj_slice s)
{
    static const char *const marks[] = {"/", "-", "--", "—", "——", "无"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (xj_slice_is(s, marks[i]))
            return true;
    return s.n == 0;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_at(struct xj_slice s)
{
    size_t n = 0;
    while (n < s.n && is_digit(s.p[n]))
        n++;
    return n;
}

/* Cuts n digits off s. */
static int cut_digits(struct xj_slice *s, size_t n)
{
    int v = 0;
    for (size_t i = 0; i < n; i++)
        v = v * 10 + (s->p[i] - '0');
    *s = behind(*s, n);
    return v;
}

static bool cut(struct xj_slice *s, const char *text)
{
    if (!begins(*s, text))
        return false;
    *s = behind(*s, strlen(text));
    return true;
}

/* ---- days ---- */

/* A month or day of one or two digits cut off s; 0 when there is none. */
static int cut_part(struct xj_slice *s)
{
    size_t n = digits_at(*s);
    return n == 1 || n == 2 ? cut_digits(s, n) : 0;
}

/* A year, month or day cut off s; what is not said is 0. False: it begins with none. */
static bool cut_day(struct xj_slice *s, struct xj_civil *ret)
{
    static const char *const signs[] = {"-", "/", "."};
    struct xj_civil c = {0, 0, 0};
    size_t n = digits_at(*s);
    *ret = c;
    if (n == 8) {
        c.year = cut_digits(s, 4);
        c.month = cut_digits(s, 2);
        c.day = cut_digits(s, 2);
        *ret = c;
        return xj_civil_valid(c) && c.year >= 1900;
    }
    if (n != 4)
        return false;
    c.year = cut_digits(s, 4);
    if (cut(s, "年")) {
        bool month = digits_at(*s) > 0;
        c.month = month ? cut_part(s) : 0;
        bool day = month && cut(s, "月") && digits_at(*s) > 0;
        c.day = day ? cut_part(s) : 0;
        if ((month && c.month == 0) || (day && (c.day == 0 || (!cut(s, "日") && !cut(s, "号")))))
            return false;
    } else {
        for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
            if (cut(s, signs[i])) {
                c.month = cut_part(s);
                if (c.month == 0)
                    return false;
                if (cut(s, signs[i]) && (c.day = cut_part(s)) == 0)
                    return false;
                break;
            }
    }
    *ret = c;
    return c.year >= 1900 && xj_civil_valid((struct xj_civil){c.year, c.month > 0 ? c.month : 1, c.day > 0 ? c.day : 1});
}

/* A space or T, and then digits, points and colons to the end. */
static bool is_time_of_day(struct xj_slice s)
{
    if (!cut(&s, "T"))
        s = behind(s, space_at(s));
    if (!is_digit(s.n > 0 ? s.p[0] : 0))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i]) && s.p[i] != ':' && s.p[i] != '.')
            return false;
    return memchr(s.p, ':', s.n) != NULL;
}

bool xj_cell_date(struct xj_slice s, int64_t *ret_days)
{
    struct xj_civil c;
    if (!cut_day(&s, &c) || c.day == 0 || (s.n > 0 && !is_time_of_day(s)))
        return false;
    *ret_days = xj_days_from_civil(c);
    return true;
}

static void put_day(char *out, size_t size, struct xj_civil c)
{
    if (c.day > 0)
        snprintf(out, size, "%04d-%02d-%02d", c.year, c.month, c.day);
    else if (c.month > 0)
        snprintf(out, size, "%04d-%02d", c.year, c.month);
    else
        snprintf(out, size, "%04d", c.year);
}

bool xj_cell_days(struct xj_slice s, struct xj_buf *out)
{
    static const char *const joins[] = {"至", "~", "～"};
    struct xj_civil from, to;
    char text[64], first[32], second[32];
    int64_t from_ms, to_ms;
    if (s.n < sizeof text) {
        snprintf(text, sizeof text, "%.*s", (int)s.n, (const char *)s.p);
        if (strlen(text) == s.n && xj_date_range_parse(text, &from_ms, &to_ms) && from_ms >= xj_day_start_ms(xj_days_from_civil((struct xj_civil){1900, 1, 1}))) {
            xj_buf_add_slice(out, s);
            return true;
        }
    }
    if (!cut_day(&s, &from))
        return false;
    put_day(first, sizeof first, from);
    bool joined = false;
    s = xj_cell_trim(s);
    for (size_t i = 0; !joined && i < sizeof joins / sizeof joins[0]; i++)
        joined = cut(&s, joins[i]);
    s = xj_cell_trim(s);
    if (joined && !cut_day(&s, &to))
        return false;
    if (joined)
        put_day(second, sizeof second, to);
    snprintf(text, sizeof text, "%s%s%s", first, joined ? "/" : "", joined ? second : "");
    if (s.n > 0 || !xj_date_range_parse(text, &from_ms, &to_ms))
        return false;
    xj_buf_add_str(out, text);
    return true;
}

/* ---- numbers ---- */

/* The whole part, with or without commas between groups of three, cut off s. False: none, or over 10^15. */
static enum xj_cell_money cut_whole(struct xj_slice *s, int64_t *ret)
{
    size_t n = digits_at(*s), group = n;
    bool grouped = n >= 1 && n <= 3 && n < s->n && s->p[n] == ',';
    *ret = 0;
    if (n == 0)
        return XJ_CELL_MONEY_FORM;
    while (group > 0) {
        for (size_t i = 0; i < group; i++) {
            if (*ret > XJ_CELL_FEN_MAX)
                return XJ_CELL_MONEY_LARGE;
            *ret = *ret * 10 + (s->p[i] - '0');
        }
        *s = behind(*s, group);
        group = 0;
        if (grouped && cut(s, ",")) {
            group = digits_at(*s);
            if (group != 3)
                return XJ_CELL_MONEY_FORM;
        }
    }
    return XJ_CELL_MONEY_OK;
}

enum xj_cell_money xj_cell_fen(struct xj_slice s, bool wan, int64_t *ret_fen)
{
    size_t decimals = 0, places = wan ? 6 : 2;
    int64_t value;
    enum xj_cell_money err = cut_whole(&s, &value);
    *ret_fen = 0;
    if (err != XJ_CELL_MONEY_OK)
        return err;
    bool point = cut(&s, ".");
    size_t n = digits_at(s);
    if ((point && n == 0) || n != s.n)
        return XJ_CELL_MONEY_FORM;
    if (n > places)
        return XJ_CELL_MONEY_FINE;
    for (; decimals < places && value <= XJ_CELL_FEN_MAX; decimals++)
        value = value * 10 + (decimals < n ? s.p[decimals] - '0' : 0);
    if (value > XJ_CELL_FEN_MAX)
        return XJ_CELL_MONEY_LARGE;
    *ret_fen = value;
    return XJ_CELL_MONEY_OK;
}

bool xj_cell_whole(struct xj_slice s, int64_t max, int64_t *ret)
{
    int64_t value = 0;
    if (s.n == 0 || digits_at(s) != s.n)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        int64_t digit = s.p[i] - '0';
        if (value > max / 10 || (value == max / 10 && digit > max % 10))
            return false;
        value = value * 10 + digit;
    }
    *ret = value;
    return true;
}

bool xj_cell_yes(struct xj_slice s, bool *ret)
{
    static const char *const yes[] = {"是", "有", "1", "true", "Y", "y"}, *const no[] = {"否", "0", "false", "N", "n"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        if (xj_slice_is(s, yes[i]))
            return *ret = true;
    *ret = false;
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (xj_slice_is(s, no[i]))
            return true;
    return false;
}

/* ---- lists and names ---- */

/* Bytes of the sign of that list that s begins with, 0 if none. */
static size_t sign_at(struct xj_slice s, const char *const *signs)
{
    for (; *signs != NULL; signs++)
        if (begins(s, *signs))
            return strlen(*signs);
    return 0;
}

struct xj_slice xj_cell_next(struct xj_slice *list)
{
    static const char *const parts[] = {"、", "；", ";", "，", ",", "\n", "\r", NULL};
    static const char *const open[] = {"（", "(", NULL}, *const closed[] = {"）", ")", NULL};
    struct xj_slice element = {list->p, 0};
    while (list->n > 0 && element.n == 0) {
        size_t depth = 0, at = 0, sign = 0;
        for (; at < list->n; at++) {
            struct xj_slice rest = behind(*list, at);
            sign = depth == 0 ? sign_at(rest, parts) : 0;
            if (sign > 0)
                break;
            depth += sign_at(rest, open) > 0;
            depth -= depth > 0 && sign_at(rest, closed) > 0;
        }
        element = xj_cell_trim(xj_slice_of(list->p, at));
        *list = behind(*list, at + sign);
    }
    return element;
}

/* Without the bracket that closes it; false when there is none. */
static bool close_bracket(struct xj_slice *s)
{
    static const char *const closed[] = {"）", ")"};
    for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++) {
        size_t n = strlen(closed[i]);
        if (s->n >= n && memcmp(s->p + s->n - n, closed[i], n) == 0) {
            s->n -= n;
            return true;
        }
    }
    return false;
}

bool xj_cell_officer(struct xj_slice s, struct xj_slice *ret_name, struct xj_slice *ret_number)
{
    static const char *const open[] = {"（", "(", NULL}, *const signs[] = {"（", "(", "：", ":", NULL};
    size_t at = 0, sign = 0;
    for (; at < s.n && (sign = sign_at(behind(s, at), signs)) == 0; at++)
        continue;
    for (at = sign > 0 ? at : 0; sign == 0 && at < s.n && (sign = space_at(behind(s, at))) == 0; at++)
        continue;
    if (sign == 0)
        return false;
    struct xj_slice number = behind(s, at + sign);
    if (sign_at(behind(s, at), open) > 0 && !close_bracket(&number))
        return false;
    *ret_name = xj_cell_trim(xj_slice_of(s.p, at));
    *ret_number = xj_cell_trim(number);
    return ret_name->n > 0 && ret_number->n > 0;
}

/* Appends s with every character of the full-width forms of ASCII (U+FF01 to U+FF5E) in half width, without white space. */
static void put_half(struct xj_slice s, struct xj_buf *out, bool upper)
{
    while (s.n > 0) {
        size_t space = space_at(s), n = 1;
        uint8_t c = s.p[0];
        if (space == 0 && s.n >= 3 && c == 0xEF && (s.p[1] == 0xBC || s.p[1] == 0xBD)) {
            unsigned point = (unsigned)(s.p[1] & 0x3f) << 6 | (s.p[2] & 0x3fu); /* its low 12 bits */
            if (point >= 0xF01 && point <= 0xF5E) {
                c = (uint8_t)(point - 0xF01 + 0x21);
                n = 3;
            }
        }
        if (upper && c >= 'a' && c <= 'z')
            c = (uint8_t)(c - 'a' + 'A');
        if (space == 0)
            xj_buf_add(out, &c, 1);
        s = behind(s, space > 0 ? space : n);
    }
}

void xj_cell_code(struct xj_slice s, struct xj_buf *out)
{
    put_half(s, out, true);
}

void xj_cell_name(struct xj_slice s, struct xj_buf *out)
{
    put_half(s, out, false);
}
