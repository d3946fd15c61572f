/* How names in case files are read: spec/11-replay.md, section 3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agents/cli/replay_names.h"

static int alike(const char *a, const char *b)
{
    struct xj_org_name x, y;
    xj_org_name_read(a, &x);
    xj_org_name_read(b, &y);
    assert_int_equal(xj_org_alike(&x, &y), xj_org_alike(&y, &x));
    return xj_org_alike(&x, &y);
}

/* The parts of a string joined with '|', so that a test reads like the rule. */
static const char *split(const char *text, char out[2048])
{
    struct xj_org_name parts[XJ_NAME_PARTS];
    size_t n = xj_org_split(text, parts), at = 0;
    for (size_t i = 0; i < n; i++) {
        char one[XJ_NAME_BYTES];
        xj_org_name_text(&parts[i], one);
        at += (size_t)snprintf(out + at, 2048 - at, "%s%s", i > 0 ? "|" : "", one);
    }
    return out;
}

static enum xj_name_kind kind(const char *text, enum xj_actor_kind role)
{
    struct xj_org_name n;
    xj_org_name_read(text, &n);
    return xj_org_kind(&n, role);
}

static void name_alike__without_the_leading_place(void **state)
{
    (void)state;
    assert_true(alike("上海市松江区市场监督管理局", "松江区市场监督管理局") > 0);
    assert_true(alike("泰州市姜堰区农业委员会", "姜堰区农业委员会") > 0);
    assert_true(alike("延边州、珲春市检察院", "珲春市检察院") > 0);
    assert_int_equal(alike("甲市公安局", "甲市公安局"), 0);
}

static void name_alike__shortened(void **state)
{
    (void)state;
    assert_true(alike("枣庄市公安局峄城分局", "峄城分局") > 0);
    assert_true(alike("北京市国土资源局延庆分局", "国土延庆分局") > 0);
    assert_true(alike("北京市顺义区食品药品监督管理局", "顺义区食药监局") > 0);
    assert_true(alike("中国证券监督管理委员会", "中国证监会") > 0);
    assert_true(alike("青浦区人民法院（执行机关）", "青浦区法院") > 0);
    assert_true(alike("国家外汇管理局延边州分局", "外汇局延边州分局") > 0);
    assert_true(alike("工商行政管理局河西分局公平交易科", "工商河西分局") > 0);
    assert_true(alike("永康市市场监督管理部门", "永康市市场监管部门") > 0);
    assert_true(alike("江苏省版权局（版权执法部门）", "江苏版权执法部门") > 0);
    assert_true(alike("延边州检察机关", "延边州检察院") >= 0);
}

static void name_alike__keeps_units_apart(void **state)
{
    (void)state;
    assert_int_equal(alike("厦门市公安局", "厦门市公安局集美分局"), -1);
    assert_int_equal(alike("泰州市农业委员会", "泰州市姜堰区农业委员会"), -1);
    assert_int_equal(alike("珠海市检察院", "珠海市香洲区检察院"), -1);
    assert_int_equal(alike("国家外汇管理局", "国家外汇管理局贵州省分局"), -1);
    assert_int_equal(alike("国家外汇管理局同江市支局", "国家外汇管理局佳木斯市分局"), -1);
    assert_int_equal(alike("益阳市公安局资阳分局", "资阳分局马良派出所"), -1);
    assert_int_equal(alike("东莞市第一市区检察院", "东莞市检察院"), -1);
    assert_int_equal(alike("昆明市中级法院", "昆明市法院"), -1);
    assert_int_equal(alike("德清县环境保护局", "德清县环境保护监测站"), -1);
    assert_int_equal(alike("甲市公安局交警支队", "甲市公安局"), -1);
}

