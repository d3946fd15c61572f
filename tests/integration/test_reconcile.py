"""Accounts of a small city of real processes held against each other: at rest every pair agrees; edited, cut, forked, set back: it is found and said who can prove it."""
import hashlib
import itertools
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))
from city import City, main
from xj_wire import pack

PAPERS = ("transfer_letter", "investigation_report", "item_list", "test_report")
NAMES = ("justice", "bureau", "police", "procuratorate")


def do(city, name, act, case, papers=(), **fields):
    status, j = city.act(name, act, case, papers, **fields)
    assert status == 200 and j["status"].startswith("admitted"), (act, status, j)
    return j["case"]


def a_case(city):
    case = do(city, "bureau", "transfer_report", None, ("transfer_report",))
    do(city, "bureau", "transfer_approved", case)
    do(city, "bureau", "transfer", case, PAPERS, principals=[city.id("police")])
    city.settle()
    do(city, "police", "receipt", case, ("receipt",))
    do(city, "police", "acceptance", case)
    city.settle()
    return case


def ledger(city, name):
    return os.path.join(city.data(name), "journal.db" if name == "exchange" else "ledger.db")


def reconcile(city, *args, code=0, data=None):
    """The comparison as JSON, with its findings by code."""
    p = city.run("--json", "reconcile", *args, "--root", city.root_hex(), check=False, data=data)
    assert p.returncode == code, (args, p.returncode, p.stdout, p.stderr)
    j = json.loads(p.stdout)
    j["by"] = {f["code"]: f for f in reversed(j["findings"])}
    return j


def copied(city, name, to):
    path = os.path.join(city.base, to)
    shutil.copyfile(ledger(city, name), path)
    return path


def edit(path, *statements):
    db = sqlite3.connect(path)
    for s in statements:
        db.execute(*s) if isinstance(s, tuple) else db.execute(s)
    db.commit()
    db.close()


def one(path, sql):
    db = sqlite3.connect(path)
    got = db.execute(sql).fetchone()[0]
    db.close()
    return got


def cut(path, size):
    edit(path, ("DELETE FROM entry WHERE n > ?", (size,)), ("DELETE FROM node WHERE (idx + 1) << level > ?", (size,)), ("DELETE FROM checkpoint WHERE size >= ?", (size,)))


def until(holds, timeout=30):
    end = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)  # a poll interval: the loop ends on what is awaited


def expect(j, code, lacking, a, b):
    f = j["by"].get(code)
    assert f is not None, (code, sorted(j["by"]))
    assert (f["lacking"], f["a"], f["b"]) == (lacking, a, b), f
    return f


def pairs_agree(city, names):
    for x, y in itertools.permutations(names, 2):
        j = reconcile(city, ledger(city, x), ledger(city, y))
        assert j["ok"] and j["differing"] == j["open"] == 0 and j["a"]["verified"] and j["b"]["verified"], (x, y, j["findings"])
    return j


def a_city_at_rest_reconciles_pairwise_and_with_the_journal(build):
    city = City(build, names=NAMES)
    try:
        city.start()
        for _ in range(3):
            a_case(city)
        refused = city.act("bureau", "acceptance", None)  # the journal and the bureau have the refusal, nobody else
        assert refused[0] != 200, refused
        city.settle()
        snapshot = os.path.join(city.base, "police.db")
        status, j = city.call("police", "POST", "/api/snapshot", {"path": snapshot})
        assert status == 200, (status, j)
        j = reconcile(city, snapshot, data=city.data("bureau"))  # a running agent against a copy of another's
        assert j["ok"] and j["compared"]["messages"] >= 9 and j["compared"]["stored"] > 0 and j["compared"]["heads"] > 0, j
        a_case(city)
        city.stop()

        pairs_agree(city, NAMES + ("exchange",))
        j = reconcile(city, ledger(city, "bureau"), ledger(city, "exchange"))
        assert j["compared"]["answers"] == j["compared"]["messages"] >= 20 and j["compared"]["delivered"] > 0, j["compared"]
        text = city.run("reconcile", ledger(city, "bureau"), ledger(city, "police"), "--root", city.root_hex()).stdout
        assert "两份账目一致" in text and "此处无法查验" in text, text

        # An older copy: the beginning of the ledger, and what others hold tells that it is not all.
        j = reconcile(city, snapshot, ledger(city, "police"), code=5)
        assert j["differing"] == 0 and j["open"] == 1, j["findings"]
        expect(j, "shorter", "a", "none", "signed")
        j = reconcile(city, snapshot, ledger(city, "bureau"), code=5)
        expect(j, "message_lost", "a", "none", "signed")
        expect(j, "stored_lost", "a", "none", "signed")
        expect(j, "ledger_cut", "a", "none", "signed")
    finally:
        city.close()


