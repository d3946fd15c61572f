/* Configuration files. Spec: spec/00-conventions.md. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "schema/base/config.h"
#include "schema/base/file.h"
#include "schema/base/utf8.h"

static const struct xj_config_name names[] = {
    {"agency", XJ_CONFIG_REQUIRED, XJ_CONFIG_STRING, 1, 32},
    {"port", XJ_CONFIG_OPTIONAL, XJ_CONFIG_UINT, 1, 65535},
    {"big", XJ_CONFIG_OPTIONAL, XJ_CONFIG_UINT, 0, 0},
    {"note", XJ_CONFIG_OPTIONAL, XJ_CONFIG_STRING, 0, 0},
    {"state-dir", XJ_CONFIG_OPTIONAL, XJ_CONFIG_PATH, 0, 0},
    {"strict", XJ_CONFIG_OPTIONAL, XJ_CONFIG_BOOL, 0, 0},
    {"peer", XJ_CONFIG_LIST, XJ_CONFIG_STRING, 1, 0},
};
#define NAMES (sizeof names / sizeof *names)

/* The text must parse. */
static struct xj_config *parse(const char *text)
{
    struct xj_config *config;
    struct xj_buf error;
    xj_buf_init(&error, 8192);
    if (xj_config_parse(xj_slice_cstr(text), "/etc/xj/a.conf", names, NAMES, &config, &error) != XJ_OK)
        fail_msg("refused: %s", xj_buf_cstr(&error));
    assert_int_equal(error.n, 0);
    xj_buf_free(&error);
    return config;
}

/* The bytes must be refused, with a text that holds where (file:line) and hint. */
static void refuse_bytes(const void *bytes, size_t n, const char *where, const char *hint)
{
    struct xj_config *config;
    struct xj_buf error;
    xj_buf_init(&error, 8192);
    assert_int_equal(xj_config_parse(xj_slice_of(bytes, n), "a.conf", names, NAMES, &config, &error), XJ_ECONFIG);
    assert_null(config);
    const char *text = xj_buf_cstr(&error);
    if (strstr(text, where) == NULL || strstr(text, hint) == NULL)
        fail_msg("wanted \"%s\" and \"%s\", got: %s", where, hint, text);
    assert_true(xj_utf8_valid(xj_buf_slice(&error)));
    assert_int_equal(text[error.n - 1], '\n');
    xj_buf_free(&error);
}

static void refuse(const char *text, const char *where, const char *hint)
{
    refuse_bytes(text, strlen(text), where, hint);
}

static void config__reads_every_kind(void **state)
{
    (void)state;
    struct xj_config *c = parse("# 说明\n\n agency\t=  宁海县 公安局 \nport = 5570\nstrict = yes\nstate-dir = /var/lib/xj\n"
                                "big=18446744073709551615\nnote=\n");
    assert_string_equal(xj_config_str(c, "agency", NULL), "宁海县 公安局");
    assert_int_equal(xj_config_uint(c, "port", 1), 5570);
    assert_true(xj_config_uint(c, "big", 1) == UINT64_MAX);
    assert_true(xj_config_bool(c, "strict", false));
    assert_string_equal(xj_config_str(c, "state-dir", NULL), "/var/lib/xj");
    assert_string_equal(xj_config_str(c, "note", "x"), "");
    xj_config_free(c);
}

static void config__gives_defaults_for_what_is_absent(void **state)
{
    (void)state;
    struct xj_config *c = parse("agency=a");
    assert_int_equal(xj_config_uint(c, "port", 99), 99);
    assert_true(xj_config_bool(c, "strict", true));
    assert_null(xj_config_str(c, "note", NULL));
    assert_int_equal(xj_config_count(c, "peer"), 0);
    assert_null(xj_config_at(c, "peer", 0));
    assert_string_equal(xj_config_str(c, "unheard-of", "d"), "d");
    xj_config_free(c);
    xj_config_free(NULL);
}

static void config__keeps_lists_in_order(void **state)
{
    (void)state;
    char text[4096] = "agency=a\n";
    for (int i = 0; i < 40; i++)
        assert_true(snprintf(text + strlen(text), sizeof text - strlen(text), "peer = p%d\n", i) > 0);
    struct xj_config *c = parse(text);
    assert_int_equal(xj_config_count(c, "peer"), 40);
    assert_string_equal(xj_config_at(c, "peer", 0), "p0");
    assert_string_equal(xj_config_at(c, "peer", 39), "p39");
    assert_null(xj_config_at(c, "peer", 40));
    xj_config_free(c);
}

