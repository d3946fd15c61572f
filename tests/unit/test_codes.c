/* Check digits of 统一社会信用代码 (GB 32100) and 公民身份号码 (GB 11643); the vectors are published codes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "schema/base/codes.h"

static bool uscc(const char *code)
{
    return xj_uscc_ok(xj_slice_cstr(code));
}

static bool person(const char *number)
{
    return xj_id_number_ok(xj_slice_cstr(number));
}

static void uscc_ok__takes_published_codes(void **state)
{
    (void)state;
    assert_true(uscc("91110000101623741K"));
    assert_true(uscc("911101066976941872"));
}

static void uscc_ok__refuses_wrong_check_characters_forms_and_alphabets(void **state)
{
    (void)state;
    assert_false(uscc("91310115MA1H8R7C6D"));
    assert_false(uscc("91110000101623741L"));
    assert_false(uscc("91110000101623471K")); /* two digits changed places */
    assert_false(uscc("9111000010162374K"));
    assert_false(uscc("91110000101623741KK"));
    assert_false(uscc("91110000101623741k"));
    assert_false(uscc("9111000010162374IK")); /* no I O S V Z */
    assert_false(uscc(""));
    assert_false(xj_uscc_ok(xj_slice_of("91110000101623741\0", 18)));
}

/* Sum divisible by 31: the check character is '0', index 0 and not 31. */
static void uscc_ok__a_sum_of_a_multiple_of_31_ends_in_0(void **state)
{
    (void)state;
    assert_true(uscc("000000000000000000"));
    assert_true(uscc("1A0000000000000000"));
}

static void id_number_ok__takes_published_numbers(void **state)
{
    (void)state;
    assert_true(person("11010519491231002X"));
    assert_true(person("440524188001010014"));
}

static void id_number_ok__refuses_wrong_checks_forms_and_birthdays(void **state)
{
    (void)state;
    assert_false(person("110105194912310021"));
    assert_false(person("11010519491231002x"));
    assert_false(person("1101051949123100X2"));
    assert_false(person("11010519491231002"));
    assert_false(person("110105491231002"));
    assert_false(person("11010519491231/02X"));
    /* A birthday that never was, whatever the check character. */
    for (char c = '0'; c <= '9'; c++) {
        char number[] = "44052418800230001?";
        number[17] = c;
        assert_false(person(number));
    }
    assert_true(xj_id_number_form(xj_slice_cstr("110105194912310021")));
    assert_false(xj_id_number_form(xj_slice_cstr("91110000101623741K")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uscc_ok__takes_published_codes),
        cmocka_unit_test(uscc_ok__refuses_wrong_check_characters_forms_and_alphabets),
        cmocka_unit_test(uscc_ok__a_sum_of_a_multiple_of_31_ends_in_0),
        cmocka_unit_test(id_number_ok__takes_published_numbers),
        cmocka_unit_test(id_number_ok__refuses_wrong_checks_forms_and_birthdays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
