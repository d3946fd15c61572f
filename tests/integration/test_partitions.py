"""An agent that is cut off from the exchange, or has a bad line to it: nothing answered is lost, nothing doubled, everything answered
once the line is healed, and everybody shows the same as in a city that nobody disturbed. While it is cut off, the agent says so, since
when, and what is waiting. The lines go through a proxy of ours (proxy.py), and between hosts of their own where the machine lets them
be made (hosts.py). XJ_PARTITIONS: how many of either (5); XJ_SEED: their seed; XJ_KEEP: leaves the cities."""
import os
import random
import sys
import time
from collections import Counter

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import main
from flows import NAMES, Flows, in_threads, samples, undisturbed
from hosts import Hosts, NotHere
from killcity import KillCity, quiet_port, until
from proxy import DOWN, ROUGH, Fault, Proxies

LIMIT_S = 600  # an act waits for the line of whoever is cut off
AT_ONCE = 5  # of the agents are cut off in one round, at most; one has a good line
CITIES = 2  # of a kind, where there are many rounds
SILENCE_MS = 30000  # 04-exchange, 1
SLACK_MS = 5000  # in which an agent looks at a frame that has come


class ProxyCity(KillCity):
    """Every agent dials a door of its own."""

    def __init__(self, build, names, rng):
        self.rng, self.lines = rng, None
        super().__init__(build, names)
        self.limit_s = LIMIT_S

    def lay_out(self):
        listen = "tcp://127.0.0.1:%d" % quiet_port()
        self.lines = Proxies(listen, {n: quiet_port() for n in self.names}, self.rng)
        self.set_endpoint("exchange", listen)
        for name in self.names:
            self.set_endpoint(name, self.lines.endpoint(name))

    def close(self, keep=False):
        super().close(keep)
        if self.lines:
            self.lines.close()


class HostCity(ProxyCity):
    """Every process has a host of its own."""

    def lay_out(self):
        self.lines = Hosts(self.names)
        self.set_endpoint("exchange", self.lines.listen())
        for name in self.names:
            self.set_endpoint(name, self.lines.endpoint(name))

    def launch(self, name, tracer=()):
        super().launch(name, (*self.lines.enter(name), *tracer))


def status(city, name):
    return city.call(name, "GET", "/api/status")[1]


def opened(city, name):
    return {o["id"]: o for o in city.call(name, "GET", "/api/outbox")[1]["open"]}


# ---- what an agent shows that is cut off ----

def offline(city, name):
    """Its figures, once it says that it is cut off."""
    def look():
        figures = status(city, name)
        return figures if figures["state"] == "offline" and not figures["exchange_reachable"] else None
    return until("%s says that it is offline" % name, look, city.limit_s)


def says_since_when(city, name, fault, first):
    """What it says does not move while it is cut off. A silent line is noticed by nothing but its silence, so the last that it heard
    is older than that."""
    now = status(city, name)
    assert now["why_zh"] and now["why_en"], now
    assert now["last_heard_ms"] and now["last_heard_ms"] == first["last_heard_ms"], (name, first["last_heard"], now["last_heard"])
    if DOWN in fault.ways and fault.mode in ("swallow", "hold", "silent"):
        assert first["seen_ms"] - now["last_heard_ms"] > SILENCE_MS - SLACK_MS, (name, fault, first)


def queues(city, name, free):
    """An act of the agent that is cut off: it is taken, waits, and is shown as what it is. Returns its request."""
    request = city.prepare("disposal_note", copies=[city.id(free)])
    code, j = city.call(name, "POST", "/api/acts", {**request, "wait_ms": 0})
    assert code == 200 and j["status"] == "queued" and j["number"] and not j["seq"], (name, code, j)

    def all_waiting_are_shown():  # the view follows the ledger
        figures, waiting = status(city, name), [i for i, o in opened(city, name).items() if o["status"] == "queued"]
        return request["id"] in waiting and len(waiting) == figures["own_number"] - figures["own_answered"]

    until("%s shows what is waiting" % name, all_waiting_are_shown, city.limit_s)
    return request


def is_owed(city, name, free):
    """An act for the agent that is cut off: admitted at once, and shown at its sender as not yet stored."""
    answer = city.perform(free, "disposal_note", copies=[city.id(name)])
    until("%s shows that it is not stored" % free, lambda: opened(city, free).get(answer["id"], {}).get("not_proved"), city.limit_s)
    assert city.get(name, "/api/acts/" + answer["id"]) is None, "%s has what cannot have come" % name
    return answer


# ---- rounds ----

class Deck:
    """Kinds of faults: in their order, then shuffled again and again, so that all come equally often."""

    def __init__(self, kinds, rng):
        self.kinds, self.rng, self.left = kinds, rng, list(kinds)

    def draw(self):
        if not self.left:
            self.left = self.rng.sample(self.kinds, len(self.kinds))
        return self.left.pop(0)


def one_round(city, rng, faults, answers):
    """Strikes as many agents as there are faults, looks at them, heals them, and waits until all that was said meanwhile is everywhere."""
    lines = city.lines
    victims = dict(zip(rng.sample(city.names, len(faults)), faults))
    free = rng.choice([n for n in city.names if n not in victims])
    try:
        queued, owed = look_while_cut(city, rng, victims, free)
    finally:  # those who wait for a line must not wait for it when something has failed
        for name in victims:
            lines.heal(name)
    said = [(name, city.conclude(name, request)) for name, request in queued] + owed
    for name in victims:
        until("%s is ready again" % name, lambda: city.is_ready(name), city.limit_s)
    for name, answer in said:
        until("%s of %s is everywhere" % (answer["id"], name), lambda: city.arrived(name, answer), city.limit_s)
    answers.extend(said)


