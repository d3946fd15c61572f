/* Plans of case files: the published ones checked by hand against their sources, and odd ones nobody has published.
 * Spec: spec/11-replay.md, sections 3 and 4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agents/cli/replay_plan.h"
#include "tests/procedures/fixture.h"

#define PUBLISHED XJ_SOURCE_DIR "/tests/cases/published/"

struct law {
    struct xj_model *model;
    struct xj_replay_table *table;
};

static int load(void **state)
{
    struct law *law = calloc(1, sizeof *law);
    assert_non_null(law);
    struct xj_buf bytes = compiled_file(REFERRAL_YAML), yaml = read_text(REPLAY_YAML);
    assert_int_equal(xj_model_decode(xj_buf_slice(&bytes), &law->model), XJ_OK);
    assert_int_equal(xj_replay_table_read(xj_buf_slice(&yaml), law->model, &law->table, NULL), XJ_OK);
    xj_buf_free(&bytes);
    xj_buf_free(&yaml);
    *state = law;
    return 0;
}

static int unload(void **state)
{
    struct law *law = *state;
    xj_replay_table_free(law->table);
    xj_model_free(law->model);
    free(law);
    return 0;
}

static const char *name_of(const struct xj_replay_plan *p, size_t agency)
{
    const struct xj_cast_agency *a = &p->cast.agencies[agency];
    return a->standing ? xj_actor_role(a->role) : a->name;
}

/* One line an event: seq, act, doer, +joint, >principal, cc copy, {kind party}. */
static void write_plan(const struct law *law, const struct xj_replay_plan *p, struct xj_buf *out)
{
    for (size_t i = 0; i < p->intent_count; i++) {
        const struct xj_replay_intent *in = &p->intents[i];
        xj_buf_addf(out, "%lld %s%s %s", (long long)p->source->events[in->event].seq, law->model->acts[in->act].name.id,
                    in->note ? "(note)" : "", name_of(p, in->doer));
        for (size_t k = 0; k < in->joint_count; k++)
            xj_buf_addf(out, " +%s", name_of(p, in->joint[k]));
        for (size_t k = 0; k < in->principal_count; k++)
            xj_buf_addf(out, " >%s", name_of(p, in->principals[k]));
        for (size_t k = 0; k < in->copy_count; k++)
            xj_buf_addf(out, " cc %s", name_of(p, in->copies[k]));
        for (size_t k = 0; k < in->subject_count; k++)
            xj_buf_addf(out, " {%s %s}", p->parties[in->subjects[k]].kind, p->parties[in->subjects[k]].label);
        xj_buf_add_str(out, "\n");
    }
}

static void assert_plan(const struct law *law, const struct xj_replay_case *c, const char *expected)
{
    struct xj_replay_plan p;
    struct xj_buf got;
    xj_buf_init(&got, 256 * 1024);
    assert_int_equal(xj_replay_plan_make(c, law->table, &p, NULL), XJ_OK);
    write_plan(law, &p, &got);
    assert_string_equal(xj_buf_cstr(&got), expected);
    xj_buf_free(&got);
    xj_replay_plan_free(&p);
}

static void assert_plan_of(void **state, const char *json, const char *expected)
{
    struct xj_replay_case c;
    struct xj_buf text;
    xj_buf_init(&text, 4096);
    if (xj_replay_read(xj_slice_cstr(json), "test", &c, &text) != XJ_OK)
        fail_msg("%s", xj_buf_cstr(&text));
    assert_plan(*state, &c, expected);
    xj_replay_case_free(&c);
    xj_buf_free(&text);
}

