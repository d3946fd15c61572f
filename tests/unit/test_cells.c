/* Values as people write them: days, money without a rounding, lists, codes. Spec: spec/15-penalty-records.md, section 2. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "agents/cli/cells.h"
#include "schema/base/civil.h"

static void trim__takes_white_space_of_every_width(void **state)
{
    (void)state;
    static const char *const same[] = {"中 文", " 中 文", "中 文\r\n", "\t\xE3\x80\x80 中 文 \xC2\xA0", "\xEF\xBB\xBF中 文\xE3\x80\x80"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        assert_true(xj_slice_is(xj_cell_trim(xj_slice_cstr(same[i])), "中 文"));
    assert_int_equal(xj_cell_trim(xj_slice_cstr(" \xE3\x80\x80\n")).n, 0);
}

static void empty__marks_that_say_nothing(void **state)
{
    (void)state;
    static const char *const nothing[] = {"", "/", "-", "--", "—", "——", "无"}, *const something[] = {"0", "无照经营", "//", "---", "否"};
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
        assert_true(xj_cell_empty(xj_slice_cstr(nothing[i])));
    for (size_t i = 0; i < sizeof something / sizeof something[0]; i++)
        assert_false(xj_cell_empty(xj_slice_cstr(something[i])));
}

static void date__every_form_of_one_day(void **state)
{
    (void)state;
    static const char *const same[] = {"2026-03-02", "2026-3-2", "2026/3/2", "2026/03/02", "2026.3.2", "2026年3月2日", "2026年03月02号", "20260302",
                                       "2026-03-02 00:00:00", "2026/3/2 0:00", "2026-03-02T09:30:00.000"};
    static const char *const none[] = {"2026-3", "2026年3月", "2026", "26-3-2", "2026-13-02", "2026-02-29", "20260230", "2026-3/2", "2026年3-2", "2026-003-2",
                                       "2026年3月2", "2026-03-02x", "2026-03-02 ", "2026-03-02 上午", "1899-12-31", "02/03/2026", "", "2026-0-1", "202603021", "2026-03-02T"};
    int64_t days = 0;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        days = 0;
        if (!xj_cell_date(xj_slice_cstr(same[i]), &days) || days != xj_days_from_civil((struct xj_civil){2026, 3, 2}))
            fail_msg("%s is day %lld", same[i], (long long)days);
    }
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (xj_cell_date(xj_slice_cstr(none[i]), &days))
            fail_msg("%s was read as day %lld", none[i], (long long)days);
    assert_true(xj_cell_date(xj_slice_cstr("2024-02-29"), &days));
}

static void days_are(const char *text, const char *want)
{
    struct xj_buf out;
    xj_buf_init(&out, 256);
    const bool read = xj_cell_days(xj_slice_cstr(text), &out);
    if (read != (want != NULL) || (read && strcmp(xj_buf_cstr(&out), want) != 0))
        fail_msg("%s read as %s", text, read ? xj_buf_cstr(&out) : "nothing");
    assert_true(read || out.n == 0);
    xj_buf_free(&out);
}

static void days__months_years_and_ranges(void **state)
{
    (void)state;
    days_are("2026-03-02", "2026-03-02");
    days_are("2026年3月2日", "2026-03-02");
    days_are("2026年3月", "2026-03");
    days_are("2026/3", "2026-03");
    days_are("2026年", "2026");
    days_are("2026", "2026");
    days_are("2026-03/2026-04-02", "2026-03/2026-04-02");
    days_are("2026年3月2日至2026年4月", "2026-03-02/2026-04");
    days_are("2026/3/2 ~ 2026/3/5", "2026-03-02/2026-03-05");
    days_are("20260302～20260305", "2026-03-02/2026-03-05");
    days_are("2026-03-05至2026-03-02", NULL);
    days_are("2026-03-02至", NULL);
    days_are("2026-03-02至3日", NULL);
    days_are("去年", NULL);
    days_are("1899", NULL);
    days_are("1899-01/2026-01", NULL);
}

static void money(const char *text, bool wan, enum xj_cell_money want, int64_t want_fen)
{
    int64_t fen = -1;
    const enum xj_cell_money got = xj_cell_fen(xj_slice_cstr(text), wan, &fen);
    if (got != want || (want == XJ_CELL_MONEY_OK && fen != want_fen))
        fail_msg("%s %s: %d, %lld", text, wan ? "万元" : "元", (int)got, (long long)fen);
}

static void fen__is_exact(void **state)
{
    (void)state;
    money("0", false, XJ_CELL_MONEY_OK, 0);
    money("0.29", false, XJ_CELL_MONEY_OK, 29); /* 0.29 * 100 is 28.999… in floating point */
    money("1.1", false, XJ_CELL_MONEY_OK, 110);
    money("1234567.89", false, XJ_CELL_MONEY_OK, 123456789);
    money("1,234,567.89", false, XJ_CELL_MONEY_OK, 123456789);
    money("0.000001", true, XJ_CELL_MONEY_OK, 1);
    money("0.5", true, XJ_CELL_MONEY_OK, 500000);
    money("4.35", true, XJ_CELL_MONEY_OK, 4350000);
    money("123.456789", true, XJ_CELL_MONEY_OK, 123456789);
    money("007", false, XJ_CELL_MONEY_OK, 700);
    money("10000000000000.00", false, XJ_CELL_MONEY_OK, XJ_CELL_FEN_MAX);
    money("1000000000", true, XJ_CELL_MONEY_OK, XJ_CELL_FEN_MAX);
}

