"""Agencies that lose their ledger's disk, or get an older copy of it back, at rest and under way, and are killed amid their recovery: it
comes back from the exchange, nothing is lost or doubled, and everybody shows the same as before. XJ_LOST: how many losses (4);
XJ_SEED: their seed; XJ_KEEP: leaves the city."""
import contextlib
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import uuid
from collections import Counter

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import ROOT, UnixConnection, main
from killcity import KillCity, difference, portrait_of, until
from flows import Asked, check_stores
from test_kills import Worker

NAMES = ("justice", "bureau", "police", "procuratorate")
ROLES = {"bureau": "sender", "police": "recipient", "procuratorate": "supervisor"}
LEDGER, VIEW = "ledger.db", "view.db"


def remove(city, name):
    """What was on the lost disk; configuration, keys and anchor come back from their safe copy."""
    for f in os.listdir(city.data(name)):
        if f.startswith((LEDGER, VIEW)) or f == "trail":
            os.unlink(os.path.join(city.data(name), f))


def copy(city, name):
    path = os.path.join(city.base, "copy-%s.db" % name)
    if os.path.exists(path):
        os.unlink(path)
    city.run("backup", path, data=city.data(name))
    return path


def await_recovery(city, name):
    """Ready again; whether it was seen recovering, and then that it says so and takes no act."""
    seen = []

    def ready():
        figures = city.call(name, "GET", "/api/status")[1]
        if figures["state"] == "recovering" and not seen:
            assert figures["why_zh"] and figures["why_en"], figures
            status, j = city.act(name, "disposal_note", copies=[city.id("procuratorate" if name == "bureau" else "bureau")], wait_ms=0)
            if status != 200:  # else it was ready by then
                assert status == 503 and j["error"]["text_zh"], j
            seen.append(status)
        assert figures["state"] in ("recovering", "offline", "ready"), figures
        return figures["state"] == "ready" or city.must_live(name)

    until(name + " is ready again", ready)
    return bool(seen) and seen[0] != 200


def check_evidence(city, case, names):
    """The bundles of a case from these agencies, together: neither verifier finds a contradiction, and a recovery is told."""
    root, files = city.root_hex(), []
    for n in names:
        files.append(os.path.join(city.base, "evidence-%s-%s.zip" % (case, n)))
        city.run("export", "--case", case, "--with-sequence", "--out", files[-1], "--ledger", city.store(n), data=city.data(n))
    ran = city.run("--json", "verify", *files, "--root", root)
    claims = json.loads(ran.stdout)["claims"]
    assert not [c for c in claims.values() if c["verdict"] == "contradicted"], claims
    assert any(i["code"] == "recovered" for i in claims["P6"]["items"]), claims["P6"]
    second = subprocess.run(["/usr/bin/python3", os.path.join(ROOT, "tests/verify2/bundle.py"), *files, "--root", root, "--json"],
                            capture_output=True, text=True)
    assert second.returncode == 0, second.stdout + second.stderr
    same = json.loads(second.stdout)["claims"]
    assert {c: (v["verdict"], v["code"]) for c, v in same.items()} == {c: (v["verdict"], v["code"]) for c, v in claims.items()}
    for claim in ("P1", "P2", "P3", "P5", "P7"):
        assert claims[claim]["verdict"] == "proved", (claim, claims[claim])
    return claims


class Losses(Worker):
    """A city whose agencies lose their disks one after the other."""

    def __init__(self, build, rng):
        self.city, self.rng = KillCity(build, NAMES), rng
        self.answers, self.points, self.reference, self.counts = [], [], None, Counter()

    def show(self, name):
        cases = {a["case"] for _, a in self.answers}
        return {c: portrait_of(view) for c in cases for view in [self.city.get(name, "/api/cases/" + c)] if view}

    def pause(self, most_s):
        threading.Event().wait(self.rng.uniform(0, most_s))  # the random instant itself

    def lose(self):
        city, rng = self.city, self.rng
        victim = rng.choice(sorted(ROLES))
        older, under_way, again = rng.random() < 0.6, rng.random() < 0.6, rng.randint(0, 2)
        path = copy(city, victim) if older else None
        for _ in range(rng.randint(0, 2)):
            self.complete(Asked(city))
        before = self.show(victim)
        asked = Asked(city) if under_way else None
        if under_way:
            self.pause(0.3)
        city.kill(victim)
        remove(city, victim)
        if older:
            shutil.copy(path, city.store(victim))
        city.launch(victim)
        for _ in range(again):
            self.pause(0.6)
            city.kill(victim)
            city.launch(victim)
        self.counts["seen recovering"] += await_recovery(city, victim)
        self.counts.update({ROLES[victim]: 1, "older copy" if older else "nothing left": 1, "under way": under_way, "killed amid": again})
        self.complete(asked or Asked(city))
        after = self.show(victim)
        different = difference({c: after.get(c) for c in before}, before)
        assert not different, "%s shows something else than before: %s" % (victim, different)