static const struct {
    const char *id, *plan;
} checked[] = {
    /* transfer, filed, sent on; two bureaus of one line of work kept apart */
    {"22-jl062-jiangyan-pesticide",
     "1 transfer 泰州市姜堰区农业委员会 >姜堰区公安局 cc 姜堰区检察院\n"
     "2 filed 姜堰区公安局 cc 姜堰区检察院\n"
     "3 expert_opinion 泰州市农业委员会\n"
     "4 disposal_note 泰州市姜堰区农业委员会\n"
     "5 sent_for_prosecution 姜堰区公安局 >姜堰区检察院\n"
     "6 prosecuted 姜堰区检察院 >姜堰区法院\n"
     "7 judged 姜堰区法院\n"},
    /* a court under bureaus[]; reports and applications recorded by police and procuratorate */
    {"27-jl092-qingpu-refuse-judgment",
     "1 disposal_note 青浦区人民法院\n"
     "2 disposal_note 青浦区人民法院\n"
     "3 report 青浦公安分局\n"
     "4 not_filed 青浦公安分局 cc 青浦区检察院\n"
     "5 supervision_applied 青浦区检察院\n"
     "6 explanation_requested 青浦区检察院 >青浦公安分局\n"
     "7 explanation_given 青浦公安分局\n"
     "8 notice_to_file 青浦区检察院 >青浦公安分局\n"
     "9 filed_after_notice 青浦公安分局 cc 青浦区检察院\n"
     "10 coercive_measure 青浦公安分局 {person 吕某}\n"
     "11 disposal_note(note) 青浦公安分局\n"
     "12 released 青浦公安分局 {person 吕某}\n"
     "13 prosecuted 青浦区检察院 >青浦区人民法院\n"
     "14 judged 青浦区人民法院\n"},
    /* the receiving bureau of police and its branch are two; 公安机关 is a third where there are two */
    {"08-ip-xiamen-pientzehuang",
     "1 clue 福建省药品监督管理局厦门药品稽查办公室 >厦门市公安局\n"
     "2 receipt 厦门市公安局\n"
     "3 assign 厦门市公安局 >厦门市公安局集美分局\n"
     "4 filed 厦门市公安局集美分局 cc 思明区检察院\n"
     "5 coercive_measure 公安机关\n"
     "6 arrest_approved 思明区检察院 {person 吴某烽}\n"
     "7 sent_for_prosecution 厦门市公安局集美分局 >思明区检察院\n"
     "8 own_investigation 思明区检察院\n"
     "9 prosecuted 思明区检察院 >厦门市思明区法院\n"
     "10 judged 厦门市思明区法院\n"},
    /* a section is its bureau; a returned case goes to the police */
    {"17-jl007-tianjin-no-transfer",
     "1 inspection 工商行政管理局河西分局公平交易科\n"
     "2 crime_suspected 工商行政管理局河西分局公平交易科\n"
     "3 penalty_decided 工商行政管理局河西分局公平交易科 {unit 某公司}\n"
     "4 disposal_note(note) 工商行政管理局河西分局公平交易科 {person 李某}\n"
     "5 report 公安机关\n"
     "6 filed 公安机关 cc 河西区检察院 {person 李某}\n"
     "7 clue_found 河西区检察院\n"
     "8 duty_crime_filed 河西区检察院 {official 胡某某} {official 郑某}\n"
     "9 sent_for_prosecution 河西区检察院 >procuratorate\n"
     "10 returned_for_supplement 河西区检察院 >公安机关\n"
     "11 prosecuted 河西区检察院 >河西区法院\n"
     "12 judged 河西区法院\n"},
    /* several agencies in one string; a person who acts for a bureau where there are several; a party not listed */
    {"45-gb504-yixing-forestry",
     "1 inspection 无锡市多种经营管理局\n"
     "2 admin_assigned 宜兴市信访局 +农工部\n"
     "3 crime_suspected 宜兴市林副业局林政科\n"
     "4 disposal_note 丁某某\n"
     "5 penalty_decided 宜兴市林副业局林政科 {unit 某村}\n"
     "6 disposal_note(note) 宜兴市林副业局林政科 {official 丁某某}\n"
     "7 prosecuted 宜兴市检察院 >宜兴市法院\n"
     "8 judged 宜兴市法院\n"
     "9 appeal_decided 无锡市中级法院\n"},
    /* names shortened by the city */
    {"42-ck1318-songjiang-masks",
     "1 admin_filed 上海市松江区市场监督管理局\n"
     "2 transfer 上海市松江区市场监督管理局 >松江公安分局 cc 松江区检察院\n"
     "3 coercive_measure 松江公安分局\n"
     "4 prosecuted 松江区检察院 >松江区法院\n"
     "5 judged 松江区法院\n"},
    /* one name in brackets; a question upwards; several suspects */
    {"07-ip-wuxi-hotlink-copyright",
     "1 filed 无锡市公安局直属分局 cc 新吴区检察院\n"
     "2 early_intervention 新吴区检察院\n"
     "3 arrest_approved 新吴区检察院 {person 张某} {person 孙某}\n"
     "4 sent_for_prosecution 无锡市公安局直属分局 >新吴区检察院 {person 张某} {person 孙某}\n"
     "5 sent_for_prosecution 无锡市公安局直属分局 >新吴区检察院\n"
     "6 prosecuted 新吴区检察院 >无锡市新吴区法院 {person 张某} {person 孙某}\n"
     "7 judged 无锡市新吴区法院 {person 张某} {person 孙某}\n"
     "8 not_prosecuted 新吴区检察院 cc 无锡市公安局直属分局 {group 10名被不起诉人}\n"
     "9 reverse_transfer 新吴区检察院 >江苏省版权局 {group 10名被不起诉人}\n"
     "10 jurisdiction_requested 江苏省版权局 >国家版权局\n"
     "11 penalty_decided 江苏省版权局 {group 10名被不起诉人}\n"
     "12 mechanism_agreed 无锡检察、公安、版权执法\n"},
    /* two procuratorates and 检察机关 */
    {"21-jl066-zhuhai-listed-company",
     "1 sent_for_prosecution 珠海市公安局 >珠海市检察院 {group 余某某等5人}\n"
     "2 sent_for_prosecution 珠海市公安局 >珠海市检察院 {unit 某投资公司}\n"
     "3 handed_on 珠海市检察院 >珠海市香洲区检察院\n"
     "4 not_prosecuted 珠海市香洲区检察院 cc 珠海市公安局 {unit 某投资公司}\n"
     "5 handed_on 珠海市香洲区检察院 >检察机关\n"
     "6 opinion 检察机关 >中国证券监督管理委员会 {unit 某投资公司}\n"
     "7 prosecuted 珠海市检察院 >珠海市中级法院 {group 余某某等5人}\n"
     "8 judged 珠海市中级法院\n"},
    /* many bare names at once */
    {"54-eco-zhongshan-deregistered",
     "1 penalty_decided 中山市生态环境局\n"
     "2 enforcement_applied 中山市生态环境局\n"
     "3 disposal_note 中山市第一法院\n"
     "4 suggestion 中山市第一市区检察院 >中山市生态环境局\n"
     "5 suggestion 中山市第一市区检察院 >中山市生态环境局\n"
     "6 reply 中山市生态环境局\n"
     "7 mechanism_agreed 中山市第一市区检察院 +中山市第一法院 +司法局 +中山市生态环境局 +中山市市场监督管理局\n"},
    /* three agencies in one string; no procuratorate in the file: the default */
    {"60-safety-yiyang-gasoline",
     "1 inspection 资阳区应急管理局 +长春经开区应急局 +资阳分局马良派出所\n"
     "2 transfer 资阳区应急管理局 >益阳市公安局资阳分局 cc procuratorate\n"
     "3 filed 益阳市公安局资阳分局 cc procuratorate\n"},
    /* the authority behind an opinion lies elsewhere */
    {"67-drug-baiyun-botulinum",
     "1 disposal_note(note) 江苏省某市检察机关\n"
     "2 not_prosecuted 江苏省某市检察机关 cc police {person 陈某某}\n"
     "3 opinion 江苏省某市检察机关 >广州市白云区市场监督管理局 {person 陈某某}\n"
     "4 admin_filed 广州市白云区市场监督管理局\n"
     "5 penalty_decided 广州市白云区市场监督管理局\n"},
    /* reverse transfer inside one procuratorate is the review */
    {"69-fish-yuqing-xiang",
     "1 disposal_note(note) 公安机关\n"
     "2 sent_for_prosecution 公安机关 >余庆县检察院\n"
     "3 not_prosecuted 余庆县检察院 cc 公安机关\n"
     "4 reverse_review 余庆县检察院\n"
     "5 opinion 余庆县检察院 >行政机关\n"
     "6 penalty_decided 行政机关\n"},
    /* suggestions to whoever replies; no supervisory commission and no court in the file */
    {"35-jl163-hunyuan-mines",
     "1 penalty_decided 相关行政机关\n"
     "2 clue_found 山西省检察院\n"
     "3 public_interest_suit 浑源县检察院\n"
     "4 suggestion 大同市两级检察院 >生态环境部门\n"
     "5 suggestion 云冈区检察院 >生态环境部门\n"
     "6 reply 生态环境部门\n"
     "7 suggestion 山西省检察院 >山西省自然资源厅\n"
     "8 suggestion 山西省检察院 >山西省自然资源厅\n"
     "9 reply 山西省自然资源厅\n"
     "10 duty_clue 检察机关 >supervisory {official 公职人员}\n"
     "11 clue 检察机关 >公安机关\n"
     "12 filed 公安机关 cc 检察机关\n"
     "13 prosecuted 检察机关 >court\n"},
    /* police as penalising organ */
    {"49-ck914-chaoyang-drunk",
     "1 detention 公安交通管理部门\n"
     "2 coercive_measure 公安交通管理部门\n"
     "3 prosecuted 朝阳区检察院 >朝阳区法院\n"
     "4 judged 朝阳区法院\n"
     "5 protest 朝阳区检察院 >北京市第三中级法院\n"
     "6 appeal_decided 北京市第三中级法院\n"},
    /* one line of work under three names */
    {"52-ck1019-shanghai-insider",
     "1 disposal_note(note) 证券监督管理机构\n"
     "2 admin_filed 证券监督管理机构\n"
     "3 disposal_note(note) 证券监督管理机构\n"
     "4 transfer 证券监督管理机构 >police cc 上海市检一分院\n"
     "5 disposal_note(note) 证券监督管理机构\n"
     "6 prosecuted 上海市检一分院 >上海市第一中级法院\n"
     "7 judged 上海市第一中级法院\n"
     "8 appeal_decided 上海市高级法院\n"},
    /* a clue from bureau to bureau */
    {"68-drug-fuzhou-benvitimod",
     "1 clue 福建省药监局福州稽查办 >福州市市场监督管理局\n"
     "2 inspection 福州市市场监督管理局\n"
     "3 admin_filed 福州市市场监督管理局\n"
     "4 transfer 福州市市场监督管理局 >police cc procuratorate\n"},
};

