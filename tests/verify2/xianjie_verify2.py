#!/usr/bin/python3
"""The second verifier: checks a ledger or journal as schema/spec/05-ledger.md section 5 says, written from the specification
alone. `xianjie_verify2.py FILE --root HEX [--json]`; exit 0 only if nothing is bad. The file must not be in use."""
import argparse
import base64
import json
import os
import re
import shutil
import sqlite3
import struct
import sys
import tempfile

import nacl.exceptions
import nacl.signing

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]
import shapes
from tree import Tree
from xj_wire import D, H, Malformed, Register, pack, root_from_path, tree_root, unpack, verify

OWN, RECEIVED, ADMITTED, REFUSED, STORED, DELIVERED, REGISTER, EPOCH, INCIDENT, CHECKPOINTED, MESSAGE, TOLD, RECOVERY = range(1, 14)
REBUILD, UNRECOVERED, RECOVERED, DESTROYED, OPENED = 14, 15, 16, 17, 18
IN_LEDGER = {*range(OWN, MESSAGE), TOLD, RECOVERY, UNRECOVERED, RECOVERED, DESTROYED, OPENED}
IN_JOURNAL = {*range(ADMITTED, MESSAGE + 1), REBUILD, UNRECOVERED, RECOVERED, DESTROYED}
MAILBOX, FEED, OWN_NUMBERS = 1, 2, 3
CHECKS = ("bytes", "register", "signatures", "numbering", "proofs", "checkpoints", "objects", "completeness")
COLUMNS = {"meta": {"name", "value"}, "entry": {"n", "kind", "time_ms", "head", "sig", "leaf"}, "node": {"level", "idx", "hash"},
           "object": {"digest", "bytes"}, "checkpoint": {"size", "note"}, "kv": {"k", "v"}}
MSG = "xianjie/1 message"
USES = ("body", "keys", "paper")


class Bad(Exception):
    pass


class Skip(Exception):
    """Not to be looked at, because of a fault reported elsewhere."""


class Agency:
    """What a file shows of one agency's numbers."""

    def __init__(self):
        self.number = self.mailbox = self.stored = self.feed = self.ledger_size = 0
        self.last, self.mail, self.ledger_head = None, {}, H(b"")
        self.doubtful, self.leaves, self.runs, self.own_runs = set(), set(), {MAILBOX: [], FEED: [], OWN_NUMBERS: []}, set()

    def continues(self, which, at, wanted):
        """Whether numbers that ended at `at` may go on with `wanted`: directly or across runs unrecovered."""
        while at + 1 < wanted:
            ends = [last for first, last in self.runs[which] if first <= at + 1 <= last]
            if not ends:
                return False
            at = ends[0]
        return at + 1 == wanted


