"""Orders over records (18-orders) with running processes: destroyed at every holder and confirmed; restricted and lifted."""
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import ROOT, City, cli, main, sent

SECOND = ["/usr/bin/python3", os.path.join(ROOT, "tests/verify2/bundle.py")]
KEYS = ("bundle", "what", "id", "message", "agency", "verdict", "code", "from", "to")
NAMES = ("justice", "bureau", "police", "procuratorate", "court")
SECRET = "张三的秘密材料"


def begun(city):
    case = sent(city, "bureau", "transfer_report", papers=["transfer_report"],
                body={"title": SECRET, "parties": [{"kind": "person", "name": "张三"}]})["case"]
    sent(city, "bureau", "transfer_approved", case)
    transfer = sent(city, "bureau", "transfer", case, ("transfer_letter", "investigation_report", "item_list", "test_report"),
                    principals=[city.id("police")], body={"facts": SECRET})
    sent(city, "police", "receipt", case, ["receipt"])
    return case, transfer["id"]


def until(city, name, look):
    """Waits until look() gives something: what the exchange passes on comes by itself."""
    end = time.monotonic() + 60
    while True:
        got = look()
        if got:
            return got
        assert time.monotonic() < end, "not in time: %s" % city.call(name, "GET", "/api/orders")[1]
        time.sleep(0.05)  # a poll interval; the loop ends on what is asked for


def ended(city, name):
    """Ends one agent, as the service manager would, and waits for it."""
    pid = int(open(os.path.join(city.data(name), "pid")).read())
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + 60
    while os.path.exists("/proc/%d" % pid) and " Z " not in open("/proc/%d/stat" % pid).read():
        assert time.monotonic() < end
        time.sleep(0.02)


def items(claims):
    return sorted(json.dumps([name] + [i[k] for k in KEYS]) for name, c in claims.items() for i in c["items"])


def order(city, name="justice"):
    return city.call(name, "GET", "/api/orders")[1]["orders"][0]


def act(city, name, ident):
    return city.call(name, "GET", "/api/acts/" + ident)[1]


def open_plain(city, name, ident):
    got = act(city, name, ident)
    return got["body"] is not None and got["body"].get("facts") == SECRET


def bytes_of(path):
    return b"".join(open(path + s, "rb").read() for s in ("", "-wal") if os.path.exists(path + s))


def objects(city, name):
    path = os.path.join(city.data(name), "journal.db" if name == "exchange" else "ledger.db")
    db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
    got = db.execute("SELECT digest, bytes FROM object").fetchall()
    db.close()
    return dict(got)


