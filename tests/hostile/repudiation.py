"""Threat: an agency says afterwards that it never sent an act, or never got one; a recipient acknowledges what it was not given, or
nothing at all.
Outcome: the recipient's ledger alone proves the sending and the sender's alone the receipt, with the root key and nobody's help; one
changed byte and they prove nothing. A `stored` statement that is not exactly right acknowledges nothing and is an incident; silence is
in sight at the sender, and no silence ends by itself."""
import contextlib
import os
import shutil
import sqlite3
import time
import uuid

import nacl.exceptions
import room
from evidence import Ledger
from room import expect, until, world
from stranger import NOTICES, Trial
from xianjie_peer import STORED
from xj_wire import D, H, pack


def a_stored_statement_that_is_not_right_acknowledges_nothing(build):
    w = world(build)
    expect("stored", w.p.agency)
    status, j = w.city.act("bureau", "disposal_note", str(uuid.UUID(bytes=w.case)), copies=[w.p.agency])
    assert status == 200, j
    w.settle()  # p has acknowledged all
    last = w.p.mailbox
    with Trial(w, w.p):
        for first, upto, root in ((1, last, bytes(32)), (last + 1, last + 1, bytes(32)), (last + 1, 2 ** 63, bytes(32)), (5, 2, bytes(32))):
            statement = pack([w.p.agency, first, upto, root, 0, H(b""), int(time.time() * 1000), w.p.register.number])
            w.p.send(STORED, statement, [0, w.p.sign.sign(D("xianjie/1 stored", statement)).signature], 256)
        w.p.send(STORED, b"\xc1", [0, bytes(64)], 256)
        w.p.sync()
        assert all(n[0] in NOTICES for n in w.p.notices), w.p.notices
        w.p.notices = []
        w.good(w.p)
    assert w.p.hello()[10] == last  # mailbox stored


def a_recipient_that_stays_silent_is_in_sight(build):
    w = world(build)
    with Trial(w, w.e):
        w.good(w.e)
    status, j = w.city.act("bureau", "disposal_note", str(uuid.UUID(bytes=w.case)), copies=[w.p.agency])  # whose peer reads nothing now
    assert status == 200 and j["status"] == "admitted", j
    waiting = [o for o in w.city.call("bureau", "GET", "/api/outbox")[1]["open"] if o["id"] == j["id"]]
    assert [o["not_proved"] for o in waiting] == [1], waiting
    shown = w.city.call("bureau", "GET", "/api/acts/" + j["id"])[1]["delivery"]
    assert [(d["agency"], d["proved"]) for d in shown] == [(w.p.agency, False)], shown
    w.settle()  # and now it does
    assert j["id"] not in [o["id"] for o in w.city.call("bureau", "GET", "/api/outbox")[1]["open"]]
    assert w.city.call("bureau", "GET", "/api/acts/" + j["id"])[1]["delivery"][0]["proved"]


def each_side_alone_proves_what_the_other_did(build):
    lab = room.lab(build)
    act = lab.note("bureau", "police")
    lab.rest()
    root, ident = bytes.fromhex(lab.root_hex()), uuid.UUID(act["id"]).bytes
    for name in ("bureau", "police"):
        lab.halt(name)
    now = time.time() * 1000
    sent = Ledger(lab.store("police"), root).proof_of_sending(ident)
    assert sent[0] == lab.id("bureau")
    at = Ledger(lab.store("bureau"), root).proof_of_receipt(ident, lab.id("police"))
    assert now - 600000 < at <= now
    # with one byte of the proof changed nothing is proved
    for name, prove in (("police", lambda x: x.proof_of_sending(ident)), ("bureau", lambda x: x.proof_of_receipt(ident, lab.id("police")))):
        copy, broken = os.path.join(lab.base, "denied.db"), 0
        for kind in (1, 2, 3, 5, 6):
            for column in ("head", "sig"):
                shutil.copy(lab.store(name), copy)
                with contextlib.closing(sqlite3.connect(copy)) as db:
                    n = db.execute("SELECT max(n) FROM entry WHERE kind = ?", (kind,)).fetchone()[0]
                    if n is None:
                        continue
                    data = bytearray(db.execute("SELECT %s FROM entry WHERE n = ?" % column, (n,)).fetchone()[0])
                    data[-1] ^= 1
                    db.execute("UPDATE entry SET %s = ? WHERE n = ?" % column, (bytes(data), n))
                    db.commit()
                try:
                    prove(Ledger(copy, root))
                except (AssertionError, KeyError, StopIteration, ValueError, nacl.exceptions.CryptoError):
                    broken += 1
        assert broken >= 4, "%s: a proof that changes do not break (%d)" % (name, broken)
    for name in ("bureau", "police"):
        assert room.verdicts(lab, lab.store(name)) == {}
        lab.restart(name)
    until("they are back", lambda: lab.state("bureau") == lab.state("police") == "ready")


if __name__ == "__main__":
    room.main(globals())
