"""A bureau's list of 200 penalty decisions, imported with real processes: both encodings, twice, a killed import in between, what
the rules find in it, and what is refused. Spec: schema/spec/15-penalty-records.md."""
import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import ROOT, City, main

ROWS = 200
NAMES = {"NAME": "行政相对人名称", "LB": "行政相对人类别", "USCC": "行政相对人代码_1（统一社会信用代码）", "ZJLX": "证件类型", "ZJHM": "证件号码",
         "WSH": "行政处罚决定书文号", "WFXW": "违法行为类型", "SY": "违法事实", "YJ": "处罚依据", "CFLB": "处罚类别", "FK": "罚款金额（万元）",
         "WFFF": "没收违法所得、没收非法财物的金额（万元）", "JDRQ": "处罚决定日期", "CFJG": "处罚机关", "XWR": "行为日", "DD": "案件地点",
         "WP": "涉案物品", "XX": "罚款下限", "TL": "是否集体讨论", "RY": "执法人员及证号", "HZ": "金额:value_of_goods", "XH": "同号序号", "ZM": "涉嫌罪名"}
CODES = {"NAME": "CF_XDR_MC", "LB": "CF_XDR_LB", "USCC": "CF_XDR_SHXYM", "ZJLX": "CF_XDR_ZJLX", "ZJHM": "CF_XDR_ZJHM", "WSH": "CF_WSH",
         "WFXW": "CF_WFXW", "SY": "CF_SY", "YJ": "CF_YJ", "CFLB": "CF_CFLB", "FK": "罚款金额（元）", "WFFF": "CF_NR_WFFF", "JDRQ": "CF_JDRQ",
         "CFJG": "CF_CFJG"}
NAMESPACE = uuid.UUID("b0b7f13f-1bd3-5d6b-8847-4ffe7f99139e")


def uscc(n):
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    code = "91370811MA3%06d" % n
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(code))
    return code + alphabet[-total % 31]


def number(i):
    return "济市监处罚〔2026〕%d号" % i


def rows():
    made = []
    for i in range(1, ROWS + 1):
        day = (i % 28) + 1
        made.append({"NAME": "济宁某%d商贸有限公司" % i, "LB": "法人及非法人组织", "USCC": uscc(i), "ZJLX": "", "ZJHM": "", "WSH": number(i),
                     "WFXW": "经营超过保质期的食品", "SY": "当事人销售“过期”食品，货值 %d 元。\n另查明：\"无\"其他情节" % i, "YJ": "食品安全法第一百二十四条",
                     "CFLB": "罚款、没收违法所得", "FK": "%d.%06d" % (i % 3, i * 100), "WFFF": "0.0001", "JDRQ": "2026-%02d-%02d" % (i % 9 + 1, day),
                     "CFJG": "济宁市市场监督管理局", "XWR": "2026-%02d" % (i % 9 + 1), "DD": "太白东路", "WP": "食品", "XX": "5000",
                     "TL": "是" if i % 50 == 0 else "否", "RY": "张三（鲁0800001）、李四（鲁0800002）", "HZ": str(i) + ".50", "XH": "", "ZM": ""})
    made[4].update(NAME="孙某", LB="自然人", USCC="", ZJLX="身份证", ZJHM="11010519491231002X")
    made[5].update(CFLB="不予行政处罚", FK="", WFFF="")
    made[19].update(NAME="济宁某10商贸公司", USCC=uscc(10), JDRQ="2026-09-20")  # row 10's company again, half a year later
    made[9].update(JDRQ="2026-03-11")
    made[30].update(WSH=number(30), XH="2")  # two decisions under one number
    return made


def as_csv(columns, wanted, encoding, line_end="\r\n"):
    out = io.StringIO()
    w = csv.writer(out, lineterminator=line_end)
    w.writerow([columns.get(k, NAMES[k]) for k in wanted])
    w.writerows([[r[k] for k in wanted] for r in rows()])
    return out.getvalue().encode(encoding)


