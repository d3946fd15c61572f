"""Calls of exchange, sender and receiver that fail: writes, syncs and reads of the stores, a full disk, files and connections that
cannot be opened for want of descriptors, writes that are short. What is specified comes of each (00-conventions, 9): the process ends
with 1 and says why, or says so and goes on; started again it reads what is there; nothing answered is lost, nothing doubled.
XJ_IO_ERRORS: points drawn at random beside the named ones (6); XJ_SEED: their seed; XJ_KEEP: leaves the cities."""
import os
import random
import re
import sys
import threading
import time
from collections import Counter, namedtuple

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import main
from flows import ROLES, Asked, Target, check_stores, in_threads
from killcity import Tracer, preload, until

WORKERS = 4
TRIES = 4  # of a point that was not reached: into which batches calls fall is chance
IDLE_S = 5  # the write-ahead log is folded when nothing has come for a second

# The when-th such call of the victim fails so. file: end of the name of the file (of the store: "" and "-wal"), None for a socket.
Point = namedtuple("Point", "victim stage call error file when")

AGENT_SAYS = r"(ledger|commit): %s; stopping, the ledger is as of its last commit"
SAYS = {"exchange": r"stopping: %s; the journal is read again at the next start", "bureau": AGENT_SAYS, "police": AGENT_SAYS,
        "view": r"view: %s; stopping, the ledger is as of its last commit"}
CAUSE = {"EIO": "input/output failed", "ENOSPC": "disk full"}
# What could not be read or opened, in both languages, and never that the contents are wrong.
REFUSAL = r"[一-鿿].*(cannot be (opened|read)|cannot open|cannot read).*" + CAUSE["EIO"]


def points():
    """All that must be reached."""
    for victim in ROLES:
        for when in (1, 5, 12):
            yield Point(victim, "commit", "pwrite64", "EIO", "-wal", when)
        for when in (1, 8):
            yield Point(victim, "commit", "pwrite64", "ENOSPC", "-wal", when)
        for when in (1, 2):
            yield Point(victim, "commit", "fdatasync", "EIO", "-wal", when)
        yield Point(victim, "fold", "pwrite64", "EIO", "", 3)
        yield Point(victim, "fold", "pwrite64", "ENOSPC", "", 1)
        yield Point(victim, "fold", "fdatasync", "EIO", "", 1)
        yield Point(victim, "read", "pread64", "EIO", "", 1)
        for when in (1, 2, 5):
            yield Point(victim, "start", "pread64", "EIO", "", when)
        yield Point(victim, "start", "pread64", "EIO", "-wal", 1)
        yield Point(victim, "start", "openat", "EMFILE", "", 1)
        if victim != "exchange":
            for error in ("EIO", "ENOSPC"):
                yield Point(victim, "view", "pwrite64", error, "view.db-wal", 2)
            yield Point(victim, "start", "openat", "EMFILE", "view.db", 1)
    yield Point("exchange", "door", "accept4", "EMFILE", None, 1)
    yield Point("bureau", "door", "accept4", "EMFILE", None, 1)


def drawn(rng):
    victim, (call, error) = rng.choice(list(ROLES)), rng.choice((("pwrite64", "EIO"), ("pwrite64", "ENOSPC"), ("fdatasync", "EIO")))
    return Point(victim, "commit", call, error, "-wal", rng.randrange(1, 4 if call == "fdatasync" else 30))


