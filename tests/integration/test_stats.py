"""Statistics in a running city: figures over API and command line, the cases behind them, CSV and XLSX as others read them, and the
same report once more from the ledger alone."""
import csv
import datetime
import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import xml.etree.ElementTree as ET
import zipfile

from city import City, main

NAMES = ("justice", "bureau", "police", "police2", "procuratorate")
GRANT = {"kind": "grant", "id": "370800-jcy/whole_flow",
         "value": {"acts": [], "agencies": [], "division": "3708", "mode": "full", "procedure": "referral"}}
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def new_city(build):
    city = City(build, names=NAMES + ("environment",), unconnected=("environment",), facts=[GRANT])
    city.names = list(NAMES)
    city.start()
    return city


def admitted(answer):
    status, j = answer
    assert status == 200 and j["status"].startswith("admitted"), answer
    return j


def late(city, who, act, occurred, body=None, **fields):
    return admitted(city.act(who, act, mode="late_entry", occurred=occurred, body=dict({"source": "卷宗"}, **(body or {})), **fields))


def history(city):
    """Two penalties, one of them without a date; ten refusals of one police unit beside twelve filings of the other."""
    late(city, "bureau", "penalty_decided", "2026-10-08", {"fine": 1234567, "penalty": {"confiscated": 8900}, "title": "=1+1"}, papers=["penalty_decision"])
    late(city, "bureau", "penalty_decided", "2025-11-30", {"fine": 100}, papers=["penalty_decision"])
    late(city, "bureau", "penalty_decided", None, {"fine": 7}, papers=["penalty_decision"])
    person = {"parties": [{"kind": "person", "name": "某甲"}], "charges": [{"name": "=生产、销售伪劣产品罪", "code": ""}]}
    subject = [{"party": "某甲", "charge": "=生产、销售伪劣产品罪"}]
    for i in range(10):
        late(city, "police2", "not_filed", "2026-11-%02d" % (i + 1), person, papers=["not_filed_notice", "file_list"], subjects=subject)
    for i in range(12):
        late(city, "police", "filed", "2026-11-%02d" % (i + 1), papers=["filing_decision"])
    city.settle()


def stats(city, who, query):
    status, j = city.call(who, "GET", "/api/stats?" + query)
    assert status == 200, (status, j)
    return j


