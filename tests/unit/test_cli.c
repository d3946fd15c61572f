/* The command line without an agent: exit codes, refusals, and what needs no agent at all. Spec: spec/10-api.md, section 4. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/cli/cli.h"
#include "agents/cli/plain.h"
#include "schema/base/file.h"

#define ARGS_MAX 16
#define FIXTURES XJ_SOURCE_DIR "/tests/procedures/"

/* One run of the program and what it said. */
struct run {
    int rc;
    char *out, *err;
    size_t out_bytes, err_bytes;
};

static void run_free(struct run *r)
{
    free(r->out);
    free(r->err);
}

/* xianjie ARGS…, ended by NULL; in English unless the arguments say otherwise. */
static struct run run(const char *const *args)
{
    struct run r = {.rc = -1};
    char *argv[ARGS_MAX + 2] = {strdup("xianjie")};
    int argc = 1;
    for (size_t i = 0; args[i] != NULL && argc <= ARGS_MAX; i++)
        argv[argc++] = strdup(args[i]);
    char *given[ARGS_MAX + 2];
    memcpy(given, argv, sizeof given); /* options are moved about in argv */
    struct xj_cli cli = {.env = xj_env_system(),
                         .out = open_memstream(&r.out, &r.out_bytes),
                         .err = open_memstream(&r.err, &r.err_bytes)};
    assert_non_null(cli.out);
    assert_non_null(cli.err);
    r.rc = xj_cli_main(&cli, argc, argv);
    assert_int_equal(fclose(cli.out), 0);
    assert_int_equal(fclose(cli.err), 0);
    for (int i = 0; i < argc; i++)
        free(given[i]);
    return r;
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

static void want(struct run r, int rc, const char *out, const char *err)
{
    if (r.rc != rc || (out != NULL && strstr(r.out, out) == NULL) || (err != NULL && strstr(r.err, err) == NULL))
        fail_msg("wanted exit %d, \"%s\", \"%s\"; got exit %d\n%s%s", rc, out != NULL ? out : "", err != NULL ? err : "", r.rc, r.out,
                 r.err);
    run_free(&r);
}

/* A private directory for one test, and a file in it. */
struct box {
    char dir[64], file[128], file2[128];
};

static int box_make(void **state)
{
    struct box *b = calloc(1, sizeof *b);
    if (b == NULL)
        return -1;
    (void)snprintf(b->dir, sizeof b->dir, "/tmp/xj-test-cli-XXXXXX");
    if (mkdtemp(b->dir) == NULL)
        return -1;
    (void)snprintf(b->file, sizeof b->file, "%s/file", b->dir);
    (void)snprintf(b->file2, sizeof b->file2, "%s/file2", b->dir);
    *state = b;
    return setenv("XIANJIE_SHARE", XJ_SOURCE_DIR "/schema", 1);
}

static int box_drop(void **state)
{
    struct box *b = *state;
    (void)unlink(b->file);
    (void)unlink(b->file2);
    const int rc = rmdir(b->dir);
    free(b);
    return rc;
}

static void write_file(const char *path, const char *text)
{
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr(text), 0600), XJ_OK);
}

/* ---- the frame ---- */

static void cli__without_a_command_is_wrong_use(void **state)
{
    (void)state;
    want(run((const char *const[]){NULL}), XJ_EXIT_USAGE, NULL, "usage: xianjie");
}

static void cli__refuses_an_unknown_command(void **state)
{
    (void)state;
    want(RUN("frobnicate"), XJ_EXIT_USAGE, NULL, "no such command: frobnicate");
}

static void cli__help_goes_to_the_output_and_succeeds(void **state)
{
    (void)state;
    want(RUN("--help"), XJ_EXIT_OK, "calendar", NULL);
    want(RUN("help"), XJ_EXIT_OK, "replay", NULL);
}

static void cli__speaks_the_language_asked_for(void **state)
{
    (void)state;
    want(RUN("--lang", "zh", "frobnicate"), XJ_EXIT_USAGE, NULL, "没有这个命令");
    want(RUN("--lang", "fr", "status"), XJ_EXIT_USAGE, NULL, NULL);
    assert_true(xj_cli_speaks_chinese(NULL));
    assert_true(xj_cli_speaks_chinese("zh_CN.UTF-8"));
    assert_false(xj_cli_speaks_chinese("en_GB.UTF-8"));
}