def forge(path, n):
    """Row n with another time, hashed anew as far as one row goes; the ledger is shorter than a block, so it keeps no nodes."""
    db = sqlite3.connect(path)
    kind, time_ms, head, sig = db.execute("SELECT kind, time_ms, head, sig FROM entry WHERE n = ?", (n,)).fetchone()
    leaf = hashlib.sha256(b"\0" + pack([n, kind, time_ms + 1, head, sig])).digest()
    db.execute("UPDATE entry SET time_ms = ?, leaf = ? WHERE n = ?", (time_ms + 1, leaf, n))
    db.commit()
    db.close()


def launch(city, program, name, conf):
    with open(os.path.join(city.base, name + ".log"), "w") as log:
        return subprocess.Popen([os.path.join(city.bin, program), "--config", os.path.join(city.data(name), conf)], stdout=log, stderr=log)


def size_of(city, name):
    try:
        return city.call(name, "GET", "/api/status")[1]["ledger_size"]
    except OSError:
        return 0


def goes_on(city, name, size):
    """The exchange and one agent alone, until the agent's ledger has that many entries; both stop cleanly."""
    endpoint, conf = os.path.join(city.data("exchange"), "endpoint"), os.path.join(city.data(name), "agent.conf")
    if os.path.exists(endpoint):
        os.unlink(endpoint)
    children = [launch(city, "xianjie-broker", "exchange", "broker.conf")]
    try:
        until(lambda: os.path.exists(endpoint) and open(endpoint).read().strip())
        with open(conf) as f:
            lines = [line for line in f if not line.startswith("endpoint")]
        with open(conf, "w") as f:
            f.writelines(lines + ["endpoint = %s\n" % open(endpoint).read().strip()])
        children.append(launch(city, "xianjie-agent", name, "agent.conf"))
        until(lambda: size_of(city, name) >= size)
    finally:
        for child in reversed(children):
            child.terminate()
            assert child.wait(30) == 0


def what_was_edited_cut_or_forked_is_found_and_who_can_prove_it(build):
    city = City(build, names=NAMES)
    try:
        city.start()
        a_case(city)
        city.stop()
        police = ledger(city, "police")

        edited = copied(city, "police", "edited.db")
        n = one(edited, "SELECT min(n) FROM entry WHERE kind = 8")
        forge(edited, n)
        for other in ("bureau", "exchange"):
            j = reconcile(city, edited, ledger(city, other), code=5)
            assert j["a"]["verified"] is False and j["b"]["verified"] is True
            expect(j, "ledger_rewritten", None, "unsigned", "signed")
        j = reconcile(city, police, edited, code=5)
        assert expect(j, "entry_differs", None, "none", "none")["number"] == n
        expect(j, "forked", None, "signed", "unsigned")

        shortened = copied(city, "police", "shortened.db")
        cut(shortened, one(shortened, "SELECT max(n) - 1 FROM entry WHERE kind = 1"))
        j = reconcile(city, ledger(city, "exchange"), shortened, code=5)
        expect(j, "message_lost", "b", "signed", "none")

        gone = copied(city, "exchange", "gone.db")
        cut(gone, one(gone, "SELECT max(n) - 1 FROM entry WHERE kind = 11"))
        j = reconcile(city, gone, police, code=5)
        expect(j, "answer_lost", "a", "none", "signed")

        # A fork: the machine goes on from an older copy, and signs another history than the one that was there.
        old = copied(city, "police", "old.db")
        n = one(old, "SELECT max(n) + 1 FROM entry")
        city.start()
        a_case(city)
        city.stop()
        first = copied(city, "police", "first.db")
        shutil.copyfile(old, police)
        goes_on(city, "police", n)
        j = reconcile(city, first, police, code=5)
        assert expect(j, "forked", None, "signed", "signed")["number"] == n
        assert one(police, "SELECT max(size) FROM checkpoint") >= n
        shutil.copyfile(first, police)

        note = one(police, "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1")
        path = os.path.join(city.base, "police.note")
        with open(path, "w") as f:
            f.write(note)
        j = reconcile(city, path, police)
        assert j["compared"]["heads"] == 1 and j["a"]["kind"] == "checkpoint"
        j = reconcile(city, path, shortened, code=5)
        expect(j, "ledger_cut", "b", "signed", "none")
        text = city.run("--lang", "en", "reconcile", path, shortened, "--root", city.root_hex(), check=False).stdout
        assert "cut, or restored from an old copy" in text and "A's copy proves it" in text, text

        # Wrong use, and files that are no accounts.
        city.run("reconcile", check=False)
        assert city.run("reconcile", police, check=False).returncode == 2
        assert city.run("reconcile", police, os.path.join(city.base, "none.db"), "--root", city.root_hex(), check=False).returncode == 6
        assert city.run("reconcile", police, city.spec, "--root", city.root_hex(), check=False).returncode == 5
        # Under another root key nothing is anybody's.
        p = city.run("--json", "reconcile", police, ledger(city, "bureau"), "--root", "ab" * 32, check=False)
        assert p.returncode == 5 and json.loads(p.stdout)["a"]["verified"] is False
    finally:
        city.close()


if __name__ == "__main__":
    main([a_city_at_rest_reconciles_pairwise_and_with_the_journal, what_was_edited_cut_or_forked_is_found_and_who_can_prove_it])