static void replay_plan__reads_published_cases_as_a_person_does(void **state)
{
    for (size_t i = 0; i < sizeof checked / sizeof checked[0]; i++) {
        char path[512];
        struct xj_replay_case c;
        snprintf(path, sizeof path, PUBLISHED "%s.json", checked[i].id);
        assert_int_equal(xj_replay_read_file(path, &c, NULL), XJ_OK);
        assert_plan(*state, &c, checked[i].plan);
        xj_replay_case_free(&c);
    }
}

/* ---- odd files ---- */

#define BEGIN "{\"id\":\"t\",\"parties\":[{\"label\":\"张某\",\"kind\":\"person\"},{\"label\":\"李某\",\"kind\":\"person\"}],\"events\":["
#define E(seq, actor, name, event) "{\"seq\":" #seq ",\"actor\":\"" actor "\",\"actor_name\":" name ",\"event\":\"" event "\"}"
#define END "]}"

static void replay_plan__takes_defaults_when_the_file_names_nobody(void **state)
{
    assert_plan_of(state, BEGIN E(1, "bureau", "\"甲市环保局\"", "transfer") END, "1 transfer 甲市环保局 >police cc procuratorate\n");
}

static void replay_plan__takes_an_entry_of_bureaus_before_the_default(void **state)
{
    assert_plan_of(state,
                   "{\"id\":\"t\",\"bureaus\":[{\"name\":\"甲市税务局\",\"type\":\"tax\"}],\"events\":[" E(
                       1, "procuratorate", "\"甲市检察院\"", "opinion_issued") END,
                   "1 opinion 甲市检察院 >甲市税务局\n");
}