static void cli__every_error_has_the_exit_code_of_its_kind(void **state)
{
    (void)state;
    assert_int_equal(xj_exit_of(XJ_OK), XJ_EXIT_OK);
    assert_int_equal(xj_exit_of(XJ_EIO), XJ_EXIT_WORLD);
    assert_int_equal(xj_exit_of(XJ_ENOMEM), XJ_EXIT_WORLD);
    assert_int_equal(xj_exit_of(XJ_EMALFORMED), XJ_EXIT_USAGE);
    assert_int_equal(xj_exit_of(XJ_EDENIED), XJ_EXIT_REFUSED);
    assert_int_equal(xj_exit_of(XJ_ENET), XJ_EXIT_UNREACHABLE);
    assert_int_equal(xj_exit_of(XJ_ESIGNATURE), XJ_EXIT_BAD);
    assert_int_equal(xj_exit_of(XJ_ENOTFOUND), XJ_EXIT_NOT_FOUND);
}

/* ---- no agent ---- */

static void commands__without_a_data_directory_are_wrong_use(void **state)
{
    (void)state;
    want(RUN("status"), XJ_EXIT_USAGE, NULL, "--data");
    want(RUN("case", "list"), XJ_EXIT_USAGE, NULL, "--data");
    want(RUN("due"), XJ_EXIT_USAGE, NULL, "--data");
    want(RUN("submit", "transfer"), XJ_EXIT_USAGE, NULL, "--data");
    want(RUN("verify"), XJ_EXIT_USAGE, NULL, "--data");
    want(RUN("rebuild"), XJ_EXIT_USAGE, NULL, "--data");
}

static void commands__say_that_no_agent_answers(void **state)
{
    struct box *b = *state;
    want(RUN("--data", b->dir, "status"), XJ_EXIT_UNREACHABLE, NULL, "not reachable");
    want(RUN("--data", b->dir, "case", "list"), XJ_EXIT_UNREACHABLE, NULL, NULL);
    want(RUN("--data", b->dir, "case", "show", "x/../y"), XJ_EXIT_UNREACHABLE, NULL, NULL);
    want(RUN("--data", b->dir, "due", "--within", "3"), XJ_EXIT_UNREACHABLE, NULL, NULL);
    want(RUN("--data", b->dir, "submit", "transfer", "--set", "title=x"), XJ_EXIT_UNREACHABLE, NULL, NULL);
    want(RUN("--data", b->dir, "penalty", "import", "a.csv", "--approved-by", "x"), XJ_EXIT_UNREACHABLE, NULL, NULL);
}