def whoever_loses_its_disk_has_everything_back(build):
    count, seed = int(os.environ.get("XJ_LOST", "4")), int(os.environ.get("XJ_SEED", "1"))
    print("  XJ_SEED=%d XJ_LOST=%d" % (seed, count), flush=True)
    worker = Losses(build, random.Random(seed))
    city = worker.city
    try:
        worker.reference = worker.complete(Asked(city))
        for i in range(count):
            try:
                worker.lose()
            except Exception as e:
                raise AssertionError("loss %d in %s: %s" % (i + 1, city.dir, e)) from e
        check_stores(city, worker.answers, ("ledger_lost",))
        ended = {h[0] for _, _, h in city.entries("exchange", 16)}
        assert ended == {city.id(n) for n in ROLES if worker.counts[ROLES[n]] and city.entries(n, 13)} and ended, ended
        print("  %d acts; %s" % (len(worker.answers), ", ".join("%s %d" % c for c in sorted(worker.counts.items()))), flush=True)
    finally:
        city.close(bool(os.environ.get("XJ_KEEP")))


def every_kind_of_agency_recovers_from_nothing_and_says_so_in_its_ledger(build):
    worker = Losses(build, random.Random(1))
    city = worker.city
    try:
        worker.reference = worker.complete(Asked(city))
        worker.complete(Asked(city))
        for victim in NAMES:
            before, own = worker.show(victim), city.call(victim, "GET", "/api/status")[1]
            city.kill(victim)
            remove(city, victim)
            city.launch(victim)
            until(victim + " is ready again", lambda: city.is_ready(victim) or city.must_live(victim))
            until("the city is at rest", city.at_rest)
            keys = ("own_number", "own_answered", "own_proved", "mailbox", "feed", "register")
            until(victim + " has all figures again", lambda: [city.call(victim, "GET", "/api/status")[1][k] for k in keys] == [own[k] for k in keys])
            different = difference(worker.show(victim), before)
            assert not different, (victim, different)
        worker.complete(Asked(city))
        check_stores(city, worker.answers, ("ledger_lost",))
        check_evidence(city, worker.answers[0][1]["case"], ("bureau", "police"))  # from before the losses
        check_evidence(city, worker.answers[-1][1]["case"], ("bureau", "police", "procuratorate"))
        for n in NAMES:  # the registrar lost nothing that the exchange had on record but its register
            kinds = [k for _, k, _ in city.entries(n, 13, 16)]
            assert kinds == ([] if n == "justice" else [13, 16]), (n, kinds)
        assert sorted(h[0] for _, _, h in city.entries("exchange", 16)) == sorted(city.id(n) for n in ROLES)
    finally:
        city.close(bool(os.environ.get("XJ_KEEP")))


