"""The exchange's disk lost or set back to a backup, with real processes: nothing that was accepted is missing, everybody shows
the same as before, ledgers and journal verify. XJ_LOST: cases (4); XJ_SEED: their seed; XJ_KEEP: leaves the city."""
import os
import random
import shutil
import sqlite3
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import main
from killcity import LIMIT_S, KillCity, difference, until
from xj_wire import H, pack

PAPERS = ("transfer_letter", "investigation_report", "item_list", "test_report")
NAMES = ("justice", "bureau", "police", "procuratorate")
TAILS = ("", "-wal", "-shm")
REBUILD, INCIDENT, RECEIVED, ADMITTED = 14, 9, 2, 3
BEGUN, TAKEN, RESUMED = 1, 2, 3


class LostCity(KillCity):
    def __init__(self, build, rng):
        super().__init__(build, NAMES)
        self.rng, self.cases, self.away = rng, [], set()

    # ---- the exchange's disk ----

    def take_disk(self, name, where=None):
        """Moves a dead process's store away, or deletes it."""
        for tail in TAILS:
            path = self.store(name) + tail
            if os.path.exists(path):
                shutil.move(path, where + tail) if where else os.unlink(path)

    def backup(self):
        """A copy of the journal as it is at rest."""
        self.kill("exchange")
        where = os.path.join(self.base, "backup.db")
        for tail in TAILS:
            if os.path.exists(where + tail):
                os.unlink(where + tail)
            if os.path.exists(self.store("exchange") + tail):
                shutil.copy(self.store("exchange") + tail, where + tail)
        self.launch("exchange")
        self.everybody_ready()
        return where

    def put_back(self, where):
        self.take_disk("exchange")
        for tail in TAILS:
            if os.path.exists(where + tail):
                shutil.copy(where + tail, self.store("exchange") + tail)

    def wait_for(self, seconds):
        path = self.conf("exchange")
        with open(path) as f:
            lines = [line for line in f if not line.startswith("recovery_wait")]
        with open(path, "w") as f:
            f.writelines(lines + ["recovery_wait = %d\n" % seconds])

    def come_back(self):
        """Starts the exchange, which may die once or twice while it is being rebuilt."""
        self.launch("exchange")
        for _ in range(self.rng.choice((0, 0, 1, 2))):
            time.sleep(self.rng.uniform(0.05, 2.5))  # when it dies is the seed's; what comes of it must not depend on it
            self.kill("exchange")
            self.launch("exchange")

    # ---- people ----

    def present(self):
        return [n for n in self.names if n not in self.away]

    def everybody_ready(self):
        until("all who are there are ready", lambda: all(self.is_ready(n) for n in self.present()))

    def rest(self):
        def quiet():
            figures = [self.call(n, "GET", "/api/status")[1] for n in self.present()]
            return all(f["state"] == "ready" and f["own_number"] == f["own_answered"] and (self.away or f["own_number"] == f["own_proved"]) and
                       f["mailbox"] == f["mailbox_head"] and f["feed"] == f["feed_head"] and f["view_applied"] == f["ledger_size"]
                       for f in figures)
        until("all who are there are at rest", quiet)

    def begin(self):
        self.cases.append(self.perform("bureau", "transfer", None, PAPERS, principals=[self.id("police")])["case"])

    def go_on(self):
        """The next act of some case."""
        self.rest()
        case = self.rng.choice(self.cases)
        done = [a["act"] for a in self.get("police", "/api/cases/" + case)["acts"]]
        if "receipt" not in done:
            self.perform("police", "receipt", case, ("receipt",))
        elif "acceptance" not in done:
            self.perform("police", "acceptance", case)
        else:
            self.begin()

    def some(self, least, most):
        for _ in range(self.rng.randint(least, most)):
            self.rng.choice((self.begin, self.go_on))() if self.cases else self.begin()

    def shown(self):
        return {case: self.portrait(case) for case in self.cases}

    def rebuilds(self):
        """(stage, …) of the journal's entries of kind rebuild; codes of its incidents."""
        self.kill("exchange")
        heads = [head for _, _, head in self.entries("exchange", REBUILD)]
        codes = [head[0] for _, _, head in self.entries("exchange", INCIDENT)]
        self.launch("exchange")
        return heads, codes


class UnderWay(threading.Thread):
    """An act that is being sent while the exchange dies, and is answered when it is back."""

    def __init__(self, city):
        super().__init__(daemon=True)
        self.city, self.answer, self.fault = city, None, None
        self.start()

    def run(self):
        try:
            self.answer = self.city.perform("bureau", "transfer", None, PAPERS, principals=[self.city.id("police")])
        except Exception as e:  # told to whoever waits for the answer
            self.fault = e

    def finish(self):
        self.join(LIMIT_S)
        assert not self.fault and self.answer, "the act under way: %s" % self.fault
        self.city.cases.append(self.answer["case"])