static void commands__refuse_wrong_arguments_before_they_ask_an_agent(void **state)
{
    struct box *b = *state;
    want(RUN("--data", b->dir, "status", "extra"), XJ_EXIT_USAGE, NULL, "usage");
    want(RUN("--data", b->dir, "case"), XJ_EXIT_USAGE, NULL, "case list");
    want(RUN("--data", b->dir, "case", "show"), XJ_EXIT_USAGE, NULL, "case show ID");
    want(RUN("--data", b->dir, "due", "--within", "soon"), XJ_EXIT_USAGE, NULL, "DAYS");
    want(RUN("--data", b->dir, "due", "--within", "-1"), XJ_EXIT_USAGE, NULL, "DAYS");
    want(RUN("--data", b->dir, "submit"), XJ_EXIT_USAGE, NULL, "submit ACT");
    want(RUN("--data", b->dir, "submit", "transfer", "--set", "no-equals"), XJ_EXIT_USAGE, NULL, NULL);
    want(RUN("--data", b->dir, "submit", "transfer", "--wait", "long"), XJ_EXIT_USAGE, NULL, NULL);
    want(RUN("--data", b->dir, "submit", "transfer", "--paper", "letter=/no/such/file"), XJ_EXIT_USAGE, NULL, "/no/such/file");
    want(RUN("--data", b->dir, "due", "--no-such-option"), XJ_EXIT_USAGE, NULL, "no such option");
    want(RUN("city", "start"), XJ_EXIT_USAGE, NULL, "city make");
    want(RUN("register", "nothing"), XJ_EXIT_USAGE, NULL, "register");
    want(RUN("--data", b->dir, "register", "certificates"), XJ_EXIT_USAGE, NULL, "FILE.csv");
    want(RUN("--data", b->dir, "register", "entrustments", "a.csv", "--encoding", "big5"), XJ_EXIT_USAGE, NULL, "gb18030");
    want(RUN("--data", b->dir, "register", "show", "--kind", "agency", "--agency", "370800-gaj"), XJ_EXIT_USAGE, NULL, "--kind");
    want(RUN("--data", b->dir, "submit", "transfer", "--override", "certificate"), XJ_EXIT_USAGE, NULL, "CODE=REASON");
    want(RUN("--data", b->dir, "submit", "transfer", "--officer", "nobody"), XJ_EXIT_USAGE, NULL, "NAME:CERTIFICATE");
    want(RUN("--data", b->dir, "penalty"), XJ_EXIT_USAGE, NULL, "penalty import");
    want(RUN("--data", b->dir, "penalty", "import", "a.csv"), XJ_EXIT_USAGE, NULL, "--approved-by");
    want(RUN("--data", b->dir, "penalty", "import", "--approved-by", "x"), XJ_EXIT_USAGE, NULL, "FILE");
    want(RUN("--data", b->dir, "penalty", "import", "a.csv", "--approved-by", "x", "--encoding", "utf-16"), XJ_EXIT_USAGE, NULL, "utf-8");
    want(RUN("--data", b->dir, "penalty", "import", "a.csv", "--approved-by", "x", "--override", "=y"), XJ_EXIT_USAGE, NULL, "CODE=REASON");
}

/* ---- verify ---- */

static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";

static void verify__wants_a_root_key_in_full(void **state)
{
    (void)state;
    want(RUN("verify", "x.db", "--root", "abc"), XJ_EXIT_USAGE, NULL, "--root HEX");
}

static void verify__of_no_file_finds_nothing(void **state)
{
    (void)state;
    want(RUN("verify", "/no/such/ledger.db", "--root", zeros), XJ_EXIT_NOT_FOUND, NULL, "/no/such/ledger.db");
    want(RUN("verify", "x.db", "--anchor", "/no/such/anchor"), XJ_EXIT_NOT_FOUND, NULL, "/no/such/anchor");
}

static void verify__of_a_file_that_is_no_ledger_is_bad(void **state)
{
    struct box *b = *state;
    write_file(b->file, "this is a letter to the editor, and no ledger of any kind; it is long enough to be read as a header "
                        "by a program that does not look at what it reads.\n");
    want(RUN("verify", b->file, "--root", zeros), XJ_EXIT_BAD, NULL, b->file);
}

/* ---- calendar ---- */

static void calendar_due__rolls_over_the_spring_festival(void **state)
{
    (void)state;
    want(RUN("calendar", "due", "2026-02-12", "3d"), XJ_EXIT_OK, "2026-02-24\n", NULL);
}

static void calendar_due__rolls_the_last_day_of_months(void **state)
{
    (void)state;
    want(RUN("calendar", "due", "2026-01-15", "2m"), XJ_EXIT_OK, "2026-03-16\n", NULL);
}

static void calendar_due__counts_hours_through_holidays(void **state)
{
    (void)state;
    want(RUN("calendar", "due", "2026-02-16T10:30:00+08:00", "24h"), XJ_EXIT_OK, "2026-02-17T10:30:00", NULL);
}

static void calendar_due__counts_working_days_with_the_make_up_days(void **state)
{
    (void)state;
    want(RUN("calendar", "due", "2026-02-12", "2w"), XJ_EXIT_OK, "2026-02-14\n", NULL);  /* a Saturday, worked */
    want(RUN("calendar", "due", "2005-12-30", "1w"), XJ_EXIT_OK, "2005-12-31\n", NULL); /* another */
}

static void calendar_due__explains_itself_as_json(void **state)
{
    (void)state;
    want(RUN("--json", "calendar", "due", "2026-02-12", "3d"), XJ_EXIT_OK, "\"due\": \"2026-02-24\"", NULL);
    want(RUN("--json", "calendar", "due", "2026-02-12", "3d"), XJ_EXIT_OK, "春节", NULL);
}

