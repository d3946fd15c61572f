#!/usr/bin/python3
"""The second verifier of evidence bundles, written from schema/spec/16-evidence.md alone. `bundle.py FILE… --root HEX [--json]`:
prints the nine claims; exit 0 when none is contradicted, 5 when one is or a file is malformed."""
import argparse
import base64
import json
import os
import re
import struct
import sys
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import nacl.exceptions
import nacl.signing

import shapes
from bundle_form import ADMITTED, DELIVERED, DESTROYED, ERRORS, OWN, RECEIVED, RECOVERY, REFUSED, STORED, TOLD, Bundle, Fault, values
from shapes import is_bin, need
from xj_wire import D, H, Register, root_from_path, tree_root, unpack, verify

CLAIMS = ["P%d" % i for i in range(1, 10)]
TOL = 600000
CONTEXT = {ADMITTED: "admitted", REFUSED: "refused", STORED: "stored", DELIVERED: "delivered"}
AT = {ADMITTED: 3, REFUSED: 5, STORED: 7, DELIVERED: 6}  # where a statement names its register number
TIME = {ADMITTED: 1, REFUSED: 0, STORED: 6, DELIVERED: 4}


# ---- 5 words ----
class Message:
    def __init__(self, e, at):
        self.e, self.at, self.h, self.digest = e, at, e.d, D("xianjie/1 message", e.head)
        self.own = e.kind == OWN
        self.id, self.number = self.h[2], self.h[22]
        self.answer, self.answers, self.admitted, self.mailbox, self.pairs = None, 0, False, 0, []


class Book:
    def __init__(self, bundle, index, root):
        self.b, self.index, self.root_key = bundle, index, root
        self.fold()
        self.find_checkpoint()
        for e in bundle.entries:
            self.note(e)
        self.messages = [Message(e, i) for i, e in enumerate(bundle.entries) if e.kind in (OWN, RECEIVED)]
        self.find_answers()

    def of_lost(self, s):
        """Whether a stored statement of the owner is of a ledger that it lost."""
        lost = self.of_kind(RECOVERY)
        held = next((e for e in self.of_kind(STORED) if e.digest == s.digest), None)
        return any(r.d[5] >= s.d[2] and (held is None or r.n < held.n) for r in lost)

    def fold(self):
        self.register, self.broken, self.times = Register(self.root_key), False, []
        for entry, sig in self.b.register:
            try:
                e = shapes.register_entry(entry)
                self.register.apply(entry, shapes.signature(sig))
                self.times.append(e[1])
            except ERRORS + (nacl.exceptions.CryptoError,):
                self.broken = True
                return

    def sound(self, kind, head, sig):
        """True, False, or None for unknown."""
        d = {ADMITTED: shapes.admitted, REFUSED: shapes.refused, STORED: shapes.stored, DELIVERED: shapes.delivered}[kind](head)
        number = d[AT[kind]]
        if number > self.register.number:
            return None
        fact = self.register.get("keys", d[0], number) if kind == STORED else self.register.get("exchange", "exchange", number)
        if fact is None or (kind == STORED and self.register.get("agency", d[0], number) is None):
            return False
        return self.verifies(fact["sign"], D("xianjie/1 " + CONTEXT[kind], head), sig)

    @staticmethod
    def verifies(key, digest, sig):
        try:
            verify(key, digest, shapes.signature(sig))
            return True
        except (nacl.exceptions.CryptoError, ValueError):
            return False

    def find_checkpoint(self):
        self.size = self.root = None
        self.foreign_key = False
        if self.b.checkpoint is None:
            return
        origin = re.escape("xianjie/" + self.b.owner)
        number = r"(0|[1-9][0-9]{0,17})"
        m = re.fullmatch(r"(%s\n%s\n([A-Za-z0-9+/]{43}=)\ntime %s\n)\n— %s ([A-Za-z0-9+/]{91}=)\n" % (origin, number, number, origin),
                         self.b.checkpoint)
        if not m:
            return
        root, raw = base64.b64decode(m.group(3)), base64.b64decode(m.group(5))
        if base64.b64encode(root).decode() != m.group(3) or base64.b64encode(raw).decode() != m.group(5):
            return
        self.foreign_key = True
        for number, value in self.register.facts.get(("keys", self.b.owner), []):
            if value is None or raw[:4] != H(("xianjie/" + self.b.owner).encode() + b"\n\1" + value["sign"])[:4]:
                continue
            self.foreign_key = False
            try:
                nacl.signing.VerifyKey(value["sign"]).verify(m.group(1).encode(), raw[4:])
                self.size, self.root, self.checkpoint_time = int(m.group(2)), root, int(m.group(4))
                return
            except nacl.exceptions.CryptoError:
                pass

    def note(self, e):
        e.placed = (self.size is not None and e.path is not None and e.n <= self.size and
                    len(e.path) == shapes.path_length(e.n - 1, self.size) and root_from_path(e.leaf(), e.n - 1, self.size, e.path) == self.root)
        e.sound = self.sound(e.kind, e.head, e.sig) if e.kind in CONTEXT else None
        if e.kind in CONTEXT:
            e.when = e.d[TIME[e.kind]]
        if e.kind == STORED:
            e.digest = D("xianjie/1 stored", e.head)

    def find_answers(self):
        self.by_digest = {}
        for m in self.messages:
            self.by_digest.setdefault(m.digest, []).append(m)
        for e in self.b.entries:
            if e.kind not in (ADMITTED, REFUSED):
                continue
            for m in self.by_digest.get(e.d[2] if e.kind == ADMITTED else e.d[3], []):
                m.answers += 1
                if m.answer is None and (m.own or e.kind == ADMITTED):
                    m.answer = e
        for m in self.messages:
            if m.answer is not None and m.answer.kind == ADMITTED and m.answer.sound:
                m.admitted, m.seq = True, m.answer.d[0]
                m.mailbox = next((n for a, n in reversed(m.answer.d[6]) if a == self.b.owner), 0)

    def revision(self, m, at):
        """The compiled procedure of the message's revision, as the register has it at that number."""
        value = self.register.get("procedure", "%s/%s" % (m.h[4], m.h[5][:8].hex()), at)
        return value["compiled"] if value is not None and value["revision"] == m.h[5] else None

    def of_kind(self, kind):
        return [e for e in self.b.entries if e.kind == kind]


