"""机构改革 with running processes: a bureau is merged into another in the middle of a case."""
import json
import os
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import City, cli, main, sent

PAPERS = ("transfer_letter", "investigation_report", "item_list", "test_report")


def refused(city, name, act, case, code, part, **fields):
    status, j = city.act(name, act, case, **fields)
    assert status == 409 and j["error"]["code"] == code and part in j["error"]["text_zh"] and j["error"]["remedy_en"], (status, j)


def begun(city):
    """A case of the bureau that the police have received; and one that is over: nothing in it is open."""
    over = sent(city, "bureau", "disposal_note", papers=(), body={"title": "了结的案件"})["case"]
    case = sent(city, "bureau", "transfer_report", papers=["transfer_report"],
                body={"title": "销售假药案", "parties": [{"kind": "person", "name": "张三"}]})["case"]
    sent(city, "bureau", "transfer_approved", case)
    sent(city, "bureau", "items_seized", case, ["item_list"])
    sent(city, "bureau", "transfer", case, PAPERS, principals=[city.id("police")])
    sent(city, "police", "receipt", case, ["receipt"])
    return case, over


def a_merger_in_the_middle_of_a_case(build):
    city = City(build, names=("justice", "bureau", "environment", "police", "procuratorate"))
    a, b = city.id("bureau"), city.id("environment")
    try:
        city.start()
        case, over = begun(city)

        cli(city, "justice", "register", "succeed", a, "370800-nobody", code=6)
        cli(city, "justice", "register", "succeed", a, a, code=2)
        cli(city, "justice", "register", "succeed", a, b, "--at", "someday", code=2)
        cli(city, "justice", "register", "succeed", a, b, "--at", "2026-01-01")
        city.settle()
        shown = cli(city, "justice", "register", "show", "succeeded_by", a)
        assert b in shown and "2026-01-01T00:00:00" in shown, shown
        agency = next(x for x in city.call("police", "GET", "/api/agencies")[1]["agencies"] if x["id"] == a)
        assert agency["successor"]["agency"] == b and agency["successor"]["at"].startswith("2026-01-01"), agency

        # A acts no more, and nobody writes to it: what names it goes to B.
        refused(city, "bureau", "disposal_note", case, "succeeded", b)
        accepted = sent(city, "police", "acceptance", case, copies=[a])
        to = city.call("police", "GET", "/api/acts/" + accepted["id"])[1]["to"]
        assert b in [x["agency"] for x in to] and a not in [x["agency"] for x in to], to

        cli(city, "justice", "register", "grant", city.id("procuratorate"), "all", "--procedure", "referral")
        city.settle()

        # B has that answer and nothing else of the case; the history comes from A's machine.
        assert [x["act"] for x in city.case("environment", case)["acts"]] == ["acceptance"]
        cli(city, "bureau", "case", "share", "--all-open", "--to", b, code=2)  # somebody must answer for it
        said = json.loads(cli(city, "bureau", "--json", "case", "share", "--all-open", "--to", b, "--approved-by", "局长"))
        assert [(x["case"], len(x["shared"]), x["refused"]) for x in said] == [(case, 5, [])], said
        city.settle()
        shares = [x for x in city.case("bureau", case)["acts"] if x["relates"]]
        assert len(shares) == 5 and not [x for x in shares if x["breaches"]], shares  # no errand is a subscriber's business
        assert all([y["agency"] for y in x["to"]] == [b] for x in shares), shares
        again = json.loads(cli(city, "bureau", "--json", "case", "share", case, "--to", b, "--approved-by", "局长"))
        assert [len(x["shared"]) for x in again] == [0], again  # once is enough
        assert city.call("environment", "GET", "/api/cases/" + over)[0] == 404  # it was not open

        j = city.case("environment", case)
        acts = [x for x in j["acts"] if not x["relates"]]
        assert [x["act"] for x in acts] == ["transfer_report", "transfer_approved", "items_seized", "transfer", "receipt", "acceptance"], acts
        assert j["title"] == city.case("bureau", case)["title"] and [x["name"] for x in j["parties"]] == ["张三"], j["parties"]
        assert acts[3]["shared_by"]["agency"] == a and acts[5]["shared_by"] is None and acts[3]["body"]["approved_by"] == "负责人乙"
        police = city.case("police", case)
        for key in ("start", "due", "status"):
            assert [d[key] for d in j["duties"] if d["id"] == "D08"] == [d[key] for d in police["duties"] if d["id"] == "D08"], key
        paper = next(p for p in acts[3]["papers"] if p["kind"] == "test_report")
        out = os.path.join(city.base, "检验报告.txt")
        cli(city, "environment", "paper", acts[3]["id"], "test_report", out)
        assert open(out).read() == "内容 test_report" and paper["name"] == "test_report.txt"

        # B gets the decision of the police, hands over what A had seized, and meets the duty.
        sent(city, "police", "filed", case, ["filing_decision"])
        due = city.call("environment", "GET", "/api/due")[1]["duties"]
        assert [(d["id"], d["ours"], d["obligor"]) for d in due if d["id"] == "D10"] == [("D10", True, b)], due
        handed = sent(city, "environment", "items_handed_over", case, ["handover_list"])
        assert [x["owner"] for x in handed["after"]] == [a], handed["after"]  # the row keeps its name
        j = city.case("procuratorate", case)
        assert [(d["obligor"], d["status"]) for d in j["duties"] if d["id"] == "D10"] == [(b, "met")], j["duties"]
        text = cli(city, "environment", "case", "show", case)
        assert "转交：" in text and "由济宁市市场监督管理局转交" in text, text

        # What A did before that day may still be entered, by A, and B hears of it.
        late = sent(city, "bureau", "crime_suspected", case, mode="late_entry", occurred="2025-12-30", body={"source": "卷宗第3页"})
        assert late["id"] in [x["id"] for x in city.case("environment", case)["acts"]]
        refused(city, "bureau", "crime_suspected", case, "succeeded", b, mode="late_entry", occurred="2026-01-02", body={"source": "卷宗"})

        # A's keys are withdrawn: from here on B enters for it.
        cli(city, "justice", "register", "keys", a, "--withdraw")
        city.settle([n for n in city.names if n != "bureau"])
        status, late = city.act("environment", "crime_suspected", case, mode="late_entry", occurred="2025-12-29", actor=a,
                                body={"source": "卷宗第4页"})
        assert status == 200 and late["status"] == "admitted", late
        city.stop()
        assert city.check_all(left=["bureau"]) == len(city.names) + 1
        for name in ("bureau", "environment", "police"):
            lines = [x.split() for x in cli(city, name, "rebuild").splitlines() if x.strip()]
            assert lines, name
    finally:
        city.close()


if __name__ == "__main__":
    main([a_merger_in_the_middle_of_a_case])
