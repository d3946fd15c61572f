"""Cases that go on while a city is disturbed, and what must be true of its stores afterwards: nothing lost, nothing twice, the same
acts in the same order and the same picture at everybody as in a city that nobody disturbs."""
import glob
import json
import os
import threading
import time

from city import ROOT
from killcity import LIMIT_S, KillCity, difference, until
from test_samples import check_end, run_sample

NAMES = ("justice", "bureau", "police", "police2", "procuratorate", "court")
PAPERS = ("transfer_letter", "investigation_report", "item_list", "test_report")
ROLES = {"exchange": "exchange", "bureau": "sender", "police": "receiver"}
FLOWS = 3  # cases played at once


def in_threads(jobs):
    """Runs the jobs at once and raises the first fault."""
    faults = []

    def run(job):
        try:
            job()
        except Exception as e:
            faults.append(e)

    threads = [threading.Thread(target=run, args=(j,)) for j in jobs]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if faults:
        raise faults[0]


# ---- one act at a time ----

class Asked(threading.Thread):
    """A transfer under way."""

    def __init__(self, city):
        super().__init__(daemon=True)
        self.city, self.answer, self.fault, self.since_ms = city, None, None, time.time_ns() // 1000000
        self.start()

    def run(self):
        try:
            self.answer = self.city.perform("bureau", "transfer", None, PAPERS, principals=[self.city.id("police")],
                                            body={"parties": [{"id": None, "kind": "person", "name": "张三"}]},
                                            subjects=[{"party": "张三"}])
        except Exception as e:  # told to whoever waits for the answer
            self.fault = e

    def finish(self):
        self.join(LIMIT_S)
        if self.fault:
            raise self.fault
        assert self.answer, "the transfer is not answered"
        return self.answer


class Target:
    """One city that is struck again and again, each time at an act of a case of its own."""

    def __init__(self, build):
        self.city = KillCity(build, ("justice", "bureau", "police", "procuratorate"))
        self.answers, self.points, self.reference = [], [], None

    def complete(self, asked):
        """The disturbed act ends by itself as an undisturbed one does, the case goes on, and everybody shows the same."""
        city, answer = self.city, asked.finish()
        until("the transfer is everywhere", lambda: city.arrived("bureau", answer))
        receipt = city.perform("police", "receipt", answer["case"], ("receipt",))
        until("the receipt is everywhere", lambda: city.arrived("police", receipt))
        until("the city is at rest", city.at_rest)
        self.answers += [("bureau", answer), ("police", receipt)]
        portrait = city.portrait(answer["case"])
        assert len(portrait) == 3, sorted(portrait)
        assert self.reference is None or not difference(portrait, self.reference), difference(portrait, self.reference)
        return portrait

    def path(self, s):
        """The file that a point is about: of the store, of the view, or (for what goes over sockets) none."""
        if s.file is None:
            return None
        return os.path.join(self.city.data(s.victim), s.file) if s.file.startswith("view") else self.city.store(s.victim) + s.file

    def revive(self, victim):
        self.city.launch(victim)
        self.city.await_ready(victim)


# ---- whole cases ----

class Flow:
    """What run_sample wants of a city, said by the careful client; several flows share one city."""

    def __init__(self, city):
        self.city, self.last, self.answers = city, None, []

    def id(self, name):
        return self.city.id(name)

    def act(self, name, act, case, papers, **fields):
        answer = self.city.perform(name, act, case, papers, **fields)
        self.last = (name, answer)
        self.answers.append(self.last)
        return 200, answer

    def settle(self):
        until("%s of %s is everywhere" % (self.last[1]["id"], self.last[0]), lambda: self.city.arrived(*self.last), self.city.limit_s)


