"""kill -9 of exchange, sender and receiver around every commit and every send, and at random: nothing lost, nothing twice,
the same acts in the same order as without. XJ_KILLS: random kills (20); XJ_SEED: their seed; XJ_KEEP: leaves the cities."""
import glob
import json
import os
import random
import sys
import threading
import time
from collections import Counter, namedtuple

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import ROOT, main
from killcity import LIMIT_S, KillCity, Tracer, difference, until
from test_samples import check_end, run_sample

PAPERS = ("transfer_letter", "investigation_report", "item_list", "test_report")
ROLES = {"exchange": "exchange", "bureau": "sender", "police": "receiver"}
FLOWS = 3  # cases played at once while processes are killed at random
WORKERS = 5  # cities at work at once: most of the time is spent waiting for agents to dial again
MISSES = 2  # a sweep ends when that many counts in a row were not reached: how calls fall into batches varies
TRIES = 4
IDLE_S = 5  # the write-ahead log is folded when nothing has come for a second

# One sweep: the k-th such call of the victim, for every step-th k from first to last (page writes: as picked() says). file: end of
# the name of the file that is written or synced, None for sends. after: dies when the call is done, else in its stead.
Sweep = namedtuple("Sweep", "victim stage call file after first step last", defaults=(1, 1, 99))


def sweeps():
    """The longest first: after a death of the exchange every agent waits a second before it dials again."""
    for first in (1, 2, 3):
        yield Sweep("exchange", "send", "sendto", None, False, first, 3)
    for first in (1, 2):  # after the k-th the disk is as it is before the next, only the peer has more: every other one
        yield Sweep("exchange", "send", "sendto", None, True, first, 4)
    for victim in ROLES:
        agent = victim != "exchange"
        yield Sweep(victim, "commit", "pwrite64", "-wal", False)
        for after in (False, True):
            yield Sweep(victim, "commit", "fdatasync", "-wal", after)
            if agent:
                yield Sweep(victim, "send", "sendto", None, after)
            yield Sweep(victim, "fold", "fdatasync", "", after)
        yield Sweep(victim, "fold", "pwrite64", "", False)
        if agent:
            yield Sweep(victim, "view", "pwrite64", "view.db-wal", False)
        yield Sweep(victim, "start", "sendto", None, False, 1, 3 if agent else 11, 25)
        yield Sweep(victim, "start", "fdatasync", "-wal", False, 1, 1, 2)
    yield Sweep("bureau", "answer", "sendmsg", None, False)
    yield Sweep("bureau", "answer", "sendmsg", None, True)
    yield Sweep("exchange", "start", "rename", None, False)
    yield Sweep("bureau", "start", "ftruncate", None, False)
    yield Sweep("bureau", "start", "unlink", None, False)


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


