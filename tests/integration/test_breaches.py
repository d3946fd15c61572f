"""What is unlawful or incomplete and did happen is admitted with a breach, live, through the agents of a city: the exchange says
which, or whoever opens the body sees it, and every recipient and the procuratorate have it before their eyes."""
import atexit
import functools
import os
import re
import sys
import time
import uuid
from datetime import datetime, timedelta, timezone

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from city import ROOT, City, main
from stranger import TRANSFER_PAPERS, UNCONNECTED, enlist, posted, tests_of
from xianjie_peer import uuid7

NAMES = ("justice", "bureau", "police", "police2", "procuratorate", "court")
# How the exchange's breaches and those of a reader are told apart (10-api 2, 09-fold 6).
BY_READER = {"reasons", "fine_after_transfer", "source"}


@functools.lru_cache(maxsize=None)
def city_of(build):
    fact = {"kind": "agency", "id": UNCONNECTED,
            "value": {"name": "济宁市药品监督管理局", "role": "bureau", "sector": "drugs", "division": "370800"}}
    city = City(build, names=NAMES + ("environment",), unconnected=("environment",), facts=[fact])
    city.names = list(NAMES)
    atexit.register(city.close)
    city.start()
    return city


@functools.lru_cache(maxsize=None)
def peer_of(build):
    """The environment bureau, spoken for by the peer: it says what an agent would not let pass."""
    peer = enlist(city_of(build), "environment")
    atexit.register(peer.close)
    return peer


def days_ago(n):
    return (datetime.now(timezone(timedelta(hours=8))) - timedelta(days=n)).isoformat(timespec="seconds")


def do(city, who, act, case=None, papers=(), breaches=(), to=(), **fields):
    """An act that is admitted with exactly these breaches [(code, detail)]; those of the exchange first. The answer to it."""
    status, j = city.act(who, act, case, papers, principals=[city.id(n) for n in to], **fields)
    assert status == 200, "%s %s: %s" % (who, act, j)
    assert [(b["code"], b["detail"]) for b in j["breaches"]] == list(breaches), (act, j["breaches"])
    assert j["status"] == ("admitted_with_breach" if breaches else "admitted"), (act, j["status"])
    assert j["refusal"] is None and j["seq"], j
    city.settle()
    return j


def approved(city, who="bureau"):
    """A case in which the transfer has been approved: what the law puts before it."""
    case = do(city, who, "transfer_report", papers=["transfer_report"])["case"]
    do(city, who, "transfer_approved", case)
    return case


def transferred(city):
    case = approved(city)
    return case, do(city, "bureau", "transfer", case, TRANSFER_PAPERS, to=["police"])


def shows(city, answer, viewers, *breaches, hidden=()):
    """Each viewer shows the act with these breaches, in its own list and in the case; `hidden`: agencies that do not have it."""
    for who in viewers:
        status, act = city.call(who, "GET", "/api/acts/" + answer["id"])
        assert status == 200, (who, act)
        in_case = next(a for a in city.case(who, answer["case"])["acts"] if a["id"] == answer["id"])
        for shown in (act, in_case):
            assert shown["status"] == "admitted_with_breach", (who, shown["status"])
            assert [(b["code"], b["detail"]) for b in shown["breaches"]] == list(breaches), (who, shown["breaches"])
            for b in shown["breaches"]:
                assert b["seen_by"] == ("reader" if b["code"] in BY_READER else "exchange"), (who, b)
                assert all(re.search("[一-鿿]{3}", b[k]) for k in ("text_zh", "remedy_zh")), b
                assert all(re.search("[a-z]{3}", b[k]) for k in ("text_en", "remedy_en")), b
                page = re.fullmatch(r"(\d\d-[a-z]+)( \d+)?", b["rule"])
                assert page and os.path.exists(os.path.join(ROOT, "schema/spec", page[1] + ".md")), b["rule"]
    for who in hidden:
        assert city.call(who, "GET", "/api/acts/" + answer["id"])[0] == 404, who


# ---- what the exchange sees ----
def a_transfer_after_its_day_is_late(build):
    city = city_of(build)
    case = do(city, "bureau", "transfer_report", papers=["transfer_report"], occurred=days_ago(70))["case"]
    done = do(city, "bureau", "transfer_approved", case, breaches=[("late", "D01")], occurred=days_ago(40))
    shows(city, done, ["bureau"], ("late", "D01"), hidden=["police", "procuratorate"])  # inside the bureau still
    sent = do(city, "bureau", "transfer", case, TRANSFER_PAPERS, [("late", "D02")], ["police"])
    shows(city, sent, ["bureau", "police", "procuratorate"], ("late", "D02"))
    duties = {d["id"]: d for d in city.case("bureau", case)["duties"]}
    assert duties["D01"]["status"] == "late" and duties["D02"]["status"] == "late", duties
    assert duties["D02"]["done_by"] == sent["id"], duties["D02"]