class Flows:
    """The samples that a city can play, over and over, FLOWS at once, while something disturbs it."""

    def __init__(self, city, paths):
        self.city, self.paths, self.over = city, paths, threading.Event()
        self.done, self.answers, self.running = [], [], []

    def play(self, first):
        i = first
        while not self.over.is_set() or i == first:
            path, flow = self.paths[i % len(self.paths)], Flow(self.city)
            self.running.append(flow)
            try:
                self.done.append((path, *run_sample(flow, path)))
            except Exception:
                self.over.set()
                raise
            self.running.remove(flow)
            self.answers.extend(flow.answers)
            i += FLOWS

    def disturb(self, how):
        try:
            how(self)
        finally:
            self.over.set()

    def jobs(self, how):
        """For in_threads: the flows, and how(self), during which they go on; it looks at `over`, set when a flow has failed."""
        return [lambda: self.disturb(how)] + [lambda first=i: self.play(first) for i in range(FLOWS)]

    def check(self, wanted):
        """The city at rest, every case at its end and as `wanted` (undisturbed()) shows it, and the stores. Stops the city."""
        city = self.city
        until("the city is at rest", city.at_rest, city.limit_s)
        assert len(self.done) >= FLOWS
        for path, sample, case, parties in self.done:
            check_end(city, sample, case, parties, os.path.basename(path))
            different = difference(city.portrait(case), wanted[path])
            assert not different, (case, path, different)
        check_stores(city, self.answers)


def samples(names):
    """The sample cases that these agencies can play."""
    found = []
    for path in sorted(glob.glob(os.path.join(ROOT, "tests/cases/samples/*.json"))):
        with open(path) as f:
            steps = json.load(f)["steps"]
        if {n for s in steps for n in [s["by"], *s.get("to", [])]} <= set(names):
            found.append(path)
    assert len(found) >= 10
    return found


def undisturbed(build, names, paths):
    """Portraits of all samples, played one after the other in a city that nobody disturbs."""
    city = KillCity(build, names)
    try:
        flow, portraits = Flow(city), {}
        for path in paths:
            portraits[path] = city.portrait(run_sample(flow, path)[1])
        until("the city is at rest", city.at_rest)
        check_stores(city, flow.answers)
        return portraits
    finally:
        city.close()


# ---- the stores, when all is over ----

def check_stores(city, answers, expected=()):
    """Both verifiers, the views, and that every act is once in the journal, its sender's ledger and its recipients'."""
    city.stop()
    assert city.check_all(secrets=("样例案件", "张三")) == len(city.names) + 1
    for n in city.names:
        r = json.loads(city.run("--json", "--data", city.data(n), "rebuild").stdout)
        assert r["same"] and r["entries"] > 0, (n, r)
    acts = {a["id"].replace("-", ""): (n, a) for n, a in answers}
    assert len(acts) == len(answers)
    journal = city.entries("exchange", 3, 4, 11)
    assert [k for _, k, _ in journal] == [11, 3] * len(acts), [h for _, k, h in journal if k == 4]
    seqs = {h[2].hex(): n + 1 for n, k, h in journal if k == 11}
    assert seqs == {i: a["seq"] for i, (_, a) in acts.items()}
    for n in city.names:
        ledger = city.entries(n, 1, 2, 4)
        assert 4 not in [k for _, k, _ in ledger], (n, ledger)
        own = [h[2].hex() for _, k, h in ledger if k == 1]
        assert own == sorted((i for i, (by, _) in acts.items() if by == n), key=lambda i: acts[i][1]["number"]), n
        received = [h[2].hex() for _, k, h in ledger if k == 2]
        assert received == sorted((i for i, (_, a) in acts.items() if city.id(n) in a["to"]), key=seqs.get), n
    check_alarms(city, expected)


def check_alarms(city, expected):
    """A process that dies and comes back, or that cannot be reached for a while, is no incident, at nobody; what is expected may be there."""
    found = [(n, entry, h) for n in ["exchange", *city.names] for entry, _, h in city.entries(n, 9) if h[0] not in expected]
    assert not found, "false alarms: %s" % found