static void replay_plan__takes_the_next_agency_before_the_last(void **state)
{
    assert_plan_of(state,
                   BEGIN E(1, "police", "\"甲市公安局\"", "filed") "," E(2, "bureau", "\"甲市环保局\"", "transfer") ","
                       E(3, "police", "\"乙市公安局\"", "filed") "," E(4, "bureau", "\"甲市环保局\"", "transfer") END,
                   "1 filed 甲市公安局 cc procuratorate\n2 transfer 甲市环保局 >乙市公安局 cc procuratorate\n"
                   "3 filed 乙市公安局 cc procuratorate\n4 transfer 甲市环保局 >乙市公安局 cc procuratorate\n");
}

static void replay_plan__leaves_a_note_to_the_neighbour(void **state)
{
    assert_plan_of(state,
                   BEGIN E(1, "other", "\"张某\"", "penalty_paid") "," E(2, "court", "\"甲市法院\"", "judged") ","
                       E(3, "other", "null", "settlement") "," E(4, "police", "\"甲市公安局\"", "filed") END,
                   "1 disposal_note(note) 甲市法院\n2 judged 甲市法院\n3 disposal_note(note) 甲市法院\n"
                   "4 filed 甲市公安局 cc procuratorate\n");
}

static void replay_plan__bears_a_file_without_any_agency(void **state)
{
    assert_plan_of(state,
                   BEGIN E(1, "other", "null", "other") "," E(2, "other", "null", "victim_or_witness_report") ","
                       E(3, "other", "null", "supervision_applied") END,
                   "1 disposal_note(note) police\n2 report police\n3 supervision_applied procuratorate\n");
}

