"""A small city of real processes for the integration tests, and the API of its agents."""
import base64
import http.client
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DIVISION = "370800"
AGENCIES = {
    "justice": ("370800-sfj", "济宁市司法局", "justice", None),
    "bureau": ("370800-scjgj", "济宁市市场监督管理局", "bureau", "market"),
    "environment": ("370800-sthjj", "济宁市生态环境局", "bureau", "environment"),
    "police": ("370800-gaj", "济宁市公安局", "police", None),
    "police2": ("370800-gafj", "济宁市公安局任城区分局", "police", None),
    "procuratorate": ("370800-jcy", "济宁市人民检察院", "procuratorate", None),
    "court": ("370800-fy", "济宁市中级人民法院", "court", None),
}


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=60):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class City:
    def __init__(self, build, names=None, unconnected=(), volatile=True, facts=None):
        self.bin = os.path.join(os.path.abspath(build), "bin")
        self.base = tempfile.mkdtemp(prefix="xianjie-test-")
        self.dir = os.path.join(self.base, "city")
        self.names = list(names or AGENCIES)
        spec = {"division": DIVISION, "name": "济宁市", "registrar": AGENCIES["justice"][0], "volatile": volatile,
                "agencies": [self.agency_spec(n, n not in unconnected) for n in self.names]}
        if facts:
            spec["facts"] = facts
        self.spec = os.path.join(self.base, "city.json")
        with open(self.spec, "w") as f:
            json.dump(spec, f, ensure_ascii=False)
        self.run("city", "make", self.dir, self.spec)

    @staticmethod
    def agency_spec(name, connected):
        ident, title, role, sector = AGENCIES[name]
        spec = {"id": ident, "name": title, "role": role, "connected": connected}
        if sector:
            spec["sector"] = sector
        return spec

    def run(self, *args, check=True, data=None):
        env = dict(os.environ, XIANJIE_SHARE=os.path.join(ROOT, "schema"), LANG="zh_CN.UTF-8")
        if data:
            env["XIANJIE_DATA"] = data
        p = subprocess.run([os.path.join(self.bin, "xianjie"), *args], capture_output=True, text=True, env=env, timeout=180)
        if check and p.returncode:
            raise AssertionError("xianjie %s: exit %d\n%s%s" % (" ".join(args), p.returncode, p.stdout, p.stderr))
        return p

    def start(self):
        self.run("city", "start", self.dir)

    def stop(self):
        self.run("city", "stop", self.dir, check=False)

    def close(self, keep=False):
        self.stop()
        if not keep:
            shutil.rmtree(self.base, ignore_errors=True)

    def id(self, name):
        return AGENCIES[name][0]

    def data(self, name):
        return os.path.join(self.dir, "exchange") if name == "exchange" else os.path.join(self.dir, "agencies", self.id(name))

    def call(self, name, method, path, body=None, timeout=60):
        c = UnixConnection(os.path.join(self.data(name), "agent.sock"), timeout)
        c.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
        r = c.getresponse()
        text = r.read().decode()
        c.close()
        return r.status, json.loads(text) if text else None

    def act(self, name, act, case=None, papers=(), wait_ms=20000, **fields):
        body = {"title": "样例案件", "drafted_by": "承办人甲", "approved_by": "负责人乙",
                "officers": [["承办人甲", "37080001"], ["承办人丙", "37080002"]]}
        body.update(fields.pop("body", {}))
        request = {"act": act, "procedure": "referral", "case": case, "wait_ms": wait_ms, "body": body,
                   "papers": [{"kind": k, "name": k + ".txt", "media_type": "text/plain",
                               "content_base64": base64.b64encode(("内容 " + k).encode()).decode()} for k in papers]}
        request.update(fields)
        return self.call(name, "POST", "/api/acts", request)

    def settle(self, names=None, timeout=30):
        """Waits until nothing is outstanding at these agencies."""
        end = time.monotonic() + timeout
        while True:
            figures = [self.call(n, "GET", "/api/status")[1] for n in names or self.names]
            at_rest = all(f["own_number"] == f["own_answered"] == f["own_proved"] and f["mailbox"] == f["mailbox_head"] and
                          f["feed"] == f["feed_head"] and f["view_applied"] == f["ledger_size"] for f in figures)
            # an agent hears of a new register entry by a heartbeat: until then only another one's figures tell that there is one
            if at_rest and len({f["register"] for f in figures if f["state"] == "ready"}) <= 1:
                return figures
            if time.monotonic() > end:
                raise AssertionError("not settled: %s" % json.dumps(figures, ensure_ascii=False))
            time.sleep(0.02)  # a poll interval, not a wait for luck: the loop ends on the figures or on the limit

    def case(self, name, ident):
        status, j = self.call(name, "GET", "/api/cases/" + urllib.parse.quote(ident))
        assert status == 200, (status, j)
        return j

    def verify_all(self):
        """Both verifiers on every closed ledger and the journal."""
        root = self.root_hex()
        files = [os.path.join(self.data(n), "ledger.db") for n in self.names if os.path.exists(os.path.join(self.data(n), "ledger.db"))]
        files.append(os.path.join(self.dir, "exchange", "journal.db"))
        for f in files:
            p = self.run("verify", f, "--root", root, check=False)
            assert p.returncode == 0, "%s\n%s%s" % (f, p.stdout, p.stderr)
            q = subprocess.run(["/usr/bin/python3", os.path.join(ROOT, "tests/verify2/xianjie_verify2.py"), f, "--root", root],
                               capture_output=True, text=True)
            assert q.returncode == 0, "second verifier on %s\n%s%s" % (f, q.stdout, q.stderr)
        return len(files)

    def check_all(self, secrets=(), left=()):
        """What must hold of a city that was left at rest and stopped: every store verifies (twice), no two accounts of it differ or
        have anything open between them, and the exchange's disk holds none of the texts that only parties may read. left: agencies
        that the register does not let in any more, so that what came later is open for them."""
        stores = self.verify_all()
        found = self.disagreements(left)
        if found and all(f["verdict"] == "open" for f in found):  # word of it was still on its way when the processes were stopped
            self.start()
            self.settle([n for n in self.names if n not in left])
            self.stop()
            found = self.disagreements(left)
        assert not found, "accounts do not agree: %s" % found
        with open(os.path.join(self.dir, "exchange", "journal.db"), "rb") as f:
            held = f.read()
        assert not [t for t in secrets if t.encode() in held], "the exchange's disk holds plaintext"
        return stores

    def disagreements(self, left=()):
        """What `xianjie reconcile` finds between any two stores."""
        names = [n for n in self.names if os.path.exists(os.path.join(self.data(n), "ledger.db"))]
        found = []
        for a, b in itertools.combinations(names + ["exchange"], 2):
            files = [os.path.join(self.data(n), "journal.db" if n == "exchange" else "ledger.db") for n in (a, b)]
            p = self.run("--json", "reconcile", *files, "--root", self.root_hex(), "--quick", check=False)
            assert p.stdout, "%s and %s are not compared: %s" % (a, b, p.stderr)
            said = json.loads(p.stdout)
            assert said["ok"] == (p.returncode == 0) == (said["differing"] == said["open"] == 0), said
            found += [dict(f, between=(a, b)) for f in said["findings"]
                      if f["verdict"] == "differs" or f["verdict"] == "open" and a not in left and b not in left]
        return found

    def root_hex(self):
        path = os.path.join(self.dir, "root", "root.pub")
        return next(line.split("=")[1].strip() for line in open(path) if line.startswith("sign"))


def sent(city, name, act, case=None, papers=(), **fields):
    """An act that must be admitted; everybody has it afterwards."""
    status, j = city.act(name, act, case, papers, **fields)
    assert status == 200 and j["status"].startswith("admitted"), (act, status, j)
    city.settle()
    return j


def cli(city, name, *args, code=0):
    """What the command line says of an agency's agent, with its exit code as wanted."""
    p = city.run(*args, check=False, data=city.data(name))
    assert p.returncode == code, (args, p.returncode, p.stdout, p.stderr)
    return p.stdout + p.stderr


def main(tests):
    """Runs test functions (city is theirs to make) and exits like a test program."""
    build = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build")
    failed = 0
    for t in tests:
        started = time.monotonic()
        try:
            t(build)
            print("ok   %s (%.1f s)" % (t.__name__, time.monotonic() - started), flush=True)
        except Exception as e:  # a test that fails must not hide the others
            failed += 1
            import traceback
            traceback.print_exc()
            print("FAIL %s: %s" % (t.__name__, e), flush=True)
    sys.exit(1 if failed else 0)