static void config__knows_comments_from_hashes_in_values(void **state)
{
    (void)state;
    struct xj_config *c = parse("agency = a#b # remark\n   # agency = c\nnote = x=y#1\t# z");
    assert_string_equal(xj_config_str(c, "agency", NULL), "a#b");
    assert_string_equal(xj_config_str(c, "note", NULL), "x=y#1");
    xj_config_free(c);
}

static void config__tolerates_crlf_and_a_byte_order_mark(void **state)
{
    (void)state;
    struct xj_config *c = parse("\xef\xbb\xbf" "agency = a\r\nport = 7\r\n");
    assert_string_equal(xj_config_str(c, "agency", NULL), "a");
    assert_int_equal(xj_config_uint(c, "port", 0), 7);
    xj_config_free(c);
}

static void config__takes_relative_paths_from_the_file(void **state)
{
    (void)state;
    struct xj_config *c = parse("agency=a\nstate-dir = lib/x y");
    assert_string_equal(xj_config_str(c, "state-dir", NULL), "/etc/xj/lib/x y");
    xj_config_free(c);
    struct xj_buf error;
    xj_buf_init(&error, 8192);
    assert_int_equal(xj_config_parse(xj_slice_cstr("agency=a\nstate-dir = lib"), "a.conf", names, NAMES, &c, &error), XJ_OK);
    assert_string_equal(xj_config_str(c, "state-dir", NULL), "lib"); /* where the process is, and so is the file */
    xj_config_free(c);
    xj_buf_free(&error);
}

static void config__refuses_unknown_names_and_lists_the_known(void **state)
{
    (void)state;
    refuse("agency=a\n\nprot = 1\n", "a.conf:3: ", "agency port big note state-dir strict peer");
    refuse("agency=a\nprot = 1\n", "“prot”", "unknown name \"prot\"");
    refuse("Agency=a\n", "a.conf:1: ", "lower-case");
    refuse("agency=a\nпорт=1\n", "a.conf:2: ", "小写字母");
    refuse("agency=a\n= 1\n", "a.conf:2: ", "lower-case");
}

static void config__refuses_missing_and_repeated_names(void **state)
{
    (void)state;
    refuse("port=1\n", "必填项“agency”", "add a line agency = value");
    refuse("", "a.conf:0: ", "\"agency\" is required");
    refuse("agency=a\nport=1\nport=1\n", "a.conf:3: ", "on line 2 already");
}

static void config__refuses_bad_numbers(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "0", "65536", "-1", "+1", "1.5", "0x10", "010", "1 2", "1e3", "18446744073709551616",
                                      "99999999999999999999999", "１"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[100];
        assert_true(snprintf(text, sizeof text, "agency=a\nport = %s\n", bad[i]) > 0);
        refuse(text, "a.conf:2: “port”须为 1 至 65535", "whole number from 1 to 65535");
    }
    refuse("agency=a\nbig=18446744073709551616", "a.conf:2: ", "from 0 to 18446744073709551615");
}

static void config__refuses_bad_bools_paths_and_lengths(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "1", "Yes", "yess", "on"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[100];
        assert_true(snprintf(text, sizeof text, "agency=a\nstrict = %s", bad[i]) > 0);
        refuse(text, "a.conf:2: “strict”须为 yes 或 no", "must be yes or no");
    }
    refuse("agency=a\nstate-dir=\n", "a.conf:2: ", "path is empty");
    refuse("agency=\n", "a.conf:1: ", "1 to 32 bytes");
    refuse("agency=123456789012345678901234567890123\n", "a.conf:1: ", "1 至 32 字节");
    refuse("agency=a\npeer=\n", "a.conf:2: ", "1 to 1024 bytes");
}

static void config__bounds_values_at_1024_bytes(void **state)
{
    (void)state;
    char text[1200] = "agency=a\nnote=";
    size_t at = strlen(text);
    memset(text + at, 'x', 1024);
    struct xj_config *c = parse(text);
    assert_int_equal(strlen(xj_config_str(c, "note", "")), 1024);
    xj_config_free(c);
    text[at + 1024] = 'x';
    refuse(text, "a.conf:2: ", "over 1024 bytes");
}

