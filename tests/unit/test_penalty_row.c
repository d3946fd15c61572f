/* Rows of a list of penalty decisions: columns by any of their names, what each becomes, what a row is known by, what is refused.
 * Spec: spec/15-penalty-records.md, sections 1 to 4; spec/10-api.md, 3a. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/cli/penalty_papers.h"
#include "schema/base/civil.h"
#include "schema/base/file.h"
#include "schema/trust/register.h"

#define AGENCY "370881-scjgj"

struct reading {
    struct xj_penalty_import import;
    struct xj_notes errors, warnings;
    struct xj_rows *rows;
    struct xj_penalty_row row;
    json_t *names;
    size_t good; /* rows */
};

/* Reads a whole file; row is the last that was sound. */
static struct reading *read_file(const char *text)
{
    struct reading *r = calloc(1, sizeof *r);
    assert_non_null(r);
    struct xj_penalty_row row;
    bool sound;
    r->names = json_pack("[s, s]", "曲阜市市场监管局", "曲阜市市场监督管理局");
    r->import.agency = AGENCY;
    r->import.names = r->names;
    r->import.today = xj_days_from_civil((struct xj_civil){2026, 11, 24});
    r->import.drafted_by = "甲";
    r->import.approved_by = "乙";
    assert_int_equal(xj_rows_open(xj_slice_cstr(text), XJ_CSV_GUESS, xj_penalty_column, &r->import.table, &r->errors, &r->rows), XJ_OK);
    while (xj_rows_next(r->rows, &sound)) {
        const enum xj_err err = sound ? xj_penalty_row(&r->import, r->rows, &r->errors, &r->warnings, &row) : XJ_EMALFORMED;
        assert_true(err == XJ_OK || err == XJ_EMALFORMED);
        if (err != XJ_OK)
            continue;
        xj_penalty_row_free(&r->row);
        r->row = row;
        r->good++;
    }
    assert_int_equal(xj_rows_err(r->rows), XJ_OK);
    return r;
}

static void drop(struct reading *r)
{
    xj_penalty_row_free(&r->row);
    xj_notes_free(&r->errors);
    xj_notes_free(&r->warnings);
    xj_rows_close(r->rows);
    json_decref(r->names);
    free(r);
}

static const json_t *body(const struct reading *r)
{
    return json_object_get(r->row.request, "body");
}

static void text_is(const json_t *object, const char *key, const char *want)
{
    const char *got = json_string_value(json_object_get(object, key));
    if ((got == NULL) != (want == NULL) || (got != NULL && strcmp(got, want) != 0))
        fail_msg("%s is %s", key, got != NULL ? got : "not there");
}

static void number_is(const json_t *object, const char *key, json_int_t want)
{
    assert_true(json_is_integer(json_object_get(object, key)));
    assert_int_equal(json_integer_value(json_object_get(object, key)), want);
}

static void json_is(const json_t *value, const char *want)
{
    json_t *wanted = json_loads(want, JSON_DECODE_ANY, NULL);
    assert_non_null(wanted);
    if (!json_equal(value, wanted))
        fail_msg("%s", json_dumps(value, JSON_ENCODE_ANY));
    json_decref(wanted);
}

#define MUST "行政相对人名称,决定书文号,处罚决定日期"
#define LEAST "曲阜某公司,曲市监处罚〔2026〕12号,2026-03-02"

/* ---- what a row becomes ---- */

