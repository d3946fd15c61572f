"""kill -9 of exchange, sender and receiver around every commit and every send, and at random: nothing lost, nothing twice,
the same acts in the same order as without. XJ_KILLS: random kills (20); XJ_SEED: their seed; XJ_KEEP: leaves the cities."""
import os
import random
import sys
import threading
import time
from collections import Counter, namedtuple

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import main
from flows import NAMES, ROLES, Asked, Flows, Target, check_stores, in_threads, samples, undisturbed
from killcity import KillCity, Tracer

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


class Worker(Target):
    """A city on which points are struck one after the other."""

    # ---- one point ----

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

def kill_at_random(city, rng, count, flows):
    """Kills anybody at any time, sometimes again while it starts; tells whom, and how often acts were under way."""
    victims, busy, killed = ["exchange", "exchange", *city.names], 0, Counter()
    for _ in range(count):
        if flows.over.is_set():  # a flow has failed: its words are the ones to read
            break
        pause = threading.Event()
        pause.wait(rng.uniform(0.005, 0.25))  # the random instant itself
        name = rng.choice(victims)
        busy += len(flows.running) > 0
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
    paths = samples(NAMES)
    city, told, wanted = KillCity(build, NAMES), [], {}
    flows = Flows(city, paths)
    try:
        in_threads(flows.jobs(lambda f: told.append(kill_at_random(city, random.Random(seed), count, f))) +
                   [lambda: wanted.update(undisturbed(build, NAMES, paths))])
        busy, killed = told[0]
        print("  %d kills (%s), %d while acts were under way; %d cases, %d acts" % (
            count, ", ".join("%s %d" % x for x in sorted(killed.items())), busy, len(flows.done), len(flows.answers)), flush=True)
        assert busy >= count * 9 // 10
        flows.check(wanted)
    finally:
        flows.over.set()
        city.close(bool(os.environ.get("XJ_KEEP")))


if __name__ == "__main__":
    main([kills_at_random_change_nothing_but_the_time_it_takes, whoever_dies_at_whichever_point_nothing_is_lost_or_doubled])