static void calendar_due__gives_no_date_past_the_calendar(void **state)
{
    (void)state;
    want(RUN("calendar", "due", "2026-12-30", "3d"), XJ_EXIT_USAGE, NULL, "runs past the calendar");
}

static void calendar_due__refuses_what_is_no_date_or_limit(void **state)
{
    (void)state;
    want(RUN("calendar", "due", "2026-02-30", "3d"), XJ_EXIT_USAGE, NULL, "usage");
    want(RUN("calendar", "due", "2026-02-12", "03d"), XJ_EXIT_USAGE, NULL, "usage");
    want(RUN("calendar", "due", "2026-02-12", "none"), XJ_EXIT_USAGE, NULL, "usage");
    want(RUN("calendar", "due", "2026-02-12", "3d", "--calendar", "/no/such/file.json"), XJ_EXIT_NOT_FOUND, NULL, NULL);
}

static void calendar_convert__writes_the_signed_form_and_says_its_digest(void **state)
{
    struct box *b = *state;
    struct xj_buf bytes;
    want(RUN("calendar", "convert", XJ_SOURCE_DIR "/schema/calendars/cn.json", b->file), XJ_EXIT_OK, "\n", NULL);
    assert_int_equal(xj_file_read(b->file, 1024 * 1024, &bytes), XJ_OK);
    assert_true(bytes.n > 1000);
    xj_buf_free(&bytes);
    want(RUN("calendar", "convert", "/no/such/file.json", b->file), XJ_EXIT_NOT_FOUND, NULL, "/no/such/file.json");
    want(RUN("calendar", "convert", b->file, b->file), XJ_EXIT_USAGE, NULL, "no JSON");
}

#define NOTICE(from, to, off, work)                                                                                           \
    "{\"covered_from\":\"" from "\",\"covered_to\":\"" to "\",\"source\":\"notice\",\"off\":[" off "],\"work\":[" work "]}"

static void calendar_import__lays_a_notice_over_the_calendar(void **state)
{
    struct box *b = *state;
    write_file(b->file, NOTICE("2027-01-01", "2027-12-31", "{\"date\":\"2027-01-01\",\"to\":\"2027-01-03\",\"name\":\"元旦\"}", "\"2027-02-20\""));
    want(RUN("calendar", "import", b->file, b->file2), XJ_EXIT_OK, "2004-01-01", NULL);
    want(RUN("calendar", "due", "2026-12-30", "3d", "--calendar", b->file2), XJ_EXIT_OK, "2027-01-04\n", NULL);
    want(RUN("calendar", "due", "2027-02-19", "1w", "--calendar", b->file2), XJ_EXIT_OK, "2027-02-20\n", NULL); /* a Saturday worked */
    want(RUN("calendar", "due", "2026-02-12", "3d", "--calendar", b->file2), XJ_EXIT_OK, "2026-02-24\n", NULL); /* as before */
    write_file(b->file, NOTICE("2026-05-01", "2026-05-08", "{\"date\":\"2026-05-08\",\"name\":\"调休\"}", ""));
    want(RUN("calendar", "import", b->file, b->file2, "--calendar", b->file2), XJ_EXIT_OK, NULL, "2026-05-08"); /* a correction is told */
    want(RUN("calendar", "due", "2026-05-07", "1d", "--calendar", b->file2), XJ_EXIT_OK, "2026-05-09\n", NULL);
}

static void calendar_import__refuses_gaps_and_contradictions(void **state)
{
    struct box *b = *state;
    write_file(b->file, NOTICE("2028-01-01", "2028-12-31", "", ""));
    want(RUN("calendar", "import", b->file, b->file2), XJ_EXIT_USAGE, NULL, "gap");
    write_file(b->file, NOTICE("2027-01-01", "2027-12-31", "{\"date\":\"2027-01-02\",\"name\":\"元旦\"}", "\"2027-01-02\""));
    want(RUN("calendar", "import", b->file, b->file2), XJ_EXIT_USAGE, NULL, "contradiction");
    write_file(b->file, NOTICE("2027-01-01", "2027-12-31", "{\"date\":\"2027-01-03\",\"to\":\"2027-01-01\",\"name\":\"元旦\"}", ""));
    want(RUN("calendar", "import", b->file, b->file2), XJ_EXIT_USAGE, NULL, "off[0]");
    want(RUN("calendar", "import", "/no/such.json", b->file2), XJ_EXIT_NOT_FOUND, NULL, "/no/such.json");
}