# ---- 6 the claims ----
class Judge:
    def __init__(self, books):
        self.books, self.items = books, []
        for step in (self.p1_p9, self.p2, self.p3, self.p4, self.p5, self.sequence, self.p6):
            for k in books:
                step(k)
        self.p7()
        self.merge()
        for k in books:
            self.p8(k)

    def add(self, claim, k, m=None, code="", bad=False, what=None, agency=None, start=None, end=None):
        self.items.append({"claim": claim, "bundle": k.index, "what": what, "id": str(uuid.UUID(bytes=m.id)) if m else None,
                           "message": m.digest.hex() if m else None, "agency": agency, "code": code,
                           "verdict": "proved" if not code else "contradicted" if bad else "not proved", "from": start, "to": end})

    def decide(self, claim, k, rules, **kw):
        """The first rule that holds decides; codes that begin with '!' contradict."""
        code = next((c for c, holds in rules if (holds() if callable(holds) else holds)), "")
        self.add(claim, k, code=code.lstrip("!"), bad=code.startswith("!"), **kw)
        return code

    # P1, P9
    def p1_p9(self, k):
        self.decide("P1", k, [("!register", k.broken)], what="register")
        for m in k.messages:
            m.issued = "" == self.decide("P1", k, [
                ("!from", m.own != (m.h[9] == k.b.owner)), ("unanswered", m.answer is None),
                ("register_short", lambda: m.answer.sound is None), ("!answer_signature", lambda: not m.answer.sound),
                ("!answer", lambda: m.answer.kind == REFUSED and (m.answer.d[1] != m.h[9] or m.answer.d[2] != m.id or m.answer.d[4] != m.number)),
                ("!key", lambda: not self.has_key(k, m)), ("!signature", lambda: self.signer(k, m) is None),
                ("compromised", lambda: self.compromised(k, m) is not None)], m=m)
            if self.items[-1]["code"] == "compromised":
                self.items[-1]["from"] = self.compromised(k, m)
            if m.answer is not None and m.answer.kind == ADMITTED:
                self.decide("P9", k, [("unanswered", not m.admitted), ("!revision", lambda: k.revision(m, m.answer.d[3]) is None)], m=m)
        self.add("P9", k, code="software", what="software")
        self.add("P9", k, code="operator", what="operator")

    @staticmethod
    def key(k, m):
        return k.register.get("keys", m.h[9], m.answer.d[AT[m.answer.kind]])["sign"]

    @classmethod
    def signer(cls, k, m):
        """The key that signed it: that of the answer's number; of an own one also one that was the owner's before (02-trust, 9)."""
        at = m.answer.d[AT[m.answer.kind]]
        earlier = [v["sign"] for n, v in reversed(k.register.facts.get(("keys", m.h[9]), [])) if v is not None and n <= at] if m.own else []
        return next((key for key in [cls.key(k, m)] + earlier if k.verifies(key, m.digest, m.e.sig)), None)

    def reported(self, agency, key, at):
        """Since when the key is reported compromised, if that is no later, by the register that reaches furthest."""
        longest = max(self.books, key=lambda b: (b.register.number, -b.index))
        fact = longest.register.get("compromised", "%s/%s" % (agency, key[:8].hex()))
        return fact["since"] if fact is not None and (at is None or fact["since"] <= at) else None

    def compromised(self, k, m):
        return self.reported(m.h[9], self.signer(k, m), m.answer.when)

    def store_in_doubt(self, k, pair):
        """Section 6, P3: whether another may have signed S; when it was signed, only D can tell."""
        s, d = pair["stored"], pair["delivered"]
        key = k.register.get("keys", s.d[0], s.d[AT[STORED]])["sign"]
        return self.reported(s.d[0], key, d.when if d else None) is not None

    @staticmethod
    def has_key(k, m):
        at = m.answer.d[AT[m.answer.kind]]
        status = k.register.get("status", m.h[9], at)
        active = status is None or status["state"] == "active"
        there = k.register.get("keys", m.h[9], at) is not None and k.register.get("agency", m.h[9], at) is not None
        return there and (active or not m.admitted)

    # P2
    def p2(self, k):
        objects, bodies, papers = (k.b.files[f] for f in ("objects", "bodies", "papers"))
        for m in k.messages:
            h = m.h
            named = [(h[19], "body"), (h[21], "keys")] + [(p[1], "paper") for p in h[16]]
            wrong = any(d in objects and D("xianjie/1 " + use, objects[d]) != d for d, use in named)
            body = bodies.get(h[19])
            commit = body is not None and H(k.b.salts[h[19]] + body) != h[20]
            rows, formed = None, False
            if body is not None and not commit:
                formed, rows = self.body_rows(body)
            first = None
            for i, (_, sealed, _) in enumerate(h[16]):
                row = rows[i] if isinstance(rows, list) and i < len(rows) else None
                fine = (isinstance(row, list) and len(row) == 4 and row[0] == sealed and is_bin(row[0]) and is_bin(row[1], 32) and
                        isinstance(row[2], str) and isinstance(row[3], str))
                if fine and sealed in papers and H(k.b.salts[sealed] + papers[sealed]) != row[1]:
                    commit = True
                code = ("paper_unlisted" if not fine else "paper_absent" if sealed not in objects else
                        "paper_sealed" if sealed not in papers else None)
                first = first or code
            self.decide("P2", k, [
                ("!object", wrong), ("!commit", commit), ("unsigned", not m.issued), ("header_only", not m.own and [k.b.owner, "notice"] in h[11]),
                ("destroyed", h[19] not in objects and self.destroyed(k, m)), ("body_absent", h[19] not in objects), ("keys_absent", h[21] not in objects), ("body_sealed", body is None),
                ("body_form", not formed), (first or "", first is not None)], m=m)

    @staticmethod
    def destroyed(k, m):
        """Section 5.8."""
        shared = next((i for r, i in m.h[18] if r == "shares"), None)
        for e in k.of_kind(DESTROYED):
            holder, order, number, at, _, _, messages, digests, _ = e.d
            if holder != k.b.owner or m.h[19] not in digests or at > k.register.number:
                continue
            fact = k.register.get("keys", holder, at)
            if fact is None or k.register.get("agency", holder, at) is None or \
                    not k.verifies(fact["sign"], D("xianjie/1 destroyed", e.head), e.sig):
                continue
            versions = k.register.facts.get(("order", order.hex()), [])
            place = [i for i, (n, _) in enumerate(versions) if n == number]
            value = versions[place[0]][1] if place else None
            if not value or value["kind"] != "destroy" or (place[0] > 0 and versions[place[0] - 1][1] == value):
                continue
            listed = value.get("messages", [])
            names = m.h[3] == value.get("case") or m.id in listed or (shared is not None and shared in listed)
            admitted = m.answer is not None and m.answer.kind == ADMITTED and m.answer.d[3] < number
            if (names and admitted) or (shared is not None and shared in messages):
                return True
        return False

    @staticmethod
    def body_rows(body):
        """Whether the plaintext has the form of a body, and its papers."""
        try:
            need(0 < len(body) <= 192 * 1024, "size")
            v = unpack(body)
            need(isinstance(v, dict) and values(v) <= 16384, "a map")
            return True, v.get("papers")
        except ERRORS:
            return False, None

    # P3
    def p3(self, k):
        for m in k.messages:
            if m.answer is not None and m.answer.kind == REFUSED:
                continue
            if not m.admitted:
                self.add("P3", k, m, "unanswered", agency=None if m.own else k.b.owner)
                continue
            pairs = m.answer.d[6] if m.own else [[k.b.owner, m.mailbox]]
            for agency, number in pairs:
                pair = {"stored": None, "delivered": None}
                m.pairs.append(pair)
                code = self.sent(k, m, agency, number, pair) if m.own else self.received(k, m, number, pair)
                code = code or ("compromised" if self.store_in_doubt(k, pair) else "")
                self.add("P3", k, m, code.lstrip("!"), code.startswith("!"), agency=agency, start=m.answer.when,
                         end=pair["delivered"].when if pair["delivered"] else None)

    @staticmethod
    def unsound(e, code):
        return "register_short" if e.sound is None else "!" + code if not e.sound else ""

    @staticmethod
    def leads(s, number, digest, index, p):
        if not s[1] <= number <= s[2] or index != number - s[1]:
            return False
        count = s[2] - s[1] + 1
        leaf = H(b"\0" + struct.pack(">Q", number) + digest)
        return len(p) == shapes.path_length(index, count) and root_from_path(leaf, index, count, p) == s[3]

    def sent(self, k, m, agency, number, pair):
        there = [(e, i) for e in k.of_kind(DELIVERED) if e.d[0] == k.b.owner and e.d[2] == agency for i in e.d[7] if i[0] == m.digest]
        if len(there) > 1:
            return "!twice"
        if not there:
            return "undelivered"
        d, item = there[0]
        code = self.unsound(d, "delivered_signature")
        if code:
            return code
        if item[1] != number:
            return "!number"
        if item[3] is None:
            return "!path"
        pair["delivered"] = d
        s = next((e for e in k.of_kind(STORED) if e.digest == d.d[5]), None)
        if s is None:
            return "stored_absent"
        code = self.unsound(s, "stored_signature")
        if code:
            return code
        pair["stored"] = s
        if s.d[0] != agency or s.d[6] != d.d[3]:
            return "!stored"
        return "" if self.leads(s.d, number, m.digest, item[2], item[3]) else "!path"

    def received(self, k, m, number, pair):
        if number == 0:
            return "!number"
        over = [e for e in k.of_kind(STORED) if e.d[0] == k.b.owner and e.d[1] <= number <= e.d[2]]
        if len(over) > 1:
            return "!twice"
        if not over:
            return "stored_absent"
        s = over[0]
        code = self.unsound(s, "stored_signature")
        if code:
            return code
        pair["stored"] = s
        pair["delivered"] = next((e for e in k.of_kind(DELIVERED) if e.sound and e.d[0] == e.d[2] == k.b.owner and e.d[5] == s.digest and
                                  any(i[0] == m.digest and i[1] == number for i in e.d[7])), None)
        if s.d[4] < m.e.n and not k.of_lost(s):
            return "!stored"
        p = k.b.mail.get((s.digest, number))
        if p is None:
            return "path_absent"
        return "" if self.leads(s.d, number, m.digest, number - s.d[1], p) else "!path"

    # P4
    def p4(self, k):
        first = {}
        for number, t in enumerate(k.times, 1):
            for m in k.messages:
                key = m.h[4], m.h[5]
                if key not in first and k.revision(m, number) is not None:
                    first[key] = t
        for m in k.messages:
            sound = m.answer is not None and bool(m.answer.sound)
            start = end = None
            if sound:
                end = m.answer.when
                bounds = [first[m.h[4], m.h[5]]] if (m.h[4], m.h[5]) in first else []
                if m.own and m.e.placed:
                    bounds += [e.when for e in k.b.entries if e.n < m.e.n and e.kind in (ADMITTED, REFUSED, DELIVERED) and e.placed and e.sound]
                start = max(bounds, default=None)
            self.decide("P4", k, [
                ("unanswered", not sound), ("unbounded", start is None), ("!clock", lambda: self.clock(k, m, start, end)),
                ("open", lambda: m.admitted and any(p["delivered"] is None for p in m.pairs))], m=m, start=start, end=end)

    @staticmethod
    def clock(k, m, start, t):
        if start > t + TOL:
            return True
        for p in m.pairs:
            if p["stored"] and p["delivered"]:
                told, own = p["delivered"].when, p["stored"].d[6]
                if told < t - TOL or own < t - TOL or own > told + TOL:
                    return True
        return m.admitted and any(o.admitted and o.seq < m.seq and o.answer.when > t + TOL for o in k.messages)

    # P5
    def p5(self, k):
        sound = k.size is not None
        astray = lambda e: sound and e is not None and e.path is not None and not e.placed
        before = {True: None, False: None}
        ids = [m.id for m in k.messages]
        for m in k.messages:
            a = m.answer
            self.decide("P5", k, [
                ("!other_case", m.h[3] != k.b.case), ("!twice", ids.count(m.id) > 1 or m.answers > 1),
                ("!path", astray(m.e) or astray(a)),
                ("!apart", a is not None and (a.n < m.e.n if m.own else a.n != m.e.n + 1)),
                ("!order", self.reversed(before[m.own], m)), ("late", self.late(before[m.own], m)), ("checkpoint", not sound),
                ("path_absent", m.e.path is None or (a is not None and a.path is None)), ("unanswered", a is None or not a.sound)], m=m)
            before[m.own] = m
        rest = [e for e in k.b.entries if e.kind in (STORED, DELIVERED, TOLD, RECOVERY, DESTROYED)]
        answers = [e for e in k.b.entries if e.kind in (ADMITTED, REFUSED)]
        self.decide("P5", k, [
            ("!orphan", any((e.d[2] if e.kind == ADMITTED else e.d[3]) not in k.by_digest for e in answers)),
            ("!other_case", any(e.kind == TOLD and e.d[2] != k.b.case for e in rest)), ("!path", any(astray(e) for e in rest)),
            ("checkpoint", not sound), ("path_absent", any(e.path is None for e in rest))], what="entries")

    @staticmethod
    def reversed(last, m):
        if not m.own and m.admitted and m.mailbox == 0:
            return True
        if last is None:
            return False
        if m.own and (m.number <= last.number or (m.number == last.number + 1 and m.h[23] != last.digest)):
            return True
        back = m.admitted and last.admitted and ((not m.own and m.mailbox <= last.mailbox) or m.seq <= last.seq)
        return back and not Judge.late(last, m)

    @staticmethod
    def late(last, m):
        """Judged before the one before it, by seq and by time: an exchange that was rebuilt delivers late, or judges again."""
        return bool(last and m.admitted and last.admitted and m.seq < last.seq and m.answer.when < last.answer.when)

    def sequence(self, k):
        b = k.b
        k.own_until = k.mail_until = None
        if not b.has_sequence:
            k.sequence = self.decide("P5", k, [("sequence_absent", True)], what="sequence")
            return
        own = [D("xianjie/1 message", x[0]) for x in b.own]
        mail = [D("xianjie/1 message", x[0]) for x in b.inbox]
        last = b.stored[-1][2][2] if b.stored else 0
        bad_own = any(h[9] != b.owner or h[22] != i + 1 or (i > 0 and h[23] != own[i - 1]) for i, (_, h, _) in enumerate(b.own))
        answers = [(a, own[i]) for i, (_, _, a) in enumerate(b.own) if a]
        bad_answer = any((a[3][2] if a[0] == ADMITTED else a[3][3]) != d for a, d in answers)
        bad_answer |= any(s[2] != mail[i] or next((n for a, n in reversed(s[6]) if a == b.owner), 0) != i + 1
                          for i, (_, _, _, _, s) in enumerate(b.inbox))
        signed = [k.sound(a[0], a[1], a[2]) for a, _ in answers] + [k.sound(ADMITTED, a, s) for _, _, a, s, _ in b.inbox]
        bad_stored, after = False, 1
        for head, sig, s in b.stored:
            signed.append(k.sound(STORED, head, sig))
            if s[0] != b.owner or s[1] != after or s[2] > len(mail):
                bad_stored = True
                break
            leaves = [H(b"\0" + struct.pack(">Q", n) + mail[n - 1]) for n in range(s[1], s[2] + 1)]
            bad_stored |= tree_root(leaves) != s[3]
            after = s[2] + 1
        bad_case = any(h[3] == b.case and d not in k.by_digest for d, h in
                       list(zip(own, (x[1] for x in b.own))) + list(zip(mail, (x[1] for x in b.inbox))))
        short = False
        for m in k.messages:
            at, digests, end = (m.number, own, len(own)) if m.own else (m.mailbox if m.admitted else 0, mail, last)
            bad_case |= 1 <= at <= len(digests) and digests[at - 1] != m.digest
            short |= at == 0 or at > end
        k.own_until = max((a[3][TIME[a[0]]] for a, _ in answers), default=None)
        k.mail_until = max((s[1] for i, (_, _, _, _, s) in enumerate(b.inbox) if i < last), default=None)
        k.sequence = self.decide("P5", k, [
            ("!sequence_own", bad_own), ("!sequence_answer", bad_answer), ("!sequence_stored", bad_stored), ("!sequence_signature", False in signed),
            ("!sequence_case", bad_case), ("register_short", None in signed), ("sequence_short", short)],
            what="sequence", start=len(own), end=min(last, 2 ** 63 - 1))

    # P6
    @staticmethod
    def consistent(old, old_root, size, root, proof):
        """RFC 9162, 2.1.4.2 (the same trees as RFC 6962)."""
        if not 0 < old < size or not proof:
            return False
        if old & (old - 1) == 0:
            proof = [old_root] + proof
        fn, sn = old - 1, size - 1
        while fn & 1:
            fn, sn = fn >> 1, sn >> 1
        fr = sr = proof[0]
        for c in proof[1:]:
            if sn == 0:
                return False
            if fn & 1 or fn == sn:
                fr, sr = H(b"\1" + c + fr), H(b"\1" + c + sr)
                while not fn & 1 and fn:
                    fn, sn = fn >> 1, sn >> 1
            else:
                sr = H(b"\1" + sr + c)
            fn, sn = fn >> 1, sn >> 1
        return fr == old_root and sr == root and sn == 0

    def p6(self, k):
        commitments, rewritten = [], False
        for other in self.books:
            for s in other.of_kind(STORED):
                if not s.sound or s.d[0] != k.b.owner or k.size is None or k.of_lost(s):
                    continue
                x, head = s.d[4], s.d[5]
                rewritten |= other is k and x >= s.n
                proof = k.b.consistency.get(x)
                if x == 0:
                    same = head == H(b"")
                elif x == k.size:
                    same = head == k.root
                elif x < k.size and proof is not None:
                    same = self.consistent(x, head, k.size, k.root, proof)
                else:
                    same = None
                rewritten |= same is False
                times = [e.when for e in other.of_kind(DELIVERED) if e.sound and e.d[2] == k.b.owner and e.d[5] == s.digest]
                if same and (times or other.b.owner != k.b.owner):
                    commitments.append((x, min(times, default=None)))
        rewritten |= any(o is not k and o.b.owner == k.b.owner and k.size is not None and o.size == k.size and o.root != k.root for o in self.books)
        self.decide("P6", k, [
            ("checkpoint_absent", k.b.checkpoint is None), ("checkpoint_key", k.foreign_key),
            ("!checkpoint_signature", k.size is None), ("!rewritten", rewritten),
            ("recovered", any(k.of_kind(RECOVERY)))], what="checkpoint")
        for m in k.messages:
            placed = m.e.placed and (m.answer is None or m.answer.placed)
            n = max(m.e.n, m.answer.n if m.answer else 0)
            over = [t for x, t in commitments if x >= n]
            end = min((t for t in over if t is not None), default=None) if placed else None
            self.decide("P6", k, [("unplaced", not placed), ("uncovered", not over)], m=m, end=end)

    # P7 and what is missing
    def p7(self):
        fork = others = False
        compared = set()
        for i, x in enumerate(self.books):
            for y in self.books[i + 1:]:
                fork |= any(a[0] != b[0] for a, b in zip(x.b.register, y.b.register))
                if x.b.owner == y.b.owner:
                    continue
                others = True
                if self.shared(x, y):
                    compared |= {x.index, y.index}
                self.due(x, y)
                self.due(y, x)
        self.decide("P7", self.books[0], [("!register_forks", fork), ("one_account", not others), ("nothing_shared", len(compared) < len(self.books))], what="accounts")

    def shared(self, x, y):
        some = False
        for a in x.messages:
            b = next((m for m in y.messages if m.id == a.id), None)
            if b is not None:
                some = True
                answers = a.answer is not None and b.answer is not None and a.answer.head != b.answer.head
                self.decide("P7", x, [("!differs", a.digest != b.digest or answers)], m=a)
        return some

    def due(self, x, y):
        sent = max((m.number for m in y.messages if m.own), default=0)
        reach = max((m.mailbox for m in y.messages if not m.own and m.admitted), default=0)
        if y.size is not None:
            reach = max([reach] + [s.d[2] for k in (x, y) for s in k.of_kind(STORED) if s.sound and s.d[0] == y.b.owner and s.d[4] <= y.size and
                                  not y.of_lost(s)])
        for m in x.messages:
            number = next((n for a, n in m.answer.d[6] if a == y.b.owner), 0) if m.admitted else 0
            later = m.admitted and y.size is not None and y.checkpoint_time > m.answer.when + TOL
            if m.digest not in y.by_digest and ((m.h[9] == y.b.owner and (m.number <= sent or later)) or 0 < number <= reach):
                for claim in ("P5", "P7"):
                    self.add(claim, y, m, "missing", True, agency=y.b.owner)

    def merge(self):
        rank = {"not proved": 1, "proved": 2, "contradicted": 3}
        merged, out = {}, []
        for item in self.items:
            if item["message"] is None or item["claim"] not in ("P1", "P2", "P3", "P4", "P7"):
                out.append(item)
                continue
            key = item["claim"], item["message"], item["agency"]
            if key not in merged:
                merged[key] = len(out)
                out.append(item)
            elif rank[item["verdict"]] > rank[out[merged[key]]["verdict"]]:
                out[merged[key]] = item
        self.items = out

    # P8
    def p8(self, k):
        for ident, duty, obligor, due, subjects in k.b.silences:
            m = next((m for m in k.messages if m.admitted and m.id == ident), None)
            item = {"claim": "P8", "bundle": k.index, "what": duty, "id": str(uuid.UUID(bytes=ident)), "agency": obligor, "from": None, "to": due,
                    "message": m.digest.hex() if m else bytes(32).hex()}
            code = self.silent(k, m, duty, obligor, due, subjects) if m else "message_absent"
            verdict = "proved" if not code else "contradicted" if code.startswith("!") else "not proved"
            self.items.append(dict(item, code=code.lstrip("!"), verdict=verdict))

    @staticmethod
    def stops(k, m, duty, obligor):
        """The acts that end the duty, where M starts it and the obligor's role may owe it."""
        agency = k.register.get("agency", obligor, m.answer.d[3])
        compiled = k.revision(m, m.answer.d[3])
        if compiled is None or agency is None:
            return set()
        try:
            p = unpack(compiled)
            row = next((d for d in p[7] if d[0] == duty), None)
            if row is None or m.h[6] not in {p[6][start[0]][0] for start in row[4]}:
                return set()
            roles = [r[0] for r in p[2]]
            owed = row[3] == 0xffffffff or (agency["role"] in roles and row[3] >> roles.index(agency["role"]) & 1)
            return {p[6][i][0] for i in row[5]} if owed else set()
        except ERRORS:
            return set()

    @staticmethod
    def relate(a, b):
        one = lambda x, y: x[0] == y[0] and (x[1] is None or y[1] is None or x[1] == y[1])
        return not a or not b or any(one(x, y) for x in a for y in b)

    def silent(self, k, m, duty, obligor, due, subjects):
        stops = self.stops(k, m, duty, obligor)
        if not stops:
            return "duty"
        if due < m.answer.when:
            return "early"
        could = [c for c in k.messages if c.admitted and c.seq > m.seq and c.h[6] in stops and obligor in (c.h[9], c.h[10]) and
                 self.relate(subjects, c.h[13])]
        live = [c for c in could if c.h[15] == "live" and c.answer.when <= due]
        names = lambda c: not c.h[8] or any(i == m.id for i, _ in c.h[8])
        parties = [m.h[9]] + [a for a, _ in m.h[11]] + m.h[12]
        p3 = next((i for i in self.items if i["claim"] == "P3" and i["message"] == m.digest.hex() and i["agency"] == obligor), None)
        until = k.own_until if obligor == k.b.owner else k.mail_until
        rules = [("!answered", any(names(c) for c in live)), ("other_answer", bool(live)), ("late_entry", any(c.h[15] != "live" for c in could)),
                 ("party", k.b.owner not in parties), ("not_stored", obligor != m.h[9] and (p3 is None or p3["verdict"] != "proved")),
                 ("sequence", k.sequence != ""), ("sequence_short", until is None or until <= due)]
        return next((c for c, holds in rules if holds), "")

    def claims(self):
        out = {}
        for c in CLAIMS:
            mine = [i for i in self.items if i["claim"] == c]
            first = lambda v: next((i for i in mine if i["verdict"] == v), None)
            found = first("contradicted") or first("not proved")
            if found:
                out[c] = {"verdict": found["verdict"], "code": found["code"], "items": mine}
            else:
                out[c] = {"verdict": "proved" if mine else "not proved", "code": "" if mine else "nothing", "items": mine}
        return out