class Worker(Target):
    """A city in which calls fail, one after the other."""

    def strike(self, p):
        """True when the point was reached. Leaves the city at rest either way."""
        how = {"start": self.strike_start, "door": self.strike_door, "fold": self.strike_fold}.get(p.stage, self.strike_running)
        return how(p)

    def log_size(self, p):
        return os.path.getsize(self.log(p))

    def log(self, p):
        return os.path.join(self.city.data(p.victim), "log")

    def said(self, p, since):
        with open(self.log(p), errors="replace") as f:
            f.seek(since)
            return f.read()

    def strike_running(self, p):
        """It ends at once, with 1, and says why; what was under way ends as if nothing had been."""
        city = self.city
        if p.stage == "read":  # a process that has just started has read little
            city.kill(p.victim)
            self.revive(p.victim)
        since = self.log_size(p)
        tracer = Tracer(city, p.victim, p.call, p.when, path=self.path(p), error=p.error)
        asked = Asked(city)
        struck = tracer.struck(lambda: not asked.is_alive() and city.at_rest())
        if struck:
            words = SAYS["view" if p.stage == "view" else p.victim] % CAUSE[p.error]
            assert city.children[p.victim].returncode == 1 and re.search(words, self.said(p, since)), (p, self.said(p, since))
            if p.call == "fdatasync" and p.when == 1:
                self.folds_first(p.victim)
            if p.victim == "exchange" and "admitted" not in city.kinds_since(p.victim, asked.since_ms):
                assert asked.is_alive(), "answered, and not in the journal"
            self.revive(p.victim)
        else:
            tracer.let_go()
        self.complete(asked)
        return struck

    def folds_first(self, victim):
        """What could not be synced is written once more before anybody is told of it."""
        city = self.city
        tracer = Tracer(city, victim, start=True)
        city.await_ready(victim)
        calls = [(call, name) for _, call, name, _ in tracer.calls()]
        folded = calls.index(("fdatasync", os.path.basename(city.store(victim))))
        told = [i for i, (call, name) in enumerate(calls) if call in ("sendto", "sendmsg") and name.startswith("socket")]
        assert told and folded < told[0], calls
        city.kill(victim)

    def strike_fold(self, p):
        """The log is not folded in: a warning, and it goes on; what it holds is folded later."""
        city, since, rested = self.city, self.log_size(p), []
        tracer = Tracer(city, p.victim, p.call, p.when, path=self.path(p), error=p.error)
        asked = Asked(city)

        def gone_on():
            if not rested and not asked.is_alive() and city.at_rest():
                rested.append(time.monotonic())
            return rested and (self.warned(p, since) or time.monotonic() - rested[0] > IDLE_S)

        assert not tracer.struck(gone_on), "it ended: %s" % self.said(p, since)
        tracer.let_go()
        self.complete(asked)
        return self.warned(p, since)

    def warned(self, p, since):
        return re.search(r"(checkpoint|the write-ahead log could not be folded): %s" % CAUSE[p.error], self.said(p, since)) is not None

    def strike_start(self, p):
        """It does not start, with a reason, while what it reads is not to be had; then it does."""
        city = self.city
        asked = Asked(city)
        self.complete(asked)
        city.kill(p.victim)
        since = self.log_size(p)
        tracer = Tracer(city, p.victim, p.call, p.when, path=self.path(p), start=True, error=p.error)
        struck = tracer.struck(lambda: self.is_up(p))
        if struck:
            said, code = self.said(p, since), city.children[p.victim].returncode
            assert code == 1 and re.search(REFUSAL, said), (p, code, said)
        else:
            city.kill(p.victim)
        self.revive(p.victim)
        self.complete(Asked(city))
        return struck

    def is_up(self, p):
        if p.victim == "exchange":
            return os.path.exists(os.path.join(self.city.data("exchange"), "endpoint"))
        try:
            return self.city.is_ready(p.victim)
        except OSError:
            return False

    def strike_door(self, p):
        """Nobody is lost for a descriptor that was not there when they came."""
        city, comer = self.city, "police" if p.victim == "exchange" else None
        if comer:
            city.kill(comer)
        tracer = Tracer(city, p.victim, p.call, p.when, error=p.error)
        if comer:
            self.revive(comer)
        asked = Asked(city)
        struck = until("a connection was not taken", tracer.has_failed)
        tracer.let_go()
        self.complete(asked)
        return struck

    def short_writes(self, name):
        """Half of a write is written, again and again, and once the disk is full in the middle of one."""
        city = self.city
        library = preload(os.path.join(os.path.dirname(os.path.abspath(__file__)), "short.c"), city.base)
        mark = os.path.join(city.base, "short." + name)
        for full in (0, 6):
            city.kill(name)
            since = os.path.getsize(os.path.join(city.data(name), "log"))
            city.launch(name, ("env", "LD_PRELOAD=" + library, "XJ_SHORT_MARK=" + mark, "XJ_SHORT_FULL=%d" % full))
            asked = Asked(city)
            if full:
                assert city.await_death(name), "a full disk did not end it"
                with open(os.path.join(city.data(name), "log")) as f:
                    f.seek(since)
                    assert city.children[name].returncode == 1 and CAUSE["ENOSPC"] in f.read(), name
            else:
                city.await_ready(name)
                self.complete(asked)
                asked = Asked(city)
                city.kill(name)  # what was written in halves is read again
            self.revive(name)
            self.complete(asked)
        assert os.path.exists(mark), "no write was short"
        return 1


class Plan:
    """The points that are still to be tried: those named, each until it was reached, at most TRIES times; those drawn once, for
    whether one of these is reached is chance."""

    def __init__(self, named, drawn_points):
        self.lock, self.reached, self.lacking, self.missed = threading.Lock(), Counter(), [], 0
        self.todo = [(p, TRIES) for p in named] + [(p, 0) for p in drawn_points]

    def next(self):
        with self.lock:
            return self.todo.pop(0) if self.todo else None

    def done(self, point, tries, struck):
        with self.lock:
            if struck:
                self.reached[ROLES[point.victim], point.stage, point.call, point.error] += 1
            elif tries > 1:
                self.todo.append((point, tries - 1))
            elif tries == 1:
                self.lacking.append(point)
            else:
                self.missed += 1


def work(build, plan, workers, first):
    worker = Worker(build)
    workers.append(worker)
    worker.reference = worker.complete(Asked(worker.city))
    for name in list(ROLES)[first:first + 1] if "san-" not in build else []:  # sanitizers and libraries before them do not go together
        plan.reached[ROLES[name], "short", "pwrite64", "half, ENOSPC"] += worker.short_writes(name)
    while todo := plan.next():
        try:
            plan.done(*todo, worker.strike(todo[0]))
        except Exception as e:
            raise AssertionError("%s, in %s: %s" % (todo[0], worker.city.dir, e)) from e
    check_stores(worker.city, worker.answers)


def whatever_call_fails_nothing_answered_is_lost_or_doubled(build):
    count, seed = int(os.environ.get("XJ_IO_ERRORS", "6")), int(os.environ.get("XJ_SEED", "1"))
    print("  XJ_SEED=%d XJ_IO_ERRORS=%d" % (seed, count), flush=True)
    rng, workers = random.Random(seed), []
    plan = Plan(points(), [drawn(rng) for _ in range(count)])
    try:
        in_threads([lambda first=i: work(build, plan, workers, first) for i in range(WORKERS)])
        for key, n in sorted(plan.reached.items()):
            print("  %-8s %-6s %-9s %-12s %d" % (*key, n), flush=True)
        print("  %d calls failed (of those drawn %d were not reached), %d acts" % (
            sum(plan.reached.values()), plan.missed, sum(len(w.answers) for w in workers)), flush=True)
        assert all(w.reference == workers[0].reference for w in workers)
        assert not plan.lacking, "points not reached: %s" % plan.lacking
    finally:
        for w in workers:
            w.city.close(bool(os.environ.get("XJ_KEEP")))


if __name__ == "__main__":
    main([whatever_call_fails_nothing_answered_is_lost_or_doubled])
