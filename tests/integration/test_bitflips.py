#!/usr/bin/python3
"""One bit of a file changes while nobody has it open: at rest, on a stick, in a backup. `test_bitflips.py [BUILD]`, XJ_FLIPS (50 in
each kind of file), XJ_FLIP_SEED. Of each: it is found, by the verifier or at the start, with a message in both languages; or it is
harmless, which is proved: the file verifies as before and says the same. (The write-ahead log: tests/crash/test_wal.c.)"""
import collections
import contextlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.parse
import zipfile

import nacl.bindings as nb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from city import ROOT, main
from killcity import KillCity, until
from xj_wire import unpack

FLIPS = int(os.environ.get("XJ_FLIPS", "50"))
SEED = int(os.environ.get("XJ_FLIP_SEED", "1"))
NAMES = ("justice", "bureau", "police", "procuratorate")
TABLES = {"meta": "name", "entry": "n", "object": "digest", "checkpoint": "size", "kv": "k"}
START_S = 10


WARNED = "the register in this ledger has other keys"


class Finished(KillCity):
    """A city in which something happened and that is stopped; its files and a place for changed copies of them."""

    def __init__(self, build):
        super().__init__(build, NAMES)
        case = self.perform("bureau", "transfer", papers=("transfer_letter", "investigation_report", "item_list", "test_report"),
                            principals=[self.id("police")])["case"]
        until("the police have it", lambda: self.get("police", "/api/cases/" + case))
        self.perform("police", "receipt", case, ("receipt",))
        until("all is at rest", self.at_rest)
        self.backup, self.bundle = os.path.join(self.base, "backup.db"), os.path.join(self.base, "bundle.zip")
        assert self.call("bureau", "POST", "/api/snapshot", {"path": self.backup})[0] == 200
        self.run("export", "--case", case, "--out", self.bundle, data=self.data("bureau"))
        for name in (*NAMES, "exchange"):
            self.children[name].terminate()
            assert self.await_death(name) and self.children[name].returncode == 0, name
        self.changed = os.path.join(self.base, "changed")

    # ---- starting from a changed file ----

    def copy_of(self, name, file=None, data=None):
        """The directory of a process, with one file of other content."""
        shutil.rmtree(self.changed, ignore_errors=True)
        shutil.copytree(self.data(name), self.changed, ignore=shutil.ignore_patterns("*.sock", "endpoint", "log", "pid"))
        if file:
            put(os.path.join(self.changed, file), data)
        return self.changed

    def start_of(self, name, file, data):
        """What a process says that does not start with this file, or starts and warns of the keys in it (02-trust, 9); None: it starts
        (and is ended)."""
        return self.start_in(name, self.copy_of(name, file, data))

    def start_in(self, name, directory):
        program, conf, sign = "xianjie-agent", "agent.conf", "agent.sock"
        if name == "exchange":
            program, conf, sign = "xianjie-broker", "broker.conf", "endpoint"
        with open(os.path.join(directory, "said"), "wb+") as said:
            child = subprocess.Popen([os.path.join(self.bin, program), "--config", os.path.join(directory, conf)], stdin=subprocess.DEVNULL,
                                     stdout=said, stderr=said, env=dict(os.environ, XIANJIE_SHARE=os.path.join(ROOT, "schema")))
            try:
                until("it starts or ends", lambda: child.poll() is not None or os.path.exists(os.path.join(directory, sign)), START_S)
            finally:
                if child.poll() is None:
                    child.kill()
                code = child.wait()
            said.seek(0)
            text = said.read().decode()
        if code == -9:
            return text if WARNED in text else None
        assert code > 0, "it died of signal %d: %s" % (-code, text)
        return text

    def verified(self, path):
        """(all well, what the verifier says)."""
        ran = self.run("verify", path, "--root", self.root_hex(), check=False)
        assert ran.returncode in (0, 5), (ran.returncode, ran.stdout, ran.stderr)
        return ran.returncode == 0, (ran.stdout + ran.stderr).replace(path, "FILE")


def put(path, data):
    with open(path, "wb") as f:
        f.write(data)


