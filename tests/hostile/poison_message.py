"""Threat: a message that can never be taken lies in the way of good ones; a message that trips a defect of a reader kills the
reader each time it is read.
Outcome: what cannot be taken is refused with its number, and the good acts before and behind it are taken, in one frame or in
many, at the exchange and in an agent's outbox. What a reader died of three times is put aside: an agent stores and acknowledges it, and
shows it *unreadable* (`poison`); the exchange does not read it any more (NOTICE `unread`). Both record an incident `poison`, and
everything behind it goes on."""
import os
import uuid

import nacl.bindings as nb
import room
from room import expect, until, world
from stranger import Trial, note
from xianjie_peer import NOTICE, SUBMIT
from xj_wire import ZERO12, key_id, read_keys, unpack, wrap_key

B = b"\1" * 16


def poisons(w):
    return {"unknown act": {"f6": "no_such_act"}, "forged": {"sender": w.id("bureau")}, "malformed": {"f16": 7},
            "recipient": {"joint": ["370800-nobody"]}, "previous": {"previous": os.urandom(32)}, "oversize": {"f17": [B] * 33},
            "digest": {"f19": bytes(32)}, "no id": {"id": bytes(16)}}


def a_poison_between_good_acts_in_one_frame_blocks_nothing(build):
    w = world(build)
    with Trial(w, w.e) as t:
        for what, over in poisons(w).items():
            three = []
            for fields in ({}, over, {}):
                digest, message = w.e.enclose(note(w, w.e, **fields))
                w.e.count(digest)
                three.append((digest, message))
            w.e.send(SUBMIT, [m for _, m in three])
            good, poison, last = [w.e.answer(d, 10) for d, _ in three]
            assert [good[0], poison[0], last[0]] == [1, 2, 1], (what, good[2], poison[2], last[2])
            assert good[2][0] < poison[2][12] < last[2][0], what
            w.goods += 2
        t.notice(None)


def a_poison_between_good_acts_in_frames_of_their_own_blocks_nothing(build):
    w = world(build)
    with Trial(w, w.e) as t:
        for what, over in poisons(w).items():
            digests = [w.e.submit(note(w, w.e, **fields)) for fields in ({}, over, {})]
            kinds = [w.e.answer(d, 10)[0] for d in digests]
            assert kinds == [1, 2, 1], (what, kinds)
            w.goods += 2
        digests = [w.e.submit(note(w, w.e), header=header) for header in (None, b"\xc1\xc1\xc1", None)]
        assert [w.e.answer(d, 10)[0] for d in digests] == [1, 2, 1]
        w.goods += 2
        t.notice(None)


def a_poison_in_the_outbox_of_an_agent_blocks_nothing(build):
    w = world(build)
    city, before = w.city, w.picture()
    noted = {"title": "记事", "note": "甲"}
    asks = [("disposal_note", None, {"body": noted}),
            ("overdue_asked", str(uuid.uuid4()), {"principals": [w.id("police")]}),  # joins a case, but there is none to join
            ("disposal_note", None, {"body": noted})]
    queued = [city.act("procuratorate", act, case, wait_ms=0, **more) for act, case, more in asks]
    assert [status for status, _ in queued] == [200] * 3, queued
    numbers = [j["number"] for _, j in queued]
    assert numbers == [before["procuratorate"]["sent"] + i for i in (1, 2, 3)], numbers
    w.settle()
    shown = [city.call("procuratorate", "GET", "/api/acts/" + j["id"]) for _, j in queued]
    assert [s for s, _ in shown] == [200] * 3 and [j["status"] for _, j in shown] == ["admitted", "refused", "admitted"], shown
    refusal = shown[1][1]["refusal"]
    assert refusal["code"] == "may_not_act" and refusal["article"] == w.cites["overdue_asked"], refusal
    assert refusal["remedy_zh"] and refusal["remedy_en"] and refusal["text_zh"] and refusal["text_en"] and refusal["rule"], refusal
    outbox = city.call("procuratorate", "GET", "/api/outbox")[1]
    assert outbox["open"] == [] and [r["id"] for r in outbox["refused"]] == [queued[1][1]["id"]], outbox
    assert city.call("procuratorate", "GET", "/api/cases/" + asks[1][1])[0] == 404
    after = w.picture()
    for n in ("bureau", "police", "court", "justice"):
        assert after[n] == before[n], n
    for ident, case in before["procuratorate"]["cases"].items():
        assert after["procuratorate"]["cases"][ident] == case, ident
    w.agents_refused += 1


def good_messages_before_a_broken_one_in_a_frame_are_taken(build):
    w = world(build)
    expect("unread", w.e.agency)
    expect("malformed", w.e.agency)
    with Trial(w, w.e) as t:
        digest, message = w.e.enclose(note(w, w.e))
        w.e.count(digest)
        w.goods += 1
        w.e.send(SUBMIT, [message, b"\xc1"])
        assert w.e.answer(digest)[0] == 1
        t.notice("unread", number=1)
        digest, message = w.e.enclose(note(w, w.e))
        w.e.count(digest)
        w.goods += 1
        w.e.send(SUBMIT, [message, 7, message])
        assert w.e.answer(digest)[0] == 1
        t.notice("malformed")
        w.good(w.e)



