"""A city in which the Python peer stands in for two agencies whose agents are not started, a bureau and a police station, and
says what no agent would; and what is to be seen of each refusal: its statement is as 04-exchange wants it, the next good act
has the next number, nobody's cases or mail have changed, and in the end all ledgers and the journal hold what was said."""
import atexit
import functools
import inspect
import os
import re
import sqlite3
import sys
import time
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "peer"), os.path.join(HERE, "..", "lib")]
from city import ROOT, City
from xianjie_peer import SUBMIT, Peer, uuid7
from xj_wire import D, pack, unpack

AGENTS = ("justice", "bureau", "police", "procuratorate", "court")
UNCONNECTED = "370800-yjj"
TRANSFER_PAPERS = ("transfer_letter", "investigation_report", "item_list", "test_report")
# Where a refusal by the procedure stands in the law is the citation of the act (04-exchange 6: "the act's source").
BY_PROCEDURE = {"role", "late_only", "may_not_act", "answer_unknown", "answer_not_visible", "answer_not_asked", "answer_taken",
                "answer_missing", "already", "track", "recipient_missing", "instrument", "relates"}
NOTICES = ("hello", "superseded", "epoch", "expect", "conflict", "unread", "need", "quota", "malformed", "oversize", "denied")


def enlist(city, name):
    """Gives an agency of the city that is not connected keys, as enrolment would, and connects the peer in its agent's place."""
    keys = os.path.join(city.base, "keys-" + name)
    city.run("keygen", "agency", keys)
    city.run("register", "keys", city.id(name), "--keys", os.path.join(keys, "public.keys"), data=city.data("justice"))
    endpoint = open(os.path.join(city.dir, "exchange", "endpoint")).readline().strip()
    peer = Peer(city.id(name), keys, os.path.join(city.dir, "exchange", "anchor"), endpoint)
    peer.hello()
    return peer


def posted(peer, mail):
    """Notes in `mail` how much mail each agency must have by what the peer's acts were answered."""
    for answers in peer.answers.values():
        for agency, number in answers[0][2][6] if answers[0][0] == 1 else ():
            mail[agency] = max(mail.get(agency, 0), number)