def same(city, before):
    for case, seen in before.items():
        what = difference(city.portrait(case), seen)
        assert what is None, (case, what)


def fresh(city):
    city.some(1, 3)
    city.rest()
    before = city.shown()
    under_way = UnderWay(city)
    city.kill("exchange")
    city.take_disk("exchange")
    city.come_back()
    under_way.finish()
    city.rest()
    same(city, before)
    heads, _ = city.rebuilds()
    assert heads[0][0] == BEGUN and heads[-1][0] == RESUMED and not heads[-1][4], heads
    assert {h[1] for h in heads if h[0] == TAKEN} <= {city.id(n) for n in NAMES}


def backup(city):
    city.some(1, 2)
    city.rest()
    where = city.backup()
    city.some(1, 4)
    city.rest()
    before = city.shown()
    under_way = UnderWay(city) if city.rng.random() < 0.5 else None
    city.kill("exchange")
    city.put_back(where)
    city.come_back()
    if under_way:
        under_way.finish()
    city.rest()
    same(city, before)


def offline(city):
    """One agency is away until the exchange has gone on without it."""
    city.some(1, 2)
    city.rest()
    before = city.shown()
    name = city.rng.choice(("police", "procuratorate"))
    city.kill(name)
    city.away.add(name)
    city.begin()  # it waits in a mailbox that the exchange is about to lose
    city.wait_for(1)
    city.kill("exchange")
    city.take_disk("exchange")
    city.come_back()
    city.rest()
    city.begin()
    city.rest()
    city.launch(name)
    city.away.clear()
    city.rest()
    same(city, before)
    for case in city.cases:
        assert city.get(name, "/api/cases/" + case), "what came while it was away is there"
    city.wait_for(3600)


def rewrite(city, name, n, sig):
    """Gives an entry of a closed ledger another signature, and the leaf that goes with it."""
    db = sqlite3.connect(city.store(name))
    kind, time_ms, head = db.execute("SELECT kind, time_ms, head FROM entry WHERE n = ?", (n,)).fetchone()
    leaf = H(b"\0" + pack([n, kind, time_ms, bytes(head), sig]))
    db.execute("UPDATE entry SET sig = ?, leaf = ? WHERE n = ?", (sig, leaf, n))
    db.commit()
    db.close()


def forged(city):
    """A ledger that was tampered with hands back what the exchange never signed; its owner is found out and stopped."""
    city.some(1, 2)
    city.rest()
    before = city.shown()
    city.kill("police")
    db = sqlite3.connect(city.store("police"))
    n, sig = db.execute("SELECT a.n, a.sig FROM entry a JOIN entry r ON r.n = a.n - 1 AND r.kind = ? WHERE a.kind = ? ORDER BY a.n DESC",
                        (RECEIVED, ADMITTED)).fetchone()  # of one received: a stored statement binds what came before it
    db.close()
    rewrite(city, "police", n, bytes(sig[:-1]) + bytes([sig[-1] ^ 1]))
    city.kill("exchange")
    city.take_disk("exchange")
    city.launch("exchange")
    city.launch("police")
    until("it is rebuilt", lambda: all(city.is_ready(n) for n in NAMES if n != "police") and
          city.call("police", "GET", "/api/status")[1]["state"] == "inconsistent")
    heads, codes = city.rebuilds()
    assert "handback" in codes, codes
    city.kill("police")
    rewrite(city, "police", n, bytes(sig))
    city.launch("police")
    city.rest()
    same(city, before)


def evidence(city):
    """What an agency shows a court of a case that saw the exchange lost still holds."""
    case = city.cases[0]
    for name in ("bureau", "police"):
        path = os.path.join(city.base, name + ".zip")
        city.run("export", "--case", case, "--out", path, data=city.data(name))
        p = city.run("verify", path, "--root", city.root_hex(), check=False)
        assert p.returncode == 0, p.stdout + p.stderr


def test_an_exchange_that_lost_its_disk_is_rebuilt_from_the_agents(build):
    seed, count = int(os.environ.get("XJ_SEED", "1")), int(os.environ.get("XJ_LOST", "4"))
    kinds = (fresh, backup, offline, forged)
    done = 0
    while done < count:
        rng = random.Random(seed * 1000 + done)
        city = LostCity(build, rng)
        try:
            for kind in kinds[:count - done] if count - done < len(kinds) else rng.sample(kinds, len(kinds)):
                print("  case %d: %s" % (done, kind.__name__), flush=True)
                kind(city)
                done += 1
            city.rest()
            evidence(city)
            city.stop()
            city.verify_all()
        finally:
            city.close(keep=bool(os.environ.get("XJ_KEEP")))


if __name__ == "__main__":
    main([test_an_exchange_that_lost_its_disk_is_rebuilt_from_the_agents])
