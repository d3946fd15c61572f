"""The second procedure, 行政执法监督, beside the first in one city of real processes: published with the days of Shandong, used from
the command line, seen by the justice bureau, by the organ it watches, and by the procuratorate through its grant."""
import atexit
import functools
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import ROOT, City, main
from stranger import tests_of
from test_cli import PAPERS, cli, cli_json, paper_options, submit_json, wait_register

NAMES = ("justice", "bureau", "police", "procuratorate")
PROCEDURE = os.path.join(ROOT, "schema/procedures/supervision.yaml")
SHANDONG = os.path.join(ROOT, "schema/procedures/overlays/shandong.supervision.yaml")
SEEN_BY = ("justice", "bureau", "procuratorate")


@functools.lru_cache(maxsize=None)
def city_of(build):
    city = City(build, names=NAMES)
    atexit.register(city.close)
    city.start()
    shown = [f["id"].split("/")[0] for f in cli_json(city, "justice", "register", "show", "procedure")]
    assert shown == ["referral", "supervision"], shown  # a new city has every procedure that came with the programs
    cli(city, "justice", "register", "grant", city.id("procuratorate"), "supervision", "--procedure", "supervision", "--division", "3708")
    cli(city, "justice", "procedure", "publish", PROCEDURE, "--overlay", SHANDONG)
    assert len(cli_json(city, "justice", "register", "show", "procedure", "supervision")) == 2
    wait_register(city, city.call("justice", "GET", "/api/register/head")[1]["number"])
    return city


def new_case(city, name, act, *args):
    sent = submit_json(city, name, act, "--procedure", "supervision", *args)
    assert sent["status"] == "admitted", sent
    city.settle()
    return sent["case"]


def do(city, name, act, case, *args, breaches=()):
    sent = submit_json(city, name, act, "--case", case, *args)  # the case knows its procedure
    assert [(b["code"], b["detail"]) for b in sent["breaches"]] == list(breaches), sent
    city.settle()
    return sent


def rows(city, name, case):
    return {r["track"]: (r["state"], r["owner"]) for r in city.case(name, case)["rows"]}


def alerts(city, name, case):
    listed = {a["rule"]: a for a in cli_json(city, name, "alerts")["alerts"] if a["case"] == case}
    assert set(listed) == {a["rule"] for a in city.case(name, case)["alerts"] if not a["cleared"]}
    return listed


def an_opinion_is_issued_answered_and_closed(build):
    city = city_of(build)
    letter = paper_options(city, ["oversight_opinion"])
    bureau = city.id("bureau")
    cli(city, "bureau", "submit", "oversight_opinion", "--procedure", "supervision", "--to", city.id("police"), *letter,
        "--approved-by", "负责人", code=3, part="职权")
    cli(city, "justice", "submit", "oversight_opinion", "--procedure", "supervision", *letter, "--approved-by", "负责人", code=3, part="缺少必须收到")
    case = new_case(city, "justice", "oversight_opinion", "--to", bureau, "--set", "title=某局行政处罚程序监督", *letter)
    do(city, "bureau", "receipt", case)
    for name in SEEN_BY:
        shown = cli(city, name, "case", "show", case).stdout
        for part in ("制发监督意见书", "济宁市司法局 → 济宁市市场监督管理局", "监督意见书：已签收", "报送整改（纠正）情况  济宁市市场监督管理局",
                     "S06", "按监督意见书纠正并报送", "山东省行政执法监督条例第28条"):
            assert part in shown, "%s: %r is not in\n%s" % (name, part, shown)
        assert city.case(name, case)["procedure"] == "supervision"
        assert rows(city, name, case) == {"opinion": ("received", bureau)}
    assert city.call("police", "GET", "/api/cases/" + case)[0] == 404
    do(city, "bureau", "correction_report", case, *paper_options(city, ["correction_report"]))
    [duty] = [d for d in city.case("justice", case)["duties"] if d["id"] == "S06"]
    assert duty["done"] and duty["obligor"] == bureau, duty
    do(city, "justice", "correction_insufficient", case, *paper_options(city, ["verification"]))
    assert alerts(city, "bureau", case)["INSUFFICIENT"]["mode"] == "整改不到位"
    do(city, "bureau", "correction_report", case, *paper_options(city, ["correction_report"]))
    do(city, "justice", "correction_verified", case)
    for name in SEEN_BY:
        assert rows(city, name, case) == {"opinion": ("closed", bureau)}
        assert alerts(city, name, case) == {}
        assert "已消除  INSUFFICIENT" in cli(city, name, "case", "show", case).stdout