def look_while_cut(city, rng, victims, free):
    """Strikes the victims and looks at each: requests that are queued at them, and acts that are owed to them, with who said them."""
    lines, queued, owed = city.lines, [], []
    for name, fault in victims.items():
        lines.arm(name, fault, rng.randrange(8))
    for name, fault in victims.items():
        until("%s is struck: %s" % (name, fault), lambda: lines.is_struck(name), city.limit_s)
        if fault.mode in ROUGH:
            until("%s was tried with %s" % (name, fault), lambda: lines.is_tried(name), city.limit_s)
            continue
        first = offline(city, name)
        first["seen_ms"] = time.time_ns() // 1000000
        queued.append((name, queues(city, name, free)))
        owed.append((free, is_owed(city, name, free)))
        says_since_when(city, name, fault, first)
    return queued, owed


def partitions(city, rng, count, flows, told):
    deck = Deck(city.lines.cut_kinds, rng)
    while count and not flows.over.is_set():
        faults = [deck.draw() for _ in range(min(count, AT_ONCE))]
        one_round(city, rng, faults, flows.answers)
        told.update("%s %s" % (f.mode, "-".join(f.ways)) for f in faults)
        count -= len(faults)


class Run:
    """A city of one kind, its flows, and how many times it is struck."""

    def __init__(self, make, build, count, seed):
        self.rng, self.count, self.told = random.Random(seed), count, Counter()
        self.city = make(build, NAMES, self.rng)
        self.flows = Flows(self.city, samples(NAMES))

    def jobs(self):
        return self.flows.jobs(lambda flows: partitions(self.city, self.rng, self.count, flows, self.told))

    def close(self):
        self.flows.over.set()
        self.city.close(bool(os.environ.get("XJ_KEEP")))


def runs_of(make, build, count, seed, runs):
    """Starts the cities of one kind; whatever was started is in runs, also when one cannot be."""
    cities = CITIES if count > 2 * AT_ONCE else 1
    for i in range(cities):
        runs.append(Run(make, build, count // cities + (i < count % cities), seed + i))


def whoever_is_cut_off_says_so_and_goes_on_when_the_line_is_healed(build):
    count, seed = int(os.environ.get("XJ_PARTITIONS", "5")), int(os.environ.get("XJ_SEED", "1"))
    print("  XJ_SEED=%d XJ_PARTITIONS=%d" % (seed, count), flush=True)
    runs, wanted = [], {}
    try:
        runs_of(ProxyCity, build, count, seed, runs)
        try:
            runs_of(HostCity, build, count, seed, runs)
        except NotHere as why:
            print("NOT TRIED between hosts of their own: %s" % why, flush=True)
        in_threads([lambda: wanted.update(undisturbed(build, NAMES, samples(NAMES)))] + [job for run in runs for job in run.jobs()])
        for run in runs:
            print("  %s: %d partitions (%s); %d cases, %d acts" % (
                type(run.city).__name__, sum(run.told.values()), ", ".join("%s %d" % x for x in sorted(run.told.items())),
                len(run.flows.done), len(run.flows.answers)), flush=True)
            run.flows.check(wanted)
    finally:
        for run in runs:
            run.close()


# ---- who supervises ----

def limits_run_and_are_told_on_either_side_of_a_cut(build):
    """The police accept a case late while nobody can be reached: their own machine tells them of the limit they have overrun. The
    procuratorate, which cannot know yet, is told as soon as the line is healed, and that it comes late. When the police are cut off,
    the procuratorate still has its alert, and what it asks of them waits for them at the exchange."""
    city = ProxyCity(build, ("justice", "bureau", "police", "procuratorate"), random.Random(1))
    try:
        answers = []

        def perform(name, *args, **fields):
            answers.append((name, city.perform(name, *args, **fields)))
            return answers[-1][1]

        def overdue(name):
            return until("%s is told" % name, lambda: [a for a in city.get(name, "/api/alerts")["alerts"] if a["rule"] == "R14" and a["told"]])[0]

        case = perform("bureau", "transfer", None, ("transfer_letter", "investigation_report", "item_list", "test_report"),
                       principals=[city.id("police")])["case"]
        until("all have the case", lambda: all(city.get(n, "/api/cases/" + case) for n in ("police", "procuratorate")))
        cut(city, "procuratorate")
        accepted = perform("police", "acceptance", case, mode="late_entry", occurred="2026-03-02",
                           body={"source": "受案登记簿"})
        assert overdue("police")["told"]["coalesced"]
        assert not city.get("procuratorate", "/api/alerts")["alerts"]
        assert "last heard: 20" in city.run("--lang", "en", "status", data=city.data("procuratorate")).stdout
        city.lines.heal("procuratorate")
        until("the acceptance is everywhere", lambda: city.arrived("police", accepted))
        alert = overdue("procuratorate")
        assert alert["told"]["coalesced"] and alert["answerable"]["agency"] == city.id("police"), alert
        cut(city, "police")
        asked = perform("procuratorate", "overdue_asked", case, principals=[city.id("police")])
        assert overdue("procuratorate")["key"] == alert["key"]
        assert city.get("police", "/api/acts/" + asked["id"]) is None
        city.lines.heal("police")
        until("the police are asked", lambda: city.arrived("procuratorate", asked))
        until("the city is at rest", city.at_rest)
        city.stop()
        assert city.check_all() == len(city.names) + 1
    finally:
        city.close()


def cut(city, name):
    city.lines.arm(name, Fault("refuse"), 0)
    offline(city, name)


if __name__ == "__main__":
    main([whoever_is_cut_off_says_so_and_goes_on_when_the_line_is_healed, limits_run_and_are_told_on_either_side_of_a_cut])