def destroyed_at_every_holder(build):
    city = City(build, names=NAMES)
    try:
        city.start()
        case, transfer = begun(city)
        cli(city, "police", "case", "share", case, "--to", city.id("court"), "--approved-by", "队长")
        city.settle()
        shared = [a["id"] for a in city.case("police", case)["acts"] if {"relation": "shares", "id": transfer} in a["relates"]]
        assert len(shared) == 1 and open_plain(city, "court", transfer)  # the court has it by a share only
        assert all(open_plain(city, n, transfer) for n in ("bureau", "police", "procuratorate"))
        paper = next(p for p in act(city, "police", transfer)["papers"] if p["kind"] == "test_report")["digest"]
        assert city.call("police", "GET", "/api/acts/%s/papers/%s" % (transfer, paper))[0] == 200

        city.stop()
        before = {n: objects(city, n) for n in ("exchange", "bureau", "police", "procuratorate", "court")}
        city.start()
        city.settle()
        cli(city, "justice", "register", "order", "destroy", "--number", "济司销〔2026〕1号", "--basis", "依法销毁", "--organ", city.id("justice"),
            "--message", transfer)
        city.settle()
        o = until(city, "justice", lambda: order(city) if order(city)["complete"] else None)
        assert {h["agency"] for h in o["holders"]} == {"exchange"} | {city.id(n) for n in ("bureau", "police", "procuratorate", "court")}, o
        assert all(h["confirmed"] for h in o["holders"]) and o["ours"], o
        assert "济司销〔2026〕1号" in cli(city, "justice", "orders") and "未确认" not in cli(city, "justice", "orders")
        city.settle()

        for n in ("bureau", "police", "procuratorate"):
            got = act(city, n, transfer)
            assert got["unreadable"] == "destroyed" and got["body"] is None and got["order"]["number"] == "济司销〔2026〕1号", got
            assert "依济司销〔2026〕1号命令销毁" in cli(city, n, "case", "show", case)
            status, j = city.call(n, "GET", "/api/acts/%s/papers/%s" % (transfer, paper))
            assert status == 409 and j["error"]["code"] == "destroyed", (status, j)
        assert city.call("court", "GET", "/api/acts/" + transfer)[0] == 404  # what it had only by the share is gone with it

        # It does not come back: nobody can hand it on, and the exchange has no paper of it.
        status, j = city.act("police", "transfer", case, relates=[{"relation": "shares", "id": transfer}], principals=[city.id("court")])
        assert status == 409 and j["error"]["code"] == "relates", (status, j)
        # The case goes on.
        sent(city, "police", "acceptance", case)
        sent(city, "police", "filed", case, ["filing_decision"])

        # Evidence says what became of it, and both verifiers alike.
        for n in ("bureau", "police"):
            bundle = os.path.join(city.base, n + ".zip")
            cli(city, n, "export", "--case", case, "--out", bundle)
            first = json.loads(city.run("--json", "verify", bundle, "--root", city.root_hex()).stdout)
            second = json.loads(subprocess.run(SECOND + [bundle, "--root", city.root_hex(), "--json"], capture_output=True, text=True).stdout)
            assert first["ok"] and second["ok"] and items(first["claims"]) == items(second["claims"]), n
            gone = [i for i in first["claims"]["P2"]["items"] if i["code"] == "destroyed"]
            assert {i["id"] for i in gone} == {transfer, *shared}, (n, gone)
            assert first["claims"]["P1"]["verdict"] == "proved", first["claims"]["P1"]
        city.stop()
        for n in ("exchange", "bureau", "police", "procuratorate", "court"):
            after = objects(city, n)
            gone = set(before[n]) - set(after)
            assert gone, n
            raw = bytes_of(os.path.join(city.data(n), "journal.db" if n == "exchange" else "ledger.db"))
            for digest in gone:
                assert before[n][digest][:64] not in raw, (n, "left in the file")
            if n == "court":  # the others have the title from acts that were not destroyed
                assert SECRET.encode() not in bytes_of(os.path.join(city.data(n), "view.db")), n
        assert city.verify_all() == len(city.names) + 1
        for n in ("bureau", "police", "court"):
            cli(city, n, "rebuild")
    finally:
        city.close()


def an_absent_holder_confirms_when_it_is_back(build):
    city = City(build, names=NAMES)
    try:
        city.start()
        case, _ = begun(city)
        ended(city, "procuratorate")
        cli(city, "justice", "register", "order", "destroy", "--number", "1号", "--basis", "依法", "--organ", city.id("justice"), "--case", case)
        o = until(city, "justice", lambda: len([h for h in order(city)["holders"] if h["confirmed"]]) == 3 and order(city))
        assert [h["agency"] for h in o["holders"] if not h["confirmed"]] == [city.id("procuratorate")] and o["complete"] is False, o
        assert "未确认  济宁市人民检察院" in cli(city, "justice", "orders")
        # What comes later in the case is not covered; the absent one gets it when it is back.
        status, _ = city.act("police", "acceptance", case, body={"note": "后来的"})
        assert status == 200
        city.stop()
        city.start()
        city.settle()
        until(city, "justice", lambda: order(city)["complete"])
        for n in ("bureau", "police", "procuratorate"):
            acts = city.case(n, case)["acts"]
            assert [a["body"]["note"] for a in acts if a["body"]] == ["后来的"], n
            assert {a["unreadable"] for a in acts if not a["body"]} == {"destroyed"} and not city.case(n, case)["parties"], n
            assert SECRET not in json.dumps(city.case(n, case), ensure_ascii=False)
        city.stop()
        city.verify_all()
        for n in ("bureau", "police", "procuratorate"):
            assert SECRET.encode() not in bytes_of(os.path.join(city.data(n), "view.db")), n
    finally:
        city.close()