static void row__becomes_a_late_entry_with_all_its_fields(void **state)
{
    (void)state;
    struct reading *r = read_file(
        "CF_XDR_MC,CF_XDR_LB,CF_XDR_SHXYM,CF_XDR_GSZC,CF_XDR_ZZJG,CF_FRDB,CF_FR_ZJLX,CF_FR_SFZH,CF_WSH,CF_WFXW,CF_SY,CF_YJ,CF_CFLB,CF_NR,CF_NR_FK,CF_NR_WFFF,"
        "CF_NR_ZKDX,CF_JDRQ,CF_YXQ,CF_GSJZQ,CF_CFJG,CF_CFJGDM,CF_SJLY,CF_SJLYDM,BZ,行为日,案件地点,涉案物品,鉴定文号,罚款下限,裁量等次,裁量基准,不罚轻罚,减免金额,是否集体讨论,"
        "情节是否严重,执法人员及证号,委托书文号,涉嫌罪名,金额:value_of_goods,金额：sales_amount（万元）,数量:basic_farmland:mu/100\n"
        "曲阜某公司,法人,９１１１００００１０１６２３７４１k,3708001,12345678-9,孔某,身份证,11010519491231002x,曲市监处罚〔2026〕12号,无照经营,事实,依据,警告、罚款,罚500元,0.05,0.000001,"
        "许可证1号,2026/3/2,2027-03-01,2029年3月2日,曲阜市市场监管局,91110000101623741K,市局,91110000101623741K,备注一,2026年2月至2026年3月1日,东街,假酒,检字1号,1000.5,较轻,基准1,从轻处罚,20,是,"
        "否,张三（鲁1）、李四(鲁2),委1号;委2号,销售伪劣产品罪、非法经营罪,100,0.01,7\n");
    if (r->errors.total > 0)
        fail_msg("row %d, %s: %s", (int)r->errors.list[0].row, r->errors.list[0].column, r->errors.list[0].en);
    assert_int_equal(r->good, 1);
    assert_int_equal(r->warnings.total, 0);
    text_is(r->row.request, "act", "penalty_decided");
    text_is(r->row.request, "mode", "late_entry");
    text_is(r->row.request, "occurred", "2026-03-02");
    assert_true(json_is_null(json_object_get(r->row.request, "case")));
    json_is(json_object_get(r->row.request, "subjects"), "[{\"party\":\"new:1\",\"charge\":null}]");
    assert_int_equal(json_array_size(json_object_get(r->row.request, "refs")), 2);
    const json_t *b = body(r), *p = json_object_get(b, "penalty");
    json_is(json_object_get(b, "parties"), "[{\"id\":null,\"kind\":\"unit\",\"name\":\"曲阜某公司\",\"identity\":[{\"kind\":\"uscc\",\"number\":\"91110000101623741K\"},"
                                           "{\"kind\":\"reg_no\",\"number\":\"3708001\"},{\"kind\":\"other\",\"number\":\"12345678-9\"}]}]");
    json_is(json_object_get(b, "amounts"), "[{\"name\":\"value_of_goods\",\"value\":10000,\"unit\":\"fen\"},{\"name\":\"sales_amount\",\"value\":10000,\"unit\":\"fen\"},"
                                           "{\"name\":\"basic_farmland\",\"value\":7,\"unit\":\"mu/100\"}]");
    json_is(json_object_get(b, "officers"), "[[\"张三\",\"鲁1\"],[\"李四\",\"鲁2\"]]");
    json_is(json_object_get(b, "charges"), "[{\"id\":null,\"name\":\"销售伪劣产品罪\",\"code\":\"\"},{\"id\":null,\"name\":\"非法经营罪\",\"code\":\"\"}]");
    json_is(json_object_get(b, "penalty_kinds"), "[\"警告\",\"罚款\"]");
    json_is(json_object_get(b, "documents"), "[\"曲市监处罚〔2026〕12号\"]");
    text_is(b, "title", "曲阜某公司无照经营案");
    text_is(b, "facts", "事实");
    text_is(b, "note", "备注一");
    text_is(b, "source", "曲市监处罚〔2026〕12号");
    text_is(b, "drafted_by", "甲");
    text_is(b, "approved_by", "乙");
    number_is(b, "fine", 50000);
    json_is(p, "{\"number\":\"曲市监处罚〔2026〕12号\",\"violation\":\"无照经营\",\"basis\":\"依据\",\"content\":\"罚500元\",\"confiscated\":1,\"permit\":\"许可证1号\","
               "\"valid_until\":\"2027-03-01\",\"shown_until\":\"2029-03-02\",\"authority\":\"曲阜市市场监管局\",\"authority_code\":\"91110000101623741K\","
               "\"reporter\":\"市局\",\"reporter_code\":\"91110000101623741K\",\"representative\":\"孔某\",\"representative_document\":\"身份证\","
               "\"representative_number\":\"11010519491231002X\",\"conduct\":\"2026-02/2026-03-01\",\"place\":\"东街\",\"goods\":\"假酒\",\"appraisal\":\"检字1号\","
               "\"minimum\":100050,\"grade\":\"较轻\",\"grade_basis\":\"基准1\",\"lenient\":\"lighter\",\"reduced\":2000,\"discussed\":true,\"serious\":false,"
               "\"appraised\":true}");
    drop(r);
}