def canonical(report):
    return json.dumps(report, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def figures_are_right_and_their_digest_is_that_of_the_canonical_bytes(city):
    j = stats(city, "procuratorate", "period=2026&by=agency&compare=1")
    assert hashlib.sha256(canonical(j["report"])).hexdigest() == j["digest"]
    total = j["report"]["total"]
    assert (total["not_filed"]["n"], total["filed"]["n"]) == (10, 12), total
    assert total["refusal_rate"] == {"of": 10, "per": 22, "permille": 455, "percent": "45.5%", "before": None, "change": None}, total["refusal_rate"]
    assert (total["fines"]["sum"], total["fines"]["before"], total["fines"]["undated_sum"]) == (1234567, 100, 7), total["fines"]
    assert total["confiscations"]["sum"] == 8900 and total["penalties"]["undated"] == 1
    by_agency = {line["agency"]: line["figures"] for line in j["report"]["lines"]}
    assert by_agency[city.id("police2")]["refusal_rate"]["permille"] == 1000 and by_agency[city.id("police")]["refusal_rate"]["permille"] == 0
    outlier = [f for f in j["report"]["flags"] if f["rule"] == "R19"]
    assert [(f["agency"], f["of"], f["per"], f["rest_of"], f["rest_per"], f["odds"]) for f in outlier] == [(city.id("police2"), 10, 10, 0, 12, 646646)], outlier
    missing = {s["agency"]: s["state"] for s in j["report"]["coverage"]["silent"]}
    assert missing[city.id("environment")] == "unconnected" and city.id("bureau") not in missing, missing
    assert [f["agency"] for f in j["report"]["flags"] if f["rule"] == "R28"] == [city.id("environment")], j["report"]["flags"]
    assert stats(city, "procuratorate", "period=2026Q4")["report"]["total"]["fines"]["sum"] == 1234567
    assert stats(city, "procuratorate", "period=2026-11&area=3708")["report"]["total"]["penalties"]["n"] == 0
    assert stats(city, "procuratorate", "period=2026&area=3709")["report"]["total"]["filed"]["n"] == 0
    for bad in ("", "period=2026-13", "period=2026&by=month", "period=2026&compare=yes"):
        assert city.call("bureau", "GET", "/api/stats?" + bad)[0] == 400, bad
    assert city.call("bureau", "GET", "/api/stats?period=2026&statistic=none")[0] == 404


def the_cases_behind_a_figure_name_their_ledger_entries(city):
    status, j = city.call("procuratorate", "GET", "/api/stats/cases?period=2026&statistic=not_filed&limit=4")
    seen, pages = j["cases"], 1
    while j["next"]:
        status, j = city.call("procuratorate", "GET", "/api/stats/cases?period=2026&statistic=not_filed&limit=4&after=" + j["next"])
        seen, pages = seen + j["cases"], pages + 1
    assert status == 200 and len(seen) == 10 and pages == 3 and len({c["case"] for c in seen}) == 10, (pages, seen)
    db = sqlite3.connect("file:%s?mode=ro" % os.path.join(city.data("procuratorate"), "view.db"), uri=True)
    entries = {bytes(i).hex(): n for i, n in db.execute("SELECT id, entry FROM act")}
    db.close()
    for c in seen:
        assert c["agency"]["agency"] == city.id("police2") and c["month"] == "2026-11" and c["at"].startswith("2026-11-"), c
        assert c["act"]["entry"] == entries[c["act"]["id"].replace("-", "")], c
    told = city.run("stats", "2026", "--cases", "--statistic", "fines", data=city.data("bureau")).stdout
    assert "12345.67" in told and "1.00" not in told, told


def cells(book, name):
    """Rows of a sheet as lists of texts and numbers, and its XML."""
    names = ET.fromstring(book.read("xl/workbook.xml"))
    at = [s.get("name") for s in names.iter(SHEET + "sheet")].index(name) + 1
    strings = ["".join(t.text or "" for t in si.iter(SHEET + "t")) for si in ET.fromstring(book.read("xl/sharedStrings.xml"))]
    sheet = ET.fromstring(book.read("xl/worksheets/sheet%d.xml" % at))
    rows = []
    for row in sheet.iter(SHEET + "row"):
        found = {}
        for c in row:
            value = c.find(SHEET + "v")
            assert c.find(SHEET + "f") is None, "a formula"
            column = re.match(r"[A-Z]+", c.get("r")).group()
            if value is not None:
                found[column] = strings[int(value.text)] if c.get("t") == "s" else float(value.text)
        rows.append(found)
    return rows, sheet


def csv_and_xlsx_say_what_the_report_says(city):
    report = stats(city, "procuratorate", "period=2026&by=agency,charge&compare=1")
    out = os.path.join(city.base, "out.csv")
    args = ("stats", "2026", "--by", "agency,charge", "--compare")
    city.run(*args, "--csv", out, data=city.data("procuratorate"))
    text = open(out, "rb").read()
    assert text.startswith(b"\xef\xbb\xbf") and text.count(b"\n") == text.count(b"\r\n")
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    head, body, tail = rows[0], [r for r in rows[1:] if r[0] != "#"], [r for r in rows[1:] if r[0] == "#"]
    lines = [(None, report["report"]["total"])] + [(line, line["figures"]) for line in report["report"]["lines"]]
    assert len(body) == len(lines) * len(report["report"]["statistics"])
    wanted = iter(body)
    for line, figures in lines:
        for s in report["report"]["statistics"]:
            row, f = dict(zip(head, next(wanted))), figures[s["id"]]
            value = f[{"count": "n", "sum": "sum", "rate": "permille"}[s["kind"]]]
            assert (row["statistic"], row["title"], row["value"]) == (s["id"], s["zh"], "" if value is None else str(value)), (row, f)
            assert row["agency"] == (line["agency"] if line else "") and row["before"] == ("" if f["before"] is None else str(f["before"])), row
            if line and line["charge"]:
                assert row["charge"] == "'=生产、销售伪劣产品罪", row  # no formula for a spreadsheet
    assert ["#", "报表摘要", report["digest"]] in tail and [r for r in tail if r[1] == "R19"], tail
    assert city.run(*args, "--csv", out, data=city.data("procuratorate"), check=False).returncode == 2  # nothing is overwritten

    one, two = os.path.join(city.base, "1.xlsx"), os.path.join(city.base, "2.xlsx")
    city.run(*args, "--xlsx", one, data=city.data("procuratorate"))
    city.run(*args, "--xlsx", two, data=city.data("procuratorate"))
    assert open(one, "rb").read() == open(two, "rb").read(), "the same report gives the same bytes"
    assert os.stat(one).st_mode & 0o777 == 0o600
    with zipfile.ZipFile(one) as book:
        assert book.testzip() is None
        rows, sheet = cells(book, "统计")
        pane = next(sheet.iter(SHEET + "pane"))
        assert pane.get("state") == "frozen" and pane.get("ySplit") == "1"
        assert rows[0]["E"] == "统计项" and len(rows) == 1 + len(body)
        fines = next(r for r in rows if r["B"] == "合计" and r["E"] == "罚款金额")
        assert fines["G"] == 12345.67 and fines["H"] == 1.0 and fines["K"] == 1, fines
        rate = next(r for r in rows if r["B"] == "合计" and r["E"] == "不予立案率")
        assert rate["G"] == 0.455, rate
        assert any(r.get("D") == "=生产、销售伪劣产品罪" for r in rows), "a text stays a text"
        styles = book.read("xl/styles.xml").decode()
        assert 'formatCode="0.0%"' in styles and ("#,##0.00" in styles or 'numFmtId="4"' in styles)
        basis, _ = cells(book, "依据")
        assert {r["A"]: r["B"] for r in basis if "A" in r}["报表摘要"] == report["digest"]
        cover, _ = cells(book, "覆盖")
        assert any(r.get("B") == "未接入" for r in cover)
        flags, _ = cells(book, "提示")
        assert any(r.get("A") == "R19" and "646646" in r["C"] for r in flags), flags
        # Nothing in it is the time of writing: the parts bear one fixed date, the document that of the figures, in UTC.
        assert len({i.date_time for i in book.infolist()}) == 1 and book.infolist()[0].date_time[0] == 1980, book.infolist()
        written = datetime.datetime.fromtimestamp(report["report"]["basis"]["as_of_ms"] // 1000, datetime.timezone.utc)
        core = book.read("docProps/core.xml").decode()
        assert re.findall("W3CDTF\">([^<]*)<", core) == 2 * [written.strftime("%Y-%m-%dT%H:%M:%SZ")], core


def a_month_by_agency_on_the_terminal(city):
    told = city.run("stats", "2026-11", "--by", "agency", data=city.data("procuratorate")).stdout
    assert "不予立案率" in told and "100.0%" in told and "R19 济宁市公安局任城区分局" in told and "从未发出" in told, told
    said = city.run("--lang", "en", "stats", "2026-11", data=city.data("procuratorate")).stdout
    assert "rate of refusal" in said and "digest of the report" in said, said
    assert city.run("stats", "soon", data=city.data("bureau"), check=False).returncode == 2
    assert city.run("stats", "2026", "--cases", data=city.data("bureau"), check=False).returncode == 2


def damaged(path, work, ledger):
    shutil.copy(path, ledger)
    db = sqlite3.connect(ledger)
    work(db)
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def recomputation_tells_the_same_from_another(city):
    data, report, snapshot = city.data("procuratorate"), os.path.join(city.base, "report.json"), os.path.join(city.base, "snapshot.db")
    answer = city.run("--json", "stats", "2026", "--by", "agency,charge", "--compare", data=data).stdout
    open(report, "w").write(answer)
    late(city, "bureau", "penalty_decided", "2026-10-09", {"fine": 5}, papers=["penalty_decision"])  # the ledger goes on
    city.settle()
    assert "一致" in city.run("stats", "--recompute", report, data=data).stdout  # of a running agent, from a snapshot
    assert stats(city, "procuratorate", "period=2026")["report"]["total"]["penalties"]["n"] == 2
    status, _ = city.call("procuratorate", "POST", "/api/snapshot", {"path": snapshot})
    assert status == 200 and "一致" in city.run("stats", "--recompute", report, snapshot, data=data).stdout
    assert [f for f in os.listdir(data) if f.startswith(("recompute-", "snapshot-"))] == [], "what it opened is left behind"

    other = json.loads(answer)
    other["report"]["total"]["not_filed"]["n"] = 9
    altered = os.path.join(city.base, "altered.json")
    json.dump(other, open(altered, "w"), ensure_ascii=False)
    p = city.run("stats", "--recompute", altered, data=data, check=False)
    assert p.returncode == 5 and "改动" in p.stderr, p
    other["digest"] = hashlib.sha256(canonical(other["report"])).hexdigest()  # by somebody who knows the spec
    json.dump(other, open(altered, "w"), ensure_ascii=False)
    p = city.run("stats", "--recompute", altered, data=data, check=False)
    assert p.returncode == 5 and "total.not_filed.n：报表 9，重算 10" in p.stdout, p

    p = city.run("--json", "stats", "--recompute", altered, data=data, check=False)
    assert p.returncode == 5 and json.loads(p.stdout)["differences"] == [{"at": "total.not_filed.n", "was": 9, "is": 10}], p
    assert json.loads(city.run("--json", "stats", "--recompute", report, data=data).stdout)["identical"] is True

    assert city.run("stats", "--recompute", report, os.path.join(city.data("bureau"), "ledger.db"), data=data, check=False).returncode != 0
    size = json.loads(answer)["report"]["basis"]["ledger_size"]
    broken = os.path.join(city.base, "broken.db")
    for work in (lambda db: db.execute("DELETE FROM entry WHERE n = ?", (size - 3,)),
                 lambda db: db.execute("DELETE FROM entry WHERE n > ?", (size - 1,)),
                 lambda db: db.execute("UPDATE entry SET time_ms = time_ms + 1 WHERE n = 30")):
        damaged(snapshot, work, broken)
        p = city.run("stats", "--recompute", report, broken, data=data, check=False)
        assert p.returncode == 5, p
    city.stop()
    assert "一致" in city.run("stats", "--recompute", report, data=data).stdout  # of a stopped one, from its own ledger
    assert "一致" in city.run("rebuild", data=data).stdout


def statistics_of_a_running_city(build):
    city = new_city(build)
    try:
        history(city)
        for part in (figures_are_right_and_their_digest_is_that_of_the_canonical_bytes, the_cases_behind_a_figure_name_their_ledger_entries,
                     csv_and_xlsx_say_what_the_report_says, a_month_by_agency_on_the_terminal, recomputation_tells_the_same_from_another):
            part(city)
            print("     %s" % part.__name__)
    finally:
        city.close()


main([statistics_of_a_running_city])
