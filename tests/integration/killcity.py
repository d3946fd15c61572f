"""A city on real disks whose processes die at named points, and the client that is careful about answers it did not get."""
import base64
import http.client
import os
import random
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))
from city import ROOT, City
from xj_wire import unpack

LIMIT_S = 90
POLL_S = 0.025  # between two looks at figures; every wait ends on the figures or on LIMIT_S
CUT_OFF = (OSError, http.client.HTTPException, ValueError)  # ValueError: half an answer is no JSON
TRACED = "pwrite64,fdatasync,fsync,ftruncate,unlink,rename,sendto,sendmsg"
KINDS = {1: "own", 2: "received", 3: "admitted", 4: "refused", 5: "stored", 6: "delivered", 7: "register", 8: "epoch", 9: "incident",
         10: "checkpointed", 11: "message", 12: "told", 13: "recovery", 16: "recovered"}


def until(what, look, limit_s=LIMIT_S):
    """The first true value of look(); an agent that does not answer (yet) is a look without a value."""
    end = time.monotonic() + limit_s
    while True:
        try:
            value = look()
        except CUT_OFF:
            value = None
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("not within %d s: %s" % (limit_s, what))
        time.sleep(POLL_S)


def quiet_port():
    """A free port that the kernel gives nobody by itself: neither another program nor an agent dialling an exchange that is
    down (which may be given the very port that it dials) takes it while the exchange is dead."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as f:
        low, high = map(int, f.read().split())
    ports = [p for p in range(10240, 65536) if not low <= p <= high]
    while True:
        port = random.choice(ports)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class KillCity(City):
    """Every process is a child of ours, can be killed and started alone. The exchange keeps its port."""

    def __init__(self, build, names):
        super().__init__(build, names=names, volatile=False)
        self.children, self.limit_s = {}, LIMIT_S
        try:
            self.make_ours()
        except BaseException:
            self.close()
            raise

    def make_ours(self):
        self.start()  # the first start fills the register
        self.stop()
        self.lay_out()
        everybody = ("exchange", *self.names)
        for name in everybody:
            self.launch(name)
        for name in everybody:
            self.await_ready(name)

    def lay_out(self):
        """Where the exchange listens, and where each agent dials."""
        endpoint = "tcp://127.0.0.1:%d" % quiet_port()
        for name in ("exchange", *self.names):
            self.set_endpoint(name, endpoint)

    def set_endpoint(self, name, endpoint):
        path, key = self.conf(name), "listen" if name == "exchange" else "endpoint"
        with open(path) as f:
            text, count = re.subn(r"(?m)^%s = .*$" % key, "%s = %s" % (key, endpoint), f.read())
        assert count == 1, path
        with open(path, "w") as f:
            f.write(text)

    def close(self, keep=False):
        super().close(keep)
        for child in self.children.values():
            if child.poll() is None:
                child.kill()
            child.wait()

    def store(self, name):
        return os.path.join(self.data(name), "journal.db" if name == "exchange" else "ledger.db")

    def conf(self, name):
        return os.path.join(self.data(name), "broker.conf" if name == "exchange" else "agent.conf")

    # ---- one process ----

    def launch(self, name, tracer=()):
        """Starts one process without waiting until it is ready."""
        program = "xianjie-broker" if name == "exchange" else "xianjie-agent"
        if name == "exchange" and os.path.exists(os.path.join(self.data(name), "endpoint")):
            os.unlink(os.path.join(self.data(name), "endpoint"))  # its coming back says that the exchange is open
        argv = [*tracer, os.path.join(self.bin, program), "--config", self.conf(name)]
        env = dict(os.environ, XIANJIE_SHARE=os.path.join(ROOT, "schema"))
        with open(os.path.join(self.data(name), "log"), "a") as log:
            self.children[name] = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env,
                                                   start_new_session=True)
        with open(os.path.join(self.data(name), "pid"), "w") as f:
            f.write("%d\n" % self.children[name].pid)

    def await_ready(self, name):
        if name == "exchange":
            path = os.path.join(self.data(name), "endpoint")
            until("the exchange is open", lambda: os.path.exists(path) or self.must_live(name))
        else:
            until(name + " is ready", lambda: self.is_ready(name) or self.must_live(name))

    def is_ready(self, name):
        return self.call(name, "GET", "/api/status")[1]["state"] == "ready"

    def must_live(self, name):
        if self.children[name].poll() is not None:
            with open(os.path.join(self.data(name), "log")) as f:
                raise AssertionError("%s ended by itself (%d)\n%s" % (name, self.children[name].returncode, f.read()[-2000:]))

    def await_death(self, name, limit_s=LIMIT_S):
        """True when the process is gone, with its locks and sockets."""
        try:
            self.children[name].wait(limit_s)
            return True
        except subprocess.TimeoutExpired:
            return False

    def kill(self, name):
        self.children[name].kill()
        assert self.await_death(name), name + " survives SIGKILL"

    # ---- what is at rest, what is on the disk ----

    def at_rest(self):
        """Nothing outstanding anywhere; an agent that does not answer is not at rest."""
        try:
            figures = [self.call(n, "GET", "/api/status")[1] for n in self.names]
        except CUT_OFF:
            return False
        return all(f["state"] == "ready" and f["own_number"] == f["own_answered"] == f["own_proved"] and
                   f["mailbox"] == f["mailbox_head"] and f["feed"] == f["feed_head"] and f["view_applied"] == f["ledger_size"]
                   for f in figures)

    def kinds_since(self, name, since_ms):
        """Kinds of the entries that a dead process left behind in its files since then, read from a copy."""
        store, copy = self.store(name), tempfile.mkdtemp(prefix="copy-", dir=self.base)
        for tail in ("", "-wal"):
            if os.path.exists(store + tail):
                shutil.copy(store + tail, os.path.join(copy, "copy.db" + tail))
        db = sqlite3.connect(os.path.join(copy, "copy.db"))
        rows = db.execute("SELECT kind FROM entry WHERE time_ms >= ? ORDER BY n", (since_ms,)).fetchall()
        db.close()
        shutil.rmtree(copy)
        return [KINDS[k] for k, in rows]

    def entries(self, name, *kinds):
        """(n, kind, head decoded) of a closed store."""
        db = sqlite3.connect("file:%s?mode=ro" % urllib.parse.quote(self.store(name)), uri=True)
        rows = db.execute("SELECT n, kind, head FROM entry ORDER BY n").fetchall()
        db.close()
        return [(n, k, unpack(bytes(head))) for n, k, head in rows if k in kinds]

    # ---- the careful client ----

    def perform(self, name, act, case=None, papers=(), **fields):
        """One act and its answer as POST /api/acts gives it, with `to`, whom it goes to."""
        return self.conclude(name, self.prepare(act, case, papers, **fields))

    @staticmethod
    def prepare(act, case=None, papers=(), **fields):
        """The request of an act, under an id of ours."""
        body = {"title": "样例案件", "drafted_by": "承办人甲", "approved_by": "负责人乙",
                "officers": [["承办人甲", "37080001"], ["承办人丙", "37080002"]], **fields.pop("body", {})}
        return {"act": act, "procedure": "referral", "case": case, "wait_ms": 20000, "body": body, "id": str(uuid.uuid4()),
                "papers": [{"kind": k, "name": k + ".txt", "media_type": "text/plain",
                            "content_base64": base64.b64encode(("内容 " + k).encode()).decode()} for k in papers], **fields}

    def conclude(self, name, request):
        """Says it with the same id until it is answered. A connection that is cut off says nothing about the act; the agent that is
        asked again may still be reading its ledger."""
        answer = until("%s of %s is answered" % (request["act"], name), lambda: self.say(name, request), self.limit_s)
        assert answer["id"] == request["id"] and answer["status"] in ("admitted", "admitted_with_breach"), (name, request, answer)
        act = until("%s shows its act" % name, lambda: self.get(name, "/api/acts/" + answer["id"]), self.limit_s)
        return {**answer, "to": [t["agency"] for t in act["to"]]}

    def say(self, name, request):
        status, j = self.call(name, "POST", "/api/acts", request)
        if status == 503:  # not taken: the agent is not ready yet
            return None
        assert status == 200, (name, request["act"], status, j)
        return None if j["status"] == "queued" else j

    def get(self, name, path):
        status, j = self.call(name, "GET", path)
        assert status in (200, 404), (name, path, status, j)
        return j if status == 200 else None

    def arrived(self, name, answer):
        """The act is proved at its sender, and every recipient shows it."""
        at_sender = self.get(name, "/api/acts/" + answer["id"])
        readers = [n for n in self.names if self.id(n) in answer["to"]]
        return all(d["proved"] for d in at_sender["delivery"]) and all(self.get(n, "/api/acts/" + answer["id"]) for n in readers)

    # ---- what everybody shows of a case, without what differs from run to run ----

    def portrait(self, case):
        return {n: portrait_of(view) for n in self.names for view in [self.get(n, "/api/cases/" + case)] if view}


def portrait_of(view):
    party = {p["id"]: p["name"] for p in view["parties"]}
    charge = {c["id"]: c["name"] for c in view["charges"]}
    place = {a["id"]: i for i, a in enumerate(view["acts"])}

    def subject(s):
        return s and (party.get(s["party"], "?"), s["charge"] and charge.get(s["charge"], "?"))

    acts = [(a["act"], a["from"], [(t["agency"], t["role"]) for t in a["to"]], a["status"],
             [(b["code"], b["seen_by"]) for b in a["breaches"]], sorted(p["kind"] for p in a["papers"]),
             sorted((place.get(x["id"]), x["question"]) for x in a["answers"]), sorted(str(subject(x)) for x in a["subjects"]),
             sorted((r["track"], r["owner"], str(subject(r["subject"])), r["state"]) for r in a["after"]), a["unreadable"])
            for a in view["acts"]]
    rows = sorted((r["track"], r["owner"], str(subject(r["subject"])), r["state"]) for r in view["rows"])
    questions = sorted((q["question"], str(place.get(q["id"])), q["open"], sorted(str(subject(s)) for s in q["subjects"]))
                       for q in view["questions"])
    duties = sorted((d["id"], d["obligor"] or "", d["status"], sorted(str(subject(s)) for s in d["subjects"])) for d in view["duties"])
    return {"acts": acts, "rows": rows, "questions": questions, "duties": duties}


def difference(got, wanted, where=""):
    """The first place at which two portraits differ, or None."""
    if isinstance(got, dict) and isinstance(wanted, dict) and sorted(got) == sorted(wanted):
        pairs = [(got[k], wanted[k], k) for k in got]
    elif isinstance(got, (list, tuple)) and isinstance(wanted, (list, tuple)) and len(got) == len(wanted):
        pairs = [(a, b, i) for i, (a, b) in enumerate(zip(got, wanted))]
    else:
        return None if got == wanted else "%s: %s, without kills %s" % (where, got, wanted)
    return next(filter(None, (difference(a, b, "%s/%s" % (where, k)) for a, b, k in pairs)), None)


def preload(source, directory):
    """Builds a library of a few lines of C, which stands between a program and the libraries it is linked with."""
    out = os.path.join(directory, os.path.basename(source) + ".so")
    if not os.path.exists(out):
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-D_GNU_SOURCE", "-o", out, source, "-ldl"], check=True)
    return out


class Tracer:
    """strace on one process, in which something happens at a named point. It dies: before the when-th call of a kind (strace hands it
    SIGKILL in the call's stead), or after it (strace holds the thread at the call's end, and we kill); or that call fails with
    `error`, an errno's name, and what comes of it is the process's own doing. Calls are counted by thread, and only those on path,
    if one is given. strace gives no more than the order of calls; what is on the disk is asked of the disk."""

    def __init__(self, city, name, call=None, when=0, after=False, path=None, start=False, error=None):
        self.city, self.name, self.after = city, name, after
        self.log = os.path.join(city.base, "strace.%s" % name)
        if os.path.exists(self.log):
            os.unlink(self.log)
        argv = ["strace", "-f", "-y", "-s", "0", "-e", "trace=" + TRACED + ("," + call if call else ""), "-o", self.log]
        if path:
            argv += ["-P", path]
        if call:
            what = "error=" + error if error else "delay_exit=60000000" if after else "signal=KILL"
            argv += ["-e", "inject=%s:%s:when=%d" % (call, what, when)]
        if start:  # -D: the process stays our child, strace is its grandchild.
            city.launch(name, argv + ["-D"])
            self.process = None
        else:
            self.process = subprocess.Popen(argv + ["-p", str(city.children[name].pid)], stderr=subprocess.PIPE, text=True)
            line = self.process.stderr.readline()
            assert "attached" in line, "strace cannot attach: %s (it must run as root)" % line

    def struck(self, gone_on, limit_s=LIMIT_S):
        """True when the process died at the point; False when gone_on() came true first (strace still watches)."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            if self.after and "(DELAYED)" in self.text():
                self.city.children[self.name].kill()
                self.let_go()
                assert self.city.await_death(self.name)
                return True
            if self.city.await_death(self.name, POLL_S):
                self.let_go()
                return True
            if gone_on():
                return False
        raise AssertionError("neither struck nor gone on: %s\n%s" % (self.name, self.text()[-2000:]))

    def has_failed(self):
        """A call was made to fail."""
        return "(INJECTED)" in self.text()

    def let_go(self):
        """Ends strace on a process that was attached to: killed, for it waits out its delays otherwise, and then the kernel
        lets the threads run on. One that was started under strace stays with it to its end."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stderr.close()
            self.process = None

    def text(self):
        if not os.path.exists(self.log):
            return ""
        with open(self.log, errors="replace") as f:
            return f.read()

    def calls(self):
        """(thread, call, file or socket, bytes asked for) in the order of their beginnings."""
        found = []
        for line in self.text().splitlines():
            m = re.match(r"(\d+) +(\w+)\((?:\d+<([^>]*)>|\"([^\"]*)\")?(?:, \"\"\.\.\., (\d+))?", line)
            if m:
                found.append((int(m[1]), m[2], os.path.basename(m[3] or m[4] or ""), int(m[5] or 0)))
        return found