def judge(files, root):
    """The claims, or {"malformed": code, "file": index}."""
    bundles = []
    for i, data in enumerate(files):
        try:
            bundles.append(Bundle(data))
        except Fault as e:
            return {"malformed": e.args[0], "file": i}
    if len({b.case for b in bundles}) != 1:
        raise ValueError("bundles of more than one case")
    claims = Judge([Book(b, i, root) for i, b in enumerate(bundles)]).claims()
    return {"ok": all(c["verdict"] != "contradicted" for c in claims.values()), "claims": claims}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("file", nargs="+")
    p.add_argument("--root", required=True)
    p.add_argument("--json", action="store_true")
    a = p.parse_args()
    files = []
    for name in a.file:
        with open(name, "rb") as f:
            files.append(f.read())
    try:
        result = judge(files, bytes.fromhex(a.root))
    except ValueError as e:
        sys.exit("bundle.py: %s" % e)
    if a.json:
        print(json.dumps(result, ensure_ascii=False))
    elif "malformed" in result:
        print("%s: malformed (%s)" % (a.file[result["file"]], result["malformed"]))
    else:
        for name, c in result["claims"].items():
            print("%s %s %s (%d items)" % (name, c["verdict"], c["code"], len(c["items"])))
    sys.exit(0 if result.get("ok") else 5)


if __name__ == "__main__":
    main()