static void row__entrustments_are_the_ids_of_the_register(void **state)
{
    (void)state;
    struct reading *r = read_file(MUST ",委托书文号\n" LEAST ",委〔2026〕1号\n");
    char hex[33], want[XJ_ID_TEXT];
    struct xj_id id;
    xj_reg_paired_id("entrustment", xj_slice_cstr(AGENCY), xj_slice_cstr("委〔2026〕1号"), hex);
    assert_true(xj_unhex(hex, id.b, sizeof id.b));
    xj_id_format(&id, want);
    assert_string_equal(json_string_value(json_array_get(json_object_get(r->row.request, "refs"), 0)), want);
    drop(r);
}

static void no_penalty_is(const char *columns, const char *cells, bool want)
{
    struct xj_buf text;
    xj_buf_init(&text, 4096);
    xj_buf_addf(&text, MUST ",%s\n" LEAST ",%s\n", columns, cells);
    struct reading *r = read_file(xj_buf_cstr(&text));
    assert_int_equal(r->good, 1);
    text_is(r->row.request, "act", want ? "no_penalty" : "penalty_decided");
    if (want)
        text_is(json_object_get(body(r), "penalty"), "lenient", "no_penalty");
    assert_string_equal(xj_penalty_paper_kind(&r->row), want ? "no_penalty_decision" : "penalty_decision");
    drop(r);
    xj_buf_free(&text);
}

static void row__without_a_penalty_is_another_act(void **state)
{
    (void)state;
    no_penalty_is("处罚类别", "不予行政处罚", true);
    no_penalty_is("不罚轻罚", "不予处罚", true);
    no_penalty_is("处罚类别,不罚轻罚", "不予处罚,不罚", true);
    no_penalty_is("罚款金额（元）,不罚轻罚", "0,不罚", true);
    no_penalty_is("不罚轻罚", "减轻处罚", false);
    no_penalty_is("处罚类别", "警告", false);
}

static void party_is(const char *columns, const char *cells, const char *kind, const char *identities, size_t warnings)
{
    struct xj_buf text;
    xj_buf_init(&text, 4096);
    xj_buf_addf(&text, MUST ",违法行为类型,%s\n" LEAST ",无照经营,%s\n", columns, cells);
    struct reading *r = read_file(xj_buf_cstr(&text));
    const json_t *party = json_array_get(json_object_get(body(r), "parties"), 0);
    text_is(party, "kind", kind);
    json_is(json_object_get(party, "identity"), identities);
    assert_int_equal(r->warnings.total, warnings);
    drop(r);
    xj_buf_free(&text);
}

static void row__tells_people_from_units(void **state)
{
    (void)state;
    party_is("行政相对人类别", "法人及非法人组织", "unit", "[]", 0);
    party_is("行政相对人类别,统一社会信用代码", "个体工商户,91110000101623741K", "person", "[{\"kind\":\"uscc\",\"number\":\"91110000101623741K\"}]", 0);
    party_is("统一社会信用代码", "91110000101623741K", "unit", "[{\"kind\":\"uscc\",\"number\":\"91110000101623741K\"}]", 0);
    party_is("证件类型,证件号码", "护照,e123", "person", "[{\"kind\":\"passport\",\"number\":\"E123\"}]", 0);
    party_is("证件号码", "440524188001010014", "person", "[{\"kind\":\"id_card\",\"number\":\"440524188001010014\"}]", 0);
    party_is("证件号码", "军1234", "person", "[{\"kind\":\"other\",\"number\":\"军1234\"}]", 0);
    party_is("备注", "无号码", "person", "[]", 1);
}