def second_machine(city, name, ledger):
    """A data directory beside the agency's own, with an older copy of its ledger; and its process."""
    there = os.path.join(city.base, "twin-" + name)
    os.mkdir(there)
    for f in os.listdir(city.data(name)):
        if f in ("agent.conf", "anchor") or f.endswith(".keys"):
            shutil.copy(os.path.join(city.data(name), f), there)
    shutil.copy(ledger, os.path.join(there, LEDGER))
    path = os.path.join(there, "agent.conf")
    with open(path) as f:
        text = re.sub(r"(?m)^(data|keys|anchor) = %s" % re.escape(city.data(name)), r"\1 = " + there, f.read())
    with open(path, "w") as f:
        f.write(text)
    return subprocess.Popen([os.path.join(city.bin, "xianjie-agent"), "--config", path], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def an_older_copy_beside_the_machine_that_runs_stops_that_one(build):
    worker = Losses(build, random.Random(1))
    city = worker.city
    twin = None
    try:
        worker.reference = worker.complete(Asked(city))
        path = copy(city, "bureau")
        worker.complete(Asked(city))
        twin = second_machine(city, "bureau", path)
        until("the machine that ran is stopped", lambda: city.call("bureau", "GET", "/api/status")[1]["state"] == "superseded")
        assert city.act("bureau", "disposal_note", copies=[city.id("procuratorate")], wait_ms=0)[0] == 503

        there = os.path.join(city.base, "twin-bureau", "agent.sock")

        def goes_on():
            connection = UnixConnection(there)
            connection.request("GET", "/api/status")
            figures = json.loads(connection.getresponse().read())
            connection.close()
            return figures["state"] == "ready" and figures["own_number"] == len(worker.answers) // 2

        until("the other one has everything and goes on", goes_on)
    finally:
        if twin is not None:
            twin.kill()
            twin.wait()
        city.close(bool(os.environ.get("XJ_KEEP")))


def damage(path):
    """A checkpoint's signature: nothing that runs reads it again."""
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        assert db.execute("UPDATE checkpoint SET note = substr(note, 1, length(note) - 9) || 'AAAA' || substr(note, -5)").rowcount > 0


def the_backup_copies_every_ledger_and_keeps_the_newest(build):
    city = KillCity(build, ("justice", "bureau"))
    target = os.path.join(city.base, "backup")
    env = dict(os.environ, XIANJIE_STATE=os.path.join(city.dir, "agencies"), XIANJIE=os.path.join(city.bin, "xianjie"))
    script = [os.path.join(ROOT, "deploy/backup"), target]
    try:
        for n in ("justice", "bureau"):  # two older ones, of which one goes
            os.makedirs(os.path.join(target, city.id(n)))
            for day in ("20260101-000000", "20260102-000000"):
                open(os.path.join(target, city.id(n), day + ".db"), "w").close()
        done = subprocess.run([*script, "2"], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        for n in ("justice", "bureau"):
            copies = sorted(os.listdir(os.path.join(target, city.id(n))))
            assert len(copies) == 2 and copies[0] == "20260102-000000.db", copies
            path = os.path.join(target, city.id(n), copies[1])
            assert os.stat(path).st_mode & 0o77 == 0
            city.run("verify", path, "--root", city.root_hex())
            assert not [f for f in os.listdir(city.data(n)) if f.startswith("backup")], "a copy stays on the ledger's own disk"
        city.children["bureau"].terminate()
        assert city.await_death("bureau")
        damage(city.store("bureau"))
        city.launch("bureau")
        until("the bureau is back", lambda: city.call("bureau", "GET", "/api/status")[1]["state"] == "ready")
        done = subprocess.run([*script, "1"], env=env, capture_output=True, text=True)
        assert done.returncode == 1 and "the ledger of %s is damaged" % city.id("bureau") in done.stderr, done.stderr
        for n, want in (("justice", [".db"]), ("bureau", [".bad", ".db", ".db", ".log"])):  # a damaged copy takes no sound one's place
            copies = os.listdir(os.path.join(target, city.id(n)))
            assert sorted(os.path.splitext(c)[1] for c in copies) == want, copies
        city.kill("bureau")
        done = subprocess.run(script, env=env, capture_output=True, text=True)
        assert done.returncode == 1 and city.id("bureau") in done.stderr, "an agency that is not copied must be told of"
    finally:
        city.close(bool(os.environ.get("XJ_KEEP")))


def with_nobody_reachable_an_act_is_queued_only_when_a_person_answers_for_the_ledger(build):
    worker = Losses(build, random.Random(1))
    city = worker.city
    try:
        worker.reference = worker.complete(Asked(city))
        assert city.run("override", "--by", "王科长", "--reason", "不必", data=city.data("bureau"), check=False).returncode == 3
        city.kill("exchange")
        city.kill("bureau")
        city.launch("bureau")
        until("the bureau can be read", lambda: city.call("bureau", "GET", "/api/status")[1]["state"] == "offline")
        note = {"copies": [city.id("procuratorate")], "wait_ms": 0, "id": str(uuid.uuid4())}
        assert city.act("bureau", "disposal_note", **note)[0] == 503
        city.run("override", "--by", "王科长", "--reason", "平台中断，期限将满", data=city.data("bureau"))
        status, j = city.act("bureau", "disposal_note", **note)
        assert (status, j["status"]) == (200, "queued"), j
        assert [i["code"] for i in city.get("bureau", "/api/incidents")["incidents"]] == ["override"]
        city.launch("exchange")
        city.await_ready("exchange")
        until("it is admitted", lambda: city.act("bureau", "disposal_note", **note)[1].get("status") == "admitted")
        until("the city is at rest", city.at_rest)
    finally:
        city.close(bool(os.environ.get("XJ_KEEP")))


if __name__ == "__main__":
    main([the_backup_copies_every_ledger_and_keeps_the_newest, every_kind_of_agency_recovers_from_nothing_and_says_so_in_its_ledger,
          whoever_loses_its_disk_has_everything_back,
          an_older_copy_beside_the_machine_that_runs_stops_that_one,
          with_nobody_reachable_an_act_is_queued_only_when_a_person_answers_for_the_ledger])