static void name_split__only_behind_an_organ(void **state)
{
    (void)state;
    char out[2048];
    assert_string_equal(split("资阳区应急管理局、经开区应急局与资阳分局马良派出所", out), "资阳区应急管理局|经开区应急局|资阳分局马良派出所");
    assert_string_equal(split("延边州、珲春市检察院与外汇局延边州分局", out), "延边州、珲春市检察院|外汇局延边州分局");
    assert_string_equal(split("北京市规划和国土资源管理委员会", out), "北京市规划和国土资源管理委员会");
    assert_string_equal(split("旺苍县人力资源和社会保障局", out), "旺苍县人力资源和社会保障局");
    assert_string_equal(split("浙江省海洋与渔业执法总队", out), "浙江省海洋与渔业执法总队");
    assert_string_equal(split("检察院、法院、司法局、生态环境局、市场监管局等", out), "检察院|法院|司法局|生态环境局|市场监管局");
    assert_string_equal(split("水利、生态环境部门", out), "水利、生态环境部门");
    assert_string_equal(split("慈溪市应急管理局联合市检察院", out), "慈溪市应急管理局|市检察院");
    assert_string_equal(split("行政机关（化妆品监管、未载明名称）", out), "行政机关");
}

static void name_split__leaves_out_what_is_no_organ(void **state)
{
    (void)state;
    char out[2048];
    assert_string_equal(split("泉港区检察院与安监、公安", out), "泉港区检察院");
    assert_string_equal(split("无锡检察、公安、版权执法", out), "无锡检察、公安、版权执法");
    assert_string_equal(split("", out), "");
    assert_string_equal(split("、、与", out), "、、与");
}

static void name_split__never_gives_more_than_a_header_holds(void **state)
{
    (void)state;
    char text[4096] = "", out[2048];
    struct xj_org_name parts[XJ_NAME_PARTS];
    for (int i = 0; i < 60; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "第%d区公安局、", i);
    assert_int_equal(xj_org_split(text, parts), XJ_NAME_PARTS);
    assert_non_null(split(text, out));
}

static void name_kind__knows_generic_names_persons_and_branches(void **state)
{
    (void)state;
    assert_int_equal(kind("公安机关", XJ_ACTOR_POLICE), XJ_NAME_GENERIC);
    assert_int_equal(kind("", XJ_ACTOR_POLICE), XJ_NAME_GENERIC);
    assert_int_equal(kind("检察院", XJ_ACTOR_PROCURATORATE), XJ_NAME_GENERIC);
    assert_int_equal(kind("司法机关", XJ_ACTOR_PROCURATORATE), XJ_NAME_GENERIC);
    assert_int_equal(kind("相关行政机关", XJ_ACTOR_BUREAU), XJ_NAME_GENERIC);
    assert_int_equal(kind("执法人员", XJ_ACTOR_BUREAU), XJ_NAME_GENERIC);
    assert_int_equal(kind("税务部门", XJ_ACTOR_BUREAU), XJ_NAME_BRANCH);
    assert_int_equal(kind("仁怀市市场监督管理部门", XJ_ACTOR_BUREAU), XJ_NAME_ORGAN);
    assert_int_equal(kind("局长副局长", XJ_ACTOR_BUREAU), XJ_NAME_PERSON);
    assert_int_equal(kind("段某某", XJ_ACTOR_BUREAU), XJ_NAME_PERSON);
    assert_int_equal(kind("松江公安分局", XJ_ACTOR_POLICE), XJ_NAME_ORGAN);
    assert_int_equal(kind("省市县检察院", XJ_ACTOR_PROCURATORATE), XJ_NAME_ORGAN);
}

static void name_alike__bears_names_without_end(void **state)
{
    (void)state;
    char text[6000] = "";
    for (int i = 0; i < 900; i++)
        memcpy(text + 6 * i, "长的", 6);
    assert_true(alike(text, "公安局") < 0);
    assert_int_equal(alike(text, text), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_alike__without_the_leading_place),
        cmocka_unit_test(name_alike__shortened),
        cmocka_unit_test(name_alike__keeps_units_apart),
        cmocka_unit_test(name_split__only_behind_an_organ),
        cmocka_unit_test(name_split__leaves_out_what_is_no_organ),
        cmocka_unit_test(name_split__never_gives_more_than_a_header_holds),
        cmocka_unit_test(name_kind__knows_generic_names_persons_and_branches),
        cmocka_unit_test(name_alike__bears_names_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