def a_transfer_without_the_investigation_report_lacks_a_paper(build):
    city = city_of(build)
    case = approved(city)
    sent = do(city, "bureau", "transfer", case, ("transfer_letter", "item_list", "no_test"), [("paper", "investigation_report")], ["police"])
    shows(city, sent, ["bureau", "police", "procuratorate"], ("paper", "investigation_report"), hidden=["court", "police2"])
    sent = do(city, "bureau", "transfer", case, ("transfer_letter",),
              [("paper", "investigation_report"), ("paper", "item_list"), ("paper", "test_report")], ["police"])
    shows(city, sent, ["police", "procuratorate"], ("paper", "investigation_report"), ("paper", "item_list"), ("paper", "test_report"))


def a_transfer_that_nobody_approved_misses_a_step(build):
    city = city_of(build)
    sent = do(city, "bureau", "transfer", None, TRANSFER_PAPERS, [("step", "transfer_approved")], ["police"])
    shows(city, sent, ["bureau", "police", "procuratorate"], ("step", "transfer_approved"))


def a_transfer_to_police_that_are_not_the_bureaus_counterpart_goes_to_the_wrong_organ(build):
    city = city_of(build)
    key = (city.id("bureau"), "police", "any")
    shown = city.call("justice", "GET", "/api/register/head")[1]["number"]
    city.run("register", "counterpart", *key, city.id("police"), data=city.data("justice"))
    try:
        assert city.call("justice", "GET", "/api/register/head")[1]["number"] == shown + 1
        case = approved(city)
        sent = do(city, "bureau", "transfer", case, TRANSFER_PAPERS, [("organ", "police")], ["police2"])
        shows(city, sent, ["bureau", "police2", "procuratorate"], ("organ", "police"), hidden=["police"])
        do(city, "bureau", "transfer", case, TRANSFER_PAPERS, to=["police"])  # to the counterpart: no breach
    finally:
        city.run("register", "counterpart", *key, city.id("police"), city.id("police2"), data=city.data("justice"))


def alerts(city, name, case):
    """What that agency is told of the case, by rule; the list of all cases says the same."""
    status, answer = city.call(name, "GET", "/api/alerts")
    assert status == 200, answer
    listed = {a["rule"]: a for a in answer["alerts"] if a["case"] == case}
    shown = {a["rule"]: a for a in city.case(name, case)["alerts"] if not a["cleared"]}
    assert set(listed) == set(shown)
    return listed


def a_penalty_after_the_transfer_is_a_breach_and_a_fine_is_seen_by_whoever_opens_it(build):
    city = city_of(build)
    case, _ = transferred(city)
    both = [("penalty_after_transfer", "penalty_decided"), ("fine_after_transfer", "penalty_decided")]
    fined = do(city, "bureau", "penalty_decided", case, ["penalty_decision"], both, to=["police"],
               copies=[city.id("procuratorate")], body={"fine": 5000000, "penalty_kinds": ["罚款"]})
    shows(city, fined, ["bureau", "police", "procuratorate"], *both)
    other = do(city, "bureau", "penalty_decided", case, ["penalty_decision"], both[:1], to=["police"],
               copies=[city.id("procuratorate")], body={"penalty_kinds": ["吊销许可证"]})
    shows(city, other, ["bureau", "police", "procuratorate"], both[0])
    told = alerts(city, "procuratorate", case)
    assert [told[r]["mode"] for r in ("R11", "R11A")] == ["以罚代刑", "以罚代刑"], told
    assert told["R11"]["severity"] == "red" and told["R11"]["evidence"][0]["id"] == fined["id"] and not told["R11"]["cleared"]
    assert told["R11"]["answerable"]["agency"] == city.id("bureau") and "处罚决定" in told["R11"]["why"]
    assert set(alerts(city, "bureau", case)) >= {"R11", "R11A"}, "the bureau is told of itself"
    status, why = city.call("procuratorate", "GET", "/api/cases/%s/why?of=D08" % case)
    [review] = why["duties"]
    assert status == 200 and "3 natural days" in review["reckoning"][0] and review["chain"][0]["act"] == "transfer", why
    _, size = city.call("procuratorate", "GET", "/api/ledger")
    _, why = city.call("procuratorate", "GET", "/api/cases/%s/why" % case)
    links = [e for a in why["alerts"] for e in a["evidence"]] + [e for d in why["duties"] for e in d["chain"]]
    known = {a["id"]: a for a in city.case("procuratorate", case)["acts"]}
    assert links and all(0 < e["entry"] <= size["size"] and known[e["id"]]["act"] == e["act"] for e in links), links
    assert city.call("procuratorate", "GET", "/api/cases/%s/why" % fined["id"])[0] == 404
    assert not set(alerts(city, "police", case)) & {"R11", "R11A"}, "the police are not told"