def get(path):
    with open(path, "rb") as f:
        return f.read()


def is_message(text):
    """It says why, in both languages, on its last lines."""
    return any("\u4e00" <= c <= "\u9fff" for c in text) and any(c.isascii() and c.isalpha() for c in text)


def flips(path, kind):
    """Copies of a file's bytes with one bit changed, and where."""
    data, rng = get(path), random.Random("%s %d" % (kind, SEED))
    for _ in range(FLIPS):
        at, bit = rng.randrange(len(data)), rng.randrange(8)
        changed = bytearray(data)
        changed[at] ^= 1 << bit
        yield "%s: byte %d, bit %d" % (kind, at, bit), bytes(changed)


class Tally(collections.Counter):
    """What came of each flip; those not held are told together at the end."""

    def __init__(self, kind):
        super().__init__()
        self.kind, self.bad = kind, []

    def held(self, word, holds, where, why):
        self[word if holds else "not held"] += 1
        if not holds:
            self.bad.append("%s: %s" % (where, why))

    def found(self, where, text, why="it says nothing and starts"):
        self.held("found", text and is_message(text), where, "found, but not said: %r" % text if text else why)

    def harmless(self, where, same, why="what it says has changed, and nobody noticed"):
        self.held("harmless", same, where, why)

    def tell(self):
        print("    %s: %d flips (seed %d), %s" % (self.kind, FLIPS, SEED, ", ".join("%d %s" % (n, k) for k, n in sorted(self.items()))))
        assert not self.bad, "\n".join(self.bad)
        assert sum(self.values()) == FLIPS


@contextlib.contextmanager
def tally(kind):
    t = Tally(kind)
    yield t
    t.tell()


# ---- stores ----