class Worker:
    """One city on which points are struck one after the other, each at an act of a case of its own."""

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

    # ---- one point ----

    def path(self, s):
        if s.file is None:
            return None
        return os.path.join(self.city.data(s.victim), s.file) if s.file.startswith("view") else self.city.store(s.victim) + s.file

    def strike(self, s, when):
        """True when the point was reached. Leaves the city at rest either way."""
        city = self.city
        if s.stage == "start":
            return self.strike_start(s, when)
        tracer = Tracer(city, s.victim, s.call, when, s.after, self.path(s))
        asked, rested = Asked(city), []

        def gone_on():
            if not rested and not asked.is_alive() and city.at_rest():
                rested.append(time.monotonic())
            return rested and (s.stage != "fold" or time.monotonic() - rested[0] > IDLE_S)

        struck = tracer.struck(gone_on)
        if struck:
            self.note(s, when, tracer.calls(), asked)
            self.revive(s.victim)
        else:
            tracer.let_go()
        self.complete(asked)
        return struck

    def strike_start(self, s, when):
        """A second death, while starting after the first, with an act under way whose first commit is on the disk."""
        city = self.city
        tracer = Tracer(city, s.victim, "fdatasync", 1, True, city.store(s.victim) + "-wal")
        asked = Asked(city)
        assert tracer.struck(lambda: False)
        tracer = Tracer(city, s.victim, s.call, when, s.after, self.path(s), start=True)
        struck = tracer.struck(lambda: not asked.is_alive() and city.at_rest())
        if struck:
            self.note(s, when, tracer.calls(), asked)
        else:
            city.kill(s.victim)
        self.revive(s.victim)
        self.complete(asked)
        return struck

    def revive(self, victim):
        self.city.launch(victim)
        self.city.await_ready(victim)

    def note(self, s, when, calls, asked):
        """What was struck, by what was seen of the process and what it left on the disk."""
        kinds = self.city.kinds_since(s.victim, asked.since_ms)
        where = place(calls, os.path.basename(self.city.store(s.victim)) + "-wal", s.call, when)
        if s.stage == "commit" and s.call == "pwrite64" and where[0] == 0:
            assert kinds == [], "half a commit is in the file: %s" % kinds
        if s.stage == "send" and when == 1 and s.victim != "police":  # a recipient asks for papers before it stores anything
            assert where[0] > 0 and not where[1], "sent before it was synced: %s" % calls
        if s.victim == "exchange" and "admitted" not in kinds:
            assert asked.is_alive(), "answered before it was on the disk"
        name = "%s %s #%d" % ("after" if s.after else "before", s.call, when)
        self.points.append((ROLES[s.victim], s.stage, s.call, s.after, where, name, kinds))

    # ---- a sweep ----

    def whens(self, s):
        """Which counts: all of the sweep until no more are reached; of page writes the first, and one amid each commit or fold."""
        if s.stage in ("commit", "view") and s.call == "pwrite64":
            return picked(self.census(s))
        if s.stage == "fold":
            return [3] if s.call == "pwrite64" else [1]
        if s.stage == "answer":
            return [1]
        return range(s.first, s.last + 1, s.step)

    def census(self, s):
        tracer = Tracer(self.city, s.victim, path=self.path(s))
        asked = Asked(self.city)
        tracer.struck(lambda: not asked.is_alive() and self.city.at_rest())
        tracer.let_go()
        self.complete(asked)
        return tracer.calls()

    def sweep(self, s):
        """A count that must be there is tried again: under load strace may tell of a call's end when all is over."""
        misses, whens = 0, self.whens(s)
        tries = TRIES if s.stage in ("answer", "fold") else 1
        for when in whens:
            try:
                struck = any(self.strike(s, when) for _ in range(tries))
            except Exception as e:
                raise AssertionError("%s, number %d, in %s: %s" % (s, when, self.city.dir, e)) from e
            misses = 0 if struck else misses + 1
            if isinstance(whens, range) and misses >= MISSES - (s.step > 1):
                break