static void config__refuses_lines_that_are_no_settings(void **state)
{
    (void)state;
    refuse("agency=a\njust words\n", "a.conf:2: ", "write name = value");
    refuse_bytes("agency=a\0b\n", 11, "a.conf:1: ", "control characters");
    refuse("agency=a\nnote=\x1b[31m\n", "a.conf:2: ", "控制字符");
    refuse("agency=a\nnote=\x7f\n", "a.conf:2: ", "control");
    refuse("agency=a\nnote=\xff\n", "a.conf:2: ", "UTF-8");
    refuse("agency=a\n# \xb0\xb8\xbc\xfe in GB18030\n", "a.conf:2: ", "UTF-8");
}

static void config__reports_all_faults_up_to_twenty(void **state)
{
    (void)state;
    refuse("bad\nport=x\n", "a.conf:1: ", "a.conf:2: ");
    struct xj_config *config;
    struct xj_buf error;
    char text[1024] = "";
    for (int i = 0; i < 100; i++)
        memcpy(text + 4 * i, "bad\n", 5);
    xj_buf_init(&error, 65536);
    assert_int_equal(xj_config_parse(xj_slice_cstr(text), "f", names, NAMES, &config, &error), XJ_ECONFIG);
    unsigned lines = 0;
    for (size_t i = 0; i < error.n; i++)
        lines += error.p[i] == '\n';
    assert_int_equal(lines, XJ_CONFIG_ERRORS_MAX);
    xj_buf_free(&error);
}

/* Whatever is wrong, past the twentieth it is counted and not told. */
static void config__reports_no_fault_of_any_kind_past_twenty(void **state)
{
    static const char *const faults[] = {"unknown=1\n", "port=1\nport=2\n", "port=x\n", "agency=\n", "strict=maybe\n",
                                         "bad\n",       "state-dir=\n",     ""};
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct xj_config *config;
        struct xj_buf error, text;
        xj_buf_init(&error, 65536);
        xj_buf_init(&text, 4096);
        for (unsigned k = 0; k < XJ_CONFIG_ERRORS_MAX; k++)
            xj_buf_add_str(&text, "bad\n");
        xj_buf_add_str(&text, faults[i]);
        assert_int_equal(xj_config_parse(xj_buf_slice(&text), "f", names, NAMES, &config, &error), XJ_ECONFIG);
        unsigned lines = 0;
        for (size_t at = 0; at < error.n; at++)
            lines += error.p[at] == '\n';
        assert_int_equal(lines, XJ_CONFIG_ERRORS_MAX);
        assert_null(strstr(xj_buf_cstr(&error), "f:21"));
        xj_buf_free(&error);
        xj_buf_free(&text);
    }
}

static void config__takes_four_words_for_truth(void **state)
{
    static const struct {
        const char *text;
        bool want;
    } rows[] = {{"agency=a\nstrict=yes\n", true},
                {"agency=a\nstrict=true\n", true},
                {"agency=a\nstrict=no\n", false},
                {"agency=a\nstrict=false\n", false}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct xj_config *c = parse(rows[i].text);
        assert_int_equal(xj_config_bool(c, "strict", !rows[i].want), rows[i].want);
        xj_config_free(c);
    }
}

static void config__tells_a_name_that_cannot_be_from_one_that_is_not_known(void **state)
{
    static const char *const never[] = {"a/b", "a:b", "a{b", "a`b", "a,b", "A", "aZ", "_a b"}, *const unknown[] = {"a.b", "a_b", "0",
                                                                                                                   "9",   "a-b", "z"};
    char text[200];
    (void)state;
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        snprintf(text, sizeof text, "agency=a\n%s=1\n", never[i]);
        refuse(text, "a.conf:2: ", "lower-case");
    }
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        snprintf(text, sizeof text, "agency=a\n%s=1\n", unknown[i]);
        refuse(text, "a.conf:2: ", "unknown name");
    }
    snprintf(text, sizeof text, "agency=a\n%065d=1\n", 0);
    refuse(text, "a.conf:2: ", "at most 64 bytes");
}

static void config__cuts_its_text_at_the_ceiling_but_keeps_it_readable(void **state)
{
    (void)state;
    struct xj_config *config;
    struct xj_buf error;
    xj_buf_init(&error, 60);
    assert_int_equal(xj_config_parse(xj_slice_cstr("bad\nbad\n"), "f", names, NAMES, &config, &error), XJ_ECONFIG);
    assert_non_null(xj_buf_cstr(&error));
    assert_true(error.n <= 60);
    xj_buf_free(&error);
}

