"""Threat: somebody changes what the register says: an agency that is not the registrar, the registrar's agency without the
registrar's key, the registrar without the root's, a path that alters, repeats or invents entries, an older register.
Outcome: an entry counts only with the right number, chain and key, and never goes back (I16); everything else is refused (NOTICE
`denied`) or not taken, with an incident at whoever saw it; what needs an entry waits for the true one and then goes on."""
import os
import time

import nacl.signing
import room
from middleman import DOWN, Front, altered, kind_of
from room import expect, until, world
from stolen_key import thief_of
from stranger import Trial
from xianjie_peer import DELIVER, FEED, FEED_GET, NOTICE, PULSE, REGISTER, REGISTER_GET, REGISTER_PUT, REGISTERED
from xj_wire import D, pack, read_keys, unpack


def frames_that_only_the_exchange_or_the_registrar_sends_are_denied(build):
    w = world(build)
    expect("register", w.e.agency)
    with Trial(w, w.e) as t:
        head = w.city.call("justice", "GET", "/api/register/head")[1]
        w.e.send(PULSE, 1, 1, 1, 1)
        t.notice("denied")
        w.e.send(NOTICE, "hello", 0, [], "", "")
        t.notice("denied")
        w.e.send(DELIVER, 0, [])
        t.notice("denied")
        w.e.send(FEED, 0, [])
        t.notice("denied")
        entry = pack([head["number"] + 1, 1, bytes.fromhex(head["digest"]), [["status", w.id("court"), {"state": "revoked"}]]])
        w.e.send(REGISTER_PUT, entry, [0, w.e.sign.sign(D("xianjie/1 register", entry)).signature])
        t.notice("denied")
        assert w.city.call("justice", "GET", "/api/register/head")[1] == head
        w.e.send(REGISTER_GET, 2 ** 64 - 1)
        w.e.send(FEED_GET, 2 ** 64 - 1)
        t.notice(None)
        w.good(w.e)


def only_the_registrars_key_over_the_registrars_connection_writes_the_register(build):
    lab = room.lab(build)
    registrar = nacl.signing.SigningKey(read_keys(os.path.join(lab.dir, "registrar", "registrar.keys"))["sign_seed"])
    lab.rest()
    head = lab.call("justice", "GET", "/api/register/head")[1]
    peer = thief_of(lab, "justice")
    peer.hello()
    until("the registrar's machine hears of it", lambda: lab.state("justice") == "superseded")
    number, digest = head["number"] + 1, bytes.fromhex(head["digest"])
    status = ["status", lab.id("police"), {"state": "revoked"}]

    def put(changes, key, number=number, previous=digest, time_ms=None):
        entry = pack([number, int(time.time() * 1000) if time_ms is None else time_ms, previous, changes])
        peer.notices = []
        peer.send(REGISTER_PUT, entry, [0, key.sign(D("xianjie/1 register", entry)).signature])
        while True:
            frame = peer.recv()
            if frame[0] in (NOTICE, REGISTERED):
                return frame[4] if frame[0] == NOTICE else frame[0]

    exchange = dict(peer.register.get("exchange", "exchange"), name="另一个交换中心")
    for what, args in {"another key": ([status], peer.sign), "a gap": ([status], registrar, number + 1), "an old number": ([status], registrar, number - 1),
                       "another chain": ([status], registrar, number, bytes(32)), "a fact of the root": ([["exchange", "exchange", exchange]], registrar),
                       "another registrar": ([["registrar", "registrar", {"agency": lab.id("police"), "sign": bytes(peer.sign.verify_key)}]], registrar),
                       "no fact": ([], registrar), "a fact twice": ([status, status], registrar), "no such kind of value": ([["status", lab.id("police"), {"state": "dead"}]], registrar)}.items():
        assert put(*args) == "denied", what
    assert lab.call("police", "GET", "/api/register/head")[1] == head, "the register moved"
    good = ([["succeeded_by", lab.id("police"), None]], registrar, number, digest, 1)
    assert put(*good) == REGISTERED and put(*good) == REGISTERED  # the same bytes again: the same answer
    until("everybody has it", lambda: lab.call("police", "GET", "/api/register/head")[1]["number"] == number)
    peer.close()
    lab.halt("justice")
    lab.restart("justice")


def an_agent_takes_no_entry_that_was_altered_repeated_or_invented(build):
    lab = room.lab(build)
    lab.rest()
    forger = nacl.signing.SigningKey.generate()
    true = lab.call("police", "GET", "/api/register/head")[1]
    mode, passed = {"bad": True}, []

    def judge(way, frame):
        if way == DOWN and kind_of(frame) == REGISTER:
            passed.append(frame)
            if mode["bad"]:
                def flip(f):
                    f[5] = [[entry[:-1] + bytes([entry[-1] ^ 1]), sig] for entry, sig in f[5]]
                return [altered(frame, flip)]
        return [frame]

    with Front(lab, "police", judge) as front:
        until("it has an exchange", lambda: lab.state("police") == "ready")
        lab.run("register", "status", lab.id("court"), "active", data=lab.data("justice"), check=False)
        lab.run("register", "counterpart", lab.id("bureau"), "police", "any", lab.id("police"), data=lab.data("justice"))
        head = lab.call("justice", "GET", "/api/register/head")[1]
        assert head["number"] > true["number"], "the registrar's own act did not go through"
        lab.tells("police", "register")
        mail = lab.note("bureau", "police")  # judged under an entry that the police do not have
        assert lab.call("police", "GET", "/api/register/head")[1] == true, "an altered entry was taken"
        assert lab.get("police", "/api/acts/" + mail["id"]) is None, "judged without its register"
        mode["bad"] = False
        until("the true entry and what waited for it", lambda: lab.get("police", "/api/acts/" + mail["id"]))
        now = lab.call("police", "GET", "/api/register/head")[1]
        assert now == lab.call("justice", "GET", "/api/register/head")[1]
        # an entry invented under the held number, one ahead, and the whole past again
        epoch = unpack(passed[-1])[2]
        held = pack([now["number"], 1, bytes(32), [["status", lab.id("police"), {"state": "revoked"}]]])
        ahead = pack([now["number"] + 1, 1, bytes.fromhex(now["digest"]), [["status", lab.id("police"), {"state": "revoked"}]]])
        for entry in (held, ahead):
            sig = [0, forger.sign(D("xianjie/1 register", entry)).signature]
            front.inject(DOWN, pack([REGISTER, 1, epoch, 99, now["number"], [[entry, sig]]]))
        for frame in passed:
            front.inject(DOWN, frame)
        lab.tells("police", "register_fork")
        lab.note("bureau", "police")
        lab.rest()
        assert lab.call("police", "GET", "/api/register/head")[1] == now, "the register went back, or aside"


if __name__ == "__main__":
    room.main(globals())
