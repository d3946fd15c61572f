#!/usr/bin/python3
"""The second verifier: checks a ledger or journal as schema/spec/05-ledger.md section 5 says, written from the specification
alone. `xianjie_verify2.py FILE --root HEX [--json]`; exit 0 only if nothing is bad. The file must not be in use."""
import argparse
import base64
import json
import os
import shutil
import sqlite3
import struct
import sys
import tempfile

import nacl.exceptions

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from xj_wire import D, H, Malformed, Register, pack, root_from_path, tree_root, unpack, verify

OWN, RECEIVED, ADMITTED, REFUSED, STORED, DELIVERED, REGISTER, EPOCH, INCIDENT, CHECKPOINTED, MESSAGE = range(1, 12)
CHECKS = ("bytes", "register", "signatures", "numbering", "proofs", "checkpoints", "objects")
MSG = "xianjie/1 message"


class Bad(Exception):
    pass


class Tree:
    """Roots of the RFC 6962 tree at every size that somebody names, in one pass."""

    def __init__(self, leaves):
        self.leaves = leaves
        self.edge, self.size = [], 0
        self.known = {0: H(b"")}

    def root_at(self, size):
        if size in self.known:
            return self.known[size]
        if size > len(self.leaves):
            raise Bad("a size past the end")
        if size < self.size:
            self.edge, self.size = [], 0
        while self.size < size:
            node, n = self.leaves[self.size], self.size
            while n & 1:
                node = H(b"\1" + self.edge.pop() + node)
                n >>= 1
            self.edge.append(node)
            self.size += 1
        root = self.edge[-1]
        for left in reversed(self.edge[:-1]):
            root = H(b"\1" + left + root)
        self.known[size] = root
        return root