static void row__codes_whose_check_fails_are_a_warning(void **state)
{
    (void)state;
    party_is("统一社会信用代码", "91310115MA1H8R7C6D", "unit", "[{\"kind\":\"uscc\",\"number\":\"91310115MA1H8R7C6D\"}]", 1);
    party_is("行政相对人类别,法定代表人证件号码", "法人,440524188001010015", "unit", "[]", 1);
    party_is("行政相对人类别,法定代表人证件号码", "法人,440524188001010014", "unit", "[]", 0);
    party_is("证件类型,证件号码", "居民身份证,440524188001010015", "person", "[{\"kind\":\"id_card\",\"number\":\"440524188001010015\"}]", 1);
}

/* ---- what it is known by ---- */

static void id__is_that_of_the_specification(void **state)
{
    (void)state;
    char text[XJ_ID_TEXT];
    struct xj_id id = xj_penalty_id(AGENCY, "曲市监处罚〔2026〕12号", 1, 1);
    xj_id_format(&id, text);
    assert_string_equal(text, "df833cbc-9bac-5549-b0ed-3d93c51cbc5e");
    id = xj_penalty_id(AGENCY, "曲市监处罚〔2026〕12号", 2, 1);
    xj_id_format(&id, text);
    assert_string_equal(text, "b5e0ad56-b425-510d-a407-89ee7649eab6");
}

static struct xj_hash digest_of(const char *text)
{
    struct reading *r = read_file(text);
    if (r->good != 1)
        fail_msg("%s: %s", text, r->errors.total > 0 ? r->errors.list[0].en : "no row");
    const struct xj_hash digest = r->row.digest;
    drop(r);
    return digest;
}

/* The canonical array, made by hand: [["CF_JDRQ","2026-03-02"],["CF_NR_FK","50000"],["CF_WSH","1号"],["CF_XDR_MC","甲"]]. */
static void digest__is_that_of_the_specification(void **state)
{
    (void)state;
    static const char bytes[] = "\x94\x92\xA7" "CF_JDRQ\xAA" "2026-03-02\x92\xA8" "CF_NR_FK\xA5" "50000\x92\xA6" "CF_WSH\xA4" "1号\x92\xA9" "CF_XDR_MC\xA3" "甲";
    const struct xj_hash want = xj_digest("xianjie/1 penalty row", xj_slice_of(bytes, sizeof bytes - 1));
    const struct xj_hash got = digest_of("CF_XDR_MC,CF_WSH,CF_JDRQ,CF_NR_FK\n甲,1号,20260302,0.05\n");
    assert_true(xj_hash_eq(&got, &want));
}

static void digest__is_one_however_the_row_is_written(void **state)
{
    (void)state;
    static const char *const same[] = {
        MUST ",罚款金额（万元）,是否集体讨论,执法人员及证号,法定代表人\n" LEAST ",0.05,是,张三（1）、李四（2）,孔某\n",
        "x_甲,CF_FDDB,执法人员及证号,是否集体讨论,罚款金额(元),CF_JDRQ,CF_WSH,CF_XDR_MC\r\n乙,孔某,\"张三:1\n李四:2\",1,500.00,2026年3月2日,曲市监处罚〔2026〕12号, 曲阜某公司\xE3\x80\x80\r\n",
        "[{\"CF_NR_FK\":\"0.05\",\"CF_JDRQ\":20260302,\"决定书文号\":\"曲市监处罚〔2026〕12号\",\"行政相对人名称\":\"曲阜某公司\",\"是否集体讨论\":true,"
        "\"执法人员及证号\":\"张三(1);李四(2)\",\"CF_FRDB\":\"孔某\",\"备注\":null,\"案件地点\":\"无\"}]",
    };
    static const char *const others[] = {
        MUST ",罚款金额（万元）,是否集体讨论,执法人员及证号,法定代表人\n" LEAST ",0.06,是,张三（1）、李四（2）,孔某\n",
        MUST ",罚款金额（万元）,是否集体讨论,执法人员及证号,法定代表人\n" LEAST ",0.05,是,李四（2）、张三（1）,孔某\n",
        MUST ",罚款金额（万元）,是否集体讨论,执法人员及证号,数据来源单位\n" LEAST ",0.05,是,张三（1）、李四（2）,孔某\n",
    };
    const struct xj_hash first = digest_of(same[0]);
    for (size_t i = 1; i < sizeof same / sizeof same[0]; i++) {
        const struct xj_hash other = digest_of(same[i]);
        assert_true(xj_hash_eq(&first, &other));
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const struct xj_hash other = digest_of(others[i]);
        assert_false(xj_hash_eq(&first, &other));
    }
}

