"""What the scripts of this room share: the door to the city of strangers (integration/stranger.py), cities whose processes can be
killed, preloaded and starved (integration/killcity.py), honest traffic that must go on meanwhile, and a look at processes and
ledgers from outside. Each script is one threat, says in its head what must come of it, and runs alone: `SCRIPT [BUILD]`."""
import atexit
import functools
import json
import os
import re
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE] + [os.path.join(HERE, "..", d) for d in ("integration", "peer", "lib", "verify2")]
import city as city_module
import killcity
import stranger
import xianjie_verify2
from killcity import KINDS, KillCity, until
from stranger import tests_of
from xj_wire import unpack

PAPERS = ("transfer_letter", "investigation_report", "item_list", "test_report")
INCIDENT = next(n for n, name in KINDS.items() if name == "incident")
SANITIZED = "san-" in " ".join(sys.argv)  # sanitizers and libraries that are loaded before them do not go together


# ---- the city of strangers, shared by all scripts of one process ----

expected = []  # (code, agency or None): what the journal of the shared city must tell of in the end


class NotHere(Exception):
    """The machine does not let an outcome be tried; it is named as not tried."""


def expect(code, agency=None):
    """Of what happens now the journal must hold an incident."""
    if (code, agency) not in expected:
        expected.append((code, agency))


def world(build):
    return stranger.world(build)


def nothing_was_lost_and_no_refused_act_is_in_any_ledger(build):
    w = world(build)
    stranger.check_the_end(w, 0)
    told = incidents_of(os.path.join(w.city.data("exchange"), "journal.db"))
    for code, agency in expected:
        assert any(c == code and (agency is None or t.startswith(agency + ":")) for c, t in told), (code, agency, told)
    assert {c for c, _ in told} <= {c for c, _ in expected}, "an incident that no script is behind: %s" % told


def all_ledgers_and_the_journal_verify(build):
    city = world(build).city
    files = {n: os.path.join(city.data(n), "ledger.db") for n in city.names}
    found = {n: verdicts(city, f) for n, f in {**files, "exchange": os.path.join(city.data("exchange"), "journal.db")}.items()}
    assert not any(found.values()), found


def closing():
    """What is looked at when the scripts of one process have run."""
    of_world = [nothing_was_lost_and_no_refused_act_is_in_any_ledger, all_ledgers_and_the_journal_verify]
    return (of_world if stranger.world.cache_info().currsize else []) + ([the_lab_verifies] if lab.cache_info().currsize else [])


def outcomes(names, module):
    """The test functions of a script, in their order; `big` is for run big."""
    return tests_of({k: v for k, v in names.items() if getattr(v, "__module__", None) == module and k != "big"})


def main(names):
    """Runs a script alone."""
    tests = outcomes(names, names["__name__"])

    def in_the_end(build):
        for test in closing():
            test(build)

    city_module.main(tests + [in_the_end])


# ---- cities of their own ----

SMALL = ("justice", "bureau", "police", "procuratorate")