def content(path):
    """Everything in a closed store or view, read row by row and, in a store, found by key; None: it cannot be read."""
    try:
        with contextlib.closing(sqlite3.connect("file:%s?immutable=1" % urllib.parse.quote(path), uri=True)) as db:
            db.text_factory = bytes
            tables = [t.decode() for t, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
            rows = {t: sorted(db.execute('SELECT * FROM "%s"' % t), key=repr) for t in tables}
            for table, key in TABLES.items() if "entry" in tables else ():
                rows[table, key] = [db.execute("SELECT * FROM %s WHERE %s = ?" % (table, key), (row[0],)).fetchall() for row in rows[table]]
            rows["whole"] = db.execute("PRAGMA integrity_check").fetchall()
            return rows
    except (sqlite3.Error, UnicodeDecodeError):
        return None


def store(city, kind, path, name, file):
    """The verifier finds it, or the process whose file it is (for a backup: were it put back)."""
    good, said, before = *city.verified(path), content(path)
    assert good and before["whole"] == [(b"ok",)], said
    other = os.path.join(city.base, "other.db")
    with tally(kind) as t:
        for where, data in flips(path, kind):
            put(other, data)
            good, text = city.verified(other)
            if not good:
                t.found(where, text)
            elif text == said and content(other) == before:
                t.harmless(where, True)
            else:
                t.found(where, city.start_of(name, file, data), "it verifies, its content is another, and the process starts")


def flips_in_a_ledger(build):
    store(city(build), "ledger.db", city(build).store("bureau"), "bureau", "ledger.db")


def flips_in_a_journal(build):
    store(city(build), "journal.db", city(build).store("exchange"), "exchange", "journal.db")


def flips_in_a_backup(build):
    store(city(build), "backup", city(build).backup, "bureau", "ledger.db")


def flips_in_a_view(build):
    """The view is derived: `rebuild` says whether it was another than the ledger gives, and makes it right."""
    c = city(build)
    path = os.path.join(c.data("bureau"), "view.db")
    before = content(path)
    with tally("view.db") as t:
        for where, data in flips(path, "view.db"):
            changed = os.path.join(c.copy_of("bureau", "view.db", data), "view.db")
            same = content(changed) == before
            ran = c.run("rebuild", data=c.changed, check=False)
            right = c.run("rebuild", data=c.changed, check=False).returncode == 0
            if ran.returncode not in (0, 5) or not right:
                t.held("made right", False, where, "it was not made right: %s" % (ran.stdout + ran.stderr))
            elif ran.returncode:
                t.found(where, ran.stdout + ran.stderr)
            else:
                t.harmless(where, same)


# ---- what a process starts from ----

def settings(data):
    """What a configuration says, comments left out; as bytes, for it may be no text any more."""
    return [line.strip() for line in data.split(b"\n") if line.strip() and not line.strip().startswith(b"#")]


def configuration(build, name, file, address):
    """A changed address is not tried: it may be somebody's. Whoever answers there has not the key that the other side asks for."""
    c = city(build)
    path = os.path.join(c.data(name), file)
    before = settings(get(path))
    with tally(file) as t:
        for where, data in flips(path, file):
            now = settings(data)
            changed = [(a, b) for a, b in zip(before, now) if a != b]
            if now == before:
                t.harmless(where, True)
            elif len(now) == len(before) and len(changed) == 1 and all(line.startswith(address + b" = ") for line in changed[0]):
                t["another address"] += 1
            else:
                # a dot that becomes a slash must not make files in the root directory
                t.found(where, c.start_of(name, file, data.replace(b"data = /", b"data = /dev/null/")), "it starts with %s" % now)


def flips_in_an_agents_configuration(build):
    configuration(build, "bureau", "agent.conf", b"endpoint")


def flips_in_the_exchanges_configuration(build):
    configuration(build, "exchange", "broker.conf", b"listen")


def flips_in_an_anchor(build):
    """Root and entry 1 are signed. The exchange's address and transport key are not: with another nobody answers."""
    c = city(build)
    path = os.path.join(c.data("bureau"), "anchor")
    before = unpack(get(path))
    with tally("anchor") as t:
        for where, data in flips(path, "anchor"):
            refusal = c.start_of("bureau", "anchor", data)
            if refusal:
                t.found(where, refusal)
            else:
                t.held("another address or key", unpack(data)[:4] == before[:4], where, "it starts")


def keys_of(data):
    """What the secrets amount to: public halves; None: no key file."""
    out = {}
    for line in data.split(b"\n"):
        name, _, value = (x.strip() for x in line.partition(b"="))
        try:
            secret = bytes.fromhex(value.decode())
            if name:
                out[name] = nb.crypto_sign_seed_keypair(secret)[0] if name == b"sign_seed" else nb.crypto_scalarmult_base(secret)
        except (ValueError, UnicodeDecodeError, TypeError):
            return None
    return out


def secrets(build, name):
    c = city(build)
    kind, path = "secret.keys of " + name, os.path.join(c.data(name), "secret.keys")
    before = keys_of(get(path))
    with tally(kind) as t:
        for where, data in flips(path, kind):
            refusal = c.start_of(name, "secret.keys", data)
            if refusal:
                t.found(where, refusal)
            else:
                t.harmless(where, keys_of(data) == before, "it starts with other keys")


def flips_in_an_agencys_keys(build):
    secrets(build, "bureau")


def flips_in_the_exchanges_keys(build):
    secrets(build, "exchange")


# ---- what is handed on ----

def parts(path):
    with zipfile.ZipFile(path) as z:
        return [(i.filename, z.read(i)) for i in z.infolist()]


def flips_in_an_evidence_bundle(build):
    c = city(build)
    good, said = c.verified(c.bundle)
    before, other = parts(c.bundle), os.path.join(c.base, "other.zip")
    with tally("bundle") as t:
        for where, data in flips(c.bundle, "bundle"):
            put(other, data)
            good, text = c.verified(other)
            if not good or text != said:
                t.found(where, text)
            else:
                t.harmless(where, parts(other) == before)


cities = {}


def city(build):
    if build not in cities:
        cities[build] = Finished(build)
    return cities[build]


def tests():
    return [v for k, v in globals().items() if k.startswith("flips_in_")]


if __name__ == "__main__":
    try:
        main(tests())
    finally:
        for made in cities.values():
            made.close()