def other_spelling(data):
    """The same decisions as another program would write them: other names, order, units and forms of dates."""
    text = data.decode("gb18030")
    made, out = list(csv.DictReader(io.StringIO(text))), io.StringIO()
    keys = list(reversed(list(made[0]))) + ["x_内部编号"]
    w = csv.writer(out, lineterminator="\n")
    w.writerow(keys)
    for i, r in enumerate(made):
        y, m, d = r["CF_JDRQ"].split("-")
        r["CF_JDRQ"] = ["%s年%d月%d日" % (y, int(m), int(d)), "%s/%d/%d" % (y, int(m), int(d)), y + m + d][i % 3]
        if r["罚款金额（元）"]:
            whole, part = r["罚款金额（元）"].split(".")
            fen = int(whole) * 1000000 + int(part)
            r["罚款金额（元）"] = "%s.%02d" % (format(fen // 100, ","), fen % 100)
        w.writerow([r.get(k, "内部") for k in keys])
        if i % 40 == 0:
            w.writerow([])
    return out.getvalue().encode("gb18030")


def run(city, *args, code=0, lang=None):
    p = city.run(*(["--lang", lang] if lang else []), "penalty", "import", *args, "--approved-by", "局长", "--drafted-by", "承办人", check=False,
                 data=city.data("bureau"))
    assert p.returncode == code, "wanted exit %d, got %d\n%s%s" % (code, p.returncode, p.stdout, p.stderr)
    return p


def run_json(city, *args, code=0):
    return json.loads(run(city, "--json", *args, code=code).stdout)


def own_number(city):
    return city.call("bureau", "GET", "/api/status")[1]["own_number"]


def put(city, name, data):
    path = os.path.join(city.base, name)
    with open(path, "wb") as f:
        f.write(data)
    return path


def kill_midway(city, path, at):
    """Starts an import and kills it once the agent has at least so many acts."""
    p = subprocess.Popen([os.path.join(city.bin, "xianjie"), "penalty", "import", path, "--approved-by", "局长", "--drafted-by", "承办人"],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                         env=dict(os.environ, XIANJIE_SHARE=os.path.join(ROOT, "schema"), XIANJIE_DATA=city.data("bureau")))
    end = time.monotonic() + 60
    while own_number(city) < at:
        assert p.poll() is None and time.monotonic() < end, "the import ended before it could be killed"
    p.send_signal(signal.SIGKILL)
    p.wait()


def two_hundred_rows_are_imported_once(build):
    city = City(build, names=("justice", "bureau", "police", "procuratorate"))
    try:
        city.start()
        wanted = list(NAMES)
        plain = put(city, "台账.csv", b"\xef\xbb\xbf" + as_csv(NAMES, wanted, "utf-8"))
        other = put(city, "台账-gb.csv", other_spelling(as_csv(CODES, wanted, "gb18030")))
        papers = os.path.join(city.base, "决定书")
        os.mkdir(papers)
        for i in (1, 6):
            with open(os.path.join(papers, number(i) + ".pdf"), "w") as f:
                f.write("决定书正文 %d" % i)

        said = run_json(city, plain, "--dry-run", "--papers", papers)
        assert (said["rows"], said["sent"], said["there"], said["refused"], own_number(city)) == (ROWS, ROWS, 0, 0, 0), said

        kill_midway(city, plain, 40)
        city.settle()
        before = own_number(city)
        assert 40 <= before < ROWS, before
        said = run_json(city, other)  # the other spelling: the same decisions
        assert (said["sent"], said["there"], said["refused"], said["not_answered"]) == (ROWS - before, before, 0, 0), said
        assert own_number(city) == ROWS
        for path, extra in ((plain, []), (other, ["--encoding", "gb18030"]), (plain, ["--papers", papers])):
            said = run_json(city, path, *extra)
            assert (said["sent"], said["there"], said["refused"], own_number(city)) == (0, ROWS, 0, ROWS), said
        assert "已在册 200 行" in run(city, plain).stdout

        act = city.call("bureau", "GET", "/api/acts/%s" % uuid.uuid5(NAMESPACE, "370800-scjgj\n%s\n1\n1" % number(1)))[1]
        body = act["body"]
        assert (act["act"], act["mode"], act["status"], act["occurred"]["from"][:10]) == ("penalty_decided", "late_entry", "admitted", "2026-02-02"), act
        assert (body["fine"], body["penalty"]["confiscated"], body["penalty"]["minimum"], body["source"]) == (1000100, 100, 500000, number(1)), body
        assert body["amounts"] == [{"name": "value_of_goods", "value": 150, "unit": "fen"}], body
        assert [o["name"] for o in body["officers"]] == ["张三", "李四"] and body["penalty_kinds"] == ["罚款", "没收违法所得"], body
        assert body["facts"] == "当事人销售“过期”食品，货值 1 元。\n另查明：\"无\"其他情节", body
        assert [(i["kind"], i["number"]) for i in body["identities"]] == [("uscc", uscc(1))] and body["parties"][0]["kind"] == "unit", body
        none = city.call("bureau", "GET", "/api/acts/%s" % uuid.uuid5(NAMESPACE, "370800-scjgj\n%s\n1\n1" % number(6)))[1]
        assert none["act"] == "no_penalty" and none["body"]["penalty"]["lenient"] == "no_penalty" and "fine" not in none["body"], none

        alerts(city)
        what_is_published_and_not_here_is_found(city)
        changed_rows_are_amendments(city, plain)
        with_papers_an_act_is_live(city, papers)
        what_is_wrong_stops_all(city, wanted)
        named_cases_and_json(city)
        what_the_exchange_refused_is_tried_again(city)
        city.settle()
        city.stop()
        city.check_all()
        rebuilt = json.loads(city.run("--json", "rebuild", data=city.data("bureau")).stdout)
        assert rebuilt["same"], rebuilt
    finally:
        city.close()


def what_is_published_and_not_here_is_found(city):
    """Rows of another list against the platform: there, not there, of an organ that the register does not know."""
    rows = [("济宁市市场监督管理局", number(1)), ("370800-scjgj", number(6)), ("济宁市市场监督管理局", "济市监处罚〔2026〕9999号"), ("某某局", number(1))]
    listed = "处罚机关,行政处罚决定书文号,处罚决定日期,行政相对人名称\n" + "".join("%s,%s,2026-02-02,某公司\n" % r for r in rows)
    path = put(city, "公示.csv", listed.encode("gb18030"))
    p = city.run("--json", "penalty", "compare", path, check=False, data=city.data("bureau"))
    said = json.loads(p.stdout)
    assert p.returncode == 5 and (said["rows"], said["there"]) == (4, 2), (p.returncode, said, p.stderr)
    assert [(m["row"], m["agency"], m["number"]) for m in said["missing"]] == [(4, "370800-scjgj", rows[2][1])], said
    assert [u["authority"] for u in said["unknown_agency"]] == ["某某局"], said
    shown = city.run("penalty", "compare", path, check=False, data=city.data("bureau")).stdout
    assert "平台上没有" in shown and "9999" in shown, shown
    fine = put(city, "公示2.csv", listed.split("\n")[0].encode() + b"\n" + ("%s,%s,2026-02-02,某公司\n" % rows[0]).encode())
    assert city.run("penalty", "compare", fine, check=False, data=city.data("bureau")).returncode == 0
    empty = put(city, "公示3.csv", (listed.split("\n")[0] + "\n济宁市市场监督管理局,,2026-02-02,某公司\n").encode())
    assert city.run("penalty", "compare", empty, check=False, data=city.data("bureau")).returncode == 2


def alerts(city):
    found = {rule: json.loads(city.run("--json", "alerts", "--rule", rule, data=city.data("bureau")).stdout)["alerts"] for rule in ("R3", "R37")}
    assert [a["evidence"][0]["id"] for a in found["R3"]] == [str(uuid.uuid5(NAMESPACE, "370800-scjgj\n%s\n1\n1" % number(20)))], found["R3"]
    assert [(f["figure"], f["value"]) for f in found["R3"][0]["figures"]] == [("elsewhere", 0), ("repeats", 1)], found["R3"]
    wanted = {str(uuid.uuid5(NAMESPACE, "370800-scjgj\n%s\n%d\n1" % (number(30), n))) for n in (1, 2)}
    assert {a["evidence"][0]["id"] for a in found["R37"]} == wanted, found["R37"]


def changed_rows_are_amendments(city, plain):
    text = open(plain, encoding="utf-8-sig", newline="").read()
    changed = put(city, "改.csv", text.replace("济宁某7商贸", "济宁某柒商贸").encode())
    before = own_number(city)
    said = run_json(city, changed, code=3)
    assert (said["sent"], said["there"], said["refused"]) == (0, ROWS - 1, 1) and said["refusals"][0]["row"] == 8, said
    assert "更正" in said["refusals"][0]["text_zh"] and "amendment" in said["refusals"][0]["text_en"], said
    assert "amendment" in run(city, changed, code=3, lang="en").stderr and own_number(city) == before


def with_papers_an_act_is_live(city, papers):
    with open(os.path.join(papers, "济市监/罚字:9号.pdf".replace("/", "_").replace(":", "_")), "w") as f:
        f.write("决定书")
    table = "行政相对人名称,证件号码,决定书文号,处罚决定日期,违法行为类型,罚款金额(元)\n周某,440524188001010014,济市监/罚字:9号,2026-03-02,无照经营,100\n"
    said = run_json(city, put(city, "一份.csv", table.encode()), "--papers", papers)
    assert (said["sent"], said["refused"], said["warnings"]) == (1, 0, []), said
    act = city.call("bureau", "GET", "/api/acts/%s" % uuid.uuid5(NAMESPACE, "370800-scjgj\n济市监/罚字:9号\n1\n1"))[1]
    assert (act["mode"], act["papers"][0]["kind"], act["papers"][0]["media_type"]) == ("live", "penalty_decision", "application/pdf"), act
    assert "source" not in act["body"] and act["body"]["parties"][0]["kind"] == "person", act
    out = os.path.join(city.base, "取出")
    city.run("paper", act["id"], "penalty_decision", out, data=city.data("bureau"))
    assert open(out).read() == "决定书"


def what_is_wrong_stops_all(city, wanted):
    before = own_number(city)
    bad = rows()
    bad[3].update(FK="1.0000001")
    bad[7].update(JDRQ="2026-02-30")
    bad[8].update(CFJG="曲阜市市场监督管理局", RY="张三")
    bad[50].update(WSH="", TL="也许")
    bad[99].update(USCC="91310115MA1H8R7C6D")  # a warning: the check character does not come out
    bad[120].update(WSH=number(120))
    out = io.StringIO()
    w = csv.writer(out)
    w.writerow([NAMES[k] for k in wanted])
    w.writerows([[r[k] for k in wanted] for r in bad])
    said = run_json(city, put(city, "错.csv", out.getvalue().encode("gb18030")), code=2)
    got = [(e["row"], e["column"]) for e in said["errors"]]
    assert got == [(5, NAMES["FK"]), (9, NAMES["JDRQ"]), (10, NAMES["RY"]), (10, NAMES["CFJG"]), (52, NAMES["TL"]), (52, NAMES["WSH"]),
                   (122, NAMES["WSH"])], said["errors"]
    assert all(e["text_zh"] and e["text_en"] for e in said["errors"]) and [x["row"] for x in said["warnings"]] == [101], said
    english = run(city, os.path.join(city.base, "错.csv"), code=2, lang="en").stderr
    assert 'row 5, "罚款金额（万元）": finer than a fen' in english and "7 errors; nothing was sent" in english, english
    run(city, put(city, "多栏.csv", "行政相对人名称,决定书文号,处罚决定日期,颜色\n甲,1号,2026-03-02,红\n".encode()), code=2)
    run(city, os.path.join(city.base, "没有.csv"), code=6)
    assert own_number(city) == before


def named_cases_and_json(city):
    status, filed = city.act("bureau", "admin_filed", body={"title": "先立的案"})
    assert status == 200, filed
    table = [{"行政相对人名称": "王某", "证件号码": "11010519491231002X", "决定书文号": "济市监处罚〔2026〕901号", "处罚决定日期": "20260303", "罚款金额（元）": 300,
              "平台案件编号": filed["case"], "是否集体讨论": True, "备注": None, "委托书文号": "济委〔2026〕1号"},
             {"行政相对人名称": "王某", "证件号码": "11010519491231002X", "决定书文号": "济市监处罚〔2026〕902号", "处罚决定日期": "20260304",
              "平台案件编号": "00000000-0000-7000-8000-00000000dead"}]
    path = put(city, "表.json", json.dumps(table, ensure_ascii=False).encode())
    said = run_json(city, path)
    assert (said["sent"], said["refused"]) == (2, 0), said
    act = city.call("bureau", "GET", "/api/acts/%s" % uuid.uuid5(NAMESPACE, "370800-scjgj\n济市监处罚〔2026〕901号\n1\n1"))[1]
    assert act["case"] == filed["case"] and act["body"]["fine"] == 30000 and act["body"]["penalty"]["discussed"] is True and len(act["refs"]) == 1, act
    assert (run_json(city, path)["there"]) == 2
    table[0]["罚款金额（元）"] = 3.5
    run(city, put(city, "小数.json", json.dumps(table, ensure_ascii=False).encode()), code=2)


def what_the_exchange_refused_is_tried_again(city):
    """Under the id of the next try, once the cause is gone; the row is then there."""
    path = put(city, "停.csv", "行政相对人名称,证件号码,决定书文号,处罚决定日期,违法行为类型\n吴某,440524188001010014,济市监处罚〔2026〕999号,2026-03-02,无照经营\n".encode())
    ids = [str(uuid.uuid5(NAMESPACE, "370800-scjgj\n济市监处罚〔2026〕999号\n1\n%d" % n)) for n in (1, 2, 3)]
    for state in ("suspended", "active"):
        city.run("register", "status", city.id("bureau"), state, data=city.data("justice"))
        if state == "suspended":
            for n in (1, 2):
                said = run_json(city, path, code=3)
                assert (said["sent"], said["there"], said["refused"]) == (0, 0, 1) and "suspended" in said["refusals"][0]["text_en"], said
                assert city.call("bureau", "GET", "/api/acts/" + ids[n - 1])[1]["status"] == "refused"
    said = run_json(city, path)
    assert (said["sent"], said["refused"]) == (1, 0), said
    act = city.call("bureau", "GET", "/api/acts/" + ids[2])[1]
    assert act["status"].startswith("admitted") and act["relates"] == [{"relation": "reissues", "id": ids[1]}], act
    assert run_json(city, path)["there"] == 1


if __name__ == "__main__":
    main([two_hundred_rows_are_imported_once])