class World:
    """One city for most tests. `self.e`: the bureau of the peer; `self.p`: its police station."""

    def __init__(self, build):
        fact = {"kind": "agency", "id": UNCONNECTED,
                "value": {"name": "济宁市药品监督管理局", "role": "bureau", "sector": "drugs", "division": "370800"}}
        self.city = City(build, unconnected=("environment", "police2"), facts=[fact])
        self.goods, self.remedies, self.mail, self.agents_refused = 0, {}, {}, 0
        self.last = (None, None)
        atexit.register(self.city.close)
        self.city.names = list(AGENTS)
        self.city.start()
        self.peers = [self.e, self.p] = [enlist(self.city, "environment"), enlist(self.city, "police2")]
        for peer in self.peers:
            peer.note_case = uuid7()
        procedure = self.city.call("bureau", "GET", "/api/procedures/referral")[1]
        self.cites = {a["name"]: a["cite"] for a in procedure["acts"]}
        status, j = self.city.act("bureau", "transfer", papers=TRANSFER_PAPERS, principals=[self.id("police")])
        assert status == 200, j
        self.case_seen, self.act_seen = uuid.UUID(j["case"]).bytes, uuid.UUID(j["id"]).bytes
        self.settle()
        status, j = self.city.act("police", "receipt", j["case"], ["receipt"])
        assert status == 200 and j["status"] == "admitted", j
        self.case, self.asked = self.transfer_to_p()

    def registrar(self, *args):
        return self.city.run("register", *args, data=self.city.data("justice"))

    def id(self, name):
        return self.city.id(name)

    def transfer_to_p(self):
        """A case that the bureau of the city transfers to the police station of the peer: (case, id of the transfer)."""
        status, j = self.city.act("bureau", "transfer", papers=TRANSFER_PAPERS, principals=[self.id("police2")])
        assert status == 200 and [b["code"] for b in j["breaches"]] == ["step"], j
        self.settle()
        return uuid.UUID(j["case"]).bytes, uuid.UUID(j["id"]).bytes

    def settle(self, timeout=20):
        """Until nothing is outstanding, the peers storing what comes for them, and what the peers sent has arrived."""
        end = time.monotonic() + timeout
        while True:
            for peer in self.peers:
                peer.pump()
                posted(peer, self.mail)
            figures = {n: self.city.call(n, "GET", "/api/status")[1] for n in self.city.names}
            if all(f["own_number"] == f["own_answered"] == f["own_proved"] and f["mailbox"] == f["mailbox_head"] and
                   f["mailbox"] >= self.mail.get(self.id(n), 0) and f["feed"] == f["feed_head"] and
                   f["view_applied"] == f["ledger_size"] and f["state"] == "ready" for n, f in figures.items()) and all(
                       not peer.inbox or peer.inbox[-1][0] >= self.mail.get(peer.agency, 0) for peer in self.peers):
                return figures
            assert time.monotonic() < end, "not settled: %s" % figures
            for peer in self.peers:
                peer.socket.poll(5)

    def picture(self):
        """What everybody has: all cases as each agency shows them, and how much mail each has had and sent. The notes that show
        that good acts still go through, all to the court, are left out."""
        figures, out = self.settle(), {}
        notes = {str(uuid.UUID(bytes=peer.note_case)) for peer in self.peers}
        for n in self.city.names:
            listed = self.city.call(n, "GET", "/api/cases?limit=500")[1]
            assert listed["next"] is None
            mail = figures[n]["mailbox_head"] - (self.goods if n == "court" else 0)
            out[n] = {"mail": mail, "sent": figures[n]["own_number"],
                      "cases": {c["id"]: self.city.case(n, c["id"]) for c in listed["cases"] if c["id"] not in notes}}
        for peer in self.peers:
            peer.sync()
            out[peer.agency] = {"mail": len(peer.inbox)}
        self.last = (self.sizes(figures), out)
        return out

    def sizes(self, figures):
        return [f["ledger_size"] for f in figures.values()] + [len(peer.inbox) for peer in self.peers]

    def recent(self):
        """The last picture, if nobody has recorded anything since."""
        return self.last[1] if self.last[0] == self.sizes(self.settle()) else self.picture()

    def good(self, peer):
        """A good act: admitted, without breach, with the next number, and posted to the court and nobody else."""
        number = peer.number + 1
        digest = peer.submit(peer.build("disposal_note", [(self.id("court"), "copy")], case=peer.note_case))
        which, _, st = peer.answer(digest)
        assert which == 1, "a good act is refused: %s" % (st,)
        assert st[4:6] == [[], []] and [r[0] for r in st[6]] == [self.id("court")], st
        assert peer.number == number
        self.goods += 1
        return st

    def admit(self, peer, built, breaches=()):
        """An act that the exchange must take: its statement."""
        which, _, st = peer.answer(peer.submit(built))
        assert which == 1, "refused: %s" % (st,)
        assert [b[0] for b in st[5]] == list(breaches), st
        self.settle()
        return st

    def check(self, peer, digest, number, code, detail=None, act=None, ident=None):
        """The refusal of this message as 04-exchange 6 and 7 want it. That its signature verifies with the exchange's key of the
        register was seen when it came. Returns the statement."""
        which, _, st = peer.answer(digest, timeout=10)
        assert which == 2, "admitted, not refused with %s: %s" % (code, st)
        assert st[6] == code, "refused with %s (%s), not %s" % (st[6], st[7], code)
        assert len(st) == 13 and abs(st[0] - time.time() * 1000) < 60000, st
        assert st[1] == peer.agency and st[3] == digest and (number is None or st[4] == number), st
        assert st[2] == (ident or bytes(16)), st
        peer.pump()
        assert st[5] == peer.register.number, "judged under register %d, not %d" % (st[5], peer.register.number)
        assert detail is None or st[7] == detail, "detail %r, not %r" % (st[7], detail)
        page = re.fullmatch(r"(\d\d-[a-z]+)( \d+)?", st[8])
        assert page and os.path.exists(os.path.join(ROOT, "schema/spec", page[1] + ".md")), "rule %r" % st[8]
        if code in BY_PROCEDURE:
            assert st[9] == self.cites[act], "article %r of %s" % (st[9], act)
        if code == "forged":
            assert all(part in st[9] for part in ("处罚法", "20", "刑", "54")), st[9]
        zh, en = st[10], st[11]
        assert len(re.findall("[一-鿿]", zh)) >= 6 and len(re.findall("[A-Za-z]+", en)) >= 3, (zh, en)
        assert self.remedies.setdefault(code, (zh, en)) == (zh, en)
        for other, texts in self.remedies.items():
            assert other == code or (texts[0] != zh and texts[1] != en), "%s and %s have one remedy" % (code, other)
        return st


@functools.lru_cache(maxsize=None)
def world(build):
    w = World(build)
    atexit.register(lambda: [p.close() for p in w.peers])
    return w


def readable_id(built):
    return built[0][2] if isinstance(built[0][2], bytes) and len(built[0][2]) == 16 else None