# ---- what sets off a defect ----
def ends_it(lab, name, times):
    """Plays the service manager of a process that a message ends; the ends."""
    ends = []
    while len(ends) < times:
        assert lab.await_death(name, 30), "%s lives on after %s" % (name, ends)
        ends.append(lab.children[name].returncode)
        lab.launch(name)
    return ends


def a_body_that_ends_its_reader_is_shown_unread_after_the_third_time(build):
    if room.SANITIZED:
        return
    lab = room.GuestLab(build)
    defect = os.path.join(lab.base, "defect")
    lab.halt("police")
    lab.restart("police", env={"LD_PRELOAD": room.preload("defect.c", lab.base), "XJ_DEFECT": defect})
    os.environ.update({"LD_PRELOAD": room.preload("defect.c", lab.base), "XJ_DEFECT": defect})  # for its next starts
    try:
        sender = lab.guest()
        built = sender.build("disposal_note", [(lab.id("police"), "copy")])
        key = open_key(sender, lab.id("police"), lab, built)
        with open(defect, "w") as f:
            f.write(key.hex() + "\n")
        assert sender.answer(sender.submit(built))[0] == 1
        ends = ends_it(lab, "police", 3)
    finally:
        for k in ("LD_PRELOAD", "XJ_DEFECT"):
            os.environ.pop(k)
    assert ends == [-11] * 3, ends
    ident = str(uuid.UUID(bytes=built[0][2]))
    until("it is back, and shows the act", lambda: lab.get("police", "/api/acts/" + ident))
    shown = lab.get("police", "/api/acts/" + ident)
    assert shown["unreadable"] == "poison" and shown["body"] is None and shown["status"] == "admitted", shown
    lab.tells("police", "poison")
    answers = [lab.note(), lab.note("police", "bureau")]  # everything behind it goes on
    until("they arrive", lambda: all(lab.get("police", "/api/acts/" + a["id"]) for a in answers))
    sender.close()
    lab.rest(60)
    lab.shown_once(answers)
    lab.close_and_verify()
    lab.close()


def open_key(sender, reader, lab, built):
    """The key of the sealed body, out of the reader's wrap."""
    secret = read_keys(os.path.join(lab.data("police"), "secret.keys"))["seal_secret"]
    public = nb.crypto_scalarmult_base(secret)
    for digest, who, kid, wrap in unpack(built[2])[1]:
        if digest == built[0][19] and who == reader and kid == key_id(public):
            k = wrap_key(secret, sender.seal_public, sender.seal_public, public, digest)
            return nb.crypto_aead_chacha20poly1305_ietf_decrypt(wrap, None, ZERO12, k)
    raise KeyError(reader)


def a_message_that_ends_the_exchange_is_not_read_after_the_third_time(build):
    if room.SANITIZED:
        return
    lab = room.GuestLab(build)
    defect = os.path.join(lab.base, "defect")
    lab.halt("exchange")
    env = {"LD_PRELOAD": room.preload("defect.c", lab.base), "XJ_DEFECT": defect}
    lab.restart("exchange", env=env)
    until("they are ready", lambda: all(lab.state(n) == "ready" for n in lab.names))
    sender = lab.guest()
    digest, message = sender.enclose(sender.build("disposal_note", [(lab.id("police"), "copy")]))
    with open(defect, "w") as f:
        f.write(digest.hex() + "\n")
    os.environ.update(env)
    try:
        for _ in range(3):
            sender.send(SUBMIT, [message])
            assert lab.await_death("exchange", 30) and lab.children["exchange"].returncode == -6
            lab.launch("exchange")
            lab.await_ready("exchange")
            sender.reconnect()
            sender.hello()
        sender.notices = []
        sender.send(SUBMIT, [message])
        sender.wait_for(NOTICE)
        assert [n[0] for n in sender.notices] == ["unread"] and digest not in sender.answers, sender.notices
    finally:
        for k in env:
            os.environ.pop(k)
    until("they are ready", lambda: all(lab.state(n) == "ready" for n in lab.names))
    answers = [lab.note(), lab.note()]
    built = sender.build("disposal_note", [(lab.id("police"), "copy")])  # and the sender itself is served, with another
    assert sender.answer(sender.submit(built))[0] == 1
    sender.close()
    lab.rest(60)
    lab.shown_once(answers)
    lab.stop_all()
    assert [t for c, t in room.incidents_of(lab.store("exchange")) if c == "poison" and t.startswith(lab.id("guest"))]
    assert not any(room.verdicts(lab, lab.store(n)) for n in (*lab.names, "exchange"))
    lab.close()


if __name__ == "__main__":
    room.main(globals())