class Verifier:
    def __init__(self, path, root):
        self.root = root
        self.copy = tempfile.mkdtemp(prefix="verify2-")
        for suffix in ("", "-wal"):
            if os.path.exists(path + suffix):
                shutil.copy(path + suffix, os.path.join(self.copy, "file" + suffix))
        self.db = sqlite3.connect(os.path.join(self.copy, "file"))
        self.db.text_factory = bytes
        self.results = {c: {"verdict": "ok", "entry": 0, "count": 0, "text": ""} for c in CHECKS}
        self.results["completeness"].update(
            verdict="not checkable here", text="whether later entries were cut off shows only a statement held by somebody else")
        self.tree, self.entries, self.decoded, self.lost = Tree(), [], {}, None

    def close(self):
        self.db.close()
        shutil.rmtree(self.copy, ignore_errors=True)

    def bad(self, check, entry, text):
        r = self.results[check]
        if r["verdict"] != "bad" or entry < r["entry"]:
            r.update(verdict="bad", entry=entry, text=text)

    def attempt(self, check, entry, what):
        """Runs one thing to be checked; whatever it meets is that entry's fault."""
        try:
            what()
            self.results[check]["count"] += 1
            return True
        except Skip:
            return True
        except (Bad, Malformed, AssertionError) as e:
            self.bad(check, entry, str(e))
        except nacl.exceptions.CryptoError:
            self.bad(check, entry, "the signature does not verify")
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, struct.error) as e:
            self.bad(check, entry, "not of the form the specification gives: %r" % (e,))
        return False

    # ---- 1 bytes ----
    def read_meta(self):
        for table, columns in COLUMNS.items():
            # Table names come from the list above, not from the file.
            if not columns <= {row[1].decode() for row in self.db.execute("PRAGMA table_info(%s)" % table)}:
                raise Bad("columns of table %s" % table)
        if self.db.execute("SELECT count(*) FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchone()[0]:
            self.bad("bytes", 0, "a trigger or a view")
        meta = {k.decode(): bytes(v) for k, v in self.db.execute("SELECT name, value FROM meta")}
        self.format, self.owner = meta["format"].decode(), meta["owner"].decode()
        self.journal = self.format == "xianjie journal 1"
        owner_ok = self.owner == "exchange" if self.journal else shapes.is_agency(self.owner)
        if self.format not in ("xianjie journal 1", "xianjie ledger 1") or not owner_ok:
            self.bad("bytes", 0, "format or owner")
        if len(meta.get("store_id", b"")) != 16 or len(meta.get("root_key", b"")) != 32:
            self.bad("bytes", 0, "store_id or root_key")
        elif meta["root_key"] != self.root:
            self.bad("register", 0, "the file names another root key")

    def read_entries(self):
        expect = 1
        for n, kind, time_ms, head, sig, leaf in self.db.execute("SELECT n, kind, time_ms, head, sig, leaf FROM entry ORDER BY n"):
            if n < 1:
                self.bad("bytes", 0, "an entry below 1")
                continue
            if n != expect:
                self.bad("bytes", expect, "entry %d is missing" % expect)
            computed = H(b"\0" + pack([n, kind, time_ms, head, sig]))
            if n == expect == self.tree.size() + 1:
                self.tree.append(computed)
            expect = n + 1

            def form():
                if kind not in (IN_JOURNAL if self.journal else IN_LEDGER):
                    raise Bad("a kind that does not belong here")
                self.shape(n, kind, head, sig)
            formed = self.attempt("bytes", n, form)
            self.entries.append((n, kind if formed else 0, head, sig))
            if computed != leaf:
                self.bad("bytes", n, "the leaf is not that of the row")
        self.last = expect - 1

    def shape(self, n, kind, head, sig):
        if kind in (EPOCH, INCIDENT, CHECKPOINTED, TOLD, RECOVERY, REBUILD, OPENED):
            shapes.need(sig == b"", "a signature on the owner's own note")
        else:
            shapes.signature(sig)
        if kind == EPOCH:
            self.decoded[n] = shapes.epoch(head, self.journal)
        elif kind == MESSAGE:
            try:
                self.decoded[n] = shapes.header(head)
            except (Malformed, TypeError, AttributeError):
                pass  # what was refused may have any form
        elif kind != REGISTER:
            form = {OWN: shapes.header, RECEIVED: shapes.header, ADMITTED: shapes.admitted, REFUSED: shapes.refused,
                    STORED: shapes.stored, DELIVERED: shapes.delivered, INCIDENT: shapes.incident,
                    CHECKPOINTED: shapes.checkpointed, TOLD: shapes.told, RECOVERY: shapes.recovery,
                    RECOVERED: shapes.recovered, REBUILD: shapes.rebuild, UNRECOVERED: shapes.unrecovered,
                    DESTROYED: shapes.destroyed, OPENED: shapes.opened}[kind]
            self.decoded[n] = form(head)

    def nodes(self):
        there = {(level, idx): digest for level, idx, digest in self.db.execute("SELECT level, idx, hash FROM node")}
        for level in (8, 16, 24):
            for idx in range(self.tree.size() >> level):
                if there.get((level, idx)) != self.tree.levels[level][idx]:
                    self.bad("bytes", (idx + 1) << level, "node %d/%d is not what the leaves give" % (level, idx))
        for level, idx in there:
            if level not in (8, 16, 24) or idx < 0:
                self.bad("bytes", 0, "a node of no level")
            elif (idx + 1) << level > self.last:
                self.bad("bytes", (idx + 1) << level, "a node past the end")

    def objects(self):
        self.use, self.object = {}, {}
        for digest, data in self.db.execute("SELECT digest, bytes FROM object"):
            self.use[digest] = next((u for u in USES if D("xianjie/1 " + u, data) == digest), None)
            if self.use[digest] == "keys":
                self.object[digest] = data
        unnamed = {d for d, u in self.use.items() if u is None}
        for n, kind, _, _ in self.entries:
            h = self.decoded.get(n)
            if kind not in (OWN, RECEIVED, MESSAGE) or not h:
                continue
            for digest in [h[19], h[21]] + [p[1] for p in h[16]]:
                if self.use.get(digest, "absent") is None:
                    self.bad("bytes", n, "an object does not have its digest")
                    unnamed.discard(digest)
        if unnamed:
            self.bad("bytes", 0, "an object does not have its digest")

    # ---- 2 register ----
    def fold_register(self):
        self.register, self.broken = Register(self.root), False
        for n, kind, head, sig in self.entries:
            def step():
                shapes.register_entry(head)
                self.register.apply(head, shapes.signature(sig))
            if kind == REGISTER and not self.attempt("register", n, step):
                self.broken = True
                break

    def fact(self, kind, ident, at):
        """A fact at a register number (None: the present one)."""
        if self.broken and (at is None or at > self.register.number):
            raise Skip()
        if at is not None and at > self.register.number:
            raise Bad("names register number %d, which the file does not hold" % at)
        value = self.register.get(kind, ident, at)
        if value is None:
            raise Bad("%s has no key at that number" % ident)
        return value

    def exchange_key(self, at):
        return self.fact("exchange", "exchange", at)["sign"]

    def agency_key(self, agency, at):
        return self.fact("keys", agency, at)["sign"]

    # ---- 3 signatures ----
    def judged(self):
        """Register number, and for refused messages of a journal the sender, by the message's entry."""
        at, own, before = {}, {}, None
        for n, kind, head, _ in self.entries:
            d = self.decoded.get(n)
            if kind == OWN:
                own.setdefault(D(MSG, head), n)
            if kind in (ADMITTED, REFUSED) and d:
                digest, number = (d[2], d[3]) if kind == ADMITTED else (d[3], d[5])
                sender = d[1] if kind == REFUSED and self.journal else None
                if before and before[1] == digest:
                    at[before[0]] = (number, sender)
                elif digest in own:
                    at[own.pop(digest)] = (number, sender)
            before = (n, D(MSG, head)) if kind in (RECEIVED, MESSAGE) else None
        return at

    def verify_message(self, sender, number, digest, sig, own):
        """With the key at that number; an own one also with a key that was the owner's before (02-trust, 9)."""
        try:
            verify(self.agency_key(sender, number), digest, sig)
        except nacl.exceptions.CryptoError:
            until = self.register.number if number is None else number
            for at, value in self.register.facts.get(("keys", sender), []) if own else []:
                if value is None or at > until:
                    continue
                try:
                    return verify(value["sign"], digest, sig)
                except nacl.exceptions.CryptoError:
                    pass
            raise

    def signatures(self):
        at = self.judged()
        for n, kind, head, sig in self.entries:
            d = self.decoded.get(n)

            def message():
                number, sender = at.get(n, (None, None))
                if sender is None and d is None:
                    raise Skip()  # its form is the first check's
                if kind != MESSAGE and (d[9] == self.owner) != (kind == OWN):
                    raise Bad("the sender is not the agency that had to sign")
                if number is not None and number > self.register.number:
                    raise Skip()  # the statement that names it is at fault
                self.verify_message(sender or d[9], number, D(MSG, head), unpack(sig), kind == OWN)

            def statement():
                where = {ADMITTED: 3, REFUSED: 5, DELIVERED: 6, STORED: 7, RECOVERED: 10, UNRECOVERED: 5, DESTROYED: 3}[kind]
                agency = kind in (STORED, RECOVERED) or (kind == DESTROYED and d[0] != "exchange")
                key = self.agency_key(d[0], d[where]) if agency else self.exchange_key(d[where])
                name = {ADMITTED: "admitted", REFUSED: "refused", DELIVERED: "delivered", STORED: "stored", RECOVERED: "recovered",
                        UNRECOVERED: "unrecovered", DESTROYED: "destroyed"}[kind]
                verify(key, D("xianjie/1 " + name, head), unpack(sig))
            if kind in (OWN, RECEIVED, MESSAGE):
                self.attempt("signatures", n, message)
            elif kind in (ADMITTED, REFUSED, DELIVERED, STORED, RECOVERED, UNRECOVERED, DESTROYED) and d:
                self.attempt("signatures", n, statement)

    # ---- 4 numbering ----
    def rule(self, n, holds, text):
        self.results["numbering"]["count"] += 1
        if not holds:
            self.bad("numbering", n, text)

    def of(self, agency):
        return self.agencies.setdefault(agency, Agency())

    def into_mailbox(self, n, agency, number, digest, recovered=False):
        a = self.of(agency)
        leaf = H(b"\0" + struct.pack(">Q", number or 0) + digest)
        late = not self.journal and self.two_exchanges and 0 < (number or 0) <= a.mailbox and leaf not in a.leaves
        self.rule(n, recovered or late or number == a.mailbox + 1, "mailbox number of %s" % agency)
        if recovered and a.mail.get(number, digest) != digest:
            a.doubtful.add(number)
        elif not late:
            a.mail[number] = digest
        if not late and not (recovered and number <= a.mailbox):
            a.mailbox = number or a.mailbox
        a.leaves.add(leaf)

    def unrecovered_run(self, n, d):
        agency, which, first, last, _, _ = d
        a = self.of(agency)
        reached = {MAILBOX: a.mailbox, FEED: a.feed, OWN_NUMBERS: a.number}[which]
        self.rule(n, self.journal or (agency == self.owner and which != OWN_NUMBERS and first <= reached + 1 and reached < last),
                  "a run that does not continue the numbers")
        a.runs[which].append((first, last))
        if which == MAILBOX:
            a.mailbox = max(a.mailbox, last)
        elif which == FEED:
            a.feed = max(a.feed, last)
        else:
            a.own_runs.update(range(first, min(last + 1, first + 65536)))

    def submission(self, n, agency, number, digest, previous, chained, recovered=False):
        a = self.of(agency)
        used = number in a.own_runs
        a.own_runs.discard(number)
        if (used or recovered) and number <= a.number:
            return
        if recovered:
            a.number, a.last = number, digest
            return
        self.rule(n, number == a.number + 1, "submission number of %s" % agency)
        if number == a.number + 1 and chained and number > 1:
            self.rule(n, previous == a.last, "previous of %s" % agency)
        a.number, a.last = number, digest

    def stored_range(self, n, a, first, last, root):
        self.rule(n, a.continues(MAILBOX, a.stored, first) and first <= last <= a.mailbox, "range of a stored statement")
        span = range(first, last + 1) if last - first < 65536 else ()
        if not all(i in a.mail for i in span):
            self.rule(n, False, "range of a stored statement")
        elif not a.doubtful.intersection(span):
            self.rule(n, tree_root([H(b"\0" + struct.pack(">Q", i) + a.mail[i]) for i in span]) == root, "root of a stored statement")
        a.stored = last

    def stored_statement(self, n, d, recovered=False):
        agency, first, last, root, size, head, _, _ = d
        a = self.of(agency)
        if recovered:
            a.stored = max(a.stored, last)
            if size > a.ledger_size:
                a.ledger_size, a.ledger_head = size, head
            return
        late = (self.journal or self.two_exchanges) and first == last <= a.stored and root in a.leaves
        if not late:
            self.stored_range(n, a, first, last, root)
        if self.lost and last <= self.lost[5]:
            return  # it speaks of the ledger that was lost
        self.rule(n, size >= a.ledger_size, "a ledger that became shorter")
        if not self.journal:
            self.own_head(n, size, head)
        a.ledger_size, a.ledger_head = size, head

    def own_head(self, n, size, head):
        self.rule(n, size < n, "ledger size")
        if size <= self.tree.size():
            self.rule(n, self.tree.root_at(size) == head, "ledger head")

    def recovered_statement(self, n, d):
        agency, _, lost_size, lost_head, size, head, number, mailbox, feed, _, _ = d
        a = self.of(agency)
        if self.journal:
            self.rule(n, (lost_size, lost_head) == (a.ledger_size, a.ledger_head), "another ledger was lost than the one on record")
            self.rule(n, number == a.number and mailbox == a.stored and feed <= a.feed, "figures of a recovery")
        else:
            self.rule(n, agency == self.owner and self.lost is not None and self.lost[2:] == [lost_size, lost_head, number, mailbox, feed],
                      "ends no recovery")
            self.rule(n, number <= a.number and mailbox <= a.stored and feed <= a.feed, "figures of a recovery that are not reached")
            self.own_head(n, size, head)
            self.lost = None
        a.ledger_size, a.ledger_head = size, head

    def feed(self, n, d, recovered=False):
        a = self.of(d[0])
        if recovered:
            a.feed = max(a.feed, d[1])
            return
        self.rule(n, d[1] == a.feed + 1 and (self.journal or d[0] == self.owner), "feed number")
        a.feed = d[1]

    def answer(self, n, digest):
        """An own message not yet answered, or None."""
        if digest not in self.waiting:
            self.rule(n, False, "answers no message of this ledger, or one a second time")
            return None
        return self.waiting.pop(digest)

    def number_ledger(self):
        self.agencies, self.sender, self.waiting, self.recovered = {}, {}, {}, set()
        self.back, self.bodiless, message, exchanges, self.two_exchanges = {}, set(), None, set(), False
        for n, kind, head, _ in self.entries:
            d = self.decoded.get(n)
            follows = kind == ADMITTED and d and message and message[1] == d[2]
            if message and not follows:
                self.bad("numbering", message[0], "received and not shown admitted")
            if follows:
                mine = [number for agency, number in d[6] if agency == self.owner]
                self.into_mailbox(n, self.owner, mine[-1] if mine else None, d[2])
            elif kind == ADMITTED and d:
                self.answer(n, d[2])
            elif kind == OWN and d:
                digest = D(MSG, head)
                self.submission(n, self.owner, d[22], digest, d[23], True)
                self.waiting[digest] = d
                if self.lost:
                    self.back[digest] = n
                self.sender[digest] = self.owner
            elif kind == REFUSED and d:
                own = self.answer(n, d[3])
                if own is not None:
                    self.bodiless.add(self.back.get(d[3]))
                self.rule(n, own is None or (d[1] == self.owner and d[2] == own[2] and d[4] == own[22]), "a refusal of something else")
            elif kind == DELIVERED and d:
                self.feed(n, d)
            elif kind == STORED and d and d[0] == self.owner:
                self.stored_statement(n, d)
            elif kind == RECOVERY and d:
                self.lost = d
            elif kind == RECOVERED and d:
                self.recovered_statement(n, d)
            elif kind == UNRECOVERED and d:
                self.unrecovered_run(n, d)
            elif kind == EPOCH and d:
                exchanges.add(d[0])
                self.two_exchanges = len(exchanges) > 1
            message = (n, D(MSG, head)) if kind == RECEIVED else None
        if message:
            self.bad("numbering", message[0], "received and not shown admitted")

    def handed_back(self, n, kind, d):
        """Reads entries of kind rebuild, and says whether this one was handed back."""
        may = kind in (ADMITTED, REFUSED, STORED, DELIVERED, MESSAGE, UNRECOVERED)
        if self.left and not may:
            self.rule(n, False, "a rebuild entry counts other entries than follow it")
            self.left = 0
        if kind == REBUILD and d:
            self.left = d[2] if d[0] == 2 else self.left
            self.offset = d[1] if d[0] == 3 else self.offset
        if not self.left or not may:
            return False
        self.left -= 1
        self.recovered.add(n)
        return True

    def number_journal(self):
        self.agencies, self.sender, message, self.admitted = {}, {}, None, set()
        self.offset, self.left, self.recovered = 0, 0, set()
        for n, kind, head, _ in self.entries:
            d = self.decoded.get(n)
            recovered = self.handed_back(n, kind, d)
            judges = kind in (ADMITTED, REFUSED) and d
            follows = judges and message and message[1] == (d[2] if kind == ADMITTED else d[3])
            if message and not follows:
                self.bad("numbering", message[0], "no statement follows the message")
            if judges:
                self.rule(n, follows, "does not follow its message")
                self.rule(n, recovered or (d[0] if kind == ADMITTED else d[12]) == n + self.offset, "states another place than its own")
            if judges and kind == ADMITTED:
                for agency, number in d[6]:
                    self.into_mailbox(n, agency, number, d[2], recovered)
            if follows:
                self.judgement(n, kind, d, message[0], recovered)
            if kind == DELIVERED and d:
                self.feed(n, d, recovered)
            if kind == STORED and d:
                self.stored_statement(n, d, recovered)
            if kind == RECOVERED and d:
                self.recovered_statement(n, d)
            if kind == UNRECOVERED and d:
                self.unrecovered_run(n, d)
            message = (n, D(MSG, head)) if kind == MESSAGE else None
        if message:
            self.bad("numbering", message[0], "no statement follows the message")
        if self.left:
            self.bad("numbering", self.last, "a rebuild entry counts other entries than follow it")

    def judgement(self, n, kind, d, message, recovered):
        h = self.decoded.get(message)
        if kind == ADMITTED:
            if not h:
                self.bad("bytes", message, "a header that was admitted must be one")
                return
            self.submission(n, h[9], h[22], d[2], h[23], True, recovered)
            self.sender[d[2]] = h[9]
            if not recovered:
                self.admitted.add(message)
            return
        self.rule(n, not h or (h[22] == d[4] and h[2] == d[2]), "a refusal of something else")
        if d[6] != "id_reused" or d[4] == self.of(d[1]).number + 1:
            self.submission(n, d[1], d[4], d[3], None, False, recovered)

    # ---- 5 proofs ----
    def proofs(self):
        stored = {D("xianjie/1 stored", head): self.decoded.get(n) for n, kind, head, _ in self.entries if kind == STORED}
        for n, kind, _, _ in self.entries:
            d = self.decoded.get(n)
            if kind != DELIVERED or not d:
                continue
            s = stored.get(d[5])
            if (self.journal and n not in self.recovered) or any(path is not None for _, _, _, path in d[7]):
                if s is None or s[0] != d[2] or s[6] != d[3]:
                    self.bad("proofs", n, "the stored statement named is not in the file, or differs")
            for digest, number, index, path in d[7]:
                def step():
                    if (self.sender.get(digest) == d[0]) != (path is not None):
                        raise Bad("a path is missing, or given where none belongs")
                    if path is None or s is None:
                        raise Skip()
                    if not s[1] <= number <= s[2] or number != s[1] + index:
                        raise Bad("place under the root")
                    leaf = H(b"\0" + struct.pack(">Q", number) + digest)
                    if root_from_path(leaf, index, s[2] - s[1] + 1, path) != s[3]:
                        raise Bad("the path does not lead to the root")
                self.attempt("proofs", n, step)

    # ---- 6 checkpoints ----
    def owner_keys(self):
        fact = ("exchange", "exchange") if self.journal else ("keys", self.owner)
        return [value["sign"] for _, value in self.register.facts.get(fact, []) if value is not None]

    def origin(self):
        if not self.journal:
            return "xianjie/" + self.owner
        value = self.register.get("exchange", "exchange")
        return "xianjie/exchange-" + value["division"] if value else None

    def signed_by_owner(self, text, raw, origin):
        for key in self.owner_keys():
            if raw[:4] == H(origin.encode() + b"\n\1" + key)[:4]:
                try:
                    nacl.signing.VerifyKey(key).verify(text.encode(), raw[4:])
                    return True
                except nacl.exceptions.CryptoError:
                    pass
        return False

    def read_checkpoint(self, size, note):
        """The root that a checkpoint states, once its form and signature hold."""
        origin = self.origin()
        number = r"(0|[1-9][0-9]{0,17})"
        m = re.fullmatch(r"(%s\n%s\n([A-Za-z0-9+/]{43}=)\ntime %s\n)\n\u2014 %s ([A-Za-z0-9+/]{91}=)\n" % (
            re.escape(origin), number, number, re.escape(origin)), note.decode()) if origin else None
        if not m or int(m.group(2)) != size:
            raise Bad("a checkpoint's form")
        root, raw = base64.b64decode(m.group(3)), base64.b64decode(m.group(5))
        if base64.b64encode(root).decode() != m.group(3) or base64.b64encode(raw).decode() != m.group(5):
            raise Bad("a checkpoint's form")
        if not self.signed_by_owner(m.group(1), raw, origin):
            raise Bad("a checkpoint's signature")
        return root

    def checkpoints(self):
        there = set()
        for size, note in self.db.execute("SELECT size, note FROM checkpoint ORDER BY size"):
            there.add(size)

            def step():
                try:
                    root = self.read_checkpoint(size, note)
                except Bad:
                    raise Skip() if self.broken else sys.exc_info()[1]
                if size > self.last or (size <= self.tree.size() and self.tree.root_at(size) != root):
                    raise Bad("root is not that of the tree")
            self.attempt("checkpoints", size, step)
        for n, kind, _, _ in self.entries:
            d = self.decoded.get(n)
            if kind == CHECKPOINTED and d:
                if d[0] >= n or (d[0] <= self.tree.size() and self.tree.root_at(d[0]) != d[1]):
                    self.bad("checkpoints", n, "speaks of another tree")
                elif d[0] not in there:
                    self.bad("checkpoints", n, "the checkpoint is gone")

    # ---- 7 objects ----
    def orders(self):
        """18-orders, 5: digest -> (order, N) of the newest own entry that lists it, and the messages that own entries name."""
        gone, messages = {}, set()
        for n, kind, _, _ in self.entries:
            d = self.decoded.get(n)
            if kind != DESTROYED or not d or d[0] != self.owner:
                continue
            for digest in d[7]:
                if digest in self.use:
                    self.bad("objects", n, "what was destroyed by order is there")
                gone[digest] = (d[1].hex(), d[2])
            messages |= set(d[6])
        return gone, messages

    def covered(self, order, n, h, at, messages):
        ident, number = order
        if self.broken and number > self.register.number:
            return True  # not looked at
        versions = self.register.facts.get(("order", ident), [])
        place = [i for i, (at_number, _) in enumerate(versions) if at_number == number]
        value = versions[place[0]][1] if place else None
        if not value or value["kind"] != "destroy" or (place[0] > 0 and versions[place[0] - 1][1] == value):
            return False  # no such order begins there
        shared = next((i for r, i in h[18] if r == "shares"), None)
        listed = value.get("messages", [])
        names = h[3] == value.get("case") or h[2] in listed or (shared is not None and shared in listed)
        judged = at.get(n, (None, None))[0]
        return (names and judged is not None and judged < number) or (shared is not None and shared in messages)

    def present(self):
        (gone, messages), at = self.orders(), self.judged()
        for n, kind, _, _ in self.entries:
            h = self.decoded.get(n)
            wanted = n in self.admitted if self.journal else kind in (OWN, RECEIVED) and n not in self.bodiless
            if not wanted or not h:
                continue
            if kind == RECEIVED and [self.owner, "notice"] in h[11]:
                continue
            papers = {p[1] for p in h[16]}
            if not self.journal:
                papers &= self.wrapped(h[21])
            for digest, use in [(h[19], "body"), (h[21], "keys")] + [(p, "paper") for p in papers]:
                self.results["objects"]["count"] += 1
                found = self.use.get(digest, "absent")
                if found == "absent" and digest in gone and self.covered(gone[digest], n, h, at, messages):
                    continue
                if found not in (use, None):  # None: wrong bytes, which the first check reports
                    self.bad("objects", n, "%s is missing" % use)

    def wrapped(self, keys):
        try:
            return {digest for digest, reader, _, _ in unpack(self.object[keys])[1] if reader == self.owner}
        except (KeyError, Malformed, IndexError, TypeError, ValueError):
            return set()

    def run(self):
        try:
            self.read_meta()
            self.read_entries()
        except (sqlite3.Error, KeyError, Bad, UnicodeDecodeError, TypeError) as e:
            self.bad("bytes", 0, "cannot be read: %s" % e)
            for c in CHECKS[1:-1]:
                if self.results[c]["verdict"] == "ok":
                    self.results[c].update(verdict="not checkable here", text="because of the damage above")
            return
        try:
            self.nodes()
            self.objects()
            self.fold_register()
            self.signatures()
            (self.number_journal if self.journal else self.number_ledger)()
            self.proofs()
            self.checkpoints()
            self.present()
            if self.results["bytes"]["verdict"] == "ok" and self.db.execute("PRAGMA integrity_check(1)").fetchone()[0] != b"ok":
                self.bad("bytes", 0, "pages or indexes are damaged")
        except sqlite3.Error as e:
            self.bad("bytes", 0, "cannot be read: %s" % e)

    def ok(self):
        return all(r["verdict"] != "bad" for r in self.results.values())

    def head(self):
        return self.tree.root_at(self.tree.size()).hex()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("file")
    p.add_argument("--root", required=True)
    p.add_argument("--json", action="store_true")
    a = p.parse_args()
    v = Verifier(a.file, bytes.fromhex(a.root))
    try:
        v.run()
    finally:
        v.close()
    if a.json:
        print(json.dumps({"ok": v.ok(), "entries": len(v.entries), "head": v.head(), "checks": v.results}, ensure_ascii=False))
    else:
        for name, r in v.results.items():
            where = " entry %d: %s" % (r["entry"], r["text"]) if r["verdict"] == "bad" else " " + r["text"] if r["text"] else ""
            print("%-12s %s (%d)%s" % (name, r["verdict"], r["count"], where))
    sys.exit(0 if v.ok() else 1)


if __name__ == "__main__":
    main()