static void replay_plan__takes_agencies_that_have_no_name(void **state)
{
    assert_plan_of(state,
                   BEGIN E(1, "bureau", "null", "inspection") "," E(2, "police", "null", "filed") ","
                       E(3, "police", "\"公安机关\"", "coercive_measure") END,
                   "1 inspection 行政机关\n2 filed 公安机关 cc procuratorate\n3 coercive_measure 公安机关\n");
}

static void replay_plan__gives_an_event_of_the_wrong_role_its_act_all_the_same(void **state)
{
    assert_plan_of(state, BEGIN E(1, "court", "\"甲市法院\"", "penalty_decided") END, "1 penalty_decided 甲市法院\n");
}

static void replay_plan__takes_the_acts_of_the_procedure_by_name(void **state)
{
    assert_plan_of(state,
                   BEGIN E(1, "bureau", "\"甲市环保局\"", "transfer_report") "," E(2, "police", "\"甲市公安局\"", "return") END,
                   "1 transfer_report 甲市环保局\n2 return 甲市公安局 cc procuratorate\n");
}

static void replay_plan__names_parties_once(void **state)
{
    assert_plan_of(state,
                   BEGIN "{\"seq\":1,\"actor\":\"police\",\"actor_name\":\"甲市公安局\",\"event\":\"coercive_measure\","
                         "\"parties\":[\"张某、李某\",\"张某\",\"王某等3人\",\"某村\",\"张某、王某\"]}" END,
                   "1 coercive_measure 甲市公安局 {person 张某} {person 李某} {group 王某等3人} {unit 某村} {group 张某、王某}\n");
}

static void replay_plan__keeps_an_asked_agency_out_of_the_joint_ones(void **state)
{
    assert_plan_of(state, BEGIN E(1, "bureau", "\"甲市环保局与甲市公安局\"", "transfer") END,
                   "1 transfer 甲市环保局 >甲市公安局 cc procuratorate\n");
}