class Lab(KillCity):
    """A city on real files, each process our child. `preload`: source files of libraries for the next start of a process."""

    def __init__(self, build, names=SMALL):
        super().__init__(build, names)
        atexit.register(self.close)

    def halt(self, name):
        """A clean stop."""
        self.children[name].terminate()
        assert self.await_death(name, 30), name + " does not stop"
        assert self.children[name].returncode == 0, self.log(name)[-2000:]

    def launch_with(self, name, env=None, limits=(), tracer=()):
        """Starts a process with variables of its own and limits (name of resource, value), as prlimit takes them."""
        tracer = (*tracer, *(("prlimit", *("--%s=%s" % x for x in limits)) if limits else ()))
        kept = {k: os.environ.get(k) for k in env or {}}
        os.environ.update(env or {})
        try:
            self.launch(name, tracer)
        finally:
            for k, v in kept.items():
                os.environ.pop(k) if v is None else os.environ.update({k: v})

    def restart(self, name, **how):
        self.launch_with(name, **how)
        self.await_ready(name)

    def stop_all(self):
        for name in (*self.names, "exchange"):
            if self.children[name].poll() is None:
                self.halt(name)

    def log(self, name):
        with open(os.path.join(self.data(name), "log"), errors="replace") as f:
            return f.read()

    def state(self, name):
        return self.call(name, "GET", "/api/status")[1]["state"]

    def incidents(self, name):
        """Codes of the incidents that an agent shows, oldest first."""
        return [i["code"] for i in self.call(name, "GET", "/api/incidents")[1]["incidents"]][::-1]

    def tells(self, name, code):
        """An agent shows an incident of that code, at once or when its view has caught up."""
        until("%s tells of %s" % (name, code), lambda: code in self.incidents(name), 20)

    def note(self, name="bureau", to="police", **fields):
        """An honest act of the smallest kind: admitted, and its answer."""
        status, j = self.act(name, "disposal_note", copies=[self.id(to)], **fields)
        assert status == 200 and j["status"] == "admitted", (status, j)
        return j

    def rest(self, limit_s=30):
        until("the city is at rest", self.at_rest, limit_s)

    def shown_once(self, answers, names=None):
        """Every one of these acts is shown by each of these agencies, and none twice."""
        for n in names or ("bureau", "police"):
            own = [a["id"] for j in answers for a in self.case(n, j["case"])["acts"]]
            assert sorted(own) == sorted(set(own)), "%s shows an act twice" % n
            assert {j["id"] for j in answers} <= set(own), "%s lacks an act" % n

    def close_and_verify(self):
        """Stops it and has both verifiers look at everything: all must be well."""
        self.stop_all()
        found = {n: verdicts(self, self.store(n)) for n in (*self.names, "exchange")}
        assert not any(found.values()), found


class GuestLab(Lab):
    """A lab with one agency more, whose keys we hold and for which no agent runs."""

    def __init__(self, build, names=SMALL):
        super().__init__(build, names)
        self.run("register", "agency", self.id("guest"), "--name", "济宁市某局", "--role", "bureau", "--sector", "market",
                 "--division", "370800", data=self.data("justice"))
        self.rest()

    def id(self, name):
        return "370800-guest" if name == "guest" else super().id(name)

    def guest(self):
        """A client that speaks for it; it has said HELLO."""
        return stranger.enlist(self, "guest")


@functools.lru_cache(maxsize=None)
def lab(build):
    """The lab that scripts share which leave it as they found it."""
    return Lab(build)


def fresh(build):
    """Another lab for those who come after a failure."""
    if lab.cache_info().currsize:
        lab(build).close()
        lab.cache_clear()


def the_lab_verifies(build):
    lab(build).rest()
    lab(build).close_and_verify()


# ---- honest people meanwhile ----

def honest_case(city, timeout=20):
    """A case from transfer to receipt between two honest agencies, which ends as it does on any day."""
    status, j = city.act("bureau", "transfer", papers=PAPERS, principals=[city.id("police")])
    assert status == 200 and [b["code"] for b in j["breaches"]] == ["step"], (status, j)
    until("the police have the case", lambda: city.call("police", "GET", "/api/cases/" + j["case"])[0] == 200, timeout)
    status, answer = city.act("police", "receipt", j["case"], ["receipt"])
    assert status == 200 and answer["status"] == "admitted", (status, answer)
    for n in ("bureau", "procuratorate"):
        until("%s has the receipt" % n, lambda: city.call(n, "GET", "/api/acts/" + answer["id"])[0] == 200, timeout)
    return j


def honest_note(city, name="bureau", to="police"):
    """The smallest honest act between two others, admitted and shown by its recipient."""
    status, j = city.act(name, "disposal_note", copies=[city.id(to)])
    assert status == 200 and j["status"] == "admitted", (status, j)
    until("%s has it" % to, lambda: city.call(to, "GET", "/api/acts/" + j["id"])[0] == 200, 20)
    return j