static void fen__refuses_what_is_no_whole_fen_no_number_or_too_much(void **state)
{
    (void)state;
    money("0.001", false, XJ_CELL_MONEY_FINE, 0);
    money("1.230", false, XJ_CELL_MONEY_FINE, 0);
    money("0.0000001", true, XJ_CELL_MONEY_FINE, 0);
    money("1.5000000000000002", true, XJ_CELL_MONEY_FINE, 0);
    money("10000000000000.01", false, XJ_CELL_MONEY_LARGE, 0);
    money("1000000000.000001", true, XJ_CELL_MONEY_LARGE, 0);
    money("99999999999999999999999999", false, XJ_CELL_MONEY_LARGE, 0);
    static const char *const none[] = {"", "-1", "+1", "1.", ".5", "1e3", "1 000", "１", "1元", "1,23", "12,34,567", "1,2345", ",123", "1,234,", "1..2", "0x10", "1,234.5,6"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        money(none[i], false, XJ_CELL_MONEY_FORM, 0);
}

static void whole__keeps_to_its_limit(void **state)
{
    (void)state;
    int64_t n = 0;
    assert_true(xj_cell_whole(xj_slice_cstr("99"), 99, &n) && n == 99);
    assert_false(xj_cell_whole(xj_slice_cstr("100"), 99, &n));
    assert_false(xj_cell_whole(xj_slice_cstr("5"), 0, &n));
    assert_true(xj_cell_whole(xj_slice_cstr("9223372036854775807"), INT64_MAX, &n) && n == INT64_MAX);
    assert_false(xj_cell_whole(xj_slice_cstr("9223372036854775808"), INT64_MAX, &n));
    assert_false(xj_cell_whole(xj_slice_cstr("1.0"), 99, &n));
    assert_false(xj_cell_whole(xj_slice_cstr(""), 99, &n));
}

static void yes__and_no(void **state)
{
    (void)state;
    bool yes = false;
    assert_true(xj_cell_yes(xj_slice_cstr("是"), &yes) && yes);
    assert_true(xj_cell_yes(xj_slice_cstr("有"), &yes) && yes);
    assert_true(xj_cell_yes(xj_slice_cstr("否"), &yes) && !yes);
    assert_true(xj_cell_yes(xj_slice_cstr("0"), &yes) && !yes);
    assert_false(xj_cell_yes(xj_slice_cstr("也许"), &yes));
}

static void list_is(const char *text, const char *want)
{
    struct xj_buf out;
    struct xj_slice list = xj_slice_cstr(text);
    xj_buf_init(&out, 256);
    for (struct xj_slice one = xj_cell_next(&list); one.n > 0; one = xj_cell_next(&list))
        xj_buf_addf(&out, "[%.*s]", (int)one.n, (const char *)one.p);
    assert_string_equal(out.n > 0 ? xj_buf_cstr(&out) : "", want);
    xj_buf_free(&out);
}

static void next__parts_lists_outside_parentheses(void **state)
{
    (void)state;
    list_is("", "");
    list_is("罚款", "[罚款]");
    list_is("警告、罚款；没收,责令;吊销，停产\n拘留", "[警告][罚款][没收][责令][吊销][停产][拘留]");
    list_is("、、罚款 、 ，", "[罚款]");
    list_is("吊销许可证（食品、药品）、罚款", "[吊销许可证（食品、药品）][罚款]");
    list_is("a)b,c(d,e", "[a)b][c(d,e]");
}

static void officer_is(const char *text, const char *name, const char *number)
{
    struct xj_slice n, c;
    const bool read = xj_cell_officer(xj_slice_cstr(text), &n, &c);
    if (read != (name != NULL) || (read && (!xj_slice_is(n, name) || !xj_slice_is(c, number))))
        fail_msg("%s", text);
}

static void officer__has_a_name_and_a_number(void **state)
{
    (void)state;
    officer_is("张三（鲁0800001）", "张三", "鲁0800001");
    officer_is("张三(鲁0800001)", "张三", "鲁0800001");
    officer_is("张三：鲁0800001", "张三", "鲁0800001");
    officer_is("张三:鲁0800001", "张三", "鲁0800001");
    officer_is("张三 鲁0800001", "张三", "鲁0800001");
    officer_is("张 三（鲁0800001）", "张 三", "鲁0800001");
    officer_is("张三", NULL, NULL);
    officer_is("张三（鲁0800001", NULL, NULL);
    officer_is("（鲁0800001）", NULL, NULL);
    officer_is("张三（）", NULL, NULL);
}

static void becomes(void (*make)(struct xj_slice, struct xj_buf *), const char *text, const char *want)
{
    struct xj_buf out;
    xj_buf_init(&out, 256);
    make(xj_slice_cstr(text), &out);
    assert_string_equal(xj_buf_cstr(&out), want);
    xj_buf_free(&out);
}

static void code__and_name__have_one_width(void **state)
{
    (void)state;
    becomes(xj_cell_code, "９１３７０８ｘ 12\xE3\x80\x80k", "913708X12K");
    becomes(xj_cell_code, "鲁ab～", "鲁AB~");
    becomes(xj_cell_name, "罚款金额（万元）", "罚款金额(万元)");
    becomes(xj_cell_name, " 金额：value_of_goods ", "金额:value_of_goods");
    becomes(xj_cell_name, "没收违法所得、没收非法财物的金额", "没收违法所得、没收非法财物的金额");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trim__takes_white_space_of_every_width),
        cmocka_unit_test(empty__marks_that_say_nothing),
        cmocka_unit_test(date__every_form_of_one_day),
        cmocka_unit_test(days__months_years_and_ranges),
        cmocka_unit_test(fen__is_exact),
        cmocka_unit_test(fen__refuses_what_is_no_whole_fen_no_number_or_too_much),
        cmocka_unit_test(whole__keeps_to_its_limit),
        cmocka_unit_test(yes__and_no),
        cmocka_unit_test(next__parts_lists_outside_parentheses),
        cmocka_unit_test(officer__has_a_name_and_a_number),
        cmocka_unit_test(code__and_name__have_one_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
