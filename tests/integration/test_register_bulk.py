"""Certificates and entrustments in bulk with real processes, and what the sender is told before it signs. Spec:
schema/spec/06-register.md, sections 7 and 8; schema/spec/10-api.md, section 3."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import City, main
from test_cli import cli, cli_json, paper_options, wait_register

COUNT = 600  # three entries


def put(city, name, text, encoding="utf-8"):
    path = os.path.join(city.base, name)
    with open(path, "w", encoding=encoding, newline="") as f:
        f.write(text)
    return path


def certificates(changed=()):
    lines = ["姓名,执法机关,执法证号,有效期起,有效期止,发证机关,执法领域,证件形式,注销,x_备注"]
    for i in range(COUNT):
        row = {"to": "2026年9月30日", "gone": "", "agency": ["济宁市市场监督管理局", "370800-scjgj"][i % 2]}
        row.update(dict(changed).get(i, {}))
        lines.append("王%d,%s,15%06d,2021-10-01,%s,山东省人民政府,市场监督管理,%s,%s,内部" % (i, row["agency"], i, row["to"], ["卡片", "电子"][i % 2], row["gone"]))
    return "\r\n".join(lines) + "\r\n"


def facts_are_registered_in_bulk(build):
    city = City(build, names=("justice", "bureau", "police", "procuratorate"))
    try:
        city.start()
        cli(city, "justice", "register", "agency", "370881-wzz", "--name", "王庄镇人民政府", "--role", "bureau", "--alias", "王庄镇")
        head = city.call("justice", "GET", "/api/register/head")[1]["number"]
        plain = put(city, "证.csv", certificates(), "gb18030")
        said = cli_json(city, "justice", "register", "certificates", plain)
        assert said == {"number": head + 3, "written": COUNT, "withdrawn": 0, "unchanged": 0}, said
        said = cli_json(city, "justice", "register", "certificates", put(city, "证8.csv", "\ufeff" + certificates()))
        assert said == {"number": head + 3, "written": 0, "withdrawn": 0, "unchanged": COUNT}, said  # in another encoding: the same facts
        changed = {1: {"to": "2027-09-30"}, 2: {"gone": "是"}, 3: {"gone": "否"}}
        said = cli_json(city, "justice", "register", "certificates", put(city, "改.csv", certificates(changed.items())))
        assert said == {"number": head + 4, "written": 1, "withdrawn": 1, "unchanged": COUNT - 2}, said

        shown = cli_json(city, "justice", "register", "show", "--kind", "certificate", "--agency", "370800-scjgj")
        assert len(shown) == COUNT - 1 and [f["value"]["number"] for f in shown[:3]] == ["15000000", "15000001", "15000003"], shown[:3]
        assert shown[0]["value"] == {"agency": "370800-scjgj", "number": "15000000", "name": "王0", "from": 18901, "to": 20726, "issuer": "山东省人民政府",
                                     "scope": "市场监督管理", "form": "card"}, shown[0]
        table = cli(city, "justice", "register", "show", "--kind", "certificate", part="2027-09-30").stdout
        assert "15000599" in table and "王599" in table and "15000002" not in table, table[:500]
        cli(city, "justice", "register", "show", "--kind", "certificate", "--agency", "370800-gaj", code=6)
        cli(city, "justice", "register", "show", "--kind", "grant", "--agency", "370800-gaj", code=2)

        wrong = put(city, "错.csv", "执法机关,执法证号,姓名,有效期起,有效期止,证件形式\n某局,1,甲,2026-01-01,2026-12-31,卡片\n370800-gaj,2,,2026-01-01,2026-12-31,皮卡\n"
                                    "370800-gaj,3,丙,2026-12-31,2026-01-01,\n济宁市公安局,,庚,2026-01-01,2026-12-31,\n济宁市公安局,4,丁,2026-01-01,2026-02-30,电子\n370800-gaj,3,戊,2026-01-01,2026-12-31,\n")
        said = json.loads(cli(city, "justice", "--json", "register", "certificates", wrong, code=2).stdout)
        got = [(e["row"], e["column"]) for e in said["errors"]]
        assert got == [(2, "执法机关"), (3, "姓名"), (3, "证件形式"), (4, "有效期止"), (5, "执法证号"), (6, "有效期止"), (7, "执法证号")], said
        cli(city, "bureau", "register", "certificates", plain, code=6, part="registrar.keys")  # only who has the key
        entrustments = [{"bureau": "济宁市市场监督管理局", "township": "王庄镇", "number": "济市监委〔2026〕1号", "items": "无照经营、乱倒垃圾", "from": "2026-01-01",
                         "to": 20261231, "powers": "罚款、警告", "area": "王庄镇辖区", "basis": "行政处罚法第二十条"},
                        {"bureau": "370800-scjgj", "township": "370881-wzz", "number": "济市监委〔2026〕2号", "items": "全部", "from": "2026-01-01", "to": "2026-12-31"}]
        path = put(city, "委.json", json.dumps(entrustments, ensure_ascii=False))
        said = cli_json(city, "justice", "register", "entrustments", path)
        assert (said["written"], said["number"]) == (2, head + 5), said
        shown = cli_json(city, "justice", "register", "show", "--kind", "entrustment", "--agency", "370881-wzz")
        assert [f["value"]["items"] for f in shown] == [["无照经营", "乱倒垃圾"], []] and shown[0]["value"]["powers"] == ["罚款", "警告"], shown
        cli(city, "justice", "register", "show", "--kind", "entrustment", part="无照经营、乱倒垃圾")
        cli(city, "justice", "register", "certificates", put(city, "镇.csv", "所在单位,证号,持证人,有效期起,有效期止\n王庄镇,镇1,赵六,2026-01-01,2026-12-31\n"))
        wait_register(city, head + 6)
        the_sender_is_warned(city)
        city.settle()
        city.stop()
        city.check_all()
        assert json.loads(city.run("--json", "rebuild", data=city.data("bureau")).stdout)["same"]
    finally:
        city.close()


def the_sender_is_warned(city):
    paper = paper_options(city, ["penalty_decision"])
    approved = ("--approved-by", "局长", "--set", "title=甲案", *paper)

    def penalty(*args, code=0, part=""):
        return cli(city, "bureau", "--json", "submit", "penalty_decided", *args, *approved, code=code, part=part)

    first, second = ("--officer", "王0:15000000"), ("--officer", "王1（15000001）")
    number = city.call("bureau", "GET", "/api/status")[1]["own_number"]
    refused = penalty(*first, "--occurred", "2026-03-02", code=3, part="少于两人")
    assert "R33" in refused.stderr and "第42条" in refused.stderr and "override.certificate" in refused.stderr, refused.stderr
    penalty(*first, *second, "--occurred", "2026-10-01", code=3, part="王0 15000000 2021-10-01/2026-09-30")  # the day after the last
    penalty(*first, "--officer", "王2:15000002", "--occurred", "2026-03-02", code=3, part="王2 15000002")  # withdrawn
    penalty(*first, "--officer", "赵六:镇1", "--occurred", "2026-03-02", code=3, part="赵六 镇1")
    penalty(*first, *second, "--entrustment", "济市监委〔2026〕1号", "--occurred", "2026-03-02", code=3, part="超出委托范围")  # no violation is in its list
    assert city.call("bureau", "GET", "/api/status")[1]["own_number"] == number, "what was refused was not sent"
    penalty(*first, *second, "--occurred", "2026-09-30")
    penalty(*first, "--officer", "赵六:镇1", "--entrustment", "济市监委〔2026〕2号", "--occurred", "2026-03-02")
    sent = json.loads(penalty(*first, "--occurred", "2026-03-02", "--override", "certificate=紧急情况，另一名人员途中受阻").stdout)
    act = city.call("bureau", "GET", "/api/acts/" + sent["id"])[1]
    assert act["body"]["overrides"] == [{"code": "certificate", "reason": "紧急情况，另一名人员途中受阻"}], act["body"]
    alerts = cli_json(city, "bureau", "alerts", "--rule", "R33")["alerts"]
    assert [a["case"] for a in alerts] == [sent["case"]], alerts
    penalty(*first, "--override", "certificate", code=2)
    penalty(*first, "--override", "certificate=", code=2)
    imported(city)


def imported(city):
    """A list whose rows the agent warns of: refused one by one, and sent with a reason for all."""
    table = put(city, "台账.csv", "行政相对人名称,证件号码,决定书文号,处罚决定日期,违法行为类型,执法人员及证号,委托书文号\n"
                                  "孙某,11010519491231002X,济市监处罚〔2026〕1号,2026-03-02,无照经营,王0（15000000）、赵六（镇1）,济市监委〔2026〕1号\n"
                                  "钱某,440524188001010014,济市监处罚〔2026〕2号,2026-03-02,无照经营,王0（15000000）、赵六（镇1）,\n"
                                  "钱某,440524188001010014,济市监处罚〔2026〕3号,2026-03-03,超范围经营,王0（15000000）、王1（15000001）,济市监委〔2026〕1号\n")
    said = json.loads(cli(city, "bureau", "--json", "penalty", "import", table, "--approved-by", "局长", code=3).stdout)
    assert (said["sent"], said["refused"]) == (1, 2), said
    assert [(r["row"], "certificate" in r["text_en"], "entrustment" in r["text_en"]) for r in said["refusals"]] == [(3, True, False), (4, False, True)], said
    said = json.loads(cli(city, "bureau", "--json", "penalty", "import", table, "--approved-by", "局长", "--override", "certificate=历史数据", "--override",
                          "entrustment=历史数据").stdout)
    assert (said["sent"], said["there"], said["refused"]) == (2, 1, 0), said


if __name__ == "__main__":
    main([facts_are_registered_in_bulk])