/* ---- what is refused ---- */

/* The only error, at that row and column (NULL: the row), with that in its English text. */
static void refuses(const char *text, uint64_t row, const char *column, const char *why)
{
    struct reading *r = read_file(text);
    const struct xj_note *n = r->errors.list;
    const bool hit = r->errors.total == 1 && n->row == row && (n->column == NULL) == (column == NULL) && (column == NULL || strcmp(n->column, column) == 0) &&
                     strstr(n->en, why) != NULL && n->zh[0] != '\0';
    if (!hit)
        fail_msg("%d errors of %s; the first: row %d, %s: %s", (int)r->errors.total, text, r->errors.total > 0 ? (int)n->row : 0,
                 r->errors.total > 0 && n->column != NULL ? n->column : "", r->errors.total > 0 ? n->en : "");
    drop(r);
}

static void columns__unknown_double_and_without_a_unit_are_refused(void **state)
{
    (void)state;
    refuses(MUST ",颜色\n" LEAST ",红\n", 1, "颜色", "no such column");
    refuses(MUST ",CF_WSH\n" LEAST ",1号\n", 1, "CF_WSH", "twice");
    refuses(MUST ",罚款金额\n" LEAST ",1\n", 1, "罚款金额", "unit");
    refuses(MUST ",违法行为类型（元）\n" LEAST ",1\n", 1, "违法行为类型（元）", "no such column");
    refuses(MUST ",金额:Gewinn\n" LEAST ",1\n", 1, "金额:Gewinn", "no such column");
    refuses(MUST ",金额:a,金额:a(万元)\n" LEAST ",1,2\n", 1, "金额:a(万元)", "twice");
    refuses(MUST ",数量:a\n" LEAST ",1\n", 1, "数量:a", "no such column");
    struct reading *r = read_file(MUST ",x_颜色,\n" LEAST ",红,\n");
    assert_int_equal(r->errors.total, 0);
    assert_int_equal(r->good, 1);
    drop(r);
}

static void rows__ragged_ones_are_refused_and_empty_ones_left_out(void **state)
{
    (void)state;
    refuses(MUST "\n" LEAST "\n曲阜某公司,2号\n", 3, NULL, "2 fields where there are 3 names");
    refuses(MUST "\n" LEAST ",x\n", 2, NULL, "field 4 has no name");
    struct reading *r = read_file(MUST "\n\n,,\n" LEAST ",,,\n\n  ,\xE3\x80\x80,\n");
    assert_int_equal(r->errors.total, 0);
    assert_int_equal(r->good, 1);
    assert_int_equal(r->row.row, 4);
    drop(r);
}

