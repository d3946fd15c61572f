"""A revision of the referral procedure published while cases are open, with real processes: the proof against the register, what
publishing refuses, the move, a restart of everybody, both verifiers, and views folded anew."""
import contextlib
import hashlib
import json
import os
import sqlite3

import msgpack

from city import ROOT, City, main

REFERRAL = os.path.join(ROOT, "schema/procedures/referral.yaml")
PAPERS = ["transfer_letter", "investigation_report", "item_list", "test_report"]
D08 = "limit: 3d, extend: {decision_verification: 7d,"  # the others are longer than any holiday that a term may end in


def write(city, name, text):
    path = os.path.join(city.base, name)
    with open(path, "w") as f:
        f.write(text)
    return path


def changed(old, limit, extra=""):
    text = open(REFERRAL).read()
    assert text.count(D08) == 1
    return text.replace(D08, D08.replace("3d", limit).replace("7d", "29d")) + "\nreplaces:\n  revision: %s\n  cases: open\n%s" % (old, extra)


def unproved_batch(city, old):
    """A batch for `register batch` that gives the revision published last as bytes, but replacing a revision that nobody has."""
    with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % os.path.join(city.data("justice"), "ledger.db"), uri=True)) as db:
        heads = [h for h, in db.execute("SELECT head FROM entry WHERE kind = 7 ORDER BY n DESC LIMIT 1")]
    [fact] = [value for kind, _, value in msgpack.unpackb(heads[0])[3] if kind == "procedure"]
    assert fact["compiled"].count(bytes.fromhex(old)) == 1
    compiled = fact["compiled"].replace(bytes.fromhex(old), bytes(32))
    revision = hashlib.sha256(b"xianjie/1 procedure\0" + compiled).hexdigest()
    value = dict(fact, compiled={"hex": compiled.hex()}, revision={"hex": revision})
    return write(city, "batch.json", json.dumps([{"kind": "procedure", "id": "referral/" + revision[:16], "value": value}]))


def transfer(city):
    _, a = city.act("bureau", "transfer_report", papers=["transfer_report"])
    case = a["case"]
    city.act("bureau", "transfer_approved", case)
    _, a = city.act("bureau", "transfer", case, PAPERS)
    assert a["status"].startswith("admitted"), a
    city.settle()
    for act, papers in (("receipt", ["receipt"]), ("acceptance", [])):
        _, a = city.act("police", act, case, papers)
        assert a["status"].startswith("admitted"), a
    city.settle()
    return case


def duty(city, who, case, ident):
    [d] = [d for d in city.case(who, case)["duties"] if d["id"] == ident]
    return d


def open_cases_move_and_their_clocks_run_on(build):
    city = City(build, names=("justice", "bureau", "police", "procuratorate"))
    try:
        city.start()
        registrar = city.data("justice")
        old = json.loads(city.run("procedure", "check", REFERRAL, "--json").stdout)["revision"]
        case, other = transfer(city), transfer(city)
        assert city.case("police", case)["revision"] == old
        before = duty(city, "police", case, "D08")

        # the map is proved against the register, a file, and by its first digits
        good = write(city, "good.yaml", changed(old, "25d"))
        for against, data in ((old, registrar), (old[:16], registrar), (REFERRAL, None)):
            told = json.loads(city.run("procedure", "check", good, "--against", against, "--json", data=data).stdout)
            assert told["ok"] and told["against"]["revision"] == old and told["against"]["cases"] == "open", told
            [d] = told["against"]["differences"]
            assert d["code"] == "duty_changed" and "期限：3日 → 25日" in d["zh"] and "limit: 3 days → 25 days" in d["en"], d
        text = city.run("procedure", "check", good, "--against", REFERRAL).stdout
        assert "D08" in text and "3日 → 25日" in text and "3 days → 25 days" in text
        assert city.run("procedure", "check", good, "--against", "0" * 16, data=registrar, check=False).returncode == 6

        # what cannot be proved is not published
        head = city.call("justice", "GET", "/api/register/head")[1]["number"]
        for text, code in ((changed(old, "25d", "  duties: {D08: ~}\n"), "image_dropped"), (changed("0" * 64, "25d"), "replaces_unknown"),
                           (changed(old, "25d", "  duties: {D0: D01}\n"), "image_unknown")):
            bad = write(city, "bad.yaml", text)
            p = city.run("procedure", "publish", bad, data=registrar, check=False)
            assert p.returncode == 2 and code in p.stderr, (p.returncode, p.stdout, p.stderr)
            p = city.run("register", "procedure", bad, data=registrar, check=False)
            assert p.returncode == 2 and code in p.stderr, (p.returncode, p.stdout, p.stderr)
        assert city.call("justice", "GET", "/api/register/head")[1]["number"] == head

        # published for later nothing moves; from its day on the next act does it
        city.run("procedure", "publish", write(city, "later.yaml", changed(old, "26d")), "--effective-from", "2099-01-01", data=registrar)
        city.run("procedure", "publish", good, "--effective-from", "2020-01-01", data=registrar)
        new = json.loads(city.run("procedure", "check", good, "--json").stdout)["revision"]
        city.settle()
        assert city.case("police", case)["revision"] == old
        _, a = city.act("police", "filed", case, ["filing_decision"])
        assert a["status"].startswith("admitted"), a
        city.settle()
        for who in ("bureau", "police", "procuratorate"):
            seen, d = city.case(who, case), duty(city, who, case, "D08")
            assert seen["revision"] == new, seen["revision"]
            assert d["revision"] == old and d["status"] == "met" and d["due"] == before["due"], d
            assert city.case(who, other)["revision"] == old
        third = transfer(city)
        d = duty(city, "police", third, "D08")
        assert city.case("police", third)["revision"] == new and d["revision"] is None and d["due"] > before["due"], d

        # all of it again after a restart, and from the ledgers alone
        city.stop()
        p = city.run("register", "batch", unproved_batch(city, old), data=registrar, check=False)
        assert p.returncode == 2 and "replaces_unknown" in p.stderr, (p.returncode, p.stdout, p.stderr)
        city.start()
        city.settle()
        assert duty(city, "procuratorate", case, "D08")["revision"] == old
        _, a = city.act("police", "filed", other, ["filing_decision"])
        assert a["status"].startswith("admitted"), a
        city.settle()
        assert city.case("bureau", other)["revision"] == new
        city.stop()
        assert city.check_all() == 5
        for who in city.names:
            assert json.loads(city.run("rebuild", "--json", data=city.data(who)).stdout)["same"] is True
    finally:
        city.close()


main([open_cases_move_and_their_clocks_run_on])