/* ---- standards ---- */

static void standards__say_whether_an_amount_is_over_the_line_and_by_what(void **state)
{
    (void)state;
    want(RUN("standards", "串通投标罪", "--conduct", "2024-05", "--amount", "illegal_gain=20000000"), XJ_EXIT_OK, "over the filing standard (100 %)", NULL);
    want(RUN("standards", "串通投标罪", "--conduct", "2024-05", "--amount", "违法所得=19.99万元"), XJ_EXIT_OK, "near the filing standard (99 %)", NULL);
    want(RUN("standards", "串通投标罪", "--conduct", "2022-05-14", "--amount", "illegal_gain=100000yuan"), XJ_EXIT_OK, "76(二)〔C〕", NULL);
    want(RUN("--lang", "zh", "standards", "串通投标罪", "--conduct", "2024-05", "--amount", "illegal_gain=20万"), XJ_EXIT_OK, "达到追诉标准（100%）", NULL);
    want(RUN("--lang", "zh", "standards", "串通投标罪", "--conduct", "2024-05", "--amount", "illegal_gain=20万"), XJ_EXIT_OK, "违法所得20万元以上", NULL);
}

static void standards__reckon_with_penalties_units_and_kinds(void **state)
{
    (void)state;
    want(RUN("standards", "非法经营罪（烟草专卖品）", "--conduct", "2024-06-01", "--amount", "illegal_business=3万元", "--prior", "2021-06-01", "--prior", "2023-01-01"),
         XJ_EXIT_OK, "over the filing standard (100 %)", NULL);
    want(RUN("standards", "非法经营罪（烟草专卖品）", "--conduct", "2024-06-02", "--amount", "illegal_business=3万元", "--prior", "2021-06-01", "--prior", "2023-01-01"),
         XJ_EXIT_OK, "look for earlier penalties", NULL);
    want(RUN("standards", "非法经营罪(其他)", "--conduct", "2024-06-01", "--amount", "illegal_gain=1万元"), XJ_EXIT_OK, "over the filing standard (100 %)", NULL);
    want(RUN("standards", "非法经营罪(其他)", "--conduct", "2024-06-01", "--amount", "illegal_gain=1万元", "--amount", "illegal_business=0", "--unit", "--prior", "none"),
         XJ_EXIT_OK, "below the amounts listed (10 %)", NULL);
    want(RUN("standards", "侵犯公民个人信息罪", "--conduct", "2024-06-01", "--convicted", "2010-01-01"), XJ_EXIT_OK, "over the filing standard (100 %)", NULL);
    want(RUN("standards", "非法捕捞水产品罪", "--conduct", "2024-06-01", "--amount", "catch_weight=0.6吨"), XJ_EXIT_OK, "the kinds of this charge differ", NULL);
    want(RUN("standards", "污染环境罪", "--conduct", "2024-06-01", "--amount", "heavy_metal_exceed=2.5倍"), XJ_EXIT_OK, "near the filing standard (83 %)", NULL);
}

static void standards__answer_as_json(void **state)
{
    (void)state;
    want(RUN("--json", "standards", "诈骗罪", "--conduct", "2024-06-01", "--amount", "fraud_amount=5000元"), XJ_EXIT_OK, "\"outcome\": \"unknown\"", NULL);
    want(RUN("--json", "standards", "诈骗罪", "--conduct", "2024-06-01", "--amount", "fraud_amount=5000元"), XJ_EXIT_OK, "\"range\"", NULL);
    want(RUN("--json", "standards", "诈骗罪", "合同诈骗罪", "--conduct", "2024-06-01", "--amount", "fraud_amount=20000元"), XJ_EXIT_OK, "\"decided_by\": \"FS-018\"", NULL);
    want(RUN("--json", "standards", "--measures"), XJ_EXIT_OK, "\"illegal_gain\"", NULL);
}