static void cells__are_refused_by_row_and_column(void **state)
{
    (void)state;
    refuses(MUST "\n" LEAST "\n,3号,2026-03-02\n", 3, "行政相对人名称", "empty");
    refuses(MUST "\n甲,3号,2026-02-30\n", 2, "处罚决定日期", "no date");
    refuses(MUST "\n甲,3号,2026-11-25\n", 2, "处罚决定日期", "after today");
    refuses(MUST ",罚款金额（元）\n" LEAST ",1.005\n", 2, "罚款金额（元）", "finer than a fen");
    refuses(MUST ",CF_NR_FK\n" LEAST ",一万\n", 2, "CF_NR_FK", "no sum of money");
    refuses(MUST ",行为日\n" LEAST ",去年\n", 2, "行为日", "no days");
    refuses(MUST ",是否鉴定\n" LEAST ",也许\n", 2, "是否鉴定", "yes or no");
    refuses(MUST ",不罚轻罚\n" LEAST ",从重\n", 2, "不罚轻罚", "must be");
    refuses(MUST ",处罚类别,不罚轻罚\n" LEAST ",不予处罚,从轻\n", 2, "不罚轻罚", "contradicts");
    refuses(MUST ",不罚轻罚,罚款金额（元）\n" LEAST ",不予处罚,1\n", 2, "罚款金额（元）", "no penalty");
    refuses(MUST ",执法人员及证号\n" LEAST ",张三\n", 2, "执法人员及证号", "certificate number");
    refuses(MUST ",处罚机关\n" LEAST ",邹城市市场监督管理局\n", 2, "处罚机关", "not this agency");
    refuses(MUST ",平台案件编号\n" LEAST ",12\n", 2, "平台案件编号", "no id of a case");
    refuses(MUST ",同号序号\n" LEAST ",0\n", 2, "同号序号", "1 to 99");
    refuses(MUST "\n甲,\"3\n号\",2026-03-02\n", 2, "决定书文号", "control characters");
    refuses("行政相对人名称,处罚决定日期\n甲,2026-03-02\n乙,2026-03-02\n", 2, "行政处罚决定书文号", "missing"); /* told once */
}

static void rows__all_errors_of_a_row_are_told(void **state)
{
    (void)state;
    struct reading *r = read_file(MUST ",罚款金额（元）,是否鉴定\n甲,,昨天,一,也许\n" LEAST ",,\n");
    assert_int_equal(r->errors.total, 4);
    assert_int_equal(r->good, 1);
    drop(r);
}

static void json__that_is_no_array_of_objects_is_refused(void **state)
{
    (void)state;
    refuses("[{\"CF_XDR_MC\":\"甲\",\"CF_WSH\":\"1\",\"CF_JDRQ\":\"2026-03-02\"},\n{\"CF_XDR_MC\":]", 2, NULL, "line 2");
    refuses("[{\"CF_XDR_MC\":\"甲\",\"CF_WSH\":\"1\",\"CF_JDRQ\":\"2026-03-02\"}] x", 2, NULL, "line 1");
    refuses("[{\"CF_XDR_MC\":\"甲\",\"CF_WSH\":\"1\",\"CF_JDRQ\":\"2026-03-02\"} {}]", 2, NULL, "line 1");
    refuses("[{\"CF_XDR_MC\":\"甲\",\"CF_WSH\":\"1\",\"CF_JDRQ\":\"2026-03-02\"},]", 2, NULL, "line 1");
    refuses("[[\"甲\"]]", 1, NULL, "no object");
    refuses("[{\"CF_XDR_MC\":\"甲\",\"CF_WSH\":\"1\",\"CF_JDRQ\":\"2026-03-02\",\"CF_NR_FK\":0.05}]", 1, "CF_NR_FK", "fraction");
    refuses("[{\"CF_XDR_MC\":\"甲\",\"CF_WSH\":\"1\",\"决定书文号\":\"2\",\"CF_JDRQ\":\"2026-03-02\"}]", 1, "决定书文号", "twice");
    refuses("\xFF\xFE[\0", 0, NULL, "UTF-16");
    struct reading *r = read_file("\xEF\xBB\xBF [ ]\n");
    assert_int_equal(r->errors.total + r->good, 0);
    drop(r);
}

/* ---- papers ---- */