class Trial:
    """Refusals of one peer; on leaving, nothing but good notes has come of it."""

    def __init__(self, w, peer):
        self.w, self.peer, self.position = w, peer, 0

    def __enter__(self):
        self.before = self.w.recent()
        return self

    def refuse(self, built, code, detail=None, header=None, good=True):
        """`header`: these bytes instead of the built list, in which no id can be read."""
        number = self.peer.number + 1
        digest = self.peer.submit(built, header=header)
        st = self.w.check(self.peer, digest, number, code, detail, built[0][6], readable_id(built) if header is None else None)
        assert st[12] > self.position, "the journal goes on"
        self.position = st[12]
        assert len(self.peer.answers[digest]) == 1
        if good:
            assert self.w.good(self.peer)[0] > self.position
        return st

    def refuse_all(self, variants):
        """Many headers in one frame: [(what, built, code, detail)]."""
        sent, messages = [], []
        for what, built, code, detail in variants:
            built[0][22:24] = [self.peer.number + 1 if built[0][22] == "next" else built[0][22],
                               self.peer.previous if built[0][23] == "last" else built[0][23]]
            digest, message = self.peer.enclose(built, stage=False)
            self.peer.count(digest)
            sent.append((what, built, digest, self.peer.number, code, detail))
            messages.append(message)
        self.peer.send(SUBMIT, messages)
        for what, built, digest, number, code, detail in sent:
            try:
                self.w.check(self.peer, digest, number, code, detail, built[0][6], readable_id(built))
            except (AssertionError, TimeoutError) as e:
                raise AssertionError("%s: %s %s; notices %s" % (what, type(e).__name__, e, self.peer.notices[-3:])) from e
        self.w.good(self.peer)

    def notice(self, code, number=None):
        """What the frames sent before were worth: exactly this one notice. None: none."""
        self.peer.sync()
        got, self.peer.notices = self.peer.notices, []
        if code is None:
            assert not got, got
            return None
        assert len(got) == 1 and got[0][0] in (code if isinstance(code, tuple) else (code,)), "wanted %s, got %s" % (code, got)
        assert got[0][0] in NOTICES and re.search("[一-鿿]", got[0][3]) and re.search("[a-z]{3}", got[0][4]), got
        assert number is None or got[0][1] == number, got
        return got[0]

    def __exit__(self, kind, *_):
        if kind:
            return recover(self.peer)
        assert self.peer.notices == [], self.peer.notices
        after = self.w.picture()
        for who in self.before:
            assert after[who] == self.before[who], "%s\nbefore %s\nafter  %s" % (who, self.before[who], after[who])


def recover(peer):
    """Takes up again where the exchange stands, so that one failing test does not make the others fail."""
    peer.reconnect()
    for _ in range(2):
        welcome = peer.hello()
        peer.number, peer.previous = welcome[8], welcome[9]
    peer.notices = []


def note(w, peer, **over):
    return peer.build("disposal_note", [(w.id("court"), "copy")], **{"case": peer.note_case, **over})


def receipt(w, **over):
    """What the police station owes the bureau: the receipt of the transfer, as it would be right."""
    fields = {"case": w.case, "answers": [[w.asked, "receipt"]], "tracks": [["transfer", w.id("bureau")]], "papers": ["receipt"],
              "to": [(w.id("bureau"), "principal"), (w.id("procuratorate"), "copy")], **over}
    return w.p.build("receipt", **fields)


def transfer(w, **over):
    """A transfer by the bureau of the peer to the police of the city, as it would be right but for the approval before it."""
    fields = {"tracks": [["transfer", w.e.agency]], "papers": TRANSFER_PAPERS,
              "to": [(w.id("police"), "principal"), (w.id("procuratorate"), "copy")], **over}
    return w.e.build("transfer", **fields)


def entries(path, kind):
    """The heads of a closed ledger's or journal's entries of a kind."""
    db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
    try:
        return [bytes(r[0]) for r in db.execute("SELECT head FROM entry WHERE kind = ? ORDER BY n", (kind,))]
    finally:
        db.close()


def check_the_end(w, least):
    """Stops the city: everything that the peers were told is in the journal, at least so many refusals and no others, and no
    agency holds a message that was refused."""
    w.settle()
    for peer in w.peers:
        assert peer.hello()[8] == peer.number
        peer.close()
    peers, w.peers = w.peers, []
    w.city.stop()
    journal = os.path.join(w.city.data("exchange"), "journal.db")
    refused = {s for peer in peers for s in peer.refused}
    admitted = {a[1] for peer in peers for answers in peer.answers.values() for a in answers if a[0] == 1}
    kept = entries(journal, 4)
    assert len(refused) >= least and refused <= set(kept) and len(kept) == len(refused) + w.agents_refused, (len(refused), len(kept))
    assert admitted <= set(entries(journal, 3))
    digests = {unpack(s)[3] for s in kept}
    for n in w.city.names:
        received = {D("xianjie/1 message", h) for h in entries(os.path.join(w.city.data(n), "ledger.db"), 2)}
        assert not received & digests, "%s holds a message that was refused" % n
        assert received or n == "justice", n
    for peer in peers:
        assert not {D("xianjie/1 message", pack(m[1])) for m in peer.inbox} & digests


def tests_of(names):
    """The test functions among a module's names, in their order."""
    return [f for f in names.values() if inspect.isfunction(f) and list(inspect.signature(f).parameters) == ["build"]]