def a_lost_disk_comes_back_without_it(build):
    city = City(build, names=NAMES)
    try:
        city.start()
        case, transfer = begun(city)
        cli(city, "justice", "register", "order", "destroy", "--number", "3号", "--basis", "依法", "--organ", city.id("justice"), "--message", transfer)
        city.settle()
        until(city, "justice", lambda: order(city)["complete"])
        ends = ("bureau", "police")  # whose act it was, and who received it
        sizes = {n: len(city.case(n, case)["acts"]) for n in ends}
        city.stop()
        for n in ends:
            for f in os.listdir(city.data(n)):
                if f.startswith(("ledger.db", "view.db")) or f == "trail":
                    os.unlink(os.path.join(city.data(n), f))
        city.start()
        city.settle()
        for n in ends:
            assert len(city.case(n, case)["acts"]) == sizes[n], n
            got = until(city, n, lambda: act(city, n, transfer) if act(city, n, transfer).get("unreadable") == "destroyed" else None)
            assert got["body"] is None and got["order"]["number"] == "3号", got
        sent(city, "police", "acceptance", case)
        for n in ends:
            bundle = os.path.join(city.base, n + ".zip")
            cli(city, n, "export", "--case", case, "--out", bundle)
            first = json.loads(city.run("--json", "verify", bundle, "--root", city.root_hex()).stdout)
            second = json.loads(subprocess.run(SECOND + [bundle, "--root", city.root_hex(), "--json"], capture_output=True, text=True).stdout)
            assert first["ok"] and second["ok"] and items(first["claims"]) == items(second["claims"]), n
            assert [i["id"] for i in first["claims"]["P2"]["items"] if i["code"] == "destroyed"] == [transfer], n
        city.stop()
        city.check_all()
        for n in ends:
            cli(city, n, "rebuild")
    finally:
        city.close()


def restricted_and_lifted(build):
    city = City(build, names=NAMES)
    try:
        city.start()
        case, transfer = begun(city)
        title = city.case("bureau", case)["title"]
        cli(city, "justice", "register", "order", "restrict", "--number", "2号", "--basis", "未成年人犯罪记录封存", "--organ", city.id("court"), "--case", case)
        city.settle()
        ident = order(city)["id"]
        for n in ("bureau", "police"):
            got = act(city, n, transfer)
            assert got["unreadable"] == "restricted" and got["body"] is None and got["order"]["kind"] == "restrict", got
            assert city.case(n, case)["title"] is None and not city.case(n, case)["parties"]
            assert not city.call(n, "GET", "/api/cases?q=%E5%BC%A0%E4%B8%89")[1]["cases"]  # 张三
            assert "依2号命令封存" in cli(city, n, "case", "show", case)
        paper = act(city, "police", transfer)["papers"][0]["digest"]
        status, j = city.call("police", "GET", "/api/acts/%s/papers/%s" % (transfer, paper))
        assert status == 409 and j["error"]["code"] == "restricted", (status, j)

        # Two persons and a reason, on record before it is shown.
        ask = {"act": transfer, "by": "甲", "second": "甲", "reason": "办案"}
        assert city.call("police", "POST", "/api/restricted", ask)[0] == 400
        assert city.call("police", "POST", "/api/restricted", dict(ask, second="乙", reason=""))[0] == 400
        size = city.call("police", "GET", "/api/ledger")[1]["size"]
        status, j = city.call("police", "POST", "/api/restricted", dict(ask, second="乙"))
        assert status == 200 and j["body"]["facts"] == SECRET and j["entry"] == size + 1, (status, j)
        status, j = city.call("police", "POST", "/api/restricted", dict(ask, second="乙", paper=paper))
        assert status == 200 and j["content_base64"], (status, j)
        assert city.call("police", "GET", "/api/ledger")[1]["size"] == size + 2
        assert SECRET in cli(city, "police", "restricted", transfer, "--by", "甲", "--second", "乙", "--reason", "复查")
        assert act(city, "police", transfer)["body"] is None  # and stays closed
        assert city.call("court", "POST", "/api/restricted", dict(ask, second="乙"))[0] == 404
        # It leaves by no other door: neither shared nor, but sealed, in evidence.
        status, j = city.act("police", "transfer", case, relates=[{"relation": "shares", "id": transfer}], principals=[city.id("court")])
        assert status == 409 and j["error"]["code"] == "relates", (status, j)
        bundle = os.path.join(city.base, "sealed.zip")
        cli(city, "police", "export", "--case", case, "--out", bundle)
        assert SECRET.encode() not in open(bundle, "rb").read()
        claims = json.loads(city.run("--json", "verify", bundle, "--root", city.root_hex()).stdout)["claims"]
        assert {i["code"] for i in claims["P2"]["items"]} == {"body_sealed"} and claims["P1"]["verdict"] == "proved", claims["P2"]

        cli(city, "justice", "register", "order", ident, "--withdraw")
        city.settle()
        assert open_plain(city, "police", transfer) and city.case("bureau", case)["title"] == title
        assert city.call("police", "POST", "/api/restricted", dict(ask, second="乙"))[0] == 404
        city.stop()
        city.verify_all()
        for n in ("bureau", "police"):
            cli(city, n, "rebuild")
    finally:
        city.close()


if __name__ == "__main__":
    main([destroyed_at_every_holder, an_absent_holder_confirms_when_it_is_back, a_lost_disk_comes_back_without_it, restricted_and_lifted])