static void standards__refuse_what_they_do_not_know(void **state)
{
    struct box *b = *state;
    want(RUN("standards"), XJ_EXIT_USAGE, NULL, "usage");
    want(RUN("standards", "商标"), XJ_EXIT_NOT_FOUND, NULL, "销售假冒注册商标的商品罪");
    want(RUN("standards", "诈骗罪", "--amount", "fraud=5元"), XJ_EXIT_USAGE, NULL, "no such measure");
    want(RUN("standards", "诈骗罪", "--amount", "fraud_amount"), XJ_EXIT_USAGE, NULL, "MEASURE=VALUE");
    want(RUN("standards", "诈骗罪", "--amount", "fraud_amount=5.5"), XJ_EXIT_USAGE, NULL, "unit fen");
    want(RUN("standards", "诈骗罪", "--amount", "fraud_amount=-5"), XJ_EXIT_USAGE, NULL, "unit fen");
    want(RUN("standards", "诈骗罪", "--amount", "fraud_amount=5吨"), XJ_EXIT_USAGE, NULL, "unit fen");
    want(RUN("standards", "诈骗罪", "--amount", "fraud_amount=999999999999999亿元"), XJ_EXIT_USAGE, NULL, "unit fen");
    want(RUN("standards", "诈骗罪", "--amount", "fraud_amount=9999999999999999"), XJ_EXIT_USAGE, NULL, "unit fen");
    want(RUN("standards", "诈骗罪", "--conduct", "2024-13"), XJ_EXIT_USAGE, NULL, "no date");
    want(RUN("standards", "诈骗罪", "--prior", "2024"), XJ_EXIT_USAGE, NULL, "no date");
    want(RUN("standards", "诈骗罪", "--standards", "/no/such.json"), XJ_EXIT_NOT_FOUND, NULL, "/no/such.json");
    write_file(b->file, "{\"name\":\"x\"}");
    want(RUN("standards", "诈骗罪", "--standards", b->file), XJ_EXIT_USAGE, NULL, "source: is missing");
}

static void standards_convert__writes_the_signed_form_and_says_its_digest(void **state)
{
    struct box *b = *state;
    struct xj_buf bytes;
    want(RUN("standards", "convert", XJ_SOURCE_DIR "/schema/standards/cn.json", b->file), XJ_EXIT_OK, "\n", NULL);
    assert_int_equal(xj_file_read(b->file, 1024 * 1024, &bytes), XJ_OK);
    assert_true(bytes.n > 10000 && bytes.p[0] == 0x97);
    xj_buf_free(&bytes);
    want(RUN("standards", "convert", "/no/such/file.json", b->file), XJ_EXIT_NOT_FOUND, NULL, "/no/such/file.json");
}

/* ---- procedure ---- */

static void procedure_check__accepts_the_referral_procedure(void **state)
{
    (void)state;
    want(RUN("procedure", "check", XJ_SOURCE_DIR "/schema/procedures/referral.yaml"), XJ_EXIT_OK, "transfer", NULL);
    want(RUN("--json", "procedure", "check", FIXTURES "small.yaml"), XJ_EXIT_OK, "\"ok\": true", NULL);
}

static void procedure_check__says_where_a_file_is_wrong(void **state)
{
    struct box *b = *state;
    write_file(b->file, "procedure: [not, a, procedure]\n");
    want(RUN("procedure", "check", b->file), XJ_EXIT_USAGE, "error 1 missing_key", NULL);
    want(RUN("--json", "procedure", "check", b->file), XJ_EXIT_USAGE, "\"ok\": false", NULL);
    want(RUN("procedure", "check", "/no/such/file.yaml"), XJ_EXIT_USAGE, NULL, "/no/such/file.yaml");
}

/* ---- what a peer chose, on a terminal ---- */

static void plain__leaves_no_character_that_steers_a_terminal(void **state)
{
    (void)state;
    json_t *v = json_pack("{s:s, s:[s, {s:s}], s:i}", "title", "\x1b[2J\xe6\xa0\x87\xe9\xa2\x98\x07", "list", "a\nb\tc", "\xc2\x9b" "31m",
                          "\xe2\x80\xae" "txt.exe", "n", 7);
    assert_non_null(v);
    assert_int_equal(xj_plain(v), XJ_OK);
    assert_string_equal(json_string_value(json_object_get(v, "title")), "\xef\xbf\xbd[2J\xe6\xa0\x87\xe9\xa2\x98\xef\xbf\xbd");
    const json_t *list = json_object_get(v, "list"), *inner = json_array_get(list, 1);
    assert_string_equal(json_string_value(json_array_get(list, 0)), "a\nb\tc");
    assert_int_equal(json_object_size(inner), 1);
    assert_string_equal(json_string_value(json_object_get(inner, "\xef\xbf\xbd" "31m")), "\xef\xbf\xbd" "txt.exe");
    assert_int_equal(json_integer_value(json_object_get(v, "n")), 7);
    json_decref(v);
}