class Verifier:
    def __init__(self, path, root):
        self.root = root
        self.copy = tempfile.mkdtemp(prefix="verify2-")
        for suffix in ("", "-wal"):
            if os.path.exists(path + suffix):
                shutil.copy(path + suffix, os.path.join(self.copy, "file" + suffix))
        self.db = sqlite3.connect(os.path.join(self.copy, "file"))
        self.results = {c: {"verdict": "ok", "entry": 0, "count": 0, "text": ""} for c in CHECKS}

    def close(self):
        self.db.close()
        shutil.rmtree(self.copy, ignore_errors=True)

    def bad(self, check, entry, text):
        r = self.results[check]
        if r["verdict"] != "bad":
            r.update(verdict="bad", entry=entry, text=text)

    def good(self, check):
        self.results[check]["count"] += 1

    def attempt(self, check, entry, what):
        """Runs one thing to be checked; whatever it meets is that entry's fault."""
        try:
            what()
            self.good(check)
            return True
        except (Bad, Malformed) as e:
            self.bad(check, entry, str(e))
        except nacl.exceptions.CryptoError:
            self.bad(check, entry, "the signature does not verify")
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, struct.error) as e:
            self.bad(check, entry, "not of the form the specification gives: %r" % (e,))
        return False

    # ---- 1 bytes ----
    def read(self):
        meta = dict(self.db.execute("SELECT name, value FROM meta"))
        text = {k: bytes(v) if not isinstance(v, str) else v.encode() for k, v in meta.items()}
        self.format, self.owner = text["format"].decode(), text["owner"].decode()
        self.journal = self.format == "xianjie journal 1"
        if self.format not in ("xianjie journal 1", "xianjie ledger 1"):
            raise Bad("format %r" % self.format)
        if text.get("root_key") != self.root:
            self.bad("register", 0, "the file names another root key")
        self.entries, leaves, expect = [], [], 1
        for n, kind, time_ms, head, sig, leaf in self.db.execute("SELECT n, kind, time_ms, head, sig, leaf FROM entry ORDER BY n"):
            if n != expect:
                self.bad("bytes", n, "entry %d is missing" % expect)
                expect = n
            expect += 1
            if H(b"\0" + pack([n, kind, time_ms, head, sig])) != leaf:
                self.bad("bytes", n, "the leaf is not that of the row")
            elif not OWN <= kind <= MESSAGE:
                self.bad("bytes", n, "unknown kind")
            else:
                self.good("bytes")
            self.entries.append((n, kind, time_ms, head, sig))
            leaves.append(H(b"\0" + pack([n, kind, time_ms, head, sig])))
        self.tree = Tree(leaves)
        for level, idx, digest in self.db.execute("SELECT level, idx, hash FROM node"):
            span = leaves[idx << level:(idx + 1) << level]
            if level not in (8, 16, 24) or len(span) != 1 << level or tree_root_of(span) != digest:
                self.bad("bytes", 0, "node %d/%d is not what the leaves give" % (level, idx))

    def objects(self):
        """Objects by digest, each with the digest that its use gives; one of three uses must fit."""
        self.object = {}
        for digest, data in self.db.execute("SELECT digest, bytes FROM object"):
            if digest not in (D("xianjie/1 body", data), D("xianjie/1 keys", data), D("xianjie/1 paper", data)):
                self.bad("bytes", 0, "an object does not have its digest")
            self.object[digest] = data

    # ---- 2 register ----
    def fold_register(self):
        self.register = Register(self.root)
        for n, kind, _, head, sig in self.entries:
            if kind == REGISTER and not self.attempt("register", n, lambda: self.register.apply(head, unpack(sig))):
                break
        if not self.register.number:
            self.bad("register", 0, "no register entry")

    def exchange_key(self, at):
        if at > self.register.number:
            raise Bad("names register number %d, which the file does not hold" % at)
        return self.register.get("exchange", "exchange", at)["sign"]

    def agency_key(self, agency, at):
        if at is not None and at > self.register.number:
            raise Bad("names register number %d, which the file does not hold" % at)
        value = self.register.get("keys", agency, at)
        if value is None:
            raise Bad("%s has no key at that number" % agency)
        return value["sign"]

    # ---- 3 signatures ----
    def decode(self):
        """Headers and statements once; what does not decode is left out and reported where it stands."""
        self.decoded, self.judged = {}, {}
        for n, kind, _, head, _ in self.entries:
            try:
                self.decoded[n] = unpack(head)
                if kind == ADMITTED:
                    self.judged[self.decoded[n][2]] = self.decoded[n][3]
                elif kind == REFUSED:
                    self.judged[self.decoded[n][3]] = self.decoded[n][5]
            except (Malformed, IndexError):
                if kind not in (OWN, RECEIVED, MESSAGE, REGISTER):
                    self.bad("signatures", n, "not canonical MessagePack")

    def signatures(self):
        sender = None
        for n, kind, _, head, sig in self.entries:
            if kind in (OWN, RECEIVED):
                digest = D(MSG, head)
                self.attempt("signatures", n, lambda: verify(
                    self.agency_key(self.decoded[n][9], self.judged.get(digest)), digest, unpack(sig)))
            elif kind == MESSAGE:
                sender = (n, head, sig)
            elif kind == ADMITTED:
                self.attempt("signatures", n, lambda: verify(self.exchange_key(self.decoded[n][3]), D("xianjie/1 admitted", head), unpack(sig)))
                if self.journal and sender and sender[0] == n - 1:
                    self.attempt("signatures", n - 1, lambda: verify(
                        self.agency_key(unpack(sender[1])[9], self.decoded[n][3]), D(MSG, sender[1]), unpack(sender[2])))
            elif kind == REFUSED:
                self.attempt("signatures", n, lambda: verify(self.exchange_key(self.decoded[n][5]), D("xianjie/1 refused", head), unpack(sig)))
                if self.journal and sender and sender[0] == n - 1:
                    self.attempt("signatures", n - 1, lambda: verify(
                        self.agency_key(self.decoded[n][1], self.decoded[n][5]), D(MSG, sender[1]), unpack(sender[2])))
            elif kind == DELIVERED:
                self.attempt("signatures", n, lambda: verify(self.exchange_key(self.decoded[n][6]), D("xianjie/1 delivered", head), unpack(sig)))
            elif kind == STORED:
                self.attempt("signatures", n, lambda: verify(
                    self.agency_key(self.decoded[n][0], self.decoded[n][7]), D("xianjie/1 stored", head), unpack(sig)))

    # ---- 4 numbering ----
    def number_ledger(self):
        own, previous, feed, last_stored = 0, None, 0, 0
        waiting, answered, received, self.mail, self.sent = set(), set(), {}, {}, set()
        for n, kind, _, head, _ in self.entries:
            d = self.decoded.get(n)
            if kind == OWN:
                def step():
                    if d[9] != self.owner or d[22] != own + 1 or d[23] != previous:
                        raise Bad("own numbers or their chain")
                self.attempt("numbering", n, step)
                own, previous = (d[22] if d else own + 1), D(MSG, head)
                waiting.add(previous)
                self.sent.add(previous)
            elif kind == RECEIVED:
                received[D(MSG, head)] = n
            elif kind == ADMITTED:
                def step():
                    if d[2] in received and d[2] not in self.sent:
                        number = next((m for a, m in d[6] if a == self.owner), None)
                        if number != len(self.mail) + 1:
                            raise Bad("mailbox number %r after %d" % (number, len(self.mail)))
                        self.mail[number] = d[2]
                        del received[d[2]]
                    elif d[2] not in self.sent:
                        raise Bad("answers nothing in this ledger")
                    elif d[2] in answered:
                        raise Bad("a second answer")
                    else:
                        answered.add(d[2])
                self.attempt("numbering", n, step)
            elif kind == REFUSED:
                def step():
                    if d[3] not in self.sent or d[3] in answered:
                        raise Bad("answers nothing in this ledger, or a second time")
                    answered.add(d[3])
                self.attempt("numbering", n, step)
            elif kind == DELIVERED:
                def step():
                    if d[0] != self.owner or d[1] != feed + 1:
                        raise Bad("feed number")
                self.attempt("numbering", n, step)
                feed = d[1] if d else feed + 1
            elif kind == STORED and d and d[0] == self.owner:
                self.attempt("numbering", n, lambda: self.own_stored(n, d, last_stored))
                last_stored = d[2]
        if received:
            self.bad("numbering", min(received.values()), "received and never shown admitted")

    def own_stored(self, n, d, last):
        _, first, to, root, size, head, _, _ = d
        if first != last + 1 or to < first:
            raise Bad("stored %d to %d after %d" % (first, to, last))
        leaves = [H(b"\0" + struct.pack(">Q", i) + self.mail[i]) for i in range(first, to + 1)]
        if tree_root(leaves) != root:
            raise Bad("root is not that of the deliveries it names")
        if size >= n or self.tree.root_at(size) != head:
            raise Bad("ledger size and head are not those of the tree")

    def number_journal(self):
        numbers, chain, mailboxes, feeds, stored, message = {}, {}, {}, {}, {}, None
        self.mail, self.sent, self.sender = {}, set(), {}
        for n, kind, _, head, _ in self.entries:
            d = self.decoded.get(n)
            if message and kind not in (ADMITTED, REFUSED):
                self.bad("numbering", message[0], "no statement follows the message")
            if kind == MESSAGE:
                message = (n, head)
                continue
            if kind in (ADMITTED, REFUSED):
                def step():
                    if not message or D(MSG, message[1]) != (d[2] if kind == ADMITTED else d[3]):
                        raise Bad("does not follow its message")
                    if (d[0] if kind == ADMITTED else d[12]) != n:
                        raise Bad("states another place than its own")
                    agency = unpack(message[1])[9] if kind == ADMITTED else d[1]
                    number = unpack(message[1])[22] if kind == ADMITTED else d[4]
                    digest = D(MSG, message[1])
                    if not (kind == REFUSED and d[6] == "id_reused" and number <= numbers.get(agency, 0)):
                        if number != numbers.get(agency, 0) + 1:
                            raise Bad("submission number %d after %d" % (number, numbers.get(agency, 0)))
                        numbers[agency] = number
                    if kind == ADMITTED:
                        if unpack(message[1])[23] != chain.get(agency):
                            raise Bad("previous")
                        for a, m in d[6]:
                            if m != mailboxes.get(a, 0) + 1:
                                raise Bad("mailbox number of %s" % a)
                            mailboxes[a] = m
                            self.mail[(a, m)] = digest
                    chain[agency] = digest
                self.attempt("numbering", n, step)
            elif kind == DELIVERED:
                def step():
                    if d[1] != feeds.get(d[0], 0) + 1:
                        raise Bad("feed number of %s" % d[0])
                    feeds[d[0]] = d[1]
                self.attempt("numbering", n, step)
            elif kind == STORED:
                def step():
                    agency, first, to, root = d[:4]
                    if first != stored.get(agency, 0) + 1 or to < first:
                        raise Bad("stored range of %s" % agency)
                    leaves = [H(b"\0" + struct.pack(">Q", i) + self.mail[(agency, i)]) for i in range(first, to + 1)]
                    if tree_root(leaves) != root:
                        raise Bad("root is not that of the deliveries it names")
                    stored[agency] = to
                self.attempt("numbering", n, step)
            message = None

    # ---- 5 proofs ----
    def proofs(self):
        stored = {D("xianjie/1 stored", head): self.decoded.get(n) for n, kind, _, head, _ in self.entries if kind == STORED}
        for n, kind, _, _, _ in self.entries:
            d = self.decoded.get(n)
            if kind != DELIVERED or not d:
                continue
            for digest, number, index, path in d[7]:
                if path is None:
                    if not self.journal and digest in self.sent:
                        self.bad("proofs", n, "no path for a message that the owner sent")
                    continue

                def step():
                    s = stored.get(d[5])
                    if s is None or s[0] != d[2]:
                        raise Bad("the stored statement named is not in the file")
                    if number != s[1] + index:
                        raise Bad("place under the root")
                    leaf = H(b"\0" + struct.pack(">Q", number) + digest)
                    if root_from_path(leaf, index, s[2] - s[1] + 1, path) != s[3]:
                        raise Bad("the path does not lead to the root")
                self.attempt("proofs", n, step)

    # ---- 6 checkpoints ----
    def owner_key(self):
        if self.journal:
            return self.register.get("exchange", "exchange")["sign"]
        return self.register.get("keys", self.owner)["sign"]

    def checkpoints(self):
        name = "exchange-" + self.register.get("exchange", "exchange")["division"] if self.journal else self.owner
        origin = "xianjie/" + name
        for size, note in self.db.execute("SELECT size, note FROM checkpoint ORDER BY size"):
            def step():
                text, signature = note.split("\n\n")
                lines = text.split("\n")
                if lines[0] != origin or int(lines[1]) != size or not lines[3].startswith("time "):
                    raise Bad("origin, size or time")
                if base64.b64decode(lines[2], validate=True) != self.tree.root_at(size):
                    raise Bad("root is not that of the tree")
                dash, who, b64 = signature.rstrip("\n").split(" ")
                raw = base64.b64decode(b64, validate=True)
                key = self.owner_key()
                if dash != "\u2014" or who != origin or raw[:4] != H(origin.encode() + b"\n\1" + key)[:4]:
                    raise Bad("signature line")
                import nacl.signing
                nacl.signing.VerifyKey(key).verify((text + "\n").encode(), raw[4:])
            self.attempt("checkpoints", size, step)

    # ---- 7 objects ----
    def present(self):
        for n, kind, _, _, _ in self.entries:
            h = self.decoded.get(n)
            wanted = kind in (OWN, RECEIVED) if not self.journal else kind == MESSAGE and self.kind_after(n) == ADMITTED
            if not wanted or not h:
                continue
            if kind == RECEIVED and any(a == self.owner and r == "notice" for a, r in h[11]):
                continue

            def step():
                if h[19] not in self.object or h[21] not in self.object:
                    raise Bad("body or keys are missing")
                papers = {p[1] for p in h[16]}
                for digest, reader, _, _ in unpack(self.object[h[21]])[1]:
                    if digest in papers and (self.journal or reader == self.owner) and digest not in self.object:
                        raise Bad("a paper is missing")
            self.attempt("objects", n, step)

    def kind_after(self, n):
        i = n - self.entries[0][0] + 1
        return self.entries[i][1] if i < len(self.entries) else None

    def run(self):
        try:
            self.read()
        except (sqlite3.Error, KeyError, Bad) as e:
            self.bad("bytes", 0, "cannot be read: %s" % e)
            return
        self.objects()
        self.fold_register()
        self.decode()
        if self.results["register"]["verdict"] == "bad":
            for c in ("signatures", "checkpoints"):
                if self.results[c]["verdict"] == "ok":
                    self.results[c].update(verdict="not checkable here", text="the register is bad")
        else:
            self.signatures()
        (self.number_journal if self.journal else self.number_ledger)()
        self.proofs()
        if self.results["checkpoints"]["verdict"] == "ok":
            self.checkpoints()
        self.present()


def tree_root_of(leaves):
    while len(leaves) > 1:
        leaves = [H(b"\1" + leaves[i] + leaves[i + 1]) for i in range(0, len(leaves), 2)]
    return leaves[0]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("file")
    p.add_argument("--root", required=True)
    p.add_argument("--json", action="store_true")
    a = p.parse_args()
    v = Verifier(a.file, bytes.fromhex(a.root))
    try:
        v.run()
        ok = all(r["verdict"] != "bad" for r in v.results.values())
        entries = len(getattr(v, "entries", ()))
    finally:
        v.close()
    if a.json:
        print(json.dumps({"ok": ok, "entries": entries, "checks": v.results}, ensure_ascii=False))
    else:
        for name, r in v.results.items():
            where = " entry %d: %s" % (r["entry"], r["text"]) if r["verdict"] == "bad" else " " + r["text"] if r["text"] else ""
            print("%-12s %s (%d)%s" % (name, r["verdict"], r["count"], where))
        print("completeness not checkable here: whether later entries were cut off shows only a statement held by somebody else")
    sys.exit(0 if ok else 1)


if __name__ == "__main__":
    main()