static enum xj_err plan_error(const struct law *law, const char *json, const char *said)
{
    struct xj_replay_case c;
    struct xj_replay_plan p;
    struct xj_buf text;
    xj_buf_init(&text, 4096);
    assert_int_equal(xj_replay_read(xj_slice_cstr(json), "test", &c, NULL), XJ_OK);
    enum xj_err err = xj_replay_plan_make(&c, law->table, &p, &text);
    assert_non_null(strstr(xj_buf_cstr(&text), said));
    assert_null(p.intents);
    xj_replay_case_free(&c);
    xj_buf_free(&text);
    return err;
}

static void replay_plan__refuses_an_event_that_the_vocabulary_lacks(void **state)
{
    assert_int_equal(plan_error(*state, BEGIN E(4, "police", "null", "invaded") END, "invaded"), XJ_EMALFORMED);
}

static void replay_plan__refuses_more_parties_than_a_header_holds(void **state)
{
    struct xj_buf json;
    xj_buf_init(&json, 64 * 1024);
    xj_buf_add_str(&json, "{\"id\":\"t\",\"events\":[{\"seq\":9,\"actor\":\"police\",\"event\":\"filed\",\"parties\":[\"0\"");
    for (unsigned i = 1; i <= XJ_MAX_SUBJECTS; i++)
        xj_buf_addf(&json, ",\"%u\"", i);
    xj_buf_add_str(&json, "]}]}");
    assert_int_equal(plan_error(*state, xj_buf_cstr(&json), "64"), XJ_ELIMIT);
    xj_buf_free(&json);
}

/* Every event by every kind of actor: whatever an unseen file pairs, somebody does it, and no act is sent to its doer. */
static void replay_plan__plans_every_pair_of_event_and_actor(void **state)
{
    const struct law *law = *state;
    static const char *const actors[] = {"bureau", "police", "procuratorate", "court", "supervisory_commission", "other"};
    for (uint16_t a = 0; a < law->model->act_count; a++) {
        for (size_t k = 0; k < sizeof actors / sizeof actors[0]; k++) {
            struct xj_replay_case c;
            struct xj_replay_plan p;
            struct xj_buf json;
            xj_buf_init(&json, 4096);
            xj_buf_addf(&json, "{\"id\":\"t\",\"events\":[{\"seq\":1,\"actor\":\"%s\",\"event\":\"%s\"}]}", actors[k],
                        law->model->acts[a].name.id);
            assert_int_equal(xj_replay_read(xj_buf_slice(&json), "t", &c, NULL), XJ_OK);
            assert_int_equal(xj_replay_plan_make(&c, law->table, &p, NULL), XJ_OK);
            const struct xj_replay_intent *in = &p.intents[0];
            assert_true(in->doer < p.cast.count);
            for (size_t i = 0; i < in->principal_count; i++)
                assert_int_not_equal(in->principals[i], in->doer);
            xj_replay_plan_free(&p);
            xj_replay_case_free(&c);
            xj_buf_free(&json);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replay_plan__reads_published_cases_as_a_person_does),
        cmocka_unit_test(replay_plan__takes_defaults_when_the_file_names_nobody),
        cmocka_unit_test(replay_plan__takes_an_entry_of_bureaus_before_the_default),
        cmocka_unit_test(replay_plan__takes_the_next_agency_before_the_last),
        cmocka_unit_test(replay_plan__leaves_a_note_to_the_neighbour),
        cmocka_unit_test(replay_plan__bears_a_file_without_any_agency),
        cmocka_unit_test(replay_plan__takes_agencies_that_have_no_name),
        cmocka_unit_test(replay_plan__gives_an_event_of_the_wrong_role_its_act_all_the_same),
        cmocka_unit_test(replay_plan__takes_the_acts_of_the_procedure_by_name),
        cmocka_unit_test(replay_plan__names_parties_once),
        cmocka_unit_test(replay_plan__keeps_an_asked_agency_out_of_the_joint_ones),
        cmocka_unit_test(replay_plan__refuses_an_event_that_the_vocabulary_lacks),
        cmocka_unit_test(replay_plan__refuses_more_parties_than_a_header_holds),
        cmocka_unit_test(replay_plan__plans_every_pair_of_event_and_actor),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