static void plain__leaves_what_people_write_as_it_is(void **state)
{
    static const char *const texts[] = {"", "\xe6\xb5\x8e\xe5\xae\x81\xe5\xb8\x82", "\xc2\xa0\xc3\xa9", "\xe2\x80\x94 \xe2\x80\xa6 \xe2\x81\xb0", "\xf0\x9f\x98\x80"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        json_t *v = json_string(texts[i]);
        assert_int_equal(xj_plain(v), XJ_OK);
        assert_string_equal(json_string_value(v), texts[i]);
        json_decref(v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cli__without_a_command_is_wrong_use),
        cmocka_unit_test(cli__refuses_an_unknown_command),
        cmocka_unit_test(cli__help_goes_to_the_output_and_succeeds),
        cmocka_unit_test(cli__speaks_the_language_asked_for),
        cmocka_unit_test(cli__every_error_has_the_exit_code_of_its_kind),
        cmocka_unit_test(commands__without_a_data_directory_are_wrong_use),
        cmocka_unit_test_setup_teardown(commands__say_that_no_agent_answers, box_make, box_drop),
        cmocka_unit_test_setup_teardown(commands__refuse_wrong_arguments_before_they_ask_an_agent, box_make, box_drop),
        cmocka_unit_test(verify__wants_a_root_key_in_full),
        cmocka_unit_test(verify__of_no_file_finds_nothing),
        cmocka_unit_test_setup_teardown(verify__of_a_file_that_is_no_ledger_is_bad, box_make, box_drop),
        cmocka_unit_test_setup_teardown(calendar_due__rolls_over_the_spring_festival, box_make, box_drop),
        cmocka_unit_test_setup_teardown(calendar_due__rolls_the_last_day_of_months, box_make, box_drop),
        cmocka_unit_test_setup_teardown(calendar_due__counts_hours_through_holidays, box_make, box_drop),
        cmocka_unit_test_setup_teardown(calendar_due__counts_working_days_with_the_make_up_days, box_make, box_drop),
        cmocka_unit_test_setup_teardown(calendar_due__explains_itself_as_json, box_make, box_drop),
        cmocka_unit_test_setup_teardown(calendar_due__gives_no_date_past_the_calendar, box_make, box_drop),
        cmocka_unit_test_setup_teardown(calendar_due__refuses_what_is_no_date_or_limit, box_make, box_drop),
        cmocka_unit_test_setup_teardown(calendar_convert__writes_the_signed_form_and_says_its_digest, box_make, box_drop),
        cmocka_unit_test_setup_teardown(calendar_import__lays_a_notice_over_the_calendar, box_make, box_drop),
        cmocka_unit_test_setup_teardown(calendar_import__refuses_gaps_and_contradictions, box_make, box_drop),
        cmocka_unit_test_setup_teardown(standards__say_whether_an_amount_is_over_the_line_and_by_what, box_make, box_drop),
        cmocka_unit_test_setup_teardown(standards__reckon_with_penalties_units_and_kinds, box_make, box_drop),
        cmocka_unit_test_setup_teardown(standards__answer_as_json, box_make, box_drop),
        cmocka_unit_test_setup_teardown(standards__refuse_what_they_do_not_know, box_make, box_drop),
        cmocka_unit_test_setup_teardown(standards_convert__writes_the_signed_form_and_says_its_digest, box_make, box_drop),
        cmocka_unit_test(plain__leaves_no_character_that_steers_a_terminal),
        cmocka_unit_test(plain__leaves_what_people_write_as_it_is),
        cmocka_unit_test(procedure_check__accepts_the_referral_procedure),
        cmocka_unit_test_setup_teardown(procedure_check__says_where_a_file_is_wrong, box_make, box_drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