def a_fine_before_the_transfer_is_no_breach(build):
    city = city_of(build)
    case = do(city, "bureau", "penalty_decided", None, ["penalty_decision"], body={"fine": 5000000})["case"]
    do(city, "bureau", "transfer_report", case, ["transfer_report"])
    do(city, "bureau", "transfer_approved", case)
    do(city, "bureau", "transfer", case, TRANSFER_PAPERS, to=["police"])


def a_late_entry_of_an_act_without_authority_moves_nothing(build):
    city = city_of(build)
    done = do(city, "bureau", "filed", None, (), [("role", "bureau")], mode="late_entry", occurred="2015-08", actor=UNCONNECTED,
              copies=[city.id("procuratorate")], body={"source": "卷宗第8页"})
    shows(city, done, ["bureau", "procuratorate"], ("role", "bureau"))
    assert city.case("procuratorate", done["case"])["rows"] == []


def an_act_dated_after_the_day_after_tomorrow_lies_in_the_future(build):
    city = city_of(build)
    done = do(city, "bureau", "disposal_note", None, (), [("future", "disposal_note")], ["procuratorate"], occurred=days_ago(-3))
    shows(city, done, ["bureau", "procuratorate"], ("future", "disposal_note"))


# ---- what only the body shows ----
def a_refusal_to_file_without_reasons_is_seen_by_whoever_opens_it(build):
    city = city_of(build)
    case, sent = transferred(city)
    do(city, "police", "receipt", case, ["receipt"])
    done = do(city, "police", "not_filed", case, ("not_filed_notice", "file_list"), [("reasons", "not_filed")])
    shows(city, done, ["police", "bureau", "procuratorate"], ("reasons", "not_filed"))
    case, sent = transferred(city)
    done = do(city, "police", "not_filed", case, ("not_filed_notice", "file_list"), body={"reasons": "没有犯罪事实"})
    for who in ("police", "bureau", "procuratorate"):
        assert city.call(who, "GET", "/api/acts/" + done["id"])[1]["breaches"] == []


def a_late_entry_without_its_paper_source_is_seen_by_whoever_opens_it(build):
    city, peer = city_of(build), peer_of(build)
    built = peer.build("disposal_note", [(city.id("procuratorate"), "copy"), (city.id("court"), "notice")], mode="late_entry")
    answer = through_peer(city, peer, built, [])
    shows(city, answer, ["procuratorate"], ("source", "disposal_note"))
    shown = city.call("court", "GET", "/api/acts/" + answer["id"])[1]  # a header only: nothing to be seen in it
    assert shown["breaches"] == [] and shown["unreadable"] == "header_only", shown


def an_agency_with_a_grant_that_does_not_get_the_act_is_named(build):
    city, peer = city_of(build), peer_of(build)
    city.run("register", "grant", city.id("court"), "watch", "--procedure", "referral", "--division", "3708", data=city.data("justice"))
    peer.pull_register(city.call("justice", "GET", "/api/register/head")[1]["number"])
    fields = {"papers": TRANSFER_PAPERS, "tracks": [["transfer", peer.agency]], "case": uuid7()}
    to = [(city.id("police"), "principal"), (city.id("procuratorate"), "copy")]
    breaches = [("step", "transfer_approved"), ("subscriber", city.id("court"))]
    answer = through_peer(city, peer, peer.build("transfer", to, **fields), breaches)
    shows(city, answer, ["police", "procuratorate"], *breaches, hidden=["court"])
    answer = through_peer(city, peer, peer.build("transfer", to + [(city.id("court"), "copy")], **fields), breaches[:1])
    shows(city, answer, ["police", "procuratorate", "court"], breaches[0])


def through_peer(city, peer, built, breaches):
    """Submits it and waits until everybody has it: its id and case as an agent's answer names them."""
    which, _, st = peer.answer(peer.submit(built))
    assert which == 1 and [tuple(b) for b in st[5]] == breaches, st
    mail, names = {}, {city.id(n): n for n in city.names}
    posted(peer, mail)
    figures = {f["agency"]: f for f in city.settle()}
    end = time.monotonic() + 20
    while any(figures[a]["mailbox"] < number for a, number in mail.items() if a in names):
        assert time.monotonic() < end, "it did not arrive"
        figures = {f["agency"]: f for f in city.settle()}
    return {"id": str(uuid.UUID(bytes=built[0][2])), "case": str(uuid.UUID(bytes=built[0][3]))}


# ---- the whole of it ----
def the_ledgers_of_the_city_verify(build):
    city = city_of(build)
    city.stop()
    assert city.check_all() == len(city.names) + 1


if __name__ == "__main__":
    main(tests_of(globals()))