class Honest(threading.Thread):
    """Honest acts of a bureau, one after the other, while something goes on. Each must be admitted."""

    def __init__(self, city, pause_s=0.0, name="bureau", to="police"):
        super().__init__(daemon=True)
        self.city, self.pause_s, self.who, self.to = city, pause_s, name, to
        self.ms, self.fault, self.over = [], None, threading.Event()
        self.answers = []

    def __enter__(self):
        self.start()
        return self

    def run(self):
        try:
            while not self.over.is_set():
                started = time.monotonic()
                status, j = self.city.act(self.who, "disposal_note", copies=[self.city.id(self.to)], wait_ms=30000)
                assert status == 200 and j["status"] == "admitted", (status, j)
                self.ms.append((time.monotonic() - started) * 1000)
                self.answers.append(j)
                self.over.wait(self.pause_s)
        except Exception as e:  # told when it is asked to end
            self.fault = e

    def __exit__(self, kind, *_):
        self.over.set()
        self.join(60)
        if kind is None:
            assert self.fault is None, "honest traffic failed: %r" % self.fault
            assert self.ms, "no honest act in all that time"

    def percentile(self, share):
        return sorted(self.ms)[min(len(self.ms) - 1, int(len(self.ms) * share))]


# ---- processes, from outside ----

def endpoint_of(city):
    with open(os.path.join(city.data("exchange"), "endpoint")) as f:
        return f.readline().strip()


def pid_of(city, name):
    with open(os.path.join(city.data(name), "pid")) as f:
        return int(f.read())



def at_most(value, limit, what):
    """A bound on memory or time; what sanitizers take on top is not the program's."""
    assert SANITIZED or value <= limit, "%s: %.0f, more than %d" % (what, value, limit)


def status_of(pid):
    with open("/proc/%s/status" % pid) as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def rss_kib(pid):
    return int(status_of(pid)["VmRSS"].split()[0])


def peak_kib(pid):
    return int(status_of(pid)["VmHWM"].split()[0])


def descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def memory_holds(pid, needles):
    """Which of these bytes are somewhere in the memory of a process that can be written (read by root)."""
    found = set()
    with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb", 0) as mem:
        for line in maps:
            area = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if not area:
                continue
            at, end = int(area[1], 16), int(area[2], 16)
            if end - at > 2 ** 31:
                continue  # what a sanitizer reserves for itself
            try:
                mem.seek(at)
                data = mem.read(end - at)
            except (OSError, ValueError, OverflowError):
                continue  # a guard page, or gone meanwhile
            found |= {n for n in needles if n in data}
    return found


def files_hold(directory, needles):
    found = set()
    for folder, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                with open(path, "rb") as f:
                    data = f.read()
                found |= {(path, n) for n in needles if n in data}
    return found


def preload(source, directory):
    return killcity.preload(os.path.join(HERE, source), directory)


# ---- closed ledgers ----

def incidents_of(path):
    """(code, text) of the incidents in a closed ledger or journal."""
    return [tuple(unpack(h)[:2]) for h in stranger.entries(path, INCIDENT)]


def verdicts(city, path):
    """What both verifiers say of a file: {check: entry at fault} of each, which must be the same."""
    root = city.root_hex()
    ran = city.run("--json", "verify", path, "--root", root, check=False)
    first = json.loads(ran.stdout)["checks"]
    verifier = xianjie_verify2.Verifier(path, bytes.fromhex(root))
    try:
        verifier.run()
        second = verifier.results
    finally:
        verifier.close()
    bad = [{c: v["entry"] for c, v in checks.items() if v["verdict"] == "bad"} for checks in (first, second)]
    assert bad[0] == bad[1], "the two verifiers do not agree on %s: %s and %s" % (path, first, second)
    return bad[0]