static void config__bounds_the_file_and_the_number_of_settings(void **state)
{
    (void)state;
    struct xj_config *config;
    struct xj_buf error, text;
    xj_buf_init(&error, 8192);
    xj_buf_init(&text, 1 << 20);
    xj_buf_add_str(&text, "agency=a\n");
    for (unsigned i = 0; i < XJ_CONFIG_ENTRIES_MAX - 1; i++)
        xj_buf_add_str(&text, "peer=p\n");
    assert_int_equal(xj_config_parse(xj_buf_slice(&text), "f", names, NAMES, &config, &error), XJ_OK);
    assert_int_equal(xj_config_count(config, "peer"), XJ_CONFIG_ENTRIES_MAX - 1);
    xj_config_free(config);
    xj_buf_add_str(&text, "peer=p\n");
    refuse_bytes(text.p, text.n, "a.conf:1025: ", "more than 1024");
    while (text.n < XJ_CONFIG_FILE_MAX)
        xj_buf_add_str(&text, "#");
    assert_int_equal(xj_config_parse(xj_buf_slice(&text), "f", names, NAMES, &config, &error), XJ_ECONFIG);
    xj_buf_add_str(&text, "#");
    xj_buf_reset(&error);
    assert_int_equal(xj_config_parse(xj_buf_slice(&text), "f", names, NAMES, &config, &error), XJ_ELIMIT);
    assert_non_null(strstr(xj_buf_cstr(&error), "64 KiB"));
    xj_buf_free(&text);
    xj_buf_free(&error);
}

static void config_load__reads_a_file_and_explains_a_missing_one(void **state)
{
    (void)state;
    char dir[] = "/tmp/xj-test-XXXXXX", path[64], want[64];
    struct xj_config *config;
    struct xj_buf error;
    xj_buf_init(&error, 8192);
    assert_non_null(mkdtemp(dir));
    assert_true(snprintf(path, sizeof path, "%s/a.conf", dir) > 0);
    assert_true(snprintf(want, sizeof want, "%s/data", dir) > 0);
    assert_int_equal(xj_config_load(path, names, NAMES, &config, &error), XJ_ENOTFOUND);
    assert_null(config);
    assert_non_null(strstr(xj_buf_cstr(&error), "no such file"));
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr("agency=a\nstate-dir=data\n"), 0600), XJ_OK);
    assert_int_equal(xj_config_load(path, names, NAMES, &config, &error), XJ_OK);
    assert_string_equal(xj_config_str(config, "state-dir", NULL), want);
    xj_config_free(config);
    assert_int_equal(xj_config_load(dir, names, NAMES, &config, &error), XJ_ESTATE);
    struct xj_buf large;
    xj_buf_init(&large, 1 << 20);
    assert_non_null(xj_buf_room(&large, XJ_CONFIG_FILE_MAX + 1));
    assert_int_equal(xj_file_write_atomic(path, xj_buf_slice(&large), 0600), XJ_OK);
    assert_int_equal(xj_config_load(path, names, NAMES, &config, &error), XJ_ELIMIT);
    assert_non_null(strstr(xj_buf_cstr(&error), "64 KiB"));
    assert_null(config);
    xj_buf_free(&large);
    xj_buf_free(&error);
    unlink(path);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config__reads_every_kind),
        cmocka_unit_test(config__gives_defaults_for_what_is_absent),
        cmocka_unit_test(config__keeps_lists_in_order),
        cmocka_unit_test(config__knows_comments_from_hashes_in_values),
        cmocka_unit_test(config__tolerates_crlf_and_a_byte_order_mark),
        cmocka_unit_test(config__takes_relative_paths_from_the_file),
        cmocka_unit_test(config__refuses_unknown_names_and_lists_the_known),
        cmocka_unit_test(config__refuses_missing_and_repeated_names),
        cmocka_unit_test(config__refuses_bad_numbers),
        cmocka_unit_test(config__refuses_bad_bools_paths_and_lengths),
        cmocka_unit_test(config__bounds_values_at_1024_bytes),
        cmocka_unit_test(config__refuses_lines_that_are_no_settings),
        cmocka_unit_test(config__reports_all_faults_up_to_twenty),
        cmocka_unit_test(config__reports_no_fault_of_any_kind_past_twenty),
        cmocka_unit_test(config__takes_four_words_for_truth),
        cmocka_unit_test(config__tells_a_name_that_cannot_be_from_one_that_is_not_known),
        cmocka_unit_test(config__cuts_its_text_at_the_ceiling_but_keeps_it_readable),
        cmocka_unit_test(config__bounds_the_file_and_the_number_of_settings),
        cmocka_unit_test(config_load__reads_a_file_and_explains_a_missing_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
