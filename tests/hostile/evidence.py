"""What a court could do with closed ledgers and the root key, and nothing else: prove a sending, prove a receipt, set what others hold of
an agency against what it shows. And what an agency could do that owns its keys: rewrite its ledger so that the file alone agrees."""
import base64
import contextlib
import sqlite3
import struct

import nacl.signing
from xianjie_verify2 import ADMITTED, CHECKPOINTED, DELIVERED, MESSAGE, OWN, RECEIVED, REGISTER, STORED, Tree
from xj_wire import D, H, Register, pack, root_from_path, unpack, verify


class Ledger:
    """A closed ledger or journal, read once."""

    def __init__(self, path, root):
        with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % path, uri=True)) as db:
            self.owner = bytes(db.execute("SELECT value FROM meta WHERE name = 'owner'").fetchone()[0]).decode()
            self.entries = [(n, k, t, bytes(h), bytes(s)) for n, k, t, h, s in
                            db.execute("SELECT n, kind, time_ms, head, sig FROM entry ORDER BY n")]
        self.register, self.tree = Register(root), Tree()
        for n, kind, time_ms, head, sig in self.entries:
            self.tree.append(H(b"\0" + pack([n, kind, time_ms, head, sig])))
            if kind == REGISTER:
                self.register.apply(head, unpack(sig))

    def each(self, *kinds):
        return [(n, t, h, unpack(s) if s else None) for n, k, t, h, s in self.entries if k in kinds]

    def key_of(self, agency, at):
        return self.register.get("keys", agency, at)["sign"]

    def exchange_key(self, at):
        return self.register.get("exchange", "exchange", at)["sign"]

    def admissions(self):
        """{message digest: (statement bytes, decoded, time of entry)}, each signed by the exchange."""
        out = {}
        for _, t, head, sig in self.each(ADMITTED):
            st = unpack(head)
            verify(self.exchange_key(st[3]), D("xianjie/1 admitted", head), sig)
            out[st[2]] = (head, st, t)
        return out

    def proof_of_sending(self, ident):
        """(sender, message digest) of a received act: its sender's signature, under the key of the register that the exchange's
        statement names. Raises when anything does not hold."""
        for _, _, head, sig in self.each(RECEIVED):
            h, digest = unpack(head), D("xianjie/1 message", head)
            if h[2] == ident:
                _, st, _ = self.admissions()[digest]
                verify(self.key_of(h[9], st[3]), digest, sig)
                return h[9], digest
        raise KeyError("no such act was received")

    def proof_of_receipt(self, ident, recipient):
        """The recipient's own time of storing an own act: its signature over a root that a path leads to. Raises likewise."""
        digest = next(D("xianjie/1 message", h) for _, _, h, _ in self.each(OWN) if unpack(h)[2] == ident)
        stored = {D("xianjie/1 stored", h): (h, s) for _, _, h, s in self.each(STORED)}
        for _, _, head, sig in self.each(DELIVERED):
            d = unpack(head)
            mine = [i for i in d[7] if i[0] == digest and i[3] is not None]
            if d[2] != recipient or not mine:
                continue
            verify(self.exchange_key(d[6]), D("xianjie/1 delivered", head), sig)
            statement, signature = stored[d[5]]
            s = unpack(statement)
            verify(self.key_of(recipient, s[7]), d[5], signature)
            leaf = H(b"\0" + struct.pack(">Q", mine[0][1]) + digest)
            assert s[0] == recipient and root_from_path(leaf, mine[0][2], s[2] - s[1] + 1, mine[0][3]) == s[3]
            return s[6]
        raise KeyError("nothing proves that it was received")

    def heads_of(self, agency):
        """[(ledger size, ledger head)] that an agency signed in the statements that are held here."""
        out = []
        for _, _, head, sig in self.each(STORED):
            s = unpack(head)
            if s[0] == agency:
                verify(self.key_of(agency, s[7]), D("xianjie/1 stored", head), sig)
                out.append((s[4], s[5]))
        return out


def disowned(shown, held_by):
    """Heads that the owner of one ledger signed, as others hold them, and that the ledger it shows does not have."""
    return [(size, h) for other in held_by for size, h in other.heads_of(shown.owner)
            if size > shown.tree.size() or shown.tree.root_at(size) != h]


def denied(shown, held_by):
    """Acts that the owner of one ledger signed, as others hold them, and that the ledger it shows does not have."""
    own = {D("xianjie/1 message", h) for _, _, h, _ in shown.each(OWN)}
    out = []
    for other in held_by:
        admissions = other.admissions()
        for _, _, head, sig in other.each(RECEIVED, MESSAGE):
            digest = D("xianjie/1 message", head)
            if digest in admissions and unpack(head)[9] == shown.owner and digest not in own:
                verify(other.key_of(shown.owner, admissions[digest][1][3]), digest, sig)
                out.append(digest)
    return out


def two_answers(one, other):
    """Messages of which two files hold different statements of the exchange, both with its signature."""
    a, b = one.admissions(), other.admissions()
    return [digest for digest in a if digest in b and a[digest][0] != b[digest][0]]


def checkpoint_note(owner, key, size, root, time_ms):
    origin, public = "xianjie/" + owner, bytes(key.verify_key)
    text = "%s\n%d\n%s\ntime %d\n" % (origin, size, base64.b64encode(root).decode(), time_ms)
    raw = H(origin.encode() + b"\n\1" + public)[:4] + key.sign(text.encode()).signature
    return "%s\n\u2014 %s %s\n" % (text, origin, base64.b64encode(raw).decode())


def rewrite(path, owner, sign_seed, change):
    """Rewrites a closed ledger of fewer than 256 entries as its owner can: `change` takes and gives [(kind, time_ms, head, sig)];
    numbers, tree, checkpoints and the owner's own stored statements are made anew, with its key."""
    key, tree = nacl.signing.SigningKey(sign_seed), Tree()
    with contextlib.closing(sqlite3.connect(path)) as db:
        rows = change([(k, t, bytes(h), bytes(s)) for k, t, h, s in db.execute("SELECT kind, time_ms, head, sig FROM entry ORDER BY n")])
        assert len(rows) < 256, "nodes are not made here"
        made, notes, roots = [], [], {0: tree.root_at(0)}
        for n, (kind, time_ms, head, sig) in enumerate(rows, 1):
            if kind == STORED and unpack(head)[0] == owner:
                s = unpack(head)
                s[4:6] = [n - 1, roots[n - 1]]
                head = pack(s)
                sig = pack([0, key.sign(D("xianjie/1 stored", head)).signature])
            if kind == CHECKPOINTED:
                head = pack([n - 1, roots[n - 1]])
                notes.append((n - 1, checkpoint_note(owner, key, n - 1, roots[n - 1], time_ms)))
            leaf = H(b"\0" + pack([n, kind, time_ms, head, sig]))
            tree.append(leaf)
            roots[n] = tree.root_at(n)
            made.append((n, kind, time_ms, leaf, head, sig))
        db.execute("DELETE FROM entry")
        db.execute("DELETE FROM checkpoint")
        db.executemany("INSERT INTO entry(n, kind, time_ms, leaf, head, sig) VALUES(?, ?, ?, ?, ?, ?)", made)
        db.executemany("INSERT INTO checkpoint(size, note) VALUES(?, ?)", notes)
        db.execute("DELETE FROM kv")  # working state is derived: it is made again from the entries
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