static void paper_name__maps_what_no_file_name_may_hold(void **state)
{
    (void)state;
    struct xj_buf name;
    xj_buf_init(&name, 256);
    xj_penalty_paper_name(".鲁/a\\b:c*d?e\"f<g>h|i\tj.号", 1, &name);
    assert_string_equal(xj_buf_cstr(&name), "_鲁_a_b_c_d_e_f_g_h_i_j.号");
    xj_buf_reset(&name);
    xj_penalty_paper_name("1号", 2, &name);
    assert_string_equal(xj_buf_cstr(&name), "1号-2");
    xj_buf_free(&name);
}

static void put(const char *dir, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr(text), 0600), XJ_OK);
}

static void papers__make_an_act_live(void **state)
{
    (void)state;
    char dir[] = "/tmp/xj-test-papers-XXXXXX", path[64];
    struct xj_penalty_papers *p = NULL;
    struct xj_notes errors = {.list = NULL};
    struct xj_buf text;
    xj_buf_init(&text, 1024);
    assert_non_null(mkdtemp(dir));
    put(dir, "1_号.pdf", "x");
    put(dir, "2号.pdf", "x");
    put(dir, "2号.docx", "x");
    assert_int_equal(xj_penalty_papers_open(dir, &p, &text), XJ_OK);
    struct reading *r = read_file(MUST "\n甲,1/号,2026-03-02\n");
    assert_true(xj_penalty_papers_check(p, &r->row, &errors));
    assert_int_equal(xj_penalty_papers_add(p, &r->row), XJ_OK);
    text_is(r->row.request, "mode", "live");
    text_is(body(r), "source", NULL);
    json_is(json_object_get(r->row.request, "papers"), "[{\"kind\":\"penalty_decision\",\"name\":\"1_号.pdf\",\"media_type\":\"application/pdf\",\"content_base64\":\"eA==\"}]");
    drop(r);
    assert_int_equal(errors.total, 0);
    r = read_file(MUST "\n甲,1:号,2026-03-02\n");
    r->row.row = 9;
    assert_false(xj_penalty_papers_check(p, &r->row, &errors)); /* another number, the same file */
    assert_int_equal(errors.total, 1);
    assert_non_null(strstr(errors.list[0].en, "row 2"));
    drop(r);
    r = read_file(MUST "\n甲,2号,2026-03-02\n");
    assert_false(xj_penalty_papers_check(p, &r->row, &errors)); /* two files */
    assert_int_equal(errors.total, 2);
    drop(r);
    r = read_file(MUST "\n甲,3号,2026-03-02\n");
    assert_false(xj_penalty_papers_check(p, &r->row, &errors)); /* none */
    assert_int_equal(errors.total, 2);
    assert_int_equal(xj_penalty_papers_add(p, &r->row), XJ_OK);
    text_is(r->row.request, "mode", "late_entry");
    drop(r);
    xj_penalty_papers_close(p);
    xj_notes_free(&errors);
    static const char *const made[] = {"1_号.pdf", "2号.pdf", "2号.docx"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, made[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(dir), 0);
    assert_int_not_equal(xj_penalty_papers_open(dir, &p, &text), XJ_OK);
    xj_buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(row__becomes_a_late_entry_with_all_its_fields),
        cmocka_unit_test(row__entrustments_are_the_ids_of_the_register),
        cmocka_unit_test(row__without_a_penalty_is_another_act),
        cmocka_unit_test(row__tells_people_from_units),
        cmocka_unit_test(row__codes_whose_check_fails_are_a_warning),
        cmocka_unit_test(id__is_that_of_the_specification),
        cmocka_unit_test(digest__is_that_of_the_specification),
        cmocka_unit_test(digest__is_one_however_the_row_is_written),
        cmocka_unit_test(columns__unknown_double_and_without_a_unit_are_refused),
        cmocka_unit_test(rows__ragged_ones_are_refused_and_empty_ones_left_out),
        cmocka_unit_test(cells__are_refused_by_row_and_column),
        cmocka_unit_test(rows__all_errors_of_a_row_are_told),
        cmocka_unit_test(json__that_is_no_array_of_objects_is_refused),
        cmocka_unit_test(paper_name__maps_what_no_file_name_may_hold),
        cmocka_unit_test(papers__make_an_act_live),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