def silence_about_an_opinion_is_seen_until_it_is_answered(build):
    """A history on paper, so that its days do not depend on today: received 2026-03-03, thirty days, 2026-04-02."""
    city = city_of(build)
    late = ("--late", "--set", "source=卷宗第1页")
    case = new_case(city, "justice", "oversight_opinion", "--to", city.id("bureau"), "--occurred", "2026-03-02", "--set", "title=逾期未回复", *late)
    do(city, "bureau", "receipt", case, "--occurred", "2026-03-03", *late)
    for name in SEEN_BY:
        [duty] = [d for d in cli_json(city, name, "due")["duties"] if d["case"] == case]
        assert (duty["id"], duty["obligor"], duty["due"][:10], duty["overdue"], duty["ours"]) == (
            "S06", city.id("bureau"), "2026-04-02", True, name == "bureau"), duty
        told = alerts(city, name, case)
        assert set(told) == {"NOT_CORRECTED", "LONG_UNCORRECTED"}, (name, told)
        alert = told["NOT_CORRECTED"]
        assert (alert["mode"], alert["severity"], alert["history"]) == ("逾期未整改", "amber", True), alert
        assert alert["answerable"]["agency"] == city.id("bureau") and alert["escalate"][0]["act"] == "reminder", alert
        cli(city, name, "due", part="逾期")
        cli(city, name, "alerts", "--rule", "NOT_CORRECTED", part="逾期未整改")
    cli(city, "procuratorate", "why", case, "S06", part="30 natural days")
    do(city, "justice", "reminder", case, "--to", city.id("bureau"), *paper_options(city, ["reminder"]))
    assert rows(city, "bureau", case)["opinion"][0] == "urged"
    do(city, "bureau", "correction_report", case, *paper_options(city, ["correction_report"]), breaches=[("late", "S06")])
    for name in SEEN_BY:
        assert alerts(city, name, case) == {}
        [duty] = [d for d in city.case(name, case)["duties"] if d["id"] == "S06"]
        assert duty["status"] == "late" and duty["done"], duty
        assert [d for d in cli_json(city, name, "due")["duties"] if d["case"] == case and d["id"] == "S06"] == []


def a_file_is_demanded_by_its_number_and_graded(build):
    city = city_of(build)
    transfer = submit_json(city, "bureau", "transfer", "--to", city.id("police"), "--set", "title=移送案件", *paper_options(city, PAPERS))
    assert city.case("bureau", transfer["case"])["procedure"] == "referral"  # not said: the main one
    case = new_case(city, "justice", "file_demanded", "--to", city.id("bureau"), "--set", "title=案卷评查", "--set", "documents=济市监罚〔2026〕1号",
                    "--relates", "same_matter=" + transfer["case"], *paper_options(city, ["file_demand"]))
    do(city, "bureau", "file_submitted", case, *paper_options(city, ["file_index"]))
    do(city, "justice", "review_sound", case, "--set", "grade=优秀", *paper_options(city, ["review_report"]))
    shown = cli(city, "bureau", "case", "show", case).stdout
    for part in ("文号：济市监罚〔2026〕1号", "等次：优秀", "案卷评查：评查合格"):
        assert part in shown, "%r is not in\n%s" % (part, shown)
    first = city.case("bureau", case)["acts"][0]
    assert [(r["relation"], r["id"]) for r in first["relates"]] == [("same_matter", transfer["case"])], first["relates"]
    cli(city, "justice", "submit", "talk", "--case", case, "--relates", "same_matter", "--approved-by", "负责人", code=2)
    cli(city, "bureau", "submit", "file_submitted", "--case", case, "--procedure", "referral", "--approved-by", "负责人", code=3, part="referral")


def the_agency_reports_that_it_has_nothing_to_report(build):
    city = city_of(build)
    case = new_case(city, "bureau", "zero_report", "--set", "title=2026年移送情况月报")
    do(city, "bureau", "zero_report", case)
    assert rows(city, "justice", case) == {"reporting": ("nothing", city.id("bureau"))}
    listed = [c["id"] for c in cli_json(city, "justice", "case", "list", "--track", "reporting", "--state", "nothing")["cases"]]
    assert case in listed, listed


def the_form_builder_is_told_of_both_procedures(build):
    city = city_of(build)
    for name, act in (("referral", "transfer"), ("supervision", "oversight_decision")):
        status, j = city.call("bureau", "GET", "/api/procedures/" + name)
        assert status == 200 and act in [a["name"] for a in j["acts"]], (name, status)


def the_ledgers_of_the_city_verify(build):
    city = city_of(build)
    city.stop()
    assert city.check_all() == len(city.names) + 1


if __name__ == "__main__":
    main(tests_of(globals()))