def picked(calls):
    """Counts of page writes: the first of all, and the middle one before each sync (or of each third, where none is synced)."""
    writes, bounds = 0, [0]
    for _, call, _, size in calls:
        writes += call == "pwrite64"
        if call == "fdatasync" and writes > bounds[-1] + 1:
            bounds.append(writes)
    if len(bounds) == 1:
        bounds += [writes // 3, 2 * writes // 3, writes]
    return sorted({1} | {(a + b) // 2 + 1 for a, b in zip(bounds, bounds[1:])})


def place(calls, wal, struck, when):
    """(commits synced before, whether one is under way, sends before) at the when-th such call of a thread."""
    synced = pages = sends = 0
    seen = Counter()
    for thread, call, name, size in calls:
        seen[thread] += call == struck
        if call == struck and seen[thread] == when:
            break  # what other threads still did comes behind it
        if name == wal and call == "pwrite64":
            pages += size != 32  # that is the log's own header
        elif name == wal and call == "fdatasync" and pages:
            synced, pages = synced + 1, 0
        elif call == "sendto" and name.startswith("socket"):
            sends += 1
    return synced, pages > 0, sends


# ---- after the kills ----

def check_stores(city, answers, expected=()):
    """Both verifiers, the views, and that every act is once in the journal, its sender's ledger and its recipients'."""
    city.stop()
    assert city.verify_all() == len(city.names) + 1
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
    """A process that dies and comes back is no incident, at nobody; what is expected may be there."""
    found = [(n, entry, h) for n in ["exchange", *city.names] for entry, _, h in city.entries(n, 9) if h[0] not in expected]
    assert not found, "false alarms: %s" % found


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


def say(points):
    for role, stage, call, after, (synced, under_way, sends), name, kinds in sorted(points, key=str):
        print("  %-8s %-6s %-20s commits %d%s, sends %d; in the file: %s" % (
            role, stage, name, synced, " and one under way" if under_way else "", sends, " ".join(kinds) or "-"), flush=True)


class Plan:
    """The sweeps that are still to be done: all of them once, then again those whose points were not all reached."""

    def __init__(self, workers):
        self.workers, self.lock = workers, threading.Lock()
        self.todo, self.done, self.under_way = list(sweeps()), Counter(), []

    def points(self):
        return [p for w in self.workers for p in w.points]

    def next(self, ended):
        with self.lock:
            if ended:
                self.under_way.remove(ended)
            s = self.todo.pop(0) if self.todo else self.again()
            if s:
                self.done[s] += 1
                self.under_way.append(s)
            return s

    def again(self):
        """Into which batches calls fall, and when strace tells of them, is chance; nothing is tried more than TRIES times."""
        lacking, busy = unreached(self.points()), {s.stage for s in self.under_way}
        return next((s for s in sweeps() if (ROLES[s.victim], s.stage, s.after) in lacking and s.stage not in busy
                     and self.done[s] < TRIES), None)


def whoever_dies_at_whichever_point_nothing_is_lost_or_doubled(build):
    workers = []
    plan = Plan(workers)

    def work():
        worker = Worker(build)
        workers.append(worker)
        worker.reference = worker.complete(Asked(worker.city))
        s = None
        while s := plan.next(s):
            worker.sweep(s)
        check_stores(worker.city, worker.answers)

    try:
        in_threads([work] * WORKERS)
        points = plan.points()
        say(points)
        print("  %d kills at points, %d acts" % (len(points), sum(len(w.answers) for w in workers)), flush=True)
        assert all(w.reference == workers[0].reference for w in workers)
        lacking = unreached(points)
        assert not lacking, "points not reached: %s" % lacking
    finally:
        for w in workers:
            w.city.close(bool(os.environ.get("XJ_KEEP")))


# What must have been reached, whatever batches calls fell into: by role and stage, and whether after the call, how many.
# (All that a receiver has to say may go out in one frame.)
LEAST = {("exchange", "commit", False): 5, ("exchange", "commit", True): 2, ("exchange", "send", False): 6, ("exchange", "send", True): 4,
         ("sender", "commit", False): 5, ("sender", "commit", True): 2, ("sender", "send", False): 2, ("sender", "send", True): 2,
         ("receiver", "commit", False): 4, ("receiver", "commit", True): 2, ("receiver", "send", False): 1, ("receiver", "send", True): 1,
         ("sender", "view", False): 2, ("receiver", "view", False): 2, ("sender", "answer", False): 1, ("sender", "answer", True): 1,
         ("exchange", "fold", False): 2, ("exchange", "fold", True): 1, ("sender", "fold", False): 2, ("sender", "fold", True): 1,
         ("receiver", "fold", False): 2, ("receiver", "fold", True): 1,
         ("exchange", "start", False): 3, ("sender", "start", False): 3, ("receiver", "start", False): 2}


def unreached(points):
    """What is still to be struck: by (role, stage, after the call), in words."""
    reached = Counter((role, stage, after) for role, stage, _, after, _, _, _ in points)
    lacking = {k: "%d of %d" % (reached[k], least) for k, least in LEAST.items() if reached[k] < least}
    for role, first in (("exchange", "messageadmitted"), ("sender", "own"), ("receiver", "receivedadmittedstored")):
        commits = [(call, after, "".join(kinds)) for r, stage, call, after, _, _, kinds in points if r == role and stage == "commit"]
        if ("pwrite64", False, "") not in commits:
            lacking[role, "commit", False] = "no death amid the first commit"
        for after in (False, True):
            if not any(call == "fdatasync" and a == after and first in kinds for call, a, kinds in commits):
                lacking[role, "commit", after] = "no death %s the sync of %s" % ("after" if after else "before", first)
    return lacking


# ---- at random ----

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
        until("%s of %s is everywhere" % (self.last[1]["id"], self.last[0]), lambda: self.city.arrived(*self.last))


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


def kill_at_random(city, rng, count, under_way, over):
    """Kills anybody at any time, sometimes again while it starts; tells whom, and how often acts were under way."""
    victims, busy, killed = ["exchange", "exchange", *city.names], 0, Counter()
    for _ in range(count):
        if over.is_set():  # a flow has failed: its words are the ones to read
            break
        pause = threading.Event()
        pause.wait(rng.uniform(0.005, 0.25))  # the random instant itself
        name = rng.choice(victims)
        busy += under_way() > 0
        city.kill(name)
        killed[name] += 1
        pause.wait(rng.choice((0, 0, 0, 0.2)))
        city.launch(name)
        if rng.random() < 0.85:
            city.await_ready(name)
    for name in ["exchange", *city.names]:
        city.await_ready(name)
    return busy, killed


def kills_at_random_change_nothing_but_the_time_it_takes(build):
    count, seed = int(os.environ.get("XJ_KILLS", "20")), int(os.environ.get("XJ_SEED", "1"))
    print("  XJ_SEED=%d XJ_KILLS=%d" % (seed, count), flush=True)
    names = ("justice", "bureau", "police", "police2", "procuratorate", "court")
    paths = samples(names)
    city, over = KillCity(build, names), threading.Event()
    done, answers, running, told, wanted = [], [], [], [], {}

    def play(first):
        i = first
        while not over.is_set() or i == first:
            path, flow = paths[i % len(paths)], Flow(city)
            running.append(flow)
            sample, case, parties = run_sample(flow, path)
            running.remove(flow)
            done.append((path, sample, case, parties))
            answers.extend(flow.answers)
            i += FLOWS

    def flow_from(first):
        try:
            play(first)
        except Exception:
            over.set()
            raise

    def kill():
        try:
            told.append(kill_at_random(city, random.Random(seed), count, lambda: len(running), over))
        finally:
            over.set()

    try:
        in_threads([kill, lambda: wanted.update(undisturbed(build, names, paths))] +
                   [lambda first=i: flow_from(first) for i in range(FLOWS)])
        until("the city is at rest", city.at_rest)
        busy, killed = told[0]
        print("  %d kills (%s), %d while acts were under way; %d cases, %d acts" % (
            count, ", ".join("%s %d" % x for x in sorted(killed.items())), busy, len(done), len(answers)), flush=True)
        assert busy >= count * 9 // 10 and len(done) >= FLOWS
        for path, sample, case, parties in done:
            check_end(city, sample, case, parties, os.path.basename(path))
            different = difference(city.portrait(case), wanted[path])
            assert not different, (case, path, different)
        check_stores(city, answers)
    finally:
        over.set()
        city.close(bool(os.environ.get("XJ_KEEP")))


if __name__ == "__main__":
    main([kills_at_random_change_nothing_but_the_time_it_takes, whoever_dies_at_whichever_point_nothing_is_lost_or_doubled])
